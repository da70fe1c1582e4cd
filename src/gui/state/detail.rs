//! What is known of one event, in words ready to be shown.

use crate::model::text::{abbreviate, visible, visible_lines};
use crate::model::{Field, Kind, Outcome, State};
use crate::seal::Proof;
use crate::verify::{Examination, LookError};

/// The longest text shown, in bytes.
const LONGEST: usize = 256 << 10;

/// Stands beside what comes from outside the hash.
const NOT_COVERED: &str = "† not covered by the record's hash: anyone could have changed it";

/// An event, read again from its file.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// The event's row.
    pub row: u32,
    /// The event as a sentence.
    pub sentence: String,
    /// Labels and values.
    pub fields: Vec<(&'static str, String)>,
    /// The stored text, made harmless and laid out.
    pub raw: String,
    /// The stored text as it is, for copying.
    pub verbatim: String,
    /// The proof, once it is made.
    pub proof: Option<Result<Proof, LookError>>,
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
        let store = &case.store;
        let kind = store.identity(row).map_or(Kind::Unknown, |identity| identity.kind);
        let mut fields = Vec::new();
        let mut add = |label, parts: &[Field], value: String| {
            let uncovered = parts.iter().any(|part| event.uncovered.has(*part));
            if !value.is_empty() {
                fields.push((label, if uncovered { format!("{value}\n{NOT_COVERED}") } else { value }));
            }
        };
        if let Some(doubt) = &event.doubt {
            add("Ambiguous", &[], format!("other programs may read this record differently: it has {}", doubt.words()));
        }
        let with_id = |name: &str, id: &str| {
            if id.is_empty() || id == name { visible(name).into_owned() } else { format!("{}\n{}", visible(name), visible(id)) }
        };
        add(
            "Who",
            &[Field::Identity, Field::IdentityId, Field::Kind],
            format!("{} ({})", with_id(&event.identity, &event.identity_id), kind.word()),
        );
        add(
            "Under",
            &[Field::Credential],
            if event.credential.is_empty() {
                String::new()
            } else {
                format!("{} {}", if event.credential_is_key { "key" } else { "credential" }, visible(&event.credential))
            },
        );
        let chain: Vec<String> = event.delegation.iter().map(|step| visible(&step.principal).into_owned()).collect();
        add(
            "For",
            &[Field::Behalf],
            if !chain.is_empty() {
                chain.join(" → ")
            } else if event.on_behalf_of.is_empty() {
                "nobody stated".into()
            } else {
                visible(&event.on_behalf_of).into_owned()
            },
        );
        add("Through", &[Field::Behalf], visible(&event.through).into_owned());
        add("What", &[Field::Action, Field::Category], format!("{} · {}", visible(&event.action), event.category.word()));
        add("Target", &[Field::Target], visible(&event.target).into_owned());
        add(
            "Where",
            &[Field::From],
            [visible(&event.source_address), visible(&event.user_agent)]
                .iter()
                .filter(|part| !part.is_empty())
                .map(|part| part.to_string())
                .collect::<Vec<_>>()
                .join(" · "),
        );
        let outcome_text = if event.outcome_text.is_empty() { String::new() } else { format!(" · {}", visible(&event.outcome_text)) };
        add("Outcome", &[Field::Outcome], format!("{}{outcome_text}", event.outcome.word()));
        add("Policy", &[Field::Policy], visible(&event.policy).into_owned());
        add("Session", &[Field::Session], visible(&event.session).into_owned());
        add("As written", &[Field::Time], visible(&event.time_text).into_owned());
        add("Read as", &[Field::Vocabulary], if event.schema.is_empty() { "no known vocabulary".into() } else { event.schema.to_owned() });
        let verbatim = String::from_utf8_lossy(&bytes).into_owned();
        let laid_out = laid_out(body).unwrap_or_else(|| verbatim.clone());
        let cut: String = laid_out.chars().take(LONGEST).collect();
        Self { row, sentence: sentence(&event, kind), fields, raw: visible_lines(&cut), verbatim, proof: None }
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

/// The JSON over several lines, members in their own order and numbers as written; `None` if it is no JSON.
fn laid_out(bytes: &[u8]) -> Option<String> {
    // Reading to a generic value would reorder members and change numbers, so only white space outside of strings is set.
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).ok()?;
    let text = std::str::from_utf8(bytes).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let mut characters = text.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        (0..depth.min(32)).for_each(|_| out.push_str("  "));
    };
    while let Some(character) = characters.next() {
        if in_string {
            out.push(character);
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '"' => {
                in_string = true;
                out.push('"');
            }
            '{' | '[' => {
                out.push(character);
                while characters.peek().is_some_and(|next| next.is_whitespace()) {
                    characters.next();
                }
                if characters.peek().is_some_and(|next| *next == '}' || *next == ']') {
                    out.extend(characters.next());
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            space if space.is_whitespace() => {}
            other => out.push(other),
        }
    }
    Some(out)
}

/// "release-agent (AI agent), for maria, read secret prod/db/password with key AKIA…7QX from 203.0.113.7: success"
pub fn sentence(event: &crate::model::Event<'_>, kind: Kind) -> String {
    let mut text = format!("{} ({})", visible(&event.identity), kind.word());
    if !event.on_behalf_of.is_empty() {
        text.push_str(&format!(", for {},", visible(&event.on_behalf_of)));
    }
    if event.category == crate::model::Category::SecretAccess && !event.target.is_empty() {
        text.push_str(&format!(" read secret {} ({})", visible(&event.target), visible(&event.action)));
    } else {
        text.push_str(&format!(" did {}", visible(&event.action)));
    }
    if event.category != crate::model::Category::SecretAccess && !event.target.is_empty() {
        text.push_str(&format!(" on {}", visible(&event.target)));
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
    let mut text = format!("{} ({}) did {}", visible(store.identity_name(row)), kind.word(), visible(store.action(row)));
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

    #[test]
    fn laying_out_keeps_every_character_that_counts() {
        let text = br#"{"b":1.10,"a":[1,{"c":"x:,{}\"y"}],"e":{},"n":12345678901234567890}"#;
        let shown = laid_out(text).unwrap();
        assert!(shown.contains("1.10") && shown.contains("12345678901234567890") && shown.contains(r#""x:,{}\"y""#));
        assert!(shown.find("\"b\"") < shown.find("\"a\""));
        assert!(shown.contains("\"e\": {}"));
        assert_eq!(laid_out(b"{not json"), None);
    }
}
