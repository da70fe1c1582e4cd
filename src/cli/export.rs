//! `sealscope export`.

use std::path::{Path, PathBuf};

use super::{FINE, verify};
use crate::bundle::{ExaminerKey, Exporting, SignatureError, export as write, read_key};
use crate::model::text::{count, plural, visible};
use crate::query::{Filter, rows};
use crate::trust::Store as Keys;
use crate::verify::Job;

/// Which records, by the words of the command line.
pub(super) struct Rule {
    pub(super) identity: Vec<String>,
    pub(super) kind: Option<String>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) whole: bool,
    pub(super) accept_guessable: bool,
    pub(super) controls: bool,
    pub(super) single: bool,
}

impl Rule {
    /// The rule as a filter's text, without the identities.
    fn text(&self) -> String {
        let mut words = Vec::new();
        words.extend(self.kind.as_ref().map(|kind| format!("kind:{kind}")));
        words.extend(self.from.as_ref().map(|time| format!("after:{time}")));
        words.extend(self.to.as_ref().map(|time| format!("before:{time}")));
        words.extend(self.filter.clone());
        words.join(" ")
    }

    /// The rule in words, for the statement.
    fn words(&self) -> String {
        let mut words = vec![self.text()];
        words.extend(self.identity.iter().map(|name| format!("identity is “{name}”")));
        words.retain(|word| !word.is_empty());
        let rule = if words.is_empty() { "everything".to_owned() } else { words.join(", ") };
        if self.whole { format!("{rule}; whole segments") } else { rule }
    }

    /// Whether it asks for a range of time and nothing else.
    fn is_range(&self) -> bool {
        (self.from.is_some() || self.to.is_some()) && self.kind.is_none() && self.filter.is_none() && self.identity.is_empty()
    }
}

fn examiner_key(path: &Path) -> Result<ExaminerKey, String> {
    match read_key(path, None) {
        Err(SignatureError::NeedsPassphrase { .. }) => read_key(path, Some(&super::keys::passphrase("Passphrase of your key: ")?)),
        other => other,
    }
    .map_err(|error| error.to_string())
}

/// Exports.
pub(super) fn export(
    paths: &[PathBuf],
    keys: Keys,
    out: &Path,
    key: &Path,
    rule: &Rule,
    reference: String,
    examiner: Option<String>,
) -> Result<u8, String> {
    let filter = Filter::parse(&rule.text()).map_err(|error| error.to_string())?;
    let examiner = examiner.or_else(|| std::env::var("USER").ok()).filter(|name| !name.trim().is_empty());
    let examiner = examiner.ok_or("say who exports: --examiner NAME")?;
    let key = examiner_key(key)?;
    let case = verify::with_progress(paths, keys.clone());
    let mut chosen = rows(&case.store, &case.index, &filter, &|| false);
    if !rule.identity.is_empty() {
        let named = |row: &u32| {
            let identity = case.store.identity(*row);
            let id = identity.map_or("", |identity| case.store.names.get(identity.id));
            rule.identity.iter().any(|name| *name == case.store.identity_name(*row) || *name == id)
        };
        chosen.retain(named);
    }
    let exporting = Exporting {
        case: &case,
        rows: &chosen,
        whole: rule.whole,
        range: rule.is_range(),
        accept_guessable: rule.accept_guessable,
        controls: rule.controls,
        single: rule.single,
        selection: rule.words(),
        reference,
        examiner,
        key: &key,
        keys: &keys,
        now: chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default(),
        out,
    };
    let exported = write(&exporting, &Job::default()).map_err(|error| error.to_string())?;
    println!("Bundle {} in {}", exported.id, visible(&exported.path.display().to_string()));
    println!("{} included, {} withheld; completeness {:?}", plural(exported.included, "record"), count(exported.withheld), exported.levels);
    println!("Signed by {}. What it cannot show:", key.fingerprint());
    exported.limits.iter().for_each(|limit| println!("  · {}", visible(limit)));
    Ok(FINE)
}
