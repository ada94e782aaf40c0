//! Postes: a stable grouping of the operating accounts across norms and reforms.
//!
//! The same poste holds `7411` in M14 and `74111` in M57, exceptional receipts before and after they
//! moved from chapitre 77 to 75: a series by poste has no break at the change of norm.
//!
//! **Invariant:** every class 6 and 7 account of both charts has exactly one poste; the longest
//! beginning wins.

use std::sync::OnceLock;

use crate::budget::rules::Norme;
use crate::domain::account::Sens;

const POSTES: &str = include_str!("../../datasets/reference/postes.csv");

/// A group of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poste {
    /// Key, as typed in `[[connu]] poste`.
    pub code: &'static str,
    /// French name.
    pub libelle: &'static str,
    /// Usual sens.
    pub sens: Sens,
}

struct Row {
    poste: Poste,
    /// Beginnings in M14, then in M57.
    comptes: [Vec<&'static str>; 2],
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| POSTES.lines().skip(1).filter_map(parse).collect())
}

fn parse(line: &'static str) -> Option<Row> {
    let fields: Vec<&str> = line.split(';').collect();
    let &[code, libelle, sens, m14, m57] = fields.as_slice() else { return None };
    let sens = if sens == "D" { Sens::D } else { Sens::R };
    let list = |text: &'static str| text.split_whitespace().collect();
    Some(Row { poste: Poste { code, libelle, sens }, comptes: [list(m14), list(m57)] })
}

/// Every poste, in the order of the table.
pub fn all() -> impl Iterator<Item = &'static Poste> {
    rows().iter().map(|r| &r.poste)
}

/// The poste of that key.
pub fn named(code: &str) -> Option<&'static Poste> {
    all().find(|p| p.code == code)
}

/// The poste of an account; `None` outside classes 6 and 7 and for norms without postes.
pub fn of(norme: Norme, compte: &str) -> Option<&'static Poste> {
    let column = match norme {
        Norme::M14 => 0,
        Norme::M57 => 1,
        Norme::Autre => return None,
    };
    let longest = |r: &'static Row| {
        let ours = r.comptes[column].iter().filter(|c| compte.starts_with(**c));
        ours.map(|c| c.len()).max().map(|len| (len, &r.poste))
    };
    rows().iter().filter_map(longest).max_by_key(|(len, _)| *len).map(|(_, p)| p)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::account::{Ordre, OrigineChapitre};
    use crate::domain::nomenclature::{PlanId, passage_m57, plan, successeurs, to_m57};

    const CHARTS: [(PlanId, Norme); 4] = [
        (PlanId::M14Sup3500, Norme::M14),
        (PlanId::M14De500A3500, Norme::M14),
        (PlanId::M57, Norme::M57),
        (PlanId::M57Abrege, Norme::M57),
    ];

    fn accounts(id: PlanId) -> impl Iterator<Item = &'static str> {
        let ours = |c: &&str| c.starts_with('6') || c.starts_with('7');
        plan(id).lignes().iter().map(|l| l.code).filter(ours)
    }

    #[test]
    fn every_account_has_exactly_one() {
        for column in 0..2 {
            let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
            for row in rows() {
                for compte in &row.comptes[column] {
                    let twice = seen.insert(compte, row.poste.code);
                    assert_eq!(twice, None, "{compte} also in {}", row.poste.code);
                }
            }
        }
        for (id, norme) in CHARTS {
            for code in accounts(id) {
                // headers of one digit hold no amount
                assert!(code.len() < 2 || of(norme, code).is_some(), "{code} {norme:?}");
            }
        }
    }

    #[test]
    fn a_poste_crosses_the_change_of_norm() {
        // 6748 is shared between subventions and charges diverses
        const SHARED: [&str; 1] = ["6748"];
        let chart = plan(PlanId::M14Sup3500);
        // headers hold no amount
        let moves = |code: &&str| {
            [Sens::D, Sens::R].iter().any(|s| {
                let place = chart.imputation(2021, code, *s, Ordre::Reel);
                place.is_some_and(|p| p.origine == OrigineChapitre::Plan)
            })
        };
        for code in accounts(PlanId::M14Sup3500).filter(moves) {
            let heirs = to_m57(code, PlanId::M57, 2021);
            let renamed = passage_m57(code).is_none()
                || !successeurs(PlanId::M14Sup3500, code, 2016, 2023).is_empty();
            for heir in heirs.iter().filter(|_| !renamed && !SHARED.contains(&code)) {
                let (a, b) = (of(Norme::M14, code), of(Norme::M57, heir));
                assert_eq!(a.map(|p| p.code), b.map(|p| p.code), "{code} -> {heir}");
            }
        }
    }

    #[test]
    fn a_renamed_account_keeps_its_poste() {
        for (id, norme) in CHARTS {
            for code in accounts(id) {
                for heir in successeurs(id, code, 2016, 2023) {
                    // a code that is still in the chart was given another meaning since
                    if plan(id).existe(code, 2023) {
                        continue;
                    }
                    let (a, b) = (of(norme, code), of(norme, heir));
                    assert_eq!(a.map(|p| p.code), b.map(|p| p.code), "{code} -> {heir}");
                }
            }
        }
    }

    #[test]
    fn the_longest_beginning_wins() {
        let code = |norme, compte| of(norme, compte).map(|p| p.code);
        assert_eq!(code(Norme::M14, "7788"), Some("produits_divers"));
        assert_eq!(code(Norme::M57, "75888"), Some("produits_divers"));
        assert_eq!(code(Norme::M57, "606121"), Some("energie"));
        assert_eq!(code(Norme::M14, "7411"), code(Norme::M57, "74111"));
        assert_eq!(code(Norme::M57, "2158"), None);
        assert_eq!(code(Norme::Autre, "7411"), None);
        assert!(named("dgf").is_some() && named("inconnu").is_none());
        assert!(all().count() > 80);
    }
}
