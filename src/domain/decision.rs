//! Decisions taken on findings: the four words, their scope, and the journal that remembers them.
//!
//! The journal is a list of lines, each sealed by the hash of the one before and its own content: a line
//! changed, moved or removed afterwards breaks the chain, and [`verify`] says where. It proves that a copy
//! is intact, not who wrote it: authors are declared, not authenticated.
//!
//! **Invariant:** a line is never edited; a new decision on the same key replaces the former one and both
//! stay in the journal.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Keys of the records seen, as [`Lignes`] writes them; empty for a habit.
    pub cles_lignes: String,
    /// Hash that seals the line and all those before it, hexadecimal.
    pub empreinte: String,
}

/// Keys kept of a set of records.
const KEPT: usize = 64;

/// The records of a finding, as a decision remembers them: their number and their smallest keys (a bottom-k
/// sketch: Cohen and Kaplan, *Summarizing data using bottom-k sketches*, 2007). Up to 64 records it is exact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lignes {
    count: usize,
    keys: Vec<u32>,
}

impl Lignes {
    /// The records of these keys.
    pub fn of(keys: impl IntoIterator<Item = u32>) -> Self {
        let mut keys: Vec<u32> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        let count = keys.len();
        keys.truncate(KEPT);
        Self { count, keys }
    }

    /// Reads `12:0a1b2c3d.4e5f6071`; `None` for anything else, the empty text too.
    pub fn parse(text: &str) -> Option<Self> {
        let (count, keys) = text.trim().split_once(':')?;
        let keys: Option<Vec<u32>> =
            keys.split('.').take(KEPT).map(|k| u32::from_str_radix(k, 16).ok()).collect();
        let (count, keys) = (count.parse().ok()?, keys?);
        (keys.windows(2).all(|w| w[0] < w[1]) && count >= keys.len())
            .then_some(Self { count, keys })
    }

    /// Number of distinct records.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The keys kept.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// How many records are in both: exact when both have at most 64, estimated from the smallest keys else.
    pub fn shared(&self, other: &Self) -> usize {
        let mut union: Vec<u32> = self.keys.iter().chain(&other.keys).copied().collect();
        union.sort_unstable();
        union.dedup();
        let both =
            |k: &&u32| self.keys.binary_search(k).is_ok() && other.keys.binary_search(k).is_ok();
        if self.count <= KEPT && other.count <= KEPT {
            return union.iter().filter(both).count();
        }
        union.truncate(KEPT);
        let likeness = union.iter().filter(both).count() as f64 / union.len().max(1) as f64;
        let shared = likeness * (self.count + other.count) as f64 / (1.0 + likeness);
        (shared.round() as usize).min(self.count).min(other.count)
    }
}

/// Empty without a record.
impl std::fmt::Display for Lignes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.count == 0 {
            return Ok(());
        }
        write!(f, "{}:", self.count)?;
        for (rank, key) in self.keys.iter().enumerate() {
            write!(f, "{}{key:08x}", if rank > 0 { "." } else { "" })?;
        }
        Ok(())
    }
}

/// The decision on one finding that saw most of these records of another, at least half of them, and how many it
/// saw: a finding that gains or loses a record keeps its decision. `force` is [`in_force`] of the journal; a decision
/// whose own finding is still there (`shown`) stays with it.
pub fn on_records<'e>(
    force: &BTreeMap<(Portee, &str), &'e Entree>,
    shown: &BTreeSet<&str>,
    controle: &str,
    lignes: &Lignes,
) -> Option<(&'e Entree, usize)> {
    let same = |e: &&&Entree| {
        e.portee == Portee::Constat && e.controle == controle && !shown.contains(e.cle.as_str())
    };
    force
        .values()
        .filter(same)
        .filter_map(|e| Some((*e, Lignes::parse(&e.cles_lignes)?.shared(lignes))))
        .filter(|(_, seen)| *seen > 0 && seen * 2 >= lignes.count())
        .max_by(|(a, x), (b, y)| (x, &a.date, &a.empreinte).cmp(&(y, &b.date, &b.empreinte)))
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
        // A journal begun before these keys were kept stays sealed as it was.
        let more = Some(self.cles_lignes.as_str()).filter(|keys| !keys.is_empty());
        for cell in cells.into_iter().chain(more) {
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
            cles_lignes: String::new(),
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
    fn records_are_counted_exactly_then_estimated() {
        let few = Lignes::of([3, 1, 2, 2]);
        assert_eq!(few.to_string(), "3:00000001.00000002.00000003");
        assert_eq!(Lignes::parse(&few.to_string()), Some(few.clone()));
        assert_eq!(few.shared(&Lignes::of([2, 3, 9])), 2);
        assert_eq!(Lignes::of([]).to_string(), "");
        for wrong in ["", "x", "2:zz", "1:00000001.00000002", "3:00000002.00000001"] {
            assert_eq!(Lignes::parse(wrong), None, "{wrong}");
        }
        let mixed = |i: u32| i.wrapping_mul(2_654_435_761);
        let (all, part) = (Lignes::of((0..1_000).map(mixed)), Lignes::of((0..800).map(mixed)));
        let shared = all.shared(&part) as f64;
        assert!((700.0..=800.0).contains(&shared), "{shared}");
        assert_eq!(all.shared(&Lignes::of((5_000..5_400).map(mixed))), 0);
    }

    #[test]
    fn a_finding_that_gains_a_record_finds_its_decision_again() {
        let mut seen = entry("a", Decision::Justifie);
        seen.cles_lignes = Lignes::of([1, 2, 3]).to_string();
        let journal = vec![seen.sealed(DEPART)];
        assert_eq!(verify(&journal), None);
        let force = in_force(&journal);
        let with = |shown: &[&str], code: &str, keys: &[u32]| {
            let shown = shown.iter().copied().collect();
            on_records(&force, &shown, code, &Lignes::of(keys.iter().copied())).map(|f| f.1)
        };
        let found = |code: &str, keys: &[u32]| with(&["b"], code, keys);
        assert_eq!(with(&["a"], "DBL01", &[1, 2, 3]), None, "its own finding is still there");
        assert_eq!(found("DBL01", &[1, 2, 3, 4]), Some(3));
        assert_eq!(found("DBL01", &[1, 2]), Some(2));
        assert_eq!(found("DBL01", &[1, 4, 5]), None, "a third of them is another finding");
        assert_eq!(found("DBL02", &[1, 2, 3]), None);
        let mut changed = journal.clone();
        changed[0].cles_lignes = Lignes::of([1, 2, 3, 4]).to_string();
        assert_eq!(verify(&changed), Some(1), "the keys are sealed too");
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
