//! Lists of the Chorus Pro API in JSON: one object per invoice; and the answers that hold none.
//!
//! **Invariant:** an answer in error and a list cut in pages are told.

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::issue::Severity;
use crate::ingest::facture::{Depot, Facture, Origine};
use crate::ingest::format::{Reconnu, Source};
use crate::ingest::json::{self, Rencontre, Valeur};

/// Member that holds the invoices.
const LISTE: &str = "listefactures";

/// Members that only Chorus Pro writes, and what a file with them is.
const OTHERS: [(&str, &str); 5] = [
    ("retourfonctionnel", "réponse d’erreur de Chorus Pro, sans facture"),
    ("histostatutcode", "historique des statuts d’une facture Chorus Pro, sans montant"),
    ("idutilisateurcourant", "demande faite à Chorus Pro, pas une réponse : aucune facture"),
    ("nouveaustatut", "changement de statut d’une facture Chorus Pro, sans montant"),
    ("coderetour", "réponse de Chorus Pro, sans facture"),
];

fn members(head: &[u8]) -> Option<String> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    text.starts_with(b"{").then(|| String::from_utf8_lossy(text).to_lowercase())
}

fn has(text: &str, member: &str) -> bool {
    text.contains(&format!("\"{member}\""))
}

/// By the members named in the first bytes.
pub(super) fn recognise(head: &[u8]) -> Option<Reconnu> {
    let text = members(head)?;
    if has(&text, LISTE) && has(&text, "numerofacture") {
        return Some(Reconnu { confiance: 95, raison: "membre listeFactures".to_owned() });
    }
    let other = OTHERS.iter().find(|(member, _)| has(&text, member))?;
    Some(Reconnu { confiance: 90, raison: format!("membre {}", other.0) })
}

/// What a file without the list of invoices is.
pub(super) fn without_invoices(head: &[u8]) -> Option<&'static str> {
    let text = members(head)?;
    if has(&text, LISTE) {
        return None;
    }
    OTHERS.iter().find(|(member, _)| has(&text, member)).map(|(_, what)| *what)
}

/// Reads the invoices of a list.
pub(super) fn read(
    source: &Source<'_>,
    progress: &dyn Progress,
    depot: &mut Depot<'_>,
) -> Result<Origine, Refus> {
    let (mut pages, mut page, mut total) = (String::new(), String::new(), String::new());
    let (mut code, mut words) = (String::new(), String::new());
    let walked = json::walk(source.chemin, source.nom, &mut |path, met| {
        match met {
            Rencontre::Element(value) if path.to_lowercase().starts_with(LISTE) => {
                depot.push(&facture(&value));
                if depot.met().is_multiple_of(1000) && progress.cancelled() {
                    return Err(Refus::new("interrompu", "relancer la commande"));
                }
            }
            Rencontre::Element(_) => {}
            Rencontre::Scalaire(value) => {
                let slot = match path.rsplit('/').next().unwrap_or("").to_lowercase().as_str() {
                    "pages" | "nbpages" => &mut pages,
                    "pagecourante" => &mut page,
                    "total" | "nbresultats" => &mut total,
                    "coderetour" => &mut code,
                    "libelle" => &mut words,
                    _ => return Ok(()),
                };
                value.text().clone_into(slot);
            }
        }
        Ok(())
    })?;
    if depot.met() == 0 && !code.is_empty() && code != "0" {
        return Err(Refus::new(
            format!("« {} » est une réponse d’erreur de Chorus Pro (code {code})", source.nom),
            "corriger la demande faite à Chorus Pro et refaire le téléchargement",
        )
        .with_extrait(words));
    }
    if pages.parse::<u32>().is_ok_and(|n| n > 1) {
        let shown = format!("page {page} sur {pages}, {total} factures");
        let why = "ce fichier n’est qu’une page de la liste";
        depot.tell(Severity::Attention, "pages", &shown, why, "donner aussi les autres pages");
    } else {
        depot.announced(&total, "total", "factures annoncées par la liste et factures lues");
    }
    Ok(Origine { sha256: walked.sha256, encodage: walked.encodage })
}

/// An invoice of a list; dates may carry an hour.
fn facture(value: &Valeur) -> Facture {
    let text = |name: &str| value.text_of(name).to_owned();
    let mut out = Facture {
        numero: text("numeroFacture"),
        avoir: text("typeFacture").to_uppercase().contains("AVOIR"),
        date: text("dateFacture"),
        reception: text("dateDepot"),
        service: text("codeServiceExecutant"),
        engagement: text("numeroBonCommande"),
        marche: text("numeroMarche"),
        devise: text("devise"),
        ht: text("montantHT"),
        tva: text("montantTVA"),
        ttc: text("montantTTC"),
        net: text("montantAPayer"),
        ..Facture::default()
    };
    out.fournisseur.identifiant = text("codeFournisseur");
    out.fournisseur.nom = text("designationFournisseur");
    out.fournisseur.particulier =
        text("typeIdentifiantFournisseur").to_uppercase().contains("PARTICULIER");
    out.debiteur.identifiant = text("codeDestinataire");
    out.debiteur.nom = text("designationDestinataire");
    if text("statut").to_uppercase() == "REJETEE" {
        "facture rejetée dans Chorus Pro : elle n’est pas à payer".clone_into(&mut out.rejet);
    }
    out
}
