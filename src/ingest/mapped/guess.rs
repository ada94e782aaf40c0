//! Which column of a file is which canonical column, by its title and by a look at its values.
//!
//! Takes the titles and a sample of the records, gives a [`Guess`] with its reasons in French.
//!
//! **Invariant:** the guess depends on titles and values only; each column of the file is used once.

use std::collections::BTreeMap;

use crate::domain::calendar::{DateOrder, parse_day};
use crate::domain::money::{Decimal, parse_amount};
use crate::frames::ledger::{AmountKey, DateKey, TextKey};
use crate::ingest::mapped::build::{read_sens, read_year};
use crate::ingest::mapped::declared::is_credit;
use crate::ingest::mapped::mapping::Column;
use crate::ingest::mapped::presume::{Types, siren_of};
use crate::ingest::mapped::synonyms::{NO_DATE, SYNONYMS, Synonyms, normal};

/// A record of the sample.
pub type Cells = Vec<Vec<u8>>;

/// The columns found, by position in the file, with the reason of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guess {
    /// Position of each canonical column.
    pub columns: BTreeMap<Column, usize>,
    /// Why, in French.
    pub reasons: BTreeMap<Column, String>,
}

/// Columns among which those of a ledger are guessed; the others are told as being of no use.
const WIDEST: usize = 2_000;
/// Bytes over which a cell is no title.
const LONGEST_TITLE: usize = 120;
/// Least score of a title that names a column.
const ENOUGH: i32 = 50;

/// Score of a title so plain that spoilt values do not make it another column.
const SURE: i32 = 80;

/// Finds the canonical columns of a file.
pub fn guess(headers: &[String], sample: &[Cells]) -> Guess {
    let mut candidates = Vec::new();
    for (index, header) in headers.iter().enumerate().take(WIDEST) {
        let title = normal(header);
        for synonyms in SYNONYMS {
            let Some((score, phrase)) = score(&title, synonyms) else { continue };
            let share = fitness(synonyms.column, index, sample);
            let needed = matches!(synonyms.column, Column::Montant | Column::Date(_));
            if share.fits() || (needed && score >= SURE) {
                candidates.push((-(score + share.bonus()), synonyms.column, index, phrase, share));
            }
        }
    }
    candidates.sort_by_key(|c| (c.0, c.1, c.2));
    let mut guess = Guess::default();
    for (_, column, index, phrase, share) in candidates {
        if !guess.columns.contains_key(&column) && !guess.columns.values().any(|i| *i == index) {
            guess.take(
                column,
                index,
                format!("titre reconnu (« {phrase} »){}", share.text(column)),
            );
        }
    }
    guess.complete(headers, sample);
    guess
}

/// True when a title names some canonical column.
pub fn is_known(header: &str) -> bool {
    if header.len() > LONGEST_TITLE {
        return false;
    }
    let title = normal(header);
    SYNONYMS.iter().any(|s| score(&title, s).is_some_and(|(n, _)| n >= ENOUGH + 8))
}

impl Guess {
    fn take(&mut self, column: Column, index: usize, reason: String) {
        self.columns.insert(column, index);
        self.reasons.insert(column, reason);
    }

    fn rename(&mut self, from: Column, to: Column, reason: &str) {
        if let Some(index) = self.columns.remove(&from) {
            let before = self.reasons.remove(&from).unwrap_or_default();
            self.take(to, index, format!("{before} ; {reason}"));
        }
    }

    /// Settles what the titles leave open: a date by its values, the amount paid among HT and TTC.
    fn complete(&mut self, headers: &[String], sample: &[Cells]) {
        let has = |g: &Self, c: Column| g.columns.contains_key(&c);
        if !DateKey::ALL.iter().any(|(k, _)| has(self, Column::Date(*k))) {
            self.date_by_values(headers, sample);
        }
        let two_sides = has(self, Column::Debit) && has(self, Column::Credit);
        let ttc = Column::Amount(AmountKey::Ttc);
        let ht = Column::Amount(AmountKey::Ht);
        if !has(self, Column::Montant) && !two_sides {
            if has(self, ttc) {
                self.rename(ttc, Column::Montant, "seul montant payé (TTC)");
            } else if has(self, ht) && !has(self, Column::Amount(AmountKey::Tva)) {
                self.rename(ht, Column::Montant, "seul montant du fichier (hors taxes)");
            }
        }
        if has(self, Column::Montant) || !two_sides {
            self.columns.remove(&Column::Debit);
            self.columns.remove(&Column::Credit);
        }
        self.total_of_parts(headers, sample);
        self.nature_of_types(headers, sample);
        self.code_and_name(headers, sample);
        let (id, name) = (Column::Text(TextKey::TiersId), Column::Text(TextKey::TiersNom));
        if !has(self, name) && self.columns.get(&id).is_some_and(|i| are_names(*i, sample)) {
            self.rename(id, name, "les valeurs sont des noms");
        }
    }

    /// « Montant », « TVA », « Total »: what is paid is the sum of the other two.
    fn total_of_parts(&mut self, headers: &[String], sample: &[Cells]) {
        let (ht, tva) = (Column::Amount(AmountKey::Ht), Column::Amount(AmountKey::Tva));
        let (Some(base), Some(tax)) =
            (self.columns.get(&Column::Montant).copied(), self.columns.get(&tva).copied())
        else {
            return;
        };
        if self.columns.contains_key(&ht) {
            return;
        }
        let used = |i: usize| self.columns.values().any(|u| *u == i);
        let totals = (0..headers.len().min(WIDEST))
            .filter(|i| !used(*i) && normal(&headers[*i]).split(' ').any(|w| w == "total"));
        let cents = |row: &Cells, i: usize| {
            row.get(i).and_then(|c| parse_amount(c, Decimal::Comma).ok()).map(|a| a.centimes)
        };
        let found = totals.into_iter().find(|total| {
            let sums = sample
                .iter()
                .filter_map(|row| Some((cents(row, base)?, cents(row, tax)?, cents(row, *total)?)));
            let (mut all, mut taxed, mut good) = (0, 0, 0);
            for (base, tax, total) in sums {
                all += 1;
                taxed += usize::from(tax != 0);
                good += usize::from(base.saturating_add(tax) == total);
            }
            taxed > 0 && good * 10 >= all * 9
        });
        if let Some(total) = found {
            self.rename(Column::Montant, ht, "un total la complète de la taxe");
            self.take(Column::Montant, total, "somme du montant et de la taxe".into());
        }
    }

    /// « Nature » of types of pieces beside a column of accounts.
    fn nature_of_types(&mut self, headers: &[String], sample: &[Cells]) {
        let nature = Column::Text(TextKey::Nature);
        let Some(index) = self.columns.get(&nature).copied() else { return };
        let codes = |i: usize| Share::of(i, sample, |v| v.iter().all(u8::is_ascii_digit));
        let (own, types) = (codes(index), types_or_sens(index, sample));
        if own.fits() || types.seen == 0 || !types.fits() {
            return;
        }
        let synonyms = SYNONYMS.iter().find(|s| s.column == nature);
        let account = (0..headers.len().min(WIDEST)).find(|i| {
            let free = !self.columns.values().any(|used| used == i);
            let titled = synonyms.is_some_and(|s| score(&normal(&headers[*i]), s).is_some());
            free && titled && codes(*i).seen > 0 && codes(*i).fits()
        });
        if let Some(account) = account {
            self.columns.remove(&nature);
            if !self.columns.contains_key(&Column::Sens) {
                self.take(Column::Sens, index, "les valeurs sont des types de pièces".into());
            }
            self.take(nature, account, "titre de compte, les valeurs sont des comptes".into());
        }
    }

    /// A bare "Tiers" beside a column of names is the code of the tiers.
    fn code_and_name(&mut self, headers: &[String], sample: &[Cells]) {
        let (id, name) = (Column::Text(TextKey::TiersId), Column::Text(TextKey::TiersNom));
        let Some(bare) = self.columns.get(&name).copied() else { return };
        if self.columns.contains_key(&id) || are_names(bare, sample) {
            return;
        }
        let synonyms = SYNONYMS.iter().find(|s| s.column == name);
        let named = (0..headers.len().min(WIDEST)).find(|i| {
            let free = !self.columns.values().any(|used| used == i);
            let title = normal(&headers[*i]);
            free && are_names(*i, sample) && synonyms.is_some_and(|s| score(&title, s).is_some())
        });
        if let Some(index) = named {
            self.rename(name, id, "les valeurs sont des codes");
            self.take(name, index, "titre de tiers, les valeurs sont des noms".into());
        }
    }

    fn date_by_values(&mut self, headers: &[String], sample: &[Cells]) {
        let found = (0..headers.len().min(WIDEST)).find(|index| {
            let title = normal(&headers[*index]);
            let free = !self.columns.values().any(|i| i == index);
            let share = Share::of(*index, sample, is_date);
            free && !title.split(' ').any(is_no_date)
                && share.seen > 0
                && share.good * 10 >= share.seen * 9
        });
        if let Some(index) = found {
            let share = Share::of(index, sample, is_date).text(Column::Date(DateKey::Mandat));
            self.take(
                Column::Date(DateKey::Mandat),
                index,
                format!("première colonne de dates{share}"),
            );
        }
    }
}

fn is_no_date(word: &str) -> bool {
    NO_DATE.split_ascii_whitespace().any(|w| w == word)
}

/// Score of a title for a column, with the phrase recognised.
fn score(title: &str, synonyms: &Synonyms) -> Option<(i32, &'static str)> {
    if title.is_empty() {
        return None;
    }
    let words: Vec<&str> = title.split(' ').collect();
    let mut best: Option<(i32, &'static str)> = None;
    for (rank, phrase) in synonyms.phrases().enumerate() {
        let found = if phrase == title {
            100 - (rank as i32).min(30)
        } else if words.iter().any(|w| synonyms.forbids(w)) {
            continue;
        } else {
            partial(title, &words, phrase)
        };
        if found >= ENOUGH && best.is_none_or(|(n, _)| found > n) {
            best = Some((found, phrase));
        }
    }
    best
}

/// A phrase whose words are all in the title, or a title with a slip of the pen.
fn partial(title: &str, words: &[&str], phrase: &str) -> i32 {
    let wanted = phrase.split(' ').count();
    if phrase.split(' ').all(|w| words.contains(&w)) {
        return 54 + 6 * wanted as i32 - 4 * (words.len() - wanted) as i32;
    }
    let near = title.len() >= 7 && title.len().abs_diff(phrase.len()) <= 2;
    let near = near && title.as_bytes()[0] == phrase.as_bytes()[0];
    if near && strsim::jaro_winkler(title, phrase) >= 0.95 { 68 } else { 0 }
}

/// How many values of a column are of the kind expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Share {
    good: usize,
    seen: usize,
}

impl Share {
    fn of(index: usize, sample: &[Cells], is_good: fn(&[u8]) -> bool) -> Self {
        let values = sample.iter().filter_map(|r| r.get(index)).filter(|c| !c.is_empty());
        values.fold(Self { good: 0, seen: 0 }, |s, v| Self {
            good: s.good + usize::from(is_good(v)),
            seen: s.seen + 1,
        })
    }

    /// A column with values of the right kind is preferred to an empty one, and that to a wrong one.
    fn bonus(self) -> i32 {
        match (self.seen, self.fits()) {
            (0, _) => -25,
            (_, true) => 0,
            (_, false) => -40,
        }
    }

    fn fits(self) -> bool {
        self.good * 2 >= self.seen
    }

    fn text(self, column: Column) -> String {
        let what = match column {
            Column::Montant | Column::Debit | Column::Credit | Column::Amount(_) => "montants",
            Column::Date(_) => "dates",
            Column::Exercice => "années",
            Column::Sens => "sens",
            Column::Commune | Column::Text(_) => return String::new(),
        };
        format!(", lu comme {what} : {} sur {}", self.good, self.seen)
    }
}

/// Whether the values of a column are of the kind expected.
fn fitness(column: Column, index: usize, sample: &[Cells]) -> Share {
    match column {
        Column::Montant | Column::Debit | Column::Credit | Column::Amount(_) => {
            Share::of(index, sample, is_amount)
        }
        Column::Date(_) => Share::of(index, sample, is_date),
        Column::Exercice => Share::of(index, sample, |v| read_year(v) != 0),
        Column::Sens => types_or_sens(index, sample),
        Column::Commune => Share::of(index, sample, |v| siren_of(v).is_some()),
        Column::Text(_) => Share::of(index, sample, |_| true),
    }
}

/// Sens, or types of pieces of which some are cancellations.
fn types_or_sens(index: usize, sample: &[Cells]) -> Share {
    let known = |v: &[u8]| read_sens(v).is_some() || is_credit(v);
    let share =
        Share::of(index, sample, |v| read_sens(v).is_some() || is_credit(v) || Types::is_plain(v));
    let mut values = sample.iter().filter_map(|r| r.get(index));
    let told = values.any(|v| known(v) || Types::of(v).cancels);
    if told { share } else { Share { good: 0, ..share } }
}

fn is_amount(value: &[u8]) -> bool {
    parse_amount(value, Decimal::Comma).is_ok()
}

fn is_date(value: &[u8]) -> bool {
    [DateOrder::Dmy, DateOrder::Mdy].iter().any(|order| parse_day(value, *order).is_ok())
}

fn are_names(index: usize, sample: &[Cells]) -> bool {
    let share = Share::of(index, sample, |v| {
        v.iter().filter(|b| b.is_ascii_alphabetic()).count() * 2 > v.len()
    });
    share.seen > 0 && share.good * 2 > share.seen
}

/// Sign before the centimes, by the values that leave no doubt.
pub fn decimal_of<'a>(values: impl Iterator<Item = &'a [u8]>) -> Option<Decimal> {
    let (mut comma, mut point) = (0_usize, 0_usize);
    for value in values {
        let as_comma = parse_amount(value, Decimal::Comma);
        let as_point = parse_amount(value, Decimal::Point);
        // `1.234` depends on the convention; `12.5` and `1.234,5` do not.
        if as_comma != as_point || as_comma.is_err() {
            continue;
        }
        match value.iter().rposition(|b| matches!(b, b',' | b'.')) {
            Some(i) if value.iter().position(|b| *b == value[i]) != Some(i) => {
                // Several of the same sign: it groups thousands, the other one is the decimal.
                if value[i] == b',' { point += 1 } else { comma += 1 }
            }
            Some(i) if value[i] == b',' => comma += 1,
            Some(_) => point += 1,
            None => {}
        }
    }
    match comma.cmp(&point) {
        std::cmp::Ordering::Greater => Some(Decimal::Comma),
        std::cmp::Ordering::Less => Some(Decimal::Point),
        std::cmp::Ordering::Equal => None,
    }
}

/// Order of day and month that reads most values; day first when nothing tells.
pub fn order_of<'a>(values: impl Iterator<Item = &'a [u8]>) -> DateOrder {
    let orders = [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd, DateOrder::Serial];
    let mut read = [0_usize; 4];
    for value in values {
        for (count, order) in read.iter_mut().zip(orders) {
            *count += usize::from(parse_day(value, order).is_ok());
        }
    }
    let best = read.iter().copied().max().unwrap_or(0);
    orders.into_iter().zip(read).find(|(_, n)| *n == best).map_or(DateOrder::Dmy, |(o, _)| o)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(titles: &[&str], rows: &[&[&str]]) -> Vec<(&'static str, usize)> {
        let headers: Vec<String> = titles.iter().map(|t| (*t).to_owned()).collect();
        let sample: Vec<Cells> =
            rows.iter().map(|r| r.iter().map(|c| c.as_bytes().to_vec()).collect()).collect();
        guess(&headers, &sample).columns.into_iter().map(|(c, i)| (c.name(), i)).collect()
    }

    #[test]
    fn a_french_export() {
        let titles = [
            "Exercice",
            "N° Bordereau",
            "N° mandat",
            "Date de mandatement",
            "Code tiers",
            "Nom du tiers",
            "N° de facture",
            "Objet",
            "Article",
            "Montant HT",
            "Montant TVA",
            "Montant TTC",
        ];
        let row: [&str; 12] = [
            "2025",
            "12",
            "345",
            "14/03/2025",
            "F12",
            "PAPETERIE",
            "A-1",
            "papier",
            "6064",
            "10,00",
            "2,00",
            "12,00",
        ];
        let found = names(&titles, &[&row]);
        for (name, index) in [
            ("exercice", 0),
            ("bordereau", 1),
            ("mandat", 2),
            ("date_mandat", 3),
            ("tiers_id", 4),
            ("tiers_nom", 5),
            ("facture", 6),
            ("objet", 7),
            ("nature", 8),
            ("montant_ht", 9),
            ("montant_tva", 10),
            ("montant", 11),
        ] {
            assert!(found.contains(&(name, index)), "{name}: {found:?}");
        }
    }

    #[test]
    fn values_have_their_say() {
        let found = names(&["Montant", "Date", "Total"], &[&["oui", "x", "12,5"]]);
        assert_eq!(found, [("montant", 2), ("date_mandat", 1)]);
        assert!(names(&["Sens", "Exercice"], &[&["x", "y"]]).is_empty());
        let found = names(
            &["Supplier ID(T)", "Amount", "Updated"],
            &[&["O2 (UK) LTD", "10", "2017-12-05"]],
        );
        assert_eq!(found, [("montant", 1), ("date_mandat", 2), ("tiers_nom", 0)]);
    }

    #[test]
    fn conventions_by_values() {
        let of = |v: &[&str]| decimal_of(v.iter().map(|t| t.as_bytes()));
        assert_eq!(of(&["1.234", "12,50"]), Some(Decimal::Comma));
        assert_eq!(of(&["1,234", "12.50"]), Some(Decimal::Point));
        assert_eq!(of(&["1.234", "12"]), None);
        let order = |v: &[&str]| order_of(v.iter().map(|t| t.as_bytes()));
        assert_eq!(order(&["01/02/2025", "9/21/2025"]), DateOrder::Mdy);
        assert_eq!(order(&["01/02/2025", "21/9/2025"]), DateOrder::Dmy);
        assert_eq!(order(&["45000"]), DateOrder::Serial);
    }
}
