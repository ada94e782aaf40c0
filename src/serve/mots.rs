//! Advice written for the command line, in the words of the page.
//!
//! The use cases are those of the terminal and speak of its options; here a button or a page stands for them.
//!
//! **Invariant:** only advice is reworded; a figure, a name or a value quoted is never touched.

use crate::domain::refus::Refus;

/// What the command line says, and what the page says instead.
const MOTS: [(&str, &str); 28] = [
    (
        "lancer « vigie init » près des fichiers ; il tire la clé de [vie_privee]",
        "ouvrir « Réglages » et enregistrer : la clé des pseudonymes y est tirée",
    ),
    (
        "voir « vigie formats » ; pour une table, « vigie lire FICHIER --deviner »",
        "voir « Formats lus », puis refaire l’export dans un format de la liste",
    ),
    ("« vigie formats » donne la liste", "la page « Formats lus » donne la liste"),
    ("(vigie formats balance dit où)", "(la page « Formats lus » dit où)"),
    (
        "choisir un dossier vide ou nouveau avec --sortie ; --ecraser y écrit quand même",
        "renommer ou déplacer ce dossier, puis relancer",
    ),
    (
        "libérer de la place ou choisir un autre dossier avec --sortie",
        "fermer les fichiers ouverts dans d’autres programmes ou libérer de la place, puis relancer",
    ),
    (
        "choisir avec --sortie un dossier où vous pouvez écrire, par exemple dans vos documents",
        "déplacer le dossier de travail à un endroit où vous pouvez écrire, par exemple dans vos documents",
    ),
    (
        "ou choisir avec --sortie un dossier où vous pouvez écrire",
        "ou déplacer le dossier de travail à un endroit où vous pouvez écrire",
    ),
    ("donner un autre dossier à --sortie", "renommer ce fichier, puis relancer"),
    (
        "relancer sans ces options : « vigie lire » donne les SIRET et les budgets lus",
        "vider le champ « Un seul budget », ou reprendre un nom donné par « Lire et rapprocher »",
    ),
    ("aucun document ne correspond à --siren ou à --budget", "aucun document n’est de ce budget"),
    ("ou relancer avec --siren", "ou ouvrir vigie sur ce dossier"),
    (
        "ajouter --siren et le numéro de la commune : les autres lignes sont alors sautées",
        "garder dans le fichier les lignes de la commune, puis le déposer de nouveau",
    ),
    ("découper le fichier par exercice, ou ajouter --siren", "découper le fichier par exercice"),
    (
        "le décrire par --scenario \"NOM : energie=+8%\", ou par une table [scenario.NOM] de vigie.toml",
        "le décrire par « Réglages », ou choisir un autre scénario",
    ),
    (
        "demander un exercice postérieur avec --exercice, ou ajouter les comptes plus anciens",
        "demander un exercice postérieur, ou ajouter les comptes plus anciens",
    ),
    (
        "ajouter --auteur \"Prénom Nom, fonction\" : il est déclaré, pas vérifié",
        "écrire prénom, nom et fonction : l’auteur est déclaré, pas vérifié",
    ),
    (
        "vérifier le chemin et les droits du fichier, ou retirer --config",
        "fermer le fichier dans les autres programmes, puis relancer",
    ),
    (
        "voir le type de chaque clé dans le modèle écrit par « vigie init »",
        "corriger cette valeur dans vigie.toml, ou la saisir par « Réglages »",
    ),
    (
        "ou laisser « vigie init » en tirer une",
        "ou retirer cette ligne et enregistrer « Réglages » en cochant le tirage de la clé",
    ),
    (
        "vérifier le numéro donné à --siren, ou relancer sans cette option",
        "vérifier que le fichier est celui de la commune",
    ),
    ("relancer la commande", "relancer le travail"),
    (
        "voir la liste et les raisons dans lecture.html",
        "lancer « Lire et rapprocher » : la liste et les raisons y sont",
    ),
    (" : « vigie lire » dit pourquoi", " : « Lire et rapprocher » dit pourquoi"),
    ("voir lecture.html", "la liste est plus bas"),
    ("voir lignes_douteuses.csv", "la liste est plus bas"),
    (", ou préciser « date » dans correspondance.toml", ""),
    ("les lignes écartées sont dans lignes_douteuses.csv", "les lignes écartées sont plus bas"),
];

/// What a table needs when its columns are not understood; the page has no such command.
const COLONNES: &str = "renommer les titres de colonnes comme dans « Formats lus » (montant, date, fournisseur…), \
    puis déposer le fichier de nouveau ; sinon votre informaticien peut donner une correspondance à vigie";

/// A sentence of advice, in the words of the page.
pub(super) fn page(text: &str) -> String {
    let mut out = text.to_owned();
    for (typed, shown) in MOTS {
        if out.contains(typed) {
            out = out.replace(typed, shown);
        }
    }
    out
}

/// A refusal, in the words of the page.
pub(super) fn refus(refus: &Refus) -> Refus {
    let columns = refus.a_faire.contains("--deviner") || refus.a_faire.contains("--correspondance");
    let voir = refus.a_faire.contains("vigie formats");
    Refus {
        quoi: page(&refus.quoi),
        extrait: refus.extrait.clone(),
        a_faire: if columns && !voir { COLONNES.to_owned() } else { page(&refus.a_faire) },
    }
}

/// A warning: its last line is the advice.
pub(super) fn avertissement(text: &str) -> String {
    let Some((what, advice)) = text.rsplit_once("à faire : ") else { return page(text) };
    let told = refus(&Refus::new(what.trim_end(), advice));
    format!("{}\nÀ faire : {}", page(what.trim_end()), told.a_faire)
}

/// A stage of a run, as a clerk would say it.
pub(super) fn etape(step: &str) -> String {
    match step {
        "Préparation" => "Préparation du travail".to_owned(),
        "Lecture" => "Lecture des fichiers".to_owned(),
        "Prévision" => "Prévision des chapitres".to_owned(),
        "Écriture" => "Écriture des rapports".to_owned(),
        "Fournisseurs" => "Regroupement des fournisseurs".to_owned(),
        "Factures" => "Comparaison des factures".to_owned(),
        "Récurrences" => "Recherche des dépenses régulières".to_owned(),
        other => format!("Contrôle : {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_never_sends_to_a_terminal() {
        let said = Refus::new(
            "titres inconnus",
            "vérifier les colonnes avec vigie lire FICHIER --deviner, puis donner --correspondance",
        );
        assert!(!refus(&said).a_faire.contains("--"), "{}", refus(&said));
        let masked = "3 personnes masquées\n  à faire : lancer « vigie init » près des fichiers ; il tire la clé de [vie_privee]";
        assert_eq!(
            avertissement(masked),
            "3 personnes masquées\nÀ faire : ouvrir « Réglages » et enregistrer : la clé des pseudonymes y est tirée"
        );
        for (typed, shown) in MOTS {
            assert!(!shown.contains("--") && !shown.contains("vigie init"), "{typed}: {shown}");
        }
    }

    /// Each sentence reworded is still said somewhere, or it is dead weight.
    #[test]
    fn every_sentence_reworded_is_still_said() {
        let mut all = String::new();
        let mut rooms = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(room) = rooms.pop() {
            for entry in std::fs::read_dir(room).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    rooms.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("mots.rs")
                {
                    all += &std::fs::read_to_string(&path).unwrap();
                }
            }
        }
        // A sentence may be cut over two lines of the source.
        let mut parts = all.split("\\\n");
        let first = parts.next().unwrap_or_default().to_owned();
        let all = parts.fold(first, |whole, part| whole + part.trim_start()).replace("\\\"", "\"");
        for (typed, _) in MOTS {
            assert!(all.contains(typed), "nobody says {typed:?} any more");
        }
    }
}
