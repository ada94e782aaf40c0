//! What is said of the bounds « 8 chances sur 10 »: aimed at, and what the past of the commune showed.
//!
//! **Invariant:** the coverage is told with its figures or told as not measured; it is never claimed.

use crate::report::Rapport;
use crate::report::fr;
use crate::report::model::Fiabilite;
use crate::report::model::preparation::Preparation;

/// What the report knows of its bounds; `None` for a page without forecast.
pub(super) fn of(rapport: &Rapport) -> Option<Fiabilite> {
    let summary = rapport.synthese.as_ref().map(|s| s.fiabilite);
    summary.or_else(|| rapport.preparation.as_ref().map(Preparation::fiabilite))
}

/// The past in one sentence.
fn past(f: Fiabilite) -> String {
    if f.montants > 0 {
        let (inside, all) = (fr::nombre(f.dedans), fr::nombre(f.montants));
        format!("Sur vos années passées, le montant réel y était {inside} fois sur {all}.")
    } else if f.annees_rejouees > 0 {
        "Trop peu d'années pour le vérifier.".to_owned()
    } else {
        "Bornes par défaut, faute d'années passées.".to_owned()
    }
}

/// The bounds inside a sentence: « 8 chances sur 10 » is said only where years were replayed.
pub(super) fn entre(f: Fiabilite, (lo, hi): (&str, &str)) -> String {
    if f.annees_rejouees > 0 {
        format!("8 chances sur 10 entre {lo} et {hi}")
    } else {
        format!("entre {lo} et {hi} par défaut, faute d'années passées")
    }
}

/// How to read a band.
pub(super) fn lire(bande: &str, f: Fiabilite) -> String {
    if f.annees_rejouees == 0 {
        return format!("{bande} montre des bornes par défaut, faute d'années passées.");
    }
    format!("{bande} vise la valeur réelle 8 fois sur 10. {}", past(f))
}

/// The definition of « 8 chances sur 10 ».
pub(super) fn definition(f: Option<Fiabilite>) -> String {
    let told = f.map(past).unwrap_or_default();
    format!("Intervalle visé 8 fois sur 10. {told}").trim_end().to_owned()
}

/// Where the bounds come from.
pub(super) fn origine(f: Fiabilite) -> &'static str {
    if f.annees_rejouees > 0 {
        "L'intervalle vient des erreurs passées, à la même distance."
    } else {
        "L'intervalle vient de bornes par défaut, faute d'années passées."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: Fiabilite = Fiabilite { annees_rejouees: 4, montants: 300, dedans: 211 };
    const SHORT: Fiabilite = Fiabilite { annees_rejouees: 1, montants: 0, dedans: 0 };
    const NONE: Fiabilite = Fiabilite { annees_rejouees: 0, montants: 0, dedans: 0 };

    #[test]
    fn a_coverage_is_told_with_its_figures_or_as_not_measured() {
        assert_eq!(
            definition(Some(DEMO)),
            "Intervalle visé 8 fois sur 10. Sur vos années passées, le montant réel y était 211 fois sur 300."
        );
        assert!(definition(Some(SHORT)).ends_with("Trop peu d'années pour le vérifier."));
        assert!(definition(Some(NONE)).ends_with("Bornes par défaut, faute d'années passées."));
        assert_eq!(definition(None), "Intervalle visé 8 fois sur 10.");
        assert!(origine(DEMO).contains("erreurs passées") && origine(SHORT).contains("erreurs"));
        assert!(!origine(NONE).contains("erreurs passées"));
    }

    #[test]
    fn every_sentence_is_short() {
        for f in [DEMO, SHORT, NONE] {
            let read = lire("Lire ce graphique : le bleu moyen", f);
            assert!(fr::mots_plus_longue(&read) <= 20, "{read}");
            assert!(fr::mots_plus_longue(&definition(Some(f))) <= 20);
            assert!(fr::mots_plus_longue(origine(f)) <= 20);
            let lead = "À droit constant, l'épargne brute 2026 serait de 900 k€";
            let text = format!("{lead}, {}.", entre(f, ("100 k€", "1 800 k€")));
            assert!(fr::mots_plus_longue(&fr::typo(&text)) <= 20, "{text}");
            assert_eq!(text.contains("8 chances sur 10"), f.annees_rejouees > 0);
        }
    }
}
