//! Strip of delays: how many days, month by month, against a limit. One row a month.
//!
//! Thin line: 8 in 10; thick bar: the middle half; dot: the median; hollow mark: the longest, at the edge
//! when it does not fit.
//!
//! **Invariant:** the limit is dashed and named; the count over it is printed at the end of each row.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BANDE_80, BLEU, Canvas, FILET, GRILLE, LARGEUR, NORMAL, ORANGE, PETIT, SEUIL};
use super::scale::{Echelle, Lineaire, ticks};

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// Rows.
    pub lignes: Vec<Rangee>,
    /// Limit, in days.
    pub seuil: f64,
    /// Its name (`30 jours`).
    pub nom_seuil: String,
    /// What opens the delay (`réception`).
    pub depuis: String,
}

/// One row, in days.
#[derive(Debug, Clone, PartialEq)]
pub struct Rangee {
    /// Month.
    pub libelle: String,
    /// Quantiles: 10, 25, 50, 75 and 90 %.
    pub quantiles: [f64; 5],
    /// Longest.
    pub maximum: f64,
    /// Text at the end of the row (`3 sur 120`).
    pub complement: String,
}

const LABEL: f64 = 92.0;
const LEFT: f64 = 106.0;
const RIGHT: f64 = LARGEUR - 120.0;
const HEAD: f64 = 42.0;
const ROW: f64 = 24.0;

impl Dessin for Strip {
    fn hauteur(&self) -> f64 {
        HEAD + ROW * self.lignes.len() as f64 + 46.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        // a single slip of a date must not flatten the others
        let usual = self.lignes.iter().map(|l| l.quantiles[4]).fold(self.seuil, f64::max);
        let reach = (2.0 * self.seuil).max(1.3 * usual);
        let (marks, step) = ticks(0.0, reach, 6, Echelle::Nombre(0));
        let end = marks[marks.len() - 1];
        let x = Lineaire { domaine: (0.0, end), plage: (LEFT, RIGHT) };
        let bottom = HEAD + ROW * self.lignes.len() as f64;
        for v in &marks {
            c.ligne(&[(x.pos(*v), HEAD - 4.0), (x.pos(*v), bottom)], GRILLE, 1.0);
            let text = Echelle::Nombre(0).graduation(*v, step);
            c.texte((x.pos(*v), bottom + 17.0), &text, PETIT.milieu());
        }
        c.texte((LEFT, bottom + 36.0), &format!("jours entre {} et paiement", self.depuis), PETIT);
        let limit = x.pos(self.seuil);
        for (i, line) in self.lignes.iter().enumerate() {
            line.draw(c, HEAD + ROW * (i as f64 + 0.5), &x, end);
        }
        c.tirets(&[(limit, HEAD - 14.0), (limit, bottom)], SEUIL, 1.6, 5.0);
        c.texte((limit + 6.0, HEAD - 10.0), &self.nom_seuil, PETIT.en(SEUIL));
        c.texte((LARGEUR, HEAD - 10.0), "en retard", PETIT.fin());
        legend(c);
    }
}

impl Rangee {
    fn draw<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, y: f64, x: &Lineaire, end: f64) {
        c.texte((LABEL, y + 4.5), &self.libelle, NORMAL.fin());
        let at = |v: f64| x.pos(v.clamp(0.0, end));
        let [p10, p25, p50, p75, p90] = self.quantiles;
        c.ligne(&[(at(p10), y), (at(p90), y)], FILET, 1.4);
        c.rect((at(p25), y - 6.0), (at(p75).max(at(p25) + 1.0), y + 6.0), BANDE_80[0]);
        c.disque((at(p50), y), 4.6, BLEU);
        let beyond = self.maximum > end;
        c.anneau((at(self.maximum), y), 4.0, ORANGE);
        if beyond {
            let text = format!("{} →", Echelle::Nombre(0).nombre(self.maximum));
            c.texte((at(end) - 8.0, y + 4.5), &text, PETIT.fin());
        }
        c.texte((LARGEUR, y + 4.5), &self.complement, PETIT.fin());
    }
}

fn legend<DB: DrawingBackend>(c: &mut Canvas<DB>) {
    let mut x = LEFT;
    let y = 8.0;
    c.disque((x + 4.0, y), 4.6, BLEU);
    x += 14.0;
    c.texte((x, y + 4.0), "la moitié", PETIT);
    x += PETIT.largeur("la moitié") + 18.0;
    c.rect((x, y - 6.0), (x + 18.0, y + 6.0), BANDE_80[0]);
    x += 24.0;
    c.texte((x, y + 4.0), "5 sur 10", PETIT);
    x += PETIT.largeur("5 sur 10") + 18.0;
    c.ligne(&[(x, y), (x + 18.0, y)], FILET, 1.4);
    x += 24.0;
    c.texte((x, y + 4.0), "8 sur 10", PETIT);
    x += PETIT.largeur("8 sur 10") + 22.0;
    c.anneau((x, y), 4.0, ORANGE);
    c.texte((x + 10.0, y + 4.0), "le plus long", PETIT);
}
