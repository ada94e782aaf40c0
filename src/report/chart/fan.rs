//! Fan chart: where it is heading, and how sure.
//!
//! Past solid with full marks, future dashed with hollow marks, bands 80 and 95 named in words, last
//! known value and last forecast labelled. Annual data: points joined by straight lines.
//!
//! Bands are veils: where two of them cross, both are seen.
//!
//! **Invariant:** at most two series on one scale; an axis that does not start at 0 says so; a label stands
//! where it crosses no line and no axis, as far as there is such a place.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, GRILLE, LARGEUR, NORMAL, ORANGE, PETIT, TEXTE};
use super::scale::{Echelle, Lineaire, ecarte, etendue, ticks};
use crate::report::fr;

/// The chart: one or two series.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// Unit of the values.
    pub echelle: Echelle,
    /// Series, the main one first.
    pub series: Vec<Serie>,
    /// A low drawing, whose words stay readable on a printed page of several figures.
    pub bas: bool,
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
/// Lower edge, of a drawing then of a low one.
const BOTTOM: [f64; 2] = [268.0, 160.0];
/// Share of colour in the 95 % band, and what the 80 % one adds.
const VEIL: [f64; 2] = [0.15, 0.2];
/// The same for two series, whose veils cross.
const VEIL_OF_TWO: [f64; 2] = [0.1, 0.13];
const LEFT: f64 = 62.0;
const RIGHT: f64 = LARGEUR - 168.0;

impl Dessin for Fan {
    fn hauteur(&self) -> f64 {
        self.bottom() + 46.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let (lo, hi) = etendue(self.series.iter().flat_map(Serie::values));
        let from_zero = lo >= 0.0 && lo < 0.45 * hi;
        let n = if self.bas { 3 } else { 4 };
        let (marks, step) = ticks(if from_zero { 0.0 } else { lo }, hi, n, self.echelle);
        let (first, last) = etendue(self.series.iter().flat_map(Serie::years).map(f64::from));
        let x = Lineaire { domaine: (first, last), plage: (LEFT + 12.0, RIGHT) };
        let domain = (marks[0], marks[marks.len() - 1]);
        let y = Lineaire { domaine: domain, plage: (self.bottom(), TOP) };
        self.axes(c, (&marks, step), (first, last), (&x, &y));
        legend(c, self.parts());
        let place = |year: f64, v: f64| (x.pos(year), y.pos(v));
        for (i, serie) in self.series.iter().take(2).enumerate().rev() {
            veil(c, i, &serie.band(|h| h.b95, &place), self.parts()[0]);
            veil(c, i, &serie.band(|h| h.b80, &place), self.parts()[1]);
        }
        // edges, so that a band under another one is still seen
        for (i, serie) in self.series.iter().take(2).enumerate().rev() {
            for edge in edges(serie, &place) {
                c.tirets(&edge, COLOURS[i], 0.8, 2.5);
            }
        }
        for (i, serie) in self.series.iter().take(2).enumerate().rev() {
            draw_line(c, serie, i, &place);
        }
        self.last_known(c, &place);
        self.end_labels(c, &y);
        if domain.0 > 0.0 {
            let start = self.echelle.graduation(domain.0, step);
            let note = format!("L’axe commence à {start}{}{}.", fr::NBSP, self.echelle.mot());
            c.texte((LEFT + 12.0, self.bottom() + 40.0), &note, PETIT);
        }
    }
}

impl Fan {
    fn parts(&self) -> [f64; 2] {
        if self.series.len() > 1 { VEIL_OF_TWO } else { VEIL }
    }

    fn bottom(&self) -> f64 {
        BOTTOM[usize::from(self.bas)]
    }

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
                c.texte((x.pos(f64::from(year)), self.bottom() + 20.0), &text, PETIT.milieu());
            }
        }
    }

    /// Last known values, each at the free place nearest to its point.
    fn last_known<DB: DrawingBackend>(
        &self,
        c: &mut Canvas<DB>,
        place: &dyn Fn(f64, f64) -> (f64, f64),
    ) {
        let lines: Vec<Vec<(f64, f64)>> = self
            .series
            .iter()
            .take(2)
            .flat_map(|s| {
                let points = s.passe.iter().copied();
                let future = s.prevu.iter().map(|h| (h.annee, h.centre));
                let line = points.chain(future).map(|(x, v)| place(f64::from(x), v)).collect();
                [vec![line], edges(s, place).to_vec()].concat()
            })
            .collect();
        let mut taken: Vec<Boite> = Vec::new();
        for (rank, serie) in self.series.iter().take(2).enumerate() {
            let Some((year, v)) = serie.passe.last().copied() else { continue };
            let above = |o: &Serie| o.passe.last().is_some_and(|p| p.1 > v);
            let other = self.series.iter().take(2).enumerate().find(|(i, _)| *i != rank);
            let below = other.is_some_and(|(_, s)| above(s));
            let text = self.echelle.nombre(v);
            let at = place(f64::from(year), v);
            let room = Boite { gauche: LEFT, haut: 18.0, droite: RIGHT, bas: self.bottom() - 2.0 };
            let spots = places(at, NORMAL.largeur(&text), below);
            let cost = |b: &Boite| b.cost(room, &lines, &taken);
            let free = spots.into_iter().enumerate().min_by_key(|(i, b)| (cost(b), *i));
            let Some((_, spot)) = free else { continue };
            c.texte((spot.gauche, spot.bas - UNDER), &text, NORMAL);
            taken.push(spot);
        }
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
        for ((serie, horizon, v), top) in
            ends.iter().zip(ecarte(&wanted, 52.0, self.bottom() - 34.0))
        {
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

/// Height of a label over its baseline, and under it.
const OVER: f64 = 11.0;
const UNDER: f64 = 3.0;

/// The rectangle of a label.
#[derive(Debug, Clone, Copy)]
struct Boite {
    gauche: f64,
    haut: f64,
    droite: f64,
    bas: f64,
}

impl Boite {
    fn holds(&self, (x, y): (f64, f64)) -> bool {
        (self.gauche..=self.droite).contains(&x) && (self.haut..=self.bas).contains(&y)
    }

    /// How bad the place is: out of the drawing or over a label, then what it crosses of the lines.
    fn cost(&self, room: Self, lines: &[Vec<(f64, f64)>], taken: &[Self]) -> u64 {
        let out = self.gauche < room.gauche
            || self.droite > room.droite
            || self.haut < room.haut
            || self.bas > room.bas;
        let over = taken.iter().any(|o| {
            self.gauche < o.droite
                && o.gauche < self.droite
                && self.haut < o.bas
                && o.haut < self.bas
        });
        let crossed: u64 = lines.iter().map(|l| self.crossed(l)).sum();
        crossed + if out || over { 1_000 } else { 0 }
    }

    /// Units of a line that fall inside.
    fn crossed(&self, line: &[(f64, f64)]) -> u64 {
        let mut inside = 0;
        for pair in line.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let n = (x1 - x0).hypot(y1 - y0).clamp(1.0, 1_000.0).ceil() as u64;
            for i in 0..=n {
                let t = i as f64 / n as f64;
                inside += u64::from(self.holds((x0 + (x1 - x0) * t, y0 + (y1 - y0) * t)));
            }
        }
        inside
    }
}

/// Places of a label around its point, the preferred side first, then further away.
fn places((x, y): (f64, f64), width: f64, below: bool) -> Vec<Boite> {
    let up = [-11.0, -24.0, -38.0];
    let down = [21.0, 34.0, 48.0];
    let sides = if below { [down, up] } else { [up, down] };
    let mut out = Vec::new();
    for step in 0..3 {
        for side in sides {
            for left in [x + 4.0 - width, x - width / 2.0, x - 4.0] {
                out.push((left, y + side[step]));
            }
        }
        if step == 0 {
            out.extend([(x - 10.0 - width, y + 4.5), (x + 10.0, y + 4.5)]);
        }
    }
    let boxed = |(left, base): (f64, f64)| Boite {
        gauche: left,
        haut: base - OVER,
        droite: left + width,
        bas: base + UNDER,
    };
    out.into_iter().map(boxed).collect()
}

/// Low and high edges of the 80 % band.
fn edges(serie: &Serie, place: &dyn Fn(f64, f64) -> (f64, f64)) -> [Vec<(f64, f64)>; 2] {
    let sides: [fn(&Horizon) -> f64; 2] = [|h| h.b80.0, |h| h.b80.1];
    sides.map(|side| serie.prevu.iter().map(|h| place(f64::from(h.annee), side(h))).collect())
}

const COLOURS: [plotters::style::RGBColor; 2] = [BLEU, ORANGE];

fn veil<DB: DrawingBackend>(c: &mut Canvas<DB>, rank: usize, points: &[(f64, f64)], part: f64) {
    c.voile(points, COLOURS[rank], part);
}

/// The colours of the legend: those of the first series, laid as in the drawing.
fn swatch<DB: DrawingBackend>(c: &mut Canvas<DB>, (x, y): (f64, f64), parts: &[f64]) {
    let corners =
        [(x - 6.0, y - 10.0), (x + 6.0, y - 10.0), (x + 6.0, y + 1.0), (x - 6.0, y + 1.0)];
    for part in parts {
        veil(c, 0, &corners, *part);
    }
}

fn legend<DB: DrawingBackend>(c: &mut Canvas<DB>, parts: [f64; 2]) {
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
            2 => swatch(c, (x, y), &parts),
            3 => swatch(c, (x, y), &parts[..1]),
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
    let colour = COLOURS[rank];
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

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Boite = Boite { gauche: 0.0, haut: 0.0, droite: 400.0, bas: 200.0 };

    fn free(at: (f64, f64), lines: &[Vec<(f64, f64)>], taken: &[Boite]) -> Boite {
        let cost = |b: &Boite| b.cost(ROOM, lines, taken);
        places(at, 40.0, false).into_iter().min_by_key(cost).expect("a place")
    }

    #[test]
    fn a_label_leaves_the_lines_and_the_axes_alone() {
        // a line that falls to the point, as an investment after a strong year
        let falling = vec![(40.0, 20.0), (100.0, 120.0), (160.0, 118.0)];
        let spot = free((100.0, 120.0), std::slice::from_ref(&falling), &[]);
        assert_eq!(spot.crossed(&falling), 0, "{spot:?}");
        // a point on the lower axis and near the left one
        let spot = free((12.0, 196.0), &[vec![(12.0, 196.0), (160.0, 196.0)]], &[]);
        assert!(spot.bas <= 200.0 && spot.gauche >= 0.0, "{spot:?}");
        let other = free((12.0, 196.0), &[], &[spot]);
        assert!((other.gauche, other.bas) != (spot.gauche, spot.bas), "{other:?}");
    }
}
