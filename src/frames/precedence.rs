//! One budget, one exercice, one stage in several files: the surest source is kept, the totals compared.
//!
//! The order of trust is XML (CFU, CA and the other TOTEM documents), SCDL, table, balance. A source that
//! does not say which budget it is (an SCDL file, a table without SIRET) takes the identity of the other
//! files first.
//!
//! **Invariant:** nothing is added up twice and nothing is dropped silently: the source left is told, and
//! its totals are compared with those kept, to the centime.

use std::collections::BTreeMap;

use crate::domain::account::{Ordre, Section, Sens, is_balance_line};
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Document, Etape, LigneBudget};
use crate::frames::checks::Controle;
use crate::frames::issue::{Issue, Severity};

/// Trust in a format: the smaller the surer.
fn rank(format: &str) -> u8 {
    match format {
        "cfu" | "totem" => 0,
        "scdl" => 1,
        "balance" => 3,
        _ => 2,
    }
}

/// Gives their budget to the documents that do not say it: by SIRET from the other files; the smallest
/// SIRET of a SIREN is the principal otherwise.
pub fn identify(frame: &mut BudgetFrame) {
    let mut known: BTreeMap<String, (String, String, String)> = BTreeMap::new();
    let mut sure: Vec<&Document> = frame
        .documents
        .iter()
        .filter(|d| d.siret.len() == 14 && !d.type_budget.is_empty())
        .collect();
    sure.sort_by_key(|d| rank(&d.format));
    for d in sure {
        let identity = (d.budget.clone(), d.type_budget.clone(), d.libelle_budget.clone());
        known.entry(d.siret.clone()).or_insert(identity);
    }
    let smallest = smallest(&frame.documents, &known);
    let alone = principal_siret(&frame.documents, &known, &smallest);
    for d in &mut frame.documents {
        if let Some(siret) = alone.as_ref().filter(|_| d.siret.is_empty() && d.budget == "00") {
            d.siret.clone_from(siret);
        }
        if let Some((budget, kind, label)) = known.get(&d.siret).filter(|_| rank(&d.format) > 0) {
            d.budget.clone_from(budget);
            d.type_budget.clone_from(kind);
            if d.libelle_budget.is_empty() {
                d.libelle_budget.clone_from(label);
            }
        } else if d.type_budget.is_empty() {
            let principal = smallest.get(siren(&d.siret)).is_none_or(|s| *s == d.siret);
            if principal { "P" } else { "A" }.clone_into(&mut d.type_budget);
            if principal {
                "00".clone_into(&mut d.budget);
            } else if d.libelle_budget.is_empty() {
                d.libelle_budget = format!("Budget {}", d.siret);
            }
        }
    }
}

fn siren(siret: &str) -> &str {
    siret.get(..9).unwrap_or(siret)
}

/// Principal SIRET of each SIREN: the one said by a file, else the smallest.
fn smallest(
    documents: &[Document],
    known: &BTreeMap<String, (String, String, String)>,
) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    let said = known.iter().filter(|(_, (_, kind, _))| kind == "P").map(|(siret, _)| siret);
    let all = documents.iter().map(|d| &d.siret).filter(|s| s.len() == 14);
    let mut sorted: Vec<&String> = all.collect();
    sorted.sort();
    for siret in said.chain(sorted) {
        out.entry(siren(siret).to_owned()).or_insert_with(|| siret.clone());
    }
    out
}

/// The principal SIRET, when the files are those of one commune.
fn principal_siret(
    documents: &[Document],
    known: &BTreeMap<String, (String, String, String)>,
    smallest: &BTreeMap<String, String>,
) -> Option<String> {
    let mut sirens = documents.iter().map(|d| siren(&d.siret)).filter(|s| s.len() == 9);
    let first = sirens.next()?;
    if sirens.any(|s| s != first) {
        return None;
    }
    let said = known.iter().find(|(_, (_, kind, _))| kind == "P").map(|(siret, _)| siret.clone());
    said.or_else(|| smallest.get(first).cloned())
}

/// Finds the documents that another source replaces; adds to the source kept the comparison of totals.
/// Gives the places of those to leave, with what to tell.
pub fn replaced(frame: &mut BudgetFrame) -> Vec<(usize, Issue)> {
    let mut groups: BTreeMap<(String, String, u16, u8), Vec<usize>> = BTreeMap::new();
    for (i, d) in frame.documents.iter().enumerate() {
        let stage = match d.etape {
            Etape::Ca | Etape::Cfu => 0,
            Etape::Bp => 1,
            Etape::Bs => 2,
            Etape::Dm => 3,
            // several days of one year, none replaces another
            Etape::Situation => continue,
        };
        let key = (d.siret.clone(), d.budget.clone(), d.exercice, stage);
        groups.entry(key).or_default().push(i);
    }
    let mut out = Vec::new();
    for mut group in groups.into_values().filter(|g| g.len() > 1) {
        group.sort_by_key(|i| (rank(&frame.documents[*i].format), *i));
        let mut kept: Vec<usize> = Vec::new();
        for place in group {
            let Some(better) = better(frame, &kept, place) else {
                kept.push(place);
                continue;
            };
            let checks = compare(frame, better, place);
            let gap = checks.iter().any(|c| !c.ok);
            frame.controles.extend(checks.into_iter().map(|c| (better as u32, c)));
            out.push((place, told(&frame.documents[better], &frame.documents[place], gap)));
        }
    }
    out.sort_by_key(|(place, _)| *place);
    out
}

/// The document kept that makes `place` useless: of a surer format; for amendments, of the same number or
/// of the same totals, since a year has several.
fn better(frame: &BudgetFrame, kept: &[usize], place: usize) -> Option<usize> {
    let own = &frame.documents[place];
    let surer = |i: &&usize| {
        let other = &frame.documents[**i];
        // without a SIRET nothing says that two files are of one commune
        rank(&other.format) < rank(&own.format) && !own.siret.is_empty()
    };
    // one table in two formats
    let copy = |i: &&usize| {
        let other = &frame.documents[**i];
        let size = |d: &Document| (d.lignes_retenues, rank(&d.format));
        size(other) == size(own)
            && other.fichier != own.fichier
            && !totals(frame, place).is_empty()
            && totals(frame, **i) == totals(frame, place)
    };
    if let Some(found) = kept.iter().find(copy) {
        return Some(*found);
    }
    if own.etape != Etape::Dm {
        return kept.iter().find(surer).copied();
    }
    let same = |i: &&usize| {
        let numero = &frame.documents[**i].numero;
        (!own.numero.is_empty() && *numero == own.numero)
            || totals(frame, **i) == totals(frame, place)
    };
    kept.iter().filter(surer).find(same).copied()
}

/// Real amounts by section and sens; the lines that are never executed or that a balance has not are out.
fn totals(frame: &BudgetFrame, document: usize) -> BTreeMap<(Section, Sens), i64> {
    let executed = frame.documents[document].etape.is_executed();
    let amount = |l: &LigneBudget| if executed { l.realise } else { l.vote };
    let mut out = BTreeMap::new();
    for l in frame.lignes_of(document) {
        if l.ordre == Ordre::Reel && !is_balance_line(&l.nature) {
            let sum: &mut i64 = out.entry((l.section, l.sens)).or_default();
            *sum = sum.saturating_add(amount(l).unwrap_or(Centimes::ZERO).0);
        }
    }
    out.retain(|_, v| *v != 0);
    out
}

fn compare(frame: &BudgetFrame, kept: usize, left: usize) -> Vec<Controle> {
    let (mine, other) = (totals(frame, kept), totals(frame, left));
    let (format, fichier) = (&frame.documents[left].format, &frame.documents[left].fichier);
    let mut out = Vec::new();
    for (section, name) in [(Section::F, "fonctionnement"), (Section::I, "investissement")] {
        for (sens, word) in [(Sens::D, "dépenses"), (Sens::R, "recettes")] {
            let of = |t: &BTreeMap<_, i64>| t.get(&(section, sens)).copied().unwrap_or(0);
            let code = format!("{format} {}{}", section.letter(), sens.letter());
            let of_name =
                if name.starts_with('i') { "d’investissement" } else { "de fonctionnement" };
            let libelle = format!("{word} réelles {of_name} : la source retenue = {fichier}");
            out.push(Controle::equal(&code, libelle, of(&mine), of(&other)));
        }
    }
    out
}

fn told(kept: &Document, left: &Document, gap: bool) -> Issue {
    let verdict = if gap {
        "totaux différents, voir les rapprochements"
    } else {
        "totaux égaux au centime"
    };
    Issue {
        severity: if gap { Severity::Attention } else { Severity::Information },
        fichier: left.fichier.clone(),
        enregistrement: 0,
        colonne: String::new(),
        valeur: format!("{} {}", left.etape.label(), left.exercice),
        raison: format!(
            "même document que {} ({}), seul compté : {verdict}",
            kept.fichier, kept.format
        ),
        a_faire: if gap {
            "comparer les deux fichiers : l’un est sans doute provisoire".to_owned()
        } else {
            "rien : une seule source suffit".to_owned()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::budget::Annexes;

    fn add(
        frame: &mut BudgetFrame,
        format: &str,
        (siret, budget, kind): (&str, &str, &str),
        vote: i64,
    ) {
        let document = frame.documents.len() as u32;
        frame.documents.push(Document {
            fichier: format!("{document}.{format}"),
            format: format.to_owned(),
            encodage: String::new(),
            sha256: String::new(),
            siret: siret.to_owned(),
            collectivite: String::new(),
            libelle_budget: String::new(),
            budget: budget.to_owned(),
            type_budget: kind.to_owned(),
            insee: String::new(),
            nomenclature: "M57-M57".to_owned(),
            exercice: 2023,
            etape: Etape::Ca,
            numero: String::new(),
            population: None,
            dette: None,
            fiscalite: Vec::new(),
            annexes: Annexes::default(),
            informations: Vec::new(),
            lignes_lues: 1,
            lignes_retenues: 1,
            lignes_ecartees: 0,
        });
        frame.lignes.push(LigneBudget {
            document,
            nature: "60611".to_owned(),
            chapitre: "011".to_owned(),
            realise: Some(Centimes(vote)),
            ..LigneBudget::vide()
        });
    }

    #[test]
    fn xml_then_scdl_then_balance_and_gaps_are_told() {
        let mut frame = BudgetFrame::default();
        let siret = "21000010500010";
        add(&mut frame, "balance", (siret, "00", "P"), 990);
        add(&mut frame, "scdl", (siret, "", ""), 1_000);
        add(&mut frame, "totem", (siret, "00", "P"), 1_000);
        add(&mut frame, "scdl", ("21000010500028", "", ""), 7);
        identify(&mut frame);
        assert_eq!(
            (frame.documents[1].budget.as_str(), frame.documents[3].type_budget.as_str()),
            ("00", "A")
        );
        let left = replaced(&mut frame);
        let places: Vec<usize> = left.iter().map(|(i, _)| *i).collect();
        assert_eq!(places, [0, 1]);
        assert_eq!(left[0].1.severity, Severity::Attention);
        assert_eq!(left[1].1.severity, Severity::Information);
        let wrong: Vec<_> = frame.controles.iter().filter(|(_, c)| !c.ok).collect();
        assert_eq!((wrong.len(), wrong[0].0, wrong[0].1.ecart), (1, 2, -10));
        assert_eq!(frame.retain(|i, _| !places.contains(&i)).len(), 2);
        assert_eq!((frame.documents.len(), frame.controles.len()), (2, 8));
    }

    #[test]
    fn a_table_without_siret_is_that_of_the_only_commune() {
        let mut frame = BudgetFrame::default();
        add(&mut frame, "tableur", ("", "00", "P"), 5);
        add(&mut frame, "scdl", ("21000010500010", "", ""), 5);
        identify(&mut frame);
        assert_eq!(frame.documents[0].siret, "21000010500010");
        let left = replaced(&mut frame);
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].0, 0);
    }
}
