//! `echantillon.csv` and `echantillon.xlsx`: the records drawn, with two columns to fill in.
//!
//! **Invariant:** the columns that are read back keep their names; amounts are numbers in the workbook.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::csv::{cell, document};
use super::model::echantillon::{Echantillon, LigneTiree};
use super::{Rapport, fr};
use crate::domain::refus::Refus;

/// Columns of the sample; the last two are for the reviewer.
pub const COLONNES: [&str; 12] = [
    "rang",
    "strate",
    "enregistrement",
    "date",
    "mandat",
    "tiers",
    "facture",
    "objet",
    "nature",
    "montant",
    "montant_verifie",
    "observation",
];

/// `echantillon.csv`: `;`, UTF-8 with BOM, decimal comma.
pub fn to_csv(sample: &Echantillon) -> Result<Vec<u8>, Refus> {
    document(&COLONNES.join(";"), sample.lignes.iter().map(|l| cells(l).map(|c| cell(&c)).to_vec()))
}

fn cells(line: &LigneTiree) -> [String; 12] {
    [
        line.rang.to_string(),
        line.strate.clone(),
        line.enregistrement.clone(),
        line.date.clone().unwrap_or_default(),
        line.mandat.clone(),
        line.tiers.clone(),
        line.facture.clone(),
        line.objet.clone(),
        line.nature.clone(),
        fr::euros_csv(line.montant),
        line.montant_verifie.map(fr::euros_csv).unwrap_or_default(),
        line.observation.clone(),
    ]
}

/// `echantillon.xlsx`: a sheet to fill in, a sheet that says how it was drawn.
pub fn to_xlsx(rapport: &Rapport, sample: &Echantillon) -> Result<Vec<u8>, Refus> {
    workbook(rapport, sample).map_err(|e| {
        Refus::new(format!("classeur impossible à écrire ({e})"), "signaler ce défaut")
    })
}

fn workbook(rapport: &Rapport, sample: &Echantillon) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let date = ExcelDateTime::parse_from_str(&rapport.date)
        .or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1))?;
    let title = format!("Échantillon – {} – exercice {}", rapport.commune.nom, rapport.exercice);
    book.set_properties(
        &DocProperties::new()
            .set_title(title)
            .set_author(format!("vigie {}", rapport.version))
            .set_creation_datetime(&date),
    );
    lines(&mut book, sample)?;
    method(&mut book, rapport, sample)?;
    book.save_to_buffer()
}

fn lines(book: &mut Workbook, sample: &Echantillon) -> Result<(), XlsxError> {
    let widths = [6.0, 12.0, 26.0, 12.0, 12.0, 28.0, 18.0, 40.0, 9.0, 15.0, 17.0, 40.0];
    let head = Format::new().set_bold().set_background_color(0x00DC_E8F3_u32).set_text_wrap();
    let money = Format::new().set_num_format("#,##0.00\\ \"€\"");
    let typed = money.clone().set_background_color(0x00FF_F7E6_u32);
    let sheet = book.add_worksheet();
    sheet.set_name("Echantillon")?.set_freeze_panes(1, 0)?;
    for (i, (name, width)) in COLONNES.iter().zip(widths).enumerate() {
        sheet.write_string_with_format(0, i as u16, *name, &head)?;
        sheet.set_column_width(i as u16, width)?;
    }
    for (i, line) in sample.lignes.iter().enumerate() {
        let row = i as u32 + 1;
        for (column, text) in cells(line).iter().enumerate() {
            let column = column as u16;
            match column {
                0 => {
                    sheet.write_number(row, column, line.rang as f64)?;
                }
                9 => {
                    sheet.write_number_with_format(row, column, line.montant.euros(), &money)?;
                }
                10 => match line.montant_verifie {
                    Some(m) => {
                        sheet.write_number_with_format(row, column, m.euros(), &typed)?;
                    }
                    None => {
                        sheet.write_blank(row, column, &typed)?;
                    }
                },
                _ if text.is_empty() => {}
                _ => {
                    sheet.write_string(
                        row,
                        column,
                        text.chars().take(32_000).collect::<String>(),
                    )?;
                }
            }
        }
    }
    let bottom = (sample.lignes.len() as u32).max(1);
    sheet.autofilter(0, 0, bottom, COLONNES.len() as u16 - 1)?;
    Ok(())
}

/// How the sample was drawn, and the projection once known.
pub fn method_lines(rapport: &Rapport, sample: &Echantillon) -> Vec<(String, String)> {
    let mut out = vec![
        ("Méthode".to_owned(), sample.methode.replace('_', " ")),
        ("Graine".to_owned(), rapport.graine.to_string()),
        ("Confiance".to_owned(), fr::pourcent(sample.confiance_pct, 0)),
        (
            "Population".to_owned(),
            format!(
                "{}, {}",
                fr::compte(sample.population, "ligne", "lignes"),
                fr::euros(sample.total)
            ),
        ),
    ];
    for left in &sample.hors_population {
        out.push((
            format!("Hors population : {}", left.raison),
            format!("{}, {}", fr::compte(left.lignes, "ligne", "lignes"), fr::euros(left.total)),
        ));
    }
    if let Some(interval) = sample.intervalle {
        out.push(("Intervalle de tirage".to_owned(), fr::euros(interval)));
    }
    for s in &sample.strates {
        let limit = s.plafond.map(|p| format!(", jusqu’à {}", fr::euros(p))).unwrap_or_default();
        out.push((
            format!("Strate {}{limit}", s.nom),
            format!(
                "{} tirées sur {}, {}",
                fr::nombre(s.tirees),
                fr::nombre(s.lignes),
                fr::euros(s.total)
            ),
        ));
    }
    if let Some(p) = &sample.projection {
        out.push((
            "Vérifiées".to_owned(),
            format!(
                "{}, dont {} en erreur",
                fr::compte(p.verifiees, "ligne", "lignes"),
                p.en_erreur
            ),
        ));
        out.push(("Erreur constatée".to_owned(), fr::euros(p.erreur_constatee)));
        out.push(("Erreur projetée".to_owned(), fr::euros(p.erreur_projetee)));
        out.push((
            "Borne haute".to_owned(),
            format!(
                "{} ({} du total)",
                fr::euros(p.borne_haute),
                fr::pourcent(p.borne_haute_pct, 2)
            ),
        ));
        out.push(("Sous-évaluation projetée".to_owned(), fr::euros(p.sous_evaluation)));
    }
    out
}

fn method(book: &mut Workbook, rapport: &Rapport, sample: &Echantillon) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_name("Methode")?;
    sheet.set_column_width(0, 40.0)?.set_column_width(1, 70.0)?;
    sheet.write_string_with_format(0, 0, "element", &bold)?;
    sheet.write_string_with_format(0, 1, "valeur", &bold)?;
    let how = (
        "Comment remplir".to_owned(),
        "Écrire dans « montant_verifie » le montant qui aurait dû être payé, sur chaque ligne, même \
         juste ; puis relancer la même commande avec --resultats ce classeur."
            .to_owned(),
    );
    for (i, (name, value)) in method_lines(rapport, sample).into_iter().chain([how]).enumerate() {
        sheet.write_string(i as u32 + 1, 0, name)?;
        sheet.write_string(i as u32 + 1, 1, value)?;
    }
    Ok(())
}
