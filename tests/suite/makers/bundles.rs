//! Evidence bundles, as an examiner exports them.

use std::fs;
use std::path::Path;

use sealscope::bundle::{Options, check_all};
use sealscope::model::State;
use sealscope::verify::Examination;

use super::{Contents, is_here, pick, told};
use crate::builder::*;
use crate::manipulations::Numbers;
use crate::properties::{Case, Maker, Move, exit_code, files, relative};

/// A bundle of some records of a sealed log.
pub struct Bundles;

/// The list of everything and its signature.
fn is_signature(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "sig" || end == "sshsig")
}

/// Strips or spoils the examiner's signature, or has another key make it.
fn resign(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = files(case.path()).into_iter().find(|path| is_signature(path)) else { return "no signature".into() };
    if numbers.below(2) == 0 {
        fs::remove_file(&path).unwrap();
        return "the signature removed".into();
    }
    let folder = tempfile::tempdir().unwrap();
    let Some((key, _)) = crate::bundles::examiner(folder.path()) else { return "no ssh-keygen".into() };
    let list = path.with_extension("");
    if !list.exists() {
        return "no list".into();
    }
    fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", "evidence@sealscope.dev", "-f"])
        .arg(&key)
        .arg(&list)
        .status();
    format!("another examiner signs: {made:?}")
}

/// A record changed with the lists made to fit, as someone without the examiner's key can.
fn relist(case: &Case, numbers: &mut Numbers) -> String {
    use sha2::{Digest, Sha256};
    let Some(path) = pick(case, numbers, ".ndjson") else { return "no records".into() };
    let Ok(text) = fs::read_to_string(&path) else { return "no text".into() };
    fs::write(&path, text.replace("ci-deployer", "mallory")).unwrap();
    // The list of files first, then the list of lists.
    for prefix in ["manifest-", "tagmanifest-"] {
        for list in files(case.path()).into_iter().filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(prefix)) {
            let Ok(text) = fs::read_to_string(&list) else { continue };
            let lines = text.lines().map(|line| {
                let Some((_, name)) = line.split_once("  ") else { return line.to_owned() };
                let Ok(content) = fs::read(list.with_file_name("").join(name)) else { return line.to_owned() };
                format!("{}  {name}", sealscope::model::text::hex(&Sha256::digest(content)))
            });
            let lines: Vec<String> = lines.collect();
            fs::write(&list, lines.join("\n") + "\n").unwrap();
        }
    }
    format!("{} edited and listed", told(case, &path))
}

impl Maker for Bundles {
    fn name(&self) -> &'static str {
        "bundles"
    }

    fn is_numbered(&self) -> bool {
        false
    }

    fn genuine(&self, numbers: &mut Numbers) -> Case {
        let folder = tempfile::tempdir().unwrap();
        // Without ssh-keygen there is nothing to test; the suite's other tests of bundles say so.
        let (key, signers) = crate::bundles::examiner(folder.path()).expect("ssh-keygen is needed for this test");
        let log = Log::new(2, 3 + numbers.below(5), numbers.below(2) == 0, false);
        let keys = crate::bundles::trusting(&log, &signers);
        let case = open(log.folder.path(), keys.clone());
        let rows: Vec<u32> = (0..case.store.len() as u32).filter(|row| *row == 1 || numbers.below(2) == 0).collect();
        let out = tempfile::tempdir().unwrap();
        let options = Options { single: numbers.below(2) == 0, accept_guessable: true, ..Options::default() };
        crate::bundles::write(&case, &keys, &rows, options, &key, &out.path().join("bundle")).unwrap();
        Case::new(out, keys)
    }

    fn moves(&self) -> Vec<Move> {
        vec![resign, relist]
    }

    fn exit_code(&self, case: &Case, examination: &Examination) -> u8 {
        let bundles = check_all(examination, &case.keys, &|| true);
        let is = |state: State| bundles.iter().any(|(_, checked)| checked.state == state);
        match exit_code(examination) {
            _ if is(State::Broken) => 1,
            0 | 3 if is(State::Unchecked) => 2,
            code => code,
        }
    }

    fn must_notice(&self, genuine: &Case, here: &Contents) -> bool {
        // The signature is here as it was made, and something of the bundle is not.
        let Some((path, signature)) = genuine.files.iter().find(|(path, _)| is_signature(path)) else { return false };
        let folder = case_folder(path);
        let is_whole = genuine.files.values().all(|content| is_here(here, content));
        is_here(here, signature) && !is_whole && here.keys().any(|path| path.starts_with(&folder))
    }
}

fn case_folder(path: &Path) -> std::path::PathBuf {
    relative(Path::new(""), path).parent().map_or_else(Default::default, Path::to_path_buf)
}
