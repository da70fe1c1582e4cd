//! What was opened before.

use std::path::{Path, PathBuf};

/// How many recent openings are remembered.
const RECENT: usize = 8;

fn recent_file() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("dev", "sealscope", "sealscope")?.data_local_dir().join("recent.txt"))
}

/// Something opened before, and how it stood then; empty if it was not judged to the end.
pub(super) type Recent = (PathBuf, String);

/// What was opened before, newest first. An unreadable list is an empty one.
pub(super) fn recent() -> Vec<Recent> {
    let text = recent_file().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    // Older lists hold paths alone.
    let entry = |line: &str| match line.split_once('\t') {
        Some((verdict, path)) => (PathBuf::from(path), verdict.to_owned()),
        None => (PathBuf::from(line), String::new()),
    };
    text.lines().map(entry).filter(|(path, _)| path.exists()).take(RECENT).collect()
}

/// Remembers an opening and gives the new list. That it cannot be written is no reason to stop anyone.
pub(super) fn remember(paths: &[PathBuf]) -> Vec<Recent> {
    let before = recent();
    let verdict = |path: &Path| before.iter().find(|(other, _)| other == path).map(|(_, verdict)| verdict.clone()).unwrap_or_default();
    let mut list: Vec<Recent> = lasting(paths).into_iter().map(|path| (path.clone(), verdict(&path))).collect();
    list.extend(before.iter().cloned());
    let mut seen = std::collections::BTreeSet::new();
    list.retain(|(path, _)| seen.insert(path.clone()));
    list.truncate(RECENT);
    write(&list);
    list
}

/// Remembers how what was opened stands, and gives the new list.
pub(super) fn judged(paths: &[PathBuf], verdict: &str) -> Vec<Recent> {
    let opened = lasting(paths);
    let mut list = recent();
    // Of several that were opened together, the verdict is that of all.
    list.iter_mut().filter(|(path, _)| opened.contains(path)).for_each(|(_, last)| verdict.clone_into(last));
    if !opened.is_empty() {
        write(&list);
    }
    list
}

/// Paths that are still there another day.
fn lasting(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().filter_map(|path| path.canonicalize().ok()).filter(|path| !path.starts_with(std::env::temp_dir())).collect()
}

fn write(list: &[Recent]) {
    if let Some(file) = recent_file() {
        write_list(&file, list).ok();
    }
}

fn write_list(file: &Path, list: &[Recent]) -> std::io::Result<()> {
    std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
    let lines = list.iter().filter_map(|(path, verdict)| Some((path.to_str()?, verdict))).filter(|(path, _)| !path.contains('\n'));
    let text: String = lines.map(|(path, verdict)| format!("{verdict}\t{path}\n")).collect();
    crate::case::write_whole(file, text.as_bytes(), true, 0o600)
}
