//! Histograms around thresholds: how many orders just under, how many just over. One panel a threshold.
//!
//! **Invariant:** the threshold is dashed and named; counts are printed; the band just under it is hatched,
//! not only coloured.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, FILET, LARGEUR, NORMAL, ORANGE, PETIT, SEUIL};

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Panels, four at most.
    pub panneaux: Vec<Panneau>,
}

/// One threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Panneau {
    /// Name of the threshold.
    pub titre: String,
    /// Its amount, in words.
    pub seuil: String,
    /// Count of each band, the same number under and over the threshold.
    pub barres: Vec<u64>,
    /// Texts of the first and last bound, in words.
    pub bornes: (String, String),
}

/// Panels drawn at most.
pub const MAXIMUM: usize = 4;
const GAP: f64 = 28.0;
const WIDTH: f64 = (LARGEUR - GAP) / 2.0;
const HEIGHT: f64 = 196.0;

impl Dessin for Histogram {
    fn hauteur(&self) -> f64 {
        self.panneaux.len().min(MAXIMUM).div_ceil(2) as f64 * HEIGHT
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        for (i, panel) in self.panneaux.iter().take(MAXIMUM).enumerate() {
            let x = (i % 2) as f64 * (WIDTH + GAP);
            panel.draw(c, (x, (i / 2) as f64 * HEIGHT));
        }
    }
}

impl Panneau {
    fn draw<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, (x0, y0): (f64, f64)) {
        let (title, ink) = NORMAL.gras().ajuste(&self.titre, WIDTH);
        c.texte((x0, y0 + 14.0), &title, ink);
        let (top, bottom) = (y0 + 62.0, y0 + 152.0);
        let high = self.barres.iter().copied().max().unwrap_or(0).max(1) as f64;
        let n = self.barres.len().max(2);
        let step = WIDTH / n as f64;
        for (i, count) in self.barres.iter().enumerate() {
            let (a, b) = (x0 + step * i as f64 + 2.0, x0 + step * (i + 1) as f64 - 2.0);
            let y = bottom - (*count as f64 / high) * (bottom - top);
            let under = i + 1 == n / 2;
            c.rect((a, y), (b, bottom), if under { ORANGE } else { BLEU });
            if under {
                c.hachures((a, y), (b, bottom));
            }
            c.texte((f64::midpoint(a, b), y - 5.0), &count.to_string(), PETIT.milieu());
        }
        c.ligne(&[(x0, bottom), (x0 + WIDTH, bottom)], FILET, 1.0);
        let middle = x0 + WIDTH / 2.0;
        c.tirets(&[(middle, y0 + 38.0), (middle, bottom + 4.0)], SEUIL, 1.6, 5.0);
        c.texte((middle, y0 + 33.0), &self.seuil, PETIT.milieu().en(SEUIL));
        c.texte((x0, bottom + 18.0), &self.bornes.0, PETIT);
        c.texte((x0 + WIDTH, bottom + 18.0), &self.bornes.1, PETIT.fin());
    }
}
