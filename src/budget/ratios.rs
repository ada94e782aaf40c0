//! Ratios of the budget document (CGCT, ex-R.2313-1) and of the réseau d'alerte: formulas as data.
//!
//! A formula is a list of signed sums: sens, section, then `c` and a chapitre or `n` and the beginning of an
//! account (`-RFn775`), over real operations executed; or `population`, `encours` (debt annex), or
//! `potentiel_fiscal` (printed in the document). Where the document prints its own ratios and the mean of its
//! class, they are given beside: conventions change from year to year.
//!
//! **Invariant:** a ratio without its terms is `None`, never zero; thresholds of the réseau d'alerte are
//! historic and say so.

use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::{Centimes, Decimal, parse_amount};
use crate::domain::nomenclature::nomenclature;
use crate::frames::budget::{BudgetFrame, Document, LigneBudget};

const TABLE: &str = include_str!("../../datasets/reference/ratios.csv");
const ALERTE: &str = include_str!("../../datasets/reference/reseau_alerte.csv");

/// A ratio of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratio {
    /// Code (`R1`, `rigidite`).
    pub code: &'static str,
    /// What it is, French.
    pub libelle: &'static str,
    /// Smallest population that prints it.
    pub seuil: u32,
    /// `euros`, `pourcent`, `coefficient` or `annees`.
    pub unite: &'static str,
    /// Computed.
    pub valeur: Option<f64>,
    /// Printed in the document, as written.
    pub imprime: Option<String>,
    /// National mean printed in the document, as written.
    pub moyenne: Option<String>,
    /// Text, and what was verified.
    pub source: &'static str,
    /// What is to be verified.
    pub confiance: &'static str,
}

impl Ratio {
    /// The printed figure as a number.
    pub fn imprime_nombre(&self) -> Option<f64> {
        let text: String = self.imprime.as_ref()?.chars().filter(|c| !c.is_whitespace()).collect();
        text.trim_end_matches('%').replace(',', ".").parse().ok()
    }
}

/// A threshold of the réseau d'alerte.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeuilAlerte {
    /// Ratio it speaks of.
    pub ratio: &'static str,
    /// Value over which it alerts.
    pub seuil: f64,
    /// Rule, French.
    pub regle: &'static str,
    /// Source, French: historic.
    pub source: &'static str,
}

/// The ratios of an executed document; `population` when the document does not say it.
pub fn ratios(frame: &BudgetFrame, document: usize, population: Option<u32>) -> Vec<Ratio> {
    let d = &frame.documents[document];
    let m57 = nomenclature(&d.nomenclature).is_none_or(|n| n.plan.norme() != "M14");
    let people = d.population.or(population);
    let lines: Vec<&LigneBudget> =
        frame.lignes_of(document).filter(|l| l.ordre == Ordre::Reel).collect();
    let one = |line: &'static str| {
        let f: Vec<&'static str> = line.split(';').collect();
        let &[code, libelle, seuil, unite, n14, n57, d14, d57, printed, source, confiance] =
            f.as_slice()
        else {
            return None;
        };
        let (top, bottom) = if m57 { (n57, d57) } else { (n14, d14) };
        let over = value(bottom, &lines, d, people).filter(|v| *v > 0.0);
        let scale = if unite == "pourcent" { 100.0 } else { 1.0 };
        let valeur = value(top, &lines, d, people).zip(over).map(|(a, b)| scale * a / b);
        let mean = printed.strip_prefix("Val").map(|name| format!("MoyNat{name}"));
        Some(Ratio {
            code,
            libelle,
            seuil: seuil.parse().ok()?,
            unite,
            valeur,
            imprime: written(d, printed),
            moyenne: mean.and_then(|name| written(d, &name)),
            source,
            confiance,
        })
    };
    TABLE.lines().skip(1).filter_map(one).collect()
}

/// Thresholds of the réseau d'alerte at a population.
pub fn alerte(population: u32) -> Vec<SeuilAlerte> {
    let one = |line: &'static str| {
        let f: Vec<&'static str> = line.split(';').collect();
        let &[ratio, from, to, seuil, regle, source, _] = f.as_slice() else { return None };
        let from: u32 = from.parse().ok()?;
        let below = to.is_empty() || to.parse::<u32>().is_ok_and(|top| population <= top);
        let ours = population >= from && below;
        Some(SeuilAlerte { ratio, seuil: seuil.parse().ok()?, regle, source }).filter(|_| ours)
    };
    ALERTE.lines().skip(1).filter_map(one).collect()
}

/// Whether a ratio passes its thresholds of the réseau d'alerte: `now` is that of the last accounts, `before` that
/// of the year before. The coefficient d'autofinancement alerts two years in a row only; of two thresholds the
/// first one alerts. `None` without a threshold or without the values.
pub fn passes(
    code: &str,
    thresholds: &[SeuilAlerte],
    now: Option<f64>,
    before: Option<f64>,
) -> Option<bool> {
    let ours = thresholds.iter().filter(|s| s.ratio == code).map(|s| s.seuil);
    let least = ours.min_by(f64::total_cmp)?;
    let over = now? > least;
    if code == "autofinancement" && over {
        return Some(before? > least);
    }
    Some(over)
}

/// An information of the document, as written; `None` when it is not, or says zero.
fn written(d: &Document, name: &str) -> Option<String> {
    let found = d.informations.iter().find(|(code, _)| code == name && !name.is_empty());
    found.map(|(_, text)| text.clone()).filter(|t| t.bytes().any(|b| matches!(b, b'1'..=b'9')))
}

/// Value of a formula, euros or inhabitants.
fn value(formula: &str, lines: &[&LigneBudget], d: &Document, people: Option<u32>) -> Option<f64> {
    match formula {
        "population" => return people.map(f64::from),
        "encours" => return d.dette.map(|x| x.capital_restant.euros()),
        "potentiel_fiscal" => {
            let text = written(d, "PotFisc")?;
            return parse_amount(text.as_bytes(), Decimal::Comma)
                .ok()
                .map(|a| a.centimes as f64 / 100.0);
        }
        _ => {}
    }
    let mut sum = Centimes::ZERO;
    for term in formula.split_whitespace() {
        let (sign, rest) = term.split_at_checked(1)?;
        let (sens, rest) = rest.split_at_checked(1)?;
        let (section, rest) = rest.split_at_checked(1)?;
        let (kind, code) = rest.split_at_checked(1)?;
        let sens = if sens == "D" { Sens::D } else { Sens::R };
        let section = if section == "F" { Section::F } else { Section::I };
        let ours = |l: &&&LigneBudget| {
            let named = match kind {
                "n" => l.nature.starts_with(code),
                // 45 stands for every operation on behalf of third parties
                _ => l.chapitre == code || (code == "45" && l.chapitre.starts_with("45")),
            };
            l.sens == sens && l.section == section && named
        };
        let amount: Centimes =
            lines.iter().filter(ours).map(|l| l.realise.unwrap_or_default()).sum();
        sum += if sign == "-" { -amount } else { amount };
    }
    Some(sum.euros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_formula_is_made_of_known_terms() {
        let ok = |term: &str| {
            matches!(term, "population" | "encours" | "potentiel_fiscal")
                || (term.starts_with(['+', '-'])
                    && term[1..].starts_with(['D', 'R'])
                    && term[2..].starts_with(['F', 'I'])
                    && term[3..].starts_with(['c', 'n'])
                    && term[4..].chars().all(|c| c.is_ascii_digit()))
        };
        for line in TABLE.lines().skip(1) {
            let f: Vec<&str> = line.split(';').collect();
            assert_eq!(f.len(), 11, "{line}");
            for formula in &f[4..8] {
                assert!(formula.split_whitespace().all(ok) && !formula.is_empty(), "{formula}");
            }
            assert!(!f[9].is_empty() && !f[10].is_empty(), "a source: {line}");
        }
    }

    #[test]
    fn alerts_by_hand() {
        let all = alerte(3_000);
        let of = |code, now, before| passes(code, &all, now, before);
        assert_eq!(of("autofinancement", Some(1.02), Some(1.01)), Some(true));
        assert_eq!(of("autofinancement", Some(1.02), Some(0.99)), Some(false));
        assert_eq!(of("autofinancement", Some(1.02), None), None, "one year is not two");
        assert_eq!(of("autofinancement", Some(0.98), None), Some(false));
        assert_eq!(of("rigidite", Some(0.60), None), Some(true));
        assert_eq!(of("rigidite", Some(0.584), None), Some(false));
        assert_eq!(of("endettement", Some(1.75), None), Some(false));
        assert_eq!(of("R8", None, None), None);
        assert_eq!(of("R1", Some(9e9), None), None, "no threshold");
    }

    #[test]
    fn thresholds_follow_the_population() {
        let debt = |p| alerte(p).iter().find(|s| s.ratio == "endettement").map_or(0.0, |s| s.seuil);
        assert!((debt(1_500) - 2.0).abs() < 1e-9);
        assert!((debt(2_000) - 1.8).abs() < 1e-9);
        assert!((debt(109_834) - 1.66).abs() < 1e-9);
        assert_eq!(alerte(10_000).len(), 5);
    }
}
