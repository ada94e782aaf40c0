//! `CPPFacturePivot` (V1 and V2) and `CPPFactureMixte`: several invoices in one envelope.
//!
//! **Invariant:** one unit of the flow is one invoice met, in the order of the document.

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::ingest::facture::{Depot, Facture, Origine, Taxe, is_credit_note};
use crate::ingest::format::Source;
use crate::ingest::xml::{Node, Xml};

/// Root elements read.
pub(super) const ROOTS: [&str; 2] = ["CPPFacturePivot", "CPPFactureMixte"];

/// Reads every invoice of a flow.
pub(super) fn read(
    source: &Source<'_>,
    progress: &dyn Progress,
    depot: &mut Depot<'_>,
) -> Result<Origine, Refus> {
    let mut xml = Xml::open(source.chemin, source.nom)?;
    let mut facture = Facture::default();
    let mut taxe = Taxe::default();
    let mut announced = String::new();
    loop {
        match xml.next()? {
            Node::End => break,
            Node::Open => match xml.name() {
                "CPPFactures" => xml.attr("Compteur").unwrap_or("").clone_into(&mut announced),
                name if is_unit(name) => facture = Facture::default(),
                "TVA" => taxe = Taxe::default(),
                _ => {}
            },
            Node::Close => {
                let name = xml.name();
                if is_unit(name) {
                    depot.push(&std::mem::take(&mut facture));
                    if depot.met().is_multiple_of(1000) && progress.cancelled() {
                        return Err(Refus::new("interrompu", "relancer la commande"));
                    }
                } else if name == "TVA" {
                    facture.push_taxe(std::mem::take(&mut taxe));
                } else {
                    let parent = xml.path().iter().rev().nth(1).map_or("", String::as_str);
                    take(&mut facture, &mut taxe, parent, name, xml.text());
                }
            }
        }
    }
    depot.announced(&announced, "Compteur", "factures annoncées par le flux et factures lues");
    Ok(Origine { sha256: xml.sha256(), encodage: xml.encodage().to_lowercase() })
}

fn is_unit(name: &str) -> bool {
    matches!(name, "CPPFacturePivotUnitaire" | "CPPFactureMixteUnitaire")
}

/// Puts the text of an element where it belongs.
fn take(facture: &mut Facture, taxe: &mut Taxe, parent: &str, name: &str, text: &str) {
    let slot = match (parent, name) {
        ("Fournisseur", "TypeIdentifiant") => {
            // 7: a natural person, whose identifier is made of the name.
            facture.fournisseur.particulier = text == "7";
            return;
        }
        ("DonneesFacture", "Cadre") => {
            facture.rejet = draft(text);
            return;
        }
        ("DonneesFacture", "Type") => {
            facture.avoir = is_credit_note(text);
            return;
        }
        ("Ligne", "ReferenceProduit") => {
            facture.push_objet(text);
            return;
        }
        ("ReferenceBancaire", "Compte") if facture.iban.is_empty() => &mut facture.iban,
        ("Fournisseur", "Identifiant") => &mut facture.fournisseur.identifiant,
        ("Fournisseur", "RaisonSociale") => &mut facture.fournisseur.nom,
        ("Debiteur", "Identifiant") => &mut facture.debiteur.identifiant,
        ("Debiteur", "Nom") => &mut facture.debiteur.nom,
        ("Debiteur", "CodeService") => &mut facture.service,
        ("DonneesFacture", "Id") => &mut facture.numero,
        ("DonneesFacture", "DateEmissionFacture") => &mut facture.date,
        ("DonneesFacture", "DateReception") => &mut facture.reception,
        ("DonneesFacture", "Devise") => &mut facture.devise,
        ("ModePaiement", "Code") => &mut facture.mode,
        ("Montants", "MontantHT") => &mut facture.ht,
        ("Montants", "MontantTTC") => &mut facture.ttc,
        ("Montants", "MontantNetAPayer") => &mut facture.net,
        ("TVA", "Taux") => &mut taxe.taux,
        ("TVA", "BaseHt" | "BaseHT") => &mut taxe.base,
        ("TVA", "MontantTVA") => &mut taxe.montant,
        ("Engagement", "NumeroMarche") => &mut facture.marche,
        ("Engagement", "NumeroEngagement") => &mut facture.engagement,
        _ => return,
    };
    text.clone_into(slot);
}

/// Drafts of the accounts of works: what is paid is the état d'acompte, in another document.
fn draft(cadre: &str) -> String {
    match cadre {
        "A4" | "A7" | "A13" | "A14" | "A17" => format!(
            "projet de décompte de travaux (cadre {cadre}) : ce qui se paie est l’état d’acompte validé"
        ),
        _ => String::new(),
    }
}
