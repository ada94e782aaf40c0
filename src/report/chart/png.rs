//! PNG of a figure: title, unit, drawing, source; drawn twice as large, then averaged (smooth circles).
//!
//! plotters' encoder only writes to a path, so the image goes through a temporary file.
//!
//! **Invariant:** 1920 px wide; same figure, same bytes.

use plotters::prelude::{BitMapBackend, DrawingBackend};

use super::canvas::{self, Canvas, LARGEUR, NORMAL, PETIT};
use super::{Dessin, Figure};
use crate::domain::refus::Refus;

const WIDTH: u32 = 1920;
const MARGIN: f64 = 24.0;

/// The bytes of the PNG.
pub(super) fn render(figure: &Figure) -> Result<Vec<u8>, Refus> {
    canvas::register_fonts()?;
    let unit = f64::from(WIDTH) / (LARGEUR + 2.0 * MARGIN);
    let ink = canvas::Encre { taille: 15.0, ..NORMAL.gras() };
    let title = ink.coupe(&figure.titre, LARGEUR, 3);
    let head = MARGIN + 18.0 * title.len() as f64 + 24.0;
    let foot = 34.0;
    let height = ((head + figure.graphique.hauteur() + foot) * unit).ceil() as u32;
    let (w, h) = (WIDTH * 2, height * 2);
    let mut pixels = vec![0xFF_u8; (w * h * 3) as usize];
    {
        let backend = BitMapBackend::with_buffer(&mut pixels, (w, h));
        let mut c = Canvas::bitmap(backend, 2.0 * unit);
        c.shift(MARGIN);
        for (i, line) in title.iter().enumerate() {
            c.texte((0.0, MARGIN + 8.0 + 18.0 * i as f64), line, ink);
        }
        c.texte((0.0, head - 18.0), &figure.sous_titre, PETIT);
        c.descend(head);
        figure.graphique.dessine(&mut c);
        c.texte((0.0, figure.graphique.hauteur() + 20.0), &figure.source, PETIT);
        c.finish()?;
    }
    encode(&halve(&pixels, w as usize, h as usize), (WIDTH, height))
}

/// Averages blocks of 2 x 2 pixels.
fn halve(pixels: &[u8], w: usize, h: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() / 4);
    for y in 0..h / 2 {
        let (a, b) = (&pixels[2 * y * w * 3..], &pixels[(2 * y + 1) * w * 3..]);
        for x in 0..w / 2 {
            for channel in 0..3 {
                let (i, j) = (6 * x + channel, 6 * x + 3 + channel);
                let sum = u16::from(a[i]) + u16::from(a[j]) + u16::from(b[i]) + u16::from(b[j]);
                out.push(((sum + 2) / 4) as u8);
            }
        }
    }
    out
}

fn encode(pixels: &[u8], size: (u32, u32)) -> Result<Vec<u8>, Refus> {
    let refus = |e: String| {
        Refus::new(format!("image impossible à écrire ({e})"), "libérer de la place, puis relancer")
    };
    let folder = tempfile::tempdir().map_err(|e| refus(e.to_string()))?;
    let path = folder.path().join("figure.png");
    {
        let mut file = BitMapBackend::new(&path, size);
        file.blit_bitmap((0, 0), size, pixels).map_err(|e| refus(e.to_string()))?;
        file.present().map_err(|e| refus(e.to_string()))?;
    }
    std::fs::read(&path).map_err(|e| refus(e.to_string()))
}
