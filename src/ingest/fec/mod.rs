//! The "fichier des écritures comptables" (LPF A47 A-1): the export every accounting program knows, for
//! régies with their own accounts, SEM, offices and annex budgets kept in a private plan.
//!
//! ```text
//!  lines ─► écriture (journal, number) ─┬─► classes 6, 7, 2, 1: rows, with the tiers of the écriture
//!                                       └─► tiers, TVA, treasury, balances brought forward: counted aside
//! ```
//!
//! **Invariant:** lines read = kept + set aside; debits equal credits, in the file and écriture by
//! écriture, or it is told.

use std::collections::BTreeMap;

use crate::domain::calendar::DateOrder;
use crate::domain::money::{Decimal, parse_amount};
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::checks::Controle;
use crate::frames::intern::clean_text;
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::{DateKey, TextKey};
use crate::frames::ledger_builder::LedgerBuilder;
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::mapped::build::{CellRow, RowBuilder};
use crate::ingest::mapped::header::{as_texts, several, shown};
use crate::ingest::mapped::plan::{AmountSource, Constants, Plan};
use crate::ingest::mapped::records::Found;
use crate::ingest::mapped::{Delimited, first_records};
use crate::ingest::sniff::looks_like_xml;

/// FEC.
#[derive(Debug, Clone, Copy)]
pub struct Fec;

/// Most lines of one écriture held to find its tiers; a longer one is read in several pieces.
const LONGEST: usize = 20_000;

/// Columns that are read, in the order of a [`Line`]; `Montant` and `Sens` replace debit and credit.
const COLUMNS: [&str; 13] = [
    "JournalCode",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "JournalLib",
];
const JOURNAL: usize = 0;
const NUMERO: usize = 1;
const DATE: usize = 2;
const COMPTE: usize = 3;
const COMPTE_LIB: usize = 4;
const AUX_NUM: usize = 5;
const AUX_LIB: usize = 6;
const PIECE: usize = 7;
const PIECE_DATE: usize = 8;
const LIBELLE: usize = 9;
const DEBIT: usize = 10;
const CREDIT: usize = 11;
const JOURNAL_LIB: usize = 12;
/// Columns without which it is no FEC.
const COMPULSORY: [usize; 4] = [JOURNAL, NUMERO, DATE, COMPTE];

/// Where the columns are in the file.
struct Places {
    columns: [Option<usize>; COLUMNS.len()],
    /// `Montant` and `Sens`.
    signed: Option<(usize, usize)>,
    /// The other columns.
    others: Vec<usize>,
}

impl Places {
    fn find(titles: &[String]) -> Option<Self> {
        let at = |name: &str| titles.iter().position(|t| t.eq_ignore_ascii_case(name));
        let columns = COLUMNS.map(at);
        let signed = at("Montant").zip(at("Sens"));
        let amounts = columns[DEBIT].is_some() && columns[CREDIT].is_some() || signed.is_some();
        let whole = amounts && COMPULSORY.iter().all(|c| columns[*c].is_some());
        let sides = signed.map_or([None; 2], |(a, s)| [Some(a), Some(s)]);
        let read = |i: &usize| columns.contains(&Some(*i)) || sides.contains(&Some(*i));
        let others = (0..titles.len()).filter(|i| !read(i)).collect();
        whole.then_some(Self { columns, signed, others })
    }
}

/// A line of the file, its cells in the order of [`COLUMNS`], then the others.
struct Line {
    cells: Vec<Vec<u8>>,
}

impl CellRow for Line {
    fn cell(&self, index: usize) -> &[u8] {
        self.cells.get(index).map_or(&[], Vec::as_slice)
    }

    fn width(&self) -> usize {
        self.cells.len()
    }
}

impl Line {
    fn new(record: &impl CellRow, places: &Places) -> Self {
        let cell = |i: Option<usize>| i.map_or(&[][..], |i| record.cell(i));
        let mut cells: Vec<Vec<u8>> = places.columns.iter().map(|i| cell(*i).to_vec()).collect();
        if let Some((amount, side)) = places.signed {
            let credit = matches!(record.cell(side), b"C" | b"c" | b"-1");
            cells[if credit { CREDIT } else { DEBIT }] = record.cell(amount).to_vec();
        }
        // the zeros of the other side say nothing
        for (one, other) in [(DEBIT, CREDIT), (CREDIT, DEBIT)] {
            if is_zero(&cells[one]) && !is_zero(&cells[other]) {
                cells[one].clear();
            }
        }
        for date in [DATE, PIECE_DATE] {
            if let [y1, y2, y3, y4, m1, m2, d1, d2] = cells[date][..]
                && cells[date].iter().all(u8::is_ascii_digit)
            {
                cells[date] = vec![y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2];
            }
        }
        cells.extend(places.others.iter().map(|i| record.cell(*i).to_vec()));
        Self { cells }
    }

    /// Debit and credit, where they parse.
    fn sides(&self) -> (i128, i128) {
        let read = |i: usize| {
            let text = self.cell(i);
            let decimal = if text.contains(&b',') { Decimal::Comma } else { Decimal::Point };
            parse_amount(text, decimal).map_or(0, |a| i128::from(a.centimes))
        };
        (read(DEBIT), read(CREDIT))
    }

    /// Why the line is no expense and no receipt.
    fn counterpart(&self) -> Option<&'static str> {
        let lower = |i: usize| clean_text(self.cell(i)).to_lowercase();
        let journal = lower(JOURNAL);
        if matches!(journal.as_str(), "an" | "ran" | "anv")
            || lower(JOURNAL_LIB).contains("nouveau")
        {
            return Some("à-nouveaux : soldes repris de l’exercice précédent");
        }
        match self.cell(COMPTE) {
            [b'1', b'1' | b'2', ..] => Some("report ou résultat de l’exercice"),
            [b'4', b'4', b'5', ..] => Some("TVA, en contrepartie d’une charge ou d’un produit"),
            [b'4', ..] => Some("compte de tiers, en contrepartie d’une charge ou d’un produit"),
            [b'3', ..] => Some("stocks"),
            [b'5', ..] => Some("trésorerie, en contrepartie"),
            [b'8', ..] => Some("compte spécial (classe 8)"),
            [b'0' | b'9', ..] => Some("comptabilité analytique (classe 9)"),
            // classes 1, 2, 6, 7, and what is no account, which the row builder judges
            _ => None,
        }
    }
}

fn is_zero(text: &[u8]) -> bool {
    text.iter().all(|b| matches!(b, b'0' | b',' | b'.' | b' '))
}

fn plan(titles: &[String], places: &Places) -> Plan {
    let read = COLUMNS.map(str::to_owned).into_iter();
    let others = places.others.iter().map(|i| titles[*i].clone());
    Plan {
        headers: read.chain(others).collect(),
        amount: AmountSource::DebitCredit(DEBIT, CREDIT),
        dates: vec![(DateKey::Mandat, DATE), (DateKey::Facture, PIECE_DATE)],
        amounts: Vec::new(),
        texts: vec![
            (TextKey::Bordereau, JOURNAL),
            (TextKey::Mandat, NUMERO),
            (TextKey::TiersId, AUX_NUM),
            (TextKey::TiersNom, AUX_LIB),
            (TextKey::Facture, PIECE),
            (TextKey::Objet, LIBELLE),
            (TextKey::Nature, COMPTE),
        ],
        sens: None,
        exercice: None,
        decimal: Decimal::Comma,
        order: DateOrder::Ymd,
        order_guessed: false,
        values: BTreeMap::new(),
        commune: None,
        constants: Constants::default(),
    }
}

/// Sums of the file, and what was counted aside.
#[derive(Default)]
struct Totals {
    debit: i128,
    credit: i128,
    ecritures: i64,
    balanced: i64,
    aside: BTreeMap<&'static str, u64>,
}

impl Totals {
    /// Gives the lines of one écriture to the builder.
    fn flush(&mut self, group: &mut Vec<Line>, rows: &mut RowBuilder<'_>, out: &mut LedgerBuilder) {
        if group.is_empty() {
            return;
        }
        let sums = group.iter().map(Line::sides).fold((0, 0), |(d, c), (a, b)| (d + a, c + b));
        self.debit += sums.0;
        self.credit += sums.1;
        self.ecritures += 1;
        self.balanced += i64::from(sums.0 == sums.1);
        let third = |l: &&Line| matches!(l.cell(COMPTE), [b'4', b'0' | b'1' | b'6', ..]);
        let tiers = group.iter().find(third).map(|l| {
            let own = !l.cell(AUX_LIB).is_empty();
            let name = if own { AUX_LIB } else { COMPTE_LIB };
            (l.cell(AUX_NUM).to_vec(), l.cell(name).to_vec())
        });
        for mut line in group.drain(..) {
            if let Some(reason) = line.counterpart() {
                *self.aside.entry(reason).or_default() += 1;
                let (debit, credit) = line.sides();
                rows.counts.read += 1;
                rows.counts.aside += 1;
                rows.counts.total_aside += debit + credit;
                continue;
            }
            if let Some((number, name)) = tiers.as_ref().filter(|_| line.cell(AUX_LIB).is_empty()) {
                line.cells[AUX_NUM].clone_from(number);
                line.cells[AUX_LIB].clone_from(name);
            }
            rows.record(&line, out);
        }
    }

    fn controls(&self) -> Vec<Controle> {
        let centimes = |n: i128| i64::try_from(n).unwrap_or(i64::MAX);
        vec![
            Controle::equal(
                "débit=crédit",
                "total des débits et total des crédits du fichier",
                centimes(self.debit),
                centimes(self.credit),
            ),
            Controle::equal(
                "écritures équilibrées",
                "écritures dont les débits égalent les crédits",
                self.ecritures,
                self.balanced,
            ),
        ]
    }

    fn issues(&self, nom: &str) -> impl Iterator<Item = Issue> {
        let told = self.aside.iter().map(|(reason, count)| Issue {
            severity: Severity::Information,
            fichier: nom.to_owned(),
            enregistrement: 0,
            colonne: "CompteNum".to_owned(),
            valeur: String::new(),
            raison: format!("{} à part : {reason}", several(*count, "ligne")),
            a_faire: "rien : la dépense ou la recette est lue sur son propre compte".to_owned(),
        });
        told.collect::<Vec<_>>().into_iter()
    }
}

impl Format for Fec {
    fn nom(&self) -> &'static str {
        "fec"
    }
    fn titre(&self) -> &'static str {
        "fichier des écritures comptables (FEC)"
    }
    fn page(&self) -> &'static str {
        include_str!("fec.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        if looks_like_xml(source.head) || source.head.starts_with(b"PK") {
            return None;
        }
        let line = source.head.iter().position(|b| matches!(b, b'\n' | b'\r'));
        let line = &source.head[..line.unwrap_or(source.head.len())];
        let first = first_records(line);
        Places::find(&as_texts(first.first()?))?;
        Some(Reconnu {
            confiance: 90,
            raison: "titres d’un FEC (JournalCode, EcritureNum…)".into(),
        })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let titles = first_records(s.head).first().map(as_texts).unwrap_or_default();
        let places = Places::find(&titles).ok_or_else(|| {
            Refus::new(
                format!("« {} » n’a pas les colonnes d’un FEC", s.nom),
                "garder les titres de la norme : JournalCode, EcritureNum, EcritureDate, CompteNum, Debit, Credit",
            )
            .with_extrait(format!("titres lus : {}", shown(&titles, 30)))
        })?;
        read_lines(s, c.progress, (&titles, &places), r)
    }
}

fn read_lines(
    s: &Source<'_>,
    progress: &dyn Progress,
    (titles, places): (&[String], &Places),
    r: &mut Recolte,
) -> Result<Lu, Refus> {
    let plan = plan(titles, places);
    let mut rows = RowBuilder::new(&plan, s.nom);
    let mut file = Delimited::open(s, None, None)?;
    let (mut totals, mut group, mut title) = (Totals::default(), Vec::<Line>::new(), true);
    let size = std::fs::metadata(s.chemin).map_or(0, |m| m.len());
    file.ledger(
        (s.nom, size),
        progress,
        &mut r.ledgers,
        &mut rows,
        &mut |found, records, rows, out| {
            if found == Found::Blank || (found != Found::End && std::mem::take(&mut title)) {
                return;
            }
            match found {
                Found::TooLong => {
                    totals.flush(&mut group, rows, out);
                    rows.too_long();
                }
                Found::End => totals.flush(&mut group, rows, out),
                _ => {
                    let line = Line::new(records, places);
                    let same = group.last().is_some_and(|l| {
                        l.cell(JOURNAL) == line.cell(JOURNAL) && l.cell(NUMERO) == line.cell(NUMERO)
                    });
                    if !same || group.len() >= LONGEST {
                        totals.flush(&mut group, rows, out);
                    }
                    group.push(line);
                }
            }
        },
    )?;
    let mut lues = file.finish(s.nom, "fec", &rows.counts);
    lues.controles = totals.controls();
    let lu = Lu { sha256: lues.sha256.clone(), format: "fec".into(), remarque: String::new() };
    r.ecritures.push(lues);
    r.issues.append(&mut rows.issues);
    r.issues.extend(totals.issues(s.nom));
    Ok(lu)
}

#[cfg(test)]
mod tests;
