//! The proof of one entry: its leaf hash, the tiles that lead to the root, and who signed that.

use super::log::{TileLog, Worth};
use crate::model::text::hex;
use crate::model::words::steps::{Meaning, ReadFrom, StepFact};
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
    let mut steps = vec![Step::read(entry.len(), ReadFrom::Entry { path: plan.file.path.clone(), entry: number })];
    let good = TileLog::standing(signed);
    let mut step = |standing: Standing, fact: StepFact| steps.push(Step::new(standing, fact));
    let believed = log.believed(&signed.checkpoint);
    let stated = believed.as_ref().and_then(|leaves| leaves.get(usize::try_from(number).map_or(usize::MAX, |number| number)));
    let meaning = match stated {
        _ if number >= signed.checkpoint.size => {
            step(Standing::UNCHECKED, StepFact::AfterCheckpoint { size: signed.checkpoint.size });
            Meaning::AfterCheckpoint
        }
        Some(stated) if *stated == hash => {
            step(good, StepFact::LeafInTiles { hash: hex(&hash) });
            step(good, StepFact::TilesLead { root: hex(&signed.checkpoint.root) });
            Meaning::InLog
        }
        Some(stated) => {
            step(Standing::BROKEN, StepFact::LeafDiffers { here: hex(&hash), sealed: hex(stated) });
            Meaning::EntryDiffers
        }
        None => {
            step(Standing::UNCHECKED, StepFact::LeafHash { hash: hex(&hash) });
            Meaning::NoTile
        }
    };
    let origin = signed.checkpoint.origin.clone();
    match (&signed.judged, signed.worth()) {
        (Err(error), _) => step(good, StepFact::SignatureFails { cause: error.to_string() }),
        (Ok(signatures), Worth::Sealed) => {
            let key = signatures.sealed().map_or(origin, |vouched| vouched.key().name.clone());
            step(good, StepFact::CheckpointSigned { key });
        }
        (Ok(_), Worth::Unwitnessed) => step(good, StepFact::CheckpointUnwitnessed { origin }),
        (Ok(_), _) => step(good, StepFact::CheckpointUntrusted { origin }),
    }
    Proof { steps, command: String::new(), meaning }
}
