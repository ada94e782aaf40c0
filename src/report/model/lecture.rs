//! What was read, tied out and set aside: the object of `lecture.html` and of `rapprochement.json`.
//!
//! **Invariant:** for every file, rows read = rows kept + rows set aside.

use serde::Serialize;

use crate::domain::money::Centimes;
use crate::frames::issue::{Issue, Severity};

/// Everything that was read (CONTRAT section 3).
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Lecture {
    /// Budget documents.
    pub documents: Vec<Document>,
    /// Ledgers.
    pub ecritures: Vec<Ecritures>,
    /// Published tables: references and grants.
    pub tables: Vec<TablePubliee>,
    /// Files that no reader knows, left alone.
    pub fichiers_ignores: Vec<FichierIgnore>,
    /// Records found in several sources with different amounts.
    pub conflits: Vec<Conflit>,
    /// From the rows kept to the records, when several files tell the same ones.
    pub recoupements: Option<Recoupements>,
    /// Files read, with the reason of each format.
    pub lus: Vec<FichierLu>,
    /// Invoices that no mandat pays.
    pub factures_sans_mandat: Option<FacturesSansMandat>,
    /// Legal checks of the budgets read.
    pub verifications: Vec<super::proposition::Verification>,
    /// Ledger against accounts, by exercice and sense.
    pub livre_et_comptes: Vec<LivreEtComptes>,
}

/// One budget document.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Document {
    /// Path relative to the argument.
    pub fichier: String,
    /// Name of the format (`totem`, `dgfip`...).
    pub format: String,
    /// Encoding found.
    pub encodage: String,
    /// Hash of the file, hexadecimal.
    pub sha256: String,
    /// SIRET of the budget.
    pub siret: String,
    /// Number of the budget (`00`).
    pub budget: String,
    /// `P` principal, `A` annexe.
    pub type_budget: String,
    /// Nomenclature as written in the file.
    pub nomenclature: String,
    /// Exercice.
    pub exercice: u16,
    /// BP, BS, DM, CA, CFU.
    pub etape: String,
    /// Rows read.
    pub lignes_lues: u64,
    /// Rows kept.
    pub lignes_retenues: u64,
    /// Rows set aside.
    pub lignes_ecartees: u64,
    /// Totals by section, sens and order.
    pub totaux: Vec<Total>,
    /// Annexes that hold something.
    pub annexes: Vec<Annexe>,
    /// Tie-outs.
    pub controles: Vec<Rapprochement>,
}

/// An annex of a document: all its rows are kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Annexe {
    /// `emprunts`, `concours`, `patrimoine`, `personnel`, `fiscalite`.
    pub nom: String,
    /// Rows.
    pub lignes: u64,
}

/// Totals of one section and one sens of a document.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Total {
    /// `F` or `I`.
    pub section: String,
    /// `D` or `R`.
    pub sens: String,
    /// Operations between sections.
    pub ordre: bool,
    /// Realised.
    pub realise: Centimes,
    /// Opened credits.
    pub credits_ouverts: Centimes,
    /// Voted.
    pub vote: Centimes,
    /// Restes à réaliser.
    pub rar: Centimes,
    /// Results of past years brought forward (001, 002), left out of the amounts above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reporte: Option<Reporte>,
}

/// Results brought forward in a total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Reporte {
    /// Realised.
    pub realise: Centimes,
    /// Opened credits.
    pub credits_ouverts: Centimes,
    /// Voted.
    pub vote: Centimes,
}

/// One tie-out: what was expected, what was found.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Rapprochement {
    /// Short code (`042=040`) or sentence.
    pub code: String,
    /// Expected.
    pub attendu: Centimes,
    /// Found.
    pub obtenu: Centimes,
    /// Found less expected.
    pub ecart: Centimes,
    /// True when it ties out, or when its gap is no error.
    pub ok: bool,
    /// `conforme`, `information` (a gap that is no error) or `a_verifier`.
    pub statut: String,
}

impl Rapprochement {
    /// True for a gap that is worth knowing without being an error.
    pub fn informs(&self) -> bool {
        self.statut == "information"
    }

    /// True when numbers of rows, or a yes and a no, are compared, not centimes.
    pub fn counts(&self) -> bool {
        self.code.contains("lignes")
            || self.code.to_lowercase().starts_with("nombre")
            || self.code.contains("(1) ou non (0)")
    }
}

/// One ledger file.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Ecritures {
    /// Path relative to the argument.
    pub fichier: String,
    /// Name of the format.
    pub format: String,
    /// Rows read.
    pub lignes_lues: u64,
    /// Rows kept.
    pub lignes_retenues: u64,
    /// Rows set aside.
    pub lignes_ecartees: u64,
    /// Total of the kept rows.
    pub total: Centimes,
    /// Total of the rows set aside, where amounts parse.
    pub total_ecarte: Centimes,
    /// The source's own totals, compared with what was read.
    pub controles: Vec<Rapprochement>,
}

/// One published table that is neither a ledger nor a budget.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct TablePubliee {
    /// Path relative to the argument.
    pub fichier: String,
    /// Name of the format.
    pub format: String,
    /// Rows read.
    pub lignes_lues: u64,
    /// Rows kept.
    pub lignes_retenues: u64,
    /// Rows set aside.
    pub lignes_ecartees: u64,
    /// Rows of other communes, skipped on request.
    pub lignes_hors_perimetre: u64,
}

/// A file that was left alone.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct FichierIgnore {
    /// Path relative to the argument.
    pub fichier: String,
    /// Why, one short French sentence.
    pub raison: String,
}

/// Two sources that disagree on one record.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Conflit {
    /// The record kept, `chemin#n`.
    pub enregistrement: String,
    /// The other one.
    pub autre: String,
    /// Amount kept.
    pub montant: Centimes,
    /// Amount of the other one.
    pub autre_montant: Centimes,
    /// True when they became one record; false when both are kept.
    pub fusion: bool,
}

/// Rows kept less rows that another file tells too = records.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Recoupements {
    /// Rows kept of all the files.
    pub lignes_retenues: u64,
    /// Their amount.
    pub total_retenu: Centimes,
    /// Rows told by another file.
    pub copies: u64,
    /// Their amount.
    pub total_copies: Centimes,
    /// Records that remain, invoices without a mandat included.
    pub enregistrements: u64,
    /// Their amount.
    pub total: Centimes,
    /// By pair of files.
    pub paires: Vec<Paire>,
}

/// Rows of one file that are records of another.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Paire {
    /// The file whose records are kept.
    pub retenu: String,
    /// The other one.
    pub autre: String,
    /// Rows.
    pub lignes: u64,
    /// Their amount.
    pub total: Centimes,
}

/// A file that was read, and why by that reader.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct FichierLu {
    /// Path relative to the argument.
    pub fichier: String,
    /// Format recognised.
    pub format: String,
    /// Why that format.
    pub raison: String,
}

/// Invoices that no mandat pays.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct FacturesSansMandat {
    /// How many.
    pub lignes: u64,
    /// Their amount.
    pub total: Centimes,
}

/// Ledger against accounts of one exercice and sense: `livre` + the four causes = `comptes`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LivreEtComptes {
    /// Budget year.
    pub exercice: u16,
    /// `D` or `R`.
    pub sens: String,
    /// Sum of the ledger.
    pub livre: Centimes,
    /// Executed in the accounts.
    pub comptes: Centimes,
    /// Attached to the exercice without a mandat.
    pub rattachements: Centimes,
    /// Order operations.
    pub ordre: Centimes,
    /// Mandats of January that belong to the exercice before.
    pub journee_complementaire: Centimes,
    /// What nothing explains.
    pub non_explique: Centimes,
    /// Accounts with something left unexplained, the largest first.
    pub ecarts: Vec<EcartNature>,
}

/// An account that does not tie.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct EcartNature {
    /// Account.
    pub nature: String,
    /// Sum of the ledger.
    pub livre: Centimes,
    /// Executed in the accounts.
    pub comptes: Centimes,
    /// What nothing explains.
    pub non_explique: Centimes,
}

/// The quality block of every page.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Qualite {
    /// Files read.
    pub fichiers: u64,
    /// Rows read.
    pub lignes_lues: u64,
    /// Rows kept.
    pub lignes_retenues: u64,
    /// Rows set aside.
    pub lignes_ecartees: u64,
    /// Amount of the rows set aside, when it parses.
    pub montant_ecarte: Option<Centimes>,
    /// Exercices covered, ascending.
    pub exercices: Vec<u16>,
    /// First day of the ledger, ISO.
    pub debut: Option<String>,
    /// Last day of the ledger, ISO.
    pub fin: Option<String>,
    /// Tie-outs.
    pub rapprochements: Vec<Rapprochement>,
    /// Doubtful rows and files (first ones; all are in `lignes_douteuses.csv`).
    pub remarques: Vec<Remarque>,
    /// How many doubtful rows in all.
    pub remarques_total: u64,
}

/// One doubtful row, as shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Remarque {
    /// `information`, `attention` or `ecartee`.
    pub gravite: String,
    /// Path relative to the argument.
    pub fichier: String,
    /// Record after the header, from 1; 0 for the whole file.
    pub enregistrement: u64,
    /// Column.
    pub colonne: String,
    /// Value as read.
    pub valeur: String,
    /// Why.
    pub raison: String,
    /// What to do.
    pub a_faire: String,
}

impl From<&Issue> for Remarque {
    fn from(issue: &Issue) -> Self {
        let gravite = match issue.severity {
            Severity::Information => "information",
            Severity::Attention => "attention",
            Severity::Ecartee => "ecartee",
        };
        Self {
            gravite: gravite.to_owned(),
            fichier: issue.fichier.clone(),
            enregistrement: issue.enregistrement,
            colonne: issue.colonne.clone(),
            valeur: issue.valeur.clone(),
            raison: issue.raison.clone(),
            a_faire: issue.a_faire.clone(),
        }
    }
}
