//! Who is paid: rows brought to one supplier by SIREN, IBAN, `tiers_id` and spellings of the name.
//!
//! A name borne by many ids ("données masquées"), or an id given to many names ("tiers divers"),
//! identifies nobody and links nothing. A link seen once against a well established habit is taken for
//! a slip of the hand: it stays visible as a rare spelling and merges nobody.
//!
//! Two answers: who is paid, and [`Resolved::kin`], wider, for what may be one invoice paid twice. Only kin
//! brings together two names without likeness that share an IBAN, or two persons one letter apart.
//! **Invariant:** supplier numbers follow the order of the texts, not that of the rows.

use rustc_hash::FxHashMap;

use super::likeness::{Named, alike, other_persons};
use super::words::name_key;
use crate::domain::entity::normal_name;
use crate::frames::ledger::{Ledger, NO_TEXT, TextColumn, TextKey};
use crate::stats::text::{Slip, fold, hash64, one_slip};

/// Supplier of a row that names none.
pub const NO_SUPPLIER: u32 = u32::MAX;

/// Suppliers of a ledger.
#[derive(Debug, Clone, Default)]
pub struct Suppliers {
    /// Supplier of each row, or [`NO_SUPPLIER`].
    pub of_row: Vec<u32>,
    /// Rows of each supplier.
    pub rows: Vec<u32>,
    /// Rows of the ledger written with the very same name and ids, for each row.
    pub spelling_rows: Vec<u32>,
    /// True for a pool of rows that only a name borne by many holds together.
    pub pooled: Vec<bool>,
}

impl Suppliers {
    /// Number of suppliers.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without suppliers.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows of a supplier; all rows without supplier count as one crowd.
    pub fn size(&self, supplier: u32) -> u32 {
        self.rows.get(supplier as usize).copied().unwrap_or(u32::MAX)
    }
}

/// A way of naming suppliers: a node per row, and which nodes identify nobody.
#[derive(Clone)]
struct Axis {
    node: Vec<u32>,
    count: Vec<u32>,
    generic: Vec<bool>,
}

impl Axis {
    fn new(node: Vec<u32>, nodes: usize) -> Self {
        let mut count = vec![0; nodes];
        for n in node.iter().filter(|n| **n != NO_TEXT) {
            count[*n as usize] += 1;
        }
        Self { node, count, generic: vec![false; nodes] }
    }

    fn empty(rows: usize) -> Self {
        Self::new(vec![NO_TEXT; rows], 0)
    }

    fn usable(&self, row: usize) -> Option<u32> {
        let n = self.node[row];
        (n != NO_TEXT && !self.generic[n as usize]).then_some(n)
    }
}

/// The suppliers of a ledger, twice.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// Who is paid.
    pub suppliers: Suppliers,
    /// Who may be one payee under several names.
    pub kin: Suppliers,
}

/// Axes of the ids, in the order of their trust.
const SIRETS: usize = 1;
const IDS: usize = 2;
const IBANS: usize = 3;

/// Resolves the suppliers of `ledger`.
pub fn resolve(ledger: &Ledger) -> Resolved {
    let names = Names::read(ledger);
    let ids = [
        text_axis(ledger, TextKey::Siret, |t| siren(t).map(str::to_owned)),
        text_axis(ledger, TextKey::TiersId, |t| Some(t.to_owned())),
        text_axis(ledger, TextKey::Iban, |t| Some(fold(t).replace(' ', ""))),
    ];
    let raw = [SIRETS, IDS].map(|k| links(&names.axis, &ids[k - 1]));
    let named = |n: u32| names.named(&raw, n);
    let usual = aliases(&names.glued, &names.axis.count);
    let own = |n: u32| n == usual[n as usize] || !other_persons(named(n), named(usual[n as usize]));
    let alias: Vec<u32> =
        (0..usual.len() as u32).map(|n| if own(n) { usual[n as usize] } else { n }).collect();
    let spelling = spelling_rows(ledger);
    let one = |alias: &[u32], strict: bool| {
        let [sirets, codes, ibans] = ids.each_ref().map(Axis::clone);
        let mut axes = vec![names.under(alias), sirets, codes, ibans];
        let links: Vec<Vec<Link>> = (1..4).map(|k| links(&axes[0], &axes[k])).collect();
        for (k, list) in links.iter().enumerate() {
            mark_generic(&mut axes, k + 1, list);
        }
        let mut union = Union::new(&axes);
        for (k, list) in links.iter().enumerate() {
            if strict && k + 1 == IBANS {
                let normal = |n| normal_name(names.text(n));
                let apart = |a, b| other_persons(named(a), named(b));
                join_accounts(&mut union, &axes, list, &normal, &apart);
            } else {
                join(&mut union, &axes, k + 1, list);
            }
        }
        number(ledger, &axes, &mut union, &spelling)
    };
    let suppliers = one(&alias, true);
    let same = alias == usual && ids[IBANS - 1].count.is_empty();
    let kin = if same { suppliers.clone() } else { one(&usual, false) };
    Resolved { suppliers, kin }
}

/// A name, an id, and the rows that bear both.
type Link = (u32, u32, u32);

/// SIREN of a SIRET or SIREN text.
fn siren(text: &str) -> Option<&str> {
    let head = text.get(..9)?;
    (head.bytes().all(|b| b.is_ascii_digit()) && head != "000000000").then_some(head)
}

/// Nodes of a text column, one per distinct `key` of its texts, numbered in text order.
fn text_axis(ledger: &Ledger, column: TextKey, key: impl Fn(&str) -> Option<String>) -> Axis {
    let Some(column) = ledger.text(column) else { return Axis::empty(ledger.len()) };
    let (of_code, nodes) = number_keys(column, key);
    Axis::new(rows_of(column, &of_code), nodes)
}

fn rows_of(column: &TextColumn, of_code: &[u32]) -> Vec<u32> {
    column.codes.iter().map(|c| of_code.get(*c as usize).copied().unwrap_or(NO_TEXT)).collect()
}

fn number_keys(column: &TextColumn, key: impl Fn(&str) -> Option<String>) -> (Vec<u32>, usize) {
    let mut known: FxHashMap<u64, u32> = FxHashMap::default();
    let of_code = column
        .dictionary
        .iter()
        .map(|text| match key(text).filter(|k| !k.is_empty()) {
            Some(k) => {
                let next = known.len() as u32;
                *known.entry(hash64(k.as_bytes())).or_insert(next)
            }
            None => NO_TEXT,
        })
        .collect();
    (of_code, known.len())
}

/// Name nodes: spellings with one key.
struct Names<'a> {
    column: Option<&'a TextColumn>,
    /// Node of each text.
    of_code: Vec<u32>,
    /// First text of each node.
    first: Vec<u32>,
    /// Its letters.
    glued: Vec<String>,
    /// Node of each row.
    axis: Axis,
}

impl<'a> Names<'a> {
    fn read(ledger: &'a Ledger) -> Self {
        let Some(column) = ledger.text(TextKey::TiersNom) else {
            let axis = Axis::empty(ledger.len());
            let (of_code, first, glued) = Default::default();
            return Self { column: None, of_code, first, glued, axis };
        };
        let folded: Vec<String> = column.dictionary.iter().map(fold).collect();
        let mut known: FxHashMap<u64, u32> = FxHashMap::default();
        let mut first: Vec<u32> = Vec::new();
        let mut of_code = Vec::with_capacity(folded.len());
        for (code, text) in folded.iter().enumerate() {
            let key = name_key(text);
            if key.is_empty() {
                of_code.push(NO_TEXT);
                continue;
            }
            let next = first.len() as u32;
            let node = *known.entry(hash64(key.as_bytes())).or_insert(next);
            if node == next {
                first.push(code as u32);
            }
            of_code.push(node);
        }
        let axis = Axis::new(rows_of(column, &of_code), first.len());
        let glued = first.iter().map(|c| folded[*c as usize].replace(' ', "")).collect();
        Self { column: Some(column), of_code, first, glued, axis }
    }

    /// Rows by the usual name of each node: rare spellings one slip or one cut away from a usual one join it.
    fn under(&self, alias: &[u32]) -> Axis {
        let Some(column) = self.column else { return self.axis.clone() };
        let usual = |n: &u32| if *n == NO_TEXT { NO_TEXT } else { alias[*n as usize] };
        let of_code: Vec<u32> = self.of_code.iter().map(usual).collect();
        Axis::new(rows_of(column, &of_code), self.first.len())
    }

    fn text(&self, node: u32) -> &'a str {
        self.column.map_or("", |c| c.dictionary.get(self.first[node as usize]))
    }

    /// What the ids of a node say, from its links to SIRET and to codes of tiers.
    fn named<'l>(&self, [sirets, ids]: &'l [Vec<Link>; 2], node: u32) -> Named<'l>
    where
        'a: 'l,
    {
        let of = |list: &'l [Link]| {
            let from = list.partition_point(|l| l.0 < node);
            &list[from..from + list[from..].partition_point(|l| l.0 == node)]
        };
        let siret = (!sirets.is_empty()).then(|| !of(sirets).is_empty());
        Named { text: self.text(node), ids: of(ids), siret }
    }
}

/// For each name, the usual name it is a rare variant of, or itself.
fn aliases(glued: &[String], count: &[u32]) -> Vec<u32> {
    let mut alias: Vec<u32> = (0..glued.len() as u32).collect();
    let rare = |n: usize| count[n] <= 2 && glued[n].len() >= 8;
    let usual = |n: usize, than: usize| count[n] >= 3 * count[than].max(1);
    let mut order: Vec<u32> = (0..glued.len() as u32).collect();
    order.sort_unstable_by(|a, b| glued[*a as usize].cmp(&glued[*b as usize]).then(a.cmp(b)));
    for pair in order.windows(3) {
        let [s, t, u] = [pair[0], pair[1], pair[2]].map(|x| x as usize);
        let cut = rare(s) && glued[s].len() >= 10 && glued[t].starts_with(&glued[s]);
        if cut && usual(t, s) && !glued[u].starts_with(&glued[s]) {
            alias[s] = t as u32;
        }
    }
    for (hash_a, hash_b) in near_names(glued, &rare) {
        let (a, b) = (hash_a as usize, hash_b as usize);
        if alias[a] == a as u32
            && usual(b, a)
            && alias[b] == b as u32
            && is_slip(&glued[a], &glued[b])
        {
            alias[a] = b as u32;
        }
    }
    alias
}

/// One slip on a letter (a digit tells two sites or two agencies apart).
fn is_slip(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let at = |i: usize| a.get(i).or(b.get(i)).is_none_or(|c| !c.is_ascii_digit());
    match one_slip(a, b) {
        Some(Slip::Replaced(i) | Slip::Swapped(i) | Slip::Inserted(i)) => {
            at(i) && b.get(i).is_none_or(|c| !c.is_ascii_digit())
        }
        _ => false,
    }
}

/// Pairs (rare, other) of names that share a text with one letter taken off, in ascending order.
fn near_names(glued: &[String], rare: &dyn Fn(usize) -> bool) -> Vec<(u32, u32)> {
    // Beyond this the index of cuts would weigh more than the ledger; ids and keys still resolve names.
    const LARGEST: usize = 300_000;
    if glued.len() > LARGEST {
        return Vec::new();
    }
    let mut cuts: Vec<(u64, u32)> = Vec::new();
    for (n, text) in glued.iter().enumerate().filter(|(_, t)| t.len() >= 8 && t.len() <= 60) {
        cuts.push((hash64(text.as_bytes()), n as u32));
        for i in 0..text.len() {
            let cut = [&text.as_bytes()[..i], &text.as_bytes()[i + 1..]].concat();
            cuts.push((hash64(&cut), n as u32));
        }
    }
    cuts.sort_unstable();
    cuts.dedup();
    let mut pairs = Vec::new();
    for block in cuts.chunk_by(|x, y| x.0 == y.0).filter(|b| b.len() > 1 && b.len() <= 12) {
        for (_, a) in block.iter().filter(|(_, a)| rare(*a as usize)) {
            pairs.extend(block.iter().filter(|(_, b)| a != b).map(|(_, b)| (*a, *b)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Distinct (name, other) pairs with their number of rows.
fn links(names: &Axis, other: &Axis) -> Vec<Link> {
    if other.count.is_empty() {
        return Vec::new();
    }
    let mut keys: Vec<u64> = names
        .node
        .iter()
        .zip(&other.node)
        .filter(|(n, o)| **n != NO_TEXT && **o != NO_TEXT)
        .map(|(n, o)| u64::from(*n) << 32 | u64::from(*o))
        .collect();
    keys.sort_unstable();
    keys.chunk_by(|a, b| a == b)
        .map(|run| ((run[0] >> 32) as u32, run[0] as u32, run.len() as u32))
        .collect()
}

/// Names borne by many ids, ids given to many names: those that identify nobody.
fn mark_generic(axes: &mut [Axis], k: usize, links: &[Link]) {
    let spread = |size: usize, pick: &dyn Fn(&Link) -> u32| {
        let mut stat = vec![(0_u32, 0_u32, 0_u32); size]; // established links, largest, all rows
        for link in links {
            let s = &mut stat[pick(link) as usize];
            s.0 += u32::from(link.2 >= 2);
            s.1 = s.1.max(link.2);
            s.2 += link.2;
        }
        stat
    };
    let crowd = |s: &(u32, u32, u32)| s.0 >= 8 && s.1 * 2 < s.2;
    let names = spread(axes[0].count.len(), &|l| l.0);
    let others = spread(axes[k].count.len(), &|l| l.1);
    for (n, s) in names.iter().enumerate() {
        axes[0].generic[n] |= crowd(s);
    }
    for (n, s) in others.iter().enumerate() {
        axes[k].generic[n] |= crowd(s);
    }
}

/// True for a link that is no slip of the hand between a name and an id that identify somebody.
fn holds(axes: &[Axis], k: usize, (name, other, rows): &Link) -> bool {
    let (n, o) = (*name as usize, *other as usize);
    let habit = |total: u32| *rows >= 2 && *rows * 10 >= total;
    let only = *rows == axes[0].count[n] || *rows == axes[k].count[o];
    !axes[0].generic[n]
        && !axes[k].generic[o]
        && (only || habit(axes[0].count[n]) || habit(axes[k].count[o]))
}

/// Joins names and ids by their established links.
fn join(union: &mut Union, axes: &[Axis], k: usize, links: &[Link]) {
    for (name, other, _) in links.iter().filter(|l| holds(axes, k, l)) {
        union.join(union.at(0, *name), union.at(k, *other));
    }
}

/// Names of one account compared with each other.
const COMPARED: usize = 16;

/// Joins the names of each account that are alike, unless they are `apart`, and the account to the most usual
/// of them: an account alone never makes one payee of two names.
fn join_accounts(
    union: &mut Union,
    axes: &[Axis],
    links: &[Link],
    normal: &dyn Fn(u32) -> String,
    apart: &dyn Fn(u32, u32) -> bool,
) {
    let mut links: Vec<Link> = links.iter().copied().filter(|l| holds(axes, IBANS, l)).collect();
    links.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(b.2.cmp(&a.2)).then(a.0.cmp(&b.0)));
    for account in links.chunk_by(|a, b| a.1 == b.1) {
        let several = account.len() > 1;
        let mut kept: Vec<(u32, String)> = Vec::new();
        for (name, ..) in account.iter().filter(|_| several) {
            let text = normal(*name);
            let one = |k: &&(u32, String)| alike(&k.1, &text) && !apart(k.0, *name);
            if let Some((known, _)) = kept.iter().find(one) {
                union.join(union.at(0, *known), union.at(0, *name));
            } else if kept.len() < COMPARED {
                kept.push((*name, text));
            }
        }
        union.join(union.at(0, account[0].0), union.at(IBANS, account[0].1));
    }
}

/// Union-find over the nodes of all axes; the root is the smallest member.
struct Union {
    parent: Vec<u32>,
    start: Vec<u32>,
}

impl Union {
    fn new(axes: &[Axis]) -> Self {
        let mut start = Vec::new();
        let mut total = 0;
        for axis in axes {
            start.push(total);
            total += axis.count.len() as u32;
        }
        Self { parent: (0..total).collect(), start }
    }

    fn at(&self, axis: usize, node: u32) -> u32 {
        self.start[axis] + node
    }

    fn root(&mut self, mut x: u32) -> u32 {
        while self.parent[x as usize] != x {
            self.parent[x as usize] = self.parent[self.parent[x as usize] as usize];
            x = self.parent[x as usize];
        }
        x
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }
}

/// Gives each row its supplier: by name, else SIREN, id, IBAN, else the pool of its generic name.
fn number(ledger: &Ledger, axes: &[Axis], union: &mut Union, spelling: &[u32]) -> Suppliers {
    let mut root_of_row = vec![NO_SUPPLIER; ledger.len()];
    let mut pooled_root = vec![false; union.parent.len()];
    for (row, root) in root_of_row.iter_mut().enumerate() {
        let found = (0..4).find_map(|k| axes[k].usable(row).map(|n| union.at(k, n)));
        *root = if let Some(node) = found {
            union.root(node)
        } else {
            let k = (0..4).find(|k| axes[*k].node[row] != NO_TEXT);
            let Some(k) = k else { continue };
            let node = union.at(k, axes[k].node[row]);
            let node = union.root(node);
            pooled_root[node as usize] = true;
            node
        };
    }
    let mut rank = vec![NO_SUPPLIER; union.parent.len()];
    for root in root_of_row.iter().filter(|r| **r != NO_SUPPLIER) {
        rank[*root as usize] = 0;
    }
    let mut pooled = Vec::new();
    for (root, r) in rank.iter_mut().enumerate().filter(|(_, r)| **r == 0) {
        *r = pooled.len() as u32;
        pooled.push(pooled_root[root]);
    }
    let of_row: Vec<u32> =
        root_of_row.iter().map(|r| rank.get(*r as usize).copied().unwrap_or(NO_SUPPLIER)).collect();
    let mut rows = vec![0; pooled.len()];
    for s in of_row.iter().filter(|s| **s != NO_SUPPLIER) {
        rows[*s as usize] += 1;
    }
    Suppliers { of_row, rows, spelling_rows: spelling.to_vec(), pooled }
}

/// Rows written with the very same name and id, for each row; with the same name when it has no id.
fn spelling_rows(ledger: &Ledger) -> Vec<u32> {
    let column = |key| ledger.text(key).map(|c| c.codes.as_slice());
    let (names, ids) = (column(TextKey::TiersNom), column(TextKey::TiersId));
    let code = |c: Option<&[u32]>, row: usize| c.map_or(NO_TEXT, |c| c[row]);
    let mut both: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    let mut name: FxHashMap<u32, u32> = FxHashMap::default();
    for row in 0..ledger.len() {
        let (n, i) = (code(names, row), code(ids, row));
        *both.entry((n, i)).or_insert(0) += 1;
        *name.entry(n).or_insert(0) += 1;
    }
    (0..ledger.len())
        .map(|row| match (code(names, row), code(ids, row)) {
            (n, NO_TEXT) => name[&n],
            pair => both[&pair],
        })
        .collect()
}
