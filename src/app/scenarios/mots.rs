//! A scenario in French words, for the pages.
//!
//! **Invariant:** every hypothesis and measure of the scenario is said, with its unit.

use crate::app::config::{self, Scenario};
use crate::domain::money::Centimes;
use crate::report::fr;

/// What a scenario supposes, in French.
pub(in crate::app) fn words(s: &Scenario) -> String {
    let mut out: Vec<String> = Vec::new();
    let pct = |v: f64| format!("{} %", fr::decimal_signe(v, 1));
    let points =
        |v: f64| format!("{} {}", fr::decimal_signe(v, 1), fr::accord(v.abs(), "point", "points"));
    let mut add = |name: &str, v: Option<f64>, text: &dyn Fn(f64) -> String| {
        out.extend(v.map(|v| format!("{name} : {}", text(v))));
    };
    add("taxe foncière", s.taux_tfb, &|v| format!("{} de taux", points(v)));
    for (name, growth) in [
        ("inflation", s.inflation),
        ("point d’indice", s.point_indice),
        ("bases", s.bases),
        ("énergie", s.energie),
        ("DGF", s.dgf),
        ("droits de mutation", s.dmto),
    ] {
        add(name, growth, &|v| format!("{} par an", pct(v)));
    }
    let staff = |v: f64| if v == 0.0 { "gel".to_owned() } else { format!("{} par an", pct(v)) };
    add("personnel", s.personnel, &staff);
    for (name, gap) in [
        ("inflation", s.ecart.inflation),
        ("bases", s.ecart.bases),
        ("point d’indice", s.ecart.point_indice),
    ] {
        add(name, gap, &|v| format!("{} chaque année", points(v)));
    }
    for (name, level) in [
        ("énergie", s.niveau.energie),
        ("DGF", s.niveau.dgf),
        ("droits de mutation", s.niveau.dmto),
        ("personnel", s.niveau.personnel),
    ] {
        add(name, level, &|v| format!("{} par rapport à la prévision", pct(v)));
    }
    out.extend(s.mesure.iter().map(measure_words));
    out.join(" ; ")
}

fn measure_words(m: &config::Mesure) -> String {
    let mut parts: Vec<String> = Vec::new();
    let invested: Centimes = m.investissement.values().copied().sum();
    let grants: Centimes = m.subventions.values().copied().sum();
    let last = |t: &std::collections::BTreeMap<u16, Centimes>| t.values().next_back().copied();
    if invested != Centimes::ZERO {
        parts.push(format!("{} d’investissement", fr::phrase(invested)));
    }
    if grants != Centimes::ZERO {
        parts.push(format!("{} de subventions", fr::phrase(grants)));
    }
    if let Some(cost) = last(&m.fonctionnement) {
        parts.push(format!("{} de fonctionnement par an", fr::phrase(cost)));
    }
    if let Some(gain) = last(&m.recettes) {
        parts.push(format!("{} de recettes par an", fr::phrase(gain)));
    }
    if let Some((rate, years)) = m.taux.zip(m.duree) {
        parts.push(format!("emprunt à {} sur {years} ans", fr::pourcent(rate, 1)));
    }
    if let Some(pct) = m.extension {
        parts.push(format!("{} % d’activité", fr::decimal_signe(pct, 1)));
    }
    if let Some(pct) = m.mutualisation {
        let cut = "charge nette retenue sur l’attribution de compensation";
        parts.push(format!("{cut}, {} d’économie", fr::pourcent(pct, 1)));
    }
    if let Some(des) = m.des {
        parts.push(format!("dès {des}"));
    }
    if parts.is_empty() {
        m.libelle.clone()
    } else {
        format!("{} ({})", m.libelle, parts.join(", "))
    }
}
