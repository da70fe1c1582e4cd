//! OpenSSH signatures (PROTOCOL.sshsig) over documents, for every sort of key that ssh-agent and hardware keys sign with.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
};
use sha2::{Digest, Sha256};
use ssh_key::public::{EcdsaPublicKey, KeyData};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, Mpint, PublicKey, Signature, SshSig};

use super::gate::{Answer, Candidate, Examiner, Outcome, Subject};
use super::{Key, Material, Store, ssh};

/// Flags and counter that a hardware key adds to its signature (PROTOCOL.u2f), in bytes.
const TRAILER: usize = 5;

/// Longer files are no signatures, in bytes.
pub const LONGEST: u64 = 64 << 10;
/// The line that a signature file begins with.
pub const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";

/// Why a signature file proves nothing. Each message continues where a sentence names the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The file is no signature.
    #[error("it is not an OpenSSH signature")]
    Unreadable,
    /// It was made for something else.
    #[error("it was made for “{0}”, not for evidence")]
    OtherNamespace(String),
    /// It does not fit what it signs.
    #[error("it does not match the list of files")]
    Wrong,
}

/// A signature that holds under the key that it names itself; whose key that is, the gate must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    material: Material,
    namespace: String,
    /// The key as `ssh-keygen -l` prints it.
    pub fingerprint: String,
}

impl Signed {
    /// The key that it names, which nobody vouches for by that.
    pub fn key(&self, name: &str) -> Key {
        Key::new(name, self.material.clone(), None)
    }

    /// Asks the gate whether the signer is an examiner whom the user trusts. `time` is when it was signed, nanoseconds since 1970, if a trusted
    /// authority says so.
    pub fn ask(&self, keys: &Store, time: Option<i64>) -> Answer<Examiner> {
        let own = |key: &Key| if key.material == self.material { Candidate::Named } else { Candidate::No };
        keys.ask(Subject::Document { namespace: &self.namespace }, &own, &|_key| Outcome::Holds { time })
    }
}

/// Whether a text has the form of a signature made in `namespace`.
pub fn is_of(pem: &str, namespace: &str) -> bool {
    matches!(SshSig::from_pem(pem), Ok(signature) if signature.namespace() == namespace)
}

/// Verifies a signature file over `message` under the key that it names.
pub fn verify(pem: &str, namespace: &str, message: &[u8]) -> Result<Signed, SignatureFault> {
    let Ok(signature) = SshSig::from_pem(pem) else { return Err(SignatureFault::Unreadable) };
    if signature.namespace() != namespace {
        return Err(SignatureFault::OtherNamespace(crate::model::text::visible(signature.namespace()).into_owned()));
    }
    let public = PublicKey::from(signature.public_key().clone());
    let material = ssh::material(public.key_data()).ok_or(SignatureFault::Unreadable)?;
    let Ok(data) = SshSig::signed_data(namespace, signature.hash_alg(), message) else { return Err(SignatureFault::Unreadable) };
    if !signature.reserved().is_empty() || !holds(public.key_data(), &data, signature.signature()) {
        return Err(SignatureFault::Wrong);
    }
    Ok(Signed { material, namespace: namespace.to_owned(), fingerprint: public.fingerprint(HashAlg::Sha256).to_string() })
}

/// Whether `signature` by `key` over `data` holds.
fn holds(key: &KeyData, data: &[u8], signature: &Signature) -> bool {
    let (bytes, algorithm) = (signature.as_bytes(), signature.algorithm());
    match (key, algorithm) {
        (KeyData::Ed25519(public), Algorithm::Ed25519) => UnparsedPublicKey::new(&ED25519, public.0).verify(data, bytes).is_ok(),
        (KeyData::Ecdsa(public), Algorithm::Ecdsa { curve }) if curve == public.curve() => ecdsa(public, data, bytes).is_some(),
        (KeyData::Rsa(public), Algorithm::Rsa { hash: Some(hash) }) => {
            let (Some(n), Some(e)) = (public.n().as_positive_bytes(), public.e().as_positive_bytes()) else { return false };
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
        let Ok(number) = Mpint::from_bytes(number) else { return None };
        let number = number.as_positive_bytes()?;
        fixed.resize(fixed.len() + usize::checked_sub(size, number.len())?, 0);
        fixed.extend_from_slice(number);
    }
    if !rest.is_empty() {
        return None;
    }
    let verified = UnparsedPublicKey::new(parameters, public.as_sec1_bytes()).verify(data, &fixed);
    verified.is_ok().then_some(())
}
