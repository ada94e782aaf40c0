//! SCDL budget 0.8.3 to a `BudgetFrame`: one document per SIRET, exercice and stage.
//!
//! The schema says neither the nomenclature nor the kind of order movement: the chart is the one that
//! knows the accounts, the kind comes from the chapitre (040 to 043) or from the chart. A blank section
//! is that of the chart (FORMATS 1.3).
//!
//! **Invariant:** rows read = kept + set aside + those of other communes when one is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use crate::domain::account::{
    Compte, Ordre, OrigineChapitre, Section, Sens, is_balance_line, section_of_digits,
};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::{Plan, nomenclature, plan};
use crate::domain::refus::Refus;
use crate::frames::budget::{Annexes, BudgetFrame, Document, Etape, LigneBudget};
use crate::frames::extra::Extras;
use crate::frames::issue::Issue;
use crate::ingest::chart_guess::guess;
use crate::ingest::format::Consigne;
use crate::ingest::grid::{Doubt, Doubts, Grid, Step, fold_empty};
use crate::ingest::mapped::build::read_year;
use crate::ingest::mapped::libres::Libres;
use crate::ingest::mapped::synonyms::normal;
use crate::ingest::mapped::{none_is, none_usable};
use crate::ingest::perimeter::{MOST_COMMUNES, Perimeter, insee_of_siren, too_many};

/// Most lines of one file: a few thousand for a commune, ten thousand for a region.
const MOST_LINES: usize = 2_000_000;

/// The seven amounts, in the order of [`AMOUNTS`].
const AMOUNTS: [&str; 7] = [
    "BGT_MTPREV",
    "BGT_CREDOUV",
    "BGT_MTREAL",
    "BGT_MTRAR3112",
    "BGT_MTRARPREC",
    "BGT_MTPROPNOUV",
    "BGT_MTBUDGPREC",
];

/// Places of the columns; only nature and sens are compulsory.
struct Columns {
    natdec: Option<usize>,
    annee: Option<usize>,
    siret: Option<usize>,
    nom: Option<usize>,
    contnat: Option<usize>,
    nature: usize,
    label: Option<usize>,
    fonction: Option<usize>,
    operation: Option<usize>,
    section: Option<usize>,
    opbudg: Option<usize>,
    codrd: usize,
    artspe: Option<usize>,
    amounts: [Option<usize>; 7],
}

impl Columns {
    fn of<R: Read>(grid: &Grid<R>) -> Result<Self, Refus> {
        let amounts = AMOUNTS.map(|a| grid.find(&[a]));
        if amounts.iter().all(Option::is_none) {
            grid.need(&["BGT_MTREAL", "BGT_MTPREV"], "SCDL budget")?;
        }
        Ok(Self {
            natdec: grid.find(&["BGT_NATDEC"]),
            annee: Some(grid.need(&["BGT_ANNEE"], "SCDL budget")?),
            siret: grid.find(&["BGT_SIRET"]),
            nom: grid.find(&["BGT_NOM"]),
            contnat: grid.find(&["BGT_CONTNAT"]),
            nature: grid.need(&["BGT_NATURE"], "SCDL budget")?,
            label: grid.find(&["BGT_NATURE_LABEL"]),
            fonction: grid.find(&["BGT_FONCTION"]),
            operation: grid.find(&["BGT_OPERATION"]),
            section: grid.find(&["BGT_SECTION"]),
            opbudg: grid.find(&["BGT_OPBUDG"]),
            codrd: grid.need(&["BGT_CODRD"], "SCDL budget")?,
            artspe: grid.find(&["BGT_ARTSPE"]),
            amounts,
        })
    }
}

impl Columns {
    /// Places of all of them.
    fn places(&self) -> Vec<usize> {
        let one = [
            self.natdec,
            self.annee,
            self.siret,
            self.nom,
            self.contnat,
            Some(self.nature),
            self.label,
            self.fonction,
            self.operation,
            self.section,
            self.opbudg,
            Some(self.codrd),
            self.artspe,
        ];
        one.into_iter().chain(self.amounts).flatten().collect()
    }
}

/// Identity of a document: SIRET, exercice, stage.
type Key = (String, u16, Etape);

/// A line before its place in the chart is known.
struct Draft {
    ligne: LigneBudget,
    section: Option<Section>,
    is_ordre: bool,
}

/// A document under construction.
#[derive(Default)]
struct Draughts {
    nom: String,
    lues: u64,
    ecartees: u64,
    lignes: Vec<Draft>,
}

/// Reads a table; gives its frame, its issues and the hash of its bytes.
///
/// # Errors
/// It is no SCDL budget, or no row can be used.
pub(crate) fn read<R: Read>(
    mut grid: Grid<R>,
    consigne: &Consigne<'_>,
) -> Result<(BudgetFrame, Vec<Issue>, String), Refus> {
    let columns = Columns::of(&grid)?;
    let perimeter = Perimeter::new(consigne.siren);
    let mut documents: BTreeMap<Key, Draughts> = BTreeMap::new();
    let mut doubts = Doubts::default();
    let mut communes: BTreeSet<String> = BTreeSet::new();
    let (mut elsewhere, mut lines) = (0_u64, 0_usize);
    let mut libres = Libres::new(&grid.titres, &columns.places());
    let mut by_record = Extras::default();
    loop {
        let step = grid.advance(consigne.progress)?;
        if step == Step::End {
            break;
        }
        let siret = digits(&grid.text(columns.siret));
        if step == Step::Row && !perimeter.holds_siren(&siret) {
            elsewhere += 1;
            continue;
        }
        communes.insert(siret.get(..9).unwrap_or(&siret).to_owned());
        lines += 1;
        if communes.len() > MOST_COMMUNES || lines > MOST_LINES {
            return Err(too_many(&grid.nom, communes.len() > MOST_COMMUNES));
        }
        row(&grid, &columns, siret, step, &mut documents, &mut doubts);
        if step == Step::Row {
            libres.keep(grid.cells(), &mut by_record, grid.record as usize);
        }
    }
    remarks(&grid, &columns, &mut doubts);
    let (nom, encodage) = (grid.nom.clone(), grid.encodage.clone());
    if documents.values().all(|d| d.lignes.is_empty()) {
        return Err(nothing(&nom, lines, elsewhere, &doubts));
    }
    let sha256 = grid.sha256();
    let mut frame = BudgetFrame::default();
    fold_empty(
        &mut documents,
        |d| d.lignes.is_empty(),
        |kept, d| {
            kept.lues += d.lues;
            kept.ecartees += d.ecartees;
        },
    );
    for (key, draughts) in documents {
        settle(&mut frame, &mut doubts, (&nom, &encodage, &sha256), &key, draughts);
    }
    let (by_record, mut extras) = (by_record.finish(), Extras::default());
    for (line, ligne) in frame.lignes.iter().enumerate() {
        extras.copy(&by_record, ligne.record as usize, line);
    }
    frame.extras = extras.finish();
    Ok((frame, doubts.finish(&nom), sha256))
}

fn digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}' && *c != '\u{202f}').collect()
}

fn nothing(nom: &str, lines: usize, elsewhere: u64, doubts: &Doubts) -> Refus {
    if lines == 0 && elsewhere > 0 {
        return Refus::new(
            format!("« {nom} » : {}", none_is(elsewhere, "ligne", "de la commune demandée")),
            "vérifier le numéro donné à --siren, ou relancer sans cette option",
        );
    }
    Refus::new(
        format!("« {nom} » : {}", none_usable(lines as u64, "ligne")),
        "comparer les colonnes au schéma SCDL budget 0.8.3 (vigie formats scdl) et refaire l’export",
    )
    .with_extrait(doubts.first())
}

/// Columns that a document needs and this file has not.
fn remarks<R: Read>(grid: &Grid<R>, columns: &Columns, doubts: &mut Doubts) {
    let told = [
        (columns.natdec, "BGT_NATDEC", "colonne absente : étape d’après les montants présents"),
        (columns.siret, "BGT_SIRET", "colonne absente : le budget n’est pas identifié"),
        (columns.section, "BGT_SECTION", "colonne absente : section d’après le plan de comptes"),
        (
            columns.opbudg,
            "BGT_OPBUDG",
            "colonne absente : toutes les opérations lues comme réelles",
        ),
    ];
    for (_, name, why) in told.iter().filter(|(place, ..)| place.is_none()) {
        doubts.remark(&grid.nom, name, why, "compléter la colonne si le producteur peut la donner");
    }
}

fn row<R: Read>(
    grid: &Grid<R>,
    columns: &Columns,
    siret: String,
    step: Step,
    documents: &mut BTreeMap<Key, Draughts>,
    doubts: &mut Doubts,
) {
    let exercice = read_year(grid.cell(columns.annee));
    let etape = etape(&grid.text(columns.natdec), columns);
    let document = documents.entry((siret, exercice, etape.unwrap_or(Etape::Ca))).or_default();
    document.lues += 1;
    if document.nom.is_empty() {
        document.nom = grid.text(columns.nom);
    }
    let draft = match (step, etape) {
        (Step::TooLong, _) => {
            document.ecartees += 1;
            return doubts.too_long(&grid.nom, grid.record);
        }
        _ if exercice == 0 => Err(grid.doubt(columns.annee, "exercice absent ou illisible")),
        (_, None) => Err(grid.doubt(columns.natdec, "nature de décision inconnue")),
        _ => draft(grid, columns),
    };
    match draft {
        Ok(draft) => document.lignes.push(draft),
        Err(doubt) => {
            document.ecartees += 1;
            doubts.aside(&grid.nom, grid.record, doubt);
        }
    }
}

/// Stage by its words, whatever their case; without the column, accounts when something was realised.
fn etape(text: &str, columns: &Columns) -> Option<Etape> {
    if columns.natdec.is_none() {
        let executed = columns.amounts[2].is_some();
        return Some(if executed { Etape::Ca } else { Etape::Bp });
    }
    let words = normal(text);
    let starts = |w: &str| words.starts_with(w);
    match words.as_str() {
        "bp" | "01" | "1" => Some(Etape::Bp),
        "dm" | "02" | "2" => Some(Etape::Dm),
        "bs" | "03" | "3" => Some(Etape::Bs),
        "ca" | "09" | "9" => Some(Etape::Ca),
        "cfu" | "10" => Some(Etape::Cfu),
        _ if starts("budget primitif") => Some(Etape::Bp),
        _ if starts("budget supplementaire") => Some(Etape::Bs),
        _ if starts("decision modificative") => Some(Etape::Dm),
        _ if starts("compte administratif") => Some(Etape::Ca),
        _ if starts("compte financier") => Some(Etape::Cfu),
        _ => None,
    }
}

fn draft<R: Read>(grid: &Grid<R>, columns: &Columns) -> Result<Draft, Doubt> {
    let nature = Compte::parse(&grid.text(Some(columns.nature)))
        .ok_or_else(|| grid.doubt(Some(columns.nature), "ce n’est pas un numéro de compte"))?;
    let sens = match normal(&grid.text(Some(columns.codrd))).as_str() {
        "depense" | "depenses" | "d" => Sens::D,
        "recette" | "recettes" | "r" | "d r" => Sens::R,
        _ => return Err(grid.doubt(Some(columns.codrd), "ni dépense ni recette")),
    };
    let is_ordre = match normal(&grid.text(columns.opbudg)).as_str() {
        "" | "reel" | "reelle" | "reelles" | "mixte" | "0" => false,
        "ordre" | "1" => true,
        _ => return Err(grid.doubt(columns.opbudg, "ni réel ni ordre")),
    };
    let section = match normal(&grid.text(columns.section)).as_str() {
        "" => None,
        "fonctionnement" | "exploitation" | "f" => Some(Section::F),
        "investissement" | "i" => Some(Section::I),
        _ => return Err(grid.doubt(columns.section, "ni fonctionnement ni investissement")),
    };
    let mut amounts = [None; 7];
    for (slot, column) in amounts.iter_mut().zip(columns.amounts) {
        *slot = grid.amount(column)?.map(Centimes);
    }
    let [vote, credits_ouverts, realise, rar, rar_precedent, propose, budget_precedent] = amounts;
    let artspe = normal(&grid.text(columns.artspe));
    let ligne = LigneBudget {
        document: 0,
        record: grid.record,
        nature: nature.to_string(),
        fonction: grid.text(columns.fonction),
        operation: grid.text(columns.operation),
        libelle: grid.text(columns.label),
        chapitre: String::new(),
        section: Section::F,
        origine: OrigineChapitre::Secours,
        sens,
        ordre: Ordre::Reel,
        vote,
        credits_ouverts,
        realise,
        rar,
        engage: None,
        rar_precedent,
        propose,
        budget_precedent,
        rattache: None,
        controle: grid.text(columns.contnat),
        specialise: (!artspe.is_empty()).then(|| artspe.starts_with("specialise")),
    };
    Ok(Draft { ligne, section, is_ordre })
}

/// Places the lines of a document in the chart that knows its accounts.
fn settle(
    frame: &mut BudgetFrame,
    doubts: &mut Doubts,
    (nom, encodage, sha256): (&str, &str, &str),
    (siret, exercice, etape): &Key,
    draughts: Draughts,
) {
    let comptes: BTreeSet<&str> = draughts.lignes.iter().map(|d| d.ligne.nature.as_str()).collect();
    let guess = guess(&comptes, *exercice);
    let shown = format!("{} ({} comptes connus sur {})", guess.nom, guess.connus, comptes.len());
    if !comptes.is_empty() {
        let why = "nomenclature absente du schéma, déduite des comptes";
        doubts.remark(nom, &shown, why, "vérifier la nomenclature du budget");
    }
    let chart = nomenclature(guess.nom).map(|n| plan(n.plan));
    let index = u32::try_from(frame.documents.len()).unwrap_or(u32::MAX);
    let retenues = draughts.lignes.len() as u64;
    for draft in draughts.lignes {
        let mut ligne = place(draft, chart, *exercice);
        ligne.document = index;
        frame.lignes.push(ligne);
    }
    frame.documents.push(Document {
        fichier: nom.to_owned(),
        format: "scdl".to_owned(),
        encodage: encodage.to_owned(),
        sha256: sha256.to_owned(),
        siret: siret.clone(),
        collectivite: draughts.nom,
        libelle_budget: String::new(),
        budget: String::new(),
        type_budget: String::new(),
        insee: insee_of_siren(siret).unwrap_or_default(),
        nomenclature: guess.nom.to_owned(),
        exercice: *exercice,
        etape: *etape,
        numero: String::new(),
        population: None,
        dette: None,
        annexes: Annexes::default(),
        fiscalite: Vec::new(),
        informations: Vec::new(),
        lignes_lues: draughts.lues,
        lignes_retenues: retenues,
        lignes_ecartees: draughts.ecartees,
    });
}

/// Kind of movement, chapitre and section of a line.
fn place(draft: Draft, chart: Option<&Plan>, exercice: u16) -> LigneBudget {
    let Draft { mut ligne, section, is_ordre } = draft;
    let code = ligne.nature.clone();
    let look = |ordre| chart.and_then(|c| c.imputation(exercice, &code, ligne.sens, ordre));
    let exact = |ordre| look(ordre).filter(|i| i.origine <= OrigineChapitre::PlanVoisin);
    ligne.ordre = match ligne.controle.as_str() {
        "041" | "043" if is_ordre => Ordre::Interne,
        "040" | "042" | "021" | "023" if is_ordre => Ordre::EntreSections,
        _ if matches!(code.as_str(), "021" | "023") => Ordre::EntreSections,
        _ if !is_ordre => Ordre::Reel,
        _ if exact(Ordre::EntreSections).is_none() && exact(Ordre::Interne).is_some() => {
            Ordre::Interne
        }
        _ => Ordre::EntreSections,
    };
    let found = look(ligne.ordre);
    let written = ligne.controle.as_str();
    let of_chapitre = chart.and_then(|c| c.section_chapitre(written, exercice));
    let from_chart = found.filter(|f| f.origine <= OrigineChapitre::PlanVoisin);
    // what the publisher writes wins over a chart that is a guess
    ligne.section = section
        .or(from_chart.map(|f| f.section))
        .or(of_chapitre)
        .or(found.map(|f| f.section))
        .unwrap_or_else(|| section_of_digits(&code));
    let agreed = found.filter(|f| f.section == ligne.section);
    ligne.origine = agreed.map_or(OrigineChapitre::Secours, |f| f.origine);
    ligne.chapitre = match agreed {
        Some(found) => found.chapitre.to_owned(),
        None if is_balance_line(&code) => code,
        None if of_chapitre.is_some() || !written.is_empty() => written.to_owned(),
        None => code.get(..2).unwrap_or(&code).to_owned(),
    };
    ligne
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::progress::Silent;

    fn load(text: &str, siren: Option<&str>) -> Result<(BudgetFrame, Vec<Issue>), Refus> {
        let consigne = Consigne { siren, ..Consigne::plain(&Silent) };
        let grid = Grid::new(text.as_bytes(), 0, "b.csv")?;
        read(grid, &consigne).map(|(frame, issues, _)| (frame, issues))
    }

    #[test]
    fn columns_in_any_order_and_blank_sections() {
        let text = "BGT_CODRD;BGT_MTREAL;BGT_NATURE;BGT_ANNEE;BGT_OPBUDG;BGT_SIRET;BGT_NATDEC\n\
                    dépense;12.5;60611;2022;réel;21000010500010;Compte Administratif\n\
                    recette;7;002;2022;réel;21000010500010;compte administratif\n\
                    recette;30;28031;2022;ordre;21000010500010;compte administratif\n\
                    total;1;60611;2022;réel;21000010500010;compte administratif\n";
        let (frame, issues) = load(text, None).expect("a budget");
        let d = &frame.documents[0];
        assert_eq!((frame.documents.len(), d.etape, d.lignes_lues), (1, Etape::Ca, 4));
        assert_eq!((d.lignes_retenues, d.lignes_ecartees), (3, 1));
        let seen: Vec<_> = frame
            .lignes
            .iter()
            .map(|l| (l.section, l.chapitre.as_str(), l.ordre, l.realise.map(|c| c.0)))
            .collect();
        assert_eq!(
            seen,
            [
                (Section::F, "011", Ordre::Reel, Some(1_250)),
                (Section::F, "002", Ordre::Reel, Some(700)),
                (Section::I, "040", Ordre::EntreSections, Some(3_000)),
            ]
        );
        assert!(issues.iter().any(|i| i.valeur == "total" && i.colonne == "BGT_CODRD"));
    }

    #[test]
    fn other_communes_are_left_while_streaming() {
        let line = |s: &str| format!("2022,{s},60611,dépense,1\n");
        let text = format!(
            "BGT_ANNEE,BGT_SIRET,BGT_NATURE,BGT_CODRD,BGT_MTREAL\n{}{}",
            line("21000010500010"),
            line("21560046100010")
        );
        let (frame, _) = load(&text, Some("215600461")).expect("one commune");
        assert_eq!(frame.documents.len(), 1);
        assert_eq!(frame.documents[0].siret, "21560046100010");
        let refus = load(&text, Some("999999999")).expect_err("no commune");
        assert!(refus.quoi.contains("aucune des 2 lignes"));
        let many: String = (0..=MOST_COMMUNES).map(|n| line(&format!("{n:09}00010"))).collect();
        let text = format!("BGT_ANNEE,BGT_SIRET,BGT_NATURE,BGT_CODRD,BGT_MTREAL\n{many}");
        assert!(load(&text, None).expect_err("too many").a_faire.contains("--siren"));
    }

    proptest! {
        #[test]
        fn any_cells_are_kept_or_set_aside(rows in prop::collection::vec("[0-9a-z;é.,\"-]{0,40}", 0..30)) {
            let text = format!("BGT_ANNEE;BGT_NATURE;BGT_CODRD;BGT_MTREAL\n2022;60611;D;1\n{}", rows.join("\n"));
            if let Ok((frame, _)) = load(&text, None) {
                for d in &frame.documents {
                    prop_assert_eq!(d.lignes_lues, d.lignes_retenues + d.lignes_ecartees);
                }
            }
        }
    }
}
