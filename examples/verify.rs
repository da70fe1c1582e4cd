//! Verifies files, folders or archives, and prints the verdict and what was found.
//!
//!     cargo run --example verify -- PATH [TRUST-FILE]…
//!
//! The exit code is 0 if nothing is wrong, 1 if something is broken, and 2 if something could not be evaluated.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use sealscope::{Job, TrustStore, Verdict, examine};

/// Verifies the first argument with the keys in the files that the others name.
pub fn run(arguments: &[PathBuf], out: &mut dyn Write) -> Result<Verdict, Box<dyn Error>> {
    let [path, trust_files @ ..] = arguments else { return Err("give a path to verify, and then files of keys to trust".into()) };
    let mut trust = TrustStore::default();
    for file in trust_files {
        trust.add_file(file)?;
    }
    let case = examine(std::slice::from_ref(path), trust, &Job::default(), None);
    writeln!(out, "{}: {}", case.verdict().word(), case.sentence())?;
    writeln!(out, "{}", case.coverage().line())?;
    for finding in &case.findings {
        writeln!(out, "{} {} ({}): {}", finding.severity.word(), finding.title(), finding.place.path, finding.text())?;
    }
    Ok(case.verdict())
}

#[allow(dead_code)]
fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match run(&arguments, &mut std::io::stdout()) {
        Ok(Verdict::Broken) => ExitCode::from(1),
        Ok(Verdict::Unchecked) => ExitCode::from(2),
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}
