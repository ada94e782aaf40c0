//! The static pages: one file each, readable without JavaScript, network or system font.
//!
//! A small writer ([`Html`]) closes what it opens and escapes what it is given; `layout` holds the frame
//! of every page, `table` the tables, one file a page.
//!
//! **Invariant:** no text enters a page unescaped, no `://` leaves one, and a page weighs under 1 MB.

use super::chart::Figure;
use super::{Page, Rapport, fr};
use crate::domain::refus::Refus;

mod audit;
mod figures;
mod intervalle;
mod layout;
mod lecture;
mod lexique;
mod livre;
mod preparation;
mod synthese;
pub mod table;
mod zones;

/// A page and the figures it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendu {
    /// The HTML.
    pub html: String,
    /// Figures, in the order of the page.
    pub figures: Vec<Figure>,
}

/// Renders one page; its part of the report must be filled.
pub fn page(rapport: &Rapport, page: Page) -> Result<Rendu, Refus> {
    let missing = || {
        Refus::new(
            format!("rien à mettre dans {}", page.file()),
            "fournir au moins un fichier que vigie sait lire",
        )
    };
    let mut html = Html::new(page);
    html.fiabilite = intervalle::of(rapport);
    match page {
        Page::Preparation => {
            preparation::body(
                &mut html,
                rapport,
                rapport.preparation.as_ref().ok_or_else(missing)?,
            )?;
        }
        Page::Audit => {
            audit::body(&mut html, rapport, rapport.audit.as_ref().ok_or_else(missing)?)?;
        }
        Page::Lecture => {
            lecture::body(&mut html, rapport, rapport.lecture.as_ref().ok_or_else(missing)?);
        }
        Page::Synthese => {
            synthese::body(&mut html, rapport, rapport.synthese.as_ref().ok_or_else(missing)?)?;
        }
    }
    Ok(layout::frame(html, rapport, page))
}

/// Escapes a text for HTML content and double-quoted attributes. `://` is broken by an entity, so that a
/// web address in the data stays a text.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '/' if out.ends_with(':') => out.push_str("&#47;"),
            c if c.is_control() => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}

/// Attributes: name and value; the value is escaped.
pub(super) type Attrs<'a> = &'a [(&'static str, &'a str)];

/// Size under which the tables of a page must keep it.
const BUDGET: usize = 860_000;

/// The writer of a page body.
#[derive(Debug)]
pub(super) struct Html {
    out: String,
    stack: Vec<&'static str>,
    contents: Vec<(String, String)>,
    figures: Vec<Figure>,
    page: Page,
    sheet: &'static str,
    tables: usize,
    /// What the past says of the bounds of the forecast.
    fiabilite: Option<super::model::Fiabilite>,
}

impl Html {
    fn new(page: Page) -> Self {
        let sheet = match page {
            Page::Audit => "audit.xlsx",
            Page::Preparation => "preparation.xlsx",
            Page::Lecture | Page::Synthese => "",
        };
        let (out, stack, contents, figures) = (String::new(), vec![], vec![], vec![]);
        Self { out, stack, contents, figures, page, sheet, tables: 0, fiabilite: None }
    }

    /// Bytes that tables may still take.
    fn room(&self) -> usize {
        BUDGET.saturating_sub(self.out.len()).max(20_000)
    }

    fn open(&mut self, tag: &'static str, attrs: Attrs<'_>) {
        self.tag(tag, attrs);
        self.stack.push(tag);
    }

    fn tag(&mut self, tag: &'static str, attrs: Attrs<'_>) {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attrs {
            self.out.push(' ');
            self.out.push_str(name);
            if !value.is_empty() {
                self.out.push_str("=\"");
                self.out.push_str(&escape(value));
                self.out.push('"');
            }
        }
        self.out.push('>');
    }

    fn close(&mut self) {
        if let Some(tag) = self.stack.pop() {
            self.out.push_str("</");
            self.out.push_str(tag);
            self.out.push('>');
            if matches!(tag, "p" | "section" | "tr" | "figure" | "li" | "details" | "article") {
                self.out.push('\n');
            }
        }
    }

    /// Data text: escaped, spelled as given.
    fn data(&mut self, text: &str) {
        self.out.push_str(&escape(text));
    }

    /// A sentence of another room: French spacing, ended by a full stop, never read as markup.
    fn sentence(&mut self, text: &str) {
        let text = fr::majuscule(&fr::typo(text.trim()));
        self.data(&text);
        if !text.is_empty() && !text.ends_with(['.', '!', '?', '…']) {
            self.data(".");
        }
    }

    /// Prose of ours: French spacing, `*word*` in bold.
    fn prose(&mut self, text: &str) {
        for (i, part) in fr::typo(text).split('*').enumerate() {
            if i % 2 == 1 {
                self.out.push_str("<strong>");
            }
            self.out.push_str(&escape(part));
            if i % 2 == 1 {
                self.out.push_str("</strong>");
            }
        }
    }

    fn el(&mut self, tag: &'static str, attrs: Attrs<'_>, prose: &str) {
        self.open(tag, attrs);
        self.prose(prose);
        self.close();
    }

    fn p(&mut self, prose: &str) {
        self.el("p", &[], prose);
    }

    /// A section listed in the contents, opened by its conclusion.
    fn section(&mut self, id: &'static str, title: &str, conclusion: &str) {
        self.contents.push((id.to_owned(), title.to_owned()));
        self.open("section", &[("aria-labelledby", &format!("{id}-t")), ("id", id)]);
        self.el("h2", &[("id", &format!("{id}-t"))], title);
        if !conclusion.is_empty() {
            self.el("p", &[("class", "cle")], conclusion);
        }
    }

    /// A section without data: why, and what would fill it.
    fn absent(&mut self, id: &'static str, title: &str, (why, what): (&str, &str)) {
        self.section(id, title, "");
        self.el("p", &[("class", "absent")], &format!("○ Section non établie : {why}"));
        self.faire(what);
        self.close();
    }

    /// "Que faire", verb first.
    fn faire(&mut self, prose: &str) {
        self.el("p", &[("class", "faire")], &format!("*Que faire ?* {}", fr::majuscule(prose)));
    }

    /// A figure: title, unit, drawing, source, how to read it, its table, its links.
    fn figure(&mut self, figure: Figure, lire: &str, table: &table::Table) -> Result<(), Refus> {
        self.drawing(figure, lire)?;
        self.open("details", &[]);
        self.el("summary", &[], "Données du graphique");
        self.table(table);
        self.close();
        Ok(())
    }

    /// A figure whose table stands elsewhere.
    fn drawing(&mut self, mut figure: Figure, lire: &str) -> Result<(), Refus> {
        figure.numero = self.figures.len() + 1;
        figure.titre = fr::typo(&figure.titre);
        figure.sous_titre = fr::typo(&figure.sous_titre);
        figure.source = fr::typo(&figure.source);
        figure.alternative = fr::typo(&figure.alternative);
        self.open("figure", &[]);
        self.open("figcaption", &[]);
        self.open("span", &[("class", "titre")]);
        self.data(&figure.titre);
        self.close();
        self.open("span", &[("class", "unite")]);
        self.data(&figure.sous_titre);
        self.close();
        self.close();
        let label = format!("Figure {} : {}", figure.numero, figure.titre);
        let attrs: [(&'static str, &str); 4] =
            [("class", "dessin"), ("role", "group"), ("tabindex", "0"), ("aria-label", &label)];
        self.open("div", &attrs);
        self.out.push_str(&figure.svg()?);
        self.close();
        self.el("p", &[("class", "lire")], &format!("Lire ce graphique : {lire}"));
        self.el("p", &[("class", "lire")], &figure.source);
        self.open("p", &[("class", "lire liens")]);
        self.el("a", &[("href", &figure.file())], "image à part");
        if !self.sheet.is_empty() {
            self.data(" · ");
            self.el("a", &[("href", self.sheet)], "classeur xlsx");
        }
        self.close();
        self.close();
        self.figures.push(figure);
        Ok(())
    }

    fn table(&mut self, table: &table::Table) {
        self.tables += 1;
        let room = self.room();
        let id = format!("t{}", self.tables);
        let sheet = self.sheet;
        table.render(self, &id, room, sheet);
    }
}

#[cfg(test)]
mod tests;
