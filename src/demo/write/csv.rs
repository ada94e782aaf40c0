//! Ledgers as a finance software would export them: `;`, decimal comma, `JJ/MM/AAAA`, French headers;
//! mandats in windows-1252, titres in UTF-8 with BOM.
//!
//! **Invariant:** one record a line, numbered from 1 after the header, without blank lines.

use std::io::{self, Write};

use crate::demo::chart::Chart;
use crate::demo::piece::{Ligne, Piece};
use crate::demo::write::push_amount;
use crate::domain::calendar::civil;

/// Encoding of a ledger file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// One byte a character, as older software writes.
    Windows1252,
    /// With a byte order mark.
    Utf8Bom,
}

const MANDATS: &str = "Exercice;Budget;Bordereau;N° mandat;Ligne;Date mandat;Date facture;\
Date réception;Date paiement;Code tiers;Nom du tiers;SIRET;IBAN;N° facture;Objet;Article;Chapitre;\
Fonction;Service;N° engagement;N° marché;Régie;Mode de règlement;Montant HT;Montant TVA;Montant TTC;Sens";
const TITRES: &str = "Exercice;Budget;Bordereau;N° titre;Ligne;Date titre;Date encaissement;\
Code tiers;Nom du tiers;SIRET;Objet;Article;Chapitre;Fonction;Service;Régie;\
Montant HT;Montant TVA;Montant TTC;Sens";

/// Numbers given to a piece when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// Budget year.
    pub exercice: u16,
    /// Batch.
    pub bordereau: u64,
    /// Mandat or titre.
    pub numero: u64,
    /// Line in the piece, from 1.
    pub ligne: usize,
}

/// A ledger file being written.
pub struct LedgerFile<W> {
    out: W,
    depense: bool,
    encoding: Encoding,
    line: String,
    bytes: Vec<u8>,
    /// Records written.
    pub records: u64,
}

impl<W: Write> LedgerFile<W> {
    /// Writes the header.
    pub fn start(mut out: W, depense: bool, encoding: Encoding) -> io::Result<Self> {
        if encoding == Encoding::Utf8Bom {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let mut file =
            Self { out, depense, encoding, line: String::new(), bytes: Vec::new(), records: 0 };
        file.line.push_str(if depense { MANDATS } else { TITRES });
        file.end_line()?;
        Ok(file)
    }

    /// Writes one line of a piece; returns its record number.
    pub fn write(&mut self, chart: &Chart, p: &Piece, l: &Ligne, n: Numbers) -> io::Result<u64> {
        use std::fmt::Write as _;
        let compte = &chart.comptes[usize::from(l.compte)];
        let fonction = &chart.fonctions[usize::from(l.fonction)];
        // Writing to a String cannot fail.
        let budget = if p.ccas { "CCAS" } else { "Principal" };
        let _ =
            write!(self.line, "{};{budget};{};{};{};", n.exercice, n.bordereau, n.numero, n.ligne);
        self.date(p.day);
        if self.depense {
            self.date(p.date_facture);
            self.date(p.date_reception);
        }
        self.date(p.date_paiement);
        for text in [&p.tiers.id, &p.tiers.nom, &p.tiers.siret] {
            self.cell(text);
        }
        if self.depense {
            self.cell(&p.tiers.iban);
            self.cell(&p.facture);
        }
        self.cell(&p.objet);
        for text in
            [compte.code(n.exercice), compte.chapitre(n.exercice), fonction.code(n.exercice)]
        {
            self.cell(text);
        }
        let ordering = p.service.map_or(fonction, |f| &chart.fonctions[usize::from(f)]);
        self.cell(ordering.service);
        if self.depense {
            self.cell(&p.engagement);
            self.cell(&p.marche);
        }
        self.cell(p.regie);
        if self.depense {
            self.cell(p.mode);
        }
        for amount in [l.ht, l.tva, l.ttc] {
            push_amount(&mut self.line, amount, ',');
            self.line.push(';');
        }
        self.line.push_str(if self.depense { "D" } else { "R" });
        self.end_line()?;
        self.records += 1;
        Ok(self.records)
    }

    fn date(&mut self, day: i32) {
        use std::fmt::Write as _;
        if let Some(d) = civil(day) {
            let _ = write!(self.line, "{:02}/{:02}/{}", d.day(), d.month(), d.year());
        }
        self.line.push(';');
    }

    fn cell(&mut self, text: &str) {
        if text.contains([';', '"']) {
            self.line.push('"');
            self.line.push_str(&text.replace('"', "\"\""));
            self.line.push('"');
        } else {
            self.line.push_str(text);
        }
        self.line.push(';');
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push_str("\r\n");
        if self.encoding == Encoding::Utf8Bom {
            self.out.write_all(self.line.as_bytes())?;
        } else {
            self.bytes.clear();
            self.bytes.extend(self.line.chars().map(windows_1252));
            self.out.write_all(&self.bytes)?;
        }
        self.line.clear();
        Ok(())
    }

    /// Flushes and gives the writer back.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// The byte of a character in windows-1252; `?` for those it lacks.
fn windows_1252(c: char) -> u8 {
    match c {
        '€' => 0x80,
        '…' => 0x85,
        '’' => 0x92,
        '–' => 0x96,
        'Œ' => 0x8c,
        'œ' => 0x9c,
        c => u8::try_from(u32::from(c)).unwrap_or(b'?'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::identity::Tiers;
    use std::rc::Rc;

    #[test]
    fn headers_and_records_have_the_same_number_of_columns() {
        let chart = Chart::load();
        for depense in [true, false] {
            let mut file = LedgerFile::start(Vec::new(), depense, Encoding::Utf8Bom).unwrap();
            let tiers = Rc::new(Tiers { nom: "A;B \"C\"".into(), ..Tiers::default() });
            let line = Ligne::from_ttc(0, 0, -1234, 200);
            let piece = Piece::new(depense, 20_000, tiers, "objet".into(), vec![line]);
            let n = Numbers { exercice: 2025, bordereau: 1, numero: 2, ligne: 1 };
            assert_eq!(file.write(&chart, &piece, &line, n).unwrap(), 1);
            let text = String::from_utf8(file.finish().unwrap()).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            let plain = lines[1].replace("\"A;B \"\"C\"\"\"", "x");
            assert_eq!(lines[0].split(';').count(), plain.split(';').count());
            assert!(plain.contains(";-12,34;"), "{plain}");
        }
    }

    #[test]
    fn accents_take_one_byte() {
        assert_eq!("é°œ€".chars().map(windows_1252).collect::<Vec<u8>>(), [0xe9, 0xb0, 0x9c, 0x80]);
        assert_eq!(windows_1252('漢'), b'?');
    }
}
