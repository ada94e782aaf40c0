//! Scenarios side by side, cost of services, ratios of the last accounts.
//!
//! **Invariant:** each table says its convention, its keys or its source.

use super::super::table::{Cellule, Colonne, Table};
use super::super::{Html, layout};
use crate::domain::money::Centimes;
use crate::report::fr::{self, Unite};
use crate::report::model::comparaison::{RatioComptes, ScenarioAnnee};
use crate::report::model::preparation::Preparation;

/// Every scenario, years side by side.
pub(super) fn scenarios(html: &mut Html, p: &Preparation) {
    let all = &p.comparaison;
    let mut names: Vec<&str> = all.iter().map(|s| s.nom.as_str()).collect();
    names.dedup();
    let mut years: Vec<u16> = all.iter().map(|s| s.exercice).collect();
    years.sort_unstable();
    years.dedup();
    let Some(last) = years.last().copied().filter(|_| names.len() > 1) else { return };
    let of = |nom: &str, year: u16| all.iter().find(|s| s.nom == nom && s.exercice == year);
    let gap = |nom: &str| of(nom, last).map(|s| s.ecart_nette);
    let worst = names.iter().skip(1).filter_map(|n| gap(n).map(|g| (g, *n))).min();
    let lead = worst.filter(|(g, _)| *g < Centimes::ZERO).map_or_else(
        || format!("*{}* côte à côte.", fr::compte(names.len() as u64, "scénario", "scénarios")),
        |(g, nom)| {
            let cost = fr::phrase(g.abs());
            format!("Le plus lourd, « {nom} », ôte *{cost}* d'épargne nette en {last}.")
        },
    );
    html.section("comparaison", "Les scénarios année par année", &lead);
    html.p("La dette compte les emprunts connus et ceux du scénario, aucun autre emprunt nouveau.");
    html.p("Un montant connu ne bouge dans aucun scénario.");
    let unit = Unite::detail(all.iter().map(|s| s.epargne_nette));
    let mut columns = vec![Colonne::mot("Scénario")];
    for what in ["Brute", "Nette"] {
        columns.extend(years.iter().map(|y| Colonne::nombre(format!("{what} {y}"))));
    }
    columns.push(Colonne::nombre(format!("Écart de nette {last}")));
    columns.extend(years.iter().map(|y| Colonne::nombre(format!("Désendet. {y} (ans)"))));
    let title = format!("Épargne brute et nette {}, désendettement en années", layout::en(unit));
    let mut table = Table::triable(title, columns);
    for nom in &names {
        let mut cells = vec![Cellule::mot(*nom)];
        let each = |pick: &dyn Fn(&ScenarioAnnee) -> Cellule| -> Vec<Cellule> {
            years.iter().map(|y| of(nom, *y).map_or_else(Cellule::absente, pick)).collect()
        };
        cells.extend(each(&|s| Cellule::montant(s.epargne_brute, unit)));
        cells.extend(each(&|s| Cellule::montant(s.epargne_nette, unit)));
        cells.push(gap(nom).map_or_else(Cellule::absente, |g| Cellule::variation(g, unit)));
        cells.extend(each(&|s| Cellule::decimal_ou(s.desendettement, 1)));
        table.ligne(cells);
    }
    html.table(&table);
    html.faire("écrire vos scénarios : option --scenario, ou tables [scenario.NOM] de vigie.toml.");
    html.close();
}

/// What each service costs.
pub(super) fn costs(html: &mut Html, p: &Preparation) {
    const TITLE: &str = "Le coût des services";
    let Some(last) = p.couts.iter().map(|c| c.exercice).max() else {
        let why = ("aucun service n'est décrit.", "écrire des tables [[service]] dans vigie.toml.");
        html.absent("couts", TITLE, why);
        return;
    };
    let dear = p.couts.iter().filter(|c| c.exercice == last).max_by_key(|c| c.net);
    let lead = dear.map_or_else(String::new, |c| {
        format!("En {last}, le plus lourd est « {} » : *{}* net.", c.service, fr::phrase(c.net))
    });
    html.section("couts", TITLE, &lead);
    html.p(
        "Direct : les fonctions du service ; structure : l'administration partagée par les clés.",
    );
    html.p("Le coût net ôte les recettes du service, qui en couvrent la part dite ; sans investissement.");
    let unit = Unite::detail(p.couts.iter().map(|c| c.net));
    let columns = vec![
        Colonne::mot("Service"),
        Colonne::nombre("Exercice"),
        Colonne::nombre("Direct"),
        Colonne::nombre("Structure"),
        Colonne::nombre("Recettes"),
        Colonne::nombre("Net"),
        Colonne::nombre("Net par habitant (€)"),
        Colonne::nombre("Activité"),
        Colonne::mot("Unité"),
        Colonne::nombre("Coût par unité (€)"),
        Colonne::nombre("Couvert (%)"),
    ];
    let mut table = Table::triable(format!("Coût des services, {}", layout::en(unit)), columns);
    for c in &p.couts {
        table.ligne(vec![
            Cellule::mot(&c.service),
            Cellule::annee(c.exercice),
            Cellule::montant(c.depenses, unit),
            Cellule::montant(c.structure, unit),
            Cellule::montant(c.recettes, unit),
            Cellule::montant(c.net, unit),
            Cellule::decimal_ou(c.par_habitant, 2),
            Cellule::decimal_ou(c.quantite, 0),
            Cellule::mot(&c.unite),
            Cellule::decimal_ou(c.par_unite, 2),
            Cellule::decimal_ou(c.couverture_pct, 1),
        ]);
    }
    html.table(&table);
    html.faire("comparer une année à l'autre avant de comparer à une autre commune.");
    html.close();
}

/// Ratios of the last accounts, printed ones beside.
pub(super) fn ratios(html: &mut Html, p: &Preparation) {
    let Some(first) = p.ratios.first() else { return };
    let lead = format!(
        "Comptes {} : une seule convention, et ce que le document imprime.",
        first.exercice
    );
    html.section("ratios", "Les ratios des comptes", &lead);
    html.open("p", &[]);
    html.sentence(&alert(p));
    html.close();
    html.p("Les seuils du réseau d'alerte sont historiques : repères, sans valeur légale.");
    let printed = p.ratios.iter().any(|r| r.imprime.is_some());
    let mean = p.ratios.iter().any(|r| r.moyenne.is_some());
    let mut columns = vec![
        Colonne::mot("Ratio"),
        Colonne::mot("Ce qu'il mesure"),
        Colonne::nombre("Calculé"),
        Colonne::mot("Unité"),
    ];
    for (shown, title) in [(printed, "Imprimé"), (mean, "Moyenne imprimée")] {
        if shown {
            columns.push(Colonne::nombre(title));
        }
    }
    columns.push(Colonne::mot("Seuil historique"));
    columns.push(Colonne::mot("Réseau d'alerte"));
    let mut table = Table::simple("Ratios des comptes", columns);
    for r in &p.ratios {
        table.ligne(ratio_row(r, (printed, mean)));
    }
    html.table(&table);
    sources(html, p);
    html.faire(
        "citer la convention ; un écart avec l'imprimé vient souvent d'une autre convention.",
    );
    html.close();
}

/// A ratio, what is printed of it and the mean when the table shows them.
fn ratio_row(r: &RatioComptes, (printed, mean): (bool, bool)) -> Vec<Cellule> {
    let (digits, unit) = match r.unite.as_str() {
        "euros" => (2, "€/hab."),
        "pourcent" => (2, "%"),
        "annees" => (1, "ans"),
        _ => (3, "coef."),
    };
    let written =
        |t: &Option<String>| t.as_ref().map_or_else(Cellule::absente, |t| Cellule::mot(t.trim()));
    let mut cells = vec![
        Cellule::mot(name(&r.code)),
        Cellule::prose(&r.libelle),
        Cellule::decimal_ou(r.valeur, digits),
        Cellule::mot(unit),
    ];
    if printed {
        cells.push(written(&r.imprime));
    }
    if mean {
        cells.push(written(&r.moyenne));
    }
    cells.push(r.seuil.as_ref().map_or_else(Cellule::absente, Cellule::prose));
    cells.push(match (r.seuil.is_some(), r.depasse) {
        (false, _) => Cellule::absente(),
        (true, None) => Cellule::mot("– non évalué"),
        (true, Some(true)) => Cellule::mot("▲ dépassé"),
        (true, Some(false)) => Cellule::mot("✓ en deçà"),
    });
    cells
}

/// How many criteria of the réseau d'alerte are passed, and what that meant.
fn alert(p: &Preparation) -> String {
    let judged: Vec<&RatioComptes> = p.ratios.iter().filter(|r| r.seuil.is_some()).collect();
    let known = judged.iter().filter(|r| r.depasse.is_some()).count();
    let over: Vec<&str> =
        judged.iter().filter(|r| r.depasse == Some(true)).map(|r| name(&r.code)).collect();
    let missing = match judged.len() - known {
        0 => String::new(),
        n => format!(" ; {} faute de données", fr::compte(n as u64, "non évalué", "non évalués")),
    };
    let all = fr::compte(judged.len() as u64, "critère", "critères");
    match over.len() {
        0 if known == 0 => format!("Réseau d'alerte : aucun de ses {all} n'est évaluable."),
        0 => format!("Réseau d'alerte : aucun seuil dépassé, sur {all}{missing}."),
        n => format!(
            "Réseau d'alerte : *{n}* {} sur {all} ({}){missing}. {}",
            if n == 1 { "seuil dépassé" } else { "seuils dépassés" },
            over.join(", "),
            match n {
                1 | 2 => "À trois, la situation était dite critique.",
                3 => "Trois : la situation était dite critique.",
                _ => "Quatre : la situation était dite très dégradée.",
            }
        ),
    }
}

/// Text of each ratio, and what is to be verified.
fn sources(html: &mut Html, p: &Preparation) {
    html.open("details", &[]);
    html.el("summary", &[], "Sources des ratios, et ce qui reste à vérifier");
    html.open("ul", &[]);
    for r in &p.ratios {
        html.el("li", &[], &format!("{} : {} ; {}.", name(&r.code), r.source, r.confiance));
    }
    html.close();
    html.close();
}

/// Codes as they are said.
fn name(code: &str) -> &str {
    match code {
        "rigidite" => "Rigidité",
        "autofinancement" => "Autofinancement",
        "endettement" => "Endettement",
        "epargne_nette" => "Épargne nette",
        "desendettement" => "Désendettement",
        "R6_DGF" => "R6 (DGF)",
        other => other,
    }
}
