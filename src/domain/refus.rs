//! `Refus`: why a run cannot give what was asked, in the three parts of UX 6.5 (where, excerpt, what to do).
//!
//! **Invariant:** every refusal ends with "à faire".

use std::fmt;

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
        Self { quoi: quoi.into(), extrait: String::new(), a_faire: a_faire.into() }
    }

    /// The same refusal with an excerpt.
    #[must_use]
    pub fn with_extrait(mut self, extrait: impl Into<String>) -> Self {
        self.extrait = extrait.into();
        self
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

/// French words for an input or output error.
pub fn cause(error: &std::io::Error) -> String {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::NotFound => "le fichier ou le dossier n'existe pas".to_owned(),
        K::PermissionDenied => "l'accès est refusé".to_owned(),
        K::StorageFull | K::QuotaExceeded | K::FileTooLarge => "le disque est plein".to_owned(),
        K::ReadOnlyFilesystem => "le disque est en lecture seule".to_owned(),
        K::InvalidData => "le contenu n'est pas du texte UTF-8".to_owned(),
        K::IsADirectory => "c'est un dossier".to_owned(),
        K::UnexpectedEof => "le fichier s'arrête trop tôt".to_owned(),
        _ => format!("erreur du système ({error})"),
    }
}
