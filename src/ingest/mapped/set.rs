//! Several files to one ledger.
//!
//! Takes any number of delimited files, gives one [`Ledger`], what each file gave and what was refused.
//!
//! **Invariant:** files are read in the order of their names, so that the order in which they were given
//! changes nothing.

use std::path::PathBuf;

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::copies::{Conflit, gather};
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::Ledger;
use crate::frames::ledger_builder::LedgerBuilder;
use crate::ingest::mapped::mapping::Mapping;
use crate::ingest::mapped::{Lecture, read};

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Name shown, relative to the argument given.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// A ledger and the story of its reading.
#[derive(Debug, Default)]
pub struct LedgerRead {
    /// Rows of all the files.
    pub ledger: Ledger,
    /// What each file read gave, in the order of names.
    pub lectures: Vec<Lecture>,
    /// Records that two files give with different amounts.
    pub conflits: Vec<Conflit>,
    /// Files refused, in the order of names.
    pub refused: Vec<Refus>,
}

/// Reads files into one ledger.
pub fn read_set(
    files: &[Source],
    mapping: Option<&Mapping>,
    progress: &dyn Progress,
) -> LedgerRead {
    let mut files = files.to_vec();
    files.sort();
    let mut builder = LedgerBuilder::default();
    let mut out = LedgerRead::default();
    for file in &files {
        match read(&file.path, &file.name, mapping, &mut builder, progress) {
            Ok(lecture) => out.lectures.push(lecture),
            Err(refus) => out.refused.push(refus),
        }
    }
    let hashes: Vec<String> = out.lectures.iter().map(|l| l.lues.sha256.clone()).collect();
    tell_twins(&mut out.lectures);
    (out.ledger, out.conflits) = gather(builder.finish(), &hashes);
    out
}

/// Says which files are the same bytes under another name.
fn tell_twins(lectures: &mut [Lecture]) {
    for i in 1..lectures.len() {
        let (before, after) = lectures.split_at_mut(i);
        let Some(twin) = before.iter().find(|l| l.lues.sha256 == after[0].lues.sha256) else {
            continue;
        };
        after[0].issues.push(Issue {
            severity: Severity::Attention,
            fichier: after[0].lues.fichier.clone(),
            enregistrement: 0,
            colonne: String::new(),
            valeur: String::new(),
            raison: format!(
                "fichier identique à « {} » : ses lignes ne sont comptées qu’une fois",
                twin.lues.fichier
            ),
            a_faire: "retirer la copie, ou retrouver le fichier qu’elle devait être".to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::domain::progress::Silent;

    #[test]
    fn the_order_of_files_changes_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("a file");
            Source { name: name.to_owned(), path }
        };
        let a = source(
            "a.csv",
            "date;mandat;tiers;montant\n01/02/2025;1;X;10,00\n02/02/2025;2;Y;20,00\n",
        );
        let b = source(
            "b.csv",
            "date;mandat;tiers;montant\n02/02/2025;2;Y;20,00\n03/02/2025;3;Z;5,00\n",
        );
        let c = source(
            "c.csv",
            "date;mandat;tiers;montant\n02/02/2025;2;Y;20,00\n03/02/2025;3;Z;5,00\n",
        );
        let one = read_set(&[a.clone(), b.clone(), c.clone()], None, &Silent);
        let two = read_set(&[c, a, b], None, &Silent);
        assert_eq!(one.ledger, two.ledger);
        assert_eq!(one.ledger.len(), 3);
        assert_eq!(one.ledger.provenances(1).count(), 3);
        assert_eq!(one.lectures.iter().map(|l| l.lues.lignes_retenues).sum::<u64>(), 6);
        assert!(one.lectures[2].issues.iter().any(|i| i.raison.contains("identique à « b.csv »")));
    }
}
