//! Signed changes of key: from the next record of the chain on only the new key signs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::container::Container;
use super::log::Chain;
use super::record::{self, Record};
use crate::model::text::count;
use crate::seal::format::Reread;
use crate::seal::primitives::link::{Gathered, Link, Links, Signature, Tag, tag};
use crate::source::Reading;
use crate::source::block::{Blocks, Piece};
use crate::trust::{Key, Material, Refusal, Store as Keys};

/// Stands in the name of a key that took over, between the name of the first one and the number of the record.
const HANDED_OVER: &str = ", as handed over in record ";

/// The outcome of following the changes of key.
pub(super) struct Renewed {
    /// Files whose records were judged again.
    pub links: BTreeMap<usize, Links>,
    /// The keys that took over: by chain, after which record of which file.
    pub keys: HashMap<String, Vec<(usize, u64, Key)>>,
    /// Whether all of them could be read again.
    pub is_complete: bool,
}

impl Default for Renewed {
    fn default() -> Self {
        Self { links: BTreeMap::new(), keys: HashMap::new(), is_complete: true }
    }
}

/// Judges the records after signed changes of key again, each file once.
///
/// `order` are the files as they follow one another, `copies` those that hold nothing that is not in another one.
pub(super) fn follow(chain: &Chain, files: &[&Links], order: &[usize], copies: &BTreeSet<usize>, reread: &dyn Reread) -> Renewed {
    let mut renewed = Renewed::default();
    if chain.profile.next_key.is_none() {
        return renewed;
    }
    let hands_over = |links: &Links| -> BTreeSet<String> {
        let runs = links.runs.iter().filter(|run| run.rare.as_ref().is_some_and(|rare| rare.next_key.is_some()));
        runs.filter(|run| links.outcome(run).signature.voucher().is_some()).map(|run| run.chain.to_string()).collect()
    };
    // What other chains hand over is known once all files were read.
    reread.wait();
    let names: BTreeSet<&str> = files.iter().flat_map(|links| &links.runs).map(|run| &*run.chain).collect();
    let outside = names.into_iter().filter_map(|name| match chain.keys_of(name) {
        Cow::Borrowed(_) => None,
        Cow::Owned(keys) => Some((name.to_owned(), keys)),
    });
    let outside: HashMap<String, Keys> = outside.collect();
    let gave_up = |links: &Links| {
        links.runs.iter().any(|run| {
            let voucher = links.outcome(run).signature.voucher();
            let handovers = outside.get(&*run.chain).map_or(&[][..], Keys::handovers);
            voucher.is_some_and(|voucher| handovers.iter().any(|handover| handover.from == voucher.key().material))
        })
    };
    let mut following = Following {
        chain,
        outside: &outside,
        active: HashMap::new(),
        chains: BTreeSet::new(),
        keys: HashMap::new(),
        edges: HashMap::new(),
        before: HashMap::new(),
    };
    for (name, (first, last)) in files.iter().flat_map(|links| edges(links)) {
        following.edges.entry(name).or_default().extend([first, last]);
    }
    // Copies come last: what they hold was followed then.
    let (copies, own): (Vec<usize>, Vec<usize>) = order.iter().partition(|file| copies.contains(file));
    for file in own.into_iter().chain(copies) {
        let mine = hands_over(files[file]);
        let goes_on = !following.chains.is_empty() && files[file].runs.iter().any(|run| following.chains.contains(&*run.chain));
        if mine.is_empty() && !goes_on && !gave_up(files[file]) {
            following.pass(files[file]);
            continue;
        }
        let mut links = Links::default();
        // A file may hold again what was followed already: a copy, or an export that overlaps. There the keys count that counted then, and
        // where it ends inside, those that count after all go on.
        let mut later = Vec::new();
        for (name, (first, last)) in edges(files[file]) {
            let Some(then) = following.before.get(&(name.clone(), first)).cloned() else { continue };
            let now = following.replace(&name, then);
            if following.before.contains_key(&(name.clone(), last)) {
                later.push((name, now));
            }
        }
        let done = following.file(file, reread, &mut links) && links.count == files[file].count;
        later.into_iter().for_each(|(name, now)| drop(following.replace(&name, now)));
        renewed.is_complete &= done;
        if !done {
            // What could not be judged again under the right key is not judged at all.
            links.full = true;
        }
        renewed.links.insert(file, links);
    }
    renewed.keys = following.keys;
    renewed
}

/// The first and the last record of each chain in a file, by their own hashes.
fn edges(links: &Links) -> BTreeMap<String, (Tag, Tag)> {
    let mut edges: BTreeMap<String, (Tag, Tag)> = BTreeMap::new();
    for run in &links.runs {
        if let (Some((first, _)), Some((last, _))) = (run.tags.first(), run.tags.last()) {
            edges.entry(run.chain.to_string()).and_modify(|edges| edges.1 = *last).or_insert((*first, *last));
        }
    }
    edges
}

/// The keys that count for the signers of a chain.
type Active = Vec<(String, Keys)>;

struct Following<'a> {
    chain: &'a Chain,
    /// The keys of chains for which others hand keys over.
    outside: &'a HashMap<String, Keys>,
    /// The key that counts now, by chain and signer.
    active: HashMap<(String, String), Keys>,
    /// Chains with a change of key so far.
    chains: BTreeSet<String>,
    keys: HashMap<String, Vec<(usize, u64, Key)>>,
    /// The first and last records of all files, by chain.
    edges: HashMap<String, HashSet<Tag>>,
    /// The keys that counted when such a record was reached first.
    before: HashMap<(String, Tag), Active>,
}

impl Following<'_> {
    /// Passes a file in which nothing changes hands, before any change in its chains.
    fn pass(&mut self, links: &Links) {
        for run in &links.runs {
            let Some(edges) = self.edges.get(&*run.chain) else { continue };
            for (own, _) in run.tags.iter().filter(|(own, _)| edges.contains(own)) {
                self.before.entry((run.chain.to_string(), *own)).or_default();
            }
        }
    }

    /// Takes other keys for a chain; gives those that counted.
    fn replace(&mut self, chain: &str, by: Active) -> Active {
        let names: Vec<(String, String)> = self.active.keys().filter(|(name, _)| name == chain).cloned().collect();
        let taken = names.into_iter().filter_map(|name| self.active.remove(&name).map(|keys| (name.1, keys)));
        let taken: Active = taken.collect();
        self.active.extend(by.into_iter().map(|(signer, keys)| ((chain.to_owned(), signer), keys)));
        taken
    }

    /// Judges the records of a file again. Whether it could be read to its end.
    fn file(&mut self, file: usize, reread: &dyn Reread, links: &mut Links) -> bool {
        if self.chain.containers.get(file) == Some(&Container::Lines) {
            let Ok(reader) = self.chain.plans[file].file.reader() else { return false };
            let mut blocks = Blocks::new(reader);
            loop {
                match blocks.next(Vec::new(), &|_line| sha2::Digest::new()) {
                    Ok(Some(Piece::Block(block))) => {
                        let records: Vec<Cow<'_, [u8]>> = block.records().map(|(_, record)| Cow::Borrowed(record)).collect();
                        if !self.records(file, &records, reread, links) {
                            return false;
                        }
                    }
                    Ok(Some(Piece::Long(_))) => links.add(vec![None]),
                    Ok(None) => return true,
                    Err(_) => return false,
                }
            }
        }
        let Reading::Done(content) = reread.content(file) else { return false };
        let Some(Ok(records)) = self.chain.containers.get(file).map(|container| container.records(&self.chain.profile, &content)) else {
            return false;
        };
        self.records(file, &records, reread, links)
    }

    fn records(&mut self, file: usize, records: &[Cow<'_, [u8]>], reread: &dyn Reread, links: &mut Links) -> bool {
        use rayon::prelude::*;
        let mut rest = records;
        // In parallel up to a change of key, then record by record, so that each is judged twice at most.
        let at_once: Vec<Option<Link>> = rest.par_iter().map(|record| if reread.stopped() { None } else { self.one(record) }).collect();
        let changes = |link: &Option<Link>| {
            link.as_ref()
                .is_some_and(|link| link.rare.as_ref().is_some_and(|rare| rare.next_key.is_some()) && link.signature.voucher().is_some())
        };
        let until = at_once.iter().position(changes).map_or(at_once.len(), |change| change + 1);
        for link in at_once.into_iter().take(until) {
            self.take(file, link, links);
        }
        rest = &rest[until..];
        for record in rest {
            if reread.stopped() {
                return false;
            }
            let link = self.one(record);
            self.take(file, link, links);
        }
        !reread.stopped()
    }

    /// A record under the key that counts for its chain.
    fn one(&self, bytes: &[u8]) -> Option<Link> {
        let chain = self.chain;
        let read = record::read(&chain.profile, bytes);
        let Record::Chained(tree) = &read else { return read.link(&chain.profile, &chain.keys, &chain.origin, bytes) };
        let text = |path: &Option<String>| path.as_ref().map_or_else(String::new, |path| tree.text_at(path));
        let signer = crate::model::text::short(&text(&chain.profile.signer), super::signature::LONGEST);
        let name = text(&chain.profile.chain);
        let outside = self.outside.get(&name).unwrap_or(&chain.keys);
        let Some(keys) = self.active.get(&(name, signer)) else {
            return read.link(&chain.profile, outside, &chain.origin, bytes);
        };
        let mut link = read.link(&chain.profile, keys, &chain.origin, bytes)?;
        // The key that was given up signs no more, nor does any other that was not handed the name.
        if !matches!(
            link.signature,
            Signature::Holds(_) | Signature::Absent | Signature::Refused(Refusal::Dates { .. } | Refusal::HandedOver { .. })
        ) {
            link.signature = Signature::Fails;
        }
        Some(link)
    }

    fn take(&mut self, file: usize, link: Option<Link>, links: &mut Links) {
        let index = links.count;
        if let Some(link) = &link {
            let edge = (link.chain.clone(), tag(link.own()));
            let is_edge = self.edges.get(&link.chain).is_some_and(|edges| edges.contains(&edge.1));
            if is_edge && !self.before.contains_key(&edge) {
                let active = self.active.iter().filter(|((chain, _), _)| *chain == link.chain);
                let active = active.map(|((_, signer), keys)| (signer.clone(), keys.clone())).collect();
                self.before.insert(edge, active);
            }
        }
        if let Some(link) = &link
            && let Some(public) = link.rare.as_ref().and_then(|rare| rare.next_key)
            && let Some(voucher) = link.signature.voucher()
        {
            let material = Material::Ed25519(public);
            // If the user trusts the new key too, what was said of it stays.
            let own = self.chain.keys.trusted().iter().find(|key| key.material == material).cloned();
            // The first of them is named, and not all those between: a name must not grow with every change.
            let given = voucher.key().name.as_str();
            let first = given.find(HANDED_OVER).and_then(|at| given.get(..at)).unwrap_or(given);
            let name = format!("{first}{HANDED_OVER}{}", count(index));
            let mut key = own.unwrap_or_else(|| Key::new(name, material, None));
            // It speaks for whom the old one spoke for, and is meant for this chain, so that a failure under it is one.
            key.origins.push(if link.signer.is_empty() { self.chain.origin.clone() } else { link.signer.clone() });
            let mut keys = Keys::default();
            keys.trust(key.clone());
            self.active.insert((link.chain.clone(), link.signer.clone()), keys);
            self.chains.insert(link.chain.clone());
            self.keys.entry(link.chain.clone()).or_default().push((file, index, key));
        }
        links.push(link);
    }
}
