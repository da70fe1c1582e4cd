//! Which values occur among what passes the filter, and how often.

use std::collections::BTreeMap;

use rayon::slice::ParallelSliceMut;

use crate::store::index::Subject;
use crate::store::{Index, NONE, Store};

/// As many are listed of each.
const LISTED: usize = 7;
/// Beyond this many events only what the index knows already is counted: the window must not wait.
pub const COUNTED: usize = 300_000;

/// A value with how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The value.
    pub text: String,
    /// How often.
    pub count: u64,
    /// The condition that lets only it pass.
    pub filter: String,
}

/// The most frequent values of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// What they are.
    pub field: &'static str,
    /// The most frequent ones, the most frequent first.
    pub listed: Vec<Value>,
    /// How many others there are.
    pub others: usize,
}

/// The values of identity, action and address; of identities alone where there are very many events.
pub fn values(store: &Store, index: &Index) -> Vec<Values> {
    let identities = index.lanes.iter().filter_map(|lane| match lane.subject {
        Subject::Identity(identity) => Some((store.identities().get(identity as usize)?.name, u64::from(lane.total.count))),
        _ => None,
    });
    let mut all = vec![listed(store, "identity", "identity-is", identities)];
    if index.len() <= COUNTED {
        let column = |of: &dyn Fn(u32) -> u32| {
            let mut names: Vec<u32> = index.rows().map(of).filter(|name| *name != NONE).collect();
            names.par_sort_unstable();
            names.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u64)).collect::<Vec<_>>()
        };
        all.push(listed(store, "action", "action", column(&|row| store.action_index(row))));
        all.push(listed(store, "address", "ip", column(&|row| store.address_index(row))));
    }
    all.retain(|values| !values.listed.is_empty());
    all
}

fn listed(store: &Store, field: &'static str, condition: &str, counts: impl IntoIterator<Item = (u32, u64)>) -> Values {
    // Identities of one name are filtered together, so they are counted together.
    let mut together: BTreeMap<&str, u64> = BTreeMap::new();
    counts.into_iter().for_each(|(name, count)| *together.entry(store.names.get(name)).or_default() += count);
    let mut values: Vec<(&str, u64)> = together.into_iter().collect();
    values.sort_by(|(one, left), (other, right)| right.cmp(left).then_with(|| super::names::natural(one, other)));
    let others = values.len().saturating_sub(LISTED);
    values.truncate(LISTED);
    let quoted = |text: &str| {
        if text.contains(|letter: char| letter.is_whitespace() || letter == ',') { format!("\"{text}\"") } else { text.to_owned() }
    };
    let listed =
        values.into_iter().map(|(text, count)| Value { text: text.to_owned(), count, filter: format!("{condition}:{}", quoted(text)) });
    Values { field, listed: listed.collect(), others }
}
