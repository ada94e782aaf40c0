//! Sincerity of a budget and BUD controls: what the accounts and the forecast say of each amount.
//!
//! Amounts out of the interval of the forecast, direct taxes against bases x rates, breaks against the last
//! accounts, credits left unused year after year, remainders not carried over, date of the vote.
//!
//! **Invariant:** nothing here is forbidden: a flag asks for a reason; what has no data is not evaluated.

use std::collections::BTreeMap;

use crate::budget::checks::{Ligne, Verdict};
use crate::budget::constantes::{self, source, usage};
use crate::budget::history::Budget;
use crate::budget::leviers::TaxeSaisie;
use crate::budget::postes;
use crate::budget::rows::{LignePrevision, Niveau, OriginePrevision, Prevision};
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Etape, Taxe};

const SINCERITY: &str = "CGCT, L.1612-4 : évaluation sincère ; intervalle à 80 % de la prévision";

/// A flag on a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerte {
    /// Control.
    pub code: &'static str,
    /// What was found, French.
    pub libelle: String,
    /// Amount of the budget.
    pub gauche: Centimes,
    /// What it is compared with.
    pub droite: Centimes,
    /// Result.
    pub verdict: Verdict,
    /// Law or usage.
    pub source: &'static str,
}

/// What is read of a budget to check.
#[derive(Debug, Clone, Copy)]
pub struct Vote<'a> {
    /// Its lines.
    pub lignes: &'a [Ligne],
    /// Exercice.
    pub exercice: u16,
    /// Taxes voted, when the document or the accounts say them.
    pub taxes: &'a [Taxe],
    /// Taxes typed for that exercice (`[[taxe]]`): they replace those above.
    pub saisies: &'a [TaxeSaisie],
}

impl Vote<'_> {
    fn sum(&self, keep: impl Fn(&Ligne) -> bool) -> Centimes {
        self.lignes.iter().filter(|l| l.ordre == Ordre::Reel && keep(l)).map(|l| l.montant).sum()
    }
}

/// Flags of a budget against the forecast and the accounts of the same budget.
pub fn alertes(
    vote: &Vote<'_>,
    budget: &Budget,
    prevision: &Prevision,
    frame: &BudgetFrame,
) -> Vec<Alerte> {
    let mut out = Vec::new();
    intervals(vote, budget, prevision, &mut out);
    out.extend(taxes(vote));
    breaks(vote, budget, prevision, &mut out);
    unused(vote, budget, &mut out);
    remainders(vote, budget, frame, &mut out);
    out
}

/// Operating chapitres above the favourable bound or under it.
fn intervals(vote: &Vote<'_>, budget: &Budget, prevision: &Prevision, out: &mut Vec<Alerte>) {
    let ours = |l: &&LignePrevision| {
        l.budget == budget.nom
            && l.exercice == vote.exercice
            && l.niveau == Niveau::Chapitre
            && l.section == Section::F
    };
    for l in prevision.lignes.iter().filter(ours) {
        let here = |x: &Ligne| x.section == l.section && x.sens == l.sens && x.chapitre == l.code;
        let voted = vote.sum(here);
        let (bas, haut) = l.intervalle_80;
        let (word, bound) = match l.sens {
            Sens::R if voted > haut => ("recettes au-dessus de la borne haute", haut),
            Sens::D if voted < bas => ("dépenses sous la borne basse", bas),
            _ => continue,
        };
        out.push(Alerte {
            code: "sincerite",
            libelle: format!("chapitre {} : {word}", l.code),
            gauche: voted,
            droite: bound,
            verdict: Verdict::AJustifier,
            source: SINCERITY,
        });
    }
}

/// Product of direct taxes against bases x rates.
fn taxes(vote: &Vote<'_>) -> Option<Alerte> {
    let product = |t: &Taxe| -> Option<f64> { Some(t.base?.euros() * t.taux_pct()? / 100.0) };
    let all: Vec<f64> = vote.taxes.iter().filter_map(product).collect();
    let typed: Centimes = vote.saisies.iter().filter_map(TaxeSaisie::produit).sum();
    let none = all.is_empty() && vote.saisies.is_empty();
    let (expected, libelle) = if vote.saisies.is_empty() {
        let words = "impôts directs (73111) = bases × taux, avant coefficient correcteur";
        (Centimes::from_euros(all.iter().sum())?, words)
    } else {
        (typed, "impôts directs (73111) = bases × taux × coefficient saisis dans vigie.toml")
    };
    let voted = vote.sum(|l| l.sens == Sens::R && l.nature == "73111");
    if none || expected.0 <= 0 || voted.0 <= 0 {
        return None;
    }
    let gap = 100.0 * (voted.euros() / expected.euros() - 1.0).abs();
    Some(Alerte {
        code: "BUD_produit_fiscal",
        libelle: libelle.to_owned(),
        gauche: voted,
        droite: expected,
        verdict: if gap > usage("ecart_produit_fiscal") {
            Verdict::AJustifier
        } else {
            Verdict::Conforme
        },
        source: source("ecart_produit_fiscal"),
    })
}

/// Operating accounts that change by more than half against the last accounts. A change that
/// accounts of the same poste make the other way is a renaming, no break.
fn breaks(vote: &Vote<'_>, budget: &Budget, prevision: &Prevision, out: &mut Vec<Alerte>) {
    if budget.exercices.last().is_none_or(|last| last + 2 < vote.exercice) {
        return;
    }
    for sens in [Sens::D, Sens::R] {
        let total = vote.sum(|l| l.section == Section::F && l.sens == sens && l.nature != "002");
        let mut accounts: BTreeMap<&str, Pair> = BTreeMap::new();
        let ours = |l: &&Ligne| l.section == Section::F && l.sens == sens && l.ordre == Ordre::Reel;
        for l in vote.lignes.iter().filter(ours) {
            accounts.entry(l.nature.as_str()).or_default().vote += l.montant;
        }
        for s in budget.series.iter().filter(|s| s.section == Section::F && s.sens == sens) {
            let pair = accounts.entry(s.code.as_str()).or_default();
            let booked = s.realise.last().copied().unwrap_or_default();
            pair.realise += booked;
            pair.booked = true;
            // after the retreatments: reform of the taxe d'habitation, correction typed
            let corrected = s.modele.last().and_then(|v| Centimes::from_euros(*v));
            pair.retraite += corrected.unwrap_or(booked);
        }
        let mut together: BTreeMap<&str, Group> = BTreeMap::new();
        for (code, pair) in &accounts {
            if let Some(poste) = postes::of(budget.norme, code) {
                together.entry(poste.code).or_default().add(*pair);
            }
        }
        for (code, pair) in accounts.iter().filter(|(code, _)| moves(sens, code)) {
            let poste = postes::of(budget.norme, code);
            let group = poste.and_then(|p| together.get(p.code)).copied().unwrap_or_default();
            let renamed = poste.is_some() && group.explains(*pair) && !group.all.breaks(total);
            let expected = known(prevision, (vote, budget), (sens, code), pair.vote);
            // an account without any history is no break with the accounts
            if !pair.booked || !pair.breaks(total) || renamed || expected {
                continue;
            }
            out.push(Alerte {
                code: "BUD_rupture",
                libelle: format!("compte {code} : rupture avec les derniers comptes"),
                gauche: pair.vote,
                droite: pair.realise,
                verdict: Verdict::AJustifier,
                source: source("rupture"),
            });
        }
    }
}

/// The accounts of a poste together, and what appears or disappears in it.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    all: Pair,
    /// Voted on accounts without amount in the last accounts.
    entre: Centimes,
    /// Booked on accounts without vote.
    sorti: Centimes,
}

impl Group {
    fn add(&mut self, pair: Pair) {
        self.all.vote += pair.vote;
        self.all.realise += pair.realise;
        self.all.retraite += pair.retraite;
        match (pair.vote == Centimes::ZERO, pair.realise == Centimes::ZERO) {
            (false, true) => self.entre += pair.vote,
            (true, false) => self.sorti += pair.realise,
            _ => {}
        }
    }

    /// True when the poste is to judge: an account that appears or disappears, or one most of whose change
    /// is found the other way on such accounts of its poste.
    fn explains(self, pair: Pair) -> bool {
        if pair.vote == Centimes::ZERO || pair.realise == Centimes::ZERO {
            return true;
        }
        let change = pair.vote - pair.realise;
        let other = if change.0 > 0 { self.sorti } else { self.entre };
        100.0 * other.euros() > usage("rupture") * change.abs().euros()
    }
}

/// What is voted on an account, what the last accounts booked, and the same retreated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pair {
    vote: Centimes,
    realise: Centimes,
    retraite: Centimes,
    /// True when the accounts hold it.
    booked: bool,
}

impl Pair {
    /// True when the vote is far from the accounts, as booked and retreated, and weighs in the section. A
    /// poste is judged the same way.
    fn breaks(self, total: Centimes) -> bool {
        [self.realise, self.retraite].into_iter().all(|last| {
            let change = (self.vote - last).abs();
            100.0 * change.euros() > usage("rupture_poids") * total.euros()
                && 100.0 * change.euros() > usage("rupture") * last.abs().euros()
        })
    }
}

/// False for the accounts that a vote never holds as accounts do: the result carried over; sales of assets,
/// voted on chapitre 024 and booked on 775.
fn moves(sens: Sens, code: &str) -> bool {
    code != "002" && !(sens == Sens::R && code.starts_with("775"))
}

/// True when the vote is an amount notified, or computed by rule from what was typed.
fn known(
    prevision: &Prevision,
    (vote, budget): (&Vote<'_>, &Budget),
    (sens, code): (Sens, &str),
    voted: Centimes,
) -> bool {
    prevision.lignes.iter().any(|l| {
        l.budget == budget.nom
            && l.exercice == vote.exercice
            && (l.section, l.sens) == (Section::F, sens)
            && l.niveau == Niveau::Nature
            && l.code == code
            && l.origine != OriginePrevision::Modele
            && l.prevision == voted
    })
}

/// Operating expenses whose credits stay unused year after year, asked for again.
fn unused(vote: &Vote<'_>, budget: &Budget, out: &mut Vec<Alerte>) {
    let mut chapitres: BTreeMap<&str, Vec<(Centimes, Centimes)>> = BTreeMap::new();
    let width = budget.exercices.len();
    let lasting = usage("credits_annees") as usize;
    for s in budget.series.iter().filter(|s| s.section == Section::F && s.sens == Sens::D) {
        let cells = chapitres
            .entry(s.chapitre.as_str())
            .or_insert_with(|| vec![(Centimes::ZERO, Centimes::ZERO); width]);
        for (i, cell) in cells.iter_mut().enumerate() {
            cell.0 += s.credits[i].unwrap_or_default();
            cell.1 += s.realise[i];
        }
    }
    for (chapitre, cells) in chapitres {
        let recent: Vec<_> = cells.iter().rev().take(lasting).collect();
        let wasted = |(opened, spent): &&(Centimes, Centimes)| {
            opened.0 > 0 && 100.0 * spent.euros() < usage("credits_employes") * opened.euros()
        };
        let here =
            |l: &Ligne| l.section == Section::F && l.sens == Sens::D && l.chapitre == chapitre;
        let voted = vote.sum(here);
        let Some((opened, spent)) = recent.first().copied() else { continue };
        if recent.len() == lasting && recent.iter().all(wasted) && voted >= *opened {
            out.push(Alerte {
                code: "BUD_credits_inutilises",
                libelle: format!("chapitre {chapitre} : crédits peu employés, redemandés"),
                gauche: voted,
                droite: *spent,
                verdict: Verdict::AJustifier,
                source: source("credits_employes"),
            });
        }
    }
}

/// Accounts whose credits do not even hold the remainders of the year before.
fn remainders(vote: &Vote<'_>, budget: &Budget, frame: &BudgetFrame, out: &mut Vec<Alerte>) {
    let last = frame.documents.iter().position(|d| {
        matches!(d.etape, Etape::Ca | Etape::Cfu)
            && d.siret == budget.siret
            && d.budget == budget.code
            && d.exercice + 1 == vote.exercice
    });
    let Some(document) = last else { return };
    let mut due: BTreeMap<&str, Centimes> = BTreeMap::new();
    let ours = |l: &&crate::frames::budget::LigneBudget| {
        l.section == Section::I && l.sens == Sens::D && l.ordre == Ordre::Reel
    };
    for l in frame.lignes_of(document).filter(ours) {
        *due.entry(l.chapitre.as_str()).or_default() += l.rar.unwrap_or_default();
    }
    for (chapitre, rar) in due.into_iter().filter(|(_, m)| m.0 > 0) {
        let here =
            |l: &Ligne| l.section == Section::I && l.sens == Sens::D && l.chapitre == chapitre;
        let voted = vote.sum(here);
        if voted < rar {
            out.push(Alerte {
                code: "BUD_rar_non_repris",
                libelle: format!("chapitre {chapitre} : crédits sous les restes à réaliser"),
                gauche: voted,
                droite: rar,
                verdict: Verdict::NonConforme,
                source: "CGCT, ex-R.2311-11 : restes à réaliser repris au budget suivant",
            });
        }
    }
}

/// The date of the vote against its limit by the table of constants; the limit is empty and nothing is
/// evaluated for an exercice beyond the table.
pub fn date_limite(exercice: u16, jour: &str) -> (String, Verdict, String) {
    let Some(row) = constantes::en_vigueur("date_vote", exercice) else {
        let why = format!("date limite de {exercice} absente de la table : non évaluée");
        return (String::new(), Verdict::NonEvalue, why);
    };
    let limit = format!("{exercice}-{}", row.valeur);
    let verdict = if jour <= limit.as_str() { Verdict::Conforme } else { Verdict::AJustifier };
    (limit, verdict, row.provenance())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_moves_in_a_year_of_renewal() {
        let at = |year, day| {
            let (limit, verdict, _) = date_limite(year, day);
            (limit, verdict)
        };
        assert_eq!(at(2026, "2026-04-20"), ("2026-04-30".into(), Verdict::Conforme));
        assert_eq!(at(2027, "2027-04-20"), ("2027-04-15".into(), Verdict::AJustifier));
        assert_eq!(at(2027, "2026-12-15").1, Verdict::Conforme);
        // the year of the next renewal is beyond the table
        let (limit, verdict, why) = date_limite(2032, "2032-04-10");
        assert_eq!((limit.as_str(), verdict), ("", Verdict::NonEvalue));
        assert!(why.contains("non évaluée"));
        assert!(date_limite(2020, "2020-04-10").2.contains("à vérifier"));
    }

    fn ligne(section: Section, sens: Sens, chapitre: &str, nature: &str, euros: i64) -> Ligne {
        Ligne {
            section,
            sens,
            ordre: Ordre::Reel,
            chapitre: chapitre.into(),
            nature: nature.into(),
            montant: Centimes(euros * 100),
        }
    }

    /// Two accounts of 611 (opened 1 000 000, spent 700 000) and 64111 (all spent), RAR of 40 000 on 21.
    fn past() -> (BudgetFrame, Prevision) {
        use crate::budget::tests::{Accounts, frame};
        let list: Accounts<'_> = &[
            ("611", Sens::D, 700_000),
            ("64111", Sens::D, 2_000_000),
            ("2188", Sens::D, 100_000),
            ("73111", Sens::R, 3_500_000),
        ];
        let mut frame = frame(&[(2024, "M57-M57_D", list), (2025, "M57-M57_D", list)]);
        for l in &mut frame.lignes {
            let opened =
                if l.nature == "611" { 100_000_000 } else { l.realise.unwrap_or_default().0 };
            l.credits_ouverts = Some(Centimes(opened));
            if l.nature == "2188" {
                l.section = Section::I;
                "21".clone_into(&mut l.chapitre);
                l.rar = Some(Centimes(4_000_000));
            }
        }
        let options = crate::budget::Options { horizon: 1, ..crate::budget::Options::default() };
        let p =
            crate::budget::prevoir(&frame, &options, &[]).map_err(|r| r.quoi).expect("accounts");
        (frame, p)
    }

    fn codes(lignes: &[Ligne]) -> Vec<(&'static str, String)> {
        let (frame, p) = past();
        let vote = Vote { lignes, exercice: 2026, taxes: &[], saisies: &[] };
        let all = alertes(&vote, &p.budgets[0], &p, &frame);
        all.into_iter().map(|a| (a.code, a.libelle)).collect()
    }

    #[test]
    fn each_flag_by_hand() {
        use Section::{F, I};
        use Sens::{D, R};
        // a budget close to the accounts, with the remainders and without the credits left: no flag
        let sober = [
            ligne(F, D, "011", "611", 720_000),
            ligne(F, D, "012", "64111", 2_030_000),
            ligne(F, R, "731", "73111", 3_530_000),
            ligne(I, D, "21", "2188", 140_000),
        ];
        assert_eq!(codes(&sober), []);
        let with = |rank: usize, euros: i64| {
            let mut lignes = sober.to_vec();
            lignes[rank].montant = Centimes(euros * 100);
            codes(&lignes).into_iter().map(|(code, _)| code).collect::<Vec<_>>()
        };
        // 611 doubles: more than half of the last accounts, more than 0.5 % of the section, and the
        // credits left unused two years (70 %) asked for again
        assert_eq!(with(0, 1_400_000), ["BUD_rupture", "BUD_credits_inutilises"]);
        // 1 000 000 again: no break (43 %), but credits hardly used
        assert_eq!(with(0, 1_000_000), ["BUD_credits_inutilises"]);
        // staff far under its interval
        assert_eq!(with(1, 1_200_000), ["sincerite"]);
        // taxes far above theirs
        assert_eq!(with(2, 5_000_000), ["sincerite"]);
        // credits of 30 000 for remainders of 40 000
        assert_eq!(with(3, 30_000), ["BUD_rar_non_repris"]);
    }

    fn ruptures(
        past: crate::budget::tests::Accounts<'_>,
        lignes: &[Ligne],
        connus: &[crate::budget::Connu],
    ) -> Vec<(String, i64, i64)> {
        let frame =
            crate::budget::tests::frame(&[(2024, "M57-M57_D", past), (2025, "M57-M57_D", past)]);
        let options = crate::budget::Options { horizon: 1, ..crate::budget::Options::default() };
        let p =
            crate::budget::prevoir(&frame, &options, connus).map_err(|r| r.quoi).expect("accounts");
        let vote = Vote { lignes, exercice: 2026, taxes: &[], saisies: &[] };
        let all = alertes(&vote, &p.budgets[0], &p, &frame).into_iter();
        all.filter(|a| a.code == "BUD_rupture")
            .map(|a| (a.libelle, a.gauche.0 / 100, a.droite.0 / 100))
            .collect()
    }

    #[test]
    fn sales_voted_at_024_and_renamings_are_no_break() {
        use Section::F;
        use Sens::{D, R};
        let past: crate::budget::tests::Accounts<'_> = &[
            ("60611", D, 100_000),
            ("64111", D, 2_000_000),
            ("775", R, 40_000),
            ("73111", R, 2_500_000),
        ];
        let staff = ligne(F, D, "012", "64111", 2_000_000);
        let taxes = ligne(F, R, "731", "73111", 2_500_000);
        // 775 is booked, never voted; water is on one account, then on another of the same poste
        let water = ligne(F, D, "011", "606111", 110_000);
        assert_eq!(ruptures(past, &[staff.clone(), taxes.clone(), water], &[]), []);
        // an account merged into another of its poste: 100 000 + 60 000 booked, 160 000 voted on one
        let two: crate::budget::tests::Accounts<'_> =
            &[("60611", D, 100_000), ("606111", D, 60_000), ("73111", R, 2_500_000)];
        let merged = ligne(F, D, "011", "60611", 160_000);
        assert_eq!(ruptures(two, &[taxes.clone(), merged], &[]), []);
        // dépenses imprévues are voted, never booked
        let unforeseen = ligne(F, D, "022", "022", 60_000);
        let water = ligne(F, D, "011", "60611", 100_000);
        assert_eq!(ruptures(past, &[staff.clone(), taxes.clone(), water, unforeseen], &[]), []);
        // gone for good: 100 000 booked, nothing voted on the poste, 5 % of the section
        let gone = ruptures(past, &[staff.clone(), taxes.clone()], &[]);
        assert_eq!(gone, [("compte 60611 : rupture avec les derniers comptes".into(), 0, 100_000)]);
        // 300 000 for 100 000 is a break, unless that amount was notified
        let triple = [staff, taxes, ligne(F, D, "011", "60611", 300_000)];
        assert_eq!(ruptures(past, &triple, &[]).len(), 1);
        let connu = crate::budget::Connu {
            budget: None,
            exercice: 2026,
            sens: D,
            cible: crate::budget::Cible::Code("60611".into()),
            montant: Centimes(30_000_000),
            source: "contrat".into(),
            calcule: false,
        };
        assert_eq!(ruptures(past, &triple, &[connu]), []);
    }

    #[test]
    fn direct_taxes_are_bases_times_rates() {
        let taxe = |base: i64, taux: &str| Taxe {
            code: "02".into(),
            base: Some(Centimes(base * 100)),
            taux: taux.into(),
            produit: None,
        };
        let line = |euros: i64| Ligne {
            section: Section::F,
            sens: Sens::R,
            ordre: Ordre::Reel,
            chapitre: "731".into(),
            nature: "73111".into(),
            montant: Centimes(euros * 100),
        };
        let taxes_of = |euros| {
            let all = [taxe(1_000_000, "40,00"), taxe(50_000, "60 %")];
            let lignes = [line(euros)];
            taxes(&Vote { lignes: &lignes, exercice: 2027, taxes: &all, saisies: &[] })
                .expect("data")
        };
        // 400 000 + 30 000
        assert_eq!(taxes_of(430_000).droite, Centimes(43_000_000));
        assert_eq!(taxes_of(438_000).verdict, Verdict::Conforme);
        assert_eq!(taxes_of(440_000).verdict, Verdict::AJustifier);
        // typed: 1 000 000 x 40 % x 1.05 = 420 000, in the place of what the document says
        let typed = [TaxeSaisie {
            budget: None,
            exercice: 2027,
            nom: "foncier bâti".into(),
            base: Centimes(100_000_000),
            taux: 40.0,
            coefficient: 1.05,
        }];
        let lignes = [line(420_000)];
        let other = [taxe(1, "1")];
        let vote = Vote { lignes: &lignes, exercice: 2027, taxes: &other, saisies: &typed };
        let flag = taxes(&vote).expect("data");
        assert_eq!((flag.droite, flag.verdict), (Centimes(42_000_000), Verdict::Conforme));
    }
}
