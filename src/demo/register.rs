//! Numbering: mandats and titres are numbered in order, batch by batch, with the planted gaps and
//! repeats; each record named by the answer key is reported as it is written.
//!
//! **Invariant:** without a planted event, numbers follow one another from 1 in each file.

use std::io::{self, Write};

use crate::demo::chart::Chart;
use crate::demo::piece::Piece;
use crate::demo::plant::{Event, EventKind};
use crate::demo::truth::Truth;
use crate::demo::write::csv::{LedgerFile, Numbers};

/// Pieces in a bordereau, at most.
const BATCH: u64 = 40;

/// The file of the mandats or of the titres of an exercice.
pub struct Register<W> {
    file: LedgerFile<W>,
    chemin: String,
    exercice: u16,
    numero: u64,
    bordereau: u64,
    in_batch: u64,
    day: i32,
    /// Events of the week not yet placed.
    events: Vec<Event>,
    /// Last record written and whether the answer key names it.
    last: (u64, bool),
    /// A number kept for a later piece: (number, pieces to wait, entry).
    held: Option<(u64, u32, u32)>,
    /// A number to repeat: (number, pieces to wait, entry).
    repeat: Option<(u64, u32, u32)>,
    /// Days by which the dates of the piece being written are away.
    moved: i32,
}

impl<W: Write> Register<W> {
    /// Starts the numbering of a file, named `chemin` in the answer key.
    pub fn new(file: LedgerFile<W>, chemin: String, exercice: u16) -> Self {
        Self {
            file,
            chemin,
            exercice,
            numero: 0,
            bordereau: 0,
            in_batch: 0,
            day: i32::MIN,
            events: vec![],
            last: (0, true),
            held: None,
            repeat: None,
            moved: 0,
        }
    }

    /// Receives an event of the week.
    pub fn announce(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Forgets nothing: events not placed wait for the next week.
    pub fn close_week(&mut self) {
        self.day = i32::MIN;
    }

    /// Records written.
    pub fn records(&self) -> u64 {
        self.file.records
    }

    /// Name of the file in the answer key.
    pub fn chemin(&self) -> &str {
        &self.chemin
    }

    /// Gives the writer back.
    pub fn finish(self) -> io::Result<W> {
        self.file.finish()
    }

    /// Writes a piece; returns its number.
    pub fn write(&mut self, chart: &Chart, piece: &Piece, truth: &mut Truth) -> io::Result<u64> {
        let plain = piece.plant == 0 && piece.numero == 0 && piece.lignes.len() == 1;
        let mut skipped = 0;
        if piece.day != self.day || self.in_batch >= BATCH {
            (self.day, self.in_batch) = (piece.day, 0);
            self.bordereau += 1;
            if plain && !self.last.1 {
                skipped = self.skip(truth);
            }
        }
        self.in_batch += 1;
        self.moved = 0;
        let (numero, entry) = if skipped > 0 {
            self.numero += 1;
            (self.numero, skipped)
        } else {
            self.number(piece, plain, truth)
        };
        let shifted = (self.moved != 0).then(|| piece.clone().dated_elsewhere(self.moved));
        let piece = shifted.as_ref().unwrap_or(piece);
        for (i, line) in piece.lignes.iter().enumerate() {
            let numbers = Numbers {
                exercice: self.exercice,
                bordereau: self.bordereau,
                numero,
                ligne: i + 1,
            };
            let n = self.file.write(chart, piece, line, numbers)?;
            let named = if piece.plant > 0 && line.marked { piece.plant } else { entry };
            truth.record(named, &self.chemin, n);
            self.last = (n, named > 0);
        }
        Ok(numero)
    }

    /// Leaves out numbers of bordereaux when an event asks for it; the entry of the answer key, 0 for none.
    fn skip(&mut self, truth: &mut Truth) -> u32 {
        let asked = |e: &Event| matches!(e.kind, EventKind::Bordereau(_));
        let Some(at) = self.events.iter().position(asked) else { return 0 };
        let event = self.events.remove(at);
        if let EventKind::Bordereau(size) = event.kind {
            self.bordereau += size;
        }
        truth.record(event.plant, &self.chemin, self.last.0);
        event.plant
    }

    /// Number of a piece, and the entry that a planted event opens on it (0 for none).
    fn number(&mut self, piece: &Piece, plain: bool, truth: &mut Truth) -> (u64, u32) {
        if piece.numero > 0 {
            return (piece.numero, 0);
        }
        if plain {
            if let Some(due) = self.due() {
                return due;
            }
            let free = !self.last.1 && self.held.is_none() && self.repeat.is_none();
            let numbering = |e: &Event| !matches!(e.kind, EventKind::Bordereau(_));
            if let Some(at) = self.events.iter().position(numbering).filter(|_| free) {
                let event = self.events.remove(at);
                return self.place(event, truth);
            }
        }
        self.numero += 1;
        (self.numero, 0)
    }

    /// A held or repeated number whose turn has come.
    fn due(&mut self) -> Option<(u64, u32)> {
        for slot in [&mut self.held, &mut self.repeat] {
            if let Some((number, wait, entry)) = slot {
                *wait = wait.saturating_sub(1);
                if *wait == 0 {
                    let due = (*number, *entry);
                    *slot = None;
                    return Some(due);
                }
            }
        }
        None
    }

    fn place(&mut self, event: Event, truth: &mut Truth) -> (u64, u32) {
        match event.kind {
            EventKind::Gap(size) => {
                truth.record(event.plant, &self.chemin, self.last.0);
                self.numero += size + 1;
            }
            EventKind::Repeat(wait) => {
                self.numero += 1;
                self.repeat = Some((self.numero, wait, event.plant));
            }
            EventKind::Late(wait) => {
                truth.record(event.plant, &self.chemin, self.last.0);
                self.numero += 2;
                self.held = Some((self.numero - 1, wait, event.plant));
            }
            EventKind::Moved(days) => {
                self.numero += 1;
                self.moved = days;
            }
            EventKind::Bordereau(_) => self.numero += 1,
        }
        (self.numero, event.plant)
    }
}
