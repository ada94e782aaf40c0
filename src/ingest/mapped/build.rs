//! From cells to ledger rows: each record is kept, or set aside with its reason.
//!
//! Takes the plan of a file (which cell is which column, in which convention), pushes rows to a
//! `LedgerBuilder` and counts.
//!
//! **Invariant:** records read = kept + set aside; the sum of the amounts read is split the same way.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::domain::calendar::{DateError, DateOrder, NO_DAY, YEARS, parse_day, year_of};
use crate::domain::money::{Amount, AmountError, Decimal, parse_amount};
use crate::frames::intern::clean_text;
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::{AmountKey, DateKey, NO_AMOUNT, Sens, TextKey};
use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};
use crate::ingest::mapped::declared::{self, Exercice, State, is_credit};
use crate::ingest::mapped::libres::Libres;
use crate::ingest::mapped::mapping::Column;
use crate::ingest::mapped::presume::{self, Types};
use crate::ingest::perimeter::{MOST_COMMUNES, Perimeter};

/// A record as cells, whatever the file it comes from.
pub trait CellRow {
    /// A cell, blanks at its ends taken away; empty when missing.
    fn cell(&self, index: usize) -> &[u8];
    /// Number of cells.
    fn width(&self) -> usize;
    /// True for a cell that is empty in the file, under a merged one that gave its value.
    fn filled(&self, _index: usize) -> bool {
        false
    }
    /// Place and formula of a cell whose value is not recorded in the file.
    fn formula(&self, _index: usize) -> Option<String> {
        None
    }
}

/// Why a cell with a formula and no value is set aside, and what to do.
pub const NO_VALUE: (&str, &str) = (
    "formule sans valeur enregistrée",
    "ouvrir le classeur dans Excel ou LibreOffice, l’enregistrer, puis relancer",
);

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
    fn recoded<'b>(&'b self, column: Column, text: &'b [u8]) -> &'b [u8] {
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
    /// Records with more cells than the header, the extra ones not blank.
    pub wide: u64,
}

/// Most issues kept one by one for a file; the following ones are only counted.
const MOST_ISSUES: usize = 200_000;

/// Why a record is set aside.
struct Aside {
    column: Option<usize>,
    reason: String,
    advice: &'static str,
}

/// The amount of a record, as found.
struct Money {
    centimes: i64,
    credit: bool,
}

/// Builds the rows of one file.
#[derive(Debug)]
pub struct RowBuilder<'a> {
    plan: &'a Plan,
    name: &'a str,
    libres: Libres,
    /// The last text of each date column and what it gave.
    last: Vec<(Vec<u8>, Result<i32, DateError>)>,
    order_proved: bool,
    order_denied: bool,
    /// The last SIRET of the body that pays, and whether it is the commune asked for.
    commune: (Vec<u8>, bool),
    /// Counts so far.
    pub counts: Counts,
    /// Issues so far, in the order of the records.
    pub issues: Vec<Issue>,
}

impl<'a> RowBuilder<'a> {
    /// For the file shown to the user as `name`.
    pub fn new(plan: &'a Plan, name: &'a str) -> Self {
        let last = vec![(Vec::new(), Err(DateError::Empty)); plan.dates.len()];
        Self {
            plan,
            name,
            libres: Libres::new(&plan.headers, &plan.positions()),
            last,
            order_proved: false,
            order_denied: false,
            commune: (Vec::new(), true),
            counts: Counts::default(),
            issues: Vec::new(),
        }
    }

    /// Columns read in another way than by the plan.
    #[must_use]
    pub fn reading(mut self, places: &[usize]) -> Self {
        self.libres.leave(places);
        self
    }

    /// Takes a record too long to be cut into cells.
    pub fn too_long(&mut self) {
        self.counts.read += 1;
        self.counts.aside += 1;
        self.issue(
            Severity::Ecartee,
            None,
            b"",
            "ligne de plus de 4 Mio".into(),
            "vérifier que le fichier n’est pas abîmé",
        );
    }

    /// Takes a record.
    pub fn record(&mut self, cells: &impl CellRow, out: &mut LedgerBuilder) {
        if !self.belongs(cells, out.asked()) {
            self.counts.elsewhere += 1;
            return;
        }
        self.counts.read += 1;
        if let Some((column, formula)) = self.unvalued(cells) {
            self.counts.aside += 1;
            let (reason, advice) = NO_VALUE;
            self.issue(Severity::Ecartee, Some(column), formula.as_bytes(), reason.into(), advice);
            return;
        }
        let money = self.money(cells);
        let mut row = LedgerRow { record: self.place() as u32, ..LedgerRow::empty() };
        let amount = money.as_ref().map_or(0, |m| m.centimes);
        let checked = match &money {
            Err(aside) if aside.column.is_none() => Ok(()),
            _ => self.not_a_total(cells).and_then(|()| self.dates(cells, &mut row)),
        };
        let checked = checked.and_then(|()| self.state(cells, amount));
        let checked = checked.and_then(|()| self.of_the_budget(cells));
        let checked = checked.and(money).and_then(|money| {
            row.montant = money.centimes;
            self.sens(cells, &money).map(|sens| row.sens = sens)
        });
        if let Err(aside) = checked {
            self.counts.aside += 1;
            self.counts.total_aside += i128::from(amount);
            let value = aside.column.map_or_else(|| first_texts(cells), |i| cells.cell(i).to_vec());
            self.issue(Severity::Ecartee, aside.column, &value, aside.reason, aside.advice);
            return;
        }
        self.amounts(cells, &mut row);
        self.cancellation(cells, &mut row);
        let plan = self.plan;
        for (key, text) in &plan.constants.texts {
            row.texts[*key as usize] = text;
        }
        for (key, index) in &plan.texts {
            row.texts[*key as usize] = plan.recoded(Column::Text(*key), cells.cell(*index));
        }
        self.counts.kept += 1;
        self.counts.total += i128::from(row.montant);
        if cells.width() > self.plan.headers.len() {
            self.extra_cells(cells);
        }
        out.push(&row);
        let (extras, last) = out.extras();
        self.libres.keep(cells, extras, last);
    }

    /// Place of the record in the file.
    fn place(&self) -> u64 {
        self.counts.read + self.counts.elsewhere
    }

    /// True for a row of the commune asked for, or of a file that names none.
    fn belongs(&mut self, cells: &impl CellRow, asked: &str) -> bool {
        let Some(index) = self.plan.commune else { return true };
        let text = cells.cell(index);
        if self.commune.0 == text {
            return self.commune.1;
        }
        let siren = presume::siren_of(text);
        let mine = match &siren {
            Some(siren) if !asked.is_empty() => {
                let asked = if asked.len() == 14 { &asked[..9] } else { asked };
                Perimeter::new(Some(asked)).holds_siren(siren)
            }
            _ => true,
        };
        self.commune = (text.to_vec(), mine);
        let known = &mut self.counts.communes;
        if let Some(siren) = siren.filter(|_| mine && known.len() <= MOST_COMMUNES) {
            known.insert(siren);
        }
        mine
    }

    /// A cancellation written with the sign of what it cancels is taken away.
    fn cancellation(&mut self, cells: &impl CellRow, row: &mut LedgerRow<'_>) {
        let Some(index) = self.plan.sens else { return };
        let text = self.plan.recoded(Column::Sens, cells.cell(index));
        if row.montant > 0 && Types::of(text).cancels {
            row.montant = -row.montant;
            for amount in row.amounts.iter_mut().filter(|a| **a != NO_AMOUNT) {
                *amount = -amount.abs();
            }
            self.counts.cancelled += 1;
        }
    }

    /// Sets aside the accounts of tiers and of cash of a book of all accounts; 45 is of the budget.
    fn of_the_budget(&self, cells: &impl CellRow) -> Result<(), Aside> {
        let nature = self.plan.texts.iter().find(|(k, _)| *k == TextKey::Nature).map(|(_, i)| *i);
        let Some(index) = nature.filter(|_| self.plan.constants.book.double_entry) else {
            return Ok(());
        };
        let account = cells.cell(index);
        if !declared::out_of_budget(account) {
            return Ok(());
        }
        Err(Aside {
            column: Some(index),
            reason: "compte de tiers ou de trésorerie : l’autre face d’une écriture".into(),
            advice: "rien : la dépense ou la recette est sur la ligne de son compte budgétaire",
        })
    }

    /// Sets aside a mandat that the comptable rejected.
    fn state(&mut self, cells: &impl CellRow, amount: i64) -> Result<(), Aside> {
        let Some(index) = self.plan.constants.state else { return Ok(()) };
        match State::of(cells.cell(index)) {
            State::Other => Ok(()),
            State::Cancelled => {
                self.counts.called_off.0 += 1;
                self.counts.called_off.1 += i128::from(amount);
                Ok(())
            }
            State::Rejected => Err(Aside {
                column: Some(index),
                reason: "mandat ou titre rejeté par le comptable : jamais payé".into(),
                advice: "rien, s’il a été refait sous un autre numéro",
            }),
        }
    }

    /// Sens of a row that does not say it.
    fn presumed(&mut self, cells: &impl CellRow, money: &Money) -> Sens {
        let constants = &self.plan.constants;
        if money.credit {
            return Sens::R;
        }
        if let Some(sens) = constants.sens {
            return sens;
        }
        if matches!(self.plan.amount, AmountSource::DebitCredit(..)) {
            return Sens::D;
        }
        if constants.presumed.as_ref().is_some_and(|(sens, _)| *sens == Sens::R) {
            self.counts.presumed += 1;
            return Sens::R;
        }
        let nature = self.plan.texts.iter().find(|(k, _)| *k == TextKey::Nature);
        let account = nature.map_or(&b""[..], |(_, i)| cells.cell(*i));
        if constants.account_tells && presume::only_received(account) {
            self.counts.by_account += 1;
            return Sens::R;
        }
        Sens::D
    }

    /// The first cell needed whose formula has no value: amount, date, sens, exercice, account, tiers.
    fn unvalued(&self, cells: &impl CellRow) -> Option<(usize, String)> {
        let plan = self.plan;
        let amount = match plan.amount {
            AmountSource::One(i) => [Some(i), None],
            AmountSource::Sum(a, b) | AmountSource::DebitCredit(a, b) => [Some(a), Some(b)],
        };
        let needed = [TextKey::Nature, TextKey::TiersNom, TextKey::Mandat];
        let texts = plan.texts.iter().filter(|(k, _)| needed.contains(k)).map(|(_, i)| *i);
        let dates = plan.dates.iter().map(|(_, i)| *i);
        let amounts = amount.into_iter().chain([plan.sens, plan.exercice]).flatten();
        let mut all = amounts.chain(dates).chain(texts);
        all.find_map(|i| cells.formula(i).map(|f| (i, f)))
    }

    fn money(&mut self, cells: &impl CellRow) -> Result<Money, Aside> {
        match self.plan.amount {
            AmountSource::One(index) => {
                let amount = match self.parts(cells, index) {
                    Some(sum) => sum,
                    None => self.amount(cells, index)?,
                };
                if let (true, Some(sens)) = (self.plan.constants.book.sided, self.plan.sens) {
                    let class = self.account_class(cells);
                    let credit = is_credit(cells.cell(sens));
                    return Ok(if credit {
                        two_sides(0, amount, class)
                    } else {
                        two_sides(amount, 0, class)
                    });
                }
                Ok(Money { centimes: amount, credit: false })
            }
            AmountSource::Sum(ht, tva) => {
                let base = self.amount(cells, ht)?;
                let tax = if written(cells, tva).is_empty() { 0 } else { self.amount(cells, tva)? };
                Ok(Money { centimes: base + tax, credit: false })
            }
            AmountSource::DebitCredit(debit, credit) => {
                let read = |this: &mut Self, i: usize| {
                    if written(cells, i).is_empty() { Ok(0) } else { this.amount(cells, i) }
                };
                if written(cells, debit).is_empty() && written(cells, credit).is_empty() {
                    if let Some(merged) = [debit, credit].into_iter().find(|i| cells.filled(*i)) {
                        return Err(merged_amount(merged));
                    }
                    return Err(wrong_amount(debit, AmountError::Empty));
                }
                let (spent, received) = (read(self, debit)?, read(self, credit)?);
                Ok(two_sides(spent, received, self.account_class(cells)))
            }
        }
    }

    /// HT plus TVA of a row that says both and no total.
    fn parts(&mut self, cells: &impl CellRow, index: usize) -> Option<i64> {
        if !written(cells, index).is_empty() || cells.filled(index) {
            return None;
        }
        let part = |key: AmountKey| {
            let (_, at) = self.plan.amounts.iter().find(|(k, _)| *k == key)?;
            read_amount(written(cells, *at), self.plan.decimal).ok()
        };
        let sum = part(AmountKey::Ht)?.centimes.checked_add(part(AmountKey::Tva)?.centimes)?;
        self.counts.summed += 1;
        Some(sum)
    }

    /// First digit of the account, 0 when there is none.
    fn account_class(&self, cells: &impl CellRow) -> u8 {
        let nature = self.plan.texts.iter().find(|(k, _)| *k == TextKey::Nature);
        nature.and_then(|(_, i)| cells.cell(*i).first()).map_or(0, |b| b.wrapping_sub(b'0'))
    }

    fn amount(&mut self, cells: &impl CellRow, index: usize) -> Result<i64, Aside> {
        if cells.filled(index) {
            return Err(merged_amount(index));
        }
        let text = cells.cell(index);
        let Amount { centimes, exact } = read_amount(text, self.plan.decimal).map_err(|e| {
            let title = self.plan.headers.get(index).is_some_and(|h| h.as_bytes() == text);
            if title { repeated_titles() } else { wrong_amount(index, e) }
        })?;
        self.counts.rounded += u64::from(!exact);
        Ok(centimes)
    }

    fn dates(&mut self, cells: &impl CellRow, row: &mut LedgerRow<'_>) -> Result<(), Aside> {
        for (key, day) in &self.plan.constants.dates {
            row.dates[*key as usize] = *day;
        }
        for rank in 0..self.plan.dates.len() {
            let (key, index) = self.plan.dates[rank];
            let text = cells.cell(index);
            if self.last[rank].0 != text {
                let text_owned = &mut self.last[rank].0;
                text_owned.clear();
                text_owned.extend_from_slice(text);
                let day = read_day(text, self.plan.order);
                self.weigh_order(text, day);
                self.last[rank].1 = day;
            }
            match self.last[rank].1 {
                Ok(day) => row.dates[key as usize] = day,
                Err(DateError::Empty) => {}
                Err(error) if rank == 0 => {
                    let advice = "corriger la date dans la source, ou préciser « date » dans correspondance.toml";
                    return Err(Aside {
                        column: Some(index),
                        reason: error.raison().into(),
                        advice,
                    });
                }
                Err(error) => {
                    let reason = format!("{} ; laissée vide", error.raison());
                    self.issue(
                        Severity::Attention,
                        Some(index),
                        text,
                        reason,
                        "corriger la date dans la source",
                    );
                }
            }
        }
        row.exercice = self.exercice(cells, row);
        if row.dates.iter().all(|d| *d == NO_DAY) {
            if row.exercice == 0 {
                let column = self.plan.dates.first().map(|(_, i)| *i);
                let advice =
                    "compléter la date dans la source ; si c’est une ligne de total, la retirer";
                return Err(Aside { column, reason: DateError::Empty.raison().into(), advice });
            }
            self.counts.undated += 1;
        }
        Ok(())
    }

    /// Looks for dates that only one order of day and month can read.
    fn weigh_order(&mut self, text: &[u8], day: Result<i32, DateError>) {
        if !self.plan.order_guessed || (day.is_ok() && self.order_proved) {
            return;
        }
        let other = read_day(text, other_order(self.plan.order));
        self.order_proved |= day.is_ok() && other.is_err();
        self.order_denied |= day == Err(DateError::Impossible) && other.is_ok();
    }

    /// The order of day and month to read the file again with, when the guess was wrong: the first
    /// records left it open (January to December of the first days), a later one settles it.
    pub fn better_order(&self) -> Option<DateOrder> {
        let wrong = self.order_denied && !self.order_proved;
        wrong.then(|| other_order(self.plan.order))
    }

    fn exercice(&mut self, cells: &impl CellRow, row: &LedgerRow<'_>) -> u16 {
        let plan = self.plan;
        let written =
            plan.exercice.map_or(0, |i| read_year(plan.recoded(Column::Exercice, cells.cell(i))));
        if written != 0 {
            return written;
        }
        if self.plan.constants.exercice != 0 {
            return self.plan.constants.exercice;
        }
        let Some(rank) = row.dates.iter().position(|d| *d != NO_DAY) else {
            return plan.constants.declared.as_ref().map_or(0, |d| d.year);
        };
        let day = row.dates[rank];
        let year = year_of(day);
        let is_mandat = rank == DateKey::Mandat as usize;
        let declared = plan.constants.declared.as_ref().and_then(|d| d.of(day, is_mandat));
        self.counts.late += u64::from(declared.is_some_and(|d| d != year));
        declared.unwrap_or(year)
    }

    fn sens(&mut self, cells: &impl CellRow, money: &Money) -> Result<Sens, Aside> {
        let Some(index) = self.plan.sens else { return Ok(self.presumed(cells, money)) };
        let plan = self.plan;
        if plan.constants.book.sided {
            return Ok(if money.credit { Sens::R } else { Sens::D });
        }
        let text = plan.recoded(Column::Sens, cells.cell(index));
        if text.is_empty() {
            return Ok(self.presumed(cells, money));
        }
        let sens = read_sens(text);
        if sens.is_none() && (plan.constants.lenient || Types::of(text).cancels) {
            self.counts.untyped += u64::from(!Types::is_plain(text));
            return Ok(self.presumed(cells, money));
        }
        sens.ok_or(Aside {
            column: Some(index),
            reason: "sens inconnu (ni dépense ni recette)".into(),
            advice: "ajouter cette valeur à [valeurs.sens] dans correspondance.toml, avec D ou R",
        })
    }

    /// Sets aside the lines of totals that some exports put among the records.
    fn not_a_total(&self, cells: &impl CellRow) -> Result<(), Aside> {
        let undated = self.plan.dates.iter().all(|(_, i)| cells.cell(*i).is_empty());
        let of = |key: TextKey| self.plan.texts.iter().find(|(k, _)| *k == key).map(|(_, i)| *i);
        let says_total = |i: usize| may_be_total(cells.cell(i)) && is_total(cells.cell(i));
        let found = if undated {
            (0..cells.width().min(self.plan.headers.len())).any(says_total)
        } else {
            // A supplier may be named "Total": with a date, its column does not count.
            let first = (0..cells.width()).find(|i| !cells.cell(*i).is_empty());
            first.is_some_and(|i| of(TextKey::TiersNom) != Some(i) && says_total(i))
        };
        let unnamed = |key: TextKey| {
            of(key).is_none_or(|i| cells.cell(i).is_empty() || is_total(cells.cell(i)))
        };
        let keys = [TextKey::TiersId, TextKey::Mandat, TextKey::Facture];
        if !found || !keys.into_iter().all(unnamed) {
            return Ok(());
        }
        Err(Aside {
            column: None,
            reason: "ligne de total, pas une écriture".into(),
            advice: "rien, si c’est bien un total",
        })
    }

    fn amounts(&mut self, cells: &impl CellRow, row: &mut LedgerRow<'_>) {
        for rank in 0..self.plan.amounts.len() {
            let (key, index) = self.plan.amounts[rank];
            let text = written(cells, index);
            match read_amount(text, self.plan.decimal) {
                Ok(amount) => row.amounts[key as usize] = amount.centimes,
                Err(AmountError::Empty) => row.amounts[key as usize] = NO_AMOUNT,
                Err(error) => {
                    let reason = format!("{} ; laissé vide", error.raison());
                    self.issue(
                        Severity::Attention,
                        Some(index),
                        text,
                        reason,
                        "corriger la cellule dans la source",
                    );
                }
            }
        }
    }

    fn extra_cells(&mut self, cells: &impl CellRow) {
        let Some(extra) =
            (self.plan.headers.len()..cells.width()).map(|i| cells.cell(i)).find(|c| !c.is_empty())
        else {
            return;
        };
        self.counts.wide += 1;
        let reason = format!(
            "{} cellules pour {} titres : colonnes peut-être décalées",
            cells.width(),
            self.plan.headers.len()
        );
        let advice =
            "vérifier la ligne : un séparateur non protégé par des guillemets décale les cellules";
        self.issue(Severity::Attention, None, extra, reason, advice);
    }

    fn issue(
        &mut self,
        severity: Severity,
        column: Option<usize>,
        value: &[u8],
        raison: String,
        advice: &str,
    ) {
        if self.issues.len() >= MOST_ISSUES {
            return;
        }
        let colonne = column.and_then(|i| self.plan.headers.get(i)).cloned().unwrap_or_default();
        self.issues.push(Issue {
            severity,
            fichier: self.name.to_owned(),
            enregistrement: self.place(),
            colonne,
            valeur: clean_text(value).chars().take(200).collect(),
            raison,
            a_faire: advice.to_owned(),
        });
    }
}

/// A debit is an expense and a credit a receipt, but on an account of class 6 a credit is a cancelled
/// expense, and on one of class 7 a debit is a cancelled receipt.
fn two_sides(debit: i64, credit: i64, class: u8) -> Money {
    match class {
        6 => Money { centimes: debit - credit, credit: false },
        7 => Money { centimes: credit - debit, credit: true },
        _ if debit == 0 && credit != 0 => Money { centimes: credit, credit: true },
        _ => Money { centimes: debit - credit, credit: false },
    }
}

fn repeated_titles() -> Aside {
    Aside {
        column: None,
        reason: "ligne de titres répétée".into(),
        advice: "rien, si c’est un saut de page",
    }
}

/// A cell as the file writes it.
fn written(cells: &impl CellRow, index: usize) -> &[u8] {
    if cells.filled(index) { &[] } else { cells.cell(index) }
}

fn merged_amount(index: usize) -> Aside {
    Aside {
        column: Some(index),
        reason: "montant d’une cellule fusionnée, compté une fois, sur sa première ligne".into(),
        advice: "défusionner la cellule et répartir le montant, si chaque ligne a le sien",
    }
}

fn wrong_amount(index: usize, error: AmountError) -> Aside {
    Aside {
        column: Some(index),
        reason: error.raison().into(),
        advice: "corriger le montant dans la source et relire",
    }
}

/// Day first for month first, and the reverse.
fn other_order(order: DateOrder) -> DateOrder {
    if order == DateOrder::Mdy { DateOrder::Dmy } else { DateOrder::Mdy }
}

/// An amount, also in the `="12,50"` of spreadsheets.
fn read_amount(text: &[u8], decimal: Decimal) -> Result<Amount, AmountError> {
    match parse_amount(text, decimal) {
        Err(AmountError::NotANumber) if text.starts_with(b"=") => {
            parse_amount(clean_text(text).as_bytes(), decimal)
        }
        other => other,
    }
}

fn read_day(text: &[u8], order: DateOrder) -> Result<i32, DateError> {
    match parse_day(text, order) {
        Err(DateError::NotADate) => parse_day(clean_text(text).as_bytes(), order),
        other => other,
    }
}

/// Year of `2025`, `2025/26`, `Exercice 2025`; 0 when there is none.
pub fn read_year(text: &[u8]) -> u16 {
    let mut digits = text.split(|b| !b.is_ascii_digit()).filter(|d| !d.is_empty());
    let Some([a, b, c, d]) = digits.next() else { return 0 };
    let year = [a, b, c, d].iter().fold(0_u16, |n, d| n * 10 + u16::from(**d - b'0'));
    if YEARS.contains(&i32::from(year)) { year } else { 0 }
}

/// D or R from a letter or a word.
pub fn read_sens(text: &[u8]) -> Option<Sens> {
    let word = clean_text(text).to_lowercase();
    match word.as_str() {
        "d" | "dep" | "dép" | "dépense" | "depense" | "dépenses" | "depenses" | "debit"
        | "débit" | "mandat" => Some(Sens::D),
        "r" | "rec" | "recette" | "recettes" | "credit" | "crédit" | "titre" => Some(Sens::R),
        _ => Types::of(text).sens,
    }
}

/// A cheap look before [`is_total`].
fn may_be_total(text: &[u8]) -> bool {
    let start = text.iter().find(|b| b.is_ascii_alphabetic());
    matches!(start, Some(b't' | b'T' | b's' | b'S' | b'g' | b'G' | b'c' | b'C'))
}

/// True for the label of a line of totals, not for a supplier named "TOTAL ENERGIES".
fn is_total(text: &[u8]) -> bool {
    let text = clean_text(text).to_lowercase();
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let words = [
        "total",
        "totaux",
        "sous-total",
        "sous total",
        "grand total",
        "total general",
        "total général",
        "cumul",
    ];
    words.contains(&text)
        || [
            "sous-total ",
            "sous total ",
            "total du ",
            "total des ",
            "total de ",
            "total chapitre",
            "total article",
            "total compte",
            "total bordereau",
            "total mandat",
            "total budget",
            "total page",
            "total général ",
        ]
        .iter()
        .any(|w| text.starts_with(w))
}

fn first_texts(cells: &impl CellRow) -> Vec<u8> {
    let cells: Vec<&[u8]> =
        (0..cells.width()).map(|i| cells.cell(i)).filter(|c| !c.is_empty()).take(4).collect();
    cells.join(&b" | "[..])
}
