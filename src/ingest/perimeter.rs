//! Which rows of a national file belong to the commune asked for, by SIREN or by INSEE code.
//!
//! The SIREN of a commune holds its INSEE code: `21`, the département, the commune on four digits, a key
//! (`219300480` is 93048). Corsica has `20` there. Communes created by a merger have another SIREN,
//! which says nothing.
//!
//! **Invariant:** without a request everything belongs; a row is never kept on a guess.

use crate::domain::refus::Refus;
use crate::frames::open_table::TableLue;

/// Most communes of one file read without `--siren`: an intercommunality, a small département.
pub(crate) const MOST_COMMUNES: usize = 100;

/// The commune asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Perimeter {
    siren: String,
    insee: Option<String>,
}

impl Perimeter {
    /// What `--siren` says: a SIREN, a SIRET or an INSEE code; everything when `None`.
    pub(crate) fn new(asked: Option<&str>) -> Self {
        let asked: String = asked.unwrap_or("").chars().filter(|c| !c.is_whitespace()).collect();
        if asked.len() == 5 {
            return Self { siren: String::new(), insee: Some(asked.to_uppercase()) };
        }
        let insee = insee_of_siren(&asked);
        Self { siren: asked, insee }
    }

    /// True when nothing was asked.
    pub(crate) fn is_open(&self) -> bool {
        self.siren.is_empty() && self.insee.is_none()
    }

    /// True for a SIREN or SIRET of the commune.
    pub(crate) fn holds_siren(&self, siret: &str) -> bool {
        if self.is_open() {
            return true;
        }
        if self.siren.is_empty() {
            return insee_of_siren(siret).is_some_and(|i| self.holds_insee(&i));
        }
        siret.starts_with(&self.siren)
    }

    /// True for the INSEE code of the commune.
    pub(crate) fn holds_insee(&self, insee: &str) -> bool {
        self.is_open()
            || self.insee.as_deref().is_some_and(|mine| corsican(mine) == corsican(insee))
    }

    /// True when the INSEE code of the commune asked for is known.
    pub(crate) fn knows_insee(&self) -> bool {
        self.insee.is_some()
    }
}

/// `2A004` and `2B004` as the SIREN writes them.
fn corsican(insee: &str) -> String {
    insee.replacen("2A", "20", 1).replacen("2B", "20", 1)
}

/// INSEE code held by the SIREN (or SIRET) of a commune.
pub(crate) fn insee_of_siren(siren: &str) -> Option<String> {
    let digits = siren.get(..9).filter(|s| s.bytes().all(|b| b.is_ascii_digit()))?;
    let rest = digits.strip_prefix("21")?;
    let (departement, commune) = (rest.get(..2)?, rest.get(3..6)?);
    Some(format!("{departement}{commune}"))
}

/// A file without one row to keep.
pub(crate) fn nothing(lue: &TableLue, first: String) -> Refus {
    let (read, left) = (lue.lignes_lues, lue.lignes_hors_perimetre);
    Refus::new(
        format!(
            "« {} » : aucune ligne utilisable ({read} lues, {left} d’autres communes)",
            lue.fichier
        ),
        "vérifier le numéro donné à --siren, ou télécharger de nouveau le fichier",
    )
    .with_extrait(first)
}

/// A file of the whole country without a commune asked for, or a file beyond any account.
pub(crate) fn too_many(nom: &str, communes: bool) -> Refus {
    if communes {
        return Refus::new(
            format!("« {nom} » porte plus de {MOST_COMMUNES} communes"),
            "ajouter --siren et le numéro de la commune : les autres lignes sont alors sautées",
        );
    }
    Refus::new(
        format!("« {nom} » porte plus de deux millions de lignes pour les communes lues"),
        "découper le fichier par exercice, ou ajouter --siren",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_siren_of_a_commune_holds_its_insee_code() {
        assert_eq!(insee_of_siren("219300480").as_deref(), Some("93048"));
        assert_eq!(insee_of_siren("21560046100010").as_deref(), Some("56046"));
        assert_eq!(insee_of_siren("219711017").as_deref(), Some("97101"));
        assert_eq!(insee_of_siren("200018653"), None);
        let corsica = Perimeter::new(Some("212000046"));
        assert!(corsica.holds_insee("2A004") && !corsica.holds_insee("2A005"));
    }

    #[test]
    fn rows_of_the_commune_asked_for() {
        assert!(Perimeter::new(None).holds_siren("1") && Perimeter::new(None).holds_insee(""));
        let asked = Perimeter::new(Some("219711017"));
        assert!(asked.holds_siren("21971101700018") && !asked.holds_siren("21971102500011"));
        assert!(asked.holds_insee("97101") && !asked.holds_insee("97102"));
        let insee = Perimeter::new(Some("97101"));
        assert!(insee.holds_siren("21971101700018") && !insee.holds_siren("200018653"));
    }
}
