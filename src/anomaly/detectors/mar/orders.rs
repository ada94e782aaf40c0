//! Orders of the ledger for the controls of procurement: what is bought, without tax, under a contract or not.
//!
//! **Invariant:** an amount whose tax is unknown is an interval, its least (20 % of tax) to its greatest (none).

use super::contracts::Contracts;
use crate::anomaly::detectors::Context;
use crate::anomaly::detectors::cal::{objects_saying, says};
use crate::anomaly::detectors::imp::imp03_wrong_section::is_french_chart;
use crate::anomaly::detectors::mnt::words::short;
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::domain::baremes::en_vigueur;
use crate::domain::calendar::NO_DAY;
use crate::domain::money::Centimes;
use crate::frames::ledger::{AmountKey, DateKey, Ledger, NO_AMOUNT, NO_TEXT, Sens, TextKey};
use crate::stats::text::fold;

/// Highest rate of tax, percent: an amount whose tax is unknown is taken at its least without tax.
const VAT: f64 = 20.0;

/// Days from a consultation to the invoice.
const LEAD: i32 = 90;

/// Beginnings of the accounts bought under the rules of procurement; the others (staff, grants, taxes,
/// insurance contributions, refunds, interest) are not orders.
const BOUGHT: [&str; 22] = [
    "604", "605", "606", "611", "613", "615", "616", "617", "618", "622", "623", "624", "626",
    "628", "203", "205", "2088", "211", "213", "215", "218", "231",
];
/// Fluids and fees that have no competition or whose contract is seldom numbered in a ledger.
const NOT_BOUGHT: [&str; 8] = ["60611", "6225", "6227", "6281", "6284", "6287", "6262", "2111"];
/// Phrases of a contract in an object, folded.
const CONTRACT: [&str; 4] = ["ACCORD CADRE", "UGAP", "GROUPEMENT DE COMMANDES", "MARCHES PUBLICS"];
/// Words of a charge attached to the year, whose invoice comes later.
const ACCRUED: [&str; 2] = ["RATTACHEMENT", "CONTRE PASSATION"];
/// What follows the word when it names a public contract.
const AFTER_MARCHE: [&str; 10] = [
    "N",
    "NO",
    "NUM",
    "NUMERO",
    "PUBLIC",
    "SUBSEQUENT",
    "TRAVAUX",
    "FOURNITURES",
    "SERVICES",
    "MAPA",
];

/// True when a folded object cites a contract: a phrase of its own, or `MARCHE` and its number or kind; the
/// market square, a supermarket, a "démarche" are none.
pub(crate) fn cites_contract(folded: &str) -> bool {
    let padded = format!(" {folded} ");
    if CONTRACT.iter().any(|c| padded.contains(&format!(" {c} "))) {
        return true;
    }
    let words: Vec<&str> = folded.split(' ').collect();
    words.iter().enumerate().any(|(i, word)| {
        let place = i >= 2 && ["PLACE", "HALLE", "HALLES", "RUE", "JOUR"].contains(&words[i - 2]);
        let next = words[i + 1..].iter().find(|w| !["DE", "DES"].contains(*w));
        let named =
            next.is_some_and(|w| AFTER_MARCHE.contains(w) || w.bytes().any(|b| b.is_ascii_digit()));
        *word == "MARCHE" && !place && named
    })
}

/// For each distinct object, whether it cites a contract.
pub(crate) fn objects_of_contracts(ledger: &Ledger) -> Vec<bool> {
    ledger.text(TextKey::Objet).map_or_else(Vec::new, |column| {
        column.dictionary.iter().map(|text| cites_contract(&fold(text))).collect()
    })
}

/// An order: the lines of one invoice of a supplier, of one kind (works or not).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    /// Supplier resolved.
    pub(crate) supplier: u32,
    /// Invoice.
    pub(crate) invoice: u32,
    /// Its first row, by content.
    pub(crate) first: u32,
    /// Works, or supplies and services.
    pub(crate) works: bool,
    /// True when a number, the object or a known contract tells a contract.
    pub(crate) contracted: bool,
    /// Day of the invoice, the nearest to the order that a ledger has; of the mandat without it, or when the invoice
    /// would come after it or two years before (a slip).
    pub(crate) issued: i32,
    /// Code of its account, that of its first line.
    pub(crate) nature: u32,
    /// Least and greatest amount without tax, centimes.
    pub(crate) ht: (i64, i64),
}

impl Order {
    /// Its rows, by content.
    pub(crate) fn rows(&self, context: &Context<'_>) -> Vec<u32> {
        let ledger = context.ledger;
        let members = context.prepared.invoices.members(self.invoice).iter().copied();
        members
            .filter(|r| {
                let nature = ledger.text_at(TextKey::Nature, *r as usize);
                is_paid(ledger, *r as usize) && is_bought(nature) && is_works(nature) == self.works
            })
            .collect()
    }
}

/// An expense with a day.
fn is_paid(ledger: &Ledger, row: usize) -> bool {
    ledger.sens[row] == Sens::D && ledger.montant[row] > 0 && ledger.day(row) != NO_DAY
}

/// The orders of a ledger, suppliers that pool many payees left out.
///
/// # Errors
/// Why there is none, a French phrase.
pub(crate) fn orders(context: &Context<'_>) -> Result<Vec<Order>, &'static str> {
    let ledger = context.ledger;
    let natures = ledger.text(TextKey::Nature).ok_or("colonne « nature » absente")?;
    if !is_french_chart(ledger) {
        return Err("les comptes ne sont pas ceux d'un plan communal");
    }
    let kinds: Vec<Option<bool>> =
        natures.dictionary.iter().map(|n| is_bought(n).then(|| is_works(n))).collect();
    let spoken = objects_of_contracts(ledger);
    let accrued = objects_saying(ledger, &ACCRUED);
    let numbered = ledger.text(TextKey::Marche);
    let contracts = Contracts::of(context);
    // Last order of each kind: the lines of an invoice follow one another.
    let mut last: [Option<usize>; 2] = [None, None];
    let mut out: Vec<Order> = Vec::new();
    for row in context.prepared.invoices.rows.iter().map(|r| *r as usize) {
        let (nature, supplier) = (natures.codes[row], context.prepared.suppliers.of_row[row]);
        let known = nature != NO_TEXT && supplier != NO_SUPPLIER && !says(ledger, &accrued, row);
        if !is_paid(ledger, row) || !known {
            continue;
        }
        let Some(works) = kinds[nature as usize] else { continue };
        if context.prepared.suppliers.pooled[supplier as usize] {
            continue;
        }
        let invoice = context.prepared.invoices.of_row[row];
        let told = numbered.is_some_and(|c| c.codes[row] != NO_TEXT) || says(ledger, &spoken, row);
        let ht = without_tax(ledger, row);
        let same = last[usize::from(works)].filter(|i| out[*i].invoice == invoice);
        let order = if let Some(i) = same {
            &mut out[i]
        } else {
            last[usize::from(works)] = Some(out.len());
            out.push(Order {
                contracted: contracts.covers(ledger, row),
                ..fresh(context, row, (works, nature))
            });
            let end = out.len() - 1;
            &mut out[end]
        };
        order.ht = (order.ht.0.saturating_add(ht.0), order.ht.1.saturating_add(ht.1));
        order.contracted |= told;
    }
    if out.is_empty() { Err("aucun achat parmi les lignes lues") } else { Ok(out) }
}

/// An order that begins with a row, its amounts still to be added.
fn fresh(context: &Context<'_>, row: usize, (works, nature): (bool, u32)) -> Order {
    let ledger = context.ledger;
    let day = ledger.day(row);
    let sane = |d: &i32| *d != NO_DAY && (0..=731).contains(&(day - *d));
    let issued = ledger.date(DateKey::Facture).map(|c| c[row]).filter(sane);
    Order {
        supplier: context.prepared.suppliers.of_row[row],
        invoice: context.prepared.invoices.of_row[row],
        first: row as u32,
        works,
        contracted: false,
        issued: issued.unwrap_or(day),
        nature,
        ht: (0, 0),
    }
}

/// An account bought under the rules of procurement.
pub(crate) fn is_bought(nature: &str) -> bool {
    let digits: String = nature.chars().filter(char::is_ascii_digit).collect();
    BOUGHT.iter().any(|b| digits.starts_with(b))
        && !NOT_BOUGHT.iter().any(|b| digits.starts_with(b))
}

/// An account of works.
pub(crate) fn is_works(nature: &str) -> bool {
    ["213", "231", "6152"].iter().any(|w| nature.trim_start().starts_with(w))
}

/// Least and greatest amount without tax of a row.
pub(crate) fn without_tax(ledger: &Ledger, row: usize) -> (i64, i64) {
    let written = ledger.amount(AmountKey::Ht).map(|c| c[row]).filter(|a| *a != NO_AMOUNT);
    written.map_or_else(
        || ((ledger.montant[row] as f64 / (1.0 + VAT / 100.0)).round() as i64, ledger.montant[row]),
        |a| (a, a),
    )
}

/// The name of the threshold of dispense of a kind.
pub(crate) fn dispense(works: bool) -> &'static str {
    if works { "dispense_travaux" } else { "dispense_fournitures_services" }
}

/// The lowest threshold that may rule an order invoiced that day: the consultation came before, at most [`LEAD`] days
/// before most often.
pub(crate) fn least_limit(name: &str, issued: i32) -> Option<Centimes> {
    let now = en_vigueur(name, issued)?.centimes();
    Some(en_vigueur(name, issued - LEAD).map_or(now, |before| before.centimes().min(now)))
}

/// The thresholds that may be those of a need: in force on its first day; and, the day of the consultation
/// being unknown, another in force within the year before, or until its last day.
pub(crate) fn limits(name: &str, first: i32, last: i32) -> Option<(Centimes, Option<Centimes>)> {
    let at_first = en_vigueur(name, first)?.centimes();
    let other = [first - 365, last]
        .into_iter()
        .filter_map(|day| en_vigueur(name, day))
        .map(crate::domain::baremes::Bareme::centimes)
        .find(|c| *c != at_first);
    Some((at_first, other))
}

/// `48 k€ HT`, or `de 40 à 48 k€ HT` when the tax of a part is unknown.
pub(crate) fn ht_text((least, most): (i64, i64)) -> String {
    let (low, high) = (short(least.unsigned_abs()), short(most.unsigned_abs()));
    if low == high { format!("{low} HT") } else { format!("de {low} à {high} HT") }
}

/// `40 k€`, or both thresholds that may apply: `40 ou 60 k€`.
pub(crate) fn limit_text((one, other): (Centimes, Option<Centimes>)) -> String {
    let kilo = |c: Centimes| c.0 / 100_000;
    other.map_or_else(
        || format!("{}\u{a0}k€", kilo(one)),
        |other| format!("{} ou {}\u{a0}k€", kilo(one.min(other)), kilo(one.max(other))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::day_number;
    use jiff::civil::date;

    #[test]
    fn both_thresholds_are_shown_around_a_change() {
        let day = |y, m, d| day_number(date(y, m, d));
        let of = |a, b| limit_text(limits("dispense_fournitures_services", a, b).unwrap());
        assert_eq!(of(day(2025, 2, 1), day(2025, 5, 1)), "40\u{a0}k€");
        assert_eq!(of(day(2026, 2, 1), day(2026, 5, 1)), "40 ou 60\u{a0}k€");
        assert_eq!(of(day(2026, 6, 1), day(2026, 7, 1)), "40 ou 60\u{a0}k€", "consulted before");
        assert_eq!(of(day(2027, 6, 1), day(2027, 7, 1)), "60\u{a0}k€");
    }

    #[test]
    fn a_contract_is_named_and_a_market_square_is_none() {
        for yes in [
            "Marché n° 2024-05, lot 2",
            "Lot 2 du marché 2024-05",
            "Marché public de voirie",
            "Marché de travaux",
            "Accord-cadre",
            "UGAP",
        ] {
            assert!(cites_contract(&fold(yes)), "{yes}");
        }
        for no in [
            "Bancs de la place du Marché",
            "Supermarché 24",
            "Démarche 2",
            "Halle du marché 3",
            "Marché de Noël",
        ] {
            assert!(!cites_contract(&fold(no)), "{no}");
        }
    }
}
