//! The same command twice gives the same bytes, with one or two threads, whatever the folder.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{files_below, root, stderr, vigie};

/// Every file of a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files_below(folder)
        .into_iter()
        .map(|p| {
            let name = p.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
            (name, std::fs::read(&p).expect("a result is readable"))
        })
        .collect()
}

fn produce(args: &[&str], threads: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("sortie");
    let output = vigie()
        .args(args)
        .args(["--date", "2026-03-14", "--sortie"])
        .arg(&out)
        .env("RAYON_NUM_THREADS", threads)
        .env("POLARS_MAX_THREADS", threads)
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    contents(&out)
}

fn assert_same(args: &[&str]) {
    let one = produce(args, "1");
    let two = produce(args, "2");
    assert!(one.len() > 1, "{args:?} writes several files");
    let names = |m: &BTreeMap<String, Vec<u8>>| m.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one), names(&two), "{args:?}");
    for (name, bytes) in &one {
        assert!(two[name] == *bytes, "{args:?}: {name} differs");
    }
}

#[test]
fn the_demo_gives_the_same_bytes() {
    assert_same(&["demo", "--lignes", "5000", "--graine", "3"]);
}

#[test]
fn every_command_gives_the_same_bytes() {
    assert!(root().join("datasets/demo/donnees").is_dir(), "the embedded demo is committed");
    for command in ["lire", "verifier", "prevoir", "scanner"] {
        assert_same(&[command, "datasets/demo/donnees"]);
    }
    for page in ["preparation", "audit", "synthese"] {
        assert_same(&["rapport", page, "datasets/demo/donnees"]);
    }
    assert_same(&["exporter", "notebook", "datasets/demo/donnees"]);
}
