//! Names of files, of members of archives and of sheets as they may be written: a natural person named in
//! one of them is masked there too.
//!
//! **Invariant:** a name has one masked form in all the results of a run, and two names never share it.

use std::collections::{BTreeMap, BTreeSet};

use crate::frames::ledger::Ledger;
use crate::frames::mask::Masque;
use crate::ingest::mapped::percent_encoded;

use super::entrees::Lecture;

/// The names masked so far.
struct Chemins<'m> {
    masque: &'m Masque,
    known: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

/// Masks the names of files everywhere in what was read.
pub(super) fn masquer(lecture: &mut Lecture, masque: &Masque) {
    let mut chemins = Chemins { masque, known: BTreeMap::new(), taken: BTreeSet::new() };
    // in the order of the names, so that the numbers of those that would be the same do not move
    let mut all: Vec<String> = lecture.fichiers.iter().map(|f| f.nom.clone()).collect();
    all.extend(lecture.ignores.iter().map(|i| i.0.clone()));
    all.extend(lecture.refuses.iter().map(|r| r.0.clone()));
    all.sort();
    for nom in &all {
        chemins.name(nom);
    }
    let mut put = |nom: &mut String| *nom = chemins.name(nom);
    lecture.fichiers.iter_mut().for_each(|f| put(&mut f.nom));
    lecture.documents.iter_mut().for_each(|d| put(&mut d.fichier));
    lecture.budget.documents.iter_mut().for_each(|d| put(&mut d.fichier));
    lecture.ecritures.iter_mut().for_each(|e| put(&mut e.fichier));
    lecture.references.lues.iter_mut().for_each(|t| put(&mut t.fichier));
    lecture.subventions.lues.iter_mut().for_each(|t| put(&mut t.fichier));
    lecture.retours.iter_mut().for_each(|t| put(&mut t.fichier));
    lecture.contrats.sources.iter_mut().for_each(|s| put(&mut s.fichier));
    lecture.issues.iter_mut().for_each(|i| put(&mut i.fichier));
    lecture.ignores.iter_mut().for_each(|i| put(&mut i.0));
    lecture.refuses.iter_mut().for_each(|r| put(&mut r.0));
    let ledgers = [&mut lecture.ledger, &mut lecture.factures];
    for ledger in ledgers.into_iter().flatten() {
        sources(ledger, &mut chemins);
    }
    for conflit in &mut lecture.conflits {
        chemins.record(&mut conflit.retenu.0);
        chemins.record(&mut conflit.autre.0);
    }
    for pair in &mut lecture.recoupements {
        pair.retenu = chemins.encoded(&pair.retenu);
        pair.autre = chemins.encoded(&pair.autre);
    }
    lecture.contrats.contrats.iter_mut().for_each(|c| chemins.record(&mut c.provenance));
}

fn sources(ledger: &mut Ledger, chemins: &mut Chemins<'_>) {
    ledger.sources.iter_mut().for_each(|source| *source = chemins.encoded(source));
}

impl Chemins<'_> {
    /// A name as it may be written.
    fn name(&mut self, nom: &str) -> String {
        if let Some(known) = self.known.get(nom) {
            return known.clone();
        }
        // a sheet or a member follows the file that holds it
        let masked = match nom.rsplit_once('!') {
            Some((file, inside)) => format!("{}!{}", self.name(file), self.masque.text(inside)),
            None => self.masque.text(nom),
        };
        if masked == nom {
            return masked;
        }
        let mut free = masked.clone();
        let mut times = 1;
        while !self.taken.insert(free.clone()) {
            times += 1;
            free = numbered(&masked, times);
        }
        self.known.insert(nom.to_owned(), free.clone());
        free
    }

    /// The same for a percent-encoded path.
    fn encoded(&mut self, chemin: &str) -> String {
        let plain: Vec<String> = chemin.split('!').map(decoded).collect();
        let plain = plain.join("!");
        let masked = self.name(&plain);
        if masked == plain {
            return chemin.to_owned();
        }
        let parts: Vec<String> = masked.split('!').map(percent_encoded).collect();
        parts.join("!")
    }

    /// The same for `chemin#n`.
    fn record(&mut self, record: &mut String) {
        if let Some((chemin, n)) = record.rsplit_once('#') {
            *record = format!("{}#{n}", self.encoded(chemin));
        }
    }
}

/// `paie.csv` numbered is `paie (2).csv`.
fn numbered(nom: &str, times: u32) -> String {
    match nom.rsplit_once('.') {
        Some((stem, end)) if !end.contains(['/', '!']) => format!("{stem} ({times}).{end}"),
        _ => format!("{nom} ({times})"),
    }
}

/// A percent-encoded text as it was.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use crate::domain::free_text::Noms;

    use super::*;

    fn masque() -> Masque {
        let connus = ["Zorgbibe Inès".to_owned(), "Kervadec Yann".to_owned()];
        Masque::study(&Ledger::default(), Noms::new(None), &connus, &|_| None)
    }

    #[test]
    fn a_name_has_one_masked_form_and_keeps_it_for_itself() {
        let masque = masque();
        let mut chemins =
            Chemins { masque: &masque, known: BTreeMap::new(), taken: BTreeSet::new() };
        assert_eq!(chemins.name("paie_ZORGBIBE_Inès.csv"), "paie_personne physique.csv");
        assert_eq!(chemins.name("paie_Yann_Kervadec.csv"), "paie_personne physique (2).csv");
        assert_eq!(chemins.name("paie_ZORGBIBE_Inès.csv"), "paie_personne physique.csv");
        assert_eq!(chemins.name("mandats.csv"), "mandats.csv");
        let sheet = chemins.name("paie_Yann_Kervadec.csv!Feuille");
        assert_eq!(sheet, "paie_personne physique (2).csv!Feuille");
        assert_eq!(chemins.encoded("paie_ZORGBIBE_In%C3%A8s.csv"), "paie_personne%20physique.csv");
        assert_eq!(chemins.encoded("a.xlsx!Kervadec%20Yann"), "a.xlsx!personne%20physique");
        let mut record = "a.zip!m/In%C3%A8s%20Zorgbibe.csv#12".to_owned();
        chemins.record(&mut record);
        assert_eq!(record, "a.zip!m/personne%20physique.csv#12");
        assert_eq!(decoded("a%20b%C3%A9%"), "a bé%");
    }
}
