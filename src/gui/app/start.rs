//! Starting the window: what to open, which desktop, what was opened before.

use std::path::{Path, PathBuf};

use eframe::egui::ViewportBuilder;

use crate::gui::App;
use crate::trust::Store as Keys;

/// How many recent openings are remembered.
const RECENT: usize = 8;

/// What the window starts with.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// What to open.
    pub paths: Vec<PathBuf>,
    /// The trusted keys.
    pub keys: Keys,
    /// Whether to make and open the demo case.
    pub demo: bool,
    /// Whether dropping cannot work on this desktop.
    pub no_drop: bool,
    /// Whether to leave the list of recent openings alone.
    pub forget: bool,
}

/// Runs the window until it is closed. The error is a sentence with a next step.
pub fn run(mut start: Start) -> Result<(), String> {
    let mut options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_app_id("sealscope")
            .with_title("Sealscope")
            .with_inner_size([1600.0, 1000.0])
            .with_min_inner_size([900.0, 600.0])
            .with_drag_and_drop(true),
        ..Default::default()
    };
    // Files cannot be dropped on native Wayland windows, but on XWayland ones they can.
    let x11 = cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_some() && std::env::var_os("SEALSCOPE_WAYLAND").is_none();
    if x11 {
        options.event_loop_builder = Some(Box::new(|builder| {
            #[cfg(target_os = "linux")]
            {
                use winit::platform::x11::EventLoopBuilderExtX11;
                builder.with_x11();
            }
            #[cfg(not(target_os = "linux"))]
            let _ = builder;
        }));
    } else if cfg!(target_os = "linux") {
        start.no_drop = true;
    }
    eframe::run_native("Sealscope", options, Box::new(|creation| Ok(Box::new(App::new(&creation.egui_ctx, start))))).map_err(|error| {
        format!("The window cannot be opened: {error}. Without a display use `sealscope verify PATH`; on a desktop install libgl1, libegl1 and libxkbcommon-x11-0.")
    })
}

/// Writes the demo case to a temporary folder and gives it with its trusted keys, which count for it alone.
pub fn write_demo() -> Result<(PathBuf, Keys), String> {
    let folder = std::env::temp_dir().join(format!("sealscope-demo-{}", std::process::id()));
    let demo = crate::demo::write(&folder, crate::demo::Options::default()).map_err(|error| error.to_string())?;
    Ok((demo.folder.clone(), demo.keys().map_err(|error| error.to_string())?))
}

/// The paths in a pasted text: one a line, as paths or `file://` addresses. Only such that exist.
pub fn pasted_paths(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.strip_prefix("file://").map_or_else(|| PathBuf::from(line.trim_matches(['"', '\''])), decoded))
        .filter(|path| path.is_absolute() && path.exists())
        .collect()
}

/// The path of a `file://` address (RFC 8089): the host is left out, percent signs are undone.
fn decoded(address: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let path = address.find('/').map_or("", |start| &address[start..]);
    PathBuf::from(std::ffi::OsString::from_vec(percent_encoding::percent_decode_str(path).collect()))
}

fn recent_file() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("dev", "sealscope", "sealscope")?.data_local_dir().join("recent.txt"))
}

/// What was opened before, newest first. An unreadable list is an empty one.
pub fn recent() -> Vec<PathBuf> {
    let text = recent_file().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    text.lines().map(PathBuf::from).filter(|path| path.exists()).take(RECENT).collect()
}

/// Remembers an opening and gives the new list. That it cannot be written is no reason to stop anyone.
pub fn remember(paths: &[PathBuf]) -> Vec<PathBuf> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_paths_are_read() {
        assert_eq!(decoded("/tmp/a%20b"), PathBuf::from("/tmp/a b"));
        assert_eq!(decoded("localhost/tmp/%C3%A4"), PathBuf::from("/tmp/ä"));
        assert_eq!(decoded("/tmp/100%"), PathBuf::from("/tmp/100%"));
        assert_eq!(pasted_paths("file:///tmp\n/nowhere/at/all\n relative\n"), [PathBuf::from("/tmp")]);
    }
}
