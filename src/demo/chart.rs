//! Tables of the fictitious commune: its accounts in both norms with the amounts of 2025, its
//! functions, and the indices that carry an amount from one year to another.
//!
//! Takes the data files of `data/`; gives a [`Chart`] and the target of each account in any year.
//!
//! **Invariant:** an account is named by its position here; its code and chapitre depend on the norm
//! in force in the exercice, never on its first digits.

use crate::demo::rng::{Rng, scale, topic};

/// First exercice under M57.
pub const FIRST_M57: u16 = 2024;
/// Exercice in which the amounts of the table are expressed.
const BASE_YEAR: u16 = 2025;

/// How the amount of an account is spent or received during the exercice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flux {
    /// Invoices of suppliers, by trade.
    Factures,
    /// Individual receipts of households and tenants, by trade.
    Familles,
    /// Payroll, every month.
    Paie,
    /// Equal payments in the months of the table.
    Programme,
    /// Receipts of a régie, every month.
    Regie,
    /// Accrued interest: charged in month 13, reversed in January.
    Icne,
    /// Order entry at year end.
    Ordre,
    /// Order entry that mirrors the others of the same group.
    Miroir,
    /// Allocation of the previous result (1068).
    Affectation,
    /// Line of the budget without execution, or carried over.
    Budget,
}

/// One account of the commune, for one sense and one kind of movement.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // four independent facts of the chart
pub struct Compte {
    /// Code under M57.
    pub m57: &'static str,
    /// Code under M14.
    pub m14: &'static str,
    /// Label of the chart.
    pub libelle: &'static str,
    /// True for the operating section.
    pub fonctionnement: bool,
    /// True for expenses.
    pub depense: bool,
    /// 0 real, 1 order inside a section, 2 order between sections.
    pub ordre: u8,
    /// Chapitre under M57.
    pub chapitre_m57: &'static str,
    /// Chapitre under M14.
    pub chapitre_m14: &'static str,
    /// Amount of 2025 for the commune of 12 480 inhabitants, centimes.
    pub base: i64,
    /// Position of its index.
    pub indice: usize,
    /// How it is spent.
    pub flux: Flux,
    /// Months of payment, when programmed.
    pub mois: Vec<i8>,
    /// Payee, or group of order entries.
    pub tiers: &'static str,
    /// Functions and their weights in hundredths.
    pub fonctions: Vec<(u8, i64)>,
    /// True when the budget opens credits on it.
    pub bp: bool,
    /// True when part of it is carried over at 31 December.
    pub rar: bool,
}

impl Compte {
    /// Code in an exercice.
    pub fn code(&self, exercice: u16) -> &'static str {
        if exercice >= FIRST_M57 { self.m57 } else { self.m14 }
    }

    /// Chapitre in an exercice.
    pub fn chapitre(&self, exercice: u16) -> &'static str {
        if exercice >= FIRST_M57 { self.chapitre_m57 } else { self.chapitre_m14 }
    }
}

/// A function code in both norms and the service that holds it.
#[derive(Debug, Clone)]
pub struct Fonction {
    /// Code under M57.
    pub m57: &'static str,
    /// Code under M14.
    pub m14: &'static str,
    /// Short name of the service.
    pub service: &'static str,
}

impl Fonction {
    /// Code in an exercice.
    pub fn code(&self, exercice: u16) -> &'static str {
        if exercice >= FIRST_M57 { self.m57 } else { self.m14 }
    }
}

#[derive(Debug, Clone)]
struct Indice {
    name: &'static str,
    values: Vec<i64>,
    noise: i64,
}

/// The tables, parsed.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Accounts.
    pub comptes: Vec<Compte>,
    /// Functions.
    pub fonctions: Vec<Fonction>,
    indices: Vec<Indice>,
    first_index_year: u16,
}

/// Rows of a data file after its header, split on `;`.
pub fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().skip(1).filter(|l| !l.is_empty()).map(|l| l.split(';').collect())
}

/// A number of our own tables; zero when absent (the tests check the tables).
pub fn number(text: &str) -> i64 {
    text.trim().parse().unwrap_or(0)
}

impl Chart {
    /// Parses the data files.
    pub fn load() -> Self {
        let fonctions: Vec<Fonction> = rows(include_str!("data/fonctions.csv"))
            .map(|r| Fonction { m57: r[0], m14: r[1], service: r[2] })
            .collect();
        let text = include_str!("data/indices.csv");
        let header: Vec<&str> = text.lines().next().unwrap_or("").split(';').collect();
        let indices: Vec<Indice> = rows(text)
            .map(|r| Indice {
                name: r[0],
                values: r[1..r.len() - 1].iter().map(|v| number(v)).collect(),
                noise: number(r[r.len() - 1]),
            })
            .collect();
        let comptes = rows(include_str!("data/comptes.csv"))
            .map(|r| compte(&r, &fonctions, &indices))
            .collect();
        Self { comptes, fonctions, indices, first_index_year: number(header[1]) as u16 }
    }

    /// Keeps the main function of each account (two for invoices), for a small ledger.
    pub fn simplify(&mut self) {
        for compte in &mut self.comptes {
            let keep = if compte.flux == Flux::Factures { 2 } else { 1 };
            compte.fonctions.truncate(keep);
            let kept: i64 = compte.fonctions.iter().map(|f| f.1).sum();
            if let Some(first) = compte.fonctions.first_mut() {
                first.1 += 100 - kept;
            }
        }
    }

    /// Position of a function by its M57 code (the first one when unknown).
    pub fn fonction(&self, m57: &str) -> u8 {
        fonction_at(&self.fonctions, m57)
    }

    /// Position of the real account of a sense by its M57 code.
    pub fn real(&self, m57: &str, depense: bool) -> Option<u16> {
        self.comptes
            .iter()
            .position(|c| c.m57 == m57 && c.depense == depense && c.ordre == 0)
            .map(|i| i as u16)
    }

    /// Amount aimed at for an account in an exercice, centimes, before size.
    fn target_of(&self, seed: u64, position: usize, exercice: u16) -> i64 {
        let compte = &self.comptes[position];
        let indice = &self.indices[compte.indice];
        // An index that has died out by the base year is read as a share of the amount itself.
        let base_year = match self.index(indice, BASE_YEAR) {
            0 => 1000,
            value => value,
        };
        let level = scale(compte.base, self.index(indice, exercice), base_year);
        let mut rng = Rng::new(seed, topic("cible") ^ u64::from(exercice), position as u64);
        let noise = 1000.0 + rng.normal() * indice.noise as f64;
        scale(level, noise.max(300.0) as i64, 1000)
    }

    fn index(&self, indice: &Indice, exercice: u16) -> i64 {
        let offset = usize::from(exercice.saturating_sub(self.first_index_year));
        let last = indice.values.len() - 1;
        indice.values[offset.min(last)]
    }

    /// Target of every account in an exercice, centimes, for a commune `taille` thousandths as large
    /// as Saint-Exemple. Order groups balance: a mirror is the sum of the others.
    pub fn targets(&self, seed: u64, exercice: u16, taille: i64) -> Vec<i64> {
        let mut targets: Vec<i64> = (0..self.comptes.len())
            .map(|i| scale(self.target_of(seed, i, exercice), taille, 1000))
            .collect();
        for i in 0..self.comptes.len() {
            let group = self.comptes[i].tiers;
            let is_order = |c: &Compte| matches!(c.flux, Flux::Ordre | Flux::Miroir);
            if is_order(&self.comptes[i]) && self.comptes[i].flux == Flux::Miroir {
                targets[i] = (0..self.comptes.len())
                    .filter(|j| *j != i && is_order(&self.comptes[*j]))
                    .filter(|j| self.comptes[*j].tiers == group)
                    .map(|j| targets[j])
                    .sum();
            }
        }
        self.pair_order_entries(&mut targets);
        targets
    }

    /// Two order entries of one group without a mirror are the same amount.
    fn pair_order_entries(&self, targets: &mut [i64]) {
        for i in 0..self.comptes.len() {
            let c = &self.comptes[i];
            if c.flux != Flux::Ordre || c.depense {
                continue;
            }
            let twin = self
                .comptes
                .iter()
                .position(|d| d.flux == Flux::Ordre && d.depense && d.tiers == c.tiers);
            if let Some(j) = twin {
                targets[i] = targets[j];
            }
        }
    }
}

fn fonction_at(fonctions: &[Fonction], m57: &str) -> u8 {
    fonctions.iter().position(|f| f.m57 == m57).unwrap_or(0) as u8
}

fn flux(word: &str) -> Flux {
    match word {
        "fact" => Flux::Factures,
        "fam" => Flux::Familles,
        "paie" => Flux::Paie,
        "prog" => Flux::Programme,
        "regie" => Flux::Regie,
        "icne" => Flux::Icne,
        "ordre" => Flux::Ordre,
        "miroir" => Flux::Miroir,
        "affectation" => Flux::Affectation,
        _ => Flux::Budget,
    }
}

fn compte(r: &[&'static str], fonctions: &[Fonction], indices: &[Indice]) -> Compte {
    let split = |part: &str| {
        let (code, weight) = part.split_once(':').unwrap_or((part, "100"));
        (fonction_at(fonctions, code), number(weight))
    };
    Compte {
        m57: r[0],
        m14: r[1],
        libelle: r[2],
        fonctionnement: r[3] == "F",
        depense: r[4] == "D",
        ordre: number(r[5]) as u8,
        chapitre_m57: r[6],
        chapitre_m14: r[7],
        base: number(r[8]) * 100,
        indice: indices.iter().position(|i| i.name == r[9]).unwrap_or(0),
        flux: flux(r[10]),
        mois: r[11].split(',').filter(|m| !m.is_empty()).map(|m| number(m) as i8).collect(),
        tiers: r[12],
        fonctions: r[13].split(',').map(split).collect(),
        bp: r[14] == "1",
        rar: r[15] == "1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_the_tables_exists() {
        let chart = Chart::load();
        assert!(chart.comptes.len() > 150);
        for r in rows(include_str!("data/comptes.csv")) {
            assert_eq!(r.len(), 16, "{r:?}");
            assert!(chart.indices.iter().any(|i| i.name == r[9]), "{r:?}");
            for part in r[13].split(',') {
                let code = part.split(':').next().unwrap_or("");
                assert!(chart.fonctions.iter().any(|f| f.m57 == code), "{r:?}");
            }
            let total: i64 =
                r[13].split(',').map(|p| number(p.split(':').nth(1).unwrap_or("0"))).sum();
            assert_eq!(total, 100, "{r:?}");
        }
    }

    #[test]
    fn order_entries_balance_in_every_year() {
        let chart = Chart::load();
        for year in 2016..=2027 {
            let targets = chart.targets(3, year, 1000);
            let sum = |chapitre: &str, depense: bool| -> i64 {
                (0..targets.len())
                    .filter(|i| chart.comptes[*i].chapitre_m57 == chapitre)
                    .filter(|i| chart.comptes[*i].depense == depense)
                    .map(|i| targets[i])
                    .sum()
            };
            assert!(sum("042", true) > 0);
            assert_eq!(sum("042", true), sum("040", false), "{year}");
            assert_eq!(sum("042", false), sum("040", true), "{year}");
            assert_eq!(sum("041", false), sum("041", true), "{year}");
        }
    }

    #[test]
    fn the_reform_of_2021_breaks_the_compensations() {
        let chart = Chart::load();
        let th = chart.real("74834", false).map(usize::from).unwrap_or_default();
        assert!(chart.targets(1, 2020, 1000)[th] > 10_000_000);
        assert_eq!(chart.targets(1, 2021, 1000)[th], 0);
    }
}
