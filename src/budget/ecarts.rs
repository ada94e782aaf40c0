//! Past misses: what the same program would have forecast for exercices now known, and why it missed.
//!
//! Each past exercice is forecast from those before it; the natures that miss by a large amount get an
//! explanation: reform, odd year, account opened or closed, two accounts that take over from one another,
//! else the gap of the model, with what it expected.
//!
//! **Invariant:** the forecasts compared are those of the rolling origin, never adjusted afterwards;
//! what is compared is the amount of the accounts, not the one corrected for the models. An account that the
//! models join to another is compared with it, under the code that stays.

use crate::budget::constantes;
use crate::budget::history::{Budget, JOINED, Serie};
use crate::budget::postes;
use crate::budget::project::{Projection, french, rejouer};
use crate::budget::rules::{atypique, reformes};
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::plan;

/// A miss is large above this share of its total, or above `ecart_important` of the table of constants,
/// whichever comes first.
const LARGE_SHARE: f64 = 0.0025;
/// Two amounts are alike within that share: one account may take over from the other.
const ALIKE: f64 = 0.2;
/// Exercices known before a replay counts.
const KNOWN: usize = 2;

/// Why a nature was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A law moved the amount.
    Reforme,
    /// An event made the exercice odd.
    Evenement,
    /// An account stopped and another of the same family began that year for a like amount.
    Imputation,
    /// The account was used for the first time, or no longer.
    Ouverture,
    /// None of these: the model.
    Modele,
}

impl Cause {
    /// French word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reforme => "réforme",
            Self::Evenement => "événement",
            Self::Imputation => "changement d'imputation",
            Self::Ouverture => "compte ouvert ou fermé",
            Self::Modele => "écart du modèle",
        }
    }
}

/// A large miss.
#[derive(Debug, Clone, PartialEq)]
pub struct Ecart {
    /// Exercice missed.
    pub exercice: u16,
    /// Years from the accounts it was forecast from.
    pub distance: usize,
    /// Dépense or recette.
    pub sens: Sens,
    /// Account, in the nomenclature of the forecast.
    pub code: String,
    /// Its label.
    pub libelle: String,
    /// Forecast then.
    pub prevu: Centimes,
    /// Realised.
    pub realise: Centimes,
    /// Model then.
    pub modele: String,
    /// Why.
    pub cause: Cause,
    /// Why, one French sentence.
    pub explication: String,
}

/// Errors of one past exercice, % of the realised amounts of the operating section.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErreurPassee {
    /// Exercice.
    pub exercice: u16,
    /// Years from the accounts it was forecast from.
    pub distance: usize,
    /// Dépense or recette.
    pub sens: Sens,
    /// Weighted absolute error by nature.
    pub natures_pct: f64,
    /// The same with the last known amounts.
    pub natures_reconduites_pct: f64,
    /// Signed error of the total.
    pub total_pct: f64,
    /// The same with the last known amounts.
    pub total_reconduit_pct: f64,
}

/// What the replay of the past says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rejeu {
    /// Errors by exercice, distance, sens.
    pub erreurs: Vec<ErreurPassee>,
    /// Large misses at one year, the largest first by exercice.
    pub ecarts: Vec<Ecart>,
}

/// Replays the past exercices at a distance of 1 to `distances` years.
pub fn rejeu(budget: &Budget, distances: usize) -> Rejeu {
    let years = budget.exercices.len();
    let mut out = Rejeu::default();
    let realise = realised(budget);
    for (n, forecasts) in rejouer(budget, KNOWN, distances) {
        let steps = distances.min(years - n);
        for step in 0..steps {
            for sens in [Sens::D, Sens::R] {
                let seen = Seen { budget, realise: &realise, forecasts: &forecasts, n, step, sens };
                out.erreurs.extend(seen.errors());
                if step == 0 {
                    out.ecarts.extend(seen.misses());
                }
            }
        }
    }
    out.erreurs.sort_by_key(|e| (e.distance, e.exercice, e.sens));
    out.ecarts.sort_by_key(|e| (e.exercice, std::cmp::Reverse((e.prevu - e.realise).abs())));
    out
}

/// What the accounts say of each series, accounts joined by the models together.
fn realised(budget: &Budget) -> Vec<Vec<Centimes>> {
    let mut out: Vec<Vec<Centimes>> = budget.series.iter().map(|s| s.realise.clone()).collect();
    for r in budget.retraitements.iter().filter(|r| r.motif == JOINED) {
        let find =
            |code: &str| budget.series.iter().position(|s| s.sens == r.sens && s.code == code);
        let column = budget.exercices.iter().position(|y| *y == r.exercice);
        if let (Some(de), Some(vers), Some(column)) = (find(&r.de), find(&r.vers), column) {
            let moved = std::mem::take(&mut out[de][column]);
            out[vers][column] += moved;
        }
    }
    out
}

/// One exercice forecast from the first `n`.
struct Seen<'b> {
    budget: &'b Budget,
    /// Realised amounts of each series.
    realise: &'b [Vec<Centimes>],
    forecasts: &'b [Projection],
    n: usize,
    step: usize,
    sens: Sens,
}

impl<'b> Seen<'b> {
    fn column(&self) -> usize {
        self.n + self.step
    }

    fn exercice(&self) -> u16 {
        self.budget.exercices[self.column()]
    }

    fn natures(&self) -> impl Iterator<Item = (usize, &'b Serie)> {
        let sens = self.sens;
        let all = self.budget.series.iter().enumerate();
        all.filter(move |(_, s)| s.section == Section::F && s.sens == sens)
    }

    /// Forecast and realised amounts of a nature, euros.
    fn pair(&self, i: usize) -> (f64, f64) {
        (self.forecasts[i].points[self.step], self.realise[i][self.column()].euros())
    }

    fn errors(&self) -> Option<ErreurPassee> {
        let (mut gap, mut last_gap, mut base) = (0.0, 0.0, 0.0);
        let (mut forecast, mut last, mut real) = (0.0, 0.0, 0.0);
        for (i, _) in self.natures() {
            let (f, r) = self.pair(i);
            let l = self.realise[i][self.n - 1].euros();
            gap += (f - r).abs();
            last_gap += (l - r).abs();
            base += r.abs();
            forecast += f;
            last += l;
            real += r;
        }
        let share = |value: f64| 100.0 * value / base;
        (base > 0.0 && real > 0.0).then(|| ErreurPassee {
            exercice: self.exercice(),
            distance: self.step + 1,
            sens: self.sens,
            natures_pct: share(gap),
            natures_reconduites_pct: share(last_gap),
            total_pct: 100.0 * (forecast / real - 1.0),
            total_reconduit_pct: 100.0 * (last / real - 1.0),
        })
    }

    fn misses(&self) -> Vec<Ecart> {
        let total: f64 = self.natures().map(|(i, _)| self.pair(i).1.abs()).sum();
        let large = (LARGE_SHARE * total).min(constantes::usage("ecart_important"));
        let gap = |i: usize| {
            let (f, r) = self.pair(i);
            f - r
        };
        let missed: Vec<(usize, f64)> =
            self.natures().map(|(i, _)| (i, gap(i))).filter(|(_, g)| g.abs() > large).collect();
        let pairs = self.exchanges();
        missed.iter().map(|(i, _)| self.explain(*i, &pairs)).collect()
    }

    fn explain(&self, i: usize, pairs: &[(usize, usize)]) -> Ecart {
        let s = &self.budget.series[i];
        let exercice = self.exercice();
        let (forecast, real) = self.pair(i);
        let (cause, explication) = self.why(i, pairs);
        Ecart {
            exercice,
            distance: self.step + 1,
            sens: self.sens,
            code: s.code.clone(),
            libelle: plan(self.budget.plan).libelle(&s.code, exercice).to_owned(),
            prevu: Centimes::from_euros(forecast).unwrap_or_default(),
            realise: Centimes::from_euros(real).unwrap_or_default(),
            modele: self.forecasts[i].modeles[self.step].to_owned(),
            cause,
            explication,
        }
    }

    fn why(&self, i: usize, pairs: &[(usize, usize)]) -> (Cause, String) {
        let s = &self.budget.series[i];
        let (norme, exercice) = (self.budget.norme, self.exercice());
        let touched = reformes(norme, exercice, exercice).into_iter().find(|r| {
            r.exercice == exercice
                && r.sens == s.sens
                && (s.code.starts_with(r.de) || s.code.starts_with(r.vers))
        });
        if let Some(reforme) = touched {
            return (Cause::Reforme, reforme.motif.to_owned());
        }
        for year in [exercice, exercice - 1] {
            if let Some((_, motif)) = atypique(norme, s.sens, &s.code, (year, exercice)) {
                return (Cause::Evenement, format!("{motif} ({year})"));
            }
        }
        let name = |j: usize| &self.budget.series[j].code;
        if let Some((closed, opened)) = pairs.iter().find(|(a, b)| *a == i || *b == i) {
            let text = if *opened == i {
                format!("prend la suite du compte {}, arrêté en {exercice}", name(*closed))
            } else {
                format!("suivi par le compte {}, ouvert en {exercice}", name(*opened))
            };
            return (Cause::Imputation, text);
        }
        if self.opens(i) {
            let text = format!("compte ouvert en {exercice}, sans montant auparavant");
            return (Cause::Ouverture, text);
        }
        if self.closes(i) {
            return (Cause::Ouverture, format!("compte sans montant depuis {exercice}"));
        }
        (Cause::Modele, self.model_words(i))
    }

    /// Used for the first time in the exercice.
    fn opens(&self, i: usize) -> bool {
        let (all, column) = (&self.realise[i], self.column());
        all[column] != Centimes::ZERO && all[..column].iter().all(|v| *v == Centimes::ZERO)
    }

    /// Used the year before, no longer from the exercice on.
    fn closes(&self, i: usize) -> bool {
        let (all, column) = (&self.realise[i], self.column());
        all[column - 1] != Centimes::ZERO && all[column..].iter().all(|v| *v == Centimes::ZERO)
    }

    /// Accounts that close and accounts that open in the exercice, same chapitre or poste, for amounts alike:
    /// (closed, opened), the closest first, each account in one pair at most.
    fn exchanges(&self) -> Vec<(usize, usize)> {
        let column = self.column();
        let all: Vec<usize> = self.natures().map(|(i, _)| i).collect();
        let opened: Vec<usize> = all.iter().copied().filter(|i| self.opens(*i)).collect();
        let mut found: Vec<(f64, usize, usize)> = Vec::new();
        for closed in all.into_iter().filter(|i| self.closes(*i)) {
            let before = self.realise[closed][column - 1].euros();
            for &open in opened.iter().filter(|o| self.family(closed, **o)) {
                let gap = (self.realise[open][column].euros() / before - 1.0).abs();
                if gap <= ALIKE {
                    found.push((gap, closed, open));
                }
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
        let mut out: Vec<(usize, usize)> = Vec::new();
        for (_, closed, open) in found {
            if out.iter().all(|(a, b)| *a != closed && *b != open) {
                out.push((closed, open));
            }
        }
        out
    }

    /// Same chapitre, or same poste.
    fn family(&self, i: usize, j: usize) -> bool {
        let (a, b) = (&self.budget.series[i], &self.budget.series[j]);
        let poste = |s: &Serie| postes::of(self.budget.norme, &s.code).map(|p| p.code);
        a.chapitre == b.chapitre || poste(a).is_some_and(|p| Some(p) == poste(b))
    }

    /// What the model expected and what came, from the year before.
    fn model_words(&self, i: usize) -> String {
        let last = self.realise[i][self.n - 1].euros();
        let (forecast, real) = self.pair(i);
        let year = self.budget.exercices[self.n - 1];
        if last == 0.0 {
            return format!("aucun montant en {year}");
        }
        let change = |value: f64| {
            let pct = 100.0 * (value - last) / last.abs();
            let sign = if pct < 0.0 { '−' } else { '+' };
            format!("{sign}{} %", french(pct.abs()))
        };
        format!("depuis {year}, attendu {}, constaté {}", change(forecast), change(real))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::history::{Options, histories};
    use crate::budget::tests::{Accounts, frame};

    fn budget(years: &[(u16, &str, Accounts<'_>)]) -> Budget {
        let options = Options { horizon: 1, ..Options::default() };
        histories(&frame(years), &options).map_err(|r| r.quoi).expect("accounts").remove(0)
    }

    const M14: &str = "M14-M14_COM_SUP3500";

    fn causes(replay: &Rejeu) -> Vec<(&str, Cause)> {
        replay.ecarts.iter().map(|e| (e.code.as_str(), e.cause)).collect()
    }

    #[test]
    fn an_opposite_miss_is_not_an_exchange_and_a_closed_account_is_said() {
        use Sens::D;
        let replay = rejeu(
            &budget(&[
                (2017, M14, &[("611", D, 1_000), ("617", D, 500), ("6226", D, 300)]),
                (2018, M14, &[("611", D, 1_000), ("617", D, 500), ("6226", D, 300)]),
                (2019, M14, &[("611", D, 1_400), ("617", D, 100), ("6226", D, 0)]),
            ]),
            1,
        );
        let found = causes(&replay);
        // 611 gains what 617 loses, but both live on: nothing says that one took from the other
        assert!(found.contains(&("611", Cause::Modele)), "{found:?}");
        assert!(found.contains(&("617", Cause::Modele)), "{found:?}");
        assert!(found.contains(&("6226", Cause::Ouverture)), "{found:?}");
        let grown = replay.ecarts.iter().find(|e| e.code == "611").expect("missed");
        // 1 000 to 1 400
        assert!(grown.explication.ends_with("constaté +40,0 %"), "{}", grown.explication);
        let costs = replay.erreurs.iter().find(|e| e.sens == D).expect("one year is replayed");
        // 400 + 400 + 300 missed of 1 500, prices apart
        let naive = 100.0 * 1_100.0 / 1_500.0;
        assert!((costs.natures_reconduites_pct - naive).abs() < 1e-9, "{costs:?}");
        assert!((costs.natures_pct - naive).abs() < 2.0, "{costs:?}");
        assert!((costs.total_reconduit_pct - 20.0).abs() < 1e-9);
    }

    #[test]
    fn each_counterpart_serves_once_in_its_family() {
        use Sens::D;
        // 617 and 6226 (1 000 each) stop; 611 (1 100) and 6188 (1 150) begin, and 6574 in another chapitre;
        // two heirs each: the models join none of them
        let before: Accounts<'_> =
            &[("6064", D, 9_000), ("617", D, 1_000), ("6226", D, 1_000), ("6283", D, 400)];
        let after: Accounts<'_> =
            &[("6064", D, 9_000), ("611", D, 1_100), ("6188", D, 1_150), ("6574", D, 400)];
        let replay =
            rejeu(&budget(&[(2017, M14, before), (2018, M14, before), (2019, M14, after)]), 1);
        let found = causes(&replay);
        for code in ["617", "6226", "611", "6188"] {
            assert!(found.contains(&(code, Cause::Imputation)), "{code}: {found:?}");
        }
        // 400 stop in 011 and 400 begin in 65: another chapitre, another poste
        for code in ["6283", "6574"] {
            assert!(found.contains(&(code, Cause::Ouverture)), "{code}: {found:?}");
        }
        let told = |code: &str| {
            let found = replay.ecarts.iter().find(|e| e.code == code);
            found.map(|e| e.explication.clone()).unwrap_or_default()
        };
        let heirs = [told("617"), told("6226")];
        assert_ne!(heirs[0], heirs[1], "one heir each");
    }

    #[test]
    fn an_account_joined_by_the_models_is_compared_under_the_code_that_stays() {
        use Sens::D;
        // the passage gives 657362 of M14 to 657363; from 2024 the commune books 657362 again
        let replay = rejeu(
            &budget(&[
                (2021, M14, &[("657362", D, 240_000), ("6064", D, 100_000)]),
                (2022, M14, &[("657362", D, 250_000), ("6064", D, 100_000)]),
                (2023, M14, &[("657362", D, 260_000), ("6064", D, 100_000)]),
                (2024, "M57-M57", &[("657362", D, 270_000), ("6064", D, 100_000)]),
            ]),
            1,
        );
        for e in &replay.ecarts {
            assert!(e.realise != Centimes::ZERO && e.prevu != Centimes::ZERO, "{e:?}");
            assert_ne!(e.cause, Cause::Imputation, "{e:?}");
            assert_ne!(e.code, "657363", "{e:?}");
        }
        // each year misses about 10 000 of 360 000, not twice 260 000
        assert!(replay.erreurs.iter().filter(|e| e.sens == D).all(|e| e.natures_pct < 10.0));
    }

    #[test]
    fn two_exercices_replay_nothing() {
        let accounts: &[(&str, Sens, i64)] = &[("611", Sens::D, 100)];
        let replay = rejeu(&budget(&[(2018, M14, accounts), (2019, M14, accounts)]), 2);
        assert_eq!(replay, Rejeu::default());
    }
}
