//! A bounded pull reader of XML, shared by every reader of flows (PES, Chorus, Factur-X, UBL).
//!
//! ```text
//!  bytes ─► Slim (hash, UTF-8, long texts passed over) ─► quick-xml ─► Xml: open, close, text, path, line
//! ```
//!
//! Names are local: prefixes are left out, so `n:Bordereau` and `Bordereau` are the same. A text or an
//! attribute longer than [`LONGEST`] is passed over and counted, whatever its length. Document types and
//! entities of one's own are refused: our formats have none, and they can blow up memory.
//!
//! **Invariant:** memory is bounded by [`LONGEST`] and [`DEEPEST`], whatever the file; a file that is not
//! well formed is refused with the line and what to do, never read in part.

mod encoding;
mod slim;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::domain::refus::Refus;
use crate::ingest::sniff::unreadable;
use slim::{Slim, Stop};

/// Bytes kept of one text or attribute; a longer one (an attachment in base64) is passed over.
pub const LONGEST: usize = 256 << 10;
/// Elements inside one another, at most.
pub const DEEPEST: usize = 100;

/// What [`Xml::next`] stopped at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// An element opens: [`Xml::name`], [`Xml::attr`].
    Open,
    /// An element closes: [`Xml::name`], and [`Xml::text`] since its last child.
    Close,
    /// The end of a well-formed document.
    End,
}

/// Bounded reading of one document. See the module documentation.
pub struct Xml<'a> {
    nom: String,
    reader: Reader<Slim<'a>>,
    buffer: Vec<u8>,
    path: Vec<String>,
    attributes: Vec<(String, String)>,
    text: String,
    closed: bool,
    started: bool,
}

impl std::fmt::Debug for Xml<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Xml").field("nom", &self.nom).field("path", &self.path).finish()
    }
}

impl<'a> Xml<'a> {
    /// Opens a file, shown to the user as `nom`.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(chemin: &Path, nom: &str) -> Result<Self, Refus> {
        let file = File::open(chemin).map_err(|e| unreadable(nom, &e))?;
        Self::new(BufReader::with_capacity(64 << 10, file), nom)
    }

    /// Reads from any source, shown to the user as `nom`.
    ///
    /// # Errors
    /// The first bytes cannot be read.
    pub fn new(source: impl Read + 'a, nom: &str) -> Result<Self, Refus> {
        let slim = Slim::new(Box::new(source)).map_err(|e| unreadable(nom, &e))?;
        let mut reader = Reader::from_reader(slim);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Ok(Self {
            nom: nom.to_owned(),
            reader,
            buffer: Vec::new(),
            path: Vec::new(),
            attributes: Vec::new(),
            text: String::new(),
            closed: false,
            started: false,
        })
    }

    /// Goes to the next opening or closing of an element, or to the end.
    ///
    /// # Errors
    /// The document is damaged, too deep, or has a document type or entities of its own.
    #[allow(clippy::should_implement_trait)] // it lends nothing and it can fail
    pub fn next(&mut self) -> Result<Node, Refus> {
        if std::mem::take(&mut self.closed) {
            self.path.pop();
            self.text.clear();
        }
        loop {
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            let step = self.step(&mut buffer);
            self.buffer = buffer;
            if let Some(node) = step? {
                return Ok(node);
            }
        }
    }

    fn step(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Node>, Refus> {
        let event = match self.reader.read_event_into(buffer) {
            Ok(event) => event,
            Err(error) => return Err(self.failed(&error)),
        };
        match event {
            Event::Start(start) => self.open_element(&start.into_owned()).map(Some),
            Event::End(_) => {
                self.closed = true;
                Ok(Some(Node::Close))
            }
            Event::Text(text) => {
                self.text.push_str(&text);
                Ok(None)
            }
            Event::GeneralRef(entity) => {
                let sign = match entity.resolve_char_ref() {
                    Ok(None) => predefined(&entity),
                    Ok(sign) => sign,
                    Err(_) => Some('\u{fffd}'),
                };
                self.text.push(sign.ok_or_else(|| self.entity())?);
                Ok(None)
            }
            Event::DocType(_) => Err(self.entity()),
            Event::Eof => self.ended(),
            _ => Ok(None),
        }
    }

    fn open_element(&mut self, start: &BytesStart<'_>) -> Result<Node, Refus> {
        if self.path.is_empty() && std::mem::replace(&mut self.started, true) {
            return Err(self.damaged("il y a plusieurs éléments racines"));
        }
        if self.path.len() >= DEEPEST {
            return Err(Refus::new(
                format!(
                    "{}, ligne {} : plus de {DEEPEST} éléments imbriqués",
                    self.nom,
                    self.line()
                ),
                "vérifier que ce fichier est bien l’export attendu, et le demander de nouveau",
            ));
        }
        self.text.clear();
        self.attributes.clear();
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| self.damaged("un attribut est mal écrit"))?;
            let key = attribute.key.local_name().as_ref().to_owned();
            let value = unescaped(&attribute.value).ok_or_else(|| self.entity())?;
            self.attributes.push((key, value));
        }
        self.path.push(start.local_name().as_ref().to_owned());
        Ok(Node::Open)
    }

    fn ended(&mut self) -> Result<Option<Node>, Refus> {
        if let Some(name) = self.path.last() {
            let why = format!("le fichier s’arrête avant la fin de <{name}>");
            return Err(self.damaged(&why));
        }
        if !self.started {
            return Err(self.damaged("il n’y a aucun élément"));
        }
        Ok(Some(Node::End))
    }

    /// Local name of the element just opened or closed; empty at the end.
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Local names from the root to the element just opened or closed.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// True when the last names of the path are these.
    pub fn ends_with(&self, names: &[&str]) -> bool {
        self.path.len() >= names.len()
            && self.path[self.path.len() - names.len()..].iter().zip(names).all(|(a, b)| a == b)
    }

    /// An attribute of the element opened last, by its local name.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Text of the element since its last child, blanks around it left out.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// Passes over the element just opened, up to its closing.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub fn skip(&mut self) -> Result<(), Refus> {
        let depth = self.path.len();
        while !(self.next()? == Node::Close && self.path.len() == depth) {}
        Ok(())
    }

    /// Line where the reading stands, from 1.
    pub fn line(&self) -> u64 {
        self.reader.get_ref().line()
    }

    /// Bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.reader.get_ref().bytes_read()
    }

    /// Texts and attributes passed over because of their length.
    pub fn skipped(&self) -> u64 {
        self.reader.get_ref().skipped()
    }

    /// Name of the encoding read.
    pub fn encodage(&self) -> &'static str {
        self.reader.get_ref().encodage()
    }

    /// What is to be said of the encoding when the file does not hold what it announces.
    pub fn encoding_remark(&self) -> Option<String> {
        self.reader.get_ref().remark()
    }

    /// SHA-256 of the bytes, hexadecimal; to ask after [`Node::End`].
    pub fn sha256(&self) -> String {
        self.reader.get_ref().sha256()
    }

    /// A refusal at the line where the reading stands.
    pub fn damaged(&self, why: &str) -> Refus {
        Refus::new(
            format!("{}, ligne {} : XML incomplet ou abîmé", self.nom, self.line()),
            "exporter de nouveau le fichier depuis le logiciel d’origine, puis relire",
        )
        .with_extrait(format!("{why}\ndans l’élément /{}", self.path.join("/")))
    }

    fn entity(&self) -> Refus {
        Refus::new(
            format!("{}, ligne {} : déclaration DOCTYPE ou entité refusée", self.nom, self.line()),
            "donner l’export d’origine du logiciel, sans DOCTYPE ni entité",
        )
    }

    fn failed(&self, error: &quick_xml::Error) -> Refus {
        use quick_xml::Error as E;
        match error {
            E::Io(error) => match Stop::of(error) {
                Some(Stop::Declaration) => self.entity(),
                Some(Stop::LongTag) => self.damaged("une balise n’en finit pas"),
                None => unreadable(&self.nom, error),
            },
            E::Syntax(_) => self.damaged("le texte s’arrête au milieu d’une balise"),
            E::IllFormed(_) => {
                self.damaged("une balise est fermée sans être ouverte, ou l’inverse")
            }
            E::InvalidAttr(_) => self.damaged("un attribut est mal écrit"),
            _ => self.damaged("le texte n’est pas du XML"),
        }
    }
}

/// Name of the root element of a head, prefix left out: for `sniff`. `None` when it is not XML.
pub fn root(head: &[u8]) -> Option<String> {
    root_attribute(head, "").map(|(name, _)| name)
}

/// Name of the root element and, when it has it, the value of one of its attributes (by full name).
pub fn root_attribute(head: &[u8], attribute: &str) -> Option<(String, Option<String>)> {
    if !crate::ingest::sniff::looks_like_xml(head) && encoding::bom(head).is_none() {
        return None;
    }
    let mut reader = Reader::from_reader(Slim::new(Box::new(head)).ok()?);
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(e) | Event::Empty(e)) => {
                let mut all = e.attributes();
                let found = all.with_checks(false).flatten().find(|a| a.key.as_ref() == attribute);
                let value = found.map(|a| a.value.into_owned());
                return Some((e.local_name().as_ref().to_owned(), value));
            }
            Ok(Event::Text(t)) if t.trim().is_empty() => {}
            _ => return None,
        }
        buffer.clear();
    }
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// The value of an attribute; `None` with an entity of one's own. A lone `&` stays what it is: software
/// writes `DUPONT & FILS`.
fn unescaped(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\n', '\r', '\t']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        if !rest[at..].starts_with('&') {
            out.push(' ');
            rest = tail;
            continue;
        }
        let end = tail.bytes().take(32).position(|b| b == b';');
        let named = end.map(|end| &tail[..end]);
        let Some(name) = named.filter(|n| is_reference(n)) else {
            out.push('&');
            rest = tail;
            continue;
        };
        out.push(match name.strip_prefix('#') {
            Some(number) => char_of(number),
            None => predefined(name)?,
        });
        rest = &tail[name.len() + 1..];
    }
    out.push_str(rest);
    Some(out)
}

fn is_reference(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'#' | b'_' | b'.' | b'-'))
}

fn char_of(number: &str) -> char {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    code.ok().filter(|c| *c != 0).and_then(char::from_u32).unwrap_or('\u{fffd}')
}

#[cfg(test)]
mod tests;
