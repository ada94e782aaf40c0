//! What titles, section headings, the name of the sheet and that of the file say of budget lines: exercice,
//! closing date, sens, section, nomenclature, whose budget it is.
//!
//! **Invariant:** only words are read here; a date of printing is never taken for a closing date.

use crate::domain::account::{Section, Sens};
use crate::domain::calendar::{day_of, month_by_name};
use crate::domain::entity::Siret;

/// What is known from words around the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Context {
    /// Exercice, with where it was read.
    pub(super) exercice: Option<(u16, String)>,
    /// Day the amounts were closed at.
    pub(super) arrete: Option<i32>,
    pub(super) sens: Option<Sens>,
    pub(super) section: Option<Section>,
    /// Norm written (`M57-M57_A`, `M14`...).
    pub(super) norme: Option<String>,
    pub(super) siret: Option<String>,
    pub(super) collectivite: Option<String>,
    pub(super) budget: Option<String>,
    pub(super) annexe: bool,
    /// Amounts are in thousands of euros.
    pub(super) milliers: bool,
}

/// Words of a text: lower case, without accents.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    for c in text.chars() {
        let plain = match c {
            'à' | 'â' | 'ä' | 'À' | 'Â' => 'a',
            'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => 'e',
            'î' | 'ï' | 'Î' | 'Ï' => 'i',
            'ô' | 'ö' | 'Ô' => 'o',
            'ù' | 'û' | 'ü' | 'Ù' | 'Û' => 'u',
            'ç' | 'Ç' => 'c',
            other => other,
        };
        if plain.is_alphanumeric() {
            if let Some(word) = out.last_mut() {
                word.extend(plain.to_lowercase());
            }
        } else if out.last().is_some_and(|w| !w.is_empty()) {
            out.push(String::new());
        }
    }
    if out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out
}

/// Year of a word of four digits, in the years of budgets.
pub(super) fn year(word: &str) -> Option<u16> {
    let n: u16 = (word.len() == 4).then(|| word.parse().ok())??;
    (1990..=2100).contains(&n).then_some(n)
}

/// Dépense or recette, when the words say one of them only.
pub(super) fn sens_of(words: &[String]) -> Option<Sens> {
    let has = |set: &[&str]| words.iter().any(|w| set.contains(&w.as_str()));
    let spent = has(&["depense", "depenses", "dep", "df", "di", "dr", "charges"]);
    let received = has(&["recette", "recettes", "rec", "rf", "ri", "produits"]);
    match (spent, received) {
        (true, false) => Some(Sens::D),
        (false, true) => Some(Sens::R),
        _ => None,
    }
}

/// Section, when the words say one of them only.
pub(super) fn section_of(words: &[String]) -> Option<Section> {
    let has = |set: &[&str]| words.iter().any(|w| set.contains(&w.as_str()));
    let running = has(&["fonctionnement", "fonct", "exploitation", "df", "rf"]);
    let capital = has(&["investissement", "invest", "inv", "di", "ri"]);
    match (running, capital) {
        (true, false) => Some(Section::F),
        (false, true) => Some(Section::I),
        _ => None,
    }
}

impl Context {
    /// Takes what a title above the lines says.
    pub(super) fn read_title(&mut self, text: &str) {
        let words = words(text);
        let printed = ["edite", "edition", "imprime", "tirage", "impression", "extrait", "genere"];
        let printed = words.iter().any(|w| printed.contains(&w.as_str()));
        if let Some(day) = closing_day(&words).filter(|_| !printed) {
            self.arrete = self.arrete.or(Some(day));
        }
        let years: Vec<u16> = words.iter().filter_map(|w| year(w)).collect();
        let named = words.windows(2).find_map(|w| {
            let key =
                ["exercice", "annee", "budget", "ca", "bp", "cfu", "administratif", "primitif"];
            key.contains(&w[0].as_str()).then(|| year(&w[1])).flatten()
        });
        let found = named.or(years.first().copied().filter(|_| !printed));
        if let Some(found) = found {
            let sure = named.is_some();
            if self.exercice.is_none() || (sure && !self.said_by_title()) {
                self.exercice = Some((found, format!("titre « {} »", cut(text))));
            }
        }
        self.sens = sens_of(&words).or(self.sens);
        self.section = section_of(&words).or(self.section);
        let thousands = |w: &[String]| {
            matches!(w[0].as_str(), "millier" | "milliers") && w.iter().any(|w| w == "euros")
        };
        self.milliers |=
            words.windows(3).any(thousands) || text.contains("k€") || text.contains("K€");
        self.identity(text, &words);
    }

    fn said_by_title(&self) -> bool {
        self.exercice.as_ref().is_some_and(|(_, why)| why.starts_with("titre"))
    }

    fn identity(&mut self, text: &str, words: &[String]) {
        if let Some(norme) = norme_of(words) {
            self.norme = Some(norme);
        }
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let siret = digits.split(|c: char| !c.is_ascii_digit()).find(|d| Siret::parse(d).is_some());
        if let Some(siret) = siret {
            self.siret = Some(siret.to_owned());
        }
        let starts = |w: &str| words.first().is_some_and(|f| f == w);
        if (starts("commune") || starts("ville") || starts("mairie")) && words.len() <= 8 {
            self.collectivite.get_or_insert_with(|| text.trim().to_owned());
        }
        let Some(at) = words.iter().position(|w| w == "budget") else {
            self.annexe |= words.iter().any(|w| w == "annexe");
            return;
        };
        if words.len() > 14 || is_principal(words) {
            return;
        }
        // `Budget : EAU`, `Commune - Budget annexe Eau - Exercice 2022`
        let annexe = words.get(at + 1).is_some_and(|w| w == "annexe");
        let colon = text.split_once(':').filter(|_| starts("budget")).map(|(_, name)| name);
        let name = colon.map(label_of).or_else(|| annexe.then(|| after_annexe(text)));
        let named = name.filter(|n| year(n).is_none() && n.chars().any(char::is_alphabetic));
        if annexe || named.as_deref().is_some_and(|n| is_annexe(&self::words(n))) {
            self.annexe = true;
        }
        self.budget = named.or(self.budget.take());
    }

    /// Takes what the name of the sheet or of the file says, weaker than a title.
    pub(super) fn read_name(&mut self, name: &str, what: &str) {
        // `ETAT2023`, `conso-2024`
        let split: String = name
            .chars()
            .fold((String::new(), false), |(mut s, digit), c| {
                if c.is_ascii_digit() != digit {
                    s.push(' ');
                }
                s.push(c);
                (s, c.is_ascii_digit())
            })
            .0;
        let words = words(&split);
        let years: Vec<u16> = words.iter().filter_map(|w| year(w)).collect();
        if self.exercice.is_none()
            && let [first, rest @ ..] = years.as_slice()
            && rest.iter().all(|y| y == first)
        {
            self.exercice = Some((*first, format!("{what} « {name} »")));
        }
        self.arrete = self.arrete.or_else(|| closing_day(&words));
        self.sens = self.sens.or_else(|| sens_of(&words));
        self.section = self.section.or_else(|| section_of(&words));
        if self.norme.is_none() {
            self.norme = norme_of(&self::words(name));
        }
        let said = words.iter().any(|w| w == "annexe" || w == "budget");
        if self.budget.is_none() && !is_principal(&words) && (what == "fichier" || said) {
            let own: Vec<&str> =
                words.iter().map(String::as_str).filter(|w| SERVICES.contains(w)).collect();
            self.annexe |= !own.is_empty();
            self.budget = Some(own.join(" ")).filter(|n| !n.is_empty());
        }
        self.annexe |= words.iter().any(|w| w == "annexe");
    }

    /// Takes what a heading among the lines says of those below it.
    pub(super) fn read_heading(&mut self, text: &str) {
        let words = words(text);
        if let Some(sens) = sens_of(&words) {
            self.sens = Some(sens);
        }
        if let Some(section) = section_of(&words) {
            if self.section != Some(section) && sens_of(&words).is_none() {
                self.sens = None;
            }
            self.section = Some(section);
        }
    }
}

/// Services that a commune keeps in a budget of their own.
const SERVICES: [&str; 20] = [
    "eau",
    "eaux",
    "assainissement",
    "spanc",
    "lotissement",
    "lotissements",
    "camping",
    "chaufferie",
    "photovoltaique",
    "dechets",
    "ordures",
    "parking",
    "parkings",
    "cinema",
    "zac",
    "ccas",
    "ehpad",
    "pompes",
    "funebres",
    "abattoir",
];

/// True for the words of the label of a budget annexe.
pub(super) fn is_annexe(words: &[String]) -> bool {
    let own = words.iter().any(|w| w == "annexe" || SERVICES.contains(&w.as_str()));
    own && !is_principal(words)
}

fn is_principal(words: &[String]) -> bool {
    words.iter().any(|w| w == "principal")
}

/// A label without what follows it (`Eau - Exercice 2024`).
fn label_of(text: &str) -> String {
    let end = text.find(" - ").or_else(|| text.find(" – ")).unwrap_or(text.len());
    let mut label: Vec<&str> = text[..end].split_whitespace().collect();
    let dated = |w: &str| year(w).is_some() || w.to_lowercase().starts_with("exercice");
    while label.last().is_some_and(|w| dated(w)) {
        label.pop();
    }
    label.join(" ")
}

/// The label after "annexe" in a title.
fn after_annexe(text: &str) -> String {
    let mut rest =
        text.split_whitespace().skip_while(|w| words(w).first().is_none_or(|w| w != "annexe"));
    rest.next();
    let rest: Vec<&str> = rest.collect();
    label_of(&rest.join(" ")).trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

fn cut(text: &str) -> String {
    text.trim().chars().take(60).collect()
}

/// `M57 abrégé`, `nomenclature M57`, `M14`.
fn norme_of(words: &[String]) -> Option<String> {
    let short = words.iter().any(|w| w.starts_with("abrege") || w == "m57a");
    words.iter().find_map(|w| match w.as_str() {
        "m57" | "m57a" if short => Some("M57-M57_A".to_owned()),
        "m57" => Some("M57".to_owned()),
        "m14" => Some("M14".to_owned()),
        "m4" | "m41" | "m42" | "m43" | "m44" | "m49" => Some(format!("M4-{}", w.to_uppercase())),
        _ => None,
    })
}

/// Day after "au", "arrêté", "fin": `au 31/10/2024`, `arrêté le 31 octobre 2024`, `fin octobre 2024`.
fn closing_day(words: &[String]) -> Option<i32> {
    for (i, w) in words.iter().enumerate() {
        let number = |k: usize| words.get(i + k).and_then(|w| w.parse::<i32>().ok());
        let year_at = |k: usize| words.get(i + k).and_then(|w| year(w)).map(i32::from);
        let month_at = |k: usize| {
            let word = words.get(i + k)?;
            month_by_name(word).or_else(|| word.parse().ok().filter(|m| (1..=12).contains(m)))
        };
        let before = |k: usize| i.checked_sub(k).map(|p| words[p].as_str());
        if let (Some(day), Some(month), Some(year)) = (number(0), month_at(1), year_at(2)) {
            let said = matches!(before(1), Some("au" | "arrete" | "arretee"))
                || matches!(
                    (before(2), before(1)),
                    (Some("arrete" | "arretee" | "date"), Some("le" | "du" | "au"))
                );
            if said && let Ok(day) = day_of(year, month, day) {
                return Some(day);
            }
        }
        if w == "fin"
            && let (Some(month), Some(year)) = (month_at(1), year_at(2))
        {
            return (28..=31).rev().find_map(|day| day_of(year, month, day).ok());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::civil;

    fn titled(texts: &[&str]) -> Context {
        let mut context = Context::default();
        for text in texts {
            context.read_title(text);
        }
        context
    }

    #[test]
    fn titles_say_exercice_and_closing_day() {
        let c = titled(&[
            "COMMUNE DE SAINT-EXEMPLE",
            "État de consommation au 31/10/2024 (M57 abrégé)",
            "Édité le 04/11/2025",
        ]);
        assert_eq!(c.exercice.as_ref().map(|e| e.0), Some(2024));
        assert_eq!(c.arrete.and_then(civil).map(|d| d.to_string()).as_deref(), Some("2024-10-31"));
        assert_eq!(c.norme.as_deref(), Some("M57-M57_A"));
        assert_eq!(c.collectivite.as_deref(), Some("COMMUNE DE SAINT-EXEMPLE"));
        assert_eq!(titled(&["Édité le 04/11/2025"]).exercice, None);
        assert!(titled(&["Situation à fin août 2025"]).arrete.is_some());
    }

    #[test]
    fn names_are_weaker_than_titles() {
        let mut c = titled(&["Exercice 2023"]);
        c.read_name("DF 2022", "feuille");
        assert_eq!(
            (c.exercice.map(|e| e.0), c.sens, c.section),
            (Some(2023), Some(Sens::D), Some(Section::F))
        );
        let mut c = Context::default();
        c.read_name("etat_conso2021.xlsx", "fichier");
        assert_eq!(c.exercice.map(|e| e.0), Some(2021));
    }
}
