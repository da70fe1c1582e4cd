//! Finds by trial the profile under which the hashes of a sample come right.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::value::RawValue;

use super::container::{self, Container};
use super::json::{Form, Tree, items, members};
use super::log::tree_of;
use super::profile::{Digest, Encoding, Member, Part, Profile, Table};
use super::{preimage, record, table};
use crate::model::text::utf8;
use crate::source::{Budget, Cost, Exceeded};
use crate::trust::Store as Keys;

/// Records looked at.
const SAMPLE: usize = 64;
/// Members that may lie outside the hash, besides the hash itself and signatures.
const LEFT_OUT: usize = 3;
/// Beyond this many members not every choice of them can be tried.
const MOST_MEMBERS: usize = 18;
/// Rules tried at once and in all, and the bytes that they may hash: a few seconds of work, and the same on every machine.
const AT_ONCE: usize = 2048;
const MOST_RULES: usize = 300_000;
const MOST_HASHED: usize = 256 << 20;
/// The longest record that is tried, in bytes: every rule hashes it.
const LONGEST_RECORD: usize = 256 << 10;
/// Members of a record among which links are looked for.
const MOST_PATHS: usize = 40;
/// Up to this many members every order is tried.
const MOST_ORDERED: usize = 5;
const FORMS: [Form; 5] = [Form::Jcs, Form::Python, Form::PythonCompact, Form::SortedCompact, Form::AsListed];
const DELIMITERS: [&str; 8] = ["|", "", ":", ",", "\0", "\n", ";", "."];

/// Why nothing was found.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GuessError {
    /// No records.
    #[error("no JSON records were found: neither lines, nor a list, nor a table")]
    NoRecords,
    /// The user stopped.
    #[error("the search was stopped; no rule was found until then")]
    Stopped,
    /// Nothing looks like a link.
    #[error("no member repeats a hash of the preceding record, so no chain is visible. At least three records in a row are needed")]
    NoLink,
    /// The search was given up.
    #[error(
        "the records are linked by {previous}, but no hash matches under any of the {tried} rules that could be tried in the time and memory allowed: the records have too many members. Write the profile by hand, or give a sample with fewer members"
    )]
    GivenUp {
        /// The member that links.
        previous: String,
        /// How many were tried.
        tried: usize,
    },
    /// No rule fits.
    #[error(
        "the records are linked by {previous}, but no hash matches under any of {tried} rules. The hashes may be keyed (give the HMAC key with --trust), or cover something that is not in the file"
    )]
    NoRule {
        /// The member that links.
        previous: String,
        /// How many were tried.
        tried: usize,
    },
}

/// What was found.
pub struct Guess {
    /// The profile.
    pub profile: Profile,
    /// Records whose hash came right, of those looked at.
    pub right: usize,
    /// Records looked at.
    pub of: usize,
}

/// A sample and where it was.
struct Sample {
    records: Vec<Vec<u8>>,
    pointer: Option<String>,
    table: Option<Table>,
}

/// How records are linked.
#[derive(Clone)]
struct Linked {
    own: Option<String>,
    previous: String,
    prefix: String,
    encoding: Encoding,
    digests: Vec<Digest>,
    genesis: Vec<String>,
}

/// Tries to find the profile of `content`: first among the known ones, then by rules put together. HMAC keys among `keys` are tried too. Each
/// rule that is tried is a step of `budget`.
pub fn guess(name: &str, content: &[u8], keys: &Keys, budget: &Budget) -> Result<Guess, GuessError> {
    let sample = sample(content).ok_or(GuessError::NoRecords)?;
    let short = sample.records.iter().filter(|record| record.len() <= LONGEST_RECORD);
    let records: Vec<Tree<'_>> = short.filter_map(|record| Tree::parse(utf8(record)?)).collect();
    if let Some(found) = known(content, keys) {
        return Ok(found);
    }
    let linked = links(&records);
    let first = linked.first().cloned().ok_or(GuessError::NoLink)?;
    let common = common(&records);
    let right = |profile: &Profile, count: usize| {
        records.iter().enumerate().take(count).filter(|(index, _)| comes_right(profile, &records, *index, keys)).count()
    };
    // Rules are made as they are tried, some at a time, and within a budget: their number grows with the third power of the members'.
    let mut rules = linked.iter().flat_map(|linked| candidates(linked, &common));
    let hashed: usize = sample.records.iter().take(2).map(Vec::len).sum();
    let (mut tried, mut found) = (0, None);
    while found.is_none() {
        let some: Vec<Profile> = rules.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return Err(GuessError::NoRule { previous: first.previous, tried });
        }
        if tried >= MOST_RULES || tried.saturating_mul(hashed) >= MOST_HASHED {
            return Err(GuessError::GivenUp { previous: first.previous, tried });
        }
        // Two records rule out nearly everything; the rest confirm.
        let fits = |profile: &&Profile| budget.take(Cost::Steps, 1).is_ok() && right(profile, 2) == 2.min(records.len());
        found = some.par_iter().find_first(fits).cloned();
        match budget.go_on() {
            Ok(()) => tried += some.len(),
            Err(Exceeded::Stopped) => return Err(GuessError::Stopped),
            Err(_) => return Err(GuessError::GivenUp { previous: first.previous, tried }),
        }
    }
    let Some(found) = found.as_ref() else { return Err(GuessError::NoLink) };
    let right = right(found, records.len());
    let mut profile = found.clone();
    profile.name = name.to_owned();
    profile.about = "Found by trial.".into();
    profile.records = sample.pointer;
    profile.table = sample.table;
    profile.signs = profile.own.iter().chain([&profile.previous]).cloned().collect();
    // What lies outside the hash may well be missing in other records.
    let outside = records.first().map_or_else(Vec::new, |record| preimage::uncovered(&profile, record));
    let more: Vec<String> =
        common.iter().filter(|name| !profile.signs.contains(name) && !outside.contains(&name.as_str())).take(4).cloned().collect();
    profile.signs.extend(more);
    let of = if profile.own.is_some() { records.len() } else { records.len().saturating_sub(1) };
    Ok(Guess { profile, right: right.min(of), of })
}

/// A known profile under which every record matches.
fn known(content: &[u8], keys: &Keys) -> Option<Guess> {
    let text = std::str::from_utf8(content).unwrap_or("").trim_start_matches('\u{feff}').trim();
    Profile::built_in().into_iter().find_map(|profile| {
        let container = match (&profile.table, &profile.records) {
            (Some(table), _) if content.starts_with(table::MAGIC) => Container::Table(table.name.clone()),
            _ if content.starts_with(table::MAGIC) => return None,
            (_, Some(pointer)) if container::pointed(text, pointer).is_some() => Container::Pointed(pointer.clone()),
            _ if content.first() == Some(&b'[') => Container::Document,
            _ => Container::Lines,
        };
        let Ok(rows) = container.records(&profile, content) else { return None };
        let records: Vec<Tree<'_>> = rows.iter().take(SAMPLE).filter_map(|row| tree_of(&profile, row)).collect();
        let right = (0..records.len()).filter(|index| comes_right(&profile, &records, *index, keys)).count();
        (records.len() >= 3 && right == records.len()).then(|| Guess { right, of: records.len(), profile: profile.clone() })
    })
}

fn comes_right(profile: &Profile, records: &[Tree<'_>], index: usize, keys: &Keys) -> bool {
    let stated = match &profile.own {
        Some(own) => records[index].at(own),
        None => match records.get(index + 1) {
            Some(next) => next.at(&profile.previous),
            // The last record's hash is stated by none.
            None => return true,
        },
    };
    let stated = stated.and_then(Tree::plain);
    stated.is_some_and(|stated| record::hashes(profile, &records[index], keys).contains(&stated))
}

fn sample(content: &[u8]) -> Option<Sample> {
    if content.starts_with(table::MAGIC) {
        return in_tables(content);
    }
    let text = utf8(content)?.trim_start_matches('\u{feff}').trim();
    let of = |list: Vec<&RawValue>| list.into_iter().take(SAMPLE).map(|item| item.get().as_bytes().to_vec()).collect::<Vec<_>>();
    let lines: Vec<Vec<u8>> = text
        .lines()
        .filter(|line| Tree::parse(line).is_some_and(|tree| !tree.names().is_empty()))
        .take(SAMPLE)
        .map(|line| line.as_bytes().to_vec())
        .collect();
    if lines.len() > 1 {
        return Some(Sample { records: lines, pointer: None, table: None });
    }
    if let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(text) {
        return Some(Sample { records: of(list), pointer: None, table: None });
    }
    let (name, list) =
        members(text)?.into_iter().filter_map(|(name, value)| Some((name, items(value)?))).max_by_key(|(_, list)| list.len())?;
    let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    Some(Sample { records: of(list), pointer: Some(pointer), table: None })
}

fn in_tables(content: &[u8]) -> Option<Sample> {
    let orders = ["seq", "sequence", "id", "rowid"];
    let Ok(names) = table::names(content) else { return None };
    let tries = names.into_iter().flat_map(|name| {
        orders.map(|order| Table { name: name.clone(), order: order.into(), record: None, json: Vec::new(), named: Vec::new() })
    });
    tries
        .filter_map(|table| match table::rows(content, &table, Some(SAMPLE)) {
            Ok(records) => Some(Sample { records, pointer: None, table: Some(table) }),
            // It has no such column to order by.
            Err(_) => None,
        })
        .find(|sample| {
            let records: Vec<Tree<'_>> = sample.records.iter().filter_map(|record| Tree::parse(utf8(record)?)).collect();
            links(&records).first().is_some_and(|linked| linked.own.is_some())
        })
}

/// Names of the members that every record has.
fn common(records: &[Tree<'_>]) -> Vec<String> {
    let Some(first) = records.first() else { return Vec::new() };
    let all: Vec<BTreeSet<&str>> = records.iter().map(|record| record.names().into_iter().collect()).collect();
    first.names().into_iter().filter(|name| all.iter().all(|names| names.contains(name))).map(str::to_owned).collect()
}

/// Paths of texts, two members deep.
fn paths(record: &Tree<'_>) -> Vec<String> {
    let mut paths = Vec::new();
    for name in record.names() {
        match record.at(name) {
            Some(inner @ Tree::Object(..)) => paths.extend(inner.names().into_iter().map(|own| format!("{name}/{own}"))),
            _ => paths.push(name.to_owned()),
        }
    }
    paths
}

/// Prefix, encoding and length in bytes of a text that can be a hash.
pub(super) fn hash_like(text: &str) -> Option<(String, Encoding, usize)> {
    let (prefix, rest) = match text.rsplit_once([':', 'x']) {
        Some((before, rest)) if rest.len() >= 43 && before.len() < 12 => (&text[..text.len() - rest.len()], rest),
        _ => ("", text),
    };
    [Encoding::Hex, Encoding::Base64, Encoding::Base64url].into_iter().find_map(|encoding| {
        let length = preimage::decode(encoding, rest)?.len();
        matches!(length, 32 | 48 | 64).then(|| (prefix.to_owned(), encoding, length))
    })
}

fn links(records: &[Tree<'_>]) -> Vec<Linked> {
    let Some(last) = records.last() else { return Vec::new() };
    if records.len() < 3 {
        return Vec::new();
    }
    let value = |record: &Tree<'_>, path: &str| record.text_at(path);
    let hashes: Vec<(String, Vec<String>)> = paths(last)
        .into_iter()
        .filter(|path| hash_like(&value(last, path)).is_some())
        .take(MOST_PATHS)
        .map(|path| {
            let values = records.iter().map(|record| value(record, &path)).collect();
            (path, values)
        })
        .collect();
    let mut found = Vec::new();
    for (previous, values) in &hashes {
        let (Some(start), Some(end)) = (values.first(), values.last()) else { continue };
        let Some((prefix, encoding, length)) = hash_like(end) else { continue };
        let digests = match length {
            32 => vec![Digest::Sha256, Digest::HmacSha256],
            48 => vec![Digest::Sha384],
            _ => vec![Digest::Sha512],
        };
        let genesis: BTreeSet<String> = [start.clone()].into_iter().filter(|start| hash_like(start).is_none() || zeros(start)).collect();
        let linked = |own: Option<&String>| Linked {
            own: own.cloned(),
            previous: previous.clone(),
            prefix: prefix.clone(),
            encoding,
            digests: digests.clone(),
            genesis: genesis.iter().cloned().collect(),
        };
        let follows = |own: &[String]| own.iter().zip(&values[1..]).filter(|(one, next)| one == next).count() * 2 > values.len() - 1;
        let owns: Vec<&String> = hashes.iter().filter(|(own, values)| own != previous && follows(values)).map(|(own, _)| own).collect();
        if owns.is_empty() {
            found.push(linked(None));
        }
        found.extend(owns.into_iter().map(|own| linked(Some(own))));
    }
    // A record that states its own hash says more.
    found.sort_by_key(|linked| linked.own.is_none());
    found
}

fn zeros(text: &str) -> bool {
    text.trim_start_matches(|character: char| character != '0').chars().all(|character| character == '0')
}

/// Names that signatures go by.
fn signs(name: &str) -> bool {
    let name = name.to_lowercase();
    ["sig", "mac", "proof"].iter().any(|word| name.contains(word))
}

/// Rules for a link, the likeliest first, made one after the other.
fn candidates<'a>(linked: &'a Linked, common: &[String]) -> impl Iterator<Item = Profile> + 'a {
    let top = |path: &String| path.split('/').next().unwrap_or(path).to_owned();
    let own: Vec<String> = linked.own.iter().map(top).collect();
    let previous = Part { text: Some(linked.previous.clone()), ..Part::default() };
    let signatures: Vec<String> = common.iter().filter(|name| signs(name) && !own.contains(name)).cloned().collect();
    let is_free = |name: &&String| !own.contains(name) && !signatures.contains(name);
    let rest: Vec<String> = common.iter().filter(is_free).take(MOST_MEMBERS).cloned().collect();
    let kept = choices(&rest);
    let nearly_all: Vec<Vec<String>> = kept.iter().filter(|kept| kept.len() + 1 >= rest.len()).cloned().collect();
    let whole = wholes(linked, &own, &signatures, &previous);
    let some = kept.into_iter().flat_map(move |kept| of_members(&kept, &previous));
    let ordered = nearly_all.into_iter().flat_map(|kept| in_any_order(&kept));
    whole.into_iter().chain(some).chain(ordered).flat_map(move |(parts, delimiter)| {
        linked.digests.iter().map(move |digest| Profile {
            signs: vec![linked.previous.clone()],
            previous: linked.previous.clone(),
            own: linked.own.clone(),
            prefix: linked.prefix.clone(),
            encoding: linked.encoding,
            digest: *digest,
            genesis: linked.genesis.clone(),
            delimiter: delimiter.to_owned(),
            preimage: parts.clone(),
            ..Profile::default()
        })
    })
}

/// Rules that hash the record as a whole.
fn wholes(linked: &Linked, own: &[String], signatures: &[String], previous: &Part) -> Vec<(Vec<Part>, &'static str)> {
    let top = linked.previous.split('/').next().unwrap_or(&linked.previous).to_owned();
    let json = |form: Form, without: Vec<String>| Part { json: Some(form), without, ..Part::default() };
    let beside = |extra: &[String]| own.iter().chain(extra).cloned().collect::<Vec<_>>();
    let mut left: Vec<Vec<String>> = vec![beside(&[]), beside(signatures), beside(std::slice::from_ref(&top))];
    left.push(left[1].iter().cloned().chain([top]).collect());
    let mut rules = Vec::new();
    for form in FORMS {
        for left in &left {
            rules.push((vec![json(form, left.clone())], ""));
            for delimiter in DELIMITERS {
                rules.push((vec![previous.clone(), json(form, left.clone())], delimiter));
                rules.push((vec![json(form, left.clone()), previous.clone()], delimiter));
            }
        }
    }
    rules
}

/// Rules that hash these members.
fn of_members(kept: &[String], previous: &Part) -> Vec<(Vec<Part>, &'static str)> {
    let mut rules = Vec::new();
    let members: Vec<Member> = kept.iter().map(|name| Member::Named(name.clone())).collect();
    for form in FORMS {
        let part = Part { json: Some(form), members: members.clone(), ..Part::default() };
        rules.push((vec![part.clone()], ""));
        rules.push((vec![previous.clone(), part.clone()], ""));
        rules.push((vec![previous.clone(), part], "|"));
    }
    let texts =
        |length_first| kept.iter().map(move |name| Part { text: Some(name.clone()), length_first, ..Part::default() }).collect::<Vec<_>>();
    let without: Vec<Part> = texts(false).into_iter().filter(|part| part.text != previous.text).collect();
    for delimiter in DELIMITERS {
        rules.push((texts(false), delimiter));
        rules.push((without.iter().cloned().chain([previous.clone()]).collect(), delimiter));
        rules.push((std::iter::once(previous.clone()).chain(without.iter().cloned()).collect(), delimiter));
    }
    rules.push((texts(true), ""));
    let version = Part { hex: Some("01".into()), ..Part::default() };
    rules.push((std::iter::once(version).chain(texts(true)).collect(), ""));
    // Objects among joined texts are written in some form of JSON.
    for form in FORMS {
        let mixed = |name: &String| match form {
            _ if Some(name) == previous.text.as_ref() => previous.clone(),
            _ => Part { json: Some(form), at: Some(name.clone()), ..Part::default() },
        };
        for delimiter in ["|", "", ":"] {
            for object in kept {
                let parts =
                    kept.iter().map(|name| if name == object { mixed(name) } else { Part { text: Some(name.clone()), ..Part::default() } });
                rules.push((parts.collect(), delimiter));
            }
        }
    }
    rules
}

/// Texts joined in an order of the program's own, the objects among them in some form of JSON.
fn in_any_order(names: &[String]) -> Vec<(Vec<Part>, &'static str)> {
    if names.len() > MOST_ORDERED {
        return Vec::new();
    }
    let mut orders: Vec<Vec<&String>> = vec![Vec::new()];
    for _ in names {
        orders = orders
            .into_iter()
            .flat_map(|order| {
                let free: Vec<&String> = names.iter().filter(|name| !order.contains(name)).collect();
                free.into_iter().map(move |name| order.iter().copied().chain([name]).collect::<Vec<_>>())
            })
            .collect();
    }
    let mut rules = Vec::new();
    for order in orders {
        for delimiter in ["|", ":", ""] {
            for form in FORMS {
                // A plain text is the same in no form of JSON, so each member is tried as the one object.
                for object in 0..=order.len() {
                    let part = |(index, name): (usize, &&String)| {
                        let path = Some((*name).clone());
                        if index == object {
                            Part { json: Some(form), at: path, ..Part::default() }
                        } else {
                            Part { text: path, ..Part::default() }
                        }
                    };
                    rules.push((order.iter().enumerate().map(part).collect(), delimiter));
                }
            }
        }
    }
    rules
}

/// All of them, then every choice that leaves out one, two or three.
fn choices(names: &[String]) -> Vec<Vec<String>> {
    let mut choices: Vec<Vec<usize>> = vec![Vec::new()];
    let mut last = choices.clone();
    for _ in 0..LEFT_OUT.min(names.len().saturating_sub(1)) {
        let more = |left: &Vec<usize>| {
            let left = left.clone();
            (left.last().map_or(0, |last| last + 1)..names.len()).map(move |next| left.iter().copied().chain([next]).collect::<Vec<_>>())
        };
        last = last.iter().flat_map(more).collect();
        choices.extend(last.iter().cloned());
    }
    choices
        .into_iter()
        .map(|left| names.iter().enumerate().filter(|(index, _)| !left.contains(index)).map(|(_, name)| name.clone()).collect())
        .collect()
}
