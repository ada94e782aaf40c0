//! Waterfall, lying: why a total changed, or which evidence adds up to a finding's `indice`.
//!
//! One line a cause, so that French labels are never cut; totals grounded at 0; favourable causes are
//! hatched and marked ▲ or ▼, not told by colour alone. A broken axis shows a zigzag and a note.
//!
//! **Invariant:** every value is printed; start + causes = end, as given by the caller.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{
    BLANC, BLEU, Canvas, ENCRE, FILET, GRIS, LARGEUR, NORMAL, ORANGE, PETIT, VERT,
};
use super::scale::{Echelle, Lineaire, etendue};
use crate::report::fr;

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// Unit of the values.
    pub echelle: Echelle,
    /// Starting total; none for evidence, which starts at 0.
    pub depart: Option<Marche>,
    /// Signed causes in order.
    pub causes: Vec<Marche>,
    /// Final total.
    pub arrivee: Marche,
    /// What a rise means.
    pub sens: Sens,
}

/// What a positive cause means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sens {
    /// Good news (savings): hatched.
    Favorable,
    /// Neither good nor bad (ledger to accounts).
    Neutre,
    /// More reasons to look (evidence).
    Indice,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Marche {
    /// Name.
    pub libelle: String,
    /// What was compared, may be empty. Shown in pages only: it may name a supplier.
    pub detail: String,
    /// Signed value.
    pub valeur: f64,
}

impl Marche {
    /// A step without detail.
    pub fn new(libelle: impl Into<String>, valeur: f64) -> Self {
        Self { libelle: libelle.into(), detail: String::new(), valeur }
    }
}

/// Width of the labels: wider when each cause also shows what was compared.
const LABEL: [f64; 2] = [246.0, 300.0];
const RIGHT: f64 = LARGEUR - 92.0;
const HEAD: f64 = 6.0;

/// One bar: its name, where it starts, where it ends, and whether it is a total.
struct Row<'a> {
    step: &'a Marche,
    from: f64,
    to: f64,
    total: bool,
}

impl Waterfall {
    fn rows(&self) -> Vec<Row<'_>> {
        let mut level = 0.0;
        let mut rows = Vec::new();
        if let Some(step) = &self.depart {
            level = step.valeur;
            rows.push(Row { step, from: 0.0, to: level, total: true });
        }
        for step in &self.causes {
            rows.push(Row { step, from: level, to: level + step.valeur, total: false });
            level += step.valeur;
        }
        rows.push(Row { step: &self.arrivee, from: 0.0, to: self.arrivee.valeur, total: true });
        rows
    }

    fn detailed(&self) -> bool {
        self.causes.iter().any(|c| !c.detail.is_empty())
    }

    fn label_width(&self) -> f64 {
        LABEL[usize::from(self.detailed())]
    }

    fn line_height(&self) -> f64 {
        let width = self.label_width();
        let long = self.rows().iter().any(|r| NORMAL.largeur(&r.step.libelle) > width);
        if self.detailed() || long { 40.0 } else { 30.0 }
    }

    /// Where the axis starts when the causes would be invisible next to the totals.
    fn break_at(&self, rows: &[Row<'_>]) -> Option<f64> {
        let (lo, hi) =
            etendue(rows.iter().flat_map(|r| if r.total { [r.to; 2] } else { [r.from, r.to] }));
        let flat = hi - lo <= 1e-9 * hi;
        (self.depart.is_some() && lo > 0.0 && !flat && hi - lo < 0.15 * hi)
            .then(|| (lo - (hi - lo) * 0.6).max(0.0))
            .filter(|start| *start > 0.0)
    }
}

impl Dessin for Waterfall {
    fn hauteur(&self) -> f64 {
        let rows = self.rows();
        let note = if self.break_at(&rows).is_some() { 20.0 } else { 4.0 };
        HEAD + self.line_height() * rows.len() as f64 + note
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let rows = self.rows();
        let (lo, hi) = etendue(rows.iter().flat_map(|r| [r.from, r.to]));
        let broken = self.break_at(&rows);
        let domain = (broken.unwrap_or(lo.min(0.0)), hi.max(0.0));
        let left = self.label_width() + 14.0;
        let room = if domain.0 < 0.0 { 64.0 } else { 0.0 };
        let x = Lineaire { domaine: domain, plage: (left + room, RIGHT) };
        let (h, base) = (self.line_height(), x.pos(domain.0.max(0.0)));
        c.ligne(&[(base, HEAD), (base, HEAD + h * rows.len() as f64)], FILET, 1.0);
        for (i, row) in rows.iter().enumerate() {
            let y = HEAD + h * i as f64;
            self.label(c, row, (y, h));
            let from = if row.total { base } else { x.pos(row.from) };
            self.bar(c, row, (from, x.pos(row.to)), (y, h));
            if row.total && broken.is_some() {
                zigzag(c, base + 14.0, (y + 3.0, y + h - 3.0));
            }
            if i + 1 < rows.len() {
                let points = [(x.pos(row.to), y + h - 5.0), (x.pos(row.to), y + h + 5.0)];
                c.ligne(&points, FILET, 1.0);
            }
        }
        if let Some(start) = broken {
            let note = format!("Axe coupé : il commence à {}.", self.echelle.avec(start));
            c.texte((left, self.hauteur() - 4.0), &fr::typo(&note), PETIT);
        }
    }
}

impl Waterfall {
    fn label<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, row: &Row<'_>, (y, h): (f64, f64)) {
        let ink = if row.total { NORMAL.gras().fin() } else { NORMAL.fin() };
        let mid = y + h / 2.0;
        let width = self.label_width();
        if !row.step.detail.is_empty() && c.is_vector() {
            let (name, ink) = ink.ajuste(&row.step.libelle, width);
            c.texte((width, mid - 3.0), &name, ink);
            let detail = PETIT.coupe(&row.step.detail, width, 1);
            c.texte((width, mid + 12.0), &detail[0], PETIT.fin());
            return;
        }
        let lines = ink.coupe(&row.step.libelle, width, 2);
        let top = mid + 4.5 - 8.0 * (lines.len() as f64 - 1.0);
        c.lignes((width, top), &lines, ink);
    }

    fn bar<DB: DrawingBackend>(
        &self,
        c: &mut Canvas<DB>,
        row: &Row<'_>,
        (from, to): (f64, f64),
        (y, h): (f64, f64),
    ) {
        let (a, b) = (from.min(to), from.max(to).max(from.min(to) + 1.5));
        let (top, bottom) = (y + 5.0, y + h - 5.0);
        let value = row.step.valeur;
        let colour = match (row.total, value >= 0.0, self.sens) {
            (true, ..) => ENCRE,
            (_, true, Sens::Favorable | Sens::Neutre) => BLEU,
            (_, true, Sens::Indice) | (_, false, Sens::Favorable | Sens::Neutre) => ORANGE,
            (_, false, Sens::Indice) => VERT,
        };
        c.rect((a, top), (b, bottom), colour);
        if !row.total && self.sens == Sens::Favorable && value > 0.0 {
            c.hachures((a, top), (b, bottom));
        }
        let text = if row.total {
            self.echelle.avec(value)
        } else {
            let number = self.echelle.signe(value);
            let mark = if value >= 0.0 { "▲" } else { "▼" };
            let zero = !number.contains(|c: char| ('1'..='9').contains(&c));
            if zero { number } else { format!("{number} {mark}") }
        };
        let ink = if row.total { NORMAL.gras() } else { NORMAL };
        let left = row.total && value < 0.0;
        let (at, ink) = if left { (a - 7.0, ink.fin()) } else { (b + 7.0, ink) };
        c.texte((at, y + h / 2.0 + 4.5), &text, ink);
    }
}

/// The sign of a broken axis: a white zigzag across a bar.
fn zigzag<DB: DrawingBackend>(c: &mut Canvas<DB>, x: f64, (top, bottom): (f64, f64)) {
    let n = 4;
    let points: Vec<(f64, f64)> = (0..=n)
        .map(|i| {
            let dx = if i % 2 == 0 { -3.0 } else { 3.0 };
            (x + dx, top + (bottom - top) * f64::from(i) / f64::from(n))
        })
        .collect();
    c.ligne(&points, BLANC, 5.0);
    let shifted = |d: f64| points.iter().map(|p| (p.0 + d, p.1)).collect::<Vec<_>>();
    c.ligne(&shifted(-2.5), GRIS, 1.0);
    c.ligne(&shifted(2.5), GRIS, 1.0);
}
