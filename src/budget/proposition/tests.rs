//! What a proposal must hold whatever the accounts; amounts by hand are in `tests/cases/budget`.
//!
//! **Invariant:** a proposal balances, or says by how much it does not.

use super::*;
use crate::budget::proposition::consolide::consolider;
use crate::frames::budget::BudgetFrame;

fn line(section: Section, sens: Sens, nature: &str, euros: i64) -> LigneProposee {
    let chapitre = nature.get(..2).unwrap_or(nature);
    LigneProposee::sure(
        (section, sens, Ordre::Reel),
        (chapitre, nature, ""),
        Centimes(euros * 100),
        "cas écrit",
    )
}

fn budget(nom: &str, principal: bool, lignes: Vec<LigneProposee>) -> Proposition {
    Proposition {
        budget: nom.into(),
        siret: String::new(),
        principal,
        exercice: 2027,
        lignes,
        avertissements: Vec::new(),
    }
}

#[test]
fn flows_between_budgets_leave_both_sides() {
    use Section::F;
    use Sens::{D, R};
    let town = budget(
        "Principal",
        true,
        vec![
            line(F, D, "65821", 100),
            line(F, D, "60612", 500),
            line(F, R, "70841", 40),
            line(F, R, "73111", 900),
        ],
    );
    let pool = budget(
        "Piscine",
        false,
        vec![line(F, R, "75822", 90), line(F, D, "6215", 40), line(F, D, "60612", 60)],
    );
    let (chapitres, flux) = consolider(&[town, pool]);
    let net = |sens: Sens| -> i64 {
        let ours = chapitres.iter().filter(|c| c.sens == sens);
        ours.map(|c| (c.somme - c.flux).0 / 100).sum()
    };
    // expenses 100 + 500 + 40 + 60, less 90 of the deficit and 40 of staff; receipts 40 + 900 + 90, the same
    assert_eq!((net(D), net(R)), (570, 900));
    let deficit = flux.iter().find(|f| f.comptes.0 == "65821").expect("the deficit");
    assert_eq!(deficit.depense, Centimes(10_000));
    assert_eq!(deficit.elimine, Centimes(9_000));
    assert_eq!(flux.len(), 2);
}

/// Accounts of a year with order of investment: (sens, chapitre, account, euros).
fn with_order(order: &[(Sens, &str, &str, i64)]) -> BudgetFrame {
    use crate::budget::tests::{Accounts, frame};
    let list: Accounts<'_> = &[
        ("611", Sens::D, 500),
        ("73111", Sens::R, 900),
        ("2031", Sens::D, 40),
        ("2313", Sens::D, 200),
    ];
    let mut frame = frame(&[(2024, "M57-M57_D", list), (2025, "M57-M57_D", list)]);
    for l in frame.lignes.iter_mut().filter(|l| l.nature.starts_with('2')) {
        l.section = Section::I;
        l.chapitre = l.nature[..2].to_owned();
    }
    let model = frame.lignes.last().expect("lines").clone();
    for (sens, chapitre, nature, euros) in order {
        frame.lignes.push(crate::frames::budget::LigneBudget {
            sens: *sens,
            ordre: Ordre::Interne,
            chapitre: (*chapitre).to_owned(),
            nature: (*nature).to_owned(),
            realise: Some(Centimes(euros * 100)),
            ..model.clone()
        });
    }
    frame
}

fn proposed(frame: &BudgetFrame) -> Proposition {
    let options = crate::budget::Options { horizon: 1, ..crate::budget::Options::default() };
    let p = crate::budget::prevoir(frame, &options, &[]).map_err(|r| r.quoi).expect("accounts");
    proposer(frame, &p.budgets[0], &p, &Saisie::default()).expect("a proposal")
}

/// The last accounts stand beside the proposal, whatever the proposal replaced.
#[test]
fn references_sum_to_the_last_accounts() {
    let frame = with_order(&[]);
    let options = crate::budget::Options { horizon: 1, ..crate::budget::Options::default() };
    let p = crate::budget::prevoir(&frame, &options, &[]).map_err(|r| r.quoi).expect("accounts");
    let works = Operation {
        nom: "École".into(),
        montants: [(2026, Centimes(100_000))].into(),
        ..Operation::default()
    };
    let typed = Saisie { operations: vec![works], ..Saisie::default() };
    let proposed = proposer(&frame, &p.budgets[0], &p, &typed).expect("a proposal");
    let of = |chapitre: &str| -> i64 {
        let ours = proposed.lignes.iter().filter(|l| l.chapitre == chapitre);
        ours.map(|l| l.reference.0 / 100).sum()
    };
    assert_eq!((of("20"), of("23"), of("011")), (40, 200, 500));
    let study =
        proposed.lignes.iter().find(|l| l.nature == "2031").expect("kept for its reference");
    assert_eq!(study.central, Centimes::ZERO, "replaced by the programme typed");
}

/// Accounts of three years with works, grants and loans of `euros`, functions 212 and 845 for the works.
fn investing(works: i64, grant: i64) -> BudgetFrame {
    use crate::budget::tests::{Accounts, frame};
    let list: Accounts<'_> = &[
        ("611", Sens::D, 500),
        ("73111", Sens::R, 900),
        ("2313", Sens::D, works),
        ("1641", Sens::D, 90),
        ("1321", Sens::R, grant),
        ("1345", Sens::R, 7),
    ];
    let years = [2023, 2024, 2025].map(|y| (y, "M57-M57_D", list));
    let mut frame = frame(&years);
    for l in frame.lignes.iter_mut().filter(|l| l.nature.starts_with(['1', '2'])) {
        l.section = Section::I;
        l.chapitre = l.nature[..2].to_owned();
    }
    for l in frame.lignes.iter_mut().filter(|l| l.nature == "2313") {
        l.fonction = "845".to_owned();
    }
    frame
}

#[test]
fn a_programme_without_grants_takes_the_grants_of_the_model_out() {
    let frame = investing(200, 60);
    let options = crate::budget::Options { horizon: 1, ..crate::budget::Options::default() };
    let p = crate::budget::prevoir(&frame, &options, &[]).map_err(|r| r.quoi).expect("accounts");
    let school = |grants: &[(u16, i64)]| Operation {
        nom: "École".into(),
        montants: [(2026, Centimes(15_000))].into(),
        subventions: grants.iter().map(|(y, e)| (*y, Centimes(e * 100))).collect(),
        ..Operation::default()
    };
    let propose = |operations| {
        let typed = Saisie { operations, ..Saisie::default() };
        proposer(&frame, &p.budgets[0], &p, &typed).expect("a proposal")
    };
    let grants = |p: &Proposition| -> Vec<(String, i64)> {
        let ours = p.lignes.iter().filter(|l| l.chapitre == "13" && l.central.0 > 0);
        ours.map(|l| (l.nature.clone(), l.central.0 / 100)).collect()
    };
    let one = |n: &str, e| (n.to_owned(), e);
    // nothing typed: the mean of the past, 60 of grants and 7 of fines
    assert_eq!(grants(&propose(Vec::new())), [one("1321", 60), one("1345", 7)]);
    // works of 150, no grant typed for 2026: fines stay, 60 go and it is said
    let without = propose(vec![school(&[(2027, 50)])]);
    assert_eq!(grants(&without), [one("1345", 7)]);
    let told = without.avertissements.iter().find(|a| a.contains("sans subvention"));
    assert!(told.expect("told").contains("60\u{a0}€"));
    // 150 of works and 90 of loan, less 7 of fines and the 400 of operating saved: no loan
    assert!(without.lignes.iter().all(|l| !(l.nature == "1641" && l.sens == Sens::R)));
    let with = propose(vec![school(&[(2026, 50)])]);
    assert_eq!(grants(&with), [one("1328", 50), one("1345", 7)]);
    assert!(with.avertissements.iter().all(|a| !a.contains("sans subvention")));
    // a new school does not serve what last year's roads served
    let works = with.lignes.iter().find(|l| l.operation == "École" && l.sens == Sens::D);
    let works = works.expect("works");
    assert_eq!(works.fonction, "");
    assert!(works.raison.ends_with("fonction à préciser"), "{}", works.raison);
    assert!(with.avertissements.iter().any(|a| a.contains("opération sans fonction : « École »")));
    let usual = propose(Vec::new());
    assert_eq!(usual.lignes.iter().find(|l| l.nature == "2313").expect("works").fonction, "845");
}

#[test]
fn no_line_goes_beyond_its_own_interval() {
    use crate::budget::debt::{Pret, PretSaisi, Profil};
    let frame = investing(200, 60);
    let pret = Pret {
        capital: 900.0,
        taux: 2.0,
        restantes: 10,
        par_an: 1,
        profil: Profil::Capital,
        differe: 0,
        progression: None,
    };
    let loan = PretSaisi { nom: "P".into(), budget: None, exercice: 2026, pret };
    let options = crate::budget::Options {
        horizon: 1,
        emprunts: vec![loan],
        ..crate::budget::Options::default()
    };
    let p = crate::budget::prevoir(&frame, &options, &[]).map_err(|r| r.quoi).expect("accounts");
    let q = proposer(&frame, &p.budgets[0], &p, &Saisie::default()).expect("a proposal");
    let loan = q.lignes.iter().find(|l| l.nature == "1641" && l.sens == Sens::D).expect("loan");
    let ninety = Centimes(9_000);
    assert_eq!((loan.central, loan.prudent, loan.favorable), (ninety, ninety, ninety));
    let natures = || p.lignes.iter().filter(|l| l.niveau == crate::budget::Niveau::Nature);
    for l in q.lignes.iter().filter(|l| l.ordre == Ordre::Reel && !l.equilibre) {
        let same = |n: &&crate::budget::LignePrevision| n.code == l.nature && n.sens == l.sens;
        let Some(own) = natures().find(same) else { continue };
        let (low, high) = own.intervalle_80;
        let (least, most) = (l.prudent.min(l.favorable), l.prudent.max(l.favorable));
        assert!(low <= least && most <= high, "{} {least:?} {most:?} {low:?} {high:?}", l.nature);
    }
    // the margin that the loan does not take is that of the works: the total keeps its own
    let total = p.lignes.iter().find(|l| {
        (l.niveau, l.section, l.sens) == (crate::budget::Niveau::Total, Section::I, Sens::D)
    });
    let prudent: Centimes = q
        .lignes
        .iter()
        .filter(|l| l.sens == Sens::D && matches!(l.nature.as_str(), "1641" | "2313"))
        .map(|l| l.prudent)
        .sum();
    assert_eq!(prudent, total.expect("a total").intervalle_80.1);
}

#[test]
fn patrimonial_operations_are_the_same_on_both_sides() {
    use Sens::{D, R};
    // studies of 30 and an advance of 20 brought into the works
    let order = [(D, "041", "2313", 50), (R, "041", "2031", 30), (R, "041", "238", 20)];
    let p = proposed(&with_order(&order));
    let lines = |sens| -> Vec<(String, i64)> {
        let ours = p.lignes.iter().filter(|l| l.chapitre == "041" && l.sens == sens);
        ours.map(|l| (l.nature.clone(), l.central.0 / 100)).collect()
    };
    assert_eq!(lines(D), [("2313".to_owned(), 50)]);
    assert_eq!(lines(R), [("2031".to_owned(), 30), ("238".to_owned(), 20)]);
    assert!(p.lignes.iter().filter(|l| l.chapitre == "041").all(|l| l.ordre == Ordre::Interne));
    let checks = crate::budget::checks::verifier(&p.a_verifier(Colonne::Central));
    let check = checks.iter().find(|v| v.code == "041").expect("checked");
    assert_eq!(check.verdict, crate::budget::checks::Verdict::Conforme);
    assert_eq!((check.gauche, check.droite), (Centimes(5_000), Centimes(5_000)));
    // sides that differ: the least of both, and it is said
    let uneven = [(D, "041", "2313", 50), (R, "041", "2031", 30)];
    let p = proposed(&with_order(&uneven));
    let sum = |sens| -> Centimes {
        p.lignes.iter().filter(|l| l.chapitre == "041" && l.sens == sens).map(|l| l.central).sum()
    };
    assert_eq!((sum(D), sum(R)), (Centimes(3_000), Centimes(3_000)));
    assert!(p.avertissements.iter().any(|a| a.contains("le moindre est retenu")));
    // none, but studies are waiting
    let p = proposed(&with_order(&[]));
    assert!(p.lignes.iter().all(|l| l.chapitre != "041"));
    assert!(p.avertissements.iter().any(|a| a.contains("aucune opération patrimoniale")));
}

#[test]
fn amounts_in_sentences_are_french() {
    assert_eq!(en_euros(Centimes(84_775_960)), "847\u{202f}760\u{a0}€");
    assert_eq!(en_euros(Centimes(-123_400)), "−1\u{202f}234\u{a0}€");
    assert_eq!(en_euros(Centimes(0)), "0\u{a0}€");
    assert_eq!(en_euros_et_centimes(Centimes(9_910)), "99,10\u{a0}€");
}

#[test]
fn the_longest_function_names_the_service() {
    let service = |nom: &str, fonction: &str| Service {
        nom: nom.into(),
        fonctions: vec![fonction.into()],
        ..Service::default()
    };
    let saisie = Saisie {
        services: vec![service("Scolaire", "2"), service("Cantine", "281")],
        ..Saisie::default()
    };
    assert_eq!(saisie.service("281"), "Cantine");
    assert_eq!(saisie.service("213"), "Scolaire");
    assert_eq!(saisie.service("51"), "");
}

/// A budget of 2026 already voted beside the accounts of 2025: account, section, sens, euros.
fn voted(frame: &mut BudgetFrame, etape: Etape, list: &[(&str, Section, Sens, i64)]) {
    let document = frame.documents.len() as u32;
    let model = frame.documents.last().expect("accounts").clone();
    frame.documents.push(crate::frames::budget::Document { etape, exercice: 2026, ..model });
    let model = frame.lignes.last().expect("lines").clone();
    for (nature, section, sens, euros) in list {
        frame.lignes.push(crate::frames::budget::LigneBudget {
            document,
            section: *section,
            sens: *sens,
            ordre: Ordre::Reel,
            nature: (*nature).to_owned(),
            realise: None,
            vote: Some(Centimes(euros * 100)),
            ..model.clone()
        });
    }
}

fn carried(p: &Proposition) -> Vec<(String, Sens, i64)> {
    let all = p.lignes.iter().filter(|l| matches!(l.nature.as_str(), "001" | "002" | "1068"));
    all.map(|l| (l.nature.clone(), l.sens, l.central.0 / 100)).collect()
}

#[test]
fn results_already_voted_are_taken_as_voted() {
    use Section::{F, I};
    use Sens::{D, R};
    // by hand: operating 900 - 500 = 400, investment -240: 240 kept for investment, 160 carried over
    let owed = |n: &str, s, e| (n.to_owned(), s, e);
    let mut frame = with_order(&[]);
    let p = proposed(&frame);
    assert_eq!(carried(&p), [owed("002", R, 160), owed("001", D, 240), owed("1068", R, 240)]);
    assert!(p.avertissements.iter().any(|a| a.contains("anticipés")));
    // the council kept 300 and carried 100 over, the same 400; an amendment put 20 more on 002
    let bp = [("002", F, R, 100), ("001", I, D, 240), ("1068", I, R, 300), ("611", F, D, 510)];
    voted(&mut frame, Etape::Bp, &bp);
    voted(&mut frame, Etape::Dm, &[("002", F, R, 20)]);
    let p = proposed(&frame);
    assert_eq!(carried(&p), [owed("002", R, 120), owed("001", D, 240), owed("1068", R, 300)]);
    let line = p.lignes.iter().find(|l| l.nature == "002").expect("carried over");
    assert!(line.raison.contains("repris du BP et DM 2026 voté"), "{}", line.raison);
    assert_eq!(line.origine, OriginePrevision::Connu);
    assert!(p.avertissements.iter().all(|a| !a.contains("anticipés")), "{:?}", p.avertissements);
    // a budget voted before the accounts carries nothing: results are anticipated
    let mut early = with_order(&[]);
    voted(&mut early, Etape::Bp, &[("611", F, D, 510)]);
    assert_eq!(carried(&proposed(&early))[0], owed("002", R, 160));
    // an amendment without its budget is no vote of the whole
    let mut alone = with_order(&[]);
    voted(&mut alone, Etape::Dm, &[("002", F, R, 20)]);
    assert_eq!(carried(&proposed(&alone))[0], owed("002", R, 160));
}

/// By hand, from two years of 500 of costs, 900 of receipts and 240 of works: whatever the margins, each
/// column moves what its own surplus has and borrows what its own works lack.
#[test]
fn each_column_is_a_budget_that_balances() {
    let p = proposed(&with_order(&[]));
    let amounts = |nature: &str, equilibre: bool| {
        let ours = p.lignes.iter().filter(|l| l.nature == nature && l.equilibre == equilibre);
        let all: Vec<&LigneProposee> = ours.collect();
        Colonne::TOUTES.map(|c| all.iter().map(|l| l.montant(c)).sum::<Centimes>())
    };
    assert_eq!(amounts("021", true), amounts("023", true));
    let [prudent, central, favorable] = Colonne::TOUTES;
    assert!(p.lignes.iter().any(|l| l.prudent != l.central), "the columns differ");
    for c in [prudent, central, favorable] {
        let net = |section| p.total(section, Sens::R, c) - p.total(section, Sens::D, c);
        let checks = crate::budget::checks::verifier(&p.a_verifier(c));
        let wrong: Vec<&str> = checks
            .iter()
            .filter(|v| v.verdict == crate::budget::checks::Verdict::NonConforme)
            .map(|v| v.code)
            .collect();
        assert!(net(Section::F).0 >= 0 && net(Section::I).0 >= 0, "{c:?}");
        assert!(wrong.is_empty(), "{c:?}: {wrong:?}");
    }
}

/// By hand: 300 of operating surplus, 200 of capital, 500 of works, 600 of loans carried over. The works lack 100, but
/// the capital wants 200 of own resources: 200 are moved, and what the carried loan has too much is said. With a
/// surplus of 120, 80 are missing and no loan is asked for them.
#[test]
fn carried_loans_do_not_pay_the_capital() {
    use crate::budget::checks::Verdict::{Conforme, NonConforme};
    let frame = with_order(&[]);
    let options = crate::budget::Options { horizon: 1, ..crate::budget::Options::default() };
    let p = crate::budget::prevoir(&frame, &options, &[]).map_err(|r| r.quoi).expect("accounts");
    let saisie = Saisie::default();
    let contexte = Contexte {
        frame: &frame,
        budget: &p.budgets[0],
        prevision: &p,
        saisie: &saisie,
        exercice: 2026,
        document: 1,
    };
    let balanced = |receipts: i64, loan: i64| {
        let mut lignes = vec![
            line(Section::F, Sens::R, "73111", receipts),
            line(Section::F, Sens::D, "611", 700),
            line(Section::I, Sens::D, "1641", 200),
            line(Section::I, Sens::D, "2313", 500),
            line(Section::I, Sens::R, "1641", loan),
        ];
        let mut told = Vec::new();
        balance::balance(&contexte, &mut lignes, &mut told);
        let real: Vec<_> = lignes.iter().map(|l| l.a_verifier(Colonne::Central)).collect();
        let checks = crate::budget::checks::verifier(&real);
        let verdict = checks.iter().find(|v| v.code == "equilibre_reel").expect("checked").verdict;
        let of = |nature: &str| -> i64 {
            let ours = lignes.iter().filter(|l| l.nature == nature && l.equilibre);
            ours.map(|l| l.central.0 / 100).sum()
        };
        (of("021"), of("1641"), verdict, told)
    };
    let (moved, loan, verdict, told) = balanced(1_000, 600);
    assert_eq!((moved, loan, verdict), (200, 0, Conforme));
    assert!(told.iter().any(|t| t.contains("dépasse de 100\u{a0}€")), "{told:?}");
    let (moved, loan, verdict, told) = balanced(820, 600);
    assert_eq!((moved, loan, verdict), (120, 0, NonConforme));
    assert!(told.iter().any(|t| t.starts_with("il manque 80\u{a0}€")), "{told:?}");
    // without carried loans nothing changes: 700 needed, 300 moved, 400 borrowed
    let (moved, loan, verdict, _) = balanced(1_000, 0);
    assert_eq!((moved, loan, verdict), (300, 400, Conforme));
}

/// Fixed lines whose cautious and favourable amounts are written: 100 of surplus centrally, 30 cautious.
#[test]
fn transfer_and_loan_are_those_of_the_column() {
    let frame = with_order(&[]);
    let options = crate::budget::Options { horizon: 1, ..crate::budget::Options::default() };
    let p = crate::budget::prevoir(&frame, &options, &[]).map_err(|r| r.quoi).expect("accounts");
    let saisie = Saisie::default();
    let contexte = Contexte {
        frame: &frame,
        budget: &p.budgets[0],
        prevision: &p,
        saisie: &saisie,
        exercice: 2026,
        document: 1,
    };
    let with = |section, sens, nature: &str, [prudent, central, favorable]: [i64; 3]| {
        let euros = |n: i64| Centimes(n * 100);
        LigneProposee {
            prudent: euros(prudent),
            favorable: euros(favorable),
            ..line(section, sens, nature, central)
        }
    };
    let balanced = |receipts: [i64; 3]| {
        let mut lignes = vec![
            with(Section::F, Sens::R, "73111", receipts),
            with(Section::F, Sens::D, "611", [920, 900, 880]),
            with(Section::I, Sens::D, "2313", [260, 200, 90]),
        ];
        let mut told = Vec::new();
        balance::balance(&contexte, &mut lignes, &mut told);
        let of = |nature: &str| {
            let found = lignes.iter().find(|l| l.nature == nature);
            found.map(|l| Colonne::TOUTES.map(|c| l.montant(c).0 / 100))
        };
        (of("021"), of("023"), of("1641"), told)
    };
    // surpluses 30, 100 and 170; needs 260, 200 and 90
    let (into, out, loan, told) = balanced([950, 1_000, 1_050]);
    assert_eq!((into, out), (Some([30, 100, 90]), Some([30, 100, 90])));
    assert_eq!(loan, Some([230, 100, 0]));
    assert!(told.iter().all(|t| !t.contains("budget prudent")), "{told:?}");
    // 910 of receipts for 920 of costs: nothing is moved, the lack is said
    let (into, _, loan, told) = balanced([910, 1_000, 1_050]);
    assert_eq!((into, loan), (Some([0, 100, 90]), Some([260, 100, 0])));
    assert!(told.iter().any(|t| t.starts_with("budget prudent : il manque 10\u{a0}€")), "{told:?}");
}

/// A school: works in 2026 and 2027, a grant in 2027, running costs from 2028 on. The mean of the past gives way
/// in the years of which the programme speaks, and only in those.
#[test]
fn the_programme_typed_is_that_of_each_year() {
    let frame = with_order(&[]);
    let plain = crate::budget::Options { horizon: 3, ..crate::budget::Options::default() };
    let euros = |n: i64| Centimes(n * 100);
    let school = Operation {
        nom: "École".into(),
        montants: [(2026, euros(1_000)), (2027, euros(500))].into(),
        subventions: [(2027, euros(200))].into(),
        fonctionnement: [(2028, euros(90))].into(),
        nature_fonctionnement: Some("611".into()),
        ..Operation::default()
    };
    let typed = crate::budget::Options { programme: vec![school.clone()], ..plain.clone() };
    let of = |options: &crate::budget::Options| {
        crate::budget::prevoir(&frame, options, &[]).map_err(|r| r.quoi).expect("accounts")
    };
    let (without, with) = (of(&plain), of(&typed));
    let amount = |p: &Prevision, year: u16, sens: Sens, code: &str| -> i64 {
        let ours = p.lignes.iter().filter(|l| l.exercice == year && l.sens == sens);
        let here = ours.filter(|l| l.niveau == crate::budget::Niveau::Nature && l.code == code);
        here.map(|l| l.prevision.0).sum()
    };
    let works = |year| amount(&with, year, Sens::D, "2313");
    assert_eq!([works(2026), works(2027)], [100_000, 50_000]);
    assert_eq!(works(2028), amount(&without, 2028, Sens::D, "2313"), "nothing said of 2028");
    assert!(works(2028) > 0);
    let study = |p, year| amount(p, year, Sens::D, "2031");
    assert_eq!([study(&with, 2026), study(&with, 2027)], [0, 0]);
    assert_eq!(study(&with, 2028), study(&without, 2028));
    assert_eq!([2026, 2027, 2028].map(|y| amount(&with, y, Sens::R, "1328")), [0, 20_000, 0]);
    let costs = |p, year| amount(p, year, Sens::D, "611");
    assert_eq!(costs(&with, 2028), costs(&without, 2028) + 9_000);
    assert_eq!(costs(&with, 2027), costs(&without, 2027));
    // an account outside the chart is said, never lost in silence
    let wrong = Operation { nature: Some("999999".into()), ..school };
    let told = of(&crate::budget::Options { programme: vec![wrong], ..plain });
    assert!(told.avertissements.iter().any(|a| a.contains("999999")), "{:?}", told.avertissements);
}
