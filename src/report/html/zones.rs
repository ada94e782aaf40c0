//! Zones of a ratio between its thresholds, and what it does from the base year to the forecast one.
//!
//! **Invariant:** « entre » is said only of a ratio that was out of the zone in the base year.

use super::figures::{mesure, nombre};
use crate::report::fr;
use crate::report::model::Valeur;
use crate::report::model::preparation::{Indicateur, Seuil};

/// How far in bad zones a value is: 0 is the good one.
fn severity(i: &Indicateur, value: Valeur) -> usize {
    let value = nombre(value);
    let limits = i.seuils.iter().map(|s| nombre(s.valeur));
    if i.hausse_favorable {
        limits.filter(|limit| value < *limit).count()
    } else {
        limits.filter(|limit| value > *limit).count()
    }
}

/// Name of the zone of a severity over 0: that of the threshold it stops at, or beyond the last one.
fn zone(i: &Indicateur, severity: usize) -> String {
    let n = i.seuils.len();
    let place = if i.hausse_favorable { n.checked_sub(severity) } else { Some(severity) };
    match place.and_then(|p| i.seuils.get(p)) {
        Some(s) => format!("en zone {}", s.libelle),
        None => i
            .seuils
            .last()
            .map_or_else(String::new, |s| format!("au-delà de {}", round(i, s.valeur))),
    }
}

/// A threshold as it is said: `12 ans`, not `12,0 ans`.
fn round(i: &Indicateur, value: Valeur) -> String {
    mesure(value, i.unite).replacen(",0", "", 1)
}

/// Better than in the base year, by what the page prints.
fn better(i: &Indicateur, base: Valeur) -> bool {
    let shown = |v: Valeur| (nombre(v) * 10.0).round();
    let gain = shown(i.prevu) - shown(base);
    if i.hausse_favorable { gain > 0.0 } else { gain < 0.0 }
}

/// What a ratio does.
pub(super) struct Mouvement {
    /// `entre en zone à surveiller`.
    pub verbe: String,
    /// The zone, when the ratio stays in it.
    pub reste: Option<String>,
    /// True when it is better than in the base year, though in a bad zone.
    pub mieux: bool,
}

/// What the ratio does; nothing to say of one that is and was in its good zone.
pub(super) fn movement(i: &Indicateur) -> Option<Mouvement> {
    let after = severity(i, i.prevu);
    let before = i.base.map(|b| severity(i, b));
    let verbe = match (before, after) {
        (None | Some(0), 0) => return None,
        (Some(before), 0) => {
            let left = zone(i, before);
            match left.strip_prefix("en zone ") {
                Some(name) => format!("sort de la zone {name}"),
                None => format!("repasse sous {}", i.seuils.first().map(|s| round(i, s.valeur))?),
            }
        }
        (None, after) => format!("est {}", zone(i, after)),
        (Some(0), 1) => format!("entre {}", zone(i, 1)),
        (Some(before), after) if after > before => format!("passe {}", zone(i, after)),
        (Some(before), after) => {
            let mieux = after < before || i.base.is_some_and(|b| better(i, b));
            let reste = zone(i, after);
            let verb = if mieux { "s’améliore mais reste" } else { "reste" };
            return Some(Mouvement { verbe: format!("{verb} {reste}"), reste: Some(reste), mieux });
        }
    };
    Some(Mouvement { verbe, reste: None, mieux: false })
}

/// The zones of a ratio in words, then who says each threshold.
pub(super) fn texte(i: &Indicateur) -> String {
    let [low, high] = i.seuils.as_slice() else {
        let one = |s: &Seuil| format!("{} : {} ({})", round(i, s.valeur), s.libelle, s.source);
        return i.seuils.iter().map(one).collect::<Vec<_>>().join(". ");
    };
    let (a, b) = (round(i, low.valeur), round(i, high.valeur));
    let short = a.split(fr::NBSP).next().unwrap_or(&a);
    let (good, bad) = (fr::majuscule(&low.libelle), &high.libelle);
    let zones = if i.hausse_favorable {
        format!("{good} sous {a}, {bad} de {short} à {b}, sûr au-delà.")
    } else {
        format!("{good} jusqu'à {a}, {bad} de {short} à {b}, préoccupant au-delà.")
    };
    if low.source == high.source {
        format!("{zones} Source : {}.", low.source)
    } else {
        format!(
            "{zones} {} : {}. {} : {}.",
            fr::majuscule(&a),
            low.source,
            fr::majuscule(&b),
            high.source
        )
    }
}

/// The debt of the commune against its thresholds, in one sentence.
pub(super) fn dette(i: &Indicateur) -> String {
    let value = mesure(i.prevu, i.unite);
    let limit = |p: usize| i.seuils.get(p).map_or_else(String::new, |s| round(i, s.valeur));
    let last = i.seuils.len().saturating_sub(1);
    let judged = match severity(i, i.prevu) {
        _ if i.seuils.is_empty() => String::new(),
        0 => format!(", sous le repère de {}", limit(0)),
        n if n <= last => format!(", à surveiller au-delà de {}", limit(n - 1)),
        _ => format!(", préoccupant au-delà de {}", limit(last)),
    };
    fr::typo(&format!("La dette vaut *{value}* d’épargne{judged}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::UniteValeur;

    fn ratio(up: bool, base: Option<f64>, prevu: f64) -> Indicateur {
        let names = if up { ["fragile", "à surveiller"] } else { ["sûr", "à surveiller"] };
        let seuils = [8.0, 12.0].into_iter().zip(names).map(|(v, name)| Seuil {
            valeur: Valeur::Nombre(v),
            libelle: name.into(),
            source: String::new(),
        });
        Indicateur {
            cle: "taux_epargne_brute".into(),
            libelle: "Taux".into(),
            unite: if up { UniteValeur::Pourcent } else { UniteValeur::Annees },
            prevu: Valeur::Nombre(prevu),
            bas_80: None,
            haut_80: None,
            base: base.map(Valeur::Nombre),
            strate: None,
            seuils: seuils.collect(),
            hausse_favorable: up,
        }
    }

    fn said(up: bool, base: Option<f64>, prevu: f64) -> String {
        movement(&ratio(up, base, prevu)).map(|m| m.verbe).unwrap_or_default()
    }

    #[test]
    fn a_ratio_enters_stays_leaves_or_gets_better() {
        assert_eq!(said(true, Some(12.5), 9.5), "entre en zone à surveiller");
        assert_eq!(said(true, Some(9.8), 9.5), "reste en zone à surveiller");
        assert_eq!(said(true, Some(9.8), 7.5), "passe en zone fragile");
        assert_eq!(said(true, Some(13.0), 7.5), "passe en zone fragile");
        assert_eq!(said(true, Some(7.4), 7.1), "reste en zone fragile");
        assert_eq!(said(true, Some(7.1), 7.4), "s’améliore mais reste en zone fragile");
        assert_eq!(said(true, Some(7.1), 9.0), "s’améliore mais reste en zone à surveiller");
        assert_eq!(said(true, Some(7.1), 12.5), "sort de la zone fragile");
        assert_eq!(said(true, None, 7.1), "est en zone fragile");
        assert_eq!(said(true, Some(13.0), 12.5), "");
        assert_eq!(said(false, Some(9.5), 8.8), "s’améliore mais reste en zone à surveiller");
        assert_eq!(said(false, Some(7.9), 8.8), "entre en zone à surveiller");
        assert_eq!(said(false, Some(9.5), 12.4), "passe au-delà de 12\u{a0}ans");
        assert_eq!(said(false, Some(13.0), 7.0), "repasse sous 8\u{a0}ans");
        assert_eq!(said(false, Some(9.0), 7.0), "sort de la zone à surveiller");
    }

    #[test]
    fn zones_are_named_once_with_both_ends() {
        let text = |up| texte(&ratio(up, None, 9.0));
        assert!(text(false).starts_with(
            "Sûr jusqu'à 8\u{a0}ans, à surveiller de 8 à 12\u{a0}ans, préoccupant au-delà."
        ));
        assert!(
            text(true)
                .starts_with("Fragile sous 8\u{a0}%, à surveiller de 8 à 12\u{a0}%, sûr au-delà.")
        );
    }

    #[test]
    fn the_debt_is_told_for_this_commune() {
        let text = |v| dette(&ratio(false, None, v));
        assert_eq!(
            text(0.9),
            "La dette vaut *0,9\u{a0}an* d’épargne, sous le repère de 8\u{a0}ans."
        );
        assert!(text(9.0).ends_with("à surveiller au-delà de 8\u{a0}ans."));
        assert!(text(19.0).ends_with("préoccupant au-delà de 12\u{a0}ans."));
    }
}
