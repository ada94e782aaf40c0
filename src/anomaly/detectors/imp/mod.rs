//! Family IMP: accounts and fonctions that a supplier, a service or a wording never had.
//!
//! [`model`] weighs each row's account against a wrong one; one file a code words the result. The
//! weights are decibans and add up to the odds of a wrong account.
//!
//! **Invariant:** one finding at most for a row; same findings whatever the order of the rows and the
//! number of threads.

use crate::anomaly::card::Card;
use crate::anomaly::detectors::mnt::score::probability;
use crate::anomaly::detectors::mnt::words::{several, weight};
use crate::anomaly::detectors::mnt::{Bounds, Control, merge, prioritise, total};
use crate::anomaly::detectors::{Context, Detector, Report, Run};
use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::domain::progress::Progress;
use crate::frames::ledger::Ledger;

mod cards;
pub mod imp01_new_account;
pub mod imp02_foreign_function;
pub mod imp03_wrong_section;
pub(crate) mod model;
pub(crate) mod novelty;

use model::{Candidate, TERMS, Target};

/// The controls of the family.
pub const CONTROLS: [Control; 3] =
    [imp01_new_account::CONTROL, imp02_foreign_function::CONTROL, imp03_wrong_section::CONTROL];

/// The family.
pub struct Imputations;

impl Detector for Imputations {
    fn cards(&self) -> &'static [Card] {
        &cards::CARDS
    }

    fn accepts(&self, number: u8, name: &str, value: f64) -> bool {
        Params::default().set(number, name, value)
    }

    fn detect(&self, context: &Context<'_>) -> Report {
        let mut params = Params::default();
        for (number, name, value) in context.settings.of(Family::Imp) {
            params.set(number, name, value);
        }
        let suppliers = &context.prepared.suppliers.of_row;
        let findings = detect(context.ledger, suppliers, &params, context.progress);
        let mut report = context.report(&cards::CARDS, findings);
        // a section is read in the class of an account: only in a French chart
        let section = imp03_wrong_section::CONTROL.code;
        if let Some(run @ Run::Done { .. }) = report.runs.get_mut(&section)
            && !imp03_wrong_section::is_french_chart(context.ledger)
        {
            *run = Run::NotDone("les comptes ne sont pas ceux d'un plan communal".to_owned());
        }
        report
    }
}

/// Parameters of the family.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Expected number of wrong accounts a row.
    pub rate: f64,
    /// Expected number of wrong fonctions a row (IMP02).
    pub rate_fonction: f64,
    /// Natural log-odds under which a row is not listed.
    pub least_log_odds: f64,
    /// Probability from which a finding is `a_verifier`.
    pub a_verifier: f64,
    /// Probability from which a finding is `prioritaire`.
    pub prioritaire: f64,
    /// Largest share of the rows that may be `prioritaire` or `a_verifier`.
    pub checked: f64,
    /// Largest share of the rows that may be listed.
    pub listed: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            rate: 4e-4,
            rate_fonction: 4e-4,
            least_log_odds: -7.0,
            a_verifier: 0.4,
            prioritaire: 0.75,
            checked: 0.001,
            listed: 0.008,
        }
    }
}

impl Params {
    /// Sets the threshold `name` of the page of control `number`; false when there is no such name or the
    /// value has no meaning.
    pub fn set(&mut self, number: u8, name: &str, value: f64) -> bool {
        let place = match name {
            "taux" if number == 2 => &mut self.rate_fonction,
            "taux" => &mut self.rate,
            "a_verifier" => &mut self.a_verifier,
            "prioritaire" => &mut self.prioritaire,
            "part_a_verifier" => &mut self.checked,
            "part_listee" => &mut self.listed,
            _ => return false,
        };
        let meaningful = value > 0.0 && value <= 1.0;
        if meaningful {
            *place = value;
        }
        meaningful
    }
}

/// Finds atypical accounts. `supplier` as for [`crate::anomaly::detectors::mnt::detect`]. Most probable
/// first.
pub fn detect(
    ledger: &Ledger,
    supplier: &[u32],
    params: &Params,
    progress: &dyn Progress,
) -> Vec<Finding> {
    progress.tick("Imputations atypiques", 0, ledger.len() as u64);
    let limit = ((params.listed * ledger.len() as f64) as usize).max(10);
    let french = imp03_wrong_section::is_french_chart(ledger);
    let mut findings = Vec::new();
    for (target, rate) in [(Target::Account, params.rate), (Target::Fonction, params.rate_fonction)]
    {
        let bounds = (params.least_log_odds, limit);
        let found = model::candidates(ledger, supplier, (target, rate), bounds);
        let words = |c: &Candidate| match target {
            Target::Account => wording(ledger, c, french),
            Target::Fonction => imp02_foreign_function::wording(ledger, c),
        };
        let more = found.iter().map(|c| finding(ledger, c, words(c))).collect();
        findings = if findings.is_empty() { more } else { merge(ledger, findings, more) };
        if progress.cancelled() {
            break;
        }
    }
    if french {
        findings = merge(ledger, findings, imp03_wrong_section::detect(ledger));
    }
    findings.truncate(limit);
    let bounds = Bounds {
        a_verifier: params.a_verifier,
        prioritaire: params.prioritaire,
        checked: params.checked,
    };
    prioritise(&mut findings, ledger.len(), &bounds);
    findings
}

/// Words of a finding.
pub(crate) struct Wording {
    /// The control.
    pub code: ControlCode,
    /// One sentence of at most 20 words.
    pub motif: String,
    /// What to check.
    pub a_faire: &'static str,
}

fn wording(ledger: &Ledger, c: &Candidate, french: bool) -> Wording {
    if let Some(words) = french.then(|| imp03_wrong_section::wording(ledger, c)).flatten() {
        return words;
    }
    imp01_new_account::wording(ledger, c)
}

fn finding(ledger: &Ledger, c: &Candidate, words: Wording) -> Finding {
    let Wording { code, motif, a_faire } = words;
    let what = if code == imp02_foreign_function::CONTROL.code { "Fonction" } else { "Compte" };
    let (rows, here) = c.rows;
    let variety = if c.terms[2] < 0.0 {
        "Habitudes variées chez ce fournisseur"
    } else {
        "Habitude unique chez ce fournisseur"
    };
    let names: [(String, String); TERMS] = [
        ("Rareté de ce type d'erreur".into(), "taux attendu avant lecture".into()),
        (
            format!("{what} : nouveauté pour ce fournisseur"),
            format!("{} sur {rows}", several(u64::from(here), "ligne")),
        ),
        (variety.into(), several(u64::from(c.accounts), "valeur")),
        (format!("{what} : rareté chez les fournisseurs comparables"), String::new()),
        (
            format!("{what} : rareté pour ce service ou ce libellé"),
            format!("{} du service sur {}", several(u64::from(c.service.1), "ligne"), c.service.0),
        ),
        (format!("{what} : jamais vu avec ce libellé"), String::new()),
    ];
    let evidence = names
        .into_iter()
        .zip(c.terms)
        .map(|((niveau, valeurs), t)| Evidence { niveau, poids: weight(t), valeurs })
        .filter(|e| e.poids.abs() > 0.0)
        .collect();
    let mut finding = Finding {
        code,
        rows: vec![c.row],
        indice: 0.0,
        probabilite: probability(c.log_odds),
        priorite: Priorite::Information,
        enjeu: Centimes(ledger.montant[c.row as usize]).abs(),
        motif,
        a_faire: a_faire.into(),
        evidence,
    };
    total(&mut finding);
    finding
}

/// Code of the family.
pub(crate) const fn code(number: u8) -> ControlCode {
    ControlCode::new(Family::Imp, number)
}

/// Account of a row as shown: nature, else chapitre, cut to 20 characters.
pub(crate) fn account(ledger: &Ledger, row: u32) -> String {
    use crate::frames::ledger::TextKey;
    let row = row as usize;
    let text = match ledger.text(TextKey::Nature) {
        Some(column) => column.get(row),
        None => ledger.text_at(TextKey::Chapitre, row),
    };
    text.split_whitespace().next().unwrap_or("").chars().take(20).collect()
}
