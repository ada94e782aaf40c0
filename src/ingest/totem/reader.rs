//! The two readers of budget XML, as [`Format`]s: TOTEM documents and the compte financier unique.
//!
//! **Invariant:** a document already read, to the byte, is told and not read twice.

use crate::domain::refus::Refus;
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::sniff::{is_page, looks_like_xml, unreadable};

/// Bytes of a document, at most: a city of a hundred thousand inhabitants has 4 MiB.
const LARGEST: u64 = 128 << 20;

/// `DocumentBudgetaire`: BP, BS, DM, CA.
#[derive(Debug, Clone, Copy)]
pub struct Totem;

/// `CompteFinancierUnique`.
#[derive(Debug, Clone, Copy)]
pub struct Cfu;

impl Format for Totem {
    fn nom(&self) -> &'static str {
        "totem"
    }
    fn titre(&self) -> &'static str {
        "budget TOTEM en XML : BP, BS, DM, CA"
    }
    fn page(&self) -> &'static str {
        include_str!("totem.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        recognised(source, false)
    }
    fn read(&self, s: &Source<'_>, _: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        read(s, r)
    }
}

impl Format for Cfu {
    fn nom(&self) -> &'static str {
        "cfu"
    }
    fn titre(&self) -> &'static str {
        "compte financier unique en XML"
    }
    fn page(&self) -> &'static str {
        include_str!("cfu.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        recognised(source, true)
    }
    fn read(&self, s: &Source<'_>, _: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        read(s, r)
    }
}

fn recognised(source: &Source<'_>, cfu: bool) -> Option<Reconnu> {
    let (confiance, raison) = super::sniff(source.head);
    if confiance == 0 {
        // XML that the user names and nobody knows is refused by what it is, not as a table.
        let named = source.nomme && !cfu && looks_like_xml(source.head) && !is_page(source.head);
        return named.then_some(Reconnu { confiance: 5, raison });
    }
    let is_cfu = raison.contains("CompteFinancierUnique");
    (is_cfu == cfu).then_some(Reconnu { confiance, raison })
}

fn read(source: &Source<'_>, recolte: &mut Recolte) -> Result<Lu, Refus> {
    let size = std::fs::metadata(source.chemin).map_err(|e| unreadable(source.nom, &e))?.len();
    if size > LARGEST {
        return Err(Refus::new(
            format!("{} pèse {} Mio : aucun budget n’a cette taille", source.nom, size >> 20),
            "donner l’export XML d’un seul budget et d’un seul exercice (quelques Mio)",
        ));
    }
    let bytes = std::fs::read(source.chemin).map_err(|e| unreadable(source.nom, &e))?;
    let (frame, issues) = super::read(&bytes, source.nom)?;
    let first = frame.documents.first();
    let sha256 = first.map(|d| d.sha256.clone()).unwrap_or_default();
    let format = first.map_or("totem", |d| d.format.as_str()).to_owned();
    let already = recolte.budget.documents.iter().find(|d| d.sha256 == sha256);
    if let Some(same) = already {
        let remarque = format!("même contenu que {}, lu une seule fois", same.fichier);
        return Ok(Lu { sha256, format, remarque });
    }
    recolte.budget.append(frame);
    recolte.issues.extend(issues);
    Ok(Lu { sha256, format, remarque: String::new() })
}
