//! The result objects, one a page: what the `app` room fills and what every output is drawn from.
//!
//! They hold every figure shown: the writers format, they never add. Keys are French snake_case,
//! amounts are integer centimes, dates are ISO texts, rates are in percent.
//!
//! **Invariant:** a field that could not be computed is `None` or empty, and the page says why.

use serde::Serialize;

use crate::domain::money::Centimes;

pub mod audit;
pub mod comparaison;
pub mod echantillon;
pub mod lecture;
pub mod preparation;
pub mod proposition;
pub mod synthese;

/// An amount or a plain number; the unit stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Valeur {
    /// Money, serialised as integer centimes.
    Montant(Centimes),
    /// Percentages, years, ratios.
    Nombre(f64),
}

/// Unit of a [`Valeur`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UniteValeur {
    /// Integer centimes.
    Centimes,
    /// Percent.
    Pourcent,
    /// Years.
    Annees,
}

/// What the past says of the bounds « 8 chances sur 10 ».
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Fiabilite {
    /// Past exercices forecast again; none: the bounds are the built-in ones.
    pub annees_rejouees: u64,
    /// Past amounts of accounts compared with the bounds that would have been announced.
    pub montants: u64,
    /// Those inside.
    pub dedans: u64,
}

/// One amount with its name: a step of a waterfall, a bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Poste {
    /// Name, French, short.
    pub libelle: String,
    /// Signed amount.
    pub montant: Centimes,
}

impl Poste {
    /// A named amount.
    pub fn new(libelle: impl Into<String>, montant: Centimes) -> Self {
        Self { libelle: libelle.into(), montant }
    }
}

/// Why a total changed: start, signed causes, end. Start + causes = end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cascade {
    /// Starting total.
    pub depart: Poste,
    /// Signed causes, largest first, "autres" last.
    pub causes: Vec<Poste>,
    /// Final total.
    pub arrivee: Poste,
    /// End less start.
    pub variation: Centimes,
    /// A positive cause is good news (savings) or has no colour of its own (ledger to accounts).
    pub hausse_favorable: bool,
}

/// One year of the past.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PointPasse {
    /// Exercice.
    pub exercice: u16,
    /// Realised amount.
    pub montant: Centimes,
    /// True when the year is not closed: its landing is shown, not its accounts.
    pub atterrissage: bool,
}

/// One year to come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PointPrevu {
    /// Exercice.
    pub exercice: u16,
    /// Central forecast.
    pub prevision: Centimes,
    /// Low bound, 80 %.
    pub bas_80: Centimes,
    /// High bound, 80 %.
    pub haut_80: Centimes,
    /// Low bound, 95 %.
    pub bas_95: Centimes,
    /// High bound, 95 %.
    pub haut_95: Centimes,
}

/// A table by month: chapitres by row, one number a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GrilleMois {
    /// Rows.
    pub lignes: Vec<LigneMois>,
    /// Number over which a cell calls for a look (z-score), if any.
    pub seuil: Option<f64>,
}

/// One row of a [`GrilleMois`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LigneMois {
    /// Chapitre or name.
    pub libelle: String,
    /// January to December; `None` when there is nothing to show.
    pub mois: [Option<f64>; 12],
}
