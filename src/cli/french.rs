//! French wording of clap's errors, with what to do.
//!
//! **Invariant:** no English word of clap reaches the user.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::domain::refus::Refus;

/// Words that a newcomer types as commands, and what they mean.
const MEANT: [(&str, &str); 8] = [
    ("audit", "vigie rapport audit"),
    ("preparation", "vigie rapport preparation"),
    ("préparation", "vigie rapport preparation"),
    ("synthese", "vigie rapport synthese"),
    ("synthèse", "vigie rapport synthese"),
    ("aide", "vigie --aide"),
    ("help", "vigie --aide"),
    ("version", "vigie --version"),
];

/// Turns an error of the command line into a refusal in French; `command` is the first word typed.
pub(crate) fn refusal(error: &Error, command: &str) -> Refus {
    let get = |kind| error.get(kind).map(|v| text(v, false)).unwrap_or_default();
    let argument = get(ContextKind::InvalidArg);
    let value = get(ContextKind::InvalidValue);
    let page = if command.is_empty() || command.starts_with('-') {
        "« vigie --aide »".to_owned()
    } else {
        format!("« vigie {command} --aide »")
    };
    let help = format!("lire {page}");
    match error.kind() {
        ErrorKind::UnknownArgument => Refus::new(
            format!("l'option « {argument} » n'existe pas"),
            nearest(error, ContextKind::SuggestedArg).unwrap_or(help),
        ),
        ErrorKind::InvalidSubcommand => unknown_command(error, command),
        ErrorKind::InvalidValue if value.is_empty() => {
            Refus::new(format!("il manque une valeur à « {argument} »"), help)
        }
        ErrorKind::InvalidValue => Refus::new(
            format!("« {value} » n'est pas une valeur de « {argument} »"),
            format!("choisir parmi : {}", get(ContextKind::ValidValue)),
        ),
        ErrorKind::ValueValidation => Refus::new(
            format!("« {value} » n'est pas une valeur possible de « {argument} »"),
            "donner un nombre entier dans les bornes de l'aide",
        ),
        ErrorKind::MissingRequiredArgument => Refus::new(
            format!("il manque {argument}"),
            format!("ajouter ce qui manque ; {page} montre des exemples"),
        ),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Refus::new("il manque une commande", help)
        }
        ErrorKind::ArgumentConflict => Refus::new(
            format!(
                "« {argument} » est donné deux fois ou ne va pas avec « {} »",
                get(ContextKind::PriorArg)
            ),
            "n'en garder qu'un",
        ),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            Refus::new(format!("« {argument} » n'a pas le bon nombre de valeurs"), help)
        }
        ErrorKind::InvalidUtf8 => Refus::new(
            "un argument n'est pas du texte UTF-8",
            "renommer le fichier sans caractère spécial",
        ),
        _ => Refus::new("la ligne de commande n'est pas comprise", help),
    }
}

/// A word that is no command: what it stands for, else the command that looks like it.
fn unknown_command(error: &Error, command: &str) -> Refus {
    let kind = ContextKind::InvalidSubcommand;
    let typed = error.get(kind).map(|v| text(v, false)).unwrap_or_default();
    let before = if typed == command { "vigie".to_owned() } else { format!("vigie {command}") };
    let meant = MEANT.iter().find(|(word, _)| *word == typed).map(|m| m.1.to_owned());
    let near = error.get(ContextKind::SuggestedSubcommand).map(|v| text(v, true));
    let near = near.filter(|n| !n.is_empty()).map(|n| format!("{before} {n}"));
    Refus::new(
        format!("la commande « {typed} » n'existe pas"),
        meant.or(near).map_or_else(
            || "lire « vigie --aide », qui liste les commandes".to_owned(),
            |command| format!("vouliez-vous dire « {command} » ?"),
        ),
    )
}

/// The suggestion of clap, as a question.
fn nearest(error: &Error, kind: ContextKind) -> Option<String> {
    let near = text(error.get(kind)?, true);
    (!near.is_empty()).then(|| format!("vouliez-vous dire « {near} » ?"))
}

fn text(value: &ContextValue, last: bool) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        // clap lists suggestions by growing likeness: the last one is the best.
        ContextValue::Strings(texts) if last => texts.last().cloned().unwrap_or_default(),
        ContextValue::Strings(texts) => texts.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
