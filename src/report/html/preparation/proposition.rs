//! The proposal: chapitres in three amounts, services, checks, budgets together, duties by population.
//!
//! **Invariant:** the lines are in the workbook; the page shows their sums, to the same total.

use super::super::Html;
use super::super::layout;
use super::super::table::{Cellule, Colonne, Table};
use super::chapitres::abrege;
use crate::domain::money::Centimes;
use crate::report::fr::{self, Unite};
use crate::report::model::preparation::{AnneeFinancement, Preparation};
use crate::report::model::proposition::{
    BudgetPossible, ChapitrePropose, Consolide, Obligation, Proposition, SectionProposee,
    Verification,
};

const TITLE: &str = "Le budget proposé";

/// The section.
pub(super) fn proposition(html: &mut Html, p: &Preparation) {
    let Some(first) = p.propositions.first() else {
        let why = ("aucune prévision ne le permet.", "ajouter les comptes administratifs.");
        html.absent("proposition", TITLE, why);
        return;
    };
    let total = |section: &str| -> Centimes {
        let ours = first.sections.iter().find(|s| s.section == section);
        ours.map_or(Centimes::ZERO, |s| s.depenses)
    };
    let [running, works] = fr::phrases([total("F"), total("I")]);
    let lead = format!(
        "Budget {} {} : *{running}* en fonctionnement, *{works}* en investissement.",
        first.budget, first.exercice
    );
    html.section("proposition", TITLE, &lead);
    html.p(&loan(first));
    html.p("Trois budgets possibles : dans chaque colonne, virement et emprunt sont recalculés.");
    html.p(
        "Prudent : dépenses et recettes sont ensemble à leur borne défavorable, 80 chances sur 100. \
         Favorable : à l'autre borne. Chaque borne est répartie entre les comptes.",
    );
    html.p("Cette borne vaut pour le total : un chapitre peut passer son propre « Haut 80 », ou rester dessous.");
    if let Some(text) = more_works(first) {
        html.p(&text);
    }
    for (i, one) in p.propositions.iter().enumerate() {
        if i > 0 {
            html.open("details", &[]);
            html.el("summary", &[], &format!("Budget {}", one.budget));
        }
        html.table(&sections(one));
        html.table(&chapitres(one));
        if one.services.len() > 1 {
            html.table(&services(one));
        }
        told(html, &one.avertissements);
        if i > 0 {
            html.close();
        }
    }
    if let Some(all) = &p.consolide {
        together(html, all);
    }
    financing(html, p);
    html.faire("compléter les feuilles de service de preparation.xlsx, puis vérifier le classeur.");
    html.close();
    let checks: Vec<&Verification> = p.propositions.iter().flat_map(|x| &x.verifications).collect();
    verifications(html, &checks);
    duties(html, &p.obligations);
}

/// Why the cautious budget borrows more: its works may be at their high bound, its transfer is smaller.
fn more_works(p: &Proposition) -> Option<String> {
    let column = |name: &str| p.colonnes.iter().find(|c| c.colonne == name);
    let (cautious, central) = (column("prudent")?, column("central")?);
    if cautious.emprunt <= central.emprunt {
        return None;
    }
    let works = |c: &BudgetPossible| {
        c.sections.iter().filter(|s| s.section == "I").map(|s| s.depenses).sum::<Centimes>()
    };
    let more = works(cautious) > works(central);
    let why =
        if more { "les travaux aussi sont à leur borne haute" } else { "le virement baisse" };
    let [after, before] = fr::phrases([cautious.emprunt, central.emprunt]);
    Some(format!("En prudent, {why} : l'emprunt passe de {before} à {after}."))
}

/// Says that the exercice already has a budget, and how far it is from the proposal.
pub(super) fn already_voted(p: &Proposition) -> Option<String> {
    let name = p.deja_vote.as_ref()?;
    let sum = |section: &str, of: fn(&ChapitrePropose) -> Centimes| -> Centimes {
        let ours = p.chapitres.iter().filter(|c| c.section == section && c.sens == "D");
        // a vote balances by the transfer, a proposal may not need it: expenses alone compare
        ours.filter(|c| c.chapitre != "023").map(of).sum()
    };
    let pair = |section: &str| {
        let voted = sum(section, |c| c.vote.unwrap_or_default());
        let proposed = sum(section, |c| c.central);
        let [voted, proposed] = fr::phrases([voted, proposed]);
        format!("*{voted}* votés, {proposed} proposés")
    };
    Some(format!(
        "Un budget de cet exercice est déjà voté ({name}). Dépenses de fonctionnement, hors virement : {}. \
         Dépenses d'investissement : {}.",
        pair("F"),
        pair("I")
    ))
}

fn loan(p: &Proposition) -> String {
    let loan = p.lignes.iter().filter(|l| l.equilibre && l.section == "I" && l.nature == "1641");
    let loan: Centimes = loan.map(|l| l.central).sum();
    let moved = p.lignes.iter().find(|l| l.nature == "023").map_or(Centimes::ZERO, |l| l.central);
    let carried =
        p.chapitres.iter().filter(|c| c.section == "I" && c.sens == "R" && c.chapitre == "16");
    let carried: Centimes = carried.map(|c| c.reports).sum();
    let [moved, loan_words, carried_words] = fr::phrases([moved, loan, carried]);
    let lead = format!("Virement à l'investissement : {moved}");
    match (loan, carried) {
        (Centimes::ZERO, Centimes::ZERO) => format!("{lead} ; aucun emprunt."),
        (Centimes::ZERO, _) => {
            format!("{lead} ; aucun emprunt nouveau, {carried_words} d'emprunts reportés.")
        }
        (_, Centimes::ZERO) => format!("{lead} ; emprunt d'équilibre : {loan_words}."),
        _ => format!(
            "{lead} ; emprunt d'équilibre : {loan_words}, en plus de {carried_words} d'emprunts reportés."
        ),
    }
}

/// An amount of a budget.
type Pick = fn(&BudgetPossible) -> Centimes;

/// The three budgets side by side: sections, transfer, loan, and whether each can be voted.
fn sections(p: &Proposition) -> Table {
    let amounts = p.colonnes.iter().flat_map(|c| c.sections.iter().map(|s| s.recettes));
    let unit = Unite::detail(amounts);
    let mut columns = vec![Colonne::mot("Ligne du budget")];
    columns.extend(p.colonnes.iter().map(|c| Colonne::nombre(heading(&c.colonne))));
    let mut table =
        Table::simple(format!("Trois budgets, {}, {}", p.budget, layout::en(unit)), columns);
    let rows: [(&str, Pick); 6] = [
        ("Recettes de fonctionnement", |c| half(c, "F").recettes),
        ("Dépenses de fonctionnement, virement compris", |c| half(c, "F").depenses),
        ("dont virement à l'investissement (023 = 021)", |c| c.virement),
        ("Recettes d'investissement, virement compris", |c| half(c, "I").recettes),
        ("dont emprunt d'équilibre", |c| c.emprunt),
        ("Dépenses d'investissement", |c| half(c, "I").depenses),
    ];
    for (name, pick) in rows {
        let mut cells = vec![Cellule::prose(name)];
        cells.extend(p.colonnes.iter().map(|c| Cellule::montant(pick(c), unit)));
        table.ligne(cells);
    }
    for (name, section) in [
        ("Fonctionnement : recettes moins dépenses", "F"),
        ("Investissement : recettes moins dépenses", "I"),
    ] {
        let mut cells = vec![Cellule::prose(name)];
        cells.extend(p.colonnes.iter().map(|c| Cellule::variation(half(c, section).solde, unit)));
        table.ligne(cells);
    }
    let mut cells = vec![Cellule::mot("Contrôles du budget")];
    cells.extend(p.colonnes.iter().map(|c| Cellule::mot(state(&c.verifications))));
    table.ligne(cells);
    table
}

/// Sums of a section of a budget.
fn half(c: &BudgetPossible, section: &str) -> SectionProposee {
    c.sections.iter().find(|s| s.section == section).cloned().unwrap_or_default()
}

fn heading(colonne: &str) -> &'static str {
    match colonne {
        "prudent" => "Prudent",
        "favorable" => "Favorable",
        _ => "Proposé",
    }
}

/// Whether the checks of a budget hold, with the rule that does not.
fn state(list: &[Verification]) -> String {
    let wrong: Vec<&str> = list
        .iter()
        .filter(|v| v.verdict == "non_conforme")
        .map(|v| match v.code.as_str() {
            "equilibre_F" => "fonctionnement en déficit",
            "equilibre_I" => "investissement en déficit",
            "equilibre_reel" => "équilibre réel",
            other => other,
        })
        .collect();
    let explained = list.iter().filter(|v| v.verdict == "a_justifier").count();
    match (wrong.as_slice(), explained) {
        ([], 0) => verdict("conforme").to_owned(),
        ([], n) => format!("✓ conforme, {n} à justifier"),
        (all, _) => format!("✗ {}", all.join(", ")),
    }
}

fn chapitres(p: &Proposition) -> Table {
    let votes = p.chapitres.iter().filter_map(|c| c.vote);
    let unit = Unite::detail(p.chapitres.iter().map(|c| c.central).chain(votes));
    let carried = p.chapitres.iter().any(|c| c.reports != Centimes::ZERO);
    let voted = p.deja_vote.as_deref();
    let mut columns = vec![
        Colonne::mot("Chapitre"),
        Colonne::mot("Sens"),
        Colonne::nombre("Derniers comptes"),
        Colonne::nombre("Prudent"),
        Colonne::nombre("Proposé"),
        Colonne::nombre("Favorable"),
    ];
    if carried {
        columns.push(Colonne::nombre("Dont reports"));
    }
    if let Some(name) = voted {
        columns.push(Colonne::nombre(format!("Voté ({name})")));
        columns.push(Colonne::nombre("Proposé moins voté"));
    }
    let title = format!("Proposition {}, {}, {}", p.exercice, p.budget, layout::en(unit));
    let mut table = Table::triable(title, columns);
    let empty = |c: &&ChapitrePropose| {
        let all = [c.reference, c.prudent, c.central, c.favorable, c.vote.unwrap_or_default()];
        all.iter().all(|m| *m == Centimes::ZERO)
    };
    for c in p.chapitres.iter().filter(|c| !empty(c)) {
        let mut cells = vec![
            Cellule::prose(format!("{} {}", c.chapitre, c.libelle)),
            Cellule::mot(abrege(&c.section, &c.sens)),
            Cellule::montant(c.reference, unit),
            Cellule::montant(c.prudent, unit),
            Cellule::montant(c.central, unit),
            Cellule::montant(c.favorable, unit),
        ];
        if carried {
            cells.push(Cellule::montant(c.reports, unit));
        }
        if voted.is_some() {
            cells.push(Cellule::montant(c.vote.unwrap_or_default(), unit));
            cells.push(Cellule::variation(c.ecart_vote.unwrap_or_default(), unit));
        }
        table.ligne(cells);
    }
    table
}

fn services(p: &Proposition) -> Table {
    let unit = Unite::detail(p.services.iter().map(|s| s.depenses));
    let columns = vec![
        Colonne::mot("Service"),
        Colonne::nombre("Dépenses des derniers comptes"),
        Colonne::nombre("Dépenses proposées"),
        Colonne::nombre("Recettes proposées"),
    ];
    let title = format!("Fonctionnement par service, {}, {}", p.budget, layout::en(unit));
    let mut table = Table::triable(title, columns);
    for s in &p.services {
        table.ligne(vec![
            Cellule::mot(&s.service),
            Cellule::montant(s.reference, unit),
            Cellule::montant(s.depenses, unit),
            Cellule::montant(s.recettes, unit),
        ]);
    }
    table
}

/// Warnings: what is known, then what to do.
fn told(html: &mut Html, list: &[String]) {
    if list.is_empty() {
        return;
    }
    html.open("ul", &[]);
    for text in list {
        let (what, todo) = text.split_once(" à faire : ").unwrap_or((text, ""));
        html.open("li", &[]);
        html.prose(what);
        if !todo.is_empty() {
            html.open("div", &[("class", "faire")]);
            html.prose(todo);
            html.close();
        }
        html.close();
    }
    html.close();
}

/// How each forecast year pays its investment.
fn financing(html: &mut Html, p: &Preparation) {
    if p.financement.len() < 2 {
        return;
    }
    html.el("h3", &[], "Financer l'investissement des années prévues");
    html.p(
        "Budget principal. La première année suit le budget proposé, résultats reportés compris.",
    );
    html.p("Ensuite, l'emprunt couvre ce que l'épargne et les recettes laissent à trouver.");
    if p.emprunts_supposes.is_empty() {
        html.p(
            "Intérêts et remboursements des emprunts nouveaux : non évalués, aucune dette décrite.",
        );
    } else {
        html.p(&format!("Emprunts nouveaux supposés remboursés en {}.", p.emprunts_supposes));
    }
    let amounts = p.financement.iter().flat_map(|a| [a.epargne_brute, a.equipement]);
    let unit = Unite::detail(amounts);
    let columns = vec![
        Colonne::nombre("Exercice"),
        Colonne::nombre("Épargne brute"),
        Colonne::nombre("Recettes d'investissement"),
        Colonne::nombre("Équipement"),
        Colonne::nombre("Capital et autres dépenses"),
        Colonne::nombre("Annuité des emprunts nouveaux"),
        Colonne::nombre("Emprunts nouveaux"),
        Colonne::nombre("Épargne nette"),
        Colonne::nombre("Dette en fin d'année"),
        Colonne::nombre("Désendettement (ans)"),
    ];
    let title = format!("Financement de l'investissement, {}", layout::en(unit));
    let mut table = Table::simple(title, columns);
    for a in &p.financement {
        table.ligne(vec![
            Cellule::annee(a.exercice),
            Cellule::montant(a.epargne_brute, unit),
            Cellule::montant(a.recettes, unit),
            Cellule::montant(a.equipement, unit),
            Cellule::montant(a.autres, unit),
            a.service.map_or_else(|| Cellule::mot("–"), |m| Cellule::montant(m, unit)),
            Cellule::montant(a.emprunt, unit),
            Cellule::montant(a.epargne_nette, unit),
            a.encours.map_or_else(|| Cellule::mot("–"), |m| Cellule::montant(m, unit)),
            Cellule::decimal_ou(a.desendettement, 1),
        ]);
    }
    html.table(&table);
    html.p("Épargne nette : épargne brute, moins capital de la dette, moins annuité des emprunts nouveaux.");
    html.p("Désendettement : dette divisée par l'épargne brute, intérêts des emprunts nouveaux déduits.");
    for text in plan(&p.financement) {
        html.p(&text);
    }
}

/// What the loans of the plan lead to: years of debt at its end, and the first year that no longer pays it back.
pub(super) fn plan(years: &[AnneeFinancement]) -> Vec<String> {
    let mut out = Vec::new();
    if let Some((last, n)) = years.last().and_then(|a| Some((a, a.desendettement?))) {
        let word = fr::accord(n, "an", "ans");
        out.push(format!(
            "Emprunts du plan compris, la dette vaudrait *{}{}{word}* d'épargne brute fin {}.",
            fr::decimal(n, 1),
            fr::NBSP,
            last.exercice
        ));
    }
    if let Some(a) = years.iter().find(|a| a.epargne_nette < Centimes::ZERO) {
        out.push(format!(
            "En {}, l'épargne nette serait de *{}* : l'épargne ne rembourserait plus la dette.",
            a.exercice,
            fr::phrase(a.epargne_nette)
        ));
    }
    out
}

fn together(html: &mut Html, all: &Consolide) {
    html.el("h3", &[], "Les budgets ensemble");
    html.p("Ce que les budgets se versent entre eux est retiré des deux côtés.");
    let unit = Unite::detail(all.chapitres.iter().map(|c| c.net));
    let columns = vec![
        Colonne::mot("Chapitre"),
        Colonne::mot("Sens"),
        Colonne::nombre("Somme des budgets"),
        Colonne::nombre("Flux internes"),
        Colonne::nombre("Consolidé"),
    ];
    let title = format!("Budgets consolidés, opérations réelles, {}", layout::en(unit));
    let mut table = Table::triable(title, columns);
    for c in &all.chapitres {
        table.ligne(vec![
            Cellule::mot(&c.chapitre),
            Cellule::mot(abrege(&c.section, &c.sens)),
            Cellule::montant(c.somme, unit),
            Cellule::montant(c.flux, unit),
            Cellule::montant(c.net, unit),
        ]);
    }
    html.table(&table);
    for f in &all.flux {
        html.p(&format!(
            "{} ({} et {}) : {} en dépense, {} en recette, {} retirés.",
            fr::majuscule(&f.libelle),
            f.compte_depense,
            f.compte_recette,
            fr::phrase(f.depense),
            fr::phrase(f.recette),
            fr::phrase(f.elimine)
        ));
    }
}

/// The section of the legal checks; used by the reading of a budget too.
pub(in crate::report::html) fn verifications(html: &mut Html, list: &[&Verification]) {
    if list.is_empty() {
        return;
    }
    let count = |word: &str| list.iter().filter(|v| v.verdict == word).count() as u64;
    let wrong = count("non_conforme");
    let lead = match wrong {
        0 if count("a_justifier") == 0 => "*Aucune règle* n'est enfreinte.".to_owned(),
        0 => format!("*Aucune règle* n'est enfreinte ; {} à justifier.", count("a_justifier")),
        n => format!("*{}* avant le vote.", fr::compte(n, "règle à corriger", "règles à corriger")),
    };
    html.section("verifications", "Contrôles du budget", &lead);
    let unit = Unite::detail(list.iter().flat_map(|v| [v.gauche, v.droite]));
    let columns = vec![
        Colonne::mot("Règle"),
        Colonne::mot("Budget"),
        Colonne::nombre("Premier terme"),
        Colonne::nombre("Second terme"),
        Colonne::nombre("Écart"),
        Colonne::mot("Résultat"),
        Colonne::mot("Source"),
    ];
    let title = format!("Contrôles, {}", layout::en(unit));
    let mut table = Table::triable(title, columns);
    for v in list {
        table.ligne(vec![
            Cellule::prose(&v.libelle),
            Cellule::mot(&v.budget),
            Cellule::montant(v.gauche, unit),
            Cellule::montant(v.droite, unit),
            Cellule::variation(v.ecart, unit),
            Cellule::mot(verdict(&v.verdict)),
            Cellule::prose(&v.source),
        ]);
    }
    html.table(&table);
    html.faire("corriger d'abord les lignes non conformes ; justifier les autres dans la note.");
    html.close();
}

fn verdict(word: &str) -> &str {
    match word {
        "conforme" => "✓ conforme",
        "a_justifier" => "○ à justifier",
        "non_conforme" => "✗ non conforme",
        _ => "– non évalué",
    }
}

fn duties(html: &mut Html, list: &[Obligation]) {
    if list.is_empty() {
        return;
    }
    let n = fr::compte(list.len() as u64, "obligation", "obligations");
    html.section("obligations", "Ce que la loi demande à cette taille", &format!("*{n}*."));
    html.open("ul", &[]);
    for o in list {
        let from = match (o.seuil, o.jusqu_a) {
            (0, Some(top)) => format!("jusqu'à {} habitants", fr::nombre(u64::from(top))),
            (0, None) => "toutes les communes".to_owned(),
            (s, Some(top)) => {
                let [s, top] = [s, top].map(|n| fr::nombre(u64::from(n)));
                format!("de {s} à {top} habitants")
            }
            (s, None) => format!("dès {} habitants", fr::nombre(u64::from(s))),
        };
        let mark = if o.a_verifier { " ; texte à vérifier" } else { "" };
        html.open("li", &[]);
        html.prose(&format!("{} ({from} ; {}{mark})", o.libelle, o.source));
        html.close();
    }
    html.close();
    html.faire("vérifier les numéros d'articles : ils ont changé au 1er janvier 2026.");
    html.close();
}
