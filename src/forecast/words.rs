//! The choice told in one French sentence: what was averaged, on what evidence, what is weak.
//!
//! **Invariant:** no figure here that was not measured on past origins.

use std::fmt::Write;

use crate::forecast::engine::Outcome;
use crate::forecast::models::shift;
use crate::forecast::pool::{MEMBERS, NAMES, PANEL};

/// Longest series in which a shift is looked for.
const SHIFT_LENGTH: usize = 160;

impl Outcome {
    /// Name of the model and why, one French sentence.
    pub(super) fn words(&self, i: usize) -> (String, String) {
        let n = self.prepared[i].y.len();
        if n < 3 {
            let known = if n == 1 { "Une seule valeur connue" } else { "Deux valeurs seulement" };
            let from = if self.prepared.len() > 1 { ", prise aux séries voisines" } else { "" };
            let reason =
                format!("{known} : la dernière est reconduite, avec une fourchette large{from}.");
            return ("série trop courte".into(), reason);
        }
        let mut reason = self.how(i);
        if let Some((mine, naive)) = self.against_last(i) {
            let reference = if self.frame.season > 1 {
                "l’année précédente"
            } else {
                "la dernière valeur"
            };
            let (mine, naive) = (french(mine), french(naive));
            let _ = write!(
                reason,
                " ; erreur passée {mine}\u{a0}% contre {naive}\u{a0}% pour {reference}"
            );
        }
        reason.push_str(&self.weakness(i));
        let shared =
            self.own[i][PANEL] > 0.5 && self.frame.aligned.get(i).copied().unwrap_or(false);
        (if shared { "panel" } else { "combinaison" }.into(), reason + ".")
    }

    /// Which models count most and where their weights come from.
    fn how(&self, i: usize) -> String {
        let w = &self.own[i];
        let mut order: Vec<usize> = (0..MEMBERS).filter(|&k| w[k] > 0.005).collect();
        order.sort_by(|&a, &b| w[b].total_cmp(&w[a]).then(a.cmp(&b)));
        let list: Vec<String> = order
            .iter()
            .take(3)
            .map(|&k| format!("{} {:.0}\u{a0}%", title(NAMES[k]), 100.0 * w[k]))
            .collect();
        let list = list.join(", ");
        let used = self.origins_used();
        if used == 0 {
            return format!(
                "Moyenne de modèles simples ({list}), faute de recul pour les comparer"
            );
        }
        let series = match self.prepared.len() {
            1 => "la série".to_owned(),
            n => format!("{n} séries"),
        };
        format!(
            "Moyenne pondérée ({list}), poids appris sur {used} origines passées de {series}{}",
            if self.prepared.len() > 1 { " puis ajustés sur la série" } else { "" }
        )
    }

    /// What makes the forecast weak, if anything.
    fn weakness(&self, i: usize) -> String {
        let p = &self.prepared[i];
        let mut out = String::new();
        if p.y.len() < 6 {
            let _ = write!(out, " ; prudence : {} valeurs seulement", p.y.len());
        }
        if p.filled > 0 {
            let many = if p.filled > 1 { "s" } else { "" };
            let _ = write!(out, " ; {} valeur{many} manquante{many} interpolée{many}", p.filled);
        }
        if p.y.len() <= SHIFT_LENGTH && !shift::shifts(&p.y).is_empty() {
            out.push_str(" ; rupture de niveau repérée");
        }
        out
    }

    /// Mean past error, % of size, of the combination and of the last value.
    fn against_last(&self, i: usize) -> Option<(f64, f64)> {
        let (mut mine, mut naive, mut size) = (0.0, 0.0, 0.0);
        for (k, &o) in self.frame.stages.iter().enumerate() {
            let (Some(a), Some(f)) = (&self.origins[k][i], &self.combined[k][i]) else { continue };
            let reference = &a.points[usize::from(self.frame.season > 1)];
            let ahead = self.prepared[i].y[a.seen..].iter().take(o);
            for ((f, reference), actual) in f.iter().zip(reference).zip(ahead) {
                mine += (f - actual).abs();
                naive += (reference - actual).abs();
                size += actual.abs();
            }
        }
        (size > 0.0).then(|| (100.0 * mine / size, 100.0 * naive / size))
    }
}

/// One decimal, decimal comma.
fn french(v: f64) -> String {
    format!("{:.1}", v.min(9_999.0)).replace('.', ",")
}

fn title(name: &str) -> &'static str {
    match name {
        "derniere" => "dernière valeur",
        "naive-saison" => "même saison",
        "derive" => "dérive",
        "niveau" => "lissage simple",
        "amorti" => "tendance amortie",
        "ets" => "ETS",
        "theta-dynamique" => "thêta dynamique",
        "theta" => "thêta",
        "commun" => "régression commune",
        "commun-relatif" => "régression commune relative",
        "panel" => "panel",
        "holt" => "Holt",
        _ => "thêta après rupture",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::progress::Silent;
    use crate::forecast::engine::PoolOptions;

    #[test]
    fn the_sentence_names_models_evidence_and_weakness() {
        let mut lines: Vec<Vec<f64>> = (1..8)
            .map(|k| (0..12).map(|t| f64::from(90 * k + 5 * t + t * k % 4)).collect())
            .collect();
        lines[0][4] = f64::NAN;
        let pool: Vec<&[f64]> = lines.iter().map(Vec::as_slice).collect();
        let options = PoolOptions { horizon: 2, season: 1, ..PoolOptions::default() };
        let (model, reason) = Outcome::new(&pool, &options, &Silent).words(0);
        assert_eq!(model, "combinaison");
        for part in [
            "Moyenne pondérée (",
            "origines passées de 7 séries",
            "erreur passée",
            "1 valeur manquante",
        ] {
            assert!(reason.contains(part), "{part} : {reason}");
        }
    }

    #[test]
    fn numbers_are_french() {
        assert_eq!(french(12.34), "12,3");
    }
}
