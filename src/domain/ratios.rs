//! Aggregates and ratios of a commune, from net real operations (no order, no 001, 002, 02x).
//!
//! Takes movements (section, sens, chapitre, nature, amount); gives épargne brute, épargne nette and the
//! sums they are made of. Convention stated with each figure: **épargne brute** = (RRF − 775 − 78) −
//! (DRF − 68), DOMAIN B.1, so that a sale or a provision does not pass for a saving.
//!
//! **Invariant:** sums are exact; a ratio without a meaning (division by zero, negative saving) is `None`.

use crate::domain::account::{Section, Sens, is_balance_line};
use crate::domain::money::Centimes;

/// Words of the convention in use, printed beside the figures.
pub const CONVENTION: &str =
    "épargne brute = recettes réelles (sans 775 ni 78) moins dépenses réelles (sans 68)";

/// Accounts that repay capital: loans, without cautions (165), refinancing (166) nor temporary lines.
const CAPITAL: [&str; 9] = ["1631", "164", "1671", "1672", "1675", "1678", "1681", "1682", "1687"];
/// Accounts starting like a loan that repay nothing.
const NOT_CAPITAL: [&str; 2] = ["16449", "1645"];

/// Energy: electricity and gas, heat, fuels, motor fuels, in both norms.
const ENERGIE: [&str; 5] = ["60612", "60613", "60621", "60622", "60611"];

/// What moved the épargne brute: a family of chapitres a director recognises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// 73, 731, less 014.
    Fiscalite,
    /// 74.
    Dotations,
    /// 70, 75, 76, 77 without 775, 013.
    AutresRecettes,
    /// 012.
    Personnel,
    /// Energy and fuels.
    Energie,
    /// The rest of 011.
    Achats,
    /// 65, 656, 6586.
    Contributions,
    /// 66.
    Interets,
    /// Everything else.
    Autres,
}

impl Cause {
    /// All causes, in reading order, with their French name.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Fiscalite, "Impôts et taxes"),
        (Self::Dotations, "Dotations"),
        (Self::AutresRecettes, "Autres recettes"),
        (Self::Personnel, "Personnel"),
        (Self::Energie, "Énergie et eau"),
        (Self::Achats, "Achats et services"),
        (Self::Contributions, "Subventions, contributions"),
        (Self::Interets, "Intérêts"),
        (Self::Autres, "Autres dépenses"),
    ];
}

/// One net real operation.
#[derive(Debug, Clone, Copy)]
pub struct Mouvement<'a> {
    /// Section.
    pub section: Section,
    /// Dépense or recette.
    pub sens: Sens,
    /// Chapitre.
    pub chapitre: &'a str,
    /// Account.
    pub nature: &'a str,
    /// Amount.
    pub montant: Centimes,
}

impl Mouvement<'_> {
    /// The cause it belongs to; `None` when it does not enter the épargne brute.
    pub fn cause(&self) -> Option<Cause> {
        if self.section != Section::F || is_balance_line(self.nature) || self.is_left_out() {
            return None;
        }
        Some(match (self.sens, self.chapitre) {
            (Sens::R, "73" | "731") | (Sens::D, "014") => Cause::Fiscalite,
            (Sens::R, "74") => Cause::Dotations,
            (Sens::R, _) => Cause::AutresRecettes,
            (Sens::D, "012") => Cause::Personnel,
            (Sens::D, "011") if starts(self.nature, &ENERGIE) => Cause::Energie,
            (Sens::D, "011") => Cause::Achats,
            (Sens::D, "65" | "656" | "6586") => Cause::Contributions,
            (Sens::D, "66") => Cause::Interets,
            (Sens::D, _) => Cause::Autres,
        })
    }

    /// 775 and 78 in receipts, 68 in expenses: outside the épargne brute.
    fn is_left_out(&self) -> bool {
        match self.sens {
            Sens::R => self.nature.starts_with("775") || self.chapitre == "78",
            Sens::D => self.chapitre == "68",
        }
    }

    /// Contribution to the épargne brute, signed.
    pub fn epargne(&self) -> Centimes {
        match (self.cause(), self.sens) {
            (None, _) => Centimes::ZERO,
            (Some(_), Sens::R) => self.montant,
            (Some(_), Sens::D) => -self.montant,
        }
    }

    fn is_capital(&self) -> bool {
        self.section == Section::I
            && self.sens == Sens::D
            && starts(self.nature, &CAPITAL)
            && !starts(self.nature, &NOT_CAPITAL)
    }
}

fn starts(nature: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|p| nature.starts_with(p))
}

/// Aggregates of one exercice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agregats {
    /// Real operating receipts.
    pub rrf: Centimes,
    /// Real operating expenses.
    pub drf: Centimes,
    /// Sales of assets (775).
    pub cessions: Centimes,
    /// Staff (012).
    pub personnel: Centimes,
    /// Épargne brute.
    pub epargne_brute: Centimes,
    /// Capital of the debt repaid.
    pub capital: Centimes,
}

impl Agregats {
    /// Sums the movements of one exercice.
    pub fn of<'a>(mouvements: impl IntoIterator<Item = Mouvement<'a>>) -> Self {
        let mut a = Self::default();
        for m in mouvements {
            if is_balance_line(m.nature) {
                continue;
            }
            match (m.section, m.sens) {
                (Section::F, Sens::R) => a.rrf += m.montant,
                (Section::F, Sens::D) => a.drf += m.montant,
                _ if m.is_capital() => a.capital += m.montant,
                _ => {}
            }
            if m.section == Section::F && m.sens == Sens::R && m.nature.starts_with("775") {
                a.cessions += m.montant;
            }
            if m.section == Section::F && m.sens == Sens::D && m.chapitre == "012" {
                a.personnel += m.montant;
            }
            a.epargne_brute += m.epargne();
        }
        a
    }

    /// Épargne brute less the capital repaid.
    pub fn epargne_nette(&self) -> Centimes {
        self.epargne_brute - self.capital
    }

    /// Épargne brute in % of real receipts without sales.
    pub fn taux_epargne_brute(&self) -> Option<f64> {
        percent(self.epargne_brute, self.rrf - self.cessions)
    }

    /// Staff in % of real expenses.
    pub fn part_personnel(&self) -> Option<f64> {
        percent(self.personnel, self.drf)
    }
}

fn percent(part: Centimes, whole: Centimes) -> Option<f64> {
    (whole.0 > 0).then(|| part.euros() / whole.euros() * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn m(
        section: Section,
        sens: Sens,
        chapitre: &'static str,
        nature: &'static str,
        euros: i64,
    ) -> Mouvement<'static> {
        Mouvement { section, sens, chapitre, nature, montant: Centimes(euros * 100) }
    }

    #[test]
    fn sales_and_provisions_are_no_saving() {
        let a = Agregats::of([
            m(Section::F, Sens::R, "731", "73111", 1000),
            m(Section::F, Sens::R, "77", "775", 300),
            m(Section::F, Sens::R, "78", "7815", 20),
            m(Section::F, Sens::R, "002", "002", 5000),
            m(Section::F, Sens::D, "012", "64111", 600),
            m(Section::F, Sens::D, "68", "6815", 40),
            m(Section::I, Sens::D, "16", "1641", 150),
            m(Section::I, Sens::D, "16", "165", 7),
        ]);
        assert_eq!(a.epargne_brute, Centimes(40_000));
        assert_eq!(a.epargne_nette(), Centimes(25_000));
        assert_eq!((a.rrf, a.drf), (Centimes(132_000), Centimes(64_000)));
        let rate = a.taux_epargne_brute().expect("receipts");
        assert!((rate - 400.0 / 1020.0 * 100.0).abs() < 1e-9);
    }

    #[test]
    fn causes_add_up_to_the_saving() {
        let all = [
            m(Section::F, Sens::R, "73", "73211", 900),
            m(Section::F, Sens::D, "014", "739211", 100),
            m(Section::F, Sens::D, "011", "60612", 50),
            m(Section::F, Sens::D, "011", "6156", 30),
            m(Section::F, Sens::D, "67", "673", 5),
        ];
        let by_cause: Centimes = Cause::ALL
            .iter()
            .map(|(c, _)| {
                all.iter().filter(|x| x.cause() == Some(*c)).map(Mouvement::epargne).sum()
            })
            .sum();
        assert_eq!(by_cause, Agregats::of(all).epargne_brute);
        assert_eq!(by_cause, Centimes(71_500));
    }
}
