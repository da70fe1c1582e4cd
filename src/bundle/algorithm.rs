//! Whether an OpenSSH signature holds, for every sort of key that ssh-agent and hardware keys sign with.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
};
use sha2::{Digest, Sha256};
use ssh_key::public::{EcdsaPublicKey, KeyData};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, Mpint, Signature};

/// Flags and counter that a hardware key adds to its signature (PROTOCOL.u2f), in bytes.
const TRAILER: usize = 5;

/// Whether `signature` by `key` over `data` holds.
pub fn holds(key: &KeyData, data: &[u8], signature: &Signature) -> bool {
    let (bytes, algorithm) = (signature.as_bytes(), signature.algorithm());
    match (key, algorithm) {
        (KeyData::Ed25519(public), Algorithm::Ed25519) => UnparsedPublicKey::new(&ED25519, public.0).verify(data, bytes).is_ok(),
        (KeyData::Ecdsa(public), Algorithm::Ecdsa { curve }) if curve == public.curve() => ecdsa(public, data, bytes).is_some(),
        (KeyData::Rsa(public), Algorithm::Rsa { hash: Some(hash) }) => {
            let (Some(n), Some(e)) = (public.n.as_positive_bytes(), public.e.as_positive_bytes()) else { return false };
            let parameters = match hash {
                HashAlg::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
                HashAlg::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
                _ => return false,
            };
            RsaPublicKeyComponents { n, e }.verify(parameters, data, bytes).is_ok()
        }
        (KeyData::SkEd25519(public), Algorithm::SkEd25519) => hardware(public.application(), data, bytes)
            .is_some_and(|(bytes, data)| UnparsedPublicKey::new(&ED25519, public.public_key().0).verify(&data, bytes).is_ok()),
        (KeyData::SkEcdsaSha2NistP256(public), Algorithm::SkEcdsaSha2NistP256) => {
            let public_key = EcdsaPublicKey::NistP256(*public.ec_point());
            hardware(public.application(), data, bytes).is_some_and(|(bytes, data)| ecdsa(&public_key, &data, bytes).is_some())
        }
        _ => false,
    }
}

/// What a hardware key really signs: hash of its application, flags, counter, hash of the data.
fn hardware<'a>(application: &str, data: &[u8], bytes: &'a [u8]) -> Option<(&'a [u8], Vec<u8>)> {
    let (signature, trailer) = bytes.split_at_checked(bytes.len().checked_sub(TRAILER)?)?;
    Some((signature, [Sha256::digest(application).as_slice(), trailer, Sha256::digest(data).as_slice()].concat()))
}

/// ECDSA (RFC 5656 section 3.1.2): the signature is two integers, each with its length before it.
fn ecdsa(public: &EcdsaPublicKey, data: &[u8], bytes: &[u8]) -> Option<()> {
    let (parameters, size) = match public.curve() {
        EcdsaCurve::NistP256 => (&ECDSA_P256_SHA256_FIXED, 32),
        EcdsaCurve::NistP384 => (&ECDSA_P384_SHA384_FIXED, 48),
        EcdsaCurve::NistP521 => (&ECDSA_P521_SHA512_FIXED, 66),
    };
    let mut fixed = Vec::new();
    let mut rest = bytes;
    for _ in 0..2 {
        let (length, tail) = rest.split_first_chunk::<4>()?;
        let (number, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        rest = tail;
        let number = Mpint::from_bytes(number).ok()?;
        let number = number.as_positive_bytes()?;
        fixed.resize(fixed.len() + usize::checked_sub(size, number.len())?, 0);
        fixed.extend_from_slice(number);
    }
    if !rest.is_empty() {
        return None;
    }
    UnparsedPublicKey::new(parameters, public.as_sec1_bytes()).verify(data, &fixed).ok()
}
