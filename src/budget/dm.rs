//! The décision modificative that a landing calls for: credits moved where they will be missing.
//!
//! Needs are chapitres whose landing passes their credits, and receipts that will surely be missing.
//! They are met first by transfers that the executive may decide alone (M57 fungibility: 7.5 % of the
//! real expenditure voted in the section at most, personnel left out, transfers already made counted),
//! then by a decision of the council: credits that will stay (counted on the high bound of the
//! landing), receipts that will surely be more, a smaller virement to investment.
//!
//! **Invariant:** in each section the movements proposed balance to the centime; what no credit meets is
//! said, never hidden in the movements.

use std::collections::{BTreeMap, BTreeSet};

use crate::budget::constantes;
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;

/// Chapitre of personnel, out of fungibility.
const PERSONNEL: &str = "012";
/// Highest rate that a council may vote, % (table of constants).
pub fn taux_max() -> f64 {
    constantes::usage("fongibilite_taux")
}

/// Amounts move by whole hundreds of euros.
const STEP: i64 = 10_000;

/// A chapitre and what it should end at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapitre {
    /// Section.
    pub section: Section,
    /// Dépense or recette.
    pub sens: Sens,
    /// Code.
    pub code: String,
    /// Credits opened, or receipts voted.
    pub credits: Centimes,
    /// Landing.
    pub prevu: Centimes,
    /// Bounds of 80 %.
    pub intervalle_80: (Centimes, Centimes),
}

/// Fungibility of a section as voted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fongibilite {
    /// Rate voted, %.
    pub taux: f64,
    /// Transfers already made in the exercice.
    pub utilise: Centimes,
}

/// Who decides a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acte {
    /// A transfer of the executive.
    Virement,
    /// A décision modificative of the council.
    Decision,
}

impl Acte {
    /// Word shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Virement => "virement",
            Self::Decision => "decision_modificative",
        }
    }
}

/// A credit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mouvement {
    /// Who decides.
    pub acte: Acte,
    /// Section.
    pub section: Section,
    /// Dépense or recette.
    pub sens: Sens,
    /// Chapitre.
    pub chapitre: String,
    /// Signed amount.
    pub montant: Centimes,
    /// Why, French.
    pub motif: &'static str,
}

/// Use of the fungibility of a section.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plafond {
    /// Section.
    pub section: Section,
    /// Real expenditure voted.
    pub base: Centimes,
    /// Rate, %.
    pub taux: f64,
    /// Most that may move in the exercice.
    pub plafond: Centimes,
    /// Already moved.
    pub utilise: Centimes,
    /// Moved by this proposal.
    pub propose: Centimes,
}

/// Movements proposed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposition {
    /// Movements by act, section, sens and chapitre.
    pub mouvements: Vec<Mouvement>,
    /// Needs that no credit meets.
    pub non_finances: Vec<(Section, String, Centimes)>,
    /// Fungibility by section, when the norm has it.
    pub plafonds: Vec<Plafond>,
}

type Changes = BTreeMap<(Acte, Section, Sens, String), (i64, &'static str)>;

const NEED: &str = "atterrissage au-dessus des crédits";
const SPARE: &str = "crédits qui resteront, borne haute de l'atterrissage déduite";
const MORE: &str = "recettes attendues au-delà du voté, borne basse";
const LESS: &str = "recettes attendues sous le voté, même à la borne haute";
const TRANSFER: &str = "virement entre sections réduit d'autant";

/// A need or a spare credit of a chapitre, centimes.
#[derive(Debug, Clone)]
struct Part {
    sens: Sens,
    code: String,
    left: i64,
}

/// Proposes the movements of both sections. `votes` is the real expenditure voted by section;
/// `fongibilite` is empty for norms without it; nothing moves any more in the sections `closed` by law.
pub fn propose(
    chapitres: &[Chapitre],
    votes: &BTreeMap<Section, Centimes>,
    fongibilite: &BTreeMap<Section, Fongibilite>,
    closed: &BTreeSet<Section>,
) -> Proposition {
    let mut out = Proposition::default();
    let mut changes = Changes::new();
    let mut spare_investment = Vec::new();
    for section in [Section::I, Section::F].into_iter().filter(|s| !closed.contains(s)) {
        let mut needs = parts(chapitres, section, Sens::D, |c| up(c.prevu.0 - c.credits.0));
        let mut spares =
            parts(chapitres, section, Sens::D, |c| down(c.credits.0 - c.intervalle_80.1.0));
        if let Some(rule) = fongibilite.get(&section) {
            let base = votes.get(&section).copied().unwrap_or_default();
            let plafond = Centimes((base.0.max(0) as f64 * rule.taux / 100.0) as i64);
            let room = down((plafond - rule.utilise).0);
            let moved = transfer(section, room, (&mut needs, &mut spares), &mut changes);
            out.plafonds.push(Plafond {
                section,
                base,
                taux: rule.taux,
                plafond,
                utilise: rule.utilise,
                propose: Centimes(moved),
            });
        }
        decide(chapitres, section, (&mut needs, &mut spares), &mut changes);
        if section == Section::I {
            spare_investment = spares;
        } else {
            reduce_transfer(chapitres, &mut needs, &mut spare_investment, &mut changes);
        }
        let unmet = needs.into_iter().filter(|n| n.left > 0);
        out.non_finances.extend(unmet.map(|n| (section, n.code, Centimes(n.left))));
    }
    out.plafonds.sort_by_key(|p| p.section);
    out.mouvements = changes
        .into_iter()
        .filter(|(_, (amount, _))| *amount != 0)
        .map(|((acte, section, sens, chapitre), (amount, motif))| Mouvement {
            acte,
            section,
            sens,
            chapitre,
            montant: Centimes(amount),
            motif,
        })
        .collect();
    out
}

fn up(amount: i64) -> i64 {
    if amount <= 0 { 0 } else { (amount + STEP - 1) / STEP * STEP }
}

fn down(amount: i64) -> i64 {
    amount.max(0) / STEP * STEP
}

/// Chapitres of a section with a positive amount, the largest first.
fn parts(
    chapitres: &[Chapitre],
    section: Section,
    sens: Sens,
    amount: impl Fn(&Chapitre) -> i64,
) -> Vec<Part> {
    let ours = chapitres.iter().filter(|c| c.section == section && c.sens == sens);
    let mut out: Vec<Part> =
        ours.map(|c| Part { sens, code: c.code.clone(), left: amount(c) }).collect();
    out.retain(|p| p.left > 0);
    out.sort_by(|a, b| b.left.cmp(&a.left).then_with(|| a.code.cmp(&b.code)));
    out
}

fn note(changes: &mut Changes, key: (Acte, Section, Sens, &str), amount: i64, motif: &'static str) {
    let (acte, section, sens, chapitre) = key;
    changes.entry((acte, section, sens, chapitre.to_owned())).or_insert((0, motif)).0 += amount;
}

/// Transfers of the executive, personnel left out, up to `room`; gives what was moved.
fn transfer(
    section: Section,
    mut room: i64,
    (needs, spares): (&mut [Part], &mut [Part]),
    changes: &mut Changes,
) -> i64 {
    let mut moved = 0;
    for need in needs.iter_mut().filter(|n| n.code != PERSONNEL) {
        for spare in spares.iter_mut().filter(|s| s.code != PERSONNEL) {
            let amount = need.left.min(spare.left).min(room);
            if amount > 0 {
                note(changes, (Acte::Virement, section, Sens::D, &need.code), amount, NEED);
                note(changes, (Acte::Virement, section, Sens::D, &spare.code), -amount, SPARE);
                need.left -= amount;
                spare.left -= amount;
                room -= amount;
                moved += amount;
            }
        }
    }
    moved
}

/// What the council decides inside the section: missing receipts come as needs, then sure receipts and
/// spare credits meet all needs.
fn decide(
    chapitres: &[Chapitre],
    section: Section,
    (needs, spares): (&mut Vec<Part>, &mut [Part]),
    changes: &mut Changes,
) {
    let missing = parts(chapitres, section, Sens::R, |c| {
        if c.intervalle_80.1 < c.credits { down(c.credits.0 - c.prevu.0) } else { 0 }
    });
    let mut more = parts(chapitres, section, Sens::R, |c| down(c.intervalle_80.0.0 - c.credits.0));
    for less in missing {
        let met = meet(section, less.left, (&mut more, spares), changes);
        if met > 0 {
            note(changes, (Acte::Decision, section, Sens::R, &less.code), -met, LESS);
        }
        if met < less.left {
            needs.push(Part { left: less.left - met, ..less });
        }
    }
    for need in needs.iter_mut().filter(|n| n.sens == Sens::D) {
        let met = meet(section, need.left, (&mut more, spares), changes);
        if met > 0 {
            note(changes, (Acte::Decision, section, Sens::D, &need.code), met, NEED);
            need.left -= met;
        }
    }
}

/// Draws up to `wanted` from sure receipts then spare credits; gives what was found.
fn meet(
    section: Section,
    wanted: i64,
    (more, spares): (&mut [Part], &mut [Part]),
    changes: &mut Changes,
) -> i64 {
    let mut met = 0;
    for (source, sens, sign, motif) in [(more, Sens::R, 1, MORE), (spares, Sens::D, -1, SPARE)] {
        for part in source.iter_mut() {
            let amount = (wanted - met).min(part.left);
            if amount > 0 {
                note(changes, (Acte::Decision, section, sens, &part.code), sign * amount, motif);
                part.left -= amount;
                met += amount;
            }
        }
    }
    met
}

/// Needs of the operating section met by a smaller 023, hence a smaller 021, hence less investment.
fn reduce_transfer(
    chapitres: &[Chapitre],
    needs: &mut [Part],
    spare_investment: &mut [Part],
    changes: &mut Changes,
) {
    let voted = |code: &str, sens: Sens| {
        let ours = chapitres.iter().find(|c| c.code == code && c.sens == sens);
        ours.map_or(0, |c| c.credits.0)
    };
    let mut room = down(voted("023", Sens::D).min(voted("021", Sens::R)));
    for need in needs.iter_mut() {
        for spare in spare_investment.iter_mut() {
            let amount = need.left.min(spare.left).min(room);
            if amount <= 0 {
                continue;
            }
            let decision = Acte::Decision;
            note(changes, (decision, Section::F, Sens::D, "023"), -amount, TRANSFER);
            note(changes, (decision, Section::I, Sens::R, "021"), -amount, TRANSFER);
            note(changes, (decision, Section::I, Sens::D, &spare.code), -amount, SPARE);
            if need.sens == Sens::D {
                note(changes, (decision, Section::F, Sens::D, &need.code), amount, NEED);
            } else {
                note(changes, (decision, Section::F, Sens::R, &need.code), -amount, LESS);
            }
            need.left -= amount;
            spare.left -= amount;
            room -= amount;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chapitre(code: &str, sens: Sens, euros: (i64, i64, i64, i64)) -> Chapitre {
        let (credits, bas, prevu, haut) = euros;
        Chapitre {
            section: if matches!(code, "21" | "23" | "021" | "024") {
                Section::I
            } else {
                Section::F
            },
            sens,
            code: code.to_owned(),
            credits: Centimes(credits * 100),
            prevu: Centimes(prevu * 100),
            intervalle_80: (Centimes(bas * 100), Centimes(haut * 100)),
        }
    }

    fn rule(taux: f64, utilise: i64) -> BTreeMap<Section, Fongibilite> {
        BTreeMap::from([(Section::F, Fongibilite { taux, utilise: Centimes(utilise * 100) })])
    }

    fn votes() -> BTreeMap<Section, Centimes> {
        BTreeMap::from([(Section::F, Centimes(100_000_000))])
    }

    fn balanced(p: &Proposition) -> bool {
        [Section::F, Section::I].iter().all(|section| {
            let sum = |sens| -> i64 {
                let ours = p.mouvements.iter().filter(|m| m.section == *section && m.sens == sens);
                ours.map(|m| m.montant.0).sum()
            };
            sum(Sens::D) == sum(Sens::R)
        })
    }

    fn amount(p: &Proposition, acte: Acte, code: &str) -> i64 {
        let ours = p.mouvements.iter().filter(|m| m.acte == acte && m.chapitre == code);
        ours.map(|m| m.montant.0 / 100).sum()
    }

    #[test]
    fn a_transfer_of_the_executive_stays_under_its_ceiling() {
        // by hand: 011 lacks 60 000, 65 keeps 80 000; 7.5 % of 1 000 000 less 30 000 leaves 45 000
        let chapitres = [
            chapitre("011", Sens::D, (400_000, 450_000, 460_000, 470_000)),
            chapitre("65", Sens::D, (300_000, 200_000, 210_000, 220_000)),
        ];
        let p = propose(&chapitres, &votes(), &rule(7.5, 30_000), &BTreeSet::new());
        assert_eq!(amount(&p, Acte::Virement, "011"), 45_000);
        assert_eq!(amount(&p, Acte::Virement, "65"), -45_000);
        assert_eq!(amount(&p, Acte::Decision, "011"), 15_000);
        assert_eq!(amount(&p, Acte::Decision, "65"), -15_000);
        assert!(balanced(&p) && p.non_finances.is_empty());
        assert_eq!(p.plafonds[0].plafond, Centimes(7_500_000));
        assert_eq!(p.plafonds[0].propose, Centimes(4_500_000));
    }

    #[test]
    fn a_section_closed_by_law_does_not_move() {
        // 011 lacks 30 000, which investment could give before 31 December; 65 keeps 10 000
        let chapitres = [
            chapitre("011", Sens::D, (100_000, 130_000, 130_000, 130_000)),
            chapitre("65", Sens::D, (50_000, 40_000, 40_000, 40_000)),
            chapitre("023", Sens::D, (40_000, 40_000, 40_000, 40_000)),
            chapitre("021", Sens::R, (40_000, 40_000, 40_000, 40_000)),
            chapitre("21", Sens::D, (90_000, 50_000, 55_000, 60_000)),
        ];
        let none = BTreeMap::new();
        let open = propose(&chapitres, &votes(), &none, &BTreeSet::new());
        assert_eq!(amount(&open, Acte::Decision, "023"), -20_000);
        let january = propose(&chapitres, &votes(), &none, &BTreeSet::from([Section::I]));
        assert!(balanced(&january) && amount(&january, Acte::Decision, "65") == -10_000);
        assert_eq!(amount(&january, Acte::Decision, "023"), 0);
        assert_eq!(january.non_finances, [(Section::F, "011".to_owned(), Centimes(2_000_000))]);
        let both = BTreeSet::from([Section::F, Section::I]);
        let february = propose(&chapitres, &votes(), &none, &both);
        assert!(february.mouvements.is_empty() && february.non_finances.is_empty());
    }

    #[test]
    fn a_sale_funds_investment_only() {
        // 011 lacks 40 000 and 21 lacks 30 000; sales bring 100 000 for 20 000 voted on 024
        let chapitres = [
            chapitre("011", Sens::D, (100_000, 140_000, 140_000, 140_000)),
            chapitre("21", Sens::D, (50_000, 80_000, 80_000, 80_000)),
            chapitre("024", Sens::R, (20_000, 100_000, 100_000, 100_000)),
        ];
        let p = propose(&chapitres, &votes(), &rule(7.5, 0), &BTreeSet::new());
        assert!(balanced(&p), "{p:?}");
        assert_eq!(amount(&p, Acte::Decision, "024"), 30_000);
        assert_eq!(amount(&p, Acte::Decision, "21"), 30_000);
        assert_eq!(amount(&p, Acte::Decision, "011"), 0);
        assert_eq!(p.non_finances, [(Section::F, "011".to_owned(), Centimes(4_000_000))]);
    }

    #[test]
    fn personnel_needs_the_council() {
        let chapitres = [
            chapitre("012", Sens::D, (500_000, 505_000, 510_050, 515_000)),
            chapitre("65", Sens::D, (300_000, 200_000, 210_000, 220_000)),
        ];
        let p = propose(&chapitres, &votes(), &rule(7.5, 0), &BTreeSet::new());
        assert!(p.mouvements.iter().all(|m| m.acte == Acte::Decision));
        // rounded up to the hundred
        assert_eq!(amount(&p, Acte::Decision, "012"), 10_100);
        assert!(balanced(&p));
    }

    #[test]
    fn missing_receipts_then_the_transfer_between_sections() {
        let chapitres = [
            chapitre("011", Sens::D, (100_000, 120_000, 130_000, 140_000)),
            chapitre("73", Sens::R, (200_000, 170_000, 180_000, 190_000)),
            chapitre("74", Sens::R, (100_000, 105_000, 110_000, 115_000)),
            chapitre("023", Sens::D, (40_000, 40_000, 40_000, 40_000)),
            chapitre("021", Sens::R, (40_000, 40_000, 40_000, 40_000)),
            chapitre("21", Sens::D, (90_000, 50_000, 55_000, 60_000)),
        ];
        let p = propose(&chapitres, &votes(), &rule(7.5, 0), &BTreeSet::new());
        assert!(balanced(&p), "{p:?}");
        // 20 000 missing on 73: 5 000 from 74, 15 000 unmet inside the section; 011 lacks 30 000;
        // 023 gives 30 000 (what 21 keeps), so 15 000 is met by nothing
        assert_eq!(amount(&p, Acte::Decision, "74"), 5_000);
        assert_eq!(amount(&p, Acte::Decision, "023"), -30_000);
        assert_eq!(amount(&p, Acte::Decision, "21"), -30_000);
        let unmet: i64 = p.non_finances.iter().map(|(_, _, m)| m.0 / 100).sum();
        assert_eq!(unmet, 15_000);
    }
}
