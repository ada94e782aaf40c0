//! A mandat or a titre with its lines, before it gets its numbers.
//!
//! **Invariant:** the lines of a piece share payee, dates and objet; only account, function and
//! amounts differ.

use std::rc::Rc;

use crate::demo::calendar::next_worked_day;
use crate::demo::identity::Tiers;
use crate::demo::rng::{mix, scale, topic};

/// One line: an account, a function and its amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ligne {
    /// Account, position in the chart.
    pub compte: u16,
    /// Function, position in the chart.
    pub fonction: u8,
    /// Amount without tax, centimes.
    pub ht: i64,
    /// Tax, centimes.
    pub tva: i64,
    /// Amount paid, centimes; this is what the accounts show.
    pub ttc: i64,
    /// True when the answer key names this line.
    pub marked: bool,
}

impl Ligne {
    /// A line from its amount without tax and a rate in thousandths.
    pub fn from_ht(compte: u16, fonction: u8, ht: i64, rate: i64) -> Self {
        let tva = scale(ht, rate, 1000);
        Self { compte, fonction, ht, tva, ttc: ht + tva, marked: false }
    }

    /// A line from the amount paid and a rate in thousandths; the three amounts agree.
    pub fn from_ttc(compte: u16, fonction: u8, ttc: i64, rate: i64) -> Self {
        let ht = scale(ttc, 1000, 1000 + rate);
        Self { compte, fonction, ht, tva: ttc - ht, ttc, marked: false }
    }

    /// The same line with every amount changed of sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { ht: -self.ht, tva: -self.tva, ttc: -self.ttc, ..self }
    }

    /// The same line with every amount multiplied.
    #[must_use]
    pub fn times(self, numerator: i64, denominator: i64) -> Self {
        let ht = scale(self.ht, numerator, denominator);
        let tva = scale(self.tva, numerator, denominator);
        Self { ht, tva, ttc: ht + tva, ..self }
    }
}

/// What follows a piece once it has its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// Nothing.
    Rien,
    /// A credit note of a part (thousandths), some days later.
    Avoir {
        /// Days later.
        days: i32,
        /// Part credited, thousandths.
        part: i64,
    },
    /// Cancelled under the same number, then issued again.
    Annulation {
        /// Days later.
        days: i32,
    },
}

/// A mandat or a titre.
#[derive(Debug, Clone)]
pub struct Piece {
    /// True for a mandat.
    pub depense: bool,
    /// True when the CCAS pays, not the commune.
    pub ccas: bool,
    /// Day of the mandat or titre.
    pub day: i32,
    /// Payee or payer.
    pub tiers: Rc<Tiers>,
    /// Number written by the supplier, may be empty.
    pub facture: String,
    /// Object.
    pub objet: String,
    /// Day of the invoice.
    pub date_facture: i32,
    /// Day of its reception.
    pub date_reception: i32,
    /// Day of the payment.
    pub date_paiement: i32,
    /// Commitment number, may be empty.
    pub engagement: String,
    /// Contract or agreement number, may be empty.
    pub marche: String,
    /// Function whose service ordered, when it is not that of the line.
    pub service: Option<u8>,
    /// Régie, may be empty.
    pub regie: &'static str,
    /// How it is paid.
    pub mode: &'static str,
    /// Lines.
    pub lignes: Vec<Ligne>,
    /// What follows.
    pub suite: Suite,
    /// Number to reuse (cancellation), 0 for the next one.
    pub numero: u64,
    /// Entry of the answer key, 0 for none.
    pub plant: u32,
}

impl Piece {
    /// A piece with usual dates: invoice received and mandated before `day`, paid after.
    pub fn new(
        depense: bool,
        day: i32,
        tiers: Rc<Tiers>,
        objet: String,
        lignes: Vec<Ligne>,
    ) -> Self {
        let h = mix(topic(&objet) ^ tiers.habitude ^ day as u64);
        let date_reception = day - 5 - (h % 12) as i32;
        Self {
            depense,
            ccas: false,
            day,
            tiers,
            facture: String::new(),
            objet,
            date_facture: date_reception - 1 - ((h >> 8) % 5) as i32,
            date_reception,
            date_paiement: next_worked_day(day + 3 + ((h >> 16) % 4) as i32),
            engagement: String::new(),
            marche: String::new(),
            service: None,
            regie: "",
            mode: "Virement",
            lignes,
            suite: Suite::Rien,
            numero: 0,
            plant: 0,
        }
    }

    /// Amount paid, centimes.
    pub fn total(&self) -> i64 {
        self.lignes.iter().map(|l| l.ttc).sum()
    }

    /// Changes every line.
    pub fn change(&mut self, f: impl Fn(Ligne) -> Ligne) {
        for line in &mut self.lignes {
            *line = f(*line);
        }
    }

    /// Sets the invoice number.
    #[must_use]
    pub fn facture(mut self, numero: impl Into<String>) -> Self {
        self.facture = numero.into();
        self
    }

    /// Moves the mandat and the payment to another day; the invoice keeps its dates.
    #[must_use]
    pub fn mandated_on(mut self, day: i32) -> Self {
        self.date_paiement = next_worked_day(self.date_paiement + day - self.day);
        self.day = day;
        self
    }

    /// Moves every date by the same number of days, then the mandat to `day`.
    #[must_use]
    pub fn shifted_to(mut self, day: i32) -> Self {
        let shift = day - self.day;
        self.date_facture += shift;
        self.date_reception += shift;
        self.mandated_on(day)
    }

    /// Every date written some days away.
    #[must_use]
    pub fn dated_elsewhere(mut self, days: i32) -> Self {
        self.day += days;
        self.date_facture += days;
        self.date_reception += days;
        self.date_paiement += days;
        self
    }

    /// Order inside a day: by payee, then invoice, then object; content only.
    pub fn key(&self) -> (i32, u64, &str, &str, i64) {
        (self.day, mix(topic(&self.tiers.id)), &self.facture, &self.objet, self.total())
    }
}

/// Invoice numbers that a supplier uses in a week, ours and those of its other customers.
pub fn numbers_a_week(tiers: &Tiers, lignes: u64) -> u64 {
    let many = 1 + (lignes / 10_000).isqrt().isqrt();
    (60 + (tiers.habitude >> 50) % 120) * many
}

/// Invoice number in the style of a supplier; unique for a (supplier, sequence).
pub fn numero_facture(tiers: &Tiers, exercice: u16, sequence: u64) -> String {
    let year = u64::from(exercice);
    let base = tiers.habitude >> 40 & 0x3ff;
    match tiers.habitude % 6 {
        0 => format!("FA{:02}{:06}", year % 100, base + sequence),
        1 => format!("{year}-{:05}", base + sequence),
        2 => format!("F{:07}", (year % 100) * 100_000 + base + sequence),
        3 => format!("{:08}", (year % 100) * 1_000_000 + base + sequence),
        4 => format!("FC/{year}/{:05}", base + sequence),
        _ => format!("VTE-{:02}-{:05}", year % 100, base + sequence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_a_line_agree() {
        let line = Ligne::from_ht(1, 2, 10_001, 55);
        assert_eq!((line.tva, line.ttc), (550, 10_551));
        let line = Ligne::from_ttc(1, 2, 12_000, 200);
        assert_eq!((line.ht, line.tva), (10_000, 2_000));
        assert_eq!(line.negated().ttc, -12_000);
        assert_eq!(line.times(10, 1).ttc, 120_000);
    }

    #[test]
    fn usual_dates_are_in_order_and_paid_in_time() {
        for day in 20_000..20_200 {
            let piece = Piece::new(true, day, Rc::new(Tiers::default()), "x".into(), vec![]);
            assert!(piece.date_facture < piece.date_reception);
            assert!(piece.date_reception < piece.day && piece.day < piece.date_paiement);
            assert!(piece.date_paiement - piece.date_reception <= 30);
        }
    }
}
