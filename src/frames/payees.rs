//! Do two rows speak of the same payee, the same budget, the same days? Said in three words: yes, no,
//! nothing says it.
//!
//! Sources name things their own way: a SIREN or none, `0000832` or `832`, `00` or `Principal`, a name
//! with its words in another order. Comparable forms are made once per distinct text.
//!
//! **Invariant:** an absent value agrees with anything and never proves anything.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::domain::calendar::{NO_DAY, year_of};
use crate::domain::free_text::folded_words;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextColumn, TextKey};

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accord {
    /// Both are there and agree.
    Oui,
    /// Both are there and differ.
    Non,
    /// One of them is absent.
    Muet,
}

/// Comparable forms of the texts of a ledger, by code.
#[derive(Debug, Default)]
pub struct Formes {
    sirens: Vec<u32>,
    names: Vec<u64>,
    budgets: Vec<u64>,
    mandats: Vec<u64>,
    lignes: Vec<u64>,
    factures: Vec<u64>,
    etapes: Vec<bool>,
    objets: Vec<u64>,
    /// Per source, which columns it fills: two exports of one software fill the same.
    layouts: Vec<u64>,
}

/// Hash of a text, never 0.
fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish().max(1)
}

/// A number without signs nor the zeros before it, folded: `F-0012/A` is `F12A`... of each run of digits.
fn number(text: &str) -> u64 {
    let mut kept = String::with_capacity(text.len());
    let mut leading = true;
    for c in text.chars().filter(|c| c.is_alphanumeric()) {
        if c == '0' && leading {
            continue;
        }
        leading = !c.is_ascii_digit();
        kept.extend(c.to_uppercase());
    }
    if kept.is_empty() { 0 } else { hash(&kept) }
}

fn budget(text: &str) -> u64 {
    let words = folded_words(text);
    let plain = words.iter().map(|w| w.trim_start_matches('0'));
    let plain: Vec<&str> =
        plain.filter(|w| !matches!(*w, "" | "BUDGET" | "LE" | "DE" | "LA")).collect();
    match plain.as_slice() {
        [] | ["P" | "PRINCIPAL" | "COMMUNE" | "VILLE"] => hash("PRINCIPAL"),
        words => hash(&words.join(" ")),
    }
}

fn siren(text: &str) -> u32 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = digits.get(..9).and_then(|d| d.parse().ok());
    number.filter(|_| matches!(digits.len(), 9 | 14)).unwrap_or(0)
}

fn name(text: &str) -> u64 {
    let mut words = folded_words(text);
    words.sort_unstable();
    if words.is_empty() { 0 } else { hash(&words.join(" ")) }
}

/// An object, folded.
fn objet(text: &str) -> u64 {
    let words = folded_words(text);
    if words.is_empty() { 0 } else { hash(&words.join(" ")) }
}

/// Per source, the columns that it fills, but that of the budget.
fn layouts(ledger: &Ledger) -> Vec<u64> {
    let mut filled = vec![0_u64; ledger.sources.len()];
    let mut bit = 1_u64;
    for (key, _) in TextKey::ALL.iter().filter(|(k, _)| *k != TextKey::Budget) {
        for (row, code) in ledger.text(*key).iter().flat_map(|c| c.codes.iter().enumerate()) {
            if *code != NO_TEXT {
                filled[ledger.source[row] as usize] |= bit;
            }
        }
        bit <<= 1;
    }
    filled
}

/// Exercice, receipt, number and amount of a mandat.
type Told = (u16, bool, u64, i64);

/// Least mandats that two names of a budget have in common to be one.
const LEAST_COMMON: u64 = 5;

/// Names of one budget in two sources (`Eau`, `01`): the same mandats for the same amounts, four in five of the source
/// that has fewer, while no source bears both names.
fn aliases(ledger: &Ledger, formes: &Formes) -> FxHashMap<u64, u64> {
    let mut out = FxHashMap::default();
    let mut names: Vec<u64> = formes.budgets.clone();
    names.sort_unstable();
    names.dedup();
    if ledger.sources.len() < 2 || names.len() < 2 {
        return out;
    }
    let mut rows: Vec<(Told, u64, u32)> = Vec::new();
    let mut bearers: FxHashMap<u64, BTreeSet<u32>> = FxHashMap::default();
    for row in 0..ledger.len() {
        let budget = Formes::text(ledger, &formes.budgets, TextKey::Budget, row);
        let mandat = formes.mandat(ledger, row);
        if budget == 0 {
            continue;
        }
        bearers.entry(budget).or_default().insert(ledger.source[row]);
        if mandat != 0 {
            let received = ledger.sens[row] == Sens::R;
            let key = (exercice(ledger, row), received, mandat, ledger.montant[row]);
            rows.push((key, budget, ledger.source[row]));
        }
    }
    rows.sort_unstable();
    rows.dedup();
    let mut sizes: FxHashMap<u64, u64> = FxHashMap::default();
    let mut common: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        let mut told: Vec<u64> = same.iter().map(|r| r.1).collect();
        told.dedup();
        for (i, a) in told.iter().enumerate() {
            *sizes.entry(*a).or_default() += 1;
            for b in told.iter().skip(i + 1).take(MOST_NAMES) {
                *common.entry((*a, *b)).or_default() += 1;
            }
        }
    }
    for ((a, b), n) in common {
        let least = sizes.get(&a).min(sizes.get(&b)).copied().unwrap_or(0);
        let apart = bearers.get(&a).zip(bearers.get(&b)).is_some_and(|(a, b)| a.is_disjoint(b));
        if apart && n >= LEAST_COMMON && n * 5 >= least * 4 {
            let to = out.get(&a).copied().unwrap_or(a);
            out.insert(b, to);
        }
    }
    out
}

/// Names of budgets compared with one that has the same mandat.
const MOST_NAMES: usize = 32;

fn forms<T>(ledger: &Ledger, key: TextKey, of: fn(&str) -> T) -> Vec<T> {
    ledger.text(key).map_or_else(Vec::new, |c| c.dictionary.iter().map(of).collect())
}

fn at<T: Copy + Default>(forms: &[T], column: Option<&TextColumn>, row: usize) -> T {
    let code = column.map_or(NO_TEXT, |c| c.codes[row]);
    forms.get(code as usize).copied().unwrap_or_default()
}

fn compare<T: PartialEq + Default + Copy>(a: T, b: T) -> Accord {
    if a == T::default() || b == T::default() {
        Accord::Muet
    } else if a == b {
        Accord::Oui
    } else {
        Accord::Non
    }
}

impl Formes {
    /// The forms of all the texts compared.
    pub fn new(ledger: &Ledger) -> Self {
        let mut formes = Self {
            sirens: forms(ledger, TextKey::Siret, siren),
            names: forms(ledger, TextKey::TiersNom, name),
            budgets: forms(ledger, TextKey::Budget, budget),
            mandats: forms(ledger, TextKey::Mandat, number),
            lignes: forms(ledger, TextKey::Ligne, number),
            factures: forms(ledger, TextKey::Facture, number),
            etapes: forms(ledger, TextKey::Etape, |t| t.eq_ignore_ascii_case("facture")),
            objets: forms(ledger, TextKey::Objet, objet),
            layouts: layouts(ledger),
        };
        let named = aliases(ledger, &formes);
        for budget in &mut formes.budgets {
            *budget = named.get(budget).copied().unwrap_or(*budget);
        }
        formes
    }

    fn text<T: Copy + Default>(ledger: &Ledger, forms: &[T], key: TextKey, row: usize) -> T {
        at(forms, ledger.text(key), row)
    }

    /// Number of the mandat or titre, 0 when absent.
    pub fn mandat(&self, ledger: &Ledger, row: usize) -> u64 {
        Self::text(ledger, &self.mandats, TextKey::Mandat, row)
    }

    /// Number of the invoice, 0 when absent.
    pub fn facture(&self, ledger: &Ledger, row: usize) -> u64 {
        Self::text(ledger, &self.factures, TextKey::Facture, row)
    }

    /// SIREN of the payee, 0 when absent.
    pub fn siren(&self, ledger: &Ledger, row: usize) -> u32 {
        Self::text(ledger, &self.sirens, TextKey::Siret, row)
    }

    /// Name of the payee, 0 when absent.
    pub fn name(&self, ledger: &Ledger, row: usize) -> u64 {
        Self::text(ledger, &self.names, TextKey::TiersNom, row)
    }

    /// True for an invoice that no mandat carries.
    pub fn is_invoice(&self, ledger: &Ledger, row: usize) -> bool {
        Self::text(ledger, &self.etapes, TextKey::Etape, row)
    }

    /// Do two rows name the same payee?
    pub fn payee(&self, ledger: &Ledger, a: usize, b: usize) -> Accord {
        let siren = compare(self.siren(ledger, a), self.siren(ledger, b));
        if siren != Accord::Muet {
            return siren;
        }
        let id = |row| ledger.text(TextKey::TiersId).map_or(NO_TEXT, |c| c.codes[row]);
        if id(a) != NO_TEXT && id(a) == id(b) {
            return Accord::Oui;
        }
        match compare(self.name(ledger, a), self.name(ledger, b)) {
            Accord::Non => contained(ledger, a, b),
            said => said,
        }
    }

    /// Are two rows of the same budget?
    pub fn budget(&self, ledger: &Ledger, a: usize, b: usize) -> Accord {
        let of = |row| Self::text(ledger, &self.budgets, TextKey::Budget, row);
        compare(of(a), of(b))
    }

    /// Two exports of one software that describe a purchase in other words, without an invoice that agrees,
    /// speak of two purchases: two budgets number their mandats from 1.
    pub fn told_apart(&self, ledger: &Ledger, a: usize, b: usize) -> bool {
        let [one, other] = [a, b].map(|row| self.layouts.get(ledger.source[row] as usize));
        if one != other {
            return false;
        }
        let of = |row| Self::text(ledger, &self.objets, TextKey::Objet, row);
        compare(of(a), of(b)) == Accord::Non
            && compare(self.facture(ledger, a), self.facture(ledger, b)) != Accord::Oui
    }

    /// Have two rows the same number of line?
    pub fn ligne(&self, ledger: &Ledger, a: usize, b: usize) -> Accord {
        let of = |row| Self::text(ledger, &self.lignes, TextKey::Ligne, row);
        compare(of(a), of(b))
    }
}

/// Do the words of one name hold those of the other (`EDF` and `EDF COLLECTIVITES`)?
fn contained(ledger: &Ledger, a: usize, b: usize) -> Accord {
    let words = |row| folded_words(ledger.text_at(TextKey::TiersNom, row));
    let (a, b) = (words(a), words(b));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let telling = short.iter().any(|w| w.chars().count() > 2);
    if telling && short.iter().all(|w| long.contains(w)) { Accord::Oui } else { Accord::Non }
}

/// Is the account of one row that of the other, or its beginning?
pub fn nature(ledger: &Ledger, a: usize, b: usize) -> Accord {
    let of = |row| ledger.text_at(TextKey::Nature, row);
    match (of(a), of(b)) {
        ("", _) | (_, "") => Accord::Muet,
        (a, b) if a.starts_with(b) || b.starts_with(a) => Accord::Oui,
        _ => Accord::Non,
    }
}

/// Days between two rows, when both have one.
pub fn days(ledger: &Ledger, a: usize, b: usize) -> Option<u32> {
    let (a, b) = (ledger.day(a), ledger.day(b));
    (a != NO_DAY && b != NO_DAY).then(|| a.abs_diff(b))
}

/// Budget year of a row, that of its day when it is not written.
pub fn exercice(ledger: &Ledger, row: usize) -> u16 {
    match ledger.exercice[row] {
        0 => year_of(ledger.day(row)),
        year => year,
    }
}

/// Gives to `row` what it lacks and `from` has; `lines` also fills what belongs to a line.
pub fn fill(ledger: &mut Ledger, row: usize, from: usize, lines: bool) {
    const OF_LINE: [TextKey; 5] =
        [TextKey::Ligne, TextKey::Nature, TextKey::Chapitre, TextKey::Fonction, TextKey::Operation];
    for (key, _) in TextKey::ALL {
        if key == TextKey::Etape || (!lines && OF_LINE.contains(&key)) {
            continue;
        }
        if let Some(column) = ledger.texts[key as usize].as_mut()
            && column.codes[row] == NO_TEXT
        {
            column.codes[row] = column.codes[from];
        }
    }
    for days in ledger.dates.iter_mut().flatten().filter(|days| days[row] == NO_DAY) {
        days[row] = days[from];
    }
    if lines {
        let absent = crate::frames::ledger::NO_AMOUNT;
        for amounts in ledger.amounts.iter_mut().flatten().filter(|a| a[row] == absent) {
            amounts[row] = amounts[from];
        }
    }
    if ledger.exercice[row] == 0 {
        ledger.exercice[row] = ledger.exercice[from];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_budgets_in_their_many_spellings() {
        assert_eq!(number("0000832"), number("832"));
        assert_eq!(number("F-0012/A"), number("F12A"));
        assert_ne!(number("1002"), number("12"));
        assert_eq!(number("000"), 0);
        for text in ["00", "0", "P", "Principal", "BUDGET PRINCIPAL", "Ville"] {
            assert_eq!(budget(text), budget("00"), "{text}");
        }
        assert_eq!(budget("Budget de l'eau"), budget("BUDGET L EAU"));
        assert_ne!(budget("01"), budget("00"));
        assert_eq!(
            (siren("552 081 317 66522"), siren("552081317"), siren("12")),
            (552_081_317, 552_081_317, 0)
        );
        assert_eq!(name("DUPOND Jean"), name("Jean Dupond"));
    }
}
