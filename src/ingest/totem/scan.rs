//! XML events to raw budgets: header values and lines as texts, by element, whatever their order.
//!
//! Namespaces are resolved, so a prefix is legal and a foreign `LigneBudget` is not one of ours.
//! Document types and entities of one's own are refused: a budget document has none, and they can
//! blow up memory.
//!
//! **Invariant:** nothing is interpreted here; a damaged file is refused with the line and what to do.

use std::borrow::Cow;
use std::collections::BTreeMap;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::NS_BUDGET;
use crate::domain::refus::Refus;

/// A `LigneBudget` as written.
#[derive(Debug, Clone, Default)]
pub(super) struct RawLine {
    pub(super) calculated: bool,
    pub(super) fields: BTreeMap<String, String>,
    pub(super) extras: BTreeMap<String, String>,
}

impl RawLine {
    pub(super) fn get(&self, tag: &str) -> &str {
        self.fields.get(tag).map_or("", |v| v.trim())
    }

    pub(super) fn extra(&self, code: &str) -> &str {
        self.extras.get(code).map_or("", |v| v.trim())
    }
}

/// What is read of the staff annex.
const STAFF: [&str; 10] = [
    "CodTypAgent",
    "Permanent",
    "TempsComplet",
    "NatureContrat",
    "CodSectAgentNonTitulaire",
    "EffectifPourvu",
    "EffectifBud",
    "EmploiGradeAgent",
    "CodCatAgent",
    "CodSectAgentTitulaire",
];
/// Elements inside one another, at most.
const DEEPEST: usize = 100;
/// Lines and rows of annexes of one document, at most: the largest cities have some tens of thousands.
const MOST_ROWS: usize = 1_000_000;

/// A `Budget` as written.
#[derive(Debug, Clone, Default)]
pub(super) struct RawBudget {
    pub(super) header: BTreeMap<String, String>,
    pub(super) informations: Vec<(String, String)>,
    pub(super) lines: Vec<RawLine>,
    pub(super) loans: Vec<BTreeMap<String, String>>,
    pub(super) taxes: Vec<BTreeMap<String, String>>,
    /// Staff annex: grades and posts only, nothing that tells who.
    pub(super) staff: Vec<BTreeMap<String, String>>,
    pub(super) grants: Vec<BTreeMap<String, String>>,
    pub(super) assets: Vec<BTreeMap<String, String>>,
}

impl RawBudget {
    /// A field of the last row of an annex; of the staff, only what counts posts.
    fn annex(&mut self, place: Place, name: &str, value: String) {
        let rows = match place {
            Place::Loan => &mut self.loans,
            Place::Grant => &mut self.grants,
            Place::Asset => &mut self.assets,
            Place::Staff if !STAFF.contains(&name) => return,
            Place::Staff => &mut self.staff,
            _ => &mut self.taxes,
        };
        if let Some(row) = rows.last_mut() {
            row.entry(name.to_owned()).or_insert(value);
        }
    }

    pub(super) fn get(&self, tag: &str) -> &str {
        self.header.get(tag).map_or("", |v| v.trim())
    }
}

/// A whole document as written.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanned {
    pub(super) is_cfu: bool,
    pub(super) header: BTreeMap<String, String>,
    pub(super) budgets: Vec<RawBudget>,
}

/// Text of the first `limit` bytes, whatever the encoding, for sniffing.
pub(super) fn head(bytes: &[u8], limit: usize) -> String {
    let cut = &bytes[..bytes.len().min(limit)];
    if let Some((encoding, skip)) = encoding_rs::Encoding::for_bom(cut) {
        return encoding.decode_without_bom_handling(&cut[skip..]).0.into_owned();
    }
    String::from_utf8_lossy(cut).into_owned()
}

/// Local name of the root element.
pub(super) fn root_name(head: &str) -> Option<&str> {
    let mut rest = head;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with("!--") {
            rest = &rest[rest.find("-->")? + 3..];
        } else if !rest.starts_with(['?', '!']) {
            let end = rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/')?;
            let name = &rest[..end];
            return Some(name.rsplit_once(':').map_or(name, |(_, local)| local));
        }
    }
    None
}

/// Decodes by BOM, then by the XML declaration, UTF-8 by default; gives the name of the encoding.
pub(super) fn decode<'b>(
    bytes: &'b [u8],
    fichier: &str,
) -> Result<(Cow<'b, str>, &'static str), Refus> {
    if let Some((encoding, skip)) = encoding_rs::Encoding::for_bom(bytes) {
        let name = if encoding == encoding_rs::UTF_8 { "utf-8" } else { "utf-16" };
        return Ok((encoding.decode_without_bom_handling(&bytes[skip..]).0, name));
    }
    let declared = declared_encoding(bytes);
    match declared.as_deref() {
        None | Some("utf-8" | "utf8" | "us-ascii") => match std::str::from_utf8(bytes) {
            Ok(text) => Ok((Cow::Borrowed(text), "utf-8")),
            Err(_) => Ok((encoding_rs::WINDOWS_1252.decode(bytes).0, "windows-1252")),
        },
        Some(name) => {
            let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).ok_or_else(|| {
                Refus::new(
                    format!("{fichier} : encodage « {name} » inconnu"),
                    "exporter de nouveau le document en UTF-8 ou en ISO-8859-1",
                )
            })?;
            let shown = if name == "iso-8859-1" { "iso-8859-1" } else { "windows-1252" };
            let shown = if encoding == encoding_rs::WINDOWS_1252 { shown } else { encoding.name() };
            Ok((encoding.decode_without_bom_handling(bytes).0, shown))
        }
    }
}

/// The `encoding` of the XML declaration, in lower case.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let declaration = head.trim_start().strip_prefix("<?xml")?.split("?>").next()?.to_owned();
    let after = declaration.split("encoding").nth(1)?;
    let quoted = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = quoted.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    quoted[1..].split(quote).next().map(|name| name.trim().to_ascii_lowercase())
}

/// Where we stand in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Header,
    Budget,
    BudgetHeader,
    Informations,
    Line,
    Annex,
    Loan,
    Tax,
    Staff,
    Grant,
    Asset,
    Other,
}

struct Scanner<'x> {
    fichier: &'x str,
    text: &'x str,
    out: Scanned,
    places: Vec<Place>,
    open: Vec<String>,
    bare: bool,
    rows: usize,
}

/// Reads the events of the whole text.
pub(super) fn scan(text: &str, fichier: &str) -> Result<Scanned, Refus> {
    let mut reader = NsReader::from_str(text);
    let mut scanner = Scanner {
        fichier,
        text,
        out: Scanned::default(),
        places: Vec::new(),
        open: Vec::new(),
        bare: false,
        rows: 0,
    };
    loop {
        let event = match reader.read_resolved_event() {
            Ok((resolved, event)) => (Namespace::of(&resolved), event),
            Err(e) => {
                let at = reader.error_position();
                return Err(scanner.damaged(at as usize, reason(&e)));
            }
        };
        let at = reader.buffer_position() as usize;
        match event {
            (ns, Event::Start(e)) => scanner.start(ns, &e, at)?,
            (ns, Event::Empty(e)) => {
                scanner.start(ns, &e, at)?;
                scanner.end();
            }
            (_, Event::End(_)) => scanner.end(),
            (_, Event::DocType(_)) => return Err(scanner.entity(at)),
            (_, Event::GeneralRef(r)) if !r.is_char_ref() && !is_predefined(r.as_ref()) => {
                return Err(scanner.entity(at));
            }
            (_, Event::Eof) => break,
            _ => {}
        }
    }
    if let Some(name) = scanner.open.last() {
        let why = format!("le fichier s'arrête avant la fin de <{name}>");
        return Err(scanner.damaged(text.len(), &why));
    }
    Ok(scanner.out)
}

fn is_predefined(name: &str) -> bool {
    matches!(name, "amp" | "lt" | "gt" | "quot" | "apos")
}

/// Namespace of an element, as far as we care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Namespace {
    Budget,
    None,
    Foreign,
}

impl Namespace {
    fn of(resolved: &ResolveResult) -> Self {
        match resolved {
            ResolveResult::Bound(ns) if ns.0 == NS_BUDGET => Self::Budget,
            ResolveResult::Unbound => Self::None,
            _ => Self::Foreign,
        }
    }
}

impl Scanner<'_> {
    fn start(&mut self, ns: Namespace, e: &BytesStart, at: usize) -> Result<(), Refus> {
        let name = e.local_name().as_ref().to_owned();
        if self.open.len() >= DEEPEST {
            return Err(self.too_much(at, &format!("plus de {DEEPEST} éléments imbriqués")));
        }
        if self.open.is_empty() {
            self.root(ns, &name)?;
        }
        let ours = ns == Namespace::Budget || (ns == Namespace::None && self.bare);
        let parent = self.places.last().copied();
        let place = match (parent, name.as_str()) {
            (None, _) => Place::Root,
            _ if !ours => Place::Other,
            (Some(Place::Root), "EnTeteDocBudgetaire") => Place::Header,
            (Some(Place::Root), "DocumentBudgetaire") => Place::Root,
            (Some(Place::Root), "Budget") => {
                self.out.budgets.push(RawBudget::default());
                Place::Budget
            }
            (Some(Place::Budget), "EnTeteBudget" | "BlocBudget") => Place::BudgetHeader,
            (Some(Place::Budget), "InformationsGenerales") => Place::Informations,
            (Some(Place::Budget), "LigneBudget") => {
                self.line(e, at)?;
                Place::Line
            }
            (Some(Place::Budget), "Annexes")
            | (
                Some(Place::Annex),
                "DATA_EMPRUNT" | "DATA_FISCALITE" | "DATA_PERSONNEL" | "DATA_CONCOURS"
                | "DATA_PATRIMOINE",
            ) => Place::Annex,
            (Some(Place::Annex), row) => self.row(row, at)?,
            _ => Place::Other,
        };
        if ours {
            self.leaf(parent, &name, e, at)?;
        }
        self.places.push(place);
        self.open.push(name);
        Ok(())
    }

    fn root(&mut self, ns: Namespace, name: &str) -> Result<(), Refus> {
        self.out.is_cfu = name == "CompteFinancierUnique";
        self.bare = ns == Namespace::None;
        if self.out.is_cfu || name == "DocumentBudgetaire" {
            return Ok(());
        }
        // Excel 2003 and LibreOffice can write a workbook as one XML file
        if matches!(name, "Workbook" | "document") {
            return Err(Refus::new(
                format!(
                    "{} est un classeur enregistré en XML, pas un document budgétaire",
                    self.fichier
                ),
                "l'ouvrir dans le tableur et l'enregistrer en .xlsx ou en .ods",
            ));
        }
        Err(Refus::new(
            format!("{} n'est pas un document budgétaire (racine <{name}>)", self.fichier),
            "donner l'export XML TOTEM ou CFU du budget (racine DocumentBudgetaire)",
        ))
    }

    /// Opens a row of an annex.
    fn row(&mut self, name: &str, at: usize) -> Result<Place, Refus> {
        let Some(budget) = self.out.budgets.last_mut() else { return Ok(Place::Other) };
        let (rows, place) = match name {
            "FISCALITE" => (&mut budget.taxes, Place::Tax),
            "EMPRUNT" => (&mut budget.loans, Place::Loan),
            "PERSONNEL" => (&mut budget.staff, Place::Staff),
            "CONCOURS" => (&mut budget.grants, Place::Grant),
            "PATRIMOINE" => (&mut budget.assets, Place::Asset),
            _ => return Ok(Place::Other),
        };
        rows.push(BTreeMap::new());
        self.count(at)?;
        Ok(place)
    }

    fn count(&mut self, at: usize) -> Result<(), Refus> {
        self.rows += 1;
        if self.rows > MOST_ROWS {
            return Err(self.too_much(at, "plus d’un million de lignes"));
        }
        Ok(())
    }

    fn line(&mut self, e: &BytesStart, at: usize) -> Result<(), Refus> {
        self.count(at)?;
        let calculated = self.attribute(e, "calculated", at)?;
        let calculated = calculated.is_some_and(|v| is_true(&v));
        if let Some(budget) = self.out.budgets.last_mut() {
            budget.lines.push(RawLine { calculated, ..RawLine::default() });
        }
        Ok(())
    }

    fn leaf(
        &mut self,
        parent: Option<Place>,
        name: &str,
        e: &BytesStart,
        at: usize,
    ) -> Result<(), Refus> {
        let wanted = matches!(
            parent,
            Some(
                Place::Header
                    | Place::BudgetHeader
                    | Place::Informations
                    | Place::Line
                    | Place::Loan
                    | Place::Tax
                    | Place::Staff
                    | Place::Grant
                    | Place::Asset
            )
        );
        if !wanted {
            return Ok(());
        }
        let value = self.attribute(e, "V", at)?.unwrap_or_default();
        let code = self.attribute(e, "Code", at)?;
        let Some(budget) = self.out.budgets.last_mut() else {
            if parent == Some(Place::Header) {
                self.out.header.entry(name.to_owned()).or_insert(value);
            }
            return Ok(());
        };
        match parent {
            Some(Place::Header) => {
                self.out.header.entry(name.to_owned()).or_insert(value);
            }
            Some(Place::BudgetHeader) => {
                budget.header.entry(name.to_owned()).or_insert(value);
            }
            Some(Place::Informations) => {
                budget.informations.push((code.unwrap_or_default(), value));
            }
            Some(
                place @ (Place::Loan | Place::Tax | Place::Staff | Place::Grant | Place::Asset),
            ) => {
                budget.annex(place, name, value);
            }
            _ => {
                if let Some(line) = budget.lines.last_mut() {
                    match code {
                        Some(code) => line.extras.entry(code).or_insert(value),
                        None => line.fields.entry(name.to_owned()).or_insert(value),
                    };
                }
            }
        }
        Ok(())
    }

    fn attribute(&self, e: &BytesStart, key: &str, at: usize) -> Result<Option<String>, Refus> {
        for attribute in e.attributes() {
            let attribute = attribute.map_err(|_| self.damaged(at, "attribut mal écrit"))?;
            if attribute.key.as_ref() == key {
                let value = attribute.normalized_value(XmlVersion::default());
                return match value {
                    Ok(value) => Ok(Some(value.into_owned())),
                    Err(_) => Err(self.entity(at)),
                };
            }
        }
        Ok(None)
    }

    fn end(&mut self) {
        self.places.pop();
        self.open.pop();
    }

    fn line_of(&self, at: usize) -> usize {
        let cut = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        1 + memchr::memchr_iter(b'\n', cut).count()
    }

    fn damaged(&self, at: usize, why: &str) -> Refus {
        let inside = self.open.join("/");
        Refus::new(
            format!("{}, ligne {} : XML incomplet ou abîmé", self.fichier, self.line_of(at)),
            "exporter de nouveau le document depuis le logiciel budgétaire, puis relire",
        )
        .with_extrait(format!("{why}\ndans l'élément /{inside}"))
    }

    fn too_much(&self, at: usize, what: &str) -> Refus {
        Refus::new(
            format!("{}, ligne {} : {what}", self.fichier, self.line_of(at)),
            "vérifier que ce fichier est bien un document budgétaire, et l’exporter de nouveau",
        )
    }

    fn entity(&self, at: usize) -> Refus {
        Refus::new(
            format!(
                "{}, ligne {} : déclaration DOCTYPE ou entité refusée",
                self.fichier,
                self.line_of(at)
            ),
            "donner l'export d'origine du logiciel budgétaire, sans DOCTYPE ni entité",
        )
    }
}

/// French words for the errors of the XML reader.
fn reason(error: &quick_xml::Error) -> &'static str {
    use quick_xml::Error as E;
    match error {
        E::Syntax(_) => "le texte s'arrête au milieu d'une balise",
        E::IllFormed(_) => "une balise est fermée sans être ouverte, ou l'inverse",
        E::InvalidAttr(_) => "un attribut est mal écrit",
        E::Encoding(_) => "des octets n'appartiennent pas à l'encodage annoncé",
        E::Namespace(_) => "un préfixe d'espace de noms n'est pas déclaré",
        _ => "le texte n'est pas du XML",
    }
}

/// Booleans come as `true` or `1`.
pub(super) fn is_true(text: &str) -> bool {
    matches!(text.trim(), "true" | "1" | "TRUE" | "True")
}
