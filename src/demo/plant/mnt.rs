//! Atypical amounts: decimal shifts, signs, round sums, tax, new suppliers, breaks of a fixed fee.
//!
//! **Invariant:** only the atypical record is named; the history around it is context.

use std::rc::Rc;

use super::{Habit, Line, Planter, Planting, euros};
use crate::demo::piece::{Ligne, Piece};
use crate::demo::rng::scale;
use crate::demo::truth::Difficulte::{self, Difficile, Facile, Moyenne};

pub(super) const RECIPES: &[Line] = &[
    ("MNT01", unusual, unusual_sosie),
    ("MNT02", off_fee, off_fee_sosie),
    ("MNT03", sign, sign_sosie),
    ("MNT04", shift, shift_sosie),
    ("MNT05", round, round_sosie),
    ("MNT06", tax, tax_sosie),
    ("MNT07", new_supplier, new_supplier_sosie),
    ("MNT08", leading_digits, leading_digits_sosie),
];

/// A supplier with a history: regular amounts when easy, wide ones when hard.
fn habit(p: &mut Planter, d: Difficulte) -> Habit {
    match d {
        Facile => p.supplier(&["cars", "bureau", "scol", "livres"]),
        Moyenne => p.supplier(&["alim", "garage", "jardin", "menage"]),
        Difficile => p.supplier(&["quinc", "batiment", "materiel", "divers"]),
    }
}

fn altered(p: &mut Planter, d: Difficulte, num: i64, den: i64, word: &str) -> Planting {
    let habit = habit(p, d);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let before = piece.total();
    let most = 6_000_000 * p.commune.taille / 1000;
    if num > den && before * num / den > most {
        piece.lignes[0] = p.line(habit, piece.lignes[0].fonction, scale(most, den, num + num / 5));
    }
    let usual = piece.total();
    piece.change(|l| l.times(num, den));
    let story = format!(
        "Facture de {} saisie {} {word} au lieu de {}.",
        piece.tiers.nom,
        euros(piece.total()),
        euros(usual)
    );
    Planting::new(story).named(p.year, piece)
}

/// Far above what the supplier ever bills, by a factor that no slip of the comma explains.
fn unusual(p: &mut Planter, d: Difficulte) -> Planting {
    let factor = match d {
        Facile => p.rng.between(250, 380),
        Moyenne => p.rng.between(130, 180),
        Difficile => p.rng.between(55, 75),
    };
    altered(p, d, factor, 10, "(montant d'une autre ligne)")
}

/// The comma in the wrong place: a hundred times, ten times, or a tenth.
fn shift(p: &mut Planter, d: Difficulte) -> Planting {
    match d {
        Facile => altered(p, d, 100, 1, "(virgule oubliée)"),
        Moyenne => altered(p, d, 10, 1, "(décalage d'une décimale)"),
        Difficile => altered(p, Facile, 1, 10, "(décalage d'une décimale)"),
    }
}

/// Small complements and large works that are what they say.
fn shift_sosie(p: &mut Planter, d: Difficulte) -> Planting {
    if d == Facile { large_works(p) } else { small_complement(p) }
}

/// The yearly bulk order of a supplier, with its purchase order.
fn unusual_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["scol", "livres", "bureau", "menage"]);
    let day = p.date(7, 9);
    let mut piece = p.invoice(habit, day);
    let factor = p.rng.between(55, 80);
    piece.change(|l| l.times(factor, 10));
    piece.objet = "Commande groupée de rentrée, toutes écoles".to_string();
    piece.engagement = format!("BC{}-{:06}", p.year, 900_000 + p.serial % 90_000);
    let story = format!("Commande annuelle groupée à {}, engagée d'avance.", piece.tiers.nom);
    Planting::new(story).named(p.year, piece)
}

/// A small complement that says so.
fn small_complement(p: &mut Planter) -> Planting {
    let habit = p.supplier(&["cars", "garage", "menage", "scol"]);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let factor = p.rng.between(8, 15);
    piece.change(|l| l.times(factor, 100));
    piece.objet = "Frais de port et complément de commande".to_string();
    let story = format!("Petit complément facturé à part par {}.", piece.tiers.nom);
    Planting::new(story).named(p.year, piece)
}

/// A works invoice by a firm known for small repairs, under a contract.
fn large_works(p: &mut Planter) -> Planting {
    let habit = p.supplier(&["batiment"]);
    let day = p.date(4, 11);
    let mut piece = p.invoice(habit, day);
    let ht = p.rng.between(180, 360) * 10_000;
    piece.lignes = vec![p.line_on("21312", ht, 200)];
    piece.marche = format!("{}M{:03}", p.year, 800 + p.serial % 99);
    piece.objet = format!("Réfection complète de toiture, marché {}", piece.marche);
    let story = format!(
        "Gros chantier de {}, sous marché, par une entreprise de petites réparations.",
        piece.tiers.nom
    );
    Planting::new(story).named(p.year, piece)
}

fn sign(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = habit(p, d);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    piece.change(Ligne::negated);
    let story = format!("Facture {} de {} saisie en négatif.", piece.facture, piece.tiers.nom);
    Planting::new(story).named(p.year, piece)
}

/// A real credit note for returned goods.
fn sign_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["quinc", "materiel", "bureau", "livres"]);
    let day = p.date(3, 9);
    let bill = p.invoice(habit, day);
    let mut credit = p.again(&bill, 10, 40);
    let part = p.rng.between(200, 700);
    credit.change(|l| l.times(-part, 1000));
    credit.facture = format!("AV{}", bill.facture);
    credit.objet = format!("Avoir, retour de marchandise sur facture {}", bill.facture);
    let story = format!("Avoir partiel de {} pour retour de marchandise.", bill.tiers.nom);
    Planting::new(story).context(p.year, bill).named(p.year, credit)
}

fn round(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = habit(p, d);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let usual = p.mean(habit).max(piece.total());
    let step = if d == Difficile { 100_000 } else { 500_000 };
    let ttc = (usual * 6 / step + 1) * step;
    let fonction = piece.lignes[0].fonction;
    piece.lignes = vec![Ligne::from_ttc(habit.compte, fonction, ttc, p.rate(habit))];
    piece.engagement = String::new();
    let story = format!(
        "Montant rond de {} chez {}, très au-dessus de l'habitude.",
        euros(ttc),
        piece.tiers.nom
    );
    Planting::new(story).named(p.year, piece)
}

/// A lump-sum fee set by contract.
fn round_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["conseil", "archi"]);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let ht = p.rng.between(2, 8) * 100_000;
    piece.lignes = vec![p.line(habit, piece.lignes[0].fonction, ht)];
    piece.marche = format!("{}M{:03}", p.year, 700 + p.serial % 99);
    piece.objet = format!("Honoraires forfaitaires, phase 2, marché {}", piece.marche);
    let story = format!("Honoraires forfaitaires ronds de {}, prévus au marché.", piece.tiers.nom);
    Planting::new(story).named(p.year, piece)
}

fn tax(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["quinc", "garage", "batiment", "scol", "repar"]);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let line = &mut piece.lignes[0];
    let how = match d {
        Facile => {
            line.ttc = line.ht + line.tva + 10_000;
            "le TTC dépasse HT plus TVA de 100,00 €"
        }
        Moyenne => {
            line.tva = scale(line.ht + line.tva, 200, 1000);
            line.ttc = line.ht + line.tva;
            "la TVA est calculée sur le TTC"
        }
        Difficile => {
            line.tva = scale(line.ht, 196, 1000);
            line.ttc = line.ht + line.tva;
            "le taux de TVA est 19,6 %"
        }
    };
    let story = format!("Facture {} de {} : {how}.", piece.facture, piece.tiers.nom);
    Planting::new(story).named(p.year, piece)
}

/// Two rates on one invoice, each right, or a supplier without tax.
fn tax_sosie(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["alim", "livres", "fetes"]);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let line = piece.lignes[0];
    let story = if d == Facile {
        piece.objet = format!("{} - TVA non applicable, art. 293 B du CGI", piece.objet);
        piece.lignes = vec![Ligne::from_ht(line.compte, line.fonction, line.ht, 0)];
        format!("{} ne facture pas de TVA.", piece.tiers.nom)
    } else {
        let (a, b) = (scale(line.ht, 7, 10), line.ht - scale(line.ht, 7, 10));
        let (one, two) = (scale(a, 55, 1000), scale(b, 200, 1000));
        piece.lignes = vec![Ligne { tva: one + two, ttc: line.ht + one + two, ..line }];
        piece.objet = format!("{} - deux taux de TVA", piece.objet);
        format!("Facture de {} à deux taux de TVA, 5,5 et 20 %.", piece.tiers.nom)
    };
    Planting::new(story).named(p.year, piece)
}

fn new_supplier(p: &mut Planter, d: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_tiers("Conseil et stratégie"));
    let ht = match d {
        Facile => p.rng.between(2_600, 3_800) * 1_000,
        Moyenne => p.rng.between(1_400, 2_300) * 1_000 + p.rng.between(0, 999),
        Difficile => p.rng.between(600, 1_200) * 1_000 + p.rng.between(0, 999),
    };
    let line = p.line_on(if d == Facile { "62268" } else { "611" }, ht, 200);
    let day = p.date(9, 11);
    let piece = Piece::new(true, day, tiers, "Prestation de conseil".to_string(), vec![line]);
    let piece = piece.facture(format!("{}-001", p.year));
    let story = format!(
        "Première et seule facture de {}, {}, sans marché ni engagement.",
        piece.tiers.nom,
        euros(piece.total())
    );
    Planting::new(story).named(p.year, piece)
}

/// A new holder of a contract: large, announced, followed by other bills.
fn new_supplier_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_tiers("Génie climatique"));
    let ht = p.rng.between(900, 2_400) * 1_000;
    let marche = format!("{}M{:03}", p.year, 600 + p.serial % 99);
    let mut day = p.date(3, 5);
    let mut out = Planting::new(format!(
        "Nouveau titulaire du marché {marche}, avec ses situations successives."
    ));
    for i in 1..=3 {
        let line = p.line_on("21318", ht + i * 31_700, 200);
        let objet = format!("Chaufferie, situation n° {i}, marché {marche}");
        let mut piece = Piece::new(true, day, Rc::clone(&tiers), objet, vec![line]);
        piece.facture = format!("GC{:05}", p.serial * 10 + i as u64);
        piece.marche.clone_from(&marche);
        piece.engagement = format!("ENG{}-M{:05}", p.year, p.serial);
        out = if i == 1 { out.named(p.year, piece) } else { out.context(p.year, piece) };
        day = p.later(day, 30, 50);
    }
    out
}

/// Bills of a monthly fee over the exercice.
fn fee(p: &mut Planter) -> Vec<Piece> {
    let tiers = Rc::new(p.new_tiers("Location"));
    let ht = p.rng.between(150, 900) * 100 + p.rng.between(0, 99);
    let line = p.line_on("61358", ht, 200);
    p.monthly(
        &tiers,
        line,
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        "Location mensuelle de matériel - {mois} {an}",
    )
}

fn off_fee(p: &mut Planter, d: Difficulte) -> Planting {
    let mut pieces = fee(p);
    let at = 4 + p.rng.index(5);
    let factor = match d {
        Facile => 300,
        Moyenne => 145,
        Difficile => 115,
    };
    pieces[at].change(|l| l.times(factor, 100));
    let story = format!(
        "Loyer mensuel de {} facturé {} au lieu de {}, un seul mois.",
        pieces[at].tiers.nom,
        euros(pieces[at].total()),
        euros(pieces[0].total())
    );
    spread(p, story, pieces, at)
}

/// The yearly revision: the new amount stays.
fn off_fee_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let mut pieces = fee(p);
    let at = 5;
    let factor = 1_000 + p.rng.between(18, 42);
    for piece in &mut pieces[at..] {
        piece.change(|l| l.times(factor, 1_000));
    }
    pieces[at].objet = format!("{} (révision annuelle)", pieces[at].objet);
    let story = format!("Révision annuelle du loyer de {}, gardée ensuite.", pieces[at].tiers.nom);
    spread(p, story, pieces, at)
}

/// Invoices of one supplier over the year, amounts without tax given one by one.
fn run(p: &mut Planter, trade: &str, amounts: &[i64], objet: &str, story: &str) -> Planting {
    let tiers = Rc::new(p.new_tiers(trade));
    let mut out = Planting::new(format!("{} : {story}", tiers.nom));
    for (i, ht) in amounts.iter().enumerate() {
        let when = p.date(2, 11);
        let line = p.line_on("6188", *ht, 200);
        let piece = Piece::new(true, when, Rc::clone(&tiers), objet.to_string(), vec![line]);
        out = out.named(p.year, piece.facture(format!("IN{}", p.serial * 100 + i as u64)));
    }
    out
}

/// Amounts invented just under a ceiling: their first digits are nearly all the same.
fn leading_digits(p: &mut Planter, d: Difficulte) -> Planting {
    let ordinary = match d {
        Facile => 0,
        Moyenne => 150,
        Difficile => 300,
    };
    let amounts: Vec<i64> = (0..30)
        .map(|_| {
            let low = if p.rng.chance(ordinary) { 6_000 } else { 30_500 };
            p.rng.between(low, 33_300)
        })
        .collect();
    run(
        p,
        "Interventions",
        &amounts,
        "Intervention ponctuelle",
        "presque tous les montants juste sous 400,00 €.",
    )
}

/// A price list: few amounts, hence few first digits.
fn leading_digits_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let unit = p.rng.between(12, 38) * 100;
    let amounts: Vec<i64> = (0..24).map(|_| unit * p.rng.between(1, 3)).collect();
    run(
        p,
        "Visites guidées",
        &amounts,
        "Visites au tarif de groupe",
        "un seul tarif, une à trois visites par facture.",
    )
}

fn spread(p: &Planter, story: String, pieces: Vec<Piece>, at: usize) -> Planting {
    pieces.into_iter().enumerate().fold(Planting::new(story), |out, (i, piece)| {
        if i == at { out.named(p.year, piece) } else { out.context(p.year, piece) }
    })
}
