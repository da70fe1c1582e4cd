//! Records taken out of a hash chain whose link runs over the *hash* of each record (`H(prev ‖ H(record))`): a withheld record is then one hash, and
//! membership, order and number stay provable. Where the link runs over the record itself, only the whole file verifies.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::container::Container;
use super::log::{Chain, tree_of};
use super::preimage;
use super::profile::{Digest, Hashed, Part, Profile};
use super::record::link;
use crate::model::finding::{Finding, Place};
use crate::model::text::{from_hex, hex, visible};
use crate::model::words::end::End;
use crate::model::words::excerpts::ExcerptFact;
use crate::model::words::keys::Keys as LogKeys;
use crate::model::words::reading::{Claim, ReadingFact};
use crate::model::words::steps::{Meaning, ReadFrom, StepFact};
use crate::model::{Answer, Ladder, Limit, Reason, Remedy, State, stop};
use crate::seal::claims::Claims;
use crate::seal::format::{Excerpt, Format, Observed, Progress, Reread, SealedLog, SegmentPlan, Wanted, records};
use crate::seal::primitives::link::{Link, Signature};
use crate::seal::primitives::segment::Unit;
use crate::seal::verdict::{Conclusion, Proof, SegmentVerdict, Step, Withheld};
use crate::source::block::{Blocks, Piece};
use crate::source::{File, Reading, SourceError};
use crate::trust::{Standing, Store as Keys};

/// The first line of a skeleton.
const HEADER: &str = "sealscope.dev/skeleton@v1";
/// Link proofs larger than this are not read, in bytes.
const MAX_SKELETON: u64 = 512 << 20;

/// A record of the chain: here, or known by its hash and what else the link takes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Disclosed,
    Withheld { hash: Vec<u8>, sequence: String },
}

/// The part whose hash stands for the record, if the link takes nothing else but the predecessor, the sequence number and fixed bytes.
fn hashed(profile: &Profile) -> Option<&Part> {
    let plain = profile.inner.is_none() && profile.otherwise.is_empty() && profile.chain.is_none() && profile.digest != Digest::HmacSha256;
    let (own, rest): (Vec<&Part>, Vec<&Part>) = profile.preimage.iter().partition(|part| part.hashed.is_some());
    let fixed = |part: &&Part| {
        let path = part.text.as_ref();
        part.hex.is_some()
            || part.time.is_none() && path.is_some_and(|path| *path == profile.previous || Some(path) == profile.sequence.as_ref())
    };
    match own.as_slice() {
        [one] if plain && profile.own.is_some() && rest.iter().all(fixed) => Some(*one),
        _ => None,
    }
}

/// The hash of a withheld record, from that of its predecessor.
fn own_hash(profile: &Profile, previous: &str, hash: &[u8], sequence: &str) -> Option<String> {
    let one = |part: &Part| match (&part.text, &part.hex, part.hashed) {
        (Some(path), ..) if *path == profile.previous => Some(previous.as_bytes().to_vec()),
        (Some(_), ..) => Some(sequence.as_bytes().to_vec()),
        (None, Some(bytes), _) => from_hex(bytes),
        (None, None, Some(Hashed::Hex)) => Some(hex(hash).into_bytes()),
        (None, None, _) => Some(hash.to_vec()),
    };
    preimage::digest(profile, &preimage::joined(&profile.preimage, &profile.delimiter, one)?, None)
}

/// Whether records can be taken out of a file of the chain.
pub(super) fn is_possible(chain: &Chain, segment: usize) -> bool {
    hashed(&chain.profile).is_some() && chain.containers.get(segment) == Some(&Container::Lines)
}

/// Takes records out of a file of the chain. `None` if only the whole file verifies.
pub(super) fn excerpt(
    chain: &Chain,
    segment: usize,
    file: &File,
    chosen: &[u64],
    progress: Progress<'_>,
) -> Result<Option<Excerpt>, SourceError> {
    let (Some(part), Some(Container::Lines)) = (hashed(&chain.profile), chain.containers.get(segment)) else { return Ok(None) };
    let mut out = Excerpt::default();
    let mut text = String::new();
    let mut last: Option<String> = None;
    let mut chosen = chosen.iter().copied().peekable();
    let mut blocks = Blocks::new(file.reader()?);
    while let Some(piece) = blocks.next(Vec::new(), &|_line| sha2::Digest::new()).map_err(|cause| file.io(cause))? {
        let Piece::Block(block) = piece else { return Ok(None) };
        if !progress(block.bytes.len() as u64) {
            return Ok(None);
        }
        for (index, (_, record)) in (block.first..).zip(block.records()) {
            // A chain that does not hold is not thinned out: what is wrong with it must stay visible.
            let Some(tree) = tree_of(&chain.profile, record) else { return Ok(None) };
            let own = link(&chain.profile, &chain.keys, &chain.origin, &tree);
            if own.stated.is_none() || own.stated != own.computed || last.as_ref().is_some_and(|last| *last != own.previous) {
                return Ok(None);
            }
            if last.is_none() {
                text = format!("{HEADER}\nprofile {}\nprevious {}\n", chain.profile.name, own.previous);
            }
            if chosen.next_if_eq(&index).is_some() {
                text.push_str("D\n");
                out.records.push(record.to_vec());
                out.numbers.push(index);
            } else {
                let Some(hash) = preimage::inner_hash(part, &chain.profile, &tree) else { return Ok(None) };
                let sequence = chain.profile.sequence.as_ref().map_or_else(String::new, |path| tree.text_at(path));
                text.push_str(&format!("H {} {sequence}\n", hex(&hash)));
                out.withheld += 1;
            }
            last = own.stated;
        }
    }
    // What cannot be read back as it was is not written.
    let read = parse(&text).is_some_and(|(_, _, nodes)| nodes.len() as u64 == out.withheld + out.records.len() as u64);
    if !read || chosen.next().is_some() {
        return Ok(None);
    }
    // The profile goes along for information: who receives it decides whether to use it.
    out.files = vec![("proofs", ".skeleton", text), ("proofs", ".profile.toml", chain.profile.to_text())];
    out.guessable = out.withheld > 0;
    Ok(Some(out))
}

/// Profile, first predecessor, records.
fn parse(text: &str) -> Option<(&str, &str, Vec<Node>)> {
    let mut lines = text.strip_prefix(HEADER)?.strip_prefix('\n')?.split_terminator('\n');
    let profile = lines.next()?.strip_prefix("profile ")?;
    let previous = lines.next()?.strip_prefix("previous ")?;
    let node = |line: &str| match line {
        "D" => Some(Node::Disclosed),
        line => {
            let (hash, sequence) = line.strip_prefix("H ")?.split_once(' ')?;
            Some(Node::Withheld { hash: from_hex(hash).filter(|hash| !hash.is_empty())?, sequence: sequence.to_owned() })
        }
    };
    Some((profile, previous, lines.map(node).collect::<Option<_>>()?))
}

/// Finds such excerpts.
pub struct LinkProofs;

struct LinkProof {
    origin: String,
    path: String,
    plans: Vec<SegmentPlan>,
    profile: Option<Arc<Profile>>,
    previous: String,
    nodes: Vec<Node>,
    keys: Keys,
}

impl Format for LinkProofs {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let profiles: BTreeMap<String, Arc<Profile>> = Profile::built_in()
            .into_iter()
            .chain(Profile::of_user(keys))
            .map(|profile| (profile.name.clone(), Arc::new(profile)))
            .collect();
        let found: Vec<(usize, File)> = claims
            .free()
            .filter(|(_, file)| file.start.starts_with(HEADER.as_bytes()) && file.path.ends_with(".skeleton"))
            .map(|(index, file)| (index, file.clone()))
            .collect();
        if found.is_empty() {
            return Vec::new();
        }
        let by_path: BTreeMap<String, usize> = claims.free().map(|(index, file)| (file.path.clone(), index)).collect();
        let mut logs: Vec<Box<dyn SealedLog>> = Vec::new();
        for (index, file) in found {
            let Some((folder, name)) = file.path.rsplit_once("proofs/") else { continue };
            let wanted = format!("{folder}records/{}.ndjson", name.trim_end_matches(".skeleton"));
            let free = |index: &usize| claims.files.get(*index).is_some_and(Option::is_some);
            let Some(records) = by_path.get(&wanted).copied().filter(free) else {
                let place = Place { path: file.path.clone(), ..Place::default() };
                claims.findings.push(Finding::of(ExcerptFact::ChainRecordsMissing, place));
                claims.take(index);
                continue;
            };
            let text = file.read_all(MAX_SKELETON).map_err(|error| error.to_string());
            let text = text.and_then(|bytes| String::from_utf8(bytes).map_err(|_error| "it is no text".to_owned()));
            let parsed = text.as_ref().map_err(Clone::clone).and_then(|text| parse(text).ok_or_else(|| "it is damaged".to_owned()));
            let (profile, previous, nodes) = match parsed {
                Ok(parsed) => parsed,
                Err(cause) => {
                    // Records whose proof cannot be read are not records for which nothing was ever claimed.
                    let place = Place { path: file.path.clone(), ..Place::default() };
                    claims.claim(&wanted, Claim::LinkProof { path: file.path.clone(), cause: cause.clone() });
                    claims.findings.push(Finding::of(ExcerptFact::SkeletonUnreadable { cause }, place));
                    claims.take(index);
                    continue;
                }
            };
            let Some(plan) = claims.take(records) else { continue };
            claims.take(index);
            logs.push(Box::new(LinkProof {
                origin: format!("{} · {}", plan.name(), visible(profile)),
                path: file.path.clone(),
                profile: profiles.get(profile).cloned(),
                plans: vec![SegmentPlan { file: plan, first: 0, expected: None, unit: Unit::Line }],
                previous: previous.to_owned(),
                nodes,
                keys: keys.clone(),
            }));
        }
        logs
    }
}

/// The outcome of following the chain.
#[derive(Default)]
struct Walk {
    /// Links of the disclosed records, with whether each stands where its neighbours say.
    links: Vec<(Link, bool)>,
    /// Whether every record has its place.
    whole: bool,
    /// The hash of the last record.
    head: String,
}

impl LinkProof {
    /// The profile, if records can be withheld under it.
    fn rule(&self) -> Option<&Arc<Profile>> {
        // A hash with a key cannot be computed from what an excerpt holds.
        self.profile.as_ref().filter(|profile| hashed(profile).is_some() && profile.digest != Digest::HmacSha256)
    }

    fn left_out(&self) -> u64 {
        self.nodes.iter().filter(|node| **node != Node::Disclosed).count() as u64
    }

    fn walk(&self, here: &[&[u8]]) -> Option<Walk> {
        let profile = self.rule()?;
        let mut walk = Walk { head: self.previous.clone(), ..Walk::default() };
        let mut here = here.iter();
        for node in &self.nodes {
            if stop::is_wished() {
                return None;
            }
            match node {
                Node::Withheld { hash, sequence } => walk.head = own_hash(profile, &walk.head, hash, sequence)?,
                Node::Disclosed => {
                    let tree = tree_of(profile, here.next()?)?;
                    let own: Link = link(profile, &self.keys, &self.origin, &tree);
                    let holds = own.stated.is_some() && own.stated == own.computed && own.previous == walk.head;
                    walk.head = own.stated.clone()?;
                    walk.links.push((own, holds));
                }
            }
        }
        walk.whole = here.next().is_none();
        Some(walk)
    }
}

fn standing(link: &Link, holds: bool) -> Standing {
    match &link.signature {
        _ if !holds => Standing::BROKEN,
        Signature::Fails => Standing::BROKEN,
        Signature::Holds(voucher) => voucher.standing(),
        Signature::Unfit => Standing::UNCHECKED,
        Signature::Absent | Signature::NoKey | Signature::Foreign | Signature::Refused(_) => Standing::CONSISTENT,
    }
}

impl SealedLog for LinkProof {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "excerpt of a hash chain"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted::default()
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        let place = Place { log: Some(self.origin.clone()), path: self.plans[0].file.path.clone(), ..Place::default() };
        let mut findings = Vec::new();
        let reading = observed.first().map_or(Reading::Stopped, |observed| observed.content(0, reread));
        // What cannot be unpacked does not follow the chain; what was not read is unchecked.
        let (walk, read) = match reading {
            // Records of which no chain can be made do not follow it.
            Reading::Done(content) => (self.walk(&records(Unit::Line, &content)).unwrap_or_else(Walk::default), true),
            Reading::Damaged(_) => (Walk::default(), true),
            Reading::Stopped => (Walk::default(), false),
            Reading::Unreadable(why) | Reading::TooLarge(why) => {
                findings.push(Finding::of(ReadingFact::Unreadable { cause: why }, place.clone()));
                (Walk::default(), false)
            }
        };
        // Without the rule nothing can be said, neither good nor bad.
        let known = self.rule().is_some();
        let uniform = match (known && read, walk.whole) {
            (false, _) => Standing::UNCHECKED,
            (true, true) => Standing::CONSISTENT,
            (true, false) => Standing::BROKEN,
        };
        let mut verdict = SegmentVerdict::uniform(uniform, 0);
        for (index, (link, holds)) in (0u64..).zip(&walk.links) {
            let own = if known && read { standing(link, *holds) } else { uniform };
            verdict.exceptions.push((index..index + 1, own));
            if own == Standing::BROKEN {
                let place = Place { record: Some(index), count: 1, ..place.clone() };
                let fact = match holds {
                    true => ExcerptFact::RecordForged { record: index },
                    false => ExcerptFact::RecordNotChained { record: index, skeleton: self.path.clone() },
                };
                findings.push(Finding::of(fact, place));
            }
        }
        if !known {
            findings.push(Finding::of(ExcerptFact::RuleUnknown { skeleton: self.path.clone() }, place.clone()));
        } else if read && !walk.whole {
            findings.push(Finding::of(ExcerptFact::NotFollowing { skeleton: self.path.clone() }, place.clone()));
        }
        let holds = read && walk.whole && findings.is_empty();
        // The first predecessor stands in the skeleton, which nobody signs.
        let midway = known && !self.rule().is_some_and(|profile| profile.genesis.contains(&self.previous));
        if midway {
            findings.push(Finding::of(ExcerptFact::StartsMidway { skeleton: self.path.clone() }, place.clone()));
        }
        let signed =
            holds && !walk.links.is_empty() && walk.links.iter().all(|(link, holds)| standing(link, *holds).state() == State::Sealed);
        let open = |good: Answer| match (known, read) {
            (false, _) => Answer::unprovable(Reason::RuleUnknown, Remedy::AddProfile),
            (_, false) => Answer::unprovable(Reason::NotRead, None),
            (true, true) => good,
        };
        let edited = open(match (holds, signed && !midway) {
            (true, true) => Answer::proved(Reason::AsSigned),
            (true, false) => Answer::conditional(Reason::InChain, Remedy::CompareHead).but(Limit::Recomputed),
            (false, _) => Answer::failed(Reason::NotInChain, Remedy::GetBundleAgain),
        });
        let withheld = self.left_out();
        // What stands after the last record that is here leads to no record, so anybody could have put it there or taken it away.
        let open_end = self.nodes.iter().rev().take_while(|node| **node != Node::Disclosed).count() as u64;
        let moved = open(match (holds, withheld) {
            (false, _) => Answer::failed(Reason::ChainBreaks, None),
            (true, _) if midway => Answer::conditional(Reason::BeforeUnknown, Remedy::WholeLog),
            (true, 0) if signed => Answer::proved(Reason::NothingWithheld),
            (true, 0) => Answer::conditional(Reason::NothingWithheld, Remedy::CompareHead).but(Limit::Recomputed),
            (true, count) => Answer::conditional(Reason::WithheldFromChain { count, open_end }, Remedy::WholeLog),
        });
        let tail = Answer::unprovable(Reason::EndsAt { head: walk.head.clone() }, Remedy::LaterHead);
        let keys = if signed { LogKeys::SignedRecords } else { LogKeys::NoneTrusted };
        let key = match signed {
            true => Answer::proved(Reason::Signed { keys: keys.clone() }),
            false => Answer::unprovable(Reason::Signed { keys: keys.clone() }, Remedy::TrustWriter),
        };
        let ladder = Ladder::new([edited, moved, tail, key, Answer::unprovable(Reason::WritersClock, None)]);
        let end = End::Excerpt { disclosed: walk.links.len() as u64, withheld };
        Conclusion { segments: vec![verdict], findings, ladder, keys, end }
    }

    fn withheld(&self, _segment: usize) -> Option<Withheld> {
        // A run of records that are here may have others before and behind it.
        let first = self.nodes.iter().position(|node| *node == Node::Disclosed);
        let last = self.nodes.iter().rposition(|node| *node == Node::Disclosed);
        let here = self.nodes.iter().filter(|node| **node == Node::Disclosed).count();
        let contiguous = first.zip(last).is_none_or(|(first, last)| last - first + 1 == here);
        Some(Withheld { records: self.left_out(), since: 0, contiguous })
    }

    fn prove(&self, _segment: usize, index: u64, content: &[u8]) -> Proof {
        let here = records(Unit::Line, content);
        let (Ok(position), Some(walk)) = (usize::try_from(index), self.walk(&here)) else { return Proof::default() };
        let (Some(record), Some((link, holds))) = (here.get(position), walk.links.get(position)) else { return Proof::default() };
        let own = standing(link, *holds);
        let steps = vec![
            Step::read(record.len(), ReadFrom::File { path: self.plans[0].file.path.clone() }),
            Step::new(own, StepFact::HashAgrees { hash: link.computed.clone() }),
            Step::new(own, StepFact::Follows { previous: link.previous.clone() }),
            Step::new(own, StepFact::LeadsToHead { skeleton: self.path.clone(), head: walk.head.clone() }),
        ];
        let meaning = if *holds { Meaning::InChain } else { Meaning::NotInChain };
        Proof { steps, command: String::new(), meaning }
    }
}
