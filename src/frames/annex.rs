//! `AnnexFrame`: what the annexes of a budget document list beside its lines (TOTEM, CFU).
//!
//! Loans, grants given, assets and staff, row by row. The taxes are in `Document::fiscalite`.
//!
//! **Invariant:** the staff annex keeps posts, never a name nor a pay; the name of a beneficiary that is,
//! or may be, a natural person leaves the frame only through [`Concours::nom_public`].

use crate::domain::money::Centimes;
use crate::domain::person::{self, Avis};

/// A loan (`DATA_EMPRUNT`), repaid ones and guarantees included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pret {
    /// Index of the document.
    pub document: u32,
    /// Record in the annex, from 1.
    pub record: u32,
    /// `CodTypEmpr`: 01 from lenders, 09 guarantees...
    pub genre: String,
    /// `CodTypPreteur`: 01 private, 02 public, 03 bonds.
    pub type_preteur: String,
    /// Lender.
    pub preteur: String,
    /// Object.
    pub objet: String,
    /// Account of the capital.
    pub article: String,
    /// Number of the contract.
    pub contrat: String,
    /// Year of the first money received, as written.
    pub annee: String,
    /// Capital borrowed.
    pub origine: Option<Centimes>,
    /// Capital due on 1 January.
    pub restant_debut: Option<Centimes>,
    /// Capital due on 31 December.
    pub restant_fin: Option<Centimes>,
    /// Capital paid back in the year.
    pub capital: Option<Centimes>,
    /// Interest paid in the year.
    pub interets: Option<Centimes>,
    /// Interest run and not due at the end of the year.
    pub icne: Option<Centimes>,
    /// `CodTyptxDtVote`: F fixed, V variable, C complex...
    pub type_taux: String,
    /// Present rate, %, as written.
    pub taux: String,
    /// Years left, as written.
    pub duree: String,
    /// `CodPeriodRemb`: M, B, I (quarter), S, A.
    pub periode: String,
    /// `CodProfilAmort`: C constant capital, P constant instalments, F at the end.
    pub profil: String,
}

/// A grant or an aid given (`DATA_CONCOURS`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Concours {
    /// Index of the document.
    pub document: u32,
    /// Record in the annex, from 1.
    pub record: u32,
    /// Beneficiary, as written.
    pub beneficiaire: String,
    /// `CodNatJurBenefCA`: P1 association, P2 firm, P3 natural person, P4 other, U1 to U6 public; empty
    /// when absent.
    pub nature_juridique: String,
    /// SIRET of the beneficiary, as written.
    pub siret: String,
    /// Account.
    pub article: String,
    /// Object.
    pub objet: String,
    /// Amount in money.
    pub montant: Option<Centimes>,
    /// Aid in kind, as written.
    pub prestation: String,
}

impl Concours {
    /// True when the beneficiary is, or may be, a natural person: without a legal nature, only a legal form
    /// in the name says that it is not.
    pub fn may_be_a_person(&self) -> bool {
        match self.nature_juridique.as_str() {
            "P1" | "P2" | "P4" => false,
            "P3" => true,
            code if code.starts_with('U') => false,
            _ => person::of_name(&self.beneficiaire) != Avis::Morale,
        }
    }

    /// The name when the beneficiary is known not to be a natural person.
    pub fn nom_public(&self) -> &str {
        match self.nature_juridique.as_str() {
            "P3" => "personne physique",
            _ if self.may_be_a_person() => "bénéficiaire de nature non précisée",
            _ => &self.beneficiaire,
        }
    }
}

/// An asset that came in or went out (`DATA_PATRIMOINE`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bien {
    /// Index of the document.
    pub document: u32,
    /// Record in the annex, from 1.
    pub record: u32,
    /// `E` in, `S` out, empty when absent.
    pub mouvement: String,
    /// `CodModalAcqui` of what came in, `CodModalSorti` of what went out: 01 for money...
    pub modalite: String,
    /// Label.
    pub libelle: String,
    /// Inventory number.
    pub inventaire: String,
    /// Value when acquired.
    pub valeur: Option<Centimes>,
    /// Amortised so far.
    pub amorti: Option<Centimes>,
    /// Day of acquisition, as written.
    pub acquisition: String,
    /// Years of amortisation, as written.
    pub duree: String,
    /// Day it went out, as written.
    pub cession: String,
    /// Net value of an asset that went out.
    pub valeur_nette: Option<Centimes>,
    /// Price it was sold for.
    pub prix: Option<Centimes>,
}

/// A row of the staff annex (`DATA_PERSONNEL`): a grade and its posts, no person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Poste {
    /// Index of the document.
    pub document: u32,
    /// Record in the annex, from 1.
    pub record: u32,
    /// `I` titulaire, `N` non-titulaire, `R` attached.
    pub statut: String,
    /// Grade or employment.
    pub grade: String,
    /// A, B, C.
    pub categorie: String,
    /// Sector (`ADM`, `TECH`, `ANIM`...).
    pub secteur: String,
    /// Permanent post, `true` or `false`, as written.
    pub permanent: String,
    /// Full time, `true` or `false`, as written.
    pub temps_complet: String,
    /// Kind of contract of a non-titulaire, as written.
    pub contrat: String,
    /// Posts opened, hundredths.
    pub budgetes: Option<Centimes>,
    /// Posts filled, hundredths of full time.
    pub pourvus: Option<Centimes>,
}

/// The annexes read. See the module documentation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnnexFrame {
    /// Loans.
    pub prets: Vec<Pret>,
    /// Grants.
    pub concours: Vec<Concours>,
    /// Assets.
    pub biens: Vec<Bien>,
    /// Staff.
    pub postes: Vec<Poste>,
}

impl AnnexFrame {
    /// Rows of a document: loans, grants, assets, staff.
    pub fn counts(&self, document: u32) -> [u64; 4] {
        let count =
            |all: &mut dyn Iterator<Item = u32>| all.filter(|d| *d == document).count() as u64;
        [
            count(&mut self.prets.iter().map(|r| r.document)),
            count(&mut self.concours.iter().map(|r| r.document)),
            count(&mut self.biens.iter().map(|r| r.document)),
            count(&mut self.postes.iter().map(|r| r.document)),
        ]
    }

    /// True without any row.
    pub fn is_empty(&self) -> bool {
        self.prets.is_empty()
            && self.concours.is_empty()
            && self.biens.is_empty()
            && self.postes.is_empty()
    }

    /// Takes the names of natural persons out: beneficiaries by their legal nature, the free texts by
    /// `texte`, which gives a text back without the names it holds.
    pub fn masquer(&mut self, texte: &dyn Fn(&str) -> String) {
        for c in &mut self.concours {
            let masked = c.nom_public() != c.beneficiaire;
            c.beneficiaire =
                if masked { c.nom_public().to_owned() } else { texte(&c.beneficiaire) };
            c.objet = texte(&c.objet);
            c.prestation = texte(&c.prestation);
            if masked {
                // a number in a register tells who, an object too
                c.siret.clear();
                c.objet.clear();
                c.prestation.clear();
            }
        }
        for p in &mut self.prets {
            p.preteur = texte(&p.preteur);
            p.objet = texte(&p.objet);
        }
        for b in &mut self.biens {
            b.libelle = texte(&b.libelle);
        }
    }

    /// Appends the rows of another frame whose documents are `shift` further.
    pub fn append(&mut self, mut other: Self, shift: u32) {
        other.renumber(|document| Some(document.saturating_add(shift)));
        self.prets.append(&mut other.prets);
        self.concours.append(&mut other.concours);
        self.biens.append(&mut other.biens);
        self.postes.append(&mut other.postes);
    }

    /// Gives every row its new document; a row without one goes.
    pub fn renumber(&mut self, place: impl Fn(u32) -> Option<u32>) {
        let moved = |document: &mut u32| {
            let new = place(*document);
            *document = new.unwrap_or(u32::MAX);
            new.is_some()
        };
        self.prets.retain_mut(|r| moved(&mut r.document));
        self.concours.retain_mut(|r| moved(&mut r.document));
        self.biens.retain_mut(|r| moved(&mut r.document));
        self.postes.retain_mut(|r| moved(&mut r.document));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_their_document() {
        let one = AnnexFrame { prets: vec![Pret::default(); 2], ..AnnexFrame::default() };
        let mut all = one.clone();
        all.append(one, 1);
        assert_eq!((all.counts(0)[0], all.counts(1)[0]), (2, 2));
        all.renumber(|d| (d == 1).then_some(0));
        assert_eq!(all.counts(0), [2, 0, 0, 0]);
    }

    #[test]
    fn masking_takes_out_who_and_keeps_amounts() {
        let of = |code: &str| Concours {
            beneficiaire: "Camille Exemple".to_owned(),
            nature_juridique: code.to_owned(),
            siret: "1".to_owned(),
            objet: "aide à Camille Exemple".to_owned(),
            montant: Some(Centimes(5)),
            ..Concours::default()
        };
        let mut frame = AnnexFrame {
            concours: vec![of("P3"), of(""), of("P1")],
            prets: vec![Pret { preteur: "M. Exemple".to_owned(), ..Pret::default() }],
            ..AnnexFrame::default()
        };
        frame.masquer(&|t| t.replace("Exemple", "…"));
        let shown = format!("{frame:?}");
        assert!(!shown.contains("Exemple"), "{shown}");
        assert_eq!(frame.concours[2].siret, "1");
        assert!(frame.concours.iter().all(|c| c.montant == Some(Centimes(5))));
    }

    #[test]
    fn a_natural_person_has_no_name() {
        let of = |code: &str| {
            let nature_juridique = code.to_owned();
            Concours { beneficiaire: "X".to_owned(), nature_juridique, ..Concours::default() }
                .nom_public()
                .to_owned()
        };
        assert_eq!((of("P1").as_str(), of("U3").as_str()), ("X", "X"));
        assert!(!of("P3").contains('X') && !of("").contains('X'));
    }
}
