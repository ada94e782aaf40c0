//! The annexes of a budget as rows: loans, grants, assets, staff.
//!
//! **Invariant:** a row of an annex is never lost; an amount that cannot be read is absent, and told once
//! a document and annex with how many.

use std::collections::BTreeMap;

use super::amount::parse_amount;
use super::scan::RawBudget;
use crate::domain::money::Centimes;
use crate::frames::annex::{AnnexFrame, Bien, Concours, Poste, Pret};
use crate::frames::issue::{Issue, Severity};

type Raw = BTreeMap<String, String>;

/// Reads the cells of one annex and counts those that are no amount.
struct Cells<'a> {
    row: &'a Raw,
    wrong: u64,
    first: String,
}

impl Cells<'_> {
    fn text(&self, tag: &str) -> String {
        self.row.get(tag).map_or("", |v| v.trim()).to_owned()
    }

    fn money(&mut self, tag: &str) -> Option<Centimes> {
        let text = self.row.get(tag).map_or("", |v| v.trim());
        let amount = parse_amount(text);
        if amount.is_none() && !text.is_empty() {
            self.wrong += 1;
            if self.first.is_empty() {
                self.first = format!("{tag} = {}", text.chars().take(100).collect::<String>());
            }
        }
        amount
    }
}

/// The annexes of one budget; what could not be read goes to `issues`.
pub(super) fn annexes(
    budget: &RawBudget,
    document: u32,
    fichier: &str,
    issues: &mut Vec<Issue>,
) -> AnnexFrame {
    let mut told = |name: &str, wrong: u64, first: String| {
        if wrong > 0 {
            issues.push(unread(fichier, name, wrong, first));
        }
    };
    AnnexFrame {
        prets: rows(&budget.loans, "EMPRUNT", &mut told, |c, n| pret(c, document, n)),
        concours: rows(&budget.grants, "CONCOURS", &mut told, |c, n| concours(c, document, n)),
        biens: rows(&budget.assets, "PATRIMOINE", &mut told, |c, n| bien(c, document, n)),
        postes: rows(&budget.staff, "PERSONNEL", &mut told, |c, n| poste(c, document, n)),
    }
}

fn rows<T>(
    raw: &[Raw],
    name: &str,
    told: &mut impl FnMut(&str, u64, String),
    build: impl Fn(&mut Cells<'_>, u32) -> T,
) -> Vec<T> {
    let (mut wrong, mut first) = (0, String::new());
    let mut out = Vec::with_capacity(raw.len());
    for (row, record) in raw.iter().zip(1..) {
        let mut cells = Cells { row, wrong: 0, first: String::new() };
        out.push(build(&mut cells, record));
        wrong += cells.wrong;
        if first.is_empty() {
            first = cells.first;
        }
    }
    told(name, wrong, first);
    out
}

fn pret(c: &mut Cells<'_>, document: u32, record: u32) -> Pret {
    Pret {
        document,
        record,
        genre: c.text("CodTypEmpr"),
        type_preteur: c.text("CodTypPreteur"),
        preteur: c.text("LibOrgaPreteur"),
        objet: c.text("ObjEmpr"),
        article: c.text("CodArticle"),
        contrat: c.text("NumContrat"),
        annee: c.text("AnEncaisse"),
        origine: c.money("MtEmprOrig"),
        restant_debut: c.money("MtCapitalRestDu_01_01"),
        restant_fin: c.money("MtCapitalRestDu_31_12"),
        capital: c.money("MtCapitalExer"),
        interets: c.money("MtIntExer"),
        icne: c.money("MtICNE"),
        type_taux: c.text("CodTyptxDtVote"),
        taux: c.text("TxActua"),
        duree: c.text("DureeRest"),
        periode: c.text("CodPeriodRemb"),
        profil: c.text("CodProfilAmort"),
    }
}

fn concours(c: &mut Cells<'_>, document: u32, record: u32) -> Concours {
    Concours {
        document,
        record,
        beneficiaire: c.text("LibOrgaBenef"),
        nature_juridique: c.text("CodNatJurBenefCA").to_uppercase(),
        siret: c.text("Siret"),
        article: c.text("CodArticle"),
        objet: c.text("ObjSubv"),
        montant: c.money("MtSubv"),
        prestation: c.text("LibPrestaNat"),
    }
}

fn bien(c: &mut Cells<'_>, document: u32, record: u32) -> Bien {
    let mouvement = c.text("CodEntreeSorti");
    let mode = if mouvement == "S" { "CodModalSorti" } else { "CodModalAcqui" };
    Bien {
        document,
        record,
        modalite: c.text(mode),
        mouvement,
        libelle: c.text("LibBien"),
        inventaire: c.text("NumInventaire"),
        valeur: c.money("MtValAcquiBien"),
        amorti: c.money("MtCumulAmortBien"),
        acquisition: c.text("DtAcquiBien"),
        duree: c.text("DureeAmortBien"),
        cession: c.text("DtCessBienSorti"),
        valeur_nette: c.money("MtVNCBienSorti"),
        prix: c.money("MtPrixCessBienSorti"),
    }
}

fn poste(c: &mut Cells<'_>, document: u32, record: u32) -> Poste {
    let secteur = c.text("CodSectAgentTitulaire");
    Poste {
        document,
        record,
        statut: c.text("CodTypAgent"),
        grade: c.text("EmploiGradeAgent"),
        categorie: c.text("CodCatAgent"),
        secteur: if secteur.is_empty() { c.text("CodSectAgentNonTitulaire") } else { secteur },
        permanent: c.text("Permanent"),
        temps_complet: c.text("TempsComplet"),
        contrat: c.text("NatureContrat"),
        budgetes: c.money("EffectifBud"),
        pourvus: c.money("EffectifPourvu"),
    }
}

fn unread(fichier: &str, annexe: &str, wrong: u64, first: String) -> Issue {
    Issue {
        severity: Severity::Attention,
        fichier: fichier.to_owned(),
        enregistrement: 0,
        colonne: format!("annexe {annexe}"),
        valeur: first,
        raison: format!("{wrong} montant(s) illisible(s) dans cette annexe, laissés vides"),
        a_faire: "corriger l’annexe dans le logiciel budgétaire et exporter de nouveau".to_owned(),
    }
}
