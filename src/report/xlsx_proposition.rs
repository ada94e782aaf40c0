//! The sheets of `preparation.xlsx` that live: proposal, services to complete, balance and checks.
//!
//! ```text
//!  service sheets (demande) ─► Proposition (vote = demande, else central) ─► Equilibre (023, 021, loan, checks)
//!                                 └─ prudent, favorable (demande, else their own) ─► Colonnes (the same for each)
//! ```
//!
//! The columns of `Proposition` have the names of a budget table (CONTRAT section 2), so that the workbook
//! is read back by the same reader as any other.
//!
//! **Invariant:** every formula carries the value it gives on the figures written, so that the workbook is
//! right before any recalculation.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    Color, DataValidation, Format, FormatAlign, Formula, Workbook, Worksheet, XlsxError,
};

use super::model::proposition::{LigneProposee, Proposition};
use crate::domain::money::Centimes;

/// Columns of the sheet `Proposition`, with their widths.
const COLUMNS: [(&str, f64); 28] = [
    ("exercice", 9.0),
    ("etape", 7.0),
    ("budget", 16.0),
    ("section", 8.0),
    ("sens", 6.0),
    ("ordre", 7.0),
    ("chapitre", 9.0),
    ("nature", 9.0),
    ("fonction", 9.0),
    ("service", 22.0),
    ("operation", 18.0),
    ("libelle", 36.0),
    ("reference", 15.0),
    ("prudent", 15.0),
    ("central", 15.0),
    ("favorable", 15.0),
    ("demande", 15.0),
    ("vote", 15.0),
    ("hors_equilibre", 15.0),
    ("propre", 8.0),
    ("a_couvrir", 9.0),
    ("report", 8.0),
    ("origine", 10.0),
    ("raison", 60.0),
    ("prudent_hors_equilibre", 15.0),
    ("favorable_hors_equilibre", 15.0),
    ("deja_vote", 15.0),
    ("ecart_deja_vote", 15.0),
];
/// Columns of a service sheet.
const SERVICE: [(&str, f64); 10] = [
    ("budget", 14.0),
    ("section", 8.0),
    ("sens", 6.0),
    ("nature", 9.0),
    ("fonction", 9.0),
    ("libelle", 36.0),
    ("comptes", 15.0),
    ("central", 15.0),
    ("demande", 15.0),
    ("motif", 44.0),
];

pub(super) struct Formats {
    head: Format,
    pub(super) money: Format,
    input: Format,
    free: Format,
    wrap: Format,
    pub(super) bold: Format,
}

impl Formats {
    fn new() -> Self {
        let money = || Format::new().set_num_format("#,##0.00\\ \"€\"");
        Self {
            head: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0x00DC_E8F3))
                .set_text_wrap(),
            money: money(),
            input: money().set_background_color(Color::RGB(0x00FF_F6DC)),
            free: Format::new().set_background_color(Color::RGB(0x00FF_F6DC)),
            wrap: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            bold: Format::new().set_bold(),
        }
    }

    pub(super) fn header(
        &self,
        sheet: &mut Worksheet,
        columns: &[(&str, f64)],
    ) -> Result<(), XlsxError> {
        for (i, (title, width)) in columns.iter().enumerate() {
            sheet.write_string_with_format(0, i as u16, *title, &self.head)?;
            sheet.set_column_width(i as u16, *width)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        Ok(())
    }
}

/// Rows that a service may fill with lines that the proposal does not have.
const NEW_LINES: u32 = 8;

/// A row of a service sheet for a line to come, and its budget.
struct Blank<'a> {
    budget: &'a Proposition,
    sheet: String,
    /// Row from 0.
    row: u32,
    /// Last row of the sheet of accounts.
    comptes: usize,
}

/// A line with its place: row of `Proposition`, sheet and row of its service.
struct Placed<'a> {
    budget: &'a Proposition,
    /// Row (from 1) of its budget in `Equilibre`.
    balance: usize,
    line: &'a LigneProposee,
    service: Option<(String, u32)>,
}

/// The living sheets, `Proposition` first.
pub(super) fn sheets(book: &mut Workbook, all: &[Proposition]) -> Result<(), XlsxError> {
    if all.iter().all(|p| p.lignes.is_empty()) {
        return Ok(());
    }
    let formats = Formats::new();
    let names = service_names(all);
    let mut next: BTreeMap<&str, u32> = BTreeMap::new();
    let mut placed = Vec::new();
    for (rank, p) in all.iter().enumerate() {
        for line in &p.lignes {
            let service =
                names.get(line.service.as_str()).filter(|_| !line.equilibre).map(|name| {
                    let row = next.entry(line.service.as_str()).or_insert(1);
                    *row += 1;
                    (name.clone(), *row - 1)
                });
            placed.push(Placed { budget: p, balance: rank + 2, line, service });
        }
    }
    let comptes: usize = all.iter().map(|p| p.comptes.len()).sum();
    let mut blanks = blanks(&names, &placed);
    for blank in &mut blanks {
        blank.comptes = comptes + 1;
    }
    proposition(book, &formats, &placed, &blanks)?;
    let last = (placed.len() + blanks.len()) as u32 + 1;
    balance(book, &formats, all, last)?;
    super::xlsx_colonnes::sheet(book, &formats, all, last)?;
    for (service, name) in &names {
        let ours: Vec<&Placed<'_>> =
            placed.iter().filter(|p| p.line.service == *service && p.service.is_some()).collect();
        let free: Vec<&Blank<'_>> = blanks.iter().filter(|b| b.sheet == *name).collect();
        service_sheet(book, &formats, name, (&ours, &free))?;
    }
    if blanks.is_empty() { Ok(()) } else { accounts(book, &formats, all) }
}

/// The accounts of the chart of each budget, where the new lines find their chapitre.
fn accounts(book: &mut Workbook, formats: &Formats, all: &[Proposition]) -> Result<(), XlsxError> {
    let columns = [
        ("cle", 26.0),
        ("budget", 16.0),
        ("compte", 10.0),
        ("sens", 6.0),
        ("section", 8.0),
        ("chapitre", 9.0),
        ("libelle", 60.0),
    ];
    let sheet = book.add_worksheet();
    sheet.set_name("Comptes")?;
    formats.header(sheet, &columns)?;
    let rows = all.iter().flat_map(|p| p.comptes.iter().map(move |c| (p, c)));
    for (row, (p, c)) in (1..).zip(rows) {
        let key = format!("{}|{}|{}", p.budget, c.compte, c.sens);
        let cells = [&key, &p.budget, &c.compte, &c.sens, &c.section, &c.chapitre, &c.libelle];
        for (column, text) in cells.iter().enumerate() {
            sheet.write_string(row, column as u16, text.as_str())?;
        }
    }
    Ok(())
}

/// Rows for lines to come, below those of each service, in the budget of its first line.
fn blanks<'a>(names: &BTreeMap<String, String>, placed: &[Placed<'a>]) -> Vec<Blank<'a>> {
    let mut out = Vec::new();
    for sheet in names.values() {
        let ours = || {
            placed.iter().filter_map(|p| {
                p.service.as_ref().filter(|(name, _)| name == sheet).map(|(_, row)| (p, *row))
            })
        };
        let (Some((first, _)), Some(last)) = (ours().next(), ours().map(|(_, row)| row).max())
        else {
            continue;
        };
        out.extend((1..=NEW_LINES).map(|i| Blank {
            budget: first.budget,
            sheet: sheet.clone(),
            row: last + i,
            comptes: 0,
        }));
    }
    out
}

/// Sheet of each service: at most 31 characters, none of `[]:*?/\`, unique whatever the case.
fn service_names(all: &[Proposition]) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    let mut used: Vec<String> =
        ["proposition", "equilibre", "colonnes", "comptes"].map(str::to_owned).into();
    let mut services: Vec<&str> =
        all.iter().flat_map(|p| &p.lignes).map(|l| l.service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    for service in services.into_iter().filter(|s| !s.is_empty()) {
        let clean: String =
            service.chars().map(|c| if "[]:*?/\\'".contains(c) { ' ' } else { c }).collect();
        let base: String = format!("Svc {}", clean.trim()).chars().take(27).collect();
        let mut name = base.clone();
        let mut n = 2;
        while used.contains(&name.to_lowercase()) {
            name = format!("{base} {n}");
            n += 1;
        }
        used.push(name.to_lowercase());
        out.insert(service.to_owned(), name);
    }
    out
}

fn proposition(
    book: &mut Workbook,
    formats: &Formats,
    placed: &[Placed<'_>],
    blanks: &[Blank<'_>],
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name("Proposition")?;
    // a formula that gives an empty text says so before any recalculation, not zero
    sheet.set_formula_result_default("");
    formats.header(sheet, &COLUMNS)?;
    for (i, p) in placed.iter().enumerate() {
        let (row, l) = (i as u32 + 1, p.line);
        sheet.write_number(row, 0, f64::from(p.budget.exercice))?;
        let texts = [
            "BP",
            &p.budget.budget,
            &l.section,
            &l.sens,
            &l.ordre,
            &l.chapitre,
            &l.nature,
            &l.fonction,
            &l.service,
            &l.operation,
            &l.libelle,
        ];
        for (c, text) in texts.iter().enumerate().filter(|(_, t)| !t.is_empty()) {
            sheet.write_string(row, c as u16 + 1, *text)?;
        }
        for (c, amount) in [(12, l.reference), (14, l.central)] {
            money(sheet, (row, c), amount, &formats.money)?;
        }
        vote(sheet, formats, row, p)?;
        margins(sheet, formats, row, p)?;
        for (c, flag) in [(19, l.is_resource()), (20, l.is_to_cover()), (21, l.report)] {
            if flag {
                sheet.write_number(row, c, 1.0)?;
            }
        }
        sheet.write_string(row, 22, &l.origine)?;
        sheet.write_string_with_format(row, 23, &l.raison, &formats.wrap)?;
    }
    for (i, blank) in blanks.iter().enumerate() {
        to_come(sheet, formats, (placed.len() + i) as u32 + 1, blank)?;
    }
    let last = (placed.len() + blanks.len()) as u32;
    sheet.autofilter(0, 0, last, COLUMNS.len() as u16 - 1)?;
    Ok(())
}

/// Chapitre of the account typed: that of the chart, its first two digits when the chart has not got it.
fn chapter(blank: &Blank<'_>) -> String {
    let (name, at) = (&blank.sheet, blank.row + 1);
    let key = format!("'{name}'!A{at}&\"|\"&'{name}'!D{at}&\"|\"&'{name}'!C{at}");
    let last = blank.comptes;
    format!("IFERROR(VLOOKUP({key},Comptes!$A$2:$F${last},6,FALSE),LEFT('{name}'!D{at},2))")
}

/// A row that stays blank until the service types an amount.
fn to_come(
    sheet: &mut Worksheet,
    formats: &Formats,
    row: u32,
    blank: &Blank<'_>,
) -> Result<(), XlsxError> {
    let name = &blank.sheet;
    let at = blank.row + 1;
    let typed = format!("'{name}'!$I{at}");
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let cell = |column: &str| format!("'{name}'!{column}{at}");
    let service = name.strip_prefix("Svc ").unwrap_or(name);
    let texts = [
        (0, blank.budget.exercice.to_string()),
        (1, quoted("BP")),
        (2, cell("A")),
        (3, cell("B")),
        (4, cell("C")),
        (5, quoted("reel")),
        (6, chapter(blank)),
        (7, format!("{}&\"\"", cell("D"))),
        (8, format!("{}&\"\"", cell("E"))),
        (9, quoted(service)),
        (11, format!("{}&\"\"", cell("F"))),
        (22, quoted("connu")),
        (23, format!("\"demande du service ; \"&{}", cell("J"))),
    ];
    for (column, value) in texts {
        let formula = Formula::new(format!("=IF({typed}=\"\",\"\",{value})")).set_result("");
        sheet.write_formula(row, column, formula)?;
    }
    let n = row + 1;
    let amounts = [
        (16, format!("=IF({typed}=\"\",\"\",{typed})")),
        (17, format!("=Q{n}")),
        (18, format!("=R{n}")),
        (24, format!("=R{n}")),
        (25, format!("=R{n}")),
    ];
    for (column, text) in amounts {
        let formula = Formula::new(text).set_result("");
        sheet.write_formula_with_format(row, column, formula, &formats.money)?;
    }
    Ok(())
}

/// The request, the amount voted, and the amount that the balance adds up.
fn vote(
    sheet: &mut Worksheet,
    formats: &Formats,
    row: u32,
    p: &Placed<'_>,
) -> Result<(), XlsxError> {
    let (n, value) = (row + 1, p.line.central.euros().to_string());
    if p.line.equilibre {
        let cell = match p.line.nature.as_str() {
            "021" | "023" => "B",
            _ => "C",
        };
        let line = p.balance;
        let formula = Formula::new(format!("=Equilibre!{cell}{line}")).set_result(value);
        sheet.write_formula_with_format(row, 17, formula, &formats.money)?;
        return Ok(());
    }
    if let Some((name, at)) = &p.service {
        let from = format!("'{name}'!I{}", at + 1);
        let text = format!("=IF({from}=\"\",\"\",{from})");
        let formula = Formula::new(text).set_result("");
        sheet.write_formula_with_format(row, 16, formula, &formats.money)?;
    } else {
        sheet.write_blank(row, 16, &formats.input)?;
    }
    let text = format!("=IF(Q{n}=\"\",O{n},Q{n})");
    let formula = Formula::new(text).set_result(value.clone());
    sheet.write_formula_with_format(row, 17, formula, &formats.money)?;
    let formula = Formula::new(format!("=R{n}")).set_result(value);
    sheet.write_formula_with_format(row, 18, formula, &formats.money)?;
    Ok(())
}

/// The cautious and favourable amounts, those that their own balance adds up, and what is already voted.
fn margins(
    sheet: &mut Worksheet,
    formats: &Formats,
    row: u32,
    p: &Placed<'_>,
) -> Result<(), XlsxError> {
    let (n, l) = (row + 1, p.line);
    for (rank, column, letter, apart, amount) in
        [(0, 13, "N", 24, l.prudent), (2, 15, "P", 25, l.favorable)]
    {
        if !l.equilibre {
            money(sheet, (row, column), amount, &formats.money)?;
            let text = format!("=IF(Q{n}=\"\",{letter}{n},Q{n})");
            let formula = Formula::new(text).set_result(amount.euros().to_string());
            sheet.write_formula_with_format(row, apart, formula, &formats.money)?;
            continue;
        }
        let cell = if matches!(l.nature.as_str(), "021" | "023") { "I" } else { "J" };
        let at = 3 * (p.balance - 2) + rank + 2;
        let formula =
            Formula::new(format!("=Colonnes!{cell}{at}")).set_result(amount.euros().to_string());
        sheet.write_formula_with_format(row, column, formula, &formats.money)?;
    }
    if let Some(voted) = l.deja_vote {
        money(sheet, (row, 26), voted, &formats.money)?;
        let gap = (l.central - voted).euros().to_string();
        let formula = Formula::new(format!("=R{n}-AA{n}")).set_result(gap);
        sheet.write_formula_with_format(row, 27, formula, &formats.money)?;
    }
    Ok(())
}

fn balance(
    book: &mut Workbook,
    formats: &Formats,
    all: &[Proposition],
    last: u32,
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name("Equilibre")?;
    let columns = [
        ("nom", 18.0),
        ("virement_023_021", 18.0),
        ("emprunt_equilibre", 18.0),
        ("excedent_F", 18.0),
        ("besoin_I", 18.0),
        ("verif_section_F", 18.0),
        ("verif_section_I", 18.0),
        ("verif_040_042", 18.0),
        ("ressources_propres", 18.0),
        ("capital_a_couvrir", 18.0),
        ("equilibre_reel", 16.0),
    ];
    formats.header(sheet, &columns)?;
    for (i, p) in all.iter().enumerate() {
        balance_row(sheet, formats, p, (i as u32 + 1, last))?;
    }
    let notes = [
        "Compléter la colonne « demande » des feuilles Svc ; pour une ligne sans service, celle de Proposition.",
        "Les dernières lignes d'une feuille Svc accueillent des dépenses nouvelles : compte, montant, motif.",
        "Une demande remplace le montant central ; virement, emprunt et contrôles se recalculent ici.",
        "verif_section_F et verif_section_I : 0 quand la section est équilibrée, plus de 0 en suréquilibre.",
        "Enregistrer, puis : vigie verifier preparation.xlsx (avec les comptes pour les contrôles de sincérité).",
    ];
    let from = all.len() as u32 + 2;
    for (i, note) in notes.iter().enumerate() {
        sheet.write_string(from + i as u32, 0, *note)?;
    }
    Ok(())
}

/// The balance of a budget on `row`; `last` is the last row of the proposal.
fn balance_row(
    sheet: &mut Worksheet,
    formats: &Formats,
    p: &Proposition,
    (row, last): (u32, u32),
) -> Result<(), XlsxError> {
    let n = row + 1;
    sheet.write_string(row, 0, &p.budget)?;
    let side = |column: &str, section: &str, sens: &str| {
        format!(
            "SUMIFS(Proposition!{column}$2:{column}${last},Proposition!C$2:C${last},A{n},\
             Proposition!D$2:D${last},\"{section}\",Proposition!E$2:E${last},\"{sens}\")"
        )
    };
    let net = |column: &str, section: &str| {
        format!("{}-{}", side(column, section, "R"), side(column, section, "D"))
    };
    let order = |chapitre: &str, sens: &str| {
        format!(
            "SUMIFS(Proposition!R$2:R${last},Proposition!C$2:C${last},A{n},\
             Proposition!G$2:G${last},\"{chapitre}\",Proposition!E$2:E${last},\"{sens}\")"
        )
    };
    let flagged = |amount: &str, column: &str| {
        format!(
            "SUMIFS(Proposition!{amount}$2:{amount}${last},Proposition!C$2:C${last},A{n},\
             Proposition!{column}$2:{column}${last},1)"
        )
    };
    let v = Values::of(p, |l| l.central);
    let money = [
        (3, net("S", "F"), v.surplus),
        (4, format!("-({})", net("S", "I")), v.need),
        (1, format!("MAX(0,MIN(D{n},MAX(E{n},J{n}-{})))", flagged("S", "T")), v.moved),
        (2, format!("MAX(0,E{n}-B{n})"), v.loan),
        (5, format!("ROUND({},2)", net("R", "F")), v.surplus - v.moved),
        (6, format!("ROUND({},2)", net("R", "I")), v.moved + v.loan - v.need),
        (
            7,
            format!(
                "ROUND(ABS({}-{})+ABS({}-{}),2)",
                order("040", "D"),
                order("042", "R"),
                order("040", "R"),
                order("042", "D")
            ),
            v.order,
        ),
        (8, flagged("R", "T"), v.own),
        (9, flagged("R", "U"), v.due),
    ];
    for (c, text, value) in money {
        let formula = Formula::new(format!("={text}")).set_result(value.euros().to_string());
        sheet.write_formula_with_format(row, c, formula, &formats.money)?;
    }
    verdict(sheet, formats, &v, row)
}

/// Own resources against what they must cover.
fn verdict(
    sheet: &mut Worksheet,
    formats: &Formats,
    v: &Values,
    row: u32,
) -> Result<(), XlsxError> {
    let n = row + 1;
    let word = if v.own >= v.due { "conforme" } else { "non conforme" };
    let text = format!("=IF(I{n}>=J{n},\"conforme\",\"non conforme\")");
    let formula = Formula::new(text).set_result(word);
    sheet.write_formula_with_format(row, 10, formula, &formats.bold)?;
    Ok(())
}

/// What the formulas of the balance give on the figures written.
pub(super) struct Values {
    pub(super) surplus: Centimes,
    pub(super) need: Centimes,
    pub(super) moved: Centimes,
    pub(super) loan: Centimes,
    order: Centimes,
    pub(super) own: Centimes,
    pub(super) due: Centimes,
}

impl Values {
    pub(super) fn of(p: &Proposition, pick: fn(&LigneProposee) -> Centimes) -> Self {
        let sum = |keep: &dyn Fn(&LigneProposee) -> bool| -> Centimes {
            p.lignes.iter().filter(|l| keep(l)).map(pick).sum()
        };
        let net = |section: &str| {
            let side =
                |sens: &str| sum(&|l| !l.equilibre && l.section == section && l.sens == sens);
            side("R") - side("D")
        };
        let (surplus, need) = (net("F"), -net("I"));
        let due = sum(&LigneProposee::is_to_cover);
        let wanted = due - sum(&|l| !l.equilibre && l.is_resource());
        let moved = Centimes(surplus.0.min(need.max(wanted).0).max(0));
        let order = |chapitre: &str, sens: &str| sum(&|l| l.chapitre == chapitre && l.sens == sens);
        Self {
            surplus,
            need,
            moved,
            loan: Centimes((need - moved).0.max(0)),
            order: (order("040", "D") - order("042", "R")).abs()
                + (order("040", "R") - order("042", "D")).abs(),
            own: sum(&LigneProposee::is_resource),
            due,
        }
    }
}

fn service_sheet(
    book: &mut Workbook,
    formats: &Formats,
    name: &str,
    (ours, free): (&[&Placed<'_>], &[&Blank<'_>]),
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name(name)?;
    formats.header(sheet, &SERVICE)?;
    for p in ours {
        let Some((_, row)) = &p.service else { continue };
        let l = p.line;
        let texts = [&p.budget.budget, &l.section, &l.sens, &l.nature, &l.fonction, &l.libelle];
        for (c, text) in texts.iter().enumerate().filter(|(_, t)| !t.is_empty()) {
            sheet.write_string(*row, c as u16, text.as_str())?;
        }
        money(sheet, (*row, 6), l.reference, &formats.money)?;
        money(sheet, (*row, 7), l.central, &formats.money)?;
        sheet.write_blank(*row, 8, &formats.input)?;
        sheet.write_blank(*row, 9, &formats.wrap)?;
    }
    for blank in free {
        for (c, text) in [(0, blank.budget.budget.as_str()), (1, "F"), (2, "D")] {
            sheet.write_string_with_format(blank.row, c, text, &formats.free)?;
        }
        for c in 3..6 {
            sheet.write_blank(blank.row, c, &formats.free)?;
        }
        sheet.write_blank(blank.row, 8, &formats.input)?;
        sheet.write_blank(blank.row, 9, &formats.wrap)?;
    }
    if let (Some(first), Some(last)) = (free.first(), free.last()) {
        for (column, words) in [(1, ["F", "I"]), (2, ["D", "R"])] {
            let list = DataValidation::new().allow_list_strings(&words)?;
            sheet.add_data_validation(first.row, column, last.row, column, &list)?;
        }
        let account = DataValidation::new()
            .allow_any_value()
            .set_input_title("Ligne nouvelle")?
            .set_input_message("Compte, fonction, libellé, puis le montant demandé.")?;
        sheet.add_data_validation(first.row, 3, last.row, 3, &account)?;
    }
    total(sheet, formats, ours, (ours.len() + free.len()) as u32 + 1)?;
    sheet.autofilter(0, 0, (ours.len() + free.len()) as u32, SERVICE.len() as u16 - 1)?;
    Ok(())
}

/// The line of totals on row `end` (from 0).
fn total(
    sheet: &mut Worksheet,
    formats: &Formats,
    ours: &[&Placed<'_>],
    end: u32,
) -> Result<(), XlsxError> {
    sheet.write_string_with_format(end, 5, "Total des dépenses", &formats.bold)?;
    let sum = |pick: fn(&LigneProposee) -> Centimes| -> Centimes {
        ours.iter().filter(|p| p.line.sens == "D").map(|p| pick(p.line)).sum()
    };
    let columns =
        [(6, "G", sum(|l| l.reference)), (7, "H", sum(|l| l.central)), (8, "I", Centimes::ZERO)];
    for (column, letter, value) in columns {
        let text = format!("=SUMIFS({letter}2:{letter}{end},C2:C{end},\"D\")");
        let formula = Formula::new(text).set_result(value.euros().to_string());
        sheet.write_formula_with_format(end, column, formula, &formats.money)?;
    }
    Ok(())
}

fn money(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    amount: Centimes,
    format: &Format,
) -> Result<(), XlsxError> {
    sheet.write_number_with_format(row, column, amount.euros(), format)?;
    Ok(())
}
