//! `lisez-moi.txt` of a result folder: what each of its files is for, and for whom.
//!
//! **Invariant:** only files that are there are named; each has its sentence.

use std::fmt::Write as _;

/// Name of the note.
pub const FICHIER: &str = "lisez-moi.txt";

/// Name or beginning of a name, and what the file is for, in the order in which a reader opens them.
const USAGES: [(&str, &str); 44] = [
    ("preparation.html", "la prévision et le budget proposé, à lire d’abord"),
    ("audit.html", "les dépenses à vérifier d’abord, et pourquoi ; à lire d’abord"),
    ("synthese.html", "deux pages pour les élus, à imprimer"),
    ("lecture.html", "ce qui a été lu, rapproché et mis de côté"),
    ("preparation.xlsx", "le budget proposé à modifier ; « vigie verifier » le relit"),
    (
        "audit.xlsx",
        "les mêmes signalements, avec la colonne « decision » à remplir ; « vigie revue importer » la reprend",
    ),
    ("echantillon.xlsx", "les lignes tirées au sort, à remplir après contrôle des pièces"),
    ("echantillon.csv", "les mêmes lignes tirées au sort, en table"),
    ("conserve", "ce que vous aviez saisi dans le résultat précédent, gardé tel quel"),
    ("preparation", "les graphiques de la préparation, en images"),
    ("audit", "les graphiques de l’audit, en images"),
    ("figures", "les graphiques en images, à coller dans un document"),
    ("previsions.csv", "les montants prévus avec leur fourchette, en table"),
    ("previsions.parquet", "la même table, pour un outil d’analyse (Python, R, DuckDB)"),
    ("proposition.csv", "le budget proposé, compte par compte, en table"),
    ("atterrissage.csv", "l’exercice en cours mené à son terme, en table"),
    ("constats.csv", "tous les signalements, en table"),
    ("constats.parquet", "la même table, pour un outil d’analyse (Python, R, DuckDB)"),
    ("verifications.csv", "les contrôles du budget relu, en table"),
    ("lignes_douteuses.csv", "les lignes mises de côté ou signalées à la lecture, avec la raison"),
    ("rapprochement.json", "la preuve que rien n’a été perdu : totaux lus et totaux des fichiers"),
    ("resultats.json", "tous les chiffres des pages, pour un script"),
    (
        "papier_de_travail.txt",
        "le dossier de l’auditeur : fichiers, paramètres, populations, non faits",
    ),
    ("fiche_modele.txt", "ce que font les contrôles, leurs limites et leurs fausses alertes"),
    ("mention-algorithme.txt", "la mention à reprendre dans un courrier (CRPA, L. 311-3-1)"),
    ("aide_aipd.txt", "de quoi remplir l’analyse d’impact, pour le DPO"),
    ("analyse.ipynb", "le carnet Jupyter qui redessine les figures sans vigie"),
    ("ecritures", "les écritures lues, table canonique"),
    ("factures", "les factures qu’aucun mandat ne paie, table canonique"),
    ("budget", "les budgets et comptes lus, table canonique"),
    ("annexe", "une annexe des budgets, table canonique"),
    ("references", "les chiffres publiés lus (DGFiP, OFGL), table canonique"),
    ("subventions", "les subventions lues, table canonique"),
    ("contrats", "les marchés lus, table canonique"),
    ("conflits", "les enregistrements dont les sources ne disent pas le même montant"),
    ("donnees", "les fichiers de la commune fictive, à relire par les commandes"),
    ("verite.csv", "le corrigé de la commune fictive : ce qui y a été planté"),
    ("vigie.toml", "les réglages de la commune fictive, à imiter"),
    ("CA", "un compte administratif en données ouvertes (SCDL)"),
    ("CFU", "un compte financier unique en données ouvertes (SCDL)"),
    ("BP", "un budget primitif en données ouvertes (SCDL)"),
    ("BS", "un budget supplémentaire en données ouvertes (SCDL)"),
    ("DM", "une décision modificative en données ouvertes (SCDL)"),
    (
        super::sortie::JOURNAL,
        "version, commande, empreintes des fichiers lus : de quoi refaire le résultat",
    ),
];

/// The note for these files and folders.
pub fn text(names: &[String]) -> String {
    let mut rows: Vec<(usize, &str)> = names
        .iter()
        .filter(|n| *n != FICHIER)
        .map(|n| (rank(n).unwrap_or(USAGES.len()), n.as_str()))
        .collect();
    rows.sort_unstable();
    let width = rows.iter().map(|r| r.1.chars().count()).max().unwrap_or(0);
    let mut out = String::from("Ce que contient ce dossier\n\n");
    for (rank, name) in rows {
        let pad = " ".repeat(width - name.chars().count());
        let usage = USAGES.get(rank).map_or("tiré du fichier lu de ce nom", |u| u.1);
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{name}{pad}  {usage}");
    }
    out.push_str(
        "\nLe dossier est remplacé d’un bloc quand la même commande est relancée ; ce que vous y avez saisi depuis est\n\
         alors gardé dans « conserve ». Rien n’en est envoyé nulle part. « vigie purger » supprime les plus vieux.\n",
    );
    out
}

/// Place of a name in the table.
fn rank(name: &str) -> Option<usize> {
    let exact = USAGES.iter().position(|(start, _)| *start == name);
    exact.or_else(|| {
        let longest = USAGES.iter().enumerate().filter(|(_, (start, _))| name.starts_with(start));
        longest.max_by_key(|(_, (start, _))| start.len()).map(|(i, _)| i)
    })
}

/// True when the note has a sentence of its own for this file.
pub fn is_known(name: &str) -> bool {
    name == FICHIER || rank(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_first_comes_first_and_nothing_else_is_named() {
        let names = ["journal.txt", "audit.xlsx", "annexe_dette.parquet", "audit.html"];
        let text = text(&names.map(str::to_owned));
        let at = |name: &str| text.find(name).unwrap();
        assert!(at("audit.html") < at("audit.xlsx") && at("audit.xlsx") < at("journal.txt"));
        assert!(text.contains("annexe des budgets") && !text.contains("preparation.html"));
        assert!(!is_known("inconnu.bin"));
    }
}
