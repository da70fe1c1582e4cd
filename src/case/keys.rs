//! Private keys of sealers: PKCS#8 PEM files (RFC 5958), encrypted with PBKDF2 and AES-256 (RFC 8018) unless the user says otherwise.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use pkcs8::pkcs5::pbes2;
use pkcs8::{DecodePrivateKey, EncodePrivateKey, EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef, der::SecretDocument};

use crate::trust::key::note_type;
use crate::trust::{Key, Material};

/// The line before the PEM text that names the key; RFC 7468 section 2 allows explanatory text there.
const NAME: &str = "Name: ";

/// Rounds of PBKDF2-HMAC-SHA-256, as OWASP recommends. OpenSSL reads such keys; scrypt ones it refuses beyond 32 MiB.
const ROUNDS: u32 = 600_000;

/// Why a key file cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The name cannot be used in signed notes.
    #[error(
        "“{0}” cannot be a key's name: it must not be empty or contain spaces or plus signs. Use something like acme.example/audit/payments"
    )]
    BadName(String),
    /// A file of this name exists.
    #[error("{}: already exists, and a key is never overwritten. Choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is no private key.
    #[error("{}: is not a private key made by `sealscope keygen` ({cause})", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The key is encrypted and no passphrase was given.
    #[error("{}: is encrypted; give its passphrase", path.display())]
    NeedsPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase does not fit.
    #[error("{}: wrong passphrase. Try again", path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The system gave no random numbers, or encryption failed.
    #[error("the key cannot be made: {0}")]
    Making(String),
}

/// A sealer's key pair.
pub struct SealerKey {
    /// The public half, with its name.
    pub public: Key,
    /// The private half.
    pub signer: SigningKey,
}

/// A key that was made.
pub struct Made {
    /// Where the public half is.
    pub public_path: PathBuf,
    /// The public half as a verifier key.
    pub verifier_key: String,
}

fn public(name: &str, signer: &SigningKey) -> Key {
    Key::new(name, Material::Ed25519(signer.verifying_key().to_bytes()), Some(note_type::COSIGNATURE))
}

/// Makes a key and writes `path` (private, mode 0600) and `path.pub`.
pub fn generate(name: &str, path: &Path, passphrase: Option<&str>) -> Result<Made, KeyFileError> {
    if name.is_empty() || name.chars().any(|character| character.is_whitespace() || character.is_control() || character == '+') {
        return Err(KeyFileError::BadName(name.to_owned()));
    }
    let mut public_path = path.as_os_str().to_owned();
    public_path.push(".pub");
    let public_path = PathBuf::from(public_path);
    for path in [path, &public_path] {
        if path.exists() {
            return Err(KeyFileError::Exists { path: path.to_owned() });
        }
    }
    let making = |cause: &dyn std::fmt::Display| KeyFileError::Making(cause.to_string());
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| making(&error))?;
    let signer = SigningKey::from_bytes(&seed);
    // Without the public half: OpenSSL before 3.2 reads only the first version of the format, which has none.
    let keypair = ed25519_dalek::pkcs8::KeypairBytes { secret_key: seed, public_key: None };
    let document = keypair.to_pkcs8_der().map_err(|error| making(&error))?;
    let pem = match passphrase {
        None => document.to_pem("PRIVATE KEY", LineEnding::LF).map_err(|error| making(&error))?,
        Some(passphrase) => {
            let info = PrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|error| making(&error))?;
            let (mut salt, mut iv) = ([0; 16], [0; 16]);
            getrandom::fill(&mut salt).and_then(|()| getrandom::fill(&mut iv)).map_err(|error| making(&error))?;
            let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, iv).map_err(|error| making(&error))?;
            let encrypted = info.encrypt_with_params(parameters, passphrase).map_err(|error| making(&error))?;
            encrypted.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).map_err(|error| making(&error))?
        }
    };
    let key = public(name, &signer);
    let verifier_key = key.verifier_key().unwrap_or_default();
    let write = |path: &Path, text: &str, mode| {
        super::write_whole(path, text.as_bytes(), false, mode).map_err(|cause| KeyFileError::Io { path: path.to_owned(), cause })
    };
    write(path, &format!("{NAME}{name}\n{}", pem.as_str()), 0o600)?;
    write(&public_path, &format!("{verifier_key}\n"), 0o644)?;
    Ok(Made { public_path, verifier_key })
}

/// Reads a private key.
pub fn read(path: &Path, passphrase: Option<&str>) -> Result<SealerKey, KeyFileError> {
    let text = std::fs::read_to_string(path).map_err(|cause| KeyFileError::Io { path: path.to_owned(), cause })?;
    let not_a_key = |cause: String| KeyFileError::NotAKey { path: path.to_owned(), cause };
    let name = text.lines().find_map(|line| line.strip_prefix(NAME)).ok_or_else(|| not_a_key("it names no key".into()))?.trim().to_owned();
    let pem = text.find("-----BEGIN").map(|start| &text[start..]).ok_or_else(|| not_a_key("it holds no PEM block".into()))?;
    let (label, document) = SecretDocument::from_pem(pem).map_err(|error| not_a_key(error.to_string()))?;
    let signer = match label {
        "ENCRYPTED PRIVATE KEY" => {
            let passphrase = passphrase.ok_or_else(|| KeyFileError::NeedsPassphrase { path: path.to_owned() })?;
            let encrypted = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|error| not_a_key(error.to_string()))?;
            let opened = encrypted.decrypt(passphrase).map_err(|_error| KeyFileError::WrongPassphrase { path: path.to_owned() })?;
            SigningKey::from_pkcs8_der(opened.as_bytes())
        }
        "PRIVATE KEY" => SigningKey::from_pkcs8_der(document.as_bytes()),
        other => return Err(not_a_key(format!("it is a {other}"))),
    };
    let signer = signer.map_err(|error| not_a_key(error.to_string()))?;
    Ok(SealerKey { public: public(&name, &signer), signer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_once_and_read_again() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for (file, passphrase) in [("plain.key", None), ("locked.key", Some("correct horse"))] {
            let path = folder.path().join(file);
            let made = generate("acme.example/audit", &path, passphrase).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            let key = read(&path, passphrase).unwrap();
            assert_eq!(key.public.verifier_key().unwrap(), made.verifier_key);
            assert!(matches!(generate("acme.example/audit", &path, passphrase), Err(KeyFileError::Exists { .. })));
        }
        let locked = folder.path().join("locked.key");
        assert!(matches!(read(&locked, None), Err(KeyFileError::NeedsPassphrase { .. })));
        assert!(matches!(read(&locked, Some("wrong")), Err(KeyFileError::WrongPassphrase { .. })));
        assert!(matches!(generate("two words", &folder.path().join("x"), None), Err(KeyFileError::BadName(_))));
    }
}
