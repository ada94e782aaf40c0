//! Double payments T1 to T6: the same invoice typed again, more and more changed.
//!
//! **Invariant:** in an irregularity every named record pays the same debt; in a look-alike each pays
//! its own.

use std::rc::Rc;

use super::{Line, Planter, Planting, euros, jj_mm};
use crate::demo::identity::{Tiers, siret};
use crate::demo::invoices::ventilate;
use crate::demo::piece::{Ligne, Piece};
use crate::demo::truth::Difficulte::{self, Difficile, Facile, Moyenne};

pub(super) const RECIPES: &[Line] = &[
    ("DBL01", exact, exact_sosie),
    ("DBL02", rekeyed, rekeyed_sosie),
    ("DBL03", date_error, date_sosie),
    ("DBL04", amount_error, amount_sosie),
    ("DBL05", two_cards, two_cards_sosie),
    ("DBL06", reminder, reminder_sosie),
];

/// Trades whose invoices are paid twice in these recipes.
const TRADES: [&str; 12] = [
    "quinc", "materiel", "batiment", "voirie", "garage", "menage", "livres", "scol", "fetes",
    "imprim", "repar", "presta",
];

/// Days between two payments, by difficulty.
fn gap(d: Difficulte) -> (i64, i64) {
    match d {
        Facile => (7, 21),
        Moyenne => (25, 60),
        Difficile => (60, 130),
    }
}

fn first(p: &mut Planter) -> Piece {
    let habit = p.supplier(&TRADES);
    let day = p.date(2, 8);
    p.invoice(habit, day)
}

fn pair(p: &Planter, story: String, a: Piece, b: Piece) -> Planting {
    Planting::new(story).named(p.year, a).named(p.year, b)
}

fn exact(p: &mut Planter, d: Difficulte) -> Planting {
    let a = first(p);
    let (low, high) = gap(d);
    let mut b = p.again(&a, low, high);
    if d != Facile {
        b.objet = format!("Facture {} {}", b.facture, b.tiers.nom);
    }
    if d == Difficile {
        ventilate(p.commune, &mut b, &mut p.rng);
    }
    let story = format!(
        "Facture {} de {} payée deux fois ({}), les {} et {}.",
        a.facture,
        a.tiers.nom,
        euros(a.total()),
        jj_mm(a.day),
        jj_mm(b.day)
    );
    pair(p, story, a, b)
}

/// One invoice in two equal lines, or paid by two mandats for two parts: nothing is paid twice.
fn exact_sosie(p: &mut Planter, d: Difficulte) -> Planting {
    let mut a = first(p);
    let line = a.lignes[0];
    let half = line.ht / 2;
    let compte = &p.commune.chart.comptes[usize::from(line.compte)];
    let other = compte.fonctions.last().map_or(line.fonction, |f| f.0);
    let rate = if line.ht == 0 { 0 } else { line.tva * 1000 / line.ht };
    let mut lines = [
        Ligne::from_ht(line.compte, compte.fonctions[0].0, half, rate),
        Ligne::from_ht(line.compte, other, half, rate),
    ];
    if d == Facile {
        let story = format!("Facture {} ventilée sur deux fonctions, à parts égales.", a.facture);
        a.lignes = lines.to_vec();
        return Planting::new(story).named(p.year, a);
    }
    lines[1] = Ligne::from_ht(line.compte, other, line.ht - half - line.ht / 10, rate);
    let mut b = a.clone();
    (a.lignes, b.lignes) = (vec![lines[0]], vec![lines[1]]);
    b.objet = format!("{} (seconde part)", b.objet);
    let story = format!("Facture {} payée en deux mandats pour deux parts distinctes.", a.facture);
    pair(p, story, a, b)
}

fn rekeyed(p: &mut Planter, d: Difficulte) -> Planting {
    let a = first(p);
    let (low, high) = gap(d);
    let mut b = p.again(&a, low, high);
    b.facture = match d {
        Facile => format!("FA- {}", a.facture),
        Moyenne => look_alike(&a.facture),
        Difficile => transposed(&a.facture),
    };
    if d == Difficile {
        b.objet = format!("Règlement facture {}", b.facture);
        b.date_facture += 1;
    }
    let story = format!(
        "Facture {} de {} ressaisie sous le numéro {} et payée deux fois.",
        a.facture, a.tiers.nom, b.facture
    );
    pair(p, story, a, b)
}

/// Zero read as O, one read as I, on the last that has one.
fn look_alike(number: &str) -> String {
    match number.rfind(['0', '1']) {
        Some(i) => {
            let letter = if number.as_bytes()[i] == b'0' { "O" } else { "I" };
            format!("{}{letter}{}", &number[..i], &number[i + 1..])
        }
        None => format!("{number}BIS"),
    }
}

/// Two different neighbouring digits swapped, from the right; a suffix when there are none.
fn transposed(number: &str) -> String {
    let mut chars: Vec<char> = number.chars().collect();
    let differs = |c: &[char], i: usize| {
        c[i - 1] != c[i] && c[i - 1].is_ascii_digit() && c[i].is_ascii_digit()
    };
    match (1..chars.len()).rev().find(|i| differs(&chars, *i)) {
        Some(i) => {
            chars.swap(i - 1, i);
            chars.into_iter().collect()
        }
        None => format!("{number}R"),
    }
}

/// Runs of a same tour: numbers that follow one another, same amount, each its own day.
fn rekeyed_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["cars"]);
    let day = p.date(3, 10);
    let a = p.invoice(habit, day);
    let (stem, digits) = a.facture.split_at(a.facture.len() - 4);
    let last: u64 = digits.parse().unwrap_or(1);
    let mut out = Planting::new(format!(
        "Trois tournées de {} au même tarif, une facture par jour de service.",
        a.tiers.nom
    ));
    for i in 0..3_u64 {
        let mut b = a.clone();
        b.facture = format!("{stem}{:04}", (last + i) % 10_000);
        b.date_facture = a.date_facture - 2 + i as i32;
        b.objet = format!("Transport scolaire du {}", jj_mm(b.date_facture));
        out = out.named(p.year, b);
    }
    out
}

fn date_error(p: &mut Planter, d: Difficulte) -> Planting {
    let a = first(p);
    let (low, high) = gap(d);
    let mut b = p.again(&a, low, high);
    b.date_facture = match d {
        Facile => a.date_facture + 30,
        Moyenne => a.date_facture + 1,
        Difficile => b.date_reception - 2,
    };
    b.date_facture = b.date_facture.min(b.date_reception - 1);
    if d == Difficile {
        b.objet = format!("{} - suite", b.objet);
    }
    let story = format!(
        "Facture {} de {} payée deux fois, datée du {} puis du {}.",
        a.facture,
        a.tiers.nom,
        jj_mm(a.date_facture),
        jj_mm(b.date_facture)
    );
    pair(p, story, a, b)
}

/// A quarterly fee whose number is that of the contract.
fn date_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_tiers("Abonnements"));
    let ht = p.rng.between(180, 900) * 100;
    let line = p.line_on("6156", ht, 200);
    let contract = format!("CTR-{:05}", 10_000 + p.serial % 90_000);
    let pieces = p.monthly(&tiers, line, &[2, 5, 8, 11], "Redevance trimestrielle - {mois} {an}");
    let story = format!("Redevance trimestrielle de {} sous le numéro du contrat.", tiers.nom);
    pieces.into_iter().fold(Planting::new(story), |out, piece| {
        out.named(p.year, piece.facture(contract.as_str()))
    })
}

fn amount_error(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["quinc", "batiment", "garage", "scol", "imprim"]);
    let day = p.date(2, 8);
    let a = p.invoice(habit, day);
    let (low, high) = gap(d);
    let mut b = p.again(&a, low, high);
    let line = a.lignes[0];
    let (amount, how) = match d {
        Facile => (line.ht, "hors taxe"),
        Moyenne => (swap_digits(line.ttc), "avec deux chiffres inversés"),
        Difficile => (line.ttc / 100 * 100, "sans ses centimes"),
    };
    let amount = if amount == line.ttc { line.ttc - 900 } else { amount };
    b.lignes[0] = Ligne { ht: amount, tva: 0, ttc: amount, ..line };
    if d == Difficile {
        b.facture = String::new();
        b.objet = format!("Solde facture {}", a.tiers.nom);
    }
    let story = format!(
        "Facture {} de {} payée {} puis {} {how}.",
        a.facture,
        a.tiers.nom,
        euros(a.total()),
        euros(b.total())
    );
    pair(p, story, a, b)
}

/// The two first different neighbouring digits of an amount, swapped.
fn swap_digits(cents: i64) -> i64 {
    let mut digits: Vec<u8> = cents.to_string().into_bytes();
    if let Some(i) = (1..digits.len()).find(|i| digits[i - 1] != digits[*i] && digits[*i] != b'0') {
        digits.swap(i - 1, i);
    }
    digits.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0'))
}

/// Two services of one supplier whose amounts happen to be in the ratio of the tax.
fn amount_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["batiment", "presta", "garage"]);
    let day = p.date(3, 9);
    let a = p.invoice(habit, day);
    let when = p.later(day, 10, 40);
    let mut b = p.invoice(habit, when);
    let line = a.lignes[0];
    b.lignes[0] = Ligne::from_ht(line.compte, line.fonction, line.ttc, p.rate(habit));
    b.objet = format!("{} - second site", b.objet);
    let story =
        format!("Deux interventions de {} dont le rapport est 1,20 par hasard.", a.tiers.nom);
    pair(p, story, a, b)
}

fn two_cards(p: &mut Planter, d: Difficulte) -> Planting {
    let a = first(p);
    let (low, high) = gap(d);
    let mut b = p.again(&a, low, high);
    let mut card: Tiers = (*a.tiers).clone();
    card.id = format!("F{:05}", 80_000 + p.serial % 9_999);
    card.nom = variant(&card.nom);
    match d {
        Facile => {}
        Moyenne => card.siret = siret(&card.siret[..9], 2 + p.serial % 7),
        Difficile => {
            card.siret = String::new();
            b.facture = b.facture.replace(['-', '/'], "");
        }
    }
    b.tiers = Rc::new(card);
    let story = format!(
        "Fournisseur en double dans le fichier ({} et {}), facture {} payée aux deux.",
        a.tiers.id, b.tiers.id, a.facture
    );
    pair(p, story, a, b)
}

/// The name as another clerk would type it: capitals, no accents, legal form first.
pub(super) fn variant(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            'é' | 'è' | 'ê' | 'É' => 'e',
            'à' | 'â' => 'a',
            'ô' | 'œ' => 'o',
            'î' => 'i',
            c => c,
        })
        .collect();
    match plain.rsplit_once(' ') {
        Some((rest, form)) => format!("{form} {rest}").to_uppercase(),
        None => plain.to_uppercase(),
    }
}

/// Two establishments of one company bill their own site, the same day, at the same price.
fn two_cards_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let one = p.new_tiers("Entretien");
    let mut two = one.clone();
    two.id = format!("F{:05}", 80_000 + p.serial % 9_999);
    two.siret = siret(&one.siret[..9], 2);
    two.nom = format!("{} agence 2", one.nom);
    let ht = p.rng.between(300, 1500) * 100;
    let line = p.line_on("61558", ht, 200);
    let day = p.date(3, 10);
    let stem = p.serial % 10_000;
    let mut out = Planting::new(format!(
        "Deux agences de {} facturent chacune leur site, le même jour, au même prix.",
        one.nom
    ));
    for (i, tiers) in [one, two].into_iter().enumerate() {
        let objet = format!("Entretien annuel {}", p.commune.sites[i + 5].0);
        let piece = Piece::new(true, day, Rc::new(tiers), objet, vec![line]);
        out = out.named(p.year, piece.facture(format!("E{}-{stem:04}", i + 1)));
    }
    out
}

fn reminder(p: &mut Planter, d: Difficulte) -> Planting {
    let a = first(p);
    let mut b = p.again(&a, 20, if d == Facile { 40 } else { 85 });
    b.date_facture = b.date_reception - 2;
    (b.facture, b.objet) = match d {
        Facile => (format!("{}R", a.facture), format!("RELANCE facture {}", a.facture)),
        Moyenne => (format!("DUP{}", p.serial % 10_000), "Duplicata - deuxième rappel".to_string()),
        Difficile => (format!("RC{:05}", p.serial % 100_000), "Relevé de compte".to_string()),
    };
    let story = format!(
        "Facture {} de {} payée, puis son rappel payé aussi ({}).",
        a.facture,
        a.tiers.nom,
        euros(a.total())
    );
    pair(p, story, a, b)
}

/// A statement each month for the same fee: each pays its own month.
fn reminder_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_tiers("Télésurveillance"));
    let ht = p.rng.between(90, 400) * 100;
    let line = p.line_on("6282", ht, 200);
    let pieces =
        p.monthly(&tiers, line, &[3, 4, 5, 6, 7], "Relevé mensuel d'abonnement - {mois} {an}");
    let story = format!("Relevés mensuels d'abonnement de {}, de même montant.", tiers.nom);
    pieces.into_iter().fold(Planting::new(story), |out, piece| out.named(p.year, piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_numbers_and_amounts_differ() {
        assert_eq!(look_alike("FA25010"), "FA2501O");
        assert_eq!(transposed("F2512"), "F2521");
        assert_eq!(transposed("A11"), "A11R");
        assert_eq!(swap_digits(12_345), 21_345);
        assert_eq!(variant("Voirie Modèle SARL"), "SARL VOIRIE MODELE");
    }
}
