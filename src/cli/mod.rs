//! The command line: the same core and the same words as the window.

mod compare;
mod demo;
mod exit;
mod export;
mod json;
mod keys;
mod load;
mod log;
mod print;
mod profile;
mod progress;
mod secret;
mod stamp;
mod verify;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::{FINE, UNUSABLE};
use load::load;

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
    /// Trust the keys in this file; repeatable
    #[arg(long, value_name = "FILE")]
    trust: Vec<PathBuf>,
    /// Read hash chains by this profile (TOML) too; repeatable
    #[arg(long, value_name = "FILE")]
    profile: Vec<PathBuf>,
}

#[derive(Subcommand)]
enum ProfileCommand {
    /// Find the rule that a program hashes its records by, and print it as a profile
    Guess {
        /// A sample of the log, at least three records
        file: PathBuf,
        /// A file with the HMAC key, if the hashes are keyed
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
    },
    /// List the built-in profiles, or print one to start from
    List {
        /// The profile to print
        name: Option<String>,
    },
}

#[derive(Subcommand)]
enum Command {
    /// Open files, folders or archives in the window
    Open {
        /// What to open
        paths: Vec<PathBuf>,
        /// Trust the keys in this file; repeatable
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
        /// Read hash chains by this profile (TOML) too; repeatable
        #[arg(long, value_name = "FILE")]
        profile: Vec<PathBuf>,
    },
    /// Verify files, folders or archives, and print the result
    Verify {
        /// What to verify
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Trust the keys in this file; repeatable
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
        /// Read hash chains by this profile (TOML) too; repeatable
        #[arg(long, value_name = "FILE")]
        profile: Vec<PathBuf>,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
        /// Folder of your activity log, where this is recorded
        #[arg(long, value_name = "DIR")]
        log: Option<PathBuf>,
        /// Follow links that lead outside the given paths, instead of only listing them
        #[arg(long)]
        follow_links: bool,
        /// Exit with 2 unless everything is in this state
        #[arg(long, value_name = "STATE", value_parser = ["sealed"])]
        require: Option<String>,
    },
    /// Make a key to seal logs with
    Keygen {
        /// The key's name, such as acme.example/audit/payments
        #[arg(long)]
        name: String,
        /// The file for the private key; the public key is written to FILE.pub
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Do not encrypt the private key
        #[arg(long)]
        no_passphrase: bool,
    },
    /// Print what trust files mean, as TOML
    Keys {
        /// Trust files, read as --trust reads them
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
        /// Also write the leaf hashes, which place damage on single records
        #[arg(long)]
        leaves: bool,
        /// Do not salt the records; withheld ones can then be guessed from their hashes
        #[arg(long)]
        no_salt: bool,
        /// The files, in the order of the log
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Export selected records as a signed evidence bundle
    Export(Box<export::Arguments>),
    /// Request an RFC 3161 time stamp for a bundle, or add the authority's answer to it
    TimeStamp {
        /// The bundle, a folder or a zip
        bundle: PathBuf,
        /// Write the request to this file; send it to an authority as application/timestamp-query
        #[arg(long, value_name = "FILE.tsq", required_unless_present = "answer")]
        request: Option<PathBuf>,
        /// The authority's answer; it is checked and stored beside the signature
        #[arg(long, value_name = "FILE.tsr", conflicts_with = "request")]
        answer: Option<PathBuf>,
        /// Trust the time-stamping authorities in this file (PEM); repeatable
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
    },
    /// Compare two copies of a log, or two bundles: what differs, which is shorter, where they diverge
    Compare {
        /// The first: a file, folder, archive or bundle
        one: PathBuf,
        /// The second
        other: PathBuf,
    },
    /// Copy evidence into a new folder and seal the copy, with a record of who received what, when and from where
    Receive {
        /// Files, folders or archives
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Follow links that lead outside the given paths, instead of only listing them
        #[arg(long)]
        follow_links: bool,
        /// The folder to make the new one in
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
        /// Your private sealing key, made with keygen
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Folder of your activity log, where this is recorded
        #[arg(long, value_name = "DIR")]
        log: Option<PathBuf>,
        /// Your name in the record [default: your account name]
        #[arg(long, value_name = "NAME")]
        examiner: Option<String>,
    },
    /// Show your activity log: what you opened, exported, trusted and masked
    Log {
        /// Its folder [default: the one that the window uses]
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Seal the log first, with this private key made with keygen
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Work with profiles: how programs hash and link their records
    Profile {
        #[command(subcommand)]
        command: ProfileCommand,
    },
    /// Write a demo case and show it: a leaked key, a misled agent, a cover-up
    Demo {
        /// Folder for the case [default: one in the temporary folder]
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Number of records
        #[arg(long, default_value_t = 20_000)]
        records: u64,
        /// Seed of the random numbers; another seed gives another case of the same story
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// Print the result even if there is a display
        #[arg(long)]
        no_window: bool,
    },
}

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // A reader that went away is no failure of ours.
            error.print().ok();
            return ExitCode::from(if error.use_stderr() { UNUSABLE } else { FINE });
        }
    };
    let result = match arguments.command {
        None => load(&arguments.trust, &arguments.profile).and_then(|keys| window::open(arguments.paths, keys)),
        Some(Command::Open { paths, trust, profile }) => load(&trust, &profile).and_then(|keys| window::open(paths, keys)),
        Some(Command::Verify { paths, trust, profile, json, log, follow_links, require }) => {
            progress::follow_links(follow_links);
            load(&trust, &profile).and_then(|keys| verify::verify(&paths, keys, json, require.is_some(), log.as_ref()))
        }
        Some(Command::Export(arguments)) => export::export(&arguments),
        Some(Command::TimeStamp { bundle, request, answer, trust }) => {
            load(&trust, &[]).and_then(|keys| stamp::time_stamp(&bundle, request.as_deref(), answer.as_deref(), &keys))
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
        Some(Command::Keys { files }) => load(&files, &[]).map(|keys| keys::show(&keys)),
        Some(Command::Seal { key, origin, leaves, no_salt, files }) => keys::seal(&key, &origin, leaves, !no_salt, &files),
        Some(Command::Demo { out, records, seed, no_window }) => demo::demo(out, sealscope::demo::Options { records, seed }, no_window),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(sentence) => {
            eprintln!("sealscope: {}", sealscope::model::text::visible_lines(&sentence));
            ExitCode::from(UNUSABLE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn earlier_option_names_still_work_and_are_not_listed() {
        let earlier = ["--whole", "--single", "--controls", "--from", "2026-03-07", "--to", "2026-03-08"];
        let common = ["sealscope", "export", "logs", "--out", "bundle", "--key", "agent"];
        let Some(Command::Export(read)) = Arguments::try_parse_from(common.iter().chain(&earlier)).unwrap().command else {
            panic!("not an export")
        };
        assert!(read.whole_files && read.inclusion_proofs && read.control_map);
        assert_eq!((read.since.as_deref(), read.until.as_deref()), (Some("2026-03-07"), Some("2026-03-08")));
        let help = Arguments::command().find_subcommand_mut("export").unwrap().render_long_help().to_string();
        for option in ["--whole-files", "--inclusion-proofs", "--control-map", "--since", "--until"] {
            assert!(help.contains(option), "{option}");
        }
        for option in earlier.into_iter().filter(|word| word.starts_with("--")) {
            assert!(!help.contains(&format!("{option} ")) && !help.contains(&format!("{option}\n")), "{option} is listed");
        }
    }
}
