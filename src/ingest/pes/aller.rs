//! `PES_Aller`: events to ledger rows and contracts, one piece in memory at a time.
//!
//! The paid amount of a line is `MtHT` plus `MtTVA` when there is one; a bordereau of type 02 or a piece
//! of type 02 is a cancellation, written positive, kept negative. A line without payee has that of the
//! line before in the same piece.
//!
//! **Invariant:** after a refusal the ledger and the contracts are as they were before.

use std::collections::BTreeSet;

use crate::domain::calendar::{DateOrder, NO_DAY, parse_day};
use crate::domain::money::{Decimal, parse_amount};
use crate::domain::refus::Refus;
use crate::frames::contract::ContratsLus;
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::{AmountKey, DateKey, Sens, TextKey};
use crate::frames::ledger_builder::LedgerRow;
use crate::frames::reconcile::EcrituresLues;
use crate::ingest::format::{Consigne, Lu, Recolte, Source};
use crate::ingest::mapped::{none_usable, percent_encoded};
use crate::ingest::xml::{Node, Xml};

use super::controle::{Controles, Totaux, alone};
use super::marche;
use super::texts::{Texts, Tiers, facture, layered};

/// Doubts of one kind told one by one; a last one says how many more.
const TOLD: usize = 20;

/// Reads a PES Aller.
pub(super) fn read(
    source: &Source<'_>,
    consigne: &Consigne<'_>,
    recolte: &mut Recolte,
) -> Result<Lu, Refus> {
    let (rows, sources) = (recolte.ledgers.len(), recolte.ecritures.len());
    let contrats = recolte.contrats.contrats.len();
    let mut xml = Xml::open(source.chemin, source.nom)?;
    let mut aller = Aller::new(source.nom, recolte);
    let outcome = aller.run(&mut xml, consigne).and_then(|lu| aller.finish(&xml, lu));
    let opened = aller.opened;
    if outcome.is_err() || recolte.ecritures.len() == sources {
        if opened {
            recolte.ledgers.rollback(rows);
        }
        if outcome.as_ref().map_or(true, |lu| !lu.remarque.is_empty()) {
            recolte.contrats.contrats.truncate(contrats);
        }
    }
    outcome
}

/// Level of the line being read.
#[derive(Debug, Default)]
struct Ligne {
    texts: Texts,
    ht: String,
    tva: String,
    libelles: [String; 2],
    tiers: usize,
}

#[derive(Debug, Default)]
struct Bordereau {
    texts: Texts,
    exercice: u16,
    annule: bool,
    day: Option<i32>,
    totaux: Totaux,
}

#[derive(Debug, Default)]
struct Piece {
    texts: Texts,
    annule: bool,
    reception: Option<i32>,
    lignes: u64,
}

struct Aller<'r> {
    nom: &'r str,
    recolte: &'r mut Recolte,
    opened: bool,
    sens: Option<Sens>,
    siret: String,
    day: Option<i32>,
    document: Texts,
    bordereau: Bordereau,
    piece: Piece,
    tiers: Tiers,
    ligne: Option<Ligne>,
    lues: EcrituresLues,
    controles: Controles,
    issues: Vec<Issue>,
    told: [usize; 5],
    others: BTreeSet<String>,
    marches: u64,
}

/// Kinds of doubts that leave the row in.
#[derive(Debug, Clone, Copy)]
enum Doubt {
    Numero,
    Date,
    Rounded,
    Negative,
    Empty,
}

impl<'r> Aller<'r> {
    fn new(nom: &'r str, recolte: &'r mut Recolte) -> Self {
        Self {
            nom,
            recolte,
            opened: false,
            sens: None,
            siret: String::new(),
            day: None,
            document: Texts::default(),
            bordereau: Bordereau::default(),
            piece: Piece::default(),
            tiers: Tiers::default(),
            ligne: None,
            lues: EcrituresLues::default(),
            controles: Controles::default(),
            issues: Vec::new(),
            told: [0; 5],
            others: BTreeSet::new(),
            marches: 0,
        }
    }

    /// Reads to the end, or to the header when it is that of another commune.
    fn run(&mut self, xml: &mut Xml<'_>, consigne: &Consigne<'_>) -> Result<String, Refus> {
        let mut told = 0;
        loop {
            match xml.next()? {
                Node::Open => self.open(xml)?,
                Node::Close => self.close(xml),
                Node::End => return Ok(String::new()),
            }
            if xml.path().len() == 2 && xml.name() == "EnTetePES" && !self.siret.is_empty() {
                let other = consigne.siren.is_some_and(|s| !self.siret.starts_with(s));
                if other {
                    return Ok(format!("autre commune (SIRET {})", self.siret));
                }
            }
            if xml.bytes_read() > told + (4 << 20) {
                told = xml.bytes_read();
                consigne.progress.tick("Lecture", told, told);
                if consigne.progress.cancelled() {
                    return Err(Refus::new("lecture interrompue", "relancer la commande"));
                }
            }
        }
    }

    fn open(&mut self, xml: &mut Xml<'_>) -> Result<(), Refus> {
        let depth = xml.path().len();
        let name = xml.name();
        if depth == 1 {
            return if name == "PES_Aller" { Ok(()) } else { Err(alone(self.nom)) };
        }
        if matches!(name, "Signature" | "PESSignatureGroup") {
            return xml.skip();
        }
        if depth == 2 {
            return self.open_domain(xml);
        }
        if self.sens.is_none() {
            if depth == 3 && xml.path()[1] == "EnTetePES" {
                self.header(xml.name(), xml.attr("V").unwrap_or_default());
            }
            return Ok(());
        }
        match (name, depth) {
            ("Bordereau", 3) => self.bordereau = Bordereau::default(),
            ("Piece", 4) => {
                self.piece = Piece::default();
                self.tiers = Tiers::default();
                self.bordereau.totaux.piece();
            }
            ("LigneDePiece", 5) => self.ligne = Some(Ligne::default()),
            ("Tiers", _) => self.open_tiers(),
            _ => {
                if let Some(value) = xml.attr("V") {
                    let parent = &xml.path()[depth - 2];
                    self.leaf(parent, name, value.trim());
                }
            }
        }
        Ok(())
    }

    fn open_domain(&mut self, xml: &mut Xml<'_>) -> Result<(), Refus> {
        match xml.name() {
            "PES_DepenseAller" => self.sens = Some(Sens::D),
            "PES_RecetteAller" => self.sens = Some(Sens::R),
            "PES_Marche" => {
                let mut contrats = marche::Marches::new(self.nom, &self.siret);
                contrats.read(xml, &mut self.recolte.contrats)?;
                self.marches += contrats.read;
                self.issues.append(&mut contrats.issues);
            }
            "Enveloppe" | "EnTetePES" => {}
            other => {
                self.others.insert(other.to_owned());
                xml.skip()?;
            }
        }
        Ok(())
    }

    fn header(&mut self, name: &str, value: &str) {
        match name {
            "IdColl" => value.trim().clone_into(&mut self.siret),
            "CodBud" => self.document.set(TextKey::Budget, value),
            "DteStr" => self.day = parse_day(value.as_bytes(), DateOrder::Ymd).ok(),
            _ => {}
        }
    }

    fn open_tiers(&mut self) {
        match &mut self.ligne {
            Some(ligne) => {
                ligne.tiers += 1;
                if ligne.tiers == 1 {
                    self.tiers = Tiers::default();
                }
            }
            None => self.tiers = Tiers::default(),
        }
    }

    /// Takes a value; `parent` is the element around it.
    fn leaf(&mut self, parent: &str, name: &str, value: &str) {
        match parent {
            "BlocBordereau" => self.bordereau_leaf(name, value),
            "InfoTiers" | "CpteBancaire" | "Bancaire" => {
                // joint payees: the first one is the payee
                if self.ligne.as_ref().is_none_or(|l| l.tiers <= 1) {
                    self.tiers.leaf(name, value);
                }
            }
            "Adresse" => {}
            _ if self.ligne.is_some() => self.ligne_leaf(name, value),
            _ => self.piece_leaf(name, value),
        }
    }

    fn bordereau_leaf(&mut self, name: &str, value: &str) {
        match name {
            "Exer" => {
                let year = value.parse().ok().filter(|y| (1970..=2100).contains(y));
                self.bordereau.exercice = year.unwrap_or(0);
                if year.is_none() {
                    self.doubt(Doubt::Date, name, value, "n’est pas un exercice");
                }
            }
            "IdBord" => self.bordereau.texts.set(TextKey::Bordereau, value),
            "TypBord" => self.bordereau.annule = value == "02",
            "DteBordEm" => self.bordereau.day = self.date(name, value),
            _ => {
                if let Some(reason) = self.bordereau.totaux.leaf(name, value) {
                    self.doubt(Doubt::Rounded, name, value, reason);
                }
            }
        }
    }

    fn piece_leaf(&mut self, name: &str, value: &str) {
        match name {
            "IdPce" => self.piece.texts.set(TextKey::Mandat, value),
            "TypPce" => self.piece.annule = value == "02",
            "Obj" | "ObjPce" => self.piece.texts.set(TextKey::Objet, value),
            "CodServ" => self.piece.texts.set(TextKey::Service, value),
            "NumDette" => self.piece.texts.set(TextKey::Facture, value),
            "DteDebDgp" => self.piece.reception = self.date(name, value),
            _ => {
                if let Some(key) = link(name) {
                    self.piece.texts.or(key, value);
                }
            }
        }
    }

    fn ligne_leaf(&mut self, name: &str, value: &str) {
        let Some(ligne) = &mut self.ligne else { return };
        match name {
            "MtHT" | "MtTTC" if ligne.ht.is_empty() => value.clone_into(&mut ligne.ht),
            "MtTVA" => value.clone_into(&mut ligne.tva),
            "IdLigne" => ligne.texts.set(TextKey::Ligne, value),
            "Nature" => ligne.texts.set(TextKey::Nature, value),
            "Fonction" => ligne.texts.set(TextKey::Fonction, value),
            "Chapitre" | "CodChap" => ligne.texts.set(TextKey::Chapitre, value),
            "CodServ" => ligne.texts.set(TextKey::Service, value),
            "ModRegl" => ligne.texts.set(TextKey::ModeReglement, mode(value)),
            "ObjLignePce" => ligne.texts.set(TextKey::Objet, value),
            "LibVir1" => value.clone_into(&mut ligne.libelles[0]),
            "LibVir2" => value.clone_into(&mut ligne.libelles[1]),
            _ => {
                if let Some(key) = link(name) {
                    ligne.texts.or(key, value);
                }
            }
        }
    }

    fn close(&mut self, xml: &Xml<'_>) {
        if self.sens.is_none() {
            return;
        }
        match (xml.name(), xml.path().len()) {
            ("LigneDePiece", 5) => self.row(),
            ("Piece", 4) if self.piece.lignes == 0 => {
                let numero = self.piece.texts.get(TextKey::Mandat).to_owned();
                self.doubt(Doubt::Empty, "Piece", &numero, "pièce sans aucune ligne");
            }
            ("Bordereau", 3) => {
                let numero = self.bordereau.texts.get(TextKey::Bordereau).to_owned();
                self.controles.bordereau(&numero, self.bordereau.exercice, &self.bordereau.totaux);
            }
            (_, 2) => self.sens = None,
            _ => {}
        }
    }

    /// The row of the line just closed.
    fn row(&mut self) {
        let Some(mut ligne) = self.ligne.take() else { return };
        self.piece.lignes += 1;
        self.lues.lignes_lues += 1;
        let cancels = self.bordereau.annule || self.piece.annule;
        let ht = parse_amount(ligne.ht.as_bytes(), Decimal::Point);
        let tva = (!ligne.tva.is_empty())
            .then(|| parse_amount(ligne.tva.as_bytes(), Decimal::Point))
            .transpose();
        let sign = |amount: i64| if cancels && amount > 0 { -amount } else { amount };
        if let Ok(ht) = ht {
            self.bordereau.totaux.ligne(ht.centimes, tva.ok().flatten().map_or(0, |t| t.centimes));
        }
        let (ht, tva) = match (ht, tva) {
            (Ok(ht), Ok(tva)) => (ht, tva),
            (Err(error), _) => return self.aside("MtHT", &ligne.ht, error.raison(), 0),
            (Ok(ht), Err(error)) => {
                return self.aside("MtTVA", &ligne.tva, error.raison(), sign(ht.centimes));
            }
        };
        self.doubts_of_row(&ligne, cancels, ht.exact && tva.is_none_or(|t| t.exact), ht.centimes);
        let (ht, tva) = (sign(ht.centimes), tva.map(|t| sign(t.centimes)));
        self.complete(&mut ligne);
        self.push(&ligne, ht, tva);
    }

    fn doubts_of_row(&mut self, ligne: &Ligne, cancels: bool, exact: bool, ht: i64) {
        if !exact {
            let written = [ligne.ht.as_str(), &ligne.tva].join(" + ");
            self.doubt(
                Doubt::Rounded,
                "MtHT",
                &written,
                "plus de deux décimales, arrondi au centime",
            );
        }
        if cancels && ht < 0 {
            let why = "annulation déjà négative, laissée telle quelle";
            self.doubt(Doubt::Negative, "MtHT", &ligne.ht, why);
        }
        if self.piece.texts.get(TextKey::Mandat).is_empty() {
            let why = "pièce sans numéro, impossible à rapprocher d’une autre source";
            self.doubt(Doubt::Numero, "IdPce", "", why);
        }
    }

    /// Object and invoice number from the free texts, when the fields do not say them.
    fn complete(&self, ligne: &mut Ligne) {
        let objet = self.piece.texts.get(TextKey::Objet);
        if objet.is_empty() {
            let both = ligne.libelles.join(" ");
            ligne.texts.or(TextKey::Objet, both.trim());
        }
        if self.piece.texts.get(TextKey::Facture).is_empty() {
            let texts = [objet, &ligne.libelles[0], &ligne.libelles[1]];
            if let Some(found) = texts.iter().find_map(|t| facture(t)) {
                ligne.texts.or(TextKey::Facture, found);
            }
        }
    }

    fn push(&mut self, ligne: &Ligne, ht: i64, tva: Option<i64>) {
        if !std::mem::replace(&mut self.opened, true) {
            self.recolte.ledgers.source(&percent_encoded(self.nom));
        }
        // both are under a thousand billion euros
        let montant = ht + tva.unwrap_or(0);
        let tiers = self.tiers.texts();
        let levels =
            [&ligne.texts, &tiers, &self.piece.texts, &self.bordereau.texts, &self.document];
        let mut row = LedgerRow {
            record: self.lues.lignes_lues as u32,
            montant,
            sens: self.sens.unwrap_or(Sens::D),
            exercice: self.bordereau.exercice,
            texts: layered(&levels),
            ..LedgerRow::empty()
        };
        row.dates[DateKey::Mandat as usize] = self.bordereau.day.or(self.day).unwrap_or(NO_DAY);
        row.dates[DateKey::Reception as usize] = self.piece.reception.unwrap_or(NO_DAY);
        if let Some(tva) = tva {
            row.amounts[AmountKey::Ht as usize] = ht;
            row.amounts[AmountKey::Tva as usize] = tva;
            row.amounts[AmountKey::Ttc as usize] = montant;
        }
        self.recolte.ledgers.push(&row);
        self.lues.lignes_retenues += 1;
        self.lues.total += i128::from(montant);
    }

    fn aside(&mut self, column: &str, value: &str, reason: &str, amount: i64) {
        self.lues.lignes_ecartees += 1;
        self.lues.total_ecarte += i128::from(amount);
        let advice = "corriger la ligne dans le logiciel financier et exporter de nouveau le PES";
        self.issue(Severity::Ecartee, column, value, reason, advice);
    }

    fn date(&mut self, name: &str, value: &str) -> Option<i32> {
        match parse_day(value.as_bytes(), DateOrder::Ymd) {
            Ok(day) => Some(day),
            Err(error) => {
                self.doubt(Doubt::Date, name, value, error.raison());
                None
            }
        }
    }

    /// A doubt that leaves the row in; after some of a kind, they are only counted.
    fn doubt(&mut self, kind: Doubt, column: &str, value: &str, reason: &str) {
        let told = &mut self.told[kind as usize];
        *told += 1;
        let advice = match kind {
            Doubt::Numero => "vérifier la pièce dans le logiciel financier",
            Doubt::Date => "vérifier la valeur dans le bordereau d’origine",
            Doubt::Rounded => "vérifier le montant dans le bordereau d’origine",
            Doubt::Negative => {
                "vérifier le sens de la pièce : une annulation s’écrit en positif dans un PES"
            }
            Doubt::Empty => "vérifier que la pièce n’a pas perdu ses lignes à l’export",
        };
        if *told <= TOLD {
            self.issue(Severity::Attention, column, value, reason, advice);
        } else if *told == TOLD + 1 {
            let reason = format!("{reason} ; les suivants du même genre ne sont pas listés");
            self.issue(Severity::Attention, column, "", &reason, advice);
        }
    }

    fn issue(&mut self, severity: Severity, column: &str, value: &str, reason: &str, advice: &str) {
        self.issues.push(Issue {
            severity,
            fichier: self.nom.to_owned(),
            enregistrement: self.lues.lignes_lues,
            colonne: column.to_owned(),
            valeur: value.chars().take(200).collect(),
            raison: reason.to_owned(),
            a_faire: advice.to_owned(),
        });
    }

    /// Hands the counts over once the whole file was read.
    fn finish(&mut self, xml: &Xml<'_>, remarque: String) -> Result<Lu, Refus> {
        let sha256 = xml.sha256();
        let format =
            if self.lues.lignes_lues == 0 && self.marches > 0 { "pes_marche" } else { "pes" };
        let lu = Lu { sha256: sha256.clone(), format: format.to_owned(), remarque };
        if !lu.remarque.is_empty() {
            return Ok(lu);
        }
        if self.recolte.ledgers.is_full() {
            return Err(Refus::new(
                format!(
                    "« {} » porte plus de 4 Gio de textes différents dans une colonne",
                    self.nom
                ),
                "lire chaque exercice séparément",
            ));
        }
        if self.lues.lignes_lues > 0 && self.lues.lignes_retenues == 0 {
            return Err(self.nothing_usable());
        }
        if self.lues.lignes_lues == 0 && self.marches == 0 {
            let held: Vec<&str> = self.others.iter().map(String::as_str).collect();
            let held = if held.is_empty() { "rien".to_owned() } else { held.join(", ") };
            let remarque =
                format!("ni mandat, ni titre, ni marché dans ce PES (il contient : {held})");
            return Ok(Lu { remarque, ..lu });
        }
        self.remarks(xml);
        self.recolte.issues.append(&mut self.issues);
        if self.marches > 0 {
            self.recolte.contrats.sources.push(ContratsLus {
                fichier: self.nom.to_owned(),
                format: "pes_marche".to_owned(),
                sha256: sha256.clone(),
                lus: self.marches,
                retenus: self.marches,
                ecartes: 0,
            });
        }
        if self.opened {
            self.recolte.ecritures.push(EcrituresLues {
                fichier: self.nom.to_owned(),
                format: "pes".to_owned(),
                siret: self.siret.clone(),
                encodage: xml.encodage().to_owned(),
                sha256,
                controles: std::mem::take(&mut self.controles).finish(),
                ..std::mem::take(&mut self.lues)
            });
        }
        Ok(lu)
    }

    fn nothing_usable(&self) -> Refus {
        let first: Vec<String> = self
            .issues
            .iter()
            .filter(|i| i.severity == Severity::Ecartee)
            .take(3)
            .map(|i| {
                format!(
                    "ligne {}, {} : « {} » : {}",
                    i.enregistrement, i.colonne, i.valeur, i.raison
                )
            })
            .collect();
        Refus::new(
            format!("{} : {}", self.nom, none_usable(self.lues.lignes_lues, "ligne de pièce")),
            "exporter de nouveau le PES depuis le logiciel financier",
        )
        .with_extrait(first.join("\n"))
    }

    /// What is worth knowing of the file as a whole.
    fn remarks(&mut self, xml: &Xml<'_>) {
        let record = std::mem::take(&mut self.lues.lignes_lues);
        if let Some(remark) = xml.encoding_remark() {
            let advice = "vérifier les accents ; corriger l’encodage annoncé à l’export";
            self.issue(Severity::Information, "encoding", "", &remark, advice);
        }
        if xml.skipped() > 0 {
            let reason = format!(
                "{} textes très longs (pièces jointes) passés sans être gardés",
                xml.skipped()
            );
            self.issue(Severity::Information, "", "", &reason, "rien : les écritures sont lues");
        }
        let unread: Vec<&str> = self
            .others
            .iter()
            .map(String::as_str)
            .filter(|o| *o != "PES_PJ" && *o != "PJ")
            .collect();
        if !unread.is_empty() {
            let reason = format!("domaines du PES laissés de côté : {}", unread.join(", "));
            let advice = "rien : seuls les mandats, les titres et les marchés sont lus";
            self.issue(Severity::Information, "", "", &reason, advice);
        }
        self.lues.lignes_lues = record;
    }
}

/// Column of a leaf that names another object, whatever the software calls it.
fn link(name: &str) -> Option<TextKey> {
    match name {
        "IdMarche" | "IdContrat" | "NumMarche" | "NumeroMarche" => Some(TextKey::Marche),
        "Operation" | "IdOperation" | "NumOper" | "CodOper" => Some(TextKey::Operation),
        "NumEngagement" | "NumeroEngagement" | "IdEngagement" | "NumEng" | "NumEngJur"
        | "Engagement" => Some(TextKey::Engagement),
        "IdRegie" | "NumRegie" | "Regie" => Some(TextKey::Regie),
        _ => None,
    }
}

/// Words for the codes of `ModRegl` that are sure; the code itself otherwise.
fn mode(code: &str) -> &str {
    match code {
        "01" => "Numéraire",
        "02" => "Chèque",
        "03" => "Virement",
        "10" => "Prélèvement",
        other => other,
    }
}
