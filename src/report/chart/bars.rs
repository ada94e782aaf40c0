//! Sorted bars: parts of a total. One line a part, amount and share printed.
//!
//! **Invariant:** parts keep the order given (largest first, "autres" last); never a pie.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, FILET, GRIS, LARGEUR, NORMAL, PETIT};
use super::scale::{Echelle, Lineaire, etendue};

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// Unit of the values.
    pub echelle: Echelle,
    /// Lines.
    pub lignes: Vec<Barre>,
}

/// One part.
#[derive(Debug, Clone, PartialEq)]
pub struct Barre {
    /// Name.
    pub libelle: String,
    /// Example or precision, may be empty.
    pub detail: String,
    /// Value.
    pub valeur: f64,
    /// Text after the value (`12,3 %`), may be empty.
    pub complement: String,
    /// True for "autres": drawn in grey.
    pub reste: bool,
}

const LABEL: f64 = 262.0;
const LEFT: f64 = 276.0;
const RIGHT: f64 = LARGEUR - 150.0;
/// With examples: names, bars, then a column of examples, so that rows stay low and prints readable.
const LABEL_DETAIL: f64 = 236.0;
const DETAIL: f64 = 506.0;
const ROW: f64 = 25.0;

impl Bars {
    fn detailed(&self) -> bool {
        self.lignes.iter().any(|l| !l.detail.is_empty())
    }

    fn row(&self) -> f64 {
        if self.detailed() { ROW } else { 28.0 }
    }

    /// Right edge of the names, left and right edges of the bars.
    fn columns(&self) -> (f64, f64, f64) {
        if !self.detailed() {
            return (LABEL, LEFT, RIGHT);
        }
        let wide = |l: &Barre| {
            let value = NORMAL.gras().largeur(&self.echelle.avec(l.valeur));
            value + PETIT.largeur(&l.complement) + 30.0
        };
        let room = self.lignes.iter().map(wide).fold(0.0, f64::max);
        let left = LABEL_DETAIL + 12.0;
        (LABEL_DETAIL, left, (DETAIL - room).max(left + 40.0))
    }
}

impl Dessin for Bars {
    fn hauteur(&self) -> f64 {
        8.0 + self.row() * self.lignes.len() as f64
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let (lo, hi) = etendue(self.lignes.iter().map(|l| l.valeur).chain([0.0]));
        let (label, left, right) = self.columns();
        let x = Lineaire { domaine: (lo.min(0.0), hi), plage: (left, right) };
        let h = self.row();
        for (i, line) in self.lignes.iter().enumerate() {
            let y = 4.0 + h * i as f64;
            let (name, ink) = NORMAL.ajuste(&line.libelle, label);
            c.texte((label, y + h / 2.0 + 4.5), &name, ink.fin());
            if !line.detail.is_empty() {
                let (detail, ink) = PETIT.ajuste(&line.detail, LARGEUR - DETAIL);
                c.texte((DETAIL, y + h / 2.0 + 4.5), &detail, ink);
            }
            let colour = if line.reste { GRIS } else { BLEU };
            let end = x.pos(line.valeur);
            c.rect((x.pos(0.0), y + 4.0), (end, y + h - 4.0), colour);
            let value = self.echelle.avec(line.valeur);
            let at = end.max(x.pos(0.0)) + 7.0;
            c.texte((at, y + h / 2.0 + 4.5), &value, NORMAL.gras());
            let next = at + NORMAL.gras().largeur(&value) + 8.0;
            c.texte((next, y + h / 2.0 + 4.5), &line.complement, PETIT);
        }
        c.ligne(&[(x.pos(0.0), 4.0), (x.pos(0.0), self.hauteur() - 4.0)], FILET, 1.0);
    }
}
