//! Hostile bytes for every reader: one bolero target a reader and one a parser written by hand.
//!
//! The bytes drawn by bolero are a script of mutations (cut, repeat, insert a hostile word, flip, splice)
//! run on a seed: an input of the cases that the reader recognises. The default run gives each target a
//! fraction of a second; `VIGIE_FUZZ_SECONDES=120` the time asked for, `VIGIE_FUZZ=csv` one target alone.
//! The bytes of the last run are in `target/tmp/fuzz-<target>`.
//!
//! **Invariant:** no bytes make a reader panic, lose a row, or leave something behind after a refusal.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use vigie::app::config;
use vigie::domain::calendar::{DateOrder, parse_day};
use vigie::domain::entity::{Siret, normal_name};
use vigie::domain::free_text::{Noms, folded_words};
use vigie::domain::money::{Decimal, parse_amount};
use vigie::domain::progress::Silent;
use vigie::frames::intern::clean_text;
use vigie::ingest::archive::Archive;
use vigie::ingest::format::{Consigne, FORMATS, HEAD, Recolte, Source};
use vigie::ingest::mapped::mapping::Mapping;
use vigie::ingest::mapped::records::{Dialect, records_of};
use vigie::ingest::mapped::synonyms::normal;
use vigie::ingest::{json, series, sniff, totem};

use crate::support::{files_below, root};

/// Words that break parsers.
const HOSTILE: [&[u8]; 30] = [
    b"1e400",
    b"NaN",
    b"-",
    b"99999999999999999999",
    b"9223372036854775807,99",
    b"-0,005",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"\xa0",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\"",
    b"\"\"\"",
    b";;;;;;;;",
    b"\t",
    b"9999-99-99",
    b"31/02/2025",
    b"0000-00-00",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    b"&b;&b;",
    b"]]>",
    b"<![CDATA[",
    b"<a><a><a><a>",
    b"</a>",
    b"[[[[{\"a\":",
    b"=1+1",
    b"\xe2\x80\xae",
];

/// Inputs of the cases, small ones, with their names.
fn inputs() -> Vec<(String, Vec<u8>)> {
    let cases = root().join("tests/cases");
    let files = ["ingest", "errors"].iter().flat_map(|f| files_below(&cases.join(f)));
    let named = |p: PathBuf| {
        let name = p.file_name()?.to_str()?.to_owned();
        let expected = ["attendu.csv", "problemes.txt", "stderr.txt", "code", "cmd"];
        let bytes = fs::read(&p).ok().filter(|b| b.len() <= 64 << 10)?;
        (!expected.contains(&name.as_str()) && !bytes.is_empty()).then_some((name, bytes))
    };
    files.filter_map(named).collect()
}

/// Takes numbers from a script; zeros when it is used up.
struct Script<'a>(std::slice::Iter<'a, u8>);

impl Script<'_> {
    fn byte(&mut self) -> usize {
        self.0.next().map_or(0, |b| usize::from(*b))
    }

    /// A place below `end`.
    fn below(&mut self, end: usize) -> usize {
        let drawn = self.byte() << 16 | self.byte() << 8 | self.byte();
        if end == 0 { 0 } else { drawn % end }
    }
}

/// A seed chosen and spoiled by a script.
fn mutate(script: &[u8], seeds: &[(String, Vec<u8>)]) -> (usize, Vec<u8>) {
    let mut script = Script(script.iter());
    let chosen = script.below(seeds.len());
    let mut bytes = seeds[chosen].1.clone();
    while !script.0.as_slice().is_empty() && bytes.len() < 256 << 10 {
        let op = script.byte();
        let at = script.below(bytes.len() + 1);
        let to = bytes.len().min(at + script.byte());
        match op % 8 {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => bytes
                .splice(at..at, HOSTILE[script.byte() % HOSTILE.len()].iter().copied())
                .for_each(drop),
            3 => bytes.get_mut(at).into_iter().for_each(|b| *b ^= 1 << (op / 8 % 8)),
            4 => {
                let piece = bytes[at..to].to_vec();
                let times = 1 + script.byte() % 40;
                bytes.splice(at..at, piece.repeat(times)).for_each(drop);
            }
            5 => {
                let other = &seeds[script.below(seeds.len())].1;
                let from = script.below(other.len());
                let piece = other[from..other.len().min(from + 200)].to_vec();
                bytes.splice(at..to, piece).for_each(drop);
            }
            6 => bytes[at..to].iter_mut().for_each(|b| *b = b'0' + *b % 10),
            _ => bytes
                .splice(at..at, std::iter::repeat_n(op as u8, 1 + script.byte() * 8))
                .for_each(drop),
        }
    }
    (chosen, bytes)
}

/// Time given to a target, `None` when another one was asked for alone.
#[allow(clippy::disallowed_methods)] // settings of the test, not of the program
fn time(target: &str) -> Option<Duration> {
    let one = std::env::var("VIGIE_FUZZ").unwrap_or_default();
    if !one.is_empty() && one != target {
        return None;
    }
    let asked = std::env::var("VIGIE_FUZZ_SECONDES").ok().and_then(|s| s.parse().ok());
    Some(asked.map_or(Duration::from_millis(200), Duration::from_secs))
}

/// Reads spoiled bytes with one reader and checks what it leaves.
fn read_once(format: usize, nom: &str, path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the temporary folder is writable");
    let head = &bytes[..bytes.len().min(HEAD)];
    let source = Source { nom, chemin: path, head, nomme: true };
    let consigne = Consigne::plain(&Silent);
    let mut recolte = Recolte::default();
    let started = Instant::now();
    let _ = FORMATS[format].sniff(&source);
    let outcome = FORMATS[format].read(&source, &consigne, &mut recolte);
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "a small file took {:?}",
        started.elapsed()
    );
    for e in &recolte.ecritures {
        assert_eq!(e.lignes_lues, e.lignes_retenues + e.lignes_ecartees, "{}", e.fichier);
    }
    for d in &recolte.budget.documents {
        assert_eq!(d.lignes_lues, d.lignes_retenues + d.lignes_ecartees, "{}", d.fichier);
    }
    for t in recolte.references.lues.iter().chain(&recolte.subventions.lues) {
        assert_eq!(t.lignes_lues, t.lignes_retenues + t.lignes_ecartees, "{}", t.fichier);
    }
    for t in &recolte.retours.lues {
        assert_eq!(t.lignes_lues, t.lignes_retenues + t.lignes_ecartees, "{}", t.fichier);
    }
    for c in &recolte.contrats.sources {
        assert_eq!(c.lus, c.retenus + c.ecartes, "{}", c.fichier);
    }
    let kept: u64 = recolte.ecritures.iter().map(|e| e.lignes_retenues).sum();
    assert_eq!(recolte.ledgers.len() as u64, kept, "rows of the ledger and rows counted");
    if outcome.is_err() {
        let empty = recolte.ledgers.is_empty()
            && recolte.ecritures.is_empty()
            && recolte.budget.documents.is_empty()
            && recolte.budget.lignes.is_empty()
            && recolte.references.lues.is_empty()
            && recolte.subventions.lues.is_empty()
            && recolte.contrats.sources.is_empty()
            && recolte.contrats.contrats.is_empty()
            && recolte.retours.lues.is_empty()
            && recolte.retours.pieces.is_empty()
            && recolte.issues.is_empty();
        assert!(empty, "a refused file left something behind");
    }
    let total: i128 = recolte.ecritures.iter().map(|e| e.total).sum();
    let ledger = recolte.ledgers.finish();
    let held: i128 = ledger.montant.iter().map(|m| i128::from(*m)).sum();
    assert_eq!(held, total, "amounts of the ledger and amounts counted");
}

fn fuzz_reader(format: usize, seeds: &[(String, Vec<u8>)], time: Duration) {
    let name = FORMATS[format].nom();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
    bolero::check!(name = name).with_test_time(time).with_max_len(96).for_each(
        |script: &[u8]| {
            let (chosen, bytes) = mutate(script, seeds);
            read_once(format, &seeds[chosen].0, &path, &bytes);
        },
    );
}

#[test]
fn every_reader_survives_hostile_bytes() {
    let all = inputs();
    for (i, format) in FORMATS.iter().enumerate() {
        let Some(time) = time(format.nom()) else { continue };
        let own: Vec<(String, Vec<u8>)> = all
            .iter()
            .filter(|(nom, bytes)| {
                let head = &bytes[..bytes.len().min(HEAD)];
                let path = Path::new(nom);
                format.sniff(&Source { nom, chemin: path, head, nomme: true }).is_some()
            })
            .cloned()
            .collect();
        fuzz_reader(i, if own.is_empty() { &all } else { &own }, time);
    }
}

/// A parser written by hand, on spoiled bytes.
type Parser = fn(&[u8]);

/// Every parser written by hand, one target each.
const PARSERS: [(&str, Parser); 10] = [
    ("montants", |bytes| {
        for decimal in [Decimal::Comma, Decimal::Point] {
            let _ = parse_amount(bytes, decimal);
        }
    }),
    ("jours", |bytes| {
        for order in [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd, DateOrder::Serial] {
            let _ = parse_day(bytes, order);
        }
    }),
    ("identites", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let _ = (Siret::parse(&text), normal_name(&text), normal(&text));
    }),
    ("reniflage", |bytes| {
        let _ = (sniff::encoding(bytes), sniff::refuse_other_formats(bytes, "f"));
        let _ = sniff::dialect(bytes, None);
    }),
    ("enregistrements", |bytes| {
        // what is no separator, no quote and no blank is in a cell, whatever the dialect
        for (delimiter, lone_cr) in [(b';', false), (b',', true), (b'\t', false)] {
            let records = records_of(bytes, Dialect { delimiter, lone_cr }, usize::MAX);
            let signs = |text: &[u8]| text.iter().filter(|b| b.is_ascii_alphanumeric()).count();
            let held: usize = records.iter().flatten().map(|cell| signs(cell)).sum();
            assert_eq!(held, signs(bytes), "a sign of the file is in no cell");
        }
    }),
    ("correspondance", |bytes| {
        let _ = Mapping::parse(&String::from_utf8_lossy(bytes), "m");
    }),
    ("reglages", |bytes| {
        let _ = config::parse(&String::from_utf8_lossy(bytes), "vigie.toml");
    }),
    ("json", |bytes| {
        let _ = json::walk_reader(bytes, "f.json", &mut |_, _| Ok(()));
    }),
    ("textes", |bytes| {
        let text = clean_text(bytes);
        assert!(!text.contains(char::is_control) && !text.starts_with('='), "{text:?}");
        let mut noms = Noms::new(None);
        noms.add("Zorgbibe Inès");
        let masked = noms.scrub(&text).unwrap_or_else(|| text.clone());
        let words = folded_words(&masked);
        let named = words.windows(2).any(|w| w == ["ZORGBIBE", "INES"]);
        assert!(!named, "a name is left in {masked:?}");
        let _ = (noms.scrub_value(&text), noms.scrub_own(&text, &[], "x"));
    }),
    ("totem-octets", |bytes| {
        let _ = totem::read(bytes, "f");
        let _ = series::read(bytes, "f");
    }),
];

#[test]
fn parsers_written_by_hand_survive_hostile_bytes() {
    let seeds = inputs();
    for (name, parse) in PARSERS {
        let Some(time) = time(name) else { continue };
        bolero::check!(name = name).with_test_time(time).with_max_len(96).for_each(
            |script: &[u8]| {
                parse(&mutate(script, &seeds).1);
            },
        );
    }
}

/// Archives spoiled anywhere: what opens gives members that unpack or are refused.
#[test]
fn archives_survive_hostile_bytes() {
    let Some(time) = time("archives") else { return };
    let seeds: Vec<(String, Vec<u8>)> =
        inputs().into_iter().filter(|(_, b)| b.starts_with(b"PK")).collect();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz-archive.zip");
    let member = path.with_extension("membre");
    bolero::check!(name = "archives").with_test_time(time).with_max_len(96).for_each(
        |script: &[u8]| {
            fs::write(&path, mutate(script, &seeds).1).expect("the temporary folder is writable");
            let Ok(mut archive) = Archive::open(&path, "a.zip") else { return };
            let Ok(found) = archive.contenu(&[], "journal.txt") else { return };
            for one in &found.membres {
                let _ = archive.unpack(one, &member);
            }
        },
    );
}

/// The first part of a zip whose name ends so, unpacked.
fn part(bytes: &[u8], end: &str) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    for i in 0..archive.len() {
        let mut part = archive.by_index(i).ok()?;
        if part.name().is_ok_and(|n| n.ends_with(end)) {
            let mut out = Vec::new();
            part.read_to_end(&mut out).ok()?;
            return Some(out);
        }
    }
    None
}

/// A zip with one of its parts replaced.
fn replaced(bytes: &[u8], end: &str, with: &[u8]) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..archive.len() {
        let mut part = archive.by_index(i).ok()?;
        let name = part.name().ok()?.to_string();
        let mut body = Vec::new();
        part.read_to_end(&mut body).ok()?;
        let stored = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        writer.start_file(name.as_str(), stored).ok()?;
        writer.write_all(if name.ends_with(end) { with } else { &body }).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

/// The parts of workbooks spoiled inside a sound archive: the mutations above seldom go past the zip.
#[test]
fn sheets_survive_hostile_parts() {
    let Some(time) = time("feuilles") else { return };
    let place = FORMATS.iter().position(|f| f.nom() == "tableur").expect("a reader of workbooks");
    let ends = ["sheet1.xml", "workbook.xml", "styles.xml", "content.xml"];
    let books: Vec<(String, Vec<u8>)> =
        inputs().into_iter().filter(|(_, b)| b.starts_with(b"PK")).collect();
    let seeds: Vec<(String, Vec<u8>)> = books
        .iter()
        .enumerate()
        .flat_map(|(i, (_, bytes))| {
            ends.iter().filter_map(move |e| Some((format!("{i}/{e}"), part(bytes, e)?)))
        })
        .filter(|(_, part)| part.len() < 64 << 10)
        .collect();
    assert!(seeds.len() >= 8, "{} parts", seeds.len());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz-feuilles");
    bolero::check!(name = "feuilles").with_test_time(time).with_max_len(96).for_each(
        |script: &[u8]| {
            let (chosen, bytes) = mutate(script, &seeds);
            let Some((book, end)) = seeds[chosen].0.split_once('/') else { return };
            let (name, whole) = &books[book.parse::<usize>().unwrap_or_default()];
            if let Some(spoiled) = replaced(whole, end, &bytes) {
                read_once(place, name, &path, &spoiled);
            }
        },
    );
}
