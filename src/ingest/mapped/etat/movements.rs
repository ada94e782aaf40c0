//! Columns of movements (`DM 1`, `DM 2`, `BS`) beside the one of what was voted: together they are the credits
//! opened, when no column says their total.
//!
//! **Invariant:** a movement is added once, to the credits of its own side, section and exercice.

use crate::domain::account::{Section, Sens};
use crate::ingest::mapped::etat::columns::{Annee, Columns, Mesure, Montant};
use crate::ingest::mapped::etat::context::year;
use crate::ingest::mapped::synonyms::normal;

/// A column of movements, and the rank among the amounts of what it is added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mouvement {
    pub(super) index: usize,
    pub(super) vote: usize,
}

/// What a title of movements speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Title {
    /// One decision: `DM n° 2`.
    One,
    /// All of them: `DM`, `Total DM`.
    All,
}

/// Words that may come with those of a movement.
const WITH: [&str; 11] = [
    "montant", "total", "cumul", "euros", "eur", "depense", "depenses", "recette", "recettes",
    "vote", "votee",
];

/// Titles of credits carried over.
const CARRIED: [&str; 8] = [
    "reports n 1",
    "report n 1",
    "rar n 1",
    "restes realiser n 1",
    "reste realiser n 1",
    "credits reportes",
    "reports credits",
    "reports rar n 1",
];

fn title(text: &str) -> Option<Title> {
    if text.len() > 80 {
        return None;
    }
    let text = normal(text);
    // what the year before left to do opens credits of this one
    if CARRIED.contains(&text.as_str()) {
        return Some(Title::One);
    }
    let number = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_digit());
    let (mut modified, mut extra, mut moved) = (false, false, false);
    let (mut numbered, mut all, mut number_of) = (false, false, false);
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        match word {
            "dm" | "dms" | "decision" | "decisions" | "modificative" | "modificatives" => {
                modified |= word != "decision" && word != "decisions";
                all |= word.ends_with('s');
            }
            "bs" | "supplementaire" => extra = true,
            "vc" | "virement" | "virements" => moved = true,
            "budget" | "credit" | "credits" => {}
            "total" | "cumul" => all = true,
            _ if year(word).is_some() => {}
            _ if number(word) || word.strip_prefix("dm").is_some_and(number) => {
                modified |= word.starts_with("dm");
                numbered = true;
            }
            "n" | "no" | "numero" => number_of = true,
            _ if WITH.contains(&word) => {}
            _ => return None,
        }
    }
    // `N° DM` gives the number of a decision, not its amount
    if number_of && !numbered {
        return None;
    }
    match (modified, extra, moved) {
        (true, false, false) if all || !numbered => Some(Title::All),
        (true, false, false) | (false, true, false) => Some(Title::One),
        (false, false, true) if text.contains("credit") || text.contains("vc") => Some(Title::One),
        _ => None,
    }
}

/// True for the title of a movement, which is no total of credits.
pub(super) fn is_movement(text: &str) -> bool {
    title(text).is_some()
}

/// The columns of movements among the free ones, if the credits opened are said nowhere.
pub(super) fn find(
    titles: &[String],
    free: &[usize],
    amounts: &[Montant],
    sides: &dyn Fn(usize) -> (Option<Sens>, Option<Section>, Option<Annee>),
) -> Vec<Mouvement> {
    let named: Vec<(usize, Title)> =
        free.iter().filter_map(|&i| title(titles.get(i)?).map(|t| (i, t))).collect();
    let one = named.iter().any(|(i, t)| {
        *t == Title::One
            && titles
                .get(*i)
                .is_some_and(|t| normal(t).contains("dm") || normal(t).contains("modificative"))
    });
    let mut found = Vec::new();
    for (index, title) in named {
        // the sum of the decisions beside each of them
        if title == Title::All && one {
            continue;
        }
        let (sens, section, exercice) = sides(index);
        let mine = |m: &Montant, mesure| {
            m.mesure == mesure
                && (sens.is_none() || m.sens.is_none() || m.sens == sens)
                && (section.is_none() || m.section.is_none() || m.section == section)
                && (!matches!(exercice, Some(Annee::An(_)))
                    || m.exercice.is_none()
                    || m.exercice == exercice)
        };
        let voted: Vec<usize> =
            (0..amounts.len()).filter(|r| mine(&amounts[*r], Mesure::Vote)).collect();
        let said = amounts.iter().any(|m| mine(m, Mesure::CreditsOuverts));
        if let ([vote], false) = (voted.as_slice(), said) {
            found.push(Mouvement { index, vote: *vote });
        }
    }
    found
}

/// What is told of them: `BP + DM1 + DM2`.
pub(super) fn told(columns: &Columns) -> Option<String> {
    let first = columns.movements.first()?;
    let name = |i: usize| columns.titles.get(i).cloned().unwrap_or_default();
    let vote = columns.amounts.get(first.vote).map(|m| name(m.index))?;
    let added: Vec<String> =
        columns.movements.iter().map(|m| format!("« {} »", name(m.index))).collect();
    Some(format!("crédits ouverts = « {vote} » + {}", added.join(" + ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_movements() {
        for (text, expected) in [
            ("DM1", Some(Title::One)),
            ("DM n° 2", Some(Title::One)),
            ("Décision modificative n°1 2024", Some(Title::One)),
            ("BS", Some(Title::One)),
            ("Budget supplémentaire", Some(Title::One)),
            ("Virements de crédits", Some(Title::One)),
            ("DM", Some(Title::All)),
            ("Total DM", Some(Title::All)),
            ("Décisions modificatives", Some(Title::All)),
            ("BP + DM", None),
            ("Date DM", None),
            ("Budget", None),
            ("Virement", None),
            ("n° 3", None),
            ("N° DM", None),
            ("Reports N-1", Some(Title::One)),
            ("RAR", None),
        ] {
            assert_eq!(title(text), expected, "{text}");
        }
    }
}
