//! One contract of the essential data, from the spellings of 2019 and 2022, to a [`Contrat`].
//!
//! **Invariant:** an amount or a length that is not a number (`"NC"`) is absent, never zero, and told.

use std::collections::BTreeMap;

use crate::domain::calendar::{DateOrder, NO_DAY, parse_day};
use crate::domain::decimal::Decimale;
use crate::domain::money::{AmountError, Centimes};
use crate::domain::refus::Refus;
use crate::frames::contract::{Avenant, Contrat, ContratsLus, Titulaire};
use crate::frames::issue::{Issue, Severity};
use crate::ingest::format::{Lu, Recolte};
use crate::ingest::json::Valeur;
use crate::ingest::mapped::percent_encoded;

/// Bytes kept of an object.
const OBJET: usize = 1_000;
/// Suppliers and avenants kept of one contract.
const MOST: usize = 1_000;

/// A contract as read, its numbers still text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Brut {
    pub(super) numero: String,
    pub(super) acheteur: String,
    pub(super) nature: String,
    pub(super) objet: String,
    pub(super) cpv: String,
    pub(super) procedure: String,
    pub(super) notification: String,
    pub(super) duree: String,
    pub(super) montant: String,
    pub(super) publication: String,
    pub(super) titulaires: Vec<Titulaire>,
    pub(super) avenants: Vec<Modification>,
}

/// A change as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Modification {
    pub(super) date: String,
    pub(super) montant: String,
    pub(super) duree: String,
    pub(super) objet: String,
}

/// First member that is not empty.
fn first<'a>(value: &'a Valeur, names: &[&str]) -> &'a str {
    names.iter().map(|n| value.text_of(n)).find(|t| !t.is_empty()).unwrap_or("")
}

/// The objects of a list, whatever it is wrapped in: `[{titulaire: {…}}]`, `[[{…}]]`, `{titulaire: […]}`.
fn objects<'a>(value: Option<&'a Valeur>, wrapper: &str, out: &mut Vec<&'a Valeur>, depth: u8) {
    if depth == 0 || out.len() >= MOST {
        return;
    }
    match value {
        Some(Valeur::Liste(list)) => {
            for v in list {
                objects(Some(v), wrapper, out, depth - 1);
            }
        }
        Some(object @ Valeur::Objet(_)) => match object.get(wrapper) {
            inner @ Some(Valeur::Objet(_) | Valeur::Liste(_)) => {
                objects(inner, wrapper, out, depth - 1);
            }
            _ => out.push(object),
        },
        _ => {}
    }
}

fn list<'a>(value: &'a Valeur, names: &[(&str, &str)]) -> Vec<&'a Valeur> {
    let mut out = Vec::new();
    for (name, wrapper) in names {
        objects(value.get(name), wrapper, &mut out, 5);
    }
    out
}

fn titulaire(value: &Valeur) -> Titulaire {
    Titulaire {
        id: value.text_of("id").to_owned(),
        nom: value.text_of("denominationSociale").to_owned(),
        sous_traitant: false,
    }
}

/// Reads the members of one contract.
pub(super) fn from_json(value: &Valeur) -> Brut {
    let text = |names: &[&str]| first(value, names).to_owned();
    let buyer = value.text_at("acheteur", "id");
    let buyer = if buyer.is_empty() { value.text_at("autoriteConcedante", "id") } else { buyer };
    let mut titulaires: Vec<Titulaire> =
        list(value, &[("titulaires", "titulaire"), ("concessionnaires", "concessionnaire")])
            .into_iter()
            .map(titulaire)
            .collect();
    for act in list(value, &[("actesSousTraitance", "acteSousTraitance")]) {
        if let Some(who) = act.get("sousTraitant") {
            titulaires.push(Titulaire { sous_traitant: true, ..titulaire(who) });
        }
    }
    let avenants = list(value, &[("modifications", "modification")])
        .into_iter()
        .map(|m| Modification {
            date: first(
                m,
                &[
                    "dateNotificationModification",
                    "dateSignatureModification",
                    "datePublicationDonneesModification",
                ],
            )
            .to_owned(),
            montant: first(m, &["montant", "valeurGlobale"]).to_owned(),
            duree: m.text_of("dureeMois").to_owned(),
            objet: m.text_of("objetModification").to_owned(),
        })
        .collect();
    Brut {
        numero: text(&["id"]),
        acheteur: buyer.to_owned(),
        nature: text(&["nature", "_type"]),
        objet: text(&["objet"]),
        cpv: text(&["codeCPV"]),
        procedure: text(&["procedure"]),
        notification: text(&["dateNotification", "dateSignature", "dateDebutExecution"]),
        duree: text(&["dureeMois"]),
        montant: text(&["montant", "valeurGlobale"]),
        publication: text(&["datePublicationDonnees"]),
        titulaires,
        avenants,
    }
}

/// Where the contracts of one file go.
#[derive(Debug)]
pub(super) struct Depot<'a> {
    nom: &'a str,
    format: &'static str,
    siren: Option<&'a str>,
    kept: Vec<(Contrat, String)>,
    place: BTreeMap<(String, String), usize>,
    issues: Vec<Issue>,
    counts: ContratsLus,
    rang: u32,
    elsewhere: u64,
}

impl<'a> Depot<'a> {
    pub(super) fn new(nom: &'a str, format: &'static str, siren: Option<&'a str>) -> Self {
        Self {
            nom,
            format,
            siren,
            kept: Vec::new(),
            place: BTreeMap::new(),
            issues: Vec::new(),
            counts: ContratsLus::default(),
            rang: 0,
            elsewhere: 0,
        }
    }

    /// Contracts met so far.
    pub(super) fn met(&self) -> u32 {
        self.rang
    }

    /// Takes a contract: kept, merged with the one already published, or set aside with its reason.
    pub(super) fn push(&mut self, brut: Brut) {
        self.rang += 1;
        if self.siren.is_some_and(|s| !brut.acheteur.starts_with(s)) {
            self.elsewhere += 1;
            return;
        }
        self.counts.lus += 1;
        if brut.numero.is_empty() && brut.titulaires.is_empty() && brut.montant.is_empty() {
            self.aside("id", "", "ni numéro, ni titulaire, ni montant", "compléter la publication");
            return;
        }
        let key = (brut.acheteur.clone(), brut.numero.clone());
        let published = brut.publication.clone();
        let contrat = self.contrat(brut);
        let known = (!key.1.is_empty()).then(|| self.place.get(&key).copied()).flatten();
        let Some(at) = known else {
            self.place.insert(key, self.kept.len());
            self.counts.retenus += 1;
            self.kept.push((contrat, published));
            return;
        };
        let numero = contrat.numero.clone();
        // The last publication speaks; ISO dates compare as text.
        if published > self.kept[at].1 {
            self.kept[at] = (contrat, published);
        }
        let why = "contrat publié plusieurs fois : la dernière publication est retenue";
        self.aside("id", &numero, why, "rien, si ces publications sont bien d’un seul contrat");
    }

    fn aside(&mut self, column: &str, value: &str, why: &str, advice: &str) {
        self.counts.ecartes += 1;
        self.tell(Severity::Ecartee, column, value, why, advice);
    }

    fn tell(&mut self, severity: Severity, column: &str, value: &str, why: &str, advice: &str) {
        self.issues.push(Issue {
            severity,
            fichier: self.nom.to_owned(),
            enregistrement: u64::from(self.rang),
            colonne: column.to_owned(),
            valeur: value.chars().take(200).collect(),
            raison: why.to_owned(),
            a_faire: advice.to_owned(),
        });
    }

    fn contrat(&mut self, brut: Brut) -> Contrat {
        let montant_ht = self.amount(&brut.montant);
        let duree_mois = self.months(&brut.duree);
        let notification = self.day(&brut.notification);
        let mut titulaires: Vec<Titulaire> = Vec::new();
        for t in brut.titulaires.into_iter().take(MOST) {
            let named = !t.id.is_empty() || !t.nom.is_empty();
            if named && !titulaires.contains(&t) {
                titulaires.push(t);
            }
        }
        let mut avenants: Vec<Avenant> = brut
            .avenants
            .into_iter()
            .take(MOST)
            .map(|m| Avenant {
                jour: self.day(&m.date),
                montant_ht: self.amount(&m.montant),
                duree_mois: self.months(&m.duree),
                objet: m.objet.chars().take(OBJET).collect(),
            })
            .collect();
        avenants.sort();
        Contrat {
            provenance: format!("{}#{}", percent_encoded(self.nom), self.rang),
            origine: "decp".to_owned(),
            acheteur: brut.acheteur,
            numero: brut.numero,
            nature: brut.nature,
            objet: brut.objet.chars().take(OBJET).collect(),
            cpv: brut.cpv,
            procedure: brut.procedure,
            notification,
            fin: NO_DAY,
            duree_mois,
            reconductions: 0,
            montant_ht,
            maximum_ht: None,
            titulaires,
            avenants,
        }
    }

    fn amount(&mut self, text: &str) -> Option<Centimes> {
        match Decimale::parse(text) {
            Ok(decimal) => Some(Centimes(decimal.amount().centimes)),
            Err(AmountError::Empty) => None,
            Err(error) => {
                let why = format!("{} ; montant laissé vide", error.raison());
                let advice = "retrouver le montant dans l’acte d’engagement";
                self.tell(Severity::Attention, "montant", text, &why, advice);
                None
            }
        }
    }

    fn months(&mut self, text: &str) -> Option<u32> {
        let text = text.trim();
        let parsed = Decimale::parse(text).ok().map(|d| d.amount().centimes);
        match parsed {
            // Months may be written 12.0; a fraction is rounded up to the month begun.
            Some(hundredths) if (0..=120_000).contains(&hundredths) => {
                Some(hundredths.div_euclid(100) as u32 + u32::from(hundredths % 100 != 0))
            }
            _ if text.is_empty() => None,
            _ => {
                let why = "n’est pas une durée en mois ; laissée vide";
                let advice = "retrouver la durée dans l’acte d’engagement";
                self.tell(Severity::Attention, "dureeMois", text, why, advice);
                None
            }
        }
    }

    fn day(&mut self, text: &str) -> i32 {
        let text = text.trim();
        // Times and zones may follow the date.
        let date = text.get(..10).filter(|t| t.is_ascii()).unwrap_or(text);
        parse_day(date.as_bytes(), DateOrder::Ymd).unwrap_or_else(|error| {
            if !text.is_empty() {
                let why = format!("{} ; laissée vide", error.raison());
                self.tell(Severity::Attention, "date", text, &why, "vérifier la date du contrat");
            }
            NO_DAY
        })
    }

    /// Gives the contracts to the harvest.
    pub(super) fn close(mut self, sha256: String, recolte: &mut Recolte) -> Result<Lu, Refus> {
        if self.rang == 0 {
            return Err(Refus::new(
                format!("« {} » ne contient aucun contrat", self.nom),
                "vérifier que c’est bien un fichier de données essentielles, et le télécharger à nouveau",
            ));
        }
        let mut lu = Lu { sha256: sha256.clone(), format: self.format.to_owned(), ..Lu::default() };
        if self.counts.lus == 0 {
            lu.remarque =
                format!("aucun contrat de la commune demandée (--siren) sur {}", self.rang);
            return Ok(lu);
        }
        if self.elsewhere > 0 {
            let value = format!("{} sur {}", self.elsewhere, self.rang);
            let why = "contrats d’autres acheteurs, laissés par --siren";
            self.rang = 0;
            let advice = "rien, si c’est bien la commune voulue";
            self.tell(Severity::Information, "acheteur", &value, why, advice);
        }
        self.nom.clone_into(&mut self.counts.fichier);
        self.format.clone_into(&mut self.counts.format);
        self.counts.sha256 = sha256;
        recolte.contrats.sources.push(self.counts);
        recolte.contrats.contrats.extend(self.kept.into_iter().map(|(contrat, _)| contrat));
        recolte.issues.extend(self.issues);
        Ok(lu)
    }
}
