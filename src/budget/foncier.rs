//! Base of the taxe foncière on buildings: what one point of rate brings, times one hundred.
//!
//! The annex DATA_FISCALITE writes a notified base, a rate and a voted product; some programs write something
//! else as base (the product of the year before). The product is what the conseil voted: when base × rate is
//! not that product, product ÷ rate stands for the base.
//!
//! The coefficient correcteur multiplies the product at the rate of 2020 only: what a later point of rate
//! brings is not multiplied (loi de finances 2020, art. 16).
//!
//! **Invariant:** a base that contradicts the voted product is never used, and it is said.

use crate::budget::proposition::en_euros;
use crate::domain::money::Centimes;
use crate::frames::budget::{Document, Taxe};

/// `CodSousTypContrib` of the taxe foncière on buildings.
const FONCIER_BATI: &str = "02";
/// Whole euros are published: beyond that share, base × rate is not the product (as in the annex checks).
const TOLERANCE: f64 = 0.005;

/// The base of the taxe foncière on buildings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaseTfb {
    /// Base, euros.
    pub euros: f64,
    /// True when it is the voted product ÷ the rate, not the base written.
    pub deduite: bool,
}

impl BaseTfb {
    /// What one point of rate brings a year.
    pub fn point(&self) -> Option<Centimes> {
        Centimes::from_euros(self.euros / 100.0)
    }
}

fn positive(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite() && *v > 0.0)
}

/// Voted product and rate of a tax, euros and %.
fn voted(tax: &Taxe) -> Option<(f64, f64)> {
    let product = positive(tax.produit.map(Centimes::euros))?;
    Some((product, positive(tax.taux_pct())?))
}

/// True when the base, the rate and the product of a tax are written and do not agree.
pub(super) fn contradicts(tax: &Taxe) -> bool {
    let Some((base, (product, rate))) = positive(tax.base.map(Centimes::euros)).zip(voted(tax))
    else {
        return false;
    };
    let expected = base * rate / 100.0;
    (product - expected).abs() > TOLERANCE * expected
}

/// Product of a tax, euros: base × rate, or the voted one when they do not agree.
pub(super) fn produit(tax: &Taxe) -> Option<f64> {
    if contradicts(tax) {
        return voted(tax).map(|(product, _)| product);
    }
    Some(tax.base?.euros() * tax.taux_pct()? / 100.0)
}

/// The base of a document, and what to tell the reader when the one written is not used.
pub(super) fn base(document: &Document) -> (Option<BaseTfb>, Option<String>) {
    let Some(tax) = document.fiscalite.iter().find(|t| t.code == FONCIER_BATI) else {
        return (None, None);
    };
    let written = positive(tax.base.map(Centimes::euros));
    let derived =
        voted(tax).map(|(product, rate)| BaseTfb { euros: product * 100.0 / rate, deduite: true });
    if !contradicts(tax) {
        let notified = written.map(|euros| BaseTfb { euros, deduite: false });
        return (notified.or(derived), None);
    }
    let told = written.zip(voted(tax)).map(|(base, (product, rate))| {
        let euros = |v: f64| en_euros(Centimes::from_euros(v).unwrap_or_default());
        format!(
            "base de taxe foncière {} : {} × {} % = {}, mais le produit voté est {}. Un point de taux est \
             compté {} (produit ÷ taux) à faire : vérifier la base notifiée sur l'état 1259",
            document.exercice,
            euros(base),
            tax.taux.trim().trim_end_matches('%').trim_end().replace('.', ","),
            euros(base * rate / 100.0),
            euros(product),
            euros(product / rate),
        )
    });
    (derived, told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tax(base: Option<i64>, taux: &str, produit: Option<i64>) -> Taxe {
        let euros = |e: i64| Centimes(e * 100);
        Taxe {
            code: FONCIER_BATI.to_owned(),
            base: base.map(euros),
            taux: taux.to_owned(),
            produit: produit.map(euros),
        }
    }

    fn of(one: Taxe) -> (Option<BaseTfb>, Option<String>) {
        let mut frame = crate::budget::tests::frame(&[(2023, "M57-M57_D", &[])]);
        frame.documents[0].fiscalite.push(one);
        base(&frame.documents[0])
    }

    #[test]
    fn a_base_that_contradicts_the_product_is_left_for_product_over_rate() {
        // by hand: 279 706 × 32.24 % = 90 177, not 281 101; 281 101 / 0.3224 = 871 901; a point is 8 719
        let (found, told) = of(tax(Some(279_706), "32.24", Some(281_101)));
        let found = found.expect("a base");
        assert!(found.deduite && (found.euros - 871_901.36).abs() < 0.01, "{found:?}");
        assert_eq!(found.point(), Some(Centimes(871_901)));
        let told = told.expect("said").replace(['\u{202f}', '\u{a0}'], " ");
        for words in ["279 706 € × 32,24 % = 90 177 €", "281 101 €", "8 719 €", "produit ÷ taux"]
        {
            assert!(told.contains(words), "{words}: {told}");
        }
    }

    #[test]
    fn a_base_that_gives_the_product_is_kept_whatever_the_rounding() {
        // 201 270 098 × 38.58 % = 77 650 004: 0.33 % under the product voted
        let (found, told) = of(tax(Some(201_270_098), "38,58", Some(77_909_354)));
        assert_eq!(found, Some(BaseTfb { euros: 201_270_098.0, deduite: false }));
        assert_eq!(told, None);
        // no product to compare with, or no base: what is written serves
        let (found, _) = of(tax(Some(3_000), "20", None));
        assert_eq!(found, Some(BaseTfb { euros: 3_000.0, deduite: false }));
        let (found, told) = of(tax(None, "20.0", Some(600)));
        assert_eq!((found, told), (Some(BaseTfb { euros: 3_000.0, deduite: true }), None));
        assert_eq!(of(tax(Some(0), "20", Some(0))).0, None);
        assert_eq!(of(tax(None, "NaN", Some(600))).0, None);
    }

    #[test]
    fn products_are_those_of_the_base_or_those_voted() {
        assert_eq!(produit(&tax(Some(3_000), "20", Some(600))), Some(600.0));
        assert_eq!(produit(&tax(Some(600), "20", Some(600))), Some(600.0));
        assert_eq!(produit(&tax(Some(3_000), "20", None)), Some(600.0));
        assert_eq!(produit(&tax(None, "20", Some(600))), None);
    }
}
