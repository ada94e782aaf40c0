//! What a delimited file is made of: encoding, separator, line ends, found by looking at its first bytes.
//!
//! Takes the head of a file, gives a text in UTF-8, or refuses what is no delimited text at all.
//!
//! **Invariant:** the same bytes give the same answer on every machine; a file is never refused for bytes
//! that some encoding can read.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::domain::refus::{Refus, cause};
use crate::ingest::mapped::records::{Dialect, records_of};

/// Encoding of a file and the length of the mark at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded {
    /// Encoding of the bytes.
    pub encoding: &'static Encoding,
    /// Bytes of the byte order mark.
    pub mark: usize,
}

/// The byte order mark of UTF-8 when it was itself read as windows-1252 and written again.
const MOJIBAKE: &[u8] = "ï»¿".as_bytes();

/// Encoding of a file, from its mark or its first bytes. `head` may end inside a character.
pub fn encoding(head: &[u8]) -> Encoded {
    if let Some((encoding, mark)) = Encoding::for_bom(head) {
        return Encoded { encoding, mark };
    }
    let found = |encoding| Encoded { encoding, mark: 0 };
    if let Some(encoding) = utf16_without_mark(head) {
        return found(encoding);
    }
    if is_mostly_utf8(head) {
        return found(UTF_8);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, false);
    let guessed = detector.guess(Some(b"fr"), Utf8Detection::Deny);
    if is_dos_or_mac(head) {
        return found(encoding_rs::MACINTOSH);
    }
    // A French or English export is in windows-1252 (of which ISO-8859-1 is a part); the detector's
    // other single-byte answers are too frail on a few accents.
    if guessed.is_single_byte() { found(WINDOWS_1252) } else { found(guessed) }
}

/// True when most of the signs over ASCII are well formed: the cells that are not (two exports put end
/// to end) are then read one by one as windows-1252 (`frames::intern::decode`).
fn is_mostly_utf8(head: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in head.utf8_chunks() {
        good += chunk.valid().bytes().filter(|b| *b >= 0xc0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    // One bad sign may be the last one, cut by the end of the head.
    good > 2 * bad || bad == 0 || (bad == 1 && is_cut(head))
}

/// True when the only bytes that are not UTF-8 start a sign cut by the end.
fn is_cut(head: &[u8]) -> bool {
    std::str::from_utf8(head).is_err_and(|e| e.error_len().is_none())
}

/// UTF-16 shows as one zero byte out of two.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(4096) & !1];
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let pairs = head.len() / 2;
    let (even, odd) = (zeros(0), zeros(1));
    if pairs < 4 || even.max(odd) * 10 < pairs * 7 || even.min(odd) * 10 > pairs {
        return None;
    }
    Some(if odd > even { UTF_16LE } else { UTF_16BE })
}

/// MacRoman writes é è à ê as 8E 8F 88 90, letters that windows-1252 gives to rare signs.
fn is_dos_or_mac(head: &[u8]) -> bool {
    let count = |set: &[u8]| head.iter().filter(|b| set.contains(b)).count();
    let mac = count(&[0x8e, 0x8f, 0x88, 0x90]);
    mac > 0 && mac > 4 * count(&[0xe9, 0xe8, 0xe0, 0xea, 0xe7, 0xc9])
}

/// The text without the mark that a double encoding left.
pub fn without_mojibake(text: &[u8]) -> &[u8] {
    text.strip_prefix(MOJIBAKE).unwrap_or(text)
}

/// Separator and line ends of a text in UTF-8.
pub fn dialect(text: &[u8], separator: Option<u8>) -> Dialect {
    let lone_cr = ends_with_cr_alone(text);
    let delimiter = separator.unwrap_or_else(|| {
        // In case of a tie the first one wins: `;` is the French separator.
        let mut best = (0, b';');
        for delimiter in [b';', b'\t', b'|', b','] {
            let score = regularity(text, Dialect { delimiter, lone_cr });
            if score > best.0 {
                best = (score, delimiter);
            }
        }
        best.1
    });
    Dialect { delimiter, lone_cr }
}

fn ends_with_cr_alone(text: &[u8]) -> bool {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let alone =
        memchr::memchr_iter(b'\r', text).filter(|i| text.get(i + 1) != Some(&b'\n')).count();
    // The last CR may be cut from its LF.
    alone > feeds + 1
}

/// Cells in the records that have the most frequent width, when that width is at least two.
fn regularity(text: &[u8], dialect: Dialect) -> usize {
    let mut records = records_of(text, dialect, 300);
    if records.len() > 1 {
        records.pop();
    }
    let mut widths: Vec<usize> = records
        .iter()
        .filter(|r| r.iter().any(|c| !c.is_empty()))
        .map(Vec::len)
        .filter(|w| *w > 1)
        .collect();
    widths.sort_unstable();
    let runs = widths.chunk_by(|a, b| a == b);
    runs.map(|run| run.len() * (run[0] - 1)).max().unwrap_or(0)
}

/// Refuses what is not a delimited text, by its first bytes. `name` is shown to the user.
pub fn refuse_other_formats(head: &[u8], name: &str) -> Result<(), Refus> {
    let known: [(&[u8], &str, &str); 7] = [
        (
            b"%PDF",
            "est un PDF, pas un tableau",
            "demander l’export CSV ou Excel au logiciel de gestion financière ; à défaut, ouvrir le PDF dans un \
             tableur (Données > À partir d’un PDF), vérifier les totaux et enregistrer en CSV ; un PDF Factur-X se \
             lit par son XML joint",
        ),
        (
            b"PK\x03\x04",
            "est un classeur ou une archive (zip), pas un CSV",
            "s’il s’agit d’un classeur, lui rendre son extension .xlsx ou .ods et relire ; sinon extraire l’archive \
             et donner les fichiers qu’elle contient",
        ),
        (
            b"\xd0\xcf\x11\xe0",
            "est un ancien classeur Excel (.xls), pas un CSV",
            "lui rendre son extension .xls et relire, ou l’ouvrir dans un tableur et l’enregistrer en CSV",
        ),
        (b"\x1f\x8b", "est un fichier compressé (gzip)", "décompresser le fichier et relire"),
        (
            b"7z\xbc\xaf",
            "est une archive (7z)",
            "extraire l’archive et donner les fichiers qu’elle contient",
        ),
        (b"PAR1", "est un fichier Parquet, pas un CSV", "donner le CSV dont il provient"),
        (
            b"\x89PNG",
            "est une image, pas un tableau",
            "demander l’export CSV au logiciel de gestion financière",
        ),
    ];
    for (magic, what, advice) in known {
        if head.starts_with(magic) {
            return Err(Refus::new(format!("« {name} » {what}"), advice));
        }
    }
    let text =
        without_mojibake(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head)).trim_ascii_start();
    refuse_page_or_json(head, text, name)?;
    if text.starts_with(b"<") {
        let first: String =
            String::from_utf8_lossy(&text[..text.len().min(80)]).lines().take(1).collect();
        return Err(Refus::new(
            format!("« {name} » est du XML ou du HTML, pas un CSV"),
            "donner le fichier avec son extension d’origine (.xml), ou l’enregistrer en CSV depuis un tableur",
        )
        .with_extrait(first));
    }
    let is_utf16 = Encoding::for_bom(head).is_some() || utf16_without_mark(head).is_some();
    let odd = head.iter().filter(|b| **b < 9 || (14..32).contains(*b)).count();
    if !is_utf16 && odd * 20 > head.len() {
        return Err(Refus::new(
            format!("« {name} » n’est pas un fichier de texte"),
            "vérifier que c’est bien l’export voulu, et l’enregistrer en CSV (séparateur point-virgule)",
        ));
    }
    Ok(())
}

/// Refuses a web page and JSON, whose first bytes could pass for titles.
fn refuse_page_or_json(head: &[u8], text: &[u8], name: &str) -> Result<(), Refus> {
    if is_page(head) {
        let text = String::from_utf8_lossy(head).to_lowercase();
        if text.contains("<table") || text.contains("office:excel") {
            return Err(Refus::new(
                format!("« {name} » est un tableau au format HTML, ni un classeur ni un CSV"),
                "l’ouvrir dans Excel ou LibreOffice, l’enregistrer en .xlsx, puis donner ce fichier",
            ));
        }
        return Err(Refus::new(
            format!("« {name} » est une page web (HTML), pas un CSV"),
            "le site a sans doute renvoyé une page de connexion ou d’erreur : se reconnecter et télécharger de \
             nouveau l’export",
        ));
    }
    if is_json(text) {
        return Err(Refus::new(
            format!("« {name} » est du JSON qu’aucun lecteur ne reconnaît, pas un CSV"),
            "donner l’export CSV ou Excel ; en JSON, vigie lit les listes de factures Chorus Pro et les marchés \
             (vigie formats)",
        ));
    }
    Ok(())
}

/// True for a web page: what a portal answers instead of the export asked for.
pub fn is_page(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let start = String::from_utf8_lossy(&text[..text.len().min(64)]).to_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// True for a text that starts as a JSON object or list.
fn is_json(text: &[u8]) -> bool {
    let inside = text.strip_prefix(b"{").or_else(|| text.strip_prefix(b"["));
    inside.is_some_and(|rest| {
        matches!(rest.trim_ascii_start().first(), Some(b'"' | b'{' | b'[' | b'}' | b']'))
            && !rest[..rest.len().min(200)].contains(&b';')
    })
}

/// A file that the system does not let us read.
pub fn unreadable(name: &str, error: &std::io::Error) -> Refus {
    Refus::new(
        format!("impossible de lire « {name} » : {}", cause(error)),
        "vérifier le chemin et les droits du fichier",
    )
}

/// True for a head that starts as XML in any encoding our formats use.
pub fn looks_like_xml(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let start = text.iter().position(|b| !b.is_ascii_whitespace() && *b != 0).unwrap_or(0);
    matches!(text.get(start..), Some([b'<', ..])) || head.starts_with(b"\xff\xfe<")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        assert_eq!(encoding("a;é".as_bytes()).encoding, UTF_8);
        assert_eq!(encoding(b"\xef\xbb\xbfa"), Encoded { encoding: UTF_8, mark: 3 });
        assert_eq!(
            encoding("libellé;créé à Mâcon".as_bytes().split_last().expect("text").1).encoding,
            UTF_8
        );
        assert_eq!(encoding(b"libell\xe9;cr\xe9\xe9 \xe0 M\xe2con").encoding, WINDOWS_1252);
        assert_eq!(encoding(b"libell\x8e;cr\x8e\x8e \x88 Paris").encoding, encoding_rs::MACINTOSH);
        let wide: Vec<u8> = "date;montant\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(encoding(&wide).encoding, UTF_16LE);
        assert_eq!(without_mojibake("ï»¿Body".as_bytes()), b"Body");
    }

    #[test]
    fn separators() {
        let of = |t: &str| dialect(t.as_bytes(), None).delimiter;
        assert_eq!(of("date;objet;montant\n1;a, b;12,50\n2;c, d;3,10\n"), b';');
        assert_eq!(of("date,objet,montant\n1,a;b,12.50\n"), b',');
        assert_eq!(of("date\tobjet\n1\ta,b\n2\tc,d\n"), b'\t');
        assert_eq!(of("date|objet\n1|a\n"), b'|');
        assert!(dialect(b"a;b\r1;2\r3;4\r", None).lone_cr);
        assert!(!dialect(b"a;b\r\n1;2\r\n3;4\r", None).lone_cr);
    }

    #[test]
    fn other_formats_are_refused() {
        for head in [
            &b"%PDF-1.7"[..],
            b"PK\x03\x04..",
            b"\xd0\xcf\x11\xe0",
            b"<?xml?>",
            b"<!DOCTYPE html><html>",
            b"{ \"a\": [1, 2] }",
            b"\0\x01\x02\x03abc",
        ] {
            let refus = refuse_other_formats(head, "x.csv").expect_err("not a CSV");
            assert!(!refus.a_faire.is_empty());
        }
        assert!(refuse_other_formats(b"date;montant\n", "x.csv").is_ok());
    }
}
