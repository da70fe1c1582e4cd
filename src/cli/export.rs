//! `sealscope export`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::exit::{FINE, INCOMPLETE};
use super::{progress, verify};
use sealscope::bundle::{ExaminerKey, ExportError, ExportJob, MaskKind, Options, SignatureError, export as write, read_key};
use sealscope::model::text::{count, plural, visible};
use sealscope::query::{Filter, matching};
use sealscope::verify::Examination;

/// The options of the command.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Files, folders or archives
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// The new folder, or a file ending in .zip
    #[arg(long, value_name = "DIR|FILE.zip")]
    pub(super) out: PathBuf,
    /// Your private OpenSSH key (ssh-keygen -t ed25519); or agent, or agent:NAME, for a key in ssh-agent
    #[arg(long, value_name = "SSHKEY")]
    pub(super) key: PathBuf,
    /// Trust the keys in this file; repeatable
    #[arg(long, value_name = "FILE")]
    pub(super) trust: Vec<PathBuf>,
    /// A profile of hash chains (TOML); repeatable
    #[arg(long, value_name = "FILE")]
    pub(super) profile: Vec<PathBuf>,
    /// Only this identity; repeatable
    #[arg(long, value_name = "NAME")]
    pub(super) identity: Vec<String>,
    /// Only this kind of identity: service, key, agent, workload, cloud, human, unknown
    #[arg(long, value_name = "KIND")]
    pub(super) kind: Option<String>,
    /// Not before this time (UTC): 2026-03-07T03:14 or 2026-03-07
    #[arg(long, alias = "from", value_name = "TIME")]
    pub(super) since: Option<String>,
    /// Before this time (UTC)
    #[arg(long, alias = "to", value_name = "TIME")]
    pub(super) until: Option<String>,
    /// Follow links that lead outside the given paths, instead of only listing them
    #[arg(long)]
    pub(super) follow_links: bool,
    /// Only what this filter matches, as in the window
    #[arg(long, value_name = "TEXT")]
    pub(super) filter: Option<String>,
    /// Include every file with a selected record whole
    #[arg(long, alias = "whole")]
    pub(super) whole_files: bool,
    /// Export even if withheld records of unsalted logs could be guessed from their hashes
    #[arg(long)]
    pub(super) accept_guessable: bool,
    /// List in the report the controls to which the evidence is relevant
    #[arg(long, alias = "controls")]
    pub(super) control_map: bool,
    /// Also write each record of a sealed segment to its own file with a C2SP .tlog-proof, up to 200 per segment
    #[arg(long, alias = "single")]
    pub(super) inclusion_proofs: bool,
    /// Reference of the case or request
    #[arg(long, value_name = "REF", default_value = "")]
    pub(super) case: String,
    /// Your name in the bundle [default: your account name]
    #[arg(long, value_name = "NAME")]
    pub(super) examiner: Option<String>,
    /// Mask values of these kinds in the report and the tables; the records themselves are never altered
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(super) mask: Vec<MaskKind>,
    /// Also mask this word there; repeatable
    #[arg(long, value_name = "WORD")]
    pub(super) mask_word: Vec<String>,
    /// Folder of your activity log: the export is recorded there, and the sealed part of the log is included in the bundle
    #[arg(long, value_name = "DIR")]
    pub(super) log: Option<PathBuf>,
}

impl Arguments {
    /// The rule as a filter's text, without the identities.
    fn text(&self) -> String {
        let mut words = Vec::new();
        words.extend(self.kind.as_ref().map(|kind| format!("kind:{kind}")));
        words.extend(self.since.as_ref().map(|time| format!("since:{time}")));
        words.extend(self.until.as_ref().map(|time| format!("until:{time}")));
        words.extend(self.filter.clone());
        words.join(" ")
    }

    /// The rule in words, for the statement.
    fn words(&self) -> String {
        let mut words = vec![self.text()];
        words.extend(self.identity.iter().map(|name| format!("identity is “{name}”")));
        words.retain(|word| !word.is_empty());
        let rule = if words.is_empty() { "everything".to_owned() } else { words.join(", ") };
        if self.whole_files { format!("{rule}; whole files") } else { rule }
    }

    fn options(&self) -> Options {
        Options {
            whole: self.whole_files,
            range: self.is_range(),
            accept_guessable: self.accept_guessable,
            single: self.inclusion_proofs,
            controls: self.control_map,
            masks: self.mask.clone(),
            words: self.mask_word.clone(),
            log: self.log.clone(),
        }
    }

    /// Whether it asks for a range of time and nothing else.
    fn is_range(&self) -> bool {
        (self.since.is_some() || self.until.is_some()) && self.kind.is_none() && self.filter.is_none() && self.identity.is_empty()
    }
}

/// The identities that a word names: those with this identifier, else the one with this name. Several with one name are an error.
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
            "{} identities are named “{}”; their identifiers are {}. Give an identifier instead, or --filter 'identity-is:NAME identity-id:ID'",
            by_name.len(),
            visible(wanted),
            ids.join(", ")
        ));
    }
    Ok(by_name)
}

fn examiner_key(path: &Path) -> Result<ExaminerKey, String> {
    match read_key(path, None) {
        Err(SignatureError::NeedsPassphrase { .. }) => read_key(path, Some(&super::secret::passphrase("Passphrase of your key: ")?)),
        other => other,
    }
    .map_err(|error| error.to_string())
}

/// Exports.
pub(super) fn export(arguments: &Arguments) -> Result<u8, String> {
    let keys = super::load::load(&arguments.trust, &arguments.profile)?;
    let filter = Filter::parse(&arguments.text()).map_err(|error| error.to_string())?;
    let examiner = arguments.examiner.clone().or_else(|| std::env::var("USER").ok()).filter(|name| !name.trim().is_empty());
    let examiner = examiner.ok_or("the name of the examiner is missing: give --examiner NAME")?;
    let key = examiner_key(&arguments.key)?;
    progress::follow_links(arguments.follow_links);
    let case = verify::with_progress(&arguments.paths, keys.clone());
    if case.cancelled {
        eprintln!("sealscope: {}", ExportError::Cancelled);
        return Ok(INCOMPLETE);
    }
    let found = matching(&case, &filter, &|| false);
    if let Some(unread) = found.unread.first() {
        return Err(format!("{} could not be read again, so the filter cannot be applied to it", sealscope::model::text::visible(unread)));
    }
    let mut chosen = found.rows;
    if !arguments.identity.is_empty() {
        let mut wanted = BTreeSet::new();
        for name in &arguments.identity {
            wanted.extend(identities(&case, name)?);
        }
        chosen.retain(|row| wanted.contains(&case.store.identity_index(*row)));
    }
    let export_job = ExportJob {
        case: &case,
        rows: &chosen,
        options: &arguments.options(),
        selection: arguments.words(),
        reference: arguments.case.clone(),
        examiner,
        key: &key,
        keys: &keys,
        now: sealscope::model::time::now().ok_or(sealscope::model::time::BAD_CLOCK)?,
        out: &arguments.out,
    };
    let exported = match progress::shown(|job| write(&export_job, job)) {
        Err(error @ ExportError::Cancelled) => {
            eprintln!("sealscope: {error}");
            return Ok(INCOMPLETE);
        }
        exported => exported.map_err(|error| error.to_string())?,
    };
    super::log::note(arguments.log.as_ref(), Some(&export_job.examiner), export_job.entry(&exported))?;
    println!("Bundle {} in {}", exported.id, visible(&exported.path.display().to_string()));
    println!("{} included, {} withheld; completeness {:?}", plural(exported.included, "record"), count(exported.withheld), exported.levels);
    println!("Signed by {}. What it cannot show:", key.fingerprint());
    exported.limits.iter().for_each(|limit| println!("  · {}", visible(limit)));
    Ok(FINE)
}
