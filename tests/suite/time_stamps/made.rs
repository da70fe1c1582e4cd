//! Tokens put together by hand, changed tokens and garbage.

use std::fs;

use aws_lc_rs::digest;
use der::Encode;
use der::asn1::ObjectIdentifier;
use sealscope::trust::time_stamp::{TimeStamp, TimeStampError, Trust, authorities, check};
use tempfile::TempDir;

use super::authority::*;

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = u32::try_from(value.len()).unwrap().to_be_bytes();
    let head = match value.len() {
        0..128 => vec![tag, length[3]],
        128..256 => vec![tag, 0x81, length[3]],
        256..65536 => vec![tag, 0x82, length[2], length[3]],
        _ => vec![tag, 0x83, length[1], length[2], length[3]],
    };
    [head, value].concat()
}

fn name(text: &str) -> Vec<u8> {
    ObjectIdentifier::new_unwrap(text).to_der().unwrap()
}

fn algorithm(text: &str) -> Vec<u8> {
    tlv(0x30, &[&name(text)])
}

const SHA_256: &str = "2.16.840.1.101.3.4.2.1";
const SHA_384: &str = "2.16.840.1.101.3.4.2.2";
const SHA_512: &str = "2.16.840.1.101.3.4.2.3";

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// How a token is made; each test changes what it is about.
#[derive(Clone)]
struct Recipe {
    signer: &'static str,
    /// What is put before the file names when openssl signs.
    signing: &'static str,
    algorithm: Vec<u8>,
    version: u8,
    policy: Vec<u8>,
    time: &'static [u8],
    after_time: Vec<u8>,
    attributes: Option<Vec<Vec<u8>>>,
    certificate_hash: Option<Vec<u8>>,
    content_changed: bool,
    by_key_identifier: bool,
    with_certificate: bool,
    signers: usize,
}

impl Recipe {
    fn new(signer: &'static str) -> Self {
        Self {
            signer,
            signing: "dgst -sha256 -sign",
            algorithm: algorithm("1.2.840.10045.4.3.2"),
            version: 1,
            policy: name("1.2.3"),
            time: b"20260101120000Z",
            after_time: Vec::new(),
            attributes: None,
            certificate_hash: None,
            content_changed: false,
            by_key_identifier: false,
            with_certificate: true,
            signers: 1,
        }
    }

    fn usual_attributes(&self, place: &Place, content: &[u8]) -> Vec<Vec<u8>> {
        let certificate = place.read(&format!("{}.der", self.signer));
        let hash = self.certificate_hash.clone().unwrap_or_else(|| sha256(&certificate));
        let attribute = |kind: &str, value: &[u8]| tlv(0x30, &[&name(kind), &tlv(0x31, &[value])]);
        vec![
            attribute("1.2.840.113549.1.9.3", &name("1.2.840.113549.1.9.16.1.4")),
            attribute("1.2.840.113549.1.9.4", &tlv(4, &[&sha256(content)])),
            attribute("1.2.840.113549.1.9.16.2.47", &tlv(0x30, &[&tlv(0x30, &[&tlv(0x30, &[&tlv(4, &[&hash])])])])),
        ]
    }

    fn content(&self) -> Vec<u8> {
        let imprint = tlv(0x30, &[&algorithm(SHA_256), &tlv(4, &[&sha256(DATA)])]);
        let time = tlv(0x18, &[self.time]);
        tlv(0x30, &[&[2, 1, self.version], &self.policy, &imprint, &[2, 3, 0, 0xab, 0xcd], &time, &self.after_time])
    }

    fn bake(&self, place: &Place) -> Vec<u8> {
        let mut content = self.content();
        let attributes = self.attributes.clone().unwrap_or_else(|| self.usual_attributes(place, &content));
        let mut sorted = attributes.clone();
        sorted.sort();
        let work = TempDir::new_in(place.folder.path()).unwrap();
        let path = |file: &str| work.path().join(file).to_str().unwrap().to_owned();
        fs::write(path("signed"), tlv(0x31, &[&sorted.concat()])).unwrap();
        let order = if self.signing.starts_with("pkeyutl") { "-in " } else { "" };
        place.openssl(&format!("{} {}.key -out {} {order}{}", self.signing, self.signer, path("signature"), path("signed")));
        let signature = fs::read(path("signature")).unwrap();

        let certificate = place.read(&format!("{}.der", self.signer));
        let parsed = <x509_cert::Certificate as der::Decode>::from_der(&certificate).unwrap();
        let parsed = parsed.tbs_certificate();
        let identifier = if self.by_key_identifier {
            let key = parsed.get_extension::<x509_cert::ext::pkix::SubjectKeyIdentifier>().unwrap().unwrap().1;
            tlv(0x80, &[key.0.as_bytes()])
        } else {
            tlv(0x30, &[&parsed.issuer().to_der().unwrap(), &parsed.serial_number().to_der().unwrap()])
        };
        let attributes = tlv(0xa0, &[&attributes.concat()]);
        let signer = tlv(0x30, &[&[2, 1, 1], &identifier, &algorithm(SHA_256), &attributes, &self.algorithm, &tlv(4, &[&signature])]);
        if self.content_changed {
            // A later second than the signed one.
            let at = content.windows(self.time.len()).position(|it| it == self.time).unwrap() + 13;
            content[at] += 1;
        }
        let inner = tlv(0x30, &[&name("1.2.840.113549.1.9.16.1.4"), &tlv(0xa0, &[&tlv(4, &[&content])])]);
        let certificates = if self.with_certificate { tlv(0xa0, &[&certificate]) } else { Vec::new() };
        let signers = tlv(0x31, &[&signer.repeat(self.signers)]);
        let data = tlv(0x30, &[&[2, 1, 3], &tlv(0x31, &[&algorithm(SHA_256)]), &inner, &certificates, &signers]);
        tlv(0x30, &[&name("1.2.840.113549.1.7.2"), &tlv(0xa0, &[&data])])
    }
}

fn probabilistic(hash: &str, mask: &str, salt: u8) -> Vec<u8> {
    let mask = tlv(0x30, &[&name("1.2.840.113549.1.1.8"), &algorithm(mask)]);
    let parameters = tlv(0x30, &[&tlv(0xa0, &[&algorithm(hash)]), &tlv(0xa1, &[&mask]), &tlv(0xa2, &[&[2, 1, salt]])]);
    tlv(0x30, &[&name("1.2.840.113549.1.1.10"), &parameters])
}

#[test]
fn signature_algorithms() {
    let Some(place) = place() else { return };
    let root = place.trusted("root");
    let made = |signer, signing, algorithm| Recipe { signing, algorithm, ..Recipe::new(signer) }.bake(&place);
    let pss_256 = "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sign";
    let pss_384 = "dgst -sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48 -sign";
    let pss_512 = "dgst -sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:64 -sign";
    let pss_20 = "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20 -sign";
    let good = [
        ("ed25519", "pkeyutl -sign -rawin -inkey", algorithm("1.3.101.112")),
        ("rsa", pss_256, probabilistic(SHA_256, SHA_256, 32)),
        ("rsa", pss_384, probabilistic(SHA_384, SHA_384, 48)),
        ("rsa", pss_512, probabilistic(SHA_512, SHA_512, 64)),
        ("rsa", "dgst -sha256 -sign", tlv(0x30, &[&name("1.2.840.113549.1.1.1"), &[5, 0]])),
        ("rsa", "dgst -sha384 -sign", tlv(0x30, &[&name("1.2.840.113549.1.1.12"), &[5, 0]])),
        ("p256", "dgst -sha512 -sign", algorithm("1.2.840.10045.4.3.4")),
        ("p384", "dgst -sha384 -sign", algorithm("1.2.840.10045.4.3.3")),
        ("p521", "dgst -sha512 -sign", algorithm("1.2.840.10045.4.3.4")),
    ];
    for (signer, signing, algorithm) in good {
        assert_eq!(check(&made(signer, signing, algorithm), DATA, &root).unwrap().trust, Trust::Trusted, "{signer} {signing}");
    }
    fails(check(&made("rsa", pss_20, probabilistic(SHA_256, SHA_256, 20)), DATA, &root), "unusual parameters");
    fails(check(&made("rsa", pss_20, probabilistic(SHA_256, SHA_256, 32)), DATA, &root), "signature does not hold");
    fails(check(&made("rsa", pss_256, probabilistic(SHA_256, SHA_512, 32)), DATA, &root), "unusual parameters");
    let no_parameters = tlv(0x30, &[&name("1.2.840.113549.1.1.10"), &[0x30, 0]]);
    fails(check(&made("rsa", pss_256, no_parameters), DATA, &root), "unusual parameters");
    // SHA-1 in the signature, a key of another kind, and a key that is too short.
    fails(check(&made("rsa", "dgst -sha1 -sign", algorithm("1.2.840.113549.1.1.5")), DATA, &root), "not accepted");
    fails(check(&made("p256", "dgst -sha256 -sign", algorithm("1.2.840.113549.1.1.11")), DATA, &root), "not accepted");
    fails(check(&made("small", "dgst -sha256 -sign", algorithm("1.2.840.113549.1.1.11")), DATA, &root), "signature does not hold");
}

#[test]
fn the_stamped_time_decides_which_certificates_were_valid() {
    let Some(place) = place() else { return };
    let root = place.trusted("root");
    unknown(check(&place.stamped("past", ""), DATA, &root), "not valid at that time");
    unknown(check(&place.stamped("past", ""), DATA, &place.trusted("past")), "not valid at that time");
    let then = Recipe { time: b"20200601120000Z", ..Recipe::new("past") }.bake(&place);
    assert_eq!(check(&then, DATA, &place.trusted("past")).unwrap().trust, Trust::Trusted);
    // The root was not there yet when its stamp was made.
    unknown(check(&then, DATA, &root), "valid at that time");
    unknown(check(&place.stamped("orphan", ""), DATA, &place.trusted("gone")), "valid at that time");
    unknown(check(&Recipe { time: b"19990101000000Z", ..Recipe::new("p256") }.bake(&place), DATA, &root), "not valid at that time");
}

#[test]
fn purposes() {
    let Some(place) = place() else { return };
    let root = place.trusted("root");
    for signer in ["purposeless", "loose", "double", "encipherer"] {
        let token = Recipe::new(signer).bake(&place);
        for trusted in [root.clone(), place.trusted(signer)] {
            assert!(matches!(check(&token, DATA, &trusted), Err(TimeStampError::Purpose)), "{signer}");
        }
    }
}

#[test]
fn times_and_other_fields() {
    let Some(place) = place() else { return };
    // A certificate that openssl dated now is in question here only for its signature.
    let read = |recipe: Recipe| check(&recipe.bake(&place), DATA, &[]);
    let base = Recipe::new("p256");
    let second = 1_767_268_800_000_000_000;
    let times: [(&[u8], i64); 5] = [
        (b"20260101120000Z", 0),
        (b"20260101120000.5Z", 500_000_000),
        (b"20260101120000.000Z", 0),
        (b"20260101120000.123456Z", 123_456_000),
        (b"20260101120000.1234567899Z", 123_456_789),
    ];
    for (time, beyond) in times {
        assert_eq!(read(Recipe { time, ..base.clone() }).unwrap().time, second + beyond);
    }
    let wrong: [&[u8]; 9] = [
        b"20260101120000",
        b"20260101120000.Z",
        b"20260101120000,5Z",
        b"202601011200Z",
        b"20260230120000Z",
        b"20260101120000+0100",
        b"99990101120000Z",
        b"+0260101120000Z",
        b"19600101120000Z",
    ];
    for time in wrong {
        fails(read(Recipe { time, ..base.clone() }), "its time cannot be read");
    }
    let after = |after_time: Vec<u8>| read(Recipe { after_time, ..base.clone() });
    let accuracies: [(&[u8], Option<i64>); 5] = [
        (&[], None),
        (&[0x30, 0], Some(0)),
        (&[0x30, 3, 2, 1, 60], Some(60_000_000_000)),
        (&[0x30, 4, 0x80, 2, 3, 0xe7], Some(999_000_000)),
        (&[0x30, 6, 0x80, 1, 1, 0x81, 1, 2], Some(1_002_000)),
    ];
    for (octets, expected) in accuracies {
        assert_eq!(after(octets.to_vec()).unwrap().accuracy, expected);
    }
    fails(after(vec![0x30, 3, 0x80, 1, 0x80]), "accuracy");
    // Order, nonce, the name of the authority, an extension that may be passed over, and one that may not.
    let extension = |critical: &[u8]| tlv(0xa1, &[&tlv(0x30, &[&name("1.2.3.4"), critical, &tlv(4, &[b"x"])])]);
    let rest = [vec![1, 1, 0xff, 2, 1, 5], tlv(0xa0, &[&tlv(0x82, &[b"example.org"])]), extension(&[])].concat();
    assert!(after(rest).is_ok());
    fails(after(extension(&[1, 1, 0xff])), "must be understood");
    fails(after(vec![4, 0]), "not a time-stamp token");
    fails(read(Recipe { version: 2, ..base.clone() }), "version");
    // A policy with a number of 128 bits.
    let long = tlv(6, &[&[0x69], &[0x83], &[0xff; 17], &[0x7f]]);
    assert_eq!(read(Recipe { policy: long, ..base.clone() }).unwrap().policy, "2.25.340282366920938463463374607431768211455");
    assert_eq!(read(base.clone()).unwrap().serial, "abcd");
    fails(read(Recipe { policy: vec![6, 2, 0x69, 0x83], ..base.clone() }), "policy");
}

#[test]
fn signed_attributes() {
    let Some(place) = place() else { return };
    let root = place.trusted("root");
    let base = Recipe::new("p256");
    let read = |recipe: &Recipe| check(&recipe.bake(&place), DATA, &root);
    let usual = base.usual_attributes(&place, &base.content());
    let with = |attributes: Vec<Vec<u8>>| read(&Recipe { attributes: Some(attributes), ..base.clone() });
    let expected = read(&base).unwrap();
    assert_eq!(expected.trust, Trust::Trusted);
    // Any order, as what is signed is in the right order.
    assert_eq!(with(vec![usual[2].clone(), usual[1].clone(), usual[0].clone()]).unwrap(), expected);
    for missing in 0..3 {
        let mut fewer = usual.clone();
        fewer.remove(missing);
        fails(with(fewer), if missing == 2 { "which certificate signed it" } else { "missing" });
        fails(with([usual.clone(), vec![usual[missing].clone()]].concat()), "twice");
    }
    let attribute = |kind: &str, value: &[u8]| tlv(0x30, &[&name(kind), &tlv(0x31, &[value])]);
    let content_type = attribute("1.2.840.113549.1.9.3", &name("1.2.840.113549.1.7.1"));
    fails(with(vec![content_type, usual[1].clone(), usual[2].clone()]), "another kind of content");
    let digest = attribute("1.2.840.113549.1.9.4", &tlv(4, &[&sha256(b"other")]));
    fails(with(vec![usual[0].clone(), digest, usual[2].clone()]), "signature does not hold");
    fails(read(&Recipe { certificate_hash: Some(sha256(b"other")), ..base.clone() }), "is missing");
    fails(read(&Recipe { certificate_hash: Some(sha256(&place.read("root.der"))), ..base.clone() }), "is missing");
    fails(read(&Recipe { content_changed: true, ..base.clone() }), "signature does not hold");
    fails(read(&Recipe { signers: 2, ..base.clone() }), "more than one signature");
    assert_eq!(read(&Recipe { by_key_identifier: true, ..base.clone() }).unwrap(), expected);
    // Without the certificate, the user has to have it.
    let without = Recipe { with_certificate: false, ..base.clone() }.bake(&place);
    fails(check(&without, DATA, &root), "is missing");
    assert_eq!(check(&without, DATA, &place.trusted("p256")).unwrap(), expected);
    // Both forms of naming the certificate: the older one, if present, must agree.
    let older = |hash: &[u8]| attribute("1.2.840.113549.1.9.16.2.12", &tlv(0x30, &[&tlv(0x30, &[&tlv(0x30, &[&tlv(4, &[hash])])])]));
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &place.read("p256.der")).as_ref().to_vec();
    assert_eq!(with([usual.clone(), vec![older(&sha1)]].concat()).unwrap(), expected);
    fails(with([usual.clone(), vec![older(&[7; 20])]].concat()), "is missing");
    // Named by the certificate of another key.
    let swapped = Recipe { certificate_hash: Some(sha256(&place.read("p384.der"))), ..base };
    fails(check(&swapped.bake(&place), DATA, &[root, place.trusted("p384")].concat()), "is missing");
}

#[test]
fn long_answers_are_refused() {
    assert!(matches!(check(&vec![0x30; (1 << 20) + 1], DATA, &[]), Err(TimeStampError::TooLong)));
    // Many levels, many small parts, and a length beyond the end.
    assert!(check(&tlv(0x30, &[&[0x30, 0x80].repeat(200_000)]), DATA, &[]).is_err());
    assert!(check(&tlv(0x30, &[&[5, 0].repeat(500_000)]), DATA, &[]).is_err());
    assert!(check(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0], DATA, &[]).is_err());
    let mut nested = Vec::new();
    for _ in 0..20_000 {
        nested = [[&[0x30, 0x83], &u32::try_from(nested.len()).unwrap().to_be_bytes()[1..]].concat(), nested].concat();
    }
    assert!(check(&nested, DATA, &[]).is_err());
    let texts = tlv(0x30, &[&tlv(12, &[&b"no \x1b[31m".repeat(1000)]).repeat(100)]);
    let refusal = tlv(0x30, &[&tlv(0x30, &[&[2, 1, 2], &texts])]);
    let said = check(&refusal, DATA, &[]).unwrap_err().to_string();
    assert!(said.chars().count() < 5000 && !said.contains('\x1b'));
}

struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below).unwrap()).unwrap()
    }
}

/// Whatever is changed in a token, it is refused, or loses its trust, or still says the same.
#[test]
fn changed_tokens_say_the_same_or_nothing() {
    let Some(place) = place() else { return };
    let trusted = [place.trusted("root"), place.trusted("stranger")].concat();
    for answer in [place.stamped("rsa", ""), place.stamped("chained", " -chain middle.pem"), Recipe::new("p256").bake(&place)] {
        let original = check(&answer, DATA, &trusted).unwrap();
        assert_eq!(original.trust, Trust::Trusted);
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        let (mut same, mut untrusted) = (0, 0);
        for round in 0..3000 {
            let mut changed = answer.clone();
            let at = chance.next(changed.len());
            match round % 6 {
                0 => changed.truncate(at),
                1 => drop(changed.remove(at)),
                2 => changed.insert(at, u8::try_from(chance.next(256)).unwrap()),
                _ => changed[at] ^= u8::try_from(1 + chance.next(255)).unwrap(),
            }
            if changed == answer {
                continue;
            }
            if let Ok(stamp) = check(&changed, DATA, &trusted) {
                if stamp.trust == Trust::Trusted {
                    same += 1;
                } else {
                    untrusted += 1;
                }
                assert_eq!(TimeStamp { trust: Trust::Trusted, ..stamp }, original, "at {at}");
            }
            assert!(check(&changed, b"something else", &trusted).is_err());
        }
        println!("{} octets: {same} changes said the same, {untrusted} lost the trust", answer.len());
    }
}

#[test]
fn garbage_is_refused_without_harm() {
    let mut chance = Chance(42);
    for round in 0..20_000 {
        let mut garbage: Vec<u8> = (0..chance.next(300)).map(|_| u8::try_from(chance.next(256)).unwrap()).collect();
        if round % 2 == 0 {
            // Something that at least begins well.
            let common = [0x30, 0x31, 2, 4, 6, 0xa0, 5, 0x18, 0x17, 3, 1];
            for octet in &mut garbage {
                if *octet < 128 {
                    *octet = if *octet < 64 { common[usize::from(*octet) % common.len()] } else { *octet % 16 };
                }
            }
            garbage = tlv(0x30, &[&name("1.2.840.113549.1.7.2"), &tlv(0xa0, &[&tlv(0x30, &[&garbage])])]);
        }
        assert!(check(&garbage, DATA, &[]).is_err());
        assert!(authorities(&String::from_utf8_lossy(&garbage)).is_err());
    }
}
