//! `SeriesFrame`: any number of series, each a name, its time stamps and its values.
//!
//! **Invariant:** points of a series are in ascending order of time, without two values at one time.

/// Time stamp of a point: a plain integer or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stamp {
    /// Integer period (year, rank).
    Integer(i64),
    /// Day number, see `domain::calendar`.
    Day(i32),
}

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Identifier, unique in the frame.
    pub id: String,
    /// Time of each point, ascending.
    pub stamps: Vec<Stamp>,
    /// Value of each point; `NaN` when the source left it empty.
    pub values: Vec<f64>,
}

/// A set of series that a model may learn from together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeriesFrame {
    /// The series, in the order of their first appearance.
    pub series: Vec<Series>,
}
