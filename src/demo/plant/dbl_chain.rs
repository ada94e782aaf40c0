//! Double payments T7 to T12: across exercices, channels, payees, instalments, credit notes, grants.
//!
//! **Invariant:** in an irregularity the named records pay one debt more than once; in a look-alike
//! they add up to what is due.

use std::rc::Rc;

use super::dbl::variant;
use super::{Line, Planter, Planting, euros};
use crate::demo::calendar::{day, last_bordereau_day, next_bordereau_day};
use crate::demo::flows::organisation;
use crate::demo::identity::Genre;
use crate::demo::piece::{Ligne, Piece};
use crate::demo::truth::Difficulte::{self, Difficile, Facile, Moyenne};

pub(super) const RECIPES: &[Line] = &[
    ("DBL07", two_years, two_years_sosie),
    ("DBL08", two_channels, two_channels_sosie),
    ("DBL09", factor, factor_sosie),
    ("DBL10", instalments, instalments_sosie),
    ("DBL11", credit_note, credit_note_sosie),
    ("DBL12", grant_twice, grant_twice_sosie),
];

/// The exercice of the first payment and that of the second (the same when there is only one ledger).
fn two_exercices(p: &mut Planter) -> (u16, u16) {
    let second = p.years[p.years.len() - 1].0;
    let first = if p.years.len() > 1 { second - 1 } else { second };
    p.year = first;
    (first, second)
}

/// Paid in month 13 of an exercice, then in the first weeks of the next one.
fn two_years(p: &mut Planter, d: Difficulte) -> Planting {
    let (first, second) = two_exercices(p);
    let habit = p.supplier(&["batiment", "voirie", "presta", "garage", "fetes"]);
    let paid = if first == second { day(first, 12, 8) } else { day(first + 1, 1, 9) };
    let mut a = p.invoice(habit, next_bordereau_day(paid));
    a.date_facture = day(first, 12, 4) - p.rng.between(0, 9) as i32;
    a.date_reception = a.date_facture + 4;
    a.date_paiement = crate::demo::calendar::next_worked_day(a.day + 4);
    let wait = match d {
        Facile => 12,
        Moyenne => 30,
        Difficile => 55,
    };
    let again = if first == second { day(first + 1, 1, 20) } else { a.day + wait };
    let mut b = a.clone().mandated_on(next_bordereau_day(again));
    b.date_reception = b.day - 8;
    b.engagement = String::new();
    if d == Difficile {
        b.objet = format!("Facture {} du mois de décembre", b.facture);
    }
    let story = format!(
        "Facture {} de décembre {first} payée sur l'exercice {first} puis sur {second}.",
        a.facture
    );
    Planting::new(story).named(first, a).named(second, b)
}

/// A charge attached in month 13, reversed in January, then paid: one payment in all.
fn two_years_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let (first, second) = two_exercices(p);
    let habit = p.supplier(&["presta", "batiment", "voirie"]);
    let paid = next_bordereau_day(day(second, 2, 3) + p.rng.between(0, 12) as i32);
    p.year = second;
    let mut bill = p.invoice(habit, paid);
    bill.date_facture = day(second - 1, 12, 18);
    bill.date_reception = bill.day - 15;
    let mut attached = bill.clone().mandated_on(last_bordereau_day(day(first + 1, 1, 29)));
    attached.facture = String::new();
    attached.mode = "Rattachement";
    attached.objet = format!("Rattachement {first} - {}", bill.objet);
    let mut reversed = attached.clone().mandated_on(next_bordereau_day(day(second, 1, 10)));
    reversed.change(Ligne::negated);
    reversed.objet = format!("Contre-passation rattachement {} - {}", second - 1, bill.objet);
    let story =
        format!("Charge de {} rattachée, contre-passée en janvier, puis payée.", bill.tiers.nom);
    let out = Planting::new(story);
    let out = if first == second { out } else { out.named(first, attached) };
    out.named(second, reversed).named(second, bill)
}

/// The same purchase by mandat and by régie d'avances or purchasing card.
fn two_channels(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["livres", "materiel", "divers", "alim"]);
    let day = p.date(2, 9);
    let mut a = p.invoice(habit, day);
    let rate = p.rate(habit);
    let cap = p.rng.between(9_000, 35_000);
    if a.total() > 40_000 {
        a.lignes[0] = Ligne::from_ttc(habit.compte, a.lignes[0].fonction, cap, rate);
    }
    a.marche = String::new();
    let mut b = p.again(&a, 5, if d == Facile { 15 } else { 45 });
    (b.mode, b.regie) =
        if d == Moyenne { ("Carte achat", "") } else { ("Régie d'avances", "Enfance") };
    b.tiers = organisation(if d == Moyenne {
        "Carte achat (exemple)"
    } else {
        "Régie d'avances Enfance (exemple)"
    });
    b.objet = format!("{} - {}", b.mode, a.tiers.nom);
    if d == Difficile {
        b.facture = String::new();
        b.objet = format!("Reconstitution de la régie - {}", a.objet);
    }
    let story = format!(
        "Achat {} chez {} réglé par mandat et par {}.",
        euros(a.total()),
        a.tiers.nom,
        b.mode.to_lowercase()
    );
    Planting::new(story).named(p.year, a).named(p.year, b)
}

/// Two outings at the same price in the same museum, two tickets.
fn two_channels_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = organisation("Régie d'avances Enfance (exemple)");
    let ht = p.rng.between(40, 180) * 100;
    let line = p.line_on("6188", ht, 0);
    let day = p.date(4, 8);
    let second = p.later(day, 6, 9);
    let mut out = Planting::new("Deux sorties au même tarif, deux tickets de régie distincts.");
    for (i, when) in [day, second].into_iter().enumerate() {
        let objet = format!("Entrées musée groupe {}", i + 1);
        let mut piece = Piece::new(true, when, Rc::clone(&tiers), objet, vec![line]);
        piece.facture = format!("T{:06}", p.serial * 37 % 900_000 + i as u64 * 4_211);
        (piece.mode, piece.regie) = ("Régie d'avances", "Enfance");
        out = out.named(p.year, piece);
    }
    out
}

/// Paid to the supplier and to the company that bought the debt.
fn factor(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["batiment", "voirie", "imprim", "presta"]);
    let day = p.date(2, 9);
    let a = p.invoice(habit, day);
    let mut b = p.again(&a, 6, if d == Facile { 20 } else { 70 });
    b.tiers = organisation("Affacturage Exemple SA");
    b.objet = match d {
        Facile => format!("Cession de créance {} facture {}", a.tiers.nom, a.facture),
        Moyenne => format!("Cession de créance {}", a.tiers.nom),
        Difficile => "Créance cédée".to_string(),
    };
    let story =
        format!("Facture {} payée à {} et à la société d'affacturage.", a.facture, a.tiers.nom);
    Planting::new(story).named(p.year, a).named(p.year, b)
}

/// A supplier whose debts are always sold: only the factor is paid.
fn factor_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let seller = p.new_tiers("Peinture");
    let tiers = organisation("Affacturage Exemple SA");
    let mut day = p.date(2, 5);
    let mut out = Planting::new(format!(
        "Créances de {} toutes cédées : seul le factor est payé.",
        seller.nom
    ));
    for i in 0..3_u64 {
        let ht = p.rng.between(600, 2_600) * 100;
        let line = p.line_on("615221", ht, 200);
        let objet = format!("Cession de créance {} chantier {}", seller.nom, i + 1);
        let piece = Piece::new(true, day, Rc::clone(&tiers), objet, vec![line]);
        out =
            out.named(p.year, piece.facture(format!("P{}-{:03}", p.year, p.serial % 300 + i * 7)));
        day = p.later(day, 20, 45);
    }
    out
}

/// Works: retention paid twice, advance not deducted, or subcontractor and holder both paid.
fn instalments(p: &mut Planter, d: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_tiers("Travaux"));
    let total = p.rng.between(180, 420) * 10_000;
    let marche = format!("{}M{:03}", p.year, 900 + p.serial % 99);
    let start = p.date(2, 4);
    let year = p.year;
    let make = |p: &mut Planter, day: i32, part: i64, objet: &str| {
        let line = p.line_on("2313", total * part / 1000, 200);
        let mut piece = Piece::new(
            true,
            day,
            Rc::clone(&tiers),
            format!("{objet} marché {marche}"),
            vec![line],
        );
        p.serial += 1;
        piece.facture = format!("S{}-{:04}", year, p.serial % 10_000);
        piece.marche.clone_from(&marche);
        piece
    };
    let (second, third) = (p.later(start, 40, 60), p.later(start, 100, 130));
    let fourth = p.later(third, 15, 40);
    match d {
        Facile => {
            let works = make(p, start, 950, "Situation n° 1");
            let a = make(p, second, 50, "Retenue de garantie");
            let mut b = make(p, third, 50, "Libération de la retenue de garantie");
            b.facture.push('B');
            Planting::new(format!("Retenue de garantie du marché {marche} payée deux fois."))
                .context(year, works)
                .named(year, a)
                .named(year, b)
        }
        Moyenne => {
            let a = make(p, start, 300, "Avance");
            let works = make(p, second, 600, "Situation n° 1");
            let b = make(p, third, 400, "Décompte final");
            Planting::new(format!("Avance du marché {marche} non déduite du décompte final."))
                .context(year, works)
                .named(year, a)
                .named(year, b)
        }
        Difficile => {
            let works = make(p, start, 600, "Situation n° 1");
            let a = make(p, third, 400, "Situation n° 2");
            let mut b = make(p, fourth, 400, "Sous-traitance, paiement direct");
            b.tiers = Rc::new(p.new_tiers("Sous-traitance"));
            Planting::new(format!(
                "Part du marché {marche} payée au titulaire et au sous-traitant."
            ))
            .context(year, works)
            .named(year, a)
            .named(year, b)
        }
    }
}

/// Four equal instalments of one contract.
fn instalments_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_tiers("Travaux"));
    let ht = p.rng.between(40, 90) * 10_000;
    let line = p.line_on("2313", ht, 200);
    let marche = format!("{}M{:03}", p.year, 900 + p.serial % 99);
    let mut day = p.date(2, 3);
    let mut out = Planting::new(format!(
        "Quatre acomptes égaux du marché {marche}, dont la somme est le marché."
    ));
    for i in 1..=4 {
        let objet = format!("Acompte {i}/4 marché {marche}");
        let mut piece = Piece::new(true, day, Rc::clone(&tiers), objet, vec![line]);
        piece.facture = format!("AC{}-{i}", p.serial);
        piece.marche.clone_from(&marche);
        out = out.named(p.year, piece);
        day = p.later(day, 45, 60);
    }
    out
}

/// A credit note that was never used, or an invoice replaced twice.
fn credit_note(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["quinc", "garage", "materiel", "repar", "imprim"]);
    let start = p.date(2, 7);
    let a = p.invoice(habit, start);
    let mut out = Planting::new(match d {
        Facile => format!("Facture {} et celle qui la remplace payées toutes deux.", a.facture),
        Moyenne => format!("Facture {} créditée, puis refacturée et payée deux fois.", a.facture),
        Difficile => format!("Avoir sur la facture {} payé au lieu d'être déduit.", a.facture),
    });
    let mut credit = p.again(&a, 12, 30);
    credit.facture = format!("AV{}", a.facture);
    credit.objet = format!("Avoir sur facture {}", a.facture);
    credit.date_facture = credit.date_reception - 2;
    let mut bill = p.again(&credit, 8, 20);
    bill.facture = format!("{}-2", a.facture);
    bill.objet = format!("{} (annule et remplace {})", a.objet, a.facture);
    let mut third = p.again(&bill, 10, 30);
    third.facture = format!("{}-3", a.facture);
    third.objet.clone_from(&a.objet);
    out = out.named(p.year, a);
    match d {
        Facile => out.named(p.year, bill),
        Moyenne => {
            credit.change(Ligne::negated);
            out.named(p.year, credit).named(p.year, bill).named(p.year, third)
        }
        Difficile => out.named(p.year, credit),
    }
}

/// An invoice, its credit note, and the right invoice.
fn credit_note_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["quinc", "garage", "materiel", "repar"]);
    let start = p.date(2, 8);
    let a = p.invoice(habit, start);
    let mut credit = p.again(&a, 12, 30);
    credit.change(Ligne::negated);
    credit.facture = format!("AV{}", a.facture);
    credit.objet = format!("Avoir sur facture {}", a.facture);
    let mut bill = p.again(&credit, 7, 20);
    bill.lignes.clone_from(&a.lignes);
    bill.facture = format!("{}-2", a.facture);
    bill.objet = format!("{} (annule et remplace {})", a.objet, a.facture);
    let story =
        format!("Facture {} annulée par un avoir puis refaite : un seul paiement net.", a.facture);
    Planting::new(story).named(p.year, a).named(p.year, credit).named(p.year, bill)
}

/// A grant or an aid paid twice to the same beneficiary.
fn grant_twice(p: &mut Planter, d: Difficulte) -> Planting {
    let person = d == Facile;
    let tiers = p.new_person(if person { Genre::Personne } else { Genre::Association });
    let amount = if person { p.rng.between(150, 600) } else { p.rng.between(800, 6_000) } * 100;
    let line = p.line_on(if person { "65134" } else { "65748" }, amount, 0);
    let objet = if person { "Bourse au permis" } else { "Subvention de fonctionnement" };
    let day = p.date(3, 7);
    let a =
        Piece::new(true, day, Rc::new(tiers.clone()), format!("{objet} {}", p.year), vec![line]);
    let mut b = p.again(&a, 14, if d == Facile { 35 } else { 120 });
    if d != Facile {
        b.objet = format!("Aide aux associations - {}", tiers.nom);
    }
    if d == Difficile {
        let mut other = tiers.clone();
        other.id = format!("F{:05}", 80_000 + p.serial % 9_999);
        other.nom = variant(&tiers.nom);
        b.tiers = Rc::new(other);
    }
    let story = format!("{objet} versée deux fois à {} ({}).", tiers.id, euros(amount));
    Planting::new(story).named(p.year, a).named(p.year, b)
}

/// A grant in two equal payments, as the decision says.
fn grant_twice_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_person(Genre::Association));
    let amount = p.rng.between(6, 60) * 10_000;
    let line = p.line_on("65748", amount, 0);
    let day = p.date(3, 5);
    let second = p.later(day, 90, 150);
    let text = |step: &str| format!("Subvention {} - {step}, délibération du 12 mars", p.year);
    let a = Piece::new(true, day, Rc::clone(&tiers), text("1er versement sur 2"), vec![line]);
    let b = Piece::new(true, second, Rc::clone(&tiers), text("2e versement sur 2"), vec![line]);
    let story = format!(
        "Subvention à {} versée en deux parts égales prévues par la délibération.",
        tiers.nom
    );
    Planting::new(story).named(p.year, a).named(p.year, b)
}
