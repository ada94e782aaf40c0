//! The sections of `lecture.html` on the ledger beside the accounts, and on invoices without a mandat.
//!
//! **Invariant:** every figure comes from the object; nothing is added here.

use crate::report::fr;
use crate::report::model::lecture::{Lecture, LivreEtComptes};

use super::Html;
use super::lecture::sens;
use super::table::{Cellule, Colonne, Table};

/// Accounts shown by exercice and sense; all of them are in `rapprochement.json`.
const ECARTS: usize = 20;

/// Both sections, each only when there is something to say.
pub(super) fn section(html: &mut Html, lecture: &Lecture) {
    confront(html, &lecture.livre_et_comptes);
    let Some(unpaid) = lecture.factures_sans_mandat.as_ref() else { return };
    let text = fr::compte(unpaid.lignes, "facture sans mandat", "factures sans mandat");
    let text = format!(
        "○ *{text}*, {} : elles ne comptent pas comme des paiements.",
        fr::euros(unpaid.total)
    );
    html.section("factures", "Factures sans mandat", &text);
    html.p("Elles sont à part des mandats et des titres, dans les tables comme dans les totaux.");
    html.close();
}

fn confront(html: &mut Html, years: &[LivreEtComptes]) {
    if years.is_empty() {
        return;
    }
    let open = years.iter().filter(|y| !y.ecarts.is_empty()).count() as u64;
    let text = if open == 0 {
        "● Le grand livre et les comptes disent la même chose, compte par compte.".to_owned()
    } else {
        format!("▲ *{}* en partie sans explication.", fr::compte(open, "écart", "écarts"))
    };
    html.section("livre", "Grand livre et comptes", &text);
    let columns = vec![
        Colonne::nombre("Exercice"),
        Colonne::mot("Sens"),
        Colonne::nombre("Grand livre"),
        Colonne::nombre("Rattachements"),
        Colonne::nombre("Ordre"),
        Colonne::nombre("Journée complémentaire"),
        Colonne::nombre("Non expliqué"),
        Colonne::nombre("Comptes"),
    ];
    let mut table = Table::simple("Du grand livre aux comptes, en €", columns);
    for y in years {
        table.ligne(vec![
            Cellule::mot(y.exercice.to_string()),
            Cellule::mot(sens(&y.sens)),
            Cellule::euros(y.livre),
            Cellule::euros(y.rattachements),
            Cellule::euros(y.ordre),
            Cellule::euros(y.journee_complementaire),
            Cellule::euros(y.non_explique),
            Cellule::euros(y.comptes),
        ]);
    }
    html.table(&table);
    natures(html, years);
    if open > 0 {
        html.faire("comparer ces comptes avec la balance ; un export partiel est la cause la plus courante.");
    }
    html.close();
}

fn natures(html: &mut Html, years: &[LivreEtComptes]) {
    let mut table = Table::triable(
        "Comptes non expliqués, en €",
        vec![
            Colonne::nombre("Exercice"),
            Colonne::mot("Sens"),
            Colonne::mot("Compte"),
            Colonne::nombre("Grand livre"),
            Colonne::nombre("Comptes"),
            Colonne::nombre("Non expliqué"),
        ],
    );
    let rows = years.iter().flat_map(|y| y.ecarts.iter().take(ECARTS).map(move |e| (y, e)));
    for (y, e) in rows {
        let nature = if e.nature.is_empty() { "sans compte" } else { &e.nature };
        table.ligne(vec![
            Cellule::mot(y.exercice.to_string()),
            Cellule::mot(sens(&y.sens)),
            Cellule::mot(nature),
            Cellule::euros(e.livre),
            Cellule::euros(e.comptes),
            Cellule::euros(e.non_explique),
        ]);
        table.enjeux.push(e.non_explique.0.abs());
    }
    if !table.enjeux.is_empty() {
        html.table(&table);
    }
}
