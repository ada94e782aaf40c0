//! Dots of past errors: how reliable each model was. One line a model, one dot a year, zero line.
//!
//! **Invariant:** errors are forecast less realised, in percent of the realised.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, ENCRE, GRILLE, LARGEUR, NORMAL, PETIT};
use super::scale::{Echelle, Lineaire, decimales, etendue, ticks};
use crate::report::fr;

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Dots {
    /// Lines.
    pub lignes: Vec<Modele>,
}

/// One model.
#[derive(Debug, Clone, PartialEq)]
pub struct Modele {
    /// Name.
    pub nom: String,
    /// True for the model in use: full marks and bold name.
    pub retenu: bool,
    /// (year, error in percent).
    pub erreurs: Vec<(i32, f64)>,
}

const LABEL: f64 = 190.0;
const LEFT: f64 = 210.0;
const RIGHT: f64 = LARGEUR - 20.0;
const HEAD: f64 = 44.0;
const ROW: f64 = 56.0;

/// Baselines of the years around their dots: dots close to each other use the next one.
const LANES: [f64; 4] = [-9.0, 19.0, -21.0, 31.0];

impl Dessin for Dots {
    fn hauteur(&self) -> f64 {
        HEAD + ROW * self.lignes.len() as f64 + 28.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let (lo, hi) = etendue(self.lignes.iter().flat_map(|l| l.erreurs.iter().map(|e| e.1)));
        let reach = hi.abs().max(lo.abs()).max(1.0);
        let (marks, step) = ticks(-reach, reach, 6, Echelle::Pourcent);
        let x = Lineaire { domaine: (marks[0], marks[marks.len() - 1]), plage: (LEFT, RIGHT) };
        let bottom = HEAD + ROW * self.lignes.len() as f64;
        for v in &marks {
            let zero = v.abs() < step / 2.0;
            let (colour, width) = if zero { (ENCRE, 1.6) } else { (GRILLE, 1.0) };
            c.ligne(&[(x.pos(*v), HEAD - 6.0), (x.pos(*v), bottom)], colour, width);
            let text = if zero { "0".to_owned() } else { signed(*v, step) };
            c.texte((x.pos(*v), bottom + 18.0), &text, PETIT.milieu());
        }
        c.texte((x.pos(0.0) - 12.0, 14.0), "prévu trop bas, en %", PETIT.fin());
        c.texte((x.pos(0.0) + 12.0, 14.0), "prévu trop haut, en %", PETIT);
        for (i, line) in self.lignes.iter().enumerate() {
            line.draw(c, HEAD + ROW * (i as f64 + 0.5), &x);
        }
    }
}

fn signed(v: f64, step: f64) -> String {
    fr::decimal_signe(v, decimales(step))
}

impl Modele {
    fn draw<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, y: f64, x: &Lineaire) {
        let ink = if self.retenu { NORMAL.gras().fin() } else { NORMAL.fin() };
        let name = ink.coupe(&self.nom, LABEL, 1);
        c.texte((LABEL, y + 4.5), &name[0], ink);
        let mut sorted = self.erreurs.clone();
        sorted.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let mut free = [f64::NEG_INFINITY; LANES.len()];
        for (year, error) in sorted {
            let at = (x.pos(error), y);
            if self.retenu {
                c.disque(at, 5.0, BLEU);
            } else {
                c.anneau(at, 5.0, BLEU);
            }
            let half = PETIT.largeur("2025") / 2.0 + 3.0;
            if let Some(lane) = (0..LANES.len()).find(|l| at.0 - half > free[*l]) {
                c.texte((at.0, y + LANES[lane]), &year.to_string(), PETIT.milieu());
                free[lane] = at.0 + half;
            }
        }
    }
}
