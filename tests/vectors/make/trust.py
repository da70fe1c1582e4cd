#!/usr/bin/env python3
"""Makes the vectors `trust-*` and `command-*`: python3 tests/vectors/make/trust.py. Needs the package cryptography; the same bytes every time."""
import base64, hashlib, hmac, json, pathlib, shutil, struct
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives import serialization as ser

ROOT = pathlib.Path(__file__).resolve().parent.parent
DAY = 1_772_841_600  # 2026-03-07 00:00:00 UTC
NOON = DAY + 43_200
ORIGIN = "acme.example/audit/payments"


def b64(data):
    return base64.b64encode(data).decode()


class Key:
    def __init__(self, name, seed, kind=4):
        self.name, self.kind = name, kind
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"vector {seed}".encode()).digest())
        self.public = self.private.public_key().public_bytes(ser.Encoding.Raw, ser.PublicFormat.Raw)
        self.id = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + self.public).digest()[:4]

    def vkey(self):
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    def ssh(self):
        part = lambda data: struct.pack(">I", len(data)) + data
        return "ssh-ed25519 " + b64(part(b"ssh-ed25519") + part(self.public))

    def pem(self):
        return self.private.public_key().public_bytes(ser.Encoding.PEM, ser.PublicFormat.SubjectPublicKeyInfo).decode()

    def line(self, text, seconds):
        if self.kind == 4:
            signed = f"cosignature/v1\ntime {seconds}\n{text}".encode()
            body = struct.pack(">Q", seconds) + self.private.sign(signed)
        else:
            body = self.private.sign(text.encode())
        return f"— {self.name} {b64(self.id + body)}\n"


def root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()


def frontier(leaves):
    parts, start = [], 0
    for bit in reversed(range(len(leaves).bit_length())):
        if len(leaves) >> bit & 1:
            parts.append(root(leaves[start:start + (1 << bit)]))
            start += 1 << bit
    return parts


def record(number):
    at = NOON - 3600 + number
    time = f"2026-03-07T{at % 86400 // 3600:02}:{at % 3600 // 60:02}:{at % 60:02}Z"
    return json.dumps({"time": time, "actor": "ci-deployer", "actor_type": "service", "action": "read", "target": f"thing-{number}",
                       "outcome": "success"}, separators=(",", ":")).encode()


class Log:
    """A log of sealed segments, version 2, three records each."""

    def __init__(self, folder, origin=ORIGIN):
        self.folder, self.origin, self.leaves, self.number = folder, origin, [], 0

    def seal(self, signers, seconds=NOON, name=None):
        first, name = len(self.leaves), name or f"{self.number:03}.jsonl"
        secret = hashlib.sha256(f"secret {self.number}".encode()).digest()
        before = frontier(self.leaves)
        records = [record(first + offset) for offset in range(3)]
        for offset, line in enumerate(records):
            salt = hmac.new(secret, struct.pack(">Q", first + offset), hashlib.sha256).digest()[:16]
            kind = 1 | (4 if offset == 0 else 0)
            self.leaves.append(hashlib.sha256(b"\x00" + bytes([kind]) + salt + line).digest())
        text = f"{self.origin}\n{len(self.leaves)}\n{b64(root(self.leaves))}\n"
        head = f"sealscope.dev/segment@v2\nunit line\nfirst {first}\nsecret {b64(secret)}\n" + "".join(f"frontier {b64(h)}\n" for h in before)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(b"\n".join(records) + b"\n")
        seal = head + "\n" + text + "\n" + "".join(key.line(text, seconds) for key in signers)
        (self.folder / f"{name}.seal").write_text(seal)
        self.number += 1
        return self


KEY = Key(ORIGIN, "payments")
KINDS = {"hostile": ROOT / "hostile", "harmless": ROOT / "harmless"}
for folder in KINDS.values():
    for old in folder.glob("*"):
        if old.name.startswith(("trust-", "command-")):
            shutil.rmtree(old)


def vector(kind, name, move, expect, trust=None, signers=(KEY,), seconds=NOON, origin=ORIGIN, segments=1, more=()):
    folder = KINDS[kind] / name
    log = Log(folder / "evidence", origin)
    for number in range(segments):
        log.seal(signers, seconds + number)
    for index, text in enumerate([trust, *more] if trust is not None else []):
        data = text if isinstance(text, bytes) else text.encode()
        (folder / ("trust" if index == 0 else f"trust-{index + 1}")).write_bytes(data)
    tail = "" if len(move.strip()) > 120 else "\nNothing else differs from a log that is sealed as it should be."
    (folder / "move.md").write_text(move.strip() + tail + "\n")
    (folder / "expect.json").write_text(json.dumps(expect) + "\n")
    return folder / "evidence"


def refused(name, who, trust, more=()):
    vector("hostile", name, f"{who}\nThe trust file is refused (exit 3): what it was meant to say must not be passed over, since the verdict would rest on less.",
           {"exit": 3, "require_sealed_exit": 3}, trust, more=more)


def not_sealed(name, who, trust, findings=(), codes=(0, 1, 2), **how):
    expect = {"exit": list(codes), "require_sealed_exit": [1, 2], "sealed": 0, "verdict": ["consistent", "broken", "unchecked"], "ladder_not_proved": [0, 1]}
    if findings:
        expect["findings"] = list(findings)
    vector("hostile", name, f"{who}\nNothing may be called sealed.", expect, trust, **how)


def sealed(name, who, trust, **how):
    number = 3 * how.get("segments", 1)
    expect = {"exit": 0, "require_sealed_exit": 0, "verdict": "sealed", "sealed": number}
    return vector("harmless", name, who, expect, trust, **how)


OWN = KEY.vkey() + "\n"
toml = lambda more: f'[[key]]\nkey = "{KEY.vkey()}"\n{more}\n'
careless = "Careless honest user: "

# Trust files that cannot be meant as they stand.
refused("trust-toml-unknown-word", careless + "`orign` for `origins`, so the key would speak for more than was meant.", toml('orign = ["acme.example/audit/hr"]'))
refused("trust-toml-unknown-table", careless + "`[[keys]]` for `[[key]]`: the limits of the second entry would be lost.", OWN and toml("") + '[[keys]]\nkey = "x"\n')
refused("trust-toml-until-no-date", careless + "`until` is 30 February. Read as “no limit” it would trust a key that was given up.", toml('until = "2026-02-30"'))
refused("trust-toml-until-time-only", careless + "`until` is a time of day without a date.", toml("until = 12:00:00"))
refused("trust-toml-role-misspelt", careless + "`role = \"witnes\"`: the key would sign as the log.", toml('role = "witnes"'))
refused("trust-toml-until-before-from", careless + "The key ends before it starts.", toml("from = 2026-03-08\nuntil = 2026-03-07"))
refused("trust-toml-origin-star", careless + "`*` would be every log there is.", toml('origins = ["*"]'))
refused("trust-toml-origin-half-star", careless + "`acme.example/a*` looks like a pattern and is none.", toml('origins = ["acme.example/a*"]'))
refused("trust-toml-origins-empty", careless + "`origins = []` could mean none or any.", toml("origins = []"))
refused("trust-toml-cut-off", "Whoever can write to the trust file, or a full disk: it ends in the middle of an entry that limited the key.", toml('until = "2026-01-0'))
refused("trust-toml-word-twice", "Two readers would take two values: `role` stands twice.", toml('role = "witness"\nrole = "log"'))
refused("trust-toml-secret-as-log", careless + "a shared secret, which anyone who verifies can forge with, is given the role of a log's signer.",
        toml("") + '[[key]]\nname = "toolkit"\nsecret = "s3cret"\nrole = "log"\n')
refused("trust-toml-name-differs", careless + "the entry calls the key by a name that its signatures do not carry.", toml('name = "acme.example/audit"'))
refused("trust-toml-policy-unreadable", careless + "the policy inside misspells `quorum`, so no witness would be needed.",
        'policy = """\nwitness W ' + Key("w.example", "w").vkey() + '\nquorun W\n"""\n' + toml(""))
refused("trust-lines-until-no-date", careless + "`until next year` was read as “no limit”.", OWN + "  until next year\n")
refused("trust-lines-from-no-date", careless + "`from 2026-13-01` was read as “no limit”.", OWN + "  from 2026-13-01\n")
refused("trust-lines-orign-misspelt", careless + "`orign` below a key was passed over.", OWN + "  orign acme.example/audit/hr\n")
refused("trust-lines-role-misspelt", careless + "`role witnes` was passed over, so the witness signed as the log.", OWN + "  role witnes\n")
refused("trust-lines-limit-behind-key", careless + "the limit stands on the key's own line, where it was passed over.", KEY.vkey() + " until 2026-01-01\n")
refused("trust-lines-until-twice", careless + "two ends for one key; the later one won.", OWN + "  until 2026-01-01\n  until 2027-01-01\n")
refused("trust-lines-not-indented", careless + "a limit that is not indented belongs to no key.", OWN + "until 2026-01-01\n")
refused("trust-lines-policy-unreadable", careless + "the stored policy misspells `quorum`; it was dropped and no witness was needed.",
        OWN + "policy: witness W " + Key("w.example", "w").vkey() + "\npolicy: quorun W\n")
refused("trust-lines-secret-with-spaces", careless + "a secret with a space; its tail was passed over.", OWN + "hmac toolkit two words\n")
refused("trust-key-mistyped", careless + "one letter of the key is wrong; its own identifier shows it.", KEY.vkey().replace(KEY.id.hex(), f"{int(KEY.id.hex(), 16) ^ 1:08x}") + "\n")
WITNESS = Key("witness.example/w1", "w1")
POLICY = f"log {KEY.vkey()}\nwitness W1 {WITNESS.vkey()}\nquorum W1\n"
refused("trust-two-policies", careless + "two policies, of which the laxer was read last and silently won.", POLICY, more=[f"log {KEY.vkey()}\nquorum none\n"])
refused("trust-allowed-unknown-option", careless + "`valid-befor` in allowed_signers: ssh-keygen refuses the line, we passed it over.", OWN + f'maria valid-befor="20260101Z" {KEY.ssh()}\n')
refused("trust-allowed-no-quotation-marks", careless + "`valid-before=20260101Z` without quotation marks: ssh-keygen refuses it.", OWN + f"maria valid-before=20260101Z {KEY.ssh()}\n")
refused("trust-allowed-no-date", careless + "`valid-before=\"soon\"`.", OWN + f'maria valid-before="soon" {KEY.ssh()}\n')
refused("trust-allowed-cert-authority", "Another role's key: an authority's line vouches for certificates, never for what the authority's key signs itself; such certificates are not verified here, and it says so.",
        OWN + f"*@acme.example cert-authority {KEY.ssh()}\n")
refused("trust-allowed-cert-authority-capitals", "The same with `CERT-AUTHORITY` behind another option; ssh-keygen knows it in capitals too.",
        OWN + f'*@acme.example namespaces="file",CERT-AUTHORITY {KEY.ssh()}\n')
refused("trust-pem-limit-beside", careless + "a limit below a PEM key was passed over.", KEY.pem() + "  until 2026-01-01\n")
refused("trust-pem-second-block-unreadable", careless + "the second of two PEM blocks is damaged and was passed over.", KEY.pem() + KEY.pem().replace("MCow", "MCox"))
refused("trust-private-key-given", careless + "the private key was given in place of the public one.",
        KEY.private.private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, ser.NoEncryption()).decode())
LIST = lambda end: json.dumps({"PublicKeyList": [{"Value": "MAYCAQUCAQM=", "Fingerprint": "00ff", "ValidityStartTime": "2026-01-01T00:00:00Z", "ValidityEndTime": end}]})
refused("trust-key-list-date-unreadable", careless + "the end of a CloudTrail key's validity cannot be read; it was taken for none.", LIST("later"))
refused("trust-key-list-value-damaged", careless + "one key of the list is no key.", LIST("2027-01-01T00:00:00Z").replace("MAYC", "MAYD"))
refused("trust-binary-file", careless + "the file given as trust is not text.", b"\xff\xfe" + OWN.encode())
refused("trust-empty-file", careless + "the trust file holds no key at all.", "# nothing yet\n")

# Keys in a role, for a log or at a time that they are not trusted for.
not_sealed("trust-examiner-line-on-log", "Another role's key: the log is signed with a key that is trusted as an examiner's, by an allowed_signers line.", f"maria {KEY.ssh()}\n")
not_sealed("trust-examiner-role-on-log", "Another role's key: an examiner's, in the very form of a log's.", toml('role = "examiner"'))
not_sealed("trust-witness-role-on-log", "A lesser key: a witness signs a checkpoint of its own making. It vouches for time and history, never for content.", toml('role = "witness"'))
not_sealed("trust-witness-line-on-log", "A lesser key: a `witness` line outside a policy made a log's signer of it.", f"witness W {KEY.vkey()}\n")
OTHER = Key("acme.example/audit/hr", "hr")
not_sealed("trust-other-log", "A lesser key: the key of another log of the house, by its own name.", OTHER.vkey() + "\n", signers=(OTHER,), findings=["key-not-for-origin"])
PREFIX = Key("acme.example/audit/pay", "pay")
not_sealed("trust-name-is-only-a-prefix", "A lesser key: `…/pay` is the beginning of `…/payments`, but not the folder above it.", PREFIX.vkey() + "\n", signers=(PREFIX,), findings=["key-not-for-origin"])
BELOW = Key(ORIGIN + "/eu", "eu")
not_sealed("trust-key-of-a-part", "A lesser key: the key of a part of the log signs the whole.", BELOW.vkey() + "\n", signers=(BELOW,), findings=["key-not-for-origin"])
CAPITAL = Key(ORIGIN.upper(), "capital")
not_sealed("trust-name-in-capitals", "A look-alike: the key's name is the log's in capitals.", CAPITAL.vkey() + "\n", signers=(CAPITAL,))
not_sealed("trust-stated-origins-only", "A lesser key: its owner limited it to another log, so its own name no longer counts.", toml('origins = ["acme.example/audit/hr"]'), findings=["key-not-for-origin"])
not_sealed("trust-star-is-not-the-folder", "A lesser key: trusted for what lies under a name, it signs a log of that very name.", toml(f'origins = ["{ORIGIN}/*"]'), findings=["key-not-for-origin"])
not_sealed("trust-old-key", "An old key: given up at the end of February, used in March.", toml("until = 2026-02-28"), findings=["key-not-valid"])
not_sealed("trust-key-not-yet-valid", "A key that is to count from April on signs in March.", toml("from = 2026-04-01"), findings=["key-not-valid"])
not_sealed("trust-until-ends-with-its-day", "An old key: used in the first second after its last day.", toml("until = 2026-03-07"), seconds=DAY + 86_400, findings=["key-not-valid"])
not_sealed("trust-lines-until-ends-with-its-day", "The same with a key file of lines.", OWN + "  until 2026-03-07\n", seconds=DAY + 86_400, findings=["key-not-valid"])
PLAIN = Key(ORIGIN, "plain", 1)
not_sealed("trust-dates-without-time", "An old key signs without a time, so that no date can be held against it.", f'[[key]]\nkey = "{PLAIN.vkey()}"\nuntil = 2027-01-01\n', signers=(PLAIN,), findings=["key-not-valid"])
not_sealed("trust-dates-with-time-zero", "An old key signs with time 0, which is no time.", toml("until = 2027-01-01"), seconds=0, findings=["key-not-valid"])
not_sealed("trust-old-key-beside-new", "An old key, while the new one is trusted for the same log.", f'[[key]]\nkey = "{KEY.vkey()}"\nuntil = 2026-02-28\n\n[[key]]\nkey = "{Key(ORIGIN, "new").vkey()}"\nfrom = 2026-03-01\n')
not_sealed("trust-quorum-missed", "Whoever holds the sealer's key, alone: the user's policy asks for a witness.", POLICY)
not_sealed("trust-quorum-missed-toml", "The same with the policy in the TOML form, where the keys are listed by themselves.", f'policy = """\n{POLICY}"""\n' + toml(""))
not_sealed("trust-quorum-missed-lines", "The same with a policy that an earlier version stored among lines; it was dropped when read.", OWN + "".join(f"policy: {line}\n" for line in POLICY.splitlines()))
STRANGER = Key("witness.example/w1", "stranger")
not_sealed("trust-quorum-by-a-stranger", "No key: a stranger cosigns under the witness's name.", POLICY, signers=(KEY, STRANGER))
not_sealed("trust-quorum-by-the-log-itself", "Whoever holds the sealer's key signs twice in place of the witness.", POLICY, signers=(KEY, KEY))
not_sealed("trust-unknown-key", "No key: the whole log is made anew and signed with a key of the attacker's under the true name.", OWN, signers=(Key(ORIGIN, "attacker"),))

# Harmless.
sealed("trust-until-whole-day", "Careless honest user: the key's last day is named by its date alone, and the log was sealed in that day's last second.", toml("until = 2026-03-07"), seconds=DAY + 86_399)
sealed("trust-from-whole-day", "The key's first day by its date alone; sealed in its first second.", toml('from = "2026-03-07"'), seconds=DAY)
sealed("trust-lines-as-ever", "A key file of lines with origin, note, from, until and added, as earlier versions stored it. It reads as it always did.",
       "# Keys that Sealscope trusts.\n" + OWN + f"  origin {ORIGIN}\n  role log\n  note read over the telephone\n  from 2026-01-01T00:00:00Z\n  until 2026-12-31T00:00:00Z\n  added 2026-03-01T10:00:00.5Z\n")
sealed("trust-crlf-and-mark", "A key file saved by an editor of another system: byte order mark, CR LF, blank lines, remarks.", ("\ufeff# mine\r\n\r\n" + OWN.strip() + "   \r\n").encode())
sealed("trust-toml-crlf-and-mark", "The TOML form saved by such an editor.", ("\ufeff" + toml('note = "mine"').replace("\n", "\r\n")).encode())
sealed("trust-key-with-remark", "A remark behind the key, as people write it.", KEY.vkey() + "  # read over the telephone, 2026-03-01\n")
FOLDER = Key("acme.example/audit", "folder")
sealed("trust-key-of-the-folder-above", "One key for all logs that lie under its name.", FOLDER.vkey() + "\n", signers=(FOLDER,))
sealed("trust-origins-with-star", "A key with a name of its own, trusted for all logs under a folder.", f'[[key]]\nkey = "{OTHER.vkey()}"\norigins = ["acme.example/audit/*"]\n', signers=(OTHER,))
sealed("trust-many-other-keys", "The normal case: one file with the keys of many logs, of an examiner, shared secrets and a list of CloudTrail's keys. None of them is meant for this log, so none raises an alarm.",
       toml("") + f'[[key]]\nkey = "{OTHER.vkey()}"\n\n[[key]]\nname = "toolkit"\nsecret = "two words"\n\n[[key]]\nname = "old"\ntype = "hmac"\nbase64 = "/wD+"\n\n'
       f'[[key]]\nname = "maria"\nkey = "{OTHER.ssh()}"\nnamespaces = ["file"]\n', more=[LIST("2027-01-01T00:00:00Z"), f"maria {KEY.ssh()}\n"])
sealed("trust-quorum-met", "The policy's witness cosigned.", POLICY, signers=(KEY, WITNESS))
sealed("trust-same-policy-twice", "The same policy given twice, once with remarks: that is no second policy.", POLICY, signers=(KEY, WITNESS), more=["# as of March\n\n" + POLICY.replace(" ", "  ")])
sealed("trust-policy-lines-stored", "A policy stored among lines by an earlier version, with its keys.", OWN + f"{WITNESS.vkey()}\n  role witness\n" + "".join(f"policy: {line}\n" for line in POLICY.splitlines()), signers=(KEY, WITNESS))
sealed("trust-two-statements", "The key is trusted by two files, one of which ended earlier. Each statement holds for itself.", toml("until = 2026-02-28"), more=[toml("from = 2026-03-01")])
sealed("trust-allowed-signers-beside", "allowed_signers as ssh-keygen reads it, with remarks, patterns, quotation marks and options, beside the log's key.",
       OWN, more=[f'# who may sign\n"maria x,joe" namespaces="file,evidence*",valid-after="20260101Z" {OTHER.ssh()} a remark\n*@acme.example,!eve@acme.example {OTHER.ssh()}\n'])
sealed("trust-two-segments", "Two segments of one log, one key.", OWN, segments=2)

# Our own commands.
evidence = sealed("command-leftovers", "Careless honest user: `seal` and `receive` were killed in the middle. What they left is named under Left out, and is no evidence.", OWN, segments=2)
(evidence / ".sealscope-seal-k3Jx9a.tmp").write_bytes((evidence / "001.jsonl.seal").read_bytes()[:90])
(evidence / ".sealscope-file-Qq8sPd.tmp").write_bytes((evidence / "001.jsonl.seal").read_bytes())
(evidence / ".sealscope-folder.lock").write_bytes(b"")
(evidence / ".sealscope-receive-m2Lw0z.tmp").mkdir()
(evidence / ".sealscope-receive-m2Lw0z.tmp" / "000.jsonl").write_bytes((evidence / "000.jsonl").read_bytes()[:100])
folder = KINDS["hostile"] / "command-hidden-as-leftover"
evidence = vector("hostile", folder.name, "No key: the segment in the middle is given the name of a leftover of ours, with its seal, so that it is left out. It is missing all the same.",
                  {"exit": [1, 2], "require_sealed_exit": [1, 2], "findings": ["gap"], "sealed_at_most": 6, "ladder_not_proved": [1]}, OWN, segments=3)
(evidence / "001.jsonl").rename(evidence / ".sealscope-file-aaaaaa.tmp")
(evidence / "001.jsonl.seal").rename(evidence / ".sealscope-file-bbbbbb.tmp")
evidence = vector("hostile", "command-two-sealings-at-once", "Careless honest user of the program as it was: two `seal` at once continued the log from the same record. The two histories cannot both be the log's; they must not pass as one.",
                  {"exit": 1, "require_sealed_exit": 1, "verdict": "broken"}, OWN, segments=1)
for name in ("001a.jsonl", "001b.jsonl"):
    log = Log(evidence)
    log.seal((KEY,), NOON)
    log.number = ord(name[3])
    log.seal((KEY,), NOON + 5, name)
