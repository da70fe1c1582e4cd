//! The order, grouping and labels of lanes, worked out once for each index, not for each frame.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{beside, natural};
use crate::model::text::{abbreviate, plural, short, visible};
use crate::model::{Category, Kind, State};
use crate::store::index::Subject;
use crate::store::{Index, Lane, NO_TIME, NONE, Store};
use crate::verify::Examination;

/// The order of lanes within their groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LaneOrder {
    /// Damage first, then the busiest.
    Damage,
    /// The first to act first.
    FirstEvent,
    /// The busiest first.
    Activity,
    /// By name.
    Name,
}

impl LaneOrder {
    /// All orders with their words.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Damage, "damage first"), (Self::FirstEvent, "first event"), (Self::Activity, "most active"), (Self::Name, "name")];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(order, _)| *order == self).map_or("", |(_, word)| word)
    }
}

/// A credential's life as far as the log tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// First known moment.
    pub from: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
    /// First use after that.
    pub used_after: Option<i64>,
}

/// What lanes stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Those that the user keeps at the top.
    Pinned,
    /// Those of one kind.
    Kind(Kind),
}

impl Group {
    /// The heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Pinned => "Pinned",
            Self::Kind(kind) => kind.plural(),
        }
    }
}

/// One line of the lane area.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A group's head: how many lanes it holds, and whether they are shown.
    Group(Group, usize, bool),
    /// A lane, by its index in [`Index::lanes`].
    Lane(Label),
}

/// A lane with its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Index in [`Index::lanes`].
    pub lane: usize,
    /// Whose lane it is.
    pub subject: Subject,
    /// The name.
    pub name: String,
    /// Whether the name is a key's.
    pub is_key: bool,
    /// What tells it from others of the name: owner, principal, account and role; or nothing.
    pub below: String,
    /// Name and identifier in full.
    pub full: String,
    /// What a screen reader says.
    pub spoken: String,
    /// The credential's life, for keys.
    pub life: Option<Life>,
    /// Whether it is kept at the top.
    pub pinned: bool,
}

/// Which lanes the user wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only those whose name, identifier or owner holds this.
    pub find: String,
    /// Kept at the top.
    pub pinned: BTreeSet<(u8, u32)>,
    /// Not shown.
    pub hidden: BTreeSet<(u8, u32)>,
    /// Only those with an event in view.
    pub in_view: bool,
}

/// A subject as a key of ordered sets.
pub fn key_of(subject: Subject) -> (u8, u32) {
    match subject {
        Subject::All => (0, 0),
        Subject::Identity(index) => (1, index),
        Subject::Credential(index) => (2, index),
    }
}

impl Wanted {
    /// Keeps a lane at the top, or lets it go.
    pub fn pin(&mut self, subject: Subject) {
        if !self.pinned.remove(&key_of(subject)) {
            self.pinned.insert(key_of(subject));
        }
    }

    /// Shows a lane no more.
    pub fn hide(&mut self, subject: Subject) {
        self.hidden.insert(key_of(subject));
        self.pinned.remove(&key_of(subject));
    }
}

/// Lays out the lanes of `index`: those that are wanted, each event once as far as its lanes allow.
pub fn arrange(case: &Examination, index: &Index, order: LaneOrder, folded: &BTreeSet<Kind>, wanted: &Wanted) -> Vec<Line> {
    let store = &case.store;
    let lives = lives(case);
    let keys = Keys::of(store, index);
    let sought = wanted.find.to_lowercase();
    let mut groups: BTreeMap<Group, Vec<(usize, Label)>> = BTreeMap::new();
    for (number, lane) in index.lanes.iter().enumerate() {
        let subject = lane.subject;
        if wanted.hidden.contains(&key_of(subject)) || keys.others_draw(subject) {
            continue;
        }
        let only_key = keys.only_key(subject);
        let mut label = label(store, number, lane, only_key);
        label.life = match subject {
            Subject::Credential(key) => lives.get(&key).copied(),
            _ => only_key.and_then(|key| lives.get(&key).copied()),
        };
        let pinned = wanted.pinned.contains(&key_of(subject));
        label.pinned = pinned;
        let found = sought.is_empty() || [&label.name, &label.below, &label.full].iter().any(|text| text.to_lowercase().contains(&sought));
        if found {
            groups.entry(if pinned { Group::Pinned } else { Group::Kind(lane.kind) }).or_default().push((number, label));
        }
    }
    let mut lines = Vec::new();
    for (group, mut members) in groups {
        members.sort_by(|(left, label), (right, other)| {
            let (one, two) = (&index.lanes[*left], &index.lanes[*right]);
            let damage = |lane: &Lane| if lane.total.worst_state() >= State::Suspect { lane.total.worst } else { 0 };
            let busy = two.total.count.cmp(&one.total.count);
            match order {
                LaneOrder::Damage => damage(two).cmp(&damage(one)).then(busy),
                LaneOrder::FirstEvent => one.first.cmp(&two.first),
                LaneOrder::Activity => busy,
                LaneOrder::Name => std::cmp::Ordering::Equal,
            }
            .then_with(|| natural(&label.name, &other.name))
            .then_with(|| natural(&label.full, &other.full))
        });
        // What is sought is shown, folded or not.
        let open = !sought.is_empty() || !matches!(group, Group::Kind(kind) if folded.contains(&kind));
        lines.push(Line::Group(group, members.len(), open));
        if open {
            lines.extend(members.into_iter().map(|(_, label)| Line::Lane(label)));
        }
    }
    lines
}

/// The lane of an identity, and those of its keys.
type Owned<'a> = (Option<&'a Lane>, Vec<(u32, &'a Lane)>);

/// Which lanes would draw the events of others once more.
#[derive(Default)]
struct Keys {
    /// Identities that only ever acted with one key, and the key: the identity's lane stands for it.
    only: BTreeMap<u32, u32>,
    /// Keys that are drawn as their identity.
    merged: BTreeSet<u32>,
    /// Identities all of whose events are drawn by several keys of theirs.
    split: BTreeSet<u32>,
}

impl Keys {
    fn of(store: &Store, index: &Index) -> Self {
        let mut lanes: BTreeMap<u32, Owned<'_>> = BTreeMap::new();
        for lane in &index.lanes {
            match lane.subject {
                Subject::Identity(identity) => lanes.entry(identity).or_default().0 = Some(lane),
                Subject::Credential(key) => {
                    if let Some(owner) = store.credentials().get(key as usize).map(|key| key.owner).filter(|owner| *owner != NONE) {
                        lanes.entry(owner).or_default().1.push((key, lane));
                    }
                }
                Subject::All => {}
            }
        }
        let mut keys = Self::default();
        for (identity, (own, of_keys)) in lanes {
            let Some(own) = own else { continue };
            let together: u64 = of_keys.iter().map(|(_, lane)| u64::from(lane.total.count)).sum();
            if of_keys.is_empty() || together != u64::from(own.total.count) {
                continue;
            }
            match of_keys.as_slice() {
                [(key, lane)] if lane.rows == own.rows => {
                    keys.only.insert(identity, *key);
                    keys.merged.insert(*key);
                }
                // Another identity may have used the same key.
                several if several.iter().all(|(_, lane)| lane.rows.iter().all(|&row| store.identity_index(row) == identity)) => {
                    keys.split.insert(identity);
                }
                _ => {}
            }
        }
        keys
    }

    fn others_draw(&self, subject: Subject) -> bool {
        match subject {
            Subject::Identity(identity) => self.split.contains(&identity),
            Subject::Credential(key) => self.merged.contains(&key),
            Subject::All => false,
        }
    }

    fn only_key(&self, subject: Subject) -> Option<u32> {
        match subject {
            Subject::Identity(identity) => self.only.get(&identity).copied(),
            Subject::Credential(_) | Subject::All => None,
        }
    }
}

fn label(store: &Store, number: usize, lane: &Lane, only_key: Option<u32>) -> Label {
    let text = |index: u32| if index == NONE { "" } else { store.names.get(index) };
    let key_name = |key: u32| store.credentials().get(key as usize).map_or("", |key| text(key.name));
    let (name, id, mut beside_it) = match lane.subject {
        Subject::Credential(key) => {
            let owner = store.credentials().get(key as usize).and_then(|key| store.identities().get(key.owner as usize));
            (key_name(key), "", owner.map_or_else(Vec::new, |owner| vec![format!("of {}", visible(text(owner.name)))]))
        }
        Subject::Identity(identity) => match store.identities().get(identity as usize) {
            Some(identity) => {
                let acts_for = text(identity.acts_for);
                let mut beside_it = Vec::new();
                if !acts_for.is_empty() {
                    beside_it.push(format!("for {}", visible(acts_for)));
                }
                beside_it.extend(only_key.map(|key| format!("key {}", abbreviate(key_name(key)))));
                (text(identity.name), text(identity.id), beside_it)
            }
            None => ("", "", Vec::new()),
        },
        Subject::All => ("", "", Vec::new()),
    };
    beside_it.extend(Some(beside(name, id)).filter(|text| !text.is_empty()).map(|text| visible(&text).into_owned()));
    let key = only_key.map(|key| format!("\nkey {}", visible(key_name(key)))).unwrap_or_default();
    let full = if id.is_empty() || id == name { visible(name).into_owned() } else { format!("{}\n{}", visible(name), visible(id)) } + &key;
    let worst = lane.total.worst_state();
    let damage = if worst >= State::Suspect { format!(", worst state {}", worst.word()) } else { String::new() };
    let spoken = format!("{}, {}, {}{damage}", short(name, 80), lane.kind.word(), plural(u64::from(lane.total.count), "event"));
    let is_key = matches!(lane.subject, Subject::Credential(_));
    Label {
        lane: number,
        subject: lane.subject,
        name: visible(name).into_owned(),
        is_key,
        below: beside_it.join(" · "),
        full,
        spoken,
        life: None,
        pinned: false,
    }
}

/// The lives of all credentials, from the whole case: what a filter leaves out is no less true.
fn lives(case: &Examination) -> BTreeMap<u32, Life> {
    let store = &case.store;
    let mut lives: BTreeMap<u32, Life> = BTreeMap::new();
    for stage in store.life().iter().filter(|stage| stage.time != NO_TIME) {
        let life = lives.entry(stage.credential).or_default();
        match stage.category {
            Category::CredentialCreated => life.from = Some(life.from.map_or(stage.time, |time| time.min(stage.time))),
            Category::CredentialRevoked => life.revoked = Some(life.revoked.map_or(stage.time, |time| time.min(stage.time))),
            _ => {}
        }
    }
    for lane in &case.index.lanes {
        let Subject::Credential(key) = lane.subject else { continue };
        let Some(life) = lives.get_mut(&key) else { continue };
        life.from = life.from.or(Some(lane.first));
        life.used_after = life.revoked.and_then(|revoked| {
            let position = lane.position(store, revoked.saturating_add(1));
            lane.rows.get(position).map(|&row| store.time(row))
        });
    }
    lives
}
