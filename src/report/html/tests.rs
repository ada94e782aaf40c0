//! Every page of the sample report against UX sections 4, 5 and 7: accessibility, language, limits.
//!
//! **Invariant:** each test reads the bytes a user would open.

use std::collections::BTreeSet;

use super::*;
use crate::report::{json, sample};

const PAGES: [Page; 4] = [Page::Lecture, Page::Preparation, Page::Audit, Page::Synthese];

fn pages() -> Vec<(Page, String)> {
    let rapport = sample::rapport();
    PAGES.into_iter().map(|p| (p, page(&rapport, p).expect("a page").html)).collect()
}

/// The tags of a page: (name, attributes, closing).
fn tags(html: &str) -> Vec<(String, String, bool)> {
    let mut out = Vec::new();
    let body = html.replace("<!doctype html>", "");
    let body = cut(&cut(&body, "<script>", "</script>"), "<style>", "</style>");
    for part in body.split('<').skip(1) {
        let tag = part.split_once('>').expect("every < opens a tag").0;
        let closing = tag.starts_with('/');
        let tag = tag.trim_start_matches('/');
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        out.push((name.trim_end_matches('/').to_owned(), attributes.to_owned(), closing));
    }
    out
}

fn cut(html: &str, from: &str, to: &str) -> String {
    let start = html.find(from).map_or(html.len(), |i| i + from.len());
    let end = html[start..].find(to).map_or(html.len(), |i| start + i);
    format!("{}{}", &html[..start], &html[end..])
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let start = attributes.find(&format!("{name}=\""))? + name.len() + 2;
    Some(&attributes[start..start + attributes[start..].find('"')?])
}

#[test]
fn every_tag_is_closed_and_identifiers_are_unique() {
    for (page, html) in pages() {
        let mut stack = Vec::new();
        let mut ids = BTreeSet::new();
        for (name, attributes, closing) in tags(&html) {
            if let Some(id) = attribute(&format!(" {attributes}"), " id") {
                assert!(ids.insert(id.to_owned()), "{page:?}: id {id} twice");
            }
            let void = matches!(name.as_str(), "meta" | "input") || attributes.ends_with('/');
            if closing {
                assert_eq!(stack.pop(), Some(name), "{page:?}");
            } else if !void {
                stack.push(name);
            }
        }
        assert!(stack.is_empty(), "{page:?}: {stack:?} left open");
    }
}

#[test]
fn headings_do_not_skip_levels() {
    for (page, html) in pages() {
        let levels: Vec<u32> = tags(&html)
            .iter()
            .filter(|t| !t.2 && t.0.len() == 2 && t.0.starts_with('h') && t.0 != "hr")
            .filter_map(|t| t.0[1..].parse().ok())
            .collect();
        assert_eq!(levels.iter().filter(|l| **l == 1).count(), 1, "{page:?}");
        assert_eq!(levels[0], 1);
        assert!(levels.windows(2).all(|w| w[1] <= w[0] + 1), "{page:?}: {levels:?}");
    }
}

#[test]
fn tables_images_and_fields_are_named() {
    for (page, html) in pages() {
        assert!(html.contains("<html lang=\"fr\">"));
        let tags = tags(&html);
        let count = |name: &str| tags.iter().filter(|t| t.0 == name && !t.2).count();
        assert_eq!(count("table"), count("caption"), "{page:?}");
        assert_eq!(count("table"), count("thead"), "{page:?}");
        assert_eq!(count("svg"), html.matches("<title id=").count(), "{page:?}");
        for (name, attributes, closing) in &tags {
            if *closing {
                continue;
            }
            match name.as_str() {
                "th" => assert!(attribute(attributes, "scope").is_some(), "{page:?}"),
                "td" => assert!(!attributes.contains("span="), "{page:?}: merged cell"),
                "svg" => {
                    assert_eq!(attribute(attributes, "role"), Some("img"));
                    let label = attribute(attributes, "aria-labelledby").expect("a label");
                    assert!(label.split(' ').all(|id| html.contains(&format!("id=\"{id}\""))));
                    assert!(attribute(attributes, "viewBox").is_some());
                    assert!(!attributes.contains(" width=") && !attributes.contains(" height="));
                }
                "input" => {
                    let id = attribute(attributes, "id").expect("an id");
                    assert!(html.contains(&format!("<label for=\"{id}\"")), "{page:?}");
                }
                "a" => {
                    let href = attribute(attributes, "href").expect("a target");
                    let own = href
                        .strip_prefix('#')
                        .is_none_or(|id| html.contains(&format!("id=\"{id}\"")));
                    assert!(own && !href.contains(':'), "{page:?}: {href}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn nothing_leaves_the_page() {
    for (page, html) in pages() {
        assert!(!html.contains("://"), "{page:?}");
        assert!(!html.contains("url(") && !html.contains(" src="), "{page:?}");
        assert!(!html.to_lowercase().contains(concat!("frau", "de")), "{page:?}");
        assert!(html.len() < 1_000_000, "{page:?}: {}", html.len());
        assert_eq!(html.matches("<script>").count(), 1, "{page:?}: a name opened a script");
        assert!(html.contains("script-src 'sha256-"), "{page:?}");
    }
}

/// Visible texts, block by block.
fn blocks(html: &str) -> Vec<String> {
    const INLINE: [&str; 8] = ["strong", "b", "mark", "code", "a", "em", "label", "span"];
    let html = cut(&cut(html, "<script>", "</script>"), "<style>", "</style>");
    let mut out = vec![String::new()];
    for part in html.split('<').skip(1) {
        let Some((tag, text)) = part.split_once('>') else {
            continue;
        };
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or("");
        if !INLINE.contains(&name) || tag.contains("class=") {
            out.push(String::new());
        }
        if let Some(last) = out.last_mut() {
            last.push_str(text);
        }
    }
    out
}

#[test]
fn sentences_are_short() {
    for (page, html) in pages() {
        for block in blocks(&html) {
            let words = fr::mots_plus_longue(&block);
            assert!(words <= 20, "{page:?}: {words} words: {block}");
        }
    }
}

/// Every number and text of a JSON, as spelled: read again as a number, the last digit could move.
fn spelled(json: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut rest = json;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        rest = &rest[at..];
        let end = if rest.starts_with('"') {
            let mut texts = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            all.insert(texts.next().expect("a text").expect("a text of JSON"));
            texts.byte_offset()
        } else {
            let end = rest.find([',', ']', '}', '\n', ' ']).unwrap_or(rest.len());
            all.insert(rest[..end].to_owned());
            end
        };
        rest = &rest[end..];
    }
    all
}

#[test]
fn figures_shown_are_in_the_json() {
    for rapport in [sample::rapport(), sample::large()] {
        let bytes = json::resultats(&rapport).expect("json");
        let known = spelled(std::str::from_utf8(&bytes).expect("text"));
        for wanted in PAGES {
            let html = page(&rapport, wanted).expect("a page").html;
            let mut seen = 0;
            for part in html.split("data-v=\"").skip(1) {
                let raw = part.split('"').next().unwrap_or("");
                assert!(known.contains(raw), "{wanted:?}: {raw} is not in resultats.json");
                seen += 1;
            }
            assert!(seen > 10, "{wanted:?}: {seen}");
        }
    }
}

/// Titles of the figures of UX 5.4, and what each one must have beside it.
#[test]
fn every_figure_has_its_title_its_reading_its_table_and_its_image() {
    let rapport = sample::rapport();
    let mut kinds = BTreeSet::new();
    for wanted in PAGES {
        let rendu = page(&rapport, wanted).expect("a page");
        let figures = rendu.html.split("<figure>").skip(1);
        assert_eq!(figures.clone().count(), rendu.figures.len(), "{wanted:?}");
        for (part, figure) in figures.zip(&rendu.figures) {
            assert!(part.contains("Lire ce graphique"), "{wanted:?}: {}", figure.titre);
            assert!(part.contains(&escape(&figure.file())), "{wanted:?}: {}", figure.titre);
            assert!(figure.titre.chars().count() > 12, "{wanted:?}: {}", figure.titre);
            let rest = part.split("</figure>").nth(1).unwrap_or_default();
            assert!(rest.contains("<table"), "{wanted:?}: no table behind {}", figure.titre);
            let kind = format!("{:?}", figure.graphique);
            kinds.insert(kind.split('(').next().unwrap_or_default().to_owned());
        }
    }
    for kind in [
        "Fan",
        "Waterfall",
        "Bullet",
        "Multiples",
        "Heatmap",
        "Benford",
        "Timeline",
        "Bars",
        "Tornado",
        "Dots",
        "Columns",
        "Curve",
        "Strip",
        "Histogram",
        "Months",
        "Points",
    ] {
        assert!(kinds.contains(kind), "{kind} is drawn in no page");
    }
}

#[test]
fn large_reports_stay_under_the_cap() {
    let rapport = sample::large();
    let rendu = page(&rapport, Page::Audit).expect("a page");
    assert!(rendu.html.len() < 1_000_000, "{}", rendu.html.len());
    assert!(rendu.html.contains("les autres dans audit.xlsx"));
    let bodies = rendu.html.split("<tbody>").map(|t| t.split("</tbody>").next().unwrap_or(""));
    let longest = bodies.map(|t| t.matches("<tr>").count()).max();
    assert!(longest.is_some_and(|n| n > 1_000 && n <= table::MAXIMUM), "{longest:?}");
}

#[test]
fn same_object_same_bytes() {
    let rapport = sample::rapport();
    for p in PAGES {
        assert_eq!(page(&rapport, p).expect("page"), page(&rapport, p).expect("page"));
    }
}

#[test]
fn an_empty_report_says_why() {
    let mut rapport = sample::rapport();
    rapport.preparation = Some(crate::report::model::preparation::Preparation::default());
    rapport.audit = Some(crate::report::model::audit::Audit::default());
    for p in [Page::Preparation, Page::Audit] {
        let html = page(&rapport, p).expect("a page").html;
        assert!(html.matches("Section non établie").count() >= 3, "{p:?}");
    }
    rapport.synthese = None;
    assert!(page(&rapport, Page::Synthese).is_err());
}

#[test]
fn the_summary_names_no_supplier() {
    let html = page(&sample::rapport(), Page::Synthese).expect("a page").html;
    assert!(!html.contains("EXEMPLE") && !html.contains("mandats.csv"));
}

#[test]
fn escaping_is_strict() {
    assert_eq!(escape("<a href='x'>\"&\""), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;");
    assert_eq!(escape("http://x\u{1}y"), "http:&#47;/x y");
}
