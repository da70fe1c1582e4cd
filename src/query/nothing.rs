//! Why a filter lets nothing through.

use super::words::words;
use super::{Condition, Filter, matching};
use crate::model::text::{count, visible};
use crate::verify::Examination;

/// Where words without a field are looked for.
pub const SEARCHED: &str = "identities, their identifiers, on whose behalf they act, credentials, actions, targets, addresses, and services that were acted through";

/// What each condition of a filter that lets nothing through does alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nothing {
    /// The conditions in their order.
    pub conditions: Vec<Alone>,
}

/// A condition alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alone {
    /// As it was typed.
    pub typed: String,
    /// The text, if it is one to be found in any field.
    pub text: Option<String>,
    /// How many events it lets through.
    pub rows: usize,
}

/// What each condition of the filter does alone. `None`: it cannot be understood, has no condition, or was stopped.
pub fn nothing(case: &Examination, typed: &str, stop: &(dyn Fn() -> bool + Sync)) -> Option<Nothing> {
    let (Ok(filter), Ok(words)) = (Filter::parse(typed), words(typed)) else { return None };
    let mut conditions = Vec::new();
    for (condition, word) in filter.conditions.iter().zip(words) {
        let text = match condition {
            (false, Condition::Text(_)) => Some(word.text),
            _ => None,
        };
        let alone = Filter { conditions: vec![condition.clone()] };
        conditions.push(Alone { typed: typed.get(word.at)?.to_owned(), text, rows: matching(case, &alone, stop).rows.len() });
    }
    (!stop() && !conditions.is_empty()).then_some(Nothing { conditions })
}

impl Nothing {
    /// Sentences that say why nothing is shown.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = Vec::new();
        for alone in self.conditions.iter().filter(|alone| alone.rows == 0) {
            said.push(match &alone.text {
                Some(text) => format!("“{}” was looked for in {SEARCHED}, and is in none of them.", visible(text)),
                None => format!("No event fulfils {}.", visible(&alone.typed)),
            });
        }
        if self.conditions.iter().any(|alone| alone.rows == 0 && alone.text.is_some()) {
            said.push(
                "User agents, request parameters, regions and whatever else a record holds were not searched; raw: looks there too.".into(),
            );
        }
        if said.is_empty() {
            let each: Vec<String> =
                self.conditions.iter().map(|alone| format!("{} by {}", count(alone.rows as u64), visible(&alone.typed))).collect();
            said.push(format!("Each condition alone lets events through ({}), but no event fulfils all of them.", each.join(", ")));
        }
        said
    }
}
