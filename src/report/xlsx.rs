//! `audit.xlsx` and `preparation.xlsx`: numbers as numbers, filters on, header frozen, decision list.
//!
//! The decisions typed in `audit.xlsx` are read back by `vigie revue importer`: the headers are the names
//! of CONTRAT section 5, then `motif_decision`.
//!
//! **Invariant:** the creation date is the one of the report; same object, same bytes.

use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet,
    XlsxError,
};

use super::Rapport;
use super::model::audit::{Audit, Constat};
use super::model::comparaison::{CoutService, ScenarioAnnee};
use super::model::lecture::Qualite;
use super::model::preparation::{Atterrissage, ChapitrePrevu, LignePrevision, Preparation};
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;

/// Decisions offered in the list.
pub const DECISIONS: [&str; 4] = ["justifié", "à corriger", "question", "ignoré"];

/// Longest text of a cell.
const CELL: usize = 32_000;
/// Rows of a sheet under its header.
const ROWS: usize = 1_048_000;

/// `audit.xlsx`.
pub fn audit(rapport: &Rapport, audit: &Audit) -> Result<Vec<u8>, Refus> {
    build(rapport, |book| {
        constats(book, &audit.constats)?;
        membres(book, &audit.constats)?;
        controles(book, audit)?;
        super::xlsx_regards::audit(book, audit)?;
        qualite(book, &rapport.qualite)
    })
}

/// `preparation.xlsx`.
pub fn preparation(rapport: &Rapport, preparation: &Preparation) -> Result<Vec<u8>, Refus> {
    build(rapport, |book| {
        super::xlsx_proposition::sheets(book, &preparation.propositions)?;
        chapitres(book, &preparation.chapitres)?;
        landings(book, &preparation.atterrissages)?;
        scenarios(book, &preparation.comparaison)?;
        couts(book, &preparation.couts)?;
        previsions(book, &preparation.previsions)?;
        super::xlsx_regards::preparation(book, preparation)?;
        qualite(book, &rapport.qualite)
    })
}

/// Columns named as in a CSV file, the first one wide.
fn named(header: &'static str) -> Vec<(&'static str, f64)> {
    header.split(';').enumerate().map(|(i, n)| (n, if i == 0 { 26.0 } else { 15.0 })).collect()
}

/// Ratios, shown with two decimals.
fn ratio(x: Option<f64>) -> Cell<'static> {
    Cell::Number(x.map_or(f64::NAN, |x| (x * 100.0).round() / 100.0))
}

/// The landing and the movements it calls for.
fn landings(book: &mut Workbook, all: &[Atterrissage]) -> Result<(), XlsxError> {
    if all.is_empty() {
        return Ok(());
    }
    let mut sheet = Sheet::new(book, "Atterrissage", &named(super::csv::ATTERRISSAGE))?;
    let lines = all.iter().flat_map(|a| a.lignes.iter().map(move |l| (a, l)));
    for (a, l) in lines.take(ROWS) {
        sheet.row(&[
            Cell::Number(f64::from(a.exercice)),
            Cell::Number(a.mois_de(&l.sens) as f64),
            Cell::Text(&a.budget),
            Cell::Text(&l.niveau),
            Cell::Text(&l.section),
            Cell::Text(&l.sens),
            Cell::Text(&l.code),
            Cell::Text(&l.libelle),
            Cell::Money(l.realise),
            Cell::Money(l.engage),
            optional(l.credits),
            Cell::Money(l.prevu),
            Cell::Money(l.bas_80),
            Cell::Money(l.haut_80),
            Cell::Text(&l.risque),
            Cell::Text(&l.raison),
        ])?;
    }
    sheet.filters()?;
    let mut sheet = Sheet::new(book, "Mouvements", &named(super::csv::MOUVEMENTS))?;
    for (a, m) in all.iter().flat_map(|a| a.mouvements.iter().map(move |m| (a, m))) {
        sheet.row(&[
            Cell::Number(f64::from(a.exercice)),
            Cell::Text(&a.budget),
            Cell::Text(&m.acte),
            Cell::Text(&m.section),
            Cell::Text(&m.sens),
            Cell::Text(&m.chapitre),
            Cell::Money(m.montant),
            Cell::Text(&m.motif),
        ])?;
    }
    sheet.filters()
}

/// Scenarios side by side, years below one another.
fn scenarios(book: &mut Workbook, list: &[ScenarioAnnee]) -> Result<(), XlsxError> {
    if list.is_empty() {
        return Ok(());
    }
    let mut sheet = Sheet::new(book, "Scenarios", &named(super::csv::SCENARIOS))?;
    for s in list.iter().take(ROWS) {
        sheet.row(&[
            Cell::Text(&s.nom),
            Cell::Number(f64::from(s.exercice)),
            Cell::Money(s.epargne_brute),
            Cell::Money(s.epargne_nette),
            Cell::Money(s.ecart_nette),
            ratio(s.taux_pct),
            optional(s.encours),
            ratio(s.desendettement),
            Cell::Text(&s.libelle),
        ])?;
    }
    sheet.filters()
}

/// Cost of the services.
fn couts(book: &mut Workbook, list: &[CoutService]) -> Result<(), XlsxError> {
    if list.is_empty() {
        return Ok(());
    }
    let mut sheet = Sheet::new(book, "Couts", &named(super::csv::COUTS))?;
    for c in list.iter().take(ROWS) {
        sheet.row(&[
            Cell::Text(&c.service),
            Cell::Number(f64::from(c.exercice)),
            Cell::Money(c.depenses),
            Cell::Money(c.structure),
            Cell::Money(c.recettes),
            Cell::Money(c.net),
            ratio(c.par_habitant),
            Cell::Text(&c.unite),
            ratio(c.quantite),
            ratio(c.par_unite),
            ratio(c.couverture_pct),
        ])?;
    }
    sheet.filters()
}

fn build(
    rapport: &Rapport,
    fill: impl FnOnce(&mut Workbook) -> Result<(), XlsxError>,
) -> Result<Vec<u8>, Refus> {
    let write = || {
        let mut book = Workbook::new();
        let date = ExcelDateTime::parse_from_str(&rapport.date)
            .or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1))?;
        let title = format!("{} – exercice {}", rapport.commune.nom, rapport.exercice);
        let author = format!("vigie {}", rapport.version);
        let properties =
            DocProperties::new().set_title(title).set_author(author).set_creation_datetime(&date);
        book.set_properties(&properties);
        fill(&mut book)?;
        book.save_to_buffer()
    };
    write().map_err(|e: XlsxError| {
        Refus::new(format!("classeur impossible à écrire ({e})"), "signaler ce défaut")
    })
}

/// A cell to write.
pub(super) enum Cell<'a> {
    Text(&'a str),
    /// ISO date.
    Day(&'a str),
    Owned(String),
    Number(f64),
    Money(Centimes),
    Empty,
}

/// A sheet under construction: formats, header and next row.
pub(super) struct Sheet<'a> {
    page: &'a mut Worksheet,
    money: Format,
    day: Format,
    wrap: Format,
    next: u32,
    width: u16,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(
        book: &'a mut Workbook,
        name: &str,
        columns: &[(&str, f64)],
    ) -> Result<Self, XlsxError> {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?;
        let head =
            Format::new().set_bold().set_background_color(Color::RGB(0x00DC_E8F3)).set_text_wrap();
        for (i, (title, width)) in columns.iter().enumerate() {
            sheet.write_string_with_format(0, i as u16, *title, &head)?;
            sheet.set_column_width(i as u16, *width)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        let money = Format::new().set_num_format("#,##0.00\\ \"€\"");
        let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        let day = Format::new().set_num_format("dd/mm/yyyy");
        Ok(Self { page: sheet, money, day, wrap, next: 1, width: columns.len() as u16 })
    }

    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        for (i, cell) in cells.iter().enumerate() {
            let column = i as u16;
            match cell {
                Cell::Text(text) => self.text(column, text)?,
                Cell::Owned(text) => self.text(column, text)?,
                Cell::Day(iso) => match ExcelDateTime::parse_from_str(iso) {
                    Ok(date) => {
                        self.page
                            .write_datetime_with_format(self.next, column, &date, &self.day)?;
                    }
                    Err(_) => self.text(column, iso)?,
                },
                Cell::Number(x) if x.is_finite() => {
                    self.page.write_number(self.next, column, *x)?;
                }
                Cell::Money(m) => {
                    self.page.write_number_with_format(
                        self.next,
                        column,
                        m.euros(),
                        &self.money,
                    )?;
                }
                Cell::Number(_) | Cell::Empty => {}
            }
        }
        self.next += 1;
        Ok(())
    }

    fn text(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        if text.is_empty() {
            return Ok(());
        }
        let cut: String = text.chars().take(CELL).collect();
        self.page.write_string_with_format(self.next, column, cut, &self.wrap)?;
        Ok(())
    }

    /// Turns the filters on, once every row is written.
    pub(super) fn filters(&mut self) -> Result<(), XlsxError> {
        self.page.autofilter(0, 0, self.next.max(2) - 1, self.width - 1)?;
        Ok(())
    }
}

fn optional(m: Option<Centimes>) -> Cell<'static> {
    m.map_or(Cell::Empty, Cell::Money)
}

fn constats(book: &mut Workbook, list: &[Constat]) -> Result<(), XlsxError> {
    let columns = [
        ("rang", 7.0),
        ("constat", 18.0),
        ("controle", 10.0),
        ("priorite", 12.0),
        ("indice", 9.0),
        ("enjeu", 15.0),
        ("enregistrements", 30.0),
        ("tiers", 26.0),
        ("chapitre", 10.0),
        ("motif", 50.0),
        ("a_faire", 44.0),
        ("decision", 14.0),
        ("motif_decision", 30.0),
        ("portee", 12.0),
        ("habitude", 18.0),
        ("cles_lignes", 12.0),
    ];
    let mut sheet = Sheet::new(book, "Constats", &columns)?;
    for c in list.iter().take(ROWS) {
        sheet.row(&[
            Cell::Number(c.rang as f64),
            Cell::Text(&c.constat),
            Cell::Owned(c.controle.to_string()),
            Cell::Text(c.priorite.word()),
            Cell::Number(c.indice),
            Cell::Money(c.enjeu),
            Cell::Owned(c.enregistrements.join(" ")),
            Cell::Text(&c.tiers),
            Cell::Text(&c.chapitre),
            Cell::Text(&c.motif),
            Cell::Text(&c.a_faire),
            Cell::Text(
                crate::domain::decision::Decision::parse(&c.decision).map_or("", |d| d.label()),
            ),
            Cell::Text(&c.motif_decision),
            Cell::Text(&c.portee_decision),
            Cell::Text(&c.habitude),
            Cell::Text(&c.cles_lignes),
        ])?;
    }
    sheet.page.set_column_hidden(15)?;
    let scopes = DataValidation::new()
        .allow_list_strings(&["constat", "habitude"])?
        .set_input_title("Portée")?
        .set_input_message(
            "habitude : aussi les cas semblables à venir (même fournisseur, compte, montant).",
        )?;
    let last = sheet.next.max(2) - 1;
    sheet.page.add_data_validation(1, 13, last, 13, &scopes)?;
    let choices = DataValidation::new()
        .allow_list_strings(&DECISIONS)?
        .set_input_title("Décision")?
        .set_input_message("Choisir dans la liste, puis écrire le motif à droite.")?;
    let bottom = sheet.next.max(2) - 1;
    sheet.page.add_data_validation(1, 11, bottom, 11, &choices)?;
    sheet.filters()
}

fn membres(book: &mut Workbook, list: &[Constat]) -> Result<(), XlsxError> {
    let columns = [
        ("rang", 7.0),
        ("constat", 18.0),
        ("enregistrement", 28.0),
        ("date", 12.0),
        ("mandat", 12.0),
        ("facture", 20.0),
        ("objet", 44.0),
        ("nature", 10.0),
        ("montant", 15.0),
        ("colonnes_source", 44.0),
    ];
    let told = list.iter().flat_map(|c| &c.membres).any(|m| !m.autres.is_empty());
    let columns = &columns[..columns.len() - usize::from(!told)];
    let mut sheet = Sheet::new(book, "Enregistrements", columns)?;
    for (c, m) in list.iter().flat_map(|c| c.membres.iter().map(move |m| (c, m))).take(ROWS) {
        sheet.row(&[
            Cell::Number(c.rang as f64),
            Cell::Text(&c.constat),
            Cell::Text(&m.enregistrement),
            m.date.as_deref().map_or(Cell::Empty, Cell::Day),
            Cell::Text(&m.mandat),
            Cell::Text(&m.facture),
            Cell::Text(&m.objet),
            Cell::Text(&m.nature),
            Cell::Money(m.montant),
            Cell::Owned(m.autres_en_clair()),
        ])?;
    }
    sheet.filters()
}

fn controles(book: &mut Workbook, audit: &Audit) -> Result<(), XlsxError> {
    let columns = [
        ("controle", 10.0),
        ("famille", 20.0),
        ("statut", 14.0),
        ("titre", 50.0),
        ("examines", 12.0),
        ("trouves", 10.0),
        ("enjeu", 15.0),
        ("parametres", 34.0),
        ("non_fait", 34.0),
    ];
    let mut sheet = Sheet::new(book, "Controles", &columns)?;
    for c in &audit.controles {
        let statut = serde_json::to_value(c.statut).unwrap_or_default();
        sheet.row(&[
            Cell::Owned(c.code.to_string()),
            Cell::Text(&c.famille),
            Cell::Text(statut.as_str().unwrap_or("")),
            Cell::Text(&c.titre),
            Cell::Number(c.examines as f64),
            Cell::Number(c.trouves as f64),
            Cell::Money(c.enjeu),
            Cell::Text(&c.parametres),
            c.manque.as_deref().map_or(Cell::Empty, Cell::Text),
        ])?;
    }
    sheet.filters()
}

fn qualite(book: &mut Workbook, q: &Qualite) -> Result<(), XlsxError> {
    let columns = [
        ("mesure", 44.0),
        ("attendu", 18.0),
        ("obtenu", 18.0),
        ("ecart", 16.0),
        ("ok", 8.0),
        ("statut", 14.0),
    ];
    let mut sheet = Sheet::new(book, "Qualite", &columns)?;
    for (name, n) in [
        ("fichiers", q.fichiers),
        ("lignes_lues", q.lignes_lues),
        ("lignes_retenues", q.lignes_retenues),
        ("lignes_ecartees", q.lignes_ecartees),
    ] {
        sheet.row(&[Cell::Text(name), Cell::Empty, Cell::Number(n as f64)])?;
    }
    for r in &q.rapprochements {
        let value =
            |n: Centimes| if r.counts() { Cell::Number(n.0 as f64) } else { Cell::Money(n) };
        sheet.row(&[
            Cell::Text(&r.code),
            value(r.attendu),
            value(r.obtenu),
            value(r.ecart),
            Cell::Text(if r.ok { "oui" } else { "non" }),
            Cell::Text(&r.statut),
        ])?;
    }
    sheet.filters()
}

fn chapitres(book: &mut Workbook, list: &[ChapitrePrevu]) -> Result<(), XlsxError> {
    let columns = [
        ("budget", 14.0),
        ("section", 9.0),
        ("sens", 7.0),
        ("code", 9.0),
        ("libelle", 36.0),
        ("exercice", 10.0),
        ("bp_precedent", 16.0),
        ("prevision", 16.0),
        ("bas_80", 16.0),
        ("haut_80", 16.0),
        ("proposition", 16.0),
        ("ecart_bp", 16.0),
        ("origine", 12.0),
        ("modele", 18.0),
        ("raison", 44.0),
        ("erreur_passee_pct", 12.0),
    ];
    let mut sheet = Sheet::new(book, "Chapitres", &columns)?;
    for c in list {
        let Some(h) = c.prevu.first() else { continue };
        sheet.row(&[
            Cell::Text(&c.budget),
            Cell::Text(&c.section),
            Cell::Text(&c.sens),
            Cell::Text(&c.code),
            Cell::Text(&c.libelle),
            Cell::Number(f64::from(h.exercice)),
            optional(c.bp_precedent),
            Cell::Money(h.prevision),
            Cell::Money(h.bas_80),
            Cell::Money(h.haut_80),
            optional(c.proposition),
            optional(c.ecart_bp),
            Cell::Text(&c.origine),
            Cell::Text(&c.modele),
            Cell::Text(&c.raison),
            past_error(c.erreur_passee_pct),
        ])?;
    }
    sheet.filters()
}

/// A past error; at the cap of the measure, its words.
fn past_error(pct: Option<f64>) -> Cell<'static> {
    match pct {
        Some(e) if e > 999.0 => Cell::Text("plus de 999"),
        other => Cell::Number(other.unwrap_or(f64::NAN)),
    }
}

fn previsions(book: &mut Workbook, list: &[LignePrevision]) -> Result<(), XlsxError> {
    let widths = [10.0, 9.0, 10.0, 14.0, 9.0, 7.0, 10.0, 36.0];
    let names: Vec<&str> = super::csv::PREVISIONS.split(';').collect();
    let columns: Vec<(&str, f64)> = names
        .iter()
        .enumerate()
        .map(|(i, n)| (*n, widths.get(i).copied().unwrap_or(16.0)))
        .collect();
    let mut sheet = Sheet::new(book, "Previsions", &columns)?;
    for p in list.iter().take(ROWS) {
        sheet.row(&[
            Cell::Number(f64::from(p.exercice)),
            Cell::Number(f64::from(p.distance)),
            Cell::Text(&p.niveau),
            Cell::Text(&p.budget),
            Cell::Text(&p.section),
            Cell::Text(&p.sens),
            Cell::Text(&p.code),
            Cell::Text(&p.libelle),
            optional(p.dernier_realise),
            Cell::Money(p.prevision),
            Cell::Money(p.bas_80),
            Cell::Money(p.haut_80),
            Cell::Money(p.bas_95),
            Cell::Money(p.haut_95),
            Cell::Text(&p.origine),
            Cell::Text(&p.modele),
            Cell::Text(&p.raison),
            past_error(p.erreur_passee_pct),
        ])?;
    }
    sheet.filters()
}
