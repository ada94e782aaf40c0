//! Épargne in the stated conventions, with the bridge between them.
//!
//! **Invariant:** no figure is shown without its convention.

use super::super::Html;
use super::super::table::{Cellule, Colonne, Table};
use crate::report::fr::{self, Unite};
use crate::report::model::preparation::{EpargneConvention, Preparation};

const LEAD: &str =
    "Les chiffres de la commune, du CGCT et de la DGFiP ne retirent pas les mêmes comptes.";

/// The section; nothing without accounts.
pub(super) fn conventions(html: &mut Html, p: &Preparation) {
    if p.conventions.is_empty() {
        return;
    }
    html.section("conventions", "L'épargne selon la convention", LEAD);
    let unit = Unite::detail(p.conventions.iter().map(|c| c.brute));
    let amount = |title: &str| Colonne::nombre(format!("{title} ({})", unit.mot()));
    let columns = vec![
        Colonne::mot("Convention"),
        Colonne::nombre("Exercice"),
        amount("Gestion"),
        amount("Brute"),
        amount("Nette"),
        Colonne::nombre("Taux (%)"),
        Colonne::nombre("Désendettement (ans)"),
        Colonne::mot("Depuis la budgétaire"),
    ];
    let mut table = Table::simple("Épargne en trois conventions", columns);
    let mut rows: Vec<&EpargneConvention> = p.conventions.iter().collect();
    rows.sort_by_key(|c| order(c));
    for c in rows {
        table.ligne(vec![
            Cellule::mot(short(c)),
            Cellule::annee(c.exercice),
            Cellule::montant(c.gestion, unit),
            Cellule::montant(c.brute, unit),
            Cellule::montant(c.nette, unit),
            Cellule::decimal_ou(c.taux_pct, 1),
            Cellule::decimal_ou(c.desendettement, 1),
            Cellule::prose(bridge(c, unit)),
        ]);
    }
    html.table(&table);
    html.open("ul", &[]);
    let mut told: Vec<&str> = Vec::new();
    for c in &p.conventions {
        if !told.contains(&c.libelle.as_str()) {
            told.push(&c.libelle);
            html.el("li", &[], &fr::majuscule(&c.libelle));
        }
    }
    html.close();
    html.faire("citer la convention à côté du chiffre, la même d'une année sur l'autre.");
    html.close();
}

/// Budgetary first, then years ascending.
fn order(c: &EpargneConvention) -> (usize, u16) {
    let rank = ["budgetaire", "ratios_cgct", "dgfip_ofgl"];
    (rank.iter().position(|r| *r == c.convention).unwrap_or(rank.len()), c.exercice)
}

fn short(c: &EpargneConvention) -> &str {
    match c.convention.as_str() {
        "budgetaire" => "Budgétaire",
        "ratios_cgct" => "Ratios du CGCT",
        "dgfip_ofgl" => "DGFiP et OFGL",
        other => other,
    }
}

/// Steps in the unit and digits of the table, so that they close.
fn bridge(c: &EpargneConvention, unit: Unite) -> String {
    let steps: Vec<String> = c
        .pont
        .iter()
        .map(|s| format!("{} : {}{}{}", s.libelle, unit.signe(s.montant), fr::NBSP, unit.mot()))
        .collect();
    if steps.is_empty() { "sans écart".to_owned() } else { steps.join(" ; ") }
}
