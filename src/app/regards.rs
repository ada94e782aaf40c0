//! What the audit page draws of the ledger beside its findings: suppliers, thresholds, delays, months.
//!
//! **Invariant:** every figure is counted on the rows of the ledger, whatever their order.

use std::collections::BTreeMap;

use crate::anomaly::detectors::Context;
use crate::anomaly::detectors::mar::orders::{Order, dispense, orders};
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::domain::baremes::{Bareme, en_vigueur};
use crate::domain::calendar::{NO_DAY, civil_parts};
use crate::domain::money::Centimes;
use crate::frames::ledger::{DateKey, Ledger, NO_TEXT, Sens, TextKey};
use crate::report::model::audit::{
    AutourSeuil, BarreSeuil, Concentration, DelaiMois, Delais, GrandFournisseur, PartCumulee,
};

/// Bands on each side of a threshold, and their width in percent of it.
const BANDS: u32 = 5;
const WIDTH: u32 = 5;
/// Orders around a threshold that make a histogram, unless one is just under it.
const ORDERS: u64 = 5;
/// Thresholds shown.
const THRESHOLDS: usize = 4;
/// Rate of tax taken when the amount without tax is unknown: it is already in the least amount of an order.
const NAMES: [(&str, &str, Option<bool>); 4] = [
    ("dispense_fournitures_services", "Fournitures et services : dispense", Some(false)),
    ("dispense_travaux", "Travaux : dispense", Some(true)),
    ("publicite", "Publicité obligatoire", None),
    (
        "procedure_fournitures_services",
        "Fournitures et services : procédure formalisée",
        Some(false),
    ),
];
/// Largest suppliers listed.
const FIRST: usize = 10;
/// Days beyond which a date is a typing slip.
const SLIP: i32 = 731;
/// Months drawn.
const MONTHS: usize = 12;

/// The orders around each procurement threshold, the most crowded first.
pub(super) fn seuils(context: &Context<'_>) -> Vec<AutourSeuil> {
    let Ok(all) = orders(context) else { return Vec::new() };
    let mut found: BTreeMap<(usize, i64), (&'static Bareme, [u64; 2 * BANDS as usize])> =
        BTreeMap::new();
    for order in all.iter().filter(|o| !o.contracted) {
        for (rank, (name, ..)) in NAMES.iter().enumerate().filter(|(_, n)| concerns(n, order)) {
            let Some(bareme) = en_vigueur(name, order.issued) else { continue };
            let limit = bareme.centimes().0;
            let Some(band) = band(order.ht.0, limit) else { continue };
            found.entry((rank, limit)).or_insert((bareme, [0; 2 * BANDS as usize])).1[band] += 1;
        }
    }
    let mut out: Vec<AutourSeuil> = found
        .into_iter()
        .map(|((rank, limit), (bareme, bands))| around(rank, limit, bareme, &bands))
        .filter(|a| a.commandes >= ORDERS || a.juste_dessous > 0)
        .collect();
    out.sort_by(|a, b| b.commandes.cmp(&a.commandes).then_with(|| a.nom.cmp(&b.nom)));
    out.truncate(THRESHOLDS);
    out
}

/// True when a threshold is one of the order.
fn concerns((name, _, works): &(&str, &str, Option<bool>), order: &Order) -> bool {
    match works {
        Some(works) => {
            *works == order.works
                && (!name.starts_with("dispense") || *name == dispense(order.works))
        }
        None => true,
    }
}

/// Band of an amount around its threshold.
fn band(amount: i64, limit: i64) -> Option<usize> {
    let width = i128::from(limit) * i128::from(WIDTH) / 100;
    let low = i128::from(limit) - width * i128::from(BANDS);
    let place = (i128::from(amount) - low).div_euclid(width.max(1));
    usize::try_from(place).ok().filter(|p| *p < 2 * BANDS as usize)
}

fn around(rank: usize, limit: i64, bareme: &Bareme, bands: &[u64]) -> AutourSeuil {
    let middle = BANDS as usize;
    let first = 100 - WIDTH * BANDS;
    AutourSeuil {
        nom: NAMES[rank].1.to_owned(),
        seuil: Centimes(limit),
        source: bareme.source.to_owned(),
        commandes: bands.iter().sum(),
        juste_dessous: bands[middle - 1],
        juste_dessus: bands[middle],
        barres: bands
            .iter()
            .zip(0u32..)
            .map(|(n, i)| BarreSeuil {
                de_pct: first + WIDTH * i,
                a_pct: first + WIDTH * (i + 1),
                commandes: *n,
            })
            .collect(),
    }
}

/// A supplier before its name is written: amount, rows, a row that bears its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Poids {
    montant: i64,
    lignes: u64,
    ligne: u32,
}

/// What each supplier weighs; payees that several persons share apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pesee {
    fournisseurs: Vec<Poids>,
    hors: i64,
}

impl Pesee {
    /// Number of payees, those that several persons share apart.
    pub(super) fn len(&self) -> usize {
        self.fournisseurs.len()
    }
}

/// Weighs the suppliers of a ledger, the largest first.
pub(super) fn pesee(context: &Context<'_>) -> Pesee {
    let (ledger, suppliers) = (context.ledger, &context.prepared.suppliers);
    let mut all: Vec<Option<Poids>> = vec![None; suppliers.len()];
    let mut hors = 0i64;
    for row in 0..ledger.len() {
        let supplier = suppliers.of_row[row];
        if ledger.sens[row] != Sens::D {
            continue;
        }
        if supplier == NO_SUPPLIER || suppliers.pooled[supplier as usize] {
            hors = hors.saturating_add(ledger.montant[row]);
            continue;
        }
        let name = |r: u32| ledger.text_at(TextKey::TiersNom, r as usize);
        let weight = all[supplier as usize].get_or_insert(Poids {
            montant: 0,
            lignes: 0,
            ligne: row as u32,
        });
        weight.montant = weight.montant.saturating_add(ledger.montant[row]);
        weight.lignes += 1;
        // the same name whatever the order of the rows
        let (kept, seen) = (weight.ligne, row as u32);
        let codes = ledger.text(TextKey::TiersNom).map(|c| &c.codes);
        let differ = codes.is_some_and(|c| c[kept as usize] != c[seen as usize]);
        if differ && name(seen) < name(kept) {
            weight.ligne = seen;
        }
    }
    let mut fournisseurs: Vec<Poids> = all.into_iter().flatten().collect();
    let name = |p: &Poids| ledger.text_at(TextKey::TiersNom, p.ligne as usize);
    fournisseurs.sort_by(|a, b| b.montant.cmp(&a.montant).then_with(|| name(a).cmp(name(b))));
    Pesee { fournisseurs, hors }
}

fn tenth(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

/// Names and shares, once persons are masked.
pub(super) fn concentration(ledger: &Ledger, pesee: &Pesee) -> Option<Concentration> {
    let all = &pesee.fournisseurs;
    let total: i64 = all.iter().fold(0, |sum, p| sum.saturating_add(p.montant));
    if all.len() < 3 || total <= 0 {
        return None;
    }
    let share = |m: i64| tenth(m as f64 / total as f64 * 100.0);
    let mut ranks: Vec<usize> = Vec::new();
    let mut unit = 1;
    while unit <= all.len() {
        ranks.extend([1, 2, 5].map(|m| m * unit).into_iter().filter(|r| *r < all.len()));
        unit *= 10;
    }
    ranks.push(all.len());
    let cumul = ranks.into_iter().map(|rank| {
        let sum = all[..rank].iter().fold(0i64, |sum, p| sum.saturating_add(p.montant));
        PartCumulee { rang: rank as u64, montant: Centimes(sum), part_pct: share(sum) }
    });
    let premiers = all.iter().take(FIRST).map(|p| GrandFournisseur {
        tiers: ledger.text_at(TextKey::TiersNom, p.ligne as usize).to_owned(),
        lignes: p.lignes,
        montant: Centimes(p.montant),
        part_pct: share(p.montant),
    });
    Some(Concentration {
        fournisseurs: all.len() as u64,
        montant: Centimes(total),
        hors_fournisseur: Centimes(pesee.hors),
        cumul: cumul.collect(),
        premiers: premiers.collect(),
    })
}

/// Days from receipt to payment by month of payment, the last twelve.
pub(super) fn delais(ledger: &Ledger) -> Option<Delais> {
    let (received, depuis) = match ledger.date(DateKey::Reception) {
        Some(days) => (days, "réception"),
        None => (ledger.date(DateKey::Facture)?, "facture"),
    };
    let paid = ledger.date(DateKey::Paiement)?;
    let invoiced = ledger.text(TextKey::Facture);
    let mut months: BTreeMap<(i32, i32), Jours> = BTreeMap::new();
    let (mut all, mut limit) = (Jours::default(), None);
    for row in 0..ledger.len() {
        let (from, to) = (received[row], paid[row]);
        let invoice = invoiced.is_none_or(|c| c.codes[row] != NO_TEXT);
        let spent = ledger.sens[row] == Sens::D && ledger.montant[row] > 0;
        if !spent
            || !invoice
            || from == NO_DAY
            || to == NO_DAY
            || !(0..=SLIP).contains(&(to - from))
        {
            continue;
        }
        let Some(delay) = en_vigueur("delai_paiement", to) else { continue };
        let Some((year, month, _)) = civil_parts(to) else { continue };
        let days = (to - from) as usize;
        let over = days as f64 > delay.valeur;
        limit = limit.max(Some(delay.valeur.round() as u64));
        all.add(days, over);
        months.entry((year, month)).or_default().add(days, over);
    }
    let limit = limit?;
    let skip = months.len().saturating_sub(MONTHS);
    let mois = months.into_iter().skip(skip).filter_map(|((year, month), days)| {
        Some(DelaiMois {
            annee: u16::try_from(year).ok()?,
            mois: u8::try_from(month).ok()?,
            factures: days.factures,
            quantiles: [10, 25, 50, 75, 90].map(|p| days.rank(p)),
            maximum: days.rank(100),
            en_retard: days.en_retard,
        })
    });
    Some(Delais {
        plafond_jours: limit,
        depuis: depuis.to_owned(),
        factures: all.factures,
        en_retard: all.en_retard,
        retard_pct: tenth(all.en_retard as f64 / all.factures as f64 * 100.0),
        mediane: all.rank(50),
        mois: mois.collect(),
    })
}

/// Invoices by number of days: as small for ten million invoices as for ten.
#[derive(Default)]
struct Jours {
    nombre: Vec<u64>,
    factures: u64,
    en_retard: u64,
}

impl Jours {
    fn add(&mut self, days: usize, late: bool) {
        if self.nombre.len() <= days {
            self.nombre.resize(days + 1, 0);
        }
        self.nombre[days] += 1;
        self.factures += 1;
        self.en_retard += u64::from(late);
    }

    /// Nearest rank.
    fn rank(&self, percent: u64) -> u64 {
        let wanted = (self.factures * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (days, count) in self.nombre.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return days as u64;
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_falls_in_its_band() {
        let limit = 4_000_000;
        assert_eq!(band(3_999_999, limit), Some(4), "just under");
        assert_eq!(band(4_000_000, limit), Some(5), "at the threshold");
        assert_eq!(band(3_000_000, limit), Some(0));
        assert_eq!(band(2_999_999, limit), None);
        assert_eq!(band(4_999_999, limit), Some(9));
        assert_eq!(band(5_000_000, limit), None);
        let one = around(0, limit, en_vigueur("publicite", 20_000).expect("dated"), &[1; 10]);
        let bounds: Vec<(u32, u32)> = one.barres.iter().map(|b| (b.de_pct, b.a_pct)).collect();
        assert_eq!((bounds[0], bounds[4], bounds[9]), ((75, 80), (95, 100), (120, 125)));
    }

    #[test]
    fn ranks_are_days_that_exist() {
        let mut days = Jours::default();
        for d in [1, 2, 3, 40] {
            days.add(d, d > 30);
        }
        assert_eq!([50, 90, 100].map(|p| days.rank(p)), [2, 40, 40]);
        assert_eq!((days.factures, days.en_retard), (4, 1));
        assert_eq!(Jours::default().rank(50), 0);
    }
}
