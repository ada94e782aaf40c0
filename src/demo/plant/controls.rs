//! Imputation, thresholds, régies, calendar.
//!
//! **Invariant:** each look-alike differs from its irregularity by the fact that makes it regular
//! (contract, suspension, own ceiling), and that fact is in the record.

use std::rc::Rc;

use super::{Line, Planter, Planting, euros, jj_mm};
use crate::demo::calendar::{day, is_holiday, next_worked_day, weekday};
use crate::demo::flows::organisation;
use crate::demo::identity::siret;
use crate::demo::piece::Piece;
use crate::demo::truth::Difficulte::{self, Difficile, Facile, Moyenne};

pub(super) const RECIPES: &[Line] = &[
    ("IMP01", account, account_sosie),
    ("IMP02", fonction, fonction_sosie),
    ("IMP03", section, section_sosie),
    ("MAR01", split, split_sosie),
    ("REG01", over_ceiling, over_ceiling_sosie),
    ("REG02", at_ceiling, at_ceiling_sosie),
    ("CAL01", closed_day, closed_day_sosie),
    ("CAL02", late, late_sosie),
    ("CAL03", before_invoice, before_invoice_sosie),
];

fn one(p: &Planter, histoire: String, piece: Piece) -> Planting {
    Planting::new(histoire).named(p.year, piece)
}

fn account(p: &mut Planter, d: Difficulte) -> Planting {
    let (keys, wrong): (&[&str], &str) = match d {
        Facile => (&["scol", "livres"], "6232"),
        Moyenne => (&["garage", "cars"], "60632"),
        Difficile => (&["menage", "bureau"], "6068"),
    };
    let habit = p.supplier(keys);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let line = p.line_on(wrong, piece.lignes[0].ht, p.rate(habit));
    piece.lignes = vec![line];
    let story = format!(
        "{} imputé au compte {wrong}, jamais utilisé pour ce fournisseur.",
        piece.tiers.nom
    );
    one(p, story, piece)
}

/// A second activity of the supplier, said in the object.
fn account_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["scol", "livres", "imprim"]);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    piece.lignes = vec![p.line_on("6188", piece.lignes[0].ht, 200)];
    piece.objet = "Animation d'un atelier d'écriture, prestation de service".to_string();
    let story =
        format!("{} vend aussi des animations : l'autre compte est le bon.", piece.tiers.nom);
    one(p, story, piece)
}

fn fonction(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["scol"]);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let wrong = match d {
        Facile => "025",
        Moyenne => "321",
        Difficile => "331",
    };
    if d != Difficile {
        piece.service = Some(piece.lignes[0].fonction);
    }
    piece.lignes[0].fonction = p.commune.chart.fonction(wrong);
    piece.objet = "Fournitures scolaires École élémentaire du Modèle".to_string();
    let story = format!("Fournitures d'une école imputées à la fonction {wrong} de la M57.");
    one(p, story, piece)
}

/// School supplies for the leisure centre, as the object says.
fn fonction_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["scol"]);
    let day = p.date(6, 8);
    let mut piece = p.invoice(habit, day);
    piece.lignes[0].fonction = p.commune.chart.fonction("331");
    piece.objet = "Matériel d'activités pour le centre de loisirs du Canevas".to_string();
    let story =
        format!("{} livre aussi le centre de loisirs, sa fonction est la bonne.", piece.tiers.nom);
    one(p, story, piece)
}

fn section(p: &mut Planter, d: Difficulte) -> Planting {
    let (keys, wrong, objet, ht): (&[&str], &str, &str, i64) = match d {
        Facile => (&["equip"], "60632", "Acquisition d'un four mixte de cuisine", 690_000),
        Moyenne => (&["batiment"], "615221", "Remplacement complet de la chaudière", 1_480_000),
        Difficile => (&["quinc"], "2188", "Consommables et petit outillage d'atelier", 38_000),
    };
    let habit = p.supplier(keys);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let amount = ht + p.rng.between(0, 9_999);
    piece.lignes = vec![p.line_on(wrong, amount, 200)];
    piece.objet = objet.to_string();
    let story = format!("« {objet} » imputé au {wrong} : la section n'est pas la bonne.");
    one(p, story, piece)
}

/// A cheap device under 500 euros: operating expense is right.
fn section_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["materiel"]);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let ht = p.rng.between(15_000, 38_000);
    piece.lignes = vec![p.line_on("60632", ht, 200)];
    piece.objet = "Acquisition d'un aspirateur d'atelier".to_string();
    let story = format!(
        "Matériel de faible valeur ({}) bien imputé en fonctionnement.",
        euros(piece.total())
    );
    one(p, story, piece)
}

/// National dispense from procedure for supplies and services, centimes without tax.
pub(super) fn threshold(year: u16) -> i64 {
    if year < 2020 { 2_500_000 } else { 4_000_000 }
}

fn split(p: &mut Planter, d: Difficulte) -> Planting {
    let one_card = p.new_tiers("Fournitures générales");
    let mut two = one_card.clone();
    two.id = format!("F{:05}", 80_000 + p.serial % 9_999);
    two.siret = siret(&one_card.siret[..9], 3);
    let cards = [Rc::new(one_card), Rc::new(two)];
    let (count, part, step, account) = match d {
        Facile => (2, 96, 3, "2188"),
        Moyenne => (5, 24, 12, "60632"),
        Difficile => (4, 29, 25, "60632"),
    };
    let mut day = p.date(3, 6);
    let limit = threshold(p.year);
    let mut out = Planting::new(format!(
        "{count} commandes rapprochées à {} ; leur somme dépasse {} HT, sans marché.",
        cards[0].nom,
        euros(limit)
    ));
    for i in 0..count {
        let ht = limit * part / 100 + p.rng.between(-40_000, 40_000);
        let account = if d == Difficile && i % 2 == 1 { "6068" } else { account };
        let line = p.line_on(account, ht, 200);
        let card = &cards[if d == Difficile { i % 2 } else { 0 }];
        let objet = format!("Équipement des services, lot {}", i + 1);
        let piece = Piece::new(true, day, Rc::clone(card), objet, vec![line]);
        out = out.named(
            p.year,
            piece.facture(format!("FG{}-{:04}", p.year, p.serial % 900 * 10 + i as u64)),
        );
        day = p.later(day, step, step + 4);
    }
    out
}

/// Orders of a framework contract: the number of the contract is on each.
fn split_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_tiers("Enrobés"));
    let marche = format!("{}M{:03}", p.year, 500 + p.serial % 99);
    let mut day = p.date(3, 6);
    let mut out =
        Planting::new(format!("Bons de commande du marché {marche}, rapprochés mais réguliers."));
    for i in 1..=3_u64 {
        let ht = threshold(p.year) * 36 / 100 + p.rng.between(-90_000, 90_000);
        let line = p.line_on("615231", ht, 200);
        let objet = format!("Bon de commande n° {i}, accord-cadre {marche}");
        let mut piece = Piece::new(true, day, Rc::clone(&tiers), objet, vec![line]);
        piece.marche.clone_from(&marche);
        out = out.named(p.year, piece.facture(format!("EN{:05}", p.serial * 10 + i)));
        day = p.later(day, 5, 12);
    }
    out
}

pub(super) fn regie(
    p: &mut Planter,
    name: &'static str,
    day: i32,
    ht: i64,
    objet: String,
) -> Piece {
    let tiers = organisation(&format!("Régie d'avances {name} (exemple)"));
    let line = p.line_on("6188", ht, 0);
    let mut piece = Piece::new(true, day, tiers, objet, vec![line]);
    (piece.regie, piece.mode) = (name, "Régie d'avances");
    p.serial += 1;
    piece.facture(format!("T{:06}", 100_000 + p.serial * 7 % 800_000))
}

fn over_ceiling(p: &mut Planter, d: Difficulte) -> Planting {
    let day = p.date(3, 11);
    let mut amounts: Vec<i64> = match d {
        Facile => vec![p.rng.between(300_000, 420_000)],
        Moyenne => vec![p.rng.between(205_000, 240_000)],
        Difficile => vec![p.rng.between(125_000, 150_000), p.rng.between(90_000, 120_000)],
    };
    for amount in &mut amounts {
        *amount -= *amount % 10;
    }
    let mut out = Planting::new(format!(
        "Achat de {} payé par la régie d'avances, au-delà de 2 000,00 € par opération.",
        euros(amounts.iter().sum())
    ));
    for amount in amounts {
        let piece =
            regie(p, "Enfance", day, amount, "Matériel de camp, même fournisseur".to_string());
        out = out.named(p.year, piece);
    }
    out
}

/// Fees of performers have their own ceiling.
fn over_ceiling_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let day = p.date(5, 11);
    let amount = p.rng.between(30, 60) * 10_000;
    let piece =
        regie(p, "Spectacles", day, amount, "Cachet d'artiste, régie de spectacles".to_string());
    one(
        p,
        format!("Cachet de {} : le plafond des spectacles est 10 000,00 €.", euros(amount)),
        piece,
    )
}

fn monthly_regie(p: &mut Planter, amounts: &[i64], story: &str) -> Planting {
    let mut out = Planting::new(story);
    for (i, amount) in amounts.iter().enumerate() {
        let when = crate::demo::calendar::next_bordereau_day(day(p.year, 4 + i as i8, 6));
        let objet = format!("Reconstitution de l'avance n° {}", i + 1);
        let piece = regie(p, "Jeunesse", when, *amount, objet);
        out = out.named(p.year, piece);
    }
    out
}

fn at_ceiling(p: &mut Planter, d: Difficulte) -> Planting {
    let amounts: Vec<i64> = (0..5)
        .map(|_| if d == Facile { 150_000 } else { 150_000 - p.rng.between(1, 1_500) })
        .collect();
    monthly_regie(
        p,
        &amounts,
        "Reconstitutions de régie toujours au montant de l'avance (1 500,00 €).",
    )
}

/// Advances spent unevenly.
fn at_ceiling_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let amounts: Vec<i64> = (0..4).map(|_| p.rng.between(22_000, 118_000)).collect();
    monthly_regie(p, &amounts, "Reconstitutions de régie de montants variés, sous l'avance.")
}

/// A day of the year that fits, from a start.
fn find_day(from: i32, fits: impl Fn(i32) -> bool) -> i32 {
    (from..from + 200).find(|d| fits(*d)).unwrap_or(from)
}

fn closed_day(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["quinc", "garage", "fetes", "imprim"]);
    let start = p.date(2, 6);
    let (when, word) = match d {
        Facile => (find_day(start, |d| weekday(d) == 6), "un dimanche"),
        Moyenne => (find_day(start, |d| weekday(d) == 5), "un samedi"),
        Difficile => (find_day(start, |d| is_holiday(d) && weekday(d) < 5), "un jour férié"),
    };
    let piece = p.invoice(habit, when);
    let story = format!("Mandat à {} daté du {}, {word}.", piece.tiers.nom, jj_mm(when));
    one(p, story, piece)
}

/// A loan instalment debited on a Saturday by the bank.
fn closed_day_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let start = p.date(2, 10);
    let when = find_day(start, |d| weekday(d) == 5);
    let amount = p.rng.between(20_000, 90_000);
    let line = p.line_on("627", amount, 0);
    let tiers = organisation("Banque Fictive du Modèle");
    let mut piece =
        Piece::new(true, when, tiers, "Commission d'engagement, débit d'office".into(), vec![line]);
    piece.mode = "Débit d'office";
    one(p, format!("Débit d'office de la banque le {}, un samedi.", jj_mm(when)), piece)
}

fn received_before(piece: &mut Piece, days: i32) {
    piece.date_reception = piece.date_paiement - days;
    piece.date_facture = piece.date_reception - 2;
}

fn late(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["batiment", "garage", "voirie", "presta", "fetes"]);
    let day = p.date(4, 11);
    let mut piece = p.invoice(habit, day);
    let days = match d {
        Facile => p.rng.between(75, 95),
        Moyenne => p.rng.between(45, 60),
        Difficile => p.rng.between(33, 37),
    };
    received_before(&mut piece, days as i32);
    let story = format!("Facture {} payée {days} jours après réception.", piece.facture);
    one(p, story, piece)
}

/// The delay was suspended, as the object says.
fn late_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["batiment", "garage", "voirie"]);
    let day = p.date(5, 11);
    let mut piece = p.invoice(habit, day);
    received_before(&mut piece, 58);
    piece.objet = format!(
        "{} - délai suspendu du {} au {}, pièce manquante",
        piece.objet,
        jj_mm(piece.date_reception + 6),
        jj_mm(piece.day - 9)
    );
    let story = format!("Délai de paiement de la facture {} suspendu à bon droit.", piece.facture);
    one(p, story, piece)
}

fn before_invoice(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["presta", "batiment", "conseil", "fetes"]);
    let day = p.date(3, 11);
    let mut piece = p.invoice(habit, day);
    let ahead = match d {
        Facile => 14,
        Moyenne => 5,
        Difficile => 1,
    };
    piece.date_facture = piece.day + ahead;
    piece.date_reception = piece.date_facture;
    piece.date_paiement = next_worked_day(piece.date_facture + 2);
    let story = format!(
        "Mandat du {} pour une facture datée du {}.",
        jj_mm(piece.day),
        jj_mm(piece.date_facture)
    );
    one(p, story, piece)
}

/// A premium called before its due date, which is the date printed on it.
fn before_invoice_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_tiers("Mutuelle d'assurance"));
    let ht = p.rng.between(400, 1_800) * 100;
    let line = p.line_on("6168", ht, 0);
    let when = p.date(3, 10);
    let mut piece = Piece::new(true, when, tiers, String::new(), vec![line]);
    piece.date_facture = when + 12;
    piece.objet = format!("Avis d'échéance au {}, payable d'avance", jj_mm(piece.date_facture));
    let piece = piece.facture(format!("AE{:06}", p.serial * 31 % 900_000));
    one(p, "Prime d'assurance payable d'avance, à la date de l'échéance.".to_string(), piece)
}
