//! Events of one block, gathered without a lock and handed to the store at once.

use std::collections::HashMap;
use std::sync::Arc;

use super::{AMBIGUOUS, Credential, Identity, LifeStage, NO_TIME, NONE, Run, Store};
use crate::model::json::Doubt;
use crate::model::{Category, Event, Field, Kind, State};

/// Strings of one batch.
#[derive(Default)]
struct Local {
    numbers: HashMap<Box<str>, u32, foldhash::fast::RandomState>,
    texts: Vec<Box<str>>,
}

impl Local {
    fn intern(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return NONE;
        }
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }
}

struct LocalIdentity {
    name: u32,
    id: u32,
    kind: Kind,
    acts_for: u32,
}

/// Events on their way into the store.
#[derive(Default)]
pub struct Batch {
    time: Vec<i64>,
    offset: Vec<u32>,
    identity: Vec<u32>,
    credential: Vec<u32>,
    action: Vec<u32>,
    target: Vec<u32>,
    address: Vec<u32>,
    through: Vec<(u32, u32)>,
    category: Vec<u8>,
    outcome: Vec<u8>,
    marks: Vec<u16>,
    names: Local,
    identities: Vec<LocalIdentity>,
    identity_of: HashMap<(u32, u32), u32, foldhash::fast::RandomState>,
    /// (name, owner, is a key)
    credentials: Vec<(u32, u32, bool)>,
    credential_of: HashMap<u32, u32, foldhash::fast::RandomState>,
    life: Vec<(u32, Category, i64, u32)>,
    schemas: Vec<&'static str>,
    /// Earliest and latest time.
    pub times: Option<(i64, i64)>,
    /// Events of no known vocabulary.
    pub not_understood: u64,
    /// Whether the last one is.
    pub last_not_understood: bool,
    /// How many events others may read differently, and the gravest reason with its place in the batch.
    pub doubtful: (u64, Option<(Doubt, u64)>),
    /// Events shown with something that their hash does not cover.
    pub uncovered: u64,
    /// Hashes of the events' own identifiers, to know duplicates by; 0 where there is none.
    pub event_ids: Vec<u64>,
}

impl Batch {
    /// How many events.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Adds an event that starts `offset` bytes into the run.
    pub fn push(&mut self, event: &Event<'_>, offset: usize) {
        let row = self.time.len() as u32;
        let time = event.time.filter(|time| *time != NO_TIME);
        if let Some(time) = time {
            self.times = Some(self.times.map_or((time, time), |(earliest, latest)| (earliest.min(time), latest.max(time))));
        }
        if !self.schemas.contains(&event.schema) {
            self.schemas.push(event.schema);
        }
        self.last_not_understood = event.schema.is_empty();
        self.not_understood += u64::from(self.last_not_understood);
        // What may be read otherwise, or is not covered, shows what it shows, but nothing is concluded from it.
        let doubtful = event.doubt.as_ref().is_some_and(|doubt| !doubt.is_slight());
        let mut marks = event.uncovered.bits();
        self.uncovered += u64::from(marks != 0);
        if let Some(doubt) = &event.doubt {
            marks |= AMBIGUOUS;
            self.doubtful.0 += 1;
            if self.doubtful.1.as_ref().is_none_or(|(known, _)| graver(doubt, known)) {
                self.doubtful.1 = Some((doubt.clone(), u64::from(row)));
            }
        }
        self.marks.push(marks);
        let identity = self.identity(event);
        let credential = self.credential(&event.credential, identity, event.credential_is_key);
        let life = event.category.is_credential() && !event.subject_credential.is_empty();
        if life && !doubtful && !event.uncovered.has(Field::Credential) && !event.uncovered.has(Field::Category) {
            let subject = self.credential(&event.subject_credential, NONE, true);
            self.life.push((subject, event.category, time.unwrap_or(NO_TIME), row));
        }
        self.time.push(time.unwrap_or(NO_TIME));
        self.offset.push(u32::try_from(offset).unwrap_or(u32::MAX));
        self.identity.push(identity);
        self.credential.push(credential);
        let names = &mut self.names;
        self.action.push(names.intern(&event.action));
        self.target.push(names.intern(&event.target));
        self.address.push(names.intern(&event.source_address));
        let through = names.intern(&event.through);
        if through != NONE {
            self.through.push((row, through));
        }
        self.category.push(event.category as u8);
        self.outcome.push(event.outcome as u8);
        let no_id = event.event_id.is_empty() || doubtful || event.uncovered.has(Field::Session);
        self.event_ids.push(if no_id { 0 } else { hash(&event.event_id) });
    }

    fn identity(&mut self, event: &Event<'_>) -> u32 {
        let name = self.names.intern(if event.identity.is_empty() { "unknown" } else { &event.identity });
        let id = self.names.intern(&event.identity_id);
        let acts_for = self.names.intern(&event.on_behalf_of);
        let number = *self.identity_of.entry((name, id)).or_insert_with(|| {
            self.identities.push(LocalIdentity { name, id, kind: event.kind, acts_for });
            self.identities.len() as u32 - 1
        });
        let identity = &mut self.identities[number as usize];
        identity.kind = surer(identity.kind, event.kind);
        if acts_for != NONE {
            identity.acts_for = acts_for;
        }
        number
    }

    fn credential(&mut self, text: &str, owner: u32, is_key: bool) -> u32 {
        let name = self.names.intern(text);
        if name == NONE {
            return NONE;
        }
        let number = *self.credential_of.entry(name).or_insert_with(|| {
            self.credentials.push((name, owner, is_key));
            self.credentials.len() as u32 - 1
        });
        let credential = &mut self.credentials[number as usize];
        credential.2 |= is_key;
        if credential.1 == NONE {
            credential.1 = owner;
        }
        number
    }

    /// Hands everything to the store.
    pub(super) fn into_store(self, store: &mut Store, run: Run) -> bool {
        let Ok(first_row) = u32::try_from(store.len()) else { return false };
        if store.len() + self.len() >= NONE as usize {
            return false;
        }
        let names: Vec<u32> = self.names.texts.iter().map(|text| store.names.intern(text)).collect();
        let name = |local: u32| names.get(local as usize).copied().unwrap_or(NONE);
        let mut identity_numbers = Vec::with_capacity(self.identities.len());
        for local in &self.identities {
            let key = (name(local.name), name(local.id));
            let known = store.identity_of.get(&key).copied();
            let number = known.unwrap_or_else(|| {
                let number = store.identities.len() as u32;
                Arc::make_mut(&mut store.identity_of).insert(key, number);
                store.identities.push(Identity { name: key.0, id: key.1, kind: local.kind, acts_for: NONE });
                number
            });
            let identity = &mut store.identities[number as usize];
            identity.kind = surer(identity.kind, local.kind);
            if local.acts_for != NONE {
                identity.acts_for = name(local.acts_for);
            }
            identity_numbers.push(number);
        }
        let identity = |local: u32| identity_numbers.get(local as usize).copied().unwrap_or(NONE);
        let mut credential_numbers = Vec::with_capacity(self.credentials.len());
        for &(local, owner, is_key) in &self.credentials {
            let key = name(local);
            let known = store.credential_of.get(&key).copied();
            let number = known.unwrap_or_else(|| {
                let number = store.credentials.len() as u32;
                Arc::make_mut(&mut store.credential_of).insert(key, number);
                store.credentials.push(Credential { name: key, owner: NONE, is_key: false });
                number
            });
            let credential = &mut store.credentials[number as usize];
            credential.is_key |= is_key;
            if credential.owner == NONE {
                credential.owner = identity(owner);
            }
            credential_numbers.push(number);
        }
        let credential = |local: u32| credential_numbers.get(local as usize).copied().unwrap_or(NONE);
        let remap = |column: &[u32], with: &dyn Fn(u32) -> u32| -> Vec<u32> { column.iter().map(|local| with(*local)).collect() };
        store.time.extend(&self.time);
        store.offset.extend(&self.offset);
        store.identity.extend(&remap(&self.identity, &identity));
        store.credential.extend(&remap(&self.credential, &credential));
        store.action.extend(&remap(&self.action, &name));
        store.target.extend(&remap(&self.target, &name));
        store.address.extend(&remap(&self.address, &name));
        store.category.extend(&self.category);
        store.outcome.extend(&self.outcome);
        store.marks.extend(&self.marks);
        store.state.extend(&vec![State::Unchecked as u8; self.time.len()]);
        store.through.extend(self.through.iter().map(|(row, local)| (first_row + row, name(*local))));
        for (local, category, time, row) in self.life {
            store.life.push(LifeStage { credential: credential(local), category, time, row: first_row + row });
        }
        store.schemas.extend(self.schemas);
        let segment = run.segment as usize;
        if store.runs_of.len() <= segment {
            store.runs_of.resize_with(segment + 1, Vec::new);
        }
        store.runs_of[segment].push(store.runs.len() as u32);
        store.runs.push(Run { row: first_row, ..run });
        true
    }
}

/// Whether one doubt is graver than another of a kind of its own.
pub fn graver(one: &Doubt, other: &Doubt) -> bool {
    std::mem::discriminant(one) != std::mem::discriminant(other) && one > other
}

/// Of two readings of one actor's kind, the one with more evidence behind it.
fn surer(one: Kind, other: Kind) -> Kind {
    let rank = |kind: Kind| match kind {
        Kind::AiAgent => 0,
        Kind::Human => 1,
        Kind::Workload => 2,
        Kind::CloudService => 3,
        Kind::ServiceAccount => 4,
        Kind::ApiKey => 5,
        Kind::Unknown => 6,
    };
    if rank(other) < rank(one) { other } else { one }
}

fn hash(text: &str) -> u64 {
    use std::hash::BuildHasher;
    // A fixed seed, so that hashes of different batches can be compared.
    foldhash::quality::FixedState::with_seed(0x5ea1).hash_one(text).max(1)
}
