//! Any delimited table as a ledger, by a mapping (`correspondance.toml`) or by a guess.
//!
//! ```text
//!  bytes ─► sniff (encoding, separator) ─► header ─► mapping or guess ─► records ─► LedgerBuilder
//! ```
//!
//! Takes a file, pushes its rows to a `LedgerBuilder`, gives a [`Lecture`] (counts, issues, hash).
//!
//! **Invariant:** records read = kept + set aside; nothing is kept in memory but the ledger and one block.

pub mod build;
pub mod bytes;
pub mod declared;
mod delimited;
pub mod etat;
pub mod follow;
pub mod grid;
pub mod guess;
pub mod header;
pub mod kind;
pub mod libres;
pub mod mapping;
pub mod plan;
pub mod presume;
pub mod proposal;
mod reader;
pub mod records;
pub mod sheet;
pub mod synonyms;
pub mod values;

pub use delimited::Delimited;
pub use reader::{Csv, Whole, first_records, read_budget, whole};

/// The mapping of a delimited file (`--deviner`), ledger or budget.
pub use reader::deviner as deviner_table;

use std::io::{Cursor, Read};
use std::path::Path;

use crate::domain::calendar::DateOrder;
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger_builder::LedgerBuilder;
use crate::frames::reconcile::EcrituresLues;
use crate::ingest::mapped::build::RowBuilder;
use crate::ingest::mapped::delimited::{Head, open};
use crate::ingest::mapped::header::resolve;
use crate::ingest::mapped::mapping::Mapping;
use crate::ingest::mapped::plan::Counts;
use crate::ingest::mapped::records::Found;
use crate::ingest::perimeter::{self, MOST_COMMUNES};

/// What reading a ledger file gave, beside its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lecture {
    /// Counts and identity, for `rapprochement.json`.
    pub lues: EcrituresLues,
    /// Doubtful rows, in the order of the records, then the remarks on the file.
    pub issues: Vec<Issue>,
    /// The mapping followed, given or guessed.
    pub mapping: Mapping,
    /// The same as text, with the reasons of the guess.
    pub devinette: String,
}

/// Reads `path` (shown to the user and in `enregistrements` as `name`) into `builder`.
///
/// In case of refusal, `builder` is as it was before.
pub fn read(
    path: &Path,
    name: &str,
    mapping: Option<&Mapping>,
    builder: &mut LedgerBuilder,
    progress: &dyn Progress,
) -> Result<Lecture, Refus> {
    let source = || open(path, name);
    read_twice(&source, name, mapping, builder, progress)
}

/// The text of a `correspondance.toml` for a file, guessed from its titles and values (`--deviner`).
pub fn deviner(path: &Path, name: &str) -> Result<String, Refus> {
    let head = Head::read(open(path, name)?.0, name, None)?;
    Ok(resolve(&head.text, name, None, head.encoding)?.to_toml())
}

/// What is known of a source before reading it.
struct Input<'a> {
    name: &'a str,
    size: u64,
    /// Order of the dates found by a first reading.
    order: Option<DateOrder>,
}

/// A reading, and the order of dates to read again with when the guess was wrong.
struct Attempt {
    lecture: Lecture,
    again: Option<DateOrder>,
}

/// Reads a source that can be opened several times; a second time only when a late date shows that
/// day and month were guessed the wrong way round.
fn read_twice<R: Read>(
    source: &dyn Fn() -> Result<(R, u64), Refus>,
    name: &str,
    mapping: Option<&Mapping>,
    builder: &mut LedgerBuilder,
    progress: &dyn Progress,
) -> Result<Lecture, Refus> {
    let (input, size) = source()?;
    let before = builder.len();
    let first = attempt(input, &Input { name, size, order: None }, mapping, builder, progress)?;
    let Some(order) = first.again else { return Ok(first.lecture) };
    builder.rollback(before);
    let (input, size) = source()?;
    let input = (input, Input { name, size, order: Some(order) });
    Ok(attempt(input.0, &input.1, mapping, builder, progress)?.lecture)
}

fn attempt<R: Read>(
    source: R,
    input: &Input<'_>,
    mapping: Option<&Mapping>,
    builder: &mut LedgerBuilder,
    progress: &dyn Progress,
) -> Result<Attempt, Refus> {
    let head = Head::read(source, input.name, mapping)?;
    let mut layout = resolve(&head.text, input.name, mapping, head.encoding)?;
    if let Some(order) = input.order {
        layout.impose(order);
    }
    let mut file = head.records(layout.offset, layout.dialect);
    let mut rows = RowBuilder::new(&layout.plan, input.name);
    let mut skip = layout.before_data;
    let place = (input.name, input.size);
    file.ledger(
        place,
        progress,
        builder,
        &mut rows,
        &mut |found, records, rows, out| match found {
            Found::End => {}
            _ if skip > 0 => skip -= 1,
            Found::Blank => {}
            Found::TooLong => rows.too_long(),
            Found::Record => rows.record(records, out),
        },
    )?;
    let again = rows.better_order();
    let (counts, mut issues) = (rows.counts.clone(), rows.issues);
    let lues = file.finish(input.name, "csv", &counts);
    issues.extend(layout.remarks(input.name, &counts));
    let devinette = layout.to_toml();
    let lecture = Lecture { lues, issues, mapping: layout.mapping, devinette };
    Ok(Attempt { lecture, again })
}

/// Refuses a file of which no row could be kept, and a ledger over the limits.
fn check_usable(
    name: &str,
    counts: &Counts,
    issues: &[Issue],
    builder: &LedgerBuilder,
) -> Result<(), Refus> {
    if builder.is_full() {
        return Err(Refus::new(
            format!("« {name} » porte plus de 4 Gio de textes différents dans une colonne"),
            "découper le fichier par exercice et lire chaque partie séparément",
        ));
    }
    if counts.communes.len() > MOST_COMMUNES {
        return Err(perimeter::too_many(name, true));
    }
    if counts.kept > 0 {
        return Ok(());
    }
    if counts.read == 0 && counts.elsewhere > 0 {
        return Err(Refus::new(
            format!("« {name} » n’a aucune écriture de la commune demandée"),
            "vérifier le numéro donné à --siren",
        ));
    }
    if counts.read == 0 {
        return Err(Refus::new(
            format!("« {name} » n’a que des titres, aucune écriture"),
            "vérifier les critères de l’export (exercice, budget) et le refaire",
        ));
    }
    let first: Vec<String> = issues
        .iter()
        .filter(|i| i.severity == Severity::Ecartee)
        .take(3)
        .map(|i| {
            format!(
                "enregistrement {}, « {} » : « {} » : {}",
                i.enregistrement, i.colonne, i.valeur, i.raison
            )
        })
        .collect();
    Err(Refus::new(
        format!("« {name} » : {}", none_usable(counts.read, "ligne")),
        "vérifier les colonnes avec vigie lire FICHIER --deviner, puis donner --correspondance",
    )
    .with_extrait(first.join("\n")))
}

/// `aucune des 12 lignes n’est utilisable`, or of the only one; `noun` is feminine.
pub(in crate::ingest) fn none_usable(read: u64, noun: &str) -> String {
    none_is(read, noun, "utilisable")
}

/// `aucune des 12 lignes n’est …`, or of the only one.
pub(in crate::ingest) fn none_is(read: u64, noun: &str, what: &str) -> String {
    let (first, rest) = noun.split_once(' ').unwrap_or((noun, ""));
    match read {
        0 => format!("aucune {noun}"),
        1 => format!("la seule {noun} n’est pas {what}"),
        _ => format!("aucune des {read} {} n’est {what}", format!("{first}s {rest}").trim_end()),
    }
}

/// Path as CONTRAT section 5 writes it: space, `#`, `!`, `%`, control and non-ASCII signs as `%XX`.
pub fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            // between an archive and its member
            b'!' if out.to_ascii_lowercase().ends_with(".zip") => out.push('!'),
            b' ' | b'#' | b'!' | b'%' | 0..=0x1f | 0x7f..=0xff => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.push(
                        char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase(),
                    );
                }
            }
            _ => out.push(char::from(byte)),
        }
    }
    out
}

/// Reads a text held in memory: for other readers and for tests.
pub fn read_bytes(
    bytes: &[u8],
    name: &str,
    mapping: Option<&Mapping>,
    builder: &mut LedgerBuilder,
    progress: &dyn Progress,
) -> Result<Lecture, Refus> {
    let source = || Ok((Cursor::new(bytes), bytes.len() as u64));
    read_twice(&source, name, mapping, builder, progress)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::progress::Silent;
    use crate::frames::ledger::{Ledger, TextKey};

    fn load(bytes: &[u8]) -> (Result<Lecture, Refus>, Ledger) {
        let mut builder = LedgerBuilder::default();
        let outcome = read_bytes(bytes, "a.csv", None, &mut builder, &Silent);
        (outcome, builder.finish())
    }

    #[test]
    fn paths_are_percent_encoded() {
        assert_eq!(
            percent_encoded("Écritures 2025/n°1#a!b%.csv"),
            "%C3%89critures%202025/n%C2%B01%23a%21b%25.csv"
        );
        assert_eq!(percent_encoded(r"sous\dossier.csv"), "sous/dossier.csv");
    }

    #[test]
    fn one_line_is_told_in_the_singular() {
        assert_eq!(none_usable(1, "ligne"), "la seule ligne n’est pas utilisable");
        let many = none_usable(12, "ligne de pièce");
        assert_eq!(many, "aucune des 12 lignes de pièce n’est utilisable");
        assert_eq!(none_is(0, "ligne", "de la commune"), "aucune ligne");
    }

    #[test]
    fn files_that_are_not_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut builder = LedgerBuilder::default();
        let mut refus =
            |path: &Path| read(path, "x", None, &mut builder, &Silent).expect_err("not a file");
        assert!(refus(&folder.path().join("x")).quoi.contains("n’existe pas"));
        assert!(refus(folder.path()).quoi.contains("est un dossier"));
    }

    #[test]
    fn ten_thousand_columns() {
        let titles: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
        let mut text = format!("Date;Montant;{}\n", titles.join(";"));
        text.push_str("01/02/2025;10,00\n");
        let (outcome, ledger) = load(text.as_bytes());
        let lecture = outcome.expect("a ledger");
        assert_eq!(ledger.len(), 1);
        assert!(lecture.issues[0].raison.len() < 2_000);
    }

    #[test]
    fn a_stop_leaves_the_builder_as_it_was() {
        struct Stop;
        impl Progress for Stop {
            fn tick(&self, _: &str, _: u64, _: u64) {}
            fn cancelled(&self) -> bool {
                true
            }
        }
        let text = format!("Date;Montant\n{}", "01/02/2025;10,00\n".repeat(400_000));
        let mut builder = LedgerBuilder::default();
        let outcome = read_bytes(text.as_bytes(), "a.csv", None, &mut builder, &Stop);
        assert!(outcome.is_err() && builder.is_empty());
    }

    #[test]
    fn a_late_date_settles_day_and_month() {
        let early = (0..1_000).map(|row| format!("1/{}/2018,A,1.00\n", row % 12 + 1));
        let text = format!("Date,Supplier,Amount\n{}1/31/2018,A,1.00\n", early.collect::<String>());
        let (outcome, ledger) = load(text.as_bytes());
        assert_eq!(outcome.expect("a ledger").lues.lignes_ecartees, 0);
        let days: Vec<i32> = (0..ledger.len()).map(|r| ledger.day(r)).collect();
        assert_eq!(days.iter().max().map(|d| d - days[0]), Some(30));
        assert_eq!(ledger.sources.len(), 1);
    }

    /// Rows of a ledger: a day, a tiers, an amount in centimes, and whether the amount is spoilt.
    fn rows() -> impl Strategy<Value = Vec<(u8, String, i64, bool)>> {
        let row = (1_u8..29, "[A-Z;\" é]{0,8}", -100_000_i64..100_000, prop::bool::weighted(0.1));
        prop::collection::vec(row, 1..40)
    }

    fn line(row: &(u8, String, i64, bool)) -> String {
        let (day, tiers, centimes, spoilt) = row;
        let sign = if *centimes < 0 { "-" } else { "" };
        let amount = format!(
            "{sign}{},{:02}{}",
            centimes.abs() / 100,
            centimes.abs() % 100,
            if *spoilt { "O" } else { "" }
        );
        format!("{day:02}/03/2025;\"{}\";{amount}\n", tiers.replace('"', "\"\""))
    }

    fn text(rows: &[(u8, String, i64, bool)]) -> String {
        rows.iter().fold("Date;Tiers;Montant\n".to_owned(), |t, r| t + &line(r))
    }

    fn content(ledger: &Ledger) -> Vec<(i32, String, i64)> {
        let row =
            |r| (ledger.day(r), ledger.text_at(TextKey::TiersNom, r).to_owned(), ledger.montant[r]);
        let mut all: Vec<_> = (0..ledger.len()).map(row).collect();
        all.sort();
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut file = b"Date;Tiers;Montant\n01/02/2025;A;1,00\n".to_vec();
            file.extend_from_slice(&bytes);
            for bytes in [&bytes[..], &file[..]] {
                let (outcome, ledger) = load(bytes);
                if let Ok(lecture) = outcome {
                    prop_assert_eq!(lecture.lues.lignes_lues, lecture.lues.lignes_retenues + lecture.lues.lignes_ecartees);
                    prop_assert_eq!(ledger.len() as u64, lecture.lues.lignes_retenues);
                } else {
                    prop_assert!(ledger.is_empty());
                }
            }
        }

        #[test]
        fn nothing_is_lost(rows in rows()) {
            let good: Vec<_> = rows.iter().filter(|r| !r.3).collect();
            let (outcome, ledger) = load(text(&rows).as_bytes());
            prop_assert_eq!(ledger.len(), good.len());
            if let Ok(lecture) = outcome {
                prop_assert_eq!(lecture.lues.lignes_lues, rows.len() as u64);
                prop_assert_eq!(lecture.lues.total, good.iter().map(|r| i128::from(r.2)).sum::<i128>());
                let aside = lecture.issues.iter().filter(|i| i.severity == Severity::Ecartee).count();
                prop_assert_eq!(aside, rows.len() - good.len());
            } else {
                prop_assert!(good.is_empty());
            }
        }

        #[test]
        fn the_order_of_rows_changes_no_content(rows in rows(), seed: u64) {
            let mut shuffled = rows.clone();
            let n = shuffled.len() as u64;
            for i in 0..shuffled.len() {
                shuffled.swap(i, (seed.rotate_left(i as u32) % n) as usize);
            }
            prop_assert_eq!(content(&load(text(&rows).as_bytes()).1), content(&load(text(&shuffled).as_bytes()).1));
        }
    }
}
