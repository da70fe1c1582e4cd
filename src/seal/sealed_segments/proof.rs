//! The steps from one record's bytes to the trusted key, recomputed.

use crate::model::Place;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::log::{Sealed, is_document};
use crate::model::text::{bytes, count, hex};
use crate::model::time;
use crate::model::words::Fact;
use crate::seal::format::records;
use crate::seal::primitives::merkle::{Range, inclusion, root_from_inclusion};
use crate::seal::primitives::note::refusal;
use crate::seal::verdict::{Proof, Step};
use crate::trust::{Key, Standing};

/// Proves the record at `index` of the file's `content` anew.
pub(super) fn prove(sealed: &Sealed, index: u64, content: &[u8]) -> Proof {
    let seal = &sealed.seal;
    let here = records(seal.unit, content);
    let name = &sealed.plan.file.path;
    let Some(record) = usize::try_from(index).ok().and_then(|index| here.get(index)) else { return Proof::default() };
    let mut steps = Vec::new();
    let mut step = |state: Standing, title: &str, detail: String| steps.push(Step::new(state, title, detail));
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

    let position = match place {
        _ if is_document(sealed) => "the whole file is one record".to_owned(),
        Some(_) => format!("sealed as {}, now line {}", count(number), count(index + 1)),
        None => format!("line {}", count(index + 1)),
    };
    step(Standing::UNSEALED, &format!("Read {}", bytes(record.len() as u64)), format!("{name}, {position}"));
    if let Some(salt) = own.salt() {
        step(good, "Salt from the segment's secret", format!("HMAC-SHA-256(secret, {number}) → {}", hex(salt)));
    }

    let mut meaning = String::new();
    if root_holds {
        step(good, "Leaf hash", hex(&leaf));
        let path = inclusion(&seal.before, &leaves, number).unwrap_or_else(Vec::new);
        let reached = root_from_inclusion(leaf, number, seal.checkpoint.size, &path) == Some(seal.checkpoint.root);
        let state = if reached { good } else { Standing::BROKEN };
        step(state, &format!("With {} sibling hashes it leads to the root", path.len()), hex(&seal.checkpoint.root));
    } else if let Some(believed) = &believed {
        match (stated, place) {
            (_, Some(_)) => {
                let where_found = format!("its hash is found at another place than its line\n{}", hex(&leaf));
                step(good, &format!("It is sealed record {}", count(number)), where_found);
                meaning = "The record is genuine. Lines before it were removed, inserted or moved, so it stands in another place than when it was sealed.".into();
            }
            (Some(stated), None) if stated == leaf => step(good, "Leaf hash agrees", hex(&leaf)),
            (Some(stated), None) => {
                step(Standing::BROKEN, "Leaf hash differs", format!("here   {}\nsealed {}", hex(&leaf), hex(&stated)));
                meaning = "This line is not what was sealed. Rotation, line ends and recompression do not explain it: other records of the file agree.".into();
            }
            (None, None) => step(Standing::BROKEN, "Not among the sealed records", hex(&leaf)),
        }
        let agree = leaves.iter().zip(believed).filter(|(here, sealed)| here == sealed).count();
        step(
            good,
            &format!("{} of {} leaf hashes agree in place", count(agree as u64), count(believed.len() as u64)),
            "with .leaves, which hashes to the signed root".into(),
        );
    } else {
        step(Standing::SUSPECT, "Leaf hash", hex(&leaf));
        let given = tree.root().map_or_else(String::new, |root| hex(&root));
        step(Standing::BROKEN, "The records do not lead to the root", format!("here   {given}\nsealed {}", hex(&seal.checkpoint.root)));
        meaning = "At least one record of this segment is not as it was sealed, and without leaf hashes nobody can say which.".into();
    }

    let size = format!("tree size {}", count(seal.checkpoint.size));
    let at = sealed.sealed_at().map_or_else(|| "no signed time".to_owned(), time::seconds);
    let signed_by = |key: &Key| format!("{}\n{}", key.name, key.fingerprint());
    match &sealed.signatures {
        Err(error) => {
            step(Standing::BROKEN, "The signature fails", error.to_string());
            meaning = "The seal is forged or damaged, so it cannot vouch for anything.".into();
        }
        Ok(signatures) => {
            if let Some(vouched) = signatures.log() {
                step(good, "Root is signed", format!("{size} · {at}"));
                let added = vouched.key().added.map_or_else(String::new, |added| format!(" · added {}", time::seconds(added)));
                step(good, "Key is trusted", format!("{}{added}\n{}", vouched.key().name, vouched.key().fingerprint()));
                if signatures.quorum_missed() {
                    step(good, "Too few witnesses", "fewer cosigned than your policy asks for".into());
                }
            } else if let Some((key, why)) = signatures.refused.first() {
                let why = Fact::from(refusal(key, *why, &seal.checkpoint.origin));
                let (title, text) = (why.title(&Place::default()), why.text(&Place::default()));
                step(good, &title, text);
            } else if let Some(key) = signatures.foreign.first() {
                step(good, "Root is signed", size);
                step(good, "Key came with the evidence", signed_by(key));
            } else {
                let signers: Vec<String> =
                    seal.note.signatures.iter().map(|signature| format!("{}+{:08x}", signature.name, signature.id)).collect();
                step(good, "Signed by a key you do not have", format!("{size}\n{}", signers.join("\n")));
            }
        }
    }
    if meaning.is_empty() {
        meaning = match sealed.voucher() {
            Some(_) => format!("Nobody has changed this record since {at}, unless they hold the key of {}.", seal.checkpoint.origin),
            None => "The record agrees with its seal, but anyone could have made that seal.".into(),
        };
    }
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
