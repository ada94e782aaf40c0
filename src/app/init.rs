//! `vigie init`: writes a commented `vigie.toml`.
//!
//! **Invariant:** an existing file is never overwritten.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::domain::refus::{Refus, cause};

use super::sortie::refus_io;

/// The model, every line commented except the tables a commune fills first.
pub const MODELE: &str = include_str!("vigie.modele.toml");

/// Writes `vigie.toml` in `dossier` and gives its path.
///
/// # Errors
/// The file exists already, or the folder cannot be written.
pub fn run(dossier: &Path) -> Result<PathBuf, Refus> {
    let path = dossier.join("vigie.toml");
    std::fs::create_dir_all(dossier).map_err(|e| refus_io(dossier, &e))?;
    let mut file = std::fs::File::create_new(&path).map_err(|e| {
        if e.kind() == std::io::ErrorKind::AlreadyExists {
            Refus::new(
                format!("« {} » existe déjà", path.display()),
                "le compléter, ou le renommer avant de relancer « vigie init »",
            )
        } else {
            Refus::new(
                format!("impossible d'écrire « {} » : {}", path.display(), cause(&e)),
                "choisir un dossier où vous avez le droit d'écrire",
            )
        }
    })?;
    file.write_all(MODELE.as_bytes()).map_err(|e| refus_io(&path, &e))?;
    Ok(path)
}

/// Writes one file of a folder, created if need be, in place of an earlier one.
///
/// # Errors
/// The folder cannot be written.
pub fn put(dossier: &Path, name: &str, bytes: &[u8]) -> Result<(), Refus> {
    std::fs::create_dir_all(dossier).map_err(|e| refus_io(dossier, &e))?;
    let path = dossier.join(name);
    std::fs::write(&path, bytes).map_err(|e| refus_io(&path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::config;

    #[test]
    fn the_model_is_valid_commented_or_not() {
        config::parse(MODELE, "modèle").unwrap();
        let uncommented: String = MODELE
            .lines()
            .map(|l| l.strip_prefix("#: ").or(l.strip_prefix("#:")).unwrap_or(l))
            .collect::<Vec<_>>()
            .join("\n");
        let fichier = config::parse(&uncommented, "modèle").unwrap();
        assert_eq!(fichier.connu.len(), 1);
        assert_eq!(fichier.emprunt.len(), 1);
        assert_eq!(fichier.contrat.len(), 1);
        assert_eq!(fichier.regie.len(), 1);
        assert_eq!(fichier.personne.len(), 1);
        assert_eq!(fichier.investissement.len(), 1);
        assert_eq!(fichier.retraitement.len(), 1);
        assert_eq!(fichier.controles.len(), 2);
    }

    #[test]
    fn never_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path()).unwrap();
        assert!(run(folder.path()).unwrap_err().quoi.contains("existe déjà"));
    }
}
