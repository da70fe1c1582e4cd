//! Time stamps of outside authorities over a bundle's signature (RFC 3161): the request to send, and the answer put beside the signature.
//! Nothing here uses a network.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::case::write_whole;
use crate::seal::bag::{SIGNATURE, TIME_STAMP, find, read};
use crate::source::{Opening, Reading, walk};
use crate::source::{TEMPORARY_END, temporary_start};
use crate::trust::Store as Keys;
use crate::trust::time_stamp::{self, TimeStamp, TimeStampError};

/// Why there is no request or no time stamp.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// It is no bundle.
    #[error("{}: is not an evidence bundle, or cannot be read{cause}", path.display())]
    NoBundle {
        /// The path.
        path: PathBuf,
        /// Why, after a colon, if that is known.
        cause: String,
    },
    /// There is one already.
    #[error("{}: already has a time stamp", path.display())]
    Stamped {
        /// The bundle.
        path: PathBuf,
    },
    /// The answer is not one for this bundle.
    #[error("{}: {cause}", path.display())]
    Answer {
        /// The answer.
        path: PathBuf,
        /// Why.
        cause: TimeStampError,
    },
    /// Reading or writing failed.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The system gave no random numbers, or the request cannot be written.
    #[error("the request cannot be made: {0}")]
    Making(String),
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> StampError + '_ {
    |cause| StampError::Io { path: path.to_owned(), cause }
}

/// The signature of a bundle that has no time stamp yet.
fn signature(bundle: &Path) -> Result<Vec<u8>, StampError> {
    let none = |cause: String| StampError::NoBundle { path: bundle.to_owned(), cause };
    let found = find(&walk(&[bundle.to_owned()], &Opening::default()).files);
    let [bag] = found.as_slice() else {
        return Err(none(if found.is_empty() { String::new() } else { ": it holds several bundles; name one".into() }));
    };
    if bag.files.contains_key(TIME_STAMP) {
        return Err(StampError::Stamped { path: bundle.to_owned() });
    }
    let file = bag.files.get(SIGNATURE).ok_or_else(|| none(format!(": {SIGNATURE} is missing")))?;
    match read(file, crate::trust::ssh_signature::LONGEST) {
        Reading::Done(bytes) => Ok(bytes),
        Reading::Stopped => Err(none(String::new())),
        Reading::Unreadable(why) | Reading::TooLarge(why) | Reading::Damaged(why) => Err(none(format!(": {why}"))),
    }
}

/// Writes the request for a time stamp over the bundle's signature to `out`, to be sent to an authority as `application/timestamp-query`.
pub fn request(bundle: &Path, out: &Path) -> Result<(), StampError> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(|error| StampError::Making(error.to_string()))?;
    let request = time_stamp::request(&signature(bundle)?, Some(u64::from_be_bytes(nonce)));
    let request = request.map_err(|error| StampError::Making(error.to_string()))?;
    write_whole(out, &request, false, 0o644).map_err(io(out))
}

/// Puts the authority's answer beside the bundle's signature, if it is one for this signature. The bundle changes whole or not at all.
pub fn attach(bundle: &Path, answer: &Path, keys: &Keys) -> Result<TimeStamp, StampError> {
    let signature = signature(bundle)?;
    let token = std::fs::read(answer).map_err(io(answer))?;
    let stamp = time_stamp::check(&token, &signature, &keys.authorities());
    let stamp = stamp.map_err(|cause| StampError::Answer { path: answer.to_owned(), cause })?;
    if bundle.is_dir() {
        let path = bundle.join(TIME_STAMP);
        write_whole(&path, &token, false, 0o644).map_err(io(&path))?;
    } else {
        repack(bundle, &token).map_err(io(bundle))?;
    }
    Ok(stamp)
}

/// Writes the zip again with one file more.
fn repack(bundle: &Path, token: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let other = std::io::Error::other::<zip::result::ZipError>;
    let mut archive = zip::ZipArchive::new(std::fs::File::open(bundle)?).map_err(other)?;
    let folder = bundle.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let permissions = std::fs::Permissions::from_mode(0o644);
    let mut temporary =
        tempfile::Builder::new().prefix(&temporary_start("stamp")).suffix(TEMPORARY_END).permissions(permissions).tempfile_in(folder)?;
    let mut zip = zip::ZipWriter::new(temporary.as_file_mut());
    let mut name = TIME_STAMP.to_owned();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(other)?;
        let own = file.name().map_err(other)?;
        if let Some(top) = own.strip_suffix(SIGNATURE) {
            name = format!("{top}{TIME_STAMP}");
        }
        zip.raw_copy_file(file).map_err(other)?;
    }
    zip.start_file(name, crate::bundle::bag::entry_options()).map_err(other)?;
    zip.write_all(token)?;
    zip.finish().map_err(other)?.sync_all()?;
    temporary.persist(bundle).map(drop).map_err(|error| error.error)
}
