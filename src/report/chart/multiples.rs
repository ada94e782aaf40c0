//! Small multiples: one small fan per chapitre, same years, own scale written.
//!
//! **Invariant:** at most twelve cells, in the order given; the range of each is printed; a number beside
//! a point is the value of that point.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BANDE_80, BANDE_95, BLEU, Canvas, GRILLE, LARGEUR, NORMAL, PETIT, TEXTE};
use super::fan::Serie;
use super::scale::{Echelle, Lineaire, etendue};

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Multiples {
    /// Cells, by stake.
    pub cases: Vec<Case>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Title, such as `011 Charges générales`.
    pub titre: String,
    /// Section and sens, in words.
    pub detail: String,
    /// Unit of this cell.
    pub echelle: Echelle,
    /// Past and future.
    pub serie: Serie,
}

/// Cells drawn at most.
pub const MAXIMUM: usize = 12;
const COLUMNS: usize = 3;
const HEIGHT: f64 = 176.0;
const GAP: f64 = 22.0;
const WIDTH: f64 = (LARGEUR - GAP * (COLUMNS as f64 - 1.0)) / COLUMNS as f64;

impl Dessin for Multiples {
    fn hauteur(&self) -> f64 {
        self.cases.len().min(MAXIMUM).div_ceil(COLUMNS) as f64 * HEIGHT
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let cases = &self.cases[..self.cases.len().min(MAXIMUM)];
        let years = etendue(cases.iter().flat_map(|k| k.serie.years()).map(f64::from));
        for (i, case) in cases.iter().enumerate() {
            let x = (i % COLUMNS) as f64 * (WIDTH + GAP);
            let y = (i / COLUMNS) as f64 * HEIGHT;
            case.draw(c, (x, y), years);
        }
    }
}

impl Case {
    fn draw<DB: DrawingBackend>(
        &self,
        c: &mut Canvas<DB>,
        (x0, y0): (f64, f64),
        years: (f64, f64),
    ) {
        let (title, ink) = NORMAL.gras().ajuste(&self.titre, WIDTH);
        c.texte((x0, y0 + 14.0), &title, ink);
        let (lo, hi) = etendue(self.serie.values());
        let (lo_text, range) = (self.echelle.nombre(lo), self.echelle.avec(hi));
        let range = format!("échelle {lo_text} à {range}");
        let scale = match self.serie.prevu.first() {
            Some(h) => format!("{} : {} · {range}", h.annee, self.echelle.nombre(h.centre)),
            None => range,
        };
        for (text, dy) in [(&self.detail, 31.0), (&scale, 47.0)] {
            let (text, ink) = PETIT.en(TEXTE).ajuste(text, WIDTH);
            c.texte((x0, y0 + dy), &text, ink);
        }
        let (top, bottom) = (y0 + 60.0, y0 + 140.0);
        let margin = ((hi - lo) * 0.06).max(1.0);
        let x = Lineaire { domaine: years, plage: (x0 + 6.0, x0 + WIDTH - 62.0) };
        let y = Lineaire { domaine: (lo - margin, hi + margin), plage: (bottom, top) };
        c.ligne(&[(x0, bottom + 2.0), (x0 + WIDTH - 56.0, bottom + 2.0)], GRILLE, 1.0);
        let place = |year: f64, v: f64| (x.pos(year), y.pos(v));
        if !self.serie.prevu.is_empty() {
            c.polygone(&self.serie.band(|h| h.b95, &place), BANDE_95[0]);
            c.polygone(&self.serie.band(|h| h.b80, &place), BANDE_80[0]);
        }
        self.line(c, &place);
        if let Some(h) = self.serie.prevu.last() {
            let at = y.pos(h.centre).clamp(top + 10.0, bottom - 12.0);
            let (number, ink) = NORMAL.gras().ajuste(&self.echelle.nombre(h.centre), 54.0);
            c.texte((x0 + WIDTH - 54.0, at), &number, ink);
            c.texte((x0 + WIDTH - 54.0, at + 14.0), &format!("en {}", h.annee), PETIT);
        }
        let (first, last) = (years.0 as i32, years.1 as i32);
        c.texte((x.pos(years.0) - 6.0, bottom + 17.0), &first.to_string(), PETIT);
        c.texte((x.pos(years.1) + 6.0, bottom + 17.0), &last.to_string(), PETIT.fin());
    }

    fn line<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, place: &dyn Fn(f64, f64) -> (f64, f64)) {
        let past: Vec<_> = self.serie.passe.iter().map(|p| place(f64::from(p.0), p.1)).collect();
        let future: Vec<_> =
            self.serie.prevu.iter().map(|h| place(f64::from(h.annee), h.centre)).collect();
        if past.len() > 1 {
            c.ligne(&past, BLEU, 1.8);
        }
        let joined: Vec<_> = past.last().into_iter().chain(&future).copied().collect();
        c.tirets(&joined, BLEU, 1.8, 4.0);
        for p in past {
            c.disque(p, 2.6, BLEU);
        }
        for p in future {
            c.anneau(p, 3.6, BLEU);
        }
    }
}
