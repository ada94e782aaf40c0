//! `vigie lire` and `vigie verifier`: what the files hold, and the proof that nothing was lost.
//!
//! **Invariant:** for every file, rows read = rows kept + rows set aside.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use serde_json::{Value, json};

use crate::domain::money::Centimes;
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::annex_table;
use crate::frames::checks::{DocumentRapproche, has_failed};
use crate::frames::open_table::TableLue;
use crate::frames::parquet;
use crate::frames::reconcile::EcrituresLues;
use crate::frames::tie_out;
use crate::ingest::format::{self, Source};
use crate::ingest::{mapped, sniff, tableur};
use crate::report::model::lecture::{
    Annexe, Conflit, Document, EcartNature, Ecritures, FacturesSansMandat, FichierIgnore,
    FichierLu, Lecture as PageLecture, LivreEtComptes, Paire, Recoupements, Reporte, TablePubliee,
    Total,
};
use crate::report::model::proposition::Verification;
use crate::report::{self, Page, canonical, fr};

use super::Bilan;
use super::communes;
use super::config::Config;
use super::entrees::{Entrees, Lecture};
use super::livraison::{self, Livraison, tie_out as shown_check};
use super::sortie::{Sortie, refus_io};
use super::verification;

/// `vigie lire`: canonical tables, `rapprochement.json`, `lecture.html`.
///
/// # Errors
/// An input that cannot be read, or a result that cannot be written.
pub fn run(
    config: &Config,
    entrees: &Entrees,
    csv: bool,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    communes::each(config, entrees, "lire", progress, &|config, lecture| {
        read(config, lecture, csv, progress)
    })
}

fn read(
    config: &Config,
    mut lecture: Lecture,
    csv: bool,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    lecture.masquer(config);
    let year = lecture.last_year();
    let sortie = config.sortie(&format!("lire-{year}"))?;
    let mut livraison = Livraison::new(config, &lecture, &sortie);
    progress.tick("Écriture", 0, 0);
    tables(&lecture, &sortie, Tables { parquet: true, csv })?;
    deliver(&mut livraison, &lecture, Vec::new())?;
    let written =
        format!("{}/lecture.html, rapprochement.json, tables Parquet", sortie.nom().display());
    let mut bilan = summary(&lecture, "lire", &sortie);
    bilan.lignes.push(("Écrit", written));
    bilan.lignes.push((
        "Suite",
        "« vigie rapport preparation » ou « vigie rapport audit » avec les mêmes fichiers"
            .to_owned(),
    ));
    sortie.deliver(bilan)
}

/// `vigie verifier`: the same reading, without the tables.
///
/// # Errors
/// See [`run`].
pub fn verifier(
    config: &Config,
    entrees: &Entrees,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    communes::each(config, entrees, "verifier", progress, &verify)
}

fn verify(config: &Config, mut lecture: Lecture) -> Result<Bilan, Refus> {
    lecture.masquer(config);
    let year = lecture.last_year();
    let sortie = config.sortie(&format!("verifier-{year}"))?;
    let mut livraison = Livraison::new(config, &lecture, &sortie);
    let checks = verification::checks(config, &lecture);
    if !checks.is_empty() {
        livraison.write("verifications.csv", &verification::table(&checks)?)?;
    }
    let told = (!checks.is_empty()).then(|| verification::summary(&checks));
    deliver(&mut livraison, &lecture, checks)?;
    let mut bilan = summary(&lecture, "verifier", &sortie);
    bilan.avertissements.extend(verification::warnings(&lecture));
    if let Some(text) = told {
        bilan.lignes.push(("Budget", text));
    }
    bilan.lignes.push(("Écrit", format!("{}/lecture.html", sortie.nom().display())));
    bilan.lignes.push((
        "Suite",
        "ouvrir lecture.html ; les lignes écartées sont dans lignes_douteuses.csv".to_owned(),
    ));
    sortie.deliver(bilan)
}

/// `vigie lire --deviner`: the guessed mapping of the first ledger.
///
/// # Errors
/// The file is no table.
pub fn deviner(entrees: &Entrees) -> Result<String, Refus> {
    let [path] = entrees.chemins.as_slice() else {
        return Err(Refus::new(
            "--deviner lit un seul fichier",
            "relancer avec un seul fichier CSV, un export représentatif",
        ));
    };
    let name = path.display().to_string();
    let head = super::recherche::head(path).map_err(|e| sniff::unreadable(&name, &e))?;
    let source = Source { nom: &name, chemin: path, head: &head, nomme: true };
    match format::recognise(&source).map(|(f, _)| f.nom()) {
        Some("tableur") => tableur::deviner(&source),
        Some("parquet") => tableur::deviner_parquet(&source),
        _ => mapped::deviner_table(&source),
    }
}

/// Which canonical tables are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables {
    /// Parquet: centimes as integers, days as dates.
    pub(super) parquet: bool,
    /// CSV: `;`, BOM, decimal comma.
    pub(super) csv: bool,
}

/// Writes the canonical tables that hold something; gives their names.
pub(super) fn tables(
    lecture: &Lecture,
    sortie: &Sortie,
    wanted: Tables,
) -> Result<Vec<String>, Refus> {
    let mut written = Vec::new();
    let mut put = |name: &str, write: &dyn Fn(&mut BufWriter<File>) -> io::Result<()>| {
        written.push(name.to_owned());
        table(sortie, name, write)
    };
    if !lecture.budget.documents.is_empty() {
        if wanted.parquet {
            put("budget.parquet", &|out| parquet::write_budget(&lecture.budget, out))?;
        }
        if wanted.csv {
            put("budget.csv", &|out| canonical::write_budget(&lecture.budget, out))?;
        }
    }
    if let Some(ledger) = &lecture.ledger {
        if wanted.parquet {
            put("ecritures.parquet", &|out| parquet::write_ledger(ledger, out))?;
        }
        if wanted.csv {
            put("ecritures.csv", &|out| canonical::write_ledger(ledger, out))?;
        }
    }
    if let Some(unpaid) = &lecture.factures {
        if wanted.parquet {
            put("factures.parquet", &|out| parquet::write_ledger(unpaid, out))?;
        }
        if wanted.csv {
            put("factures.csv", &|out| canonical::write_ledger(unpaid, out))?;
        }
    }
    let taxes = annex_table::taxes(&lecture.budget);
    let budget = &lecture.budget;
    let mut beside = annex_table::tables(&budget.documents, &budget.annexes, &taxes);
    beside.extend([lecture.references.tableau(), lecture.subventions.tableau()]);
    for table in beside.iter().filter(|t| t.lignes > 0) {
        if wanted.parquet {
            put(&format!("{}.parquet", table.nom), &|out| parquet::write_table(table, out))?;
        }
        if wanted.csv {
            put(&format!("{}.csv", table.nom), &|out| canonical::write_table(table, out))?;
        }
    }
    Ok(written)
}

/// Writes one table through a buffer.
fn table(
    sortie: &Sortie,
    name: &str,
    write: &dyn Fn(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Refus> {
    let path = sortie.path(name)?;
    let run = || {
        let mut out = BufWriter::new(File::create(&path)?);
        write(&mut out)?;
        out.flush()
    };
    run().map_err(|e| refus_io(&sortie.nom().join(name), &e))
}

fn deliver(
    livraison: &mut Livraison<'_>,
    lecture: &Lecture,
    verifications: Vec<Verification>,
) -> Result<(), Refus> {
    livraison.rapport.lecture = Some(PageLecture { verifications, ..page(lecture) });
    let proof = rapprochement(lecture);
    let text = serde_json::to_vec(&proof).expect("a value is always serialisable");
    livraison.write("rapprochement.json", &text)?;
    livraison.page(Page::Lecture)?;
    livraison.finish(lecture)
}

/// `rapprochement.json` (CONTRAT section 3).
pub fn rapprochement(lecture: &Lecture) -> Value {
    let ledgers: Vec<Value> = lecture.ecritures.iter().map(EcrituresLues::to_json).collect();
    let left: Vec<Value> = left_alone(lecture)
        .into_iter()
        .map(|f| json!({"fichier": f.fichier, "raison": f.raison}))
        .collect();
    json!({
        "schema": report::SCHEMA,
        "documents": lecture.documents,
        "ecritures": ledgers,
        "references": references(lecture),
        "subventions": lecture.subventions.lues,
        "contrats": lecture.contrats.sources,
        "retours": lecture.retours,
        "conflits": conflicts(lecture),
        "recoupements": gathered(lecture),
        "factures_sans_mandat": unpaid(lecture),
        "livre_et_comptes": confront(lecture),
        "fichiers_ignores": left,
    })
}

/// Counts and checks of each file of published figures.
fn references(lecture: &Lecture) -> Vec<Value> {
    let frame = &lecture.references;
    let one = |(i, lue): (usize, &TableLue)| {
        let checks = frame.controles.iter().filter(|(at, _)| *at as usize == i);
        let mut object = serde_json::to_value(lue).unwrap_or_default();
        object["controles"] = json!(checks.map(|(_, c)| c).collect::<Vec<_>>());
        object
    };
    frame.lues.iter().enumerate().map(one).collect()
}

/// Tables that are neither ledgers nor budgets, as shown.
fn tables_read(lecture: &Lecture) -> Vec<TablePubliee> {
    let one = |lue: TableLue| TablePubliee {
        fichier: lue.fichier.clone(),
        format: lue.format.clone(),
        lignes_lues: lue.lignes_lues,
        lignes_retenues: lue.lignes_retenues,
        lignes_ecartees: lue.lignes_ecartees,
        lignes_hors_perimetre: lue.lignes_hors_perimetre,
    };
    lecture.tables().map(one).collect()
}

/// The object of `lecture.html`.
pub fn page(lecture: &Lecture) -> PageLecture {
    PageLecture {
        verifications: Vec::new(),
        documents: lecture.documents.iter().map(document).collect(),
        ecritures: lecture.ecritures.iter().map(ledger_file).collect(),
        tables: tables_read(lecture),
        fichiers_ignores: left_alone(lecture),
        conflits: conflicts(lecture),
        recoupements: gathered(lecture),
        factures_sans_mandat: unpaid(lecture),
        livre_et_comptes: confront(lecture),
        lus: lecture
            .fichiers
            .iter()
            .map(|f| FichierLu {
                fichier: f.nom.clone(),
                format: f.format.clone(),
                raison: f.raison.clone(),
            })
            .collect(),
    }
}

/// Invoices that no mandat pays: their number and amount.
fn unpaid(lecture: &Lecture) -> Option<FacturesSansMandat> {
    let unpaid = lecture.unpaid()?;
    let total: i128 = unpaid.montant.iter().map(|m| i128::from(*m)).sum();
    Some(FacturesSansMandat { lignes: unpaid.len() as u64, total: livraison::clamp(total) })
}

/// Ledger against accounts, by exercice and sense, with the accounts left unexplained.
fn confront(lecture: &Lecture) -> Vec<LivreEtComptes> {
    let Some(ledger) = lecture.payments() else { return Vec::new() };
    let rows = tie_out::compare(ledger, &lecture.budget);
    tie_out::by_exercice(&rows)
        .into_iter()
        .map(|e| {
            let [rattachements, ordre, journee, non_explique] = e.causes;
            LivreEtComptes {
                exercice: e.exercice,
                sens: e.sens.letter().to_owned(),
                livre: e.livre,
                comptes: e.livre + e.causes.into_iter().sum::<Centimes>(),
                rattachements,
                ordre,
                journee_complementaire: journee,
                non_explique,
                ecarts: e
                    .natures
                    .into_iter()
                    .map(|(nature, livre, comptes, non_explique)| EcartNature {
                        nature,
                        livre,
                        comptes,
                        non_explique,
                    })
                    .collect(),
            }
        })
        .collect()
}

/// Records of several files that differ by their amount.
fn conflicts(lecture: &Lecture) -> Vec<Conflit> {
    let found = lecture.conflits.iter();
    found
        .map(|c| Conflit {
            enregistrement: c.retenu.0.clone(),
            autre: c.autre.0.clone(),
            fusion: c.fusion,
            montant: Centimes(c.retenu.1),
            autre_montant: Centimes(c.autre.1),
        })
        .collect()
}

/// From the rows kept to the records, when several files tell the same ones.
fn gathered(lecture: &Lecture) -> Option<Recoupements> {
    if lecture.recoupements.is_empty() {
        return None;
    }
    let pairs = &lecture.recoupements;
    let kept = lecture.ecritures.iter();
    let ledgers = || [&lecture.ledger, &lecture.factures].into_iter().flatten();
    let total = ledgers().flat_map(|l| &l.montant).map(|m| i128::from(*m)).sum();
    Some(Recoupements {
        lignes_retenues: kept.clone().map(|e| e.lignes_retenues).sum(),
        total_retenu: livraison::clamp(kept.map(|e| e.total).sum()),
        copies: pairs.iter().map(|p| p.lignes).sum(),
        total_copies: livraison::clamp(pairs.iter().map(|p| p.total).sum()),
        enregistrements: ledgers().map(|l| l.len() as u64).sum(),
        total: livraison::clamp(total),
        paires: pairs
            .iter()
            .map(|p| Paire {
                retenu: p.retenu.clone(),
                autre: p.autre.clone(),
                lignes: p.lignes,
                total: livraison::clamp(p.total),
            })
            .collect(),
    })
}

fn left_alone(lecture: &Lecture) -> Vec<FichierIgnore> {
    let left = lecture.ignores.iter().cloned();
    let refused = lecture.refuses.iter().map(|(name, refus)| (name.clone(), refus.quoi.clone()));
    left.chain(refused).map(|(fichier, raison)| FichierIgnore { fichier, raison }).collect()
}

fn document(d: &DocumentRapproche) -> Document {
    Document {
        fichier: d.fichier.clone(),
        format: d.format.clone(),
        encodage: d.encodage.clone(),
        sha256: d.sha256.clone(),
        siret: d.siret.clone(),
        budget: d.budget.clone(),
        type_budget: d.type_budget.clone(),
        nomenclature: d.nomenclature.clone(),
        exercice: d.exercice,
        etape: d.etape.to_owned(),
        lignes_lues: d.lignes_lues,
        lignes_retenues: d.lignes_retenues,
        lignes_ecartees: d.lignes_ecartees,
        totaux: d
            .totaux
            .iter()
            .map(|t| {
                let own = |all: i64, carried: fn(&crate::frames::checks::Reporte) -> i64| {
                    Centimes(all.saturating_sub(t.reporte.as_ref().map_or(0, carried)))
                };
                Total {
                    section: t.section.to_owned(),
                    sens: t.sens.to_owned(),
                    ordre: t.ordre,
                    realise: own(t.realise, |r| r.realise),
                    credits_ouverts: own(t.credits_ouverts, |r| r.credits_ouverts),
                    vote: own(t.vote, |r| r.vote),
                    rar: Centimes(t.rar),
                    reporte: t.reporte.map(|r| Reporte {
                        realise: Centimes(r.realise),
                        credits_ouverts: Centimes(r.credits_ouverts),
                        vote: Centimes(r.vote),
                    }),
                }
            })
            .collect(),
        annexes: [
            ("emprunts", d.annexes.emprunts),
            ("concours", d.annexes.concours),
            ("patrimoine", d.annexes.patrimoine),
            ("personnel", d.annexes.personnel),
            ("fiscalite", d.annexes.fiscalite),
        ]
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(nom, lignes)| Annexe { nom: nom.to_owned(), lignes })
        .collect(),
        controles: d.controles.iter().map(|c| shown_check("", c)).collect(),
    }
}

fn ledger_file(e: &EcrituresLues) -> Ecritures {
    Ecritures {
        fichier: e.fichier.clone(),
        format: e.format.clone(),
        lignes_lues: e.lignes_lues,
        lignes_retenues: e.lignes_retenues,
        lignes_ecartees: e.lignes_ecartees,
        total: livraison::clamp(e.total),
        total_ecarte: livraison::clamp(e.total_ecarte),
        controles: e.controles.iter().map(|c| shown_check("", c)).collect(),
    }
}

/// Gaps that are no errors.
fn informations(lecture: &Lecture) -> u64 {
    let documents = lecture.documents.iter().flat_map(|d| &d.controles);
    let ledgers = lecture.ecritures.iter().flat_map(|e| &e.controles);
    documents.chain(ledgers).filter(|c| c.statut() == "information").count() as u64
}

/// Exercices and senses where something separates ledger and accounts that nothing explains.
fn unexplained(preuve: &Value) -> u64 {
    let years = preuve["livre_et_comptes"].as_array();
    let open = |y: &&Value| y["ecarts"].as_array().is_some_and(|e| !e.is_empty());
    years.map_or(0, |y| y.iter().filter(open).count() as u64)
}

/// The lines for the terminal that `lire` and `verifier` share.
fn summary(lecture: &Lecture, command: &str, sortie: &Sortie) -> Bilan {
    let documents = lecture.documents.iter().filter(|d| has_failed(d)).count();
    let ledgers = lecture.ecritures.iter().filter(|e| e.controles.iter().any(|c| !c.ok)).count();
    let failed = (documents + ledgers) as u64;
    let checks = lecture.documents.iter().map(|d| d.controles.len()).sum::<usize>()
        + lecture.ecritures.iter().map(|e| e.controles.len()).sum::<usize>();
    let mut lignes = vec![("Lu", livraison::read_line(lecture))];
    if checks > 0 {
        let told = informations(lecture);
        let verdict = if failed == 0 && told == 0 {
            "tous justes au centime".to_owned()
        } else if failed == 0 {
            let gaps = fr::compte(told, "écart pour information", "écarts pour information");
            format!("aucun à revoir, {gaps} (lecture.html)")
        } else {
            format!("{} à revoir", fr::compte(failed, "fichier", "fichiers"))
        };
        lignes.push((
            "Vérifié",
            format!("{} : {verdict}", fr::compte(checks as u64, "rapprochement", "rapprochements")),
        ));
    }
    let preuve = rapprochement(lecture);
    let gaps = unexplained(&preuve);
    if gaps > 0 {
        let gaps = fr::compte(gaps, "écart sans explication", "écarts sans explication");
        lignes.push(("Comparé", format!("grand livre et comptes : {gaps} (lecture.html)")));
    }
    let annexes: u64 = lecture.documents.iter().map(|d| d.annexes.total()).sum();
    if annexes > 0 {
        let rows = fr::compte(annexes, "ligne d’annexe lue", "lignes d’annexes lues");
        lignes
            .push(("Annexes", format!("{rows} : dette, concours, patrimoine, personnel, impôts")));
    }
    let left = left_alone(lecture);
    if !left.is_empty() {
        lignes.push((
            "Laissé",
            fr::compte(
                left.len() as u64,
                "fichier non lu, voir lecture.html",
                "fichiers non lus, voir lecture.html",
            ),
        ));
    }
    Bilan {
        lignes,
        json: livraison::object(command, &sortie.nom().display().to_string(), preuve),
        avertissements: lecture.avertissements(),
        constats: [0; 3],
        lignes_douteuses: lecture.lignes_ecartees() + failed,
    }
}
