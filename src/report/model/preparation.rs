//! The preparation of the budget to come: the object of `preparation.html` and `previsions.csv`.
//!
//! **Invariant:** every forecast carries its bounds, its origin and its reason.

use serde::Serialize;

use super::{Cascade, Fiabilite, GrilleMois, PointPasse, PointPrevu, UniteValeur, Valeur};
use crate::domain::money::Centimes;

/// All sections of the page. Sections without data stay `None` or empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Preparation {
    /// Last year known, from which the forecast starts.
    pub exercice_base: u16,
    /// What that year is: `compte administratif 2024` or `atterrissage 2025`.
    pub base: String,
    /// Name of the scenario (`central`).
    pub scenario: String,
    /// Chapitres that ask for a decision.
    pub chapitres_a_decider: u64,
    /// The five ratios, épargne brute first.
    pub indicateurs: Vec<Indicateur>,
    /// Épargne brute, base year to forecast year, by cause.
    pub variation_epargne: Option<Cascade>,
    /// Totals by budget, section and sens, past and to come.
    pub projections: Vec<Projection>,
    /// One row a chapitre.
    pub chapitres: Vec<ChapitrePrevu>,
    /// Share of the year by month and chapitre, percent.
    pub saisonnalite: Option<GrilleMois>,
    /// Effect of each hypothesis on épargne brute.
    pub sensibilites: Vec<Sensibilite>,
    /// Indicators by scenario.
    pub scenarios: Vec<Scenario>,
    /// Debt, year by year.
    pub dette: Vec<AnneeDette>,
    /// The same for the other budgets that have loans.
    pub dettes_annexes: Vec<DetteBudget>,
    /// How the investment of each forecast year is paid, principal budget.
    pub financement: Vec<AnneeFinancement>,
    /// Rate and years at which its new loans are supposed to be paid back, French; empty when they are not.
    pub emprunts_supposes: String,
    /// What the model does not know.
    pub inconnues: Vec<Inconnue>,
    /// Past errors, model by model.
    pub erreurs_passees: Vec<ErreurModele>,
    /// Mean absolute error of the operating totals of past exercices at one year, percent.
    pub erreur_moyenne_pct: Option<f64>,
    /// Errors of past exercices, total and natures, at one and two years.
    pub rejeu: Vec<ErreurRejouee>,
    /// The same one year ahead, expenses then receipts, with their sign.
    pub biais: Vec<BiaisRejoue>,
    /// Natures largely missed in past exercices, with why.
    pub ecarts_passes: Vec<EcartPasse>,
    /// Amounts moved or corrected so that series have no break.
    pub retraitements: Vec<RetraitementFait>,
    /// Landing of the running exercice, by budget.
    pub atterrissages: Vec<Atterrissage>,
    /// Épargne of the base and forecast years in three conventions.
    pub conventions: Vec<EpargneConvention>,
    /// Budgets proposed, the principal first.
    pub propositions: Vec<super::proposition::Proposition>,
    /// Budgets proposed together, when there are several.
    pub consolide: Option<super::proposition::Consolide>,
    /// Scenarios, year by year, the forecast first.
    pub comparaison: Vec<super::comparaison::ScenarioAnnee>,
    /// Cost of the services typed.
    pub couts: Vec<super::comparaison::CoutService>,
    /// Ratios of the last accounts.
    pub ratios: Vec<super::comparaison::RatioComptes>,
    /// Duties at the population of the commune.
    pub obligations: Vec<super::proposition::Obligation>,
    /// Natures, chapitres and totals brought together, by budget and sens.
    pub accords: Vec<AccordPasse>,
    /// Constants and indices of the exercice, with their source.
    pub constantes: Vec<ConstanteUtilisee>,
    /// Every forecast, as in `previsions.csv`.
    pub previsions: Vec<LignePrevision>,
    /// Operating totals of the principal under each scenario, the forecast first.
    pub scenarios_projetes: Vec<ScenarioProjete>,
    /// Cash month by month.
    pub tresorerie: Option<Tresorerie>,
    /// Intervals of 80 % announced in the past against what came, by model.
    pub couvertures: Vec<CouvertureModele>,
}

impl Preparation {
    /// What the past of the principal budget says of the bounds.
    pub fn fiabilite(&self) -> Fiabilite {
        Fiabilite {
            annees_rejouees: self.erreurs_passees.first().map_or(0, |m| m.erreurs.len() as u64),
            montants: self.couvertures.iter().map(|c| c.montants).sum(),
            dedans: self.couvertures.iter().map(|c| c.dedans).sum(),
        }
    }
}

/// The operating section under a scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioProjete {
    /// Name.
    pub nom: String,
    /// Hypotheses in words.
    pub libelle: String,
    /// Receipts and expenses of the operating section.
    pub projections: Vec<Projection>,
}

/// Cash month by month: the rhythm of a past year, and the balance to come when the account 515 is given.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Tresorerie {
    /// Year of the ledger that gave the rhythm.
    pub exercice_rythme: u16,
    /// Titres issued less mandats issued from 1 January, lowest: month and amount.
    pub creux_mois: u8,
    /// See `creux_mois`.
    pub creux: Centimes,
    /// January to December of that year.
    pub rythme: Vec<MoisCumule>,
    /// Year of the balances below.
    pub exercice: u16,
    /// Balance of account 515 on 1 January, when given.
    pub solde_initial: Option<Centimes>,
    /// Balance at the end of each month, when given.
    pub soldes: Vec<SoldeMois>,
    /// Loans that those balances count: those that the forecast expects.
    pub emprunts_comptes: Centimes,
    /// Loans of the budget proposed for that year, when there is one.
    pub emprunts_proposes: Option<Centimes>,
}

/// Cumulated from January.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MoisCumule {
    /// Month.
    pub mois: u8,
    /// Mandats issued since January.
    pub mandats: Centimes,
    /// Titres issued since January.
    pub titres: Centimes,
    /// Titres less mandats.
    pub ecart: Centimes,
}

/// Balance of account 515 at the end of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SoldeMois {
    /// Month.
    pub mois: u8,
    /// Expected.
    pub solde: Centimes,
    /// Low bound, 80 %.
    pub bas_80: Centimes,
    /// High bound, 80 %.
    pub haut_80: Centimes,
}

/// What the intervals of a model were worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CouvertureModele {
    /// Model.
    pub modele: String,
    /// Past amounts compared, accounts by exercices.
    pub montants: u64,
    /// Those inside the interval announced.
    pub dedans: u64,
    /// Their share, percent, 1 decimal.
    pub couverture_pct: f64,
}

/// What past exercices say of forecasting the sums apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AccordPasse {
    /// Budget.
    pub budget: String,
    /// `D` or `R`.
    pub sens: String,
    /// Part of the gap to the direct forecasts of chapitres and total that is closed, percent.
    pub part_pct: f64,
    /// Past exercices that judged.
    pub origines: u64,
}

/// A constant of law, of economics or of usage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConstanteUtilisee {
    /// What it is.
    pub libelle: String,
    /// Value as written, empty beyond the last row of its table.
    pub valeur: String,
    /// `pourcent`, `date`, `euros`...
    pub unite: String,
    /// First day of the row.
    pub debut: String,
    /// Text or usage.
    pub source: String,
    /// `vérifié`, `à vérifier`, `usage` or `non évalué`.
    pub confiance: String,
    /// First day on which it was public.
    pub connu_le: String,
}

/// One ratio of the first section.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Indicateur {
    /// `epargne_brute`, `epargne_nette`, `taux_epargne_brute`, `capacite_desendettement`,
    /// `part_personnel`.
    pub cle: String,
    /// Name shown.
    pub libelle: String,
    /// Unit of all the values.
    pub unite: UniteValeur,
    /// Forecast.
    pub prevu: Valeur,
    /// Low bound, 80 %.
    pub bas_80: Option<Valeur>,
    /// High bound, 80 %.
    pub haut_80: Option<Valeur>,
    /// Base year.
    pub base: Option<Valeur>,
    /// Mean of the strate, when a file gives it.
    pub strate: Option<Valeur>,
    /// Bands, ascending; the last one is open.
    pub seuils: Vec<Seuil>,
    /// True when more is better.
    pub hausse_favorable: bool,
}

/// One threshold of a ratio.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seuil {
    /// Value of the threshold.
    pub valeur: Valeur,
    /// What it means (`vigilance`).
    pub libelle: String,
    /// Who says so.
    pub source: String,
}

/// Past and future of one total.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Projection {
    /// Budget, or `consolidé`.
    pub budget: String,
    /// `F` or `I`.
    pub section: String,
    /// `D` or `R`.
    pub sens: String,
    /// Past years, ascending.
    pub passe: Vec<PointPasse>,
    /// Years to come, ascending.
    pub prevu: Vec<PointPrevu>,
}

/// One chapitre, past and to come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChapitrePrevu {
    /// Budget.
    pub budget: String,
    /// `F` or `I`.
    pub section: String,
    /// `D` or `R`.
    pub sens: String,
    /// Chapitre.
    pub code: String,
    /// Name.
    pub libelle: String,
    /// Past years, ascending.
    pub passe: Vec<PointPasse>,
    /// Years to come, ascending; the first one is the exercice of the report.
    pub prevu: Vec<PointPrevu>,
    /// Voted in the previous budget.
    pub bp_precedent: Option<Centimes>,
    /// Proposed for the budget to come.
    pub proposition: Option<Centimes>,
    /// Proposed less voted.
    pub ecart_bp: Option<Centimes>,
    /// Forecast against the base year, percent.
    pub evolution_pct: Option<f64>,
    /// `connu`, `regle` or `modele`.
    pub origine: String,
    /// Model.
    pub modele: String,
    /// Why, one French sentence.
    pub raison: String,
    /// Mean past error at that distance, percent.
    pub erreur_passee_pct: Option<f64>,
    /// Years on which the error was measured.
    pub annees_mesurees: u64,
    /// True when its interval weighs on the section: a choice is asked for.
    pub a_decider: bool,
}

/// Effect of one hypothesis on épargne brute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sensibilite {
    /// `inflation : +1 point`.
    pub hypothese: String,
    /// Effect of the low value.
    pub effet_bas: Centimes,
    /// Effect of the high value.
    pub effet_haut: Centimes,
}

/// One scenario and its results.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scenario {
    /// `central`, `prudent`, `favorable`...
    pub nom: String,
    /// Hypotheses in words.
    pub hypotheses: String,
    /// Épargne brute.
    pub epargne_brute: Centimes,
    /// Taux d'épargne brute, percent.
    pub taux_epargne_brute: Option<f64>,
    /// Years of savings to pay the debt back.
    pub capacite_desendettement: Option<f64>,
}

/// How the investment of a forecast year is paid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnneeFinancement {
    /// Exercice.
    pub exercice: u16,
    /// Savings before capital.
    pub epargne_brute: Centimes,
    /// Grants, FCTVA and other real receipts of investment, loans and reserves apart.
    pub recettes: Centimes,
    /// Equipment, the programme typed where there is one.
    pub equipement: Centimes,
    /// Capital of the debt and other real expenses of investment.
    pub autres: Centimes,
    /// Interest and capital of the new loans of the years before; `None` when no rate is known.
    pub service: Option<Centimes>,
    /// Savings less the capital of the debt and the service of the new loans.
    pub epargne_nette: Centimes,
    /// New loans: those of the proposal the first year, then what is missing.
    pub emprunt: Centimes,
    /// Debt at the end of the year, what is left of the new loans included; `None` without a debt described.
    pub encours: Option<Centimes>,
    /// Years of savings, interest of the new loans taken off, that pay that debt back; `None` without savings.
    pub desendettement: Option<f64>,
}

/// Years of debt of a budget annexe.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DetteBudget {
    /// Name of the budget.
    pub budget: String,
    /// Its years.
    pub annees: Vec<AnneeDette>,
}

/// One year of debt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnneeDette {
    /// Exercice.
    pub exercice: u16,
    /// Capital paid back.
    pub capital: Centimes,
    /// Interest: that of the forecast (66111) while there is one, then its path.
    pub interets: Centimes,
    /// Interest by the loans described alone, at their present rates.
    pub interets_etat: Centimes,
    /// Capital and interest.
    pub annuite: Centimes,
    /// Capital due on 31 December.
    pub encours: Centimes,
    /// Years of savings to pay it back.
    pub capacite_desendettement: Option<f64>,
}

/// Something the model does not know.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inconnue {
    /// Subject, short.
    pub sujet: String,
    /// Why.
    pub raison: String,
    /// What to do, infinitive.
    pub a_faire: String,
}

/// Past errors of one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErreurModele {
    /// Model.
    pub modele: String,
    /// One error a year, at the distance of the report.
    pub erreurs: Vec<ErreurAnnee>,
    /// Mean absolute scaled error.
    pub mase: Option<f64>,
    /// Observed coverage of the 80 % interval, percent.
    pub couverture_80: Option<f64>,
    /// True for the model in use.
    pub retenu: bool,
}

/// Signed error of one past year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ErreurAnnee {
    /// Exercice.
    pub exercice: u16,
    /// Forecast less realised, percent of the realised.
    pub erreur_pct: f64,
}

/// Errors of one past exercice forecast from the accounts before it, operating section, percent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErreurRejouee {
    /// Budget.
    pub budget: String,
    /// Exercice.
    pub exercice: u16,
    /// Years from the accounts it was forecast from.
    pub distance: u16,
    /// `D` or `R`.
    pub sens: String,
    /// Weighted absolute error by nature.
    pub natures_pct: f64,
    /// The same with the last known amounts.
    pub natures_reconduites_pct: f64,
    /// Signed error of the total.
    pub total_pct: f64,
    /// The same with the last known amounts.
    pub total_reconduit_pct: f64,
}

/// Errors of the operating totals one year ahead, receipts or expenses, all replays together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BiaisRejoue {
    /// `D` or `R`.
    pub sens: String,
    /// Totals replayed.
    pub rejeux: u64,
    /// Of which forecast under what came.
    pub trop_bas: u64,
    /// Mean absolute error, %.
    pub erreur_pct: f64,
    /// Mean signed error, forecast less realised, %.
    pub biais_pct: f64,
}

/// A nature largely missed in a past exercice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EcartPasse {
    /// Budget.
    pub budget: String,
    /// Exercice.
    pub exercice: u16,
    /// `D` or `R`.
    pub sens: String,
    /// Account.
    pub code: String,
    /// Name.
    pub libelle: String,
    /// What the program would have forecast.
    pub prevu: Centimes,
    /// Realised.
    pub realise: Centimes,
    /// Forecast less realised.
    pub ecart: Centimes,
    /// Model.
    pub modele: String,
    /// `réforme`, `événement`, `changement d'imputation`, `compte ouvert ou fermé` or `écart du modèle`.
    pub cause: String,
    /// Why, one French sentence.
    pub explication: String,
}

/// Amounts moved or corrected for the series, exercices together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RetraitementFait {
    /// Budget.
    pub budget: String,
    /// First exercice.
    pub premier_exercice: u16,
    /// Last exercice.
    pub dernier_exercice: u16,
    /// `D` or `R`.
    pub sens: String,
    /// Account in the documents.
    pub de: String,
    /// Account of the series.
    pub vers: String,
    /// Amount moved, or added, all exercices.
    pub montant: Centimes,
    /// Why.
    pub motif: String,
}

/// One row of `previsions.csv` (CONTRAT section 4).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LignePrevision {
    /// Forecast year.
    pub exercice: u16,
    /// Years from the last known accounts.
    pub distance: u16,
    /// `total`, `chapitre`, `poste` or `nature`.
    pub niveau: String,
    /// Budget.
    pub budget: String,
    /// `F` or `I`.
    pub section: String,
    /// `D` or `R`.
    pub sens: String,
    /// Code in the nomenclature of the forecast year.
    pub code: String,
    /// Name.
    pub libelle: String,
    /// Last realised amount.
    pub dernier_realise: Option<Centimes>,
    /// Central forecast.
    pub prevision: Centimes,
    /// Low bound, 80 %.
    pub bas_80: Centimes,
    /// High bound, 80 %.
    pub haut_80: Centimes,
    /// Low bound, 95 %.
    pub bas_95: Centimes,
    /// High bound, 95 %.
    pub haut_95: Centimes,
    /// `connu`, `regle` or `modele`.
    pub origine: String,
    /// Model.
    pub modele: String,
    /// Why.
    pub raison: String,
    /// Mean past error at that distance, percent.
    pub erreur_passee_pct: Option<f64>,
}

/// The landing of the running exercice of a budget.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Atterrissage {
    /// Budget.
    pub budget: String,
    /// Running exercice.
    pub exercice: u16,
    /// Whole months booked, 13 with the journée complémentaire; the side that goes furthest.
    pub mois: u64,
    /// The same for expenses.
    pub mois_depenses: u64,
    /// The same for receipts.
    pub mois_recettes: u64,
    /// Past exercices of ledger that gave the profile.
    pub profils: Vec<u16>,
    /// Totals, chapitres and accounts, as in `atterrissage.csv`.
    pub lignes: Vec<LigneAtterrie>,
    /// Transfers and décision modificative proposed, balanced by section.
    pub mouvements: Vec<Mouvement>,
    /// Needs that no credit meets.
    pub non_finances: Vec<BesoinNonFinance>,
    /// Use of the fungibility of each section.
    pub fongibilite: Vec<PlafondFongibilite>,
    /// Last days of a décision modificative, by section.
    pub delais: Vec<DelaiVote>,
}

impl Atterrissage {
    /// Whole months booked of a side, `D` or `R`.
    pub fn mois_de(&self, sens: &str) -> u64 {
        if sens == "R" { self.mois_recettes } else { self.mois_depenses }
    }
}

/// Last day of a décision modificative of a section.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DelaiVote {
    /// `F` or `I`.
    pub section: String,
    /// Last day, ISO.
    pub limite: String,
    /// Where it comes from.
    pub source: String,
    /// True when the day of the report is later.
    pub depasse: bool,
}

/// A line of `atterrissage.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LigneAtterrie {
    /// `total`, `chapitre` or `nature`.
    pub niveau: String,
    /// `F` or `I`.
    pub section: String,
    /// `D` or `R`.
    pub sens: String,
    /// Chapitre or account; empty for a total.
    pub code: String,
    /// Label.
    pub libelle: String,
    /// Booked so far.
    pub realise: Centimes,
    /// Engaged and not mandated.
    pub engage: Centimes,
    /// Credits at the level of the vote.
    pub credits: Option<Centimes>,
    /// Year-end amount.
    pub prevu: Centimes,
    /// Bounds of 80 %.
    pub bas_80: Centimes,
    /// See `bas_80`.
    pub haut_80: Centimes,
    /// `probable`, `possible` or empty.
    pub risque: String,
    /// Why.
    pub raison: String,
}

/// A credit changed by the proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mouvement {
    /// `virement` (the executive) or `decision_modificative` (the council).
    pub acte: String,
    /// `F` or `I`.
    pub section: String,
    /// `D` or `R`.
    pub sens: String,
    /// Chapitre.
    pub chapitre: String,
    /// Signed amount.
    pub montant: Centimes,
    /// Why.
    pub motif: String,
}

/// A need that no credit meets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BesoinNonFinance {
    /// `F` or `I`.
    pub section: String,
    /// Chapitre.
    pub chapitre: String,
    /// Amount missing.
    pub montant: Centimes,
}

/// Use of the fungibility of a section.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlafondFongibilite {
    /// `F` or `I`.
    pub section: String,
    /// Real expenditure voted.
    pub base: Centimes,
    /// Rate, %.
    pub taux: f64,
    /// Most that may move.
    pub plafond: Centimes,
    /// Already moved, as typed.
    pub utilise: Centimes,
    /// Moved by this proposal.
    pub propose: Centimes,
}

/// Épargne of an exercice in a stated convention.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EpargneConvention {
    /// Exercice.
    pub exercice: u16,
    /// `budgetaire`, `ratios_cgct` or `dgfip_ofgl`.
    pub convention: String,
    /// What it takes.
    pub libelle: String,
    /// Receipts counted.
    pub recettes: Centimes,
    /// Épargne de gestion.
    pub gestion: Centimes,
    /// Épargne brute.
    pub brute: Centimes,
    /// Épargne nette.
    pub nette: Centimes,
    /// Épargne brute over the receipts counted, %.
    pub taux_pct: Option<f64>,
    /// Years of épargne brute to pay the debt back, when the debt is known.
    pub desendettement: Option<f64>,
    /// From the budgetary épargne brute: account and effect.
    pub pont: Vec<super::Poste>,
}
