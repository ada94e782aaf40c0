//! `preparation.html`: for the finance director who prepares the budget (UX 5.1).
//!
//! **Invariant:** every section opens with its conclusion and its number; without data, it says why.

use super::figures::{bullet_figure, cascade_figure, mesure};
use super::table::{Cellule, Colonne, Table};
use super::{Html, intervalle, layout};
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::Rapport;
use crate::report::chart::dots::{Dots, Modele};
use crate::report::chart::points::{Point, Points};
use crate::report::chart::scale::Echelle;
use crate::report::chart::{Figure, Graphique};
use crate::report::fr;
use crate::report::model::preparation::{Indicateur, Preparation};
use crate::report::model::proposition::Proposition;
use crate::report::model::{Cascade, Fiabilite, Poste, Valeur};

mod chapitres;
mod comparaison;
mod constantes;
mod conventions;
mod landing;
mod outlook;
mod projections;
pub(super) mod proposition;
mod replay;
mod tresorerie;

/// The sections of the page.
pub(super) fn body(html: &mut Html, rapport: &Rapport, p: &Preparation) -> Result<(), Refus> {
    let fiabilite = p.fiabilite();
    let context =
        Context { year: rapport.exercice, base: &p.base, depuis: p.exercice_base, fiabilite };
    layout::essentiel(html, "En trois phrases", &sentences(rapport, p));
    if !p.indicateurs.is_empty() {
        bullets(html, &context, &p.indicateurs)?;
    }
    layout::sommaire(html);
    match &p.variation_epargne {
        Some(cascade) => variation(html, &context, cascade)?,
        None => html.absent(
            "variation",
            "D'où vient la variation d'épargne",
            (
                "il manque le compte d'une année de base.",
                "ajouter le dernier compte administratif.",
            ),
        ),
    }
    conventions::conventions(html, p);
    projections::projections(html, &context, p)?;
    landing::atterrissage(html, p);
    chapitres::chapitres(html, &context, &p.chapitres)?;
    proposition::proposition(html, p);
    outlook::saisonnalite(html, &context, p.saisonnalite.as_ref())?;
    tresorerie::tresorerie(html, &context, p.tresorerie.as_ref())?;
    outlook::scenarios(html, &context, p)?;
    comparaison::scenarios(html, p);
    outlook::dette(html, &context, p)?;
    comparaison::costs(html, p);
    comparaison::ratios(html, p);
    inconnues(html, p);
    replay::ecarts(html, p);
    replay::retraitements(html, p);
    constantes::constantes(html, p);
    layout::qualite(html, rapport);
    methode(html, &context, rapport, p)
}

/// What every section repeats: the year to prepare and the year it starts from.
struct Context<'a> {
    year: u16,
    base: &'a str,
    /// Exercice it starts from.
    depuis: u16,
    /// What the past says of the bounds.
    fiabilite: Fiabilite,
}

impl Context<'_> {
    fn source(&self) -> String {
        format!("Source : fichiers lus ; base : {}.", self.base)
    }

    /// From the base year to the year prepared: `2025 → 2027, deux ans`.
    fn pas(&self) -> String {
        pas(self.depuis, self.year)
    }
}

/// The two years compared, and how far they are when they do not follow.
fn pas(base: u16, year: u16) -> String {
    const APART: [&str; 4] = ["deux", "trois", "quatre", "cinq"];
    let far = usize::from(year.saturating_sub(base)).checked_sub(2).and_then(|i| APART.get(i));
    let apart = far.map_or_else(String::new, |n| format!(", {n} ans"));
    format!("{base}\u{a0}→\u{a0}{year}{apart}")
}

fn sentences(rapport: &Rapport, p: &Preparation) -> Vec<String> {
    let year = rapport.exercice;
    let mut out = p.propositions.first().map(Proposition::manquements).unwrap_or_default();
    out.extend(savings(year, p));
    let staff = p.chapitres.iter().find(|c| c.code == "012" && c.sens == "D" && c.section == "F");
    if let Some((c, change)) = staff.and_then(|c| c.evolution_pct.map(|e| (c, e))) {
        let verb = if change < 0.0 { "reculent" } else { "progressent" };
        out.push(format!(
            "Les dépenses de personnel (chapitre {}) {verb} de *{}* ({}).",
            c.code,
            fr::pourcent(change.abs(), 1),
            pas(p.exercice_base, year)
        ));
    }
    out.extend(p.propositions.first().and_then(proposition::already_voted));
    out.push(match p.chapitres_a_decider {
        0 => "Aucun chapitre ne demande de décision particulière.".to_owned(),
        n if n > 1 && n == operating(p) => format!(
            "*Tous les chapitres* de fonctionnement demandent une décision. Les moins sûrs : {}.",
            chapitres::to_decide(&p.chapitres)
        ),
        n => format!(
            "*{}* {} une décision : {}.",
            fr::compte(n, "chapitre", "chapitres"),
            fr::accord(n as f64, "demande", "demandent"),
            chapitres::to_decide(&p.chapitres)
        ),
    });
    out
}

/// Chapitres of the operating section.
fn operating(p: &Preparation) -> u64 {
    p.chapitres.iter().filter(|c| c.section == "F").count() as u64
}

/// The épargne brute and its bounds, with what they are worth.
fn savings(year: u16, p: &Preparation) -> Option<String> {
    let i = p.indicateurs.iter().find(|i| i.cle == "epargne_brute")?;
    let lead = format!("À droit constant, l'épargne brute {year} serait de");
    let amount = |v: Option<Valeur>| match v {
        Some(Valeur::Montant(m)) => Some(m),
        _ => None,
    };
    let all = [amount(Some(i.prevu)), amount(i.bas_80), amount(i.haut_80)];
    let [Some(point), Some(lo), Some(hi)] = all else {
        return Some(format!("{lead} *{}*.", mesure(i.prevu, i.unite)));
    };
    let [point, lo, hi] = fr::phrases([point, lo, hi]);
    Some(format!("{lead} *{point}*, {}.", intervalle::entre(p.fiabilite(), (&lo, &hi))))
}

fn bullets(html: &mut Html, context: &Context<'_>, list: &[Indicateur]) -> Result<(), Refus> {
    let (figure, table) = bullet_figure(context.year, &context.source(), list);
    html.figure(
        figure,
        "plus la barre entre dans l'orangé, plus le ratio appelle une décision.",
        &table,
    )
}

fn variation(html: &mut Html, context: &Context<'_>, cascade: &Cascade) -> Result<(), Refus> {
    let down = cascade.variation < Centimes::ZERO;
    let verb = if down { "recule" } else { "progresse" };
    let change = fr::phrase(cascade.variation.abs());
    let (year, base) = (context.year, context.base);
    let far = if year.saturating_sub(context.depuis) > 1 {
        format!("{} ; ", context.pas())
    } else {
        String::new()
    };
    let conclusion = format!("L'épargne brute {year} {verb} de *{change}* ({far}base : {base}).");
    html.section("variation", "D'où vient la variation d'épargne", &conclusion);
    let titre = causes(&cascade.causes).unwrap_or_else(|| {
        format!("L’épargne brute {verb} de {}", fr::phrase(cascade.variation.abs()))
    });
    let (figure, table) = cascade_figure(cascade, ("epargne", titre, context.source()));
    html.figure(figure, "chaque barre part du point où la précédente s'arrête.", &table)?;
    html.faire("expliquer les deux plus grandes barres dans le rapport d'orientation budgétaire.");
    html.close();
    Ok(())
}

/// The two largest causes, whatever their sign, the larger first.
fn causes(all: &[Poste]) -> Option<String> {
    let mut kept: Vec<&Poste> = all.iter().collect();
    kept.sort_by_key(|p| std::cmp::Reverse(p.montant.abs()));
    let [first, second, ..] = kept.as_slice() else { return None };
    let amounts = fr::phrases([first.montant, second.montant]);
    let named = |p: &Poste, amount: &str| {
        let sign = if p.montant > Centimes::ZERO { "+" } else { "" };
        format!("{} ({sign}{amount})", p.libelle.to_lowercase())
    };
    let [a, b] = [named(first, &amounts[0]), named(second, &amounts[1])];
    Some(format!("Les plus fortes causes : {a} et {b}"))
}

fn inconnues(html: &mut Html, p: &Preparation) {
    const TITLE: &str = "Ce que le modèle ne sait pas";
    if p.inconnues.is_empty() {
        html.section("inconnues", TITLE, "Aucune limite particulière n'a été relevée.");
        html.faire("ajouter les montants notifiés dans vigie.toml dès leur réception.");
        html.close();
        return;
    }
    let n = fr::compte(p.inconnues.len() as u64, "point à compléter", "points à compléter");
    html.section("inconnues", TITLE, &format!("*{n}* à la main."));
    html.open("ul", &[("class", "cases")]);
    for (i, item) in p.inconnues.iter().enumerate() {
        let id = format!("case{i}");
        html.open("li", &[]);
        html.tag("input", &[("type", "checkbox"), ("id", &id)]);
        html.data(" ");
        html.open("label", &[("for", &id)]);
        html.open("strong", &[]);
        html.data(&fr::typo(&item.sujet));
        html.close();
        html.prose(" : ");
        html.data(&fr::typo(&item.raison));
        html.close();
        html.open("div", &[("class", "faire")]);
        html.data(&fr::typo(&item.a_faire));
        html.close();
        html.close();
    }
    html.close();
    html.close();
}

fn methode(
    html: &mut Html,
    context: &Context<'_>,
    rapport: &Rapport,
    p: &Preparation,
) -> Result<(), Refus> {
    let text = format!("La prévision part de : {}, scénario {}.", p.base, p.scenario);
    html.section("methode", "Méthode", &text);
    html.p(if p.fiabilite().annees_rejouees > 0 {
        "Chaque chapitre est prévu par le modèle qui s'est le moins trompé dans le passé."
    } else {
        "Trop peu d'exercices pour comparer les modèles : chaque compte suit celui de son histoire."
    });
    html.p("Un montant connu ou calculé remplace toujours le modèle.");
    html.p(intervalle::origine(p.fiabilite()));
    if p.erreurs_passees.is_empty() {
        html.p("○ Erreurs passées non mesurées : historique trop court.");
    } else {
        let lines = p.erreurs_passees.iter().map(|m| Modele {
            nom: m.modele.clone(),
            retenu: m.retenu,
            erreurs: m.erreurs.iter().map(|e| (i32::from(e.exercice), e.erreur_pct)).collect(),
        });
        let kept = p.erreurs_passees.iter().find(|m| m.retenu).and_then(|m| m.couverture_80);
        let figure = Figure {
            numero: 0,
            nom: "erreurs_passees".to_owned(),
            titre: kept.map_or_else(
                || past_error(p),
                |c| {
                    format!(
                        "La valeur réelle est tombée dans l’intervalle {} du temps",
                        fr::pourcent(c, 0)
                    )
                },
            ),
            sous_titre: "Écart entre prévu et réalisé, en % ; en gras, le modèle retenu".to_owned(),
            source: context.source(),
            alternative: "Un point par année passée, autour de la ligne zéro.".to_owned(),
            graphique: Graphique::Dots(Dots { lignes: lines.collect() }),
        };
        html.figure(
            figure,
            "plus les points serrent le zéro, plus le modèle était sûr.",
            &table_erreurs(p),
        )?;
    }
    coverage(html, context, p)?;
    layout::parametres(html, rapport);
    html.close();
    Ok(())
}

/// The announced intervals against what came, model by model.
fn coverage(html: &mut Html, context: &Context<'_>, p: &Preparation) -> Result<(), Refus> {
    let Some(most) = p.couvertures.first() else {
        html.p("○ Intervalles passés non vérifiés : moins de cinq exercices.");
        return Ok(());
    };
    let lignes = p.couvertures.iter().map(|c| Point {
        libelle: c.modele.clone(),
        detail: format!("{} sur {}", fr::nombre(c.dedans), fr::nombre(c.montants)),
        valeur: c.couverture_pct,
        repere: Some(80.0),
    });
    let figure = Figure {
        numero: 0,
        nom: "couverture".to_owned(),
        titre: format!(
            "Modèle « {} » : {} des montants passés dans l’intervalle à 80 %",
            most.modele,
            fr::pourcent(most.couverture_pct, 0)
        ),
        sous_titre: "Part des montants passés dans l’intervalle annoncé un an avant, en %"
            .to_owned(),
        source: context.source(),
        alternative: format!(
            "{}, un point chacun, comparé à 80 %.",
            fr::compte(p.couvertures.len() as u64, "modèle", "modèles")
        ),
        graphique: Graphique::Points(Points {
            echelle: Echelle::Pourcent,
            noms: ["observé".to_owned(), "annoncé".to_owned()],
            lignes: lignes.collect(),
        }),
    };
    let columns = vec![
        Colonne::mot("Modèle"),
        Colonne::nombre("Montants passés"),
        Colonne::nombre("Dans l’intervalle"),
        Colonne::nombre("Part (%)"),
    ];
    let mut table = Table::simple("Intervalles à 80 % annoncés dans le passé", columns);
    for c in &p.couvertures {
        table.ligne(vec![
            Cellule::mot(&c.modele),
            Cellule::compte(c.montants),
            Cellule::compte(c.dedans),
            Cellule::decimal(c.couverture_pct, 1),
        ]);
    }
    html.figure(
        figure,
        "à droite du trait, l'intervalle était plus large qu'annoncé ; à gauche, trop étroit.",
        &table,
    )
}

/// What the past says of the forecast, when its coverage is not measured.
fn past_error(p: &Preparation) -> String {
    p.erreur_moyenne_pct.map_or_else(
        || "Erreurs passées, modèle par modèle".to_owned(),
        |e| format!("Les totaux prévus se sont écartés de {} en moyenne", fr::pourcent(e, 1)),
    )
}

fn table_erreurs(p: &Preparation) -> Table {
    let columns = vec![
        Colonne::mot("Modèle"),
        Colonne::mot("Retenu"),
        Colonne::nombre("Exercice"),
        Colonne::nombre("Erreur (%)"),
        Colonne::nombre("MASE"),
        Colonne::nombre("Couverture à 80 (%)"),
    ];
    let mut table = Table::simple("Erreurs passées", columns);
    for m in &p.erreurs_passees {
        for e in &m.erreurs {
            table.ligne(vec![
                Cellule::mot(&m.modele),
                Cellule::mot(if m.retenu { "oui" } else { "non" }),
                Cellule::annee(e.exercice),
                Cellule::decimal(e.erreur_pct, 1),
                Cellule::decimal_ou(m.mase, 2),
                Cellule::decimal_ou(m.couverture_80, 0),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{causes, pas};
    use crate::domain::money::Centimes;
    use crate::report::model::Poste;

    #[test]
    fn years_that_do_not_follow_say_how_far_they_are() {
        assert_eq!(pas(2025, 2026), "2025\u{a0}→\u{a0}2026");
        assert_eq!(pas(2025, 2027), "2025\u{a0}→\u{a0}2027, deux ans");
    }

    #[test]
    fn the_largest_causes_are_the_largest_whatever_their_sign() {
        let one = |name: &str, euros: i64| Poste::new(name, Centimes(euros * 100));
        let all = [one("Énergie", -900), one("Fiscalité", 40), one("Personnel", -1_200)];
        let text = causes(&all).expect("two causes");
        assert!(
            text.ends_with("personnel (−1\u{202f}200\u{a0}€) et énergie (−900\u{a0}€)"),
            "{text}"
        );
        assert_eq!(causes(&all[..1]), None);
    }
}
