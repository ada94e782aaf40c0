//! Hostile inputs through the program itself, built on the fly: each must end in bounded time and memory,
//! with rows counted or a refusal in three parts, and never a panic.
//!
//! Memory is the peak of the child (`VmHWM`), looked at while it runs; where the system does not give it,
//! the test says so and checks the rest. Paths are in `hostile_paths.rs`.
//!
//! **Invariant:** what is built here is never written in the repository.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use zip::write::SimpleFileOptions;

use crate::support::vigie;

/// What a run of the program did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Peak of the memory in MiB, 0 where it is not known.
    pub(crate) peak: u64,
    pub(crate) time: Duration,
}

/// Longest a run may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Runs the program in a folder; ends it when it takes too long.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Outcome {
    let log = |name: &str| File::create(folder.join(name)).expect("a writable folder");
    let started = Instant::now();
    let mut child = vigie()
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log(".stdout"))
        .stderr(log(".stderr"))
        .spawn()
        .expect("the binary starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        peak = peak.max(peak_of(&status));
        if let Some(status) = child.try_wait().expect("the child is ours") {
            break status.code().unwrap_or(-1);
        }
        if started.elapsed() > PATIENCE {
            child.kill().expect("the child is ours");
            child.wait().expect("the child is ours");
            panic!("{args:?}: still running after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(4));
    };
    let text = |name: &str| {
        let bytes = fs::read(folder.join(name)).expect("written above");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let time = started.elapsed();
    let outcome = Outcome { code, stdout: text(".stdout"), stderr: text(".stderr"), peak, time };
    outcome.check(args);
    outcome
}

/// Peak of the memory of a process, in MiB.
fn peak_of(status: &str) -> u64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

impl Outcome {
    /// What holds for every run.
    fn check(&self, args: &[&str]) {
        let told = format!("{args:?}: code {}\n{}", self.code, self.stderr);
        assert!(matches!(self.code, 0 | 2), "{told}");
        assert!(!self.stderr.contains("panicked"), "{told}");
        assert!(self.code == 0 || self.stderr.contains("à faire :"), "{told}");
        assert!(self.stderr.len() < 64 << 10, "a message of {} bytes", self.stderr.len());
        println!("{args:?}: code {}, {} Mio, {:?}", self.code, self.peak, self.time);
    }

    /// Refused, with these words.
    pub(crate) fn refused(&self, words: &[&str]) -> &Self {
        assert_eq!(self.code, 2, "{}{}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "« {word} » is not in:\n{}", self.stderr);
        }
        self
    }

    /// Done within so many MiB, where they are known.
    pub(crate) fn under(&self, mib: u64) -> &Self {
        assert!(self.peak <= mib, "{} MiB, at most {mib} expected", self.peak);
        self
    }
}

/// `rapprochement.json` of a run that wrote `sortie`.
fn proof(folder: &Path) -> Value {
    let bytes = fs::read(folder.join("sortie/rapprochement.json")).expect("written by lire");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Rows read, kept, set aside, of all the ledgers of a run; read = kept + set aside.
fn counts(folder: &Path) -> (u64, u64, u64) {
    let proof = proof(folder);
    let ledgers = proof["ecritures"].as_array().expect("a list").clone();
    let sum = |key: &str| ledgers.iter().filter_map(|l| l[key].as_u64()).sum::<u64>();
    let (read, kept, aside) = (sum("lignes_lues"), sum("lignes_retenues"), sum("lignes_ecartees"));
    assert_eq!(read, kept + aside, "{proof}");
    (read, kept, aside)
}

fn doubtful(folder: &Path) -> String {
    let bytes = fs::read(folder.join("sortie/lignes_douteuses.csv")).expect("written by lire");
    String::from_utf8(bytes).expect("UTF-8")
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    fs::write(folder.join(name), bytes).expect("a writable folder");
}

/// Writes a file: start, one byte so many times, end.
fn pour(folder: &Path, name: &str, start: &str, times: usize, end: &str) {
    let mut out = File::create(folder.join(name)).expect("a writable folder");
    let mut put = |bytes: &[u8]| out.write_all(bytes).expect("room on the disk");
    put(start.as_bytes());
    let block = vec![b'x'; 1 << 20];
    (0..times >> 20).for_each(|_| put(&block));
    put(end.as_bytes());
}

const HEADER: &str = "date_mandat;mandat;tiers_nom;objet;nature;montant\n";

/// So many ordinary rows.
fn rows(n: usize) -> String {
    (1..=n)
        .map(|i| format!("2025-03-{:02};{i};SARL Exemple;Fournitures;60632;{i},50\n", i % 28 + 1))
        .collect()
}

fn lire(folder: &Path, input: &str) -> Outcome {
    run(folder, &["lire", input, "--sortie", "sortie"])
}

#[test]
fn bytes_that_are_no_text() {
    let folder = scratch();
    let place = folder.path();
    let mut bytes = format!("{HEADER}{}", rows(30)).into_bytes();
    bytes.extend_from_slice(
        b"2025-04-01;31;\xff\xfe\x80\xc3;\xed\xa0\x80\xf4\x90\x80\x80;60632;10,00\n",
    );
    bytes.extend_from_slice(b"2025-04-02;32;A\0B\0;C\0;60632;1\x000,00\n");
    bytes.extend_from_slice(b"2025-04-03;33;\0\0\0;;60632;12,00\n");
    write(place, "m.csv", &bytes);
    assert_eq!(lire(place, "m.csv").under(150).code, 0);
    let (read, kept, _) = counts(place);
    assert!(read == 33 && kept >= 32, "{read} read, {kept} kept");
    write(place, "nul.csv", vec![0_u8; 8 << 20]);
    lire(place, "nul.csv").under(150).refused(&["nul.csv"]);
    let noise: Vec<u8> =
        (0..4_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for name in ["noise.csv", "noise.xml", "noise.xlsx", "noise.pdf", "noise.json", "noise.zip"] {
        write(place, name, &noise);
        lire(place, name).under(200).refused(&[name]);
    }
}

#[test]
fn ten_thousand_columns() {
    let folder = scratch();
    let place = folder.path();
    let wide = |n: usize, cell: &str| (0..n).map(|i| format!(";{cell}{i}")).collect::<String>();
    let mut text = format!("date_mandat;montant;tiers_nom{}\n", wide(10_000, "colonne "));
    for i in 0..200 {
        text.push_str(&format!("2025-01-{:02};12,00;T{i}{}\n", i % 28 + 1, wide(10_000, "")));
    }
    write(place, "large.csv", &text);
    assert_eq!(lire(place, "large.csv").under(400).code, 0);
    assert_eq!(counts(place), (200, 200, 0));
    write(place, "tres-large.csv", format!("date_mandat;montant{}\n", wide(2_000_000, "c")));
    lire(place, "tres-large.csv").under(400).refused(&["tres-large.csv"]);
    write(place, "points.csv", ";".repeat(30 << 20));
    lire(place, "points.csv").under(400).refused(&["points.csv"]);
}

#[test]
fn a_line_of_200_megabytes() {
    let folder = scratch();
    let place = folder.path();
    let many = 200 << 20;
    // after good rows, the line is one record set aside: the others are kept
    pour(
        place,
        "m.csv",
        &format!("{HEADER}{}", rows(20)),
        many,
        "\n2025-05-01;21;A;B;60632;3,00\n",
    );
    lire(place, "m.csv").under(500);
    assert_eq!(counts(place).1, 21);
    for (name, start, end) in [
        ("seule.csv", "", ""),
        ("quote.csv", "date_mandat;montant;objet\n2025-01-01;1,00;\"", ""),
        (
            "budget.xml",
            "<DocumentBudgetaire><EnTeteDocBudgetaire><LibelleColl V=\"",
            "\"/></EnTeteDocBudgetaire></DocumentBudgetaire>",
        ),
        (
            "pes.xml",
            "<PES_Aller><Enveloppe><Parametres><NomFic V=\"",
            "\"/></Parametres></Enveloppe></PES_Aller>",
        ),
        ("liste.json", "{\"listeFactures\":[{\"numeroFacture\":\"", "\"}]}"),
    ] {
        fs::remove_file(place.join("m.csv")).ok();
        pour(place, name, start, many, end);
        let outcome = lire(place, name);
        outcome.under(500);
        assert!(outcome.stderr.contains(name), "{}", outcome.stderr);
        assert!(outcome.code == 2 || counts(place).1 == 0, "a row was made of nothing");
        fs::remove_file(place.join(name)).expect("written above");
    }
}

/// A zip of one member after `before`, of so many MiB of one byte.
fn zipped(folder: &Path, name: &str, before: &[(&str, &str)], member: &str, mib: usize) {
    let file = BufWriter::new(File::create(folder.join(name)).expect("a writable folder"));
    let mut zip = zip::ZipWriter::new(file);
    for (name, text) in before {
        let stored =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(*name, stored).expect("room");
        zip.write_all(text.as_bytes()).expect("room");
    }
    zip.start_file(member, SimpleFileOptions::default().large_file(true)).expect("room");
    let block = vec![b' '; 1 << 20];
    (0..mib).for_each(|_| zip.write_all(&block).expect("room"));
    zip.finish().expect("room");
}

#[test]
fn zip_bombs() {
    let folder = scratch();
    let place = folder.path();
    let workbook = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
        xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
        <sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    let office = [("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", workbook)];
    zipped(place, "feuille.xlsx", &office, "xl/worksheets/sheet1.xml", 400);
    lire(place, "feuille.xlsx").under(200).refused(&["feuille.xlsx", "fichier piégé"]);
    zipped(place, "textes.xlsx", &office, "xl/sharedStrings.xml", 400);
    lire(place, "textes.xlsx").under(200).refused(&["textes.xlsx", "fichier piégé"]);
    let kind = [("mimetype", "application/vnd.oasis.opendocument.spreadsheet")];
    zipped(place, "classeur.ods", &kind, "content.xml", 400);
    lire(place, "classeur.ods").under(200).refused(&["classeur.ods", "fichier piégé"]);
    zipped(place, "envoi.zip", &[], "mandats.csv", 400);
    lire(place, "envoi.zip").under(200).refused(&["envoi.zip", "hors de proportion"]);
    // a bomb beside honest files is listed, the others are read
    fs::create_dir(place.join("d")).expect("a writable folder");
    write(&place.join("d"), "m.csv", format!("{HEADER}{}", rows(20)));
    fs::rename(place.join("envoi.zip"), place.join("d/envoi.zip")).expect("one folder");
    assert_eq!(lire(place, "d").under(200).code, 0);
    assert_eq!(counts(place), (20, 20, 0));
    assert!(proof(place)["fichiers_ignores"].to_string().contains("hors de proportion"));
}

#[test]
fn a_bomb_in_a_pdf() {
    use lopdf::{Document, Stream, dictionary};
    let folder = scratch();
    let mut document = Document::with_version("1.7");
    let mut stream = Stream::new(dictionary! { "Type" => "EmbeddedFile" }, vec![b' '; 300 << 20]);
    stream.compress().expect("memory");
    let file = document.add_object(stream);
    let spec = document.add_object(dictionary! {
        "Type" => "Filespec",
        "F" => lopdf::Object::string_literal("factur-x.xml"),
        "EF" => dictionary! { "F" => file },
    });
    let catalog = document.add_object(dictionary! {
        "Type" => "Catalog",
        "AF" => vec![spec.into()],
        "Names" => dictionary! { "EmbeddedFiles" => dictionary! {
            "Names" => vec![lopdf::Object::string_literal("factur-x.xml"), spec.into()],
        } },
    });
    document.trailer.set("Root", catalog);
    document.save(folder.path().join("facture.pdf")).expect("a writable folder");
    lire(folder.path(), "facture.pdf").under(250).refused(&["facture.pdf", "enfle"]);
    let deep = format!(
        "%PDF-1.7\n1 0 obj\n{}\nendobj\ntrailer <</Root 1 0 R>>\n%%EOF",
        "[".repeat(200_000)
    );
    write(folder.path(), "profond.pdf", deep);
    lire(folder.path(), "profond.pdf").under(250).refused(&["profond.pdf"]);
}

/// Roots of the XML formats.
const ROOTS: [&str; 5] = [
    "DocumentBudgetaire",
    "n:PES_Aller xmlns:n=\"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller\"",
    "rsm:CrossIndustryInvoice xmlns:rsm=\"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100\"",
    "Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\"",
    "CPPFacturePivot",
];

fn closing(root: &str) -> &str {
    root.split(' ').next().unwrap_or(root)
}

#[test]
fn entities_are_never_expanded() {
    let folder = scratch();
    let place = folder.path();
    write(place, "secret.txt", "secret de la machine");
    let mut laughs = String::from("<!ENTITY l0 \"ha\">");
    for i in 1..=30 {
        laughs.push_str(&format!("<!ENTITY l{i} \"{}\">", format!("&l{};", i - 1).repeat(10)));
    }
    let outside = format!("<!ENTITY l30 SYSTEM \"file://{}/secret.txt\">", place.display());
    for (i, root) in ROOTS.iter().enumerate() {
        for (kind, entities) in [("rires", &laughs), ("dehors", &outside)] {
            let name = format!("{kind}-{i}.xml");
            let end = closing(root);
            write(
                place,
                &name,
                format!(
                    "<?xml version=\"1.0\"?>\n<!DOCTYPE a [{entities}]>\n<{root}><x V=\"&l30;\">&l30;</x></{end}>"
                ),
            );
            let outcome = lire(place, &name);
            outcome.under(150).refused(&[&name]);
            assert!(!outcome.stderr.contains("secret de la machine"));
            assert!(outcome.time < Duration::from_secs(20), "{:?}", outcome.time);
        }
    }
}

#[test]
fn nesting_a_hundred_thousand_deep() {
    let folder = scratch();
    let place = folder.path();
    let deep = 100_000;
    for (i, root) in ROOTS.iter().enumerate() {
        let name = format!("profond-{i}.xml");
        let inside = format!("{}{}", "<a>".repeat(deep), "</a>".repeat(deep));
        write(place, &name, format!("<{root}>{inside}</{}>", closing(root)));
        lire(place, &name).under(150).refused(&[&name]);
    }
    for (name, start) in [
        ("liste.json", "{\"listeFactures\":"),
        ("marches.json", "{\"marches\":"),
        ("rien.json", ""),
    ] {
        write(place, name, format!("{start}{}{}", "[".repeat(deep), "]".repeat(deep)));
        lire(place, name).under(150).refused(&[name]);
        write(place, name, format!("{start}{}1{}", "{\"a\":".repeat(deep), "}".repeat(deep)));
        lire(place, name).under(150).refused(&[name]);
    }
    write(place, "m.csv", format!("{HEADER}{}", rows(20)));
    write(
        place,
        "c.toml",
        format!("[colonnes]\nmontant = {}{}", "[".repeat(deep), "]".repeat(deep)),
    );
    run(place, &["lire", "m.csv", "--correspondance", "c.toml", "--sortie", "sortie"])
        .under(150)
        .refused(&["c.toml"]);
    let office = [("[Content_Types].xml", "<Types/>")];
    let sheet = format!("<workbook>{}", "<sheets>".repeat(deep));
    let file = File::create(place.join("profond.xlsx")).expect("a writable folder");
    let mut zip = zip::ZipWriter::new(file);
    for (name, text) in office.into_iter().chain([("xl/workbook.xml", sheet.as_str())]) {
        zip.start_file(name, SimpleFileOptions::default()).expect("room");
        zip.write_all(text.as_bytes()).expect("room");
    }
    zip.finish().expect("room");
    lire(place, "profond.xlsx").under(150).refused(&["profond.xlsx"]);
}

/// Values no export should hold, as amounts.
const AMOUNTS: [&str; 14] = [
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "-inf",
    "92233720368547758,08",
    "-92233720368547758,09",
    "99999999999999999999999999999999",
    "1,0000000000000000000000001",
    "0x1F",
    "--5",
    "5-",
    "1;2",
    "١٢٣",
];

#[test]
fn absurd_amounts_and_dates() {
    let folder = scratch();
    let place = folder.path();
    let mut text = format!("{HEADER}{}", rows(40));
    for (i, amount) in AMOUNTS.iter().enumerate() {
        text.push_str(&format!("2025-06-01;{};A;B;60632;\"{amount}\"\n", 100 + i));
    }
    for (i, date) in
        ["0000-00-00", "9999-99-99", "2025-02-31", "99999-01-01", "-0001-01-01", "1e9", "NaN"]
            .iter()
            .enumerate()
    {
        text.push_str(&format!("{date};{};A;B;60632;5,00\n", 200 + i));
    }
    write(place, "m.csv", &text);
    assert_eq!(lire(place, "m.csv").under(150).code, 0);
    let (read, kept, aside) = counts(place);
    assert_eq!(read, 40 + AMOUNTS.len() as u64 + 7);
    assert!(kept >= 40 && aside >= 12, "{kept} kept, {aside} aside");
    let doubtful = doubtful(place);
    for value in ["1e400", "NaN", "92233720368547758,08", "9999-99-99", "2025-02-31"] {
        assert!(doubtful.contains(value), "« {value} » is not told:\n{doubtful}");
    }
    assert_eq!(run(place, &["scanner", "m.csv", "--sortie", "scan"]).under(200).code, 0);
}

#[test]
fn sums_beyond_the_centimes_are_clamped_or_refused_but_never_wrap() {
    let folder = scratch();
    let place = folder.path();
    let huge = "92233720368547758,07";
    let mut text = format!("{HEADER}{}", rows(30));
    for i in 0..40 {
        text.push_str(&format!(
            "2025-06-{:02};{};SARL Géante;Objet {i};60632;{huge}\n",
            i % 28 + 1,
            100 + i
        ));
    }
    write(place, "m.csv", &text);
    assert_eq!(lire(place, "m.csv").under(150).code, 0);
    let total = &proof(place)["ecritures"][0]["total"];
    assert!(total.as_i64().is_none_or(|t| t > 0), "the total wraps: {total}");
    run(place, &["scanner", "m.csv", "--sortie", "scan"]).under(200);
    let line = |amount: &str| {
        format!(
            "<LigneBudget><Nature V=\"6064\"/><Fonction V=\"01\"/><ContNat V=\"011\"/><OpBudg V=\"0\"/>\
             <CodRD V=\"D\"/><MtBudgPrec V=\"0\"/><MtPrev V=\"{amount}\"/><CredOuv V=\"{amount}\"/>\
             <MtReal V=\"{amount}\"/></LigneBudget>"
        )
    };
    let lines: String =
        ["92233720368547758.07", "92233720368547758.07", "1e400", "NaN", "-1E308", "12.5"]
            .iter()
            .map(|a| line(a))
            .collect();
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><DocumentBudgetaire xmlns=\"http://www.minefi.gouv.fr/cp/demat/docbudgetaire\">\
         <EnTeteDocBudgetaire><LibelleColl V=\"Saint-Exemple\"/><IdColl V=\"21000010500010\"/></EnTeteDocBudgetaire>\
         <Budget><EnTeteBudget><LibelleEtab V=\"Saint-Exemple\"/><IdEtab V=\"21000010500010\"/><Nomenclature V=\"M57-M57\"/></EnTeteBudget>\
         <BlocBudget><NatDec V=\"09\"/><Exer V=\"2024\"/></BlocBudget><LigneBudget/>{lines}</Budget></DocumentBudgetaire>"
    );
    write(place, "CA_2024.xml", document);
    lire(place, "CA_2024.xml").under(150);
    run(place, &["prevoir", "CA_2024.xml", "--sortie", "prevoir"]).under(200);
}

#[test]
fn series_with_absurd_values() {
    let folder = scratch();
    let place = folder.path();
    let good: String = (2000..2020).map(|y| format!("a,{y},{}\n", y * 3)).collect();
    for (i, bad) in [
        "b,2000,1e400",
        "b,2000,NaN",
        "b,99999999999999999999,1",
        "b,2000,",
        "b,2000-99-99,1",
        "b,,1",
    ]
    .iter()
    .enumerate()
    {
        let name = format!("s{i}.csv");
        write(place, &name, format!("unique_id,ds,y\n{good}{bad}\n"));
        run(place, &["series", &name, "--horizon", "3", "--sortie", "p.csv"]).under(150);
    }
    write(
        place,
        "grand.csv",
        format!(
            "unique_id,ds,y\n{}",
            (2000..2020).map(|y| format!("a,{y},1e300\n")).collect::<String>()
        ),
    );
    run(place, &["series", "grand.csv", "--horizon", "3", "--sortie", "p.csv"]).under(150);
    write(
        place,
        "trou.csv",
        "unique_id,ds,y\na,1,1\na,9000000000000000000,2\nb,0001-01-01,1\nb,9999-12-31,4\n",
    );
    run(place, &["series", "trou.csv", "--horizon", "3", "--sortie", "p.csv"]).under(200);
    let line = "x".repeat(50 << 20);
    write(place, "longue.csv", format!("unique_id,ds,y\n{line},2000,1\n"));
    run(place, &["series", "longue.csv", "--horizon", "3", "--sortie", "p.csv"]).under(400);
}

#[test]
fn one_message_for_a_hundred_thousand_bad_rows() {
    let folder = scratch();
    let place = folder.path();
    let mut out = BufWriter::new(File::create(place.join("m.csv")).expect("a writable folder"));
    let fill = |out: &mut BufWriter<File>| -> io::Result<()> {
        write!(out, "{HEADER}{}", rows(50))?;
        for i in 0..400_000 {
            writeln!(out, "2025-13-45;{i};SARL Exemple;Fournitures;60632;douze euros")?;
        }
        out.flush()
    };
    fill(&mut out).expect("room on the disk");
    let outcome = lire(place, "m.csv");
    outcome.under(400);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(counts(place), (400_050, 50, 400_000));
}
