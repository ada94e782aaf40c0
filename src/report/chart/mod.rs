//! Figures: one chart a file, each a data struct and a drawing generic over plotters' backends.
//!
//! A [`Figure`] gives an inline SVG (role, title, description, no fixed size) and a PNG 1920 px wide with
//! its title and its source, both from the same drawing, with the embedded font only.
//!
//! **Invariant:** a chart prints its numbers; colour alone never carries a meaning; the same data give
//! the same bytes on every machine.

#![allow(clippy::many_single_char_names)] // x, y, a, b, c: coordinates and the canvas

use plotters::prelude::{DrawingBackend, SVGBackend};

use crate::domain::refus::Refus;

pub mod bars;
pub mod benford;
pub mod bullet;
pub mod canvas;
pub mod columns;
pub mod curve;
pub mod dots;
pub mod fan;
pub mod heatmap;
pub mod histogram;
pub mod months;
pub mod multiples;
mod png;
pub mod points;
pub mod profile;
pub mod scale;
pub mod strip;
pub mod timeline;
pub mod tornado;
pub mod waterfall;

use canvas::{Canvas, LARGEUR};

/// SVG units per drawing unit: plotters rounds to integers, so it draws twice as large.
const FINESSE: f64 = 2.0;

/// What a chart must offer: its height and its drawing, in units of a page 760 wide.
pub trait Dessin {
    /// Height in drawing units.
    fn hauteur(&self) -> f64;
    /// Draws itself in `0..760` by `0..hauteur`.
    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>);
}

/// Every kind of chart.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // the variants are the names of the files
pub enum Graphique {
    Fan(fan::Fan),
    Waterfall(waterfall::Waterfall),
    Bullet(bullet::Bullet),
    Multiples(multiples::Multiples),
    Heatmap(heatmap::Heatmap),
    Benford(benford::BenfordBars),
    Timeline(timeline::Timeline),
    Bars(bars::Bars),
    Tornado(tornado::Tornado),
    Dots(dots::Dots),
    Columns(columns::Columns),
    Profile(profile::Profile),
    Curve(curve::Curve),
    Strip(strip::Strip),
    Histogram(histogram::Histogram),
    Months(months::Months),
    Points(points::Points),
}

impl Dessin for Graphique {
    fn hauteur(&self) -> f64 {
        match self {
            Self::Fan(d) => d.hauteur(),
            Self::Waterfall(d) => d.hauteur(),
            Self::Bullet(d) => d.hauteur(),
            Self::Multiples(d) => d.hauteur(),
            Self::Heatmap(d) => d.hauteur(),
            Self::Benford(d) => d.hauteur(),
            Self::Timeline(d) => d.hauteur(),
            Self::Bars(d) => d.hauteur(),
            Self::Tornado(d) => d.hauteur(),
            Self::Dots(d) => d.hauteur(),
            Self::Columns(d) => d.hauteur(),
            Self::Profile(d) => d.hauteur(),
            Self::Curve(d) => d.hauteur(),
            Self::Strip(d) => d.hauteur(),
            Self::Histogram(d) => d.hauteur(),
            Self::Months(d) => d.hauteur(),
            Self::Points(d) => d.hauteur(),
        }
    }

    fn dessine<DB: DrawingBackend>(&self, c: &mut Canvas<DB>) {
        match self {
            Self::Fan(d) => d.dessine(c),
            Self::Waterfall(d) => d.dessine(c),
            Self::Bullet(d) => d.dessine(c),
            Self::Multiples(d) => d.dessine(c),
            Self::Heatmap(d) => d.dessine(c),
            Self::Benford(d) => d.dessine(c),
            Self::Timeline(d) => d.dessine(c),
            Self::Bars(d) => d.dessine(c),
            Self::Tornado(d) => d.dessine(c),
            Self::Dots(d) => d.dessine(c),
            Self::Columns(d) => d.dessine(c),
            Self::Profile(d) => d.dessine(c),
            Self::Curve(d) => d.dessine(c),
            Self::Strip(d) => d.dessine(c),
            Self::Histogram(d) => d.dessine(c),
            Self::Months(d) => d.dessine(c),
            Self::Points(d) => d.dessine(c),
        }
    }
}

/// A chart with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Rank in the page, from 1; with `nom` it makes the file name and the identifiers.
    pub numero: usize,
    /// Short ASCII name (`epargne`).
    pub nom: String,
    /// The conclusion, with its number.
    pub titre: String,
    /// Unit and period.
    pub sous_titre: String,
    /// Where the data come from.
    pub source: String,
    /// Text alternative: what the chart shows.
    pub alternative: String,
    /// The chart.
    pub graphique: Graphique,
}

impl Figure {
    /// `figures/03_epargne.png`.
    pub fn file(&self) -> String {
        format!("figures/{:02}_{}.png", self.numero, self.nom)
    }

    /// Inline SVG: `role="img"`, title, description, `viewBox`, no fixed width and height.
    pub fn svg(&self) -> Result<String, Refus> {
        canvas::register_fonts()?;
        let height = self.graphique.hauteur();
        let size = ((LARGEUR * FINESSE) as u32, (height * FINESSE).ceil() as u32);
        let mut raw = String::new();
        let mut canvas = Canvas::vector(SVGBackend::with_string(&mut raw, size), FINESSE);
        self.graphique.dessine(&mut canvas);
        canvas.finish()?;
        Ok(self.wrap(&raw, size))
    }

    /// PNG 1920 px wide, with title, unit and source.
    pub fn png(&self) -> Result<Vec<u8>, Refus> {
        png::render(self)
    }

    /// Replaces plotters' opening tag by an accessible one and drops what CSS already says.
    fn wrap(&self, raw: &str, size: (u32, u32)) -> String {
        let body = raw.split_once('>').map_or("", |(_, rest)| rest);
        let body = body
            .replace(" opacity=\"1\"", "")
            .replace(" font-family=\"sans-serif\"", "")
            .replace(" stroke-width=\"1\"", "")
            .replace(" \"/>", "\"/>");
        let body: String = body.lines().map(str::trim_end).collect();
        let id = format!("f{}", self.numero);
        format!(
            "<svg role=\"img\" aria-labelledby=\"{id}t {id}d\" viewBox=\"0 0 {} {}\">\
             <title id=\"{id}t\">{}</title><desc id=\"{id}d\">{}</desc>{body}",
            size.0,
            size.1,
            super::html::escape(&self.titre),
            super::html::escape(&self.alternative),
        )
    }
}

#[cfg(test)]
mod tests;
