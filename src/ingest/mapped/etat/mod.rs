//! Any table as budget lines: an "état de consommation des crédits", the accounts of several years side by
//! side, a budget by articles.
//!
//! ```text
//!  Grid ─► columns ─► rows (each read, or set aside) ─► subtotals ─┐
//!  other sheets of the workbook ───────────────────────────────────┴─► documents (chart, stage) ─► BudgetFrame
//! ```
//!
//! Takes the sheets of one file, gives one document per exercice, stage, number and budget.
//!
//! **Invariant:** rows read = kept + set aside; what is guessed (exercice, chart, stage) is told with its
//! reason; subtotals are set aside and compared with the sum of their lines.

mod columns;
mod context;
mod documents;
mod doubts;
mod movements;
mod rows;
mod subtotals;

use std::collections::BTreeMap;

use crate::domain::refus::Refus;
use crate::frames::budget::BudgetFrame;
use crate::frames::issue::{Issue, Severity};
use crate::ingest::mapped::etat::columns::{Columns, Mesure};
use crate::ingest::mapped::etat::context::Context;
use crate::ingest::mapped::grid::Grid;
use crate::ingest::mapped::guess::Cells;
use crate::ingest::mapped::header::{column_name, kept_as_is, place_of, several, shown};
use crate::ingest::mapped::mapping::{Genre, Mapping};

/// Rows looked at to find the columns.
pub const SAMPLE: usize = 600;
/// Most bytes of a budget table: no commune has a larger one.
pub const MOST_BYTES: usize = 256 << 20;

/// What identifies the file.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Shown to the user.
    pub name: &'a str,
    /// `csv`, `tableur`, `parquet`, `editflux`.
    pub format: &'a str,
    /// Encoding of the bytes, empty when the format settles it.
    pub encoding: &'a str,
    /// Hash of the bytes.
    pub sha256: &'a str,
    /// Chart that the format says, over any guess.
    pub nomenclature: Option<&'a str>,
}

/// A sheet read as budget lines, before its documents are known.
#[derive(Debug)]
pub struct Sheet {
    name: String,
    context: Context,
    rows: rows::Rows,
    notes: Vec<(String, String)>,
}

/// What speaks for a table being a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signs {
    /// 0 when it cannot be read as one.
    pub score: i32,
    /// French words.
    pub reason: String,
}

/// How much the first rows of a table look like a budget.
pub fn signs(records: &[Cells]) -> Signs {
    let columns = columns::guess(records);
    if !columns.is_usable() {
        return Signs { score: 0, reason: "ni compte ni montant de budget dans les titres".into() };
    }
    let has = |m: Mesure| columns.amounts.iter().any(|a| a.mesure == m);
    let planned = has(Mesure::CreditsOuverts) || has(Mesure::Vote);
    let years: std::collections::BTreeSet<_> =
        columns.amounts.iter().filter_map(|a| a.exercice).collect();
    let mut score = 1;
    let mut said = Vec::new();
    let mut add = |yes: bool, points: i32, what: &str| {
        if yes {
            score += points;
            said.push(what.to_owned());
        }
    };
    add(columns.keys.contains_key("nature"), 2, "des comptes");
    add(planned, 3, "des crédits");
    add(has(Mesure::Realise) && planned, 2, "un réalisé à côté");
    add(has(Mesure::Engage) && planned, 1, "un engagé");
    add(years.len() > 1, 3, "plusieurs exercices en colonnes");
    add(columns.keys.contains_key("section"), 1, "une section");
    Signs { score, reason: said.join(", ") }
}

/// Reads one sheet; `feuille` is its name in a workbook.
///
/// # Errors
/// No account or no amount among the columns.
pub fn read_sheet(
    grid: &Grid,
    file: &File<'_>,
    feuille: Option<&str>,
    mapping: Option<&Mapping>,
) -> Result<Sheet, Refus> {
    let skipped = mapping.and_then(|m| m.saut).unwrap_or(0).min(grid.len());
    let name = feuille.map_or_else(|| file.name.to_owned(), |f| format!("{}!{f}", file.name));
    let mut first = grid.records(SAMPLE + skipped);
    first.drain(..skipped);
    let mut columns = match mapping {
        Some(mapping) => columns::by_mapping(&first, mapping, &name)?,
        None => columns::guess(&first),
    };
    if !columns.is_usable() {
        return Err(no_columns(&name, &first));
    }
    columns.before_data += skipped;
    let mut context = Context::default();
    for text in &columns.preamble {
        context.read_title(text);
    }
    if let Some(feuille) = feuille {
        context.read_name(feuille, "feuille");
    }
    let last = file.name.rsplit('/').next().unwrap_or(file.name);
    context.read_name(last, "fichier");
    if let Some(mapping) = mapping {
        constants(&mut context, mapping);
    }
    let mut notes = remarks(&columns, mapping);
    if context.milliers {
        notes.push((
            "montants en milliers d’euros d’après un titre : multipliés par 1 000".to_owned(),
            "retirer ces mots du titre s’ils sont en euros".to_owned(),
        ));
    }
    let rows = rows::read(grid, &columns, &context, mapping, &name);
    Ok(Sheet { name, context, rows, notes })
}

/// The documents of the sheets of one file.
///
/// # Errors
/// No line could be kept, or no exercice is known.
pub fn documents(sheets: Vec<Sheet>, file: &File<'_>) -> Result<(BudgetFrame, Vec<Issue>), Refus> {
    documents::build(sheets, file)
}

/// Values that the mapping gives for the whole file.
fn constants(context: &mut Context, mapping: &Mapping) {
    for (key, value) in &mapping.constantes_budget {
        match key.as_str() {
            "exercice" => {
                let year = crate::ingest::mapped::build::read_year(value.as_bytes());
                if year > 0 {
                    context.exercice = Some((year, "correspondance".into()));
                }
            }
            "sens" => context.sens = crate::ingest::mapped::build::read_sens(value.as_bytes()),
            "section" => context.section = rows::read_section(value),
            "budget" => context.budget = Some(value.clone()),
            _ => {}
        }
    }
}

fn remarks(columns: &Columns, mapping: Option<&Mapping>) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    let unused = columns.unused();
    if !unused.is_empty() {
        notes.push((
            format!("{} : {}", kept_as_is(unused.len() as u64), shown(&unused, 30)),
            "les nommer dans correspondance.toml (genre = \"budget\") si elles sont utiles"
                .to_owned(),
        ));
    }
    if let Some(told) = movements::told(columns) {
        notes.push((told, "rien, si ces colonnes s’ajoutent au vote".to_owned()));
    }
    if let Some(mapping) = mapping {
        for (column, names) in &mapping.colonnes_budget {
            if !names.iter().any(|n| place_of(&columns.titles, n).is_some()) {
                notes.push((
                    format!("« {column} » : aucune colonne {} dans le fichier", shown(names, 5)),
                    "retirer cette colonne de la correspondance, ou corriger son titre".to_owned(),
                ));
            }
        }
    }
    notes
}

fn no_columns(name: &str, first: &[Cells]) -> Refus {
    let titles = first
        .iter()
        .map(crate::ingest::mapped::header::as_texts)
        .find(|r| r.iter().filter(|c| !c.is_empty()).count() > 1)
        .unwrap_or_default();
    Refus::new(
        format!("« {name} » : ni compte (article, nature) ni montant (crédits, réalisé) reconnus"),
        "dire quelles colonnes le sont : vigie lire FICHIER --deviner > correspondance.toml, la compléter, puis \
         --correspondance correspondance.toml",
    )
    .with_extrait(format!("titres lus : {}", shown(&titles, 30)))
}

/// The mapping under which a budget table is read the same, with the reason of each column.
///
/// # Errors
/// The table cannot be read as a budget.
pub fn proposed(
    records: &[Cells],
    name: &str,
) -> Result<(Mapping, BTreeMap<String, String>), Refus> {
    let columns = columns::guess(records);
    if !columns.is_usable() {
        return Err(no_columns(name, records));
    }
    let mut mapping = Mapping { genre: Genre::Budget, ..Mapping::default() };
    let mut take = |column: &str, index: usize| {
        let names = mapping.colonnes_budget.entry(column.to_owned()).or_default();
        names.push(column_name(&columns.titles, index));
    };
    for (key, index) in &columns.keys {
        take(key, *index);
    }
    for amount in &columns.amounts {
        let name = Mesure::ALL.iter().find(|(m, _)| *m == amount.mesure).map_or("", |m| m.1);
        take(name, amount.index);
    }
    for movement in &columns.movements {
        take(columns::MOUVEMENTS, movement.index);
    }
    Ok((mapping, columns.reasons))
}

/// Lines too long to be cut into cells.
pub fn too_long(name: &str, lines: u64) -> Issue {
    issue(
        Severity::Ecartee,
        name,
        0,
        format!("{} de plus de 4 Mio", several(lines, "ligne")),
        "vérifier que le fichier n’est pas abîmé",
    )
}

/// An issue of a file or of a row.
fn issue(
    severity: Severity,
    fichier: &str,
    enregistrement: u64,
    raison: String,
    a_faire: &str,
) -> Issue {
    Issue {
        severity,
        fichier: fichier.to_owned(),
        enregistrement,
        colonne: String::new(),
        valeur: String::new(),
        raison,
        a_faire: a_faire.to_owned(),
    }
}

/// True when a mapping describes a budget.
pub fn is_budget(mapping: Option<&Mapping>) -> bool {
    mapping.is_some_and(|m| m.genre == Genre::Budget)
}

#[cfg(test)]
mod tests;
