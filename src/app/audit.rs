//! `vigie scanner` and `vigie rapport audit`: ledger in, ranked findings out.
//!
//! **Invariant:** findings keep the order of their probability over all families; every control asked for
//! is listed, also those that found nothing or could not run.

use std::collections::BTreeSet;

use serde_json::json;

use crate::anomaly::card::{CARDS, Card};
use crate::anomaly::detectors::{dbl, imp, mnt};
use crate::anomaly::{Finding, Priorite, finding_id, prepare};
use crate::domain::calendar::{NO_DAY, civil};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::budget::BudgetFrame;
use crate::frames::ledger::{Ledger, Sens, TextKey};
use crate::frames::tie_out::{self, CompteRapproche};
use crate::report::model::audit::{
    Audit, Constat, ControleAudit, Decompte, Membre, Perimetre, StatutControle,
};
use crate::report::model::{Cascade, Poste};
use crate::report::{self, Page, csv, fr, json as report_json};

use super::Bilan;
use super::config::Config;
use super::entrees::{Entrees, Lecture};
use super::livraison::{self, Livraison};
use super::seuils::Seuils;

/// Members shown in the card of a finding; the others are counted.
const MEMBRES: usize = 6;

/// Controls asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    codes: BTreeSet<ControlCode>,
}

impl Selection {
    /// Reads `--controles` and `--sans`: codes or families, separated by commas.
    ///
    /// # Errors
    /// A word that is neither a family nor a code of the catalogue.
    pub fn parse(with: Option<&str>, without: Option<&str>) -> Result<Self, Refus> {
        let mut codes: BTreeSet<_> = match with {
            None => CARDS.iter().filter(|c| !c.essai).map(|c| c.code).collect(),
            Some(words) => expand(words)?,
        };
        for code in without.map(expand).transpose()?.unwrap_or_default() {
            codes.remove(&code);
        }
        Ok(Self { codes })
    }

    /// True when a control of the family is asked for.
    fn wants(&self, family: Family) -> bool {
        self.codes.iter().any(|c| c.family == family)
    }
}

/// Codes named by a list of codes and families.
fn expand(words: &str) -> Result<BTreeSet<ControlCode>, Refus> {
    let mut codes = BTreeSet::new();
    for word in words.split(',').map(str::trim).filter(|w| !w.is_empty()) {
        let upper = word.to_uppercase();
        let named = CARDS
            .iter()
            .filter(|c| c.code.to_string() == upper || c.code.family.letters() == upper);
        let before = codes.len();
        codes.extend(named.map(|c| c.code));
        let family = Family::ALL.iter().any(|(_, letters, _)| *letters == upper);
        if codes.len() == before && !family {
            return Err(Refus::new(
                format!("« {word} » n'est ni une famille ni un contrôle"),
                "choisir dans la liste de « vigie controles », par exemple DBL ou MNT01",
            ));
        }
    }
    Ok(codes)
}

/// Findings of a ledger with their ids, ranked.
pub struct Scan {
    /// Findings and ids, most probable first.
    pub findings: Vec<(Finding, String)>,
    /// Distinct suppliers.
    pub fournisseurs: u64,
}

/// Runs the controls asked for.
pub fn scan(
    ledger: &Ledger,
    selection: &Selection,
    seuils: &Seuils,
    progress: &dyn Progress,
) -> Scan {
    let prepared = prepare::prepare(ledger, progress);
    let suppliers = &prepared.suppliers.of_row;
    let mut findings = Vec::new();
    if selection.wants(Family::Dbl) {
        findings.extend(dbl::detect(ledger, &prepared, &seuils.dbl));
    }
    if selection.wants(Family::Mnt) {
        findings.extend(mnt::detect(ledger, suppliers, &seuils.mnt, progress));
    }
    if selection.wants(Family::Imp) {
        findings.extend(imp::detect(ledger, suppliers, &seuils.imp, progress));
    }
    findings.retain(|f| {
        let kept = selection.codes.contains(&f.code) && !seuils.coupes.contains_key(&f.code);
        kept && seuils.jours.get(&f.code).is_none_or(|days| span(ledger, f) <= *days)
    });
    let ids = finding_id::finding_ids(ledger, &findings);
    let mut ranked: Vec<(Finding, String)> = findings.into_iter().zip(ids).collect();
    ranked.sort_by(|(a, x), (b, y)| {
        let by_strength = b.probabilite.total_cmp(&a.probabilite);
        by_strength.then(b.indice.total_cmp(&a.indice)).then(x.cmp(y))
    });
    Scan { findings: ranked, fournisseurs: prepared.suppliers.len() as u64 }
}

/// Days between the earliest and the latest record of a finding.
fn span(ledger: &Ledger, finding: &Finding) -> i32 {
    let days = finding.rows.iter().map(|r| ledger.day(*r as usize)).filter(|d| *d != NO_DAY);
    let (first, last) = days.fold((i32::MAX, i32::MIN), |(a, b), d| (a.min(d), b.max(d)));
    if first > last { 0 } else { last - first }
}

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
    let lecture = Lecture::read(entrees, progress)?;
    let seuils = Seuils::resolve(config)?;
    lecture.need_ledger()?;
    let year = lecture.last_year();
    let name = if pages { "audit" } else { "scanner" };
    let sortie = config.sortie(&format!("{name}-{year}"))?;
    let audit = build(&lecture, selection, &seuils, progress)?;
    let mut livraison = Livraison::new(config, &lecture, &sortie);
    livraison.rapport.exercice = year;
    livraison.rapport.audit = Some(audit);
    let bilan = deliver(&mut livraison, &lecture, pages, progress)?;
    livraison.finish(&lecture)?;
    sortie.commit()?;
    Ok(bilan)
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
        format!("{folder}/constats.csv, resultats.json")
    };
    let next = if pages {
        "ouvrir audit.html, ou : vigie controles DBL01".to_owned()
    } else {
        "« vigie rapport audit » met ces constats en page".to_owned()
    };
    Bilan {
        lignes: vec![
            ("Lu", livraison::read_line(lecture)),
            ("Trouvé", found),
            ("Écrit", written),
            ("Suite", next),
        ],
        json: json!({"schema": report::SCHEMA, "commande": "scanner",
            "dossier": folder.to_string(), "decompte": count, "perimetre": audit.perimetre}),
        avertissements: lecture.avertissements(),
        constats: [count.prioritaires, count.a_verifier, count.informations],
        lignes_douteuses: lecture.lignes_ecartees(),
    }
}

/// One line that counts the findings.
pub fn found(count: &Decompte) -> String {
    format!(
        "{} ({}), {} à vérifier, {} pour information",
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
    selection: &Selection,
    seuils: &Seuils,
    progress: &dyn Progress,
) -> Result<Audit, Refus> {
    let ledger = lecture.need_ledger()?;
    let scan = scan(ledger, selection, seuils, progress);
    let constats: Vec<Constat> = scan
        .findings
        .iter()
        .enumerate()
        .map(|(i, (finding, id))| constat(ledger, i as u64 + 1, finding, id))
        .collect();
    let shown = CARDS.iter().filter(|c| !c.essai || selection.codes.contains(&c.code));
    let controles: Vec<ControleAudit> = shown
        .map(|card| {
            let asked = selection.codes.contains(&card.code);
            let off = seuils.coupes.get(&card.code).map(|reason| format!("coupé : {reason}"));
            let off = off.or((!asked).then(|| "non demandé".to_owned()));
            outcome(card, ledger, &constats, off)
        })
        .collect();
    Ok(Audit {
        perimetre: perimeter(ledger, scan.fournisseurs),
        decompte: count(&constats, &controles),
        ecart_comptes: gap(ledger, &lecture.budget),
        constats,
        controles,
        ..Audit::default()
    })
}

fn constat(ledger: &Ledger, rang: u64, finding: &Finding, id: &str) -> Constat {
    let first = finding.rows.first().map_or(0, |r| *r as usize);
    Constat {
        rang,
        constat: id.to_owned(),
        controle: finding.code,
        priorite: finding.priorite,
        indice: finding.indice,
        probabilite: finding.probabilite,
        enjeu: finding.enjeu,
        enregistrements: finding.rows.iter().map(|r| ledger.record_name(*r as usize)).collect(),
        tiers: ledger.text_at(TextKey::TiersNom, first).to_owned(),
        chapitre: ledger.text_at(TextKey::Chapitre, first).to_owned(),
        motif: finding.motif.clone(),
        a_faire: finding.a_faire.clone(),
        decision: String::new(),
        indices: finding.evidence.clone(),
        membres: finding.rows.iter().take(MEMBRES).map(|r| membre(ledger, *r as usize)).collect(),
    }
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
    }
}

/// The line of one control in the page.
fn outcome(
    card: &Card,
    ledger: &Ledger,
    constats: &[Constat],
    off: Option<String>,
) -> ControleAudit {
    let found: Vec<&Constat> = constats.iter().filter(|c| c.controle == card.code).collect();
    let real: Vec<_> = found.iter().filter(|c| c.priorite != Priorite::Information).collect();
    let missing =
        off.or_else(|| card.missing(ledger).map(|column| format!("colonne « {column} » absente")));
    let statut = if missing.is_some() {
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
        titre: if missing.is_some() {
            card.titre.to_owned()
        } else {
            card.outcome(real.len() as u64)
        },
        examines: if missing.is_some() { 0 } else { ledger.len() as u64 },
        trouves: real.len() as u64,
        enjeu: real.iter().map(|c| c.enjeu).sum(),
        parametres: card.section("Paramètres"),
        faux_positifs: card.section("Faux positifs connus"),
        reference: card.section("Références"),
        manque: missing,
        essai: card.essai,
    }
}

/// What separates ledger and accounts on one account: attached charges, order, unexplained. A ledger may
/// hold order entries and attached charges or not: the reading that leaves the least unexplained wins.
fn explain(row: &CompteRapproche) -> [Centimes; 3] {
    let zero = Centimes::ZERO;
    let real = row.comptes - row.livre;
    let readings =
        [(zero, zero), (zero, row.ordre), (row.rattache, zero), (row.rattache, row.ordre)];
    let all = real + row.ordre;
    readings
        .into_iter()
        .map(|(attached, order)| [attached, order, all - attached - order])
        .min_by_key(|parts| parts[2].abs())
        .unwrap_or([zero, zero, all])
}

/// From the ledger to the accounts, expenses of the last exercice that both cover.
fn gap(ledger: &Ledger, budget: &BudgetFrame) -> Option<Cascade> {
    let rows = tie_out::compare(ledger, budget);
    let year = rows.iter().map(|r| r.exercice).max()?;
    let of_year: Vec<_> = rows.iter().filter(|r| r.exercice == year && r.sens == Sens::D).collect();
    let book: Centimes = of_year.iter().map(|r| r.livre).sum();
    let mut parts = [Centimes::ZERO; 3];
    for row in &of_year {
        for (part, amount) in parts.iter_mut().zip(explain(row)) {
            *part += amount;
        }
    }
    let names = ["Rattachements", "Opérations d'ordre", "Non expliqué"];
    let causes: Vec<Poste> = names
        .iter()
        .zip(parts)
        .filter(|(name, amount)| *amount != Centimes::ZERO || **name == "Non expliqué")
        .map(|(name, amount)| Poste::new(*name, amount))
        .collect();
    let gap: Centimes = parts.into_iter().sum();
    Some(Cascade {
        depart: Poste::new(format!("Grand livre {year}"), book),
        causes,
        arrivee: Poste::new(format!("Comptes {year}"), book + gap),
        variation: gap,
        hausse_favorable: false,
    })
}

fn perimeter(ledger: &Ledger, fournisseurs: u64) -> Perimetre {
    let days = (0..ledger.len()).map(|r| ledger.day(r)).filter_map(|d| civil(d).map(|_| d));
    let (first, last) = days.fold((i32::MAX, i32::MIN), |(a, b), d| (a.min(d), b.max(d)));
    Perimetre {
        lignes: ledger.len() as u64,
        montant: ledger.montant.iter().map(|m| Centimes(*m)).sum(),
        fournisseurs,
        debut: civil(first).filter(|_| first <= last).map(|d| d.to_string()),
        fin: civil(last).filter(|_| first <= last).map(|d| d.to_string()),
    }
}

fn count(constats: &[Constat], controles: &[ControleAudit]) -> Decompte {
    let of = |p| constats.iter().filter(move |c| c.priorite == p);
    let with = |s| controles.iter().filter(|c| c.statut == s).count() as u64;
    Decompte {
        prioritaires: of(Priorite::Prioritaire).count() as u64,
        a_verifier: of(Priorite::AVerifier).count() as u64,
        informations: of(Priorite::Information).count() as u64,
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
    fn families_codes_and_mistakes() {
        let all = Selection::parse(None, None).unwrap();
        assert!(all.wants(Family::Dbl) && all.wants(Family::Mnt));
        let some = Selection::parse(Some("dbl,MNT01"), Some("DBL02")).unwrap();
        assert!(some.codes.contains(&ControlCode::new(Family::Dbl, 1)));
        assert!(!some.codes.contains(&ControlCode::new(Family::Dbl, 2)));
        assert_eq!(some.codes.iter().filter(|c| c.family == Family::Mnt).count(), 1);
        assert!(Selection::parse(Some("ABC"), None).is_err());
    }
}
