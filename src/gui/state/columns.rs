//! The columns of the table: what they are called, and what stands in them.

use serde::{Deserialize, Serialize};

use super::axis::Zone;
use crate::model::{Field, Fields, Outcome};
use crate::seal::Unit;
use crate::store::{NO_TIME, Store};
use crate::verify::Examination;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// Integrity state.
    State,
    /// Time.
    Time,
    /// Who.
    Identity,
    /// What the actor is.
    Kind,
    /// The actor's full identifier.
    IdentityId,
    /// With which credential.
    Credential,
    /// What.
    Action,
    /// What sort of action.
    Category,
    /// On what.
    Target,
    /// With what result.
    Outcome,
    /// From where.
    From,
    /// The service that was acted through.
    Through,
    /// In which log.
    Log,
    /// In which file.
    File,
    /// The record's number in its log, from 0.
    Record,
    /// The line in the file, from 1.
    Line,
    /// On whose behalf.
    Behalf,
    /// In which session.
    Session,
    /// With which program.
    UserAgent,
    /// In which region.
    Region,
    /// In whose account.
    Account,
    /// What went wrong.
    Error,
    /// The record's own identifier.
    EventId,
}

/// What of a record the store does not keep, read anew for the rows in sight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FromRecord {
    /// On whose behalf.
    pub behalf: String,
    /// In which session.
    pub session: String,
    /// With which program.
    pub user_agent: String,
    /// In which region.
    pub region: String,
    /// In whose account.
    pub account: String,
    /// What went wrong.
    pub error: String,
    /// The record's own identifier.
    pub event_id: String,
    /// What of it the record's hash does not cover.
    pub uncovered: Fields,
    /// Region and account are covered by it.
    pub place_is_covered: bool,
}

impl FromRecord {
    /// Reads the record of a row again. What cannot be read is left empty, and the detail panel says why.
    pub fn read(case: &Examination, row: u32) -> Self {
        use crate::schema::details::Sort;
        let Ok(bytes) = case.raw(row) else { return Self { error: "cannot be read".into(), ..Self::default() } };
        let event = case.event(row, &bytes);
        let details = case.details(row, &bytes);
        let of = |sort: Sort| details.iter().find(|detail| detail.sort == sort);
        Self {
            behalf: event.on_behalf_of.into_owned(),
            session: event.session.into_owned(),
            user_agent: event.user_agent.into_owned(),
            region: of(Sort::Region).map_or_else(String::new, |detail| detail.value.clone()),
            account: of(Sort::Account).map_or_else(String::new, |detail| detail.value.clone()),
            error: event.outcome_text.into_owned(),
            event_id: event.event_id.into_owned(),
            uncovered: event.uncovered,
            place_is_covered: details.iter().all(|detail| detail.sort == Sort::Parameter || detail.is_covered),
        }
    }
}

impl Column {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 23] = [
        Self::State,
        Self::Time,
        Self::Identity,
        Self::Kind,
        Self::IdentityId,
        Self::Credential,
        Self::Action,
        Self::Category,
        Self::Target,
        Self::Outcome,
        Self::From,
        Self::Through,
        Self::Log,
        Self::File,
        Self::Record,
        Self::Line,
        Self::Behalf,
        Self::Session,
        Self::UserAgent,
        Self::Region,
        Self::Account,
        Self::Error,
        Self::EventId,
    ];

    /// Those that are shown until the user chooses others.
    pub const FIRST: [Self; 8] =
        [Self::State, Self::Time, Self::Identity, Self::Credential, Self::Action, Self::Target, Self::Outcome, Self::From];

    /// The word at its head.
    pub fn word(self) -> &'static str {
        match self {
            Self::State => "Integrity",
            Self::Time => "Time",
            Self::Identity => "Identity",
            Self::Kind => "Kind",
            Self::IdentityId => "Identifier",
            Self::Credential => "Credential",
            Self::Action => "Action",
            Self::Category => "Category",
            Self::Target => "Target",
            Self::Outcome => "Outcome",
            Self::From => "From",
            Self::Through => "Through",
            Self::Log => "Log",
            Self::File => "File",
            Self::Record => "Record",
            Self::Line => "Line",
            Self::Behalf => "On behalf of",
            Self::Session => "Session",
            Self::UserAgent => "User agent",
            Self::Region => "Region",
            Self::Account => "Account",
            Self::Error => "Error",
            Self::EventId => "Event ID",
        }
    }

    /// Whether it is read from the record when it is in sight. The store does not keep it, so it cannot be sorted by.
    pub fn is_from_record(self) -> bool {
        self >= Self::Behalf
    }

    /// Whether times, numbers and identifiers stand in it, which are set in the monospaced font.
    pub fn is_mono(self) -> bool {
        matches!(
            self,
            Self::Time
                | Self::IdentityId
                | Self::Credential
                | Self::From
                | Self::Record
                | Self::Line
                | Self::Session
                | Self::Account
                | Self::EventId
        )
    }

    /// The least width in points at which it can be read, and its share of what is left over.
    pub fn width(self) -> (f32, f32) {
        match self {
            Self::State => (34.0, 0.0),
            Self::Time => (96.0, 0.0),
            Self::Record | Self::Line => (76.0, 0.0),
            Self::Outcome | Self::Region => (80.0, 0.0),
            Self::Kind | Self::Category | Self::Account => (100.0, 0.2),
            Self::From | Self::Credential => (106.0, 0.4),
            Self::Identity | Self::Action => (112.0, 1.0),
            Self::Target => (120.0, 1.6),
            Self::Through | Self::Log | Self::File | Self::Behalf | Self::Session | Self::EventId => (110.0, 0.8),
            Self::IdentityId | Self::UserAgent | Self::Error => (140.0, 1.2),
        }
    }

    /// The parts of an event that stand in it.
    pub fn parts(self) -> &'static [Field] {
        match self {
            Self::State | Self::Through | Self::Log | Self::File | Self::Record | Self::Line | Self::Region | Self::Account => &[],
            Self::Time => &[Field::Time],
            Self::Identity => &[Field::Identity],
            Self::Kind => &[Field::Kind],
            Self::IdentityId => &[Field::IdentityId],
            Self::Credential => &[Field::Credential],
            Self::Action => &[Field::Action],
            Self::Category => &[Field::Category],
            Self::Target => &[Field::Target],
            Self::Outcome | Self::Error => &[Field::Outcome],
            Self::From | Self::UserAgent => &[Field::From],
            Self::Behalf => &[Field::Behalf],
            Self::Session | Self::EventId => &[Field::Session],
        }
    }

    /// What stands in it, whole and as the evidence has it. Empty where the record states nothing, or has not been read yet.
    pub fn value(self, case: &Examination, row: u32, zone: Zone, record: Option<&FromRecord>) -> String {
        let store = &case.store;
        let read = |part: fn(&FromRecord) -> &String| record.map(part).cloned().unwrap_or_default();
        match self {
            Self::State => store.state(row).word().to_owned(),
            Self::Time => match store.time(row) {
                NO_TIME => String::new(),
                time => zone.full(time),
            },
            Self::Identity => store.identity_name(row).to_owned(),
            Self::Kind => store.identity(row).map_or("", |identity| identity.kind.word()).to_owned(),
            Self::IdentityId => store.identity(row).map_or("", |identity| store.names.get(identity.id)).to_owned(),
            Self::Credential => store.credential(row).map_or("", |credential| store.names.get(credential.name)).to_owned(),
            Self::Action => store.action(row).to_owned(),
            Self::Category => store.category(row).word().to_owned(),
            Self::Target => store.target(row).to_owned(),
            Self::Outcome => store.outcome(row).word().to_owned(),
            Self::From => store.address(row).to_owned(),
            Self::Through => store.names.get(store.through_index(row)).to_owned(),
            Self::Log => case.log_of(row).map_or("", |log| log.origin.as_str()).to_owned(),
            Self::File => file(case, row).to_owned(),
            Self::Record => record_place(case, row),
            Self::Line => line(case, row).map(|line| line.to_string()).unwrap_or_default(),
            Self::Behalf => read(|record| &record.behalf),
            Self::Session => read(|record| &record.session),
            Self::UserAgent => read(|record| &record.user_agent),
            Self::Region => read(|record| &record.region),
            Self::Account => read(|record| &record.account),
            Self::Error => read(|record| &record.error),
            Self::EventId => read(|record| &record.event_id),
        }
    }

    /// The condition that shows only events with this value of it; `None` where the filter has no such field, or nothing stands there.
    pub fn condition(self, case: &Examination, row: u32) -> Option<String> {
        use crate::query::quoted;
        let store = &case.store;
        let text = |field: &str, value: &str| (!value.is_empty()).then(|| format!("{field}:{}", quoted(value)));
        match self {
            Self::State => Some(format!("state:{}", store.state(row).word())),
            Self::Identity => text("identity-is", store.identity_name(row)),
            Self::IdentityId => text("identity-id", store.identity(row).map_or("", |identity| store.names.get(identity.id))),
            Self::Kind => store.identity(row).map(|identity| format!("kind:{}", identity.kind.filter_word())),
            Self::Credential => text("key-is", store.credential(row).map_or("", |credential| store.names.get(credential.name))),
            Self::Action => text("action", store.action(row)),
            Self::Category => Some(format!("category:{}", store.category(row).filter_word())),
            Self::Target => text("target", store.target(row)),
            Self::Outcome => Some(format!("outcome:{}", store.outcome(row).word())),
            Self::From => text("ip", store.address(row)),
            Self::Through => text("via", store.names.get(store.through_index(row))),
            _ => None,
        }
    }
}

/// How much of a time has to be written to tell the events of a case apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// All are of one day.
    Clock,
    /// All are of one year.
    Day,
    /// Several years.
    Year,
}

impl TimeForm {
    /// For events between two times.
    pub fn of(span: Option<(i64, i64)>, zone: Zone) -> Self {
        let Some((first, last)) = span.map(|(first, last)| (zone.date(first), zone.date(last))) else { return Self::Clock };
        match (first == last, first.get(..4) == last.get(..4)) {
            (true, _) => Self::Clock,
            (false, true) => Self::Day,
            (false, false) => Self::Year,
        }
    }

    /// The time in this form.
    pub fn text(self, time: i64, zone: Zone) -> String {
        let form = match self {
            Self::Clock => "%H:%M:%S%.3f",
            Self::Day => "%m-%d %H:%M:%S%.3f",
            Self::Year => "%Y-%m-%d %H:%M:%S%.3f",
        };
        zone.clock(time).format(form).to_string()
    }

    /// What the column's head says beside it: the zone, and what is not written at every time.
    pub fn head(self, span: Option<(i64, i64)>, zone: Zone) -> String {
        let first = span.map(|(first, _)| zone.date(first)).unwrap_or_default();
        let zone = zone.label(span.map_or(0, |(first, _)| first));
        let zone = zone.split(',').next().unwrap_or("UTC");
        match self {
            Self::Clock if !first.is_empty() => format!("{first}, {zone}"),
            Self::Day => format!("{}, {zone}", first.get(..4).unwrap_or("")),
            _ => zone.to_owned(),
        }
    }

    /// The width of the column, in points.
    pub fn width(self) -> f32 {
        match self {
            Self::Clock => 166.0,
            Self::Day => 140.0,
            Self::Year => 174.0,
        }
    }
}

/// The file an event stands in, as the user knows it.
pub fn file(case: &Examination, row: u32) -> &str {
    let segment = case.store.origin(row).and_then(|origin| case.segments.get(origin.segment as usize));
    segment.map_or("", |segment| segment.plan.file.path.as_str())
}

/// The line of an event's record in its file, from 1, where records are lines.
pub fn line(case: &Examination, row: u32) -> Option<u64> {
    let origin = case.store.origin(row)?;
    let segment = case.segments.get(origin.segment as usize)?;
    (segment.plan.unit == Unit::Line).then_some(origin.record + 1)
}

/// The record's number in its log, from 0; for an entry of a document its index in the list there, as `Records[41]`.
pub fn record_place(case: &Examination, row: u32) -> String {
    let Some(entry) = case.store.entry_in_record(row) else {
        return case.record_number(row).map(crate::model::text::count).unwrap_or_default();
    };
    let segment = case.store.origin(row).and_then(|origin| case.segments.get(origin.segment as usize));
    let start = segment.map_or(&[][..], |segment| &segment.plan.file.start);
    let names = [("Records", &b"\"Records\""[..]), ("items", &b"\"items\""[..])];
    let is_list = start.trim_ascii_start().starts_with(b"[");
    let list = names.iter().find(|(_, name)| !is_list && memchr::memmem::find(start, name).is_some()).map_or("", |(list, _)| list);
    format!("{list}[{entry}]")
}

/// What keeps a refused event from reading like one that was done.
pub fn was_refused(store: &Store, row: u32) -> bool {
    matches!(store.outcome(row), Outcome::Denied | Outcome::Failure)
}
