//! The local page in a real Chromium: from the drop to a decision kept, by mouse and by keyboard alone.
//!
//! Each state of the page goes through [`checked`]: axe-core, 320 pixels without loss, the RGAA list, no
//! message in the console, no request outside the listener. `VIGIE_IMAGES=folder` keeps a picture of each.
//!
//! **Invariant:** every test drives the very program that is delivered, in a folder of its own.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::a11y::LOST;
use crate::browser::{Browser, Opening, Tab, missing};
use crate::serve::Page;
use crate::support::{files_below, root, stderr, vigie};

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn home(page: &Page) -> String {
    format!("http://{}/{}/", page.host, page.token)
}

fn own(page: &Page) -> String {
    format!("http://{}/", page.host)
}

fn demo() -> PathBuf {
    root().join("datasets/demo")
}

/// What RGAA 4.1 asks of the structure of a page of forms.
const RGAA: &str = r"(() => {
  const all = (s) => [...document.querySelectorAll(s)], out = [];
  const bad = (what, list) => list.length && out.push(what + ': ' + list.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(' / '));
  if (document.documentElement.lang !== 'fr') out.push('8.3 lang');
  if (!/^.+ – vigie$/.test(document.title)) out.push('8.5 title: ' + document.title);
  if (all('h1').length !== 1) out.push('9.1 h1');
  const levels = all('h1,h2,h3,h4').map(h => +h.tagName[1]);
  levels.forEach((l, i) => { if (i && l > levels[i - 1] + 1) out.push('9.1 level skipped at ' + i); });
  bad('5.4 caption', all('table').filter(t => !t.caption?.textContent.trim()));
  bad('5.6 th', all('thead th').filter(h => h.scope !== 'col'));
  bad('11.1 label', all('input:not([type=hidden]),select').filter(i => !i.labels.length));
  bad('11.9 button', all('button').filter(b => !b.textContent.trim()));
  bad('11.10 error', all('[aria-invalid=true]').filter(i => !document.getElementById(i.getAttribute('aria-describedby'))));
  bad('6.1 link', all('a').filter(a => !a.textContent.trim()));
  const skip = all('a')[0];
  if (!skip || !document.querySelector(skip.getAttribute('href'))) out.push('12.7 skip link');
  const ids = all('[id]').map(e => e.id);
  if (new Set(ids).size !== ids.length) out.push('8.2 ids');
  const said = document.body.innerText;
  if (/\b(error|failed|loading|undefined|null|NaN|the|submit|file not)\b/i.test(said)) out.push('8.4 English: ' + said.match(/\b(error|failed|loading|undefined|null|NaN|the|submit|file not)\b/i)[0]);
  if (/ --[a-z]|vigie (lire|formats|init|rapport)/.test(said)) out.push('sends to a terminal: ' + said.match(/.{0,60}( --[a-z]|vigie (lire|formats|init|rapport)).{0,40}/)[0]);
  return out; })()";

/// One state of the page, looked at from every side.
fn checked(tab: &mut Tab<'_>, name: &str) {
    tab.eval("document.querySelectorAll('details').forEach(d => d.open = true)");
    assert_eq!(tab.eval(RGAA), json!([]), "{name}");
    axe(tab, name);
    if let Some(folder) = std::env::var_os("VIGIE_IMAGES") {
        let folder = PathBuf::from(folder);
        fs::create_dir_all(&folder).expect("writable");
        tab.picture(&folder.join(format!("{name}-1280.png")));
        tab.resize((320, 900));
        tab.picture(&folder.join(format!("{name}-320.png")));
    }
    tab.resize((320, 900));
    let wide = tab.count("document.documentElement.scrollWidth");
    assert!(wide <= 320, "{name}: {wide} px wide");
    assert_eq!(tab.eval(LOST), json!([]), "{name}: out of the window");
    tab.resize(Opening::LAPTOP.window);
    let complaints = tab.complaints();
    assert!(complaints.is_empty(), "{name}: {complaints:#?}");
}

fn axe(tab: &mut Tab<'_>, name: &str) {
    let file = root().join("target/outils/axe-core/package/axe.min.js");
    let Ok(axe) = fs::read_to_string(&file) else {
        missing("axe-core");
        return;
    };
    tab.eval(&format!("{axe}; 1"));
    let found = tab.eval(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v =>
           v.id + ' x' + v.nodes.length + ' ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' | ' + n.failureSummary).join('\\n')))",
    );
    assert_eq!(found, json!([]), "{name}");
}

/// A small ledger with one row that cannot be read, and a file that no reader knows.
fn awkward(folder: &Path) -> (PathBuf, PathBuf) {
    let ledger = folder.join("mandats_2024.csv");
    let rows: String = (1..40)
        .map(|i| {
            format!("2024;{i};60632;{i:02}/03/2024;Fournisseur Exemple {i};{i}5,00\n")
                .replace("/03", if i > 28 { "/13" } else { "/03" })
        })
        .collect();
    let text = format!("exercice;mandat;nature;date_mandat;fournisseur;montant\n{rows}");
    fs::write(&ledger, text.replace(";35,00", ";trente-cinq")).expect("writable");
    let notes = folder.join("notes de réunion.docx");
    fs::write(&notes, b"ceci n'est pas un document").expect("writable");
    (ledger, notes)
}

/// Waits for the end of the run shown by the page.
fn finished(tab: &mut Tab<'_>) {
    tab.until("document.body.innerText.includes('Terminé.')");
    tab.until("document.readyState === 'complete'");
}

#[test]
fn from_the_drop_to_a_decision_kept_after_a_restart() {
    let Some(mut browser) = Browser::start() else { return };
    let (folder, outside) = (temporary(), temporary());
    let page = Page::open(folder.path());
    let (address, origin) = (home(&page), own(&page));
    let mut tab = browser.visit(&address, &origin, Opening::LAPTOP);
    assert!(tab.words().contains("Aucun fichier dans le dossier"), "{}", tab.words());
    checked(&mut tab, "01-accueil-vide");

    // a folder with its subfolder, then two files
    tab.then_loaded(|tab| tab.drop_on("#depot", &[&demo()]));
    let words = tab.words();
    assert!(words.contains("17 fichiers ajoutés."), "{words}");
    assert!(words.contains("corrigé de la démonstration") && words.contains("réglages"), "{words}");
    assert!(words.contains("16 fichiers dans le dossier, dont 16 reconnus"), "{words}");
    assert!(folder.path().join("donnees/demo/donnees/CA_2025.xml").is_file());
    let (ledger, notes) = awkward(outside.path());
    tab.then_loaded(|tab| tab.drop_on("#depot", &[&ledger, &notes]));
    let words = tab.words();
    assert!(words.contains("2 fichiers ajoutés.") && words.contains("non lu"), "{words}");
    assert!(words.contains("notes de réunion.docx"), "{words}");
    checked(&mut tab, "02-accueil-depose");

    // the same files by the fields of the form: replaced, and said so
    tab.go(&address);
    tab.choose("#choix", &[&ledger]);
    tab.then_loaded(|tab| tab.click("#depot button"));
    assert!(tab.words().contains("1 remplacé"), "{}", tab.words());

    tab.then_loaded(|tab| tab.click("button[value=lire]"));
    finished(&mut tab);
    let words = tab.words();
    for expected in [
        "Le rapprochement",
        "mandats_2024.csv",
        "Fichiers laissés de côté",
        "notes de réunion.docx",
        "Lignes douteuses",
        "trente-cinq",
        "CA 2025",
    ] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
    checked(&mut tab, "03-lecture-finie");

    for (mot, file) in [
        ("preparation", "preparation.html"),
        ("synthese", "synthese.html"),
        ("audit", "audit.html"),
    ] {
        tab.go(&address);
        tab.then_loaded(|tab| tab.click(&format!("button[value={mot}]")));
        finished(&mut tab);
        assert!(tab.words().contains(&format!("Ouvrir {file}")), "{}", tab.words());
        checked(&mut tab, &format!("04-fini-{mot}"));
    }
    drop(tab);
    open_and_save(&mut browser, &page, folder.path());

    let mut tab = browser.visit(&format!("{address}revue"), &origin, Opening::LAPTOP);
    checked(&mut tab, "06-revue");
    let first = tab.eval("document.querySelector('.carte').id");
    let card = format!("#{}", first.as_str().expect("a finding"));
    tab.click(&format!("{card} input[value=justifie]"));
    tab.click(&format!("{card} input[name=motif]"));
    tab.type_text("deux commandes distinctes");
    // the browser itself asks for the author
    tab.click(&format!("{card} button"));
    assert_eq!(tab.eval("document.activeElement.name"), json!("auteur"));
    tab.type_text("   ");
    tab.then_loaded(|tab| tab.click(&format!("{card} button")));
    assert!(
        tab.words().contains("Décision non enregistrée : il manque l’auteur"),
        "{}",
        tab.words()
    );
    assert_eq!(
        tab.eval(&format!("document.querySelector('{card} input[name=motif]').value")),
        json!("deux commandes distinctes")
    );
    refused_by_the_server(&mut tab, "07-revue-refus");
    tab.click(&format!("{card} input[name=auteur]"));
    tab.type_text("Camille Exemple, contrôle interne");
    tab.then_loaded(|tab| tab.click(&format!("{card} button")));
    assert!(tab.words().contains("1 déjà décidé."), "{}", tab.words());
    checked(&mut tab, "08-revue-decidee");

    tab.then_loaded(|tab| tab.click("form[action$=quitter] button"));
    assert!(tab.words().contains("Cet onglet peut être fermé"), "{}", tab.words());
    checked(&mut tab, "09-adieu");
    drop(tab);
    page.ended();

    let again = Page::open(folder.path());
    assert_ne!(again.token, page.token, "the old address is dead");
    let mut tab = browser.visit(&format!("{}revue", home(&again)), &own(&again), Opening::LAPTOP);
    let words = tab.words();
    assert!(
        words.contains("1 déjà décidé.") && words.contains("deux commandes distinctes"),
        "{words}"
    );
    tab.then_loaded(|tab| tab.click("a[href*='filtre=reste']"));
    assert!(!tab.words().contains("deux commandes distinctes"));
}

/// The same as [`checked`], when the answer of the server is itself a refusal (4xx), which the console tells.
fn refused_by_the_server(tab: &mut Tab<'_>, name: &str) {
    tab.forget(|event| {
        event["params"]["entry"]["text"].as_str().is_some_and(|t| t.contains("status of 4"))
    });
    checked(tab, name);
}

/// Reports open in a tab of their own, run their script there, and are saved as they are on disk.
fn open_and_save(browser: &mut Browser, page: &Page, folder: &Path) {
    let saved = temporary();
    browser.download_to(saved.path());
    let audit = fs::read_dir(folder.join("reports")).expect("results").flatten();
    let audit = audit
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .find(|n| n.starts_with("audit-"))
        .expect("an audit");
    let mut tab = browser.visit(&home(page), &own(page), Opening::LAPTOP);
    checked(&mut tab, "05-accueil-resultats");
    tab.click(&format!("a[href$='resultats/{audit}/audit.html']"));
    let report = format!("{}resultats/{audit}/audit.html", home(page));
    let kept = tab.park();
    let mut opened = browser.opened(&report, &own(page));
    opened.until("document.querySelectorAll('.outils').length > 0");
    assert_eq!(opened.eval("window.opener"), json!(null));
    assert_eq!(opened.eval("self.origin"), json!("null"), "the report has no origin of its own");
    let complaints = opened.complaints();
    assert!(complaints.is_empty(), "{complaints:#?}");
    drop(opened);
    let mut tab = browser.resume(kept);
    for name in ["audit.html", "audit.xlsx"] {
        tab.click(&format!("a[href$='resultats/{audit}/{name}?enregistrer']"));
        let (file, start) = (saved.path().join(name), Instant::now());
        let original = fs::read(folder.join("reports").join(&audit).join(name)).expect("on disk");
        while fs::read(&file).unwrap_or_default() != original {
            assert!(start.elapsed() < Duration::from_secs(30), "{name} is not saved");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Without a mouse: files, run, decision, settings.
#[test]
fn the_keyboard_alone_is_enough() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = temporary();
    let page = Page::open(folder.path());
    let mut tab = browser.visit(&home(&page), &own(&page), Opening::LAPTOP);
    tab.press("Tab", 9);
    assert_eq!(
        tab.eval("document.activeElement.className"),
        json!("evite"),
        "the skip link comes first"
    );
    tab.tab_to("#choix");
    let files: Vec<PathBuf> = files_below(&demo().join("donnees"));
    tab.choose_by_key(&files.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    tab.tab_to("#depot button");
    let outline = tab.eval("getComputedStyle(document.activeElement).outlineStyle");
    assert_eq!(outline, json!("solid"), "the focus is seen");
    tab.then_loaded(|tab| tab.press("Enter", 13));
    assert!(tab.words().contains("16 fichiers ajoutés."), "{}", tab.words());
    tab.tab_to("button[value=audit]");
    tab.then_loaded(|tab| tab.press("Enter", 13));
    finished(&mut tab);
    tab.tab_to("a[href*='revue?audit=']");
    tab.then_loaded(|tab| tab.press("Enter", 13));
    tab.tab_to(".carte input[type=radio]");
    tab.press(" ", 32);
    tab.tab_to(".carte input[name=motif]");
    tab.type_text("vu au clavier");
    tab.tab_to(".carte input[name=auteur]");
    tab.type_text("Camille Exemple");
    tab.then_loaded(|tab| tab.press("Enter", 13));
    assert!(tab.words().contains("vu au clavier (Camille Exemple"), "{}", tab.words());
    tab.tab_to("nav a[href$=reglages]");
    tab.then_loaded(|tab| tab.press("Enter", 13));
    tab.tab_to("[id='commune.nom']");
    tab.type_text("Saint-Exemple");
    tab.then_loaded(|tab| tab.press("Enter", 13));
    assert!(tab.words().contains("Enregistré."), "{}", tab.words());
    assert!(tab.complaints().is_empty());
}

#[test]
fn settings_show_their_errors_at_the_field_and_keep_the_comments() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = temporary();
    let toml = folder.path().join("vigie.toml");
    fs::write(&toml, "# notre commune\n[commune]\nnom = \"Saint-Exemple\" # sans article\n\n[[budget]]\nnom = \"Eau\"\nsiret = \"21000010500028\"\ntype = \"annexe\"\n")
        .expect("writable");
    let page = Page::open(folder.path());
    let mut tab = browser.visit(&format!("{}reglages", home(&page)), &own(&page), Opening::LAPTOP);
    checked(&mut tab, "10-reglages");
    let fill = |tab: &mut Tab<'_>, id: &str, text: &str| {
        tab.eval(&format!(
            "(() => {{ const e = document.getElementById('{id}'); e.focus(); e.select(); }})()"
        ));
        tab.type_text(text);
    };
    fill(&mut tab, "commune.population", "douze mille");
    fill(&mut tab, "commune.siren", "21000010");
    fill(&mut tab, "connu.0.exercice", "2027");
    fill(&mut tab, "connu.0.code", "74111");
    fill(&mut tab, "connu.0.montant", "beaucoup");
    fill(&mut tab, "scenario.0.nom", "prudent");
    fill(&mut tab, "scenario.0.inflation", "2,5 %");
    let before = fs::read_to_string(&toml).expect("readable");
    tab.then_loaded(|tab| tab.click("form.reglages button.fort"));
    let words = tab.words();
    assert!(words.contains("Rien n’est enregistré : 4 points à corriger."), "{words}");
    for id in ["commune.population", "commune.siren", "connu.0.montant", "connu.0.source"] {
        let told = tab.eval(&format!(
            "(() => {{ const e = document.getElementById('{id}'); return e.getAttribute('aria-invalid') === 'true' && !!document.getElementById(e.getAttribute('aria-describedby')).innerText; }})()"
        ));
        assert_eq!(told, json!(true), "{id}");
    }
    assert_eq!(tab.eval("document.getElementById('connu.0.montant').value"), json!("beaucoup"));
    assert_eq!(fs::read_to_string(&toml).expect("readable"), before, "nothing is written");
    refused_by_the_server(&mut tab, "11-reglages-erreurs");
    fill(&mut tab, "commune.population", "12 480");
    fill(&mut tab, "commune.siren", "210 000 105");
    fill(&mut tab, "connu.0.montant", "1 842 300,00");
    fill(&mut tab, "connu.0.source", "notification 2027");
    tab.eval("document.getElementById('connu.0.budget').value = 'Eau'");
    tab.eval("document.querySelector('[name=tirer_cle]').checked = true");
    tab.then_loaded(|tab| tab.click("form.reglages button.fort"));
    assert!(tab.words().contains("Enregistré."), "{}", tab.words());
    checked(&mut tab, "12-reglages-enregistres");
    let text = fs::read_to_string(&toml).expect("readable");
    for kept in [
        "# notre commune",
        "# sans article",
        "population = 12480",
        "siren = \"210000105\"",
        "montant = 1842300.00",
        "budget = \"Eau\"",
        "inflation = 2.5",
        "cle = \"",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    tab.go(&format!("{}formats", home(&page)));
    checked(&mut tab, "13-formats");
    tab.go(&home(&page));
    assert_eq!(
        tab.eval("[...document.querySelectorAll('#scenario option')].map(o => o.text)"),
        json!([]),
        "no work without files"
    );
    fs::write(&toml, "[commune\n").expect("writable");
    tab.go(&format!("{}reglages", home(&page)));
    assert!(tab.words().contains("TOML"), "{}", tab.words());
    refused_by_the_server(&mut tab, "14-reglages-illisibles");
}

/// A ledger large enough to be seen at work.
fn large(folder: &Path) {
    let made = vigie()
        .args([
            "demo",
            "--donnees-seules",
            "--lignes",
            "150000",
            "--date",
            "2026-03-14",
            "--sortie",
        ])
        .arg(folder.join("grand"))
        .output()
        .expect("the binary starts");
    assert!(made.status.success(), "{}", stderr(&made));
}

#[test]
fn progress_is_told_in_words_and_a_run_stops_in_one_click_in_two_tabs() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = temporary();
    large(folder.path());
    let page = Page::open(folder.path());
    let mut one = browser.visit(&home(&page), &own(&page), Opening::LAPTOP);
    one.then_loaded(|tab| tab.click("button[value=audit]"));
    one.until("/^(Lecture des fichiers|Regroupement|Comparaison|Recherche|Contrôle|Écriture)/.test(document.getElementById('phrase')?.textContent)");
    one.until("document.getElementById('detail')?.textContent.length > 2 && document.getElementById('barre').value > 0");
    checked(&mut one, "15-travail-en-cours");
    let kept = one.park();

    // the other tab sees the run, cannot start a second one, and stops it
    let mut two = browser.visit(&home(&page), &own(&page), Opening::LAPTOP);
    assert!(two.words().contains("Un travail est en cours"), "{}", two.words());
    checked(&mut two, "16-accueil-occupe");
    let second = two.eval(&format!(
        "fetch('{}travail', {{method: 'POST', body: new URLSearchParams({{genre: 'lire'}})}}).then(r => r.status)",
        home(&page)
    ));
    assert_eq!(second, json!(409));
    two.forget(|_| true);
    two.then_loaded(|tab| tab.click("main a[href$=travail]"));
    two.then_loaded(|tab| tab.click("form[action$=arreter] button"));
    two.until("document.body.innerText.includes('Arrêté : rien n’a été écrit')");
    two.until("document.readyState === 'complete'");
    checked(&mut two, "17-travail-arrete");
    drop(two);
    // the first tab learns it by itself
    let mut one = browser.resume(kept);
    one.until("document.body.innerText.includes('Arrêté : rien n’a été écrit')");
    assert!(!folder.path().join("reports/audit-2025").exists());
    let left = files_below(&folder.path().join("reports"));
    assert!(left.is_empty(), "{left:?}");
}

/// Two tabs write settings and decisions in turn: the second is told, nothing is lost.
#[test]
fn two_tabs_never_write_over_each_other() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = temporary();
    let page = Page::open(folder.path());
    let settings = format!("{}reglages", home(&page));
    let one = browser.visit(&settings, &own(&page), Opening::LAPTOP).park();
    let mut two = browser.visit(&settings, &own(&page), Opening::LAPTOP);
    two.eval("document.getElementById('commune.nom').value = 'Saint-Exemple'");
    two.then_loaded(|tab| tab.click("form.reglages button.fort"));
    assert!(two.words().contains("Enregistré."));
    drop(two);
    let mut one = browser.resume(one);
    one.eval("document.getElementById('commune.nom').value = 'Autre'");
    one.then_loaded(|tab| tab.click("form.reglages button.fort"));
    assert!(one.words().contains("a changé depuis l’ouverture de cette page"), "{}", one.words());
    let text = fs::read_to_string(folder.path().join("vigie.toml")).expect("written");
    assert!(text.contains("Saint-Exemple") && !text.contains("Autre"), "{text}");
}

#[test]
fn forms_work_without_script() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = temporary();
    let page = Page::open(folder.path());
    let how = Opening { script: false, ..Opening::LAPTOP };
    let mut tab = browser.visit(&home(&page), &own(&page), how);
    let files: Vec<PathBuf> = files_below(&demo().join("donnees"));
    tab.choose("#choix", &files.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    tab.then_loaded(|tab| tab.click("#depot button"));
    assert!(tab.words().contains("16 fichiers ajoutés."), "{}", tab.words());
    tab.then_loaded(|tab| tab.click("button[value=lire]"));
    finished(&mut tab);
    assert!(tab.words().contains("Le rapprochement"));
    let complaints = tab.complaints();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// A file of 5 GB, sparse: refused in words before a byte of it leaves, and the others are taken.
#[test]
fn five_gigabytes_are_refused_in_words() {
    let Some(mut browser) = Browser::start() else { return };
    let (folder, outside) = (temporary(), temporary());
    let huge = outside.path().join("grand livre.csv");
    fs::File::create(&huge).and_then(|f| f.set_len(5_000_000_000)).expect("a sparse file");
    let (ledger, _) = awkward(outside.path());
    let page = Page::open(folder.path());
    let mut tab = browser.visit(&home(&page), &own(&page), Opening::LAPTOP);
    tab.choose("#choix", &[&huge, &ledger]);
    tab.click("#depot button");
    tab.until("document.getElementById('envoi').textContent.includes('Voir les fichiers ajoutés')");
    let words = tab.words();
    assert!(words.contains("grand livre.csv : plus de 2 Gio (à faire : le copier"), "{words}");
    checked(&mut tab, "18-envoi-refuse");
    let data = files_below(&folder.path().join("donnees"));
    assert_eq!(data.len(), 1, "{data:?}");
}

/// A page of another origin that knows everything (address and token) can do nothing: no post, no reading, no
/// frame; nor can a name that points to this PC.
#[test]
fn another_origin_gets_nothing_even_with_the_token() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = temporary();
    fs::create_dir_all(folder.path().join("donnees")).expect("writable");
    fs::copy(demo().join("donnees/CA_2025.xml"), folder.path().join("donnees/CA_2025.xml"))
        .expect("copied");
    let page = Page::open(folder.path());
    let target = home(&page);
    let evil = format!(
        "<!DOCTYPE html><title>piège</title><form id=f method=post action='{target}travail' target=cadre><input name=genre value=lire></form>
         <form id=q method=post action='{target}quitter' target=cadre></form><iframe name=cadre></iframe><iframe id=lu src='{target}'></iframe>"
    );
    let trap = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = trap.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in trap.incoming().flatten() {
            let mut stream = stream;
            let mut seen = [0; 4096];
            let _ = stream.read(&mut seen);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{evil}",
                evil.len()
            );
        }
    });
    let mut tab = browser.visit(&format!("http://127.0.0.1:{port}/"), "http://", Opening::LAPTOP);
    let framed = tab.eval("(() => { try { return document.getElementById('lu').contentDocument?.body.innerText ?? 'fermé'; } catch { return 'fermé'; } })()");
    assert_eq!(framed, json!("fermé"), "the page cannot be framed and read");
    for how in ["cors", "no-cors"] {
        let asked = tab.eval(&format!(
            "fetch('{target}travail', {{method: 'POST', mode: '{how}', body: new URLSearchParams({{genre: 'lire'}})}}).then(r => r.type + r.status, () => 'refus')"
        ));
        assert!(asked == json!("refus") || asked == json!("opaque0"), "{how}: {asked}");
        let read = tab.eval(&format!("fetch('{target}', {{mode: '{how}'}}).then(r => r.text()).then(t => t.length, () => 'refus')"));
        assert!(read == json!("refus") || read == json!(0), "{how}: {read}");
    }
    tab.eval("document.getElementById('f').submit()");
    std::thread::sleep(Duration::from_millis(300));
    tab.eval("document.getElementById('q').submit()");
    std::thread::sleep(Duration::from_millis(300));
    // a name of the outside that points here (DNS rebinding), the token being known
    let host = page.host.replace("127.0.0.1", "piege.example");
    let rebound = format!("http://{host}/{}/", page.token);
    tab.go(&rebound);
    assert!(tab.words().contains("Nom d’hôte refusé"), "{}", tab.words());
    tab.go(&format!(
        "{}0/",
        target.trim_end_matches('/').trim_end_matches(|c: char| c.is_ascii_hexdigit())
    ));
    assert!(tab.words().contains("Adresse refusée"), "{}", tab.words());
    tab.go(&target);
    let words = tab.words();
    assert!(
        words.contains("Aucun résultat pour le moment") && !words.contains("en cours"),
        "{words}"
    );
    assert!(!folder.path().join("reports").exists(), "the trap started a run");
}

/// `kill -9` in the middle of a run: the old result stays whole, the next opening says what happened.
#[test]
#[cfg(unix)]
fn a_kill_leaves_the_old_result_and_the_next_opening_says_so() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = temporary();
    large(folder.path());
    let old = vigie()
        .current_dir(folder.path())
        .args(["rapport", "audit", "--sortie", "reports/audit-2025"])
        .arg(demo().join("donnees/mandats_2025.csv"))
        .output()
        .expect("the binary starts");
    assert!(old.status.success(), "{}", stderr(&old));
    let before: Vec<(PathBuf, Vec<u8>)> = files_below(&folder.path().join("reports"))
        .into_iter()
        .map(|f| (f.clone(), fs::read(&f).expect("readable")))
        .collect();
    let page = Page::open(folder.path());
    let mut tab = browser.visit(&home(&page), &own(&page), Opening::LAPTOP);
    tab.then_loaded(|tab| tab.click("button[value=audit]"));
    tab.until("/^(Regroupement|Comparaison|Recherche|Contrôle|Écriture)/.test(document.getElementById('phrase')?.textContent)");
    let killed =
        Command::new("kill").args(["-9", &page.pid().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    tab.until("document.getElementById('phrase').textContent.includes('vigie ne répond plus')");
    drop(tab);
    page.ended();

    let again = Page::open(folder.path());
    let mut tab = browser.visit(&home(&again), &own(&again), Opening::LAPTOP);
    let words = tab.words();
    assert!(words.contains("le travail « Relire les dépenses », lancé le"), "{words}");
    assert!(words.contains("ne s’est pas terminé") && words.contains("le relancer"), "{words}");
    checked(&mut tab, "19-coupure");
    let after: Vec<PathBuf> = files_below(&folder.path().join("reports"));
    assert_eq!(
        after,
        before.iter().map(|(f, _)| f.clone()).collect::<Vec<_>>(),
        "nothing partial is left"
    );
    for (file, bytes) in before {
        assert!(fs::read(&file).expect("readable") == bytes, "{} changed", file.display());
    }
    tab.then_loaded(|tab| tab.click("button[value=audit]"));
    finished(&mut tab);
    tab.go(&home(&again));
    assert!(!tab.words().contains("ne s’est pas terminé"), "told until the next run only");
}
