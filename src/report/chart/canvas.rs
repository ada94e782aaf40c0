//! The drawing surface: lines, bars, marks and texts in units of a page 760 wide, on any backend.
//!
//! It hides what differs between plotters' SVG and bitmap backends (font size, baseline) and adds what
//! they lack (dashes, hatching, hollow marks). The first error is kept and given by `finish`.
//!
//! **Invariant:** only the embedded subset of DejaVu Sans is used; no system font is looked for.

use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{DrawingArea, DrawingBackend, FontDesc, FontFamily, FontStyle};
use plotters::prelude::{IntoDrawingArea, RGBColor, ShapeStyle, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, register_font};

use crate::domain::refus::Refus;
use crate::report::fr;

/// Width of every drawing, in drawing units.
pub const LARGEUR: f64 = 760.0;

/// Realised, main series.
pub const BLEU: RGBColor = RGBColor(0x0F, 0x4C, 0x81);
/// To check, second series.
pub const ORANGE: RGBColor = RGBColor(0xBD, 0x5A, 0x00);
/// Reference, totals.
pub const ENCRE: RGBColor = RGBColor(0x2A, 0x2A, 0x2A);
/// Third series.
pub const VERT: RGBColor = RGBColor(0x34, 0x80, 0x5F);
/// Text.
pub const TEXTE: RGBColor = RGBColor(0x1B, 0x1F, 0x24);
/// Secondary text.
pub const GRIS: RGBColor = RGBColor(0x4A, 0x53, 0x60);
/// Hairline that carries a meaning.
pub const FILET: RGBColor = RGBColor(0x76, 0x7F, 0x8A);
/// Threshold, always dashed and labelled.
pub const SEUIL: RGBColor = RGBColor(0xB3, 0x26, 0x1E);
/// 80 % band, first and second series.
pub const BANDE_80: [RGBColor; 2] = [RGBColor(0xB4, 0xCD, 0xE4), RGBColor(0xF3, 0xD3, 0xBA)];
/// 95 % band, first and second series.
pub const BANDE_95: [RGBColor; 2] = [RGBColor(0xDC, 0xE8, 0xF3), RGBColor(0xFA, 0xEA, 0xDD)];
/// Grid, decoration only.
pub const GRILLE: RGBColor = RGBColor(0xE0, 0xE4, 0xE8);
/// Neutral background.
pub const FOND: RGBColor = RGBColor(0xEE, 0xF2, 0xF5);
/// Paper.
pub const BLANC: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);

const FAMILY: FontFamily<'static> = FontFamily::SansSerif;

/// Where a text hangs from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ancre {
    /// `x` is its left edge.
    Debut,
    /// `x` is its middle.
    Milieu,
    /// `x` is its right edge.
    Fin,
}

/// How a text looks: size of the em in drawing units.
#[derive(Debug, Clone, Copy)]
pub struct Encre {
    /// Size in drawing units.
    pub taille: f64,
    /// Colour.
    pub couleur: RGBColor,
    /// Bold.
    pub gras: bool,
    /// Anchor.
    pub ancre: Ancre,
}

/// Label of an axis or a note: small, secondary.
pub const PETIT: Encre = Encre { taille: 12.0, couleur: GRIS, gras: false, ancre: Ancre::Debut };
/// Label of a bar or a line.
pub const NORMAL: Encre = Encre { taille: 13.0, couleur: TEXTE, gras: false, ancre: Ancre::Debut };

impl Encre {
    /// The same, centred.
    #[must_use]
    pub const fn milieu(self) -> Self {
        Self { ancre: Ancre::Milieu, ..self }
    }

    /// The same, right-aligned.
    #[must_use]
    pub const fn fin(self) -> Self {
        Self { ancre: Ancre::Fin, ..self }
    }

    /// The same in bold.
    #[must_use]
    pub const fn gras(self) -> Self {
        Self { gras: true, ..self }
    }

    /// The same in another colour.
    #[must_use]
    pub const fn en(self, couleur: RGBColor) -> Self {
        Self { couleur, ..self }
    }

    fn font(self, size: f64) -> FontDesc<'static> {
        FontDesc::new(FAMILY, size, if self.gras { FontStyle::Bold } else { FontStyle::Normal })
    }

    /// Width of a text in drawing units, as the embedded font sets it (a wide one: safe for others).
    pub fn largeur(self, texte: &str) -> f64 {
        const FINE: f64 = 16.0;
        self.font(self.taille * FINE * BITMAP_EM)
            .layout_box(texte)
            .map_or(0.0, |((x0, _), (x1, _))| f64::from(x1 - x0) / FINE)
    }

    /// Cuts a text in lines no wider than `largeur`; the last of `lignes` ends with `…` if need be.
    pub fn coupe(self, texte: &str, largeur: f64, lignes: usize) -> Vec<String> {
        let texte = fr::typo(texte);
        let mut out: Vec<String> = vec![String::new()];
        for word in texte.split(' ').filter(|w| !w.is_empty()) {
            let last = out.last().map_or("", String::as_str);
            let trial = if last.is_empty() { word.to_owned() } else { format!("{last} {word}") };
            if last.is_empty() || self.largeur(&trial) <= largeur {
                if let Some(line) = out.last_mut() {
                    *line = trial;
                }
            } else {
                out.push(word.to_owned());
            }
        }
        let cut = out.len() > lignes;
        out.truncate(lignes.max(1));
        if let Some(line) = out.last_mut() {
            *line = self.tient(line, largeur, cut);
        }
        out
    }

    /// A text on one line: written up to a sixth smaller, and only then cut.
    pub fn ajuste(self, texte: &str, largeur: f64) -> (String, Self) {
        let texte = fr::typo(texte);
        for share in [1.0, 0.92, 0.84] {
            let ink = Self { taille: self.taille * share, ..self };
            if ink.largeur(&texte) <= largeur {
                return (texte, ink);
            }
        }
        let ink = Self { taille: self.taille * 0.92, ..self };
        (ink.tient(&texte, largeur, true), ink)
    }

    fn tient(self, line: &str, largeur: f64, cut: bool) -> String {
        if !cut && self.largeur(line) <= largeur {
            return line.to_owned();
        }
        let mut text = line.to_owned();
        while !text.is_empty() && self.largeur(&format!("{text}…")) > largeur {
            text.pop();
        }
        format!("{}…", text.trim_end())
    }
}

/// Size that plotters wants for one em: its SVG divides by 1.24, its bitmaps set the line height of
/// DejaVu Sans, 1.164 em.
const VECTOR_EM: f64 = 1.24;
const BITMAP_EM: f64 = 1.164;

/// The surface.
pub struct Canvas<DB: DrawingBackend> {
    area: DrawingArea<DB, Shift>,
    scale: f64,
    left: f64,
    top: f64,
    vector: bool,
    error: Option<String>,
}

impl<DB: DrawingBackend> Canvas<DB> {
    /// A surface that writes SVG.
    pub fn vector(backend: DB, scale: f64) -> Self {
        Self {
            area: backend.into_drawing_area(),
            scale,
            left: 0.0,
            top: 0.0,
            vector: true,
            error: None,
        }
    }

    /// A surface of pixels.
    pub fn bitmap(backend: DB, scale: f64) -> Self {
        Self { vector: false, ..Self::vector(backend, scale) }
    }

    /// True for SVG, false for an image: images never carry a supplier's name.
    pub fn is_vector(&self) -> bool {
        self.vector
    }

    /// Moves the origin down by `dy` drawing units.
    pub fn descend(&mut self, dy: f64) {
        self.top += dy;
    }

    /// Moves the origin right by `dx` drawing units.
    pub fn shift(&mut self, dx: f64) {
        self.left += dx;
    }

    /// Ends the drawing and gives the first error met.
    pub fn finish(mut self) -> Result<(), Refus> {
        let present = self.area.present().map_err(|e| e.to_string());
        let error = self.error.take();
        match error.map_or(present, Err) {
            Ok(()) => Ok(()),
            Err(e) => {
                Err(Refus::new(format!("figure impossible à dessiner ({e})"), "signaler ce défaut"))
            }
        }
    }

    fn at(&self, (x, y): (f64, f64)) -> (i32, i32) {
        (
            ((x + self.left) * self.scale).round() as i32,
            ((y + self.top) * self.scale).round() as i32,
        )
    }

    fn all(&self, points: &[(f64, f64)]) -> Vec<(i32, i32)> {
        points.iter().map(|p| self.at(*p)).collect()
    }

    fn keep<E: std::fmt::Display>(&mut self, result: Result<(), E>) {
        if let (Err(e), None) = (result, &self.error) {
            self.error = Some(e.to_string());
        }
    }

    fn stroke(&self, couleur: RGBColor, width: f64) -> ShapeStyle {
        couleur.stroke_width(((width * self.scale).round() as u32).max(1))
    }

    /// Filled rectangle.
    pub fn rect(&mut self, (x0, y0): (f64, f64), (x1, y1): (f64, f64), couleur: RGBColor) {
        let ((a, b), (c, d)) =
            (self.at((x0.min(x1), y0.min(y1))), self.at((x0.max(x1), y0.max(y1))));
        let r = self.area.draw(&Rectangle::new([(a, b), (c.max(a + 1), d)], couleur.filled()));
        self.keep(r);
    }

    /// Outline of a rectangle.
    pub fn cadre(&mut self, a: (f64, f64), b: (f64, f64), couleur: RGBColor, width: f64) {
        self.ligne(&[a, (b.0, a.1), b, (a.0, b.1), a], couleur, width);
    }

    /// Solid line through the points.
    pub fn ligne(&mut self, points: &[(f64, f64)], couleur: RGBColor, width: f64) {
        let r = self.area.draw(&PathElement::new(self.all(points), self.stroke(couleur, width)));
        self.keep(r);
    }

    /// Dashed line through the points: dashes of `trait_`, gaps of the same length.
    pub fn tirets(&mut self, points: &[(f64, f64)], couleur: RGBColor, width: f64, trait_: f64) {
        let mut phase = 0.0;
        for pair in points.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let length = (x1 - x0).hypot(y1 - y0);
            if length < 1e-6 {
                continue;
            }
            let point = |d: f64| (x0 + (x1 - x0) * d / length, y0 + (y1 - y0) * d / length);
            let mut d = -phase;
            while d < length {
                let (from, to) = (d.max(0.0), (d + trait_).min(length));
                if to > from {
                    self.ligne(&[point(from), point(to)], couleur, width);
                }
                d += 2.0 * trait_;
            }
            phase = (phase + length) % (2.0 * trait_);
        }
    }

    /// Filled polygon.
    pub fn polygone(&mut self, points: &[(f64, f64)], couleur: RGBColor) {
        let r = self.area.draw(&Polygon::new(self.all(points), couleur.filled()));
        self.keep(r);
    }

    /// Filled polygon that lets what is under it be seen: `part` of the colour, 0 to 1.
    pub fn voile(&mut self, points: &[(f64, f64)], couleur: RGBColor, part: f64) {
        let style = couleur.mix(part).filled();
        let r = self.area.draw(&Polygon::new(self.all(points), style));
        self.keep(r);
    }

    /// Filled disc.
    pub fn disque(&mut self, centre: (f64, f64), rayon: f64, couleur: RGBColor) {
        let radius = (rayon * self.scale).round() as i32;
        let r = self.area.draw(&Circle::new(self.at(centre), radius, couleur.filled()));
        self.keep(r);
    }

    /// Hollow disc: white inside, a ring around.
    pub fn anneau(&mut self, centre: (f64, f64), rayon: f64, couleur: RGBColor) {
        self.disque(centre, rayon, couleur);
        self.disque(centre, rayon - 1.6, BLANC);
    }

    /// Square mark, full or hollow.
    pub fn carre(&mut self, (x, y): (f64, f64), demi: f64, couleur: RGBColor, plein: bool) {
        self.rect((x - demi, y - demi), (x + demi, y + demi), couleur);
        if !plein {
            let d = demi - 1.6;
            self.rect((x - d, y - d), (x + d, y + d), BLANC);
        }
    }

    /// Diamond mark.
    pub fn losange(&mut self, (x, y): (f64, f64), demi: f64, couleur: RGBColor) {
        self.polygone(&[(x, y - demi), (x + demi, y), (x, y + demi), (x - demi, y)], couleur);
    }

    /// White diagonal hatching inside a rectangle.
    pub fn hachures(&mut self, (x0, y0): (f64, f64), (x1, y1): (f64, f64)) {
        let height = y1 - y0;
        let mut start = x0 - height;
        while start < x1 {
            let (from, to) = (start.max(x0), (start + height).min(x1));
            if to > from {
                let points = [(from, y1 - (from - start)), (to, y1 - (to - start))];
                self.ligne(&points, BLANC, 1.2);
            }
            start += 7.0;
        }
    }

    /// One line of text, `y` on its baseline.
    pub fn texte(&mut self, (x, y): (f64, f64), texte: &str, encre: Encre) {
        let em = encre.taille * self.scale;
        let (size, rise) = if self.vector {
            (em * VECTOR_EM, em * 0.76)
        } else {
            (em * BITMAP_EM, em * BITMAP_EM / 2.0)
        };
        let hpos = match encre.ancre {
            Ancre::Debut => HPos::Left,
            Ancre::Milieu => HPos::Center,
            Ancre::Fin => HPos::Right,
        };
        let style =
            TextStyle::from(encre.font(size)).pos(Pos::new(hpos, VPos::Top)).color(&encre.couleur);
        let (px, py) = self.at((x, y));
        let r = self.area.draw(&Text::new(texte.to_owned(), (px, py - rise.round() as i32), style));
        self.keep(r);
    }

    /// Lines of text under each other, the first baseline on `y`.
    pub fn lignes(&mut self, (x, y): (f64, f64), lignes: &[String], encre: Encre) {
        for (i, line) in lignes.iter().enumerate() {
            self.texte((x, y + i as f64 * encre.taille * 1.25), line, encre);
        }
    }
}

/// Registers the embedded font once.
pub fn register_fonts() -> Result<(), Refus> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let regular: &'static [u8] = include_bytes!("../font/DejaVuSans.ttf");
    let bold: &'static [u8] = include_bytes!("../font/DejaVuSans-Bold.ttf");
    let ok = *DONE.get_or_init(|| {
        register_font("sans-serif", FontStyle::Normal, regular).is_ok()
            && register_font("sans-serif", FontStyle::Bold, bold).is_ok()
    });
    if ok { Ok(()) } else { Err(Refus::new("police embarquée illisible", "signaler ce défaut")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_measured_and_cut_with_the_embedded_font() {
        register_fonts().expect("embedded font");
        assert!(NORMAL.largeur("M") > NORMAL.largeur("i"));
        assert!((NORMAL.largeur("0") - NORMAL.largeur("7")).abs() < 0.1, "tabular digits");
        let lines = NORMAL.coupe("Dépenses de personnel et frais assimilés", 120.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|l| NORMAL.largeur(l) <= 120.0));
        assert_eq!(NORMAL.coupe("court", 120.0, 2), ["court"]);
        let (text, ink) = NORMAL.ajuste("13 Subventions d’investissement", 190.0);
        assert_eq!((text.ends_with('…'), ink.taille < NORMAL.taille), (false, true));
        let (text, ink) = NORMAL.ajuste("Produits des services, du domaine et ventes", 150.0);
        assert!(text.ends_with('…') && text.chars().count() > 12, "{text}");
        assert!(ink.largeur(&text) <= 150.0);
    }

    #[test]
    fn the_font_holds_every_sign_we_print() {
        register_fonts().expect("embedded font");
        let missing = NORMAL.largeur("\u{4e2d}");
        for sign in
            ['\u{202f}', '\u{2212}', '€', '≥', '≈', '▲', '▼', '■', '●', '○', '·', 'œ', 'é', '◆']
        {
            let width = NORMAL.largeur(&sign.to_string());
            assert!(width > 0.0 && (width - missing).abs() > 0.01, "{sign} is not in the font");
        }
    }
}
