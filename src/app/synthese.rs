//! `vigie rapport synthese`: two pages for an elected official, drawn from the same forecast.
//!
//! Shares out of 100 € come from the last accounts, by function when the lines carry one; the rest from
//! the forecast. Means of a strate appear only when a file of comptes individuels was supplied.
//!
//! **Invariant:** no supplier, no finding; a figure is that of `preparation.html`, of its proposal or of a
//! file read.

use crate::budget::epargne::{self, Epargne};
use crate::budget::proposition::EQUIPEMENT;
use crate::budget::{Budget, Niveau, Prevision};
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::progress::Progress;
use crate::domain::ratios::{Agregats, Cause};
use crate::domain::refus::Refus;
use crate::frames::budget::Document;
use crate::frames::reference::Perimetre;
use crate::report::model::preparation::{Indicateur, Preparation, Projection, Scenario};
use crate::report::model::proposition::Proposition;
use crate::report::model::synthese::{BudgetResume, Comparaison, Effectifs, Impot, Synthese};
use crate::report::model::{Fiabilite, PointPasse, PointPrevu, Poste};
use crate::report::{Page, fr};

use super::Bilan;
use super::config::Config;
use super::entrees::{Entrees, Lecture};
use super::financement::{self, Emprunts};
use super::livraison::{self, Livraison};
use super::parts;
use super::preparation::{self, Choix};

/// `vigie rapport synthese`.
///
/// # Errors
/// No executed accounts among the inputs, or the result cannot be written.
pub fn rapport(
    config: &Config,
    entrees: &Entrees,
    choix: &Choix,
    habitants: Option<u32>,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    let mut lecture = Lecture::read(entrees, progress)?;
    lecture.masquer(config);
    let (prevision, preparation) = preparation::object(config, &lecture, choix, progress)?;
    let year = prevision.lignes.first().map_or(0, |l| l.exercice);
    let sortie = config.sortie(&format!("synthese-{year}"))?;
    let mut livraison = Livraison::new(config, &lecture, &sortie);
    if habitants.is_some() {
        livraison.rapport.commune.population = habitants;
    }
    livraison.rapport.exercice = year;
    livraison.principal_first(&lecture, &prevision);
    let mut page = build(&lecture, &prevision, &preparation, &livraison.rapport.commune);
    let raised = page.decisions.iter().any(|d| d.libelle == POINT);
    // one point is one percent of the base
    page.point_par_foyer = config
        .fichier
        .commune
        .base_moyenne
        .filter(|_| raised)
        .and_then(|base| Centimes::from_euros(base.euros() / 100.0));
    let first = page.essentiel.first().map(|s| s.replace('*', "")).unwrap_or_default();
    livraison.rapport.synthese = Some(page);
    progress.tick("Écriture", 0, 0);
    livraison.page(Page::Synthese)?;
    livraison.finish(&lecture)?;
    let folder = sortie.nom().display().to_string();
    let mut avertissements = lecture.avertissements();
    avertissements.extend(prevision.avertissements.iter().cloned());
    let mut lignes = vec![("Lu", livraison::read_line(&lecture))];
    lignes.extend(livraison::left_line(&lecture));
    lignes.extend([
        ("Retenu", first),
        ("Écrit", format!("{folder}/synthese.html, figures, resultats.json")),
        ("Suite", "ouvrir synthese.html et l'imprimer : deux pages A4".to_owned()),
    ]);
    let bilan = Bilan {
        lignes,
        json: livraison::object("synthese", &folder, serde_json::json!({"exercice": year})),
        avertissements,
        lignes_douteuses: lecture.lignes_ecartees(),
        ..Bilan::default()
    };
    sortie.deliver(bilan)
}

/// The object of `synthese.html`.
pub fn build(
    lecture: &Lecture,
    prevision: &Prevision,
    preparation: &Preparation,
    commune: &crate::report::Commune,
) -> Synthese {
    let Some(budget) = preparation::principal(prevision) else { return Synthese::default() };
    let savings = epargne::of(budget, prevision);
    let year = prevision.lignes.first().map_or(0, |l| l.exercice);
    let document = accounts(budget, lecture);
    let lines = document.map(|(i, d)| (d, lecture.budget.lignes_of(i).collect::<Vec<_>>()));
    let proposed = preparation.propositions.iter().find(|p| p.budget == budget.nom);
    let loans = proposed.map_or(Emprunts::Aucun, Emprunts::of);
    let debt = |i: &&Indicateur| i.cle == "capacite_desendettement";
    let dette = preparation.indicateurs.iter().find(debt).cloned();
    let mut out = Synthese {
        essentiel: proposed
            .map(Proposition::manquements)
            .unwrap_or_default()
            .into_iter()
            .chain(essentiel(year, &savings, (dette.as_ref(), loans, elsewhere(budget, prevision))))
            .collect(),
        autofinancement: proposed.map(|p| financement::cascade(p, &savings)),
        dette,
        avenir: Some(avenir(budget, prevision)),
        scenarios: scenarios(preparation, &savings),
        decisions: decisions(budget, prevision, year),
        point_deduit: budget.base_tfb.is_some_and(|b| b.deduite),
        fiabilite: preparation.fiabilite(),
        comparaison: comparaison(lecture, budget, commune),
        budgets: budgets(prevision, year),
        exercice_comptes: budget.exercices.last().copied().unwrap_or(0),
        questions: questions(year, &savings, preparation),
        ..Synthese::default()
    };
    if let Some((document, lines)) = &lines {
        out.recettes = parts::recettes(lines);
        out.depenses = parts::depenses(document, lines);
        out.impots = impots(lecture, document);
        out.effectifs = document.annexes.effectifs.map(|e| Effectifs {
            exercice: document.exercice,
            titulaires: e.titulaires as f64 / 100.0,
            contractuels: e.non_titulaires as f64 / 100.0,
        });
    }
    out
}

/// The executed document of the last exercice of a budget.
fn accounts<'a>(budget: &Budget, lecture: &'a Lecture) -> Option<(usize, &'a Document)> {
    let last = *budget.exercices.last()?;
    let all = lecture.budget.documents.iter().enumerate();
    let ours = all.filter(|(_, d)| {
        d.etape.is_executed()
            && d.exercice == last
            && d.siret == budget.siret
            && d.budget == budget.code
    });
    ours.max_by_key(|(i, d)| (d.etape, std::cmp::Reverse(*i)))
}

fn essentiel(
    year: u16,
    savings: &Epargne,
    (debt, loans, others): (Option<&Indicateur>, Emprunts, Option<(u16, Centimes)>),
) -> Vec<String> {
    let spent = fr::phrase(savings.prevu.drf);
    let mut out = vec![format!("En {year}, faire vivre les services coûterait *{spent}*.")];
    let (point, change) =
        (savings.prevu.epargne_brute, savings.prevu.epargne_brute - savings.base.epargne_brute);
    let move_ = if change < Centimes::ZERO { "de moins" } else { "de plus" };
    out.push(if point > Centimes::ZERO {
        format!(
            "Il resterait *{}* d'épargne, {} {move_} {}.",
            fr::phrase(point),
            fr::phrase(change.abs()),
            since(savings)
        )
    } else {
        "Les recettes courantes ne couvriraient plus les dépenses courantes.".to_owned()
    });
    out.push(match debt.map(|d| d.prevu) {
        Some(crate::report::model::Valeur::Nombre(years)) => {
            let (number, word) = (fr::decimal(years, 1), fr::accord(years, "an", "ans"));
            let whole =
                if others.is_some() { "la dette du budget principal" } else { "toute la dette" };
            let with = loans.avec();
            fr::majuscule(&format!(
                "{with}il faudrait *{number}* {word} de cette épargne pour rembourser {whole}."
            ))
        }
        _ => "La dette n'est pas décrite dans les fichiers lus.".to_owned(),
    });
    out.extend(others.map(|(year, due)| {
        format!("Les autres budgets doivent en plus *{}* fin {year}.", fr::phrase(due))
    }));
    out
}

/// What the other budgets owe in their last accounts, and the last of those years.
fn elsewhere(budget: &Budget, prevision: &Prevision) -> Option<(u16, Centimes)> {
    let others = prevision.budgets.iter().filter(|b| b.nom != budget.nom);
    let owed = others.filter_map(|b| {
        let due = b.dette.last().copied().flatten()?.capital_restant;
        (due.0 > 0).then_some((*b.exercices.last()?, due))
    });
    owed.reduce(|a, b| (a.0.max(b.0), a.1 + b.1))
}

/// What the savings are compared with.
fn since(savings: &Epargne) -> String {
    if savings.atterri {
        format!("que ce que {} devrait laisser", savings.exercice_base)
    } else {
        "qu'à la dernière clôture".to_owned()
    }
}

/// Real total of a section and sens.
fn total(budget: &Budget, prevision: &Prevision, year: u16, of: (Section, Sens)) -> Centimes {
    let found = prevision.lignes.iter().find(|l| {
        l.budget == budget.nom
            && l.exercice == year
            && l.niveau == Niveau::Total
            && (l.section, l.sens) == of
    });
    found.map_or(Centimes::ZERO, |l| l.prevision)
}

/// Past and future épargne brute.
fn avenir(budget: &Budget, prevision: &Prevision) -> Projection {
    let past = epargne::passees(budget).into_iter().map(|(exercice, a)| PointPasse {
        exercice,
        montant: a.epargne_brute,
        atterrissage: false,
    });
    let landed = epargne::atterrie(budget, prevision).map(|(exercice, a)| PointPasse {
        exercice,
        montant: a.epargne_brute,
        atterrissage: true,
    });
    let next = epargne::par_exercice(budget, prevision).into_iter().map(|s| PointPrevu {
        exercice: s.exercice,
        prevision: s.agregats.epargne_brute,
        bas_80: s.intervalle_80.0,
        haut_80: s.intervalle_80.1,
        bas_95: s.intervalle_95.0,
        haut_95: s.intervalle_95.1,
    });
    Projection {
        budget: budget.nom.clone(),
        section: "F".to_owned(),
        sens: "épargne brute".to_owned(),
        passe: past.chain(landed).collect(),
        prevu: next.collect(),
    }
}

/// Scenarios shown.
const SCENARIOS: usize = 3;

/// Those described; with the central one alone, the bounds of the forecast stand beside it.
fn scenarios(p: &Preparation, savings: &Epargne) -> Vec<Scenario> {
    // two pages: the scenarios typed first, the others are in preparation.html
    let mut out: Vec<Scenario> = p
        .scenarios
        .iter()
        .take(SCENARIOS)
        .map(|s| Scenario { hypotheses: plain(&s.hypotheses), ..s.clone() })
        .collect();
    if out.len() == 1 {
        for (nom, value) in
            [("borne basse", savings.intervalle_80.0), ("borne haute", savings.intervalle_80.1)]
        {
            out.push(Scenario {
                nom: nom.to_owned(),
                hypotheses: bound(p.fiabilite()).to_owned(),
                epargne_brute: value,
                taux_epargne_brute: None,
                capacite_desendettement: None,
            });
        }
    }
    out
}

/// What a bound is worth, in the table of scenarios.
fn bound(past: Fiabilite) -> &'static str {
    if past.annees_rejouees == 0 {
        "1 chance sur 10 de la franchir, borne par défaut"
    } else {
        "1 chance sur 10 de la franchir, d'après les erreurs passées"
    }
}

/// The first hypotheses of a scenario, in words that need no glossary: the page is read aloud.
fn plain(hypotheses: &str) -> String {
    const SHOWN: usize = 3;
    let words =
        hypotheses.replace("DGF", "dotation de l’État").replace("DMTO", "droits de mutation");
    let all: Vec<&str> = words.split(" ; ").collect();
    let first = all[..all.len().min(SHOWN)].join(" ; ");
    match all.len().saturating_sub(SHOWN) {
        0 => first,
        1 => format!("{first} ; et 1 autre"),
        n => format!("{first} ; et {n} autres"),
    }
}

/// The decision on the taxe foncière.
const POINT: &str = "+1 point de taxe foncière";

/// One line a decision: what one percent, or one point, is worth a year.
fn decisions(budget: &Budget, prevision: &Prevision, year: u16) -> Vec<Poste> {
    let amount = |sens: Sens, wanted: &str| -> Centimes {
        let lines = prevision.lignes.iter();
        lines
            .filter(|l| l.budget == budget.nom && l.exercice == year && l.sens == sens)
            .filter(|l| l.section == Section::F && l.niveau == Niveau::Chapitre && l.code == wanted)
            .map(|l| l.prevision)
            .sum()
    };
    let cents = |euros: f64| Centimes::from_euros(euros).unwrap_or_default();
    let percent = |m: Centimes| cents(m.euros() / 100.0);
    let mut out = Vec::new();
    if let Some(point) = budget.base_tfb.and_then(|b| b.point()) {
        out.push(Poste::new(POINT, point));
    }
    out.push(Poste::new("+1 % de tarifs des services", percent(amount(Sens::R, "70"))));
    out.push(Poste::new("+1 % de dépenses de personnel", -percent(amount(Sens::D, "012"))));
    out.push(Poste::new("+1 % d’achats et de services", -percent(amount(Sens::D, "011"))));
    out.push(Poste::new("+1 % de subventions et contributions", -percent(amount(Sens::D, "65"))));
    out.retain(|p| p.montant != Centimes::ZERO);
    out
}

/// Lines of the table of budgets.
const BUDGETS: usize = 5;

fn budgets(prevision: &Prevision, year: u16) -> Vec<BudgetResume> {
    if prevision.budgets.len() < 2 {
        return Vec::new();
    }
    let mut all: Vec<&Budget> = prevision.budgets.iter().collect();
    all.sort_by_key(|b| !b.principal);
    let one = |b: &&Budget| BudgetResume {
        nom: b.nom.clone(),
        recettes: total(b, prevision, year, (Section::F, Sens::R)),
        depenses: total(b, prevision, year, (Section::F, Sens::D)),
    };
    let mut rows: Vec<BudgetResume> = all.iter().map(one).collect();
    // two pages: the other budgets are one line
    if rows.len() > BUDGETS {
        let rest = rows.split_off(BUDGETS - 1);
        rows.push(BudgetResume {
            nom: format!("{} autres budgets", rest.len()),
            recettes: rest.iter().map(|b| b.recettes).sum(),
            depenses: rest.iter().map(|b| b.depenses).sum(),
        });
    }
    rows
}

/// Figures of the last accounts, a head and beside the strate when a file gives it: receipts − expenses −
/// what is outside the épargne = épargne brute.
fn comparaison(
    lecture: &Lecture,
    budget: &Budget,
    commune: &crate::report::Commune,
) -> Vec<Comparaison> {
    let Some((year, last)) = epargne::passees(budget).into_iter().next_back() else {
        return Vec::new();
    };
    let works: Centimes = budget
        .series
        .iter()
        .filter(|s| s.section == Section::I && s.sens == Sens::D)
        .filter(|s| EQUIPEMENT.contains(&s.chapitre.as_str()))
        .filter_map(|s| s.realise.last().copied())
        .sum();
    let debt = budget.dette.last().copied().flatten().map(|d| d.capital_restant);
    let Agregats { rrf, drf, personnel, epargne_brute, .. } = last;
    let (apart, name) = hors_epargne(&last);
    let rows = [
        ("Recettes de fonctionnement", "prod", Some(rrf)),
        ("Dépenses de fonctionnement", "charge", Some(drf)),
        (name, "", (apart != Centimes::ZERO).then_some(apart)),
        ("Épargne brute", "caf", Some(epargne_brute)),
        ("Personnel", "perso", Some(personnel)),
        ("Travaux et équipements", "equip", Some(works)),
        ("Dette au 31 décembre", "dette", debt),
    ];
    let mean = |code: &str| {
        let mut keys: Vec<&str> = vec![commune.siren.as_str()];
        keys.extend(lecture.budget.documents.iter().map(|d| d.insee.as_str()));
        let keys = keys.into_iter().filter(|k| !k.is_empty());
        keys.flat_map(|k| (year.saturating_sub(3)..=year).rev().map(move |y| (k, y)))
            .find_map(|(k, y)| lecture.references.find(k, y, Perimetre::Principal, code))
            .and_then(|r| r.moyenne_strate.map(|m| (m, r.exercice)))
    };
    rows.into_iter()
        .filter_map(|(name, code, amount)| amount.map(|m| (name, code, m)))
        .map(|(name, code, montant)| {
            let strate = mean(code);
            Comparaison {
                libelle: name.to_owned(),
                montant,
                par_habitant: commune
                    .population
                    .filter(|p| *p > 0)
                    .and_then(|p| Centimes::from_euros(montant.euros() / f64::from(p))),
                strate: strate.map(|s| s.0),
                strate_exercice: strate.map(|s| s.1),
            }
        })
        .collect()
}

/// What real receipts and expenses hold outside the épargne brute, and its name.
fn hors_epargne(a: &Agregats) -> (Centimes, &'static str) {
    let apart = a.rrf - a.drf - a.epargne_brute;
    let name = match (a.cessions == Centimes::ZERO, a.cessions == apart) {
        (_, true) => "À part : ventes de biens",
        (true, _) => "À part : provisions",
        _ => "À part : ventes et provisions",
    };
    (apart, name)
}

/// Voted rates of the last accounts, with those of the year before.
fn impots(lecture: &Lecture, document: &Document) -> Vec<Impot> {
    let rate = |text: &str| text.trim().replace(',', ".").parse::<f64>().ok().filter(|r| *r > 0.0);
    let before = lecture.budget.documents.iter().find(|d| {
        d.etape.is_executed() && d.siret == document.siret && d.exercice + 1 == document.exercice
    });
    let names = [
        ("02", "Taxe foncière sur le bâti"),
        ("03", "Taxe foncière sur le non bâti"),
        ("01", "Taxe d’habitation"),
        ("08", "Cotisation foncière des entreprises"),
    ];
    let find = |d: &Document, code: &str| d.fiscalite.iter().find(|t| t.code == code).cloned();
    names
        .iter()
        .filter_map(|(code, name)| {
            let tax = find(document, code)?;
            Some(Impot {
                libelle: (*name).to_owned(),
                exercice: document.exercice,
                taux_pct: rate(&tax.taux)?,
                precedent_pct: before.and_then(|d| find(d, code)).and_then(|t| rate(&t.taux)),
                produit: tax.produit,
            })
        })
        .collect()
}

/// Three questions, from what weighs most, what is least sure and what is owed.
fn questions(year: u16, savings: &Epargne, p: &Preparation) -> Vec<String> {
    let mut out = Vec::new();
    let worst = Cause::ALL
        .iter()
        .filter_map(|(c, name)| savings.causes.get(c).map(|m| (*name, *m)))
        .filter(|(_, m)| *m < Centimes::ZERO)
        .min_by_key(|(_, m)| *m);
    if let Some((name, amount)) = worst {
        let cost = fr::phrase(amount.abs());
        let name = name.to_lowercase();
        out.push(format!("Que faire du poste « {name} », qui coûte {cost} d'épargne en {year} ?"));
    }
    let widest = p
        .chapitres
        .iter()
        .filter(|c| c.section == "F")
        .filter_map(|c| c.prevu.first().map(|h| (c, h.haut_80 - h.bas_80)))
        .max_by_key(|(_, width)| *width);
    if let Some((chapitre, _)) = widest {
        let name = fr::coupe(&chapitre.libelle.to_lowercase(), 40);
        out.push(format!("Que sait-on déjà de {year} pour « {name} », le moins sûr ?"));
    }
    let low = fr::phrase(savings.intervalle_80.0);
    out.push(format!("Quel chantier reporter si l'épargne tombait à {low} ?"));
    out
}
