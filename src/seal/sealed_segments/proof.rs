//! The steps from one record's bytes to the trusted key, recomputed.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::log::{Sealed, is_document};
use crate::model::text::hex;
use crate::model::words::steps::{Meaning, ReadFrom, StepFact};
use crate::seal::format::records;
use crate::seal::primitives::merkle::{Range, inclusion, root_from_inclusion};
use crate::seal::primitives::note::{Signature, refusal};
use crate::seal::verdict::{Proof, Step};
use crate::trust::Standing;

/// Proves the record at `index` of the file's `content` again.
pub(super) fn prove(sealed: &Sealed, index: u64, content: &[u8]) -> Proof {
    let seal = &sealed.seal;
    let here = records(seal.unit, content);
    let Some(record) = usize::try_from(index).ok().and_then(|index| here.get(index)) else { return Proof::default() };
    let mut steps = Vec::new();
    let mut step = |state: Standing, fact: StepFact| steps.push(Step::new(state, fact));
    // As good as the seal that the record is compared with.
    let good = sealed.signatures.as_ref().map_or(Standing::CONSISTENT, |signatures| Standing::of(signatures.sealed()));

    let making = seal.leaves();
    let leaves: Vec<_> = here.iter().zip(seal.first..).map(|(record, number)| making.leaf(number, record)).collect();
    let mut tree: Range = seal.before.clone();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    let root_holds = tree.end() == seal.checkpoint.size && tree.root() == Some(seal.checkpoint.root);
    let believed = if root_holds { None } else { sealed.believed_leaves().and_then(Result::ok) };
    let stated = believed.as_ref().and_then(|believed| believed.get(usize::try_from(index).ok()?)).copied();
    // A record that was displaced was sealed under another number, and with that one's salt.
    let place = match (&believed, leaves.get(usize::try_from(index).unwrap_or(usize::MAX))) {
        (Some(believed), Some(leaf)) if stated != Some(*leaf) => {
            believed.iter().zip(seal.first..).position(|(sealed, number)| making.leaf(number, record) == *sealed)
        }
        _ => None,
    };
    let number = seal.first + place.map_or(index, |place| place as u64);
    let own = making.at(number);
    let leaf = own.hash(record);

    let (path, line) = (sealed.plan.file.path.clone(), index + 1);
    let from = match place {
        _ if is_document(sealed) => ReadFrom::OnlyRecord { path },
        Some(_) => ReadFrom::MovedLine { path, record: number, line },
        None => ReadFrom::Line { path, line },
    };
    step(Standing::UNSEALED, StepFact::Read { size: record.len() as u64, from });
    if let Some(salt) = own.salt() {
        step(good, StepFact::Salt { record: number, salt: hex(salt) });
    }

    let (hash, root) = (hex(&leaf), hex(&seal.checkpoint.root));
    let mut meaning = None;
    if root_holds {
        step(good, StepFact::LeafHash { hash });
        let path = inclusion(&seal.before, &leaves, number).unwrap_or_else(Vec::new);
        let siblings = path.len() as u64;
        match root_from_inclusion(leaf, number, seal.checkpoint.size, &path) == Some(seal.checkpoint.root) {
            true => step(good, StepFact::SiblingsLead { siblings, root }),
            false => step(Standing::BROKEN, StepFact::SiblingsFail { siblings, root }),
        }
    } else if let Some(believed) = &believed {
        match (stated, place) {
            (_, Some(_)) => {
                step(good, StepFact::SealedElsewhere { record: number, hash });
                meaning = Some(Meaning::Displaced);
            }
            (Some(stated), None) if stated == leaf => step(good, StepFact::LeafAgrees { hash }),
            (Some(stated), None) => {
                step(Standing::BROKEN, StepFact::LeafDiffers { here: hash, sealed: hex(&stated) });
                meaning = Some(Meaning::Altered);
            }
            (None, None) => step(Standing::BROKEN, StepFact::NotAmongSealed { hash }),
        }
        let agree = leaves.iter().zip(believed).filter(|(here, sealed)| here == sealed).count();
        step(good, StepFact::LeavesAgree { agree: agree as u64, of: believed.len() as u64 });
    } else {
        step(Standing::SUSPECT, StepFact::LeafHash { hash });
        step(Standing::BROKEN, StepFact::RootDiffers { here: tree.root().map(|root| hex(&root)), sealed: root });
        meaning = Some(Meaning::SegmentAltered);
    }

    let size = seal.checkpoint.size;
    match &sealed.signatures {
        Err(error) => {
            step(Standing::BROKEN, StepFact::SignatureFails { cause: error.to_string() });
            meaning = Some(Meaning::SealForged);
        }
        Ok(signatures) => {
            if let Some(vouched) = signatures.log() {
                step(good, StepFact::RootSigned { size, sealed_at: sealed.sealed_at() });
                let key = vouched.key();
                step(good, StepFact::KeyTrusted { key: key.name.clone(), fingerprint: key.fingerprint(), added: key.added });
                if signatures.quorum_missed() {
                    step(good, StepFact::TooFewWitnesses);
                }
            } else if let Some((key, why)) = signatures.refused.first() {
                step(good, StepFact::KeyRefused { why: refusal(key, *why, &seal.checkpoint.origin) });
            } else if let Some(key) = signatures.foreign.first() {
                step(good, StepFact::RootSignedByStranger { size });
                step(good, StepFact::KeyCameAlong { key: key.name.clone(), fingerprint: key.fingerprint() });
            } else {
                let signers = seal.note.signatures.iter().map(Signature::key).collect();
                step(good, StepFact::KeyUnknown { size, signers });
            }
        }
    }
    let meaning = meaning.unwrap_or_else(|| match sealed.voucher() {
        Some(_) => Meaning::UnchangedSince { sealed_at: sealed.sealed_at(), origin: seal.checkpoint.origin.clone() },
        None => Meaning::AgreesWithSeal,
    });
    let expected = match stated {
        Some(stated) if place.is_none() && stated != leaf => {
            format!("# prints {}\n# sealed as {}", hex(&leaf), hex(&stated))
        }
        _ => format!("# prints {}", hex(&leaf)),
    };
    Proof { steps, command: command(sealed, index, &own.prefix(), &expected), meaning }
}

/// A shell command that recomputes the leaf hash with stock tools, and what it prints. Bytes are octal: not every shell knows others.
fn command(sealed: &Sealed, index: u64, prefix: &[u8], expected: &str) -> String {
    let file = quote(&sealed.plan.file.path);
    let cat = format!("{} {file}", sealed.plan.file.packing.command());
    let prefix: String = prefix.iter().map(|byte| format!("\\0{byte:03o}")).collect();
    let body = if is_document(sealed) { cat } else { format!("{cat} | sed -n {}p | head -c -1", index + 1) };
    let root = BASE64.encode(sealed.seal.checkpoint.root);
    format!("(printf '%b' '\\0000{prefix}'; {body}) | sha256sum\n{expected}\n# signed root, base64: {root}")
}

/// A path as one shell word.
fn quote(path: &str) -> String {
    let plain = path.chars().all(|character| character.is_ascii_alphanumeric() || "/._-".contains(character));
    let shown = crate::model::text::visible(path);
    if plain { shown.into_owned() } else { format!("'{}'", shown.replace('\'', "'\\''")) }
}
