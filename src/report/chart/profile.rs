//! Past errors by step ahead, one line a model, above the coverage of the intervals by step.
//!
//! **Invariant:** each line carries its name at its end; the kept model is thick, the others thin and
//! dashed; the nominal levels of 80 and 95 % are drawn beside the coverage;
//! a value out of the axis is drawn at its edge.

use plotters::prelude::{DrawingBackend, RGBColor};

use super::Dessin;
use super::canvas::{
    BLEU, Canvas, ENCRE, FILET, GRILLE, GRIS, LARGEUR, NORMAL, ORANGE, PETIT, VERT,
};
use super::scale::{Echelle, Lineaire, decimales, ecarte, etendue, ticks};
use crate::report::fr;

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Lines, the kept model first.
    pub modeles: Vec<Courbe>,
    /// Coverage of the kept model's intervals of 80 and 95 % by step, in percent.
    pub couvertures: [Vec<(usize, f64)>; 2],
}

/// One model.
#[derive(Debug, Clone, PartialEq)]
pub struct Courbe {
    /// Name.
    pub nom: String,
    /// (step from 1, error in percent).
    pub points: Vec<(usize, f64)>,
}

/// Lines drawn at most.
pub const MAXIMUM: usize = 6;
const LEFT: f64 = 50.0;
const RIGHT: f64 = LARGEUR - 230.0;
const TOP: f64 = 30.0;
const MIDDLE: f64 = 240.0;
const LOWER: (f64, f64) = (310.0, 400.0);
const INKS: [RGBColor; MAXIMUM] = [BLEU, ORANGE, VERT, ENCRE, GRIS, FILET];

impl Dessin for Profile {
    fn hauteur(&self) -> f64 {
        440.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let kept = &self.modeles[..self.modeles.len().min(MAXIMUM)];
        let steps = etendue(kept.iter().flat_map(|k| k.points.iter().map(|p| p.0 as f64)));
        let x = Lineaire { domaine: steps, plage: (LEFT, RIGHT) };
        errors(c, kept, &x);
        self.coverage(c, &x);
        c.ligne(&[(LEFT, LOWER.1), (RIGHT, LOWER.1)], FILET, 1.0);
        let (first, last) = (steps.0.round() as usize, steps.1.round() as usize);
        let every = ((last - first) / 12).max(1);
        for step in (first..=last).step_by(every) {
            c.texte((x.pos(step as f64), LOWER.1 + 18.0), &step.to_string(), PETIT.milieu());
        }
        c.texte((RIGHT + 14.0, LOWER.1 + 18.0), "pas d’avance", PETIT);
    }
}

impl Profile {
    fn coverage<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, x: &Lineaire) {
        let values = self.couvertures.iter().flatten().map(|p| p.1);
        let (lo, _) = etendue(values.chain([80.0]));
        let low = (lo / 10.0).floor().clamp(0.0, 7.0) * 10.0;
        let y = Lineaire { domaine: (low, 100.0), plage: (LOWER.1, LOWER.0) };
        c.texte((0.0, LOWER.0 - 18.0), "part des valeurs dans la fourchette, en %", PETIT);
        for (points, nominal) in self.couvertures.iter().zip([80.0, 95.0]) {
            c.tirets(&[(LEFT, y.pos(nominal)), (RIGHT, y.pos(nominal))], FILET, 1.0, 4.0);
            let text = fr::decimal(nominal, 0);
            c.texte((LEFT - 8.0, y.pos(nominal) + 4.0), &text, PETIT.fin());
            let path: Vec<(f64, f64)> = points
                .iter()
                .map(|(h, v)| (x.pos(*h as f64), y.pos(v.clamp(low, 100.0))))
                .collect();
            c.ligne(&path, BLEU, 2.0);
            for at in &path {
                c.disque(*at, 3.0, BLEU);
            }
            if let (Some((_, v)), Some(end)) = (points.last(), path.last()) {
                let text = format!("{} obtenu pour {nominal:.0}", fr::decimal(*v, 1));
                c.texte((RIGHT + 15.0, end.1 + 4.5), &text, PETIT);
            }
        }
    }
}

fn errors<DB: DrawingBackend>(c: &mut Canvas<DB>, kept: &[Courbe], x: &Lineaire) {
    let (_, hi) = etendue(kept.iter().flat_map(|k| k.points.iter().map(|p| p.1)));
    let (marks, step) = ticks(0.0, hi.max(1e-3), 4, Echelle::Pourcent);
    let y = Lineaire { domaine: (0.0, marks[marks.len() - 1]), plage: (MIDDLE, TOP) };
    for v in &marks {
        c.ligne(&[(LEFT, y.pos(*v)), (RIGHT, y.pos(*v))], GRILLE, 1.0);
        let text = fr::decimal(*v, decimales(step));
        c.texte((LEFT - 8.0, y.pos(*v) + 4.0), &text, PETIT.fin());
    }
    c.texte((0.0, 12.0), "erreur passée, en %", PETIT);
    let height = |v: f64| y.pos(v.max(0.0));
    let ends: Vec<f64> =
        kept.iter().map(|k| k.points.last().map_or(MIDDLE, |p| height(p.1))).collect();
    let labels = ecarte(&ends, 17.0, MIDDLE);
    for (i, k) in kept.iter().enumerate().rev() {
        let path: Vec<(f64, f64)> =
            k.points.iter().map(|(h, v)| (x.pos(*h as f64), height(*v))).collect();
        let Some(&end) = path.last() else { continue };
        if i == 0 {
            c.ligne(&path, INKS[i], 3.0);
        } else {
            c.tirets(&path, INKS[i], 1.6, 5.0);
        }
        for at in &path {
            if i == 0 { c.disque(*at, 3.5, INKS[i]) } else { c.anneau(*at, 3.0, INKS[i]) }
        }
        c.ligne(&[(end.0 + 5.0, end.1), (RIGHT + 12.0, labels[i])], INKS[i], 0.8);
        let last = k.points.last().map_or(0.0, |p| p.1);
        let text = format!("{} {}", k.nom, fr::pourcent(last, 1));
        let ink = if i == 0 { NORMAL.gras() } else { NORMAL };
        let text = ink.coupe(&text, LARGEUR - RIGHT - 16.0, 1);
        c.texte((RIGHT + 15.0, labels[i] + 4.5), &text[0], ink.en(INKS[i]));
    }
}
