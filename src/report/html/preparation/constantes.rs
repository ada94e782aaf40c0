//! The constants behind the page: value, since when, source, what is to be verified.
//!
//! **Invariant:** a constant without a row for the exercice is shown as not evaluated, never left out.

use super::super::Html;
use super::super::table::{Cellule, Colonne, Table};
use crate::report::fr;
use crate::report::model::preparation::{ConstanteUtilisee, Preparation};

/// The section; nothing without constants.
pub(super) fn constantes(html: &mut Html, p: &Preparation) {
    if p.constantes.is_empty() {
        return;
    }
    let count = |word: &str| p.constantes.iter().filter(|c| c.confiance == word).count() as u64;
    let (doubtful, missing) = (count("à vérifier"), count("non évalué"));
    let text = format!(
        "*{}* ; {} à vérifier, {}.",
        fr::compte(p.constantes.len() as u64, "constante", "constantes"),
        doubtful,
        fr::compte(missing, "non évaluée", "non évaluées")
    );
    html.section("constantes", "Les constantes et leur source", &text);
    let columns = vec![
        Colonne::mot("Constante"),
        Colonne::mot("Valeur"),
        Colonne::mot("Depuis le"),
        Colonne::mot("Connue le"),
        Colonne::mot("Confiance"),
        Colonne::mot("Source"),
    ];
    let mut table = Table::triable("Constantes de droit, d'économie et d'usage", columns);
    for c in &p.constantes {
        table.ligne(vec![
            Cellule::prose(&c.libelle),
            Cellule::mot(valeur(c)),
            Cellule::mot(day(c, &c.debut)),
            Cellule::mot(day(c, &c.connu_le)),
            Cellule::mot(mark(&c.confiance)),
            Cellule::prose(&c.source),
        ]);
    }
    html.table(&table);
    html.faire("vérifier les lignes marquées ; une constante d'usage n'a pas de valeur légale.");
    html.close();
}

fn valeur(c: &ConstanteUtilisee) -> String {
    let number = match (c.valeur.parse::<u64>(), c.valeur.split_once('.')) {
        (Ok(whole), _) => fr::nombre(whole),
        (_, Some((whole, decimals))) if whole.parse::<u64>().is_ok() => {
            format!("{},{decimals}", fr::nombre(whole.parse().unwrap_or_default()))
        }
        _ => c.valeur.replace('.', ",").replace('-', "−"),
    };
    match (c.valeur.as_str(), c.unite.as_str()) {
        ("", _) => "–".to_owned(),
        (_, "pourcent") => format!("{number}\u{a0}%"),
        (_, "euros") => format!("{number}\u{a0}€"),
        (day, "date") => match day.split_once('-') {
            Some((month, day)) => format!("{day}/{month}"),
            None => day.to_owned(),
        },
        (_, "rapport") => number,
        (_, "années") => format!("{number}\u{a0}ans"),
        (_, unit) => format!("{number}\u{a0}{unit}"),
    }
}

/// A choice of the program has no date.
fn day(c: &ConstanteUtilisee, iso: &str) -> String {
    if iso.is_empty() || c.confiance == "usage" { "–".to_owned() } else { fr::date_table(iso) }
}

fn mark(confiance: &str) -> String {
    let sign = match confiance {
        "vérifié" => "✓",
        "à vérifier" => "?",
        "non évalué" => "–",
        _ => "○",
    };
    format!("{sign} {confiance}")
}
