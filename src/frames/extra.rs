//! Columns of the sources that have no canonical name: kept as text beside the ledger, under the name
//! `source_…` made from their title.
//!
//! Rows go by blocks; each block takes the shorter of two shapes, the texts one after the other or codes
//! into the distinct ones, so that a constant, a label and a row number all stay near their weight in the
//! file. A block in which no row has a value takes no memory.
//!
//! **Invariant:** a value pushed is given back for its row, cleaned as any text; at most [`MOST`] columns
//! are named, the values of the others stand together under [`REST`], each after its title.

use std::collections::BTreeMap;

use rayon::iter::{IntoParallelRefMutIterator, ParallelIterator};

use crate::frames::intern::Interner;
use crate::frames::ledger::NO_TEXT;

/// Rows of a block.
const BLOCK: usize = 1 << 15;
/// Most columns with a name of their own.
pub const MOST: usize = 200;
/// Name of the column where those beyond [`MOST`] stand together.
pub const REST: &str = "source_autres";
/// Sign between two values of one cell.
pub const BETWEEN: &str = " | ";
/// Longest name made from a title.
const LONGEST: usize = 60;
/// Code of a row without a value.
const NONE: u16 = u16::MAX;

/// Texts one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Texts {
    bytes: String,
    ends: Vec<u32>,
}

impl Texts {
    fn get(&self, index: usize) -> &str {
        let Some(end) = self.ends.get(index) else { return "" };
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.bytes[start..*end as usize]
    }

    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u32);
    }
}

/// The values of a block of rows; those missing at its end are absent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    Empty,
    Coded { codes: Vec<u16>, texts: Texts },
    Plain(Texts),
}

impl Block {
    fn get(&self, at: usize) -> &str {
        match self {
            Self::Empty => "",
            Self::Coded { codes, texts } => {
                codes.get(at).filter(|c| **c != NONE).map_or("", |c| texts.get(*c as usize))
            }
            Self::Plain(texts) => texts.get(at),
        }
    }

    fn rows(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Coded { codes, .. } => codes.len(),
            Self::Plain(texts) => texts.ends.len(),
        }
    }
}

/// A column: its name and a text, maybe empty, for each row of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extra {
    nom: String,
    titre: String,
    blocks: Vec<Block>,
}

impl Extra {
    /// Name written in the tables: `source_` and the title.
    pub fn nom(&self) -> &str {
        &self.nom
    }

    /// Title in the first source that has it.
    pub fn titre(&self) -> &str {
        &self.titre
    }

    /// Text of a row, empty when absent.
    pub fn get(&self, row: usize) -> &str {
        self.blocks.get(row / BLOCK).map_or("", |b| b.get(row % BLOCK))
    }

    /// Bytes of the longest text.
    pub fn longest(&self) -> usize {
        let of = |texts: &Texts| (0..texts.ends.len()).map(|i| texts.get(i).len()).max();
        let blocks = self.blocks.iter().map(|b| match b {
            Block::Empty => None,
            Block::Coded { texts, .. } | Block::Plain(texts) => of(texts),
        });
        blocks.max().flatten().unwrap_or(0)
    }

    /// True when no row has a value.
    pub fn is_empty(&self) -> bool {
        self.blocks.iter().all(|b| *b == Block::Empty)
    }

    /// The rows that stay, with some values replaced.
    #[must_use]
    pub fn without(self, gone: &[bool], replaced: &BTreeMap<u32, String>) -> Self {
        let mut out = Opened::new(&self.nom, &self.titre);
        let stay = gone.iter().enumerate().filter(|(_, gone)| !**gone);
        for (next, (row, _)) in stay.enumerate() {
            let text = replaced.get(&(row as u32)).map_or_else(|| self.get(row), String::as_str);
            out.set(next, text.as_bytes());
        }
        out.finish()
    }

    /// Rewrites the values: `plain` for the rows whose entry in `who` is `nobody`, `own` for the others.
    pub fn rewrite(
        &mut self,
        who: &[u32],
        nobody: u32,
        plain: &(dyn Fn(&str) -> Option<String> + Sync),
        own: &(dyn Fn(u32, &str) -> String + Sync),
    ) {
        let starts: Vec<usize> = (0..self.blocks.len()).map(|b| b * BLOCK).collect();
        let mut pairs: Vec<(&mut Block, usize)> = self.blocks.iter_mut().zip(starts).collect();
        pairs.par_iter_mut().for_each(|(block, start)| {
            let who = who.get(*start..).unwrap_or_default();
            if let Some(new) = rewritten(block, who, nobody, plain, own) {
                **block = new;
            }
        });
    }
}

/// A block rewritten, or `None` when nothing changes.
fn rewritten(
    block: &Block,
    who: &[u32],
    nobody: u32,
    plain: &(dyn Fn(&str) -> Option<String> + Sync),
    own: &(dyn Fn(u32, &str) -> String + Sync),
) -> Option<Block> {
    let rows = block.rows();
    let persons = (0..rows).any(|at| who.get(at).is_some_and(|w| *w != nobody));
    // of the distinct texts, or of each row
    let known: Option<Vec<Option<String>>> = match block {
        Block::Empty => return None,
        Block::Coded { texts, .. } => {
            Some((0..texts.ends.len()).map(|code| plain(texts.get(code))).collect())
        }
        Block::Plain(_) => None,
    };
    let same = match (&known, block) {
        (Some(known), _) => known.iter().all(Option::is_none),
        (None, Block::Plain(texts)) => (0..rows).all(|at| plain(texts.get(at)).is_none()),
        _ => true,
    };
    if same && !persons {
        return None;
    }
    let mut out = Opened::default();
    for at in 0..rows {
        let text = block.get(at);
        if text.is_empty() {
            continue;
        }
        let person = who.get(at).copied().filter(|w| *w != nobody);
        let new = match (person, block) {
            (Some(person), _) => Some(own(person, text)),
            (None, Block::Coded { codes, .. }) => {
                known.as_ref().and_then(|k| k.get(codes[at] as usize)?.clone())
            }
            (None, _) => plain(text),
        };
        out.set(at, new.as_deref().unwrap_or(text).as_bytes());
    }
    Some(out.closed())
}

/// A column under construction.
#[derive(Debug, Default)]
struct Opened {
    nom: String,
    titre: String,
    done: Vec<Block>,
    interner: Interner,
    codes: Vec<u32>,
    /// True when a text could not be held.
    full: bool,
}

impl Opened {
    fn new(nom: &str, titre: &str) -> Self {
        Self { nom: nom.to_owned(), titre: titre.to_owned(), ..Self::default() }
    }

    /// The value of a row after all those that have one; a second one for the last row goes beside the first.
    fn set(&mut self, row: usize, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        while row >= (self.done.len() + 1) * BLOCK {
            let block = self.closed();
            self.done.push(block);
        }
        let at = row - self.done.len() * BLOCK;
        let known = self.codes.get(at).copied().filter(|c| *c != NO_TEXT);
        self.codes.resize(at, NO_TEXT);
        let code = match known {
            Some(known) => {
                let both = [self.interner.text(known).as_bytes(), text].join(BETWEEN.as_bytes());
                self.interner.intern(&both)
            }
            None => self.interner.intern(text),
        };
        self.full |= self.interner.is_full();
        self.codes.push(code);
    }

    /// The block under way, in the shorter of its two shapes.
    fn closed(&mut self) -> Block {
        let codes = std::mem::take(&mut self.codes);
        if codes.iter().all(|c| *c == NO_TEXT) {
            self.interner.clear();
            return Block::Empty;
        }
        let weight: usize =
            codes.iter().filter(|c| **c != NO_TEXT).map(|c| self.interner.text(*c).len()).sum();
        let distinct = self.interner.len();
        let coded = self.interner.bytes() + 4 * distinct + 2 * codes.len();
        let block = if coded <= weight + 4 * codes.len() || weight > u32::MAX as usize {
            let mut texts = Texts::default();
            (0..distinct as u32).for_each(|c| texts.push(self.interner.text(c)));
            let short = |c: &u32| if *c == NO_TEXT { NONE } else { *c as u16 };
            Block::Coded { codes: codes.iter().map(short).collect(), texts }
        } else if codes.iter().copied().filter(|c| *c != NO_TEXT).eq(0..distinct as u32) {
            // each text once, in the order of the rows: they are moved, not copied
            let mut texts = Texts { bytes: String::new(), ends: Vec::with_capacity(codes.len()) };
            let mut end = 0;
            for code in &codes {
                end += if *code == NO_TEXT { 0 } else { self.interner.text(*code).len() };
                texts.ends.push(end as u32);
            }
            texts.bytes = self.interner.take_bytes();
            Block::Plain(texts)
        } else {
            let mut texts = Texts::default();
            texts.bytes.reserve_exact(weight);
            texts.ends.reserve_exact(codes.len());
            for code in &codes {
                texts.push(if *code == NO_TEXT { "" } else { self.interner.text(*code) });
            }
            Block::Plain(texts)
        };
        self.interner.clear();
        block
    }

    /// Forgets the rows from `rows` on.
    fn truncate(&mut self, rows: usize) {
        let whole = rows / BLOCK;
        if whole >= self.done.len() {
            self.codes.truncate(rows - self.done.len() * BLOCK);
            return;
        }
        self.interner.clear();
        self.codes.clear();
        let cut = self.done.drain(whole..).next().unwrap_or(Block::Empty);
        for at in 0..(rows % BLOCK).min(cut.rows()) {
            self.set(whole * BLOCK + at, cut.get(at).as_bytes());
        }
    }

    fn finish(mut self) -> Extra {
        let last = self.closed();
        self.done.push(last);
        Extra { nom: self.nom, titre: self.titre, blocks: self.done }
    }
}

/// The columns of a ledger under construction, by name.
#[derive(Debug, Default)]
pub struct Extras {
    columns: Vec<Opened>,
    places: BTreeMap<String, u32>,
}

impl Extras {
    /// The place of a column, new or known; `None` when there is no room for one more.
    pub fn place(&mut self, nom: &str, titre: &str) -> Option<u32> {
        if let Some(known) = self.places.get(nom) {
            return Some(*known);
        }
        if self.columns.len() >= MOST && nom != REST {
            return None;
        }
        let place = self.columns.len() as u32;
        self.columns.push(Opened::new(nom, titre));
        self.places.insert(nom.to_owned(), place);
        Some(place)
    }

    /// The value of a row after all those of this column that have one.
    pub fn set(&mut self, place: u32, row: usize, text: &[u8]) {
        self.columns[place as usize].set(row, text);
    }

    /// The values that a row has in other columns, for a row after all those that have one.
    pub fn copy(&mut self, from: &[Extra], at: usize, row: usize) {
        for column in from {
            let text = column.get(at);
            if text.is_empty() {
                continue;
            }
            let named = column.nom != REST;
            let place = named.then(|| self.place(&column.nom, &column.titre)).flatten();
            if let Some(place) = place {
                self.set(place, row, text.as_bytes());
            } else if let Some(place) = self.place(REST, "") {
                let told =
                    if named { format!("{} : {text}", column.titre) } else { text.to_owned() };
                self.set(place, row, told.as_bytes());
            }
        }
    }

    /// True when a block of a column holds more than 4 GiB: the ledger would lose some.
    pub fn is_full(&self) -> bool {
        self.columns.iter().any(|c| c.full)
    }

    /// Forgets the rows from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        self.columns.iter_mut().for_each(|c| c.truncate(rows));
    }

    /// The columns in which some row has a value, in the order in which sources brought them.
    pub fn finish(self) -> Vec<Extra> {
        let all = self.columns.into_iter().map(Opened::finish);
        all.filter(|c| !c.is_empty()).collect()
    }
}

/// The columns of two frames put one after the other; the first has `rows` rows, the second `more`.
pub fn joined(first: Vec<Extra>, second: &[Extra], rows: usize, more: usize) -> Vec<Extra> {
    if second.is_empty() {
        return first;
    }
    let mut out = Extras::default();
    (0..rows).for_each(|row| out.copy(&first, row, row));
    (0..more).for_each(|row| out.copy(second, row, rows + row));
    out.finish()
}

/// Names of the columns of one file, from their titles in normal form (words without accents): a blank
/// title is named by its place, from 0, and a name already taken is numbered.
#[derive(Debug, Default)]
pub struct Names {
    taken: BTreeMap<String, u32>,
}

impl Names {
    /// Name of the next column.
    pub fn name(&mut self, words: &str, place: usize) -> String {
        let mut word: String = words
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .take(LONGEST)
            .collect();
        word.truncate(word.trim_end_matches('_').len());
        if !word.bytes().any(|b| b.is_ascii_alphanumeric()) {
            word = format!("colonne_{}", place + 1);
        }
        // what vigie wrote itself keeps its name when it is read back
        let name = if word.starts_with("source_") { word } else { format!("source_{word}") };
        let times = self.taken.entry(name.clone()).or_default();
        *times += 1;
        if *times == 1 { name } else { format!("{name}_{times}") }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(values: &[(usize, String)]) -> Extra {
        let mut extras = Extras::default();
        let place = extras.place("source_x", "X").expect("room");
        for (row, text) in values {
            extras.set(place, *row, text.as_bytes());
        }
        extras.finish().pop().unwrap_or_default()
    }

    #[test]
    fn each_shape_gives_its_values_back() {
        let rows = 3 * BLOCK + 7;
        let labels: Vec<(usize, String)> = (0..rows).map(|r| (r, format!("l{}", r % 9))).collect();
        let numbers: Vec<(usize, String)> = (0..rows).map(|r| (r, r.to_string())).collect();
        let rare = vec![(2 * BLOCK + 5, "seul".to_owned())];
        for values in [&labels, &numbers, &rare] {
            let column = column(values);
            for (row, text) in values {
                assert_eq!(column.get(*row), text);
            }
        }
        assert!(matches!(column(&labels).blocks[0], Block::Coded { .. }));
        assert!(matches!(column(&numbers).blocks[1], Block::Plain(_)));
        let rare = column(&rare);
        assert_eq!((&rare.blocks[0], rare.get(0), rare.get(rows)), (&Block::Empty, "", ""));
    }

    #[test]
    fn rows_forgotten_leave_the_others() {
        for kept in [0, 5, BLOCK, BLOCK + 5, 2 * BLOCK + 1] {
            let mut extras = Extras::default();
            let place = extras.place("source_x", "X").expect("room");
            (0..2 * BLOCK + 9).for_each(|r| extras.set(place, r, r.to_string().as_bytes()));
            extras.truncate(kept);
            extras.set(place, kept, b"suite");
            let column = extras.finish().pop().expect("a column");
            assert_eq!(column.get(kept), "suite");
            assert_eq!(column.get(kept + 1), "");
            assert!((0..kept).all(|r| column.get(r) == r.to_string()));
        }
    }

    #[test]
    fn values_are_rewritten_by_row() {
        let values: Vec<(usize, String)> =
            ["Paul", "pont", "Paul", "quai"].iter().map(|t| (*t).to_owned()).enumerate().collect();
        let mut labels = column(&values);
        let plain = |t: &str| (t == "Paul").then(|| "P.".to_owned());
        labels.rewrite(&[0, 0, 7, 7], 0, &plain, &|who, t| format!("{who}:{t}"));
        let all: Vec<&str> = (0..4).map(|r| labels.get(r)).collect();
        assert_eq!(all, ["P.", "pont", "7:Paul", "7:quai"]);
    }

    #[test]
    fn names_come_from_titles() {
        let mut names = Names::default();
        let made: Vec<String> = ["centre cout", "centre cout", "", "source_objet", "%%"]
            .iter()
            .enumerate()
            .map(|(i, t)| names.name(t, i))
            .collect();
        let expected = [
            "source_centre_cout",
            "source_centre_cout_2",
            "source_colonne_3",
            "source_objet",
            "source_colonne_5",
        ];
        assert_eq!(made, expected);
    }

    #[test]
    fn a_second_value_goes_beside_the_first() {
        let column = column(&[(3, "a".to_owned()), (3, "b".to_owned()), (4, "c".to_owned())]);
        assert_eq!((column.get(2), column.get(3), column.get(4)), ("", "a | b", "c"));
    }

    #[test]
    fn columns_beyond_the_most_have_no_name() {
        let mut extras = Extras::default();
        let places: Vec<Option<u32>> =
            (0..MOST + 2).map(|i| extras.place(&format!("source_{i}"), "")).collect();
        assert_eq!((places[MOST - 1].is_some(), places[MOST]), (true, None));
        assert!(extras.place(REST, "").is_some());
    }

    proptest! {
        #[test]
        fn rows_taken_out_move_the_others(
            values in proptest::collection::vec("[ab]{0,2}", 1..40),
            gone in proptest::collection::vec(any::<bool>(), 40),
        ) {
            let rows: Vec<(usize, String)> = values.iter().cloned().enumerate().collect();
            let gone = &gone[..values.len()];
            let replaced = BTreeMap::from([(0, "zz".to_owned())]);
            let column = column(&rows).without(gone, &replaced);
            let mut expected = values.clone();
            expected[0] = "zz".to_owned();
            let kept = expected.iter().zip(gone).filter(|(_, g)| !**g).map(|(t, _)| t);
            for (row, text) in kept.enumerate() {
                prop_assert_eq!(column.get(row), text);
            }
        }
    }
}
