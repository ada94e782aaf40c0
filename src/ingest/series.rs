//! Long CSV `unique_id,ds,y` to a `SeriesFrame` (CONTRAT, section 6).
//!
//! `ds` is an integer or an ISO date, one kind in a file; an empty or `NaN` `y` is kept as a gap;
//! rows may come in any order and more columns are ignored.
//!
//! **Invariant:** two values for one series at one time are a refusal, never a choice.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use crate::domain::calendar::day_number;
use crate::domain::refus::Refus;
use crate::frames::series::{Series, SeriesFrame, Stamp};

const COLUMNS: [&str; 3] = ["unique_id", "ds", "y"];
const SHAPE: &str = "fournir un CSV à virgules avec les colonnes unique_id, ds et y";

/// Reads the file at `path`.
pub fn read_path(path: &Path) -> Result<SeriesFrame, Refus> {
    let shown = path.display().to_string();
    let file =
        std::fs::File::open(path).map_err(|e| crate::ingest::sniff::unreadable(&shown, &e))?;
    read(std::io::BufReader::new(file), &path.display().to_string())
}

/// Reads from any source; `name` stands in the messages.
pub fn read(source: impl Read, name: &str) -> Result<SeriesFrame, Refus> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
    let header = reader.byte_headers().map_err(|e| broken(name, &e))?.clone();
    let mut at = [0; 3];
    for (slot, column) in at.iter_mut().zip(COLUMNS) {
        *slot = header.iter().position(|h| clean(h) == column.as_bytes()).ok_or_else(|| {
            let seen = header.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join(", ");
            Refus::new(format!("{name} : la colonne {column} manque"), SHAPE)
                .with_extrait(format!("colonnes lues : {seen}"))
        })?;
    }
    let mut rows = Rows { name, ids: HashMap::new(), series: Vec::new(), days: None };
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|e| broken(name, &e))? {
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |k: usize| String::from_utf8_lossy(record.get(at[k]).unwrap_or_default());
        rows.add(cell(0).trim(), cell(1).trim(), cell(2).trim(), line)?;
    }
    rows.finish()
}

/// A header cell without byte order mark nor spaces.
fn clean(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(cell).trim_ascii()
}

fn broken(name: &str, error: &csv::Error) -> Refus {
    Refus::new(format!("{name} : CSV illisible"), SHAPE).with_extrait(error.to_string())
}

type Point = (Stamp, f64, u64);

struct Rows<'a> {
    name: &'a str,
    ids: HashMap<String, usize>,
    series: Vec<(String, Vec<Point>)>,
    days: Option<(bool, u64)>,
}

impl Rows<'_> {
    fn add(&mut self, id: &str, ds: &str, y: &str, line: u64) -> Result<(), Refus> {
        if id.is_empty() && ds.is_empty() && y.is_empty() {
            return Ok(());
        }
        let stamp = self.stamp(ds, line)?;
        let value = self.value(y, line)?;
        let rank = if let Some(&k) = self.ids.get(id) {
            k
        } else {
            self.ids.insert(id.to_owned(), self.series.len());
            self.series.push((id.to_owned(), Vec::new()));
            self.series.len() - 1
        };
        self.series[rank].1.push((stamp, value, line));
        Ok(())
    }

    fn stamp(&mut self, ds: &str, line: u64) -> Result<Stamp, Refus> {
        let stamp = match ds.parse::<i64>() {
            Ok(n) => Stamp::Integer(n),
            Err(_) => Stamp::Day(day(ds).ok_or_else(|| {
                self.refuse(line, "ds n'est ni un entier ni une date AAAA-MM-JJ", ds)
                    .advise("écrire ds comme 2024 ou 2024-01-31")
            })?),
        };
        let is_day = matches!(stamp, Stamp::Day(_));
        let (kind, first) = *self.days.get_or_insert((is_day, line));
        if kind != is_day {
            return Err(self
                .refuse(line, &format!("ds mêle entiers et dates (voir la ligne {first})"), ds)
                .advise("garder une seule écriture de ds dans le fichier"));
        }
        Ok(stamp)
    }

    fn value(&self, y: &str, line: u64) -> Result<f64, Refus> {
        if y.is_empty() || ["nan", "na", "null"].contains(&y.to_ascii_lowercase().as_str()) {
            return Ok(f64::NAN);
        }
        y.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(|| {
            self.refuse(line, "y n'est pas un nombre", y)
                .advise("écrire y avec un point décimal, sans espace, ou laisser la case vide")
        })
    }

    fn refuse(&self, line: u64, what: &str, value: &str) -> Refus {
        let shown: String = value.chars().take(60).collect();
        Refus::new(format!("{} : ligne {line}, {what}", self.name), SHAPE)
            .with_extrait(format!("valeur lue : « {shown} »"))
    }

    fn finish(self) -> Result<SeriesFrame, Refus> {
        if self.series.is_empty() {
            return Err(Refus::new(format!("{} : aucune ligne de données", self.name), SHAPE));
        }
        let mut frame = SeriesFrame::default();
        for (id, mut points) in self.series {
            points.sort_by_key(|p| (p.0, p.2));
            if let Some(w) = points.windows(2).find(|w| w[0].0 == w[1].0) {
                let quoi = format!(
                    "{} : deux valeurs de « {id} » à la même date, lignes {} et {}",
                    self.name, w[0].2, w[1].2
                );
                return Err(Refus::new(quoi, "garder une seule ligne par série et par date")
                    .with_extrait(format!("valeurs lues : {} et {}", w[0].1, w[1].1)));
            }
            frame.series.push(Series {
                id,
                stamps: points.iter().map(|p| p.0).collect(),
                values: points.iter().map(|p| p.1).collect(),
            });
        }
        Ok(frame)
    }
}

trait Advise {
    fn advise(self, what: &str) -> Self;
}

impl Advise for Refus {
    fn advise(mut self, what: &str) -> Self {
        what.clone_into(&mut self.a_faire);
        self
    }
}

/// Day number of an ISO date, with or without a time after it.
fn day(text: &str) -> Option<i32> {
    let head = text.get(..10)?;
    if !text[10..].is_empty() && !text[10..].starts_with(['T', ' ']) {
        return None;
    }
    head.parse::<jiff::civil::Date>().ok().map(day_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SeriesFrame, Refus> {
        read(text.as_bytes(), "s.csv")
    }

    #[test]
    fn rows_in_any_order_make_sorted_series() {
        let f = parse("y,ds,autre,unique_id\n3,2,x,b\n1,2020,x,a\n,2019,x,a\nNaN,1,x,b\n").unwrap();
        assert_eq!(f.series[0].id, "b");
        assert!(f.series[0].values[0].is_nan() && f.series[1].values[0].is_nan());
        assert_eq!(f.series[1].stamps, vec![Stamp::Integer(2019), Stamp::Integer(2020)]);
    }

    #[test]
    fn two_values_at_one_time_name_both_lines() {
        let e = parse("unique_id,ds,y\na,1,5\nb,1,5\na,1,6\n").unwrap_err();
        assert!(e.quoi.contains("lignes 2 et 4") && e.quoi.contains("« a »"), "{e}");
    }

    #[test]
    fn refusals_say_where() {
        for (text, what) in [
            ("unique_id,ds\na,1\n", "la colonne y manque"),
            ("unique_id,ds,y\na,1,douze\n", "ligne 2, y n'est pas un nombre"),
            ("unique_id,ds,y\na,hier,1\n", "ligne 2, ds n'est ni"),
            ("unique_id,ds,y\na,2020-01-01,1\na,7,1\n", "ds mêle entiers et dates"),
            ("unique_id,ds,y\n", "aucune ligne"),
        ] {
            let e = parse(text).unwrap_err();
            assert!(e.quoi.contains(what), "{e}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_dates_are_read() {
        let f = parse("\u{feff}unique_id,ds,y\na,2020-02-29,1e3\n").unwrap();
        assert_eq!(f.series[0].stamps, vec![Stamp::Day(18_321)]);
    }
}
