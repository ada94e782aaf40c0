//! The dated tables behind the forecast: indices, reforms, odd years, rule by account.
//!
//! Each value has the day on which it was public, so that a forecast made at the end of an exercice
//! only uses what one could know when the next budget is voted.
//!
//! **Invariant:** the tables are parsed once; a forecast never reads a value published after its day.

use std::sync::OnceLock;

use crate::budget::constantes;
use crate::domain::account::Sens;

const INDICES: &str = include_str!("../../datasets/reference/indices.csv");
const REFORMES: &str = include_str!("../../datasets/reference/reformes.csv");
const ATYPIQUES: &str = include_str!("../../datasets/reference/annees_atypiques.csv");
const REGLES: &str = include_str!("../../datasets/reference/prevision_regles.csv");

/// How an account is forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Methode {
    /// Level, prudent trend.
    Ordinaire,
    /// Follows its index only.
    Indexe,
    /// Follows its index, plus its own mean growth beyond it.
    TendanceIndexee,
    /// Constant unless decided.
    Constant,
    /// Level without trend.
    SansTendance,
    /// One-off amounts: between the last one and the usual one.
    Ponctuel,
    /// Decided, never forecast: nothing until typed.
    Decide,
    /// Interest from the debt annex.
    DetteInterets,
    /// Accrued interest from the debt annex.
    DetteIcne,
    /// Follows the posts of a status filled at the end of the year.
    Effectifs(Statut),
}

/// Staff whose posts an account follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statut {
    /// Titulaires.
    Titulaires,
    /// Non-titulaires.
    NonTitulaires,
    /// Both, by their pay.
    Tous,
}

/// The rule of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regle {
    /// How.
    pub methode: Methode,
    /// Index followed: `bases`, `point`, `cnracl` or empty.
    pub indice: &'static str,
    /// Why, French.
    pub motif: &'static str,
    /// Text or usage behind it, French.
    pub source: &'static str,
    /// True when that text is to be verified: said on the page.
    pub a_verifier: bool,
}

/// Norm whose codes are read in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norme {
    /// M14.
    M14,
    /// M57.
    M57,
    /// Any other: no rule applies.
    Autre,
}

struct RegleRow {
    sens: Sens,
    codes: [&'static str; 2],
    regle: Regle,
    connu_le: &'static str,
}

fn fields(line: &'static str) -> Vec<&'static str> {
    line.split(';').collect()
}

fn sens(text: &str) -> Sens {
    if text == "D" { Sens::D } else { Sens::R }
}

/// The rule of an account as known from `origine`: the longest matching beginning wins; ordinary
/// otherwise.
pub fn regle(norme: Norme, side: Sens, code: &str, origine: u16) -> Regle {
    static ROWS: OnceLock<Vec<RegleRow>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| REGLES.lines().skip(1).filter_map(parse_regle).collect());
    let column = match norme {
        Norme::M14 => 0,
        Norme::M57 => 1,
        Norme::Autre => return ORDINARY,
    };
    rows.iter()
        .filter(|r| r.sens == side && !r.codes[column].is_empty())
        .filter(|r| code.starts_with(r.codes[column]) && is_known(r.connu_le, origine))
        .max_by_key(|r| r.codes[column].len())
        .map_or(ORDINARY, |r| r.regle)
}

const ORDINARY: Regle =
    Regle { methode: Methode::Ordinaire, indice: "", motif: "", source: "", a_verifier: false };

fn parse_regle(line: &'static str) -> Option<RegleRow> {
    let f = fields(line);
    let &[side, m14, m57, methode, indice, motif, source, confiance, connu_le] = f.as_slice()
    else {
        return None;
    };
    let methode = match methode {
        "indexe" => Methode::Indexe,
        "tendance_indexee" => Methode::TendanceIndexee,
        "constant" => Methode::Constant,
        "sans_tendance" => Methode::SansTendance,
        "ponctuel" => Methode::Ponctuel,
        "decide" => Methode::Decide,
        "dette_interets" => Methode::DetteInterets,
        "dette_icne" => Methode::DetteIcne,
        "effectifs_titulaires" => Methode::Effectifs(Statut::Titulaires),
        "effectifs_non_titulaires" => Methode::Effectifs(Statut::NonTitulaires),
        "effectifs" => Methode::Effectifs(Statut::Tous),
        _ => Methode::Ordinaire,
    };
    let regle = Regle { methode, indice, motif, source, a_verifier: confiance == "à vérifier" };
    Some(RegleRow { sens: sens(side), codes: [m14, m57], regle, connu_le })
}

/// A transfer of receipts between accounts decided by law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reforme {
    /// First exercice of the new state.
    pub exercice: u16,
    /// Sens of both accounts.
    pub sens: Sens,
    /// Account that stops.
    pub de: &'static str,
    /// Account that takes over.
    pub vers: &'static str,
    /// Why, French.
    pub motif: &'static str,
}

/// Reforms in force in `cible` that were public when the forecast from `origine` is made.
pub fn reformes(norme: Norme, origine: u16, cible: u16) -> Vec<Reforme> {
    let parse = |line: &'static str| {
        let f = fields(line);
        let &[exercice, side, a14, b14, a57, b57, known, motif, _source, _confiance] = f.as_slice()
        else {
            return None;
        };
        let (de, vers) = match norme {
            Norme::M14 => (a14, b14),
            Norme::M57 => (a57, b57),
            Norme::Autre => return None,
        };
        let exercice: u16 = exercice.parse().ok()?;
        let ours = exercice <= cible && is_known(known, origine);
        ours.then_some(Reforme { exercice, sens: sens(side), de, vers, motif })
    };
    REFORMES.lines().skip(1).filter_map(parse).collect()
}

/// Share of the gap to the year before to erase in `exercice`, with why, as known from `origine`.
pub fn atypique(
    norme: Norme,
    side: Sens,
    code: &str,
    (exercice, origine): (u16, u16),
) -> Option<(f64, &'static str)> {
    ATYPIQUES.lines().skip(1).find_map(|line| {
        let f = fields(line);
        let &[year, s, m14, m57, share, known, motif, _source, _confiance] = f.as_slice() else {
            return None;
        };
        let prefix = match norme {
            Norme::M14 => m14,
            Norme::M57 => m57,
            Norme::Autre => return None,
        };
        let ours = year.parse() == Ok(exercice)
            && sens(s) == side
            && code.starts_with(prefix)
            && is_known(known, origine);
        if ours { Some((share.parse().ok()?, motif)) } else { None }
    })
}

/// True when a value of that day is public on 31 March of the year after `origine`, when the budget
/// of that year is being voted.
pub(super) fn is_known(day: &str, origine: u16) -> bool {
    day <= format!("{}-03-31", u32::from(origine) + 1).as_str()
}

/// Values of an index with their start, known from `origine`.
fn known(indice: &str, origine: u16) -> Vec<(&'static str, f64)> {
    let parse = |line: &'static str| {
        let f = fields(line);
        let &[name, start, value, day, _source, _confiance] = f.as_slice() else { return None };
        let ours = name == indice && is_known(day, origine);
        if ours { Some((start, value.parse().ok()?)) } else { None }
    };
    INDICES.lines().skip(1).filter_map(parse).collect()
}

/// Yearly growth of prices to expect after `origine`, as a fraction: the last known one.
pub fn prix(origine: u16) -> f64 {
    known("prix", origine).last().map_or(0.0, |(_, v)| v / 100.0)
}

/// Growth factor of an index from `exercice` - 1 to `exercice`, as known from `origine`.
pub fn croissance(indice: &str, exercice: u16, origine: u16) -> f64 {
    match indice {
        "bases" => {
            let rows = known("bases", origine);
            let wanted = exercice.to_string();
            let exact = rows.iter().find(|(start, _)| start.starts_with(&wanted));
            let last = rows.last().map_or(0.0, |(_, v)| *v);
            // half of the guess for a year not known yet: what monetary policy aims at
            let target = constantes::connue("cible_inflation", exercice, origine);
            let target = target.and_then(constantes::Constante::nombre).unwrap_or(last);
            let pct = exact.map_or(f64::midpoint(last, target), |(_, v)| *v);
            1.0 + pct / 100.0
        }
        "point" => {
            let rows = known("point", origine);
            ratio(mean_of_year(&rows, exercice), mean_of_year(&rows, exercice - 1))
        }
        "cnracl" => {
            let rows = known("cnracl", origine);
            let growth = ratio(mean_of_year(&rows, exercice), mean_of_year(&rows, exercice - 1));
            1.0 + (growth - 1.0) * constantes::part("part_cnracl")
        }
        _ => 1.0,
    }
}

/// What the reader must know of an index in `exercice`: its value is not published (the forecast then
/// takes a guess, not evaluated), or its row is to be verified.
pub fn reserve(indice: &str, exercice: u16, origine: u16) -> Option<String> {
    let name = match indice {
        "bases" => "revalorisation des bases",
        "cnracl" => "taux de la CNRACL",
        "point" => "point d'indice",
        _ => return None,
    };
    let rows: Vec<Vec<&str>> = INDICES.lines().skip(1).map(fields).collect();
    let mut ours = rows.iter().filter(|f| f[0] == indice && is_known(f[3], origine));
    let wanted = exercice.to_string();
    let last = ours.clone().next_back()?;
    // bases have one value a year; the others hold until changed
    let row = ours.rfind(|f| f[1].get(..4).is_some_and(|y| y <= wanted.as_str()))?;
    if indice == "bases" && !row[1].starts_with(&wanted) {
        return Some(format!("{name} {exercice} non publiée : non évaluée, hypothèse retenue"));
    }
    if indice != "bases" && last[1].get(..4) < Some(wanted.as_str()) {
        return Some(format!("{name} : aucune décision connue pour {exercice}, non évalué"));
    }
    (row[5] == "à vérifier").then(|| format!("{name} {exercice} à vérifier ({})", row[4]))
}

/// An index as known for an exercice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indice {
    /// What it is, French.
    pub libelle: &'static str,
    /// Value, empty when none is published for the exercice.
    pub valeur: &'static str,
    /// `pourcent` or `euros`.
    pub unite: &'static str,
    /// First day.
    pub debut: &'static str,
    /// Source.
    pub source: &'static str,
    /// `vérifié`, `à vérifier` or `non évalué`.
    pub confiance: &'static str,
    /// First day on which it was public.
    pub connu_le: &'static str,
}

/// The four indices for `exercice`: yearly ones have a row of that year or none, the others hold until
/// changed.
pub fn indices(exercice: u16) -> Vec<Indice> {
    const NAMES: [(&str, &str, &str, bool); 4] = [
        ("bases", "revalorisation des valeurs locatives", "pourcent", true),
        ("prix", "hausse des prix à la consommation, moyenne annuelle", "pourcent", true),
        ("point", "valeur annuelle de l’indice 100 de la fonction publique", "euros", false),
        ("cnracl", "taux employeur de la CNRACL", "pourcent", false),
    ];
    let year = exercice.to_string();
    let one = |(name, libelle, unite, yearly): &(&str, &'static str, &'static str, bool)| {
        let rows = INDICES.lines().skip(1).map(fields).filter(|f| f[0] == *name);
        let begun = |f: &Vec<&'static str>| f[1].get(..4).is_some_and(|y| y <= year.as_str());
        let row = rows.filter(begun).last().filter(|f| !yearly || f[1].starts_with(&year));
        let empty = Indice {
            libelle,
            valeur: "",
            unite,
            debut: "",
            source: "non publié pour cet exercice à la date des tables",
            confiance: "non évalué",
            connu_le: "",
        };
        row.map_or(empty, |f| Indice {
            valeur: f[2],
            debut: f[1],
            source: f[4],
            confiance: f[5],
            connu_le: f[3],
            ..empty
        })
    };
    NAMES.iter().map(one).collect()
}

fn ratio(a: f64, b: f64) -> f64 {
    if a > 0.0 && b > 0.0 { a / b } else { 1.0 }
}

/// Mean over the twelve months of a value that changes on the first day of a month.
fn mean_of_year(rows: &[(&'static str, f64)], year: u16) -> f64 {
    let months = (1..=12).map(|month| {
        let day = format!("{year}-{month:02}-01");
        rows.iter().rev().find(|(start, _)| *start <= day.as_str()).map_or(0.0, |(_, v)| *v)
    });
    months.sum::<f64>() / 12.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regle(norme: Norme, side: Sens, code: &str) -> Regle {
        super::regle(norme, side, code, 2020)
    }

    #[test]
    fn the_longest_rule_wins() {
        assert_eq!(regle(Norme::M14, Sens::R, "73111").methode, Methode::TendanceIndexee);
        assert_eq!(regle(Norme::M14, Sens::R, "7788").methode, Methode::Ponctuel);
        assert_eq!(regle(Norme::M57, Sens::R, "7788").methode, Methode::Ordinaire);
        assert_eq!(regle(Norme::M14, Sens::D, "775").methode, Methode::Ordinaire);
        assert_eq!(regle(Norme::M57, Sens::D, "64111").indice, "point");
        assert_eq!(regle(Norme::Autre, Sens::D, "673").methode, Methode::Ordinaire);
    }

    #[test]
    fn a_rule_or_an_event_not_public_yet_is_not_applied() {
        // the fund of territorial charges was created by a law of August 2015
        let fund = |origine| super::regle(Norme::M14, Sens::D, "65541", origine).methode;
        assert_eq!((fund(2013), fund(2015)), (Methode::Ordinaire, Methode::Indexe));
        let odd = |origine| atypique(Norme::M14, Sens::R, "7066", (2020, origine)).is_some();
        assert!(!odd(2018) && odd(2020));
    }

    #[test]
    fn every_table_has_source_confidence_and_day() {
        let day = |d: &str| d.len() == 10 && d.as_bytes()[4] == b'-';
        for (table, width, source, confidence, known) in
            [(REGLES, 9, 6, 7, 8), (REFORMES, 10, 8, 9, 6), (ATYPIQUES, 9, 7, 8, 5)]
        {
            for line in table.lines().skip(1) {
                let f = fields(line);
                assert_eq!(f.len(), width, "{line}");
                assert!(!f[source].is_empty() && day(f[known]), "{line}");
                assert!(matches!(f[confidence], "vérifié" | "à vérifier" | "usage"), "{line}");
            }
        }
        let rows = REGLES.lines().skip(1).filter_map(parse_regle).count();
        assert_eq!(rows, REGLES.lines().count() - 1);
    }

    #[test]
    fn only_what_was_public_is_used() {
        // published on 15 December 2022: known for the budget of 2023, not for that of 2022
        assert!((croissance("bases", 2023, 2022) - 1.071).abs() < 1e-12);
        assert!((croissance("bases", 2023, 2021) - 1.027).abs() < 1e-12);
        assert!(reformes(Norme::M14, 2018, 2021).is_empty());
        assert_eq!(reformes(Norme::M14, 2020, 2021).len(), 1);
        assert!(reformes(Norme::M14, 2020, 2020).is_empty());
    }

    #[test]
    fn beyond_the_last_row_is_said() {
        assert_eq!(reserve("bases", 2026, 2025), None);
        let beyond = reserve("bases", 2028, 2025).expect("not published");
        assert!(beyond.contains("non évaluée"), "{beyond}");
        assert!(reserve("cnracl", 2026, 2025).is_some_and(|r| r.contains("à vérifier")));
        assert!(reserve("cnracl", 2030, 2025).is_some_and(|r| r.contains("non évalué")));
        assert_eq!(reserve("", 2026, 2025), None);
    }

    #[test]
    fn every_index_has_its_source_and_confidence() {
        for line in INDICES.lines().skip(1) {
            let f = fields(line);
            assert_eq!(f.len(), 6, "{line}");
            assert!(!f[4].is_empty() && matches!(f[5], "vérifié" | "à vérifier"), "{line}");
        }
    }

    #[test]
    fn a_rise_in_july_counts_half() {
        let growth = croissance("point", 2022, 2022);
        assert!((growth - (1.0 + 0.035 / 2.0)).abs() < 1e-4, "{growth}");
        let cnracl = croissance("cnracl", 2025, 2024);
        assert!((cnracl - (1.0 + 0.9 * (34.65 / 31.65 - 1.0))).abs() < 1e-9);
    }
}
