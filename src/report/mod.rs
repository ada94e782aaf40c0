//! Room 7: result objects to bytes. Draws; never computes an accounting figure.

use serde::Serialize;
use crate::domain::refus::Refus;
pub mod chart;
pub mod csv;
pub mod fr;
pub mod html;
pub mod json;
pub mod model;
pub mod scdl;
pub mod xlsx;
use model::audit::Audit;
use model::lecture::{Lecture, Qualite};
use model::preparation::Preparation;
use model::synthese::Synthese;
