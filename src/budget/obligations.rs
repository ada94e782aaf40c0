//! Duties of a budget by population (3 500, 10 000 inhabitants), from the table `obligations_population.csv`.
//!
//! **Invariant:** no threshold is written in the code; a text to verify says so.

const TABLE: &str = include_str!("../../datasets/reference/obligations_population.csv");

/// A duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Obligation {
    /// From this number of inhabitants.
    pub seuil: u32,
    /// Up to this one, when it stops.
    pub jusqu_a: Option<u32>,
    /// What, French.
    pub libelle: &'static str,
    /// Text.
    pub article: &'static str,
    /// False when the text is to be verified.
    pub verifie: bool,
}

/// Duties of a commune of that population for the budget of `exercice`.
pub fn obligations(population: u32, exercice: u16) -> Vec<Obligation> {
    let year = exercice.to_string();
    let one = |line: &'static str| {
        let f: Vec<&'static str> = line.split(';').collect();
        let &[seuil, jusqu_a, libelle, article, debut, fin, _source, confiance] = f.as_slice()
        else {
            return None;
        };
        let o = Obligation {
            seuil: seuil.parse().ok()?,
            jusqu_a: jusqu_a.parse().ok(),
            libelle,
            article,
            verifie: confiance == "vérifié",
        };
        let begun = debut.get(..4).is_none_or(|d| d <= year.as_str());
        let ended = fin.get(..4).is_some_and(|d| d < year.as_str());
        let ours = population >= o.seuil && o.jusqu_a.is_none_or(|top| population <= top);
        (begun && !ended && ours).then_some(o)
    };
    TABLE.lines().skip(1).filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_duties_grow_with_the_population() {
        let rows = TABLE.lines().skip(1).count();
        let all: std::collections::BTreeSet<&str> = [(900, 2027), (12_000, 2027), (12_000, 2022)]
            .iter()
            .flat_map(|(p, year)| obligations(*p, *year))
            .map(|o| o.libelle)
            .collect();
        assert_eq!(all.len(), rows);
        let count = |p| obligations(p, 2027).len();
        assert!(count(3_499) < count(3_500) && count(9_999) < count(10_000));
        let rob = |p| obligations(p, 2027).iter().any(|o| o.libelle.contains("10 semaines"));
        assert!(rob(3_500) && !rob(3_499));
        // before 2026 the debate was due too, by another article
        let debate = |p, year| -> Vec<&str> {
            let all = obligations(p, year).into_iter();
            all.filter(|o| o.libelle.contains("orientation budgétaire"))
                .map(|o| o.article)
                .collect()
        };
        assert_eq!(debate(110_000, 2022), ["CGCT, ex-L.2312-1 et ex-L.5217-10-4"]);
        assert_eq!(debate(3_500, 2026), ["CGCT, L.1612-26"]);
        assert!(debate(3_499, 2022).is_empty());
    }
}
