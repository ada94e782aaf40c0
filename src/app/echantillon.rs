//! `vigie echantillon`: a reproducible sample of records to check by hand, and its projection once filled.
//!
//! The same ledger, method, size and seed draw the same records whatever the order of rows and files:
//! records are first put in an order that depends on their content and on the seed only.
//!
//! **Invariant:** what is outside the population (credits, receipts) is counted and shown.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::anomaly::detectors::imp::imp03_wrong_section::is_french_chart;
use crate::domain::calendar::civil;
use crate::domain::money::{Centimes, Decimal, parse_amount};
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::ledger::{Ledger, Sens, TextKey};
use crate::ingest::saisie::{self, Ligne};
use crate::report::echantillon::{method_lines, to_csv, to_xlsx};
use crate::report::model::echantillon::{
    Echantillon, Extrapolation, HorsPopulation, LigneTiree, Strate,
};
use crate::report::{self, fr, json as report_json};
use crate::stats::sampling::{self, MonetarySample, StratumErrors};

use super::Bilan;
use super::communes;
use super::config::Config;
use super::entrees::{Entrees, Lecture};
use super::livraison::{self, Livraison};

/// How records are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Methode {
    /// In proportion to their amount.
    #[default]
    UnitesMonetaires,
    /// By strata of amounts.
    Strates,
}

impl Methode {
    fn word(self) -> &'static str {
        match self {
            Self::UnitesMonetaires => "unites_monetaires",
            Self::Strates => "strates",
        }
    }
}

/// What was asked.
#[derive(Debug, Clone, Default)]
pub struct Demande {
    /// Method.
    pub methode: Methode,
    /// Records wanted; from the confidence and the tolerable error when `None`.
    pub taille: Option<usize>,
    /// Confidence, percent.
    pub confiance: f64,
    /// Tolerable error, percent of the total.
    pub tolerable: f64,
    /// Number of strata.
    pub strates: usize,
    /// The sample filled in.
    pub resultats: Option<PathBuf>,
}

/// `vigie echantillon`.
///
/// # Errors
/// No ledger, a setting without a meaning, or a filled sample that is not the one drawn.
pub fn run(
    config: &Config,
    entrees: &Entrees,
    demande: &Demande,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    check(demande)?;
    communes::each(config, entrees, "echantillon", progress, &|config, lecture| {
        sample(config, lecture, demande, progress)
    })
}

fn sample(
    config: &Config,
    mut lecture: Lecture,
    demande: &Demande,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    let ledger = lecture.need_ledger()?;
    let year = lecture.last_year();
    let sortie = config.sortie(&format!("echantillon-{year}"))?;
    progress.tick("Tirage", 0, 0);
    let mut draw = Draw::new(ledger, demande, config.graine)?;
    if let Some(path) = &demande.resultats {
        draw.fill(path)?;
        draw.project(demande.confiance / 100.0)?;
    }
    lecture.masquer(config);
    draw.name(lecture.need_ledger()?);
    let mut livraison = Livraison::new(config, &lecture, &sortie);
    livraison.rapport.exercice = year;
    livraison.rapport.echantillon = Some(draw.sample);
    let sample = livraison.rapport.echantillon.as_ref().expect("set just above");
    livraison.write("echantillon.csv", &to_csv(sample)?)?;
    livraison.write("echantillon.xlsx", &to_xlsx(&livraison.rapport, sample)?)?;
    livraison.write("resultats.json", &report_json::resultats(&livraison.rapport)?)?;
    let bilan = summary(&livraison, &lecture, sample);
    livraison.finish(&lecture)?;
    sortie.deliver(bilan)
}

fn check(demande: &Demande) -> Result<(), Refus> {
    let wrong = |what: &str, advice: &str| Err(Refus::new(what, advice));
    if !(50.0..=99.9).contains(&demande.confiance) {
        return wrong("--confiance est hors de 50 à 99,9 %", "écrire par exemple --confiance 95");
    }
    if !(0.1..=50.0).contains(&demande.tolerable) {
        return wrong("--tolerable est hors de 0,1 à 50 %", "écrire par exemple --tolerable 5");
    }
    if demande.taille == Some(0) || demande.taille.is_some_and(|n| n > 100_000) {
        return wrong("--taille est hors de 1 à 100 000", "écrire par exemple --taille 60");
    }
    if !(2..=10).contains(&demande.strates) {
        return wrong("--strates est hors de 2 à 10", "écrire par exemple --strates 5");
    }
    Ok(())
}

/// A sample being drawn: the object shown, and what the projection needs.
struct Draw {
    sample: Echantillon,
    /// Rows of the ledger, line by line of the sample.
    rows: Vec<usize>,
    monetary: Option<MonetarySample>,
    /// Number of lines of the sample that are certain (they come first).
    certain: usize,
    /// Amounts not drawn, one list a stratum of amounts.
    unseen: Vec<Vec<i64>>,
}

impl Draw {
    fn new(ledger: &Ledger, demande: &Demande, seed: u64) -> Result<Self, Refus> {
        let (rows, left) = population(ledger, seed);
        if rows.is_empty() {
            return Err(Refus::new(
                "aucune dépense positive à échantillonner",
                "vérifier que le grand livre porte des mandats (sens D, montant positif)",
            ));
        }
        let amounts: Vec<i64> = rows.iter().map(|r| ledger.montant[*r]).collect();
        let confidence = demande.confiance / 100.0;
        let size = demande
            .taille
            .unwrap_or_else(|| sampling::monetary_size(confidence, demande.tolerable / 100.0));
        let mut draw = match demande.methode {
            Methode::UnitesMonetaires => Self::monetary(ledger, &rows, &amounts, size, seed),
            Methode::Strates => Self::strata(ledger, &rows, &amounts, size, demande.strates),
        };
        demande.methode.word().clone_into(&mut draw.sample.methode);
        draw.sample.confiance_pct = demande.confiance;
        draw.sample.population = rows.len() as u64;
        draw.sample.total = amounts.iter().map(|a| Centimes(*a)).sum();
        draw.sample.hors_population = left;
        Ok(draw)
    }

    fn monetary(ledger: &Ledger, rows: &[usize], amounts: &[i64], size: usize, seed: u64) -> Self {
        let found = sampling::monetary(amounts, size, unit(seed));
        let mut drawn_rows = Vec::new();
        let mut sample = Echantillon {
            intervalle: (found.interval > 0).then_some(Centimes(found.interval)),
            ..Echantillon::default()
        };
        let mut certain = found.certain.clone();
        certain.sort_by_key(|i| Reverse(amounts[*i]));
        for (i, name) in certain
            .iter()
            .map(|i| (i, "exhaustive"))
            .chain(found.drawn.iter().map(|i| (i, "tirée")))
        {
            let rank = sample.lignes.len() as u64 + 1;
            drawn_rows.push(rows[*i]);
            sample.lignes.push(line(ledger, rows[*i], rank, name));
        }
        let taken: i64 = certain.iter().map(|i| amounts[*i]).sum();
        let all: i64 = amounts.iter().sum();
        let strate = |nom: &str, lignes: usize, total: i64, tirees: usize| Strate {
            nom: nom.to_owned(),
            plafond: None,
            lignes: lignes as u64,
            total: Centimes(total),
            tirees: tirees as u64,
        };
        sample.strates = vec![
            strate("exhaustive", certain.len(), taken, certain.len()),
            strate("tirée", rows.len() - certain.len(), all - taken, found.drawn.len()),
        ];
        Self {
            sample,
            rows: drawn_rows,
            certain: certain.len(),
            monetary: Some(found),
            unseen: Vec::new(),
        }
    }

    fn strata(
        ledger: &Ledger,
        rows: &[usize],
        amounts: &[i64],
        size: usize,
        wanted: usize,
    ) -> Self {
        let edges = sampling::strata_edges(amounts, wanted);
        let of = |amount: i64| edges.partition_point(|e| *e < amount);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
        for (i, amount) in amounts.iter().enumerate() {
            members[of(*amount)].push(i);
        }
        let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
        let totals: Vec<i64> =
            members.iter().map(|m| m.iter().map(|i| amounts[*i]).sum()).collect();
        let drawn = sampling::allocate(&sizes, &totals, size);
        let mut drawn_rows = Vec::new();
        let mut sample = Echantillon::default();
        let mut unseen = Vec::new();
        for (k, n) in drawn.iter().enumerate() {
            let nom = (k + 1).to_string();
            // Rows come in an order drawn by the seed: the first ones are a random sample.
            for i in &members[k][..*n] {
                let rank = sample.lignes.len() as u64 + 1;
                drawn_rows.push(rows[*i]);
                sample.lignes.push(line(ledger, rows[*i], rank, &nom));
            }
            unseen.push(members[k][*n..].iter().map(|i| amounts[*i]).collect());
            sample.strates.push(Strate {
                nom,
                plafond: Some(Centimes(edges[k])),
                lignes: sizes[k] as u64,
                total: Centimes(totals[k]),
                tirees: *n as u64,
            });
        }
        Self { sample, rows: drawn_rows, certain: 0, monetary: None, unseen }
    }

    /// Takes payees and wordings again, now that persons are masked.
    fn name(&mut self, ledger: &Ledger) {
        for (drawn, row) in self.sample.lignes.iter_mut().zip(&self.rows) {
            let text = |key| ledger.text_at(key, *row).to_owned();
            drawn.tiers = text(TextKey::TiersNom);
            drawn.facture = text(TextKey::Facture);
            drawn.objet = text(TextKey::Objet);
        }
    }

    /// Takes the amounts that the reviewer found right.
    fn fill(&mut self, path: &Path) -> Result<(), Refus> {
        let rows =
            saisie::read(path, "Echantillon", &["enregistrement", "montant", "montant_verifie"])?;
        let typed: BTreeMap<&str, &Ligne> =
            rows.iter().map(|r| (r.get("enregistrement"), r)).collect();
        let mut missing = Vec::new();
        for drawn in &mut self.sample.lignes {
            let row = typed
                .get(drawn.enregistrement.as_str())
                .filter(|r| amount(r.get("montant")).is_some_and(|m| m == drawn.montant));
            let Some(row) = row else {
                return Err(Refus::new(
                    format!("« {} » n’est pas l’échantillon tiré ici", path.display()),
                    "relancer avec les mêmes fichiers, méthode, taille et graine que le tirage",
                )
                .with_extrait(format!(
                    "ligne {} de l’échantillon, {}, {} : absente ou d’un autre montant",
                    drawn.rang,
                    drawn.enregistrement,
                    fr::euros(drawn.montant)
                )));
            };
            drawn.montant_verifie = amount(row.get("montant_verifie"));
            drawn.observation = row.get("observation").to_owned();
            if drawn.montant_verifie.is_none() {
                missing.push(row.numero);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let shown: Vec<String> = missing.iter().take(5).map(u32::to_string).collect();
        Err(Refus::new(
            format!(
                "{} sans montant vérifié lisible",
                fr::compte(missing.len() as u64, "ligne", "lignes")
            ),
            "écrire le montant qui aurait dû être payé sur chaque ligne, même juste, puis relancer",
        )
        .with_extrait(format!("{}, lignes {}", path.display(), shown.join(", "))))
    }

    /// Carries the errors over to the population.
    fn project(&mut self, confidence: f64) -> Result<(), Refus> {
        let error = |l: &LigneTiree| l.montant.0 - l.montant_verifie.map_or(l.montant.0, |m| m.0);
        let lines = &self.sample.lignes;
        let pairs: Vec<(i64, i64)> = lines.iter().map(|l| (l.montant.0, error(l))).collect();
        let found = if let Some(sample) = &self.monetary {
            let (certain, drawn) = pairs.split_at(self.certain);
            sampling::project_monetary(sample, drawn, certain, confidence)
        } else {
            let strata: Vec<StratumErrors> = self
                .sample
                .strates
                .iter()
                .zip(&self.unseen)
                .map(|(s, unseen)| StratumErrors {
                    unseen: unseen.clone(),
                    errors: lines.iter().filter(|l| l.strate == s.nom).map(error).collect(),
                })
                .collect();
            sampling::project_strata(&strata, confidence).ok_or_else(|| {
                Refus::new(
                    "une strate compte moins de deux lignes vérifiées : pas de borne",
                    "tirer un échantillon plus grand, avec --taille",
                )
            })?
        };
        let cents = |x: f64| Centimes(x.round() as i64);
        let total = self.sample.total.0.max(1) as f64;
        self.sample.projection = Some(Extrapolation {
            verifiees: lines.len() as u64,
            en_erreur: pairs.iter().filter(|p| p.1 != 0).count() as u64,
            erreur_constatee: pairs.iter().map(|p| Centimes(p.1)).sum(),
            erreur_projetee: cents(found.projected),
            borne_haute: cents(found.upper),
            borne_haute_pct: (found.upper / total * 1e4).round() / 100.0,
            sous_evaluation: cents(found.understated),
        });
        Ok(())
    }
}

/// An amount as typed: French or English decimals.
fn amount(text: &str) -> Option<Centimes> {
    let decimal = if text.contains(',') { Decimal::Comma } else { Decimal::Point };
    parse_amount(text.as_bytes(), decimal).ok().map(|a| Centimes(a.centimes))
}

/// An entry of order, which pays nobody: a chapitre 040 to 043; without a chapitre, an account that has no other
/// use (amortisations, value of what was sold).
fn is_order_entry(ledger: &Ledger, row: usize) -> bool {
    let chapitre = ledger.text_at(TextKey::Chapitre, row).trim();
    let nature = ledger.text_at(TextKey::Nature, row).trim();
    chapitre.starts_with("04")
        || (chapitre.is_empty()
            && ["675", "676", "6811", "6812"].iter().any(|a| nature.starts_with(a)))
}

/// Expenses over zero, in an order drawn by the seed; and what is left out.
fn population(ledger: &Ledger, seed: u64) -> (Vec<usize>, Vec<HorsPopulation>) {
    let is_invoice =
        |row: usize| ledger.text_at(TextKey::Etape, row).eq_ignore_ascii_case("facture");
    let mut left = [
        ("recettes", 0, 0),
        ("avoirs et annulations", 0, 0),
        ("montants nuls", 0, 0),
        ("factures sans mandat", 0, 0),
        ("opérations d’ordre", 0, 0),
    ];
    let french = is_french_chart(ledger);
    let mut rows = Vec::new();
    for row in 0..ledger.len() {
        let amount = ledger.montant[row];
        let place = match (ledger.sens[row], amount) {
            (Sens::R, _) => 0,
            (Sens::D, ..0) => 1,
            (Sens::D, 0) => 2,
            _ if is_invoice(row) => 3,
            _ if french && is_order_entry(ledger, row) => 4,
            _ => {
                rows.push(row);
                continue;
            }
        };
        left[place].1 += 1;
        left[place].2 += amount;
    }
    let mut keyed: Vec<([u8; 16], usize)> =
        rows.into_par_iter().map(|row| (key(ledger, row, seed), row)).collect();
    keyed.par_sort_unstable_by(|a, b| {
        // Rows alike in all are told apart by their provenance, which changes no amount drawn.
        a.0.cmp(&b.0).then_with(|| ledger.record_name(a.1).cmp(&ledger.record_name(b.1)))
    });
    let left = left.into_iter().filter(|l| l.1 > 0).map(|(raison, lignes, total)| HorsPopulation {
        raison: raison.to_owned(),
        lignes,
        total: Centimes(total),
    });
    (keyed.into_iter().map(|(_, row)| row).collect(), left.collect())
}

/// Place of a row in the draw: a hash of the seed and of its business content.
fn key(ledger: &Ledger, row: usize, seed: u64) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(ledger.montant[row].to_le_bytes());
    hash.update(ledger.exercice[row].to_le_bytes());
    for days in ledger.dates.iter().flatten() {
        hash.update(days[row].to_le_bytes());
    }
    for column in ledger.texts.iter().flatten() {
        hash.update(column.get(row).as_bytes());
        hash.update([0]);
    }
    let hash = hash.finalize();
    std::array::from_fn(|i| hash[i])
}

/// A number in [0, 1) drawn by the seed.
fn unit(seed: u64) -> f64 {
    let hash = Sha256::digest([b"depart".as_slice(), &seed.to_le_bytes()].concat());
    let head: [u8; 8] = std::array::from_fn(|i| hash[i]);
    (u64::from_be_bytes(head) >> 11) as f64 / (1_u64 << 53) as f64
}

fn line(ledger: &Ledger, row: usize, rang: u64, strate: &str) -> LigneTiree {
    let text = |key| ledger.text_at(key, row).to_owned();
    LigneTiree {
        rang,
        strate: strate.to_owned(),
        enregistrement: ledger.record_name(row),
        date: civil(ledger.day(row)).map(|d| d.to_string()),
        mandat: text(TextKey::Mandat),
        tiers: text(TextKey::TiersNom),
        facture: text(TextKey::Facture),
        objet: text(TextKey::Objet),
        nature: text(TextKey::Nature),
        montant: Centimes(ledger.montant[row]),
        montant_verifie: None,
        observation: String::new(),
    }
}

fn summary(livraison: &Livraison<'_>, lecture: &Lecture, sample: &Echantillon) -> Bilan {
    let folder = livraison.sortie.nom().display();
    let drawn: Centimes = sample.lignes.iter().map(|l| l.montant).sum();
    let mut lignes = vec![
        ("Lu", livraison::read_line(lecture)),
        (
            "Tiré",
            format!(
                "{} sur {} ({} sur {})",
                fr::compte(sample.lignes.len() as u64, "ligne", "lignes"),
                fr::nombre(sample.population),
                fr::phrase(drawn),
                fr::phrase(sample.total)
            ),
        ),
    ];
    if let Some(p) = &sample.projection {
        lignes.push((
            "Projeté",
            format!(
                "erreur la plus probable {}, au plus {} ({} du total) à {} de confiance",
                fr::phrase(p.erreur_projetee),
                fr::phrase(p.borne_haute),
                fr::pourcent(p.borne_haute_pct, 2),
                fr::pourcent(sample.confiance_pct, 0)
            ),
        ));
    }
    lignes.push(("Écrit", format!("{folder}/echantillon.xlsx, echantillon.csv, resultats.json")));
    lignes.push((
        "Suite",
        match sample.projection {
            None => {
                "remplir montant_verifie, puis relancer avec --resultats ce classeur".to_owned()
            }
            Some(_) => {
                "joindre echantillon.xlsx et resultats.json au dossier de contrôle".to_owned()
            }
        },
    ));
    let method: serde_json::Map<String, serde_json::Value> =
        method_lines(&livraison.rapport, sample).into_iter().map(|(k, v)| (k, v.into())).collect();
    Bilan {
        lignes,
        json: livraison::object(
            "echantillon",
            &folder.to_string(),
            json!({"methode": method, "projection": sample.projection, "schema": report::SCHEMA}),
        ),
        avertissements: lecture.avertissements(),
        constats: [0; 3],
        lignes_douteuses: lecture.lignes_ecartees(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};

    fn ledger(order: &[usize]) -> Ledger {
        let mut builder = LedgerBuilder::default();
        builder.source("a.csv");
        for (record, i) in order.iter().enumerate() {
            let mandat = i.to_string();
            let montant = if i % 17 == 0 { -500 } else { 1_000 + (i * i * 37 % 90_001) as i64 };
            let mut row = LedgerRow { record: record as u32 + 1, montant, ..LedgerRow::empty() };
            row.texts[TextKey::Mandat as usize] = mandat.as_bytes();
            builder.push(&row);
        }
        builder.finish()
    }

    fn demande(methode: Methode) -> Demande {
        Demande {
            methode,
            taille: Some(40),
            confiance: 95.0,
            tolerable: 5.0,
            strates: 4,
            resultats: None,
        }
    }

    fn mandats(draw: &Draw) -> Vec<String> {
        draw.sample.lignes.iter().map(|l| l.mandat.clone()).collect()
    }

    #[test]
    fn the_order_of_rows_changes_nothing_and_the_seed_does() {
        let forward: Vec<usize> = (0..500).collect();
        let backward: Vec<usize> = (0..500).rev().collect();
        for methode in [Methode::UnitesMonetaires, Methode::Strates] {
            let draw =
                |order: &[usize], seed| Draw::new(&ledger(order), &demande(methode), seed).unwrap();
            assert_eq!(mandats(&draw(&forward, 1)), mandats(&draw(&backward, 1)));
            assert_ne!(mandats(&draw(&forward, 1)), mandats(&draw(&forward, 2)));
            let d = draw(&forward, 1);
            assert_eq!(d.sample.hors_population[0].lignes, 30);
            assert_eq!(d.sample.population, 470);
        }
    }

    /// Over many seeds, the projection of known errors is right on average and its bound seldom under.
    #[test]
    fn the_projection_is_unbiased_and_its_bound_holds() {
        let all: Vec<usize> = (0..500).collect();
        let book = ledger(&all);
        let wrong = |mandat: &str| mandat.parse::<usize>().is_ok_and(|i| i % 10 == 3);
        let truth: i64 = (0..500)
            .filter(|r| book.montant[*r] > 0 && wrong(book.text_at(TextKey::Mandat, *r)))
            .map(|r| book.montant[r] / 2)
            .sum();
        for methode in [Methode::UnitesMonetaires, Methode::Strates] {
            let (mut sum, mut under) = (0.0, 0);
            let draws = 200;
            for seed in 0..draws {
                let mut draw = Draw::new(&book, &demande(methode), seed).unwrap();
                for l in &mut draw.sample.lignes {
                    let right =
                        if wrong(&l.mandat) { l.montant.0 - l.montant.0 / 2 } else { l.montant.0 };
                    l.montant_verifie = Some(Centimes(right));
                }
                draw.project(0.95).unwrap();
                let p = draw.sample.projection.unwrap();
                sum += p.erreur_projetee.0 as f64;
                under += u32::from(p.borne_haute.0 < truth);
            }
            let bias = sum / draws as f64 / truth as f64 - 1.0;
            assert!(bias.abs() < 0.12, "{methode:?}: {bias}");
            assert!(under <= 10, "{methode:?}: {under}");
        }
    }

    /// An amortisation pays nobody: it is counted beside the population, never drawn.
    #[test]
    fn entries_of_order_are_outside() {
        let mut builder = LedgerBuilder::default();
        builder.source("a.csv");
        let rows =
            [("6811", "042"), ("6811", ""), ("60611", "011"), ("2315", "041"), ("6541", "65")];
        for (record, (nature, chapitre)) in rows.iter().enumerate() {
            let mut row =
                LedgerRow { record: record as u32 + 1, montant: 100, ..LedgerRow::empty() };
            row.texts[TextKey::Nature as usize] = nature.as_bytes();
            row.texts[TextKey::Chapitre as usize] = chapitre.as_bytes();
            builder.push(&row);
        }
        let (kept, left) = population(&builder.finish(), 1);
        assert_eq!(kept.len(), 2);
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].raison.as_str(), left[0].lignes), ("opérations d’ordre", 3));
    }

    #[test]
    fn a_sample_drawn_elsewhere_is_refused() {
        let all: Vec<usize> = (0..100).collect();
        let mut draw = Draw::new(&ledger(&all), &demande(Methode::Strates), 1).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("e.csv");
        std::fs::write(&path, "enregistrement;montant;montant_verifie\na.csv#1;3,00;3,00\n")
            .unwrap();
        assert!(draw.fill(&path).unwrap_err().quoi.contains("n’est pas l’échantillon"));
    }

    #[test]
    fn a_filled_sample_comes_back() {
        let all: Vec<usize> = (0..100).collect();
        let mut draw = Draw::new(&ledger(&all), &demande(Methode::UnitesMonetaires), 1).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("e.csv");
        let mut filled = draw.sample.clone();
        std::fs::write(&path, to_csv(&filled).unwrap()).unwrap();
        assert!(draw.fill(&path).unwrap_err().quoi.contains("sans montant vérifié"));
        for l in &mut filled.lignes {
            l.montant_verifie = Some(l.montant);
        }
        filled.lignes[3].montant_verifie = Some(Centimes(filled.lignes[3].montant.0 - 100));
        std::fs::write(&path, to_csv(&filled).unwrap()).unwrap();
        draw.fill(&path).unwrap();
        draw.project(0.95).unwrap();
        let p = draw.sample.projection.unwrap();
        assert_eq!((p.en_erreur, p.erreur_constatee), (1, Centimes(100)));
        assert!(p.borne_haute > p.erreur_projetee);
    }
}
