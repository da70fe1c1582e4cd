//! Names as they are shown: in natural order, told apart where they are alike, and with what differs beside them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The order in which a person expects names: `robot-2` before `robot-10`. Letters of either case stand together.
pub fn natural(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one, other);
    loop {
        let (Some(first), Some(second)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| one.cmp(other));
        };
        let order = if first.is_ascii_digit() && second.is_ascii_digit() {
            let (number, rest) = digits(left);
            let (against, after) = digits(right);
            (left, right) = (rest, after);
            // Numbers of any length: without leading zeros the longer one is the larger one.
            number.len().cmp(&against.len()).then_with(|| number.cmp(against))
        } else {
            (left, right) = (&left[first.len_utf8()..], &right[second.len_utf8()..]);
            first.to_lowercase().cmp(second.to_lowercase())
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The digits at the start, without leading zeros, and what follows them.
fn digits(text: &str) -> (&str, &str) {
    let (number, rest) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()));
    (number.trim_start_matches('0'), rest)
}

/// The last parts of paths, as many as tell each from the others: `acme/agents` and `beta/agents`, but `cloud`.
pub fn apart(paths: &[&str]) -> Vec<String> {
    let parts: Vec<Vec<&str>> = paths.iter().map(|path| path.split('/').filter(|part| !part.is_empty()).collect()).collect();
    let tail = |index: usize, depth: usize| {
        let own = &parts[index];
        own[own.len().saturating_sub(depth)..].join("/")
    };
    let mut depths = vec![1; paths.len()];
    let deepest = parts.iter().map(Vec::len).max().unwrap_or(1);
    for _ in 1..deepest {
        let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, depth) in depths.iter().enumerate() {
            alike.entry(tail(index, *depth)).or_default().push(index);
        }
        alike.into_values().filter(|same| same.len() > 1).flatten().for_each(|index| depths[index] += 1);
    }
    (0..paths.len()).map(|index| if parts[index].is_empty() { paths[index].to_owned() } else { tail(index, depths[index]) }).collect()
}

/// What an identifier says beside the name: the account and kind of an ARN, else its end. Empty where it adds nothing.
pub fn beside(name: &str, id: &str) -> String {
    if id.is_empty() || id == name {
        return String::new();
    }
    // arn:partition:service:region:account:resource
    let parts: Vec<&str> = id.splitn(6, ':').collect();
    if let ["arn", _, service, _, account, resource] = parts.as_slice() {
        let rest = resource.strip_suffix(name).unwrap_or(resource).trim_end_matches(['/', ':']);
        let what = if rest.is_empty() { *service } else { rest };
        return [*account, what].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ");
    }
    // `shop/payments-api` stands for `system:serviceaccount:shop:payments-api`.
    let plain = |text: &str| text.replace(':', "/");
    let rest = if plain(id).ends_with(&plain(name)) { id.get(..id.len() - name.len()).unwrap_or(id) } else { id };
    let rest = rest.trim_end_matches(['/', ':']);
    if rest.is_empty() { id.to_owned() } else { rest.to_owned() }
}

/// The text without its middle, so that it has `letters` letters at most; its start and its end both tell names apart.
pub fn without_middle(text: &str, letters: usize) -> String {
    let all: Vec<char> = text.chars().collect();
    if all.len() <= letters {
        return text.to_owned();
    }
    let kept = letters.saturating_sub(1);
    let tail = kept / 2;
    let head: String = all[..kept - tail].iter().collect();
    let end: String = all[all.len() - tail..].iter().collect();
    format!("{head}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count() {
        let mut names = ["robot-10", "robot-2", "Robot-1", "robot-02", "robot", "robot-1000000000000000000000", "alpha"];
        names.sort_by(|one, other| natural(one, other));
        assert_eq!(names, ["alpha", "robot", "Robot-1", "robot-02", "robot-2", "robot-10", "robot-1000000000000000000000"]);
        assert_eq!(natural("a", "a"), Ordering::Equal);
        assert_ne!(natural("a1", "a01"), Ordering::Equal, "different names have an order");
    }

    #[test]
    fn names_that_are_alike_are_told_apart() {
        assert_eq!(apart(&["acme/audit/agents", "beta/audit/agents", "acme/cloud"]), ["acme/audit/agents", "beta/audit/agents", "cloud"]);
        assert_eq!(apart(&["x/a", "y/a"]), ["x/a", "y/a"]);
        assert_eq!(apart(&["same", "same", ""]), ["same", "same", ""], "what is the same stays the same");
    }

    #[test]
    fn what_differs_stands_beside_the_name() {
        assert_eq!(beside("ci", "arn:aws:iam::111122223333:user/ci"), "111122223333 · user");
        assert_eq!(beside("i-07", "arn:aws:sts::111122223333:assumed-role/batch/i-07"), "111122223333 · assumed-role/batch");
        assert_eq!((beside("ci", ""), beside("ci", "ci")), (String::new(), String::new()));
        assert_eq!(beside("ci", "spiffe://acme/ci"), "spiffe://acme");
        assert_eq!(beside("shop/api", "system:serviceaccount:shop:api"), "system:serviceaccount");
    }

    #[test]
    fn the_middle_is_left_out() {
        assert_eq!(without_middle("flux-system/kustomize-controller", 15), "flux-sy…troller");
        assert_eq!((without_middle("short", 5), without_middle("ab", 1)), ("short".to_owned(), "…".to_owned()));
    }
}
