//! Which records an export takes, and what a bundle of them would prove.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::gui::app::Open;
use crate::model::State;
use crate::model::text::plural;
use crate::store::Index;
use crate::store::index::Subject;
use crate::verify::{Examination, SegmentReport};

/// Which records are exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum What {
    /// What the filter lets through.
    #[default]
    Shown,
    /// The part of time in view.
    View,
    /// The selected event.
    Event,
    /// The marked events.
    Marked,
    /// The identity of the selected event.
    Identity,
    /// Records that findings point at, or that stand next to damage.
    Findings,
    /// The whole log of the selected event.
    Log,
    /// Everything.
    All,
}

impl What {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 8] = [Self::Shown, Self::View, Self::Event, Self::Marked, Self::Identity, Self::Findings, Self::Log, Self::All];
}

/// A choice with all that is needed to tell its records, on any thread.
#[derive(Clone)]
pub struct Choice {
    /// Which.
    pub what: What,
    /// Whether whole segments are wanted.
    pub whole: bool,
    /// The case.
    pub case: Arc<Examination>,
    shown: Arc<Index>,
    span: (i64, i64),
    selected: Option<u32>,
    subject: Option<Subject>,
    marked: BTreeSet<u32>,
    filter: String,
}

/// Whom the selected event stands for: the key whose lane is selected, else the event's identity.
fn subject(open: &Open) -> Option<Subject> {
    let row = open.selected?;
    let lane = open.selected_lane.and_then(|lane| open.shown.lanes.get(lane));
    let of_key = lane.map(|lane| lane.subject).filter(|subject| *subject == Subject::Credential(open.case.store.credential_index(row)));
    Some(of_key.unwrap_or(Subject::Identity(open.case.store.identity_index(row))))
}

/// Name and identifier.
fn named(case: &Examination, subject: Subject) -> (String, String) {
    let store = &case.store;
    match subject {
        Subject::Identity(index) => store
            .identities()
            .get(index as usize)
            .map_or_else(Default::default, |identity| (store.names.get(identity.name).to_owned(), store.names.get(identity.id).to_owned())),
        Subject::Credential(index) => store
            .credentials()
            .get(index as usize)
            .map_or_else(Default::default, |key| (store.names.get(key.name).to_owned(), String::new())),
        Subject::All => Default::default(),
    }
}

/// What would be in the bundle.
#[derive(Clone, Default)]
pub struct Summary {
    /// Selected records.
    pub records: u64,
    /// Segments that they stand in.
    pub segments: u64,
    /// Logs that these belong to.
    pub logs: u64,
    /// Size of the segments' files, in bytes.
    pub size: u64,
    /// What would be proven, and what not.
    pub prove: Vec<(State, String)>,
}

impl Choice {
    /// The choice as the window stands now.
    pub(crate) fn new(what: What, whole: bool, open: &Open, filter: &str) -> Self {
        Self {
            what,
            whole: whole || what == What::Log,
            case: Arc::clone(&open.case),
            shown: Arc::clone(&open.shown),
            span: (open.axis.from, open.axis.to()),
            selected: open.selected,
            subject: subject(open),
            marked: open.marked.clone(),
            filter: filter.trim().to_owned(),
        }
    }

    /// Whether the choice can be made: something is selected or marked for it.
    pub(crate) fn is_possible(what: What, open: &Open) -> bool {
        match what {
            What::Event | What::Identity | What::Log => open.selected.is_some(),
            What::Marked => !open.marked.is_empty(),
            What::Findings => !open.case.findings.is_empty(),
            What::Shown | What::View | What::All => true,
        }
    }

    /// The choice in the words of the dialog.
    pub(crate) fn label(what: What, open: &Open) -> String {
        let name = || subject(open).map_or_else(String::new, |subject| named(&open.case, subject).0);
        match what {
            What::Shown => "what the filter shows".into(),
            What::View => "the time in view".into(),
            What::Event => "the selected event".into(),
            What::Marked => format!("{} marked", plural(open.marked.len() as u64, "event")),
            What::Identity if open.selected.is_some() => format!("everything of {}", crate::model::text::short(&name(), 40)),
            What::Identity => "everything of the selected identity".into(),
            What::Findings => "the records of the findings".into(),
            What::Log => "the whole log of the selected event".into(),
            What::All => "everything".into(),
        }
    }

    /// Whether it is a range of time and nothing else.
    pub fn is_range(&self) -> bool {
        self.what == What::View && self.filter.is_empty()
    }

    /// The rule in words, for the statement.
    pub fn words(&self) -> String {
        let rule = match self.what {
            What::Shown if self.filter.is_empty() => "everything".to_owned(),
            What::Shown => format!("filter: {}", self.filter),
            What::View => {
                let (first, last) = (crate::model::time::seconds(self.span.0), crate::model::time::seconds(self.span.1));
                if self.filter.is_empty() { format!("{first} to {last}") } else { format!("{first} to {last}, filter: {}", self.filter) }
            }
            What::Event => "one event that the examiner selected".into(),
            What::Marked => "events that the examiner marked one by one".into(),
            What::Identity => match self.subject.map(|subject| (subject, named(&self.case, subject))) {
                Some((Subject::Credential(_), (key, _))) => format!("key is “{key}”"),
                Some((_, (name, id))) if !id.is_empty() && id != name => format!("identity is “{name}” with the identifier “{id}”"),
                Some((_, (name, _))) => format!("identity is “{name}”"),
                None => "no identity".to_owned(),
            },
            What::Findings => "records that findings point at, and suspect ones".into(),
            What::Log => {
                let log = self.selected.and_then(|row| self.case.log_of(row)).map_or("", |log| log.origin.as_str());
                format!("log is “{log}”")
            }
            What::All => "everything".into(),
        };
        if self.whole { format!("{rule}; whole segments") } else { rule }
    }

    /// The records.
    pub fn rows(&self) -> Vec<u32> {
        let store = &self.case.store;
        let all = 0..store.len() as u32;
        match self.what {
            What::Shown => self.shown.rows().collect(),
            What::All => all.collect(),
            What::View => self.shown.rows().filter(|row| (self.span.0..=self.span.1).contains(&store.time(*row))).collect(),
            What::Event => self.selected.into_iter().collect(),
            What::Marked => self.marked.iter().copied().collect(),
            What::Identity => {
                // By its place in the store: another one of the same name is another one.
                match self.subject {
                    Some(Subject::Identity(identity)) => all.filter(|row| store.identity_index(*row) == identity).collect(),
                    Some(Subject::Credential(key)) => all.filter(|row| store.credential_index(*row) == key).collect(),
                    Some(Subject::All) | None => Vec::new(),
                }
            }
            What::Findings => {
                let mut rows: BTreeSet<u32> = self.case.findings.iter().filter_map(|finding| self.case.row_of(finding)).collect();
                rows.extend(all.filter(|row| store.state(*row) >= State::Suspect));
                rows.into_iter().collect()
            }
            What::Log => {
                let log = |row: u32| self.case.segments.get(store.origin(row)?.segment as usize).map(|segment| segment.log);
                let Some(wanted) = self.selected.and_then(log) else { return Vec::new() };
                all.filter(|row| log(*row) == Some(wanted)).collect()
            }
        }
    }

    /// What a bundle of these records would hold and prove.
    pub fn summary(&self) -> Summary {
        let case = &self.case;
        let rows = self.rows();
        let mut segments: BTreeMap<u32, u64> = BTreeMap::new();
        rows.iter().filter_map(|row| case.store.origin(*row)).for_each(|origin| *segments.entry(origin.segment).or_default() += 1);
        let reports = || segments.iter().filter_map(|(segment, rows)| Some((case.segments.get(*segment as usize)?, *rows)));
        let logs: BTreeSet<u32> = reports().map(|(segment, _)| segment.log).collect();
        let kind = |segment: &SegmentReport| case.logs.get(segment.log as usize).map_or("", |log| log.seal);
        let (mut cut, mut entire, mut asserted, mut damaged, mut refused) = (0, 0, 0, 0, 0);
        for (segment, rows) in reports() {
            match kind(segment) {
                "not sealed" => asserted += 1,
                // No part of it leads to the signed root any more.
                _ if segment.state >= State::Suspect && (self.whole || rows >= segment.entries) => damaged += 1,
                _ if !self.whole && rows < segment.entries && case.can_excerpt(segment) => cut += 1,
                _ if !self.whole && rows < segment.entries => refused += 1,
                _ => entire += 1,
            }
        }
        let mut prove = Vec::new();
        let mut say = |number: u64, state: State, text: &str| {
            if number > 0 {
                prove.push((state, format!("{}: {text}", plural(number, "segment"))));
            }
        };
        say(cut, State::Sealed, "each record is a proven member; how many are withheld, and where, is proven, but not why");
        say(entire, State::Sealed, "whole, with all that the seal needs");
        say(damaged, State::Broken, "damaged, so it goes whole and as it is: nothing more is proven of it than here");
        say(refused, State::Broken, "single records cannot be taken out of it; choose whole segments, or other records");
        say(asserted, State::Unsealed, "not sealed: you alone vouch for these records");
        prove
            .push((State::Unchecked, "not proven: when you exported (a time stamp can be added), and that no other segment exists".into()));
        let size = reports().map(|(segment, _)| segment.plan.file.size).sum();
        Summary { records: rows.len() as u64, segments: segments.len() as u64, logs: logs.len() as u64, size, prove }
    }
}
