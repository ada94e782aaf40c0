//! `vigie prevoir` and `vigie rapport preparation`: accounts in, forecast and pages out.
//!
//! **Invariant:** figures come from `budget`; here they are only gathered by page and by chart.

use serde_json::json;

use crate::budget::couverture::{self, Couverture};
use crate::budget::ecarts::{self, Rejeu};
use crate::budget::epargne::{self, Epargne};
use crate::budget::postes;
use crate::budget::{
    self, Budget, Cible, Connu, Correction, LignePrevision, Niveau, Options, Prevision,
};
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::progress::Progress;
use crate::domain::ratios::Cause;
use crate::domain::refus::Refus;
use crate::report::model::preparation as page;
use crate::report::model::preparation::{ChapitrePrevu, CouvertureModele, Inconnue, Preparation};
use crate::report::model::proposition::ChapitrePropose;
use crate::report::model::{Cascade, Poste};
use crate::report::{Page, csv, fr, json as report_json};

use super::Bilan;
use super::atterrissage;
use super::chapitres::{self, to_decide};
use super::communes;
use super::comparaison;
use super::config::{Config, SensToml};
use super::constantes;
use super::dette;
use super::entrees::{Entrees, Lecture};
use super::financement;
use super::indicateurs;
use super::leviers;
use super::livraison::{self, Livraison};
use super::projections;
use super::proposition;
use super::rejeu::{agreed, bias, compared, errors, mean_error, misses, restated};
use super::repartition;
use super::scenarios;
use super::tresorerie;

/// Options of the forecast.
#[derive(Debug, Clone, Default)]
pub struct Choix {
    /// First exercice to forecast; the one after the last accounts by default.
    pub exercice: Option<u16>,
    /// Exercices forecast.
    pub horizon: u8,
    /// Name of the scenario that the forecast follows; central by default.
    pub scenario: Option<String>,
    /// Scenarios described as options.
    pub scenarios: Vec<(String, super::config::Scenario)>,
    /// Nomenclature of the codes; the one in force by default.
    pub nomenclature: Option<String>,
}

/// `vigie prevoir`.
///
/// # Errors
/// No executed accounts among the inputs, or the result cannot be written.
pub fn prevoir(
    config: &Config,
    entrees: &Entrees,
    choix: &Choix,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    run(config, entrees, choix, progress, false)
}

/// `vigie rapport preparation`.
///
/// # Errors
/// See [`prevoir`].
pub fn rapport(
    config: &Config,
    entrees: &Entrees,
    choix: &Choix,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    run(config, entrees, choix, progress, true)
}

fn run(
    config: &Config,
    entrees: &Entrees,
    choix: &Choix,
    progress: &dyn Progress,
    pages: bool,
) -> Result<Bilan, Refus> {
    let name = if pages { "preparation" } else { "prevoir" };
    communes::each(config, entrees, name, progress, &|config, lecture| {
        prepare(config, lecture, choix, progress, pages)
    })
}

fn prepare(
    config: &Config,
    mut lecture: Lecture,
    choix: &Choix,
    progress: &dyn Progress,
    pages: bool,
) -> Result<Bilan, Refus> {
    lecture.masquer(config);
    let (prevision, preparation) = if pages {
        object(config, &lecture, choix, progress)?
    } else {
        plain(config, &lecture, choix, progress)?
    };
    let year = prevision.lignes.first().map_or(0, |l| l.exercice);
    let name = if pages { "preparation" } else { "prevoir" };
    let sortie = config.sortie(&format!("{name}-{year}"))?;
    let mut livraison = Livraison::new(config, &lecture, &sortie);
    livraison.rapport.exercice = year;
    livraison.principal_first(&lecture, &prevision);
    livraison.rapport.preparation = Some(preparation);
    let bilan = deliver(&livraison, &lecture, &prevision, (choix, pages))?;
    livraison.finish(&lecture)?;
    sortie.deliver(bilan)
}

/// The forecast, and its object without what only the page shows.
fn plain(
    config: &Config,
    lecture: &Lecture,
    choix: &Choix,
    progress: &dyn Progress,
) -> Result<(Prevision, Preparation), Refus> {
    progress.tick("Prévision", 0, 0);
    let mut prevision = forecast(config, lecture, choix)?;
    let mut out = build(lecture, &prevision);
    if let Some(name) = &choix.scenario {
        out.scenario.clone_from(name);
    }
    out.inconnues
        .retain(|i| !indicateurs::is_typed(&i.sujet, &config.fichier.connu, out.exercice_base));
    proposals(config, lecture, &prevision, &mut out);
    let told = compare(config, lecture, choix, &prevision, &mut out)?;
    let words = |i: &Inconnue| format!("{} à faire : {}", i.raison, i.a_faire);
    prevision.avertissements.extend(told.iter().map(words));
    out.inconnues.extend(told);
    Ok((prevision, out))
}

/// The forecast, and the whole object of `preparation.html`.
///
/// # Errors
/// See [`forecast`].
pub fn object(
    config: &Config,
    lecture: &Lecture,
    choix: &Choix,
    progress: &dyn Progress,
) -> Result<(Prevision, Preparation), Refus> {
    let (prevision, mut out) = plain(config, lecture, choix, progress)?;
    let Some(budget) = principal(&prevision) else { return Ok((prevision, out)) };
    if let Some(ledger) = &lecture.ledger {
        out.saisonnalite = repartition::saisonnalite(budget, ledger);
        let typed = config.fichier.tresorerie.as_ref();
        let proposed = out.propositions.iter().find(|p| p.budget == budget.nom);
        out.tresorerie = tresorerie::build(budget, ledger, &prevision, typed, proposed);
    }
    out.scenarios_projetes = projections::scenarios(budget, &out.projections, &out.comparaison);
    out.couvertures = coverage(couverture::couvertures(budget));
    Ok((prevision, out))
}

/// The proposals, their checks and what the law asks at that population.
fn proposals(config: &Config, lecture: &Lecture, prevision: &Prevision, page: &mut Preparation) {
    let (all, together) = proposition::build(lecture, prevision, &proposition::saisie(config));
    let year = prevision.lignes.first().map_or(0, |l| l.exercice);
    let typed = config.fichier.commune.population;
    let read = || lecture.budget.documents.iter().rev().find_map(|d| d.population);
    page.obligations = proposition::duties(typed.or_else(read), year);
    for chapitre in &mut page.chapitres {
        let ours = all.iter().find(|p| p.budget == chapitre.budget);
        let same = |c: &&ChapitrePropose| {
            (&c.section, &c.sens, &c.chapitre)
                == (&chapitre.section, &chapitre.sens, &chapitre.code)
        };
        let Some(proposed) = ours.and_then(|p| p.chapitres.iter().find(same)) else { continue };
        let central = proposed.central;
        chapitre.proposition = Some(central);
        chapitre.ecart_bp = chapitre.bp_precedent.map(|voted| central - voted);
    }
    let ours = principal(prevision).and_then(|b| all.iter().find(|p| p.budget == b.nom));
    if let Some(proposed) = ours {
        financement::with_loans(&mut page.indicateurs, proposed);
    }
    if let Some(budget) = principal(prevision) {
        page.financement = financement::annees(budget, prevision, ours, &page.dette);
        page.emprunts_supposes = financement::supposes(budget);
    }
    page.propositions = all;
    page.consolide = together;
}

/// Scenarios side by side, cost of services and ratios of the principal budget; gives what to tell of the
/// scenarios described.
fn compare(
    config: &Config,
    lecture: &Lecture,
    choix: &Choix,
    prevision: &Prevision,
    page: &mut Preparation,
) -> Result<Vec<Inconnue>, Refus> {
    let Some(budget) = principal(prevision) else { return Ok(Vec::new()) };
    let years = || prevision.lignes.iter().filter(|l| l.budget == budget.nom).map(|l| l.exercice);
    let horizon = (years().min().unwrap_or(0), years().max().unwrap_or(0));
    let mut told = scenarios::review(config, choix, horizon)?;
    let plain = Choix { scenario: None, ..choix.clone() };
    let central = match scenarios::followed(choix) {
        Some(_) => Some(forecast(config, lecture, &plain)?),
        None => None,
    };
    let compared = comparaison::scenarios(&comparaison::Sujet {
        config,
        choix,
        budget,
        prevision,
        central: central.as_ref(),
        proposition: page.propositions.iter().find(|p| p.budget == budget.nom),
    });
    page.inconnues.extend(compared.hors_prevision);
    page.comparaison = compared.annees;
    page.scenarios = compared.premiere;
    page.sensibilites = compared.sensibilites;
    page.couts = comparaison::costs(config, lecture, budget);
    page.ratios = comparaison::ratios(config, lecture, budget);
    told.extend(compared.sans_effet);
    Ok(told)
}

/// The forecast of the budgets read.
///
/// # Errors
/// No budget document, or no executed accounts before the exercice asked for.
pub fn forecast(config: &Config, lecture: &Lecture, choix: &Choix) -> Result<Prevision, Refus> {
    if !(1..=5).contains(&choix.horizon) {
        return Err(Refus::new(
            format!("horizon de {} exercices impossible", choix.horizon),
            "choisir --horizon de 1 à 5",
        ));
    }
    scenarios::check_options(config, choix)?;
    let frame = lecture.need_budget()?;
    let options = Options {
        exercice: choix.exercice,
        horizon: usize::from(choix.horizon),
        nomenclature: choix.nomenclature.clone(),
        corrections: corrections(config),
        noms: names(config),
        hypotheses: scenarios::hypotheses(config, choix)?,
        programme: proposition::saisie(config).operations,
        emprunts: dette::loans(config)?,
        taxes: leviers::taxes(config)?,
        dotations: leviers::dotations(config)?,
        jour: Some(atterrissage::jour(config)),
        fongibilite: atterrissage::fongibilite(config)?,
    };
    budget::prevoir_en_cours(frame, lecture.payments(), &options, &known(config)?)
}

/// Names of the budgets by SIRET, as typed after `--budget`.
fn names(config: &Config) -> Vec<(String, String)> {
    config.fichier.budget.iter().map(|b| (b.siret.clone(), b.nom.clone())).collect()
}

/// Known amounts of vigie.toml.
fn known(config: &Config) -> Result<Vec<Connu>, Refus> {
    let one = |c: &super::config::Connu| {
        let cible = match (&c.code, &c.poste) {
            (Some(code), _) => Cible::Code(code.clone()),
            (None, Some(poste)) => Cible::Poste(poste_named(poste)?),
            (None, None) => {
                return Err(Refus::new(
                    format!("le montant connu de {} ne dit ni code ni poste", c.exercice),
                    "écrire code = \"…\" (compte ou chapitre) ou poste = \"…\" dans [[connu]]",
                ));
            }
        };
        Ok(Connu {
            budget: c.budget.clone(),
            exercice: c.exercice,
            sens: sens(c.sens),
            cible,
            montant: c.montant,
            source: c.source.clone(),
            calcule: false,
        })
    };
    config.fichier.connu.iter().map(one).collect()
}

fn poste_named(code: &str) -> Result<&'static str, Refus> {
    postes::named(code).map(|p| p.code).ok_or_else(|| {
        let list: Vec<&str> = postes::all().map(|p| p.code).collect();
        Refus::new(
            format!("le poste « {code} » n'existe pas"),
            "choisir un poste de la liste, ou donner le compte avec code = \"…\"",
        )
        .with_extrait(format!("postes : {}", list.join(", ")))
    })
}

fn sens(typed: SensToml) -> Sens {
    match typed {
        SensToml::D => Sens::D,
        SensToml::R => Sens::R,
    }
}

fn corrections(config: &Config) -> Vec<Correction> {
    let typed = config.fichier.retraitement.iter();
    typed
        .map(|r| Correction {
            budget: r.budget.clone(),
            exercice: r.exercice,
            sens: r.sens.map(sens),
            code: r.code.clone(),
            montant: r.montant,
            motif: r.motif.clone(),
        })
        .collect()
}

fn deliver(
    livraison: &Livraison<'_>,
    lecture: &Lecture,
    prevision: &Prevision,
    (choix, pages): (&Choix, bool),
) -> Result<Bilan, Refus> {
    let rows = livraison.rapport.preparation.as_ref().map_or(&[][..], |p| &p.previsions);
    if pages {
        livraison.page(Page::Preparation)?;
    } else {
        livraison.write("previsions.csv", &csv::previsions(rows)?)?;
        let landings = livraison.rapport.preparation.as_ref().map(|p| &p.atterrissages);
        if let Some(all) = landings.filter(|a| !a.is_empty()) {
            livraison.write("atterrissage.csv", &csv::atterrissage(all)?)?;
            livraison.write("mouvements_credits.csv", &csv::mouvements(all)?)?;
        }
        let proposed = livraison.rapport.preparation.as_ref().map(|p| &p.propositions);
        if let Some(all) = proposed.filter(|p| !p.is_empty()) {
            livraison.write("proposition.csv", &csv::proposition(all)?)?;
        }
        if let Some(p) = &livraison.rapport.preparation {
            if !p.comparaison.is_empty() {
                livraison.write("scenarios.csv", &csv::scenarios(&p.comparaison)?)?;
            }
            if !p.couts.is_empty() {
                livraison.write("couts.csv", &csv::couts(&p.couts)?)?;
            }
        }
        livraison.write("resultats.json", &report_json::resultats(&livraison.rapport)?)?;
    }
    Ok(summary(livraison, lecture, prevision, (choix, pages)))
}

/// The principal budget, or the first one.
pub(super) fn principal(prevision: &Prevision) -> Option<&Budget> {
    let named = prevision.budgets.iter().find(|b| b.principal);
    named.or(prevision.budgets.first())
}

/// One operating total of the first forecast year of the principal budget, in words.
fn total(prevision: &Prevision, year: u16, sens: Sens) -> String {
    let mut totals = prevision.lignes.iter().filter(|l| {
        let named = principal(prevision).is_some_and(|b| b.nom == l.budget);
        let here = named && l.exercice == year && l.niveau == Niveau::Total;
        here && l.section == Section::F && l.sens == sens
    });
    totals.next().map_or_else(
        || "néant".to_owned(),
        |l| {
            let (bas, haut) = l.intervalle_80;
            format!(
                "{} (8 chances sur 10 entre {} et {})",
                fr::phrase(l.prevision),
                fr::phrase(bas),
                fr::phrase(haut)
            )
        },
    )
}

/// Tables that `prevoir` writes beside `resultats.json`.
fn written_names(livraison: &Livraison<'_>) -> Vec<&'static str> {
    let Some(p) = &livraison.rapport.preparation else { return vec!["previsions.csv"] };
    let beside = [
        ("previsions.csv", true),
        ("atterrissage.csv", !p.atterrissages.is_empty()),
        ("proposition.csv", !p.propositions.is_empty()),
        ("scenarios.csv", !p.comparaison.is_empty()),
        ("couts.csv", !p.couts.is_empty()),
        ("resultats.json", true),
    ];
    beside.into_iter().filter(|b| b.1).map(|b| b.0).collect()
}

/// The lines for the terminal.
fn summary(
    livraison: &Livraison<'_>,
    lecture: &Lecture,
    prevision: &Prevision,
    (choix, pages): (&Choix, bool),
) -> Bilan {
    let folder = livraison.sortie.nom().display().to_string();
    let year = livraison.rapport.exercice;
    let (written, next) = if pages {
        (
            format!("{folder}/preparation.html, preparation.xlsx, figures, resultats.json"),
            "ouvrir preparation.html ; « vigie init » écrit vigie.toml, où saisir les montants connus",
        )
    } else {
        (
            format!("{folder}/{}", written_names(livraison).join(", ")),
            "« vigie rapport preparation » met cette prévision en page",
        )
    };
    let receipts = total(prevision, year, Sens::R);
    let base = principal(prevision).and_then(|b| b.exercices.last().copied()).unwrap_or(0);
    let mut avertissements = lecture.avertissements();
    avertissements.extend(prevision.avertissements.iter().cloned());
    let mut lignes = vec![("Lu", livraison::read_line(lecture))];
    lignes.extend(livraison::left_line(lecture));
    lignes.extend([
        ("Base", base_words(prevision, base)),
        ("Prévu", format!("exercice {year}, fonctionnement : recettes {receipts}")),
        ("", format!("dépenses {}", total(prevision, year, Sens::D))),
    ]);
    let shown = livraison.rapport.preparation.as_ref();
    lignes.extend(shown.map_or_else(Vec::new, |p| comparaison::terminal(&p.comparaison, choix)));
    lignes.extend([("Écrit", written), ("Suite", next.to_owned())]);
    Bilan {
        lignes,
        json: livraison::object(
            "prevoir",
            &folder,
            json!({"exercice": year, "previsions": prevision.lignes.len()}),
        ),
        avertissements,
        constats: [0; 3],
        lignes_douteuses: lecture.lignes_ecartees(),
    }
}

/// The object of `preparation.html`.
pub fn build(lecture: &Lecture, prevision: &Prevision) -> Preparation {
    let year = prevision.lignes.first().map_or(0, |l| l.exercice);
    let principal = principal(prevision);
    let base = principal.and_then(|b| b.exercices.last().copied()).unwrap_or(0);
    let savings = principal.map(|b| epargne::of(b, prevision));
    let replayed: Vec<(&Budget, Rejeu)> =
        prevision.budgets.iter().map(|b| (b, ecarts::rejeu(b, 2))).collect();
    let mut chapitres: Vec<ChapitrePrevu> = prevision
        .budgets
        .iter()
        .flat_map(|b| chapitres::chapitres(b, lecture, prevision))
        .collect();
    to_decide(&mut chapitres);
    let debt = principal.map(|b| dette::years(b, prevision)).unwrap_or_default();
    let start = savings.as_ref().map_or(base, |s| s.exercice_base);
    let owed = owed(principal, (start, year), &debt);
    Preparation {
        exercice_base: start,
        base: base_words(prevision, base),
        scenario: "central".to_owned(),
        chapitres_a_decider: chapitres.iter().filter(|c| c.a_decider).count() as u64,
        indicateurs: match (principal, &savings) {
            (Some(_), Some(s)) => indicateurs::indicators(s, owed),
            _ => Vec::new(),
        },
        variation_epargne: savings.as_ref().map(|s| cascade(s, year)),
        projections: prevision
            .budgets
            .iter()
            .flat_map(|b| chapitres::totals(b, prevision))
            .chain(projections::consolide(prevision))
            .collect(),
        chapitres,
        inconnues: unknowns(prevision),
        erreurs_passees: replayed
            .iter()
            .filter(|(b, _)| principal.is_some_and(|p| p.nom == b.nom))
            .flat_map(|(_, r)| compared(r))
            .collect(),
        erreur_moyenne_pct: mean_error(&replayed),
        biais: bias(&replayed),
        rejeu: replayed.iter().flat_map(|(b, r)| errors(b, r)).collect(),
        ecarts_passes: replayed.iter().flat_map(|(b, r)| misses(b, r)).collect(),
        retraitements: prevision.budgets.iter().flat_map(restated).collect(),
        conventions: savings
            .as_ref()
            .map(|s| by_convention(s, [start, year], owed))
            .unwrap_or_default(),
        dette: debt,
        dettes_annexes: dette::annexes(prevision, principal),
        atterrissages: prevision.atterrissages.iter().map(atterrissage::build).collect(),
        accords: prevision.budgets.iter().flat_map(agreed).collect(),
        constantes: constantes::used(year),
        previsions: prevision.lignes.iter().map(row).collect(),
        ..Preparation::default()
    }
}

/// Debt at the end of the base and of the first forecast year, loans known only; a base that is not
/// closed owes what its loans leave.
fn owed(
    principal: Option<&Budget>,
    (base, year): (u16, u16),
    years: &[page::AnneeDette],
) -> [Option<Centimes>; 2] {
    let closed = principal.and_then(|b| b.exercices.last()).is_none_or(|last| *last == base);
    let before = if closed {
        principal.and_then(|b| b.dette.last().copied().flatten()).map(|d| d.capital_restant)
    } else {
        principal.and_then(|b| dette::encours(b, base))
    };
    let later = years.iter().find(|a| a.exercice == year).map(|a| a.encours);
    [before, later]
}

/// Épargne of the base and forecast years in each convention.
fn by_convention(
    savings: &Epargne,
    years: [u16; 2],
    owed: [Option<Centimes>; 2],
) -> Vec<page::EpargneConvention> {
    let all = years.into_iter().zip(owed).zip(&savings.conventions);
    all.flat_map(|((exercice, owed), list)| {
        list.iter().map(move |e| page::EpargneConvention {
            exercice,
            convention: e.convention.word().to_owned(),
            libelle: e.convention.words().to_owned(),
            recettes: e.recettes,
            gestion: e.gestion,
            brute: e.brute,
            nette: e.nette,
            taux_pct: e.taux(),
            desendettement: indicateurs::years_of_debt(owed, e.brute),
            pont: e.pont.iter().map(|(account, m)| Poste::new(*account, *m)).collect(),
        })
    })
    .collect()
}

/// What the forecast starts from: the landing of the running exercice when there is one.
fn base_words(prevision: &Prevision, base: u16) -> String {
    let ours = principal(prevision).map(|b| b.nom.as_str());
    let landing = prevision.atterrissages.iter().find(|a| Some(a.budget.as_str()) == ours);
    landing.map_or_else(
        || format!("comptes {base}"),
        |a| format!("atterrissage {} à {} sur comptes {base}", a.exercice, a.fin()),
    )
}

fn cascade(savings: &Epargne, year: u16) -> Cascade {
    let base = savings.exercice_base;
    let state = if savings.atterri { " (atterrissage)" } else { "" };
    let mut causes: Vec<Poste> = Cause::ALL
        .iter()
        .filter_map(|(cause, name)| savings.causes.get(cause).map(|m| Poste::new(*name, *m)))
        .filter(|p| p.montant != Centimes::ZERO)
        .collect();
    causes.sort_by_key(|p| std::cmp::Reverse(p.montant.abs()));
    Cascade {
        depart: Poste::new(format!("Épargne brute {base}{state}"), savings.base.epargne_brute),
        causes,
        arrivee: Poste::new(format!("Épargne brute {year}"), savings.prevu.epargne_brute),
        variation: savings.prevu.epargne_brute - savings.base.epargne_brute,
        hausse_favorable: true,
    }
}

/// Past amounts that make a model worth a line.
const ENOUGH: u64 = 10;

/// What the intervals of each model were worth; those seldom used together.
fn coverage(all: Vec<Couverture>) -> Vec<CouvertureModele> {
    let (mut lines, seldom): (Vec<Couverture>, Vec<Couverture>) =
        all.into_iter().partition(|c| c.montants >= ENOUGH);
    if !seldom.is_empty() {
        lines.push(Couverture {
            modele: "autres modèles".to_owned(),
            montants: seldom.iter().map(|c| c.montants).sum(),
            dedans: seldom.iter().map(|c| c.dedans).sum(),
        });
    }
    let one = |c: Couverture| CouvertureModele {
        couverture_pct: (c.dedans as f64 / c.montants.max(1) as f64 * 1_000.0).round() / 10.0,
        modele: c.modele,
        montants: c.montants,
        dedans: c.dedans,
    };
    lines.into_iter().map(one).collect()
}

/// What the models do not know: warnings, and the chapitres least sure.
fn unknowns(prevision: &Prevision) -> Vec<Inconnue> {
    let warned = prevision.avertissements.iter().map(|text| {
        let (raison, advice) = text.split_once("à faire :").unwrap_or((text, ""));
        let advice = advice.trim();
        Inconnue {
            sujet: "Comptes lus".to_owned(),
            raison: raison.trim().to_owned(),
            a_faire: if advice.is_empty() {
                "vérifier ce point avant le vote".to_owned()
            } else {
                advice.to_owned()
            },
        }
    });
    let mut out: Vec<Inconnue> = warned.collect();
    for (sujet, raison, a_faire) in indicateurs::TO_ENTER {
        out.push(Inconnue {
            sujet: (*sujet).to_owned(),
            raison: (*raison).to_owned(),
            a_faire: (*a_faire).to_owned(),
        });
    }
    out
}

fn row(line: &LignePrevision) -> page::LignePrevision {
    page::LignePrevision {
        exercice: line.exercice,
        distance: line.distance,
        niveau: line.niveau.word().to_owned(),
        budget: line.budget.clone(),
        section: line.section.letter().to_owned(),
        sens: line.sens.letter().to_owned(),
        code: line.code.clone(),
        libelle: line.libelle.clone(),
        dernier_realise: Some(line.dernier_realise),
        prevision: line.prevision,
        bas_80: line.intervalle_80.0,
        haut_80: line.intervalle_80.1,
        bas_95: line.intervalle_95.0,
        haut_95: line.intervalle_95.1,
        origine: line.origine.word().to_owned(),
        modele: line.modele.clone(),
        raison: line.raison.clone(),
        erreur_passee_pct: line.erreur_passee_pct,
    }
}
