//! The five ratios of `preparation.html`, with their thresholds and who says so.
//!
//! **Invariant:** a ratio without a meaning is left out, never shown as a negative number of years.

use crate::budget::epargne::Epargne;
use crate::domain::money::Centimes;
use crate::report::model::preparation::{Indicateur, Seuil};
use crate::report::model::{UniteValeur, Valeur};

use super::config::Connu;

/// What a director knows before any model: subject, why, what to do.
pub(super) const TO_ENTER: &[(&str, &str, &str)] = &[
    (
        "Dotations de l'État",
        "Leur montant est notifié au printemps ; avant, ce n'est qu'une estimation.",
        "saisir les montants notifiés dans vigie.toml, table [[connu]], ou la population, table [[dotation]]",
    ),
    (
        "Bases et taux d'imposition",
        "L'état 1259 donne les bases prévisionnelles ; le taux est un choix du conseil.",
        "saisir bases et taux dans vigie.toml, table [[taxe]], ou le produit du compte 73111, table [[connu]]",
    ),
    (
        "Contrats et marchés nouveaux",
        "Un contrat qui commence ou qui finit ne se lit pas dans les comptes passés.",
        "saisir le montant annuel dans vigie.toml, table [[connu]]",
    ),
];

/// Accounts of the State's grants that are notified in spring.
const NOTIFIED: &str = "741";

/// True of what `vigie.toml` already says for a year to come: nothing is left to type.
pub(super) fn is_typed(sujet: &str, known: &[Connu], base: u16) -> bool {
    let grant = |c: &Connu| c.code.as_deref().is_some_and(|code| code.starts_with(NOTIFIED));
    sujet == TO_ENTER[0].0 && known.iter().any(|c| c.exercice > base && grant(c))
}

const USAGE: &str = "repère usuel des analystes, sans valeur légale";
const LPFP: &str = "plafond de référence de la loi 2018-32, article 29, plus en vigueur";

/// The indicators of a budget, forecast year against base year; `owed` is the debt at the end of the base
/// then of the forecast year.
pub(super) fn indicators(savings: &Epargne, owed: [Option<Centimes>; 2]) -> Vec<Indicateur> {
    let amount = Valeur::Montant;
    let mut out = vec![Indicateur {
        bas_80: Some(amount(savings.intervalle_80.0)),
        haut_80: Some(amount(savings.intervalle_80.1)),
        ..indicator(
            ("epargne_brute", "Épargne brute", UniteValeur::Centimes),
            amount(savings.prevu.epargne_brute),
            Some(amount(savings.base.epargne_brute)),
        )
    }];
    out.push(indicator(
        ("epargne_nette", "Épargne nette", UniteValeur::Centimes),
        amount(savings.prevu.epargne_nette()),
        Some(amount(savings.base.epargne_nette())),
    ));
    let number = |v: Option<f64>| v.map(Valeur::Nombre);
    if let Some(rate) = savings.prevu.taux_epargne_brute() {
        out.push(Indicateur {
            seuils: vec![threshold(8.0, "fragile", USAGE), threshold(12.0, "à surveiller", USAGE)],
            ..indicator(
                ("taux_epargne_brute", "Taux d'épargne brute", UniteValeur::Pourcent),
                Valeur::Nombre(rate),
                number(savings.base.taux_epargne_brute()),
            )
        });
    }
    let [before, after] = owed;
    if let Some(years) = years_of_debt(after, savings.prevu.epargne_brute) {
        out.push(Indicateur {
            hausse_favorable: false,
            seuils: vec![threshold(8.0, "sûr", USAGE), threshold(12.0, "à surveiller", LPFP)],
            ..indicator(
                ("capacite_desendettement", "Capacité de désendettement", UniteValeur::Annees),
                Valeur::Nombre(years),
                number(years_of_debt(before, savings.base.epargne_brute)),
            )
        });
    }
    if let Some(part) = savings.prevu.part_personnel() {
        out.push(Indicateur {
            hausse_favorable: false,
            ..indicator(
                ("part_personnel", "Part du personnel", UniteValeur::Pourcent),
                Valeur::Nombre(part),
                number(savings.base.part_personnel()),
            )
        });
    }
    out
}

/// Years of épargne brute to pay a debt back; `None` without debt known or without saving.
pub(super) fn years_of_debt(owed: Option<Centimes>, saving: Centimes) -> Option<f64> {
    let owed = owed?;
    (saving.0 > 0).then(|| owed.euros() / saving.euros())
}

fn indicator(
    (cle, libelle, unite): (&str, &str, UniteValeur),
    prevu: Valeur,
    base: Option<Valeur>,
) -> Indicateur {
    Indicateur {
        cle: cle.to_owned(),
        libelle: libelle.to_owned(),
        unite,
        prevu,
        bas_80: None,
        haut_80: None,
        base,
        strate: None,
        seuils: Vec::new(),
        hausse_favorable: true,
    }
}

fn threshold(valeur: f64, libelle: &str, source: &str) -> Seuil {
    Seuil { valeur: Valeur::Nombre(valeur), libelle: libelle.to_owned(), source: source.to_owned() }
}
