//! What a line of `allowed_signers` means here and to ssh-keygen, compared on thousands of lines. Said to be skipped where there is no ssh-keygen.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use sealscope::trust::{Outcome, Store, Subject};

/// A small generator of numbers, so that a failure can be repeated.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

fn ssh_keygen(folder: &Path, arguments: &[&str], input: Option<&Path>) -> Option<bool> {
    let mut command = Command::new("ssh-keygen");
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command.stdin(input.map_or_else(Stdio::null, |path| fs::File::open(path).unwrap().into()));
    command.status().ok().map(|status| status.success())
}

const PRINCIPALS: [&str; 11] =
    ["maria", "maria,joe", "joe", "*", "m?ria", "*,!maria", "!maria,*", "!joe", "\"maria\"", "\"joe x,maria\"", "ssh-*"];

const OPTIONS: [&str; 22] = [
    "namespaces=\"file\"",
    "namespaces=\"git,file\"",
    "namespaces=\"git\"",
    "NameSpaces=\"f*\"",
    "namespaces=\"*,!file\"",
    "namespaces=\"!git,*\"",
    "namespaces=\"\"",
    "namespaces=\"fi\\\"le\"",
    "namespaces=file",
    "cert-authority",
    "Cert-Authority",
    "no-such-option",
    "valid-after=\"20260301\"",
    "valid-after=\"20260307Z\"",
    "valid-after=\"202603071200Z\"",
    "valid-after=\"20260308120000\"",
    "valid-before=\"20260401\"",
    "valid-before=\"20260307120000Z\"",
    "valid-before=\"20260307115959UTC\"",
    "valid-before=\"202602\"",
    "valid-before=\"soon\"",
    "valid-before=\"20260401",
];

/// The time at which is asked: 2026-03-07 12:00:00 UTC.
const TIME: (&str, i64) = ("20260307120000Z", 1_772_884_800_000_000_000);

#[test]
fn lines_mean_what_they_mean_to_ssh_keygen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let made = ssh_keygen(path, &["-q", "-t", "ed25519", "-N", "", "-C", "maria@acme", "-f", "key"], None);
    if made != Some(true) {
        println!("skipped: there is no ssh-keygen");
        return;
    }
    fs::write(path.join("message"), "what is signed").unwrap();
    ssh_keygen(path, &["-q", "-Y", "sign", "-f", "key", "-n", "file", "message"], None);
    let public = fs::read_to_string(path.join("key.pub")).unwrap();
    let mut numbers = Numbers(20_260_307);
    let (mut accepted, mut different) = (0, Vec::new());
    for round in 0..700 {
        let options: Vec<&str> = (0..numbers.below(4)).map(|_| numbers.pick(&OPTIONS)).collect();
        // Mostly a comma, as it should be.
        let between = if round % 9 == 0 { numbers.pick(&["", " ", ",,", ", ", ",,,"]) } else { "," };
        let line = format!("{} {} {}", numbers.pick(&PRINCIPALS), options.join(between), public.trim());
        let line = if options.is_empty() { line.replace("  ", " ") } else { line };
        fs::write(path.join("signers"), format!("# who may sign\n{line}\n")).unwrap();
        let identity = numbers.pick(&["maria", "maria", "maria", "joe"]);
        let verify_time = format!("verify-time={}", TIME.0);
        let arguments = ["-Y", "verify", "-f", "signers", "-I", identity, "-n", "file", "-s", "message.sig", "-O", &verify_time];
        let theirs = ssh_keygen(path, &arguments, Some(&path.join("message"))).unwrap();
        let mut keys = Store::default();
        let ours = keys.add_file(&path.join("signers")).is_ok() && {
            let namespace = Subject::Document { namespace: "file" };
            let answer = keys.ask::<sealscope::trust::Examiner>(namespace, &|_| sealscope::trust::Candidate::Possible, &|_| {
                Outcome::Holds { time: Some(TIME.1) }
            });
            answer.vouched().is_some_and(|vouched| vouched.key().signs_as(identity))
        };
        accepted += usize::from(theirs);
        if ours != theirs {
            different.push(format!("as {identity}, ssh-keygen {theirs}, here {ours}: {line}"));
        }
    }
    assert!(different.is_empty(), "{} of 700:\n{}", different.len(), different.join("\n"));
    assert!(accepted > 50, "only {accepted} lines are accepted at all");
}

#[test]
fn times_without_a_zone_are_of_this_computer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMZ6UTJIdTuiYG+ciR1zsnkVC5cb/55EYNMkUgFP3Ebx";
    fs::write(path.join("signers"), format!("maria valid-after=\"20260307\",valid-before=\"202603101200Z\" {public}\n")).unwrap();
    // A zone as POSIX writes it needs no database of zones.
    for (zone, from) in [("UTC0", "2026-03-07T00:00:00Z"), ("JST-9", "2026-03-06T15:00:00Z"), ("EST5", "2026-03-07T05:00:00Z")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealscope"));
        let output = command.args(["keys", "signers"]).env("TZ", zone).current_dir(path).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(&format!("from = {from}")) && text.contains("until = 2026-03-10T12:00:00Z"), "{zone}: {text}");
    }
}
