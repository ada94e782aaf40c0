//! Charts of accounts (M14, M57, M4, M43) and the passage from M14 to M57, from `datasets/reference`.
//!
//! An account has a chapitre per sens and kind of movement, valid from one exercice to another. The
//! answer says where it comes from: exact chart, neighbour year or sibling declination, prefix.
//!
//! **Invariant:** a chart is parsed once, when first asked for; nothing is invented: an account without
//! a known prefix has no answer.

use std::sync::OnceLock;

use crate::domain::account::{Ordre, OrigineChapitre, Section, Sens, section_of_digits};

/// Name, sibling charts in order of nearness, and text of a chart.
struct Source {
    nom: &'static str,
    voisins: &'static [PlanId],
    texte: &'static str,
}

/// A chart of accounts: all the exercices of one declination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the variants are the official names
pub enum PlanId {
    M14Sup3500,
    M14De500A3500,
    M57,
    M57Abrege,
    M4,
    M43,
    M43Abrege,
    M43Developpe,
}

use PlanId as P;

macro_rules! plan_text {
    ($name:literal) => {
        include_str!(concat!("../../datasets/reference/plans/", $name, ".csv"))
    };
}

/// The charts, in the order of [`PlanId`].
const SOURCES: [Source; 8] = [
    Source {
        nom: "m14_com_sup3500",
        voisins: &[P::M14De500A3500],
        texte: plan_text!("m14_com_sup3500"),
    },
    Source {
        nom: "m14_com_500_3500",
        voisins: &[P::M14Sup3500],
        texte: plan_text!("m14_com_500_3500"),
    },
    Source { nom: "m57", voisins: &[P::M57Abrege], texte: plan_text!("m57") },
    Source { nom: "m57_a", voisins: &[P::M57], texte: plan_text!("m57_a") },
    Source { nom: "m4", voisins: &[P::M43, P::M43Developpe], texte: plan_text!("m4") },
    Source { nom: "m43", voisins: &[P::M43Developpe, P::M4], texte: plan_text!("m43") },
    Source { nom: "m43_a", voisins: &[P::M43, P::M4], texte: plan_text!("m43_a") },
    Source { nom: "m43_d", voisins: &[P::M43, P::M4], texte: plan_text!("m43_d") },
];
const CHAPITRES: &str = plan_text!("chapitres");
const FONCTIONS: &str = plan_text!("fonctions");
const OFFICIELS: &str = plan_text!("libelles_officiels");
const CHANGEMENTS: &str = include_str!("../../datasets/reference/changements_comptes.csv");
const PASSAGE: &str = include_str!("../../datasets/reference/passage_m14_m57.csv");

/// Norm and declination as documents write them (`M4-M43_D`), the chart that serves them, and whether
/// it is their own: the list of the ministry, 2019 to 2025.
const NOMENCLATURES: [(&str, &str, PlanId, bool); 26] = [
    ("M14", "M14_COM_SUP3500", P::M14Sup3500, true),
    ("M14", "M14_COM_500_3500", P::M14De500A3500, true),
    ("M14", "M14_COM_INF500", P::M14De500A3500, false),
    ("M14", "M14_CCAS_SUP3500", P::M14Sup3500, false),
    ("M14", "M14_CCAS_INF3500", P::M14De500A3500, false),
    ("M14", "M14_CE", P::M14De500A3500, false),
    ("M57", "M57", P::M57, true),
    ("M57", "M57_D", P::M57, true),
    ("M57", "M57_P", P::M57, false),
    ("M57", "M57_A", P::M57Abrege, true),
    ("M4", "M4", P::M4, true),
    ("M4", "M41", P::M4, false),
    ("M4", "M42", P::M4, false),
    ("M4", "M43", P::M43, true),
    ("M4", "M43_A", P::M43Abrege, true),
    ("M4", "M43_D", P::M43Developpe, true),
    ("M4", "M44", P::M4, false),
    ("M4", "M49", P::M4, false),
    ("M4", "M49_A", P::M4, false),
    ("M4", "M49_D", P::M4, false),
    ("M52", "M52", P::M57, false),
    ("M61", "M61", P::M57, false),
    ("M71", "M71", P::M57, false),
    ("M22", "M22", P::M4, false),
    ("M831", "M831", P::M57, false),
    ("M832", "M832", P::M57, false),
];

impl PlanId {
    /// `M14`, `M57` or `M4`.
    pub fn norme(self) -> &'static str {
        match self {
            Self::M14Sup3500 | Self::M14De500A3500 => "M14",
            Self::M57 | Self::M57Abrege => "M57",
            _ => "M4",
        }
    }
}

/// What a nomenclature written in a document leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nomenclature {
    /// The chart that serves it.
    pub plan: PlanId,
    /// False when the name is not a known one: the chart is then that of its norm.
    pub connue: bool,
    /// False when the chart is that of a sibling declination.
    pub propre: bool,
}

/// Finds the chart of `NORME-DECLINAISON` (or of a declination alone); `None` when not even the norm is
/// known.
pub fn nomenclature(nom: &str) -> Option<Nomenclature> {
    let nom = nom.trim();
    let (norme, declinaison) = nom.split_once('-').unwrap_or((nom, nom));
    // some software writes M49-M49_A for M4-M49_A
    if let Some((.., plan, propre)) = NOMENCLATURES.iter().find(|(n, d, ..)| {
        *d == declinaison && (norme == *n || declinaison.starts_with(norme) || norme == nom)
    }) {
        return Some(Nomenclature { plan: *plan, connue: true, propre: *propre });
    }
    let norme = norme.split('_').next().unwrap_or_default();
    let (.., plan, _) = NOMENCLATURES
        .iter()
        .find(|(n, d, ..)| *n == norme || d.split('_').next() == Some(norme))?;
    Some(Nomenclature { plan: *plan, connue: false, propre: false })
}

/// One account over consecutive exercices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ligne {
    /// Account.
    pub code: &'static str,
    /// First exercice.
    pub de: u16,
    /// Last exercice.
    pub a: u16,
    mouvements: [&'static str; 6],
    /// `F`, `I`, `FI` or empty: sections of its chapitres and of those of its sub-accounts.
    pub section: &'static str,
    /// No sub-account in the chart.
    pub feuille: bool,
    /// Counts as equipment expenditure.
    pub equipement_depense: bool,
    /// Counts as equipment receipt.
    pub equipement_recette: bool,
    /// French label.
    pub libelle: &'static str,
}

impl Ligne {
    /// Chapitre of a movement; empty when the chart does not allow it.
    pub fn chapitre(&self, sens: Sens, ordre: Ordre) -> &'static str {
        let column = match (ordre, sens) {
            (Ordre::Reel, Sens::D) => 0,
            (Ordre::Reel, Sens::R) => 1,
            (Ordre::EntreSections, Sens::D) => 2,
            (Ordre::EntreSections, Sens::R) => 3,
            (Ordre::Interne, Sens::D) => 4,
            (Ordre::Interne, Sens::R) => 5,
        };
        self.mouvements[column]
    }

    fn distance(&self, exercice: u16) -> u16 {
        if exercice < self.de { self.de - exercice } else { exercice.saturating_sub(self.a) }
    }
}

/// Where a movement goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imputation {
    /// Chapitre.
    pub chapitre: &'static str,
    /// Section of the chapitre.
    pub section: Section,
    /// Label of the account, or of the prefix that was found.
    pub libelle: &'static str,
    /// How it was found.
    pub origine: OrigineChapitre,
}

/// A parsed chart.
#[derive(Debug)]
pub struct Plan {
    id: PlanId,
    lignes: Vec<Ligne>,
    chapitres: Vec<Chapitre>,
    premier: u16,
    dernier: u16,
}

/// A chapitre over consecutive exercices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chapitre {
    code: &'static str,
    de: u16,
    a: u16,
    section: Section,
    libelle: &'static str,
}

/// The chart `id`, parsed at the first call.
pub fn plan(id: PlanId) -> &'static Plan {
    static PLANS: [OnceLock<Plan>; 8] = [const { OnceLock::new() }; 8];
    PLANS[id as usize].get_or_init(|| Plan::parse(id))
}

impl Plan {
    fn parse(id: PlanId) -> Self {
        let source = &SOURCES[id as usize];
        let lignes: Vec<Ligne> = source.texte.lines().skip(1).filter_map(parse_account).collect();
        let chapitres = CHAPITRES.lines().skip(1).filter_map(|l| parse_chapitre(l, source.nom));
        let premier = lignes.iter().map(|l| l.de).min().unwrap_or(0);
        let dernier = lignes.iter().map(|l| l.a).max().unwrap_or(0);
        Self { id, chapitres: chapitres.collect(), lignes, premier, dernier }
    }

    /// First and last exercices of the chart.
    pub fn exercices(&self) -> (u16, u16) {
        (self.premier, self.dernier)
    }

    /// The accounts, by code then exercice.
    pub fn lignes(&self) -> &[Ligne] {
        &self.lignes
    }

    /// The account `code` at the nearest exercice.
    pub fn compte(&self, code: &str, exercice: u16) -> Option<&Ligne> {
        self.rows(code).iter().min_by_key(|l| (l.distance(exercice), l.de))
    }

    /// True when the account exists in that exercice, or in the nearest one the chart covers.
    pub fn existe(&self, code: &str, exercice: u16) -> bool {
        let exercice = exercice.clamp(self.premier, self.dernier);
        self.rows(code).iter().any(|l| l.distance(exercice) == 0)
    }

    /// True for an account of the chart, a chapitre, or a subdivision of an account of three digits or more.
    pub fn rattache(&self, code: &str, exercice: u16) -> bool {
        self.section_chapitre(code, exercice).is_some()
            || (3..=code.len())
                .filter_map(|n| code.get(..n))
                .any(|prefix| self.compte(prefix, exercice).is_some())
    }

    fn rows(&self, code: &str) -> &[Ligne] {
        let start = self.lignes.partition_point(|l| l.code < code);
        let end = self.lignes.partition_point(|l| l.code <= code);
        &self.lignes[start..end]
    }

    /// Chapitre, section and label of a movement (FORMATS 1.3), sibling charts and prefixes included.
    pub fn imputation(
        &self,
        exercice: u16,
        compte: &str,
        sens: Sens,
        ordre: Ordre,
    ) -> Option<Imputation> {
        if let Some(found) = self.exact(exercice, compte, sens, ordre) {
            return Some(found);
        }
        let neighbour = |p: &PlanId| plan(*p).exact(exercice, compte, sens, ordre);
        if let Some(found) = SOURCES[self.id as usize].voisins.iter().find_map(neighbour) {
            return Some(Imputation { origine: OrigineChapitre::PlanVoisin, ..found });
        }
        (1..compte.len()).rev().filter_map(|n| compte.get(..n)).find_map(|prefix| {
            let found = self.exact(exercice, prefix, sens, ordre)?;
            Some(Imputation { origine: OrigineChapitre::Prefixe, ..found })
        })
    }

    fn exact(&self, exercice: u16, compte: &str, sens: Sens, ordre: Ordre) -> Option<Imputation> {
        let ligne = self
            .rows(compte)
            .iter()
            .filter(|l| !l.chapitre(sens, ordre).is_empty())
            .min_by_key(|l| (l.distance(exercice), l.de))?;
        let origine = if ligne.distance(exercice) == 0 {
            OrigineChapitre::Plan
        } else {
            OrigineChapitre::PlanVoisin
        };
        let chapitre = ligne.chapitre(sens, ordre);
        let section = self
            .chapitre_row(chapitre, exercice)
            .map_or_else(|| section_of_digits(compte), |c| c.section);
        Some(Imputation { chapitre, section, libelle: ligne.libelle, origine })
    }

    fn chapitre_row(&self, code: &str, exercice: u16) -> Option<&Chapitre> {
        let distance = |c: &&Chapitre| {
            if exercice < c.de { c.de - exercice } else { exercice.saturating_sub(c.a) }
        };
        self.chapitres.iter().filter(|c| c.code == code).min_by_key(distance)
    }

    /// Label of a chapitre; empty when unknown.
    pub fn libelle_chapitre(&self, code: &str, exercice: u16) -> &'static str {
        self.chapitre_row(code, exercice).map_or("", |c| c.libelle)
    }

    /// Section of a chapitre.
    pub fn section_chapitre(&self, code: &str, exercice: u16) -> Option<Section> {
        self.chapitre_row(code, exercice).map(|c| c.section)
    }

    /// Label of an account, of a sibling chart or of its longest known prefix; empty when unknown.
    pub fn libelle(&self, code: &str, exercice: u16) -> &'static str {
        let own = |c: &str| self.compte(c, exercice).map(|l| l.libelle);
        let sibling = || {
            let mut siblings = SOURCES[self.id as usize].voisins.iter();
            siblings.find_map(|p| plan(*p).compte(code, exercice).map(|l| l.libelle))
        };
        let prefix = || (1..code.len()).rev().filter_map(|n| code.get(..n)).find_map(own);
        own(code).or_else(sibling).or_else(prefix).unwrap_or("")
    }

    /// Label as the official file spells it that year, invisible signs included; else [`Self::libelle`].
    pub fn libelle_officiel(&self, code: &str, exercice: u16) -> &'static str {
        let name = SOURCES[self.id as usize].nom;
        for line in OFFICIELS.lines().skip(1) {
            let f: Vec<&'static str> = line.splitn(5, ';').collect();
            let &[plan, c, de, a, libelle] = f.as_slice() else { continue };
            if plan == name && c == code && (year(de)..=year(a)).contains(&exercice) {
                return libelle;
            }
        }
        self.libelle(code, exercice)
    }

    /// Label of a function code of this chart; empty when unknown.
    pub fn libelle_fonction(&self, code: &str, exercice: u16) -> &'static str {
        let name = SOURCES[self.id as usize].nom;
        let mut best: Option<(u16, &'static str)> = None;
        for line in FONCTIONS.lines().skip(1) {
            let f: Vec<&'static str> = line.splitn(5, ';').collect();
            let &[plan, c, de, a, libelle] = f.as_slice() else { continue };
            if plan != name || c != code {
                continue;
            }
            let (de, a) = (year(de), year(a));
            let far = if exercice < de { de - exercice } else { exercice.saturating_sub(a) };
            if best.is_none_or(|(d, _)| far < d) {
                best = Some((far, libelle));
            }
        }
        best.map_or("", |(_, l)| l)
    }
}

fn year(text: &str) -> u16 {
    text.parse().unwrap_or(0)
}

fn parse_account(line: &'static str) -> Option<Ligne> {
    let f: Vec<&'static str> = line.splitn(12, ';').collect();
    let [code, de, a, mouvements @ .., section, marques, libelle] = f.as_slice() else {
        return None;
    };
    Some(Ligne {
        code,
        de: year(de),
        a: year(a),
        mouvements: mouvements.try_into().ok()?,
        section,
        feuille: marques.contains('f'),
        equipement_depense: marques.contains('d'),
        equipement_recette: marques.contains('r'),
        libelle,
    })
}

fn parse_chapitre(line: &'static str, plan: &str) -> Option<Chapitre> {
    let f: Vec<&'static str> = line.splitn(9, ';').collect();
    let &[p, "nature", code, de, a, section, _, _, libelle] = f.as_slice() else {
        return None;
    };
    let section = if section == "F" { Section::F } else { Section::I };
    (p == plan).then(|| Chapitre { code, de: year(de), a: year(a), section, libelle })
}

/// Passage of an account from M14 to M57.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// M14 account.
    pub m14: &'static str,
    /// M57 accounts; several when the account is split, the usual one first.
    pub m57: Vec<&'static str>,
    /// What the M14 code means in M57 when it means something else; empty otherwise.
    pub piege: &'static str,
}

/// The passage of `m14`, when the table knows it.
pub fn passage_m57(m14: &str) -> Option<&'static Passage> {
    static TABLE: OnceLock<Vec<Passage>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut rows: Vec<Passage> = PASSAGE.lines().skip(1).filter_map(parse_passage).collect();
        rows.sort_by_key(|p| p.m14);
        rows
    });
    table.binary_search_by_key(&m14, |p| p.m14).ok().map(|i| &table[i])
}

fn parse_passage(line: &'static str) -> Option<Passage> {
    let f: Vec<&'static str> = line.splitn(4, ';').collect();
    let &[m14, m57, _, piege] = f.as_slice() else { return None };
    Some(Passage { m14, m57: m57.split('|').collect(), piege })
}

/// The accounts that in `cible` have taken over what `code` was in `exercice`, when the charts of the
/// norm gave the code up or gave it another meaning (7321 is 73211 from 2017 on); the usual one first,
/// empty when nothing changed.
pub fn successeurs(id: PlanId, code: &str, exercice: u16, cible: u16) -> Vec<&'static str> {
    let m14 = matches!(id, P::M14Sup3500 | P::M14De500A3500);
    let found = CHANGEMENTS.lines().skip(1).find_map(|line| {
        let f: Vec<&'static str> = line.splitn(4, ';').collect();
        let &[norme, ancien, until, nouveau] = f.as_slice() else { return None };
        let ours = match norme {
            "M14" => m14,
            "M57" => matches!(id, P::M57 | P::M57Abrege),
            _ => id == P::M57Abrege,
        };
        let until = year(until);
        (ours && ancien == code && exercice <= until && until < cible).then_some(nouveau)
    });
    found.map_or_else(Vec::new, |codes| codes.split('|').collect())
}

/// The M57 accounts that take over an M14 account, cut to what the chart `cible` knows: the table,
/// else the same code where it means the same, else its longest known prefix.
pub fn to_m57(m14: &str, cible: PlanId, exercice: u16) -> Vec<&'static str> {
    let chart = plan(cible);
    let cut = |code: &str| {
        let lengths = (1..=code.len()).rev();
        lengths
            .filter_map(|n| code.get(..n))
            .find(|c| chart.existe(c, exercice))
            .and_then(|c| chart.compte(c, exercice).map(|l| l.code))
    };
    let mut out: Vec<&'static str> = match passage_m57(m14) {
        Some(p) => p.m57.iter().filter_map(|c| cut(c)).collect(),
        None => cut(m14).into_iter().collect(),
    };
    let mut seen = Vec::new();
    out.retain(|c| {
        let new = !seen.contains(c);
        seen.push(*c);
        new
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [PlanId; 8] = [
        P::M14Sup3500,
        P::M14De500A3500,
        P::M57,
        P::M57Abrege,
        P::M4,
        P::M43,
        P::M43Abrege,
        P::M43Developpe,
    ];

    #[test]
    fn charts_are_whole_and_sorted() {
        for id in ALL {
            let chart = plan(id);
            let lines = SOURCES[id as usize].texte.lines().count() - 1;
            assert_eq!(chart.lignes.len(), lines, "{id:?}");
            assert!(chart.lignes.is_sorted_by_key(|l| (l.code, l.de)), "{id:?}");
            assert!(!chart.chapitres.is_empty(), "{id:?}");
            assert!(chart.premier >= 2016 && chart.dernier <= 2024);
        }
        assert!(PASSAGE.lines().skip(1).all(|l| parse_passage(l).is_some()));
    }

    #[test]
    fn chapitre_is_not_a_prefix_rule() {
        let m57 = plan(P::M57);
        let real = |c, s| m57.imputation(2022, c, s, Ordre::Reel).map(|i| i.chapitre);
        assert_eq!(real("6419", Sens::R), Some("013"));
        assert_eq!(real("739211", Sens::D), Some("014"));
        assert_eq!(real("6215", Sens::D), Some("012"));
        assert_eq!(real("73111", Sens::R), Some("731"));
        let order = m57.imputation(2022, "6811", Sens::D, Ordre::EntreSections);
        assert_eq!(order.map(|i| (i.chapitre, i.section)), Some(("042", Section::F)));
    }

    #[test]
    fn the_answer_says_where_it_comes_from() {
        let m14 = plan(P::M14Sup3500);
        let origin = |y, c| m14.imputation(y, c, Sens::D, Ordre::Reel).map(|i| i.origine);
        assert_eq!(origin(2019, "6161"), Some(OrigineChapitre::Plan));
        assert_eq!(origin(2014, "6161"), Some(OrigineChapitre::PlanVoisin));
        assert_eq!(origin(2019, "61619"), Some(OrigineChapitre::Prefixe));
        assert_eq!(origin(2019, "9"), None);
    }

    #[test]
    fn nomenclatures_known_or_not() {
        assert!(nomenclature("M57-M57_A").is_some_and(|n| n.connue && n.plan == P::M57Abrege));
        assert!(nomenclature("M57_D").is_some_and(|n| n.connue));
        assert!(nomenclature("M14-M14_COM_500_3500_en_erreur").is_some_and(|n| !n.connue));
        assert!(nomenclature("X1-X1").is_none());
        assert!(nomenclature("").is_none());
        let plan = |n| nomenclature(n).filter(|n| n.connue).map(|n| n.plan);
        assert_eq!(plan("M4-M43_D"), Some(P::M43Developpe));
        assert_eq!(plan("M49-M49_A"), Some(P::M4));
        assert_eq!(plan("M14-M57_A"), None);
    }

    #[test]
    fn renamed_accounts_are_followed() {
        assert_eq!(successeurs(P::M14Sup3500, "7321", 2016, 2021), ["73211"]);
        assert!(successeurs(P::M14Sup3500, "7321", 2017, 2021).is_empty());
        assert!(successeurs(P::M57, "7321", 2016, 2021).is_empty());
        assert_eq!(to_m57("7411", P::M57, 2023), ["74111"]);
        assert_eq!(to_m57("64111", P::M57, 2023), ["64111"]);
        assert_eq!(to_m57("6574", P::M57, 2023), ["65748", "65741", "65742"]);
        assert!(passage_m57("757").is_some_and(|p| !p.piege.is_empty()));
    }
}
