//! Cost of a service: what its functions spend and receive, and its share of the structure by stated keys.
//!
//! Direct amounts are the real operating lines of its functions; a key shares functions that serve everyone
//! (general administration) over the rest by expenses, by staff costs, or by typed parts. Years, inhabitants
//! and units make them comparable.
//!
//! **Invariant:** direct costs of services and of the rest, structure included once, add up to the operating
//! expenses of the year; a share is never counted in the direct cost.

use std::collections::BTreeMap;

use crate::budget::proposition::{Service, partager};
use crate::domain::account::{Ordre, Section, Sens, is_balance_line};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::nomenclature;
use crate::frames::budget::{BudgetFrame, LigneBudget};

/// How a key shares.
#[derive(Debug, Clone, PartialEq)]
pub enum Base {
    /// By direct operating expenses.
    Depenses,
    /// By direct staff costs (012).
    Personnel,
    /// By typed parts, by service; what is left to 100 stays unshared.
    Parts(BTreeMap<String, f64>),
}

/// A stated key: functions shared, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Cle {
    /// Beginnings of functions shared.
    pub fonctions: Vec<String>,
    /// How.
    pub base: Base,
}

/// Cost of a service in an exercice.
#[derive(Debug, Clone, PartialEq)]
pub struct Cout {
    /// Name.
    pub service: String,
    /// Exercice.
    pub exercice: u16,
    /// Direct expenses.
    pub depenses: Centimes,
    /// Direct receipts.
    pub recettes: Centimes,
    /// Share of the structure by the keys.
    pub structure: Centimes,
    /// Population of the commune.
    pub population: Option<u32>,
    /// Unit of activity, empty without.
    pub unite: String,
    /// Activity.
    pub quantite: Option<f64>,
}

impl Cout {
    /// Full cost less receipts: what taxes pay.
    pub fn net(&self) -> Centimes {
        self.depenses + self.structure - self.recettes
    }

    /// Full cost.
    pub fn complet(&self) -> Centimes {
        self.depenses + self.structure
    }

    /// Net cost by inhabitant, euros.
    pub fn par_habitant(&self) -> Option<f64> {
        self.population.filter(|p| *p > 0).map(|p| self.net().euros() / f64::from(p))
    }

    /// Full cost by unit, euros.
    pub fn par_unite(&self) -> Option<f64> {
        self.quantite.filter(|q| *q > 0.0).map(|q| self.complet().euros() / q)
    }

    /// Share of the full cost that its receipts pay, %.
    pub fn couverture(&self) -> Option<f64> {
        let whole = self.complet().euros();
        (whole > 0.0).then(|| 100.0 * self.recettes.euros() / whole)
    }
}

/// What the lines of a year weigh for one place: a service, a key, or the rest.
#[derive(Debug, Clone, Copy, Default)]
struct Poids {
    depenses: Centimes,
    recettes: Centimes,
    personnel: Centimes,
}

/// Where a function goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Service(usize),
    Cle(usize),
    Reste,
}

/// Costs of the services over the executed documents of `documents` (indices, ascending years), those of
/// the norm of the last one: functions have another meaning in the other norm.
pub fn couts(
    frame: &BudgetFrame,
    documents: &[usize],
    services: &[Service],
    cles: &[Cle],
    population: Option<u32>,
) -> Vec<Cout> {
    let norm = |i: &usize| nomenclature(&frame.documents[*i].nomenclature).map(|n| n.plan.norme());
    let last = documents.last().and_then(norm);
    let kept = documents.iter().filter(|i| norm(i) == last);
    let mut out = Vec::new();
    for &i in kept {
        let document = &frame.documents[i];
        let people = document.population.or(population);
        let weights = weigh(frame.lignes_of(i), services, cles);
        let shares = shares(&weights, services, cles);
        for (s, service) in services.iter().enumerate() {
            let w = weights.get(&Place::Service(s)).copied().unwrap_or_default();
            out.push(Cout {
                service: service.nom.clone(),
                exercice: document.exercice,
                depenses: w.depenses,
                recettes: w.recettes,
                structure: shares[s],
                population: people,
                unite: service.unite.clone(),
                quantite: service.quantites.get(&document.exercice).copied(),
            });
        }
    }
    out.sort_by(|a, b| (&a.service, a.exercice).cmp(&(&b.service, b.exercice)));
    out
}

/// The longest beginning wins, a service before a key.
fn place(fonction: &str, services: &[Service], cles: &[Cle]) -> Place {
    let longest = |list: &[String]| {
        list.iter().filter(|f| fonction.starts_with(f.as_str())).map(String::len).max()
    };
    let of_services = services
        .iter()
        .enumerate()
        .filter_map(|(i, s)| longest(&s.fonctions).map(|n| (n, 1, Place::Service(i))));
    let of_keys = cles
        .iter()
        .enumerate()
        .filter_map(|(i, k)| longest(&k.fonctions).map(|n| (n, 0, Place::Cle(i))));
    let mut best = (0, 0, Place::Reste);
    for found in of_services.chain(of_keys) {
        if (found.0, found.1) > (best.0, best.1) {
            best = found;
        }
    }
    best.2
}

fn weigh<'a>(
    lines: impl Iterator<Item = &'a LigneBudget>,
    services: &[Service],
    cles: &[Cle],
) -> BTreeMap<Place, Poids> {
    let mut out: BTreeMap<Place, Poids> = BTreeMap::new();
    for l in lines {
        if l.section != Section::F || l.ordre != Ordre::Reel || is_balance_line(&l.nature) {
            continue;
        }
        let amount = l.realise.unwrap_or_default();
        let cell = out.entry(place(&l.fonction, services, cles)).or_default();
        if l.sens == Sens::R {
            cell.recettes += amount;
            continue;
        }
        cell.depenses += amount;
        if l.chapitre == "012" {
            cell.personnel += amount;
        }
    }
    out
}

/// Share of the structure of each service.
fn shares(weights: &BTreeMap<Place, Poids>, services: &[Service], cles: &[Cle]) -> Vec<Centimes> {
    let mut out = vec![Centimes::ZERO; services.len()];
    for (k, key) in cles.iter().enumerate() {
        let whole = weights.get(&Place::Cle(k)).map_or(Centimes::ZERO, |w| w.depenses);
        // one part a service, then that of what no service runs
        let parts: Vec<i64> = match &key.base {
            Base::Parts(typed) => {
                let of = |s: &Service| typed.get(&s.nom).copied().unwrap_or(0.0).clamp(0.0, 100.0);
                let mut parts: Vec<i64> =
                    services.iter().map(|s| (of(s) * 1e4).round() as i64).collect();
                parts.push((1_000_000 - parts.iter().sum::<i64>()).max(0));
                parts
            }
            base => {
                let pick = |place: Place| {
                    let w = weights.get(&place).copied().unwrap_or_default();
                    let m = if *base == Base::Personnel { w.personnel } else { w.depenses };
                    m.0.max(0)
                };
                let mut parts: Vec<i64> =
                    (0..services.len()).map(|s| pick(Place::Service(s))).collect();
                parts.push(pick(Place::Reste));
                parts
            }
        };
        for (sum, part) in out.iter_mut().zip(partager(whole, &parts)) {
            *sum += part;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(nom: &str, fonctions: &[&str], quantites: &[(u16, f64)]) -> Service {
        Service {
            nom: nom.into(),
            fonctions: fonctions.iter().map(|f| (*f).to_owned()).collect(),
            unite: "élève".into(),
            quantites: quantites.iter().copied().collect(),
        }
    }

    fn line(sens: Sens, chapitre: &str, fonction: &str, euros: i64) -> LigneBudget {
        LigneBudget {
            nature: "60612".into(),
            fonction: fonction.into(),
            chapitre: chapitre.into(),
            sens,
            realise: Some(Centimes(euros * 100)),
            ..LigneBudget::vide()
        }
    }

    /// Schools 300 of which staff 100, sports 100 of which staff 50, the rest 100 with staff 50, general 90.
    fn lines() -> Vec<LigneBudget> {
        vec![
            line(Sens::D, "011", "211", 200),
            line(Sens::D, "012", "213", 100),
            line(Sens::R, "70", "211", 30),
            line(Sens::D, "011", "321", 50),
            line(Sens::D, "012", "321", 50),
            line(Sens::D, "011", "51", 50),
            line(Sens::D, "012", "51", 50),
            line(Sens::D, "011", "020", 90),
        ]
    }

    fn shared(base: Base) -> Vec<i64> {
        let services =
            [service("Écoles", &["21"], &[(2025, 30.0)]), service("Sports", &["32"], &[])];
        let cles = [Cle { fonctions: vec!["02".into()], base }];
        let weights = weigh(lines().iter(), &services, &cles);
        shares(&weights, &services, &cles).iter().map(|m| m.0 / 100).collect()
    }

    #[test]
    fn keys_share_the_structure_by_hand() {
        // 90 by 300, 100, 100
        assert_eq!(shared(Base::Depenses), vec![54, 18]);
        // 90 by 100, 50, 50
        assert_eq!(shared(Base::Personnel), vec![45, 22]);
        // 90 by 50 %, 10 %, the rest unshared
        let parts = [("Écoles".to_owned(), 50.0), ("Sports".to_owned(), 10.0)];
        assert_eq!(shared(Base::Parts(parts.into_iter().collect())), vec![45, 9]);
    }

    #[test]
    fn the_longest_function_wins() {
        let services = [service("Scolaire", &["2"], &[]), service("Cantine", &["251"], &[])];
        let cles = [Cle { fonctions: vec!["0".into()], base: Base::Depenses }];
        assert_eq!(place("251", &services, &cles), Place::Service(1));
        assert_eq!(place("211", &services, &cles), Place::Service(0));
        assert_eq!(place("020", &services, &cles), Place::Cle(0));
        assert_eq!(place("51", &services, &cles), Place::Reste);
    }

    #[test]
    fn a_cost_by_unit_and_by_inhabitant() {
        let cost = Cout {
            service: "Écoles".into(),
            exercice: 2025,
            depenses: Centimes(30_000),
            recettes: Centimes(3_000),
            structure: Centimes(5_400),
            population: Some(100),
            unite: "élève".into(),
            quantite: Some(30.0),
        };
        assert_eq!(cost.net(), Centimes(32_400));
        assert!((cost.par_habitant().expect("people") - 3.24).abs() < 1e-9);
        assert!((cost.par_unite().expect("pupils") - 11.8).abs() < 1e-9);
    }
}
