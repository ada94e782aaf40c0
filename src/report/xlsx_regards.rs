//! The sheets behind the figures: amounts, thresholds, suppliers, delays, months; cash, scenarios, coverage.
//!
//! **Invariant:** a sheet without a row is not written.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::model::audit::Audit;
use super::model::preparation::Preparation;
use super::xlsx::{Cell, Sheet};

/// Writes one sheet, unless it has no row.
fn sheet<'a>(
    book: &mut Workbook,
    name: &str,
    columns: &[(&str, f64)],
    rows: impl IntoIterator<Item = Vec<Cell<'a>>>,
) -> Result<(), XlsxError> {
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let mut page = Sheet::new(book, name, columns)?;
    for row in rows {
        page.row(&row)?;
    }
    page.filters()
}

fn n(count: u64) -> Cell<'static> {
    Cell::Number(count as f64)
}

/// Beside the findings.
pub(super) fn audit(book: &mut Workbook, audit: &Audit) -> Result<(), XlsxError> {
    let columns = [
        ("chapitre", 10.0),
        ("libelle", 40.0),
        ("lignes", 10.0),
        ("total", 16.0),
        ("part_pct", 10.0),
        ("mediane", 14.0),
        ("centile_99", 14.0),
        ("maximum", 16.0),
    ];
    let rows = audit.montants.iter().map(|m| {
        vec![
            Cell::Text(&m.chapitre),
            Cell::Text(&m.libelle),
            n(m.lignes),
            Cell::Money(m.total),
            Cell::Number(m.part_pct),
            Cell::Money(m.mediane),
            Cell::Money(m.centile_99),
            Cell::Money(m.maximum),
        ]
    });
    sheet(book, "Montants", &columns, rows)?;
    thresholds(book, audit)?;
    suppliers(book, audit)?;
    delays(book, audit)?;
    months(book, audit)
}

fn thresholds(book: &mut Workbook, audit: &Audit) -> Result<(), XlsxError> {
    let columns = [
        ("seuil", 44.0),
        ("montant_ht", 16.0),
        ("de_pct", 9.0),
        ("a_pct", 9.0),
        ("commandes", 12.0),
        ("texte", 40.0),
    ];
    let bands = audit.seuils.iter().flat_map(|s| s.barres.iter().map(move |b| (s, b)));
    let rows = bands.map(|(s, b)| {
        vec![
            Cell::Text(&s.nom),
            Cell::Money(s.seuil),
            n(b.de_pct.into()),
            n(b.a_pct.into()),
            n(b.commandes),
            Cell::Text(&s.source),
        ]
    });
    sheet(book, "Seuils", &columns, rows)
}

fn suppliers(book: &mut Workbook, audit: &Audit) -> Result<(), XlsxError> {
    let columns = [("premiers", 12.0), ("montant", 16.0), ("part_pct", 10.0)];
    let found = audit.concentration.iter();
    let rows = found
        .clone()
        .flat_map(|c| &c.cumul)
        .map(|p| vec![n(p.rang), Cell::Money(p.montant), Cell::Number(p.part_pct)]);
    sheet(book, "Concentration", &columns, rows)?;
    let columns = [("tiers", 40.0), ("lignes", 10.0), ("montant", 16.0), ("part_pct", 10.0)];
    let rows = found.flat_map(|c| &c.premiers).map(|p| {
        vec![Cell::Text(&p.tiers), n(p.lignes), Cell::Money(p.montant), Cell::Number(p.part_pct)]
    });
    sheet(book, "Fournisseurs", &columns, rows)
}

fn delays(book: &mut Workbook, audit: &Audit) -> Result<(), XlsxError> {
    let columns = [
        ("annee", 8.0),
        ("mois", 8.0),
        ("factures", 10.0),
        ("jours_10_pct", 12.0),
        ("jours_25_pct", 12.0),
        ("jours_50_pct", 12.0),
        ("jours_75_pct", 12.0),
        ("jours_90_pct", 12.0),
        ("maximum", 10.0),
        ("en_retard", 10.0),
    ];
    let rows = audit.delais.iter().flat_map(|d| &d.mois).map(|m| {
        let mut cells = vec![n(m.annee.into()), n(m.mois.into()), n(m.factures)];
        cells.extend(m.quantiles.iter().map(|q| n(*q)));
        cells.extend([n(m.maximum), n(m.en_retard)]);
        cells
    });
    sheet(book, "Delais", &columns, rows)
}

fn months(book: &mut Workbook, audit: &Audit) -> Result<(), XlsxError> {
    let columns =
        [("chapitre", 44.0), ("annee", 8.0), ("mois", 8.0), ("depenses", 16.0), ("score_z", 10.0)];
    let all = audit.mois.iter().flat_map(|m| m.montants.iter().enumerate().map(move |x| (m, x)));
    let rows = all.map(|(m, (i, amount))| {
        let month = i32::from(m.annee) * 12 + i32::from(m.mois) - 1 + i as i32;
        let odd = m.inhabituels.iter().position(|p| *p == i as u64);
        let score = odd.and_then(|at| m.scores.get(at));
        vec![
            Cell::Text(&m.libelle),
            Cell::Number(f64::from(month.div_euclid(12))),
            Cell::Number(f64::from(month.rem_euclid(12) + 1)),
            Cell::Money(*amount),
            score.map_or(Cell::Empty, |z| Cell::Number(*z)),
        ]
    });
    sheet(book, "Mois", &columns, rows)
}

/// Beside the forecast.
pub(super) fn preparation(book: &mut Workbook, p: &Preparation) -> Result<(), XlsxError> {
    let columns = [
        ("scenario", 24.0),
        ("hypotheses", 40.0),
        ("exercice", 10.0),
        ("recettes", 16.0),
        ("epargne_brute", 16.0),
        ("epargne_nette", 16.0),
        ("taux_pct", 10.0),
    ];
    let rows = p.comparaison.iter().map(|s| {
        vec![
            Cell::Text(&s.nom),
            Cell::Text(&s.libelle),
            n(s.exercice.into()),
            Cell::Money(s.recettes),
            Cell::Money(s.epargne_brute),
            Cell::Money(s.epargne_nette),
            s.taux_pct.map_or(Cell::Empty, Cell::Number),
        ]
    });
    sheet(book, "Scenarios", &columns, rows)?;
    let columns =
        [("annee", 8.0), ("mois", 8.0), ("mandats", 16.0), ("titres", 16.0), ("ecart", 16.0)];
    let found = p.tresorerie.iter();
    let rows = found.clone().flat_map(|t| t.rythme.iter().map(move |m| (t, m))).map(|(t, m)| {
        vec![
            n(t.exercice_rythme.into()),
            n(m.mois.into()),
            Cell::Money(m.mandats),
            Cell::Money(m.titres),
            Cell::Money(m.ecart),
        ]
    });
    sheet(book, "Rythme", &columns, rows)?;
    let columns =
        [("annee", 8.0), ("mois", 8.0), ("solde_515", 16.0), ("bas_80", 16.0), ("haut_80", 16.0)];
    let rows = found.flat_map(|t| t.soldes.iter().map(move |s| (t, s))).map(|(t, s)| {
        vec![
            n(t.exercice.into()),
            n(s.mois.into()),
            Cell::Money(s.solde),
            Cell::Money(s.bas_80),
            Cell::Money(s.haut_80),
        ]
    });
    sheet(book, "Tresorerie", &columns, rows)?;
    let columns =
        [("modele", 24.0), ("montants", 10.0), ("dedans", 10.0), ("couverture_pct", 14.0)];
    let rows = p.couvertures.iter().map(|c| {
        vec![Cell::Text(&c.modele), n(c.montants), n(c.dedans), Cell::Number(c.couverture_pct)]
    });
    sheet(book, "Couverture", &columns, rows)
}
