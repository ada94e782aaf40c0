//! `synthese.html` of the demo: what an elected official may read, and nothing else (UX 5.3).
//!
//! **Invariant:** the page is that of the program; suppliers are read from the files it was given.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use crate::support::{files_below, root, stderr, vigie};

const DATA: &str = "datasets/demo/donnees";

fn produce(args: &[&str]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = vigie()
        .args(["rapport", "synthese", "--date", "2026-03-14", "--sortie"])
        .arg(folder.path().join("sortie"))
        .args(args)
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{}", stderr(&output));
    let html = std::fs::read_to_string(folder.path().join("sortie/synthese.html"));
    (folder, html.expect("the page"))
}

/// Visible text: no tag, no style, no script.
fn text(html: &str) -> String {
    let body = &html[html.find("<body").expect("a body")..html.find("<script>").expect("a script")];
    let mut out = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// Every value of the columns of suppliers of the ledgers.
fn suppliers() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for file in files_below(&root().join(DATA)) {
        if file.extension().is_none_or(|e| e != "csv") {
            continue;
        }
        let bytes = std::fs::read(&file).expect("readable");
        // the ledgers of old programs are in Latin letters of one byte
        let plain = String::from_utf8(bytes)
            .unwrap_or_else(|e| e.into_bytes().into_iter().map(char::from).collect());
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(plain.as_bytes());
        let heads: Vec<String> =
            reader.headers().map(|h| h.iter().map(String::from).collect()).unwrap_or_default();
        let wanted: Vec<usize> = (0..heads.len())
            .filter(|i| {
                let head = heads[*i].to_lowercase();
                ["tiers", "fournisseur", "beneficiaire", "bénéficiaire", "siret", "iban"]
                    .iter()
                    .any(|w| head.contains(w))
            })
            .collect();
        for record in reader.records().flatten() {
            let cells = wanted.iter().filter_map(|i| record.get(*i));
            out.extend(cells.filter(|c| c.trim().len() >= 6).map(|c| c.trim().to_owned()));
        }
    }
    out
}

#[test]
fn no_supplier_no_finding_no_person() {
    let (folder, html) = produce(&[DATA]);
    let known = suppliers();
    assert!(known.len() > 50, "the ledgers name suppliers: {}", known.len());
    for file in files_below(folder.path()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with("synthese") {
            continue;
        }
        let page = text(&std::fs::read_to_string(&file).expect("text"));
        for supplier in &known {
            assert!(!page.contains(supplier.as_str()), "{name} names {supplier}");
        }
    }
    for word in ["signalement", "anomalie", "doublon", "fournisseur"] {
        assert!(!text(&html).to_lowercase().contains(word), "{word}");
    }
}

#[test]
fn every_acronym_is_explained() {
    let (_folder, html) = produce(&[DATA]);
    let terms: BTreeSet<&str> =
        html.split("<dt>").skip(1).map(|t| t.split("</dt>").next().unwrap_or_default()).collect();
    // the banner holds names as the documents write them
    let banner = html.find("<dl class=\"banniere\"").expect("a banner");
    let end = banner + html[banner..].find("</dl>").expect("its end");
    let seen = text(&format!("{}{}", &html[..banner], &html[end..]));
    let words = seen.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 2);
    let acronyms: BTreeSet<&str> = words.filter(|w| w.chars().all(char::is_uppercase)).collect();
    for word in acronyms {
        let known = terms.iter().any(|t| t.split(['-', ' ']).any(|part| part == word));
        assert!(known, "« {word} » is not explained");
    }
}

#[test]
fn a_line_per_decision_and_no_strate_without_a_file() {
    let (folder, html) = produce(&[DATA, "--habitants", "10000"]);
    let page = text(&html);
    for decision in ["+1 point de taxe foncière", "+1 % de dépenses de personnel"] {
        assert!(fold(&page).contains(decision), "{decision}");
    }
    assert!(!page.contains("Moyenne de la strate"), "no file gives it");
    let results =
        std::fs::read_to_string(folder.path().join("sortie/resultats.json")).expect("json");
    let results: serde_json::Value = serde_json::from_str(&results).expect("json");
    let rows = results["synthese"]["comparaison"].as_array().expect("rows");
    assert_eq!(rows.len(), 7);
    for row in rows {
        assert!(row["strate"].is_null());
        let (all, one) = (row["montant"].as_i64().expect("centimes"), row["par_habitant"].as_i64());
        assert!(one.is_some_and(|one| (one * 10_000 - all).abs() <= 10_000), "{row}");
    }
    for list in ["recettes", "depenses"] {
        let parts = results["synthese"][list].as_array().expect("parts");
        let sum: f64 = parts.iter().filter_map(|p| p["pour_100"].as_f64()).sum();
        assert!((sum - 100.0).abs() < 1e-9, "{list}: {sum}");
    }
}

#[test]
fn no_sentence_is_long_and_few_words_are_explained() {
    let (_folder, html) = produce(&[DATA]);
    let body = &html[html.find("<body").expect("a body")..html.find("<script>").expect("a script")];
    for block in body.split(['<', '>']).skip(2).step_by(2) {
        let words = vigie::report::fr::mots_plus_longue(block);
        assert!(words <= 20, "{words} words: {block}");
    }
    let words = html.matches("<dt>").count();
    assert!(words <= 8 + 4, "{words} words explained, banner included");
}

/// One point of rate is one percent of the base of a home, when vigie.toml gives it.
#[test]
fn a_point_of_tax_is_told_for_a_home_when_its_base_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("vigie.toml");
    std::fs::write(&settings, "[commune]\nbase_moyenne = 3950.00\n").expect("writable");
    let name = settings.to_string_lossy().into_owned();
    let (_out, html) = produce(&[DATA, "--config", &name]);
    assert!(fold(&text(&html)).contains("39,50 €"), "1 % of 3 950 €");
    let (_out, html) = produce(&[DATA]);
    assert!(!text(&html).contains("logement moyen"), "not given, not told");
}

/// A file of comptes individuels gives the means of the strate.
#[test]
fn the_strate_comes_from_the_file_supplied() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut head = "an;dep;icom;inom;pop1;nomsst1".to_owned();
    let mut row = "2025;000;001;SAINT-EXEMPLE;12480;10 000 à 20 000".to_owned();
    for (i, code) in ["prod", "charge", "perso", "caf", "equip", "dette"].iter().enumerate() {
        let _ = write!(head, ";{code};f{code};m{code}");
        let _ = write!(row, ";15000.00;1200.00;{}.50", 1_000 + i);
    }
    let file = folder.path().join("comptes_individuels_2025.csv");
    std::fs::write(&file, format!("{head}\n{row}\n")).expect("writable");
    let name = file.to_string_lossy().into_owned();
    let (_out, html) = produce(&[DATA, &name]);
    let page = text(&html);
    assert!(page.contains("Moyenne de la strate 2025"), "the column is shown");
    assert!(fold(&page).contains("1 000,50") || fold(&page).contains("1 001"), "the mean is shown");
    assert!(Path::new(&name).exists());
}

/// Plain spaces.
fn fold(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}
