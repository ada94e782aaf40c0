//! The annexes of budget documents as canonical tables: one row a loan, a grant, an asset, a row of staff,
//! a tax, with the identity of its document.
//!
//! **Invariant:** rows are those of the documents kept, in their order; codes of the annexes come with
//! their words.

use crate::domain::money::Centimes;
use crate::frames::annex::{AnnexFrame, Bien, Concours, Poste, Pret};
use crate::frames::budget::{BudgetFrame, Document, Taxe};
use crate::frames::tableau::{Batisseur, Tableau};

/// The tables that hold something.
pub fn tables<'a>(
    documents: &'a [Document],
    annexes: &'a AnnexFrame,
    taxes: &'a [(u32, u32, &'a Taxe)],
) -> Vec<Tableau<'a>> {
    let all = [
        loans(documents, &annexes.prets),
        grants(documents, &annexes.concours),
        assets(documents, &annexes.biens),
        staff(documents, &annexes.postes),
        taxation(documents, taxes),
    ];
    all.into_iter().filter(|t| t.lignes > 0).collect()
}

/// The taxes of all the documents: document, record, tax.
pub fn taxes(frame: &BudgetFrame) -> Vec<(u32, u32, &Taxe)> {
    let documents = (0..).zip(&frame.documents);
    documents.flat_map(|(i, d)| (1..).zip(&d.fiscalite).map(move |(n, t)| (i, n, t))).collect()
}

/// A table whose rows say their document and record.
fn of<'a, T>(
    nom: &'static str,
    documents: &'a [Document],
    rows: &'a [T],
    place: fn(&T) -> (u32, u32),
) -> Batisseur<'a, T> {
    let document = move |r: &T| -> &'a Document { &documents[place(r).0 as usize] };
    Batisseur::new(nom, rows)
        .entier("exercice", move |r| Some(i64::from(document(r).exercice)))
        .texte("etape", move |r| document(r).etape.label())
        .texte("siret", move |r| document(r).siret.as_str())
        .texte("budget", move |r| document(r).budget.as_str())
        .texte("fichier", move |r| document(r).fichier.as_str())
        .entier("enregistrement", move |r| Some(i64::from(place(r).1)))
}

fn cents(amount: Option<Centimes>) -> Option<i64> {
    amount.map(|c| c.0)
}

fn loans<'a>(frame: &'a [Document], rows: &'a [Pret]) -> Tableau<'a> {
    of("annexe_emprunts", frame, rows, |r| (r.document, r.record))
        .texte("genre", |r| word(&GENRES, &r.genre))
        .texte("preteur", |r| &r.preteur)
        .texte("type_preteur", |r| word(&PRETEURS, &r.type_preteur))
        .texte("objet", |r| &r.objet)
        .texte("nature", |r| &r.article)
        .texte("contrat", |r| &r.contrat)
        .texte("annee_encaissement", |r| &r.annee)
        .montant("capital_emprunte", |r| cents(r.origine))
        .montant("capital_restant_debut", |r| cents(r.restant_debut))
        .montant("capital_restant_fin", |r| cents(r.restant_fin))
        .montant("capital_rembourse", |r| cents(r.capital))
        .montant("interets", |r| cents(r.interets))
        .montant("icne", |r| cents(r.icne))
        .texte("type_taux", |r| word(&TAUX, &r.type_taux))
        .texte("taux_pct", |r| &r.taux)
        .texte("duree_restante_ans", |r| &r.duree)
        .texte("periodicite", |r| word(&PERIODES, &r.periode))
        .texte("profil", |r| word(&PROFILS, &r.profil))
        .finish()
}

fn grants<'a>(frame: &'a [Document], rows: &'a [Concours]) -> Tableau<'a> {
    of("annexe_concours", frame, rows, |r| (r.document, r.record))
        .texte("beneficiaire", |r| &r.beneficiaire)
        .texte("nature_juridique", |r| word(&NATURES, &r.nature_juridique))
        .texte("siret_beneficiaire", |r| &r.siret)
        .texte("nature", |r| &r.article)
        .texte("objet", |r| &r.objet)
        .montant("montant", |r| cents(r.montant))
        .texte("prestation_en_nature", |r| &r.prestation)
        .finish()
}

fn assets<'a>(frame: &'a [Document], rows: &'a [Bien]) -> Tableau<'a> {
    of("annexe_patrimoine", frame, rows, |r| (r.document, r.record))
        .texte("mouvement", |r| word(&MOUVEMENTS, &r.mouvement))
        .texte("modalite", |r| word(&MODALITES, &r.modalite))
        .texte("libelle", |r| &r.libelle)
        .texte("inventaire", |r| &r.inventaire)
        .montant("valeur", |r| cents(r.valeur))
        .montant("amortissements", |r| cents(r.amorti))
        .texte("date_acquisition", |r| &r.acquisition)
        .texte("duree_amortissement_ans", |r| &r.duree)
        .texte("date_sortie", |r| &r.cession)
        .montant("valeur_nette", |r| cents(r.valeur_nette))
        .montant("prix_cession", |r| cents(r.prix))
        .finish()
}

fn staff<'a>(frame: &'a [Document], rows: &'a [Poste]) -> Tableau<'a> {
    of("annexe_personnel", frame, rows, |r| (r.document, r.record))
        .texte("statut", |r| word(&STATUTS, &r.statut))
        .texte("grade", |r| &r.grade)
        .texte("categorie", |r| &r.categorie)
        .texte("filiere", |r| word(&FILIERES, &r.secteur))
        .texte("permanent", |r| yes_or_no(&r.permanent))
        .texte("temps_complet", |r| yes_or_no(&r.temps_complet))
        .texte("contrat", |r| &r.contrat)
        .montant("postes_budgetes", |r| cents(r.budgetes))
        .montant("postes_pourvus", |r| cents(r.pourvus))
        .finish()
}

fn taxation<'a>(frame: &'a [Document], rows: &'a [(u32, u32, &'a Taxe)]) -> Tableau<'a> {
    of("annexe_fiscalite", frame, rows, |r| (r.0, r.1))
        .texte("code", |r| &r.2.code)
        .texte("taxe", |r| word(&TAXES, &r.2.code))
        .montant("base_notifiee", |r| cents(r.2.base))
        .texte("taux_pct", |r| &r.2.taux)
        .montant("produit_vote", |r| cents(r.2.produit))
        .finish()
}

type Mots = [(&'static str, &'static str)];

const GENRES: [(&str, &str); 9] = [
    ("01", "emprunt"),
    ("02", "emprunt pour un autre organisme"),
    ("05", "emprunt de refinancement"),
    ("06", "emprunt refinancé"),
    ("07", "emprunt d’un autre organisme, de refinancement"),
    ("08", "emprunt d’un autre organisme, refinancé"),
    ("09", "emprunt garanti"),
    ("10", "éléments du ratio de garantie"),
    ("11", "emprunt obligataire"),
];
const PRETEURS: [(&str, &str); 3] =
    [("01", "privé"), ("02", "public"), ("03", "émission obligataire")];
const TAUX: [(&str, &str); 3] = [("F", "fixe"), ("V", "variable"), ("C", "complexe")];
const PERIODES: [(&str, &str); 6] = [
    ("M", "mois"),
    ("B", "deux mois"),
    ("I", "trimestre"),
    ("S", "semestre"),
    ("A", "année"),
    ("X", "autre"),
];
const PROFILS: [(&str, &str); 4] = [
    ("C", "amortissement constant"),
    ("P", "amortissement progressif"),
    ("F", "in fine"),
    ("X", "autre"),
];
const NATURES: [(&str, &str); 10] = [
    ("P1", "association"),
    ("P2", "entreprise"),
    ("P3", "personne physique"),
    ("P4", "autre personne de droit privé"),
    ("U1", "région"),
    ("U2", "département"),
    ("U3", "commune"),
    ("U4", "établissement public"),
    ("U5", "État"),
    ("U6", "autre personne de droit public"),
];
const MOUVEMENTS: [(&str, &str); 2] = [("E", "entrée"), ("S", "sortie")];
const MODALITES: [(&str, &str); 7] = [
    ("01", "à titre onéreux"),
    ("02", "à titre gratuit"),
    ("03", "affectation"),
    ("04", "mise à disposition"),
    ("05", "concession ou affermage"),
    ("06", "mise à la réforme"),
    ("99", "divers"),
];
const STATUTS: [(&str, &str); 3] =
    [("I", "titulaire"), ("N", "non titulaire"), ("R", "rattachement")];
const FILIERES: [(&str, &str); 17] = [
    ("ADM", "administrative"),
    ("TECH", "technique"),
    ("S", "sociale"),
    ("MS", "médico-sociale"),
    ("MT", "médico-technique"),
    ("SP", "sportive"),
    ("CULT", "culturelle"),
    ("ANIM", "animation"),
    ("POL", "police"),
    ("URB", "urbanisme"),
    ("X", "emplois non cités"),
    ("DIR", "direction et cabinet"),
    ("DIR1", "direction générale des services"),
    ("DIR2", "direction générale adjointe"),
    ("DIR3", "cabinet"),
    ("DIR4", "direction des services techniques"),
    ("DIR5", "emploi créé par l’article 6-1"),
];
const TAXES: [(&str, &str); 8] = [
    ("01", "taxe d’habitation"),
    ("02", "taxe foncière sur les propriétés bâties"),
    ("03", "taxe foncière sur les propriétés non bâties"),
    ("04", "taxe professionnelle"),
    ("08", "cotisation foncière des entreprises"),
    ("21", "taxe sur la consommation finale d’électricité"),
    ("22", "taxe sur les remontées mécaniques"),
    ("23", "taxe d’aménagement"),
];

/// Word of a code; the code when it is not known.
fn word<'a>(words: &'static Mots, code: &'a str) -> &'a str {
    words.iter().find(|(c, _)| *c == code).map_or(code, |(_, w)| w)
}

fn yes_or_no(text: &str) -> &str {
    match text {
        "true" | "1" => "oui",
        "false" | "0" => "non",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::tableau::Cellules;

    #[test]
    fn codes_have_words_and_unknown_ones_stay() {
        assert_eq!(word(&GENRES, "09"), "emprunt garanti");
        assert_eq!(word(&GENRES, "77"), "77");
        assert_eq!((yes_or_no("1"), yes_or_no("")), ("oui", ""));
    }

    #[test]
    fn empty_annexes_give_no_table() {
        assert!(tables(&[], &AnnexFrame::default(), &[]).is_empty());
        let rows = [3_i64, 4];
        let table = Batisseur::new("t", &rows).montant("m", |r| Some(*r)).finish();
        let Cellules::Montant(of) = &table.colonnes[0].cellules else { panic!("an amount") };
        assert_eq!((table.lignes, of(1)), (2, Some(4)));
    }
}
