//! `sealscope export`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{FINE, progress, verify};
use crate::bundle::{ExaminerKey, Exporting, Options, SignatureError, Sort, export as write, read_key};
use crate::model::text::{count, plural, visible};
use crate::query::{Filter, rows};
use crate::verify::Examination;

/// The words of the command line.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Files, folders or archives
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// The new folder, or a file ending in .zip
    #[arg(long, value_name = "DIR|FILE.zip")]
    pub(super) out: PathBuf,
    /// Your private key of OpenSSH (ssh-keygen -t ed25519), or agent, or agent:NAME for one that ssh-agent holds
    #[arg(long, value_name = "SSHKEY")]
    pub(super) key: PathBuf,
    /// A file of public keys to trust; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) trust: Vec<PathBuf>,
    /// Only this identity; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(super) identity: Vec<String>,
    /// Only this kind of identity, as in the filter: service, key, agent, workload, cloud, human, unknown
    #[arg(long, value_name = "KIND")]
    pub(super) kind: Option<String>,
    /// From this time on
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<String>,
    /// Up to this time
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<String>,
    /// Follow links that lead out of what is opened, instead of listing them
    #[arg(long)]
    pub(super) follow_links: bool,
    /// Any filter, as in the window
    #[arg(long, value_name = "TEXT")]
    pub(super) filter: Option<String>,
    /// Whole segments, whatever was selected in them
    #[arg(long)]
    pub(super) whole: bool,
    /// Export even where withheld records of unsalted logs could be guessed
    #[arg(long)]
    pub(super) accept_guessable: bool,
    /// Name the controls that the evidence is relevant to, in the report
    #[arg(long)]
    pub(super) controls: bool,
    /// Each record of a sealed segment also as a file with a C2SP .tlog-proof, up to 200 of a segment
    #[arg(long)]
    pub(super) single: bool,
    /// The case or request
    #[arg(long, value_name = "REF", default_value = "")]
    pub(super) case: String,
    /// Who exports; your account's name if not given
    #[arg(long, value_name = "NAME")]
    pub(super) examiner: Option<String>,
    /// Mask such values in the report and the tables; the records themselves are never altered
    #[arg(long, value_name = "SORT", value_delimiter = ',')]
    pub(super) mask: Vec<Sort>,
    /// Mask this word there too; may be given several times
    #[arg(long, value_name = "WORD")]
    pub(super) mask_word: Vec<String>,
    /// The folder of your own log: the export is noted there, and the log goes along, sealed as it is
    #[arg(long, value_name = "DIR")]
    pub(super) log: Option<PathBuf>,
}

impl Arguments {
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

    fn options(&self) -> Options {
        Options {
            whole: self.whole,
            range: self.is_range(),
            accept_guessable: self.accept_guessable,
            single: self.single,
            controls: self.controls,
            masks: self.mask.clone(),
            words: self.mask_word.clone(),
            log: self.log.clone(),
        }
    }

    /// Whether it asks for a range of time and nothing else.
    fn is_range(&self) -> bool {
        (self.from.is_some() || self.to.is_some()) && self.kind.is_none() && self.filter.is_none() && self.identity.is_empty()
    }
}

/// The identities that a word means: those with this identifier, else the one of this name. Several of one name must be told apart.
fn identities(case: &Examination, wanted: &str) -> Result<Vec<u32>, String> {
    let names = &case.store.names;
    let all = || (0u32..).zip(case.store.identities());
    let by_id: Vec<u32> = all().filter(|(_, identity)| names.get(identity.id) == wanted).map(|(index, _)| index).collect();
    if !by_id.is_empty() {
        return Ok(by_id);
    }
    let by_name: Vec<u32> = all().filter(|(_, identity)| names.get(identity.name) == wanted).map(|(index, _)| index).collect();
    if by_name.len() > 1 {
        let ids: Vec<&str> =
            all().filter(|(_, identity)| names.get(identity.name) == wanted).map(|(_, identity)| names.get(identity.id)).collect();
        let ids: Vec<String> =
            ids.into_iter().map(|id| if id.is_empty() { "none".to_owned() } else { format!("“{}”", visible(id)) }).collect();
        return Err(format!(
            "{} identities are named “{}”, with the identifiers {}. Give an identifier, or a filter: identity-is:NAME identity-id:ID",
            by_name.len(),
            visible(wanted),
            ids.join(", ")
        ));
    }
    Ok(by_name)
}

fn examiner_key(path: &Path) -> Result<ExaminerKey, String> {
    match read_key(path, None) {
        Err(SignatureError::NeedsPassphrase { .. }) => read_key(path, Some(&super::keys::passphrase("Passphrase of your key: ")?)),
        other => other,
    }
    .map_err(|error| error.to_string())
}

/// Exports.
pub(super) fn export(arguments: &Arguments) -> Result<u8, String> {
    let keys = super::brought(&arguments.trust, &[])?;
    let filter = Filter::parse(&arguments.text()).map_err(|error| error.to_string())?;
    let examiner = arguments.examiner.clone().or_else(|| std::env::var("USER").ok()).filter(|name| !name.trim().is_empty());
    let examiner = examiner.ok_or("say who exports: --examiner NAME")?;
    let key = examiner_key(&arguments.key)?;
    progress::follow_links(arguments.follow_links);
    let case = verify::with_progress(&arguments.paths, keys.clone());
    let mut chosen = rows(&case.store, &case.index, &filter, &|| false);
    if !arguments.identity.is_empty() {
        let mut wanted = BTreeSet::new();
        for name in &arguments.identity {
            wanted.extend(identities(&case, name)?);
        }
        chosen.retain(|row| wanted.contains(&case.store.identity_index(*row)));
    }
    let exporting = Exporting {
        case: &case,
        rows: &chosen,
        options: &arguments.options(),
        selection: arguments.words(),
        reference: arguments.case.clone(),
        examiner,
        key: &key,
        keys: &keys,
        now: crate::model::time::now().ok_or(crate::model::time::BAD_CLOCK)?,
        out: &arguments.out,
    };
    let exported = progress::shown(|job| write(&exporting, job)).map_err(|error| error.to_string())?;
    super::log::note(arguments.log.as_ref(), Some(&exporting.examiner), exporting.entry(&exported))?;
    println!("Bundle {} in {}", exported.id, visible(&exported.path.display().to_string()));
    println!("{} included, {} withheld; completeness {:?}", plural(exported.included, "record"), count(exported.withheld), exported.levels);
    println!("Signed by {}. What it cannot show:", key.fingerprint());
    exported.limits.iter().for_each(|limit| println!("  · {}", visible(limit)));
    Ok(FINE)
}
