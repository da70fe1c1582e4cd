//! Time stamps of outside authorities (RFC 3161, RFC 5816): makes the request and checks the answer, without any network.
//!
//! What is not checked: whether a certificate was revoked, whether the token answers one certain request (its nonce),
//! certificate policies, and the name that the token itself gives for its authority, since the certificate names it already.
//! Tokens must be DER throughout (no indefinite lengths). Signatures with SHA-1 and RSA keys below 2048 bits are refused.
//!
//! Tokens are taken apart here, not by a library, because hashes and signatures are over their exact octets, and what is not understood has
//! to be refused. DER is read by `der`, certificates by `x509-cert` and `rustls-webpki`; signatures are verified by `aws-lc-rs`.

mod algorithms;
mod element;
mod error;
mod token;

pub use error::TimeStampError;

use std::time::Duration;

use aws_lc_rs::digest;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{DateTime, Decode, Encode, Tag, TagNumber};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::{Certificate, TbsCertificate, Version};

use crate::model::text::{hex, utf8};
use algorithms::SHA_256;
use element::{Element, dotted, marked_plain};
use token::{Attributes, Info, STAMP_INFO, Signer, Token, granted, plain};

/// The longest answer that is looked at. Real ones take 1 to 10 kB.
const LONGEST_ANSWER: usize = 1 << 20;

const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// The same purpose (id-kp-timeStamping) in the form that chain building wants: without tag and length.
const TIME_STAMPING_OCTETS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];

/// What a token says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStamp {
    /// Nanoseconds since 1970 UTC.
    pub time: i64,
    /// How far the time may be off to either side, in nanoseconds.
    pub accuracy: Option<i64>,
    /// Subject of the signing certificate, as in RFC 4514.
    pub authority: String,
    /// The number that the authority gave the token, in hexadecimal digits.
    pub serial: String,
    /// The policy of the authority: an object identifier in dotted form.
    pub policy: String,
    /// Whether an authority that the user trusts stands behind it.
    pub trust: Trust,
}

/// Who stands behind a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Trust {
    /// The chain leads to an authority that the user trusts, valid at the stamped time.
    Trusted,
    /// The signature holds, but no trusted authority vouches: why in words.
    Unknown(String),
}

/// An X.509 certificate of an authority that the user trusts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authority {
    /// The certificate itself.
    pub der: Vec<u8>,
    /// Its subject, as in RFC 4514.
    pub subject: String,
    /// SHA-256 of the certificate, in hexadecimal digits.
    pub fingerprint: String,
    /// From when and until when the user trusts it, nanoseconds since 1970.
    pub limits: (Option<i64>, Option<i64>),
}

/// A request (RFC 3161 section 2.4.1) for a stamp over `data`: its SHA-256, the wish for certificates, and a nonce if given.
pub fn request(data: &[u8], nonce: Option<u64>) -> Result<Vec<u8>, TimeStampError> {
    let sequence = |parts: &[Vec<u8>]| AnyRef::new(Tag::Sequence, &parts.concat()).and_then(|whole| whole.to_der());
    let algorithm = sequence(&[SHA_256.to_der()?, AnyRef::NULL.to_der()?])?;
    let imprint = sequence(&[algorithm, OctetStringRef::new(digest::digest(&digest::SHA256, data).as_ref())?.to_der()?])?;
    let nonce = nonce.map_or_else(|| Ok(Vec::new()), |number| number.to_der())?;
    Ok(sequence(&[1u8.to_der()?, imprint, nonce, true.to_der()?])?)
}

/// Every "BEGIN CERTIFICATE" block of a text; other text and other blocks are passed over.
pub fn authorities(pem: &str) -> Result<Vec<Authority>, TimeStampError> {
    let mut found = Vec::new();
    for block in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let unreadable = TimeStampError::Certificate(found.len() + 1);
        let Ok(block) = block else { return Err(unreadable) };
        let Ok(certificate) = Certificate::from_der(&block) else { return Err(unreadable) };
        found.push(Authority {
            subject: plain(&certificate.tbs_certificate().subject().to_string()),
            fingerprint: hex(digest::digest(&digest::SHA256, &block).as_ref()),
            der: block.to_vec(),
            limits: (None, None),
        });
    }
    if found.is_empty() { Err(TimeStampError::NoAuthority) } else { Ok(found) }
}

/// Checks an answer (TimeStampResp) or a bare token (ContentInfo) over `data`.
///
/// An error means that nothing about the time can be said. A stamp with [`Trust::Unknown`] is whole, but anybody may have made it.
pub fn check(answer: &[u8], data: &[u8], trusted: &[Authority]) -> Result<TimeStamp, TimeStampError> {
    if answer.len() > LONGEST_ANSWER {
        return Err(TimeStampError::TooLong);
    }
    let token = Token::read(granted(Element::read(answer)?)?)?;
    let info = Info::read(token.content)?;
    if digest::digest(info.hash.algorithm(), data).as_ref() != info.imprint {
        return Err(TimeStampError::OtherData);
    }

    let signer = Signer::read(token.signer)?;
    let attributes = Attributes::read(signer.attributes)?;
    if !attributes.content_type.is(&STAMP_INFO) {
        return Err(TimeStampError::Broken("its signature is about another kind of content"));
    }
    let known = token.certificates.iter().copied().chain(trusted.iter().map(|authority| authority.der.as_slice()));
    let bytes = attributes.certificate(known)?.ok_or(TimeStampError::NoCertificate)?;
    let certificate = Certificate::from_der(bytes)?;
    let certificate = certificate.tbs_certificate();
    if !signer.is(bytes, certificate)? {
        return Err(TimeStampError::NoCertificate);
    }
    if !made_for_time_stamping(certificate)? {
        return Err(TimeStampError::Purpose);
    }
    let content_digest = digest::digest(signer.hash.algorithm(), token.content);
    if attributes.digest.decode::<&OctetStringRef>()?.as_bytes() != content_digest.as_ref() {
        return Err(TimeStampError::Signature);
    }
    signer.verify(certificate)?;

    let (seconds, time) = moment(info.time).ok_or(TimeStampError::Broken("its time cannot be read"))?;
    Ok(TimeStamp {
        time,
        accuracy: info.accuracy.map(accuracy).transpose()?,
        authority: plain(&certificate.subject().to_string()),
        // A leading zero only keeps a number from being negative.
        serial: hex(info.serial.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(info.serial)),
        policy: dotted(info.policy).ok_or(TimeStampError::Broken("its policy cannot be read"))?,
        trust: trust_at(time, bytes, certificate, &token.certificates, trusted, seconds),
    })
}

/// RFC 3161 section 2.3: exactly one purpose, marked critical; and a key that may sign at all.
fn made_for_time_stamping(certificate: &TbsCertificate) -> der::Result<bool> {
    let purpose = certificate.get_extension::<ExtendedKeyUsage>()?;
    let signs = certificate.get_extension::<KeyUsage>()?.is_none_or(|(_, usage)| usage.digital_signature() || usage.non_repudiation());
    Ok(signs && purpose.is_some_and(|(critical, purpose)| critical && purpose.0 == [TIME_STAMPING]))
}

fn valid_at(certificate: &TbsCertificate, seconds: u64) -> bool {
    let validity = certificate.validity();
    (validity.not_before.to_unix_duration().as_secs()..=validity.not_after.to_unix_duration().as_secs()).contains(&seconds)
}

/// Whether a certificate may vouch for others (RFC 5280 section 4.2.1.9). One of version 1 cannot say so; then it must be a root.
fn may_vouch(certificate: &TbsCertificate) -> bool {
    if certificate.version() == Version::V1 {
        return certificate.issuer() == certificate.subject();
    }
    let signs = match certificate.get_extension::<KeyUsage>() {
        Ok(usage) => usage.is_none_or(|(_, usage)| usage.key_cert_sign()),
        // What it may do cannot be read, so it vouches for nobody.
        Err(_) => false,
    };
    signs && matches!(certificate.get_extension::<BasicConstraints>(), Ok(Some((_, constraints))) if constraints.ca)
}

/// Who stands behind the token among the authorities that the user trusts at the stamped time.
fn trust_at(time: i64, signer: &[u8], certificate: &TbsCertificate, others: &[&[u8]], trusted: &[Authority], seconds: u64) -> Trust {
    let within = |it: &Authority| it.limits.0.is_none_or(|from| time >= from) && it.limits.1.is_none_or(|until| time <= until);
    let (now, outside): (Vec<Authority>, Vec<Authority>) = trusted.iter().cloned().partition(within);
    match trust(signer, certificate, others, &now, seconds) {
        Trust::Unknown(_) if !outside.is_empty() && trust(signer, certificate, others, &outside, seconds) == Trust::Trusted => {
            Trust::Unknown("the stamped time is outside the dates for which you trust its authority".to_owned())
        }
        trust => trust,
    }
}

/// Builds the chain at the stamped time (RFC 5280 section 6). The authority at its end must have been valid then, too.
fn trust(signer: &[u8], certificate: &TbsCertificate, others: &[&[u8]], trusted: &[Authority], seconds: u64) -> Trust {
    if !valid_at(certificate, seconds) {
        return Trust::Unknown("the certificate that signed it was not valid at that time".to_owned());
    }
    if trusted.iter().any(|authority| authority.der == signer) {
        return Trust::Trusted;
    }
    let vouches = |bytes: &[u8]| {
        let authority = Certificate::from_der(bytes);
        matches!(authority, Ok(authority) if may_vouch(authority.tbs_certificate()) && valid_at(authority.tbs_certificate(), seconds))
    };
    // A certificate that the user trusts for its own stamps must not vouch for others.
    let roots: Vec<_> = trusted.iter().filter(|it| vouches(&it.der)).map(|it| CertificateDer::from(it.der.as_slice())).collect();
    let anchors: Vec<TrustAnchor<'_>> = roots
        .iter()
        .filter_map(|root| match webpki::anchor_from_trusted_cert(root) {
            Ok(anchor) => Some(anchor),
            // It vouches for nobody, so that a stamp that needs it stays unknown.
            Err(_) => None,
        })
        .collect();
    let between: Vec<_> = others.iter().copied().filter(|it| *it != signer).map(CertificateDer::from).collect();
    let signer = CertificateDer::from(signer);
    let outcome = webpki::EndEntityCert::try_from(&signer).and_then(|signer| {
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        // The signer's own purpose was checked before, and more strictly. Authorities above it need not state one.
        let purpose = webpki::KeyUsage::required_if_present(TIME_STAMPING_OCTETS);
        let every_link_vouches = |path: &webpki::VerifiedPath<'_>| {
            let all = path.intermediate_certificates().all(|link| vouches(&link.der()));
            if all { Ok(()) } else { Err(webpki::Error::EndEntityUsedAsCa) }
        };
        signer.verify_for_usage(algorithms, &anchors, &between, time, purpose, None, Some(&every_link_vouches)).map(|_| ())
    });
    let Err(error) = outcome else { return Trust::Trusted };
    use webpki::Error as Chain;
    Trust::Unknown(match error {
        // Without any authority, a fault further down the chain is not what the user has to know first.
        _ if anchors.is_empty() => "no authority that you trust, and that was valid at that time, vouches for it".to_owned(),
        Chain::UnknownIssuer => "no authority that you trust, and that was valid at that time, vouches for it".to_owned(),
        Chain::CertExpired { .. } | Chain::CertNotValidYet { .. } => {
            "a certificate between it and an authority was not valid at that time".to_owned()
        }
        Chain::InvalidSignatureForPublicKey | Chain::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            "a certificate in its chain was not signed by the authority of the name that it gives".to_owned()
        }
        Chain::UnsupportedSignatureAlgorithmContext(_) => "a certificate in its chain has a signature of a kind not accepted".to_owned(),
        Chain::RequiredEkuNotFoundContext(_) => "an authority in its chain is limited to other purposes than time stamping".to_owned(),
        Chain::EndEntityUsedAsCa => "a certificate in its chain may not vouch for others".to_owned(),
        Chain::MaximumSignatureChecksExceeded | Chain::MaximumPathBuildCallsExceeded => {
            "its certificates can be put together in too many ways".to_owned()
        }
        other => format!("its chain of certificates does not hold ({other})"),
    })
}

/// Reads a GeneralizedTime with any number of decimals (RFC 3161 section 2.4.2): whole seconds, and all in nanoseconds, since 1970.
fn moment(time: &[u8]) -> Option<(u64, i64)> {
    let text = utf8(time)?.strip_suffix('Z')?;
    let (whole, decimals) = text.split_once('.').map_or((text, None), |(whole, decimals)| (whole, Some(decimals)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 14 || !digits(whole) || decimals.is_some_and(|decimals| !digits(decimals)) {
        return None;
    }
    let part = |from: usize| whole.get(from..from + 2).and_then(|part| -> Option<u8> { part.parse().ok() });
    let year = whole.get(..4)?.parse().ok()?;
    let Ok(date) = DateTime::new(year, part(4)?, part(6)?, part(8)?, part(10)?, part(12)?) else { return None };
    let seconds = date.unix_duration().as_secs();
    // Decimals beyond nanoseconds are cut off.
    let nanoseconds = decimals.unwrap_or("").bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanoseconds = nanoseconds.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let time = i64::try_from(seconds).ok()?.checked_mul(1_000_000_000)?.checked_add(nanoseconds)?;
    Some((seconds, time))
}

/// Reads an Accuracy (RFC 3161 section 2.4.2) as nanoseconds.
fn accuracy(accuracy: Element<'_>) -> Result<i64, TimeStampError> {
    let mut fields = accuracy.fields(Tag::Sequence)?;
    let seconds = fields.optional(Tag::Integer)?.map_or(Ok(0), |seconds| seconds.decode::<u32>())?;
    let mut small = |number| -> Result<i64, TimeStampError> {
        match fields.optional(marked_plain(number))?.map(|part| part.value) {
            None => Ok(0),
            Some([one]) if *one < 0x80 => Ok(i64::from(*one)),
            Some([high, low]) if *high < 4 => Ok(i64::from(*high) * 256 + i64::from(*low)),
            Some(_) => Err(TimeStampError::Broken("its accuracy cannot be read")),
        }
    };
    let total = i64::from(seconds) * 1_000_000_000 + small(TagNumber(0))? * 1_000_000 + small(TagNumber(1))? * 1_000;
    fields.end()?;
    Ok(total)
}
