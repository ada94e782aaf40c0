//! The proposal of a budget, its checks and the budgets together: objects of `preparation.html`.
//!
//! **Invariant:** a line carries its reason; a check without its lines says that it was not evaluated.

use serde::Serialize;

use crate::domain::money::Centimes;
use crate::report::fr;

/// The proposal of one budget.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Proposition {
    /// Name of the budget.
    pub budget: String,
    /// SIRET of the budget.
    pub siret: String,
    /// Exercice proposed.
    pub exercice: u16,
    /// Budgets of that exercice already voted (`BP 2022`), `None` when none was read.
    pub deja_vote: Option<String>,
    /// Lines by account, function and service.
    pub lignes: Vec<LigneProposee>,
    /// Sums of each section.
    pub sections: Vec<SectionProposee>,
    /// The cautious, central and favourable budgets, each with its own transfer and loan.
    pub colonnes: Vec<BudgetPossible>,
    /// The same by chapitre.
    pub chapitres: Vec<ChapitrePropose>,
    /// The same by service.
    pub services: Vec<ServicePropose>,
    /// Legal checks.
    pub verifications: Vec<Verification>,
    /// What to know, "à faire :" before what to do.
    pub avertissements: Vec<String>,
    /// Accounts of its chart, for the lines that a service adds in the workbook.
    #[serde(skip)]
    pub comptes: Vec<ComptePossible>,
}

/// An account that a budget may use, in a direction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ComptePossible {
    /// Account.
    pub compte: String,
    /// `D` or `R`.
    pub sens: String,
    /// `F` or `I`.
    pub section: String,
    /// Chapitre.
    pub chapitre: String,
    /// Label.
    pub libelle: String,
}

/// A line of the proposal.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LigneProposee {
    /// `F` or `I`.
    pub section: String,
    /// `D` or `R`.
    pub sens: String,
    /// `reel` or `ordre`.
    pub ordre: String,
    /// Chapitre.
    pub chapitre: String,
    /// Account.
    pub nature: String,
    /// Function, empty when unknown.
    pub fonction: String,
    /// Service, empty without.
    pub service: String,
    /// Operation, empty without.
    pub operation: String,
    /// Label of the account.
    pub libelle: String,
    /// Last accounts.
    pub reference: Centimes,
    /// Cautious amount.
    pub prudent: Centimes,
    /// Proposed amount.
    pub central: Centimes,
    /// Favourable amount.
    pub favorable: Centimes,
    /// Already voted for that exercice on that account and function; `None` when no budget of it was read.
    pub deja_vote: Option<Centimes>,
    /// Mean past error at that distance, %.
    pub erreur_passee_pct: Option<f64>,
    /// `connu`, `regle` or `modele`.
    pub origine: String,
    /// True for a remainder carried over.
    pub report: bool,
    /// True for 021, 023 and the balancing loan: computed from all the others.
    pub equilibre: bool,
    /// Équilibre réel: `ressource` (own resource of investment), `a_couvrir` (by them), or empty.
    pub equilibre_reel: String,
    /// Why.
    pub raison: String,
}

impl Proposition {
    /// The rules of balance that the proposal breaks, a sentence each: to be said before anything else.
    pub fn manquements(&self) -> Vec<String> {
        let broken = self.verifications.iter().filter(|v| v.verdict == "non_conforme");
        let sentence = |v: &Verification| {
            let gap = fr::phrase(v.ecart.abs());
            match v.code.as_str() {
                "equilibre_reel" => format!(
                    "À corriger avant le vote : il manque *{gap}* de ressources propres pour rembourser la \
                     dette (CGCT, L.1612-4)."
                ),
                "equilibre_F" => {
                    format!(
                        "À corriger avant le vote : le fonctionnement est en déficit de *{gap}*."
                    )
                }
                "equilibre_I" => {
                    format!(
                        "À corriger avant le vote : l'investissement est en déficit de *{gap}*."
                    )
                }
                _ => {
                    format!("À corriger avant le vote : une règle n'est pas tenue, à *{gap}* près.")
                }
            }
        };
        broken.map(sentence).collect()
    }
}

impl LigneProposee {
    /// An own resource of investment.
    pub fn is_resource(&self) -> bool {
        self.equilibre_reel == "ressource"
    }

    /// To be covered by own resources.
    pub fn is_to_cover(&self) -> bool {
        self.equilibre_reel == "a_couvrir"
    }
}

/// A chapitre of the proposal.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ChapitrePropose {
    /// `F` or `I`.
    pub section: String,
    /// `D` or `R`.
    pub sens: String,
    /// Chapitre.
    pub chapitre: String,
    /// Label.
    pub libelle: String,
    /// Last accounts.
    pub reference: Centimes,
    /// Cautious amount.
    pub prudent: Centimes,
    /// Proposed amount.
    pub central: Centimes,
    /// Favourable amount.
    pub favorable: Centimes,
    /// Part of the proposal carried over.
    pub reports: Centimes,
    /// Already voted for that exercice, remainders included; `None` when no budget of it was read.
    pub vote: Option<Centimes>,
    /// Proposed less voted.
    pub ecart_vote: Option<Centimes>,
}

/// Sums of a section of the proposal.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct SectionProposee {
    /// `F` or `I`.
    pub section: String,
    /// Expenses.
    pub depenses: Centimes,
    /// Receipts.
    pub recettes: Centimes,
    /// Receipts less expenses.
    pub solde: Centimes,
}

/// The budget of one column of the proposal.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct BudgetPossible {
    /// `prudent`, `central` or `favorable`.
    pub colonne: String,
    /// Sums of each section.
    pub sections: Vec<SectionProposee>,
    /// Transfer to investment, 023 = 021.
    pub virement: Centimes,
    /// Loan that balances investment.
    pub emprunt: Centimes,
    /// Legal checks of that column.
    pub verifications: Vec<Verification>,
}

/// A service of the proposal, operating section.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ServicePropose {
    /// Name.
    pub service: String,
    /// Operating expenses of the last accounts.
    pub reference: Centimes,
    /// Operating expenses proposed.
    pub depenses: Centimes,
    /// Operating receipts proposed.
    pub recettes: Centimes,
}

/// A legal check or a control of a budget.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Verification {
    /// Budget and exercice.
    pub budget: String,
    /// Short name.
    pub code: String,
    /// What is checked.
    pub libelle: String,
    /// First side.
    pub gauche: Centimes,
    /// Second side.
    pub droite: Centimes,
    /// First side less the second.
    pub ecart: Centimes,
    /// `conforme`, `a_justifier`, `non_conforme` or `non_evalue`.
    pub verdict: String,
    /// Law or usage.
    pub source: String,
}

/// The budgets together.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Consolide {
    /// Chapitres of real operations.
    pub chapitres: Vec<ChapitreConsolide>,
    /// Flows between budgets.
    pub flux: Vec<FluxInterne>,
}

/// A chapitre of all the budgets.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ChapitreConsolide {
    /// `F` or `I`.
    pub section: String,
    /// `D` or `R`.
    pub sens: String,
    /// Chapitre.
    pub chapitre: String,
    /// Sum of the budgets.
    pub somme: Centimes,
    /// Flows taken out.
    pub flux: Centimes,
    /// Sum less flows.
    pub net: Centimes,
}

/// A flow between two budgets.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct FluxInterne {
    /// What it is.
    pub libelle: String,
    /// Expense account.
    pub compte_depense: String,
    /// Receipt account.
    pub compte_recette: String,
    /// Expenses found.
    pub depense: Centimes,
    /// Receipts found.
    pub recette: Centimes,
    /// Taken out of both.
    pub elimine: Centimes,
}

/// A duty that depends on the population.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Obligation {
    /// From this number of inhabitants.
    pub seuil: u32,
    /// Up to this number, when it stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jusqu_a: Option<u32>,
    /// What.
    pub libelle: String,
    /// Text.
    pub source: String,
    /// True when the text is to be verified.
    pub a_verifier: bool,
}
