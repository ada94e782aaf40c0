//! Tornado: what each hypothesis is worth. One bar a hypothesis, from its low to its high effect.
//!
//! **Invariant:** hypotheses keep the order given (widest first); both effects are printed.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, ENCRE, LARGEUR, NORMAL, ORANGE, PETIT};
use super::scale::{Echelle, Lineaire, etendue};

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Tornado {
    /// Unit of the effects.
    pub echelle: Echelle,
    /// Lines: hypothesis, low effect, high effect.
    pub lignes: Vec<(String, f64, f64)>,
}

const LABEL: f64 = 246.0;
const LEFT: f64 = 320.0;
const RIGHT: f64 = LARGEUR - 76.0;
const HEAD: f64 = 24.0;
const ROW: f64 = 34.0;

impl Dessin for Tornado {
    fn hauteur(&self) -> f64 {
        HEAD + ROW * self.lignes.len() as f64 + 6.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let (lo, hi) = etendue(self.lignes.iter().flat_map(|l| [l.1, l.2]).chain([0.0]));
        let reach = hi.abs().max(lo.abs());
        let x = Lineaire { domaine: (-reach, reach), plage: (LEFT, RIGHT) };
        let zero = x.pos(0.0);
        c.texte((zero - 12.0, 14.0), "l’épargne baisse ▼", PETIT.fin());
        c.texte((zero + 12.0, 14.0), "▲ l’épargne monte", PETIT);
        for (i, (name, low, high)) in self.lignes.iter().enumerate() {
            let y = HEAD + ROW * i as f64;
            let lines = NORMAL.coupe(name, LABEL, 2);
            let top = y + ROW / 2.0 + 4.5 - 8.0 * (lines.len() as f64 - 1.0);
            c.lignes((LABEL, top), &lines, NORMAL.fin());
            for v in [*low, *high] {
                let (a, b) = ((zero, y + 6.0), (x.pos(v), y + ROW - 6.0));
                c.rect(a, b, if v < 0.0 { ORANGE } else { BLEU });
                if v > 0.0 {
                    c.hachures(a, b);
                }
                let ink = if v < 0.0 { NORMAL.fin() } else { NORMAL };
                let at = x.pos(v) + if v < 0.0 { -6.0 } else { 6.0 };
                c.texte((at, y + ROW / 2.0 + 4.5), &self.echelle.signe(v), ink);
            }
        }
        c.ligne(&[(zero, HEAD - 4.0), (zero, self.hauteur() - 2.0)], ENCRE, 1.4);
    }
}
