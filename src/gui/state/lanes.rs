//! The order, grouping and labels of lanes, worked out once for each index, not for each frame.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::text::{abbreviate, short};
use crate::model::{Category, Kind, State};
use crate::store::index::Subject;
use crate::store::{Index, NO_TIME, NONE};
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

/// One line of the lane area.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A group's head: its kind and how many lanes it holds.
    Group(Kind, usize),
    /// A lane, by its index in [`Index::lanes`].
    Lane(Label),
}

/// A lane with its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Index in [`Index::lanes`].
    pub lane: usize,
    /// The name, short enough to be shown.
    pub name: String,
    /// "of ci-deployer", "for maria", or nothing.
    pub below: String,
    /// What a screen reader says.
    pub spoken: String,
    /// The credential's life, for keys.
    pub life: Option<Life>,
}

/// Lays out the lanes of `index`.
pub fn arrange(case: &Examination, index: &Index, order: LaneOrder, folded: &BTreeSet<Kind>) -> Vec<Line> {
    let store = &case.store;
    let lives = lives(case);
    let mut groups: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
    for (number, lane) in index.lanes.iter().enumerate() {
        groups.entry(lane.kind).or_default().push(number);
    }
    let name = |number: usize| match index.lanes[number].subject {
        Subject::Identity(identity) => store.names.get(store.identities()[identity as usize].name),
        Subject::Credential(credential) => store.names.get(store.credentials()[credential as usize].name),
        Subject::All => "",
    };
    let mut lines = Vec::new();
    for (kind, mut members) in groups {
        members.sort_by(|&left, &right| {
            let (one, other) = (&index.lanes[left], &index.lanes[right]);
            let damage = |lane: &crate::store::Lane| if lane.total.worst_state() >= State::Suspect { lane.total.worst } else { 0 };
            let busy = other.total.count.cmp(&one.total.count);
            match order {
                LaneOrder::Damage => damage(other).cmp(&damage(one)).then(busy),
                LaneOrder::FirstEvent => one.first.cmp(&other.first),
                LaneOrder::Activity => busy,
                LaneOrder::Name => name(left).cmp(name(right)),
            }
            .then_with(|| name(left).cmp(name(right)))
        });
        lines.push(Line::Group(kind, members.len()));
        if folded.contains(&kind) {
            continue;
        }
        for number in members {
            let lane = &index.lanes[number];
            let (below, life) = match lane.subject {
                Subject::Credential(credential) => {
                    let owner = store.identities().get(store.credentials()[credential as usize].owner as usize);
                    let below = owner.map_or_else(String::new, |owner| format!("of {}", short(store.names.get(owner.name), 22)));
                    let mut life = lives.get(&credential).copied();
                    if let Some(life) = &mut life {
                        life.from = life.from.or(Some(lane.first));
                        life.used_after = life.revoked.and_then(|revoked| {
                            let position = lane.position(store, revoked.saturating_add(1));
                            lane.rows.get(position).map(|&row| store.time(row))
                        });
                    }
                    (below, life)
                }
                Subject::Identity(identity) => {
                    let acts_for = store.identities()[identity as usize].acts_for;
                    (if acts_for == NONE { String::new() } else { format!("for {}", short(store.names.get(acts_for), 22)) }, None)
                }
                Subject::All => (String::new(), None),
            };
            let shown = if kind == Kind::ApiKey { abbreviate(name(number)) } else { short(name(number), 22) };
            let worst = lane.total.worst_state();
            let damage = if worst >= State::Suspect { format!(", worst state {}", worst.word()) } else { String::new() };
            let spoken = format!(
                "{}, {}, {}{damage}",
                short(name(number), 80),
                kind.word(),
                crate::model::text::plural(u64::from(lane.total.count), "event")
            );
            lines.push(Line::Lane(Label { lane: number, name: shown, below, spoken, life }));
        }
    }
    lines
}

fn lives(case: &Examination) -> BTreeMap<u32, Life> {
    let mut lives: BTreeMap<u32, Life> = BTreeMap::new();
    for stage in case.store.life().iter().filter(|stage| stage.time != NO_TIME) {
        let life = lives.entry(stage.credential).or_default();
        match stage.category {
            Category::CredentialCreated => life.from = Some(life.from.map_or(stage.time, |time| time.min(stage.time))),
            Category::CredentialRevoked => life.revoked = Some(life.revoked.map_or(stage.time, |time| time.min(stage.time))),
            _ => {}
        }
    }
    lives
}
