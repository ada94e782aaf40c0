//! The review remembers: decisions typed after a run are kept by the next one, whatever changed around
//! them; a journal changed afterwards is told. And the sample drawn once is drawn again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::{copy_folder, files_below, stderr, stdout, vigie};

fn run(folder: &Path, words: &[&str]) -> String {
    let output = vigie().current_dir(folder).args(words).output().expect("the binary starts");
    assert!(output.status.success(), "{words:?}: {}", stderr(&output));
    (stdout(&output) + &stderr(&output)).replace(['\u{a0}', '\u{202f}'], " ")
}

/// Rows of a `;` table written by vigie, by column name.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let bytes = fs::read(path).expect("the table was written");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// Reverses the rows of every CSV ledger below `folder`, its header kept.
fn reverse_rows(folder: &Path) {
    for path in files_below(folder) {
        if path.extension().is_some_and(|e| e == "csv") {
            let bytes = fs::read(&path).expect("readable");
            let mut lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
            if lines.len() > 2 {
                lines[1..].reverse();
            }
            fs::write(&path, lines.concat()).expect("writable");
        }
    }
}

#[test]
fn fifty_decisions_survive_other_orders_and_files() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let here = place.path();
    run(here, &["demo", "--sortie", "d", "--date", "2026-03-14", "--donnees-seules", "-q"]);
    run(here, &["scanner", "d/donnees", "--sortie", "un", "--date", "2026-03-14", "-q"]);
    let before = table(&here.join("un/constats.csv"));
    let words = ["justifié", "à corriger", "question", "ignoré"];
    let mut typed =
        String::from("\u{feff}constat;controle;enregistrements;decision;motif_decision\r\n");
    for (i, row) in before.iter().take(50).enumerate() {
        let (constat, controle, records) =
            (&row["constat"], &row["controle"], &row["enregistrements"]);
        write!(typed, "{constat};{controle};{records};{};vu {i}\r\n", words[i % 4])
            .expect("a text takes all");
    }
    fs::write(here.join("decisions.csv"), typed).expect("writable");
    let import =
        ["revue", "importer", "decisions.csv", "--auteur", "C. Exemple", "--date", "2026-03-15"];
    assert!(run(here, &import).contains("50 décisions"));
    assert!(run(here, &import).contains("50 déjà au journal"));

    copy_folder(&here.join("d/donnees"), &here.join("autre/exports"));
    reverse_rows(&here.join("autre"));
    run(
        here,
        &[
            "scanner",
            "autre",
            "--sortie",
            "deux",
            "--revue",
            "revue.csv",
            "--config",
            "d/vigie.toml",
            "-q",
        ],
    );
    let after = table(&here.join("deux/constats.csv"));
    assert_eq!(before.len(), after.len(), "marked, never hidden");
    let kept: BTreeMap<&str, &BTreeMap<String, String>> =
        after.iter().map(|r| (r["constat"].as_str(), r)).collect();
    let mut settled = 0;
    for (i, row) in before.iter().take(50).enumerate() {
        let now = kept[row["constat"].as_str()];
        let word = ["justifie", "a_corriger", "question", "ignore"][i % 4];
        assert_eq!(now["decision"], word, "{}", row["constat"]);
        if i % 4 == 0 || i % 4 == 3 {
            assert_eq!(now["priorite"], "information");
            settled += 1;
        } else {
            assert_eq!(now["priorite"], row["priorite"]);
        }
    }
    assert_eq!(settled, 25);
    let journal = fs::read_to_string(here.join("deux/journal.txt")).expect("written");
    let seal = table(&here.join("revue.csv")).pop().expect("a line")["empreinte"].clone();
    assert!(journal.contains(&seal), "the last hash is in journal.txt");

    let changed = fs::read_to_string(here.join("revue.csv")).expect("written");
    fs::write(here.join("revue.csv"), changed.replacen("vu 7", "autre", 1)).expect("writable");
    let told = run(
        here,
        &[
            "scanner",
            "autre",
            "--sortie",
            "trois",
            "--revue",
            "revue.csv",
            "--config",
            "d/vigie.toml",
        ],
    );
    assert!(told.contains("modifié après coup"), "{told}");
    let later = table(&here.join("trois/constats.csv"));
    assert_eq!(later.iter().filter(|r| !r["decision"].is_empty()).count(), 7);
}

/// What a person types in the workbook itself is read back.
#[test]
fn the_workbook_of_an_audit_is_read_back() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let here = place.path();
    let rows = "date;mandat;tiers;facture;objet;montant\n\
        2025-03-14;1;Voirie Exemple;F-100;Enrobé rue du Parc;1234,56\n\
        2025-04-15;2;Voirie Exemple;F-100;Enrobé rue du Parc;1234,56\n\
        2025-04-15;3;Maud Girolet Paysage SARL;F-7;Taille;310,00\n";
    fs::write(here.join("mandats.csv"), rows).expect("writable");
    let person = "[[personne]]\nnom = \"Girolet\"\nprenom = \"Maud\"\nrole = \"agent\"\n";
    fs::write(here.join("vigie.toml"), person).expect("writable");
    run(here, &["rapport", "audit", "mandats.csv", "--sortie", "a", "--date", "2026-03-14", "-q"]);
    // Nothing is typed in it yet: nothing is imported, and its columns are those expected.
    let told = run(here, &["revue", "importer", "a/audit.xlsx", "--auteur", "C. Exemple"]);
    assert!(told.contains("0 décision"), "{told}");
    // A decision on a habit comes back as one in the next workbook, and is not counted again.
    let first = &table(&here.join("a/constats.csv"))[0];
    let motif = "vu avec Maud Girolet, loyer";
    let habit = ["revue", "ajouter", &first["habitude"], "justifie", "--portee", "habitude"];
    let more = ["--controle", &first["controle"], "--motif", motif, "--auteur", "C. Exemple"];
    run(here, &[&habit[..], &more[..]].concat());
    run(here, &["rapport", "audit", "mandats.csv", "--sortie", "b", "--date", "2026-03-14", "-q"]);
    let told = run(here, &["revue", "importer", "b/audit.xlsx", "--auteur", "C. Exemple"]);
    assert!(told.contains("0 décision"), "{told}");
    let page = fs::read_to_string(here.join("b/audit.html")).expect("written");
    assert!(page.contains("justifié"), "the decision is shown as people write it");
    // The reason names a person: shown nowhere but in the journal that the commune keeps.
    for file in files_below(&here.join("b")) {
        let text = String::from_utf8_lossy(&fs::read(&file).expect("readable")).into_owned();
        assert!(!text.contains("Girolet"), "{}", file.display());
    }
}

#[test]
fn a_sample_is_drawn_again_and_projected() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let here = place.path();
    run(here, &["demo", "--sortie", "d", "--lignes", "3000", "--donnees-seules", "-q"]);
    for method in ["montants", "strates"] {
        let draw = ["echantillon", "d/donnees", "--methode", method, "--taille", "40", "-q"];
        let mut first = draw.to_vec();
        first.extend(["--sortie", "e"]);
        run(here, &first);
        let drawn = table(&here.join("e/echantillon.csv"));
        assert!(drawn.len() >= 38, "{method}: {}", drawn.len());
        let mut filled =
            String::from("\u{feff}enregistrement;montant;montant_verifie;observation\r\n");
        for (i, row) in drawn.iter().enumerate() {
            let right = if i == 5 { "0,00" } else { row["montant"].as_str() };
            write!(filled, "{};{};{right};vu\r\n", row["enregistrement"], row["montant"])
                .expect("a text takes all");
        }
        fs::write(here.join("rempli.csv"), filled).expect("writable");
        let mut second = draw[..draw.len() - 1].to_vec();
        second.extend(["--sortie", "p", "--resultats", "rempli.csv"]);
        let told = run(here, &second);
        assert!(told.contains("erreur la plus probable"), "{method}: {told}");
        let json = fs::read_to_string(here.join("p/resultats.json")).expect("written");
        assert!(json.contains("\"en_erreur\": 1"), "{method}");
    }
}
