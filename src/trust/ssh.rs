//! Public keys of OpenSSH.

use pkcs8::der::asn1::{BitStringRef, UintRef};
use pkcs8::der::oid::ObjectIdentifier;
use pkcs8::der::{AnyRef, Encode};
use pkcs8::spki::{AlgorithmIdentifier, SubjectPublicKeyInfo};
use ssh_key::EcdsaCurve;
use ssh_key::public::{EcdsaPublicKey, KeyData};

use super::key::Material;

/// The type of an elliptic-curve key and its curves (RFC 5480 section 2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P_521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// The bytes of a public key of OpenSSH; of a hardware key those of the key in it. `None` for DSA and what is unknown.
pub fn material(key: &KeyData) -> Option<Material> {
    match key {
        KeyData::Ed25519(public) => Some(Material::Ed25519(public.0)),
        KeyData::SkEd25519(public) => Some(Material::Ed25519(public.public_key().0)),
        KeyData::Ecdsa(public) => elliptic(public),
        KeyData::SkEcdsaSha2NistP256(public) => elliptic(&EcdsaPublicKey::NistP256(*public.ec_point())),
        KeyData::Rsa(public) => {
            let numbers = [public.n().as_positive_bytes()?, public.e().as_positive_bytes()?];
            let numbers: Result<Vec<UintRef<'_>>, _> = numbers.iter().map(|number| UintRef::new(number)).collect();
            // Numbers that cannot be written are no key.
            match numbers.and_then(|numbers| numbers.to_der()) {
                Ok(der) => Some(Material::Rsa(der)),
                Err(_) => None,
            }
        }
        _ => None,
    }
}

fn elliptic(public: &EcdsaPublicKey) -> Option<Material> {
    let curve = match public.curve() {
        EcdsaCurve::NistP256 => P_256,
        EcdsaCurve::NistP384 => P_384,
        EcdsaCurve::NistP521 => P_521,
    };
    let algorithm = AlgorithmIdentifier { oid: EC_PUBLIC_KEY, parameters: Some(AnyRef::from(&curve)) };
    let point = BitStringRef::from_bytes(public.as_sec1_bytes());
    match point.and_then(|point| SubjectPublicKeyInfo { algorithm, subject_public_key: point }.to_der()) {
        Ok(der) => Some(Material::Ecdsa(der)),
        Err(_) => None,
    }
}

/// Whether a word names a type of key.
pub(super) fn is_type(word: &str) -> bool {
    let plain = word.strip_suffix("-cert-v01@openssh.com").or_else(|| word.strip_suffix("@openssh.com")).unwrap_or(word);
    TYPES.contains(&plain)
}

/// The types that ssh-keygen knows, without endings.
const TYPES: [&str; 8] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ssh-dss",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519",
    "sk-ecdsa-sha2-nistp256",
];
