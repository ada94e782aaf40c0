//! The sheet `Colonnes` of `preparation.xlsx`: the cautious, central and favourable budgets, each closed by its
//! own transfer and its own loan.
//!
//! **Invariant:** every formula carries the value it gives on the figures written.

use rust_xlsxwriter::{Formula, Workbook, Worksheet, XlsxError};

use super::model::proposition::{LigneProposee, Proposition};
use super::xlsx_proposition::{Formats, Values};
use crate::domain::money::Centimes;

/// The three budgets in `Colonnes`: name, column of `Proposition` without the lines that balance, amounts.
const BUDGETS: [Budget; 3] = [
    ("prudent", "Y", |l| l.prudent),
    ("central", "S", |l| l.central),
    ("favorable", "Z", |l| l.favorable),
];
/// The cautious, central and favourable budgets, each balanced by its own transfer and loan.
pub(super) fn sheet(
    book: &mut Workbook,
    formats: &Formats,
    all: &[Proposition],
    last: u32,
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name("Colonnes")?;
    let columns = [
        ("nom", 18.0),
        ("colonne", 12.0),
        ("recettes_F", 18.0),
        ("depenses_F", 18.0),
        ("recettes_I", 18.0),
        ("depenses_I", 18.0),
        ("excedent_F", 18.0),
        ("besoin_I", 18.0),
        ("virement_023_021", 18.0),
        ("emprunt_equilibre", 18.0),
        ("verif_section_F", 18.0),
        ("verif_section_I", 18.0),
        ("ressources_propres", 18.0),
        ("capital_a_couvrir", 18.0),
        ("equilibre_reel", 16.0),
    ];
    formats.header(sheet, &columns)?;
    let rows = all.iter().flat_map(|p| BUDGETS.iter().map(move |b| (p, b)));
    for (row, (p, budget)) in (1..).zip(rows) {
        colonne_row(sheet, formats, (p, budget), (row, last))?;
    }
    let notes = [
        "Trois budgets possibles : virement et emprunt sont recalculés dans chaque colonne de Proposition.",
        "Recettes et dépenses sont ici hors virement et hors emprunt d'équilibre.",
        "Une demande vaut pour les trois budgets : elle remplace aussi le montant prudent et le favorable.",
        "verif_section_F et verif_section_I : 0 à l'équilibre, plus de 0 en suréquilibre, moins de 0 en déficit.",
    ];
    let from = 3 * all.len() as u32 + 2;
    for (i, note) in notes.iter().enumerate() {
        sheet.write_string(from + i as u32, 0, *note)?;
    }
    Ok(())
}

type Budget = (&'static str, &'static str, fn(&LigneProposee) -> Centimes);

fn colonne_row(
    sheet: &mut Worksheet,
    formats: &Formats,
    (p, &(name, column, pick)): (&Proposition, &Budget),
    (row, last): (u32, u32),
) -> Result<(), XlsxError> {
    let n = row + 1;
    sheet.write_string(row, 0, &p.budget)?;
    sheet.write_string(row, 1, name)?;
    let sums =
        format!("SUMIFS(Proposition!{column}$2:{column}${last},Proposition!C$2:C${last},A{n}");
    let side = |section: &str, sens: &str| {
        format!(
            "{sums},Proposition!D$2:D${last},\"{section}\",Proposition!E$2:E${last},\"{sens}\")"
        )
    };
    let flagged = |flag: &str| format!("{sums},Proposition!{flag}$2:{flag}${last},1)");
    let total = |section: &str, sens: &str| -> Centimes {
        let ours = p.lignes.iter().filter(|l| !l.equilibre && l.section == section);
        ours.filter(|l| l.sens == sens).map(pick).sum()
    };
    let v = Values::of(p, pick);
    let cells = [
        (2, side("F", "R"), total("F", "R")),
        (3, side("F", "D"), total("F", "D")),
        (4, side("I", "R"), total("I", "R")),
        (5, side("I", "D"), total("I", "D")),
        (6, format!("C{n}-D{n}"), v.surplus),
        (7, format!("F{n}-E{n}"), v.need),
        (8, format!("MAX(0,MIN(G{n},MAX(H{n},N{n}-{})))", flagged("T")), v.moved),
        (9, format!("MAX(0,H{n}-I{n})"), v.loan),
        (10, format!("ROUND(G{n}-I{n},2)"), v.surplus - v.moved),
        (11, format!("ROUND(I{n}+J{n}-H{n},2)"), v.moved + v.loan - v.need),
        // the transfer is an own resource, the loan is not
        (12, format!("{}+I{n}", flagged("T")), v.own),
        (13, flagged("U"), v.due),
    ];
    for (c, text, value) in cells {
        let formula = Formula::new(format!("={text}")).set_result(value.euros().to_string());
        sheet.write_formula_with_format(row, c, formula, &formats.money)?;
    }
    let word = if v.own >= v.due { "conforme" } else { "non conforme" };
    let formula =
        Formula::new(format!("=IF(M{n}>=N{n},\"conforme\",\"non conforme\")")).set_result(word);
    sheet.write_formula_with_format(row, 14, formula, &formats.bold)?;
    Ok(())
}
