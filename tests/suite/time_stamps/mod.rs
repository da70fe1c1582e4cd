//! Time stamps (RFC 3161): ours against openssl's, what vouches for them, and bundles that carry them.

mod authority;
mod bundles;
mod made;

use sealscope::trust::time_stamp::{TimeStampError, Trust, authorities, check, request};

use authority::*;

#[test]
fn our_request_is_the_one_that_openssl_makes() {
    let Some(place) = place() else { return };
    place.openssl("ts -query -data data -sha256 -cert -no_nonce -out plain.query");
    assert_eq!(request(DATA, None).unwrap(), place.read("plain.query"));
    for nonce in [0, 1, 127, 128, 255, 256, u64::from(u32::MAX), u64::MAX] {
        place.write("nonce.query", request(DATA, Some(nonce)).unwrap());
        let text = place.openssl("ts -query -in nonce.query -text");
        let number = text.lines().find_map(|line| line.strip_prefix("Nonce: 0x")).unwrap();
        assert_eq!(u64::from_str_radix(number, 16).unwrap(), nonce);
        assert!(text.contains("Certificate required: yes"));
    }
}

#[test]
fn openssl_answers_our_request_and_both_accept_the_answer() {
    let Some(place) = place() else { return };
    let root = place.trusted("root");
    for signer in ["rsa", "p256", "p384", "p521", "chained"] {
        let query = format!("{signer}.own.query");
        place.write(&query, request(DATA, Some(0xfeed_beef_dead_cafe)).unwrap());
        let (chain, untrusted) = if signer == "chained" { (" -chain middle.pem", " -untrusted middle.pem") } else { ("", "") };
        let before = now();
        let answer = place.answer(&query, signer, chain);
        let verified = place.openssl(&format!("ts -verify -queryfile {query} -in {query}.answer -CAfile root.pem{untrusted}"));
        assert!(verified.contains("Verification: OK"), "{verified}");
        let stamp = check(&answer, DATA, &root).unwrap();
        assert_eq!(stamp.trust, Trust::Trusted, "{signer}");
        assert_eq!(stamp.authority, format!("CN={signer},O=Example"));
        assert_eq!(stamp.policy, "1.2.3.4.1");
        assert_eq!(stamp.accuracy, Some(1_500_100_000));
        assert!((before - 1_000_000_000..=now()).contains(&stamp.time), "{} {before}", stamp.time);
        let text = place.openssl(&format!("ts -reply -in {query}.answer -text"));
        let serial = text.lines().find_map(|line| line.strip_prefix("Serial number: 0x")).unwrap();
        assert_eq!(stamp.serial, serial.to_lowercase());
        fails(check(&answer, b"something else", &root), "is not for this signature");
        // The bare token says the same.
        place.openssl(&format!("ts -reply -in {query}.answer -token_out -out {query}.token"));
        assert_eq!(check(&place.read(&format!("{query}.token")), DATA, &root).unwrap(), stamp);
    }
}

#[test]
fn other_hashes() {
    let Some(place) = place() else { return };
    let root = place.trusted("root");
    for hash in ["sha256", "sha384", "sha512"] {
        place.openssl(&format!("ts -query -data data -{hash} -cert -out {hash}.query"));
        assert_eq!(check(&place.answer(&format!("{hash}.query"), "rsa", ""), DATA, &root).unwrap().trust, Trust::Trusted);
    }
    place.openssl("ts -query -data data -sha1 -cert -out sha1.query");
    let old = place.answer("sha1.query", "rsa", " -section old_reply");
    fails(check(&old, DATA, &root), "SHA-1");
    // SHA-1 as a mere name of the certificate, and SHA-512 in the signature.
    place.openssl("ts -query -data data -sha256 -cert -out named.query");
    let named = place.answer("named.query", "rsa", " -section old_reply");
    let stamp = check(&named, DATA, &root).unwrap();
    assert_eq!((stamp.trust, stamp.accuracy), (Trust::Trusted, None));
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_authority() {
    let Some(place) = place() else { return };
    place.openssl("ts -query -data data -sha256 -tspolicy 1.2.3.4.99 -out policy.query");
    let answer = place.answer("policy.query", "rsa", "");
    let said = check(&answer, DATA, &[]).unwrap_err().to_string();
    assert!(said.starts_with("the authority refused: ") && said.contains("policy not supported"), "{said}");
    place.openssl("ts -query -data data -sha1 -out weak.query");
    fails(check(&place.answer("weak.query", "rsa", ""), DATA, &[]), "unknown or unsupported algorithm");
}

#[test]
fn only_trusted_authorities_vouch() {
    let Some(place) = place() else { return };
    let (root, stranger) = (place.trusted("root"), place.trusted("stranger"));
    let answer = place.stamped("p256", "");
    unknown(check(&answer, DATA, &stranger), "no authority that you trust");
    unknown(check(&answer, DATA, &[]), "no authority that you trust");
    assert_eq!(check(&answer, DATA, &[stranger, root.clone()].concat()).unwrap().trust, Trust::Trusted);
    // Its own certificate may be trusted directly, but then vouches for nothing else.
    let own = place.trusted("p256");
    assert_eq!(check(&answer, DATA, &own).unwrap().trust, Trust::Trusted);
    let issued = place.stamped("issued", "");
    unknown(check(&issued, DATA, &own), "no authority that you trust");
    let with_chain = place.stamped("issued", " -chain p256.pem");
    unknown(check(&with_chain, DATA, &root), "may not vouch for others");
    // An authority between needs to come with the token, or to be trusted itself.
    let chained = place.stamped("chained", "");
    unknown(check(&chained, DATA, &root), "no authority that you trust");
    assert_eq!(check(&chained, DATA, &place.trusted("middle")).unwrap().trust, Trust::Trusted);
    let whole = place.stamped("chained", " -chain middle.pem");
    assert_eq!(check(&whole, DATA, &root).unwrap().trust, Trust::Trusted);
    unknown(check(&whole, DATA, &place.trusted("stranger")), "no authority that you trust");
    // An authority whose key may not sign certificates, in the token and as a trusted one.
    unknown(check(&place.stamped("unheard", " -chain mute.pem"), DATA, &root), "may not vouch for others");
    unknown(check(&place.stamped("unheard", ""), DATA, &place.trusted("mute")), "no authority that you trust");
}

#[test]
fn words_for_chains_that_do_not_hold() {
    let Some(place) = place() else { return };
    let root = place.trusted("root");
    // Limited to signing programs.
    let limited = place.stamped("limited", " -chain coder.pem");
    unknown(check(&limited, DATA, &root), "limited to other purposes");
    unknown(check(&limited, DATA, &[]), "no authority that you trust");
    // Another authority of the same name.
    place.certificate("other", "ED25519", "other", "authority", " -subj /O=Example/CN=root");
    assert_eq!(place.trusted("other")[0].subject, root[0].subject);
    unknown(check(&place.stamped("p256", ""), DATA, &place.trusted("other")), "not signed by the authority");
    // A chain that leans on SHA-1.
    place.certificate("feeble", "EC -pkeyopt ec_paramgen_curve:P-256", "root", "stamper", " -md sha1");
    unknown(check(&place.stamped("feeble", ""), DATA, &root), "of a kind not accepted");
    // Authorities that all may have signed each other, so that there seem to be endless ways through them.
    place.certificate("circle", "ED25519", "circle", "authority", "");
    let mut circle = Vec::new();
    for number in 0..30 {
        place.openssl(&format!(
            "ca -batch -notext -config settings -extensions authority -keyfile circle.key -selfsign -in circle.req -out circle{number}.pem"
        ));
        circle.extend(place.read(&format!("circle{number}.pem")));
    }
    place.write("circles.pem", circle);
    place.certificate("dizzy", "EC -pkeyopt ec_paramgen_curve:P-256", "circle", "stamper", "");
    let started = std::time::Instant::now();
    let outcome = check(&place.stamped("dizzy", " -chain circles.pem"), DATA, &root);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    unknown(outcome, "no authority that you trust");
}

#[test]
fn authorities_are_read_from_text() {
    let Some(place) = place() else { return };
    let text = |name: &str| String::from_utf8(place.read(name)).unwrap();
    let all = authorities(&format!("Our roots\r\n{}\n# next\n{}{}", text("root.pem"), text("root.key"), text("stranger.pem"))).unwrap();
    assert_eq!(all.iter().map(|it| it.subject.as_str()).collect::<Vec<_>>(), ["CN=root,O=Example", "CN=stranger,O=Example"]);
    let fingerprint = place.openssl("x509 -in root.pem -noout -fingerprint -sha256").trim().to_lowercase().replace(':', "");
    assert!(fingerprint.ends_with(&format!("={}", all[0].fingerprint)), "{fingerprint}");
    assert!(matches!(authorities(""), Err(TimeStampError::NoAuthority)));
    assert!(matches!(authorities("nothing here"), Err(TimeStampError::NoAuthority)));
    let broken = format!("{}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", text("root.pem"));
    assert!(matches!(authorities(&broken), Err(TimeStampError::Certificate(2))));
    assert!(matches!(authorities("-----BEGIN CERTIFICATE-----\nMII"), Err(TimeStampError::Certificate(1) | TimeStampError::NoAuthority)));
}

// From here on, tokens made by hand, for what openssl would not make.
