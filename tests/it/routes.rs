//! The same accounts by four routes: TOTEM XML, SCDL export, DGFiP balances, XML and balances together.
//!
//! **Invariant:** the forecast of a commune does not depend on the format its accounts come in.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::{stderr, vigie};

const SIRET: &str = "21000010500010";
const YEARS: std::ops::RangeInclusive<u16> = 2019..=2023;

/// Account, sens, order, euros in 2019, euros more each year.
const ACCOUNTS: [(&str, char, bool, i64, i64); 9] = [
    ("60611", 'D', false, 4_100, 130),
    ("6411", 'D', false, 61_250, 900),
    ("66111", 'D', false, 1_850, -60),
    ("6811", 'D', true, 3_000, 50),
    ("73111", 'R', false, 70_400, 1_210),
    ("741121", 'R', false, 12_000, 75),
    ("1641", 'D', false, 5_000, 100),
    ("2131", 'D', false, 8_000, 2_500),
    ("28131", 'R', true, 3_000, 50),
];

fn amounts(year: u16) -> impl Iterator<Item = (&'static str, char, bool, i64)> {
    let after = i64::from(year - YEARS.start());
    ACCOUNTS.iter().map(move |(a, s, o, first, more)| (*a, *s, *o, first + more * after))
}

fn totem(year: u16) -> String {
    let lines = amounts(year).fold(String::new(), |mut out, (account, sens, ordre, euros)| {
        let kind = if ordre { "<TypOpBudg V=\"2\"/>" } else { "" };
        let op = u8::from(ordre);
        let _ = write!(
            out,
            "<LigneBudget><Nature V=\"{account}\"/><CodRD V=\"{sens}\"/><MtReal V=\"{euros}.00\"/>\
             <OpBudg V=\"{op}\"/>{kind}</LigneBudget>"
        );
        out
    });
    format!(
        "<DocumentBudgetaire xmlns=\"http://www.minefi.gouv.fr/cp/demat/docbudgetaire\">\
         <EnTeteDocBudgetaire><LibelleColl V=\"SAINT-EXEMPLE\"/><IdColl V=\"{SIRET}\"/></EnTeteDocBudgetaire>\
         <Budget><EnTeteBudget><LibelleEtab V=\"SAINT-EXEMPLE\"/><IdEtab V=\"{SIRET}\"/><CodBud V=\"00\"/>\
         <Nomenclature V=\"M57-M57_A\"/></EnTeteBudget><BlocBudget><NatDec V=\"09\"/><Exer V=\"{year}\"/>\
         <CodTypBud V=\"P\"/></BlocBudget>{lines}</Budget></DocumentBudgetaire>"
    )
}

fn balance(year: u16) -> String {
    let mut out = String::from(
        "EXER;IDENT;LBUDG;CBUDG;NOMEN;COMPTE;OBNETDEB;OBNETCRE;ONBDEB;ONBCRE;OOBDEB;OOBCRE;SD;SC\n",
    );
    let mut gap = 0;
    for (account, sens, ordre, euros) in amounts(year) {
        let (debit, credit) = if sens == 'D' { (euros, 0) } else { (0, euros) };
        let (od, oc) = if ordre { (debit, credit) } else { (0, 0) };
        let _ = writeln!(
            out,
            "{year};{SIRET};SAINT-EXEMPLE;1;M57A;{account};{debit};{credit};0;0;{od};{oc};{debit};{credit}"
        );
        gap += debit - credit;
    }
    let (debit, credit) = ((-gap).max(0), gap.max(0));
    let _ = writeln!(
        out,
        "{year};{SIRET};SAINT-EXEMPLE;1;M57A;515;0;0;{debit};{credit};0;0;{debit};{credit}"
    );
    out
}

/// Level, section, sens, code, exercice: last amount and forecast.
fn forecast(inputs: &Path) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("sortie");
    let output = vigie()
        .args(["prevoir", "--date", "2024-03-14", "--horizon", "2"])
        .arg(inputs)
        .arg("--sortie")
        .arg(&out)
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{}: {}", inputs.display(), stderr(&output));
    let text = fs::read_to_string(out.join("previsions.csv")).expect("a forecast is written");
    let rows = text.lines().skip(1).map(|l| l.split(';').collect::<Vec<_>>());
    rows.map(|c| {
        let key = [c[0], c[2], c[4], c[5], c[6]].join(" ");
        (key, [c[8], c[9], c[10], c[11]].join(" "))
    })
    .collect()
}

#[test]
fn the_route_of_the_accounts_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(&path).expect("writable");
        path
    };
    let (xml, balances, both) = (at("xml"), at("balances"), at("both"));
    for year in YEARS {
        for (folder, name, text) in [
            (&xml, format!("CA_{year}.xml"), totem(year)),
            (&both, format!("CA_{year}.xml"), totem(year)),
            (&balances, format!("balance_{year}.csv"), balance(year)),
            (&both, format!("balance_{year}.csv"), balance(year)),
        ] {
            fs::write(folder.join(name), text).expect("writable");
        }
    }
    let scdl = folder.path().join("scdl");
    let output = vigie()
        .args(["exporter", "scdl", "--complet"])
        .arg(&xml)
        .arg("--sortie")
        .arg(&scdl)
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{}", stderr(&output));
    // a result folder is never read back: the files alone are
    let open = at("open");
    for year in YEARS {
        let name = format!("CA_{year}.scdl.csv");
        fs::copy(scdl.join(&name), open.join(&name)).expect("one file a document");
    }
    let wanted = forecast(&xml);
    assert!(wanted.len() > 20, "{} rows", wanted.len());
    assert_eq!(forecast(&balances), wanted, "balances");
    assert_eq!(forecast(&open), wanted, "SCDL");
    assert_eq!(forecast(&both), wanted, "XML and balances");
}
