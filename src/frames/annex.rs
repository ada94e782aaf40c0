//! `AnnexFrame`: what the annexes of a budget document list beside its lines (TOTEM, CFU).
//!
//! Loans, grants given, assets and staff, row by row. The taxes are in `Document::fiscalite`.
//!
//! **Invariant:** the staff annex keeps posts, never a name nor a pay; the name of a beneficiary that is,
//! or may be, a natural person leaves the frame only through [`Concours::nom_public`].

use crate::domain::money::Centimes;

/// A loan (`DATA_EMPRUNT`), repaid ones and guarantees included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pret {
    /// Index of the document.
    pub document: u32,
    /// `CodTypEmpr`: 01 from lenders, the others are guarantees and cash lines.
    pub genre: String,
    /// Lender.
    pub preteur: String,
    /// Object.
    pub objet: String,
    /// Account of the capital.
    pub article: String,
    /// Number of the contract.
    pub contrat: String,
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
    /// Present rate, %, as written.
    pub taux: String,
    /// Years left, as written.
    pub duree: String,
}

/// A grant or an aid given (`DATA_CONCOURS`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Concours {
    /// Index of the document.
    pub document: u32,
    /// Beneficiary, as written.
    pub beneficiaire: String,
    /// `CodNatJurBenefCA`: P1 association, P2 firm, P3 natural person, P4 other, U1 to U6 public; empty
    /// when absent.
    pub nature_juridique: String,
    /// Amount in money.
    pub montant: Option<Centimes>,
    /// Aid in kind, as written.
    pub prestation: String,
}

impl Concours {
    /// The name when the beneficiary is known not to be a natural person.
    pub fn nom_public(&self) -> &str {
        match self.nature_juridique.as_str() {
            "P1" | "P2" | "P4" => &self.beneficiaire,
            code if code.starts_with('U') => &self.beneficiaire,
            "P3" => "personne physique",
            _ => "bénéficiaire de nature non précisée",
        }
    }
}

/// An asset that came in or went out (`DATA_PATRIMOINE`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bien {
    /// Index of the document.
    pub document: u32,
    /// `E` in, `S` out, empty when absent.
    pub mouvement: String,
    /// `CodModalAcqui`: 01 bought...
    pub modalite: String,
    /// Label.
    pub libelle: String,
    /// Inventory number.
    pub inventaire: String,
    /// Value when acquired.
    pub valeur: Option<Centimes>,
    /// Day of acquisition, as written.
    pub acquisition: String,
    /// Years of amortisation, as written.
    pub duree: String,
    /// Net value of an asset that went out.
    pub valeur_nette: Option<Centimes>,
    /// Price it was sold for.
    pub prix: Option<Centimes>,
}

/// A grade of the staff annex (`DATA_PERSONNEL`): posts, no person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Poste {
    /// Index of the document.
    pub document: u32,
    /// `I` titulaire, `N` non-titulaire.
    pub statut: String,
    /// Grade or employment.
    pub grade: String,
    /// A, B, C.
    pub categorie: String,
    /// Sector (`ADM`, `TECH`, `ANIM`...).
    pub secteur: String,
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
