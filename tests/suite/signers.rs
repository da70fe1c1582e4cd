//! Who signs a bundle: through ssh-agent, with every sort of key, known or not; and the examiner's own log.

use std::fs;
use std::process::{Command, Stdio};

use sealscope::bundle::{Checked, Line, Options, check};
use sealscope::case::examiner_log::{Entry, ExaminerLog};
use sealscope::model::words::checks::{CheckFact, Met, Signer};
use sealscope::model::{State, Verdict};
use sealscope::trust::Store as Keys;

use super::builder::*;
use super::bundles::*;

#[test]
fn ssh_agent_signs() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 9, true, false);
    fs::write(folder.path().join("sealer.trust"), log.keys.to_text()).unwrap();
    // An agent of its own, ended with the command; the private key is gone from the disk before it signs.
    let script = format!(
        "ssh-add -q {key} && rm {key} && {program} export {log} --out {out} --key agent --trust {trust} --examiner maria --identity ci-deployer",
        key = key.display(),
        program = env!("CARGO_BIN_EXE_sealscope"),
        log = log.folder.path().display(),
        out = folder.path().join("out.zip").display(),
        trust = folder.path().join("sealer.trust").display(),
    );
    let done = match Command::new("ssh-agent").args(["sh", "-c", &script]).stdin(Stdio::null()).output() {
        Ok(done) => done,
        Err(_) => return println!("skipped: ssh-agent is not here"),
    };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    good(&check(&folder.path().join("out.zip"), &trusting(&log, &signers)));
    // Without an agent it says so.
    let failed = Command::new(env!("CARGO_BIN_EXE_sealscope"))
        .args(["export", "--key", "agent", "--examiner", "maria", "--out", "x.zip"])
        .arg(log.folder.path())
        .env_remove("SSH_AUTH_SOCK")
        .output()
        .unwrap();
    assert!(!failed.status.success() && String::from_utf8_lossy(&failed.stderr).contains("no ssh-agent is running"));
}

#[test]
fn every_sort_of_key_signs_through_the_agent() {
    let folder = tempfile::tempdir().unwrap();
    if examiner(folder.path()).is_none() {
        return;
    }
    let log = Log::new(1, 9, true, false);
    fs::write(folder.path().join("sealer.trust"), log.keys.to_text()).unwrap();
    for (kind, bits) in [("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048")] {
        let key = folder.path().join(format!("{kind}{bits}"));
        let made = Command::new("ssh-keygen").args(["-q", "-t", kind, "-b", bits, "-N", "", "-C", "maria", "-f"]).arg(&key).status();
        assert!(made.unwrap().success());
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        let signers = folder.path().join("signers");
        fs::write(&signers, format!("maria namespaces=\"evidence@sealscope.dev\" {public}")).unwrap();
        let out = folder.path().join(format!("{kind}{bits}.zip"));
        let script = format!(
            "ssh-add -q {key} && {program} export {log} --out {out} --key agent:maria --trust {trust} --examiner maria",
            key = key.display(),
            program = env!("CARGO_BIN_EXE_sealscope"),
            log = log.folder.path().display(),
            out = out.display(),
            trust = folder.path().join("sealer.trust").display(),
        );
        let Ok(done) = Command::new("ssh-agent").args(["sh", "-c", &script]).stdin(Stdio::null()).output() else {
            return println!("skipped: ssh-agent is not here");
        };
        assert!(done.status.success(), "{kind}: {}", String::from_utf8_lossy(&done.stderr));
        good(&check(&out, &trusting(&log, &signers)));
        let (holds, said) = python(&out, &signers);
        assert!(holds, "{kind}: {said}");
        assert_eq!(check(&out, &log.keys).state, State::Consistent);
    }
}

/// A signature as a hardware key makes it (PROTOCOL.u2f), here by a key in memory: `ssh-keygen` is the oracle.
#[test]
fn hardware_keys_are_understood() {
    use ed25519_dalek::Signer;
    use sha2::{Digest, Sha256};
    use ssh_key::public::{Ed25519PublicKey, KeyData, SkEd25519};
    use ssh_key::{Algorithm, HashAlg, LineEnding, PublicKey, Signature, SshSig};
    let folder = tempfile::tempdir().unwrap();
    let Some((key, _)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 9, true, false);
    let case = open(log.folder.path(), log.keys.clone());
    let out = folder.path().join("bundle");
    write(&case, &log.keys, &third(&case), Options::default(), &key, &out).unwrap();
    let inside = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    let public = KeyData::SkEd25519(SkEd25519::new(Ed25519PublicKey(inside.verifying_key().to_bytes()), "ssh:"));
    let message = fs::read(out.join("tagmanifest-sha256.txt")).unwrap();
    let data = SshSig::signed_data("evidence@sealscope.dev", HashAlg::Sha512, &message).unwrap();
    // Flag: a person touched it; then the counter.
    let trailer = [1, 0, 0, 0, 7];
    let signed = [Sha256::digest("ssh:").as_slice(), &trailer, Sha256::digest(&data).as_slice()].concat();
    let bytes = [&inside.sign(&signed).to_bytes()[..], &trailer].concat();
    let signature = Signature::new(Algorithm::SkEd25519, bytes).unwrap();
    let signature = SshSig::new(public.clone(), "evidence@sealscope.dev", HashAlg::Sha512, signature).unwrap();
    fs::write(out.join("tagmanifest-sha256.txt.sig"), signature.to_pem(LineEnding::LF).unwrap()).unwrap();
    let signers = folder.path().join("signers");
    fs::write(&signers, format!("maria {}\n", PublicKey::from(public).to_openssh().unwrap())).unwrap();
    let (holds, said) = python(&out, &signers);
    assert!(holds, "{said}");
    let checked = check(&out, &trusting(&log, &signers));
    let signed = checked.lines.iter().find(|line| matches!(line.fact, CheckFact::Signed { .. }));
    assert_eq!(signed.map(|line| line.state), Some(State::Sealed), "{:?}", checked.lines);
    // What lies in the bundle still names the key that made it: nothing else is wrong.
    let broken: Vec<_> = checked.lines.iter().filter(|line| line.state != State::Sealed).collect();
    let names_another = |line: &&Line| matches!(line.fact, CheckFact::KeyDiffers { .. } | CheckFact::OtherSigner { .. });
    assert!(!broken.is_empty() && broken.iter().all(names_another), "{broken:?}");
    fs::write(out.join("tagmanifest-sha256.txt"), [&message[..], b"\n"].concat()).unwrap();
    let checked = check(&out, &trusting(&log, &signers));
    assert_eq!(checked.lines.first().map(|line| line.state), Some(State::Broken), "{:?}", checked.lines);
}

#[test]
fn the_examiners_log_goes_along_and_knows_signers() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 9, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let own = ExaminerLog::new(folder.path().join("own"));
    own.note(Entry::new("evidence.opened", "x"), "maria", 1_772_900_000_000_000_000).unwrap();
    let key_path = folder.path().join("sealing");
    sealscope::case::keys::generate("examiner/maria", &key_path, None).unwrap();
    own.seal(&sealscope::case::keys::read(&key_path, None).unwrap()).unwrap();
    let out = folder.path().join("bundle");
    let options = Options { log: Some(own.folder().to_owned()), ..Options::default() };
    write(&case, &keys, &third(&case), options, &key, &out).unwrap();
    good(&check(&out, &keys));
    // It is no part of the evidence, and a log of its own where it lies.
    assert_eq!(open(&out, keys.clone()).counts().total(), 3);
    let along = open(&out.join("data/examiner-log"), Keys::default());
    assert_eq!((along.verdict(), along.counts().total()), (Verdict::Consistent, 1));
    // A signer who is not trusted: never seen, then seen.
    let mut first = check(&out, &log.keys);
    first.recognise(&own);
    let met = |checked: &Checked, wanted: Met| {
        let fits =
            |fact: &CheckFact| matches!(fact, CheckFact::Signed { signer: Signer::Unknown, met, .. } if *met == Some(wanted.clone()));
        checked.lines.iter().any(|line| fits(&line.fact))
    };
    assert!(met(&first, Met::Never), "{:?}", first.lines);
    let entry = Entry::new("evidence.opened", "bundle").with("signer", first.signer.clone().unwrap());
    own.note(entry, "maria", 1_772_900_100_000_000_000).unwrap();
    let mut second = check(&out, &log.keys);
    second.recognise(&own);
    assert!(met(&second, Met::FirstOn("2026-03-07".to_owned())), "{:?}", second.lines);
}

#[test]
fn commands_note_what_they_do() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, _)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 9, true, false);
    let own = folder.path().join("own");
    let run = |words: &[&std::ffi::OsStr]| {
        let done = Command::new(env!("CARGO_BIN_EXE_sealscope")).args(words).output().unwrap();
        (done.status.success(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
    };
    let (log, out) = (log.folder.path().as_os_str(), folder.path().join("out.zip"));
    assert!(run(&["verify".as_ref(), log, "--log".as_ref(), own.as_os_str()]).0);
    let words: [&std::ffi::OsStr; 10] = [
        "export".as_ref(),
        log,
        "--out".as_ref(),
        out.as_os_str(),
        "--key".as_ref(),
        key.as_os_str(),
        "--examiner".as_ref(),
        "maria".as_ref(),
        "--log".as_ref(),
        own.as_os_str(),
    ];
    assert!(run(&words).0);
    let (fine, said) = run(&["log".as_ref(), "--folder".as_ref(), own.as_os_str()]);
    assert!(
        fine && said.contains("evidence.opened") && said.contains("maria  evidence.exported") && said.contains("2 records not yet sealed"),
        "{said}"
    );
}
