//! Bullet charts: good or bad, against what. One line a ratio, each on its own scale.
//!
//! Bar = forecast, whisker = 8 chances out of 10, black tick = base year, diamond = strate, dashed red
//! lines = named thresholds.
//!
//! **Invariant:** at most three bands; a threshold is always labelled; the legend names only what is drawn.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, ENCRE, FOND, LARGEUR, NORMAL, PETIT, SEUIL, TEXTE, VERT};
use super::scale::{Echelle, Lineaire, etendue};

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Bullet {
    /// Lines.
    pub lignes: Vec<Mesure>,
}

/// One ratio.
#[derive(Debug, Clone, PartialEq)]
pub struct Mesure {
    /// Name.
    pub libelle: String,
    /// Unit, in words.
    pub unite: String,
    /// Spelling.
    pub echelle: Echelle,
    /// Forecast.
    pub valeur: f64,
    /// 80 % interval.
    pub intervalle: Option<(f64, f64)>,
    /// Base year.
    pub base: Option<f64>,
    /// Mean of the strate.
    pub strate: Option<f64>,
    /// Thresholds, ascending, with the name of what is on their bad side.
    pub seuils: Vec<(f64, String)>,
    /// True when more is better.
    pub hausse_favorable: bool,
}

const LABEL: f64 = 202.0;
const LEFT: f64 = 216.0;
const RIGHT: f64 = LARGEUR - 102.0;
const ROW: f64 = 62.0;
const HEAD: f64 = 24.0;
const BANDS: [plotters::style::RGBColor; 3] = [
    plotters::style::RGBColor(0xF3, 0xD3, 0xBA),
    plotters::style::RGBColor(0xFA, 0xEA, 0xDD),
    FOND,
];

impl Dessin for Bullet {
    fn hauteur(&self) -> f64 {
        HEAD + ROW * self.lignes.len() as f64
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        self.legend(c);
        for (i, line) in self.lignes.iter().enumerate() {
            line.draw(c, HEAD + ROW * i as f64);
        }
    }
}

impl Bullet {
    fn legend<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let mut x = LEFT;
        c.rect((x, 4.0), (x + 16.0, 11.0), BLEU);
        c.texte((x + 22.0, 12.0), "prévu", PETIT);
        x += 70.0;
        if self.lignes.iter().any(|l| l.intervalle.is_some()) {
            c.ligne(&[(x, 7.5), (x + 18.0, 7.5)], TEXTE, 1.4);
            c.texte((x + 24.0, 12.0), "8 chances sur 10", PETIT);
            x += 142.0;
        }
        if self.lignes.iter().any(|l| l.base.is_some()) {
            c.rect((x, 1.0), (x + 3.0, 14.0), ENCRE);
            c.texte((x + 9.0, 12.0), "année de base", PETIT);
            x += 112.0;
        }
        if self.lignes.iter().any(|l| l.strate.is_some()) {
            c.losange((x + 5.0, 7.5), 6.0, VERT);
            c.texte((x + 16.0, 12.0), "strate", PETIT);
        }
    }
}

impl Mesure {
    fn scale(&self) -> Lineaire {
        let bounds = self.intervalle.map(|(a, b)| [a, b]).into_iter().flatten();
        let marks = self.base.into_iter().chain(self.strate).chain(bounds);
        let (lo, hi) =
            etendue(marks.chain(self.seuils.iter().map(|s| s.0)).chain([self.valeur, 0.0]));
        let margin = (hi - lo) * 0.12;
        let low = if lo < 0.0 { lo - margin } else { 0.0 };
        Lineaire { domaine: (low, hi + margin), plage: (LEFT, RIGHT) }
    }

    fn draw<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, y: f64) {
        let x = self.scale();
        let name = NORMAL.coupe(&self.libelle, LABEL, 2);
        c.lignes((LABEL, y + 15.0), &name, NORMAL.fin());
        c.texte((LABEL, y + 15.0 + 16.0 * name.len() as f64), &self.unite, PETIT.fin());
        let (top, bottom) = (y + 4.0, y + 30.0);
        self.bands(c, &x, (top, bottom));
        let zero = x.pos(0.0);
        c.rect((zero, y + 12.0), (x.pos(self.valeur), y + 22.0), BLEU);
        if x.domaine.0 < 0.0 {
            c.ligne(&[(zero, top - 2.0), (zero, bottom + 4.0)], TEXTE, 1.2);
            c.texte((zero, bottom + 17.0), "0", PETIT.milieu());
        }
        if let Some((lo, hi)) = self.intervalle {
            let (a, b, m) = (x.pos(lo), x.pos(hi), y + 26.5);
            c.ligne(&[(a, m), (b, m)], TEXTE, 1.4);
            c.ligne(&[(a, m - 3.0), (a, m + 3.0)], TEXTE, 1.4);
            c.ligne(&[(b, m - 3.0), (b, m + 3.0)], TEXTE, 1.4);
        }
        if let Some(base) = self.base {
            c.rect((x.pos(base) - 1.5, y + 7.0), (x.pos(base) + 1.5, y + 27.0), ENCRE);
        }
        if let Some(strate) = self.strate {
            c.losange((x.pos(strate), y + 17.0), 6.0, VERT);
        }
        c.texte((RIGHT + 12.0, y + 22.0), &self.echelle.avec(self.valeur), NORMAL.gras());
    }

    fn bands<DB: DrawingBackend>(
        &self,
        c: &mut Canvas<DB>,
        x: &Lineaire,
        (top, bottom): (f64, f64),
    ) {
        let cuts: Vec<f64> = self.seuils.iter().take(2).map(|s| x.pos(s.0)).collect();
        let edges: Vec<f64> = [LEFT].into_iter().chain(cuts).chain([RIGHT]).collect();
        let n = edges.len() - 1;
        for i in 0..n {
            let from_bad = if self.hausse_favorable { i } else { n - 1 - i };
            let colour = if n == 1 { FOND } else { BANDS[(from_bad + 3 - n).min(2)] };
            c.rect((edges[i], top), (edges[i + 1], bottom), colour);
        }
        let mut free = LEFT;
        for (value, name) in self.seuils.iter().take(2) {
            let at = x.pos(*value);
            c.tirets(&[(at, top), (at, bottom + 4.0)], SEUIL, 1.4, 4.0);
            let number = self.echelle.nombre(*value);
            let side = if self.hausse_favorable { "sous" } else { "dès" };
            let text = format!("{name} {side} {}", number.strip_suffix(",0").unwrap_or(&number));
            let half = PETIT.largeur(&text) / 2.0;
            let centre = at.max(free + half).min(RIGHT + 80.0 - half);
            c.texte((centre, bottom + 17.0), &text, PETIT.milieu().en(SEUIL));
            free = centre + half + 10.0;
        }
    }
}
