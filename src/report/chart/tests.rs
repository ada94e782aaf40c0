//! Every chart on poor data, and the palette against its contrasts.
//!
//! **Invariant:** no data, however poor, make a chart fail or print something that is not a number.

use proptest::prelude::*;

use super::bars::{Barre, Bars};
use super::benford::BenfordBars;
use super::bullet::{Bullet, Mesure};
use super::canvas;
use super::columns::{Annee, Columns};
use super::curve::{Curve, Trace};
use super::dots::{Dots, Modele};
use super::fan::{Fan, Horizon, Serie};
use super::heatmap::Heatmap;
use super::histogram::{Histogram, Panneau};
use super::months::{Cellule, Months};
use super::multiples::{Case, Multiples};
use super::points::{Point, Points};
use super::profile::{Courbe, Profile};
use super::scale::Echelle;
use super::strip::{Rangee, Strip};
use super::timeline::{Groupe, Timeline};
use super::tornado::Tornado;
use super::waterfall::{Marche, Sens, Waterfall};
use super::*;
use crate::domain::money::Centimes;
use crate::report::fr::Unite;

fn figure(graphique: Graphique) -> Figure {
    Figure {
        numero: 1,
        nom: "essai".into(),
        titre: "<Titre> & \"conclusion\"".into(),
        sous_titre: String::new(),
        source: String::new(),
        alternative: "texte".into(),
        graphique,
    }
}

fn serie(values: &[f64]) -> Serie {
    let (past, future) = values.split_at(values.len() / 2);
    Serie {
        nom: "Dépenses".into(),
        passe: past.iter().enumerate().map(|(i, v)| (2019 + i as i32, *v)).collect(),
        prevu: future
            .iter()
            .enumerate()
            .map(|(i, v)| Horizon {
                annee: 2026 + i as i32,
                centre: *v,
                b80: (*v, *v),
                b95: (v - 1.0, v + 1.0),
            })
            .collect(),
    }
}

/// Every kind of chart drawn from one list of numbers.
fn all(values: &[f64]) -> Vec<Graphique> {
    let mut out = totals(values);
    out.extend(lists(values));
    out.extend(regards(values));
    out
}

/// Delays by month.
fn strip(values: &[f64]) -> Graphique {
    let days = |v: &f64| v.abs() % 900.0;
    Graphique::Strip(Strip {
        lignes: values
            .iter()
            .map(|v| Rangee {
                libelle: "janv. 2026".into(),
                quantiles: [0.0, 1.0, 2.0, 3.0, days(v)],
                maximum: days(v),
                complement: "1 sur 2".into(),
            })
            .collect(),
        seuil: 30.0,
        nom_seuil: "limite : 30 jours".into(),
        depuis: "réception".into(),
    })
}

/// The charts of the audit and of the cash.
fn regards(values: &[f64]) -> Vec<Graphique> {
    let echelle = Echelle::Argent(Unite::Millier);
    let line = Trace {
        nom: "Titres".into(),
        points: values.to_vec(),
        bande: values.iter().map(|v| (v - 1.0, v + 1.0)).collect(),
        prevu: true,
    };
    vec![
        Graphique::Curve(Curve {
            echelle,
            etapes: values.iter().map(|_| "janv.".into()).collect(),
            abscisse: "mois".into(),
            series: vec![line.clone(), Trace { bande: vec![], prevu: false, ..line }],
            repere: Some((
                1,
                "un point bas au nom très long, plus long que le dessin lui-même".repeat(2),
            )),
        }),
        strip(values),
        Graphique::Histogram(Histogram {
            panneaux: vec![Panneau {
                titre: "Travaux".into(),
                seuil: "40 k€".into(),
                barres: values.iter().map(|v| v.abs() as u64).collect(),
                bornes: ("30 k€".into(), "50 k€".into()),
            }],
        }),
        Graphique::Months(Months {
            cases: vec![Cellule {
                titre: "011".into(),
                echelle,
                valeurs: values.to_vec(),
                marques: vec![0, 40],
            }],
            debut: (2025, 11),
        }),
        Graphique::Points(Points {
            echelle,
            noms: ["commune".into(), "strate".into()],
            lignes: values
                .iter()
                .map(|v| Point {
                    libelle: "ratio".into(),
                    detail: String::new(),
                    valeur: *v,
                    repere: Some(-v),
                })
                .collect(),
        }),
    ]
}

fn totals(values: &[f64]) -> Vec<Graphique> {
    let echelle = Echelle::Argent(Unite::Millier);
    let first = values.first().copied().unwrap_or(0.0);
    let steps: Vec<Marche> = values.iter().map(|v| Marche::new("cause", *v)).collect();
    let mesure = Mesure {
        libelle: "Ratio".into(),
        unite: "%".into(),
        echelle: Echelle::Pourcent,
        valeur: first,
        intervalle: values.get(1).map(|v| (*v, first)),
        base: values.get(2).copied(),
        strate: None,
        seuils: values.iter().map(|v| (*v, "seuil".into())).collect(),
        hausse_favorable: true,
    };
    let case =
        Case { titre: "012".into(), detail: "dépenses".into(), echelle, serie: serie(values) };
    vec![
        Graphique::Fan(Fan { echelle, series: vec![serie(values), serie(values)], bas: false }),
        Graphique::Fan(Fan { echelle, series: vec![], bas: true }),
        Graphique::Waterfall(Waterfall {
            echelle,
            depart: values.first().map(|v| Marche::new("départ", *v)),
            causes: steps,
            arrivee: Marche::new("arrivée", first),
            sens: Sens::Favorable,
        }),
        Graphique::Bullet(Bullet { lignes: vec![mesure] }),
        Graphique::Multiples(Multiples { cases: vec![case] }),
    ]
}

fn lists(values: &[f64]) -> Vec<Graphique> {
    let steps: Vec<(usize, f64)> = values.iter().enumerate().map(|(i, v)| (i + 1, *v)).collect();
    let echelle = Echelle::Argent(Unite::Millier);
    let year =
        |v: &f64| Annee { libelle: "2026".into(), parts: [*v, *v], total: *v, note: String::new() };
    let part = |v: &f64| Barre {
        libelle: "part".into(),
        detail: String::new(),
        valeur: *v,
        complement: String::new(),
        reste: false,
    };
    let group = |v: &f64| Groupe {
        libelle: "tiers".into(),
        rang: 1,
        controle: "DBL01".into(),
        enjeu: Centimes(*v as i64),
        jours: vec![*v as i32 % 20_000, 20_000],
    };
    vec![
        Graphique::Heatmap(Heatmap {
            lignes: vec![("ligne".into(), std::array::from_fn(|m| values.get(m).copied()))],
            decimales: 1,
            seuil: Some(3.0),
        }),
        Graphique::Benford(BenfordBars {
            chiffres: values.iter().map(|v| (1, *v, *v, *v, *v)).collect(),
        }),
        Graphique::Timeline(Timeline { groupes: values.iter().map(group).collect() }),
        Graphique::Bars(Bars { echelle, lignes: values.iter().map(part).collect() }),
        Graphique::Tornado(Tornado {
            echelle,
            lignes: values.iter().map(|v| ("hypothèse".into(), -v, *v)).collect(),
        }),
        Graphique::Dots(Dots {
            lignes: vec![Modele {
                nom: "theta".into(),
                retenu: true,
                erreurs: values.iter().map(|v| (2025, *v)).collect(),
            }],
        }),
        Graphique::Profile(Profile {
            modeles: vec![Courbe { nom: "modèle".into(), points: steps.clone() }; 3],
            couvertures: [steps, vec![]],
        }),
        Graphique::Columns(Columns {
            echelle,
            parts: ["capital".into(), "intérêts".into()],
            annees: values.iter().map(year).collect(),
        }),
    ]
}

#[test]
fn poor_data_are_drawn() {
    for values in [&[][..], &[0.0], &[0.0, 0.0, 0.0], &[f64::NAN, 1.0], &[-5e11, 7e11, 1.0, 1.0]] {
        for graphique in all(values) {
            let svg = figure(graphique).svg().expect("a drawing");
            assert!(!svg.contains("NaN") && svg.ends_with("</svg>"), "{values:?}: {svg}");
            assert!(svg.contains("&lt;Titre&gt; &amp; &quot;conclusion&quot;"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_amounts_are_drawn_inside_the_page(values in prop::collection::vec(-1e12_f64..1e12, 0..9)) {
        for graphique in all(&values) {
            let svg = figure(graphique).svg().expect("a drawing");
            for part in svg.split(" x=\"").skip(1) {
                let x: f64 = part.split('"').next().unwrap_or("").parse().expect("a number");
                prop_assert!((-200.0..=1_800.0).contains(&x), "x = {x} in {svg}");
            }
        }
    }
}

#[test]
fn marks_and_texts_are_legible_on_white() {
    let luminance = |c: plotters::style::RGBColor| {
        let channel = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(c.0) + 0.7152 * channel(c.1) + 0.0722 * channel(c.2)
    };
    let contrast = |c| 1.05 / (luminance(c) + 0.05);
    for text in [canvas::TEXTE, canvas::GRIS, canvas::SEUIL] {
        assert!(contrast(text) >= 4.5, "{text:?}");
    }
    for mark in [canvas::BLEU, canvas::ORANGE, canvas::ENCRE, canvas::VERT, canvas::FILET] {
        assert!(contrast(mark) >= 3.0, "{mark:?}");
    }
}
