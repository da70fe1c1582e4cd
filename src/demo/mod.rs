//! A made-up case that tells one story: a leaked key, a misled agent, and a cover-up. The same options give the same bytes.

mod frame;
mod records;
mod story;
mod writer;

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};

use crate::seal::merkle::Range;
use crate::seal::segment::Sealer;
use crate::trust::key::note_type;
use crate::trust::{Kept, Key, Material, Store, StoreError};
pub use frame::DemoError;
use frame::{DAY, LOGS, SECOND, save};
use records::Numbers;
use writer::{SegmentWriter, Tamper};

/// How large, and which of the possible cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Records in all three logs together.
    pub records: u64,
    /// Gives another case of the same story.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { records: 20_000, seed: 7 }
    }
}

/// Where the case was written.
#[derive(Clone, Debug)]
pub struct DemoCase {
    /// The evidence.
    pub folder: PathBuf,
    /// The keys to trust.
    pub trust_file: PathBuf,
}

impl DemoCase {
    /// The keys to trust, for this case alone.
    pub fn keys(&self) -> Result<Store, StoreError> {
        let (mut read, mut keys) = (Store::default(), Store::default());
        read.add_file(&self.trust_file)?;
        read.trusted().iter().for_each(|key| keys.add(Key { kept: Kept::Demo, ..key.clone() }));
        Ok(keys)
    }
}

/// Writes the case into `out`, which is made if need be.
pub fn write(out: &Path, options: Options) -> Result<DemoCase, DemoError> {
    let folder = out.join("evidence");
    let mut trust = String::from("# Keys of the demo case. Anyone can make them from the seed: they protect nothing.\n");
    for (name, share, segments) in LOGS {
        let origin = format!("acme.example/audit/{name}");
        let (key, signer) = demo_key(&origin, options.seed);
        trust.push_str(&key.verifier_key().unwrap_or_default());
        trust.push('\n');
        let directory = folder.join(name);
        make_folder(&directory)?;
        write_one(&directory, name, &origin, &key, &signer, options.records * share / 100, segments, options.seed)?;
    }
    let trust_file = out.join("trust.txt");
    save(&trust_file, trust.as_bytes())?;
    save(&out.join("README.txt"), story::README.as_bytes())?;
    Ok(DemoCase { folder, trust_file })
}

/// Writes one undamaged, sealed log of CloudTrail-shaped lines, for measuring. Gives the key to trust.
pub fn write_log(path: &Path, records: u64, seed: u64, salted: bool) -> Result<Key, DemoError> {
    let origin = "acme.example/audit/measured";
    let (key, signer) = demo_key(origin, seed);
    let numbers = Numbers::new(seed);
    let secret = salted.then(|| derive("secret", seed, 0));
    let mut segment = SegmentWriter::create(path, &Range::new(0), secret)?;
    let mut source = records::Background::new("cloud", records, numbers);
    while let Some((_, record)) = source.next() {
        segment.push(record.as_bytes(), &Tamper::None)?;
    }
    let sealer = Sealer { key: &key, signer: &signer, seconds: (DAY + 86_400 + 60) as u64 };
    segment.finish(origin, &sealer, false)?;
    Ok(key)
}

fn derive(what: &str, seed: u64, number: u64) -> [u8; 32] {
    Sha256::digest(format!("sealscope demo {what} {seed} {number}")).into()
}

fn demo_key(origin: &str, seed: u64) -> (Key, SigningKey) {
    let signer = SigningKey::from_bytes(&derive(origin, seed, 0));
    (Key::new(origin, Material::Ed25519(signer.verifying_key().to_bytes()), Some(note_type::COSIGNATURE)), signer)
}

fn make_folder(path: &Path) -> Result<(), DemoError> {
    std::fs::create_dir_all(path).map_err(|cause| DemoError { path: path.to_owned(), cause })
}

#[allow(clippy::too_many_arguments)]
fn write_one(
    directory: &Path,
    name: &str,
    origin: &str,
    key: &Key,
    signer: &SigningKey,
    records: u64,
    segments: u64,
    seed: u64,
) -> Result<(), DemoError> {
    let mut numbers = Numbers::new(seed ^ u64::from_be_bytes(derive(name, seed, 1)[..8].try_into().unwrap_or_default()));
    let mut lines = story::of(name, &mut numbers).into_iter().peekable();
    let background_records = records.saturating_sub(lines.len() as u64);
    let mut background = records::Background::new(name, background_records, numbers);
    let mut pending = background.next();
    let total = background_records + lines.len() as u64;
    let mut before = Range::new(0);
    for number in 0..segments {
        let end = total * (number + 1) / segments;
        let path = directory.join(format!("{:03}.jsonl", number + 1));
        let mut segment = SegmentWriter::create(&path, &before, Some(derive(&format!("{name} secret"), seed, number)))?;
        let mut last = DAY * SECOND;
        while segment.end() < end {
            // The story's records take their places among the others by time.
            let story_first = match (lines.peek(), &pending) {
                (Some(line), Some((time, _))) => line.time <= *time,
                (Some(_), None) => true,
                (None, _) => false,
            };
            if story_first {
                let Some(line) = lines.next() else { break };
                last = last.max(line.time);
                segment.push(line.record.as_bytes(), &line.tamper)?;
            } else {
                let Some((time, record)) = pending.take() else { break };
                last = last.max(time);
                segment.push(record.as_bytes(), &Tamper::None)?;
                pending = background.next();
            }
        }
        let sealer = Sealer { key, signer, seconds: (last / SECOND + 60) as u64 };
        before = segment.finish(origin, &sealer, true)?;
        if name == "cluster" && number == 3 {
            // The cover-up: a whole segment is gone, with its seal.
            for suffix in ["", ".seal", ".leaves"] {
                let path = directory.join(format!("{:03}.jsonl{suffix}", number + 1));
                std::fs::remove_file(&path).map_err(|cause| DemoError { path, cause })?;
            }
        }
    }
    Ok(())
}
