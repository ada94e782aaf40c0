//! `vigie series` on the series that break programs: each gets a forecast and a stated weakness.

use crate::support::{stderr, stdout, vigie};

/// Name, values from 2010 on (empty = a gap), what the sentence must say.
const HARD: &[(&str, &[&str], &str)] = &[
    ("zeros", &["0", "0", "0", "0", "0", "0", "0", "0"], "Moyenne pondérée"),
    ("negatifs", &["-5", "-7", "-6", "-9", "-8", "-11", "-10"], "Moyenne pondérée"),
    ("trous", &["10", "", "12", "", "", "15", "16", "18"], "3 valeurs manquantes"),
    ("un-point", &["42"], "Une seule valeur connue"),
    ("deux-points", &["42", "43"], "Deux valeurs seulement"),
    ("constante", &["7", "7", "7", "7", "7", "7", "7"], "Moyenne pondérée"),
    ("enorme", &["1e12", "2e12", "1e12", "3e12", "2e12", "4e12"], "Moyenne pondérée"),
    ("nan", &["NaN", "3", "4", "NaN", "5", "6"], "2 valeurs manquantes"),
    ("vide", &["", "", ""], "Aucune valeur connue"),
    ("courte", &["5", "6", "8", "9"], "4 valeurs seulement"),
    ("rupture", &["10", "11", "10", "11", "10", "90", "91", "90", "91", "90"], "rupture"),
];

#[test]
fn hard_series_get_a_forecast_and_a_stated_weakness() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut text = "unique_id,ds,y\n".to_owned();
    for (name, values, _) in HARD {
        for (t, v) in values.iter().enumerate() {
            text += &[name, ",", &(2010 + t).to_string(), ",", v, "\n"].concat();
        }
    }
    std::fs::write(folder.path().join("s.csv"), text).expect("written");
    let run = |threads: &str| {
        let output = vigie()
            .current_dir(folder.path())
            .env("RAYON_NUM_THREADS", threads)
            .args(["series", "s.csv", "--horizon", "3", "--rapport", "r", "--sortie", "p.csv"])
            .output()
            .expect("run");
        assert!(output.status.success(), "{}", stderr(&output));
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("read");
        (read("p.csv"), read("r/choix.csv"), read("r/retrospective.json"))
    };
    let (rows, why, report) = run("1");
    assert_eq!((rows.clone(), why.clone(), report), run("3"), "threads");
    assert_eq!(rows.lines().count(), 1 + 3 * HARD.len());
    for row in rows.lines().skip(1) {
        let v: Vec<f64> =
            row.split(',').skip(3).take(5).map(|c| c.parse().expect("number")).collect();
        let nested = v[3] <= v[1] && v[1] <= v[0] && v[0] <= v[2] && v[2] <= v[4];
        assert!(nested && v.iter().all(|v| v.is_finite()), "{row}");
    }
    for (name, _, sentence) in HARD {
        let start = format!("{name},");
        let line = why.lines().find(|l| l.starts_with(&start)).expect("a reason");
        assert!(line.contains(sentence), "{sentence}: {line}");
    }
}

#[test]
fn every_model_has_its_page() {
    let list = stdout(&vigie().args(["modeles", "--json"]).output().expect("run"));
    for name in ["panel", "theta-dynamique", "croston-sba", "mstl", "rupture", "naive-saison"] {
        assert!(list.contains(&format!("\"{name}\"")), "{name}");
        let page = stdout(&vigie().args(["modeles", name]).output().expect("run"));
        assert!(page.contains("valeurs"), "{page}");
    }
}
