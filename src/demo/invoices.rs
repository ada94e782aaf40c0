//! Pieces of suppliers and households: bills of running contracts, and occasional invoices.
//!
//! Takes the commune and the targets of an exercice; gives one piece at a time.
//!
//! **Invariant:** the bills of a contract are a pure function of (seed, trade, rank, month).

use std::rc::Rc;

use crate::demo::calendar::{Weeks, day, next_bordereau_day};
use crate::demo::commune::{Commune, Contrat, Profil, Trade};
use crate::demo::identity::Tiers;
use crate::demo::piece::{Ligne, Piece, numero_facture};
use crate::demo::rng::{Rng, mix, scale, topic};

/// Grants above this amount carry an agreement (loi 2000-321, article 10), centimes.
pub const GRANT_THRESHOLD: i64 = 2_300_000;

/// Trades that sell goods by the piece.
const GOODS: [&str; 11] = [
    "quinc", "materiel", "voirfour", "habits", "bureau", "livres", "scol", "jardin", "menage",
    "alim", "depl",
];

/// Amounts of the contracts of one exercice: what one unit of weight is worth, by trade.
pub struct Tariffs {
    /// Centimes a year for a thousand of weight.
    unit: Vec<i64>,
    /// Total of the contracts by account, centimes.
    pub by_account: Vec<i64>,
    /// Ledger lines of the contracts, expenses then receipts.
    pub lines: [u64; 2],
}

impl Tariffs {
    /// Shares the contract part of each account among its contracts.
    pub fn new(commune: &Commune, targets: &[i64]) -> Self {
        let mut tariffs = Self { unit: vec![], by_account: vec![0; targets.len()], lines: [0, 0] };
        for (t, trade) in commune.trades.iter().enumerate() {
            let mut weight = 0;
            for rank in 0..trade.contrats {
                let contrat = commune.contrat(t, rank);
                weight += contrat.weight;
                tariffs.lines[usize::from(!trade.depense)] += commune.bills(t, &contrat) as u64;
            }
            let account = usize::from(trade.natures[0].0);
            let total =
                if trade.contrats == 0 { 0 } else { scale(targets[account], trade.part, 100) };
            tariffs.by_account[account] += total;
            tariffs.unit.push(scale(total, 1000, weight.max(1)));
        }
        tariffs
    }

    /// Amount of a bill, centimes with tax.
    fn bill(
        &self,
        commune: &Commune,
        trade: usize,
        contrat: &Contrat,
        month: i8,
        draw: &mut Rng,
    ) -> i64 {
        let profil = commune.trades[trade].profil;
        let months = (1..=12).filter(|m| commune.is_billed(trade, contrat, *m));
        let year: i64 = months.map(|m| profil.month(m)).sum();
        let annual = scale(self.unit[trade], contrat.weight, 1000);
        let amount = scale(annual, profil.month(month), year.max(1));
        match profil {
            Profil::Subvention if amount > 500_000 => amount / 50_000 * 50_000,
            Profil::Subvention => (amount / 5_000 * 5_000).max(10_000),
            _ => scale(amount, (draw.spread(profil.noise()) * 10_000.0) as i64, 10_000).max(500),
        }
    }
}

/// Bill of a contract for a month, when there is one mandated in the week wanted.
pub fn bill_in_week(
    commune: &Commune,
    tariffs: &Tariffs,
    (trade, rank): (usize, usize),
    contrat: &Contrat,
    (weeks, week): (&Weeks, usize),
) -> Option<Piece> {
    let (start, end) = weeks.bounds(week);
    for month in months_around(weeks.exercice, start) {
        if !commune.is_billed(trade, contrat, month) {
            continue;
        }
        let date_facture = day(weeks.exercice, month, contrat.day);
        let date_reception = date_facture + 2 + i32::from(contrat.day % 4);
        let mandat = weeks.clamp(next_bordereau_day(date_reception + contrat.delay));
        if (start..=end).contains(&mandat) {
            let dates = (date_facture, date_reception, mandat);
            return Some(bill(commune, tariffs, (trade, rank), contrat, (month, dates)));
        }
    }
    None
}

/// Months of an exercice whose bills may be mandated in the week that starts on a day.
fn months_around(exercice: u16, start: i32) -> impl Iterator<Item = i8> {
    (1..=12).filter(move |m| {
        let first = day(exercice, *m, 1);
        (start - 62..=start + 6).contains(&first)
    })
}

fn bill(
    commune: &Commune,
    tariffs: &Tariffs,
    (t, rank): (usize, usize),
    contrat: &Contrat,
    (month, (date_facture, date_reception, mandat)): (i8, (i32, i32, i32)),
) -> Piece {
    let trade = &commune.trades[t];
    let (year, _) = crate::demo::calendar::year_month(date_facture);
    let block = (rank as u64) << 20 | u64::from(year) << 4 | u64::from(month.unsigned_abs());
    let mut rng = Rng::new(commune.seed, topic("facture") ^ t as u64, block);
    let account = trade.natures[0].0;
    let amount = tariffs.bill(commune, t, contrat, month, &mut rng);
    let fonction = commune.fonction_of(account, contrat.site);
    let line = Ligne::from_ttc(account, fonction, amount, trade.tva);
    let serial = 100 + rank as u64;
    let objet = commune.objet(trade.objet_contrat, contrat.site, date_facture, serial);
    let tiers = Rc::clone(&commune.tiers[contrat.tiers]);
    let mut piece = Piece::new(trade.depense, mandat, tiers, objet, vec![line]);
    piece.date_facture = date_facture;
    piece.date_reception = date_reception;
    if !trade.depense {
        return piece;
    }
    if trade.profil == Profil::Subvention {
        piece.engagement = format!("SUB{year}-{serial:04}");
        if amount > GRANT_THRESHOLD {
            piece.marche = format!("CONV-{year}-{serial:03}");
            piece.objet = format!("{} - convention {year}-{serial:03}", piece.objet);
        }
        return piece;
    }
    piece.facture = format!("{}{:02}{month:02}-{serial:05}", letters(&piece.tiers), year % 100);
    piece.engagement = format!("ENG{year}-{t:02}{serial:05}");
    piece.marche = marche_of(trade, &piece.tiers, year, contrat.tiers - trade.first);
    if matches!(trade.cle, "elec" | "telecom" | "carburant") {
        piece.mode = "Prélèvement";
    }
    piece
}

/// Two letters that start the bills of a supplier.
fn letters(tiers: &Tiers) -> String {
    let h = mix(tiers.habitude);
    [h % 26, (h >> 8) % 26].iter().map(|n| char::from(b'A' + *n as u8)).collect()
}

/// Contract number of a supplier: the largest of each trade hold a framework contract.
pub fn marche_of(trade: &Trade, tiers: &Tiers, year: u16, rank: usize) -> String {
    let holder = rank * 2 < trade.suppliers || trade.periode == 1 || trade.moyenne >= 200_000;
    if holder && trade.genre == crate::demo::identity::Genre::Societe {
        let signed = year - ((tiers.habitude >> 12) % 3) as u16;
        format!("{signed}M{:03}", (tiers.habitude >> 20) % 400)
    } else {
        String::new()
    }
}

/// What an occasional invoice needs beside its trade.
#[derive(Debug, Clone, Copy)]
pub struct Occasion {
    /// Trade.
    pub trade: usize,
    /// Account.
    pub compte: u16,
    /// Day of the mandat.
    pub day: i32,
    /// Budget year.
    pub exercice: u16,
    /// Sequence of the invoice number for its supplier.
    pub sequence: u64,
    /// Mean amount, centimes with tax.
    pub mean: i64,
    /// Largest amount, centimes with tax.
    pub most: i64,
}

/// An occasional invoice of a supplier of the trade (`rank` in the trade).
pub fn occasional(commune: &Commune, o: Occasion, rank: usize, rng: &mut Rng) -> Piece {
    let trade = &commune.trades[o.trade];
    let tiers = Rc::clone(&commune.tiers[trade.first + rank]);
    let amount = usual_amount(trade, &tiers, o, rng);
    let fonctions = &commune.chart.comptes[usize::from(o.compte)].fonctions;
    let fonction = weighted(fonctions, rng);
    let site = commune.site_with(o.compte, fonction, rng.bits());
    let objet =
        commune.objet(rng.pick::<&str>(&trade.objets), site, o.day - 20, rng.below(900) + 100);
    // Services are often priced in whole euros, goods and meals seldom.
    let goods = !trade.depense || GOODS.contains(&trade.cle);
    let ht = if rng.chance(if goods { 40 } else { 250 }) {
        scale(amount, 10, 1000 + trade.tva) * 100
    } else {
        scale(amount, 1000, 1000 + trade.tva)
    };
    let line = Ligne::from_ht(o.compte, fonction, ht.max(300), trade.tva);
    let mut piece = Piece::new(trade.depense, o.day, tiers, objet, vec![line]);
    if !trade.depense {
        return piece;
    }
    if trade.genre != crate::demo::identity::Genre::Personne {
        piece.facture = numero_facture(&piece.tiers, o.exercice, o.sequence);
        piece.marche = marche_of(trade, &piece.tiers, o.exercice, rank);
        if line.ht > 1_500_000 && piece.marche.is_empty() {
            piece.marche = format!("{}M{:03}", o.exercice, 400 + o.sequence % 500);
        }
    }
    if rng.chance(600) {
        piece.engagement =
            format!("BC{}-{:06}", o.exercice, mix(o.sequence ^ piece.tiers.habitude) % 1_000_000);
    }
    piece
}

/// An amount this supplier would bill, centimes with tax.
pub fn usual_amount(trade: &Trade, tiers: &Tiers, o: Occasion, rng: &mut Rng) -> i64 {
    let level = scale(o.mean, tiers.niveau.clamp(250, 3000), 1000);
    let spread = (rng.spread(trade.dispersion) * 10_000.0) as i64;
    scale(level, spread, 10_000).clamp(500, o.most.max(1000))
}

/// One of the weighted choices.
pub fn weighted(choices: &[(u8, i64)], rng: &mut Rng) -> u8 {
    let total: i64 = choices.iter().map(|c| c.1).sum();
    let mut draw = rng.between(0, total.max(1) - 1);
    for (value, weight) in choices {
        draw -= weight;
        if draw < 0 {
            return *value;
        }
    }
    choices[0].0
}

/// Splits the line of a piece over the functions of its account (one invoice, several lines).
pub fn ventilate(commune: &Commune, piece: &mut Piece, rng: &mut Rng) {
    let Some(line) = piece.lignes.first().copied() else { return };
    let compte = &commune.chart.comptes[usize::from(line.compte)];
    if compte.fonctions.len() < 2 || line.ht < 3_000 {
        return;
    }
    let parts = 2 + rng.index(compte.fonctions.len().min(3) - 1);
    let rate = if line.ht == 0 { 0 } else { scale(line.tva, 1000, line.ht) };
    let mut left = line.ht;
    let mut lines = Vec::with_capacity(parts);
    for (i, (fonction, _)) in compte.fonctions.iter().take(parts).enumerate() {
        let ht = if i + 1 == parts { left } else { scale(line.ht, rng.between(20, 45), 100) };
        left -= ht;
        lines.push(Ligne::from_ht(line.compte, *fonction, ht, rate));
    }
    piece.lignes = lines;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracts_bill_their_part_of_each_account() {
        let commune = Commune::new(9, 10_000);
        let targets = commune.chart.targets(9, 2025, commune.taille);
        let tariffs = Tariffs::new(&commune, &targets);
        let weeks = Weeks::new(2025);
        let mut sums = vec![0_i64; targets.len()];
        let mut count = 0;
        for week in 0..weeks.count() {
            for (t, trade) in commune.trades.iter().enumerate() {
                for rank in 0..trade.contrats {
                    let contrat = commune.contrat(t, rank);
                    if let Some(p) =
                        bill_in_week(&commune, &tariffs, (t, rank), &contrat, (&weeks, week))
                    {
                        assert!(p.date_facture < p.day);
                        assert!(p.date_paiement - p.date_reception <= 30, "{p:?}");
                        sums[usize::from(p.lignes[0].compte)] += p.total();
                        count += 1;
                    }
                }
            }
        }
        assert_eq!(count, tariffs.lines[0] + tariffs.lines[1]);
        for (i, sum) in sums.iter().enumerate() {
            let aim = tariffs.by_account[i];
            assert!(
                (sum - aim).abs() <= aim / 8 + 100_000,
                "{} {sum} {aim}",
                commune.chart.comptes[i].m57
            );
        }
    }

    #[test]
    fn a_split_invoice_keeps_its_total() {
        let commune = Commune::new(2, 10_000);
        let compte = commune.chart.real("60632", true).unwrap();
        let mut rng = Rng::new(1, 1, 1);
        let line = Ligne::from_ht(compte, 1, 50_001, 200);
        let mut piece =
            Piece::new(true, 20_000, Rc::clone(&commune.tiers[0]), "x".into(), vec![line]);
        ventilate(&commune, &mut piece, &mut rng);
        assert!(piece.lignes.len() > 1);
        assert_eq!(piece.lignes.iter().map(|l| l.ht).sum::<i64>(), 50_001);
    }
}
