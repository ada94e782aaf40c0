//! Room 8: a fictitious commune from a seed, with its answer key. Knows no reader and no detector.
