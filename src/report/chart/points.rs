//! Dot and tick: one value a line, beside the value it is compared with, on one scale.
//!
//! **Invariant:** both values are printed; the tick is named above the chart.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, ENCRE, FILET, GRILLE, LARGEUR, NORMAL, PETIT};
use super::scale::{Echelle, Lineaire, etendue, ticks};

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// Unit of the values.
    pub echelle: Echelle,
    /// What the dot is, what the tick is.
    pub noms: [String; 2],
    /// Lines.
    pub lignes: Vec<Point>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Name.
    pub libelle: String,
    /// Precision under the name, may be empty.
    pub detail: String,
    /// Value of the dot.
    pub valeur: f64,
    /// Value of the tick.
    pub repere: Option<f64>,
}

const LABEL: f64 = 232.0;
const LEFT: f64 = 248.0;
const RIGHT: f64 = LARGEUR - 150.0;
const HEAD: f64 = 34.0;

impl Points {
    fn row(&self) -> f64 {
        if self.lignes.iter().any(|l| !l.detail.is_empty()) { 36.0 } else { 26.0 }
    }
}

impl Dessin for Points {
    fn hauteur(&self) -> f64 {
        HEAD + self.row() * self.lignes.len() as f64 + 28.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let values = self.lignes.iter().flat_map(|l| [Some(l.valeur), l.repere]).flatten();
        let (lo, hi) = etendue(values.chain([0.0]));
        let (marks, step) = ticks(lo, hi, 5, self.echelle);
        let x = Lineaire { domaine: (marks[0], marks[marks.len() - 1]), plage: (LEFT, RIGHT) };
        let h = self.row();
        let bottom = HEAD + h * self.lignes.len() as f64;
        for v in &marks {
            c.ligne(&[(x.pos(*v), HEAD - 4.0), (x.pos(*v), bottom)], GRILLE, 1.0);
            let text = self.echelle.graduation(*v, step);
            c.texte((x.pos(*v), bottom + 17.0), &text, PETIT.milieu());
        }
        self.legend(c);
        for (i, line) in self.lignes.iter().enumerate() {
            let y = HEAD + h * (i as f64 + 0.5);
            let lift = if line.detail.is_empty() { 4.5 } else { -1.0 };
            let (name, ink) = NORMAL.ajuste(&line.libelle, LABEL);
            c.texte((LABEL, y + lift), &name, ink.fin());
            if !line.detail.is_empty() {
                c.texte((LABEL, y + 13.0), &line.detail, PETIT.fin());
            }
            let at = x.pos(line.valeur);
            if let Some(mark) = line.repere {
                c.ligne(&[(at, y), (x.pos(mark), y)], FILET, 1.2);
                let m = x.pos(mark);
                c.rect((m - 1.6, y - 9.0), (m + 1.6, y + 9.0), ENCRE);
            }
            c.disque((at, y), 5.6, BLEU);
            let value = self.echelle.avec(line.valeur);
            c.texte((RIGHT + 14.0, y + 4.5), &value, NORMAL.gras());
            if let Some(mark) = line.repere {
                let next = RIGHT + 14.0 + NORMAL.gras().largeur(&value) + 8.0;
                let text = format!("({})", self.echelle.nombre(mark));
                c.texte((next, y + 4.5), &text, PETIT);
            }
        }
    }
}

impl Points {
    fn legend<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let mut x = LEFT;
        c.disque((x + 5.0, 9.0), 5.0, BLEU);
        c.texte((x + 16.0, 13.0), &self.noms[0], PETIT);
        if self.lignes.iter().any(|l| l.repere.is_some()) {
            x += PETIT.largeur(&self.noms[0]) + 40.0;
            c.rect((x, 1.0), (x + 3.2, 18.0), ENCRE);
            c.texte((x + 10.0, 13.0), &format!("{} (entre parenthèses)", self.noms[1]), PETIT);
        }
    }
}
