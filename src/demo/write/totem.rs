//! Budget documents in the TOTEM XML of the State (`DocumentBudgetaire`, schema 95 and later).
//!
//! Every leaf is an empty element with a `V` attribute; amounts have a decimal point. One
//! `LigneBudget` a line, then the annexes of loans and taxes in the accounts.
//!
//! **Invariant:** amounts are those of the document to the centime; absent amounts are not written.

use std::io::{self, Write};

use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, Event};
use quick_xml::writer::Writer;

use crate::demo::chart::{Chart, FIRST_M57};
use crate::demo::document::{Amounts, Document, Etape, Loan};
use crate::demo::rng::scale;
use crate::demo::write::push_amount;

const NAMESPACE: &str = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire";
/// SIRET of the principal budget.
pub const SIRET: &str = "21000010500010";
/// INSEE code of the commune.
pub const INSEE: &str = "00001";

/// Writes elements whose content is only a `V` attribute.
struct Leaves<W: Write> {
    out: Writer<W>,
}

impl<W: Write> Leaves<W> {
    fn leaf(&mut self, name: &str, value: &str) -> io::Result<()> {
        let element = BytesStart::new(name).with_attributes([("V", value)]);
        self.out.write_event(Event::Empty(element))
    }

    fn amount(&mut self, name: &str, cents: i64) -> io::Result<()> {
        let mut text = String::new();
        push_amount(&mut text, cents, '.');
        self.leaf(name, &text)
    }

    /// Starts a line of the file: one block of the document, readable and compact.
    fn line(&mut self) -> io::Result<()> {
        self.out.get_mut().write_all(b"\n")
    }

    fn open(&mut self, name: &str) -> io::Result<()> {
        self.out.write_event(Event::Start(BytesStart::new(name)))
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.out.write_event(Event::End(BytesEnd::new(name)))
    }

    fn leaves(&mut self, pairs: &[(&str, &str)]) -> io::Result<()> {
        pairs.iter().try_for_each(|(name, value)| self.leaf(name, value))
    }
}

/// Writes a document.
pub fn write<W: Write>(out: W, document: &Document, chart: &Chart) -> io::Result<()> {
    let mut x = Leaves { out: Writer::new(out) };
    x.out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    x.line()?;
    let root = BytesStart::new("DocumentBudgetaire").with_attributes([("xmlns", NAMESPACE)]);
    x.out.write_event(Event::Start(root))?;
    header(&mut x, document)?;
    x.open("Budget")?;
    identity(&mut x, document)?;
    x.line()?;
    x.open("InformationsGenerales")?;
    information(&mut x, "PopTot", &document.population.to_string())?;
    x.close("InformationsGenerales")?;
    for ((compte, fonction), amounts) in &document.lignes {
        line(&mut x, document, chart, (*compte, *fonction), amounts)?;
    }
    if document.etape == Etape::Ca {
        annexes(&mut x, document)?;
    }
    x.line()?;
    x.close("Budget")?;
    x.close("DocumentBudgetaire")?;
    x.line()
}

/// Day of the vote: April for the BP, November for the DM, June of the next year for the CA.
fn voted_on(document: &Document) -> String {
    match document.etape {
        Etape::Bp => format!("{}-04-08", document.exercice),
        Etape::Dm => format!("{}-11-12", document.exercice),
        Etape::Ca => format!("{}-06-17", document.exercice + 1),
    }
}

fn header<W: Write>(x: &mut Leaves<W>, document: &Document) -> io::Result<()> {
    x.leaf("VersionSchema", "95")?;
    x.line()?;
    x.open("BlocEditeur")?;
    x.leaf("CodeEditeur", "vigie demo")?;
    x.close("BlocEditeur")?;
    x.line()?;
    x.open("EnTeteDocBudgetaire")?;
    x.leaves(&[
        ("DteStr", &voted_on(document)),
        ("LibellePoste", "TRESORERIE EXEMPLE"),
        ("IdPost", "000001"),
        ("LibelleColl", "SAINT-EXEMPLE"),
        ("IdColl", SIRET),
        ("NatCEPL", "Commune"),
        ("Departement", "000"),
    ])?;
    x.close("EnTeteDocBudgetaire")
}

fn identity<W: Write>(x: &mut Leaves<W>, document: &Document) -> io::Result<()> {
    let m57 = document.exercice >= FIRST_M57;
    x.line()?;
    x.open("EnTeteBudget")?;
    x.leaves(&[
        ("LibelleEtab", "BUDGET PRINCIPAL SAINT-EXEMPLE"),
        ("IdEtab", SIRET),
        ("CodColl", "100"),
        ("CodInseeColl", INSEE),
        ("CodBud", "00"),
        ("Nomenclature", if m57 { "M57-M57_D" } else { "M14-M14_COM_SUP3500" }),
    ])?;
    x.close("EnTeteBudget")?;
    let date = voted_on(document);
    x.line()?;
    x.open("BlocBudget")?;
    x.leaf(
        "NatDec",
        match document.etape {
            Etape::Bp => "01",
            Etape::Dm => "02",
            Etape::Ca => "09",
        },
    )?;
    if document.etape == Etape::Dm {
        x.leaf("NumDec", "1")?;
    }
    x.leaves(&[
        ("Exer", &document.exercice.to_string()),
        ("ProjetBudget", "false"),
        ("DteDec", &date),
        ("DteDecEx", &date),
        ("NatVote", "FcIc"),
        ("OpeEquip", "false"),
        ("VoteFormelChap", "false"),
        ("TypProv", "1"),
        ("BudgPrec", if document.etape == Etape::Bp { "1" } else { "2" }),
        ("ReprRes", "3"),
        ("NatFonc", "1"),
        ("CodTypBud", "P"),
    ])?;
    x.close("BlocBudget")
}

fn information<W: Write>(x: &mut Leaves<W>, code: &str, value: &str) -> io::Result<()> {
    let element = BytesStart::new("Information").with_attributes([("Code", code), ("V", value)]);
    x.out.write_event(Event::Empty(element))
}

fn line<W: Write>(
    x: &mut Leaves<W>,
    document: &Document,
    chart: &Chart,
    (compte, fonction): (u16, u8),
    a: &Amounts,
) -> io::Result<()> {
    let compte = &chart.comptes[usize::from(compte)];
    let year = document.exercice;
    x.line()?;
    x.open("LigneBudget")?;
    x.leaf("Nature", compte.code(year))?;
    x.leaf("Fonction", chart.fonctions[usize::from(fonction)].code(year))?;
    x.leaf("ContNat", compte.chapitre(year))?;
    x.leaf("CodRD", if compte.depense { "D" } else { "R" })?;
    if a.rar_precedent != 0 {
        x.amount("MtRARPrec", a.rar_precedent)?;
    }
    x.amount("MtPrev", a.vote)?;
    if a.ouvert != 0 && document.etape != Etape::Dm {
        x.amount("CredOuv", a.ouvert)?;
    }
    if document.etape == Etape::Ca {
        x.amount("MtReal", a.realise)?;
    }
    if a.rar != 0 {
        x.amount("MtRAR3112", a.rar)?;
    }
    x.leaf("OpBudg", if compte.ordre == 0 { "0" } else { "1" })?;
    if compte.ordre > 0 {
        x.leaf("TypOpBudg", if compte.ordre == 1 { "1" } else { "2" })?;
    }
    x.close("LigneBudget")
}

fn annexes<W: Write>(x: &mut Leaves<W>, document: &Document) -> io::Result<()> {
    x.line()?;
    x.open("Annexes")?;
    x.open("DATA_EMPRUNT")?;
    for (rank, loan) in document.loans.iter().enumerate() {
        emprunt(x, rank, loan)?;
    }
    x.close("DATA_EMPRUNT")?;
    x.open("DATA_FISCALITE")?;
    taxes(x, document)?;
    x.close("DATA_FISCALITE")?;
    x.close("Annexes")
}

fn emprunt<W: Write>(x: &mut Leaves<W>, rank: usize, loan: &Loan) -> io::Result<()> {
    x.line()?;
    x.open("EMPRUNT")?;
    x.leaves(&[
        ("CodTypEmpr", "01"),
        ("CodProfilAmort", "P"),
        ("CodArticle", "1641"),
        ("LibCpte", "Emprunts en euros"),
        ("AnEncaisse", ["2012", "2016", "2019"][rank.min(2)]),
        ("ObjEmpr", ["Groupe scolaire", "Voirie", "Gymnase"][rank.min(2)]),
    ])?;
    x.amount("MtEmprOrig", loan.original)?;
    x.leaves(&[
        ("DureeRest", ["11.00", "12.00", "14.00"][rank.min(2)]),
        ("CodTypPreteur", "01"),
        ("LibOrgaPreteur", "Banque Fictive du Modèle"),
        ("CodPeriodRemb", "I"),
        ("CodTyptxInit", "F"),
    ])?;
    x.amount("MtIntExer", loan.interest)?;
    x.amount("MtCapitalExer", loan.capital)?;
    x.amount("MtCapitalRestDu_01_01", loan.opening)?;
    x.amount("MtCapitalRestDu_31_12", loan.closing)?;
    x.leaf("NumContrat", &format!("EX-{:03}", rank + 1))?;
    x.close("EMPRUNT")
}

/// Property taxes (and the housing tax until 2020): base, rate, product, with base x rate = product.
fn taxes<W: Write>(x: &mut Leaves<W>, document: &Document) -> io::Result<()> {
    let rows: &[(&str, i64, i64)] = if document.exercice <= 2020 {
        &[("01", 430, 1_412), ("02", 550, 2_236), ("03", 20, 4_871)]
    } else {
        &[("02", 960, 4_105), ("03", 20, 4_871), ("01", 20, 1_412)]
    };
    for (code, share, rate) in rows {
        let base = scale(scale(document.fiscalite, *share, 1000), 10_000, *rate) / 10_000 * 10_000;
        x.line()?;
        x.open("FISCALITE")?;
        x.leaf("CodTypContrib", "D")?;
        x.leaf("CodSousTypContrib", code)?;
        x.amount("MtBaseNotif", base)?;
        x.leaf("TxApplicConsMunic", &format!("{}.{:02}", rate / 100, rate % 100))?;
        x.amount("MtProdVote", scale(base, *rate, 10_000))?;
        x.close("FISCALITE")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::document::Lignes;

    #[test]
    fn a_document_is_written_with_its_codes_and_amounts() {
        let chart = Chart::load();
        let mut lignes = Lignes::new();
        let amounts = Amounts { ouvert: 5_000, realise: -1_234, ..Amounts::default() };
        lignes.insert((0, 0), amounts);
        let document = Document {
            exercice: 2023,
            etape: Etape::Ca,
            lignes,
            loans: vec![],
            fiscalite: 0,
            population: 12_480,
        };
        let mut bytes = Vec::new();
        write(&mut bytes, &document, &chart).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        for part in [
            "M14-M14_COM_SUP3500",
            "<NatDec V=\"09\"/>",
            "<MtReal V=\"-12.34\"/>",
            "<CredOuv V=\"50.00\"/>",
            "<Nature V=\"60611\"/>",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
