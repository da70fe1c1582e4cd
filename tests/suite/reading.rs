//! One reading: what other readers may see differently is marked, spelling is exact, and what no hash covers is marked.

use std::fs;

use sealscope::model::{Code, Coverage, Field, Severity};
use sealscope::schema::Reader;
use sealscope::trust::Store as Keys;
use sealscope::verify::{Examination, Job, examine};

fn open(name: &str, content: &[u8]) -> (Examination, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (examine(&[path], Keys::default(), &Job::default(), None), folder)
}

fn severity(case: &Examination) -> Option<Severity> {
    case.findings.iter().find(|finding| finding.code == Code::RecordAmbiguous).map(|finding| finding.severity)
}

const HONEST: &str = r#"{"time":"2026-03-07T03:14:22Z","user":"maria","action":"login"}"#;

#[test]
fn what_may_be_read_differently_is_marked() {
    let hostile: [(&str, &[u8]); 6] = [
        ("a member twice", br#"{"time":"2026-03-07T03:14:22Z","user":"maria","action":"login","user":"eve"}"#),
        ("one of them escaped", br#"{"time":"2026-03-07T03:14:22Z","user":"maria","action":"login","\u0075ser":"eve"}"#),
        ("deep inside", br#"{"time":"2026-03-07T03:14:22Z","user":"maria","action":"login","x":[{"y":{"z":1,"z":2}}]}"#),
        ("half a pair", br#"{"time":"2026-03-07T03:14:22Z","user":"maria\ud800","action":"login"}"#),
        ("a rounded number", br#"{"time":"2026-03-07T03:14:22Z","user":"maria","action":"login","amount":0.12345678901234567891}"#),
        ("two spellings", br#"{"time":"2026-03-07T03:14:22Z","user_name":"maria","userName":"eve","action":"login"}"#),
    ];
    for (what, record) in hostile {
        let (case, _folder) = open("a.jsonl", &[HONEST.as_bytes(), b"\n", record, b"\n"].concat());
        assert_eq!(severity(&case), Some(Severity::Warning), "{what}");
        assert_eq!((case.store.is_ambiguous(0), case.store.is_ambiguous(1)), (false, true), "{what}");
        assert_eq!(case.logs[0].ambiguous, 1, "{what}");
        let bytes = case.raw(1).unwrap();
        assert!(case.event(1, &bytes).doubt.is_some(), "{what}");
    }
    let (case, _folder) = open("a.jsonl", &[HONEST.as_bytes(), b"\n{\"user\":\"mari\xff\",\"action\":\"login\"}\n"].concat());
    assert!(severity(&case) == Some(Severity::Warning) && case.store.identity_name(1) == "unknown");
    // A document that has its list twice: each half may be what another program shows.
    let list = |name: &str| format!(r#""Records":[{{"time":"2026-03-07T03:14:22Z","user":"{name}","action":"login"}}]"#);
    let (case, _folder) = open("a.json", format!("{{{},{}}}", list("maria"), list("eve")).as_bytes());
    assert_eq!(severity(&case), Some(Severity::Warning));
    assert!((0..case.store.len() as u32).all(|row| case.store.is_ambiguous(row)));
}

#[test]
fn a_wide_number_is_worth_knowing_only() {
    let record = r#"{"ts":1772853262018000123,"user":"maria","action":"login"}"#;
    let (case, _folder) = open("a.jsonl", format!("{HONEST}\n{record}\n").as_bytes());
    assert_eq!(severity(&case), Some(Severity::Info));
    assert_eq!(case.store.time(1), 1_772_853_262_018_000_123);
}

#[test]
fn honest_records_raise_nothing() {
    let honest = [
        r#"{"time":"2026-03-07T03:14:22Z","user":"mar\u00eda \ud83d\ude00","action":"login","id":"9007199254740993"}"#,
        r#"{"time":"2026-03-07T03:14:22Z","user":"maria","action":"a \"user\":\"eve\" in a text","list":[{"user":"a"},{"user":"b"}]}"#,
        r#"{"ts":1772853262.018,"user":"maria","action":"login","size":9007199254740992,"ratio":0.30000000000000004,"":{},"x":[]}"#,
        r#"{"time":"2026-03-07T03:14:22Z","user":"maria","User":"maria","action":"login","userAgent":"x","user_agent":"x"}"#,
    ];
    let text = format!("\u{feff}{HONEST}\r\n{}\r\n", honest.join("\r\n"));
    let (case, _folder) = open("a.jsonl", text.as_bytes());
    assert_eq!(severity(&case), None, "{:?}", case.findings);
    assert_eq!((case.store.len(), case.logs[0].ambiguous, case.logs[0].uncovered), (5, 0, 0));
}

#[test]
fn look_alikes_are_other_names() {
    let mut reader = Reader::default();
    for name in ["Agent_DID", "agent__did", "aGENT_DID", "\u{430}gent_did", "agent_did ", " agent_did", "agent\u{200b}_did"] {
        let text = format!(r#"{{"timestamp":"2026-03-07T03:14:22Z","{name}":"eve","action":"x","user":"maria"}}"#);
        let event = reader.read(text.as_bytes(), &Coverage::All);
        assert_eq!((event.identity.as_ref(), event.doubt), ("maria", None), "{name}");
    }
    for name in ["agent_did", "agentDid", "agentDID", "AgentDid", "agent-did", "AGENT_DID"] {
        let text = format!(r#"{{"timestamp":"2026-03-07T03:14:22Z","{name}":"bot","action":"x","user":"maria"}}"#);
        assert_eq!(reader.read(text.as_bytes(), &Coverage::All).identity, "bot", "{name}");
    }
}

#[test]
fn what_is_hashed_decides_and_the_rest_is_marked() {
    let mut reader = Reader::new(true);
    let coverage = Coverage::of_paths(["user", "action", "detail"], ["detail/note"]);
    // A later, uncovered name of an agent would be the identity of the whole record.
    let text = r#"{"agent_id":"eve","user":"maria","action":"login","timestamp":"2026-03-07T03:14:22Z","source_ip":"203.0.113.7"}"#;
    let event = reader.read(text.as_bytes(), &coverage);
    assert_eq!((event.identity.as_ref(), event.action.as_ref(), event.source_address.as_ref()), ("maria", "login", "203.0.113.7"));
    assert!(event.time.is_some());
    assert_eq!(event.uncovered.words(), ["time", "from", "behalf"]);
    // Uncovered members that would make it a record of another vocabulary do not.
    let text = r#"{"user":"maria","action":"login","eventVersion":"1.08","eventTime":"2026-03-07T03:14:22Z","eventSource":"iam.amazonaws.com","eventName":"DeleteUser","userIdentity":{"type":"Root","accountId":"1"}}"#;
    let event = reader.read(text.as_bytes(), &coverage);
    assert_eq!((event.schema, event.identity.as_ref(), event.action.as_ref()), ("generic", "maria", "login"));
    // Where nothing that is covered makes an event, what is covered still stands before the rest, and the vocabulary is marked.
    let text = r#"{"user":"maria","agent_id":"eve","tool":"rm","timestamp":"2026-03-07T03:14:22Z"}"#;
    let event = reader.read(text.as_bytes(), &Coverage::of_paths(["user"], []));
    assert_eq!(event.identity, "maria");
    assert!(event.uncovered.has(Field::Vocabulary) && event.uncovered.has(Field::Action) && !event.uncovered.has(Field::Identity));
    // A covered member with nothing in it is no cover for an uncovered one of its name elsewhere.
    let text = r#"{"detail":{"note":"x"},"user":"","actor":"eve","action":"login"}"#;
    let event = reader.read(text.as_bytes(), &coverage);
    assert!(event.identity == "eve" && event.uncovered.has(Field::Identity));
    // A malformed record shows nothing where members are hashed.
    let event = reader.read(br#"{"user":"maria","user":"eve","action":"login"}"#, &coverage);
    assert!(event.identity.is_empty() && event.time.is_none() && event.doubt.is_some() && event.schema.is_empty());
}

#[test]
fn hostile_values_cost_little_and_panic_never() {
    let many: Vec<String> = (0..100_000).map(|number| format!("\"member_{number}\":{number}")).collect();
    let many = format!(r#"{{{},"user":"maria","action":"login","time":"2026-03-07T03:14:22Z"}}"#, many.join(","));
    let long = format!(r#"{{"user":"{}","action":"login","time":"2026-03-07T03:14:22Z"}}"#, "é".repeat(2_000_000));
    let deep = format!(r#"{{"user":"maria","action":"login","x":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let coverage = Coverage::of_paths(["user", "action"], []);
    let started = std::time::Instant::now();
    for text in [&many, &long, &deep] {
        for coverage in [&Coverage::All, &coverage] {
            Reader::default().read(text.as_bytes(), coverage);
        }
    }
    assert_eq!(Reader::default().read(many.as_bytes(), &Coverage::All).identity, "maria");
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    let times = [
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "1e308",
        "-1e308",
        "\"262143-12-31T23:59:59Z\"",
        "\"-262144-01-01T00:00:00Z\"",
        "\"1677-09-21T00:12:43Z\"",
        "\"2262-04-11T23:47:16.854775808Z\"",
        "99999999999",
        "-0",
        "\"\"",
        "null",
        "[]",
        "{}",
        "true",
        "\"9\"",
    ];
    for time in times {
        for name in ["time", "eventTime", "__REALTIME_TIMESTAMP", "stageTimestamp", "created_at"] {
            let text = format!(
                r#"{{"{name}":{time},"user":"maria","action":"x","eventSource":"s","eventName":"n","eventVersion":"1","class_uid":3002,"MESSAGE":"m","apiVersion":"audit.k8s.io/v1"}}"#
            );
            Reader::default().read(text.as_bytes(), &Coverage::All);
        }
    }
    let (case, _folder) =
        open("a.jsonl", times.map(|time| format!(r#"{{"time":{time},"user":"maria","action":"x"}}"#)).join("\n").as_bytes());
    assert_eq!(case.store.len(), times.len());
}
