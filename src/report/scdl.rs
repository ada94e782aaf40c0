//! SCDL budget 0.8.3: budget lines as the 22 columns of the open-data schema.
//!
//! Comma, UTF-8, CRLF, dot decimals, one row per line kept; an empty cell is an absent value. The schema
//! requires the chapitre, its label and the section: they come from the chart of accounts when the
//! document does not write them, unless the caller wants only what is written.
//!
//! **Invariant:** one row per line of the document, in its order; amounts exact to the centime.

use crate::domain::account::Ordre;
use crate::domain::money::Centimes;
use crate::domain::nomenclature::{Plan, nomenclature, plan};
use crate::frames::budget::{BudgetFrame, Document, Etape, LigneBudget, Section};
use crate::frames::ledger::Sens;

const HEADER: &str = "BGT_NATDEC,BGT_ANNEE,BGT_SIRET,BGT_NOM,BGT_CONTNAT,BGT_CONTNAT_LABEL,\
BGT_NATURE,BGT_NATURE_LABEL,BGT_FONCTION,BGT_FONCTION_LABEL,BGT_OPERATION,BGT_SECTION,BGT_OPBUDG,\
BGT_CODRD,BGT_MTREAL,BGT_MTBUDGPREC,BGT_MTRARPREC,BGT_MTPROPNOUV,BGT_MTPREV,BGT_CREDOUV,\
BGT_MTRAR3112,BGT_ARTSPE";

/// What to write when the document leaves a required cell empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remplissage {
    /// Chapitre and section from the chart of accounts, words of the schema: a file that the schema accepts.
    Complet,
    /// Only what the document writes, labels as the official chart spells them, as public converters do.
    CommeEcrit,
}

/// The rows of one document of a frame, header included.
pub fn to_csv(frame: &BudgetFrame, document: usize, remplissage: Remplissage) -> String {
    let mut out = String::from(HEADER);
    out.push_str("\r\n");
    let Some(d) = frame.documents.get(document) else { return out };
    let chart = nomenclature(&d.nomenclature).map(|n| plan(n.plan));
    for ligne in frame.lignes_of(document) {
        out.push_str(&row(d, ligne, chart, remplissage).join(","));
        out.push_str("\r\n");
    }
    out
}

fn row(
    d: &Document,
    l: &LigneBudget,
    chart: Option<&Plan>,
    remplissage: Remplissage,
) -> [String; 22] {
    let year = d.exercice;
    let known = |c: &str| chart.and_then(|p| p.section_chapitre(c, year));
    let (controle, section) = match remplissage {
        Remplissage::Complet if l.controle.is_empty() => (l.chapitre.as_str(), Some(l.section)),
        Remplissage::Complet => (l.controle.as_str(), Some(l.section)),
        Remplissage::CommeEcrit => (l.controle.as_str(), known(&l.controle)),
    };
    let label = |text: Option<&str>| cell(text.unwrap_or_default());
    let chapitre = chart.map(|p| match p.libelle_chapitre(controle, year) {
        "" => p.compte(controle, year).map_or("", |c| c.libelle),
        found => found,
    });
    let ordre = if l.ordre == Ordre::Reel { "réel" } else { "ordre" };
    [
        natdec(d.etape, remplissage).to_owned(),
        year.to_string(),
        cell(&d.siret),
        cell(&d.collectivite),
        cell(controle),
        label(chapitre.filter(|_| !controle.is_empty())),
        cell(&l.nature),
        label(chart.map(|p| match remplissage {
            Remplissage::Complet => p.libelle(&l.nature, year),
            Remplissage::CommeEcrit => p.libelle_officiel(&l.nature, year),
        })),
        cell(&l.fonction),
        label(chart.map(|p| p.libelle_fonction(&l.fonction, year))),
        cell(&l.operation),
        section.map_or("", section_word).to_owned(),
        ordre.to_owned(),
        if l.sens == Sens::D { "dépense" } else { "recette" }.to_owned(),
        amount(l.realise),
        amount(l.budget_precedent),
        amount(l.rar_precedent),
        amount(l.propose),
        amount(l.vote),
        amount(l.credits_ouverts),
        amount(l.rar),
        l.specialise.map_or("", |s| if s { "spécialisé" } else { "non spécialisé" }).to_owned(),
    ]
}

/// Word of the stage, in the case of the schema or in that of published files; there is none for the CFU,
/// which is a compte administratif there.
fn natdec(etape: Etape, remplissage: Remplissage) -> &'static str {
    if remplissage == Remplissage::Complet {
        return match etape {
            Etape::Bp => "budget primitif",
            Etape::Bs => "budget supplémentaire",
            Etape::Dm => "décision modificative",
            Etape::Situation => "situation",
            Etape::Ca | Etape::Cfu => "compte administratif",
        };
    }
    match etape {
        Etape::Bp => "Budget primitif",
        Etape::Bs => "Budget supplémentaire",
        Etape::Dm => "Décision modificative",
        Etape::Situation => "Situation",
        Etape::Ca | Etape::Cfu => "Compte administratif",
    }
}

fn section_word(section: Section) -> &'static str {
    match section {
        Section::F => "fonctionnement",
        Section::I => "investissement",
    }
}

fn amount(value: Option<Centimes>) -> String {
    value.map_or(String::new(), |v| {
        let sign = if v.0 < 0 { "-" } else { "" };
        let cents = v.0.unsigned_abs();
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    })
}

fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_amounts_are_those_of_the_schema() {
        assert_eq!(HEADER.split(',').count(), 22);
        assert_eq!(amount(Some(Centimes(-1_205))), "-12.05");
        assert_eq!(amount(None), "");
        assert_eq!(cell("Dotations, fonds"), "\"Dotations, fonds\"");
        let empty = to_csv(&BudgetFrame::default(), 0, Remplissage::Complet);
        assert_eq!(empty.lines().count(), 1);
    }
}
