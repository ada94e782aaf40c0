//! Heatmap: when in the year. Rows by month, one hue, the number printed in each cell.
//!
//! **Invariant:** darker means further from 0; a cell over the threshold is framed and marked, so that
//! grey paper still shows it.

use plotters::prelude::{DrawingBackend, RGBColor};

use super::Dessin;
use super::canvas::{BLANC, Canvas, FOND, LARGEUR, NORMAL, ORANGE, PETIT};
use crate::report::fr;

/// Black: on mid shades, the secondary inks would fall under a contrast of 4.5.
const NOIR: RGBColor = RGBColor(0, 0, 0);

/// The chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Heatmap {
    /// Rows: name and twelve months.
    pub lignes: Vec<(String, [Option<f64>; 12])>,
    /// Digits printed.
    pub decimales: usize,
    /// Absolute value from which a cell is framed.
    pub seuil: Option<f64>,
}

const LABEL: f64 = 176.0;
const LEFT: f64 = 184.0;
const HEAD: f64 = 24.0;
const ROW: f64 = 27.0;

impl Dessin for Heatmap {
    fn hauteur(&self) -> f64 {
        HEAD + ROW * self.lignes.len() as f64 + 4.0
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        let width = (LARGEUR - LEFT) / 12.0;
        for month in 0..12_u8 {
            let x = LEFT + width * (f64::from(month) + 0.5);
            c.texte((x, 15.0), fr::mois_court(month as i8 + 1), PETIT.milieu());
        }
        let values = self.lignes.iter().flat_map(|l| l.1).flatten();
        let max = values.map(f64::abs).fold(1e-9, f64::max);
        for (i, (name, months)) in self.lignes.iter().enumerate() {
            let y = HEAD + ROW * i as f64;
            let (text, ink) = NORMAL.ajuste(name, LABEL);
            c.texte((LABEL, y + 18.0), &text, ink.fin());
            for (m, value) in months.iter().enumerate() {
                self.cell(c, *value, max, (LEFT + width * m as f64, y, width));
            }
        }
    }
}

impl Heatmap {
    fn cell<DB: DrawingBackend>(
        &self,
        c: &mut Canvas<DB>,
        value: Option<f64>,
        max: f64,
        (x, y, width): (f64, f64, f64),
    ) {
        let (a, b) = ((x + 1.0, y + 1.0), (x + width - 1.0, y + ROW - 1.0));
        let Some(v) = value else {
            c.rect(a, b, FOND);
            c.texte((x + width / 2.0, y + 18.0), fr::SANS_OBJET, PETIT.milieu());
            return;
        };
        let share = (v.abs() / max).powf(0.8);
        let colour = shade(share);
        c.rect(a, b, colour);
        let mut text = fr::decimal(v, self.decimales);
        if self.seuil.is_some_and(|s| v.abs() >= s) {
            text = format!("{text}{}", if v > 0.0 { "▲" } else { "▼" });
            c.cadre((a.0 + 1.0, a.1 + 1.0), (b.0 - 1.0, b.1 - 1.0), ORANGE, 2.0);
        }
        let ink = NORMAL.milieu().en(if luminance(colour) < 0.179 { BLANC } else { NOIR });
        c.texte((x + width / 2.0, y + 18.0), &text, ink);
    }
}

/// From paper to dark blue; `share` in 0..1.
fn shade(share: f64) -> RGBColor {
    let mix = |from: u8, to: u8| {
        (f64::from(from) + (f64::from(to) - f64::from(from)) * share.clamp(0.0, 1.0)).round() as u8
    };
    RGBColor(mix(0xF7, 0x0F), mix(0xFA, 0x4C), mix(0xFC, 0x81))
}

/// Relative luminance of a colour (WCAG 2.1): white text is the more legible under 0.179, and both reach 4.5.
fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
    let channel = |v: u8| {
        let v = f64::from(v) / 255.0;
        if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_legible_on_every_shade() {
        for i in 0..=100 {
            let l = luminance(shade(f64::from(i) / 100.0));
            let ink = if l < 0.179 { 1.0 } else { luminance(NOIR) };
            let ratio = (l.max(ink) + 0.05) / (l.min(ink) + 0.05);
            assert!(ratio >= 4.5, "{i}: {ratio}");
        }
    }
}
