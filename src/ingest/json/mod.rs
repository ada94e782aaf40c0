//! JSON read element by element: a national file of hundreds of megabytes takes the memory of one contract.
//!
//! [`walk`] gives the elements of the arrays near the top as bounded trees, and the scalars beside them.
//! Numbers stay text, so that amounts are read exactly.
//!
//! **Invariant:** memory is bounded whatever the input: long texts are read past and cut, an element too
//! large or nested too deep is a refusal, never a crash.

mod flux;

use std::io::Read;
use std::path::Path;

use struson::reader::{
    JsonReader, JsonStreamReader, JsonSyntaxError, ReaderError, ReaderSettings, SyntaxErrorKind,
    ValueType,
};

use crate::domain::refus::Refus;
use crate::ingest::sniff::unreadable;

use flux::{Budget, Flux};

/// Nesting accepted; national files need about twelve.
const DEPTH: u32 = 64;
/// Bytes kept of a text.
const TEXT: usize = 4 << 10;
/// Values kept of one element.
const VALUES: usize = 50_000;

/// A value of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Valeur {
    /// `null`.
    Nul,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Nombre(String),
    /// A text, cut to a few kilobytes.
    Texte(String),
    /// An array.
    Liste(Vec<Valeur>),
    /// An object, members in their order.
    Objet(Vec<(String, Valeur)>),
}

impl Valeur {
    /// A member of an object, its name read without case.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Objet(members) = self else { return None };
        members.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    /// The text of a scalar, trimmed; empty for anything else.
    pub fn text(&self) -> &str {
        match self {
            Self::Nombre(t) | Self::Texte(t) => t.trim(),
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Nul | Self::Liste(_) | Self::Objet(_) => "",
        }
    }

    /// The text of a member, empty when absent.
    pub fn text_of(&self, name: &str) -> &str {
        self.get(name).map_or("", Self::text)
    }

    /// The text of `outer.inner`, nested or flattened.
    pub fn text_at(&self, outer: &str, inner: &str) -> &str {
        match self.get(outer) {
            Some(nested @ Self::Objet(_)) => nested.text_of(inner),
            Some(Self::Liste(list)) => list.first().map_or("", |v| v.text_of(inner)),
            _ => {
                let flat = [".", "_"].map(|between| format!("{outer}{between}{inner}"));
                flat.iter().map(|name| self.text_of(name)).find(|t| !t.is_empty()).unwrap_or("")
            }
        }
    }
}

/// What [`walk`] meets.
#[derive(Debug)]
pub enum Rencontre<'a> {
    /// An element of an array, or an object under another one.
    Element(Valeur),
    /// A scalar beside the arrays.
    Scalaire(&'a Valeur),
}

/// What was walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcouru {
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Encoding of the bytes.
    pub encodage: String,
}

/// Walks a file: `meet` is given the names of the members above (`marches/marche`) and what is there.
///
/// # Errors
/// The file cannot be read, is no JSON, is cut or too deep, or `meet` refuses.
pub fn walk(
    chemin: &Path,
    nom: &str,
    meet: &mut dyn FnMut(&str, Rencontre<'_>) -> Result<(), Refus>,
) -> Result<Parcouru, Refus> {
    let file = std::fs::File::open(chemin).map_err(|e| unreadable(nom, &e))?;
    walk_reader(file, nom, meet)
}

/// [`walk`] on any source of bytes.
///
/// # Errors
/// See [`walk`].
pub fn walk_reader(
    input: impl Read,
    nom: &str,
    meet: &mut dyn FnMut(&str, Rencontre<'_>) -> Result<(), Refus>,
) -> Result<Parcouru, Refus> {
    let mut flux = Flux::new(input).map_err(|e| unreadable(nom, &e))?;
    let (budget, encodage) = (flux.budget(), flux.encodage());
    let settings = ReaderSettings {
        max_nesting_depth: Some(DEPTH),
        restrict_number_values: false,
        track_path: false,
        ..ReaderSettings::default()
    };
    let mut json = JsonStreamReader::new_custom(&mut flux, settings);
    Walker { json: &mut json, budget, nom, path: String::new(), meet }.step(0)?;
    json.consume_trailing_whitespace().map_err(|e| refusal(nom, &e))?;
    Ok(Parcouru { sha256: flux.sha256(), encodage })
}

struct Walker<'a, R: Read> {
    json: &'a mut JsonStreamReader<R>,
    budget: Budget,
    nom: &'a str,
    path: String,
    meet: &'a mut dyn FnMut(&str, Rencontre<'_>) -> Result<(), Refus>,
}

impl<R: Read> Walker<'_, R> {
    /// Goes through the value that comes next, `depth` objects below the top.
    fn step(&mut self, depth: usize) -> Result<(), Refus> {
        self.budget.renew();
        match self.json.peek().map_err(|e| refusal(self.nom, &e))? {
            ValueType::Object if depth < 2 => self.members(depth),
            ValueType::Array => self.elements(),
            ValueType::Object => self.element(),
            _ => {
                let value = self.tree()?;
                (self.meet)(&self.path, Rencontre::Scalaire(&value))
            }
        }
    }

    fn members(&mut self, depth: usize) -> Result<(), Refus> {
        self.json.begin_object().map_err(|e| refusal(self.nom, &e))?;
        while self.json.has_next().map_err(|e| refusal(self.nom, &e))? {
            let name = self.json.next_name().map_err(|e| refusal(self.nom, &e))?;
            let above = self.path.len();
            if above > 0 {
                self.path.push('/');
            }
            self.path.push_str(start(name, 100));
            self.step(depth + 1)?;
            self.path.truncate(above);
        }
        self.json.end_object().map_err(|e| refusal(self.nom, &e))
    }

    fn elements(&mut self) -> Result<(), Refus> {
        self.json.begin_array().map_err(|e| refusal(self.nom, &e))?;
        while self.json.has_next().map_err(|e| refusal(self.nom, &e))? {
            self.element()?;
        }
        self.json.end_array().map_err(|e| refusal(self.nom, &e))
    }

    fn element(&mut self) -> Result<(), Refus> {
        self.budget.renew();
        let value = self.tree()?;
        (self.meet)(&self.path, Rencontre::Element(value))
    }

    fn tree(&mut self) -> Result<Valeur, Refus> {
        let mut left = VALUES;
        tree(self.json, &self.budget, &mut left).map_err(|e| refusal(self.nom, &e))
    }
}

/// The value that comes next; the depth is bounded by the settings of the reader.
fn tree(
    json: &mut JsonStreamReader<impl Read>,
    budget: &Budget,
    left: &mut usize,
) -> Result<Valeur, ReaderError> {
    if *left == 0 {
        json.skip_value()?;
        return Ok(Valeur::Nul);
    }
    *left -= 1;
    Ok(match json.peek()? {
        ValueType::Null => {
            json.next_null()?;
            Valeur::Nul
        }
        ValueType::Boolean => Valeur::Bool(json.next_bool()?),
        ValueType::Number => Valeur::Nombre(start(json.next_number_as_str()?, TEXT).to_owned()),
        ValueType::String => Valeur::Texte(text(json, budget)?),
        ValueType::Array => {
            let mut list = Vec::new();
            json.begin_array()?;
            while json.has_next()? {
                list.push(tree(json, budget, left)?);
            }
            json.end_array()?;
            Valeur::Liste(list)
        }
        ValueType::Object => {
            let mut members = Vec::new();
            json.begin_object()?;
            while json.has_next()? {
                let name = start(json.next_name()?, TEXT).to_owned();
                members.push((name, tree(json, budget, left)?));
            }
            json.end_object()?;
            Valeur::Objet(members)
        }
    })
}

/// A text, of which only the start is kept: the rest (an attachment) is read past.
fn text(json: &mut JsonStreamReader<impl Read>, budget: &Budget) -> Result<String, ReaderError> {
    let mut kept = Vec::new();
    let mut block = [0_u8; 8 << 10];
    let outcome = {
        let mut reader = json.next_string_reader()?;
        loop {
            match reader.read(&mut block) {
                Ok(0) => break Ok(()),
                Ok(n) => {
                    let room = TEXT.saturating_sub(kept.len()).min(n);
                    kept.extend_from_slice(&block[..room]);
                    budget.renew();
                }
                Err(error) => break Err(error),
            }
        }
    };
    outcome
        .map_err(|error| ReaderError::IoError { error, location: json.current_position(false) })?;
    Ok(String::from_utf8_lossy(&kept).trim_end_matches('\u{fffd}').to_owned())
}

/// The start of a text, cut between two signs.
fn start(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// What went wrong, for the user.
fn refusal(nom: &str, error: &ReaderError) -> Refus {
    let (reason, location) = match error {
        ReaderError::SyntaxError(e) => (syntax(e.kind), Some(&e.location)),
        ReaderError::MaxNestingDepthExceeded { location, .. } => {
            ("les éléments sont imbriqués trop profondément", Some(location))
        }
        ReaderError::IoError { error, location } => match error.get_ref() {
            Some(inner) if inner.is::<flux::TooLarge>() => {
                ("un élément dépasse 16 Mio, ce n’est pas un export connu", Some(location))
            }
            Some(inner) if inner.is::<JsonSyntaxError>() => {
                ("le fichier s’arrête au milieu d’un texte, ou ce texte est abîmé", Some(location))
            }
            _ if error.kind() == std::io::ErrorKind::InvalidData => {
                ("un texte n’est pas en UTF-8", Some(location))
            }
            _ => return unreadable(nom, error),
        },
        _ => ("le contenu n’a pas la forme attendue", None),
    };
    let position = location.and_then(|l| l.line_pos.as_ref());
    let place = position.map_or(String::new(), |p| format!(", ligne {}", p.line + 1));
    Refus::new(
        format!("{nom}{place} : JSON incomplet ou abîmé"),
        "télécharger de nouveau le fichier depuis sa source, sans l’ouvrir ni l’enregistrer entre-temps, puis relire",
    )
    .with_extrait(reason)
}

fn syntax(kind: SyntaxErrorKind) -> &'static str {
    use SyntaxErrorKind as K;
    match kind {
        K::IncompleteDocument => "le fichier s’arrête avant la fin",
        K::MalformedNumber | K::TrailingDataAfterNumber => "un nombre est mal écrit",
        K::TrailingData => "du texte suit la fin du document",
        K::MissingComma | K::UnexpectedComma | K::TrailingCommaNotEnabled => {
            "une virgule manque ou est de trop"
        }
        K::UnknownEscapeSequence
        | K::MalformedEscapeSequence
        | K::UnpairedSurrogatePairEscapeSequence
        | K::NotEscapedControlCharacter => "un texte contient un signe interdit",
        _ => "le texte n’est pas du JSON à cet endroit",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<String>, Refus> {
        let mut seen = Vec::new();
        walk_reader(bytes, "a.json", &mut |path, met| {
            seen.push(match met {
                Rencontre::Element(v) => format!("{path} {v:?}"),
                Rencontre::Scalaire(v) => format!("{path}={}", v.text()),
            });
            Ok(())
        })?;
        Ok(seen)
    }

    #[test]
    fn elements_come_one_by_one_with_their_path() {
        let seen =
            all(br#"{"a":1.50,"marches":{"marche":[{"id":"x"},2]},"l":[[1]]}"#).expect("JSON");
        assert_eq!(
            seen,
            [
                "a=1.50",
                "marches/marche Objet([(\"id\", Texte(\"x\"))])",
                "marches/marche Nombre(\"2\")",
                "l Liste([Nombre(\"1\")])",
            ]
        );
        assert_eq!(all(b"\xef\xbb\xbf[1, 1e400]").expect("JSON").len(), 2);
        assert_eq!(all(b"{\"n\":\"caf\xe9 cr\xe8me\"}").expect("JSON"), ["n=café crème"]);
    }

    #[test]
    fn members_are_found_nested_or_flattened() {
        let of = |t: &str| {
            let mut found = String::new();
            let mut meet = |_: &str, met: Rencontre<'_>| {
                if let Rencontre::Element(v) = met {
                    v.text_at("acheteur", "id").clone_into(&mut found);
                }
                Ok(())
            };
            walk_reader(t.as_bytes(), "a.json", &mut meet).expect("JSON");
            found
        };
        assert_eq!(of(r#"[{"acheteur":{"ID":" 12 "}}]"#), "12");
        assert_eq!(of(r#"[{"acheteur.id":12}]"#), "12");
        assert_eq!(of(r#"[{"acheteur_id":"12"}]"#), "12");
    }

    #[test]
    fn broken_texts_are_refused_with_their_line() {
        for (text, reason) in [
            (&b"{\"a\":1,\n\"b\":[1,"[..], "avant la fin"),
            (b"{\"a\": 000115}", "un nombre"),
            (b"{} {}", "suit la fin"),
            (b"[1 2]", "virgule"),
            (b"", "avant la fin"),
            (b"[\"abc", "au milieu"),
        ] {
            let refus = all(text).expect_err("not JSON");
            assert!(refus.extrait.contains(reason), "{text:?}: {refus}");
        }
        assert!(all(b"{\"a\":1,\n\"b\":[1,").expect_err("cut").quoi.contains("ligne 2"));
        let deep = "[".repeat(100_000);
        assert!(all(deep.as_bytes()).expect_err("deep").extrait.contains("profond"));
    }

    /// Without end: a text, a name, a number, an element of small values.
    struct Endless(&'static [u8], &'static [u8], usize, u64);

    impl Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            for (i, byte) in out.iter_mut().enumerate() {
                let at = self.2 + i;
                *byte = match at.checked_sub(self.0.len()) {
                    None => self.0[at],
                    Some(rest) => self.1[rest % self.1.len()],
                };
            }
            self.2 += out.len();
            self.3 = self.3.saturating_sub(out.len() as u64);
            Ok(if self.3 == 0 { 0 } else { out.len() })
        }
    }

    #[test]
    fn long_texts_are_read_past_and_long_elements_refused() {
        let mut nothing = |_: &str, _: Rencontre<'_>| Ok(());
        let size = 64 << 20;
        for (head, body, reason) in [
            (&b"[\""[..], &b"QUJD"[..], "au milieu"),
            (b"[{\"", b"abcd", "16 Mio"),
            (b"[1", b"1", "16 Mio"),
            (b"[[0", b",1", "16 Mio"),
        ] {
            let endless = Endless(head, body, 0, size);
            let refus = walk_reader(endless, "a.json", &mut nothing).expect_err("cut");
            assert!(refus.extrait.contains(reason), "{body:?}: {refus}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}:,\"a1.e-]{0,60}") {
            let _ = all(&bytes);
            let _ = all(text.as_bytes());
        }
    }
}
