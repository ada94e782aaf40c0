//! SCDL subventions 2.1.1 to a `SubventionFrame`: one row per convention.
//!
//! **Invariant:** rows read = kept + set aside; a grant without a readable amount is set aside, any other
//! doubtful cell is left empty and told.

use std::io::Read;

use crate::domain::calendar::{DateOrder, NO_DAY, parse_day};
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::frames::issue::Issue;
use crate::frames::open_table::TableLue;
use crate::frames::subvention::{Subvention, SubventionFrame};
use crate::ingest::format::Consigne;
use crate::ingest::grid::{Doubt, Doubts, Grid, Step};
use crate::ingest::mapped::none_usable;
use crate::ingest::perimeter::Perimeter;

/// Most rows kept of one file.
const MOST_ROWS: usize = 2_000_000;

struct Columns {
    attribuant: Option<usize>,
    attribuant_id: Option<usize>,
    convention: Option<usize>,
    reference: Option<usize>,
    beneficiaire: Option<usize>,
    beneficiaire_id: Option<usize>,
    rna: Option<usize>,
    objet: Option<usize>,
    montant: usize,
    nature: Option<usize>,
    conditions: Option<usize>,
    periode: Option<usize>,
}

impl Columns {
    fn of<R: Read>(grid: &Grid<R>) -> Result<Self, Refus> {
        Ok(Self {
            attribuant: grid.find(&["nomAttribuant"]),
            attribuant_id: grid.find(&["idAttribuant"]),
            convention: grid.find(&["dateConvention"]),
            reference: grid.find(&["referenceDecision"]),
            beneficiaire: Some(grid.need(&["nomBeneficiaire"], "SCDL subventions")?),
            beneficiaire_id: grid.find(&["idBeneficiaire"]),
            rna: grid.find(&["rnaBeneficiaire"]),
            objet: grid.find(&["objet"]),
            montant: grid.need(&["montant"], "SCDL subventions")?,
            nature: grid.find(&["nature"]),
            conditions: grid.find(&["conditionsVersement"]),
            periode: grid.find(&["datesPeriodeVersement", "datesVersement"]),
        })
    }
}

/// Reads a table of grants.
///
/// # Errors
/// It is no such table, or no row can be used.
pub(crate) fn read<R: Read>(
    mut grid: Grid<R>,
    consigne: &Consigne<'_>,
) -> Result<(SubventionFrame, Vec<Issue>), Refus> {
    let columns = Columns::of(&grid)?;
    let perimeter = Perimeter::new(consigne.siren);
    let mut lue = TableLue {
        fichier: grid.nom.clone(),
        format: "subventions".to_owned(),
        encodage: grid.encodage.clone(),
        ..TableLue::default()
    };
    let mut doubts = Doubts::default();
    let mut lignes = Vec::new();
    loop {
        let step = grid.advance(consigne.progress)?;
        if step == Step::End {
            break;
        }
        if !perimeter.holds_siren(&grid.text(columns.attribuant_id).replace(' ', "")) {
            lue.lignes_hors_perimetre += 1;
            continue;
        }
        lue.lignes_lues += 1;
        if lignes.len() >= MOST_ROWS {
            return Err(crate::ingest::perimeter::too_many(&grid.nom, false));
        }
        let read =
            if step == Step::TooLong { None } else { Some(row(&grid, &columns, &mut doubts)) };
        match read {
            Some(Ok(ligne)) => lignes.push(ligne),
            Some(Err(doubt)) => doubts.aside(&grid.nom, grid.record, doubt),
            None => doubts.too_long(&grid.nom, grid.record),
        }
    }
    lue.lignes_retenues = lignes.len() as u64;
    lue.lignes_ecartees = lue.lignes_lues - lue.lignes_retenues;
    if lignes.is_empty() {
        let n = lue.lignes_lues;
        return Err(Refus::new(
            format!("« {} » : {}", lue.fichier, none_usable(n, "subvention")),
            "comparer les colonnes au schéma SCDL subventions 2.1.1 et refaire l’export",
        )
        .with_extrait(doubts.first()));
    }
    lue.sha256 = grid.sha256();
    let issues = doubts.finish(&lue.fichier);
    Ok((SubventionFrame { lues: vec![lue], lignes }, issues))
}

fn row<R: Read>(
    grid: &Grid<R>,
    columns: &Columns,
    doubts: &mut Doubts,
) -> Result<Subvention, Doubt> {
    let montant = grid
        .amount(Some(columns.montant))?
        .ok_or_else(|| grid.doubt(Some(columns.montant), "montant absent"))?;
    let mut day = |text: &str| match text.trim() {
        "" => NO_DAY,
        text => parse_day(text.as_bytes(), DateOrder::Ymd)
            .or_else(|_| parse_day(text.as_bytes(), DateOrder::Dmy))
            .unwrap_or_else(|e| {
                let mut doubt = grid.doubt(columns.convention, e.raison());
                text.clone_into(&mut doubt.valeur);
                doubts.emptied(&grid.nom, grid.record, doubt);
                NO_DAY
            }),
    };
    let convention = day(&grid.text(columns.convention));
    let periode = grid.text(columns.periode);
    let (debut, fin) = periode.split_once(['/', '_']).unwrap_or((&periode, &periode));
    let (debut, fin) = (day(debut), day(fin));
    Ok(Subvention {
        source: 0,
        record: grid.record,
        attribuant: grid.text(columns.attribuant),
        attribuant_id: grid.text(columns.attribuant_id).replace(' ', ""),
        convention,
        reference: grid.text(columns.reference),
        beneficiaire: grid.text(columns.beneficiaire),
        beneficiaire_id: grid.text(columns.beneficiaire_id).replace(' ', ""),
        rna: grid.text(columns.rna),
        objet: grid.text(columns.objet),
        montant: Centimes(montant),
        nature: grid.text(columns.nature),
        conditions: grid.text(columns.conditions),
        debut,
        fin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::civil;
    use crate::domain::progress::Silent;

    #[test]
    fn grants_with_their_dates_and_amounts() {
        let text = "montant;nomAttribuant;idAttribuant;dateConvention;nomBeneficiaire;\
                    idBeneficiaire;objet;datesPeriodeVersement\n\
                    1500.50;Saint-Exemple;21000010500010;2024-03-02;Amicale fictive;;Fête;2024-04-01/2024-06-30\n\
                    abc;Saint-Exemple;21000010500010;2024-03-02;Autre;;Fête;\n\
                    200;Saint-Exemple;21000010500010;2024-13-45;Tiers;;Fête;2024-04-01\n";
        let grid = Grid::new(text.as_bytes(), 0, "s.csv").expect("a table");
        let (frame, issues) = read(grid, &Consigne::plain(&Silent)).expect("grants");
        let lue = &frame.lues[0];
        assert_eq!((lue.lignes_lues, lue.lignes_retenues, lue.lignes_ecartees), (3, 2, 1));
        let first = &frame.lignes[0];
        assert_eq!(first.montant, Centimes(150_050));
        let day = |d| civil(d).map(|d| d.to_string());
        assert_eq!(day(first.fin).as_deref(), Some("2024-06-30"));
        assert_eq!(frame.lignes[1].convention, NO_DAY);
        assert_eq!(issues.len(), 2);
        assert_eq!(frame.provenance(first), "s.csv#1");
    }
}
