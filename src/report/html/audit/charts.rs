//! The sections of the audit page that draw: duplicates in time, amounts, first digits, calendar.
//!
//! **Invariant:** a section without data says why and what would fill it.

use super::super::figures::grid_figure;
use super::super::table::{Cellule, Colonne, Table};
use super::super::{Html, layout};
use crate::anomaly::Priorite;
use crate::domain::calendar;
use crate::domain::control::Family;
use crate::domain::refus::Refus;
use crate::report::chart::benford::BenfordBars;
use crate::report::chart::scale::Echelle;
use crate::report::chart::timeline::{Groupe, Timeline};
use crate::report::chart::{Figure, Graphique};
use crate::report::fr::{self, Unite};
use crate::report::model::audit::{Audit, Constat, MontantsChapitre, StatutControle};

/// Groups of the timeline.
const GROUPS: usize = 15;
/// Under this count, first digits say nothing.
const BENFORD_MINIMUM: u64 = 1_000;

pub(super) fn doublons(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    const TITLE: &str = "Doublons et quasi-doublons";
    let (told, all): (Vec<&Constat>, Vec<&Constat>) = audit
        .constats
        .iter()
        .filter(|c| c.controle.family == Family::Dbl)
        .partition(|c| c.priorite == Priorite::Information);
    let dated = all.iter().filter_map(|c| group(c).map(|g| (*c, g)));
    let (drawn, groups): (Vec<&Constat>, Vec<Groupe>) = dated.take(GROUPS).unzip();
    if groups.is_empty() {
        let missing = audit
            .controles
            .iter()
            .any(|c| c.code.family == Family::Dbl && c.statut == StatutControle::NonEvalue);
        if missing && all.is_empty() {
            let why = (
                "les contrôles de doublons n'ont pu être faits.",
                "ajouter fournisseur, montant et date.",
            );
            html.absent("doublons", TITLE, why);
        } else if all.is_empty() {
            html.section("doublons", TITLE, "● Aucun groupe à vérifier.");
            also_told(html, told.len() as u64);
            html.close();
        } else {
            let text = fr::compte(all.len() as u64, "groupe", "groupes");
            html.section("doublons", TITLE, &format!("*{text}*, sans date à dessiner."));
            also_told(html, told.len() as u64);
            html.close();
        }
        return Ok(());
    }
    html.section("doublons", TITLE, &counted(&all));
    also_told(html, told.len() as u64);
    let table = table_groups(&drawn);
    let figure = Figure {
        numero: 0,
        nom: "doublons".to_owned(),
        titre: close_groups(&groups, all.len() as u64),
        sous_titre: "Point plein : première pièce ; points vides : suivantes ; taille : enjeu"
            .to_owned(),
        source: source.to_owned(),
        alternative: format!(
            "{} groupes d’enregistrements proches, placés à leurs dates.",
            groups.len()
        ),
        graphique: Graphique::Timeline(Timeline { groupes: groups }),
    };
    html.figure(figure, "deux points proches et de même taille méritent un regard.", &table)?;
    html.faire("demander les bons de commande et de livraison ; annuler le second paiement s'il fait double.");
    html.close();
    Ok(())
}

/// How many groups there are, by priority.
fn counted(all: &[&Constat]) -> String {
    let first = all.iter().filter(|c| c.priorite == Priorite::Prioritaire).count() as u64;
    let rest = all.len() as u64 - first;
    format!(
        "*{}* : {} {}, {} à vérifier.",
        fr::compte(all.len() as u64, "groupe", "groupes"),
        fr::nombre(first),
        fr::accord(first as f64, "prioritaire", "prioritaires"),
        fr::nombre(rest),
    )
}

/// The groups for information: listed among the findings, not drawn.
fn also_told(html: &mut Html, told: u64) {
    if told > 0 {
        let text = fr::compte(told, "autre groupe", "autres groupes");
        let verb = fr::accord(told as f64, "reste", "restent");
        html.p(&format!("{text} {verb} pour information dans la liste des signalements."));
    }
}

/// How many of the groups drawn, the first of `all`, hold within a month.
fn close_groups(groups: &[Groupe], all: u64) -> String {
    let span = |g: &&Groupe| match (g.jours.first(), g.jours.last()) {
        (Some(a), Some(b)) => b - a <= 31,
        _ => false,
    };
    let (near, drawn) = (groups.iter().filter(span).count() as u64, groups.len() as u64);
    let few = if drawn < all {
        format!(" ({} dessinés sur {})", fr::nombre(drawn), fr::nombre(all))
    } else {
        String::new()
    };
    format!(
        "{} sur {} {} en un mois ou moins{few}",
        fr::compte(near, "groupe", "groupes"),
        fr::nombre(drawn),
        fr::accord(near as f64, "tient", "tiennent")
    )
}

fn days(c: &Constat) -> Vec<i32> {
    let mut days: Vec<i32> = c
        .membres
        .iter()
        .filter_map(|m| m.date.as_deref())
        .filter_map(|d| d.parse().ok().map(calendar::day_number))
        .collect();
    days.sort_unstable();
    days
}

fn group(c: &Constat) -> Option<Groupe> {
    let jours = days(c);
    let controle = c.controle.to_string();
    (!jours.is_empty()).then(|| Groupe {
        libelle: c.etiquette.clone(),
        rang: c.rang,
        controle,
        enjeu: c.enjeu,
        jours,
    })
}

fn table_groups(list: &[&Constat]) -> Table {
    let columns = vec![
        Colonne::nombre("Rang"),
        Colonne::mot("Fournisseur"),
        Colonne::mot("Contrôle"),
        Colonne::mot("Première date"),
        Colonne::mot("Dernière date"),
        Colonne::nombre("Enjeu (€)"),
    ];
    let mut table = Table::simple("Groupes dessinés", columns);
    for c in list {
        let mut dates: Vec<&str> = c.membres.iter().filter_map(|m| m.date.as_deref()).collect();
        dates.sort_unstable();
        table.ligne(vec![
            Cellule::compte(c.rang),
            Cellule::mot(&c.tiers),
            Cellule::mot(c.controle.to_string()),
            Cellule::date(dates.first().copied()),
            Cellule::date(dates.last().copied()),
            Cellule::euros(c.enjeu),
        ]);
    }
    table
}

pub(super) fn montants(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    const TITLE: &str = "Montants";
    if audit.montants.is_empty() && audit.benford.is_none() {
        let why = (
            "la distribution des montants n'a pas été établie.",
            "fournir au moins 1 000 lignes datées.",
        );
        html.absent("montants", TITLE, why);
        return Ok(());
    }
    let top = audit.montants.iter().max_by_key(|m| m.total);
    let conclusion = top.map_or_else(String::new, |m| {
        let share = fr::pourcent(m.part_pct, 0);
        if m.chapitre.is_empty() {
            format!("*{share}* des dépenses sont sans chapitre.")
        } else {
            format!("Le chapitre *{}* porte {share} des dépenses.", m.chapitre)
        }
    });
    html.section("montants", TITLE, &conclusion);
    if !audit.montants.is_empty() {
        let (figure, table) = bars(audit, source);
        html.figure(figure, "une barre par chapitre, de la plus longue à la plus courte.", &table)?;
    }
    match &audit.benford {
        Some(b) if b.lignes >= BENFORD_MINIMUM => benford(html, audit, source)?,
        Some(b) => html.p(&format!(
            "○ Premier chiffre non examiné : {}, il en faut 1 000.",
            fr::compte(b.lignes, "montant", "montants")
        )),
        None => html.p("○ Premier chiffre des montants non examiné."),
    }
    html.close();
    Ok(())
}

/// Code and name of a chapitre; the rest has no code.
fn chapter(m: &MontantsChapitre) -> String {
    if m.chapitre == "autres" {
        m.libelle.clone()
    } else {
        format!("{} {}", m.chapitre, m.libelle).trim().to_owned()
    }
}

fn bars(audit: &Audit, source: &str) -> (Figure, Table) {
    use crate::report::chart::bars::{Barre, Bars};
    let unit = Unite::de(audit.montants.iter().map(|m| m.total));
    let lignes = audit.montants.iter().map(|m| Barre {
        libelle: chapter(m),
        detail: String::new(),
        valeur: m.total.0 as f64,
        complement: fr::pourcent(m.part_pct, 0),
        reste: m.chapitre == "autres",
    });
    let figure = Figure {
        numero: 0,
        nom: "montants".to_owned(),
        titre: audit.montants.first().map_or_else(String::new, |m| {
            let share = fr::pourcent(m.part_pct, 0);
            if m.chapitre.is_empty() {
                format!("{share} des dépenses sont sans chapitre")
            } else {
                format!("{share} des dépenses vont au chapitre {}", m.chapitre)
            }
        }),
        sous_titre: format!("Total par chapitre, {}", layout::en(unit)),
        source: source.to_owned(),
        alternative: format!("{} chapitres, du plus grand au plus petit.", audit.montants.len()),
        graphique: Graphique::Bars(Bars {
            echelle: Echelle::Argent(unit),
            lignes: lignes.collect(),
        }),
    };
    let columns = vec![
        Colonne::mot("Chapitre"),
        Colonne::nombre("Lignes"),
        Colonne::somme(format!("Total ({})", unit.mot())),
        Colonne::nombre("Part (%)"),
        Colonne::nombre("Médiane (€)"),
        Colonne::nombre("99 sur 100 sous (€)"),
        Colonne::nombre("Maximum (€)"),
    ];
    let mut table = Table::triable("Montants par chapitre", columns);
    for m in &audit.montants {
        table.ligne(vec![
            Cellule::mot(chapter(m)),
            Cellule::compte(m.lignes),
            Cellule::montant(m.total, unit),
            Cellule::decimal(m.part_pct, 1),
            Cellule::euros(m.mediane),
            Cellule::euros(m.centile_99),
            Cellule::euros(m.maximum),
        ]);
    }
    (figure, table)
}

/// The digits outside their margin, named.
fn digits(out: &[String]) -> String {
    match out {
        [] => "Les premiers chiffres suivent la loi de Benford".to_owned(),
        [one] => format!("Le premier chiffre {one} sort de la marge attendue"),
        all if all.len() == 9 => {
            "Chaque premier chiffre, de 1 à 9, sort de la marge attendue".to_owned()
        }
        [first @ .., last] => {
            format!("Les premiers chiffres {} et {last} sortent de la marge", first.join(", "))
        }
    }
}

fn benford(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    let Some(b) = &audit.benford else {
        return Ok(());
    };
    let out = b.chiffres.iter().filter(|c| c.observe < c.bas_95 || c.observe > c.haut_95);
    let titre = digits(&out.map(|c| c.chiffre.to_string()).collect::<Vec<_>>());
    let figure = Figure {
        numero: 0,
        nom: "premiers_chiffres".to_owned(),
        titre,
        sous_titre: format!("Loi de Benford, {}", fr::compte(b.lignes, "montant", "montants")),
        source: source.to_owned(),
        alternative: "Neuf barres observées, neuf points attendus avec leur marge à 95 %."
            .to_owned(),
        graphique: Graphique::Benford(BenfordBars {
            chiffres: b
                .chiffres
                .iter()
                .map(|c| (c.chiffre, c.observe, c.attendu, c.bas_95, c.haut_95))
                .collect(),
        }),
    };
    let columns = vec![
        Colonne::nombre("Premier chiffre"),
        Colonne::nombre("Observé (%)"),
        Colonne::nombre("Attendu (%)"),
        Colonne::nombre("Bas 95 (%)"),
        Colonne::nombre("Haut 95 (%)"),
    ];
    let mut table = Table::simple("Premier chiffre des montants", columns);
    for c in &b.chiffres {
        table.ligne(vec![
            Cellule::compte(u64::from(c.chiffre)),
            Cellule::decimal(c.observe, 2),
            Cellule::decimal(c.attendu, 2),
            Cellule::decimal(c.bas_95, 2),
            Cellule::decimal(c.haut_95, 2),
        ]);
    }
    html.figure(figure, "une barre hachurée, hors de la marge, appelle une explication.", &table)?;
    html.p("Un écart n'est pas une preuve : un tarif fixe ou un abonnement suffit.");
    Ok(())
}

pub(super) fn calendrier(
    html: &mut Html,
    audit: &Audit,
    (source, year): (&str, u16),
) -> Result<(), Refus> {
    const TITLE: &str = "Calendrier et délais";
    let Some(grid) = audit.calendrier.as_ref().filter(|g| !g.lignes.is_empty()) else {
        html.section("calendrier", TITLE, "");
        let why = "○ Mois non comparés : il faut douze mois de mandats datés.";
        html.el("p", &[("class", "absent")], why);
        html.faire("ajouter les mandats de l'année précédente.");
        super::regards::delais(html, audit, source)?;
        super::controls::famille(html, audit, &[Family::Cal]);
        html.close();
        return Ok(());
    };
    let over = grid.seuil.map_or(0, |s| {
        grid.lignes.iter().flat_map(|l| l.mois).flatten().filter(|v| v.abs() >= s).count()
    }) as u64;
    let text = if over == 0 {
        format!("● Aucun mois inhabituel en {year}.")
    } else {
        format!(
            "*{}* en {year}, encadrés.",
            fr::compte(over, "mois inhabituel", "mois inhabituels")
        )
    };
    html.section("calendrier", TITLE, &text);
    let titre = match over {
        0 => format!("Aucun mois de {year} ne sort de l’habitude de son chapitre"),
        n => {
            let text = fr::compte(n, "mois sort", "mois sortent");
            format!("En {year}, {text} de l’habitude de leur chapitre")
        }
    };
    let words = ("calendrier", titre.as_str(), "Score z robuste : dépense du mois et habitude");
    let (figure, table) = grid_figure(grid, 1, words, source.to_owned());
    html.figure(
        figure,
        "zéro : mois habituel ; plus la case est foncée, plus le mois s'écarte.",
        &table,
    )?;
    super::regards::delais(html, audit, source)?;
    super::controls::famille(html, audit, &[Family::Cal]);
    html.close();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_says_how_many_groups_are_drawn() {
        let group = |jours: Vec<i32>| Groupe {
            libelle: String::new(),
            rang: 1,
            controle: String::new(),
            enjeu: crate::domain::money::Centimes::ZERO,
            jours,
        };
        let groups = [group(vec![1, 32]), group(vec![1, 33])];
        let text = "1\u{a0}groupe sur 2 tient en un mois ou moins";
        assert_eq!(close_groups(&groups, 2), text);
        assert_eq!(close_groups(&groups, 36), format!("{text} (2 dessinés sur 36)"));
    }
}
