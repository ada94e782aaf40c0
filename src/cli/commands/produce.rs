//! The commands that write a result folder or file.
//!
//! **Invariant:** options are only carried over; `app` gives them their meaning.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::app::config::{Config, Options};
use crate::app::entrees::Entrees;
use crate::app::{self, Bilan};
use crate::cli::args::{
    Demo, Echantillon, Exporter, GenreExport, GenreRapport, Lire, Lues, MethodeTirage,
    OptionsPrevision, OptionsScan, Partagees, Prevoir, Rapport, Scanner, Series, Verifier,
};
use crate::cli::term::Term;
use crate::domain::refus::Refus;

use super::{Typed, conclude};

pub(super) fn demo(a: &Demo, typed: &Typed<'_>) -> ExitCode {
    let plan = app::demo::Plan {
        lignes: a.lignes,
        donnees_seules: a.donnees_seules,
        irregularites: !a.sans_irregularites,
    };
    with_config(&a.partagees, None, typed, |config, term| app::demo::run(config, &plan, term))
}

pub(super) fn lire(a: &Lire, typed: &Typed<'_>) -> ExitCode {
    if a.deviner {
        return guess(a);
    }
    with_config(&a.partagees, Some(&a.lues), typed, |config, term| {
        app::lire::run(config, &inputs(&a.lues), a.csv, term)
    })
}

/// Prints the guessed mapping, ready to be redirected to a file.
fn guess(a: &Lire) -> ExitCode {
    let term = terminal(&a.partagees);
    match app::lire::deviner(&inputs(&a.lues)) {
        Ok(text) => {
            term.result(text.trim_end());
            ExitCode::SUCCESS
        }
        Err(refus) => {
            term.refuse(&refus);
            ExitCode::from(2)
        }
    }
}

pub(super) fn verifier(a: &Verifier, typed: &Typed<'_>) -> ExitCode {
    with_config(&a.partagees, Some(&a.lues), typed, |config, term| {
        app::lire::verifier(config, &inputs(&a.lues), term)
    })
}

pub(super) fn prevoir(a: &Prevoir, typed: &Typed<'_>) -> ExitCode {
    with_config(&a.partagees, Some(&a.lues), typed, |config, term| {
        app::preparation::prevoir(config, &inputs(&a.lues), &forecast(&a.prevision)?, term)
    })
}

pub(super) fn scanner(a: &Scanner, typed: &Typed<'_>) -> ExitCode {
    let typed = &Typed { revue: a.scan.revue.as_deref(), ..*typed };
    with_config(&a.partagees, Some(&a.lues), typed, |config, term| {
        app::audit::scanner(config, &inputs(&a.lues), &selection(&a.scan)?, term)
    })
}

pub(super) fn echantillon(a: &Echantillon, typed: &Typed<'_>) -> ExitCode {
    let demande = app::echantillon::Demande {
        methode: match a.methode {
            MethodeTirage::Montants => app::echantillon::Methode::UnitesMonetaires,
            MethodeTirage::Strates => app::echantillon::Methode::Strates,
        },
        taille: a.taille,
        confiance: a.confiance,
        tolerable: a.tolerable,
        strates: a.strates,
        resultats: a.resultats.clone(),
    };
    with_config(&a.partagees, Some(&a.lues), typed, |config, term| {
        app::echantillon::run(config, &inputs(&a.lues), &demande, term)
    })
}

pub(super) fn exporter(a: &Exporter, typed: &Typed<'_>) -> ExitCode {
    let genre = match a.genre {
        GenreExport::Scdl => app::exporter::Genre::Scdl { complet: a.complet },
        GenreExport::Csv => app::exporter::Genre::Csv,
        GenreExport::Parquet => app::exporter::Genre::Parquet,
        GenreExport::Xlsx => app::exporter::Genre::Xlsx,
        GenreExport::Png => app::exporter::Genre::Png,
        GenreExport::Notebook => app::exporter::Genre::Notebook,
    };
    with_config(&a.partagees, Some(&a.lues), typed, |config, term| {
        app::exporter::run(config, &inputs(&a.lues), genre, term)
    })
}

pub(super) fn rapport(a: &Rapport, typed: &Typed<'_>) -> ExitCode {
    let typed = &Typed { revue: a.scan.revue.as_deref(), ..*typed };
    with_config(&a.partagees, Some(&a.lues), typed, |config, term| match a.genre {
        GenreRapport::Preparation => {
            app::preparation::rapport(config, &inputs(&a.lues), &forecast(&a.prevision)?, term)
        }
        GenreRapport::Audit => {
            app::audit::rapport(config, &inputs(&a.lues), &selection(&a.scan)?, term)
        }
        GenreRapport::Synthese => {
            let choix = forecast(&a.prevision)?;
            app::synthese::rapport(config, &inputs(&a.lues), &choix, a.habitants, term)
        }
    })
}

pub(super) fn series(a: &Series) -> ExitCode {
    let term = Term::new(false, a.silencieux, a.verbeux);
    let levels: Vec<&str> = a.niveaux.split(',').map(str::trim).collect();
    let outcome = if levels == ["80", "95"] {
        series_bilan(a, &term)
    } else {
        Err(Refus::new(
            format!("niveaux « {} » non proposés", a.niveaux),
            "écrire --niveaux 80,95, les deux seuls intervalles calibrés",
        ))
    };
    term.end();
    match outcome {
        Ok(bilan) => {
            if a.json {
                term.result(&bilan.json.to_string());
            } else {
                bilan.lignes.iter().for_each(|(h, t)| term.note(&format!("{h:<9}{t}")));
            }
            ExitCode::SUCCESS
        }
        Err(refus) => {
            term.refuse(&refus);
            ExitCode::from(2)
        }
    }
}

fn series_bilan(a: &Series, term: &Term) -> Result<Bilan, Refus> {
    let request = app::series::SeriesRequest {
        input: &a.fichier,
        horizon: a.horizon,
        season: a.saison,
        output: &a.sortie,
        report: a.rapport.as_deref(),
        totals: a.totaux,
        model: a.modele.as_deref(),
    };
    let done = app::series::run(&request, term)?;
    let written = a.sortie.display();
    let mut lignes = vec![
        ("Lu", format!("{} {}", done.series, if done.series < 2 { "série" } else { "séries" })),
        ("Écrit", format!("{written}, {} prévisions", done.rows)),
    ];
    if done.sums > 0 {
        lignes
            .push(("Totaux", format!("sommes ajoutées et égales à leurs lignes : {}", done.sums)));
    }
    if done.weak > 0 {
        let text = format!("moins de six valeurs pour {} sur {}", done.weak, done.series);
        lignes.push(("Prudence", format!("{text} : prévision faible, fourchette large")));
    }
    let next = if a.rapport.is_some() {
        "lire le rapport des erreurs passées, puis ouvrir les prévisions".to_owned()
    } else {
        "vigie series avec --rapport, pour voir les erreurs passées du modèle".to_owned()
    };
    lignes.push(("Suite", next));
    Ok(Bilan {
        lignes,
        json: serde_json::json!({"schema": "vigie/1", "commande": "series",
            "series": done.series, "totaux": done.sums, "previsions": done.rows,
            "faibles": done.weak, "fichier": written.to_string()}),
        ..Bilan::default()
    })
}

fn terminal(shared: &Partagees) -> Term {
    Term::new(shared.ascii, shared.silencieux, shared.verbeux)
}

fn inputs(read: &Lues) -> Entrees {
    Entrees {
        chemins: read.fichiers.clone(),
        correspondance: read.correspondance.clone(),
        siren: read.siren.clone(),
        budget: read.budget.clone(),
        tolerance: read.tolerer_ecart,
    }
}

fn forecast(options: &OptionsPrevision) -> Result<app::preparation::Choix, Refus> {
    let (scenario, scenarios) = app::scenarios::lire(&options.scenario)?;
    Ok(app::preparation::Choix {
        exercice: options.exercice,
        horizon: options.horizon,
        scenario,
        scenarios,
        nomenclature: options.nomenclature.clone(),
    })
}

fn selection(options: &OptionsScan) -> Result<app::audit::Selection, Refus> {
    app::audit::Selection::parse(options.controles.as_deref(), options.sans.as_deref())
}

/// Resolves the options, runs the use case, concludes.
fn with_config(
    shared: &Partagees,
    read: Option<&Lues>,
    typed: &Typed<'_>,
    run: impl FnOnce(&Config, &Term) -> Result<Bilan, Refus>,
) -> ExitCode {
    let term = terminal(shared);
    let options = Options {
        date: shared.date.clone(),
        graine: shared.graine,
        nominatif: shared.nominatif,
        strict: shared.strict,
        ecraser: shared.ecraser,
        config: shared.config.clone(),
        sortie: shared.sortie.clone(),
        revue: typed.revue.map(PathBuf::from),
        commande: recorded(typed.args),
        entree: read.and_then(|r| r.fichiers.first()).map(PathBuf::from),
        ateliers: typed.ateliers.clone(),
    };
    #[allow(clippy::disallowed_methods)] // the one place where the clock is read
    let today = jiff::Zoned::now().date();
    let outcome = Config::resolve(options, today).and_then(|config| {
        if let Some(path) = &config.chemin {
            term.detail(&format!("réglages lus dans {}", path.display()));
        }
        run(&config, &term)
    });
    conclude(&term, shared, outcome)
}

/// The command line as written in the journal: without the place of the results, which changes no figure.
fn recorded(args: &[OsString]) -> String {
    let mut words = vec!["vigie".to_owned()];
    let mut rest = args.iter().skip(1).map(|a| a.to_string_lossy().into_owned());
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--sortie" | "-s" => {
                rest.next();
            }
            "--json" | "-q" | "--silencieux" | "--quiet" | "-v" | "--verbeux" | "--verbose" => {}
            w if w.starts_with("--sortie=") => {}
            _ => words.push(quoted(&word)),
        }
    }
    words.join(" ")
}

/// Double quotes, which every terminal understands around « l'année 2026 ».
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,=:".contains(c);
    if word.chars().all(plain) {
        Path::new(word).display().to_string()
    } else {
        format!("\"{word}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::recorded;

    #[test]
    fn the_journal_forgets_the_output_folder() {
        let args = ["x/vigie", "lire", "a b.csv", "--sortie", "d", "-v"].map(Into::into);
        assert_eq!(recorded(&args), "vigie lire \"a b.csv\"");
    }
}
