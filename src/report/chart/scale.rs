//! Axes: a linear scale, round ticks, and the spelling of a value in its unit.
//!
//! **Invariant:** the unit is chosen for the whole axis, never tick by tick.

use crate::domain::money::Centimes;
use crate::report::fr::{self, Unite};

/// How the values of a chart are spelled. Money is in centimes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Echelle {
    /// Centimes, shown in this unit.
    Argent(Unite),
    /// Percent.
    Pourcent,
    /// Years.
    Annees,
    /// Plain number with this many digits.
    Nombre(usize),
}

impl Echelle {
    /// Money scale for these amounts.
    pub fn argent(montants: impl IntoIterator<Item = Centimes>) -> Self {
        Self::Argent(Unite::de(montants))
    }

    /// The value without its unit.
    pub fn nombre(self, v: f64) -> String {
        match self {
            Self::Argent(unite) => unite.nombre(Centimes(v.round() as i64)),
            Self::Pourcent | Self::Annees => fr::decimal(v, 1),
            Self::Nombre(digits) => fr::decimal(v, digits),
        }
    }

    /// The value with its unit.
    pub fn avec(self, v: f64) -> String {
        let mot = match self {
            Self::Annees => fr::accord(v, "an", "ans"),
            _ => self.mot(),
        };
        match mot {
            "" => self.nombre(v),
            mot => format!("{}{}{mot}", self.nombre(v), fr::NBSP),
        }
    }

    /// The value with its sign, without its unit.
    pub fn signe(self, v: f64) -> String {
        match self {
            Self::Argent(unite) => unite.signe(Centimes(v.round() as i64)),
            Self::Pourcent | Self::Annees => fr::decimal_signe(v, 1),
            Self::Nombre(digits) => fr::decimal_signe(v, digits),
        }
    }

    /// The word of the unit.
    pub fn mot(self) -> &'static str {
        match self {
            Self::Argent(unite) => unite.mot(),
            Self::Pourcent => "%",
            Self::Annees => "ans",
            Self::Nombre(_) => "",
        }
    }

    /// A tick of an axis whose ticks are `pas` apart: no more digits than needed.
    pub fn graduation(self, v: f64, pas: f64) -> String {
        let d = match self {
            Self::Argent(unite) => unite.diviseur() as f64,
            _ => 1.0,
        };
        let digits = decimales(pas / d);
        fr::decimal(v / d, digits)
    }

    /// Size of one unit shown, in values of the chart.
    fn unit(self) -> f64 {
        match self {
            Self::Argent(unite) => unite.diviseur() as f64,
            _ => 1.0,
        }
    }
}

/// Digits that a step of ticks needs: 0 for 5, 1 for 2.5, at most 2.
pub fn decimales(pas: f64) -> usize {
    let whole = |digits: i32| {
        let scaled = pas * 10_f64.powi(digits);
        (scaled - scaled.round()).abs() < 1e-6 && scaled.round() > 0.0
    };
    (0..2).find(|d| whole(*d)).unwrap_or(2) as usize
}

/// A linear scale from values to drawing units.
#[derive(Debug, Clone, Copy)]
pub struct Lineaire {
    /// Lowest and highest value.
    pub domaine: (f64, f64),
    /// Position of the lowest and of the highest value.
    pub plage: (f64, f64),
}

impl Lineaire {
    /// Position of a value.
    pub fn pos(&self, v: f64) -> f64 {
        let (lo, hi) = self.domaine;
        let span = if (hi - lo).abs() < f64::EPSILON { 1.0 } else { hi - lo };
        self.plage.0 + (v - lo) / span * (self.plage.1 - self.plage.0)
    }
}

/// Round ticks that cover `lo..hi`, about `n` of them: (ticks, step).
pub fn ticks(lo: f64, hi: f64, n: usize, echelle: Echelle) -> (Vec<f64>, f64) {
    let unit = echelle.unit();
    let (lo, hi) = (lo / unit, if hi > lo { hi / unit } else { lo / unit + 1.0 });
    let raw = (hi - lo) / n.max(1) as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= raw * 0.999)
        .unwrap_or(10.0 * power);
    let (first, last) = ((lo / step + 1e-9).floor() as i64, (hi / step - 1e-9).ceil() as i64);
    ((first..=last).map(|i| i as f64 * step * unit).collect(), step * unit)
}

/// Smallest and largest of finite values; `(0, 1)` when there is none.
pub fn etendue(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
    for v in values.into_iter().filter(|v| v.is_finite()) {
        lo = lo.min(v);
        hi = hi.max(v);
    }
    if lo <= hi { (lo, hi) } else { (0.0, 1.0) }
}

/// Moves positions apart so that neighbours are at least `gap` away, inside `lo..hi` if they fit.
pub fn ecarte(positions: &[f64], gap: f64, hi: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..positions.len()).collect();
    order.sort_by(|a, b| positions[*a].total_cmp(&positions[*b]).then(a.cmp(b)));
    let mut out = positions.to_vec();
    for pair in 1..order.len() {
        let above = out[order[pair - 1]];
        out[order[pair]] = out[order[pair]].max(above + gap);
    }
    let mut limit = hi;
    for i in order.into_iter().rev() {
        out[i] = out[i].min(limit);
        limit = out[i] - gap;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_in_the_unit_shown() {
        let k = Echelle::Argent(Unite::Millier);
        let (t, step) = ticks(410_000_000.0, 590_000_000.0, 4, k);
        assert_eq!(t.iter().map(|v| k.graduation(*v, step)).collect::<Vec<_>>(), {
            ["4\u{202f}000", "4\u{202f}500", "5\u{202f}000", "5\u{202f}500", "6\u{202f}000"]
        });
        assert_eq!(ticks(0.0, 1_570.0, 4, Echelle::Nombre(0)).0[0].to_bits(), 0);
        assert_eq!((decimales(2.5), decimales(500.0), decimales(0.25)), (1, 0, 2));
        let (t, _) = ticks(0.0, 0.0, 4, Echelle::Pourcent);
        assert!(t.len() >= 2);
    }

    #[test]
    fn labels_move_apart() {
        assert_eq!(ecarte(&[10.0, 12.0], 15.0, 100.0), [10.0, 25.0]);
        assert_eq!(ecarte(&[95.0, 99.0], 15.0, 100.0), [85.0, 100.0]);
    }

    #[test]
    fn values_are_spelled_in_their_unit() {
        assert_eq!(Echelle::Pourcent.avec(11.24), "11,2\u{a0}%");
        assert_eq!(Echelle::Argent(Unite::Millier).signe(-4_500_000.0), "\u{2212}45");
        assert_eq!(Echelle::Nombre(0).avec(8.0), "8");
        assert_eq!(Echelle::Annees.avec(0.9), "0,9\u{a0}an");
        assert_eq!(Echelle::Annees.avec(2.6), "2,6\u{a0}ans");
    }
}
