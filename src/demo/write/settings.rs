//! `vigie.toml` of the commune: identity, notified amounts, loans, a works plan, régies, a scenario.
//!
//! **Invariant:** loans add up to the debt of the last accounts; every key is one of the settings that
//! users may type.

use std::fmt::Write as _;

use crate::demo::plant::{Contrat, PERSONS};
use crate::demo::rng::scale;
use crate::demo::write::push_amount;
use crate::domain::calendar::civil;

/// What the settings say beside the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Exercice to prepare.
    pub exercice: u16,
    /// Inhabitants.
    pub population: u64,
    /// Capital due on 1 January of that exercice, centimes.
    pub debt: i64,
    /// Dotation forfaitaire notified, centimes.
    pub dgf: i64,
    /// Attribution de compensation, centimes.
    pub attribution: i64,
    /// Size, thousandths of Saint-Exemple.
    pub taille: i64,
}

fn euros(cents: i64) -> String {
    let mut text = String::new();
    push_amount(&mut text, cents, '.');
    text
}

/// The text of the file.
pub fn text(s: &Settings, contrats: &[Contrat]) -> String {
    let mut out = String::from("# Réglages de la commune fictive Saint-Exemple\n");
    commune(&mut out, s);
    known(&mut out, s);
    loans(&mut out, s);
    works(&mut out, s);
    services(&mut out, s);
    for name in ["Enfance", "Jeunesse"] {
        table(
            &mut out,
            "[[regie]]",
            &[("nom", quote(name)), ("avance", "1500.00".into()), ("plafond", "5000.00".into())],
        );
    }
    table(
        &mut out,
        "[[regie]]",
        &[
            ("nom", quote("Vie associative")),
            ("avance", "1000.00".into()),
            ("plafond", "1000.00".into()),
        ],
    );
    for c in contrats {
        contract(&mut out, c);
    }
    for (nom, prenom, role) in PERSONS {
        table(
            &mut out,
            "[[personne]]",
            &[("nom", quote(nom)), ("prenom", quote(prenom)), ("role", quote(role))],
        );
    }
    let rates = [
        ("inflation", "2.0"),
        ("energie", "6.0"),
        ("bases", "0.8"),
        ("dgf", "-1.0"),
        ("dmto", "-10.0"),
    ];
    let rates: Vec<(&str, String)> = rates.iter().map(|(k, v)| (*k, (*v).to_string())).collect();
    table(&mut out, "[scenario.prudent]", &rates);
    // The commune is fictitious: so is its secret.
    let key = quote("cle de la demo, jamais celle d'une vraie commune");
    let cash = [("exercice", "2026".to_owned()), ("solde", euros(185_000_000 * s.taille / 1_000))];
    table(&mut out, "[tresorerie]", &cash);
    table(&mut out, "[vie_privee]", &[("cle", key)]);
    out
}

/// A contract of the planted pieces or of their look-alikes.
fn contract(out: &mut String, c: &Contrat) {
    let date = |day: i32| civil(day).map(|d| d.to_string()).unwrap_or_default();
    let avenants: Vec<String> = c.avenants.iter().map(|a| euros(*a)).collect();
    let mut pairs = vec![
        ("siret", quote(&c.siret)),
        ("objet", quote(&c.objet)),
        ("montant_ht", euros(c.ht)),
        ("debut", date(c.debut)),
        ("fin", date(c.fin)),
        ("numero", quote(&c.numero)),
    ];
    if !avenants.is_empty() {
        pairs.push(("avenants_ht", format!("[{}]", avenants.join(", "))));
    }
    table(out, "[[contrat]]", &pairs);
}

fn quote(value: &str) -> String {
    format!("\"{value}\"")
}

/// Writing to a String cannot fail, hence the results left aside.
fn table(out: &mut String, title: &str, pairs: &[(&str, String)]) {
    let _ = writeln!(out, "\n{title}");
    for (key, value) in pairs {
        let _ = writeln!(out, "{key:<13} = {value}");
    }
}

/// Services, the activity of some of them over four exercices, and the key of the general administration.
fn services(out: &mut String, s: &Settings) {
    let list: [(&str, &str, &str, [i64; 4]); 8] = [
        ("Écoles", "\"211\", \"212\"", "élève", [1_210, 1_195, 1_180, 1_170]),
        ("Restauration scolaire", "\"281\"", "repas", [116_000, 117_500, 118_000, 121_500]),
        ("Petite enfance", "\"4221\"", "place", [60, 60, 62, 62]),
        ("Enfance et jeunesse", "\"33\"", "", [0; 4]),
        ("Culture", "\"31\"", "", [0; 4]),
        ("Sport", "\"32\"", "", [0; 4]),
        ("Action sociale", "\"42\"", "", [0; 4]),
        ("Voirie et espaces publics", "\"51\", \"845\"", "km", [48, 48, 49, 49]),
    ];
    for (name, functions, unit, activity) in list {
        let mut pairs = vec![("nom", quote(name)), ("fonctions", format!("[{functions}]"))];
        if !unit.is_empty() {
            let years = (s.exercice - 4..s.exercice).zip(activity);
            let each: Vec<String> =
                years.map(|(y, n)| format!("{y} = {}", scale(n, s.taille, 1_000))).collect();
            pairs.push(("unite", quote(unit)));
            pairs.push(("quantites", format!("{{ {} }}", each.join(", "))));
        }
        table(out, "[[service]]", &pairs);
    }
    let key = [("fonctions", "[\"02\"]".to_owned()), ("par", quote("depenses"))];
    table(out, "[[cle]]", &key);
}

fn commune(out: &mut String, s: &Settings) {
    let strate = match s.population {
        0..20_000 => "10000-20000",
        20_000..50_000 => "20000-50000",
        50_000..100_000 => "50000-100000",
        _ => "100000-",
    };
    table(
        out,
        "[commune]",
        &[
            ("nom", quote("Saint-Exemple")),
            ("siren", quote("210000105")),
            ("insee", quote("00001")),
            ("population", s.population.to_string()),
            ("strate", quote(strate)),
            ("epci", quote("200000016")),
        ],
    );
    table(
        out,
        "[[budget]]",
        &[
            ("nom", quote("Principal")),
            ("siret", quote("21000010500010")),
            ("type", quote("principal")),
        ],
    );
}

fn known(out: &mut String, s: &Settings) {
    for (code, amount, source) in [
        ("74111", s.dgf, format!("notification {}", s.exercice)),
        ("73211", s.attribution, "délibération de la communauté".to_string()),
    ] {
        table(
            out,
            "[[connu]]",
            &[
                ("exercice", s.exercice.to_string()),
                ("sens", quote("R")),
                ("code", quote(code)),
                ("montant", euros(amount)),
                ("source", quote(&source)),
            ],
        );
    }
}

/// The three loans of the annex, in the same shares.
fn loans(out: &mut String, s: &Settings) {
    let first = scale(s.debt, 50, 100);
    let second = scale(s.debt, 30, 100);
    for (name, amount, rate, years) in [
        ("Groupe scolaire", first, "2.05", 11),
        ("Voirie", second, "2.30", 12),
        ("Gymnase", s.debt - first - second, "2.55", 14),
    ] {
        table(
            out,
            "[[emprunt]]",
            &[
                ("nom", quote(name)),
                ("encours", euros(amount)),
                ("exercice", s.exercice.to_string()),
                ("taux", rate.into()),
                ("duree", years.to_string()),
                ("echeances", "4".into()),
                ("profil", quote("capital")),
            ],
        );
    }
}

fn works(out: &mut String, s: &Settings) {
    let size = |euros: i64| scale(euros, s.taille, 1000);
    let (now, next) = (s.exercice, s.exercice + 1);
    let years = |a: i64, b: i64| format!("{{ {now} = {}, {next} = {} }}", size(a), size(b));
    let works = [
        (
            "École élémentaire de la Maquette",
            years(800_000, 1_200_000),
            ("subventions", next, 500_000),
        ),
        (
            "Rénovation énergétique des bâtiments",
            years(1_500_000, 900_000),
            ("subventions", now, 400_000),
        ),
        ("Voirie et réseaux", years(2_100_000, 2_200_000), ("fctva", next, 0)),
    ];
    for (name, amounts, (key, year, received)) in works {
        let mut pairs = vec![("operation", quote(name)), ("montants", amounts)];
        if received > 0 {
            pairs.push((key, format!("{{ {year} = {} }}", size(received))));
        }
        table(out, "[[investissement]]", &pairs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loans_add_up_to_the_debt() {
        let s = Settings {
            exercice: 2026,
            population: 12_480,
            debt: 1_100_000_007,
            dgf: 1,
            attribution: 2,
            taille: 1000,
        };
        let text = text(&s, &[]);
        let amounts = text.lines().filter_map(|l| l.strip_prefix("encours       = "));
        let sum: i64 = amounts.map(|a| a.replace('.', "").parse::<i64>().unwrap()).sum();
        assert_eq!(sum, s.debt);
        assert!(text.contains("[[budget]]") && text.contains("population    = 12480"));
    }
}
