//! The landing of the running exercice: chapitres against their credits, then the movements it calls for.
//!
//! **Invariant:** every row is in `resultats.json`; accounts are in `atterrissage.csv`.

use super::super::table::{Cellule, Colonne, Table};
use super::super::{Html, layout};
use super::chapitres::abrege;
use super::replay::side;
use crate::domain::money::Centimes;
use crate::report::fr::{self, Unite};
use crate::report::model::preparation::{Atterrissage, DelaiVote, LigneAtterrie, Preparation};

/// The section; nothing when no exercice is running.
pub(super) fn atterrissage(html: &mut Html, p: &Preparation) {
    let Some(first) = p.atterrissages.first() else { return };
    let title = format!("Atterrissage {}", first.exercice);
    html.section("atterrissage", &title, &conclusion(&p.atterrissages));
    html.p(&method(first));
    for one in &p.atterrissages {
        html.table(&chapitres(one));
        if !one.mouvements.is_empty() {
            html.table(&mouvements(one));
        }
        for need in &one.non_finances {
            let amount = fr::phrase(need.montant);
            html.p(&format!(
                "Chapitre {}, section {} : *{amount}* qu'aucun crédit ne couvre.",
                need.chapitre, need.section
            ));
        }
        for c in &one.fongibilite {
            html.p(&format!(
                "Fongibilité, section {} : {} au plus, soit {} ; {} déjà virés, {} proposés.",
                c.section,
                fr::pourcent(c.taux, 1),
                // whole euros: what is left may be next to nothing beside the ceiling
                Unite::Euro.avec(c.plafond),
                Unite::Euro.avec(c.utilise),
                Unite::Euro.avec(c.propose)
            ));
        }
    }
    delais(html, first);
    html.close();
}

/// Until when the movements can be voted, and what is left when it is too late.
fn delais(html: &mut Html, one: &Atterrissage) {
    let name = |d: &DelaiVote| {
        if d.section == "F" { "fonctionnement et opérations d'ordre" } else { "investissement" }
    };
    for d in &one.delais {
        let (day, source) = (fr::date_texte(&d.limite), &d.source);
        let text = if d.depasse {
            format!(
                "Plus de décision modificative ni de virement : {} ; délai passé depuis le *{day}* ({source}).",
                name(d)
            )
        } else {
            format!("Décision modificative possible jusqu'au *{day}* : {} ({source}).", name(d))
        };
        html.p(&text);
    }
    let open = |section: &str| one.delais.iter().any(|d| d.section == section && !d.depasse);
    html.faire(match (open("F"), open("I")) {
        _ if one.delais.is_empty() => TO_VOTE,
        (_, true) => TO_VOTE,
        (true, false) => {
            "vérifier les chapitres de fonctionnement à risque, puis faire voter leur décision modificative : \
             elle ne couvre que les dépenses engagées avant le 31 décembre."
        }
        (false, false) => {
            "ne plus mandater au-dessus des crédits : reporter ces dépenses au budget suivant, ou expliquer le \
             dépassement au compte."
        }
    });
}

const TO_VOTE: &str = "vérifier les chapitres à risque, puis faire voter la décision modificative.";

fn conclusion(all: &[Atterrissage]) -> String {
    let lines = all.iter().flat_map(|a| &a.lignes);
    let risky = lines.filter(|l| l.niveau == "chapitre" && l.sens == "D" && l.risque == "probable");
    match risky.count() {
        0 => "Aucun chapitre de dépense ne devrait dépasser ses crédits.".to_owned(),
        n => {
            let n = fr::compte(n as u64, "chapitre de dépense", "chapitres de dépense");
            format!("*{n}* au-dessus des crédits votés en fin d'année.")
        }
    }
}

fn method(one: &Atterrissage) -> String {
    let months = if one.mois_depenses == one.mois_recettes {
        fr::compte(one.mois, "mois entier", "mois entiers")
    } else {
        let spent = fr::compte(one.mois_depenses, "mois entier", "mois entiers");
        format!("{spent} de dépenses et {} de recettes", fr::nombre(one.mois_recettes))
    };
    let years: Vec<String> = one.profils.iter().map(u16::to_string).collect();
    let profile = if years.is_empty() {
        "sans grand livre passé : profils usuels, à vérifier".to_owned()
    } else {
        format!("profil des grands livres {}", years.join(", "))
    };
    format!("Grand livre de {months} ; {profile}. Le détail par compte est dans atterrissage.csv.")
}

/// Totals, chapitres, and the accounts that have credits of their own.
fn chapitres(one: &Atterrissage) -> Table {
    let shown = |l: &&LigneAtterrie| l.niveau != "nature" || l.credits.is_some();
    let rows: Vec<&LigneAtterrie> = one.lignes.iter().filter(shown).collect();
    let unit = Unite::detail(rows.iter().map(|l| l.prevu));
    let engaged = rows.iter().any(|l| l.engage != Centimes::ZERO);
    let mut columns =
        vec![Colonne::mot("Chapitre"), Colonne::mot("Sens"), Colonne::nombre("Mandaté")];
    if engaged {
        columns.push(Colonne::nombre("Engagé"));
    }
    columns.extend([
        Colonne::nombre("Crédits"),
        Colonne::nombre("Fin d'année"),
        Colonne::nombre("Bas 80"),
        Colonne::nombre("Haut 80"),
        Colonne::mot("Risque"),
    ]);
    let title = format!("Atterrissage, budget {}, {}", one.budget, layout::en(unit));
    let mut table = Table::triable(title, columns);
    for l in rows {
        let mut cells = vec![
            Cellule::prose(named(l)),
            Cellule::mot(abrege(&l.section, &l.sens)),
            Cellule::montant(l.realise, unit),
        ];
        if engaged {
            cells.push(Cellule::montant(l.engage, unit));
        }
        cells.extend([
            Cellule::montant_ou(l.credits, unit),
            Cellule::montant(l.prevu, unit),
            Cellule::montant(l.bas_80, unit),
            Cellule::montant(l.haut_80, unit),
            Cellule::mot(risk(l)),
        ]);
        table.ligne(cells);
    }
    table
}

/// Code and label; sales are voted on another chapitre.
fn named(l: &LigneAtterrie) -> String {
    let name = format!("{} {}", l.code, l.libelle).trim().to_owned();
    if l.code == "775" { format!("{name} (vote : chapitre 024)") } else { name }
}

/// Against the credits, in words: beyond them for an expense, short of them for a receipt.
fn risk(l: &LigneAtterrie) -> &'static str {
    match (l.risque.as_str(), l.sens.as_str()) {
        ("probable", "D") => "dépassement probable",
        ("possible", "D") => "dépassement possible",
        ("probable", _) => "manque probable",
        ("possible", _) => "manque possible",
        _ => "non",
    }
}

fn mouvements(one: &Atterrissage) -> Table {
    let columns = vec![
        Colonne::mot("Acte"),
        Colonne::mot("Section"),
        Colonne::mot("Sens"),
        Colonne::mot("Chapitre"),
        Colonne::nombre("Montant (€)"),
        Colonne::mot("Raison"),
    ];
    let mut table = Table::triable("Mouvements de crédits proposés, équilibrés", columns);
    for m in &one.mouvements {
        let acte =
            if m.acte == "virement" { "virement du maire" } else { "décision modificative" };
        let cells = [acte, &m.section, side(&m.sens), &m.chapitre].map(Cellule::mot);
        let mut row = cells.to_vec();
        row.push(Cellule::variation(m.montant, Unite::Euro));
        row.push(Cellule::prose(&m.motif));
        table.ligne(row);
    }
    table
}
