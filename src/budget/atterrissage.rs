//! The landing of the running exercice (atterrissage): by account, chapitre and total, with credits at
//! risk and the DM it calls for.
//!
//! What the accounts up to the last ones forecast for the year is the expectation of each line; the
//! months booked and the profile of past ledgers correct it (`landing`). A line that the ledger does not
//! hold keeps its forecast. Credits are BP, BS and DM of the exercice, at the level of the vote: the
//! chapitre, or the account when it is specialised. A sale is executed on 775 in the operating section but
//! voted on 024 in investment: it is compared there and funds investment only.
//!
//! **Invariant:** accounts add up to chapitres and chapitres to totals, in centimes; what is booked is
//! never lost: a positive line lands at least at what is mandated and engaged.

use std::collections::{BTreeMap, BTreeSet};

use crate::budget::credits::{Credits, Delai, SALES_VOTED, delais};
use crate::budget::dm::{self, Chapitre, Fongibilite, Proposition};
use crate::budget::history::Budget;
use crate::budget::interval::Backtest;
use crate::budget::landing::{Annee, Estimation, Ligne, MOIS, estimate};
use crate::budget::monthly::{Jour, Mensualites, Releve};
use crate::budget::profils::profile;
use crate::budget::project::{Projection, french};
use crate::budget::rules::Norme;
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::plan;
use crate::frames::budget::BudgetFrame;
use crate::frames::ledger::Ledger;

/// Months of the civil year.
const YEAR_MONTHS: usize = 12;
/// Whole months under which no landing is made without a voted budget.
const ENOUGH_MONTHS: usize = 6;
/// The result of the year before put in reserve: decided, never estimated.
const RESULT: &str = "1068";
/// Sales of assets: executed here, voted on [`SALES_VOTED`].
const SALES: &str = "775";
/// Two-sided 80 % quantile of a normal law.
const NORMAL_80: f64 = 1.2816;
/// Part of the error of a line that the other lines share.
const SHARED: f64 = 0.2;
/// A past ledger holds a line when it finds this share of its accounts.
const HELD: f64 = 0.5;
const MONTHS: [&str; MOIS] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
    "la journée complémentaire",
];

/// Level of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Niveau {
    /// A section and a sens.
    Total,
    /// A chapitre.
    Chapitre,
    /// An account.
    Nature,
}

impl Niveau {
    /// Word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Chapitre => "chapitre",
            Self::Nature => "nature",
        }
    }
}

/// How a line stands against its credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risque {
    /// Nothing to tell, or no credits read.
    Aucun,
    /// The interval holds the credits.
    Possible,
    /// The landing passes the credits, or stays under the receipts voted.
    Probable,
}

impl Risque {
    /// Word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Aucun => "",
            Self::Possible => "possible",
            Self::Probable => "probable",
        }
    }
}

/// A line of the landing.
#[derive(Debug, Clone, PartialEq)]
pub struct LigneAtterrie {
    /// Level.
    pub niveau: Niveau,
    /// Section.
    pub section: Section,
    /// Dépense or recette.
    pub sens: Sens,
    /// Chapitre; empty for a total.
    pub chapitre: String,
    /// Chapitre or account; empty for a total.
    pub code: String,
    /// French label.
    pub libelle: String,
    /// Booked so far.
    pub realise: Centimes,
    /// Engaged and not mandated.
    pub engage: Centimes,
    /// Credits opened, at the level of the vote and above.
    pub credits: Option<Centimes>,
    /// Year-end amount.
    pub prevu: Centimes,
    /// Bounds of 80 %.
    pub intervalle_80: (Centimes, Centimes),
    /// Against its credits.
    pub risque: Risque,
    /// Why, French.
    pub raison: String,
}

/// The landing of a budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Atterrissage {
    /// Name of the budget.
    pub budget: String,
    /// Running exercice.
    pub exercice: u16,
    /// Whole months booked, of the side that goes furthest.
    pub mois: usize,
    /// Whole months booked of expenses, then of receipts.
    pub mois_par_sens: [usize; 2],
    /// Past exercices of ledger.
    pub profils: Vec<u16>,
    /// Totals, chapitres, accounts.
    pub lignes: Vec<LigneAtterrie>,
    /// Last days of a décision modificative, by section.
    pub delais: Vec<Delai>,
    /// Movements proposed; none without a voted budget.
    pub proposition: Option<Proposition>,
    /// What to tell the reader, French.
    pub avertissements: Vec<String>,
}

impl Atterrissage {
    /// The line of an account.
    pub fn nature(&self, sens: Sens, code: &str) -> Option<&LigneAtterrie> {
        let ours =
            |l: &&LigneAtterrie| l.niveau == Niveau::Nature && l.sens == sens && l.code == code;
        self.lignes.iter().find(ours)
    }

    /// Last month booked, in words (`fin octobre`); both sides when they differ.
    pub fn fin(&self) -> String {
        match self.mois_par_sens {
            [d, r] if d != r && d > 0 && r > 0 => {
                format!("{} (dépenses) et {} (recettes)", end(d), end(r))
            }
            _ => end(self.mois),
        }
    }
}

/// What a landing needs beside the ledger.
pub struct Appui<'a> {
    /// Budget documents, for the credits.
    pub frame: &'a BudgetFrame,
    /// Accounts.
    pub budget: &'a Budget,
    /// Forecast of the running exercice from the accounts, by series.
    pub attendu: &'a [Projection],
    /// Past errors.
    pub backtest: &'a Backtest,
    /// Fungibility typed by section; the highest rate by default.
    pub fongibilite: &'a BTreeMap<Section, Fongibilite>,
    /// Day of the run.
    pub jour: Option<Jour>,
}

/// The landing of the exercice after the last accounts, when the ledger runs in it: a voted budget or six
/// whole months are needed.
pub fn land(ledger: &Ledger, appui: &Appui<'_>) -> Option<Atterrissage> {
    let budget = appui.budget;
    let exercice = budget.exercices.last()? + 1;
    let releve = Releve::of(ledger, budget, appui.jour);
    let par_sens = [Sens::D, Sens::R].map(|sens| releve.mois_connus(exercice, sens));
    let mois = par_sens[0].max(par_sens[1]);
    let credits = Credits::read(appui.frame, budget, exercice);
    if mois == 0 || (mois < ENOUGH_MONTHS && credits.documents == 0) {
        return None;
    }
    let delais = delais(exercice, appui.jour);
    let view = View {
        appui,
        releve: &releve,
        exercice,
        mois: par_sens,
        delais,
        passes: releve.passes(exercice),
    };
    let mut lignes = view.natures(&credits);
    lignes.extend(view.sums(&lignes, &credits));
    lignes.sort_by(|a, b| {
        (a.niveau, a.section, a.sens, &a.chapitre, &a.code).cmp(&(
            b.niveau,
            b.section,
            b.sens,
            &b.chapitre,
            &b.code,
        ))
    });
    let proposition = (credits.documents > 0).then(|| view.proposition(&lignes, &credits));
    Some(Atterrissage {
        budget: budget.nom.clone(),
        exercice,
        mois,
        mois_par_sens: par_sens,
        avertissements: view.warnings(&credits),
        profils: view.passes,
        delais: view.delais,
        lignes,
        proposition,
    })
}

struct View<'a> {
    appui: &'a Appui<'a>,
    releve: &'a Releve,
    exercice: u16,
    /// Whole months of expenses, then of receipts.
    mois: [usize; 2],
    passes: Vec<u16>,
    delais: Vec<Delai>,
}

/// An account of the landing before it becomes a line.
struct Compte<'a> {
    sens: Sens,
    section: Section,
    chapitre: String,
    code: &'a str,
    /// Index of its series, when the accounts hold it.
    serie: Option<usize>,
}

impl<'a> View<'a> {
    /// Accounts of the series, then those that only the ledger holds, then the reserve and the sales voted.
    fn comptes(&self, credits: &Credits) -> Vec<Compte<'a>> {
        let budget = self.appui.budget;
        let mut out: Vec<Compte<'a>> = budget
            .series
            .iter()
            .enumerate()
            .map(|(i, s)| Compte {
                sens: s.sens,
                section: s.section,
                chapitre: s.chapitre.clone(),
                code: &s.code,
                serie: Some(i),
            })
            .collect();
        let known: BTreeSet<(Sens, &str)> = out.iter().map(|c| (c.sens, c.code)).collect();
        let chart = plan(budget.plan);
        for ((sens, code), years) in &self.releve.lignes {
            if known.contains(&(*sens, code.as_str())) || !years.contains_key(&self.exercice) {
                continue;
            }
            if let Some(p) = chart.imputation(self.exercice, code, *sens, Ordre::Reel) {
                out.push(Compte {
                    sens: *sens,
                    section: p.section,
                    chapitre: p.chapitre.to_owned(),
                    code,
                    serie: None,
                });
            }
        }
        let voted = [
            (RESULT, credits.natures.contains_key(&(Sens::R, RESULT.to_owned()))),
            (SALES, credits.sales().is_some()),
        ];
        for (code, _) in voted.into_iter().filter(|v| v.1) {
            let place = chart.imputation(self.exercice, code, Sens::R, Ordre::Reel);
            let missing = !out.iter().any(|c| c.sens == Sens::R && c.code == code);
            if let Some(p) = place.filter(|_| missing) {
                let chapitre = p.chapitre.to_owned();
                out.push(Compte { sens: Sens::R, section: p.section, chapitre, code, serie: None });
            }
        }
        out
    }

    fn natures(&self, credits: &Credits) -> Vec<LigneAtterrie> {
        let comptes = self.comptes(credits);
        // chapitres that the ledger holds this year
        let key = |c: &Compte<'_>| (c.section, c.sens, c.chapitre.clone());
        let held = comptes.iter().filter(|c| self.mois(c.sens) > 0 && self.booked(c).is_some());
        let held: BTreeSet<_> = held.map(key).collect();
        let mut pooled: BTreeMap<_, Vec<Annee>> = BTreeMap::new();
        for c in &comptes {
            let sums = pooled.entry(key(c)).or_insert_with(|| vec![[0.0; MOIS]; self.passes.len()]);
            for (sum, year) in sums.iter_mut().zip(self.past(c)) {
                sum.iter_mut().zip(year).for_each(|(s, v)| *s += v);
            }
        }
        let one = |c: &Compte<'_>| {
            let group = pooled.get(&key(c)).map_or(&[][..], Vec::as_slice);
            self.nature(c, held.contains(&key(c)), group, credits)
        };
        let mut out: Vec<LigneAtterrie> = comptes.iter().map(one).collect();
        let told = |l: &LigneAtterrie| l.prevu != Centimes::ZERO || l.realise != Centimes::ZERO;
        out.retain(|l| told(l) || (is_sale(l) && l.credits.is_some()));
        out
    }

    /// Whole months booked of a side.
    fn mois(&self, sens: Sens) -> usize {
        self.mois[usize::from(sens == Sens::R)]
    }

    fn booked(&self, c: &Compte<'_>) -> Option<&Mensualites> {
        self.releve.lignes.get(&(c.sens, c.code.to_owned()))?.get(&self.exercice)
    }

    /// Past exercices of an account, contre-passations put back: empty when the ledgers do not hold it.
    fn past(&self, c: &Compte<'_>) -> Vec<Annee> {
        let budget = self.appui.budget;
        let years = self.releve.lignes.get(&(c.sens, c.code.to_owned()));
        let one = |year: &u16| -> Annee {
            let Some(cell) = years.and_then(|y| y.get(year)) else { return [0.0; MOIS] };
            let column = budget.exercices.iter().position(|y| y == year);
            let accounts = c.serie.zip(column).map(|(i, k)| budget.series[i].realise[k].euros());
            if accounts.is_some_and(|a| cell.total().euros().abs() < HELD * a.abs()) {
                return [0.0; MOIS];
            }
            gross(cell)
        };
        let out: Vec<Annee> = self.passes.iter().map(one).collect();
        if out.iter().flatten().all(|v| *v == 0.0) { Vec::new() } else { out }
    }

    fn nature(
        &self,
        c: &Compte<'_>,
        held: bool,
        pooled: &[Annee],
        credits: &Credits,
    ) -> LigneAtterrie {
        let cell = self.booked(c).copied().unwrap_or_default();
        let forecast = c.serie.map(|i| &self.appui.attendu[i]);
        let expected = forecast.map_or(0.0, |p| p.points[0]);
        let engaged = self.releve.engage.get(&(c.sens, c.code.to_owned(), self.exercice));
        let engage = engaged.copied().unwrap_or_default();
        let voted = credits.natures.get(&(c.sens, c.code.to_owned())).map(|v| v.euros());
        let sale = c.sens == Sens::R && c.code == SALES;
        let (prevu, bounds, raison) = if let (RESULT, Some(voted)) = (c.code, voted) {
            let whole = voted.max(cell.total().euros());
            (whole, (whole, whole), "affectation du résultat votée".to_owned())
        } else if sale {
            self.sold(cell.total() + engage, credits)
        } else if held {
            self.landed(c, &cell, (expected, engage), pooled)
        } else {
            let bounds = c.serie.map_or((expected, expected), |i| {
                let s = &self.appui.budget.series[i];
                let b = self.appui.backtest.nature(s, expected, 1);
                (b.0, b.1)
            });
            (expected, bounds, "absent du grand livre : prévision des comptes".to_owned())
        };
        let key = (c.sens, c.code.to_owned());
        let specialised = credits.specialises.contains(&key);
        let own = credits.natures.get(&key).copied().filter(|_| specialised);
        let opened = if sale { credits.sales() } else { own };
        let prevu = cents(prevu);
        let intervalle_80 = (cents(bounds.0).min(prevu), cents(bounds.1).max(prevu));
        LigneAtterrie {
            niveau: Niveau::Nature,
            section: c.section,
            sens: c.sens,
            chapitre: c.chapitre.clone(),
            code: c.code.to_owned(),
            libelle: plan(self.appui.budget.plan).libelle(c.code, self.exercice).to_owned(),
            realise: cell.total(),
            engage,
            credits: opened,
            prevu,
            intervalle_80,
            risque: risk(c.sens, opened, prevu, intervalle_80),
            raison,
        }
    }

    /// Sales of the year: those booked. None is supposed; before the end of the year those voted may still
    /// be signed.
    fn sold(&self, booked: Centimes, credits: &Credits) -> (f64, (f64, f64), String) {
        let open = self.mois(Sens::R) < YEAR_MONTHS;
        let most = credits.sales().filter(|_| open).unwrap_or(booked).max(booked);
        let raison = format!(
            "ventes constatées, aucune autre supposée ; vote lu au chapitre {SALES_VOTED} (investissement)"
        );
        (booked.euros(), (booked.euros(), most.euros()), raison)
    }

    /// Usual error of the forecast of a series, as a share: from its past, and none of what is known.
    fn error(&self, serie: usize, expected: f64) -> f64 {
        let s = &self.appui.budget.series[serie];
        let (low, high, _, _) = self.appui.backtest.nature(s, expected, 1);
        let half = (high - low) / 2.0 / NORMAL_80;
        if expected.abs() > 1.0 { (half / expected.abs()).min(1.0) } else { 1.0 }
    }

    /// Year-end amount of a line of the ledger, bounds and why.
    fn landed(
        &self,
        c: &Compte<'_>,
        cell: &Mensualites,
        (expected, engage): (f64, Centimes),
        pooled: &[Annee],
    ) -> (f64, (f64, f64), String) {
        let own = self.past(c);
        let passees = if own.is_empty() { pooled } else { &own };
        let now = gross(cell);
        let back = cell.reprises.euros();
        let profil = profile(self.appui.budget.norme, c.sens, c.code);
        let found = estimate(&Ligne {
            passees,
            en_cours: &now[..self.mois(c.sens)],
            attendu: c.serie.map(|i| (expected + back, self.error(i, expected))),
            profil: &profil,
        });
        let least = cell.total().euros() + engage.euros();
        let Estimation { point, intervalle_80, part, poids } = found;
        let (point, bounds) = above(point - back, intervalle_80, back, least);
        let source = match (own.len(), passees.len()) {
            (0, 0) => "profil usuel".to_owned(),
            (0, n) => format!("profil du chapitre sur {n} exercice{}", plural(n)),
            (n, _) => format!("profil de {n} exercice{}", plural(n)),
        };
        let raison = format!(
            "{source} : {} % de l'année à {} ; le profil pèse {} %, la prévision des comptes le reste",
            french(100.0 * part),
            end(self.mois(c.sens)),
            french(100.0 * poids)
        );
        (point, bounds, raison)
    }

    /// Chapitres and totals.
    fn sums(&self, natures: &[LigneAtterrie], credits: &Credits) -> Vec<LigneAtterrie> {
        let mut groups: BTreeMap<(Niveau, Section, Sens, &str), Vec<&LigneAtterrie>> =
            BTreeMap::new();
        for l in natures {
            groups.entry((Niveau::Chapitre, l.section, l.sens, &l.chapitre)).or_default().push(l);
            groups.entry((Niveau::Total, l.section, l.sens, "")).or_default().push(l);
        }
        for (section, sens, chapitre) in credits.chapitres.keys() {
            let forecast_only = matches!(chapitre.as_str(), "001" | "002" | "021" | "023" | "024");
            if !forecast_only {
                groups.entry((Niveau::Chapitre, *section, *sens, chapitre)).or_default();
            }
        }
        groups.into_iter().map(|(key, members)| self.sum(key, &members, credits)).collect()
    }

    fn sum(
        &self,
        (niveau, section, sens, code): (Niveau, Section, Sens, &str),
        members: &[&LigneAtterrie],
        credits: &Credits,
    ) -> LigneAtterrie {
        let (prevu, intervalle_80) = gathered(members);
        let voted_here: Vec<&LigneAtterrie> =
            members.iter().copied().filter(|l| !is_sale(l)).collect();
        let sales = members.len() > voted_here.len();
        let (compared, bounds) = gathered(&voted_here);
        let opened = match niveau {
            Niveau::Chapitre => credits.chapitres.get(&(section, sens, code.to_owned())).copied(),
            _ => None,
        };
        let chart = plan(self.appui.budget.plan);
        LigneAtterrie {
            niveau,
            section,
            sens,
            chapitre: code.to_owned(),
            code: code.to_owned(),
            libelle: match niveau {
                Niveau::Chapitre => chart.libelle_chapitre(code, self.exercice).to_owned(),
                _ => crate::budget::rows::total_label(section, sens).to_owned(),
            },
            realise: members.iter().map(|l| l.realise).sum(),
            engage: members.iter().map(|l| l.engage).sum(),
            credits: opened,
            prevu,
            intervalle_80,
            risque: risk(sens, opened, compared, bounds),
            raison: format!(
                "somme de {} compte{}{}",
                members.len(),
                plural(members.len()),
                if sales && opened.is_some() {
                    " ; risque jugé sans 775, voté au 024"
                } else {
                    ""
                }
            ),
        }
    }

    fn proposition(&self, lignes: &[LigneAtterrie], credits: &Credits) -> Proposition {
        let mut chapitres: Vec<Chapitre> = lignes
            .iter()
            .filter(|l| l.niveau == Niveau::Chapitre)
            .map(|l| {
                let (prevu, intervalle_80) = voted_in(lignes, l);
                Chapitre {
                    section: l.section,
                    sens: l.sens,
                    code: l.code.clone(),
                    credits: l.credits.unwrap_or_default(),
                    prevu,
                    intervalle_80,
                }
            })
            .collect();
        chapitres.extend(Self::sales(lignes, credits));
        for ((section, sens, code), amount) in &credits.chapitres {
            if matches!(code.as_str(), "021" | "023") {
                chapitres.push(Chapitre {
                    section: *section,
                    sens: *sens,
                    code: code.clone(),
                    credits: *amount,
                    prevu: *amount,
                    intervalle_80: (*amount, *amount),
                });
            }
        }
        let mut rules = BTreeMap::new();
        if self.appui.budget.norme == Norme::M57 {
            for section in [Section::F, Section::I] {
                let usual = Fongibilite { taux: dm::taux_max(), utilise: Centimes::ZERO };
                let typed = self.appui.fongibilite.get(&section).copied();
                rules.insert(section, typed.unwrap_or(usual));
            }
        }
        let closed = self.delais.iter().filter(|d| d.depasse).map(|d| d.section);
        dm::propose(&chapitres, &credits.votes, &rules, &closed.collect())
    }

    /// The sales as a receipt of investment, where they are voted.
    fn sales(lignes: &[LigneAtterrie], credits: &Credits) -> Option<Chapitre> {
        let sold: Vec<&LigneAtterrie> = lignes.iter().filter(|l| is_sale(l)).collect();
        if sold.is_empty() {
            return None;
        }
        let (prevu, intervalle_80) = gathered(&sold);
        Some(Chapitre {
            section: Section::I,
            sens: Sens::R,
            code: SALES_VOTED.to_owned(),
            credits: credits.sales().unwrap_or_default(),
            prevu,
            intervalle_80,
        })
    }

    /// Dates of the ledger that are not believed.
    fn doubtful(&self) -> Vec<String> {
        let mut out = Vec::new();
        let future = self.releve.futures.get(&self.exercice).copied().unwrap_or(0);
        if future > 0 {
            let s = plural(future as usize);
            out.push(format!(
                "atterrissage {} : {future} ligne{s} du grand livre datée{s} après le jour du rapport : \
                 montant compté, date ignorée à faire : corriger la date, ou donner le vrai jour avec --date",
                self.exercice
            ));
        }
        for m in self.releve.maigres(self.exercice) {
            let side = if m.sens == Sens::D { "dépenses" } else { "recettes" };
            out.push(format!(
                "atterrissage {} : {side} de {} non retenues comme mois entier, {} ligne{} pour {} attendues \
                 à faire : vérifier les dates, ou donner l'export complet du mois",
                self.exercice,
                MONTHS[m.mois],
                m.lignes,
                plural(m.lignes as usize),
                m.attendues.round()
            ));
        }
        let [spent, received] = self.mois;
        if spent != received && spent > 0 && received > 0 {
            out.push(format!(
                "atterrissage {} : dépenses connues jusqu'à {}, recettes jusqu'à {} à faire : donner \
                 les deux exports du même jour",
                self.exercice,
                end(spent),
                end(received)
            ));
        }
        out
    }

    fn warnings(&self, credits: &Credits) -> Vec<String> {
        let mut out = Vec::new();
        if credits.documents == 0 {
            out.push(format!(
                "aucun budget voté {} parmi les fichiers : crédits et décision modificative non \
                 évalués à faire : ajouter le BP et les DM {}",
                self.exercice, self.exercice
            ));
        }
        if self.passes.is_empty() {
            out.push(format!(
                "atterrissage {} sans grand livre des années passées : profils usuels, à vérifier à \
                 faire : ajouter les mandats et titres de {}",
                self.exercice,
                self.exercice - 1
            ));
        }
        if credits.par_operation {
            out.push(
                "crédits votés par opération d'équipement : comparés ici par chapitre seulement"
                    .to_owned(),
            );
        }
        out.extend(self.doubtful());
        for (reason, rows) in &self.releve.ecartees {
            out.push(format!(
                "atterrissage {} : {rows} ligne{} du grand livre laissée{} ({reason})",
                self.exercice,
                plural(*rows as usize),
                plural(*rows as usize)
            ));
        }
        out
    }
}

/// The end of a number of whole months, in words: `fin octobre`.
fn end(months: usize) -> String {
    match months.checked_sub(1) {
        None => String::new(),
        Some(m) if m + 1 >= MOIS => "la fin de la journée complémentaire".to_owned(),
        Some(m) => format!("fin {}", MONTHS[m]),
    }
}

fn is_sale(l: &LigneAtterrie) -> bool {
    l.niveau == Niveau::Nature && l.sens == Sens::R && l.code == SALES
}

/// Sum of lines and its bounds of 80 %: lines share the rhythm of the year, part of their errors add up.
fn gathered(members: &[&LigneAtterrie]) -> (Centimes, (Centimes, Centimes)) {
    let prevu: Centimes = members.iter().map(|l| l.prevu).sum();
    let spread = |side: fn(&LigneAtterrie) -> f64| {
        let squares: f64 = members.iter().map(|l| side(l).powi(2)).sum();
        let sum: f64 = members.iter().map(|l| side(l)).sum();
        ((1.0 - SHARED) * squares + SHARED * sum * sum).sqrt()
    };
    let low = prevu.euros() - spread(|l| (l.prevu - l.intervalle_80.0).euros());
    let high = prevu.euros() + spread(|l| (l.intervalle_80.1 - l.prevu).euros());
    (prevu, (cents(low).min(prevu), cents(high).max(prevu)))
}

/// What a chapitre lands at on the accounts voted in it: the sales are voted elsewhere.
fn voted_in(lignes: &[LigneAtterrie], c: &LigneAtterrie) -> (Centimes, (Centimes, Centimes)) {
    let ours = |l: &&LigneAtterrie| {
        l.niveau == Niveau::Nature
            && (l.section, l.sens, &l.chapitre) == (c.section, c.sens, &c.chapitre)
    };
    if !lignes.iter().filter(ours).any(is_sale) {
        return (c.prevu, c.intervalle_80);
    }
    let kept: Vec<&LigneAtterrie> = lignes.iter().filter(ours).filter(|l| !is_sale(l)).collect();
    gathered(&kept)
}

fn plural(n: usize) -> &'static str {
    if n > 1 { "s" } else { "" }
}

fn cents(euros: f64) -> Centimes {
    Centimes::from_euros(euros).unwrap_or_default()
}

/// Months in euros, what January took back put back.
fn gross(cell: &Mensualites) -> Annee {
    let mut out = cell.mois.map(Centimes::euros);
    out[0] += cell.reprises.euros();
    out
}

fn risk(
    sens: Sens,
    credits: Option<Centimes>,
    prevu: Centimes,
    (low, high): (Centimes, Centimes),
) -> Risque {
    let Some(credits) = credits else { return Risque::Aucun };
    let (probable, possible) = match sens {
        Sens::D => (prevu > credits, high > credits),
        Sens::R => (prevu < credits, low < credits),
    };
    match (probable, possible) {
        (true, _) => Risque::Probable,
        (false, true) => Risque::Possible,
        (false, false) => Risque::Aucun,
    }
}

/// Year-end amount and bounds not under `least`, what is mandated and engaged: the half-width above the
/// estimate stays, since more may come.
fn above(point: f64, (low, high): (f64, f64), back: f64, least: f64) -> (f64, (f64, f64)) {
    let (low, high) = (low - back, high - back);
    if least <= 0.0 {
        return (point, (low, high));
    }
    let kept = point.max(least);
    (kept, (low.max(least), kept + (high - point)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_risk_is_told_at_the_bounds() {
        let c = |v: i64| Centimes(v * 100);
        let at = |sens, credits, prevu| risk(sens, Some(c(credits)), c(prevu), (c(90), c(110)));
        assert_eq!(at(Sens::D, 99, 100), Risque::Probable);
        assert_eq!(at(Sens::D, 105, 100), Risque::Possible);
        assert_eq!(at(Sens::D, 110, 100), Risque::Aucun);
        assert_eq!(at(Sens::R, 101, 100), Risque::Probable);
        assert_eq!(risk(Sens::D, None, c(1), (c(1), c(1))), Risque::Aucun);
    }
}
