//! From the rows of the sheets of a file to budget documents: the chart is guessed from the accounts, the
//! stage from the measures and the closing date, the place of each line from the chart.
//!
//! **Invariant:** the guesses are told with their reasons; a line whose sens nobody says is set aside.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::account::{Ordre, OrigineChapitre, Section, Sens};
use crate::domain::calendar::{civil, year_of};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::{Plan, PlanId, nomenclature, plan};
use crate::domain::refus::Refus;
use crate::frames::budget::{Annexes, BudgetFrame, Document, Etape, LigneBudget};
use crate::frames::extra::Extras;
use crate::frames::issue::{Issue, Severity};
use crate::ingest::mapped::etat::columns::Annee;
use crate::ingest::mapped::etat::context::{self, Context};
use crate::ingest::mapped::etat::rows::{Aside, Group, Kind, Row};
use crate::ingest::mapped::etat::{File, Sheet, doubts, issue, subtotals};
use crate::ingest::mapped::header::several;
use crate::ingest::mapped::none_usable;
use crate::ingest::mapped::synonyms::normal;

/// Identity of a document: exercice, stage written, number, budget.
type Key = (u16, Option<Etape>, String, String);

/// A document under construction.
#[derive(Default)]
struct Draft {
    lines: Vec<LigneBudget>,
    /// Sheet of each line and its rank in it.
    from: Vec<(usize, usize)>,
    read: u64,
    aside: u64,
    sheets: BTreeSet<String>,
    context: Context,
}

/// Chart of a file.
struct Chart {
    name: String,
    plan: &'static Plan,
}

/// Builds the documents of the sheets of one file.
pub(super) fn build(
    mut sheets: Vec<Sheet>,
    file: &File<'_>,
) -> Result<(BudgetFrame, Vec<Issue>), Refus> {
    let mut issues = Vec::new();
    let chart = chart(&sheets, file, &mut issues);
    let mut drafts: BTreeMap<Key, Draft> = BTreeMap::new();
    for (rank, sheet) in sheets.iter_mut().enumerate() {
        restore_codes(sheet, &chart);
        set_aside_subtotals(sheet, &chart, &mut issues);
        sheet_lines((rank, sheet), &chart, &mut drafts, &mut issues);
    }
    if drafts.values().all(|d| d.lines.is_empty()) {
        return Err(nothing_kept(file, &sheets, &issues));
    }
    let mut frame = BudgetFrame::default();
    let mut extras = Extras::default();
    for (key, draft) in drafts {
        let index = frame.documents.len() as u32;
        let mut document = document(file, &chart, &key, &draft, &mut issues);
        document.lignes_retenues = draft.lines.len() as u64;
        let checked = doubts::Checked {
            sheets: &sheets,
            plan: chart.plan,
            chart: &chart.name,
            exercice: document.exercice,
            etape: document.etape,
        };
        doubts::find(&checked, &draft.lines, &draft.from, &mut issues);
        frame.documents.push(document);
        for (line, (sheet, at)) in (frame.lignes.len()..).zip(&draft.from) {
            extras.copy(&sheets[*sheet].rows.extras, *at, line);
        }
        frame.lignes.extend(draft.lines.into_iter().map(|l| LigneBudget { document: index, ..l }));
    }
    frame.extras = extras.finish();
    Ok((frame, issues))
}

fn nothing_kept(file: &File<'_>, sheets: &[Sheet], issues: &[Issue]) -> Refus {
    let rows: usize = sheets.iter().map(|s| s.rows.list.len()).sum();
    let years = sheets.iter().flat_map(|s| &s.rows.list).all(|r| r.exercice == 0);
    if rows > 0 && years && issues.iter().any(|i| i.raison == NO_YEAR) {
        return Refus::new(
            format!(
                "« {} » : exercice introuvable (ni colonne, ni titre, ni nom de feuille ou de fichier)",
                file.name
            ),
            "renommer le fichier avec son année (etat_2024.xlsx), ou écrire [constantes] exercice = 2024 dans \
             correspondance.toml (genre = \"budget\")",
        );
    }
    let first: Vec<String> = issues
        .iter()
        .filter(|i| i.severity == Severity::Ecartee)
        .take(3)
        .map(|i| format!("enregistrement {}, « {} » : {}", i.enregistrement, i.valeur, i.raison))
        .collect();
    Refus::new(
        format!("« {} », lu comme un budget : {}", file.name, none_usable(rows as u64, "ligne")),
        "vérifier les colonnes avec vigie lire FICHIER --deviner, puis donner --correspondance",
    )
    .with_extrait(first.join("\n"))
}

const NO_YEAR: &str = "exercice absent ou illisible";

/// The chart that knows most of the accounts.
fn chart(sheets: &[Sheet], file: &File<'_>, issues: &mut Vec<Issue>) -> Chart {
    let rows = || sheets.iter().flat_map(|s| &s.rows.list).filter(|r| r.kind == Kind::Line);
    let year = |r: &Row| if r.exercice == 0 { latest(sheets) } else { r.exercice };
    let codes: BTreeSet<(&str, u16)> =
        rows().filter(|r| r.code.len() >= 3).map(|r| (r.code.as_str(), year(r))).collect();
    let last = codes.iter().map(|c| c.1).max().unwrap_or_else(|| latest(sheets));
    let written = file.nomenclature.map(str::to_owned);
    let written = written.or_else(|| sheets.iter().find_map(|s| s.context.norme.clone()));
    // charts change at the turn of the year, and software follows a year early or late
    let known = |id: PlanId| {
        let near = |c: &str, y: u16| (y - 1..=y + 1).any(|y| plan(id).existe(c, y));
        codes.iter().filter(|(c, y)| near(c, *y)).count()
    };
    let norm = written.as_deref().and_then(|w| nomenclature(w).filter(|_| w.contains('-')));
    if let Some(found) = norm {
        return Chart { name: written.unwrap_or_default(), plan: plan(found.plan) };
    }
    let with_function = rows().any(|r| r.texts.get("fonction").is_some_and(|f| !f.is_empty()));
    let mut choices: Vec<(&str, PlanId)> =
        vec![("M57-M57_A", PlanId::M57Abrege), ("M57-M57", PlanId::M57)];
    if last < 2024 {
        choices.push(("M14-M14_COM_500_3500", PlanId::M14De500A3500));
        choices.push(("M14-M14_COM_SUP3500", PlanId::M14Sup3500));
    }
    choices.push(("M4-M4", PlanId::M4));
    if let Some(norme) = &written {
        choices.retain(|(name, _)| name.starts_with(norme.as_str()));
    }
    if with_function {
        // small communes vote without functions
        choices.retain(|(name, _)| !name.ends_with("_A") && !name.ends_with("500_3500"));
    }
    let scored: Vec<(usize, &str, PlanId)> =
        choices.iter().map(|(name, id)| (known(*id), *name, *id)).collect();
    let best = scored.iter().map(|s| s.0).max().unwrap_or(0);
    let (count, name, id) =
        scored.iter().find(|s| s.0 == best).copied().unwrap_or((0, "M57-M57", PlanId::M57));
    let others: Vec<String> =
        scored.iter().filter(|s| s.1 != name).map(|s| format!("{} {}", s.1, s.0)).collect();
    issues.push(issue(
        Severity::Information,
        file.name,
        0,
        format!(
            "nomenclature {name} d’après les comptes : {count} sur {} y existent ({})",
            codes.len(),
            others.join(", ")
        ),
        "rien, si c’est bien celle de la commune ; sinon l’écrire dans un titre du classeur (« M57 abrégé »)",
    ));
    Chart { name: name.to_owned(), plan: plan(id) }
}

fn latest(sheets: &[Sheet]) -> u16 {
    sheets.iter().filter_map(|s| s.context.exercice.as_ref().map(|e| e.0)).max().unwrap_or(2024)
}

/// A chapitre of the chart that is no account with movements of its own.
fn is_chapitre(chart: &Chart, code: &str, exercice: u16) -> bool {
    let known = chart.plan.section_chapitre(code, exercice).is_some();
    let moves = chart.plan.compte(code, exercice).is_some_and(|l| l.feuille);
    known && !moves && code.len() <= 3
}

/// Chapitre code as the chart writes it: 11 is 011.
fn padded(chart: &Chart, code: &str, exercice: u16) -> String {
    let known = |c: &str| chart.plan.section_chapitre(c, exercice).is_some();
    let long = format!("{code:0>3}");
    if code.is_empty() || known(code) || !known(&long) { code.to_owned() } else { long }
}

/// Account as the chart writes it: numbers lose the zero of 021, 023...
fn account(chart: &Chart, row: &Row, exercice: u16) -> String {
    let code = row.code.as_str();
    let label = normal(row.texts.get("libelle").map_or("", String::as_str));
    let lost = match code {
        "1" | "2" => true,
        "21" | "23" => label.contains("virement"),
        "20" | "22" => label.contains("imprevu"),
        "24" => label.contains("cession"),
        "11" | "12" | "13" | "14" | "40" | "41" | "42" | "43" => {
            chart.plan.compte(code, exercice).is_none_or(|l| !l.feuille)
                && row.texts.contains_key("nature")
                && padded(chart, code, exercice) != code
        }
        _ => false,
    };
    if lost { format!("{code:0>3}") } else { code.to_owned() }
}

/// Codes as the chart writes them.
fn restore_codes(sheet: &mut Sheet, chart: &Chart) {
    for row in &mut sheet.rows.list {
        row.code = account(chart, row, row.exercice);
        let balance =
            matches!(row.code.as_str(), "001" | "002" | "020" | "021" | "022" | "023" | "024");
        row.chapitre = if balance && !row.chapitre.is_empty() {
            row.code.clone()
        } else {
            padded(chart, &row.chapitre, row.exercice)
        };
    }
}

fn set_aside_subtotals(sheet: &mut Sheet, chart: &Chart, issues: &mut Vec<Issue>) {
    let by_chapitre = sheet.rows.by_chapitre;
    let chapitre_of = |r: &Row| {
        if !r.chapitre.is_empty() {
            return r.chapitre.clone();
        }
        let sens = sens_of(chart, r, None);
        chapitre_within(chart, &r.code, sens.unwrap_or(Sens::D), r.exercice)
    };
    let heads = |r: &Row| !by_chapitre && is_chapitre(chart, &r.code, r.exercice);
    let mut holding = 0;
    let found = subtotals::find(&sheet.rows.list, &chapitre_of, &heads);
    for subtotal in found {
        let row = &mut sheet.rows.list[subtotal.at];
        holding += u64::from(subtotal.holds);
        if !subtotal.holds {
            issues.push(issue(
                Severity::Attention,
                &sheet.name,
                u64::from(row.record),
                format!("sous-total {} différent de la somme de ses lignes", row.code),
                "comparer ce sous-total à la source : une ligne manque peut-être",
            ));
        }
        row.kind = Kind::Subtotal;
    }
    let (said, wrong) = subtotals::check_totals(&sheet.rows.list, &sheet.name);
    issues.extend(wrong);
    holding += said;
    if holding > 0 {
        issues.push(issue(
            Severity::Information,
            &sheet.name,
            0,
            format!("{} à la somme des lignes, au centime", equal(holding)),
            "rien",
        ));
    }
    if sheet.rows.headings > 0 {
        issues.push(issue(
            Severity::Information,
            &sheet.name,
            0,
            format!(
                "{} sans montant, lus comme titres des lignes qui suivent",
                several(sheet.rows.headings, "intertitre")
            ),
            "rien",
        ));
    }
    for (raison, a_faire) in &sheet.notes {
        issues.push(issue(Severity::Information, &sheet.name, 0, raison.clone(), a_faire));
    }
    issues.append(&mut sheet.rows.issues);
}

fn equal(n: u64) -> String {
    if n > 1 { format!("{n} totaux et sous-totaux égaux") } else { "1 total égal".to_owned() }
}

/// Dépense or recette: written, said around, or the only one the account allows.
fn sens_of(chart: &Chart, row: &Row, group: Option<&Group>) -> Option<Sens> {
    let said = row.sens.or(group.and_then(|g| g.sens)).or(row.around.0);
    said.or_else(|| {
        let account = chart.plan.compte(&row.code, row.exercice);
        let moves = |sens| {
            let all = [Ordre::Reel, Ordre::EntreSections, Ordre::Interne];
            account.is_some_and(|l| all.iter().any(|o| !l.chapitre(sens, *o).is_empty()))
        };
        match (moves(Sens::D), moves(Sens::R), row.code.as_bytes().first()) {
            (true, true, _) if row.hint.is_some() => row.hint,
            (true, false, _) | (true, true, Some(b'6')) | (false, false, Some(b'6')) => {
                Some(Sens::D)
            }
            (false, true, _) | (_, _, Some(b'7')) => Some(Sens::R),
            _ => by_chapitre(&row.code).or_else(|| by_chapitre(&row.chapitre)).or(row.hint),
        }
    })
}

/// Chapitres that hold one sens only.
fn by_chapitre(chapitre: &str) -> Option<Sens> {
    match chapitre {
        "011" | "012" | "014" | "022" | "023" | "65" | "66" | "67" | "68" => Some(Sens::D),
        "013" | "70" | "73" | "731" | "74" | "75" | "76" | "77" | "78" | "021" | "024" => {
            Some(Sens::R)
        }
        _ => None,
    }
}

/// Chapitre, section, order and origin of an account by the chart.
fn place(
    chart: &Chart,
    code: &str,
    sens: Sens,
    exercice: u16,
) -> (String, Option<Section>, Ordre, OrigineChapitre) {
    let look = |ordre| chart.plan.imputation(exercice, code, sens, ordre);
    let exact = |ordre| look(ordre).filter(|f| f.origine < OrigineChapitre::Prefixe);
    let found = exact(Ordre::Reel)
        .map(|f| (f, Ordre::Reel))
        .or_else(|| exact(Ordre::EntreSections).map(|f| (f, Ordre::EntreSections)))
        .or_else(|| exact(Ordre::Interne).map(|f| (f, Ordre::Interne)))
        .or_else(|| look(Ordre::Reel).map(|f| (f, Ordre::Reel)));
    match found {
        Some((f, ordre)) => (f.chapitre.to_owned(), Some(f.section), ordre, f.origine),
        None => (String::new(), None, Ordre::Reel, OrigineChapitre::Secours),
    }
}

/// Chapitre of an account, or of the first account below it that has movements.
fn chapitre_within(chart: &Chart, code: &str, sens: Sens, exercice: u16) -> String {
    let own = place(chart, code, sens, exercice).0;
    if !own.is_empty() {
        return own;
    }
    let lignes = chart.plan.lignes();
    let start = lignes.partition_point(|l| l.code < code);
    let below = lignes[start..].iter().take_while(|l| l.code.starts_with(code));
    let mut found = below.map(|l| l.chapitre(sens, Ordre::Reel)).filter(|c| !c.is_empty());
    found.next().unwrap_or_default().to_owned()
}

fn sheet_lines(
    (rank, sheet): (usize, &Sheet),
    chart: &Chart,
    drafts: &mut BTreeMap<Key, Draft>,
    issues: &mut Vec<Issue>,
) {
    let base = sheet.context.exercice.as_ref().map_or(0, |e| e.0);
    for (at, row) in sheet.rows.list.iter().enumerate() {
        let mut told = false;
        let silent = row.amounts.iter().flatten().flatten().next().is_none();
        for (group, amounts) in sheet.rows.groups.iter().zip(&row.amounts) {
            let empty = amounts.iter().all(Option::is_none);
            let only = sheet.rows.groups.len() == 1;
            if empty && !only && !silent {
                continue;
            }
            let exercice = match group.exercice {
                Some(Annee::An(year)) => year,
                Some(Annee::Relative(back)) if base > 0 => base.saturating_sub(back),
                _ => row.exercice,
            };
            let outcome = match &row.kind {
                Kind::Aside(aside) => Err(aside.clone()),
                Kind::Total | Kind::Subtotal => Err(total(row)),
                Kind::Line => line(chart, row, group, amounts, exercice),
            };
            let key = key(row, exercice, &sheet.context);
            let stage = key.1;
            let draft = drafts.entry(key).or_default();
            draft.read += 1;
            draft.sheets.insert(sheet.name.clone());
            draft.context = sheet.context.clone();
            match outcome {
                Ok(line) => {
                    draft.lines.push(voted(line, stage));
                    draft.from.push((rank, at));
                }
                Err(aside) => {
                    draft.aside += 1;
                    if !std::mem::replace(&mut told, true) {
                        issues.push(set_aside(sheet, row, aside));
                    }
                }
            }
            if silent {
                break;
            }
        }
    }
}

/// The only amount of a line of a budget or of a decision is what was voted.
fn voted(mut line: LigneBudget, stage: Option<Etape>) -> LigneBudget {
    let planned = matches!(stage, Some(Etape::Bp | Etape::Bs | Etape::Dm));
    if planned && line.vote.is_none() && line.credits_ouverts.is_none() {
        line.vote = line.realise.take();
    }
    line
}

/// Function without the letter that some exports put before it (`R9393`).
fn function(text: String) -> String {
    let code = text.strip_prefix(|c: char| c.is_ascii_alphabetic());
    match code {
        Some(code) if !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit()) => {
            code.to_owned()
        }
        _ => text,
    }
}

fn set_aside(sheet: &Sheet, row: &Row, aside: Aside) -> Issue {
    Issue {
        severity: Severity::Ecartee,
        fichier: sheet.name.clone(),
        enregistrement: u64::from(row.record),
        colonne: aside.column,
        valeur: aside.value,
        raison: aside.reason,
        a_faire: aside.advice.to_owned(),
    }
}

fn total(row: &Row) -> Aside {
    let label = row.texts.get("libelle").map_or("", String::as_str);
    let all = [row.code.as_str(), row.chapitre.as_str(), label];
    let value: Vec<&str> = all.into_iter().filter(|t| !t.is_empty()).collect();
    let grand = row.code.is_empty() && row.chapitre.is_empty();
    Aside {
        column: String::new(),
        value: value.join(" ").chars().take(200).collect(),
        reason: if grand { "total".into() } else { "sous-total".into() },
        advice: "rien, si c’est bien un total",
    }
}

fn key(row: &Row, exercice: u16, context: &Context) -> Key {
    let text = |k: &str| row.texts.get(k).cloned().unwrap_or_default();
    let mut budget = text("budget");
    if budget.is_empty() && context.annexe {
        // one code however the label is written from year to year
        budget = context.budget.as_deref().map(|b| normal(b).to_uppercase()).unwrap_or_default();
    }
    (exercice, read_etape(&text("etape")), text("numero"), budget)
}

fn line(
    chart: &Chart,
    row: &Row,
    group: &Group,
    amounts: &[Option<i64>; 5],
    exercice: u16,
) -> Result<LigneBudget, Aside> {
    let text = |k: &str| row.texts.get(k).cloned().unwrap_or_default();
    let doubt = |reason: &str, advice| Aside {
        column: String::new(),
        value: format!("{} {}", row.code, text("libelle")),
        reason: reason.to_owned(),
        advice,
    };
    if exercice == 0 {
        return Err(doubt(
            NO_YEAR,
            "écrire l’année dans le nom du fichier, ou [constantes] exercice",
        ));
    }
    let Some(sens) = sens_of(chart, row, Some(group)) else {
        return Err(doubt(
            "ni dépense ni recette : le compte permet les deux et rien ne le dit",
            "ajouter une colonne « Sens », ou séparer dépenses et recettes par feuille ou par intertitre",
        ));
    };
    let (chapitre, by_chart, placed, origine) = place(chart, &row.code, sens, exercice);
    let ordre = ordre(row, &text("ordre"), placed, &chapitre);
    let section = section_of(chart, row, group, (by_chart, origine), exercice);
    let money = |rank: usize| amounts[rank].map(Centimes);
    Ok(LigneBudget {
        document: 0,
        record: row.record,
        fonction: function(text("fonction")),
        operation: text("operation"),
        libelle: text("libelle"),
        chapitre: match (row.chapitre.is_empty(), chapitre.is_empty()) {
            (false, _) => row.chapitre.clone(),
            (true, false) => chapitre,
            _ => row.code.get(..2).unwrap_or(&row.code).to_owned(),
        },
        section,
        origine,
        sens,
        ordre,
        vote: money(0),
        credits_ouverts: money(1),
        engage: money(2),
        realise: money(3),
        rar: money(4),
        rar_precedent: None,
        propose: None,
        budget_precedent: None,
        rattache: None,
        controle: String::new(),
        specialise: None,
        nature: row.code.clone(),
    })
}

/// Section: written, then by the chart when it knows the account, then said around.
fn section_of(
    chart: &Chart,
    row: &Row,
    group: &Group,
    (by_chart, origine): (Option<Section>, OrigineChapitre),
    exercice: u16,
) -> Section {
    let written = row.section.or(group.section);
    let section = match origine {
        OrigineChapitre::Secours | OrigineChapitre::Prefixe => {
            written.or(row.around.1).or(by_chart)
        }
        _ => written.or(by_chart).or(row.around.1),
    };
    let chapitre_section = chart.plan.section_chapitre(&row.chapitre, exercice);
    let fallback = if row.code.starts_with(['6', '7']) { Section::F } else { Section::I };
    section.or(chapitre_section).unwrap_or(fallback)
}

/// Order: written, by the chapitre, or because the account has no real movement.
fn ordre(row: &Row, written: &str, placed: Ordre, chapitre: &str) -> Ordre {
    let said = normal(written);
    let chapitre = if row.chapitre.is_empty() { chapitre } else { row.chapitre.as_str() };
    let code = row.code.as_str();
    match (chapitre, code) {
        ("041" | "043", _) | (_, "041" | "043") => Ordre::Interne,
        ("040" | "042" | "021" | "023", _) | (_, "040" | "042" | "021" | "023") => {
            Ordre::EntreSections
        }
        _ => match said.as_str() {
            "oi" | "i" => Ordre::Interne,
            "oe" | "ordre" | "o" | "oui" => Ordre::EntreSections,
            "or" | "reel" | "r" | "reelle" | "non" => Ordre::Reel,
            _ => placed,
        },
    }
}

/// Stage of a decision, by its words or its abbreviation.
fn read_etape(text: &str) -> Option<Etape> {
    let words = normal(text);
    let starts = |w: &str| words.starts_with(w);
    match words.as_str() {
        "bp" => Some(Etape::Bp),
        "dm" => Some(Etape::Dm),
        "bs" => Some(Etape::Bs),
        "ca" => Some(Etape::Ca),
        "cfu" => Some(Etape::Cfu),
        _ if starts("budget primitif") => Some(Etape::Bp),
        _ if starts("budget supplementaire") => Some(Etape::Bs),
        _ if starts("decision modificative") => Some(Etape::Dm),
        _ if starts("compte administratif") => Some(Etape::Ca),
        _ if starts("compte financier") => Some(Etape::Cfu),
        _ => None,
    }
}

/// Operating expenditure executed under this share of its credits (%) is no whole year.
const WHOLE_YEAR: i128 = 60;

/// Stage of a document that does not write it, and the day it was closed at when it is no whole year.
fn etape(
    file: &File<'_>,
    exercice: u16,
    draft: &Draft,
    issues: &mut Vec<Issue>,
) -> (Etape, Option<i32>) {
    let executed = draft.lines.iter().any(|l| l.realise.is_some_and(|m| m != Centimes::ZERO));
    if !executed {
        return (Etape::Bp, None);
    }
    let shown = |day: i32| civil(day).map_or(String::new(), |d| d.strftime("%d/%m/%Y").to_string());
    let mut tell = |raison: String, a_faire: &str| {
        issues.push(issue(Severity::Attention, file.name, 0, raison, a_faire));
    };
    let closing = draft.context.arrete.filter(|d| year_of(*d) == exercice);
    if let Some(day) =
        closing.filter(|d| civil(*d).is_some_and(|d| (d.month(), d.day()) != (12, 31)))
    {
        tell(
            format!(
                "exercice {exercice} arrêté au {} : situation en cours d’année, pas un compte administratif",
                shown(day)
            ),
            "rien, si l’année n’est pas finie ; sinon donner l’état au 31/12",
        );
        return (Etape::Situation, Some(day));
    }
    let total = |value: fn(&LigneBudget) -> Option<Centimes>| -> i128 {
        let mine = |l: &&LigneBudget| {
            l.section == Section::F
                && l.sens == Sens::D
                && l.ordre == Ordre::Reel
                && l.nature != "022"
        };
        draft.lines.iter().filter(mine).filter_map(value).map(|c| i128::from(c.0)).sum()
    };
    let (spent, opened) = (total(|l| l.realise), total(|l| l.credits_ouverts));
    if closing.is_none() && opened > 0 && spent * 100 < opened * WHOLE_YEAR {
        tell(
            format!(
                "exercice {exercice} : {} % des crédits de fonctionnement réalisés, lu comme une situation en cours d’année",
                spent * 100 / opened
            ),
            "écrire « au 31/12 » dans un titre du classeur si l’exercice est complet",
        );
        return (Etape::Situation, None);
    }
    if closing.is_none() {
        issues.push(issue(
            Severity::Information,
            file.name,
            0,
            format!("exercice {exercice} : sans date d’arrêté, lu comme un exercice complet"),
            "écrire « au JJ/MM/AAAA » dans un titre du classeur si l’année n’est pas finie",
        ));
    }
    (Etape::Ca, None)
}

fn is_siret(text: &str) -> bool {
    text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The label of a budget: that of the titles when the rows name none, or only a code of it.
fn label(context: &Context, budget: &str) -> String {
    let own = context.annexe && context.budget.is_some();
    if budget.is_empty() || is_siret(budget) || own {
        return context.budget.clone().unwrap_or_default();
    }
    budget.to_owned()
}

fn document(
    file: &File<'_>,
    chart: &Chart,
    key: &Key,
    draft: &Draft,
    issues: &mut Vec<Issue>,
) -> Document {
    let (exercice, written, numero, budget) = key;
    let (etape, arrete) =
        written.map_or_else(|| etape(file, *exercice, draft, issues), |e| (e, None));
    let context = &draft.context;
    let siret =
        if is_siret(budget) { budget.clone() } else { context.siret.clone().unwrap_or_default() };
    let mut informations = Vec::new();
    if let Some(day) = arrete.and_then(civil) {
        informations.push(("arrete_au".to_owned(), day.to_string()));
    }
    if let Some((year, why)) = context.exercice.as_ref().filter(|(y, _)| y == exercice) {
        informations.push(("exercice_lu".to_owned(), format!("{year} : {why}")));
    }
    // one sheet is named; several ones together are the workbook
    let sheets: Vec<&String> = draft.sheets.iter().collect();
    let fichier = if let [one] = sheets.as_slice() { (*one).clone() } else { file.name.to_owned() };
    Document {
        fichier,
        format: file.format.to_owned(),
        encodage: file.encoding.to_owned(),
        sha256: file.sha256.to_owned(),
        siret,
        collectivite: context.collectivite.clone().unwrap_or_default(),
        budget: if budget.is_empty() || is_siret(budget) {
            "00".to_owned()
        } else {
            budget.clone()
        },
        type_budget: if context.annexe || context::is_annexe(&context::words(budget)) {
            "A"
        } else {
            "P"
        }
        .to_owned(),
        libelle_budget: label(context, budget),
        insee: String::new(),
        nomenclature: chart.name.clone(),
        exercice: *exercice,
        etape,
        numero: numero.clone(),
        population: None,
        dette: None,
        fiscalite: Vec::new(),
        annexes: Annexes::default(),
        informations,
        lignes_lues: draft.read,
        lignes_retenues: 0,
        lignes_ecartees: draft.aside,
    }
}
