//! What a finished reading proves, as the local page shows it: file by file, rows read, kept, set aside, and
//! the tie-outs that hold or not; then the files left alone.
//!
//! **Invariant:** every figure comes from `rapprochement.json`; nothing is computed but counts of checks.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::fr;

use super::atelier::fichier;
use super::catalogue;
use super::sortie::refus_io;

/// Rows of each table of the page; all of them are in `lecture.html`.
const MONTRES: usize = 200;

/// A file read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub fichier: String,
    /// What it is: stage and exercice of a document, or its format.
    pub objet: String,
    /// Rows read, in words.
    pub lues: String,
    /// Rows kept.
    pub retenues: String,
    /// Rows set aside.
    pub ecartees: String,
    /// Tie-outs that hold.
    pub justes: usize,
    /// Those that do not, each in one sentence.
    pub faux: Vec<String>,
}

/// What a reading proves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rapproche {
    /// Files read, the first ones.
    pub sources: Vec<Source>,
    /// How many files were read.
    pub total: usize,
    /// Ledger against accounts, one sentence an exercice and a sense.
    pub livre: Vec<String>,
    /// Files left alone, the first ones: name and reason.
    pub laisses: Vec<(String, String)>,
    /// How many were left alone.
    pub total_laisses: usize,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Preuve {
    documents: Vec<Lu>,
    ecritures: Vec<Lu>,
    references: Vec<Lu>,
    subventions: Vec<Lu>,
    contrats: Vec<Lu>,
    livre_et_comptes: Vec<Confronte>,
    fichiers_ignores: Vec<Ignore>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Lu {
    fichier: String,
    format: String,
    etape: String,
    exercice: u16,
    libelle_budget: String,
    lignes_lues: u64,
    lignes_retenues: u64,
    lignes_ecartees: u64,
    controles: Vec<Controle>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Controle {
    libelle: String,
    ecart: i64,
    ok: bool,
    information: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Confronte {
    exercice: u16,
    sens: String,
    livre: i64,
    comptes: i64,
    non_explique: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ignore {
    fichier: String,
    raison: String,
}

/// The proof of the reading in `nom` under `reports`; `None` when that result is not a reading.
///
/// # Errors
/// Its `rapprochement.json` cannot be read.
pub fn rapproche(dossier: &Path, nom: &str) -> Result<Option<Rapproche>, Refus> {
    let Some(path) = fichier(dossier, &format!("{nom}/rapprochement.json")) else {
        return Ok(None);
    };
    let file = File::open(&path).map_err(|e| refus_io(&path, &e))?;
    let proof: Preuve = serde_json::from_reader(BufReader::new(file)).map_err(|_| {
        Refus::new(
            format!("« {nom} » n’a pas de rapprochement lisible"),
            "relancer la lecture du dossier",
        )
    })?;
    Ok(Some(told(&proof)))
}

fn told(proof: &Preuve) -> Rapproche {
    let all = [
        &proof.documents,
        &proof.ecritures,
        &proof.references,
        &proof.subventions,
        &proof.contrats,
    ];
    let left = &proof.fichiers_ignores;
    Rapproche {
        sources: all.into_iter().flatten().take(MONTRES).map(source).collect(),
        total: all.iter().map(|list| list.len()).sum(),
        livre: proof.livre_et_comptes.iter().map(confronted).collect(),
        laisses: left.iter().take(MONTRES).map(|f| (f.fichier.clone(), f.raison.clone())).collect(),
        total_laisses: left.len(),
    }
}

fn source(lu: &Lu) -> Source {
    let faux = lu
        .controles
        .iter()
        .filter(|c| !c.ok && !c.information)
        .map(|c| format!("{} : écart de {}", c.libelle, fr::euros(Centimes(c.ecart))));
    let objet = match (lu.etape.as_str(), lu.exercice) {
        ("", _) | (_, 0) => title(&lu.format),
        (stage, year) if lu.libelle_budget.is_empty() => format!("{stage} {year}"),
        (stage, year) => format!("{stage} {year}, {}", fr::coupe(&lu.libelle_budget, 60)),
    };
    Source {
        fichier: lu.fichier.clone(),
        objet,
        lues: fr::nombre(lu.lignes_lues),
        retenues: fr::nombre(lu.lignes_retenues),
        ecartees: fr::nombre(lu.lignes_ecartees),
        justes: lu.controles.iter().filter(|c| c.ok && !c.information).count(),
        faux: faux.collect(),
    }
}

/// Title of a format, from its code.
fn title(code: &str) -> String {
    let known = catalogue::formats().into_iter().find(|f| f.code == code);
    known.map_or_else(|| code.to_owned(), |f| f.titre)
}

fn confronted(c: &Confronte) -> String {
    let sens = if c.sens == "R" { "recettes" } else { "dépenses" };
    let (book, accounts) = (fr::euros(Centimes(c.livre)), fr::euros(Centimes(c.comptes)));
    let gap = match c.non_explique {
        0 => "écart expliqué au centime".to_owned(),
        left => format!("reste {} d’écart inexpliqué", fr::euros(Centimes(left))),
    };
    let year = c.exercice;
    format!("{year}, {sens} : écritures {book}, comptes {accounts} ; {gap}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_fails_is_told_with_its_gap() {
        let proof: Preuve = serde_json::from_str(
            r#"{"documents": [{"fichier": "CA.xml", "etape": "CA", "exercice": 2024, "lignes_lues": 1204,
                "lignes_retenues": 1200, "lignes_ecartees": 4, "inconnu": [1],
                "controles": [{"libelle": "042 = 040", "ecart": -150, "ok": false, "information": false},
                              {"libelle": "rar", "ecart": 3, "ok": false, "information": true},
                              {"libelle": "siret", "ok": true}]}],
               "livre_et_comptes": [{"exercice": 2024, "sens": "D", "livre": 100, "comptes": 90, "non_explique": 10}],
               "fichiers_ignores": [{"fichier": "notes.docx", "raison": "aucun lecteur"}]}"#,
        )
        .unwrap();
        let shown = told(&proof);
        assert_eq!(shown.sources[0].objet, "CA 2024");
        assert_eq!(shown.sources[0].lues, "1\u{202f}204");
        assert_eq!(shown.sources[0].justes, 1);
        assert_eq!(shown.sources[0].faux, ["042 = 040 : écart de \u{2212}1,50\u{a0}€"]);
        assert!(shown.livre[0].ends_with("reste 0,10\u{a0}€ d’écart inexpliqué"), "{shown:?}");
        assert_eq!(shown.total_laisses, 1);
    }
}
