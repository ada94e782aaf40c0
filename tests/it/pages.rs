//! The sections of the pages that other files feed: budgets together, scenarios, cash, thresholds, delays.
//!
//! **Invariant:** figures are compared with the inputs or with another file of the same folder.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::browser::{Browser, Opening};
use crate::support::{copy_folder, root, stderr, vigie};

const DEMO: &str = "datasets/demo/donnees";

/// Runs a report in a folder of its own.
fn report(folder: &Path, genre: &str, args: &[&Path]) -> PathBuf {
    let out = folder.join(genre);
    let output = vigie()
        .args(["rapport", genre])
        .args(args)
        .args(["--date", "2026-03-14", "--sortie"])
        .arg(&out)
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{genre}: {}", stderr(&output));
    out
}

fn results(folder: &Path) -> Value {
    let bytes = fs::read(folder.join("resultats.json")).expect("written");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// The accounts of a case, and a second budget that the first one pays 40 000 €.
fn two_budgets(folder: &Path) -> PathBuf {
    let inputs = folder.join("entrees");
    fs::create_dir_all(&inputs).expect("writable");
    let case = root().join("tests/cases/budget/proposition-equilibree");
    let line = |nature: &str, sens: &str, euros: &str| {
        format!(
            "<LigneBudget><Nature V=\"{nature}\"/><Fonction V=\"01\"/><CodRD V=\"{sens}\"/>\
             <MtReal V=\"{euros}\"/><OpBudg V=\"0\"/></LigneBudget>"
        )
    };
    for year in ["2024", "2025"] {
        let text = fs::read_to_string(case.join(format!("CA_{year}.xml"))).expect("a case");
        let at = text.find("<LigneBudget>").expect("a line");
        let paid = line("65821", "D", "40000.00");
        let main = format!("{}{paid}{}", &text[..at], &text[at..]);
        fs::write(inputs.join(format!("CA_{year}.xml")), main).expect("writable");
        let end = text.find("</Budget>").expect("an end");
        let head = text[..at]
            .replace("BUDGET PRINCIPAL", "BUDGET ANNEXE EAU")
            .replace("<IdEtab V=\"21000010500010\"/>", "<IdEtab V=\"21000010500028\"/>")
            .replace("CodBud V=\"00\"", "CodBud V=\"01\"")
            .replace("CodTypBud V=\"P\"", "CodTypBud V=\"A\"");
        let lines = [
            line("75822", "R", "40000.00"),
            line("70632", "R", "60000.00"),
            line("60612", "D", "70000.00"),
        ];
        let annexe = format!("{head}{}{}", lines.concat(), &text[end..]);
        fs::write(inputs.join(format!("CA_{year}_eau.xml")), annexe).expect("writable");
    }
    inputs
}

#[test]
fn budgets_are_drawn_together_without_what_they_pay_one_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = two_budgets(folder.path());
    let out = report(folder.path(), "preparation", &[&inputs]);
    let json = results(&out);
    let list = json["preparation"]["projections"].as_array().expect("projections");
    let past = |together: bool, sens: &str| -> i64 {
        list.iter()
            .filter(|p| p["section"] == "F" && p["sens"] == sens)
            .filter(|p| (p["budget"] == "consolidé") == together)
            .map(|p| {
                let last = p["passe"].as_array().and_then(|l| l.last()).expect("a year");
                last["montant"].as_i64().expect("centimes")
            })
            .sum()
    };
    for sens in ["D", "R"] {
        let (all, net) = (past(false, sens), past(true, sens));
        assert_eq!(all - net, 4_000_000, "{sens}: {all} together {net}");
    }
    let html = fs::read_to_string(out.join("preparation.html")).expect("a page");
    assert!(html.contains("Fonctionnement, tous budgets"), "the budgets together are drawn");
}

#[test]
fn a_scenario_is_chosen_without_script() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = report(folder.path(), "preparation", &[Path::new(DEMO)]);
    let json = results(&out);
    let list = json["preparation"]["scenarios_projetes"].as_array().expect("scenarios");
    assert!(list.len() >= 3, "{}", list.len());
    let last = |i: usize| list[i]["projections"][0]["prevu"][0]["prevision"].as_i64();
    assert_ne!(last(0), last(1), "a scenario moves a total");
    let Some(mut browser) = Browser::start() else { return };
    for script in [false, true] {
        let how = Opening { script, ..Opening::LAPTOP };
        let mut tab = browser.open(&out.join("preparation.html"), how);
        let shown = "[...document.querySelectorAll('.choix>.panneau')].map((p, i) => p.offsetHeight > 0 ? i : -1).filter(i => i >= 0).join()";
        assert_eq!(tab.eval(shown), "0", "script {script}");
        tab.eval("document.querySelector('#sc0').focus()");
        tab.press("ArrowDown", 40);
        assert_eq!(tab.eval(shown), "1", "script {script}: by keyboard");
        let radios = tab.count("document.querySelectorAll('.choix>input').length");
        let panels = tab.count("document.querySelectorAll('.choix>.panneau').length");
        assert_eq!((radios, panels), (list.len() as i64, list.len() as i64));
        tab.eval("document.querySelector('label[for=sc2]').click()");
        assert_eq!(tab.eval(shown), "2", "script {script}: by its label");
    }
}

#[test]
fn the_cash_curve_starts_from_the_balance_typed_and_ends_with_the_forecast() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = folder.path().join("entrees");
    copy_folder(&root().join(DEMO), &inputs);
    let typed = "[tresorerie]\nexercice = 2026\nsolde = 1500000.00\n";
    fs::write(inputs.join("vigie.toml"), typed).expect("writable");
    let out = report(folder.path(), "preparation", &[&inputs]);
    let json = results(&out);
    let cash = &json["preparation"]["tresorerie"];
    let soldes = cash["soldes"].as_array().expect("balances");
    assert_eq!(soldes.len(), 12);
    let total = |sens: &str| -> i64 {
        json["preparation"]["previsions"]
            .as_array()
            .expect("rows")
            .iter()
            .filter(|p| p["niveau"] == "total" && p["exercice"] == 2026 && p["sens"] == sens)
            .filter_map(|p| p["prevision"].as_i64())
            .sum()
    };
    let end = soldes[11]["solde"].as_i64().expect("centimes");
    // provisions and receivables given up move no cash
    let cashless = |sens: &str, codes: &[&str]| -> i64 {
        json["preparation"]["previsions"]
            .as_array()
            .expect("rows")
            .iter()
            .filter(|p| p["niveau"] == "nature" && p["exercice"] == 2026 && p["sens"] == sens)
            .filter(|p| codes.iter().any(|c| p["code"].as_str().is_some_and(|n| n.starts_with(c))))
            .filter_map(|p| p["prevision"].as_i64())
            .sum()
    };
    let out_of = cashless("R", &["78"]) - cashless("D", &["68", "654"]);
    let expected = 150_000_000 + total("R") - total("D") - out_of;
    assert!((end - expected).abs() <= 100, "{end} for {expected}");
    let rythme = cash["rythme"].as_array().expect("a rhythm");
    for pair in rythme.windows(2) {
        assert!(pair[0]["mandats"].as_i64() <= pair[1]["mandats"].as_i64(), "cumulated");
    }
    let html = fs::read_to_string(out.join("preparation.html")).expect("a page");
    assert!(html.contains("Solde du compte 515 en fin de mois"));
    assert!(out.join("figures").is_dir() && out.join("previsions.parquet").is_file());
}

#[test]
fn the_audit_counts_thresholds_suppliers_delays_and_months() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = report(folder.path(), "audit", &[Path::new(DEMO)]);
    let json = results(&out);
    let audit = &json["audit"];
    let n = |v: &Value| v.as_u64().unwrap_or_else(|| panic!("{v} is no count"));
    for limit in audit["seuils"].as_array().expect("thresholds") {
        let bands = limit["barres"].as_array().expect("bands");
        assert_eq!(bands.len(), 10);
        assert_eq!(bands.iter().map(|b| n(&b["commandes"])).sum::<u64>(), n(&limit["commandes"]));
        assert_eq!(n(&bands[4]["commandes"]), n(&limit["juste_dessous"]));
    }
    let suppliers = &audit["concentration"];
    let cumul = suppliers["cumul"].as_array().expect("ranks");
    let last = cumul.last().expect("a rank");
    assert_eq!(last["montant"], suppliers["montant"]);
    assert_eq!(last["rang"], suppliers["fournisseurs"]);
    let delays = &audit["delais"];
    let months = delays["mois"].as_array().expect("months");
    assert!(!months.is_empty() && months.len() <= 12);
    assert_eq!(n(&delays["plafond_jours"]), 30);
    for m in months {
        let q: Vec<u64> = m["quantiles"].as_array().expect("five").iter().map(n).collect();
        assert!(q.windows(2).all(|w| w[0] <= w[1]) && q[4] <= n(&m["maximum"]), "{m}");
    }
    assert!(!audit["mois"].as_array().expect("chapitres").is_empty());
    let html = fs::read_to_string(out.join("audit.html")).expect("a page");
    for id in ["seuils", "tiers", "calendrier", "ruptures"] {
        let section = html.split(&format!("id=\"{id}\"")).nth(1).expect("a section");
        let section = section.split("</section>").next().expect("its end");
        assert!(section.contains("<svg") && section.contains("<table"), "{id}: drawn, with tables");
    }
    // the same findings in the three tables
    let csv = fs::read_to_string(out.join("constats.csv")).expect("a table").lines().count() - 1;
    let mut rows = vigie::frames::parquet_rows::Rows::open(&out.join("constats.parquet"))
        .expect("a Parquet file");
    let names = rows.names().to_vec();
    assert!(names.iter().any(|n| n == "indices") && names.iter().any(|n| n == "enjeu"));
    let mut count = 0;
    while rows.next(1_000, &mut |_| count += 1).expect("readable") {}
    assert_eq!(count, csv);
}

/// The folder of real documents, or a word that the test is skipped.
fn montreuil() -> Option<PathBuf> {
    let folder = root().join("../shared/data/totem/montreuil");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("ignoré : {} est absent", folder.display());
    None
}

/// The demo with the means of its strate and the base of a home.
fn with_strate(folder: &Path) -> PathBuf {
    let inputs = folder.join("strate-entrees");
    copy_folder(&root().join(DEMO), &inputs);
    let mut head = "an;dep;icom;inom;pop1;nomsst1".to_owned();
    let mut row = "2025;000;001;SAINT-EXEMPLE;12480;10 000 à 20 000".to_owned();
    for (code, mean) in [
        ("prod", 1_350),
        ("charge", 1_190),
        ("perso", 700),
        ("caf", 180),
        ("equip", 400),
        ("dette", 850),
    ] {
        let _ = write!(head, ";{code};f{code};m{code}");
        let _ = write!(row, ";15000.00;1200.00;{mean}.50");
    }
    let table = format!("{head}\n{row}\n");
    fs::write(inputs.join("comptes_individuels_2025.csv"), table).expect("writable");
    let typed = "[commune]\npopulation = 12480\nbase_moyenne = 3950.00\n                 [scenario.prudent]\ninflation = 2.0\nenergie = 6.0\nbases = 0.8\ndgf = -1.0\n";
    fs::write(inputs.join("vigie.toml"), typed).expect("writable");
    inputs
}

/// Two pages, whatever the town: real accounts, a strate, many budgets.
#[test]
fn the_summary_holds_on_two_pages() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut pages: Vec<(&str, PathBuf)> = Vec::new();
    if let Some(town) = montreuil() {
        let out = report(&folder.path().join("montreuil"), "synthese", &[&town]);
        pages.push(("Montreuil", out));
    }
    let inputs = two_budgets(folder.path());
    pages.push(("two budgets", report(&folder.path().join("deux"), "synthese", &[&inputs])));
    let full = with_strate(folder.path());
    pages.push(("a strate", report(&folder.path().join("strate"), "synthese", &[&full])));
    for (name, out) in &pages {
        let mut tab = browser.open(&out.join("synthese.html"), Opening::LAPTOP);
        assert_eq!(tab.printed_pages(), 2, "{name}");
        let drawn = tab.count("document.querySelectorAll('#comparaison svg').length");
        assert_eq!(drawn, i64::from(*name == "a strate"), "{name}: dot and tick");
    }
}
