//! What is known of one event, in words ready to be shown.

use super::columns::{Column, line, record_place};
use super::raw::Layout;
use crate::model::text::{abbreviate, shell_word, visible, visible_lines};
use crate::model::{Event, Field, Kind, Outcome, State};
use crate::schema::details::Sort;
use crate::seal::Proof;
use crate::source::Location;
use crate::verify::{Examination, LookError};

/// The longest text shown, in bytes.
const LONGEST: usize = 256 << 10;

/// Stands beside what comes from outside the hash.
pub const NOT_COVERED: &str = "† not covered by the record's hash: anyone could have changed it";

/// The label of the event's time, which is shown in the chosen zone.
pub const WHEN: &str = "When";

/// An event, read again from its file.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// The event's row.
    pub row: u32,
    /// The event as a sentence.
    pub sentence: String,
    /// What is known of it, always in the same order.
    pub fields: Vec<Known>,
    /// The record's JSON laid out; `None` if it is no JSON.
    pub raw: Option<Layout>,
    /// The stored text as it is, made harmless to look at.
    pub as_stored: String,
    /// The stored text as it is, for copying.
    pub verbatim: String,
    /// How many bytes are stored.
    pub size: u64,
    /// The proof, once it is made.
    pub proof: Option<Result<Proof, LookError>>,
    /// What has to be done before the proof's command can be run: where, and what has to be unpacked.
    pub place: String,
}

/// Something known of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is.
    pub label: String,
    /// Its value, made harmless to look at.
    pub shown: String,
    /// Its value as the evidence has it; empty where nothing is stated.
    pub value: String,
    /// Whether the record's hash covers it.
    pub is_covered: bool,
    /// The conditions that show only events with this value, and the others.
    pub conditions: Option<(String, String)>,
    /// Whether it names an actor that has a lane.
    pub has_lane: bool,
}

/// Collects what is known of an event.
struct Gathering<'a> {
    case: &'a Examination,
    row: u32,
    event: &'a Event<'a>,
    /// The stored record, in which texts can be looked for.
    body: &'a [u8],
    fields: Vec<Known>,
}

impl Gathering<'_> {
    /// A value that the filter knows by a column.
    fn column(&mut self, label: &str, column: Column, value: &str, words: String) {
        let condition = column.condition(self.case, self.row);
        let conditions = condition.map(|condition| (condition.clone(), format!("-{condition}")));
        self.push(label, column.parts(), value, words, conditions);
    }

    /// A value that no column holds.
    fn plain(&mut self, label: &str, parts: &[Field], value: &str) {
        let conditions = self.raw(value);
        self.push(label, parts, value, visible(value).into_owned(), conditions);
    }

    /// The conditions that look for a value in the stored records, if it stands in this one as it is and is no word that stands in many.
    fn raw(&self, value: &str) -> Option<(String, String)> {
        let stands = value.len() >= 4 && memchr::memmem::find(self.body, value.as_bytes()).is_some();
        stands.then(|| format!("raw:{}", crate::query::quoted(value))).map(|only| (only.clone(), format!("-{only}")))
    }

    fn push(&mut self, label: &str, parts: &[Field], value: &str, shown: String, conditions: Option<(String, String)>) {
        if shown.is_empty() {
            return;
        }
        let is_covered = !parts.iter().any(|part| self.event.uncovered.has(*part));
        let conditions = conditions.filter(|_| !value.is_empty());
        self.fields.push(Known { label: label.to_owned(), shown, value: value.to_owned(), is_covered, conditions, has_lane: false });
    }
}

impl Detail {
    /// Reads and understands the event of a row.
    pub fn read(case: &Examination, row: u32) -> Self {
        let bytes = match case.raw(row) {
            Ok(bytes) => bytes,
            Err(error) => {
                return Self {
                    row,
                    sentence: format!("The record cannot be read: {}", visible(&error.to_string())),
                    proof: Some(Err(error)),
                    ..Self::default()
                };
            }
        };
        let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let event = case.event(row, &bytes);
        let kind = case.store.identity(row).map_or(Kind::Unknown, |identity| identity.kind);
        let verbatim = String::from_utf8_lossy(&bytes).into_owned();
        let cut: String = verbatim.chars().take(LONGEST).collect();
        Self {
            row,
            sentence: sentence(&event, kind),
            fields: fields(case, row, &event, kind, body),
            raw: Layout::of(body),
            as_stored: visible_lines(&cut),
            verbatim,
            size: bytes.len() as u64,
            proof: None,
            place: place(case, row),
        }
    }

    /// What is shown of an event whose reading or proving ended without a result.
    pub fn failed(case: &Examination, row: u32, why: String) -> Self {
        let segment = case.store.origin(row).and_then(|origin| case.segments.get(origin.segment as usize));
        let path = segment.map_or_else(String::new, |segment| segment.plan.file.path.clone());
        let sentence = format!("The record cannot be shown: {}", visible(&why));
        Self { row, sentence, proof: Some(Err(LookError::Failed { path, why })), ..Self::default() }
    }

    /// The same with its proof.
    pub fn proved(mut self, case: &Examination) -> Self {
        if self.proof.is_none() {
            self.proof = Some(case.prove(self.row));
        }
        self
    }

    /// The commands that check the record by hand, complete: from going to the folder to what they must print. Empty if there are none.
    pub fn commands(&self) -> String {
        match &self.proof {
            Some(Ok(proof)) if !proof.command.is_empty() => format!("{}{}", self.place, proof.command),
            _ => String::new(),
        }
    }

    /// The headline for a state.
    pub fn headline(state: State) -> &'static str {
        match state {
            State::Sealed => "Sealed and unaltered",
            State::Consistent => "Agrees with its seal, key not trusted",
            State::Unsealed => "Not sealed",
            State::Unchecked => "Not checked",
            State::Suspect => "Unproven, next to damage",
            State::Broken => "This record is broken",
        }
    }
}

/// What is known of an event, always in the same order.
fn fields(case: &Examination, row: u32, event: &Event<'_>, kind: Kind, body: &[u8]) -> Vec<Known> {
    let mut all = Gathering { case, row, event, body, fields: Vec::new() };
    if let Some(doubt) = &event.doubt {
        all.plain("Ambiguous", &[], &format!("other programs may read this record differently: it has {}", doubt.words()));
    }
    let name = visible(&event.identity);
    all.push(
        "Who",
        &[Field::Identity, Field::Kind],
        &event.identity,
        format!("{name} ({})", kind.word()),
        Some(identity_conditions(case, row)),
    );
    if let Some(who) = all.fields.last_mut() {
        who.has_lane = true;
    }
    if event.identity_id != event.identity {
        all.column("Identifier", Column::IdentityId, &event.identity_id, visible(&event.identity_id).into_owned());
    }
    let credential = visible(&event.credential);
    let credential = match (credential.is_empty(), event.credential_is_key) {
        (true, _) => String::new(),
        (false, true) => format!("{credential} (key)"),
        (false, false) => credential.into_owned(),
    };
    all.column("Credential", Column::Credential, &event.credential, credential);
    let chain: Vec<String> = event.delegation.iter().map(|step| visible(&step.principal).into_owned()).collect();
    let behalf = match (chain.is_empty(), event.on_behalf_of.is_empty()) {
        (false, _) => chain.join(" → "),
        (true, false) => visible(&event.on_behalf_of).into_owned(),
        (true, true) => "not recorded".to_owned(),
    };
    let conditions = all.raw(&event.on_behalf_of);
    all.push("On behalf of", &[Field::Behalf], &event.on_behalf_of, behalf, conditions);
    all.column("Through", Column::Through, &event.through, visible(&event.through).into_owned());
    all.column("Action", Column::Action, &event.action, visible(&event.action).into_owned());
    all.column("Category", Column::Category, event.category.word(), event.category.word().to_owned());
    all.column("Target", Column::Target, &event.target, visible(&event.target).into_owned());
    all.column("Outcome", Column::Outcome, event.outcome.word(), event.outcome.word().to_owned());
    all.plain("Error", &[Field::Outcome], &event.outcome_text);
    all.column("From", Column::From, &event.source_address, visible(&event.source_address).into_owned());
    all.plain("User agent", &[Field::From], &event.user_agent);
    let details = case.details(row, body);
    let of_sort = |all: &mut Gathering<'_>, sort: Sort| {
        for detail in details.iter().filter(|detail| detail.sort == sort) {
            let label = match sort {
                Sort::Region => "Region".to_owned(),
                Sort::Account => "Account".to_owned(),
                Sort::Parameter => visible(detail.path.split_once('.').map_or(detail.path.as_str(), |(_, name)| name)).into_owned(),
            };
            let shown = crate::model::text::short(&detail.value, 2_000);
            let (value, conditions) = (detail.value.clone(), all.raw(&detail.value));
            all.fields.push(Known { label, shown, value, is_covered: detail.is_covered, conditions, has_lane: false });
        }
    };
    of_sort(&mut all, Sort::Region);
    of_sort(&mut all, Sort::Account);
    let time = case.store.time(row);
    let when = if time == crate::store::NO_TIME { "the record states no time".to_owned() } else { super::axis::Zone::Utc.full(time) };
    all.plain(WHEN, &[Field::Time], &when);
    all.plain("As written", &[Field::Time], &event.time_text);
    all.plain("Policy", &[Field::Policy], &event.policy);
    all.plain("Session", &[Field::Session], &event.session);
    all.plain("Event ID", &[Field::Session], &event.event_id);
    let record = record_words(case, row);
    all.plain("Record", &[], &record);
    let format = if event.schema.is_empty() { "no known vocabulary" } else { event.schema };
    all.push("Format", &[Field::Vocabulary], format, format.to_owned(), None);
    of_sort(&mut all, Sort::Parameter);
    all.fields
}

/// The conditions for the actor of an event, by name and identifier, and for all others.
fn identity_conditions(case: &Examination, row: u32) -> (String, String) {
    let store = &case.store;
    let id = store.identity(row).map_or("", |identity| store.names.get(identity.id));
    // Excluding both parts would also exclude those who share only one.
    let exclude = if id.is_empty() {
        format!("-identity-is:{}", crate::query::quoted(store.identity_name(row)))
    } else {
        format!("-identity-id:{}", crate::query::quoted(id))
    };
    (crate::query::only_identity(store, row), exclude)
}

/// "record 978 of robots, line 979 of robots/001.jsonl"
fn record_words(case: &Examination, row: u32) -> String {
    let log = case.log_of(row).map_or("", |log| log.origin.as_str());
    let file = super::columns::file(case, row);
    match (case.store.entry_in_record(row), line(case, row)) {
        (Some(_), _) => format!("{} of {file}", record_place(case, row)),
        (None, Some(line)) => format!("number {} of {log}, line {} of {file}", record_place(case, row), crate::model::text::count(line)),
        (None, None) => format!("number {} of {log}, in {file}", record_place(case, row)),
    }
}

/// Where the proof's command is run, as the beginning of the command.
fn place(case: &Examination, row: u32) -> String {
    let segment = case.store.origin(row).and_then(|origin| case.segments.get(origin.segment as usize));
    let Some(file) = segment.map(|segment| &segment.plan.file) else { return String::new() };
    match &file.location {
        Location::Path(path) => {
            // The file's name as it is shown is the end of its path; what is before that is the folder.
            let parts = file.path.split('/').count();
            let absolute = std::path::absolute(path).unwrap_or_else(|_error| path.clone());
            match absolute.ancestors().nth(parts) {
                Some(folder) if absolute.ends_with(&file.path) => format!("cd {}\n", shell_word(&folder.to_string_lossy())),
                _ => format!("# Here {} is {}\n", visible(&file.path), visible(&absolute.to_string_lossy())),
            }
        }
        Location::Slice { .. } => format!("# Unpack the archive first, and go to the folder in which {} is\n", visible(&file.path)),
    }
}

/// "release-agent (AI agent), for maria, read secret prod/db/password with key AKIA…7QX from 203.0.113.7: success"
pub fn sentence(event: &Event<'_>, kind: Kind) -> String {
    let mut text = format!("{} ({})", visible(&event.identity), kind.word());
    if !event.on_behalf_of.is_empty() {
        text.push_str(&format!(", for {},", visible(&event.on_behalf_of)));
    }
    let is_secret = event.category == crate::model::Category::SecretAccess && !event.target.is_empty();
    let (action, target) = (visible(&event.action), visible(&event.target));
    // Only what succeeded was done.
    text.push_str(&match (is_secret, event.outcome) {
        (true, Outcome::Success) => format!(" read secret {target} ({action})"),
        (true, Outcome::Denied | Outcome::Failure) => format!(" tried to read secret {target} ({action})"),
        (_, Outcome::Denied | Outcome::Failure) => format!(" tried to call {action}"),
        _ => format!(" called {action}"),
    });
    let told = is_secret && event.outcome != Outcome::Unknown;
    if !told && !event.target.is_empty() {
        text.push_str(&format!(" on {target}"));
    }
    if !event.through.is_empty() {
        text.push_str(&format!(" through {}", visible(&event.through)));
    }
    if !event.credential.is_empty() {
        text.push_str(&format!(" with {} {}", if event.credential_is_key { "key" } else { "credential" }, abbreviate(&event.credential)));
    }
    if !event.source_address.is_empty() {
        text.push_str(&format!(" from {}", visible(&event.source_address)));
    }
    if event.outcome != Outcome::Unknown {
        text.push_str(&format!(": {}", event.outcome.word()));
    }
    text.push('.');
    text
}

/// The sentence of a row from the columns alone, for hovering.
pub fn short_sentence(case: &Examination, row: u32) -> String {
    let store = &case.store;
    let identity = store.identity(row);
    let kind = identity.map_or(Kind::Unknown, |identity| identity.kind);
    let verb = if super::columns::was_refused(store, row) { "tried to call" } else { "called" };
    let mut text = format!("{} ({}) {verb} {}", visible(store.identity_name(row)), kind.word(), visible(store.action(row)));
    if !store.target(row).is_empty() {
        text.push_str(&format!(" on {}", crate::model::text::short(store.target(row), 80)));
    }
    if let Some(credential) = store.credential(row).filter(|credential| credential.is_key) {
        text.push_str(&format!(" with key {}", abbreviate(store.names.get(credential.name))));
    }
    if !store.address(row).is_empty() {
        text.push_str(&format!(" from {}", visible(store.address(row))));
    }
    format!("{text}: {}", store.outcome(row).word())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Category;

    #[test]
    fn only_what_succeeded_is_said_to_be_done() {
        let event = |outcome, category| Event {
            identity: "maria".into(),
            action: "GetSecretValue".into(),
            target: "prod/db".into(),
            outcome,
            category,
            ..Event::default()
        };
        let of = |outcome, category| sentence(&event(outcome, category), Kind::Human);
        assert_eq!(of(Outcome::Success, Category::SecretAccess), "maria (person) read secret prod/db (GetSecretValue): success.");
        assert_eq!(of(Outcome::Denied, Category::SecretAccess), "maria (person) tried to read secret prod/db (GetSecretValue): denied.");
        assert_eq!(of(Outcome::Unknown, Category::SecretAccess), "maria (person) called GetSecretValue on prod/db.");
        assert_eq!(of(Outcome::Failure, Category::Write), "maria (person) tried to call GetSecretValue on prod/db: failure.");
    }
}
