//! The pages of the demo in a real browser, offline: what a user opens by double click (UX 4, 5.5 and 7).
//!
//! **Invariant:** every test opens the very files that the program wrote.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::json;

use crate::browser::{Browser, Opening, Tab, missing};
use crate::support::{root, stderr, vigie};

/// The pages of the demo.
const PAGES: [&str; 4] = ["preparation.html", "audit.html", "synthese.html", "lecture.html"];

/// One demo for all the tests of this file.
fn demo() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let output = vigie()
            .args(["demo", "--lignes", "20000", "--date", "2026-03-14", "--sortie"])
            .arg(folder.path().join("demo"))
            .output()
            .expect("the binary starts");
        assert!(output.status.success(), "{}", stderr(&output));
        folder
    });
    // the path outlives the test: the folder is never dropped
    Box::leak(folder.path().join("demo").into_boxed_path())
}

fn page(name: &str) -> PathBuf {
    demo().join(name)
}

/// Opens every page in turn.
fn each(how: Opening, check: impl Fn(&str, &mut Tab<'_>)) {
    let Some(mut browser) = Browser::start() else { return };
    for name in PAGES {
        let mut tab = browser.open(&page(name), how);
        check(name, &mut tab);
        let complaints = tab.complaints();
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
    }
}

#[test]
fn nothing_is_asked_and_nothing_fails_with_or_without_script() {
    for script in [true, false] {
        each(Opening { script, ..Opening::LAPTOP }, |name, tab| {
            let tools = tab.count("document.querySelectorAll('.outils').length");
            let sortable = tab.count("document.querySelectorAll('table[data-tri]').length");
            assert_eq!(
                tools,
                if script { sortable } else { 0 },
                "{name}: the script adds the tools"
            );
            let rows = tab.count("document.querySelectorAll('tbody tr').length");
            let drawings = tab.count("document.querySelectorAll('figure svg').length");
            assert!(
                rows > 3 && (drawings > 0 || name == "lecture.html"),
                "{name}: {rows} rows, {drawings} figures"
            );
            let hidden = tab.count("document.querySelectorAll('tbody tr[hidden]').length");
            assert_eq!(hidden, 0, "{name}: a row is hidden at first");
        });
    }
}

/// What lies out of the window and scrolls in no box of its own, folded parts opened.
pub(crate) const LOST: &str = "(() => { document.querySelectorAll('details').forEach(d => d.open = true);
               const box = e => { for (let p = e.parentElement; p; p = p.parentElement)
                 if (/(auto|scroll)/.test(getComputedStyle(p).overflowX)) return true; return false; };
               return [...document.querySelectorAll('body *')]
                 .filter(e => !e.closest('svg') && !e.classList.contains('evite'))
                 .filter(e => { const r = e.getBoundingClientRect();
                   return r.width > 0 && (r.right > 321 || r.left < -1) && !box(e); })
                 .slice(0, 5).map(e => e.outerHTML.slice(0, 120)); })()";

/// Every page at 320 px: the page itself never scrolls sideways, wide things scroll in their own box.
#[test]
fn pages_hold_in_320_pixels() {
    each(Opening { window: (320, 900), script: true }, |name, tab| {
        let wide = tab.count("document.documentElement.scrollWidth");
        assert!(wide <= 320, "{name}: {wide} px wide");
        let lost = tab.eval(LOST);
        assert_eq!(lost, json!([]), "{name}: out of the window");
    });
}

const FINDINGS: &str = "document.querySelector('#constats table[data-tri]')";

/// The cells of a column of the findings, as sorted or shown.
fn column(tab: &mut Tab<'_>, index: usize) -> Vec<String> {
    let cells = tab.eval(&format!(
        "[...{FINDINGS}.tBodies[0].rows].filter(r => !r.hidden).map(r => r.cells[{index}].dataset.v ?? r.cells[{index}].textContent)"
    ));
    cells
        .as_array()
        .expect("cells")
        .iter()
        .map(|c| c.as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_table_sorts_filters_counts_and_sums_by_keyboard() {
    let Some(mut browser) = Browser::start() else { return };
    let mut tab = browser.open(&page("audit.html"), Opening::LAPTOP);
    let stakes: Vec<i64> =
        column(&mut tab, 4).iter().map(|v| v.parse().expect("centimes")).collect();
    assert!(stakes.len() > 100);

    tab.eval(&format!("{FINDINGS}.tHead.rows[0].cells[4].querySelector('button').focus()"));
    tab.press("Enter", 13);
    let sorted = |tab: &mut Tab<'_>| {
        column(tab, 4).iter().map(|v| v.parse().expect("centimes")).collect::<Vec<i64>>()
    };
    let up = sorted(&mut tab);
    assert!(up.windows(2).all(|w| w[0] <= w[1]));
    let state = format!("{FINDINGS}.tHead.rows[0].cells[4].getAttribute('aria-sort')");
    assert_eq!(tab.eval(&state), json!("ascending"));
    tab.press("Enter", 13);
    assert!(sorted(&mut tab).windows(2).all(|w| w[0] >= w[1]));
    assert_eq!(tab.eval(&state), json!("descending"));

    // amounts over 1 000 €, by the search box
    let box_ = format!("{FINDINGS}.closest('section').querySelector('input[type=search]')");
    tab.eval(&format!("{box_}.focus()"));
    tab.type_text(">1000");
    let kept = sorted(&mut tab);
    let expected: Vec<i64> = stakes.iter().copied().filter(|c| *c > 100_000).collect();
    assert_eq!(kept.len(), expected.len());
    let status =
        tab.eval(&format!("{FINDINGS}.closest('section').querySelector('output').textContent"));
    let status = status.as_str().expect("a text").replace(['\u{a0}', '\u{202f}'], "");
    let total: i64 = expected.iter().sum();
    let euros = (total + 50) / 100;
    assert!(status.starts_with(&format!("{} ligne", kept.len())), "{status}");
    assert!(status.contains(&format!(", {euros}€")), "{status}: {euros} expected");

    // words without accents or case, all of them
    tab.eval(&format!("{box_}.value = ''; {box_}.focus()"));
    tab.type_text("PRIORITAIRE dbl01");
    let rows = column(&mut tab, 2);
    assert!(!rows.is_empty() && rows.len() < stakes.len());
    assert!(rows.iter().all(|c| c == "DBL01"), "{rows:?}");
    assert!(tab.complaints().is_empty());
}

#[test]
fn visible_rows_can_be_copied() {
    let Some(mut browser) = Browser::start() else { return };
    let mut tab = browser.open(&page("audit.html"), Opening::LAPTOP);
    // both ways of the script: the modern one, and the old one when the browser refuses
    tab.eval("window.copied = []; document.addEventListener('copy', () => copied.push(String(document.activeElement.value)));
              Object.defineProperty(navigator, 'clipboard', {value: {writeText: t => (copied.push(t), Promise.resolve())}})");
    tab.eval(&format!("{FINDINGS}.closest('section').querySelector('.outils button').click()"));
    let text = tab.eval("copied[0]");
    let lines: Vec<&str> = text.as_str().expect("a text").split('\n').collect();
    let shown = tab.count(&format!("{FINDINGS}.tBodies[0].rows.length")) as usize;
    assert_eq!(lines.len(), shown + 1);
    assert_eq!(lines[0].split('\t').count(), lines[1].split('\t').count());
}

#[test]
fn the_summary_prints_on_two_pages_and_figures_are_opened() {
    each(Opening { script: false, ..Opening::LAPTOP }, |name, tab| {
        let pages = tab.printed_pages();
        if name == "synthese.html" {
            assert_eq!(pages, 2, "{name}");
        } else {
            assert!((2..200).contains(&pages), "{name}: {pages}");
        }
    });
}

/// axe-core finds nothing on any page, folded parts opened.
#[test]
fn axe_finds_no_violation() {
    let file = root().join("target/outils/axe-core/package/axe.min.js");
    let Ok(axe) = std::fs::read_to_string(&file) else {
        missing("axe-core");
        return;
    };
    each(Opening::LAPTOP, |name, tab| {
        tab.eval("document.querySelectorAll('details').forEach(d => d.open = true)");
        tab.eval(&format!("{axe}; 1"));
        let found = tab.eval(
            "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v =>
               v.id + ' x' + v.nodes.length + ' ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' | ' + n.failureSummary).join('\\n')))",
        );
        assert_eq!(found, json!([]), "{name}");
    });
}

/// Structure that RGAA 4.1 asks for, read from the page as the browser built it.
#[test]
fn pages_follow_the_rgaa_list() {
    const CHECK: &str = r"(() => {
      const all = (s) => [...document.querySelectorAll(s)], out = [];
      const bad = (what, list) => list.length && out.push(what + ': ' + list.slice(0, 3).map(e => e.outerHTML.slice(0, 100)).join(' / '));
      if (document.documentElement.lang !== 'fr') out.push('8.3 lang');
      if (document.title.split(' – ').length !== 3) out.push('8.5 title: ' + document.title);
      if (all('h1').length !== 1) out.push('9.1 h1');
      const levels = all('h1,h2,h3,h4,h5,h6').map(h => +h.tagName[1]);
      levels.forEach((l, i) => { if (i && l > levels[i - 1] + 1) out.push('9.1 level skipped at ' + i); });
      bad('1.1 svg', all('svg').filter(s => s.getAttribute('role') !== 'img' || !s.querySelector('title')?.textContent.trim() ||
        !(s.getAttribute('aria-labelledby') || '').split(' ').every(id => document.getElementById(id))));
      bad('1.1 img', all('img').filter(i => !i.alt));
      bad('1.6 data behind', all('figure').filter(f => { const next = f.nextElementSibling;
        const own = f.querySelector('details table'), after = next && next.matches('details') && next.querySelector('table');
        return !(own || after || f.closest('article,section')?.querySelector('table')); }));
      bad('5.4 caption', all('table').filter(t => !t.caption?.textContent.trim()));
      bad('5.6 th', all('thead th').filter(h => h.scope !== 'col'));
      bad('5.7 row th', all('tbody tr').filter(r => r.cells[0].tagName !== 'TH' || r.cells[0].scope !== 'row'));
      bad('5.3 merged', all('[colspan],[rowspan]'));
      bad('7.1 sort', all('table[data-tri] thead th').filter(h => !h.querySelector('button')));
      bad('7.1 search', all('input[type=search]').filter(i => !i.labels.length));
      bad('7.3 live', all('.outils').filter(o => o.querySelector('output')?.getAttribute('aria-live') !== 'polite'));
      bad('11.1 label', all('input').filter(i => !i.labels.length));
      bad('10.13 hover', all('svg [title], [title]').filter(e => e.tagName !== 'TITLE' && !e.textContent.trim()));
      const skip = all('a')[0];
      if (!skip || !document.querySelector(skip.getAttribute('href'))) out.push('12.7 skip link');
      bad('6.2 links', all('a').filter(a => !a.textContent.trim()));
      const ids = all('[id]').map(e => e.id);
      if (new Set(ids).size !== ids.length) out.push('8.2 ids');
      return out; })()";
    each(Opening::LAPTOP, |name, tab| {
        assert_eq!(tab.eval(CHECK), json!([]), "{name}");
    });
}

/// The first Tab key reaches the skip link, and the focus can be seen.
#[test]
fn the_keyboard_reaches_everything_and_shows_where_it_is() {
    each(Opening::LAPTOP, |name, tab| {
        tab.press("Tab", 9);
        let first = tab.eval("document.activeElement.className");
        assert_eq!(first, json!("evite"), "{name}");
        let left = tab.count("Math.round(document.activeElement.getBoundingClientRect().left)");
        assert!(left >= 0, "{name}: the skip link is out of sight at {left}");
        for _ in 0..3 {
            tab.press("Tab", 9);
            let outline = tab.eval("getComputedStyle(document.activeElement).outlineStyle");
            assert_eq!(outline, json!("solid"), "{name}: the focus is not seen");
        }
    });
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

/// Figures of the pages: each number shown is in `resultats.json`.
#[test]
fn every_number_of_the_pages_is_in_the_results() {
    let text = std::fs::read_to_string(demo().join("resultats.json")).expect("the results");
    // a whole number is written without its decimals in a page
    let known: BTreeSet<String> = spelled(&text)
        .into_iter()
        .map(|v| v.strip_suffix(".0").map(str::to_owned).unwrap_or(v))
        .collect();
    for name in PAGES {
        let html = std::fs::read_to_string(page(name)).expect("a page");
        assert!(html.len() < 1_000_000, "{name}: {} bytes", html.len());
        let mut seen = 0;
        for part in html.split("data-v=\"").skip(1) {
            let raw = part.split('"').next().unwrap_or_default();
            let raw = raw.strip_suffix(".0").unwrap_or(raw);
            assert!(known.contains(raw), "{name}: {raw} is not in resultats.json");
            seen += 1;
        }
        assert!(seen > 10, "{name}: {seen}");
    }
}
