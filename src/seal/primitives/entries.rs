//! Entry bundles of transparency logs (c2sp.org/tlog-tiles).

/// Entries in a full bundle, and hashes in a full tile.
pub const FULL: u64 = 256;
/// The largest bundle, in bytes: 256 entries of 65,535 bytes with their lengths.
pub const MAX_BUNDLE: u64 = FULL * (65_535 + 2);

/// Cuts a bundle into entries, each behind two bytes of length. `None` where it breaks off.
pub fn entries(bundle: &[u8]) -> Vec<Option<&[u8]>> {
    let mut found = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let entry =
            rest.split_first_chunk::<2>().and_then(|(length, tail)| tail.split_at_checked(usize::from(u16::from_be_bytes(*length))));
        match entry {
            Some((entry, tail)) => {
                found.push(Some(entry));
                rest = tail;
            }
            None => {
                found.push(None);
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_are_cut() {
        assert_eq!(entries(b"\0\x03one\0\0\0\x02tw"), [Some(&b"one"[..]), Some(&b""[..]), Some(&b"tw"[..])]);
        assert_eq!(entries(b"\0\x05one"), [None]);
        assert_eq!(entries(b"\0"), [None]);
    }
}
