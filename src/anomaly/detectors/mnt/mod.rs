//! Family MNT: atypical amounts, each weighed against what its supplier usually bills.
//!
//! [`rows`] gathers the ledger, [`habit`] learns what is usual, [`kinds`] says what each way of being
//! wrong would give, [`score`] turns both into odds; one file a code words the result. MNT06 (VAT),
//! MNT08 (Benford) and MNT09 (mixture of Gaussians, on trial) are tests of their own. The weights are decibans (ten times the decimal logarithm of
//! the odds) and add up to the odds of an error; the probability follows.
//!
//! **Invariant:** one finding at most for a row; same findings whatever the order of the rows and the
//! number of threads.

use crate::anomaly::card::Card;
use crate::anomaly::detectors::{Context, Detector, Report};
use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::domain::progress::Progress;
use crate::frames::ledger::{Ledger, TextKey};

pub(crate) mod cards;
#[cfg(test)]
mod cases;
mod crowded;
pub(crate) mod habit;
pub(crate) mod kinds;
pub mod mnt01_unusual_amount;
pub mod mnt02_expected_amount;
pub mod mnt03_unusual_sign;
pub mod mnt04_decimal_shift;
pub mod mnt05_round_sum;
pub mod mnt06_vat_arithmetic;
pub mod mnt07_large_first_payment;
pub mod mnt08_benford;
pub mod mnt09_rare_row;
pub(crate) mod periodic;
pub(crate) mod record;
pub(crate) mod rows;
pub(crate) mod score;
pub(crate) mod sign;
pub(crate) mod words;

use kinds::{KINDS, Kind};
use score::{Candidate, probability};

/// A control as shown to users: its code, its title and its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// Code.
    pub code: ControlCode,
    /// French title: "le contrôle a trouvé des ...".
    pub titre: &'static str,
    /// French page, Markdown.
    pub page: &'static str,
}

/// The controls of the family.
pub const CONTROLS: [Control; 9] = [
    mnt01_unusual_amount::CONTROL,
    mnt02_expected_amount::CONTROL,
    mnt03_unusual_sign::CONTROL,
    mnt04_decimal_shift::CONTROL,
    mnt05_round_sum::CONTROL,
    mnt06_vat_arithmetic::CONTROL,
    mnt07_large_first_payment::CONTROL,
    mnt08_benford::CONTROL,
    mnt09_rare_row::CONTROL,
];

/// The family.
pub struct Montants;

impl Detector for Montants {
    fn cards(&self) -> &'static [Card] {
        &cards::CARDS
    }

    fn accepts(&self, number: u8, name: &str, value: f64) -> bool {
        Params::default().set(number, name, value)
    }

    fn detect(&self, context: &Context<'_>) -> Report {
        let mut params = Params::default();
        for (number, name, value) in context.settings.of(Family::Mnt) {
            params.set(number, name, value);
        }
        let suppliers = &context.prepared.suppliers.of_row;
        let findings = detect(context.ledger, suppliers, &params, context.progress);
        context.report(&cards::CARDS, findings)
    }
}

/// Parameters of the family. Rates are expected numbers of errors a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Amounts multiplied or divided by 10 or 100, each (MNT04).
    pub rate_shift: f64,
    /// Wrong amounts of any other kind (MNT01, MNT07), and amounts of another record (MNT01).
    pub rate_other: f64,
    /// Round sums out of proportion (MNT05).
    pub rate_round: f64,
    /// Swapped digits of a usual amount (MNT02).
    pub rate_digits: f64,
    /// Changed signs (MNT03).
    pub rate_sign: f64,
    /// Days after the start of the ledger from which a supplier counts as new (MNT07).
    pub new_after_days: i32,
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
    /// Smallest number of amounts for Benford's law (MNT08).
    pub benford_rows: u64,
    /// Seed of the mixture (MNT09).
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            rate_shift: 2e-4,
            rate_other: 2e-4,
            rate_round: 1e-4,
            rate_digits: 1e-4,
            rate_sign: 2e-4,
            new_after_days: 90,
            least_log_odds: -9.0,
            a_verifier: 0.4,
            prioritaire: 0.75,
            checked: 0.003,
            listed: 0.025,
            benford_rows: 1_000,
            seed: 1,
        }
    }
}

impl Params {
    /// Sets the threshold `name` of the page of control `number`; false when the page has no such name
    /// or the value has no meaning.
    pub fn set(&mut self, number: u8, name: &str, value: f64) -> bool {
        let place = match (number, name) {
            (1, "taux") => &mut self.rate_other,
            (2, "taux") => &mut self.rate_digits,
            (3, "taux") => &mut self.rate_sign,
            (4, "taux") => &mut self.rate_shift,
            (5, "taux") => &mut self.rate_round,
            (7, "jours") if (0.0..=36_500.0).contains(&value) => {
                self.new_after_days = value as i32;
                return true;
            }
            (8, "montants") if (0.0..=1e9).contains(&value) => {
                self.benford_rows = value as u64;
                return true;
            }
            (9, "graine") if value >= 0.0 => {
                self.seed = value as u64;
                return true;
            }
            (1..=5 | 7, "a_verifier") => &mut self.a_verifier,
            (1..=5 | 7, "prioritaire") => &mut self.prioritaire,
            (1..=5 | 7, "part_a_verifier") => &mut self.checked,
            (1..=5 | 7, "part_listee") => &mut self.listed,
            _ => return false,
        };
        let meaningful = value > 0.0 && value <= 1.0;
        if meaningful {
            *place = value;
        }
        meaningful
    }

    /// Expected number of errors of a kind a row.
    pub(crate) fn rate(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Other | Kind::Borrowed => self.rate_other,
            Kind::Times10 | Kind::Times100 | Kind::Over10 => self.rate_shift,
            Kind::Over100 => self.rate_shift / 2.0,
            Kind::Round => self.rate_round,
            Kind::Digits => self.rate_digits,
            Kind::Sign => self.rate_sign,
        }
    }
}

/// Finds atypical amounts. `supplier` holds a code per row whose order comes from content, with
/// [`crate::frames::ledger::NO_TEXT`] where the supplier is unknown. Most probable first.
pub fn detect(
    ledger: &Ledger,
    supplier: &[u32],
    params: &Params,
    progress: &dyn Progress,
) -> Vec<Finding> {
    debug_assert_eq!(KINDS, Kind::ALL.len());
    let accounts = rows::accounts(ledger);
    let slots = rows::slots(ledger, supplier, &accounts);
    let limit = ((params.listed * ledger.len() as f64) as usize).max(10);
    let mut findings: Vec<Finding> =
        score::candidates(ledger, &slots, params, progress).iter().map(finding).collect();
    let others = [
        mnt02_expected_amount::departures(&periodic::read(ledger, &slots)),
        mnt06_vat_arithmetic::detect(ledger),
        mnt07_large_first_payment::detect(ledger, &slots, params),
        mnt08_benford::suppliers(&slots),
        mnt09_rare_row::detect(&slots, params.seed),
    ];
    for more in others {
        if !more.is_empty() {
            findings = merge(ledger, findings, more);
        }
    }
    findings.truncate(limit);
    prioritise(&mut findings, ledger.len(), &Bounds::of(params));
    findings.extend(mnt08_benford::detect(ledger, params.benford_rows));
    findings
}

/// Keeps, for each row, the more probable of two lists of findings of one row each, ranked by
/// probability, then by content.
pub(crate) fn merge(
    ledger: &Ledger,
    mut findings: Vec<Finding>,
    more: Vec<Finding>,
) -> Vec<Finding> {
    findings.extend(more);
    findings.sort_by(|a, b| {
        let by_code = || a.code.cmp(&b.code);
        a.rows.cmp(&b.rows).then(b.probabilite.total_cmp(&a.probabilite)).then_with(by_code)
    });
    findings.dedup_by(|b, a| a.rows == b.rows);
    let texts = [TextKey::TiersId, TextKey::TiersNom, TextKey::Nature, TextKey::Mandat];
    let content = |f: &Finding| {
        let row = f.rows.first().map_or(0, |r| *r as usize);
        let codes = texts.map(|k| ledger.text(k).map_or(0, |c| c.codes[row]));
        (ledger.day(row), ledger.montant[row], codes)
    };
    findings.sort_by(|a, b| {
        let stake = || b.enjeu.cmp(&a.enjeu);
        let tie = || content(a).cmp(&content(b));
        b.probabilite.total_cmp(&a.probabilite).then_with(stake).then_with(tie)
    });
    findings
}

/// Probabilities and largest share that bound the priorities of a family.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// From here, `a_verifier`.
    pub a_verifier: f64,
    /// From here, `prioritaire`.
    pub prioritaire: f64,
    /// Largest share of the rows that may be either.
    pub checked: f64,
}

impl Bounds {
    fn of(params: &Params) -> Self {
        let Params { a_verifier, prioritaire, checked, .. } = *params;
        Self { a_verifier, prioritaire, checked }
    }
}

/// Sets the priority of findings sorted most probable first, for a ledger of `rows` rows. The share of
/// rows to check is bounded, with room for 3 findings in the smallest ledgers.
pub(crate) fn prioritise(findings: &mut [Finding], rows: usize, bounds: &Bounds) {
    let room = ((bounds.checked * rows as f64) as usize).max(3);
    for (rank, finding) in findings.iter_mut().enumerate() {
        finding.priorite = match finding.probabilite {
            _ if rank >= room => Priorite::Information,
            p if p >= bounds.prioritaire => Priorite::Prioritaire,
            p if p >= bounds.a_verifier => Priorite::AVerifier,
            _ => Priorite::Information,
        };
    }
}

/// Names of the four middle terms and what each compared.
pub(crate) struct Wording {
    /// Number of the control.
    pub code: ControlCode,
    /// One sentence of at most 20 words.
    pub motif: String,
    /// What to check.
    pub a_faire: &'static str,
    /// Name and values of the terms 1 to 4.
    pub terms: [(&'static str, String); 4],
}

/// The control that words a candidate.
fn wording(c: &Candidate) -> Wording {
    let young = c.facts.first_payment && c.facts.rows <= 3;
    match c.kind {
        Kind::Sign => mnt03_unusual_sign::wording(c),
        Kind::Times10 | Kind::Times100 | Kind::Over10 | Kind::Over100 => {
            mnt04_decimal_shift::wording(c)
        }
        Kind::Digits => mnt02_expected_amount::wording(c),
        _ if young => mnt07_large_first_payment::wording(c),
        Kind::Round => mnt05_round_sum::wording(c),
        Kind::Other if mnt02_expected_amount::is_expected(c) => mnt02_expected_amount::wording(c),
        _ => mnt01_unusual_amount::wording(c),
    }
}

/// Terms of the amount, worded the same way for most controls.
pub(crate) fn amount_terms(
    c: &Candidate,
    last: (&'static str, String),
) -> [(&'static str, String); 4] {
    let f = &c.facts;
    let spread = if c.terms[2] < 0.0 {
        "Montants variables chez ce fournisseur"
    } else {
        "Montants réguliers chez ce fournisseur"
    };
    [
        (
            "Niveau du montant",
            format!(
                "{} ; médiane {}",
                words::signed(&c.slot, c.slot.cents),
                words::euros(f.median)
            ),
        ),
        (spread, words::rows(f.rows)),
        ("Chiffres du montant", format!("{} zéro(s) final(s) en centimes", c.slot.zeros)),
        last,
    ]
}

fn finding(c: &Candidate) -> Finding {
    let Wording { code, motif, a_faire, terms } = wording(c);
    let mut evidence = vec![Evidence {
        niveau: "Rareté de ce type d'erreur".into(),
        poids: words::weight(c.terms[0]),
        valeurs: "taux attendu avant lecture".into(),
    }];
    for ((niveau, valeurs), term) in terms.into_iter().zip(&c.terms[1..5]) {
        let poids = words::weight(*term);
        if poids.abs() > 0.0 {
            evidence.push(Evidence { niveau: niveau.into(), poids, valeurs });
        }
    }
    let others = words::weight(c.terms[5]);
    if others > 0.0 {
        let niveau = "Autres types d'erreur possibles".into();
        evidence.push(Evidence { niveau, poids: others, valeurs: String::new() });
    }
    let leap = [
        ("Saut au-dessus de tous les autres montants", words::short(c.facts.largest)),
        ("Libellé, marché et compte habituels ou propres à ce montant", String::new()),
    ];
    for ((niveau, valeurs), term) in leap.into_iter().zip(&c.terms[6..]) {
        let poids = words::weight(*term);
        if poids.abs() > 0.0 {
            evidence.push(Evidence { niveau: niveau.into(), poids, valeurs });
        }
    }
    let mut finding = Finding {
        code,
        rows: vec![c.slot.row],
        indice: 0.0,
        probabilite: probability(c.log_odds),
        priorite: Priorite::Information,
        enjeu: at_stake(c),
        motif,
        a_faire: a_faire.into(),
        evidence,
    };
    total(&mut finding);
    finding
}

/// Sets `indice` to the exact sum of the rounded weights.
pub(crate) fn total(finding: &mut Finding) {
    let hundredths: i64 = finding.evidence.iter().map(|e| (e.poids * 100.0).round() as i64).sum();
    finding.indice = hundredths as f64 / 100.0;
}

/// Euros at stake: the gap with the amount suspected, else with the supplier's median.
fn at_stake(c: &Candidate) -> Centimes {
    let expected = c.facts.suspected.unwrap_or(c.facts.median);
    let gap = match c.kind {
        Kind::Sign => c.slot.cents.saturating_mul(2),
        _ => c.slot.cents.abs_diff(expected),
    };
    Centimes(i64::try_from(gap).unwrap_or(i64::MAX))
}

/// Code of the family.
pub(crate) const fn code(number: u8) -> ControlCode {
    ControlCode::new(Family::Mnt, number)
}
