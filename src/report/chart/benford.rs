//! Benford bars: share of each first digit, observed against expected, with the 95 % band.
//!
//! Reference: F. Benford, "The law of anomalous numbers", Proc. Am. Phil. Soc. 78 (1938).
//!
//! A digit outside its margin is hatched and named under its bar.
//!
//! **Invariant:** the count is printed; outside is what the margin says, never a verdict on the accounts.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, ENCRE, FILET, GRILLE, LARGEUR, NORMAL, ORANGE, PETIT};
use super::scale::{Echelle, Lineaire, etendue, ticks};
use crate::report::fr;

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct BenfordBars {
    /// Digits 1 to 9: (digit, observed, expected, low 95, high 95), percent.
    pub chiffres: Vec<(u8, f64, f64, f64, f64)>,
}

const TOP: f64 = 40.0;
const BOTTOM: f64 = 250.0;
const LEFT: f64 = 50.0;

/// True when a digit is seen out of its margin.
pub fn outside((_, seen, _, low, high): (u8, f64, f64, f64, f64)) -> bool {
    seen < low || seen > high
}

impl Dessin for BenfordBars {
    fn hauteur(&self) -> f64 {
        BOTTOM + 62.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let (_, hi) = etendue(self.chiffres.iter().flat_map(|d| [d.1, d.4]));
        let (marks, step) = ticks(0.0, hi, 4, Echelle::Pourcent);
        let top = marks[marks.len() - 1];
        let y = Lineaire { domaine: (0.0, top), plage: (BOTTOM, TOP) };
        for v in &marks {
            c.ligne(&[(LEFT, y.pos(*v)), (LARGEUR, y.pos(*v))], GRILLE, 1.0);
            let text = Echelle::Pourcent.graduation(*v, step);
            c.texte((LEFT - 6.0, y.pos(*v) + 4.0), &text, PETIT.fin());
        }
        c.texte((LEFT - 6.0, TOP - 14.0), "%", PETIT.fin());
        legend(c, self.chiffres.iter().any(|d| outside(*d)));
        let width = (LARGEUR - LEFT) / self.chiffres.len().max(1) as f64;
        for (i, digit) in self.chiffres.iter().enumerate() {
            column(c, &y, (LEFT + width * (i as f64 + 0.5), width), *digit);
        }
        c.ligne(&[(LEFT, BOTTOM), (LARGEUR, BOTTOM)], FILET, 1.0);
        let middle = f64::midpoint(LEFT, LARGEUR);
        c.texte((middle, BOTTOM + 56.0), "premier chiffre du montant", PETIT.milieu());
    }
}

/// Bar seen, margin expected beside it, digit and what it says below.
fn column<DB: DrawingBackend>(
    c: &mut Canvas<DB>,
    y: &Lineaire,
    (x, width): (f64, f64),
    digit: (u8, f64, f64, f64, f64),
) {
    let (name, seen, expected, low, high) = digit;
    let out = outside(digit);
    let (a, b) = (x - width * 0.3, x + width * 0.12);
    c.rect((a, y.pos(seen)), (b, BOTTOM), if out { ORANGE } else { BLEU });
    if out {
        c.hachures((a, y.pos(seen)), (b, BOTTOM));
    }
    let above = y.pos(seen.max(high)) - 6.0;
    c.texte((f64::midpoint(a, b), above), &fr::decimal(seen, 1), NORMAL.milieu());
    margin(c, x + width * 0.28, [y.pos(low), y.pos(expected), y.pos(high)]);
    c.texte((x, BOTTOM + 19.0), &name.to_string(), NORMAL.milieu());
    if out {
        let word = if seen > high { "au-dessus" } else { "en dessous" };
        let (text, ink) = PETIT.en(ORANGE).ajuste(word, width);
        c.texte((x, BOTTOM + 36.0), &text, ink.milieu());
    }
}

/// An I for the margin, a dot on it for what is expected: small enough to leave a narrow margin seen.
fn margin<DB: DrawingBackend>(c: &mut Canvas<DB>, at: f64, [low, middle, high]: [f64; 3]) {
    c.ligne(&[(at, low), (at, high)], ENCRE, 1.4);
    for bound in [low, high] {
        c.ligne(&[(at - 6.0, bound), (at + 6.0, bound)], ENCRE, 1.4);
    }
    c.disque((at, middle), 2.0, ENCRE);
}

fn legend<DB: DrawingBackend>(c: &mut Canvas<DB>, out: bool) {
    let mut x = LEFT + 12.0;
    c.rect((x, 3.0), (x + 12.0, 14.0), BLEU);
    c.texte((x + 18.0, 13.0), "part observée", PETIT);
    x += 124.0;
    if out {
        c.rect((x, 3.0), (x + 12.0, 14.0), ORANGE);
        c.hachures((x, 3.0), (x + 12.0, 14.0));
        c.texte((x + 18.0, 13.0), "observée hors de la marge", PETIT);
        x += 208.0;
    }
    margin(c, x + 6.0, [16.0, 8.5, 1.0]);
    c.texte((x + 18.0, 13.0), "part attendue, avec sa marge à 95 %", PETIT);
}
