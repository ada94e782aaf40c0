//! Natural persons of a ledger: recognised from what all their rows say, then masked column by column.
//!
//! Facts are weighed by name, whatever the order of its words: a legal nature or a civility decides; then
//! the name itself; a SIREN speaks for a company; last come the accounts that pay persons and the first
//! names. Masking happens after detection and before anything is written.
//!
//! **Invariant:** amounts, dates, accounts and the number of rows never change; the same name has the same
//! pseudonym under the same key; the absence of a SIREN alone never makes a person.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rustc_hash::FxHashMap;

use crate::domain::account::Sens;
use crate::domain::entity::Siret;
use crate::domain::free_text::{
    CACHE, Noms, is_first_name, name_words, normal_person, tells_a_person,
};
use crate::domain::person::{
    Avis, has_first_name, of_civility, of_legal_nature, of_name, pays_persons,
};
use crate::domain::pseudonym::{SANS_CLE, iban_written, number};
use crate::frames::extra::Extra;
use crate::frames::intern::Interner;
use crate::frames::ledger::{Dictionary, Ledger, NO_TEXT, TextColumn, TextKey};

/// Columns where a name may be written in passing.
const FREE: [TextKey; 6] = [
    TextKey::Facture,
    TextKey::Service,
    TextKey::Operation,
    TextKey::Engagement,
    TextKey::Marche,
    TextKey::Regie,
];

/// A row of nobody.
const NOBODY: u32 = 0;
/// A row of an account that pays persons, without a name.
const UNNAMED: u32 = 1;
/// For objects only: a row of such an account whose payee names nobody (« Divers », « Paye du mois »).
const COLLECTIVE: u32 = u32::MAX;

/// A natural person of the ledger.
#[derive(Debug, Clone)]
struct Personne {
    label: String,
    words: Vec<String>,
}

/// Who is a natural person in a ledger, and what stands for them.
#[derive(Debug, Clone, Default)]
pub struct Masque {
    noms: Noms,
    /// The persons of the settings alone: their names go even from the name of a company.
    declares: Noms,
    /// Distinct persons; row code - 2 is the index.
    personnes: Vec<Personne>,
    /// Per row: nobody, unnamed, or a person.
    rows: Vec<u32>,
    /// The same for objects, [`COLLECTIVE`] included.
    objets: Vec<u32>,
}

/// What all the rows of a name say.
#[derive(Debug, Clone, Copy, Default)]
struct Faits {
    /// Some row says a natural person; some row says another body.
    avis: [bool; 2],
    siret: bool,
    compte: bool,
}

impl Faits {
    fn add(&mut self, avis: Avis) {
        self.avis[0] |= avis == Avis::Physique;
        self.avis[1] |= avis == Avis::Morale;
    }

    fn is_person(self, name: &str) -> bool {
        match self.avis {
            [true, _] => return true,
            [_, true] => return false,
            _ => {}
        }
        match of_name(name) {
            Avis::Physique => true,
            Avis::Morale => false,
            Avis::Muet => !self.siret && (self.compte || has_first_name(name)),
        }
    }
}

impl Masque {
    /// Looks for persons in a ledger. `noms` are those known from elsewhere, with the key; `connus` are names known from the settings; `norme` gives the norm of
    /// an exercice when the documents say it.
    pub fn study(
        ledger: &Ledger,
        mut noms: Noms,
        connus: &[String],
        norme: &dyn Fn(u16) -> Option<&'static str>,
    ) -> Self {
        let accounts = person_accounts(ledger, norme);
        let mut declares = noms.clone();
        for name in connus {
            noms.add(name);
            declares.add(name);
        }
        let mut personnes = Vec::new();
        let codes = persons_by_name(ledger, &accounts, connus, &mut noms, &mut personnes);
        let names = ledger.text(TextKey::TiersNom);
        let row_code = |row: usize| match names.map_or(NO_TEXT, |c| c.codes[row]) {
            NO_TEXT if accounts[row] => UNNAMED,
            NO_TEXT => NOBODY,
            name => codes[name as usize],
        };
        let rows: Vec<u32> = (0..ledger.len()).map(row_code).collect();
        let sirets = ledger.text(TextKey::Siret);
        let objets = rows
            .iter()
            .enumerate()
            .map(|(row, who)| {
                let known = sirets.is_some_and(|c| c.codes[row] != NO_TEXT);
                if *who == NOBODY && accounts[row] && !known { COLLECTIVE } else { *who }
            })
            .collect();
        Self { noms, declares, personnes, rows, objets }
    }

    /// A text of the row of a beneficiary that no number identifies, without its name when it is a person's.
    pub fn beneficiary(&self, name: &str, text: &str) -> Option<String> {
        let told = of_name(name);
        let person = told == Avis::Physique || told == Avis::Muet && has_first_name(name);
        person.then(|| self.noms.scrub_about(text, &name_words(name), &self.noms.label(name)))
    }

    /// The names found, and those known before.
    pub fn noms(&self) -> &Noms {
        &self.noms
    }

    /// Normal forms of the names of the persons found.
    pub fn persons(&self) -> Vec<String> {
        self.personnes.iter().map(|p| p.words.join(" ")).collect()
    }

    /// Number of distinct persons, one more when some rows do not name theirs.
    pub fn count(&self) -> u64 {
        self.personnes.len() as u64 + u64::from(self.rows.contains(&UNNAMED))
    }

    /// True when pseudonyms are made with a key.
    pub fn has_key(&self) -> bool {
        self.noms.cle().is_some()
    }

    /// What stands for the payee of a row, or `None` when it is no person.
    pub fn label(&self, row: usize) -> Option<&str> {
        match self.rows.get(row).copied().unwrap_or(NOBODY) {
            NOBODY => None,
            UNNAMED => Some(SANS_CLE),
            person => Some(&self.personnes[person as usize - 2].label),
        }
    }

    /// A sentence about some rows, without the names of persons nor IBANs.
    pub fn about(&self, rows: &[u32], text: &str) -> String {
        let mut text = self.noms.scrub(text).unwrap_or_else(|| text.to_owned());
        let mut seen: Vec<u32> = Vec::new();
        for row in rows {
            let person = self.rows.get(*row as usize).copied().unwrap_or(NOBODY);
            if person > UNNAMED && !seen.contains(&person) && seen.len() < 8 {
                let who = &self.personnes[person as usize - 2];
                text = self.noms.scrub_about(&text, &who.words, &who.label);
                seen.push(person);
            }
        }
        text
    }

    /// Any text, without the names of persons nor IBANs.
    pub fn text(&self, text: &str) -> String {
        self.noms.scrub(text).unwrap_or_else(|| text.to_owned())
    }

    /// A value set aside, of which nothing is known.
    pub fn value(&self, text: &str) -> String {
        self.noms.scrub_value(text)
    }

    /// Masks the columns of the ledger that was studied.
    pub fn apply(&self, ledger: &mut Ledger) {
        let cle = self.noms.cle();
        let who = |person: u32| &self.personnes[person as usize - 2];
        let keep = |_: &str| None;
        let declared = |t: &str| self.declares.scrub_known(t);
        self.rewrite(ledger, TextKey::TiersNom, declared, |person, _| {
            if person == UNNAMED { SANS_CLE.to_owned() } else { who(person).label.clone() }
        });
        for key in [TextKey::TiersId, TextKey::Siret] {
            self.rewrite(ledger, key, keep, |_, text| number(cle, text));
        }
        let iban = |text: &str| iban_written(cle, text);
        self.rewrite(ledger, TextKey::Iban, |t| Some(iban(t)), |_, text| iban(text));
        Self::rewrite_of(
            &self.objets,
            (ledger, TextKey::Objet),
            |t| self.noms.scrub(t),
            |person, text| match person {
                UNNAMED => self.noms.scrub_own(text, &[], SANS_CLE),
                COLLECTIVE => self.noms.scrub_value(text),
                _ => self.noms.scrub_own(text, &who(person).words, &who(person).label),
            },
        );
        for key in FREE {
            self.rewrite(
                ledger,
                key,
                |t| self.noms.scrub(t),
                |person, text| {
                    let words = if person == UNNAMED { &[][..] } else { &who(person).words };
                    let label = if person == UNNAMED { SANS_CLE } else { &who(person).label };
                    self.noms.scrub_about(text, words, label)
                },
            );
        }
        self.apply_extras(ledger);
    }

    /// Masks the columns without a canonical name: on the rows of a person, those that tell an address,
    /// a telephone or a first name go whole.
    fn apply_extras(&self, ledger: &mut Ledger) {
        let plain = |text: &str| self.noms.scrub(text);
        for column in &mut ledger.extras {
            let intimate = tells_a_person(column.titre());
            column.rewrite(&self.rows, NOBODY, &plain, &|person, text| {
                if intimate {
                    return CACHE.to_owned();
                }
                let known = (person != UNNAMED).then(|| &self.personnes[person as usize - 2]);
                let words = known.map_or(&[][..], |p| &p.words);
                self.noms.scrub_own(text, words, known.map_or(SANS_CLE, |p| &p.label))
            });
        }
    }

    /// Rewrites a column: `plain` for the rows of nobody (`None` = unchanged), `own` for those of a person.
    fn rewrite(
        &self,
        ledger: &mut Ledger,
        key: TextKey,
        plain: impl Fn(&str) -> Option<String> + Sync,
        own: impl Fn(u32, &str) -> String,
    ) {
        Self::rewrite_of(&self.rows, (ledger, key), plain, own);
    }

    /// The same, the persons of the rows being given.
    fn rewrite_of(
        rows: &[u32],
        (ledger, key): (&mut Ledger, TextKey),
        plain: impl Fn(&str) -> Option<String> + Sync,
        own: impl Fn(u32, &str) -> String,
    ) {
        let slot = &mut ledger.texts[key as usize];
        let Some(column) = slot.as_ref() else { return };
        let dictionary = &column.dictionary;
        let changed: FxHashMap<u32, String> = (0..dictionary.len() as u32)
            .into_par_iter()
            .filter_map(|code| Some((code, plain(dictionary.get(code))?)))
            .collect();
        let of_persons = rows.iter().zip(&column.codes);
        let persons = of_persons.into_iter().any(|(who, code)| *who != NOBODY && *code != NO_TEXT);
        if changed.is_empty() && !persons {
            return;
        }
        // Only what changes is written anew; the rest keeps its order and is merged with it.
        let mut written = Interner::default();
        let mut places: Vec<u32> = Vec::new();
        let mut place = |text: &str| {
            places.push(written.intern(text.as_bytes()));
            places.len() as u32 - 1
        };
        let changed: FxHashMap<u32, u32> = sorted(changed).map(|(c, t)| (c, place(&t))).collect();
        let mut known: FxHashMap<(u32, u32), u32> = FxHashMap::default();
        let mut used = vec![false; dictionary.len()];
        // Per row: an unchanged code, or `WRITTEN` and the place of a new text.
        let codes: Vec<u64> = rows
            .iter()
            .zip(&column.codes)
            .map(|(who, code)| match (*who, *code) {
                (_, NO_TEXT) => u64::from(NO_TEXT),
                (NOBODY, code) => changed.get(&code).map_or_else(
                    || {
                        used[code as usize] = true;
                        u64::from(code)
                    },
                    |at| WRITTEN | u64::from(*at),
                ),
                (who, code) => {
                    let at = known
                        .entry((who, code))
                        .or_insert_with(|| place(&own(who, dictionary.get(code))));
                    WRITTEN | u64::from(*at)
                }
            })
            .collect();
        let column = rebuilt(dictionary, &used, &codes, (written, places));
        *slot = (!column.dictionary.is_empty()).then_some(column);
    }
}

/// The column of `codes` (an unchanged code, or [`WRITTEN`] and a place of `written`), its dictionary being
/// what is still used of the former one and what was written anew.
fn rebuilt(
    former: &Dictionary,
    used: &[bool],
    codes: &[u64],
    (written, mut places): (Interner, Vec<u32>),
) -> TextColumn {
    let written = written.finish(&mut places);
    let (dictionary, old, new) = merge(former, used, &written);
    let code = |code: &u64| match *code {
        code if code == u64::from(NO_TEXT) => NO_TEXT,
        code if code & WRITTEN == 0 => old[code as usize],
        code => new.get(places[(code & !WRITTEN) as usize] as usize).copied().unwrap_or(NO_TEXT),
    };
    TextColumn { codes: codes.iter().map(code).collect(), dictionary }
}

/// Marks a place among the texts written anew.
const WRITTEN: u64 = 1 << 32;

/// What changed, by ascending code.
fn sorted(changed: FxHashMap<u32, String>) -> impl Iterator<Item = (u32, String)> {
    let mut list: Vec<(u32, String)> = changed.into_iter().collect();
    list.sort_unstable_by_key(|(code, _)| *code);
    list.into_iter()
}

/// One dictionary of the texts still `used` and of those written anew, and the code that each of the two
/// now has.
fn merge(
    kept: &Dictionary,
    used: &[bool],
    written: &Dictionary,
) -> (Dictionary, Vec<u32>, Vec<u32>) {
    let mut merged = Dictionary::default();
    let (mut old, mut new) = (vec![NO_TEXT; kept.len()], vec![NO_TEXT; written.len()]);
    let mut fresh = written.iter().enumerate().peekable();
    for (code, text) in kept.iter().enumerate().filter(|(code, _)| used[*code]) {
        while let Some((at, other)) = fresh.next_if(|(_, other)| *other < text) {
            new[at] = merged.len() as u32;
            merged.push(other);
        }
        old[code] = merged.len() as u32;
        if let Some((at, _)) = fresh.next_if(|(_, other)| *other == text) {
            new[at] = old[code];
        }
        merged.push(text);
    }
    for (at, other) in fresh {
        new[at] = merged.len() as u32;
        merged.push(other);
    }
    (merged, old, new)
}

/// Per row, true when its account pays, or bills, natural persons.
fn person_accounts(ledger: &Ledger, norme: &dyn Fn(u16) -> Option<&'static str>) -> Vec<bool> {
    let Some(natures) = ledger.text(TextKey::Nature) else { return vec![false; ledger.len()] };
    let mut known: FxHashMap<(u32, Sens, u16), bool> = FxHashMap::default();
    (0..ledger.len())
        .map(|row| {
            let key = (natures.codes[row], ledger.sens[row], ledger.exercice[row]);
            key.0 != NO_TEXT
                && *known.entry(key).or_insert_with(|| {
                    pays_persons(natures.dictionary.get(key.0), key.1, key.2, norme(key.2))
                })
        })
        .collect()
}

/// Per code of a name, the person it is, or nobody; names of persons go to `noms` and `personnes`.
fn persons_by_name(
    ledger: &Ledger,
    accounts: &[bool],
    connus: &[String],
    noms: &mut Noms,
    personnes: &mut Vec<Personne>,
) -> Vec<u32> {
    let Some(names) = ledger.text(TextKey::TiersNom) else { return Vec::new() };
    let mut places: FxHashMap<String, u32> = FxHashMap::default();
    let place: Vec<u32> = names
        .dictionary
        .iter()
        .map(|name| {
            let next = places.len() as u32;
            *places.entry(normal_person(name)).or_insert(next)
        })
        .collect();
    let facts = facts_by_place(ledger, accounts, &place, places.len(), connus, &places);
    let mut codes = vec![NOBODY; places.len()];
    let mut out = Vec::with_capacity(place.len());
    for (name, at) in names.dictionary.iter().zip(&place) {
        let code = &mut codes[*at as usize];
        if facts[*at as usize].is_person(name) && *code == NOBODY {
            noms.add(name);
            personnes.push(Personne { label: noms.label(name), words: name_words(name) });
            *code = personnes.len() as u32 + 1;
        }
        out.push(*code);
    }
    // A spelling read before the one that gave the person away.
    for (code, at) in out.iter_mut().zip(&place) {
        *code = codes[*at as usize];
    }
    out
}

fn facts_by_place(
    ledger: &Ledger,
    accounts: &[bool],
    place: &[u32],
    count: usize,
    connus: &[String],
    places: &FxHashMap<String, u32>,
) -> Vec<Faits> {
    let mut facts = vec![Faits::default(); count];
    for at in connus.iter().filter_map(|name| places.get(&normal_person(name))) {
        facts[*at as usize].add(Avis::Physique);
    }
    let Some(names) = ledger.text(TextKey::TiersNom) else { return facts };
    let by_code = |key: TextKey, of: fn(&str) -> Avis| {
        ledger.text(key).map(|c| (c, c.dictionary.iter().map(of).collect::<Vec<_>>()))
    };
    let columns = [
        by_code(TextKey::NatureJuridique, of_legal_nature),
        by_code(TextKey::Civilite, of_civility),
    ];
    let sirets = ledger.text(TextKey::Siret);
    let valid: Vec<bool> = sirets.map_or_else(Vec::new, |c| {
        c.dictionary.iter().map(|t| Siret::parse(t).is_some()).collect()
    });
    let firsts: Vec<&Extra> = ledger.extras.iter().filter(|c| is_first_name(c.titre())).collect();
    for (row, account) in accounts.iter().enumerate() {
        let name = names.codes[row];
        if name == NO_TEXT {
            continue;
        }
        let fact = &mut facts[place[name as usize] as usize];
        fact.compte |= *account;
        if firsts.iter().any(|c| !c.get(row).is_empty()) {
            fact.add(Avis::Physique);
        }
        for (column, avis) in columns.iter().flatten() {
            if let Some(avis) = avis.get(column.codes[row] as usize) {
                fact.add(*avis);
            }
        }
        if let Some(column) = sirets {
            fact.siret |= valid.get(column.codes[row] as usize).copied().unwrap_or(false);
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pseudonym::Cle;
    use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};

    /// Rows of (name, account, sens, objet, iban, legal nature).
    fn ledger(rows: &[[&str; 6]]) -> Ledger {
        let mut builder = LedgerBuilder::default();
        builder.source("m.csv");
        for (n, [name, nature, sens, objet, iban, legal]) in rows.iter().enumerate() {
            let mut row = LedgerRow { record: n as u32 + 1, montant: 100, ..LedgerRow::empty() };
            row.exercice = 2025;
            row.sens = if *sens == "R" { Sens::R } else { Sens::D };
            for (key, text) in [
                (TextKey::TiersNom, name),
                (TextKey::Nature, nature),
                (TextKey::Objet, objet),
                (TextKey::Iban, iban),
                (TextKey::NatureJuridique, legal),
            ] {
                row.texts[key as usize] = text.as_bytes();
            }
            builder.push(&row);
        }
        builder.finish()
    }

    fn masked(rows: &[[&str; 6]], cle: Option<Cle>) -> (Ledger, Masque) {
        let mut ledger = ledger(rows);
        let masque =
            Masque::study(&ledger, Noms::new(cle), &["Ferrand Odile".to_owned()], &|_| Some("M57"));
        masque.apply(&mut ledger);
        (ledger, masque)
    }

    const IBAN: &str = "FR7630006000011234567890189";

    #[test]
    fn persons_are_masked_and_companies_are_not() {
        let rows = [
            ["DUPOND Jean", "64111", "D", "Paie Jean Dupond mars", IBAN, ""],
            ["Jean DUPOND", "6251", "D", "Frais de mission", "", ""],
            ["DUPOND Jean", "60632", "D", "Remboursement fournitures", "", ""],
            ["LIBRAIRIE DU PARC", "60632", "D", "Livres pour Jean Dupond", IBAN, ""],
            ["MARTEL Zingage", "60632", "D", "Sans SIREN, rien d'autre", "", ""],
            ["Odile FERRAND", "60632", "D", "Petit matériel", "", ""],
            ["", "65133", "D", "Secours famille Zanzibari", "", ""],
            ["KOWALCZYK Ewa", "60632", "D", "Facture", "", "01"],
            ["SCI DES LYS", "752", "R", "Loyer", "", ""],
            ["Odile Ferrand Paysage SARL", "60632", "D", "Plants", "", ""],
        ];
        let (ledger, masque) = masked(&rows, Some(Cle::new("clef")));
        let name = |row| ledger.text_at(TextKey::TiersNom, row);
        let label = |name: &str| crate::domain::pseudonym::person(Some(&Cle::new("clef")), name);
        for row in [0, 1, 2] {
            assert_eq!(name(row), label("DUPOND JEAN"));
        }
        assert_eq!(name(3), "LIBRAIRIE DU PARC");
        assert_eq!(name(4), "MARTEL Zingage");
        assert_eq!(name(5), label("FERRAND ODILE"));
        assert_eq!((name(6), name(8)), ("", "SCI DES LYS"));
        assert_eq!(name(7), label("EWA KOWALCZYK"));
        assert_eq!(name(9), format!("{} Paysage SARL", label("FERRAND ODILE")), "declared");
        assert_eq!(masque.count(), 4);
        let objet = |row| ledger.text_at(TextKey::Objet, row);
        assert_eq!(objet(3), format!("Livres pour {}", label("DUPOND JEAN")));
        assert!(!objet(0).contains("Dupond") && objet(0).contains("mars"), "{}", objet(0));
        assert_eq!(objet(6), "Secours famille •••");
        let iban = ledger.text_at(TextKey::Iban, 3);
        assert!(iban.starts_with("FR76 •••• 0189 #"), "{iban}");
        assert_eq!(iban, ledger.text_at(TextKey::Iban, 0));
    }

    #[test]
    fn without_a_key_there_is_no_pseudonym() {
        let rows = [
            ["DUPOND Jean", "64111", "D", "", IBAN, ""],
            ["DURAND Lise", "64111", "D", "", "", ""],
        ];
        let (ledger, masque) = masked(&rows, None);
        assert_eq!(ledger.text_at(TextKey::TiersNom, 0), SANS_CLE);
        assert_eq!(ledger.text_at(TextKey::TiersNom, 1), SANS_CLE);
        assert_eq!(ledger.text_at(TextKey::Iban, 0), "FR76 •••• 0189");
        assert!(!masque.has_key());
        let about = masque.about(&[1], "DURAND payé deux fois, comme DUPOND Jean");
        assert_eq!(about, "personne physique payé deux fois, comme personne physique");
    }

    #[test]
    fn columns_without_a_canonical_name_are_masked_too() {
        let mut builder = LedgerBuilder::default();
        builder.source("m.csv");
        let rows = [
            ("KERVADEC", "Yann", "12 impasse Plougastel", "vu Kervadec le 5"),
            ("EDF", "", "rue du Port", "compteur relevé"),
        ];
        for (n, (name, first, street, note)) in rows.into_iter().enumerate() {
            let mut row = LedgerRow { record: n as u32 + 1, montant: 100, ..LedgerRow::empty() };
            row.texts[TextKey::TiersNom as usize] = name.as_bytes();
            builder.push(&row);
            for (titre, text) in [("Prénom", first), ("Adresse", street), ("Note", note)] {
                let (extras, last) = builder.extras();
                let place = extras.place(titre, titre).expect("room");
                extras.set(place, last, text.as_bytes());
            }
        }
        let mut ledger = builder.finish();
        let masque = Masque::study(&ledger, Noms::new(None), &[], &|_| None);
        masque.apply(&mut ledger);
        let of = |row: usize| -> Vec<&str> { ledger.extras.iter().map(|c| c.get(row)).collect() };
        assert_eq!(ledger.text_at(TextKey::TiersNom, 0), "personne physique");
        assert_eq!(of(0), [CACHE, CACHE, "vu personne physique le 5"]);
        assert_eq!(of(1), ["", "rue du Port", "compteur relevé"]);
    }

    /// A salary or a help paid to a payee of all: the object names who gets it.
    #[test]
    fn objects_of_collective_payees_keep_only_common_words() {
        let (ledger, _) = masked(
            &[
                ["Divers", "65131", "D", "Secours Kowalczyk, hiver 2025", "", ""],
                ["Quincaillerie Exemple", "60632", "D", "Vis Kowalczyk", "", ""],
            ],
            None,
        );
        let objet = |row| ledger.text_at(TextKey::Objet, row);
        assert!(!objet(0).contains("Kowalczyk"), "{}", objet(0));
        assert!(objet(0).contains("Secours") && objet(0).contains("2025"), "{}", objet(0));
        assert_eq!(objet(1), "Vis Kowalczyk", "a brand of screws");
    }

    #[test]
    fn a_ledger_without_persons_keeps_its_texts() {
        let rows = [["EDF", "60612", "D", "Électricité école", "", ""]];
        let (after, masque) = masked(&rows, None);
        assert_eq!(after, ledger(&rows));
        assert_eq!((masque.count(), masque.label(0)), (0, None));
    }
}
