#!/usr/bin/env python3
"""Makes the vectors whose names begin with chain- and receipt-. Needs the Python package `cryptography`.

    python3 tests/vectors/make_chains.py

All keys and times are fixed, so that the files come out the same each time.
"""
import base64, copy, gzip, hashlib, hmac, io, json, os, shutil, sqlite3, struct
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ROOT = os.path.dirname(os.path.abspath(__file__))
ZEROS = "0" * 64
NO_KEY = "An attacker who can write beside the evidence and has no key."


def sha(data):
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def signer(seed):
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def public(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def trust(name, key, origins=(), extra=""):
    lines = f"ed25519 {name} {base64.b64encode(public(key)).decode()}\n"
    return lines + "".join(f"  origin {origin}\n" for origin in origins) + extra


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def did_key(key):
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    data = b"\xed\x01" + public(key)
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = alphabet[rest] + text
    return "did:key:z" + text


def save(kind, name, move, files, expect, trusts=()):
    folder = os.path.join(ROOT, kind, name)
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in files.items():
        full = os.path.join(folder, "evidence", path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if isinstance(content, list):
            content = "".join(line + "\n" for line in content)
        with open(full, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
    for index, text in enumerate([trusts] if isinstance(trusts, str) else trusts):
        with open(os.path.join(folder, "trust" if index == 0 else f"trust-{index + 1}"), "w") as file:
            file.write(text)
    with open(os.path.join(folder, "move.md"), "w") as file:
        file.write(move.strip() + "\n")
    with open(os.path.join(folder, "expect.json"), "w") as file:
        file.write(json.dumps(expect) + "\n")


def hostile(name, move, files, expect, trusts=()):
    save("hostile", name, move, files, expect, trusts)


def harmless(name, move, files, expect, trusts=()):
    save("harmless", name, move, files, expect, trusts)


# --- the plain chain: RFC 8785 of everything but the hash

def plain(count, start=0, previous=ZEROS, actor="robot", day=7, tag=""):
    lines = []
    for seq in range(start, start + count):
        body = {"seq": seq, "ts": f"2026-03-{day:02}T00:{seq // 60:02}:{seq % 60:02}Z", "actor": actor, "action": "read", "target": f"thing{tag}-{seq}", "prev_hash": previous}
        previous = sha(compact(body))
        lines.append(json.dumps({**body, "hash": previous}))
    return lines


def last(lines, name="hash"):
    return json.loads(lines[-1])[name]


# --- keyed chain of bernstein

SECRET = "correct-horse-battery-staple"


def keyed(count, secret=SECRET, previous=ZEROS, start=0):
    lines = []
    for index in range(start, start + count):
        body = {"timestamp": f"2026-03-07T00:00:{index:02}Z", "event_type": "task.done", "actor": "manager", "resource_id": str(index), "prev_hmac": previous}
        text = previous + json.dumps(body, sort_keys=True)
        previous = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        lines.append(json.dumps({**body, "hmac": previous}))
    return lines


# --- agent receipts

class Receipts:
    def __init__(self, chain="c", issuer="did:agent:helper", method=None):
        self.chain, self.issuer, self.method = chain, issuer, method or issuer + "#key-1"
        self.previous, self.sequence, self.lines = None, 0, []

    def add(self, key, **change):
        self.sequence += 1
        number = self.sequence
        moment = change.pop("moment", f"2026-03-07T00:00:{number:02}Z")
        body = {
            "id": f"urn:receipt:{self.chain}:{number}", "type": ["VerifiableCredential", "AgentReceipt"], "version": "0.5.0",
            "issuer": {"id": change.pop("issuer", self.issuer)}, "issuanceDate": moment,
            "credentialSubject": {
                "principal": {"id": "did:user:maria"},
                "action": {"id": f"act_{number}", "type": "tool.call", "timestamp": moment},
                "outcome": {"status": "success"},
                "chain": {"chain_id": self.chain, "sequence": number, "previous_receipt_hash": self.previous},
            },
        }
        if change.pop("terminal", False):
            body["credentialSubject"]["chain"]["terminal"] = True
        after = change.pop("hand_over", None)
        if after:
            body["credentialSubject"]["keyRotation"] = {"event_type": "key_rotated", "signed_with": "old", "new_public_key": "u" + b64url(public(after))}
        text = compact(body)
        self.previous = "sha256:" + sha(text)
        body["proof"] = {"type": "Ed25519Signature2020", "verificationMethod": change.pop("method", self.method), "proofValue": "u" + b64url(key.sign(text.encode()))}
        self.lines.append(json.dumps(body))
        return self


def receipts(count, key, chain="c", issuer="did:agent:helper", method=None):
    made = Receipts(chain, issuer, method)
    for _ in range(count):
        made.add(key)
    return made


def edit(line, change):
    value = json.loads(line)
    change(value)
    return json.dumps(value)


KEY, OTHER, THIRD = signer(5), signer(6), signer(7)
HELPER = trust("helper", KEY)


def put(*path_and_value):
    *path, name, value = path_and_value

    def change(record):
        for part in path:
            record = record[part]
        record[name] = value
    return change


def take(*path):
    def change(record):
        for part in path[:-1]:
            record = record[part]
        del record[path[-1]]
    return change


def hostile_chains():
    lines = plain(40)
    hostile("chain-record-altered", f"{NO_KEY} One record's action was changed, its hash left as it was. Its content does not give the hash.",
            {"log/chain.jsonl": [*lines[:20], lines[20].replace("read", "edit"), *lines[21:]]}, {"exit": 1, "verdict": "broken", "findings": ["record-altered"]})
    hostile("chain-middle-removed-by-splitting", f"{NO_KEY} The file was cut in three, and the middle one removed. The last part names a record that is not here, while earlier ones of the chain are.",
            {"log/a.jsonl": lines[:15], "log/c.jsonl": lines[25:]}, {"exit": 1, "verdict": "broken", "findings": ["record-removed"], "ladder_not_proved": [0, 1, 2, 3]})
    hostile("chain-middle-removed-subfolder", f"{NO_KEY} The file was cut in three, the middle removed, and the last part moved to a subfolder, so that each folder looks like a log of its own.",
            {"log/a.jsonl": lines[:15], "log/sub/c.jsonl": lines[25:]}, {"exit": 1, "verdict": "broken", "findings": ["gap"], "ladder_not_proved": [0, 1]})
    hostile("chain-middle-removed-parent-folder", f"{NO_KEY} As above, but the earlier part was moved into the subfolder and the later one left.",
            {"log/sub/a.jsonl": lines[:15], "log/c.jsonl": lines[25:]}, {"exit": 1, "findings": ["gap"], "ladder_not_proved": [0, 1]})
    hostile("chain-middle-removed-sibling-folder", f"{NO_KEY} As above, with the two remaining parts in folders side by side. They may be of two logs, so it is not called broken; but neither is it called good.",
            {"log/x/a.jsonl": lines[:15], "log/y/c.jsonl": lines[25:]}, {"exit": 2, "findings": ["outside-what-was-opened"], "ladder_not_proved": [0, 1]})
    hostile("chain-record-removed", f"{NO_KEY} One record was deleted.", {"log/chain.jsonl": lines[:10] + lines[11:]}, {"exit": 1, "findings": ["record-removed"]})
    hostile("chain-two-records-swapped", f"{NO_KEY} Two neighbouring records changed places.", {"log/chain.jsonl": [*lines[:10], lines[11], lines[10], *lines[12:]]}, {"exit": 1, "findings": ["record-moved"]})
    fake = plain(2, 11, last(lines[:11]), "evil")
    hostile("chain-two-chained-records-inserted", f"{NO_KEY} Two records were made up that follow a genuine one and each other, with right hashes, and put in between.",
            {"log/chain.jsonl": [*lines[:11], *fake, *lines[11:]]}, {"exit": 1, "findings": ["record-inserted"]})
    hostile("chain-second-history", f"{NO_KEY} A second file goes on from the middle of the first with other records, their hashes right. Two histories follow one record.",
            {"log/a.jsonl": lines[:20], "log/b.jsonl": [*lines[:10], *plain(10, 10, last(lines[:10]), "evil")]}, {"exit": 1, "findings": ["fork"]})
    hostile("chain-second-history-tail-only", f"{NO_KEY} A second file holds only the other ending, and names a record in the middle of the first file as its predecessor.",
            {"log/a.jsonl": lines[:20], "log/b.jsonl": plain(10, 10, last(lines[:10]), "evil")}, {"exit": 1, "findings": ["fork"]})
    hostile("chain-replayed-record", f"{NO_KEY} A genuine record was put in a second time, far from its place, so that an action seems to have happened twice.",
            {"log/chain.jsonl": [*lines[:30], lines[5], *lines[30:]]}, {"exit": 1, "findings": ["record-inserted"]})
    many = [lines[0]] + [plain(1, seq, last(lines[:1]), f"evil{seq}")[0] for seq in range(1, 60)]
    hostile("chain-all-follow-the-first", f"{NO_KEY} Every record follows the first one. What each of them is worth cannot be told; keeping track of it must not cost the square of their number.",
            {"log/chain.jsonl": many}, {"exit": 1, "findings": ["record-inserted"]})
    hostile("chain-first-records-dropped", f"{NO_KEY} The leading records were removed. That they existed is said, and nothing is called proved.",
            {"log/chain.jsonl": lines[12:]}, {"exit": 0, "findings": ["starts-midway"], "ladder_not_proved": [0, 1, 2, 3], "require_sealed_exit": 2})
    hostile("chain-genesis-that-is-none", f"{NO_KEY} The leading records were removed, and the first one left was made to follow a text that is no hash, its own hash made anew for it only.",
            {"log/chain.jsonl": [*plain(1, 0, "start"), *lines[1:]]}, {"exit": 1, "findings": ["record-removed", "starts-midway"]})
    twice = lines[5][:-1] + ', "action": "delete"}'
    hostile("chain-member-twice", f"{NO_KEY} A record was given the member “action” a second time. Some readers take the first, others the last; nothing of it may be shown as fact.",
            {"log/chain.jsonl": [*lines[:5], twice, *lines[6:]]}, {"exit": 1, "findings": ["record-malformed"]})
    escaped = lines[5].replace('"action"', '"actio\\u006e"')
    hostile("chain-member-twice-escaped", f"{NO_KEY} As before, but one of the two names is written with an escape, and the two stand side by side.",
            {"log/chain.jsonl": [*lines[:5], escaped[:-1] + ', "action": "delete"}', *lines[6:]]}, {"exit": 1, "findings": ["record-malformed"]})
    nested = {"seq": 0, "ts": "2026-03-07T00:00:00Z", "actor": "robot", "action": "read", "prev_hash": ZEROS}
    text = compact(nested)[:-1] + ',"target":{"a":1,"a":2}}'
    hostile("chain-member-twice-deep", f"{NO_KEY} Inside a member an object has a name twice; the hash was made over the record as one reader sees it.",
            {"log/chain.jsonl": [text[:-1] + f',"hash":"{sha(text)}"}}', *plain(3, 1, sha(text))]}, {"exit": 1, "findings": ["record-malformed"]})
    wide = {"seq": 0, "ts": "2026-03-07T00:00:00Z", "actor": "robot", "action": "pay", "amount": 9007199254740993, "prev_hash": ZEROS}
    rounded = dict(wide, amount=9007199254740992)
    head = json.dumps({**wide, "hash": sha(compact(rounded))})
    hostile("chain-number-that-is-rounded", f"{NO_KEY} RFC 8785 hashes numbers as doubles, so 9007199254740993 and …992 have one hash. The amount was changed, and the hash still comes right.",
            {"log/chain.jsonl": [head, *plain(3, 1, sha(compact(rounded)))]}, {"exit": 1, "findings": ["record-malformed"]})
    surrogate = lines[5].replace("thing-5", "thing-\\ud800")
    hostile("chain-half-a-surrogate-pair", f"{NO_KEY} A text was given half of a surrogate pair, in whose place readers put different characters.",
            {"log/chain.jsonl": [*lines[:5], surrogate, *lines[6:]]}, {"exit": 1, "findings": ["record-malformed"]})
    raw = "".join(line + "\n" for line in lines).encode().replace(b"thing-5\"", b"thing-\xff\"")
    hostile("chain-bytes-that-are-no-utf8", f"{NO_KEY} A byte that is no UTF-8 was put into a record, which readers replace in different ways.",
            {"log/chain.jsonl": raw}, {"exit": 1, "findings": ["record-malformed"]})
    hostile("chain-hash-taken-away", f"{NO_KEY} A record was changed and its hash member removed, so that it would count as a line of another kind.",
            {"log/chain.jsonl": [*lines[:39], edit(lines[39].replace("read", "edit"), take("hash"))]}, {"exit": 1, "findings": ["record-malformed"]})
    hidden = ["{" + '"msg":"%s"}' % ("x" * 900)] * 80
    hostile("chain-hidden-behind-other-lines", f"{NO_KEY} One record was altered, and 70 kB of lines of another kind put before the chain, so that the first bytes show no chain.",
            {"log/chain.jsonl": [*hidden, *lines[:20], lines[20].replace("read", "edit"), *lines[21:]]}, {"exit": 1, "findings": ["record-altered"]})
    other = [edit(line, lambda record: record.__setitem__("link_hash", record.pop("prev_hash"))) for line in lines]
    hostile("chain-form-unknown-by-values", f"{NO_KEY} A chain of a form that is not known, altered. Its members have no telling names, but each repeats a hash of the record before.",
            {"log/chain.jsonl": [json.dumps({"n": index, "link": sha(str(index)), "own": sha(str(index + 1))}) for index in range(9)]},
            {"exit": 2, "findings": ["chain-form-unknown"]})
    hostile("chain-all-hashes-wrong", f"{NO_KEY} Every record was altered and no hash made anew, in the hope that the file counts as one for which nothing was ever claimed.",
            {"log/chain.jsonl": [line.replace("read", "edit") for line in lines]}, {"exit": 2, "verdict": "unchecked"})
    shift = []
    previous = ""
    for seq in range(4):
        agent, action = ("a|b", "c") if seq == 2 else ("agent", "read")
        honest = "|".join([str(seq), f"2026-03-07T00:00:0{seq}Z", "a", "b|c", "allow", previous] if seq == 2 else [str(seq), f"2026-03-07T00:00:0{seq}Z", agent, action, "allow", previous])
        shift.append(json.dumps({"seq": seq, "timestamp": f"2026-03-07T00:00:0{seq}Z", "agent_id": agent, "action": action, "decision": "allow", "previous_hash": previous, "hash": sha(honest)}))
        previous = sha(honest)
    hostile("chain-text-shifted-over-delimiter", f"{NO_KEY} The program hashes texts joined with “|”. Agent “a” and action “b|c” became agent “a|b” and action “c”: the hash is the same. It cannot be found, but it is said that it could be.",
            {"log/chain.jsonl": shift}, {"exit": 0, "findings": ["preimage-ambiguous"]})
    nothing = []
    previous = ZEROS
    for seq in range(3):
        parts = [str(seq), f"2026-03-07T00:00:0{seq}Z", "bot", "read", "file", "ok", previous]
        own = sha("".join(parts))
        nothing.append(json.dumps(dict(zip(["seq", "timestamp", "agent_id", "action", "detail", "outcome", "prev_hash"], [seq, parts[1], "botre", "ad", "file", "ok", previous]), hash=own)))
        previous = own
    hostile("chain-text-shifted-without-delimiter", f"{NO_KEY} The program hashes texts joined with nothing. “bot”, “read” became “botre”, “ad”: the hash is the same. It is said that it could be.",
            {"log/chain.jsonl": nothing}, {"exit": 0, "findings": ["preimage-ambiguous"]})
    key = keyed(30)
    hostile("chain-keyed-record-altered", "Somebody without the key changed a record of a chain of HMACs. Others hold under the key that is given, so this one must too.",
            {"log/day.jsonl": [*key[:9], key[9].replace("task.done", "task.lost"), *key[10:]]}, {"exit": 1, "findings": ["record-altered"], "sealed": 29}, f"hmac audit {SECRET}\n")
    hostile("chain-keyed-made-anew-with-another-secret", "An attacker with another secret wrote the whole chain anew. Under the secret that the user gave nothing holds, and nothing is sealed; whether it is another application's cannot be told.",
            {"log/day.jsonl": keyed(10, "another secret")}, {"exit": 2, "sealed": 0, "require_sealed_exit": 2}, f"hmac audit {SECRET}\n")
    hostile("chain-keyed-tail-of-another-secret", "An attacker with another secret went on with a genuine chain.",
            {"log/day.jsonl": key[:10] + keyed(10, "another secret", last(key[:10], "hmac"), 10)}, {"exit": 1, "sealed": 10, "findings": ["record-altered"]}, f"hmac audit {SECRET}\n")
    hostile("chain-keyed-secret-of-another-log", "The user gave the secret for another origin only. It does not seal this log.",
            {"log/day.jsonl": key}, {"sealed": 0, "exit": [0, 2], "require_sealed_exit": 2, "findings": ["key-not-for-origin"]}, f"hmac audit {SECRET}\n  origin another/log\n")
    hostile("chain-keyed-secret-without-signed-time", "The secret is trusted until a day before the records were written. They are not sealed by it.",
            {"log/day.jsonl": key}, {"sealed": 0, "exit": 0, "require_sealed_exit": 2, "findings": ["key-not-valid"]}, f"hmac audit {SECRET}\n  until 2026-03-06T00:00:00Z\n")
    hostile("chain-keyed-middle-moved-away", "Somebody moved the middle file of a keyed chain out of the folder, and the last one to a subfolder. The records that are left are genuine, but nothing is proved about the whole.",
            {"log/1.jsonl": key[:10], "log/old/3.jsonl": key[20:]}, {"exit": 1, "sealed_at_most": 20, "findings": ["gap"], "ladder_not_proved": [0, 1, 2, 3]}, f"hmac audit {SECRET}\n")


def database(name, page=4096, shared=False):
    """A database whose table's root page names the same child again and again."""
    path = "/tmp/make_chains.db"
    if os.path.exists(path):
        os.remove(path)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA page_size = {page}")
    db.execute("CREATE TABLE audit_entries (seq INTEGER, timestamp TEXT, agent_id TEXT, action TEXT, detail TEXT, outcome TEXT, prev_hash TEXT, hash TEXT)")
    previous = ZEROS
    for seq in range(400):
        parts = [str(seq), "2026-03-07T00:00:00Z", "bot", "read", "file", "ok", previous]
        own = sha("".join(parts))
        db.execute("INSERT INTO audit_entries VALUES (?,?,?,?,?,?,?,?)", (seq, *parts[1:], own))
        previous = own
        if not shared and seq == 5:
            break
    db.commit()
    db.execute("VACUUM")
    if name:
        pass
    db.close()
    data = bytearray(open(path, "rb").read())
    os.remove(path)
    return data


def hostile_databases():
    data = database(None, 512, True)[:]
    # The table's root is an interior page: all its cells are made to name one leaf, and the leaf's place one interior page more.
    pages = [data[at:at + 512] for at in range(0, len(data), 512)]
    root = next(index for index, page in enumerate(pages) if index > 0 and page[0] == 5)
    interior = [index for index, page in enumerate(pages) if index > 0 and page[0] == 5]
    leaf = next(index for index, page in enumerate(pages) if index > 0 and page[0] == 13)
    keep = pages[:40]
    def fan(child):
        cells, pointers = b"", []
        count = 80
        content = 512 - count * 5
        for index in range(count - 1):
            pointers.append(content + index * 5)
            cells += struct.pack(">I", child + 1) + bytes([min(index, 127)])
        head = struct.pack(">BHHHBI", 5, 0, len(pointers), content, 0, child + 1)
        page = head + b"".join(struct.pack(">H", pointer) for pointer in pointers)
        # Cells and pointers share the page; fewer cells fit than wanted.
        return None
    def fan_page(child, count=60):
        content = 512 - count * 5
        head = struct.pack(">BHHHBI", 5, 0, count, content, 0, child + 1)
        pointers = b"".join(struct.pack(">H", content + index * 5) for index in range(count))
        cells = b"".join(struct.pack(">I", child + 1) + bytes([min(index, 127)]) for index in range(count))
        page = head + pointers
        return page + b"\0" * (content - len(page)) + cells
    chain = keep[:]
    levels = [index for index in range(1, len(chain)) if index not in (root, leaf)][:6]
    order = [root, *levels]
    for level, index in enumerate(order):
        child = order[level + 1] if level + 1 < len(order) else leaf
        chain[index] = fan_page(child)
    spoiled = bytearray(b"".join(chain))
    spoiled[28:32] = struct.pack(">I", len(chain))
    hostile("chain-database-with-shared-pages", f"{NO_KEY} A database of 20 kB whose pages name the same children again and again: it gives billions of rows. Reading it must end in seconds and say that it cannot be read.",
            {"log/audit.db": bytes(spoiled)}, {"exit": [2, 3], "require_sealed_exit": [2, 3]})
    data = database("x")
    at = data.find(b"agent_id TEXT")
    data[at + 5] = 0xff
    hostile("chain-database-column-no-utf8", f"{NO_KEY} A column's name in the schema was given a byte that is no UTF-8, in the hope that reading it ends the program.",
            {"log/audit.db": bytes(data), "log/other.jsonl": plain(5)}, {"exit": [0, 1, 2]})
    data = database("x")
    at = data.rfind(b"botread")
    data[at:at + 7] = b"bo\xffread"
    hostile("chain-database-value-no-utf8", f"{NO_KEY} A text in a row was given a byte that is no UTF-8.", {"log/audit.db": bytes(data)}, {"exit": 1, "findings": ["record-malformed"]})


def hostile_receipts():
    made = receipts(8, KEY)
    lines = made.lines
    method = did_key(KEY)
    own = receipts(4, KEY, issuer=method, method=method + "#" + method[8:])
    hostile("receipt-signature-stripped-from-tail", f"{NO_KEY} The last records were changed and their signatures set to null. Earlier ones of the chain are signed, so these must be.",
            {"log/r.jsonl": lines[:6] + [edit(line, put("proof", "proofValue", None)) for line in lines[6:]]}, {"exit": 1, "sealed_at_most": 6, "findings": ["signature-missing"]}, HELPER)
    hostile("receipt-proof-stripped-from-tail", f"{NO_KEY} The last record's whole proof was removed, so that it would count as a line of another kind.",
            {"log/r.jsonl": lines[:7] + [edit(lines[7], take("proof"))]}, {"exit": 1, "sealed_at_most": 7, "findings": ["record-malformed"]}, HELPER)
    hostile("receipt-last-record-changed", f"{NO_KEY} The last receipt was changed; no record after it states its hash. Others hold under the key, so it must too.",
            {"log/r.jsonl": lines[:7] + [lines[7].replace("maria", "marta")]}, {"exit": 1, "sealed": 7, "findings": ["seal-forged"]}, HELPER)
    hostile("receipt-last-record-changed-without-key", f"{NO_KEY} The last receipt was changed, and the user gave no key. It cannot be found; that nothing protects it is said.",
            {"log/r.jsonl": lines[:7] + [lines[7].replace("maria", "marta")]}, {"exit": [0, 2], "sealed": 0, "findings": ["last-record-unprotected"]})
    late = Receipts()
    late.add(KEY).add(KEY, hand_over=OTHER).add(KEY).add(KEY)
    hostile("receipt-old-key-after-handover", "The holder of the old key goes on signing after it handed over to a new one.",
            {"log/r.jsonl": late.lines}, {"exit": 1, "sealed": 2, "findings": ["seal-forged"]}, HELPER)
    hostile("receipt-old-key-after-handover-both-trusted", "The same, and the user trusts both keys, as one does who stored the new one too.",
            {"log/r.jsonl": late.lines}, {"exit": 1, "sealed": 2, "findings": ["seal-forged"]}, HELPER + trust("second", OTHER))
    split = Receipts()
    split.add(KEY).add(KEY, hand_over=OTHER).add(OTHER).add(KEY)
    hostile("receipt-old-key-in-the-next-file", "The old key signs again in another file of the chain, after the new one was at work.",
            {"log/1.jsonl": split.lines[:2], "log/2.jsonl": split.lines[2:]}, {"exit": 1, "sealed": 3, "findings": ["seal-forged"]}, HELPER)
    stranger = Receipts()
    stranger.add(OTHER, hand_over=THIRD).add(THIRD)
    hostile("receipt-stranger-hands-over", "A key that nobody trusts hands over to another one. That makes neither trusted.",
            {"log/r.jsonl": stranger.lines}, {"exit": [1, 2], "sealed": 0, "require_sealed_exit": [1, 2]}, HELPER)
    hostile("receipt-key-of-another-agent", "Agent A, whose did:key the user trusts, signs a receipt in the name of agent B.",
            {"log/r.jsonl": receipts(3, KEY, issuer="did:agent:boss", method=method + "#k").lines}, {"exit": 0, "sealed": 0, "require_sealed_exit": 2, "findings": ["key-not-for-origin"]}, method + "\n")
    hostile("receipt-key-with-origin-of-another-agent", "The user said that the key speaks for agent A. It signs in the name of agent B.",
            {"log/r.jsonl": receipts(3, KEY, issuer="did:agent:boss").lines}, {"exit": 0, "sealed": 0, "require_sealed_exit": 2, "findings": ["key-not-for-origin"]}, trust("agent-a", KEY, ["did:agent:helper"]))
    two = Receipts()
    two.add(KEY).add(KEY).add(KEY, issuer="did:agent:boss")
    hostile("receipt-label-signs-for-two-agents", "A key for which the user named nobody signs for two agents in one chain. It may speak for one; which one, only the user can say.",
            {"log/r.jsonl": two.lines}, {"exit": 0, "sealed": 0, "findings": ["key-not-for-origin"]}, trust("gateway", KEY))
    both = Receipts()
    both.add(KEY).add(OTHER, issuer="did:agent:boss", method="did:agent:boss#1").add(KEY, issuer="did:agent:boss", method="did:agent:boss#1")
    hostile("receipt-one-agent-in-the-name-of-another", "Two agents write one chain, and the user trusts both keys, each for its agent. One of them signs in the other's name, whose own key holds for another record.",
            {"log/r.jsonl": both.lines}, {"exit": 1, "sealed": 2, "findings": ["seal-forged"]}, trust("a", KEY, ["did:agent:helper"]) + trust("b", OTHER, ["did:agent:boss"]))
    hostile("receipt-key-outside-its-dates", "A key that was given up signs receipts dated after the day until which the user trusts it.",
            {"log/r.jsonl": lines}, {"exit": 0, "sealed": 3, "findings": ["key-not-valid"], "require_sealed_exit": 2}, trust("helper", KEY, extra="  until 2026-03-07T00:00:03Z\n"))
    timeless = Receipts()
    timeless.add(KEY, moment="").add(KEY, moment="soon")
    hostile("receipt-key-with-dates-and-no-time", "The key has dates, and the receipts carry no time that can be read. Without a signed time inside its dates it does not count.",
            {"log/r.jsonl": timeless.lines}, {"exit": [0, 2], "sealed": 0, "require_sealed_exit": 2, "findings": ["key-not-valid"]}, trust("helper", KEY, extra="  until 2027-01-01T00:00:00Z\n"))
    hostile("receipt-examiner-key", "The key was given as an examiner's. It signs bundles, never logs.",
            {"log/r.jsonl": lines}, {"exit": [0, 2], "sealed": 0, "require_sealed_exit": 2}, trust("helper", KEY, extra="  role examiner\n"))
    hostile("receipt-first-half-of-chain-removed", f"{NO_KEY} The first half of a signed chain was removed. What is here is genuine, but nothing is proved of the chain.",
            {"log/r.jsonl": lines[4:]}, {"exit": 0, "sealed": 4, "findings": ["starts-midway"], "ladder_not_proved": [0, 1, 2, 3]}, HELPER)
    closed = receipts(6, KEY)
    closed.add(KEY, terminal=True)
    hostile("receipt-closed-chain-without-beginning", f"{NO_KEY} The beginning of a closed chain was removed. Its end is signed as the end, but *proved* is said of no question.",
            {"log/r.jsonl": closed.lines[3:]}, {"exit": 0, "ladder_not_proved": [0, 1, 2, 3]}, HELPER)
    hostile("receipt-middle-in-sibling-folders", f"{NO_KEY} The middle of a named chain was removed, and the two ends moved to folders side by side. The chain's name holds them together.",
            {"log/x/1.jsonl": lines[:3], "log/y/2.jsonl": lines[5:]}, {"exit": 1, "sealed_at_most": 6, "findings": ["gap"], "ladder_not_proved": [0, 1]}, HELPER)
    hostile("receipt-after-the-last", "The writer closed the chain; later somebody with the key went on.",
            {"log/r.jsonl": [*closed.lines, *_after(closed).lines[-1:]]}, {"exit": 1, "findings": ["after-terminal"]}, HELPER)
    hostile("receipt-method-cut-in-a-letter", f"{NO_KEY} The name of the key has 64 bytes after “key ” and is cut in the middle of a letter by whoever takes the first 16 bytes for a fingerprint.",
            {"log/r.jsonl": receipts(2, KEY, method="key " + "a" * 15 + "é" + "b" * 47).lines, "log/other.jsonl": plain(5)}, {"exit": [0, 2]}, trust("someone", OTHER))
    hostile("receipt-foreign-did-key", "An attacker signs with a key of his own that the receipts carry. It proves only that they agree with themselves.",
            {"log/r.jsonl": own.lines}, {"exit": 0, "sealed": 0, "findings": ["unknown-key"], "require_sealed_exit": 2})
    hostile("receipt-resigned-with-lesser-key", "An attacker whose key the user trusts for another agent changed a record of the middle and signed it, and all after it, anew.",
            {"log/r.jsonl": _resigned(lines)}, {"exit": 1, "sealed_at_most": 4}, trust("helper", KEY, ["did:agent:helper"]) + trust("lesser", OTHER, ["did:agent:lesser"]))
    acta = _acta(5)
    hostile("receipt-acta-signature-removed", f"{NO_KEY} A receipt of draft-farley-acta lost its signature; the one after it states the hash of what was there.",
            {"log/r.jsonl": acta[:4] + [edit(acta[4], take("signature"))]}, {"exit": 1, "sealed_at_most": 4, "findings": ["record-malformed"]}, trust("gateway", KEY))
    hostile("receipt-acta-key-exchanged", "An attacker signed a changed receipt with a key of his own and put it into the receipt.",
            {"log/r.jsonl": acta[:4] + [_acta(5, OTHER, acta[:4])[-1]]}, {"exit": 0, "sealed": 4, "findings": ["unknown-key"], "require_sealed_exit": 2}, trust("gateway", KEY))


def _after(closed):
    more = copy.deepcopy(closed)
    return more.add(KEY)


def _resigned(lines):
    made = Receipts()
    made.lines, made.sequence = lines[:4], 4
    body = json.loads(lines[3])
    body.pop("proof")
    made.previous = "sha256:" + sha(compact(body))
    for _ in range(4):
        made.add(OTHER)
    return made.lines


def _acta(count, key=None, before=()):
    key = key or KEY
    lines = list(before)
    for sequence in range(len(lines), count):
        previous = "sha256:" + sha(compact(json.loads(lines[-1]))) if lines else None
        body = {"decision": "allow", "parent_receipt_hash": previous, "policy_id": "p", "public_key": public(key).hex(), "receipt_id": f"rec_{sequence}", "sequence": sequence,
                "timestamp": f"2026-03-07T00:00:0{sequence}Z", "tool_name": "read"}
        body["signature"] = key.sign(compact(body).encode()).hex()
        lines.append(json.dumps(body))
    return lines


def harmless_all():
    lines = plain(40)
    text = "".join(line + "\n" for line in lines)
    quiet = {"exit": 0, "verdict": "consistent"}
    no = ["record-moved", "record-inserted", "record-removed", "fork", "gap", "restarted"]
    harmless("chain-copy-beside", "A careful user kept a copy of the file under another name, in the same folder. Nothing was changed.",
             {"log/chain.jsonl": text, "log/chain (copy).jsonl": text}, {**quiet, "not_findings": no})
    harmless("chain-copy-in-backup-folder", "The whole folder was copied into a folder of backups.", {"log/chain.jsonl": text, "log/backup/chain.jsonl": text}, {**quiet, "not_findings": no})
    harmless("chain-copy-packed", "An old copy was packed with gzip and left beside the file, as log rotation does.",
             {"log/chain.jsonl": text, "log/chain.jsonl.gz": gzip.compress(text.encode(), mtime=0)}, {**quiet, "not_findings": no})
    harmless("chain-shorter-and-longer-export", "The log was exported twice; the later export holds all of the earlier one.",
             {"log/monday.jsonl": lines[:25], "log/tuesday.jsonl": lines}, {**quiet, "not_findings": no})
    harmless("chain-overlapping-exports", "Two exports overlap by ten records.", {"log/a.jsonl": lines[:25], "log/b.jsonl": lines[15:]}, {**quiet, "findings": ["overlap"], "not_findings": [*no, "starts-midway"]})
    harmless("chain-rotated-with-numbers", "Log rotation left the newest file without a number and the oldest with the highest.",
             {"log/audit.log": lines[30:], "log/audit.1.log": lines[20:30], "log/audit.2.log": lines[:20]}, {**quiet, "not_findings": [*no, "starts-midway"]})
    harmless("chain-old-files-in-archive", "The program moves old files to a folder “archive” and goes on.",
             {"log/archive/2026-03-06.jsonl": lines[:20], "log/2026-03-07.jsonl": lines[20:]}, {**quiet, "not_findings": [*no, "starts-midway"]})
    harmless("chain-files-renamed-out-of-order", "The files of a chain were renamed, so that they sort in another order than they were written in.",
             {"log/z.jsonl": lines[:10], "log/m.jsonl": lines[10:30], "log/a.jsonl": lines[30:]}, {**quiet, "not_findings": [*no, "starts-midway"]})
    harmless("chain-parts-in-sibling-folders", "The parts of a chain were sorted into folders by day.",
             {"log/1/a.jsonl": lines[:10], "log/2/b.jsonl": lines[10:30], "log/3/c.jsonl": lines[30:]}, {**quiet, "not_findings": [*no, "starts-midway"]})
    harmless("chain-blank-line-at-the-end", "An editor left an empty line at the end of the file.", {"log/chain.jsonl": text + "\n"}, {**quiet, "not_findings": ["outside-chain"]})
    key = "".join(line + "\n" for line in keyed(12))
    harmless("chain-keyed-blank-lines-at-the-end", "An editor left two empty lines at the end of a keyed log, one of them with a carriage return.",
             {"log/day.jsonl": key + "\r\n\n"}, {"exit": 0, "verdict": "sealed", "sealed": 12, "require_sealed_exit": 0}, f"hmac audit {SECRET}\n")
    harmless("chain-line-written-twice", "The writer tried again after a fault and wrote one line twice.",
             {"log/chain.jsonl": [*lines[:20], lines[19], *lines[20:]]}, {**quiet, "not_findings": no, "findings": ["duplicate-event"]})
    harmless("chain-two-machines", "Two machines write chains of their own. Of one of them older files were rotated away.",
             {"log/host-a/chain.jsonl": plain(30, 0, ZEROS, "a"), "log/host-b/chain.jsonl": plain(60, 0, ZEROS, "b")[20:]}, {**quiet, "findings": [], "not_findings": no})
    harmless("chain-two-writers-in-one-folder", "Two programs of one kind keep their logs in one folder, each with a chain of its own.",
             {"log/a.jsonl": plain(20, 0, ZEROS, "a"), "log/b.jsonl": plain(20, 0, ZEROS, "b")}, {**quiet, "not_findings": ["record-moved", "record-inserted", "record-removed", "fork", "gap"]})
    harmless("chain-text-of-other-formats-inside", "A log records texts that look like other formats: a private key, a digest's member, a seal's first line.",
             {"log/chain.jsonl": _texts(["-----BEGIN PRIVATE KEY-----", '{"digestS3Object":"x"}', "sealscope.dev/segment@v2", "sealscope.dev/skeleton@v1", "SQLite format 3", "LPKSHHRH"])}, quiet)
    made = receipts(6, KEY).lines
    full = {"exit": 0, "verdict": "sealed", "require_sealed_exit": 0}
    harmless("receipt-one-key-for-many-chains", "One agent's key signs many chains, some of them in one file.",
             {"log/r.jsonl": made + receipts(4, KEY, "d").lines, "log/s.jsonl": receipts(3, KEY, "e").lines}, {**full, "sealed": 13}, HELPER)
    harmless("receipt-key-of-another-application", "The user's other keys, of other applications and machines, are stored too. None of them is meant for this log.",
             {"log/r.jsonl": made}, {"exit": 2, "not_findings": ["seal-forged", "record-altered"]}, trust("another", OTHER) + f"hmac third {SECRET}\n")
    harmless("receipt-right-key-among-others", "The right key is stored among others.", {"log/r.jsonl": made}, {**full, "sealed": 6}, trust("another", OTHER) + HELPER + f"hmac third {SECRET}\n")
    over = Receipts()
    over.add(KEY).add(KEY, hand_over=OTHER).add(OTHER).add(OTHER, hand_over=THIRD).add(THIRD)
    harmless("receipt-keys-handed-over-twice", "An agent changed its key twice, each time with a receipt signed by the old one.", {"log/1.jsonl": over.lines[:3], "log/2.jsonl": over.lines[3:]}, {**full, "sealed": 5}, HELPER)
    harmless("receipt-closed-chain", "A chain that its writer closed.", {"log/r.jsonl": receipts(3, KEY).add(KEY, terminal=True).lines}, {**full, "sealed": 4}, HELPER)
    pair = receipts(3, KEY).lines + receipts(3, OTHER, "d", "did:agent:boss").lines
    harmless("receipt-two-agents-one-key-missing", "Two agents write chains of their own, and the user has the key of one only.",
             {"log/r.jsonl": pair}, {"exit": [0, 2], "sealed": 3, "not_findings": ["seal-forged", "record-altered"]}, trust("helper", KEY, ["did:agent:helper"]))
    harmless("receipt-copies-of-signed-chains", "A signed chain and a packed copy of it.",
             {"log/r.jsonl": made, "log/old/r.jsonl.gz": gzip.compress("".join(line + "\n" for line in made).encode(), mtime=0)}, {**full, "sealed": 6}, HELPER)


def _texts(texts):
    lines, previous = [], ZEROS
    for seq, text in enumerate(texts):
        body = {"seq": seq, "ts": f"2026-03-07T00:00:{seq:02}Z", "actor": "robot", "action": "say", "text": text, "prev_hash": previous}
        previous = sha(compact(body))
        lines.append(json.dumps({**body, "hash": previous}))
    return lines


if __name__ == "__main__":
    hostile_chains()
    hostile_databases()
    hostile_receipts()
    harmless_all()
    for kind in ("hostile", "harmless"):
        mine = [name for name in os.listdir(os.path.join(ROOT, kind)) if name.startswith(("chain-", "receipt-"))]
        print(kind, len(mine))
