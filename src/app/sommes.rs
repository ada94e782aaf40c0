//! Sums of series for `vigie series --totaux`: one a group (the name before `|`), one for all.
//!
//! **Invariant:** a sum is made only over periods where every member has a value, and only of series that
//! end together: nothing is guessed to add up.

use std::collections::BTreeMap;

use crate::domain::refus::Refus;
use crate::frames::series::{Series, SeriesFrame};

/// Name of the sum of all the series.
const ALL: &str = "TOTAL";
/// Groups summed at most; beyond, only the sum of all is made.
const MAX_GROUPS: usize = 300;

/// Sums of a frame: their values, and the ranks of their members.
#[derive(Debug)]
pub struct Sums {
    /// One series a sum: groups by name, then all.
    pub frame: SeriesFrame,
    /// Ranks of the members of each sum.
    pub members: Vec<Vec<usize>>,
}

/// The sums of a frame; refused when its series do not end together.
pub fn sums(frame: &SeriesFrame) -> Result<Sums, Refus> {
    let last = frame.series.first().and_then(|s| s.stamps.last());
    if let Some(other) = frame.series.iter().find(|s| s.stamps.last() != last) {
        return Err(Refus::new(
            format!("les séries ne finissent pas toutes à la même date : « {} »", other.id),
            "donner des séries qui finissent ensemble, ou retirer --totaux",
        ));
    }
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, s) in frame.series.iter().enumerate() {
        if let Some((group, _)) = s.id.split_once('|') {
            groups.entry(group.trim()).or_default().push(i);
        }
    }
    if groups.len() > MAX_GROUPS {
        groups.clear();
    }
    let whole = std::iter::once((ALL.to_owned(), (0..frame.series.len()).collect()));
    let named = groups.into_iter().map(|(g, of)| (format!("{ALL}|{g}"), of)).chain(whole);
    let mut out = Sums { frame: SeriesFrame::default(), members: Vec::new() };
    for (id, members) in named {
        if let Some(taken) = frame.series.iter().find(|s| s.id == id) {
            return Err(Refus::new(
                format!("une série s’appelle déjà « {} »", taken.id),
                "renommer cette série, ou retirer --totaux",
            ));
        }
        out.frame.series.push(sum(frame, id, &members));
        out.members.push(members);
    }
    Ok(out)
}

fn sum(frame: &SeriesFrame, id: String, members: &[usize]) -> Series {
    let mut by_stamp = BTreeMap::new();
    for &i in members {
        let s = &frame.series[i];
        for (stamp, v) in s.stamps.iter().zip(&s.values).filter(|(_, v)| v.is_finite()) {
            let slot = by_stamp.entry(*stamp).or_insert((0.0, 0));
            *slot = (slot.0 + v, slot.1 + 1);
        }
    }
    by_stamp.retain(|_, (_, count)| *count == members.len());
    Series {
        id,
        stamps: by_stamp.keys().copied().collect(),
        values: by_stamp.values().map(|(v, _)| *v).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::series::Stamp;

    fn series(id: &str, from: i64, values: &[f64]) -> Series {
        let stamps = (from..).take(values.len()).map(Stamp::Integer).collect();
        Series { id: id.into(), stamps, values: values.to_vec() }
    }

    #[test]
    fn sums_keep_the_periods_that_all_the_members_have() {
        let frame = SeriesFrame {
            series: vec![
                series("a|x", 2020, &[1.0, 2.0, 3.0]),
                series("b|y", 2021, &[10.0, 20.0]),
                series("a|z", 2020, &[f64::NAN, 5.0, 6.0]),
            ],
        };
        let s = sums(&frame).expect("end together");
        let ids: Vec<&str> = s.frame.series.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["TOTAL|a", "TOTAL|b", "TOTAL"]);
        assert_eq!(s.frame.series[0].values, [7.0, 9.0]);
        assert_eq!(s.frame.series[2].values, [17.0, 29.0]);
        assert_eq!(s.members, [vec![0, 2], vec![1], vec![0, 1, 2]]);
    }

    #[test]
    fn series_that_end_apart_are_refused() {
        let frame =
            SeriesFrame { series: vec![series("a", 1, &[1.0]), series("b", 1, &[1.0, 2.0])] };
        let refus = sums(&frame).expect_err("refused");
        assert!(refus.to_string().contains("« b »"), "{refus}");
    }
}
