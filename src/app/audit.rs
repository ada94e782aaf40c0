//! `vigie scanner` and `vigie rapport audit`: ledger in, ranked findings out.
//!
//! **Invariant:** findings keep the order of their probability over all families; every control asked for
//! is listed, also those that found nothing or could not run.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::anomaly::card::Card;
use crate::anomaly::detectors::{self, RECORDS, Run};
use crate::anomaly::review::Rappel;
use crate::anomaly::share::Share;
use crate::anomaly::{Finding, Priorite, expected_false_share};
use crate::domain::calendar::civil;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::budget::BudgetFrame;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};
use crate::frames::tie_out;
use crate::report::model::audit::{
    Audit, Constat, ControleAudit, DecisionRevue, Decompte, JournalRevue, Membre, PartSignalee,
    Perimetre, StatutControle,
};
use crate::report::model::{Cascade, Poste};
use crate::report::{self, Page, csv, fr, json as report_json};

use super::Bilan;
use super::communes;
use super::config::Config;
use super::entrees::{Entrees, Lecture};
use super::livraison::{self, Livraison};
use super::regards;
use super::repartition;
use super::revue::Journal;
use super::scan::{Scan, scan};
use super::seuils::Seuils;
use super::trace;

pub use super::scan::Selection;

/// Members shown in the card of a finding; the others are counted.
const MEMBRES: usize = 6;

/// `vigie scanner`.
///
/// # Errors
/// No ledger among the inputs, or the result cannot be written.
pub fn scanner(
    config: &Config,
    entrees: &Entrees,
    selection: &Selection,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    run(config, entrees, selection, progress, false)
}

/// `vigie rapport audit`.
///
/// # Errors
/// See [`scanner`].
pub fn rapport(
    config: &Config,
    entrees: &Entrees,
    selection: &Selection,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    run(config, entrees, selection, progress, true)
}

fn run(
    config: &Config,
    entrees: &Entrees,
    selection: &Selection,
    progress: &dyn Progress,
    pages: bool,
) -> Result<Bilan, Refus> {
    let name = if pages { "audit" } else { "scanner" };
    communes::each(config, entrees, name, progress, &|config, lecture| {
        examine(config, lecture, selection, progress, pages)
    })
}

fn examine(
    config: &Config,
    mut lecture: Lecture,
    selection: &Selection,
    progress: &dyn Progress,
    pages: bool,
) -> Result<Bilan, Refus> {
    let seuils = Seuils::resolve(config)?;
    lecture.need_ledger()?;
    let year = lecture.last_year();
    let name = if pages { "audit" } else { "scanner" };
    let sortie = config.sortie(&format!("{name}-{year}"))?;
    let scan = scan(&lecture, selection, &seuils, progress)?;
    // Matching is done; from here on, persons are masked.
    lecture.masquer(config);
    let audit = build(&lecture, scan, selection, &seuils)?;
    let mut livraison = Livraison::new(config, &lecture, &sortie);
    livraison.rapport.exercice = year;
    livraison.rapport.budgets = budgets(&lecture);
    livraison.rapport.audit = Some(audit);
    livraison.empreinte_revue = seuils.revue.entrees.last().map(|e| e.empreinte.clone());
    let mut bilan = deliver(&mut livraison, &lecture, pages, progress)?;
    bilan.avertissements.extend(seuils.revue.avertissement());
    trace::write(&livraison, &lecture)?;
    livraison.finish(&lecture)?;
    sortie.deliver(bilan)
}

/// Budgets named before the others are counted.
const BUDGETS: usize = 12;

/// The budgets of the ledger, those of the documents when it names none: a code says nothing.
fn budgets(lecture: &Lecture) -> Vec<String> {
    let column = lecture.payments().and_then(|l| l.text(TextKey::Budget));
    let named =
        column.is_some_and(|c| c.dictionary.iter().any(|t| t.contains(char::is_alphabetic)));
    let Some(column) = column.filter(|_| named) else { return lecture.budgets() };
    // a dictionary may hold more than the rows do
    let used: BTreeSet<u32> = column.codes.iter().copied().filter(|c| *c != NO_TEXT).collect();
    in_order(used.into_iter().map(|code| column.dictionary.get(code).to_owned()).collect())
}

/// The principal budget first, then by name; the last of many are a count.
fn in_order(mut names: Vec<String>) -> Vec<String> {
    names.sort_by_key(|n| (!n.to_lowercase().contains("principal"), n.clone()));
    let more = names.len().saturating_sub(BUDGETS);
    names.truncate(BUDGETS);
    if more > 0 {
        names.push(fr::compte(more as u64, "autre", "autres"));
    }
    names
}

/// Writes the files of the audit and sums it up.
fn deliver(
    livraison: &mut Livraison<'_>,
    lecture: &Lecture,
    pages: bool,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    progress.tick("Écriture", 0, 0);
    if pages {
        livraison.page(Page::Audit)?;
    } else {
        let audit = livraison.rapport.audit.as_ref();
        let constats = audit.map_or(&[][..], |a| &a.constats);
        livraison.write("constats.csv", &csv::constats(constats)?)?;
        livraison.write("constats.parquet", &report::parquet::constats(constats)?)?;
        livraison.write("resultats.json", &report_json::resultats(&livraison.rapport)?)?;
    }
    Ok(summary(livraison, lecture, pages))
}

/// The lines for the terminal.
fn summary(livraison: &Livraison<'_>, lecture: &Lecture, pages: bool) -> Bilan {
    let default = Audit::default();
    let audit = livraison.rapport.audit.as_ref().unwrap_or(&default);
    let count = &audit.decompte;
    let folder = livraison.sortie.nom().display();
    let found = found(count);
    let written = if pages {
        format!("{folder}/audit.html, audit.xlsx, figures, resultats.json")
    } else {
        format!("{folder}/constats.csv, constats.parquet, resultats.json")
    };
    let next = if pages {
        format!(
            "ouvrir audit.html ; décider dans audit.xlsx, puis : vigie revue importer \"{}\" --auteur \"Prénom Nom\"",
            livraison.sortie.nom().join("audit.xlsx").display()
        )
    } else {
        "« vigie rapport audit » met ces constats en page".to_owned()
    };
    let mut lignes = vec![("Lu", livraison::read_line(lecture)), ("Trouvé", found)];
    if let Some(journal) = &audit.journal_revue {
        let recalled = audit.revue.len() as u64;
        lignes.push((
            "Revue",
            format!(
                "{} sur {} au journal",
                fr::compte(recalled, "décision reprise", "décisions reprises"),
                fr::nombre(journal.lignes)
            ),
        ));
    }
    lignes.extend(livraison::left_line(lecture));
    lignes.extend([("Écrit", written), ("Suite", next)]);
    Bilan {
        lignes,
        json: json!({"schema": report::SCHEMA, "commande": "scanner",
            "dossier": folder.to_string(), "decompte": count, "perimetre": audit.perimetre}),
        avertissements: lecture.avertissements(),
        constats: [count.prioritaires, count.a_verifier, count.informations],
        lignes_douteuses: lecture.lignes_ecartees(),
    }
}

/// One line that counts the findings.
pub fn found(count: &Decompte) -> String {
    let doubt = count.part_fausses_attendue.map_or_else(String::new, |share| {
        format!(", fausses alertes attendues {}", fr::pourcent(share * 100.0, 0))
    });
    format!(
        "{} ({}{doubt}), {} à vérifier, {} pour information",
        fr::compte(count.prioritaires, "signalement prioritaire", "signalements prioritaires"),
        fr::phrase(count.enjeu_prioritaires),
        fr::nombre(count.a_verifier),
        fr::nombre(count.informations),
    )
}

/// The audit object of a ledger.
///
/// # Errors
/// No ledger among the inputs.
pub fn build(
    lecture: &Lecture,
    scan: Scan,
    selection: &Selection,
    seuils: &Seuils,
) -> Result<Audit, Refus> {
    let ledger = lecture.need_ledger()?;
    let fausses = expected_false_share(scan.findings.iter().map(|(finding, _)| finding));
    let constats: Vec<Constat> = scan
        .findings
        .into_iter()
        .zip(scan.habitudes)
        .enumerate()
        .map(|(i, ((finding, id), habitude))| {
            let mut constat = constat(lecture, ledger, i as u64 + 1, finding, id);
            (constat.habitude, constat.cles_lignes) = (habitude.0, habitude.1);
            if let Some(rappel) = scan.rappels.get(&constat.constat) {
                // Some of its records were not seen: the level of evidence tells, the cell waits.
                if rappel.nouveaux == 0 {
                    rappel.decision.word().clone_into(&mut constat.decision);
                }
                rappel.portee.word().clone_into(&mut constat.portee_decision);
                constat.motif_decision = lecture.phrase(&[], &rappel.entree.motif);
            }
            constat
        })
        .collect();
    let shown = detectors::cards().filter(|c| !c.essai || selection.has(c.code));
    let controles: Vec<ControleAudit> = shown
        .map(|card| {
            let off = seuils.coupes.get(&card.code).map(|reason| format!("coupé : {reason}"));
            let run = match (off, scan.runs.get(&card.code)) {
                (Some(reason), _) => Run::NotDone(reason),
                (None, Some(run)) => run.clone(),
                (None, None) => Run::NotDone("non demandé".to_owned()),
            };
            outcome(card, &constats, run)
        })
        .collect();
    let months = repartition::mensuel(lecture, ledger);
    Ok(Audit {
        perimetre: perimeter(ledger, scan.fournisseurs),
        decompte: count(&constats, &controles, fausses),
        ecart_comptes: lecture.payments().and_then(|l| gap(l, &lecture.budget)),
        constats,
        controles,
        benford: repartition::benford(ledger),
        montants: repartition::montants(lecture, ledger),
        calendrier: months.as_ref().and_then(|m| repartition::calendrier(lecture, m)),
        mois: months.as_ref().map(repartition::mois).unwrap_or_default(),
        seuils: scan.seuils,
        concentration: regards::concentration(ledger, &scan.pesee),
        delais: regards::delais(ledger),
        revue: scan.rappels.iter().map(|(id, rappel)| recalled(lecture, id, rappel)).collect(),
        journal_revue: journal(&seuils.revue),
        repartition: scan.parts.iter().map(part).collect(),
    })
}

/// A class of suppliers, as shown.
fn part(share: &Share) -> PartSignalee {
    let pct = 100.0 * share.signalees as f64 / share.lignes.max(1) as f64;
    PartSignalee {
        axe: share.axe.to_owned(),
        classe: share.classe.to_owned(),
        fournisseurs: share.fournisseurs,
        lignes: share.lignes,
        signalees: share.signalees,
        part_pct: (pct * 100.0).round() / 100.0,
    }
}

/// A decision that applies to a finding of this run. Who decides is named, on purpose; whom the reason tells
/// of is masked as everywhere.
fn recalled(lecture: &Lecture, id: &str, rappel: &Rappel) -> DecisionRevue {
    let entry = &rappel.entree;
    DecisionRevue {
        constat: id.to_owned(),
        controle: entry.controle.clone(),
        decision: entry.decision.word().to_owned(),
        portee: entry.portee.word().to_owned(),
        auteur: entry.auteur.clone(),
        date: entry.date.clone(),
        motif: lecture.phrase(&[], &entry.motif),
    }
}

/// What the page says of the journal itself, when there is one.
fn journal(journal: &Journal) -> Option<JournalRevue> {
    let written = !journal.entrees.is_empty() || journal.rupture.is_some();
    written.then(|| JournalRevue {
        lignes: journal.entrees.len() as u64,
        empreinte: journal.empreinte().to_owned(),
        rupture: journal.rupture.map(|(line, _)| u64::from(line)),
    })
}

fn constat(lecture: &Lecture, ledger: &Ledger, rang: u64, finding: Finding, id: String) -> Constat {
    let first = finding.rows.first().map_or(0, |r| *r as usize);
    let tiers =
        if names_nobody(finding.code) { "" } else { ledger.text_at(TextKey::TiersNom, first) };
    let mut indices = finding.evidence;
    let image = |text: &str| lecture.image(&finding.rows, text);
    let indices_image: Vec<String> = indices.iter().map(|e| image(&e.valeurs)).collect();
    // What an image hides, the page hides too unless `--nominatif`.
    if !lecture.nominatif() {
        for (evidence, hidden) in indices.iter_mut().zip(&indices_image) {
            evidence.valeurs.clone_from(hidden);
        }
    }
    Constat {
        rang,
        constat: id,
        controle: finding.code,
        priorite: finding.priorite,
        indice: finding.indice,
        probabilite: finding.probabilite,
        enjeu: finding.enjeu,
        enregistrements: finding.rows.iter().map(|r| ledger.record_name(*r as usize)).collect(),
        tiers: tiers.to_owned(),
        indices_image,
        etiquette: lecture
            .etiquette(first)
            .filter(|_| !tiers.is_empty())
            .unwrap_or(tiers)
            .to_owned(),
        chapitre: ledger.text_at(TextKey::Chapitre, first).to_owned(),
        motif: lecture.phrase(&finding.rows, &finding.motif),
        a_faire: finding.a_faire,
        decision: String::new(),
        motif_decision: String::new(),
        portee_decision: String::new(),
        habitude: String::new(),
        cles_lignes: String::new(),
        indices,
        membres: finding.rows.iter().take(MEMBRES).map(|r| membre(ledger, *r as usize)).collect(),
    }
}

/// True when the records of a finding are only the neighbours of a missing or repeated number: their payees
/// are not concerned.
fn names_nobody(code: ControlCode) -> bool {
    code.family == Family::Seq && matches!(code.number, 1 | 3)
}

fn membre(ledger: &Ledger, row: usize) -> Membre {
    let text = |key| ledger.text_at(key, row).to_owned();
    Membre {
        enregistrement: ledger.record_name(row),
        date: civil(ledger.day(row)).map(|d| d.to_string()),
        mandat: text(TextKey::Mandat),
        facture: text(TextKey::Facture),
        objet: text(TextKey::Objet),
        nature: text(TextKey::Nature),
        montant: Centimes(ledger.montant[row]),
        autres: extras(ledger, row),
    }
}

/// Columns of a source shown beside a finding; all of them are in the tables.
const AUTRES: usize = 12;

/// Values of a row in the columns of its source that have no canonical name.
fn extras(ledger: &Ledger, row: usize) -> BTreeMap<String, String> {
    let told = ledger.extras.iter().map(|c| (c, c.get(row))).filter(|(_, text)| !text.is_empty());
    told.take(AUTRES).map(|(c, text)| (c.nom().to_owned(), text.to_owned())).collect()
}

/// The line of one control in the page.
fn outcome(card: &Card, constats: &[Constat], run: Run) -> ControleAudit {
    let found: Vec<&Constat> = constats.iter().filter(|c| c.controle == card.code).collect();
    let real: Vec<_> = found.iter().filter(|c| c.priorite != Priorite::Information).collect();
    let (examines, unite, manque) = match run {
        Run::Done { examined, unit } => (examined, unit, None),
        Run::NotDone(reason) => (0, RECORDS, Some(reason)),
    };
    let statut = if manque.is_some() {
        StatutControle::NonEvalue
    } else if real.iter().any(|c| c.priorite == Priorite::Prioritaire) {
        StatutControle::Prioritaire
    } else if real.is_empty() {
        StatutControle::Conforme
    } else {
        StatutControle::AVerifier
    };
    let family = Family::ALL.iter().find(|(f, ..)| *f == card.code.family);
    ControleAudit {
        code: card.code,
        famille: family.map(|(_, _, name)| (*name).to_owned()).unwrap_or_default(),
        statut,
        titre: match (manque.is_some(), real.len(), found.len()) {
            (true, ..) => card.titre.to_owned(),
            (false, 0, told @ 1..) => {
                let n = fr::compte(told as u64, "signalement", "signalements");
                format!("{} : {n} pour information", card.titre)
            }
            (false, n, _) => card.outcome(n as u64),
        },
        examines,
        unite,
        trouves: real.len() as u64,
        enjeu: real.iter().map(|c| c.enjeu).sum(),
        parametres: card.section("Paramètres"),
        faux_positifs: card.section("Faux positifs connus"),
        reference: card.section("Références"),
        manque,
        essai: card.essai,
    }
}

/// From the ledger to the accounts, expenses of the last exercice that both cover.
fn gap(ledger: &Ledger, budget: &BudgetFrame) -> Option<Cascade> {
    let years = tie_out::by_exercice(&tie_out::compare(ledger, budget));
    let last = years.into_iter().rfind(|e| e.sens == Sens::D)?;
    let year = last.exercice;
    let names = ["Rattachements", "Opérations d'ordre", "Journée complémentaire", "Non expliqué"];
    let causes: Vec<Poste> = names
        .iter()
        .zip(last.causes)
        .filter(|(name, amount)| *amount != Centimes::ZERO || **name == "Non expliqué")
        .map(|(name, amount)| Poste::new(*name, amount))
        .collect();
    let gap: Centimes = last.causes.into_iter().sum();
    Some(Cascade {
        depart: Poste::new(format!("Grand livre {year}"), last.livre),
        causes,
        arrivee: Poste::new(format!("Comptes {year}"), last.livre + gap),
        variation: gap,
        hausse_favorable: false,
    })
}

/// What was looked at: the payments, and the receipts apart.
fn perimeter(ledger: &Ledger, fournisseurs: u64) -> Perimetre {
    let days = (0..ledger.len()).map(|r| ledger.day(r)).filter_map(|d| civil(d).map(|_| d));
    let (first, last) = days.fold((i32::MAX, i32::MIN), |(a, b), d| (a.min(d), b.max(d)));
    let exercices = || ledger.exercice.iter().copied().filter(|y| *y > 0);
    let (first_exercice, last_exercice) = (exercices().min(), exercices().max());
    let of = |sens: Sens| {
        let rows = ledger.sens.iter().zip(&ledger.montant).filter(|(s, _)| **s == sens);
        rows.fold((0, Centimes::ZERO), |(n, sum), (_, m)| (n + 1, sum + Centimes(*m)))
    };
    let ((lignes, montant), (lignes_recettes, montant_recettes)) = (of(Sens::D), of(Sens::R));
    Perimetre {
        lignes,
        montant,
        fournisseurs,
        lignes_recettes,
        montant_recettes,
        debut: civil(first).filter(|_| first <= last).map(|d| d.to_string()),
        fin: civil(last).filter(|_| first <= last).map(|d| d.to_string()),
        exercices: first_exercice.zip(last_exercice).map(|(a, b)| [a, b]),
    }
}

fn count(constats: &[Constat], controles: &[ControleAudit], fausses: Option<f64>) -> Decompte {
    let of = |p| constats.iter().filter(move |c| c.priorite == p);
    let with = |s| controles.iter().filter(|c| c.statut == s).count() as u64;
    Decompte {
        prioritaires: of(Priorite::Prioritaire).count() as u64,
        a_verifier: of(Priorite::AVerifier).count() as u64,
        informations: of(Priorite::Information).count() as u64,
        part_fausses_attendue: fausses.map(|share| (share * 1000.0).round() / 1000.0),
        enjeu_prioritaires: of(Priorite::Prioritaire).map(|c| c.enjeu).sum(),
        enjeu_total: constats.iter().map(|c| c.enjeu).sum(),
        controles_conformes: with(StatutControle::Conforme),
        controles_a_verifier: with(StatutControle::AVerifier),
        controles_prioritaires: with(StatutControle::Prioritaire),
        controles_non_evalues: with(StatutControle::NonEvalue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_principal_budget_comes_first_and_many_are_counted() {
        let names = |list: &[&str]| in_order(list.iter().map(|n| (*n).to_owned()).collect());
        assert_eq!(names(&["CCAS", "Principal", "Eau"]), ["Principal", "CCAS", "Eau"]);
        let many: Vec<String> = (0..15).map(|i| format!("B{i:02}")).collect();
        let shown = in_order(many);
        assert_eq!((shown.len(), shown[12].as_str()), (13, "3\u{a0}autres"));
    }

    #[test]
    fn neighbours_of_a_gap_are_not_named() {
        let named = [1, 2, 3, 4].map(|n| !names_nobody(ControlCode::new(Family::Seq, n)));
        assert_eq!(named, [false, true, false, true]);
        assert!(!names_nobody(ControlCode::new(Family::Dbl, 1)));
    }
}
