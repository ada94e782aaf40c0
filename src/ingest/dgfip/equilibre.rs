//! Does a balance balance? Debits = credits at the opening, over the exercice and at the closing.
//!
//! Takes the totals of one budget; gives its checks, or the refusal that names the row to look at.
//!
//! **Invariant:** totals are exact (`i128` of centimes); a balance is refused for its own gap only, never
//! because an extract lacks some classes of accounts.

use crate::domain::refus::Refus;
use crate::frames::checks::Controle;

/// The pairs that must be equal: code, label, debit and credit of a row.
pub(super) const PAIRS: [(&str, &str); 3] = [
    ("balance d’entrée", "balance d’entrée : débits = crédits"),
    ("opérations", "opérations de l’exercice : débits = crédits"),
    ("soldes", "soldes de clôture : débits = crédits"),
];

/// Totals of a budget: debit and credit of each pair, and the classes seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totaux {
    pub(super) paires: [(i128, i128); 3],
    /// Bit n for class n.
    pub(super) classes: u16,
}

impl Totaux {
    /// Adds a row.
    pub(super) fn add(&mut self, compte: &str, paires: [(i64, i64); 3]) {
        for (total, (debit, credit)) in self.paires.iter_mut().zip(paires) {
            total.0 += i128::from(debit);
            total.1 += i128::from(credit);
        }
        if let Some(class) = compte.bytes().next().filter(u8::is_ascii_digit) {
            self.classes |= 1 << (class - b'0');
        }
    }

    /// True with accounts of the balance sheet and of the result: the whole balance can be expected.
    pub(super) fn is_whole(&self) -> bool {
        let balance_sheet = self.classes & 0b11_1110;
        balance_sheet != 0 && self.classes & 0b1100_0000 != 0
    }

    /// The closing balances (the operations when the file has none), when their gap is over the
    /// tolerance: rank of the pair, debits, credits. The other pairs are told, never a refusal.
    pub(super) fn gap(&self, tolerance: i64) -> Option<(usize, i128, i128)> {
        let rank = if self.paires[2] == (0, 0) { 1 } else { 2 };
        let (debit, credit) = self.paires[rank];
        let over = (debit - credit).abs() > i128::from(tolerance.max(0));
        over.then_some((rank, debit, credit))
    }

    /// The checks of the document; a gap that was tolerated, or of a partial extract, is an information.
    pub(super) fn controles(&self) -> Vec<Controle> {
        let clamp = |v: i128| v.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        PAIRS
            .iter()
            .zip(self.paires)
            .map(|((code, libelle), (debit, credit))| {
                let (attendu, obtenu) = (clamp(debit), clamp(credit));
                Controle {
                    code: (*code).to_owned(),
                    libelle: if self.is_whole() {
                        (*libelle).to_owned()
                    } else {
                        format!("{libelle} (extrait partiel, sans toutes les classes)")
                    },
                    attendu,
                    obtenu,
                    ecart: obtenu.saturating_sub(attendu),
                    ok: true,
                    information: attendu != obtenu,
                }
            })
            .collect()
    }
}

/// A row that could explain a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suspect {
    pub(super) compte: String,
    /// Line of the file, titles counted.
    pub(super) ligne: u32,
    /// True when the amount is half the gap: written on the wrong side.
    pub(super) moitie: bool,
}

/// The refusal of UX 6.5.
pub(super) fn refuse(
    fichier: &str,
    exercice: u16,
    (debit, credit): (i128, i128),
    suspects: &[Suspect],
) -> Refus {
    let gap = (debit - credit).abs();
    let where_ = match suspects {
        [s] if s.moitie => format!(
            "{fichier} : compte {}, ligne {}, seule ligne à la moitié de l’écart : un montant du mauvais côté ?",
            s.compte, s.ligne
        ),
        [s] => format!(
            "{fichier} : compte {}, ligne {}, seule ligne au montant de l’écart",
            s.compte, s.ligne
        ),
        [] => format!("{fichier} : aucune ligne n’a le montant de l’écart, ni sa moitié"),
        several => {
            let shown: Vec<String> = several.iter().take(3).map(|s| s.ligne.to_string()).collect();
            let more = if several.len() > 3 { "…" } else { "" };
            format!("{fichier} : lignes {}{more} au montant de l’écart", shown.join(", "))
        }
    };
    let advice = match suspects {
        [_] => "vérifier cette ligne",
        _ => "refaire l’extraction, ou vérifier les lignes une à une",
    };
    Refus::new(
        format!(
            "la balance {exercice} ne s’équilibre pas : crédits {}, débits {} (écart {})",
            euros(credit),
            euros(debit),
            euros(gap)
        ),
        format!(
            "{advice} ; --tolerer-ecart {} continue et l’écrit dans « Qualité des données »",
            (gap + 99) / 100
        ),
    )
    .with_extrait(where_)
}

/// Euros as the terminal shows them: `12 480 112,40 €`.
pub(super) fn euros(cents: i128) -> String {
    let sign = if cents < 0 { "\u{2212}" } else { "" };
    let whole = (cents.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped},{:02}\u{a0}€", cents.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_shown_with_its_row() {
        let suspect = Suspect { compte: "7588".into(), ligne: 412, moitie: false };
        let refus = refuse("b.csv", 2022, (1_247_911_240, 1_248_011_240), &[suspect]);
        assert!(
            refus.quoi.contains("crédits 12\u{202f}480\u{202f}112,40\u{a0}€"),
            "{}",
            refus.quoi
        );
        assert!(refus.quoi.contains("écart 1\u{202f}000,00\u{a0}€"));
        assert_eq!(
            refus.extrait,
            "b.csv : compte 7588, ligne 412, seule ligne au montant de l’écart"
        );
        assert!(refus.a_faire.contains("--tolerer-ecart 1000 "));
    }

    #[test]
    fn gaps_over_the_tolerance_only() {
        let mut t = Totaux::default();
        t.add("1641", [(0, 0), (0, 5_000), (0, 5_000)]);
        t.add("60611", [(0, 0), (4_900, 0), (4_900, 0)]);
        assert!(t.is_whole());
        assert_eq!(t.gap(0), Some((2, 4_900, 5_000)));
        assert_eq!(t.gap(100), None);
        assert!(t.controles()[2].information && t.controles()[0].ecart == 0);
        let mut partial = Totaux::default();
        partial.add("60611", [(0, 0), (1, 0), (1, 0)]);
        assert!(!partial.is_whole());
    }
}
