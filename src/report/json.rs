//! `resultats.json`: the object itself, one row of a list a line.
//!
//! **Invariant:** every number that a page shows in `data-v` is here, spelled the same way.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::Rapport;
use crate::domain::refus::Refus;

/// `resultats.json`.
pub fn resultats(rapport: &Rapport) -> Result<Vec<u8>, Refus> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Rows::default());
    rapport.serialize(&mut serializer).map_err(|e| refused(&e))?;
    bytes.push(b'\n');
    Ok(bytes)
}

pub(super) fn pretty<T: Serialize>(value: &T) -> Result<Vec<u8>, Refus> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| refused(&e))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn refused(e: &serde_json::Error) -> Refus {
    Refus::new(format!("résultats impossibles à écrire en JSON ({e})"), "signaler ce défaut")
}

/// Keys of the first levels on their own lines, then one element of a list a line: half the size of a fully
/// indented text, and still read by eye and by line.
#[derive(Default)]
struct Rows {
    depth: usize,
    /// One a level open: something was written in it.
    filled: Vec<bool>,
}

/// Depth of the keys on their own lines, and of the elements.
const KEYS: usize = 2;
const ELEMENTS: usize = 5;

impl Rows {
    fn open<W: ?Sized + Write>(&mut self, out: &mut W, mark: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled.push(false);
        out.write_all(mark)
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, mark: &[u8], up: usize) -> io::Result<()> {
        let broken = self.depth <= up && self.filled.pop() == Some(true);
        if self.depth > up {
            self.filled.pop();
        }
        self.depth -= 1;
        if broken {
            self.line(out)?;
        }
        out.write_all(mark)
    }

    fn next<W: ?Sized + Write>(&mut self, out: &mut W, first: bool, up: usize) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        if let Some(level) = self.filled.last_mut() {
            *level = true;
        }
        if self.depth <= up { self.line(out) } else { Ok(()) }
    }

    fn line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        const SPACES: &[u8] = b"        ";
        out.write_all(b"\n")?;
        out.write_all(&SPACES[..self.depth.min(SPACES.len())])
    }
}

impl Formatter for Rows {
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}", KEYS)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first, KEYS)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]", ELEMENTS)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first, ELEMENTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::audit::DANS_JSON;
    use crate::report::sample;

    #[test]
    fn the_text_says_the_object() {
        let rapport = sample::rapport();
        let bytes = resultats(&rapport).expect("json");
        let read: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        let pretty = serde_json::to_vec_pretty(&rapport).expect("text");
        assert_eq!(read, serde_json::from_slice::<serde_json::Value>(&pretty).expect("JSON"));
        assert!(bytes.len() < pretty.len());
    }

    #[test]
    fn a_long_list_of_findings_keeps_the_first_ones_and_those_shown() {
        let mut rapport = sample::large();
        let audit = rapport.audit.as_mut().expect("an audit");
        let last = audit.constats.len() - 1;
        assert!(last > DANS_JSON);
        audit.constats[last].enjeu = crate::domain::money::Centimes(9_999_999_999);
        let read: serde_json::Value =
            serde_json::from_slice(&resultats(&rapport).expect("json")).expect("JSON");
        let list = read["audit"]["constats"].as_array().expect("findings");
        assert!((DANS_JSON..=DANS_JSON + 2_000).contains(&list.len()), "{}", list.len());
        assert_eq!(list[DANS_JSON - 1]["rang"], DANS_JSON as u64);
        assert_eq!(list[list.len() - 1]["rang"], last as u64 + 1, "the largest stake is shown");
    }
}
