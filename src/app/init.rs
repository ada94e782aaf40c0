//! `vigie init`: writes a commented `vigie.toml`, with a key drawn for the pseudonyms.
//!
//! **Invariant:** an existing file is never overwritten; two communes never get the same key.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::domain::pseudonym::key_text;
use crate::domain::refus::{Refus, cause};

use super::sortie::refus_io;

/// The model, every line commented except the tables a commune fills first.
pub const MODELE: &str = include_str!("vigie.modele.toml");

/// Stands in the model where the key goes.
const CLE: &str = "{tirée par vigie init, 40 signes au hasard}";

/// The model with a key of its own.
pub(super) fn with_key() -> Result<String, Refus> {
    Ok(MODELE.replace(CLE, &draw_key()?))
}

/// A key drawn at random.
pub(super) fn draw_key() -> Result<String, Refus> {
    let mut random = [0; 40];
    getrandom::fill(&mut random).map_err(|e| {
        Refus::new(
            format!("impossible de tirer une clé au hasard : {e}"),
            "relancer « vigie init » sur un autre poste",
        )
    })?;
    Ok(key_text(&random))
}

/// Writes `vigie.toml` in `dossier` and gives its path.
///
/// # Errors
/// The file exists already, or the folder cannot be written.
pub fn run(dossier: &Path) -> Result<PathBuf, Refus> {
    let path = dossier.join("vigie.toml");
    if dossier.is_file() {
        return Err(Refus::new(
            format!("« {} » est un fichier, un dossier est attendu", dossier.display()),
            "donner le dossier des exports, par exemple vigie init exports",
        ));
    }
    let text = with_key()?;
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
    file.write_all(text.as_bytes()).map_err(|e| refus_io(&path, &e))?;
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
        assert!(fichier.tresorerie.is_some());
    }

    #[test]
    fn each_model_has_its_own_key() {
        let key = || {
            let text = with_key().unwrap();
            config::parse(&text, "modèle").unwrap().vie_privee.cle.unwrap()
        };
        let (a, b) = (key(), key());
        assert!(a.len() == 40 && a.bytes().all(|b| b.is_ascii_alphanumeric()) && a != b);
    }

    #[test]
    fn never_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path()).unwrap();
        assert!(run(folder.path()).unwrap_err().quoi.contains("existe déjà"));
    }
}
