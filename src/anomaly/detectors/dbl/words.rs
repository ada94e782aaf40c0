//! Findings in French: code, motif of at most twenty words, evidence that adds up.
//!
//! **Invariant:** the rounded weights add up to the index, to the hundredth.

use super::Params;
use super::cluster::Cluster;
use super::code::{advice, code, receipt_advice};
use super::facts::receipt;
use super::levels::{Amount, Num, Pair, Payee, is_rare, unlike};
use super::units::Units;
use super::weights::{
    COMMON, GAP, INVOICED, LABEL, NAMED, ORDER, PAYEE, PLACE, RECEIPT, REUSE, RHYTHM, SCHEDULE,
    SERIES, SHAPE, SITES, TARIFF, probability,
};
use crate::anomaly::detectors::draft::cut;
use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{DateKey, NO_TEXT, TextKey};

/// Longest motif, in words.
const LONGEST: usize = 20;

/// Words a cluster.
pub(super) fn finding(units: &Units, cluster: &Cluster, params: &Params) -> Finding {
    let pair = &cluster.pair;
    let number = code(units, pair);
    let probabilite = probability(cluster.weights.total());
    let evidence = evidence(units, cluster);
    let hundredths: i64 = evidence.iter().map(|e| (e.poids * 100.0).round() as i64).sum();
    Finding {
        code: ControlCode::new(Family::Dbl, number),
        rows: cluster.rows.clone(),
        indice: hundredths as f64 / 100.0,
        probabilite,
        priorite: match probabilite {
            p if p >= params.first => Priorite::Prioritaire,
            p if p >= params.check => Priorite::AVerifier,
            _ => Priorite::Information,
        },
        enjeu: Centimes(stake(units, pair)),
        motif: motif(units, pair, number, payments(units, &cluster.rows)),
        a_faire: if receipt(units, pair) == 1 { receipt_advice(number) } else { advice(number) }
            .to_owned(),
        evidence,
    }
}

/// What may have been paid once too often, centimes.
fn stake(units: &Units, pair: &Pair) -> i64 {
    match pair.amount {
        Amount::Split => units.amount(pair.a).max(units.amount(pair.b)),
        _ => units.amount(pair.a).min(units.amount(pair.b)),
    }
}

/// Weights in hundredths with the values compared; levels that weigh nothing are left out.
fn evidence(units: &Units, cluster: &Cluster) -> Vec<Evidence> {
    let (pair, w) = (&cluster.pair, &cluster.weights);
    let amounts = format!("{} / {}", euros(units.amount(pair.a)), euros(units.amount(pair.b)));
    let numbers = format!("{} / {}", number(units, pair.a), number(units, pair.b));
    let names = format!("{} / {}", payee(units, pair.a), payee(units, pair.b));
    let rare_numbers = match pair.num {
        Num::Absent | Num::Other | Num::Serial => String::new(),
        _ => numbers.clone(),
    };
    let f = w.fields;
    let unnumbered = pair.num == Num::Absent;
    let numbers = if unnumbered { String::new() } else { numbers };
    let lines = [
        ("Rareté des doublons".to_owned(), w.prior, "avant tout indice".to_owned()),
        (amount_words(pair.amount).to_owned(), w.amount, amounts.clone()),
        (number_words(pair.num).to_owned(), w.number, numbers),
        (
            "Habitudes du fournisseur".to_owned(),
            w.habit,
            "cas semblables dans ses écritures".to_owned(),
        ),
        (payee_words(units, pair).to_owned(), f[PAYEE], names),
        ("Écart entre les dates".to_owned(), f[GAP], days(pair.gap)),
        (place_words(pair.place).to_owned(), f[PLACE], place(units, pair)),
        (label_words(pair.label).to_owned(), f[LABEL], labels(units, pair)),
        (rhythm_words(units, pair), f[RHYTHM], rhythm_values(pair)),
        (reuse_words(f[REUSE]).to_owned(), f[REUSE], rare_numbers.clone()),
        (common_words(f[COMMON]).to_owned(), f[COMMON], euros(units.amount(pair.b))),
        ("Forme du numéro".to_owned(), f[SHAPE], rare_numbers),
        ("Autres fournisseurs aux mêmes dates".to_owned(), f[SCHEDULE], days(pair.gap)),
        (
            "Numéros et dates dans la série du fournisseur".to_owned(),
            f[SERIES],
            format!("{} / {}", number(units, pair.a), number(units, pair.b)),
        ),
        (
            "Engagement ou bon de commande".to_owned(),
            f[ORDER],
            both(units, pair, TextKey::Engagement),
        ),
        ("Date de la facture".to_owned(), f[INVOICED], invoice_days(units, pair)),
        (named_words(pair, f[NAMED]).to_owned(), f[NAMED], labels(units, pair)),
        (
            "Deux établissements, chacun ses numéros".to_owned(),
            f[SITES],
            both(units, pair, TextKey::Siret),
        ),
        ("Titres émis en série".to_owned(), f[RECEIPT], "recettes".to_owned()),
        ("Taille et rondeur du montant".to_owned(), f[TARIFF], euros(units.amount(pair.b))),
    ];
    let income = receipt(units, pair) == 1;
    lines
        .into_iter()
        .map(|(niveau, poids, valeurs)| Evidence {
            niveau: if income { debtor(&niveau) } else { niveau },
            poids: (poids * 100.0).round() / 100.0,
            valeurs,
        })
        .filter(|e| e.poids.abs() >= 0.01)
        .collect()
}

/// A level about receipts speaks of who owes, not of who is paid.
fn debtor(level: &str) -> String {
    level
        .replace("ournisseur", "\u{0}")
        .replace("F\u{0}", "Redevable")
        .replace("f\u{0}", "redevable")
}

fn both(units: &Units, pair: &Pair, key: TextKey) -> String {
    let of = |unit| units.ledger.text_at(key, units.row(unit));
    format!("{} / {}", of(pair.a), of(pair.b))
}

fn invoice_days(units: &Units, pair: &Pair) -> String {
    let days_between = units
        .ledger
        .date(DateKey::Facture)
        .map_or(0, |d| d[units.row(pair.a)].abs_diff(d[units.row(pair.b)]));
    days(days_between as i32)
}

/// The fields below compare; their words tell the result, which the sign of the weight gives.
fn named_words(pair: &Pair, weight: f64) -> &'static str {
    match (pair.payee, weight > 0.0) {
        (Payee::Near | Payee::Other, true) => "Autre payeur ou bénéficiaire nommé au libellé",
        (Payee::Near | Payee::Other, false) => "Nul autre payeur ou bénéficiaire nommé au libellé",
        (_, true) => "Dépense due une seule fois par marché",
        (_, false) => "Rien ne dit la dépense due une seule fois",
    }
}

fn reuse_words(weight: f64) -> &'static str {
    if weight > 0.0 {
        "Numéro peu ou pas employé ailleurs"
    } else {
        "Numéro souvent employé ailleurs"
    }
}

fn common_words(weight: f64) -> &'static str {
    if weight > 0.0 { "Montant rare dans ce fichier" } else { "Montant courant dans ce fichier" }
}

fn amount_words(amount: Amount) -> &'static str {
    match amount {
        Amount::Equal => "Montant identique",
        Amount::Vat => "Montants à la TVA près",
        Amount::Swapped => "Chiffres du montant inversés",
        Amount::Digit => "Montants à une frappe près",
        Amount::Split => "Montant payé aussi en plusieurs parts",
    }
}

fn number_words(num: Num) -> &'static str {
    match num {
        Num::Same => "Même numéro de facture",
        Num::Key => "Même numéro, écrit autrement",
        Num::Suffix => "Même numéro, complété ou coupé",
        Num::Slip => "Numéros à une frappe près",
        Num::Serial => "Numéros voisins d'une série",
        Num::Other => "Numéros différents",
        Num::Absent => "Sans numéro de facture",
    }
}

fn payee_words(units: &Units, pair: &Pair) -> &'static str {
    let (x, y) = (units.row(pair.a), units.row(pair.b));
    match pair.payee {
        Payee::Same => "Même fournisseur",
        Payee::Rare | Payee::Variant if !unlike(units.ledger, TextKey::TiersNom, x, y) => {
            "Fournisseur sous un autre identifiant"
        }
        Payee::Rare => "Fournisseur écrit de façon inhabituelle",
        Payee::Variant => "Fournisseur écrit autrement",
        Payee::Near => "Fournisseurs de noms proches",
        Payee::Other => "Autre bénéficiaire",
    }
}

fn place_words(place: u8) -> &'static str {
    match place {
        0 => "Même imputation",
        1 => "Même compte, autre service",
        _ => "Autre imputation",
    }
}

fn label_words(label: u8) -> &'static str {
    match label {
        0 => "Même libellé",
        3 => "Relance ou duplicata annoncé",
        4 => "Libellés de deux échéances",
        _ => "Autre libellé",
    }
}

fn rhythm_words(units: &Units, pair: &Pair) -> String {
    let period = units.prepared.recurrence.of_row(units.row(pair.b)).map_or(0, |r| r.period);
    let name = match period {
        7 => "hebdomadaire",
        14 => "de quinzaine",
        28 | 30 => "mensuelle",
        61 => "bimestrielle",
        91 => "trimestrielle",
        182 => "semestrielle",
        _ => "annuelle",
    };
    if pair.surplus > 0 {
        return format!("Une échéance {name} de trop");
    }
    match pair.rhythm {
        0 => "Pas d'échéance connue".to_owned(),
        1 => format!("Échéance {name} connue"),
        _ => format!("Hors de l'échéance {name}"),
    }
}

fn rhythm_values(pair: &Pair) -> String {
    match pair.surplus {
        0 => days(pair.gap),
        n => format!("une période régulière sur {n} dans ce fichier"),
    }
}

/// One sentence with the facts, shortened until it holds in twenty words.
fn motif(units: &Units, pair: &Pair, code: u8, rows: usize) -> String {
    let tail = tail(units, pair, code, rows);
    let room = LONGEST.saturating_sub(tail.split_whitespace().count());
    let name = payee(
        units,
        if pair.payee == Payee::Rare && is_rare(units, units.row(pair.a)) {
            pair.b
        } else {
            pair.a
        },
    );
    let name = cut(&name, room.min(5));
    if name.is_empty() { capital(&tail) } else { format!("{}, {tail}", name.trim_end_matches(',')) }
}

fn tail(units: &Units, pair: &Pair, code: u8, rows: usize) -> String {
    let (amount, gap) = (euros(units.amount(pair.a)), after(pair.gap));
    let number = |unit| short(&number(units, unit));
    let fact = Fact {
        amount,
        gap,
        numbers: [number(pair.a), number(pair.b)],
        other: cut(&payee(units, pair.b), 3),
        what: circumstance(units, pair, code),
        rows,
    };
    if receipt(units, pair) == 1 {
        titres(units, pair, &fact)
    } else {
        factures(units, pair, &fact)
    }
}

/// What a sentence tells.
struct Fact {
    /// Of the earlier payment.
    amount: String,
    gap: String,
    numbers: [String; 2],
    /// The later payee.
    other: String,
    what: &'static str,
    rows: usize,
}

fn circumstance(units: &Units, pair: &Pair, code: u8) -> &'static str {
    match (code, pair.payee) {
        (5, _) => ", tiers enregistré deux fois",
        (6, _) => ", avec relance ou duplicata",
        (7, _) => ", sur deux budgets ou exercices",
        (8, _) => ", par deux circuits",
        (_, Payee::Rare | Payee::Variant)
            if unlike(units.ledger, TextKey::TiersNom, units.row(pair.a), units.row(pair.b)) =>
        {
            ", nom écrit autrement"
        }
        _ => "",
    }
}

/// Payments of a finding: the lines of one invoice are one.
fn payments(units: &Units, rows: &[u32]) -> usize {
    let mut invoices: Vec<u32> = rows.iter().map(|r| units.invoice(*r)).collect();
    invoices.sort_unstable();
    invoices.dedup();
    invoices.len()
}

/// Payments: an invoice paid twice.
fn factures(units: &Units, pair: &Pair, fact: &Fact) -> String {
    let (x, y) = (units.amount(pair.a), units.amount(pair.b));
    let Fact { amount, gap, numbers: [p, q], other, what, rows } = fact;
    match pair.amount {
        Amount::Vat => {
            return format!("facture {p} : {amount} puis {}, à la TVA près, {gap}.", euros(y));
        }
        Amount::Swapped | Amount::Digit => {
            let how = slip(pair.amount);
            return format!("facture {p} : {amount} puis {}, {how}, {gap}.", euros(y));
        }
        Amount::Split => {
            let n = parts(pair);
            return format!("facture {p} de {} payée aussi en {n} parts, {gap}.", euros(x.max(y)));
        }
        Amount::Equal => {}
    }
    if pair.payee == Payee::Other {
        return format!("facture {p} de {amount} payée aussi à {other}, {gap}.");
    }
    let lines = *rows > 2;
    match pair.num {
        Num::Same if lines => {
            format!("facture {p} de {amount} semble payée {rows} fois{what}, {gap}.")
        }
        Num::Same => format!("facture {p} de {amount} semble payée deux fois{what}, {gap}."),
        Num::Absent if lines => format!("{amount} payés {rows} fois, sans numéro{what}, {gap}."),
        Num::Absent => format!("{amount} payés deux fois{what}, {gap}."),
        _ => format!("factures {p} et {q} de {amount}{what}, {gap}."),
    }
}

/// Receipts: a bill sent twice to one who owes once.
fn titres(units: &Units, pair: &Pair, fact: &Fact) -> String {
    let (x, y) = (units.amount(pair.a), units.amount(pair.b));
    let Fact { amount, gap, numbers: [p, q], other, what, rows } = fact;
    match pair.amount {
        Amount::Vat => {
            return format!("titres de {amount} puis {}, à la TVA près, {gap}.", euros(y));
        }
        Amount::Swapped | Amount::Digit => {
            let how = slip(pair.amount);
            return format!("titres de {amount} puis {}, {how}, {gap}.", euros(y));
        }
        Amount::Split => {
            let n = parts(pair);
            return format!("titre de {} émis aussi en {n} parts, {gap}.", euros(x.max(y)));
        }
        Amount::Equal => {}
    }
    if pair.payee == Payee::Other {
        return format!("titre de {amount} émis aussi à {other}, {gap}.");
    }
    match pair.num {
        _ if *rows > 2 => format!("titre de {amount} émis {rows} fois{what}, {gap}."),
        Num::Same => format!("titre de {amount}, pièce {p}, émis deux fois{what}, {gap}."),
        Num::Absent => format!("titre de {amount} émis deux fois{what}, {gap}."),
        _ => format!("titres de {amount}, pièces {p} et {q}{what}, {gap}."),
    }
}

/// What tells the two amounts apart.
fn slip(amount: Amount) -> &'static str {
    if amount == Amount::Swapped { "deux chiffres inversés" } else { "à un chiffre près" }
}

fn parts(pair: &Pair) -> &'static str {
    if pair.parts[1] == NO_TEXT { "deux" } else { "trois" }
}

/// An invoice number in one word, or that there is none.
fn short(number: &str) -> String {
    let word: String = number.split_whitespace().collect::<Vec<_>>().join("\u{a0}");
    if word.is_empty() { "sans numéro".to_owned() } else { word.chars().take(24).collect() }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}

fn number(units: &Units, unit: u32) -> String {
    units.ledger.text_at(TextKey::Facture, units.row(unit)).to_owned()
}

/// Name of the payee, else its id, else its SIRET.
fn payee(units: &Units, unit: u32) -> String {
    let text = |key| units.ledger.text_at(key, units.row(unit));
    let names = [text(TextKey::TiersNom), text(TextKey::TiersId), text(TextKey::Siret)];
    names.into_iter().find(|t| !t.is_empty()).unwrap_or("").to_owned()
}

fn place(units: &Units, pair: &Pair) -> String {
    let of = |unit| {
        let text = |key| units.ledger.text_at(key, units.row(unit));
        format!("{} {}", text(TextKey::Nature), text(TextKey::Service)).trim().to_owned()
    };
    format!("{} / {}", of(pair.a), of(pair.b))
}

fn labels(units: &Units, pair: &Pair) -> String {
    let Some(column) = units.ledger.text(TextKey::Objet) else { return String::new() };
    let of = |unit| match column.codes[units.row(unit)] {
        NO_TEXT => String::new(),
        code => column.dictionary.get(code).to_owned(),
    };
    format!("{} / {}", of(pair.a), of(pair.b))
}

fn days(gap: i32) -> String {
    match gap {
        0 => "même jour".to_owned(),
        1 => "1 jour".to_owned(),
        n => format!("{n} jours"),
    }
}

fn after(gap: i32) -> String {
    if gap == 0 { "le même jour".to_owned() } else { format!("à {} d'écart", days(gap)) }
}

/// French spelling of an amount in euros, with no-break spaces.
fn euros(centimes: i64) -> String {
    let digits = (centimes.unsigned_abs() / 100).to_string();
    let mut out = String::from(if centimes < 0 { "−" } else { "" });
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    format!("{out},{:02}\u{a0}€", centimes.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_french() {
        assert_eq!(euros(123_456_789), "1\u{202f}234\u{202f}567,89\u{a0}€");
        assert_eq!(euros(-5), "−0,05\u{a0}€");
    }

    #[test]
    fn receipts_have_a_debtor() {
        assert_eq!(debtor("Même fournisseur"), "Même redevable");
        assert_eq!(debtor("Fournisseurs de noms proches"), "Redevables de noms proches");
        assert_eq!(debtor("Autre imputation"), "Autre imputation");
    }

    #[test]
    fn words_tell_the_result_of_a_comparison() {
        assert!(reuse_words(7.1).contains("pas employé"));
        assert!(reuse_words(-2.0).contains("souvent"));
        assert!(common_words(3.0).contains("rare") && common_words(-3.0).contains("courant"));
    }

    #[test]
    fn gaps_in_french() {
        assert_eq!(after(0), "le même jour");
        assert_eq!(after(1), "à 1 jour d'écart");
    }
}
