//! Raw budgets to the frame: header codes to words, amounts to centimes, accounts to chapitres.
//!
//! **Invariant:** `lignes_lues = lignes_retenues + lignes_ecartees`; a line set aside is an issue that
//! quotes the value.

use sha2::{Digest, Sha256};

use super::amount::parse_amount;
use super::scan::{RawBudget, RawLine, Scanned, is_true};
use crate::domain::account::{
    Compte, Ordre, OrigineChapitre, Section, Sens, is_balance_line, section_of_digits,
};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::{Plan, nomenclature, plan};
use crate::domain::refus::Refus;
use crate::frames::budget::{
    Annexes, BudgetFrame, Dette, Document, Effectifs, Emprunt, Etape, LigneBudget, Taxe,
};
use crate::frames::issue::{Issue, Severity};

/// The amounts of a line, in the order of [`Amounts`].
const AMOUNTS: [&str; 7] =
    ["MtPrev", "CredOuv", "MtReal", "MtRAR3112", "MtRARPrec", "MtPropNouv", "MtBudgPrec"];

/// Builds the frame of a scanned document.
pub(super) fn build(
    scanned: &Scanned,
    bytes: &[u8],
    encodage: &str,
    fichier: &str,
) -> Result<(BudgetFrame, Vec<Issue>), Refus> {
    if scanned.budgets.is_empty() {
        return Err(Refus::new(
            format!("{fichier} : aucun bloc Budget dans ce document"),
            "exporter de nouveau le document complet depuis le logiciel budgétaire",
        ));
    }
    let sha256 = hex(&Sha256::digest(bytes));
    let mut frame = BudgetFrame::default();
    let mut issues = Vec::new();
    if encodage == "windows-1252" {
        issues.push(encoding_issue(fichier));
    }
    for budget in &scanned.budgets {
        let mut document = document(scanned, budget, fichier)?;
        encodage.clone_into(&mut document.encodage);
        document.sha256.clone_from(&sha256);
        let index = u32::try_from(frame.documents.len()).unwrap_or(u32::MAX);
        let rows = super::annexes::annexes(budget, index, fichier, &mut issues);
        frame.annexes.append(rows, 0);
        lines(&mut frame, &mut issues, budget, document);
    }
    if frame.lignes.is_empty() {
        return Err(Refus::new(
            format!("{fichier} : aucune ligne budgétaire lisible"),
            "exporter de nouveau le document complet depuis le logiciel budgétaire",
        ));
    }
    Ok((frame, issues))
}

fn encoding_issue(fichier: &str) -> Issue {
    Issue {
        severity: Severity::Information,
        fichier: fichier.to_owned(),
        enregistrement: 0,
        colonne: String::new(),
        valeur: "windows-1252".to_owned(),
        raison: "l'encodage annoncé n'est pas celui des octets : lu comme windows-1252".to_owned(),
        a_faire: "vérifier les accents des libellés".to_owned(),
    }
}

fn document(scanned: &Scanned, budget: &RawBudget, fichier: &str) -> Result<Document, Refus> {
    let header = |tag: &str| scanned.header.get(tag).map_or("", |v| v.trim()).to_owned();
    let written = budget.get("Exer");
    let exercice = written.parse().ok().filter(|y| (1990..=2100).contains(y)).ok_or_else(|| {
        Refus::new(
            format!("{fichier} : exercice « {written} » illisible (BlocBudget/Exer)"),
            "corriger l'exercice dans le logiciel budgétaire et exporter de nouveau",
        )
    })?;
    let etape = etape(budget.get("NatDec"), scanned.is_cfu).ok_or_else(|| {
        Refus::new(
            format!("{fichier} : nature de décision « {} » inconnue", budget.get("NatDec")),
            "donner un BP (01), une DM (02), un BS (03), un CA (09) ou un CFU (10)",
        )
    })?;
    let siret = match budget.get("IdEtab") {
        "" => header("IdColl"),
        own => own.to_owned(),
    };
    Ok(Document {
        fichier: fichier.to_owned(),
        format: if scanned.is_cfu { "cfu" } else { "totem" }.to_owned(),
        encodage: String::new(),
        sha256: String::new(),
        siret: siret.chars().filter(|c| !c.is_whitespace()).collect(),
        collectivite: header("LibelleColl"),
        libelle_budget: budget.get("LibelleEtab").to_owned(),
        budget: budget.get("CodBud").to_owned(),
        type_budget: budget.get("CodTypBud").to_owned(),
        insee: budget.get("CodInseeColl").to_owned(),
        nomenclature: budget.get("Nomenclature").to_owned(),
        exercice,
        etape,
        numero: budget.get("NumDec").to_owned(),
        population: population(&budget.informations),
        dette: dette(budget),
        fiscalite: fiscalite(budget),
        annexes: Annexes {
            effectifs: effectifs(budget),
            emprunts: emprunts(budget),
            produit_fiscal: produit_fiscal(budget),
        },
        informations: informations(budget),
        lignes_lues: 0,
        lignes_retenues: 0,
        lignes_ecartees: 0,
    })
}

/// `InformationsGenerales`, then the day of the vote and whether the document is a project.
fn informations(budget: &RawBudget) -> Vec<(String, String)> {
    let header = |tag: &str| (tag.to_owned(), budget.get(tag).trim().to_owned());
    let decided = [header("DteDec"), header("ProjetBudget")];
    let written = decided.into_iter().filter(|(_, value)| !value.is_empty());
    budget.informations.iter().cloned().chain(written).collect()
}

fn etape(code: &str, is_cfu: bool) -> Option<Etape> {
    match code {
        "01" | "1" => Some(Etape::Bp),
        "02" | "2" => Some(Etape::Dm),
        "03" | "3" => Some(Etape::Bs),
        "09" | "9" => Some(Etape::Ca),
        "10" => Some(Etape::Cfu),
        "" if is_cfu => Some(Etape::Cfu),
        _ => None,
    }
}

/// Total population: free text such as `111 261` or `109834`.
fn population(informations: &[(String, String)]) -> Option<u32> {
    let (_, text) = informations.iter().find(|(code, _)| code == "PopTot")?;
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}').collect();
    digits.split(['.', ',']).next()?.parse().ok().filter(|p| *p > 0)
}

/// The debt annex: loans from lenders (`CodTypEmpr` 01); amounts that cannot be read count for nothing.
fn dette(budget: &RawBudget) -> Option<Dette> {
    let mut total = Dette::default();
    for loan in budget.loans.iter().filter(|l| l.get("CodTypEmpr").is_some_and(|c| c == "01")) {
        let money =
            |tag: &str| loan.get(tag).and_then(|v| parse_amount(v)).unwrap_or(Centimes::ZERO);
        let left = money("MtCapitalRestDu_31_12");
        let rate = loan.get("TxActua").and_then(|v| v.trim().parse::<f64>().ok()).unwrap_or(0.0);
        let year = Centimes::from_euros(left.euros() * rate / 100.0);
        total.emprunts += 1;
        total.capital_restant += left;
        total.capital_exercice += money("MtCapitalExer");
        total.interets += money("MtIntExer");
        total.icne += money("MtICNE");
        total.interets_a_venir += year.unwrap_or(Centimes::ZERO);
    }
    (total.emprunts > 0).then_some(total)
}

/// The loans one by one, due at the end of the year or paid back in it.
fn emprunts(budget: &RawBudget) -> Vec<Emprunt> {
    let ours = budget.loans.iter().filter(|l| l.get("CodTypEmpr").is_some_and(|c| c == "01"));
    let build = |loan: &std::collections::BTreeMap<String, String>| {
        let text = |tag: &str| loan.get(tag).map_or("", |v| v.trim());
        let money = |tag: &str| parse_amount(text(tag)).unwrap_or(Centimes::ZERO);
        let number = |tag: &str| text(tag).replace(',', ".").parse::<f64>().ok();
        let in_force = |now: &str, first: &str| match loan.get(now).map_or("", |v| v.trim()) {
            "" => loan.get(first).map_or("", |v| v.trim()).to_owned(),
            found => found.to_owned(),
        };
        let echeances = match in_force("CodPeriodRembDtVote", "CodPeriodRemb").as_str() {
            "M" => 12,
            "B" => 6,
            "I" => 4,
            "S" => 2,
            _ => 1,
        };
        Emprunt {
            capital_restant: money("MtCapitalRestDu_31_12"),
            capital_exercice: money("MtCapitalExer"),
            interets_exercice: money("MtIntExer"),
            icne: money("MtICNE"),
            taux: number("TxActua").filter(|r| r.is_finite()).unwrap_or(0.0),
            duree_restante: number("DureeRest").filter(|d| d.is_finite() && *d >= 0.0),
            profil: in_force("CodProfilAmortDtVote", "CodProfilAmort"),
            echeances,
            article: text("CodArticle").to_owned(),
            premiere: first_day(text("Dt1RembInit")),
            taux_initial: number("TxActuaInit").filter(|r| r.is_finite()).unwrap_or(0.0),
        }
    };
    let kept =
        |e: &Emprunt| e.capital_restant > Centimes::ZERO || e.capital_exercice > Centimes::ZERO;
    ours.map(build).filter(kept).collect()
}

/// Year, month and day of a date of the annex.
fn first_day(text: &str) -> Option<(u16, u8, u8)> {
    use crate::domain::calendar::{DateOrder, civil_parts, parse_day};
    let (year, month, day) = civil_parts(parse_day(text.as_bytes(), DateOrder::Dmy).ok()?)?;
    Some((u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

/// Permanent posts filled at the end of the year by status; `None` without the annex. Those said not
/// permanent (season, replacement, project) tell little of the next year.
fn effectifs(budget: &RawBudget) -> Option<Effectifs> {
    let mut total = Effectifs::default();
    let lasting = |row: &&std::collections::BTreeMap<String, String>| {
        row.get("Permanent").is_none_or(|v| v.trim() != "false" && v.trim() != "0")
    };
    for row in budget.staff.iter().filter(lasting) {
        let posts = row.get("EffectifPourvu").and_then(|v| parse_amount(v.trim()));
        let Some(posts) = posts.filter(|p| *p > Centimes::ZERO) else { continue };
        // a status other than titulaire or non titulaire is not counted: its pay is elsewhere
        match row.get("CodTypAgent").map_or("", |v| v.trim()) {
            "I" => total.titulaires += posts.0,
            "N" => total.non_titulaires += posts.0,
            _ => {}
        }
    }
    (total.titulaires + total.non_titulaires > 0).then_some(total)
}

/// Taxes of the annex; 99 is their total.
fn fiscalite(budget: &RawBudget) -> Vec<Taxe> {
    let text = |t: &std::collections::BTreeMap<String, String>, tag: &str| {
        t.get(tag).map_or_else(String::new, |v| v.trim().to_owned())
    };
    let rows = budget.taxes.iter().map(|t| Taxe {
        code: text(t, "CodSousTypContrib"),
        base: parse_amount(&text(t, "MtBaseNotif")),
        taux: text(t, "TxApplicConsMunic"),
        produit: parse_amount(&text(t, "MtProdVote")),
    });
    rows.filter(|t| t.code != "99").collect()
}

/// The total that the annex writes (code 99).
fn produit_fiscal(budget: &RawBudget) -> Option<Centimes> {
    let code = |t: &&std::collections::BTreeMap<String, String>| {
        t.get("CodSousTypContrib").is_some_and(|c| c.trim() == "99")
    };
    let mut totals = budget.taxes.iter().filter(code);
    let total = parse_amount(totals.next()?.get("MtProdVote")?.trim());
    if totals.next().is_some() { None } else { total }
}

fn lines(
    frame: &mut BudgetFrame,
    issues: &mut Vec<Issue>,
    budget: &RawBudget,
    mut document: Document,
) {
    let index = u32::try_from(frame.documents.len()).unwrap_or(u32::MAX);
    let chart = nomenclature(&document.nomenclature).map(|n| plan(n.plan));
    let mut record = 0;
    for raw in &budget.lines {
        if raw.calculated || raw.get("OpBudg") == "T" {
            continue;
        }
        record += 1;
        match line(raw, chart, document.exercice) {
            Ok(mut ligne) => {
                ligne.document = index;
                ligne.record = record;
                document.lignes_retenues += 1;
                frame.lignes.push(ligne);
            }
            Err(why) => {
                document.lignes_ecartees += 1;
                issues.push(why.issue(&document.fichier, record));
            }
        }
        document.lignes_lues += 1;
    }
    frame.documents.push(document);
}

/// Why a line is set aside.
struct Doubt {
    element: &'static str,
    valeur: String,
    raison: &'static str,
}

impl Doubt {
    fn new(element: &'static str, valeur: &str, raison: &'static str) -> Self {
        Self { element, valeur: valeur.chars().take(200).collect(), raison }
    }

    fn issue(self, fichier: &str, record: u32) -> Issue {
        Issue {
            severity: Severity::Ecartee,
            fichier: fichier.to_owned(),
            enregistrement: u64::from(record),
            colonne: self.element.to_owned(),
            valeur: self.valeur,
            raison: self.raison.to_owned(),
            a_faire: "corriger la ligne dans le logiciel budgétaire et exporter de nouveau"
                .to_owned(),
        }
    }
}

fn line(raw: &RawLine, chart: Option<&Plan>, exercice: u16) -> Result<LigneBudget, Doubt> {
    let nature = Compte::parse(raw.get("Nature")).ok_or_else(|| {
        Doubt::new("Nature", raw.get("Nature"), "ce n'est pas un numéro de compte")
    })?;
    let sens = match raw.get("CodRD") {
        "D" | "d" => Sens::D,
        "R" | "r" => Sens::R,
        other => return Err(Doubt::new("CodRD", other, "le sens doit être D ou R")),
    };
    let ordre = ordre(raw, nature.as_str())?;
    let mut amounts = [None; AMOUNTS.len()];
    for (slot, tag) in amounts.iter_mut().zip(AMOUNTS) {
        *slot = amount(raw.get(tag), tag)?;
    }
    let [vote, credits_ouverts, realise, rar, rar_precedent, propose, budget_precedent] = amounts;
    let (chapitre, section, origine) = place(raw, chart, exercice, (&nature, sens, ordre));
    let specialise = raw.fields.get("ArtSpe").map(|v| is_true(v));
    Ok(LigneBudget {
        document: 0,
        record: 0,
        fonction: raw.get("Fonction").to_owned(),
        operation: raw.get("Operation").to_owned(),
        libelle: raw.get("LibCpte").to_owned(),
        controle: raw.get("ContNat").to_owned(),
        specialise,
        rattache: amount(raw.extra("ProdChaRat"), "ProdChaRat")?,
        nature: nature.to_string(),
        chapitre,
        section,
        origine,
        sens,
        ordre,
        vote,
        credits_ouverts,
        realise,
        rar,
        engage: None,
        rar_precedent,
        propose,
        budget_precedent,
    })
}

/// `OpBudg` then `TypOpBudg`; without the latter, the account tells (only 021, 023 and class 040/042
/// accounts go from one section to the other, which the chart settles afterwards).
fn ordre(raw: &RawLine, nature: &str) -> Result<Ordre, Doubt> {
    match (raw.get("OpBudg"), raw.get("TypOpBudg")) {
        ("0" | "", _) if matches!(nature, "021" | "023") => Ok(Ordre::EntreSections),
        ("0" | "" | "false", _) => Ok(Ordre::Reel),
        ("1" | "true", "1") => Ok(Ordre::Interne),
        ("1" | "true", _) => Ok(Ordre::EntreSections),
        (other, _) => Err(Doubt::new("OpBudg", other, "réel (0) ou ordre (1) attendu")),
    }
}

fn amount(text: &str, tag: &'static str) -> Result<Option<Centimes>, Doubt> {
    if text.is_empty() {
        return Ok(None);
    }
    parse_amount(text)
        .map(Some)
        .ok_or_else(|| Doubt::new(tag, text, "ce n'est pas un montant en euros et centimes"))
}

/// Chapitre and section: the chart, then the section or the chapitre written, then the digits.
fn place(
    raw: &RawLine,
    chart: Option<&Plan>,
    exercice: u16,
    (nature, sens, ordre): (&Compte, Sens, Ordre),
) -> (String, Section, OrigineChapitre) {
    let code = nature.as_str();
    let found = chart.and_then(|c| {
        c.imputation(exercice, code, sens, ordre).or_else(|| {
            let other = match ordre {
                Ordre::Interne => Ordre::EntreSections,
                Ordre::EntreSections => Ordre::Interne,
                Ordre::Reel => return None,
            };
            // a wrong TypOpBudg must not lose the section
            let found = c.imputation(exercice, code, sens, other)?;
            Some(crate::domain::nomenclature::Imputation {
                origine: OrigineChapitre::Secours,
                ..found
            })
        })
    });
    if let Some(found) = found {
        return (found.chapitre.to_owned(), found.section, found.origine);
    }
    let written = raw.get("ContNat");
    let section = match raw.extra("Section") {
        "F" => Section::F,
        "I" => Section::I,
        _ => chart
            .and_then(|c| c.section_chapitre(written, exercice))
            .unwrap_or_else(|| section_of_digits(code)),
    };
    let known = chart.is_some_and(|c| c.section_chapitre(written, exercice).is_some());
    let chapitre = if is_balance_line(code) {
        code
    } else if known {
        written
    } else {
        code.get(..2).unwrap_or(code)
    };
    (chapitre.to_owned(), section, OrigineChapitre::Secours)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
