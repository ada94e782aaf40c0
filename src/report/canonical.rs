//! The canonical tables in CSV for French Excel: `;`, UTF-8 with BOM, euros with a decimal comma.
//!
//! **Invariant:** the same rows as the Parquet files, in the same order.

use std::io::{self, Write};

use super::fr;
use crate::domain::calendar::civil;
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Ordre};
use crate::frames::ledger::{AmountKey, DateKey, Ledger, NO_AMOUNT, TextKey};
use crate::frames::reconcile::csv_cell;
use crate::frames::tableau::{Cellules, Tableau};

const BOM: &str = "\u{feff}";

fn line(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    let safe: Vec<String> = cells.iter().map(|c| csv_cell(c)).collect();
    write!(out, "{}\r\n", safe.join(";"))
}

/// `ecritures.csv`: only the columns that some source fills; `sources` when some row has several.
///
/// # Errors
/// The writer fails.
pub fn write_ledger(ledger: &Ledger, out: &mut dyn Write) -> io::Result<()> {
    let texts: Vec<_> = TextKey::ALL.iter().filter(|(k, _)| ledger.text(*k).is_some()).collect();
    let dates: Vec<_> = DateKey::ALL.iter().filter(|(k, _)| ledger.date(*k).is_some()).collect();
    let amounts: Vec<_> =
        AmountKey::ALL.iter().filter(|(k, _)| ledger.amount(*k).is_some()).collect();
    let names = texts.iter().map(|(_, n)| *n).chain(dates.iter().map(|(_, n)| *n));
    let names = names.chain(amounts.iter().map(|(_, n)| *n));
    let mut header: Vec<String> = ["enregistrement", "exercice", "sens"].map(String::from).to_vec();
    header.extend(names.map(String::from));
    header.push("montant".to_owned());
    let several = !ledger.copies.is_empty();
    if several {
        header.push("sources".to_owned());
    }
    header.extend(ledger.extras.iter().map(|c| c.nom().to_owned()));
    out.write_all(BOM.as_bytes())?;
    line(out, &header)?;
    for row in 0..ledger.len() {
        let mut cells = vec![
            ledger.record_name(row),
            ledger.exercice[row].to_string(),
            ledger.sens[row].letter().to_owned(),
        ];
        cells.extend(texts.iter().map(|(k, _)| ledger.text_at(*k, row).to_owned()));
        cells.extend(dates.iter().map(|(k, _)| {
            let day = ledger.date(*k).and_then(|c| civil(c[row]));
            day.map_or_else(String::new, |d| fr::date_table(&d.to_string()))
        }));
        cells.extend(amounts.iter().map(|(k, _)| match ledger.amount(*k).map(|c| c[row]) {
            None | Some(NO_AMOUNT) => String::new(),
            Some(cents) => fr::euros_csv(Centimes(cents)),
        }));
        cells.push(fr::euros_csv(Centimes(ledger.montant[row])));
        if several {
            cells.push(ledger.sources_of(row));
        }
        cells.extend(ledger.extras.iter().map(|c| c.get(row).to_owned()));
        line(out, &cells)?;
    }
    Ok(())
}

/// `budget.csv`: one row a budget line.
///
/// # Errors
/// The writer fails.
pub fn write_budget(frame: &BudgetFrame, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(BOM.as_bytes())?;
    let header = [
        "fichier",
        "enregistrement",
        "siret",
        "budget",
        "exercice",
        "etape",
        "numero",
        "section",
        "sens",
        "ordre",
        "chapitre",
        "nature",
        "fonction",
        "operation",
        "libelle",
        "vote",
        "credits_ouverts",
        "engage",
        "realise",
        "rar",
    ];
    let mut header = header.map(String::from).to_vec();
    header.extend(frame.extras.iter().map(|c| c.nom().to_owned()));
    line(out, &header)?;
    for (row, l) in frame.lignes.iter().enumerate() {
        let d = &frame.documents[l.document as usize];
        let euros = |v: Option<Centimes>| v.map_or_else(String::new, fr::euros_csv);
        let ordre = if l.ordre == Ordre::Reel { "reel" } else { "ordre" };
        let mut cells = vec![
            d.fichier.clone(),
            l.record.to_string(),
            d.siret.clone(),
            d.budget.clone(),
            d.exercice.to_string(),
            d.etape.label().to_owned(),
            d.numero.clone(),
            l.section.letter().to_owned(),
            l.sens.letter().to_owned(),
            ordre.to_owned(),
            l.chapitre.clone(),
            l.nature.clone(),
            l.fonction.clone(),
            l.operation.clone(),
            l.libelle.clone(),
            euros(l.vote),
            euros(l.credits_ouverts),
            euros(l.engage),
            euros(l.realise),
            euros(l.rar),
        ];
        cells.extend(frame.extras.iter().map(|c| c.get(row).to_owned()));
        line(out, &cells)?;
    }
    Ok(())
}

/// A canonical table: annexes, references, grants.
///
/// # Errors
/// The writer fails.
pub fn write_table(table: &Tableau<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(BOM.as_bytes())?;
    let header: Vec<String> = table.colonnes.iter().map(|c| c.nom.to_owned()).collect();
    line(out, &header)?;
    let mut cells = Vec::with_capacity(header.len());
    for row in 0..table.lignes {
        cells.clear();
        cells.extend(table.colonnes.iter().map(|c| match &c.cellules {
            Cellules::Texte(of) => of(row).into_owned(),
            Cellules::Montant(of) => {
                of(row).map_or_else(String::new, |v| fr::euros_csv(Centimes(v)))
            }
            Cellules::Entier(of) => of(row).map_or_else(String::new, |v| v.to_string()),
            Cellules::Nombre(of) => fr::decimal_csv(of(row), 4),
            Cellules::Jour(of) => {
                civil(of(row)).map_or_else(String::new, |d| fr::date_table(&d.to_string()))
            }
        }));
        line(out, &cells)?;
    }
    Ok(())
}
