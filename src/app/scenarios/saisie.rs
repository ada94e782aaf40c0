//! The text of `--scenario`: "NOM", or "NOM : clé=valeur ; clé=valeur".
//!
//! A unit says what a number means: `8%` of the forecast, `8%/an` of growth, `1pt` added to what is
//! expected.
//!
//! **Invariant:** a text that is not understood is refused with what to write, never guessed.

use crate::budget::Hypotheses;
use crate::budget::scenarios;
use crate::domain::money::{Centimes, Decimal, parse_amount};
use crate::domain::refus::Refus;

use super::ready_names;
use crate::app::config::{self, Scenario};

/// Largest percentage taken.
const LARGEST: f64 = 1000.0;
/// Keys of an amount by exercice.
const BY_YEAR: [&str; 4] = ["investissement", "subventions", "fonctionnement", "recettes"];
/// Every key, for the messages.
const KEYS: &str = "taux_foncier, inflation, bases, point_indice, energie, dgf, dmto, personnel, \
                    investissement, subventions, fonctionnement, recettes, emprunt, extension, mutualisation";

/// The scenario to follow, and those described.
pub type Lus = (Option<String>, Vec<(String, Scenario)>);

/// What was typed after the `--scenario` options: the one to follow, and those described.
///
/// # Errors
/// A text that is not understood, or two scenarios to follow.
pub fn lire(typed: &[String]) -> Result<Lus, Refus> {
    let mut followed: Option<String> = None;
    let mut described: Vec<(String, Scenario)> = Vec::new();
    for text in typed {
        let Some((nom, rest)) = text.split_once(':') else {
            let nom = text.trim().to_owned();
            if let Some(first) = followed.replace(nom.clone()) {
                return Err(Refus::new(
                    format!("« {first} » et « {nom} » : une prévision ne suit qu'un scénario"),
                    "garder un seul nom ; les autres scénarios sont comparés sur la page",
                ));
            }
            continue;
        };
        let nom = nom.trim().to_owned();
        if described.iter().any(|(other, _)| *other == nom) {
            return Err(Refus::new(
                format!("le scénario « {nom} » est décrit deux fois"),
                "réunir ses hypothèses dans un seul --scenario, séparées par « ; »",
            ));
        }
        let scenario = describe(&nom, rest)?;
        described.push((nom, scenario));
    }
    Ok((followed, described))
}

/// One description, `NOM` apart.
fn describe(nom: &str, rest: &str) -> Result<Scenario, Refus> {
    let example = "écrire par exemple --scenario \"choc : taux_foncier=+1 ; energie=+8%\"";
    if nom.is_empty() {
        return Err(Refus::new("un scénario n'a pas de nom", example));
    }
    let mut out = Scenario::default();
    let mut own = config::Mesure { libelle: nom.to_owned(), ..config::Mesure::default() };
    let mut empty = true;
    for item in rest.split(';').map(str::trim).filter(|i| !i.is_empty()) {
        empty = false;
        let Some((key, value)) = item.split_once('=') else {
            ready(&mut out, item)?;
            continue;
        };
        let (key, value) = (plain(key), value.trim());
        match key.as_str() {
            "extension" | "mutualisation" => out.mesure.push(service(&key, value)?),
            "emprunt" => {
                let (rate, years) = loan(value)?;
                (own.taux, own.duree) = (Some(rate), Some(years));
            }
            k if BY_YEAR.contains(&k) => amounts(&mut own, k, value)?,
            _ => hypothesis(&mut out, &key, value)?,
        }
    }
    if empty {
        return Err(Refus::new(format!("le scénario « {nom} » ne dit rien"), example));
    }
    if own != (config::Mesure { libelle: nom.to_owned(), ..config::Mesure::default() }) {
        out.mesure.push(own);
    }
    Ok(out)
}

/// Lower case, no accent, underscores.
fn plain(key: &str) -> String {
    let flat = |c: char| match c {
        'é' | 'è' | 'ê' => 'e',
        ' ' | '-' | '\u{a0}' => '_',
        c => c,
    };
    key.trim().to_lowercase().chars().map(flat).collect()
}

/// A ready-made scenario named inside a description.
fn ready(out: &mut Scenario, item: &str) -> Result<(), Refus> {
    let Some(found) = scenarios::prets().into_iter().find(|d| d.nom == item) else {
        return Err(Refus::new(
            format!("« {item} » n'est ni « clé=valeur » ni un scénario prêt"),
            "écrire clé=valeur, par exemple dmto=-20%, ou un scénario prêt",
        )
        .with_extrait(format!("clés : {KEYS}\nscénarios prêts : {}", ready_names())));
    };
    merge(out, &found.hypotheses);
    Ok(())
}

fn merge(out: &mut Scenario, h: &Hypotheses) {
    let some = |v: f64| (v != 0.0).then_some(v);
    out.personnel = h.personnel.or(out.personnel);
    out.taux_tfb = h.taux_tfb.or(out.taux_tfb);
    out.ecart.inflation = some(h.ecart.inflation).or(out.ecart.inflation);
    out.ecart.bases = some(h.ecart.bases).or(out.ecart.bases);
    out.ecart.point_indice = some(h.ecart.point_indice).or(out.ecart.point_indice);
    out.niveau.energie = some(h.niveau.energie).or(out.niveau.energie);
    out.niveau.dgf = some(h.niveau.dgf).or(out.niveau.dgf);
    out.niveau.dmto = some(h.niveau.dmto).or(out.niveau.dmto);
    out.niveau.personnel = some(h.niveau.personnel).or(out.niveau.personnel);
}

/// Unit written after a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    None,
    Percent,
    PerYear,
    Points,
}

fn number(text: &str) -> Option<f64> {
    let clean: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            ',' => '.',
            '\u{2212}' => '-',
            c => c,
        })
        .collect();
    let digits = clean.strip_prefix('+').unwrap_or(&clean);
    let sound = digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
    digits.parse().ok().filter(|v: &f64| sound && v.abs() <= LARGEST)
}

fn quantity(text: &str) -> Option<(f64, Unit)> {
    let spelled = |c: char| !(c.is_ascii_digit() || "+-−., \u{a0}\u{202f}".contains(c));
    let end = text.find(spelled).unwrap_or(text.len());
    let unit: String = text[end..].to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let unit = match unit.as_str() {
        "" => Unit::None,
        "%" => Unit::Percent,
        "%/an" | "%paran" => Unit::PerYear,
        "pt" | "pts" | "point" | "points" => Unit::Points,
        _ => return None,
    };
    Some((number(&text[..end])?, unit))
}

fn hypothesis(out: &mut Scenario, key: &str, value: &str) -> Result<(), Refus> {
    let refuse = |advice: &str| {
        Err(Refus::new(format!("« {key}={value} » n'est pas compris"), advice.to_owned()))
    };
    let frozen = value.eq_ignore_ascii_case("gel");
    let found = quantity(value);
    let (v, unit) = found.unwrap_or((0.0, Unit::None));
    match key {
        "taux_foncier" | "taux_tfb" => match (found, unit) {
            (Some(_), Unit::None | Unit::Points) => out.taux_tfb = Some(v),
            _ => return refuse("écrire des points de taux, par exemple taux_foncier=+1"),
        },
        "inflation" | "bases" | "point_indice" => {
            let (growth, gap) = match key {
                "inflation" => (&mut out.inflation, &mut out.ecart.inflation),
                "bases" => (&mut out.bases, &mut out.ecart.bases),
                _ => (&mut out.point_indice, &mut out.ecart.point_indice),
            };
            match (found, unit) {
                (Some(_), Unit::Percent | Unit::PerYear) => *growth = Some(v),
                (Some(_), Unit::Points) => *gap = Some(v),
                _ => {
                    return refuse(&format!(
                        "écrire {key}=2%/an pour une hausse annuelle, ou {key}=+1pt pour un point de \
                         plus chaque année"
                    ));
                }
            }
        }
        "energie" | "dgf" | "dmto" | "personnel" | "012" => {
            let (growth, level) = match key {
                "energie" => (&mut out.energie, &mut out.niveau.energie),
                "dgf" => (&mut out.dgf, &mut out.niveau.dgf),
                "dmto" => (&mut out.dmto, &mut out.niveau.dmto),
                _ => (&mut out.personnel, &mut out.niveau.personnel),
            };
            match (found, unit) {
                _ if frozen => *growth = Some(0.0),
                (Some(_), Unit::PerYear) => *growth = Some(v),
                (Some(_), Unit::Percent) => *level = Some(v),
                _ => {
                    return refuse(&format!(
                        "écrire {key}=+8% par rapport à la prévision, {key}=8%/an pour une hausse \
                         annuelle, ou {key}=gel"
                    ));
                }
            }
        }
        _ => {
            return Err(Refus::new(
                format!("« {key} » n'est pas une clé de scénario"),
                "reprendre une des clés",
            )
            .with_extrait(format!("clés : {KEYS}")));
        }
    }
    Ok(())
}

/// `1500000@2027 + 500000@2028`.
fn amounts(out: &mut config::Mesure, key: &str, value: &str) -> Result<(), Refus> {
    let table = match key {
        "investissement" => &mut out.investissement,
        "subventions" => &mut out.subventions,
        "fonctionnement" => &mut out.fonctionnement,
        _ => &mut out.recettes,
    };
    for part in value.split('+').map(str::trim).filter(|p| !p.is_empty()) {
        let read = part.split_once('@').and_then(|(amount, year)| {
            let amount = amount.trim().replace('\u{2212}', "-");
            Some((year_of(year)?, parse_amount(amount.as_bytes(), Decimal::Comma).ok()?.centimes))
        });
        let Some((year, amount)) = read else {
            return Err(Refus::new(
                format!("« {key}={part} » n'est pas un montant par exercice"),
                format!("écrire des euros et l'année, par exemple {key}=1500000@2027"),
            ));
        };
        *table.entry(year).or_default() += Centimes(amount);
    }
    Ok(())
}

fn year_of(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|y| (2000..2100).contains(y))
}

/// `3,2%/20ans` or `3,2 % sur 20 ans`.
fn loan(value: &str) -> Result<(f64, u16), Refus> {
    let read = value.split_once('%').and_then(|(rate, rest)| {
        let years: String = rest.chars().filter(char::is_ascii_digit).collect();
        Some((number(rate)?, years.parse().ok()?))
    });
    read.ok_or_else(|| {
        Refus::new(
            format!("« emprunt={value} » n'est pas compris"),
            "écrire le taux et la durée, par exemple emprunt=3,2%/20ans",
        )
    })
}

/// `Restauration scolaire 20%@2028`.
fn service(key: &str, value: &str) -> Result<config::Mesure, Refus> {
    let refuse = || {
        Refus::new(
            format!("« {key}={value} » n'est pas compris"),
            format!(
                "écrire le service, son pourcentage et, au besoin, l'année : {key}=Restauration \
                 scolaire 10%@2028"
            ),
        )
    };
    let (text, des) = match value.split_once('@') {
        Some((text, year)) => (text, Some(year_of(year).ok_or_else(refuse)?)),
        None => (value, None),
    };
    let text = text.trim().strip_suffix('%').ok_or_else(refuse)?.trim_end();
    let (nom, pct) = text.rsplit_once(char::is_whitespace).ok_or_else(refuse)?;
    let pct = number(pct).ok_or_else(refuse)?;
    let nom = nom.trim().to_owned();
    let pooled = key == "mutualisation";
    Ok(config::Mesure {
        libelle: if pooled { format!("{nom}, mutualisé") } else { format!("{nom}, étendu") },
        service: Some(nom),
        extension: (!pooled).then_some(pct),
        mutualisation: pooled.then_some(pct),
        des,
        ..config::Mesure::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Scenario {
        let (_, all) = lire(&[text.to_owned()]).unwrap_or_else(|r| panic!("{r}"));
        all.into_iter().next().expect("a description").1
    }

    #[test]
    fn a_unit_says_what_a_number_means() {
        let s =
            one("choc : taux_foncier=+1 ; inflation=+1pt ; énergie = 8 % ; dmto=−20 % ; 012=gel");
        assert_eq!((s.taux_tfb, s.ecart.inflation), (Some(1.0), Some(1.0)));
        assert_eq!((s.niveau.energie, s.niveau.dmto), (Some(8.0), Some(-20.0)));
        assert_eq!((s.personnel, s.energie), (Some(0.0), None));
        let s = one("lent:energie=2,5%/an;bases=0,8 % par an;gel_012");
        assert_eq!((s.energie, s.bases, s.personnel), (Some(2.5), Some(0.8), Some(0.0)));
        assert_eq!(
            super::super::words(&s),
            "bases : +0,8 % par an ; énergie : +2,5 % par an ; personnel : gel"
        );
    }

    #[test]
    fn measures_are_typed_in_full() {
        let s = one(
            "crèche : investissement=1 100 000@2027 + 50000,50@2028 ; subventions=100000@2027 ; \
             fonctionnement=200000@2028 ; recettes=80000@2028 ; emprunt=4 % sur 20 ans",
        );
        let m = &s.mesure[0];
        assert_eq!(m.investissement[&2027], Centimes(110_000_000));
        assert_eq!(m.investissement[&2028], Centimes(5_000_050));
        assert_eq!((m.taux, m.duree, m.libelle.as_str()), (Some(4.0), Some(20), "crèche"));
        let s = one("x : extension=Restauration scolaire 20%@2028 ; mutualisation=Paie 10 %");
        let named: Vec<Option<&str>> = s.mesure.iter().map(|m| m.service.as_deref()).collect();
        assert_eq!(named, vec![Some("Restauration scolaire"), Some("Paie")]);
        assert_eq!((s.mesure[0].extension, s.mesure[0].des), (Some(20.0), Some(2028)));
        assert_eq!(s.mesure[1].mutualisation, Some(10.0));
    }

    #[test]
    fn what_is_not_understood_says_what_to_write() {
        for (text, what, advice) in [
            (": energie=8%", "pas de nom", "--scenario"),
            ("x :", "ne dit rien", "--scenario"),
            ("x : energie=8", "energie=8", "energie=8%/an"),
            ("x : inflation=1", "inflation=1", "+1pt"),
            ("x : taux_foncier=1%", "taux_foncier", "points de taux"),
            ("x : gaz=8%", "« gaz » n'est pas une clé", "reprendre"),
            ("x : beau temps", "beau temps", "clé=valeur"),
            ("x : investissement=1000", "pas un montant par exercice", "@2027"),
            ("x : emprunt=3", "emprunt=3", "3,2%/20ans"),
            ("x : extension=Cantine", "extension=Cantine", "10%@2028"),
            ("x : energie=1e9%", "energie", "+8%"),
        ] {
            let refus = lire(&[text.to_owned()]).expect_err(text);
            assert!(refus.quoi.contains(what), "{text}: {}", refus.quoi);
            assert!(refus.a_faire.contains(advice), "{text}: {}", refus.a_faire);
        }
        let two = ["a".to_owned(), "b".to_owned()];
        assert!(lire(&two).expect_err("two").quoi.contains("ne suit qu'un scénario"));
    }
}
