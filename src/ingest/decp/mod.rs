//! DECP, the essential data of public contracts: JSON of 2019 and of 2022, XML of 2022.
//!
//! A national file is filtered by buyer while it streams (`--siren`).
//!
//! **Invariant:** contracts read = kept + set aside; a contract published twice is one contract.

mod contrat;
mod xml;

use crate::domain::refus::Refus;
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::json::{self, Rencontre};
use crate::ingest::xml as flow;

use contrat::Depot;

/// Essential data in JSON.
#[derive(Debug, Clone, Copy)]
pub struct Decp;

/// Essential data in XML.
#[derive(Debug, Clone, Copy)]
pub struct DecpXml;

/// Members that only essential data hold together.
const MEMBERS: [&str; 3] = ["\"dateNotification\"", "\"titulaires\"", "\"codeCPV\""];
/// The same for concessions.
const CONCESSIONS: [&str; 2] = ["\"autoriteConcedante\"", "\"concessionnaires\""];

impl Format for Decp {
    fn nom(&self) -> &'static str {
        "decp"
    }
    fn titre(&self) -> &'static str {
        "données essentielles des marchés (DECP) en JSON, 2019 et 2022"
    }
    fn page(&self) -> &'static str {
        include_str!("decp.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        let head = source.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source.head);
        let text = String::from_utf8_lossy(head);
        // A schema describes the same members under `properties`.
        let is_json = matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'['));
        if !is_json || text.contains("\"$schema\"") || text.contains("\"properties\"") {
            return None;
        }
        let has = |words: &[&str]| words.iter().all(|w| text.contains(w));
        let named = text.contains("\"marches\"") && text.contains("\"procedure\"");
        let sure = has(&MEMBERS) || has(&CONCESSIONS) || named;
        sure.then(|| Reconnu { confiance: 95, raison: "membres des données essentielles".into() })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let mut depot = Depot::new(s.nom, "decp", c.siren);
        let walked = json::walk(s.chemin, s.nom, &mut |_, met| {
            if let Rencontre::Element(value) = met {
                depot.push(contrat::from_json(&value));
                if depot.met().is_multiple_of(1000) {
                    c.progress.tick("Lecture", u64::from(depot.met()), 0);
                    if c.progress.cancelled() {
                        return Err(Refus::new("interrompu", "relancer la commande"));
                    }
                }
            }
            Ok(())
        })?;
        depot.close(walked.sha256, r)
    }
}

impl Format for DecpXml {
    fn nom(&self) -> &'static str {
        "decp-xml"
    }
    fn titre(&self) -> &'static str {
        "données essentielles des marchés (DECP) en XML"
    }
    fn page(&self) -> &'static str {
        include_str!("decp_xml.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        let root = flow::root(source.head)?;
        xml::ROOTS
            .contains(&root.as_str())
            .then(|| Reconnu { confiance: 90, raison: format!("racine {root}") })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let mut depot = Depot::new(s.nom, "decp-xml", c.siren);
        let sha256 = xml::read(s, c.progress, &mut depot)?;
        depot.close(sha256, r)
    }
}
