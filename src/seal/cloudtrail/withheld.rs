//! The list of log files that a bundle withholds. It is believed only if an examiner whom the user trusts signed the bundle.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::digest::MAX_DIGEST;
use crate::model::text::hex;
use crate::seal::claims::Claims;
use crate::seal::format::WITHHELD;
use crate::source::File;
use crate::trust::Store as Keys;
use crate::trust::ssh_signature;

/// The namespace in which examiners sign bundles.
const NAMESPACE: &str = "evidence@sealscope.dev";
/// Where the list lies in a bundle.
const LIST: &str = "data/proofs/withheld.txt";
/// The lists of hashes, of which the second is signed.
const MANIFEST: &str = "manifest-sha256.txt";
const SIGNED: &str = "tagmanifest-sha256.txt";

/// Takes such lists out of the claims; gives the hashes in those that a trusted examiner signed. Others excuse nothing.
pub(super) fn take(claims: &mut Claims, keys: &Keys) -> BTreeSet<String> {
    let found: Vec<usize> = claims
        .free()
        .filter(|(_, file)| file.start.starts_with(WITHHELD.as_bytes()) && file.path.ends_with(LIST))
        .map(|(index, _)| index)
        .collect();
    let mut withheld = BTreeSet::new();
    if found.is_empty() {
        return withheld;
    }
    let mut files: BTreeMap<&str, &File> = BTreeMap::new();
    for file in claims.all.iter().filter(|file| file.name().starts_with(SIGNED) || file.name() == MANIFEST || file.path.ends_with(LIST)) {
        files.insert(&file.path, file);
    }
    let mut taken = Vec::new();
    for index in found {
        let Some(path) = claims.files[index].as_ref().map(|file| file.path.clone()) else { continue };
        let top = path.strip_suffix(LIST).unwrap_or("");
        match signed_list(top, &files, keys) {
            Some(text) => {
                withheld.extend(text.lines().skip(1).filter_map(|line| line.split_once(' ')).map(|(hash, _)| hash.to_ascii_lowercase()));
                taken.push((index, None));
            }
            None => taken.push((index, Some("it says what was withheld, but no examiner whom you trust signed it, so it excuses nothing"))),
        }
    }
    for (index, reason) in taken {
        match reason {
            Some(reason) => claims.skip(index, reason),
            None => drop(claims.take(index)),
        }
    }
    withheld
}

/// The list of the bundle at `top`, if it is what a trusted examiner signed.
fn signed_list(top: &str, files: &BTreeMap<&str, &File>, keys: &Keys) -> Option<String> {
    let text = |name: &str| {
        // What cannot be read excuses nothing.
        let Ok(bytes) = files.get(format!("{top}{name}").as_str())?.read_all(MAX_DIGEST) else { return None };
        match String::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(_) => None,
        }
    };
    let (signed, manifest, list) = (text(SIGNED)?, text(MANIFEST)?, text(LIST)?);
    let Ok(signature) = ssh_signature::verify(&text(&format!("{SIGNED}.sig"))?, NAMESPACE, signed.as_bytes()) else { return None };
    signature.ask(keys, None).vouched()?;
    let lists = |text: &str, name: &str, content: &str| {
        let hash = hex(&Sha256::digest(content));
        text.lines().any(|line| line.split_once("  ").is_some_and(|(stated, path)| path == name && stated.eq_ignore_ascii_case(&hash)))
    };
    (lists(&signed, MANIFEST, &manifest) && lists(&manifest, LIST, &list)).then_some(list)
}
