//! `PES_Marche`: contracts, one row a buyer, with their suppliers, subcontractors and changes.
//!
//! A contract shared by several buyers gives a contract to each, with its own share of the amount.
//!
//! **Invariant:** an amount that is not one is absent and told, never zero.

use crate::domain::calendar::{DateOrder, NO_DAY, parse_day};
use crate::domain::money::{Centimes, Decimal, parse_amount};
use crate::domain::refus::Refus;
use crate::frames::contract::{Avenant, ContractFrame, Contrat, Titulaire};
use crate::frames::issue::{Issue, Severity};
use crate::ingest::mapped::percent_encoded;
use crate::ingest::xml::{Node, Xml};

/// The contracts of a file.
#[derive(Debug)]
pub(super) struct Marches<'a> {
    nom: &'a str,
    acheteur: &'a str,
    /// Contracts read.
    pub(super) read: u64,
    /// What was doubtful.
    pub(super) issues: Vec<Issue>,
    contrat: Contrat,
    /// Buyers and their share of the amount.
    acheteurs: Vec<(String, Option<Centimes>)>,
    longest: Option<u32>,
    person: bool,
}

impl<'a> Marches<'a> {
    /// `acheteur`: SIRET of the sender, the buyer of a contract that names none.
    pub(super) fn new(nom: &'a str, acheteur: &'a str) -> Self {
        Self {
            nom,
            acheteur,
            read: 0,
            issues: Vec::new(),
            contrat: Contrat::default(),
            acheteurs: Vec::new(),
            longest: None,
            person: false,
        }
    }

    /// Reads the `PES_Marche` just opened, up to its closing.
    pub(super) fn read(
        &mut self,
        xml: &mut Xml<'_>,
        frame: &mut ContractFrame,
    ) -> Result<(), Refus> {
        let top = xml.path().len();
        loop {
            match xml.next()? {
                Node::Open => self.open(xml),
                Node::Close if xml.path().len() == top => return Ok(()),
                Node::Close if xml.name() == "Marche" => self.close(frame),
                Node::Close => {}
                Node::End => return Ok(()),
            }
        }
    }

    fn open(&mut self, xml: &Xml<'_>) {
        let path = xml.path();
        let (parent, above) = (&path[path.len() - 2], &path[path.len() - 3]);
        let value = xml.attr("V").unwrap_or_default().trim();
        let contrat = &mut self.contrat;
        match (parent.as_str(), xml.name()) {
            (_, "Marche") => {
                *contrat = Contrat { notification: NO_DAY, fin: NO_DAY, ..Contrat::default() };
                self.acheteurs.clear();
                self.longest = None;
            }
            ("Acheteurs", "Acheteur") => self.acheteurs.push((String::new(), None)),
            ("Acheteur", "IdAcheteur") => {
                if let Some(last) = self.acheteurs.last_mut() {
                    value.clone_into(&mut last.0);
                }
            }
            ("Operateurs", "Titulaire") => contrat.titulaires.push(Titulaire::default()),
            ("Operateurs", "SousTraitantPaiementDirect") => {
                contrat.titulaires.push(Titulaire { sous_traitant: true, ..Titulaire::default() });
            }
            ("ModificationsMarche", _) => {
                contrat.avenants.push(Avenant { jour: NO_DAY, ..Avenant::default() });
                if xml.name().contains("SousTraitance") {
                    contrat
                        .titulaires
                        .push(Titulaire { sous_traitant: true, ..Titulaire::default() });
                }
            }
            ("VentilationAcheteur", "IdAcheteur") => {
                // the share that follows is that of this buyer: it is moved to the end
                let known = self.acheteurs.iter().position(|(id, _)| id == value);
                let buyer = known.map_or((value.to_owned(), None), |at| self.acheteurs.remove(at));
                self.acheteurs.push(buyer);
            }
            ("VentilationAcheteur", "MontantHTNotifie") => {
                let share = self.amount("MontantHTNotifie", value);
                if let Some(last) = self.acheteurs.last_mut() {
                    last.1 = share;
                }
            }
            ("Titulaire" | "SousTraitantPaiementDirect", name) => self.supplier(name, value),
            ("Marche" | "IdentifiantMarche", name) => self.leaf(name, value),
            _ if above == "ModificationsMarche" => self.change(xml.name(), value),
            _ => {}
        }
    }

    fn supplier(&mut self, name: &str, value: &str) {
        let Some(titulaire) = self.contrat.titulaires.last_mut() else { return };
        match name {
            "IdTitulaire" | "IdSousTraitant" | "Id" => value.clone_into(&mut titulaire.id),
            "DenominationSociale" => value.clone_into(&mut titulaire.nom),
            "NatIdTitulaire" | "NatIdSousTraitant" | "NatId" => self.person = value == "04",
            _ => {}
        }
        // a NIR is not kept
        if self.person && matches!(name, "IdTitulaire" | "IdSousTraitant" | "Id") {
            titulaire.id.clear();
        }
    }

    fn leaf(&mut self, name: &str, value: &str) {
        match name {
            "IdContrat" => value.clone_into(&mut self.contrat.numero),
            "NatureMarche" => value.clone_into(&mut self.contrat.nature),
            "Objet" => value.clone_into(&mut self.contrat.objet),
            "CodeCPV" => value.clone_into(&mut self.contrat.cpv),
            "ProcedureMarche" => value.clone_into(&mut self.contrat.procedure),
            "DureeEnMois" => self.contrat.duree_mois = months(value),
            "DureeEnMoisMaximumPossible" => self.longest = months(value),
            "MontantHTNotifie" => self.contrat.montant_ht = self.amount(name, value),
            "MontantHTMaximum" | "MontantHTMax" => {
                self.contrat.maximum_ht = self.amount(name, value);
            }
            "DateNotification" => self.contrat.notification = self.day(name, value),
            _ => {}
        }
    }

    fn change(&mut self, name: &str, value: &str) {
        let amount = match name {
            "MontantHTNotifie" | "MontantHT" | "MontantHTModifie" => self.amount(name, value),
            _ => None,
        };
        let day = match name {
            "DateNotificationModification" | "DateNotification" | "DateSignatureModification" => {
                self.day(name, value)
            }
            _ => NO_DAY,
        };
        let Some(avenant) = self.contrat.avenants.last_mut() else { return };
        match name {
            "ObjetModification" => value.clone_into(&mut avenant.objet),
            "DureeEnMois" | "DureeEnMoisModifiee" => avenant.duree_mois = months(value),
            "Id" | "NatId" | "DenominationSociale" => self.supplier(name, value),
            _ => {
                avenant.montant_ht = avenant.montant_ht.or(amount);
                avenant.jour = if day == NO_DAY { avenant.jour } else { day };
            }
        }
    }

    fn amount(&mut self, name: &str, value: &str) -> Option<Centimes> {
        if value.is_empty() {
            return None;
        }
        match parse_amount(value.as_bytes(), Decimal::Point) {
            Ok(amount) => Some(Centimes(amount.centimes)),
            Err(error) => {
                self.doubt(name, value, error.raison());
                None
            }
        }
    }

    fn day(&mut self, name: &str, value: &str) -> i32 {
        if value.is_empty() {
            return NO_DAY;
        }
        parse_day(value.as_bytes(), DateOrder::Ymd).unwrap_or_else(|error| {
            self.doubt(name, value, error.raison());
            NO_DAY
        })
    }

    fn doubt(&mut self, name: &str, value: &str, reason: &str) {
        self.issues.push(Issue {
            severity: Severity::Attention,
            fichier: self.nom.to_owned(),
            enregistrement: self.read + 1,
            colonne: name.to_owned(),
            valeur: value.chars().take(200).collect(),
            raison: format!("{reason} : laissé absent"),
            a_faire: "vérifier le marché dans le logiciel d’origine".to_owned(),
        });
    }

    /// One contract a buyer, with its share where the contract says it.
    fn close(&mut self, frame: &mut ContractFrame) {
        self.read += 1;
        let mut contrat = std::mem::take(&mut self.contrat);
        contrat.provenance = format!("{}#{}", percent_encoded(self.nom), self.read);
        "pes_marche".clone_into(&mut contrat.origine);
        contrat.reconductions = renewals(contrat.duree_mois, self.longest);
        contrat.duree_mois = contrat.duree_mois.filter(|n| *n > 0);
        distinct(&mut contrat.titulaires);
        contrat.avenants.sort();
        let mut buyers = std::mem::take(&mut self.acheteurs);
        buyers.retain(|(id, _)| !id.is_empty());
        if buyers.is_empty() {
            buyers.push((self.acheteur.to_owned(), None));
        }
        buyers.sort();
        buyers.dedup_by(|a, b| a.0 == b.0);
        for (acheteur, share) in buyers {
            let montant_ht = share.or(contrat.montant_ht);
            frame.contrats.push(Contrat { acheteur, montant_ht, ..contrat.clone() });
        }
    }
}

fn months(value: &str) -> Option<u32> {
    value.parse().ok().filter(|n| *n <= 1_200)
}

/// Renewals of the same length that reach the longest length possible.
fn renewals(length: Option<u32>, longest: Option<u32>) -> u8 {
    match (length, longest) {
        (Some(one), Some(all)) if one > 0 && all > one && all % one == 0 => {
            u8::try_from(all / one - 1).unwrap_or(u8::MAX)
        }
        _ => 0,
    }
}

/// Suppliers without repeats, in the order written; the empty ones left out.
fn distinct(suppliers: &mut Vec<Titulaire>) {
    let mut seen = std::collections::BTreeSet::new();
    suppliers.retain(|t| !(t.id.is_empty() && t.nom.is_empty()) && seen.insert(t.clone()));
}
