//! How the cells of a file become rows (which cell is which column, in which convention), and what was counted.
//!
//! **Invariant:** data only: `guess`, `presume`, `declared` and `follow` fill a plan, `build` follows it.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::domain::calendar::DateOrder;
use crate::domain::money::Decimal;
use crate::frames::ledger::{AmountKey, DateKey, Sens, TextKey};
use crate::ingest::mapped::declared::Exercice;
use crate::ingest::mapped::mapping::Column;

/// Where the amount of a row comes from, by positions of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountSource {
    /// One cell.
    One(usize),
    /// HT plus TVA.
    Sum(usize, usize),
    /// An expense cell and a receipt cell.
    DebitCredit(usize, usize),
}

/// How the cells of a file become a row.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Names of the columns of the file, as shown to the user.
    pub headers: Vec<String>,
    /// The amount.
    pub amount: AmountSource,
    /// Date columns with their cells; the first one is compulsory in a row.
    pub dates: Vec<(DateKey, usize)>,
    /// Optional amounts with their cells.
    pub amounts: Vec<(AmountKey, usize)>,
    /// Texts with their cells.
    pub texts: Vec<(TextKey, usize)>,
    /// Cell of the sens.
    pub sens: Option<usize>,
    /// Cell of the SIRET of the body that pays.
    pub commune: Option<usize>,
    /// Cell of the exercice.
    pub exercice: Option<usize>,
    /// Sign before the centimes.
    pub decimal: Decimal,
    /// Order of the dates.
    pub order: DateOrder,
    /// True when the order was guessed from the first records.
    pub order_guessed: bool,
    /// Recoding of values, by canonical column.
    pub values: BTreeMap<Column, FxHashMap<Vec<u8>, Vec<u8>>>,
    /// Values of columns that the file does not hold.
    pub constants: Constants,
}

impl Plan {
    /// A value after the recoding of its column.
    pub fn recoded<'b>(&'b self, column: Column, text: &'b [u8]) -> &'b [u8] {
        if self.values.is_empty() {
            return text;
        }
        self.values.get(&column).and_then(|v| v.get(text)).map_or(text, Vec::as_slice)
    }

    /// Every position used.
    pub fn positions(&self) -> Vec<usize> {
        let amount = match self.amount {
            AmountSource::One(i) => vec![i],
            AmountSource::Sum(a, b) | AmountSource::DebitCredit(a, b) => vec![a, b],
        };
        let dates = self.dates.iter().map(|(_, i)| *i);
        let amounts = self.amounts.iter().map(|(_, i)| *i);
        let texts = self.texts.iter().map(|(_, i)| *i);
        let rest = [self.sens, self.exercice].into_iter().flatten();
        amount.into_iter().chain(dates).chain(amounts).chain(texts).chain(rest).collect()
    }
}

/// Values that hold for every row of a file.
#[derive(Debug, Clone, Default)]
pub struct Constants {
    /// By text column.
    pub texts: Vec<(TextKey, Vec<u8>)>,
    /// By date column.
    pub dates: Vec<(DateKey, i32)>,
    /// Sens of every row.
    pub sens: Option<Sens>,
    /// Exercice of every row.
    pub exercice: u16,
    /// Sens of the rows that say none, by the titles or the names of sheet and file, and where it was read.
    pub presumed: Option<(Sens, String)>,
    /// True when the accounts are those of a French plan: class 7 is received.
    pub account_tells: bool,
    /// True when the column of the sens is one of types: an unknown value is no error.
    pub lenient: bool,
    /// Budget read in the name of the file or above its titles, and where, French.
    pub named_budget: Option<(String, &'static str)>,
    /// Exercice that the file declares for rows that say none.
    pub declared: Option<Exercice>,
    /// Cell of the state of a row, when some are rejected or cancelled.
    pub state: Option<usize>,
    /// How the rows tell their side.
    pub book: Book,
    /// What rows take from those above them.
    pub above: Layers,
    /// True for a register of invoices, which pays nothing.
    pub register: bool,
}

/// What rows take from those above them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Layers {
    /// A row without date, mandat nor tiers goes on with the mandat above it.
    pub follow: bool,
    /// Lines of one cell (`Article 60612 - Énergie`) tell the rows below them.
    pub headings: bool,
    /// They tell the day too, which no column does.
    pub dated: bool,
}

/// How a book of entries tells expenses from receipts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Book {
    /// The sens is that of an account: debit or credit.
    pub sided: bool,
    /// A book of all accounts: those of tiers and of cash are no budget entries.
    pub double_entry: bool,
}

/// What was counted while reading a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records read.
    pub read: u64,
    /// Records kept.
    pub kept: u64,
    /// Records set aside.
    pub aside: u64,
    /// Sum of the amounts kept, centimes.
    pub total: i128,
    /// Sum of the amounts set aside, where they parse.
    pub total_aside: i128,
    /// Amounts rounded to the centime.
    pub rounded: u64,
    /// Records without a date but with an exercice.
    pub undated: u64,
    /// Records of other communes than the one asked for, not counted as read.
    pub elsewhere: u64,
    /// SIRENs of the bodies that pay, where a column tells them.
    pub communes: BTreeSet<String>,
    /// Receipts by the titles or the names of sheet and file.
    pub presumed: u64,
    /// Receipts by the account alone.
    pub by_account: u64,
    /// Records with a type that says neither expense nor receipt.
    pub untyped: u64,
    /// Cancellations written without a sign, counted as negative.
    pub cancelled: u64,
    /// Records of January in the exercice before, which the file declares.
    pub late: u64,
    /// Records whose state is cancelled, counted as they are, and their sum in centimes.
    pub called_off: (u64, i128),
    /// Amounts absent, taken as HT plus TVA.
    pub summed: u64,
    /// Records that go on with the mandat above them.
    pub followed: u64,
    /// Records with more cells than the header, the extra ones not blank.
    pub wide: u64,
}
