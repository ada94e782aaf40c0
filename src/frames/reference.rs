//! `ReferenceFrame`: figures published about communes (DGFiP comptes individuels, OFGL), to compare with.
//!
//! One row per commune, exercice, budget and aggregate; amounts in centimes whatever the unit of the
//! source (the comptes individuels are in thousands of euros), rates in hundredths of a percent.
//!
//! **Invariant:** figures are those published, never computed here; an absent figure is absent.

use crate::domain::money::Centimes;
use crate::frames::checks::Controle;
use crate::frames::open_table::TableLue;
use crate::frames::tableau::{Batisseur, Tableau};

/// Which budgets a figure covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Perimetre {
    /// The principal budget.
    Principal,
    /// One annex budget.
    Annexe,
    /// Principal and annexes, flows between them taken away.
    Consolide,
}

impl Perimetre {
    /// French word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Annexe => "annexe",
            Self::Consolide => "consolidé",
        }
    }
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mesure {
    /// Centimes.
    Montant,
    /// Hundredths of a percent.
    Taux,
}

impl Mesure {
    /// Unit shown to users.
    pub fn unite(self) -> &'static str {
        match self {
            Self::Montant => "€",
            Self::Taux => "%",
        }
    }
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Index in [`ReferenceFrame::lues`].
    pub source: u32,
    /// Record in the source, from 1 after the titles.
    pub record: u32,
    /// Budget year.
    pub exercice: u16,
    /// INSEE code of the commune.
    pub insee: String,
    /// SIREN of the commune, empty when the source has none.
    pub siren: String,
    /// Name of the commune.
    pub commune: String,
    /// SIRET of the budget, empty when the source has none.
    pub budget: String,
    /// Label of the budget, empty when the source has none.
    pub libelle_budget: String,
    /// Budgets covered.
    pub perimetre: Perimetre,
    /// Stratum as named by the source, empty when absent.
    pub strate: String,
    /// Population of the source.
    pub population: Option<u32>,
    /// Short code of the aggregate (`prod`), or its label.
    pub code: String,
    /// Label, French.
    pub libelle: String,
    /// Unit of `montant` and of `moyenne_strate` when it is a rate.
    pub mesure: Mesure,
    /// The figure.
    pub montant: Centimes,
    /// The same per inhabitant, centimes.
    pub par_habitant: Option<Centimes>,
    /// Mean of the stratum, per inhabitant (a rate: of the stratum), centimes.
    pub moyenne_strate: Option<Centimes>,
}

/// The figures read. See the module documentation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferenceFrame {
    /// Counts of each file.
    pub lues: Vec<TableLue>,
    /// Checks that a file allows, by index in `lues`.
    pub controles: Vec<(u32, Controle)>,
    /// Figures, in the order of the files and of their rows.
    pub lignes: Vec<Reference>,
}

impl ReferenceFrame {
    /// Appends the rows of another frame.
    pub fn append(&mut self, mut other: Self) {
        let shift = u32::try_from(self.lues.len()).unwrap_or(u32::MAX);
        other.lignes.iter_mut().for_each(|l| l.source += shift);
        other.controles.iter_mut().for_each(|c| c.0 += shift);
        self.lues.append(&mut other.lues);
        self.controles.append(&mut other.controles);
        self.lignes.append(&mut other.lignes);
    }

    /// The figures as a canonical table.
    pub fn tableau(&self) -> Tableau<'_> {
        let file =
            |l: &Reference| self.lues.get(l.source as usize).map_or("", |s| s.fichier.as_str());
        Batisseur::new("references", &self.lignes)
            .texte("fichier", file)
            .entier("enregistrement", |l| Some(i64::from(l.record)))
            .entier("exercice", |l| Some(i64::from(l.exercice)))
            .texte("insee", |l| &l.insee)
            .texte("siren", |l| &l.siren)
            .texte("commune", |l| &l.commune)
            .texte("budget", |l| &l.budget)
            .texte("libelle_budget", |l| &l.libelle_budget)
            .texte("perimetre", |l| l.perimetre.word())
            .texte("strate", |l| &l.strate)
            .entier("population", |l| l.population.map(i64::from))
            .texte("code", |l| &l.code)
            .texte("libelle", |l| &l.libelle)
            .texte("unite", |l| l.mesure.unite())
            .montant("montant", |l| Some(l.montant.0))
            .montant("par_habitant", |l| l.par_habitant.map(|c| c.0))
            .montant("moyenne_strate", |l| l.moyenne_strate.map(|c| c.0))
            .finish()
    }

    /// The figure of a commune (SIREN or INSEE), exercice, perimeter and aggregate.
    pub fn find(
        &self,
        commune: &str,
        exercice: u16,
        perimetre: Perimetre,
        code: &str,
    ) -> Option<&Reference> {
        self.lignes.iter().find(|l| {
            (l.insee == commune || (!l.siren.is_empty() && l.siren == commune))
                && l.exercice == exercice
                && l.perimetre == perimetre
                && (l.code == code || l.libelle == code)
        })
    }
}
