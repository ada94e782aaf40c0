//! Our own files typed in by a person and read back: `audit.xlsx`, `echantillon.xlsx`, or their CSV.
//!
//! Takes a path, the name of a sheet and the columns that must be there; gives the rows as texts by column
//! name. A spreadsheet that was sorted, filtered or enriched with columns is read all the same.
//!
//! **Invariant:** a row is never dropped: blank rows apart, each is given with its number.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};

use crate::domain::refus::Refus;
use crate::ingest::sniff::unreadable;

/// Largest file read back: ours are far smaller.
const LARGEST: u64 = 256 << 20;

/// One row typed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ligne {
    /// Number of the row in the file, the header being 1.
    pub numero: u32,
    /// Cells by column name, blanks left out.
    pub cellules: BTreeMap<String, String>,
}

impl Ligne {
    /// A cell, empty when blank.
    pub fn get(&self, column: &str) -> &str {
        self.cellules.get(column).map_or("", String::as_str)
    }
}

/// Reads `path`; `columns` must all be in the header.
///
/// # Errors
/// Unreadable file, no such sheet, a column missing, or a file too large to be one of ours.
pub fn read(path: &Path, sheet: &str, columns: &[&str]) -> Result<Vec<Ligne>, Refus> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).map_err(|e| unreadable(&name, &e))?.len();
    if size > LARGEST {
        return Err(Refus::new(
            format!("« {name} » est trop gros pour un fichier rendu par vigie"),
            "vérifier que c’est bien le fichier rempli",
        ));
    }
    let rows = if is_zip(path, &name)? { workbook(path, &name, sheet)? } else { csv(path, &name)? };
    let mut rows = rows.into_iter();
    let header: Vec<String> = rows.next().unwrap_or_default();
    let missing: Vec<&str> =
        columns.iter().copied().filter(|c| !header.iter().any(|h| h == c)).collect();
    if !missing.is_empty() {
        return Err(Refus::new(
            format!("« {name} » : il manque la colonne « {} »", missing.join(" », « ")),
            "reprendre le fichier écrit par vigie, sans renommer ses colonnes",
        )
        .with_extrait(format!("colonnes lues : {}", header.join(", "))));
    }
    Ok(rows
        .enumerate()
        .map(|(i, cells)| Ligne {
            numero: i as u32 + 2,
            cellules: header
                .iter()
                .cloned()
                .zip(cells)
                .filter(|(name, cell)| !name.is_empty() && !cell.is_empty())
                .collect(),
        })
        .filter(|l| !l.cellules.is_empty())
        .collect())
}

fn is_zip(path: &Path, name: &str) -> Result<bool, Refus> {
    use std::io::Read;
    let mut head = [0; 4];
    let mut file = std::fs::File::open(path).map_err(|e| unreadable(name, &e))?;
    let read = file.read(&mut head).map_err(|e| unreadable(name, &e))?;
    Ok(read == 4 && &head == b"PK\x03\x04")
}

fn workbook(path: &Path, name: &str, sheet: &str) -> Result<Vec<Vec<String>>, Refus> {
    let damaged = |e: calamine::XlsxError| {
        Refus::new(
            format!("« {name} » n’est pas un classeur lisible"),
            "le rouvrir dans le tableur, l’enregistrer en .xlsx, le fermer et relancer",
        )
        .with_extrait(e.to_string())
    };
    let mut book: Xlsx<_> = open_workbook(path).map_err(damaged)?;
    let names = book.sheet_names();
    if !names.iter().any(|n| n == sheet) {
        return Err(Refus::new(
            format!("« {name} » n’a pas de feuille « {sheet} »"),
            "reprendre le classeur écrit par vigie, sans renommer ses feuilles",
        )
        .with_extrait(format!("feuilles lues : {}", names.join(", "))));
    }
    let range = book.worksheet_range(sheet).map_err(damaged)?;
    Ok(range.rows().map(|row| row.iter().map(text).collect()).collect())
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::Float(x) if (x * 100.0).fract().abs() < 1e-6 && x.abs() < 1e13 => {
            let cents = (x * 100.0).round() as i64;
            if cents % 100 == 0 {
                (cents / 100).to_string()
            } else {
                let sign = if cents < 0 { "-" } else { "" };
                format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
            }
        }
        Data::DateTime(d) => d
            .as_datetime()
            .map_or_else(|| d.as_f64().to_string(), |t| t.format("%Y-%m-%d").to_string()),
        other => other.to_string().trim().to_owned(),
    }
}

fn csv(path: &Path, name: &str) -> Result<Vec<Vec<String>>, Refus> {
    let bytes = std::fs::read(path).map_err(|e| unreadable(name, &e))?;
    let (text, _, _) = encoding_rs::Encoding::for_bom(&bytes)
        .map_or(encoding_rs::UTF_8, |(encoding, _)| encoding)
        .decode(&bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    reader
        .records()
        .map(|r| r.map(|r| r.iter().map(|c| c.trim().to_owned()).collect()))
        .collect::<Result<_, _>>()
        .map_err(|e| {
            Refus::new(
                format!("« {name} » n’est pas un CSV lisible (séparateur point-virgule, UTF-8)"),
                "l’enregistrer en « CSV UTF-8 » depuis le tableur, ou donner le .xlsx",
            )
            .with_extrait(e.to_string())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_rows_keep_their_numbers_and_unknown_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "\u{feff}constat;decision;à moi\r\nab;justifié;x\r\n;;\r\ncd;;\r\n")
            .unwrap();
        let rows = read(&path, "Constats", &["constat", "decision"]).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].numero, rows[0].get("decision"), rows[0].get("à moi")),
            (2, "justifié", "x")
        );
        assert_eq!(
            (rows[1].numero, rows[1].get("constat"), rows[1].get("decision")),
            (4, "cd", "")
        );
        let refus = read(&path, "Constats", &["montant"]).unwrap_err();
        assert!(refus.quoi.contains("montant") && refus.extrait.contains("constat"));
    }

    #[test]
    fn numbers_of_a_sheet_come_back_exact() {
        assert_eq!(text(&Data::Float(1234.5)), "1234.50");
        assert_eq!(text(&Data::Float(-0.07)), "-0.07");
        assert_eq!(text(&Data::Float(12.0)), "12");
        assert_eq!(text(&Data::Error(calamine::CellErrorType::Ref)), "");
    }
}
