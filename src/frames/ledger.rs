//! `Ledger`: mandats, titres and invoices, one row per record of a source, column by column.
//!
//! Texts are `u32` codes into sorted dictionaries, dates are day numbers, amounts are centimes, so that
//! ten million rows fit in memory. A column that no source fills takes no memory.
//!
//! **Invariant:** all present columns have the same length; code order is text order, so that results
//! do not depend on the order of the rows.

use crate::domain::calendar::NO_DAY;
use crate::frames::extra::Extra;

/// Code of an absent text.
pub const NO_TEXT: u32 = u32::MAX;
/// Marks an absent amount in an optional amount column.
pub const NO_AMOUNT: i64 = i64::MIN;

/// Number of text columns.
pub const TEXTS: usize = 22;

pub use crate::domain::account::Sens;

/// The text columns of a ledger, in the order of CONTRAT section 2; the last two are what some sources say
/// of the payee: legal nature (code of the PES, or its words) and civility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
#[allow(missing_docs)] // the variants are the canonical column names
pub enum TextKey {
    Budget,
    Etape,
    Bordereau,
    Mandat,
    Ligne,
    TiersId,
    TiersNom,
    Siret,
    Iban,
    Facture,
    Objet,
    Nature,
    Chapitre,
    Fonction,
    Service,
    Operation,
    Engagement,
    Marche,
    Regie,
    ModeReglement,
    NatureJuridique,
    Civilite,
}

impl TextKey {
    /// Every text column with its canonical name.
    pub const ALL: [(Self, &'static str); TEXTS] = [
        (Self::Budget, "budget"),
        (Self::Etape, "etape"),
        (Self::Bordereau, "bordereau"),
        (Self::Mandat, "mandat"),
        (Self::Ligne, "ligne"),
        (Self::TiersId, "tiers_id"),
        (Self::TiersNom, "tiers_nom"),
        (Self::Siret, "siret"),
        (Self::Iban, "iban"),
        (Self::Facture, "facture"),
        (Self::Objet, "objet"),
        (Self::Nature, "nature"),
        (Self::Chapitre, "chapitre"),
        (Self::Fonction, "fonction"),
        (Self::Service, "service"),
        (Self::Operation, "operation"),
        (Self::Engagement, "engagement"),
        (Self::Marche, "marche"),
        (Self::Regie, "regie"),
        (Self::ModeReglement, "mode_reglement"),
        (Self::NatureJuridique, "nature_juridique"),
        (Self::Civilite, "civilite"),
    ];
}

/// The date columns of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
#[allow(missing_docs)] // the variants are the canonical column names
pub enum DateKey {
    Mandat,
    Facture,
    Reception,
    Paiement,
}

impl DateKey {
    /// Every date column with its canonical name.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Mandat, "date_mandat"),
        (Self::Facture, "date_facture"),
        (Self::Reception, "date_reception"),
        (Self::Paiement, "date_paiement"),
    ];
}

/// The optional amount columns beside `montant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
#[allow(missing_docs)] // the variants are the canonical column names
pub enum AmountKey {
    Ht,
    Tva,
    Ttc,
}

impl AmountKey {
    /// Every optional amount column with its canonical name.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Ht, "montant_ht"), (Self::Tva, "montant_tva"), (Self::Ttc, "montant_ttc")];
}

/// Distinct texts in ascending byte order; the position of a text is its code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dictionary {
    bytes: String,
    ends: Vec<u32>,
}

impl Dictionary {
    /// Builds from texts already sorted and distinct.
    pub fn from_sorted<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut dictionary = Self::default();
        for text in texts {
            dictionary.push(text);
        }
        dictionary
    }

    /// Without texts yet, with room for `texts` of them in `bytes` bytes.
    pub fn with_capacity(texts: usize, bytes: usize) -> Self {
        Self { bytes: String::with_capacity(bytes), ends: Vec::with_capacity(texts) }
    }

    /// Appends a text greater than all those already present.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        let end = u32::try_from(self.bytes.len()).expect("a dictionary stays under 4 GiB of text");
        self.ends.push(end);
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when there is no text.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of `code`; empty for [`NO_TEXT`] and unknown codes.
    pub fn get(&self, code: u32) -> &str {
        let i = code as usize;
        if i >= self.ends.len() {
            return "";
        }
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        &self.bytes[start..self.ends[i] as usize]
    }

    /// All texts in code order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|i| self.get(i as u32))
    }
}

/// A text column: a code per row and the texts they stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextColumn {
    /// One code per row, [`NO_TEXT`] when absent.
    pub codes: Vec<u32>,
    /// The texts, sorted.
    pub dictionary: Dictionary,
}

impl TextColumn {
    /// Text of a row, empty when absent.
    pub fn get(&self, row: usize) -> &str {
        self.dictionary.get(self.codes[row])
    }
}

/// Another place where a row of a ledger was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Copie {
    /// Row of the ledger.
    pub row: u32,
    /// Index in [`Ledger::sources`].
    pub source: u32,
    /// Record in that source.
    pub record: u32,
}

/// The ledger frame. See the module documentation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Path of each source, relative to the argument, percent-encoded (`chemin` of `chemin#n`).
    pub sources: Vec<String>,
    /// Index in `sources` of the first provenance of each row.
    pub source: Vec<u32>,
    /// Record in that source, from 1 after the header, blank lines not counted.
    pub record: Vec<u32>,
    /// What is paid or received, centimes, signed as in the source.
    pub montant: Vec<i64>,
    /// Dépense or recette.
    pub sens: Vec<Sens>,
    /// Budget year; 0 when unknown.
    pub exercice: Vec<u16>,
    /// Date columns by [`DateKey`], day numbers, [`NO_DAY`] when absent.
    pub dates: [Option<Vec<i32>>; 4],
    /// Optional amount columns by [`AmountKey`], [`NO_AMOUNT`] when absent.
    pub amounts: [Option<Vec<i64>>; 3],
    /// Text columns by [`TextKey`].
    pub texts: [Option<TextColumn>; TEXTS],
    /// Provenances after the first one, by row then source then record.
    pub copies: Vec<Copie>,
    /// Columns of the sources without a canonical name.
    pub extras: Vec<Extra>,
}

impl Ledger {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.montant.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.montant.is_empty()
    }

    /// A text column, when some source fills it.
    pub fn text(&self, key: TextKey) -> Option<&TextColumn> {
        self.texts[key as usize].as_ref()
    }

    /// Text of a row, empty when absent.
    pub fn text_at(&self, key: TextKey, row: usize) -> &str {
        self.text(key).map_or("", |column| column.get(row))
    }

    /// A date column, when some source fills it.
    pub fn date(&self, key: DateKey) -> Option<&[i32]> {
        self.dates[key as usize].as_deref()
    }

    /// True when every row is an invoice that no mandat carries: nothing in it is a payment.
    pub fn is_invoices(&self) -> bool {
        let Some(etapes) = self.text(TextKey::Etape) else { return false };
        let known: Vec<bool> =
            etapes.dictionary.iter().map(|t| t.eq_ignore_ascii_case("facture")).collect();
        !self.is_empty()
            && etapes.codes.iter().all(|c| known.get(*c as usize).copied().unwrap_or(false))
    }

    /// The day a row is placed at: mandat, else facture, réception, paiement; [`NO_DAY`] without any.
    pub fn day(&self, row: usize) -> i32 {
        self.dates.iter().flatten().map(|c| c[row]).find(|d| *d != NO_DAY).unwrap_or(NO_DAY)
    }

    /// An optional amount column.
    pub fn amount(&self, key: AmountKey) -> Option<&[i64]> {
        self.amounts[key as usize].as_deref()
    }

    /// Every provenance of a row as (source, record), the first one first.
    pub fn provenances(&self, row: usize) -> impl Iterator<Item = (u32, u32)> {
        let start = self.copies.partition_point(|c| (c.row as usize) < row);
        let copies = self.copies[start..].iter().take_while(move |c| c.row as usize == row);
        let first = (self.source[row], self.record[row]);
        std::iter::once(first).chain(copies.map(|c| (c.source, c.record)))
    }

    /// `chemin#n` of every provenance of a row, separated by spaces: the column `sources`.
    pub fn sources_of(&self, row: usize) -> String {
        let told = self.provenances(row);
        let names = told.map(|(s, n)| format!("{}#{n}", self.sources[s as usize]));
        names.collect::<Vec<_>>().join(" ")
    }

    /// `chemin#n` of a row.
    pub fn record_name(&self, row: usize) -> String {
        format!("{}#{}", self.sources[self.source[row] as usize], self.record[row])
    }
}
