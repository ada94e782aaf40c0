//! Benford bars: share of each first digit, observed against expected, with the 95 % band.
//!
//! Reference: F. Benford, "The law of anomalous numbers", Proc. Am. Phil. Soc. 78 (1938).
//!
//! **Invariant:** the count is printed; no verdict is drawn.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, ENCRE, FILET, GRILLE, LARGEUR, NORMAL, PETIT, TEXTE};
use super::scale::{Echelle, Lineaire, etendue, ticks};
use crate::report::fr;

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct BenfordBars {
    /// Digits 1 to 9: (digit, observed, expected, low 95, high 95), percent.
    pub chiffres: Vec<(u8, f64, f64, f64, f64)>,
}

const TOP: f64 = 40.0;
const BOTTOM: f64 = 230.0;
const LEFT: f64 = 50.0;

impl Dessin for BenfordBars {
    fn hauteur(&self) -> f64 {
        274.0
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
        legend(c);
        let width = (LARGEUR - LEFT) / self.chiffres.len().max(1) as f64;
        for (i, (digit, seen, expected, low, high)) in self.chiffres.iter().enumerate() {
            let x = LEFT + width * (i as f64 + 0.5);
            c.rect((x - width * 0.3, y.pos(*seen)), (x + width * 0.12, BOTTOM), BLEU);
            let label = (x - width * 0.09, y.pos(*seen) - 6.0);
            c.texte(label, &fr::decimal(*seen, 1), NORMAL.milieu());
            let at = x + width * 0.26;
            c.ligne(&[(at, y.pos(*low)), (at, y.pos(*high))], ENCRE, 2.0);
            for bound in [low, high] {
                c.ligne(&[(at - 4.0, y.pos(*bound)), (at + 4.0, y.pos(*bound))], ENCRE, 2.0);
            }
            c.anneau((at, y.pos(*expected)), 4.5, ENCRE);
            c.texte((x, BOTTOM + 20.0), &digit.to_string(), NORMAL.milieu());
        }
        c.ligne(&[(LEFT, BOTTOM), (LARGEUR, BOTTOM)], FILET, 1.0);
        let middle = f64::midpoint(LEFT, LARGEUR);
        c.texte((middle, BOTTOM + 38.0), "premier chiffre du montant", PETIT.milieu());
    }
}

fn legend<DB: DrawingBackend>(c: &mut Canvas<DB>) {
    let x = LEFT + 12.0;
    c.rect((x, 3.0), (x + 12.0, 14.0), BLEU);
    c.texte((x + 18.0, 13.0), "part observée", PETIT);
    c.ligne(&[(x + 134.0, 1.0), (x + 134.0, 16.0)], TEXTE, 2.0);
    c.anneau((x + 134.0, 8.5), 4.5, ENCRE);
    c.texte((x + 144.0, 13.0), "part attendue, avec sa marge à 95 %", PETIT);
}
