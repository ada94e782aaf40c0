//! A rich fictitious report for the tests: Saint-Exemple, every section filled, hostile names included.
//!
//! **Invariant:** figures are drawn from a fixed recurrence; start + causes = end in every waterfall.

use super::model::audit::*;
use super::model::lecture::{Qualite, Rapprochement, Remarque};
use super::model::preparation::*;
use super::model::synthese::*;
use super::model::{
    Cascade, GrilleMois, LigneMois, PointPasse, PointPrevu, Poste, UniteValeur, Valeur,
};
use super::sample_lecture::lecture;
use super::{Commune, Parametre, Rapport, SCHEMA};
use crate::anomaly::{Evidence, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::report::model::Fiabilite;

/// A supplier whose name tries to break out of the page.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script> & \"Fils\"";

pub(crate) const fn k(euros_thousands: i64) -> Centimes {
    Centimes(euros_thousands * 100_000)
}

/// Small deterministic generator.
struct Dice(u64);

impl Dice {
    fn next(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// The whole report.
pub(crate) fn rapport() -> Rapport {
    let parametre = |nom: &str, valeur: &str, origine: &str| Parametre {
        nom: nom.into(),
        valeur: valeur.into(),
        origine: origine.into(),
    };
    Rapport {
        schema: SCHEMA.into(),
        version: "0.1.0".into(),
        commune: Commune {
            nom: "Saint-Exemple".into(),
            siren: "210000105".into(),
            population: Some(12_480),
            strate: Some("10000-20000".into()),
        },
        exercice: 2026,
        budgets: vec!["principal".into(), "eau".into()],
        date: "2026-03-14".into(),
        empreinte: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        commande: "vigie rapport preparation exports --exercice 2026 --date 2026-03-14".into(),
        graine: 1,
        parametres: vec![
            parametre("DBL02.jours", "30 jours", "vigie.toml"),
            parametre("horizon", "3 exercices", "défaut"),
        ],
        qualite: qualite(),
        lecture: Some(lecture()),
        preparation: Some(preparation()),
        audit: Some(audit(214)),
        synthese: Some(synthese()),
        echantillon: None,
    }
}

pub(crate) fn tie(code: &str, attendu: i64, obtenu: i64) -> Rapprochement {
    Rapprochement {
        code: code.into(),
        attendu: Centimes(attendu),
        obtenu: Centimes(obtenu),
        ecart: Centimes(obtenu - attendu),
        ok: attendu == obtenu,
        statut: if attendu == obtenu { "conforme" } else { "a_verifier" }.into(),
    }
}

fn qualite() -> Qualite {
    let remarque = |n: u64, valeur: &str| Remarque {
        gravite: "ecartee".into(),
        fichier: "mandats.csv".into(),
        enregistrement: n,
        colonne: "montant".into(),
        valeur: valeur.into(),
        raison: "ce n’est pas un montant".into(),
        a_faire: "corriger la cellule et relire".into(),
    };
    Qualite {
        fichiers: 7,
        lignes_lues: 48_310,
        lignes_retenues: 48_308,
        lignes_ecartees: 2,
        montant_ecarte: Some(Centimes(1_234_567)),
        exercices: (2019..=2025).collect(),
        debut: Some("2025-01-01".into()),
        fin: Some("2025-12-31".into()),
        rapprochements: vec![
            tie("CA 2024 = balance DGFiP", 1_968_934_212_300, 1_968_934_212_300),
            tie("mandats 2025 = atterrissage 2025", 3_120_000_000, 3_119_900_000),
        ],
        remarques: vec![remarque(1_204, "12.345,6O"), remarque(1_205, "https://exemple.test/x")],
        remarques_total: 2,
    }
}

fn past(first: i64, growth: i64, dice: &mut Dice) -> Vec<PointPasse> {
    (0..7_i64)
        .map(|i| PointPasse {
            exercice: 2019 + i as u16,
            montant: k(first + growth * i + dice.next(1 + first as u64 / 40) as i64),
            atterrissage: i == 6,
        })
        .collect()
}

fn future(last: Centimes, growth: i64, spread: i64) -> Vec<PointPrevu> {
    (1..=3_i64)
        .map(|i| {
            let centre = last + k(growth * i);
            let w = k(spread * (i + 1) / 2);
            PointPrevu {
                exercice: 2025 + i as u16,
                prevision: centre,
                bas_80: centre - w,
                haut_80: centre + w,
                bas_95: centre - w - w,
                haut_95: centre + w + w,
            }
        })
        .collect()
}

fn projection(section: &str, sens: &str, first: i64, growth: i64) -> Projection {
    let mut dice = Dice(first as u64);
    let passe = past(first, growth, &mut dice);
    let prevu = future(passe[6].montant, growth, first / 45);
    Projection {
        budget: "principal".into(),
        section: section.into(),
        sens: sens.into(),
        passe,
        prevu,
    }
}

const CHAPITRES: &[(&str, &str, &str, &str, i64, i64)] = &[
    ("F", "D", "011", "Charges à caractère général", 4_200, 110),
    ("F", "D", "012", "Charges de personnel et frais assimilés", 9_300, 330),
    ("F", "D", "014", "Atténuations de produits", 420, 3),
    ("F", "D", "65", "Autres charges de gestion courante", 2_100, 40),
    ("F", "D", "66", "Charges financières", 310, -12),
    ("F", "D", "67", "Charges spécifiques", 24, 1),
    ("F", "R", "013", "Atténuations de charges", 120, -2),
    ("F", "R", "70", "Produits des services, du domaine et ventes", 1_450, 35),
    ("F", "R", "73", "Impôts et taxes", 3_900, 20),
    ("F", "R", "731", "Fiscalité locale", 9_100, 260),
    ("F", "R", "74", "Dotations et participations", 4_000, -30),
    ("F", "R", "75", "Autres produits de gestion courante", 380, 12),
    ("I", "D", "16", "Emprunts et dettes assimilées", 1_150, 25),
    ("I", "D", "21", "Immobilisations corporelles", 2_300, 60),
    ("I", "D", "23", "Immobilisations en cours", 3_100, 140),
    ("I", "R", "13", "Subventions d’investissement", 900, 15),
];

fn chapitre(row: &(&str, &str, &str, &str, i64, i64)) -> ChapitrePrevu {
    let (section, sens, code, libelle, first, growth) = *row;
    let mut dice = Dice(first as u64 + 3);
    let passe = past(first, growth, &mut dice);
    let prevu = future(passe[6].montant, growth, (first / 18).max(4));
    let vote = passe[6].montant - k(first / 30);
    let proposition = prevu[0].prevision;
    ChapitrePrevu {
        budget: "principal".into(),
        section: section.into(),
        sens: sens.into(),
        code: code.into(),
        libelle: libelle.into(),
        bp_precedent: (code != "67").then_some(vote),
        proposition: Some(proposition),
        ecart_bp: (code != "67").then_some(proposition - vote),
        evolution_pct: Some(if code == "012" { 4.6 } else { 1.3 }),
        origine: if code == "66" { "regle" } else { "modele" }.into(),
        modele: if code == "66" { "règle" } else { "theta" }.into(),
        raison: "tendance régulière sur sept ans".into(),
        erreur_passee_pct: (code != "67").then_some(2.1),
        annees_mesurees: 4,
        a_decider: ["011", "70", "73"].contains(&code),
        passe,
        prevu,
    }
}

fn ratio(cle: &str, libelle: &str, unite: UniteValeur, v: [Valeur; 4]) -> Indicateur {
    Indicateur {
        cle: cle.into(),
        libelle: libelle.into(),
        unite,
        prevu: v[0],
        bas_80: Some(v[1]),
        haut_80: Some(v[2]),
        base: Some(v[3]),
        strate: None,
        seuils: vec![],
        hausse_favorable: true,
    }
}

fn indicateurs() -> Vec<Indicateur> {
    use UniteValeur::{Annees, Centimes as Argent, Pourcent};
    let m = |v: i64| Valeur::Montant(k(v));
    let n = Valeur::Nombre;
    let seuil = |v: f64, mot: &str, source: &str| Seuil {
        valeur: n(v),
        libelle: mot.into(),
        source: source.into(),
    };
    let brute =
        ratio("epargne_brute", "Épargne brute", Argent, [m(1_930), m(1_600), m(2_200), m(2_140)]);
    let nette = ratio("epargne_nette", "Épargne nette", Argent, [m(610), m(280), m(880), m(870)]);
    let mut taux = ratio(
        "taux_epargne_brute",
        "Taux d’épargne brute",
        Pourcent,
        [n(10.1), n(8.4), n(11.5), n(11.4)],
    );
    taux.seuils = vec![seuil(8.0, "vigilance", "usage"), seuil(12.0, "confort", "usage")];
    taux.strate = Some(n(13.2));
    let mut delai = ratio(
        "capacite_desendettement",
        "Capacité de désendettement",
        Annees,
        [n(5.2), n(4.5), n(6.3), n(4.9)],
    );
    delai.seuils = vec![
        seuil(8.0, "vigilance", "usage"),
        seuil(12.0, "repère usuel", "LPFP 2018-2022, art. 29"),
    ];
    delai.hausse_favorable = false;
    let mut staff = ratio(
        "part_personnel",
        "Personnel dans les dépenses",
        Pourcent,
        [n(57.4), n(56.2), n(58.6), n(56.9)],
    );
    staff.seuils = vec![seuil(60.0, "vigilance", "usage")];
    staff.hausse_favorable = false;
    vec![brute, nette, taux, delai, staff]
}

fn cascade_epargne() -> Cascade {
    Cascade {
        depart: Poste::new("Épargne brute 2024", k(2_140)),
        causes: vec![
            Poste::new("Impôts", k(310)),
            Poste::new("Personnel", k(-233)),
            Poste::new("Énergie", k(-120)),
            Poste::new("Subventions versées", k(-60)),
            Poste::new("Dotations", k(-45)),
            Poste::new("Intérêts", k(-38)),
            Poste::new("Autres", k(-24)),
        ],
        arrivee: Poste::new("Épargne brute 2026", k(1_930)),
        variation: k(-210),
        hausse_favorable: true,
    }
}

fn saisons(mut dice: Dice, z: bool) -> GrilleMois {
    let names = [
        "011 Charges générales",
        "012 Personnel",
        "65 Autres charges",
        "66 Intérêts",
        "67 Spécifiques",
    ];
    let lignes = names
        .iter()
        .enumerate()
        .map(|(i, name)| LigneMois {
            libelle: (*name).to_owned(),
            mois: std::array::from_fn(|m| {
                if z {
                    (m < 11 || i < 4).then(|| (dice.next(70) as f64 - 25.0) / 10.0)
                } else if i == 3 {
                    Some(if m % 3 == 2 { 23.0 } else { 1.0 })
                } else {
                    Some(4.0 + dice.next(9) as f64)
                }
            }),
        })
        .collect();
    GrilleMois { lignes, seuil: z.then_some(3.5) }
}

fn erreur(modele: &str, errors: &[f64], retenu: bool) -> ErreurModele {
    let erreurs = errors
        .iter()
        .enumerate()
        .map(|(i, e)| ErreurAnnee { exercice: 2021 + i as u16, erreur_pct: *e })
        .collect();
    let (mase, couverture_80) = (Some(0.82), Some(75.0));
    ErreurModele { modele: modele.into(), erreurs, mase, couverture_80, retenu }
}

fn previsions() -> Vec<LignePrevision> {
    CHAPITRES
        .iter()
        .map(chapitre)
        .flat_map(|c| {
            let last = c.passe.last().map(|p| p.montant);
            c.prevu.clone().into_iter().enumerate().map(move |(i, h)| LignePrevision {
                exercice: h.exercice,
                distance: i as u16 + 1,
                niveau: "chapitre".into(),
                budget: c.budget.clone(),
                section: c.section.clone(),
                sens: c.sens.clone(),
                code: c.code.clone(),
                libelle: c.libelle.clone(),
                dernier_realise: last,
                prevision: h.prevision,
                bas_80: h.bas_80,
                haut_80: h.haut_80,
                bas_95: h.bas_95,
                haut_95: h.haut_95,
                origine: c.origine.clone(),
                modele: c.modele.clone(),
                raison: c.raison.clone(),
                erreur_passee_pct: c.erreur_passee_pct,
            })
        })
        .collect()
}

fn scenario(nom: &str, hypotheses: &str, epargne: i64) -> Scenario {
    Scenario {
        nom: nom.into(),
        hypotheses: hypotheses.into(),
        epargne_brute: k(epargne),
        taux_epargne_brute: Some(epargne as f64 / 191.0),
        capacite_desendettement: Some(10_000.0 / epargne as f64),
    }
}

fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("central", "inflation 1,8 %, point d’indice inchangé", 1_930),
        scenario("prudent", "inflation 2,5 %, énergie +8 %", 1_610),
        scenario("favorable", "inflation 1,2 %, bases +1,5 %", 2_190),
    ]
}

fn rejeu() -> Vec<ErreurRejouee> {
    vec![ErreurRejouee {
        budget: "Principal".into(),
        exercice: 2024,
        distance: 1,
        sens: "D".into(),
        natures_pct: 5.4,
        natures_reconduites_pct: 7.1,
        total_pct: -0.9,
        total_reconduit_pct: -2.3,
    }]
}

fn ecarts_passes() -> Vec<EcartPasse> {
    vec![EcartPasse {
        budget: "Principal".into(),
        exercice: 2024,
        sens: "D".into(),
        code: "60612".into(),
        libelle: "Énergie - Électricité".into(),
        prevu: k(610),
        realise: k(790),
        ecart: k(-180),
        modele: "dernier niveau".into(),
        cause: "écart du modèle".into(),
        explication: "depuis 2023, attendu +0,5 %, constaté +30,2 %".into(),
    }]
}

fn retraitements() -> Vec<RetraitementFait> {
    vec![RetraitementFait {
        budget: "Principal".into(),
        premier_exercice: 2021,
        dernier_exercice: 2022,
        sens: "R".into(),
        de: "7411".into(),
        vers: "74111".into(),
        montant: k(1_840),
        motif: "passage de la M14 à la M57".into(),
    }]
}

fn inconnues() -> Vec<Inconnue> {
    vec![
        Inconnue {
            sujet: "DGF 2026".into(),
            raison: "notification non saisie".into(),
            a_faire: "Écrire le montant notifié dans vigie.toml.".into(),
        },
        Inconnue {
            sujet: "Chapitre 67".into(),
            raison: "trois années seulement".into(),
            a_faire: "Saisir le montant s’il est connu.".into(),
        },
    ]
}

fn projections() -> Vec<Projection> {
    vec![
        projection("F", "D", 15_900, 380),
        projection("F", "R", 17_800, 340),
        projection("I", "D", 5_400, 190),
        projection("I", "R", 5_900, 120),
        Projection { budget: "eau".into(), ..projection("F", "D", 900, 12) },
        Projection { budget: "eau".into(), ..projection("F", "R", 1_000, 10) },
        Projection { budget: "consolidé".into(), ..projection("F", "D", 16_700, 390) },
        Projection { budget: "consolidé".into(), ..projection("F", "R", 18_700, 350) },
    ]
}

fn preparation() -> Preparation {
    let effet = |hypothese: &str, bas: i64, haut: i64| Sensibilite {
        hypothese: hypothese.into(),
        effet_bas: k(bas),
        effet_haut: k(haut),
    };
    let dette = |i: i64| AnneeDette {
        exercice: 2025 + i as u16,
        capital: k(1_270 - 30 * i),
        interets: k(300 - 25 * i),
        interets_etat: k(290 - 25 * i),
        annuite: k(1_570 - 55 * i),
        encours: k(10_040 - 1_200 * i),
        capacite_desendettement: Some(4.9 + 0.3 * i as f64),
    };
    Preparation {
        exercice_base: 2025,
        base: "atterrissage 2025".into(),
        scenario: "central".into(),
        chapitres_a_decider: 3,
        indicateurs: indicateurs(),
        variation_epargne: Some(cascade_epargne()),
        projections: projections(),
        chapitres: CHAPITRES.iter().map(chapitre).collect(),
        saisonnalite: Some(saisons(Dice(5), false)),
        sensibilites: vec![
            effet("Point d’indice : de 0 à +1 %", -95, 0),
            effet("Énergie : de +8 % à −4 %", -80, 42),
            effet("Bases fiscales : de +0,5 à +1,5 %", -45, 48),
            effet("Droits de mutation : de −10 à +5 %", -38, 20),
            effet("Inflation : de 2,5 à 1,2 %", -30, 26),
        ],
        scenarios: scenarios(),
        dette: (0..4).map(dette).collect(),
        inconnues: inconnues(),
        erreurs_passees: vec![
            erreur("theta", &[-1.2, 2.4, 0.6, -3.1, 1.1], true),
            erreur("reconduction", &[-4.2, -5.4, -3.6, -6.1, -2.2], false),
            erreur("tendance", &[3.2, -2.4, 2.9, 5.1, -4.4], false),
        ],
        erreur_moyenne_pct: Some(0.9),
        rejeu: rejeu(),
        ecarts_passes: ecarts_passes(),
        retraitements: retraitements(),
        conventions: super::sample_landing::conventions(),
        atterrissages: vec![super::sample_landing::atterrissage()],
        previsions: previsions(),
        scenarios_projetes: super::sample_regards::scenarios(&projections()[..2]),
        tresorerie: Some(super::sample_regards::tresorerie()),
        couvertures: super::sample_regards::couvertures(),
        ..super::sample_proposition::fill(Preparation::default())
    }
}

fn member(n: u64, date: &str, facture: &str, montant: i64) -> Membre {
    Membre {
        enregistrement: format!("mandats.csv#{n}"),
        date: Some(date.into()),
        mandat: (1_000 + n).to_string(),
        facture: facture.into(),
        objet: "Réfection de chaussée, rue du Lavoir".into(),
        nature: "615231".into(),
        montant: Centimes(montant),
        ..Membre::default()
    }
}

fn first_finding() -> Constat {
    Constat {
        rang: 1,
        constat: "c0ffee01".into(),
        controle: ControlCode::new(Family::Dbl, 1),
        priorite: Priorite::Prioritaire,
        indice: 8.0,
        probabilite: 0.93,
        enjeu: Centimes(1_842_000),
        enregistrements: vec!["mandats.csv#12".into(), "mandats.csv#48".into()],
        tiers: "VOIRIE EXEMPLE".into(),
        etiquette: "VOIRIE EXEMPLE".into(),
        indices_image: vec![],
        chapitre: "011".into(),
        motif: "Deux factures du même montant, à 6 jours, aux numéros voisins.".into(),
        a_faire: "demander les deux bons de livraison ; si une seule prestation, émettre un titre"
            .into(),
        decision: String::new(),
        motif_decision: String::new(),
        portee_decision: String::new(),
        habitude: "5f1c0a9e7b3d2468".into(),
        cles_lignes: "2:0a1b2c3d.4e5f6071".into(),
        indices: vec![
            evidence("même fournisseur", 3.0, "SIRET 999 000 011 00018"),
            evidence("même montant", 4.0, "18 420,00 €"),
            evidence("dates proches", 1.0, "6 jours d’écart"),
            evidence("numéros de facture voisins", 2.0, "F-1042 et F-1024"),
            evidence("échéance mensuelle connue", -2.0, "12 paiements réguliers"),
        ],
        membres: vec![
            member(12, "2025-03-03", "F-1042", 1_842_000),
            member(48, "2025-03-09", "F-1024", 1_842_000),
        ],
    }
}

fn evidence(niveau: &str, poids: f64, valeurs: &str) -> Evidence {
    Evidence { niveau: niveau.into(), poids, valeurs: valeurs.into() }
}

const NOMS: &[&str] = &[
    "GARAGE EXEMPLE",
    "CANTINES EXEMPLE",
    "PAPETERIE EXEMPLE",
    "ÉLECTRICITÉ EXEMPLE",
    HOSTILE,
    "EAUX EXEMPLE",
    "SOCIÉTÉ D’ÉTUDES ET DE TRAVAUX DE LA VALLÉE EXEMPLE",
];

fn finding(rang: u64, dice: &mut Dice) -> Constat {
    let family = [Family::Dbl, Family::Mnt, Family::Trs, Family::Imp][dice.next(4) as usize];
    let montant = 12_000 + dice.next(900_000) as i64;
    let (month, day, gap) = (1 + dice.next(11), 1 + dice.next(20), dice.next(9));
    let n = 100 + rang * 3;
    let first = member(n, &format!("2025-{month:02}-{day:02}"), "2025-118", montant);
    let second = member(n + 1, &format!("2025-{month:02}-{:02}", day + gap), "2025-181", montant);
    let pair = family == Family::Dbl;
    let membres = if pair { vec![first, second] } else { vec![first] };
    let nom = NOMS[dice.next(NOMS.len() as u64) as usize];
    Constat {
        rang,
        constat: format!("{:08x}", rang * 2_654_435_761),
        controle: ControlCode::new(family, 1 + dice.next(2) as u8),
        priorite: match rang {
            ..38 => Priorite::Prioritaire,
            38..156 => Priorite::AVerifier,
            _ => Priorite::Information,
        },
        indice: 7.5,
        probabilite: 0.9 / (rang as f64),
        enjeu: Centimes(montant),
        enregistrements: membres.iter().map(|m| m.enregistrement.clone()).collect(),
        tiers: nom.into(),
        etiquette: nom.into(),
        indices_image: vec![],
        chapitre: ["011", "65", "21"][dice.next(3) as usize].into(),
        motif: "Montant sept fois supérieur à l’habitude de ce fournisseur.".into(),
        a_faire: "comparer à la commande".into(),
        decision: if rang == 9 { "justifie".into() } else { String::new() },
        motif_decision: if rang == 9 { "loyer mensuel".into() } else { String::new() },
        portee_decision: String::new(),
        habitude: format!("{rang:016x}"),
        cles_lignes: String::new(),
        indices: vec![
            evidence("montant inhabituel", 6.0, "7 fois l’habitude"),
            evidence("compte rare", 1.5, "2 fois en 3 ans"),
        ],
        membres,
    }
}

fn controle(family: Family, number: u8, statut: StatutControle, titre: &str) -> ControleAudit {
    let quiet = matches!(statut, StatutControle::Conforme | StatutControle::NonEvalue);
    ControleAudit {
        code: ControlCode::new(family, number),
        famille: family.letters().to_owned(),
        statut,
        titre: titre.into(),
        examines: 48_308,
        unite: ["enregistrement", "enregistrements"],
        trouves: if quiet { 0 } else { 12 },
        enjeu: if quiet { Centimes::ZERO } else { k(84) },
        parametres: "fenêtre de 30 jours".into(),
        faux_positifs: "abonnements, loyers et acomptes réguliers".into(),
        reference: "décret n° 2016-33, annexe I".into(),
        manque: (statut == StatutControle::NonEvalue)
            .then(|| "colonne « iban » absente".to_owned()),
        essai: number == 2,
    }
}

fn chiffre(d: u8) -> ChiffreBenford {
    let attendu = 100.0 * (1.0 + 1.0 / f64::from(d)).log10();
    let observe = attendu + if d == 4 { 2.6 } else { 0.3 };
    ChiffreBenford { chiffre: d, observe, attendu, bas_95: attendu - 0.9, haut_95: attendu + 0.9 }
}

fn montants(code: &str, libelle: &str, total: i64, part: f64) -> MontantsChapitre {
    MontantsChapitre {
        chapitre: code.into(),
        libelle: libelle.into(),
        lignes: 1_000 + total as u64,
        total: k(total),
        part_pct: part,
        mediane: Centimes(12_345),
        centile_99: Centimes(912_345),
        maximum: k(total / 9),
    }
}

fn grand_livre() -> Cascade {
    Cascade {
        depart: Poste::new("Grand livre 2025", k(31_200)),
        causes: vec![
            Poste::new("Rattachements", k(820)),
            Poste::new("Opérations d’ordre", k(410)),
            Poste::new("Journée complémentaire", k(-230)),
            Poste::new("Inexpliqué", k(10)),
        ],
        arrivee: Poste::new("Compte 2025", k(32_210)),
        variation: k(1_010),
        hausse_favorable: false,
    }
}

fn controles() -> Vec<ControleAudit> {
    use StatutControle::{AVerifier, Conforme, NonEvalue, Prioritaire};
    vec![
        controle(Family::Dbl, 1, Prioritaire, "12 factures semblent payées deux fois"),
        controle(Family::Dbl, 2, AVerifier, "12 factures se ressemblent beaucoup"),
        controle(Family::Mnt, 1, Prioritaire, "12 montants sortent de l’habitude"),
        controle(Family::Trs, 1, NonEvalue, "Changements de coordonnées bancaires"),
        controle(Family::Seq, 1, Conforme, "Aucun numéro de mandat ne manque"),
        controle(Family::Bud, 1, Conforme, "Aucun chapitre ne dépasse ses crédits"),
    ]
}

fn audit(n: u64) -> Audit {
    let mut dice = Dice(11);
    let constats: Vec<Constat> =
        std::iter::once(first_finding()).chain((2..=n).map(|r| finding(r, &mut dice))).collect();
    Audit {
        perimetre: Perimetre {
            lignes: 48_308,
            montant: Centimes(3_120_000_000),
            fournisseurs: 1_204,
            lignes_recettes: 9_120,
            montant_recettes: Centimes(3_310_000_000),
            debut: Some("2025-01-01".into()),
            fin: Some("2025-12-31".into()),
            exercices: None,
        },
        decompte: Decompte {
            prioritaires: 37,
            a_verifier: 118,
            informations: 59,
            part_fausses_attendue: Some(0.08),
            enjeu_prioritaires: k(214),
            enjeu_total: k(773),
            controles_conformes: 2,
            controles_a_verifier: 1,
            controles_prioritaires: 2,
            controles_non_evalues: 1,
        },
        ecart_comptes: Some(grand_livre()),
        constats,
        controles: controles(),
        benford: Some(Benford { lignes: 48_308, chiffres: (1..=9).map(chiffre).collect() }),
        montants: vec![
            montants("012", "Charges de personnel", 9_300, 41.2),
            montants("011", "Charges à caractère général", 4_200, 18.6),
            montants("23", "Immobilisations en cours", 3_100, 13.7),
            montants("autres", "onze chapitres", 5_970, 26.5),
        ],
        calendrier: Some(saisons(Dice(8), true)),
        revue: vec![DecisionRevue {
            constat: "c0ffee09".into(),
            controle: "MNT01".into(),
            decision: "justifie".into(),
            portee: "constat".into(),
            auteur: "C. Exemple".into(),
            date: "2026-02-02".into(),
            motif: "avenant signé".into(),
        }],
        journal_revue: Some(JournalRevue { lignes: 12, empreinte: "9f".repeat(32), rupture: None }),
        repartition: vec![
            share("taille", "moins de 1 000 €", (610, 4_120, 9)),
            share("taille", "100 000 € et plus", (41, 30_400, 61)),
            share("genre", "autre tiers à SIREN", (651, 34_520, 70)),
        ],
        seuils: super::sample_regards::seuils(),
        concentration: Some(super::sample_regards::concentration()),
        delais: Some(super::sample_regards::delais()),
        mois: super::sample_regards::mois(),
    }
}

fn share(
    axe: &str,
    classe: &str,
    (fournisseurs, lignes, signalees): (u64, u64, u64),
) -> PartSignalee {
    let part_pct = (10_000.0 * signalees as f64 / lignes as f64).round() / 100.0;
    PartSignalee {
        axe: axe.into(),
        classe: classe.into(),
        fournisseurs,
        lignes,
        signalees,
        part_pct,
    }
}

/// A large audit, to test the caps.
pub(crate) fn large() -> Rapport {
    Rapport { audit: Some(audit(6_000)), ..rapport() }
}

fn synthese() -> Synthese {
    let part = |libelle: &str, pour_100: f64, exemple: &str| PartPour100 {
        libelle: libelle.into(),
        pour_100,
        exemple: exemple.into(),
    };
    Synthese {
        essentiel: vec![
            "La commune garde 1,9 million d’euros pour investir et rembourser sa dette.".into(),
            "Le personnel coûte 4,6 % de plus qu’en 2025.".into(),
            "Il faudrait 5,2 ans d’épargne pour tout rembourser.".into(),
        ],
        recettes: vec![
            part("Impôts locaux", 47.0, "taxe foncière"),
            part("Dotations de l’État", 21.0, ""),
            part("Services payés par les usagers", 8.0, "cantine, piscine"),
            part("Autres recettes", 24.0, ""),
        ],
        depenses: vec![
            part("Écoles et jeunesse", 31.0, "écoles, cantine : 23 €"),
            part("Voirie et espaces verts", 22.0, "rues, parcs"),
            part("Autres dépenses", 47.0, ""),
        ],
        autofinancement: Some(Cascade {
            depart: Poste::new("Épargne brute", k(1_930)),
            causes: vec![Poste::new("Remboursement de la dette", k(-1_320))],
            arrivee: Poste::new("Épargne nette", k(610)),
            variation: k(-1_320),
            hausse_favorable: true,
        }),
        dette: indicateurs().into_iter().nth(3),
        avenir: Some(projection("F", "D", 15_900, 380)),
        scenarios: scenarios(),
        decisions: vec![Poste::new("+1 point de taxe foncière", k(182))],
        point_deduit: false,
        fiabilite: Fiabilite { annees_rejouees: 3, montants: 300, dedans: 241 },
        point_par_foyer: Some(Centimes(3_900)),
        comparaison: vec![Comparaison {
            libelle: "Dépenses de fonctionnement".into(),
            montant: k(17_200),
            par_habitant: Some(Centimes(137_800)),
            strate: Some(Centimes(131_200)),
            strate_exercice: Some(2024),
        }],
        impots: vec![Impot {
            libelle: "Taxe foncière sur le bâti".into(),
            exercice: 2025,
            taux_pct: 38.5,
            precedent_pct: Some(37.9),
            produit: Some(k(7_100)),
        }],
        effectifs: Some(Effectifs { exercice: 2025, titulaires: 180.5, contractuels: 42.0 }),
        budgets: vec![
            BudgetResume { nom: "Principal".into(), recettes: k(18_100), depenses: k(16_200) },
            BudgetResume { nom: "Eau".into(), recettes: k(1_300), depenses: k(900) },
        ],
        exercice_comptes: 2025,
        questions: vec!["Quel chantier reporter si l’épargne tombe à 1,6 million d’euros ?".into()],
    }
}
