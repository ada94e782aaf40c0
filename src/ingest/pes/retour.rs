//! `PES_Retour`: dates and states of pieces, to a [`RetourFrame`]; `PES_ACQUIT`: what Hélios refused.
//!
//! A return adds no row to the ledger: it dates the mandats that another file brought.
//!
//! **Invariant:** a refused bordereau or piece is told with the words of the comptable.

use crate::domain::calendar::{DateOrder, NO_DAY, parse_day};
use crate::domain::refus::Refus;
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::Sens;
use crate::frames::open_table::TableLue;
use crate::frames::retour::PieceRetour;
use crate::ingest::format::{Consigne, Lu, Recolte, Source};
use crate::ingest::mapped::percent_encoded;
use crate::ingest::xml::{Node, Xml};

/// Refusals listed one by one.
const TOLD: u64 = 200;

/// Reads a return or an acknowledgement.
pub(super) fn read(
    source: &Source<'_>,
    consigne: &Consigne<'_>,
    recolte: &mut Recolte,
) -> Result<Lu, Refus> {
    let mut xml = Xml::open(source.chemin, source.nom)?;
    let mut retour = Retour::new(source.nom);
    let acquit = retour.run(&mut xml)?;
    let lu = Lu {
        sha256: xml.sha256(),
        format: if acquit { "pes_acquit" } else { "pes_retour" }.to_owned(),
        remarque: String::new(),
    };
    if consigne.siren.is_some_and(|s| !retour.siret.is_empty() && !retour.siret.starts_with(s)) {
        return Ok(Lu { remarque: format!("autre commune (SIRET {})", retour.siret), ..lu });
    }
    retour.summary(acquit);
    let read = if acquit { retour.elements } else { retour.pieces.len() as u64 };
    recolte.retours.lues.push(TableLue {
        fichier: source.nom.to_owned(),
        format: lu.format.clone(),
        sha256: lu.sha256.clone(),
        lignes_lues: read,
        lignes_retenues: read,
        ..TableLue::default()
    });
    recolte.issues.append(&mut retour.issues);
    recolte.retours.pieces.append(&mut retour.pieces);
    Ok(lu)
}

struct Retour<'a> {
    nom: &'a str,
    siret: String,
    budget: String,
    sens: Sens,
    bordereau: PieceRetour,
    piece: PieceRetour,
    pieces: Vec<PieceRetour>,
    issues: Vec<Issue>,
    element: Element,
    /// Elements acknowledged.
    elements: u64,
    accepted: u64,
    refused: u64,
}

/// A bordereau or an attachment acknowledged.
#[derive(Debug, Default)]
struct Element {
    domaine: String,
    etat: String,
    numero: String,
    exercice: String,
    piece: String,
    ligne: String,
    code: String,
    erreurs: u64,
}

impl<'a> Retour<'a> {
    fn new(nom: &'a str) -> Self {
        Self {
            nom,
            siret: String::new(),
            budget: String::new(),
            sens: Sens::D,
            bordereau: PieceRetour::default(),
            piece: PieceRetour::default(),
            pieces: Vec::new(),
            issues: Vec::new(),
            element: Element::default(),
            elements: 0,
            accepted: 0,
            refused: 0,
        }
    }

    /// Reads to the end; true for an acknowledgement.
    fn run(&mut self, xml: &mut Xml<'_>) -> Result<bool, Refus> {
        let mut acquit = false;
        loop {
            match xml.next()? {
                Node::Open if xml.path().len() == 1 => acquit = xml.name() == "PES_ACQUIT",
                Node::Open if matches!(xml.name(), "Signature" | "PES_PJ") => xml.skip()?,
                Node::Open => self.open(xml),
                Node::Close => self.close(xml),
                Node::End => return Ok(acquit),
            }
        }
    }

    fn open(&mut self, xml: &Xml<'_>) {
        let path = xml.path();
        let value = xml.attr("V").unwrap_or_default().trim();
        match (path[path.len() - 2].as_str(), xml.name()) {
            ("EnTetePES", "IdColl") => value.clone_into(&mut self.siret),
            ("EnTetePES", "CodBud") => value.clone_into(&mut self.budget),
            (_, "PES_DepenseRetour") => self.sens = Sens::D,
            (_, "PES_RecetteRetour") => self.sens = Sens::R,
            (_, "Bordereau") => {
                self.bordereau = PieceRetour {
                    budget: self.budget.clone(),
                    sens: self.sens,
                    ..PieceRetour::default()
                };
            }
            ("Bordereau", "Piece") => self.piece = self.bordereau.clone(),
            (_, "ElementACQUIT") => self.element = Element::default(),
            ("BlocBordereau", name) => self.bordereau_leaf(name, value),
            ("InfoPiece" | "InfoPce" | "BlocPiece", name) => self.piece_leaf(name, value),
            ("InfoLignePiece" | "InfoLignePce", name) if is_payment(name) => {
                self.piece.paiement = self.piece.paiement.max(self.day(name, value));
            }
            ("ElementACQUIT" | "DetailPiece" | "DetailLigne" | "Erreur", name) => {
                self.acquit_leaf(name, value);
            }
            _ => {}
        }
    }

    fn bordereau_leaf(&mut self, name: &str, value: &str) {
        match name {
            "Exer" => self.bordereau.exercice = value.parse().unwrap_or(0),
            "IdBord" => value.clone_into(&mut self.bordereau.bordereau),
            "TypBord" => self.bordereau.annulation = value == "02",
            _ => {}
        }
    }

    fn piece_leaf(&mut self, name: &str, value: &str) {
        match name {
            "IdPce" => value.clone_into(&mut self.piece.piece),
            "TypPce" => self.piece.annulation |= value == "02",
            "EtatPce" => value.clone_into(&mut self.piece.etat),
            "DtePcePec" => self.piece.prise_en_charge = self.day(name, value),
            _ if is_payment(name) => self.piece.paiement = self.day(name, value),
            _ => {}
        }
    }

    fn acquit_leaf(&mut self, name: &str, value: &str) {
        let slot = match name {
            "DomaineAck" => &mut self.element.domaine,
            "EtatAck" => &mut self.element.etat,
            "NumBord" | "IdUnique" => &mut self.element.numero,
            "ExerciceBord" => &mut self.element.exercice,
            "NumPiece" => &mut self.element.piece,
            "NumLigne" => &mut self.element.ligne,
            "NumAnoAck" => &mut self.element.code,
            "LibelleAnoAck" => return self.erreur(value),
            _ => return,
        };
        value.clone_into(slot);
    }

    /// A refusal, in the words of the comptable.
    fn erreur(&mut self, libelle: &str) {
        self.element.erreurs += 1;
        let e = &self.element;
        let place = format!("{}/{}/{}/{}", e.exercice, e.numero, e.piece, e.ligne);
        let reason = format!("rejeté par Hélios : {libelle} ({})", e.code);
        self.issue("exercice/bordereau/pièce/ligne", &place, &reason);
    }

    fn issue(&mut self, column: &str, value: &str, reason: &str) {
        self.refused += 1;
        if self.refused > TOLD {
            return;
        }
        self.issues.push(Issue {
            severity: Severity::Attention,
            fichier: self.nom.to_owned(),
            enregistrement: self.accepted + self.refused,
            colonne: column.to_owned(),
            valeur: value.chars().take(200).collect(),
            raison: reason.chars().take(300).collect(),
            a_faire: "corriger la pièce et la renvoyer au comptable".to_owned(),
        });
    }

    fn close(&mut self, xml: &Xml<'_>) {
        self.elements += u64::from(xml.name() == "ElementACQUIT");
        match xml.name() {
            "Piece" if xml.ends_with(&["Bordereau", "Piece"]) => {
                let mut piece = std::mem::take(&mut self.piece);
                let n = self.pieces.len() + 1;
                piece.provenance = format!("{}#{n}", percent_encoded(self.nom));
                self.pieces.push(piece);
            }
            "ElementACQUIT" if self.element.etat == "1" => self.accepted += 1,
            "ElementACQUIT" if self.element.erreurs == 0 => {
                let e = &self.element;
                let what = if e.domaine == "4" { "pièce jointe" } else { "bordereau" };
                let reason = format!("{what} refusé par Hélios, sans motif");
                let value = format!("{}/{}", e.exercice, e.numero);
                self.issue("exercice/numéro", &value, &reason);
            }
            _ => {}
        }
    }

    fn day(&mut self, name: &str, value: &str) -> i32 {
        parse_day(value.as_bytes(), DateOrder::Ymd).unwrap_or_else(|error| {
            self.issues.push(Issue {
                severity: Severity::Attention,
                fichier: self.nom.to_owned(),
                enregistrement: self.pieces.len() as u64 + 1,
                colonne: name.to_owned(),
                valeur: value.chars().take(200).collect(),
                raison: error.raison().to_owned(),
                a_faire: "vérifier la date auprès du comptable".to_owned(),
            });
            NO_DAY
        })
    }

    fn summary(&mut self, acquit: bool) {
        let raison = if acquit {
            format!(
                "acquittement : {}, {}",
                counted(self.accepted, "élément accepté"),
                counted(self.refused, "rejet")
            )
        } else {
            let dated = self.pieces.iter().filter(|p| p.prise_en_charge != NO_DAY).count();
            let paid = self.pieces.iter().filter(|p| p.paiement != NO_DAY).count();
            format!(
                "retour : {}, dont {} et {} ; aucune écriture à ajouter",
                counted(self.pieces.len() as u64, "pièce"),
                taken(dated as u64),
                counted(paid as u64, "payée")
            )
        };
        self.issues.push(Issue {
            severity: Severity::Information,
            fichier: self.nom.to_owned(),
            enregistrement: 0,
            colonne: String::new(),
            valeur: String::new(),
            raison,
            a_faire:
                "donner aussi les PES Aller ou le grand livre : le retour en complète les dates"
                    .to_owned(),
        });
    }
}

/// `1 élément accepté`, `3 éléments acceptés`: every word takes the plural.
fn counted(n: u64, words: &str) -> String {
    if n < 2 {
        return format!("{n} {words}");
    }
    let plural: Vec<String> = words.split(' ').map(|w| format!("{w}s")).collect();
    format!("{n} {}", plural.join(" "))
}

fn taken(n: u64) -> String {
    format!("{n} {} en charge", if n < 2 { "prise" } else { "prises" })
}

/// True for the name of a date of payment or of receipt of the money.
fn is_payment(name: &str) -> bool {
    name.starts_with("Dte") && ["Paie", "Pai", "Regl", "Encais"].iter().any(|w| name.contains(w))
}
