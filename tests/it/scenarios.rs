//! Cost of services and scenarios typed as options, on a case counted by hand.
//!
//! **Invariant:** expected amounts were added up by hand, in `LISEZ-MOI.txt`, never by the program.

use std::fs;
use std::path::{Path, PathBuf};

use crate::proposition::rows;
use crate::support::{copy_folder, root, stderr, vigie};

fn case() -> PathBuf {
    root().join("tests/cases/budget/cout-des-services")
}

/// Runs the case with options; gives the result folder.
fn run(folder: &Path, command: &[&str], options: &[&str]) -> PathBuf {
    let inputs = folder.join("entrees");
    copy_folder(&case(), &inputs);
    fs::remove_file(inputs.join("couts.csv")).expect("the case has it");
    fs::remove_file(inputs.join("LISEZ-MOI.txt")).expect("the case has it");
    let out = folder.join("sortie");
    let output = vigie()
        .args(command)
        .arg(&inputs)
        .args(options)
        .args(["--date", "2026-03-01", "--sortie"])
        .arg(&out)
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", stderr(&output));
    out
}

#[test]
fn costs_of_services_are_those_counted_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = run(folder.path(), &["rapport", "preparation"], &[]);
    assert_eq!(rows(&out.join("couts.csv")), rows(&case().join("couts.csv")));
    let page = fs::read_to_string(out.join("preparation.html")).expect("a page");
    for words in ["Le coût des services", "Restauration scolaire", "repas", "5,83", "6\u{202f}195"]
    {
        assert!(page.contains(words), "the page does not show {words}");
    }
}

/// Épargne brute and nette of a scenario in a year, centimes.
fn savings(table: &[Vec<String>], nom: &str, year: &str) -> (i64, i64) {
    let row = table.iter().find(|r| r[0] == nom && r[1] == year);
    let row = row.unwrap_or_else(|| panic!("no {nom} in {year}: {table:?}"));
    let cents = |text: &str| text.replace(',', "").parse::<i64>().expect("an amount");
    (cents(&row[2]), cents(&row[3]))
}

#[test]
fn scenarios_typed_as_options_are_told_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = [
        "--scenario",
        "Étendre : extension=Restauration scolaire 20%",
        "--scenario",
        "Confier : mutualisation=Voirie 10%",
        "--scenario",
        "Crèche : investissement=300000@2026 ; fonctionnement=50000@2027 ; recettes=20000@2027 ; \
         emprunt=4%/3ans",
    ];
    let out = run(folder.path(), &["prevoir"], &options);
    let table = rows(&out.join("scenarios.csv"));
    let gap = |nom: &str, year: &str| {
        let (still, moved) = (savings(&table, "central", year), savings(&table, nom, year));
        (moved.0 - still.0, moved.1 - still.1)
    };
    assert_eq!(gap("Étendre", "2026"), (-4_320_000, -4_320_000));
    assert_eq!(gap("Confier", "2026"), (1_960_000, 1_960_000));
    assert_eq!(gap("Crèche", "2026"), (0, 0));
    assert_eq!(gap("Crèche", "2027"), (-4_200_000, -13_810_456));
    let years = table.iter().filter(|r| r[0] == "Étendre").count();
    assert_eq!(years, 3, "three years side by side");
}

/// The page that follows a scenario keeps the central forecast beside it.
#[test]
fn a_scenario_followed_is_compared_to_the_central_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = ["--scenario", "gel_012", "--scenario", "Choc : energie=+10%"];
    let out = run(folder.path(), &["prevoir"], &options);
    let table = rows(&out.join("scenarios.csv"));
    let named: Vec<&str> = table.iter().map(|r| r[0].as_str()).collect();
    assert_eq!((named[0], named[3]), ("central", "gel du personnel"));
    assert!(named.contains(&"Choc"));
    let forecast = rows(&out.join("previsions.csv"));
    let staff = |year: &str| {
        let found = forecast.iter().find(|r| r[0] == year && r[2] == "nature" && r[6] == "64111");
        found.map(|r| r[9].clone()).expect("staff is forecast")
    };
    // known in 2026, then frozen on what was known
    assert_eq!((staff("2026").as_str(), staff("2027").as_str()), ("393000,00", "393000,00"));
}
