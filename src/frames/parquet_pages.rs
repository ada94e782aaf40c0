//! What the pages of a Parquet column say of themselves, checked before a library makes room for it.
//!
//! Takes the bytes of a column of a row group; a forged count of values, size of page or length of text is an error.
//! The decoder allocates what it is told: 2^61 bytes asked once end the process, which no caller can catch.
//!
//! **Invariant:** after a check, no count of a page is over the rows of its column, no size over [`PAGE`].

use std::io::{self, Cursor};

use polars_buffer::Buffer;
use polars_parquet::parquet::page::{ParquetPageHeader, split_buffer};
use polars_parquet::read::{BasicDecompressor, ColumnChunkMetadata, PageReader, PhysicalType};
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;
use polars_parquet_format::{Encoding, PageType};

/// A page that unpacks to more than this is a bomb.
pub const PAGE: usize = 256 << 20;

/// Bytes of a number of fixed length at most: those of a 256-bit decimal.
const FIXED: usize = 32;

/// Values of a block of deltas at most (writers use 128 to 1024).
const BLOCK: u64 = 1 << 16;

fn forged(what: &str) -> io::Error {
    io::Error::other(format!("page de colonne incohérente : {what}"))
}

/// Checks the pages of a column of `rows` values.
///
/// # Errors
/// A page says more than the column or its own bytes can hold.
pub fn check(bytes: &Buffer<u8>, chunk: &ColumnChunkMetadata, rows: usize) -> io::Result<()> {
    if let PhysicalType::FixedLenByteArray(size) =
        chunk.descriptor().descriptor.primitive_type.physical_type
        && size > FIXED
    {
        return Err(forged("nombre trop long"));
    }
    if headers(bytes, rows)? {
        deltas(bytes, chunk)?;
    }
    Ok(())
}

/// Walks the headers; true when a page holds deltas.
fn headers(bytes: &Buffer<u8>, rows: usize) -> io::Result<bool> {
    let mut cursor = Cursor::new(bytes.clone());
    let (mut seen, mut deltas, mut first) = (0_usize, false, true);
    while seen < rows || (first && !bytes.is_empty()) {
        first = false;
        let mut protocol = TCompactInputProtocol::new(&mut cursor, PAGE);
        let header = ParquetPageHeader::read_from_in_protocol(&mut protocol)
            .map_err(|_| forged("en-tête illisible"))?;
        let size = |n: i32| usize::try_from(n).ok().filter(|n| *n <= PAGE);
        let (Some(packed), Some(unpacked)) =
            (size(header.compressed_page_size), size(header.uncompressed_page_size))
        else {
            return Err(forged("taille démesurée"));
        };
        let (values, encoding) = match header.type_ {
            PageType::DATA_PAGE => {
                header.data_page_header.as_ref().map(|h| (h.num_values, h.encoding))
            }
            PageType::DATA_PAGE_V2 => {
                header.data_page_header_v2.as_ref().map(|h| (h.num_values, h.encoding))
            }
            PageType::DICTIONARY_PAGE => {
                let values = header.dictionary_page_header.as_ref().map_or(-1, |h| h.num_values);
                // a value of a dictionary takes a byte at least
                if usize::try_from(values).ok().is_none_or(|n| n > unpacked) {
                    return Err(forged("dictionnaire démesuré"));
                }
                Some((0, Encoding::PLAIN))
            }
            _ => None,
        }
        .ok_or_else(|| forged("en-tête inconnu"))?;
        seen = usize::try_from(values)
            .ok()
            .and_then(|n| seen.checked_add(n))
            .filter(|n| *n <= rows)
            .ok_or_else(|| forged("plus de valeurs que de lignes"))?;
        deltas |= [
            Encoding::DELTA_BINARY_PACKED,
            Encoding::DELTA_LENGTH_BYTE_ARRAY,
            Encoding::DELTA_BYTE_ARRAY,
        ]
        .contains(&encoding);
        let end = cursor.position() + packed as u64;
        if end > bytes.len() as u64 {
            return Err(forged("page plus longue que la colonne"));
        }
        cursor.set_position(end);
    }
    Ok(deltas)
}

/// Checks the counts and lengths of the pages that hold deltas, once unpacked.
fn deltas(bytes: &Buffer<u8>, chunk: &ColumnChunkMetadata) -> io::Result<()> {
    use polars_parquet::parquet::encoding::Encoding as E;
    let failed = |error: polars_parquet::read::ParquetError| io::Error::other(error.to_string());
    let reader = PageReader::new(Cursor::new(bytes.clone()), chunk, Vec::new(), PAGE);
    let mut pages = BasicDecompressor::new(reader, Vec::new());
    pages.read_dict_page().map_err(failed)?;
    while let Some(page) = pages.next() {
        let page = page.and_then(|page| page.decompress(&mut pages)).map_err(failed)?;
        let values = split_buffer(&page).map_err(failed)?.values;
        let most = page.num_values();
        let sound = match page.encoding() {
            E::DeltaBinaryPacked => delta(values, most).is_some(),
            E::DeltaLengthByteArray => lengths(values, most).is_some(),
            E::DeltaByteArray => prefixed(values, most).is_some(),
            _ => true,
        };
        if !sound {
            return Err(forged("écarts impossibles"));
        }
        pages.reuse_page_buffer(page);
    }
    Ok(())
}

/// Lengths of texts that the bytes after them can hold; what comes after the lengths.
fn lengths(values: &[u8], most: usize) -> Option<(Vec<i64>, &[u8])> {
    let (lengths, rest) = delta(values, most)?;
    let mut total = 0_usize;
    for length in &lengths {
        total = total.checked_add(usize::try_from(*length).ok()?)?;
    }
    (total <= rest.len()).then_some((lengths, rest))
}

/// Texts that repeat the beginning of the one before: none repeats more than there is, nor unpacks to more than
/// [`PAGE`] in all.
fn prefixed(values: &[u8], most: usize) -> Option<()> {
    let (prefixes, rest) = delta(values, most)?;
    let (suffixes, _) = lengths(rest, most)?;
    let (mut before, mut total) = (0_usize, 0_usize);
    for (prefix, suffix) in prefixes.iter().zip(&suffixes) {
        let prefix = usize::try_from(*prefix).ok().filter(|n| *n <= before)?;
        before = prefix + usize::try_from(*suffix).ok()?;
        total += before;
    }
    (prefixes.len() == suffixes.len() && total <= PAGE).then_some(())
}

/// Takes an unsigned number in LEB128.
fn unsigned(values: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for (index, byte) in values.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *values = &values[index + 1..];
            return Some(number);
        }
    }
    None
}

/// Takes a signed number in zigzag LEB128.
fn signed(values: &mut &[u8]) -> Option<i64> {
    unsigned(values).map(|n| (n >> 1) as i64 ^ -((n & 1) as i64))
}

/// Values of a `DELTA_BINARY_PACKED` stream of at most `most` values, and what comes after it. Source: Apache
/// Parquet, Encodings.md, "Delta Encoding".
fn delta(mut values: &[u8], most: usize) -> Option<(Vec<i64>, &[u8])> {
    let block =
        unsigned(&mut values).filter(|n| (1..=BLOCK).contains(n) && n.is_multiple_of(128))?;
    let parts = unsigned(&mut values).filter(|n| *n > 0 && block.is_multiple_of(*n))?;
    let part = (block / parts) as usize;
    let count = unsigned(&mut values).and_then(|n| usize::try_from(n).ok())?;
    let first = signed(&mut values)?;
    if !part.is_multiple_of(32) || count > most {
        return None;
    }
    let mut out = Vec::with_capacity(count);
    if count > 0 {
        out.push(first);
    }
    let mut last = first;
    while out.len() < count {
        let least = signed(&mut values)?;
        let (widths, rest) = values.split_at_checked(parts as usize)?;
        values = rest;
        for width in widths {
            if out.len() == count {
                break;
            }
            let width = usize::from(*width);
            if width > 64 {
                return None;
            }
            let (packed, rest) = values.split_at_checked(width * part / 8)?;
            values = rest;
            for index in 0..part.min(count - out.len()) {
                let gap = bits(packed, index * width, width) as i64;
                last = last.wrapping_add(least).wrapping_add(gap);
                out.push(last);
            }
        }
    }
    Some((out, values))
}

/// `width` bits from bit `at`, the least significant first.
fn bits(bytes: &[u8], at: usize, width: usize) -> u64 {
    let mut wide = [0_u8; 16];
    let end = (at + width).div_ceil(8);
    let taken = &bytes[at / 8..end.min(bytes.len())];
    wide[..taken.len()].copy_from_slice(taken);
    let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
    (u128::from_le_bytes(wide) >> (at % 8)) as u64 & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_are_read_as_the_format_says() {
        // the example of Encodings.md: 7, 5, 3, 1, 2, 3, 4, 5: first 7, least gap -2, gaps over it on two bits
        let packed = [0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0];
        let mut page = vec![0x80, 0x01, 0x04, 0x08, 0x0e, 0x03, 2, 0, 0, 0];
        page.extend(packed);
        page.push(9);
        let (values, rest) = delta(&page, 8).expect("a sound stream");
        assert_eq!((values, rest), (vec![7, 5, 3, 1, 2, 3, 4, 5], &[9_u8][..]));
        assert!(delta(&page, 7).is_none(), "more values than rows");
        assert!(delta(&page[..12], 8).is_none(), "cut");
    }

    #[test]
    fn forged_counts_take_no_room() {
        // 2^58 values of no bit, in blocks of 2^60
        let mut page = Vec::new();
        for mut number in [1_u64 << 60, 1, 1 << 58, 0, 0] {
            while number >= 0x80 {
                page.push(number as u8 | 0x80);
                number >>= 7;
            }
            page.push(number as u8);
        }
        page.push(0);
        assert!(delta(&page, 100).is_none());
        // a length of 200 where one byte is left; a text that repeats more than there is
        assert!(lengths(&[0x80, 0x01, 0x04, 0x01, 0x90, 0x03, 7], 1).is_none());
        assert!(lengths(&[0x80, 0x01, 0x04, 0x01, 0x02, 7], 1).is_some());
        assert!(
            prefixed(&[0x80, 0x01, 0x04, 0x01, 0x02, 0x80, 0x01, 0x04, 0x01, 0x02, 7], 1).is_none()
        );
        assert!(
            prefixed(&[0x80, 0x01, 0x04, 0x01, 0x00, 0x80, 0x01, 0x04, 0x01, 0x02, 7], 1).is_some()
        );
    }
}
