//! `WTAMC001.txt`, the file of écritures that other programs hand to e.magnus (Berger-Levrault): no titles,
//! about 123 quoted cells a line.
//!
//! ```text
//!  bytes ─► Records ─► the usual row builder, columns by place
//! ```
//!
//! **Invariant:** lines read = kept + set aside; each line, master or sub-line, has its own amount.

use crate::domain::calendar::{DateOrder, parse_day};
use crate::domain::money::Decimal;
use crate::domain::refus::Refus;
use crate::frames::ledger::{AmountKey, DateKey, TextKey};
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::mapped::build::{CellRow, RowBuilder, read_sens};
use crate::ingest::mapped::guess::decimal_of;
use crate::ingest::mapped::plan::{AmountSource, Constants, Plan};
use crate::ingest::mapped::records::Found;
use crate::ingest::mapped::{Delimited, first_records, none_usable};
use crate::ingest::sniff::{self, looks_like_xml};

/// e.magnus.
#[derive(Debug, Clone, Copy)]
pub struct Emagnus;

/// Fewest cells of a line: those up to the number of the invoice are read.
const FEWEST: usize = 100;
/// Most cells of a line over which it is another file.
const MOST: usize = 200;

/// Cells that are read, counted from 1 as in the documents of the editor.
const CELLS: [(usize, &str); 22] = [
    (1, "IdEcriture"),
    (5, "Budget"),
    (6, "Exercice"),
    (7, "Maître/Sous-ligne"),
    (8, "CodeTiers"),
    (10, "Désignation"),
    (11, "Désignation 2"),
    (18, "Libellé"),
    (24, "Sens"),
    (25, "Date"),
    (26, "Article"),
    (27, "Opération"),
    (28, "Service"),
    (29, "Fonction"),
    (30, "Montant HT"),
    (31, "Montant TVA"),
    (65, "IBAN"),
    (92, "NatJuridique"),
    (93, "Civilité"),
    (94, "NatIdentifiant"),
    (95, "IdentifiantTiers"),
    (111, "NumeroFacture"),
];

/// Cell of the whole name of the tiers, made here.
const NAME: usize = 1_000;
/// Cell of the SIRET, the identifier of the tiers when it has 14 digits.
const SIRET: usize = 1_001;

/// Cells of which the name is made.
const MADE_OF: [usize; 2] = [9, 10];

fn plan(decimal: Decimal) -> Plan {
    let mut headers: Vec<String> = (1..=MOST).map(|i| format!("cellule {i}")).collect();
    for (place, name) in CELLS {
        name.clone_into(&mut headers[place - 1]);
    }
    Plan {
        headers,
        amount: AmountSource::Sum(29, 30),
        dates: vec![(DateKey::Mandat, 24)],
        amounts: vec![(AmountKey::Ht, 29), (AmountKey::Tva, 30)],
        texts: vec![
            (TextKey::Mandat, 0),
            (TextKey::Budget, 4),
            (TextKey::Ligne, 6),
            (TextKey::TiersId, 7),
            (TextKey::TiersNom, NAME),
            (TextKey::Siret, SIRET),
            (TextKey::Iban, 64),
            (TextKey::Facture, 110),
            (TextKey::Objet, 17),
            (TextKey::Nature, 25),
            (TextKey::Operation, 26),
            (TextKey::Service, 27),
            (TextKey::Fonction, 28),
            (TextKey::NatureJuridique, 91),
            (TextKey::Civilite, 92),
        ],
        sens: Some(23),
        exercice: Some(5),
        decimal,
        order: DateOrder::Dmy,
        order_guessed: false,
        values: std::collections::BTreeMap::new(),
        commune: None,
        constants: Constants::default(),
    }
}

/// A line, with the cells made from several ones.
struct Line<'a, C: CellRow> {
    cells: &'a C,
    name: Vec<u8>,
}

impl<'a, C: CellRow> Line<'a, C> {
    fn new(cells: &'a C) -> Self {
        let parts = [cells.cell(9), cells.cell(10)];
        let parts: Vec<&[u8]> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        Self { cells, name: parts.join(&b" "[..]) }
    }
}

impl<C: CellRow> CellRow for Line<'_, C> {
    fn cell(&self, index: usize) -> &[u8] {
        match index {
            NAME => &self.name,
            SIRET => {
                let text = self.cells.cell(94);
                let siret = text.len() == 14 && text.iter().all(u8::is_ascii_digit);
                if siret { text } else { &[] }
            }
            _ => self.cells.cell(index),
        }
    }

    fn width(&self) -> usize {
        self.cells.width()
    }
}

/// True for the first line of such a file.
fn is_line(cells: &[Vec<u8>]) -> bool {
    let at = |place: usize| cells.get(place - 1).map_or(&[][..], |c| c.trim_ascii());
    (FEWEST..=MOST).contains(&cells.len())
        && read_sens(at(24)).is_some()
        && parse_day(at(25), DateOrder::Dmy).is_ok()
        && (!at(30).is_empty() || !at(31).is_empty())
}

/// The side files of the same export: details, attachments, other debtors.
fn is_side(nom: &str) -> bool {
    let name = nom.rsplit('/').next().unwrap_or(nom).to_lowercase();
    name.strip_prefix("wtamc001")
        .is_some_and(|rest| ["as.txt", "pj.txt", "tsol.txt", "_tsol.txt"].contains(&rest))
}

impl Format for Emagnus {
    fn nom(&self) -> &'static str {
        "emagnus"
    }
    fn titre(&self) -> &'static str {
        "écritures pour e.magnus (WTAMC001.txt)"
    }
    fn page(&self) -> &'static str {
        include_str!("emagnus.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        if looks_like_xml(source.head) || source.head.starts_with(b"PK") {
            return None;
        }
        if is_side(source.nom) {
            let raison = "fichier annexe d’un export e.magnus".into();
            return Some(Reconnu { confiance: 80, raison });
        }
        let head = &source.head[..source.head.len().min(16 << 10)];
        is_line(first_records(head).first()?).then(|| Reconnu {
            confiance: 85,
            raison: "lignes d’écritures e.magnus (sens, date et montants à leur place)".into(),
        })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let mut lu = Lu { format: "emagnus".into(), ..Lu::default() };
        if is_side(s.nom) {
            lu.sha256 = crate::ingest::mapped::bytes::hash_of(s.chemin)
                .map_err(|e| sniff::unreadable(s.nom, &e))?;
            lu.remarque = "détail ou pièces jointes d’un export e.magnus : les montants sont dans \
                           WTAMC001.txt"
                .into();
            return Ok(lu);
        }
        let first = first_records(s.head);
        if !first.first().is_some_and(|cells| is_line(cells)) {
            return Err(Refus::new(
                format!("« {} » n’est pas un fichier d’écritures e.magnus", s.nom),
                "donner le fichier WTAMC001.txt de l’export, sans y ajouter de titres",
            ));
        }
        let amounts = first.iter().flat_map(|l| l.get(29..31).unwrap_or_default());
        let decimal = decimal_of(amounts.map(Vec::as_slice)).unwrap_or(Decimal::Point);
        let plan = plan(decimal);
        let mut file = Delimited::open(s, None, Some(b';'))?;
        let mut rows = RowBuilder::new(&plan, s.nom).reading(&MADE_OF);
        let size = std::fs::metadata(s.chemin).map_or(0, |m| m.len());
        let place = (s.nom, size);
        let ledgers = &mut r.ledgers;
        let done =
            file.ledger(place, c.progress, ledgers, &mut rows, &mut |found, records, rows, out| {
                match found {
                    Found::TooLong => rows.too_long(),
                    Found::Record => rows.record(&Line::new(records), out),
                    Found::Blank | Found::End => {}
                }
            });
        done.map_err(|refus| own_refusal(s.nom, &rows, refus))?;
        let lues = file.finish(s.nom, "emagnus", &rows.counts);
        lu.sha256.clone_from(&lues.sha256);
        r.ecritures.push(lues);
        r.issues.append(&mut rows.issues);
        Ok(lu)
    }
}

/// The refusal of a file of which no line could be kept.
fn own_refusal(nom: &str, rows: &RowBuilder<'_>, refus: Refus) -> Refus {
    if rows.counts.kept > 0 || rows.counts.read == 0 {
        return refus;
    }
    Refus {
        quoi: format!(
            "« {nom} », écritures e.magnus : {}",
            none_usable(rows.counts.read, "ligne d’écriture")
        ),
        a_faire: "refaire l’export WTAMC001.txt : date en cellule 25, montants HT et TVA en cellules 30 et 31, \
                  comptées depuis 1"
            .to_owned(),
        ..refus
    }
}

#[cfg(test)]
mod tests;
