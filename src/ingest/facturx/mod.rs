//! Factur-X: a PDF/A-3 with its invoice in XML inside; and the same XML (CII) alone.
//!
//! All the profiles are read, MINIMUM (no lines) to EXTENDED. What the PDF shows is never read: the XML
//! is the invoice.
//!
//! **Invariant:** a PDF without invoice is refused with the ways that remain, never guessed at.

mod cii;
mod pdf;

use std::fs::File;
use std::io::Read;

use sha2::{Digest, Sha256};

use crate::domain::refus::Refus;
use crate::frames::issue::Severity;
use crate::ingest::facture::{Depot, Origine};
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::sniff::unreadable;
use crate::ingest::xml::{self, Xml};

/// A PDF with an invoice inside.
#[derive(Debug, Clone, Copy)]
pub struct FacturX;

/// The XML alone.
#[derive(Debug, Clone, Copy)]
pub struct Cii;

/// Bytes of a PDF, at most.
const LARGEST: u64 = 128 << 20;
/// Bytes at the start of a file among which `%PDF` is looked for.
const MAGIC: usize = 1024;
/// What to give instead of a PDF of figures.
const ROUTES: &str = "donner l’« état de consommation » en Excel ou en CSV du logiciel comptable, la balance \
    DGFiP en CSV, ou le budget en XML (TOTEM) ; pour une facture, demander le Factur-X au fournisseur ou le \
    télécharger de Chorus Pro";

impl Format for FacturX {
    fn nom(&self) -> &'static str {
        "factur-x"
    }
    fn titre(&self) -> &'static str {
        "facture Factur-X, PDF avec son XML"
    }
    fn page(&self) -> &'static str {
        include_str!("facturx.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        let head = &source.head[..source.head.len().min(MAGIC)];
        memchr::memmem::find(head, b"%PDF-")
            .map(|_| Reconnu { confiance: 90, raison: "en-tête %PDF".to_owned() })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let bytes = bounded(s)?;
        let sha256 = hash(&bytes);
        let found = match pdf::invoices(&bytes) {
            Ok(found) => found,
            Err(why) if s.nomme => return Err(refusal(s.nom, why)),
            Err(why) => {
                let remarque = format!("PDF {} ; {ROUTES}", why.words());
                return Ok(Lu { sha256, format: "factur-x".to_owned(), remarque });
            }
        };
        drop(bytes);
        Depot::fill(s, c, r, "factur-x", |depot| {
            let xml = Xml::new(&found.xml[..], s.nom)?;
            let encodage = cii::read(xml, depot)?;
            if found.others > 0 {
                let why = "le PDF porte plusieurs factures XML : seule celle de Factur-X est lue";
                let shown = format!("{} de plus", found.others);
                depot.tell(Severity::Attention, "", &shown, why, "donner les autres XML à part");
            }
            Ok(Origine { sha256, encodage })
        })
    }
}

impl Format for Cii {
    fn nom(&self) -> &'static str {
        "cii"
    }
    fn titre(&self) -> &'static str {
        "facture CII en XML (celui de Factur-X)"
    }
    fn page(&self) -> &'static str {
        include_str!("cii.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        let root = xml::root(source.head)?;
        (root == cii::ROOT).then(|| Reconnu { confiance: 100, raison: format!("racine {root}") })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        Depot::fill(s, c, r, "cii", |depot| {
            let mut sha256 = String::new();
            let encodage = cii::read_hashed(Xml::open(s.chemin, s.nom)?, depot, &mut sha256)?;
            Ok(Origine { sha256, encodage })
        })
    }
}

/// The bytes of a file that is not too large.
fn bounded(source: &Source<'_>) -> Result<Vec<u8>, Refus> {
    let mut bytes = Vec::new();
    let read = || File::open(source.chemin)?.take(LARGEST + 1).read_to_end(&mut bytes);
    let n = { read }().map_err(|e| unreadable(source.nom, &e))?;
    if n as u64 > LARGEST {
        return Err(refusal(source.nom, pdf::Sans::TropGros));
    }
    Ok(bytes)
}

fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

fn refusal(nom: &str, why: pdf::Sans) -> Refus {
    let refus = Refus::new(format!("« {nom} » est un PDF {}", why.words()), ROUTES);
    match why {
        pdf::Sans::Jointes(names) if !names.is_empty() => {
            refus.with_extrait(format!("pièces jointes : {}", names.join(", ")))
        }
        _ => refus,
    }
}
