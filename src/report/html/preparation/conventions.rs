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
        Colonne::mot("Exercice"),
        Colonne::mot("Convention"),
        amount("Épargne de gestion"),
        amount("Épargne brute"),
        amount("Épargne nette"),
        Colonne::nombre("Taux (%)"),
        Colonne::mot("Depuis l'épargne budgétaire"),
    ];
    let mut table = Table::triable("Épargne en trois conventions", columns);
    for c in &p.conventions {
        table.ligne(vec![
            Cellule::annee(c.exercice),
            Cellule::prose(&c.libelle),
            Cellule::montant(c.gestion, unit),
            Cellule::montant(c.brute, unit),
            Cellule::montant(c.nette, unit),
            Cellule::decimal_ou(c.taux_pct, 1),
            Cellule::prose(bridge(c)),
        ]);
    }
    html.table(&table);
    html.faire("citer la convention à côté du chiffre, la même d'une année sur l'autre.");
    html.close();
}

fn bridge(c: &EpargneConvention) -> String {
    let steps: Vec<String> =
        c.pont.iter().map(|s| format!("{} : {}", s.libelle, fr::phrase(s.montant))).collect();
    if steps.is_empty() { "sans écart".to_owned() } else { steps.join(" ; ") }
}
