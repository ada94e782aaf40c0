//! The lists behind `vigie controles`, `modeles` and `formats`: code, title, page.
//!
//! **Invariant:** a page is the text that stands beside the code it describes.

/// One line of a list and its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fiche {
    /// Code or name typed by the user.
    pub code: String,
    /// Family, empty outside the controls.
    pub famille: String,
    /// Title, French.
    pub titre: String,
    /// `actif`, `essai`, or empty.
    pub statut: String,
    /// The page, Markdown.
    pub page: String,
}
