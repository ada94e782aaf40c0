//! Receipts computed from what the commune types: direct taxes as bases × rates × coefficient, dotation
//! forfaitaire by its rule.
//!
//! Both come before the account is notified: bases of the état 1259 and rates to vote, populations and
//! écrêtement of the dotation. An amount notified (`[[connu]]`) replaces them.
//!
//! **Invariant:** nothing is computed from a term that is not typed or booked; what is missing is said.

use std::collections::BTreeMap;

use crate::budget::atterrissage::Atterrissage;
use crate::budget::constantes::{self, Constante};
use crate::budget::history::Budget;
use crate::budget::project::{Cible, Connu};
use crate::budget::rules::Norme;
use crate::domain::account::Sens;
use crate::domain::money::Centimes;

/// Account of direct taxes, in both norms.
const TAXES: &str = "73111";

/// A direct tax of an exercice (`[[taxe]]`).
#[derive(Debug, Clone, PartialEq)]
pub struct TaxeSaisie {
    /// Name or SIRET of the budget; the principal when `None`.
    pub budget: Option<String>,
    /// Exercice.
    pub exercice: u16,
    /// Name, French.
    pub nom: String,
    /// Notified or expected base.
    pub base: Centimes,
    /// Rate voted or to vote, %.
    pub taux: f64,
    /// Coefficient correcteur; 1 without.
    pub coefficient: f64,
}

impl TaxeSaisie {
    /// Base × rate × coefficient, to the centime.
    pub fn produit(&self) -> Option<Centimes> {
        Centimes::from_euros(self.base.euros() * self.taux / 100.0 * self.coefficient)
    }

    fn words(&self) -> String {
        let number = |v: f64| {
            let text = format!("{v:.4}");
            text.trim_end_matches('0').trim_end_matches('.').replace('.', ",")
        };
        let coefficient = if (self.coefficient - 1.0).abs() > 1e-9 {
            format!(" × {}", number(self.coefficient))
        } else {
            String::new()
        };
        let base = super::proposition::en_euros(self.base);
        format!("{} : {base} × {} %{coefficient}", self.nom, number(self.taux))
    }
}

/// Terms of the dotation forfaitaire of an exercice (`[[dotation]]`).
#[derive(Debug, Clone, PartialEq)]
pub struct DotationSaisie {
    /// Name or SIRET of the budget; the principal when `None`.
    pub budget: Option<String>,
    /// Exercice.
    pub exercice: u16,
    /// DGF population of the exercice.
    pub population: u32,
    /// DGF population of the year before.
    pub population_precedente: u32,
    /// Écrêtement, zero or more; unknown when `None`.
    pub ecretement: Option<Centimes>,
}

/// Amounts by rule of a budget, and what to tell the reader.
pub fn calcules(
    budget: &Budget,
    (taxes, dotations): (&[TaxeSaisie], &[DotationSaisie]),
    connus: &[Connu],
    landing: Option<&Atterrissage>,
) -> (Vec<Connu>, Vec<String>) {
    let mut out = Vec::new();
    let mut told = Vec::new();
    if budget.norme == Norme::Autre {
        return (out, told);
    }
    let mut years: BTreeMap<u16, Vec<&TaxeSaisie>> = BTreeMap::new();
    for t in taxes.iter().filter(|t| budget.answers_to(t.budget.as_deref())) {
        years.entry(t.exercice).or_default().push(t);
    }
    for (exercice, list) in years {
        let montant: Centimes = list.iter().filter_map(|t| t.produit()).sum();
        let words: Vec<String> = list.iter().map(|t| t.words()).collect();
        out.push(ruled(budget, exercice, TAXES, montant, words.join(" + ")));
    }
    let mut ours: Vec<&DotationSaisie> =
        dotations.iter().filter(|d| budget.answers_to(d.budget.as_deref())).collect();
    ours.sort_by_key(|d| d.exercice);
    for d in ours {
        match dotation(budget, d, (connus, &out), landing) {
            Ok((montant, why)) => {
                let code = forfaitaire(budget.norme);
                out.push(ruled(budget, d.exercice, code, montant, why));
            }
            Err(why) => told.push(why),
        }
    }
    (out, told)
}

fn ruled(budget: &Budget, exercice: u16, code: &str, montant: Centimes, source: String) -> Connu {
    Connu {
        budget: Some(budget.siret.clone()),
        exercice,
        sens: Sens::R,
        cible: Cible::Code(code.to_owned()),
        montant,
        source,
        calcule: true,
    }
}

/// Account of the dotation forfaitaire.
fn forfaitaire(norme: Norme) -> &'static str {
    if norme == Norme::M14 { "7411" } else { "74111" }
}

/// Euros by further inhabitant at that population (CGCT, L.2334-7); `None` beyond the table.
fn by_inhabitant(population: u32, exercice: u16) -> Option<(f64, &'static Constante)> {
    let row = |cle: &str| constantes::en_vigueur(cle, exercice);
    let value = |cle: &str| row(cle).and_then(Constante::nombre);
    let (least, most) = (row("dgf_habitant_min")?, value("dgf_habitant_max")?);
    let (small, large) = (value("dgf_population_min")?, value("dgf_population_max")?);
    let place = (f64::from(population) / small).log10() / (large / small).log10();
    Some((least.nombre()? + (most - least.nombre()?) * place.clamp(0.0, 1.0), least))
}

/// The dotation of the year before + population × amount by inhabitant − écrêtement.
fn dotation(
    budget: &Budget,
    d: &DotationSaisie,
    (connus, computed): (&[Connu], &[Connu]),
    landing: Option<&Atterrissage>,
) -> Result<(Centimes, String), String> {
    let code = forfaitaire(budget.norme);
    let before = d.exercice.saturating_sub(1);
    let typed = connus.iter().chain(computed).find(|c| {
        c.exercice == before
            && c.sens == Sens::R
            && budget.answers_to(c.budget.as_deref())
            && c.cible == Cible::Code(code.to_owned())
    });
    let booked = || {
        let column = budget.exercices.iter().position(|y| *y == before)?;
        let s = budget.series.iter().find(|s| s.sens == Sens::R && s.code == code)?;
        Some(s.realise[column])
    };
    let landed = || {
        let running = landing.filter(|l| l.exercice == before)?;
        running.nature(Sens::R, code).map(|l| l.prevu)
    };
    let last = typed.map(|c| c.montant).or_else(booked).or_else(landed).ok_or_else(|| {
        format!(
            "dotation forfaitaire {} non évaluée : celle de {before} est inconnue à faire : saisir le \
             montant de {before} dans [[connu]]",
            d.exercice
        )
    })?;
    let (rate, row) = by_inhabitant(d.population, d.exercice).ok_or_else(|| {
        format!(
            "dotation forfaitaire {} non évaluée : montant par habitant absent de la table à faire : \
             saisir le montant dans [[connu]]",
            d.exercice
        )
    })?;
    let more = f64::from(d.population) - f64::from(d.population_precedente);
    let added = Centimes::from_euros(more * rate).unwrap_or_default();
    let cut = d.ecretement.unwrap_or_default();
    let montant = Centimes((last + added - cut).0.max(0));
    let words = if d.ecretement.is_some() {
        format!("écrêtement {}", super::proposition::en_euros(cut))
    } else {
        "écrêtement non évalué".to_owned()
    };
    let why = format!(
        "dotation {before} et {more:+} habitants à {} ; {words} ({})",
        super::proposition::en_euros_et_centimes(Centimes::from_euros(rate).unwrap_or_default()),
        row.provenance()
    );
    Ok((montant, why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::rows::{Niveau, OriginePrevision};
    use crate::budget::tests::{Accounts, frame};
    use crate::budget::{Options, prevoir};

    const M57: &str = "M57-M57_D";

    fn accounts() -> crate::frames::budget::BudgetFrame {
        let list: Accounts<'_> =
            &[("73111", Sens::R, 900_000), ("74111", Sens::R, 1_000_000), ("611", Sens::D, 1)];
        frame(&[(2024, M57, list), (2025, M57, list)])
    }

    fn taxe(nom: &str, base: i64, taux: f64, coefficient: f64) -> TaxeSaisie {
        TaxeSaisie {
            budget: None,
            exercice: 2026,
            nom: nom.into(),
            base: Centimes(base * 100),
            taux,
            coefficient,
        }
    }

    fn row(
        options: &Options,
        connus: &[Connu],
        code: &str,
        year: u16,
    ) -> (i64, OriginePrevision, String) {
        let p = prevoir(&accounts(), options, connus).map_err(|r| r.quoi).expect("a forecast");
        let found = p
            .lignes
            .iter()
            .find(|l| l.niveau == Niveau::Nature && l.code == code && l.exercice == year);
        let l = found.expect("the row");
        (l.prevision.0, l.origine, l.raison.clone())
    }

    #[test]
    fn taxes_are_bases_times_rates_times_coefficient() {
        // by hand: 2 000 000 × 40 % × 1.05 = 840 000; 50 000 × 60 % = 30 000
        let taxes =
            vec![taxe("foncier bâti", 2_000_000, 40.0, 1.05), taxe("non bâti", 50_000, 60.0, 1.0)];
        let options = Options { horizon: 2, taxes, ..Options::default() };
        let (amount, origin, why) = row(&options, &[], "73111", 2026);
        assert_eq!((amount, origin), (87_000_000, OriginePrevision::Regle));
        assert!(why.contains("× 40 % × 1,05") && why.contains("× 60 %"), "{why}");
        // the year after starts from the product computed
        assert!(row(&options, &[], "73111", 2027).0 > 87_000_000);
        // the notified product wins
        let notified = Connu {
            budget: None,
            exercice: 2026,
            sens: Sens::R,
            cible: Cible::Code("73111".into()),
            montant: Centimes(88_000_000),
            source: "état 1386".into(),
            calcule: false,
        };
        let (amount, origin, _) = row(&options, &[notified], "73111", 2026);
        assert_eq!((amount, origin), (88_000_000, OriginePrevision::Connu));
    }

    #[test]
    fn the_dotation_follows_population_and_ecretement() {
        let d = |exercice, ecretement: Option<i64>| DotationSaisie {
            budget: None,
            exercice,
            population: 12_500,
            population_precedente: 12_000,
            ecretement: ecretement.map(|e| Centimes(e * 100)),
        };
        let options = Options {
            horizon: 2,
            dotations: vec![d(2026, Some(10_000)), d(2027, None)],
            ..Options::default()
        };
        // by hand: 64.46 + 64.47 × log10(12 500 / 500) / log10(400) = 99.0961; 500 × 99.0961 = 49 548.05
        let (amount, origin, why) = row(&options, &[], "74111", 2026);
        assert!((amount - (103_954_805)).abs() <= 50, "{amount}");
        assert_eq!(origin, OriginePrevision::Regle);
        assert!(why.contains("+500 habitants"), "{why}");
        // then from the dotation computed, without an écrêtement that nobody knows
        let (next, _, why) = row(&options, &[], "74111", 2027);
        assert!((next - amount - 4_954_805).abs() <= 50, "{next}");
        assert!(why.contains("écrêtement non évalué"), "{why}");
    }

    #[test]
    fn an_unknown_year_before_is_told() {
        let d = DotationSaisie {
            budget: None,
            exercice: 2029,
            population: 12_500,
            population_precedente: 12_000,
            ecretement: None,
        };
        let options = Options { horizon: 4, dotations: vec![d], ..Options::default() };
        let p = prevoir(&accounts(), &options, &[]).expect("a forecast");
        assert!(
            p.avertissements.iter().any(|a| a.contains("dotation forfaitaire 2029 non évaluée"))
        );
    }
}
