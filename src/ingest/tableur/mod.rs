//! Workbooks: `.xlsx`, `.xlsm`, `.xls`, `.ods`. Each sheet is a table of its own, ledger or budget.
//!
//! ```text
//!  path ─► guard (bombs, password) ─► sheets as Batches ─► kind ─┬─► mapped::sheet (ledger)
//!                                                                └─► mapped::etat  (budget, sheets together)
//! ```
//!
//! **Invariant:** a sheet that is left is told with its reason; nothing is kept in memory beyond a batch, a
//! budget table, or an old Excel file.

mod cell;
mod excel;
mod guard;
mod merged;
mod ods;
mod parquet;

pub use parquet::Parquet;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::Path;

use crate::domain::refus::Refus;
use crate::frames::issue::{Issue, Severity};
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::mapped::build::{CellRow, NO_VALUE};
use crate::ingest::mapped::bytes::hash_of;
use crate::ingest::mapped::etat;
use crate::ingest::mapped::grid::{Batches, GridRow, Take, sample, whole};
use crate::ingest::mapped::header::{SAMPLE, several};
use crate::ingest::mapped::kind::{self, Kind};
use crate::ingest::mapped::proposal::Proposal;
use crate::ingest::mapped::{percent_encoded, sheet};

/// Workbooks.
#[derive(Debug, Clone, Copy)]
pub struct Tableur;

/// What the first bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Xlsx,
    Xls,
    Ods,
}

/// The family of a file, by its bytes; the extension only says which zip it is.
fn family(source: &Source<'_>) -> Option<(Family, u8, &'static str)> {
    let extension = Path::new(source.nom).extension().map(|e| e.to_string_lossy().to_lowercase());
    let extension = extension.as_deref().unwrap_or("");
    let head = source.head;
    if head.starts_with(guard::OLE) {
        let named = matches!(extension, "xls" | "xlsx" | "xlsm");
        let confiance = if named { 90 } else { 40 };
        return Some((Family::Xls, confiance, "conteneur OLE d’un ancien classeur Excel"));
    }
    if !head.starts_with(b"PK\x03\x04") {
        return None;
    }
    let has = |what: &[u8]| memchr::memmem::find(head, what).is_some();
    if has(b"application/vnd.oasis.opendocument.spreadsheet") || extension == "ods" {
        return Some((Family::Ods, 95, "classeur OpenDocument"));
    }
    match extension {
        "xlsx" | "xlsm" => Some((Family::Xlsx, 95, "classeur Excel")),
        _ if has(b"xl/workbook.xml") || has(b"xl/worksheets/") => {
            Some((Family::Xlsx, 70, "archive qui contient un classeur Excel"))
        }
        _ => None,
    }
}

impl Format for Tableur {
    fn nom(&self) -> &'static str {
        "tableur"
    }
    fn titre(&self) -> &'static str {
        "classeur Excel ou OpenDocument : grand livre ou état de consommation des crédits"
    }
    fn page(&self) -> &'static str {
        include_str!("tableur.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        family(source).map(|(_, confiance, raison)| Reconnu { confiance, raison: raison.into() })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let mut reading = Reading::new(s, c, r)?;
        if with_book(s, &mut |i, name, hidden, rows| reading.sheet(i, name, hidden, rows))? {
            return reading.finish();
        }
        Ok(Lu { format: "tableur".to_owned(), remarque: OURS.to_owned(), ..Lu::default() })
    }
}

/// Why the workbook of an audit is not data.
const OURS: &str = "classeur d’un audit de vigie, pas des données : ses décisions se reprennent par « vigie \
                    revue importer »";

/// True for an `audit.xlsx` of ours, filled in or not, whatever its name.
fn is_audit(sheets: &[(String, bool)]) -> bool {
    let has = |name: &str| sheets.iter().any(|(sheet, _)| sheet == name);
    ["Constats", "Enregistrements", "Controles", "Qualite"].into_iter().all(has)
}

/// What receives the sheets: rank, name, hidden or not, rows.
type TakeSheet<'t> = dyn FnMut(usize, &str, bool, &dyn Batches) -> Result<(), Refus> + 't;

/// Opens a workbook and gives its sheets in order; none, and `false`, for the audit of a former run.
fn with_book(s: &Source<'_>, take: &mut TakeSheet<'_>) -> Result<bool, Refus> {
    match family(s).map(|f| f.0) {
        Some(Family::Xlsx) => {
            let book = excel::Book::open(s.chemin, s.nom)?;
            if is_audit(book.sheets()) {
                return Ok(false);
            }
            for (i, (name, hidden)) in book.sheets().iter().enumerate() {
                take(i, name, *hidden, &book.sheet(i))?;
            }
        }
        Some(Family::Xls) => {
            let book = excel::OldBook::open(s.chemin, s.nom)?;
            for (i, (name, hidden)) in book.sheets().iter().enumerate() {
                take(i, name, *hidden, &book.sheet(i))?;
            }
        }
        Some(Family::Ods) => {
            let book = ods::Ods::open(s.chemin, s.nom)?;
            for (i, (name, hidden)) in book.sheets()?.iter().enumerate() {
                take(i, name, *hidden, &book.sheet(i))?;
            }
        }
        None => return Err(guard::damaged(s.nom, "ni Excel ni OpenDocument")),
    }
    Ok(true)
}

/// The mapping of the sheets that are tables of one kind, that of the first of them (`--deviner`).
///
/// # Errors
/// No sheet is a table.
pub fn deviner(s: &Source<'_>) -> Result<String, Refus> {
    let mut found: Option<Proposal> = None;
    let (mut told, mut last) = (String::new(), None);
    let data = with_book(s, &mut |_, name, _, rows| {
        let same = match (Proposal::of(rows, &format!("{}!{name}", s.nom)), found.as_mut()) {
            (Err(refus), _) => {
                last = Some(refus);
                return Ok(());
            }
            (Ok(proposal), None) => {
                found = Some(proposal);
                true
            }
            (Ok(proposal), Some(first)) => first.merge(proposal),
        };
        let other = if same { "" } else { " : d’un autre genre, à lire à part" };
        let _ = writeln!(told, "# Feuille « {name} »{other}.");
        Ok(())
    })?;
    if !data {
        return Err(Refus::new(
            format!("{} : {OURS}", s.nom),
            "donner l’extraction de la comptabilité, pas le classeur d’un audit",
        ));
    }
    match found {
        Some(proposal) => Ok(told + &proposal.to_toml()),
        None => Err(last.unwrap_or_else(|| guard::damaged(s.nom, "aucune feuille"))),
    }
}

/// The mapping of a Parquet file (`--deviner`).
///
/// # Errors
/// It is no table.
pub fn deviner_parquet(s: &Source<'_>) -> Result<String, Refus> {
    Ok(Proposal::of(&parquet::Table::new(s.chemin, s.nom), s.nom)?.to_toml())
}

/// A workbook being read.
struct Reading<'r, 'a> {
    source: &'r Source<'a>,
    consigne: &'r Consigne<'a>,
    recolte: &'r mut Recolte,
    sha256: String,
    budget: Vec<etat::Sheet>,
    issues: Vec<Issue>,
    /// Ledger sources opened, to take back when a later sheet refuses the file.
    ledgers: usize,
    rows_before: usize,
    left: Vec<(String, Refus)>,
    read: Vec<String>,
}

impl<'r, 'a> Reading<'r, 'a> {
    fn new(
        source: &'r Source<'a>,
        consigne: &'r Consigne<'a>,
        recolte: &'r mut Recolte,
    ) -> Result<Self, Refus> {
        let sha256 =
            hash_of(source.chemin).map_err(|e| crate::ingest::sniff::unreadable(source.nom, &e))?;
        let rows_before = recolte.ledgers.len();
        Ok(Self {
            source,
            consigne,
            recolte,
            sha256,
            budget: Vec::new(),
            issues: Vec::new(),
            ledgers: 0,
            rows_before,
            left: Vec::new(),
            read: Vec::new(),
        })
    }

    fn sheet(
        &mut self,
        _rank: usize,
        name: &str,
        hidden: bool,
        rows: &dyn Batches,
    ) -> Result<(), Refus> {
        let full = format!("{}!{name}", self.source.nom);
        // our own workbook: the sheets that follow feed that one, or show what it was made from
        if self.read.first().is_some_and(|first| first == "Proposition") {
            self.tell(&full, "feuille de travail de la proposition, laissée".into());
            return Ok(());
        }
        let watched = Watched { rows, seen: RefCell::default() };
        let outcome = self.one(&full, name, &watched);
        let formulas = watched.seen.into_inner();
        // a proposal without its computed amounts would balance at zero
        if name == "Proposition" && outcome.is_ok() && formulas.count > 0 {
            return Err(self.undo(formulas.refusal(&full)));
        }
        match outcome {
            Ok(what) => {
                if formulas.count > 0 {
                    self.issues.push(formulas.remark(&full));
                }
                if hidden {
                    self.tell(&full, "feuille masquée, lue comme les autres".into());
                }
                self.tell(&full, what);
                self.read.push(name.to_owned());
            }
            // an interruption or a damaged file is not a matter of one sheet
            Err(refus) if refus.quoi == "lecture interrompue" => return Err(self.undo(refus)),
            Err(refus) => self.left.push((full, refus)),
        }
        Ok(())
    }

    fn one(&mut self, full: &str, name: &str, rows: &dyn Batches) -> Result<String, Refus> {
        let mapping = self.consigne.correspondance;
        let first = sample(rows, SAMPLE)?;
        if first.iter().all(|r| r.iter().all(Vec::is_empty)) {
            return Err(Refus::new("vide", "rien"));
        }
        let (kind, reason) = match mapping {
            Some(_) if etat::is_budget(mapping) => (Kind::Budget, "correspondance".to_owned()),
            Some(_) => (Kind::Ledger, "correspondance".to_owned()),
            None => {
                let choice = kind::choose(&first, full)?;
                (choice.kind, choice.reason)
            }
        };
        if kind == Kind::Budget {
            let grid = whole(rows, etat::MOST_BYTES)?.ok_or_else(|| too_large(full))?;
            let file = self.file();
            self.budget.push(etat::read_sheet(&grid, &file, Some(name), mapping)?);
            return Ok(format!("lue comme un état budgétaire ({reason})"));
        }
        let path = format!("{}!{}", percent_encoded(self.source.nom), percent_encoded(name));
        let table =
            sheet::Table { name: full, path: &path, format: "tableur", sha256: &self.sha256 };
        let builder = &mut self.recolte.ledgers;
        let read = sheet::read(rows, &table, mapping, builder, self.consigne.progress)?;
        self.recolte.ecritures.push(read.lues);
        self.issues.extend(read.issues);
        self.ledgers += 1;
        Ok(format!("lue comme un journal d’écritures ({reason})"))
    }

    fn file(&self) -> etat::File<'r> {
        // the hash is put on the documents at the end
        etat::File {
            name: self.source.nom,
            format: "tableur",
            encoding: "",
            sha256: "",
            nomenclature: None,
        }
    }

    fn tell(&mut self, fichier: &str, raison: String) {
        self.issues.push(Issue {
            severity: Severity::Information,
            fichier: fichier.to_owned(),
            enregistrement: 0,
            colonne: String::new(),
            valeur: String::new(),
            raison,
            a_faire: "rien".to_owned(),
        });
    }

    /// Takes back what the sheets already read put in the ledgers.
    fn undo(&mut self, refus: Refus) -> Refus {
        for _ in 0..self.ledgers {
            self.recolte.ecritures.pop();
            self.recolte.ledgers.rollback(self.rows_before);
        }
        self.ledgers = 0;
        refus
    }

    fn finish(mut self) -> Result<Lu, Refus> {
        if !self.budget.is_empty() {
            let file = self.file();
            match etat::documents(std::mem::take(&mut self.budget), &file) {
                Ok((mut frame, issues)) => {
                    for document in &mut frame.documents {
                        document.sha256.clone_from(&self.sha256);
                    }
                    self.recolte.budget.append(frame);
                    self.issues.extend(issues);
                }
                Err(refus) if self.ledgers == 0 => return Err(refus),
                Err(refus) => self.left.push((self.source.nom.to_owned(), refus)),
            }
        } else if self.ledgers == 0 {
            return Err(self.nothing());
        }
        for (name, refus) in std::mem::take(&mut self.left) {
            let empty = refus.quoi == "vide";
            self.issues.push(Issue {
                severity: if empty { Severity::Information } else { Severity::Attention },
                fichier: name,
                enregistrement: 0,
                colonne: String::new(),
                valeur: String::new(),
                raison: format!("feuille laissée : {}", refus.quoi),
                a_faire: refus.a_faire,
            });
        }
        self.recolte.issues.append(&mut self.issues);
        Ok(Lu { sha256: self.sha256, format: "tableur".into(), remarque: String::new() })
    }

    /// Why no sheet was read.
    fn nothing(&mut self) -> Refus {
        if let [(_, refus)] = self.left.as_slice()
            && refus.quoi != "vide"
        {
            return refus.clone();
        }
        let seen: Vec<String> =
            self.left.iter().take(5).map(|(name, r)| format!("{name} : {}", r.quoi)).collect();
        Refus::new(
            format!("« {} » : aucune feuille n’est un tableau lisible", self.source.nom),
            "vérifier les titres de colonnes, ou donner une correspondance (vigie lire FICHIER --deviner)",
        )
        .with_extrait(seen.join("\n"))
    }
}

/// Formulas of a sheet whose value is not recorded.
#[derive(Default)]
struct Formulas {
    count: u64,
    /// Place and text of the first one.
    first: String,
}

impl Formulas {
    fn of(&mut self, row: &GridRow<'_>) {
        for i in 0..CellRow::width(row) {
            if let Some(formula) = CellRow::formula(row, i) {
                if self.count == 0 {
                    self.first = formula;
                }
                self.count += 1;
            }
        }
    }

    fn words(&self) -> String {
        let count = several(self.count, "formule");
        format!("{count} sans valeur enregistrée, la première en {}", self.first)
    }

    /// A sheet whose computed amounts are all missing.
    fn refusal(&self, name: &str) -> Refus {
        let count = several(self.count, "formule");
        Refus::new(
            format!(
                "« {name} » : {count} sans valeur enregistrée, le budget ne peut pas être vérifié"
            ),
            NO_VALUE.1,
        )
        .with_extrait(format!(
            "{}\nle programme qui a enregistré ce classeur n’a pas calculé les formules",
            self.first
        ))
    }

    /// The same told for a sheet whose other cells are read.
    fn remark(&self, name: &str) -> Issue {
        Issue {
            severity: Severity::Attention,
            fichier: name.to_owned(),
            enregistrement: 0,
            colonne: String::new(),
            valeur: self.first.clone(),
            raison: self.words(),
            a_faire: NO_VALUE.1.to_owned(),
        }
    }
}

/// A sheet whose formulas without value are counted as it is read.
struct Watched<'w> {
    rows: &'w dyn Batches,
    seen: RefCell<Formulas>,
}

impl Batches for Watched<'_> {
    fn each(&self, take: &mut Take<'_>) -> Result<(), Refus> {
        let mut found = Formulas::default();
        let outcome = self.rows.each(&mut |grid| {
            if grid.has_formulas() {
                grid.iter().for_each(|row| found.of(&row));
            }
            take(grid)
        });
        // a sheet is read several times, its first rows alone to begin with
        let mut seen = self.seen.borrow_mut();
        if found.count > seen.count {
            *seen = found;
        }
        outcome
    }
}

fn too_large(name: &str) -> Refus {
    Refus::new(
        format!("« {name} » est trop grand pour un état budgétaire (plus de 256 Mio)"),
        "donner l’état d’une seule commune, ou dire avec --correspondance que ce sont des écritures",
    )
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_cells;
