//! Takes records out of an excerpt: its pruned tree is pruned further. What was withheld before is withheld still.

use super::pruned::{HEADER, Neighbours};
use super::read::{Node, Part};
use crate::model::text::hex;
use crate::seal::format::Excerpt;
use crate::seal::primitives::merkle::node;
use crate::seal::primitives::segment::without_secret;

/// Keeps the records `chosen` (ascending indices among those that are here). `None` if they do not lead to the signed root, or one is not here.
pub(super) fn cut(part: &Part, records: &[&[u8]], chosen: &[u64]) -> Option<Excerpt> {
    if !part.holds(records, &mut |_, _| {}) {
        return None;
    }
    let mut out = Excerpt::default();
    for index in chosen {
        let index = usize::try_from(*index).map_or(usize::MAX, |index| index);
        out.numbers.push(*part.numbers.get(index)?);
        out.records.push(records.get(index)?.to_vec());
    }
    let mut kept: Vec<Node> = Vec::new();
    let mut here = records.iter();
    for one in &part.nodes {
        kept.push(match one {
            Node::Disclosed(number) => {
                let record = here.next()?;
                match out.numbers.binary_search(number) {
                    Ok(_) => *one,
                    Err(_) => Node::Withheld { first: *number, count: 1, hash: part.leaf(*number).hash(record) },
                }
            }
            Node::Withheld { .. } => *one,
        });
        while let Some(joined) = join(&kept, part.seal.first) {
            kept.truncate(kept.len() - 2);
            kept.push(joined);
        }
    }
    let mut tree = format!("{HEADER}\n");
    for one in kept {
        tree.push_str(&match one {
            Node::Disclosed(number) => format!("D {number}\n"),
            Node::Withheld { first, count, hash } => format!("H {first} {count} {}\n", hex(&hash)),
        });
    }
    let salts: String = out.numbers.iter().filter_map(|number| Some(format!("{number} {}\n", hex(part.salts.get(number)?)))).collect();
    let seal = without_secret(&part.seal_text);
    let neighbours = Neighbours {
        before: part.before.as_ref().map(|head| head.note.to_text()),
        heads: part.heads.iter().map(|head| head.note.to_text()).collect(),
    };
    let first = part.seal.first;
    let placed = first == 0 || neighbours.before.is_some() || out.numbers.first() == Some(&first);
    out.unplaced = if placed { 0 } else { first };
    out.withheld = part.seal.count().saturating_sub(out.numbers.len() as u64);
    out.guessable = part.salts.is_empty() && !part.numbers.is_empty() && out.withheld > 0;
    out.files = vec![("proofs", ".ptree", tree), ("seals", ".seal", seal)];
    if !salts.is_empty() {
        out.files.push(("salts", ".salts", salts));
    }
    out.files.extend(neighbours.files(first));
    Some(out)
}

/// The last two nodes as one, if both are withheld halves of one subtree. The tree stays divided where the segment starts.
fn join(nodes: &[Node], start: u64) -> Option<Node> {
    let [.., Node::Withheld { first, count, hash: left }, Node::Withheld { first: next, count: same, hash: right }] = nodes else {
        return None;
    };
    let width = count.checked_mul(2)?;
    let halves = count == same && first.is_multiple_of(width) && *next == first + count;
    (halves && !(*first < start && *next >= start)).then(|| Node::Withheld { first: *first, count: width, hash: node(left, right) })
}
