//! French spellings: numbers, units, dates, plurals, quotes and sentences, for every output.
//!
//! Takes exact values (`Centimes`, integers, ISO dates) and gives text. U+202F groups thousands, U+00A0
//! stands before `€` and `%`, U+2212 is the minus. Reference: CLDR 48, `fr-FR`.
//!
//! **Invariant:** an amount is rounded in integers, never through a float, and `-0` is never printed.

use crate::domain::money::Centimes;

/// No-break space, before `€`, `%` and `:`.
pub const NBSP: char = '\u{a0}';
/// Narrow no-break space, between thousands and before `; ! ?`.
pub const NNBSP: char = '\u{202f}';
/// Minus sign of HTML and images.
pub const MINUS: char = '\u{2212}';
/// Not applicable (a title says why).
pub const SANS_OBJET: &str = "–";
/// Unknown.
pub const INCONNU: &str = "n.\u{a0}d.";

const MOIS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const MOIS_COURTS: [&str; 12] = [
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
    "déc.",
];

/// Unit of a whole table or axis, chosen by its largest amount, never cell by cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unite {
    /// Under 10 k€.
    Euro,
    /// Under 10 M€.
    Millier,
    /// From 10 M€ on.
    Million,
}

impl Unite {
    /// The unit of a table whose largest absolute amount is `max`.
    pub fn pour(max: Centimes) -> Self {
        match max.abs().0 {
            ..1_000_000 => Self::Euro,
            1_000_000..1_000_000_000 => Self::Millier,
            _ => Self::Million,
        }
    }

    /// The unit of a table, from all its amounts.
    pub fn de(montants: impl IntoIterator<Item = Centimes>) -> Self {
        Self::pour(montants.into_iter().map(Centimes::abs).max().unwrap_or_default())
    }

    /// The unit of a table of detail, where small lines matter as much as large ones: k€ up to 1 000 M€.
    pub fn detail(montants: impl IntoIterator<Item = Centimes>) -> Self {
        let max = montants.into_iter().map(Centimes::abs).max().unwrap_or_default();
        match Self::pour(max) {
            Self::Million if max.0 < 100_000_000_000 => Self::Millier,
            unit => unit,
        }
    }

    /// The unit of small steps drawn side by side: euros under 100 k€.
    pub fn fine(montants: impl IntoIterator<Item = Centimes>) -> Self {
        let max = montants.into_iter().map(Centimes::abs).max().unwrap_or_default();
        if max.0 < 10_000_000 { Self::Euro } else { Self::pour(max) }
    }

    /// The word of a header: `€`, `k€` or `M€`.
    pub fn mot(self) -> &'static str {
        match self {
            Self::Euro => "€",
            Self::Millier => "k€",
            Self::Million => "M€",
        }
    }

    /// Centimes in one unit.
    pub fn diviseur(self) -> i64 {
        match self {
            Self::Euro => 100,
            Self::Millier => 100_000,
            Self::Million => 100_000_000,
        }
    }

    /// The amount in this unit, without its word: integers, but two decimals for M€.
    pub fn nombre(self, montant: Centimes) -> String {
        if self == Self::Million {
            scaled(montant.0, self.diviseur(), 2)
        } else {
            scaled(montant.0, self.diviseur(), 0)
        }
    }

    /// The amount with the word of the unit.
    pub fn avec(self, montant: Centimes) -> String {
        format!("{}{NBSP}{}", self.nombre(montant), self.mot())
    }

    /// The amount with an explicit sign, without the word.
    pub fn signe(self, montant: Centimes) -> String {
        with_plus(self.nombre(montant), montant.0 > 0)
    }
}

/// `value / divisor` with `decimals` digits (0 to 2), rounded half away from zero, in integers.
fn scaled(value: i64, divisor: i64, decimals: u32) -> String {
    let pow = 10_i128.pow(decimals);
    let (v, d) = (i128::from(value).abs() * pow, i128::from(divisor));
    let rounded = (2 * v + d) / (2 * d);
    let mut out = String::new();
    if value < 0 && rounded > 0 {
        out.push(MINUS);
    }
    out.push_str(&group(&(rounded / pow).to_string()));
    if decimals > 0 {
        let fraction = format!("{:0width$}", rounded % pow, width = decimals as usize);
        out.push(',');
        out.push_str(&fraction);
    }
    out
}

fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(NNBSP);
        }
        out.push(c);
    }
    out
}

fn with_plus(text: String, positive: bool) -> String {
    let zero = text.chars().all(|c| c == '0' || c == ',');
    if positive && !zero { format!("+{text}") } else { text }
}

/// An integer: `48 310`, `−3`.
pub fn entier(n: i64) -> String {
    scaled(n, 1, 0)
}

/// A count, as `usize` or `u64`.
pub fn nombre(n: u64) -> String {
    group(&n.to_string())
}

/// A decimal number with `decimals` digits: `5,2`; `n. d.` when not finite.
pub fn decimal(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return INCONNU.to_owned();
    }
    let text = format!("{:.decimals$}", x.abs());
    let (int, frac) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = group(int);
    if !frac.is_empty() {
        out.push(',');
        out.push_str(frac);
    }
    let zero = text.chars().all(|c| c == '0' || c == '.');
    if x < 0.0 && !zero { format!("{MINUS}{out}") } else { out }
}

/// A decimal number with an explicit sign.
pub fn decimal_signe(x: f64, decimals: usize) -> String {
    with_plus(decimal(x, decimals), x > 0.0)
}

/// `12,3 %`.
pub fn pourcent(x: f64, decimals: usize) -> String {
    format!("{}{NBSP}%", decimal(x, decimals))
}

/// A change, in percent: `+3,2 %`.
pub fn variation(x: f64) -> String {
    format!("{}{NBSP}%", decimal_signe(x, 1))
}

/// A difference of two rates, in points: `+1,4 pt`.
pub fn points(x: f64) -> String {
    format!("{}{NBSP}pt", decimal_signe(x, 1))
}

/// Full amount with its centimes: `1 234 567,50 €`.
pub fn euros(montant: Centimes) -> String {
    format!("{}{NBSP}€", scaled(montant.0, 100, 2))
}

/// Full amount without the unit: `1 234 567,50`.
pub fn euros_nus(montant: Centimes) -> String {
    scaled(montant.0, 100, 2)
}

/// Amount for a sentence: `850 €`, `214 k€`, `1,9 M€`, `312 M€`.
pub fn phrase(montant: Centimes) -> String {
    match montant.abs().0 {
        ..1_000_000 => Unite::Euro.avec(montant),
        1_000_000..99_950_000 => Unite::Millier.avec(montant),
        99_950_000..9_995_000_000 => {
            let text = scaled(montant.0, 100_000_000, 1);
            format!("{}{NBSP}M€", text.strip_suffix(",0").unwrap_or(&text))
        }
        _ => format!("{}{NBSP}M€", scaled(montant.0, 100_000_000, 0)),
    }
}

/// Amounts of one sentence, in one unit: that of the largest, but euros under 100 k€, and k€ when M€ would
/// hide one.
pub fn phrases<const N: usize>(montants: [Centimes; N]) -> [String; N] {
    let sizes = montants.iter().map(|m| m.abs().0);
    let (max, min) =
        (sizes.clone().max().unwrap_or(0), sizes.filter(|m| *m > 0).min().unwrap_or(0));
    if max < 99_950_000 {
        return montants.map(|m| Unite::fine([Centimes(max)]).avec(m));
    }
    if min < 99_950_000 && max < 1_000_000_000 {
        return montants.map(|m| Unite::Millier.avec(m));
    }
    let digits = |m: Centimes| u32::from(max < 9_995_000_000 && m.0 != 0);
    montants.map(|m| format!("{}{NBSP}M€", scaled(m.0, 100_000_000, digits(m))))
}

/// Amount for a CSV file: plain digits, decimal comma, ASCII minus: `-1234567,50`.
pub fn euros_csv(montant: Centimes) -> String {
    let (sign, v) = (if montant.0 < 0 { "-" } else { "" }, montant.0.unsigned_abs());
    format!("{sign}{},{:02}", v / 100, v % 100)
}

/// Number for a CSV file: at most `decimals` digits, decimal comma, ASCII minus; empty if unknown.
pub fn decimal_csv(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return String::new();
    }
    let text = format!("{x:.decimals$}");
    let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    if zero { text.trim_start_matches('-').replace('.', ",") } else { text.replace('.', ",") }
}

fn ymd(iso: &str) -> Option<(&str, usize, u32)> {
    let (y, rest) = iso.split_once('-')?;
    let (m, d) = rest.split_once('-')?;
    let month = m.parse::<usize>().ok().filter(|m| (1..=12).contains(m))?;
    Some((y, month, d.parse().ok().filter(|d| (1..=31).contains(d))?))
}

/// Date in a sentence, from ISO: `14 mars 2026`, `1er mars 2026`. Another text is given back as is.
pub fn date_texte(iso: &str) -> String {
    ymd(iso).map_or_else(
        || iso.to_owned(),
        |(y, m, d)| {
            let er = if d == 1 { "er" } else { "" };
            format!("{d}{er}{NBSP}{}{NBSP}{y}", MOIS[m - 1])
        },
    )
}

/// Date in a table, from ISO: `14/03/2026`.
pub fn date_table(iso: &str) -> String {
    ymd(iso).map_or_else(|| iso.to_owned(), |(y, m, d)| format!("{d:02}/{m:02}/{y}"))
}

/// Month on an axis: `juil. 2026`. `mois` runs from 1 to 12.
pub fn mois_axe(annee: i16, mois: i8) -> String {
    format!("{}{NBSP}{annee}", mois_court(mois))
}

/// Month in full: `juillet`; empty out of 1 to 12.
pub fn mois(mois: i8) -> &'static str {
    usize::try_from(mois - 1).ok().and_then(|i| MOIS.get(i)).copied().unwrap_or("")
}

/// `du 1er janvier au 31 décembre 2025`, from two ISO dates; the year is written once if it can be.
pub fn periode(debut: &str, fin: &str) -> String {
    let (from, to) = (date_texte(debut), date_texte(fin));
    let year: String = fin.chars().take(4).collect();
    let same = debut.starts_with(&year) && to.ends_with(&year);
    let from = if same { from.trim_end_matches(&year).trim_end_matches(NBSP) } else { &from };
    format!("du {from} au {to}")
}

/// Short month: `juil.`; empty out of 1 to 12.
pub fn mois_court(mois: i8) -> &'static str {
    usize::try_from(mois - 1).ok().and_then(|i| MOIS_COURTS.get(i)).copied().unwrap_or("")
}

/// Chooses a form: singular below 2 (`0 facture`, `1,5 million`).
pub fn accord<'a>(n: f64, singulier: &'a str, pluriel: &'a str) -> &'a str {
    if n.abs() < 2.0 { singulier } else { pluriel }
}

/// A count and its noun: `12 factures`, `0 facture`.
pub fn compte(n: u64, singulier: &str, pluriel: &str) -> String {
    format!("{}{NBSP}{}", nombre(n), accord(n as f64, singulier, pluriel))
}

/// `« texte »`.
pub fn guillemets(texte: &str) -> String {
    format!("«{NBSP}{texte}{NBSP}»")
}

/// SIRET grouped 3-3-3-5, SIREN 3-3-3; another text is given back as is.
pub fn siret(texte: &str) -> String {
    if !matches!(texte.len(), 9 | 14) || !texte.bytes().all(|b| b.is_ascii_digit()) {
        return texte.to_owned();
    }
    let mut out = format!("{}{NNBSP}{}{NNBSP}{}", &texte[..3], &texte[3..6], &texte[6..9]);
    if texte.len() == 14 {
        out.push(NNBSP);
        out.push_str(&texte[9..]);
    }
    out
}

/// French spacing of a prose written with plain spaces: U+00A0 before `:` `»` `%` `€` `→`, after `«` and `→`, in
/// `sur 10`, U+202F before `; ! ?`, and the typographic apostrophe.
pub fn typo(prose: &str) -> String {
    let chars: Vec<char> = prose.chars().collect();
    let mut out = String::with_capacity(prose.len() + 8);
    for (i, &c) in chars.iter().enumerate() {
        let next = chars.get(i + 1).copied();
        let after = chars.get(i + 2).copied();
        let unit = matches!(next, Some('k' | 'M')) && after == Some('€');
        out.push(match (c, next) {
            (' ', Some(':' | '»' | '%' | '€' | '→')) => NBSP,
            (' ', Some(';' | '!' | '?')) => NNBSP,
            (' ', _) if unit || (i > 0 && matches!(chars[i - 1], '«' | '→')) => NBSP,
            ('\'', Some(n)) if i > 0 && chars[i - 1].is_alphabetic() && n.is_alphabetic() => '’',
            _ => c,
        });
    }
    out.replace("sur 10 ", "sur\u{a0}10 ")
}

/// The same text for an old console: plain spaces, ASCII minus, quotes and apostrophe.
pub fn ascii(texte: &str) -> String {
    let mut out = String::with_capacity(texte.len());
    for c in texte.chars() {
        match c {
            NBSP | NNBSP => out.push(' '),
            MINUS | '–' => out.push('-'),
            '’' => out.push('\''),
            '«' | '»' => out.push('"'),
            _ => out.push(c),
        }
    }
    out.replace("\" ", "\"").replace(" \"", "\"")
}

/// Sort key close to the French order: case and accents ignored.
pub fn cle_tri(texte: &str) -> String {
    let mut out = String::with_capacity(texte.len());
    for c in texte.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'â' | 'ä' | 'á' | 'ã' => out.push('a'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'î' | 'ï' | 'í' => out.push('i'),
            'ô' | 'ö' | 'ó' => out.push('o'),
            'ù' | 'û' | 'ü' | 'ú' => out.push('u'),
            'ç' => out.push('c'),
            'ÿ' => out.push('y'),
            'ñ' => out.push('n'),
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            _ => out.push(c),
        }
    }
    out
}

/// Upper-cases the first letter.
pub fn majuscule(texte: &str) -> String {
    let mut chars = texte.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// Number of words of the longest sentence: a sentence ends at `. ! ? …` before a space and a capital,
/// or at the end; a word holds a letter or a digit; no-break spaces do not part words.
pub fn mots_plus_longue(texte: &str) -> usize {
    let mut longest = 0;
    let mut words = 0;
    let tokens: Vec<&str> =
        texte.split([' ', '\n', '\t', '\r']).filter(|t| !t.is_empty()).collect();
    for (i, token) in tokens.iter().enumerate() {
        words += usize::from(token.chars().any(char::is_alphanumeric));
        longest = longest.max(words);
        let abbreviation = matches!(*token, "art." | "cf." | "p." | "al." | "décr.");
        let closes = !abbreviation
            && token.trim_end_matches(['»', ')', NBSP]).ends_with(['.', '!', '?', '…']);
        let capital = tokens
            .get(i + 1)
            .and_then(|t| t.chars().find(|c| c.is_alphanumeric()))
            .is_none_or(|c| c.is_uppercase() || c.is_ascii_digit());
        if closes && capital {
            words = 0;
        }
    }
    longest
}

/// The text, cut at `max` characters with `…` when longer.
pub fn coupe(texte: &str, max: usize) -> String {
    if texte.chars().count() <= max {
        return texte.to_owned();
    }
    let cut: String = texte.chars().take(max.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_follow_the_reference() {
        assert_eq!(euros(Centimes(123_456_750)), "1\u{202f}234\u{202f}567,50\u{a0}€");
        assert_eq!(euros(Centimes(-5)), "\u{2212}0,05\u{a0}€");
        assert_eq!(euros(Centimes(123_400)), "1\u{202f}234,00\u{a0}€");
        assert_eq!(phrase(Centimes(190_000_000)), "1,9\u{a0}M€");
        assert_eq!(phrase(Centimes(1_200_000_000)), "12\u{a0}M€");
        assert_eq!(phrase(Centimes(21_400_000)), "214\u{a0}k€");
        assert_eq!(phrase(Centimes(99_999_999)), "1\u{a0}M€");
        assert_eq!(phrase(Centimes(123_456)), "1\u{202f}235\u{a0}€");
        assert_eq!(euros_csv(Centimes(-123_456_705)), "-1234567,05");
        assert_eq!(decimal_csv(-0.001, 2), "0,00");
    }

    #[test]
    fn unit_goes_by_the_largest_amount() {
        assert_eq!(Unite::pour(Centimes(999_999)), Unite::Euro);
        assert_eq!(Unite::pour(Centimes(-1_000_000)), Unite::Millier);
        assert_eq!(Unite::pour(Centimes(1_000_000_000)), Unite::Million);
        let unite = Unite::de([Centimes(1_500), Centimes(-534_500_000)]);
        assert_eq!(unite.avec(Centimes(-534_500_000)), "\u{2212}5\u{202f}345\u{a0}k€");
        assert_eq!(unite.nombre(Centimes(-1_500)), "0");
        assert_eq!(unite.signe(Centimes(31_000_000)), "+310");
        assert_eq!(unite.signe(Centimes(12)), "0");
        assert_eq!(Unite::Million.nombre(Centimes(3_120_000_000)), "31,20");
    }

    #[test]
    fn rates_and_changes_carry_their_sign() {
        assert_eq!(pourcent(12.3, 1), "12,3\u{a0}%");
        assert_eq!(variation(3.2), "+3,2\u{a0}%");
        assert_eq!(variation(-0.04), "0,0\u{a0}%");
        assert_eq!(points(1.4), "+1,4\u{a0}pt");
        assert_eq!(decimal(f64::NAN, 1), INCONNU);
        assert_eq!(entier(-48_310), "\u{2212}48\u{202f}310");
    }

    #[test]
    fn dates_have_three_spellings() {
        assert_eq!(date_texte("2026-03-14"), "14\u{a0}mars\u{a0}2026");
        assert_eq!(date_texte("2026-03-01"), "1er\u{a0}mars\u{a0}2026");
        assert_eq!(date_table("2026-03-14"), "14/03/2026");
        assert_eq!(date_table("inconnue"), "inconnue");
        assert_eq!(mois_axe(2026, 7), "juil.\u{a0}2026");
        assert_eq!(mois_court(13), "");
        assert_eq!(
            periode("2025-01-01", "2025-12-31"),
            "du 1er\u{a0}janvier au 31\u{a0}décembre\u{a0}2025"
        );
        assert!(periode("2024-12-01", "2025-01-31").contains("2024 au 31"));
    }

    #[test]
    fn singular_holds_below_two() {
        assert_eq!(compte(0, "facture", "factures"), "0\u{a0}facture");
        assert_eq!(accord(1.5, "million", "millions"), "million");
        assert_eq!(compte(1_204, "fournisseur", "fournisseurs"), "1\u{202f}204\u{a0}fournisseurs");
    }

    #[test]
    fn prose_gets_its_spaces() {
        assert_eq!(typo("l'an : 12 % ; « oui » !"), {
            "l’an\u{a0}: 12\u{a0}%\u{202f}; «\u{a0}oui\u{a0}»\u{202f}!"
        });
        assert_eq!(typo("214 k€"), "214\u{a0}k€");
        assert_eq!(ascii(&guillemets("\u{2212}1\u{202f}234")), "\"-1 234\"");
        assert_eq!(siret("21930048000015"), "219\u{202f}300\u{202f}480\u{202f}00015");
    }

    #[test]
    fn order_ignores_case_and_accents() {
        let mut noms = ["Évron", "Zuydcoote", "étrat", "Etrat"];
        noms.sort_by_key(|n| cle_tri(n));
        assert_eq!(noms, ["étrat", "Etrat", "Évron", "Zuydcoote"]);
    }

    #[test]
    fn words_are_counted_by_sentence() {
        assert_eq!(mots_plus_longue("Un deux trois. Un deux ?\nCinq."), 3);
        assert_eq!(mots_plus_longue("Soit 1\u{202f}234\u{a0}€ : oui, art. 29 de la loi."), 8);
        assert_eq!(mots_plus_longue(""), 0);
    }

    #[test]
    fn amounts_of_a_sentence_share_their_unit() {
        let k = |n: i64| Centimes(n * 100_000);
        let plain = |all: [Centimes; 2]| phrases(all).map(|t| ascii(&t));
        assert_eq!(plain([k(563), k(1_782)]), ["563 k€", "1 782 k€"]);
        assert_eq!(plain([k(1_782), k(2_500)]), ["1,8 M€", "2,5 M€"]);
        assert_eq!(plain([Centimes(49_800), k(32)]), ["498 €", "32 000 €"]);
        assert_eq!(plain([k(200), k(150)]), ["200 k€", "150 k€"]);
        assert_eq!(plain([k(14_700), k(900)]), ["14,7 M€", "0,9 M€"]);
        assert_eq!(
            typo("8 chances sur 10 (2025 → 2026)"),
            "8 chances sur\u{a0}10 (2025\u{a0}→\u{a0}2026)"
        );
    }
}
