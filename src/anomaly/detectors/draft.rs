//! A finding of a rule: named levels in decibans that add up, a probability, a priority.
//!
//! Rules state facts; the levels say how surprising the fact is in this ledger and what may explain it. A
//! fact that is common in the ledger weighs little: the habit of the house is not an anomaly.
//!
//! **Invariant:** `indice` is the exact sum of the rounded weights; the probability follows from it alone.

use std::cmp::Ordering;

use crate::anomaly::card::Card;
use crate::anomaly::detectors::mnt::words::weight;
use crate::anomaly::detectors::{Context, Detector, Report, Run};
use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::control::ControlCode;
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, TextKey};

/// Probability from which a finding is `prioritaire`, then `a_verifier`.
const LEVELS: (f64, f64) = (0.75, 0.4);

/// A finding being weighed.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    code: ControlCode,
    rows: Vec<u32>,
    terms: Vec<(&'static str, f64, String)>,
}

impl Draft {
    /// Starts from what is believed before reading: decibans of a real anomaly when the fact is seen.
    pub(crate) fn new(code: ControlCode, rows: Vec<u32>, before: f64) -> Self {
        let draft = Self { code, rows, terms: Vec::new() };
        let often =
            if before < 0.0 { "fait souvent explicable" } else { "fait rarement explicable" };
        draft.level("Avant lecture", before, often.to_owned())
    }

    /// Adds a level; a weight of zero is left out.
    #[must_use]
    pub(crate) fn level(mut self, name: &'static str, decibans: f64, values: String) -> Self {
        if weight(decibans) != 0.0 {
            self.terms.push((name, decibans, values));
        }
        self
    }

    /// Adds a level when `holds`.
    #[must_use]
    pub(crate) fn when(self, holds: bool, name: &'static str, decibans: f64, values: &str) -> Self {
        if holds { self.level(name, decibans, values.to_owned()) } else { self }
    }

    /// Closes the finding. `cap` is the highest priority it may have.
    pub(crate) fn finding(self, words: Words, enjeu: Centimes, cap: Priorite) -> Finding {
        let evidence: Vec<Evidence> = self
            .terms
            .into_iter()
            .map(|(niveau, w, valeurs)| Evidence {
                niveau: niveau.to_owned(),
                poids: weight(w),
                valeurs,
            })
            .collect();
        let hundredths: i64 = evidence.iter().map(|e| (e.poids * 100.0).round() as i64).sum();
        let indice = hundredths as f64 / 100.0;
        let probabilite = 1.0 / (1.0 + 10_f64.powf(-indice / 10.0));
        let natural = if probabilite >= LEVELS.0 {
            Priorite::Prioritaire
        } else if probabilite >= LEVELS.1 {
            Priorite::AVerifier
        } else {
            Priorite::Information
        };
        Finding {
            code: self.code,
            rows: self.rows,
            indice,
            probabilite,
            // `Prioritaire` is the least of the order: the cap is the lesser urgency of the two.
            priorite: natural.max(cap),
            enjeu,
            motif: words.motif,
            a_faire: words.a_faire.to_owned(),
            evidence,
        }
    }
}

/// What a finding says.
pub(crate) struct Words {
    /// One sentence of at most 20 words.
    pub(crate) motif: String,
    /// What to check, infinitive.
    pub(crate) a_faire: &'static str,
}

/// Cases before which the ledger says little of how common a fact is; the share believed until then.
const PRIOR: (f64, f64) = (200.0, 0.01);

/// Decibans for a fact seen `seen` times out of `all`, nought at one case in a hundred: rare facts say
/// more, and a few cases say nothing. Between `low` and `high`.
pub(crate) fn rarity(seen: usize, all: usize, (low, high): (f64, f64)) -> f64 {
    let share = (seen as f64 + PRIOR.0 * PRIOR.1) / (all as f64 + PRIOR.0);
    (-10.0 * share.log10() - 20.0).clamp(low, high)
}

/// Puts rows in an order that their content alone decides: day, number of the piece, line, invoice,
/// amount, object. Rows alike in all keep the order of their provenance.
pub(crate) fn by_content(ledger: &Ledger, rows: &mut [u32]) {
    rows.sort_by(|a, b| content_order(ledger, *a, *b));
}

/// The order of [`by_content`] for two rows.
pub(crate) fn content_order(ledger: &Ledger, a: u32, b: u32) -> Ordering {
    let (a, b) = (a as usize, b as usize);
    let texts = [TextKey::Mandat, TextKey::Ligne, TextKey::Facture, TextKey::Objet];
    let words = texts.into_iter().map(|k| ledger.text_at(k, a).cmp(ledger.text_at(k, b)));
    let days = ledger.day(a).cmp(&ledger.day(b));
    days.then_with(|| ledger.montant[a].cmp(&ledger.montant[b]))
        .then_with(|| words.fold(Ordering::Equal, Ordering::then))
        .then_with(|| ledger.record_name(a).cmp(&ledger.record_name(b)))
}

/// Words that a name cut short may not end with.
const LINKS: [&str; 24] = [
    "et", "de", "du", "des", "d", "la", "le", "les", "l", "un", "une", "à", "au", "aux", "en",
    "pour", "par", "sur", "sous", "avec", "ou", "and", "of", "the",
];

/// The first `n` words of a name; when some are left out it ends with `…`, never on a linking word.
pub(crate) fn cut(name: &str, n: usize) -> String {
    let all: Vec<&str> = name.split_whitespace().collect();
    let mut kept = &all[..n.min(all.len())];
    if kept.len() == all.len() {
        return all.join(" ");
    }
    let link = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        bare.is_empty() || LINKS.contains(&bare.as_str())
    };
    while let [rest @ .., last] = kept
        && !rest.is_empty()
        && link(last)
    {
        kept = rest;
    }
    let text = kept.join(" ");
    let text = text.trim_end_matches(|c: char| !c.is_alphanumeric());
    if text.is_empty() { String::new() } else { format!("{text}…") }
}

/// `1 sur 1 240`.
pub(crate) fn out_of(seen: usize, all: usize) -> String {
    use crate::anomaly::detectors::mnt::words::count;
    format!("{} sur {}", count(seen as u64), count(all as u64))
}

/// A day as people write it: `05/03/2025`; empty without one.
pub(crate) fn day_text(day: i32) -> String {
    use crate::domain::calendar::civil;
    civil(day).map(|d| d.strftime("%d/%m/%Y").to_string()).unwrap_or_default()
}

/// `5,0 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", 100.0 * share).replace('.', ",")
}

/// Sum of the amounts of rows.
pub(crate) fn total(ledger: &Ledger, rows: &[u32]) -> Centimes {
    rows.iter().map(|r| Centimes(ledger.montant[*r as usize])).sum()
}

/// What a rule gives back.
pub(crate) struct Outcome {
    /// What was examined, or why nothing could be.
    pub(crate) run: Run,
    /// Findings in any order.
    pub(crate) findings: Vec<Finding>,
}

impl Outcome {
    /// The rule could not run.
    pub(crate) fn not_done(reason: impl Into<String>) -> Self {
        Self { run: Run::NotDone(reason.into()), findings: Vec::new() }
    }
}

/// One rule of a family.
pub(crate) type Rule = fn(&Context<'_>) -> Outcome;

/// A threshold: number of the control, name, least and largest value.
pub(crate) type Threshold = (u8, &'static str, f64, f64);

/// A family made of rules, one a card.
pub struct Rules {
    pub(crate) cards: &'static [Card],
    pub(crate) checks: &'static [Rule],
    pub(crate) thresholds: &'static [Threshold],
}

impl Detector for Rules {
    fn cards(&self) -> &'static [Card] {
        self.cards
    }

    fn accepts(&self, number: u8, name: &str, value: f64) -> bool {
        let named = self.thresholds.iter().find(|t| t.0 == number && t.1 == name);
        named.is_some_and(|(_, _, low, high)| (*low..=*high).contains(&value))
    }

    fn detect(&self, context: &Context<'_>) -> Report {
        let mut report = Report::default();
        for (card, rule) in self.cards.iter().zip(self.checks) {
            if !context.wants(card.code) {
                continue;
            }
            context.progress.tick(card.titre, 0, context.ledger.len() as u64);
            let outcome = match card.missing(context.ledger) {
                Some(column) => Outcome { run: Run::missing(column), findings: Vec::new() },
                None => rule(context),
            };
            report.runs.insert(card.code, outcome.run);
            report.findings.extend(outcome.findings);
        }
        report.findings.sort_by(|a, b| {
            let strength = b.probabilite.total_cmp(&a.probabilite);
            strength.then(a.code.cmp(&b.code)).then_with(|| a.rows.cmp(&b.rows))
        });
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::control::Family;

    #[test]
    fn names_are_cut_at_a_word_that_says_something() {
        assert_eq!(cut("Régie de recettes du marché couvert", 2), "Régie…");
        assert_eq!(
            cut("Fournitures scolaires Archétype et Cie", 4),
            "Fournitures scolaires Archétype…"
        );
        assert_eq!(cut("Menuiserie, de la Gare", 3), "Menuiserie…");
        assert_eq!(cut("Réparations Maquette SARL", 3), "Réparations Maquette SARL");
        assert_eq!((cut("De la Tour Paul", 2).as_str(), cut("Nom long", 0).as_str()), ("De…", ""));
    }

    #[test]
    fn weights_add_up_and_the_cap_holds() {
        let draft = |cap| {
            let words = Words { motif: String::new(), a_faire: "" };
            Draft::new(ControlCode::new(Family::Seq, 1), vec![3], -10.0)
                .level("Rareté", 22.333, out_of(1, 1_240))
                .when(false, "Absent", 50.0, "")
                .finding(words, Centimes::ZERO, cap)
        };
        let finding = draft(Priorite::Prioritaire);
        assert!((finding.indice - 12.33).abs() < 1e-9);
        assert!((finding.probabilite - 0.9448).abs() < 1e-3);
        assert_eq!(finding.priorite, Priorite::Prioritaire);
        assert_eq!(draft(Priorite::Information).priorite, Priorite::Information);
        assert_eq!(finding.evidence.len(), 2);
    }

    #[test]
    fn what_is_common_says_little() {
        assert!(rarity(1, 100_000, (-20.0, 20.0)) > 19.9);
        assert!(rarity(5_000, 10_000, (-20.0, 20.0)) < -16.0);
        assert!(rarity(1, 8, (-20.0, 20.0)).abs() < 2.0, "eight cases say nothing");
    }
}
