//! `Tableau`: a canonical table beside the ledger and the budget (annexes, references, grants), seen row by
//! row through its columns.
//!
//! The writers (Parquet, CSV) take any of them, so that both hold the same rows in the same order.
//!
//! **Invariant:** a table borrows its frame and builds no copy of it.

use std::borrow::Cow;
use std::fmt;

/// What a column gives for a row.
pub enum Cellules<'a> {
    /// A text, absent when empty.
    Texte(Box<dyn Fn(usize) -> Cow<'a, str> + 'a>),
    /// Centimes (or hundredths: the title says it).
    Montant(Box<dyn Fn(usize) -> Option<i64> + 'a>),
    /// A count.
    Entier(Box<dyn Fn(usize) -> Option<i64> + 'a>),
    /// A decimal number.
    Nombre(Box<dyn Fn(usize) -> f64 + 'a>),
    /// A day number, `NO_DAY` when absent.
    Jour(Box<dyn Fn(usize) -> i32 + 'a>),
}

/// A column: its canonical name and its cells.
pub struct Colonne<'a> {
    /// Name, French, without accents.
    pub nom: &'static str,
    /// Cells.
    pub cellules: Cellules<'a>,
}

/// A table. See the module documentation.
pub struct Tableau<'a> {
    /// Name of its files, without extension.
    pub nom: &'static str,
    /// Rows.
    pub lignes: usize,
    /// Columns, in the order written.
    pub colonnes: Vec<Colonne<'a>>,
}

impl fmt::Debug for Tableau<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noms: Vec<&str> = self.colonnes.iter().map(|c| c.nom).collect();
        f.debug_struct("Tableau")
            .field("nom", &self.nom)
            .field("lignes", &self.lignes)
            .field("colonnes", &noms)
            .finish()
    }
}

impl fmt::Debug for Colonne<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Colonne").field("nom", &self.nom).finish_non_exhaustive()
    }
}

impl fmt::Debug for Cellules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Texte(_) => "Texte",
            Self::Montant(_) => "Montant",
            Self::Entier(_) => "Entier",
            Self::Nombre(_) => "Nombre",
            Self::Jour(_) => "Jour",
        })
    }
}

/// Columns over the rows of a slice, added one by one.
#[derive(Debug)]
pub struct Batisseur<'a, T> {
    rows: &'a [T],
    table: Tableau<'a>,
}

impl<'a, T> Batisseur<'a, T> {
    /// A table over `rows`, without columns.
    pub fn new(nom: &'static str, rows: &'a [T]) -> Self {
        Self { rows, table: Tableau { nom, lignes: rows.len(), colonnes: Vec::new() } }
    }

    fn push(mut self, nom: &'static str, cellules: Cellules<'a>) -> Self {
        self.table.colonnes.push(Colonne { nom, cellules });
        self
    }

    /// A text borrowed from the row.
    #[must_use]
    pub fn texte(self, nom: &'static str, of: impl Fn(&'a T) -> &'a str + 'a) -> Self {
        let rows = self.rows;
        self.push(nom, Cellules::Texte(Box::new(move |i| Cow::Borrowed(of(&rows[i])))))
    }

    /// Centimes.
    #[must_use]
    pub fn montant(self, nom: &'static str, of: impl Fn(&'a T) -> Option<i64> + 'a) -> Self {
        let rows = self.rows;
        self.push(nom, Cellules::Montant(Box::new(move |i| of(&rows[i]))))
    }

    /// A count.
    #[must_use]
    pub fn entier(self, nom: &'static str, of: impl Fn(&'a T) -> Option<i64> + 'a) -> Self {
        let rows = self.rows;
        self.push(nom, Cellules::Entier(Box::new(move |i| of(&rows[i]))))
    }

    /// A text made for the row.
    #[must_use]
    pub fn compose(self, nom: &'static str, of: impl Fn(&'a T) -> String + 'a) -> Self {
        let rows = self.rows;
        self.push(nom, Cellules::Texte(Box::new(move |i| Cow::Owned(of(&rows[i])))))
    }

    /// A decimal number.
    #[must_use]
    pub fn nombre(self, nom: &'static str, of: impl Fn(&'a T) -> f64 + 'a) -> Self {
        let rows = self.rows;
        self.push(nom, Cellules::Nombre(Box::new(move |i| of(&rows[i]))))
    }

    /// A day.
    #[must_use]
    pub fn jour(self, nom: &'static str, of: impl Fn(&'a T) -> i32 + 'a) -> Self {
        let rows = self.rows;
        self.push(nom, Cellules::Jour(Box::new(move |i| of(&rows[i]))))
    }

    /// The table.
    pub fn finish(self) -> Tableau<'a> {
        self.table
    }
}
