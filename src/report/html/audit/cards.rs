//! "À examiner d'abord": one card a finding, with its records, its evidence and what to check.
//!
//! **Invariant:** a card says why to look and what to check, never what to conclude.

use super::super::Html;
use super::super::table::{Cellule, Colonne, Table, difference, runs};
use super::priorite;
use crate::anomaly::Priorite;
use crate::domain::control::Family;
use crate::domain::refus::Refus;
use crate::report::chart::scale::Echelle;
use crate::report::chart::waterfall::{Marche, Sens, Waterfall};
use crate::report::chart::{Figure, Graphique};
use crate::report::fr;
use crate::report::model::audit::{Audit, Constat};

/// Findings shown as cards.
const CARDS: usize = 20;
/// Cards whose evidence is open at once.
const OPEN: usize = 3;
/// Members of a finding shown in its card.
const MEMBERS: usize = 12;

pub(super) fn examiner(html: &mut Html, audit: &Audit) -> Result<(), Refus> {
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
    html.data(&title(c));
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
        let why = match c.motif_decision.trim_end_matches('.') {
            "" => String::new(),
            why => format!(" ({why})"),
        };
        html.open("p", &[]);
        html.data(&format!("Décision déjà prise : {}{why}.", super::decision(&c.decision)));
        html.close();
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
    source_columns(html, c);
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

/// Rank, payee and stake; a break in a numbering concerns no payee and has no stake.
fn title(c: &Constat) -> String {
    if c.tiers.is_empty() && c.controle.family == Family::Seq {
        return format!("{}. Suite des numéros", c.rang);
    }
    format!("{}. {}, {}", c.rang, super::payee(c), fr::euros(c.enjeu))
}

/// What the source says of the members beside the columns shown.
fn source_columns(html: &mut Html, c: &Constat) {
    const LONGEST: usize = 400;
    for m in c.membres.iter().take(MEMBERS).filter(|m| !m.autres.is_empty()) {
        let mut told = m.autres_en_clair();
        if told.chars().count() > LONGEST {
            told = told.chars().take(LONGEST).chain(['…']).collect();
        }
        html.open("p", &[("class", "lire")]);
        html.prose("Autres colonnes de la source, ");
        html.open("code", &[]);
        html.data(&m.enregistrement);
        html.close();
        html.prose(" : ");
        html.data(&told);
        html.close();
    }
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
    let list = &c.membres[..shown];
    let invoices = marked(&list.iter().map(|m| m.facture.as_str()).collect::<Vec<_>>());
    let objects = marked(&list.iter().map(|m| m.objet.as_str()).collect::<Vec<_>>());
    for ((m, invoice), object) in list.iter().zip(invoices).zip(objects) {
        let mandat = if m.mandat.is_empty() { fr::SANS_OBJET } else { &m.mandat };
        table.ligne(vec![
            Cellule::mot(mandat),
            Cellule::date(m.date.as_deref()),
            invoice,
            object,
            Cellule::mot(&m.nature),
            Cellule::euros(m.montant),
        ]);
    }
    table
}

/// Texts side by side, what differs marked on both sides: the first one against all the others. Two texts
/// that differ by more than half are two texts: nothing is marked.
fn marked(texts: &[&str]) -> Vec<Cellule> {
    let Some((first, others)) = texts.split_first() else { return Vec::new() };
    let mut of_first = vec![false; first.chars().count()];
    let mut cells = Vec::with_capacity(texts.len());
    for text in others {
        let [model, own] = difference(first, text);
        let far = |m: &[bool]| 2 * m.iter().filter(|x| **x).count() > m.len();
        if far(&model) || far(&own) {
            cells.push(Cellule::mot(*text));
            continue;
        }
        of_first.iter_mut().zip(model).for_each(|(mark, differs)| *mark |= differs);
        cells.push(Cellule::marquee(text, runs(&own)));
    }
    cells.insert(0, Cellule::marquee(first, runs(&of_first)));
    cells
}

/// What weighs most in a finding.
fn heaviest(c: &Constat, indice: &str) -> String {
    let most =
        c.indices.iter().max_by(|a, b| a.poids.total_cmp(&b.poids)).filter(|e| e.poids > 0.0);
    most.map_or_else(
        || format!("Signalement {} : indice {indice}", c.rang),
        |e| {
            format!(
                "Signalement {}, indice {indice} : « {} » pèse le plus ({})",
                c.rang,
                e.niveau,
                fr::decimal_signe(e.poids, 1)
            )
        },
    )
}

fn evidence(c: &Constat) -> (Figure, Table) {
    let causes = c
        .indices
        .iter()
        .enumerate()
        .map(|(i, e)| Marche {
            libelle: e.niveau.clone(),
            detail: c.indices_image.get(i).unwrap_or(&e.valeurs).clone(),
            valeur: e.poids,
        })
        .collect();
    let indice = fr::decimal(c.indice, 1);
    let figure = Figure {
        numero: 0,
        nom: format!("signalement_{}", c.rang),
        titre: heaviest(c, &indice),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_a_difference_are_marked() {
        let near = marked(&["FC/2025/04619", "FC202504619", "FC/2025/04618"]);
        assert_eq!(near[0], Cellule::marquee("FC/2025/04619", vec![(2, 3), (7, 8), (12, 13)]));
        assert_eq!(near[1], Cellule::mot("FC202504619"));
        assert_eq!(near[2], Cellule::marquee("FC/2025/04618", vec![(12, 13)]));
        let far = marked(&["Entretien", "Papier A4"]);
        assert_eq!(far, [Cellule::mot("Entretien"), Cellule::mot("Papier A4")]);
        assert!(marked(&[]).is_empty());
    }

    #[test]
    fn a_gap_in_a_numbering_names_nobody() {
        let code = crate::domain::control::ControlCode::new(Family::Seq, 1);
        let mut c = crate::report::sample::rapport().audit.expect("an audit").constats[0].clone();
        (c.rang, c.controle, c.tiers) = (7, code, String::new());
        assert_eq!(title(&c), "7. Suite des numéros");
        c.tiers = "EXEMPLE".to_owned();
        assert!(title(&c).starts_with("7. EXEMPLE, "));
    }
}
