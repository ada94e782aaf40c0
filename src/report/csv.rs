//! `constats.csv`, `previsions.csv` and `lignes_douteuses.csv`: `;`, UTF-8 with BOM, decimal comma, CRLF.
//!
//! Written for French Excel (CONTRAT sections 3 to 5); full precision to the centime.
//!
//! **Invariant:** columns and their order are those of CONTRAT; a cell that would start a formula in a
//! spreadsheet is quoted with a leading apostrophe.

use std::io::{self, Write};

use super::fr;
use super::model::audit::Constat;
use super::model::comparaison::{CoutService, ScenarioAnnee};
use super::model::lecture::Remarque;
use super::model::preparation::{Atterrissage, LignePrevision};
use super::model::proposition::Proposition;
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// Header of `constats.csv`.
pub const CONSTATS: &str = "rang;constat;controle;priorite;indice;enjeu;enregistrements;tiers;motif;a_faire;decision;habitude;cles_lignes";
/// Header of `proposition.csv`.
pub const PROPOSITION: &str = "exercice;etape;budget;section;sens;ordre;chapitre;nature;fonction;\
    service;operation;libelle;vote;reference;prudent;favorable;erreur_pct;origine;raison;deja_vote";
/// Header of `previsions.csv`.
pub const PREVISIONS: &str = "exercice;distance;niveau;budget;section;sens;code;libelle;\
    dernier_realise;prevision;bas_80;haut_80;bas_95;haut_95;origine;modele;raison;erreur_passee_pct";
/// Header of `atterrissage.csv`.
pub const ATTERRISSAGE: &str = "exercice;mois;budget;niveau;section;sens;code;libelle;realise;\
    engage;credits;prevu;bas_80;haut_80;risque;raison";
/// Header of `mouvements_credits.csv`.
pub const MOUVEMENTS: &str = "exercice;budget;acte;section;sens;chapitre;montant;motif";
/// Header of `scenarios.csv`.
pub const SCENARIOS: &str = "scenario;exercice;epargne_brute;epargne_nette;ecart_nette;taux_pct;encours;\
    desendettement_ans;hypotheses";
/// Header of `couts.csv`.
pub const COUTS: &str = "service;exercice;direct;structure;recettes;net;net_par_habitant;unite;\
    activite;cout_par_unite;couverture_pct";
/// Header of `lignes_douteuses.csv`.
pub const DOUTEUSES: &str = "fichier;enregistrement;colonne;valeur;raison;a_faire";

/// `constats.csv` in memory.
pub fn constats(rows: &[Constat]) -> Result<Vec<u8>, Refus> {
    in_memory(|out| write_constats(out, rows))
}

/// `previsions.csv` in memory.
pub fn previsions(rows: &[LignePrevision]) -> Result<Vec<u8>, Refus> {
    in_memory(|out| write_previsions(out, rows))
}

/// `atterrissage.csv` in memory: the lines of each budget.
pub fn atterrissage(all: &[Atterrissage]) -> Result<Vec<u8>, Refus> {
    in_memory(|out| {
        header(out, ATTERRISSAGE)?;
        let lines = all.iter().flat_map(|a| a.lignes.iter().map(move |l| (a, l)));
        lines.into_iter().try_for_each(|(a, l)| {
            let money = |m: Option<Centimes>| m.map_or_else(String::new, fr::euros_csv);
            line(
                out,
                &[
                    a.exercice.to_string(),
                    a.mois_de(&l.sens).to_string(),
                    text(&a.budget),
                    l.niveau.clone(),
                    l.section.clone(),
                    l.sens.clone(),
                    text(&l.code),
                    text(&l.libelle),
                    fr::euros_csv(l.realise),
                    fr::euros_csv(l.engage),
                    money(l.credits),
                    fr::euros_csv(l.prevu),
                    fr::euros_csv(l.bas_80),
                    fr::euros_csv(l.haut_80),
                    l.risque.clone(),
                    text(&l.raison),
                ],
            )
        })
    })
}

/// `proposition.csv` in memory: a budget table (CONTRAT section 2), one line an account and function.
pub fn proposition(all: &[Proposition]) -> Result<Vec<u8>, Refus> {
    in_memory(|out| {
        header(out, PROPOSITION)?;
        let lines = all.iter().flat_map(|p| p.lignes.iter().map(move |l| (p, l)));
        lines.into_iter().try_for_each(|(p, l)| {
            let cells = [
                p.exercice.to_string(),
                "BP".to_owned(),
                text(&p.budget),
                l.section.clone(),
                l.sens.clone(),
                l.ordre.clone(),
                text(&l.chapitre),
                text(&l.nature),
                text(&l.fonction),
                text(&l.service),
                text(&l.operation),
                text(&l.libelle),
                fr::euros_csv(l.central),
                fr::euros_csv(l.reference),
                fr::euros_csv(l.prudent),
                fr::euros_csv(l.favorable),
                l.erreur_passee_pct.map_or_else(String::new, |e| fr::decimal_csv(e, 2)),
                l.origine.clone(),
                text(&l.raison),
                l.deja_vote.map_or_else(String::new, fr::euros_csv),
            ];
            line(out, &cells)
        })
    })
}

/// `mouvements_credits.csv` in memory: transfers and décision modificative proposed, balanced.
pub fn mouvements(all: &[Atterrissage]) -> Result<Vec<u8>, Refus> {
    in_memory(|out| {
        header(out, MOUVEMENTS)?;
        let moves = all.iter().flat_map(|a| a.mouvements.iter().map(move |m| (a, m)));
        moves.into_iter().try_for_each(|(a, m)| {
            let cells = [
                a.exercice.to_string(),
                text(&a.budget),
                m.acte.clone(),
                m.section.clone(),
                m.sens.clone(),
                text(&m.chapitre),
                fr::euros_csv(m.montant),
                text(&m.motif),
            ];
            line(out, &cells)
        })
    })
}

/// `scenarios.csv` in memory: one line a scenario and exercice.
pub fn scenarios(all: &[ScenarioAnnee]) -> Result<Vec<u8>, Refus> {
    in_memory(|out| {
        header(out, SCENARIOS)?;
        all.iter().try_for_each(|s| {
            let cells = [
                text(&s.nom),
                s.exercice.to_string(),
                fr::euros_csv(s.epargne_brute),
                fr::euros_csv(s.epargne_nette),
                fr::euros_csv(s.ecart_nette),
                decimal(s.taux_pct),
                s.encours.map_or_else(String::new, fr::euros_csv),
                decimal(s.desendettement),
                text(&s.libelle),
            ];
            line(out, &cells)
        })
    })
}

/// `couts.csv` in memory: one line a service and exercice.
pub fn couts(all: &[CoutService]) -> Result<Vec<u8>, Refus> {
    in_memory(|out| {
        header(out, COUTS)?;
        all.iter().try_for_each(|c| {
            let cells = [
                text(&c.service),
                c.exercice.to_string(),
                fr::euros_csv(c.depenses),
                fr::euros_csv(c.structure),
                fr::euros_csv(c.recettes),
                fr::euros_csv(c.net),
                decimal(c.par_habitant),
                text(&c.unite),
                decimal(c.quantite),
                decimal(c.par_unite),
                decimal(c.couverture_pct),
            ];
            line(out, &cells)
        })
    })
}

fn decimal(x: Option<f64>) -> String {
    x.map_or_else(String::new, |x| fr::decimal_csv(x, 2))
}

/// `lignes_douteuses.csv` in memory.
pub fn douteuses(rows: &[Remarque]) -> Result<Vec<u8>, Refus> {
    in_memory(|out| {
        header(out, DOUTEUSES)?;
        rows.iter().try_for_each(|r| {
            let n = r.enregistrement.to_string();
            let cells = [&r.fichier, &n, &r.colonne, &r.valeur, &r.raison, &r.a_faire];
            line(out, &cells.map(|c| text(c)))
        })
    })
}

/// Writes `constats.csv`, row by row.
pub fn write_constats<'a>(
    out: &mut dyn Write,
    rows: impl IntoIterator<Item = &'a Constat>,
) -> io::Result<()> {
    header(out, CONSTATS)?;
    for c in rows {
        line(
            out,
            &[
                c.rang.to_string(),
                text(&c.constat),
                c.controle.to_string(),
                c.priorite.word().to_owned(),
                fr::decimal_csv(c.indice, 2),
                fr::euros_csv(c.enjeu),
                quoted(c.enregistrements.join(" ")),
                text(&c.tiers),
                text(&c.motif),
                text(&c.a_faire),
                text(&c.decision),
                text(&c.habitude),
                text(&c.cles_lignes),
            ],
        )?;
    }
    Ok(())
}

/// Writes `previsions.csv`, row by row.
pub fn write_previsions<'a>(
    out: &mut dyn Write,
    rows: impl IntoIterator<Item = &'a LignePrevision>,
) -> io::Result<()> {
    header(out, PREVISIONS)?;
    for p in rows {
        line(
            out,
            &[
                p.exercice.to_string(),
                p.distance.to_string(),
                text(&p.niveau),
                text(&p.budget),
                text(&p.section),
                text(&p.sens),
                text(&p.code),
                text(&p.libelle),
                p.dernier_realise.map_or_else(String::new, fr::euros_csv),
                fr::euros_csv(p.prevision),
                fr::euros_csv(p.bas_80),
                fr::euros_csv(p.haut_80),
                fr::euros_csv(p.bas_95),
                fr::euros_csv(p.haut_95),
                text(&p.origine),
                text(&p.modele),
                text(&p.raison),
                p.erreur_passee_pct.map_or_else(String::new, |e| fr::decimal_csv(e, 2)),
            ],
        )?;
    }
    Ok(())
}

/// A table in memory: its header, then rows of cells made by [`cell`].
pub fn document(
    names: &str,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<Vec<u8>, Refus> {
    in_memory(|out| {
        header(out, names)?;
        rows.into_iter().try_for_each(|cells| line(out, &cells))
    })
}

/// A text cell of a table for a spreadsheet.
pub fn cell(value: &str) -> String {
    text(value)
}

fn in_memory(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Vec<u8>, Refus> {
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|e| {
        Refus::new(format!("table impossible à écrire ({e})"), "libérer de la place")
    })?;
    Ok(bytes)
}

fn header(out: &mut dyn Write, names: &str) -> io::Result<()> {
    out.write_all(BOM)?;
    out.write_all(names.as_bytes())?;
    out.write_all(b"\r\n")
}

fn line(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    out.write_all(cells.join(";").as_bytes())?;
    out.write_all(b"\r\n")
}

/// A text cell: quoted when it must be; line breaks become spaces, a formula is defused.
fn text(value: &str) -> String {
    let mut clean: String =
        value.chars().map(|c| if matches!(c, '\r' | '\n' | '\t') { ' ' } else { c }).collect();
    if clean.starts_with(['=', '+', '-', '@']) {
        clean.insert(0, '\'');
    }
    quoted(clean)
}

fn quoted(cell: String) -> String {
    if cell.contains([';', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn findings_keep_the_columns_of_the_contract() {
        let rapport = sample::rapport();
        let audit = rapport.audit.as_ref().expect("the sample has an audit");
        let text = String::from_utf8(constats(&audit.constats).expect("memory")).expect("UTF-8");
        let mut lines = text.strip_prefix('\u{feff}').expect("a BOM").split("\r\n");
        assert_eq!(lines.next(), Some(CONSTATS));
        let first = lines.next().expect("a row");
        assert!(first.starts_with("1;"), "{first}");
        assert!(first.contains(";DBL01;prioritaire;8,00;18420,00;mandats.csv#12 mandats.csv#48;"));
        assert_eq!(text.matches("\r\n").count(), audit.constats.len() + 1);
    }

    #[test]
    fn cells_are_quoted_and_formulas_defused() {
        assert_eq!(text("a;b \"c\""), "\"a;b \"\"c\"\"\"");
        assert_eq!(text("=1+1"), "'=1+1");
        assert_eq!(text("deux\nlignes"), "deux lignes");
    }

    #[test]
    fn forecasts_have_eighteen_columns() {
        let rapport = sample::rapport();
        let rows = &rapport.preparation.as_ref().expect("the sample has one").previsions;
        let text = String::from_utf8(previsions(rows).expect("memory")).expect("UTF-8");
        let widths: Vec<usize> = text.lines().map(|l| l.split(';').count()).collect();
        assert!(widths.len() > 10 && widths.iter().all(|w| *w == 18), "{widths:?}");
    }
}
