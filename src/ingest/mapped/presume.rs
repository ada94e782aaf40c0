//! What the rows of a ledger do not say themselves: expense or receipt, and the budget.
//!
//! Read in the titles of the columns (« N° titre », « Débiteur »), the names of sheet and file (« Titres »,
//! `mandats_eau.csv`), the words of a type (« Annulation mandat »), the class of the account.
//!
//! **Invariant:** what a row, a column or the mapping says is never replaced by a presumption; each
//! presumption is told once for the file.

use crate::domain::free_text::folded_words;
use crate::frames::intern::clean_text;
use crate::frames::ledger::{DateKey, Sens, TextKey};
use crate::ingest::mapped::build::CellRow;
use crate::ingest::mapped::declared;
use crate::ingest::mapped::follow;
use crate::ingest::mapped::guess::Cells;
use crate::ingest::mapped::header::several;
use crate::ingest::mapped::mapping::Column;
use crate::ingest::mapped::plan::{Counts, Plan};
use crate::ingest::mapped::synonyms::normal;

/// What the words of a type of piece say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Types {
    /// Expense or receipt, when one of them only is named.
    pub sens: Option<Sens>,
    /// True for a cancellation or a reduction.
    pub cancels: bool,
}

impl Types {
    /// Reads « Mandat ordinaire », « Annulation de titre », « RÉDUCTION RECETTE ».
    pub fn of(text: &[u8]) -> Self {
        if text.len() < 5 || text.len() > 80 {
            return Self { sens: None, cancels: false };
        }
        let words = folded_words(&clean_text(text));
        let cancels = words.iter().any(|w| w.starts_with("ANNUL") || w.starts_with("REDUC"));
        Self { sens: sens_of(words.iter().map(String::as_str)), cancels }
    }

    /// True for a type that is neither a cancellation nor anything to tell: « Ordinaire », « Inventaire ».
    pub fn is_plain(text: &[u8]) -> bool {
        let words = folded_words(&clean_text(text));
        let plain = ["ORDINAIRE", "ORDINAIRES", "NORMAL", "NORMALE", "INVENTAIRE", "COLLECTIF"];
        Self::of(text).cancels || words.first().is_some_and(|w| plain.contains(&w.as_str()))
    }
}

/// The sens that some words name, unless they name both.
fn sens_of<'w>(words: impl Iterator<Item = &'w str>) -> Option<Sens> {
    let (mut spent, mut received) = (false, false);
    for word in words.map(str::to_lowercase) {
        match word.as_str() {
            "mandat" | "mandats" | "depense" | "depenses" | "mandatement" | "fournisseur"
            | "creancier" => {
                spent = true;
            }
            "titre" | "titres" | "recette" | "recettes" | "debiteur" | "debiteurs"
            | "redevable" | "redevables" => received = true,
            _ => {}
        }
    }
    match (spent, received) {
        (true, false) => Some(Sens::D),
        (false, true) => Some(Sens::R),
        _ => None,
    }
}

/// The sens that titles repeated in a row name (« Titre », « Débiteur »).
pub(super) fn sens_of_titles(cells: &impl CellRow) -> Option<Sens> {
    let titles: Vec<String> =
        (0..cells.width().min(64)).map(|i| normal(&clean_text(cells.cell(i)))).collect();
    sens_of(titles.iter().flat_map(|t| t.split(' ')))
}

/// True for an account on which mandats are never drawn: class 7, but for what is given back (709, 739, 749).
pub fn only_received(account: &[u8]) -> bool {
    account.len() >= 2
        && account[0] == b'7'
        && account.iter().all(u8::is_ascii_digit)
        && ![&b"709"[..], b"739", b"749"].iter().any(|back| account.starts_with(back))
}

/// SIREN of a SIREN or SIRET, blanks aside.
pub fn siren_of(text: &[u8]) -> Option<String> {
    let digits: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let number = matches!(digits.len(), 9 | 14) && digits.iter().all(u8::is_ascii_digit);
    number.then(|| digits[..9].iter().map(|b| char::from(*b)).collect())
}

/// The names of the sheet and of the file, the nearest first, without folder nor extension.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.rsplit('!').map(|part| {
        let file = part.rsplit('/').next().unwrap_or(part);
        file.rsplit_once('.').map_or(file, |(stem, _)| stem)
    })
}

/// Budgets that exports put in the names of files.
const BUDGETS: [&str; 9] = [
    "PRINCIPAL",
    "EAU",
    "ASSAINISSEMENT",
    "CCAS",
    "SPANC",
    "LOTISSEMENT",
    "CAMPING",
    "CINEMA",
    "ABATTOIR",
];

/// The budget that the name of the sheet or of the file bears.
fn budget_of(name: &str) -> Option<String> {
    parts(name).find_map(|part| {
        let words = folded_words(part);
        let found: Vec<String> = words
            .iter()
            .filter(|w| BUDGETS.contains(&w.as_str()))
            .map(|w| if w == "CCAS" || w == "SPANC" { w.clone() } else { capital(w) })
            .collect();
        (!found.is_empty()).then(|| found.join(" "))
    })
}

fn capital(word: &str) -> String {
    let lower = word.to_lowercase();
    let mut letters = lower.chars();
    letters.next().map_or(String::new(), |c| c.to_uppercase().chain(letters).collect())
}

/// Fills what is presumed of the rows of a file.
pub(super) fn apply(plan: &mut Plan, name: &str, preamble: &[String], sample: &[Cells]) {
    let title = |i: usize| normal(plan.headers.get(i).map_or("", String::as_str));
    let texts = [TextKey::Mandat, TextKey::TiersNom, TextKey::Bordereau];
    let texts = plan.texts.iter().filter(|(k, _)| texts.contains(k)).map(|(_, i)| *i);
    let dates = plan.dates.iter().filter(|(k, _)| *k == DateKey::Mandat).map(|(_, i)| *i);
    let titles: Vec<String> = texts.chain(dates).map(title).filter(|t| t != "titre").collect();
    let words = || titles.iter().flat_map(|t| t.split(' '));
    let mixed = words().any(|w| w == "titre") && words().any(|w| w == "mandat");
    let by_titles = sens_of(words()).map(|sens| (sens, "les titres des colonnes".to_owned()));
    let by_name = || {
        parts(name).find_map(|part| {
            let words = folded_words(part);
            sens_of(words.iter().map(String::as_str))
                .map(|sens| (sens, format!("le nom « {part} »")))
        })
    };
    let presumed = by_titles.or_else(|| if mixed { None } else { by_name() });
    let nature = plan.texts.iter().find(|(k, _)| *k == TextKey::Nature).map(|(_, i)| title(*i));
    let french = ["nature", "article", "compte", "imputation"];
    let account_tells = nature.is_some_and(|t| t.split(' ').any(|w| french.contains(&w)));
    // who recodes the values of a type has said all of them
    let recoded = plan.values.contains_key(&Column::Sens);
    let lenient = plan.sens.map(title).filter(|_| !recoded).is_some_and(|t| {
        t.split(' ').any(|w| w == "type" || w == "piece" || w == "nature")
            && !t.contains("sens")
            && t != "type d r"
    });
    let states = declared::states(plan, sample);
    plan.constants.book.sided =
        !plan.values.contains_key(&Column::Sens) && declared::sided(plan, sample);
    plan.constants.above = follow::layers(plan, sample);
    plan.constants.book.double_entry = declared::double_entry(plan, sample);
    let exercice = declared::exercice(plan, preamble, name, sample);
    let titled = declared::budget(preamble).map(|b| (b, "le titre au-dessus des colonnes"));
    let named = titled.or_else(|| budget_of(name).map(|b| (b, "le nom du fichier")));
    let named = named.filter(|_| declared::without_budget(plan));
    let invoices = declared::invoices(plan, name);
    let constants = &mut plan.constants;
    if invoices {
        constants.texts.push((TextKey::Etape, b"facture".to_vec()));
    }
    constants.register = invoices;
    constants.presumed = presumed;
    constants.account_tells = account_tells;
    constants.lenient = lenient;
    constants.state = states;
    constants.declared = exercice;
    if let Some((budget, source)) = named {
        constants.texts.push((TextKey::Budget, budget.as_bytes().to_vec()));
        constants.named_budget = Some((budget, source));
    }
}

/// What was presumed of the rows read, in French, with what to do.
pub(super) fn remarks(plan: &Plan, counts: &Counts) -> Vec<(String, &'static str)> {
    let mut out = Vec::new();
    let by_hand = "si c’est faux, ajouter [constantes] sens = \"D\" ou \"R\" à correspondance.toml";
    if counts.presumed > 0 {
        let presumed = plan.constants.presumed.as_ref().filter(|(sens, _)| *sens == Sens::R);
        let source =
            presumed.map_or("des titres répétés plus bas", |(_, source)| source.as_str());
        let n = counts.presumed;
        out.push((format!("{} en recettes, d’après {source}", several(n, "ligne")), by_hand));
    }
    if counts.by_account > 0 {
        let rows = several(counts.by_account, "ligne");
        out.push((format!("{rows} en recettes, d’après le compte (classe 7)"), by_hand));
    }
    if counts.cancelled > 0 {
        let n = counts.cancelled;
        let s = if n > 1 { "s" } else { "" };
        let text =
            format!("{n} annulation{s} ou réduction{s} sans signe, en moins dans les montants");
        out.push((text, "rien, si la source écrit ses annulations sans signe"));
    }
    if counts.untyped > 0 {
        let rows = several(counts.untyped, "ligne");
        let text = format!("{rows} d’un type qui ne dit ni dépense ni recette");
        out.push((text, "les recoder sous [valeurs.sens] de correspondance.toml, avec D ou R"));
    }
    out.extend(readings(plan, counts));
    if counts.elsewhere > 0 {
        let rows = several(counts.elsewhere, "ligne");
        out.push((format!("{rows} d’autres communes, hors périmètre"), "rien"));
    }
    out
}

/// What was read outside of the rows, or from the rows above them.
fn readings(plan: &Plan, counts: &Counts) -> Vec<(String, &'static str)> {
    let mut out = Vec::new();
    if let (n @ 1.., Some(d)) = (counts.late, &plan.constants.declared) {
        let rows = several(n, "ligne");
        out.push((
            format!("{rows} d’une autre année en {}, d’après {}", d.year, d.source),
            "si c’est faux, ajouter une colonne d’exercice à l’export",
        ));
    }
    if counts.called_off.0 > 0 {
        let rows = several(counts.called_off.0, "ligne");
        let sum = euros(counts.called_off.1);
        out.push((
            format!("{rows} d’état « annulé », {sum} : sans changement dans les totaux"),
            "vérifier que leur annulation est écrite à part, sinon les retirer de l’export",
        ));
    }
    if plan.constants.register {
        out.push((
            "registre de factures d’après son nom et ses colonnes : une facture n’est pas un paiement de plus".into(),
            "rien ; sans aucun mandat dans le dossier, ces factures sont lues comme des dépenses",
        ));
    }
    if counts.followed > 0 {
        let rows = several(counts.followed, "ligne");
        let text = format!("{rows} sans numéro, date ni tiers : suite du mandat au-dessus");
        out.push((text, "rien, si l’export ne répète pas ces colonnes"));
    }
    if counts.summed > 0 {
        let rows = several(counts.summed, "montant");
        out.push((
            format!("{rows} sans total : hors taxes et taxe additionnés"),
            "rien, si la source laisse le total vide",
        ));
    }
    if let Some((budget, source)) = &plan.constants.named_budget {
        out.push((
            format!("aucune colonne de budget : « {budget} » d’après {source}"),
            "si c’est faux, ajouter [constantes] budget à correspondance.toml",
        ));
    }
    out
}

/// Euros with a comma.
fn euros(centimes: i128) -> String {
    let sign = if centimes < 0 { "-" } else { "" };
    format!("{sign}{},{:02} €", centimes.unsigned_abs() / 100, centimes.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_pieces() {
        let of = |t: &str| (Types::of(t.as_bytes()).sens, Types::of(t.as_bytes()).cancels);
        assert_eq!(of("Annulation mandat"), (Some(Sens::D), true));
        assert_eq!(of("RÉDUCTION DE TITRE"), (Some(Sens::R), true));
        assert_eq!(of("Mandat ordinaire"), (Some(Sens::D), false));
        assert_eq!(of("Mandat ou titre"), (None, false));
        assert_eq!(of("Annulation"), (None, true));
    }

    #[test]
    fn accounts_of_receipts() {
        for (account, received) in [
            ("7478", true),
            ("70", true),
            ("7391171", false),
            ("709", false),
            ("60612", false),
            ("7A", false),
        ] {
            assert_eq!(only_received(account.as_bytes()), received, "{account}");
        }
    }

    #[test]
    fn budgets_in_names() {
        assert_eq!(budget_of("a/mandats_eau.csv").as_deref(), Some("Eau"));
        assert_eq!(budget_of("export.xlsx!Principal 2024").as_deref(), Some("Principal"));
        assert_eq!(budget_of("eau/mandats_2024.csv"), None);
        assert_eq!(budget_of("bureau.csv"), None);
    }

    #[test]
    fn numbers_of_communes() {
        assert_eq!(siren_of(b"210 000 105 00010").as_deref(), Some("210000105"));
        assert_eq!(siren_of(b"21000"), None);
    }
}
