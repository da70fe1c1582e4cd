//! The proof of one entry: its leaf hash, the tiles that lead to the root, and who signed that.

use super::log::{TileLog, Worth};
use crate::model::text::{bytes, count, hex};
use crate::seal::primitives::entries::entries;
use crate::seal::primitives::merkle::leaf;
use crate::seal::verdict::{Proof, Step};
use crate::trust::Standing;

/// The proof of one record.
pub(super) fn prove(log: &TileLog, segment: usize, index: u64, content: &[u8]) -> Proof {
    let (Some(plan), Some(signed)) = (log.plans.get(segment), log.head()) else { return Proof::default() };
    let found = entries(content);
    let Ok(place) = usize::try_from(index) else { return Proof::default() };
    let Some(Some(entry)) = found.get(place) else { return Proof::default() };
    let number = plan.first + index;
    let hash = leaf(entry);
    let mut steps = vec![Step {
        state: Standing::UNSEALED,
        title: format!("Read {}", bytes(entry.len() as u64)),
        detail: format!("{}, entry {}", plan.file.path, count(number)),
    }];
    let good = TileLog::standing(signed);
    let mut step = |standing: Standing, title: &str, detail: String| steps.push(Step::new(standing, title, detail));
    let believed = log.believed(&signed.checkpoint);
    let stated = believed.as_ref().and_then(|leaves| leaves.get(usize::try_from(number).map_or(usize::MAX, |number| number)));
    let meaning = match stated {
        _ if number >= signed.checkpoint.size => {
            step(Standing::UNCHECKED, "After the checkpoint", format!("it counts {} entries", count(signed.checkpoint.size)));
            "The entry stands after the last checkpoint, so nothing vouches for it yet."
        }
        Some(stated) if *stated == hash => {
            step(good, "Leaf hash as in the tiles", hex(&hash));
            step(good, "The tiles lead to the root", hex(&signed.checkpoint.root));
            "The entry is part of the log that the checkpoint speaks of."
        }
        Some(stated) => {
            step(Standing::BROKEN, "Leaf hash differs", format!("here   {}\nsealed {}", hex(&hash), hex(stated)));
            "This entry is not what was logged."
        }
        None => {
            step(Standing::UNCHECKED, "Leaf hash", hex(&hash));
            "No believed hash tile covers this entry, so only the log as a whole can be checked."
        }
    };
    let origin = signed.checkpoint.origin.clone();
    match (&signed.judged, signed.worth()) {
        (Err(error), _) => step(good, "The signature fails", error.to_string()),
        (Ok(signatures), Worth::Sealed) => {
            let key = signatures.sealed().map_or(origin, |vouched| vouched.key().name.clone());
            step(good, "Checkpoint signed, key trusted", key);
        }
        (Ok(_), Worth::Unwitnessed) => step(good, "Too few witnesses cosigned the checkpoint", origin),
        (Ok(_), _) => step(good, "Signed by no key that you trust for this log", origin),
    }
    Proof { steps, command: String::new(), meaning: meaning.into() }
}
