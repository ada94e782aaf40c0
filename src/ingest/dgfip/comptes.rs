//! Comptes individuels des communes (DGFiP): one row per commune and exercice, to `Reference` figures.
//!
//! Amounts are in thousands of euros; for an aggregate `x`, `fx` is euros per inhabitant and `mx` the mean
//! of the stratum. The columns change from year to year: they are found by their names, and an aggregate
//! that the table below does not know keeps its code as its label.
//!
//! **Invariant:** rows read = kept + set aside; thousands of euros become centimes exactly.

use std::io::Read;

use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::frames::issue::Issue;
use crate::frames::open_table::TableLue;
use crate::frames::reference::{Mesure, Perimetre, Reference, ReferenceFrame};
use crate::ingest::format::Consigne;
use crate::ingest::grid::{Doubt, Doubts, Grid, Step};
use crate::ingest::mapped::build::read_year;
use crate::ingest::perimeter::{MOST_COMMUNES, Perimeter, nothing, too_many};

/// Codes and their labels, as on the sheet of the DGFiP.
const LABELS: &str = include_str!("agregats.csv");
/// Most figures kept of one file.
const MOST_FIGURES: usize = 2_000_000;

/// The columns of one aggregate.
struct Aggregate {
    code: String,
    libelle: String,
    mesure: Mesure,
    montant: usize,
    habitant: Option<usize>,
    moyenne: Option<usize>,
}

struct Columns {
    an: usize,
    dep: usize,
    icom: usize,
    nom: Option<usize>,
    population: Option<usize>,
    strate: Option<usize>,
    aggregates: Vec<Aggregate>,
}

impl Columns {
    fn of<R: Read>(grid: &Grid<R>) -> Result<Self, Refus> {
        let need = |name: &str| grid.need(&[name], "comptes individuels des communes");
        let mut aggregates = Vec::new();
        for (at, title) in grid.titres.iter().enumerate() {
            aggregates.extend(aggregate(grid, at, &title.trim().to_lowercase()));
        }
        Ok(Self {
            an: need("an")?,
            dep: need("dep")?,
            icom: need("icom")?,
            nom: grid.find(&["inom"]),
            population: grid.find(&["pop1"]),
            strate: grid.find(&["nomsst2", "nomsst1"]),
            aggregates,
        })
    }
}

fn label(code: &str) -> Option<&'static str> {
    let mut lines = LABELS.lines().skip(1).filter_map(|l| l.split_once(';'));
    lines.find(|(c, _)| *c == code).map(|(_, l)| l)
}

/// The aggregate whose own column is `code`: known, or with its `f` and `m` columns beside it.
fn aggregate<R: Read>(grid: &Grid<R>, at: usize, code: &str) -> Option<Aggregate> {
    let column = |prefix: &str| grid.find(&[&format!("{prefix}{code}")]);
    let (habitant, moyenne) = (column("f"), column("m"));
    let known = label(code);
    let rate = code.strip_prefix('t').filter(|tax| known.is_some() && is_tax(tax));
    if let Some(tax) = rate {
        let mean = [format!("tm{tax}"), format!("mtmt{tax}")];
        return Some(Aggregate {
            code: code.to_owned(),
            libelle: known?.to_owned(),
            mesure: Mesure::Taux,
            montant: at,
            habitant: None,
            moyenne: grid.find(&[&mean[0], &mean[1]]),
        });
    }
    (known.is_some() || (habitant.is_some() && moyenne.is_some())).then(|| Aggregate {
        code: code.to_owned(),
        libelle: known.unwrap_or(code).to_owned(),
        mesure: Mesure::Montant,
        montant: at,
        habitant,
        moyenne,
    })
}

fn is_tax(code: &str) -> bool {
    matches!(code, "h" | "fb" | "fnb" | "p" | "th" | "tp" | "afnb" | "cfe")
}

/// Reads a table of comptes individuels.
///
/// # Errors
/// It is no such table, or no row can be used.
pub(crate) fn read<R: Read>(
    mut grid: Grid<R>,
    consigne: &Consigne<'_>,
) -> Result<(ReferenceFrame, Vec<Issue>), Refus> {
    let columns = Columns::of(&grid)?;
    let perimeter = Perimeter::new(consigne.siren);
    let open = perimeter.is_open() || !perimeter.knows_insee();
    let mut lue = TableLue {
        fichier: grid.nom.clone(),
        format: "comptes".to_owned(),
        encodage: grid.encodage.clone(),
        ..TableLue::default()
    };
    let mut doubts = Doubts::default();
    let mut lignes: Vec<Reference> = Vec::new();
    let mut communes = std::collections::BTreeSet::new();
    loop {
        let step = grid.advance(consigne.progress)?;
        if step == Step::End {
            break;
        }
        let insee = insee(&grid.text(Some(columns.dep)), &grid.text(Some(columns.icom)));
        if step == Step::Row && !open && !perimeter.holds_insee(&insee) {
            lue.lignes_hors_perimetre += 1;
            continue;
        }
        communes.insert(insee.clone());
        lue.lignes_lues += 1;
        if communes.len() > MOST_COMMUNES || lignes.len() > MOST_FIGURES {
            return Err(too_many(&grid.nom, communes.len() > MOST_COMMUNES));
        }
        if step == Step::TooLong {
            doubts.too_long(&grid.nom, grid.record);
            continue;
        }
        match row(&grid, &columns, &insee, &mut doubts) {
            Ok(figures) => {
                lue.lignes_retenues += 1;
                lignes.extend(figures);
            }
            Err(doubt) => doubts.aside(&grid.nom, grid.record, doubt),
        }
    }
    lue.lignes_ecartees = lue.lignes_lues - lue.lignes_retenues;
    if !perimeter.is_open() && !perimeter.knows_insee() {
        let why = "ce fichier n’a pas de SIREN et celui de la commune ne donne pas son code INSEE";
        doubts.remark(&grid.nom, "", why, "donner le code INSEE à --siren pour n’en garder qu’une");
    }
    if lignes.is_empty() {
        return Err(nothing(&lue, doubts.first()));
    }
    lue.sha256 = grid.sha256();
    let issues = doubts.finish(&lue.fichier);
    Ok((ReferenceFrame { lues: vec![lue], lignes, controles: Vec::new() }, issues))
}

/// INSEE code: the département without its leading zero, the commune on three digits; the DGFiP numbers
/// the overseas départements from 101 on.
fn insee(dep: &str, icom: &str) -> String {
    let overseas = ["101", "102", "103", "104", "105", "106"];
    let dep = match overseas.iter().position(|d| *d == dep) {
        Some(i) => format!("97{}", i + 1),
        None if dep.len() == 3 => dep.strip_prefix('0').unwrap_or(dep).to_owned(),
        None => format!("{dep:0>2}"),
    };
    let commune = format!("{icom:0>3}");
    let kept = commune.len().saturating_sub(5_usize.saturating_sub(dep.len()));
    format!("{dep}{}", commune.get(kept..).unwrap_or_default())
}

fn row<R: Read>(
    grid: &Grid<R>,
    columns: &Columns,
    insee: &str,
    doubts: &mut Doubts,
) -> Result<Vec<Reference>, Doubt> {
    let exercice = read_year(grid.cell(Some(columns.an)));
    if exercice == 0 {
        return Err(grid.doubt(Some(columns.an), "exercice absent ou illisible"));
    }
    let population = grid.amount(columns.population).ok().flatten();
    let population = population.and_then(|p| u32::try_from(p / 100).ok()).filter(|p| *p > 0);
    let mut out = Vec::new();
    for a in &columns.aggregates {
        let mut read = |at: Option<usize>| match grid.amount(at) {
            Ok(amount) => amount,
            Err(doubt) => {
                doubts.emptied(&grid.nom, grid.record, doubt);
                None
            }
        };
        let Some(montant) = read(Some(a.montant)) else { continue };
        let thousands = if a.mesure == Mesure::Montant { 1000 } else { 1 };
        out.push(Reference {
            source: 0,
            record: grid.record,
            exercice,
            insee: insee.to_owned(),
            siren: String::new(),
            commune: grid.text(columns.nom),
            budget: String::new(),
            libelle_budget: String::new(),
            perimetre: Perimetre::Principal,
            strate: grid.text(columns.strate),
            population,
            code: a.code.clone(),
            libelle: a.libelle.clone(),
            mesure: a.mesure,
            montant: Centimes(montant.saturating_mul(thousands)),
            par_habitant: read(a.habitant).map(Centimes),
            moyenne_strate: read(a.moyenne).map(Centimes),
        });
    }
    if out.is_empty() {
        return Err(grid.doubt(Some(columns.an), "aucun agrégat lisible sur cette ligne"));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::progress::Silent;

    #[test]
    fn thousands_of_euros_per_inhabitant_and_stratum() {
        let text = "an;dep;icom;inom;pop1;nomsst2;prod;fprod;mprod;charge;tth;tmth;xyz;fxyz;mxyz;\n\
                    2015;068;376;VILLE FICTIVE;14744;strate;12850.40;871.57;1355.16;;14.52;15.1;1;2;3;\n\
                    2016;101;101;ILE;100;strate;1;;;2;;;;;;\n";
        let grid = Grid::new(text.as_bytes(), 0, "c.csv").expect("a table");
        let (frame, issues) = read(grid, &Consigne::plain(&Silent)).expect("figures");
        assert!(issues.is_empty());
        let prod = frame.find("68376", 2015, Perimetre::Principal, "prod").expect("known");
        assert_eq!(prod.montant, Centimes(1_285_040_000));
        assert_eq!(prod.par_habitant, Some(Centimes(87_157)));
        assert_eq!(prod.moyenne_strate, Some(Centimes(135_516)));
        let rate = frame.find("68376", 2015, Perimetre::Principal, "tth").expect("a rate");
        assert_eq!(
            (rate.mesure, rate.montant.0, rate.moyenne_strate.map(|c| c.0)),
            (Mesure::Taux, 1_452, Some(1_510))
        );
        assert!(frame.find("68376", 2015, Perimetre::Principal, "xyz").is_some());
        assert!(frame.find("97101", 2016, Perimetre::Principal, "charge").is_some());
        let grid = Grid::new(text.as_bytes(), 0, "c.csv").expect("a table");
        let asked = Consigne { siren: Some("216803767"), ..Consigne::plain(&Silent) };
        let (frame, _) = read(grid, &asked).expect("one commune");
        assert_eq!((frame.lues[0].lignes_lues, frame.lues[0].lignes_hors_perimetre), (1, 1));
    }

    #[test]
    fn codes_of_communes() {
        assert_eq!(insee("068", "376"), "68376");
        assert_eq!(insee("1", "4"), "01004");
        assert_eq!(insee("02A", "004"), "2A004");
        assert_eq!(insee("971", "101"), "97101");
    }
}
