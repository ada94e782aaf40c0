//! The papers that go with an audit: working paper, model card, mention of the algorithm, help for the AIPD.
//!
//! Plain texts, so that they may be pasted into the commune's own documents.
//!
//! **Invariant:** every figure is one of the report object; no name of a person, no duration.

use std::fmt::Write as _;

use crate::anomaly::detectors;
use crate::domain::refus::Refus;
use crate::report::model::audit::{Audit, ControleAudit};
use crate::report::{Rapport, fr};

use super::entrees::Lecture;
use super::livraison::Livraison;
use super::sortie::Empreinte;

/// Names of the four texts.
pub const FICHIERS: [&str; 4] =
    ["papier_de_travail.txt", "fiche_modele.txt", "mention-algorithme.txt", "aide_aipd.txt"];

/// Writes the four texts beside the findings.
///
/// # Errors
/// Disk full or no right.
pub fn write(livraison: &Livraison<'_>, lecture: &Lecture) -> Result<(), Refus> {
    let rapport = &livraison.rapport;
    let Some(audit) = &rapport.audit else { return Ok(()) };
    let texts = [
        working_paper(rapport, audit, &lecture.empreintes()),
        model_card(rapport, audit),
        mention(rapport, audit),
        aipd(rapport),
    ];
    for (name, text) in FICHIERS.iter().zip(texts) {
        // Names of files and reasons of settings may tell of a person.
        livraison.write(name, lecture.phrase(&[], &text).as_bytes())?;
    }
    Ok(())
}

/// Writing to a String cannot fail, hence the results left aside.
macro_rules! line {
    ($out:expr) => { $out.push('\n') };
    ($out:expr, $($arg:tt)*) => { let _ = writeln!($out, $($arg)*); };
}

fn title(out: &mut String, text: &str) {
    line!(out, "\n{text}\n{}", "-".repeat(text.chars().count()));
}

fn working_paper(rapport: &Rapport, audit: &Audit, inputs: &[Empreinte]) -> String {
    let mut out =
        format!("PAPIER DE TRAVAIL : {}, exercice {}\n", rapport.commune.nom, rapport.exercice);
    title(&mut out, "1. Programme et demande");
    line!(
        out,
        "vigie {}, traitement du {}, graine {}",
        rapport.version,
        fr::date_texte(&rapport.date),
        rapport.graine
    );
    line!(out, "commande : {}", rapport.commande);
    title(&mut out, "2. Fichiers lus (SHA-256)");
    for input in inputs {
        line!(out, "{}  {}", input.sha256, input.chemin);
    }
    let q = &rapport.qualite;
    line!(
        out,
        "Lignes lues {}, retenues {}, mises de côté {} (lignes_douteuses.csv).",
        fr::nombre(q.lignes_lues),
        fr::nombre(q.lignes_retenues),
        fr::nombre(q.lignes_ecartees)
    );
    title(&mut out, "3. Périmètre");
    let p = &audit.perimetre;
    line!(
        out,
        "Dépenses : {} lignes, {}, {} fournisseurs.",
        fr::nombre(p.lignes),
        fr::phrase(p.montant),
        fr::nombre(p.fournisseurs)
    );
    if p.lignes_recettes > 0 {
        line!(
            out,
            "Recettes : {}, {}.",
            fr::compte(p.lignes_recettes, "ligne", "lignes"),
            fr::phrase(p.montant_recettes)
        );
    }
    if let (Some(from), Some(to)) = (&p.debut, &p.fin) {
        line!(out, "Du {} au {}.", fr::date_texte(from), fr::date_texte(to));
    }
    settings(&mut out, rapport);
    title(&mut out, "5. Populations : examinées, trouvées, non testables");
    audit.controles.iter().for_each(|c| population(&mut out, c));
    title(&mut out, "6. Résultats");
    results(&mut out, audit);
    title(&mut out, "7. Sur qui tombent les signalements");
    shares(&mut out, audit);
    decisions(&mut out, audit);
    title(&mut out, "9. Limites");
    limits(&mut out);
    out
}

fn settings(out: &mut String, rapport: &Rapport) {
    title(out, "4. Paramètres");
    if rapport.parametres.is_empty() {
        line!(out, "Tous les seuils sont ceux des pages des contrôles (vigie controles CODE).");
    }
    for parameter in &rapport.parametres {
        line!(out, "{} = {} ({})", parameter.nom, parameter.valeur, parameter.origine);
    }
}

/// What the journal of the review says.
fn decisions(out: &mut String, audit: &Audit) {
    title(out, "8. Revue");
    match &audit.journal_revue {
        None => {
            line!(out, "Aucune décision enregistrée.");
        }
        Some(j) => {
            line!(
                out,
                "Journal de {}, dernière empreinte {}.",
                fr::compte(j.lignes, "ligne", "lignes"),
                j.empreinte
            );
            line!(
                out,
                "Décisions reprises dans ce traitement : {}.",
                fr::nombre(audit.revue.len() as u64)
            );
            if let Some(broken) = j.rupture {
                line!(
                    out,
                    "LIGNE {broken} MODIFIÉE APRÈS COUP : les décisions à partir de là ne sont pas reprises."
                );
            }
        }
    }
}

/// One control: what was examined and found, or why nothing could be.
fn population(out: &mut String, c: &ControleAudit) {
    match &c.manque {
        Some(why) => {
            line!(out, "{}  non testé : {why}. {}", c.code, c.titre);
        }
        None => {
            line!(
                out,
                "{}  examinés : {} {} ; trouvés : {} ; enjeu : {}. {}",
                c.code,
                fr::nombre(c.examines),
                c.unite[usize::from(c.examines > 1)],
                fr::nombre(c.trouves),
                fr::phrase(c.enjeu),
                c.titre
            );
        }
    }
}

fn results(out: &mut String, audit: &Audit) {
    let d = &audit.decompte;
    line!(
        out,
        "Prioritaires {}, à vérifier {}, pour information {}.",
        fr::nombre(d.prioritaires),
        fr::nombre(d.a_verifier),
        fr::nombre(d.informations)
    );
    if let Some(share) = d.part_fausses_attendue {
        line!(
            out,
            "Fausses alertes attendues parmi les prioritaires : {} (moyenne des probabilités, non une mesure).",
            fr::pourcent(share * 100.0, 1)
        );
    }
    line!(
        out,
        "Chaque constat, ses indices et ses enregistrements : constats.parquet et constats.csv."
    );
}

fn shares(out: &mut String, audit: &Audit) {
    line!(
        out,
        "Lignes de dépense signalées (prioritaires ou à vérifier), par taille et par genre de fournisseur."
    );
    for part in &audit.repartition {
        line!(
            out,
            "{} : {} fournisseurs, {} lignes, dont {} signalées ({})",
            part.classe,
            fr::nombre(part.fournisseurs),
            fr::nombre(part.lignes),
            fr::nombre(part.signalees),
            fr::pourcent(part.part_pct, 2)
        );
    }
    line!(
        out,
        "Un écart entre classes s'explique par ce que les contrôles cherchent, ou se corrige : le lire avant de conclure."
    );
}

const LIMITS: [&str; 7] = [
    "Un signalement est une raison de regarder, pas un verdict ; l'absence de signalement ne prouve rien.",
    "Seuls les fichiers lus sont examinés : « non retrouvé dans les données » n'est pas « absent ».",
    "Les lignes mises de côté et les contrôles non testés ne sont couverts par aucune conclusion.",
    "Les seuils et les taux viennent d'une table datée ; au-delà de sa dernière ligne, rien n'est évalué.",
    "La date de la consultation, le service fait et la suspension du délai ne sont pas dans les exports.",
    "Les probabilités sont des estimations ; elles n'ont pas été calées sur les décisions de cette commune.",
    "Le nom d'un agent ou d'un élu n'est cherché que s'il est donné ; un homonyme est possible.",
];

fn limits(out: &mut String) {
    for limit in LIMITS {
        line!(out, "- {limit}");
    }
}

fn done(audit: &Audit) -> u64 {
    audit.controles.iter().filter(|c| c.manque.is_none()).count() as u64
}

fn model_card(rapport: &Rapport, audit: &Audit) -> String {
    let mut out = format!("FICHE DU MODÈLE : contrôles de vigie {}\n", rapport.version);
    title(&mut out, "Usage prévu");
    line!(
        out,
        "Aider un auditeur, un directeur financier ou un comptable à choisir les pièces à relire."
    );
    title(&mut out, "Usages exclus");
    line!(
        out,
        "Refuser un paiement, émettre un titre, noter une personne ou un fournisseur, classer des demandes d'aide."
    );
    line!(out, "Aucun signalement ne bloque ni ne paie quoi que ce soit.");
    title(&mut out, "Données");
    line!(
        out,
        "Mandats, titres et factures de la commune ; budgets et marchés quand ils sont joints ; vigie.toml."
    );
    line!(
        out,
        "Aucune donnée extérieure, aucun réseau, aucun apprentissage sur d'autres communes."
    );
    title(&mut out, "Méthode");
    line!(
        out,
        "{} contrôles au catalogue, {} faits dans ce traitement.",
        fr::nombre(detectors::cards().count() as u64),
        fr::nombre(done(audit))
    );
    line!(
        out,
        "Chaque constat additionne des indices nommés, en décibans (dix fois le logarithme d'un rapport de chances)."
    );
    line!(
        out,
        "DBL : rapprochement probabiliste de paires (Fellegi et Sunter), fréquences tirées du fichier lui-même."
    );
    line!(
        out,
        "MNT : distribution robuste des montants par fournisseur, compte et service. IMP : nouveauté d'un compte."
    );
    line!(
        out,
        "TRS, MAR, REG, CAL, SEQ, SUB : règles écrites, seuils datés ; ce qui est habituel dans le fichier pèse peu."
    );
    line!(
        out,
        "Probabilité = 1 / (1 + 10^(-indice/10)). Prioritaire à partir de 0,75, à vérifier à partir de 0,40 pour les règles."
    );
    card_end(&mut out, audit);
    out
}

/// Performance, bias, human control, limits.
fn card_end(out: &mut String, audit: &Audit) {
    title(out, "Performance");
    line!(
        out,
        "Mesurée sur des communes fictives à irrégularités connues (trois graines) et sur des bancs publics."
    );
    line!(
        out,
        "Les planchers par contrôle sont vérifiés à chaque version ; aucune mesure n'existe sur cette commune :"
    );
    line!(out, "les décisions de la revue sont la seule mesure locale.");
    title(out, "Biais");
    shares(out, audit);
    title(out, "Contrôle humain");
    line!(
        out,
        "Chaque constat dit pourquoi regarder et quoi vérifier. Un agent décide, signe et motive (vigie revue)."
    );
    title(out, "Limites");
    limits(out);
}

fn mention(rapport: &Rapport, audit: &Audit) -> String {
    let mut out = String::from("MENTION À JOINDRE À UNE DÉCISION FONDÉE SUR UN SIGNALEMENT\n");
    line!(
        out,
        "(code des relations entre le public et l'administration, L.311-3-1, R.311-3-1-1 et R.311-3-1-2)"
    );
    line!(
        out,
        "\nUn signalement n'est pas une décision. Cette mention est due si une décision individuelle (refus de payer,"
    );
    line!(
        out,
        "titre de recette) se fonde, même en partie, sur lui. Compléter ce qui est entre crochets."
    );
    title(&mut out, "Mention");
    line!(
        out,
        "« La présente décision a été prise sur le fondement, en partie, d'un traitement algorithmique."
    );
    line!(out, "Sa finalité est de choisir les pièces de dépense à vérifier par un agent.");
    line!(
        out,
        "Vous avez le droit d'obtenir communication des règles définissant ce traitement et des principales"
    );
    line!(
        out,
        "caractéristiques de sa mise en œuvre. La demande s'adresse à [service, adresse, courriel de {}].",
        rapport.commune.nom
    );
    line!(
        out,
        "En l'absence de réponse dans un délai d'un mois, vous pouvez saisir la commission d'accès aux documents"
    );
    line!(out, "administratifs (CADA). »");
    features(&mut out, rapport, audit);
    out
}

/// What R.311-3-1-2 asks for.
fn features(out: &mut String, rapport: &Rapport, audit: &Audit) {
    title(out, "Caractéristiques à communiquer sur demande (R.311-3-1-2)");
    line!(
        out,
        "1. Degré et mode de contribution du traitement à la décision : il désigne une pièce et dit pourquoi ;"
    );
    line!(
        out,
        "   un agent l'examine, décide et motive. [Décrire l'examen fait pour cette décision.]"
    );
    line!(
        out,
        "2. Données traitées et sources : mandats, titres et factures de la commune, exercice {} ;",
        rapport.exercice
    );
    line!(
        out,
        "   {} lues le {} (empreintes dans papier_de_travail.txt).",
        fr::compte(rapport.qualite.lignes_lues, "ligne", "lignes"),
        fr::date_texte(&rapport.date)
    );
    line!(
        out,
        "3. Paramètres et pondération appliqués à la situation : les indices du constat [numéro], avec leur poids,"
    );
    line!(
        out,
        "   dans constats.parquet ; les seuils, sur la page du contrôle (vigie controles [CODE])."
    );
    line!(
        out,
        "4. Opérations effectuées : lecture, regroupement des lignes en factures, rapprochement des fournisseurs,"
    );
    line!(
        out,
        "   puis {} ; addition des indices, classement par probabilité.",
        fr::compte(done(audit), "contrôle", "contrôles")
    );
    line!(out, "\nTexte type à faire relire par le service juridique. vigie {}.", rapport.version);
}

fn aipd(rapport: &Rapport) -> String {
    let mut out = String::from("AIDE À L'ANALYSE D'IMPACT (AIPD, RGPD article 35)\n");
    line!(
        out,
        "Trame à compléter par la commune et son délégué à la protection des données. vigie {}.",
        rapport.version
    );
    title(&mut out, "Faut-il une AIPD ?");
    line!(
        out,
        "Contrôle des seuls fournisseurs (entreprises, organismes) : peu probable, le justifier par écrit."
    );
    line!(
        out,
        "Aides, secours, remboursements, agents ou élus parmi les lignes lues : probable (personnes vulnérables,"
    );
    line!(out, "croisement de données à grande échelle). En cas de doute, la faire.");
    title(&mut out, "1. Description du traitement");
    line!(
        out,
        "Finalité : relire les dépenses. Base légale : obligation légale ou mission d'intérêt public (article 6-1 c ou e)."
    );
    line!(out, "Responsable : {}. [Service, durée, destinataires.]", rapport.commune.nom);
    line!(
        out,
        "Données : identité et IBAN des tiers, objets, montants. Personnes : fournisseurs, bénéficiaires, agents, élus."
    );
    title(&mut out, "2. Nécessité et proportion");
    line!(
        out,
        "Écarter du périmètre les chapitres sans rapport avec le contrôle (paie, secours) quand c'est possible."
    );
    line!(
        out,
        "Ne pas joindre [[personne]] dans vigie.toml sans nécessité : le contrôle TRS05 ne cherche que ces noms."
    );
    measures(&mut out);
    out
}

/// Risks and measures.
fn measures(out: &mut String) {
    title(out, "3. Risques");
    line!(
        out,
        "Divulgation d'une situation sociale ou d'un IBAN ; mise en cause à tort d'une personne ; usage détourné du classement."
    );
    title(out, "4. Mesures en place dans le programme");
    line!(
        out,
        "Aucun réseau : rien ne sort du poste. Noms des personnes physiques masqués par défaut. IBAN jamais écrit en entier."
    );
    line!(
        out,
        "Page publique sans nom ni signalement. Aucune décision automatique (article 22). Répartition des signalements"
    );
    line!(
        out,
        "par taille et par genre de fournisseur, pour voir un biais. Journal des décisions scellé."
    );
    line!(out, "Durée : conservation_mois dans vigie.toml, puis « vigie purger ».");
    title(out, "5. Mesures à prendre par la commune");
    line!(
        out,
        "[Droits d'accès au dossier des résultats ; clé de pseudonymes gardée à part ; inscription au registre (article 30) ;"
    );
    line!(out, "information des agents et des élus ; avis du délégué ; date de révision.]");
    line!(out, "\nTexte d'aide, à faire relire par le délégué à la protection des données.");
}
