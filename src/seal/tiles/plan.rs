//! Finds tile folders, their checkpoints, and which tiles count.

use std::collections::BTreeMap;

use super::log::{Signed, TileLog, Worth};
use crate::model::finding::{Finding, Place};
use crate::model::words::reading::ReadingFact;
use crate::model::words::tiles::TileFact;
use crate::seal::claims::Claims;
use crate::seal::format::{Format, SealedLog, SegmentPlan};
use crate::seal::primitives::entries::FULL;
use crate::seal::primitives::note::{Checkpoint, Note};
use crate::seal::primitives::segment::Unit;
use crate::source::{File, Reading};
use crate::trust::Store as Keys;

/// Finds tile folders.
pub struct TileLogs;

/// Checkpoints are small, in bytes.
const MAX_CHECKPOINT: u64 = 64 << 10;

/// The number and width of a tile from its path below `tile/<level>/`: `x001/x234/067` or `000.p/15`.
pub(super) fn tile_number(path: &str) -> Option<(u64, u64)> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (path, width) = match path.split_once(".p/") {
        Some((path, width)) => {
            let number: u64 = if digits(width) && !width.starts_with('0') { width.parse().map_or(0, |width| width) } else { 0 };
            (path, Some(number).filter(|width| (1..FULL).contains(width))?)
        }
        None => (path, FULL),
    };
    let mut number: u64 = 0;
    let parts: Vec<&str> = path.split('/').collect();
    for (index, part) in parts.iter().enumerate() {
        let part = if index + 1 < parts.len() { part.strip_prefix('x')? } else { part };
        if part.len() != 3 || !digits(part) {
            return None;
        }
        let Ok(part) = part.parse::<u64>() else { return None };
        number = number.checked_mul(1000)?.checked_add(part)?;
    }
    (number < 1 << 40).then_some((number, width))
}

/// What lies in one folder: file indices.
#[derive(Default)]
struct Parts {
    /// Entry bundles and level-0 hash tiles: number, width, file.
    bundles: Vec<(u64, u64, usize)>,
    hashes: Vec<(u64, u64, usize)>,
    /// Tiles of other levels, which follow from these.
    others: Vec<usize>,
    checkpoints: Vec<usize>,
    own_state: Vec<usize>,
}

/// The folder of a path's part, where that part stands at the start or after a slash.
fn before<'a>(path: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    path.match_indices(part)
        .find(|(at, _)| *at == 0 || path.as_bytes()[at - 1] == b'/')
        .map(|(at, _)| (&path[..at], &path[at + part.len()..]))
}

impl Format for TileLogs {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let mut folders: BTreeMap<String, Parts> = BTreeMap::new();
        for (index, file) in claims.free() {
            // Whatever is not named as a tile is none, and is left to others.
            let Some((folder, (level, path))) =
                before(&file.path, "tile/").and_then(|(folder, rest)| Some((folder, rest.split_once('/')?)))
            else {
                continue;
            };
            let Some((number, width)) = tile_number(path) else { continue };
            let is_level = level.len() <= 2 && level.bytes().all(|byte| byte.is_ascii_digit());
            if level != "entries" && !is_level {
                continue;
            }
            let parts = folders.entry(folder.to_owned()).or_default();
            match level {
                "entries" => parts.bundles.push((number, width, index)),
                "0" => parts.hashes.push((number, width, index)),
                _ => parts.others.push(index),
            }
        }
        folders.retain(|_, parts| !parts.bundles.is_empty());
        if folders.is_empty() {
            return Vec::new();
        }
        for (index, file) in claims.free() {
            let folder = file.path.strip_suffix(file.name()).unwrap_or("");
            if let Some(parts) = folders.get_mut(folder).filter(|_| file.name().starts_with("checkpoint") && file.size <= MAX_CHECKPOINT) {
                parts.checkpoints.push(index);
            } else if let Some(parts) = before(&file.path, ".state/").and_then(|(folder, _)| folders.get_mut(folder)) {
                parts.own_state.push(index);
            }
        }
        let proofs = crate::seal::inclusion_proofs::checkpoints(claims);
        let logs = folders.into_values().filter_map(|parts| take_log(parts, claims, keys, &proofs));
        logs.map(|log| Box::new(log) as Box<dyn SealedLog>).collect()
    }
}

/// Takes one tile folder out of the claims; `None` if no checkpoint lies in it.
fn take_log(parts: Parts, claims: &mut Claims, keys: &Keys, proofs: &[(String, Note, Checkpoint)]) -> Option<TileLog> {
    let mut checkpoints: Vec<Signed> = Vec::new();
    let mut taken = Vec::new();
    for index in parts.checkpoints {
        let Some(file) = claims.files.get(index).and_then(Option::as_ref) else { continue };
        let reading = Reading::from(file.read_all(MAX_CHECKPOINT));
        // What was not read may well be as it was.
        let is_unread = matches!(reading, Reading::Unreadable(_) | Reading::TooLarge(_) | Reading::Stopped);
        let parsed = match reading {
            Reading::Done(bytes) => std::str::from_utf8(&bytes).map_err(|error| error.to_string()).and_then(|text| {
                let note = Note::parse(text).map_err(|error| error.to_string())?;
                let checkpoint = note.checkpoint().map_err(|error| error.to_string())?;
                Ok((note, checkpoint))
            }),
            Reading::Stopped => Err("reading was stopped".to_owned()),
            Reading::Unreadable(why) | Reading::TooLarge(why) | Reading::Damaged(why) => Err(why),
        };
        match parsed {
            Ok((note, checkpoint)) => {
                taken.push(index);
                checkpoints.push(Signed::new(file.path.clone(), &note, checkpoint, keys, false));
            }
            Err(why) if file.name() == "checkpoint" => {
                let place = Place { path: file.path.clone(), ..Place::default() };
                claims.findings.push(if is_unread {
                    Finding::of(ReadingFact::Unreadable { cause: why }, place)
                } else {
                    Finding::of(TileFact::CheckpointUnreadable { cause: why }, place)
                });
            }
            Err(_) => {}
        }
    }
    // The log is the one that its best checkpoint names; what strangers signed does not rename it.
    let best = checkpoints.iter().max_by_key(|signed| (signed.worth(), signed.is_the_checkpoint(), signed.checkpoint.size))?;
    let origin = best.checkpoint.origin.clone();
    // Proofs carry checkpoints too.
    for (path, note, checkpoint) in proofs.iter().filter(|(_, _, checkpoint)| checkpoint.origin == origin) {
        checkpoints.push(Signed::new(path.clone(), note, checkpoint.clone(), keys, true));
    }
    // Among strangers' checkpoints, size proves nothing: the one in its place is looked at first.
    checkpoints.sort_by_key(|signed| {
        let in_place = signed.worth() < Worth::Unwitnessed && signed.is_the_checkpoint();
        std::cmp::Reverse((signed.checkpoint.origin == origin, signed.worth(), in_place, signed.checkpoint.size))
    });
    let (own, foreign): (Vec<Signed>, Vec<Signed>) = checkpoints.into_iter().partition(|signed| signed.checkpoint.origin == origin);
    let size = own.first().map_or(0, |signed| signed.checkpoint.size);
    let file = |index: usize| claims.files.get(index).cloned().flatten();
    // Of a partial bundle that grew, the widest counts, and the others must be its beginning.
    let mut widest: BTreeMap<u64, Vec<(u64, usize)>> = BTreeMap::new();
    for (number, width, index) in &parts.bundles {
        widest.entry(*number).or_default().push((*width, *index));
    }
    let (mut plans, mut narrower) = (Vec::new(), Vec::new());
    for (number, mut widths) in widest {
        widths.sort_unstable_by_key(|(width, _)| std::cmp::Reverse(*width));
        let Some((width, bundle)) = widths.first().and_then(|(width, index)| Some((*width, file(*index)?))) else { continue };
        narrower.extend(widths.iter().skip(1).filter_map(|(_, index)| Some((plans.len(), file(*index)?))));
        plans.push(SegmentPlan { file: bundle, first: number * FULL, expected: Some(width), unit: Unit::Bundle });
    }
    // Of hash tiles, the one that is just as wide as the checkpoint needs, or the next wider one.
    let mut hashes: BTreeMap<u64, (u64, File)> = BTreeMap::new();
    for (number, width, index) in &parts.hashes {
        let needed = size.saturating_sub(number * FULL).min(FULL);
        let fit = |width: u64| if width >= needed { width } else { 2 * FULL - width };
        if hashes.get(number).is_none_or(|(other, _)| fit(*width) < fit(*other))
            && let Some(tile) = file(*index)
        {
            hashes.insert(*number, (*width, tile));
        }
    }
    let tiles = parts.bundles.iter().chain(&parts.hashes).map(|(_, _, index)| *index);
    for index in taken.into_iter().chain(tiles).chain(parts.others) {
        claims.take(index);
    }
    for index in parts.own_state {
        claims.skip(index, "it is the state of the program that keeps this log");
    }
    let hashes = hashes.into_iter().map(|(number, (_, tile))| (number, tile)).collect();
    Some(TileLog { origin, plans, narrower, checkpoints: own, foreign, hashes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tile_paths_are_numbers() {
        assert_eq!(tile_number("000"), Some((0, 256)));
        assert_eq!(tile_number("x001/x234/067"), Some((1_234_067, 256)));
        assert_eq!(tile_number("x001/067.p/8"), Some((1067, 8)));
        for wrong in [
            "1",
            "000.p/0",
            "000.p/256",
            "000.p/08",
            "000.p/+8",
            "+01",
            "x001/x234",
            "001/067",
            "../x",
            "x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(tile_number(wrong), None, "{wrong}");
        }
    }
}
