//! `constats.parquet` and `previsions.parquet`: the same rows as the CSV, for a script.
//!
//! Amounts are integer centimes, dates are dates; the evidence of a finding is its `indices`, a JSON text of
//! the shape of `resultats.json`.
//!
//! **Invariant:** every finding and every forecast is there, those that the JSON leaves out included.

use super::model::audit::Constat;
use super::model::preparation::LignePrevision;
use crate::domain::calendar::{NO_DAY, day_number};
use crate::domain::refus::Refus;
use crate::frames::parquet;
use crate::frames::tableau::{Batisseur, Tableau};

/// `constats.parquet`.
pub fn constats(rows: &[Constat]) -> Result<Vec<u8>, Refus> {
    let first = |c: &Constat| c.membres.first().and_then(|m| m.date.as_deref()?.parse().ok());
    let table = Batisseur::new("constats", rows)
        .entier("rang", |c| i64::try_from(c.rang).ok())
        .texte("constat", |c| &c.constat)
        .compose("controle", |c| c.controle.to_string())
        .texte("priorite", |c| c.priorite.word())
        .nombre("indice", |c| c.indice)
        .nombre("probabilite", |c| c.probabilite)
        .montant("enjeu", |c| Some(c.enjeu.0))
        .compose("enregistrements", |c| c.enregistrements.join(" "))
        .texte("tiers", |c| &c.tiers)
        .jour("date", move |c| first(c).map_or(NO_DAY, day_number))
        .texte("chapitre", |c| &c.chapitre)
        .texte("motif", |c| &c.motif)
        .texte("a_faire", |c| &c.a_faire)
        .texte("decision", |c| &c.decision)
        .texte("motif_decision", |c| &c.motif_decision)
        .texte("habitude", |c| &c.habitude)
        .texte("cles_lignes", |c| &c.cles_lignes)
        .compose("indices", |c| serde_json::to_string(&c.indices).unwrap_or_default())
        .finish();
    bytes(&table)
}

/// `previsions.parquet`.
pub fn previsions(rows: &[LignePrevision]) -> Result<Vec<u8>, Refus> {
    let table = Batisseur::new("previsions", rows)
        .entier("exercice", |p| Some(p.exercice.into()))
        .entier("distance", |p| Some(p.distance.into()))
        .texte("niveau", |p| &p.niveau)
        .texte("budget", |p| &p.budget)
        .texte("section", |p| &p.section)
        .texte("sens", |p| &p.sens)
        .texte("code", |p| &p.code)
        .texte("libelle", |p| &p.libelle)
        .montant("dernier_realise", |p| p.dernier_realise.map(|m| m.0))
        .montant("prevision", |p| Some(p.prevision.0))
        .montant("bas_80", |p| Some(p.bas_80.0))
        .montant("haut_80", |p| Some(p.haut_80.0))
        .montant("bas_95", |p| Some(p.bas_95.0))
        .montant("haut_95", |p| Some(p.haut_95.0))
        .texte("origine", |p| &p.origine)
        .texte("modele", |p| &p.modele)
        .texte("raison", |p| &p.raison)
        .nombre("erreur_passee_pct", |p| p.erreur_passee_pct.unwrap_or(f64::NAN))
        .finish();
    bytes(&table)
}

fn bytes(table: &Tableau<'_>) -> Result<Vec<u8>, Refus> {
    let mut out = Vec::new();
    parquet::write_table(table, &mut out).map_err(|e| {
        Refus::new(
            format!("{}.parquet impossible à écrire ({e})", table.nom),
            "libérer de la place, puis relancer",
        )
    })?;
    Ok(out)
}
