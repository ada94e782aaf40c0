//! `analyse.ipynb`: a notebook that redraws the figures from the exported tables, without vigie.
//!
//! The cells are written in `analyse.py`, parted by `# %%` lines; here they only become a notebook of
//! format 4.5, without any output.
//!
//! **Invariant:** the same report gives the same bytes; the notebook holds no figure of its own.

use serde_json::{Value, json};

use super::Rapport;

const CELLS: &str = include_str!("analyse.py");
const CODE: &str = "# %%";
const TEXT: &str = "# %% [markdown]";

/// The notebook of a report.
pub fn notebook(rapport: &Rapport) -> Vec<u8> {
    let title = format!("{}, exercice {}", rapport.commune.nom, rapport.exercice);
    let cells: Vec<Value> = parse(&CELLS.replace("{{titre}}", &title.replace('\n', " ")))
        .iter()
        .enumerate()
        .map(cell)
        .collect();
    let book = json!({
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    });
    let mut bytes = serde_json::to_vec_pretty(&book).expect("a value is always serialisable");
    bytes.push(b'\n');
    bytes
}

/// Whether a cell is text, and its lines.
fn parse(source: &str) -> Vec<(bool, Vec<String>)> {
    let mut out: Vec<(bool, Vec<String>)> = Vec::new();
    for line in source.lines() {
        match line {
            TEXT => out.push((true, Vec::new())),
            CODE => out.push((false, Vec::new())),
            _ => {
                let Some((text, lines)) = out.last_mut() else { continue };
                let plain = if *text {
                    line.strip_prefix("# ").unwrap_or(line.trim_start_matches('#'))
                } else {
                    line
                };
                lines.push(plain.to_owned());
            }
        }
    }
    out
}

fn cell((index, (text, lines)): (usize, &(bool, Vec<String>))) -> Value {
    let last = lines.len().saturating_sub(1);
    let source: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(i, l)| if i == last { l.clone() } else { format!("{l}\n") })
        .collect();
    let id = format!("cellule-{index}");
    if *text {
        json!({"cell_type": "markdown", "id": id, "metadata": {}, "source": source})
    } else {
        json!({"cell_type": "code", "execution_count": null, "id": id, "metadata": {}, "outputs": [],
            "source": source})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn cells_become_a_notebook() {
        let rapport = sample::rapport();
        let book: Value = serde_json::from_slice(&notebook(&rapport)).unwrap();
        let cells = book["cells"].as_array().unwrap();
        assert!(cells.len() > 10);
        assert_eq!(cells[0]["cell_type"], "markdown");
        assert_eq!(cells[0]["source"][0], "# Saint-Exemple, exercice 2026\n");
        let code: String = cells
            .iter()
            .filter(|c| c["cell_type"] == "code")
            .map(|c| c["source"].to_string())
            .collect();
        assert!(code.contains("read_csv") && code.contains("read_parquet"));
        assert!(!String::from_utf8_lossy(&notebook(&rapport)).contains(":\u{2f}/"));
        assert_eq!(notebook(&rapport), notebook(&rapport));
    }
}
