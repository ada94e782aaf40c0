//! Which column of a budget table is which: key columns by their titles, amounts by what they measure and,
//! when the title says so, by sens, section and exercice (`Réalisé 2023`, `Dépenses Budget`).
//!
//! **Invariant:** each column of the file is used once; a share, a balance or a rate is never an amount.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::account::{Section, Sens};
use crate::domain::money::{Decimal, parse_amount};
use crate::domain::refus::Refus;
use crate::ingest::mapped::build::{read_sens, read_year};
use crate::ingest::mapped::etat::context::{section_of, sens_of, words, year};
use crate::ingest::mapped::etat::movements::{self, Mouvement};
use crate::ingest::mapped::guess::Cells;
use crate::ingest::mapped::header::{as_texts, merged, place_of, shown};
use crate::ingest::mapped::mapping::Mapping;
use crate::ingest::mapped::synonyms::normal;

/// What an amount measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mesure {
    Vote,
    CreditsOuverts,
    Engage,
    Realise,
    Rar,
}

impl Mesure {
    pub(super) const ALL: [(Self, &'static str); 5] = [
        (Self::Vote, "vote"),
        (Self::CreditsOuverts, "credits_ouverts"),
        (Self::Engage, "engage"),
        (Self::Realise, "realise"),
        (Self::Rar, "rar"),
    ];
}

/// A column of amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Montant {
    pub(super) index: usize,
    pub(super) mesure: Mesure,
    pub(super) sens: Option<Sens>,
    pub(super) section: Option<Section>,
    pub(super) exercice: Option<Annee>,
    /// `Mandats émis` beside `Titres émis`: a row has one or the other.
    pub(super) hint: Option<Sens>,
}

/// Exercice said by a title: a year, or a distance from that of the table (`N-1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Annee {
    An(u16),
    Relative(u16),
}

impl Annee {
    /// True for a year before that of the table.
    pub(super) fn is_before(self) -> bool {
        matches!(self, Self::Relative(1..))
    }
}

/// The columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// Titles, as shown to the user.
    pub(super) titles: Vec<String>,
    /// Rows before the data, titles included.
    pub(super) before_data: usize,
    /// Key columns by canonical name.
    pub(super) keys: BTreeMap<&'static str, usize>,
    pub(super) amounts: Vec<Montant>,
    /// Columns added to what was voted, for the credits opened.
    pub(super) movements: Vec<Mouvement>,
    /// Why each column was taken, French, by canonical name.
    pub(super) reasons: BTreeMap<String, String>,
    /// Texts above the titles.
    pub(super) preamble: Vec<String>,
}

/// Name in a mapping of the columns added to what was voted.
pub(super) const MOUVEMENTS: &str = "mouvements";

/// Rows among which the titles are looked for.
const PREAMBLE: usize = 60;
/// Columns among which those of a budget are looked for.
const WIDEST: usize = 1_000;
/// Bytes over which a cell is no title.
const LONGEST_TITLE: usize = 120;

/// Key columns and their titles in normal form, surest first.
const KEYS: [(&str, &str); 13] = [
    ("exercice", "exercice|annee|millesime|exercice budgetaire|annee budgetaire|an"),
    ("etape", "etape|stade|nature decision|type document|phase budgetaire|type fichier"),
    ("numero", "n decision|n dm|numero decision"),
    ("budget", "budget|code budget|libelle budget|nom budget|n budget|siret budget|siret"),
    (
        "section",
        "section|code section|libelle section|f i|i f|investissement fonctionnement|fonctionnement investissement",
    ),
    (
        "sens",
        "sens|d r|depense recette|recette depense|dr|depenses recettes|recettes depenses|mouvement|type mouvement|type",
    ),
    (
        "ordre",
        "ordre|reel ordre|ordre reel|r o|type operation|reel ordre id ordre diff|nature operation",
    ),
    (
        "chapitre",
        "chapitre|chap|code chapitre|code chap|n chap|n chapitre|chapitre budgetaire|chapitre nature|chapitre article",
    ),
    (
        "nature",
        "article|nature|compte|imputation|code article|code nature|n compte|n article|article nature|compte nature|\
         nature article|nature comptable|compte comptable|code compte|article budgetaire|imputation budgetaire|\
         imputation comptable|chapitre article|article chapitre|code",
    ),
    ("fonction", "fonction|code fonction|rubrique|rubrique fonctionnelle|sous fonction"),
    (
        "service",
        "service|gestionnaire|code gestionnaire|service gestionnaire|code service|centre cout|antenne",
    ),
    ("operation", "operation|n operation|code operation|programme|operation equipement"),
    (
        "libelle",
        "libelle|libelle article|libelle nature|libelle compte|intitule|designation|intitule compte|libelle imputation|\
         libelles|denomination|description|nom compte|nom article",
    ),
];

/// Titles of amounts in normal form, years, sens and sections taken away, surest first.
const MESURES: [(Mesure, &str); 5] = [
    (Mesure::Rar, "rar|restes realiser|reste realiser|reports|report credits|rar n|montant rar"),
    (
        Mesure::Engage,
        "engage|engagements|montant engage|engagement|total engage|engage non mandate|reste engage|engage non solde|\
         engagements ouverts|engage restant",
    ),
    (
        Mesure::Vote,
        "budget primitif|bp|vote|budget vote|montant vote|credits votes|vote bp|bp vote|primitif|montant bp|credits bp",
    ),
    (
        Mesure::CreditsOuverts,
        "credits ouverts|credit ouvert|budget total|total budget|budget|budgete|prevu|previsions|prevision|total prevu|\
         prevu total|total credits|credits|credits totaux|budget cumule|bp dm|budget dm|bp bs dm|bp dm rar|montant prevu|\
         previsions budgetaires|credits budgetaires|prevision budgetaire|montant budgete|inscrit|credits inscrits|alloue|\
         credits alloues|budget prevu|montant budget|total budgete|autorise|ouvert|previsions totales",
    ),
    (
        Mesure::Realise,
        "mandats nets|titres nets|realise net|mandate net|titre net|net mandate|mandats titres nets|emis net|realise|realisations|realisation|mandate|mandats emis|titres emis|mandats titres|mandate titre|emis|emissions|\
         montant realise|montant mandate|montant emis|total realise|total mandate|total emis|realise cumule|cumul realise|\
         execute|execution|consomme|consommation|credits consommes|montant consomme|ca|compte administratif|cfu|liquide|\
         mandats|titres|mandate emis|montant titre|paye|reel|realise mandate|mandats titres emis|total consomme",
    ),
];

/// Words that make an amount no measure of ours.
const NEVER: [&str; 22] = [
    "taux",
    "pourcentage",
    "pct",
    "disponible",
    "dispo",
    "solde",
    "ecart",
    "evolution",
    "variation",
    "restant",
    "reste",
    "moyenne",
    "difference",
    "prorata",
    "ratio",
    "habitant",
    "hab",
    "population",
    "n",
    "date",
    "code",
    "libelle",
];

/// A title taken apart.
struct Title {
    phrase: String,
    exercice: Option<Annee>,
    sens: Option<Sens>,
    section: Option<Section>,
    share: bool,
    hint: Option<Sens>,
}

impl Title {
    fn read(text: &str) -> Self {
        let said = words(text);
        let mut exercice = None;
        let mut kept = Vec::new();
        let all = normal(text);
        let mut rest = all.split(' ').filter(|w| !w.is_empty()).peekable();
        while let Some(word) = rest.next() {
            let stripped = word.trim_start_matches(|c: char| c.is_alphabetic());
            if let Some(year) = year(word) {
                exercice = Some(Annee::An(year));
            } else if word == "n" && rest.peek().is_none_or(|w| matches!(*w, "1" | "2" | "3" | "4"))
            {
                let back = rest.next().and_then(|w| w.parse().ok()).unwrap_or(0);
                exercice = Some(Annee::Relative(back));
            } else if let Some(year) = year(stripped) {
                // `CA2023`
                exercice = Some(Annee::An(year));
                kept.push(&word[..word.len() - stripped.len()]);
            } else if matches!(word, "precedent" | "precedente") {
                exercice = Some(Annee::Relative(1));
            } else if !SIDES.contains(&word) {
                kept.push(plain(word));
            }
        }
        Self {
            phrase: kept.join(" "),
            exercice,
            sens: sens_of(&said),
            section: section_of(&said),
            share: text.contains('%'),
            hint: side_of(&said),
        }
    }

    /// What the column measures, with a score.
    fn mesure(&self) -> Option<(Mesure, i32)> {
        if self.share {
            return None;
        }
        let words: Vec<&str> = self.phrase.split(' ').filter(|w| !w.is_empty()).collect();
        let mut best: Option<(Mesure, i32)> = None;
        for (mesure, phrases) in MESURES {
            for (rank, phrase) in phrases.split('|').enumerate() {
                let score = if phrase == self.phrase {
                    100 - rank as i32
                } else if words.iter().any(|w| NEVER.contains(w)) {
                    continue;
                } else if phrase.split(' ').all(|p| words.contains(&p)) {
                    let n = phrase.split(' ').count() as i32;
                    50 + 8 * n - 5 * (words.len() as i32 - n)
                } else {
                    continue;
                };
                if score > 40 && best.is_none_or(|(_, b)| score > b) {
                    best = Some((mesure, score));
                }
            }
        }
        best
    }
}

/// A participle as the phrases write it: `prévues`, `réalisées`, `votée`.
fn plain(word: &str) -> &str {
    const STEMS: [&str; 4] = ["prevu", "emis", "inscrit", "ouvert"];
    if word.ends_with("ees") && word.len() > 5 {
        return &word[..word.len() - 2];
    }
    if word.ends_with("ee") && word.len() > 4 {
        return &word[..word.len() - 1];
    }
    let agrees =
        |stem: &&&str| word.strip_prefix(**stem).is_some_and(|end| matches!(end, "e" | "es"));
    STEMS.iter().find(agrees).copied().unwrap_or(word)
}

/// The side of `Mandaté` or of `Titres émis`; none when the title says both.
fn side_of(said: &[String]) -> Option<Sens> {
    let has = |start: &str| said.iter().any(|w| w.starts_with(start));
    match (has("mandat"), has("titre")) {
        (true, false) => Some(Sens::D),
        (false, true) => Some(Sens::R),
        _ => None,
    }
}

/// The side that the title of a column of amounts speaks of.
pub(super) fn hint_of(title: &str) -> Option<Sens> {
    side_of(&words(title))
}

/// Words that only say on which side of the budget a column is.
const SIDES: [&str; 12] = [
    "depense",
    "depenses",
    "recette",
    "recettes",
    "fonctionnement",
    "investissement",
    "section",
    "exercice",
    "annee",
    "eur",
    "euros",
    "exploitation",
];

/// Rank of a title among those of a key.
fn key_score(title: &str, phrases: &str) -> Option<i32> {
    let words: Vec<&str> = title.split(' ').collect();
    let mut best = None;
    for (rank, phrase) in phrases.split('|').map(str::trim).enumerate() {
        let score = if phrase == title {
            100 - 2 * rank as i32
        } else if words.len() <= 4 && phrase.split(' ').all(|p| words.contains(&p)) {
            56 - rank as i32 - 4 * words.len() as i32
        } else {
            continue;
        };
        best = best.max(Some(score)).filter(|s| *s > 30);
    }
    best
}

/// Share of the values of a column that are of a kind, in tenths; `None` without any value.
fn tenths(index: usize, rows: &[Cells], good: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let values = rows.iter().filter_map(|r| r.get(index)).filter(|c| !c.is_empty());
    let (mut yes, mut all) = (0, 0);
    for value in values {
        all += 1;
        yes += usize::from(good(value));
    }
    (all > 0).then(|| yes * 10 / all)
}

fn is_amount(value: &[u8]) -> bool {
    parse_amount(value, Decimal::Comma).is_ok()
}

/// A code, maybe after a letter and before a label: `60611`, `C011`, `011 - Charges`.
pub(super) fn starts_with_code(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"'").unwrap_or(value);
    let digits = match digits.split_first() {
        Some((first, rest)) if first.is_ascii_alphabetic() => rest,
        _ => digits,
    };
    let n = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let after = digits.get(n).copied();
    (1..=8).contains(&n)
        && after.is_none_or(|b| b == b' ' || b == b'-' || b == b':' || b == b'/' || b >= 0x80)
}

fn fits(key: &str, index: usize, rows: &[Cells]) -> bool {
    let share = match key {
        // totals and headings share the column of codes
        "nature" | "chapitre" => tenths(index, rows, starts_with_code).map(|t| t + 2),
        "exercice" => tenths(index, rows, |v| read_year(v) != 0),
        "sens" => tenths(index, rows, |v| read_sens(v).is_some()),
        "section" => tenths(index, rows, |v| {
            let word = normal(&String::from_utf8_lossy(v));
            word.starts_with(['f', 'i', 'e'])
        }),
        "libelle" => tenths(index, rows, |v| !is_amount(v)),
        "budget" | "service" | "operation" => {
            tenths(index, rows, |v| !v.contains(&b',') && !v.contains(&b'.'))
        }
        _ => Some(10),
    };
    share.is_none_or(|t| t >= 5)
}

/// Finds the titles and the columns of a table without a mapping.
pub(super) fn guess(rows: &[Cells]) -> Columns {
    let mut best = Columns::default();
    let mut best_score = 0;
    for rank in 0..rows.len().min(PREAMBLE) {
        for (names, after) in layouts(rows, rank) {
            // titles repeated below their first rows
            if best_score > 0 && names == best.titles {
                continue;
            }
            let columns = columns_of(names, &rows[after.min(rows.len())..], after);
            let score = 2 * columns.amounts.len() + 3 * columns.keys.len();
            let usable = !columns.amounts.is_empty() && !columns.keys.is_empty();
            if usable && score > best_score {
                best_score = score;
                best = columns;
                best.preamble =
                    rows[..rank].iter().flat_map(as_texts).filter(|t| !t.is_empty()).collect();
            }
        }
    }
    best
}

/// The titles of one row, alone or under a row of groups, or over a second row.
fn layouts(rows: &[Cells], rank: usize) -> Vec<(Vec<String>, usize)> {
    let first = |record: &Cells| as_texts(&record[..record.len().min(WIDEST)].to_vec());
    let one = first(&rows[rank]);
    let is_title = |t: &String| {
        t.len() <= LONGEST_TITLE
            && (!t.starts_with(|c: char| c.is_ascii_digit()) || year(t).is_some())
    };
    let filled = |t: &[String]| t.iter().filter(|c| !c.is_empty()).count();
    if filled(&one) < 2 || !one.iter().all(|t| t.is_empty() || is_title(t)) {
        return Vec::new();
    }
    let mut out = Vec::new();
    if let Some(next) = rows.get(rank + 1).map(first) {
        let words = next.iter().all(|t| t.is_empty() || is_title(t));
        let measures = next.iter().filter(|t| Title::read(t).mesure().is_some()).count();
        if words && measures > 0 && filled(&next) >= 2 {
            out.push((merged(&one, &next), rank + 2));
        }
    }
    out.insert(0, (one, rank + 1));
    out
}

fn columns_of(titles: Vec<String>, rows: &[Cells], before_data: usize) -> Columns {
    let rows = &rows[..rows.len().min(400)];
    let mut columns = Columns { before_data, ..Columns::default() };
    let read: Vec<Title> = titles.iter().map(|t| Title::read(t)).collect();
    let mut candidates = Vec::new();
    for (index, title) in titles.iter().enumerate().filter(|(_, t)| !t.is_empty()) {
        let plain = normal(title);
        let movement = movements::is_movement(title);
        for (key, phrases) in KEYS.into_iter().filter(|(k, _)| *k != "numero" || !movement) {
            if let Some(score) = key_score(&plain, phrases).filter(|_| fits(key, index, rows)) {
                candidates.push((-score, key, index));
            }
        }
    }
    candidates.sort_unstable();
    let numbers = |i: usize| tenths(i, rows, is_amount).is_none_or(|t| t >= 5);
    for (_, key, index) in candidates {
        let measured = read[index].mesure().is_some() && numbers(index);
        let free = !columns.keys.values().any(|i| *i == index);
        let amount = measured && matches!(key, "budget" | "exercice" | "numero" | "etape");
        if !columns.keys.contains_key(key) && free && !amount {
            columns.keys.insert(key, index);
            columns.reasons.insert(key.to_owned(), "titre reconnu".to_owned());
        }
    }
    columns.take_amounts(&titles, &read, rows);
    columns.titles = titles;
    columns.code_by_values(rows);
    columns
}

impl Columns {
    fn used(&self, index: usize) -> bool {
        self.keys.values().any(|i| *i == index)
            || self.amounts.iter().any(|m| m.index == index)
            || self.movements.iter().any(|m| m.index == index)
    }

    fn take_amounts(&mut self, titles: &[String], read: &[Title], rows: &[Cells]) {
        let mut found: Vec<(i32, Montant)> = Vec::new();
        let free: Vec<usize> = (0..titles.len())
            .filter(|i| !titles[*i].is_empty() && !self.used(*i))
            .filter(|i| tenths(*i, rows, is_amount).is_none_or(|t| t >= 5))
            .collect();
        for &index in &free {
            let title = &read[index];
            // what was voted the year before is told for memory
            let memory = titles[index].to_lowercase().contains("moire")
                || title.exercice.is_some_and(Annee::is_before)
                    && title.mesure().is_some_and(|(m, _)| m != Mesure::Realise);
            if memory || movements::is_movement(&titles[index]) {
                continue;
            }
            let Some((mesure, score)) = title.mesure() else { continue };
            let Title { sens, section, exercice, hint, .. } = *title;
            found.push((score, Montant { index, mesure, sens, section, exercice, hint }));
        }
        if found.is_empty() {
            found = bare_columns(&free, titles, read);
        }
        // the surest column of each measure, side and exercice
        found.sort_by_key(|(score, m)| (-score, m.index));
        for (_, montant) in found {
            let same = |m: &&Montant| {
                let both = m.hint.is_some() && montant.hint.is_some() && m.hint != montant.hint;
                (m.mesure, m.sens, m.section, m.exercice)
                    == (montant.mesure, montant.sens, montant.section, montant.exercice)
                    && !both
            };
            if self.amounts.iter().find(same).is_none() {
                let name =
                    Mesure::ALL.iter().find(|(m, _)| *m == montant.mesure).map_or("", |m| m.1);
                self.reasons.insert(name.to_owned(), "titre reconnu".to_owned());
                self.amounts.push(montant);
            }
        }
        self.amounts.sort_by_key(|m| m.index);
        self.share_sides();
        let free: Vec<usize> = free.into_iter().filter(|i| !self.used(*i)).collect();
        let sides = |i: usize| (read[i].sens, read[i].section, read[i].exercice);
        self.movements = movements::find(titles, &free, &self.amounts, &sides);
    }

    /// The columns that a mapping names for one measure: several sides or years, all read.
    fn take_named(&mut self, titles: &[String], names: &[String], mesure: Mesure) {
        for index in names.iter().filter_map(|name| place_of(titles, name)) {
            if self.amounts.iter().any(|m| m.index == index) {
                continue;
            }
            let t = Title::read(titles.get(index).map_or("", String::as_str));
            let Title { sens, section, exercice, hint, .. } = t;
            self.amounts.push(Montant { index, mesure, sens, section, exercice, hint });
        }
    }

    /// The movements that a mapping names, each added to what was voted on its side.
    fn movements_at(&self, titles: &[String], places: &[usize]) -> Vec<Mouvement> {
        let side = |index: &usize| {
            let t = Title::read(titles.get(*index).map_or("", String::as_str));
            let same = |m: &Montant| {
                m.mesure == Mesure::Vote
                    && (t.sens.is_none() || m.sens.is_none() || m.sens == t.sens)
            };
            self.amounts.iter().position(same).map(|vote| Mouvement { index: *index, vote })
        };
        places.iter().filter_map(side).collect()
    }

    /// One side or one year said once holds for the columns that say none.
    fn share_sides(&mut self) {
        let sens: BTreeSet<Sens> = self.amounts.iter().filter_map(|m| m.sens).collect();
        let section: BTreeSet<Section> = self.amounts.iter().filter_map(|m| m.section).collect();
        // `N-1` says nothing of the columns beside it
        let said = self.amounts.iter().filter_map(|m| m.exercice);
        let years: BTreeSet<Annee> = said.collect();
        let shared = years.first().copied().filter(|y| years.len() == 1 && !y.is_before());
        for m in &mut self.amounts {
            if sens.len() == 1 {
                m.sens = sens.first().copied();
            }
            if section.len() == 1 {
                m.section = section.first().copied();
            }
            m.exercice = m.exercice.or(shared);
        }
    }

    /// Without a title for the account: the first column of codes; without one for the label: the next one
    /// of texts.
    fn code_by_values(&mut self, rows: &[Cells]) {
        let width = rows.iter().map(Vec::len).max().unwrap_or(0).min(64);
        if !self.keys.contains_key("nature") && !self.keys.contains_key("chapitre") {
            let code = |v: &[u8]| starts_with_code(v) && !is_amount_with_cents(v);
            let found = (0..width)
                .find(|i| !self.used(*i) && tenths(*i, rows, code).is_some_and(|t| t >= 8));
            if let Some(index) = found {
                self.keys.insert("nature", index);
                self.reasons.insert("nature".into(), "première colonne de comptes".into());
            }
        }
        let code = self.keys.get("nature").or(self.keys.get("chapitre")).copied();
        if let Some(code) = code.filter(|_| !self.keys.contains_key("libelle")) {
            let text = |v: &[u8]| !is_amount(v) && !starts_with_code(v);
            let found = (code + 1..width)
                .find(|i| !self.used(*i) && tenths(*i, rows, text).is_some_and(|t| t >= 8));
            if let Some(index) = found {
                self.keys.insert("libelle", index);
                self.reasons.insert("libelle".into(), "textes à côté des comptes".into());
            }
        }
    }

    /// True when the table can be read as a budget.
    pub(super) fn is_usable(&self) -> bool {
        let code = self.keys.contains_key("nature") || self.keys.contains_key("chapitre");
        // a list of what was engaged is no budget
        code && self.amounts.iter().any(|m| m.mesure != Mesure::Engage)
    }

    /// Places of the columns that become a field of a line, or the amount of one.
    pub(super) fn carried(&self) -> Vec<usize> {
        // a line has no service
        let keys = self.keys.iter().filter(|(k, _)| **k != "service").map(|(_, i)| *i);
        keys.chain(self.amounts.iter().map(|m| m.index)).collect()
    }

    /// Titles of the columns without use.
    pub(super) fn unused(&self) -> Vec<String> {
        let free = self.titles.iter().enumerate().filter(|(i, t)| !t.is_empty() && !self.used(*i));
        free.map(|(_, t)| t.clone()).collect()
    }
}

fn is_amount_with_cents(value: &[u8]) -> bool {
    value.iter().any(|b| matches!(b, b',' | b'.')) && is_amount(value)
}

/// Columns named by a year, a side of the budget or "montant" alone hold what was realised.
fn bare_columns(free: &[usize], titles: &[String], read: &[Title]) -> Vec<(i32, Montant)> {
    let bare = |i: &&usize| {
        let t = &read[**i];
        let plain = matches!(t.phrase.as_str(), "" | "montant" | "somme" | "total");
        plain && !t.share && !titles[**i].is_empty()
    };
    let found = free.iter().filter(bare);
    found
        .map(|&index| {
            let Title { sens, section, exercice, .. } = read[index];
            (50, Montant { index, mesure: Mesure::Realise, sens, section, exercice, hint: None })
        })
        .collect()
}

/// The columns a mapping names.
pub(super) fn by_mapping(rows: &[Cells], mapping: &Mapping, name: &str) -> Result<Columns, Refus> {
    let wanted = &mapping.colonnes_budget;
    let place =
        |titles: &[String], names: &[String]| names.iter().find_map(|n| place_of(titles, n));
    let mut best = Columns::default();
    for rank in 0..rows.len().min(PREAMBLE) {
        let one = as_texts(&rows[rank]);
        let two = rows.get(rank + 1).map(|next| merged(&one, &as_texts(next)));
        for (titles, after) in [(Some(one.clone()), rank + 1), (two, rank + 2)] {
            let Some(titles) = titles else { continue };
            let mut columns = Columns { before_data: after, ..Columns::default() };
            let mut movements: Vec<usize> = Vec::new();
            for (column, names) in wanted {
                let Some(index) = place(&titles, names) else { continue };
                let mesure = Mesure::ALL.iter().find(|(_, n)| n == column);
                if let Some((mesure, _)) = mesure {
                    columns.take_named(&titles, names, *mesure);
                }
                if column == MOUVEMENTS {
                    movements = names.iter().filter_map(|n| place_of(&titles, n)).collect();
                }
                if mesure.is_none()
                    && let Some((key, _)) = KEYS.iter().find(|(k, _)| k == column)
                {
                    columns.keys.insert(key, index);
                }
            }
            columns.share_sides();
            columns.movements = columns.movements_at(&titles, &movements);
            let found = columns.keys.len() + columns.amounts.len() + columns.movements.len();
            if found > best.keys.len() + best.amounts.len() + best.movements.len() {
                columns.titles = titles;
                columns.preamble =
                    rows[..rank].iter().flat_map(as_texts).filter(|t| !t.is_empty()).collect();
                best = columns;
            }
        }
    }
    if best.is_usable() {
        return Ok(best);
    }
    let first = rows.first().map(as_texts).unwrap_or_default();
    Err(Refus::new(
        format!("« {name} » n’a pas les colonnes d’un budget (un compte et un montant)"),
        "corriger la correspondance : nature et un des montants vote, credits_ouverts, engage, realise, rar",
    )
    .with_extrait(format!("premiers titres lus : {}", shown(&first, 30))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(lines: &[&str]) -> Vec<Cells> {
        lines.iter().map(|l| l.split(';').map(|c| c.as_bytes().to_vec()).collect()).collect()
    }

    fn seen(columns: &Columns) -> Vec<(Mesure, usize, Option<Annee>)> {
        columns.amounts.iter().map(|m| (m.mesure, m.index, m.exercice)).collect()
    }

    #[test]
    fn a_usual_state() {
        let rows = table(&[
            "Commune de X;;;;;;",
            "Chapitre;Article;Libellé;Crédits ouverts;Engagé;Réalisé;%",
            "011;60611;Eau;1000;0;900,50;90",
            "011;60612;Énergie;2000;10;1900;95",
        ]);
        let found = guess(&rows);
        assert_eq!(found.before_data, 2);
        assert_eq!(
            seen(&found),
            [
                (Mesure::CreditsOuverts, 3, None),
                (Mesure::Engage, 4, None),
                (Mesure::Realise, 5, None)
            ]
        );
        assert_eq!(
            (found.keys["chapitre"], found.keys["nature"], found.keys["libelle"]),
            (0, 1, 2)
        );
        assert_eq!(found.unused(), ["%"]);
    }

    #[test]
    fn years_and_sides_in_titles() {
        let rows = table(&["Compte;Intitulé;CA 2022;CA2023;BP 2024", "6064;Papier;1;2;3"]);
        assert_eq!(
            seen(&guess(&rows)),
            [
                (Mesure::Realise, 2, Some(Annee::An(2022))),
                (Mesure::Realise, 3, Some(Annee::An(2023))),
                (Mesure::Vote, 4, Some(Annee::An(2024)))
            ]
        );
        let rows = table(&[
            "Article;Libellé;Dépenses;;Recettes;",
            ";;Budget;Réalisé;Budget;Réalisé",
            "1641;Emprunts;10;9;100;0",
        ]);
        let found = guess(&rows);
        let sides: Vec<_> = found.amounts.iter().map(|m| (m.mesure, m.sens)).collect();
        assert_eq!(
            sides,
            [
                (Mesure::CreditsOuverts, Some(Sens::D)),
                (Mesure::Realise, Some(Sens::D)),
                (Mesure::CreditsOuverts, Some(Sens::R)),
                (Mesure::Realise, Some(Sens::R))
            ]
        );
        assert_eq!(found.before_data, 2);
    }

    #[test]
    fn a_ledger_is_no_budget() {
        let rows = table(&["Date;Fournisseur;Objet;Montant TTC", "01/02/2025;A;papier;12,50"]);
        assert!(!guess(&rows).is_usable());
    }
}
