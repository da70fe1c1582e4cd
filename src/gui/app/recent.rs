//! What was opened before.

use std::path::{Path, PathBuf};

/// How many recent openings are remembered.
const RECENT: usize = 8;

fn recent_file() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("dev", "sealscope", "sealscope")?.data_local_dir().join("recent.txt"))
}

/// What was opened before, newest first. An unreadable list is an empty one.
pub(super) fn recent() -> Vec<PathBuf> {
    let text = recent_file().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    text.lines().map(PathBuf::from).filter(|path| path.exists()).take(RECENT).collect()
}

/// Remembers an opening and gives the new list. That it cannot be written is no reason to stop anyone.
pub(super) fn remember(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut list: Vec<PathBuf> =
        paths.iter().filter_map(|path| path.canonicalize().ok()).filter(|path| !path.starts_with(std::env::temp_dir())).collect();
    list.extend(recent());
    let mut seen = std::collections::BTreeSet::new();
    list.retain(|path| seen.insert(path.clone()));
    list.truncate(RECENT);
    if let Some(file) = recent_file() {
        write_list(&file, &list).ok();
    }
    list
}

fn write_list(file: &Path, list: &[PathBuf]) -> std::io::Result<()> {
    std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
    let lines = list.iter().filter_map(|path| path.to_str()).filter(|path| !path.contains('\n'));
    let text: String = lines.map(|path| format!("{path}\n")).collect();
    crate::case::write_whole(file, text.as_bytes(), true, 0o600)
}
