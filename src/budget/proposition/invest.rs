//! Investment: the programme typed, the remainders carried over, the FCTVA by rule; the model otherwise.
//!
//! A typed programme replaces the recent mean of equipment for its exercice; remainders (RAR) of the last
//! accounts come first and are part of the forecast when nothing is typed.
//!
//! **Invariant:** a loan is never forecast: `balance` computes the one that closes the section.

use crate::budget::constantes::{self, Constante};
use crate::budget::project::french;
use crate::budget::rows::OriginePrevision;
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;

use super::{Contexte, EQUIPEMENT, LigneProposee};

/// Accounts whose FCTVA is paid back: equipment without grants paid.
const ELIGIBLE: [&str; 2] = ["21", "23"];
/// Mean error over which the rule of the FCTVA is left to the model.
const FCTVA_ERROR: f64 = 0.25;
/// Receipts of chapitre 13 that come each year without works: fines, attribution of compensation.
const EACH_YEAR: [&str; 4] = ["1335", "1345", "13146", "13246"];
/// Account of works in progress.
const WORKS: &str = "2313";

pub(super) fn programme(c: &Contexte<'_>, lignes: &mut Vec<LigneProposee>, told: &mut Vec<String>) {
    // loans and reserves are decided, not forecast
    let decided = |l: &LigneProposee| {
        l.section == Section::I
            && l.sens == Sens::R
            && (l.nature == "1068"
                || ["1631", "1641", "1643", "16441"].iter().any(|p| l.nature.starts_with(p)))
    };
    lignes.retain(|l| !decided(l));
    let typed = |pick: fn(&super::Operation) -> &std::collections::BTreeMap<u16, Centimes>| {
        c.operations().any(|o| pick(o).contains_key(&c.exercice))
    };
    let (works, grants, vat) =
        (typed(|o| &o.montants), typed(|o| &o.subventions), typed(|o| &o.fctva));
    if vat {
        lignes.retain(|l| l.sens != Sens::R || l.nature != "10222");
    } else {
        fctva(c, lignes);
    }
    let replaced = |l: &LigneProposee| {
        l.section == Section::I
            && match l.sens {
                Sens::D => works && EQUIPEMENT.contains(&l.chapitre.as_str()),
                Sens::R => {
                    (works || grants) && l.chapitre == "13" && !EACH_YEAR.contains(&&*l.nature)
                }
            }
    };
    let dropped: Centimes =
        lignes.iter().filter(|l| l.sens == Sens::R && replaced(l)).map(|l| l.central).sum();
    lignes.retain(|l| !replaced(l));
    if !grants && dropped.0 > 0 {
        told.push(format!(
            "programme {} saisi sans subvention : {} de subventions prévues par les comptes passés retirées, \
             seuls restent les restes à réaliser et les recettes annuelles à faire : saisir les subventions \
             notifiées dans [[investissement]], subventions = {{ {} = … }}",
            c.exercice,
            super::en_euros(dropped),
            c.exercice
        ));
    }
    carried_over(c, lignes, told);
    operations(c, lignes);
    if !works {
        told.push(format!(
            "aucune opération {} au programme : équipement prévu par la moyenne des derniers exercices \
             à faire : saisir le programme dans vigie.toml, table [[investissement]]",
            c.exercice
        ));
    }
}

/// Remainders of the last accounts: part of the forecast of their account, above it when it is small.
fn carried_over(c: &Contexte<'_>, lignes: &mut Vec<LigneProposee>, told: &mut Vec<String>) {
    let rar = || {
        let all = c.frame.lignes_of(c.document).filter(|l| l.ordre == Ordre::Reel);
        all.filter(|l| l.rar.is_some_and(|m| m != Centimes::ZERO))
    };
    if c.base() + 1 != c.exercice {
        if rar().next().is_some() {
            told.push(format!(
                "restes à réaliser du 31 décembre {} inconnus : non repris à faire : les ajouter dès \
                 l'arrêté des comptes",
                c.exercice - 1
            ));
        }
        return;
    }
    let mut kept = Vec::new();
    for l in rar() {
        let amount = l.rar.unwrap_or_default();
        let mut left = amount;
        let same = |p: &LigneProposee| {
            p.section == l.section
                && p.sens == l.sens
                && p.nature == l.nature
                && p.operation.is_empty()
        };
        for p in lignes.iter_mut().filter(|p| same(p)) {
            let taken = Centimes(left.0.min(p.central.0).max(0));
            left = left - taken;
            p.central = p.central - taken;
            p.prudent = Centimes((p.prudent - taken).0.max(0));
            p.favorable = Centimes((p.favorable - taken).0.max(0));
            p.raison = format!("{} ; restes à réaliser déduits", p.raison);
        }
        kept.push(LigneProposee {
            fonction: l.fonction.clone(),
            operation: l.operation.clone(),
            report: true,
            ..LigneProposee::sure(
                (l.section, l.sens, Ordre::Reel),
                (&l.chapitre, &l.nature, c.libelle(&l.nature)),
                amount,
                format!("reste à réaliser du 31 décembre {}", c.base()),
            )
        });
    }
    lignes.extend(kept);
}

fn operations(c: &Contexte<'_>, lignes: &mut Vec<LigneProposee>) {
    for o in c.operations() {
        let nature = o.nature.as_deref().unwrap_or(WORKS);
        let lists = [
            (&o.montants, Sens::D, nature, "programme"),
            (&o.subventions, Sens::R, "1328", "subvention attendue"),
            (&o.fctva, Sens::R, "10222", "FCTVA attendu"),
        ];
        for (amounts, sens, nature, word) in lists {
            let Some(amount) = amounts.get(&c.exercice) else { continue };
            let chart = crate::domain::nomenclature::plan(c.budget.plan);
            let place = chart.imputation(c.exercice, nature, sens, Ordre::Reel);
            let chapitre = place.map_or(nature.get(..2).unwrap_or(nature), |p| p.chapitre);
            lignes.push(LigneProposee {
                fonction: o.fonction.clone(),
                operation: o.nom.clone(),
                ..LigneProposee::sure(
                    (Section::I, sens, Ordre::Reel),
                    (chapitre, nature, c.libelle(nature)),
                    *amount,
                    format!("{word} « {} » (vigie.toml)", o.nom),
                )
            });
        }
    }
}

/// Legal rate of the FCTVA on the expenditure of a year, as a fraction, with its row.
fn legal_rate(year: u16) -> Option<(f64, &'static Constante)> {
    let row = constantes::en_vigueur("fctva_taux", year)?;
    Some((row.nombre()? / 100.0, row))
}

/// FCTVA by its observed yield on eligible expenditure at the legal rate of its year, at the delay that
/// explains the past best.
fn fctva(c: &Contexte<'_>, lignes: &mut [LigneProposee]) {
    let n = c.budget.exercices.len();
    let sum = |sens: Sens, keep: &dyn Fn(&str, &str) -> bool| -> Vec<f64> {
        let ours = c.budget.series.iter().filter(|s| s.section == Section::I && s.sens == sens);
        let ours: Vec<_> = ours.filter(|s| keep(&s.chapitre, &s.code)).collect();
        (0..n).map(|i| ours.iter().map(|s| s.realise[i].euros()).sum()).collect()
    };
    let mut due = sum(Sens::D, &|chapitre, _| ELIGIBLE.contains(&chapitre));
    for (amount, year) in due.iter_mut().zip(&c.budget.exercices) {
        *amount *= legal_rate(*year).map_or(0.0, |(rate, _)| rate);
    }
    let received = sum(Sens::R, &|_, code| code == "10222");
    let mut best: Option<(f64, usize, f64)> = None;
    for delay in 0..=constantes::usage("fctva_delai") as usize {
        let pairs: Vec<(f64, f64)> =
            (delay..n).map(|i| (due[i - delay], received[i])).filter(|p| p.0 > 0.0).collect();
        let base: f64 = pairs.iter().map(|p| p.0).sum();
        let got: f64 = pairs.iter().map(|p| p.1).sum();
        if pairs.len() < 3 || base <= 0.0 || got <= 0.0 {
            continue;
        }
        let ratio = (got / base).min(1.0);
        let miss: f64 = pairs.iter().map(|(d, r)| (d * ratio - r).abs()).sum::<f64>() / got;
        if best.is_none_or(|(least, _, _)| miss < least) {
            best = Some((miss, delay, ratio));
        }
    }
    let Some((miss, delay, ratio)) = best.filter(|(miss, _, _)| *miss <= FCTVA_ERROR) else {
        return;
    };
    let year = c.exercice - delay as u16;
    let known = c.budget.exercices.iter().position(|y| *y == year).map(|i| due[i]);
    let (Some(base), Some((rate, row))) = (known, legal_rate(year)) else { return };
    let Some(amount) = Centimes::from_euros(base * ratio) else { return };
    let line = lignes.iter_mut().find(|l| l.sens == Sens::R && l.nature == "10222");
    if let Some(l) = line.filter(|l| l.origine == OriginePrevision::Modele) {
        let half = |m: Centimes| Centimes((m.0.unsigned_abs() as f64 * miss) as i64);
        (l.central, l.prudent, l.favorable) =
            (amount, amount - half(amount), amount + half(amount));
        l.origine = OriginePrevision::Regle;
        l.erreur_passee_pct = Some(100.0 * miss);
        l.raison = format!(
            "FCTVA : {} % des travaux et achats {year} (taux légal {} %, part éligible constatée {} % ; {})",
            french(100.0 * ratio * rate),
            row.valeur.replace('.', ","),
            french(100.0 * ratio),
            row.provenance(),
        );
    }
}
