//! Decisions taken on findings: the four words, their scope, and the journal that remembers them.
//!
//! The journal is a list of lines, each sealed by the hash of the one before and its own content: a line
//! changed, moved or removed afterwards breaks the chain, and [`verify`] says where. It proves that a copy
//! is intact, not who wrote it: authors are declared, not authenticated.
//!
//! **Invariant:** a line is never edited; a new decision on the same key replaces the former one and both
//! stay in the journal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// What a reviewer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// The expense is right as it is.
    Justifie,
    /// Something is to be put right.
    ACorriger,
    /// A question was asked, no answer yet.
    Question,
    /// Looked at, not worth more.
    Ignore,
}

impl Decision {
    /// Every decision with its word in files and its word for people.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Justifie, "justifie", "justifié"),
        (Self::ACorriger, "a_corriger", "à corriger"),
        (Self::Question, "question", "question"),
        (Self::Ignore, "ignore", "ignoré"),
    ];

    /// Word in files.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(d, ..)| *d == self).map_or("", |(_, w, _)| w)
    }

    /// Word for people.
    pub fn label(self) -> &'static str {
        Self::ALL.iter().find(|(d, ..)| *d == self).map_or("", |(_, _, l)| l)
    }

    /// Reads either word, without case, accents or kind of blank.
    pub fn parse(text: &str) -> Option<Self> {
        let fold = |t: &str| -> String {
            t.trim()
                .to_lowercase()
                .chars()
                .map(|c| match c {
                    'é' | 'è' | 'ê' => 'e',
                    'à' | 'â' => 'a',
                    '_' | '\u{a0}' | '\u{202f}' => ' ',
                    other => other,
                })
                .collect()
        };
        let text = fold(text);
        Self::ALL.iter().find(|(_, w, l)| fold(w) == text || fold(l) == text).map(|(d, ..)| *d)
    }

    /// True when the finding needs no further look.
    pub fn settles(self) -> bool {
        matches!(self, Self::Justifie | Self::Ignore)
    }
}

/// What a decision is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Portee {
    /// One finding, by its stable identifier.
    Constat,
    /// A habit: the findings of one control on one supplier, account and amount.
    Habitude,
}

impl Portee {
    /// Word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Constat => "constat",
            Self::Habitude => "habitude",
        }
    }

    /// Reads the word; empty means one finding.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "" | "constat" => Some(Self::Constat),
            "habitude" => Some(Self::Habitude),
            _ => None,
        }
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entree {
    /// ISO date, as declared.
    pub date: String,
    /// Author, as declared.
    pub auteur: String,
    /// Scope.
    pub portee: Portee,
    /// Identifier of the finding or of the habit.
    pub cle: String,
    /// Control code.
    pub controle: String,
    /// Decision.
    pub decision: Decision,
    /// Why.
    pub motif: String,
    /// What the key stands for, in words, for people.
    pub objet: String,
    /// Hash that seals the line and all those before it, hexadecimal.
    pub empreinte: String,
}

/// Hash before the first line.
pub const DEPART: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Entree {
    /// Seals the line after `before`, the hash of the line that precedes it.
    #[must_use]
    pub fn sealed(mut self, before: &str) -> Self {
        self.empreinte = self.seal(before);
        self
    }

    fn seal(&self, before: &str) -> String {
        let mut hash = Sha256::new();
        let cells = [
            before,
            &self.date,
            &self.auteur,
            self.portee.word(),
            &self.cle,
            &self.controle,
            self.decision.word(),
            &self.motif,
            &self.objet,
        ];
        for cell in cells {
            // Lengths first, so that no two lines share their bytes.
            hash.update((cell.len() as u64).to_le_bytes());
            hash.update(cell.as_bytes());
        }
        hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// Rank from 1 of the first line whose seal does not fit; `None` when the journal is intact.
pub fn verify(journal: &[Entree]) -> Option<usize> {
    let mut before = DEPART;
    for (rank, entry) in journal.iter().enumerate() {
        if entry.seal(before) != entry.empreinte {
            return Some(rank + 1);
        }
        before = &entry.empreinte;
    }
    None
}

/// Hash of the last line, [`DEPART`] for an empty journal.
pub fn last_hash(journal: &[Entree]) -> &str {
    journal.last().map_or(DEPART, |e| e.empreinte.as_str())
}

/// The decision in force on each key: the last one written.
pub fn in_force(journal: &[Entree]) -> BTreeMap<(Portee, &str), &Entree> {
    journal.iter().map(|e| ((e.portee, e.cle.as_str()), e)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(cle: &str, decision: Decision) -> Entree {
        Entree {
            date: "2026-03-14".into(),
            auteur: "C. Exemple".into(),
            portee: Portee::Constat,
            cle: cle.into(),
            controle: "DBL01".into(),
            decision,
            motif: "loyer".into(),
            objet: String::new(),
            empreinte: String::new(),
        }
    }

    fn journal() -> Vec<Entree> {
        let mut all: Vec<Entree> = Vec::new();
        for (key, decision) in
            [("a", Decision::Justifie), ("b", Decision::Question), ("a", Decision::ACorriger)]
        {
            let sealed = entry(key, decision).sealed(last_hash(&all));
            all.push(sealed);
        }
        all
    }

    #[test]
    fn a_changed_moved_or_removed_line_is_seen() {
        assert_eq!(verify(&journal()), None);
        let mut changed = journal();
        changed[1].motif = "autre".into();
        assert_eq!(verify(&changed), Some(2));
        let mut moved = journal();
        moved.swap(0, 1);
        assert_eq!(verify(&moved), Some(1));
        let mut removed = journal();
        removed.remove(0);
        assert_eq!(verify(&removed), Some(1));
        // A line cut at the end leaves a valid journal: only its last hash, printed elsewhere, tells.
        let mut cut = journal();
        cut.pop();
        assert_eq!(verify(&cut), None);
        assert_ne!(last_hash(&cut), last_hash(&journal()));
    }

    #[test]
    fn the_last_decision_is_in_force() {
        let journal = journal();
        let force = in_force(&journal);
        assert_eq!(force[&(Portee::Constat, "a")].decision, Decision::ACorriger);
        assert_eq!(force.len(), 2);
    }

    #[test]
    fn words_are_read_as_people_type_them() {
        assert_eq!(Decision::parse(" Justifié "), Some(Decision::Justifie));
        assert_eq!(Decision::parse("A CORRIGER"), Some(Decision::ACorriger));
        assert_eq!(Decision::parse("à_corriger"), Some(Decision::ACorriger));
        assert_eq!(Decision::parse("peut-être"), None);
        assert_eq!(Portee::parse("Habitude"), Some(Portee::Habitude));
        assert_eq!(Portee::parse("x"), None);
    }
}
