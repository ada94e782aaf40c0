//! `preparation.html`: for the finance director who prepares the budget (UX 5.1).
//!
//! **Invariant:** every section opens with its conclusion and its number; without data, it says why.

use super::figures::{bullet_figure, cascade_figure, fan_figure, grid_figure, mesure, serie};
use super::table::{Cellule, Colonne, Table};
use super::{Html, layout, lecture};
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::Rapport;
use crate::report::chart::columns::{Annee, Columns};
use crate::report::chart::dots::{Dots, Modele};
use crate::report::chart::multiples::{Case, MAXIMUM, Multiples};
use crate::report::chart::scale::Echelle;
use crate::report::chart::tornado::Tornado;
use crate::report::chart::{Figure, Graphique};
use crate::report::fr::{self, Unite};
use crate::report::model::preparation::{ChapitrePrevu, Indicateur, Preparation, Projection};
use crate::report::model::{Cascade, GrilleMois, Poste};

/// The sections of the page.
pub(super) fn body(html: &mut Html, rapport: &Rapport, p: &Preparation) -> Result<(), Refus> {
    let context = Context { year: rapport.exercice, base: &p.base };
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
    projections(html, &context, &p.projections)?;
    chapitres(html, &context, &p.chapitres)?;
    saisonnalite(html, &context, p.saisonnalite.as_ref())?;
    scenarios(html, &context, p)?;
    dette(html, &context, p)?;
    inconnues(html, p);
    layout::qualite(html, rapport);
    methode(html, &context, rapport, p)
}

/// What every section repeats: the year to prepare and the year it starts from.
struct Context<'a> {
    year: u16,
    base: &'a str,
}

impl Context<'_> {
    fn source(&self) -> String {
        format!("Source : fichiers lus ; base : {}.", self.base)
    }
}

fn sentences(rapport: &Rapport, p: &Preparation) -> Vec<String> {
    let year = rapport.exercice;
    let mut out = Vec::new();
    if let Some(i) = p.indicateurs.iter().find(|i| i.cle == "epargne_brute") {
        let mut text = format!(
            "À droit constant, l'épargne brute {year} serait de *{}*",
            mesure(i.prevu, i.unite)
        );
        if let (Some(lo), Some(hi)) = (i.bas_80, i.haut_80) {
            let (lo, hi) = (mesure(lo, i.unite), mesure(hi, i.unite));
            text.push_str(&format!(", 8 chances sur 10 entre {lo} et {hi}"));
        }
        out.push(format!("{text}."));
    }
    let staff = p.chapitres.iter().find(|c| c.code == "012" && c.sens == "D" && c.section == "F");
    if let Some((c, change)) = staff.and_then(|c| c.evolution_pct.map(|e| (c, e))) {
        let verb = if change < 0.0 { "reculent" } else { "progressent" };
        out.push(format!(
            "Les dépenses de personnel (chapitre {}) {verb} de *{}*.",
            c.code,
            fr::pourcent(change.abs(), 1)
        ));
    }
    out.push(match p.chapitres_a_decider {
        0 => "Aucun chapitre ne demande de décision particulière.".to_owned(),
        n => format!(
            "*{}* {} une décision.",
            fr::compte(n, "chapitre", "chapitres"),
            fr::accord(n as f64, "demande", "demandent")
        ),
    });
    out
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
    let conclusion = format!("L'épargne brute {year} {verb} de *{change}* (base : {base}).");
    html.section("variation", "D'où vient la variation d'épargne", &conclusion);
    let worst = cascade.causes.iter().min_by_key(|p| p.montant);
    let best = cascade.causes.iter().max_by_key(|p| p.montant);
    let titre = match (worst, best) {
        (Some(w), Some(b)) if w.montant < Centimes::ZERO && b.montant > Centimes::ZERO => {
            let named = |p: &Poste| {
                let sign = if p.montant > Centimes::ZERO { "+" } else { "" };
                format!("{} ({sign}{})", p.libelle.to_lowercase(), fr::phrase(p.montant))
            };
            format!("Les plus fortes causes : {} et {}", named(w), named(b))
        }
        _ => format!("L’épargne brute {verb} de {}", fr::phrase(cascade.variation.abs())),
    };
    let (figure, table) = cascade_figure(cascade, ("epargne", titre, context.source()));
    html.figure(figure, "chaque barre part du point où la précédente s'arrête.", &table)?;
    html.faire("expliquer les deux plus grandes barres dans le rapport d'orientation budgétaire.");
    html.close();
    Ok(())
}

/// Groups of (budget, section), in the order of the list.
fn groups(list: &[Projection]) -> Vec<Vec<&Projection>> {
    let mut out: Vec<Vec<&Projection>> = Vec::new();
    for p in list {
        let same = |g: &&mut Vec<&Projection>| {
            g.first().is_some_and(|q| q.budget == p.budget && q.section == p.section)
        };
        match out.iter_mut().find(same) {
            Some(group) => group.push(p),
            None => out.push(vec![p]),
        }
    }
    out.iter_mut().for_each(|g| g.sort_by(|a, b| b.sens.cmp(&a.sens)));
    out
}

fn projections(html: &mut Html, context: &Context<'_>, list: &[Projection]) -> Result<(), Refus> {
    const TITLE: &str = "Projection des deux sections";
    if list.is_empty() {
        let why =
            ("il manque les comptes des années passées.", "ajouter les comptes administratifs.");
        html.absent("projection", TITLE, why);
        return Ok(());
    }
    let horizon =
        list.iter().flat_map(|p| &p.prevu).map(|h| h.exercice).max().unwrap_or(context.year);
    let spending = list.iter().find(|p| p.section == "F" && p.sens == "D");
    let goal = spending.and_then(|p| p.prevu.last());
    let conclusion = goal.map_or_else(String::new, |h| {
        format!(
            "Les dépenses de fonctionnement iraient vers *{}* en {horizon}.",
            fr::phrase(h.prevision)
        )
    });
    html.section("projection", TITLE, &conclusion);
    let all = groups(list);
    let principal = list[0].budget.as_str();
    for (i, group) in all.iter().enumerate() {
        let budget = group[0].budget.as_str();
        let (before, after) = (all[..i].last(), all.get(i + 1));
        if budget != principal && before.is_none_or(|g| g[0].budget != budget) {
            html.open("details", &[]);
            html.el("summary", &[], &format!("Budget {budget}"));
        }
        projection(html, context, group, horizon)?;
        if budget != principal && after.is_none_or(|g| g[0].budget != budget) {
            html.close();
        }
    }
    html.close();
    Ok(())
}

/// One figure: receipts and expenses of one section of one budget.
fn projection(
    html: &mut Html,
    context: &Context<'_>,
    group: &[&Projection],
    last: u16,
) -> Result<(), Refus> {
    let (Some(first), Some(other)) = (group[0].prevu.last(), group[group.len() - 1].prevu.last())
    else {
        return Ok(());
    };
    let section = fr::majuscule(lecture::section(&group[0].section));
    let titre = if group.len() > 1 {
        let (r, d) = (fr::phrase(first.prevision), fr::phrase(other.prevision));
        format!("{section} {last} : {r} de recettes, {d} de dépenses")
    } else {
        let word = lecture::sens(&group[0].sens);
        format!("{section} {last} : {} de {word}", fr::phrase(first.prevision))
    };
    html.el("h3", &[], &format!("{section}, budget {}", group[0].budget));
    let (figure, table) = fan_figure(group, titre, context.source());
    html.figure(figure, "le bleu moyen contient la valeur réelle 8 fois sur 10.", &table)
}

/// Stake of a chapitre: gap to the last budget times width of the interval.
fn stake(c: &ChapitrePrevu) -> f64 {
    let width = c.prevu.first().map_or(0.0, |h| (h.haut_80 - h.bas_80).euros());
    let gap = c.ecart_bp.map_or(1.0, |e| e.abs().euros() + 1.0);
    gap * (width + 1.0)
}

fn chapitres(html: &mut Html, context: &Context<'_>, list: &[ChapitrePrevu]) -> Result<(), Refus> {
    const TITLE: &str = "Chapitre par chapitre";
    let mut sorted: Vec<&ChapitrePrevu> = list.iter().filter(|c| !c.prevu.is_empty()).collect();
    if sorted.is_empty() {
        let why =
            ("aucun chapitre n'a d'historique.", "ajouter les comptes administratifs passés.");
        html.absent("chapitres", TITLE, why);
        return Ok(());
    }
    sorted.sort_by(|a, b| {
        let key = |c: &ChapitrePrevu| {
            (c.budget.clone(), c.section.clone(), c.sens.clone(), c.code.clone())
        };
        stake(b).total_cmp(&stake(a)).then_with(|| key(a).cmp(&key(b)))
    });
    let top = sorted[0];
    let conclusion = format!(
        "Le chapitre *{}* ({}) porte l'enjeu le plus fort.",
        top.code,
        fr::coupe(&top.libelle.to_lowercase(), 40)
    );
    html.section("chapitres", TITLE, &conclusion);
    let cases = sorted.iter().take(MAXIMUM).map(|c| case(c, several(&sorted))).collect();
    let n = sorted.len().min(MAXIMUM) as u64;
    let figure = Figure {
        numero: 0,
        nom: "chapitres".to_owned(),
        titre: format!(
            "{} à plus fort enjeu, de gauche à droite",
            fr::compte(n, "chapitre", "chapitres")
        ),
        sous_titre: "Mêmes années partout ; chaque case a son échelle, écrite sous son titre"
            .to_owned(),
        source: context.source(),
        alternative: format!("Passé et prévision de {}.", fr::compte(n, "chapitre", "chapitres")),
        graphique: Graphique::Multiples(Multiples { cases }),
    };
    html.drawing(
        figure,
        "points pleins : réalisé ; points vides : prévu ; bandes : 80 et 95 sur 100.",
    )?;
    html.table(&table_chapitres(context, &sorted));
    html.faire("commencer par les lignes du haut ; noter la décision dans preparation.xlsx.");
    html.close();
    Ok(())
}

/// True when the chapitres come from more than one budget.
fn several(list: &[&ChapitrePrevu]) -> bool {
    list.iter().any(|c| c.budget != list[0].budget)
}

fn case(c: &ChapitrePrevu, several: bool) -> Case {
    let past = c.passe.iter().map(|p| p.montant);
    let unit = Unite::de(past.chain(c.prevu.iter().map(|h| h.haut_95)));
    Case {
        titre: format!("{} {}", c.code, c.libelle),
        detail: if several {
            format!("{}, {}", lecture::sens(&c.sens), c.budget)
        } else {
            lecture::sens(&c.sens).to_owned()
        },
        echelle: Echelle::Argent(unit),
        serie: serie(&c.code, &c.passe, &c.prevu),
    }
}

fn table_chapitres(context: &Context<'_>, list: &[&ChapitrePrevu]) -> Table {
    let past = list.iter().flat_map(|c| c.passe.iter().map(|p| p.montant));
    let unit =
        Unite::detail(past.chain(list.iter().flat_map(|c| c.prevu.iter().map(|h| h.haut_80))));
    let mut years: Vec<u16> =
        list.iter().flat_map(|c| c.passe.iter().map(|p| p.exercice)).collect();
    years.sort_unstable();
    years.dedup();
    let years: Vec<u16> = years.into_iter().rev().take(3).rev().collect();
    let several = several(list);
    let mut columns = vec![Colonne::mot("Chapitre"), Colonne::mot("Sens")];
    if several {
        columns.push(Colonne::mot("Budget"));
    }
    columns.extend(years.iter().map(|y| Colonne::nombre(y.to_string())));
    columns.extend([
        Colonne::nombre("BP précédent"),
        Colonne::nombre(format!("Prévu {}", context.year)),
        Colonne::nombre("Bas 80"),
        Colonne::nombre("Haut 80"),
        Colonne::nombre("Proposition"),
        Colonne::nombre("Écart au BP"),
        Colonne::mot("Origine"),
        Colonne::mot("Modèle et raison"),
        Colonne::mot("Fiabilité"),
    ]);
    let mut table = Table::triable(format!("Chapitres, {}", layout::en(unit)), columns);
    for c in list {
        let h = &c.prevu[0];
        let mut cells =
            vec![Cellule::mot(format!("{} {}", c.code, c.libelle)), Cellule::mot(abrege(c))];
        if several {
            cells.push(Cellule::mot(&c.budget));
        }
        cells.extend(years.iter().map(|y| {
            let point = c.passe.iter().find(|p| p.exercice == *y);
            Cellule::montant_ou(point.map(|p| p.montant), unit)
        }));
        cells.extend([
            Cellule::montant_ou(c.bp_precedent, unit),
            Cellule::montant(h.prevision, unit),
            Cellule::montant(h.bas_80, unit),
            Cellule::montant(h.haut_80, unit),
            Cellule::montant_ou(c.proposition, unit),
            c.ecart_bp.map_or_else(Cellule::absente, |e| Cellule::variation(e, unit)),
            Cellule::mot(origine(&c.origine)),
            Cellule::prose(format!("{} : {}", c.modele, c.raison)),
            Cellule::prose(fiabilite(c)),
        ]);
        table.ligne(cells);
        table.enjeux.push(h.prevision.0);
    }
    table
}

/// Sens and section, short: the table is wide.
fn abrege(c: &ChapitrePrevu) -> String {
    let sens = if c.sens == "D" { "dép." } else { "rec." };
    let section = if c.section == "F" { "fonct." } else { "invest." };
    format!("{sens}{}{section}", fr::NBSP)
}

/// Word of an origin.
pub(super) fn origine(code: &str) -> &str {
    match code {
        "connu" => "montant connu",
        "regle" => "règle de calcul",
        "modele" => "modèle",
        other => other,
    }
}

fn fiabilite(c: &ChapitrePrevu) -> String {
    match (c.erreur_passee_pct, c.annees_mesurees) {
        (Some(e), n) if n > 0 => format!(
            "se trompe de {} en moyenne sur {}, à cette distance",
            fr::pourcent(e, 1),
            fr::compte(n, "an", "ans")
        ),
        _ => "erreur passée non mesurable, historique trop court".to_owned(),
    }
}

fn saisonnalite(
    html: &mut Html,
    context: &Context<'_>,
    grid: Option<&GrilleMois>,
) -> Result<(), Refus> {
    const TITLE: &str = "Quand la commune paie";
    let Some(grid) = grid.filter(|g| !g.lignes.is_empty()) else {
        let why = ("il manque les mandats datés.", "ajouter l'export des mandats de l'année.");
        html.absent("saisonnalite", TITLE, why);
        return Ok(());
    };
    let peak = grid
        .lignes
        .iter()
        .flat_map(|l| l.mois.iter().enumerate().filter_map(move |(m, v)| v.map(|v| (l, m, v))))
        .max_by(|a, b| a.2.total_cmp(&b.2));
    let conclusion = peak.map_or_else(String::new, |(l, m, v)| {
        let month = fr::mois(m as i8 + 1);
        format!("Le mois le plus chargé : *{month}*, {} de « {} ».", fr::pourcent(v, 0), l.libelle)
    });
    html.section("saisonnalite", TITLE, &conclusion);
    let (figure, table) = grid_figure(
        grid,
        0,
        ("saisonnalite", "Part de l’année payée chaque mois, par chapitre", "En % de l’année"),
        context.source(),
    );
    html.figure(
        figure,
        "chaque ligne fait 100 ; plus la case est foncée, plus le mois pèse.",
        &table,
    )?;
    html.close();
    Ok(())
}

fn scenarios(html: &mut Html, context: &Context<'_>, p: &Preparation) -> Result<(), Refus> {
    const TITLE: &str = "Scénarios et hypothèses";
    if p.sensibilites.is_empty() && p.scenarios.is_empty() {
        let why = ("aucune hypothèse n'est fournie.", "écrire un scénario dans vigie.toml.");
        html.absent("scenarios", TITLE, why);
        return Ok(());
    }
    let widest = p.sensibilites.iter().max_by_key(|s| s.effet_bas.abs().max(s.effet_haut.abs()));
    let conclusion = widest.map_or_else(
        || "Chaque scénario change l'épargne brute.".to_owned(),
        |s| {
            let effect = s.effet_bas.abs().max(s.effet_haut.abs());
            format!("L'hypothèse qui pèse le plus : *{}*, {}.", s.hypothese, fr::phrase(effect))
        },
    );
    html.section("scenarios", TITLE, &conclusion);
    if !p.sensibilites.is_empty() {
        tornado(html, context, p)?;
    }
    if !p.scenarios.is_empty() {
        let unit = Unite::de(p.scenarios.iter().map(|s| s.epargne_brute));
        let columns = vec![
            Colonne::mot("Scénario"),
            Colonne::mot("Hypothèses"),
            Colonne::nombre(format!("Épargne brute ({})", unit.mot())),
            Colonne::nombre("Taux d’épargne brute (%)"),
            Colonne::nombre("Désendettement (ans)"),
        ];
        let mut table = Table::simple(format!("Scénarios {}", context.year), columns);
        for s in &p.scenarios {
            table.ligne(vec![
                Cellule::mot(&s.nom),
                Cellule::prose(&s.hypotheses),
                Cellule::montant(s.epargne_brute, unit),
                Cellule::decimal_ou(s.taux_epargne_brute, 1),
                Cellule::decimal_ou(s.capacite_desendettement, 1),
            ]);
        }
        html.table(&table);
    }
    html.faire("choisir un scénario avant d'arbitrer les chapitres.");
    html.close();
    Ok(())
}

fn tornado(html: &mut Html, context: &Context<'_>, p: &Preparation) -> Result<(), Refus> {
    let list = &p.sensibilites;
    let unit = Unite::de(list.iter().flat_map(|s| [s.effet_bas, s.effet_haut]));
    let lines = list
        .iter()
        .map(|s| (s.hypothese.clone(), s.effet_bas.0 as f64, s.effet_haut.0 as f64))
        .collect();
    let figure = Figure {
        numero: 0,
        nom: "hypotheses".to_owned(),
        titre: "Ce que chaque hypothèse change à l’épargne brute".to_owned(),
        sous_titre: format!("Effet {}, de la valeur basse à la valeur haute", layout::en(unit)),
        source: context.source(),
        alternative: format!("{} hypothèses, de la plus lourde à la plus légère.", list.len()),
        graphique: Graphique::Tornado(Tornado { echelle: Echelle::Argent(unit), lignes: lines }),
    };
    let columns = vec![
        Colonne::mot("Hypothèse"),
        Colonne::nombre("Effet bas"),
        Colonne::nombre("Effet haut"),
    ];
    let mut table =
        Table::simple(format!("Effet sur l’épargne brute, {}", layout::en(unit)), columns);
    for s in list {
        table.ligne(vec![
            Cellule::mot(&s.hypothese),
            Cellule::variation(s.effet_bas, unit),
            Cellule::variation(s.effet_haut, unit),
        ]);
    }
    html.figure(figure, "la barre la plus longue est l'hypothèse à discuter d'abord.", &table)
}

fn dette(html: &mut Html, context: &Context<'_>, p: &Preparation) -> Result<(), Refus> {
    const TITLE: &str = "Dette";
    let Some(last) = p.dette.last() else {
        let why = ("aucun emprunt n'est décrit.", "écrire les emprunts dans vigie.toml.");
        html.absent("dette", TITLE, why);
        return Ok(());
    };
    let conclusion = match last.capacite_desendettement {
        Some(years) => format!(
            "En {}, il faudrait *{} {}* d'épargne brute pour rembourser la dette.",
            last.exercice,
            fr::decimal(years, 1),
            fr::accord(years, "an", "ans")
        ),
        None => format!(
            "Fin {}, il resterait *{}* à rembourser.",
            last.exercice,
            fr::phrase(last.encours)
        ),
    };
    html.section("dette", TITLE, &conclusion);
    let unit = Unite::de(p.dette.iter().map(|a| a.annuite));
    let annees = p
        .dette
        .iter()
        .map(|a| Annee {
            libelle: a.exercice.to_string(),
            parts: [a.capital.0 as f64, a.interets.0 as f64],
            total: a.annuite.0 as f64,
            note: a.capacite_desendettement.map_or_else(String::new, |y| {
                format!("{}{}{}", fr::decimal(y, 1), fr::NBSP, fr::accord(y, "an", "ans"))
            }),
        })
        .collect();
    let figure = Figure {
        numero: 0,
        nom: "dette".to_owned(),
        titre: format!("Annuité {} : {}", last.exercice, fr::phrase(last.annuite)),
        sous_titre: format!(
            "{} ; sous l’année : capacité de désendettement",
            fr::majuscule(&layout::en(unit))
        ),
        source: context.source(),
        alternative: "Capital et intérêts payés, année par année.".to_owned(),
        graphique: Graphique::Columns(Columns {
            echelle: Echelle::Argent(unit),
            parts: ["capital".to_owned(), "intérêts".to_owned()],
            annees,
        }),
    };
    html.figure(
        figure,
        "le repère usuel de désendettement est 12 ans, sans valeur légale.",
        &table_dette(p),
    )?;
    html.close();
    Ok(())
}

fn table_dette(p: &Preparation) -> Table {
    let unit = Unite::detail(p.dette.iter().flat_map(|a| [a.annuite, a.encours]));
    let columns = vec![
        Colonne::nombre("Exercice"),
        Colonne::nombre("Capital"),
        Colonne::nombre("Intérêts"),
        Colonne::nombre("Annuité"),
        Colonne::nombre("Encours au 31 décembre"),
        Colonne::nombre("Désendettement (ans)"),
    ];
    let mut table = Table::simple(format!("Dette, {}", layout::en(unit)), columns);
    for a in &p.dette {
        table.ligne(vec![
            Cellule::annee(a.exercice),
            Cellule::montant(a.capital, unit),
            Cellule::montant(a.interets, unit),
            Cellule::montant(a.annuite, unit),
            Cellule::montant(a.encours, unit),
            Cellule::decimal_ou(a.capacite_desendettement, 1),
        ]);
    }
    table
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
        html.data(&item.sujet);
        html.close();
        html.prose(" : ");
        html.data(&item.raison);
        html.close();
        html.open("div", &[("class", "faire")]);
        html.data(&item.a_faire);
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
    html.p("Chaque chapitre est prévu par le modèle qui s'est le moins trompé dans le passé.");
    html.p("Un montant connu ou calculé remplace toujours le modèle.");
    html.p("L'intervalle vient des erreurs passées, à la même distance.");
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
                || "Erreurs passées, modèle par modèle".to_owned(),
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
    layout::parametres(html, rapport);
    html.close();
    Ok(())
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
