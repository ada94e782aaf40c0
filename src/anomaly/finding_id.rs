//! Identity of a finding: a hash of its control and of what its rows say, so that decisions survive.
//!
//! Neither file names nor record numbers nor other rows nor parameters enter the hash (CONTRAT 5).
//! **Invariant:** the same rows and control give the same identifier in any ledger, in any order; two
//! findings on rows alike in all are told apart by a counter.

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::anomaly::Finding;
use crate::domain::decision::Lignes;
use crate::frames::ledger::{Ledger, TextKey};

/// Texts that make the identity of a row.
const TEXTS: [TextKey; 12] = [
    TextKey::Budget,
    TextKey::Bordereau,
    TextKey::Mandat,
    TextKey::Ligne,
    TextKey::TiersId,
    TextKey::TiersNom,
    TextKey::Siret,
    TextKey::Iban,
    TextKey::Facture,
    TextKey::Objet,
    TextKey::Nature,
    TextKey::Service,
];

/// Identifiers of findings, 16 hexadecimal digits each, in the order given.
pub fn finding_ids(ledger: &Ledger, findings: &[Finding]) -> Vec<String> {
    let hashes: Vec<String> = findings.iter().map(|f| finding_id(ledger, f, 0)).collect();
    let mut order: Vec<usize> = (0..findings.len()).collect();
    let provenance = |i: usize| -> Vec<(&str, u32)> {
        let rows = findings[i].rows.iter().map(|r| *r as usize);
        rows.map(|r| (ledger.sources[ledger.source[r] as usize].as_str(), ledger.record[r]))
            .collect()
    };
    order.sort_by(|a, b| {
        hashes[*a].cmp(&hashes[*b]).then_with(|| provenance(*a).cmp(&provenance(*b)))
    });
    let mut seen: FxHashMap<&str, u32> = FxHashMap::default();
    let mut ids = hashes.clone();
    for i in order {
        let rank = seen.entry(hashes[i].as_str()).or_insert(0);
        if *rank > 0 {
            ids[i] = finding_id(ledger, &findings[i], *rank);
        }
        *rank += 1;
    }
    ids
}

/// Identifier of one finding, the `rank`-th of those on rows alike.
fn finding_id(ledger: &Ledger, finding: &Finding, rank: u32) -> String {
    let mut rows: Vec<Vec<u8>> =
        finding.rows.iter().map(|r| content(ledger, *r as usize)).collect();
    rows.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(finding.code.to_string().as_bytes());
    hash.update(rank.to_le_bytes());
    for row in rows {
        hash.update((row.len() as u64).to_le_bytes());
        hash.update(&row);
    }
    let hash = hash.finalize();
    let head: [u8; 8] = std::array::from_fn(|i| hash[i]);
    format!("{:016x}", u64::from_be_bytes(head))
}

/// The records of a finding, each by a hash of what it says.
pub fn lignes(ledger: &Ledger, finding: &Finding) -> Lignes {
    Lignes::of(finding.rows.iter().map(|row| {
        let hash = Sha256::digest(content(ledger, *row as usize));
        u32::from_be_bytes(std::array::from_fn(|i| hash[i]))
    }))
}

/// What a row says, as bytes.
fn content(ledger: &Ledger, row: usize) -> Vec<u8> {
    let mut out = ledger.montant[row].to_le_bytes().to_vec();
    out.push(ledger.sens[row] as u8);
    for dates in &ledger.dates {
        out.extend(dates.as_ref().map_or(i32::MIN, |d| d[row]).to_le_bytes());
    }
    for key in TEXTS {
        out.extend(ledger.text_at(key, row).as_bytes());
        out.push(0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::Priorite;
    use crate::domain::control::{ControlCode, Family};
    use crate::domain::money::Centimes;
    use crate::frames::ledger::Sens;

    fn ledger(source: &str, amounts: &[i64], first_record: u32) -> Ledger {
        let n = amounts.len();
        Ledger {
            sources: vec![source.to_owned()],
            source: vec![0; n],
            record: (first_record..).take(n).collect(),
            montant: amounts.to_vec(),
            sens: vec![Sens::D; n],
            exercice: vec![2024; n],
            ..Ledger::default()
        }
    }

    fn finding(number: u8, rows: &[u32]) -> Finding {
        Finding {
            code: ControlCode::new(Family::Dbl, number),
            rows: rows.to_vec(),
            indice: 0.0,
            probabilite: 0.0,
            priorite: Priorite::Information,
            enjeu: Centimes::ZERO,
            motif: String::new(),
            a_faire: String::new(),
            evidence: Vec::new(),
        }
    }

    #[test]
    fn provenance_and_order_do_not_matter() {
        let a = finding_ids(&ledger("a.csv", &[100, 200], 1), &[finding(1, &[0, 1])]);
        let b = finding_ids(&ledger("b.csv", &[200, 100], 7), &[finding(1, &[0, 1])]);
        assert_eq!(a, b);
        assert_eq!(a[0].len(), 16);
    }

    #[test]
    fn control_and_content_matter() {
        let ledger = ledger("a.csv", &[100, 200, 300], 1);
        let ids =
            finding_ids(&ledger, &[finding(1, &[0, 1]), finding(2, &[0, 1]), finding(1, &[0, 2])]);
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
    }

    #[test]
    fn equal_members_get_a_counter() {
        let ledger = ledger("a.csv", &[100, 100, 100, 100], 1);
        let ids = finding_ids(&ledger, &[finding(1, &[2, 3]), finding(1, &[0, 1])]);
        assert_ne!(ids[0], ids[1]);
        let swapped = finding_ids(&ledger, &[finding(1, &[0, 1]), finding(1, &[2, 3])]);
        assert_eq!([&ids[0], &ids[1]], [&swapped[1], &swapped[0]]);
    }
}
