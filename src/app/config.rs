//! `vigie.toml` (CONTRAT section 9) and options, resolved in one place.
//!
//! Precedence: option, then `vigie.toml`, then default. The file is looked for beside the inputs, then by
//! going up from the working folder.
//!
//! **Invariant:** an unknown key is an error; an amount has at most two decimals and is exact.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;

use crate::domain::money::Centimes;
use crate::domain::refus::{Refus, cause};

use super::communes::Partie;
use super::leviers::{Dotation, Taxe};
use super::sortie::{Ateliers, Sortie};

mod valeurs;

pub(super) use valeurs::{euros, some_euros};
use valeurs::{euros_by_year, list_of_euros, numbers_by_year};

/// What was typed, before it means anything.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--date`.
    pub date: Option<String>,
    /// `--graine`.
    pub graine: u64,
    /// `--nominatif`.
    pub nominatif: bool,
    /// `--strict`.
    pub strict: bool,
    /// `--ecraser`.
    pub ecraser: bool,
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--sortie`.
    pub sortie: Option<PathBuf>,
    /// `--revue`.
    pub revue: Option<PathBuf>,
    /// Command line without the output folder.
    pub commande: String,
    /// First input, beside which `vigie.toml` is looked for.
    pub entree: Option<PathBuf>,
    /// Workshops to sweep on interruption.
    pub ateliers: Ateliers,
}

/// Everything a use case needs to know, options and file resolved.
#[derive(Debug, Clone)]
pub struct Config {
    /// Date of the run, printed and recorded; never the clock.
    pub date: Date,
    /// Seed of every random draw.
    pub graine: u64,
    /// Show the names of natural persons.
    pub nominatif: bool,
    /// A doubtful row is a failure.
    pub strict: bool,
    /// Overwrite a folder that is not ours.
    pub ecraser: bool,
    /// Command line as recorded in the journal, without the output folder.
    pub commande: String,
    /// Contents of `vigie.toml`, empty when there is none.
    pub fichier: Fichier,
    /// Path of the `vigie.toml` read, when any.
    pub chemin: Option<PathBuf>,
    /// Result folder typed, when any.
    pub sortie: Option<PathBuf>,
    /// Journal of the review typed, when any.
    pub revue: Option<PathBuf>,
    /// Workshops to sweep on interruption.
    pub ateliers: Ateliers,
    /// Set when the result is that of one commune among several.
    pub partie: Option<Partie>,
}

impl Config {
    /// Gives the options their meaning; `today` comes from the caller, never from the clock.
    ///
    /// # Errors
    /// A date that is none, or a `vigie.toml` that cannot be used.
    pub fn resolve(options: Options, today: Date) -> Result<Self, Refus> {
        let date = match options.date.as_deref() {
            None => today,
            Some(text) => text.parse().map_err(|_| {
                Refus::new(
                    format!("« {text} » n'est pas une date"),
                    "écrire --date AAAA-MM-JJ, par exemple 2026-03-14",
                )
            })?,
        };
        let chemin = options.config.clone().or_else(|| {
            let entree = options.entree.as_deref()?;
            let folder = if entree.is_dir() { entree } else { entree.parent()? };
            let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            find(here).or_else(|| find(Path::new(".")))
        });
        let fichier = chemin.as_deref().map(read).transpose()?.unwrap_or_default();
        Ok(Self {
            date,
            graine: options.graine,
            nominatif: options.nominatif,
            strict: options.strict,
            ecraser: options.ecraser,
            commande: options.commande,
            fichier,
            chemin,
            sortie: options.sortie,
            revue: options.revue,
            ateliers: options.ateliers,
            partie: None,
        })
    }

    /// The settings of one commune among several: those of its own folder, else what any commune shares.
    ///
    /// # Errors
    /// The `vigie.toml` of its folder cannot be used.
    pub fn of_commune(
        &self,
        siren: &str,
        dossier: Option<&Path>,
        partie: Partie,
    ) -> Result<Self, Refus> {
        let mut own = Self { partie: Some(partie), ..self.clone() };
        let typed = dossier.map(|d| d.join("vigie.toml")).filter(|p| p.is_file());
        if let Some(path) = typed.filter(|p| Some(p) != self.chemin.as_ref()) {
            own.fichier = read(&path)?;
            if own.fichier.vie_privee.cle.is_none() {
                own.fichier.vie_privee.cle.clone_from(&self.fichier.vie_privee.cle);
            }
            own.chemin = Some(path);
        } else if !["", siren].contains(&self.fichier.commune.siren.as_str()) {
            // What one commune knows says nothing of its neighbour.
            own.fichier = Fichier {
                scenario: self.fichier.scenario.clone(),
                vie_privee: self.fichier.vie_privee.clone(),
                controles: self.fichier.controles.clone(),
                personne: self.fichier.personne.clone(),
                ..Fichier::default()
            };
        }
        Ok(own)
    }

    /// Opens the result folder: the one typed, or `reports/<nom>`.
    ///
    /// # Errors
    /// See [`Sortie::open`].
    pub fn sortie(&self, nom: &str) -> Result<Sortie, Refus> {
        if let Some(partie) = &self.partie {
            return Ok(partie.sortie());
        }
        let cible = self.sortie.clone().unwrap_or_else(|| Path::new("reports").join(nom));
        Sortie::open(&cible, self.ecraser, &self.ateliers)
    }
}

/// The contents of `vigie.toml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fichier {
    /// The commune.
    pub commune: Commune,
    /// Its budgets.
    pub budget: Vec<Budget>,
    /// Notified or contractual amounts.
    pub connu: Vec<Connu>,
    /// Direct taxes: bases, rates, coefficient.
    pub taxe: Vec<Taxe>,
    /// Terms of the dotation forfaitaire.
    pub dotation: Vec<Dotation>,
    /// Corrections of past amounts, for the models only.
    pub retraitement: Vec<Retraitement>,
    /// Fungibility as voted, and the transfers already made.
    pub fongibilite: Vec<Fongibilite>,
    /// Investment programme.
    pub investissement: Vec<Investissement>,
    /// Results carried over to the proposal.
    pub resultat: Vec<Resultat>,
    /// Services, their functions and their activity.
    pub service: Vec<Service>,
    /// Keys that share the structure over services.
    pub cle: Vec<Cle>,
    /// Loans.
    pub emprunt: Vec<Emprunt>,
    /// Contracts.
    pub contrat: Vec<Contrat>,
    /// Régies.
    pub regie: Vec<Regie>,
    /// Agents and élus, for the checks on tiers.
    pub personne: Vec<Personne>,
    /// Named hypotheses, percentages a year.
    pub scenario: BTreeMap<String, Scenario>,
    /// Balance of account 515.
    pub tresorerie: Option<Tresorerie>,
    /// Privacy.
    pub vie_privee: ViePrivee,
    /// Thresholds of the controls by code; checked against each control's page.
    pub controles: BTreeMap<String, toml::Table>,
}

/// `[commune]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub struct Commune {
    pub nom: String,
    pub siren: String,
    pub insee: String,
    pub population: Option<u32>,
    pub strate: String,
    pub epci: String,
    #[serde(deserialize_with = "some_euros")]
    pub base_moyenne: Option<Centimes>,
}

/// `[[budget]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub struct Budget {
    pub nom: String,
    pub siret: String,
    #[serde(rename = "type")]
    pub genre: GenreBudget,
}

/// Kind of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub enum GenreBudget {
    Principal,
    Annexe,
    Rattache,
}

/// `[[connu]]`: a notified or contractual amount; by `code` or by `poste`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub struct Connu {
    pub budget: Option<String>,
    pub exercice: u16,
    pub sens: SensToml,
    pub code: Option<String>,
    pub poste: Option<String>,
    #[serde(deserialize_with = "euros")]
    pub montant: Centimes,
    pub source: String,
}

/// Direction as typed in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub enum SensToml {
    D,
    R,
}

/// `[[retraitement]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub struct Retraitement {
    pub budget: Option<String>,
    pub exercice: u16,
    pub sens: Option<SensToml>,
    pub code: String,
    #[serde(deserialize_with = "euros")]
    pub montant: Centimes,
    pub motif: String,
}

/// `[[fongibilite]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // one key a column of the page
pub struct Fongibilite {
    pub budget: Option<String>,
    pub section: SectionToml,
    pub taux: Option<f64>,
    #[serde(default, deserialize_with = "euros")]
    pub utilise: Centimes,
}

/// Section as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)] // the letters of the budget documents
pub enum SectionToml {
    F,
    I,
}

/// `[[investissement]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub struct Investissement {
    pub budget: Option<String>,
    pub operation: String,
    pub nature: Option<String>,
    pub fonction: Option<String>,
    #[serde(deserialize_with = "euros_by_year")]
    pub montants: BTreeMap<u16, Centimes>,
    #[serde(default, deserialize_with = "euros_by_year")]
    pub subventions: BTreeMap<u16, Centimes>,
    #[serde(default, deserialize_with = "euros_by_year")]
    pub fctva: BTreeMap<u16, Centimes>,
    #[serde(default, deserialize_with = "euros_by_year")]
    pub fonctionnement: BTreeMap<u16, Centimes>,
    pub nature_fonctionnement: Option<String>,
    #[serde(default, deserialize_with = "euros_by_year")]
    pub recettes: BTreeMap<u16, Centimes>,
    pub nature_recettes: Option<String>,
}

/// `[[resultat]]`: results of the year before, a deficit below zero.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // one key an account
pub struct Resultat {
    pub budget: Option<String>,
    pub exercice: u16,
    #[serde(default, deserialize_with = "euros")]
    pub fonctionnement: Centimes,
    #[serde(default, deserialize_with = "euros")]
    pub investissement: Centimes,
    #[serde(default, deserialize_with = "euros")]
    pub affectation: Centimes,
}

/// `[[service]]`: what a service runs, and its activity by exercice.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of the model written by `vigie init`
pub struct Service {
    pub nom: String,
    pub fonctions: Vec<String>,
    #[serde(default)]
    pub unite: String,
    #[serde(default, deserialize_with = "numbers_by_year")]
    pub quantites: BTreeMap<u16, f64>,
}

/// `[[cle]]`: functions of the structure, shared over services.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of the model written by `vigie init`
pub struct Cle {
    pub fonctions: Vec<String>,
    pub par: ParCle,
    #[serde(default)]
    pub parts: BTreeMap<String, f64>,
}

/// How a key shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the words typed
pub enum ParCle {
    Depenses,
    Personnel,
    Parts,
}

/// `[[emprunt]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub struct Emprunt {
    pub budget: Option<String>,
    pub nom: String,
    #[serde(deserialize_with = "euros")]
    pub encours: Centimes,
    pub exercice: u16,
    pub taux: f64,
    pub duree: u16,
    pub echeances: u8,
    pub profil: ProfilEmprunt,
}

/// Repayment profile of a loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub enum ProfilEmprunt {
    Annuite,
    Capital,
    InFine,
}

/// `[[contrat]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub struct Contrat {
    pub budget: Option<String>,
    pub siret: String,
    pub objet: String,
    #[serde(deserialize_with = "euros")]
    pub montant_ht: Centimes,
    pub debut: toml::value::Datetime,
    pub fin: toml::value::Datetime,
    #[serde(default)]
    pub reconductions: u8,
    #[serde(default)]
    pub numero: String,
    #[serde(default)]
    pub travaux: bool,
    #[serde(default, deserialize_with = "some_euros")]
    pub maximum_ht: Option<Centimes>,
    #[serde(default, deserialize_with = "list_of_euros")]
    pub avenants_ht: Vec<Centimes>,
}

/// `[[regie]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub struct Regie {
    pub budget: Option<String>,
    pub nom: String,
    #[serde(deserialize_with = "euros")]
    pub avance: Centimes,
    #[serde(deserialize_with = "euros")]
    pub plafond: Centimes,
}

/// `[[personne]]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub struct Personne {
    pub budget: Option<String>,
    pub nom: String,
    pub prenom: String,
    pub role: RolePersonne,
}

/// Role of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub enum RolePersonne {
    Agent,
    Elu,
}

/// `[scenario.NOM]`: % a year, except `taux_tfb` in points added to the voted rate.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // the names are those of CONTRAT section 9
pub struct Scenario {
    pub inflation: Option<f64>,
    pub point_indice: Option<f64>,
    pub energie: Option<f64>,
    pub bases: Option<f64>,
    pub dgf: Option<f64>,
    pub taux_tfb: Option<f64>,
    pub dmto: Option<f64>,
    pub personnel: Option<f64>,
    pub ecart: EcartScenario,
    pub niveau: NiveauScenario,
    pub mesure: Vec<Mesure>,
}

/// `[scenario.NOM.ecart]`: points added every year to what is expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // the names are those of the model written by `vigie init`
pub struct EcartScenario {
    pub inflation: Option<f64>,
    pub bases: Option<f64>,
    pub point_indice: Option<f64>,
}

/// `[scenario.NOM.niveau]`: % added to the amounts forecast.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // the names are those of the model written by `vigie init`
pub struct NiveauScenario {
    pub energie: Option<f64>,
    pub dgf: Option<f64>,
    pub dmto: Option<f64>,
    pub personnel: Option<f64>,
}

/// `[[scenario.NOM.mesure]]`: a facility, a service extended, a pooling; euros by exercice, the last running
/// cost and receipts go on; or a `service` that changes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of the model written by `vigie init`
pub struct Mesure {
    pub libelle: String,
    #[serde(default, deserialize_with = "euros_by_year")]
    pub investissement: BTreeMap<u16, Centimes>,
    #[serde(default, deserialize_with = "euros_by_year")]
    pub subventions: BTreeMap<u16, Centimes>,
    #[serde(default, deserialize_with = "euros_by_year")]
    pub fonctionnement: BTreeMap<u16, Centimes>,
    #[serde(default, deserialize_with = "euros_by_year")]
    pub recettes: BTreeMap<u16, Centimes>,
    pub taux: Option<f64>,
    pub duree: Option<u16>,
    pub service: Option<String>,
    pub extension: Option<f64>,
    pub mutualisation: Option<f64>,
    pub des: Option<u16>,
}

/// `[tresorerie]`: balance of account 515 on 1 January of an exercice.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of the model written by `vigie init`
pub struct Tresorerie {
    pub exercice: u16,
    #[serde(deserialize_with = "euros")]
    pub solde: Centimes,
}

/// `[vie_privee]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ViePrivee {
    /// Secret of the pseudonyms, 32 characters or more, never written to a result.
    pub cle: Option<String>,
    /// Months before `purger` removes results.
    pub conservation_mois: Option<u16>,
}

/// Reads and checks a `vigie.toml`.
///
/// # Errors
/// Unreadable file, TOML error, unknown key, or a value out of its range.
pub fn read(path: &Path) -> Result<Fichier, Refus> {
    let bytes = std::fs::read(path).map_err(|e| {
        Refus::new(
            format!("impossible de lire « {} » : {}", path.display(), cause(&e)),
            "vérifier le chemin et les droits du fichier, ou retirer --config",
        )
    })?;
    parse(&typed(&bytes), &path.display().to_string())
}

/// The text of a settings file, whatever an editor of Windows made of it: UTF-8 with or without a mark,
/// UTF-16 (« Unicode » of Notepad), windows-1252 (« ANSI »).
pub fn typed(bytes: &[u8]) -> String {
    let found = crate::ingest::sniff::encoding(bytes);
    found.encoding.decode_with_bom_removal(bytes).0.into_owned()
}

/// Parses the text of a `vigie.toml`; `name` is shown in the errors.
///
/// # Errors
/// See [`read`].
pub fn parse(text: &str, name: &str) -> Result<Fichier, Refus> {
    let fichier: Fichier = toml::from_str(text).map_err(|e| refusal(text, name, &e))?;
    check(&fichier, name)?;
    Ok(fichier)
}

/// A TOML error in French: line, excerpt, what to do.
fn refusal(text: &str, name: &str, error: &toml::de::Error) -> Refus {
    let start = error.span().map_or(0, |s| s.start);
    let line = text[..start.min(text.len())].matches('\n').count() + 1;
    let excerpt = text.lines().nth(line - 1).unwrap_or_default();
    let (what, advice) = translate(error.message());
    Refus::new(format!("{name}, ligne {line} : {what}"), advice)
        .with_extrait(format!("{line} | {}", excerpt.trim_end()))
}

/// French wording of the messages of the `toml` and `serde` crates.
fn translate(message: &str) -> (String, String) {
    let first = message.lines().next().unwrap_or_default();
    let quoted = first.split('`').nth(1).unwrap_or_default();
    if first.starts_with("unknown field") {
        let known = first.split("expected").nth(1).unwrap_or_default();
        let names: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        let near = names
            .iter()
            .map(|n| (strsim::jaro_winkler(quoted, n), *n))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
        let advice = match near {
            Some((score, n)) if score > 0.75 => {
                format!("écrire « {n} », ou retirer la ligne")
            }
            _ => format!("retirer la ligne ; clés admises ici : {}", names.join(", ")),
        };
        return (format!("la clé « {quoted} » n'existe pas"), advice);
    }
    if first.starts_with("missing field") {
        return (
            format!("il manque « {quoted} » dans cette table"),
            format!("ajouter la ligne « {quoted} = … »"),
        );
    }
    if first.starts_with("unknown variant") {
        let known = first.split("expected").nth(1).unwrap_or_default().replace('`', "");
        return (
            format!("« {quoted} » n'est pas une valeur admise"),
            format!("choisir parmi :{known}").replace(" or ", " ou ").replace("one of ", ""),
        );
    }
    if let Some(rest) = first.strip_prefix("montant : ") {
        return (rest.to_owned(), "écrire un montant en euros, par exemple 1842300.00".to_owned());
    }
    if first.starts_with("invalid type") {
        return (
            "la valeur n'est pas du type attendu".to_owned(),
            "voir le type de chaque clé dans le modèle écrit par « vigie init »".to_owned(),
        );
    }
    (
        "ce n'est pas du TOML valide".to_owned(),
        "corriger la ligne (guillemets, signe =, crochets) et relancer".to_owned(),
    )
}

/// Checks of CONTRAT section 9 that the types do not hold.
fn check(fichier: &Fichier, name: &str) -> Result<(), Refus> {
    let bad = |what: String, advice: &str| Err(Refus::new(format!("{name} : {what}"), advice));
    for (label, value, size) in [
        ("commune.siren", &fichier.commune.siren, 9),
        ("commune.insee", &fichier.commune.insee, 5),
        ("commune.epci", &fichier.commune.epci, 9),
    ] {
        if !value.is_empty() && value.chars().count() != size {
            return bad(
                format!("« {label} » vaut « {value} », {size} caractères sont attendus"),
                "recopier l'identifiant complet, entre guillemets",
            );
        }
    }
    for budget in &fichier.budget {
        if budget.siret.len() != 14 || !budget.siret.bytes().all(|b| b.is_ascii_digit()) {
            return bad(
                format!("le SIRET du budget « {} » vaut « {} »", budget.nom, budget.siret),
                "recopier les 14 chiffres du SIRET, entre guillemets",
            );
        }
    }
    let names: Vec<&str> = fichier.budget.iter().map(|b| b.nom.as_str()).collect();
    let used = fichier.connu.iter().map(|c| &c.budget);
    for budget in used.chain(fichier.retraitement.iter().map(|r| &r.budget)).flatten() {
        if !names.contains(&budget.as_str()) {
            return bad(
                format!("le budget « {budget} » n'est décrit dans aucune table [[budget]]"),
                "reprendre le nom d'une table [[budget]], ou l'ajouter",
            );
        }
    }
    for known in &fichier.connu {
        if known.code.is_some() == known.poste.is_some() {
            return bad(
                format!(
                    "le montant connu de {} porte un code et un poste, ou aucun",
                    known.exercice
                ),
                "garder « code » ou « poste », un seul des deux",
            );
        }
    }
    for (nom, scenario) in &fichier.scenario {
        super::scenarios::check(nom, scenario, &fichier.service)
            .map_err(|r| Refus { quoi: format!("{name} : {}", r.quoi), ..r })?;
    }
    if fichier.vie_privee.cle.as_ref().is_some_and(|k| k.chars().count() < 32) {
        return bad(
            "la clé de [vie_privee] est trop courte".to_owned(),
            "écrire une clé d'au moins 32 caractères, ou laisser « vigie init » en tirer une",
        );
    }
    check_controls(fichier, name)
}

/// A control is off only with a reason; its code exists in a known family.
fn check_controls(fichier: &Fichier, name: &str) -> Result<(), Refus> {
    for (code, table) in &fichier.controles {
        if code.parse::<crate::domain::control::ControlCode>().is_err() {
            return Err(Refus::new(
                format!("{name} : « {code} » n'est pas un code de contrôle"),
                "reprendre un code de « vigie controles », par exemple DBL01",
            ));
        }
        let off = table.get("actif").and_then(toml::Value::as_bool) == Some(false);
        let reason = table.get("raison").and_then(toml::Value::as_str).unwrap_or_default();
        if off && reason.trim().is_empty() {
            return Err(Refus::new(
                format!("{name} : le contrôle {code} est coupé sans raison"),
                "ajouter raison = \"…\" : elle est imprimée dans le rapport",
            ));
        }
    }
    Ok(())
}

/// Looks for `vigie.toml` in `start` and its parents.
pub fn find(start: &Path) -> Option<PathBuf> {
    let here = dunce::canonicalize(".").ok()?;
    let start = dunce::canonicalize(start).ok()?;
    let found = start.ancestors().map(|folder| folder.join("vigie.toml")).find(|p| p.is_file())?;
    Some(found.strip_prefix(&here).map(Path::to_path_buf).unwrap_or(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_contract_example() {
        let text = r#"
            [commune]
            nom = "Saint-Exemple"
            siren = "210000105"
            population = 12480
            [[budget]]
            nom = "Principal"
            siret = "21000010500010"
            type = "principal"
            [[connu]]
            exercice = 2026
            sens = "R"
            code = "74111"
            montant = 1842300.10
            source = "notification 2026"
            [[investissement]]
            operation = "École du Parc"
            montants = { 2026 = 800000, 2027 = 1200000 }
            [scenario.prudent]
            inflation = 2.5
            [controles]
            DBL02 = { jours = 30 }
            CAL01 = { actif = false, raison = "dates de lots" }
        "#;
        let fichier = parse(text, "vigie.toml").unwrap();
        assert_eq!(fichier.commune.population, Some(12_480));
        assert_eq!(fichier.connu[0].montant, Centimes(184_230_010));
        assert_eq!(fichier.investissement[0].montants[&2027], Centimes(120_000_000));
        assert_eq!(fichier.scenario["prudent"].inflation, Some(2.5));
    }

    #[test]
    fn refuses_with_a_line_and_a_remedy() {
        let cases = [
            ("[commune]\nnomm = \"x\"", "la clé « nomm » n'existe pas", "écrire « nom »"),
            (
                "[[budget]]\nnom = \"P\"\nsiret = \"1\"\ntype = \"principal\"",
                "SIRET",
                "14 chiffres",
            ),
            ("[[budget]]\nnom = \"P\"\ntype = \"principal\"", "il manque « siret »", "ajouter"),
            ("[controles]\nDBL01 = { actif = false }", "sans raison", "raison"),
            ("[controles]\nXYZ = { jours = 3 }", "n'est pas un code", "DBL01"),
            ("[vie_privee]\ncle = \"court\"", "trop courte", "32"),
            ("[commune\n", "TOML", "corriger"),
            (
                "[[connu]]\nexercice = 2026\nsens = \"R\"\ncode = \"7\"\nmontant = 1.234\nsource = \"\"",
                "plus de deux décimales",
                "1842300.00",
            ),
        ];
        for (text, what, advice) in cases {
            let refus = parse(text, "vigie.toml").unwrap_err();
            assert!(refus.quoi.contains(what), "{}", refus.quoi);
            assert!(refus.a_faire.contains(advice), "{}", refus.a_faire);
        }
    }
}
