//! Movements that do not come from invoices: payroll, taxes and grants by instalments, régies, debt,
//! accruals of month 13 and their reversals in January, order entries, allocation of the result.
//!
//! Takes the targets of an exercice; gives its pieces, a few hundred whatever the size.
//!
//! **Invariant:** the pieces of an account add up to its target to the centime.

use std::rc::Rc;

use crate::demo::calendar::{Weeks, day, next_bordereau_day};
use crate::demo::chart::{Compte, Flux};
use crate::demo::commune::{Commune, MONTH_NAMES, SMALL_LEDGER};
use crate::demo::identity::{Tiers, iban};
use crate::demo::piece::{Ligne, Piece};
use crate::demo::rng::{Rng, mix, scale, topic};

/// Hundredths of what households owe that is collected by régies in a small ledger.
const BY_REGIE: i64 = 85;
/// Weights of the months of payroll, hundredths: bonuses in June and November.
const PAYROLL: [i64; 12] = [97, 97, 97, 97, 97, 113, 98, 97, 98, 97, 113, 99];

/// Part `rank` of a total cut along weights; the parts add up to the total.
pub fn share(total: i64, weights: &[i64], rank: usize) -> i64 {
    let sum: i64 = weights.iter().sum();
    let upto = |n: usize| scale(total, weights[..n].iter().sum(), sum);
    upto(rank + 1) - upto(rank)
}

/// What the flows of an exercice need.
pub struct Flows<'a> {
    /// The commune.
    pub commune: &'a Commune,
    /// Targets of the exercice.
    pub targets: &'a [i64],
    /// Targets of the exercice before, for the reversals.
    pub previous: &'a [i64],
    /// Calendar.
    pub weeks: &'a Weeks,
    /// Amount of 1068, centimes.
    pub affectation: i64,
}

impl Flows<'_> {
    /// All the pieces of the exercice.
    pub fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (i, compte) in self.commune.chart.comptes.iter().enumerate() {
            let target = self.targets[i];
            match compte.flux {
                Flux::Programme => self.programme(i, compte, target, &mut pieces),
                Flux::Regie => self.regie(i, (compte.tiers, &compte.mois), target, &mut pieces),
                Flux::Familles => {
                    let collected = self.collected(i, compte);
                    if collected > 0 {
                        let months: Vec<i8> = (1..=12).collect();
                        self.regie(i, ("Enfance", &months), collected, &mut pieces);
                    }
                }
                Flux::Icne => self.icne(i, compte, &mut pieces),
                Flux::Affectation => self.programme(i, compte, self.affectation, &mut pieces),
                Flux::Factures if compte.fonctionnement => self.accruals(i, compte, &mut pieces),
                _ => {}
            }
        }
        self.payroll(&mut pieces);
        self.orders(&mut pieces);
        pieces
    }

    /// What a régie collects on an account of households, only in a small ledger.
    pub fn collected(&self, position: usize, compte: &Compte) -> i64 {
        let billed = compte.flux == Flux::Familles && compte.mois.is_empty();
        let small = self.commune.lignes < SMALL_LEDGER;
        if billed && small && compte.m57.starts_with("70") {
            scale(self.targets[position], BY_REGIE, 100)
        } else {
            0
        }
    }

    fn lines(position: usize, compte: &Compte, total: i64) -> Vec<Ligne> {
        let fonctions = &compte.fonctions;
        let weights: Vec<i64> = fonctions.iter().map(|f| f.1).collect();
        (0..fonctions.len())
            .map(|i| Ligne::from_ttc(position as u16, fonctions[i].0, share(total, &weights, i), 0))
            .filter(|l| l.ttc != 0)
            .collect()
    }

    fn on(&self, month: i8, day_of_month: i8) -> i32 {
        next_bordereau_day(day(self.weeks.exercice, month, day_of_month))
    }

    fn programme(&self, position: usize, compte: &Compte, total: i64, out: &mut Vec<Piece>) {
        let tiers = organisation(compte.tiers);
        let weights = vec![1; compte.mois.len()];
        let debt = compte.tiers.starts_with("Banque");
        for (rank, month) in compte.mois.iter().enumerate() {
            let lines = Self::lines(position, compte, share(total, &weights, rank));
            if lines.is_empty() {
                continue;
            }
            let dom = (mix(topic(compte.m57)) % 17) as i8 + 3;
            let objet = format!(
                "{} - {} {}",
                short(compte.libelle),
                MONTH_NAMES[(*month - 1) as usize],
                self.weeks.exercice
            );
            let when = self.on(*month, dom).min(self.weeks.year_end());
            let mut piece = Piece::new(compte.depense, when, tiers.clone(), objet, lines);
            if debt {
                piece.mode = "Débit d'office";
            }
            out.push(piece);
        }
    }

    fn regie(
        &self,
        position: usize,
        (name, months): (&'static str, &[i8]),
        total: i64,
        out: &mut Vec<Piece>,
    ) {
        let compte = &self.commune.chart.comptes[position];
        let mut rng = Rng::new(
            self.commune.seed,
            topic("regie") ^ position as u64,
            self.weeks.exercice.into(),
        );
        let weights: Vec<i64> = months.iter().map(|_| rng.between(70, 130)).collect();
        let tiers = organisation(&format!("Régie de recettes {name} (exemple)"));
        for (rank, month) in months.iter().enumerate() {
            let lines = Self::lines(position, compte, share(total, &weights, rank));
            let objet = format!("Régie {name} - {}", MONTH_NAMES[(*month - 1) as usize]);
            let mut piece = Piece::new(false, self.on(*month, 24), tiers.clone(), objet, lines);
            piece.regie = name;
            out.push(piece);
        }
    }

    /// Accrued interest: reversal of last year's in January, this year's in month 13.
    fn icne(&self, position: usize, compte: &Compte, out: &mut Vec<Piece>) {
        let tiers = organisation(compte.tiers);
        let year = self.weeks.exercice;
        let mut push = |when: i32, amount: i64, objet: String| {
            let lines = Self::lines(position, compte, amount);
            out.push(Piece::new(true, when, tiers.clone(), objet, lines));
        };
        push(
            self.on(1, 12),
            -self.previous[position],
            format!("Contre-passation ICNE {}", year - 1),
        );
        push(self.month_13(), self.targets[position], format!("Rattachement ICNE {year}"));
    }

    fn month_13(&self) -> i32 {
        self.weeks
            .days(self.weeks.count() - 1)
            .last()
            .copied()
            .unwrap_or_else(|| self.weeks.year_end())
    }

    /// Charges attached to the exercice in month 13, and the reversal of those of the year before.
    fn accruals(&self, position: usize, compte: &Compte, out: &mut Vec<Piece>) {
        let (now, before) = self.accrued(position, compte);
        let tiers = organisation("Charges rattachées (exemple)");
        let label = short(compte.libelle);
        let year = self.weeks.exercice;
        let fonction = compte.fonctions[0].0;
        for (amount, when, objet) in [
            (
                -before,
                self.on(1, 8),
                format!("Contre-passation rattachement {} - {label}", year - 1),
            ),
            (now, self.month_13(), format!("Rattachement {year} - {label}")),
        ] {
            if amount != 0 {
                let line = Ligne::from_ttc(position as u16, fonction, amount, 0);
                out.push(Piece::new(true, when, tiers.clone(), objet, vec![line]));
            }
        }
    }

    /// Charges attached this year and the year before: 1.5 to 4 % of accounts of some size.
    pub fn accrued(&self, position: usize, compte: &Compte) -> (i64, i64) {
        let eligible = compte.depense && compte.base >= 4_000_000 && compte.chapitre_m57 == "011";
        let chosen = mix(position as u64 ^ self.commune.seed) % 5 < 3;
        if !eligible || !chosen {
            return (0, 0);
        }
        let amount = |targets: &[i64], year: u16| {
            let h = self.commune.hash("rattachement", position as u64 * 10_000 + u64::from(year));
            scale(targets[position], 15 + (h % 25) as i64, 1000)
        };
        (amount(self.targets, self.weeks.exercice), amount(self.previous, self.weeks.exercice - 1))
    }

    /// One mandat a month for wages, one for each kind of charge.
    fn payroll(&self, out: &mut Vec<Piece>) {
        let wages = organisation("Paie du personnel de Saint-Exemple");
        let charges = organisation("Organisme social Exemple");
        for month in 1..=12_i8 {
            let mut batches: [(Rc<Tiers>, &str, Vec<Ligne>); 2] = [
                (wages.clone(), "Paie", vec![]),
                (charges.clone(), "Cotisations sociales", vec![]),
            ];
            for (i, compte) in self.commune.chart.comptes.iter().enumerate() {
                if compte.flux == Flux::Paie {
                    let total = share(self.targets[i], &PAYROLL, (month - 1) as usize);
                    let batch = usize::from(!compte.m57.starts_with("641"));
                    batches[batch].2.extend(Self::lines(i, compte, total));
                }
            }
            for (tiers, word, lines) in batches {
                let name = MONTH_NAMES[(month - 1) as usize];
                let objet = format!("{word} {name} {}", self.weeks.exercice);
                out.push(Piece::new(true, self.on(month, 20), tiers, objet, lines));
            }
        }
    }

    /// Depreciation, transfers, disposals: at year end, an expense and a receipt by group.
    fn orders(&self, out: &mut Vec<Piece>) {
        let comptes = &self.commune.chart.comptes;
        let groups: std::collections::BTreeSet<&str> = comptes
            .iter()
            .filter(|c| matches!(c.flux, Flux::Ordre | Flux::Miroir))
            .map(|c| c.tiers)
            .collect();
        for group in groups {
            for depense in [true, false] {
                let lines: Vec<Ligne> = (0..comptes.len())
                    .filter(|i| matches!(comptes[*i].flux, Flux::Ordre | Flux::Miroir))
                    .filter(|i| comptes[*i].tiers == group && comptes[*i].depense == depense)
                    .map(|i| {
                        Ligne::from_ttc(i as u16, comptes[i].fonctions[0].0, self.targets[i], 0)
                    })
                    .collect();
                let objet = format!("{} {}", order_label(group), self.weeks.exercice);
                let tiers = organisation("Opérations d'ordre (exemple)");
                let mut piece = Piece::new(depense, self.weeks.year_end(), tiers, objet, lines);
                piece.mode = "Opération d'ordre";
                out.push(piece);
            }
        }
    }
}

fn order_label(group: &str) -> &'static str {
    match group {
        "amort" => "Dotations aux amortissements",
        "subv" => "Quote-part des subventions transférée",
        "etudes" => "Intégration des frais d'études",
        "cession" => "Sortie de bien, valeur comptable",
        _ => "Plus-value de cession",
    }
}

/// A label of the chart, short enough for an object.
pub fn short(label: &str) -> &str {
    let end = label.char_indices().nth(42).map_or(label.len(), |(i, _)| i);
    label[..end].trim_end_matches([' ', ',', '-', '('])
}

/// A public body or an internal payee, by its name.
pub fn organisation(name: &str) -> Rc<Tiers> {
    let h = mix(topic(name));
    Rc::new(Tiers {
        id: format!("O{:05}", h % 100_000),
        nom: name.to_string(),
        siret: String::new(),
        iban: if name.starts_with("Opérations") || name.starts_with("Charges") {
            String::new()
        } else {
            iban(h % 1_000_000 + 1_000_000)
        },
        niveau: 1000,
        habitude: h,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn parts_add_up() {
        for total in [0, 1, -7, 1_000_003] {
            let sum: i64 = (0..PAYROLL.len()).map(|i| share(total, &PAYROLL, i)).sum();
            assert_eq!(sum, total);
        }
    }

    #[test]
    fn programmed_accounts_reach_their_target() {
        for lines in [2_000, 20_000] {
            let commune = Commune::new(5, lines);
            let targets = commune.chart.targets(5, 2025, commune.taille);
            let previous = commune.chart.targets(5, 2024, commune.taille);
            let weeks = Weeks::new(2025);
            let flows = Flows {
                commune: &commune,
                targets: &targets,
                previous: &previous,
                weeks: &weeks,
                affectation: 123,
            };
            let mut sums: BTreeMap<u16, i64> = BTreeMap::new();
            for piece in flows.pieces() {
                assert!((weeks.bounds(0).0..=day(2026, 1, 31)).contains(&piece.day));
                for l in &piece.lignes {
                    *sums.entry(l.compte).or_default() += l.ttc;
                }
            }
            for (i, c) in commune.chart.comptes.iter().enumerate() {
                let got = sums.get(&(i as u16)).copied().unwrap_or(0);
                match c.flux {
                    Flux::Paie | Flux::Programme | Flux::Regie | Flux::Ordre | Flux::Miroir => {
                        assert_eq!(got, targets[i], "{}", c.m57);
                    }
                    Flux::Affectation => assert_eq!(got, 123),
                    _ => {}
                }
            }
        }
    }
}
