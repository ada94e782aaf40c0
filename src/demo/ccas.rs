//! The CCAS, a budget of its own: meals, food aid, outings and grants, in a small ledger beside that of the
//! commune.
//!
//! It has no accounts here: what it pays enters neither the CA nor the number of lines asked for. It is what
//! lets a grant be paid twice, by the commune and by its CCAS.
//!
//! **Invariant:** same seed and exercice, same pieces; the ledger of the commune is the same with or without it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::demo::calendar::{Weeks, day, last_bordereau_day, next_bordereau_day};
use crate::demo::commune::Commune;
use crate::demo::flows::organisation;
use crate::demo::ledger::Grant;
use crate::demo::piece::{Ligne, Piece};
use crate::demo::plant::per_control;
use crate::demo::rng::{Rng, topic};
use crate::demo::truth::{Difficulte, Truth, Verdict};

/// Ledger lines of the commune from which its CCAS has a ledger too.
pub const FROM: u64 = 5_000;
/// Controls that the answer key of a whole demo covers, for the number of irregularities of each.
const CONTROLS: u64 = 53;
/// What another office may write of a grant.
const OTHER_WORDS: [&str; 4] = [
    "Aide au départ en vacances",
    "Rencontre solidaire d'automne",
    "Prévention santé, atelier cuisine",
    "Mobilité des personnes âgées",
];
/// Meals delivered in a month, and the price of one without tax, centimes.
const MEALS: (i64, i64, i64) = (380, 520, 890);
/// Bodies that the CCAS alone subsidises, what for, and how much, centimes.
const GRANTS: [(&str, &str, i64); 6] = [
    ("Épicerie sociale de l'Exemple", "Fonctionnement de l'épicerie sociale", 420_000),
    ("Visiteurs du soir, association d'exemple", "Visites aux personnes isolées", 130_000),
    ("Vestiaire solidaire Maquette", "Achat de rayonnages", 95_000),
    ("Jardin partagé des Brouillons", "Plants et outils du jardin", 64_000),
    ("Aide aux devoirs Canevas", "Soutien scolaire", 185_000),
    ("Relais des aidants Esquisse", "Groupes de parole", 112_000),
];

/// The ordinary mandats of an exercice.
pub fn pieces(commune: &Commune, weeks: &Weeks) -> Vec<Piece> {
    let year = weeks.exercice;
    let mut rng = Rng::new(commune.seed, topic("ccas"), u64::from(year));
    let line = |m57: &str, ht: i64, rate: i64| {
        let compte = commune.chart.real(m57, true).unwrap_or(0);
        let fonction = commune.chart.comptes[usize::from(compte)].fonctions[0].0;
        vec![Ligne::from_ht(compte, fonction, ht, rate)]
    };
    let mut out = Vec::new();
    let mut add = |when: i32, payee: &str, facture: String, objet: String, lines: Vec<Ligne>| {
        let when = next_bordereau_day(when).min(last_bordereau_day(day(year, 12, 31)));
        out.push(Piece::new(true, when, organisation(payee), objet, lines).facture(facture));
    };
    for month in 1..=12_i8 {
        let meals = rng.between(MEALS.0, MEALS.1);
        let ht = meals * MEALS.2;
        let objet = format!("Portage de repas à domicile, {meals} repas, mois {month:02}/{year}");
        let number = format!("PR{year}{month:02}");
        add(day(year, month, 20), "Cuisine centrale Gabarit", number, objet, line("611", ht, 100));
        for half in [4, 18] {
            let ht = rng.between(14_000, 46_000);
            let number = format!("AL{}{month:02}{half:02}", year % 100);
            let objet = format!("Denrées de l'aide alimentaire, livraison du {half:02}/{month:02}");
            let when = day(year, month, half);
            add(when, "Grossiste Témoin alimentation", number, objet, line("60623", ht, 55));
        }
    }
    for (rank, (body, objet, amount)) in GRANTS.into_iter().enumerate() {
        let when = day(year, 3 + rank as i8, 12);
        let objet = format!("Subvention {year}, {}", objet.to_lowercase());
        add(when, body, String::new(), objet, line("65748", amount, 0));
    }
    let feast = rng.between(380_000, 520_000);
    let objet = "Repas des aînés".to_string();
    let number = format!("RA{year}");
    add(day(year, 10, 14), "Traiteur Factice des Halles", number, objet, line("6232", feast, 100));
    out
}

/// Grants paid twice in a ledger of the commune of `lignes` lines.
pub fn irregularities(lignes: u64) -> u64 {
    per_control(lignes, CONTROLS)
}

/// The grants of the commune that the CCAS pays again, and their look-alikes.
pub struct Again {
    /// Seed of the demo.
    pub seed: u64,
    /// Budget year.
    pub exercice: u16,
    /// Irregularities, and look-alikes.
    pub count: u64,
    /// Whether irregularities are planted.
    pub irregular: bool,
}

impl Again {
    /// Their mandats by the CCAS; the records of the commune are named in the answer key.
    pub fn pieces(&self, grants: &[Grant], truth: &mut Truth) -> Vec<Piece> {
        let mut rng = Rng::new(self.seed, topic("SUB02"), u64::from(self.exercice));
        let mut free = self.free(grants, truth);
        let mut out = Vec::new();
        for n in 0..self.count {
            // An irregularity never goes without its look-alike.
            if free.len() < 2 {
                break;
            }
            for verdict in [Verdict::Irregularite, Verdict::Sosie] {
                let grant = free.swap_remove(rng.index(free.len()));
                let degree = Difficulte::turn(n as usize);
                let piece = self.again(grant, (verdict, degree), &mut rng);
                if verdict == Verdict::Irregularite && !self.irregular {
                    continue;
                }
                let story = format!(
                    "{} : {} de la commune, puis {} du CCAS ({}).",
                    grant.piece.tiers.nom,
                    euros(grant.piece.total()),
                    euros(piece.total()),
                    if verdict == Verdict::Sosie { "deux projets" } else { "un seul projet" }
                );
                let number = truth.open("SUB02", verdict, degree, story);
                truth.record(number, &self.file(), grant.record);
                out.push(Piece { plant: number, ..piece });
            }
        }
        out
    }

    fn file(&self) -> String {
        format!("mandats_{}.csv", self.exercice)
    }

    /// Grants that no entry names, one a body, large enough to matter and small enough to need no agreement.
    fn free<'a>(&self, grants: &'a [Grant], truth: &Truth) -> Vec<&'a Grant> {
        let named: BTreeSet<&str> =
            truth.entries().flat_map(|e| &e.enregistrements).map(String::as_str).collect();
        let file = self.file();
        let mut bodies: BTreeMap<&str, u32> = BTreeMap::new();
        for grant in grants {
            *bodies.entry(&grant.piece.tiers.id).or_default() += 1;
        }
        let alone = |g: &&Grant| bodies.get(g.piece.tiers.id.as_str()) == Some(&1);
        let fits = |g: &&Grant| {
            (50_000..1_000_000).contains(&g.piece.total())
                && !named.contains(format!("{file}#{}", g.record).as_str())
        };
        grants.iter().filter(alone).filter(fits).collect()
    }

    /// What the CCAS pays to the body of a grant.
    fn again(&self, grant: &Grant, how: (Verdict, Difficulte), rng: &mut Rng) -> Piece {
        let first = &grant.piece;
        let rank = rng.index(OTHER_WORDS.len());
        let (amount, objet) = match how {
            (Verdict::Sosie, _) => {
                (first.total() / 4 + 3_000, format!("{}, projet du CCAS", OTHER_WORDS[rank]))
            }
            (_, Difficulte::Facile) => (first.total(), first.objet.clone()),
            (_, Difficulte::Moyenne) => (first.total(), OTHER_WORDS[rank].to_string()),
            (_, Difficulte::Difficile) => (first.total() * 9 / 10, first.objet.clone()),
        };
        let line = first.lignes[0];
        let line = Ligne { marked: true, ..Ligne::from_ttc(line.compte, line.fonction, amount, 0) };
        let when = next_bordereau_day(first.day + rng.between(15, 60) as i32);
        let when = when.min(last_bordereau_day(day(self.exercice, 12, 31)));
        Piece::new(true, when, Rc::clone(&first.tiers), objet, vec![line])
    }
}

fn euros(cents: i64) -> String {
    let mut text = String::new();
    crate::demo::write::push_amount(&mut text, cents, ',');
    format!("{text} €")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_the_ccas_is_plausible() {
        let commune = Commune::new(1, 10_000);
        let pieces = pieces(&commune, &Weeks::new(2025));
        assert_eq!(pieces.len(), 12 * 3 + GRANTS.len() + 1);
        let billed: BTreeSet<&str> =
            pieces.iter().map(|p| p.facture.as_str()).filter(|f| !f.is_empty()).collect();
        assert_eq!(billed.len(), 12 * 3 + 1, "no number twice");
        assert!(pieces.iter().all(|p| Rc::strong_count(&p.tiers) == 1 && p.total() > 0));
    }
}
