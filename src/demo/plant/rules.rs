//! Procurement over known contracts, cash and advances of régies, end of year, entries of suppliers.
//!
//! **Invariant:** each look-alike differs from its irregularity by the fact that makes it regular
//! (contract number, amount under the limit, months apart), and that fact is in the record.

use std::rc::Rc;

use super::controls::{regie, threshold};
use super::payees::repeat_sosie;
use super::{Contrat, EventKind, Line, PERSONS, Planter, Planting, euros, jj_mm};
use crate::demo::calendar::{day, last_bordereau_day, next_bordereau_day};
use crate::demo::flows::organisation;
use crate::demo::identity::{Genre, Tiers, siret};
use crate::demo::piece::{Ligne, Piece};
use crate::demo::truth::Difficulte::{self, Difficile, Facile, Moyenne};

pub(super) const RECIPES: &[Line] = &[
    ("MAR02", family, family_sosie),
    ("MAR03", under, under_sosie),
    ("MAR04", same_day, same_day_sosie),
    ("MAR05", over_amount, over_amount_sosie),
    ("MAR06", after_end, after_end_sosie),
    ("MAR07", avenants, avenants_sosie),
    ("MAR08", no_contract, no_contract_sosie),
    ("REG03", cash, cash_sosie),
    ("REG04", over_advance, over_advance_sosie),
    ("REG05", near_ceiling, near_ceiling_sosie),
    ("REG06", cash_held, cash_held_sosie),
    ("CAL04", year_end, year_end_sosie),
    ("CAL05", closed_year, closed_year_sosie),
    ("TRS04", twice, twice_sosie),
    ("TRS05", person, person_sosie),
    ("TRS06", consecutive, consecutive_sosie),
    ("SEQ03", bordereau, repeat_sosie),
    ("SEQ04", moved, moved_sosie),
];

fn one(p: &Planter, histoire: String, piece: Piece) -> Planting {
    Planting::new(histoire).named(p.year, piece)
}

/// One value by degree of difficulty.
fn by<T>(d: Difficulte, easy: T, medium: T, hard: T) -> T {
    match d {
        Facile => easy,
        Moyenne => medium,
        Difficile => hard,
    }
}

/// A company that nothing else in the ledger pays.
fn stranger(p: &mut Planter, trade: &str) -> Rc<Tiers> {
    p.serial += 1;
    Rc::new(p.new_tiers(trade))
}

/// An invoice of a payee, its amount without tax, tax at 20 %.
fn bill(
    p: &mut Planter,
    tiers: &Rc<Tiers>,
    day: i32,
    (account, ht): (&str, i64),
    objet: &str,
) -> Piece {
    p.serial += 1;
    let line = p.line_on(account, ht, 200);
    let piece = Piece::new(true, day, Rc::clone(tiers), objet.to_string(), vec![line]);
    piece.facture(format!("R{}/{:05}", p.year % 100, p.serial * 13 % 99_991))
}

// --- MAR ---

fn several(
    p: &mut Planter,
    (count, part, step): (i64, i64, i64),
    marche: &str,
    story: &str,
) -> Planting {
    const GOODS: [&str; 4] =
        ["Tablettes numériques", "Mobilier de restaurant", "Bacs de collecte", "Jeux de cour"];
    let objet = GOODS[p.rng.index(GOODS.len())];
    let place = ["écoles", "crèches", "gymnases", "cantines"][p.rng.index(4)];
    let mut when = p.date(3, 8);
    let mut out = Planting::new(story);
    for i in 1..=count {
        let tiers =
            stranger(p, ["Équipement", "Comptoir", "Distribution", "Négoce"][i as usize % 4]);
        let ht = threshold(p.year) * part / 100 + p.rng.between(-30_000, 30_000);
        let text = format!("{objet} pour les {place}, lot {i}");
        let mut piece = bill(p, &tiers, when, ("2188", ht), &text);
        piece.marche = marche.to_string();
        out = out.named(p.year, piece);
        when = p.later(when, step, step + 3);
    }
    out
}

fn family(p: &mut Planter, d: Difficulte) -> Planting {
    let shape = by(d, (4, 45, 4), (3, 41, 8), (3, 37, 20));
    several(
        p,
        shape,
        "",
        "Un même besoin acheté à plusieurs fournisseurs, au-delà du seuil, sans marché.",
    )
}

fn family_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let marche = format!("{}G{:03}", p.year, p.serial % 997);
    several(p, (3, 42, 6), &marche, "Lots d'un même marché, attribués à plusieurs fournisseurs.")
}

fn under(p: &mut Planter, d: Difficulte) -> Planting {
    let tiers = stranger(p, "Matériels");
    let parts = by(d, [996, 993], [985, 993], [962, 971]);
    let first = p.date(2, 4);
    let second = p.later(first, 110, 150);
    let mut out =
        Planting::new("Deux commandes juste sous le seuil de dispense, chez un même fournisseur.");
    for (part, when) in parts.into_iter().zip([first, second]) {
        let ht = threshold(p.year) * part / 1000 + p.rng.between(-9_000, 9_000);
        let piece = bill(p, &tiers, when, ("2188", ht), "Acquisition de matériel technique");
        out = out.named(p.year, piece);
    }
    out
}

fn under_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = stranger(p, "Matériels");
    let when = p.date(3, 10);
    let ht = threshold(p.year) * 99 / 100;
    let mut piece = bill(p, &tiers, when, ("2188", ht), "Matériel technique, bon de commande");
    piece.marche = format!("{}S{:03}", p.year, p.serial % 997);
    one(p, format!("Bon de commande de {} du marché {}.", euros(ht), piece.marche), piece)
}

/// What a same-day purchase is for: two suppliers chosen by chance do not share a need.
const BOUGHT: [&str; 11] = [
    "Sonorisation de la salle des fêtes",
    "Rayonnages des archives",
    "Aire de jeux du square",
    "Défibrillateurs des gymnases",
    "Four de la cantine",
    "Bacs de tri",
    "Illuminations de fin d'année",
    "Buts et filets du stade",
    "Stores de l'école",
    "Scène démontable",
    "Armoires ignifugées",
];

fn in_one_day(p: &mut Planter, (count, part): (i64, i64), marche: &str, story: &str) -> Planting {
    let tiers = stranger(p, "Installations");
    let when = p.date(3, 11);
    let bought = BOUGHT[p.same_day % BOUGHT.len()];
    p.same_day += 1;
    let mut out = Planting::new(story);
    for i in 1..=count {
        let ht = threshold(p.year) * part / 100 + p.rng.between(-30_000, 30_000);
        let mut piece = bill(p, &tiers, when, ("2188", ht), &format!("{bought}, tranche {i}"));
        (piece.date_facture, piece.date_reception) = (when - 12, when - 9);
        piece.marche = marche.to_string();
        out = out.named(p.year, piece);
    }
    out
}

fn same_day(p: &mut Planter, d: Difficulte) -> Planting {
    let shape = by(d, (3, 48), (2, 72), (3, 37));
    in_one_day(p, shape, "", "Factures du même jour, au-delà du seuil à elles toutes, sans marché.")
}

fn same_day_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    in_one_day(p, (2, 31), "", "Deux factures du même jour dont la somme reste sous le seuil.")
}

/// A contract of a new supplier, known by `vigie.toml`.
fn contract(p: &mut Planter, ht: i64, (debut, fin): (i32, i32)) -> (Rc<Tiers>, Contrat) {
    let tiers = stranger(p, "Prestations");
    let numero = format!("{}M{:05}", p.year, p.serial * 7 % 99_989);
    let objet = "Prestations de service".to_string();
    let contrat =
        Contrat { siret: tiers.siret.clone(), numero, objet, ht, debut, fin, avenants: vec![] };
    (tiers, contrat)
}

fn paid(p: &mut Planter, parts: &[i64], story: &str) -> Planting {
    let ht = p.rng.between(40, 90) * 100_000;
    let (tiers, contrat) = contract(p, ht, (day(p.year, 1, 1), day(p.year, 12, 31)));
    let mut when = p.date(2, 3);
    let mut out = Planting::new(story);
    for (i, part) in parts.iter().enumerate() {
        let amount = ht * part / 1000 + p.rng.between(-9_000, 9_000);
        let text = format!("Prestations, acompte {}", i + 1);
        let mut piece = bill(p, &tiers, when, ("611", amount), &text);
        piece.marche.clone_from(&contrat.numero);
        out = out.named(p.year, piece);
        when = p.later(when, 28, 45);
    }
    out.contrat = Some(contrat);
    out
}

fn over_amount(p: &mut Planter, d: Difficulte) -> Planting {
    let parts = by(d, [350, 380, 310, 360], [310, 290, 330, 290], [280, 300, 260, 260]);
    paid(p, &parts, "Marché payé au-delà de son montant, sans avenant.")
}

fn over_amount_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    paid(p, &[240, 260, 230, 240], "Marché payé presque en entier, sous son montant.")
}

fn ended(p: &mut Planter, late: i64, objet: &str, story: &str) -> Planting {
    let end = day(p.year, 3, 31);
    let (tiers, contrat) = contract(p, 6_000_000, (day(p.year - 1, 4, 1), end));
    let before = next_bordereau_day(day(p.year, 2, 10));
    let mut out = Planting::new(format!("{story} (fin le {}).", jj_mm(end)));
    for (when, text) in
        [(before, "Prestations de février"), (next_bordereau_day(end + late as i32 + 16), objet)]
    {
        let ht = p.rng.between(60, 190) * 10_000;
        let mut piece = bill(p, &tiers, when, ("611", ht), text);
        piece.marche.clone_from(&contrat.numero);
        out = if when == before { out.context(p.year, piece) } else { out.named(p.year, piece) };
    }
    out.contrat = Some(contrat);
    out
}

fn after_end(p: &mut Planter, d: Difficulte) -> Planting {
    let late = by(d, 200, 130, 78);
    ended(p, late, "Prestations de service", "Facture émise après la fin du marché")
}

fn after_end_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    ended(
        p,
        120,
        "Décompte général, solde et retenue de garantie",
        "Solde payé après la fin du marché",
    )
}

fn changed(p: &mut Planter, parts: &[i64], story: &str) -> Planting {
    let ht = p.rng.between(60, 150) * 100_000;
    let (tiers, mut contrat) = contract(p, ht, (day(p.year, 1, 1), day(p.year, 12, 31)));
    contrat.avenants = parts.iter().map(|part| ht / 100 * part).collect();
    let when = p.date(3, 10);
    let mut piece = bill(p, &tiers, when, ("611", ht / 5), "Prestations, premier acompte");
    piece.marche.clone_from(&contrat.numero);
    let mut out = one(p, story.to_string(), piece);
    out.contrat = Some(contrat);
    out
}

fn avenants(p: &mut Planter, d: Difficulte) -> Planting {
    let parts: &[i64] = by(d, &[12, 18], &[8, 6], &[11]);
    changed(p, parts, "Avenants de services au-delà de 10 % du montant initial.")
}

fn avenants_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    changed(p, &[5, 4], "Deux avenants, 9 % à eux deux.")
}

fn no_contract(p: &mut Planter, d: Difficulte) -> Planting {
    let tiers = stranger(p, "Véhicules");
    let when = p.date(3, 11);
    let ht = threshold(p.year) * by(d, 230, 160, 118) / 100;
    let piece = bill(p, &tiers, when, ("2188", ht), "Acquisition d'équipement lourd");
    one(p, format!("Commande de {} HT sans marché.", euros(ht)), piece)
}

fn no_contract_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let tiers = stranger(p, "Véhicules");
    let when = p.date(3, 11);
    let ht = threshold(p.year) * 17 / 10;
    let mut piece = bill(p, &tiers, when, ("2188", ht), "Équipement lourd, marché notifié");
    piece.marche = format!("{}V{:03}", p.year, p.serial % 997);
    one(p, format!("Commande de {} HT du marché {}.", euros(ht), piece.marche), piece)
}

// --- REG ---

fn in_cash(p: &mut Planter, amount: i64, story: &str) -> Planting {
    let when = p.date(3, 11);
    let mut piece =
        regie(p, "Médiathèque", when, amount, format!("Achat d'animation {}", p.serial % 97));
    piece.mode = "Numéraire";
    one(p, format!("{story} ({}).", euros(amount)), piece)
}

fn cash(p: &mut Planter, d: Difficulte) -> Planting {
    let amount = p.rng.between(by(d, 5_500, 3_700, 3_060), by(d, 8_000, 4_400, 3_250)) * 10;
    in_cash(p, amount, "Dépense de régie en espèces au-delà de 300 €")
}

fn cash_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let amount = p.rng.between(120, 298) * 100;
    in_cash(p, amount, "Dépense de régie en espèces sous 300 €")
}

fn refill(p: &mut Planter, amount: i64, story: &str) -> Planting {
    let when = p.date(3, 11);
    let number = p.serial % 97;
    let piece = regie(
        p,
        "Vie associative",
        when,
        amount,
        format!("Reconstitution de l'avance n° {number}"),
    );
    one(p, format!("{story} ({}).", euros(amount)), piece)
}

fn over_advance(p: &mut Planter, d: Difficulte) -> Planting {
    let amount = by(d, 150_000, 122_000, 105_000) + p.rng.between(-900, 900);
    refill(p, amount, "Reconstitution au-delà de l'avance de 1 000,00 €")
}

fn over_advance_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let amount = p.rng.between(30_000, 92_000);
    refill(p, amount, "Reconstitution sous l'avance")
}

fn purchases(p: &mut Planter, amounts: &[i64], story: &str) -> Planting {
    let mut when = p.date(2, 5);
    let mut out = Planting::new(story);
    for (i, amount) in amounts.iter().enumerate() {
        let text = format!("Sortie et animation n° {}-{}", p.serial % 997, i + 1);
        let piece = regie(p, "Médiathèque", when, *amount, text);
        out = out.named(p.year, piece);
        when = p.later(when, 20, 34);
    }
    out
}

fn near_ceiling(p: &mut Planter, d: Difficulte) -> Planting {
    let low = by(d, 198_000, 194_000, 191_000);
    let count = by(d, 5, 4, 4);
    let amounts: Vec<i64> = (0..count).map(|_| p.rng.between(low, 199_900)).collect();
    purchases(p, &amounts, "Achats de régie toujours juste sous 2 000,00 €.")
}

fn near_ceiling_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let amounts: Vec<i64> = (0..4).map(|_| p.rng.between(40_000, 170_000)).collect();
    purchases(p, &amounts, "Achats de régie de montants variés, sous le plafond.")
}

fn paid_in(p: &mut Planter, ht: i64, story: &str) -> Planting {
    let when = p.date(2, 11);
    let compte = p.commune.chart.real("70632", false).unwrap_or(0);
    let fonction = p.commune.chart.comptes[usize::from(compte)].fonctions[0].0;
    let line = Ligne::from_ht(compte, fonction, ht, 0);
    let text = format!("Versement de la régie Jeunesse du {}", jj_mm(when));
    let tiers = organisation("Régie de recettes Jeunesse (exemple)");
    let mut piece = Piece::new(false, when, tiers, text, vec![line]);
    (piece.regie, piece.mode) = ("Jeunesse", "Versement régie");
    one(p, format!("{story} ({}).", euros(ht)), piece)
}

fn cash_held(p: &mut Planter, d: Difficulte) -> Planting {
    let amount = by(d, 890_000, 640_000, 521_000) + p.rng.between(-9_000, 9_000);
    paid_in(p, amount, "Versement d'une régie dont l'encaisse est plafonnée à 5 000,00 €")
}

fn cash_held_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let amount = p.rng.between(200_000, 480_000);
    paid_in(p, amount, "Versement sous le plafond de l'encaisse")
}

// --- CAL ---

fn spread(p: &mut Planter, days: &[i32], story: &str) -> Planting {
    let fonction = p.commune.chart.fonction("322");
    let mut out = Planting::new(story);
    for (i, wanted) in days.iter().enumerate() {
        let tiers = stranger(p, ["Fournitures", "Équipement", "Comptoir"][i % 3]);
        let when = next_bordereau_day(*wanted).min(last_bordereau_day(day(p.year, 12, 31)));
        let ht = p.rng.between(300, 1_400) * 100 + p.rng.between(0, 99);
        let mut piece = bill(p, &tiers, when, ("60636", ht), "Tenues et petits équipements");
        piece.lignes[0].fonction = fonction;
        out = out.named(p.year, piece);
    }
    out
}

fn year_end(p: &mut Planter, d: Difficulte) -> Planting {
    let count = by(d, 14, 11, 9);
    let days: Vec<i32> = (0..count).map(|i| day(p.year, 12, 12) + i * 14 / count).collect();
    spread(p, &days, "Crédits d'une ligne consommés en commandes de fin décembre.")
}

fn year_end_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let days: Vec<i32> = (2..=11).map(|m| day(p.year, m, 9)).chain([day(p.year, 12, 15)]).collect();
    spread(p, &days, "Achats de la même ligne répartis sur l'année.")
}

fn closed_year(_: &mut Planter, d: Difficulte) -> Planting {
    let mut out = Planting::new("Mandat daté d'après la journée complémentaire.");
    out.event = Some(EventKind::Moved(by(d, 40, 32, 26)));
    out
}

/// The last days of the month 13 are still in time.
fn closed_year_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let habit = p.supplier(&["garage", "scol", "imprim", "batiment"]);
    let when = last_bordereau_day(day(p.year + 1, 1, 31));
    let piece = p.invoice(habit, when);
    one(p, format!("Mandat du {}, dans la journée complémentaire.", jj_mm(when)), piece)
}

// --- TRS ---

fn twice(p: &mut Planter, d: Difficulte) -> Planting {
    let card = stranger(p, "Signalétique");
    let mut second = (*card).clone();
    second.id = format!("F{:05}", 80_000 + p.serial % 9_999);
    let short = card.nom.rsplit_once(' ').map_or(card.nom.clone(), |(n, _)| n.to_string());
    if d != Facile {
        second.nom = short.to_uppercase();
    }
    if d == Difficile {
        second.siret.clear();
    }
    pair(p, &[card, Rc::new(second)], "Un fournisseur a deux codes au fichier des tiers")
}

/// Two establishments, each with its own SIRET and bank.
fn twice_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let card = stranger(p, "Signalétique");
    let mut second = (*stranger(p, "Signalétique")).clone();
    second.siret = siret(&card.siret[..9], 2);
    second.nom = format!("{} agence", card.nom);
    pair(p, &[card, Rc::new(second)], "Deux établissements d'une même société, deux codes")
}

fn pair(p: &mut Planter, cards: &[Rc<Tiers>; 2], story: &str) -> Planting {
    let first = p.date(2, 5);
    let second = p.later(first, 70, 120);
    let mut out = Planting::new(format!("{story} : {} et {}.", cards[0].id, cards[1].id));
    for (tiers, (when, text)) in
        cards.iter().zip([(first, "Panneaux de voirie"), (second, "Plaques de rues et numéros")])
    {
        let ht = p.rng.between(20_000, 140_000);
        let piece = bill(p, tiers, when, ("60632", ht), text);
        out = out.named(p.year, piece);
    }
    out
}

fn person(p: &mut Planter, d: Difficulte) -> Planting {
    let (nom, prenom, _) = PERSONS[p.rng.index(PERSONS.len())];
    let mut card = (*stranger(p, "Services")).clone();
    card.nom = by(
        d,
        format!("{} {prenom}", nom.to_uppercase()),
        format!("{prenom} {nom} Paysage"),
        format!("{nom} {prenom}"),
    );
    if d == Difficile {
        card.siret.clear();
    }
    let when = p.date(3, 11);
    let ht = p.rng.between(20_000, 180_000);
    let piece = bill(p, &Rc::new(card), when, ("6188", ht), "Prestation ponctuelle");
    one(p, "Entreprise au nom d'une personne déclarée.".to_string(), piece)
}

/// The same person, given back the expenses of a mission.
fn person_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let (nom, prenom, _) = PERSONS[p.rng.index(PERSONS.len())];
    let mut card = p.new_person(Genre::Personne);
    card.nom = format!("{} {prenom}", nom.to_uppercase());
    let when = p.date(3, 11);
    let ht = p.rng.between(2_000, 18_000);
    let line = p.line_on("6251", ht, 0);
    let text = "Remboursement de frais de mission".to_string();
    let piece = Piece::new(true, when, Rc::new(card), text, vec![line]);
    one(p, "Frais de mission d'une personne déclarée.".to_string(), piece)
}

fn numbered(p: &mut Planter, count: i64, step: (i64, i64), story: &str) -> Planting {
    let tiers = stranger(p, "Conseil");
    let mut number = 100 + p.serial % 700;
    let mut when = p.date(2, 3);
    let mut out = Planting::new(format!("{story} ({count} factures)."));
    for i in 0..count {
        let ht = p.rng.between(60_000, 190_000);
        let text = format!("Mission de conseil, phase {}", i + 1);
        let piece = bill(p, &tiers, when, ("617", ht), &text).facture(format!("FC-{number:04}"));
        out = out.named(p.year, piece);
        number += p.rng.between(step.0, step.1) as u64;
        when = p.later(when, 18, 24);
    }
    out
}

fn consecutive(p: &mut Planter, d: Difficulte) -> Planting {
    let count = by(d, 12, 10, 7);
    numbered(p, count, (1, 1), "Fournisseur dont toutes les factures se suivent")
}

fn consecutive_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    numbered(p, 8, (3, 9), "Fournisseur qui facture aussi d'autres clients")
}

// --- SEQ ---

fn bordereau(_: &mut Planter, d: Difficulte) -> Planting {
    let size = by(d, 6, 2, 1);
    let mut out = Planting::new(format!("{size} numéro(s) de bordereau manquant(s)."));
    out.event = Some(EventKind::Bordereau(size));
    out
}

fn moved(_: &mut Planter, d: Difficulte) -> Planting {
    let days = by(d, -58, -36, -24);
    let mut out = Planting::new(format!("Mandat antidaté de {} jours.", -days));
    out.event = Some(EventKind::Moved(days));
    out
}

/// A number used a little later: its date is that of its bordereau.
fn moved_sosie(p: &mut Planter, _: Difficulte) -> Planting {
    let wait = 3 + p.rng.index(4) as u32;
    let mut out = Planting::new("Numéro de mandat employé quelques mandats plus loin.");
    out.event = Some(EventKind::Late(wait));
    out
}
