//! Cash: the rhythm of mandats and titres, then the balance of account 515 when it is given.
//!
//! **Invariant:** no balance is drawn without the one of 1 January.

use super::super::table::{Cellule, Colonne, Table};
use super::super::{Html, intervalle, layout};
use super::Context;
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::chart::curve::{Curve, Trace};
use crate::report::chart::scale::Echelle;
use crate::report::chart::{Figure, Graphique};
use crate::report::fr::{self, Unite};
use crate::report::model::preparation::{SoldeMois, Tresorerie};

pub(super) fn tresorerie(
    html: &mut Html,
    context: &Context<'_>,
    found: Option<&Tresorerie>,
) -> Result<(), Refus> {
    const TITLE: &str = "Trésorerie";
    let Some(t) = found else {
        let why = (
            "il faut un an de mandats et de titres datés.",
            "ajouter mandats et titres de l'année.",
        );
        html.absent("tresorerie", TITLE, why);
        return Ok(());
    };
    let low = t.soldes.iter().min_by_key(|s| (s.solde, s.mois));
    let conclusion = match low {
        Some(s) => format!(
            "Point bas du compte 515 : *{}* fin {} {}.",
            fr::phrase(s.solde),
            fr::mois(s.mois as i8),
            t.exercice
        ),
        None if t.creux.0 < 0 => format!(
            "Fin {} {}, les mandats dépassent les titres de *{}*.",
            fr::mois(t.creux_mois as i8),
            t.exercice_rythme,
            fr::phrase(t.creux.abs())
        ),
        None => format!("En {}, les titres précèdent toujours les mandats.", t.exercice_rythme),
    };
    html.section("tresorerie", TITLE, &conclusion);
    if let Some(low) = low {
        html.figure(
            balance(context, t, low),
            "la bande bleue vise le solde réel 8 fois sur 10.",
            &table_soldes(t),
        )?;
    }
    html.figure(
        rhythm(context, t),
        "quand les mandats passent devant, la commune puise dans son compte.",
        &table_rythme(t),
    )?;
    html.p("Hors 1068, provisions (68, 78) et créances abandonnées (654), qui ne passent pas par le 515.");
    if low.is_none() {
        html.p("○ Solde du compte 515 non fourni : la courbe de trésorerie n'est pas tracée.");
        html.faire("écrire la table [tresorerie] dans vigie.toml, solde au 1er janvier.");
    } else {
        html.p(&loans(t));
        html.p("Solde au 1er janvier, plus recettes, moins dépenses prévues, au rythme mesuré.");
        html.faire("caler la ligne de trésorerie et les appels d'emprunt sur le point bas.");
    }
    html.close();
    Ok(())
}

/// Which loans the balance holds: those usual, not those that would balance the budget proposed.
fn loans(t: &Tresorerie) -> String {
    let [used, asked] = fr::phrases([t.emprunts_comptes, t.emprunts_proposes.unwrap_or_default()]);
    let counted = match t.emprunts_comptes {
        Centimes::ZERO => "Cette courbe ne compte *aucun emprunt* nouveau".to_owned(),
        _ => format!("Cette courbe compte *{used}* d'emprunts, au rythme habituel"),
    };
    match t.emprunts_proposes {
        Some(m) if m != t.emprunts_comptes => {
            format!("{counted} ; le budget proposé, lui, en inscrit {asked}.")
        }
        _ => format!("{counted}."),
    }
}

fn months() -> Vec<String> {
    (1..=12).map(|m| fr::mois_court(m).to_owned()).collect()
}

fn trace(nom: &str, points: Vec<f64>) -> Trace {
    Trace { nom: nom.to_owned(), points, bande: Vec::new(), prevu: false }
}

fn rhythm(context: &Context<'_>, t: &Tresorerie) -> Figure {
    let unit = Unite::de(t.rythme.iter().flat_map(|m| [m.mandats, m.titres]));
    let june = t.rythme.iter().find(|m| m.mois == 6);
    let titre = june.map_or_else(String::new, |m| {
        let [titres, mandats] = fr::phrases([m.titres, m.mandats]);
        format!("Fin juin {} : {titres} de titres pour {mandats} de mandats", t.exercice_rythme)
    });
    Figure {
        numero: 0,
        nom: "rythme".to_owned(),
        titre,
        sous_titre: format!(
            "Opérations réelles cumulées depuis janvier {}, {}",
            t.exercice_rythme,
            layout::en(unit)
        ),
        source: context.source(),
        alternative: "Deux courbes cumulées mois par mois : titres et mandats.".to_owned(),
        graphique: Graphique::Curve(Curve {
            echelle: Echelle::Argent(unit),
            etapes: months(),
            abscisse: "fin de mois ; décembre compte la journée complémentaire".to_owned(),
            series: vec![
                trace("Titres", t.rythme.iter().map(|m| m.titres.0 as f64).collect()),
                trace("Mandats", t.rythme.iter().map(|m| m.mandats.0 as f64).collect()),
            ],
            repere: None,
        }),
    }
}

fn balance(context: &Context<'_>, t: &Tresorerie, low: &SoldeMois) -> Figure {
    let unit = Unite::de(t.soldes.iter().flat_map(|s| [s.solde, s.haut_80]));
    let at = t.soldes.iter().position(|s| s.mois == low.mois).unwrap_or(0);
    let [point, lo, hi] = fr::phrases([low.solde, low.bas_80, low.haut_80]);
    Figure {
        numero: 0,
        nom: "tresorerie".to_owned(),
        titre: format!(
            "Point bas {} : {point}, {}",
            t.exercice,
            intervalle::entre(context.fiabilite, (&lo, &hi))
        ),
        sous_titre: format!("Solde du compte 515 en fin de mois, {}", layout::en(unit)),
        source: context.source(),
        alternative: format!("Douze soldes, le plus bas fin {}.", fr::mois(low.mois as i8)),
        graphique: Graphique::Curve(Curve {
            echelle: Echelle::Argent(unit),
            etapes: months(),
            abscisse: "fin de mois".to_owned(),
            series: vec![Trace {
                nom: "Compte 515".to_owned(),
                points: t.soldes.iter().map(|s| s.solde.0 as f64).collect(),
                bande: t.soldes.iter().map(|s| (s.bas_80.0 as f64, s.haut_80.0 as f64)).collect(),
                prevu: true,
            }],
            repere: Some((at, format!("point bas : {}", unit.avec(low.solde)))),
        }),
    }
}

fn table_rythme(t: &Tresorerie) -> Table {
    let unit = Unite::detail(t.rythme.iter().flat_map(|m| [m.mandats, m.titres]));
    let columns = vec![
        Colonne::mot("Fin de"),
        Colonne::nombre("Titres"),
        Colonne::nombre("Mandats"),
        Colonne::nombre("Titres moins mandats"),
    ];
    let caption = format!("Cumuls {}, {}", t.exercice_rythme, layout::en(unit));
    let mut table = Table::simple(caption, columns);
    for m in &t.rythme {
        table.ligne(vec![
            Cellule::mot(fr::mois(m.mois as i8)),
            Cellule::montant(m.titres, unit),
            Cellule::montant(m.mandats, unit),
            Cellule::variation(m.ecart, unit),
        ]);
    }
    table
}

fn table_soldes(t: &Tresorerie) -> Table {
    let unit = Unite::detail(t.soldes.iter().flat_map(|s| [s.solde, s.haut_80]));
    let columns = vec![
        Colonne::mot("Fin de"),
        Colonne::nombre("Solde prévu"),
        Colonne::nombre("Bas 80"),
        Colonne::nombre("Haut 80"),
    ];
    let caption = format!("Compte 515 en {}, {}", t.exercice, layout::en(unit));
    let mut table = Table::simple(caption, columns);
    for s in &t.soldes {
        table.ligne(vec![
            Cellule::mot(fr::mois(s.mois as i8)),
            Cellule::montant(s.solde, unit),
            Cellule::montant(s.bas_80, unit),
            Cellule::montant(s.haut_80, unit),
        ]);
    }
    table
}
