//! The models of the budget forecast by name: what `vigie modeles [NOM]` lists after those of `forecast`.
//!
//! **Invariant:** every name that a budget row can carry is here or in `forecast::MODELS`, once.

/// A name, a title and a page.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Name typed after `vigie modeles` and found in the column `modele`.
    pub name: &'static str,
    /// French title.
    pub title: &'static str,
    /// French page, one paragraph.
    pub page: &'static str,
}

/// The models of a budget, known amounts and rules first.
pub const CARDS: &[Card] = &[
    Card {
        name: "montant connu",
        title: "Montant notifié ou contractuel",
        page: "Le montant saisi dans vigie.toml (table connu) remplace toute prévision. Saisi pour un \
               chapitre, il est réparti entre ses comptes selon leurs prévisions.",
    },
    Card {
        name: "levier saisi",
        title: "Bases, taux ou population saisis",
        page: "Impôts directs : bases × taux × coefficient correcteur de chaque taxe saisie (table taxe). \
               Dotation forfaitaire : celle de l’an passé, plus les habitants en plus au montant légal, \
               moins l’écrêtement saisi (table dotation). Un montant notifié (table connu) les remplace.",
    },
    Card {
        name: "indemnités indexées",
        title: "Indemnités indexées sur le point",
        page: "Le dernier montant suit la valeur du point d’indice décidée, connue au moment du vote.",
    },
    Card {
        name: "décidé",
        title: "Montant décidé, jamais prévu",
        page: "Un refinancement de dette ou une option de tirage est décidé, du même montant en dépenses et en \
               recettes : rien n’est prévu tant qu’il n’est pas saisi (table connu).",
    },
    Card {
        name: "hypothèse",
        title: "Hypothèse du scénario",
        page: "Le dernier montant évolue du pourcentage annuel choisi dans le scénario.",
    },
    Card {
        name: "bases indexées",
        title: "Bases fiscales indexées",
        page: "Le dernier montant suit la revalorisation légale des valeurs locatives, connue au moment \
               du vote. La croissance physique moyenne des bases s’y ajoute, ramenée vers 1 % l’an.",
    },
    Card {
        name: "dette",
        title: "État de la dette",
        page: "Intérêts et capital lus dans les emprunts de vigie.toml, sinon dans l’état de la dette du \
               dernier compte : capital restant dû, taux, durée et profil de chaque emprunt. L’écart \
               constaté l’année précédente ajuste les intérêts. Les emprunts nouveaux n’y sont pas.",
    },
    Card {
        name: "reste à vendre",
        title: "Terrains restant à vendre",
        page: "Un lotissement vote la vente de tous ses terrains (7015) : ce que le dernier exercice avait \
               ouvert et n’a pas vendu est attendu l’année suivante, rien ensuite.",
    },
    Card {
        name: "contre-passation",
        title: "Intérêts courus sans état de la dette",
        page: "Les intérêts courus rattachés sont contre-passés l’année suivante : sans état de la \
               dette, leur solde est prévu à zéro.",
    },
    Card {
        name: "effectifs",
        title: "Effectifs pourvus au 31 décembre",
        page: "L’état du personnel des deux derniers comptes dit combien de postes permanents étaient \
               pourvus en fin d’année : rapportés à leur moyenne, ils donnent l’effet en année pleine \
               des arrivées et des départs. S’y ajoutent les hausses décidées (point d’indice, CNRACL) \
               et le GVT de la commune, ramené vers 1 % l’an.",
    },
    Card {
        name: "base et GVT",
        title: "Personnel sans état des effectifs",
        page: "Sans l’état du personnel de deux comptes, les effectifs sont supposés constants : dernier \
               montant, hausses décidées (point d’indice, CNRACL) et croissance propre au-delà, ramenée \
               vers 1 % l’an.",
    },
    Card {
        name: "constant",
        title: "Montant constant",
        page: "Un montant fixé par la loi ou une décision reste le même : médiane des trois derniers \
               exercices.",
    },
    Card {
        name: "niveau habituel",
        title: "Montants ponctuels",
        page: "Pour un compte irrégulier : milieu entre le dernier montant et la médiane des cinq \
               derniers exercices.",
    },
    Card {
        name: "moyenne récente",
        title: "Moyenne des trois derniers exercices",
        page: "Pour l’investissement, irrégulier par nature. Le programme saisi dans vigie.toml vaut \
               toujours mieux. Sert de modèle de départ : un autre le remplace s’il est nettement \
               meilleur sur les années rejouées.",
    },
    Card {
        name: "tendance prudente",
        title: "Tendance prudente (modèle de départ)",
        page: "Quand les trois dernières variations vont dans le même sens, la plus petite est \
               prolongée, puis réduite de moitié chaque année. Un autre modèle la remplace s’il est \
               nettement meilleur sur les années rejouées.",
    },
    Card {
        name: "retour partiel",
        title: "Retour partiel après un saut (modèle de départ)",
        page: "Quand le dernier montant s’écarte d’un passé stable, un quart de l’écart est repris. Un \
               autre modèle le remplace s’il est nettement meilleur sur les années rejouées.",
    },
    Card {
        name: "niveau amorti",
        title: "Niveau amorti (modèle de départ)",
        page: "Quand hausses et baisses alternent, un cinquième de la dernière variation est repris. Un \
               autre modèle le remplace s’il est nettement meilleur sur les années rejouées.",
    },
    Card {
        name: "dernier niveau",
        title: "Dernier niveau (modèle de départ)",
        page: "Sans tendance nette, le dernier montant est reconduit, avec la moitié de l’inflation \
               constatée pour les comptes qui suivent les prix. Pour les achats et les ventes, un \
               quart des crédits non consommés s’y ajoute. Un autre modèle le remplace s’il est \
               nettement meilleur sur les années rejouées.",
    },
    Card {
        name: "tendance amortie",
        title: "Tendance amortie des séries annuelles",
        page: "La variation moyenne, les dernières comptant plus, est prolongée en perdant un \
               cinquième chaque année. À partir de huit exercices, ses paramètres sont ajustés \
               (modèle amorti).",
    },
    Card {
        name: "moyenne des modèles",
        title: "Moyenne simple des modèles comparés",
        page: "Moyenne de la dernière valeur, de la dérive, de la tendance amortie et, dès sept \
               exercices, du lissage ETS d’augurs. Une moyenne simple est difficile à battre avec si \
               peu de points.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::MODELS;

    #[test]
    fn names_are_unique_in_both_tables_and_pages_written() {
        for (i, a) in CARDS.iter().enumerate() {
            assert!(a.page.len() > 60 && a.page.ends_with('.'), "{}", a.name);
            assert!(CARDS[i + 1..].iter().all(|b| b.name != a.name), "{}", a.name);
            assert!(MODELS.iter().all(|b| b.name != a.name), "{}", a.name);
        }
    }
}
