//! `synthese.html`: two pages for an elected official (UX 5.3).
//!
//! **Invariant:** no supplier, no finding; every acronym is in the lexicon.

use super::figures::{bullet_figure, cascade_figure, fan_figure};
use super::table::{Cellule, Colonne, Table};
use super::{Html, intervalle, layout, zones};
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::Rapport;
use crate::report::chart::bars::{Barre, Bars};
use crate::report::chart::points::{Point, Points};
use crate::report::chart::scale::Echelle;
use crate::report::chart::{Figure, Graphique};
use crate::report::fr::{self, Unite};
use crate::report::model::Cascade;
use crate::report::model::synthese::{EMPRUNTS, PartPour100, Synthese};

/// The year when communes received the rate of their department (loi de finances pour 2020, art. 16).
const REFORME_TAXE_FONCIERE: u16 = 2021;

/// The blocks of the page.
pub(super) fn body(html: &mut Html, rapport: &Rapport, s: &Synthese) -> Result<(), Refus> {
    let source = "Source : comptes et budget de la commune.".to_owned();
    layout::essentiel(html, "L’essentiel", &s.essentiel);
    layout::sommaire(html);
    let year = s.exercice_comptes;
    let (from, to) = (format!("reçus en {year}"), format!("dépensés en {year}"));
    parts(html, ("recettes", "D’où vient l’argent", &from), &s.recettes)?;
    parts(html, ("depenses", "Où va l’argent", &to), &s.depenses)?;
    if let Some(cascade) = &s.autofinancement {
        let (conclusion, titre) = reste(rapport.exercice, cascade);
        html.section("reste", "Ce qui reste pour investir", &conclusion);
        let (figure, table) = cascade_figure(cascade, ("autofinancement", titre, source.clone()));
        html.figure(figure, "chaque barre part du point où la précédente s'arrête.", &table)?;
        html.close();
    }
    if let Some(dette) = &s.dette {
        html.section("dette", "La dette", &zones::dette(dette));
        let (figure, table) = bullet_figure(rapport.exercice, &source, std::slice::from_ref(dette));
        html.figure(figure, "plus la barre est courte, plus la dette est légère.", &table)?;
        html.close();
    }
    avenir(html, s, &source)?;
    comparaison(html, s, &source)?;
    impots(html, s);
    personnel(html, s);
    budgets(html, s);
    if !s.questions.is_empty() {
        html.section("questions", "Questions à poser en conseil", "");
        html.open("ol", &[]);
        s.questions.iter().for_each(|q| html.el("li", &[], q));
        html.close();
        html.close();
    }
    Ok(())
}

/// What can be invested and how much of it is borrowed: conclusion, title of the figure.
fn reste(year: u16, cascade: &Cascade) -> (String, String) {
    let loan = cascade.causes.iter().find(|c| c.libelle == EMPRUNTS);
    let loan = loan.map_or(Centimes::ZERO, |c| c.montant);
    let [rest, part] = fr::phrases([cascade.arrivee.montant, loan]);
    let name = &cascade.arrivee.libelle;
    match loan {
        Centimes::ZERO => (
            format!("En {year}, *{rest}* à dépenser en travaux, sans emprunter."),
            format!("{name} : {rest}"),
        ),
        _ if loan >= cascade.arrivee.montant => (
            format!("En {year}, *{rest}* à dépenser en travaux, pour *{part}* empruntés."),
            format!("{name} : {rest}, pour {part} empruntés"),
        ),
        _ => (
            format!("En {year}, *{rest}* à dépenser en travaux, dont *{part}* empruntés."),
            format!("{name} : {rest}, dont {part} empruntés"),
        ),
    }
}

fn parts(
    html: &mut Html,
    (id, title, word): (&'static str, &str, &str),
    list: &[PartPour100],
) -> Result<(), Refus> {
    let Some(first) = list.first() else {
        return Ok(());
    };
    let amount = fr::decimal(first.pour_100, 0);
    let verb = if word.starts_with("reçus") { "viennent du" } else { "vont au" };
    let name = first.libelle.to_lowercase();
    let conclusion = format!("Sur 100 € {word}, *{amount} €* {verb} poste « {name} ».");
    html.section(id, title, &conclusion);
    let lignes = list.iter().map(|p| Barre {
        libelle: p.libelle.clone(),
        detail: p.exemple.clone(),
        valeur: p.pour_100,
        complement: "€".to_owned(),
        reste: p.libelle.to_lowercase().starts_with("autres"),
    });
    let figure = Figure {
        numero: 0,
        nom: id.to_owned(),
        titre: format!("{} : {amount} € sur 100 € {word}", first.libelle),
        sous_titre: "En euros, fonctionnement et investissement".to_owned(),
        source: "Source : comptes et budget de la commune.".to_owned(),
        alternative: format!("{} parts, de la plus grande à la plus petite.", list.len()),
        graphique: Graphique::Bars(Bars { echelle: Echelle::Nombre(0), lignes: lignes.collect() }),
    };
    let columns = vec![Colonne::mot("Part"), Colonne::mot("Exemple"), Colonne::nombre("€ sur 100")];
    let mut table = Table::simple(format!("Pour 100 € {word}"), columns);
    for p in list {
        table.ligne(vec![
            Cellule::mot(&p.libelle),
            Cellule::mot(&p.exemple),
            Cellule::decimal(p.pour_100, 0),
        ]);
    }
    html.figure(figure, "une barre par part, de la plus longue à la plus courte.", &table)?;
    html.close();
    Ok(())
}

fn avenir(html: &mut Html, s: &Synthese, source: &str) -> Result<(), Refus> {
    if s.avenir.is_none() && s.scenarios.is_empty() && s.decisions.is_empty() {
        return Ok(());
    }
    let next = s.avenir.as_ref().and_then(|p| p.prevu.first());
    let conclusion = next.map_or_else(String::new, |h| {
        let [lo, hi] = fr::phrases([h.bas_80, h.haut_80]).map(|m| format!("*{m}*"));
        format!("Épargne brute {} : {}.", h.exercice, intervalle::entre(s.fiabilite, (&lo, &hi)))
    });
    let title =
        next.map_or_else(|| "Et ensuite ?".to_owned(), |h| format!("Et en {} ?", h.exercice));
    html.section("avenir", &title, &conclusion);
    if let Some(p) = &s.avenir {
        let titre = next.map_or_else(String::new, |h| {
            format!("Épargne brute {} : {} attendus", h.exercice, fr::phrase(h.prevision))
        });
        let (mut figure, table) = fan_figure(&[p], titre, source.to_owned());
        "avenir".clone_into(&mut figure.nom);
        if let Graphique::Fan(fan) = &mut figure.graphique {
            fan.bas = true;
        }
        if let Some(last) = p.prevu.last() {
            let [point, lo, hi] = fr::phrases([last.prevision, last.bas_80, last.haut_80]);
            let bounds = intervalle::entre(s.fiabilite, (&lo, &hi));
            figure.alternative = format!("Épargne brute {} : {point}, {bounds}.", last.exercice);
        }
        html.figure(figure, &intervalle::lire("le bleu moyen", s.fiabilite), &table)?;
    }
    if !s.scenarios.is_empty() {
        let unit = Unite::de(s.scenarios.iter().map(|x| x.epargne_brute));
        let columns = vec![
            Colonne::mot("Scénario"),
            Colonne::mot("Hypothèses"),
            Colonne::nombre(format!("Épargne brute ({})", unit.mot())),
        ];
        let mut table = Table::simple("Selon les hypothèses", columns);
        for x in &s.scenarios {
            table.ligne(vec![
                Cellule::mot(&x.nom),
                Cellule::prose(&x.hypotheses),
                Cellule::montant(x.epargne_brute, unit),
            ]);
        }
        html.table(&table);
    }
    decisions(html, s);
    html.close();
    Ok(())
}

/// One line a decision.
fn decisions(html: &mut Html, s: &Synthese) {
    if !s.decisions.is_empty() {
        let unit = Unite::de(s.decisions.iter().map(|d| d.montant));
        let effect = Colonne::nombre(format!("Effet sur l’épargne ({})", unit.mot()));
        let mut table =
            Table::simple("Ce que change une décision", vec![Colonne::mot("Décision"), effect]);
        for d in &s.decisions {
            table.ligne(vec![Cellule::mot(&d.libelle), Cellule::variation(d.montant, unit)]);
        }
        html.table(&table);
        if s.point_deduit {
            html.p("Point de taxe foncière : produit voté ÷ taux, la base lue ne le donnant pas.");
        }
        if let Some(home) = s.point_par_foyer {
            html.p(&format!(
                "+1 point de taxe foncière : *{}* par an pour un logement moyen.",
                fr::euros(home)
            ));
        }
    }
}

/// A dot for the commune, a tick for the mean of the strate, euros a head.
fn beside(s: &Synthese, (year, source): (u16, &str)) -> Option<Figure> {
    let unit = Unite::de(s.comparaison.iter().map(|c| c.montant));
    let lignes: Vec<Point> = s
        .comparaison
        .iter()
        .filter_map(|c| {
            Some(Point {
                libelle: c.libelle.clone(),
                detail: unit.avec(c.montant),
                valeur: c.par_habitant?.0 as f64,
                repere: Some(c.strate?.0 as f64),
            })
        })
        .collect();
    let over = lignes.iter().filter(|l| l.repere.is_some_and(|m| l.valeur > m)).count() as u64;
    (!lignes.is_empty()).then(|| Figure {
        numero: 0,
        nom: "comparaison".to_owned(),
        titre: format!(
            "{} sur {} au-dessus de la moyenne {year} de la strate",
            fr::compte(over, "mesure", "mesures"),
            lignes.len()
        ),
        sous_titre: "En euros par habitant ; sous le nom, le montant total".to_owned(),
        source: source.to_owned(),
        alternative: "Un point pour la commune, un trait pour la moyenne de la strate.".to_owned(),
        graphique: Graphique::Points(Points {
            echelle: Echelle::Argent(Unite::Euro),
            noms: ["la commune".to_owned(), "moyenne de la strate".to_owned()],
            lignes,
        }),
    })
}

fn comparaison(html: &mut Html, s: &Synthese, source: &str) -> Result<(), Refus> {
    if s.comparaison.is_empty() {
        return Ok(());
    }
    let heads = s.comparaison.iter().any(|c| c.par_habitant.is_some());
    let strate = s.comparaison.iter().find_map(|c| c.strate_exercice);
    let caution = if strate.is_some() { "Une moyenne n'est pas une norme." } else { "" };
    let count = match s.comparaison.len() {
        6 => "six",
        7 => "sept",
        _ => "quelques",
    };
    html.section("comparaison", &format!("Les comptes en {count} chiffres"), caution);
    let unit = Unite::de(s.comparaison.iter().map(|c| c.montant));
    let mut columns =
        vec![Colonne::mot("Mesure"), Colonne::nombre(format!("Montant ({})", unit.mot()))];
    if heads {
        columns.push(Colonne::nombre("€ par habitant"));
    }
    if let Some(year) = strate {
        columns.push(Colonne::nombre(format!("Moyenne de la strate {year} (€ par habitant)")));
    }
    let mut table = Table::simple(format!("D’après les comptes {}", s.exercice_comptes), columns);
    for c in &s.comparaison {
        let mut cells = vec![Cellule::mot(&c.libelle), Cellule::montant(c.montant, unit)];
        if heads {
            cells.push(Cellule::montant_ou(c.par_habitant, Unite::Euro));
        }
        if strate.is_some() {
            cells.push(Cellule::montant_ou(c.strate, Unite::Euro));
        }
        table.ligne(cells);
    }
    match strate.and_then(|year| beside(s, (year, source))) {
        Some(figure) => {
            let reading = "à droite du trait, la commune est au-dessus de la moyenne.";
            html.drawing(figure, reading)?;
        }
        None if strate.is_some() => html.p("Population inconnue : rien par habitant."),
        None => {}
    }
    html.table(&table);
    html.close();
    Ok(())
}

fn impots(html: &mut Html, s: &Synthese) {
    let Some(first) = s.impots.first() else { return };
    let change = first.precedent_pct.map(|before| first.taux_pct - before);
    let conclusion = match change {
        Some(points) if points.abs() < 0.005 => {
            format!("En {}, le taux principal n'a pas changé.", first.exercice)
        }
        Some(points) => {
            format!("En {}, le taux principal a varié de *{}*.", first.exercice, fr::points(points))
        }
        None => format!("Taux votés pour {}.", first.exercice),
    };
    html.section("impots", "Les impôts", &conclusion);
    if first.exercice == REFORME_TAXE_FONCIERE && first.precedent_pct.is_some() {
        html.p("Cette année-là, la commune a reçu la part du département.");
    }
    let unit = Unite::de(s.impots.iter().filter_map(|i| i.produit));
    let columns = vec![
        Colonne::mot("Impôt"),
        Colonne::nombre(format!("Taux {} (%)", first.exercice)),
        Colonne::nombre("Taux d’avant (%)"),
        Colonne::nombre(format!("Produit ({})", unit.mot())),
    ];
    let mut table = Table::simple("Taux votés par la commune", columns);
    for i in &s.impots {
        table.ligne(vec![
            Cellule::mot(&i.libelle),
            Cellule::decimal(i.taux_pct, 2),
            Cellule::decimal_ou(i.precedent_pct, 2),
            Cellule::montant_ou(i.produit, unit),
        ]);
    }
    html.table(&table);
    html.close();
}

fn personnel(html: &mut Html, s: &Synthese) {
    let Some(e) = &s.effectifs else { return };
    let (fixed, other) = (fr::decimal(e.titulaires, 1), fr::decimal(e.contractuels, 1));
    let text =
        format!("Fin {}, *{fixed}* postes titulaires et *{other}* contractuels.", e.exercice);
    html.section("personnel", "Le personnel", &text);
    html.p("En équivalent temps plein, postes permanents pourvus.");
    html.close();
}

fn budgets(html: &mut Html, s: &Synthese) {
    if s.budgets.is_empty() {
        return;
    }
    let n = s.budgets.len() as u64;
    let conclusion = format!("La commune tient *{}*.", fr::compte(n, "budget", "budgets"));
    html.section("budgets", "Tous les budgets", &conclusion);
    let unit = Unite::de(s.budgets.iter().flat_map(|b| [b.recettes, b.depenses]));
    let columns = vec![
        Colonne::mot("Budget"),
        Colonne::nombre(format!("Recettes ({})", unit.mot())),
        Colonne::nombre(format!("Dépenses ({})", unit.mot())),
    ];
    let mut table = Table::simple("Fonctionnement prévu, budget par budget", columns);
    for b in &s.budgets {
        table.ligne(vec![
            Cellule::mot(&b.nom),
            Cellule::montant(b.recettes, unit),
            Cellule::montant(b.depenses, unit),
        ]);
    }
    html.table(&table);
    html.close();
}
