//! Signing through ssh-agent (draft-miller-ssh-agent), so that hardware keys and smart cards work and no private key is ever read.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey, Signature};

/// Messages of the protocol.
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
/// The longest answer, in bytes, as ssh-agent itself has it.
const LONGEST: u32 = 256 << 10;
/// Keys looked at.
const MOST_KEYS: u32 = 1_000;
/// A card may wait for a touch or a PIN.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why the agent cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// There is no agent.
    #[error("no ssh-agent is running (SSH_AUTH_SOCK is not set). Start one, or give a key file")]
    None,
    /// It cannot be spoken to.
    #[error("ssh-agent cannot be reached: {0}")]
    Io(#[from] std::io::Error),
    /// It refused.
    #[error("ssh-agent refused to sign: the key was removed, or you did not confirm its use")]
    Refused,
    /// It said something else.
    #[error("ssh-agent gave an answer that cannot be read")]
    Garbled,
    /// It holds no such key.
    #[error("ssh-agent holds no Ed25519, ECDSA or RSA key{0}. `ssh-add -l` lists what it holds")]
    NoKey(String),
}

fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Takes a number off the front.
fn number(rest: &mut &[u8]) -> Result<u32, AgentError> {
    let (bytes, tail) = rest.split_first_chunk::<4>().ok_or(AgentError::Garbled)?;
    *rest = tail;
    Ok(u32::from_be_bytes(*bytes))
}

/// Takes a string off the front.
fn taken<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], AgentError> {
    let length = number(rest)? as usize;
    let (bytes, tail) = rest.split_at_checked(length).ok_or(AgentError::Garbled)?;
    *rest = tail;
    Ok(bytes)
}

fn ask(kind: u8, body: &[u8], expected: u8) -> Result<Vec<u8>, AgentError> {
    let socket = std::env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()).ok_or(AgentError::None)?;
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut message = Vec::new();
    string(&mut message, &[&[kind][..], body].concat());
    stream.write_all(&message)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length == 0 || length > LONGEST {
        return Err(AgentError::Garbled);
    }
    let mut answer = vec![0; length as usize];
    stream.read_exact(&mut answer)?;
    match answer.split_first() {
        Some((kind, rest)) if *kind == expected => Ok(rest.to_vec()),
        Some(_) => Err(AgentError::Refused),
        None => Err(AgentError::Garbled),
    }
}

/// Asks for SHA-512 where the key is an RSA key.
const RSA_SHA2_512: u32 = 4;

/// Whether signatures by the key can be made and written here. The library writes those of ECDSA hardware keys wrongly.
fn can_sign(key: &KeyData) -> bool {
    matches!(key, KeyData::Ed25519(_) | KeyData::SkEd25519(_) | KeyData::Ecdsa(_) | KeyData::Rsa(_))
}

/// The first key whose comment or fingerprint is `wanted`; any if that is empty.
pub fn key(wanted: &str) -> Result<PublicKey, AgentError> {
    let answer = ask(REQUEST_IDENTITIES, &[], IDENTITIES)?;
    let mut rest = answer.as_slice();
    for _ in 0..number(&mut rest)?.min(MOST_KEYS) {
        let (blob, comment) = (taken(&mut rest)?, taken(&mut rest)?);
        let Ok(key) = PublicKey::from_bytes(blob) else { continue };
        let named = wanted.is_empty() || comment == wanted.as_bytes() || key.fingerprint(HashAlg::Sha256).to_string() == wanted;
        if can_sign(key.key_data()) && named {
            return Ok(key);
        }
    }
    Err(AgentError::NoKey(if wanted.is_empty() { String::new() } else { format!(" named “{}”", crate::model::text::visible(wanted)) }))
}

/// Has the agent sign with a key.
pub fn sign(key: &PublicKey, data: &[u8]) -> Result<Signature, AgentError> {
    let mut body = Vec::new();
    string(&mut body, &key.to_bytes().map_err(|_error| AgentError::Garbled)?);
    string(&mut body, data);
    let flags = if matches!(key.key_data(), KeyData::Rsa(_)) { RSA_SHA2_512 } else { 0 };
    body.extend_from_slice(&flags.to_be_bytes());
    let answer = ask(SIGN_REQUEST, &body, SIGN_RESPONSE)?;
    let mut rest = answer.as_slice();
    Signature::try_from(taken(&mut rest)?).map_err(|_error| AgentError::Garbled)
}
