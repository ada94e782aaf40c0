//! Legal checks of a proposed budget: what would bring a letter from the préfet.
//!
//! Sections balance (L.1612-4, L.1612-6), 023 = 021, 040 = 042, 041 and 043 on both sides, and the third
//! condition of the équilibre réel: own resources of investment cover the capital of the debt due in the
//! year, never by a new loan.
//!
//! **Invariant:** sums are exact; a check without its lines says that it was not evaluated, never that
//! it holds.

use std::sync::OnceLock;

use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;

const REAL_BALANCE: &str = include_str!("../../datasets/reference/equilibre_reel.csv");

/// A line of the proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ligne {
    /// Section.
    pub section: Section,
    /// Dépense or recette.
    pub sens: Sens,
    /// Real or order.
    pub ordre: Ordre,
    /// Chapitre (`011`, `021`, `040`...).
    pub chapitre: String,
    /// Account; the chapitre for 001, 002, 020 to 024.
    pub nature: String,
    /// Proposed amount, remainders carried over included.
    pub montant: Centimes,
}

impl Ligne {
    /// An own resource of investment (third condition of the équilibre réel).
    pub fn is_own_resource(&self) -> bool {
        self.section == Section::I && self.sens == Sens::R && self.is_in(Role::Ressource)
    }

    /// An expense that own resources must cover.
    pub fn is_to_cover(&self) -> bool {
        self.section == Section::I && self.sens == Sens::D && self.is_in(Role::ACouvrir)
    }

    fn is_in(&self, role: Role) -> bool {
        real_balance_rows().iter().filter(|r| r.role == role).any(|r| {
            let starts = || r.comptes.iter().any(|p| self.nature.starts_with(p));
            match r.mouvement {
                "ligne" => r.comptes.contains(&self.nature.as_str()),
                "reel" => self.ordre == Ordre::Reel && starts(),
                // patrimonial operations bring no money
                _ => self.ordre != Ordre::Reel && self.chapitre != "041" && starts(),
            }
        })
    }
}

/// Side of the third condition of the équilibre réel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    ACouvrir,
    Ressource,
}

/// Accounts of a side, from `equilibre_reel.csv`.
struct RealRow {
    role: Role,
    /// `reel`, `ordre`, or `ligne` for the exact lines of the budget (001, 021...).
    mouvement: &'static str,
    comptes: Vec<&'static str>,
}

fn real_balance_rows() -> &'static [RealRow] {
    static ROWS: OnceLock<Vec<RealRow>> = OnceLock::new();
    let parse = |line: &'static str| {
        let f: Vec<&'static str> = line.split(';').collect();
        let &[role, mouvement, comptes, _libelle, _source, _confiance] = f.as_slice() else {
            return None;
        };
        let role = if role == "ressource" { Role::Ressource } else { Role::ACouvrir };
        Some(RealRow { role, mouvement, comptes: comptes.split(' ').collect() })
    };
    ROWS.get_or_init(|| REAL_BALANCE.lines().skip(1).filter_map(parse).collect())
}

/// Result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Holds.
    Conforme,
    /// Allowed, to be explained.
    AJustifier,
    /// Does not hold.
    NonConforme,
    /// The proposal has no line for it.
    NonEvalue,
}

impl Verdict {
    /// Word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Conforme => "conforme",
            Self::AJustifier => "a_justifier",
            Self::NonConforme => "non_conforme",
            Self::NonEvalue => "non_evalue",
        }
    }
}

/// A check: what should be equal or cover, what is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Short name.
    pub code: &'static str,
    /// What is checked, French.
    pub libelle: &'static str,
    /// First side (receipts, 021, 040, resources).
    pub gauche: Centimes,
    /// Second side (expenses, 023, 042, capital to cover).
    pub droite: Centimes,
    /// Result.
    pub verdict: Verdict,
    /// Law, and whether the text is to be verified.
    pub source: &'static str,
}

impl Verification {
    /// Difference of the two sides.
    pub fn ecart(&self) -> Centimes {
        self.gauche - self.droite
    }
}

const BALANCE: &str = "CGCT, L.1612-4";
const MIRROR: &str = "instruction M57 : opérations d'ordre équilibrées";
const REAL: &str = "CGCT, L.1612-4, 3° ; liste des comptes à vérifier (états IV-A6.1 et A6.2)";

/// Every check of a proposal, both sections.
pub fn verifier(lignes: &[Ligne]) -> Vec<Verification> {
    let proposal = Proposition(lignes);
    vec![
        proposal.section(Section::F),
        proposal.section(Section::I),
        proposal.mirror(
            ("021=023", "virement de la section de fonctionnement : 021 = 023"),
            ("021", Sens::R, Section::I),
            ("023", Sens::D, Section::F),
        ),
        proposal.mirror(
            ("040D=042R", "transferts entre sections : dépenses 040 = recettes 042"),
            ("040", Sens::D, Section::I),
            ("042", Sens::R, Section::F),
        ),
        proposal.mirror(
            ("040R=042D", "transferts entre sections : recettes 040 = dépenses 042"),
            ("040", Sens::R, Section::I),
            ("042", Sens::D, Section::F),
        ),
        proposal.mirror(
            ("041", "opérations patrimoniales : dépenses 041 = recettes 041"),
            ("041", Sens::D, Section::I),
            ("041", Sens::R, Section::I),
        ),
        proposal.mirror(
            ("043", "ordre à l'intérieur du fonctionnement : dépenses 043 = recettes 043"),
            ("043", Sens::D, Section::F),
            ("043", Sens::R, Section::F),
        ),
        proposal.real_balance(),
    ]
}

struct Proposition<'a>(&'a [Ligne]);

impl Proposition<'_> {
    fn sum(&self, keep: impl Fn(&Ligne) -> bool) -> Centimes {
        self.0.iter().filter(|l| keep(l)).map(|l| l.montant).sum()
    }

    /// True with an amount among these lines: zeros alone say nothing, 0 = 0 is no proof.
    fn any(&self, keep: impl Fn(&Ligne) -> bool) -> bool {
        self.0.iter().any(|l| l.montant != Centimes::ZERO && keep(l))
    }

    fn section(&self, section: Section) -> Verification {
        let side = |sens| self.sum(|l: &Ligne| l.section == section && l.sens == sens);
        let (receipts, expenses) = (side(Sens::R), side(Sens::D));
        let any = self.any(|l: &Ligne| l.section == section);
        let verdict = match (any, receipts.0 - expenses.0) {
            (false, _) => Verdict::NonEvalue,
            (_, 0) => Verdict::Conforme,
            // receipts above expenses: allowed in operating when investment is really balanced, and
            // in investment when resources are affected
            (_, 1..) => Verdict::AJustifier,
            _ => Verdict::NonConforme,
        };
        let (code, libelle) = match section {
            Section::F => ("equilibre_F", "section de fonctionnement : recettes = dépenses"),
            Section::I => ("equilibre_I", "section d'investissement : recettes = dépenses"),
        };
        let source = if verdict == Verdict::AJustifier {
            "CGCT, L.1612-6 et L.1612-7 : suréquilibre admis sous conditions"
        } else {
            BALANCE
        };
        Verification { code, libelle, gauche: receipts, droite: expenses, verdict, source }
    }

    fn mirror(
        &self,
        (code, libelle): (&'static str, &'static str),
        left: (&str, Sens, Section),
        right: (&str, Sens, Section),
    ) -> Verification {
        let ours = |(chapitre, sens, section): (&str, Sens, Section)| {
            let chapitre = chapitre.to_owned();
            move |l: &Ligne| l.chapitre == chapitre && l.sens == sens && l.section == section
        };
        let (a, b) = (ours(left), ours(right));
        let any = self.any(|l: &Ligne| a(l) || b(l));
        let (gauche, droite) = (self.sum(&a), self.sum(&b));
        let verdict = match (any, gauche == droite) {
            (false, _) => Verdict::NonEvalue,
            (true, true) => Verdict::Conforme,
            (true, false) => Verdict::NonConforme,
        };
        Verification { code, libelle, gauche, droite, verdict, source: MIRROR }
    }

    /// Own resources against the capital to cover, deficits and results carried over included.
    fn real_balance(&self) -> Verification {
        let resources = self.sum(Ligne::is_own_resource);
        let due = self.sum(Ligne::is_to_cover);
        let any = self.any(|l: &Ligne| l.section == Section::I);
        let verdict = match (any, resources >= due) {
            (false, _) => Verdict::NonEvalue,
            (true, true) => Verdict::Conforme,
            (true, false) => Verdict::NonConforme,
        };
        Verification {
            code: "equilibre_reel",
            libelle: "équilibre réel : ressources propres ≥ capital de la dette",
            gauche: resources,
            droite: due,
            verdict,
            source: REAL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(section: Section, sens: Sens, chapitre: &str, nature: &str, euros: i64) -> Ligne {
        let order = matches!(chapitre, "021" | "023" | "040" | "041" | "042" | "043");
        Ligne {
            section,
            sens,
            ordre: if order { Ordre::Interne } else { Ordre::Reel },
            chapitre: chapitre.to_owned(),
            nature: nature.to_owned(),
            montant: Centimes(euros * 100),
        }
    }

    /// A balanced budget by hand: operating 1 000, investment 400.
    fn balanced() -> Vec<Ligne> {
        use Section::{F, I};
        use Sens::{D, R};
        vec![
            line(F, D, "011", "611", 300),
            line(F, D, "012", "64111", 500),
            line(F, D, "042", "6811", 80),
            line(F, D, "023", "023", 120),
            line(F, R, "731", "73111", 990),
            line(F, R, "042", "777", 10),
            line(I, D, "16", "1641", 150),
            line(I, D, "21", "2131", 235),
            line(I, D, "040", "13911", 10),
            line(I, D, "041", "2313", 5),
            line(I, R, "021", "021", 120),
            line(I, R, "040", "28131", 80),
            line(I, R, "10", "10222", 45),
            line(I, R, "16", "1641", 150),
            line(I, R, "041", "238", 5),
        ]
    }

    fn verdict(lignes: &[Ligne], code: &str) -> Verdict {
        let all = verifier(lignes);
        all.iter().find(|v| v.code == code).unwrap_or_else(|| panic!("no {code}")).verdict
    }

    #[test]
    fn a_balanced_budget_passes_every_check() {
        let all = verifier(&balanced());
        let wrong: Vec<_> = all.iter().filter(|v| v.verdict == Verdict::NonConforme).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        // 120 + 80 + 45 against 150 of capital and 10 of subsidies taken back
        let real = all.last().expect("the real balance");
        assert_eq!((real.gauche, real.droite), (Centimes(24_500), Centimes(16_000)));
        assert_eq!(verdict(&balanced(), "043"), Verdict::NonEvalue);
    }

    #[test]
    fn each_rule_fails_alone() {
        let mut lignes = balanced();
        lignes[3].montant = Centimes(13_000);
        assert_eq!(verdict(&lignes, "021=023"), Verdict::NonConforme);
        assert_eq!(verdict(&lignes, "equilibre_F"), Verdict::NonConforme);
        let mut lignes = balanced();
        lignes[4].montant = Centimes(100_000);
        assert_eq!(verdict(&lignes, "equilibre_F"), Verdict::AJustifier);
        let mut lignes = balanced();
        lignes[8].montant = Centimes(900);
        assert_eq!(verdict(&lignes, "040D=042R"), Verdict::NonConforme);
        let mut lignes = balanced();
        lignes[14].montant = Centimes(400);
        assert_eq!(verdict(&lignes, "041"), Verdict::NonConforme);
    }

    #[test]
    fn a_loan_does_not_pay_for_a_loan() {
        let mut lignes = balanced();
        // capital of 250 paid by a loan of 250: resources stay 245 against 260
        lignes[6].montant = Centimes(25_000);
        lignes[13].montant = Centimes(25_000);
        assert_eq!(verdict(&lignes, "equilibre_I"), Verdict::Conforme);
        assert_eq!(verdict(&lignes, "equilibre_reel"), Verdict::NonConforme);
    }

    #[test]
    fn every_row_of_the_table_is_read() {
        use Section::I;
        let rows = real_balance_rows();
        assert_eq!(rows.len(), REAL_BALANCE.lines().count() - 1);
        assert!(rows.iter().all(|r| matches!(r.mouvement, "reel" | "ordre" | "ligne")));
        assert!(rows.iter().all(|r| !r.comptes.is_empty()));
        // a patrimonial receipt and a loan are no resource
        assert!(!line(I, Sens::R, "041", "28131", 1).is_own_resource());
        assert!(!line(I, Sens::R, "16", "1641", 1).is_own_resource());
        assert!(line(I, Sens::R, "040", "28131", 1).is_own_resource());
        assert!(line(I, Sens::D, "16", "1641", 1).is_to_cover());
    }

    #[test]
    fn a_budget_of_zeros_is_not_evaluated() {
        let zeros: Vec<Ligne> =
            balanced().into_iter().map(|l| Ligne { montant: Centimes::ZERO, ..l }).collect();
        assert!(verifier(&zeros).iter().all(|v| v.verdict == Verdict::NonEvalue));
        // one section voted, the other not
        let half: Vec<Ligne> = balanced()
            .into_iter()
            .filter(|l| l.section == Section::F && l.chapitre != "023")
            .chain(zeros.into_iter().filter(|l| l.section == Section::I))
            .collect();
        assert_eq!(verdict(&half, "equilibre_I"), Verdict::NonEvalue);
        assert_eq!(verdict(&half, "equilibre_F"), Verdict::AJustifier);
    }

    #[test]
    fn nothing_proposed_is_not_evaluated() {
        assert!(verifier(&[]).iter().all(|v| v.verdict == Verdict::NonEvalue));
    }
}
