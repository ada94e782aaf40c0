//! Tie-outs of budget documents (FORMATS 1.4): totals and checks, the `documents` of rapprochement.json.
//!
//! Takes a [`BudgetFrame`]; gives, per document, the totals by section, sens and order, and the checks
//! with what was expected and obtained, in centimes. A gap that the law allows is an information.
//!
//! **Invariant:** checks only look: they never change a line, and each is exact to the centime.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::domain::entity::Siret;
use crate::domain::money::Centimes;
use crate::domain::nomenclature::nomenclature;
use crate::frames::annex_checks;
use crate::frames::budget::{
    BudgetFrame, Document, Etape, LigneBudget, Ordre, OrigineChapitre, Section,
};
use crate::frames::ledger::Sens;

/// A check: `ecart` = `obtenu` - `attendu`, centimes (or a count for identity checks).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controle {
    /// Short stable code, such as `042=040`.
    pub code: String,
    /// What is compared, in French.
    pub libelle: String,
    /// Expected value.
    pub attendu: i64,
    /// Value obtained.
    pub obtenu: i64,
    /// Gap.
    pub ecart: i64,
    /// False when the gap is an error.
    pub ok: bool,
    /// True when the gap is worth knowing without being an error.
    pub information: bool,
}

impl Controle {
    /// Two figures that must be equal.
    pub fn equal(code: &str, libelle: impl Into<String>, attendu: i64, obtenu: i64) -> Self {
        Self {
            code: code.to_owned(),
            libelle: libelle.into(),
            attendu,
            obtenu,
            ecart: obtenu.saturating_sub(attendu),
            ok: attendu == obtenu,
            information: false,
        }
    }

    /// `conforme`, `information` (a gap that is no error) or `a_verifier`.
    pub fn statut(&self) -> &'static str {
        match (self.ok, self.ecart) {
            (false, _) => "a_verifier",
            (true, 0) => "conforme",
            (true, _) => "information",
        }
    }

    /// The same check as an information: a gap is shown, not failed.
    #[must_use]
    pub fn informing(mut self) -> Self {
        self.information = self.ecart != 0;
        self.ok = true;
        self
    }
}

impl Serialize for Controle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Controle", 8)?;
        object.serialize_field("code", &self.code)?;
        object.serialize_field("libelle", &self.libelle)?;
        object.serialize_field("attendu", &self.attendu)?;
        object.serialize_field("obtenu", &self.obtenu)?;
        object.serialize_field("ecart", &self.ecart)?;
        object.serialize_field("ok", &self.ok)?;
        object.serialize_field("information", &self.information)?;
        object.serialize_field("statut", self.statut())?;
        object.end()
    }
}

/// Totals of a section, sens and order; centimes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Total {
    /// `F` or `I`.
    pub section: &'static str,
    /// `D` or `R`.
    pub sens: &'static str,
    /// Order movements.
    pub ordre: bool,
    /// Executed.
    pub realise: i64,
    /// Opened credits.
    pub credits_ouverts: i64,
    /// Voted in this decision.
    pub vote: i64,
    /// Remainders at 31 December.
    pub rar: i64,
    /// Results of past years (001, 002), part of the amounts above without being operations of the year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reporte: Option<Reporte>,
}

/// Results brought forward in a total; centimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[allow(missing_docs)] // the fields are those of Total
pub struct Reporte {
    pub realise: i64,
    pub credits_ouverts: i64,
    pub vote: i64,
}

/// Accounts of the results brought forward.
const CARRIED: [&str; 2] = ["001", "002"];

/// A document in rapprochement.json (CONTRAT 3).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[allow(missing_docs)] // the fields are the keys of the contract
pub struct DocumentRapproche {
    pub fichier: String,
    pub format: String,
    pub encodage: String,
    pub sha256: String,
    pub siret: String,
    pub collectivite: String,
    pub budget: String,
    pub libelle_budget: String,
    pub type_budget: String,
    pub nomenclature: String,
    pub exercice: u16,
    pub etape: &'static str,
    pub numero: String,
    pub population: Option<u32>,
    pub lignes_lues: u64,
    pub lignes_retenues: u64,
    pub lignes_ecartees: u64,
    pub totaux: Vec<Total>,
    pub annexes: LignesAnnexes,
    pub controles: Vec<Controle>,
}

/// Rows of the annexes of a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[allow(missing_docs)] // the fields are the names of the annexes
pub struct LignesAnnexes {
    pub emprunts: u64,
    pub concours: u64,
    pub patrimoine: u64,
    pub personnel: u64,
    pub fiscalite: u64,
}

impl LignesAnnexes {
    /// Rows of all the annexes.
    pub fn total(&self) -> u64 {
        self.emprunts + self.concours + self.patrimoine + self.personnel + self.fiscalite
    }
}

/// The documents of a frame with their totals and checks, in the order of the frame.
pub fn rapprocher(frame: &BudgetFrame) -> Vec<DocumentRapproche> {
    let lignes = by_document(frame);
    let mut out: Vec<DocumentRapproche> =
        frame.documents.iter().zip(&lignes).map(|(d, l)| one(d, l)).collect();
    for (i, document) in frame.documents.iter().enumerate() {
        out[i].controles.extend(carried_over(frame, &lignes, document, &lignes[i]));
        let [emprunts, concours, patrimoine, personnel] = frame.annexes.counts(i as u32);
        let fiscalite = document.fiscalite.len() as u64;
        out[i].controles.extend(annex_checks::checks(frame, i, &lignes[i]));
        out[i].annexes = LignesAnnexes { emprunts, concours, patrimoine, personnel, fiscalite };
        let own = frame.controles.iter().filter(|(at, _)| *at as usize == i);
        out[i].controles.extend(own.map(|(_, c)| c.clone()));
    }
    out
}

/// True when a check of the document failed.
pub fn has_failed(document: &DocumentRapproche) -> bool {
    document.controles.iter().any(|c| !c.ok)
}

type Lines<'f> = Vec<&'f LigneBudget>;

fn by_document(frame: &BudgetFrame) -> Vec<Lines<'_>> {
    let mut out: Vec<Lines> = vec![Vec::new(); frame.documents.len()];
    for ligne in &frame.lignes {
        if let Some(lines) = out.get_mut(ligne.document as usize) {
            lines.push(ligne);
        }
    }
    out
}

fn one(document: &Document, lines: &Lines) -> DocumentRapproche {
    let mut controles = identity(document, lines);
    controles.extend(orders(document, lines));
    controles.extend(balance(document, lines));
    DocumentRapproche {
        fichier: document.fichier.clone(),
        format: document.format.clone(),
        encodage: document.encodage.clone(),
        sha256: document.sha256.clone(),
        siret: document.siret.clone(),
        collectivite: document.collectivite.clone(),
        budget: document.budget.clone(),
        libelle_budget: document.libelle_budget.clone(),
        type_budget: document.type_budget.clone(),
        nomenclature: document.nomenclature.clone(),
        exercice: document.exercice,
        etape: document.etape.label(),
        numero: document.numero.clone(),
        population: document.population,
        lignes_lues: document.lignes_lues,
        lignes_retenues: document.lignes_retenues,
        lignes_ecartees: document.lignes_ecartees,
        totaux: totals(lines),
        annexes: LignesAnnexes::default(),
        controles,
    }
}

/// Totals by section, sens and order, those without a line left out.
pub fn totals(lines: &[&LigneBudget]) -> Vec<Total> {
    let mut out = Vec::new();
    for section in [Section::F, Section::I] {
        for sens in [Sens::D, Sens::R] {
            for ordre in [false, true] {
                let mine = |l: &&&LigneBudget| {
                    l.section == section && l.sens == sens && (l.ordre != Ordre::Reel) == ordre
                };
                if !lines.iter().any(|l| mine(&l)) {
                    continue;
                }
                let sum = |value: fn(&LigneBudget) -> Option<Centimes>| {
                    lines.iter().filter(mine).filter_map(|l| value(l)).sum::<Centimes>().0
                };
                let carried = |l: &&&LigneBudget| mine(l) && CARRIED.contains(&l.nature.as_str());
                let brought = |value: fn(&LigneBudget) -> Option<Centimes>| {
                    lines.iter().filter(carried).filter_map(|l| value(l)).sum::<Centimes>().0
                };
                out.push(Total {
                    section: section.letter(),
                    sens: sens.letter(),
                    ordre,
                    realise: sum(|l| l.realise),
                    credits_ouverts: sum(|l| l.credits_ouverts),
                    vote: sum(|l| l.vote),
                    rar: sum(|l| l.rar),
                    reporte: lines.iter().any(|l| carried(&l)).then(|| Reporte {
                        realise: brought(|l| l.realise),
                        credits_ouverts: brought(|l| l.credits_ouverts),
                        vote: brought(|l| l.vote),
                    }),
                });
            }
        }
    }
    out
}

/// True for a budget read from any table, which says less than a budget document.
fn is_table(document: &Document) -> bool {
    ["csv", "tableur", "parquet", "editflux"].contains(&document.format.as_str())
}

/// SIRET, nomenclature, lines set aside, accounts outside the chart.
fn identity(document: &Document, lines: &Lines) -> Vec<Controle> {
    let siret = Siret::parse(&document.siret).is_some();
    let known = nomenclature(&document.nomenclature).is_some_and(|n| n.connue);
    let outside = lines.iter().filter(|l| l.origine >= OrigineChapitre::Prefixe).count();
    let read = document.lignes_lues as i64;
    let named = format!("nomenclature « {} » connue (1) ou non (0)", document.nomenclature);
    let wrote = format!("SIRET « {} » : 14 chiffres et clé justes (1) ou non (0)", document.siret);
    let mut identity = Controle::equal("siret", wrote, 1, i64::from(siret));
    if document.siret.is_empty() && is_table(document) {
        // a table of a commune without XML does not say it
        identity = identity.informing();
    }
    vec![
        identity,
        Controle::equal("nomenclature", named, 1, i64::from(known)),
        Controle::equal(
            "lignes",
            "lignes lues = lignes retenues + lignes écartées",
            read,
            (document.lignes_retenues + document.lignes_ecartees) as i64,
        ),
        Controle::equal(
            "comptes hors plan",
            "lignes dont le compte n'est pas au plan de comptes (rattachées par préfixe ou section)",
            0,
            outside as i64,
        )
        .informing(),
    ]
}

/// Amount that carries a document: executed for accounts, else opened credits, else votes.
fn carrier(document: &Document, lines: &Lines) -> fn(&LigneBudget) -> Option<Centimes> {
    if document.etape.is_executed() {
        return |l| l.realise;
    }
    let opened = lines.iter().any(|l| l.credits_ouverts.is_some_and(|c| c != Centimes::ZERO));
    if opened && document.etape != Etape::Dm { |l| l.credits_ouverts } else { |l| l.vote }
}

fn sum(
    lines: &Lines,
    value: fn(&LigneBudget) -> Option<Centimes>,
    keep: impl Fn(&LigneBudget) -> bool,
) -> i64 {
    lines.iter().filter(|l| keep(l)).filter_map(|l| value(l)).sum::<Centimes>().0
}

/// Order movements mirror each other; the transfer between sections too.
fn orders(document: &Document, lines: &Lines) -> Vec<Controle> {
    let value = carrier(document, lines);
    let total = |section, sens, ordre| {
        sum(lines, value, |l| l.section == section && l.sens == sens && l.ordre == ordre)
    };
    let credits = |code: &'static str, sens| {
        let any = lines.iter().any(|l| l.credits_ouverts.is_some());
        let amount: fn(&LigneBudget) -> Option<Centimes> =
            if any && document.etape != Etape::Dm { |l| l.credits_ouverts } else { |l| l.vote };
        sum(lines, amount, |l| l.nature == code && l.sens == sens)
    };
    let between = Ordre::EntreSections;
    let mut out = vec![
        Controle::equal(
            "042=040 D",
            "ordre entre sections : dépenses de fonctionnement = recettes d'investissement",
            total(Section::I, Sens::R, between),
            total(Section::F, Sens::D, between),
        ),
        Controle::equal(
            "042=040 R",
            "ordre entre sections : recettes de fonctionnement = dépenses d'investissement",
            total(Section::I, Sens::D, between),
            total(Section::F, Sens::R, between),
        ),
        Controle::equal(
            "041",
            "opérations patrimoniales : dépenses = recettes",
            total(Section::I, Sens::R, Ordre::Interne),
            total(Section::I, Sens::D, Ordre::Interne),
        ),
        Controle::equal(
            "043",
            "ordre à l'intérieur du fonctionnement : dépenses = recettes",
            total(Section::F, Sens::R, Ordre::Interne),
            total(Section::F, Sens::D, Ordre::Interne),
        ),
        Controle::equal(
            "021=023",
            "virement entre sections : 021 en recettes = 023 en dépenses",
            credits("021", Sens::R),
            credits("023", Sens::D),
        ),
    ];
    if order_is_guessed(document, lines) {
        // a wrong guess between 040 and 041 leaves the whole balanced
        let whole = |sens| sum(lines, value, |l| l.ordre != Ordre::Reel && l.sens == sens);
        let libelle = "opérations d'ordre : dépenses = recettes, deux sections réunies";
        for c in &mut out {
            *c = c.clone().informing();
        }
        out.push(Controle::equal("ordre", libelle, whole(Sens::R), whole(Sens::D)));
    }
    out
}

/// True when the source does not say the kind of its order movements and some of their accounts are in no
/// chart of ours (regions, départements).
fn order_is_guessed(document: &Document, lines: &Lines) -> bool {
    !matches!(document.format.as_str(), "totem" | "cfu")
        && lines.iter().any(|l| l.ordre != Ordre::Reel && l.origine >= OrigineChapitre::Prefixe)
}

/// Credits by section: a surplus of receipts is lawful (CGCT L.1612-6 and L.1612-7), a surplus of
/// expenditure is not.
fn balance(document: &Document, lines: &Lines) -> Vec<Controle> {
    let opened = lines.iter().any(|l| l.credits_ouverts.is_some_and(|c| c != Centimes::ZERO));
    let value: fn(&LigneBudget) -> Option<Centimes> =
        if opened && document.etape != Etape::Dm { |l| l.credits_ouverts } else { |l| l.vote };
    let total = |section: Section, sens: Sens| {
        sum(lines, value, |l| l.section == section && l.sens == sens)
    };
    // some software leaves the transfer out of the accounts, since it is never executed
    let transfer = lines.iter().any(|l| matches!(l.nature.as_str(), "021" | "023"));
    let partial = document.etape.is_executed() && !transfer;
    // a table may hold one side only, or leave out the results brought forward
    let table = is_table(document);
    let spent = total(Section::F, Sens::D) + total(Section::I, Sens::D);
    let received = total(Section::F, Sens::R) + total(Section::I, Sens::R);
    let whole = settle("credits", "crédits : recettes = dépenses".to_owned(), spent, received);
    let whole = if table { whole.informing() } else { whole };
    let by_section =
        [(Section::F, "credits F"), (Section::I, "credits I")].map(|(section, code)| {
            let name = if section == Section::F { "de fonctionnement" } else { "d'investissement" };
            let libelle = format!("crédits {name} : recettes = dépenses");
            let check = settle(code, libelle, total(section, Sens::D), total(section, Sens::R));
            if partial || table { check.informing() } else { check }
        });
    [vec![whole], by_section.to_vec()].concat()
}

/// Receipts above expenditure are told, expenditure above receipts fails.
fn settle(code: &str, libelle: String, spent: i64, received: i64) -> Controle {
    let check = Controle::equal(code, libelle, spent, received);
    if received > spent { check.informing().overbalanced() } else { check }
}

impl Controle {
    fn overbalanced(mut self) -> Self {
        self.libelle.push_str(" (suréquilibre permis par le CGCT, L.1612-6 et L.1612-7)");
        self
    }
}

/// Remainders of the accounts of N taken up by the budget of N+1, when both are there.
fn carried_over(
    frame: &BudgetFrame,
    lines: &[Lines],
    document: &Document,
    own: &Lines,
) -> Vec<Controle> {
    if document.etape.is_executed() {
        return Vec::new();
    }
    let previous = frame.documents.iter().position(|d| {
        d.etape.is_executed()
            && d.exercice + 1 == document.exercice
            && d.siret == document.siret
            && d.budget == document.budget
    });
    let Some(previous) = previous else { return Vec::new() };
    let mut out = Vec::new();
    for (sens, code) in [(Sens::D, "RAR D"), (Sens::R, "RAR R")] {
        let left = sum(&lines[previous], |l| l.rar, |l| l.sens == sens);
        let taken = sum(own, |l| l.rar_precedent, |l| l.sens == sens);
        if taken == 0 && left == 0 {
            continue;
        }
        let libelle = format!(
            "restes à réaliser du compte {} repris au budget {}",
            document.exercice - 1,
            document.exercice
        );
        let check = Controle::equal(code, libelle, left, taken);
        // taken up later, by the BS or a DM
        out.push(if taken == 0 { check.informing() } else { check });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_that_is_no_error_is_an_information() {
        let held = Controle::equal("x", "a", 5, 5);
        let wrong = Controle::equal("x", "a", 5, 7);
        let told = wrong.clone().informing();
        let all = [&held, &wrong, &told, &held.clone().informing()];
        assert_eq!(
            all.map(Controle::statut),
            ["conforme", "a_verifier", "information", "conforme"]
        );
        let json = serde_json::to_value(&told).expect("serialisable");
        let expected = serde_json::json!({"code": "x", "libelle": "a", "attendu": 5, "obtenu": 7,
            "ecart": 2, "ok": true, "information": true, "statut": "information"});
        assert_eq!(json, expected);
    }

    fn line(nature: &str, realise: i64, vote: i64) -> LigneBudget {
        LigneBudget {
            nature: nature.to_owned(),
            sens: Sens::R,
            vote: Some(Centimes(vote)),
            realise: Some(Centimes(realise)),
            ..LigneBudget::vide()
        }
    }

    #[test]
    fn results_brought_forward_are_told_apart_and_stay_in_the_totals() {
        let lines = [line("7311", 10_000, 9_000), line("002", 2_500, 2_500)];
        let found = totals(&lines.iter().collect::<Vec<_>>());
        let carried = Reporte { realise: 2_500, credits_ouverts: 0, vote: 2_500 };
        assert_eq!((found.len(), found[0].realise, found[0].vote), (1, 12_500, 11_500));
        assert_eq!(found[0].reporte, Some(carried));
        let without = totals(&[&line("7311", 10_000, 9_000)]);
        assert_eq!(without[0].reporte, None);
    }
}
