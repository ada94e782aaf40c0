//! Tables that sort, filter, count and copy when the script runs, and are complete without it.
//!
//! Every figure carries `data-v`: integer centimes, a plain number or an ISO date, so that French
//! spelling never breaks a sort. Long tables are cut by stake, and say so.
//!
//! **Invariant:** one caption, one header row, `scope` on every header, no merged cell, at most 2 000 rows.

use super::Html;
use crate::domain::money::Centimes;
use crate::report::fr::{self, Unite};
use crate::report::model::{UniteValeur, Valeur};

/// Rows of a table at most.
pub const MAXIMUM: usize = 2_000;

/// A table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// What it shows, with its unit.
    pub titre: String,
    /// Columns.
    pub colonnes: Vec<Colonne>,
    /// Rows: one cell a column; the first cell is the header of its row.
    pub lignes: Vec<Vec<Cellule>>,
    /// True when the script may add sort and filter.
    pub tri: bool,
    /// For each row, how much it matters, when the table may have to be cut; empty otherwise.
    pub enjeux: Vec<i64>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colonne {
    /// Header, with its unit.
    pub titre: String,
    /// True for figures: right-aligned.
    pub nombre: bool,
    /// True when the script sums it over the visible rows (amounts in centimes).
    pub somme: bool,
}

/// A cell: what is shown and what is sorted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cellule {
    texte: String,
    valeur: String,
    prose: bool,
    marques: Vec<(usize, usize)>,
}

/// Places of the `MAXIMUM` largest stakes, ascending.
pub fn largest(stakes: &[i64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..stakes.len()).collect();
    if order.len() > MAXIMUM {
        order.sort_by_key(|i| (-stakes[*i].saturating_abs(), *i));
        order.truncate(MAXIMUM);
        order.sort_unstable();
    }
    order
}

impl Colonne {
    /// A column of words.
    pub fn mot(titre: &str) -> Self {
        Self { titre: titre.to_owned(), nombre: false, somme: false }
    }

    /// A column of figures.
    pub fn nombre(titre: impl Into<String>) -> Self {
        Self { titre: titre.into(), nombre: true, somme: false }
    }

    /// A column of amounts that the script sums.
    pub fn somme(titre: impl Into<String>) -> Self {
        Self { titre: titre.into(), nombre: true, somme: true }
    }
}

impl Cellule {
    /// A text of the data, shown as given.
    pub fn mot(texte: impl Into<String>) -> Self {
        Self { texte: texte.into(), ..Self::default() }
    }

    /// A sentence of ours: French spacing.
    pub fn prose(texte: impl Into<String>) -> Self {
        Self { texte: texte.into(), prose: true, ..Self::default() }
    }

    /// A text of the data with the characters of each `from..to` marked, in order.
    pub fn marquee(texte: &str, marques: Vec<(usize, usize)>) -> Self {
        Self { texte: texte.to_owned(), marques, ..Self::default() }
    }

    /// An amount in the unit of the table.
    pub fn montant(montant: Centimes, unite: Unite) -> Self {
        Self::valeur(unite.nombre(montant), montant.0)
    }

    /// An amount in the unit of the table, or `–`.
    pub fn montant_ou(montant: Option<Centimes>, unite: Unite) -> Self {
        montant.map_or_else(Self::absente, |m| Self::montant(m, unite))
    }

    /// A signed amount in the unit of the table.
    pub fn variation(montant: Centimes, unite: Unite) -> Self {
        Self::valeur(unite.signe(montant), montant.0)
    }

    /// A full amount, to the centime.
    pub fn euros(montant: Centimes) -> Self {
        Self::valeur(fr::euros_nus(montant), montant.0)
    }

    /// A count.
    pub fn compte(n: u64) -> Self {
        Self { texte: fr::nombre(n), valeur: n.to_string(), ..Self::default() }
    }

    /// A count held in an amount.
    pub fn entier(n: Centimes) -> Self {
        Self::valeur(fr::entier(n.0), n.0)
    }

    /// A year: never grouped.
    pub fn annee(n: u16) -> Self {
        Self::valeur(n.to_string(), n)
    }

    /// A decimal number.
    pub fn decimal(x: f64, digits: usize) -> Self {
        Self::valeur(fr::decimal(x, digits), x)
    }

    /// A number that is said with words, sorted by its value.
    pub fn repere(texte: &str, x: f64) -> Self {
        Self::valeur(texte.to_owned(), x)
    }

    /// A decimal number, or `–`.
    pub fn decimal_ou(x: Option<f64>, digits: usize) -> Self {
        x.map_or_else(Self::absente, |x| Self::decimal(x, digits))
    }

    /// An ISO date, or unknown.
    pub fn date(iso: Option<&str>) -> Self {
        iso.map_or_else(
            || Self::mot(fr::INCONNU),
            |iso| Self { texte: fr::date_table(iso), valeur: iso.to_owned(), ..Self::default() },
        )
    }

    /// Not applicable.
    pub fn absente() -> Self {
        Self::mot(fr::SANS_OBJET)
    }

    /// A value in its own unit, with the unit.
    pub fn mesure(valeur: Option<Valeur>, unite: UniteValeur, argent: Unite) -> Self {
        match valeur {
            None => Self::absente(),
            Some(Valeur::Montant(m)) => Self::valeur(argent.avec(m), m.0),
            Some(Valeur::Nombre(x)) => {
                let text = fr::decimal(x, 1);
                let word = match unite {
                    UniteValeur::Pourcent => "%",
                    UniteValeur::Annees => fr::accord(x, "an", "ans"),
                    UniteValeur::Centimes => "c",
                };
                Self::valeur(format!("{text}{}{word}", fr::NBSP), x)
            }
        }
    }

    fn valeur(texte: String, valeur: impl serde::Serialize) -> Self {
        let raw = serde_json::to_string(&valeur).unwrap_or_default();
        Self { texte, valeur: raw, ..Self::default() }
    }
}

impl Table {
    /// A table without sort.
    pub fn simple(titre: impl Into<String>, colonnes: Vec<Colonne>) -> Self {
        Self { titre: titre.into(), colonnes, ..Self::default() }
    }

    /// A table that the script sorts and filters.
    pub fn triable(titre: impl Into<String>, colonnes: Vec<Colonne>) -> Self {
        Self { tri: true, ..Self::simple(titre, colonnes) }
    }

    /// Adds a row.
    pub fn ligne(&mut self, cellules: Vec<Cellule>) {
        self.lignes.push(cellules);
    }

    /// Indices of the rows shown, in their order: all of them, or the largest stakes.
    fn shown(&self) -> Vec<usize> {
        if self.lignes.len() <= MAXIMUM {
            return (0..self.lignes.len()).collect();
        }
        let stake = |i: usize| self.enjeux.get(i).copied().unwrap_or(0);
        largest(&(0..self.lignes.len()).map(stake).collect::<Vec<_>>())
    }

    pub(super) fn render(&self, html: &mut Html, id: &str, room: usize, sheet: &str) {
        let rows: Vec<(usize, String)> =
            self.shown().into_iter().map(|i| (i, self.row(i))).collect();
        let kept = self.fit(rows, room);
        if kept.len() < self.lignes.len() {
            let place = if sheet.is_empty() { "dans les fichiers CSV" } else { sheet };
            let (n, all) = (fr::nombre(kept.len() as u64), fr::nombre(self.lignes.len() as u64));
            let place = if sheet.is_empty() { place.to_owned() } else { format!("dans {place}") };
            let text =
                format!("{n} lignes sur {all}, celles aux plus forts enjeux ; les autres {place}.");
            html.el("p", &[("class", "coupe")], &text);
        }
        let long = kept.len() > 200;
        let label = format!("{id}c");
        let told = self.lignes.iter().flatten().any(|c| c.prose);
        let wide = self.colonnes.len() > if told { 6 } else { 8 };
        let class = if wide { "defile large" } else { "defile" };
        let region = [("class", class), ("role", "group"), ("tabindex", "0")];
        html.open("div", &[&region[..], &[("aria-labelledby", label.as_str())]].concat());
        let mut attrs: Vec<(&'static str, &str)> = Vec::new();
        if self.tri {
            attrs.push(("data-tri", ""));
        }
        // many columns stand closer
        let classes = match (long, self.colonnes.len() > 11) {
            (true, true) => "long serre",
            (true, false) => "long",
            (false, true) => "serre",
            (false, false) => "",
        };
        if !classes.is_empty() {
            attrs.push(("class", classes));
        }
        html.open("table", &attrs);
        html.el("caption", &[("id", &label)], &self.titre);
        self.head(html);
        html.open("tbody", &[]);
        for (_, row) in &kept {
            html.out.push_str(row);
        }
        html.close();
        html.close();
        html.close();
        if long && !sheet.is_empty() {
            let text = format!("Les 50 premières lignes sont imprimées, suite dans {sheet}.");
            html.el("p", &[("class", "suite")], &text);
        }
    }

    /// Drops the smallest stakes until the rows fit in `room` bytes.
    fn fit(&self, mut rows: Vec<(usize, String)>, room: usize) -> Vec<(usize, String)> {
        let mut size: usize = rows.iter().map(|r| r.1.len()).sum();
        if size <= room {
            return rows;
        }
        rows.sort_by_key(|(i, _)| (-self.enjeux.get(*i).copied().unwrap_or(0).abs(), *i));
        while size > room {
            size -= rows.pop().map_or(size, |r| r.1.len());
        }
        rows.sort_by_key(|r| r.0);
        rows
    }

    fn head(&self, html: &mut Html) {
        html.open("thead", &[]);
        html.open("tr", &[]);
        for column in &self.colonnes {
            let mut attrs = vec![("scope", "col")];
            if column.nombre {
                attrs.push(("class", "n"));
            }
            if column.somme {
                attrs.push(("data-somme", ""));
            }
            html.el("th", &attrs, &column.titre);
        }
        html.close();
        html.close();
    }

    fn row(&self, index: usize) -> String {
        let mut out = String::from("<tr>");
        for (i, cell) in self.lignes[index].iter().enumerate() {
            out.push_str(if i == 0 { "<th scope=\"row\"" } else { "<td" });
            if self.colonnes.get(i).is_some_and(|c| c.nombre) {
                out.push_str(" class=\"n\"");
            } else if cell.prose && (i > 0 || cell.texte.chars().count() > 30) {
                out.push_str(" class=\"l\"");
            }
            if !cell.valeur.is_empty() {
                out.push_str(" data-v=\"");
                out.push_str(&super::escape(&cell.valeur));
                out.push('"');
            }
            out.push('>');
            cell.content(&mut out);
            out.push_str(if i == 0 { "</th>" } else { "</td>" });
        }
        out.push_str("</tr>\n");
        out
    }
}

impl Cellule {
    fn content(&self, out: &mut String) {
        if self.marques.is_empty() {
            let text = if self.prose { fr::typo(&self.texte) } else { self.texte.clone() };
            out.push_str(&super::escape(&text));
            return;
        }
        let chars: Vec<char> = self.texte.chars().collect();
        let part = |a: usize, b: usize| -> String {
            chars[a.min(chars.len())..b.min(chars.len())].iter().collect()
        };
        let mut done = 0;
        for (from, to) in &self.marques {
            out.push_str(&super::escape(&part(done, *from)));
            out.push_str("<mark>");
            out.push_str(&super::escape(&part(*from, *to)));
            out.push_str("</mark>");
            done = *to;
        }
        out.push_str(&super::escape(&part(done, chars.len())));
    }
}

/// Characters compared one by one at most, on each side: a longer text is compared by its two ends.
const ALIGNED: usize = 400;

/// Which characters of two texts have no equal in the other, along the alignment of fewest changes
/// (Levenshtein 1966): a character replaced is marked on both sides, one added on its side alone.
pub(super) fn difference(model: &str, text: &str) -> [Vec<bool>; 2] {
    let (a, b): (Vec<char>, Vec<char>) = (model.chars().collect(), text.chars().collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end =
        a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (x, y) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    let mut marks = [vec![false; a.len()], vec![false; b.len()]];
    if x.len() > ALIGNED || y.len() > ALIGNED {
        marks[0][start..start + x.len()].fill(true);
        marks[1][start..start + y.len()].fill(true);
        return marks;
    }
    let width = y.len() + 1;
    let mut cost: Vec<usize> = (0..width * (x.len() + 1)).map(|k| k / width + k % width).collect();
    for (i, p) in x.iter().enumerate() {
        for (j, q) in y.iter().enumerate() {
            let place = (i + 1) * width + j + 1;
            let across = cost[place - width - 1] + usize::from(p != q);
            cost[place] = across.min(cost[place - 1] + 1).min(cost[place - width] + 1);
        }
    }
    let (mut i, mut j) = (x.len(), y.len());
    while i > 0 || j > 0 {
        let here = cost[i * width + j];
        let differ = i == 0 || j == 0 || x[i - 1] != y[j - 1];
        if i > 0 && j > 0 && here == cost[(i - 1) * width + j - 1] + usize::from(differ) {
            (i, j) = (i - 1, j - 1);
            (marks[0][start + i], marks[1][start + j]) = (differ, differ);
        } else if j > 0 && here == cost[i * width + j - 1] + 1 {
            j -= 1;
            marks[1][start + j] = true;
        } else {
            i -= 1;
            marks[0][start + i] = true;
        }
    }
    marks
}

/// The runs of marked characters, `from..to`.
pub(super) fn runs(marked: &[bool]) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (i, _) in marked.iter().enumerate().filter(|(_, m)| **m) {
        match out.last_mut() {
            Some((_, to)) if *to == i => *to = i + 1,
            _ => out.push((i, i + 1)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differing_characters_are_aligned() {
        let both = |model: &str, text: &str| difference(model, text).map(|m| runs(&m));
        assert_eq!(both("F-1042", "F-1024"), [vec![(4, 6)], vec![(4, 6)]]);
        assert_eq!(both("F-1042", "F-1042"), [vec![], vec![]]);
        assert_eq!(both("F-1042", "F-10420"), [vec![], vec![(6, 7)]]);
        assert_eq!(both("abab", "ab"), [vec![(2, 4)], vec![]]);
        // the separators alone differ, not the year between them
        assert_eq!(both("FC/2025/04619", "FC202504619"), [vec![(2, 3), (7, 8)], vec![]]);
        assert_eq!(both("", "F1"), [vec![], vec![(0, 2)]]);
        let long = "x".repeat(2_000);
        assert_eq!(both(&format!("a{long}b"), &format!("a{long}c{long}b"))[1].len(), 1);
    }

    #[test]
    fn every_run_is_marked_in_its_place() {
        let mut out = String::new();
        Cellule::marquee("A/B/C", vec![(1, 2), (3, 4)]).content(&mut out);
        assert_eq!(out, "A<mark>/</mark>B<mark>/</mark>C");
    }

    #[test]
    fn cut_tables_keep_the_largest_stakes_in_their_order() {
        let mut table = Table::triable("Essai", vec![Colonne::somme("€")]);
        for i in 0..2_500_i64 {
            table.ligne(vec![Cellule::euros(Centimes(i))]);
            table.enjeux.push(i);
        }
        let shown = table.shown();
        assert_eq!((shown.len(), shown[0], shown[1_999]), (2_000, 500, 2_499));
        let rows: Vec<_> = (0..10).map(|i| (i, "x".repeat(10))).collect();
        let kept: Vec<usize> = table.fit(rows, 45).into_iter().map(|r| r.0).collect();
        assert_eq!(kept, [6, 7, 8, 9]);
    }
}
