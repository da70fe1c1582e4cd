//! Examiners' signatures: OpenSSH signatures (PROTOCOL.sshsig), which `ssh-keygen -Y verify` checks.

use std::path::{Path, PathBuf};

use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

use crate::bundle::sign::agent::{self, AgentError};
use crate::case::write_whole;
use crate::seal::bag::NAMESPACE;
use crate::trust::{Material, ssh};

/// Why a key cannot sign, or a signature does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The file cannot be read.
    #[error("{}: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is no private key of OpenSSH.
    #[error("{}: is not an OpenSSH Ed25519 private key. Make one with ssh-keygen -t ed25519; other kinds of keys can sign through ssh-agent (ssh-add, then agent:NAME)", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// It is encrypted and no passphrase was given.
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
    /// ssh-agent cannot help.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// Signing failed.
    #[error("the key cannot sign: {0}")]
    Sign(String),
}

/// An examiner's key.
pub enum ExaminerKey {
    /// From a file.
    File(Box<PrivateKey>),
    /// Held by ssh-agent; the private half is never seen.
    Agent(Box<PublicKey>),
}

/// Reads a private key of OpenSSH. `agent`, or `agent:` and a comment or fingerprint, means one that ssh-agent holds.
pub fn read_key(path: &Path, passphrase: Option<&str>) -> Result<ExaminerKey, SignatureError> {
    if let Some(wanted) = path.to_str().and_then(of_agent) {
        return Ok(ExaminerKey::Agent(Box::new(agent::key(wanted)?)));
    }
    let not_a_key = || SignatureError::NotAKey { path: path.to_owned() };
    let text = std::fs::read_to_string(path).map_err(|cause| SignatureError::Read { path: path.to_owned(), cause })?;
    let key = PrivateKey::from_openssh(&text).map_err(|_error| not_a_key())?;
    let key = match (key.is_encrypted(), passphrase) {
        (false, _) => key,
        (true, None) => return Err(SignatureError::NeedsPassphrase { path: path.to_owned() }),
        (true, Some(passphrase)) => key.decrypt(passphrase).map_err(|_error| SignatureError::WrongPassphrase { path: path.to_owned() })?,
    };
    if key.key_data().ed25519().is_none() {
        return Err(not_a_key());
    }
    Ok(ExaminerKey::File(Box::new(key)))
}

/// Which key of ssh-agent a text means, if it means one.
pub fn of_agent(text: &str) -> Option<&str> {
    if text == "agent" { Some("") } else { text.strip_prefix("agent:") }
}

/// Rounds of bcrypt for a new key's passphrase, as ssh-keygen has them.
const ROUNDS: u32 = 16;

/// Makes an Ed25519 key in the form of OpenSSH and writes `path` (mode 0600) and `path.pub`.
pub fn make_key(path: &Path, passphrase: Option<&str>, comment: &str) -> Result<(), SignatureError> {
    use ssh_key::private::{Ed25519Keypair, KeypairData};
    let failed = |error: &dyn std::fmt::Display| SignatureError::Sign(error.to_string());
    let (mut seed, mut salt, mut check) = ([0; 32], [0; 16], [0; 4]);
    for bytes in [&mut seed[..], &mut salt[..], &mut check[..]] {
        getrandom::fill(bytes).map_err(|error| failed(&error))?;
    }
    let comment: String = comment.chars().filter(|character| !character.is_control()).collect();
    let key = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)), comment).map_err(|error| failed(&error))?;
    let public = key.public_key().to_openssh().map_err(|error| failed(&error))?;
    let key = match passphrase {
        None => key,
        Some(passphrase) => {
            let kdf = ssh_key::Kdf::Bcrypt { salt: salt.to_vec(), rounds: ROUNDS };
            key.encrypt_with(ssh_key::Cipher::Aes256Ctr, kdf, u32::from_be_bytes(check), passphrase).map_err(|error| failed(&error))?
        }
    };
    let text = key.to_openssh(LineEnding::LF).map_err(|error| failed(&error))?;
    let mut public_path = path.as_os_str().to_owned();
    public_path.push(".pub");
    let failed = |cause| SignatureError::Read { path: path.to_owned(), cause };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    write_whole(path, text.as_bytes(), false, 0o600).map_err(failed)?;
    write_whole(Path::new(&public_path), format!("{public}\n").as_bytes(), false, 0o644).map_err(failed)
}

impl ExaminerKey {
    fn public(&self) -> &PublicKey {
        match self {
            Self::File(key) => key.public_key(),
            Self::Agent(key) => key,
        }
    }

    /// The public key's bytes.
    pub fn material(&self) -> Option<Material> {
        ssh::material(self.public().key_data())
    }

    /// The public key as one line, as in `id_ed25519.pub`.
    pub fn public_line(&self) -> String {
        // A key that was read can be written; a remark is what a file of signers takes in its place.
        self.public().to_openssh().unwrap_or_else(|error| format!("# the key cannot be written: {error}"))
    }

    /// The fingerprint as OpenSSH prints it.
    pub fn fingerprint(&self) -> String {
        self.public().fingerprint(HashAlg::Sha256).to_string()
    }

    /// Signs a message; the text of the signature file.
    pub fn sign(&self, message: &[u8]) -> Result<String, SignatureError> {
        let failed = |error: ssh_key::Error| SignatureError::Sign(error.to_string());
        let signature = match self {
            Self::File(key) => SshSig::sign(key.as_ref(), NAMESPACE, HashAlg::Sha512, message).map_err(failed)?,
            Self::Agent(key) => {
                let data = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, message).map_err(failed)?;
                let signature = agent::sign(key, &data)?;
                SshSig::new(key.key_data().clone(), NAMESPACE, HashAlg::Sha512, signature).map_err(failed)?
            }
        };
        signature.to_pem(LineEnding::LF).map_err(failed)
    }
}
