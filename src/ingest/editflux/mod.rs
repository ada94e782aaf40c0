//! "Édit-flux" CSV: executed budgets by chapitre, function and article, codes after a letter (`C926`,
//! `R9393`, `A6182`), in the two layouts seen.
//!
//! ```text
//!  head ─► which layout, which nomenclature ─► mapped::read_budget
//! ```
//!
//! **Invariant:** the lines are read by the reader of budget tables; only the layout is recognised here.

use crate::domain::money::{Decimal, parse_amount};
use crate::domain::nomenclature::nomenclature;
use crate::domain::refus::Refus;
use crate::frames::intern::clean_text;
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::mapped::etat::is_budget;
use crate::ingest::mapped::guess::Cells;
use crate::ingest::mapped::header::as_texts;
use crate::ingest::mapped::synonyms::normal;
use crate::ingest::mapped::{first_records, read_budget};
use crate::ingest::sniff::looks_like_xml;

/// Édit-flux.
#[derive(Debug, Clone, Copy)]
pub struct EditFlux;

/// Titles of the layout with words, and of the one with codes, in normal form.
const LAYOUTS: [&[&str]; 2] = [
    &[
        "annee",
        "depense recette",
        "investissement fonctionnement",
        "chapitre",
        "article",
        "montant",
    ],
    &["type nomenclature", "exercice", "type fichier", "chapitre", "article", "montant"],
];

/// Titles in normal form, when the first record holds those of a layout.
fn titles(first: &[Cells]) -> Option<Vec<String>> {
    let titles: Vec<String> = first.first()?.iter().map(|c| normal(&clean_text(c))).collect();
    let holds = |layout: &[&str]| layout.iter().all(|t| titles.iter().any(|x| x == t));
    LAYOUTS.iter().any(|l| holds(l)).then_some(titles)
}

/// Nomenclature that the first line writes.
fn written(first: &[Cells], titles: &[String]) -> Option<String> {
    let at = titles.iter().position(|t| t == "type nomenclature")?;
    let text = clean_text(first.get(1)?.get(at)?);
    let name = format!("{text}-{text}");
    nomenclature(&name).filter(|n| n.connue).map(|_| name)
}

impl Format for EditFlux {
    fn nom(&self) -> &'static str {
        "editflux"
    }
    fn titre(&self) -> &'static str {
        "comptes publiés au format « Édit-flux » (départements)"
    }
    fn page(&self) -> &'static str {
        include_str!("editflux.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        if looks_like_xml(source.head) || source.head.starts_with(b"PK") {
            return None;
        }
        let line = source.head.iter().position(|b| *b == b'\n').unwrap_or(source.head.len());
        titles(&first_records(&source.head[..line]))?;
        Some(Reconnu { confiance: 85, raison: "titres de colonnes d’Édit-flux".into() })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let mapping = c.correspondance.filter(|_| is_budget(c.correspondance));
        let first = first_records(s.head);
        let norm = titles(&first).and_then(|t| written(&first, &t));
        read_budget(s, mapping, "editflux", norm.as_deref(), r)
            .map_err(|refus| own_refusal(s.nom, &first, refus))
    }
}

/// The refusal of a file whose titles are those of Édit-flux.
fn own_refusal(nom: &str, first: &[Cells], refus: Refus) -> Refus {
    let titles = first.first().map(as_texts).unwrap_or_default();
    let column = |name: &str| titles.iter().position(|t| normal(t) == name);
    let amounts: Vec<&[u8]> = column("montant")
        .map(|at| first.iter().skip(1).filter_map(|r| r.get(at)).map(Vec::as_slice).collect())
        .unwrap_or_default();
    let read =
        |a: &&&[u8]| [Decimal::Comma, Decimal::Point].iter().any(|d| parse_amount(a, *d).is_ok());
    if first.len() < 2 {
        return Refus::new(
            format!("« {nom} » a les titres d’Édit-flux, mais aucune ligne"),
            "refaire l’export pour une collectivité et un exercice qui ont des comptes",
        );
    }
    if amounts.iter().filter(|a| !a.is_empty()).any(|a| read(&a)) {
        return Refus { quoi: format!("comptes Édit-flux : {}", refus.quoi), ..refus };
    }
    let shown: Vec<String> = amounts
        .iter()
        .enumerate()
        .take(3)
        .map(|(i, a)| format!("enregistrement {}, « Montant » : « {} »", i + 1, clean_text(a)))
        .collect();
    Refus::new(
        format!("« {nom} » a les titres d’Édit-flux, mais aucun montant lisible"),
        "refaire l’export : la colonne Montant ne porte que des nombres, avec un point ou une virgule",
    )
    .with_extrait(shown.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_and_nothing_else() {
        let reads = |text: &str| titles(&first_records(text.as_bytes())).is_some();
        assert!(reads(
            "Année;Dépense/Recette;Investissement/Fonctionnement;Chapitre;Libellé chapitre;Rubrique fonctionnelle;\
             Article;Libellé article;Montant;Réel/Ordre id/Ordre diff\n"
        ));
        let codes = "Département,Budget,Type nomenclature,Exercice,Type fichier,Date vote,D/R,I/F,Réel/Ordre,Chapitre,\
                     Sous-chapitre,Opération,Article,Rubrique,Libellé,Devise,Montant,\n\
                     33,BP,M52,2016,CA,30/06/2017,D,F,OR,C930,,,A60611,R0202,Eau,E,12.50,\n";
        assert!(reads(codes));
        assert!(!reads("Date;Chapitre;Article;Montant\n"));
        let first = first_records(codes.as_bytes());
        assert_eq!(written(&first, &titles(&first).expect("titles")).as_deref(), Some("M52-M52"));
    }
}
