//! The proposal of the preparation page: what is typed in vigie.toml, and the objects drawn.
//!
//! **Invariant:** figures come from `budget::proposition`; sums by chapitre and service are those of its
//! lines.

use std::collections::BTreeMap;

use crate::budget::checks::{self, Verification};
use crate::budget::obligations;
use crate::budget::proposition::{
    Colonne, LigneProposee, Operation, Proposition, Resultat, Saisie, Service, consolide, proposer,
    votes, votes_words,
};
use crate::budget::rows::OriginePrevision;
use crate::budget::{Budget, Prevision, checks::Ligne};
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::{PlanId, plan};
use crate::frames::budget::BudgetFrame;
use crate::report::fr;
use crate::report::model::proposition as page;

use super::config::Config;
use super::entrees::Lecture;

/// What vigie.toml says for the proposal.
pub(super) fn saisie(config: &Config) -> Saisie {
    let file = &config.fichier;
    let operations = file.investissement.iter().map(|o| Operation {
        budget: o.budget.clone(),
        nom: o.operation.clone(),
        nature: o.nature.clone(),
        fonction: o.fonction.clone().unwrap_or_default(),
        montants: o.montants.clone(),
        subventions: o.subventions.clone(),
        fctva: o.fctva.clone(),
        fonctionnement: o.fonctionnement.clone(),
        nature_fonctionnement: o.nature_fonctionnement.clone(),
        recettes: o.recettes.clone(),
        nature_recettes: o.nature_recettes.clone(),
    });
    let resultats = file.resultat.iter().map(|r| Resultat {
        budget: r.budget.clone(),
        exercice: r.exercice,
        fonctionnement: r.fonctionnement,
        investissement: r.investissement,
        affectation: r.affectation,
    });
    Saisie {
        operations: operations.collect(),
        resultats: resultats.collect(),
        services: services(config),
    }
}

/// `[[service]]`.
pub(super) fn services(config: &Config) -> Vec<Service> {
    let one = |s: &super::config::Service| Service {
        nom: s.nom.clone(),
        fonctions: s.fonctions.clone(),
        unite: s.unite.clone(),
        quantites: s.quantites.clone(),
    };
    config.fichier.service.iter().map(one).collect()
}

/// The proposals of the budgets read, and the budgets together when there are several.
pub(super) fn build(
    lecture: &Lecture,
    prevision: &Prevision,
    saisie: &Saisie,
) -> (Vec<page::Proposition>, Option<page::Consolide>) {
    let budgets = prevision.budgets.iter();
    let frame = &lecture.budget;
    let all: Vec<(Proposition, &Budget)> =
        budgets.filter_map(|b| Some((proposer(frame, b, prevision, saisie)?, b))).collect();
    let pages = all.iter().map(|(p, budget)| {
        let chart = &budget.plan;
        let lines: Vec<Ligne> = p.a_verifier(Colonne::Central);
        let documents = votes(frame, budget, p.exercice);
        let label = |code: &str| plan(*chart).libelle_chapitre(code, p.exercice);
        let mut sums_of = chapitres(p, label);
        already_voted(frame, &documents, label, &mut sums_of);
        let mut rows: Vec<page::LigneProposee> =
            p.lignes.iter().zip(&lines).map(|(l, c)| line(l, c)).collect();
        voted_by_line(frame, &documents, |code| plan(*chart).libelle(code, p.exercice), &mut rows);
        page::Proposition {
            deja_vote: (!documents.is_empty()).then(|| votes_words(frame, &documents)),
            budget: p.budget.clone(),
            siret: p.siret.clone(),
            exercice: p.exercice,
            lignes: rows,
            sections: sections(p, Colonne::Central),
            colonnes: Colonne::TOUTES.map(|colonne| possible(p, colonne)).to_vec(),
            chapitres: sums_of,
            services: by_service(p),
            verifications: checks::verifier(&lines).iter().map(|v| check(&p.budget, v)).collect(),
            avertissements: p.avertissements.clone(),
            comptes: accounts(*chart, p.exercice),
        }
    });
    let pages: Vec<page::Proposition> = pages.collect();
    let proposals: Vec<Proposition> = all.into_iter().map(|(p, _)| p).collect();
    (pages, (proposals.len() > 1).then(|| together(&proposals)))
}

/// Duties of the commune at its population.
pub(super) fn duties(population: Option<u32>, exercice: u16) -> Vec<page::Obligation> {
    let Some(population) = population else { return Vec::new() };
    let all = obligations::obligations(population, exercice).into_iter();
    all.map(|o| page::Obligation {
        seuil: o.seuil,
        jusqu_a: o.jusqu_a,
        libelle: o.libelle.to_owned(),
        source: o.article.to_owned(),
        a_verifier: !o.verifie,
    })
    .collect()
}

/// A check as drawn.
pub(super) fn check(budget: &str, v: &Verification) -> page::Verification {
    page::Verification {
        budget: budget.to_owned(),
        code: v.code.to_owned(),
        libelle: v.libelle.to_owned(),
        gauche: v.gauche,
        droite: v.droite,
        ecart: v.ecart(),
        verdict: v.verdict.word().to_owned(),
        source: v.source.to_owned(),
    }
}

fn line(l: &LigneProposee, c: &Ligne) -> page::LigneProposee {
    page::LigneProposee {
        section: l.section.letter().to_owned(),
        sens: l.sens.letter().to_owned(),
        ordre: if l.ordre == Ordre::Reel { "reel" } else { "ordre" }.to_owned(),
        chapitre: l.chapitre.clone(),
        nature: l.nature.clone(),
        fonction: l.fonction.clone(),
        service: l.service.clone(),
        operation: l.operation.clone(),
        libelle: l.libelle.clone(),
        reference: l.reference,
        prudent: l.prudent,
        central: l.central,
        favorable: l.favorable,
        erreur_passee_pct: l.erreur_passee_pct,
        deja_vote: None,
        origine: l.origine.word().to_owned(),
        report: l.report,
        equilibre: l.equilibre,
        equilibre_reel: match (c.is_own_resource(), c.is_to_cover()) {
            (true, _) => "ressource",
            (_, true) => "a_couvrir",
            _ => "",
        }
        .to_owned(),
        raison: l.raison.clone(),
    }
}

fn chapitres(p: &Proposition, label: impl Fn(&str) -> &'static str) -> Vec<page::ChapitrePropose> {
    let mut groups: BTreeMap<(Section, Sens, &str), page::ChapitrePropose> = BTreeMap::new();
    for l in &p.lignes {
        let cell = groups.entry((l.section, l.sens, l.chapitre.as_str())).or_insert_with(|| {
            let named = label(&l.chapitre);
            page::ChapitrePropose {
                section: l.section.letter().to_owned(),
                sens: l.sens.letter().to_owned(),
                chapitre: l.chapitre.clone(),
                libelle: if named.is_empty() { l.libelle.clone() } else { named.to_owned() },
                ..page::ChapitrePropose::default()
            }
        });
        cell.reference += l.reference;
        cell.prudent += l.prudent;
        cell.central += l.central;
        cell.favorable += l.favorable;
        if l.report {
            cell.reports += l.central;
        }
    }
    groups.into_values().collect()
}

/// Puts beside each chapitre what the budgets of the exercice already voted; those voted alone are added.
fn already_voted(
    frame: &BudgetFrame,
    documents: &[usize],
    label: impl Fn(&str) -> &'static str,
    rows: &mut Vec<page::ChapitrePropose>,
) {
    if documents.is_empty() {
        return;
    }
    let mut votes: BTreeMap<(Section, Sens, &str), Centimes> = BTreeMap::new();
    for l in documents.iter().flat_map(|i| frame.lignes_of(*i)) {
        let amount = l.vote.unwrap_or_default() + l.rar_precedent.unwrap_or_default();
        *votes.entry((l.section, l.sens, l.chapitre.as_str())).or_default() += amount;
    }
    for row in rows.iter_mut() {
        row.vote = Some(Centimes::ZERO);
    }
    // a chapitre voted alone is proposed at zero
    for ((section, sens, chapitre), amount) in votes {
        let (section, sens) = (section.letter(), sens.letter());
        let same = |r: &&mut page::ChapitrePropose| {
            r.section == section && r.sens == sens && r.chapitre == chapitre
        };
        match rows.iter_mut().find(same) {
            Some(row) => row.vote = Some(amount),
            None if amount == Centimes::ZERO => {}
            None => rows.push(page::ChapitrePropose {
                section: section.to_owned(),
                sens: sens.to_owned(),
                chapitre: chapitre.to_owned(),
                libelle: label(chapitre).to_owned(),
                vote: Some(amount),
                ..page::ChapitrePropose::default()
            }),
        }
    }
    for row in rows.iter_mut() {
        row.ecart_vote = row.vote.map(|vote| row.central - vote);
    }
    let key = |r: &page::ChapitrePropose| (r.section.clone(), r.sens.clone(), r.chapitre.clone());
    rows.sort_by_key(key);
}

/// Accounts of real operations that the chart has in an exercice, in both directions.
fn accounts(chart: PlanId, exercice: u16) -> Vec<page::ComptePossible> {
    let chart = plan(chart);
    let mut codes: Vec<&str> = chart.lignes().iter().map(|l| l.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut out = Vec::new();
    for code in codes.into_iter().filter(|c| chart.existe(c, exercice)) {
        for sens in [Sens::D, Sens::R] {
            let Some(place) = chart.imputation(exercice, code, sens, Ordre::Reel) else { continue };
            out.push(page::ComptePossible {
                compte: code.to_owned(),
                sens: sens.letter().to_owned(),
                section: place.section.letter().to_owned(),
                chapitre: place.chapitre.to_owned(),
                libelle: chart.libelle(code, exercice).to_owned(),
            });
        }
    }
    out
}

fn sections(p: &Proposition, colonne: Colonne) -> Vec<page::SectionProposee> {
    let one = |section: Section| {
        let of = |sens| p.total(section, sens, colonne);
        let (depenses, recettes) = (of(Sens::D), of(Sens::R));
        page::SectionProposee {
            section: section.letter().to_owned(),
            depenses,
            recettes,
            solde: recettes - depenses,
        }
    };
    [Section::F, Section::I].map(one).to_vec()
}

/// The budget of a column, with its own transfer, loan and checks.
fn possible(p: &Proposition, colonne: Colonne) -> page::BudgetPossible {
    let closing = |nature: &str| -> Centimes {
        let ours = p.lignes.iter().filter(|l| l.equilibre && l.nature == nature);
        ours.map(|l| l.montant(colonne)).sum()
    };
    let checks = checks::verifier(&p.a_verifier(colonne));
    page::BudgetPossible {
        colonne: colonne.word().to_owned(),
        sections: sections(p, colonne),
        virement: closing("021"),
        emprunt: closing("1641"),
        verifications: checks.iter().map(|v| check(&p.budget, v)).collect(),
    }
}

/// Section, sens, real, chapitre, account and function of a line voted.
type PlaceVotee<'a> = (Section, Sens, bool, &'a str, &'a str, &'a str);

/// Puts beside each line what the budgets of the exercice already voted on its account and function; those
/// voted alone are added, proposed at zero.
fn voted_by_line(
    frame: &BudgetFrame,
    documents: &[usize],
    label: impl Fn(&str) -> &'static str,
    rows: &mut Vec<page::LigneProposee>,
) {
    if documents.is_empty() {
        return;
    }
    let mut votes: BTreeMap<PlaceVotee<'_>, Centimes> = BTreeMap::new();
    for l in documents.iter().flat_map(|i| frame.lignes_of(*i)) {
        let amount = l.vote.unwrap_or_default() + l.rar_precedent.unwrap_or_default();
        let real = l.ordre == Ordre::Reel;
        let key = (l.section, l.sens, real, l.chapitre.as_str(), l.nature.as_str());
        *votes.entry((key.0, key.1, key.2, key.3, key.4, l.fonction.as_str())).or_default() +=
            amount;
    }
    for row in rows.iter_mut() {
        row.deja_vote = Some(Centimes::ZERO);
    }
    for ((section, sens, real, chapitre, nature, fonction), amount) in votes {
        let ordre = if real { "reel" } else { "ordre" };
        let same = |r: &&mut page::LigneProposee| {
            (r.section.as_str(), r.sens.as_str()) == (section.letter(), sens.letter())
                && (r.ordre.as_str(), r.chapitre.as_str()) == (ordre, chapitre)
                && (r.nature.as_str(), r.fonction.as_str()) == (nature, fonction)
        };
        // one account may hold a remainder, an operation and the loan that balances: the usual line first
        let first = rows.iter_mut().filter(same).min_by_key(|r| (r.report, r.equilibre));
        match first {
            Some(row) => row.deja_vote = Some(amount),
            None if amount == Centimes::ZERO => {}
            None => rows.push(page::LigneProposee {
                section: section.letter().to_owned(),
                sens: sens.letter().to_owned(),
                ordre: ordre.to_owned(),
                chapitre: chapitre.to_owned(),
                nature: nature.to_owned(),
                fonction: fonction.to_owned(),
                libelle: label(nature).to_owned(),
                origine: OriginePrevision::Connu.word().to_owned(),
                deja_vote: Some(amount),
                raison: "déjà voté pour cet exercice ; rien de proposé à ce compte".to_owned(),
                ..page::LigneProposee::default()
            }),
        }
    }
    let place = |r: &page::LigneProposee| (r.section.clone(), r.sens.clone(), r.chapitre.clone());
    rows.sort_by_key(|r| (place(r), r.nature.clone(), r.fonction.clone()));
}

/// Real operating lines by service.
fn by_service(p: &Proposition) -> Vec<page::ServicePropose> {
    let mut groups: BTreeMap<&str, page::ServicePropose> = BTreeMap::new();
    let real = |l: &&LigneProposee| {
        l.section == Section::F && l.ordre == Ordre::Reel && l.chapitre != "002"
    };
    for l in p.lignes.iter().filter(real) {
        let cell = groups.entry(l.service.as_str()).or_default();
        if l.sens == Sens::D {
            cell.reference += l.reference;
            cell.depenses += l.central;
        } else {
            cell.recettes += l.central;
        }
    }
    let named = |(name, cell): (&str, page::ServicePropose)| page::ServicePropose {
        service: if name.is_empty() { "sans service" } else { name }.to_owned(),
        ..cell
    };
    let mut out: Vec<page::ServicePropose> = groups.into_iter().map(named).collect();
    out.sort_by_key(|s| fr::cle_tri(&s.service));
    out
}

fn together(all: &[Proposition]) -> page::Consolide {
    let (chapitres, flux) = consolide::consolider(all);
    let net = |somme: Centimes, flux: Centimes| somme - flux;
    page::Consolide {
        chapitres: chapitres
            .into_iter()
            .map(|c| page::ChapitreConsolide {
                section: c.section.letter().to_owned(),
                sens: c.sens.letter().to_owned(),
                chapitre: c.chapitre,
                somme: c.somme,
                flux: c.flux,
                net: net(c.somme, c.flux),
            })
            .collect(),
        flux: flux
            .into_iter()
            .map(|f| page::FluxInterne {
                libelle: f.libelle,
                compte_depense: f.comptes.0,
                compte_recette: f.comptes.1,
                depense: f.depense,
                recette: f.recette,
                elimine: f.elimine,
            })
            .collect(),
    }
}
