//! OFGL base des communes, by budget or consolidated, as a [`Format`]: one row per budget and aggregate.
//!
//! The titles carry the year of the vintage (« Code Insee 2024 Commune »): they are matched by pattern.
//!
//! **Invariant:** rows read = kept + set aside; labels are those published, never interpreted.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;

use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::frames::checks::Controle;
use crate::frames::issue::Issue;
use crate::frames::open_table::TableLue;
use crate::frames::reference::{Mesure, Perimetre, Reference, ReferenceFrame};
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::grid::{Doubt, Doubts, Grid, Step, has_all, titles_of};
use crate::ingest::mapped::build::read_year;
use crate::ingest::mapped::synonyms::normal;
use crate::ingest::perimeter::{MOST_COMMUNES, Perimeter, nothing, too_many};

/// Most figures kept of one file.
const MOST_FIGURES: usize = 2_000_000;
const FORMAT: &str = "OFGL base des communes";

/// The reader. See the module documentation.
#[derive(Debug, Clone, Copy)]
pub struct Ofgl;

impl Format for Ofgl {
    fn nom(&self) -> &'static str {
        "ofgl"
    }
    fn titre(&self) -> &'static str {
        "base des communes de l'OFGL, pour comparer"
    }
    fn page(&self) -> &'static str {
        include_str!("ofgl.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        let titles = titles_of(source.head);
        let ours = has_all(&titles, &["Agrégat", "Montant", "Exercice"])
            && titles.iter().any(|t| is_insee(t));
        ours.then(|| Reconnu {
            confiance: 95,
            raison: "colonnes Exercice, Agrégat, Montant et Code Insee Commune".to_owned(),
        })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let (frame, issues) = read(Grid::<File>::open(s)?, c)?;
        let sha256 = frame.lues.first().map(|l| l.sha256.clone()).unwrap_or_default();
        let lu = |remarque| Lu { sha256: sha256.clone(), format: "ofgl".to_owned(), remarque };
        if let Some(same) = r.references.lues.iter().find(|l| l.sha256 == sha256) {
            return Ok(lu(format!("même contenu que {}, lu une seule fois", same.fichier)));
        }
        r.references.append(frame);
        r.issues.extend(issues);
        Ok(lu(String::new()))
    }
}

/// « Code Insee 2024 Commune », or without its year.
fn is_insee(title: &str) -> bool {
    vintage(title, "code insee", "commune") || title == "code insee collectivite"
}

/// True for `start` [year] `end`.
fn vintage(title: &str, start: &str, end: &str) -> bool {
    let Some(rest) = title.strip_prefix(start).and_then(|t| t.strip_suffix(end)) else {
        return false;
    };
    let rest = rest.trim();
    rest.is_empty() || (rest.len() == 4 && rest.bytes().all(|b| b.is_ascii_digit()))
}

struct Columns {
    exercice: usize,
    insee: Option<usize>,
    nom: Option<usize>,
    siren: Option<usize>,
    strate: Option<usize>,
    siret: Option<usize>,
    libelle: Option<usize>,
    genre: Option<usize>,
    agregat: usize,
    montant: usize,
    parties: [Option<usize>; 3],
    population: Option<usize>,
    habitant: Option<usize>,
}

impl Columns {
    fn of<R: Read>(grid: &Grid<R>) -> Result<Self, Refus> {
        let need = |name: &str| grid.need(&[name], FORMAT);
        let like = |start: &str, end: &str| grid.find_like(|t| vintage(t, start, end));
        let population = grid.find(&["Population totale"]);
        Ok(Self {
            exercice: need("Exercice")?,
            insee: like("code insee", "commune").or(grid.find(&["Code Insee Collectivité"])),
            nom: like("nom", "commune"),
            siren: like("code siren", "collectivite").or(like("code siren", "commune")),
            strate: like("strate population", ""),
            siret: grid.find(&["Siret Budget"]),
            libelle: grid.find(&["Libellé Budget"]),
            genre: grid.find(&["Type de budget"]),
            agregat: need("Agrégat")?,
            montant: need("Montant")?,
            parties: ["Montant BP", "Montant BA", "Montant flux BP-BA"].map(|n| grid.find(&[n])),
            population: population.or(grid.find_like(|t| t.starts_with("population totale"))),
            habitant: grid.find(&["Montant en € par habitant", "Montant par habitant"]),
        })
    }

    /// True for the variant that adds principal and annexes.
    fn is_consolidated(&self) -> bool {
        self.parties[0].is_some() && self.parties[1].is_some()
    }
}

/// Reads a table of the OFGL.
///
/// # Errors
/// It is no such table, or no row can be used.
pub(crate) fn read<R: Read>(
    mut grid: Grid<R>,
    consigne: &Consigne<'_>,
) -> Result<(ReferenceFrame, Vec<Issue>), Refus> {
    let columns = Columns::of(&grid)?;
    let perimeter = Perimeter::new(consigne.siren);
    let mut lue = TableLue {
        fichier: grid.nom.clone(),
        format: "ofgl".to_owned(),
        encodage: grid.encodage.clone(),
        ..TableLue::default()
    };
    let mut doubts = Doubts::default();
    let mut lignes: Vec<Reference> = Vec::new();
    let mut communes = BTreeSet::new();
    let mut sums = (0_i128, 0_i128);
    loop {
        let step = grid.advance(consigne.progress)?;
        if step == Step::End {
            break;
        }
        let insee = grid.text(columns.insee);
        if step == Step::Row && !holds(&grid, &columns, &perimeter, &insee) {
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
            Ok((ligne, parts)) => {
                sums.0 += i128::from(parts.unwrap_or(ligne.montant.0));
                sums.1 += i128::from(ligne.montant.0);
                lignes.push(ligne);
            }
            Err(doubt) => doubts.aside(&grid.nom, grid.record, doubt),
        }
    }
    lue.lignes_retenues = lignes.len() as u64;
    lue.lignes_ecartees = lue.lignes_lues - lue.lignes_retenues;
    if lignes.is_empty() {
        return Err(nothing(&lue, doubts.first()));
    }
    lue.sha256 = grid.sha256();
    let controles = if columns.is_consolidated() { vec![(0, consolidated(sums))] } else { vec![] };
    let issues = doubts.finish(&lue.fichier);
    Ok((ReferenceFrame { lues: vec![lue], lignes, controles }, issues))
}

fn holds<R: Read>(grid: &Grid<R>, columns: &Columns, asked: &Perimeter, insee: &str) -> bool {
    if asked.is_open() || asked.holds_insee(insee) {
        return true;
    }
    let siren = grid.text(columns.siren);
    !siren.is_empty() && asked.holds_siren(&siren)
}

/// Principal + annexes - flows = published amount, over the rows kept.
fn consolidated((parts, published): (i128, i128)) -> Controle {
    let clamp = |v: i128| v.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    let (attendu, obtenu) = (clamp(parts), clamp(published));
    Controle {
        code: "consolidation".to_owned(),
        libelle: "principal + annexes − flux = montant consolidé".to_owned(),
        attendu,
        obtenu,
        ecart: obtenu.saturating_sub(attendu),
        ok: true,
        information: attendu != obtenu,
    }
}

/// A figure, and the sum of its parts when they are written.
fn row<R: Read>(
    grid: &Grid<R>,
    columns: &Columns,
    insee: &str,
    doubts: &mut Doubts,
) -> Result<(Reference, Option<i64>), Doubt> {
    let exercice = read_year(grid.cell(Some(columns.exercice)));
    if exercice == 0 {
        return Err(grid.doubt(Some(columns.exercice), "exercice absent ou illisible"));
    }
    let libelle = grid.text(Some(columns.agregat));
    if libelle.is_empty() {
        return Err(grid.doubt(Some(columns.agregat), "agrégat absent"));
    }
    let montant = grid
        .amount(Some(columns.montant))?
        .ok_or_else(|| grid.doubt(Some(columns.montant), "montant absent"))?;
    let mut soft = |at: Option<usize>| match grid.amount(at) {
        Ok(amount) => amount,
        Err(doubt) => {
            doubts.emptied(&grid.nom, grid.record, doubt);
            None
        }
    };
    let parts = if columns.is_consolidated() {
        let [bp, ba, flux] = columns.parties.map(|c| soft(c).unwrap_or(0));
        Some(bp.saturating_add(ba).saturating_sub(flux))
    } else {
        None
    };
    let genre = normal(&grid.text(columns.genre));
    let perimetre = match genre.as_str() {
        _ if columns.is_consolidated() => Perimetre::Consolide,
        g if g.contains("annexe") => Perimetre::Annexe,
        _ => Perimetre::Principal,
    };
    let population = soft(columns.population).and_then(|p| u32::try_from(p / 100).ok());
    let ligne = Reference {
        source: 0,
        record: grid.record,
        exercice,
        insee: insee.to_owned(),
        siren: grid.text(columns.siren),
        commune: grid.text(columns.nom),
        budget: grid.text(columns.siret),
        libelle_budget: grid.text(columns.libelle),
        perimetre,
        strate: grid.text(columns.strate),
        population: population.filter(|p| *p > 0),
        code: libelle.clone(),
        libelle,
        mesure: Mesure::Montant,
        montant: Centimes(montant),
        par_habitant: soft(columns.habitant).map(Centimes),
        moyenne_strate: None,
    };
    Ok((ligne, parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::progress::Silent;

    fn load(text: &str, siren: Option<&str>) -> Result<(ReferenceFrame, Vec<Issue>), Refus> {
        let consigne = Consigne { siren, ..Consigne::plain(&Silent) };
        read(Grid::new(text.as_bytes(), 0, "o.csv")?, &consigne)
    }

    #[test]
    fn titles_carry_any_year() {
        assert!(vintage("code insee 2024 commune", "code insee", "commune"));
        assert!(vintage("code insee commune", "code insee", "commune"));
        assert!(!vintage("code insee 2024 region", "code insee", "commune"));
        assert!(vintage("strate population 2022", "strate population", ""));
    }

    #[test]
    fn by_budget_and_filtered() {
        let text = "\u{feff}Exercice;Code Insee 2023 Commune;Nom 2023 Commune;Code Siren Collectivité;\
                    Siret Budget;Type de budget;Agrégat;Montant;Population totale;Montant en € par habitant\n\
                    2023;97101;Les Abymes;219711017;21971101700018;Budget principal;Recettes totales;10.5;52586;0.0002\n\
                    2023;97101;Les Abymes;219711017;21971101700026;Budget annexe;Recettes totales;1;52586;\n\
                    2023;97102;Anse;219711025;21971102500011;Budget principal;Recettes totales;x;4107;\n";
        let (frame, issues) = load(text, None).expect("figures");
        assert_eq!((frame.lignes.len(), issues.len()), (2, 1));
        let found = frame.find("97101", 2023, Perimetre::Principal, "Recettes totales");
        let found = found.expect("published");
        assert_eq!((found.montant.0, found.population), (1_050, Some(52_586)));
        let (frame, _) = load(text, Some("219711017")).expect("one commune");
        assert_eq!(frame.lues[0].lignes_hors_perimetre, 1);
        assert!(load(text, Some("219300480")).is_err());
    }

    #[test]
    fn consolidated_amounts_are_checked() {
        let text = "Exercice;Code Insee 2024 Commune;Agrégat;Montant BP;Montant BA;Montant flux BP-BA;Montant\n\
                    2017;93048;Achats;10;5;1;14\n2017;93048;Frais;10;5;1;15\n";
        let (frame, _) = load(text, None).expect("figures");
        assert_eq!(frame.lignes[0].perimetre, Perimetre::Consolide);
        let check = &frame.controles[0].1;
        assert_eq!((check.ecart, check.information), (100, true));
    }
}
