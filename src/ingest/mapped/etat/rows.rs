//! The rows of a budget table: each one is a line with its amounts, a heading that says what the rows below
//! are, or a row set aside with its reason.
//!
//! **Invariant:** a row with an amount is never forgotten: it is a line or it is set aside.

use std::collections::BTreeMap;

use crate::domain::account::{Section, Sens};
use crate::domain::money::{AmountError, Decimal, parse_amount};
use crate::frames::extra::{Extra, Extras};
use crate::frames::intern::clean_text;
use crate::frames::issue::{Issue, Severity};
use crate::ingest::mapped::build::{read_sens, read_year};
use crate::ingest::mapped::etat::columns::{Annee, Columns, Mesure, hint_of};
use crate::ingest::mapped::etat::context::{Context, words};
use crate::ingest::mapped::grid::{Grid, GridRow};
use crate::ingest::mapped::guess::decimal_of;
use crate::ingest::mapped::libres::Libres;
use crate::ingest::mapped::mapping::Mapping;
use crate::ingest::mapped::synonyms::normal;

/// A side of the table: the amounts of one exercice, sens and section.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) exercice: Option<Annee>,
    pub(super) sens: Option<Sens>,
    pub(super) section: Option<Section>,
}

/// Why a row is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Aside {
    pub(super) column: String,
    pub(super) value: String,
    pub(super) reason: String,
    pub(super) advice: &'static str,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Line,
    /// The sum of the lines beside it.
    Subtotal,
    /// A total said by its words, over the chapitre if it names one.
    Total,
    Aside(Aside),
}

/// A row read.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) record: u32,
    /// Number in the sheet, 0 when unknown.
    pub(super) number: u32,
    pub(super) kind: Kind,
    pub(super) code: String,
    pub(super) chapitre: String,
    pub(super) texts: BTreeMap<&'static str, String>,
    pub(super) sens: Option<Sens>,
    pub(super) section: Option<Section>,
    /// Sens and section said by headings, sheet or file.
    pub(super) around: (Option<Sens>, Option<Section>),
    /// Sens of the column of its amount (`Titres émis` beside `Mandats émis`), the weakest word.
    pub(super) hint: Option<Sens>,
    pub(super) exercice: u16,
    /// By group, amounts by measure.
    pub(super) amounts: Vec<[Option<i64>; 5]>,
}

/// The rows of a sheet.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) groups: Vec<Group>,
    pub(super) list: Vec<Row>,
    pub(super) issues: Vec<Issue>,
    pub(super) headings: u64,
    /// Columns without use, by rank in `list`.
    pub(super) extras: Vec<Extra>,
    /// True when chapitres stand for accounts.
    pub(super) by_chapitre: bool,
    /// Columns of the account and of the amount: rank and title.
    pub(super) places: [(usize, String); 2],
}

struct Reader<'a> {
    columns: &'a Columns,
    mapping: Option<&'a Mapping>,
    name: &'a str,
    decimal: Decimal,
    groups: Vec<Group>,
    /// Group of each column of amounts.
    places: Vec<usize>,
    context: Context,
    chapitre: String,
    /// Account of the last line, of which the lines « dont » are parts.
    whole: String,
    exercice: u16,
    /// Sens that the titles in force give each column of amounts; all `None` unless both sides are named.
    hints: Vec<Option<Sens>>,
    /// Some title names the mandats and another the titres.
    sided: bool,
    /// Sens of the row under way, by the column its amount is in.
    hint: Option<Sens>,
    /// Amounts of the titres of a row that has mandats too.
    received: Option<Vec<[Option<i64>; 5]>>,
}

/// Reads the rows under the titles.
pub(super) fn read(
    grid: &Grid,
    columns: &Columns,
    context: &Context,
    mapping: Option<&Mapping>,
    name: &str,
) -> Rows {
    let (groups, places) = groups_of(columns);
    let decimal = mapping.and_then(|m| m.decimale).or_else(|| decimal(grid, columns));
    let mut reader = Reader {
        columns,
        mapping,
        name,
        decimal: decimal.unwrap_or(Decimal::Comma),
        groups,
        places,
        context: context.clone(),
        chapitre: String::new(),
        whole: String::new(),
        hints: columns.amounts.iter().map(|m| m.hint).collect(),
        sided: false,
        hint: None,
        received: None,
        exercice: context.exercice.as_ref().map_or(0, |e| e.0),
    };
    reader.look_for_sides(grid);
    let mut out = Rows::default();
    let mut libres = Libres::new(&columns.titles, &columns.carried());
    let mut extras = Extras::default();
    let mut record = 0;
    for i in columns.before_data..grid.len() {
        let row = grid.row(i);
        if row.is_blank() {
            continue;
        }
        if let Some(mut read) = reader.row(&row, record + 1, &mut out.issues) {
            record += 1;
            read.number = row.number();
            if read.kind == Kind::Line {
                libres.keep(&row, &mut extras, out.list.len());
            }
            let titres = reader.received.take().filter(|_| read.kind == Kind::Line);
            if let Some(titres) = titres {
                let (mandats, titres) = both_sides(read, titres);
                out.list.push(mandats);
                libres.keep(&row, &mut extras, out.list.len());
                read = titres;
            }
            out.list.push(read);
        } else {
            out.headings += 1;
        }
    }
    out.extras = extras.finish();
    out.groups = reader.groups;
    out.places = columns_of_doubts(columns);
    chapitres_only(&mut out);
    out
}

/// The decimal mark of the first amounts.
fn decimal(grid: &Grid, columns: &Columns) -> Option<Decimal> {
    let cells: Vec<Vec<u8>> = (columns.before_data..grid.len().min(columns.before_data + 2_000))
        .flat_map(|r| columns.amounts.iter().map(move |m| grid.row(r).get(m.index).to_vec()))
        .filter(|c| !c.is_empty())
        .collect();
    decimal_of(cells.iter().map(Vec::as_slice))
}

/// The distinct groups of the columns of amounts, and the group of each column.
fn groups_of(columns: &Columns) -> (Vec<Group>, Vec<usize>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut places = Vec::new();
    for m in &columns.amounts {
        let group = Group { exercice: m.exercice, sens: m.sens, section: m.section };
        let at = groups.iter().position(|g| *g == group).unwrap_or(groups.len());
        if at == groups.len() {
            groups.push(group);
        }
        places.push(at);
    }
    (groups, places)
}

/// A row with mandats and titres is a dépense and a recette; its credits stay with the dépense.
fn both_sides(row: Row, titres: Vec<[Option<i64>; 5]>) -> (Row, Row) {
    let mut received = Row { sens: Some(Sens::R), ..row.clone() };
    let mut spent = Row { sens: Some(Sens::D), ..row };
    for (all, part) in spent.amounts.iter_mut().flatten().zip(titres.iter().flatten()) {
        if let (Some(sum), Some(part)) = (all.as_mut(), part) {
            *sum -= part;
        }
    }
    received.amounts = titres;
    (spent, received)
}

/// Columns of the account and of the amount voted: rank and title.
fn columns_of_doubts(columns: &Columns) -> [(usize, String); 2] {
    let titled = |i: usize| (i, columns.titles.get(i).cloned().unwrap_or_default());
    let planned = |m: Mesure| matches!(m, Mesure::Vote | Mesure::CreditsOuverts);
    let amount = columns.amounts.iter().find(|a| planned(a.mesure));
    let amount = amount.or(columns.amounts.first()).map(|a| titled(a.index));
    let account = columns.keys.get("nature").map(|i| titled(*i));
    [account.unwrap_or_default(), amount.unwrap_or_default()]
}

/// A table without accounts is one of chapitres: they stand for accounts, unless a few rows only lack one.
fn chapitres_only(out: &mut Rows) {
    let lines = || out.list.iter().filter(|r| r.kind == Kind::Line);
    let all = lines().count();
    let bare = lines().filter(|r| r.code.is_empty() && !r.chapitre.is_empty()).count();
    out.by_chapitre = bare > 0 && bare * 10 >= all * 9;
    for row in &mut out.list {
        if row.kind != Kind::Line || !row.code.is_empty() {
            continue;
        }
        if out.by_chapitre && !row.chapitre.is_empty() {
            row.code.clone_from(&row.chapitre);
        } else if row.chapitre.is_empty() {
            row.kind = Kind::Aside(Aside {
                column: String::new(),
                value: label(row),
                reason: "ligne sans compte : un total, sans doute".into(),
                advice: "rien, si c’est bien un total ; sinon compléter le compte dans la source",
            });
        } else {
            row.kind = Kind::Total;
        }
    }
}

fn label(row: &Row) -> String {
    row.texts.get("libelle").cloned().unwrap_or_default().chars().take(200).collect()
}

/// Digits of a code, after a letter and before a label: `C011`, `60611 - Eau`, `'6064`.
pub(super) fn code_of(text: &str) -> (&str, &str) {
    let text = text.trim().trim_start_matches('\'');
    let digits = text.strip_prefix(|c: char| c.is_ascii_alphabetic()).unwrap_or(text);
    let n = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (code, rest) = digits.split_at(n);
    let open = rest.chars().next().is_some_and(char::is_alphanumeric);
    // a number with decimals is no account
    let number =
        rest.strip_prefix(['.', ',']).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
    if n == 0 || n > 8 || open || number {
        return ("", text);
    }
    (code, rest.trim_matches(|c: char| !c.is_alphanumeric() && c != '(' && c != ')'))
}

/// F or I from a letter or a word.
pub(super) fn read_section(text: &str) -> Option<Section> {
    match normal(text).chars().next()? {
        'f' | 'e' => Some(Section::F),
        'i' => Some(Section::I),
        _ => None,
    }
}

/// True for a row that a cell of words calls a total.
fn is_total(texts: &BTreeMap<&'static str, String>, cells: &GridRow<'_>) -> bool {
    let said = ["nature", "chapitre", "libelle", "section", "sens"];
    let code = texts.get("nature").map_or("", |t| code_of(t).0);
    said.iter().filter_map(|k| texts.get(k)).any(|t| says_total(t))
        || (code.is_empty() && first_text(cells).is_some_and(|t| says_total(&t)))
}

/// True for words that say a total.
fn says_total(text: &str) -> bool {
    let words = words(text);
    let first = words.first().map_or("", String::as_str);
    let second = words.get(1).map_or("", String::as_str);
    // the "solde d'exécution reporté" is what account 001 is called, not a total
    let carried = first == "solde" && words.iter().any(|w| w.ends_with("execution"));
    (matches!(first, "total" | "totaux" | "soustotal" | "cumul" | "solde" | "stotal") && !carried)
        || (matches!(first, "sous" | "s" | "grand") && matches!(second, "total" | "totaux"))
        || (first == "ensemble" && words.len() <= 4)
}

impl Reader<'_> {
    /// One row; `None` for a heading.
    fn row(&mut self, cells: &GridRow<'_>, record: u32, issues: &mut Vec<Issue>) -> Option<Row> {
        let (texts, code, chapitre_code) = self.texts(cells);
        if let Some(aside) = self.unvalued(cells) {
            return Some(self.aside(record, texts, aside));
        }
        let get = |k: &str| texts.get(k).cloned().unwrap_or_default();
        let amounts = self.amounts(cells);
        let written = match &amounts {
            Ok(a) => a.iter().flatten().any(Option::is_some),
            Err(_) => true,
        };
        let title = self.is_repeated_title(cells);
        if title || (!written && code.is_empty()) {
            if title {
                self.reread_titles(cells);
                return Some(self.aside(record, texts, repeated()));
            }
            self.heading(cells, &chapitre_code);
            return None;
        }
        let year = read_year(get("exercice").as_bytes());
        if year != 0 {
            self.exercice = year;
        }
        let total = is_total(&texts, cells);
        if amounts.is_ok() && !total && self.is_detail(&get("libelle"), &code) {
            return Some(self.aside(record, texts, detail()));
        }
        let (kind, amounts) = match amounts {
            Err(aside) => (Kind::Aside(aside), vec![[None; 5]; self.groups.len()]),
            Ok(amounts) if total => (Kind::Total, amounts),
            Ok(amounts) => (Kind::Line, amounts),
        };
        let sens_text = get("sens");
        let sens = read_sens(sens_text.as_bytes());
        let section = read_section(&get("section"));
        if !chapitre_code.is_empty() {
            self.chapitre.clone_from(&chapitre_code);
        }
        let mut row = self.blank(record, texts);
        row.chapitre = match (chapitre_code.is_empty(), code.is_empty()) {
            (false, _) => chapitre_code,
            (true, false) if kind == Kind::Line && self.columns.keys.contains_key("chapitre") => {
                self.chapitre.clone()
            }
            _ => String::new(),
        };
        (row.kind, row.code, row.amounts, row.sens, row.section) =
            (kind, code, amounts, sens, section);
        if row.kind == Kind::Line
            && sens.is_none()
            && !sens_text.is_empty()
            && year_or_blank(&sens_text)
        {
            issues.push(self.unknown_sens(record, sens_text));
        }
        Some(row)
    }

    /// A cell needed whose formula has no value.
    fn unvalued(&self, cells: &GridRow<'_>) -> Option<Aside> {
        use crate::ingest::mapped::build::{CellRow, NO_VALUE};
        let keys = self.columns.keys.iter().filter(|(k, _)| **k != "libelle").map(|(_, i)| *i);
        let amounts = self.columns.amounts.iter().map(|m| m.index);
        let movements = self.columns.movements.iter().map(|m| m.index);
        let mut needed = amounts.chain(movements).chain(keys);
        let (at, value) = needed.find_map(|i| CellRow::formula(cells, i).map(|f| (i, f)))?;
        Some(Aside {
            column: self.columns.titles.get(at).cloned().unwrap_or_default(),
            value,
            reason: NO_VALUE.0.into(),
            advice: NO_VALUE.1,
        })
    }

    /// Key cells of a row, its account and its chapitre; a label written after a code is its label.
    fn texts(&self, cells: &GridRow<'_>) -> (BTreeMap<&'static str, String>, String, String) {
        let mut texts: BTreeMap<&'static str, String> = BTreeMap::new();
        for (key, index) in &self.columns.keys {
            texts.insert(key, self.recoded(key, clean_text(cells.get(*index))));
        }
        let get = |t: &BTreeMap<&str, String>, k: &str| t.get(k).cloned().unwrap_or_default();
        let nature = get(&texts, "nature");
        let (code, rest) = code_of(&nature);
        let code = code.to_owned();
        if get(&texts, "libelle").is_empty() && !rest.is_empty() && !code.is_empty() {
            texts.insert("libelle", rest.to_owned());
        }
        let chapitre = get(&texts, "chapitre");
        let (chapitre_code, chapitre_label) = code_of(&chapitre);
        let chapitre_code = chapitre_code.to_owned();
        if code.is_empty() && get(&texts, "libelle").is_empty() {
            texts.insert("libelle", chapitre_label.to_owned());
        }
        (texts, code, chapitre_code)
    }

    fn unknown_sens(&self, record: u32, valeur: String) -> Issue {
        Issue {
            severity: Severity::Attention,
            fichier: self.name.to_owned(),
            enregistrement: u64::from(record),
            colonne: self
                .columns
                .keys
                .get("sens")
                .and_then(|i| self.columns.titles.get(*i))
                .cloned()
                .unwrap_or_default(),
            valeur,
            raison: "sens inconnu (ni dépense ni recette) : pris du compte ou des titres".into(),
            a_faire: "ajouter cette valeur à [valeurs.sens] dans correspondance.toml".into(),
        }
    }

    fn blank(&self, record: u32, texts: BTreeMap<&'static str, String>) -> Row {
        Row {
            record,
            number: 0,
            kind: Kind::Line,
            code: String::new(),
            chapitre: String::new(),
            texts,
            sens: None,
            section: None,
            around: (self.context.sens, self.context.section),
            hint: self.hint,
            exercice: self.exercice,
            amounts: vec![[None; 5]; self.groups.len()],
        }
    }

    fn aside(&self, record: u32, texts: BTreeMap<&'static str, String>, aside: Aside) -> Row {
        Row { kind: Kind::Aside(aside), ..self.blank(record, texts) }
    }

    /// True for « dont école » under the same account: it repeats a part of the line.
    fn is_detail(&mut self, libelle: &str, code: &str) -> bool {
        let dont = words(libelle).first().is_some_and(|w| w == "dont");
        if dont && !code.is_empty() && code == self.whole {
            return true;
        }
        code.clone_into(&mut self.whole);
        false
    }

    fn recoded(&self, key: &str, text: String) -> String {
        let values = self.mapping.and_then(|m| m.valeurs.get(key));
        values.and_then(|v| v.get(&text)).cloned().unwrap_or(text)
    }

    /// By group, the amounts of a row.
    fn amounts(&mut self, cells: &GridRow<'_>) -> Result<Vec<[Option<i64>; 5]>, Aside> {
        (self.hint, self.received) = (None, None);
        let mut sides = [false; 2];
        let mut received = vec![[None::<i64>; 5]; self.groups.len()];
        let mut out = vec![[None::<i64>; 5]; self.groups.len()];
        let hints = self.hints.iter().map(|h| h.filter(|_| self.sided));
        for ((m, place), hint) in self.columns.amounts.iter().zip(&self.places).zip(hints) {
            // one amount merged over several rows is one amount
            let text = if cells.is_filled(m.index) { &[] } else { cells.get(m.index) };
            let rank = Mesure::ALL.iter().position(|(k, _)| *k == m.mesure).unwrap_or(0);
            match parse_amount(text, self.decimal) {
                Ok(amount) => {
                    if let Some(side) = hint.filter(|_| amount.centimes != 0) {
                        sides[usize::from(side == Sens::R)] = true;
                    }
                    let cell = &mut out[*place][rank];
                    *cell = Some(cell.unwrap_or(0).saturating_add(amount.centimes));
                    if hint == Some(Sens::R) {
                        let cell = &mut received[*place][rank];
                        *cell = Some(cell.unwrap_or(0).saturating_add(amount.centimes));
                    }
                }
                Err(AmountError::Empty) => {}
                // a dash, a dot: the accountant's zero
                Err(_) if text.iter().all(|b| matches!(b, b'-' | b'.' | b' ' | 0x80..)) => {}
                Err(error) => return Err(wrong_amount(&self.columns.titles, m.index, text, error)),
            }
        }
        self.add_movements(cells, &mut out)?;
        if self.context.milliers {
            for cell in out.iter_mut().chain(&mut received).flatten().flatten() {
                *cell = cell.saturating_mul(1_000);
            }
        }
        self.hint = match sides {
            [true, false] => Some(Sens::D),
            [false, true] => Some(Sens::R),
            _ => self.only_side(),
        };
        self.received = (sides == [true, true]).then_some(received);
        Ok(out)
    }

    /// Credits opened: what was voted and the movements beside it.
    fn add_movements(
        &self,
        cells: &GridRow<'_>,
        out: &mut [[Option<i64>; 5]],
    ) -> Result<(), Aside> {
        for movement in &self.columns.movements {
            let text =
                if cells.is_filled(movement.index) { &[] } else { cells.get(movement.index) };
            let amounts = &mut out[self.places[movement.vote]];
            let before = amounts[1].or(amounts[0]);
            let added = match parse_amount(text, self.decimal) {
                Ok(amount) => Some(amount.centimes),
                Err(AmountError::Empty) => None,
                Err(_) if text.iter().all(|b| matches!(b, b'-' | b'.' | b' ' | 0x80..)) => None,
                Err(error) => {
                    return Err(wrong_amount(&self.columns.titles, movement.index, text, error));
                }
            };
            amounts[1] = match (before, added) {
                (None, None) => None,
                (before, added) => Some(before.unwrap_or(0).saturating_add(added.unwrap_or(0))),
            };
        }
        Ok(())
    }

    /// The side of the titles in force, when they name one only.
    fn only_side(&self) -> Option<Sens> {
        let has = |side| self.sided && self.hints.contains(&Some(side));
        match (has(Sens::D), has(Sens::R)) {
            (true, false) => Some(Sens::D),
            (false, true) => Some(Sens::R),
            _ => None,
        }
    }

    /// A title that names the mandats says dépense only where another one names the titres, beside it or in
    /// titles repeated below.
    fn look_for_sides(&mut self, grid: &Grid) {
        let mut seen: Vec<Sens> = self.hints.iter().flatten().copied().collect();
        if seen.is_empty() {
            return;
        }
        for row in (self.columns.before_data..grid.len()).map(|i| grid.row(i)) {
            if !row.is_blank() && self.is_repeated_title(&row) {
                let titles = self.columns.amounts.iter().map(|m| clean_text(row.get(m.index)));
                seen.extend(titles.filter_map(|t| hint_of(&t)));
            }
        }
        self.sided = seen.contains(&Sens::D) && seen.contains(&Sens::R);
    }

    /// Titles repeated with another side (`Mandaté`, then `Titré`) hold for the rows below.
    fn reread_titles(&mut self, cells: &GridRow<'_>) {
        for (hint, m) in self.hints.iter_mut().zip(&self.columns.amounts) {
            *hint = hint_of(&clean_text(cells.get(m.index)));
        }
    }

    /// A row that repeats the titles, at the top of a printed page.
    fn is_repeated_title(&self, cells: &GridRow<'_>) -> bool {
        let titles = &self.columns.titles;
        let same = titles
            .iter()
            .enumerate()
            .filter(|(i, t)| !t.is_empty() && cells.get(*i) == t.as_bytes())
            .count();
        same >= 2 && same * 2 > titles.iter().filter(|t| !t.is_empty()).count()
    }

    /// A heading says what the rows below are.
    fn heading(&mut self, cells: &GridRow<'_>, chapitre: &str) {
        let text = first_text(cells).unwrap_or_default();
        self.context.read_heading(&text);
        let numbered = words(&text);
        let code = match numbered.as_slice() {
            [first, code, ..] if first.starts_with("chap") => code.clone(),
            _ => chapitre.to_owned(),
        };
        if !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit()) {
            self.chapitre = code;
        }
    }
}

fn year_or_blank(text: &str) -> bool {
    read_year(text.as_bytes()) == 0
}

fn first_text(cells: &GridRow<'_>) -> Option<String> {
    use crate::ingest::mapped::build::CellRow;
    (0..cells.width()).map(|i| clean_text(cells.get(i))).find(|t| !t.is_empty())
}

fn detail() -> Aside {
    Aside {
        column: String::new(),
        value: String::new(),
        reason: "détail « dont » de la ligne du même compte, déjà comptée".into(),
        advice: "rien, si la ligne du compte porte le tout",
    }
}

fn repeated() -> Aside {
    Aside {
        column: String::new(),
        value: String::new(),
        reason: "ligne de titres répétée".into(),
        advice: "rien, si c’est un saut de page",
    }
}

fn wrong_amount(titles: &[String], index: usize, text: &[u8], error: AmountError) -> Aside {
    let value: String = clean_text(text).chars().take(200).collect();
    let broken = value.starts_with('#');
    Aside {
        column: titles.get(index).cloned().unwrap_or_default(),
        value,
        reason: if broken {
            "cellule en erreur dans le classeur".into()
        } else {
            error.raison().into()
        },
        advice: if broken {
            "corriger la formule dans le classeur et relire"
        } else {
            "corriger la cellule dans la source et relire"
        },
    }
}
