//! The values of `vigie.toml` that need care: euros read exactly, numbers and euros by exercice.
//!
//! **Invariant:** an amount is exact to the centime or refused; no float is rounded in silence.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::domain::money::Centimes;

/// A TOML number of euros with at most two decimals, as exact centimes.
fn exact(value: &toml::Value) -> Result<Centimes, String> {
    let cents = match value {
        toml::Value::Integer(units) => units.checked_mul(100),
        toml::Value::Float(euros) => {
            let cents = (euros * 100.0).round();
            let exact = euros.abs() < 1e13 && (euros * 100.0 - cents).abs() < 1e-4;
            if !exact {
                return Err(format!(
                    "montant : {euros} a plus de deux décimales ou est trop grand"
                ));
            }
            Some(cents as i64)
        }
        other => return Err(format!("montant : {other} n'est pas un nombre")),
    };
    cents.map(Centimes).ok_or_else(|| "montant : nombre trop grand".to_owned())
}

pub(in crate::app) fn euros<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Centimes, D::Error> {
    exact(&toml::Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

pub(in crate::app) fn some_euros<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Centimes>, D::Error> {
    euros(deserializer).map(Some)
}

pub(in crate::app) fn list_of_euros<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Centimes>, D::Error> {
    let values = Vec::<toml::Value>::deserialize(deserializer)?;
    values.iter().map(exact).collect::<Result<_, String>>().map_err(serde::de::Error::custom)
}

pub(in crate::app) fn numbers_by_year<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<u16, f64>, D::Error> {
    let table = BTreeMap::<String, f64>::deserialize(deserializer)?;
    let year = |key: &str| {
        key.parse::<u16>().map_err(|_| {
            serde::de::Error::custom(format!("montant : « {key} » n'est pas un exercice"))
        })
    };
    table.iter().map(|(key, value)| Ok((year(key)?, *value))).collect()
}

pub(in crate::app) fn euros_by_year<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<u16, Centimes>, D::Error> {
    let table = toml::Table::deserialize(deserializer)?;
    let year = |key: &str| {
        key.parse::<u16>().map_err(|_| format!("montant : « {key} » n'est pas un exercice"))
    };
    table
        .iter()
        .map(|(key, value)| Ok((year(key)?, exact(value)?)))
        .collect::<Result<_, String>>()
        .map_err(serde::de::Error::custom)
}
