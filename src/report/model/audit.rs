//! The second look at the spending: the object of `audit.html` and `constats.csv`.
//!
//! **Invariant:** the weights of a finding add up to its `indice`; a control that could not run says
//! which column was missing.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::{Cascade, GrilleMois};
use crate::anomaly::{Evidence, Priorite};
use crate::domain::control::ControlCode;
use crate::domain::money::Centimes;

/// All sections of the page.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Audit {
    /// What was looked at.
    pub perimetre: Perimetre,
    /// Counts of the findings and controls.
    pub decompte: Decompte,
    /// From the ledger to the accounts, when both are given.
    pub ecart_comptes: Option<Cascade>,
    /// Findings, most probable first. The JSON holds [`kept`]; `constats.parquet` holds them all.
    #[serde(serialize_with = "written")]
    pub constats: Vec<Constat>,
    /// Every control, those not run included, by family then number.
    pub controles: Vec<ControleAudit>,
    /// First digits of the amounts.
    pub benford: Option<Benford>,
    /// Distribution of the amounts by chapitre.
    pub montants: Vec<MontantsChapitre>,
    /// Robust z-score by chapitre and month.
    pub calendrier: Option<GrilleMois>,
    /// Decisions of earlier reviews that apply to a finding of this run.
    pub revue: Vec<DecisionRevue>,
    /// The journal they come from.
    pub journal_revue: Option<JournalRevue>,
    /// Which suppliers the findings fall on, by size then by kind.
    pub repartition: Vec<PartSignalee>,
    /// Orders around the procurement thresholds.
    pub seuils: Vec<AutourSeuil>,
    /// What the largest suppliers weigh.
    pub concentration: Option<Concentration>,
    /// Days from receipt to payment.
    pub delais: Option<Delais>,
    /// Spending of each month by chapitre, the odd months marked.
    pub mois: Vec<MoisChapitre>,
}

/// Expense rows of a class of suppliers, and those in a finding to be looked at.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PartSignalee {
    /// `taille` or `genre`.
    pub axe: String,
    /// Class, French.
    pub classe: String,
    /// Suppliers.
    pub fournisseurs: u64,
    /// Expense rows.
    pub lignes: u64,
    /// Rows in a finding `prioritaire` or `a_verifier`.
    pub signalees: u64,
    /// Share of the rows, percent, 2 decimals.
    pub part_pct: f64,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Perimetre {
    /// Expense rows.
    pub lignes: u64,
    /// Total spent.
    pub montant: Centimes,
    /// Distinct payees of the expense rows.
    pub fournisseurs: u64,
    /// Receipt rows.
    pub lignes_recettes: u64,
    /// Total received.
    pub montant_recettes: Centimes,
    /// First day, ISO.
    pub debut: Option<String>,
    /// Last day, ISO.
    pub fin: Option<String>,
    /// First and last exercice.
    pub exercices: Option<[u16; 2]>,
}

/// Counts, computed once by the caller.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Decompte {
    /// Findings by priority.
    pub prioritaires: u64,
    /// Findings to check.
    pub a_verifier: u64,
    /// Findings for information.
    pub informations: u64,
    /// Expected share of false alerts among the `prioritaire` findings, 0 to 1; `None` without any.
    pub part_fausses_attendue: Option<f64>,
    /// Amount at stake in the `prioritaire` findings.
    pub enjeu_prioritaires: Centimes,
    /// Amount at stake in all findings.
    pub enjeu_total: Centimes,
    /// Controls that found nothing.
    pub controles_conformes: u64,
    /// Controls whose findings are at most to check.
    pub controles_a_verifier: u64,
    /// Controls with at least one `prioritaire`.
    pub controles_prioritaires: u64,
    /// Controls that could not run.
    pub controles_non_evalues: u64,
}

/// One finding, ready to be shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Constat {
    /// Rank by probability, from 1.
    pub rang: u64,
    /// Hash of the control and of the members' business content.
    pub constat: String,
    /// Control.
    pub controle: ControlCode,
    /// Priority.
    pub priorite: Priorite,
    /// Strength of the evidence.
    pub indice: f64,
    /// Probability of a real anomaly, 0 to 1.
    pub probabilite: f64,
    /// Amount at stake.
    pub enjeu: Centimes,
    /// `chemin#n`, percent-encoded.
    pub enregistrements: Vec<String>,
    /// Supplier, masked if it must be.
    pub tiers: String,
    /// What images write for the supplier: persons are masked there whatever was asked.
    #[serde(skip)]
    pub etiquette: String,
    /// What images write for the values of each level of evidence, masked likewise.
    #[serde(skip)]
    pub indices_image: Vec<String>,
    /// Chapitre, empty if unknown.
    pub chapitre: String,
    /// One French sentence with the facts.
    pub motif: String,
    /// What to check.
    pub a_faire: String,
    /// Decision already taken, empty if none.
    pub decision: String,
    /// Why it was taken, empty if none.
    pub motif_decision: String,
    /// Whether it was taken on this finding or on its habit, empty if none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub portee_decision: String,
    /// Identifier of the habit it belongs to: same control, supplier, account and amount.
    pub habitude: String,
    /// Keys of its records: by them a decision finds it again when it gains or loses one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cles_lignes: String,
    /// Named levels whose weights add up to `indice`.
    pub indices: Vec<Evidence>,
    /// The records, the earliest first (those shown in the card).
    pub membres: Vec<Membre>,
}

/// One record of a finding.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Membre {
    /// `chemin#n`.
    pub enregistrement: String,
    /// ISO date of the mandat, or of the invoice.
    pub date: Option<String>,
    /// Number of the mandat.
    pub mandat: String,
    /// Number of the invoice.
    pub facture: String,
    /// Object.
    pub objet: String,
    /// Account.
    pub nature: String,
    /// Amount.
    pub montant: Centimes,
    /// Columns of the source that have no canonical name, those with a value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub autres: BTreeMap<String, String>,
}

impl Membre {
    /// The columns without a canonical name, as one text.
    pub fn autres_en_clair(&self) -> String {
        let told = self.autres.iter().map(|(titre, text)| format!("{titre} : {text}"));
        told.collect::<Vec<_>>().join(" ; ")
    }
}

/// Outcome of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatutControle {
    /// At least one `prioritaire` finding.
    Prioritaire,
    /// Findings to check.
    AVerifier,
    /// Nothing found.
    Conforme,
    /// Could not run, or is off.
    NonEvalue,
}

/// One control and its outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControleAudit {
    /// Code.
    pub code: ControlCode,
    /// Family, French.
    pub famille: String,
    /// Outcome.
    pub statut: StatutControle,
    /// The sentence that fits the outcome: "Aucun doublon" or "12 factures semblent payées deux fois".
    pub titre: String,
    /// How many were examined.
    pub examines: u64,
    /// What was counted, singular and plural.
    #[serde(serialize_with = "plural")]
    pub unite: [&'static str; 2],
    /// Findings.
    pub trouves: u64,
    /// Amount at stake.
    pub enjeu: Centimes,
    /// Parameters in force, in words.
    pub parametres: String,
    /// Known false positives, in words.
    pub faux_positifs: String,
    /// Legal or technical reference.
    pub reference: String,
    /// Missing column or reason, when it could not run.
    pub manque: Option<String>,
    /// On trial: off unless asked for.
    pub essai: bool,
}

/// Findings of `resultats.json` at most, those of the page apart.
pub const DANS_JSON: usize = 5_000;

/// Places of the findings that `resultats.json` holds: all of them, or the first ones and those that a
/// page shows. A ledger of millions of rows must not make a file that nothing can open.
pub fn kept(constats: &[Constat]) -> Vec<usize> {
    if constats.len() <= DANS_JSON {
        return (0..constats.len()).collect();
    }
    let mut keep: Vec<usize> = (0..DANS_JSON).collect();
    let stakes: Vec<i64> = constats.iter().map(|c| c.enjeu.0).collect();
    keep.extend(crate::report::html::table::largest(&stakes));
    keep.sort_unstable();
    keep.dedup();
    keep
}

/// Writes the findings of [`kept`].
fn written<S: Serializer>(constats: &[Constat], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(kept(constats).into_iter().map(|i| &constats[i]))
}

/// The JSON names what was counted in the plural.
fn plural<S: Serializer>(unit: &[&'static str; 2], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(unit[1])
}

/// First digits, observed and expected.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Benford {
    /// Amounts counted.
    pub lignes: u64,
    /// Digits 1 to 9.
    pub chiffres: Vec<ChiffreBenford>,
}

/// One first digit; shares in percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChiffreBenford {
    /// 1 to 9.
    pub chiffre: u8,
    /// Observed share.
    pub observe: f64,
    /// Expected share.
    pub attendu: f64,
    /// Low bound, 95 %.
    pub bas_95: f64,
    /// High bound, 95 %.
    pub haut_95: f64,
}

/// Amounts of one chapitre.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MontantsChapitre {
    /// Chapitre.
    pub chapitre: String,
    /// Name.
    pub libelle: String,
    /// Rows.
    pub lignes: u64,
    /// Total.
    pub total: Centimes,
    /// Share of the total, percent.
    pub part_pct: f64,
    /// Median.
    pub mediane: Centimes,
    /// 99th percentile.
    pub centile_99: Centimes,
    /// Largest.
    pub maximum: Centimes,
}

/// A decision already taken.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DecisionRevue {
    /// Hash of the finding.
    pub constat: String,
    /// Control.
    pub controle: String,
    /// `justifie`, `a_corriger`, `question`, `ignore`.
    pub decision: String,
    /// `constat` or `habitude`.
    pub portee: String,
    /// Declared author.
    pub auteur: String,
    /// ISO date.
    pub date: String,
    /// Why.
    pub motif: String,
}

/// The journal of the review.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct JournalRevue {
    /// Lines whose seals hold.
    pub lignes: u64,
    /// Hash that seals them all.
    pub empreinte: String,
    /// First line that was changed afterwards, when there is one.
    pub rupture: Option<u64>,
}

/// Orders around one procurement threshold, contracts left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct AutourSeuil {
    /// Name, French.
    pub nom: String,
    /// Threshold, without tax.
    pub seuil: Centimes,
    /// Text that sets it.
    pub source: String,
    /// Orders compared.
    pub commandes: u64,
    /// Orders in the band just under.
    pub juste_dessous: u64,
    /// Orders in the band just over.
    pub juste_dessus: u64,
    /// Bands of the same width, the last one of the first half ends at the threshold.
    pub barres: Vec<BarreSeuil>,
}

/// One band of amounts, bounds in percent of the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BarreSeuil {
    /// From, percent of the threshold.
    pub de_pct: u32,
    /// To, excluded.
    pub a_pct: u32,
    /// Orders.
    pub commandes: u64,
}

/// What the largest suppliers weigh.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Concentration {
    /// Suppliers.
    pub fournisseurs: u64,
    /// Spent with them.
    pub montant: Centimes,
    /// Spent with payees that several persons share, left out.
    pub hors_fournisseur: Centimes,
    /// Cumulated share of the first 1, 2, 5, 10... suppliers.
    pub cumul: Vec<PartCumulee>,
    /// The largest ones.
    pub premiers: Vec<GrandFournisseur>,
}

/// What the first suppliers weigh together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartCumulee {
    /// Number of suppliers.
    pub rang: u64,
    /// Spent with them.
    pub montant: Centimes,
    /// Share of the total, percent, 1 decimal.
    pub part_pct: f64,
}

/// One of the largest suppliers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GrandFournisseur {
    /// Name, masked if it must be.
    pub tiers: String,
    /// Rows.
    pub lignes: u64,
    /// Spent.
    pub montant: Centimes,
    /// Share of the total, percent, 1 decimal.
    pub part_pct: f64,
}

/// Days from receipt to payment, by month of payment.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Delais {
    /// Legal delay, days.
    pub plafond_jours: u64,
    /// From the receipt, else from the invoice.
    pub depuis: String,
    /// Invoices compared.
    pub factures: u64,
    /// Those over the delay.
    pub en_retard: u64,
    /// Their share, percent, 1 decimal.
    pub retard_pct: f64,
    /// Half of the invoices are paid within.
    pub mediane: u64,
    /// By month, the last twelve.
    pub mois: Vec<DelaiMois>,
}

/// The delays of a month, days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DelaiMois {
    /// Year of payment.
    pub annee: u16,
    /// Month of payment.
    pub mois: u8,
    /// Invoices.
    pub factures: u64,
    /// Quantiles: 10, 25, 50, 75 and 90 %.
    pub quantiles: [u64; 5],
    /// Longest.
    pub maximum: u64,
    /// Over the delay.
    pub en_retard: u64,
}

/// Spending of a chapitre, month by month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoisChapitre {
    /// Chapitre and name.
    pub libelle: String,
    /// Year of the first month.
    pub annee: u16,
    /// First month.
    pub mois: u8,
    /// One amount a month.
    pub montants: Vec<Centimes>,
    /// Places of the months far from the habit.
    pub inhabituels: Vec<u64>,
    /// Robust z-score of each of them, 1 decimal.
    pub scores: Vec<f64>,
}
