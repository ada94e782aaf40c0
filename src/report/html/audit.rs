//! `audit.html`: for the auditor who looks twice at the spending (UX 5.2).
//!
//! **Invariant:** never a verdict: each finding says why to look and what to check; a control that could
//! not run is shown with the column it missed.

use super::figures::{cascade_figure, grid_figure};
use super::table::{Cellule, Colonne, Table, difference};
use super::{Html, layout};
use crate::anomaly::Priorite;
use crate::domain::calendar;
use crate::domain::control::Family;
use crate::domain::refus::Refus;
use crate::report::Rapport;
use crate::report::chart::benford::BenfordBars;
use crate::report::chart::scale::Echelle;
use crate::report::chart::timeline::{Groupe, Timeline};
use crate::report::chart::waterfall::{Marche, Sens, Waterfall};
use crate::report::chart::{Figure, Graphique};
use crate::report::fr::{self, Unite};
use crate::report::model::audit::{Audit, Constat, ControleAudit, StatutControle};

/// Findings shown as cards.
const CARDS: usize = 20;
/// Cards whose evidence is open at once.
const OPEN: usize = 3;
/// Groups of the timeline.
const GROUPS: usize = 15;
/// Members of a finding shown in its card.
const MEMBERS: usize = 12;
/// Under this count, first digits say nothing.
const BENFORD_MINIMUM: u64 = 1_000;

/// The sections of the page.
pub(super) fn body(html: &mut Html, rapport: &Rapport, audit: &Audit) -> Result<(), Refus> {
    let source = format!("Source : écritures {} lues par vigie.", rapport.exercice);
    layout::essentiel(html, "En trois phrases", &sentences(audit));
    perimetre(html, audit, &source)?;
    layout::sommaire(html);
    examiner(html, audit)?;
    controles(html, audit);
    doublons(html, audit, &source)?;
    montants(html, audit, &source)?;
    calendrier(html, audit, &source)?;
    constats(html, audit);
    revue(html, audit);
    layout::qualite(html, rapport);
    html.section(
        "methode",
        "Méthode",
        "Un signalement est une raison de regarder, pas un verdict.",
    );
    html.p("Chaque constat ajoute ou retire des points ; leur somme est l'indice.");
    html.p("Le rang suit la probabilité d'une vraie anomalie, toutes familles confondues.");
    html.p("L'enjeu est le montant concerné, pas une perte.");
    layout::parametres(html, rapport);
    html.close();
    Ok(())
}

fn sentences(audit: &Audit) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(gap) = &audit.ecart_comptes {
        let amount = fr::phrase(gap.variation.abs());
        let left = gap.causes.iter().find(|c| c.libelle.to_lowercase().contains("expliqu"));
        let left = left.map_or_else(String::new, |c| {
            format!(", dont *{}* sans explication", fr::phrase(c.montant.abs()))
        });
        out.push(format!("Du grand livre aux comptes, l'écart est de *{amount}*{left}."));
    }
    let p = &audit.perimetre;
    let mut scope = format!(
        "*{}*, *{}*, {}",
        fr::compte(p.lignes, "ligne", "lignes"),
        fr::phrase(p.montant),
        fr::compte(p.fournisseurs, "fournisseur", "fournisseurs")
    );
    if let (Some(from), Some(to)) = (&p.debut, &p.fin) {
        scope.push_str(&format!(", {}", fr::periode(from, to)));
    }
    out.push(format!("{scope}."));
    let d = &audit.decompte;
    let found = fr::compte(d.prioritaires, "signalement prioritaire", "signalements prioritaires");
    out.push(if d.prioritaires == 0 {
        "Aucun signalement prioritaire.".to_owned()
    } else {
        format!("*{found}* pour *{}*.", fr::phrase(d.enjeu_prioritaires))
    });
    let missing = fr::compte(d.controles_non_evalues, "contrôle n'a pu", "contrôles n'ont pu");
    let participle = fr::accord(d.controles_non_evalues as f64, "être fait", "être faits");
    if let (Some(last), true) = (out.last_mut(), d.controles_non_evalues > 0) {
        last.push_str(&format!(" {missing} {participle}."));
    }
    out
}

fn perimetre(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    let d = &audit.decompte;
    html.open("ul", &[("class", "compteur")]);
    for (mark, n, one, many) in [
        ("■", d.controles_prioritaires, "contrôle prioritaire", "contrôles prioritaires"),
        ("▲", d.controles_a_verifier, "contrôle à vérifier", "contrôles à vérifier"),
        ("●", d.controles_conformes, "contrôle conforme", "contrôles conformes"),
        ("○", d.controles_non_evalues, "contrôle non évalué", "contrôles non évalués"),
    ] {
        html.open("li", &[]);
        html.el("b", &[], &format!("{mark} {}", fr::nombre(n)));
        html.prose(fr::accord(n as f64, one, many));
        html.close();
    }
    html.close();
    if let Some(cascade) = &audit.ecart_comptes {
        let titre = format!("Du grand livre aux comptes : {}", fr::phrase(cascade.variation));
        let (figure, table) = cascade_figure(cascade, ("grand_livre", titre, source.to_owned()));
        html.figure(
            figure,
            "chaque barre explique une part de l'écart entre les deux totaux.",
            &table,
        )?;
    } else {
        html.p("○ Grand livre et comptes non comparés : il manque le compte administratif.");
    }
    Ok(())
}

/// Shape and word of a priority.
fn priorite(p: Priorite) -> (&'static str, &'static str) {
    match p {
        Priorite::Prioritaire => ("■", "prioritaire"),
        Priorite::AVerifier => ("▲", "à vérifier"),
        Priorite::Information => ("·", "information"),
    }
}

fn examiner(html: &mut Html, audit: &Audit) -> Result<(), Refus> {
    const TITLE: &str = "À examiner d’abord";
    if audit.constats.is_empty() {
        html.section("examiner", TITLE, "● Aucun signalement dans le périmètre lu.");
        html.faire("vérifier la liste des contrôles non évalués ci-dessous.");
        html.close();
        return Ok(());
    }
    let n = audit.constats.len().min(CARDS) as u64;
    let text = format!(
        "{} sur {}, {} d'abord.",
        fr::compte(n, "signalement", "signalements"),
        fr::nombre(audit.constats.len() as u64),
        fr::accord(n as f64, "le plus probable", "les plus probables")
    );
    html.section("examiner", TITLE, &text);
    for (i, constat) in audit.constats.iter().take(CARDS).enumerate() {
        card(html, constat, i < OPEN)?;
    }
    html.close();
    Ok(())
}

fn card(html: &mut Html, c: &Constat, open: bool) -> Result<(), Refus> {
    let (mark, word) = priorite(c.priorite);
    let id = format!("c{}", c.rang);
    let class = if c.priorite == Priorite::Prioritaire { "carte prioritaire" } else { "carte" };
    html.open("article", &[("class", class), ("id", &id), ("aria-labelledby", &format!("{id}t"))]);
    html.open("h3", &[("id", &format!("{id}t"))]);
    html.data(&format!("{}. {}, {}", c.rang, c.tiers, fr::euros(c.enjeu)));
    html.close();
    let chapitre =
        if c.chapitre.is_empty() { String::new() } else { format!(" · chapitre {}", c.chapitre) };
    let line =
        format!("{mark} {word} · {}{chapitre} · indice {}", c.controle, fr::decimal(c.indice, 1));
    html.el("p", &[("class", "sur")], &line);
    html.open("p", &[]);
    html.sentence(&c.motif);
    html.close();
    if !c.decision.is_empty() {
        html.p(&format!("Décision déjà prise : {}.", c.decision.replace('_', " ")));
    }
    if !c.membres.is_empty() {
        html.table(&members(c));
    }
    html.open("p", &[("class", "faire")]);
    html.prose("*Que faire ?* ");
    html.sentence(&c.a_faire);
    html.close();
    html.open("details", if open { &[("open", "")] } else { &[] });
    html.el("summary", &[], "Pourquoi ce signalement");
    if c.indices.is_empty() {
        html.p("Le détail des constats n'est pas fourni.");
    } else {
        let (figure, table) = evidence(c);
        html.figure(
            figure,
            "chaque constat ajoute ou retire des points ; la somme est l'indice.",
            &table,
        )?;
    }
    html.open("p", &[("class", "lire")]);
    html.prose("Enregistrements : ");
    html.open("code", &[("data-copie", "")]);
    html.data(&shorten(&c.enregistrements));
    html.close();
    html.close();
    html.close();
    html.close();
    Ok(())
}

fn shorten(records: &[String]) -> String {
    const MANY: usize = 60;
    let mut text = records.iter().take(MANY).cloned().collect::<Vec<_>>().join(" ");
    if records.len() > MANY {
        text.push_str(" …");
    }
    text
}

/// Members side by side; what differs from the first one is marked.
fn members(c: &Constat) -> Table {
    let columns = vec![
        Colonne::mot("Mandat"),
        Colonne::mot("Date"),
        Colonne::mot("Facture"),
        Colonne::mot("Objet"),
        Colonne::mot("Nature"),
        Colonne::nombre("Montant (€)"),
    ];
    let shown = c.membres.len().min(MEMBERS);
    let more = if shown < c.membres.len() {
        format!(" ({shown} sur {})", c.membres.len())
    } else {
        String::new()
    };
    let title = format!("Enregistrements du signalement {}{more}", c.rang);
    let mut table = Table::simple(title, columns);
    let first = c.membres.first();
    for m in c.membres.iter().take(shown) {
        let marked = |text: &str, model: Option<&str>| {
            Cellule::marquee(text, model.map_or((0, 0), |model| difference(model, text)))
        };
        let marked_if_close = |text: &str, model: Option<&str>| {
            let (from, to) = model.map_or((0, 0), |model| difference(model, text));
            let close = 2 * (to - from.min(to)) <= text.chars().count();
            Cellule::marquee(text, if close { (from, to) } else { (0, 0) })
        };
        let mandat = if m.mandat.is_empty() { &m.enregistrement } else { &m.mandat };
        table.ligne(vec![
            Cellule::mot(mandat),
            Cellule::date(m.date.as_deref()),
            marked(&m.facture, first.map(|f| f.facture.as_str())),
            marked_if_close(&m.objet, first.map(|f| f.objet.as_str())),
            Cellule::mot(&m.nature),
            Cellule::euros(m.montant),
        ]);
    }
    table
}

fn evidence(c: &Constat) -> (Figure, Table) {
    let causes = c
        .indices
        .iter()
        .map(|e| Marche { libelle: e.niveau.clone(), detail: e.valeurs.clone(), valeur: e.poids })
        .collect();
    let indice = fr::decimal(c.indice, 1);
    let figure = Figure {
        numero: 0,
        nom: format!("signalement_{}", c.rang),
        titre: format!("Signalement {} : indice {indice}", c.rang),
        sous_titre: "Points ajoutés ▲ ou retirés ▼ par chaque constat".to_owned(),
        source: format!("Contrôle {}.", c.controle),
        alternative: c
            .indices
            .iter()
            .map(|e| format!("{} {}.", e.niveau, fr::decimal_signe(e.poids, 1)))
            .collect::<Vec<_>>()
            .join(" "),
        graphique: Graphique::Waterfall(Waterfall {
            echelle: Echelle::Nombre(1),
            depart: None,
            causes,
            arrivee: Marche::new("Indice", c.indice),
            sens: Sens::Indice,
        }),
    };
    let columns = vec![Colonne::mot("Constat"), Colonne::mot("Valeurs"), Colonne::nombre("Points")];
    let mut table = Table::simple(format!("Constats du signalement {}", c.rang), columns);
    for e in &c.indices {
        table.ligne(vec![
            Cellule::mot(&e.niveau),
            Cellule::mot(&e.valeurs),
            Cellule::decimal(e.poids, 2),
        ]);
    }
    table.ligne(vec![Cellule::mot("Indice"), Cellule::mot("somme"), Cellule::decimal(c.indice, 2)]);
    (figure, table)
}

/// Shape and word of a control's outcome.
fn statut(s: StatutControle) -> &'static str {
    match s {
        StatutControle::Prioritaire => "■ prioritaire",
        StatutControle::AVerifier => "▲ à vérifier",
        StatutControle::Conforme => "● conforme",
        StatutControle::NonEvalue => "○ non évalué",
    }
}

fn controles(html: &mut Html, audit: &Audit) {
    let d = &audit.decompte;
    let conclusion = format!(
        "*{}*, {} {}, {} non {}.",
        fr::compte(audit.controles.len() as u64, "contrôle", "contrôles"),
        fr::nombre(d.controles_conformes),
        fr::accord(d.controles_conformes as f64, "conforme", "conformes"),
        fr::nombre(d.controles_non_evalues),
        fr::accord(d.controles_non_evalues as f64, "évalué", "évalués"),
    );
    html.section("controles", "Tous les contrôles", &conclusion);
    for (family, letters, name) in Family::ALL {
        let list: Vec<_> = audit.controles.iter().filter(|c| c.code.family == family).collect();
        if list.is_empty() {
            continue;
        }
        html.el("h3", &[], &format!("{letters} · {}", fr::majuscule(name)));
        let (quiet, loud): (Vec<_>, Vec<_>) =
            list.into_iter().partition(|c| c.statut == StatutControle::Conforme);
        loud.into_iter().for_each(|c| control(html, c));
        if !quiet.is_empty() {
            html.open("details", &[]);
            let text = fr::compte(quiet.len() as u64, "contrôle conforme", "contrôles conformes");
            html.el("summary", &[], &format!("● {text}"));
            quiet.into_iter().for_each(|c| control(html, c));
            html.close();
        }
    }
    html.close();
}

fn control(html: &mut Html, c: &ControleAudit) {
    html.open("div", &[("class", "controle")]);
    html.open("p", &[]);
    html.open("strong", &[]);
    html.data(&format!("{} · {}", statut(c.statut), c.code));
    html.close();
    html.prose(" : ");
    html.data(&c.titre);
    if c.essai {
        html.prose(" (à l'essai)");
    }
    html.close();
    if let Some(missing) = &c.manque {
        html.open("p", &[("class", "absent")]);
        html.prose("Non fait : ");
        html.data(missing);
        html.close();
    } else {
        let found = format!(
            "{} sur {}, enjeu {}.",
            fr::compte(c.trouves, "signalement", "signalements"),
            fr::compte(c.examines, "enregistrement", "enregistrements"),
            fr::phrase(c.enjeu)
        );
        html.p(&found);
    }
    let rows = [
        ("Paramètres", &c.parametres),
        ("Faux positifs connus", &c.faux_positifs),
        ("Référence", &c.reference),
    ];
    if rows.iter().any(|r| !r.1.is_empty()) {
        html.open("dl", &[]);
        for (term, text) in rows.iter().filter(|r| !r.1.is_empty()) {
            html.el("dt", &[], term);
            for item in items(text) {
                html.open("dd", &[]);
                html.data(&fr::typo(&item));
                html.close();
            }
        }
        html.close();
    }
    html.close();
}

/// Short items of a text taken from the page of a control: the rows of its table, or its parts.
fn items(text: &str) -> Vec<String> {
    let Some((_, rows)) = text.split_once("|---") else {
        return text.split(" ; ").map(str::to_owned).collect();
    };
    let rows = rows.trim_start_matches(['-', '|']);
    rows.split("| |")
        .filter_map(|row| {
            let cells: Vec<&str> =
                row.split('|').map(str::trim).filter(|c| !c.is_empty() && *c != "---").collect();
            match cells.as_slice() {
                [] => None,
                [name, value, rest @ ..] => Some(format!("{name} : {value} {}", rest.join(", "))),
                [one] => Some((*one).to_owned()),
            }
        })
        .map(|item| item.trim().to_owned())
        .collect()
}

fn doublons(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    const TITLE: &str = "Doublons et quasi-doublons";
    let all: Vec<&Constat> =
        audit.constats.iter().filter(|c| c.controle.family == Family::Dbl).collect();
    let groups: Vec<Groupe> = all.iter().take(GROUPS).filter_map(|c| group(c)).collect();
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
        } else {
            html.section("doublons", TITLE, "● Aucun groupe daté à dessiner.");
            html.close();
        }
        return Ok(());
    }
    let n = all.len() as u64;
    let text = fr::compte(n, "groupe à vérifier", "groupes à vérifier");
    html.section("doublons", TITLE, &format!("*{text}*."));
    let table = table_groups(&all[..groups.len().min(all.len())]);
    let figure = Figure {
        numero: 0,
        nom: "doublons".to_owned(),
        titre: format!("Les {} premiers groupes, joints par une ligne", groups.len()),
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
        libelle: c.tiers.clone(),
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

fn montants(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
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
        format!("Le chapitre *{}* porte {share} des dépenses.", m.chapitre)
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

fn bars(audit: &Audit, source: &str) -> (Figure, Table) {
    use crate::report::chart::bars::{Barre, Bars};
    let unit = Unite::de(audit.montants.iter().map(|m| m.total));
    let lignes = audit.montants.iter().map(|m| Barre {
        libelle: format!("{} {}", m.chapitre, m.libelle),
        detail: String::new(),
        valeur: m.total.0 as f64,
        complement: fr::pourcent(m.part_pct, 0),
        reste: m.chapitre == "autres",
    });
    let figure = Figure {
        numero: 0,
        nom: "montants".to_owned(),
        titre: "Où va l’argent dépensé".to_owned(),
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
            Cellule::mot(format!("{} {}", m.chapitre, m.libelle)),
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

fn benford(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    let Some(b) = &audit.benford else {
        return Ok(());
    };
    let out =
        b.chiffres.iter().filter(|c| c.observe < c.bas_95 || c.observe > c.haut_95).count() as u64;
    let titre = if out == 0 {
        "Les premiers chiffres suivent la loi de Benford".to_owned()
    } else {
        let text = fr::compte(out, "premier chiffre sort", "premiers chiffres sortent");
        format!("{text} de la marge attendue")
    };
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
    html.figure(figure, "une barre hors de la marge appelle une explication.", &table)?;
    html.p("Un écart n'est pas une preuve : un tarif fixe ou un abonnement suffit.");
    Ok(())
}

fn calendrier(html: &mut Html, audit: &Audit, source: &str) -> Result<(), Refus> {
    const TITLE: &str = "Calendrier";
    let Some(grid) = audit.calendrier.as_ref().filter(|g| !g.lignes.is_empty()) else {
        let why =
            ("il faut deux années de mandats datés.", "ajouter les mandats de l'année précédente.");
        html.absent("calendrier", TITLE, why);
        return Ok(());
    };
    let over = grid.seuil.map_or(0, |s| {
        grid.lignes.iter().flat_map(|l| l.mois).flatten().filter(|v| v.abs() >= s).count()
    }) as u64;
    let text = if over == 0 {
        "● Aucun mois inhabituel.".to_owned()
    } else {
        format!("*{}*, encadrés.", fr::compte(over, "mois inhabituel", "mois inhabituels"))
    };
    html.section("calendrier", TITLE, &text);
    let words =
        ("calendrier", "Dépense du mois comparée à l’habitude du chapitre", "Score z robuste");
    let (figure, table) = grid_figure(grid, 1, words, source.to_owned());
    html.figure(
        figure,
        "zéro : mois habituel ; plus la case est foncée, plus le mois s'écarte.",
        &table,
    )?;
    html.close();
    Ok(())
}

fn constats(html: &mut Html, audit: &Audit) {
    let d = &audit.decompte;
    let conclusion = format!(
        "*{}* : {} {}, {} à vérifier, {} pour information.",
        fr::compte(audit.constats.len() as u64, "signalement", "signalements"),
        fr::nombre(d.prioritaires),
        fr::accord(d.prioritaires as f64, "prioritaire", "prioritaires"),
        fr::nombre(d.a_verifier),
        fr::nombre(d.informations),
    );
    html.section("constats", "Tous les signalements", &conclusion);
    if audit.constats.is_empty() {
        html.close();
        return;
    }
    let columns = vec![
        Colonne::nombre("Rang"),
        Colonne::mot("Priorité"),
        Colonne::mot("Contrôle"),
        Colonne::mot("Fournisseur"),
        Colonne::somme("Enjeu (€)"),
        Colonne::mot("Date"),
        Colonne::mot("Chapitre"),
        Colonne::mot("Pourquoi"),
        Colonne::mot("Décision"),
    ];
    let mut table = Table::triable("Signalements, du plus au moins probable", columns);
    for c in &audit.constats {
        let (mark, word) = priorite(c.priorite);
        table.ligne(vec![
            Cellule::compte(c.rang),
            Cellule::mot(format!("{mark}{}{word}", fr::NBSP)),
            Cellule::mot(c.controle.to_string()),
            Cellule::mot(&c.tiers),
            Cellule::euros(c.enjeu),
            Cellule::date(c.membres.first().and_then(|m| m.date.as_deref())),
            Cellule::mot(&c.chapitre),
            Cellule::prose(&c.motif),
            Cellule::mot(c.decision.replace('_', " ")),
        ]);
        table.enjeux.push(c.enjeu.0);
    }
    html.table(&table);
    html.faire("noter chaque décision dans audit.xlsx, puis lancer vigie revue importer.");
    html.close();
}

fn revue(html: &mut Html, audit: &Audit) {
    const TITLE: &str = "Journal de revue";
    if audit.revue.is_empty() {
        let why = ("aucune décision enregistrée.", "remplir la colonne decision d'audit.xlsx.");
        html.absent("revue", TITLE, why);
        return;
    }
    let n = fr::compte(audit.revue.len() as u64, "décision enregistrée", "décisions enregistrées");
    html.section("revue", TITLE, &format!("*{n}*. Auteurs déclarés, non authentifiés."));
    let columns = ["Date", "Contrôle", "Décision", "Auteur", "Motif"].map(Colonne::mot).to_vec();
    let mut table = Table::triable("Décisions", columns);
    for r in &audit.revue {
        table.ligne(vec![
            Cellule::date(Some(&r.date)),
            Cellule::mot(&r.controle),
            Cellule::mot(r.decision.replace('_', " ")),
            Cellule::mot(&r.auteur),
            Cellule::mot(&r.motif),
        ]);
    }
    html.table(&table);
    html.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_controls_are_cut_in_items() {
        let table = "| nom | défaut | unité | |---|---|---| | taux | 0,2 | par ligne | | seuil | 3 | jours |";
        assert_eq!(items(table), ["taux : 0,2 par ligne", "seuil : 3 jours"]);
        assert_eq!(items("loyers ; acomptes"), ["loyers", "acomptes"]);
    }
}
