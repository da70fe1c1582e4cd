//! A time-stamping authority that openssl plays in a temporary folder.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use sealscope::trust::time_stamp::{Authority, TimeStamp, TimeStampError, Trust, authorities, request};
use tempfile::TempDir;

pub const DATA: &[u8] = b"the signature over a sealed log";

const SETTINGS: &str = r"
[ca]
default_ca = main
[main]
new_certs_dir = .
database = index.txt
serial = serial
default_md = sha256
policy = any
unique_subject = no
default_days = 3000
default_startdate = 20250101000000Z
[any]
organizationName = optional
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[voiceless]
basicConstraints = critical,CA:TRUE
keyUsage = critical,cRLSign
[coder]
basicConstraints = critical,CA:TRUE
extendedKeyUsage = codeSigning
[stamper]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
[purposeless]
basicConstraints = CA:FALSE
[loose]
extendedKeyUsage = timeStamping
[double]
extendedKeyUsage = critical,timeStamping,codeSigning
[encipherer]
keyUsage = critical,keyEncipherment
extendedKeyUsage = critical,timeStamping
[reply]
serial = stamps
crypto_device = builtin
default_policy = 1.2.3.4.1
digests = sha256,sha384,sha512
accuracy = secs:1,millisecs:500,microsecs:100
clock_precision_digits = 3
ordering = yes
tsa_name = yes
signer_digest = sha256
ess_cert_id_alg = sha256
[old_reply]
serial = stamps
crypto_device = builtin
default_policy = 1.2.3.4.1
digests = sha256,sha384,sha512,sha1
signer_digest = sha512
ess_cert_id_alg = sha1
";

pub struct Place {
    pub folder: TempDir,
    answering: Mutex<()>,
    queries: AtomicUsize,
}

/// The folder is shared by the tests that run at the same time, and goes away with the last one.
static SHARED: Mutex<Weak<Place>> = Mutex::new(Weak::new());

pub fn place() -> Option<Arc<Place>> {
    let mut shared = SHARED.lock().unwrap();
    if let Some(place) = shared.upgrade() {
        return Some(place);
    }
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: openssl is missing");
        return None;
    }
    let place = Arc::new(Place { folder: TempDir::new().unwrap(), answering: Mutex::new(()), queries: AtomicUsize::new(0) });
    place.set_up();
    *shared = Arc::downgrade(&place);
    Some(place)
}

impl Place {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Runs openssl with words parted by spaces; gives whether it went well, and what it said.
    pub fn try_openssl(&self, words: &str) -> (bool, String) {
        let output = Command::new("openssl").args(words.split(' ')).current_dir(self.folder.path()).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    pub fn openssl(&self, words: &str) -> String {
        let (well, said) = self.try_openssl(words);
        assert!(well, "openssl {words}: {said}");
        said
    }

    pub fn key(&self, name: &str, kind: &str) {
        self.openssl(&format!("genpkey -algorithm {kind} -out {name}.key"));
    }

    /// A certificate for a fresh key, signed by `issuer`, or by itself.
    pub fn certificate(&self, name: &str, kind: &str, issuer: &str, extensions: &str, more: &str) {
        self.key(name, kind);
        self.openssl(&format!("req -new -config req.cnf -key {name}.key -subj /O=Example/CN={name} -out {name}.req"));
        let by = if issuer == name { "-selfsign".to_owned() } else { format!("-cert {issuer}.pem") };
        self.openssl(&format!(
            "ca -batch -notext -config settings -extensions {extensions} -keyfile {issuer}.key {by} -in {name}.req -out {name}.pem{more}"
        ));
        self.openssl(&format!("x509 -in {name}.pem -outform DER -out {name}.der"));
    }

    pub fn set_up(&self) {
        self.write("settings", SETTINGS);
        self.write("req.cnf", "[req]\ndistinguished_name = name\n[name]\n");
        self.write("index.txt", "");
        self.write("serial", "1000");
        self.write("stamps", "0100");
        let elliptic = |curve: &str| format!("EC -pkeyopt ec_paramgen_curve:{curve}");
        let rsa = "RSA -pkeyopt rsa_keygen_bits:2048";
        self.certificate("root", rsa, "root", "authority", "");
        self.certificate("stranger", &elliptic("P-256"), "stranger", "authority", "");
        self.certificate("middle", &elliptic("P-384"), "root", "authority", "");
        self.certificate("mute", &elliptic("P-256"), "root", "voiceless", "");
        self.certificate("rsa", rsa, "root", "stamper", "");
        self.certificate("small", "RSA -pkeyopt rsa_keygen_bits:1024", "root", "stamper", "");
        self.certificate("p256", &elliptic("P-256"), "root", "stamper", "");
        self.certificate("p384", &elliptic("P-384"), "root", "stamper", "");
        self.certificate("p521", &elliptic("P-521"), "root", "stamper", "");
        self.certificate("ed25519", "ED25519", "root", "stamper", "");
        self.certificate("chained", &elliptic("P-256"), "middle", "stamper", "");
        self.certificate("unheard", &elliptic("P-256"), "mute", "stamper", "");
        self.certificate("issued", &elliptic("P-256"), "p256", "stamper", "");
        self.certificate("coder", &elliptic("P-256"), "root", "coder", "");
        self.certificate("limited", &elliptic("P-256"), "coder", "stamper", "");
        self.certificate("past", &elliptic("P-256"), "root", "stamper", " -startdate 20200101000000Z -enddate 20210101000000Z");
        self.certificate("gone", &elliptic("P-256"), "gone", "authority", " -startdate 20200101000000Z -enddate 20210101000000Z");
        self.certificate("orphan", &elliptic("P-256"), "gone", "stamper", "");
        for name in ["purposeless", "loose", "double", "encipherer"] {
            self.certificate(name, &elliptic("P-256"), "root", name, "");
        }
        self.write("data", DATA);
    }

    pub fn trusted(&self, name: &str) -> Vec<Authority> {
        authorities(&String::from_utf8(self.read(&format!("{name}.pem"))).unwrap()).unwrap()
    }

    /// Has openssl answer a query file.
    pub fn answer(&self, query: &str, signer: &str, more: &str) -> Vec<u8> {
        let _one_at_a_time = self.answering.lock().unwrap();
        self.openssl(&format!(
            "ts -reply -config settings -section reply -queryfile {query} -signer {signer}.pem -inkey {signer}.key -out {query}.answer{more}"
        ));
        self.read(&format!("{query}.answer"))
    }

    pub fn stamped(&self, signer: &str, more: &str) -> Vec<u8> {
        let query = format!("{signer}.{}.query", self.queries.fetch_add(1, Ordering::Relaxed));
        self.write(&query, request(DATA, Some(77)).unwrap());
        self.answer(&query, signer, more)
    }
}

pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

#[track_caller]
pub fn unknown(outcome: Result<TimeStamp, TimeStampError>, word: &str) {
    match outcome.unwrap().trust {
        Trust::Unknown(why) => assert!(why.contains(word), "{why}"),
        Trust::Trusted => panic!("trusted"),
    }
}

#[track_caller]
pub fn fails(outcome: Result<TimeStamp, TimeStampError>, word: &str) {
    let said = outcome.unwrap_err().to_string();
    assert!(said.contains(word), "{said}");
}
