//! Invoices one by one to rows of the ledger, with their counts, issues and checks.
//!
//! **Invariant:** after a refusal the harvest is as before; invoices read = kept + set aside.

use crate::domain::calendar::{DateError, DateOrder, NO_DAY, parse_day, year_of};
use crate::domain::decimal::Decimale;
use crate::domain::entity::{Siren, Siret};
use crate::domain::refus::Refus;
use crate::frames::checks::Controle;
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::{AmountKey, DateKey, Sens, TextKey};
use crate::frames::ledger_builder::LedgerRow;
use crate::frames::reconcile::EcrituresLues;
use crate::ingest::format::{Consigne, Lu, Recolte, Source};
use crate::ingest::mapped::percent_encoded;

use super::montants::Montants;
use super::{Facture, Partie, mode_reglement};

/// Bytes kept of a value shown in an issue.
const SHOWN: usize = 200;

/// What is known of the bytes once they are all read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origine {
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Encoding, empty when the format settles it.
    pub encodage: String,
}

/// Where the invoices of one file go. See the module documentation.
#[derive(Debug)]
pub struct Depot<'a> {
    recolte: &'a mut Recolte,
    siren: Option<&'a str>,
    lues: EcrituresLues,
    issues: Vec<Issue>,
    /// Rank of the invoice in the document, from 1, those of other communes included.
    rang: u32,
    ailleurs: u64,
    somme_ttc: Decimale,
    somme_ht_tva: Decimale,
    verifiees: u64,
    controles: Vec<Controle>,
}

impl<'a> Depot<'a> {
    /// Opens a source of the ledger, lets `read` push its invoices, and closes it.
    ///
    /// # Errors
    /// That of `read`, or a file without any invoice; nothing is left in the harvest.
    pub fn fill(
        source: &Source<'_>,
        consigne: &Consigne<'a>,
        recolte: &'a mut Recolte,
        format: &str,
        read: impl FnOnce(&mut Depot<'a>) -> Result<Origine, Refus>,
    ) -> Result<Lu, Refus> {
        let before = recolte.ledgers.len();
        recolte.ledgers.source(&percent_encoded(source.nom));
        let lues = EcrituresLues {
            fichier: source.nom.to_owned(),
            format: format.to_owned(),
            ..EcrituresLues::default()
        };
        let mut depot = Self {
            recolte,
            siren: consigne.siren,
            lues,
            issues: Vec::new(),
            rang: 0,
            ailleurs: 0,
            somme_ttc: Decimale::ZERO,
            somme_ht_tva: Decimale::ZERO,
            verifiees: 0,
            controles: Vec::new(),
        };
        match read(&mut depot).and_then(|origine| depot.check_some(origine)) {
            Ok(origine) => Ok(depot.close(origine, before)),
            Err(refus) => {
                depot.recolte.ledgers.rollback(before);
                Err(refus)
            }
        }
    }

    /// Number of invoices met so far.
    pub fn met(&self) -> u32 {
        self.rang
    }

    /// Compares the number of invoices met with the one the file announces, when it does.
    pub fn announced(&mut self, count: &str, code: &str, libelle: &str) {
        let Ok(attendu) = count.trim().parse::<i64>() else { return };
        self.controles.push(controle(code, libelle, attendu, i64::from(self.rang)));
    }

    /// Something to tell about the file as a whole.
    pub fn tell(&mut self, severity: Severity, column: &str, value: &str, why: &str, advice: &str) {
        let issue = self.issue(severity, 0, (column, value, why), advice);
        self.issues.push(issue);
    }

    /// Takes an invoice: a row, or an invoice set aside with its reason.
    pub fn push(&mut self, facture: &Facture) {
        self.rang += 1;
        let Some(sens) = self.sens(facture) else {
            self.ailleurs += 1;
            return;
        };
        self.lues.lignes_lues += 1;
        match self.row(facture, sens) {
            Ok(montant) => {
                self.lues.lignes_retenues += 1;
                self.lues.total += i128::from(montant);
            }
            Err(aside) => {
                self.lues.lignes_ecartees += 1;
                self.lues.total_ecarte += i128::from(aside.montant);
                let said = (aside.column, aside.value.as_str(), aside.reason.as_str());
                let issue = self.issue(Severity::Ecartee, self.rang, said, aside.advice);
                self.issues.push(issue);
            }
        }
    }

    /// An expense unless the commune asked for is the one who sells; `None` for another commune.
    fn sens(&self, facture: &Facture) -> Option<Sens> {
        let Some(siren) = self.siren else { return Some(Sens::D) };
        let is = |partie: &Partie| {
            let (id, _) = identity(partie);
            id.starts_with(siren)
        };
        if is(&facture.debiteur) || facture.debiteur.identifiant.trim().is_empty() {
            Some(Sens::D)
        } else {
            is(&facture.fournisseur).then_some(Sens::R)
        }
    }

    /// Pushes the row; gives its amount.
    fn row(&mut self, facture: &Facture, sens: Sens) -> Result<i64, Aside> {
        let montants = Montants::read(facture);
        let known = montants.as_ref().map_or(0, |m| signed(facture, m, m.ttc));
        let aside = |column, value: &str, reason: String, advice| Aside {
            column,
            value: value.to_owned(),
            reason,
            advice,
            montant: known,
        };
        if !facture.rejet.is_empty() {
            let advice =
                "rien, si le fournisseur l’a remplacée ; sinon la retrouver dans Chorus Pro";
            return Err(aside("statut", &facture.numero, facture.rejet.clone(), advice));
        }
        let devise = facture.devise.trim();
        if !devise.is_empty() && !devise.eq_ignore_ascii_case("EUR") {
            let reason =
                "facture qui n’est pas en euros : aucun taux de change n’est supposé".to_owned();
            let advice = "prendre le montant du mandat en euros dans le grand livre";
            return Err(Aside { montant: 0, ..aside("devise", devise, reason, advice) });
        }
        let montants = match &montants {
            Ok(montants) => montants,
            Err((column, value, reason)) => {
                let advice =
                    "demander au fournisseur une facture lisible, ou lire le mandat du grand livre";
                return Err(aside(column, value, reason.clone(), advice));
            }
        };
        let mut row = LedgerRow { record: self.rang, sens, ..LedgerRow::empty() };
        for (key, column, text) in [
            (DateKey::Facture, "date_facture", &facture.date),
            (DateKey::Reception, "date_reception", &facture.reception),
        ] {
            row.dates[key as usize] = self.day(column, text);
        }
        let Some(day) = row.dates.iter().find(|d| **d != NO_DAY) else {
            let advice =
                "demander au fournisseur une facture datée, ou lire le mandat du grand livre";
            return Err(aside(
                "date_facture",
                &facture.date,
                "facture sans date".to_owned(),
                advice,
            ));
        };
        row.exercice = year_of(*day);
        self.amounts(facture, montants, &mut row);
        self.texts(facture, &mut row);
        Ok(row.montant)
    }

    fn day(&mut self, column: &str, text: &str) -> i32 {
        let text = text.trim();
        match parse_day(text.as_bytes(), DateOrder::Ymd) {
            Ok(day) => day,
            Err(DateError::Empty) => NO_DAY,
            Err(error) => {
                let reason = format!("{} ; laissée vide", error.raison());
                self.note(
                    Severity::Attention,
                    (column, text, &reason),
                    "vérifier la date sur la facture",
                );
                NO_DAY
            }
        }
    }

    fn amounts(&mut self, facture: &Facture, montants: &Montants, row: &mut LedgerRow<'_>) {
        let of = |d: Decimale| signed(facture, montants, d);
        row.amounts[AmountKey::Ttc as usize] = of(montants.ttc);
        if let Some(ht) = montants.ht {
            row.amounts[AmountKey::Ht as usize] = of(ht);
        }
        if let Some(tva) = montants.tva {
            row.amounts[AmountKey::Tva as usize] = of(tva);
        }
        row.montant = match montants.net {
            Some(net) if !net.is_zero() => of(net),
            _ => of(montants.ttc),
        };
        if montants.verifiable {
            self.verifiees += 1;
            self.somme_ttc = self.somme_ttc.plus(montants.ttc);
            self.somme_ht_tva = self.somme_ht_tva.plus(montants.ttc.plus(montants.ecart));
            if !montants.ecart.is_zero() {
                let reason = format!(
                    "HT {} + TVA {} ne font pas ce TTC",
                    facture.ht.trim(),
                    shown_tva(facture)
                );
                let said = ("montant_ttc", facture.ttc.trim(), reason.as_str());
                self.note(
                    Severity::Attention,
                    said,
                    "demander au fournisseur une facture juste avant de payer",
                );
            }
        }
        for (column, value, reason) in &montants.remarques {
            self.note(Severity::Information, (column, value, reason), "comparer avec la facture");
        }
        let rounded = montants.rounded(facture);
        if !rounded.is_empty() {
            let reason = "plus de deux décimales : arrondi au centime, à partir d’un demi-centime vers le haut";
            let said = ("montant", rounded.join(" ; "), reason);
            self.note(
                Severity::Information,
                (said.0, &said.1, said.2),
                "rien, si le mandat est au même centime",
            );
        }
        self.remark_the_rest(facture, montants);
    }

    /// What is worth knowing of the sign and of what remains to be paid.
    fn remark_the_rest(&mut self, facture: &Facture, montants: &Montants) {
        let negative = montants.ttc.is_negative();
        if negative {
            let reason = if facture.avoir {
                "avoir écrit en négatif : pris tel quel"
            } else {
                "facture de montant négatif : lue comme un avoir"
            };
            self.note(
                Severity::Information,
                ("montant_ttc", facture.ttc.trim(), reason),
                "comparer avec la facture",
            );
        }
        let Some(net) = montants.net.filter(|net| *net != montants.ttc) else { return };
        let reason = if net.is_zero() {
            "rien à payer (déjà réglée ou compensée) : le montant est le TTC"
        } else {
            "net à payer différent du TTC (acompte, avance ou retenue) : le montant est le net"
        };
        let value = facture.net.trim().to_owned();
        self.note(Severity::Information, ("montant", &value, reason), "comparer avec le mandat");
    }

    fn texts(&mut self, facture: &Facture, row: &mut LedgerRow<'_>) {
        let (siret, other) = identity(&facture.fournisseur);
        if facture.numero.trim().is_empty() {
            let reason = "facture sans numéro : elle ne sera pas rapprochée de son mandat";
            self.note(
                Severity::Attention,
                ("facture", "", reason),
                "demander le numéro au fournisseur",
            );
        }
        if !siret.is_empty() && Siret::parse(&siret).is_none() && Siren::parse(&siret).is_none() {
            let reason = "SIRET dont la clé de contrôle est fausse, gardé tel quel";
            self.note(
                Severity::Information,
                ("siret", &siret, reason),
                "vérifier le SIRET du fournisseur",
            );
        }
        let iban: String = facture
            .iban
            .chars()
            .filter(|c| !c.is_whitespace())
            .take(34)
            .collect::<String>()
            .to_uppercase();
        let mode = mode_reglement(facture.mode.trim());
        let texts = [
            (TextKey::Etape, "facture"),
            (TextKey::Siret, &siret),
            (TextKey::TiersId, &other),
            (TextKey::TiersNom, facture.fournisseur.nom.trim()),
            (TextKey::Iban, &iban),
            (TextKey::Facture, facture.numero.trim()),
            (TextKey::Objet, facture.objet.trim()),
            (TextKey::Service, facture.service.trim()),
            (TextKey::Engagement, facture.engagement.trim()),
            (TextKey::Marche, facture.marche.trim()),
            (TextKey::ModeReglement, mode),
            // The code of PES V2 for a natural person.
            (TextKey::NatureJuridique, if facture.fournisseur.particulier { "01" } else { "" }),
        ];
        let mut row = LedgerRow { texts: LedgerRow::empty().texts, ..*row };
        for (key, text) in texts {
            row.texts[key as usize] = text.as_bytes();
        }
        self.recolte.ledgers.push(&row);
    }

    fn note(&mut self, severity: Severity, said: (&str, &str, &str), advice: &str) {
        let issue = self.issue(severity, self.rang, said, advice);
        self.issues.push(issue);
    }

    /// `said` is the column, the value and the reason.
    fn issue(
        &self,
        severity: Severity,
        rang: u32,
        said: (&str, &str, &str),
        advice: &str,
    ) -> Issue {
        let (column, value, reason) = said;
        Issue {
            severity,
            fichier: self.lues.fichier.clone(),
            enregistrement: u64::from(rang),
            colonne: column.to_owned(),
            valeur: value[..value.floor_char_boundary(SHOWN)].to_owned(),
            raison: reason.to_owned(),
            a_faire: advice.to_owned(),
        }
    }

    fn check_some(&self, origine: Origine) -> Result<Origine, Refus> {
        if self.rang > 0 {
            return Ok(origine);
        }
        Err(Refus::new(
            format!("« {} » ne contient aucune facture", self.lues.fichier),
            "vérifier les critères du téléchargement (dates, statut, structure) et le refaire",
        ))
    }

    /// Gives the counts to the harvest; a file of other communes only leaves nothing in it.
    fn close(mut self, origine: Origine, before: usize) -> Lu {
        let mut lu = Lu {
            sha256: origine.sha256.clone(),
            format: self.lues.format.clone(),
            remarque: String::new(),
        };
        if self.lues.lignes_lues == 0 {
            self.recolte.ledgers.rollback(before);
            lu.remarque =
                format!("aucune facture de la commune demandée (--siren) sur {}", self.rang);
            return lu;
        }
        if self.ailleurs > 0 {
            let value = format!("{} sur {}", self.ailleurs, self.rang);
            let why = "factures d’autres communes, laissées par --siren";
            self.tell(
                Severity::Information,
                "",
                &value,
                why,
                "rien, si c’est bien la commune voulue",
            );
        }
        if self.verifiees > 0 {
            let obtenu = self.somme_ht_tva.amount().centimes;
            let attendu = self.somme_ttc.amount().centimes;
            let ok = !self
                .issues
                .iter()
                .any(|i| i.colonne == "montant_ttc" && i.severity == Severity::Attention);
            let check =
                controle("HT+TVA=TTC", "HT + TVA des factures et leur TTC", attendu, obtenu);
            self.controles.push(Controle { ok, ..check });
        }
        self.lues.sha256 = origine.sha256;
        self.lues.encodage = origine.encodage;
        self.lues.controles = self.controles;
        self.recolte.ecritures.push(self.lues);
        self.recolte.issues.extend(self.issues);
        lu
    }
}

/// An invoice set aside.
struct Aside {
    column: &'static str,
    value: String,
    reason: String,
    advice: &'static str,
    montant: i64,
}

fn controle(code: &str, libelle: &str, attendu: i64, obtenu: i64) -> Controle {
    Controle {
        code: code.to_owned(),
        libelle: libelle.to_owned(),
        attendu,
        obtenu,
        ecart: obtenu.saturating_sub(attendu),
        ok: attendu == obtenu,
        information: false,
    }
}

/// Centimes of an amount of an invoice; a credit note written in positive takes from what is paid.
fn signed(facture: &Facture, montants: &Montants, amount: Decimale) -> i64 {
    let turned = facture.avoir && !montants.ttc.is_negative();
    let amount = if turned { amount.negated() } else { amount };
    amount.amount().centimes
}

fn shown_tva(facture: &Facture) -> String {
    if facture.tva.trim().is_empty() {
        let parts: Vec<&str> = facture.taxes.iter().map(|t| t.montant.trim()).take(6).collect();
        return parts.join(" + ");
    }
    facture.tva.trim().to_owned()
}

/// SIRET or SIREN of a party, else its other identifier in the second place.
fn identity(partie: &Partie) -> (String, String) {
    let id: String = partie.identifiant.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = id.bytes().all(|b| b.is_ascii_digit());
    if digits && matches!(id.len(), 9 | 14) && !partie.particulier {
        return (id, String::new());
    }
    if id.is_empty() || id.eq_ignore_ascii_case(partie.tva.trim()) {
        let tva: String = partie.tva.chars().filter(|c| !c.is_whitespace()).collect();
        let siren = tva.strip_prefix("FR").and_then(|rest| rest.get(2..));
        if let Some(siren) = siren.and_then(Siren::parse) {
            return (siren.as_str().to_owned(), String::new());
        }
        return (String::new(), tva);
    }
    (String::new(), id)
}
