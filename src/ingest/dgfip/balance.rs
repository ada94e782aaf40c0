//! DGFiP balances comptables (one row per account) to a `BudgetFrame`: one document per budget and
//! exercice, at the stage of executed accounts.
//!
//! Titles in any case and order. The national files (several GB) are streamed: `--siren` keeps one commune.
//! A budget whose balance does not balance is refused, unless the gap is tolerated.
//!
//! **Invariant:** rows read = kept + set aside, by document; a row without budgetary operation is kept and
//! gives no line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use crate::domain::account::Compte;
use crate::domain::money::Centimes;
use crate::domain::nomenclature::{nomenclature, plan};
use crate::domain::refus::Refus;
use crate::frames::budget::{Annexes, BudgetFrame, Document, Etape, LigneBudget};
use crate::frames::issue::Issue;
use crate::ingest::chart_guess::guess;
use crate::ingest::format::Consigne;
use crate::ingest::grid::{Doubt, Doubts, Grid, Step, fold_empty};
use crate::ingest::mapped::build::read_year;
use crate::ingest::mapped::{none_is, none_usable};
use crate::ingest::perimeter::{MOST_COMMUNES, Perimeter, insee_of_siren, too_many};

use super::equilibre::{self, Suspect, Totaux};
use super::mouvement::{Operations, mouvements};

/// Most rows kept of one file.
const MOST_ROWS: usize = 2_000_000;
const FORMAT: &str = "balance comptable";

struct Columns {
    exer: usize,
    ident: usize,
    siren: Option<usize>,
    ndept: Option<usize>,
    insee: Option<usize>,
    lbudg: Option<usize>,
    cbudg: Option<usize>,
    codbud: Option<usize>,
    nomen: Option<usize>,
    fonction: Option<usize>,
    compte: usize,
    /// BE, OBNET, ONB, OOB, S: debit then credit.
    amounts: [Option<usize>; 10],
}

impl Columns {
    fn of<R: Read>(grid: &Grid<R>) -> Result<Self, Refus> {
        let need = |name: &str| grid.need(&[name], FORMAT);
        Ok(Self {
            exer: need("EXER")?,
            ident: grid.need(&["IDENT", "SIRET"], FORMAT)?,
            siren: grid.find(&["SIREN"]),
            ndept: grid.find(&["NDEPT"]),
            insee: grid.find(&["INSEE"]),
            lbudg: grid.find(&["LBUDG"]),
            cbudg: grid.find(&["CBUDG"]),
            codbud: grid.find(&["CODBUD1", "CODBUD"]),
            nomen: grid.find(&["NOMEN"]),
            fonction: grid.find(&["FONCTION"]),
            compte: need("COMPTE")?,
            amounts: [
                grid.find(&["BEDEB"]),
                grid.find(&["BECRE"]),
                Some(need("OBNETDEB")?),
                Some(need("OBNETCRE")?),
                grid.find(&["ONBDEB"]),
                grid.find(&["ONBCRE"]),
                grid.find(&["OOBDEB"]),
                grid.find(&["OOBCRE"]),
                grid.find(&["SD"]),
                grid.find(&["SC"]),
            ],
        })
    }

    /// True when the file holds what is needed to check the closing balances.
    fn pairs(&self, a: &[i64; 10]) -> [(i64, i64); 3] {
        let has = |i: usize| self.amounts[i].is_some() && self.amounts[i + 1].is_some();
        let pair = |known: bool, d: i64, c: i64| if known { (d, c) } else { (0, 0) };
        [
            pair(has(0), a[0], a[1]),
            pair(has(4), a[2].saturating_add(a[4]), a[3].saturating_add(a[5])),
            pair(has(8), a[8], a[9]),
        ]
    }
}

/// Identity of a budget: SIRET, exercice.
type Key = (String, u16);

/// A row kept.
struct Row {
    record: u32,
    compte: String,
    fonction: String,
    operations: Operations,
}

/// A budget under construction.
#[derive(Default)]
struct Draught {
    nom: String,
    nomen: String,
    cbudg: String,
    codbud: String,
    insee: String,
    lues: u64,
    ecartees: u64,
    rows: Vec<Row>,
    totaux: Totaux,
}

struct Reading {
    documents: BTreeMap<Key, Draught>,
    communes: BTreeSet<String>,
    doubts: Doubts,
    rows: usize,
    elsewhere: u64,
    nom: String,
    encodage: String,
    sha256: String,
}

/// Reads a balance that can be opened again (the row of a gap is looked for in a second reading).
///
/// # Errors
/// It is no balance, no row can be used, or it does not balance.
pub(crate) fn read<R: Read>(
    open: &dyn Fn() -> Result<Grid<R>, Refus>,
    consigne: &Consigne<'_>,
) -> Result<(BudgetFrame, Vec<Issue>, String), Refus> {
    let mut reading = gather(open()?, consigne)?;
    if reading.documents.values().all(|d| d.rows.is_empty()) {
        return Err(nothing(&reading));
    }
    unbalanced(&mut reading, open, consigne)?;
    let mut frame = BudgetFrame::default();
    let mut documents = std::mem::take(&mut reading.documents);
    fold_empty(
        &mut documents,
        |d| d.rows.is_empty(),
        |kept, d| {
            kept.lues += d.lues;
            kept.ecartees += d.ecartees;
        },
    );
    for (key, draught) in documents {
        settle(&mut frame, &reading, &key, draught);
    }
    Ok((frame, reading.doubts.finish(&reading.nom), reading.sha256))
}

fn nothing(reading: &Reading) -> Refus {
    let nom = &reading.nom;
    if reading.rows == 0 && reading.elsewhere > 0 {
        return Refus::new(
            format!(
                "« {nom} » : {}",
                none_is(reading.elsewhere, "ligne", "de la commune demandée")
            ),
            "vérifier le numéro donné à --siren, ou relancer sans cette option",
        );
    }
    Refus::new(
        format!("« {nom} » : {}", none_usable(reading.rows as u64, "ligne")),
        "télécharger de nouveau la balance (vigie formats balance dit où)",
    )
    .with_extrait(reading.doubts.first())
}

fn gather<R: Read>(mut grid: Grid<R>, consigne: &Consigne<'_>) -> Result<Reading, Refus> {
    let columns = Columns::of(&grid)?;
    let perimeter = Perimeter::new(consigne.siren);
    let mut out = Reading {
        documents: BTreeMap::new(),
        communes: BTreeSet::new(),
        doubts: Doubts::default(),
        rows: 0,
        elsewhere: 0,
        nom: grid.nom.clone(),
        encodage: grid.encodage.clone(),
        sha256: String::new(),
    };
    loop {
        let step = grid.advance(consigne.progress)?;
        if step == Step::End {
            break;
        }
        let siret = siret(&grid, &columns);
        if step == Step::Row && !perimeter.holds_siren(&siret) {
            out.elsewhere += 1;
            continue;
        }
        out.communes.insert(siret.get(..9).unwrap_or(&siret).to_owned());
        out.rows += 1;
        if out.communes.len() > MOST_COMMUNES || out.rows > MOST_ROWS {
            return Err(too_many(&grid.nom, out.communes.len() > MOST_COMMUNES));
        }
        let exercice = read_year(grid.cell(Some(columns.exer)));
        let draught = out.documents.entry((siret, exercice)).or_default();
        draught.lues += 1;
        if step == Step::TooLong {
            draught.ecartees += 1;
            out.doubts.too_long(&grid.nom, grid.record);
        } else if let Err(doubt) = row(&grid, &columns, exercice, draught) {
            draught.ecartees += 1;
            out.doubts.aside(&grid.nom, grid.record, doubt);
        }
    }
    out.sha256 = grid.sha256();
    Ok(out)
}

/// SIRET of the budget; the SIREN when the SIRET is blank.
fn siret<R: Read>(grid: &Grid<R>, columns: &Columns) -> String {
    let ident = grid.text(Some(columns.ident)).replace(' ', "");
    if ident.is_empty() { grid.text(columns.siren).replace(' ', "") } else { ident }
}

fn row<R: Read>(
    grid: &Grid<R>,
    columns: &Columns,
    exercice: u16,
    draught: &mut Draught,
) -> Result<(), Doubt> {
    if exercice == 0 {
        return Err(grid.doubt(Some(columns.exer), "exercice absent ou illisible"));
    }
    let compte = Compte::parse(&grid.text(Some(columns.compte)))
        .ok_or_else(|| grid.doubt(Some(columns.compte), "ce n’est pas un numéro de compte"))?;
    let mut a = [0_i64; 10];
    for (slot, column) in a.iter_mut().zip(columns.amounts) {
        *slot = grid.amount(column)?.unwrap_or(0);
    }
    if draught.nom.is_empty() {
        draught.nom = grid.text(columns.lbudg);
        draught.nomen = grid.text(columns.nomen);
        draught.cbudg = grid.text(columns.cbudg);
        draught.codbud = grid.text(columns.codbud);
        draught.insee = insee(&grid.text(columns.ndept), &grid.text(columns.insee));
    }
    draught.totaux.add(compte.as_str(), columns.pairs(&a));
    draught.rows.push(Row {
        record: grid.record,
        compte: compte.to_string(),
        fonction: grid.text(columns.fonction),
        operations: Operations {
            net_debit: a[2],
            net_credit: a[3],
            ordre_debit: a[6],
            ordre_credit: a[7],
        },
    });
    Ok(())
}

/// INSEE code from the département (`093`) and the commune within it (`048`), in metropolitan France.
fn insee(departement: &str, commune: &str) -> String {
    let dep = departement.strip_prefix('0').unwrap_or(departement);
    let fits = dep.len() == 2 && commune.len() == 3 && commune.bytes().all(|b| b.is_ascii_digit());
    if fits { format!("{dep}{commune}") } else { String::new() }
}

/// Refuses the only budget of a file when it does not balance; sets it aside among several.
fn unbalanced<R: Read>(
    reading: &mut Reading,
    open: &dyn Fn() -> Result<Grid<R>, Refus>,
    consigne: &Consigne<'_>,
) -> Result<(), Refus> {
    let tolerance = consigne.tolerance;
    let wrong: Vec<(Key, usize, i128, i128)> = reading
        .documents
        .iter()
        .filter(|(_, d)| d.totaux.is_whole())
        .filter_map(|(k, d)| d.totaux.gap(tolerance).map(|(i, a, b)| (k.clone(), i, a, b)))
        .collect();
    let alone = reading.documents.len() == 1;
    for (key, pair, debit, credit) in wrong {
        let suspects = suspects(open()?, consigne, &key, pair, (debit - credit).abs())?;
        let refus = equilibre::refuse(&reading.nom, key.1, (debit, credit), &suspects);
        if alone {
            return Err(refus);
        }
        let draught = reading.documents.entry(key.clone()).or_default();
        draught.rows.clear();
        draught.ecartees = draught.lues;
        let doubt = Doubt {
            colonne: equilibre::PAIRS[pair].0.to_owned(),
            valeur: format!("{} {}", key.0, draught.nom),
            raison: format!("{} : tout ce budget est mis de côté", refus.quoi),
        };
        reading.doubts.aside(&reading.nom, 0, doubt);
    }
    if reading.documents.values().all(|d| d.rows.is_empty()) {
        return Err(nothing(reading));
    }
    Ok(())
}

/// Rows of the budget whose amount is the gap, or half of it on the wrong side.
fn suspects<R: Read>(
    mut grid: Grid<R>,
    consigne: &Consigne<'_>,
    key: &Key,
    pair: usize,
    gap: i128,
) -> Result<Vec<Suspect>, Refus> {
    let columns = Columns::of(&grid)?;
    let (mut whole, mut half) = (Vec::new(), Vec::new());
    loop {
        match grid.advance(consigne.progress)? {
            Step::End => break,
            Step::TooLong => continue,
            Step::Row => {}
        }
        let year = read_year(grid.cell(Some(columns.exer)));
        if year != key.1 || siret(&grid, &columns) != key.0 {
            continue;
        }
        let mut a = [0_i64; 10];
        for (slot, column) in a.iter_mut().zip(columns.amounts) {
            *slot = grid.amount(column).ok().flatten().unwrap_or(0);
        }
        let (debit, credit) = columns.pairs(&a)[pair];
        let net = i128::from(debit) - i128::from(credit);
        let compte = grid.text(Some(columns.compte));
        let suspect = |moitie| Suspect { compte, ligne: grid.record.saturating_add(1), moitie };
        if net.abs() == gap {
            whole.push(suspect(false));
        } else if net.abs() * 2 == gap {
            half.push(suspect(true));
        }
    }
    Ok(if whole.is_empty() { half } else { whole })
}

/// A budget to a document and its lines.
fn settle(frame: &mut BudgetFrame, reading: &Reading, key: &Key, draught: Draught) {
    let (siret, exercice) = key;
    let named = nomenclature_of(&draught.nomen);
    let comptes: BTreeSet<&str> = draught.rows.iter().map(|r| r.compte.as_str()).collect();
    let nom = match named {
        Some(nom) => nom,
        None if draught.nomen.is_empty() => guess(&comptes, *exercice).nom.to_owned(),
        None => draught.nomen.clone(),
    };
    let chart = nomenclature(&nom).map(|n| plan(n.plan));
    let index = u32::try_from(frame.documents.len()).unwrap_or(u32::MAX);
    for row in &draught.rows {
        for m in mouvements(&row.compte, row.operations, chart, *exercice) {
            let line = blank(index, row, m.sens, m.ordre);
            frame.lignes.push(LigneBudget {
                chapitre: m.chapitre,
                section: m.section,
                origine: m.origine,
                realise: Some(Centimes(m.montant)),
                ..line
            });
        }
    }
    let controles = draught.totaux.controles();
    frame.controles.extend(controles.into_iter().map(|c| (index, c)));
    let principal = matches!(draught.cbudg.as_str(), "1" | "01" | "");
    frame.documents.push(Document {
        fichier: reading.nom.clone(),
        format: "balance".to_owned(),
        encodage: reading.encodage.clone(),
        sha256: reading.sha256.clone(),
        siret: siret.clone(),
        collectivite: if principal { draught.nom.clone() } else { String::new() },
        libelle_budget: draught.nom,
        budget: if principal { "00".to_owned() } else { draught.codbud },
        type_budget: if principal { "P" } else { "A" }.to_owned(),
        insee: insee_of_siren(siret).filter(|_| draught.insee.is_empty()).unwrap_or(draught.insee),
        nomenclature: nom,
        exercice: *exercice,
        etape: Etape::Ca,
        numero: String::new(),
        population: None,
        dette: None,
        annexes: Annexes::default(),
        fiscalite: Vec::new(),
        informations: Vec::new(),
        lignes_lues: draught.lues,
        lignes_retenues: draught.rows.len() as u64,
        lignes_ecartees: draught.ecartees,
    });
}

fn blank(
    document: u32,
    row: &Row,
    sens: crate::domain::account::Sens,
    ordre: crate::domain::account::Ordre,
) -> LigneBudget {
    LigneBudget {
        document,
        record: row.record,
        nature: row.compte.clone(),
        fonction: row.fonction.clone(),
        operation: String::new(),
        libelle: String::new(),
        chapitre: String::new(),
        section: crate::domain::account::Section::F,
        origine: crate::domain::account::OrigineChapitre::Secours,
        sens,
        ordre,
        vote: None,
        credits_ouverts: None,
        realise: None,
        rar: None,
        engage: None,
        rar_precedent: None,
        propose: None,
        budget_precedent: None,
        rattache: None,
        controle: String::new(),
        specialise: None,
    }
}

/// `NOMEN` (`M14`, `M14A`, `M57A`, `M49`) as budget documents write it; `None` when not known.
fn nomenclature_of(nomen: &str) -> Option<String> {
    let name = nomen.trim().to_uppercase().replace(['-', '_', ' '], "");
    let full = match name.as_str() {
        "M14" => "M14-M14_COM_SUP3500".to_owned(),
        "M14A" => "M14-M14_COM_500_3500".to_owned(),
        "M57" | "M57D" => "M57-M57".to_owned(),
        "M57A" => "M57-M57_A".to_owned(),
        "M4" => "M4-M4".to_owned(),
        other if other.starts_with("M4") => {
            let (code, kind) = other.split_at(other.len().min(3));
            let kind = if matches!(kind, "A" | "D") { format!("_{kind}") } else { String::new() };
            format!("M4-{code}{kind}")
        }
        other => other.to_owned(),
    };
    nomenclature(&full).filter(|n| n.connue).map(|_| full)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{Ordre, Sens};
    use crate::domain::progress::Silent;

    const TITLES: &str = "EXER;IDENT;NDEPT;LBUDG;INSEE;CBUDG;NOMEN;SIREN;FONCTION;COMPTE;BEDEB;BECRE;\
                          OBNETDEB;OBNETCRE;ONBDEB;ONBCRE;OOBDEB;OOBCRE;SD;SC\n";

    fn row(siret: &str, compte: &str, amounts: &str) -> String {
        format!("2023;{siret};056;VILLAGE;046;1;M57A;{};;{compte};{amounts}\n", &siret[..9])
    }

    fn village(siret: &str) -> String {
        [
            row(siret, "1641", "0;100;20;0;0;0;0;0;0;80"),
            row(siret, "60611", "0;0;30.50;0;0;0;0;0;30.50;0"),
            row(siret, "6811", "0;0;10;0;0;0;10;0;10;0"),
            row(siret, "28051", "0;0;0;10;0;0;0;10;0;10"),
            row(siret, "73111", "0;0;0;90;0;0;0;0;0;90"),
            row(siret, "515", "100;0;0;0;90;50.50;0;0;139.50;0"),
        ]
        .concat()
    }

    fn load(text: &str, consigne: &Consigne<'_>) -> Result<(BudgetFrame, Vec<Issue>), Refus> {
        let open = || Grid::new(text.as_bytes(), 0, "balance_2023.csv");
        read(&open, consigne).map(|(frame, issues, _)| (frame, issues))
    }

    #[test]
    fn a_village_by_hand() {
        let text = format!("{TITLES}{}", village("21560046100010"));
        let (frame, issues) = load(&text, &Consigne::plain(&Silent)).expect("it balances");
        assert!(issues.is_empty());
        let d = &frame.documents[0];
        assert_eq!((d.exercice, d.etape, d.insee.as_str()), (2023, Etape::Ca, "56046"));
        assert_eq!(
            (d.lignes_lues, d.lignes_retenues, d.nomenclature.as_str()),
            (6, 6, "M57-M57_A")
        );
        let real = |sens| -> i64 {
            let mine = frame.lignes.iter().filter(|l| l.sens == sens && l.ordre == Ordre::Reel);
            mine.filter_map(|l| l.realise).sum::<Centimes>().0
        };
        assert_eq!((real(Sens::D), real(Sens::R)), (5_050, 9_000));
        assert!(frame.controles.iter().all(|(_, c)| c.ok && c.ecart == 0));
    }

    #[test]
    fn a_gap_is_refused_or_tolerated() {
        let text = format!("{TITLES}{}", village("21560046100010")).replace(";90\n", ";91\n");
        let refus = load(&text, &Consigne::plain(&Silent)).expect_err("it does not balance");
        assert!(refus.quoi.contains("la balance 2023 ne s’équilibre pas"), "{refus}");
        let tolerant = Consigne { tolerance: 100, ..Consigne::plain(&Silent) };
        let (frame, _) = load(&text, &tolerant).expect("tolerated");
        assert!(frame.controles.iter().any(|(_, c)| c.information));
    }

    #[test]
    fn one_commune_of_a_national_file_and_lower_case_titles() {
        let text = format!(
            "{}{}{}",
            TITLES.to_lowercase(),
            village("21560046100010"),
            village("21930048000015").replace(";90\n", ";91\n")
        );
        let consigne = Consigne { siren: Some("215600461"), ..Consigne::plain(&Silent) };
        let (frame, _) = load(&text, &consigne).expect("one commune");
        assert_eq!(frame.documents.len(), 1);
        let (frame, issues) =
            load(&text, &Consigne::plain(&Silent)).expect("the other is set aside");
        assert_eq!(frame.documents.iter().map(|d| d.lignes_ecartees).sum::<u64>(), 6);
        assert_eq!(issues.len(), 1);
        let none = Consigne { siren: Some("111111111"), ..Consigne::plain(&Silent) };
        assert!(load(&text, &none).is_err());
    }

    #[test]
    fn names_of_nomenclatures() {
        let of = |n| nomenclature_of(n);
        assert_eq!(of("M14A").as_deref(), Some("M14-M14_COM_500_3500"));
        assert_eq!(of("M49A").as_deref(), Some("M4-M49_A"));
        assert_eq!(of("M57").as_deref(), Some("M57-M57"));
        assert_eq!(of("Z9"), None);
    }
}
