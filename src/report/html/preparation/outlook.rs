//! Rhythm of the year, scenarios and debt.
//!
//! **Invariant:** a section without data says why and what would fill it.

use super::super::figures::grid_figure;
use super::super::table::{Cellule, Colonne, Table};
use super::super::{Html, layout};
use super::Context;
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::chart::columns::{Annee, Columns};
use crate::report::chart::scale::Echelle;
use crate::report::chart::tornado::Tornado;
use crate::report::chart::{Figure, Graphique};
use crate::report::fr::{self, Unite};
use crate::report::model::GrilleMois;
use crate::report::model::preparation::{AnneeDette, Preparation};

pub(super) fn saisonnalite(
    html: &mut Html,
    context: &Context<'_>,
    grid: Option<&GrilleMois>,
) -> Result<(), Refus> {
    const TITLE: &str = "Quand la commune paie";
    let Some(grid) = grid.filter(|g| !g.lignes.is_empty()) else {
        let why = ("il manque les mandats datés.", "ajouter l'export des mandats de l'année.");
        html.absent("saisonnalite", TITLE, why);
        return Ok(());
    };
    let peak = grid
        .lignes
        .iter()
        .take(1)
        .flat_map(|l| l.mois.iter().enumerate().filter_map(move |(m, v)| v.map(|v| (l, m, v))))
        .max_by(|a, b| a.2.total_cmp(&b.2));
    let conclusion = peak.map_or_else(String::new, |(l, m, v)| {
        let month = fr::mois(m as i8 + 1);
        let share = fr::pourcent(v, 0);
        if l.libelle == "Toutes les dépenses" {
            return format!(
                "Le mois le plus chargé est *{month}* : {share} des dépenses de l’année."
            );
        }
        let name = fr::coupe(&l.libelle.to_lowercase(), 40);
        format!("Le mois le plus chargé est *{month}* : {share} de « {name} ».")
    });
    html.section("saisonnalite", TITLE, &conclusion);
    let (figure, table) = grid_figure(
        grid,
        0,
        (
            "saisonnalite",
            &peak_title(grid),
            "En % de l’année ; décembre compte la journée complémentaire",
        ),
        context.source(),
    );
    html.figure(
        figure,
        "chaque ligne fait 100 ; plus la case est foncée, plus le mois pèse.",
        &table,
    )?;
    html.close();
    Ok(())
}

/// Share paid by the end of the first half of the year.
fn peak_title(grid: &GrilleMois) -> String {
    let first: Option<f64> = grid.lignes.first().map(|l| l.mois.iter().take(6).flatten().sum());
    first.map_or_else(
        || "Part de l’année payée chaque mois".to_owned(),
        |share| {
            format!("À fin juin, {} des dépenses de l’année sont payées", fr::pourcent(share, 0))
        },
    )
}

pub(super) fn scenarios(
    html: &mut Html,
    context: &Context<'_>,
    p: &Preparation,
) -> Result<(), Refus> {
    const TITLE: &str = "Scénarios et hypothèses";
    if p.sensibilites.is_empty() && p.scenarios.is_empty() {
        let why = ("aucune hypothèse n'est fournie.", "écrire un scénario dans vigie.toml.");
        html.absent("scenarios", TITLE, why);
        return Ok(());
    }
    let widest = p.sensibilites.iter().max_by_key(|s| s.effet_bas.abs().max(s.effet_haut.abs()));
    let conclusion = widest.map_or_else(
        || "Chaque scénario change l'épargne brute.".to_owned(),
        |s| {
            let effect = s.effet_bas.abs().max(s.effet_haut.abs());
            format!("Ce qui pèse le plus : *{}*, soit {}.", s.hypothese, fr::phrase(effect))
        },
    );
    html.section("scenarios", TITLE, &conclusion);
    if !p.sensibilites.is_empty() {
        tornado(html, context, p)?;
    }
    if !p.scenarios.is_empty() {
        let unit = Unite::de(p.scenarios.iter().map(|s| s.epargne_brute));
        let columns = vec![
            Colonne::mot("Scénario"),
            Colonne::mot("Hypothèses"),
            Colonne::nombre(format!("Épargne brute ({})", unit.mot())),
            Colonne::nombre("Taux d’épargne brute (%)"),
            Colonne::nombre("Désendettement, emprunts signés (ans)"),
        ];
        let mut table = Table::simple(format!("Scénarios {}", context.year), columns);
        for s in &p.scenarios {
            table.ligne(vec![
                Cellule::mot(&s.nom),
                Cellule::prose(&s.hypotheses),
                Cellule::montant(s.epargne_brute, unit),
                Cellule::decimal_ou(s.taux_epargne_brute, 1),
                Cellule::decimal_ou(s.capacite_desendettement, 1),
            ]);
        }
        html.table(&table);
    }
    html.faire("choisir un scénario avant d'arbitrer les chapitres ; en ajouter avec --scenario ou vigie.toml.");
    html.close();
    Ok(())
}

fn tornado(html: &mut Html, context: &Context<'_>, p: &Preparation) -> Result<(), Refus> {
    let list = &p.sensibilites;
    let unit = Unite::de(list.iter().flat_map(|s| [s.effet_bas, s.effet_haut]));
    let lines = list
        .iter()
        .map(|s| (s.hypothese.clone(), s.effet_bas.0 as f64, s.effet_haut.0 as f64))
        .collect();
    let figure = Figure {
        numero: 0,
        nom: "hypotheses".to_owned(),
        titre: list.first().map_or_else(String::new, |s| {
            let effect = s.effet_bas.abs().max(s.effet_haut.abs());
            let name = s.hypothese.split(" : ").next().unwrap_or(&s.hypothese);
            format!("{} : jusqu’à {} d’épargne brute", fr::majuscule(name), fr::phrase(effect))
        }),
        sous_titre: format!(
            "Effet sur l’épargne brute {}, chaque hypothèse en moins puis en plus",
            layout::en(unit)
        ),
        source: context.source(),
        alternative: format!("{} hypothèses, de la plus lourde à la plus légère.", list.len()),
        graphique: Graphique::Tornado(Tornado { echelle: Echelle::Argent(unit), lignes: lines }),
    };
    let columns = vec![
        Colonne::mot("Hypothèse"),
        Colonne::nombre("Effet bas"),
        Colonne::nombre("Effet haut"),
    ];
    let mut table =
        Table::simple(format!("Effet sur l’épargne brute, {}", layout::en(unit)), columns);
    for s in list {
        table.ligne(vec![
            Cellule::mot(&s.hypothese),
            Cellule::variation(s.effet_bas, unit),
            Cellule::variation(s.effet_haut, unit),
        ]);
    }
    html.figure(figure, "la barre la plus longue est l'hypothèse à discuter d'abord.", &table)
}

pub(super) fn dette(html: &mut Html, context: &Context<'_>, p: &Preparation) -> Result<(), Refus> {
    const TITLE: &str = "Dette";
    let Some(last) = p.dette.last() else {
        let why = ("aucun emprunt n'est décrit.", "écrire les emprunts dans vigie.toml.");
        if p.dettes_annexes.is_empty() {
            html.absent("dette", TITLE, why);
        } else {
            html.section("dette", TITLE, "Le budget principal n'a *aucun emprunt décrit*.");
            annexes(html, p);
            html.close();
        }
        return Ok(());
    };
    let known = format!(
        "Emprunts déjà signés seuls : fin {}, il resterait *{}* à rembourser.",
        last.exercice,
        fr::phrase(last.encours)
    );
    let plan = super::proposition::plan(&p.financement);
    match plan.split_first() {
        Some((lead, rest)) => {
            html.section("dette", TITLE, lead);
            for text in rest {
                html.p(text);
            }
            html.p(&known);
            html.p("Le graphique et le tableau comptent les emprunts déjà signés seuls.");
        }
        None => html.section("dette", TITLE, &known),
    }
    debt_figure(html, context, p, last)?;
    if let Some(first) = p.dette.first() {
        difference(html, first);
    }
    annexes(html, p);
    html.close();
    Ok(())
}

/// The payments of each year.
fn debt_figure(
    html: &mut Html,
    context: &Context<'_>,
    p: &Preparation,
    last: &AnneeDette,
) -> Result<(), Refus> {
    let unit = Unite::de(p.dette.iter().map(|a| a.annuite));
    let annees = p
        .dette
        .iter()
        .map(|a| Annee {
            libelle: a.exercice.to_string(),
            parts: [a.capital.0 as f64, a.interets.0 as f64],
            total: a.annuite.0 as f64,
            note: a.capacite_desendettement.map_or_else(String::new, |y| {
                format!("{}{}{}", fr::decimal(y, 1), fr::NBSP, fr::accord(y, "an", "ans"))
            }),
        })
        .collect();
    let figure = Figure {
        numero: 0,
        nom: "dette".to_owned(),
        titre: format!("Annuité {} : {}", last.exercice, fr::phrase(last.annuite)),
        sous_titre: format!(
            "{} ; sous l’année : désendettement, emprunts signés seuls",
            fr::majuscule(&layout::en(unit))
        ),
        source: context.source(),
        alternative: "Capital et intérêts payés, année par année.".to_owned(),
        graphique: Graphique::Columns(Columns {
            echelle: Echelle::Argent(unit),
            parts: ["capital".to_owned(), "intérêts".to_owned()],
            annees,
        }),
    };
    html.figure(
        figure,
        "désendettement à surveiller de 8 à 12 ans, préoccupant au-delà ; sans valeur légale.",
        &table_dette("Dette", &p.dette),
    )
}

/// Why the interest of the budget is not that of the loans described, with both amounts.
fn difference(html: &mut Html, first: &AnneeDette) {
    let gap = first.interets - first.interets_etat;
    if gap == Centimes::ZERO {
        return;
    }
    let all = fr::phrases([first.interets, first.interets_etat, gap]);
    html.p(&format!(
        "Intérêts {} : *{}* prévus au 66111, {} selon les emprunts décrits, soit {} d'écart.",
        first.exercice, all[0], all[1], all[2]
    ));
    html.p(
        "La prévision suit ce que les comptes ont payé les années passées. L'état de la dette compte les \
         seuls emprunts décrits, à leur taux actuel. Intérêts courus, couvertures et lignes de trésorerie \
         font l'écart.",
    );
}

/// The debt of the other budgets.
fn annexes(html: &mut Html, p: &Preparation) {
    for d in &p.dettes_annexes {
        html.el("h3", &[], &format!("Budget {}", d.budget));
        if let Some(a) = d.annees.iter().find(|a| a.capital > Centimes::ZERO) {
            html.p(&format!(
                "Prochain capital à rembourser : *{}* en {}.",
                fr::phrase(a.capital),
                a.exercice
            ));
        }
        html.table(&table_dette(&format!("Dette, budget {}", d.budget), &d.annees));
        if let Some(first) = d.annees.first() {
            difference(html, first);
        }
    }
}

fn table_dette(title: &str, annees: &[AnneeDette]) -> Table {
    let unit = Unite::detail(annees.iter().flat_map(|a| [a.annuite, a.encours]));
    let columns = vec![
        Colonne::nombre("Exercice"),
        Colonne::nombre("Capital"),
        Colonne::nombre("Intérêts prévus"),
        Colonne::nombre("Annuité"),
        Colonne::nombre("Encours au 31 décembre"),
        Colonne::nombre("Désendettement (ans)"),
        Colonne::nombre("Intérêts des emprunts décrits"),
    ];
    let mut table = Table::simple(format!("{title}, {}", layout::en(unit)), columns);
    for a in annees {
        table.ligne(vec![
            Cellule::annee(a.exercice),
            Cellule::montant(a.capital, unit),
            Cellule::montant(a.interets, unit),
            Cellule::montant(a.annuite, unit),
            Cellule::montant(a.encours, unit),
            Cellule::decimal_ou(a.capacite_desendettement, 1),
            Cellule::montant(a.interets_etat, unit),
        ]);
    }
    table
}
