//! The frame of every page: skip link, banner, contents, quality, parameters, lexicon, footer.
//!
//! **Invariant:** one `h1`, no level skipped, one script whose hash is in the page's own policy.

use sha2::{Digest, Sha256};

use super::table::{Cellule, Colonne, Table};
use super::{Html, Rendu, lexique};
use crate::report::fr::{self, Unite};
use crate::report::model::lecture::Rapprochement;
use crate::report::{Page, Rapport};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("table.js");
/// Stands for the contents until they are known; no text can hold it, `escape` drops control characters.
const CONTENTS: &str = "\u{1}";

/// Doubtful rows shown in a page.
const REMARKS: usize = 200;

/// Opens "En trois phrases", then leaves a place for the contents.
pub(super) fn essentiel(html: &mut Html, title: &str, sentences: &[String]) {
    html.section("essentiel", title, "");
    html.open("ul", &[("class", "phrases")]);
    for sentence in sentences {
        html.el("li", &[], sentence);
    }
    html.close();
}

/// Closes the first section and leaves the place of the contents.
pub(super) fn sommaire(html: &mut Html) {
    html.close();
    html.out.push_str(CONTENTS);
}

/// Name of a page.
fn name(page: Page) -> &'static str {
    match page {
        Page::Lecture => "Lecture des fichiers",
        Page::Preparation => "Préparation du budget",
        Page::Audit => "Contrôle des dépenses",
        Page::Synthese => "Synthèse du budget",
    }
}

/// Wraps a body in its page.
pub(super) fn frame(mut html: Html, rapport: &Rapport, page: Page) -> Rendu {
    lexique::section(&mut html);
    let nav = contents(&html.contents);
    let body = html.out.replacen(CONTENTS, &nav, 1);
    let mut top = Html::new(page);
    head(&mut top, rapport, page);
    let class = if page == Page::Synthese { "synthese" } else { "rapport" };
    top.open("body", &[("class", class)]);
    top.el("a", &[("class", "evite"), ("href", "#contenu")], "Aller au contenu");
    banner(&mut top, rapport, page);
    top.open("main", &[("id", "contenu")]);
    top.out.push_str(&body);
    top.close();
    footer(&mut top, rapport);
    top.out.push_str("<script>");
    top.out.push_str(SCRIPT);
    top.out.push_str("</script>\n");
    top.close();
    top.out.push_str("</html>\n");
    Rendu { html: top.out, figures: html.figures }
}

fn head(html: &mut Html, rapport: &Rapport, page: Page) {
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{}'",
        base64(&Sha256::digest(SCRIPT.as_bytes()))
    );
    html.out.push_str("<!doctype html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\">\n");
    html.tag("meta", &[("name", "viewport"), ("content", "width=device-width,initial-scale=1")]);
    html.out.push_str("\n<meta http-equiv=\"Content-Security-Policy\" content=\"");
    html.out.push_str(&policy);
    html.out.push_str("\">\n");
    html.tag("meta", &[("name", "robots"), ("content", "noindex")]);
    let title = format!("{} – {} – exercice {}", name(page), rapport.commune.nom, rapport.exercice);
    html.out.push('\n');
    html.open("title", &[]);
    html.data(&title);
    html.close();
    html.out.push_str("\n<style>\n");
    html.out.push_str(STYLE);
    html.out.push_str("</style></head>\n");
}

fn banner(html: &mut Html, rapport: &Rapport, page: Page) {
    html.open("header", &[]);
    html.open("p", &[("class", "sur")]);
    html.data(&rapport.commune.nom);
    html.close();
    let title = match page {
        Page::Lecture => "Fichiers lus et rapprochés".to_owned(),
        Page::Preparation => format!("Préparer le budget {}", rapport.exercice),
        Page::Audit => format!("Relire les dépenses {}", years(rapport)),
        Page::Synthese => format!("Le budget {} en deux pages", rapport.exercice),
    };
    html.el("h1", &[], &title);
    html.open("dl", &[("class", "banniere")]);
    let siren = &rapport.commune.siren;
    let siren = if siren.is_empty() { "inconnu".to_owned() } else { fr::siret(siren) };
    let print: String = rapport.empreinte.chars().take(12).collect();
    let base = rapport.preparation.as_ref().filter(|_| page == Page::Preparation);
    // two pages: the footer has what identifies the files, and many budgets are a count
    let short = page == Page::Synthese;
    let budgets = match rapport.budgets.len() {
        n if short && n > 2 => fr::compte(n as u64, "budget", "budgets"),
        _ => rapport.budgets.join(", "),
    };
    let rows = [
        ("SIREN", if short { String::new() } else { siren }),
        (
            "Exercice",
            if page == Page::Audit { years(rapport) } else { rapport.exercice.to_string() },
        ),
        ("Budgets", budgets),
        ("Année de base", base.map_or_else(String::new, |p| p.base.clone())),
        ("Date", fr::date_texte(&rapport.date)),
        ("Version", format!("vigie {}", rapport.version)),
        ("Empreinte des fichiers", if short { String::new() } else { print }),
    ];
    for (term, value) in rows.iter().filter(|r| !r.1.is_empty()) {
        html.open("div", &[]);
        html.el("dt", &[], term);
        html.open("dd", &[]);
        html.data(value);
        html.close();
        html.close();
    }
    html.close();
    html.close();
}

/// The exercices of the rows of an audit, `2024 à 2025`; else that of the report.
fn years(rapport: &Rapport) -> String {
    match rapport.audit.as_ref().and_then(|a| a.perimetre.exercices) {
        Some([from, to]) if from == to => to.to_string(),
        Some([from, to]) => format!("{from} à {to}"),
        None => rapport.exercice.to_string(),
    }
}

fn contents(entries: &[(String, String)]) -> String {
    let mut html = Html::new(Page::Lecture);
    html.open("nav", &[("aria-labelledby", "sommaire")]);
    html.el("h2", &[("id", "sommaire")], "Sommaire");
    html.open("ol", &[]);
    for (id, title) in entries.iter().filter(|e| e.0 != "essentiel") {
        html.open("li", &[]);
        html.el("a", &[("href", &format!("#{id}"))], title);
        html.close();
    }
    html.close();
    html.close();
    html.out
}

fn footer(html: &mut Html, rapport: &Rapport) {
    html.open("footer", &[]);
    html.open("p", &[]);
    html.prose("Pour refaire cette page : ");
    html.open("code", &[]);
    html.data(&rapport.commande);
    html.close();
    html.close();
    html.open("p", &[]);
    html.prose("Empreinte complète des fichiers lus : ");
    html.open("code", &[]);
    html.data(&rapport.empreinte);
    html.close();
    html.close();
    let line = format!("vigie {}, hors ligne. Rien ne quitte cet ordinateur.", rapport.version);
    html.p(&line);
    html.open("p", &[("class", "imprime")]);
    html.data(&format!(
        "{}, exercice {}, {}",
        rapport.commune.nom,
        rapport.exercice,
        fr::date_texte(&rapport.date)
    ));
    html.close();
    html.close();
}

/// "Qualité des données": rows read, tie-outs, doubtful rows.
pub(super) fn qualite(html: &mut Html, rapport: &Rapport) {
    let q = &rapport.qualite;
    let files = fr::compte(q.fichiers, "fichier", "fichiers");
    let conclusion = format!(
        "*{}* {} dans {files}, {} {}, {} {} de côté.",
        fr::nombre(q.lignes_lues),
        fr::accord(q.lignes_lues as f64, "ligne lue", "lignes lues"),
        fr::nombre(q.lignes_retenues),
        fr::accord(q.lignes_retenues as f64, "retenue", "retenues"),
        fr::nombre(q.lignes_ecartees),
        fr::accord(q.lignes_ecartees as f64, "mise", "mises"),
    );
    html.section("qualite", "Qualité des données", &conclusion);
    if let Some(amount) = q.montant_ecarte {
        html.p(&format!("Montant des lignes mises de côté : {}.", fr::euros(amount)));
    }
    if let (Some(first), Some(last)) = (q.exercices.first(), q.exercices.last()) {
        html.p(&format!("Exercices couverts : {first} à {last}."));
    }
    if let (Some(from), Some(to)) = (&q.debut, &q.fin) {
        html.p(&format!("Écritures {}.", fr::periode(from, to)));
    }
    if q.rapprochements.is_empty() {
        html.p("○ Aucun rapprochement possible : un seul jeu de fichiers.");
    } else {
        tie_outs(html, "Rapprochements, en €", &q.rapprochements);
    }
    remarques(html, rapport);
    html.close();
}

/// Tie-outs: those that fail in the open, the gaps that are no errors and those that hold folded.
pub(super) fn tie_outs(html: &mut Html, title: &str, rows: &[Rapprochement]) {
    let (good, wrong): (Vec<_>, Vec<_>) = rows.iter().partition(|r| r.ok);
    let (told, good): (Vec<_>, Vec<_>) = good.into_iter().partition(|r| r.informs());
    if !wrong.is_empty() {
        html.table(&rapprochements(title, &wrong));
        html.faire("comparer chaque écart aux documents signés, puis corriger l'export.");
    }
    if !told.is_empty() {
        let n = told.len() as u64;
        let text = fr::compte(n, "écart pour information", "écarts pour information");
        html.open("details", &[]);
        html.el("summary", &[], &format!("○ {text}"));
        html.p("Un tel écart n'est pas une erreur de lecture : il est permis, ou la source n'en dit pas assez.");
        html.table(&rapprochements(title, &told));
        html.faire("expliquer chaque écart avant de se servir du chiffre.");
        html.close();
    }
    if good.is_empty() {
        return;
    }
    let n = good.len() as u64;
    let text = fr::compte(n, "rapprochement conforme", "rapprochements conformes");
    html.open("details", &[]);
    html.el("summary", &[], &format!("● {text}"));
    html.table(&rapprochements(title, &good));
    html.close();
}

/// A table of tie-outs.
fn rapprochements(title: &str, rows: &[&Rapprochement]) -> Table {
    let columns = vec![
        Colonne::mot("Rapprochement"),
        Colonne::nombre("Attendu"),
        Colonne::nombre("Obtenu"),
        Colonne::nombre("Écart"),
        Colonne::mot("Résultat"),
    ];
    let mut table = Table::simple(title, columns);
    for r in rows {
        let state = match (r.ok, r.informs()) {
            (false, _) => "▲\u{a0}à\u{a0}vérifier",
            (true, true) => "○\u{a0}information",
            (true, false) => "●\u{a0}conforme",
        };
        let value = |m| if r.counts() { Cellule::entier(m) } else { Cellule::euros(m) };
        table.ligne(vec![
            Cellule::prose(&r.code),
            value(r.attendu),
            value(r.obtenu),
            value(r.ecart),
            Cellule::mot(state),
        ]);
    }
    table
}

fn remarques(html: &mut Html, rapport: &Rapport) {
    let q = &rapport.qualite;
    if q.remarques.is_empty() {
        html.p("● Aucune ligne douteuse.");
        return;
    }
    let shown = q.remarques.len().min(REMARKS);
    let total = fr::compte(q.remarques_total, "remarque", "remarques");
    html.open("details", &[]);
    html.el("summary", &[], &format!("Lignes douteuses : {total}"));
    if (shown as u64) < q.remarques_total {
        let n = fr::nombre(shown as u64);
        html.p(&format!("{n} premières remarques. Toutes sont dans lignes_douteuses.csv."));
    }
    let columns = ["Fichier", "Enregistrement", "Colonne", "Valeur lue", "Raison", "À faire"];
    let mut columns: Vec<Colonne> = columns.iter().map(|c| Colonne::mot(c)).collect();
    columns[1] = Colonne::nombre("Enregistrement");
    let mut table = Table::triable("Lignes et fichiers douteux", columns);
    for r in q.remarques.iter().take(REMARKS) {
        let record = if r.enregistrement == 0 {
            Cellule::prose("tout le fichier")
        } else {
            Cellule::compte(r.enregistrement)
        };
        table.ligne(vec![
            Cellule::mot(&r.fichier),
            record,
            Cellule::mot(&r.colonne),
            Cellule::mot(fr::coupe(&r.valeur, 80)),
            Cellule::mot(&r.raison),
            Cellule::mot(&r.a_faire),
        ]);
    }
    html.table(&table);
    html.close();
}

/// Parameters in force, seed and date: the end of "Méthode".
pub(super) fn parametres(html: &mut Html, rapport: &Rapport) {
    html.el("h3", &[], "Paramètres en vigueur");
    let date = fr::date_texte(&rapport.date);
    html.p(&format!("Date retenue : {date} ; graine : {}.", rapport.graine));
    if rapport.parametres.is_empty() {
        html.p("Toutes les valeurs sont celles par défaut.");
        return;
    }
    let columns = ["Paramètre", "Valeur", "Origine"].map(Colonne::mot).to_vec();
    let mut table = Table::simple("Paramètres", columns);
    for p in &rapport.parametres {
        table.ligne([&p.nom, &p.valeur, &p.origine].map(Cellule::mot).to_vec());
    }
    html.table(&table);
}

/// Unit of a set of amounts, given as a word for a subtitle: `en k€`.
pub(super) fn en(unite: Unite) -> String {
    format!("en{}{}", fr::NBSP, unite.mot())
}

/// Standard base64, padded.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = (u32::from(chunk[0]) << 16)
            | (u32::from(chunk.get(1).copied().unwrap_or(0)) << 8)
            | u32::from(chunk.get(2).copied().unwrap_or(0));
        for i in 0..4 {
            if i <= chunk.len() {
                out.push(char::from(ALPHABET[(word >> (18 - 6 * i) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_rfc_4648() {
        for (plain, code) in
            [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), code);
        }
    }

    #[test]
    fn a_gap_for_information_is_never_shown_as_conform() {
        let row = |code: &str, gap: i64, statut: &str| Rapprochement {
            code: code.into(),
            ecart: crate::domain::money::Centimes(gap),
            ok: statut != "a_verifier",
            statut: statut.into(),
            ..Rapprochement::default()
        };
        let rows = [
            row("juste", 0, "conforme"),
            row("taxe", 392_458_000, "information"),
            row("faux", 5, "a_verifier"),
        ];
        let mut html = Html::new(Page::Lecture);
        tie_outs(&mut html, "Rapprochements", &rows);
        let seen = |text: &str| html.out.matches(text).count();
        assert_eq!((seen("●\u{a0}conforme"), seen("○\u{a0}information")), (1, 1));
        assert_eq!(seen("▲\u{a0}à\u{a0}vérifier"), 1);
        // the figure and its noun are tied by a no-break space
        assert_eq!(seen("<summary>○ 1\u{a0}écart pour information</summary>"), 1, "{}", html.out);
        assert_eq!(seen("<summary>● 1\u{a0}rapprochement conforme</summary>"), 1);
    }

    #[test]
    fn the_script_is_short_and_calls_nobody() {
        assert!(SCRIPT.len() <= 5_000, "{}", SCRIPT.len());
        assert!(STYLE.len() <= 10_000, "{}", STYLE.len());
        for word in ["://", "fetch", "XMLHttp", "innerHTML", "localStorage", "import"] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
        assert!(!STYLE.contains("url("));
    }
}
