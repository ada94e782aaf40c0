//! Small multiples by month: the spending of each chapitre, the odd months named.
//!
//! **Invariant:** same months in every cell, own scale written; an odd month is hatched and carries a mark
//! under the axis, not only a colour; it is named, the strongest first when there is no room for all.

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
const HEIGHT: f64 = 178.0;
const TOP: f64 = 72.0;
const BOTTOM: f64 = 138.0;
const ROW: f64 = 13.0;
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

/// Rows of names above the bars.
const NAMES: usize = 2;
/// Months over which names carry their year.
const YEAR: usize = 12;

impl Cellule {
    fn draw<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, (x0, y0): (f64, f64), start: (i16, i8)) {
        let (title, ink) = NORMAL.gras().ajuste(&self.titre, WIDTH);
        c.texte((x0, y0 + 14.0), &title, ink);
        let (lo, hi) = etendue(self.valeurs.iter().copied().chain([0.0]));
        let y = Lineaire { domaine: (lo, hi), plage: (y0 + BOTTOM, y0 + TOP) };
        let names = self.names(x0, start);
        let odd = self.marques.iter().filter(|i| **i < self.valeurs.len()).count();
        let left = match odd - names.len() {
            0 => String::new(),
            n => format!(", dont {} sans nom", fr::compte(n as u64, "mois", "mois")),
        };
        let text =
            format!("{} à {} par mois{left}", self.echelle.nombre(lo), self.echelle.avec(hi));
        let (text, ink) = PETIT.ajuste(&text, WIDTH);
        c.texte((x0, y0 + 30.0), &text, ink);
        for (i, v) in self.valeurs.iter().enumerate() {
            let (a, b) = self.bar(x0, i);
            let (high, low) = (y.pos(v.max(0.0)), y.pos(v.min(0.0)));
            let odd = self.marques.contains(&i);
            c.rect((a, high), (b, low), if odd { ORANGE } else { BLEU });
            if odd {
                c.hachures((a, high), (b, low));
                c.losange((f64::midpoint(a, b), y0 + BOTTOM + 5.0), 3.5, ORANGE);
            }
        }
        for name in &names {
            let baseline = y0 + TOP - 8.0 - ROW * name.row as f64;
            let (a, b) = self.bar(x0, name.place);
            let middle = f64::midpoint(a, b);
            let end = y.pos(self.valeurs[name.place].max(0.0)) - 1.0;
            c.ligne(&[(middle, baseline + 3.0), (middle, end)], ORANGE, 1.0);
        }
        for name in &names {
            let at = (name.x, y0 + TOP - 8.0 - ROW * name.row as f64);
            c.texte(at, &name.text, PETIT.milieu());
        }
        c.ligne(&[(x0, y.pos(0.0)), (x0 + WIDTH, y.pos(0.0))], FILET, 1.0);
        let last = self.valeurs.len().saturating_sub(1);
        let ends = [month(start, 0), month(start, last)].map(|(y, m)| fr::mois_axe(y, m));
        c.texte((x0, y0 + BOTTOM + 21.0), &ends[0], PETIT);
        c.texte((x0 + WIDTH, y0 + BOTTOM + 21.0), &ends[1], PETIT.fin());
    }

    /// Left and right edges of a bar.
    fn bar(&self, x0: f64, place: usize) -> (f64, f64) {
        let step = WIDTH / self.valeurs.len().max(1) as f64;
        (x0 + step * place as f64 + 0.6, x0 + step * (place + 1) as f64 - 0.6)
    }

    /// Names of the odd months: in the order of the calendar if all of them fit, else by strength.
    fn names(&self, x0: f64, start: (i16, i8)) -> Vec<Name> {
        let mut odd: Vec<usize> =
            self.marques.iter().copied().filter(|i| *i < self.valeurs.len()).collect();
        odd.sort_unstable();
        odd.dedup();
        let all = self.fitted(x0, start, &odd);
        if all.len() == odd.len() {
            return all;
        }
        let mut sorted = self.valeurs.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = sorted[sorted.len() / 2];
        let strength = |i: usize| (self.valeurs[i] - usual).abs();
        odd.sort_by(|a, b| strength(*b).total_cmp(&strength(*a)).then(a.cmp(b)));
        self.fitted(x0, start, &odd)
    }

    fn fitted(&self, x0: f64, start: (i16, i8), order: &[usize]) -> Vec<Name> {
        let mut out: Vec<Name> = Vec::new();
        for place in order {
            let (year, m) = month(start, *place);
            let short = self.valeurs.len() <= YEAR;
            let text = if short { fr::mois_court(m).to_owned() } else { fr::mois_axe(year, m) };
            let half = PETIT.largeur(&text) / 2.0;
            let (a, b) = self.bar(x0, *place);
            let x = f64::midpoint(a, b).clamp(x0 + half, x0 + WIDTH - half);
            let free = |row: &usize| {
                !out.iter().any(|n| n.row == *row && (n.x - x).abs() < n.half + half + 2.0)
            };
            if let Some(row) = (0..NAMES).find(free) {
                out.push(Name { place: *place, row, x, half, text });
            }
        }
        out
    }
}

/// Name of an odd month, placed.
struct Name {
    place: usize,
    row: usize,
    x: f64,
    half: f64,
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(valeurs: Vec<f64>, marques: Vec<usize>) -> Cellule {
        let echelle = Echelle::Nombre(0);
        Cellule { titre: "001".into(), echelle, valeurs, marques }
    }

    #[test]
    fn every_odd_month_of_a_year_is_named() {
        crate::report::chart::canvas::register_fonts().expect("embedded font");
        let mut values = vec![1.0; 12];
        values[3] = 90.0;
        let all = cell(values, (0..12).collect()).names(0.0, (2012, 1));
        assert_eq!(all.len(), 12);
        let names: Vec<&str> = all[2..4].iter().map(|n| n.text.as_str()).collect();
        assert_eq!(names, ["mars", "avr."]);
        assert_ne!(all[2].row, all[3].row, "neighbours are on two rows");
    }

    #[test]
    fn the_strongest_month_is_named_when_there_is_no_room_for_all() {
        crate::report::chart::canvas::register_fonts().expect("embedded font");
        let mut values = vec![1.0; 36];
        values[7] = 90.0;
        let names = cell(values, (0..10).chain([99]).collect()).names(0.0, (2012, 1));
        assert_eq!((names[0].place, names[0].text.as_str()), (7, "août\u{a0}2012"));
        assert!(names.len() < 10, "{}", names.len());
    }
}
