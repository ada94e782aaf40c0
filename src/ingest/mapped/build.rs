//! From cells to ledger rows: each record is kept, or set aside with its reason.
//!
//! Takes the plan of a file (which cell is which column, in which convention), pushes rows to a
//! `LedgerBuilder` and counts.
//!
//! **Invariant:** records read = kept + set aside; the sum of the amounts read is split the same way.

use crate::domain::calendar::{DateError, DateOrder, NO_DAY, year_of};
use crate::domain::money::{Amount, AmountError};
use crate::frames::intern::clean_text;
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::{AmountKey, DateKey, NO_AMOUNT, Sens, TextKey};
use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};
use crate::ingest::mapped::declared::{self, State, is_credit};
use crate::ingest::mapped::follow::{Above, Previous, keys, lone_cell};
use crate::ingest::mapped::libres::Libres;
use crate::ingest::mapped::mapping::Column;
use crate::ingest::mapped::plan::{AmountSource, Counts, Plan};
use crate::ingest::mapped::presume::{self, Types};
use crate::ingest::mapped::values::{is_total, may_be_total, other_order, read_amount, read_day};
pub use crate::ingest::mapped::values::{read_sens, read_year};
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
    /// What the rows above say.
    above: Above,
    /// Sens that titles repeated with other words give to the rows below them.
    block: Option<Sens>,
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
            above: Above::default(),
            block: None,
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
        let layers = self.plan.constants.above;
        if layers.headings && self.heading(cells) {
            return;
        }
        let money = self.money(cells);
        // taken out while the row borrows it
        let above = std::mem::take(&mut self.above);
        let kept = self.row(cells, money, &above, out);
        self.above = above;
        if kept.is_some() {
            self.above.row = kept;
        }
    }

    /// A record, with what the rows above it say; what the next ones may take from it.
    fn row(
        &mut self,
        cells: &impl CellRow,
        money: Result<Money, Aside>,
        above: &Above,
        out: &mut LedgerBuilder,
    ) -> Option<Previous> {
        let plan = self.plan;
        let followed =
            above.row.as_ref().filter(|_| plan.constants.above.follow && follows(plan, cells));
        let mut row = LedgerRow { record: self.place() as u32, ..LedgerRow::empty() };
        let amount = money.as_ref().map_or(0, |m| m.centimes);
        let checked = match (&money, followed) {
            (Err(aside), _) if aside.column.is_none() => Ok(()),
            (_, Some(previous)) => self.not_a_total(cells).map(|()| {
                (row.dates, row.exercice) = (previous.dates, previous.exercice);
            }),
            _ => self.not_a_total(cells).and_then(|()| self.dates(cells, above, &mut row)),
        };
        let checked = checked.and_then(|()| self.state(cells, amount));
        let checked = checked.and_then(|()| self.of_the_budget(cells));
        let checked = checked.and(money).and_then(|money| {
            row.montant = money.centimes;
            self.sens(cells, &money).map(|sens| row.sens = sens)
        });
        if let Err(aside) = checked {
            if aside.reason == REPEATED {
                self.block = presume::sens_of_titles(cells).or(self.block);
            }
            self.counts.aside += 1;
            self.counts.total_aside += i128::from(amount);
            let cell = aside.column.map(|i| cells.cell(i).to_vec()).filter(|c| !c.is_empty());
            let value = cell.unwrap_or_else(|| first_texts(cells));
            self.issue(Severity::Ecartee, aside.column, &value, aside.reason, aside.advice);
            return None;
        }
        self.amounts(cells, &mut row);
        self.cancellation(cells, &mut row);
        for (key, text) in &plan.constants.texts {
            row.texts[*key as usize] = text;
        }
        for (key, index) in &plan.texts {
            row.texts[*key as usize] = plan.recoded(Column::Text(*key), cells.cell(*index));
        }
        above.heading.fill(&mut row);
        if let Some(previous) = followed {
            previous.fill(&mut row);
            row.sens = previous.sens;
            self.counts.followed += 1;
        }
        self.counts.kept += 1;
        self.counts.total += i128::from(row.montant);
        if cells.width() > self.plan.headers.len() {
            self.extra_cells(cells);
        }
        out.push(&row);
        let (extras, last) = out.extras();
        self.libres.keep(cells, extras, last);
        (plan.constants.above.follow && followed.is_none()).then(|| Previous::of(&row))
    }

    /// A line of one cell that tells the rows below it; false for any other.
    fn heading(&mut self, cells: &impl CellRow) -> bool {
        let Some(index) = lone_cell(cells) else { return false };
        if !self.above.heading.read(cells.cell(index)) {
            return false;
        }
        self.block = self.above.heading.sens.or(self.block);
        self.counts.aside += 1;
        let reason = "intertitre, lu pour les lignes qui le suivent";
        self.issue(Severity::Ecartee, None, cells.cell(index), reason.into(), "rien");
        true
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
        let presumed = self.block.or(constants.presumed.as_ref().map(|(sens, _)| *sens));
        if presumed == Some(Sens::R) {
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

    /// Class whose sides the account has, 0 when there is none: refunds of charges (6419) are received, those of
    /// receipts (739) are spent.
    fn account_class(&self, cells: &impl CellRow) -> u8 {
        let nature = self.plan.texts.iter().find(|(k, _)| *k == TextKey::Nature);
        let account = nature.map_or(&b""[..], |(_, i)| cells.cell(*i));
        let one_of = |list: &[&[u8]]| list.iter().any(|start| account.starts_with(start));
        match account.first() {
            Some(b'6') if one_of(&[b"609", b"619", b"629", b"6419", b"6459", b"649"]) => 7,
            Some(b'7') if one_of(&[b"709", b"739", b"749"]) => 6,
            Some(digit) => digit.wrapping_sub(b'0'),
            None => 0,
        }
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

    fn dates(
        &mut self,
        cells: &impl CellRow,
        above: &Above,
        row: &mut LedgerRow<'_>,
    ) -> Result<(), Aside> {
        if self.plan.constants.above.dated {
            row.dates[DateKey::Mandat as usize] = above.heading.day.unwrap_or(NO_DAY);
        }
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

/// True for a row without date, mandat nor tiers, with an account: one more line of the mandat above.
fn follows(plan: &Plan, cells: &impl CellRow) -> bool {
    let nature = plan.texts.iter().find(|(k, _)| *k == TextKey::Nature);
    let bare = keys(plan).is_some_and(|keys| keys.iter().all(|i| cells.cell(*i).is_empty()));
    bare && nature.is_some_and(|(_, i)| !cells.cell(*i).is_empty())
}

fn repeated_titles() -> Aside {
    Aside { column: None, reason: REPEATED.into(), advice: "rien, si c’est un saut de page" }
}

const REPEATED: &str = "ligne de titres répétée";

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

fn first_texts(cells: &impl CellRow) -> Vec<u8> {
    let cells: Vec<&[u8]> =
        (0..cells.width()).map(|i| cells.cell(i)).filter(|c| !c.is_empty()).take(4).collect();
    cells.join(&b" | "[..])
}
