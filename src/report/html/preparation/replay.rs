//! What past exercices teach: errors measured, natures missed and why, amounts moved or corrected.
//!
//! **Invariant:** every row is in `resultats.json`; a table that is cut says how many rows it leaves.

use std::collections::BTreeMap;

use super::super::Html;
use super::super::table::{Cellule, Colonne, Table};
use crate::domain::money::Centimes;
use crate::report::fr::{self, Unite};
use crate::report::model::preparation::{EcartPasse, Preparation, RetraitementFait};

/// Rows shown of a long table; the rest stays in `resultats.json`.
const SHOWN: usize = 40;

pub(super) fn ecarts(html: &mut Html, p: &Preparation) {
    const TITLE: &str = "Ce que la méthode aurait manqué";
    if p.rejeu.is_empty() {
        let why = ("moins de trois exercices sont lus.", "ajouter les comptes plus anciens.");
        html.absent("ecarts", TITLE, why);
        return;
    }
    let near: Vec<_> = p.rejeu.iter().filter(|e| e.distance == 1).collect();
    let mean = |f: fn(&&crate::report::model::preparation::ErreurRejouee) -> f64| {
        near.iter().map(f).sum::<f64>() / near.len().max(1) as f64
    };
    html.section(
        "ecarts",
        TITLE,
        &format!(
            "À un an, les totaux passés auraient été manqués de *{}* en moyenne.",
            fr::pourcent(mean(|e| e.total_pct.abs()), 1)
        ),
    );
    html.table(&errors(p));
    if p.ecarts_passes.is_empty() {
        html.p("Aucun compte n'aurait été manqué d'un montant important.");
    } else {
        html.table(&misses(&p.ecarts_passes));
        left(html, p.ecarts_passes.len());
    }
    html.faire("saisir dans vigie.toml ce que ces comptes ne pouvaient pas annoncer.");
    html.close();
}

fn left(html: &mut Html, rows: usize) {
    if rows > SHOWN {
        let more = fr::compte((rows - SHOWN) as u64, "autre ligne", "autres lignes");
        html.p(&format!("{more} dans resultats.json."));
    }
}

fn side(sens: &str) -> &'static str {
    if sens == "D" { "dépenses" } else { "recettes" }
}

fn errors(p: &Preparation) -> Table {
    let columns = vec![
        Colonne::mot("Budget"),
        Colonne::nombre("Exercice"),
        Colonne::nombre("Distance (ans)"),
        Colonne::mot("Sens"),
        Colonne::nombre("Total (%)"),
        Colonne::nombre("Total, dernier montant (%)"),
        Colonne::nombre("Par compte (%)"),
        Colonne::nombre("Par compte, dernier montant (%)"),
    ];
    let mut table = Table::simple("Erreurs du fonctionnement sur les exercices rejoués", columns);
    for e in &p.rejeu {
        table.ligne(vec![
            Cellule::mot(&e.budget),
            Cellule::annee(e.exercice),
            Cellule::compte(u64::from(e.distance)),
            Cellule::mot(side(&e.sens)),
            Cellule::decimal(e.total_pct, 1),
            Cellule::decimal(e.total_reconduit_pct, 1),
            Cellule::decimal(e.natures_pct, 1),
            Cellule::decimal(e.natures_reconduites_pct, 1),
        ]);
    }
    table
}

fn misses(list: &[EcartPasse]) -> Table {
    let unit = Unite::detail(list.iter().map(|e| e.realise));
    let columns = vec![
        Colonne::nombre("Exercice"),
        Colonne::mot("Compte"),
        Colonne::mot("Nom"),
        Colonne::nombre(format!("Prévu ({})", unit.mot())),
        Colonne::nombre(format!("Réalisé ({})", unit.mot())),
        Colonne::nombre(format!("Écart ({})", unit.mot())),
        Colonne::mot("Cause"),
        Colonne::mot("Explication"),
    ];
    let mut table = Table::triable("Comptes largement manqués, et pourquoi", columns);
    let mut rows: Vec<&EcartPasse> = list.iter().collect();
    rows.sort_by_key(|e| std::cmp::Reverse((e.prevu - e.realise).abs()));
    for e in rows.into_iter().take(SHOWN) {
        table.ligne(vec![
            Cellule::annee(e.exercice),
            Cellule::mot(format!("{} {}", e.sens, e.code)),
            Cellule::mot(&e.libelle),
            Cellule::montant(e.prevu, unit),
            Cellule::montant(e.realise, unit),
            Cellule::variation(e.prevu - e.realise, unit),
            Cellule::prose(&e.cause),
            Cellule::prose(&e.explication),
        ]);
    }
    table
}

type Move<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Accounts moved, exercices together.
pub(super) fn retraitements(html: &mut Html, p: &Preparation) {
    const TITLE: &str = "Montants déplacés ou corrigés";
    if p.retraitements.is_empty() {
        html.section("retraitements", TITLE, "Aucun montant n'a été déplacé ni corrigé.");
        html.faire("écrire un retraitement dans vigie.toml si une année est faussée.");
        html.close();
        return;
    }
    let mut groups: BTreeMap<Move<'_>, Vec<&RetraitementFait>> = BTreeMap::new();
    for r in &p.retraitements {
        groups.entry((&r.sens, &r.de, &r.vers, &r.motif)).or_default().push(r);
    }
    let n =
        fr::compte(groups.len() as u64, "déplacement ou correction", "déplacements ou corrections");
    html.section("retraitements", TITLE, &format!("*{n}*, pour les modèles seulement."));
    html.p("Les comptes affichés ne changent pas ; seules les séries sont continues.");
    let total = |list: &[&RetraitementFait]| -> Centimes { list.iter().map(|r| r.montant).sum() };
    let unit = Unite::detail(groups.values().map(|l| total(l)));
    let columns = vec![
        Colonne::mot("Sens"),
        Colonne::mot("Compte lu"),
        Colonne::mot("Compte de la série"),
        Colonne::mot("Exercices"),
        Colonne::nombre(format!("Montant ({})", unit.mot())),
        Colonne::mot("Raison"),
    ];
    let mut table = Table::triable("Montants déplacés ou corrigés", columns);
    let mut rows: Vec<_> = groups.into_iter().collect();
    rows.sort_by_key(|(key, list)| (std::cmp::Reverse(total(list).abs()), *key));
    let count = rows.len();
    for ((sens, de, vers, motif), list) in rows.into_iter().take(SHOWN) {
        let years = list.iter().map(|r| r.exercice);
        let (first, last) = (years.clone().min().unwrap_or(0), years.max().unwrap_or(0));
        let span = if first == last { first.to_string() } else { format!("{first} à {last}") };
        table.ligne(vec![
            Cellule::mot(side(sens)),
            Cellule::mot(de),
            Cellule::mot(if de == vers { "le même" } else { vers }),
            Cellule::mot(span),
            Cellule::montant(total(&list), unit),
            Cellule::prose(motif),
        ]);
    }
    html.table(&table);
    left(html, count);
    html.close();
}
