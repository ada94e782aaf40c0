//! Figures that several pages draw: bullets, waterfall, fan, heatmap, each with its table.
//!
//! **Invariant:** figure and table come from the same object; the unit is the same in both.

use super::table::{Cellule, Colonne, Table};
use super::zones::movement;
use super::{layout, lecture, zones};
use crate::domain::money::Centimes;
use crate::report::chart::bullet::{Bullet, Mesure};
use crate::report::chart::fan::{Fan, Horizon, Serie};
use crate::report::chart::heatmap::Heatmap;
use crate::report::chart::scale::Echelle;
use crate::report::chart::waterfall::{Marche, Sens, Waterfall};
use crate::report::chart::{Figure, Graphique};
use crate::report::fr::{self, Unite};
use crate::report::model::preparation::{Indicateur, Projection};
use crate::report::model::{
    Cascade, GrilleMois, PointPasse, PointPrevu, Poste, UniteValeur, Valeur,
};

/// Spelling of a value of an indicator in a sentence.
pub(super) fn mesure(valeur: Valeur, unite: UniteValeur) -> String {
    match (valeur, unite) {
        (Valeur::Montant(m), _) => fr::phrase(m),
        (Valeur::Nombre(x), UniteValeur::Pourcent) => fr::pourcent(x, 1),
        (Valeur::Nombre(x), UniteValeur::Annees) => {
            format!("{}{}{}", fr::decimal(x, 1), fr::NBSP, fr::accord(x, "an", "ans"))
        }
        (Valeur::Nombre(x), UniteValeur::Centimes) => fr::decimal(x, 1),
    }
}

pub(super) fn nombre(valeur: Valeur) -> f64 {
    match valeur {
        Valeur::Montant(m) => m.0 as f64,
        Valeur::Nombre(x) => x,
    }
}

fn measure(i: &Indicateur) -> Mesure {
    let money = [Some(i.prevu), i.base, i.haut_80].into_iter().flatten().filter_map(|v| match v {
        Valeur::Montant(m) => Some(m),
        Valeur::Nombre(_) => None,
    });
    let (echelle, unite) = match i.unite {
        UniteValeur::Centimes => {
            let unit = Unite::de(money);
            (Echelle::Argent(unit), unit.mot())
        }
        UniteValeur::Pourcent if i.cle == "part_personnel" => {
            (Echelle::Pourcent, "% des dépenses réelles")
        }
        UniteValeur::Pourcent => (Echelle::Pourcent, "% des recettes réelles"),
        UniteValeur::Annees => (Echelle::Annees, "années d’épargne brute"),
    };
    Mesure {
        libelle: i.libelle.clone(),
        unite: unite.to_owned(),
        echelle,
        valeur: nombre(i.prevu),
        intervalle: i.bas_80.zip(i.haut_80).map(|(a, b)| (nombre(a), nombre(b))),
        base: i.base.map(nombre),
        strate: i.strate.map(nombre),
        seuils: limits(i),
        hausse_favorable: i.hausse_favorable,
    }
}

/// Thresholds with the name of the zone on their bad side.
fn limits(i: &Indicateur) -> Vec<(f64, String)> {
    let beyond = i.seuils.iter().skip(1).map(|s| s.libelle.as_str()).chain(["préoccupant"]);
    let named = i.seuils.iter().zip(beyond);
    named
        .map(|(s, beyond)| {
            let name = if i.hausse_favorable { s.libelle.as_str() } else { beyond };
            (nombre(s.valeur), name.to_owned())
        })
        .collect()
}

/// A name and what it is told with: `Capacité de désendettement`, `emprunt proposé compris`.
fn detailed(libelle: &str) -> (&str, String) {
    match libelle.split_once(", ") {
        Some((name, detail)) => (name, format!(", {detail}")),
        None => (libelle, String::new()),
    }
}

/// What the ratios do between the base year and the forecast one, zone by zone.
fn watched(year: u16, list: &[Indicateur]) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut zone = String::new();
    for (i, what) in list.iter().filter_map(|i| Some((i, movement(i)?))) {
        // the second ratio of a zone does not name it again
        let verb = match what.reste == Some(zone.clone()) {
            true if what.mieux => "s’améliore mais y reste".to_owned(),
            true => "y reste aussi".to_owned(),
            false => what.verbe,
        };
        zone = what.reste.unwrap_or_default();
        let (name, detail) = detailed(&i.libelle);
        said.push(format!("{} {verb} ({}{detail})", le(name), mesure(i.prevu, i.unite)));
    }
    match said.as_slice() {
        [] => format!("En {year}, aucun ratio n’est dans une zone à surveiller"),
        all => format!("En {year}, {}", all.join(" ; ")),
    }
}

/// Name of a ratio with its article, inside a sentence.
fn le(libelle: &str) -> String {
    let name = libelle.to_lowercase();
    match name.split([' ', '\'', '’']).next().unwrap_or("") {
        "taux" => format!("le {name}"),
        "épargne" => format!("l’{name}"),
        _ => format!("la {name}"),
    }
}

/// A bullet figure and its table, for one or several indicators.
pub(super) fn bullet_figure(year: u16, source: &str, list: &[Indicateur]) -> (Figure, Table) {
    let titre = match list {
        [one] => {
            let (name, detail) = detailed(&one.libelle);
            format!("{name} {year}{detail} : {}", mesure(one.prevu, one.unite))
        }
        _ => watched(year, list),
    };
    let figure = Figure {
        numero: 0,
        nom: "ratios".to_owned(),
        titre,
        sous_titre: "Chaque ligne a sa propre échelle ; seuils en pointillés rouges".to_owned(),
        source: source.to_owned(),
        alternative: list
            .iter()
            .map(|i| format!("{} : {}.", i.libelle, mesure(i.prevu, i.unite)))
            .collect::<Vec<_>>()
            .join(" "),
        graphique: Graphique::Bullet(Bullet { lignes: list.iter().map(measure).collect() }),
    };
    let strate = list.iter().any(|i| i.strate.is_some());
    let mut columns = vec![
        Colonne::mot("Ratio"),
        Colonne::nombre("Prévu"),
        Colonne::nombre("Bas (8 sur 10)"),
        Colonne::nombre("Haut (8 sur 10)"),
        Colonne::nombre("Année de base"),
        Colonne::mot("Seuils et source"),
    ];
    if strate {
        columns.insert(5, Colonne::nombre("Strate"));
    }
    let mut table = Table::simple(format!("Ratios {year}"), columns);
    for i in list {
        let all = [Some(i.prevu), i.bas_80, i.haut_80, i.base, i.strate].into_iter().flatten();
        let unit = Unite::fine(all.filter_map(|v| match v {
            Valeur::Montant(m) => Some(m),
            Valeur::Nombre(_) => None,
        }));
        let cell = |v: Option<Valeur>| Cellule::mesure(v, i.unite, unit);
        let mut cells = vec![
            Cellule::prose(&i.libelle),
            cell(Some(i.prevu)),
            cell(i.bas_80),
            cell(i.haut_80),
            cell(i.base),
            Cellule::prose(zones::texte(i)),
        ];
        if strate {
            cells.insert(5, cell(i.strate));
        }
        table.ligne(cells);
    }
    (figure, table)
}

/// A waterfall figure and its table.
pub(super) fn cascade_figure(
    cascade: &Cascade,
    (nom, titre, source): (&str, String, String),
) -> (Figure, Table) {
    let all = cascade.causes.iter().map(|p| p.montant);
    let unit = Unite::fine(all.chain([cascade.depart.montant, cascade.arrivee.montant]));
    let step = |p: &Poste| Marche::new(&p.libelle, p.montant.0 as f64);
    let sens = if cascade.hausse_favorable { Sens::Favorable } else { Sens::Neutre };
    let note = if cascade.hausse_favorable { " ; hachures : favorable" } else { "" };
    let figure = Figure {
        numero: 0,
        nom: nom.to_owned(),
        titre,
        sous_titre: format!("Montants {}{note}", layout::en(unit)),
        source,
        alternative: format!(
            "De {} ({}) à {} ({}).",
            cascade.depart.libelle,
            unit.avec(cascade.depart.montant),
            cascade.arrivee.libelle,
            unit.avec(cascade.arrivee.montant)
        ),
        graphique: Graphique::Waterfall(Waterfall {
            echelle: Echelle::Argent(unit),
            depart: Some(step(&cascade.depart)),
            causes: cascade.causes.iter().map(step).collect(),
            arrivee: step(&cascade.arrivee),
            sens,
        }),
    };
    let columns = vec![Colonne::mot("Étape"), Colonne::nombre(format!("Montant ({})", unit.mot()))];
    let mut table = Table::simple("Du départ à l’arrivée", columns);
    table.ligne(vec![
        Cellule::mot(&cascade.depart.libelle),
        Cellule::montant(cascade.depart.montant, unit),
    ]);
    for p in &cascade.causes {
        table.ligne(vec![Cellule::mot(&p.libelle), Cellule::variation(p.montant, unit)]);
    }
    table.ligne(vec![
        Cellule::mot(&cascade.arrivee.libelle),
        Cellule::montant(cascade.arrivee.montant, unit),
    ]);
    (figure, table)
}

/// A series in centimes, for a fan.
pub(super) fn serie(nom: &str, passe: &[PointPasse], prevu: &[PointPrevu]) -> Serie {
    Serie {
        nom: nom.to_owned(),
        passe: passe.iter().map(|p| (i32::from(p.exercice), p.montant.0 as f64)).collect(),
        prevu: prevu
            .iter()
            .map(|h| Horizon {
                annee: i32::from(h.exercice),
                centre: h.prevision.0 as f64,
                b80: (h.bas_80.0 as f64, h.haut_80.0 as f64),
                b95: (h.bas_95.0 as f64, h.haut_95.0 as f64),
            })
            .collect(),
    }
}

fn amounts(list: &[&Projection]) -> Vec<Centimes> {
    list.iter()
        .flat_map(|p| {
            let past = p.passe.iter().map(|x| x.montant);
            past.chain(p.prevu.iter().flat_map(|h| [h.prevision, h.haut_95]))
        })
        .collect()
}

/// A fan figure and its table for the projections of one section of one budget.
pub(super) fn fan_figure(list: &[&Projection], titre: String, source: String) -> (Figure, Table) {
    let unit = Unite::de(amounts(list));
    let named = |p: &&Projection| serie(&fr::majuscule(lecture::sens(&p.sens)), &p.passe, &p.prevu);
    let first = list.first();
    let section = first.map_or("", |p| lecture::section(&p.section));
    let budget = first.map_or("", |p| p.budget.as_str());
    let landing = list.iter().flat_map(|p| &p.passe).find(|x| x.atterrissage);
    let landed = landing.map_or_else(String::new, |x| format!(" ; {} : atterrissage", x.exercice));
    let figure = Figure {
        numero: 0,
        nom: format!("projection_{section}"),
        alternative: list
            .iter()
            .filter_map(|p| p.prevu.last().map(|h| (p, h)))
            .map(|(p, h)| {
                let s = fr::majuscule(lecture::sens(&p.sens));
                format!("{s} prévues en {} : {}.", h.exercice, unit.avec(h.prevision))
            })
            .collect::<Vec<_>>()
            .join(" "),
        titre,
        sous_titre: format!("Opérations réelles, budget {budget}, {}{landed}", layout::en(unit)),
        source,
        graphique: Graphique::Fan(Fan {
            echelle: Echelle::Argent(unit),
            series: list.iter().map(named).collect(),
            bas: false,
        }),
    };
    let columns = vec![
        Colonne::mot("Sens"),
        Colonne::nombre("Exercice"),
        Colonne::mot("État"),
        Colonne::nombre("Montant"),
        Colonne::nombre("Bas 80"),
        Colonne::nombre("Haut 80"),
        Colonne::nombre("Bas 95"),
        Colonne::nombre("Haut 95"),
    ];
    let caption = format!("Section {}, {}", lecture::de(section), layout::en(unit));
    let mut table = Table::simple(caption, columns);
    for p in list {
        past_rows(&mut table, p, unit);
        for h in &p.prevu {
            table.ligne(vec![
                Cellule::mot(lecture::sens(&p.sens)),
                Cellule::annee(h.exercice),
                Cellule::mot("prévu"),
                Cellule::montant(h.prevision, unit),
                Cellule::montant(h.bas_80, unit),
                Cellule::montant(h.haut_80, unit),
                Cellule::montant(h.bas_95, unit),
                Cellule::montant(h.haut_95, unit),
            ]);
        }
    }
    (figure, table)
}

fn past_rows(table: &mut Table, p: &Projection, unit: Unite) {
    for x in &p.passe {
        let state = if x.atterrissage { "atterrissage" } else { "réalisé" };
        let mut cells = vec![
            Cellule::mot(lecture::sens(&p.sens)),
            Cellule::annee(x.exercice),
            Cellule::mot(state),
            Cellule::montant(x.montant, unit),
        ];
        cells.extend((0..4).map(|_| Cellule::absente()));
        table.ligne(cells);
    }
}

/// A heatmap figure and its table.
pub(super) fn grid_figure(
    grid: &GrilleMois,
    digits: usize,
    (nom, titre, sous_titre): (&str, &str, &str),
    source: String,
) -> (Figure, Table) {
    let lignes = grid.lignes.iter().map(|l| (l.libelle.clone(), l.mois)).collect();
    let figure = Figure {
        numero: 0,
        nom: nom.to_owned(),
        titre: titre.to_owned(),
        sous_titre: sous_titre.to_owned(),
        source,
        alternative: format!(
            "{}, douze mois, un nombre par case.",
            fr::compte(grid.lignes.len() as u64, "ligne", "lignes")
        ),
        graphique: Graphique::Heatmap(Heatmap { lignes, decimales: digits, seuil: grid.seuil }),
    };
    let mut columns = vec![Colonne::mot("Ligne")];
    columns.extend((1..=12).map(|m| Colonne::nombre(fr::mois_court(m))));
    let mut table = Table::simple(format!("{titre} ({sous_titre})"), columns);
    for l in &grid.lignes {
        let mut cells = vec![Cellule::mot(&l.libelle)];
        cells.extend(l.mois.iter().map(|v| Cellule::decimal_ou(*v, digits)));
        table.ligne(cells);
    }
    (figure, table)
}
