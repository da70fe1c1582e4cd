//! Records of every vocabulary, written from the products' documentation, with who must come out of them.

use std::fs;
use std::path::Path;

use serde_json::value::RawValue;

#[derive(serde::Deserialize)]
struct Line<'a> {
    /// Identity, kind, credential, on whose behalf (the chain, first first), outcome.
    expect: [String; 5],
    #[serde(borrow)]
    record: &'a RawValue,
}

#[test]
fn who_comes_out_of_each_vocabulary() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/vocabularies/events.jsonl");
    let text = fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let line: Line<'_> = serde_json::from_str(line).unwrap();
        let event = sealscope::schema::Reader::default().read(line.record.get().as_bytes(), &sealscope::model::Coverage::All);
        let chain: Vec<&str> = event.delegation.iter().map(|step| step.principal.as_ref()).collect();
        let found = [event.identity.as_ref(), event.kind.word(), event.credential.as_ref(), &chain.join(","), event.outcome.word()];
        if found != line.expect.each_ref().map(String::as_str) || event.time.is_none() {
            wrong.push(format!("{}: {found:?}, not {:?}", event.schema, line.expect));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(text.lines().count() >= 19);
}
