//! The invoice attached to a PDF: found among its embedded files, unpacked within bounds.
//!
//! **Invariant:** nothing is unpacked beyond its bound: a bomb is told, not swollen.

use std::collections::BTreeSet;

use lopdf::{DecompressError, Dictionary, Document, Error, LoadOptions, Object, Stream};

use crate::ingest::xml;

use super::cii;

/// Bytes of an XML invoice, at most.
const XML: usize = 32 << 20;
/// Bytes that all the packed structures of a file may give, at most.
const STRUCTURES: usize = 256 << 20;
/// Names that the standards give to the file.
const NAMES: [&str; 4] = ["factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "cii.xml"];
/// Depth of arrays and dictionaries looked into.
const DEPTH: usize = 8;
/// Embedded files looked at.
const FILES: usize = 1000;

/// Why a PDF gives no invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sans {
    /// Larger than any invoice.
    TropGros,
    /// Not readable as a PDF.
    Abime,
    /// Locked by a password.
    Chiffre,
    /// Swells beyond bounds when unpacked.
    Bombe,
    /// Has no invoice among its attachments, whose names are given.
    Jointes(Vec<String>),
}

impl Sans {
    /// What follows "PDF", French.
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::TropGros => "de plus de 128 Mio, pas une facture",
            Self::Abime => "abîmé ou incomplet",
            Self::Chiffre => "protégé par un mot de passe",
            Self::Bombe => "dont le contenu compressé enfle au-delà de toute facture",
            Self::Jointes(names) if names.is_empty() => {
                "sans facture électronique jointe : ses chiffres ne se lisent pas"
            }
            Self::Jointes(_) => "dont aucune pièce jointe n’est une facture Factur-X",
        }
    }
}

/// The invoice of a PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouvee {
    /// Its XML.
    pub(super) xml: Vec<u8>,
    /// Other, different invoices attached.
    pub(super) others: usize,
}

/// An embedded file: name and content.
struct Jointe<'a> {
    name: String,
    stream: &'a Stream,
}

/// The invoice attached to a PDF, the one with a name of the standards first.
pub(super) fn invoices(bytes: &[u8]) -> Result<Trouvee, Sans> {
    let document = load(bytes)?;
    let mut files = embedded(&document);
    let rank = |f: &Jointe<'_>| {
        let name = f.name.to_lowercase();
        NAMES.iter().position(|n| *n == name).unwrap_or(NAMES.len())
    };
    files.sort_by_key(rank);
    let mut found: Vec<Vec<u8>> = Vec::new();
    for file in &files {
        let content = content(file.stream)?;
        let is_invoice = content.as_ref().is_some_and(|c| {
            xml::root(&c[..c.len().min(64 << 10)]).is_some_and(|root| root == cii::ROOT)
        });
        if let Some(content) = content.filter(|c| is_invoice && !found.contains(c)) {
            found.push(content);
        }
    }
    if found.is_empty() {
        return Err(Sans::Jointes(files.into_iter().map(|f| f.name).take(5).collect()));
    }
    let others = found.len() - 1;
    Ok(Trouvee { xml: found.swap_remove(0), others })
}

fn load(bytes: &[u8]) -> Result<Document, Sans> {
    // Each packed structure is bounded, and so is their sum.
    let packed = memchr::memmem::find_iter(bytes, b"/ObjStm").count() + 1;
    let limit = (STRUCTURES / packed).clamp(64 << 10, 16 << 20);
    let options = LoadOptions { max_decompressed_size: Some(limit), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).map_err(|e| match e {
        Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => Sans::Bombe,
        Error::Decryption(_) | Error::InvalidPassword => Sans::Chiffre,
        _ => Sans::Abime,
    })?;
    if document.is_encrypted() { Err(Sans::Chiffre) } else { Ok(document) }
}

/// Files embedded, each once, in the order of their objects.
fn embedded(document: &Document) -> Vec<Jointe<'_>> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for object in document.objects.values() {
        look(document, object, DEPTH, &mut seen, &mut files);
    }
    files
}

fn look<'a>(
    document: &'a Document,
    object: &'a Object,
    depth: usize,
    seen: &mut BTreeSet<(u32, u16)>,
    files: &mut Vec<Jointe<'a>>,
) {
    if depth == 0 || files.len() >= FILES {
        return;
    }
    match object {
        Object::Array(items) => {
            for item in items {
                look(document, item, depth - 1, seen, files);
            }
        }
        Object::Dictionary(dictionary) => {
            if let Some((id, stream)) = file_of(document, dictionary)
                && seen.insert(id)
            {
                files.push(Jointe { name: name_of(dictionary), stream });
            }
            dictionary.iter().for_each(|(_, item)| look(document, item, depth - 1, seen, files));
        }
        _ => {}
    }
}

/// The stream of a file specification.
fn file_of<'a>(document: &'a Document, spec: &'a Dictionary) -> Option<((u32, u16), &'a Stream)> {
    let files = match spec.get(b"EF").ok()? {
        Object::Reference(id) => document.get_object(*id).ok()?.as_dict().ok()?,
        direct => direct.as_dict().ok()?,
    };
    let id = [&b"UF"[..], b"F"].iter().find_map(|key| files.get(key).ok()?.as_reference().ok())?;
    Some((id, document.get_object(id).ok()?.as_stream().ok()?))
}

/// The name of a file specification, as its viewer shows it.
fn name_of(spec: &Dictionary) -> String {
    let text = |key: &[u8]| lopdf::decode_text_string(spec.get(key).ok()?).ok();
    let name = text(b"UF").or_else(|| text(b"F")).unwrap_or_default();
    name.chars().take(80).collect()
}

/// What an embedded file holds, `None` when it cannot be unpacked.
fn content(stream: &Stream) -> Result<Option<Vec<u8>>, Sans> {
    if stream.dict.get(b"Filter").is_err() {
        return Ok(Some(stream.content.clone()));
    }
    match stream.decompressed_content_with_limit(XML) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Error::Decompress(DecompressError::MemoryLimitExceeded { .. })) => Err(Sans::Bombe),
        Err(_) => Ok(None),
    }
}
