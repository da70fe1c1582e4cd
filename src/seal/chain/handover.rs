//! Signed changes of key: from the next record of the chain on only the new key signs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::container::Container;
use super::log::Chain;
use super::record::{self, Record};
use crate::model::text::count;
use crate::seal::format::Reread;
use crate::seal::primitives::link::{Gathered, Link, Links, Signature};
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
pub(super) fn follow(chain: &Chain, files: &[&Links], order: &[usize], reread: &dyn Reread) -> Renewed {
    let mut renewed = Renewed::default();
    if chain.profile.next_key.is_none() {
        return renewed;
    }
    let hands_over = |links: &Links| -> BTreeSet<String> {
        let runs = links.runs.iter().filter(|run| run.rare.as_ref().is_some_and(|rare| rare.next_key.is_some()));
        runs.filter(|run| links.outcome(run).signature.voucher().is_some()).map(|run| run.chain.to_string()).collect()
    };
    let mut following = Following { chain, active: HashMap::new(), chains: BTreeSet::new(), keys: HashMap::new() };
    for &file in order {
        let mine = hands_over(files[file]);
        let goes_on = !following.chains.is_empty() && files[file].runs.iter().any(|run| following.chains.contains(&*run.chain));
        if mine.is_empty() && !goes_on {
            continue;
        }
        let mut links = Links::default();
        let done = following.file(file, reread, &mut links) && links.count == files[file].count;
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

struct Following<'a> {
    chain: &'a Chain,
    /// The key that counts now, by chain and signer.
    active: HashMap<(String, String), Keys>,
    /// Chains with a change of key so far.
    chains: BTreeSet<String>,
    keys: HashMap<String, Vec<(usize, u64, Key)>>,
}

impl Following<'_> {
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
        let Some(keys) = self.active.get(&(text(&chain.profile.chain), signer)) else {
            return read.link(&chain.profile, &chain.keys, &chain.origin, bytes);
        };
        let mut link = read.link(&chain.profile, keys, &chain.origin, bytes)?;
        // The key that was given up signs no more, nor does any other that was not handed the name.
        if !matches!(link.signature, Signature::Holds(_) | Signature::Absent | Signature::Refused(Refusal::Dates { .. })) {
            link.signature = Signature::Fails;
        }
        Some(link)
    }

    fn take(&mut self, file: usize, link: Option<Link>, links: &mut Links) {
        let index = links.count;
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
