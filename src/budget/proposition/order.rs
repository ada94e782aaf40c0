//! Order between sections: amortisation (6811, 28), grants taken back (777, 13), works by own staff (72).
//!
//! The last accounts give the amounts; amortisation follows the annex of assets or its usual growth, whichever
//! came closer in the past (`patrimoine`). Sales (675, 676, 192) are order of execution: never voted.
//!
//! **Invariant:** expenses 042 = receipts 040 and receipts 042 = expenses 040, to the centime.

use crate::budget::rows::OriginePrevision;
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;

use super::share::partager;
use super::{Contexte, LigneProposee, patrimoine};

/// A pair of mirrored movements: operating side, investment side, accounts kept on each.
struct Pair {
    operating: (Sens, &'static [&'static str]),
    investment: (Sens, &'static [&'static str]),
    /// Accounts used when a side has none.
    usual: (&'static str, &'static str),
    words: &'static str,
}

const PAIRS: [Pair; 3] = [
    Pair {
        operating: (Sens::D, &["6811", "6812", "6861", "6862"]),
        investment: (Sens::R, &["28", "481", "4817", "4818", "169"]),
        usual: ("6811", "28188"),
        words: "amortissements",
    },
    Pair {
        operating: (Sens::R, &["777"]),
        investment: (Sens::D, &["139"]),
        usual: ("777", "13918"),
        words: "subventions reprises",
    },
    Pair {
        operating: (Sens::R, &["72"]),
        investment: (Sens::D, &["20", "21", "23"]),
        usual: ("722", "2313"),
        words: "travaux en régie",
    },
];

pub(super) fn between_sections(
    c: &Contexte<'_>,
    lignes: &mut Vec<LigneProposee>,
    told: &mut Vec<String>,
) {
    let year = c.base();
    for (rank, pair) in PAIRS.iter().enumerate() {
        let operating = realised(c, (Section::F, "042"), pair.operating);
        let investment = realised(c, (Section::I, "040"), pair.investment);
        let base: Centimes = operating.iter().map(|(_, m)| *m).sum();
        let growth = if rank == 0 { usual_growth(c, pair.operating) } else { 1.0 };
        let by_assets = if rank == 0 { by_assets(c, pair.operating) } else { None };
        let grown = Centimes::from_euros(base.euros() * growth).unwrap_or(base);
        let whole = by_assets.as_ref().map_or(grown, |d| d.montant);
        if whole.0 <= 0 {
            continue;
        }
        let mirror: Centimes = investment.iter().map(|(_, m)| *m).sum();
        if mirror != base {
            told.push(format!(
                "{} {year} : {} en fonctionnement, {} en investissement ; le premier est retenu à faire : \
                 vérifier les comptes d'ordre",
                pair.words,
                super::en_euros(base),
                super::en_euros(mirror)
            ));
        }
        let raison = if let Some(dotation) = by_assets {
            dotation.raison
        } else if whole == base {
            format!("{} des comptes {year}", pair.words)
        } else {
            let pct = crate::budget::project::french(100.0 * (growth - 1.0));
            format!("{} {year}, évolution médiane des comptes passés : {pct} %", pair.words)
        };
        let sides = [
            (Section::F, pair.operating.0, "042", operating, pair.usual.0),
            (Section::I, pair.investment.0, "040", investment, pair.usual.1),
        ];
        for (section, sens, chapitre, list, usual) in sides {
            let list = if list.is_empty() { vec![(usual.to_owned(), Centimes(1))] } else { list };
            let weights: Vec<i64> = list.iter().map(|(_, m)| m.0).collect();
            for ((nature, last), part) in list.iter().zip(partager(whole, &weights)) {
                lignes.push(LigneProposee {
                    reference: *last,
                    origine: OriginePrevision::Regle,
                    ..LigneProposee::sure(
                        (section, sens, Ordre::EntreSections),
                        (chapitre, nature, c.libelle(nature)),
                        part,
                        raison.clone(),
                    )
                });
            }
        }
    }
}

/// Studies and advances that patrimonial operations bring into the works once they are done.
const TO_BRING_IN: [&str; 3] = ["2031", "2033", "238"];

/// Patrimonial operations (041) as in the last accounts, the same total on both sides.
pub(super) fn patrimonial(
    c: &Contexte<'_>,
    lignes: &mut Vec<LigneProposee>,
    told: &mut Vec<String>,
) {
    let year = c.base();
    let side = |sens| realised(c, (Section::I, "041"), (sens, &[""]));
    let (expenses, receipts) = (side(Sens::D), side(Sens::R));
    let total = |list: &[(String, Centimes)]| -> Centimes { list.iter().map(|(_, m)| *m).sum() };
    let (spent, received) = (total(&expenses), total(&receipts));
    let whole = Centimes(spent.0.min(received.0));
    if spent != received {
        told.push(format!(
            "opérations patrimoniales {year} : {} en dépenses, {} en recettes ; le moindre est retenu des \
             deux côtés à faire : vérifier le chapitre 041 des comptes",
            super::en_euros(spent),
            super::en_euros(received)
        ));
    }
    if whole.0 <= 0 {
        let waiting: Centimes = c
            .frame
            .lignes_of(c.document)
            .filter(|l| l.ordre == Ordre::Reel && l.section == Section::I && l.sens == Sens::D)
            .filter(|l| TO_BRING_IN.iter().any(|p| l.nature.starts_with(p)))
            .map(|l| l.realise.unwrap_or_default())
            .sum();
        if waiting.0 > 0 {
            told.push(format!(
                "aucune opération patrimoniale (041) dans les comptes {year}, qui portent {} d'études et \
                 d'avances à faire : inscrire au 041, des deux côtés, celles dont les travaux commencent",
                super::en_euros(waiting)
            ));
        }
        return;
    }
    for (sens, list) in [(Sens::D, expenses), (Sens::R, receipts)] {
        let weights: Vec<i64> = list.iter().map(|(_, m)| m.0).collect();
        for ((nature, last), part) in list.iter().zip(partager(whole, &weights)) {
            lignes.push(LigneProposee {
                reference: *last,
                origine: OriginePrevision::Regle,
                ..LigneProposee::sure(
                    (Section::I, sens, Ordre::Interne),
                    ("041", nature, c.libelle(nature)),
                    part,
                    format!("opérations patrimoniales des comptes {year}, dépenses = recettes"),
                )
            });
        }
    }
}

/// Accounts and amounts of order of a chapitre in the last accounts.
fn realised(
    c: &Contexte<'_>,
    place: (Section, &str),
    kept: (Sens, &[&str]),
) -> Vec<(String, Centimes)> {
    realised_in(c, c.document, place, kept)
}

/// The same in a document.
fn realised_in(
    c: &Contexte<'_>,
    document: usize,
    (section, chapitre): (Section, &str),
    (sens, starts): (Sens, &[&str]),
) -> Vec<(String, Centimes)> {
    let mut sums = std::collections::BTreeMap::<String, Centimes>::new();
    for l in c.frame.lignes_of(document) {
        let ours = l.ordre != Ordre::Reel && l.section == section && l.sens == sens;
        if ours && l.chapitre == chapitre && starts.iter().any(|p| l.nature.starts_with(p)) {
            *sums.entry(l.nature.clone()).or_default() += l.realise.unwrap_or_default();
        }
    }
    sums.into_iter().filter(|(_, m)| m.0 > 0).collect()
}

/// Amortisation with the annex of assets; `None` without one.
fn by_assets(c: &Contexte<'_>, kept: (Sens, &[&str])) -> Option<patrimoine::Dotation> {
    let booked = |document| {
        realised_in(c, document, (Section::F, "042"), kept).iter().map(|(_, m)| *m).sum()
    };
    patrimoine::choisir(&patrimoine::comptes(c, booked), (c.base(), c.exercice), growth)
}

/// Bounds of a yearly growth of amortisation carried on.
const GROWTH: (f64, f64) = (0.9, 1.1);

/// Median growth of a movement over the accounts read, to the exercice proposed; 1 without two growths.
fn usual_growth(c: &Contexte<'_>, kept: (Sens, &[&str])) -> f64 {
    let mut sums = std::collections::BTreeMap::<u16, i64>::new();
    let known = &c.budget.exercices;
    for (i, d) in c.frame.documents.iter().enumerate() {
        let ours = d.etape.is_executed() && d.siret == c.budget.siret && d.budget == c.budget.code;
        if ours && known.contains(&d.exercice) {
            let all = realised_in(c, i, (Section::F, "042"), kept);
            sums.insert(d.exercice, all.iter().map(|(_, m)| m.0).sum());
        }
    }
    let amounts: Vec<f64> = sums.values().map(|m| *m as f64).collect();
    growth(&amounts).powi(i32::from(c.exercice.saturating_sub(c.base())))
}

/// Median of the yearly growths, within its bounds; 1 without two growths.
fn growth(amounts: &[f64]) -> f64 {
    let pairs = amounts.windows(2).filter(|w| w[0] > 0.0 && w[1] > 0.0);
    let found: Vec<f64> = pairs.map(|w| w[1] / w[0]).collect();
    if found.len() < 2 {
        return 1.0;
    }
    crate::budget::level::median(&found).clamp(GROWTH.0, GROWTH.1)
}

#[cfg(test)]
mod tests {
    use super::growth;

    #[test]
    fn amortisation_grows_by_the_median_of_its_past() {
        // 2 %, -10 %, 4 %: the median is 2 %
        assert!((growth(&[100.0, 102.0, 91.8, 95.472]) - 1.02).abs() < 1e-9);
        // one growth says nothing, a jump is bounded
        assert!((growth(&[100.0, 150.0]) - 1.0).abs() < 1e-9);
        assert!((growth(&[100.0, 150.0, 225.0]) - 1.1).abs() < 1e-9);
    }
}
