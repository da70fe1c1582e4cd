//! Which records an export takes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::CaseView;
use crate::model::State;
use crate::model::text::plural;
use crate::store::Index;
use crate::store::index::Subject;
use crate::verify::Examination;

/// Which records are exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelectionKind {
    /// What passes the filter.
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

impl SelectionKind {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 8] = [Self::Shown, Self::View, Self::Event, Self::Marked, Self::Identity, Self::Findings, Self::Log, Self::All];
}

/// A choice with all that is needed to find its records, on any thread.
#[derive(Clone)]
pub struct Choice {
    /// Which.
    pub kind: SelectionKind,
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
fn subject(view: &CaseView) -> Option<Subject> {
    let row = view.selection.event?;
    let lane = view.selection.lane.and_then(|lane| view.shown.lanes.get(lane));
    let of_key = lane.map(|lane| lane.subject).filter(|subject| *subject == Subject::Credential(view.case.store.credential_index(row)));
    Some(of_key.unwrap_or(Subject::Identity(view.case.store.identity_index(row))))
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

impl Choice {
    /// The choice as the window stands now.
    pub fn new(kind: SelectionKind, whole: bool, view: &CaseView) -> Self {
        Self {
            kind,
            whole: whole || kind == SelectionKind::Log,
            case: Arc::clone(&view.case),
            shown: Arc::clone(&view.shown),
            span: (view.axis.from, view.axis.to()),
            selected: view.selection.event,
            subject: subject(view),
            marked: view.selection.marked.clone(),
            filter: view.shown_filter.trim().to_owned(),
        }
    }

    /// Whether the choice can be made: something is selected or marked for it.
    pub fn is_possible(kind: SelectionKind, view: &CaseView) -> bool {
        match kind {
            SelectionKind::Event | SelectionKind::Identity | SelectionKind::Log => view.selection.event.is_some(),
            SelectionKind::Marked => !view.selection.marked.is_empty(),
            SelectionKind::Findings => !view.case.findings.is_empty(),
            SelectionKind::Shown | SelectionKind::View | SelectionKind::All => true,
        }
    }

    /// The choice in the words of the dialog.
    pub fn label(kind: SelectionKind, view: &CaseView) -> String {
        let name = || subject(view).map_or_else(String::new, |subject| named(&view.case, subject).0);
        match kind {
            SelectionKind::Shown => "what the filter shows".into(),
            SelectionKind::View => "the time in view".into(),
            SelectionKind::Event => "the selected event".into(),
            SelectionKind::Marked => format!("{} marked", plural(view.selection.marked.len() as u64, "event")),
            SelectionKind::Identity if view.selection.event.is_some() => {
                format!("everything of {}", crate::model::text::short(&name(), 40))
            }
            SelectionKind::Identity => "everything of the selected identity".into(),
            SelectionKind::Findings => "the records of the findings".into(),
            SelectionKind::Log => "the whole log of the selected event".into(),
            SelectionKind::All => "everything".into(),
        }
    }

    /// Whether another choice takes the same records of the same case.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.kind, self.whole, self.span, self.selected, self.subject)
            == (other.kind, other.whole, other.span, other.selected, other.subject)
            && self.filter == other.filter
            && self.marked == other.marked
            && Arc::ptr_eq(&self.case, &other.case)
            && Arc::ptr_eq(&self.shown, &other.shown)
    }

    /// Whether it is a range of time and nothing else.
    pub fn is_range(&self) -> bool {
        self.kind == SelectionKind::View && self.filter.is_empty()
    }

    /// The rule in words, for the statement.
    pub fn words(&self) -> String {
        let rule = match self.kind {
            SelectionKind::Shown if self.filter.is_empty() => "everything".to_owned(),
            SelectionKind::Shown => format!("filter: {}", self.filter),
            SelectionKind::View => {
                let (first, last) = (crate::model::time::seconds(self.span.0), crate::model::time::seconds(self.span.1));
                if self.filter.is_empty() { format!("{first} to {last}") } else { format!("{first} to {last}, filter: {}", self.filter) }
            }
            SelectionKind::Event => "one event selected by the examiner".into(),
            SelectionKind::Marked => "events marked one by one by the examiner".into(),
            SelectionKind::Identity => match self.subject.map(|subject| (subject, named(&self.case, subject))) {
                Some((Subject::Credential(_), (key, _))) => format!("key is “{key}”"),
                Some((_, (name, id))) if !id.is_empty() && id != name => format!("identity is “{name}” with the identifier “{id}”"),
                Some((_, (name, _))) => format!("identity is “{name}”"),
                None => "no identity".to_owned(),
            },
            SelectionKind::Findings => "records that findings point to, and suspect records".into(),
            SelectionKind::Log => {
                let log = self.selected.and_then(|row| self.case.log_of(row)).map_or("", |log| log.origin.as_str());
                format!("log is “{log}”")
            }
            SelectionKind::All => "everything".into(),
        };
        if self.whole { format!("{rule}; whole segments") } else { rule }
    }

    /// The records.
    pub fn rows(&self) -> Vec<u32> {
        let store = &self.case.store;
        let all = 0..store.len() as u32;
        match self.kind {
            SelectionKind::Shown => self.shown.rows().collect(),
            SelectionKind::All => all.collect(),
            SelectionKind::View => self.shown.rows().filter(|row| (self.span.0..=self.span.1).contains(&store.time(*row))).collect(),
            SelectionKind::Event => self.selected.into_iter().collect(),
            SelectionKind::Marked => self.marked.iter().copied().collect(),
            SelectionKind::Identity => {
                // By its place in the store: another one of the same name is another one.
                match self.subject {
                    Some(Subject::Identity(identity)) => all.filter(|row| store.identity_index(*row) == identity).collect(),
                    Some(Subject::Credential(key)) => all.filter(|row| store.credential_index(*row) == key).collect(),
                    Some(Subject::All) | None => Vec::new(),
                }
            }
            SelectionKind::Findings => {
                let mut rows: BTreeSet<u32> = self.case.findings.iter().filter_map(|finding| self.case.row_of(finding)).collect();
                rows.extend(all.filter(|row| store.state(*row) >= State::Suspect));
                rows.into_iter().collect()
            }
            SelectionKind::Log => {
                let log = |row: u32| self.case.segments.get(store.origin(row)?.segment as usize).map(|segment| segment.log);
                let Some(wanted) = self.selected.and_then(log) else { return Vec::new() };
                all.filter(|row| log(*row) == Some(wanted)).collect()
            }
        }
    }
}
