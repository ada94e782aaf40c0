//! `CrossIndustryInvoice` (UN/CEFACT D16B and later): the XML of Factur-X, ZUGFeRD 2 and XRechnung.
//!
//! **Invariant:** the totals of the header are read; lines only give the words of the object.

use crate::domain::refus::Refus;
use crate::ingest::facture::{Depot, Facture, Partie, Taxe, is_credit_note};
use crate::ingest::xml::{Node, Xml};

/// Root element.
pub(super) const ROOT: &str = "CrossIndustryInvoice";

const TRADE: &str = "SupplyChainTradeTransaction";
const AGREEMENT: &str = "ApplicableHeaderTradeAgreement";
const SETTLEMENT: &str = "ApplicableHeaderTradeSettlement";
const TOTALS: &str = "SpecifiedTradeSettlementHeaderMonetarySummation";
const MEANS: &str = "SpecifiedTradeSettlementPaymentMeans";
const LINE: &str = "IncludedSupplyChainTradeLineItem";

/// Reads the invoice of a document; gives the encoding.
pub(super) fn read(xml: Xml<'_>, depot: &mut Depot<'_>) -> Result<String, Refus> {
    read_hashed(xml, depot, &mut String::new())
}

/// [`read`], with the hash of the bytes.
pub(super) fn read_hashed(
    mut xml: Xml<'_>,
    depot: &mut Depot<'_>,
    sha256: &mut String,
) -> Result<String, Refus> {
    let mut facture = Facture::default();
    let mut taxe = Taxe::default();
    loop {
        match xml.next()? {
            Node::End => break,
            Node::Open if xml.path().len() == 1 && xml.name() != ROOT => {
                return Err(xml.damaged("ce n’est pas une facture CII"));
            }
            Node::Open => {}
            Node::Close => {
                let path: Vec<&str> = xml.path().iter().skip(1).map(String::as_str).collect();
                let scheme = xml.attr("schemeID").or_else(|| xml.attr("currencyID")).unwrap_or("");
                take(&mut facture, &mut taxe, &path, scheme, xml.text());
            }
        }
    }
    *sha256 = xml.sha256();
    depot.push(&facture);
    Ok(xml.encodage().to_lowercase())
}

/// Puts the text of an element where it belongs; `scheme` is its scheme or its currency.
fn take(facture: &mut Facture, taxe: &mut Taxe, path: &[&str], scheme: &str, text: &str) {
    match path {
        ["ExchangedDocument", rest @ ..] => document(facture, rest, text),
        [TRADE, AGREEMENT, rest @ ..] => agreement(facture, rest, scheme, text),
        [TRADE, SETTLEMENT, "ApplicableTradeTax"] => facture.push_taxe(std::mem::take(taxe)),
        [TRADE, SETTLEMENT, "ApplicableTradeTax", name] => {
            let slot = match *name {
                "CalculatedAmount" => &mut taxe.montant,
                "BasisAmount" => &mut taxe.base,
                "RateApplicablePercent" => &mut taxe.taux,
                _ => return,
            };
            text.clone_into(slot);
        }
        [TRADE, SETTLEMENT, rest @ ..] => settlement(facture, rest, scheme, text),
        [TRADE, LINE, "SpecifiedTradeProduct", "Name"] => facture.push_objet(text),
        _ => {}
    }
}

fn document(facture: &mut Facture, path: &[&str], text: &str) {
    match path {
        ["ID"] => text.clone_into(&mut facture.numero),
        ["TypeCode"] => facture.avoir = is_credit_note(text),
        ["IssueDateTime", "DateTimeString" | "DateTime"] => text.clone_into(&mut facture.date),
        _ => {}
    }
}

fn agreement(facture: &mut Facture, path: &[&str], scheme: &str, text: &str) {
    match path {
        ["BuyerReference"] => text.clone_into(&mut facture.service),
        ["SellerTradeParty", rest @ ..] => party(&mut facture.fournisseur, rest, scheme, text),
        ["BuyerTradeParty", rest @ ..] => party(&mut facture.debiteur, rest, scheme, text),
        ["BuyerOrderReferencedDocument", "IssuerAssignedID"] => {
            text.clone_into(&mut facture.engagement);
        }
        ["ContractReferencedDocument", "IssuerAssignedID"] => text.clone_into(&mut facture.marche),
        _ => {}
    }
}

fn settlement(facture: &mut Facture, path: &[&str], currency: &str, text: &str) {
    let slot = match path {
        ["InvoiceCurrencyCode"] => &mut facture.devise,
        [MEANS, "TypeCode"] if facture.mode.is_empty() => &mut facture.mode,
        [MEANS, "PayeePartyCreditorFinancialAccount", "IBANID"] if facture.iban.is_empty() => {
            &mut facture.iban
        }
        [TOTALS, "TaxBasisTotalAmount"] => &mut facture.ht,
        // A second total of TVA may be in the currency of accounting.
        [TOTALS, "TaxTotalAmount"] if facture.tva.is_empty() || currency == facture.devise => {
            &mut facture.tva
        }
        [TOTALS, "GrandTotalAmount"] => &mut facture.ttc,
        [TOTALS, "DuePayableAmount"] => &mut facture.net,
        _ => return,
    };
    text.clone_into(slot);
}

/// A SIRET (scheme 0009, or 0002 of fourteen digits) comes before a SIREN, and both before the rest.
fn party(partie: &mut Partie, path: &[&str], scheme: &str, text: &str) {
    match path {
        ["Name"] => text.clone_into(&mut partie.nom),
        ["SpecifiedLegalOrganization", "ID"] | ["ID" | "GlobalID"] => {
            let legal = path.len() == 2;
            partie.identify(text, scheme, legal);
        }
        ["SpecifiedTaxRegistration", "ID"] if scheme != "FC" => text.clone_into(&mut partie.tva),
        _ => {}
    }
}
