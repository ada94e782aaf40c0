//! `audit.html`: for the auditor who looks twice at the spending (UX 5.2).
//!
//! **Invariant:** never a verdict: each finding says why to look and what to check; a control that could
//! not run is shown with the column it missed.

use super::figures::cascade_figure;
use super::table::{Cellule, Colonne, Table};
use super::{Html, layout};
use crate::anomaly::Priorite;
use crate::domain::decision::Decision;
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::Rapport;
use crate::report::fr;
use crate::report::model::audit::{Audit, Constat};

mod cards;
mod charts;
mod controls;
mod regards;

/// The sections of the page.
pub(super) fn body(html: &mut Html, rapport: &Rapport, audit: &Audit) -> Result<(), Refus> {
    let source = format!("Source : écritures {} lues par vigie.", annees(rapport, audit));
    layout::essentiel(html, "En trois phrases", &sentences(audit));
    perimetre(html, audit, &source)?;
    layout::sommaire(html);
    cards::examiner(html, audit)?;
    controls::controles(html, audit);
    charts::doublons(html, audit, &source)?;
    charts::montants(html, audit, &source)?;
    regards::seuils(html, audit, &source)?;
    regards::tiers(html, audit, &source)?;
    charts::calendrier(html, audit, (&source, rapport.exercice))?;
    regards::ruptures(html, audit, &source)?;
    constats(html, audit);
    repartition(html, audit);
    revue(html, audit);
    layout::qualite(html, rapport);
    html.section(
        "methode",
        "Méthode",
        "Un signalement est une raison de regarder, pas un verdict.",
    );
    html.p("Chaque constat ajoute ou retire des points ; leur somme est l'indice.");
    html.p("Le rang suit la probabilité d'une vraie anomalie, toutes familles confondues.");
    html.p("L'enjeu est le montant concerné, pas une perte.");
    html.p("*Fiche du modèle.* Usage : choisir les pièces à relire. Exclu : refuser un paiement, noter une personne.");
    html.p("Données : les fichiers lus, sans réseau ni apprentissage extérieur. Un agent examine, décide et motive.");
    html.p("Papier de travail, fiche complète, mention de l'algorithme, aide à l'AIPD : fichiers texte de ce dossier.");
    layout::parametres(html, rapport);
    html.close();
    Ok(())
}

/// The years of the rows, or that of the report.
fn annees(rapport: &Rapport, audit: &Audit) -> String {
    let year = |day: &Option<String>| day.as_ref().and_then(|d| d.get(..4)).map(str::to_owned);
    match (year(&audit.perimetre.debut), year(&audit.perimetre.fin)) {
        (Some(from), Some(to)) if from == to => to,
        (Some(from), Some(to)) => format!("{from} à {to}"),
        _ => rapport.exercice.to_string(),
    }
}

fn sentences(audit: &Audit) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(gap) = &audit.ecart_comptes {
        let amount = fr::phrase(gap.variation.abs());
        let left = gap.causes.iter().find(|c| c.libelle.to_lowercase().contains("expliqu"));
        let left = left.map_or_else(String::new, |c| {
            format!(", dont *{}* sans explication", fr::phrase(c.montant.abs()))
        });
        out.push(if gap.causes.iter().all(|c| c.montant == Centimes::ZERO) {
            "Le grand livre et les comptes concordent *au centime*.".to_owned()
        } else {
            format!("Du grand livre aux comptes, l'écart est de *{amount}*{left}.")
        });
    }
    let p = &audit.perimetre;
    let mut scope = format!(
        "*{}*, *{}*, {}",
        fr::compte(p.lignes, "ligne", "lignes"),
        fr::phrase(p.montant),
        fr::compte(p.fournisseurs, "fournisseur", "fournisseurs")
    );
    if let (Some(from), Some(to)) = (&p.debut, &p.fin) {
        scope = format!("{scope}, {}", fr::periode(from, to));
    }
    if p.lignes_recettes > 0 {
        let rows = fr::compte(p.lignes_recettes, "ligne de recette", "lignes de recettes");
        scope = format!("{scope} ; et {rows}, {}", fr::phrase(p.montant_recettes));
    }
    out.push(format!("{scope}."));
    let d = &audit.decompte;
    let found = fr::compte(d.prioritaires, "signalement prioritaire", "signalements prioritaires");
    out.push(if d.prioritaires == 0 {
        "Aucun signalement prioritaire.".to_owned()
    } else {
        let stake = fr::phrase(d.enjeu_prioritaires);
        format!("*{found}*, *{stake}* d'enjeux cumulés : une pièce compte à chaque signalement.")
    });
    let missing = fr::compte(d.controles_non_evalues, "contrôle n'a pu", "contrôles n'ont pu");
    let participle = fr::accord(d.controles_non_evalues as f64, "être fait", "être faits");
    if let (Some(last), true) = (out.last_mut(), d.controles_non_evalues > 0) {
        *last = format!("{last} {missing} {participle}.");
    }
    out
}

fn perimetre(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    let d = &audit.decompte;
    html.open("ul", &[("class", "compteur")]);
    for (mark, n, one, many) in [
        (
            "■",
            d.controles_prioritaires,
            "contrôle avec un signalement prioritaire",
            "contrôles avec un signalement prioritaire",
        ),
        (
            "▲",
            d.controles_a_verifier,
            "contrôle avec un signalement à vérifier",
            "contrôles avec un signalement à vérifier",
        ),
        ("●", d.controles_conformes, "contrôle conforme", "contrôles conformes"),
        ("○", d.controles_non_evalues, "contrôle non évalué", "contrôles non évalués"),
    ] {
        html.open("li", &[]);
        html.el("b", &[], &format!("{mark} {}", fr::nombre(n)));
        html.prose(fr::accord(n as f64, one, many));
        html.close();
    }
    html.close();
    if let Some(cascade) = &audit.ecart_comptes {
        let left = cascade.causes.iter().find(|c| c.libelle.to_lowercase().contains("expliqu"));
        let titre = match left.map(|c| c.montant.abs()) {
            _ if cascade.causes.iter().all(|c| c.montant.0 == 0) => {
                "Le grand livre et les comptes concordent au centime".to_owned()
            }
            Some(rest) if rest.0 > 0 => {
                format!("Du grand livre aux comptes, {} sans explication", fr::phrase(rest))
            }
            _ => format!("L’écart de {} est expliqué", fr::phrase(cascade.variation.abs())),
        };
        let (figure, table) = cascade_figure(cascade, ("grand_livre", titre, source.to_owned()));
        html.figure(
            figure,
            "chaque barre explique une part de l'écart entre les deux totaux.",
            &table,
        )?;
    } else {
        html.p("○ Grand livre et comptes non comparés : il manque le compte administratif.");
    }
    Ok(())
}

/// Whom a finding concerns; a break in a numbering concerns no payee.
fn payee(c: &Constat) -> &str {
    if c.tiers.is_empty() { fr::SANS_OBJET } else { &c.tiers }
}

/// Shape and word of a priority.
fn priorite(p: Priorite) -> (&'static str, &'static str) {
    match p {
        Priorite::Prioritaire => ("■", "prioritaire"),
        Priorite::AVerifier => ("▲", "à vérifier"),
        Priorite::Information => ("·", "information"),
    }
}

fn constats(html: &mut Html, audit: &Audit) {
    let d = &audit.decompte;
    let conclusion = format!(
        "*{}* : {} {}, {} à vérifier, {} pour information.",
        fr::compte(audit.constats.len() as u64, "signalement", "signalements"),
        fr::nombre(d.prioritaires),
        fr::accord(d.prioritaires as f64, "prioritaire", "prioritaires"),
        fr::nombre(d.a_verifier),
        fr::nombre(d.informations),
    );
    html.section("constats", "Tous les signalements", &conclusion);
    if let Some(share) = d.part_fausses_attendue {
        html.p(&format!(
            "Fausses alertes attendues parmi les prioritaires : *{}*, soit {} sur {}. C'est une estimation tirée des indices, non une mesure.",
            fr::pourcent(share * 100.0, 1),
            fr::decimal(share * d.prioritaires as f64, 1),
            fr::nombre(d.prioritaires),
        ));
    }
    if audit.constats.is_empty() {
        html.close();
        return;
    }
    html.p("Le rang suit la probabilité ; chaque famille a ses propres seuils de priorité. Un ▲ peut donc précéder un ■.");
    let columns = vec![
        Colonne::nombre("Rang"),
        Colonne::mot("Priorité"),
        Colonne::mot("Contrôle"),
        Colonne::mot("Fournisseur"),
        Colonne::somme("Enjeu (€)"),
        Colonne::mot("Date"),
        Colonne::mot("Chapitre"),
        Colonne::mot("Pourquoi"),
        Colonne::mot("Décision"),
    ];
    let mut table = Table::triable("Signalements, du plus au moins probable", columns);
    for c in &audit.constats {
        let (mark, word) = priorite(c.priorite);
        table.ligne(vec![
            Cellule::compte(c.rang),
            Cellule::mot(format!("{mark}{}{word}", fr::NBSP)),
            Cellule::mot(c.controle.to_string()),
            Cellule::mot(payee(c)),
            Cellule::euros(c.enjeu),
            Cellule::date(c.membres.first().and_then(|m| m.date.as_deref())),
            Cellule::mot(&c.chapitre),
            Cellule::prose(&c.motif),
            Cellule::mot(decision(&c.decision)),
        ]);
        table.enjeux.push(c.enjeu.0);
    }
    html.table(&table);
    html.faire("noter chaque décision dans audit.xlsx, puis lancer vigie revue importer.");
    html.close();
}

/// Which suppliers the findings fall on, so that a bias is seen.
fn repartition(html: &mut Html, audit: &Audit) {
    const TITLE: &str = "Sur qui tombent les signalements";
    let all: u64 = audit.repartition.iter().filter(|p| p.axe == "taille").map(|p| p.lignes).sum();
    if all == 0 {
        let why = ("aucune dépense à un fournisseur.", "ajouter un export des mandats.");
        html.absent("repartition", TITLE, why);
        return;
    }
    let crowded = audit.repartition.iter().filter(|p| p.lignes >= 100);
    let most = crowded.max_by(|a, b| a.part_pct.total_cmp(&b.part_pct));
    let conclusion = most.map_or_else(
        || "*Trop peu de lignes* pour comparer les fournisseurs.".to_owned(),
        |p| {
            let share = fr::pourcent(p.part_pct, 2);
            format!("La classe « {} » a la part la plus haute : *{share}*.", p.classe)
        },
    );
    html.section("repartition", TITLE, &conclusion);
    html.p("Un écart entre classes s'explique par ce que les contrôles cherchent, ou se corrige.");
    let columns = vec![
        Colonne::mot("Fournisseur"),
        Colonne::nombre("Fournisseurs"),
        Colonne::nombre("Lignes"),
        Colonne::nombre("Lignes signalées"),
        Colonne::nombre("Part (%)"),
    ];
    let mut table = Table::simple("Lignes de dépense signalées, par taille et par genre", columns);
    for part in &audit.repartition {
        let some = part.lignes > 0;
        table.ligne(vec![
            Cellule::mot(&part.classe),
            Cellule::compte(part.fournisseurs),
            Cellule::compte(part.lignes),
            if some { Cellule::compte(part.signalees) } else { Cellule::absente() },
            if some { Cellule::decimal(part.part_pct, 2) } else { Cellule::absente() },
        ]);
    }
    html.table(&table);
    html.close();
}

/// A decision as people write it, empty when there is none.
fn decision(word: &str) -> &'static str {
    Decision::parse(word).map_or("", Decision::label)
}

fn revue(html: &mut Html, audit: &Audit) {
    const TITLE: &str = "Journal de revue";
    let Some(journal) = &audit.journal_revue else {
        let why = ("aucune décision enregistrée.", "remplir la colonne decision d'audit.xlsx.");
        html.absent("revue", TITLE, why);
        return;
    };
    let n = fr::compte(audit.revue.len() as u64, "décision reprise", "décisions reprises");
    html.section("revue", TITLE, &format!("*{n}*. Auteurs déclarés, non authentifiés."));
    html.p(&format!(
        "Journal de {}, dernière empreinte {}.",
        fr::compte(journal.lignes, "ligne", "lignes"),
        journal.empreinte
    ));
    if let Some(line) = journal.rupture {
        html.p(&format!(
            "*Ligne {line} modifiée après coup* : les décisions à partir de là ne sont pas reprises."
        ));
        html.faire("restaurer la copie précédente de revue.csv.");
    }
    if audit.revue.is_empty() {
        html.close();
        return;
    }
    let names = ["Date", "Contrôle", "Décision", "Portée", "Auteur", "Motif"];
    let columns = names.map(Colonne::mot).to_vec();
    let mut table = Table::triable("Décisions", columns);
    for r in &audit.revue {
        table.ligne(vec![
            Cellule::date(Some(&r.date)),
            Cellule::mot(&r.controle),
            Cellule::mot(decision(&r.decision)),
            Cellule::mot(&r.portee),
            Cellule::mot(&r.auteur),
            Cellule::mot(&r.motif),
        ]);
    }
    html.table(&table);
    html.close();
}
