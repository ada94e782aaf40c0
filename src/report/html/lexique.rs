//! The lexicon of a page: only the words it uses.
//!
//! **Invariant:** a definition is at most two sentences of 20 words.

use super::{Html, intervalle};
use crate::report::Page;
use crate::report::fr;

/// The word whose definition depends on the past of the commune.
const BOUNDS: &str = "8 chances sur 10";

/// Word shown, spellings looked for (folded, between word borders), definition.
const WORDS: &[(&str, &[&str], &str)] = &[
    ("Annuité", &["annuite", "annuites"], "Capital et intérêts de la dette payés dans l'année."),
    (
        "À droit constant",
        &["a droit constant"],
        "Sans nouvelle décision de la commune ni nouvelle loi.",
    ),
    (
        "Atterrissage",
        &["atterrissage"],
        "Estimation de l'année en cours, avant la clôture de ses comptes.",
    ),
    ("BP", &["bp"], "Budget primitif : le budget voté en début d'année."),
    ("CA", &["ca"], "Compte administratif : ce qui a été réalisé dans l'année."),
    ("CGCT", &["cgct"], "Code général des collectivités territoriales."),
    ("CNRACL", &["cnracl"], "Caisse de retraite des agents titulaires des collectivités."),
    (
        "Capacité de désendettement",
        &["capacite de desendettement"],
        "Nombre d'années d'épargne brute nécessaires pour rembourser toute la dette.",
    ),
    ("Chapitre", &["chapitre", "chapitres"], "Niveau de vote du budget, qui regroupe des comptes."),
    (
        "Couverture",
        &["couverture"],
        "Part des années passées où la valeur réelle est tombée dans l'intervalle annoncé.",
    ),
    (
        "DGFiP",
        &["dgfip"],
        "Direction générale des finances publiques, qui tient les comptes des communes.",
    ),
    ("DGF", &["dgf"], "Dotation globale de fonctionnement, versée par l'État."),
    (
        "Épargne brute",
        &["epargne brute"],
        "Recettes moins dépenses réelles de fonctionnement, hors ventes de biens et provisions. \
         Elle rembourse la dette, puis finance l'investissement.",
    ),
    (
        "Épargne nette",
        &["epargne nette"],
        "Épargne brute moins le capital de la dette remboursé dans l'année.",
    ),
    ("Encours", &["encours"], "Capital de la dette restant dû."),
    ("Enjeu", &["enjeu", "enjeux"], "Montant concerné. Ce n'est pas une perte."),
    (
        "FCTVA",
        &["fctva"],
        "Fonds de compensation pour la TVA : l'État rend une part de la taxe payée sur les travaux.",
    ),
    ("Fonctionnement", &["fonctionnement"], "Dépenses et recettes courantes, chaque année."),
    (
        "GVT",
        &["gvt"],
        "Glissement, vieillissement, technicité : effet de l'ancienneté et des promotions sur les salaires.",
    ),
    (
        "Indice",
        &["indice"],
        "Force d'un signalement : somme des points de chaque constat. Il se compare dans une famille.",
    ),
    ("Investissement", &["investissement"], "Dépenses et recettes qui changent le patrimoine."),
    ("k€", &["k€"], "Millier d'euros."),
    (
        "Loi de Benford",
        &["loi de benford"],
        "Fréquence attendue du premier chiffre dans beaucoup de listes de montants.",
    ),
    (
        "M57",
        &["m57"],
        "Règles budgétaires et plan de comptes des communes, depuis 2024 pour toutes.",
    ),
    ("Mandat", &["mandat", "mandats"], "Ordre de payer une dépense."),
    (
        "MASE",
        &["mase"],
        "Erreur du modèle divisée par celle d'une simple reconduction. Sous 1, il fait mieux.",
    ),
    ("M€", &["m€"], "Million d'euros."),
    ("Nature", &["nature", "natures"], "Compte : type de la dépense ou de la recette."),
    ("OFGL", &["ofgl"], "Observatoire des finances et de la gestion publique locales."),
    (
        "Rapprochement",
        &["rapprochement", "rapprochements"],
        "Comparaison de deux totaux qui doivent être égaux.",
    ),
    (
        "Restes à réaliser",
        &["restes a realiser"],
        "Dépenses engagées, ou recettes certaines, reportées à l'année suivante.",
    ),
    (BOUNDS, &["8 chances sur 10"], ""),
    (
        "Score z",
        &["score z"],
        "Écart à l'habitude, compté en écarts ordinaires. Au-delà de 3,5, le mois est inhabituel.",
    ),
    (
        "Signalement",
        &["signalement", "signalements"],
        "Dépense à vérifier ou à justifier. Il ne prouve rien.",
    ),
    (
        "Déciban",
        &["deciban", "decibans"],
        "Unité des points d'un indice : dix points multiplient par dix les chances d'une anomalie.",
    ),
    (
        "Jaro-Winkler",
        &["jaro winkler"],
        "Mesure de ressemblance de deux textes, de 0 à 1, qui compte surtout leur début.",
    ),
    ("Médiane", &["mediane", "medianes"], "Valeur du milieu : la moitié est en dessous."),
    (
        "Empreinte",
        &["empreinte"],
        "Nombre tiré d'un fichier : il change dès qu'une lettre du fichier change.",
    ),
    ("SIREN", &["siren"], "Numéro à neuf chiffres de la commune."),
    ("Strate", &["strate"], "Communes de taille comparable."),
    (
        "Taux d'épargne brute",
        &["taux d' epargne brute"],
        "Épargne brute divisée par les recettes réelles de fonctionnement.",
    ),
    ("Tiers", &["tiers"], "Fournisseur ou débiteur de la commune."),
];

/// Words that mean something else out of the page of findings.
const AUDIT_ONLY: [&str; 2] = ["Enjeu", "Indice"];

/// Adds the section, from the words of the page.
pub(super) fn section(html: &mut Html) {
    // the banner, written apart, has these two, but for the two pages of the summary
    let banner = if html.page == Page::Synthese { "" } else { "siren empreinte " };
    let text = format!(" {} {banner}", words(&html.out).replace("point d' indice", ""));
    let used: Vec<_> = WORDS
        .iter()
        .filter(|(word, ..)| html.page == Page::Audit || !AUDIT_ONLY.contains(word))
        .filter(|(_, spellings, _)| spellings.iter().any(|s| text.contains(&format!(" {s} "))))
        .collect();
    if used.is_empty() {
        return;
    }
    html.section("lexique", "Lexique", "");
    html.open("dl", &[]);
    for (word, _, definition) in used {
        html.el("dt", &[], word);
        if *word == BOUNDS {
            html.el("dd", &[], &intervalle::definition(html.fiabilite));
        } else {
            html.el("dd", &[], definition);
        }
    }
    html.close();
    html.close();
}

/// The words of a page, folded and parted by one space; tags are left out.
fn words(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(c),
            _ => {}
        }
    }
    let folded = fr::cle_tri(&text.replace("&#39;", "'").replace('’', "'"));
    let parted: String = folded
        .chars()
        .map(|c| if c.is_alphanumeric() || c == '\'' || c == '€' { c } else { ' ' })
        .collect();
    parted
        .replace(" l'", " l' ")
        .replace(" d'", " d' ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Page;

    #[test]
    fn only_words_of_the_page_are_explained() {
        let mut html = Html::new(Page::Audit);
        html.p("L'épargne brute baisse.");
        html.el("p", &[("class", "mandat")], "Rien d'autre.");
        section(&mut html);
        assert!(html.out.contains("<dt>Épargne brute</dt>"), "{}", html.out);
        assert!(!html.out.contains("<dt>Mandat</dt>"));
        assert!(html.out.contains("<dt>SIREN</dt>"), "the banner has it");
    }

    #[test]
    fn definitions_are_short() {
        for (word, _, definition) in WORDS {
            assert!(fr::mots_plus_longue(definition) <= 20, "{word}");
        }
    }
}
