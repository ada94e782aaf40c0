//! The formats read, one card each: what `vigie formats` lists and shows.
//!
//! **Invariant:** a format listed here has a reader, and every reader has a card.

/// A format: name, title, page.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Word typed by the user, and `format` in `rapprochement.json`.
    pub nom: &'static str,
    /// Title, French.
    pub titre: &'static str,
    /// Page, Markdown.
    pub page: &'static str,
}

/// Every format, in the order of the list.
pub const FORMATS: &[Format] = &[
    Format {
        nom: "totem",
        titre: "budget TOTEM en XML : BP, BS, DM, CA",
        page: include_str!("totem/totem.md"),
    },
    Format {
        nom: "cfu",
        titre: "compte financier unique en XML",
        page: include_str!("totem/cfu.md"),
    },
    Format {
        nom: "csv",
        titre: "grand livre en CSV : mandats, titres, factures",
        page: include_str!("mapped/csv.md"),
    },
    Format {
        nom: "series",
        titre: "séries unique_id,ds,y pour « vigie series »",
        page: include_str!("series.md"),
    },
];
