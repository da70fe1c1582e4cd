//! One record: read once, strictly; from that reading come its hash and what it states.

use super::json::{Form, Tree};
use super::preimage;
use super::preimage::decode;
use super::profile::{Digest, Encoding, Part, Profile};
use super::signature::{self, Checked};
use crate::model::json::Doubt;
use crate::model::text::{from_hex, short, utf8, visible};
use crate::seal::primitives::link::{Link, Rare, Signature, bytes_tag};
use crate::trust::Store as Keys;

/// The longest hash, name of a chain or identifier that is plausible, in bytes.
const LONGEST: usize = 1024;

/// What a record is to a profile.
pub enum Record<'a> {
    /// A record of the chain.
    Chained(Tree<'a>),
    /// It has the fields of a link, yet is none that any writer of its kind makes; why.
    Hollow(String),
    /// An empty line.
    Blank,
    /// Something else.
    Outside,
}

/// Reads a record under a profile.
pub fn read<'a>(profile: &Profile, record: &'a [u8]) -> Record<'a> {
    if record.trim_ascii().is_empty() {
        return Record::Blank;
    }
    let Ok(text) = std::str::from_utf8(record) else {
        // Bytes that readers replace in different ways stand beside the name of a link.
        let name = crate::model::text::name_of(&profile.previous);
        let linked = memchr::memmem::find(record, format!("\"{name}\"").as_bytes()).is_some();
        return if linked { Record::Hollow(format!("it has {}", Doubt::NotUtf8.words())) } else { Record::Outside };
    };
    let Ok((tree, doubt)) = Tree::read(text.trim_start_matches('\u{feff}')) else { return Record::Outside };
    if !has_link(profile, &tree) {
        return Record::Outside;
    }
    if let Some(doubt) = doubt.filter(|doubt| !matches!(doubt, Doubt::Wide(_)) || rounds(profile)) {
        return Record::Hollow(format!("it has {}", doubt.words()));
    }
    if let Some(missing) = profile.signs.iter().find(|path| tree.at(path).is_none()) {
        return Record::Hollow(format!("it lacks {}", visible(missing)));
    }
    let is_long = |path: &&String| tree.at(path).and_then(Tree::plain).is_some_and(|text| text.len() > LONGEST);
    let short = [Some(&profile.previous), profile.own.as_ref(), profile.chain.as_ref()];
    if let Some(path) = short.into_iter().flatten().find(is_long) {
        return Record::Hollow(format!("{} is implausibly long", visible(path)));
    }
    Record::Chained(tree)
}

impl Profile {
    /// Whether a record looks like one of this kind.
    pub(super) fn fits(&self, record: &Tree<'_>) -> bool {
        self.signs.iter().all(|path| record.at(path).is_some())
    }
}

/// Whether it is a record of the kind, or one of which something was taken: it names a predecessor, and has more of what makes a link.
fn has_link(profile: &Profile, tree: &Tree<'_>) -> bool {
    if profile.fits(tree) {
        return true;
    }
    let signature = profile.authentication.as_ref().map(|authentication| &authentication.signature);
    let more = [profile.own.as_ref(), profile.chain.as_ref(), profile.sequence.as_ref(), signature];
    tree.at(&profile.previous).is_some() && more.into_iter().flatten().any(|path| tree.at(path).is_some())
}

/// Whether the profile hashes numbers as doubles, so that whole numbers beyond 2^53 are rounded.
fn rounds(profile: &Profile) -> bool {
    let signed = profile.authentication.iter().flat_map(|authentication| &authentication.preimage);
    let own = profile.preimage.iter().chain(profile.otherwise.iter().flatten()).chain(signed).any(|part| part.json == Some(Form::Jcs));
    own || profile.inner.as_ref().is_some_and(|inner| rounds(inner))
}

impl Record<'_> {
    /// What the record states and gives; `None` if it is none of the chain.
    pub fn link(&self, profile: &Profile, keys: &Keys, origin: &str, record: &[u8]) -> Option<Link> {
        match self {
            Self::Chained(tree) => Some(Link { content: bytes_tag(record.trim_ascii_end()), ..link(profile, keys, origin, tree) }),
            Self::Hollow(fault) => {
                let rare = Rare { fault: Some(fault.clone()), hollow: true, ..Rare::default() };
                let chain = chain_of(profile, record);
                Some(Link { chain, content: bytes_tag(record), rare: Some(Box::new(rare)), ..Link::default() })
            }
            Self::Blank => Some(Link { blank: true, ..Link::default() }),
            Self::Outside => None,
        }
    }
}

/// The chain that even a malformed record names.
fn chain_of(profile: &Profile, record: &[u8]) -> String {
    let tree = utf8(record).and_then(|text| Tree::roughly(text.trim_start_matches('\u{feff}')));
    let name = tree.zip(profile.chain.as_ref()).map_or_else(String::new, |(tree, path)| tree.text_at(path));
    if name.len() <= LONGEST { name } else { String::new() }
}

/// A form of the preimage and what it gives.
struct Hashed<'p> {
    form: usize,
    parts: &'p [Part],
    bytes: Vec<u8>,
    hash: Option<String>,
}

/// What a record states and gives.
pub fn link(profile: &Profile, keys: &Keys, origin: &str, tree: &Tree<'_>) -> Link {
    let at = |path: &str| tree.at(path).and_then(Tree::plain);
    let plain = |path: &Option<String>| path.as_deref().and_then(at);
    let stated = plain(&profile.own);
    let forms = std::iter::once(&profile.preimage).chain(&profile.otherwise).enumerate();
    let preimages = forms.filter_map(|(form, parts)| {
        let bytes = preimage::bytes(parts, &profile.delimiter, profile.digest, tree)?;
        Some(Hashed { form, parts, hash: preimage::digest(profile, &bytes, None), bytes })
    });
    let mut hashed: Vec<Hashed<'_>> = preimages.collect();
    let mut checked = Checked::default();
    if profile.digest == Digest::HmacSha256 {
        checked = keyed(profile, keys, origin, tree, stated.as_deref(), &mut hashed);
    }
    // Of several forms the one that matches counts; otherwise the first.
    let chosen = hashed.iter().position(|hashed| hashed.hash.is_some() && hashed.hash == stated).unwrap_or(0);
    let chosen = hashed.get(chosen);
    let computed = chosen.and_then(|chosen| chosen.hash.clone());
    let bytes = chosen.map_or(&[][..], |chosen| &chosen.bytes);
    if profile.authentication.is_some() {
        let hash = computed.as_deref().or(stated.as_deref()).unwrap_or("");
        checked = signature::check(profile, keys, origin, tree, bytes, hash);
    }
    let rare = rare(profile, tree);
    let inner = profile.inner.as_ref().and_then(|inner| {
        let tree = tree.at(inner.at.as_deref()?)?;
        inner.fits(tree).then(|| Box::new(link(inner, keys, origin, tree)))
    });
    Link {
        blank: false,
        chain: profile.chain.as_ref().map_or_else(String::new, |path| tree.text_at(path)),
        sequence: plain(&profile.sequence).and_then(|text| text.parse().ok()),
        previous: tree.text_at(&profile.previous),
        stated,
        computed,
        form: chosen.map_or(0, |chosen| chosen.form),
        ambiguous: chosen.is_some_and(|chosen| preimage::is_ambiguous(profile, chosen.parts, tree)),
        signature: checked.signature,
        key: checked.key,
        claimed: checked.claimed,
        signer: checked.signer,
        content: 0,
        id: profile.parent.as_ref().and_then(|parent| at(&parent.own)),
        once: plain(&profile.once),
        rare: (rare != Rare::default()).then(|| Box::new(rare)),
        inner,
    }
}

/// Whether a keyed hash matches under a secret that the gate allows. What it gives under no secret stays unknown.
fn keyed(profile: &Profile, keys: &Keys, origin: &str, tree: &Tree<'_>, stated: Option<&str>, hashed: &mut [Hashed<'_>]) -> Checked {
    let Some(stated) = stated else {
        // Only a successor states the hash, so it is tried under the first secret.
        let secret = signature::secrets(keys).next().map(|(_, secret)| secret);
        for form in hashed {
            form.hash = secret.as_ref().and_then(|secret| preimage::digest(profile, &form.bytes, Some(secret)));
        }
        return Checked::default();
    };
    let right = |form: &Hashed<'_>, secret: &[u8]| preimage::digest(profile, &form.bytes, Some(secret)).as_deref() == Some(stated);
    let comes_right = |secret: &[u8]| hashed.iter().any(|form| right(form, secret));
    let (signature, key) = signature::check_keyed(profile, keys, origin, tree, &comes_right);
    match signature {
        Signature::Holds(_) | Signature::Refused(_) => {
            let secrets: Vec<Vec<u8>> = signature::secrets(keys).map(|(_, secret)| secret).collect();
            for form in hashed.iter_mut().filter(|form| secrets.iter().any(|secret| right(form, secret))) {
                form.hash = Some(stated.to_owned());
            }
        }
        Signature::Fails => hashed.iter_mut().for_each(|form| form.hash = Some("another hash".to_owned())),
        Signature::Absent | Signature::NoKey | Signature::Unfit | Signature::Foreign => {}
    }
    Checked { signature, key, ..Checked::default() }
}

fn rare(profile: &Profile, tree: &Tree<'_>) -> Rare {
    let at = |path: &str| tree.at(path).and_then(Tree::plain);
    let next_key = profile.next_key.as_deref().and_then(at).and_then(|text| decode(Encoding::Base64url, text.strip_prefix('u')?));
    Rare {
        parent: profile
            .parent
            .as_ref()
            .and_then(|parent| Some((short(&at(&parent.chain)?, LONGEST), short(&at(&parent.record)?, LONGEST)))),
        terminal: profile.terminal.as_deref().and_then(at).as_deref() == Some("true"),
        next_key: next_key.and_then(|bytes| bytes.try_into().ok()),
        fault: fault(profile, tree),
        hollow: false,
    }
}

/// What no writer of the kind makes.
fn fault(profile: &Profile, tree: &Tree<'_>) -> Option<String> {
    let other = profile.must_be.iter().find_map(|(path, word)| {
        let own = tree.text_at(path);
        (own != *word).then(|| format!("{path} is “{}”, where only “{word}” may stand", short(&own, 80)))
    });
    let links = std::iter::once(&profile.previous).chain(&profile.own);
    let no_text = || links.clone().find(|path| matches!(tree.at(path), Some(Tree::Object(..) | Tree::Array(_))));
    other.or_else(|| no_text().map(|path| format!("{path} is no text"))).or_else(|| malformed_hash(profile, tree))
}

/// A hash that is stated but cannot be one.
fn malformed_hash(profile: &Profile, tree: &Tree<'_>) -> Option<String> {
    let path = profile.own.as_deref().filter(|path| tree.at(path).is_some())?;
    let own = tree.text_at(path);
    let hexadecimal = own.strip_prefix(profile.prefix.as_str()).is_some_and(|text| from_hex(text).is_some_and(|bytes| !bytes.is_empty()));
    (profile.encoding == Encoding::Hex && !hexadecimal).then(|| "its own hash is no hexadecimal text".to_owned())
}

/// Whether the record's own hash matches, or is one of those in `stated`.
pub fn comes_right(profile: &Profile, record: &Tree<'_>, keys: &Keys, is_stated: &dyn Fn(&str) -> bool) -> bool {
    hashes(profile, record, keys).iter().any(|hash| is_stated(hash))
}

/// Every hash that the record has under the profile: one for each form of the preimage and each key.
pub fn hashes(profile: &Profile, record: &Tree<'_>, keys: &Keys) -> Vec<String> {
    preimages(profile, record)
        .flat_map(|bytes| match profile.digest {
            Digest::HmacSha256 => {
                signature::secrets(keys).filter_map(|(_, secret)| preimage::digest(profile, &bytes, Some(&secret))).collect::<Vec<_>>()
            }
            _ => preimage::digest(profile, &bytes, None).into_iter().collect(),
        })
        .collect()
}

/// The bytes of each form of the preimage.
pub fn preimages<'a>(profile: &'a Profile, record: &'a Tree<'_>) -> impl Iterator<Item = Vec<u8>> + 'a {
    std::iter::once(&profile.preimage)
        .chain(&profile.otherwise)
        .filter_map(move |parts| preimage::bytes(parts, &profile.delimiter, profile.digest, record))
}
