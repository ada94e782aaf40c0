//! Timeline of groups: what may have been paid twice. One line a group, joined dots at their dates.
//!
//! **Invariant:** days between the first and the last record are printed, amounts too.

use plotters::prelude::DrawingBackend;

use super::Dessin;
use super::canvas::{BLEU, Canvas, GRILLE, LARGEUR, NORMAL, ORANGE, PETIT};
use super::scale::Lineaire;
use crate::domain::calendar;
use crate::domain::money::Centimes;
use crate::report::fr;

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// Groups, most probable first.
    pub groupes: Vec<Groupe>,
}

/// One group of records.
#[derive(Debug, Clone, PartialEq)]
pub struct Groupe {
    /// Supplier, shown in pages only.
    pub libelle: String,
    /// Rank of the finding, shown in images.
    pub rang: u64,
    /// Control.
    pub controle: String,
    /// Amount at stake.
    pub enjeu: Centimes,
    /// Day numbers, ascending.
    pub jours: Vec<i32>,
}

const LABEL: f64 = 262.0;
const LEFT: f64 = 284.0;
const RIGHT: f64 = LARGEUR - 70.0;
const HEAD: f64 = 26.0;
const ROW: f64 = 32.0;

impl Dessin for Timeline {
    fn hauteur(&self) -> f64 {
        HEAD + ROW * self.groupes.len() as f64 + 6.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let days = self.groupes.iter().flat_map(|g| g.jours.iter().copied());
        let (Some(lo), Some(hi)) = (days.clone().min(), days.max()) else {
            return;
        };
        let span = f64::from((hi - lo).max(20));
        let domain = (f64::from(lo) - span * 0.03, f64::from(lo) + span * 1.03);
        let x = Lineaire { domaine: domain, plage: (LEFT, RIGHT) };
        self.months(c, (lo, hi), &x);
        let max = self.groupes.iter().map(|g| g.enjeu.abs()).max().unwrap_or_default();
        for (i, group) in self.groupes.iter().enumerate() {
            group.draw(c, HEAD + ROW * i as f64, &x, max);
        }
    }
}

impl Timeline {
    fn months<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, (lo, hi): (i32, i32), x: &Lineaire) {
        let bottom = self.hauteur() - 4.0;
        let starts: Vec<(i32, i16, i8)> = (lo..=hi)
            .filter_map(|d| {
                calendar::civil(d).filter(|c| c.day() == 1).map(|c| (d, c.year(), c.month()))
            })
            .collect();
        let every = starts.len().div_ceil(6).max(1);
        for (day, year, month) in starts.iter().step_by(every) {
            let at = x.pos(f64::from(*day));
            c.ligne(&[(at, HEAD - 4.0), (at, bottom)], GRILLE, 1.0);
            c.texte((at, 14.0), &fr::mois_axe(*year, *month), PETIT.milieu());
        }
    }
}

impl Groupe {
    fn draw<DB: DrawingBackend>(&self, c: &mut Canvas<DB>, y: f64, x: &Lineaire, max: Centimes) {
        let mid = y + ROW / 2.0;
        let text = if c.is_vector() {
            format!("{}. {}", self.rang, self.libelle)
        } else {
            format!("signalement {}", self.rang)
        };
        let (name, ink) = NORMAL.ajuste(&text, LABEL);
        c.texte((LABEL, mid - 1.0), &name, ink.fin());
        let sub = format!("{} · {}", self.controle, fr::euros(self.enjeu));
        c.texte((LABEL, mid + 12.0), &sub, PETIT.fin());
        let (Some(first), Some(last)) = (self.jours.first(), self.jours.last()) else {
            return;
        };
        let at = |d: i32| (x.pos(f64::from(d)), mid);
        c.ligne(&[at(*first), at(*last)], BLEU, 2.0);
        let share = (self.enjeu.abs().0 as f64 / (max.0.max(1)) as f64).sqrt();
        let radius = 3.0 + 4.0 * share;
        for day in &self.jours[1..] {
            c.anneau(at(*day), radius + 2.5, ORANGE);
        }
        c.disque(at(*first), radius, BLEU);
        let gap = last - first;
        let text = if gap == 0 { "même jour".to_owned() } else { format!("{gap}{}j", fr::NBSP) };
        c.texte((at(*last).0 + radius + 9.0, mid + 4.5), &text, PETIT);
    }
}
