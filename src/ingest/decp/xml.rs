//! Essential data in XML: `marches/marche` and `marches/contrat-concession`.
//!
//! **Invariant:** one `marche` or `contrat-concession` is one contract met, in the order of the document.

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::contract::Titulaire;
use crate::ingest::format::Source;
use crate::ingest::xml::{Node, Xml};

use super::contrat::{Brut, Depot, Modification};

/// Root elements read.
pub(super) const ROOTS: [&str; 2] = ["marches", "contrats-concessions"];

/// Reads every contract; gives the hash of the bytes.
pub(super) fn read(
    source: &Source<'_>,
    progress: &dyn Progress,
    depot: &mut Depot<'_>,
) -> Result<String, Refus> {
    let mut xml = Xml::open(source.chemin, source.nom)?;
    let mut brut = Brut::default();
    let mut who = Titulaire::default();
    let mut change = Modification::default();
    loop {
        match xml.next()? {
            Node::End => break,
            Node::Open => match xml.name() {
                name if is_contract(name) && xml.path().len() == 2 => brut = Brut::default(),
                "titulaire" | "concessionnaire" | "sousTraitant" => who = Titulaire::default(),
                "modification" => change = Modification::default(),
                _ => {}
            },
            Node::Close => {
                let path: Vec<&str> = xml.path().iter().skip(1).map(String::as_str).collect();
                match path.as_slice() {
                    [name] if is_contract(name) => {
                        depot.push(std::mem::take(&mut brut));
                        if depot.met().is_multiple_of(1000) && progress.cancelled() {
                            return Err(Refus::new("interrompu", "relancer la commande"));
                        }
                    }
                    [_, rest @ ..] => take(&mut brut, &mut who, &mut change, rest, xml.text()),
                    [] => {}
                }
            }
        }
    }
    Ok(xml.sha256())
}

fn is_contract(name: &str) -> bool {
    matches!(name, "marche" | "contrat-concession")
}

/// Puts the text of an element where it belongs.
fn take(
    brut: &mut Brut,
    who: &mut Titulaire,
    change: &mut Modification,
    path: &[&str],
    text: &str,
) {
    let slot = match path {
        ["id"] => &mut brut.numero,
        ["acheteur" | "autoriteConcedante", "id"] => &mut brut.acheteur,
        ["nature"] => &mut brut.nature,
        ["objet"] => &mut brut.objet,
        ["codeCPV"] => &mut brut.cpv,
        ["procedure"] => &mut brut.procedure,
        ["dateNotification" | "dateSignature"] => &mut brut.notification,
        ["dateDebutExecution"] if brut.notification.is_empty() => &mut brut.notification,
        ["dureeMois"] => &mut brut.duree,
        ["montant" | "valeurGlobale"] => &mut brut.montant,
        ["datePublicationDonnees"] => &mut brut.publication,
        ["titulaires" | "concessionnaires", "titulaire" | "concessionnaire"] => {
            brut.titulaires.push(std::mem::take(who));
            return;
        }
        ["titulaires" | "concessionnaires", _, "id"]
        | ["actesSousTraitance", _, "sousTraitant", "id"] => &mut who.id,
        ["titulaires" | "concessionnaires", _, "denominationSociale"] => &mut who.nom,
        ["actesSousTraitance", _, "sousTraitant"] => {
            brut.titulaires.push(Titulaire { sous_traitant: true, ..std::mem::take(who) });
            return;
        }
        ["modifications", "modification"] => {
            brut.avenants.push(std::mem::take(change));
            return;
        }
        ["modifications", _, "dateNotificationModification" | "dateSignatureModification"] => {
            &mut change.date
        }
        ["modifications", _, "montant" | "valeurGlobale"] => &mut change.montant,
        ["modifications", _, "dureeMois"] => &mut change.duree,
        ["modifications", _, "objetModification"] => &mut change.objet,
        _ => return,
    };
    text.clone_into(slot);
}
