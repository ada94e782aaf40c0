#![doc = include_str!("trs03_invalid_key.md")]

use super::{normal_iban, tail};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::{Context, Run};
use crate::domain::control::{ControlCode, Family};
use crate::domain::entity::{Siren, Siret};
use crate::domain::money::Centimes;
use crate::frames::ledger::{NO_TEXT, TextColumn, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Trs, 3);

/// Runs the control: one finding a wrong identifier, with its rows.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let columns = [TextKey::Siret, TextKey::Iban].map(|key| (key, ledger.text(key)));
    if columns.iter().all(|(_, c)| c.is_none()) {
        return Outcome::not_done("ni colonne « siret » ni colonne « iban »");
    }
    let mut examined = 0;
    let mut findings = Vec::new();
    for (key, column) in columns {
        let Some(column) = column else { continue };
        let wrong: Vec<bool> = column.dictionary.iter().map(|t| is_wrong(key, t)).collect();
        let all = wrong.len();
        let seen = wrong.iter().filter(|w| **w).count();
        examined += all;
        for (code, mut rows) in rows_of(column, &wrong) {
            by_content(ledger, &mut rows);
            let text = column.dictionary.get(code);
            let enjeu: Centimes = rows.iter().map(|r| Centimes(ledger.montant[*r as usize])).sum();
            let name = if key == TextKey::Siret { "SIRET" } else { "IBAN" };
            let words = Words {
                motif: wording(key, text),
                a_faire: "Reprendre l'identifiant sur la facture et corriger le fichier des tiers.",
            };
            findings.push(
                Draft::new(CODE, rows, 5.0)
                    .level(
                        "Rareté des clés fausses",
                        rarity(seen, all, (-25.0, 12.0)),
                        format!("{name} : {}", out_of(seen, all)),
                    )
                    .finding(words, enjeu.abs(), Priorite::Prioritaire),
            );
        }
    }
    Outcome { run: Run::over(examined, ["identifiant", "identifiants"]), findings }
}

/// Rows of each wrong code, codes ascending.
fn rows_of(column: &TextColumn, wrong: &[bool]) -> Vec<(u32, Vec<u32>)> {
    let mut rows: Vec<(u32, u32)> = column
        .codes
        .iter()
        .enumerate()
        .filter(|(_, code)| **code != NO_TEXT && wrong[**code as usize])
        .map(|(row, code)| (*code, row as u32))
        .collect();
    rows.sort_unstable();
    rows.chunk_by(|a, b| a.0 == b.0)
        .map(|same| (same[0].0, same.iter().map(|s| s.1).collect()))
        .collect()
}

/// True for an identifier that has the signs of one and a wrong length or key.
fn is_wrong(key: TextKey, text: &str) -> bool {
    if key == TextKey::Iban {
        let iban = normal_iban(text);
        let begins = iban.len() >= 4
            && iban.as_bytes()[..2].iter().all(u8::is_ascii_uppercase)
            && iban.as_bytes()[2..4].iter().all(u8::is_ascii_digit);
        return begins && !iban_key_holds(&iban);
    }
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(holds) = vat_key_holds(&digits) {
        return !holds;
    }
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        // A foreign number is not a SIRET: nothing can be said of its key.
        return false;
    }
    match digits.len() {
        9 => Siren::parse(&digits).is_none(),
        14 => Siret::parse(&digits).is_none(),
        _ => true,
    }
}

/// Key of a French VAT number: FR, a key of two digits, a SIREN; nothing for another text.
fn vat_key_holds(text: &str) -> Option<bool> {
    let rest = text.strip_prefix("FR").or_else(|| text.strip_prefix("fr"))?;
    if rest.len() != 11 || !rest.bytes().all(|b| b.is_ascii_digit()) {
        // Two letters may stand for the digits of the key: nothing is computed on them.
        return None;
    }
    let (key, siren) = (rest[..2].parse::<u64>().ok()?, rest[2..].parse::<u64>().ok()?);
    Some(key == (12 + 3 * (siren % 97)) % 97 && Siren::parse(&rest[2..]).is_some())
}

/// Key of ISO 13616: the rearranged number is 1 modulo 97. A French IBAN has 27 signs.
fn iban_key_holds(iban: &str) -> bool {
    if iban.len() > 34 || !iban.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    if iban.starts_with("FR") && iban.len() != 27 {
        return false;
    }
    let (head, rest) = iban.split_at(4);
    let rest = rest.bytes().chain(head.bytes());
    let remainder = rest.fold(0_u32, |r, b| {
        if b.is_ascii_digit() {
            (r * 10 + u32::from(b - b'0')) % 97
        } else {
            (r * 100 + u32::from(b.to_ascii_uppercase() - b'A') + 10) % 97
        }
    });
    remainder == 1
}

fn wording(key: TextKey, text: &str) -> String {
    if key == TextKey::Iban {
        return format!("L'IBAN finissant par {} a une clé fausse.", tail(&normal_iban(text)));
    }
    if text.trim_start().to_uppercase().starts_with("FR") {
        return format!("Le numéro de TVA {text} a une clé fausse.");
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    match digits {
        9 | 14 => format!("Le numéro {text} a une clé fausse."),
        n => format!("Le SIRET {text} compte {n} chiffres au lieu de 14."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_siret_and_iban() {
        let siret = |t| is_wrong(TextKey::Siret, t);
        assert!(!siret("21000010500010") && siret("21000010500011") && siret("2100001050001"));
        assert!(!siret("35600000000051"), "La Poste has its own rule");
        assert!(!siret("") && !siret("BE0000000097"));
        // SIREN 732 829 320: key (12 + 3 x (732829320 mod 97)) mod 97 = 44.
        assert!(!siret("FR44732829320") && siret("FR45732829320") && !siret("FRAB732829320"));
        let iban = |t| is_wrong(TextKey::Iban, t);
        // The example of ISO 13616, with its key and with another one.
        assert!(
            !iban("FR14 2004 1010 0505 0001 3M02 606") && iban("FR15 2004 1010 0505 0001 3M02 606")
        );
        assert!(!iban("FR76 •••• 0123"), "a masked IBAN cannot be judged");
    }
}
