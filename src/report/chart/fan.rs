//! Fan chart: where it is heading, and how sure.
//!
//! Past solid with full marks, future dashed with hollow marks, bands 80 and 95 named in words, last
//! known value and last forecast labelled. Annual data: points joined by straight lines.
//!
//! **Invariant:** at most two series on one scale; an axis that does not start at 0 says so.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{
    BANDE_80, BANDE_95, BLEU, Canvas, GRILLE, LARGEUR, NORMAL, ORANGE, PETIT, TEXTE,
};
use super::scale::{Echelle, Lineaire, ecarte, etendue, ticks};
use crate::report::fr;

/// The chart: one or two series.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// Unit of the values.
    pub echelle: Echelle,
    /// Series, the main one first.
    pub series: Vec<Serie>,
}

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub struct Serie {
    /// Name, printed at its end.
    pub nom: String,
    /// Past: (year, value), ascending.
    pub passe: Vec<(i32, f64)>,
    /// Future, ascending.
    pub prevu: Vec<Horizon>,
}

/// One year to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Horizon {
    /// Year.
    pub annee: i32,
    /// Central forecast.
    pub centre: f64,
    /// 80 % interval.
    pub b80: (f64, f64),
    /// 95 % interval.
    pub b95: (f64, f64),
}

impl Serie {
    /// Every value, bounds included.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        let future = self.prevu.iter().flat_map(|h| [h.centre, h.b95.0, h.b95.1, h.b80.0, h.b80.1]);
        self.passe.iter().map(|p| p.1).chain(future)
    }

    /// Every year.
    pub(super) fn years(&self) -> impl Iterator<Item = i32> {
        self.passe.iter().map(|p| p.0).chain(self.prevu.iter().map(|h| h.annee))
    }

    /// Outline of a band, from the last known point.
    pub(super) fn band(
        &self,
        bounds: impl Fn(&Horizon) -> (f64, f64),
        place: &dyn Fn(f64, f64) -> (f64, f64),
    ) -> Vec<(f64, f64)> {
        let start = self.passe.last().map(|p| (p.0, p.1, p.1));
        let future = self.prevu.iter().map(|h| (h.annee, bounds(h).0, bounds(h).1));
        let all: Vec<(i32, f64, f64)> = start.into_iter().chain(future).collect();
        let high = all.iter().map(|(x, _, hi)| place(f64::from(*x), *hi));
        let low = all.iter().rev().map(|(x, lo, _)| place(f64::from(*x), *lo));
        high.chain(low).collect()
    }
}

const TOP: f64 = 40.0;
const BOTTOM: f64 = 268.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = LARGEUR - 168.0;

impl Dessin for Fan {
    fn hauteur(&self) -> f64 {
        314.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let (lo, hi) = etendue(self.series.iter().flat_map(Serie::values));
        let from_zero = lo >= 0.0 && lo < 0.45 * hi;
        let (marks, step) = ticks(if from_zero { 0.0 } else { lo }, hi, 4, self.echelle);
        let (first, last) = etendue(self.series.iter().flat_map(Serie::years).map(f64::from));
        let x = Lineaire { domaine: (first, last), plage: (LEFT + 12.0, RIGHT) };
        let domain = (marks[0], marks[marks.len() - 1]);
        let y = Lineaire { domaine: domain, plage: (BOTTOM, TOP) };
        self.axes(c, (&marks, step), (first, last), (&x, &y));
        legend(c);
        let place = |year: f64, v: f64| (x.pos(year), y.pos(v));
        for (i, serie) in self.series.iter().take(2).enumerate().rev() {
            c.polygone(&serie.band(|h| h.b95, &place), BANDE_95[i]);
            c.polygone(&serie.band(|h| h.b80, &place), BANDE_80[i]);
        }
        // edges, so that a band under another one is still seen
        for (i, serie) in self.series.iter().take(2).enumerate().rev() {
            let sides: [fn(&Horizon) -> f64; 2] = [|h| h.b80.0, |h| h.b80.1];
            for side in sides {
                let edge: Vec<_> =
                    serie.prevu.iter().map(|h| place(f64::from(h.annee), side(h))).collect();
                let colour = if i == 0 { BLEU } else { ORANGE };
                c.tirets(&edge, colour, 0.8, 2.5);
            }
        }
        for (i, serie) in self.series.iter().take(2).enumerate().rev() {
            draw_line(c, serie, i, &place);
            self.label_last_known(c, i, &place);
        }
        self.end_labels(c, &y);
        if domain.0 > 0.0 {
            let start = self.echelle.graduation(domain.0, step);
            let note = format!("L’axe commence à {start}{}{}.", fr::NBSP, self.echelle.mot());
            c.texte((LEFT + 12.0, BOTTOM + 40.0), &note, PETIT);
        }
    }
}

impl Fan {
    fn axes<DB: DrawingBackend>(
        &self,
        c: &mut Canvas<DB>,
        (marks, step): (&[f64], f64),
        (first, last): (f64, f64),
        (x, y): (&Lineaire, &Lineaire),
    ) {
        for v in marks {
            c.ligne(&[(LEFT, y.pos(*v)), (RIGHT + 8.0, y.pos(*v))], GRILLE, 1.0);
            let text = self.echelle.graduation(*v, step);
            c.texte((LEFT - 6.0, y.pos(*v) + 4.0), &text, PETIT.fin());
        }
        c.texte((LEFT - 6.0, TOP - 14.0), self.echelle.mot(), PETIT.fin());
        let every = (((last - first) / 14.0).floor() as i32 + 1).max(1);
        for year in (first as i32)..=(last as i32) {
            if (last as i32 - year) % every == 0 {
                let text = year.to_string();
                c.texte((x.pos(f64::from(year)), BOTTOM + 20.0), &text, PETIT.milieu());
            }
        }
    }

    /// Last known value: above its point, or below when the other series is higher there.
    fn label_last_known<DB: DrawingBackend>(
        &self,
        c: &mut Canvas<DB>,
        rank: usize,
        place: &dyn Fn(f64, f64) -> (f64, f64),
    ) {
        let last = |s: &Serie| s.passe.last().copied();
        let Some((year, v)) = last(&self.series[rank]) else { return };
        let other = self.series.iter().take(2).enumerate().find(|(i, _)| *i != rank);
        let above = other.and_then(|(i, s)| last(s).map(|o| (o.1, i)));
        let below = above.is_some_and(|(o, i)| o > v || (o >= v && i < rank));
        let (px, py) = place(f64::from(year), v);
        let dy = if below { 21.0 } else { -11.0 };
        c.texte((px + 4.0, py + dy), &self.echelle.nombre(v), NORMAL.fin());
    }

    fn end_labels<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, y: &Lineaire) {
        let ends: Vec<(&Serie, Option<&Horizon>, f64)> = self
            .series
            .iter()
            .take(2)
            .filter_map(|s| {
                let h = s.prevu.last();
                let v = h.map_or_else(|| s.passe.last().map(|p| p.1), |h| Some(h.centre))?;
                Some((s, h, v))
            })
            .collect();
        let wanted: Vec<f64> = ends.iter().map(|(.., v)| y.pos(*v) - 8.0).collect();
        let x = RIGHT + 14.0;
        for ((serie, horizon, v), top) in ends.iter().zip(ecarte(&wanted, 52.0, BOTTOM - 34.0)) {
            let name = NORMAL.coupe(&serie.nom, LARGEUR - x, 1);
            c.texte((x, top), &name[0], NORMAL);
            c.texte((x, top + 16.0), &self.echelle.avec(*v), NORMAL.gras());
            if let Some(h) = horizon {
                let (lo, hi) = (self.echelle.nombre(h.b80.0), self.echelle.nombre(h.b80.1));
                c.texte((x, top + 31.0), &format!("{lo} à {hi}"), PETIT);
            }
        }
    }
}

fn legend<DB: DrawingBackend>(c: &mut Canvas<DB>) {
    let y = 12.0;
    let mut x = LEFT + 12.0;
    c.disque((x, y - 4.0), 4.0, TEXTE);
    x += 10.0;
    for (text, after) in [("réalisé", 1), ("prévu", 2), ("8 chances sur 10", 3), ("95 sur 100", 0)]
    {
        c.texte((x, y), text, PETIT);
        x += PETIT.largeur(text) + 20.0;
        match after {
            1 => c.anneau((x, y - 4.0), 4.5, TEXTE),
            2 => c.rect((x - 6.0, y - 10.0), (x + 6.0, y + 1.0), BANDE_80[0]),
            3 => c.rect((x - 6.0, y - 10.0), (x + 6.0, y + 1.0), BANDE_95[0]),
            _ => {}
        }
        x += 12.0;
    }
}

/// Past solid, future dashed; round marks for the first series, square ones for the second.
fn draw_line<DB: DrawingBackend>(
    c: &mut Canvas<DB>,
    serie: &Serie,
    rank: usize,
    place: &dyn Fn(f64, f64) -> (f64, f64),
) {
    let colour = if rank == 0 { BLEU } else { ORANGE };
    let past: Vec<_> = serie.passe.iter().map(|p| place(f64::from(p.0), p.1)).collect();
    let future: Vec<_> = serie.prevu.iter().map(|h| place(f64::from(h.annee), h.centre)).collect();
    if past.len() > 1 {
        c.ligne(&past, colour, 2.2);
    }
    let joined: Vec<_> = past.last().into_iter().chain(&future).copied().collect();
    c.tirets(&joined, colour, 2.2, 5.0);
    for p in past {
        if rank == 0 { c.disque(p, 4.0, colour) } else { c.carre(p, 3.6, colour, true) }
    }
    for p in future {
        if rank == 0 { c.anneau(p, 5.0, colour) } else { c.carre(p, 4.6, colour, false) }
    }
}
