//! Names of files that this program has not finished. If it is killed they stay behind; reading evidence leaves them out and says so.

/// What every such name starts with.
const START: &str = ".sealscope-";
/// What it ends with: unfinished files and folders, and locks.
const ENDS: [&str; 2] = [".tmp", ".lock"];

/// Why such a file is left out, in words.
pub const LEFTOVER: &str = "an unfinished file of Sealscope's own, left when the program was stopped; nothing in it was finished";

/// The start of the name of an unfinished file or folder for some purpose, such as `seal`. [`TEMPORARY_END`] closes the name.
pub fn temporary_start(purpose: &str) -> String {
    format!("{START}{purpose}-")
}

/// The end of the name of an unfinished file or folder.
pub const TEMPORARY_END: &str = ENDS[0];

/// Whether a file or folder of this name (the last part of its path) is an unfinished one of ours.
pub fn is_our_temporary(name: &str) -> bool {
    name.starts_with(START) && ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_are_known() {
        let name = format!("{}aB3xY9{TEMPORARY_END}", temporary_start("seal"));
        assert!(is_our_temporary(&name) && is_our_temporary(".sealscope-sealing.lock"));
        assert!(!is_our_temporary("a.tmp") && !is_our_temporary(".sealscope-notes.jsonl") && !is_our_temporary("x.sealscope-a.tmp"));
    }
}
