//! "Tous les contrôles": by family, those that ran and those that could not.
//!
//! **Invariant:** a control that could not run is never shown as passed.

use super::super::Html;
use super::super::table::{Cellule, Colonne, Table};
use crate::domain::control::Family;
use crate::report::fr;
use crate::report::model::audit::{Audit, ControleAudit, StatutControle};

/// Shape and word of a control's outcome.
fn statut(s: StatutControle) -> &'static str {
    match s {
        StatutControle::Prioritaire => "■ prioritaire",
        StatutControle::AVerifier => "▲ à vérifier",
        StatutControle::Conforme => "● conforme",
        StatutControle::NonEvalue => "○ non évalué",
    }
}

pub(super) fn controles(html: &mut Html, audit: &Audit) {
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
        for c in loud {
            control(html, c);
        }
        if !quiet.is_empty() {
            html.open("details", &[]);
            let text = fr::compte(quiet.len() as u64, "contrôle conforme", "contrôles conformes");
            html.el("summary", &[], &format!("● {text}"));
            for c in quiet {
                control(html, c);
            }
            html.close();
        }
    }
    html.close();
}

/// The controls of some families and what they found, in short.
pub(super) fn famille(html: &mut Html, audit: &Audit, families: &[Family]) {
    let ours: Vec<&ControleAudit> =
        audit.controles.iter().filter(|c| families.contains(&c.code.family)).collect();
    if ours.is_empty() {
        return;
    }
    let columns = vec![
        Colonne::mot("Contrôle"),
        Colonne::mot("Résultat"),
        Colonne::mot("En une phrase"),
        Colonne::nombre("Signalements"),
        Colonne::nombre("Enjeu (€)"),
    ];
    let names: Vec<String> = Family::ALL
        .iter()
        .filter(|(family, ..)| ours.iter().any(|c| c.code.family == *family))
        .map(|(_, letters, name)| format!("{letters} ({name})"))
        .collect();
    let mut table = Table::simple(format!("Contrôles {}", names.join(", ")), columns);
    for c in ours {
        let done = c.manque.is_none();
        let state = statut(c.statut).replacen(' ', "\u{a0}", 1);
        table.ligne(vec![
            Cellule::mot(c.code.to_string()),
            Cellule::mot(state),
            Cellule::prose(c.manque.as_deref().unwrap_or(&c.titre)),
            if done { Cellule::compte(c.trouves) } else { Cellule::absente() },
            if done { Cellule::euros(c.enjeu) } else { Cellule::absente() },
        ]);
    }
    html.table(&table);
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
            fr::compte(c.examines, c.unite[0], c.unite[1]),
            fr::phrase(c.enjeu)
        );
        html.p(&found);
    }
    let rows = [
        ("Paramètres", items(&c.parametres)),
        ("Faux positifs connus", items(&c.faux_positifs)),
        ("Référence", references(&c.reference)),
    ];
    if rows.iter().any(|r| !r.1.is_empty()) {
        html.open("dl", &[]);
        for (term, list) in rows.iter().filter(|r| !r.1.is_empty()) {
            html.el("dt", &[], term);
            for item in list {
                html.open("dd", &[]);
                html.data(&fr::typo(&spelled(item)));
                html.close();
            }
        }
        html.close();
    }
    html.close();
}

/// The names that `vigie.toml` and the package give to things, in the words of the page.
const WORDS: [(&str, &str); 5] = [
    ("part_a_verifier", "part à vérifier"),
    ("part_listee", "part listée"),
    ("a_verifier", "à vérifier"),
    ("densite", "densité"),
    ("table controles_baremes.csv", "table des barèmes datés"),
];

/// A text of the page of a control without the spelling of a key.
fn spelled(text: &str) -> String {
    WORDS.iter().fold(text.to_owned(), |text, (key, word)| text.replace(key, word))
}

/// References, one an item.
fn references(text: &str) -> Vec<String> {
    text.split(" ; ").filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// A parameter in words: what its value counts follows it, any other remark stands in brackets.
fn parameter(name: &str, value: &str, unit: &str) -> String {
    let counted = unit.starts_with('%')
        || unit.split([' ', ',']).next().is_some_and(|word| word.ends_with('s') && word.len() > 4);
    if counted {
        format!("{name} : {value}{}{unit}", fr::NBSP)
    } else {
        format!("{name} : {value} ({unit})")
    }
}

/// Items of a text taken from the page of a control: the rows of its table, else the text whole, whose
/// sentences would be false when cut.
fn items(text: &str) -> Vec<String> {
    let Some((_, rows)) = text.split_once("|---") else {
        return Some(text.to_owned()).filter(|t| !t.is_empty()).into_iter().collect();
    };
    let rows = rows.trim_start_matches(['-', '|']);
    let mut out = Vec::new();
    for row in rows.split("| |") {
        let cells: Vec<&str> =
            row.split('|').map(str::trim).filter(|c| !c.is_empty() && *c != "---").collect();
        match cells.as_slice() {
            [name, value, unit, after @ ..] => {
                out.push(parameter(name, value, unit));
                out.extend(after.iter().map(|t| (*t).to_owned()));
            }
            other => out.extend(other.iter().map(|t| (*t).to_owned())),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_of_a_control_shows_a_key() {
        let key = |word: &str| {
            let parts: Vec<&str> = word.split('_').collect();
            let letters = |p: &&str| !p.is_empty() && p.chars().all(|c| c.is_ascii_lowercase());
            parts.len() > 1 && parts.iter().all(letters)
        };
        for card in crate::anomaly::detectors::cards() {
            let text = spelled(&card.section("Paramètres"));
            let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let keys: Vec<&str> = words.filter(|w| key(w)).collect();
            assert!(keys.is_empty(), "{}: {keys:?}", card.code);
        }
    }

    #[test]
    fn pages_of_controls_are_cut_in_items() {
        let table = "| nom | défaut | unité | |---|---|---| | taux | 0,2 | par ligne | | seuil | 3 | jours | Fin.";
        let rows = ["taux : 0,2 (par ligne)", "seuil : 3\u{a0}jours", "Fin."];
        assert_eq!(items(table), rows);
        assert_eq!(items("Loyers ; jamais seuls."), ["Loyers ; jamais seuls."]);
        assert_eq!(references("M57, tome 2 ; D.1617-23"), ["M57, tome 2", "D.1617-23"]);
        assert!(items("").is_empty() && references("").is_empty());
        assert_eq!(parameter("marge", "5", "% sous le seuil"), "marge : 5\u{a0}% sous le seuil");
    }
}
