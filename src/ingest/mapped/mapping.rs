//! `correspondance.toml`: which column of a file is which canonical column, and how it is written.
//!
//! Reads the file, checks every key and gives a [`Mapping`]; writes one back for `--deviner`.
//!
//! **Invariant:** an unknown key is an error that proposes the nearest known one; what is absent from the
//! mapping is guessed from the file, never from the machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use encoding_rs::Encoding;
use toml::{Table, Value};

use crate::domain::calendar::DateOrder;
use crate::domain::money::Decimal;
use crate::domain::refus::Refus;
use crate::frames::ledger::{AmountKey, DateKey, TextKey};

/// What the rows of the file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Genre {
    /// Mandats, titres, invoices.
    #[default]
    Ecritures,
    /// Budget lines.
    Budget,
}

/// A canonical column of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// What is paid or received.
    Montant,
    /// Amount of an expense, in a file with two amount columns.
    Debit,
    /// Amount of a receipt or of a cancelled expense, in a file with two amount columns.
    Credit,
    /// D or R.
    Sens,
    /// SIRET or SIREN of the body that pays: the commune of the row.
    Commune,
    /// Budget year.
    Exercice,
    /// One of the dates.
    Date(DateKey),
    /// One of the optional amounts.
    Amount(AmountKey),
    /// One of the texts.
    Text(TextKey),
}

impl Column {
    /// Every canonical column of a ledger with its name.
    pub fn all() -> impl Iterator<Item = (Self, &'static str)> {
        let plain = [
            (Self::Montant, "montant"),
            (Self::Debit, "debit"),
            (Self::Credit, "credit"),
            (Self::Sens, "sens"),
            (Self::Commune, "siret_collectivite"),
            (Self::Exercice, "exercice"),
        ];
        let dates = DateKey::ALL.map(|(k, n)| (Self::Date(k), n));
        let amounts = AmountKey::ALL.map(|(k, n)| (Self::Amount(k), n));
        let texts = TextKey::ALL.map(|(k, n)| (Self::Text(k), n));
        plain.into_iter().chain(dates).chain(amounts).chain(texts)
    }

    /// Canonical name.
    pub fn name(self) -> &'static str {
        Self::all().find(|(c, _)| *c == self).map_or("", |(_, n)| n)
    }

    fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|(_, n)| *n == name).map(|(c, _)| c)
    }
}

/// Canonical columns of a budget table (`genre = "budget"`).
pub const BUDGET_COLUMNS: [&str; 19] = [
    "exercice",
    "etape",
    "numero",
    "budget",
    "section",
    "sens",
    "ordre",
    "chapitre",
    "nature",
    "fonction",
    "service",
    "operation",
    "libelle",
    "vote",
    "mouvements",
    "credits_ouverts",
    "engage",
    "realise",
    "rar",
];

/// A mapping: what it does not say is guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// What the rows are.
    pub genre: Genre,
    /// Separator of cells.
    pub separateur: Option<u8>,
    /// Encoding of the bytes.
    pub encodage: Option<&'static Encoding>,
    /// Sign before the centimes.
    pub decimale: Option<Decimal>,
    /// Order of the dates.
    pub date: Option<DateOrder>,
    /// Lines before the header.
    pub saut: Option<usize>,
    /// Names in the file, tried in order, by canonical column of a ledger.
    pub colonnes: BTreeMap<Column, Vec<String>>,
    /// The same by canonical name, for a budget table.
    pub colonnes_budget: BTreeMap<String, Vec<String>>,
    /// Recoding of the values of a column.
    pub valeurs: BTreeMap<String, BTreeMap<String, String>>,
    /// Value of a column that the file does not hold.
    pub constantes: BTreeMap<Column, String>,
    /// The same by canonical name, for a budget table.
    pub constantes_budget: BTreeMap<String, String>,
}

const KEYS: [&str; 9] = [
    "genre",
    "separateur",
    "encodage",
    "decimale",
    "date",
    "saut",
    "colonnes",
    "valeurs",
    "constantes",
];

impl Mapping {
    /// Reads the text of a `correspondance.toml`; `name` is shown in refusals.
    pub fn parse(text: &str, name: &str) -> Result<Self, Refus> {
        let table: Table = text.trim_start_matches('\u{feff}').parse().map_err(|e: toml::de::Error| {
            Refus::new(
                format!("« {name} » n’est pas un fichier TOML valide"),
                "corriger cette ligne, ou repartir de vigie lire FICHIER --deviner > correspondance.toml",
            )
            .with_extrait(place(text, &e))
        })?;
        let reader = Reader { name };
        let mut mapping = Self::default();
        if let Some(value) = table.get("genre") {
            mapping.genre = match reader.text("genre", value)? {
                "ecritures" | "écritures" => Genre::Ecritures,
                "budget" => Genre::Budget,
                other => return Err(reader.unknown("genre", other, &["ecritures", "budget"])),
            };
        }
        for (key, value) in &table {
            reader.key(&mut mapping, key, value)?;
        }
        Ok(mapping)
    }

    /// Names in the file of a canonical column, in order.
    pub fn names(&self, column: Column) -> &[String] {
        self.colonnes.get(&column).map_or(&[], Vec::as_slice)
    }

    /// The mapping as a `correspondance.toml`, each column followed by its reason when there is one.
    pub fn to_toml(&self, reasons: &BTreeMap<String, String>) -> String {
        let mut out =
            String::from("# Correspondance proposée par vigie : à relire avant de s’en servir.\n");
        let genre = if self.genre == Genre::Budget { "budget" } else { "ecritures" };
        let _ = writeln!(out, "genre      = \"{genre}\"");
        self.write_conventions(&mut out);
        out.push_str("[colonnes]\n");
        let ledger = self.colonnes.iter().map(|(c, names)| (c.name(), names));
        let budget = self.colonnes_budget.iter().map(|(c, names)| (c.as_str(), names));
        for (column, names) in ledger.chain(budget) {
            let quoted: Vec<String> =
                names.iter().map(|n| Value::String(n.clone()).to_string()).collect();
            let value = if let [one] = quoted.as_slice() {
                one.clone()
            } else {
                format!("[{}]", quoted.join(", "))
            };
            let reason = reasons.get(column).map_or(String::new(), |r| format!("  # {r}"));
            let _ = writeln!(out, "{column:<15} = {value}{reason}");
        }
        out
    }

    fn write_conventions(&self, out: &mut String) {
        if let Some(separator) = self.separateur {
            let shown = if separator == b'\t' {
                "\\t".to_owned()
            } else {
                char::from(separator).to_string()
            };
            let _ = writeln!(out, "separateur = \"{shown}\"");
        }
        if let Some(encoding) = self.encodage {
            let _ = writeln!(out, "encodage   = \"{}\"", encoding_name(encoding));
        }
        if let Some(decimal) = self.decimale {
            let _ = writeln!(out, "decimale   = \"{}\"", decimal_sign(decimal));
        }
        if let Some(order) = self.date {
            let _ = writeln!(out, "date       = \"{}\"", order.pattern());
        }
        if let Some(lines) = self.saut {
            let _ = writeln!(out, "saut       = {lines}                 # lignes avant les titres");
        }
    }
}

fn decimal_sign(decimal: Decimal) -> char {
    if decimal == Decimal::Comma { ',' } else { '.' }
}

/// Name of an encoding as a mapping writes it.
pub fn encoding_name(encoding: &'static Encoding) -> String {
    encoding.name().to_lowercase()
}

/// The line of a TOML error, quoted.
fn place(text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(0, |s| s.start.min(text.len()));
    let line = text.get(..at).map_or(0, |t| t.matches('\n').count());
    let shown: String = text.lines().nth(line).unwrap_or("").chars().take(120).collect();
    format!("ligne {} : {shown}", line + 1)
}

struct Reader<'a> {
    name: &'a str,
}

impl Reader<'_> {
    fn key(&self, mapping: &mut Mapping, key: &str, value: &Value) -> Result<(), Refus> {
        match key {
            "genre" => {}
            "separateur" => mapping.separateur = Some(self.separator(self.text(key, value)?)?),
            "encodage" => mapping.encodage = Some(self.encoding(self.text(key, value)?)?),
            "decimale" => {
                mapping.decimale = Some(match self.text(key, value)? {
                    "," => Decimal::Comma,
                    "." => Decimal::Point,
                    other => return Err(self.unknown(key, other, &[",", "."])),
                });
            }
            "date" => {
                let pattern = self.text(key, value)?;
                let order = if pattern == "tableur" {
                    Some(DateOrder::Serial)
                } else {
                    DateOrder::from_pattern(pattern)
                };
                mapping.date = Some(order.ok_or_else(|| {
                    self.unknown(
                        key,
                        pattern,
                        &["%d/%m/%Y", "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%y", "tableur"],
                    )
                })?);
            }
            "saut" => {
                let lines = value
                    .as_integer()
                    .and_then(|n| usize::try_from(n).ok())
                    .filter(|n| *n <= 10_000);
                mapping.saut = Some(
                    lines.ok_or_else(|| self.wrong(key, value, "un nombre de lignes, entier"))?,
                );
            }
            "colonnes" => self.columns(mapping, value)?,
            "valeurs" => self.values(mapping, value)?,
            "constantes" => self.constants(mapping, value)?,
            other => return Err(self.unknown("clé", other, &KEYS)),
        }
        Ok(())
    }

    fn text<'v>(&self, key: &str, value: &'v Value) -> Result<&'v str, Refus> {
        value.as_str().ok_or_else(|| self.wrong(key, value, "un texte entre guillemets"))
    }

    fn table<'v>(&self, key: &str, value: &'v Value) -> Result<&'v Table, Refus> {
        value.as_table().ok_or_else(|| self.wrong(key, value, "une table"))
    }

    fn separator(&self, text: &str) -> Result<u8, Refus> {
        match text {
            "tab" | "tabulation" => Ok(b'\t'),
            t if t.len() == 1
                && !t.starts_with(['"', '\n', '\r'])
                && !t.starts_with(char::is_alphanumeric) =>
            {
                Ok(t.as_bytes()[0])
            }
            other => Err(self.unknown("separateur", other, &[";", ",", "\\t", "|"])),
        }
    }

    fn encoding(&self, text: &str) -> Result<&'static Encoding, Refus> {
        let label = if text.eq_ignore_ascii_case("utf-16") { "utf-16le" } else { text };
        let known = Encoding::for_label_no_replacement(label.as_bytes());
        known.ok_or_else(|| {
            self.unknown(
                "encodage",
                text,
                &["utf-8", "windows-1252", "iso-8859-1", "utf-16", "macintosh"],
            )
        })
    }

    fn columns(&self, mapping: &mut Mapping, value: &Value) -> Result<(), Refus> {
        for (key, value) in self.table("colonnes", value)? {
            let names = self.names(key, value)?;
            if mapping.genre == Genre::Budget {
                if !BUDGET_COLUMNS.contains(&key.as_str()) {
                    return Err(self.unknown("colonne", key, &BUDGET_COLUMNS));
                }
                mapping.colonnes_budget.insert(key.clone(), names);
            } else {
                mapping.colonnes.insert(self.column(key)?, names);
            }
        }
        Ok(())
    }

    fn column(&self, key: &str) -> Result<Column, Refus> {
        let known: Vec<&str> = Column::all().map(|(_, n)| n).collect();
        Column::by_name(key).ok_or_else(|| self.unknown("colonne", key, &known))
    }

    fn names(&self, key: &str, value: &Value) -> Result<Vec<String>, Refus> {
        match value {
            Value::String(name) => Ok(vec![name.clone()]),
            Value::Array(list) => {
                list.iter().map(|v| self.text(key, v).map(str::to_owned)).collect()
            }
            _ => {
                Err(self.wrong(key, value, "le nom d’une colonne du fichier, ou une liste de noms"))
            }
        }
    }

    fn values(&self, mapping: &mut Mapping, value: &Value) -> Result<(), Refus> {
        for (key, value) in self.table("valeurs", value)? {
            let known: Vec<&str> = match mapping.genre {
                Genre::Budget => BUDGET_COLUMNS.to_vec(),
                Genre::Ecritures => Column::all().map(|(_, n)| n).collect(),
            };
            if !known.contains(&key.as_str()) {
                return Err(self.unknown("colonne", key, &known));
            }
            let mut recoded = BTreeMap::new();
            for (from, to) in self.table(key, value)? {
                recoded.insert(from.clone(), self.text(from, to)?.to_owned());
            }
            mapping.valeurs.insert(key.clone(), recoded);
        }
        Ok(())
    }

    fn constants(&self, mapping: &mut Mapping, value: &Value) -> Result<(), Refus> {
        for (key, value) in self.table("constantes", value)? {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Integer(_) | Value::Datetime(_) => value.to_string(),
                _ => return Err(self.wrong(key, value, "un texte, un entier ou une date")),
            };
            if mapping.genre == Genre::Budget {
                if !BUDGET_COLUMNS.contains(&key.as_str()) {
                    return Err(self.unknown("colonne", key, &BUDGET_COLUMNS));
                }
                mapping.constantes_budget.insert(key.clone(), text);
            } else {
                mapping.constantes.insert(self.column(key)?, text);
            }
        }
        Ok(())
    }

    fn wrong(&self, key: &str, value: &Value, expected: &str) -> Refus {
        let shown: String = value.to_string().chars().take(80).collect();
        Refus::new(
            format!("{} : « {key} » attend {expected}", self.name),
            format!("corriger « {key} » et relancer"),
        )
        .with_extrait(format!("{key} = {shown}"))
    }

    fn unknown(&self, what: &str, found: &str, known: &[&str]) -> Refus {
        let near = known
            .iter()
            .map(|k| (strsim::jaro_winkler(k, found), *k))
            .filter(|(score, _)| *score > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let advice = match near {
            Some((_, name)) => format!(
                "remplacer par « {name} » si c’est ce qui est voulu, ou retirer cette ligne"
            ),
            None => format!("choisir parmi : {}", known.join(", ")),
        };
        Refus::new(format!("{} : {what} inconnu(e) : « {found} »", self.name), advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_mapping_is_read() {
        let text = "separateur = \";\"\nencodage = \"iso-8859-1\"\ndecimale = \",\"\ndate = \"%d/%m/%Y\"\nsaut = 2\n\
                    [colonnes]\nmontant = [\"Mt\", \"Montant\"]\ndate_mandat = \"Date\"\n[valeurs.sens]\n\"DEB\" = \"D\"\n\
                    [constantes]\nexercice = 2025\n";
        let mapping = Mapping::parse(text, "c.toml").expect("valid");
        assert_eq!(mapping.separateur, Some(b';'));
        assert_eq!(mapping.names(Column::Montant), ["Mt", "Montant"]);
        assert_eq!((mapping.date, mapping.saut), (Some(DateOrder::Dmy), Some(2)));
        assert_eq!(mapping.valeurs["sens"]["DEB"], "D");
        assert_eq!(mapping.constantes[&Column::Exercice], "2025");
        assert_eq!(mapping.encodage.map(encoding_name).as_deref(), Some("windows-1252"));
    }

    #[test]
    fn unknown_keys_propose_the_nearest() {
        for (text, proposed) in [
            ("separateurs = \";\"", "separateur"),
            ("[colonnes]\nmontants = \"x\"", "montant"),
            ("genre = \"ecriture\"", "ecritures"),
            ("[valeurs.sen]\na = \"b\"", "sens"),
            ("genre = \"budget\"\n[colonnes]\nlibele = \"x\"", "libelle"),
        ] {
            let refus = Mapping::parse(text, "c.toml").expect_err("unknown key");
            assert!(refus.a_faire.contains(&format!("« {proposed} »")), "{refus}");
        }
        let refus = Mapping::parse("a = = 1", "c.toml").expect_err("not TOML");
        assert!(refus.extrait.contains("ligne 1"), "{refus}");
    }

    #[test]
    fn a_mapping_is_written_back() {
        let mut mapping = Mapping {
            separateur: Some(b'\t'),
            decimale: Some(Decimal::Comma),
            ..Mapping::default()
        };
        mapping.colonnes.insert(Column::Montant, vec!["Montant \"TTC\"".into()]);
        mapping.colonnes.insert(Column::Date(DateKey::Mandat), vec!["a".into(), "b".into()]);
        let read = Mapping::parse(&mapping.to_toml(&BTreeMap::new()), "c.toml").expect("valid");
        assert_eq!(read, mapping);
    }
}
