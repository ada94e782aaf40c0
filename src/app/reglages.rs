//! The parts of `vigie.toml` that the local page edits by form: the commune, known amounts, scenarios.
//!
//! The file is edited in place: comments, order and every key the form does not show are kept.
//!
//! **Invariant:** a file that `config::parse` refuses is never written, and a file changed meanwhile is
//! never overwritten.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value, value};

use crate::domain::money::{Centimes, Decimal, parse_amount};
use crate::domain::refus::{Refus, cause};

use super::config::{self, Fichier, SensToml};
use super::init::{draw_key, with_key};
use super::sortie::{hex, refus_io};

/// Name of the file.
pub const FICHIER: &str = "vigie.toml";

/// Hypotheses of a scenario, in the order of the form: key and label.
pub const HYPOTHESES: [(&str, &str); 8] = [
    ("inflation", "Inflation"),
    ("point_indice", "Point d’indice"),
    ("energie", "Énergie"),
    ("bases", "Bases fiscales"),
    ("dgf", "DGF"),
    ("taux_tfb", "Taux de foncier bâti"),
    ("dmto", "Droits de mutation"),
    ("personnel", "Masse salariale"),
];

/// The fields as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saisie {
    /// `[commune]`: nom, siren, insee, population, strate, epci.
    pub commune: [String; 6],
    /// `[[connu]]`, in the order of the file, then the new ones.
    pub connus: Vec<ConnuSaisi>,
    /// `[scenario.*]`, in the order of the file, then the new ones.
    pub scenarios: Vec<ScenarioSaisi>,
    /// Draw the key of the pseudonyms, when the file has none.
    pub tirer_cle: bool,
}

/// Keys of `[commune]`, in the order of the form.
pub const COMMUNE: [&str; 6] = ["nom", "siren", "insee", "population", "strate", "epci"];

/// A known amount as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnuSaisi {
    /// Name of a `[[budget]]`, empty for the whole commune.
    pub budget: String,
    /// Exercice.
    pub exercice: String,
    /// `D` or `R`.
    pub sens: String,
    /// Chapitre, nature, or `poste`.
    pub code: String,
    /// Euros.
    pub montant: String,
    /// Where the amount comes from.
    pub source: String,
}

impl ConnuSaisi {
    fn is_empty(&self) -> bool {
        [&self.exercice, &self.code, &self.montant, &self.source].iter().all(|t| t.is_empty())
    }
}

/// A scenario as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScenarioSaisi {
    /// Name in the file, empty for a new one.
    pub avant: String,
    /// Name typed; empty removes the scenario.
    pub nom: String,
    /// One a hypothesis of [`HYPOTHESES`].
    pub valeurs: [String; 8],
}

/// A field that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erreur {
    /// Name of the field in the form, empty for the whole file.
    pub champ: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// The settings as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reglages {
    /// The fields.
    pub saisie: Saisie,
    /// Names of the budgets of the file.
    pub budgets: Vec<String>,
    /// The file has a key for its pseudonyms, or will get one when it is first written.
    pub cle: bool,
    /// Hash of the file, to notice that another window changed it; empty without a file.
    pub empreinte: String,
    /// Why the file cannot be read, when it cannot.
    pub refus: Option<Refus>,
}

fn path(dossier: &Path) -> PathBuf {
    dossier.join(FICHIER)
}

/// Text of the file and its hash; the commented model when there is no file.
fn text(dossier: &Path) -> Result<(String, String), Refus> {
    match std::fs::read_to_string(path(dossier)) {
        Ok(text) => {
            let hash = hex(&Sha256::digest(text.as_bytes()));
            Ok((text, hash))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            with_key().map(|text| (text, String::new()))
        }
        Err(e) => Err(Refus::new(
            format!("impossible de lire « {FICHIER} » : {}", cause(&e)),
            "fermer le fichier dans les autres programmes, puis recharger la page",
        )),
    }
}

/// Reads the settings of a folder.
pub fn lire(dossier: &Path) -> Reglages {
    let read = text(dossier).and_then(|(text, hash)| {
        let fichier = config::parse(&text, FICHIER);
        Ok((fichier?, hash))
    });
    match read {
        Ok((fichier, empreinte)) => Reglages {
            saisie: shown(&fichier),
            budgets: fichier.budget.into_iter().map(|b| b.nom).collect(),
            cle: fichier.vie_privee.cle.is_some(),
            empreinte,
            refus: None,
        },
        Err(refus) => Reglages {
            saisie: Saisie::default(),
            budgets: Vec::new(),
            cle: true,
            empreinte: String::new(),
            refus: Some(refus),
        },
    }
}

/// The fields of a file.
fn shown(fichier: &Fichier) -> Saisie {
    let c = &fichier.commune;
    let population = c.population.map(|n| n.to_string()).unwrap_or_default();
    let connus = fichier.connu.iter().map(|k| ConnuSaisi {
        budget: k.budget.clone().unwrap_or_default(),
        exercice: k.exercice.to_string(),
        sens: match k.sens {
            SensToml::D => "D".to_owned(),
            SensToml::R => "R".to_owned(),
        },
        code: k.code.clone().or_else(|| k.poste.clone()).unwrap_or_default(),
        montant: plain(k.montant).replace('.', ","),
        source: k.source.clone(),
    });
    let scenarios = fichier.scenario.iter().map(|(nom, s)| {
        let rates = [
            s.inflation,
            s.point_indice,
            s.energie,
            s.bases,
            s.dgf,
            s.taux_tfb,
            s.dmto,
            s.personnel,
        ];
        ScenarioSaisi {
            avant: nom.clone(),
            nom: nom.clone(),
            valeurs: rates.map(|r| r.map(|r| r.to_string().replace('.', ",")).unwrap_or_default()),
        }
    });
    Saisie {
        commune: [
            c.nom.clone(),
            c.siren.clone(),
            c.insee.clone(),
            population,
            c.strate.clone(),
            c.epci.clone(),
        ],
        connus: connus.collect(),
        scenarios: scenarios.collect(),
        tirer_cle: false,
    }
}

/// Euros with a decimal point and two decimals.
fn plain(amount: Centimes) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    let abs = amount.0.unsigned_abs();
    format!("{sign}{}.{:02}", abs / 100, abs % 100)
}

/// Writes the fields into `vigie.toml`.
///
/// # Errors
/// Each field that cannot be taken; nothing is written then.
pub fn enregistrer(dossier: &Path, saisie: &Saisie, empreinte: &str) -> Result<(), Vec<Erreur>> {
    let whole = |message: String| vec![Erreur { champ: String::new(), message }];
    let (old, hash) = text(dossier).map_err(|r| whole(r.to_string()))?;
    if hash != empreinte {
        return Err(whole(format!(
            "{FICHIER} a changé depuis l’ouverture de cette page (autre onglet, autre programme) : \
             recharger la page et refaire la saisie"
        )));
    }
    let mut document: DocumentMut =
        old.parse().map_err(|_| whole(format!("{FICHIER} n’est pas du TOML : le corriger")))?;
    let mut wrong = Vec::new();
    commune(&mut document, &saisie.commune, &mut wrong);
    known(&mut document, &saisie.connus, &mut wrong);
    scenarios(&mut document, &saisie.scenarios, &mut wrong);
    if saisie.tirer_cle {
        key(&mut document, &mut wrong);
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let new = document.to_string();
    config::parse(&new, FICHIER).map_err(|r| whole(r.to_string()))?;
    save(dossier, &new).map_err(|r| whole(r.to_string()))
}

fn save(dossier: &Path, text: &str) -> Result<(), Refus> {
    let target = path(dossier);
    let failed = |e: &std::io::Error| refus_io(&target, e);
    let mut file = tempfile::Builder::new()
        .prefix(&super::sortie::prefixe())
        .tempfile_in(dossier)
        .map_err(|e| failed(&e))?;
    file.write_all(text.as_bytes()).map_err(|e| failed(&e))?;
    file.persist(&target).map_err(|e| failed(&e.error))?;
    Ok(())
}

/// Sets or removes a key.
fn set(table: &mut Table, key: &str, new: Option<Value>) {
    match new {
        None => {
            table.remove(key);
        }
        Some(new) => match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                let decor = old.decor().clone();
                *old = new;
                *old.decor_mut() = decor;
            }
            None => {
                table.insert(key, value(new));
            }
        },
    }
}

fn commune(document: &mut DocumentMut, typed: &[String; 6], wrong: &mut Vec<Erreur>) {
    let item = document.entry("commune").or_insert_with(|| Item::Table(Table::new()));
    let Some(table) = item.as_table_mut() else {
        wrong.push(Erreur {
            champ: "commune".to_owned(),
            message: "écrire [commune] sur sa propre ligne dans vigie.toml".to_owned(),
        });
        return;
    };
    for (key, text) in COMMUNE.iter().zip(typed) {
        let text = text.trim();
        let new = match *key {
            _ if text.is_empty() => None,
            "population" => {
                let Ok(people) = digits(text).parse::<u32>() else {
                    let message =
                        format!("« {text} » n’est pas un nombre d’habitants : écrire 12480");
                    wrong.push(Erreur { champ: format!("commune.{key}"), message });
                    continue;
                };
                Some(Value::from(i64::from(people)))
            }
            "siren" | "epci" => {
                let number = digits(text);
                if number.len() != 9 || !number.bytes().all(|b| b.is_ascii_digit()) {
                    let message = format!("« {text} » n’est pas un SIREN : écrire ses 9 chiffres");
                    wrong.push(Erreur { champ: format!("commune.{key}"), message });
                }
                Some(Value::from(number))
            }
            "insee" => {
                let code = digits(text).to_uppercase();
                if code.len() != 5 || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
                    let message =
                        format!("« {text} » n’est pas un code INSEE : écrire ses 5 caractères");
                    wrong.push(Erreur { champ: format!("commune.{key}"), message });
                }
                Some(Value::from(code))
            }
            _ => Some(Value::from(text)),
        };
        set(table, key, new);
    }
}

/// Without the spaces that people put between thousands.
fn digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn known(document: &mut DocumentMut, rows: &[ConnuSaisi], wrong: &mut Vec<Erreur>) {
    if rows.iter().all(ConnuSaisi::is_empty) && !document.contains_key("connu") {
        return;
    }
    let item = document.entry("connu").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(tables) = item.as_array_of_tables_mut() else {
        let message = "écrire chaque montant connu sous son propre [[connu]]".to_owned();
        wrong.push(Erreur { champ: "connu".to_owned(), message });
        return;
    };
    let mut gone = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        if row.is_empty() {
            gone.push(i);
            continue;
        }
        let mut table = tables.get(i).cloned().unwrap_or_default();
        fill_known(&mut table, row, i, wrong);
        match tables.get_mut(i) {
            Some(old) => *old = table,
            None => tables.push(table),
        }
    }
    for i in gone.into_iter().rev().filter(|i| *i < rows.len()) {
        if i < tables.len() {
            tables.remove(i);
        }
    }
    if tables.is_empty() {
        document.remove("connu");
    }
}

fn fill_known(table: &mut Table, row: &ConnuSaisi, i: usize, wrong: &mut Vec<Erreur>) {
    let mut refuse = |champ: &str, message: String| {
        wrong.push(Erreur { champ: format!("connu.{i}.{champ}"), message });
    };
    match row.exercice.trim().parse::<u16>() {
        Ok(year) if (1990..=2100).contains(&year) => {
            set(table, "exercice", Some(Value::from(i64::from(year))));
        }
        _ => {
            refuse("exercice", format!("« {} » n’est pas un exercice : écrire 2027", row.exercice));
        }
    }
    let budget = row.budget.trim();
    set(table, "budget", (!budget.is_empty()).then(|| Value::from(budget)));
    set(table, "sens", Some(Value::from(if row.sens == "D" { "D" } else { "R" })));
    let code = row.code.trim();
    let by_code = !code.is_empty() && code.chars().all(|c| c.is_ascii_digit());
    if code.is_empty() {
        refuse("code", "donner un chapitre, une nature ou un poste (dgf)".to_owned());
    }
    set(table, "code", by_code.then(|| Value::from(code)));
    set(table, "poste", (!by_code && !code.is_empty()).then(|| Value::from(code)));
    match parse_amount(row.montant.trim().as_bytes(), Decimal::Comma) {
        Ok(amount) if amount.exact => {
            set(table, "montant", plain(Centimes(amount.centimes)).parse().ok());
        }
        _ => {
            refuse(
                "montant",
                format!("« {} » n’est pas un montant : écrire 1842300,00", row.montant),
            );
        }
    }
    if row.source.trim().is_empty() {
        refuse("source", "dire d’où vient ce montant : il est imprimé dans le rapport".to_owned());
    }
    set(table, "source", Some(Value::from(row.source.trim())));
}

/// Draws the key of the pseudonyms, when there is none.
fn key(document: &mut DocumentMut, wrong: &mut Vec<Erreur>) {
    let item = document.entry("vie_privee").or_insert_with(|| Item::Table(Table::new()));
    let (Some(table), Ok(drawn)) = (item.as_table_mut(), draw_key()) else {
        let message = "impossible de tirer la clé : écrire [vie_privee] sur sa propre ligne";
        wrong.push(Erreur { champ: "cle".to_owned(), message: message.to_owned() });
        return;
    };
    if !table.contains_key("cle") {
        set(table, "cle", Some(Value::from(drawn)));
    }
}

fn scenarios(document: &mut DocumentMut, rows: &[ScenarioSaisi], wrong: &mut Vec<Erreur>) {
    for (i, row) in rows.iter().enumerate() {
        let nom = row.nom.trim();
        let renamed = !row.avant.is_empty() && row.avant != nom;
        let mut table = Table::new();
        if !row.avant.is_empty() {
            let all = document.get_mut("scenario").and_then(Item::as_table_mut);
            let old = all.and_then(|all| {
                if renamed { all.remove(&row.avant) } else { all.get(&row.avant).cloned() }
            });
            if let Some(Ok(old)) = old.map(Item::into_table) {
                table = old;
            }
        }
        if nom.is_empty() {
            continue;
        }
        if !nom.chars().all(|c| c.is_alphanumeric() || "_-".contains(c)) {
            let message = format!(
                "« {nom} » : un nom de scénario s’écrit sans espace ni accent de ponctuation"
            );
            wrong.push(Erreur { champ: format!("scenario.{i}.nom"), message });
            continue;
        }
        fill_scenario(&mut table, row, i, wrong);
        let parent = document.entry("scenario").or_insert_with(|| {
            let mut parent = Table::new();
            parent.set_implicit(true);
            Item::Table(parent)
        });
        if let Some(parent) = parent.as_table_mut() {
            parent.insert(nom, Item::Table(table));
        }
    }
}

fn fill_scenario(table: &mut Table, row: &ScenarioSaisi, i: usize, wrong: &mut Vec<Erreur>) {
    for ((key, _), text) in HYPOTHESES.iter().zip(&row.valeurs) {
        let typed = digits(&text.replace(',', ".").replace('\u{2212}', "-").replace('%', ""));
        if typed.is_empty() {
            set(table, key, None);
            continue;
        }
        match typed.parse::<f64>() {
            Ok(rate) if rate.is_finite() && rate.abs() <= 1000.0 => {
                set(table, key, Some(Value::from(rate)));
            }
            _ => wrong.push(Erreur {
                champ: format!("scenario.{i}.{key}"),
                message: format!("« {text} » n’est pas un pourcentage : écrire 2,5"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FICHIER), text).unwrap();
        folder
    }

    const TEXT: &str = "# à moi\n[commune]\nnom = \"Saint-Exemple\" # ici\n\n[[budget]]\nnom = \"Eau\"\n\
        siret = \"21000010500028\"\ntype = \"annexe\"\n\n[[connu]]\nbudget = \"Eau\"\n\
        exercice = 2027\nsens = \"R\"\ncode = \"74111\"\nmontant = 10.50\nsource = \"lettre\"\n\n\
        [scenario.prudent]\ninflation = 2.5\n\n[vie_privee]\ncle = \"abcdefghijklmnopqrstuvwxyz012345\"\n";

    #[test]
    fn nothing_typed_changes_nothing() {
        let folder = folder(TEXT);
        let read = lire(folder.path());
        assert_eq!(read.saisie.connus[0].montant, "10,50");
        enregistrer(folder.path(), &read.saisie, &read.empreinte).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join(FICHIER)).unwrap(), TEXT);
    }

    #[test]
    fn fields_change_and_the_rest_stays() {
        let folder = folder(TEXT);
        let mut read = lire(folder.path());
        read.saisie.commune[3] = "12 480".to_owned();
        read.saisie.connus[0].montant = "1 842 300,00".to_owned();
        read.saisie.connus.push(ConnuSaisi {
            budget: String::new(),
            exercice: "2027".to_owned(),
            sens: "D".to_owned(),
            code: "dgf".to_owned(),
            montant: "5".to_owned(),
            source: "x".to_owned(),
        });
        read.saisie.scenarios[0].valeurs[2] = "8,5".to_owned();
        read.saisie.scenarios[0].valeurs[7] = "0".to_owned();
        enregistrer(folder.path(), &read.saisie, &read.empreinte).unwrap();
        let text = std::fs::read_to_string(folder.path().join(FICHIER)).unwrap();
        for kept in ["# à moi", "# ici", "budget = \"Eau\"", "cle = \"abc", "montant = 1842300.00"]
        {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        let again = lire(folder.path());
        assert_eq!(again.saisie.commune[3], "12480");
        assert_eq!(again.saisie.connus.len(), 2);
        assert_eq!(again.saisie.scenarios[0].valeurs[2], "8,5");
        assert_eq!(again.saisie.scenarios[0].valeurs[7], "0");
        assert_eq!(again.saisie.connus[0].budget, "Eau");
        let late = enregistrer(folder.path(), &read.saisie, &read.empreinte).unwrap_err();
        assert!(late[0].message.contains("autre onglet"));
    }

    #[test]
    fn a_file_without_a_key_gets_one_on_demand_only() {
        let folder = folder("[commune]\nnom = \"Saint-Exemple\" # ici\n");
        let mut read = lire(folder.path());
        assert!(!read.cle);
        enregistrer(folder.path(), &read.saisie, &read.empreinte).unwrap();
        assert!(!lire(folder.path()).cle);
        read.saisie.tirer_cle = true;
        enregistrer(folder.path(), &read.saisie, &read.empreinte).unwrap();
        assert!(lire(folder.path()).cle);
    }

    #[test]
    fn wrong_fields_are_named_and_nothing_is_written() {
        let folder = folder(TEXT);
        let mut read = lire(folder.path());
        read.saisie.commune[3] = "beaucoup".to_owned();
        read.saisie.connus[0].montant = "1e400".to_owned();
        read.saisie.scenarios[0].valeurs[0] = "NaN".to_owned();
        read.saisie.commune[1] = "21000010".to_owned();
        read.saisie.commune[2] = "0001".to_owned();
        let wrong = enregistrer(folder.path(), &read.saisie, &read.empreinte).unwrap_err();
        let fields: Vec<&str> = wrong.iter().map(|e| e.champ.as_str()).collect();
        assert_eq!(fields[..2], ["commune.siren", "commune.insee"], "in the order of the form");
        assert_eq!(fields[2..], ["commune.population", "connu.0.montant", "scenario.0.inflation"]);
        assert_eq!(std::fs::read_to_string(folder.path().join(FICHIER)).unwrap(), TEXT);
    }

    #[test]
    fn emptied_rows_go_and_a_folder_without_a_file_gets_the_model() {
        let folder = folder(TEXT);
        let mut read = lire(folder.path());
        read.saisie.connus[0] = ConnuSaisi { sens: "R".to_owned(), ..ConnuSaisi::default() };
        read.saisie.scenarios[0].nom = String::new();
        enregistrer(folder.path(), &read.saisie, &read.empreinte).unwrap();
        let again = lire(folder.path());
        assert!(again.saisie.connus.is_empty() && again.saisie.scenarios.is_empty());

        let empty = tempfile::tempdir().unwrap();
        let mut fresh = lire(empty.path());
        fresh.saisie.commune[0] = "Saint-Exemple".to_owned();
        enregistrer(empty.path(), &fresh.saisie, &fresh.empreinte).unwrap();
        let text = std::fs::read_to_string(empty.path().join(FICHIER)).unwrap();
        assert!(
            text.contains("#: [[connu]]") && text.contains("nom = \"Saint-Exemple\""),
            "{text}"
        );
        let other = tempfile::tempdir().unwrap();
        enregistrer(other.path(), &fresh.saisie, "").unwrap();
        let key = |folder: &Path| {
            let text = std::fs::read_to_string(folder.join(FICHIER)).unwrap();
            config::parse(&text, FICHIER).unwrap().vie_privee.cle.unwrap()
        };
        assert_ne!(key(empty.path()), key(other.path()), "each commune has its own secret");
        assert!(!key(empty.path()).contains(' '), "{}", key(empty.path()));
    }
}
