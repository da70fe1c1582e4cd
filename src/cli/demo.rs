//! `sealscope demo`.

use std::io::Write;
use std::path::PathBuf;

use super::{FINE, has_display, print, verify};
use crate::demo::{Options, write};
use crate::gui::{Start, run};

/// Makes the case, and shows it in the window or prints it.
pub(super) fn demo(out: Option<PathBuf>, options: Options, no_window: bool) -> Result<u8, String> {
    let out = out.unwrap_or_else(|| std::env::temp_dir().join(format!("sealscope-demo-{}-{}", options.records, options.seed)));
    let case = write(&out, options).map_err(|error| error.to_string())?;
    let keys = case.keys().map_err(|error| error.to_string())?;
    if has_display() && !no_window {
        return run(Start { paths: vec![case.folder], keys, demo: false, no_drop: false, forget: false }).map(|()| FINE);
    }
    let examination = verify::with_progress(std::slice::from_ref(&case.folder), keys);
    let mut stdout = std::io::stdout().lock();
    let printed = writeln!(stdout, "The demo case is in {}; its README.txt tells the story.\n", out.display())
        .and_then(|()| print::report(&mut stdout, &examination))
        .and_then(|()| print::identities(&mut stdout, &examination))
        .and_then(|()| {
            writeln!(
                stdout,
                "\nTo open it in the window on a desktop:\n  sealscope open --trust {} {}",
                case.trust_file.display(),
                case.folder.display()
            )
        });
    // A reader that went away is no failure of ours.
    printed.ok();
    Ok(FINE)
}
