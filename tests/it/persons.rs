//! Natural persons never reach a result: every byte written or printed is searched for planted names.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::Command;

use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use crate::support::{files_below, root, vigie};

/// Words that only planted persons carry, folded to lower case.
const SECRETS: [&str; 17] = [
    "kervadec",
    "zorgbibe",
    "tatarinov",
    "wojciechowska",
    "bouhassoun",
    "abdelmoumene",
    "oyarzabal",
    "dombrowski",
    "vlaminck",
    "zanzibari",
    "30006000011234567890",
    "0006 0000 1123 4567",
    "30003017020002010",
    "3017 0200 0201",
    "20041010050500013m02606",
    "20041 01005 0500013m026",
    "matr-778812",
];
const IBAN: &str = "FR7630006000011234567890189";
const SETTINGS: &str = "[[personne]]\nnom = \"Zanzibari\"\nprenom = \"Odile\"\nrole = \"elu\"\n";

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
    put(5, "BAZAR DU PORT;;;;;Vin d'honneur Odile Zanzibari et Ewa Wojciechowska;6232;88,00");
    put(5, "BAZAR DU PORT;;;;;Acompte RIB 20041 01005 0500013M026 06;6232;89,00");
    put(6, "KERVADEC Yann;;;;;Paie;64111;douze Kervadec");
    put(
        6,
        "ZORGBIBE Inès;Mme;;FR76 3000 6000 0112 3456 7890 189;;virement FR76 3000 6000 0112 3456 7890 189;60632;12,00",
    );
    out
}

/// A flow where natural persons are told by their legal nature, with their number and their account.
const PES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">
<EnTetePES><DteStr V="2025-03-14"/><IdColl V="21000010500010"/><CodBud V="00"/></EnTetePES>
<PES_DepenseAller><EnTeteDepense><IdVer V="2"/></EnTeteDepense><Bordereau>
<BlocBordereau><Exer V="2025"/><IdBord V="3"/><DteBordEm V="2025-03-12"/><TypBord V="01"/><NbrPce V="2"/><MtBordHT V="118.80"/></BlocBordereau>
<Piece><BlocPiece><InfoPce><IdPce V="9001"/><TypPce V="01"/><NatPce V="01"/><Obj V="Remboursement Ewa Wojciechowska, IBAN FR76 3000 3017 0200 0201 0412 521"/></InfoPce></BlocPiece>
<LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V="1"/><Nature V="60632"/><MtHT V="100.00"/></InfoLignePce></BlocLignePiece>
<Tiers><InfoTiers><IdTiers V="MATR-778812"/><NatIdTiers V="04"/><CatTiers V="01"/><NatJur V="01"/><Civilite V="Mme"/><Nom V="WOJCIECHOWSKA"/><Prenom V="EWA"/></InfoTiers>
<CpteBancaire><IBAN V="FR76 3000 3017 0200 0201 0412 521"/><TitCpte V="WOJCIECHOWSKA EWA"/></CpteBancaire></Tiers></LigneDePiece></Piece>
<Piece><BlocPiece><InfoPce><IdPce V="9002"/><TypPce V="01"/><NatPce V="01"/><Obj V="Aide"/></InfoPce></BlocPiece>
<LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V="1"/><Nature V="65133"/><MtHT V="douze Bouhassoun"/></InfoLignePce></BlocLignePiece>
<Tiers><InfoTiers><NatJur V="01"/><Nom V="BOUHASSOUN"/><Prenom V="LILA"/></InfoTiers></Tiers></LigneDePiece></Piece>
</Bordereau></PES_DepenseAller></n:PES_Aller>"#;

/// An invoice of a natural person, which no mandat pays, and one with an amount that is none.
const CHORUS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<CPPFacturePivot><Enveloppe><Unite>1</Unite></Enveloppe><CPPFactures Compteur="2">
<CPPFacturePivotUnitaire><Fournisseur><TypeIdentifiant>7</TypeIdentifiant><Identifiant>ABDELMOUMENE QUENTIN 1980</Identifiant><RaisonSociale>Quentin Abdelmoumene</RaisonSociale><ReferenceBancaire><TypeReference>IBAN</TypeReference><Compte>FR7630006000011234567890189</Compte></ReferenceBancaire></Fournisseur><Debiteur><TypeIdentifiant>1</TypeIdentifiant><Identifiant>21000010500010</Identifiant><Nom>Saint-Exemple</Nom></Debiteur><DonneesFacture><Id>F-100</Id><Type>380</Type><Cadre>A1</Cadre><DateEmissionFacture>2025-03-12</DateEmissionFacture><Devise>EUR</Devise><Montants><MontantHT>1000.00</MontantHT><MontantTTC>1000.00</MontantTTC><MontantNetAPayer>1000.00</MontantNetAPayer></Montants><Lignes><Ligne><ReferenceProduit>Atelier de Quentin Abdelmoumene chez Yann Kervadec</ReferenceProduit></Ligne></Lignes></DonneesFacture></CPPFacturePivotUnitaire>
<CPPFacturePivotUnitaire><Fournisseur><TypeIdentifiant>7</TypeIdentifiant><Identifiant>ABDELMOUMENE QUENTIN 1980</Identifiant><RaisonSociale>Quentin Abdelmoumene</RaisonSociale></Fournisseur><Debiteur><TypeIdentifiant>1</TypeIdentifiant><Identifiant>21000010500010</Identifiant><Nom>Saint-Exemple</Nom></Debiteur><DonneesFacture><Id>F-101</Id><Type>380</Type><Cadre>A1</Cadre><DateEmissionFacture>2025-03-12</DateEmissionFacture><Devise>EUR</Devise><Montants><MontantHT>Abdelmoumene</MontantHT><MontantTTC>Abdelmoumene</MontantTTC><MontantNetAPayer>Abdelmoumene</MontantNetAPayer></Montants></DonneesFacture></CPPFacturePivotUnitaire>
</CPPFactures></CPPFacturePivot>"#;

/// What the API lists: the same person as supplier.
const LISTE: &str = r#"{"codeRetour": 0, "listeFactures": [{"idFacture": 1, "numeroFacture": "F-7",
"codeFournisseur": "ABDELMOUMENE QUENTIN 1980", "typeIdentifiantFournisseur": "PARTICULIER",
"designationFournisseur": "Quentin Abdelmoumene", "codeDestinataire": "21000010500010",
"designationDestinataire": "Saint-Exemple", "dateFacture": "2025-03-12", "montantHT": 100, "montantTTC": 100,
"montantAPayer": 100, "statut": "MISE_A_DISPOSITION", "typeFacture": "FACTURE", "devise": "EUR"}]}"#;

const FEC: &str = "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\tCompAuxLib\t\
PieceRef\tPieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\tValidDate\tMontantdevise\tIdevise\n\
PAIE\tPaie\t1\t20250331\t64111\tRémunération principale\tMATR-778812\tOYARZABAL Maite\tBP03\t20250331\t\
Paie OYARZABAL Maite mars\t2100,50\t0,00\t\t\t20250331\t\t\n\
PAIE\tPaie\t1\t20250331\t421\tPersonnel\tMATR-778812\tOYARZABAL Maite\tBP03\t20250331\t\
Paie OYARZABAL Maite mars\t0,00\t2100,50\t\t\t20250331\t\t\n";

const GRANTS: &str = "nomAttribuant,idAttribuant,dateConvention,referenceDecision,nomBeneficiaire,idBeneficiaire,\
rnaBeneficiaire,objet,montant,nature,conditionsVersement,datesPeriodeVersement\n\
Saint-Exemple,21000010500010,2025-03-15,2025-12,Mme Irena Dombrowski,,,Bourse de Mme Dombrowski,250,aide en numéraire,unique,2025-04-01\n\
Saint-Exemple,21000010500010,2025-13-45,2025-13,Mme Irena Dombrowski,,,Bourse,Dombrowski,aide en numéraire,unique,2025-04-01\n";

/// Titres billed to families, in a workbook.
fn workbook(path: &Path) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [
        [
            "Exercice",
            "Sens",
            "Titre",
            "Date titre",
            "Nom du tiers",
            "IBAN",
            "Objet",
            "Article",
            "Montant TTC",
        ],
        [
            "2025",
            "R",
            "71",
            "05/03/2025",
            "VLAMINCK Joost",
            IBAN,
            "Cantine Léo Vlaminck",
            "7067",
            "61,20",
        ],
        [
            "2025",
            "R",
            "72",
            "05/03/2025",
            "VLAMINCK Joost",
            "20041010050500013M02606",
            "Cantine",
            "7067",
            "61,20",
        ],
        [
            "2025",
            "R",
            "73",
            "05/03/2025",
            "VLAMINCK Joost",
            "",
            "Cantine",
            "7067",
            "soixante Vlaminck",
        ],
    ];
    for (r, row) in rows.iter().enumerate() {
        for (c, cell) in row.iter().enumerate() {
            sheet.write_string(r as u32, c as u16, *cell).expect("a cell");
        }
    }
    book.save(path).expect("a workbook");
}

/// The bytes a reader of a result may see: those of the parts for a workbook, the rows for a table.
fn readable(path: &Path) -> Vec<u8> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if extension == "parquet" {
        return rows_of_parquet(path);
    }
    let bytes = std::fs::read(path).expect("a result is readable");
    if extension != "xlsx" {
        return bytes;
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let mut all = Vec::new();
    for i in 0..archive.len() {
        archive.by_index(i).expect("a part").read_to_end(&mut all).expect("a part is readable");
    }
    all
}

/// The cells of a Parquet table, one a line.
fn rows_of_parquet(path: &Path) -> Vec<u8> {
    let file = std::fs::File::open(path).expect("a table");
    let table = ParquetReader::new(file).finish().expect("a Parquet table");
    assert!(table.width() > 0, "{}", path.display());
    let mut text = Vec::new();
    for column in table.columns() {
        for value in column.as_materialized_series().iter() {
            writeln!(text, "{value}").expect("memory");
        }
    }
    text
}

fn leaks(bytes: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    SECRETS.iter().filter(|s| text.contains(**s)).copied().collect()
}

fn run(folder: &Path, command: &[&str], more: &[&str]) -> (std::path::PathBuf, Vec<u8>) {
    let out = folder.join(format!("sortie-{}", command.join("-")));
    let mut vigie: Command = vigie();
    vigie.args(command).arg(folder.join("donnees")).arg("--sortie").arg(&out).args(more);
    let done =
        vigie.args(["--date", "2026-03-02", "--ecraser", "-v"]).output().expect("vigie runs");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    (out, [done.stdout, done.stderr].concat())
}

const COMMANDS: [&[&str]; 10] = [
    &["lire"],
    &["verifier"],
    &["scanner"],
    &["rapport", "audit"],
    &["echantillon"],
    &["prevoir"],
    &["rapport", "preparation"],
    &["exporter", "csv"],
    &["exporter", "parquet"],
    &["exporter", "scdl"],
];

fn prepare(cle: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("donnees");
    std::fs::create_dir(&data).expect("writable");
    let put = |name: &str, text: &str| std::fs::write(data.join(name), text).expect("writable");
    put("mandats.csv", &ledger());
    put("depenses_pes.xml", PES);
    put("chorus.xml", CHORUS);
    put("factures.json", LISTE);
    put("999000011FEC20251231.txt", FEC);
    put("subventions.csv", GRANTS);
    workbook(&data.join("titres.xlsx"));
    for year in 2021..=2025 {
        let name = format!("CA_{year}.xml");
        let from = root().join("datasets/demo/donnees").join(&name);
        std::fs::copy(from, data.join(name)).expect("the demo is in the repository");
    }
    let key = cle.map_or_else(String::new, |c| format!("[vie_privee]\ncle = \"{c}\"\n"));
    put("vigie.toml", &format!("{SETTINGS}{key}"));
    folder
}

#[test]
fn planted_names_and_ibans_reach_no_output() {
    for key in [None, Some("une clef secrète pour les pseudonymes de test")] {
        let folder = prepare(key);
        for command in COMMANDS {
            let csv: &[&str] = if command == ["lire"] { &["--csv"] } else { &["--json"] };
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
        assert!(table.contains("FR76 •••• 0189") && table.contains("•••• 2606"));
        for kept in ["mandats.csv#", "depenses_pes.xml#", "titres.xlsx!"] {
            assert!(table.contains(kept), "{kept} was read");
        }
        let unpaid = std::fs::read_to_string(folder.path().join("sortie-lire/factures.csv"));
        let unpaid = unpaid.expect("written");
        assert!(unpaid.contains("chorus.xml#1") && unpaid.contains("factures.json#1"));
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
