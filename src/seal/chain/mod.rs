//! Logs whose records carry the hash of their predecessor, by profile.

mod container;
pub mod guess;
mod json;
mod preimage;
mod profile;
mod proof;
mod signature;
mod signers;
pub mod skeleton;
mod table;
mod verdict;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::pruned::{Excerpt, Going};
use super::{Claims, Conclusion, Format, Link, Observed, Proof, Rare, Reread, SealedLog, SegmentPlan, Wanted};
use crate::model::text::from_hex;
use crate::source::{File, SourceError};
use crate::trust::Store as Keys;
use container::Container;
use json::Tree;
use preimage::decode;
use profile::Encoding;
pub use profile::{Profile, ProfileError};

/// Finds hash-chained logs.
pub struct HashChains;

struct Chain {
    origin: String,
    profile: Arc<Profile>,
    containers: Vec<Container>,
    plans: Vec<SegmentPlan>,
    keys: Keys,
    /// Whether the fields are a chain's, but no hash comes right.
    doubtful: bool,
}

impl Format for HashChains {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        // The user's own profiles come first: who writes one knows the file.
        let own = keys.profiles().iter().filter_map(|text| Profile::parse(text).ok());
        let profiles: Vec<Arc<Profile>> = own.chain(Profile::built_in()).map(Arc::new).collect();
        let found: Vec<_> = claims.free().filter_map(|(index, file)| Some((index, container::recognise(file, &profiles, keys)?))).collect();
        let mut logs: BTreeMap<(String, String, bool), Chain> = BTreeMap::new();
        for (index, found) in found {
            let Some(file) = claims.take(index) else { continue };
            // Some programs move old files to a folder of this name and go on.
            let folder = file.folder().strip_suffix("/archive").unwrap_or(file.folder());
            let folder = if folder.is_empty() { file.name().to_owned() } else { folder.to_owned() };
            let origin = format!("{folder} · {}", found.profile.name);
            let chain = logs.entry((folder, found.profile.name.clone(), found.doubtful)).or_insert_with(|| Chain {
                origin,
                profile: Arc::clone(&found.profile),
                containers: Vec::new(),
                plans: Vec::new(),
                keys: keys.clone(),
                doubtful: found.doubtful,
            });
            chain.plans.push(SegmentPlan { file, first: 0, expected: None, unit: found.container.unit() });
            chain.containers.push(found.container);
        }
        logs.into_values().map(|chain| Box::new(chain) as Box<dyn SealedLog>).collect()
    }
}

impl Profile {
    /// Whether a record looks like one of this kind.
    fn fits(&self, record: &Tree<'_>) -> bool {
        self.signs.iter().all(|path| record.at(path).is_some())
    }
}

impl Chain {
    fn records<'a>(&self, segment: usize, content: &'a [u8]) -> Vec<Cow<'a, [u8]>> {
        self.containers.get(segment).map_or_else(Vec::new, |container| container.records(&self.profile, content))
    }
}

/// The record as a tree, if it is one of the profile.
fn tree_of<'a>(profile: &Profile, record: &'a [u8]) -> Option<Tree<'a>> {
    let text = std::str::from_utf8(record).ok()?;
    Tree::parse(text.trim_start_matches('\u{feff}')).filter(|tree| profile.fits(tree))
}

/// What a record states and gives.
fn link(profile: &Profile, keys: &Keys, origin: &str, tree: &Tree<'_>) -> Link {
    let plain = |path: &Option<String>| path.as_ref().and_then(|path| tree.at(path)).and_then(Tree::plain);
    let stated = plain(&profile.own);
    // Of several forms the one that comes right counts; otherwise the first.
    let hashes = container::hashes(profile, tree, keys);
    let computed = hashes.iter().find(|hash| stated.as_ref() == Some(hash)).or(hashes.first()).cloned();
    let bytes = container::preimages(profile, tree).next().unwrap_or_default();
    let hash = computed.as_deref().or(stated.as_deref()).unwrap_or("");
    let (signature, key) = signature::check(profile, keys, origin, tree, &bytes, hash);
    let rare = rare(profile, keys, origin, tree);
    Link {
        chain: plain(&profile.chain).unwrap_or_default(),
        sequence: plain(&profile.sequence).and_then(|text| text.parse().ok()),
        previous: tree.at(&profile.previous).and_then(Tree::plain).unwrap_or_default(),
        stated,
        computed,
        signature,
        key,
        rare: (rare != Rare::default()).then(|| Box::new(rare)),
    }
}

fn rare(profile: &Profile, keys: &Keys, origin: &str, tree: &Tree<'_>) -> Rare {
    let at = |path: &str| tree.at(path).and_then(Tree::plain);
    let fault = profile.must_be.iter().find_map(|(path, word)| {
        let own = at(path).unwrap_or_default();
        (own != *word).then(|| format!("{path} is “{}”, where only “{word}” may stand", crate::model::text::visible(&own)))
    });
    let inner = profile.inner.as_ref().and_then(|inner| {
        let tree = tree.at(inner.at.as_deref()?)?;
        inner.fits(tree).then(|| link(inner, keys, origin, tree))
    });
    let next_key = profile.next_key.as_deref().and_then(at).and_then(|text| decode(Encoding::Base64url, text.strip_prefix('u')?));
    Rare {
        id: profile.parent.as_ref().and_then(|parent| at(&parent.own)),
        parent: profile.parent.as_ref().and_then(|parent| Some((at(&parent.chain)?, at(&parent.record)?))),
        once: profile.once.as_deref().and_then(at),
        terminal: profile.terminal.as_deref().and_then(at).as_deref() == Some("true"),
        next_key: next_key.and_then(|bytes| bytes.try_into().ok()),
        fault: fault.or_else(|| malformed_hash(profile, tree)),
        inner,
    }
}

/// A hash that is stated but cannot be one.
fn malformed_hash(profile: &Profile, tree: &Tree<'_>) -> Option<String> {
    let own = tree.at(profile.own.as_deref()?)?.plain().unwrap_or_default();
    let hexadecimal = own.strip_prefix(profile.prefix.as_str()).is_some_and(|text| from_hex(text).is_some_and(|bytes| !bytes.is_empty()));
    (profile.encoding == Encoding::Hex && !hexadecimal).then(|| "its own hash is no hexadecimal text".to_owned())
}

impl SealedLog for Chain {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "hash chain"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted { links: true, ..Wanted::default() }
    }

    fn entries<'a>(&self, segment: usize, content: &'a [u8]) -> Option<Vec<Cow<'a, [u8]>>> {
        Some(self.records(segment, content))
    }

    fn link(&self, _segment: usize, record: &[u8]) -> Option<Link> {
        tree_of(&self.profile, record).map(|tree| link(&self.profile, &self.keys, &self.origin, &tree))
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed, reread)
    }

    fn excerpt(&self, segment: usize, file: &File, chosen: &[u64], going: Going<'_>) -> Result<Option<Excerpt>, SourceError> {
        if self.doubtful { Ok(None) } else { skeleton::excerpt(self, segment, file, chosen, going) }
    }

    fn files_stand_alone(&self) -> bool {
        self.profile.rotation == profile::Rotation::Reset
    }

    fn can_excerpt(&self, segment: usize) -> bool {
        !self.doubtful && skeleton::is_possible(self, segment)
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        proof::prove(self, segment, index, content)
    }
}
