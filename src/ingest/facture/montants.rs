//! The amounts of an invoice: read exactly, checked against one another, then rounded to centimes.
//!
//! **Invariant:** nothing is invented: a total that is not written is computed from the others and told.

use crate::domain::decimal::Decimale;
use crate::domain::money::AmountError;

use super::Facture;

/// Gap accepted between a TVA written and its rate times its base: rounding line by line.
const ARRONDI: &str = "0.05";
/// Rates in force somewhere in France since 1995, in percents.
const TAUX: [&str; 17] = [
    "0", "0.9", "1.05", "1.75", "2.1", "4", "5", "5.5", "7", "8", "8.5", "10", "13", "19.6", "20",
    "20.6", "18.6",
];

/// The amounts of an invoice, exact, credit notes not yet negated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Montants {
    pub(super) ht: Option<Decimale>,
    pub(super) tva: Option<Decimale>,
    pub(super) ttc: Decimale,
    pub(super) net: Option<Decimale>,
    /// Remarks: column, value, reason.
    pub(super) remarques: Vec<(&'static str, String, String)>,
    /// Gap of HT + TVA from TTC, zero when one of them is absent.
    pub(super) ecart: Decimale,
    /// All three were written.
    pub(super) verifiable: bool,
}

/// Why an invoice has no usable amount: column, value, reason.
pub(super) type Illisible = (&'static str, String, String);

impl Montants {
    /// Reads the amounts of an invoice.
    pub(super) fn read(facture: &Facture) -> Result<Self, Illisible> {
        let mut out = Self {
            ht: optional("montant_ht", &facture.ht)?,
            tva: optional("montant_tva", &facture.tva)?,
            net: optional("montant", &facture.net)?,
            ..Self::default()
        };
        let ttc = optional("montant_ttc", &facture.ttc)?;
        out.tva = match out.tva {
            None => Self::tva_of_the_table(facture)?,
            some => some,
        };
        if out.tva.is_none()
            && let (Some(ht), Some(ttc)) = (out.ht, ttc)
        {
            out.tva = Some(ttc.minus(ht));
        } else if let (Some(ht), Some(tva), Some(ttc)) = (out.ht, out.tva, ttc) {
            out.verifiable = true;
            out.ecart = ht.plus(tva).minus(ttc);
        }
        out.ttc = match (ttc, out.ht, out.tva) {
            (Some(ttc), ..) => ttc,
            (None, Some(ht), Some(tva)) => {
                out.remark("montant_ttc", "", "total TTC absent : HT + TVA retenu");
                ht.plus(tva)
            }
            _ => {
                let net = out.net.ok_or_else(|| {
                    let reason = "ni total TTC, ni HT et TVA, ni net à payer";
                    ("montant_ttc", String::new(), reason.to_owned())
                })?;
                out.remark("montant_ttc", "", "total TTC absent : net à payer retenu");
                net
            }
        };
        out.check_table(facture);
        Ok(out)
    }

    /// Sum of the table of TVA, when it has amounts.
    fn tva_of_the_table(facture: &Facture) -> Result<Option<Decimale>, Illisible> {
        let mut sum = None;
        for taxe in &facture.taxes {
            if let Some(montant) = optional("montant_tva", &taxe.montant)? {
                sum = Some(sum.unwrap_or(Decimale::ZERO).plus(montant));
            }
        }
        Ok(sum)
    }

    /// Base times rate = TVA, and the rates are rates in force.
    fn check_table(&mut self, facture: &Facture) {
        let tolerance = Decimale::parse(ARRONDI).unwrap_or_default();
        let known: Vec<Decimale> = TAUX.iter().filter_map(|t| Decimale::parse(t).ok()).collect();
        for taxe in &facture.taxes {
            let read = |t: &str| Decimale::parse(t).ok();
            let Some(taux) = read(&taxe.taux) else { continue };
            if !known.contains(&taux) {
                self.remark("taux_tva", &taxe.taux, "taux de TVA inhabituel en France");
            }
            let (Some(base), Some(montant)) = (read(&taxe.base), read(&taxe.montant)) else {
                continue;
            };
            let gap = taux.percent_of(base).minus(montant);
            let size = if gap.is_negative() { gap.negated() } else { gap };
            if !tolerance.minus(size).is_negative() {
                continue;
            }
            let reason = format!(
                "base {} au taux de {} % : la TVA devrait être autre",
                taxe.base, taxe.taux
            );
            self.remark("montant_tva", &taxe.montant, &reason);
        }
    }

    fn remark(&mut self, column: &'static str, value: &str, reason: &str) {
        self.remarques.push((column, value.to_owned(), reason.to_owned()));
    }

    /// The texts of amounts that are not whole centimes.
    pub(super) fn rounded(&self, facture: &Facture) -> Vec<String> {
        let all = [
            (self.ht, &facture.ht),
            (self.tva, &facture.tva),
            (Some(self.ttc), &facture.ttc),
            (self.net, &facture.net),
        ];
        let rounded = all.iter().filter(|(d, _)| d.is_some_and(|d| !d.amount().exact));
        let mut texts: Vec<String> = Vec::new();
        for (decimal, text) in rounded {
            let shown = match text.trim() {
                "" => decimal.map_or(String::new(), |_| "TVA".to_owned()),
                t => t.to_owned(),
            };
            if !texts.contains(&shown) {
                texts.push(shown);
            }
        }
        texts
    }
}

/// An amount that may be absent.
fn optional(column: &'static str, text: &str) -> Result<Option<Decimale>, Illisible> {
    match Decimale::parse(text) {
        Ok(decimal) => Ok(Some(decimal)),
        Err(AmountError::Empty) => Ok(None),
        Err(error) => Err((column, text.trim().to_owned(), error.raison().to_owned())),
    }
}
