//! Base of the taxe foncière on buildings: what one point of rate brings, times one hundred.
//!
//! The annex DATA_FISCALITE writes a notified base, a rate and a voted product; some programs write something
//! else as base (the product of the year before). The product is what the conseil voted: when base × rate is
//! not that product, product ÷ rate stands for the base.
//!
//! The coefficient correcteur is left out of what a point brings: to verify, its text was not read here.
//!
//! **Invariant:** a base that contradicts the voted product is never used, and it is said.

use crate::budget::leviers::TaxeSaisie;
use crate::budget::proposition::en_euros;
use crate::domain::money::Centimes;
use crate::frames::annex_checks::contradiction;
use crate::frames::budget::{Document, Taxe};
use crate::stats::text::fold;

/// `CodSousTypContrib` of the taxe foncière on buildings.
const FONCIER_BATI: &str = "02";

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
    voted(tax).is_some() && contradiction(tax).is_some()
}

/// Product of a tax, euros: base × rate, or the voted one when they do not agree.
pub(super) fn produit(tax: &Taxe) -> Option<f64> {
    if contradicts(tax) {
        return voted(tax).map(|(product, _)| product);
    }
    Some(tax.base?.euros() * tax.taux_pct()? / 100.0)
}

/// By how much a change of rates alone moved the product of the taxes from one year to the next: 1.1 for rates ten
/// percent higher. Only the taxes written in both years count; `None` without any.
pub(super) fn rates(before: &[Taxe], now: &[Taxe]) -> Option<f64> {
    let (mut at_old, mut at_new) = (0.0, 0.0);
    for tax in now {
        let old = before.iter().find(|t| t.code == tax.code);
        let old = old.and_then(|t| positive(t.taux_pct()));
        let (Some(old), Some(new)) = (old, positive(tax.taux_pct())) else { continue };
        let Some(product) = positive(produit(tax).or(tax.produit.map(Centimes::euros))) else {
            continue;
        };
        at_new += product;
        at_old += product * old / new;
    }
    (at_old > 0.0).then(|| at_new / at_old)
}

/// The base of the taxe foncière on buildings that was typed for an exercice, the latest one known by then.
pub(super) fn typed<'t>(
    taxes: impl Iterator<Item = &'t TaxeSaisie>,
    exercice: u16,
) -> Option<BaseTfb> {
    let is_built = |name: &str| {
        let name = fold(name);
        let built = name.contains("BATI") || name.contains("TFB") || name.contains("TFPB");
        let said = built || name.contains("FONCIER");
        said && !name.contains("NON BATI") && !name.contains("TFNB") && !name.contains("TFPNB")
    };
    let known = taxes.filter(|t| t.exercice <= exercice && is_built(&t.nom));
    let last = known.max_by_key(|t| t.exercice)?;
    positive(Some(last.base.euros())).map(|euros| BaseTfb { euros, deduite: false })
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
    fn a_rise_of_rates_is_told_from_bases() {
        // by hand: 1 000 × 22 % = 220 and 500 × 60 % = 300; at the old rates 200 and 300: 520 / 500
        let other =
            |base: i64, taux: &str| Taxe { code: "03".into(), ..tax(Some(base), taux, None) };
        let before = [tax(Some(990), "20", None), other(490, "60")];
        let now = [tax(Some(1_000), "22", None), other(500, "60")];
        let found = rates(&before, &now).expect("two taxes");
        assert!((found - 1.04).abs() < 1e-9, "{found}");
        assert_eq!(rates(&before[..1], &now[1..]), None, "no tax in both years");
        assert_eq!(rates(&[], &[]), None);
    }

    #[test]
    fn the_typed_base_of_buildings_is_the_last_known() {
        let one = |nom: &str, exercice, base: i64| TaxeSaisie {
            budget: None,
            exercice,
            nom: nom.into(),
            base: Centimes(base * 100),
            taux: 40.0,
            coefficient: 1.0,
        };
        let all = [
            one("Foncier non bâti", 2026, 5),
            one("foncier bâti", 2025, 1_000),
            one("Taxe foncière (TFPB)", 2026, 1_100),
            one("foncier bâti", 2028, 9_999),
        ];
        let found = typed(all.iter(), 2026).expect("a base");
        assert!((found.euros - 1_100.0).abs() < 1e-9 && !found.deduite);
        assert_eq!(typed(all[..1].iter(), 2026), None);
    }

    #[test]
    fn products_are_those_of_the_base_or_those_voted() {
        assert_eq!(produit(&tax(Some(3_000), "20", Some(600))), Some(600.0));
        assert_eq!(produit(&tax(Some(600), "20", Some(600))), Some(600.0));
        assert_eq!(produit(&tax(Some(3_000), "20", None)), Some(600.0));
        assert_eq!(produit(&tax(None, "20", Some(600))), None);
    }
}
