//! The window, where this build has one.

use std::path::PathBuf;

use sealscope::trust::Store as Keys;

/// Whether a window could be shown: this build has one, and there is a display.
pub(super) fn possible() -> bool {
    let display = || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    cfg!(feature = "gui") && (cfg!(not(target_os = "linux")) || display())
}

/// Opens the paths in the window, and returns when it is closed.
#[cfg(feature = "gui")]
pub(super) fn open(paths: Vec<PathBuf>, keys: Keys) -> Result<u8, String> {
    if !possible() {
        return Err("no display to open a window on. Use `sealscope verify PATH…`; `sealscope --help` lists all commands.".into());
    }
    let start = sealscope::gui::Start { paths, keys, demo: false, no_drop: false, forget: false };
    sealscope::gui::run(start).map(|()| super::exit::FINE)
}

/// Says that this build has no window.
#[cfg(not(feature = "gui"))]
pub(super) fn open(_paths: Vec<PathBuf>, _keys: Keys) -> Result<u8, String> {
    Err("this build has no window (it was made without the feature `gui`). Use `sealscope verify PATH…`; `sealscope --help` lists all commands.".into())
}
