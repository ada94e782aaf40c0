//! A delimited table as budget documents: SCDL budget (columns `BGT_…`), or any table with a mapping
//! whose `genre` is `budget`.
//!
//! Takes the bytes of a file, gives a `BudgetFrame` with one document per exercice, stage, number and
//! budget, and the rows set aside.
//!
//! **Invariant:** lines read = kept + set aside; a chapitre or section that is not written comes from the
//! chart of accounts, and says so by its `origine`.

use std::collections::BTreeMap;

use encoding_rs::UTF_8;

use crate::domain::money::{AmountError, Centimes, Decimal, parse_amount};
use crate::domain::nomenclature::{Plan, nomenclature, plan};
use crate::domain::refus::Refus;
use crate::frames::budget::{
    BudgetFrame, Document, Etape, LigneBudget, Ordre, OrigineChapitre, Section,
};
use crate::frames::intern::clean_text;
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::Sens;
use crate::ingest::mapped::build::{read_sens, read_year};
use crate::ingest::mapped::bytes::Blocks;
use crate::ingest::mapped::guess::decimal_of;
use crate::ingest::mapped::mapping::{BUDGET_COLUMNS, Mapping, encoding_name};
use crate::ingest::mapped::records::records_of;
use crate::ingest::mapped::synonyms::normal;
use crate::ingest::sniff;

/// SCDL budget 0.8.3: canonical column, then its title.
const SCDL: [(&str, &str); 13] = [
    ("etape", "BGT_NATDEC"),
    ("exercice", "BGT_ANNEE"),
    ("budget", "BGT_SIRET"),
    ("nature", "BGT_NATURE"),
    ("libelle", "BGT_NATURE_LABEL"),
    ("fonction", "BGT_FONCTION"),
    ("operation", "BGT_OPERATION"),
    ("section", "BGT_SECTION"),
    ("ordre", "BGT_OPBUDG"),
    ("sens", "BGT_CODRD"),
    ("realise", "BGT_MTREAL"),
    ("vote", "BGT_MTPREV"),
    ("credits_ouverts", "BGT_CREDOUV"),
];
/// Remainders, apart because the list above is full of what every publisher gives.
const SCDL_RAR: (&str, &str) = ("rar", "BGT_MTRAR3112");
const AMOUNTS: [&str; 5] = ["vote", "credits_ouverts", "engage", "realise", "rar"];

/// True for the head of an SCDL budget.
pub fn is_scdl(head: &[u8]) -> bool {
    let head = head.get(..4096).unwrap_or(head);
    let has = |name: &[u8]| memchr::memmem::find(head, name).is_some();
    has(b"BGT_NATURE") && has(b"BGT_CODRD")
}

/// Reads a budget table; `fichier` is its path relative to the argument.
pub fn read(
    bytes: &[u8],
    fichier: &str,
    mapping: Option<&Mapping>,
) -> Result<(BudgetFrame, Vec<Issue>), Refus> {
    sniff::refuse_other_formats(&bytes[..bytes.len().min(4096)], fichier)?;
    let table = Table::open(bytes, fichier, mapping)?;
    let mut reader = Reader { table: &table, documents: BTreeMap::new(), issues: Vec::new() };
    for (rank, row) in table.rows.iter().enumerate() {
        reader.row(rank as u32 + 1, row);
    }
    let kept = reader.documents.values().any(|(d, _)| d.lignes_retenues > 0);
    if !kept {
        let first = reader.issues.first().map_or(String::new(), |i| {
            format!("enregistrement {} : {}", i.enregistrement, i.raison)
        });
        return Err(Refus::new(
            format!("« {fichier} » : aucune des {} lignes n’est utilisable", table.rows.len()),
            "vérifier les colonnes de la correspondance (genre = \"budget\")",
        )
        .with_extrait(first));
    }
    let sha256 = hash(bytes);
    let mut frame = BudgetFrame::default();
    for (_, (mut document, mut lines)) in reader.documents {
        document.sha256.clone_from(&sha256);
        let index = frame.documents.len() as u32;
        for line in &mut lines {
            line.document = index;
        }
        frame.documents.push(document);
        frame.lignes.append(&mut lines);
    }
    Ok((frame, reader.issues))
}

fn hash(bytes: &[u8]) -> String {
    let mut blocks = Blocks::new(bytes, None, 1 << 16);
    let mut sink = Vec::new();
    // Reading from memory cannot fail.
    while blocks.read_into(&mut sink).unwrap_or(false) {
        sink.clear();
    }
    blocks.sha256()
}

/// The cells of the file and where each canonical column is.
struct Table {
    fichier: String,
    format: &'static str,
    encodage: String,
    rows: Vec<Vec<Vec<u8>>>,
    titles: Vec<String>,
    columns: BTreeMap<&'static str, usize>,
    values: BTreeMap<String, BTreeMap<String, String>>,
    decimal: Decimal,
}

impl Table {
    fn open(bytes: &[u8], fichier: &str, mapping: Option<&Mapping>) -> Result<Self, Refus> {
        let sniffed = sniff::encoding(bytes);
        let given = mapping.and_then(|m| m.encodage).filter(|_| sniffed.mark == 0);
        let encoding = given.unwrap_or(sniffed.encoding);
        let body = &bytes[sniffed.mark..];
        let text = if encoding == UTF_8 {
            body.to_vec()
        } else {
            encoding.decode_without_bom_handling(body).0.into_owned().into_bytes()
        };
        let text = sniff::without_mojibake(&text);
        let dialect =
            sniff::dialect(&text[..text.len().min(1 << 18)], mapping.and_then(|m| m.separateur));
        let mut rows = records_of(text, dialect, usize::MAX);
        let wanted = wanted(mapping);
        let (at, titles, columns) = find_titles(&rows, &wanted);
        rows.drain(..(at + 1).min(rows.len()));
        rows.retain(|r| r.iter().any(|c| !c.is_empty()));
        if !columns.contains_key("nature") || !AMOUNTS.iter().any(|a| columns.contains_key(a)) {
            return Err(Refus::new(
                format!(
                    "« {fichier} » n’a pas les colonnes d’un budget (une nature et un montant)"
                ),
                "donner une correspondance avec genre = \"budget\" et ses [colonnes]",
            )
            .with_extrait(format!("titres lus : {}", titles.join(", "))));
        }
        let amounts: Vec<usize> = AMOUNTS.iter().filter_map(|a| columns.get(a).copied()).collect();
        let cells = rows.iter().take(2_000).flat_map(|r| amounts.iter().filter_map(|i| r.get(*i)));
        let fallback = if dialect.delimiter == b',' { Decimal::Point } else { Decimal::Comma };
        let decimal = mapping.and_then(|m| m.decimale);
        let decimal = decimal.or_else(|| decimal_of(cells.map(Vec::as_slice))).unwrap_or(fallback);
        Ok(Self {
            fichier: fichier.to_owned(),
            format: if mapping.is_some() { "csv" } else { "scdl" },
            encodage: encoding_name(encoding),
            rows,
            titles,
            columns,
            values: mapping.map(|m| m.valeurs.clone()).unwrap_or_default(),
            decimal,
        })
    }

    /// A cell of a canonical column, recoded; empty when missing.
    fn text(&self, row: &[Vec<u8>], column: &str) -> String {
        let cell =
            self.columns.get(column).and_then(|i| row.get(*i)).map_or(&[][..], Vec::as_slice);
        let text = clean_text(cell);
        self.values.get(column).and_then(|v| v.get(&text)).cloned().unwrap_or(text)
    }
}

/// Titles looked for, by canonical column.
fn wanted(mapping: Option<&Mapping>) -> Vec<(&'static str, Vec<String>)> {
    match mapping {
        None => {
            let scdl = SCDL.into_iter().chain([SCDL_RAR]);
            scdl.map(|(column, title)| (column, vec![title.to_owned()])).collect()
        }
        Some(mapping) => BUDGET_COLUMNS
            .into_iter()
            .filter_map(|c| Some((c, mapping.colonnes_budget.get(c)?.clone())))
            .collect(),
    }
}

type Found = (usize, Vec<String>, BTreeMap<&'static str, usize>);

/// The record that holds most of the titles wanted.
fn find_titles(rows: &[Vec<Vec<u8>>], wanted: &[(&'static str, Vec<String>)]) -> Found {
    let mut best: Found = (0, Vec::new(), BTreeMap::new());
    for (rank, row) in rows.iter().take(60).enumerate() {
        let titles: Vec<String> = row.iter().map(|c| clean_text(c)).collect();
        let forms: Vec<String> = titles.iter().map(|t| normal(t)).collect();
        let place = |names: &Vec<String>| {
            names.iter().find_map(|n| {
                let exact = titles.iter().position(|t| t == n.trim());
                exact.or_else(|| forms.iter().position(|t| !t.is_empty() && *t == normal(n)))
            })
        };
        let columns: BTreeMap<&'static str, usize> =
            wanted.iter().filter_map(|(c, names)| Some((*c, place(names)?))).collect();
        if columns.len() > best.2.len() || best.1.is_empty() {
            best = (rank, titles, columns);
        }
    }
    best
}

/// Identity of a document: exercice, stage, number of the DM, budget.
type Key = (u16, Etape, String, String);

struct Reader<'a> {
    table: &'a Table,
    documents: BTreeMap<Key, (Document, Vec<LigneBudget>)>,
    issues: Vec<Issue>,
}

impl Reader<'_> {
    fn row(&mut self, record: u32, row: &[Vec<u8>]) {
        let key = self.key(row);
        let table = self.table;
        let fresh = || (document(table, &key), Vec::new());
        let (document, lines) = self.documents.entry(key.clone()).or_insert_with(fresh);
        document.lignes_lues += 1;
        match line(table, row, key.0, record) {
            Ok(line) => {
                document.lignes_retenues += 1;
                lines.push(line);
            }
            Err((column, valeur, raison)) => {
                document.lignes_ecartees += 1;
                let title = table.columns.get(column).and_then(|i| table.titles.get(*i));
                self.issues.push(Issue {
                    severity: Severity::Ecartee,
                    fichier: table.fichier.clone(),
                    enregistrement: u64::from(record),
                    colonne: title.cloned().unwrap_or_default(),
                    valeur: valeur.chars().take(200).collect(),
                    raison: raison.to_owned(),
                    a_faire: "corriger la cellule dans la source et relire".to_owned(),
                });
            }
        }
    }

    fn key(&self, row: &[Vec<u8>]) -> Key {
        let text = |column| self.table.text(row, column);
        let executed = self.table.columns.contains_key("realise");
        let default = if executed { Etape::Ca } else { Etape::Bp };
        let etape = read_etape(&text("etape")).unwrap_or(default);
        (read_year(text("exercice").as_bytes()), etape, text("numero"), text("budget"))
    }
}

fn document(table: &Table, (exercice, etape, numero, budget): &Key) -> Document {
    let is_siret = budget.len() == 14 && budget.bytes().all(|b| b.is_ascii_digit());
    Document {
        fichier: table.fichier.clone(),
        format: table.format.to_owned(),
        encodage: table.encodage.clone(),
        sha256: String::new(),
        siret: if is_siret { budget.clone() } else { String::new() },
        collectivite: String::new(),
        libelle_budget: if is_siret { String::new() } else { budget.clone() },
        budget: if is_siret || budget.is_empty() { "00".to_owned() } else { budget.clone() },
        type_budget: "P".to_owned(),
        insee: String::new(),
        nomenclature: chart_name(*exercice).to_owned(),
        exercice: *exercice,
        etape: *etape,
        numero: numero.clone(),
        population: None,
        dette: None,
        fiscalite: Vec::new(),
        annexes: crate::frames::budget::Annexes::default(),
        informations: Vec::new(),
        lignes_lues: 0,
        lignes_retenues: 0,
        lignes_ecartees: 0,
    }
}

/// A table does not say its nomenclature: M57 from 2024, when it became the rule, M14 before.
fn chart_name(exercice: u16) -> &'static str {
    if exercice >= 2024 { "M57-M57" } else { "M14-M14_COM_SUP3500" }
}

fn chart(exercice: u16) -> Option<&'static Plan> {
    nomenclature(chart_name(exercice)).map(|n| plan(n.plan))
}

/// Stage of a decision, by its words or its abbreviation.
fn read_etape(text: &str) -> Option<Etape> {
    let words = normal(text);
    let starts = |w: &str| words.starts_with(w);
    match words.as_str() {
        "bp" => Some(Etape::Bp),
        "dm" => Some(Etape::Dm),
        "bs" => Some(Etape::Bs),
        "ca" => Some(Etape::Ca),
        "cfu" => Some(Etape::Cfu),
        _ if starts("budget primitif") => Some(Etape::Bp),
        _ if starts("budget supplementaire") => Some(Etape::Bs),
        _ if starts("decision modificative") => Some(Etape::Dm),
        _ if starts("compte administratif") => Some(Etape::Ca),
        _ if starts("compte financier") => Some(Etape::Cfu),
        _ => None,
    }
}

/// Why a row is set aside: column, value, reason.
type Doubt = (&'static str, String, &'static str);

fn line(table: &Table, row: &[Vec<u8>], exercice: u16, record: u32) -> Result<LigneBudget, Doubt> {
    let text = |column| table.text(row, column);
    if exercice == 0 {
        return Err(("exercice", text("exercice"), "exercice absent ou illisible"));
    }
    let nature = text("nature");
    if nature.is_empty() {
        return Err(("nature", nature, "ligne sans nature : un total, sans doute"));
    }
    let sens = read_sens(text("sens").as_bytes())
        .ok_or_else(|| ("sens", text("sens"), "sens inconnu (ni dépense ni recette)"))?;
    let written = text("chapitre");
    let (ordre, found) = imputation(exercice, &nature, sens, &text("ordre"), &written);
    let section = read_section(&text("section"));
    let fallback = if nature.starts_with(['6', '7']) { Section::F } else { Section::I };
    let amount = |column: &'static str| -> Result<Option<Centimes>, Doubt> {
        match parse_amount(text(column).as_bytes(), table.decimal) {
            Ok(amount) => Ok(Some(Centimes(amount.centimes))),
            Err(AmountError::Empty) => Ok(None),
            Err(error) => Err((column, text(column), error.raison())),
        }
    };
    Ok(LigneBudget {
        document: 0,
        record,
        fonction: text("fonction"),
        operation: text("operation"),
        libelle: text("libelle"),
        chapitre: match &found {
            _ if !written.is_empty() => written,
            Some((chapitre, ..)) => (*chapitre).to_owned(),
            None => nature.get(..2).unwrap_or(&nature).to_owned(),
        },
        section: section.or(found.map(|f| f.1)).unwrap_or(fallback),
        origine: found.map_or(OrigineChapitre::Secours, |f| f.2),
        sens,
        ordre,
        vote: amount("vote")?,
        credits_ouverts: amount("credits_ouverts")?,
        realise: amount("realise")?,
        rar: amount("rar")?,
        rar_precedent: None,
        propose: None,
        budget_precedent: None,
        rattache: None,
        controle: String::new(),
        specialise: None,
        nature,
    })
}

type Imputed = (&'static str, Section, OrigineChapitre);

/// Order of a line, and where the chart puts its account.
fn imputation(
    exercice: u16,
    nature: &str,
    sens: Sens,
    ordre: &str,
    chapitre: &str,
) -> (Ordre, Option<Imputed>) {
    let look = |ordre| {
        let found = chart(exercice)?.imputation(exercice, nature, sens, ordre)?;
        Some((found.chapitre, found.section, found.origine))
    };
    let is_ordre = ["ordre", "oe", "oi", "1", "2"].contains(&normal(ordre).as_str());
    match chapitre {
        "041" | "043" => (Ordre::Interne, look(Ordre::Interne)),
        "040" | "042" | "021" | "023" => (Ordre::EntreSections, look(Ordre::EntreSections)),
        _ if !is_ordre => (Ordre::Reel, look(Ordre::Reel)),
        _ => {
            let between = look(Ordre::EntreSections).filter(|f| f.2 != OrigineChapitre::Prefixe);
            let inside = look(Ordre::Interne);
            match (between, inside) {
                (None, Some(found)) => (Ordre::Interne, Some(found)),
                (between, _) => (Ordre::EntreSections, between),
            }
        }
    }
}

fn read_section(text: &str) -> Option<Section> {
    match normal(text).chars().next()? {
        'f' | 'e' => Some(Section::F),
        'i' => Some(Section::I),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "BGT_NATDEC,BGT_ANNEE,BGT_SIRET,BGT_NATURE,BGT_SECTION,BGT_OPBUDG,BGT_CODRD,BGT_MTREAL,BGT_MTPREV\n";

    #[test]
    fn scdl_lines_and_their_documents() {
        let text = format!(
            "{HEAD}Compte administratif,2021,21000010500010,6064,fonctionnement,réel,dépense,12.50,\n\
             budget primitif,2022,21000010500010,6811,,ordre,dépense,,100.00\n\
             budget primitif,2022,21000010500010,6064,,réel,dépense,,abc\n"
        );
        assert!(is_scdl(text.as_bytes()));
        let (frame, issues) = read(text.as_bytes(), "b.csv", None).expect("a budget");
        let seen: Vec<_> =
            frame.documents.iter().map(|d| (d.exercice, d.etape, d.lignes_lues)).collect();
        assert_eq!(seen, [(2021, Etape::Ca, 1), (2022, Etape::Bp, 2)]);
        assert_eq!(frame.lignes[0].realise, Some(Centimes(1250)));
        assert_eq!(
            (frame.lignes[1].ordre, frame.lignes[1].section),
            (Ordre::EntreSections, Section::F)
        );
        assert_eq!((issues.len(), issues[0].enregistrement), (1, 3));
        assert_eq!(frame.documents[1].lignes_ecartees, 1);
    }

    #[test]
    fn any_table_by_a_mapping() {
        let mapping = Mapping::parse(
            "genre = \"budget\"\n[colonnes]\nexercice = \"An\"\nnature = \"Compte\"\nsens = \"S\"\nrealise = \"Mt\"\n\
             [valeurs.sens]\n\"1\" = \"D\"\n\"2\" = \"R\"\n",
            "c.toml",
        )
        .expect("valid");
        let text = "An;Compte;S;Mt\n2025;6064;1;1 200,50\n2025;7311;2;10\n;;;\n2025;;1;5\n";
        let (frame, issues) = read(text.as_bytes(), "b.csv", Some(&mapping)).expect("a budget");
        assert_eq!(frame.lignes.len(), 2);
        assert_eq!(frame.lignes[0].realise, Some(Centimes(120_050)));
        assert_eq!(frame.lignes[1].sens, Sens::R);
        assert_eq!(issues.len(), 1);
        assert!(read(b"a;b\n1;2\n", "b.csv", Some(&mapping)).is_err());
    }
}
