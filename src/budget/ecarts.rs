//! Past misses: what the same program would have forecast for exercices now known, and why it missed.
//!
//! Each past exercice is forecast from those before it; the natures that miss by a large amount get an
//! explanation: reform, odd year, account opened, closed or exchanged with another, else the model.
//!
//! **Invariant:** the forecasts compared are those of the rolling origin, never adjusted afterwards;
//! what is compared is the amount of the accounts, not the one corrected for the models.

use crate::budget::constantes;
use crate::budget::history::{Budget, Serie};
use crate::budget::project::{Projection, project};
use crate::budget::rules::{atypique, reformes};
use crate::budget::scenario::Hypotheses;
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::plan;

/// A miss is large above this share of its total, or above `ecart_important` of the table of constants,
/// whichever comes first.
const LARGE_SHARE: f64 = 0.0025;
/// Part of a miss that the opposite miss of another account explains at least.
const EXCHANGE: f64 = 0.5;
/// Exercices known before a replay counts.
const KNOWN: usize = 2;

/// Why a nature was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A law moved the amount.
    Reforme,
    /// An event made the exercice odd.
    Evenement,
    /// The account was opened, closed or exchanged with another.
    Imputation,
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
            Self::Modele => "modèle",
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
    for n in KNOWN..years {
        let steps = distances.min(years - n);
        let forecasts = project(budget, n, steps, &Hypotheses::default());
        for step in 0..steps {
            for sens in [Sens::D, Sens::R] {
                let seen = Seen { budget, forecasts: &forecasts, n, step, sens };
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

/// One exercice forecast from the first `n`.
struct Seen<'b> {
    budget: &'b Budget,
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
        let s = &self.budget.series[i];
        (self.forecasts[i].points[self.step], s.realise[self.column()].euros())
    }

    fn errors(&self) -> Option<ErreurPassee> {
        let (mut gap, mut last_gap, mut base) = (0.0, 0.0, 0.0);
        let (mut forecast, mut last, mut real) = (0.0, 0.0, 0.0);
        for (i, s) in self.natures() {
            let (f, r) = self.pair(i);
            let l = s.realise[self.n - 1].euros();
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
        missed.iter().map(|(i, g)| self.explain(*i, *g)).collect()
    }

    fn explain(&self, i: usize, gap: f64) -> Ecart {
        let s = &self.budget.series[i];
        let exercice = self.exercice();
        let (forecast, real) = self.pair(i);
        let (cause, explication) = self.why(i, gap);
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

    fn why(&self, i: usize, gap: f64) -> (Cause, String) {
        let s = &self.budget.series[i];
        let (norme, exercice, column) = (self.budget.norme, self.exercice(), self.column());
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
        if s.realise[..column].iter().all(|v| *v == Centimes::ZERO) {
            let text = format!("compte ouvert en {exercice}, sans montant auparavant");
            return (Cause::Imputation, text);
        }
        if s.realise[column..].iter().all(|v| *v == Centimes::ZERO) {
            return (Cause::Imputation, format!("compte sans montant depuis {exercice}"));
        }
        if let Some(other) = self.exchanged(i, gap) {
            let text = format!("écart opposé sur le compte {other} du même chapitre");
            return (Cause::Imputation, text);
        }
        (Cause::Modele, self.model_words(i))
    }

    /// Account of the same chapitre whose opposite miss covers a good part of this one.
    fn exchanged(&self, i: usize, gap: f64) -> Option<&'b str> {
        let s = &self.budget.series[i];
        let opposite = |j: usize| {
            let (f, r) = self.pair(j);
            -(f - r) / gap
        };
        self.natures()
            .filter(|(j, o)| *j != i && o.chapitre == s.chapitre)
            .map(|(j, o)| (opposite(j), o))
            .filter(|(share, _)| (EXCHANGE..=1.0 / EXCHANGE).contains(share))
            .min_by(|a, b| (a.0 - 1.0).abs().total_cmp(&(b.0 - 1.0).abs()))
            .map(|(_, o)| o.code.as_str())
    }

    fn model_words(&self, i: usize) -> String {
        let s = &self.budget.series[i];
        let last = s.realise[self.n - 1].euros();
        let real = s.realise[self.column()].euros();
        if last == 0.0 {
            return format!("aucun montant en {}", self.budget.exercices[self.n - 1]);
        }
        let change = crate::budget::project::french(100.0 * (real - last) / last.abs());
        format!("variation de {change} % que rien n'annonçait dans les comptes")
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

    #[test]
    fn an_account_closed_and_an_exchange_are_said() {
        use Sens::D;
        let replay = rejeu(
            &budget(&[
                (2017, M14, &[("611", D, 1_000), ("617", D, 500), ("6226", D, 300)]),
                (2018, M14, &[("611", D, 1_000), ("617", D, 500), ("6226", D, 300)]),
                (2019, M14, &[("611", D, 1_400), ("617", D, 100), ("6226", D, 0)]),
            ]),
            1,
        );
        let found: Vec<(&str, Cause)> =
            replay.ecarts.iter().map(|e| (e.code.as_str(), e.cause)).collect();
        assert!(found.contains(&("611", Cause::Imputation)), "{found:?}");
        assert!(found.contains(&("6226", Cause::Imputation)), "{found:?}");
        let costs = replay.erreurs.iter().find(|e| e.sens == D).expect("one year is replayed");
        // 400 + 400 + 300 missed of 1 500, prices apart
        let naive = 100.0 * 1_100.0 / 1_500.0;
        assert!((costs.natures_reconduites_pct - naive).abs() < 1e-9, "{costs:?}");
        assert!((costs.natures_pct - naive).abs() < 2.0, "{costs:?}");
        assert!((costs.total_reconduit_pct - 20.0).abs() < 1e-9);
    }

    #[test]
    fn two_exercices_replay_nothing() {
        let accounts: &[(&str, Sens, i64)] = &[("611", Sens::D, 100)];
        let replay = rejeu(&budget(&[(2018, M14, accounts), (2019, M14, accounts)]), 2);
        assert_eq!(replay, Rejeu::default());
    }
}
