//! Writes one segment line by line: what is sealed is the true record; what is written may have been tampered with.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::frame::{DemoError, save};
use crate::seal::merkle::{Hash, Range};
use crate::seal::note::{Checkpoint, checkpoint_text, cosign};
use crate::seal::segment::{Seal, Sealer, SegmentLeaves, Unit};

/// What is done to a record after it was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tamper {
    /// Nothing.
    None,
    /// Other bytes are written.
    Alter(String),
    /// It is left out.
    Remove,
    /// It is written, and this behind it.
    InsertAfter(String),
    /// It is written so many records later.
    MoveBy(u64),
}

/// A segment that is being written.
pub struct SegmentWriter {
    path: PathBuf,
    file: BufWriter<File>,
    leaves: BufWriter<File>,
    before: Range,
    tree: Range,
    secret: Option<[u8; 32]>,
    making: SegmentLeaves,
    /// A record that waits for its new place.
    held: Option<(u64, Vec<u8>)>,
}

impl SegmentWriter {
    /// Starts the segment that follows `before`.
    pub fn create(path: &Path, before: &Range, secret: Option<[u8; 32]>) -> Result<Self, DemoError> {
        let open = |path: PathBuf| File::create(&path).map(BufWriter::new).map_err(|cause| DemoError { path, cause });
        Ok(Self {
            path: path.to_owned(),
            file: open(path.to_owned())?,
            leaves: open(beside(path, ".leaves"))?,
            before: before.clone(),
            tree: before.clone(),
            making: SegmentLeaves::new(Unit::Line, before.end(), secret.as_ref()),
            secret,
            held: None,
        })
    }

    /// Number after the last record's.
    pub fn end(&self) -> u64 {
        self.tree.end()
    }

    /// Seals a record and writes what becomes of it.
    pub fn push(&mut self, record: &[u8], tamper: &Tamper) -> Result<(), DemoError> {
        let number = self.tree.end();
        let leaf: Hash = self.making.leaf(number, record);
        self.tree.push(leaf);
        self.leaves.write_all(&leaf).map_err(|cause| DemoError { path: beside(&self.path, ".leaves"), cause })?;
        match tamper {
            Tamper::None => self.line(record)?,
            Tamper::Alter(other) => self.line(other.as_bytes())?,
            Tamper::Remove => {}
            Tamper::InsertAfter(other) => {
                self.line(record)?;
                self.line(other.as_bytes())?;
            }
            Tamper::MoveBy(distance) => self.held = Some((number + distance, record.to_vec())),
        }
        if self.held.as_ref().is_some_and(|(place, _)| number >= *place)
            && let Some((_, record)) = self.held.take()
        {
            self.line(&record)?;
        }
        Ok(())
    }

    fn line(&mut self, record: &[u8]) -> Result<(), DemoError> {
        self.file.write_all(record).and_then(|()| self.file.write_all(b"\n")).map_err(|cause| DemoError { path: self.path.clone(), cause })
    }

    /// Writes the seal. Gives the tree up to here, from which the next segment continues.
    pub fn finish(mut self, origin: &str, sealer: &Sealer<'_>, keep_leaves: bool) -> Result<Range, DemoError> {
        if let Some((_, record)) = self.held.take() {
            self.line(&record)?;
        }
        let leaves = beside(&self.path, ".leaves");
        self.file.flush().map_err(|cause| DemoError { path: self.path.clone(), cause })?;
        self.leaves.flush().map_err(|cause| DemoError { path: leaves.clone(), cause })?;
        if !keep_leaves {
            std::fs::remove_file(&leaves).map_err(|cause| DemoError { path: leaves, cause })?;
        }
        let checkpoint = Checkpoint { origin: origin.to_owned(), size: self.tree.end(), root: self.tree.root().unwrap_or_default() };
        let head = Seal::head(Unit::Line, self.before.end(), self.secret.as_ref(), &self.before);
        let text = head + &cosign(&checkpoint_text(&checkpoint), sealer.key, sealer.signer, sealer.seconds);
        save(&beside(&self.path, ".seal"), text.as_bytes())?;
        Ok(self.tree)
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
