//! Bundles with a time stamp over their signature.

use std::fs;
use std::path::Path;
use std::process::Command;

use sealscope::bundle::{Checked, Line, Options, StampError, attach, check, request};
use sealscope::model::State;
use sealscope::model::words::checks::{CheckFact, Signer};
use sealscope::trust::Store as Keys;

use super::authority::*;
use crate::builder::*;
use crate::bundles::{examiner, good, third, trusting, write};

fn signed_by(checked: &Checked, fits: impl Fn(&Signer) -> bool) -> bool {
    checked.lines.iter().any(|line| matches!(&line.fact, CheckFact::Signed { signer, .. } if fits(signer)))
}

fn python(bundle: &Path, signers: &Path, authorities: &Path) -> bool {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check_bundle.py");
    let mut command = Command::new("python3");
    command.arg(script).arg(bundle).arg("--allowed-signers").arg(signers).args(["--identity", "maria", "--authorities"]).arg(authorities);
    command.output().unwrap().status.success()
}

#[test]
fn a_stamp_goes_in_and_is_checked_everywhere() {
    let Some(place) = place() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 12, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let mut with_authority = keys.clone();
    with_authority.add_file(&place.path("root.pem")).unwrap();
    assert_eq!(with_authority.authorities().len(), 1);
    // What is stored is read again.
    let mut stored = Keys::default();
    stored.add_text(Path::new("keys"), &with_authority.to_text()).unwrap();
    assert_eq!(stored.authorities(), with_authority.authorities());
    for name in ["stamped", "stamped.zip"] {
        let out = folder.path().join(name);
        write(&case, &keys, &third(&case), Options::default(), &key, &out).unwrap();
        let query = format!("{name}.tsq");
        request(&out, &place.path(&query)).unwrap();
        let answer = place.answer(&query, "rsa", "");
        let answer_path = place.path(&format!("{query}.answer"));
        // An answer for something else is not taken.
        fs::write(place.path("other.tsr"), place.stamped("rsa", "")).unwrap();
        assert!(matches!(attach(&out, &place.path("other.tsr"), &keys), Err(StampError::Answer { .. })));
        attach(&out, &answer_path, &with_authority).unwrap();
        assert!(matches!(attach(&out, &answer_path, &with_authority), Err(StampError::Stamped { .. })));
        let checked = check(&out, &with_authority);
        good(&checked);
        let stamped = |fact: &CheckFact| matches!(fact, CheckFact::Stamped { authority, .. } if authority == "CN=rsa,O=Example");
        assert!(checked.lines.iter().any(|line| stamped(&line.fact)), "{:?}", checked.lines);
        assert!(python(&out, &signers, &place.path("root.pem")));
        assert!(!python(&out, &signers, &place.path("stranger.pem")));
        // Without the authority's certificate the stamp counts for nothing, and harms nothing.
        let checked = check(&out, &keys);
        good(&checked);
        let unknown = |line: &Line| line.state == State::Consistent && matches!(line.fact, CheckFact::StampedByUnknown { .. });
        assert!(checked.lines.iter().any(unknown), "{:?}", checked.lines);
        assert_sealed(&open(&out, keys.clone()), &[]);
        if name == "stamped" {
            // The command of VERIFY.txt, word for word.
            let text = fs::read_to_string(out.join("data/VERIFY.txt")).unwrap();
            let command = text.lines().find(|line| line.contains("openssl ts -verify")).unwrap().trim();
            let command = command.replace("AUTHORITY.pem", place.path("root.pem").to_str().unwrap());
            assert!(Command::new("bash").args(["-c", &command]).current_dir(&out).output().unwrap().status.success());
            // A stamp that does not fit.
            let stamp = out.join("tagmanifest-sha256.txt.sig.tsr");
            for changed in [&answer[..answer.len() - 1], b"x", &place.stamped("rsa", "")] {
                fs::write(&stamp, changed).unwrap();
                assert_eq!(check(&out, &with_authority).state, State::Broken);
                assert!(!python(&out, &signers, &place.path("root.pem")));
            }
            fs::write(&stamp, &answer).unwrap();
            good(&check(&out, &with_authority));
        }
    }
}

#[test]
fn the_stamped_time_judges_the_examiners_key() {
    let Some(place) = place() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 12, true, false);
    let public = fs::read_to_string(folder.path().join("examiner.pub")).unwrap();
    let limited = |from: &str, until: &str| {
        let mut keys = log.keys.clone();
        let line = format!("maria namespaces=\"evidence@sealscope.dev\",valid-after=\"{from}\",valid-before=\"{until}\" {public}");
        keys.add_text(Path::new("signers"), &line).unwrap();
        keys.add_file(&place.path("root.pem")).unwrap();
        keys
    };
    let keys = trusting(&log, &signers);
    let out = folder.path().join("bundle");
    write(&open(log.folder.path(), keys.clone()), &keys, &[1], Options::default(), &key, &out).unwrap();
    // By the examiner's own clock it was signed on 7 March 2026, but that clock proves nothing.
    for until in ["20260401Z", "20260201Z"] {
        let unproven = check(&out, &limited("20260101Z", until));
        assert_eq!(unproven.state, State::Consistent);
        assert!(signed_by(&unproven, |signer| matches!(signer, Signer::DatesUnproven { .. })), "{:?}", unproven.lines);
    }
    // The authority says that it was later.
    request(&out, &place.path("dated.tsq")).unwrap();
    place.answer("dated.tsq", "p256", "");
    attach(&out, &place.path("dated.tsq.answer"), &limited("20260101Z", "20260401Z")).unwrap();
    let outside = check(&out, &limited("20260101Z", "20260401Z"));
    assert_eq!(outside.state, State::Consistent);
    assert!(signed_by(&outside, |signer| matches!(signer, Signer::OutsideDates { .. })), "{:?}", outside.lines);
    good(&check(&out, &limited("20260101Z", "20990101Z")));
}
