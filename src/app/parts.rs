//! Where 100 € come from and go: the real lines of the last accounts, in plain words.
//!
//! Expenses go by function (what the town hall does) when most lines carry one, by account otherwise; debt
//! is apart in both cases. Whole euros by the largest remainders, so that the parts make 100.
//!
//! **Invariant:** every real line is in one part; the parts add up to 100.

use std::collections::BTreeMap;

use crate::domain::account::{Ordre, Section, Sens, is_balance_line, is_reserved_result};
use crate::frames::budget::{Document, LigneBudget};
use crate::report::model::synthese::PartPour100;

/// Parts named; the others are added up.
const NAMED: usize = 7;
/// Share of the expenses that must carry a function.
const ENOUGH: f64 = 0.5;

/// A part: its name and an example.
type Part = (&'static str, &'static str);

const REST: Part = ("Autres", "");
const DEBT: Part = ("Dette", "capital et intérêts des emprunts");

/// Receipts by origin.
pub(super) fn recettes(lines: &[&LigneBudget]) -> Vec<PartPour100> {
    shares(lines.iter().filter_map(|l| Some((receipt(l)?, amount(l, Sens::R)?))))
}

/// Expenses by what they serve.
pub(super) fn depenses(document: &Document, lines: &[&LigneBudget]) -> Vec<PartPour100> {
    let all = || lines.iter().filter_map(|l| Some((*l, amount(l, Sens::D)?)));
    let total: i128 = all().map(|(_, m)| i128::from(m.abs())).sum();
    let told: i128 =
        all().filter(|(l, _)| !l.fonction.is_empty()).map(|(_, m)| i128::from(m.abs())).sum();
    let by_function = total > 0 && told as f64 >= ENOUGH * total as f64;
    let m57 = document.nomenclature.starts_with("M57");
    shares(all().map(|(l, m)| {
        let part = match (is_debt(l), by_function) {
            (true, _) => DEBT,
            (false, true) => function(&l.fonction, m57),
            (false, false) => expense(l),
        };
        (part, m)
    }))
}

/// Executed amount of a real line of that sens, centimes.
fn amount(l: &LigneBudget, sens: Sens) -> Option<i64> {
    let real = l.ordre == Ordre::Reel && l.sens == sens && !is_balance_line(&l.nature);
    // 1068 moves last year's result from one section to the other
    let kept = real && !is_reserved_result(sens, &l.nature);
    l.realise.filter(|m| kept && m.0 != 0).map(|m| m.0)
}

fn is_debt(l: &LigneBudget) -> bool {
    l.chapitre == "66" || (l.section == Section::I && l.chapitre == "16")
}

fn receipt(l: &LigneBudget) -> Option<Part> {
    Some(match (l.section, l.chapitre.as_str()) {
        (Section::F, "73" | "731") => ("Impôts et taxes", "taxe foncière, part de la communauté"),
        (Section::F, "74") => ("Dotations et participations", "État, allocations familiales"),
        (Section::F, "70") => ("Tarifs des services", "cantine, crèche, piscine"),
        (Section::F, _) => ("Loyers et autres recettes courantes", "loyers, remboursements"),
        (_, "16") => ("Emprunts", "argent emprunté dans l’année"),
        (_, "13") => ("Subventions d’équipement", "État, région, département"),
        (_, "10") => {
            ("Remboursement de taxe sur les travaux", "fonds de compensation, aménagement")
        }
        (_, "45" | "041" | "040") => return None,
        _ => REST,
    })
}

fn expense(l: &LigneBudget) -> Part {
    match (l.section, l.chapitre.as_str()) {
        (Section::F, "012") => ("Personnel", "salaires et cotisations"),
        (Section::F, "011") => ("Achats et services", "énergie, entretien, fournitures"),
        (Section::F, "65" | "656" | "6586") => {
            ("Subventions versées", "associations, action sociale")
        }
        (Section::F, "014") => ("Reversements d’impôts", "solidarité entre communes"),
        (Section::I, "20" | "204" | "21" | "23") => {
            ("Travaux et équipements", "bâtiments, rues, matériel")
        }
        _ => REST,
    }
}

/// Main heading of a function.
fn function(code: &str, m57: bool) -> Part {
    let general = ("Administration générale", "mairie, état civil, informatique");
    let safety = ("Sécurité", "police municipale, secours");
    let school = ("Écoles et cantines", "écoles, restauration scolaire");
    let economy = ("Économie et emploi", "commerce, marchés, tourisme");
    let spread = ("Dépenses non réparties", "assurances, reversements d’impôts");
    let digit = code.chars().next();
    match (digit, m57) {
        _ if code.starts_with("01") => spread,
        (Some('0'), _) => general,
        (Some('1'), _) => safety,
        (Some('2'), _) => school,
        (Some('3'), true) => ("Culture, sport et jeunesse", "bibliothèque, stades, loisirs"),
        (Some('4'), true) => ("Santé et action sociale", "crèches, aide aux familles"),
        (Some('5'), true) => ("Rues, logement et cadre de vie", "espaces verts, éclairage"),
        (Some('6'), true) | (Some('9'), false) => economy,
        (Some('7'), true) => ("Environnement", "eau, déchets, propreté"),
        (Some('8'), true) => ("Transports et voirie", "routes, bus, stationnement"),
        (Some('3'), false) => ("Culture", "bibliothèque, théâtre, patrimoine"),
        (Some('4'), false) => ("Sport et jeunesse", "stades, piscine, centres de loisirs"),
        (Some('5'), false) => ("Santé et action sociale", "aide sociale, prévention"),
        (Some('6'), false) => ("Familles", "crèches, aînés"),
        (Some('7'), false) => ("Logement", "logements de la commune"),
        (Some('8'), false) => ("Rues et cadre de vie", "voirie, propreté, espaces verts"),
        _ => REST,
    }
}

/// Sums by part, then whole euros out of 100.
fn shares(items: impl Iterator<Item = (Part, i64)>) -> Vec<PartPour100> {
    let mut sums: BTreeMap<Part, i128> = BTreeMap::new();
    for (part, cents) in items {
        *sums.entry(part).or_default() += i128::from(cents);
    }
    let mut parts: Vec<(Part, i128)> = sums.into_iter().filter(|(_, m)| *m > 0).collect();
    parts.sort_by_key(|(part, m)| (*part == REST, std::cmp::Reverse(*m), *part));
    let rest = parts.split_off(parts.len().min(NAMED));
    if !rest.is_empty() {
        let more: i128 = rest.iter().map(|(_, m)| m).sum();
        parts.push((REST, more));
    }
    let total: i128 = parts.iter().map(|(_, m)| m).sum();
    let mut euros: Vec<i128> = parts.iter().map(|(_, m)| m * 100 / total).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(parts[*i].1 * 100 % total), *i));
    let missing = usize::try_from(100 - euros.iter().sum::<i128>()).unwrap_or(0);
    for i in order.into_iter().take(if parts.is_empty() { 0 } else { missing }) {
        euros[i] += 1;
    }
    parts
        .iter()
        .zip(euros)
        .filter(|(_, e)| *e > 0)
        .map(|(((name, example), _), e)| PartPour100 {
            libelle: (*name).to_owned(),
            pour_100: e as f64,
            exemple: (*example).to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_100() {
        let items = [(DEBT, 333), (REST, 333), (("A", ""), 334), (("B", ""), 1)];
        let found = shares(items.into_iter());
        let sum: f64 = found.iter().map(|p| p.pour_100).sum();
        assert!((sum - 100.0).abs() < 1e-9, "{found:?}");
        assert_eq!(found.last().map(|p| p.libelle.as_str()), Some("Autres"));
        assert!(shares(std::iter::empty()).is_empty());
    }

    #[test]
    fn functions_follow_their_nomenclature() {
        assert_eq!(function("512", true).0, "Rues, logement et cadre de vie");
        assert_eq!(function("512", false).0, "Santé et action sociale");
        assert_eq!(function("01", true).0, "Dépenses non réparties");
        assert_eq!(function("", true), REST);
    }
}
