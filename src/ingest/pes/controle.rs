//! Totals that a bordereau announces, against the lines read: `NbrPce`, `MtBordHT`, `MtBordTVA`.
//!
//! **Invariant:** the lines set aside count where their amounts parse: the totals are those of the file.

use crate::domain::money::{Decimal, parse_amount};
use crate::domain::refus::Refus;
use crate::frames::checks::Controle;

/// Failed checks listed one by one; the total of the file tells the others.
const LISTED: usize = 50;

/// What a bordereau announces and what its lines gave.
#[derive(Debug, Default)]
pub(super) struct Totaux {
    pieces: Pair,
    ht: Pair,
    tva: Pair,
}

#[derive(Debug, Default, Clone, Copy)]
struct Pair {
    announced: Option<i64>,
    obtained: i64,
}

impl Pair {
    fn add(&mut self, value: i64) {
        self.obtained = self.obtained.saturating_add(value);
    }
}

impl Totaux {
    /// Takes a leaf of `BlocBordereau`; the reason when it is a total that cannot be read.
    pub(super) fn leaf(&mut self, name: &str, value: &str) -> Option<&'static str> {
        let slot = match name {
            "NbrPce" | "NbrePce" => {
                self.pieces.announced = value.trim().parse().ok();
                return self.pieces.announced.is_none().then_some("n’est pas un nombre de pièces");
            }
            "MtBordHT" | "MtBordHt" => &mut self.ht,
            "MtBordTVA" | "MtBordTva" => &mut self.tva,
            _ => return None,
        };
        match parse_amount(value.as_bytes(), Decimal::Point) {
            Ok(amount) => slot.announced = Some(amount.centimes),
            Err(error) => return Some(error.raison()),
        }
        None
    }

    /// Counts a piece.
    pub(super) fn piece(&mut self) {
        self.pieces.add(1);
    }

    /// Counts a line, in the sign of the file.
    pub(super) fn ligne(&mut self, ht: i64, tva: i64) {
        self.ht.add(ht);
        self.tva.add(tva);
    }
}

/// The checks of a file: the total over its bordereaux, then each bordereau that differs.
#[derive(Debug, Default)]
pub(super) struct Controles {
    total: [Pair; 3],
    bordereaux: usize,
    failed: Vec<Controle>,
}

const CODES: [(&str, &str); 3] = [
    ("NbrPce", "nombre de pièces annoncé = pièces lues"),
    ("MtBordHT", "montant HT annoncé = somme des lignes"),
    ("MtBordTVA", "montant de TVA annoncé = somme des lignes"),
];

impl Controles {
    /// Closes a bordereau.
    pub(super) fn bordereau(&mut self, numero: &str, exercice: u16, totaux: &Totaux) {
        self.bordereaux += 1;
        let pairs = [totaux.pieces, totaux.ht, totaux.tva];
        for ((pair, total), (code, libelle)) in pairs.iter().zip(&mut self.total).zip(CODES) {
            let Some(announced) = pair.announced else { continue };
            total.announced = Some(total.announced.unwrap_or(0).saturating_add(announced));
            total.add(pair.obtained);
            if announced != pair.obtained && self.failed.len() < LISTED {
                let code = format!("{code} {numero}");
                let libelle = format!("bordereau {numero} de {exercice} : {libelle}");
                self.failed.push(Controle::equal(&code, libelle, announced, pair.obtained));
            }
        }
    }

    /// The checks to show.
    pub(super) fn finish(self) -> Vec<Controle> {
        let mut out = Vec::new();
        if self.bordereaux != 1 || self.failed.is_empty() {
            for (pair, (code, libelle)) in self.total.iter().zip(CODES) {
                if let Some(announced) = pair.announced {
                    let libelle = format!("tous les bordereaux : {libelle}");
                    out.push(Controle::equal(code, libelle, announced, pair.obtained));
                }
            }
        }
        out.extend(self.failed);
        out
    }
}

/// A bordereau without its document: neither its budget nor its sense is known.
pub(super) fn alone(nom: &str) -> Refus {
    Refus::new(
        format!("{nom} : un bordereau seul, sans le PES_Aller qui l’entoure"),
        "donner le PES Aller entier : c’est lui qui dit le budget, et s’il s’agit de mandats ou de titres",
    )
}
