//! The columns of a table that no canonical column takes: kept as they are, under the name of their title.
//!
//! Takes the titles and the places already used, gives each value to the [`Extras`] of a frame.
//!
//! **Invariant:** no value of a row kept is lost: beyond the columns that have a name, values stand together,
//! the title of the first one before each run of neighbours, so that they weigh what they weigh in the file.

use crate::frames::extra::{BETWEEN, Extras, MOST, Names, REST};
use crate::frames::intern::clean_text;
use crate::ingest::mapped::build::CellRow;
use crate::ingest::mapped::synonyms::normal;

/// Where the values of a column go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Known at the first value.
    Unknown,
    Named(u32),
    Together,
}

/// A column without use.
#[derive(Debug, Clone)]
struct Libre {
    index: usize,
    nom: String,
    titre: String,
    place: Place,
}

/// The columns without use of one table.
#[derive(Debug, Clone, Default)]
pub struct Libres {
    columns: Vec<Libre>,
    /// Columns with a title.
    titled: usize,
    together: Together,
}

/// Values that stand together, and the place of the last one.
#[derive(Debug, Clone, Default)]
struct Together {
    bytes: Vec<u8>,
    last: usize,
}

impl Together {
    fn add(&mut self, index: usize, titre: &str, text: &[u8]) {
        let neighbour = !self.bytes.is_empty() && self.last + 1 == index;
        if !self.bytes.is_empty() {
            self.bytes.extend_from_slice(BETWEEN.as_bytes());
        }
        if !neighbour {
            self.bytes.extend_from_slice(titre.as_bytes());
            self.bytes.extend_from_slice(" : ".as_bytes());
        }
        self.bytes.extend_from_slice(clean_text(text).as_bytes());
        self.last = index;
    }
}

impl Libres {
    /// Those whose place is not in `used`.
    pub fn new(titres: &[String], used: &[usize]) -> Self {
        let mut taken = vec![false; titres.len()];
        used.iter().filter(|i| **i < titres.len()).for_each(|i| taken[*i] = true);
        let mut names = Names::default();
        let columns = titres
            .iter()
            .enumerate()
            .filter(|(index, _)| !taken[*index])
            .map(|(index, titre)| Libre {
                index,
                nom: names.name(&normal(titre), index),
                titre: shown_title(titre, index),
                place: Place::Unknown,
            })
            .collect();
        Self { columns, titled: titres.len(), together: Together::default() }
    }

    /// Leaves columns out, read in another way.
    pub fn leave(&mut self, read: &[usize]) {
        self.columns.retain(|c| !read.contains(&c.index));
    }

    /// Keeps the values of a row of the frame.
    pub fn keep(&mut self, cells: &impl CellRow, extras: &mut Extras, row: usize) {
        let width = cells.width();
        let named = (self.titled + MOST).min(width);
        let known = self.columns.last().map_or(self.titled, |c| self.titled.max(c.index + 1));
        for index in known..named {
            let nom = format!("source_colonne_{}", index + 1);
            let titre = shown_title("", index);
            self.columns.push(Libre { index, nom, titre, place: Place::Unknown });
        }
        self.together.bytes.clear();
        for column in self.columns.iter_mut().take_while(|c| c.index < width) {
            let text = cells.cell(column.index);
            if text.is_empty() {
                continue;
            }
            if column.place == Place::Unknown {
                let place = extras.place(&column.nom, &column.titre);
                column.place = place.map_or(Place::Together, Place::Named);
            }
            match column.place {
                Place::Named(place) => extras.set(place, row, text),
                _ => self.together.add(column.index, &column.titre, text),
            }
        }
        for index in named..width {
            let text = cells.cell(index);
            if !text.is_empty() {
                self.together.add(index, &shown_title("", index), text);
            }
        }
        if !self.together.bytes.is_empty()
            && let Some(place) = extras.place(REST, "")
        {
            extras.set(place, row, &self.together.bytes);
        }
    }
}

fn shown_title(titre: &str, index: usize) -> String {
    if titre.is_empty() { format!("colonne {}", index + 1) } else { titre.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::mapped::grid::Grid;

    #[test]
    fn every_value_is_kept_under_its_title() {
        let titres = ["Date", "Visa du DGS", "", "Visa du DGS"].map(str::to_owned);
        let mut libres = Libres::new(&titres, &[0]);
        let mut extras = Extras::default();
        let grid = Grid::from_records(&[
            ["1", "a", "", "b"].map(|c| c.as_bytes().to_vec()).to_vec(),
            ["2", "", "c", "", "d"].map(|c| c.as_bytes().to_vec()).to_vec(),
        ]);
        grid.iter().enumerate().for_each(|(row, cells)| libres.keep(&cells, &mut extras, row));
        let columns = extras.finish();
        let seen: Vec<(&str, &str, &str)> =
            columns.iter().map(|c| (c.nom(), c.get(0), c.get(1))).collect();
        assert_eq!(
            seen,
            [
                ("source_visa_dgs", "a", ""),
                ("source_visa_dgs_2", "b", ""),
                ("source_colonne_3", "", "c"),
                ("source_colonne_5", "", "d"),
            ]
        );
    }

    #[test]
    fn the_columns_without_room_stand_together() {
        let titres: Vec<String> = (0..2 * MOST + 3).map(|i| format!("Titre {i}")).collect();
        let cells: Vec<Vec<u8>> = (0..3 * MOST + 9).map(|i| format!("v{i}").into_bytes()).collect();
        let (mut libres, mut extras) = (Libres::new(&titres, &[]), Extras::default());
        libres.keep(&Grid::from_records(&[cells]).row(0), &mut extras, 0);
        let columns = extras.finish();
        assert_eq!(columns.len(), MOST + 1);
        let rest = columns.iter().find(|c| c.nom() == REST).expect("the others");
        assert!(rest.get(0).starts_with("Titre 200 : v200 | v201 | v202"), "{}", rest.get(0));
        assert!(rest.get(0).ends_with(&format!(" | v{}", 3 * MOST + 8)), "{}", rest.get(0));
    }
}
