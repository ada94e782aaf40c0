//! A published table with one line of titles, streamed: what the readers of open data share.
//!
//! Takes bytes, finds encoding, separator and titles (the first line that is not blank), then gives the
//! rows one by one; columns are found by their titles, without case nor accents.
//!
//! **Invariant:** memory is bounded by the longest record and by the number of issues kept, never by the
//! size of the file.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;

use encoding_rs::UTF_8;

use crate::domain::money::{AmountError, Decimal, parse_amount};
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::intern::clean_text;
use crate::frames::issue::{Issue, Severity};
use crate::ingest::format::Source;
use crate::ingest::mapped::build::CellRow;
use crate::ingest::mapped::bytes::{BLOCK, Blocks};
use crate::ingest::mapped::mapping::encoding_name;
use crate::ingest::mapped::records::{Found, Records, records_of};
use crate::ingest::mapped::synonyms::normal;
use crate::ingest::sniff;

/// Bytes looked at before reading.
const HEAD: usize = 256 << 10;
/// Bytes looked at to recognise a format.
const GLANCE: usize = 16 << 10;
/// Rows set aside that are listed one by one; the others are counted.
const LISTED: usize = 10_000;

/// What [`Grid::advance`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A row; its cells are those of [`Grid::cell`].
    Row,
    /// A row over the longest record, of which nothing is kept.
    TooLong,
    /// Nothing more.
    End,
}

/// A table being read. See the module documentation.
pub(crate) struct Grid<R> {
    /// Name shown to the user.
    pub(crate) nom: String,
    /// Encoding of the bytes, as written in `rapprochement.json`.
    pub(crate) encodage: String,
    /// Titles as written.
    pub(crate) titres: Vec<String>,
    /// Rows read so far, from 1: the number of the row in hand.
    pub(crate) record: u32,
    formes: Vec<String>,
    records: Records<R>,
    size: u64,
    told: u64,
}

impl<R> fmt::Debug for Grid<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grid")
            .field("nom", &self.nom)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

impl Grid<File> {
    /// Opens the file of a source.
    pub(crate) fn open(source: &Source<'_>) -> Result<Self, Refus> {
        let failed = |e: std::io::Error| sniff::unreadable(source.nom, &e);
        let file = File::open(source.chemin).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        Self::new(file, size, source.nom)
    }
}

impl<R: Read> Grid<R> {
    /// Reads the titles of `input`.
    pub(crate) fn new(input: R, size: u64, nom: &str) -> Result<Self, Refus> {
        let mut blocks = Blocks::new(input, None, BLOCK);
        let head = blocks.head(HEAD).map_err(|e| sniff::unreadable(nom, &e))?;
        sniff::refuse_other_formats(&head, nom)?;
        let found = sniff::encoding(&head);
        let body = &head[found.mark..];
        let text = if found.encoding == UTF_8 {
            body.to_vec()
        } else {
            blocks.transcode(found.encoding, body)
        };
        let text = sniff::without_mojibake(&text).to_vec();
        let dialect = sniff::dialect(&text[..text.len().min(1 << 16)], None);
        let mut grid = Self {
            nom: nom.to_owned(),
            encodage: encoding_name(found.encoding),
            titres: Vec::new(),
            record: 0,
            formes: Vec::new(),
            records: Records::new(blocks, text, dialect),
            size,
            told: 0,
        };
        grid.titles()?;
        Ok(grid)
    }

    fn titles(&mut self) -> Result<(), Refus> {
        let found = loop {
            match self.records.advance().map_err(|e| sniff::unreadable(&self.nom, &e))? {
                Found::Blank => {}
                other => break other,
            }
        };
        if found != Found::Record {
            return Err(Refus::new(
                format!("« {} » n’a pas de ligne de titres", self.nom),
                "refaire l’export, ou retirer ce fichier de la commande",
            ));
        }
        let cells = (0..self.records.width()).map(|i| clean_text(self.records.cell(i)));
        self.titres = cells.collect();
        self.formes = self.titres.iter().map(|t| normal(t)).collect();
        Ok(())
    }

    /// Place of the first column that bears one of these titles.
    pub(crate) fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|n| {
            let wanted = normal(n);
            self.formes.iter().position(|f| *f == wanted)
        })
    }

    /// Place of the first column whose title in normal form answers a question.
    pub(crate) fn find_like(&self, answers: impl Fn(&str) -> bool) -> Option<usize> {
        self.formes.iter().position(|f| answers(f))
    }

    /// Place of a column that the format needs.
    pub(crate) fn need(&self, names: &[&str], format: &str) -> Result<usize, Refus> {
        self.find(names).ok_or_else(|| {
            let shown: Vec<&str> = self.titres.iter().take(30).map(String::as_str).collect();
            Refus::new(
                format!("« {} » : il manque la colonne « {} » ({format})", self.nom, names[0]),
                "rétablir la colonne dans l’export et relire",
            )
            .with_extrait(format!("titres lus : {}", shown.join(", ")))
        })
    }

    /// Goes to the next row; tells how far the reading is, and stops when asked to.
    pub(crate) fn advance(&mut self, progress: &dyn Progress) -> Result<Step, Refus> {
        let found = loop {
            match self.records.advance().map_err(|e| sniff::unreadable(&self.nom, &e))? {
                Found::Blank => {}
                other => break other,
            }
        };
        if self.records.bytes_read() > self.told + (4 << 20) {
            self.told = self.records.bytes_read();
            progress.tick("Lecture", self.told, self.size);
            if progress.cancelled() {
                return Err(Refus::new("lecture interrompue", "relancer la commande"));
            }
        }
        if found == Found::End {
            return Ok(Step::End);
        }
        self.record = self.record.saturating_add(1);
        Ok(if found == Found::TooLong { Step::TooLong } else { Step::Row })
    }

    /// The cells of the row in hand.
    pub(crate) fn cells(&self) -> &impl CellRow {
        &self.records
    }

    /// Bytes of a cell of the row in hand; empty when the column or the cell is missing.
    pub(crate) fn cell(&self, at: Option<usize>) -> &[u8] {
        at.map_or(&[], |i| self.records.cell(i))
    }

    /// The same as a clean text.
    pub(crate) fn text(&self, at: Option<usize>) -> String {
        clean_text(self.cell(at))
    }

    /// Title of a column, empty when missing.
    pub(crate) fn titre(&self, at: Option<usize>) -> &str {
        at.and_then(|i| self.titres.get(i)).map_or("", String::as_str)
    }

    /// An amount in centimes; `None` when the cell is empty or its column missing.
    ///
    /// A published table has decimal points or commas, never groups of thousands without blanks.
    pub(crate) fn amount(&self, at: Option<usize>) -> Result<Option<i64>, Doubt> {
        match parse_amount(self.cell(at), Decimal::Point) {
            Ok(amount) => Ok(Some(amount.centimes)),
            Err(AmountError::Empty) => Ok(None),
            Err(error) => Err(self.doubt(at, error.raison())),
        }
    }

    /// A doubt on a cell of the row in hand.
    pub(crate) fn doubt(&self, at: Option<usize>, raison: &str) -> Doubt {
        Doubt {
            colonne: self.titre(at).to_owned(),
            valeur: self.text(at).chars().take(200).collect(),
            raison: raison.to_owned(),
        }
    }

    /// Hash of the bytes read, once at the end.
    pub(crate) fn sha256(self) -> String {
        self.records.sha256()
    }
}

/// Titles of the first line of a file, in normal form, by its first bytes.
pub(crate) fn titles_of(head: &[u8]) -> Vec<String> {
    let head = head.get(..GLANCE).unwrap_or(head);
    if head.is_empty() || sniff::refuse_other_formats(head, "").is_err() {
        return Vec::new();
    }
    let found = sniff::encoding(head);
    let text = found.encoding.decode_without_bom_handling(&head[found.mark..]).0;
    let text = sniff::without_mojibake(text.as_bytes());
    let records = records_of(text, sniff::dialect(text, None), 20);
    let first = records.into_iter().find(|r| r.iter().any(|c| !c.is_empty()));
    first.unwrap_or_default().iter().map(|c| normal(&clean_text(c))).collect()
}

/// True when all the titles are there.
pub(crate) fn has_all(titles: &[String], wanted: &[&str]) -> bool {
    wanted.iter().all(|w| {
        let w = normal(w);
        titles.contains(&w)
    })
}

/// Takes out the documents that kept no line (an unreadable year, a stage of another world): their counts
/// go to the nearest document that has some, so that every row stays counted.
pub(crate) fn fold_empty<K: Ord + Clone, D>(
    documents: &mut BTreeMap<K, D>,
    is_empty: impl Fn(&D) -> bool,
    add: impl Fn(&mut D, D),
) {
    let empty: Vec<K> =
        documents.iter().filter(|(_, d)| is_empty(d)).map(|(k, _)| k.clone()).collect();
    if empty.len() == documents.len() {
        return;
    }
    for key in empty {
        let Some(document) = documents.remove(&key) else { continue };
        let after = documents.range(&key..).find(|(_, d)| !is_empty(d)).map(|(k, _)| k.clone());
        let before =
            || documents.range(..&key).rfind(|(_, d)| !is_empty(d)).map(|(k, _)| k.clone());
        if let Some(kept) = after.or_else(before).and_then(|k| documents.get_mut(&k)) {
            add(kept, document);
        }
    }
}

/// Why a row is set aside or a cell left empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// Title of the column.
    pub(crate) colonne: String,
    /// Value, cut to 200 signs.
    pub(crate) valeur: String,
    /// Why, French.
    pub(crate) raison: String,
}

/// The doubtful rows of one file: the first ones in full, the others counted.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    issues: Vec<Issue>,
    hidden: u64,
}

impl Doubts {
    /// A row set aside.
    pub(crate) fn aside(&mut self, fichier: &str, record: u32, doubt: Doubt) {
        self.push(Severity::Ecartee, fichier, record, doubt);
    }

    /// A cell left empty in a row that is kept.
    pub(crate) fn emptied(&mut self, fichier: &str, record: u32, doubt: Doubt) {
        self.push(Severity::Attention, fichier, record, doubt);
    }

    fn push(&mut self, severity: Severity, fichier: &str, record: u32, doubt: Doubt) {
        if self.issues.len() >= LISTED {
            self.hidden += 1;
            return;
        }
        self.issues.push(Issue {
            severity,
            fichier: fichier.to_owned(),
            enregistrement: u64::from(record),
            colonne: doubt.colonne,
            valeur: doubt.valeur,
            raison: doubt.raison,
            a_faire: "corriger la cellule dans la source et relire".to_owned(),
        });
    }

    /// A row too long to be read.
    pub(crate) fn too_long(&mut self, fichier: &str, record: u32) {
        let raison = "ligne de plus de 4 Mio : un guillemet mal fermé, sans doute".to_owned();
        self.aside(
            fichier,
            record,
            Doubt { colonne: String::new(), valeur: String::new(), raison },
        );
    }

    /// A remark on the whole file.
    pub(crate) fn remark(&mut self, fichier: &str, valeur: &str, raison: &str, a_faire: &str) {
        self.issues.push(Issue {
            severity: Severity::Information,
            fichier: fichier.to_owned(),
            enregistrement: 0,
            colonne: String::new(),
            valeur: valeur.chars().take(200).collect(),
            raison: raison.to_owned(),
            a_faire: a_faire.to_owned(),
        });
    }

    /// The first row set aside, in words.
    pub(crate) fn first(&self) -> String {
        let first = self.issues.iter().find(|i| i.severity == Severity::Ecartee);
        first.map_or(String::new(), |i| {
            format!(
                "enregistrement {}, « {} » : « {} » : {}",
                i.enregistrement, i.colonne, i.valeur, i.raison
            )
        })
    }

    /// All of them; the last one counts those that are not listed.
    pub(crate) fn finish(mut self, fichier: &str) -> Vec<Issue> {
        if self.hidden > 0 {
            let hidden = self.hidden.to_string();
            self.remark(
                fichier,
                &hidden,
                "lignes douteuses de plus, comptées sans être listées",
                "corriger les premières, souvent de même cause, et relire",
            );
        }
        self.issues
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::progress::Silent;

    #[test]
    fn titles_are_found_whatever_their_spelling() {
        let bytes = b"\xef\xbb\xbf\n;;\nExer;Ident ;OBNETDEB\n2023;1;1,50\n\n2024;2;x\n";
        let mut grid = Grid::new(&bytes[..], 0, "a.csv").expect("a table");
        assert_eq!(grid.find(&["EXER"]), Some(0));
        assert_eq!(grid.find(&["siren"]), None);
        assert_eq!(grid.advance(&Silent), Ok(Step::Row));
        assert_eq!(grid.amount(Some(2)), Ok(Some(150)));
        assert_eq!(grid.advance(&Silent), Ok(Step::Row));
        assert_eq!((grid.record, grid.amount(Some(2)).is_err()), (2, true));
        assert_eq!(grid.advance(&Silent), Ok(Step::End));
        assert!(has_all(&titles_of(bytes), &["exer", "obnetdeb"]));
        assert!(titles_of(b"<xml/>").is_empty() && titles_of(b"").is_empty());
    }

    #[test]
    fn rows_set_aside_beyond_the_list_are_counted() {
        let mut doubts = Doubts::default();
        for n in 0..LISTED + 5 {
            doubts.too_long("a.csv", n as u32);
        }
        let issues = doubts.finish("a.csv");
        assert_eq!((issues.len(), issues[LISTED].valeur.as_str()), (LISTED + 1, "5"));
    }
}
