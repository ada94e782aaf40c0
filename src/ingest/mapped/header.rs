//! The layout of a file: where its titles are, which column is which, in which conventions.
//!
//! Takes the head of a file in UTF-8 and a mapping if any; gives a [`Layout`], or says what is missing.
//!
//! **Invariant:** a column is never invented: without an amount or a date the file is refused, with the
//! titles seen.

use std::collections::BTreeMap;

use encoding_rs::Encoding;
use rustc_hash::FxHashMap;

use crate::domain::calendar::{DateOrder, civil, day_of, month_by_name, parse_day};
use crate::domain::money::Decimal;
use crate::domain::refus::Refus;
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::{AmountKey, DateKey, TextKey};
use crate::ingest::mapped::build::{read_sens, read_year};
use crate::ingest::mapped::etat::Signs;
use crate::ingest::mapped::grid::MOST_COLUMNS;
use crate::ingest::mapped::guess::{Cells, Guess, decimal_of, guess, is_known, order_of};
use crate::ingest::mapped::mapping::{Column, Genre, Mapping};
use crate::ingest::mapped::plan::{AmountSource, Constants, Counts, Plan};
use crate::ingest::mapped::presume;
use crate::ingest::mapped::records::{Dialect, records_of};
use crate::ingest::mapped::synonyms::normal;
use crate::ingest::sniff;

/// Records among which the titles are looked for.
const PREAMBLE: usize = 60;
/// Records looked at to settle the conventions.
pub const SAMPLE: usize = 600;

/// How a file is laid out.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Separator and line ends.
    pub dialect: Dialect,
    /// Bytes to drop at the start (lines skipped by the mapping).
    pub offset: usize,
    /// Records before the data: preamble, titles, blank ones included.
    pub before_data: usize,
    /// Cells to columns.
    pub plan: Plan,
    /// The mapping followed.
    pub mapping: Mapping,
    /// Reasons of the guess.
    pub reasons: BTreeMap<Column, String>,
    /// Remarks to show once for the file.
    notes: Vec<(String, String)>,
    /// True when the records looked at leave the order of day and month open.
    order_open: bool,
}

impl Layout {
    /// The mapping as text, with its reasons.
    pub fn to_toml(&self) -> String {
        self.mapping.to_toml(&self.named_reasons())
    }

    /// Reasons of the guess by canonical name.
    pub fn named_reasons(&self) -> BTreeMap<String, String> {
        self.reasons.iter().map(|(c, r)| (c.name().to_owned(), r.clone())).collect()
    }

    /// Sets the order of the dates, found by reading the whole file once.
    pub fn impose(&mut self, order: DateOrder) {
        self.plan.order = order;
        self.plan.order_guessed = false;
        self.mapping.date = Some(order);
    }

    /// Remarks on the file as a whole.
    pub fn remarks(&self, name: &str, counts: &Counts) -> Vec<Issue> {
        let mut remarks = Vec::new();
        let mut say = |severity, raison: String, a_faire: &str| {
            remarks.push(Issue {
                severity,
                fichier: name.to_owned(),
                enregistrement: 0,
                colonne: String::new(),
                valeur: String::new(),
                raison,
                a_faire: a_faire.to_owned(),
            });
        };
        for (raison, a_faire) in &self.notes {
            say(Severity::Attention, raison.clone(), a_faire);
        }
        if counts.undated > 0 {
            let raison = format!(
                "{} sur {} sans date : année prise dans l’exercice",
                several(counts.undated, "ligne"),
                counts.read
            );
            say(
                Severity::Attention,
                raison,
                "compléter les dates dans la source : les contrôles de délai ne voient pas ces lignes",
            );
        }
        if counts.rounded > 0 {
            let raison = format!(
                "plus de deux décimales : {} sur {} au centime le plus proche",
                several(counts.rounded, "montant"),
                counts.read
            );
            say(
                Severity::Information,
                raison,
                "rien, si la source calcule avec plus de deux décimales",
            );
        }
        for (raison, a_faire) in presume::remarks(&self.plan, counts) {
            say(Severity::Information, raison, a_faire);
        }
        let unused = self.unused();
        if !unused.is_empty() {
            let raison = format!("{} : {}", kept_as_is(unused.len() as u64), shown(&unused, 30));
            say(
                Severity::Information,
                raison,
                "les ajouter à correspondance.toml si elles sont utiles aux contrôles",
            );
        }
        remarks
    }

    fn unused(&self) -> Vec<String> {
        let mut used = self.plan.positions();
        used.extend(self.plan.commune);
        let free = self.plan.headers.iter().enumerate().filter(|(i, _)| !used.contains(i));
        free.map(|(_, h)| h.clone()).filter(|h| !h.is_empty()).collect()
    }
}

/// What becomes of the columns that no canonical column takes.
pub(in crate::ingest) fn kept_as_is(columns: u64) -> String {
    let s = if columns > 1 { "s" } else { "" };
    format!(
        "{columns} colonne{s} sans emploi, gardée{s} telle{s} quelle{s} dans les tables (source_…)"
    )
}

/// `1 ligne`, `3 lignes`.
pub(in crate::ingest) fn several(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n > 1 { "s" } else { "" })
}

/// A list of titles, cut to `most`.
pub(in crate::ingest) fn shown(titles: &[String], most: usize) -> String {
    let mut list: Vec<String> = titles.iter().take(most).map(|t| format!("« {t} »")).collect();
    if titles.len() > most {
        list.push(format!("et {} autres", titles.len() - most));
    }
    list.join(", ")
}

/// Finds the layout of a text.
pub fn resolve(
    text: &[u8],
    name: &str,
    mapping: Option<&Mapping>,
    encoding: &'static Encoding,
) -> Result<Layout, Refus> {
    let offset = mapping.and_then(|m| m.saut).map_or(0, |lines| skip_lines(text, lines));
    let dialect = sniff::dialect(&text[offset..], mapping.and_then(|m| m.separateur));
    let mut records = records_of(&text[offset..], dialect, SAMPLE);
    if records.len() > PREAMBLE && records.len() < SAMPLE {
        // The last one may be cut by the end of the head.
        records.pop();
    }
    let mut layout = resolve_records(records, Some((dialect, encoding)), name, mapping)?;
    layout.offset = offset;
    Ok(layout)
}

/// Finds the layout of the first records of a table; `written` is how a delimited file writes them.
///
/// # Errors
/// No amount or no date among the columns.
pub fn resolve_records(
    records: Vec<Cells>,
    written: Option<(Dialect, &'static Encoding)>,
    name: &str,
    mapping: Option<&Mapping>,
) -> Result<Layout, Refus> {
    if mapping.is_some_and(|m| m.genre == Genre::Budget) {
        return Err(Refus::new(
            format!("la correspondance décrit un budget, « {name} » est lu comme des écritures"),
            "écrire genre = \"ecritures\", ou lire ce fichier comme un budget",
        ));
    }
    let titles =
        Titles::find(&records, mapping, mapping.is_some_and(|m| m.saut.is_some_and(|n| n > 0)));
    let sample: Vec<Cells> = records
        .into_iter()
        .skip(titles.before_data)
        .filter(|r| r.iter().any(|c| !c.is_empty()))
        .collect();
    let found = match mapping {
        Some(mapping) => by_mapping(&titles.names, mapping, name)?,
        None => guess(&titles.names, &sample),
    };
    let mut layout = Layout {
        dialect: written.map_or(Dialect { delimiter: b';', lone_cr: false }, |w| w.0),
        offset: 0,
        before_data: titles.before_data,
        plan: plan(&titles, &found, mapping, name)?,
        mapping: mapping.cloned().unwrap_or_default(),
        reasons: found.reasons.clone(),
        notes: mapping.map_or_else(Vec::new, |m| absent_columns(m, &found, &titles.names)),
        order_open: false,
    };
    layout.settle(&found, (&sample, &titles.preamble), mapping, name)?;
    layout.describe(&found, written);
    layout.date_by_preamble(&titles, name)?;
    Ok(layout)
}

fn skip_lines(text: &[u8], lines: usize) -> usize {
    let lone_cr = sniff::dialect(text, Some(b';')).lone_cr;
    let end = if lone_cr { b'\r' } else { b'\n' };
    if lines == 0 {
        return 0;
    }
    memchr::memchr_iter(end, text).nth(lines - 1).map_or(text.len(), |i| i + 1)
}

/// The titles of the columns and the lines before them.
struct Titles {
    names: Vec<String>,
    before_data: usize,
    preamble: Vec<String>,
}

/// Cells of a row looked at to tell titles without a mapping.
const WIDEST: usize = 500;

impl Titles {
    /// The record that holds most known titles, the first one in case of a tie.
    fn find(records: &[Cells], mapping: Option<&Mapping>, first: bool) -> Self {
        let wanted: Option<Vec<String>> =
            mapping.map(|m| m.colonnes.values().flatten().map(|n| normal(n)).collect());
        let known = |cell: &String| match &wanted {
            Some(names) => names.contains(&normal(cell)),
            None => is_known(cell),
        };
        let mut best = (
            0,
            records
                .iter()
                .position(|r| r.iter().filter(|c| !c.is_empty()).count() > 1)
                .unwrap_or(0),
        );
        if !first {
            for (rank, record) in records.iter().take(PREAMBLE).enumerate() {
                let texts = as_texts(record);
                let widest = if wanted.is_some() { usize::MAX } else { WIDEST };
                let count_of = |texts: &[String]| {
                    let looked = texts.iter().take(widest);
                    looked.filter(|c| !c.is_empty() && known(c)).count()
                };
                let mut count = count_of(&texts);
                if wanted.is_some()
                    && let Some(next) = records.get(rank + 1)
                    && is_second_line(&texts, next)
                {
                    // a mapping names titles written on two lines by both
                    count = count.max(count_of(&merged(&texts, &as_texts(next))));
                }
                if count > best.0 {
                    best = (count, rank);
                }
                // A line of which most cells are known titles: no need to look further.
                let filled = texts.iter().filter(|c| !c.is_empty()).count();
                if count >= 4 && count * 3 >= filled * 2 {
                    break;
                }
            }
        }
        let rank = best.1;
        let mut names = records.get(rank).map(as_texts).unwrap_or_default();
        let mut before_data = rank + 1;
        if let Some(next) = records.get(rank + 1)
            && is_second_line(&names, next)
        {
            names = merged(&names, &as_texts(next));
            before_data += 1;
        }
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        let preamble = records[..rank.min(records.len())].iter().flat_map(as_texts).collect();
        Self { names, before_data, preamble }
    }
}

pub(in crate::ingest) fn as_texts(record: &Cells) -> Vec<String> {
    record.iter().map(|c| crate::frames::intern::clean_text(c)).collect()
}

/// True for a second line of titles: under empty titles, in words, some of them known.
fn is_second_line(names: &[String], next: &Cells) -> bool {
    let next = as_texts(next);
    let filled: Vec<(usize, &String)> =
        next.iter().enumerate().filter(|(_, c)| !c.is_empty()).collect();
    let under_empty = filled.iter().any(|(i, _)| names.get(*i).is_none_or(String::is_empty));
    let words =
        filled.iter().all(|(_, c)| !c.contains(|d: char| d.is_ascii_digit()) && c.len() < 40);
    under_empty
        && words
        && filled.len() < names.len().max(next.len())
        && filled.iter().any(|(_, c)| is_known(c))
}

/// `Amount,,` over `Gross,VAT,Net` gives `Amount Gross`, `Amount VAT`, `Amount Net`.
pub(super) fn merged(names: &[String], second: &[String]) -> Vec<String> {
    let mut group = String::new();
    (0..names.len().max(second.len()))
        .map(|i| {
            let top = names.get(i).cloned().unwrap_or_default();
            let below = second.get(i).cloned().unwrap_or_default();
            if !top.is_empty() {
                group.clone_from(&top);
            }
            match (top.is_empty(), below.is_empty()) {
                (_, true) => top,
                (true, false) => format!("{group} {below}").trim().to_owned(),
                (false, false) => format!("{top} {below}"),
            }
        })
        .collect()
}

/// How a mapping names a column: by its title, or by its place when the title is blank or written twice.
pub(super) fn column_name(titles: &[String], index: usize) -> String {
    let title = titles.get(index).map_or("", |t| t.trim());
    let first = titles.iter().position(|t| t.trim() == title);
    if title.is_empty() || first != Some(index) {
        return format!("colonne {}", index + 1);
    }
    titles[index].clone()
}

/// Place of the column that a mapping names: by its exact title, by its normal form, by its place.
pub(super) fn place_of(titles: &[String], name: &str) -> Option<usize> {
    let exact = titles.iter().position(|t| t.trim() == name.trim());
    let form = normal(name);
    let near = || titles.iter().position(|t| !form.is_empty() && normal(t) == form);
    let place = || {
        let n: usize = form.strip_prefix("colonne ")?.parse().ok()?;
        (1..=MOST_COLUMNS).contains(&n).then(|| n - 1)
    };
    exact.or_else(near).or_else(place)
}

/// Columns named by a mapping: the exact name first, then its normal form.
fn by_mapping(names: &[String], mapping: &Mapping, file: &str) -> Result<Guess, Refus> {
    let mut found = Guess::default();
    for (column, wanted) in &mapping.colonnes {
        if let Some(index) = wanted.iter().find_map(|w| place_of(names, w)) {
            found.columns.insert(*column, index);
        }
    }
    if !mapping.colonnes.is_empty() && found.columns.is_empty() {
        return Err(Refus::new(
            format!("« {file} » n’a aucune des colonnes de la correspondance"),
            "vérifier que la correspondance est celle de ce fichier ; vigie lire FICHIER --deviner en propose une",
        )
        .with_extrait(format!("titres lus : {}", shown(names, 30))));
    }
    Ok(found)
}

/// Columns of the mapping that the file does not hold, each with the nearest title.
fn absent_columns(mapping: &Mapping, found: &Guess, names: &[String]) -> Vec<(String, String)> {
    let absent = mapping.colonnes.iter().filter(|(c, _)| !found.columns.contains_key(c));
    absent
        .map(|(column, wanted)| {
            let near = names
                .iter()
                .map(|n| (wanted.iter().map(|w| strsim::jaro_winkler(n, w)).fold(0.0, f64::max), n))
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .filter(|(score, _)| *score > 0.8);
            let advice = near.map_or_else(
                || "retirer cette colonne de la correspondance, ou corriger son titre".to_owned(),
                |(_, n)| {
                    format!("corriger la correspondance ; le titre le plus proche est « {n} »")
                },
            );
            (
                format!(
                    "« {} » : aucune colonne {} dans le fichier",
                    column.name(),
                    shown(wanted, 5)
                ),
                advice,
            )
        })
        .collect()
}

/// The cells of each column; the conventions are settled afterwards.
fn plan(
    titles: &Titles,
    found: &Guess,
    mapping: Option<&Mapping>,
    name: &str,
) -> Result<Plan, Refus> {
    let at = |column: Column| found.columns.get(&column).copied();
    if mapping.is_none() {
        refuse_register(&titles.names, name)?;
    }
    let ht_tva = (at(Column::Amount(AmountKey::Ht)), at(Column::Amount(AmountKey::Tva)));
    let amount = match (at(Column::Montant), at(Column::Debit), at(Column::Credit), ht_tva) {
        (None, Some(debit), Some(credit), _) => AmountSource::DebitCredit(debit, credit),
        (None, _, _, (Some(ht), Some(tva))) => AmountSource::Sum(ht, tva),
        (Some(one), ..) | (None, Some(one), None, _) | (None, None, Some(one), _) => {
            AmountSource::One(one)
        }
        _ => return Err(missing("montant", &titles.names, mapping, name)),
    };
    let mut plan = Plan {
        headers: titles.names.clone(),
        amount,
        dates: Vec::new(),
        amounts: Vec::new(),
        texts: Vec::new(),
        sens: at(Column::Sens),
        commune: at(Column::Commune),
        exercice: at(Column::Exercice),
        decimal: Decimal::Comma,
        order: DateOrder::Dmy,
        order_guessed: false,
        values: BTreeMap::new(),
        constants: Constants::default(),
    };
    for (column, index) in &found.columns {
        match column {
            Column::Date(key) => plan.dates.push((*key, *index)),
            Column::Amount(key) => plan.amounts.push((*key, *index)),
            Column::Text(key) => plan.texts.push((*key, *index)),
            _ => {}
        }
    }
    Ok(plan)
}

/// How much the first rows of a table look like a ledger.
pub(super) fn ledger_signs(records: &[Cells]) -> Signs {
    let titles = Titles::find(records, None, false);
    let sample: Vec<Cells> = records
        .iter()
        .skip(titles.before_data)
        .filter(|r| r.iter().any(|c| !c.is_empty()))
        .cloned()
        .collect();
    let found = guess(&titles.names, &sample);
    let has = |c: Column| found.columns.contains_key(&c);
    let text = |k: TextKey| has(Column::Text(k));
    let paid = has(Column::Montant)
        || (has(Column::Debit) || has(Column::Credit))
        || (has(Column::Amount(AmountKey::Ht)) && has(Column::Amount(AmountKey::Tva)));
    let dated = DateKey::ALL.iter().any(|(k, _)| has(Column::Date(*k)));
    let mut score = i32::from(paid);
    let mut said = Vec::new();
    let mut add = |yes: bool, points: i32, what: &str| {
        if yes {
            score += points;
            said.push(what.to_owned());
        }
    };
    add(dated, 3, "une date");
    add(text(TextKey::TiersNom) || text(TextKey::TiersId) || text(TextKey::Siret), 2, "un tiers");
    add(text(TextKey::Mandat), 2, "un numéro de mandat ou de pièce");
    add(text(TextKey::Facture), 1, "une facture");
    add(text(TextKey::Bordereau), 1, "un bordereau");
    let reason =
        if said.is_empty() { "ni date, ni tiers, ni mandat".to_owned() } else { said.join(", ") };
    Signs { score: if paid { score } else { score.min(1) }, reason }
}

/// What is missing, the titles seen, and what to do.
fn missing(what: &str, titles: &[String], mapping: Option<&Mapping>, name: &str) -> Refus {
    let advice = match (mapping, what) {
        (Some(_), _) => format!("dans correspondance.toml, indiquer sous [colonnes] le titre de la colonne « {what} »"),
        (None, "montant") => "dire laquelle est le montant : vigie lire FICHIER --deviner > correspondance.toml, \
             compléter « montant » sous [colonnes], puis --correspondance correspondance.toml"
            .into(),
        (None, _) => "dire laquelle est la date sous [colonnes] de correspondance.toml (--deviner en écrit un) ; si le \
             fichier n’en a pas, y écrire [constantes] date_mandat = \"AAAA-MM-JJ\""
            .into(),
    };
    let seen = if titles.is_empty() {
        "aucun titre de colonne trouvé".to_owned()
    } else {
        format!("titres lus : {}", shown(titles, 30))
    };
    Refus::new(format!("« {name} » : aucune colonne de {what} reconnue"), advice).with_extrait(seen)
}

/// A register of contracts has amounts and dates too, but nothing was paid.
fn refuse_register(titles: &[String], name: &str) -> Result<(), Refus> {
    let titles_normal: Vec<String> = titles.iter().map(|t| normal(t)).collect();
    let any = |words: &[&str]| {
        titles_normal.iter().filter(|t| t.split(' ').any(|w| words.contains(&w))).count()
    };
    let contracts = any(&["contract", "contrat", "marche", "marches"]) > 0;
    let term = any(&["start", "debut", "notification"]) > 0
        && any(&["end", "fin", "expiry", "duree", "duration", "mois"]) > 0;
    if !(contracts && term) {
        return Ok(());
    }
    Err(Refus::new(
        format!("« {name} » ressemble à un registre de contrats, pas à un journal d’écritures"),
        "donner le journal des mandats ; si ce sont bien des paiements, le dire avec --correspondance",
    )
    .with_extrait(format!("titres lus : {}", shown(titles, 30))))
}

impl Layout {
    /// Conventions, recodings and constants.
    fn settle(
        &mut self,
        found: &Guess,
        (sample, preamble): (&[Cells], &[String]),
        mapping: Option<&Mapping>,
        name: &str,
    ) -> Result<(), Refus> {
        let values = |wanted: fn(&Column) -> bool| {
            let cells: Vec<usize> =
                found.columns.iter().filter(|(c, _)| wanted(c)).map(|(_, i)| *i).collect();
            let all =
                sample.iter().flat_map(move |r| cells.clone().into_iter().filter_map(|i| r.get(i)));
            all.filter(|c| !c.is_empty()).map(Vec::as_slice)
        };
        let is_amount = |c: &Column| {
            matches!(c, Column::Montant | Column::Debit | Column::Credit | Column::Amount(_))
        };
        let fallback = if self.dialect.delimiter == b',' { Decimal::Point } else { Decimal::Comma };
        let given = mapping.and_then(|m| m.decimale);
        self.plan.decimal = given.or_else(|| decimal_of(values(is_amount))).unwrap_or(fallback);
        let order = mapping.and_then(|m| m.date);
        self.plan.order =
            order.unwrap_or_else(|| order_of(values(|c| matches!(c, Column::Date(_)))));
        let open = matches!(self.plan.order, DateOrder::Dmy | DateOrder::Mdy);
        self.plan.order_guessed = order.is_none() && open;
        let settled = |v: &[u8]| {
            let read = |order| parse_day(v, order).is_ok();
            read(DateOrder::Dmy) != read(DateOrder::Mdy)
        };
        let mut days = values(|c| matches!(c, Column::Date(_)));
        self.order_open = self.plan.order_guessed && !days.any(settled);
        let Some(mapping) = mapping else {
            presume::apply(&mut self.plan, name, preamble, sample);
            return Ok(());
        };
        for (column, label) in Column::all() {
            if let Some(recoded) = mapping.valeurs.get(label) {
                let pairs = recoded
                    .iter()
                    .map(|(a, b)| (a.trim().as_bytes().to_vec(), b.as_bytes().to_vec()));
                self.plan.values.insert(column, pairs.collect::<FxHashMap<_, _>>());
            }
        }
        for (column, value) in &mapping.constantes {
            self.constant(*column, value).ok_or_else(|| {
                Refus::new(
                    format!("« {name} » : la constante « {} » ne se lit pas", column.name()),
                    "écrire une date AAAA-MM-JJ, une année, D ou R selon la colonne",
                )
                .with_extrait(format!("{} = \"{value}\"", column.name()))
            })?;
        }
        presume::apply(&mut self.plan, name, preamble, sample);
        Ok(())
    }

    fn constant(&mut self, column: Column, value: &str) -> Option<()> {
        let constants = &mut self.plan.constants;
        match column {
            Column::Text(key) => constants.texts.push((key, value.as_bytes().to_vec())),
            Column::Date(key) => {
                constants.dates.push((key, parse_day(value.as_bytes(), DateOrder::Dmy).ok()?));
            }
            Column::Sens => constants.sens = Some(read_sens(value.as_bytes())?),
            Column::Exercice => {
                constants.exercice = Some(read_year(value.as_bytes())).filter(|y| *y != 0)?;
            }
            Column::Montant
            | Column::Debit
            | Column::Credit
            | Column::Commune
            | Column::Amount(_) => return None,
        }
        Some(())
    }

    /// Writes what was guessed into the mapping.
    fn describe(&mut self, found: &Guess, written: Option<(Dialect, &'static Encoding)>) {
        let mapping = &mut self.mapping;
        if let Some((dialect, encoding)) = written {
            mapping.separateur = Some(dialect.delimiter);
            mapping.encodage = Some(encoding);
        }
        mapping.decimale = Some(self.plan.decimal);
        // an order that a later record may settle is guessed again by who reads with this mapping
        mapping.date = (!self.order_open).then_some(self.plan.order);
        if mapping.colonnes.is_empty() {
            for (column, index) in &found.columns {
                mapping.colonnes.insert(*column, vec![column_name(&self.plan.headers, *index)]);
            }
        }
    }

    /// Without a date column, a month written above the titles dates all the rows.
    fn date_by_preamble(&mut self, titles: &Titles, name: &str) -> Result<(), Refus> {
        let plan = &mut self.plan;
        let dated = !plan.dates.is_empty()
            || !plan.constants.dates.is_empty()
            || plan.constants.above.dated;
        if dated || plan.exercice.is_some() || plan.constants.exercice != 0 {
            return Ok(());
        }
        let above = titles
            .preamble
            .iter()
            .find_map(|t| Some((month_end(t)?, format!("« {t} » au-dessus des titres"))));
        let Some((day, source)) = above.or_else(|| month_of_name(name)) else {
            return Err(missing("date", &titles.names, self.given(), name));
        };
        plan.constants.dates.push((DateKey::Mandat, day));
        let date = civil(day).map_or(String::new(), |d| d.strftime("%d/%m/%Y").to_string());
        self.notes.push((
            format!(
                "aucune colonne de date : toutes les lignes sont datées du {date}, d’après {source}"
            ),
            "vérifier cette période, ou donner une colonne de date".into(),
        ));
        Ok(())
    }

    fn given(&self) -> Option<&Mapping> {
        self.reasons.is_empty().then_some(&self.mapping)
    }
}

/// Last day of the month in the name of a sheet or of a file (`mandats_2014-05.csv`), with where it was.
fn month_of_name(name: &str) -> Option<(i32, String)> {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit('!').find_map(|part| {
        let part = part.rsplit_once('.').map_or(part, |(stem, _)| stem);
        let words: Vec<&str> =
            part.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let day = words.windows(2).find_map(|w| {
            let year_first = w[0].len() == 4 && w[0].bytes().all(|b| b.is_ascii_digit());
            let (year, month) = if year_first { (w[0], w[1]) } else { (w[1], w[0]) };
            let wide = year.len() == 4 && (month.len() == 2 || month_by_name(month).is_some());
            wide.then(|| month_end(&format!("{month} {year}"))).flatten()
        })?;
        Some((day, format!("le nom « {part} »")))
    })
}

/// Last day of the month that a short text names: `Jun-13`, `mars 2025`, `Période : 03/2025`.
fn month_end(text: &str) -> Option<i32> {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    if words.len() > 4 {
        return None;
    }
    let pair = words.windows(2).find_map(|w| {
        let month =
            month_by_name(w[0]).or_else(|| w[0].parse().ok().filter(|m| (1..=12).contains(m)))?;
        let year: i32 = w[1].parse().ok()?;
        match w[1].len() {
            4 => Some((year, month)),
            2 if month_by_name(w[0]).is_some() => Some((2000 + year, month)),
            _ => None,
        }
    });
    let (year, month) = pair?;
    (28..=31).rev().find_map(|day| day_of(year, month, day).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_above_the_titles() {
        let end = |t: &str| month_end(t).and_then(civil).map(|d| d.to_string());
        assert_eq!(end("Jun-13").as_deref(), Some("2013-06-30"));
        assert_eq!(end("Période : février 2024").as_deref(), Some("2024-02-29"));
        assert_eq!(end("03/2025").as_deref(), Some("2025-03-31"));
        assert_eq!(end("Darlington Borough Council - Analysis of Transactions Over 500"), None);
    }

    #[test]
    fn months_in_names() {
        let end = |t: &str| month_of_name(t).and_then(|m| civil(m.0)).map(|d| d.to_string());
        assert_eq!(end("a/darlington_2014-05.csv").as_deref(), Some("2014-05-31"));
        assert_eq!(end("2025/mandats 03-2024.xlsx!Feuil1").as_deref(), Some("2024-03-31"));
        assert_eq!(end("export.xlsx!mars 2025").as_deref(), Some("2025-03-31"));
        for name in ["mandats.csv", "mandats_2014.csv", "lot 3 2024.csv", "input.csv"] {
            assert_eq!(end(name), None, "{name}");
        }
    }

    #[test]
    fn two_lines_of_titles_become_one() {
        let top: Vec<String> = ["Date", "Amount", "", "", "Supplier"].map(String::from).to_vec();
        let below: Cells = ["", "Gross", "VAT", "Net", ""].map(|c| c.as_bytes().to_vec()).to_vec();
        assert!(is_second_line(&top, &below));
        assert_eq!(
            merged(&top, &as_texts(&below)),
            ["Date", "Amount Gross", "Amount VAT", "Amount Net", "Supplier"]
        );
        let row: Cells =
            ["2025-01-01", "12", "2", "10", "X"].map(|c| c.as_bytes().to_vec()).to_vec();
        assert!(!is_second_line(&top, &row));
    }
}
