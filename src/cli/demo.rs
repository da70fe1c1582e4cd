//! `sealscope demo`.

use std::io::Write;
use std::path::PathBuf;

use super::exit::FINE;
use super::{print, verify, window};
use sealscope::demo::{Options, write};

/// Makes the case, and shows it in the window or prints it.
pub(super) fn demo(out: Option<PathBuf>, options: Options, no_window: bool) -> Result<u8, String> {
    let out = out.unwrap_or_else(|| std::env::temp_dir().join(format!("sealscope-demo-{}-{}", options.records, options.seed)));
    let case = write(&out, options).map_err(|error| error.to_string())?;
    let keys = case.keys().map_err(|error| error.to_string())?;
    if window::possible() && !no_window {
        return window::open(vec![case.folder], keys);
    }
    let examination = verify::with_progress(std::slice::from_ref(&case.folder), keys);
    let mut stdout = std::io::stdout().lock();
    let printed = writeln!(stdout, "The demo case is in {}; its README.txt tells the story.\n", out.display())
        .and_then(|()| print::report(&mut stdout, &examination))
        .and_then(|()| print::identities(&mut stdout, &examination))
        .and_then(|()| {
            let (file, folder) = (case.trust_file.display(), case.folder.display());
            if cfg!(feature = "gui") {
                writeln!(stdout, "\nTo open it in the window on a desktop:\n  sealscope open --trust {file} {folder}")
            } else {
                writeln!(stdout, "\nThis build has no window. To verify the case again:\n  sealscope verify --trust {file} {folder}")
            }
        });
    // A reader that went away is no failure of ours.
    printed.ok();
    Ok(FINE)
}
