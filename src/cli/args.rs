//! What can be typed: commands and options, with their French help.
//!
//! **Invariant:** nothing is interpreted here; `app::config` gives options their meaning.

use std::path::PathBuf;

use crate::domain::money::{Decimal, parse_amount};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// Layout of the help pages.
pub(crate) const TEMPLATE: &str =
    "{about-section}\nUtilisation : {usage}\n\n{all-args}{after-help}";

#[derive(Debug, Parser)]
#[command(
    name = "vigie",
    about = "Prévoit le budget d'une commune et relit ses dépenses, hors ligne",
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    help_template = TEMPLATE,
    subcommand_value_name = "COMMANDE",
    subcommand_help_heading = "Commandes",
    override_usage = "vigie <COMMANDE> [OPTIONS]",
    next_help_heading = "Options",
    after_help = "Première minute : vigie demo\nCodes de sortie : 0 réussite · 1 condition de --echec-si remplie · 2 erreur · 130 interruption"
)]
pub(crate) struct Ligne {
    #[command(subcommand)]
    pub(crate) commande: Option<Commande>,
    #[command(flatten)]
    pub(crate) aide: Aide,
    /// Affiche la version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Debug, Args)]
pub(crate) struct Aide {
    /// Affiche cette aide
    #[arg(short = 'h', long = "aide", alias = "help", action = ArgAction::Help, global = true, help_heading = "Options communes")]
    aide: Option<bool>,
}

#[derive(Debug, Subcommand)]
#[command(help_template = TEMPLATE)]
pub(crate) enum Commande {
    /// Fabrique une commune fictive et produit ses rapports (première minute)
    #[command(help_template = TEMPLATE, after_help = EX_DEMO)]
    Demo(Demo),
    /// Ouvre la page locale : déposer des fichiers, lancer, lire, décider
    #[command(help_template = TEMPLATE, after_help = EX_OUVRIR, aliases = ["open"])]
    Ouvrir(Ouvrir),
    /// Écrit vigie.toml, commenté (commune, budgets, montants connus, seuils)
    #[command(help_template = TEMPLATE, after_help = EX_INIT)]
    Init(Init),
    /// Lit les exports : tables canoniques, rapprochement, lignes douteuses
    #[command(help_template = TEMPLATE, after_help = EX_LIRE, aliases = ["read", "ingest"])]
    Lire(Lire),
    /// Vérifie équilibres, totaux et périodes
    #[command(help_template = TEMPLATE, after_help = EX_VERIFIER, aliases = ["vérifier", "check"])]
    Verifier(Verifier),
    /// Prévoit recettes et dépenses, avec leur incertitude
    #[command(help_template = TEMPLATE, after_help = EX_PREVOIR, aliases = ["prévoir", "forecast"])]
    Prevoir(Prevoir),
    /// Cherche les anomalies d'un grand livre, avec leurs raisons
    #[command(help_template = TEMPLATE, after_help = EX_SCANNER, aliases = ["scan"])]
    Scanner(Scanner),
    /// Tire un échantillon reproductible de lignes à contrôler, puis projette les erreurs
    #[command(help_template = TEMPLATE, after_help = EX_ECHANTILLON, aliases = ["échantillon", "sample"])]
    Echantillon(Echantillon),
    /// Met en page : preparation, audit (dépenses) ou synthese (deux pages pour les élus)
    #[command(help_template = TEMPLATE, after_help = EX_RAPPORT, aliases = ["report"])]
    Rapport(Rapport),
    /// Exporte : xlsx, csv, parquet, png, notebook (carnet Jupyter), scdl (données ouvertes)
    #[command(help_template = TEMPLATE, after_help = EX_EXPORTER, aliases = ["export"])]
    Exporter(Exporter),
    /// Reprend les décisions saisies dans audit.xlsx, en ajoute, les liste
    #[command(help_template = TEMPLATE, after_help = EX_REVUE, aliases = ["review"])]
    Revue(Revue),
    /// Prévoit des séries quelconques (unique_id,ds,y)
    #[command(help_template = TEMPLATE, after_help = EX_SERIES, aliases = ["séries"])]
    Series(Series),
    /// Supprime les résultats plus anciens que la durée de conservation
    #[command(help_template = TEMPLATE, after_help = EX_PURGER, aliases = ["purge"])]
    Purger(Purger),
    /// Liste les contrôles, ou affiche la page d'un seul (DBL01)
    #[command(help_template = TEMPLATE, aliases = ["contrôles", "controls"])]
    Controles(Page),
    /// Liste les modèles de prévision, ou affiche la page d'un seul
    #[command(help_template = TEMPLATE, aliases = ["modèles", "models"])]
    Modeles(Page),
    /// Liste les formats lus, ou affiche la page d'un seul
    #[command(help_template = TEMPLATE)]
    Formats(Page),
    /// Affiche le script de complétion d'un terminal : bash, zsh, fish ou powershell
    #[command(help_template = TEMPLATE, after_help = EX_COMPLETION, hide = true, alias = "complétion")]
    Completion(Completion),
    /// Écrit les pages de manuel, une par commande
    #[command(help_template = TEMPLATE, after_help = EX_MAN, hide = true)]
    Man(Man),
}

const EX_DEMO: &str =
    "Exemples\n  vigie demo\n  vigie demo --lignes 100000 --graine 7 --sortie essai";
const EX_INIT: &str = "Exemple\n  vigie init exports";
const EX_OUVRIR: &str =
    "Exemples\n  vigie ouvrir\n  vigie ouvrir \"Budget 2027\" --sans-navigateur";
const EX_LIRE: &str = "Exemples\n  vigie lire datasets/demo/donnees\n  vigie lire mandats.csv --deviner > correspondance.toml";
const EX_VERIFIER: &str = "Exemple\n  vigie verifier datasets/demo/donnees";
const EX_PREVOIR: &str = "Exemples\n  vigie prevoir datasets/demo/donnees\n  vigie prevoir CA_2021.xml CA_2022.xml CA_2023.xml --horizon 3\n  vigie prevoir datasets/demo/donnees --scenario \"Choc : energie=+8% ; dmto=-20% ; taux_foncier=+1\"\n  vigie prevoir datasets/demo/donnees --scenario \"Crèche : investissement=1500000@2027 ; fonctionnement=240000@2028 ; emprunt=3,2%/20ans\"\n\nClés d'un scénario\n  taux_foncier=+1             points de taux\n  inflation, bases, point_indice   2%/an, ou +1pt de plus que prévu chaque année\n  energie, dgf, dmto, personnel    +8% de la prévision, 8%/an, ou gel\n  investissement, subventions, fonctionnement, recettes   MONTANT@ANNÉE\n  emprunt=3,2%/20ans          ce que les subventions ne paient pas\n  extension=SERVICE 20%       un service de vigie.toml étendu\n  mutualisation=SERVICE 10%   confié à l'intercommunalité, avec cette économie\n  gel_012, dmto_moins_20…     un scénario prêt";
const EX_SCANNER: &str = "Exemples\n  vigie scanner datasets/demo/donnees\n  vigie scanner mandats.csv --controles DBL,MNT01";
const EX_RAPPORT: &str = "Exemples\n  vigie rapport preparation datasets/demo/donnees\n  vigie rapport audit datasets/demo/donnees\n  vigie rapport synthese datasets/demo/donnees --habitants 12480";
const EX_EXPORTER: &str = "Exemples\n  vigie exporter scdl CA_2023.xml --sortie ouvert\n  vigie exporter csv datasets/demo/donnees --sortie tables";
const EX_ECHANTILLON: &str = "Exemples\n  vigie echantillon datasets/demo/donnees --taille 60\n  vigie echantillon datasets/demo/donnees --taille 60 --resultats reports/echantillon-2025/echantillon.xlsx";
const EX_REVUE: &str = "Exemples\n  vigie revue importer reports/audit-2025/audit.xlsx --auteur \"C. Exemple, auditrice\"\n  vigie revue lister\n  vigie revue ajouter 0123456789abcdef justifie --motif \"loyer mensuel\" --auteur \"C. Exemple\"";
const EX_PURGER: &str = "Exemples\n  vigie purger --simuler\n  vigie purger reports";
const EX_SERIES: &str =
    "Exemple\n  vigie series ventes.csv --horizon 12 --saison 12 --sortie previsions.csv";

const EX_COMPLETION: &str =
    "Exemple\n  vigie completion bash > ~/.local/share/bash-completion/completions/vigie";
const EX_MAN: &str = "Exemple\n  vigie man ~/.local/share/man/man1";

/// Options shared by the commands that produce something.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options communes")]
#[allow(clippy::struct_excessive_bools)] // one switch an option
pub(crate) struct Partagees {
    /// Dossier des résultats (par défaut : reports/<commande>-<année>)
    #[arg(short = 's', long, value_name = "DOSSIER")]
    pub(crate) sortie: Option<PathBuf>,
    /// Écrit même dans un dossier qui contient autre chose
    #[arg(long)]
    pub(crate) ecraser: bool,
    /// Fichier vigie.toml (par défaut : cherché près des fichiers, puis en remontant)
    #[arg(long, value_name = "FICHIER")]
    pub(crate) config: Option<PathBuf>,
    /// Date imprimée sur les pages, AAAA-MM-JJ (par défaut : aujourd'hui)
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
    /// Graine des tirages (par défaut : 1)
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true)]
    pub(crate) graine: u64,
    /// Affiche les noms des personnes physiques (par défaut : masqués)
    #[arg(long)]
    pub(crate) nominatif: bool,
    /// Traite une ligne douteuse comme un échec
    #[arg(long)]
    pub(crate) strict: bool,
    /// Sort avec le code 1 si la condition est remplie : prioritaire, a_verifier ou qualite
    #[arg(long, value_name = "CONDITION", hide_possible_values = true)]
    pub(crate) echec_si: Option<Condition>,
    /// Écrit un seul objet JSON sur la sortie standard
    #[arg(long)]
    pub(crate) json: bool,
    /// Remplace les espaces fines et le signe moins pour les vieilles consoles
    #[arg(long)]
    pub(crate) ascii: bool,
    /// N'affiche que les erreurs
    #[arg(short = 'q', long, alias = "quiet")]
    pub(crate) silencieux: bool,
    /// Affiche d'où vient chaque réglage et la durée des étapes
    #[arg(short = 'v', long, alias = "verbose")]
    pub(crate) verbeux: bool,
}

/// Condition of `--echec-si`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Condition {
    #[value(name = "prioritaire")]
    Prioritaire,
    #[value(name = "a_verifier")]
    AVerifier,
    #[value(name = "qualite")]
    Qualite,
}

/// The files to read and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct Lues {
    /// Fichiers ou dossiers à lire (« - » pour l'entrée standard)
    #[arg(value_name = "FICHIER", required = true, help_heading = "Fichiers")]
    pub(crate) fichiers: Vec<PathBuf>,
    /// Correspondance des colonnes d'un grand livre
    #[arg(long, value_name = "FICHIER")]
    pub(crate) correspondance: Option<PathBuf>,
    /// Garde une seule commune d'un fichier qui en contient plusieurs
    #[arg(long, value_name = "SIREN")]
    pub(crate) siren: Option<String>,
    /// Garde un seul budget, par son nom, son numéro ou son SIRET (par défaut : tous)
    #[arg(long, value_name = "NOM")]
    pub(crate) budget: Option<String>,
    /// Accepte une balance comptable dont l'écart, en euros, ne dépasse pas ce montant (par défaut : 0)
    #[arg(
        long,
        value_name = "EUROS",
        default_value = "0",
        hide_default_value = true,
        value_parser = euros
    )]
    pub(crate) tolerer_ecart: i64,
}

/// Euros with at most two decimals, as centimes.
fn euros(text: &str) -> Result<i64, String> {
    parse_amount(text.as_bytes(), Decimal::Comma)
        .map(|amount| amount.centimes)
        .map_err(|error| error.raison().to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Lignes du grand livre, jusqu'à 10 000 000 (par défaut : 20 000)
    #[arg(long, value_name = "N", default_value_t = 20_000, hide_default_value = true)]
    pub(crate) lignes: u64,
    /// N'écrit que les données, sans les rapports
    #[arg(long)]
    pub(crate) donnees_seules: bool,
    /// Ne plante aucune irrégularité
    #[arg(long)]
    pub(crate) sans_irregularites: bool,
    #[command(flatten)]
    pub(crate) partagees: Partagees,
}

#[derive(Debug, Args)]
pub(crate) struct Ouvrir {
    /// Dossier de travail, créé au besoin (par défaut : le dossier courant)
    #[arg(value_name = "DOSSIER", help_heading = "Fichiers")]
    pub(crate) dossier: Option<PathBuf>,
    /// Port de la page sur 127.0.0.1 (par défaut : un port libre)
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// Affiche l'adresse sans ouvrir le navigateur
    #[arg(long)]
    pub(crate) sans_navigateur: bool,
    /// Ferme la page laissée sans demande pendant N minutes, 0 pour jamais (par défaut : 600)
    #[arg(long, value_name = "N", default_value_t = super::commands::VEILLE, hide_default_value = true)]
    pub(crate) veille: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Dossier où écrire vigie.toml (par défaut : le dossier courant)
    #[arg(
        value_name = "DOSSIER",
        default_value = ".",
        hide_default_value = true,
        help_heading = "Fichiers"
    )]
    pub(crate) dossier: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Lire {
    #[command(flatten)]
    pub(crate) lues: Lues,
    /// Affiche la correspondance devinée, sans rien écrire
    #[arg(long)]
    pub(crate) deviner: bool,
    /// Écrit aussi les tables canoniques en CSV
    #[arg(long)]
    pub(crate) csv: bool,
    #[command(flatten)]
    pub(crate) partagees: Partagees,
}

#[derive(Debug, Args)]
pub(crate) struct Verifier {
    #[command(flatten)]
    pub(crate) lues: Lues,
    #[command(flatten)]
    pub(crate) partagees: Partagees,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct OptionsPrevision {
    /// Exercice à préparer (par défaut : l'année suivant les derniers comptes lus)
    #[arg(long, value_name = "ANNÉE")]
    pub(crate) exercice: Option<u16>,
    /// Nombre d'exercices prévus, de 1 à 5 (par défaut : 3)
    #[arg(long, value_name = "N", default_value_t = 3, hide_default_value = true)]
    pub(crate) horizon: u8,
    /// Un nom (central, scénario prêt ou de vigie.toml) : la prévision le suit. « NOM : clé=valeur ; … » :
    /// un scénario de plus, comparé à la prévision. Répétable (par défaut : central)
    #[arg(long, value_name = "SCÉNARIO")]
    pub(crate) scenario: Vec<String>,
    /// Nomenclature des codes rendus, par exemple M57-M57_A (par défaut : celle en vigueur)
    #[arg(long, value_name = "NOM")]
    pub(crate) nomenclature: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Prevoir {
    #[command(flatten)]
    pub(crate) lues: Lues,
    #[command(flatten)]
    pub(crate) prevision: OptionsPrevision,
    #[command(flatten)]
    pub(crate) partagees: Partagees,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct OptionsScan {
    /// Contrôles ou familles, séparés par des virgules (par défaut : tous)
    #[arg(long, value_name = "CODES")]
    pub(crate) controles: Option<String>,
    /// Contrôles ou familles à laisser de côté
    #[arg(long, value_name = "CODES")]
    pub(crate) sans: Option<String>,
    /// Journal des décisions déjà prises (par défaut : revue.csv, près de vigie.toml)
    #[arg(long, value_name = "FICHIER")]
    pub(crate) revue: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Scanner {
    #[command(flatten)]
    pub(crate) lues: Lues,
    #[command(flatten)]
    pub(crate) scan: OptionsScan,
    #[command(flatten)]
    pub(crate) partagees: Partagees,
}

/// How records are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodeTirage {
    #[value(name = "montants")]
    Montants,
    #[value(name = "strates")]
    Strates,
}

#[derive(Debug, Args)]
pub(crate) struct Echantillon {
    #[command(flatten)]
    pub(crate) lues: Lues,
    /// montants (unités monétaires) ou strates (par défaut : montants)
    #[arg(
        long,
        value_name = "MÉTHODE",
        default_value = "montants",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) methode: MethodeTirage,
    /// Lignes à tirer (par défaut : selon --confiance et --tolerable)
    #[arg(long, value_name = "N")]
    pub(crate) taille: Option<usize>,
    /// Confiance de la borne, en % (par défaut : 95)
    #[arg(long, value_name = "PCT", default_value_t = 95.0, hide_default_value = true)]
    pub(crate) confiance: f64,
    /// Erreur tolérable, en % du total (par défaut : 5)
    #[arg(long, value_name = "PCT", default_value_t = 5.0, hide_default_value = true)]
    pub(crate) tolerable: f64,
    /// Nombre de strates (par défaut : 5)
    #[arg(long, value_name = "K", default_value_t = 5, hide_default_value = true)]
    pub(crate) strates: usize,
    /// Échantillon rempli (colonne montant_verifie) : calcule l'erreur projetée et sa borne
    #[arg(long, value_name = "FICHIER")]
    pub(crate) resultats: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) partagees: Partagees,
}

/// What to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GenreExport {
    #[value(name = "scdl")]
    Scdl,
    #[value(name = "csv")]
    Csv,
    #[value(name = "parquet")]
    Parquet,
    #[value(name = "xlsx")]
    Xlsx,
    #[value(name = "png")]
    Png,
    #[value(name = "notebook", alias = "carnet")]
    Notebook,
}

#[derive(Debug, Args)]
pub(crate) struct Exporter {
    /// xlsx, csv, parquet, png, notebook ou scdl
    #[arg(value_name = "FORMAT", hide_possible_values = true, help_heading = "Fichiers")]
    pub(crate) genre: GenreExport,
    #[command(flatten)]
    pub(crate) lues: Lues,
    /// SCDL : remplit chapitre et section d'après le plan de comptes quand le document ne les écrit pas
    #[arg(long)]
    pub(crate) complet: bool,
    #[command(flatten)]
    pub(crate) partagees: Partagees,
}

/// Report to lay out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GenreRapport {
    #[value(name = "preparation", alias = "préparation")]
    Preparation,
    #[value(name = "audit")]
    Audit,
    #[value(name = "synthese", alias = "synthèse")]
    Synthese,
}

#[derive(Debug, Args)]
pub(crate) struct Rapport {
    /// preparation, audit ou synthese
    #[arg(value_name = "RAPPORT", hide_possible_values = true, help_heading = "Fichiers")]
    pub(crate) genre: GenreRapport,
    #[command(flatten)]
    pub(crate) lues: Lues,
    /// Habitants, pour la synthèse (par défaut : vigie.toml, sinon le document budgétaire)
    #[arg(long, value_name = "N")]
    pub(crate) habitants: Option<u32>,
    #[command(flatten)]
    pub(crate) prevision: OptionsPrevision,
    #[command(flatten)]
    pub(crate) scan: OptionsScan,
    #[command(flatten)]
    pub(crate) partagees: Partagees,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // one switch each, as typed
pub(crate) struct Series {
    /// Fichier CSV unique_id,ds,y
    #[arg(value_name = "SERIES.csv", help_heading = "Fichiers")]
    pub(crate) fichier: PathBuf,
    /// Nombre de pas prévus
    #[arg(long, value_name = "H")]
    pub(crate) horizon: usize,
    /// Périodes d'une saison, 1 = aucune (par défaut : 1)
    #[arg(long, value_name = "S", default_value_t = 1, hide_default_value = true)]
    pub(crate) saison: usize,
    /// Niveaux des intervalles (par défaut : 80,95, seuls admis)
    #[arg(long, value_name = "NIVEAUX", default_value = "80,95", hide_default_value = true)]
    pub(crate) niveaux: String,
    /// Fichier des prévisions (« - » pour la sortie standard)
    #[arg(short = 's', long, value_name = "PREVISIONS.csv")]
    pub(crate) sortie: PathBuf,
    /// Écrit les erreurs aux dates passées, par modèle, pas et groupe (JSON et figure), et le choix du modèle
    #[arg(long, value_name = "DOSSIER")]
    pub(crate) rapport: Option<PathBuf>,
    /// Ajoute le total et les totaux des groupes (nom avant « | »), cohérents avec leurs lignes
    #[arg(long)]
    pub(crate) totaux: bool,
    /// Lance un seul modèle de « vigie modeles » (par défaut : la combinaison)
    #[arg(long, value_name = "MODELE")]
    pub(crate) modele: Option<String>,
    /// Écrit un seul objet JSON sur la sortie standard
    #[arg(long)]
    pub(crate) json: bool,
    /// N'affiche que les erreurs
    #[arg(short = 'q', long, alias = "quiet")]
    pub(crate) silencieux: bool,
    /// Affiche la durée des étapes
    #[arg(short = 'v', long, alias = "verbose")]
    pub(crate) verbeux: bool,
}

#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    subcommand_value_name = "ACTION",
    subcommand_help_heading = "Actions"
)]
pub(crate) struct Revue {
    #[command(subcommand)]
    pub(crate) action: ActionRevue,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ActionRevue {
    /// Reprend les décisions de la feuille « Constats » d'audit.xlsx
    #[command(help_template = TEMPLATE, alias = "import")]
    Importer(Importer),
    /// Liste les décisions en vigueur et vérifie le journal
    #[command(help_template = TEMPLATE, alias = "list")]
    Lister(Lister),
    /// Ajoute une décision sur un constat ou une habitude
    #[command(help_template = TEMPLATE, alias = "add")]
    Ajouter(Ajouter),
}

/// Options of the three actions of `revue`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options communes")]
pub(crate) struct Tenue {
    /// Journal de revue (par défaut : revue.csv, près de vigie.toml)
    #[arg(long, value_name = "FICHIER")]
    pub(crate) revue: Option<PathBuf>,
    /// Fichier vigie.toml (par défaut : cherché en remontant)
    #[arg(long, value_name = "FICHIER")]
    pub(crate) config: Option<PathBuf>,
    /// Date des décisions, AAAA-MM-JJ (par défaut : aujourd'hui)
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
    /// Écrit un seul objet JSON sur la sortie standard
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Importer {
    /// Le classeur rempli, ou sa feuille « Constats » en CSV
    #[arg(value_name = "AUDIT.xlsx", help_heading = "Fichiers")]
    pub(crate) fichier: PathBuf,
    /// Auteur des décisions, déclaré et non vérifié
    #[arg(long, value_name = "NOM", default_value = "", hide_default_value = true)]
    pub(crate) auteur: String,
    #[command(flatten)]
    pub(crate) tenue: Tenue,
}

#[derive(Debug, Args)]
pub(crate) struct Lister {
    #[command(flatten)]
    pub(crate) tenue: Tenue,
}

#[derive(Debug, Args)]
pub(crate) struct Ajouter {
    /// Identifiant du constat ou de l'habitude, 16 signes
    #[arg(value_name = "CONSTAT", help_heading = "Fichiers")]
    pub(crate) constat: String,
    /// justifie, a_corriger, question ou ignore
    #[arg(value_name = "DECISION", help_heading = "Fichiers")]
    pub(crate) decision: String,
    /// Motif de la décision
    #[arg(long, value_name = "TEXTE", default_value = "", hide_default_value = true)]
    pub(crate) motif: String,
    /// constat, ou habitude pour les cas semblables à venir (par défaut : constat)
    #[arg(long, value_name = "PORTÉE", default_value = "", hide_default_value = true)]
    pub(crate) portee: String,
    /// Code du contrôle, pour mémoire
    #[arg(long, value_name = "CODE", default_value = "", hide_default_value = true)]
    pub(crate) controle: String,
    /// Auteur de la décision, déclaré et non vérifié
    #[arg(long, value_name = "NOM", default_value = "", hide_default_value = true)]
    pub(crate) auteur: String,
    #[command(flatten)]
    pub(crate) tenue: Tenue,
}

#[derive(Debug, Args)]
pub(crate) struct Purger {
    /// Dossier des résultats, lu en profondeur (par défaut : reports)
    #[arg(
        value_name = "DOSSIER",
        default_value = "reports",
        hide_default_value = true,
        help_heading = "Fichiers"
    )]
    pub(crate) dossier: PathBuf,
    /// Dit ce qui serait supprimé, sans rien supprimer
    #[arg(long)]
    pub(crate) simuler: bool,
    /// Fichier vigie.toml, pour conservation_mois (par défaut : cherché en remontant)
    #[arg(long, value_name = "FICHIER")]
    pub(crate) config: Option<PathBuf>,
    /// Date du jour, AAAA-MM-JJ (par défaut : aujourd'hui)
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
    /// Écrit un seul objet JSON sur la sortie standard
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Page {
    /// Nom ou code ; la liste sans lui
    #[arg(value_name = "NOM", help_heading = "Fichiers")]
    pub(crate) nom: Option<String>,
    /// Écrit un seul objet JSON sur la sortie standard
    #[arg(long)]
    pub(crate) json: bool,
}

/// Terminals with a completion script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Terminal {
    #[value(name = "bash")]
    Bash,
    #[value(name = "zsh")]
    Zsh,
    #[value(name = "fish")]
    Fish,
    #[value(name = "powershell")]
    Powershell,
}

#[derive(Debug, Args)]
pub(crate) struct Completion {
    /// bash, zsh, fish ou powershell
    #[arg(value_name = "TERMINAL", hide_possible_values = true, help_heading = "Fichiers")]
    pub(crate) terminal: Terminal,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Dossier où écrire les pages
    #[arg(value_name = "DOSSIER", help_heading = "Fichiers")]
    pub(crate) dossier: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Ligne;

    #[test]
    fn options_do_not_collide() {
        Ligne::command().debug_assert();
    }

    /// clap has no translations: none of its English words may reach a help page.
    #[test]
    fn help_pages_are_in_french() {
        let mut command = Ligne::command();
        command.build();
        let names: Vec<String> =
            command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
        let mut pages = vec![command.render_long_help().to_string()];
        for name in names {
            let sub = command.find_subcommand_mut(&name).expect("it was just listed");
            pages.push(sub.render_long_help().to_string());
            pages.extend(sub.get_subcommands_mut().map(|s| s.render_long_help().to_string()));
        }
        for page in pages {
            for word in ["Usage", "Arguments", "Print", "default", "possible values", "alias"] {
                assert!(!page.contains(word), "« {word} » in:\n{page}");
            }
        }
    }
}
