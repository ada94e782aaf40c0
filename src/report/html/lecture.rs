//! `lecture.html`: what was read, tied out and set aside.
//!
//! **Invariant:** every file is listed, those left alone included.

use super::table::{Cellule, Colonne, Table};
use super::{Html, layout};
use crate::domain::money::Centimes;
use crate::report::Rapport;
use crate::report::fr::{self, Unite};
use crate::report::model::lecture::{Document, Lecture, Reporte, Total};

/// The sections of the page.
pub(super) fn body(html: &mut Html, rapport: &Rapport, lecture: &Lecture) {
    layout::essentiel(html, "En trois phrases", &sentences(rapport, lecture));
    layout::sommaire(html);
    documents(html, lecture);
    totaux(html, lecture);
    annexes(html, lecture);
    controles(html, lecture);
    let checks: Vec<_> = lecture.verifications.iter().collect();
    super::preparation::proposition::verifications(html, &checks);
    ecritures(html, lecture);
    super::livre::section(html, lecture);
    tables(html, lecture);
    recoupements(html, lecture);
    conflits(html, lecture);
    lus(html, lecture);
    ignores(html, lecture);
    layout::qualite(html, rapport);
    html.section(
        "methode",
        "Méthode",
        "Chaque ligne lue est retenue ou mise de côté, jamais perdue.",
    );
    html.p("Les montants sont lus au centime près ; ceux qui portent plus de deux décimales sont arrondis et comptés.");
    html.p("Une ligne mise de côté garde son numéro, sa valeur et sa raison.");
    layout::parametres(html, rapport);
    html.close();
}

fn sentences(rapport: &Rapport, lecture: &Lecture) -> Vec<String> {
    let q = &rapport.qualite;
    let open = lecture.livre_et_comptes.iter().filter(|y| !y.ecarts.is_empty()).count() as u64;
    let gaps = match open {
        0 => String::new(),
        n => {
            let n = fr::compte(n, "écart", "écarts");
            format!(" Entre grand livre et comptes : *{n}* à revoir.")
        }
    };
    let all = &q.rapprochements;
    let failed = all.iter().filter(|c| !c.ok).count() as u64;
    let told = all.iter().filter(|c| c.informs()).count() as u64;
    let checks = fr::compte(all.len() as u64, "rapprochement", "rapprochements");
    let ties = if all.is_empty() {
        "Aucun rapprochement n'a pu être fait.".to_owned()
    } else if failed == 0 && told == 0 {
        format!("*{checks}* : tous conformes.")
    } else if failed == 0 {
        let gaps = fr::compte(told, "écart pour information", "écarts pour information");
        format!("*{checks}* : aucun à vérifier, {gaps}.")
    } else {
        format!("*{checks}*, dont {} à vérifier.", fr::nombre(failed))
    };
    let ties = ties + &gaps;
    let aside = fr::compte(q.lignes_ecartees, "ligne mise de côté", "lignes mises de côté");
    vec![
        format!(
            "*{}* dans {}.",
            fr::compte(q.lignes_lues, "ligne lue", "lignes lues"),
            fr::compte(q.fichiers, "fichier", "fichiers")
        ),
        ties,
        match q.lignes_ecartees {
            0 => "*Aucune ligne* mise de côté.".to_owned(),
            1 => format!("*{aside}*, avec sa raison."),
            _ => format!("*{aside}*, avec la raison de chacune."),
        },
    ]
}

fn documents(html: &mut Html, lecture: &Lecture) {
    if lecture.documents.is_empty() {
        let why = (
            "aucun document budgétaire parmi les fichiers.",
            "ajouter les exports TOTEM ou balances.",
        );
        html.absent("documents", "Documents budgétaires", why);
        return;
    }
    let n = lecture.documents.len() as u64;
    let text = fr::compte(n, "document budgétaire lu", "documents budgétaires lus");
    html.section("documents", "Documents budgétaires", &format!("*{text}*."));
    let columns = vec![
        Colonne::mot("Fichier"),
        Colonne::mot("Format"),
        Colonne::nombre("Exercice"),
        Colonne::mot("Étape"),
        Colonne::mot("Budget"),
        Colonne::mot("Nomenclature"),
        Colonne::nombre("Lues"),
        Colonne::nombre("Retenues"),
        Colonne::nombre("De côté"),
        Colonne::mot("Empreinte"),
    ];
    let mut table = Table::triable("Documents budgétaires", columns);
    for d in &lecture.documents {
        let kind = if d.type_budget == "P" { "principal" } else { "annexe" };
        table.ligne(vec![
            Cellule::mot(&d.fichier),
            Cellule::mot(&d.format),
            Cellule::annee(d.exercice),
            Cellule::mot(&d.etape),
            Cellule::mot(format!("{} ({kind})", d.budget)),
            Cellule::mot(&d.nomenclature),
            Cellule::compte(d.lignes_lues),
            Cellule::compte(d.lignes_retenues),
            Cellule::compte(d.lignes_ecartees),
            Cellule::mot(d.sha256.chars().take(12).collect::<String>()),
        ]);
    }
    html.table(&table);
    html.close();
}

/// `BP 2026`, with its budget when there are several.
fn document(d: &Document, several: bool) -> String {
    let budget = if several { format!(" (budget {})", d.budget) } else { String::new() };
    format!("{} {}{budget}", d.etape, d.exercice)
}

fn totaux(html: &mut Html, lecture: &Lecture) {
    let all: Vec<(&Document, _)> =
        lecture.documents.iter().flat_map(|d| d.totaux.iter().map(move |t| (d, t))).collect();
    if all.is_empty() {
        return;
    }
    let unit = Unite::detail(all.iter().flat_map(|(_, t)| [t.realise, t.credits_ouverts, t.vote]));
    html.section(
        "totaux",
        "Totaux par section",
        "Ces totaux se comparent à ceux de vos documents signés.",
    );
    html.p("Le résultat reporté (comptes 001 et 002) est à part : ce n'est pas une opération de l'année.");
    let columns = vec![
        Colonne::mot("Document"),
        Colonne::mot("Section"),
        Colonne::mot("Sens"),
        Colonne::mot("Opérations"),
        Colonne::nombre("Voté"),
        Colonne::nombre("Crédits ouverts"),
        Colonne::nombre("Réalisé"),
        Colonne::nombre("Restes à réaliser"),
    ];
    let mut table = Table::triable(format!("Totaux, {}", layout::en(unit)), columns);
    let several = all.iter().any(|(d, _)| d.budget != all[0].0.budget);
    for (d, t) in &all {
        // a document that fills no cell of a column has not that column: a CA votes nothing
        let [votes, does] = columns_told(d);
        let mut line = |kind: &str, [vote, opened, done, left]: [Centimes; 4]| {
            table.ligne(vec![
                Cellule::mot(document(d, several)),
                Cellule::mot(section(&t.section)),
                Cellule::mot(sens(&t.sens)),
                Cellule::mot(kind),
                Cellule::montant_ou(votes.then_some(vote), unit),
                Cellule::montant(opened, unit),
                Cellule::montant_ou(does.then_some(done), unit),
                Cellule::montant(left, unit),
            ]);
        };
        // a result brought forward is no operation of the year
        let kind = if t.ordre { "d’ordre" } else { "réelles" };
        line(kind, [t.vote, t.credits_ouverts, t.realise, t.rar]);
        if let Some(r) = t.reporte {
            line("résultat reporté", [r.vote, r.credits_ouverts, r.realise, Centimes::ZERO]);
        }
    }
    html.table(&table);
    html.close();
}

/// Whether a document says what is voted, then what is done.
fn columns_told(d: &Document) -> [bool; 2] {
    let some = |m: Centimes| m != Centimes::ZERO;
    let of = |value: fn(&Total) -> Centimes, brought: fn(&Reporte) -> Centimes| {
        d.totaux
            .iter()
            .any(|t| some(value(t)) || t.reporte.as_ref().is_some_and(|r| some(brought(r))))
    };
    [of(|t| t.vote, |r| r.vote), of(|t| t.realise, |r| r.realise)]
}

/// Rows of the annexes, by document.
fn annexes(html: &mut Html, lecture: &Lecture) {
    let with: Vec<&Document> = lecture.documents.iter().filter(|d| !d.annexes.is_empty()).collect();
    if with.is_empty() {
        return;
    }
    let rows = with.iter().flat_map(|d| &d.annexes).map(|a| a.lignes).sum();
    let text = fr::compte(rows, "ligne d’annexe lue", "lignes d’annexes lues");
    html.section(
        "annexes",
        "Annexes des documents",
        &format!("*{text}*, aucune mise de côté ; les tables sont à côté de cette page."),
    );
    let names = [
        ("emprunts", "Emprunts"),
        ("concours", "Concours"),
        ("patrimoine", "Patrimoine"),
        ("personnel", "Personnel"),
        ("fiscalite", "Fiscalité"),
    ];
    let mut columns = vec![Colonne::mot("Document")];
    columns.extend(names.map(|(_, title)| Colonne::nombre(title)));
    let mut table = Table::triable("Lignes des annexes", columns);
    let several = with.iter().any(|d| d.budget != with[0].budget);
    for d in with {
        let mut cells = vec![Cellule::mot(document(d, several))];
        cells.extend(names.map(|(nom, _)| {
            let found = d.annexes.iter().find(|a| a.nom == nom);
            Cellule::compte(found.map_or(0, |a| a.lignes))
        }));
        table.ligne(cells);
    }
    html.table(&table);
    html.close();
}

/// Word of a section code.
pub(super) fn section(code: &str) -> &str {
    match code {
        "F" => "fonctionnement",
        "I" => "investissement",
        other => other,
    }
}

/// A section after « de », elided.
pub(super) fn de(section: &str) -> String {
    let vowel = section.starts_with(['a', 'e', 'i', 'o', 'u', 'é']);
    if vowel { format!("d’{section}") } else { format!("de {section}") }
}

/// Word of a sens code.
pub(super) fn sens(code: &str) -> &str {
    match code {
        "D" => "dépenses",
        "R" => "recettes",
        other => other,
    }
}

fn controles(html: &mut Html, lecture: &Lecture) {
    let rows: Vec<_> = lecture.documents.iter().filter(|d| !d.controles.is_empty()).collect();
    if rows.is_empty() {
        let why =
            ("aucun total de contrôle dans les fichiers.", "ajouter le compte administratif.");
        html.absent("controles", "Rapprochements des documents", why);
        return;
    }
    let wrong = rows.iter().flat_map(|d| &d.controles).filter(|c| !c.ok).count() as u64;
    let told = rows.iter().flat_map(|d| &d.controles).filter(|c| c.informs()).count() as u64;
    let text = if wrong == 0 && told == 0 {
        "● Tous les rapprochements sont conformes.".to_owned()
    } else if wrong == 0 {
        let gaps = fr::compte(told, "écart pour information", "écarts pour information");
        format!("● Aucun rapprochement à vérifier, {gaps}.")
    } else {
        format!("▲ *{}* à vérifier.", fr::compte(wrong, "rapprochement", "rapprochements"))
    };
    html.section("controles", "Rapprochements des documents", &text);
    for d in rows {
        let title = format!("{} {}, budget {}, en €", d.etape, d.exercice, d.budget);
        html.el("h3", &[], &format!("{} {}, {}", d.etape, d.exercice, d.fichier));
        layout::tie_outs(html, &title, &d.controles);
    }
    html.close();
}

fn ecritures(html: &mut Html, lecture: &Lecture) {
    if lecture.ecritures.is_empty() {
        let why = ("aucun fichier de mandats ou de factures.", "ajouter l'export des mandats.");
        html.absent("ecritures", "Écritures", why);
        return;
    }
    let n = fr::compte(
        lecture.ecritures.len() as u64,
        "fichier d'écritures lu",
        "fichiers d'écritures lus",
    );
    html.section("ecritures", "Écritures", &format!("*{n}*."));
    let columns = vec![
        Colonne::mot("Fichier"),
        Colonne::mot("Format"),
        Colonne::nombre("Lues"),
        Colonne::nombre("Retenues"),
        Colonne::nombre("De côté"),
        Colonne::nombre("Total retenu"),
        Colonne::nombre("Total de côté"),
    ];
    let mut table = Table::triable("Écritures, en €", columns);
    for e in &lecture.ecritures {
        table.ligne(vec![
            Cellule::mot(&e.fichier),
            Cellule::mot(&e.format),
            Cellule::compte(e.lignes_lues),
            Cellule::compte(e.lignes_retenues),
            Cellule::compte(e.lignes_ecartees),
            Cellule::euros(e.total),
            Cellule::euros(e.total_ecarte),
        ]);
    }
    html.table(&table);
    for e in lecture.ecritures.iter().filter(|e| !e.controles.is_empty()) {
        html.el("h3", &[], &format!("Totaux propres à {}", e.fichier));
        layout::tie_outs(html, &format!("Totaux de {}, en €", e.fichier), &e.controles);
    }
    html.close();
}

fn tables(html: &mut Html, lecture: &Lecture) {
    if lecture.tables.is_empty() {
        return;
    }
    let n = lecture.tables.len() as u64;
    let text = fr::compte(n, "autre fichier lu", "autres fichiers lus");
    html.section("tables", "Références, subventions, contrats et retours", &format!("*{text}*."));
    let columns = vec![
        Colonne::mot("Fichier"),
        Colonne::mot("Format"),
        Colonne::nombre("Lues"),
        Colonne::nombre("Retenues"),
        Colonne::nombre("De côté"),
        Colonne::nombre("Autres communes"),
    ];
    let mut table = Table::triable("Autres fichiers : éléments lus", columns);
    for t in &lecture.tables {
        table.ligne(vec![
            Cellule::mot(&t.fichier),
            Cellule::mot(&t.format),
            Cellule::compte(t.lignes_lues),
            Cellule::compte(t.lignes_retenues),
            Cellule::compte(t.lignes_ecartees),
            Cellule::compte(t.lignes_hors_perimetre),
        ]);
    }
    html.table(&table);
    html.close();
}

/// Rows kept less copies = records, and the copies by pair of files.
fn recoupements(html: &mut Html, lecture: &Lecture) {
    let Some(r) = &lecture.recoupements else { return };
    let text = format!(
        "*{}* − {} = {}.",
        fr::compte(r.lignes_retenues, "ligne retenue", "lignes retenues"),
        fr::compte(r.copies, "copie", "copies"),
        fr::compte(r.enregistrements, "enregistrement", "enregistrements")
    );
    html.section("recoupements", "Des lignes aux enregistrements", &text);
    let columns = vec![
        Colonne::mot("Ce qui est compté"),
        Colonne::nombre("Lignes"),
        Colonne::nombre("Montant"),
    ];
    let mut table = Table::simple("Lignes retenues, copies et enregistrements, en €", columns);
    let mut row = |what: String, lines: u64, total| {
        table.ligne(vec![Cellule::mot(what), Cellule::compte(lines), Cellule::euros(total)]);
    };
    row("Lignes retenues".to_owned(), r.lignes_retenues, r.total_retenu);
    for p in &r.paires {
        row(format!("Copies : {} dit comme {}", p.autre, p.retenu), p.lignes, p.total);
    }
    row("Enregistrements".to_owned(), r.enregistrements, r.total);
    html.table(&table);
    html.close();
}

fn conflits(html: &mut Html, lecture: &Lecture) {
    if lecture.conflits.is_empty() {
        return;
    }
    let n = lecture.conflits.len() as u64;
    let text = fr::compte(n, "mandat porte deux montants", "mandats portent deux montants");
    html.section("conflits", "Montants en conflit", &format!("▲ *{text}* selon le fichier."));
    let columns = vec![
        Colonne::mot("Enregistrement retenu"),
        Colonne::nombre("Montant retenu"),
        Colonne::mot("Autre source"),
        Colonne::nombre("Autre montant"),
        Colonne::mot("Suite donnée"),
    ];
    let mut table = Table::triable("Conflits de montant, en €", columns);
    for c in &lecture.conflits {
        table.ligne(vec![
            Cellule::mot(&c.enregistrement),
            Cellule::euros(c.montant),
            Cellule::mot(&c.autre),
            Cellule::euros(c.autre_montant),
            Cellule::mot(if c.fusion { "un seul enregistrement" } else { "les deux sont gardés" }),
        ]);
        table.enjeux.push(c.montant.0);
    }
    html.table(&table);
    html.faire("ouvrir les deux fichiers et garder le bon montant.");
    html.close();
}

/// Every file read, with the reason of its format.
fn lus(html: &mut Html, lecture: &Lecture) {
    if lecture.lus.is_empty() {
        return;
    }
    let n = fr::compte(lecture.lus.len() as u64, "fichier lu", "fichiers lus");
    html.section("lus", "Fichiers lus et format reconnu", &format!("● *{n}*."));
    let columns = ["Fichier", "Format", "Reconnu parce que"].map(Colonne::mot).to_vec();
    let mut table = Table::simple("Fichiers lus", columns);
    for f in &lecture.lus {
        table.ligne(vec![
            Cellule::mot(&f.fichier),
            Cellule::mot(&f.format),
            Cellule::mot(&f.raison),
        ]);
    }
    html.table(&table);
    html.close();
}

fn ignores(html: &mut Html, lecture: &Lecture) {
    if lecture.fichiers_ignores.is_empty() {
        return;
    }
    let n = lecture.fichiers_ignores.len() as u64;
    let text = fr::compte(n, "fichier n'a pas été lu", "fichiers n'ont pas été lus");
    html.section("ignores", "Fichiers laissés de côté", &format!("○ *{text}*."));
    let mut table =
        Table::simple("Fichiers non lus", ["Fichier", "Raison"].map(Colonne::mot).to_vec());
    for f in &lecture.fichiers_ignores {
        table.ligne(vec![Cellule::mot(&f.fichier), Cellule::mot(&f.raison)]);
    }
    html.table(&table);
    html.close();
}
