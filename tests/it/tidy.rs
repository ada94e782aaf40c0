//! The house itself: import direction, third-party fences, headers, sizes, no network crate.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{files_below, root};

/// Rooms and the rooms they may import (STYLE 4.2). `mod tests` follow the same rule.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("stats", &[]),
    ("frames", &["domain"]),
    ("ingest", &["frames", "domain"]),
    ("forecast", &["stats", "frames", "domain"]),
    ("budget", &["forecast", "stats", "frames", "domain"]),
    ("anomaly", &["stats", "frames", "domain"]),
    ("report", &["budget", "forecast", "anomaly", "frames", "domain"]),
    ("demo", &["stats", "domain"]),
    (
        "app",
        &["report", "budget", "forecast", "anomaly", "ingest", "frames", "stats", "domain", "demo"],
    ),
    ("serve", &["app", "domain"]),
    ("cli", &["serve", "app", "domain"]),
];

/// Third-party crates kept behind a fence: crate, then the path prefixes that may use it.
const FENCES: &[(&str, &[&str])] = &[
    ("polars", &["frames", "ingest", "anomaly/prepare", "forecast/mod.rs"]),
    ("polars_core", &["frames", "ingest", "anomaly/prepare", "forecast/mod.rs"]),
    ("polars_io", &["frames"]),
    ("polars_parquet", &["frames"]),
    ("polars_parquet_format", &["frames"]),
    ("polars_arrow", &["frames"]),
    ("polars_buffer", &["frames"]),
    ("augurs", &["forecast/models", "stats/decompose"]),
    ("linfa", &["stats/linalg", "anomaly/detectors"]),
    ("linfa_clustering", &["stats/linalg", "anomaly/detectors"]),
    ("ndarray", &["stats/linalg", "anomaly/detectors"]),
    ("plotters", &["report/chart"]),
    ("plotters_backend", &["report/chart"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("anyhow", &["cli"]),
    ("indicatif", &["cli"]),
    ("ctrlc", &["cli"]),
    ("axum", &["serve"]),
    ("tokio", &["serve"]),
    ("askama", &["serve"]),
    ("http_body", &["serve"]),
    ("sysinfo", &["cli"]),
    ("toml_edit", &["app/reglages.rs"]),
    ("calamine", &["ingest"]),
    ("quick_xml", &["ingest", "report", "demo/write"]),
    ("rust_xlsxwriter", &["report", "ingest/tableur/tests.rs", "ingest/tableur/tests_cells.rs"]),
];

fn sources() -> Vec<(String, String)> {
    let src = root().join("src");
    files_below(&src)
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .map(|p| (relative(&src, &p), fs::read_to_string(&p).expect("a source file is text")))
        .collect()
}

fn relative(base: &Path, path: &Path) -> String {
    path.strip_prefix(base).expect("the file is below").to_string_lossy().replace('\\', "/")
}

fn room(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or_default()
}

/// Code without comments, so that a word in a sentence is no import.
fn code(text: &str) -> String {
    text.lines().map(|l| l.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Words that follow `prefix` in the code.
fn words_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    code.match_indices(prefix)
        .map(|(i, _)| {
            let rest = &code[i + prefix.len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}

#[test]
fn imports_follow_the_direction() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let here = room(&path);
        let Some(may) = allowed.get(here) else { continue };
        for there in words_after(&code(&text), "crate::") {
            let known = allowed.contains_key(there);
            if known && there != here && !may.contains(&there) {
                wrong.push(format!("{path} imports {there}"));
            }
        }
        assert!(!code(&text).contains("crate::{"), "{path}: write crate::room in full");
    }
    assert!(wrong.is_empty(), "forbidden imports: {wrong:#?}");
}

#[test]
fn every_room_is_ruled() {
    let rooms = fs::read_dir(root().join("src")).expect("src exists").flatten();
    for entry in rooms.filter(|e| e.path().is_dir()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(MAY_IMPORT.iter().any(|(r, _)| *r == name), "room {name} has no import rule");
    }
}

#[test]
fn third_party_crates_stay_behind_their_fences() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let text = code(&text);
        for (name, places) in FENCES {
            let used = text.match_indices(&format!("{name}::")).any(|(i, _)| {
                !text[..i].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if used && !places.iter().any(|p| path.starts_with(p)) {
                wrong.push(format!("{path} uses {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "crates out of their room: {wrong:#?}");
}

#[test]
fn files_open_with_a_header_and_stay_short() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > 800 {
            wrong.push(format!("{path}: {lines} lines"));
        }
        let page = text.starts_with("#![doc = include_str!");
        if !page && !text.starts_with("//!") {
            wrong.push(format!("{path}: no header"));
        }
        let small = path == "main.rs" || path == "lib.rs";
        if !page && !small && !text.contains("**Invariant:**") {
            wrong.push(format!("{path}: the header states no invariant"));
        }
        if text.contains("TODO") || text.contains("FIXME") {
            wrong.push(format!("{path}: TODO"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Functions over 60 lines. rustfmt closes a function at the indentation that opened it.
#[test]
fn functions_stay_short() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let body = line.trim_start();
            let indent = line.len() - body.len();
            let opens = body.starts_with("fn ")
                || (body.starts_with("pub") && body.contains(" fn "))
                || body.starts_with("const fn ");
            if !opens {
                continue;
            }
            let close = format!("{}}}", " ".repeat(indent));
            let end = if line.ends_with(';') {
                None
            } else {
                lines[start..].iter().position(|l| *l == close)
            };
            if let Some(length) = end.filter(|n| *n > 60) {
                wrong.push(format!("{path}:{}: {length} lines", start + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "functions over 60 lines: {wrong:#?}");
}

/// Nothing leaves the commune's computer: no TLS, no HTTP client in the lock file. The local page needs
/// `hyper` as a server; `deny.toml` refuses its feature `client`.
#[test]
fn no_network_crate_in_the_lock_file() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("the lock file is committed");
    let names: Vec<&str> = lock
        .lines()
        .filter_map(|l| l.strip_prefix("name = \""))
        .map(|l| l.trim_end_matches('"'))
        .collect();
    assert!(names.contains(&"polars"), "the lock file is read");
    for refused in [
        "reqwest",
        "rustls",
        "native-tls",
        "openssl",
        "openssl-sys",
        "object_store",
        "ureq",
        "curl",
        "hyper-rustls",
        "hyper-tls",
    ] {
        assert!(!names.contains(&refused), "{refused} entered the dependencies");
    }
}

/// Code and pages alike.
#[test]
fn the_word_fraude_is_never_said() {
    let src = root().join("src");
    let pages = files_below(&src).into_iter().filter(|p| {
        p.extension().is_some_and(|e| e == "md" || e == "toml" || e == "csv" || e == "js")
    });
    let pages: Vec<_> = pages
        .map(|p| (relative(&src, &p), fs::read_to_string(&p).expect("a page is text")))
        .collect();
    for (path, text) in sources().into_iter().chain(pages) {
        for (i, line) in text.lines().enumerate() {
            let said = line.to_lowercase().contains("fraude");
            assert!(!said, "{path}:{}: {line}", i + 1);
        }
    }
}
