//! Payees (IBAN, SIRET), numbering of mandats, large grants.
//!
//! **Invariant:** each look-alike differs from its irregularity by the fact that makes it regular
//! (a change that lasts, one company, a legal exception, an agreement), and that fact is in the record.

use std::rc::Rc;

use super::{EventKind, Line, Planter, Planting, euros};
use crate::demo::identity::{Genre, Tiers, iban, siret};
use crate::demo::piece::{Ligne, Piece, Suite};
use crate::demo::truth::Difficulte::{self, Difficile, Facile, Moyenne};

pub(super) const RECIPES: &[Line] = &[
    ("TRS01", new_iban, new_iban_sosie),
    ("TRS02", shared_iban, shared_iban_sosie),
    ("TRS03", bad_siret, bad_siret_sosie),
    ("SEQ01", gap, gap_sosie),
    ("SEQ02", repeat, repeat_sosie),
    ("SUB01", no_agreement, no_agreement_sosie),
];

fn one(p: &Planter, histoire: String, piece: Piece) -> Planting {
    Planting::new(histoire).named(p.year, piece)
}

fn new_iban(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["quinc", "batiment", "voirie", "alim", "garage"]);
    let day = p.date(8, 11);
    let mut piece = p.invoice(habit, day);
    let mut card: Tiers = (*piece.tiers).clone();
    let other = iban(2_000_000 + p.serial);
    card.iban = if d == Facile { format!("LT{}", &other[2..20]) } else { other };
    piece.tiers = Rc::new(card);
    if d != Difficile {
        let factor = if d == Facile { 30 } else { 18 };
        piece.change(|l| l.times(factor, 10));
    }
    let story = format!("Un seul paiement à {} sur un IBAN nouveau.", piece.tiers.nom);
    one(p, story, piece)
}

/// A change of bank that lasts, checked by the accountant.
fn new_iban_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let old = Rc::new(p.new_tiers("Blanchisserie"));
    let mut card = (*old).clone();
    card.iban = iban(3_000_000 + p.serial);
    let new = Rc::new(card);
    let ht = p.rng.between(120, 500) * 100;
    let line = p.line_on("611", ht, 200);
    let mut pieces = p.monthly(
        &old,
        line,
        &[2, 3, 4, 5, 6, 7, 8, 9],
        "Location et entretien du linge - {mois} {an}",
    );
    let story = format!("{} a changé de banque ; les paiements suivants le confirment.", old.nom);
    let mut out = Planting::new(story);
    for (i, mut piece) in pieces.drain(..).enumerate() {
        if i >= 4 {
            piece.tiers = Rc::clone(&new);
        }
        if i == 4 {
            piece.objet = format!("{} (nouveau RIB vérifié)", piece.objet);
            out = out.named(p.year, piece);
        } else {
            out = out.context(p.year, piece);
        }
    }
    out
}

fn shared_iban(p: &mut Planter, d: Difficulte) -> Planting {
    let habit = p.supplier(&["quinc", "materiel", "fetes", "imprim"]);
    let day = p.date(3, 8);
    let a = p.invoice(habit, day);
    let mut other =
        if d == Difficile { p.new_person(Genre::Personne) } else { p.new_tiers("Multiservices") };
    other.iban.clone_from(&a.tiers.iban);
    let account = if d == Difficile { "6251" } else { "6188" };
    let ht = p.rng.between(90, 700) * 100;
    let line = p.line_on(account, ht, if d == Difficile { 0 } else { 200 });
    let when = p.later(day, 10, 60);
    let objet =
        if d == Difficile { "Remboursement de frais de mission" } else { "Prestation diverse" };
    let b = Piece::new(true, when, Rc::new(other), objet.to_string(), vec![line]);
    let b = if d == Difficile { b } else { b.facture(format!("MS-{:04}", p.serial % 10_000)) };
    let story = format!("{} et {} sont payés sur le même IBAN.", a.tiers.id, b.tiers.id);
    Planting::new(story).named(p.year, a).named(p.year, b)
}

/// Two establishments of one company share its account.
fn shared_iban_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let head = p.new_tiers("Distribution");
    let mut branch = head.clone();
    branch.id = format!("F{:05}", 80_000 + p.serial % 9_999);
    branch.siret = siret(&head.siret[..9], 4);
    branch.nom = format!("{} dépôt", head.nom);
    let day = p.date(3, 8);
    let second = p.later(day, 15, 50);
    let mut out =
        Planting::new(format!("Siège et dépôt de {} ont le même compte bancaire.", head.nom));
    for (i, (tiers, when)) in [(head, day), (branch, second)].into_iter().enumerate() {
        let ht = p.rng.between(90, 900) * 100;
        let line = p.line_on("60628", ht, 200);
        let piece =
            Piece::new(true, when, Rc::new(tiers), "Fournitures d'atelier".to_string(), vec![line]);
        out = out.named(p.year, piece.facture(format!("DI{:05}", p.serial * 5 + i as u64)));
    }
    out
}

fn bad_siret(p: &mut Planter, d: Difficulte) -> Planting {
    let mut card = p.new_tiers("Sonorisation");
    let good = card.siret.clone();
    card.siret = match d {
        Facile => good[..13].to_string(),
        Moyenne => format!("{}{}{}", &good[..6], (good.as_bytes()[6] - b'0' + 3) % 10, &good[7..]),
        Difficile => format!("{}{}", &good[..13], (good.as_bytes()[13] - b'0' + 1) % 10),
    };
    let ht = p.rng.between(200, 1_500) * 100;
    let line = p.line_on("6232", ht, 200);
    let day = p.date(3, 11);
    let piece = Piece::new(
        true,
        day,
        Rc::new(card),
        "Sonorisation d'une cérémonie".to_string(),
        vec![line],
    );
    let piece = piece.facture(format!("SO{:05}", p.serial * 3));
    let story = format!("SIRET {} de {} : la clé est fausse.", piece.tiers.siret, piece.tiers.nom);
    one(p, story, piece)
}

/// La Poste, whose SIRET do not follow Luhn by rule, or a foreign supplier without SIRET.
fn bad_siret_sosie(p: &mut Planter, d: Difficulte) -> Planting {
    let mut card = p.new_tiers("Édition étrangère");
    let (nom, siret, story) = if d == Facile {
        (card.nom.clone(), String::new(), "Fournisseur étranger, sans SIRET (TVA BE0000000097).")
    } else {
        (
            "La Poste (établissement d'exemple)".to_string(),
            "35600000000051".to_string(),
            "SIRET de La Poste : la somme de ses chiffres est un multiple de cinq, règle propre.",
        )
    };
    (card.nom, card.siret) = (nom, siret);
    if d != Facile {
        // One entry of the file, whatever the number of look-alikes.
        card.id = "F89998".to_string();
    }
    let ht = p.rng.between(50, 400) * 100;
    let line = p.line_on(if d == Facile { "6182" } else { "6261" }, ht, 0);
    let day = p.date(3, 11);
    let objet = if d == Facile {
        "Ouvrage de référence, fournisseur BE"
    } else {
        "Affranchissement en nombre"
    };
    let piece = Piece::new(true, day, Rc::new(card), objet.to_string(), vec![line]);
    let piece = piece.facture(format!("E{:06}", p.serial * 3));
    one(p, story.to_string(), piece)
}

fn gap(_: &mut Planter, d: Difficulte) -> Planting {
    let size = match d {
        Facile => 25,
        Moyenne => 4,
        Difficile => 1,
    };
    let mut out =
        Planting::new(format!("{size} numéro(s) de mandat manquant(s) entre ces deux mandats."));
    out.event = Some(EventKind::Gap(size));
    out
}

/// A number used a little later: the sequence is complete.
fn gap_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let wait = 6 + p.rng.index(12) as u32;
    let mut out = Planting::new("Numéro de mandat sauté puis utilisé quelques mandats plus loin.");
    out.event = Some(EventKind::Late(wait));
    out
}

fn repeat(p: &mut Planter, d: Difficulte) -> Planting {
    let wait = match d {
        Facile => 1,
        Moyenne => 8,
        Difficile => 40 + p.rng.index(30) as u32,
    };
    let mut out = Planting::new("Même numéro donné à deux mandats différents.");
    out.event = Some(EventKind::Repeat(wait));
    out
}

/// A mandat cancelled under its own number, then issued again under a new one.
pub(super) fn repeat_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["garage", "scol", "imprim", "batiment"]);
    let day = p.date(2, 9);
    let mut piece = p.invoice(habit, day);
    piece.suite = Suite::Annulation { days: 14 };
    let story = format!("Mandat à {} annulé sous son numéro, puis réémis.", piece.tiers.nom);
    one(p, story, piece)
}

fn no_agreement(p: &mut Planter, d: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_person(Genre::Association));
    let amounts: Vec<i64> = match d {
        Facile => vec![p.rng.between(28, 45) * 100_000],
        Moyenne => vec![1_450_000, 1_150_000],
        Difficile => vec![2_350_000],
    };
    let mut day = p.date(3, 6);
    let mut out = Planting::new(format!(
        "{} reçus par {} dans l'année, sans convention.",
        euros(amounts.iter().sum()),
        tiers.nom
    ));
    for amount in amounts {
        let line: Ligne = p.line_on("65748", amount, 0);
        let objet = if d == Difficile { "Participation exceptionnelle" } else { "Subvention" };
        let piece =
            Piece::new(true, day, Rc::clone(&tiers), format!("{objet} {}", p.year), vec![line]);
        out = out.named(p.year, piece);
        day = p.later(day, 60, 120);
    }
    out
}

/// A large grant with its agreement.
fn no_agreement_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = Rc::new(p.new_person(Genre::Association));
    let amount = p.rng.between(25, 40) * 100_000;
    let line = p.line_on("65748", amount, 0);
    let day = p.date(3, 6);
    let number = format!("{}-{:03}", p.year, 900 + p.serial % 99);
    let mut piece = Piece::new(
        true,
        day,
        tiers,
        format!("Subvention {} - convention {number}", p.year),
        vec![line],
    );
    piece.marche = format!("CONV-{number}");
    one(p, format!("Subvention de {} avec la convention {number}.", euros(amount)), piece)
}
