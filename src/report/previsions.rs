//! previsions.csv (CONTRAT section 4): one row a forecast, `;`, UTF-8 with BOM, euros with a comma.
//!
//! **Invariant:** writes what it is given, in its order; computes nothing.

use crate::budget::LignePrevision;
use crate::domain::money::Centimes;

const HEADER: &str = "exercice;distance;niveau;budget;section;sens;code;libelle;dernier_realise;\
prevision;bas_80;haut_80;bas_95;haut_95;origine;modele;raison;erreur_passee_pct";

/// The bytes of previsions.csv.
pub fn to_csv(lignes: &[LignePrevision]) -> String {
    let mut out = String::with_capacity(lignes.len() * 200);
    out.push('\u{feff}');
    out.push_str(HEADER);
    out.push_str("\r\n");
    for l in lignes {
        let error = l.erreur_passee_pct.map_or(String::new(), |e| comma(&format!("{e:.1}")));
        let cells = [
            l.exercice.to_string(),
            l.distance.to_string(),
            l.niveau.word().to_owned(),
            quoted(&l.budget),
            l.section.letter().to_owned(),
            l.sens.letter().to_owned(),
            l.code.clone(),
            quoted(&l.libelle),
            euros(l.dernier_realise),
            euros(l.prevision),
            euros(l.intervalle_80.0),
            euros(l.intervalle_80.1),
            euros(l.intervalle_95.0),
            euros(l.intervalle_95.1),
            l.origine.word().to_owned(),
            quoted(&l.modele),
            quoted(&l.raison),
            error,
        ];
        out.push_str(&cells.join(";"));
        out.push_str("\r\n");
    }
    out
}

fn comma(text: &str) -> String {
    text.replace('.', ",")
}

/// Euros with two decimals and a comma.
fn euros(amount: Centimes) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    let cents = amount.0.unsigned_abs();
    format!("{sign}{},{:02}", cents / 100, cents % 100)
}

fn quoted(text: &str) -> String {
    if text.contains([';', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_texts_are_spelled_for_people() {
        assert_eq!(euros(Centimes(-5)), "-0,05");
        assert_eq!(euros(Centimes(123_456)), "1234,56");
        assert_eq!(quoted("a;\"b\""), "\"a;\"\"b\"\"\"");
        assert!(to_csv(&[]).starts_with("\u{feff}exercice;distance;"));
    }
}
