//! The bounded reader on literals: encodings, texts, lines, bounds, refusals.
//!
//! **Invariant:** every document is written here; nothing is read from a file.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// The events of a document as one line.
fn events(bytes: &[u8]) -> Result<String, Refus> {
    let mut xml = Xml::new(bytes, "a.xml")?;
    let mut out = String::new();
    loop {
        match xml.next()? {
            Node::Open => {
                let _ = write!(out, "<{}", xml.name());
                for (key, value) in &xml.attributes {
                    let _ = write!(out, " {key}={value}");
                }
                out.push('>');
            }
            Node::Close => {
                let _ = write!(out, "{}</{}>", xml.text(), xml.name());
            }
            Node::End => return Ok(out),
        }
    }
}

#[test]
fn names_attributes_and_texts() {
    let text = "<?xml version='1.0'?><!-- <x> --><n:a xmlns:n=\"u\" V='1 &lt; 2'>\n<b/>x &amp; y\
                <![CDATA[<z>]]]]><!-- c --> &#233;</n:a>";
    assert_eq!(events(text.as_bytes()).expect("XML"), "<a n=u V=1 < 2><b></b>x & y<z>]] é</a>");
    assert_eq!(events(b"<a V='D & F'>D & F</a>").expect("XML"), "<a V=D & F>D & F</a>");
}

#[test]
fn encodings_by_mark_declaration_or_bytes() {
    let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a V=\"\xe9t\xe9\"/>";
    assert_eq!(events(latin).expect("XML"), "<a V=été></a>");
    let lying = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a V=\"été\"/>";
    assert_eq!(events(lying.as_bytes()).expect("XML"), "<a V=été></a>");
    let bare = b"<a V=\"\xc9\xbb\xe9\"/>";
    assert_eq!(events(bare).expect("XML"), "<a V=É»é></a>");
    let wide: Vec<u8> =
        "\u{feff}<a V=\"été €\"/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(events(&wide).expect("XML"), "<a V=été €></a>");
    let declared: Vec<u8> = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a V=\"é\"/>"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(events(&declared).expect("XML"), "<a V=é></a>");
    let mut xml = Xml::new(lying.as_bytes(), "a.xml").expect("opened");
    while xml.next().expect("XML") != Node::End {}
    assert_eq!(xml.encodage(), "utf-8");
    assert!(xml.encoding_remark().is_some_and(|r| r.contains("annoncé")));
}

#[test]
fn late_bytes_of_another_encoding_are_kept() {
    let mut text = b"<a><b V=\"\xc3\xa9\"/>".to_vec();
    text.extend(std::iter::repeat_n(b' ', 200_000));
    text.extend(b"<c V=\"\xe9\"/></a>");
    assert_eq!(events(&text).expect("XML"), "<a><b V=é></b><c V=é></c></a>");
}

#[test]
fn long_texts_are_passed_over_in_bounded_memory() {
    let mut text = b"<a>\n<b>".to_vec();
    for _ in 0..100_000 {
        text.extend(b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n");
    }
    text.extend(b"</b>\n<c V=\"");
    text.extend(std::iter::repeat_n(b'x', 3 * LONGEST));
    text.extend(b"\"/>\n<d/></a>");
    let mut xml = Xml::new(&text[..], "a.xml").expect("opened");
    let (mut longest, mut line) = (0, 0);
    loop {
        match xml.next().expect("XML") {
            Node::End => break,
            Node::Open if xml.name() == "d" => line = xml.line(),
            Node::Open => longest = longest.max(xml.attr("V").map_or(0, str::len)),
            Node::Close => longest = longest.max(xml.text().len()),
        }
    }
    assert_eq!((xml.skipped(), line), (2, 100_004));
    assert!((LONGEST - 1..=LONGEST).contains(&longest), "{longest}");
    assert!(xml.reader.get_ref().out.capacity() < 8 * LONGEST);
}

#[test]
fn references_and_signs_are_not_cut() {
    for filler in LONGEST - 14..LONGEST + 2 {
        let text = format!("<a>{}&amp;é&lt;{}</a>", "x".repeat(filler), "y".repeat(40));
        assert!(events(text.as_bytes()).is_ok(), "{filler}");
    }
}

#[test]
fn damaged_documents_are_refused_with_the_line() {
    for (text, words) in [
        (&b"<a>\n<b>\n"[..], "ligne 3"),
        (b"<a>\n<b></a>", "ligne 2"),
        (b"<a>\n<b V=\"1", "au milieu"),
        (b"<a/><b/>", "racines"),
        (b"<a><", "au milieu"),
        (b"", "aucun"),
        (b"rien", "aucun"),
        (b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "DOCTYPE"),
        (b"<a>&inconnue;</a>", "entit"),
        (b"<a V=\"&inconnue;\"/>", "entit"),
    ] {
        let refus = events(text).expect_err("refused").to_string();
        assert!(refus.contains(words), "{refus}");
    }
    let deep = "<a>".repeat(1_000);
    assert!(events(deep.as_bytes()).expect_err("deep").quoi.contains("imbriqués"));
    let mut long = b"<a ".to_vec();
    long.extend(std::iter::repeat_n(b'x', 3 << 20));
    assert!(events(&long).expect_err("long").to_string().contains("n’en finit pas"));
}

#[test]
fn roots_for_sniffing() {
    assert_eq!(root(b"\xef\xbb\xbf<?xml?>\n<!-- -->\n<n:PES_Aller>").as_deref(), Some("PES_Aller"));
    assert_eq!(root(b"Date;Montant"), None);
    let found = root_attribute(b"<n:a xmlns:n=\"uri\">", "xmlns:n");
    assert_eq!(found, Some(("a".to_owned(), Some("uri".to_owned()))));
}

#[test]
fn skipping_an_element() {
    let mut xml = Xml::new(&b"<a><b><c/><d>x</d></b><e/></a>"[..], "a").expect("opened");
    while xml.next().expect("XML") != Node::End {
        if xml.name() == "b" {
            xml.skip().expect("XML");
            assert_eq!(xml.next(), Ok(Node::Open));
            assert!(xml.ends_with(&["a", "e"]));
            return;
        }
    }
    unreachable!("b is in the document");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = events(&bytes);
        let mut inside = b"<a V=\"".to_vec();
        inside.extend(&bytes);
        let _ = events(&inside);
    }

    #[test]
    fn blocks_of_any_size_give_the_same(size in 1_usize..9) {
        struct Small<'a>(&'a [u8], usize);
        impl Read for Small<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let n = self.1.min(buffer.len()).min(self.0.len());
                buffer[..n].copy_from_slice(&self.0[..n]);
                self.0 = &self.0[n..];
                Ok(n)
            }
        }
        let text = "<a>é &amp; <!-- - -> --><![CDATA[ ]] ]]]><b V='œ'/></a>";
        let mut xml = Xml::new(Small(text.as_bytes(), size), "a").expect("opened");
        let mut seen = 0;
        while xml.next().expect("XML") != Node::End { seen += 1; }
        prop_assert_eq!(seen, 4);
    }
}
