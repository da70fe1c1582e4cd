//! The parts of a token (RFC 5652, RFC 3161), read from DER with their exact octets, since signatures and hashes are over these.

use aws_lc_rs::{digest, signature};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Encode, Tag, TagNumber};
use x509_cert::TbsCertificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use super::algorithms::{Hash, verification};
use super::element::{Element, Fields, marked, marked_plain};
use super::error::TimeStampError;

/// The most certificates that a token may hold. Real ones hold up to five.
const MOST_CERTIFICATES: usize = 64;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub(super) const STAMP_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// The token inside an answer (RFC 3161 section 2.4.2), or the element itself if it is a bare token.
pub(super) fn granted(answer: Element<'_>) -> Result<Element<'_>, TimeStampError> {
    let mut fields = answer.fields(Tag::Sequence)?;
    let first = fields.required()?;
    if first.tag == Tag::ObjectIdentifier {
        return Ok(answer);
    }
    let mut status = first.fields(Tag::Sequence)?;
    let code: u32 = status.required()?.decode()?;
    // Granted, or granted with changes; every other number is a refusal.
    if code > 1 {
        return Err(TimeStampError::Refused(reason(code, status)?));
    }
    let token = fields.optional(Tag::Sequence)?.ok_or(TimeStampError::Broken("the answer holds none"))?;
    fields.end()?;
    Ok(token)
}

/// The words of the authority (RFC 3161 section 2.4.2), and the kind of failure.
pub(super) fn reason(code: u32, mut status: Fields<'_>) -> der::Result<String> {
    let mut words = Vec::new();
    if let Some(texts) = status.optional(Tag::Sequence)? {
        for text in texts.fields(Tag::Sequence)?.take(8) {
            words.push(plain(&String::from_utf8_lossy(text?.value)));
        }
    }
    if let Some(failure) = status.optional(Tag::BitString)? {
        for (bit, set) in failure.decode::<BitStringRef<'_>>()?.bits().take(32).enumerate() {
            let name = match bit {
                0 => "unknown or unsupported algorithm",
                2 => "request not allowed",
                5 => "request not readable",
                14 => "no source of time",
                15 => "policy not supported",
                16 => "extension not supported",
                17 => "additional information not available",
                25 => "failure of the system",
                _ => continue,
            };
            if set {
                words.push(name.to_owned());
            }
        }
    }
    if words.is_empty() {
        words.push(format!("status {code}"));
    }
    Ok(words.join("; "))
}

/// The parts of the signed message (RFC 5652 section 5.1) that are used.
pub(super) struct Token<'a> {
    pub(super) content: &'a [u8],
    pub(super) certificates: Vec<&'a [u8]>,
    pub(super) signer: Element<'a>,
}

impl<'a> Token<'a> {
    pub(super) fn read(message: Element<'a>) -> Result<Self, TimeStampError> {
        let mut message = message.fields(Tag::Sequence)?;
        if !message.required()?.is(&SIGNED_DATA) {
            return Err(TimeStampError::Broken("it is another kind of message"));
        }
        let signed = message.tagged(marked(TagNumber(0)))?.fields(marked(TagNumber(0)))?.only()?;
        message.end()?;

        let mut fields = signed.fields(Tag::Sequence)?;
        fields.tagged(Tag::Integer)?;
        fields.tagged(Tag::Set)?;
        let mut content = fields.required()?.fields(Tag::Sequence)?;
        if !content.required()?.is(&STAMP_INFO) {
            return Err(TimeStampError::Broken("it signs something else than a time"));
        }
        let octets = content.tagged(marked(TagNumber(0)))?.fields(marked(TagNumber(0)))?.only()?;
        octets.tag.assert_eq(Tag::OctetString)?;
        content.end()?;

        let mut certificates = Vec::new();
        if let Some(set) = fields.optional(marked(TagNumber(0)))? {
            for certificate in set.fields(marked(TagNumber(0)))? {
                let certificate = certificate?;
                // Other choices are attribute certificates, which say nothing about the signer's key.
                if certificate.tag == Tag::Sequence {
                    certificates.push(certificate.whole);
                }
                if certificates.len() > MOST_CERTIFICATES {
                    return Err(TimeStampError::Broken("it holds too many certificates"));
                }
            }
        }
        fields.optional(marked(TagNumber(1)))?;
        let mut signers = fields.tagged(Tag::Set)?.fields(Tag::Set)?;
        fields.end()?;
        let signer = signers.required()?;
        if signers.end().is_err() {
            // RFC 3161 section 2.4.2: no other signature than that of the authority.
            return Err(TimeStampError::Broken("it has more than one signature"));
        }
        Ok(Self { content: octets.value, certificates, signer })
    }
}

/// What the authority states (TSTInfo, RFC 3161 section 2.4.2).
pub(super) struct Info<'a> {
    pub(super) policy: &'a [u8],
    pub(super) hash: Hash,
    pub(super) imprint: &'a [u8],
    pub(super) serial: &'a [u8],
    pub(super) time: &'a [u8],
    pub(super) accuracy: Option<Element<'a>>,
}

impl<'a> Info<'a> {
    pub(super) fn read(content: &'a [u8]) -> Result<Self, TimeStampError> {
        let mut fields = Element::read(content)?.fields(Tag::Sequence)?;
        if fields.required()?.decode::<u32>()? != 1 {
            return Err(TimeStampError::Broken("its version is not 1"));
        }
        let policy = fields.tagged(Tag::ObjectIdentifier)?.value;
        let mut imprint = fields.required()?.fields(Tag::Sequence)?;
        let hash = Hash::read(imprint.required()?)?;
        let hashed = imprint.tagged(Tag::OctetString)?.value;
        imprint.end()?;
        let serial = fields.tagged(Tag::Integer)?.value;
        let time = fields.tagged(Tag::GeneralizedTime)?.value;
        let accuracy = fields.optional(Tag::Sequence)?;
        fields.optional(Tag::Boolean)?;
        fields.optional(Tag::Integer)?;
        fields.optional(marked(TagNumber(0)))?;
        if let Some(extensions) = fields.optional(marked(TagNumber(1)))? {
            for extension in extensions.fields(marked(TagNumber(1)))? {
                let mut extension = extension?.fields(Tag::Sequence)?;
                extension.required()?;
                if extension.optional(Tag::Boolean)?.is_some_and(|critical| critical.value != [0]) {
                    return Err(TimeStampError::Broken("it has an unknown extension that must be understood"));
                }
            }
        }
        fields.end()?;
        Ok(Self { policy, hash, imprint: hashed, serial, time, accuracy })
    }
}

/// The signature and how it was made (SignerInfo, RFC 5652 section 5.3).
pub(super) struct Signer<'a> {
    pub(super) identifier: Element<'a>,
    pub(super) hash: Hash,
    pub(super) attributes: Element<'a>,
    pub(super) algorithm: Element<'a>,
    pub(super) signature: &'a [u8],
}

impl<'a> Signer<'a> {
    pub(super) fn read(signer: Element<'a>) -> Result<Self, TimeStampError> {
        let mut fields = signer.fields(Tag::Sequence)?;
        fields.tagged(Tag::Integer)?;
        let identifier = fields.required()?;
        let hash = Hash::read(fields.required()?)?;
        let attributes = fields.optional(marked(TagNumber(0)))?.ok_or(TimeStampError::Broken("it has no signed attributes"))?;
        let algorithm = fields.required()?;
        let signature = fields.tagged(Tag::OctetString)?.value;
        fields.optional(marked(TagNumber(1)))?;
        fields.end()?;
        Ok(Self { identifier, hash, attributes, algorithm, signature })
    }

    /// Whether the identifier, by issuer and number or by key identifier, means this certificate.
    pub(super) fn is(&self, bytes: &[u8], certificate: &TbsCertificate) -> der::Result<bool> {
        if self.identifier.tag == marked_plain(TagNumber(0)) {
            let key = certificate.get_extension::<SubjectKeyIdentifier>()?;
            return Ok(key.is_some_and(|(_, key)| key.0.as_bytes() == self.identifier.value));
        }
        let mut named = self.identifier.fields(Tag::Sequence)?;
        let (issuer, number) = (named.required()?, named.required()?);
        named.end()?;
        // Octets are compared, not decoded names: the signer copies them from the certificate.
        let mut certificate = Element::read(bytes)?.fields(Tag::Sequence)?.required()?.fields(Tag::Sequence)?;
        certificate.optional(marked(TagNumber(0)))?;
        let certificate_number = certificate.required()?;
        certificate.required()?;
        Ok(certificate_number.whole == number.whole && certificate.required()?.whole == issuer.whole)
    }

    pub(super) fn verify(&self, certificate: &TbsCertificate) -> Result<(), TimeStampError> {
        let key = certificate.subject_public_key_info();
        let key_octets = key.subject_public_key.as_bytes().ok_or(TimeStampError::Broken("its key cannot be read"))?;
        let curve = key.algorithm.parameters.as_ref().and_then(|curve| match curve.decode_as::<ObjectIdentifier>() {
            Ok(curve) => Some(curve),
            // Other parameters name no curve; then no way to verify is found for it.
            Err(_) => None,
        });
        let verification = verification(self.algorithm, self.hash, key.algorithm.oid, curve)?;
        let key = signature::UnparsedPublicKey::new(verification, key_octets);
        // RFC 5652 section 5.4: signed as a SET OF, though sent with another tag.
        let after_tag = |whole: &'_ [u8]| [&[0x31], whole.get(1..).unwrap_or(&[])].concat();
        if key.verify(&after_tag(self.attributes.whole), self.signature).is_ok() {
            return Ok(());
        }
        // What is signed is in DER order; an authority may still send another order.
        let mut parts =
            self.attributes.fields(self.attributes.tag)?.map(|part| part.map(|part| part.whole)).collect::<Result<Vec<_>, _>>()?;
        parts.sort_unstable();
        let ordered = AnyRef::new(Tag::Set, &parts.concat())?.to_der()?;
        key.verify(&ordered, self.signature).or(Err(TimeStampError::Signature))
    }
}

/// The signed attributes that a token must have (RFC 3161 section 2.4.2, RFC 5816).
pub(super) struct Attributes<'a> {
    pub(super) content_type: Element<'a>,
    pub(super) digest: Element<'a>,
    pub(super) first_certificate: Option<Element<'a>>,
    pub(super) second_certificate: Option<Element<'a>>,
}

impl<'a> Attributes<'a> {
    pub(super) fn read(attributes: Element<'a>) -> Result<Self, TimeStampError> {
        let names = [CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_2];
        let mut found = [None; 4];
        for attribute in attributes.fields(attributes.tag)? {
            let mut attribute = attribute?.fields(Tag::Sequence)?;
            let name = attribute.required()?;
            for (slot, wanted) in found.iter_mut().zip(&names) {
                if !name.is(wanted) {
                    continue;
                }
                let value = attribute.required()?.fields(Tag::Set)?.only()?;
                if slot.replace(value).is_some() {
                    return Err(TimeStampError::Broken("a signed attribute comes twice"));
                }
                break;
            }
        }
        let [Some(content_type), Some(digest), first_certificate, second_certificate] = found else {
            return Err(TimeStampError::Broken("a signed attribute is missing"));
        };
        if first_certificate.is_none() && second_certificate.is_none() {
            return Err(TimeStampError::Broken("it does not say which certificate signed it"));
        }
        Ok(Self { content_type, digest, first_certificate, second_certificate })
    }

    /// The certificate that the signed attributes mean. Where both forms are present, both must mean it.
    pub(super) fn certificate<'b>(&self, mut known: impl Iterator<Item = &'b [u8]>) -> Result<Option<&'b [u8]>, TimeStampError> {
        // SHA-1 only says here which certificate is meant; that its key made the signature is checked by other means.
        let old = self.first_certificate.map(|named| identified(named, false)).transpose()?;
        let new = self.second_certificate.map(|named| identified(named, true)).transpose()?;
        let wanted = [old, new];
        let is_meant = |certificate: &&'b [u8]| {
            let mut hashes = wanted.iter().flatten();
            hashes.all(|(algorithm, hash)| digest::digest(algorithm, certificate).as_ref() == *hash)
        };
        Ok(known.find(is_meant))
    }
}

/// Reads the first ESSCertID (RFC 2634 section 5.4) or ESSCertIDv2 (RFC 5035 section 3), which is the signer's. The issuer and number that
/// may follow add nothing to a hash over the whole certificate.
pub(super) fn identified<'a>(named: Element<'a>, with_algorithm: bool) -> Result<(&'static digest::Algorithm, &'a [u8]), TimeStampError> {
    let first = named.fields(Tag::Sequence)?.required()?.fields(Tag::Sequence)?.required()?;
    let mut fields = first.fields(Tag::Sequence)?;
    let algorithm = match fields.optional(Tag::Sequence)? {
        Some(algorithm) if with_algorithm => Hash::read(algorithm)?.algorithm(),
        Some(_) => return Err(TimeStampError::Broken("it does not say which certificate signed it")),
        None if with_algorithm => &digest::SHA256,
        None => &digest::SHA1_FOR_LEGACY_USE_ONLY,
    };
    Ok((algorithm, fields.tagged(Tag::OctetString)?.value))
}

/// Text for one line: neither control characters, nor marks that turn the direction of writing, nor endless length.
pub(super) fn plain(text: &str) -> String {
    let hidden =
        |letter: char| letter.is_control() || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|letter| if hidden(letter) { '\u{fffd}' } else { letter }).take(500).collect()
}
