//! What is checked of a workbook before a library opens it: its size once unpacked, a password, and for
//! the old Excel format the cells it claims.
//!
//! A zip says sizes that may be lies, so every part is really unpacked once, to nowhere, under a limit.
//! In the old format the stream of records is walked: a forged dimension would make a reader reserve all
//! the memory of the machine.
//!
//! **Invariant:** memory is bounded whatever the bytes; what is refused is refused with words.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::domain::refus::Refus;
use crate::ingest::mapped::grid::{MOST_ROW_BYTES, MOST_SHEET_BYTES};

/// Most bytes of a part once unpacked.
const MOST_PART: u64 = 1 << 30;
/// Most bytes of the parts that are held in memory whole (shared texts, styles).
const MOST_HELD: u64 = 256 << 20;
/// A part over [`SMALL`] bytes that unpacks to more than this many times its size is a bomb.
const MOST_RATIO: u64 = 250;
const SMALL: u64 = 16 << 20;
/// Most bytes of a text or of a tag: a reader holds them whole.
const MOST_TEXT: usize = 32 << 20;
/// Most parts of a workbook.
const MOST_PARTS: usize = 20_000;
/// Most bytes of an old Excel file: the format cannot hold more in earnest.
const MOST_XLS: u64 = 256 << 20;
/// Most cells between the first and the last one of a sheet of an old Excel file.
const MOST_CELLS: u64 = 65_536 * 256;

/// Most bytes of the texts of the cells of an old Excel file, which is held in memory whole.
const MOST_OLD_TEXTS: u64 = 512 << 20;

/// First bytes of an OLE container: old Excel file, or a new one under a password.
pub(super) const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// A workbook that takes too much room.
fn too_big(name: &str, what: &str) -> Refus {
    Refus::new(
        format!("« {name} » {what}"),
        "vérifier l’origine du fichier ; si c’est bien un export, l’ouvrir dans un tableur et l’enregistrer en CSV",
    )
}

/// A workbook that cannot be opened.
pub(super) fn damaged(name: &str, why: &str) -> Refus {
    Refus::new(
        format!("« {name} » n’est pas un classeur lisible"),
        "refaire l’export, ou l’ouvrir dans un tableur et l’enregistrer en .xlsx ou en CSV",
    )
    .with_extrait(why.chars().take(200).collect::<String>())
}

/// Refuses a sheet whose texts take too much room: one text may be shared by millions of cells.
pub(super) fn check_texts(name: &str, row: usize, sheet: u64) -> Result<(), Refus> {
    if row > MOST_ROW_BYTES || sheet > MOST_SHEET_BYTES {
        return Err(too_big(name, "porte des textes démesurés (fichier piégé ?)"));
    }
    Ok(())
}

/// Counts the bytes between two tags.
#[derive(Default)]
struct Longest {
    run: usize,
    most: usize,
    /// Merged cells seen.
    merged: u64,
    /// True when a cell may hold a formula.
    formulas: bool,
}

/// What the parts of a workbook hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Merged cells.
    pub(super) merged: u64,
    /// True when some cell may hold a formula.
    pub(super) formulas: bool,
}

/// True for the opening of a formula of Excel, or what may be one cut at the end of a block.
fn opens_formula(tag: &[u8]) -> bool {
    let name = tag.strip_prefix(b"<x:").or_else(|| tag.strip_prefix(b"<")).unwrap_or(tag);
    let cut = tag.len() < 5 && (tag.starts_with(b"<x") || tag.len() < 3);
    cut || (name.first() == Some(&b'f') && matches!(name.get(1), Some(b'>' | b' ' | b'/')))
}

impl Write for Longest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut from = 0;
        for at in memchr::memchr_iter(b'<', bytes) {
            self.most = self.most.max(self.run + at - from);
            (self.run, from) = (0, at);
            let tag = &bytes[at..];
            let merged = tag.starts_with(b"<mergeCell") || tag.starts_with(b"<x:mergeCell");
            self.merged += u64::from(merged);
            self.formulas = self.formulas || opens_formula(tag);
        }
        self.run += bytes.len() - from;
        self.most = self.most.max(self.run);
        if self.most > MOST_TEXT {
            return Err(io::Error::other("texte de plus de 32 Mio"));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A workbook under a password.
pub(super) fn protected(name: &str) -> Refus {
    Refus::new(
        format!("« {name} » est protégé par un mot de passe"),
        "l’ouvrir dans un tableur et l’enregistrer sans mot de passe, ou demander un export CSV",
    )
}

/// Opens the zip of a workbook whose parts were all unpacked once under the limits; gives also what was
/// seen in them.
pub(super) fn open_zip(
    path: &Path,
    name: &str,
) -> Result<(ZipArchive<BufReader<File>>, Seen), Refus> {
    let file = File::open(path).map_err(|e| crate::ingest::sniff::unreadable(name, &e))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| of_zip(name, &e))?;
    let seen = check_parts(&mut archive, name)?;
    Ok((archive, seen))
}

fn of_zip(name: &str, error: &ZipError) -> Refus {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => protected(name),
        other => damaged(name, &crate::ingest::archive::words(other)),
    }
}

/// Unpacks every part to nowhere; gives what was seen.
pub(super) fn check_parts<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    name: &str,
) -> Result<Seen, Refus> {
    let mut seen = Seen::default();
    if archive.len() > MOST_PARTS {
        return Err(too_big(name, "contient trop de fichiers pour un classeur"));
    }
    for i in 0..archive.len() {
        let part = archive.by_index(i).map_err(|e| of_zip(name, &e))?;
        let title = part.name().map(|n| n.to_lowercase()).unwrap_or_default();
        let held = title.ends_with("sharedstrings.xml") || title.ends_with("styles.xml");
        let packed = part.compressed_size();
        let most = if held { MOST_HELD } else { MOST_PART };
        let most = most.min(SMALL.max(packed.saturating_mul(MOST_RATIO)));
        // pictures and the like are never opened, a false size there harms nobody
        if ![".xml", ".rels", ".bin"].iter().any(|end| title.ends_with(end)) {
            continue;
        }
        let mut texts = Longest::default();
        let read = io::copy(&mut part.take(most + 1), &mut texts).map_err(|e| {
            if texts.most > MOST_TEXT {
                too_big(name, "porte des textes démesurés (fichier piégé ?)")
            } else {
                damaged(name, &e.to_string())
            }
        })?;
        if read > most {
            let what = format!("se déplie sur plus de {} Mio (fichier piégé ?)", most >> 20);
            return Err(too_big(name, &what));
        }
        seen.merged += texts.merged;
        seen.formulas |= texts.formulas && title.contains("worksheets/");
    }
    Ok(seen)
}

/// Checks an OLE file: a password, cells too far apart, a size no old Excel file has.
pub(super) fn check_ole(path: &Path, name: &str) -> Result<(), Refus> {
    let size = std::fs::metadata(path).map_err(|e| crate::ingest::sniff::unreadable(name, &e))?;
    if size.len() > MOST_XLS {
        return Err(too_big(name, "dépasse 256 Mio, taille impossible pour un fichier .xls"));
    }
    let bytes = std::fs::read(path).map_err(|e| crate::ingest::sniff::unreadable(name, &e))?;
    let container = Ole::open(&bytes).ok_or_else(|| damaged(name, "conteneur OLE abîmé"))?;
    if container.find("EncryptedPackage").is_some() {
        return Err(protected(name));
    }
    let stream = container.find("Workbook").or_else(|| container.find("Book"));
    let Some(entry) = stream else {
        return Err(damaged(name, "aucun flux « Workbook » : ce n’est pas un classeur Excel"));
    };
    let stream =
        container.stream(&entry).ok_or_else(|| damaged(name, "flux « Workbook » abîmé"))?;
    check_records(&stream, name)
}

/// Walks the records of an old workbook.
fn check_records(stream: &[u8], name: &str) -> Result<(), Refus> {
    let lengths = shared_lengths(stream);
    let (mut extent, mut bytes) = (Extent::default(), 0_u64);
    let mut at = 0;
    while let Some(head) = stream.get(at..at + 4) {
        let kind = u16::from_le_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let Some(data) = stream.get(at + 4..at + 4 + length) else { break };
        let word = |i: usize| data.get(i..i + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
        let long = |i: usize| u64::from(word(i)) | u64::from(word(i + 2)) << 16;
        match kind {
            // FilePass
            0x002f if word(0) != 0 => return Err(protected(name)),
            // BOF: another sheet
            0x0809 => extent = Extent::default(),
            // Dimensions
            0x0200 if length >= 14 => {
                let rows = long(4).saturating_sub(long(0)).max(1);
                let columns = u64::from(word(10)).saturating_sub(u64::from(word(8))).max(1);
                extent.refuse_over(rows.saturating_mul(columns), name)?;
            }
            // Number, Label, BoolErr, RK, LabelSst, RString, Formula, Blank
            0x0203 | 0x0204 | 0x0205 | 0x027e | 0x00fd | 0x00d6 | 0x0006 | 0x0201 => {
                extent.add(u64::from(word(0)), u64::from(word(2)));
                extent.check(name)?;
                if kind == 0x00fd {
                    // a shared text is copied into each of its cells
                    bytes += lengths.get(long(6) as usize).copied().unwrap_or(0);
                    check_texts(name, 0, bytes.saturating_mul(MOST_SHEET_BYTES / MOST_OLD_TEXTS))?;
                }
            }
            // MulRk, MulBlank
            0x00bd | 0x00be => {
                let last = if length >= 2 { word(length - 2) } else { 0 };
                extent.add(u64::from(word(0)), u64::from(word(2)));
                extent.add(u64::from(word(0)), u64::from(last));
                extent.check(name)?;
            }
            _ => {}
        }
        at += 4 + length;
    }
    Ok(())
}

/// Bytes of each shared text of an old workbook, as far as they can be followed.
fn shared_lengths(stream: &[u8]) -> Vec<u64> {
    let mut parts: Vec<&[u8]> = Vec::new();
    let mut at = 0;
    while let Some(head) = stream.get(at..at + 4) {
        let kind = u16::from_le_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let Some(data) = stream.get(at + 4..at + 4 + length) else { break };
        match kind {
            // SST, then Continue
            0x00fc if parts.is_empty() => parts.push(data),
            0x003c if !parts.is_empty() => parts.push(data),
            _ if !parts.is_empty() => break,
            _ => {}
        }
        at += 4 + length;
    }
    let mut texts = Shared { parts: &parts, part: 0, at: 8 };
    std::iter::from_fn(|| texts.next_length()).collect()
}

/// A cursor over the records of the shared texts.
struct Shared<'s> {
    parts: &'s [&'s [u8]],
    part: usize,
    at: usize,
}

impl Shared<'_> {
    /// Bytes left in the record under way, the next one opened when there is none.
    fn left(&mut self) -> usize {
        while self.part < self.parts.len() && self.at >= self.parts[self.part].len() {
            (self.part, self.at) = (self.part + 1, 0);
        }
        self.parts.get(self.part).map_or(0, |p| p.len() - self.at)
    }

    fn number(&mut self, size: usize) -> Option<usize> {
        let mut n = 0;
        for i in 0..size {
            self.left();
            n |= usize::from(*self.parts.get(self.part)?.get(self.at)?) << (8 * i);
            self.at += 1;
        }
        Some(n)
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        while bytes > 0 {
            let step = self.left().min(bytes);
            if step == 0 {
                return None;
            }
            self.at += step;
            bytes -= step;
        }
        Some(())
    }

    fn next_length(&mut self) -> Option<u64> {
        let signs = self.number(2)?;
        let mut flags = self.number(1)?;
        let runs = if flags & 8 == 0 { 0 } else { self.number(2)? };
        let phonetic = if flags & 4 == 0 { 0 } else { self.number(4)? };
        let mut rest = signs;
        while rest > 0 {
            let fresh = self.parts.get(self.part).is_some_and(|p| self.at >= p.len());
            let left = self.left();
            if left == 0 {
                return None;
            }
            if fresh {
                // a text cut between two records says again how wide its signs are
                flags = self.number(1)?;
                continue;
            }
            let wide = 1 + (flags & 1);
            let taken = (left / wide).clamp(1, rest);
            self.skip(taken * wide)?;
            rest -= taken;
        }
        self.skip(4 * runs + phonetic)?;
        Some(3 * signs as u64)
    }
}

/// The rectangle of the cells of a sheet.
#[derive(Debug, Clone, Copy, Default)]
struct Extent {
    rows: Option<(u64, u64)>,
    columns: Option<(u64, u64)>,
}

impl Extent {
    fn add(&mut self, row: u64, column: u64) {
        let grown = |bounds: Option<(u64, u64)>, n: u64| {
            Some(bounds.map_or((n, n), |(a, b)| (a.min(n), b.max(n))))
        };
        self.rows = grown(self.rows, row);
        self.columns = grown(self.columns, column);
    }

    fn check(&self, name: &str) -> Result<(), Refus> {
        let length = |b: Option<(u64, u64)>| b.map_or(0, |(a, b)| b - a + 1);
        self.refuse_over(length(self.rows) * length(self.columns), name)
    }

    #[allow(clippy::unused_self)]
    fn refuse_over(&self, cells: u64, name: &str) -> Result<(), Refus> {
        if cells > MOST_CELLS {
            return Err(too_big(name, "annonce plus de cellules qu’une feuille Excel n’en a"));
        }
        Ok(())
    }
}

/// An OLE container, just enough to reach a stream.
struct Ole<'b> {
    bytes: &'b [u8],
    sector: usize,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    mini: Vec<u8>,
    directory: Vec<u8>,
}

/// A stream: first sector and size.
struct Entry {
    start: u32,
    size: usize,
}

const END: u32 = 0xffff_fffa;

impl<'b> Ole<'b> {
    fn open(bytes: &'b [u8]) -> Option<Self> {
        let long = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let shift = u16::from_le_bytes(bytes.get(30..32)?.try_into().ok()?);
        let sector = match shift {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut ole = Self {
            bytes,
            sector,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini: Vec::new(),
            directory: Vec::new(),
        };
        let mut places: Vec<u32> = (0..109).filter_map(|i| long(76 + 4 * i)).collect();
        let mut next = long(68)?;
        let most = bytes.len() / sector + 1;
        for _ in 0..most {
            if next >= END {
                break;
            }
            let mut part: Vec<u32> = longs(ole.sector_of(next)?).collect();
            next = part.pop()?;
            places.append(&mut part);
        }
        for place in places.into_iter().filter(|p| *p < END).take(most) {
            let part: Vec<u32> = longs(ole.sector_of(place)?).collect();
            ole.fat.extend(part);
        }
        ole.directory = ole.chain(long(48)?, usize::MAX)?;
        ole.mini_fat = longs(&ole.chain(long(60)?, usize::MAX)?).collect();
        let root = entry(ole.directory.get(..128)?);
        ole.mini = ole.chain(root.start, root.size)?;
        Some(ole)
    }

    fn sector_of(&self, id: u32) -> Option<&'b [u8]> {
        let at = (id as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = (at + self.sector).min(self.bytes.len());
        self.bytes.get(at..end)
    }

    /// The bytes of a chain of sectors, at most those of the file.
    fn chain(&self, start: u32, size: usize) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut id = start;
        while id < END && out.len() < size {
            out.extend_from_slice(self.sector_of(id)?);
            if out.len() > self.bytes.len() {
                return None;
            }
            id = *self.fat.get(id as usize)?;
        }
        out.truncate(size);
        Some(out)
    }

    fn find(&self, name: &str) -> Option<Entry> {
        let wanted: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.directory
            .chunks_exact(128)
            .find(|d| {
                d[..wanted.len()].eq_ignore_ascii_case(&wanted)
                    && d[wanted.len()..wanted.len() + 2] == [0, 0]
            })
            .map(entry)
    }

    fn stream(&self, entry: &Entry) -> Option<Vec<u8>> {
        if entry.size >= 4096 {
            return self.chain(entry.start, entry.size);
        }
        let mut out = Vec::new();
        let mut id = entry.start;
        while id < END && out.len() < entry.size {
            let at = (id as usize).checked_mul(64)?;
            out.extend_from_slice(self.mini.get(at..(at + 64).min(self.mini.len()))?);
            id = *self.mini_fat.get(id as usize)?;
        }
        out.truncate(entry.size);
        Some(out)
    }
}

fn entry(directory: &[u8]) -> Entry {
    let long = |at: usize| {
        directory.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    };
    Entry { start: long(116), size: long(120) as usize }
}

fn longs(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    fn zipped(parts: &[(&str, usize)]) -> ZipArchive<Cursor<Vec<u8>>> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, size) in parts {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("memory");
            writer.write_all(&vec![b'0'; *size]).expect("memory");
        }
        ZipArchive::new(writer.finish().expect("memory")).expect("a zip")
    }

    #[test]
    fn bombs_are_refused_before_they_are_opened() {
        let mut bomb = zipped(&[("xl/worksheets/sheet1.xml", 64 << 20)]);
        let refus = check_parts(&mut bomb, "b.xlsx").expect_err("a bomb");
        assert!(refus.quoi.contains("se déplie"), "{refus}");
        let mut honest = zipped(&[("xl/worksheets/sheet1.xml", 1 << 20), ("p.png", 64 << 20)]);
        assert!(check_parts(&mut honest, "h.xlsx").is_ok());
    }

    #[test]
    fn formulas_are_seen_even_cut_between_two_blocks() {
        for tag in [
            &b"<f>A1</f>"[..],
            b"<f t=\"shared\" si=\"0\"/>",
            b"<x:f>",
            b"<f/>",
            b"<f",
            b"<",
            b"<x:f",
        ] {
            assert!(opens_formula(tag), "{}", String::from_utf8_lossy(tag));
        }
        for tag in [&b"<c r=\"A1\">"[..], b"<font>", b"<v>12", b"</f>"] {
            assert!(!opens_formula(tag), "{}", String::from_utf8_lossy(tag));
        }
    }

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = data.len() as u16;
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    }

    #[test]
    fn forged_records_are_refused() {
        let far = |row: u16, column: u16| {
            record(0x0203, &[row.to_le_bytes(), column.to_le_bytes()].concat())
        };
        let two = [far(0, 0), far(65_535, 256)].concat();
        assert!(check_records(&two, "a.xls").is_err());
        let apart = [far(0, 0), record(0x0809, &[0; 8]), far(65_535, 256)].concat();
        assert!(check_records(&apart, "a.xls").is_ok());
        let mut claim = vec![0_u8; 14];
        claim[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        claim[10..12].copy_from_slice(&256_u16.to_le_bytes());
        assert!(check_records(&record(0x0200, &claim), "a.xls").is_err());
        let refus = check_records(&record(0x002f, &[1, 0]), "a.xls").expect_err("a password");
        assert!(refus.quoi.contains("mot de passe"), "{refus}");
    }

    /// Texts shared by the cells of an old workbook, one of them cut between two records.
    #[test]
    fn lengths_of_shared_texts() {
        let mut first = vec![0; 8];
        first.extend_from_slice(&[3, 0, 0, b'a', b'b', b'c']);
        first.extend_from_slice(&[4, 0, 1, b'd', 0]);
        // three signs left, on one byte each this time
        let rest = [0, b'e', b'f', b'g', 2, 0, 0, b'h', b'i'];
        let stream = [record(0x00fc, &first), record(0x003c, &rest)].concat();
        assert_eq!(shared_lengths(&stream), [9, 12, 6]);
        assert!(shared_lengths(&record(0x00fc, &[0; 8])).is_empty());
    }

    #[test]
    fn a_broken_container_is_no_panic() {
        for length in [0, 8, 76, 512, 600, 1024] {
            let mut bytes = vec![0_u8; length];
            bytes.iter_mut().zip(OLE).for_each(|(b, o)| *b = *o);
            if length > 32 {
                bytes[30] = 9;
            }
            assert!(Ole::open(&bytes).is_none_or(|o| o.find("Workbook").is_none()));
        }
    }
}
