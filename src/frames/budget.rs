//! `BudgetFrame`: budget documents as lines, one per `LigneBudget` or row of an état de consommation.
//!
//! **Invariant:** lines are those of the sources, never merged; chapitre and section come from the chart
//! of accounts (FORMATS 1.3) and say so when a fallback was used.

use std::collections::BTreeMap;

use crate::domain::money::Centimes;
use crate::frames::annex::AnnexFrame;
use crate::frames::checks::Controle;
use crate::frames::extra::{self, Extra};
use crate::frames::ledger::Sens;

/// Stage of a budget document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the variants are the abbreviations of the trade
pub enum Etape {
    Bp,
    Dm,
    Bs,
    /// Amounts executed at a day of the year (`arrete_au` in the informations): no accounts yet.
    Situation,
    Ca,
    Cfu,
}

impl Etape {
    /// Abbreviation as shown to users.
    pub fn label(self) -> &'static str {
        match self {
            Self::Bp => "BP",
            Self::Dm => "DM",
            Self::Bs => "BS",
            Self::Situation => "SITUATION",
            Self::Ca => "CA",
            Self::Cfu => "CFU",
        }
    }

    /// True for documents that hold executed amounts.
    pub fn is_executed(self) -> bool {
        matches!(self, Self::Ca | Self::Cfu)
    }
}

pub use crate::domain::account::{Ordre, OrigineChapitre, Section};

/// One line of a budget document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LigneBudget {
    /// Index in [`BudgetFrame::documents`].
    pub document: u32,
    /// Record in the document, from 1 (calculated lines not counted).
    pub record: u32,
    /// Account, as text.
    pub nature: String,
    /// Function code, empty when absent.
    pub fonction: String,
    /// Operation, empty when absent.
    pub operation: String,
    /// Free label of the line, empty when absent.
    pub libelle: String,
    /// Chapitre by the chart.
    pub chapitre: String,
    /// Section by the chart.
    pub section: Section,
    /// How chapitre and section were found.
    pub origine: OrigineChapitre,
    /// Dépense or recette.
    pub sens: Sens,
    /// Real or order.
    pub ordre: Ordre,
    /// Voted in this decision (`MtPrev`), centimes; `None` when not written.
    pub vote: Option<Centimes>,
    /// Opened credits (`CredOuv`).
    pub credits_ouverts: Option<Centimes>,
    /// Engaged and not yet executed, as tables tell it; documents do not.
    pub engage: Option<Centimes>,
    /// Executed (`MtReal`), signed.
    pub realise: Option<Centimes>,
    /// Remainders at 31 December (`MtRAR3112`).
    pub rar: Option<Centimes>,
    /// Remainders carried over from N-1 (`MtRARPrec`).
    pub rar_precedent: Option<Centimes>,
    /// Executive's proposal (`MtPropNouv`).
    pub propose: Option<Centimes>,
    /// Previous budget (`MtBudgPrec`).
    pub budget_precedent: Option<Centimes>,
    /// Attached charges or receipts (`MtSup` `ProdChaRat`).
    pub rattache: Option<Centimes>,
    /// Credit-control level as written (`ContNat`), empty when absent: never the chapitre.
    pub controle: String,
    /// Specialised article (`ArtSpe`), when written.
    pub specialise: Option<bool>,
}

#[cfg(test)]
impl LigneBudget {
    /// A real expense of operating, without amounts: the tests say what differs.
    pub(crate) fn vide() -> Self {
        Self {
            document: 0,
            record: 1,
            nature: String::new(),
            fonction: String::new(),
            operation: String::new(),
            libelle: String::new(),
            chapitre: String::new(),
            section: Section::F,
            origine: OrigineChapitre::Plan,
            sens: Sens::D,
            ordre: Ordre::Reel,
            vote: None,
            credits_ouverts: None,
            engage: None,
            realise: None,
            rar: None,
            rar_precedent: None,
            propose: None,
            budget_precedent: None,
            rattache: None,
            controle: String::new(),
            specialise: None,
        }
    }
}

/// Debt annex (`DATA_EMPRUNT`, loans from lenders), added up over the loans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dette {
    /// Number of loans.
    pub emprunts: u32,
    /// Capital due on 31 December.
    pub capital_restant: Centimes,
    /// Capital paid back in the year.
    pub capital_exercice: Centimes,
    /// Interest paid in the year.
    pub interets: Centimes,
    /// Interest accrued and not due at 31 December.
    pub icne: Centimes,
    /// Capital due times the present rate of each loan: a full year of interest.
    pub interets_a_venir: Centimes,
}

/// A tax of the annex `DATA_FISCALITE`, totals left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taxe {
    /// `CodSousTypContrib`: 01 TH, 02 foncier bâti, 03 foncier non bâti, 08 CFE...
    pub code: String,
    /// Notified base.
    pub base: Option<Centimes>,
    /// Voted rate, %, as written.
    pub taux: String,
    /// Voted product.
    pub produit: Option<Centimes>,
}

impl Taxe {
    /// Rate as a number, %.
    pub fn taux_pct(&self) -> Option<f64> {
        self.taux.trim().trim_end_matches('%').trim().replace(',', ".").parse().ok()
    }
}

/// A loan of the debt annex at the end of the year.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Emprunt {
    /// Capital due on 31 December.
    pub capital_restant: Centimes,
    /// Capital paid back in the year.
    pub capital_exercice: Centimes,
    /// Interest paid in the year.
    pub interets_exercice: Centimes,
    /// Interest accrued and not due at 31 December.
    pub icne: Centimes,
    /// Present rate, % a year.
    pub taux: f64,
    /// Years left, when written.
    pub duree_restante: Option<f64>,
    /// `CodProfilAmort` as written: `C` constant capital, `P` constant annuity, `F` in fine...
    pub profil: String,
    /// Payments a year.
    pub echeances: u8,
    /// Account of its capital, empty when not written.
    pub article: String,
    /// Year, month and day of the first payment.
    pub premiere: Option<(u16, u8, u8)>,
    /// Rate of the contract when it began, % a year.
    pub taux_initial: f64,
}

/// Permanent posts filled at the end of the year, hundredths of full-time posts; no person is described.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effectifs {
    /// Titulaires.
    pub titulaires: i64,
    /// Non-titulaires.
    pub non_titulaires: i64,
}

/// What the annexes of a document say beside its lines; empty for the other formats.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Annexes {
    /// Staff annex.
    pub effectifs: Option<Effectifs>,
    /// Loans still due or paid back in the year, from lenders.
    pub emprunts: Vec<Emprunt>,
    /// Total of the taxes as the annex writes it.
    pub produit_fiscal: Option<Centimes>,
}

/// A budget document: its identity and what was counted while reading it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Path, relative to the argument.
    pub fichier: String,
    /// `totem`, `cfu`, `scdl`, `tableur`...
    pub format: String,
    /// Encoding of the bytes.
    pub encodage: String,
    /// Hash of the bytes, hexadecimal.
    pub sha256: String,
    /// SIRET of the budget, 14 digits.
    pub siret: String,
    /// Name of the collectivity and of the budget.
    pub collectivite: String,
    /// Label of the budget.
    pub libelle_budget: String,
    /// `CodBud`, `00` for the principal.
    pub budget: String,
    /// `P` principal or `A` annexe.
    pub type_budget: String,
    /// INSEE code, empty when absent.
    pub insee: String,
    /// `M14-M14_COM_SUP3500`...
    pub nomenclature: String,
    /// Budget year.
    pub exercice: u16,
    /// Stage.
    pub etape: Etape,
    /// Number of the DM, empty otherwise.
    pub numero: String,
    /// Total population printed in the document, when any.
    pub population: Option<u32>,
    /// Debt annex, when the document has one.
    pub dette: Option<Dette>,
    /// Taxes voted, when the document says them.
    pub fiscalite: Vec<Taxe>,
    /// Staff and loans.
    pub annexes: Annexes,
    /// `InformationsGenerales` as written: code and text, in the order of the file.
    pub informations: Vec<(String, String)>,
    /// Lines read, kept and set aside.
    pub lignes_lues: u64,
    /// See `lignes_lues`.
    pub lignes_retenues: u64,
    /// See `lignes_lues`.
    pub lignes_ecartees: u64,
}

impl Document {
    /// Day of the vote (`DteDec`), `2022-04-04`; `None` when it is not written, is no day, or is the
    /// 1 January that some programs write for want of one.
    pub fn date_vote(&self) -> Option<&str> {
        let (_, day) = self.informations.iter().find(|(code, _)| code == "DteDec")?;
        let day = day.get(..10)?;
        let real = day.parse::<jiff::civil::Date>().is_ok() && !day.ends_with("-01-01");
        real.then_some(day)
    }

    /// True when the document says that it is a project (`ProjetBudget`).
    pub fn is_projet(&self) -> bool {
        let told = self.informations.iter().find(|(code, _)| code == "ProjetBudget");
        told.is_some_and(|(_, value)| value == "1" || value.eq_ignore_ascii_case("true"))
    }
}

/// Budget documents and their lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BudgetFrame {
    /// The documents, in the order read.
    pub documents: Vec<Document>,
    /// Their lines, grouped by document, in the order of the file.
    pub lignes: Vec<LigneBudget>,
    /// Checks that the source itself allows (a balance), by index in `documents`.
    pub controles: Vec<(u32, Controle)>,
    /// Rows of the annexes.
    pub annexes: AnnexFrame,
    /// Columns of the tables without a canonical name, by line.
    pub extras: Vec<Extra>,
}

impl BudgetFrame {
    /// Appends the documents and lines of another frame.
    pub fn append(&mut self, mut other: Self) {
        let shift = u32::try_from(self.documents.len()).unwrap_or(u32::MAX);
        for ligne in &mut other.lignes {
            ligne.document += shift;
        }
        other.controles.iter_mut().for_each(|c| c.0 += shift);
        let extras = std::mem::take(&mut self.extras);
        self.extras = extra::joined(extras, &other.extras, self.lignes.len(), other.lignes.len());
        self.documents.append(&mut other.documents);
        self.lignes.append(&mut other.lignes);
        self.controles.append(&mut other.controles);
        self.annexes.append(other.annexes, shift);
    }

    /// Keeps the documents for which `wanted` is true, and what belongs to them; gives the others.
    pub fn retain(&mut self, mut wanted: impl FnMut(usize, &Document) -> bool) -> Vec<Document> {
        let mut left = Vec::new();
        let mut kept = Vec::new();
        let mut place: Vec<Option<u32>> = Vec::new();
        for (i, document) in std::mem::take(&mut self.documents).into_iter().enumerate() {
            if wanted(i, &document) {
                place.push(Some(kept.len() as u32));
                kept.push(document);
            } else {
                place.push(None);
                left.push(document);
            }
        }
        self.documents = kept;
        let moved = |document: &mut u32| {
            let new = place.get(*document as usize).copied().flatten();
            *document = new.unwrap_or(u32::MAX);
            new.is_some()
        };
        let mut gone = Vec::with_capacity(self.lignes.len());
        self.lignes.retain_mut(|l| {
            let stays = moved(&mut l.document);
            gone.push(!stays);
            stays
        });
        let extras = std::mem::take(&mut self.extras).into_iter();
        self.extras = extras.map(|c| c.without(&gone, &BTreeMap::new())).collect();
        self.controles.retain_mut(|c| moved(&mut c.0));
        self.annexes.renumber(|d| place.get(d as usize).copied().flatten());
        left
    }

    /// Lines of document `index`.
    pub fn lignes_of(&self, index: usize) -> impl Iterator<Item = &LigneBudget> {
        self.lignes.iter().filter(move |l| l.document as usize == index)
    }
}
