//! The constants of law, of economics and of usage that the forecast, the proposal and the checks rely on.
//!
//! Each row of `constantes.csv` is dated, with its source, whether it was verified and the day on which it
//! was public. A constant of usage is ours: it has no legal value and the page says so.
//!
//! **Invariant:** a forecast made at the end of an exercice reads no row published after the vote of the next
//! budget; beyond the last row of a bounded constant there is no value (not evaluated).

use std::sync::OnceLock;

use crate::budget::rules::is_known;

const TABLE: &str = include_str!("../../datasets/reference/constantes.csv");

/// How sure a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confiance {
    /// Read in its source.
    Verifie,
    /// To be verified: said wherever it is shown.
    AVerifier,
    /// A choice of the program.
    Usage,
}

impl Confiance {
    /// Word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verifie => "vérifié",
            Self::AVerifier => "à vérifier",
            Self::Usage => "usage",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Verifie, Self::AVerifier, Self::Usage].into_iter().find(|c| c.word() == text)
    }
}

/// A dated constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Constante {
    /// Key.
    pub cle: &'static str,
    /// First day.
    pub debut: &'static str,
    /// Last day, empty when it holds until changed.
    pub fin: &'static str,
    /// Value as written.
    pub valeur: &'static str,
    /// `pourcent`, `date`, `années`...
    pub unite: &'static str,
    /// What it is, French.
    pub libelle: &'static str,
    /// Where it comes from, French.
    pub source: &'static str,
    /// How sure.
    pub confiance: Confiance,
    /// First day on which it was public.
    pub connu_le: &'static str,
}

impl Constante {
    /// Value as a number; `None` for a date.
    pub fn nombre(&self) -> Option<f64> {
        self.valeur.parse().ok()
    }

    /// Source, and what the reader must verify.
    pub fn provenance(&self) -> String {
        match self.confiance {
            Confiance::AVerifier => format!("{} ; à vérifier", self.source),
            _ => self.source.to_owned(),
        }
    }
}

fn parse(line: &'static str) -> Option<Constante> {
    let f: Vec<&'static str> = line.split(';').collect();
    let &[cle, debut, fin, valeur, unite, libelle, source, confiance, connu_le] = f.as_slice()
    else {
        return None;
    };
    let confiance = Confiance::read(confiance)?;
    Some(Constante { cle, debut, fin, valeur, unite, libelle, source, confiance, connu_le })
}

/// Every row, in the order of the table.
pub fn toutes() -> &'static [Constante] {
    static ROWS: OnceLock<Vec<Constante>> = OnceLock::new();
    ROWS.get_or_init(|| TABLE.lines().skip(1).filter_map(parse).collect())
}

/// The row in force in `exercice` as one knew it when the budget that follows `origine` is voted; `None`
/// before the first row and beyond the last one.
pub fn connue(cle: &str, exercice: u16, origine: u16) -> Option<&'static Constante> {
    find(cle, exercice, |c| is_known(c.connu_le, origine))
}

/// The row in force in `exercice` as known today.
pub fn en_vigueur(cle: &str, exercice: u16) -> Option<&'static Constante> {
    find(cle, exercice, |_| true)
}

fn find(
    cle: &str,
    exercice: u16,
    known: impl Fn(&Constante) -> bool,
) -> Option<&'static Constante> {
    let (first, last) = (format!("{exercice}-01-01"), format!("{exercice}-12-31"));
    let mut rows = toutes().iter().filter(|c| c.cle == cle);
    let row = rows.clone().rfind(|c| known(c) && c.debut <= last.as_str())?;
    let ended = !row.fin.is_empty() && row.fin < first.as_str();
    // a row whose successor was not public yet looked open
    let open = rows.any(|c| c.debut > row.debut && !known(c));
    (!ended || open).then_some(row)
}

/// Value of an open constant (usage or economic), the same for every exercice from its first row.
pub(super) fn usage(cle: &str) -> f64 {
    let row = toutes().iter().rfind(|c| c.cle == cle);
    row.and_then(Constante::nombre).expect("a test reads every key used from the table")
}

/// The same as a fraction of one.
pub(super) fn part(cle: &str) -> f64 {
    usage(cle) / 100.0
}

/// Source of a constant of usage.
pub(super) fn source(cle: &str) -> &'static str {
    toutes().iter().rfind(|c| c.cle == cle).map_or("", |c| c.source)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys read by `usage` in this room.
    const OPEN: [&str; 18] = [
        "croissance_physique",
        "croissance_physique_min",
        "croissance_physique_max",
        "gvt",
        "gvt_min",
        "gvt_max",
        "part_cnracl",
        "cotisations_non_titulaires",
        "part_prix",
        "retour_credits",
        "ecart_produit_fiscal",
        "rupture",
        "rupture_poids",
        "credits_employes",
        "credits_annees",
        "ecart_important",
        "fctva_delai",
        "fongibilite_taux",
    ];

    #[test]
    fn every_row_is_read_dated_and_sourced() {
        assert_eq!(toutes().len(), TABLE.lines().count() - 1);
        for c in toutes() {
            let day = |d: &str| d.len() == 10 && d.as_bytes()[4] == b'-' && d.as_bytes()[7] == b'-';
            assert!(day(c.debut) && day(c.connu_le), "{c:?}");
            assert!(c.fin.is_empty() || (day(c.fin) && c.debut < c.fin), "{c:?}");
            assert!(!c.source.is_empty() && !c.libelle.is_empty(), "{c:?}");
        }
        for cle in OPEN {
            assert!(usage(cle).is_finite(), "{cle}");
            let last = toutes().iter().rfind(|c| c.cle == cle).expect("a row");
            assert_eq!(last.fin, "", "{cle} is read without a date");
        }
    }

    /// Numbers of law written in the code would escape the table: none is left in this room.
    #[test]
    fn no_legal_figure_is_written_in_the_code() {
        let room = concat!(env!("CARGO_MANIFEST_DIR"), "/src/budget");
        let mut folders = vec![std::path::PathBuf::from(room)];
        let figures = ["16.404", "15.761", "15.482", "04-15", "04-30\"", "= 7.5;"];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("the room exists").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("readable");
                // what precedes the tests
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                for figure in figures {
                    assert!(!code.contains(figure), "{figure} in {}", path.display());
                }
            }
        }
    }

    #[test]
    fn a_backtest_sees_only_what_was_known() {
        let value = |cle, year, from| connue(cle, year, from).and_then(Constante::nombre);
        // the rate of 2015 was published on 30 December 2014
        assert_eq!(value("fctva_taux", 2015, 2013), Some(15.761));
        assert_eq!(value("fctva_taux", 2015, 2014), Some(16.404));
        assert_eq!(value("fctva_taux", 2014, 2014), Some(15.761));
        assert_eq!(value("fctva_taux", 2002, 2020), None);
        // the target of 2003 stood for 2022 too, seen from 2019
        let row = connue("cible_inflation", 2022, 2019).expect("a row");
        assert_eq!(row.debut, "2003-05-08");
        assert_eq!(connue("cible_inflation", 2022, 2021).expect("a row").debut, "2021-07-08");
    }

    #[test]
    fn beyond_the_last_row_there_is_no_value() {
        let date = |year| en_vigueur("date_vote", year).map(|c| c.valeur);
        assert_eq!(date(2026), Some("04-30"));
        assert_eq!(date(2027), Some("04-15"));
        assert_eq!(date(2032), None);
        assert_eq!(en_vigueur("fctva_taux", 2027).and_then(Constante::nombre), Some(16.404));
        assert_eq!(en_vigueur("inconnue", 2027), None);
    }

    #[test]
    fn what_is_to_verify_says_so() {
        let row = en_vigueur("date_vote", 2020).expect("a row");
        assert!(row.provenance().ends_with("à vérifier"));
        assert!(!en_vigueur("fctva_taux", 2020).expect("a row").provenance().contains("vérifier"));
    }
}
