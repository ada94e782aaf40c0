//! What a supplier usually bills: a predictive law of the exact amount, learnt from the ledger itself.
//!
//! The probability of an amount in centimes is a mixture of ten laws, from the most precise to the
//! widest: amounts already billed by this supplier, amounts common on the account, kernel densities of
//! the supplier on the account, of the supplier, of the account, of the ledger. Their weights are
//! learnt by EM for the ledger, then shrunk supplier by supplier (empirical Bayes): a supplier whose
//! amounts vary a lot leans on the wide laws, and nothing surprises there.
//!
//! **Invariant:** a row never takes part in its own habit (leave one out).

use crate::frames::ledger::NO_TEXT;
use crate::stats::digits::{ZERO_CLASSES, zero_base_rate};
use crate::stats::logkernel::{BINS, Kernel, Sum};
use crate::stats::mixture;

use super::rows::{Slot, bin_counts, runs};

/// Number of laws in the mixture.
pub(crate) const LAWS: usize = 10;
/// Values of the laws, or their weights.
pub(crate) type Laws = [f64; LAWS];
/// Suppliers are classed by their number of rows; each class has its prior weights.
const SIZES: [usize; 5] = [2, 4, 9, 30, 150];
/// Rows at most that teach the prior weights of a class.
const TEACHERS: usize = 8_000;
/// Share of the amounts whose trailing zeros follow the ledger whatever the supplier's habit: prices,
/// deposits and instalments are round now and then everywhere.
const STRANGE_DIGITS: f64 = 0.1;
/// Weight of the prior, in rows, when a supplier's own weights are fitted.
const STRENGTH: f64 = 6.0;

/// Weights before reading the ledger, by size class, worth 100 rows: the mean of what four public
/// ledgers of English towns give (they differ little). They matter in small ledgers only.
#[rustfmt::skip]
const TYPICAL: [Laws; SIZES.len() + 1] = [
    [0.001, 0.290, 0.001, 0.001, 0.001, 0.0005, 0.370, 0.3300, 0.0050, 0.0005],
    [0.220, 0.130, 0.002, 0.006, 0.060, 0.1050, 0.240, 0.1300, 0.0020, 0.1050],
    [0.350, 0.070, 0.005, 0.020, 0.050, 0.1600, 0.130, 0.0540, 0.0010, 0.1600],
    [0.480, 0.030, 0.005, 0.065, 0.055, 0.1450, 0.060, 0.0145, 0.0005, 0.1450],
    [0.580, 0.014, 0.005, 0.120, 0.050, 0.0825, 0.050, 0.0155, 0.0005, 0.0825],
    [0.620, 0.022, 0.005, 0.180, 0.060, 0.0325, 0.030, 0.0175, 0.0005, 0.0325],
];

/// What the whole ledger says: densities by account, counts of shared amounts, digits, prior weights.
pub(crate) struct World {
    narrow: Kernel,
    middle: Kernel,
    wide: Kernel,
    /// Density per decade of all amounts.
    global: Vec<f32>,
    /// Density per decade by account, for accounts of at least 20 rows.
    by_account: Vec<Option<Box<[f32]>>>,
    /// Rows by account.
    account_rows: Vec<u32>,
    /// By slot: rows of other suppliers with the same amount, on the account and on the ledger.
    shared: Vec<(u32, u32)>,
    /// Share of each class of trailing zeros.
    pub zeros: [f64; ZERO_CLASSES],
    /// Rows.
    pub rows: f64,
    /// Prior weights by size class.
    priors: [Laws; SIZES.len() + 1],
}

/// Share of the multiple `m` among the multiples 2 to 30: in `m` to the power -1.3.
fn multiple_share(m: u64) -> f64 {
    (m as f64).powf(-1.3) / 1.9
}

fn size_class(rows: usize) -> usize {
    SIZES.iter().filter(|s| rows >= **s).count()
}

fn smooth(counts: &[(u16, u32)], kernel: &Kernel) -> Vec<f32> {
    let mut density = vec![0.0; BINS];
    let total: u32 = counts.iter().map(|c| c.1).sum();
    for &(at, count) in counts {
        kernel.scatter(&mut density, usize::from(at), count as f32 / total as f32);
    }
    density
}

fn shared_amounts(slots: &[Slot]) -> Vec<(u32, u32)> {
    let mut index: Vec<(u64, u32, u32, u32)> =
        slots.iter().enumerate().map(|(i, s)| (s.cents, s.account, s.supplier, i as u32)).collect();
    index.sort_unstable();
    let mut shared = vec![(0, 0); slots.len()];
    let mut by_supplier: Vec<(u32, u32)> = Vec::new();
    for amount in runs(&index, |x| x.0) {
        let same = &index[amount];
        if same.len() < 2 {
            continue;
        }
        by_supplier.clear();
        by_supplier.extend(same.iter().map(|x| (x.2, 1)));
        by_supplier.sort_unstable();
        by_supplier.dedup_by(|b, a| {
            a.0 == b.0 && {
                a.1 += b.1;
                true
            }
        });
        for account in runs(same, |x| x.1) {
            let on_account = &same[account];
            for mine in runs(on_account, |x| x.2) {
                let supplier = on_account[mine.start].2;
                let at = by_supplier.partition_point(|p| p.0 < supplier);
                let here = (on_account.len() - mine.len()) as u32;
                let anywhere = same.len() as u32 - by_supplier[at].1;
                for x in &on_account[mine.clone()] {
                    shared[x.3 as usize] = (here, anywhere);
                }
            }
        }
    }
    shared
}

impl World {
    /// Learns from all the slots.
    pub(crate) fn learn(slots: &[Slot]) -> Self {
        let accounts =
            slots.iter().filter(|s| s.account != NO_TEXT).map(|s| s.account as usize + 1).max();
        let mut scratch = Vec::new();
        let (narrow, middle, wide) =
            (Kernel::gaussian(1.0), Kernel::gaussian(3.0), Kernel::gaussian(8.0));
        let mut by_bin: Vec<Vec<u16>> = vec![Vec::new(); accounts.unwrap_or(0)];
        let mut zeros = [1.0; ZERO_CLASSES];
        for s in slots {
            if s.account != NO_TEXT {
                by_bin[s.account as usize].push(s.bin);
            }
            zeros[usize::from(s.zeros)] += 1.0;
        }
        let account_rows = by_bin.iter().map(|b| b.len() as u32).collect();
        let by_account = by_bin
            .iter_mut()
            .map(|bins| {
                (bins.len() >= 20).then(|| {
                    bins.sort_unstable();
                    let counts: Vec<(u16, u32)> = runs(bins, |b| *b)
                        .into_iter()
                        .map(|r| (bins[r.start], r.len() as u32))
                        .collect();
                    smooth(&counts, &middle).into_boxed_slice()
                })
            })
            .collect();
        let all: f64 = zeros.iter().sum();
        let global = smooth(&bin_counts(slots, &mut scratch), &middle);
        let mut world = Self {
            narrow,
            middle,
            wide,
            global,
            by_account,
            account_rows,
            shared: shared_amounts(slots),
            zeros: zeros.map(|z| z / all),
            rows: slots.len() as f64,
            priors: TYPICAL,
        };
        world.learn_priors(slots);
        world
    }

    fn learn_priors(&mut self, slots: &[Slot]) {
        let suppliers = runs(slots, |s| s.supplier);
        for (class, typical) in TYPICAL.iter().enumerate() {
            let mut mine: Vec<_> =
                suppliers.iter().filter(|r| size_class(r.len()) == class).cloned().collect();
            mine.sort_by_key(|r| {
                let supplier = u64::from(slots[r.start].supplier);
                (supplier.wrapping_mul(0x9e37_79b9_7f4a_7c15), supplier)
            });
            let mut seen = Vec::new();
            let mut desk = Desk::default();
            for range in mine {
                if seen.len() >= TEACHERS {
                    break;
                }
                let mut habit = Habit::open(self, slots, range, &mut desk);
                seen.extend(habit.observations(400));
                habit.close();
            }
            self.priors[class] = mixture::fit(&seen, typical, 100.0, 25);
        }
    }

    /// Rows of other suppliers with the same amount on the whole ledger.
    pub(crate) fn shared_anywhere(&self, slot: usize) -> u32 {
        self.shared[slot].1
    }

    /// Density per decade of the ledger at a bin, without the row of bin `own`.
    pub(crate) fn global_density(&self, at: i32, own: u16) -> f64 {
        let Some(d) = usize::try_from(at).ok().and_then(|i| self.global.get(i)) else { return 0.0 };
        let own_share = if at == i32::from(own) { f64::from(self.middle.center()) } else { 0.0 };
        ((f64::from(*d) * self.rows - own_share) / (self.rows - 1.0).max(1.0)).max(0.0)
    }
}

/// Buffers reused from one supplier to the next.
#[derive(Default)]
pub(crate) struct Desk {
    narrow: Sum,
    wide: Sum,
    cell: Sum,
    account: Sum,
    scratch: Vec<u16>,
}

/// Habit of one supplier: its amounts, densities and weights.
pub(crate) struct Habit<'a> {
    world: &'a World,
    desk: &'a mut Desk,
    /// The supplier's slots, sorted by account then amount.
    pub slots: &'a [Slot],
    /// Position of the first of them among all slots.
    pub first: usize,
    /// Their amounts, ascending, centimes.
    pub amounts: Vec<u64>,
    /// Amounts billed at least twice, with their numbers of rows.
    pub usual: Vec<(u64, u32)>,
    counts: Vec<(u16, u32)>,
    cell_counts: Vec<(u16, u32)>,
    account_counts: Vec<(u16, u32)>,
    account: Option<u32>,
    cell_account: Option<(u32, u32)>,
    /// Share of each class of trailing zeros, own row not removed.
    zero_counts: [f64; ZERO_CLASSES],
    /// Weights of the laws for this supplier.
    pub weights: Laws,
    /// Weights for suppliers of this size.
    pub prior: Laws,
}

/// An amount to be explained: where it falls, in the eyes of a given row that is left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// Bin of the amount.
    pub bin: i32,
    /// Smallest and largest amounts meant, centimes (equal but for a rounded division).
    pub range: (u64, u64),
    /// Probability of one amount per unit of density: digits and spacing.
    pub unit: f64,
}

impl<'a> Habit<'a> {
    /// Prepares the supplier of `range`.
    pub(crate) fn open(
        world: &'a World,
        slots: &'a [Slot],
        range: std::ops::Range<usize>,
        desk: &'a mut Desk,
    ) -> Self {
        let first = range.start;
        let slots = &slots[range];
        let counts = bin_counts(slots, &mut desk.scratch);
        desk.narrow.add(&world.narrow, &counts);
        desk.wide.add(&world.wide, &counts);
        let mut amounts: Vec<u64> = slots.iter().map(|s| s.cents).collect();
        amounts.sort_unstable();
        let mut zero_counts = [0.0; ZERO_CLASSES];
        for s in slots {
            zero_counts[usize::from(s.zeros)] += 1.0;
        }
        let prior = world.priors[size_class(slots.len())];
        Self {
            world,
            desk,
            slots,
            first,
            usual: runs(&amounts, |a| *a)
                .into_iter()
                .filter(|r| r.len() > 1)
                .map(|r| (amounts[r.start], r.len() as u32))
                .collect(),
            amounts,
            counts,
            cell_counts: Vec::new(),
            account_counts: Vec::new(),
            account: None,
            cell_account: None,
            zero_counts,
            weights: prior,
            prior,
        }
    }

    /// Gives the buffers back, clean.
    pub(crate) fn close(self) {
        self.desk.narrow.clear(&self.world.narrow, &self.counts);
        self.desk.wide.clear(&self.world.wide, &self.counts);
        self.desk.cell.clear(&self.world.narrow, &self.cell_counts);
        self.desk.account.clear(&self.world.wide, &self.account_counts);
    }

    fn enter_account(&mut self, account: u32) {
        if self.account == Some(account) {
            return;
        }
        self.desk.account.clear(&self.world.wide, &self.account_counts);
        let from = self.slots.partition_point(|s| s.account < account);
        let to = self.slots.partition_point(|s| s.account <= account);
        self.account_counts = bin_counts(&self.slots[from..to], &mut self.desk.scratch);
        self.desk.account.add(&self.world.wide, &self.account_counts);
        self.account = Some(account);
    }

    fn enter_cell(&mut self, account: (u32, u32)) {
        if self.cell_account == Some(account) {
            return;
        }
        self.desk.cell.clear(&self.world.narrow, &self.cell_counts);
        let from = self.slots.partition_point(|s| (s.account, s.service) < account);
        let to = self.slots.partition_point(|s| (s.account, s.service) <= account);
        self.cell_counts = bin_counts(&self.slots[from..to], &mut self.desk.scratch);
        self.desk.cell.add(&self.world.narrow, &self.cell_counts);
        self.cell_account = Some(account);
    }

    /// Rows of the supplier other than the one judged, at least one.
    pub(crate) fn others(&self) -> f64 {
        (self.slots.len() as f64 - 1.0).max(1.0)
    }

    /// Median amount, centimes.
    pub(crate) fn center(&self) -> u64 {
        self.amounts[self.amounts.len() / 2]
    }

    /// Number of rows with a usual amount; 0 when it is not usual.
    pub(crate) fn usual_rows(&self, cents: u64) -> u32 {
        self.usual.binary_search_by_key(&cents, |u| u.0).map_or(0, |at| self.usual[at].1)
    }

    /// The amount billed most often, with its number of rows; the smallest of them on a tie.
    pub(crate) fn mode(&self) -> Option<(u64, u32)> {
        self.usual.iter().copied().max_by_key(|u| (u.1, std::cmp::Reverse(u.0)))
    }

    /// Share of a class of trailing zeros at this supplier, row `own` left out.
    pub(crate) fn zero_share(&self, zeros: u8, own: &Slot) -> f64 {
        let z = usize::from(zeros).min(ZERO_CLASSES - 1);
        let mine = self.zero_counts[z] - f64::from(u8::from(own.zeros == zeros));
        let own_share = (mine + 4.0 * self.world.zeros[z]) / (self.slots.len() as f64 - 1.0 + 4.0);
        (1.0 - STRANGE_DIGITS) * own_share + STRANGE_DIGITS * self.world.zeros[z]
    }

    /// Probability of an exact amount per unit of density per decade.
    pub(crate) fn unit(&self, cents: u64, zeros: u8, own: &Slot) -> f64 {
        let spacing = cents as f64 * std::f64::consts::LN_10;
        self.zero_share(zeros, own) / zero_base_rate(usize::from(zeros)) / spacing
    }

    /// Rows of the supplier between two amounts.
    pub(crate) fn rows_between(&self, low: u64, high: u64) -> usize {
        self.amounts.partition_point(|a| *a <= high) - self.amounts.partition_point(|a| *a < low)
    }

    /// Values of the laws at the row's own amount.
    pub(crate) fn own_laws(&mut self, i: usize, with_ten: bool) -> Laws {
        let own = self.slots[i];
        let unit = self.unit(own.cents, own.zeros, &own);
        let target = Target { bin: i32::from(own.bin), range: (own.cents, own.cents), unit };
        let mut laws = self.laws_at(&own, &target);
        let (here, _) = self.world.shared[self.first + i];
        let on_account =
            self.world.account_rows.get(own.account as usize).map_or(0.0, |n| f64::from(*n));
        if on_account > 1.0 {
            laws[1] = f64::from(here) / on_account;
        }
        laws[2] = self.multiples(own.cents, with_ten);
        laws
    }

    /// Probability of the amount as a small multiple, or a simple fraction, of a usual amount.
    fn multiples(&self, cents: u64, with_ten: bool) -> f64 {
        if self.usual.is_empty() {
            return 0.0;
        }
        let (least, most) = (self.usual[0].0, self.usual[self.usual.len() - 1].0);
        let mut weight = 0.0;
        for m in (2..=30u64).filter(|m| with_ten || *m != 10) {
            if cents / m < least {
                break;
            }
            if cents.is_multiple_of(m) {
                weight += 0.8 * multiple_share(m) * f64::from(self.usual_rows(cents / m));
            }
        }
        for m in (2..=12u64).filter(|m| with_ten || *m != 10) {
            let whole = cents.saturating_mul(m);
            if whole > most.saturating_add(m) {
                break;
            }
            let from = self.usual.partition_point(|u| u.0 < whole - m / 2);
            let near = self.usual[from..].iter().take_while(|u| u.0 <= whole + m / 2);
            weight += 0.2 * multiple_share(m) * near.map(|u| f64::from(u.1)).sum::<f64>();
        }
        weight / self.others()
    }

    /// Values of the laws at another amount, in the eyes of row `own`. Shared amounts are not looked up.
    pub(crate) fn laws_at(&mut self, own: &Slot, target: &Target) -> Laws {
        self.enter_cell((own.account, own.service));
        self.enter_account(own.account);
        let world = self.world;
        let others = self.slots.len() as f64 - 1.0;
        let mut laws = [0.0; LAWS];
        let (low, high) = target.range;
        let itself = usize::from(low <= own.cents && own.cents <= high);
        if others > 0.0 {
            laws[0] = (self.rows_between(low, high) - itself) as f64 / others;
        }
        let at = target.bin;
        laws[3] = self.desk.cell.leave_one_out(&world.narrow, at, own.bin) * target.unit;
        laws[4] = self.desk.narrow.leave_one_out(&world.narrow, at, own.bin) * target.unit;
        laws[5] = self.desk.wide.leave_one_out(&world.wide, at, own.bin) * target.unit;
        laws[6] = self.account_density(own, at) * target.unit;
        laws[7] = world.global_density(at, own.bin) * target.unit;
        laws[8] = 0.1 * target.unit;
        laws[9] = self.desk.account.leave_one_out(&world.wide, at, own.bin) * target.unit;
        laws
    }

    fn account_density(&self, own: &Slot, at: i32) -> f64 {
        let world = self.world;
        let Some(Some(density)) = world.by_account.get(own.account as usize) else {
            return world.global_density(at, own.bin);
        };
        let Some(d) = usize::try_from(at).ok().and_then(|i| density.get(i)) else {
            return 0.0;
        };
        let n = f64::from(world.account_rows[own.account as usize]);
        let own_share =
            if at == i32::from(own.bin) { f64::from(world.middle.center()) } else { 0.0 };
        ((f64::from(*d) * n - own_share) / (n - 1.0)).max(0.0)
    }

    /// Law values of at most `limit` rows, evenly spread, each with its number of occurrences.
    pub(crate) fn observations(&mut self, limit: usize) -> Vec<(Laws, f64)> {
        let step = self.slots.len().div_ceil(limit).max(1);
        let mut seen: Vec<(Laws, f64)> = Vec::with_capacity(self.slots.len().min(limit));
        let mut last: Option<((u32, u32), u64)> = None;
        for i in (0..self.slots.len()).step_by(step) {
            let key = ((self.slots[i].account, self.slots[i].service), self.slots[i].cents);
            if last == Some(key) {
                if let Some(previous) = seen.last_mut() {
                    previous.1 += 1.0;
                }
                continue;
            }
            last = Some(key);
            let laws = self.own_laws(i, false);
            seen.push((laws, 1.0));
        }
        seen
    }

    /// Fits this supplier's weights.
    pub(crate) fn fit(&mut self) {
        let seen = self.observations(400);
        self.weights = mixture::fit(&seen, &self.prior, STRENGTH, 6);
    }
}
