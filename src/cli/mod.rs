//! The command line: the same core and the same words as the window.

mod compare;
mod demo;
mod export;
mod json;
mod keys;
mod log;
mod print;
mod profile;
mod progress;
mod stamp;
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
    /// A profile of hash chains (TOML); may be given several times
    #[arg(long, value_name = "FILE")]
    profile: Vec<PathBuf>,
}

#[derive(Subcommand)]
enum ProfileCommand {
    /// Find by trial the rule by which a program hashes its records, and print it as a profile
    Guess {
        /// A sample of the program's log: three records at least
        file: PathBuf,
        /// A file with the HMAC key, if there is one
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
    },
    /// Print the built-in profiles, or one of them as an example to start from
    List {
        /// The profile to print whole
        name: Option<String>,
    },
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
        /// A profile of hash chains (TOML); may be given several times
        #[arg(long, value_name = "FILE")]
        profile: Vec<PathBuf>,
    },
    /// Verify files, folders or archives without a window
    Verify {
        /// What to verify
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// A file of public keys to trust; may be given several times
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
        /// A profile of hash chains (TOML); may be given several times
        #[arg(long, value_name = "FILE")]
        profile: Vec<PathBuf>,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
        /// The folder of your own log, in which this is noted
        #[arg(long, value_name = "DIR")]
        log: Option<PathBuf>,
        /// Follow links that lead out of what is opened, instead of listing them
        #[arg(long)]
        follow_links: bool,
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
    /// Read files of keys as --trust does, and print what they mean, as TOML
    Keys {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
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
    /// Export selected records as a signed evidence bundle
    Export(Box<export::Arguments>),
    /// Make the request for a time stamp over a bundle (RFC 3161), or put the authority's answer into the bundle
    TimeStamp {
        /// The bundle: a folder or a zip
        bundle: PathBuf,
        /// Write the request here; send it to an authority as application/timestamp-query
        #[arg(long, value_name = "FILE.tsq", required_unless_present = "answer")]
        request: Option<PathBuf>,
        /// The authority's answer, which is checked and put beside the signature
        #[arg(long, value_name = "FILE.tsr", conflicts_with = "request")]
        answer: Option<PathBuf>,
        /// Certificates of authorities to trust (PEM); may be given several times
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
    },
    /// Compare two copies of a log, or two bundles: what differs, which is shorter, where they fork
    Compare {
        /// The first: a file, folder, archive or bundle
        one: PathBuf,
        /// The second
        other: PathBuf,
    },
    /// Copy evidence into a folder of yours and seal it there, with a record of who received what, when and from where
    Receive {
        /// Files, folders or archives
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Follow links that lead out of what is opened, instead of listing them
        #[arg(long)]
        follow_links: bool,
        /// The folder in which a new one is made
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
        /// Your private sealing key, made with keygen
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The folder of your own log, in which this is noted
        #[arg(long, value_name = "DIR")]
        log: Option<PathBuf>,
        /// Who receives; your account's name if not given
        #[arg(long, value_name = "NAME")]
        examiner: Option<String>,
    },
    /// Show your own log of what you opened, exported, trusted and masked; with a key, seal it first
    Log {
        /// Its folder; that of the window if not given
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Your private sealing key, made with keygen
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Profiles of hash-chained logs: how programs link their records
    Profile {
        #[command(subcommand)]
        command: ProfileCommand,
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
        None => brought(&arguments.trust, &arguments.profile).and_then(|keys| window(arguments.paths, keys, false)),
        Some(Command::Open { paths, trust, profile }) => brought(&trust, &profile).and_then(|keys| window(paths, keys, false)),
        Some(Command::Verify { paths, trust, profile, json, log, follow_links, require }) => {
            progress::follow_links(follow_links);
            brought(&trust, &profile).and_then(|keys| verify::verify(&paths, keys, json, require.is_some(), log.as_ref()))
        }
        Some(Command::Export(arguments)) => export::export(&arguments),
        Some(Command::TimeStamp { bundle, request, answer, trust }) => {
            brought(&trust, &[]).and_then(|keys| stamp::time_stamp(&bundle, request.as_deref(), answer.as_deref(), &keys))
        }
        Some(Command::Compare { one, other }) => compare::compare(&one, &other),
        Some(Command::Receive { paths, follow_links, into, key, log, examiner }) => {
            progress::follow_links(follow_links);
            keys::receive(&paths, &into, &key, log, examiner)
        }
        Some(Command::Log { folder, key }) => log::show(folder, key.as_deref()),
        Some(Command::Profile { command }) => match command {
            ProfileCommand::Guess { file, trust } => profile::guess(&file, &trust),
            ProfileCommand::List { name } => profile::list(name.as_deref()),
        },
        Some(Command::Keygen { name, out, no_passphrase }) => keys::keygen(&name, &out, no_passphrase),
        Some(Command::Keys { files }) => brought(&files, &[]).map(|keys| keys::show(&keys)),
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

/// Reads what the user brings: trusted keys and profiles of hash chains.
fn brought(keys: &[PathBuf], profiles: &[PathBuf]) -> Result<Keys, String> {
    let mut brought = Keys::default();
    for file in keys {
        brought.add_file(file).map_err(|error| error.to_string())?;
    }
    for file in profiles {
        crate::case::profiles::add(file, &mut brought)?;
    }
    Ok(brought)
}

/// Whether a window could be shown.
fn has_display() -> bool {
    cfg!(not(target_os = "linux"))
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn window(paths: Vec<PathBuf>, keys: Keys, demo: bool) -> Result<u8, String> {
    if !has_display() {
        return Err("there is no display for a window. Use `sealscope verify PATH…`, or `sealscope --help` for all commands.".into());
    }
    run(Start { paths, keys, demo, no_drop: false, forget: false }).map(|()| FINE)
}
