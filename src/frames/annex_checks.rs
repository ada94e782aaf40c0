//! What the annexes of a document say of its lines: capital and interest of the debt, total of the taxes,
//! base times rate.
//!
//! **Invariant:** a gap of an annex is an information, never an error: annexes are filled by hand, round
//! to the euro, and some loans are left out by law.

use std::collections::BTreeSet;

use crate::domain::account::{Ordre, Sens};
use crate::domain::money::Centimes;
use crate::frames::annex::Pret;
use crate::frames::budget::{BudgetFrame, Document, LigneBudget, Taxe};
use crate::frames::checks::Controle;

/// The checks of the document of that place.
pub(super) fn checks(frame: &BudgetFrame, place: usize, lines: &[&LigneBudget]) -> Vec<Controle> {
    let document = &frame.documents[place];
    let mut out = taxes(document);
    out.extend(total_of_taxes(document));
    if document.etape.is_executed() {
        let ours = |p: &&Pret| p.document as usize == place && p.genre == "01";
        let loans: Vec<&Pret> = frame.annexes.prets.iter().filter(ours).collect();
        out.extend(debt(&loans, lines));
    }
    out
}

/// Capital and interest paid, against the accounts that the loans name and 66111.
fn debt(loans: &[&Pret], lines: &[&LigneBudget]) -> Vec<Controle> {
    if loans.is_empty() {
        return Vec::new();
    }
    let sum =
        |of: fn(&Pret) -> Option<Centimes>| loans.iter().filter_map(|p| of(p)).sum::<Centimes>().0;
    let spent = |keep: &dyn Fn(&str) -> bool| {
        let real =
            |l: &&&LigneBudget| l.sens == Sens::D && l.ordre == Ordre::Reel && keep(&l.nature);
        lines.iter().filter(real).filter_map(|l| l.realise).sum::<Centimes>().0
    };
    let accounts: BTreeSet<&str> =
        loans.iter().map(|p| p.article.as_str()).filter(|a| !a.is_empty()).collect();
    // an annex may name the parent of the account that the lines detail
    let named = |nature: &str| {
        (3..=nature.len()).any(|n| nature.get(..n).is_some_and(|p| accounts.contains(p)))
    };
    let capital = Controle::equal(
        "dette capital",
        "état de la dette : capital remboursé = dépenses des comptes d’emprunt",
        spent(&named),
        sum(|p| p.capital),
    );
    let interest = Controle::equal(
        "dette intérêts",
        "état de la dette : intérêts payés = dépenses du compte 66111",
        spent(&|nature| nature == "66111"),
        sum(|p| p.interets),
    );
    // without the accounts of the loans, the capital has nothing to be compared with
    let capital = (!accounts.is_empty()).then(|| capital.informing());
    capital.into_iter().chain([interest.informing()]).collect()
}

/// Base times rate and the product voted, centimes, of a tax where they do not agree; `None` when they do,
/// or when one of the three is not written. Corrections and rounding make small gaps: whole euros are
/// published, half a percent tells a mistake from a rounding.
pub fn contradiction(t: &Taxe) -> Option<(i64, i64)> {
    let (base, product) = (t.base.filter(|b| b.0 > 0)?, t.produit?);
    let rate = thousandths(&t.taux).filter(|r| *r > 0)?;
    let expected = (i128::from(base.0) * i128::from(rate) + 50_000) / 100_000;
    let expected = i64::try_from(expected).ok()?;
    (product.0.abs_diff(expected) > expected.unsigned_abs() / 200).then_some((expected, product.0))
}

/// Base times rate = product voted.
fn taxes(document: &Document) -> Vec<Controle> {
    let one = |t: &Taxe| {
        let (expected, product) = contradiction(t)?;
        let libelle = format!("taxe {} : base notifiée × taux = produit voté", t.code);
        Some(Controle::equal(&format!("taxe {}", t.code), libelle, expected, product).informing())
    };
    document.fiscalite.iter().filter_map(one).collect()
}

/// The total that the annex writes, against the taxes it lists.
fn total_of_taxes(document: &Document) -> Option<Controle> {
    let written = document.annexes.produit_fiscal?;
    let listed: Centimes = document.fiscalite.iter().filter_map(|t| t.produit).sum();
    let libelle = "annexe fiscale : somme des taxes = total écrit (code 99)";
    Some(Controle::equal("taxes total", libelle, written.0, listed.0).informing())
}

/// A rate in percent (`32.24`), in thousandths of a percent.
fn thousandths(text: &str) -> Option<i64> {
    let text = text.trim().replace(',', ".");
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || !digits(whole) || !digits(decimals) {
        return None;
    }
    let padded: String = decimals.chars().chain("000".chars()).take(3).collect();
    Some(whole.parse::<i64>().ok()? * 1000 + padded.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_exactly() {
        assert_eq!(thousandths("22.29"), Some(22_290));
        assert_eq!(thousandths("35,380"), Some(35_380));
        assert_eq!(thousandths("36"), Some(36_000));
        assert_eq!((thousandths("1e3"), thousandths(""), thousandths("NaN")), (None, None, None));
    }
}
