//! Puts a bundle together: the selected records with their proofs, the seals, the statement, the report, and the examiner's signature.

mod job;
mod parts;
mod preview;
mod recheck;
mod sources;

use std::collections::BTreeSet;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::bundle::bag::{self, Bag, safe};
use crate::bundle::mask::Mask;
use crate::bundle::report::html;
use crate::bundle::report::model as report;
use crate::bundle::report::patience::{Stopped, patiently};
use crate::bundle::report::printed::{NOT_IN_THIS_BUILD, print};
use crate::bundle::report::summary::{self, Summary};
use crate::bundle::statement::{FORMAT, Level, Statement, TOOL, identifier, limits};
use crate::case::examiner_log::ExaminerLog;
use crate::case::receive;
use crate::case::workplace::Workplace;
use crate::model::text::hex;
use crate::model::time;
use crate::seal::bag::{MAX_TEXT, PROFILE, SIGNATURE};
use crate::source::Location;
use crate::verify::Job;
pub use job::{ExportError, ExportJob, Exported, Options};
pub use preview::{Preview, preview};

/// The checker that is published with the program; only its hash goes into bundles.
const CHECKER: &[u8] = include_bytes!("../../../docs/check_bundle.py");

/// Exports.
pub fn export(export_job: &ExportJob<'_>, job: &Job) -> Result<Exported, ExportError> {
    let case = export_job.case;
    if export_job.rows.is_empty() {
        return Err(ExportError::Nothing(export_job.selection.clone()));
    }
    let own = export_job.key.material();
    let vouching = export_job.keys.trusted().iter().chain(&case.found_keys);
    if vouching.into_iter().any(|key| Some(&key.material) == own.as_ref() && key.note_type.is_some()) {
        return Err(ExportError::SealersKey);
    }
    if std::fs::symlink_metadata(export_job.out).is_ok() {
        return Err(ExportError::Exists { path: export_job.out.to_owned() });
    }
    outside(export_job)?;
    let failed = |cause| ExportError::Write { path: export_job.out.to_owned(), cause };
    let parent = export_job.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(failed)?;
    let building = Workplace::make(parent, "export").map_err(failed)?;
    let root = building.path().join("bag");
    std::fs::create_dir_all(&root).map_err(failed)?;
    let mut bag = Bag::new(root.clone());
    let mut plan = parts::Plan::new(export_job)?;
    // All files are hashed; those that something is taken out of are read once more.
    let sizes = |segment: &crate::verify::SegmentReport| segment.plan.file.size;
    let read: u64 = plan.chosen.keys().filter_map(|segment| case.segments.get(*segment as usize)).map(sizes).sum();
    job.set_total(read + case.segments.iter().map(sizes).sum::<u64>() + case.companions.iter().map(|file| file.size).sum::<u64>());
    let mut taken = Vec::new();
    let mut whole: BTreeSet<String> = BTreeSet::new();
    let segments: Vec<u32> = plan.chosen.keys().copied().collect();
    for segment in segments {
        if job.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        match parts::part(export_job, &mut bag, &plan, segment, &mut whole, job)? {
            Some(part) => taken.push(part),
            None => plan.leave_out(segment),
        }
    }
    parts::companions(case, &mut bag, &whole, job, &failed)?;
    let left = parts::withheld(case, &mut bag, &whole, job, &failed)?;
    own_log(export_job, &mut bag, job)?;
    let earlier = parts::earlier(export_job, &mut bag, &plan, job, &failed)?;
    let proven = taken.clone();
    let logs: BTreeSet<&str> = taken.iter().map(|part| part.log.as_str()).collect();
    let mut mask = mask(export_job)?;
    let summary = Summary::new(case, export_job.rows, &logs, &mut mask, &mut bag, job);
    if job.is_cancelled() {
        return Err(ExportError::Cancelled);
    }
    let mut summary = summary.map_err(failed)?;
    summary.findings.extend(earlier);
    let logs: BTreeSet<&str> = proven.iter().map(|part| part.log.as_str()).collect();
    let (sentence, coverage, selection) =
        (mask.text(&case.sentence()), mask.text(&case.coverage().line()), mask.text(&export_job.selection));
    let mut acquisitions = sources::acquisitions(case)?;
    let sources = sources::sources(case, &acquisitions, job)?;
    acquisitions.iter_mut().for_each(|record| mask.json(record));
    let limits = limits(&taken, left, !mask.is_empty());
    let mut statement = Statement {
        format: FORMAT.into(),
        id: String::new(),
        case: export_job.reference.clone(),
        examiner: export_job.examiner.clone(),
        examiner_key: export_job.key.fingerprint(),
        // Seconds are enough, and no clock is right to more.
        exported: time::rfc3339(export_job.now.checked_sub(export_job.now.rem_euclid(time::SECOND)).ok_or(ExportError::Clock)?),
        host: receive::host(),
        time_zone: "UTC".into(),
        tool: TOOL.into(),
        tool_sha256: own_hash(),
        sources,
        excluded: sources::excluded(case),
        acquisitions,
        masked: mask.masked(),
        selection,
        population: case.counts().total(),
        selected: export_job.rows.len() as u64,
        included: taken.iter().map(|part| part.included).sum(),
        withheld: taken.iter().map(|part| part.withheld).sum(),
        parts: taken,
        verdict: case.verdict().word().into(),
        sentence,
        coverage,
        ladders: summary::ladders(case, &logs, &mut mask),
        controls: export_job.options.controls,
        limits,
    };
    statement.id = identifier(&statement)?;
    let printed = write_texts(export_job, &mut bag, &statement, &summary, job)?;
    let info = [
        ("Bag-Software-Agent", statement.tool.clone()),
        ("BagIt-Profile-Identifier", PROFILE.into()),
        ("Bagging-Date", statement.exported.chars().take(10).collect()),
        ("Contact-Name", export_job.examiner.clone()),
        ("External-Identifier", format!("urn:sealscope:evidence:{}", statement.id)),
        ("External-Description", export_job.reference.clone()),
        ("Evidence-Time-Zone", "UTC".into()),
    ];
    let signed = bag.finish(&info).map_err(failed)?;
    crate::bundle::export::recheck::recheck(export_job, &root, &plan, &statement, job)?;
    std::fs::write(root.join(SIGNATURE), export_job.key.sign(signed.as_bytes())?).map_err(failed)?;
    if job.is_cancelled() {
        return Err(ExportError::Cancelled);
    }
    if !publish(export_job, &statement, &root, building, job).map_err(failed)? {
        return Err(ExportError::Cancelled);
    }
    let mut levels: Vec<Level> = statement.parts.iter().map(|part| part.level).collect();
    levels.dedup();
    // Of the program, not of the evidence: so it is said here and not in the statement.
    let unprinted = (!printed).then(|| format!("There is no report.pdf in the bundle: {NOT_IN_THIS_BUILD}."));
    Ok(Exported {
        path: export_job.out.to_owned(),
        id: statement.id,
        included: statement.included,
        withheld: statement.withheld,
        levels,
        limits: statement.limits.into_iter().chain(unprinted).collect(),
        signer: export_job.signer(),
    })
}

/// SHA-256 of this program; the statement says nothing of it where the program was deleted or replaced since it was started.
fn own_hash() -> Option<String> {
    match std::env::current_exe().and_then(std::fs::read) {
        Ok(bytes) => Some(hex(&Sha256::digest(bytes))),
        Err(_) => None,
    }
}

/// Refuses to write into a folder that was opened.
fn outside(export_job: &ExportJob<'_>) -> Result<(), ExportError> {
    // The nearest part of the path that exists says where it leads.
    let mut ancestors = export_job.out.ancestors().map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path });
    let real = ancestors.find_map(|path| match path.canonicalize() {
        Ok(real) => Some(real),
        Err(_) => None,
    });
    let Some(real) = real else { return Ok(()) };
    for file in export_job.case.segments.iter().map(|segment| &segment.plan.file).chain(&export_job.case.companions) {
        let Location::Path(path) = &file.location else { continue };
        // A file's path as the user knows it begins with the opened folder's name.
        let below = file.path.split('/').count() - 1;
        // What is gone since it was opened cannot be exported either.
        let path = path.canonicalize().map_err(|cause| file.io(cause))?;
        let root = path.ancestors().nth(below).map(Path::to_owned);
        if let Some(evidence) = root.filter(|root| below > 0 && real.starts_with(root)) {
            return Err(ExportError::Inside { path: export_job.out.to_owned(), evidence });
        }
    }
    Ok(())
}

/// Moves the finished bag to its place, whole or not at all. False: the user stopped.
fn publish(export_job: &ExportJob<'_>, statement: &Statement, root: &Path, building: Workplace, job: &Job) -> std::io::Result<bool> {
    if export_job.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::Permissions::from_mode(0o644);
        let mut packed = tempfile::Builder::new().permissions(permissions).tempfile_in(building.path())?;
        if !bag::pack(root, &format!("evidence-{}", statement.id), packed.as_file_mut(), &|| !job.is_cancelled())? {
            return Ok(false);
        }
        packed.as_file().sync_all()?;
        // What appeared there meanwhile is not replaced.
        packed.persist_noclobber(export_job.out).map_err(|error| error.error)?;
    } else {
        std::fs::rename(root, export_job.out)?;
    }
    Ok(true)
}

/// Takes the examiner's own log along, as it stands.
fn own_log(export_job: &ExportJob<'_>, bag: &mut Bag, job: &Job) -> Result<(), ExportError> {
    let Some(folder) = &export_job.options.log else { return Ok(()) };
    for path in ExaminerLog::new(folder.clone()).all()? {
        let failed = |cause| ExportError::Write { path: path.clone(), cause };
        let name = path.file_name().map_or_else(String::new, |name| safe(&name.to_string_lossy()));
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        if !bag.add_from(&format!("examiner-log/{name}"), &mut file, &|_read| !job.is_cancelled()).map_err(failed)? {
            return Err(ExportError::Cancelled);
        }
    }
    Ok(())
}

fn mask(export_job: &ExportJob<'_>) -> Result<Mask, ExportError> {
    let store = &export_job.case.store;
    let names: Vec<String> = store.identities().iter().map(|identity| store.names.get(identity.name).to_owned()).collect();
    Ok(Mask::new(&export_job.options.masks, &names, &export_job.options.words)?)
}

/// Writes the report in all its forms. False: all but the PDF, which this build cannot write.
fn write_texts(
    export_job: &ExportJob<'_>,
    bag: &mut Bag,
    statement: &Statement,
    summary: &Summary,
    job: &Job,
) -> Result<bool, ExportError> {
    let failed = |cause| ExportError::Write { path: export_job.out.to_owned(), cause };
    let verify = report::verify_text(&hex(&Sha256::digest(CHECKER)));
    let document = report::document(statement, summary, &verify);
    let (statement, findings) = (serde_json::to_vec_pretty(statement)?, serde_json::to_vec_pretty(&summary.findings)?);
    for (name, text) in [("the statement", &statement), ("the list of findings", &findings)] {
        if text.len() as u64 > MAX_TEXT {
            return Err(ExportError::TooMuch(name));
        }
    }
    let attached = statement.clone();
    let made = patiently(&|| !job.is_cancelled(), move || (html::page(&document), print(&document, &attached)));
    let (html, pdf) = made.map_err(|Stopped| ExportError::Cancelled)?.ok_or(ExportError::Report)?;
    let pdf = pdf?.map(|pdf| ("report.pdf", pdf));
    let printed = pdf.is_some();
    let note = "# For information only: a key that comes with a bundle proves nothing. Get it from the examiner.\n";
    let files = [
        ("findings.json", findings),
        ("report.json", statement),
        ("report.html", html.into_bytes()),
        ("VERIFY.txt", verify.into_bytes()),
        ("trust/allowed_signers.informative", format!("{note}{}\n", export_job.signer()).into_bytes()),
    ];
    files.into_iter().chain(pdf).try_for_each(|(name, content)| bag.add(name, &content)).map_err(failed)?;
    Ok(printed)
}
