//! Beside the findings: thresholds, suppliers, payment delays, odd months, each with its controls.
//!
//! **Invariant:** a section without data says why and what would fill it.

use super::super::Html;
use super::super::table::{Cellule, Colonne, Table};
use super::{controls, priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::chart::curve::{Curve, Trace};
use crate::report::chart::histogram::{Histogram, Panneau};
use crate::report::chart::months::{Cellule as Case, Months};
use crate::report::chart::scale::Echelle;
use crate::report::chart::strip::{Rangee, Strip};
use crate::report::chart::{Figure, Graphique};
use crate::report::fr::{self, Unite};
use crate::report::model::audit::{
    Audit, AutourSeuil, Concentration, Constat, DelaiMois, Delais, MoisChapitre,
};

/// Findings of some families listed in their section.
const LISTED: usize = 30;

/// Orders around the procurement thresholds.
pub(super) fn seuils(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    const TITLE: &str = "Marchés et seuils";
    let Some(top) = audit.seuils.iter().max_by_key(|s| (s.juste_dessous, s.seuil)) else {
        let code = ControlCode::new(Family::Mar, 3);
        let undone = audit.controles.iter().find(|c| c.code == code && c.manque.is_some());
        let why = undone.and_then(|c| c.manque.as_deref()).map_or_else(
            || "trop peu d'achats hors marché autour d'un seuil.".to_owned(),
            |reason| format!("{}.", reason.trim_end_matches('.')),
        );
        let what = "fournir les natures d'un plan communal, les dates et le numéro de marché.";
        html.absent("seuils", TITLE, (&why, what));
        return Ok(());
    };
    let orders = fr::compte(top.juste_dessous, "commande", "commandes");
    let conclusion = format!("*{orders}* juste sous le seuil de {}.", fr::phrase(top.seuil));
    html.section("seuils", TITLE, &conclusion);
    html.p("Hors marchés connus. Sans montant HT écrit, la TVA est prise à 20 %.");
    html.p(
        "Le seuil est celui du jour du mandat : celui de la consultation peut être plus ancien.",
    );
    let figure = Figure {
        numero: 0,
        nom: "seuils".to_owned(),
        titre: format!(
            "Seuil de {} : {} juste dessous, {} juste dessus",
            fr::phrase(top.seuil),
            fr::nombre(top.juste_dessous),
            fr::nombre(top.juste_dessus)
        ),
        sous_titre: "Nombre de commandes par tranche de 5 % du seuil ; hachures : juste dessous"
            .to_owned(),
        source: source.to_owned(),
        alternative: format!(
            "{}, cinq tranches de chaque côté du seuil.",
            fr::compte(audit.seuils.len() as u64, "histogramme", "histogrammes")
        ),
        graphique: Graphique::Histogram(Histogram {
            panneaux: audit.seuils.iter().map(panel).collect(),
        }),
    };
    let reading = "une barre hachurée plus haute que ses voisines appelle un regard.";
    html.figure(figure, reading, &table_seuils(&audit.seuils))?;
    html.table(&table_textes(&audit.seuils));
    controls::famille(html, audit, &[Family::Mar]);
    html.faire("rapprocher les commandes d'un même besoin avant de conclure.");
    html.close();
    Ok(())
}

fn panel(s: &AutourSeuil) -> Panneau {
    let bound = |pct: u32| fr::phrase(Centimes(s.seuil.0 / 100 * i64::from(pct)));
    Panneau {
        titre: s.nom.clone(),
        seuil: format!("seuil : {} HT", fr::phrase(s.seuil)),
        barres: s.barres.iter().map(|b| b.commandes).collect(),
        bornes: (
            s.barres.first().map_or_else(String::new, |b| bound(b.de_pct)),
            s.barres.last().map_or_else(String::new, |b| bound(b.a_pct)),
        ),
    }
}

fn table_seuils(list: &[AutourSeuil]) -> Table {
    let columns = vec![
        Colonne::mot("Seuil"),
        Colonne::nombre("Montant HT (€)"),
        Colonne::nombre("De (% du seuil)"),
        Colonne::nombre("À (% du seuil)"),
        Colonne::nombre("Commandes"),
    ];
    let mut table = Table::simple("Commandes autour des seuils", columns);
    for s in list {
        for b in &s.barres {
            table.ligne(vec![
                Cellule::mot(&s.nom),
                Cellule::euros(s.seuil),
                Cellule::compte(b.de_pct.into()),
                Cellule::compte(b.a_pct.into()),
                Cellule::compte(b.commandes),
            ]);
        }
    }
    table
}

fn table_textes(list: &[AutourSeuil]) -> Table {
    let columns = vec![
        Colonne::mot("Seuil"),
        Colonne::nombre("Montant HT (€)"),
        Colonne::nombre("Commandes à 25 % près"),
        Colonne::nombre("Juste dessous"),
        Colonne::nombre("Juste dessus"),
        Colonne::mot("Texte"),
    ];
    let mut table = Table::simple("Seuils en vigueur au jour des mandats", columns);
    for s in list {
        table.ligne(vec![
            Cellule::mot(&s.nom),
            Cellule::euros(s.seuil),
            Cellule::compte(s.commandes),
            Cellule::compte(s.juste_dessous),
            Cellule::compte(s.juste_dessus),
            Cellule::prose(&s.source),
        ]);
    }
    table
}

/// Suppliers, régies and grants.
pub(super) fn tiers(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    const TITLE: &str = "Fournisseurs, régies, subventions";
    const FAMILIES: [Family; 3] = [Family::Trs, Family::Reg, Family::Sub];
    let Some(c) = &audit.concentration else {
        let why = ("moins de trois fournisseurs nommés.", "ajouter le nom ou le SIRET des tiers.");
        html.absent("tiers", TITLE, why);
        return Ok(());
    };
    let top = ten(c);
    let conclusion = top.map_or_else(String::new, |(n, share)| {
        format!(
            "Les *{n} premiers fournisseurs* reçoivent {} des dépenses.",
            fr::pourcent(share, 0)
        )
    });
    html.section("tiers", TITLE, &conclusion);
    html.p("Toutes les dépenses comptent : paie, emprunts et opérations d'ordre compris.");
    if c.hors_fournisseur != Centimes::ZERO {
        html.p(&format!(
            "Hors fournisseur distinct (sans nom, ou nom partagé par plusieurs) : {}.",
            fr::phrase(c.hors_fournisseur)
        ));
    }
    html.figure(
        curve(c, top, source),
        "plus la courbe monte vite, plus quelques fournisseurs pèsent.",
        &table_cumul(c),
    )?;
    html.table(&table_premiers(c));
    controls::famille(html, audit, &FAMILIES);
    listed(html, audit, &FAMILIES);
    html.faire(next_look(audit));
    html.close();
    Ok(())
}

/// What to look at first among the suppliers: only what some control found.
fn next_look(audit: &Audit) -> &'static str {
    let found = |family, number| {
        let code = ControlCode::new(family, number);
        audit.controles.iter().any(|c| c.code == code && c.trouves > 0)
    };
    match (found(Family::Trs, 2), found(Family::Reg, 1)) {
        (true, true) => {
            "relire d'abord les coordonnées bancaires partagées et les plafonds dépassés."
        }
        (true, false) => "relire d'abord les coordonnées bancaires partagées.",
        (false, true) => "relire d'abord les plafonds dépassés.",
        (false, false)
            if audit.controles.iter().any(|c| {
                [Family::Trs, Family::Reg, Family::Sub].contains(&c.code.family) && c.trouves > 0
            }) =>
        {
            "relire les signalements de ces familles, dans leur ordre."
        }
        _ => "vérifier que les premiers fournisseurs sont ceux que l'on attend.",
    }
}

/// Suppliers of the point that the title names, and their share.
fn ten(c: &Concentration) -> Option<(u64, f64)> {
    let found = c.cumul.iter().filter(|p| p.rang > 1 && p.rang <= 10 && p.rang < c.fournisseurs);
    found.max_by_key(|p| p.rang).map(|p| (p.rang, p.part_pct))
}

fn curve(c: &Concentration, top: Option<(u64, f64)>, source: &str) -> Figure {
    let named = top.and_then(|(n, share)| {
        let at = c.cumul.iter().position(|p| p.rang == n)?;
        Some((at, format!("{n} premiers : {}", fr::pourcent(share, 0))))
    });
    let titre = top.map_or_else(
        || "Part cumulée des fournisseurs".to_owned(),
        |(n, share)| {
            format!(
                "{} des dépenses vont à {n} fournisseurs sur {}",
                fr::pourcent(share, 0),
                fr::nombre(c.fournisseurs)
            )
        },
    );
    Figure {
        numero: 0,
        nom: "fournisseurs".to_owned(),
        titre,
        sous_titre: "Part cumulée des dépenses, en %".to_owned(),
        source: source.to_owned(),
        alternative: format!(
            "Courbe de la part des premiers fournisseurs, sur {}.",
            fr::nombre(c.fournisseurs)
        ),
        graphique: Graphique::Curve(Curve {
            echelle: Echelle::Pourcent,
            etapes: c.cumul.iter().map(|p| fr::nombre(p.rang)).collect(),
            abscisse: "nombre de fournisseurs, du plus grand au plus petit".to_owned(),
            series: vec![Trace {
                nom: "tous".to_owned(),
                points: c.cumul.iter().map(|p| p.part_pct).collect(),
                bande: Vec::new(),
                prevu: false,
            }],
            repere: named,
        }),
    }
}

fn table_cumul(c: &Concentration) -> Table {
    let unit = Unite::detail(c.cumul.iter().map(|p| p.montant));
    let columns = vec![
        Colonne::nombre("Premiers fournisseurs"),
        Colonne::nombre(format!("Dépenses ({})", unit.mot())),
        Colonne::nombre("Part (%)"),
    ];
    let mut table = Table::simple("Part cumulée des premiers fournisseurs", columns);
    for p in &c.cumul {
        table.ligne(vec![
            Cellule::compte(p.rang),
            Cellule::montant(p.montant, unit),
            Cellule::decimal(p.part_pct, 1),
        ]);
    }
    table
}

fn table_premiers(c: &Concentration) -> Table {
    let columns = vec![
        Colonne::mot("Fournisseur"),
        Colonne::nombre("Lignes"),
        Colonne::somme("Dépenses (€)"),
        Colonne::nombre("Part (%)"),
    ];
    let mut table = Table::triable("Premiers fournisseurs", columns);
    for p in &c.premiers {
        table.ligne(vec![
            Cellule::mot(&p.tiers),
            Cellule::compte(p.lignes),
            Cellule::euros(p.montant),
            Cellule::decimal(p.part_pct, 1),
        ]);
    }
    table
}

/// The most probable findings of some families.
fn listed(html: &mut Html, audit: &Audit, families: &[Family]) {
    let ours = audit.constats.iter().filter(|c| families.contains(&c.controle.family));
    let list: Vec<&Constat> = ours.take(LISTED).collect();
    if list.is_empty() {
        return;
    }
    let columns = vec![
        Colonne::nombre("Rang"),
        Colonne::mot("Priorité"),
        Colonne::mot("Contrôle"),
        Colonne::mot("Fournisseur"),
        Colonne::somme("Enjeu (€)"),
        Colonne::mot("Pourquoi"),
    ];
    let title = "Signalements de ces familles, du plus au moins probable";
    let mut table = Table::triable(title, columns);
    for c in list {
        let (mark, word) = priorite(c.priorite);
        table.ligne(vec![
            Cellule::compte(c.rang),
            Cellule::mot(format!("{mark}{}{word}", fr::NBSP)),
            Cellule::mot(c.controle.to_string()),
            Cellule::mot(super::payee(c)),
            Cellule::euros(c.enjeu),
            Cellule::prose(&c.motif),
        ]);
    }
    html.open("details", &[]);
    html.el("summary", &[], title);
    html.table(&table);
    html.close();
}

/// Payment delays: a part of the section of the calendar.
pub(super) fn delais(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    html.el("h3", &[], "Délais de paiement");
    let Some(d) = audit.delais.as_ref().filter(|d| !d.mois.is_empty()) else {
        let why = "○ Délais non mesurés : il manque la date de réception ou celle du paiement.";
        html.el("p", &[("class", "absent")], why);
        return Ok(());
    };
    let days = fr::compte(d.plafond_jours, "jour", "jours");
    html.p(&format!(
        "*{}* sur {} {} après {days}. La moitié le sont en {} ou moins.",
        fr::compte(d.en_retard, "ligne de facture", "lignes de facture"),
        fr::nombre(d.factures),
        fr::accord(d.en_retard as f64, "est payée", "sont payées"),
        fr::compte(d.mediane, "jour", "jours"),
    ));
    html.p("Le contrôle CAL02 compte autrement : une facture une fois, un signalement par fournisseur.");
    let (late, drawn) = drawn(d);
    let figure = Figure {
        numero: 0,
        nom: "delais".to_owned(),
        titre: format!(
            "{} sur {} {} après {days}{}",
            fr::compte(late, "ligne de facture", "lignes de facture"),
            fr::nombre(drawn),
            fr::accord(late as f64, "est payée", "sont payées"),
            if drawn < d.factures { ", sur les 12 derniers mois" } else { "" },
        ),
        sous_titre: format!("Jours entre {} et paiement, par mois de paiement", d.depuis),
        source: source.to_owned(),
        alternative: format!(
            "{}, une rangée par mois, avec la limite de {days}.",
            fr::compte(drawn, "ligne de facture", "lignes de facture")
        ),
        graphique: Graphique::Strip(Strip {
            lignes: d.mois.iter().map(row).collect(),
            seuil: d.plafond_jours as f64,
            nom_seuil: format!("limite : {days}"),
            depuis: d.depuis.clone(),
        }),
    };
    html.figure(
        figure,
        "ce qui dépasse la ligne rouge ouvre droit à des intérêts moratoires.",
        &table_delais(d),
    )
}

/// Rows of the months drawn: those paid late, then all of them.
fn drawn(d: &Delais) -> (u64, u64) {
    d.mois.iter().fold((0, 0), |(late, all), m| (late + m.en_retard, all + m.factures))
}

fn month(m: &DelaiMois) -> String {
    fr::mois_axe(m.annee as i16, m.mois as i8)
}

fn row(m: &DelaiMois) -> Rangee {
    Rangee {
        libelle: month(m),
        quantiles: m.quantiles.map(|q| q as f64),
        maximum: m.maximum as f64,
        complement: format!("{} sur {}", fr::nombre(m.en_retard), fr::nombre(m.factures)),
    }
}

fn table_delais(d: &Delais) -> Table {
    let columns = vec![
        Colonne::mot("Mois"),
        Colonne::nombre("Lignes de facture"),
        Colonne::nombre("1 sur 10 en (jours)"),
        Colonne::nombre("1 sur 4"),
        Colonne::nombre("1 sur 2"),
        Colonne::nombre("3 sur 4"),
        Colonne::nombre("9 sur 10"),
        Colonne::nombre("Plus long"),
        Colonne::nombre("En retard"),
    ];
    let mut table = Table::simple("Délais de paiement par mois, en jours", columns);
    for m in &d.mois {
        let mut cells = vec![Cellule::mot(month(m)), Cellule::compte(m.factures)];
        cells.extend(m.quantiles.iter().map(|q| Cellule::compte(*q)));
        cells.extend([Cellule::compte(m.maximum), Cellule::compte(m.en_retard)]);
        table.ligne(cells);
    }
    table
}

/// Odd months, accounts and numbers: the sections of the accounts that break.
pub(super) fn ruptures(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    const TITLE: &str = "Ruptures comptables";
    const FAMILIES: [Family; 3] = [Family::Imp, Family::Seq, Family::Bud];
    let odd: u64 = audit.mois.iter().map(|m| m.inhabituels.len() as u64).sum();
    let told = audit.controles.iter().any(|c| FAMILIES.contains(&c.code.family));
    if audit.mois.is_empty() && !told {
        let why = ("moins d'un an de mandats datés.", "ajouter les mandats d'une année entière.");
        html.absent("ruptures", TITLE, why);
        return Ok(());
    }
    let conclusion = match (audit.mois.is_empty(), odd) {
        (true, _) => "○ Mois non comparés : moins d'un an de mandats datés.".to_owned(),
        (_, 0) => "● Aucun mois ne rompt avec l'habitude de son chapitre.".to_owned(),
        (_, n) => {
            format!("*{}* avec l'habitude.", fr::compte(n, "mois rompt", "mois rompent"))
        }
    };
    html.section("ruptures", TITLE, &conclusion);
    if !audit.mois.is_empty() {
        months(html, &audit.mois, odd, source)?;
    }
    controls::famille(html, audit, &FAMILIES);
    let found = audit.controles.iter().any(|c| FAMILIES.contains(&c.code.family) && c.trouves > 0);
    html.faire(match (odd, found) {
        (1.., _) => "rapprocher chaque mois nommé des pièces les plus fortes de ce mois.",
        (_, true) => "relire les signalements de ces contrôles.",
        _ => "regarder pourquoi certains contrôles n'ont pu être faits.",
    });
    html.close();
    Ok(())
}

fn months(html: &mut Html, list: &[MoisChapitre], odd: u64, source: &str) -> Result<(), Refus> {
    let first = &list[0];
    let chapters = list.iter().filter(|m| !m.inhabituels.is_empty()).count() as u64;
    let titre = if odd == 0 {
        "Chaque chapitre garde son rythme".to_owned()
    } else {
        format!(
            "{} hors habitude, dans {} sur {}",
            fr::compte(odd, "mois", "mois"),
            fr::compte(chapters, "chapitre", "chapitres"),
            fr::nombre(list.len() as u64)
        )
    };
    let cell = |m: &MoisChapitre| Case {
        titre: m.libelle.clone(),
        echelle: Echelle::Argent(Unite::de(m.montants.iter().copied())),
        valeurs: m.montants.iter().map(|v| v.0 as f64).collect(),
        marques: m.inhabituels.iter().map(|i| *i as usize).collect(),
    };
    let figure = Figure {
        numero: 0,
        nom: "ruptures".to_owned(),
        titre,
        sous_titre:
            "Dépenses par mois ; hachurés, marqués d’un losange et nommés, ceux hors de l’habitude"
                .to_owned(),
        source: source.to_owned(),
        alternative: format!(
            "{}, {} hors de l’habitude.",
            fr::compte(list.len() as u64, "chapitre", "chapitres"),
            fr::compte(odd, "mois", "mois")
        ),
        graphique: Graphique::Months(Months {
            cases: list.iter().map(cell).collect(),
            debut: (first.annee as i16, first.mois as i8),
        }),
    };
    html.figure(figure, "chaque case a son échelle, écrite sous son titre.", &table_mois(list))
}

/// One row a month, one column a chapitre would be too wide: one row a chapitre and month.
fn table_mois(list: &[MoisChapitre]) -> Table {
    let unit = Unite::detail(list.iter().flat_map(|m| m.montants.iter().copied()));
    let columns = vec![
        Colonne::mot("Chapitre"),
        Colonne::mot("Mois"),
        Colonne::nombre(format!("Dépenses ({})", unit.mot())),
        Colonne::nombre("Score z des mois inhabituels"),
    ];
    let mut table = Table::triable("Dépenses par chapitre et par mois", columns);
    for m in list {
        for (i, amount) in m.montants.iter().enumerate() {
            let months = i32::from(m.annee) * 12 + i32::from(m.mois) - 1 + i as i32;
            let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
            let score = m.inhabituels.iter().position(|p| *p == i as u64);
            table.ligne(vec![
                Cellule::mot(&m.libelle),
                Cellule::mot(fr::mois_axe(year as i16, month as i8)),
                Cellule::montant(*amount, unit),
                Cellule::decimal_ou(score.and_then(|s| m.scores.get(s)).copied(), 1),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_title_of_the_delays_counts_the_months_drawn() {
        let month = |factures, en_retard| DelaiMois {
            annee: 2025,
            mois: 1,
            factures,
            quantiles: [0; 5],
            maximum: 0,
            en_retard,
        };
        let mois = vec![month(100, 3), month(50, 1)];
        let d = Delais { factures: 400, en_retard: 9, mois, ..Delais::default() };
        assert_eq!(drawn(&d), (4, 150));
    }

    #[test]
    fn only_what_was_found_is_to_be_looked_at_first() {
        let mut audit = sample::rapport().audit.expect("an audit");
        for c in &mut audit.controles {
            c.trouves = 0;
        }
        assert!(next_look(&audit).starts_with("vérifier que les premiers"));
        audit.controles[0].code = ControlCode::new(Family::Trs, 2);
        audit.controles[0].trouves = 1;
        assert!(next_look(&audit).contains("bancaires partagées."));
    }
}
