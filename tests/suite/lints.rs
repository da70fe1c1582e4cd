//! What must not stand where verdicts are made: calls that turn "could not be checked" into "fine" or "broken".

use std::fs;
use std::path::Path;

use crate::import_graph::files;

/// The calls.
const CALLS: [&str; 3] = ["unwrap_or_default(", "is_ok_and(", ".ok()"];

/// Forms in which such a call is harmless, each with the reason. They are looked for at the end of what stands before the call.
const HARMLESS: [(&str, &str); 4] = [
    ("try_into()", "an integer or array of another width: no reading, and no other error than that it does not fit"),
    ("try_from(index)", "the same"),
    ("parse()", "text that is no number is no number"),
    ("parse::<usize>()", "the same"),
];

/// The lines of the product with such a call.
fn calls(text: &str) -> Vec<(usize, &str)> {
    let product = text.split("#[cfg(test)]").next().unwrap();
    let lines = product.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let all =
        lines.flat_map(|(number, line)| CALLS.iter().flat_map(move |call| line.match_indices(call).map(move |(at, _)| (number, line, at))));
    let harmful = all.filter(|(_, line, at)| {
        let before = line[..*at].trim_end_matches('.');
        let narrowed = before.ends_with(')')
            && before.rsplit_once("try_from(").is_some_and(|(_, argument)| !argument[..argument.len() - 1].contains(')'));
        !narrowed && !HARMLESS.iter().any(|(form, _)| before.ends_with(form))
    });
    harmful.map(|(number, line, _)| (number + 1, line.trim())).collect()
}

#[test]
fn nothing_turns_unchecked_into_a_verdict() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for part in ["seal", "trust", "bundle"] {
        for path in files(&root.join(part)) {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let found = calls(&text);
            wrong.extend(found.iter().map(|(number, line)| format!("{name}:{number}: {line}")));
        }
    }
    assert!(wrong.is_empty(), "match on the outcome instead of dropping it:\n{}", wrong.join("\n"));
}

#[test]
fn the_lint_sees_what_it_should() {
    assert_eq!(calls("let a = reread.content(0).unwrap_or_default();").len(), 1);
    assert_eq!(calls("let a = file.read_all(9).ok()?;\n// let b = x.ok();").len(), 1);
    assert_eq!(calls("let a = usize::try_from(at.index).ok()?; let b: u8 = text.parse().ok()?;").len(), 0);
    assert_eq!(calls("#[cfg(test)]\nlet a = x.ok();").len(), 0);
}

/// Only the gate makes *sealed*: in formats the state is only looked at.
#[test]
fn formats_do_not_make_sealed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in files(&root.join("seal")) {
        let text = fs::read_to_string(&path).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in product.lines().enumerate() {
            let made = line.match_indices("State::Sealed").filter(|(at, _)| {
                let after = line[at + "State::Sealed".len()..].trim_start();
                let before = line[..*at].trim_end_matches("crate::model::").trim_end();
                // A pattern, a comparison, or a count of what was judged.
                let pattern = [" =>", "=>", "|", ")=>", ", _)", ") =>"].iter().any(|end| after.starts_with(end)) || before.ends_with('|');
                !(pattern || before.ends_with("==") || before.ends_with("!=") || before.ends_with(".of("))
            });
            if made.count() > 0 && !line.trim_start().starts_with("//") {
                wrong.push(format!("{}:{}: {}", path.strip_prefix(&root).unwrap().display(), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
