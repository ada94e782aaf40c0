//! Stacked columns by year: capital and interest of the debt, with the years of savings it would take.
//!
//! **Invariant:** totals are given by the caller, not added here.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, FILET, GRILLE, LARGEUR, NORMAL, ORANGE, PETIT};
use super::scale::{Echelle, Lineaire, etendue, ticks};

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// Unit of the values.
    pub echelle: Echelle,
    /// Names of the lower and of the upper part.
    pub parts: [String; 2],
    /// Years.
    pub annees: Vec<Annee>,
}

/// One year.
#[derive(Debug, Clone, PartialEq)]
pub struct Annee {
    /// Year, as printed.
    pub libelle: String,
    /// Lower and upper part.
    pub parts: [f64; 2],
    /// Their total.
    pub total: f64,
    /// Text under the year (`5,2 ans`), may be empty.
    pub note: String,
}

const TOP: f64 = 40.0;
const BOTTOM: f64 = 220.0;
const LEFT: f64 = 62.0;

impl Dessin for Columns {
    fn hauteur(&self) -> f64 {
        268.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let (_, hi) = etendue(self.annees.iter().map(|a| a.total));
        let (marks, step) = ticks(0.0, hi, 4, self.echelle);
        let y = Lineaire { domaine: (0.0, marks[marks.len() - 1]), plage: (BOTTOM, TOP) };
        for v in &marks {
            c.ligne(&[(LEFT, y.pos(*v)), (LARGEUR, y.pos(*v))], GRILLE, 1.0);
            let text = self.echelle.graduation(*v, step);
            c.texte((LEFT - 6.0, y.pos(*v) + 4.0), &text, PETIT.fin());
        }
        c.texte((LEFT - 6.0, TOP - 14.0), self.echelle.mot(), PETIT.fin());
        let mut x = LEFT + 12.0;
        for (i, name) in self.parts.iter().enumerate() {
            part(c, (x, 3.0), (x + 14.0, 14.0), i);
            c.texte((x + 20.0, 13.0), name, PETIT);
            x += PETIT.largeur(name) + 44.0;
        }
        let width = (LARGEUR - LEFT) / self.annees.len().max(1) as f64;
        for (i, year) in self.annees.iter().enumerate() {
            let mid = LEFT + width * (i as f64 + 0.5);
            let half = (width * 0.3).min(46.0);
            let (low, high) = (y.pos(year.parts[0]), y.pos(year.total));
            part(c, (mid - half, low), (mid + half, BOTTOM), 0);
            part(c, (mid - half, high), (mid + half, low), 1);
            let total = self.echelle.nombre(year.total);
            c.texte((mid, high - 6.0), &total, NORMAL.milieu());
            c.texte((mid, BOTTOM + 18.0), &year.libelle, NORMAL.milieu());
            c.texte((mid, BOTTOM + 36.0), &year.note, PETIT.milieu());
        }
        c.ligne(&[(LEFT, BOTTOM), (LARGEUR, BOTTOM)], FILET, 1.0);
    }
}

fn part<DB: DrawingBackend>(c: &mut Canvas<DB>, a: (f64, f64), b: (f64, f64), rank: usize) {
    c.rect(a, b, if rank == 0 { BLEU } else { ORANGE });
    if rank == 1 {
        c.hachures(a, b);
    }
}
