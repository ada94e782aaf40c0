//! Scenarios side by side, cost of services, ratios of the last accounts.
//!
//! **Invariant:** each table says its convention, its keys or its source.

use super::super::table::{Cellule, Colonne, Table};
use super::super::{Html, layout};
use crate::report::fr::{self, Unite};
use crate::report::model::preparation::Preparation;

/// Every scenario, year by year.
pub(super) fn scenarios(html: &mut Html, p: &Preparation) {
    let all = &p.comparaison;
    if all.len() < 2 {
        return;
    }
    let names: std::collections::BTreeSet<&str> = all.iter().map(|s| s.nom.as_str()).collect();
    let lead = format!(
        "*{}* côte à côte, jusqu'à l'épargne nette et au désendettement.",
        fr::compte(names.len() as u64, "scénario", "scénarios")
    );
    html.section("comparaison", "Les scénarios année par année", &lead);
    html.p("La dette compte les emprunts connus et ceux du scénario, aucun autre emprunt nouveau.");
    html.p("Un montant connu ne bouge dans aucun scénario.");
    let unit = Unite::detail(all.iter().map(|s| s.epargne_brute));
    let columns = vec![
        Colonne::mot("Scénario"),
        Colonne::nombre("Exercice"),
        Colonne::nombre("Épargne brute"),
        Colonne::nombre("Épargne nette"),
        Colonne::nombre("Taux (%)"),
        Colonne::nombre("Encours"),
        Colonne::nombre("Désendettement (ans)"),
        Colonne::mot("Hypothèses"),
    ];
    let mut table = Table::triable(format!("Scénarios, {}", layout::en(unit)), columns);
    for s in all {
        table.ligne(vec![
            Cellule::mot(&s.nom),
            Cellule::annee(s.exercice),
            Cellule::montant(s.epargne_brute, unit),
            Cellule::montant(s.epargne_nette, unit),
            Cellule::decimal_ou(s.taux_pct, 1),
            Cellule::montant_ou(s.encours, unit),
            Cellule::decimal_ou(s.desendettement, 1),
            Cellule::prose(&s.libelle),
        ]);
    }
    html.table(&table);
    html.faire("écrire vos scénarios dans vigie.toml, tables [scenario.NOM] et mesure.");
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
    html.p("Le coût net ôte les recettes du service ; l'investissement n'y est pas.");
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
        Colonne::nombre("Couvert par les recettes (%)"),
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
    html.p("Les seuils du réseau d'alerte sont historiques : repères, sans valeur légale.");
    let columns = vec![
        Colonne::mot("Ratio"),
        Colonne::mot("Ce qu'il mesure"),
        Colonne::nombre("Calculé"),
        Colonne::mot("Unité"),
        Colonne::mot("Imprimé dans le document"),
        Colonne::mot("Seuil historique"),
        Colonne::mot("Source"),
        Colonne::mot("À vérifier"),
    ];
    let mut table = Table::triable("Ratios des comptes", columns);
    for r in &p.ratios {
        let (digits, unit) = match r.unite.as_str() {
            "euros" => (2, "€ par habitant"),
            "pourcent" => (2, "%"),
            _ => (3, "coefficient"),
        };
        table.ligne(vec![
            Cellule::mot(&r.code),
            Cellule::prose(&r.libelle),
            Cellule::decimal_ou(r.valeur, digits),
            Cellule::mot(unit),
            r.imprime.as_ref().map_or_else(Cellule::absente, |t| Cellule::mot(t.trim())),
            r.seuil.as_ref().map_or_else(Cellule::absente, Cellule::prose),
            Cellule::prose(&r.source),
            Cellule::prose(&r.confiance),
        ]);
    }
    html.table(&table);
    html.faire(
        "citer la convention ; un écart avec l'imprimé vient souvent d'une autre convention.",
    );
    html.close();
}
