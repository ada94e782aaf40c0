//! What remains to invest and the debt it leaves, from the proposal of the budget.
//!
//! The forecast of chapitre 16 is what such a commune usually borrows; the proposal holds what this budget
//! needs: remainders of loans signed and the loan that balances the section.
//!
//! **Invariant:** the last step is the equipment of the proposal and what it leaves unused; the debt holds
//! the loans of the proposal, so that waterfall and years speak of the same budget.

use crate::budget::constantes;
use crate::budget::epargne::{self, Epargne};
use crate::budget::proposition::EQUIPEMENT;
use crate::budget::{Budget, Niveau, Prevision};
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;
use crate::report::fr;
use crate::report::model::preparation::{AnneeDette, AnneeFinancement, Indicateur};
use crate::report::model::proposition::{LigneProposee, Proposition};
use crate::report::model::synthese::EMPRUNTS;
use crate::report::model::{Cascade, Poste, Valeur};

use super::indicateurs::years_of_debt;

/// Accounts of chapitre 16 that are no new money: deposits, refinancing, lines drawn and paid back.
const NOT_LOANS: [&str; 3] = ["165", "166", "16449"];

fn sum(p: &Proposition, (section, sens): (&str, &str), keep: impl Fn(&str, &str) -> bool) -> i64 {
    let here = |l: &&LigneProposee| l.section == section && l.sens == sens;
    let kept = p.lignes.iter().filter(here).filter(|l| keep(&l.chapitre, &l.nature));
    kept.map(|l| l.central.0).sum()
}

/// New money borrowed, on its account.
pub(super) fn is_loan(chapitre: &str, nature: &str) -> bool {
    chapitre == "16" && !NOT_LOANS.iter().any(|n| nature.starts_with(n))
}

/// New loans of a proposal: remainders of loans signed and the loan that balances.
pub(super) fn emprunts(p: &Proposition) -> Centimes {
    Centimes(sum(p, ("I", "R"), is_loan))
}

/// Part of those loans signed before the exercice and carried over.
fn reports(p: &Proposition) -> Centimes {
    let ours = p.lignes.iter().filter(|l| l.report && (&*l.section, &*l.sens) == ("I", "R"));
    ours.filter(|l| is_loan(&l.chapitre, &l.nature)).map(|l| l.central).sum()
}

/// How those loans are called: one signed before is not one that the budget asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emprunts {
    Aucun,
    Proposes,
    Reportes,
    Ensemble,
}

impl Emprunts {
    pub(super) fn of(p: &Proposition) -> Self {
        let (all, carried) = (emprunts(p), reports(p));
        match (all.0 > 0, carried.0 * 10 > all.0 * 9, carried.0 * 10 < all.0) {
            (false, ..) => Self::Aucun,
            (_, true, _) => Self::Reportes,
            (_, _, true) => Self::Proposes,
            _ => Self::Ensemble,
        }
    }

    /// Beside the name of a ratio.
    fn compris(self) -> &'static str {
        match self {
            Self::Aucun => "",
            Self::Proposes => ", emprunt proposé compris",
            Self::Reportes => ", emprunts reportés compris",
            Self::Ensemble => ", emprunts reportés et proposé compris",
        }
    }

    /// Before a sentence.
    pub(super) fn avec(self) -> &'static str {
        match self {
            Self::Aucun => "",
            Self::Proposes => "Avec l'emprunt proposé, ",
            Self::Reportes => "Avec les emprunts reportés, ",
            Self::Ensemble => "Avec les emprunts reportés et proposé, ",
        }
    }
}

/// From the épargne brute to what the proposal can invest.
pub(super) fn cascade(p: &Proposition, savings: &Epargne) -> Cascade {
    let start = savings.prevu.epargne_brute;
    let grants = sum(p, ("I", "R"), |chapitre, nature| {
        matches!(chapitre, "10" | "13") && !nature.starts_with("1068")
    });
    let sales = sum(p, ("I", "R"), |chapitre, _| chapitre == "024");
    let carried = |section, account: &'static str| {
        let of = |sens| sum(p, (section, sens), |chapitre, _| chapitre == account);
        of("R") - of("D")
    };
    let reserved = sum(p, ("I", "R"), |_, nature| nature.starts_with("1068"));
    let kept = reserved + carried("I", "001") + carried("F", "002");
    let all = |section| {
        let of = |sens| sum(p, (section, sens), |_, _| true);
        of("R") - of("D")
    };
    let works = sum(p, ("I", "D"), |chapitre, _| EQUIPEMENT.contains(&chapitre));
    let end = Centimes(works + all("F") + all("I"));
    let mut causes = vec![
        Poste::new("Remboursement de la dette", -savings.prevu.capital),
        Poste::new("Subventions et dotations reçues", Centimes(grants)),
        Poste::new("Ventes de biens", Centimes(sales)),
        Poste::new("Résultats des années passées", Centimes(kept)),
        Poste::new(EMPRUNTS, emprunts(p)),
    ];
    let told: Centimes = causes.iter().map(|c| c.montant).sum();
    causes.push(Poste::new("Autres mouvements", end - start - told));
    causes.retain(|c| c.montant != Centimes::ZERO);
    Cascade {
        depart: Poste::new("Épargne brute", start),
        causes,
        arrivee: Poste::new("Disponible pour investir", end),
        variation: end - start,
        hausse_favorable: true,
    }
}

/// Loans and reserves: decided, never a resource of the year to count on.
const DECIDED: [&str; 5] = ["1631", "1641", "1643", "16441", "1068"];

/// How each forecast year pays its investment: the loans of the proposal the first year, then what savings and
/// receipts leave to find.
pub(super) fn annees(
    budget: &Budget,
    prevision: &Prevision,
    first: Option<&Proposition>,
    debt: &[AnneeDette],
) -> Vec<AnneeFinancement> {
    let terms = terms(budget);
    let mut loans: Vec<(u16, Centimes)> = Vec::new();
    let mut out = Vec::new();
    for year in epargne::par_exercice(budget, prevision) {
        let lines = prevision.lignes.iter().filter(|l| {
            l.budget == budget.nom
                && l.exercice == year.exercice
                && l.section == Section::I
                && l.niveau == Niveau::Nature
        });
        let (mut equipement, mut autres, mut recettes) = (Centimes(0), Centimes(0), Centimes(0));
        for l in lines {
            if l.sens == Sens::R {
                if !DECIDED.iter().any(|p| l.code.starts_with(p)) {
                    recettes += l.prevision;
                }
            } else if EQUIPEMENT.contains(&l.chapitre.as_str()) {
                equipement += l.prevision;
            } else {
                autres += l.prevision;
            }
        }
        let epargne_brute = year.agregats.epargne_brute;
        let service = terms.map(|t| t.service(&loans, year.exercice));
        let paid = service.map(Service::total);
        let missing = equipement + autres + paid.unwrap_or_default() - epargne_brute - recettes;
        let proposed = first.filter(|p| p.exercice == year.exercice).map(emprunts);
        let emprunt = proposed.unwrap_or(Centimes(missing.0.max(0)));
        loans.push((year.exercice, emprunt));
        let left: Centimes = loans
            .iter()
            .map(|(from, loan)| terms.map_or(*loan, |t| t.left(*loan, year.exercice - from)))
            .sum();
        let due = debt.iter().find(|d| d.exercice == year.exercice).map(|d| d.encours + left);
        out.push(AnneeFinancement {
            exercice: year.exercice,
            epargne_brute,
            recettes,
            equipement,
            autres,
            service: paid,
            epargne_nette: year.agregats.epargne_nette() - paid.unwrap_or_default(),
            emprunt,
            encours: due,
            desendettement: years_of_debt(
                due,
                epargne_brute - service.unwrap_or_default().interets,
            )
            .map(|y| (y * 10.0).round() / 10.0),
        });
    }
    out
}

/// How a new loan is supposed to be paid back: equal parts of capital over some years, at the rate that the debt of
/// the last accounts paid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Conditions {
    /// Percent a year.
    taux: f64,
    annees: u16,
}

/// Rate of the debt: interest of the last accounts on the capital due when they began; the years are a constant.
/// `None` without a debt described.
fn terms(budget: &Budget) -> Option<Conditions> {
    let debt = budget.dette.last().copied().flatten()?;
    let began = (debt.capital_restant + debt.capital_exercice).euros();
    let taux = 100.0 * debt.interets.euros() / began;
    let exercice = budget.exercices.last()? + 1;
    let annees = constantes::en_vigueur("emprunt_nouveau_duree", exercice)?.valeur.parse().ok()?;
    (began > 0.0 && (0.0..=20.0).contains(&taux) && annees > 0)
        .then_some(Conditions { taux, annees })
}

impl Conditions {
    /// What is left of a loan at the end of the year, `age` years after that of the loan.
    fn left(self, loan: Centimes, age: u16) -> Centimes {
        let years = self.annees.saturating_sub(age);
        Centimes(loan.0 * i64::from(years) / i64::from(self.annees))
    }

    /// What is paid in a year for the loans of the years before.
    fn service(self, loans: &[(u16, Centimes)], exercice: u16) -> Service {
        let mut out = Service::default();
        for (from, loan) in loans {
            let age = exercice.saturating_sub(*from);
            if age > 0 {
                let began = self.left(*loan, age - 1);
                out.interets += Centimes((began.0 as f64 * self.taux / 100.0).round() as i64);
                out.capital += began - self.left(*loan, age);
            }
        }
        out
    }
}

/// What new loans cost in a year.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Service {
    capital: Centimes,
    interets: Centimes,
}

impl Service {
    fn total(self) -> Centimes {
        self.capital + self.interets
    }
}

/// The same in words, empty when there is none.
pub(super) fn supposes(budget: &Budget) -> String {
    terms(budget).map_or_else(String::new, |t| {
        format!(
            "{} ans par parts égales, au taux de la dette des derniers comptes ({})",
            t.annees,
            fr::pourcent(t.taux, 2)
        )
    })
}

/// Adds the loans of a proposal to the years of savings that the debt takes.
pub(super) fn with_loans(list: &mut [Indicateur], p: &Proposition) {
    let loans = emprunts(p);
    let saving = list.iter().find(|i| i.cle == "epargne_brute").map(|i| i.prevu);
    let Some(Valeur::Montant(saving)) = saving.filter(|_| loans > Centimes::ZERO) else { return };
    for i in list.iter_mut().filter(|i| i.cle == "capacite_desendettement") {
        if let Valeur::Nombre(years) = i.prevu {
            i.prevu = Valeur::Nombre(years + loans.euros() / saving.euros());
            i.libelle.push_str(Emprunts::of(p).compris());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::ratios::Agregats;

    fn line(place: &str, chapitre: &str, nature: &str, euros: i64) -> LigneProposee {
        LigneProposee {
            section: place[..1].to_owned(),
            sens: place[1..].to_owned(),
            chapitre: chapitre.to_owned(),
            nature: nature.to_owned(),
            central: Centimes(euros * 100),
            ..LigneProposee::default()
        }
    }

    /// Receipts 1 000 and costs 800: 200 saved; 20 of provisions; 50 carried over.
    fn proposal() -> Proposition {
        let lignes = vec![
            line("FR", "73", "73111", 1_000),
            line("FR", "002", "002", 50),
            line("FD", "011", "611", 800),
            line("FD", "68", "6817", 20),
            line("FD", "023", "023", 200),
            line("FD", "042", "6811", 30),
            line("IR", "021", "021", 200),
            line("IR", "040", "28188", 30),
            line("IR", "10", "10222", 40),
            line("IR", "10", "1068", 70),
            line("IR", "13", "1321", 60),
            line("IR", "024", "024", 15),
            line("IR", "16", "1641", 90),
            line("IR", "16", "165", 5),
            line("ID", "16", "1641", 100),
            line("ID", "001", "001", 35),
            line("ID", "21", "2188", 150),
            line("ID", "23", "2313", 217),
            line("ID", "27", "275", 8),
        ];
        Proposition { lignes, ..Proposition::default() }
    }

    fn savings() -> Epargne {
        let euros = |e: i64| Centimes(e * 100);
        let prevu =
            Agregats { epargne_brute: euros(200), capital: euros(100), ..Agregats::default() };
        Epargne {
            exercice_base: 2025,
            atterri: false,
            base: Agregats::default(),
            prevu,
            causes: BTreeMap::new(),
            intervalle_80: (euros(0), euros(0)),
            conventions: [Vec::new(), Vec::new()],
        }
    }

    #[test]
    fn the_waterfall_is_that_of_the_proposal() {
        let found = cascade(&proposal(), &savings());
        let steps: Vec<(&str, i64)> =
            found.causes.iter().map(|c| (c.libelle.as_str(), c.montant.0 / 100)).collect();
        // by hand: 40 + 60 received; 70 − 35 + 50 of past years; −20 of provisions, +5 deposits, −8 lent
        let expected = [
            ("Remboursement de la dette", -100),
            ("Subventions et dotations reçues", 100),
            ("Ventes de biens", 15),
            ("Résultats des années passées", 85),
            ("Emprunts nouveaux", 90),
            ("Autres mouvements", -23),
        ];
        assert_eq!(steps, expected);
        // 200 + 167 = 367 = the works, 150 + 217: both sections balance
        assert_eq!(found.arrivee.montant, Centimes(36_700));
        let sum: Centimes = found.causes.iter().map(|c| c.montant).sum();
        assert_eq!(found.depart.montant + sum, found.arrivee.montant);
        assert_eq!(emprunts(&proposal()), Centimes(9_000), "a deposit is not a loan");
    }

    /// By hand: 1 000 borrowed in 2026 over 20 years at 3 %: 50 + 30 in 2027, 50 + 28.50 in 2028; 900 left then.
    #[test]
    fn new_loans_are_paid_back_from_the_next_year() {
        let terms = Conditions { taux: 3.0, annees: 20 };
        let loans = [(2026, Centimes(100_000))];
        assert_eq!(terms.service(&loans, 2026), Service::default());
        let paid = |capital, interets| Service {
            capital: Centimes(capital),
            interets: Centimes(interets),
        };
        assert_eq!(terms.service(&loans, 2027), paid(5_000, 3_000));
        assert_eq!(terms.service(&loans, 2028), paid(5_000, 2_850));
        assert_eq!(terms.service(&loans, 2028).total(), Centimes(7_850));
        assert_eq!(terms.left(loans[0].1, 2), Centimes(90_000));
        assert_eq!(terms.left(loans[0].1, 40), Centimes::ZERO);
        assert_eq!(terms.service(&loans, 2066), Service::default());
    }

    #[test]
    fn the_years_of_debt_hold_the_loans_of_the_proposal() {
        let one = |cle: &str, prevu| Indicateur {
            cle: cle.to_owned(),
            libelle: "Capacité".to_owned(),
            unite: crate::report::model::UniteValeur::Annees,
            prevu,
            bas_80: None,
            haut_80: None,
            base: Some(Valeur::Nombre(9.0)),
            strate: None,
            seuils: Vec::new(),
            hausse_favorable: false,
        };
        let mut list = vec![
            one("epargne_brute", Valeur::Montant(Centimes(20_000))),
            one("capacite_desendettement", Valeur::Nombre(8.0)),
        ];
        // 1 600 due and 90 borrowed, for 200 saved a year
        let mut p = proposal();
        with_loans(&mut list, &p);
        assert_eq!(list[1].prevu, Valeur::Nombre(8.45));
        assert!(list[1].libelle.ends_with("emprunt proposé compris"));
        with_loans(&mut list, &Proposition::default());
        assert_eq!(list[1].prevu, Valeur::Nombre(8.45));
        // the same loan signed the year before
        p.lignes
            .iter_mut()
            .filter(|l| l.nature == "1641" && l.sens == "R")
            .for_each(|l| l.report = true);
        assert_eq!(Emprunts::of(&p), Emprunts::Reportes);
        p.lignes.push(line("IR", "16", "1641", 90));
        assert_eq!(Emprunts::of(&p), Emprunts::Ensemble);
    }
}
