//! Budget tables as communes keep them: states by chapitre and article, years side by side, headings.
//!
//! **Invariant:** each test states the lines expected, to the centime.

use proptest::prelude::*;

use super::*;
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;
use crate::frames::budget::Etape;

fn grid(text: &str) -> Grid {
    let rows: Vec<Cells> = text
        .lines()
        .map(|l| l.split(';').map(|c| c.trim().as_bytes().to_vec()).collect())
        .collect();
    Grid::from_records(&rows)
}

fn file(name: &str) -> File<'_> {
    File { name, format: "tableur", encoding: "", sha256: "x", nomenclature: None }
}

fn read(sheets: &[(&str, &str)], name: &str) -> Result<(BudgetFrame, Vec<Issue>), Refus> {
    let file = file(name);
    let sheets: Result<Vec<Sheet>, Refus> = sheets
        .iter()
        .map(|(sheet, text)| {
            let sheet = Some(*sheet).filter(|s| !s.is_empty());
            read_sheet(&grid(text), &file, sheet, None)
        })
        .collect();
    documents(sheets?, &file)
}

fn seen(frame: &BudgetFrame) -> Vec<(u16, String, Sens, Section, String, Option<i64>)> {
    let lines = frame.lignes.iter();
    lines
        .map(|l| {
            let year = frame.documents[l.document as usize].exercice;
            let amount = l.realise.or(l.vote).map(|c| c.0);
            (year, l.nature.clone(), l.sens, l.section, l.chapitre.clone(), amount)
        })
        .collect()
}

fn line(
    year: u16,
    nature: &str,
    sens: Sens,
    section: Section,
    chapitre: &str,
    amount: i64,
) -> (u16, String, Sens, Section, String, Option<i64>) {
    (year, nature.into(), sens, section, chapitre.into(), Some(amount))
}

use Section::{F, I};
use Sens::{D, R};

const STATE: &str = "COMMUNE DE SAINT-EXEMPLE;;;;;\n\
    État de consommation des crédits au 31/12/2023 - M57 abrégé;;;;;\n\
    ;;;;;\n\
    Chapitre;Article;Libellé;Crédits ouverts;Réalisé;%\n\
    DEPENSES DE FONCTIONNEMENT;;;;;\n\
    011;;Charges à caractère général;3 000,00;2 800,50;93\n\
    011;60611;Eau et assainissement;1 000,00;900,50;90\n\
    011;60612;Énergie;2 000,00;1 900,00;95\n\
    Total dépenses de fonctionnement;;;3 000,00;2 800,50;93\n\
    RECETTES DE FONCTIONNEMENT;;;;;\n\
    74;7411;DGF;2 500,00;2 600,00;104\n\
    DEPENSES D'INVESTISSEMENT;;;;;\n\
    16;1641;Emprunts;500,00;(500,00);100\n\
    RECETTES D'INVESTISSEMENT;;;;;\n\
    16;1641;Emprunts;0;-;\n\
    10;10222;FCTVA;200;#REF!;\n";

#[test]
fn a_state_with_headings_and_subtotals() {
    let (frame, issues) = read(&[("", STATE)], "etat.csv").expect("a budget");
    assert_eq!(frame.documents.len(), 1);
    let d = &frame.documents[0];
    assert_eq!((d.exercice, d.etape, d.nomenclature.as_str()), (2023, Etape::Ca, "M57-M57_A"));
    assert_eq!((d.lignes_lues, d.lignes_retenues, d.lignes_ecartees), (8, 5, 3));
    assert_eq!(
        seen(&frame)[..4],
        [
            line(2023, "60611", D, F, "011", 90_050),
            line(2023, "60612", D, F, "011", 190_000),
            line(2023, "7411", R, F, "74", 260_000),
            line(2023, "1641", D, I, "16", -50_000),
        ]
    );
    let reasons: Vec<&str> = issues
        .iter()
        .filter(|i| i.severity == Severity::Ecartee)
        .map(|i| i.raison.as_str())
        .collect();
    assert_eq!(reasons, ["sous-total", "total", "cellule en erreur dans le classeur"]);
    assert!(
        issues.iter().any(|i| i.raison.starts_with("2 totaux et sous-totaux égaux")),
        "{issues:#?}"
    );
}

/// Chapitres told above their lines, totals of sections below them: all of them hold.
#[test]
fn totals_of_sections_hold() {
    let text = "État au 31/12/2024\n\
        Chapitre;Article;Libellé;Crédits ouverts;Réalisé\n\
        DEPENSES DE FONCTIONNEMENT;;;;\n\
        011;;Charges;100;90,5\n\
        011;60611;Eau;100;90,5\n\
        Total dépenses de fonctionnement;;;100;90,5\n\
        DEPENSES D'INVESTISSEMENT;;;;\n\
        16;;Emprunts;21000;20374,2\n\
        16;1641;Emprunts en euros;21000;20374,2\n\
        21;;Immobilisations corporelles;56900;53045,6\n\
        21;2131;Bâtiments;51100;47518\n\
        21;2188;Autres;5800;5527,6\n\
        Total dépenses d'investissement;;;77900;73419,8\n";
    let (frame, issues) = read(&[("", text)], "e.csv").expect("a budget");
    assert_eq!(frame.lignes.len(), 4);
    assert!(!issues.iter().any(|i| i.raison.contains("différent")), "{issues:#?}");
    assert!(issues.iter().any(|i| i.raison.starts_with("5 totaux")), "{issues:#?}");
}

#[test]
fn years_side_by_side() {
    let text = "Compte;Intitulé;CA 2022;CA 2023;BP 2024\n\
        6064;Fournitures administratives;100;110,5;120\n\
        73111;Impôts directs locaux;1000;1010;1020\n";
    let (frame, _) = read(&[("", text)], "comptes.csv").expect("a budget");
    let stages: Vec<_> = frame.documents.iter().map(|d| (d.exercice, d.etape)).collect();
    assert_eq!(stages, [(2022, Etape::Ca), (2023, Etape::Ca), (2024, Etape::Bp)]);
    assert_eq!(seen(&frame)[0], line(2022, "6064", D, F, "011", 10_000));
    assert_eq!(seen(&frame)[5].2, R);
}

#[test]
fn sheets_of_one_year_are_one_document() {
    let spent = "Article;Libellé;Budget;Mandaté\n60611;Eau;10;9\n1641;Emprunts;5;5\n";
    let received = "Article;Libellé;Budget;Titres émis\n7411;DGF;20;21\n1641;Emprunts;8;8\n";
    let (frame, _) =
        read(&[("Dépenses 2021", spent), ("Recettes 2021", received)], "e.xlsx").expect("a budget");
    assert_eq!(frame.documents.len(), 1);
    assert_eq!(frame.documents[0].fichier, "e.xlsx");
    let sens: Vec<Sens> = frame.lignes.iter().map(|l| l.sens).collect();
    assert_eq!(sens, [D, D, R, R]);
}

#[test]
fn a_state_of_the_year_is_no_account() {
    let text = "Situation au 31/10/2024\nArticle;Libellé;Budget;Réalisé\n60611;Eau;10;9\n";
    let (frame, _) = read(&[("", text)], "e.csv").expect("a budget");
    let d = &frame.documents[0];
    assert_eq!((d.etape, d.exercice), (Etape::Situation, 2024));
    assert!(d.informations.contains(&("arrete_au".into(), "2024-10-31".into())));
    // without a date, the share of the credits speaks
    let text = "Article;Libellé;Budget;Réalisé\n60611;Eau;1000;300\n";
    let (frame, _) = read(&[("", text)], "e_2024.csv").expect("a budget");
    assert_eq!(frame.documents[0].etape, Etape::Situation);
}

#[test]
fn what_nobody_says_is_refused_or_set_aside() {
    let text = "Article;Libellé;Budget;Réalisé\n60611;Eau;10;9\n";
    let refus = read(&[("", text)], "e.csv").expect_err("no exercice");
    assert!(refus.quoi.contains("exercice introuvable"), "{refus}");
    let text = "Article;Libellé;Budget;Réalisé\n1641;Emprunts;10;9\n60611;Eau;10;9\n";
    let (frame, issues) = read(&[("", text)], "e_2023.csv").expect("a budget");
    assert_eq!(frame.lignes.len(), 1);
    assert!(issues.iter().any(|i| i.raison.starts_with("ni dépense ni recette")));
}

#[test]
fn order_movements_and_zeros_lost() {
    let text = "Exercice;Sens;Chapitre;Article;Libellé;Réalisé\n\
        2023;D;42;6811;Dotations aux amortissements;10\n\
        2023;D;23;23;Virement à la section d'investissement;0\n\
        2023;R;40;28188;Amortissements;10\n\
        2023;D;11;6064;Papier;3\n";
    let (frame, _) = read(&[("", text)], "e.csv").expect("a budget");
    let seen: Vec<_> = frame
        .lignes
        .iter()
        .map(|l| (l.nature.as_str(), l.chapitre.as_str(), l.ordre, l.section))
        .collect();
    assert_eq!(
        seen,
        [
            ("6811", "042", Ordre::EntreSections, F),
            ("023", "023", Ordre::EntreSections, F),
            ("28188", "040", Ordre::EntreSections, I),
            ("6064", "011", Ordre::Reel, F)
        ]
    );
}

#[test]
fn nested_subtotals_by_code() {
    let text = "Imputation;Libellé;Réalisé 2023\n\
        011 - Charges à caractère général;;600\n\
        606;Achats non stockés;300\n\
        6061;Fournitures non stockables;200\n\
        60611;Eau;50\n\
        60612;Énergie;150\n\
        6064;Papier;100\n\
        615221;Bâtiments;300\n\
        012 - Charges de personnel;;999\n\
        6411;Personnel titulaire;900\n";
    let (frame, issues) = read(&[("", text)], "e.csv").expect("a budget");
    let natures: Vec<&str> = frame.lignes.iter().map(|l| l.nature.as_str()).collect();
    assert_eq!(natures, ["60611", "60612", "6064", "615221", "6411"]);
    assert!(
        issues.iter().any(|i| i.raison == "sous-total 012 différent de la somme de ses lignes")
    );
}

#[test]
fn signs_tell_a_budget_from_a_ledger() {
    let records = |t: &str| grid(t).records(99);
    assert!(signs(&records(STATE)).score >= 6);
    let ledger = "Date;Fournisseur;N° mandat;Article;Montant\n01/02/2025;A;12;6064;12,50\n";
    assert!(signs(&records(ledger)).score < 4, "{:?}", signs(&records(ledger)));
}

#[test]
fn a_mapping_is_proposed_and_followed() {
    let records = grid(STATE).records(99);
    let (mapping, reasons) = proposed(&records, "etat.csv").expect("a mapping");
    let toml = mapping.to_toml(&reasons);
    let mapping = Mapping::parse(&toml, "c.toml").expect("valid");
    assert_eq!(mapping.colonnes_budget["realise"], ["Réalisé"]);
    let file = file("etat.csv");
    let sheet = read_sheet(&grid(STATE), &file, None, Some(&mapping)).expect("a budget");
    let (frame, _) = documents(vec![sheet], &file).expect("a budget");
    assert_eq!(frame, read(&[("", STATE)], "etat.csv").expect("a budget").0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Amounts of articles by chapitre with their subtotals: every line is kept, every subtotal set aside.
    #[test]
    fn totals_never_count_twice(amounts in prop::collection::vec(1_i64..1_000_000, 2..12), reverse: bool) {
        let codes = ["60611", "60612", "60621", "60622", "60631", "60632", "6064", "6065", "6068", "611", "6132", "6135"];
        let total: i64 = amounts.iter().sum();
        let euros = |c: i64| format!("{},{:02}", c / 100, c % 100);
        let mut lines: Vec<String> = amounts.iter().zip(codes).map(|(a, c)| format!("{c};x;{}", euros(*a))).collect();
        if reverse {
            lines.reverse();
        }
        let text = format!("Article;Libellé;Réalisé 2023\n011;Charges;{}\n{}\nTotal;;{}\n", euros(total), lines.join("\n"), euros(total));
        let (frame, issues) = read(&[("", &text)], "e.csv").expect("a budget");
        let d = &frame.documents[0];
        prop_assert_eq!(d.lignes_retenues as usize, amounts.len());
        prop_assert_eq!(d.lignes_lues, d.lignes_retenues + d.lignes_ecartees);
        prop_assert_eq!(frame.lignes.iter().filter_map(|l| l.realise).sum::<Centimes>(), Centimes(total));
        prop_assert!(!issues.iter().any(|i| i.severity == Severity::Attention && i.raison.contains("somme")));
    }

    /// Any cells: rows read = kept + set aside, never a panic.
    #[test]
    fn any_cells_are_read_or_refused(rows in prop::collection::vec(prop::collection::vec("[0-9a-zA-Z ,.#()-]{0,8}", 0..6), 0..20)) {
        let body: Vec<String> = rows.iter().map(|r| r.join(";")).collect();
        let text = format!("Chapitre;Article;Libellé;Budget 2023;Réalisé 2023\n{}\n", body.join("\n"));
        if let Ok((frame, _)) = read(&[("", &text)], "e.csv") {
            for d in &frame.documents {
                prop_assert_eq!(d.lignes_lues, d.lignes_retenues + d.lignes_ecartees);
            }
        }
    }
}

const VOTES: &str = "exercice;etape;section;sens;chapitre;nature;vote\n\
    2026;BP;F;D;;60611;1 000\n\
    2026;BP;F;D;;999999;98 305,39\n\
    2026;BP;F;D;011;60623;-5 000\n\
    2026;BP;F;D;66;66112;-120\n\
    2026;BP;F;D;011;6061234;10\n\
    2026;BP;F;R;74;74111;2 000\n";

#[test]
fn accounts_out_of_the_chart_and_amounts_below_zero_are_told() {
    let (frame, issues) = read(&[("Proposition", VOTES)], "p.xlsx").expect("a budget");
    assert_eq!(frame.lignes.len(), 6, "kept as written");
    let doubts: Vec<&Issue> = issues.iter().filter(|i| i.severity == Severity::Attention).collect();
    // 66112 may be below zero, 6061234 is a subdivision of 60612
    let [absent, negative] = doubts.as_slice() else { panic!("{doubts:?}") };
    assert_eq!((absent.valeur.as_str(), absent.enregistrement), ("999999", 2));
    assert!(absent.raison.starts_with("compte absent du plan M57"), "{}", absent.raison);
    assert_eq!(absent.colonne, "nature");
    assert_eq!((negative.valeur.as_str(), negative.enregistrement), ("-5000,00", 3));
    assert_eq!(negative.colonne, "vote");
    assert!(negative.a_faire.starts_with("corriger la demande"), "{}", negative.a_faire);
    // an amendment takes away
    let (_, issues) = read(&[("Proposition", &VOTES.replace("BP", "DM"))], "p.xlsx").expect("read");
    assert!(issues.iter().all(|i| !i.raison.contains("négatif")));
}

#[test]
fn doubts_are_counted_beyond_twenty() {
    let titles = "exercice;etape;section;sens;chapitre;nature;vote".to_owned();
    let rows = (1..=25).map(|i| format!("2026;BP;F;D;011;60611;-{i}"));
    let text = std::iter::once(titles).chain(rows).collect::<Vec<_>>().join("\n");
    let (_, issues) = read(&[("P", &text)], "p.xlsx").expect("a budget");
    let told = issues.iter().filter(|i| i.raison.starts_with("montant négatif")).count();
    assert_eq!(told, 20);
    assert!(issues.iter().any(|i| i.raison.starts_with("25 montants négatifs")));
}

const ONE_TITLE: &str = "ETAT DE CONSOMMATION - EXERCICE 2024\n\
    DEPENSES DE FONCTIONNEMENT\n\
    Chapitre;Article;Libellé;Crédits ouverts;Mandaté\n\
    011;60611;Eau;5000;4800,55\n\
    RECETTES DE FONCTIONNEMENT\n\
    731;73111;Impôts;120000;121500,75\n\
    RECETTES D'INVESTISSEMENT\n\
    10;10222;FCTVA;3000;2950,25\n\
    16;1641;Emprunt nouveau;40000;40000\n";

/// A title « Mandaté » over the whole table does not make the recettes dépenses.
#[test]
fn recettes_under_a_title_of_mandats() {
    let sides = |text: &str| -> Vec<(String, Sens)> {
        let (frame, _) = read(&[("Etat", text)], "e.xlsx").expect("a budget");
        frame.lignes.iter().map(|l| (l.nature.clone(), l.sens)).collect()
    };
    let expected =
        [("60611", D), ("73111", R), ("10222", R), ("1641", R)].map(|(n, s)| (n.to_owned(), s));
    assert_eq!(sides(ONE_TITLE), expected);
    assert_eq!(sides(&ONE_TITLE.replace("Mandaté", "Mandaté / Titré")), expected);
    let again = "Chapitre;Article;Libellé;Crédits ouverts;Titré\n731;";
    assert_eq!(sides(&ONE_TITLE.replace("731;", again)), expected);
    // without headings, the title repeated with the other side speaks
    let bare = ONE_TITLE.replace("RECETTES DE FONCTIONNEMENT\n731;", again);
    let bare = bare.replace("RECETTES D'INVESTISSEMENT\n", "");
    let bare = bare.replace("DEPENSES DE FONCTIONNEMENT\n", "");
    assert_eq!(sides(&bare), expected);
}

#[test]
fn mandats_and_titres_of_one_account_are_two_lines() {
    let text = "Compte;Libellé;Mandats émis;Titres émis\n\
        60611;Eau;4500;\n6419;Remboursements;0;300\n1641;Emprunt;12000;50000\n";
    let (frame, _) = read(&[("", text)], "e_2024.csv").expect("a budget");
    assert_eq!(
        seen(&frame),
        [
            line(2024, "60611", D, F, "011", 450_000),
            line(2024, "6419", R, F, "013", 30_000),
            line(2024, "1641", D, I, "16", 1_200_000),
            line(2024, "1641", R, I, "16", 5_000_000),
        ]
    );
    let d = &frame.documents[0];
    assert_eq!(d.lignes_lues, d.lignes_retenues + d.lignes_ecartees);
}

#[test]
fn a_budget_annexe_is_told_by_its_title_its_label_or_its_file() {
    let body = "Article;Libellé;Sens;Crédits ouverts;Réalisé\n6061;Eau;D;500;400\n";
    let of = |title: &str, name: &str| {
        let (frame, _) = read(&[("Etat", &format!("{title}\n{body}"))], name).expect("a budget");
        let d = &frame.documents[0];
        (d.type_budget.clone(), d.budget.clone(), d.libelle_budget.clone())
    };
    let annexe = |code: &str, label: &str| ("A".to_owned(), code.to_owned(), label.to_owned());
    assert_eq!(of("Commune - Budget annexe Eau - Exercice 2024", "e.xlsx"), annexe("EAU", "Eau"));
    assert_eq!(of("Budget annexe : Eau - Exercice 2024", "e.xlsx"), annexe("EAU", "Eau"));
    assert_eq!(of("Exercice 2024\nBudget : EAU", "e.xlsx"), annexe("EAU", "EAU"));
    assert_eq!(of("Etat", "eau_2024.xlsx"), annexe("EAU", "eau"));
    for title in ["Commune - Budget principal - Exercice 2024", "Exercice 2024"] {
        let (kind, code, _) = of(title, "p.xlsx");
        assert_eq!((kind.as_str(), code.as_str()), ("P", "00"), "{title}");
    }
}

#[test]
fn net_amounts_are_taken_before_those_issued() {
    let text = "Chap.;Compte;Libellé;Crédits ouverts;Mandats émis;Annulations;Mandats nets\n\
        011;60611;Eau;5000;4500;500;4000\n";
    let (frame, _) = read(&[("", text)], "e_2024.csv").expect("a budget");
    assert_eq!(seen(&frame), [line(2024, "60611", D, F, "011", 400_000)]);
}

#[test]
fn parts_of_a_line_are_not_counted_twice() {
    let text = "Article;Libellé;Sens;Crédits ouverts;Réalisé\n\
        6068;Autres fournitures;D;300;250\n6068;dont mairie;D;100;100\n6068;dont école;D;200;150\n\
        6411;dont rappel de paie;D;1000;900\n";
    let (frame, _) = read(&[("", text)], "e_2024.csv").expect("a budget");
    let lines: Vec<_> = seen(&frame);
    assert_eq!(lines.len(), 2, "{lines:?}");
    let d = &frame.documents[0];
    assert_eq!((d.lignes_lues, d.lignes_retenues, d.lignes_ecartees), (4, 2, 2));
}

/// « DM1 », « DM2 » beside « BP »: together the credits opened, unless a column says their total.
#[test]
fn movements_beside_the_vote_are_credits() {
    let text = "Budget 2024\n\
        Compte;Libellé;BP;DM n° 1;DM2;Total DM\n\
        60612;Énergie;1000;200;-50,5;149,5\n\
        6064;Papier;100;;;\n\
        7411;DGF;;30;;30\n";
    let (frame, issues) = read(&[("", text)], "budget_2024.csv").expect("a budget");
    let of = |frame: &BudgetFrame| -> Vec<_> {
        frame.lignes.iter().map(|l| (l.vote.map(|c| c.0), l.credits_ouverts.map(|c| c.0))).collect()
    };
    let expected =
        [(Some(100_000), Some(114_950)), (Some(10_000), Some(10_000)), (None, Some(3_000))];
    assert_eq!(of(&frame), expected);
    let told = "crédits ouverts = « BP » + « DM n° 1 » + « DM2 »";
    assert!(issues.iter().any(|i| i.raison == told), "{issues:#?}");

    let total = text.replace("Total DM", "Crédits ouverts").replace("149,5", "1149,5");
    let (frame, _) = read(&[("", &total)], "budget_2024.csv").expect("a budget");
    assert_eq!(of(&frame)[0], (Some(100_000), Some(114_950)));

    let grids = text.lines().map(|l| l.split(';').map(|c| c.as_bytes().to_vec()).collect());
    let records: Vec<Vec<Vec<u8>>> = grids.collect();
    let (mapping, _) = proposed(&records, "budget_2024.csv").expect("a mapping");
    assert_eq!(mapping.colonnes_budget["mouvements"], ["DM n° 1", "DM2"]);
}

/// What was left to do the year before opens credits; `Réalisé N-1` is another exercice, not this one.
#[test]
fn columns_of_the_year_before_stay_apart() {
    let text = "Sens;Section;Article;Libellé;Budget primitif;RAR N-1;BS;DM;Réalisé;Réalisé N-1\n\
        D;F;60612;Énergie;1000;25;10;100;900;850\n\
        R;F;73111;Taxes;2000;0;0;0;2100;2000\n";
    let (frame, _) = read(&[("", text)], "etat_2024.csv").expect("a budget");
    let years: Vec<_> = frame.documents.iter().map(|d| (d.exercice, d.etape)).collect();
    assert_eq!(years, [(2023, Etape::Ca), (2024, Etape::Ca)]);
    let cents = |l: &crate::frames::budget::LigneBudget| {
        let of = |c: Option<Centimes>| c.map(|c| c.0);
        (l.document, of(l.vote), of(l.credits_ouverts), of(l.realise), of(l.rar))
    };
    let energy: Vec<_> = frame.lignes.iter().filter(|l| l.nature == "60612").map(cents).collect();
    let now = (1, Some(100_000), Some(113_500), Some(90_000), None);
    assert_eq!(energy, [(0, None, None, Some(85_000), None), now]);
}

#[test]
fn participles_agree_with_their_noun() {
    let text = "Chapitre;Article;Libellé;Dépenses prévues;Dépenses réalisées;Recettes prévues;Recettes réalisées\n\
        011;60611;Eau;1050;800;;\n\
        73;73111;Taxes;;;30000;31000\n";
    let (frame, _) = read(&[("", text)], "etat_2024.csv").expect("a budget");
    let seen: Vec<_> = frame
        .lignes
        .iter()
        .map(|l| (l.sens, l.credits_ouverts.map(|c| c.0), l.realise.map(|c| c.0)))
        .collect();
    assert_eq!(seen, [(D, Some(105_000), Some(80_000)), (R, Some(3_000_000), Some(3_100_000))]);
}

#[test]
fn a_list_of_engagements_is_no_budget() {
    let text = "N° engagement;Date;Fournisseur;Objet;Article;Montant engagé\n\
        1;02/02/2024;EDF;facture;60612;1219,63\n";
    let records = text.lines().map(|l| l.split(';').map(|c| c.as_bytes().to_vec()).collect());
    assert_eq!(signs(&records.collect::<Vec<_>>()).score, 0);
}

/// The blocks of expenses and receipts of one sheet, each under its titles, with operations and totals among the codes.
#[test]
fn titles_repeated_below_lose_nothing() {
    let text = "État de consommation - Exercice 2024\nSECTION D'INVESTISSEMENT\nDEPENSES\n\
        Code;Libellé;Crédits ouverts;Réalisé;RAR\n\
        Opération 101 - École;;700;500;100\n2031;Études;200;150;50\n2313;Travaux;500;350;50\n\
        Opération 102 - Voirie;;300;100;0\n2315;Voirie;300;100;0\nTOTAL DEPENSES;;1000;600;100\n\
        RECETTES\nCode;Libellé;Crédits ouverts;Réalisé;RAR\n1321;Subv;1000;400;200\n\
        TOTAL RECETTES;;1000;400;200\n";
    let (frame, _) = read(&[("", text)], "etat_2024.csv").expect("a budget");
    let of = |sens| -> i64 {
        let mine = frame.lignes.iter().filter(|l| l.sens == sens);
        mine.filter_map(|l| l.realise).map(|c| c.0).sum()
    };
    assert_eq!((of(D), of(R)), (60_000, 40_000));
}

/// « Pour mémoire budget précédent » names no budget, « Réalisé exercice précédent » no exercice.
#[test]
fn what_is_told_for_memory_names_nothing() {
    let text = "Budget primitif 2025\nSens;Section;Article;Libellé;Pour mémoire budget précédent;RAR N-1;\
        Propositions nouvelles;Vote\nD;F;60612;e;95;0;100;100\nR;F;73111;t;190;0;200;200\n\
        D;I;2158;m;50;30;20;20\nR;I;1321;s;50;30;20;20\n";
    let (frame, _) = read(&[("", text)], "bp_2025.csv").expect("a budget");
    assert_eq!(frame.documents.len(), 1, "{:?}", frame.documents);
    let (document, lines) = (&frame.documents[0], &frame.lignes);
    assert_eq!(
        (document.exercice, document.budget.as_str(), document.etape),
        (2025, "00", Etape::Bp)
    );
    let total: i64 = lines.iter().filter_map(|l| l.credits_ouverts).map(|c| c.0).sum();
    assert_eq!(total, 40_000);

    let text = "État des crédits - Exercice 2024\nSens;Section;Article;Libellé;Crédits votés;Réalisé;\
        Réalisé exercice précédent\nD;F;60612;e;1000;900;850\nR;F;73111;t;2000;2100;2000\n";
    let (frame, _) = read(&[("", text)], "etat.csv").expect("a budget");
    let years: Vec<u16> = frame.documents.iter().map(|d| d.exercice).collect();
    assert_eq!(years, [2023, 2024]);
}

#[test]
fn thousands_of_euros_are_euros() {
    let text = "État de consommation 2024 (en milliers d'euros)\nSens;Section;Article;Libellé;Crédits ouverts;Réalisé\n\
        D;F;60612;e;100;90,5\n";
    let (frame, _) = read(&[("", text)], "etat_2024.csv").expect("a budget");
    assert_eq!(frame.lignes[0].realise, Some(Centimes(9_050_000)));
}
