//! "Chapitre par chapitre": small multiples, then one row a chapitre, by stake.
//!
//! **Invariant:** stake only orders the rows, it is never shown as a figure.

use super::super::figures::serie;
use super::super::table::{Cellule, Colonne, Table};
use super::super::{Html, layout, lecture};
use super::Context;
use crate::domain::refus::Refus;
use crate::report::chart::multiples::{Case, MAXIMUM, Multiples};
use crate::report::chart::scale::Echelle;
use crate::report::chart::{Figure, Graphique};
use crate::report::fr::{self, Unite};
use crate::report::model::preparation::ChapitrePrevu;

pub(super) fn chapitres(
    html: &mut Html,
    context: &Context<'_>,
    list: &[ChapitrePrevu],
) -> Result<(), Refus> {
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
        // operating first: investment is decided by its programme, not forecast
        let side = |c: &ChapitrePrevu| c.section != "F";
        side(a).cmp(&side(b)).then(stake(b).total_cmp(&stake(a))).then_with(|| key(a).cmp(&key(b)))
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
            "Le plus fort enjeu : {} {}, {} prévus en {}",
            top.code,
            fr::coupe(&top.libelle.to_lowercase(), 40),
            fr::phrase(top.prevu[0].prevision),
            context.year
        ),
        sous_titre:
            "Chapitres par enjeu décroissant ; chaque case a son échelle, écrite sous son titre"
                .to_owned(),
        source: context.source(),
        alternative: format!("Passé et prévision de {}.", fr::compte(n, "chapitre", "chapitres")),
        graphique: Graphique::Multiples(Multiples { cases }),
    };
    html.drawing(
        figure,
        "points pleins : réalisé, puis atterrissage ; points vides : prévu ; bandes : 80 et 95 sur 100.",
    )?;
    html.p(RULE);
    html.table(&table_chapitres(context, &sorted));
    html.faire("commencer par les lignes marquées ▲ ; noter la décision dans preparation.xlsx.");
    html.close();
    Ok(())
}

/// What « à décider » means.
const RULE: &str =
    "▲ À décider : l'intervalle dépasse 10 % du chapitre et 1 % de sa section ; un choix y pèse.";
/// Chapitres named in the sentence of the top.
const NAMED: usize = 5;

/// The chapitres to decide, the widest interval first: `012, 70 (recettes) et 3 autres`.
pub(super) fn to_decide(list: &[ChapitrePrevu]) -> String {
    let mut kept: Vec<&ChapitrePrevu> = list.iter().filter(|c| c.a_decider).collect();
    let width = |c: &ChapitrePrevu| c.prevu.first().map_or(0, |h| (h.haut_80 - h.bas_80).0);
    kept.sort_by(|a, b| width(b).cmp(&width(a)).then_with(|| a.code.cmp(&b.code)));
    let budgets = several(&list.iter().collect::<Vec<_>>());
    let name = |c: &&ChapitrePrevu| {
        if budgets { format!("{} ({})", c.code, c.budget) } else { c.code.clone() }
    };
    let mut names: Vec<String> = kept.iter().take(NAMED).map(name).collect();
    match kept.len().saturating_sub(NAMED) {
        0 => {}
        1 => names.push("un autre, marqué ▲ au tableau".to_owned()),
        n => names.push(format!("{n} autres, marqués ▲ au tableau")),
    }
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} et {last}", names.join(", ")) }
}

/// A past error, percent: beyond the amount itself, only that is said.
fn past_error(pct: Option<f64>) -> Cellule {
    match pct {
        Some(e) if e > 100.0 => Cellule::repere("plus de 100", e),
        other => Cellule::decimal_ou(other, 1),
    }
}

/// Stake of a chapitre: gap to the last budget times width of the interval.
fn stake(c: &ChapitrePrevu) -> f64 {
    let width = c.prevu.first().map_or(0.0, |h| (h.haut_80 - h.bas_80).euros());
    let gap = c.ecart_bp.map_or(1.0, |e| e.abs().euros() + 1.0);
    gap * (width + 1.0)
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
    let years: Vec<u16> = years.into_iter().rev().take(2).rev().collect();
    let several = several(list);
    let voted = list.iter().any(|c| c.bp_precedent.is_some());
    let landed: Vec<u16> = list
        .iter()
        .flat_map(|c| c.passe.iter().filter(|p| p.atterrissage).map(|p| p.exercice))
        .collect();
    let named = |y: &u16| {
        if landed.contains(y) { format!("{y} (atterrissage)") } else { y.to_string() }
    };
    let years_named: Vec<String> = years.iter().map(named).collect();
    let columns = columns(context, &years_named, (several, voted));
    let mut table = Table::triable(format!("Chapitres, {}", layout::en(unit)), columns);
    for c in list {
        let h = &c.prevu[0];
        let sens = Cellule::mot(abrege(&c.section, &c.sens));
        let mut cells = vec![Cellule::prose(format!("{} {}", c.code, c.libelle)), sens];
        if several {
            cells.push(Cellule::mot(&c.budget));
        }
        cells.extend(years.iter().map(|y| {
            let point = c.passe.iter().find(|p| p.exercice == *y);
            Cellule::montant_ou(point.map(|p| p.montant), unit)
        }));
        if voted {
            cells.push(Cellule::montant_ou(c.bp_precedent, unit));
        }
        cells.extend([
            Cellule::montant(h.prevision, unit),
            Cellule::montant(h.bas_80, unit),
            Cellule::montant(h.haut_80, unit),
        ]);
        if voted {
            cells.push(Cellule::montant_ou(c.proposition, unit));
            let gap = c.ecart_bp;
            cells.push(gap.map_or_else(Cellule::absente, |e| Cellule::variation(e, unit)));
        }
        cells.extend([
            c.evolution_pct
                .map_or_else(Cellule::absente, |e| Cellule::repere(&fr::decimal_signe(e, 1), e)),
            past_error(c.erreur_passee_pct),
            Cellule::mot(if c.a_decider { "▲ à décider" } else { fr::SANS_OBJET }),
            Cellule::prose(who(c)),
        ]);
        table.ligne(cells);
        table.enjeux.push(h.prevision.0);
    }
    table
}

/// Columns of the table: the budget and the last vote when there are some.
fn columns(
    context: &Context<'_>,
    years: &[String],
    (several, voted): (bool, bool),
) -> Vec<Colonne> {
    let mut columns = vec![Colonne::mot("Chapitre"), Colonne::mot("Sens")];
    if several {
        columns.push(Colonne::mot("Budget"));
    }
    columns.extend(years.iter().map(|y| Colonne::nombre(y.as_str())));
    if voted {
        columns.push(Colonne::nombre("BP précédent"));
    }
    columns.extend([
        Colonne::nombre(format!("Prévu {}", context.year)),
        Colonne::nombre("Bas 80"),
        Colonne::nombre("Haut 80"),
    ]);
    if voted {
        columns.push(Colonne::nombre("Proposé"));
        columns.push(Colonne::nombre("Proposé − BP"));
    }
    columns.extend([
        Colonne::nombre(if context.year.saturating_sub(context.depuis) > 1 {
            format!("Évolution {} (%)", context.pas())
        } else {
            "Évolution (%)".to_owned()
        }),
        Colonne::nombre("Erreur passée (%)"),
        Colonne::mot("Choix"),
        Colonne::mot("Origine"),
    ]);
    columns
}

/// Sens and section, short: tables are wide.
pub(super) fn abrege(section: &str, sens: &str) -> String {
    let sens = if sens == "D" { "dép." } else { "rec." };
    let section = if section == "F" { "fonct." } else { "invest." };
    format!("{sens}{}{section}", fr::NBSP)
}

/// Known amount, rule or model: which one speaks, and for how much of the sum.
fn who(c: &ChapitrePrevu) -> String {
    let word = match c.origine.as_str() {
        "connu" => "montant connu",
        "regle" => "règle de calcul",
        _ => "modèle",
    };
    match c.raison.strip_prefix("somme de ") {
        Some(sum) => sum.replace("dont ", ""),
        None => format!("{word} ; {}", c.raison),
    }
}
