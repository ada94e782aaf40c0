//! Titles under which ledgers of local bodies show each canonical column, French first, then English.
//!
//! Phrases are in the normal form of [`normal`]: lower case, no accents, no link words, no abbreviation,
//! and every spelling of "number" as `n`. The first phrases are the surest.
//!
//! **Invariant:** data only; how phrases are weighed is in `guess`.

use crate::frames::ledger::{AmountKey, DateKey, TextKey};
use crate::ingest::mapped::mapping::Column;

/// Phrases that name a column, and words that forbid it.
#[derive(Debug)]
pub struct Synonyms {
    /// The canonical column.
    pub column: Column,
    phrases: &'static str,
    never: &'static str,
}

impl Synonyms {
    /// Names of the column, surest first.
    pub fn phrases(&self) -> impl Iterator<Item = &'static str> {
        self.phrases.split('|').map(str::trim)
    }

    /// True when a word rules the column out.
    pub fn forbids(&self, word: &str) -> bool {
        self.never.split_ascii_whitespace().any(|w| w == word)
    }
}

/// Words of dates that are not those of a payment.
pub const NO_DATE: &str = "start end expiry naissance birth debut fin echeance limite due notification \
     signature deliberation maj n";

/// Words of amounts that were not paid, or not whole.
const NO_MONTANT: &str = "engage budget vote annual annuel contract marche rar plafond seuil unitaire \
     unit cumul solde restant reste prevu estime taux rate credits ouverts code type date n capital \
     devise ht ttc tva vat hors taxes taxe gross net brut excl incl excluding including exc inc";

/// Every column with its names.
pub const SYNONYMS: &[Synonyms] = &[
    Synonyms {
        column: Column::Montant,
        phrases: "montant | montant net | montant mandat | montant mandate | montant paye \
                 | montant regle | net payer | montant net payer | montant eur | montant \
                 euros | montant realise | montant titre | montant ligne | montant \
                 facture | montant piece | montant liquide | somme | valeur | amount | \
                 amount paid | paid amount | payment amount | invoice amount | line \
                 amount | transaction amount | total amount | amount gbp | invoice line \
                 value | invoice value | line value | value | spend | amt | paid | valor \
                 | valor reembolsado | total",
        never: NO_MONTANT,
    },
    Synonyms {
        column: Column::Debit,
        phrases: "debit | montant debit | debits | depenses | depense | montant depenses | montant depense",
        never: NO_MONTANT,
    },
    Synonyms {
        column: Column::Credit,
        phrases: "credit | montant credit | credits | recettes | recette | montant recettes | montant recette",
        never: NO_MONTANT,
    },
    Synonyms {
        column: Column::Amount(AmountKey::Ttc),
        phrases: "montant ttc | ttc | total ttc | toutes taxes comprises | montant brut | brut | gross | gross \
                 amount | amount gross | amount incl vat | incl vat | inc vat | including \
                 vat | total inc vat",
        never: "engage budget vote annual annuel contract marche rar plafond seuil \
                 unitaire unit cumul solde restant reste prevu estime taux rate credits \
                 ouverts code type date n capital devise ht hors excl excluding exc net",
    },
    Synonyms {
        column: Column::Amount(AmountKey::Ht),
        phrases: "montant ht | ht | base ht | total ht | hors taxes | montant hors taxes | \
                 montant hors taxe | net | net amount | amount net | amount net vat | \
                 invoice net amt | net value | value net vat | amount excl vat | excl vat \
                 | exc vat | ex vat | excluding vat",
        never: "engage budget vote annual annuel contract marche rar plafond seuil \
                 unitaire unit cumul solde restant reste prevu estime taux rate credits \
                 ouverts code type date n capital devise ttc incl including inc gross",
    },
    Synonyms {
        column: Column::Amount(AmountKey::Tva),
        phrases: "montant tva | tva | total tva | taxe | vat | vat amount | amount vat | \
                 irrecoverable vat",
        never: "engage budget vote annual annuel contract marche rar plafond seuil \
                 unitaire unit cumul solde restant reste prevu estime taux rate credits \
                 ouverts code type date n capital devise excl incl excluding including \
                 inc exc ex net ht ttc hors gross taux rate code n type \
                 intracommunautaire recovered date",
    },
    Synonyms {
        column: Column::Sens,
        phrases: "sens | d r | r d | depense recette | dr | codrd | sens ecriture | type d \
                 r | type piece | type | type mouvement | type ecriture | type bordereau | nature piece",
        never: "tiers beneficiaire marche contrat voie budget",
    },
    Synonyms {
        column: Column::Commune,
        phrases: "siret collectivite | siren collectivite | siret commune | siren commune | siret organisme \
                 | siren organisme | siret budget | siren budget | siret etablissement | siret ordonnateur \
                 | siret mairie | siret acheteur",
        never: "tiers fournisseur creancier debiteur titulaire beneficiaire date montant libelle nom",
    },
    Synonyms {
        column: Column::Exercice,
        phrases: "exercice | annee | exercice budgetaire | annee budgetaire | annee \
                 exercice | millesime | year | financial year | fiscal year | budget year \
                 | ano | an",
        never: "mois month origine",
    },
    Synonyms {
        column: Column::Date(DateKey::Mandat),
        phrases: "date mandat | date mandatement | date emission | date emission mandat | \
                 date emission titre | date titre | date bordereau | date ecriture | date \
                 comptable | date prise charge | date piece | date operation | date | \
                 posting date | transaction date | effective date | voucher date | ledger \
                 date | document date | jour | data | date mouvement | date liquidation",
        never: NO_DATE,
    },
    Synonyms {
        column: Column::Date(DateKey::Facture),
        phrases: "date facture | date facturation | invoice date | date document",
        never: NO_DATE,
    },
    Synonyms {
        column: Column::Date(DateKey::Reception),
        phrases: "date reception | date arrivee | date depot | date reception facture | \
                 received date | date received | date enregistrement",
        never: NO_DATE,
    },
    Synonyms {
        column: Column::Date(DateKey::Paiement),
        phrases: "date paiement | date reglement | date versement | date decaissement | \
                 reglee | regle | payee | payment date | date paid | paid date | pay date \
                 | date payment | check payment date | invoice payment date | date paye | \
                 clearing date",
        never: NO_DATE,
    },
    Synonyms {
        column: Column::Text(TextKey::Budget),
        phrases: "budget | code budget | libelle budget | nom budget | codbud",
        never: "date montant",
    },
    Synonyms { column: Column::Text(TextKey::Etape), phrases: "etape | stade", never: "" },
    Synonyms {
        column: Column::Text(TextKey::Bordereau),
        phrases: "bordereau | n bordereau | idbord",
        never: "date montant type",
    },
    Synonyms {
        column: Column::Text(TextKey::Mandat),
        phrases: "n mandat | mandat | n titre | n mandat titre | mandat titre | titre | n \
                 piece | piece | idpce | n ecriture | n liquidation | document n | doc n \
                 | transaction n | trans n | transno | sap document n | voucher n | \
                 payment n | payment ref | payment reference | transaction id | cheque n \
                 | transaction reference | document",
        never: "date montant type libelle objet amount justificative",
    },
    Synonyms {
        column: Column::Text(TextKey::Ligne),
        phrases: "ligne | n ligne | idligne | seq n | line | line n",
        never: "montant libelle value",
    },
    Synonyms {
        column: Column::Text(TextKey::TiersId),
        phrases: "code tiers | n tiers | id tiers | tiers id | code fournisseur | n \
                 fournisseur | identifiant tiers | reference tiers | idtiers | supplier \
                 id | supplier n | supplier code | vendor id | vendor n | vendor code | \
                 vendor | creditor n | apar id | payee id | beneficiary id | cnpj cpf",
        never: "nom name libelle adresse facture invoice",
    },
    Synonyms {
        column: Column::Text(TextKey::TiersNom),
        phrases: "nom tiers | tiers nom | tiers | fournisseur | nom fournisseur | raison \
                 sociale | beneficiaire | nom beneficiaire | creancier | titulaire | \
                 debiteur | redevable | libelle tiers | denomination | nom prenom | nom | \
                 supplier name | supplier | supplier company name | vendor name | payee \
                 name | payee | creditor name | creditor | beneficiary | beneficiary name \
                 | apar name | company name | merchant name | fornecedor",
        never: "id code n siret iban adresse address postcode date type service budget \
                 body invoice facture",
    },
    Synonyms {
        column: Column::Text(TextKey::Siret),
        phrases: "siret | n siret | siret tiers | siret fournisseur | siren siret | siren \
                 | n siren | siren tiers",
        never: "budget collectivite acheteur organisme",
    },
    Synonyms {
        column: Column::Text(TextKey::Iban),
        phrases: "iban | n iban | iban tiers | rib | compte bancaire | bank account",
        never: "",
    },
    Synonyms {
        column: Column::Text(TextKey::Facture),
        phrases: "n facture | facture | reference facture | ref facture | n piece \
                 justificative | n pj | invoice n | invoice | invoice ref | invoice \
                 reference | supplier invoice n | ext inv ref | facture n | reference | \
                 ref | reference piece | documento",
        never: "date montant amount libelle objet type marche engagement value interne",
    },
    Synonyms {
        column: Column::Text(TextKey::Objet),
        phrases: "objet | libelle | objet mandat | libelle mandat | libelle ecriture | \
                 objet facture | libelle facture | libelle ligne | designation | \
                 description | motif | intitule | narrative | details | commentaire | \
                 transaction description | purpose spend | purpose | detail | \
                 detalhamento | text description",
        never: "nature chapitre fonction service compte article budget account code \
                 tiers date dept",
    },
    Synonyms {
        column: Column::Text(TextKey::Nature),
        phrases: "nature | code nature | compte nature | article | compte | n compte | \
                 imputation | nature comptable | article nature | compte comptable | \
                 imputation comptable | account code | account | expenditure code | \
                 expense code | detailed expenditure code | gl code | gl account | cost \
                 element | subjective code | nominal code | subjective | tipo despesa | \
                 expenditure type | expense type | expenses type | expenditure category | \
                 expense area | account description | g l description | accdesc | \
                 commitmt item name | cipfsubs t | cipfsubj t | libelle nature | libelle \
                 article | libelle compte",
        never: "bancaire bank juridique date montant tiers fonction marche",
    },
    Synonyms {
        column: Column::Text(TextKey::Chapitre),
        phrases: "chapitre | code chapitre | n chapitre",
        never: "libelle label description descrptn desc intitule nom name date montant \
                 amount",
    },
    Synonyms {
        column: Column::Text(TextKey::Fonction),
        phrases: "fonction | code fonction | rubrique | rubrique fonctionnelle | function",
        never: "libelle label description descrptn desc intitule nom name date montant \
                 amount",
    },
    Synonyms {
        column: Column::Text(TextKey::Service),
        phrases: "service | service gestionnaire | gestionnaire | code service | direction \
                 | service label | service area | department | directorate | \
                 organisational unit | dept descrptn | cost centre | cost center | centre \
                 cout | departement | service division label | directorate name | dept | \
                 service code | antenne | strgrpcc t | servdesc | text servdesc | senador",
        never: "date montant fait",
    },
    Synonyms {
        column: Column::Text(TextKey::Operation),
        phrases: "operation | n operation | code operation | programme",
        never: "date libelle type",
    },
    Synonyms {
        column: Column::Text(TextKey::Engagement),
        phrases: "n engagement | engagement | n ej | bon commande | n bon commande | bc | n bc | \
                 commande | po n | purchase order",
        never: "date montant libelle",
    },
    Synonyms {
        column: Column::Text(TextKey::Marche),
        phrases: "n marche | marche | code marche | reference marche | contrat | n contrat \
                 | contract n",
        never: "date montant libelle objet title value",
    },
    Synonyms {
        column: Column::Text(TextKey::Regie),
        phrases: "regie | n regie | code regie",
        never: "date montant",
    },
    Synonyms {
        column: Column::Text(TextKey::ModeReglement),
        phrases: "mode reglement | mode paiement | moyen paiement | moyen reglement | \
                 payment method | payment type",
        never: "date montant",
    },
    Synonyms {
        column: Column::Text(TextKey::NatureJuridique),
        phrases: "nature juridique | nature juridique tiers | forme juridique | categorie juridique \
                 | statut juridique | nat jur | type tiers | type beneficiaire",
        never: "date montant",
    },
    Synonyms {
        column: Column::Text(TextKey::Civilite),
        phrases: "civilite | civilite tiers | civilite beneficiaire | civ",
        never: "date montant",
    },
];

/// Abbreviations that exports are fond of.
fn whole_word(word: &str) -> &str {
    match word {
        "mont" | "mt" | "mnt" | "mtt" => "montant",
        "frs" | "fourn" | "frns" => "fournisseur",
        "fact" | "fac" => "facture",
        "dt" | "dat" => "date",
        "lib" | "libel" => "libelle",
        "cpt" | "cpte" => "compte",
        "recep" | "recept" => "reception",
        "exer" | "exo" => "exercice",
        "bord" => "bordereau",
        "mdt" | "mand" => "mandat",
        "lig" | "lg" => "ligne",
        "bud" | "budg" => "budget",
        "serv" => "service",
        "fonc" | "fonct" => "fonction",
        "chap" => "chapitre",
        "art" => "article",
        "eng" => "engagement",
        "oper" => "operation",
        "benef" => "beneficiaire",
        "imput" => "imputation",
        "regl" | "rglt" => "reglement",
        "pmt" | "paiem" => "paiement",
        "pce" => "piece",
        other => other,
    }
}

/// A title in normal form: lower case, no accents, no link words, `n` for every "number".
pub fn normal(title: &str) -> String {
    let mut plain = String::with_capacity(title.len());
    let mut lower = false;
    for c in title.chars() {
        // `MontantTTC`, `TransNo`: a capital after a small letter opens a word.
        if c.is_uppercase() && lower {
            plain.push(' ');
        }
        lower = c.is_lowercase();
        match c {
            'à' | 'â' | 'ä' | 'À' | 'Â' | 'ã' | 'á' => plain.push('a'),
            'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => plain.push('e'),
            'î' | 'ï' | 'Î' | 'Ï' | 'í' => plain.push('i'),
            'ô' | 'ö' | 'Ô' | 'ó' | 'õ' => plain.push('o'),
            'ù' | 'û' | 'ü' | 'Ù' | 'Û' | 'ú' => plain.push('u'),
            'ç' | 'Ç' => plain.push('c'),
            'œ' | 'Œ' => plain.push_str("oe"),
            '#' => plain.push_str(" n "),
            '°' | 'º' => plain.push(' '),
            '€' => plain.push_str(" eur "),
            c if c.is_alphanumeric() => plain.extend(c.to_lowercase()),
            _ => plain.push(' '),
        }
    }
    let words = plain.split_whitespace().filter_map(|w| match w {
        "de" | "du" | "des" | "la" | "le" | "les" | "l" | "d" | "et" | "the" | "of" | "a"
        | "au" | "aux" | "en" | "par" | "pour" | "for" | "in" => None,
        "no" | "nr" | "num" | "numero" | "number" | "nbr" | "n" => Some("n"),
        other => Some(whole_word(other)),
    });
    let words: Vec<&str> = words.collect();
    // "D / R" would lose its D to the link words.
    if words == ["r"] || words == ["r", "d"] { "d r".to_owned() } else { words.join(" ") }
}
