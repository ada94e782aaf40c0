//! Small multiples by month: the spending of each chapitre, the odd months named.
//!
//! **Invariant:** same months in every cell, own scale written; an odd month is hatched and labelled, not
//! only coloured.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, FILET, LARGEUR, NORMAL, ORANGE, PETIT};
use super::scale::{Echelle, Lineaire, etendue};
use crate::report::fr;

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Months {
    /// Cells, nine at most.
    pub cases: Vec<Cellule>,
    /// Year and month of the first value.
    pub debut: (i16, i8),
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cellule {
    /// Title, such as `011 Charges générales`.
    pub titre: String,
    /// Unit of this cell.
    pub echelle: Echelle,
    /// One value a month.
    pub valeurs: Vec<f64>,
    /// Places of the odd months.
    pub marques: Vec<usize>,
}

/// Cells drawn at most.
pub const MAXIMUM: usize = 9;
const COLUMNS: usize = 3;
const HEIGHT: f64 = 160.0;
const GAP: f64 = 24.0;
const WIDTH: f64 = (LARGEUR - GAP * (COLUMNS as f64 - 1.0)) / COLUMNS as f64;

/// Month `place` months after the first one.
fn month((year, month): (i16, i8), place: usize) -> (i16, i8) {
    let total = i32::from(year) * 12 + i32::from(month) - 1 + place as i32;
    (total.div_euclid(12) as i16, (total.rem_euclid(12) + 1) as i8)
}

impl Dessin for Months {
    fn hauteur(&self) -> f64 {
        self.cases.len().min(MAXIMUM).div_ceil(COLUMNS) as f64 * HEIGHT
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        for (i, case) in self.cases.iter().take(MAXIMUM).enumerate() {
            let x = (i % COLUMNS) as f64 * (WIDTH + GAP);
            case.draw(c, (x, (i / COLUMNS) as f64 * HEIGHT), self.debut);
        }
    }
}

impl Cellule {
    fn draw<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, (x0, y0): (f64, f64), start: (i16, i8)) {
        let (title, ink) = NORMAL.gras().ajuste(&self.titre, WIDTH);
        c.texte((x0, y0 + 14.0), &title, ink);
        let (lo, hi) = etendue(self.valeurs.iter().copied().chain([0.0]));
        let text = format!("{} à {} par mois", self.echelle.nombre(lo), self.echelle.avec(hi));
        c.texte((x0, y0 + 30.0), &text, PETIT);
        let (top, bottom) = (y0 + 56.0, y0 + 126.0);
        let y = Lineaire { domaine: (lo, hi), plage: (bottom, top) };
        let step = WIDTH / self.valeurs.len().max(1) as f64;
        let mut free = f64::NEG_INFINITY;
        for (i, v) in self.valeurs.iter().enumerate() {
            let (a, b) = (x0 + step * i as f64 + 0.6, x0 + step * (i + 1) as f64 - 0.6);
            let odd = self.marques.contains(&i);
            let (high, low) = (y.pos(v.max(0.0)), y.pos(v.min(0.0)));
            c.rect((a, high), (b, low), if odd { ORANGE } else { BLEU });
            if odd {
                let (year, month) = month(start, i);
                let name = fr::mois_axe(year, month);
                let half = PETIT.largeur(&name) / 2.0;
                let at = (f64::midpoint(a, b)).clamp(x0 + half, x0 + WIDTH - half);
                if at - half > free {
                    c.texte((at, y0 + 48.0), &name, PETIT.milieu());
                    free = at + half + 4.0;
                }
            }
        }
        c.ligne(&[(x0, y.pos(0.0)), (x0 + WIDTH, y.pos(0.0))], FILET, 1.0);
        let last = self.valeurs.len().saturating_sub(1);
        let ends = [month(start, 0), month(start, last)].map(|(y, m)| fr::mois_axe(y, m));
        c.texte((x0, bottom + 17.0), &ends[0], PETIT);
        c.texte((x0 + WIDTH, bottom + 17.0), &ends[1], PETIT.fin());
    }
}
