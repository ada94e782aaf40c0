//! Curve over ordered steps: months of a year, ranks of suppliers. One or two lines, one band.
//!
//! **Invariant:** each line carries its name and its last value at its end; past solid, future dashed;
//! zero is drawn when the scale crosses it.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{
    BANDE_80, BLANC, BLEU, Canvas, ENCRE, GRILLE, LARGEUR, NORMAL, ORANGE, PETIT, SEUIL, TEXTE,
};
use super::scale::{Echelle, Lineaire, ecarte, etendue, ticks};

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Unit of the values.
    pub echelle: Echelle,
    /// Names of the steps, in order.
    pub etapes: Vec<String>,
    /// What the steps are, under the axis.
    pub abscisse: String,
    /// Lines, the main one first, two at most.
    pub series: Vec<Trace>,
    /// Step and text of a point to name on the first line.
    pub repere: Option<(usize, String)>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Name, printed at its end.
    pub nom: String,
    /// One value a step; fewer when the line stops before the end.
    pub points: Vec<f64>,
    /// 80 % band, one a step, empty without.
    pub bande: Vec<(f64, f64)>,
    /// True for a forecast: dashed, hollow marks.
    pub prevu: bool,
}

const TOP: f64 = 40.0;
const BOTTOM: f64 = 268.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = LARGEUR - 150.0;

impl Dessin for Curve {
    fn hauteur(&self) -> f64 {
        314.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let bands = self.series.iter().flat_map(|s| s.bande.iter().flat_map(|b| [b.0, b.1]));
        let all = self.series.iter().flat_map(|s| s.points.iter().copied()).chain(bands);
        let (lo, hi) = etendue(all);
        let (marks, step) = ticks(lo.min(0.0), hi.max(0.0), 4, self.echelle);
        let y = Lineaire { domaine: (marks[0], marks[marks.len() - 1]), plage: (BOTTOM, TOP) };
        let last = self.etapes.len().max(2) as f64 - 1.0;
        let x = Lineaire { domaine: (0.0, last), plage: (LEFT + 14.0, RIGHT) };
        self.axes(c, (&marks, step), &x, &y);
        for serie in self.series.iter().take(2).rev() {
            let high = serie.bande.iter().enumerate().map(|(i, b)| (x.pos(i as f64), y.pos(b.1)));
            let low =
                serie.bande.iter().enumerate().rev().map(|(i, b)| (x.pos(i as f64), y.pos(b.0)));
            let outline: Vec<_> = high.chain(low).collect();
            if outline.len() > 2 {
                c.polygone(&outline, BANDE_80[0]);
            }
        }
        for (rank, serie) in self.series.iter().take(2).enumerate().rev() {
            draw(c, serie, rank, (&x, &y));
        }
        self.ends(c, &x, &y);
        self.named(c, (&x, &y));
    }
}

impl Curve {
    fn axes<DB: DrawingBackend>(
        &self,
        c: &mut Canvas<DB>,
        (marks, step): (&[f64], f64),
        x: &Lineaire,
        y: &Lineaire,
    ) {
        for v in marks {
            let zero = v.abs() < step / 2.0;
            let (ink, width) = if zero { (ENCRE, 1.2) } else { (GRILLE, 1.0) };
            c.ligne(&[(LEFT, y.pos(*v)), (RIGHT + 8.0, y.pos(*v))], ink, width);
            let text = self.echelle.graduation(*v, step);
            c.texte((LEFT - 6.0, y.pos(*v) + 4.0), &text, PETIT.fin());
        }
        c.texte((LEFT - 6.0, TOP - 14.0), self.echelle.mot(), PETIT.fin());
        let mut free = f64::NEG_INFINITY;
        for (i, name) in self.etapes.iter().enumerate() {
            let half = PETIT.largeur(name) / 2.0 + 4.0;
            let at = x.pos(i as f64);
            if at - half >= free {
                c.texte((at, BOTTOM + 20.0), name, PETIT.milieu());
                free = at + half;
            }
        }
        c.texte((LEFT + 14.0, BOTTOM + 40.0), &self.abscisse, PETIT);
    }

    /// Names and last values at the right, moved apart.
    fn ends<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, x: &Lineaire, y: &Lineaire) {
        let ends: Vec<(&Trace, f64, f64)> = self
            .series
            .iter()
            .take(2)
            .filter_map(|s| {
                let v = *s.points.last()?;
                Some((s, v, x.pos(s.points.len() as f64 - 1.0)))
            })
            .collect();
        let wanted: Vec<f64> = ends.iter().map(|(_, v, _)| y.pos(*v) - 4.0).collect();
        let at = RIGHT + 14.0;
        for ((serie, v, _), top) in ends.iter().zip(ecarte(&wanted, 40.0, BOTTOM - 14.0)) {
            let name = NORMAL.coupe(&serie.nom, LARGEUR - at, 1);
            c.texte((at, top), &name[0], NORMAL);
            c.texte((at, top + 16.0), &self.echelle.avec(*v), NORMAL.gras());
        }
    }

    fn named<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, (x, y): (&Lineaire, &Lineaire)) {
        let Some((step, text)) = &self.repere else { return };
        let Some(v) = self.series.first().and_then(|s| s.points.get(*step)) else { return };
        let at = (x.pos(*step as f64), y.pos(*v));
        c.anneau(at, 7.0, SEUIL);
        c.disque(at, 3.4, BLEU);
        let before = step.checked_sub(1).and_then(|i| self.series[0].points.get(i));
        let rising = before.is_some_and(|b| b < v);
        let width = NORMAL.gras().largeur(text);
        // a rising line leaves room below on its right, a low point just below
        let wanted = if rising { at.0 + 10.0 } else { at.0 - width / 2.0 };
        let left = wanted.min(RIGHT - width).max(LEFT + 8.0);
        let low = if rising { 20.0 } else { 25.0 };
        let y = if at.1 + low + 4.0 < BOTTOM { at.1 + low } else { at.1 - 14.0 };
        c.rect((left - 2.0, y - 12.0), (left + width + 2.0, y + 4.0), BLANC);
        c.texte((left, y), text, NORMAL.gras().en(TEXTE));
    }
}

/// Round marks for the first line, square ones for the second.
fn draw<DB: DrawingBackend>(
    c: &mut Canvas<DB>,
    serie: &Trace,
    rank: usize,
    (x, y): (&Lineaire, &Lineaire),
) {
    let colour = if rank == 0 { BLEU } else { ORANGE };
    let points: Vec<(f64, f64)> =
        serie.points.iter().enumerate().map(|(i, v)| (x.pos(i as f64), y.pos(*v))).collect();
    if serie.prevu {
        c.tirets(&points, colour, 2.2, 5.0);
    } else if points.len() > 1 {
        c.ligne(&points, colour, 2.2);
    }
    for p in points {
        match (rank == 0, serie.prevu) {
            (true, false) => c.disque(p, 3.6, colour),
            (true, true) => c.anneau(p, 4.4, colour),
            (false, prevu) => c.carre(p, if prevu { 4.0 } else { 3.2 }, colour, !prevu),
        }
    }
}
