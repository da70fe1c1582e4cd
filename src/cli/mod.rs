//! The command line: the same core and the same words as the window.

mod demo;
mod json;
mod keys;
mod print;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::gui::{Start, run};
use crate::trust::Store as Keys;

/// Nothing is broken.
pub const FINE: u8 = 0;
/// Something is provably broken.
pub const BROKEN: u8 = 1;
/// Something was not evaluated, or less was reached than required.
pub const INCOMPLETE: u8 = 2;
/// Something could not be read, or the command is wrong.
pub const UNUSABLE: u8 = 3;

#[derive(Parser)]
#[command(
    name = "sealscope",
    version,
    about = "Verify sealed audit logs, and see who did what under which credential",
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Files, folders or archives to open in the window
    paths: Vec<PathBuf>,
    /// A file of public keys to trust; may be given several times
    #[arg(long, value_name = "FILE")]
    trust: Vec<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Open files, folders or archives in the window
    Open {
        /// What to open
        paths: Vec<PathBuf>,
        /// A file of public keys to trust; may be given several times
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
    },
    /// Verify files, folders or archives without a window
    Verify {
        /// What to verify
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// A file of public keys to trust; may be given several times
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
        /// Fail with exit code 2 unless everything is in this state
        #[arg(long, value_name = "STATE", value_parser = ["sealed"])]
        require: Option<String>,
    },
    /// Make a key for sealing logs
    Keygen {
        /// The key's name, such as acme.example/audit/payments
        #[arg(long)]
        name: String,
        /// The file for the private key; the public one goes beside it as FILE.pub
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Do not encrypt the private key
        #[arg(long)]
        no_passphrase: bool,
    },
    /// Seal files as the next segments of a log
    Seal {
        /// The private key
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The log's name, such as acme.example/audit/payments
        #[arg(long)]
        origin: String,
        /// Also write the leaf hashes, by which damage is placed on single records
        #[arg(long)]
        leaves: bool,
        /// Do not salt; whoever holds single records can then guess withheld ones
        #[arg(long)]
        no_salt: bool,
        /// The files, in the order of the log
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Make a case that shows everything: a leaked key, a misled agent, a cover-up
    Demo {
        /// The folder to write the case to
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// How many records
        #[arg(long, default_value_t = 20_000)]
        records: u64,
        /// Another number gives another case of the same story
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// Only print, even where there is a display
        #[arg(long)]
        no_window: bool,
    },
}

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Where nobody reads, there is nobody to tell.
            error.print().ok();
            return ExitCode::from(if error.use_stderr() { UNUSABLE } else { FINE });
        }
    };
    let result = match arguments.command {
        None => window(arguments.paths, &arguments.trust, false),
        Some(Command::Open { paths, trust }) => window(paths, &trust, false),
        Some(Command::Verify { paths, trust, json, require }) => verify::verify(&paths, &trust, json, require.is_some()),
        Some(Command::Keygen { name, out, no_passphrase }) => keys::keygen(&name, &out, no_passphrase),
        Some(Command::Seal { key, origin, leaves, no_salt, files }) => keys::seal(&key, &origin, leaves, !no_salt, &files),
        Some(Command::Demo { out, records, seed, no_window }) => demo::demo(out, crate::demo::Options { records, seed }, no_window),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(sentence) => {
            eprintln!("sealscope: {}", crate::model::text::visible_lines(&sentence));
            ExitCode::from(UNUSABLE)
        }
    }
}

/// Reads the files of trusted keys.
fn trusted(files: &[PathBuf]) -> Result<Keys, String> {
    let mut keys = Keys::default();
    for file in files {
        keys.add_file(file).map_err(|error| error.to_string())?;
    }
    Ok(keys)
}

/// Whether a window could be shown.
fn has_display() -> bool {
    cfg!(not(target_os = "linux"))
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn window(paths: Vec<PathBuf>, trust: &[PathBuf], demo: bool) -> Result<u8, String> {
    let keys = trusted(trust)?;
    if !has_display() {
        return Err("there is no display for a window. Use `sealscope verify PATH…`, or `sealscope --help` for all commands.".into());
    }
    run(Start { paths, keys, demo, no_drop: false, forget: false }).map(|()| FINE)
}
