//! Several SIRENs in one folder give one result each, and their rows never meet.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{root, stderr, stdout, vigie};

const DEMO: &str = "210000105";
const AUTRE: &str = "210000212";

/// The demo and a neighbour of the same figures under another number, each with its ledger.
fn two_communes(folder: &Path) {
    let demo = root().join("datasets/demo/donnees");
    for (name, siren) in [("demo", DEMO), ("voisine", AUTRE)] {
        let data = folder.join("donnees").join(name);
        fs::create_dir_all(&data).expect("writable");
        for year in 2020..=2025 {
            let text = fs::read_to_string(demo.join(format!("CA_{year}.xml"))).expect("readable");
            let text = text.replace(DEMO, siren);
            fs::write(data.join(format!("CA_{year}.xml")), text).expect("writable");
        }
        fs::copy(demo.join("mandats_2025.csv"), data.join("mandats_2025.csv")).expect("writable");
    }
    fs::copy(demo.join("titres_2025.csv"), folder.join("donnees/titres_2025.csv")).expect("copied");
}

fn run(folder: &Path, command: &[&str]) -> (std::path::PathBuf, String, String) {
    let out = folder.join("resultats").join(command.join("-"));
    let done = vigie()
        .args(command)
        .arg(folder.join("donnees"))
        .args(["--date", "2026-03-02", "--json", "--sortie"])
        .arg(&out)
        .output()
        .expect("vigie runs");
    assert!(done.status.success(), "{command:?}: {}", stderr(&done));
    (out, stdout(&done), stderr(&done))
}

#[test]
fn each_siren_has_its_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    two_communes(folder.path());
    for (command, file) in [
        (&["lire"][..], "rapprochement.json"),
        (&["scanner"], "constats.csv"),
        (&["prevoir"], "previsions.csv"),
        (&["rapport", "audit"], "audit.html"),
    ] {
        let (out, printed, said) = run(folder.path(), command);
        let both = [DEMO, AUTRE].map(|siren| {
            fs::read(out.join(siren).join(file)).unwrap_or_else(|e| panic!("{siren}/{file}: {e}"))
        });
        assert!(out.join("journal.txt").is_file() && !out.join(file).exists());
        if Path::new(file).extension().is_some_and(|e| e == "csv") {
            let [demo, other] = both.map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
            let same = demo.replace("demo/", "voisine/") == other;
            assert!(same, "same figures, same {file}: rows of one stay out of the other");
        }
        let json: Value = serde_json::from_str(&printed).expect("one object");
        let sirens: Vec<&Value> =
            json["communes"].as_array().expect("a list").iter().map(|c| &c["siren"]).collect();
        assert_eq!(sirens, [DEMO, AUTRE]);
        assert!(said.contains("titres_2025.csv") && said.contains("--siren"), "{said}");
    }
    let proof =
        fs::read(folder.path().join("resultats/lire").join(AUTRE).join("rapprochement.json"));
    let proof: Value = serde_json::from_slice(&proof.expect("written")).expect("JSON");
    let files = |key: &str| proof[key].as_array().expect("a list").len();
    assert_eq!((files("documents"), files("ecritures")), (6, 1));
    assert!(proof["fichiers_ignores"].to_string().contains("titres_2025.csv"));
}

#[test]
fn with_a_siren_the_folder_gives_one_result() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    two_communes(folder.path());
    let out = folder.path().join("un");
    let done = vigie()
        .args(["lire", "--siren", AUTRE, "--date", "2026-03-02", "--sortie"])
        .args([&out, &folder.path().join("donnees")])
        .output()
        .expect("vigie runs");
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(out.join("rapprochement.json").is_file() && !out.join(AUTRE).exists());
}

/// The settings say whose folder it is: its ledger stays in the audit when a flow of another commune lies there.
#[test]
fn a_ledger_without_a_siren_belongs_to_the_commune_of_the_settings() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    two_communes(folder.path());
    fs::write(
        folder.path().join("donnees/vigie.toml"),
        format!("[commune]\nsiren = \"{AUTRE}\"\n"),
    )
    .expect("writable");
    let (out, _, said) = run(folder.path(), &["lire"]);
    assert!(!said.contains("sans commune"), "{said}");
    let proof = fs::read(out.join(AUTRE).join("rapprochement.json")).expect("written");
    let proof: Value = serde_json::from_slice(&proof).expect("JSON");
    assert!(proof["ecritures"].to_string().contains("titres_2025.csv"), "{proof}");
    let other = fs::read_to_string(out.join(DEMO).join("rapprochement.json")).expect("written");
    let other: Value = serde_json::from_str(&other).expect("JSON");
    assert!(!other["ecritures"].to_string().contains("titres_2025.csv"), "{other}");
}
