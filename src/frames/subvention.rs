//! `SubventionFrame`: grants given, one row per convention or decision (SCDL subventions).
//!
//! **Invariant:** amounts and days are those published; the name of a natural person among the
//! beneficiaries leaves the frame only masked.

use crate::domain::calendar::NO_DAY;
use crate::domain::money::Centimes;
use crate::frames::open_table::TableLue;
use crate::frames::tableau::{Batisseur, Tableau};

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subvention {
    /// Index in [`SubventionFrame::lues`].
    pub source: u32,
    /// Record in the source, from 1 after the titles.
    pub record: u32,
    /// Name of the authority that gives.
    pub attribuant: String,
    /// Its SIRET.
    pub attribuant_id: String,
    /// Day number of the convention, [`NO_DAY`] when absent.
    pub convention: i32,
    /// Number of the decision, empty when absent.
    pub reference: String,
    /// Name of the beneficiary.
    pub beneficiaire: String,
    /// Its SIRET, empty when absent.
    pub beneficiaire_id: String,
    /// Its number in the register of associations, empty when absent.
    pub rna: String,
    /// Object.
    pub objet: String,
    /// Amount, centimes.
    pub montant: Centimes,
    /// Money or kind, as written.
    pub nature: String,
    /// Conditions of payment, as written.
    pub conditions: String,
    /// First day of payment, [`NO_DAY`] when absent.
    pub debut: i32,
    /// Last day of payment, the first one when there is only one.
    pub fin: i32,
}

impl Subvention {
    /// A grant of which everything is absent.
    pub fn empty() -> Self {
        Self {
            source: 0,
            record: 0,
            attribuant: String::new(),
            attribuant_id: String::new(),
            convention: NO_DAY,
            reference: String::new(),
            beneficiaire: String::new(),
            beneficiaire_id: String::new(),
            rna: String::new(),
            objet: String::new(),
            montant: Centimes::ZERO,
            nature: String::new(),
            conditions: String::new(),
            debut: NO_DAY,
            fin: NO_DAY,
        }
    }
}

/// The grants read. See the module documentation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubventionFrame {
    /// Counts of each file.
    pub lues: Vec<TableLue>,
    /// Grants, in the order of the files and of their rows.
    pub lignes: Vec<Subvention>,
}

impl SubventionFrame {
    /// Appends the rows of another frame.
    pub fn append(&mut self, mut other: Self) {
        let shift = u32::try_from(self.lues.len()).unwrap_or(u32::MAX);
        other.lignes.iter_mut().for_each(|l| l.source += shift);
        self.lues.append(&mut other.lues);
        self.lignes.append(&mut other.lignes);
    }

    /// The grants as a canonical table.
    pub fn tableau(&self) -> Tableau<'_> {
        let file =
            |l: &Subvention| self.lues.get(l.source as usize).map_or("", |s| s.fichier.as_str());
        Batisseur::new("subventions", &self.lignes)
            .texte("fichier", file)
            .entier("enregistrement", |l| Some(i64::from(l.record)))
            .texte("attribuant", |l| &l.attribuant)
            .texte("siret_attribuant", |l| &l.attribuant_id)
            .jour("date_convention", |l| l.convention)
            .texte("reference", |l| &l.reference)
            .texte("beneficiaire", |l| &l.beneficiaire)
            .texte("siret_beneficiaire", |l| &l.beneficiaire_id)
            .texte("rna_beneficiaire", |l| &l.rna)
            .texte("objet", |l| &l.objet)
            .montant("montant", |l| Some(l.montant.0))
            .texte("nature", |l| &l.nature)
            .texte("conditions", |l| &l.conditions)
            .jour("debut_versement", |l| l.debut)
            .jour("fin_versement", |l| l.fin)
            .finish()
    }

    /// Takes the names of natural persons out of the texts: `texte` gives a text back without them.
    /// `personne` gives a text of the row of a beneficiary back without its name, when it is that of a person.
    pub fn masquer(
        &mut self,
        texte: &dyn Fn(&str) -> String,
        personne: &dyn Fn(&str, &str) -> Option<String>,
    ) {
        for l in &mut self.lignes {
            l.objet = texte(&l.objet);
            l.conditions = texte(&l.conditions);
            // a number in a register of legal persons says it is none
            if !l.beneficiaire_id.is_empty() || !l.rna.is_empty() {
                continue;
            }
            let name = l.beneficiaire.clone();
            for text in [&mut l.objet, &mut l.conditions] {
                if let Some(hidden) = personne(&name, text) {
                    *text = hidden;
                }
            }
            l.beneficiaire = personne(&name, &name).unwrap_or_else(|| texte(&name));
        }
    }

    /// `chemin#n` of a grant.
    pub fn provenance(&self, ligne: &Subvention) -> String {
        let file = self.lues.get(ligne.source as usize).map_or("", |l| l.fichier.as_str());
        format!("{file}#{}", ligne.record)
    }
}
