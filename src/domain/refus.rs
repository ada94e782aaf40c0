//! `Refus`: why a run cannot give what was asked, in the three parts of UX 6.5 (where, excerpt, what to do).
//!
//! **Invariant:** every refusal ends with "à faire"; its length is bounded whatever the input quoted.

use std::fmt;

/// Signs kept of a line, whatever the file put in it.
const LONGEST: usize = 400;
/// Lines kept of an excerpt.
const LINES: usize = 20;

/// A refusal, worded for the user in French.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refus {
    /// What is refused and why, one line.
    pub quoi: String,
    /// Where, and the value quoted; may be several lines, may be empty.
    pub extrait: String,
    /// What to do, one sentence, infinitive.
    pub a_faire: String,
}

impl Refus {
    /// A refusal without excerpt.
    pub fn new(quoi: impl Into<String>, a_faire: impl Into<String>) -> Self {
        Self { quoi: cut(quoi.into()), extrait: String::new(), a_faire: cut(a_faire.into()) }
    }

    /// The same refusal with an excerpt.
    #[must_use]
    pub fn with_extrait(mut self, extrait: impl Into<String>) -> Self {
        let text = extrait.into();
        let lines: Vec<String> = text.lines().take(LINES).map(|l| cut(l.to_owned())).collect();
        self.extrait = lines.join("\n");
        self
    }
}

/// The start of a line that is too long.
fn cut(line: String) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

impl fmt::Display for Refus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.quoi)?;
        for line in self.extrait.lines() {
            write!(f, "\n  {line}")?;
        }
        write!(f, "\n  à faire : {}", self.a_faire)
    }
}

impl std::error::Error for Refus {}

/// True when another program holds the file: on Windows, a workbook left open in Excel.
pub fn is_held(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as K;
    // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, ERROR_USER_MAPPED_FILE
    let windows = cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33 | 1224));
    windows || matches!(error.kind(), K::ResourceBusy | K::ExecutableFileBusy)
}

/// True when a network share no longer answers.
fn is_cut(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as K;
    // ERROR_BAD_NETPATH, ERROR_UNEXP_NET_ERR, ERROR_NETNAME_DELETED, ERROR_BAD_NET_NAME, ERROR_SEM_TIMEOUT,
    // ERROR_NETWORK_UNREACHABLE, ERROR_HOST_UNREACHABLE
    let cut = |code| matches!(code, 53 | 59 | 64 | 67 | 121 | 1231 | 1232);
    let windows = cfg!(windows) && error.raw_os_error().is_some_and(cut);
    let kinds = [
        K::HostUnreachable,
        K::NetworkUnreachable,
        K::NetworkDown,
        K::NotConnected,
        K::StaleNetworkFileHandle,
        K::TimedOut,
    ];
    windows || kinds.contains(&error.kind())
}

/// French words for an input or output error.
pub fn cause(error: &std::io::Error) -> String {
    use std::io::ErrorKind as K;
    if is_held(error) {
        return "un autre programme tient ce fichier ouvert".to_owned();
    }
    if is_cut(error) {
        return "le partage réseau ne répond pas".to_owned();
    }
    match error.kind() {
        K::NotFound => "le fichier ou le dossier n'existe pas".to_owned(),
        K::PermissionDenied => "l'accès est refusé".to_owned(),
        K::StorageFull | K::QuotaExceeded | K::FileTooLarge => "le disque est plein".to_owned(),
        K::ReadOnlyFilesystem => "le disque est en lecture seule".to_owned(),
        K::InvalidData => "le contenu n'est pas du texte UTF-8".to_owned(),
        K::AlreadyExists => "un fichier porte déjà ce nom".to_owned(),
        K::NotADirectory => "un élément du chemin n'est pas un dossier".to_owned(),
        K::InvalidFilename => "ce nom de fichier n'est pas admis".to_owned(),
        K::IsADirectory => "c'est un dossier".to_owned(),
        K::UnexpectedEof => "le fichier s'arrête trop tôt".to_owned(),
        _ => format!("erreur du système ({error})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_system_answers_is_said_in_french() {
        use std::io::{Error, ErrorKind as K};
        for (kind, words) in [
            (K::ResourceBusy, "un autre programme tient"),
            (K::StaleNetworkFileHandle, "partage réseau"),
            (K::ReadOnlyFilesystem, "lecture seule"),
            (K::StorageFull, "disque est plein"),
            (K::PermissionDenied, "accès est refusé"),
        ] {
            assert!(cause(&Error::from(kind)).contains(words), "{kind:?}");
        }
    }

    #[test]
    fn a_refusal_stays_short_whatever_it_quotes() {
        let long = "é".repeat(1 << 20);
        let refus = Refus::new(&long, "corriger").with_extrait(format!("{long}\n").repeat(100));
        assert!(refus.to_string().len() < 20_000);
        assert!(refus.to_string().ends_with("à faire : corriger"));
        assert!(refus.quoi.ends_with('…'));
    }
}
