//! The answer key: what was planted, on which records, how hard to see, and its story.
//!
//! Records are named when they are written, so the key never guesses a number.
//!
//! **Invariant:** a record belongs to one entry at most.

use std::io::{self, Write};

/// An irregularity or its honest look-alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// To be found.
    Irregularite,
    /// To be left alone.
    Sosie,
}

impl Verdict {
    /// Word of the answer key.
    pub fn word(self) -> &'static str {
        match self {
            Self::Irregularite => "irregularite",
            Self::Sosie => "sosie",
        }
    }
}

/// How hard an irregularity is to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difficulte {
    /// Equality shows it.
    Facile,
    /// A normalisation or a history is needed.
    Moyenne,
    /// Only a set of weak signs shows it.
    Difficile,
}

impl Difficulte {
    /// The three degrees in turn.
    pub fn turn(n: usize) -> Self {
        [Self::Facile, Self::Moyenne, Self::Difficile][n % 3]
    }

    /// Word of the answer key.
    pub fn word(self) -> &'static str {
        match self {
            Self::Facile => "facile",
            Self::Moyenne => "moyenne",
            Self::Difficile => "difficile",
        }
    }
}

/// One entry of the answer key.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Control that should speak (or stay quiet).
    pub controle: &'static str,
    /// Irregularity or look-alike.
    pub genre: Verdict,
    /// Degree.
    pub difficulte: Difficulte,
    /// One French sentence.
    pub histoire: String,
    /// `chemin#n`, in the order written.
    pub enregistrements: Vec<String>,
}

/// The answer key being filled.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    entries: Vec<Entry>,
}

impl Truth {
    /// Opens an entry; its number (from 1) goes on the pieces.
    pub fn open(
        &mut self,
        controle: &'static str,
        genre: Verdict,
        difficulte: Difficulte,
        histoire: String,
    ) -> u32 {
        self.entries.push(Entry { controle, genre, difficulte, histoire, enregistrements: vec![] });
        self.entries.len() as u32
    }

    /// Names a record in an entry.
    pub fn record(&mut self, number: u32, chemin: &str, n: u64) {
        if let Some(entry) = (number as usize).checked_sub(1).and_then(|i| self.entries.get_mut(i))
        {
            entry.enregistrements.push(format!("{chemin}#{n}"));
        }
    }

    /// Entries that reached the ledger.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| !e.enregistrements.is_empty())
    }

    /// Writes `verite.csv`: `;`, UTF-8 with BOM, ordered by control, kind and first record.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut entries: Vec<&Entry> = self.entries().collect();
        entries.sort_by_key(|e| (e.controle, e.genre.word()));
        out.write_all("\u{feff}controle;genre;enregistrements;difficulte;histoire\r\n".as_bytes())?;
        for e in entries {
            let (records, story) = (e.enregistrements.join(" "), e.histoire.replace(';', ","));
            let (genre, degree) = (e.genre.word(), e.difficulte.word());
            write!(out, "{};{genre};{records};{degree};{story}\r\n", e.controle)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_written_entries_are_kept() {
        let mut truth = Truth::default();
        let a = truth.open("DBL01", Verdict::Irregularite, Difficulte::Facile, "a; b".into());
        truth.open("DBL01", Verdict::Sosie, Difficulte::Facile, String::new());
        truth.record(a, "mandats_2025.csv", 3);
        truth.record(0, "mandats_2025.csv", 4);
        let mut bytes = Vec::new();
        truth.write(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with("DBL01;irregularite;mandats_2025.csv#3;facile;a, b\r\n"), "{text}");
        assert_eq!(text.lines().count(), 2);
    }
}
