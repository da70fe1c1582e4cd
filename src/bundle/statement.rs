//! What a bundle says of itself: `report.json`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bundle::mask::Masked;
use crate::model::State;
use crate::model::text::{count, hex, plural};
use crate::seal::{Binding, Withheld, binding};

/// The version of the statement.
pub const FORMAT: &str = "sealscope.dev/evidence@v2";

/// Name and version of this program, as bundles state it.
pub const TOOL: &str = concat!("sealscope ", env!("CARGO_PKG_VERSION"));

/// How complete an excerpt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Level {
    /// Asserted by the examiner: no seal speaks for the records.
    L0,
    /// Counted: membership, order, and the number and place of what is withheld are proven.
    L1,
    /// Every record of a range, with one neighbour on each side.
    L2,
    /// The whole segment.
    L4,
}

impl Level {
    /// What the level proves, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::L0 => "asserted by the examiner; no seal speaks for these records",
            Self::L1 => "counted: each record is a proven member, and how many are withheld and where is proven, but not why",
            Self::L2 => "a whole range with one neighbour on each side: nothing inside it is withheld",
            Self::L4 => "the whole segment",
        }
    }
}

/// The statement.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Statement {
    /// The version of this format.
    pub format: String,
    /// The bundle's identifier: SHA-256 over the statement's substance, cut short.
    pub id: String,
    /// The case or request it answers.
    pub case: String,
    /// Who exported, as they say.
    pub examiner: String,
    /// Fingerprint of the key that signs, as OpenSSH prints it.
    pub examiner_key: String,
    /// When, UTC, by the examiner's clock.
    pub exported: String,
    /// The name of the computer it was exported on.
    #[serde(default)]
    pub host: String,
    /// The zone of every time in the bundle.
    pub time_zone: String,
    /// Name and version of the program.
    pub tool: String,
    /// SHA-256 of the program's own file, if it could be read.
    pub tool_sha256: Option<String>,
    /// What was opened.
    pub sources: Vec<Source>,
    /// What was found and not opened as evidence, each with the reason.
    #[serde(default)]
    pub excluded: Vec<Excluded>,
    /// Records of acquisition that lay in what was opened: who received what, when and from where.
    #[serde(default)]
    pub acquisitions: Vec<serde_json::Value>,
    /// What is masked in the report and the tables; the records are never altered.
    #[serde(default)]
    pub masked: Vec<Masked>,
    /// By which rule records were selected.
    pub selection: String,
    /// Records that were opened.
    pub population: u64,
    /// Records that the rule selected.
    pub selected: u64,
    /// Records in the bundle; more than were selected where only whole segments verify.
    pub included: u64,
    /// Records withheld from the segments in the bundle.
    pub withheld: u64,
    /// The parts.
    pub parts: Vec<Part>,
    /// The verdict over everything that was opened, when it was exported.
    pub verdict: String,
    /// The same in a sentence.
    pub sentence: String,
    /// What the verdict covers.
    pub coverage: String,
    /// What can be proven of each log in the bundle, as it stood at the export.
    pub ladders: Vec<Ladder>,
    /// Whether the report names controls that the evidence is relevant to.
    pub controls: bool,
    /// What this bundle cannot show.
    pub limits: Vec<String>,
}

/// A log's ladder: question, answer, explanation, what would raise it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// The log's name.
    pub log: String,
    /// Its rungs.
    pub rungs: Vec<[String; 4]>,
}

/// A source that was opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Source {
    /// Its path as it was opened.
    pub path: String,
    /// Stored size in bytes.
    pub bytes: u64,
    /// SHA-256 of the stored bytes.
    pub sha256: String,
    /// Where it was received from, if a record of acquisition names it by its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_from: Option<String>,
}

/// Something that was left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Excluded {
    /// Its path as it was found.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// A segment, or part of one, in the bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Part {
    /// The log's name.
    pub log: String,
    /// How it is sealed.
    pub seal: String,
    /// The file it was taken from.
    pub source: String,
    /// The file in the bundle that holds the records.
    pub file: String,
    /// The level of completeness.
    pub level: Level,
    /// Records in the bundle.
    pub included: u64,
    /// Records of the segment that are withheld; of the log up to the signed size where nothing shows where the segment begins.
    pub withheld: u64,
    /// Events of the included records in each state.
    pub states: std::collections::BTreeMap<String, u64>,
}

/// The level of an excerpt, from what is signed.
pub fn level(withheld: Withheld) -> Level {
    match withheld {
        Withheld { records: 0, .. } => Level::L4,
        Withheld { contiguous: true, .. } => Level::L2,
        _ => Level::L1,
    }
}

/// The identifier of a bundle: the start of the SHA-256 over its statement without one.
///
/// # Errors
/// The statement cannot be written as JSON.
pub fn identifier(statement: &Statement) -> Result<String, serde_json::Error> {
    let substance = serde_json::to_vec(&Statement { id: String::new(), ..statement.clone() })?;
    Ok(hex(&Sha256::digest(substance)).chars().take(16).collect())
}

/// What a bundle of these parts cannot show; never empty. `left` log files that its digests list stay behind.
pub fn limits(parts: &[Part], left: u64, is_masked: bool) -> Vec<String> {
    let mut limits = vec![
        "The time of export is asserted by the examiner's clock, not independently proven.".to_owned(),
        "What was never recorded, or recorded falsely, cannot be shown by any seal.".to_owned(),
        "Whole segments that were not opened, or not selected, are not in this bundle.".to_owned(),
    ];
    for level in [Level::L0, Level::L1, Level::L2] {
        let of: Vec<&Part> = parts.iter().filter(|part| part.level == level).collect();
        if !of.is_empty() {
            let withheld: u64 = of.iter().map(|part| part.withheld).sum();
            limits.push(format!(
                "{} at level {level:?}: {}; {} withheld.",
                plural(of.len() as u64, "part"),
                level.words(),
                count(withheld)
            ));
        }
    }
    if left > 0 {
        let text =
            "listed by the digests in this bundle stay behind; that they exist, and their hashes, is proven, but not why they stay behind.";
        limits.push(format!("{} {text}", plural(left, "log file")));
    }
    let chains = parts.iter().filter(|part| binding(&part.seal) == Binding::Links).count() as u64;
    if chains > 0 {
        limits.push(format!(
            "{} from hash chains: they lead to the head of their own chain, which somebody else must have kept, or trusted signatures vouch for.",
            plural(chains, "part")
        ));
    }
    if is_masked {
        limits.push(
            "Values that are masked in the report and the tables are still in the records themselves, which are never altered.".into(),
        );
    }
    let broken: u64 = parts.iter().filter_map(|part| part.states.get(State::Broken.word())).sum();
    if broken > 0 {
        limits.push(format!(
            "{} in this bundle are broken: they are not what was sealed, and are included as they are.",
            plural(broken, "record")
        ));
    }
    limits
}
