//! Members of a record that an event has no field of its own for, but that help to read it: region, account, parameters.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::covered;
use crate::model::Coverage;
use crate::model::json;

/// How deep parameters are looked into.
const DEPTH: usize = 6;
/// How many of them are given.
const MOST: usize = 200;

/// A member, or a value inside one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Detail {
    /// What it is.
    pub sort: Sort,
    /// Its path in the record, names joined by full stops.
    pub path: String,
    /// The value: texts without their quotation marks, all else as written.
    pub value: String,
    /// Whether the record's hash covers it.
    pub is_covered: bool,
}

/// What a detail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Where it was done.
    Region,
    /// In whose account.
    Account,
    /// What was asked for.
    Parameter,
}

/// Where they stand, by vocabulary in use; the first that has a value counts.
const REGIONS: [&str; 4] = ["awsRegion", "cloud.region", "resource.labels.location", "region"];
const ACCOUNTS: [&str; 6] =
    ["recipientAccountId", "userIdentity.accountId", "cloud.account.uid", "resource.labels.project_id", "account_id", "accountId"];
const PARAMETERS: [&str; 9] = [
    "requestParameters",
    "requestObject",
    "parameters",
    "params",
    "arguments",
    "args",
    "action_record.parameters",
    "protoPayload.request",
    "api.request.data",
];

/// The details of a record, of which `coverage` is hashed: region, account, then parameters by their paths. None for what is no JSON object.
pub fn details(record: &[u8], coverage: &Coverage) -> Vec<Detail> {
    let Ok(text) = std::str::from_utf8(record) else { return Vec::new() };
    let mut found = all(text);
    if let Some(part) = covered::of(text, coverage, &mut json::Reader::default()) {
        let hashed = all(&part);
        for detail in &mut found {
            detail.is_covered = hashed.iter().any(|other| (&other.path, &other.value) == (&detail.path, &detail.value));
        }
    }
    found
}

fn all(text: &str) -> Vec<Detail> {
    let mut found = Vec::new();
    for (sort, paths) in [(Sort::Region, &REGIONS[..]), (Sort::Account, &ACCOUNTS[..]), (Sort::Parameter, &PARAMETERS[..])] {
        for path in paths {
            let Some(value) = at(text, path) else { continue };
            let before = found.len();
            flatten(value, sort, path, DEPTH, &mut found);
            if sort != Sort::Parameter {
                // One value, not a tree.
                found.truncate(before + 1);
            }
            if found.len() > before {
                break;
            }
        }
    }
    found
}

type Members<'a> = BTreeMap<std::borrow::Cow<'a, str>, &'a RawValue>;

fn members(text: &str) -> Option<Members<'_>> {
    match serde_json::from_str(text) {
        Ok(members) => Some(members),
        // No object has no members.
        Err(_) => None,
    }
}

fn at<'a>(text: &'a str, path: &str) -> Option<&'a str> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let value = members(text)?.get(first)?.get();
    match rest {
        None => Some(value),
        Some(rest) => at(value, rest),
    }
}

fn flatten(value: &str, sort: Sort, path: &str, depth: usize, found: &mut Vec<Detail>) {
    if found.len() >= MOST {
        return;
    }
    let mut add = |value: String| {
        if !value.is_empty() {
            found.push(Detail { sort, path: path.to_owned(), value, is_covered: true });
        }
    };
    match value.trim_start().as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(value) {
            Ok(text) => add(text),
            Err(_) => add(value.to_owned()),
        },
        Some(b'{') if depth > 0 => {
            for (name, value) in members(value).into_iter().flatten() {
                flatten(value.get(), sort, &format!("{path}.{name}"), depth - 1, found);
            }
        }
        Some(b'n') => {}
        _ => add(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_account_and_parameters_are_found_as_written() {
        let record =
            br#"{"awsRegion":"eu-west-1","recipientAccountId":"0012","requestParameters":{"b":{"c":1.10},"a":"x\ny","l":[1, 2],"n":null}}"#;
        let found: Vec<(Sort, String, String)> =
            details(record, &Coverage::All).into_iter().map(|detail| (detail.sort, detail.path, detail.value)).collect();
        let text = |sort, path: &str, value: &str| (sort, path.to_owned(), value.to_owned());
        assert_eq!(
            found,
            [
                text(Sort::Region, "awsRegion", "eu-west-1"),
                text(Sort::Account, "recipientAccountId", "0012"),
                text(Sort::Parameter, "requestParameters.a", "x\ny"),
                text(Sort::Parameter, "requestParameters.b.c", "1.10"),
                text(Sort::Parameter, "requestParameters.l", "[1, 2]"),
            ]
        );
        assert!(details(b"[1]", &Coverage::All).is_empty() && details(b"\xff", &Coverage::All).is_empty());
    }

    #[test]
    fn what_the_hash_leaves_out_is_marked() {
        let coverage = Coverage::of_paths([""], ["parameters/b"]);
        let found = details(br#"{"region":"x","parameters":{"a":"1","b":"2"}}"#, &coverage);
        let covered: Vec<bool> = found.iter().map(|detail| detail.is_covered).collect();
        assert_eq!(covered, [true, true, false]);
    }

    #[test]
    fn deep_and_long_values_end_somewhere() {
        let deep = format!("{{\"args\":{}1{}}}", "{\"a\":".repeat(100), "}".repeat(100));
        assert_eq!(details(deep.as_bytes(), &Coverage::All).len(), 1);
        let many: Vec<String> = (0..1_000).map(|number| format!("\"m{number}\":{number}")).collect();
        assert_eq!(details(format!("{{\"args\":{{{}}}}}", many.join(",")).as_bytes(), &Coverage::All).len(), MOST);
    }
}
