//! Saint-Exemple: its size, its trades with their suppliers, its sites and its running contracts.
//!
//! Takes a seed and a number of lines a year; gives suppliers (kept in memory) and contracts, which
//! are drawn again from their rank each time they are needed.
//!
//! **Invariant:** a contract is a pure function of (seed, trade, rank): no list of contracts is kept.

use std::rc::Rc;

use crate::demo::calendar::year_month;
use crate::demo::chart::{Chart, Compte, number, rows};
use crate::demo::identity::{self, Genre, Tiers};
use crate::demo::rng::{Rng, mix, topic};

/// Lines a year for which the tables of trades are written.
const LINES_OF_TABLE: u64 = 10_000;
/// Lines a year above which the commune grows with the ledger.
const LINES_OF_TOWN: u64 = 25_000;
/// Names of the months.
pub const MONTH_NAMES: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
/// Lines a year under which accounts keep fewer functions and households pay through régies.
pub const SMALL_LEDGER: u64 = 8_000;
/// Inhabitants of Saint-Exemple.
const POPULATION: i64 = 12_480;

/// How a contract is billed along the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profil {
    /// The same amount each time.
    Fixe,
    /// Within a few per cent.
    Stable,
    /// As consumed.
    Usage,
    /// High in winter.
    Hiver,
    /// High in spring and summer.
    Saison,
    /// School months.
    Scolaire,
    /// Grant, once a year after the vote of the budget.
    Subvention,
}

impl Profil {
    fn parse(word: &str) -> Self {
        match word {
            "stable" => Self::Stable,
            "usage" => Self::Usage,
            "hiver" => Self::Hiver,
            "saison" => Self::Saison,
            "scolaire" => Self::Scolaire,
            "subv" => Self::Subvention,
            _ => Self::Fixe,
        }
    }

    /// Hundredths of the mean amount billed in a month (1 to 12).
    pub fn month(self, month: i8) -> i64 {
        const WINTER: [i64; 12] = [172, 158, 140, 104, 66, 48, 40, 40, 58, 92, 132, 150];
        const GREEN: [i64; 12] = [40, 50, 90, 120, 140, 130, 115, 95, 115, 105, 70, 50];
        const SCHOOL: [i64; 12] = [118, 92, 120, 88, 112, 116, 34, 0, 128, 130, 122, 92];
        let at = (month.clamp(1, 12) - 1) as usize;
        match self {
            Self::Hiver => WINTER[at],
            Self::Saison => GREEN[at],
            Self::Scolaire => SCHOOL[at],
            _ => 100,
        }
    }

    /// Spread of one bill around its month, standard deviation in thousandths.
    pub fn noise(self) -> f64 {
        match self {
            Self::Fixe | Self::Subvention => 0.0,
            Self::Stable => 0.02,
            Self::Hiver | Self::Saison => 0.08,
            Self::Usage | Self::Scolaire => 0.15,
        }
    }
}

/// A trade: who bills what, how often, on which accounts.
#[derive(Debug, Clone)]
pub struct Trade {
    /// Key of the table.
    pub cle: &'static str,
    /// Word that starts the names of its companies.
    pub nom: &'static str,
    /// Companies, associations or persons.
    pub genre: Genre,
    /// True for expenses.
    pub depense: bool,
    /// Accounts and weights in hundredths; the first is that of its contracts.
    pub natures: Vec<(u16, i64)>,
    /// Months between two bills of a contract, 0 without contracts.
    pub periode: i8,
    /// Number of contracts.
    pub contrats: usize,
    /// Hundredths of the first account spent by contracts.
    pub part: i64,
    /// Mean invoice out of contracts, centimes with tax; 0 without such invoices.
    pub moyenne: i64,
    /// Standard deviation (logarithm) of invoices out of contracts.
    pub dispersion: f64,
    /// VAT, thousandths.
    pub tva: i64,
    /// Billing of its contracts.
    pub profil: Profil,
    /// Object of a bill of a contract, with places.
    pub objet_contrat: &'static str,
    /// Objects of other invoices, with places.
    pub objets: Vec<&'static str>,
    /// First supplier in [`Commune::tiers`].
    pub first: usize,
    /// Number of suppliers.
    pub suppliers: usize,
}

/// A running contract.
#[derive(Debug, Clone, Copy)]
pub struct Contrat {
    /// Supplier, position in [`Commune::tiers`].
    pub tiers: usize,
    /// Site, position in [`Commune::sites`].
    pub site: usize,
    /// Shift of its months.
    pub offset: i8,
    /// Day of the month of its bills.
    pub day: i8,
    /// Days between reception and mandat.
    pub delay: i32,
    /// Relative size, thousandths.
    pub weight: i64,
}

/// The commune.
#[derive(Debug, Clone)]
pub struct Commune {
    /// Seed of everything.
    pub seed: u64,
    /// Size, thousandths of Saint-Exemple.
    pub taille: i64,
    /// Ledger lines a year.
    pub lignes: u64,
    /// Accounts.
    pub chart: Chart,
    /// Trades.
    pub trades: Vec<Trade>,
    /// Every supplier and household.
    pub tiers: Vec<Rc<Tiers>>,
    /// Natural persons and associations among them, so that no two bear the same name.
    pub named: [usize; 2],
    /// Sites and their function.
    pub sites: Vec<(&'static str, u8)>,
    /// Sites of each account: those of its functions, the town hall when there is none.
    pub sites_of: Vec<Vec<usize>>,
}

impl Commune {
    /// The commune of a seed, for a number of ledger lines a year.
    pub fn new(seed: u64, lignes: u64) -> Self {
        let mut chart = Chart::load();
        if lignes < SMALL_LEDGER {
            chart.simplify();
        }
        let sites: Vec<(&'static str, u8)> =
            rows(include_str!("data/sites.csv")).map(|r| (r[0], chart.fonction(r[1]))).collect();
        let sites_of = chart.comptes.iter().map(|c| sites_of(c, &sites)).collect();
        let taille = (lignes.max(LINES_OF_TOWN) * 1000 / LINES_OF_TOWN) as i64;
        let mut commune = Self {
            seed,
            taille,
            lignes,
            chart,
            trades: vec![],
            tiers: vec![],
            named: [0, 0],
            sites,
            sites_of,
        };
        for row in rows(include_str!("data/metiers.csv")) {
            commune.add_trade(&row);
        }
        commune
    }

    /// Inhabitants, in proportion of the size.
    pub fn population(&self) -> i64 {
        POPULATION * self.taille / 1000
    }

    fn add_trade(&mut self, r: &[&'static str]) {
        let depense = r[3] == "D";
        let natures = r[4].split(',').filter_map(|part| {
            let (code, weight) = part.split_once(':').unwrap_or((part, "100"));
            self.chart.real(code, depense).map(|c| (c, number(weight)))
        });
        let natures: Vec<(u16, i64)> = natures.collect();
        let contrats = scaled(number(r[6]), self.lignes, false);
        let pool = scaled(number(r[8]), self.lignes, true);
        let genre = match r[2] {
            "A" => Genre::Association,
            "P" => Genre::Personne,
            _ => Genre::Societe,
        };
        let profil = Profil::parse(r[12]);
        let one_each = genre != Genre::Societe || (number(r[5]) == 12 && profil == Profil::Fixe);
        let suppliers = if one_each { contrats.max(pool) } else { pool.max(contrats.min(1)) };
        let trade = Trade {
            cle: r[0],
            nom: r[1],
            genre,
            depense,
            natures,
            periode: number(r[5]) as i8,
            contrats,
            part: number(r[7]),
            moyenne: number(r[9]) * 100,
            dispersion: number(r[10]) as f64 * 0.2,
            tva: number(r[11]),
            profil,
            objet_contrat: r[13],
            objets: r[14].split('|').collect(),
            first: self.tiers.len(),
            suppliers,
        };
        self.add_suppliers(&trade);
        self.trades.push(trade);
    }

    fn add_suppliers(&mut self, trade: &Trade) {
        for place in 0..trade.suppliers {
            let (salt, rank) = self.name_of(trade.genre, place);
            // Numbers under 90 000 are for the base, the rest of the SIREN range for planted payees.
            let number = (self.tiers.len() as u64 + 1) % 90_000;
            let mut tiers = identity::tiers(trade.genre, trade.nom, salt, rank, number);
            let mut rng = Rng::new(self.seed, topic("tiers"), self.tiers.len() as u64);
            tiers.niveau = (rng.spread(0.45) * 1000.0) as i64;
            tiers.habitude = rng.bits();
            self.tiers.push(Rc::new(tiers));
        }
    }

    /// Salt and rank of a name: companies by trade, persons and associations over the whole town.
    fn name_of(&mut self, genre: Genre, place: usize) -> (usize, usize) {
        let town = (self.seed % 24) as usize;
        let kind = match genre {
            Genre::Societe => return (self.trades.len() + town, place),
            Genre::Personne => 0,
            Genre::Association => 1,
        };
        self.named[kind] += 1;
        (town, self.named[kind] - 1)
    }

    /// The `rank`-th contract of a trade.
    pub fn contrat(&self, trade: usize, rank: usize) -> Contrat {
        let t = &self.trades[trade];
        let tiers = t.first + rank % t.suppliers.max(1);
        let habit = self.tiers[tiers].habitude;
        let mut rng = Rng::new(self.seed, topic("contrat") ^ trade as u64, rank as u64);
        let spread = if t.profil == Profil::Subvention { 1.1 } else { 0.5 };
        let period = u64::from(t.periode.max(1).unsigned_abs());
        let own = if period == 12 { rng.bits() } else { habit };
        let sites = &self.sites_of[usize::from(t.natures[0].0)];
        Contrat {
            tiers,
            site: sites[(rank / t.suppliers.max(1) + habit as usize % 7) % sites.len()],
            offset: if t.profil == Profil::Subvention {
                (8 - rng.between(4, 7)) as i8
            } else {
                (own % period) as i8
            },
            day: ((habit >> 8) % 27 + 1) as i8,
            delay: 5 + ((habit >> 16) % 9) as i32,
            weight: tariff(t.profil, (rng.spread(spread) * 1000.0) as i64 + 20),
        }
    }

    /// Number of bills of a contract in an exercice.
    pub fn bills(&self, trade: usize, contrat: &Contrat) -> usize {
        (1..=12).filter(|m| self.is_billed(trade, contrat, *m)).count()
    }

    /// True when a contract is billed in a month.
    pub fn is_billed(&self, trade: usize, contrat: &Contrat, month: i8) -> bool {
        let t = &self.trades[trade];
        t.periode > 0
            && (month + contrat.offset).rem_euclid(t.periode) == if t.periode == 12 { 8 } else { 0 }
            && t.profil.month(month) > 0
    }

    /// Function of a site for an account: that of the site when the account has it, else its main one.
    pub fn fonction_of(&self, compte: u16, site: usize) -> u8 {
        let fonctions = &self.chart.comptes[usize::from(compte)].fonctions;
        let wanted = self.sites[site].1;
        if fonctions.iter().any(|(f, _)| *f == wanted) { wanted } else { fonctions[0].0 }
    }

    /// A site that holds a function, for an account.
    pub fn site_with(&self, compte: u16, fonction: u8, draw: u64) -> usize {
        let sites = &self.sites_of[usize::from(compte)];
        let own: Vec<usize> =
            sites.iter().copied().filter(|s| self.sites[*s].1 == fonction).collect();
        if own.is_empty() { 0 } else { own[draw as usize % own.len()] }
    }

    /// Fills the places of an object.
    pub fn objet(&self, template: &str, site: usize, day: i32, n: u64) -> String {
        const STREETS: [&str; 12] = [
            "de l'Exemple",
            "du Modèle",
            "des Brouillons",
            "de la Maquette",
            "du Gabarit",
            "des Croquis",
            "du Canevas",
            "de la Trame",
            "du Prototype",
            "des Calques",
            "du Patron",
            "de l'Ébauche",
        ];
        const EQUIPMENT: [&str; 6] = [
            "ascenseur",
            "chaufferie",
            "alarme incendie",
            "portes automatiques",
            "extincteurs",
            "standard",
        ];
        let (year, month) = year_month(day);
        let mut text = template.replace("{site}", self.sites[site].0);
        if text.contains('{') {
            text = text
                .replace("{mois}", MONTH_NAMES[(month - 1) as usize])
                .replace("{an}", &year.to_string())
                .replace("{rue}", STREETS[(n % 12) as usize])
                .replace("{equip}", EQUIPMENT[(n % 6) as usize])
                .replace("{n}", &n.to_string());
        }
        text
    }

    /// Hash of a text for this commune, to vary choices without a stream.
    pub fn hash(&self, text: &str, n: u64) -> u64 {
        mix(self.seed ^ topic(text) ^ mix(n))
    }
}

fn sites_of(compte: &Compte, sites: &[(&'static str, u8)]) -> Vec<usize> {
    let has = |f: u8| compte.fonctions.iter().any(|(g, _)| *g == f);
    let own: Vec<usize> = (0..sites.len()).filter(|i| has(sites[*i].1)).collect();
    if own.is_empty() { vec![0] } else { own }
}

/// Fixed fees follow a price list, so that several sites pay the same amount.
fn tariff(profil: Profil, weight: i64) -> i64 {
    const LIST: [i64; 5] = [400, 650, 1000, 1500, 2400];
    if profil != Profil::Fixe {
        return weight;
    }
    LIST.into_iter().min_by_key(|level| level.abs_diff(weight)).unwrap_or(weight)
}

/// A number of the tables brought to the size of the ledger; suppliers grow as its power 3/4.
fn scaled(count: i64, lignes: u64, supplier: bool) -> usize {
    if count == 0 {
        return 0;
    }
    let ratio = lignes as f64 / LINES_OF_TABLE as f64;
    let factor = if supplier { ratio.sqrt() * ratio.sqrt().sqrt() } else { ratio };
    ((count as f64 * factor) as usize).max(if supplier { 2.min(count as usize) } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trades_cover_their_accounts_and_have_suppliers() {
        let commune = Commune::new(1, 10_000);
        assert_eq!(commune.population(), 12_480);
        for trade in &commune.trades {
            assert!(!trade.natures.is_empty(), "{}", trade.cle);
            assert!(trade.suppliers > 0, "{}", trade.cle);
            assert!(trade.contrats == 0 || trade.periode > 0, "{}", trade.cle);
            assert_eq!(trade.natures.iter().map(|n| n.1).sum::<i64>(), 100, "{}", trade.cle);
        }
    }

    #[test]
    fn the_town_grows_with_the_ledger() {
        assert_eq!(Commune::new(1, 1_000).taille, 1000);
        assert_eq!(Commune::new(1, 250_000).taille, 10_000);
        assert!(Commune::new(1, 250_000).tiers.len() < 90_000);
    }

    #[test]
    fn no_two_payees_bear_the_same_name() {
        let commune = Commune::new(4, 60_000);
        let names: std::collections::BTreeSet<&str> =
            commune.tiers.iter().map(|t| t.nom.as_str()).collect();
        assert_eq!(names.len(), commune.tiers.len());
    }

    #[test]
    fn every_contract_is_billed() {
        let commune = Commune::new(1, 10_000);
        for (t, trade) in commune.trades.iter().enumerate() {
            for rank in 0..trade.contrats {
                let contrat = commune.contrat(t, rank);
                let expected =
                    if trade.profil == Profil::Scolaire { 11 } else { 12 / trade.periode };
                assert_eq!(commune.bills(t, &contrat), expected as usize, "{}", trade.cle);
            }
        }
    }
}
