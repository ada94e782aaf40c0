//! Natural persons never reach a result: every byte written or printed is searched for planted names.

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use crate::support::{files_below, vigie};

/// Words that only planted persons carry.
const SECRETS: [&str; 9] = [
    "KERVADEC",
    "Kervadec",
    "ZORGBIBE",
    "Zorgbibe",
    "TATARINOV",
    "Wojciechowska",
    "Bouhassoun",
    "30006000011234567890",
    "0006 0000 1123 4567",
];
const IBAN: &str = "FR7630006000011234567890189";

/// A ledger where persons are paid twice, by accounts, civility, legal nature, and in free text.
fn ledger() -> String {
    let mut out = String::from(
        "Exercice;Sens;Mandat;Date mandat;Nom du tiers;Civilité;SIRET;IBAN;N° facture;Objet;Article;Montant TTC\n",
    );
    let mut number = 0;
    let mut put = |day: u32, rest: &str| {
        number += 1;
        let _ =
            writeln!(out, "2025;D;{number};{:02}/{:02}/2025;{rest}", day % 28 + 1, day % 12 + 1);
    };
    for day in 0..60 {
        put(day, &format!("LIBRAIRIE DU PARC;;21750001600019;{IBAN};F{day};Livres;6065;{day},50"));
        put(day, "URSSAF;;;;;Cotisations de mars;6451;1520,10");
        put(
            day,
            &format!("KERVADEC Yann;;;{IBAN};;Paie {day} Kervadec;64111;1810,{:02}", day % 10),
        );
    }
    for day in [3, 4] {
        put(day, "ZORGBIBE Inès;Mme;;;NOTE-7;Remboursement Mme Zorgbibe atelier;60632;4310,77");
        put(day, "Tatarinov Ivan;;;;;Secours TATARINOV IVAN urgence;65133;985,20");
        put(
            day,
            "LIBRAIRIE DU PARC;;21750001600019;;F-99;Livres remis à Yann Kervadec;6065;912,40",
        );
    }
    put(5, "TRAITEUR DU LAC;;;;;Repas de M. Wojciechowska;60623;77,00");
    put(5, ";;;;;Secours famille Bouhassoun;65133;150,00");
    put(6, "KERVADEC Yann;;;;;Paie;64111;douze Kervadec");
    put(
        6,
        "ZORGBIBE Inès;Mme;;FR76 3000 6000 0112 3456 7890 189;;virement FR76 3000 6000 0112 3456 7890 189;60632;12,00",
    );
    out
}

/// The bytes a reader of a result may see: those of the parts for a workbook.
fn readable(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).expect("a result is readable");
    if path.extension().is_none_or(|e| e != "xlsx") {
        return bytes;
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let mut all = Vec::new();
    for i in 0..archive.len() {
        archive.by_index(i).expect("a part").read_to_end(&mut all).expect("a part is readable");
    }
    all
}

fn leaks(bytes: &[u8]) -> Vec<&'static str> {
    let found = |s: &&&str| bytes.windows(s.len()).any(|w| w == s.as_bytes());
    SECRETS.iter().filter(found).copied().collect()
}

fn run(folder: &Path, command: &[&str], more: &[&str]) -> (std::path::PathBuf, Vec<u8>) {
    let out = folder.join(format!("sortie-{}", command.join("-")));
    let mut vigie: Command = vigie();
    vigie.args(command).arg(folder.join("donnees")).arg("--sortie").arg(&out).args(more);
    let done = vigie.args(["--date", "2026-03-02", "--ecraser"]).output().expect("vigie runs");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    (out, [done.stdout, done.stderr].concat())
}

const COMMANDS: [&[&str]; 5] =
    [&["lire"], &["verifier"], &["scanner"], &["rapport", "audit"], &["echantillon"]];

fn prepare(cle: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("donnees");
    std::fs::create_dir(&data).expect("writable");
    std::fs::write(data.join("mandats.csv"), ledger()).expect("writable");
    let key = cle.map_or_else(String::new, |c| format!("[vie_privee]\ncle = \"{c}\"\n"));
    std::fs::write(data.join("vigie.toml"), key).expect("writable");
    folder
}

#[test]
fn planted_names_and_ibans_reach_no_output() {
    for key in [None, Some("une clef secrète pour les pseudonymes de test")] {
        let folder = prepare(key);
        for command in COMMANDS {
            let csv: &[&str] = if command == ["lire"] { &["--csv"] } else { &[] };
            let (out, printed) = run(folder.path(), command, csv);
            assert_eq!(leaks(&printed), [""; 0], "{command:?} prints names");
            let words = String::from_utf8_lossy(&printed).into_owned();
            assert_eq!(words.contains("vigie init"), key.is_none(), "{command:?}: {words}");
            for file in files_below(&out) {
                assert_eq!(leaks(&readable(&file)), [""; 0], "{}", file.display());
            }
        }
        let table = std::fs::read_to_string(folder.path().join("sortie-lire/ecritures.csv"));
        let table = table.expect("written");
        assert!(table.contains("LIBRAIRIE DU PARC") && table.contains("URSSAF"), "companies stay");
        assert!(table.contains("FR76 •••• 0189"));
        let label = if key.is_some() { "personne " } else { "personne physique" };
        assert!(table.contains(label));
        let twins = std::fs::read_to_string(folder.path().join("sortie-scanner/constats.csv"));
        assert!(
            twins.expect("written").contains("DBL"),
            "persons paid twice are found all the same"
        );
    }
}

#[test]
fn the_reviewer_sees_names_but_images_do_not() {
    let folder = prepare(None);
    let (out, _) = run(folder.path(), &["rapport", "audit"], &["--nominatif"]);
    let json = std::fs::read_to_string(out.join("resultats.json")).expect("written");
    assert!(json.contains("ZORGBIBE"));
    for file in files_below(&out).iter().filter(|f| f.extension().is_some_and(|e| e == "png")) {
        assert_eq!(leaks(&readable(file)), [""; 0], "{}", file.display());
    }
    let page = std::fs::read_to_string(out.join("audit.html")).expect("written");
    let drawn: String =
        page.split("<svg").skip(1).map(|s| s.split("</svg>").next().unwrap_or_default()).collect();
    assert_eq!(leaks(drawn.as_bytes()), [""; 0], "figures are drawn with masked labels");
}
