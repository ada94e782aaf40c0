//! One electronic invoice as any format writes it, and how it becomes a row of the ledger.
//!
//! Readers (Chorus Pro, Factur-X, CII, UBL) fill a [`Facture`] with texts as written; [`Depot`] checks
//! them all the same way: exact decimals, HT + TVA = TTC, dates, identifiers, currency.
//!
//! **Invariant:** an invoice met is a row kept or an invoice set aside with its reason; sums are checked
//! on the decimals as written, before any rounding.

mod depot;
mod montants;

pub use depot::{Depot, Origine};

/// A line of the table of TVA of an invoice, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taxe {
    /// Percents.
    pub taux: String,
    /// Amount HT at this rate.
    pub base: String,
    /// TVA at this rate.
    pub montant: String,
}

/// A party of an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partie {
    /// SIRET, SIREN or another identifier.
    pub identifiant: String,
    /// Number of TVA, from which a French SIREN is read when there is no other identifier.
    pub tva: String,
    /// Name.
    pub nom: String,
    /// A natural person, as the format says.
    pub particulier: bool,
}

impl Partie {
    /// Keeps the identifier that says most: a SIRET, then a SIREN, then the first of the others.
    ///
    /// Schemes are those of ISO 6523: 0009 is a SIRET, 0002 a SIREN or a SIRET.
    pub fn identify(&mut self, text: &str, scheme: &str, legal: bool) {
        let worth = |id: &str, french: bool| match id.chars().filter(|c| !c.is_whitespace()).count()
        {
            0 => 0,
            14 if french && is_number(id) => 4,
            9 if french && is_number(id) => 3,
            _ => 1,
        };
        let french = matches!(scheme, "0009" | "0002") || (legal && scheme.is_empty());
        // Routing codes (0224, 0225) and creditor references are not who one is.
        if matches!(scheme, "0224" | "0225" | "SEPA") {
            return;
        }
        if worth(text, french) > worth(&self.identifiant, true) {
            text.trim().clone_into(&mut self.identifiant);
        }
    }
}

fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace())
}

/// An invoice as written, every text as in the file; empty when absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facture {
    /// Number given by the supplier.
    pub numero: String,
    /// A credit note.
    pub avoir: bool,
    /// Set aside whatever it holds: why, French.
    pub rejet: String,
    /// Day of the invoice.
    pub date: String,
    /// Day it was received.
    pub reception: String,
    /// Who sells.
    pub fournisseur: Partie,
    /// Who pays.
    pub debiteur: Partie,
    /// Department of the debtor.
    pub service: String,
    /// Account to pay.
    pub iban: String,
    /// Number of commitment or order.
    pub engagement: String,
    /// Number of contract.
    pub marche: String,
    /// What is sold.
    pub objet: String,
    /// Code of the means of payment (UNCL 4461), or its words.
    pub mode: String,
    /// ISO code of the currency.
    pub devise: String,
    /// Total without TVA.
    pub ht: String,
    /// Total of TVA.
    pub tva: String,
    /// Total with TVA.
    pub ttc: String,
    /// What remains to be paid.
    pub net: String,
    /// Table of TVA.
    pub taxes: Vec<Taxe>,
}

/// Lines of the table of TVA kept, at most; no invoice has more than a dozen.
const TAXES: usize = 200;
/// Bytes kept of the object.
const OBJET: usize = 300;

impl Facture {
    /// Adds a line to the table of TVA.
    pub fn push_taxe(&mut self, taxe: Taxe) {
        if self.taxes.len() < TAXES {
            self.taxes.push(taxe);
        }
    }

    /// Adds the words of a line to the object, once each, as long as it is short.
    pub fn push_objet(&mut self, words: &str) {
        let words = words.trim();
        if words.is_empty() || self.objet.split(" ; ").any(|w| w == words) {
            return;
        }
        if self.objet.is_empty() {
            self.objet.push_str(&words[..words.floor_char_boundary(OBJET)]);
        } else if self.objet.len() + words.len() < OBJET {
            self.objet.push_str(" ; ");
            self.objet.push_str(words);
        }
    }
}

/// True for the codes of UNCL 1001 that stand for a credit note.
pub fn is_credit_note(code: &str) -> bool {
    matches!(
        code.trim(),
        "81" | "83"
            | "261"
            | "262"
            | "296"
            | "308"
            | "381"
            | "396"
            | "420"
            | "458"
            | "502"
            | "503"
            | "532"
    )
}

/// Words of a means of payment (UNCL 4461); the text itself when the code is not known.
pub fn mode_reglement(code: &str) -> &str {
    match code.trim_start_matches('0') {
        "10" => "espèces",
        "20" | "21" | "22" | "23" => "chèque",
        "30" | "31" | "42" | "58" => "virement",
        "48" | "54" | "55" => "carte",
        "49" | "59" => "prélèvement",
        "97" => "compensation",
        "1" | "ZZZ" => "",
        _ => code,
    }
}
