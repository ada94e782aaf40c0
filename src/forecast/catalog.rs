//! The models by name: what `vigie modeles [NOM]` lists and shows, and the uniform contract.
//!
//! A [`Model`] fits one series, a [`PoolModel`] a group of series given together; both then predict
//! with intervals. The combination of `engine` is the pool model used by default.
//!
//! **Invariant:** every name that a forecast can carry in `model` is in [`MODELS`].

use crate::domain::progress::Progress;
use crate::forecast::Forecast;
use crate::forecast::engine::{PoolOptions, forecast_pool};
use crate::forecast::models::{decomposition, ets, intermittent, naive, shift, smoothing, theta};
use crate::stats::timeseries::{fill_gaps, mean_abs_diff};

/// Points of a model alone: values without gaps, points a season, steps.
type Points = fn(&[f64], usize, usize) -> Vec<f64>;

/// How a model is run.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// On one series.
    Alone(Points),
    /// On a group of series.
    Pool,
    /// Not a model: the name of a forecast made without one.
    Fallback,
}

/// A model's name, title, needs and page.
#[derive(Debug, Clone, Copy)]
pub struct ModelCard {
    /// Name typed after `vigie modeles` and found in files.
    pub name: &'static str,
    /// French title.
    pub title: &'static str,
    /// Points needed; under it a simpler model is used.
    pub min_history: usize,
    /// French page, one paragraph.
    pub page: &'static str,
    /// How it is run.
    pub kind: Kind,
}

impl ModelCard {
    /// The page, and what the model does with a short history.
    pub fn full_page(&self) -> String {
        let short = match (self.kind, self.min_history) {
            (Kind::Fallback, _) => return self.page.to_owned(),
            (_, 0 | 1) => "Une seule valeur suffit.".to_owned(),
            (Kind::Alone(_), n) => format!(
                "Il lui faut au moins {n} valeurs ; en dessous, la dernière valeur est reconduite. Avec \
                 peu de valeurs la fourchette s’élargit."
            ),
            (Kind::Pool, n) => format!(
                "Il lui faut au moins {n} valeurs par série ; en dessous, la dernière est reconduite \
                 avec une fourchette large tirée des autres séries."
            ),
        };
        format!("{}\n\n{short}", self.page)
    }
}

/// All the models, the default first.
pub const MODELS: &[ModelCard] = &[
    ModelCard {
        name: "combinaison",
        title: "Combinaison pondérée (modèle par défaut)",
        min_history: 3,
        page: "Moyenne pondérée de modèles simples. Le poids de chacun est appris sur les origines \
               passées de toutes les séries fournies ensemble : on se replace à une date passée, on \
               prévoit la suite sans la voir, on compare. Avec peu de séries ou peu de recul, les \
               poids restent proches d’une moyenne simple, difficile à battre. Les fourchettes \
               viennent des erreurs réellement commises à ces origines, mises à l’échelle de chaque \
               série.",
        kind: Kind::Pool,
    },
    ModelCard {
        name: "panel",
        title: "Panel : croissance commune et part propre",
        min_history: 3,
        page: "Pour des séries annuelles courtes qui se terminent la même année. La croissance de \
               chaque année est séparée en une part commune au groupe, ramenée vers sa moyenne selon \
               son bruit, et une part propre à chaque série, prévue par une régression apprise sur \
               tout le groupe. Les chocs communs déjà vécus élargissent les fourchettes.",
        kind: Kind::Pool,
    },
    ModelCard {
        name: "commun",
        title: "Régression commune à toutes les séries",
        min_history: 3,
        page: "Une seule régression par horizon, apprise sur toutes les séries à la fois : la suite \
               de la série en fonction de ses variations récentes, de sa dérive et de sa distance à \
               son niveau lissé. Une série courte profite ainsi de l’expérience des autres.",
        kind: Kind::Pool,
    },
    ModelCard {
        name: "commun-relatif",
        title: "Régression commune sur les croissances relatives",
        min_history: 3,
        page: "La même régression commune, apprise sur les logarithmes : elle voit des croissances en \
               pourcentage au lieu d’euros. Pour les séries positives ; les autres gardent la \
               régression en euros.",
        kind: Kind::Pool,
    },
    ModelCard {
        name: "derniere",
        title: "Dernière valeur",
        min_history: 1,
        page: "La dernière valeur connue est reconduite. C’est la référence que tout autre modèle \
               doit battre.",
        kind: Kind::Alone(naive::last),
    },
    ModelCard {
        name: "naive-saison",
        title: "Même mois (ou trimestre) de l’année précédente",
        min_history: 2,
        page: "Chaque période reprend la valeur de la même période un an plus tôt.",
        kind: Kind::Alone(naive::seasonal),
    },
    ModelCard {
        name: "derive",
        title: "Dérive",
        min_history: 2,
        page: "La dernière valeur, prolongée par la progression moyenne de tout l’historique. \
               Redoutable sur des budgets réguliers.",
        kind: Kind::Alone(naive::drift),
    },
    ModelCard {
        name: "niveau",
        title: "Lissage exponentiel simple",
        min_history: 3,
        page: "Un niveau mis à jour à chaque valeur, sans tendance, avec une saison si elle existe.",
        kind: Kind::Alone(smoothing::level),
    },
    ModelCard {
        name: "holt",
        title: "Lissage de Holt",
        min_history: 7,
        page: "Un niveau et une pente mis à jour à chaque valeur ; la pente est prolongée telle \
               quelle.",
        kind: Kind::Alone(smoothing::holt),
    },
    ModelCard {
        name: "amorti",
        title: "Tendance amortie",
        min_history: 8,
        page: "Comme Holt, mais la pente s’affaiblit avec l’horizon : le plus sûr des lissages quand \
               on regarde loin.",
        kind: Kind::Alone(smoothing::damped),
    },
    ModelCard {
        name: "ets",
        title: "Famille ETS, moyenne d’Akaike",
        min_history: 3,
        page: "Lissages exponentiels à erreur additive ou relative, avec ou sans tendance et saison \
               (additive ou multiplicative). Tous sont ajustés, puis moyennés selon leur critère \
               d’Akaike corrigé au lieu d’en garder un seul.",
        kind: Kind::Alone(ets::average),
    },
    ModelCard {
        name: "ets-augurs",
        title: "AutoETS d’augurs (sans saison)",
        min_history: 7,
        page: "Choix automatique parmi les lissages sans saison, par la bibliothèque augurs. Sert de \
               contrôle croisé de la famille ETS.",
        kind: Kind::Alone(decomposition::auto_ets),
    },
    ModelCard {
        name: "mstl",
        title: "MSTL et tendance ETS (augurs)",
        min_history: 16,
        page: "La série est décomposée en tendance, saison et reste par lissages locaux (MSTL, \
               bibliothèque augurs) ; la tendance est prévue par un lissage exponentiel, la saison \
               est répétée.",
        kind: Kind::Alone(decomposition::mstl),
    },
    ModelCard {
        name: "theta",
        title: "Thêta",
        min_history: 3,
        page: "Moyenne d’une droite et d’un lissage simple de la série sans saison : la tendance \
               compte pour moitié.",
        kind: Kind::Alone(theta::seasonal_classical),
    },
    ModelCard {
        name: "theta-dynamique",
        title: "Thêta dynamique optimisé",
        min_history: 4,
        page: "Variante du thêta dont la droite est réapprise à chaque point et dont le dosage est \
               cherché par moindres carrés.",
        kind: Kind::Alone(theta::seasonal_dynamic),
    },
    ModelCard {
        name: "rupture",
        title: "Thêta après rupture de niveau",
        min_history: 8,
        page: "Les pics isolés sont rabotés et les niveaux d’avant une rupture (réforme, transfert de \
               compétence) sont ramenés au niveau actuel, pour le modèle seulement : l’historique \
               montré ne change pas. La rupture est cherchée par détection bayésienne (augurs) sur \
               la série standardisée.",
        kind: Kind::Alone(shift::forecast),
    },
    ModelCard {
        name: "intermittent",
        title: "Ligne intermittente",
        min_history: 3,
        page: "Pour une ligne souvent nulle : la probabilité d’un montant et sa taille sont lissées \
               séparément (Teunter, Syntetos et Babai), leur produit est prévu.",
        kind: Kind::Alone(intermittent::tsb),
    },
    ModelCard {
        name: "croston",
        title: "Ligne intermittente, méthode de Croston",
        min_history: 3,
        page: "Pour une ligne souvent nulle : la taille des montants et l’intervalle entre deux montants \
               sont lissés séparément, le premier est divisé par le second. Ne voit pas qu’une ligne \
               s’est éteinte : préférer « intermittent ».",
        kind: Kind::Alone(intermittent::croston),
    },
    ModelCard {
        name: "croston-sba",
        title: "Ligne intermittente, Croston corrigé",
        min_history: 3,
        page: "La méthode de Croston surestime un peu ; Syntetos et Boylan l’ont montré et en retirent un \
               vingtième ici (la moitié de la constante de lissage).",
        kind: Kind::Alone(intermittent::sba),
    },
    ModelCard {
        name: "somme",
        title: "Somme de prévisions",
        min_history: 0,
        page: "Total de plusieurs lignes. Sa fourchette n’est pas la somme des fourchettes : elle \
               tient compte de ce que les erreurs passées des lignes avaient de commun.",
        kind: Kind::Fallback,
    },
    ModelCard {
        name: "série trop courte",
        title: "Moins de trois valeurs",
        min_history: 1,
        page: "Trop peu de valeurs pour un modèle : la dernière est reconduite, avec une fourchette \
               large tirée des séries voisines. À compléter par ce que la commune sait.",
        kind: Kind::Fallback,
    },
    ModelCard {
        name: "aucune valeur",
        title: "Série vide",
        min_history: 0,
        page: "Aucune valeur connue : zéro est une convention, pas une prévision.",
        kind: Kind::Fallback,
    },
];

/// The card of a model.
pub fn card(name: &str) -> Option<&'static ModelCard> {
    MODELS.iter().find(|c| c.name == name)
}

/// Points and bounds by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Central forecast by step.
    pub point: Vec<f64>,
    /// Bounds by step of the 80 % interval.
    pub interval_80: Vec<(f64, f64)>,
    /// Bounds by step of the 95 % interval.
    pub interval_95: Vec<(f64, f64)>,
}

/// A model of one series.
pub trait Model {
    /// Its card.
    fn card(&self) -> &'static ModelCard;
    /// Fits values in order of time, gaps as `NaN`; `season` points a season, 1 = none.
    fn fit(&self, y: &[f64], season: usize) -> Box<dyn Fitted>;
}

/// A model fitted on one series.
pub trait Fitted {
    /// Forecast with intervals.
    fn predict(&self, horizon: usize) -> Prediction;
}

/// A model of a group of series given together.
pub trait PoolModel {
    /// Its card.
    fn card(&self) -> &'static ModelCard;
    /// Forecast of each series, in order.
    fn forecast(
        &self,
        pool: &[&[f64]],
        options: &PoolOptions,
        progress: &dyn Progress,
    ) -> Vec<Forecast>;
}

/// The default pool model, see `engine`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Combination;

impl PoolModel for Combination {
    fn card(&self) -> &'static ModelCard {
        &MODELS[0]
    }

    fn forecast(
        &self,
        pool: &[&[f64]],
        options: &PoolOptions,
        progress: &dyn Progress,
    ) -> Vec<Forecast> {
        forecast_pool(pool, options, progress)
    }
}

/// A model of the table run alone, with intervals from its own one-step misses.
#[derive(Debug, Clone, Copy)]
pub struct Alone {
    card: &'static ModelCard,
    points: Points,
}

impl Alone {
    /// The model of that name, when it runs on one series.
    pub fn named(name: &str) -> Option<Self> {
        let card = card(name)?;
        match card.kind {
            Kind::Alone(points) => Some(Self { card, points }),
            Kind::Pool | Kind::Fallback => None,
        }
    }
}

struct FittedAlone {
    y: Vec<f64>,
    season: usize,
    points: Points,
    sigma: f64,
}

impl Model for Alone {
    fn card(&self) -> &'static ModelCard {
        self.card
    }

    fn fit(&self, y: &[f64], season: usize) -> Box<dyn Fitted> {
        let season = season.max(1);
        let (y, _) = fill_gaps(y, season);
        let points = if y.len() < self.card.min_history { naive::last } else { self.points };
        let sigma = own_noise(&y, season, points, self.card.min_history);
        Box::new(FittedAlone { y, season, points, sigma })
    }
}

/// Root mean square of the one-step misses at the last origins; rough differences when too few.
fn own_noise(y: &[f64], season: usize, points: Points, need: usize) -> f64 {
    const ORIGINS: usize = 8;
    let from = need.max(3).max(y.len().saturating_sub(ORIGINS));
    let squares: Vec<f64> = (from..y.len())
        .filter_map(|t| points(&y[..t], season, 1).first().map(|f| (y[t] - f).powi(2)))
        .collect();
    let rough = 1.25 * mean_abs_diff(y, 1);
    let n = squares.len() as f64;
    let size = y.iter().map(|v| v.abs()).fold(0.0, f64::max);
    ((squares.iter().sum::<f64>() + 2.0 * rough * rough) / (n + 2.0)).sqrt().max(1e-4 * size)
}

impl Fitted for FittedAlone {
    fn predict(&self, horizon: usize) -> Prediction {
        let point = if self.y.is_empty() {
            vec![0.0; horizon]
        } else {
            (self.points)(&self.y, self.season, horizon)
        };
        // Student law, 6 degrees of freedom, at .90 and .975.
        let bounds = |law: f64| {
            point
                .iter()
                .enumerate()
                .map(|(h, p)| {
                    let half = law * self.sigma * ((h + 1) as f64).sqrt();
                    (p - half, p + half)
                })
                .collect()
        };
        Prediction { interval_80: bounds(1.440), interval_95: bounds(2.447), point }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_page_is_written() {
        for (i, a) in MODELS.iter().enumerate() {
            assert!(a.page.len() > 60 && a.page.ends_with('.'), "{}", a.name);
            assert!(MODELS[i + 1..].iter().all(|b| b.name != a.name), "{}", a.name);
        }
    }

    /// Points of the models against those of statsforecast, kept in `tests/cases/forecast`.
    #[test]
    fn points_are_those_of_the_reference() {
        let text = include_str!("../../tests/cases/forecast/reference.json");
        let file: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let numbers = |v: &serde_json::Value| -> Vec<f64> {
            v.as_array().expect("list").iter().map(|v| v.as_f64().expect("number")).collect()
        };
        let cases = file["cas"].as_array().expect("cases");
        assert!(cases.len() > 12);
        for case in cases {
            let name = case["modele"].as_str().expect("name");
            let y = numbers(&file["series"][case["serie"].as_str().expect("series")]);
            let expected = numbers(&case["attendu"]);
            let season = case["saison"].as_u64().expect("season") as usize;
            let tolerance = case["tolerance"].as_f64().expect("tolerance");
            let model = Alone::named(name).expect(name);
            let got = model.fit(&y, season).predict(expected.len()).point;
            for (a, b) in got.iter().zip(&expected) {
                assert!((a / b - 1.0).abs() <= tolerance, "{name}: {got:?}, not {expected:?}");
            }
        }
    }

    #[test]
    fn every_lone_model_predicts_anything() {
        let wild: [&[f64]; 7] = [
            &[],
            &[3.0],
            &[f64::NAN, 1.0, f64::NAN],
            &[0.0; 30],
            &[1e12, -1e12, 1e12, 0.0, 5.0, 1e12, 2e12, 3e12, -4e12, 0.0],
            &[7.0; 40],
            &[0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0],
        ];
        for card in MODELS.iter().filter(|c| matches!(c.kind, Kind::Alone(_))) {
            let model = Alone::named(card.name).expect("runs alone");
            for y in wild {
                for season in [1, 4, 12] {
                    let p = model.fit(y, season).predict(5);
                    assert_eq!(p.point.len(), 5, "{}", card.name);
                    for h in 0..5 {
                        let (a, b) = p.interval_80[h];
                        let (c, d) = p.interval_95[h];
                        let chain = [c, a, p.point[h], b, d];
                        assert!(
                            chain.iter().all(|v| v.is_finite()),
                            "{} {y:?} {chain:?}",
                            card.name
                        );
                        assert!(chain.windows(2).all(|w| w[0] <= w[1]), "{} {chain:?}", card.name);
                    }
                }
            }
        }
    }
}
