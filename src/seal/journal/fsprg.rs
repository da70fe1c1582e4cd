//! The keys of Forward Secure Sealing: a seekable sequence (Marson and Poettering, “Practical Secure Logging”, ESORICS 2013), as systemd makes it.
//!
//! Each epoch's key follows from the one before by squaring modulo `n = p·q`. Who knows `p` and `q`, which follow from the verification key, can
//! go to any epoch at once; who does not can only go forward.

use num_bigint_dig::prime::probably_prime;
use num_bigint_dig::{BigUint, ModInverse};
use sha2::{Digest, Sha256};

use crate::model::text::from_hex;

/// Bits of the modulus, which systemd fixes.
const BITS: usize = 1536;
/// Epochs up to here are reached by squaring, since that is cheaper than seeking.
const NEAR: u64 = 64;
/// So many times the sequence is sought in for one file; each takes milliseconds. Honest files seek after each gap in time.
const MAX_SEEKS: u32 = 2_000;
/// Epochs beyond this are refused: a hundred thousand years of quarter hours.
const FARTHEST: u64 = 1 << 32;

/// A verification key, as `journalctl --setup-keys` prints it.
#[derive(Clone)]
pub struct VerificationKey {
    p: BigUint,
    q: BigUint,
    n: BigUint,
    start: BigUint,
    /// When epoch 0 begins, microseconds since 1970.
    pub start_microseconds: u64,
    /// How long an epoch is, in microseconds.
    pub interval_microseconds: u64,
    now: Option<(u64, BigUint)>,
    seeks: u32,
}

/// Bytes that follow from a seed and a number.
fn bytes_of(length: usize, seed: &[u8], number: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 32);
    let mut counter: u32 = 0;
    while out.len() < length {
        let mut hasher = Sha256::new();
        hasher.update(seed);
        hasher.update(number.to_be_bytes());
        hasher.update(counter.to_be_bytes());
        out.extend_from_slice(&hasher.finalize());
        counter = counter.wrapping_add(1);
    }
    out.truncate(length);
    out
}

/// The first prime from a seeded number on that leaves 3 when divided by 4.
fn prime(seed: &[u8], number: u32) -> BigUint {
    let mut bytes = bytes_of(BITS / 16, seed, number);
    if let Some(first) = bytes.first_mut() {
        *first |= 0xc0;
    }
    if let Some(last) = bytes.last_mut() {
        *last |= 0x03;
    }
    let mut candidate = BigUint::from_bytes_be(&bytes);
    while !probably_prime(&candidate, 20) {
        candidate += 4u32;
    }
    candidate
}

impl VerificationKey {
    /// Whether a text has the form of a verification key: four times six digits, a slash, start and interval.
    pub fn parts(text: &str) -> Option<(Vec<u8>, u64, u64)> {
        let (seed, times) = text.trim().split_once('/')?;
        let (start, interval) = times.split_once('-')?;
        let seed = from_hex(&seed.replace('-', ""))?;
        let hexadecimal = |text: &str| -> Option<u64> {
            let Ok(number) = u64::from_str_radix(text, 16) else { return None };
            Some(number)
        };
        let interval = hexadecimal(interval).filter(|interval| *interval > 0)?;
        let start = hexadecimal(start)?.checked_mul(interval)?;
        (seed.len() == 12).then_some((seed, start, interval))
    }

    /// Reads a key. Takes a moment: two primes are searched.
    pub fn parse(text: &str) -> Option<Self> {
        let (seed, start_microseconds, interval_microseconds) = Self::parts(text)?;
        let (p, q) = (prime(&seed, 1), prime(&seed, 2));
        let n = &p * &q;
        let mut bytes = bytes_of(BITS / 8, &seed, 3);
        if let Some(first) = bytes.first_mut() {
            *first &= 0x7f;
        }
        let root = BigUint::from_bytes_be(&bytes);
        let start = (&root * &root) % &n;
        Some(Self { p, q, n, start, start_microseconds, interval_microseconds, now: None, seeks: 0 })
    }

    /// Whether so much was sought that the keys of further epochs are not given.
    pub fn is_exhausted(&self) -> bool {
        self.seeks > MAX_SEEKS
    }

    /// The key of an epoch. `None` if it is implausibly far, or if too many were asked for out of order.
    pub fn at(&mut self, epoch: u64) -> Option<Vec<u8>> {
        if epoch > FARTHEST {
            return None;
        }
        let value = match self.now.take() {
            Some((before, value)) if before <= epoch && epoch - before <= NEAR => {
                (before..epoch).fold(value, |value, _| (&value * &value) % &self.n)
            }
            before => {
                self.seeks = self.seeks.saturating_add(1);
                if self.is_exhausted() {
                    self.now = before;
                    return None;
                }
                self.seek(epoch)?
            }
        };
        let mut state = padded(&self.n);
        state.extend(padded(&value));
        state.extend(epoch.to_be_bytes());
        self.now = Some((epoch, value));
        Some(bytes_of(32, &state, 0))
    }

    /// `start^(2^epoch) mod n`, by the two primes and the Chinese remainder theorem.
    fn seek(&self, epoch: u64) -> Option<BigUint> {
        let (two, epoch, one) = (BigUint::from(2u32), BigUint::from(epoch), BigUint::from(1u32));
        let under = |prime: &BigUint| self.start.modpow(&two.modpow(&epoch, &(prime - &one)), prime);
        let (under_p, under_q) = (under(&self.p), under(&self.q));
        let inverse = (&self.p).mod_inverse(&self.q)?.to_biguint()?;
        let difference = (&under_q + &self.q - (&under_p % &self.q)) % &self.q;
        Some(&under_p + &self.p * ((difference * inverse) % &self.q))
    }
}

/// A number as systemd writes it: as many bytes as the modulus has.
fn padded(value: &BigUint) -> Vec<u8> {
    let bytes = value.to_bytes_be();
    let mut out = vec![0; (BITS / 8).saturating_sub(bytes.len())];
    out.extend(bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeking_and_squaring_agree() {
        let mut one = VerificationKey::parse("b02872-4327f7-a365b6-d3d1d1/ab35116-989680").unwrap();
        let keys: Vec<_> = (0..70).map(|epoch| one.at(epoch).unwrap()).collect();
        let mut other = one.clone();
        for epoch in [69, 3, 0, 68, 1] {
            other.now = None;
            assert_eq!(other.at(epoch).unwrap(), keys[epoch as usize]);
        }
        assert!(keys.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(one.at(u64::MAX), None);
    }

    #[test]
    fn other_texts_are_no_keys() {
        for text in ["", "b02872-4327f7-a365b6-d3d1d1", "b02872/1-1", "b02872-4327f7-a365b6-d3d1d1/1-0", "zz2872-4327f7-a365b6-d3d1d1/1-1"]
        {
            assert!(VerificationKey::parts(text).is_none(), "{text}");
        }
    }
}
