//! Hash functions and signature algorithms that count as safe.

use aws_lc_rs::{digest, signature};
use der::asn1::ObjectIdentifier;
use der::{Tag, TagNumber};

use super::element::{Element, dotted, marked};
use super::error::TimeStampError;

const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
pub(super) const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_MASK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const RSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ELLIPTIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P_521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const ECDSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The hash functions that count as safe.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// Reads an AlgorithmIdentifier.
    pub(super) fn read(algorithm: Element<'_>) -> Result<Self, TimeStampError> {
        let mut fields = algorithm.fields(Tag::Sequence)?;
        let name = fields.required()?;
        fields.optional(Tag::Null)?;
        fields.end()?;
        match name {
            name if name.is(&SHA_256) => Ok(Self::Sha256),
            name if name.is(&SHA_384) => Ok(Self::Sha384),
            name if name.is(&SHA_512) => Ok(Self::Sha512),
            name if name.is(&SHA_1) => Err(TimeStampError::Algorithm("the broken hash function SHA-1".to_owned())),
            name => Err(unknown("hash function", name)),
        }
    }

    pub(super) fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

pub(super) fn unknown(kind: &str, name: Element<'_>) -> TimeStampError {
    TimeStampError::Algorithm(format!("the {kind} {}", dotted(name.value).unwrap_or_else(|| "with a malformed name".to_owned())))
}

/// A way to verify, with the signature algorithm, the kind of key and the curve that it is for.
pub(super) type Way = (ObjectIdentifier, ObjectIdentifier, Option<ObjectIdentifier>, &'static dyn signature::VerificationAlgorithm);

const WAYS: [Way; 13] = [
    (RSA_SHA_256, RSA, None, &signature::RSA_PKCS1_2048_8192_SHA256),
    (RSA_SHA_384, RSA, None, &signature::RSA_PKCS1_2048_8192_SHA384),
    (RSA_SHA_512, RSA, None, &signature::RSA_PKCS1_2048_8192_SHA512),
    (ECDSA_SHA_256, ELLIPTIC_KEY, Some(P_256), &signature::ECDSA_P256_SHA256_ASN1),
    (ECDSA_SHA_384, ELLIPTIC_KEY, Some(P_256), &signature::ECDSA_P256_SHA384_ASN1),
    (ECDSA_SHA_512, ELLIPTIC_KEY, Some(P_256), &signature::ECDSA_P256_SHA512_ASN1),
    (ECDSA_SHA_256, ELLIPTIC_KEY, Some(P_384), &signature::ECDSA_P384_SHA256_ASN1),
    (ECDSA_SHA_384, ELLIPTIC_KEY, Some(P_384), &signature::ECDSA_P384_SHA384_ASN1),
    (ECDSA_SHA_512, ELLIPTIC_KEY, Some(P_384), &signature::ECDSA_P384_SHA512_ASN1),
    (ECDSA_SHA_256, ELLIPTIC_KEY, Some(P_521), &signature::ECDSA_P521_SHA256_ASN1),
    (ECDSA_SHA_384, ELLIPTIC_KEY, Some(P_521), &signature::ECDSA_P521_SHA384_ASN1),
    (ECDSA_SHA_512, ELLIPTIC_KEY, Some(P_521), &signature::ECDSA_P521_SHA512_ASN1),
    (ED25519, ED25519, None, &signature::ED25519),
];

/// The way to verify that fits both the signature algorithm (RFC 5754, RFC 4056, RFC 8419) and the key.
pub(super) fn verification(
    algorithm: Element<'_>,
    hash: Hash,
    key: ObjectIdentifier,
    curve: Option<ObjectIdentifier>,
) -> Result<&'static dyn signature::VerificationAlgorithm, TimeStampError> {
    let mut fields = algorithm.fields(Tag::Sequence)?;
    let name = fields.required()?;
    if name.is(&RSA_PSS) && (key == RSA || key == RSA_PSS) {
        return Ok(match probabilistic_hash(fields.required()?)? {
            Hash::Sha256 => &signature::RSA_PSS_2048_8192_SHA256,
            Hash::Sha384 => &signature::RSA_PSS_2048_8192_SHA384,
            Hash::Sha512 => &signature::RSA_PSS_2048_8192_SHA512,
        });
    }
    // The name of the key alone stands for the older form, with the hash of the digest.
    let with_hash = match hash {
        Hash::Sha256 => RSA_SHA_256,
        Hash::Sha384 => RSA_SHA_384,
        Hash::Sha512 => RSA_SHA_512,
    };
    let meant = |listed: &ObjectIdentifier| name.is(listed) || (name.is(&RSA) && *listed == with_hash);
    let fitting = WAYS.iter().find(|way| meant(&way.0) && way.1 == key && way.2 == curve);
    fitting.map(|way| way.3).ok_or_else(|| unknown("signature algorithm or key", name))
}

/// The hash of RSASSA-PSS (RFC 4055 section 3.1). Only the usual form is accepted: one hash throughout, and salt of its length.
pub(super) fn probabilistic_hash(parameters: Element<'_>) -> Result<Hash, TimeStampError> {
    let unusual = || TimeStampError::Algorithm("unusual parameters of RSASSA-PSS".to_owned());
    let mut fields = parameters.fields(Tag::Sequence)?;
    let mut field = |number| fields.optional(marked(number))?.map(|field| field.fields(marked(number))?.only()).transpose();
    let (hash, mask, salt) = (field(TagNumber(0))?, field(TagNumber(1))?, field(TagNumber(2))?);
    // What is left out stands for SHA-1.
    let (Some(hash), Some(mask), Some(salt)) = (hash, mask, salt) else { return Err(unusual()) };
    let hash = Hash::read(hash)?;
    let mut mask = mask.fields(Tag::Sequence)?;
    let usual = mask.required()?.is(&RSA_MASK) && Hash::read(mask.required()?)? == hash;
    let salt: u32 = salt.decode()?;
    if usual && usize::try_from(salt) == Ok(hash.algorithm().output_len()) { Ok(hash) } else { Err(unusual()) }
}
