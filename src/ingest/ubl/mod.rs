//! UBL 2.1 invoices and credit notes in XML (EN 16931, Peppol).
//!
//! **Invariant:** the totals of the document are read; lines only give the words of the object.

use crate::domain::refus::Refus;
use crate::ingest::facture::{Depot, Facture, Origine, Partie, Taxe, is_credit_note};
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::xml::{self, Node, Xml};

/// `Invoice` and `CreditNote` of UBL.
#[derive(Debug, Clone, Copy)]
pub struct Ubl;

/// Namespaces of UBL start so.
const NAMESPACE: &[u8] = b"urn:oasis:names:specification:ubl:schema:xsd:";

impl Format for Ubl {
    fn nom(&self) -> &'static str {
        "ubl"
    }
    fn titre(&self) -> &'static str {
        "facture ou avoir UBL 2.1 en XML"
    }
    fn page(&self) -> &'static str {
        include_str!("ubl.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        let root = xml::root(source.head)?;
        let known = matches!(root.as_str(), "Invoice" | "CreditNote");
        let ubl = known && memchr::memmem::find(source.head, NAMESPACE).is_some();
        ubl.then(|| Reconnu { confiance: 100, raison: format!("racine {root} d’UBL") })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        Depot::fill(s, c, r, "ubl", |depot| read(s, depot))
    }
}

fn read(source: &Source<'_>, depot: &mut Depot<'_>) -> Result<Origine, Refus> {
    let mut xml = Xml::open(source.chemin, source.nom)?;
    let mut facture = Facture::default();
    let mut taxe = Taxe::default();
    loop {
        match xml.next()? {
            Node::End => break,
            Node::Open if xml.path().len() == 1 => facture.avoir = xml.name() == "CreditNote",
            Node::Open => {}
            Node::Close => {
                let path: Vec<&str> = xml.path().iter().skip(1).map(String::as_str).collect();
                let scheme = xml.attr("schemeID").or_else(|| xml.attr("currencyID")).unwrap_or("");
                take(&mut facture, &mut taxe, &path, scheme, xml.text());
            }
        }
    }
    depot.push(&facture);
    Ok(Origine { sha256: xml.sha256(), encodage: xml.encodage().to_lowercase() })
}

/// Puts the text of an element where it belongs; `scheme` is its scheme or its currency.
fn take(facture: &mut Facture, taxe: &mut Taxe, path: &[&str], scheme: &str, text: &str) {
    let slot = match path {
        ["InvoiceTypeCode" | "CreditNoteTypeCode"] => {
            facture.avoir |= is_credit_note(text);
            return;
        }
        ["AccountingSupplierParty", "Party", rest @ ..] => {
            return party(&mut facture.fournisseur, rest, scheme, text);
        }
        ["AccountingCustomerParty", "Party", rest @ ..] => {
            return party(&mut facture.debiteur, rest, scheme, text);
        }
        ["TaxTotal", "TaxSubtotal"] => return facture.push_taxe(std::mem::take(taxe)),
        ["InvoiceLine" | "CreditNoteLine", "Item", "Name"] => return facture.push_objet(text),
        ["ID"] => &mut facture.numero,
        ["IssueDate"] => &mut facture.date,
        ["DocumentCurrencyCode"] => &mut facture.devise,
        ["BuyerReference"] => &mut facture.service,
        ["OrderReference", "ID"] => &mut facture.engagement,
        ["ContractDocumentReference", "ID"] => &mut facture.marche,
        ["PaymentMeans", "PaymentMeansCode"] if facture.mode.is_empty() => &mut facture.mode,
        ["PaymentMeans", "PayeeFinancialAccount", "ID"] if facture.iban.is_empty() => {
            &mut facture.iban
        }
        // A second total of TVA may be in the currency of accounting.
        ["TaxTotal", "TaxAmount"] if facture.tva.is_empty() || scheme == facture.devise => {
            &mut facture.tva
        }
        ["TaxTotal", "TaxSubtotal", "TaxableAmount"] => &mut taxe.base,
        ["TaxTotal", "TaxSubtotal", "TaxAmount"] => &mut taxe.montant,
        ["TaxTotal", "TaxSubtotal", "TaxCategory", "Percent"] => &mut taxe.taux,
        ["LegalMonetaryTotal", "TaxExclusiveAmount"] => &mut facture.ht,
        ["LegalMonetaryTotal", "TaxInclusiveAmount"] => &mut facture.ttc,
        ["LegalMonetaryTotal", "PayableAmount"] => &mut facture.net,
        _ => return,
    };
    text.clone_into(slot);
}

/// The legal name comes before the trading name.
fn party(partie: &mut Partie, path: &[&str], scheme: &str, text: &str) {
    match path {
        ["PartyName", "Name"] if partie.nom.is_empty() => text.clone_into(&mut partie.nom),
        ["PartyLegalEntity", "RegistrationName"] => text.clone_into(&mut partie.nom),
        ["PartyIdentification", "ID"] => partie.identify(text, scheme, false),
        ["PartyLegalEntity", "CompanyID"] => partie.identify(text, scheme, true),
        ["PartyTaxScheme", "CompanyID"] if partie.tva.is_empty() => {
            text.clone_into(&mut partie.tva);
        }
        _ => {}
    }
}
