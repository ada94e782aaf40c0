//! The passage from M14 to M57 on documents followed by hand: `tests/cases/budget/<case>/`.
//!
//! A case holds the accounts of two years in the two norms, and what the series must be: `attendu.csv` by
//! account of the M57, `chapitres.csv` by chapitre. The expected files were written from the documents and
//! the meaning of the accounts, not from our passage table. To add a case, drop a folder.
//!
//! **Invariant:** the cases are read through the public functions of the library only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use vigie::budget::history::histories;
use vigie::budget::{Budget, Options};
use vigie::frames::budget::BudgetFrame;
use vigie::ingest::totem;

use crate::support::root;

/// (sens, chapitre, code): euros by exercice.
type Series = BTreeMap<(String, String, String), Vec<i64>>;

fn read(folder: &std::path::Path) -> BudgetFrame {
    let mut out = BudgetFrame::default();
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("the case exists").flatten().map(|e| e.path()).collect();
    paths.sort();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "xml")) {
        let bytes = fs::read(path).expect("the document is readable");
        let (frame, issues) = totem::read(&bytes, "input.xml").expect("a TOTEM document");
        assert!(issues.is_empty(), "{}: {issues:?}", path.display());
        out.append(frame);
    }
    out
}

fn expected(text: &str, with_code: bool) -> Series {
    let mut out = Series::new();
    for line in text.lines().skip(1) {
        let f: Vec<&str> = line.split(';').collect();
        let code = if with_code { f[2] } else { "" };
        let from = if with_code { 3 } else { 2 };
        let values = f[from..].iter().map(|v| v.parse().expect("euros")).collect();
        out.insert((f[0].to_owned(), f[1].to_owned(), code.to_owned()), values);
    }
    out
}

fn found(budget: &Budget, with_code: bool) -> Series {
    let mut out = Series::new();
    for s in &budget.series {
        let code = if with_code { s.code.clone() } else { String::new() };
        let key = (s.sens.letter().to_owned(), s.chapitre.clone(), code);
        let sums = out.entry(key).or_insert_with(|| vec![0; s.realise.len()]);
        for (sum, v) in sums.iter_mut().zip(&s.realise) {
            assert_eq!(v.0 % 100, 0, "{}: shares of whole euros", s.code);
            *sum += v.0 / 100;
        }
    }
    out
}

#[test]
fn series_cross_the_change_of_norm_as_followed_by_hand() {
    let folder = root().join("tests/cases/budget");
    let mut cases: Vec<_> =
        fs::read_dir(&folder).expect("the cases exist").flatten().map(|e| e.path()).collect();
    cases.retain(|c| c.join("attendu.csv").is_file());
    cases.sort();
    assert!(cases.len() >= 3, "cases of {}", folder.display());
    for case in cases {
        let frame = read(&case);
        let total: i64 = frame.lignes.iter().filter_map(|l| l.realise).map(|v| v.0).sum();
        let options = Options { horizon: 1, ..Options::default() };
        let all = histories(&frame, &options).map_err(|r| r.quoi).expect("accounts");
        let [budget] = all.as_slice() else { panic!("one budget in {}", case.display()) };
        for (file, with_code) in [("attendu.csv", true), ("chapitres.csv", false)] {
            let text = fs::read_to_string(case.join(file)).expect("a case says what is expected");
            let (want, got) = (expected(&text, with_code), found(budget, with_code));
            assert_eq!(got, want, "{} {file}", case.display());
        }
        let kept: i64 = budget.series.iter().flat_map(|s| &s.realise).map(|v| v.0).sum();
        assert_eq!(kept, total, "nothing lost in {}", case.display());
        // what the models see is the same here, and each account moved is listed
        let moved: BTreeSet<&str> = budget.retraitements.iter().map(|r| r.vers.as_str()).collect();
        assert!(!moved.is_empty(), "{}", case.display());
    }
}
