//! What past exercices teach: errors measured, natures missed and why, amounts moved or corrected.
//!
//! **Invariant:** every row is in `resultats.json`; a table that is cut says how many rows it leaves.

use super::super::Html;
use super::super::table::{Cellule, Colonne, Table};
use crate::report::fr::{self, Unite};
use crate::report::model::preparation::{
    AccordPasse, BiaisRejoue, EcartPasse, Preparation, RetraitementFait,
};

/// Rows shown of a long table; the rest stays in `resultats.json`.
const SHOWN: usize = 40;

pub(super) fn ecarts(html: &mut Html, p: &Preparation) {
    const TITLE: &str = "Ce que la méthode aurait manqué";
    if p.rejeu.is_empty() {
        let why = ("moins de trois exercices sont lus.", "ajouter les comptes plus anciens.");
        html.absent("ecarts", TITLE, why);
        return;
    }
    let conclusion = p.erreur_moyenne_pct.map_or_else(String::new, |error| {
        let error = fr::pourcent(error, 1);
        format!("À un an, les totaux passés auraient été manqués de *{error}* en moyenne.")
    });
    html.section("ecarts", TITLE, &conclusion);
    p.biais.iter().for_each(|b| html.p(&bias(b)));
    html.table(&errors(p));
    if p.ecarts_passes.is_empty() {
        html.p("Aucun compte n'aurait été manqué d'un montant important.");
    } else {
        html.table(&misses(&p.ecarts_passes));
        left(html, p.ecarts_passes.len());
    }
    for a in &p.accords {
        html.p(&accord(a));
    }
    html.faire("saisir dans vigie.toml ce que ces comptes ne pouvaient pas annoncer.");
    html.close();
}

/// Receipts or expenses, one year ahead: how far, and on which side when it is nearly always the same.
fn bias(b: &BiaisRejoue) -> String {
    let too_high = b.rejeux - b.trop_bas;
    let (word, n) =
        if b.trop_bas >= too_high { ("trop basse", b.trop_bas) } else { ("trop haute", too_high) };
    format!(
        "{} : *{}* d'erreur en moyenne ; prévision {word} {n} fois sur {}, biais de {}.",
        fr::majuscule(side(&b.sens)),
        fr::pourcent(b.erreur_pct, 1),
        b.rejeux,
        fr::variation(b.biais_pct)
    )
}

/// What was learned of forecasting the sums apart.
fn accord(a: &AccordPasse) -> String {
    let years = fr::compte(a.origines, "année rejouée", "années rejouées");
    let name = format!("{}, {}", a.budget, side(&a.sens));
    if a.part_pct > 0.0 {
        let part = fr::pourcent(a.part_pct, 0);
        format!(
            "{name} : comptes rapprochés à {part} de la prévision directe des chapitres et du total ({years})."
        )
    } else {
        format!(
            "{name} : comptes additionnés, prévoir les sommes à part n'aurait pas mieux fait ({years})."
        )
    }
}

fn left(html: &mut Html, rows: usize) {
    if rows > SHOWN {
        let more = fr::compte((rows - SHOWN) as u64, "autre ligne", "autres lignes");
        html.p(&format!("{more} dans resultats.json."));
    }
}

pub(super) fn side(sens: &str) -> &'static str {
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
    rows.sort_by_key(|e| std::cmp::Reverse(e.ecart.abs()));
    for e in rows.into_iter().take(SHOWN) {
        table.ligne(vec![
            Cellule::annee(e.exercice),
            Cellule::mot(format!("{} {}", e.sens, e.code)),
            Cellule::mot(&e.libelle),
            Cellule::montant(e.prevu, unit),
            Cellule::montant(e.realise, unit),
            Cellule::variation(e.ecart, unit),
            Cellule::prose(&e.cause),
            Cellule::prose(&e.explication),
        ]);
    }
    table
}

/// Accounts moved, exercices together.
pub(super) fn retraitements(html: &mut Html, p: &Preparation) {
    const TITLE: &str = "Montants déplacés ou corrigés";
    if p.retraitements.is_empty() {
        html.section("retraitements", TITLE, "Aucun montant n'a été déplacé ni corrigé.");
        html.faire("écrire un retraitement dans vigie.toml si une année est faussée.");
        html.close();
        return;
    }
    let count = p.retraitements.len();
    let n = fr::compte(count as u64, "déplacement ou correction", "déplacements ou corrections");
    html.section("retraitements", TITLE, &format!("*{n}*, pour les modèles seulement."));
    html.p("Les comptes affichés ne changent pas ; seules les séries sont continues.");
    let unit = Unite::detail(p.retraitements.iter().map(|r| r.montant));
    let columns = vec![
        Colonne::mot("Sens"),
        Colonne::mot("Compte lu"),
        Colonne::mot("Compte de la série"),
        Colonne::mot("Exercices"),
        Colonne::nombre(format!("Montant ({})", unit.mot())),
        Colonne::mot("Raison"),
    ];
    let mut table = Table::triable("Montants déplacés ou corrigés", columns);
    let mut rows: Vec<&RetraitementFait> = p.retraitements.iter().collect();
    rows.sort_by_key(|r| std::cmp::Reverse(r.montant.abs()));
    for r in rows.into_iter().take(SHOWN) {
        let (first, last) = (r.premier_exercice, r.dernier_exercice);
        let span = if first == last { first.to_string() } else { format!("{first} à {last}") };
        table.ligne(vec![
            Cellule::mot(side(&r.sens)),
            Cellule::mot(&r.de),
            Cellule::mot(if r.de == r.vers { "le même" } else { &r.vers }),
            Cellule::mot(span),
            Cellule::montant(r.montant, unit),
            Cellule::prose(&r.motif),
        ]);
    }
    html.table(&table);
    left(html, count);
    html.close();
}
