//! Which files belong to one chain, and what looks like a chain of an unknown form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::announced::Announced;
use super::container::{self, Recognised, Recognition};
use super::json::Tree;
use super::log::Chain;
use super::profile::{Profile, Rotation};
use super::table;
use crate::model::finding::{Finding, Place};
use crate::model::text::utf8;
use crate::model::words::chains::ChainFact;
use crate::model::words::reading::Claim;
use crate::seal::claims::Claims;
use crate::seal::format::SegmentPlan;
use crate::seal::unsealed::{Shape, shape};
use crate::source::File;
use crate::trust::Store as Keys;

/// A file by its number and folder, and the chain that it was recognised as.
type Candidate = (usize, String, Recognised);

/// Records looked at to see whether something is chained in a way that no profile knows.
const LOOKED_AT: usize = 64;

/// Makes logs of the files that are chained.
pub fn plan(claims: &mut Claims, keys: &Keys) -> Vec<Chain> {
    // The user's own profiles come first: who writes one knows the file.
    let profiles: Vec<Arc<Profile>> = Profile::of_user(keys).chain(Profile::built_in()).map(Arc::new).collect();
    let mut found: BTreeMap<(String, bool), Vec<Candidate>> = BTreeMap::new();
    let (mut unknown, mut unread) = (Vec::new(), Vec::new());
    for (index, file) in claims.free() {
        match container::recognise(file, &profiles, keys) {
            Recognition::Chain(known) => {
                let kind = (known.profile.name.clone(), known.doubtful);
                found.entry(kind).or_default().push((index, folder(file).to_owned(), known));
            }
            Recognition::Unreadable(why) => unread.push((index, why)),
            Recognition::Other if looks_chained(file) => unknown.push(file.path.clone()),
            Recognition::Other => {}
        }
    }
    for (index, why) in unread {
        tell_unread(claims, index, why);
    }
    for path in unknown {
        tell_unknown(claims, &path);
    }
    let mut chains = Vec::new();
    let announced = Arc::<Announced>::default();
    let mut origins: BTreeMap<String, usize> = BTreeMap::new();
    for ((_, doubtful), files) in found {
        let groups = groups(&files);
        let mut logs: BTreeMap<usize, Vec<(usize, String, Recognised)>> = BTreeMap::new();
        for (group, file) in groups.into_iter().zip(files) {
            logs.entry(group).or_default().push(file);
        }
        for files in logs.into_values() {
            let Some((_, _, first)) = files.first() else { continue };
            let profile = Arc::clone(&first.profile);
            let mut chain = Chain::new(String::new(), profile, keys, doubtful);
            let folders: BTreeSet<String> = files.iter().map(|(_, folder, _)| folder.clone()).collect();
            for (index, _, known) in files {
                let Some(file) = claims.take(index) else { continue };
                chain.plans.push(SegmentPlan { file, first: 0, expected: None, unit: known.container.unit() });
                chain.containers.push(known.container);
            }
            let Some(name) = chain.plans.first().map(|plan| plan.file.name().to_owned()) else { continue };
            let place = Some(common(&folders)).filter(|common| !common.is_empty()).unwrap_or(name);
            let origin = format!("{place} · {}", chain.profile.name);
            // Findings name their log, so no two logs have one name.
            let number = origins.entry(origin.clone()).or_default();
            *number += 1;
            chain.origin = if *number == 1 { origin } else { format!("{origin} ({number})") };
            chain.announced = Arc::clone(&announced);
            chains.push(chain);
        }
    }
    chains
}

/// The folder of a file. Some programs move old files to a folder `archive` and continue.
pub fn folder(file: &File) -> &str {
    let folder = file.folder();
    if folder == "archive" { "" } else { folder.strip_suffix("/archive").unwrap_or(folder) }
}

/// What paths of folders have in common.
fn common(folders: &BTreeSet<String>) -> String {
    let (Some(first), Some(last)) = (folders.first(), folders.last()) else { return String::new() };
    let parts = first.split('/').zip(last.split('/')).take_while(|(one, other)| one == other);
    let common: Vec<&str> = parts.map(|(part, _)| part).collect();
    if common.is_empty() { first.clone() } else { common.join("/") }
}

/// A group for each file: those of one folder or of folders inside each other, of chains of one name, those of which one follows the other, and
/// those of which one may follow the other with something missing between them.
fn groups(files: &[(usize, String, Recognised)]) -> Vec<usize> {
    let mut groups = Groups((0..files.len()).collect());
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    let mut chains: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tails: BTreeMap<&str, usize> = BTreeMap::new();
    let mut numbers: BTreeMap<u64, usize> = BTreeMap::new();
    let mut unnumbered: Vec<usize> = Vec::new();
    for (file, (_, folder, known)) in files.iter().enumerate() {
        if !folder.is_empty() {
            let other = *folders.entry(folder).or_insert(file);
            groups.join(file, other);
        }
        for chain in known.ends.chains.iter().filter(|chain| !chain.is_empty()) {
            let other = *chains.entry(chain).or_insert(file);
            groups.join(file, other);
        }
        if let Some((hashes, sequence)) = &known.ends.tail {
            hashes.iter().for_each(|hash| {
                tails.insert(hash, file);
            });
            match sequence {
                Some(sequence) => {
                    numbers.insert(*sequence, file);
                }
                None if unnumbered.len() < 2 => unnumbered.push(file),
                None => {}
            }
        }
    }
    for (file, (_, folder, known)) in files.iter().enumerate() {
        let mut above = folder.as_str();
        while let Some((parent, _)) = above.rsplit_once('/') {
            above = parent;
            if let Some(other) = folders.get(parent) {
                groups.join(file, *other);
                break;
            }
        }
        let Some((previous, sequence)) = &known.ends.head else { continue };
        let profile = &known.profile;
        if let Some(other) = tails.get(previous.as_str()) {
            groups.join(file, *other);
        } else if profile.chain.is_none() && profile.rotation == Rotation::Continue && !profile.genesis.contains(previous) {
            // Without numbers any other end may be the one that came before.
            let other = match sequence {
                Some(sequence) => numbers.range(..sequence).next_back().map(|(_, other)| *other),
                None => unnumbered.iter().copied().find(|other| *other != file),
            };
            other.into_iter().for_each(|other| groups.join(file, other));
        }
    }
    (0..files.len()).map(|file| groups.of(file)).collect()
}

/// Sets of files that are joined.
struct Groups(Vec<usize>);

impl Groups {
    fn of(&mut self, mut file: usize) -> usize {
        while self.0[file] != file {
            self.0[file] = self.0[self.0[file]];
            file = self.0[file];
        }
        file
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.of(one), self.of(other));
        // The first file of a group stands for it, so that logs come in the order of their files.
        self.0[one.max(other)] = one.min(other);
    }
}

/// Remembers that a file begins like a chain, though it cannot be read as a whole: its records are unchecked, not unsealed. A database of
/// which no table can be read cannot be shown either.
fn tell_unread(claims: &mut Claims, index: usize, why: String) {
    let Some(file) = claims.files.get(index).and_then(Option::as_ref) else { return };
    let path = file.path.clone();
    if file.start.starts_with(table::MAGIC) {
        // A log may begin with the same words.
        if let Shape::NotALog(_) = shape(file) {
            claims.fail(index, why);
        }
    } else {
        claims.claim(&path, Claim::UnreadChain { cause: why });
    }
}

/// Remembers that a file says that it was chained, though no rule here fits.
fn tell_unknown(claims: &mut Claims, path: &str) {
    claims.claim(path, Claim::UnknownForm);
    let place = Place { path: path.to_owned(), ..Place::default() };
    claims.findings.push(Finding::of(ChainFact::UnknownForm, place));
}

/// Names that say that a member holds the hash of the record before: `prev_hash`, `previousRecordHash`, `parent_receipt_hash`, `prevHmac`.
fn names_a_predecessor(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    let before =
        ["prev", "parent", "last", "preceding", "predecessor"].iter().any(|word| plain.starts_with(word) || plain.contains("prev"));
    before && ["hash", "hmac", "digest", "mac"].iter().any(|word| plain.ends_with(word))
}

/// Whether most records name the hash of their predecessor, or repeat one.
fn looks_chained(file: &File) -> bool {
    let peek = file.peek();
    let start = peek.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&peek);
    if !start.trim_ascii_start().starts_with(b"{") && !start.trim_ascii_start().starts_with(b"[") {
        return false;
    }
    let lines = start.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{")).take(LOOKED_AT);
    let trees: Vec<Tree<'_>> = lines.filter_map(|line| Tree::roughly(utf8(line)?)).collect();
    let named = |tree: &Tree<'_>| tree.names().into_iter().any(names_a_predecessor);
    if trees.is_empty() {
        // A document laid out over lines: members stand between quotation marks.
        let text = String::from_utf8_lossy(start);
        return text.split('"').skip(1).step_by(2).filter(|name| name.len() < 60 && names_a_predecessor(name)).take(3).count() > 1;
    }
    trees.iter().filter(|tree| named(tree)).count() * 2 > trees.len() || repeats(&trees)
}

/// Whether records repeat a hash of the record before them.
fn repeats(trees: &[Tree<'_>]) -> bool {
    let hashes = |tree: &Tree<'_>| -> BTreeSet<String> {
        let names = tree.names().into_iter().take(100);
        names.filter_map(|name| tree.at(name)?.plain()).filter(|text| super::guess::hash_like(text).is_some()).collect()
    };
    let found: Vec<BTreeSet<String>> = trees.iter().map(hashes).collect();
    // A value that stays the same in all records is no link.
    let linked = found.windows(3).filter(|three| {
        three[0].intersection(&three[1]).any(|hash| !three[2].contains(hash))
            && three[1].intersection(&three[2]).any(|hash| !three[0].contains(hash))
    });
    trees.len() > 2 && linked.count() * 2 > trees.len() - 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_predecessors() {
        for name in ["prev_hash", "previousHash", "PREV_HMAC", "parent_receipt_hash", "prevRecordDigest", "x_prev_hash"] {
            assert!(names_a_predecessor(name), "{name}");
        }
        for name in ["hash", "previous", "password_hash", "parent_id", "preview"] {
            assert!(!names_a_predecessor(name), "{name}");
        }
    }

    #[test]
    fn joined_files_are_one_group() {
        let mut groups = Groups((0..5).collect());
        groups.join(4, 1);
        groups.join(3, 4);
        assert_eq!((0..5).map(|file| groups.of(file)).collect::<Vec<_>>(), [0, 1, 2, 1, 1]);
    }
}
