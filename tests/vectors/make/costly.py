#!/usr/bin/env python3
"""Makes evidence that is meant to cost much: python3 tests/vectors/make/costly.py FOLDER [NAME…]. Too large to be kept; docs/benchmarks.md
says what each case costs. Needs the package cryptography. Sizes may be changed: NAME=NUMBER."""
import base64, gzip, hashlib, hmac, io, json, lzma, os, pathlib, struct, sys, tarfile, zipfile, zlib
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import make_chains as chains
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives import serialization as ser

CASES = {}
ORIGIN = "acme.example/audit/growth"
DAY = 1_772_841_600


def case(size):
    def keep(make):
        CASES[make.__name__.replace("_", "-")] = (make, size)
        return make
    return keep


def b64(data):
    return base64.b64encode(data).decode()


def write(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def event(number, action="GetObject"):
    return {"eventVersion": "1.08", "eventTime": f"2026-03-07T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z",
            "eventSource": "s3.amazonaws.com", "eventName": action, "eventID": f"{number:08}", "userIdentity": {"type": "IAMUser", "userName": "alice"}}


def trail(start, end):
    return json.dumps({"Records": [event(number) for number in range(start, end)]}, separators=(",", ":"))


# --- hostile

@case(20)
def sqlite(folder, kilobytes):
    """A database whose pages share their children."""
    pages = kilobytes * 2
    data = chains.database(None, 512, True)
    pages_of = [data[at:at + 512] for at in range(0, len(data), 512)]
    interior = [index for index, page in enumerate(pages_of) if index > 0 and page[0] == 5]
    leaf = next(index for index, page in enumerate(pages_of) if index > 0 and page[0] == 13)
    keep = pages_of[:pages]
    order = [interior[0], *[index for index in range(1, len(keep)) if index not in (interior[0], leaf)][:10]]
    count = 60
    for level, index in enumerate(order):
        child = order[level + 1] if level + 1 < len(order) else leaf
        content = 512 - count * 5
        page = struct.pack(">BHHHBI", 5, 0, count, content, 0, child + 1) + b"".join(struct.pack(">H", content + at * 5) for at in range(count))
        cells = b"".join(struct.pack(">I", child + 1) + bytes([min(at, 127)]) for at in range(count))
        keep[index] = page + b"\0" * (content - len(page)) + cells
    data = bytearray(b"".join(keep))
    data[28:32] = struct.pack(">I", len(keep))
    write(folder, "audit.db", bytes(data))


@case(1024)
def journal_field(folder, megabytes):
    """A journal with one XZ field that unpacks to this much."""
    packer = lzma.LZMACompressor(format=lzma.FORMAT_XZ, preset=0)
    packed = packer.compress(b"MESSAGE=")
    for _ in range(megabytes):
        packed += packer.compress(b"A" * (1 << 20))
    packed += packer.flush()
    header = bytearray(272)
    header[:8] = b"LPKSHHRH"
    header[12:16] = struct.pack("<I", 1)
    header[88:96] = struct.pack("<Q", 272)
    size = 64 + len(packed)
    data = struct.pack("<BB6xQ", 1, 1, size) + struct.pack("<6Q", 0, 0, 0, 0, 0, 1) + packed
    data += b"\0" * (-len(data) % 8)
    at = 272 + len(data)
    entry = struct.pack("<BB6xQ", 3, 0, 64 + 16) + struct.pack("<QQQ", 1, DAY * 1_000_000, 1) + b"\1" * 16 + struct.pack("<Q", 0) + struct.pack("<QQ", 272, 0)
    header[96:104] = struct.pack("<Q", len(data) + len(entry))
    header[136:144] = struct.pack("<Q", at)
    write(folder, "system.journal", bytes(header) + data + entry)


@case(20_000)
def follow_the_first(folder, records):
    """Records of a chain that all follow the first."""
    lines = chains.plain(1)
    first = chains.last(lines)
    for number in range(1, records):
        lines += chains.plain(1, start=number, previous=first)
    write(folder, "log.jsonl", "\n".join(lines) + "\n")


@case(65)
def line_feeds(folder, kilobytes):
    """A gzip file of so many kilobytes that is all line feeds."""
    packed = gzip.compress(b"\n" * (kilobytes * 1000 * 1029), 9, mtime=0)
    write(folder, "log.jsonl.gz", packed)


@case(8_000_000)
def short_lines(folder, lines):
    """A gzip file of many short lines."""
    write(folder, "log.jsonl.gz", gzip.compress(b"{\"a\":1}\n" * lines, 9, mtime=0))


@case(18)
def guess(folder, members):
    """Six records of so many members, linked, under a rule that nobody guesses."""
    previous, lines = "0" * 64, []
    for number in range(6):
        body = {"prev": previous, **{f"m{member}": f"{number}-{member}" for member in range(members - 2)}}
        previous = hashlib.sha256(b"secret" + json.dumps(body).encode()).hexdigest()
        lines.append(json.dumps({**body, "own": previous}))
    write(folder, "sample.jsonl", "\n".join(lines) + "\n")


@case(500)
def zip_overlap(folder, members):
    """Members of a zip archive that share one file's bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = b"{\"a\":1}\n" * 2_000_000
    packed = packer.compress(content) + packer.flush()
    crc = zlib.crc32(content)
    local = struct.pack("<IHHHHHIIIHH", 0x04034b50, 20, 0, 8, 0, 0x21, crc, len(packed), len(content), 1, 0) + b"a"
    central = b""
    for number in range(members):
        name = f"{number:05}.jsonl".encode()
        central += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 20, 20, 0, 8, 0, 0x21, crc, len(packed), len(content), len(name), 0, 0, 0, 0, 0, 0) + name
    data = local + packed
    end = struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, members, members, len(central), len(data), 0)
    write(folder, "logs.zip", data + central + end)


@case(4)
def tar_name(folder, gigabytes):
    """A tar archive with a name of this size; the file has holes."""
    folder.mkdir(parents=True, exist_ok=True)
    size = gigabytes << 30
    head = tarfile.TarInfo("././@LongLink")
    head.type, head.size = tarfile.GNUTYPE_LONGNAME, min(size, 0o77777777777 - 511)
    with open(folder / "logs.tar", "wb") as file:
        file.write(head.tobuf(tarfile.GNU_FORMAT))
        file.truncate(512 + head.size)
        file.seek(0, 2)
        real = tarfile.TarInfo("a.jsonl")
        real.size = 8
        file.write(real.tobuf(tarfile.GNU_FORMAT) + b"{\"a\":1}\n".ljust(512, b"\0") + b"\0" * 1024)


@case(20)
def nested(folder, width):
    """A zip archive of so many archives, each of so many archives, four deep."""
    def pack(members):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return out.getvalue()
    packed, ending = (json.dumps(event(1)) + "\n").encode(), "jsonl"
    for _ in range(4):
        packed, ending = pack((f"{number}.{ending}", packed) for number in range(width)), "zip"
    write(folder, "logs.zip", packed)


@case(100_000)
def members(folder, count):
    """One record with many members, among ordinary ones."""
    big = {**event(1), **{f"m{number}": number for number in range(count)}}
    write(folder, "log.jsonl", "".join(json.dumps(record) + "\n" for record in [event(0), big, event(2)]))
    deep = {**event(1), "requestParameters": {f"m{number}": {"x": number} for number in range(count)}}
    write(folder, "trail.json", json.dumps({"Records": [event(0), deep]}))


@case(2_000)
def pairs(folder, count):
    """Pairs of chain files that name each other."""
    for number in range(count):
        one, other = hashlib.sha256(f"a{number}".encode()).hexdigest(), hashlib.sha256(f"b{number}".encode()).hexdigest()
        for name, own, previous in [("a", one, other), ("b", other, one)]:
            line = {"seq": number, "ts": "2026-03-07T00:00:00Z", "actor": "x", "action": "read", "prev_hash": previous, "hash": own}
            write(folder, f"{number:05}{name}.jsonl", json.dumps(line) + "\n")


@case(512)
def document(folder, megabytes):
    """One JSON document of this size."""
    folder.mkdir(parents=True, exist_ok=True)
    piece = json.dumps(event(1), separators=(",", ":")) + ","
    piece *= (1 << 20) // len(piece)
    with open(folder / "trail.json", "w") as file:
        file.write('{"Records":[')
        for _ in range(megabytes):
            file.write(piece)
        file.write(json.dumps(event(2)) + "]}")


# --- honest

@case(4_000)
def files(folder, count):
    """Files to be received or sealed."""
    for number in range(count):
        write(folder, f"{number:06}.jsonl", json.dumps(event(number)) + "\n")


@case(20_000)
def overlapping(folder, count):
    """Two exports of the same events."""
    write(folder, "one.json", trail(0, count))
    write(folder, "two.json", trail(count // 2, count * 3 // 2))


@case(20_000)
def overlapping_packed(folder, count):
    """The same, packed."""
    write(folder, "one.json.gz", gzip.compress(trail(0, count).encode(), mtime=0))
    write(folder, "two.json.gz", gzip.compress(trail(count // 2, count * 3 // 2).encode(), mtime=0))


class Key:
    def __init__(self, name, seed):
        self.name, self.private = name, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
        self.public = self.private.public_key().public_bytes(ser.Encoding.Raw, ser.PublicFormat.Raw)
        self.id = hashlib.sha256(name.encode() + b"\n" + bytes([4]) + self.public).digest()[:4]

    def vkey(self):
        return f"{self.name}+{self.id.hex()}+{b64(bytes([4]) + self.public)}\n"

    def line(self, text, seconds):
        signed = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        return f"— {self.name} {b64(self.id + struct.pack('>Q', seconds) + self.private.sign(signed))}\n"


def pair(one, other):
    return hashlib.sha256(b"\x01" + one + other).digest()


class Range:
    """The complete subtrees of a tree's first leaves."""
    def __init__(self):
        self.size, self.parts = 0, []

    def push(self, leaf):
        size, node = self.size, leaf
        while size & 1:
            node, size = pair(self.parts.pop(), node), size >> 1
        self.parts.append(node)
        self.size += 1

    def root(self):
        node = self.parts[-1]
        for part in reversed(self.parts[:-1]):
            node = pair(part, node)
        return node


def seal(folder, count, records=1, change=lambda number, line: line, leaves=False):
    key, tree = Key(ORIGIN, "growth"), Range()
    write(folder.parent, folder.name + ".trust", key.vkey())
    for number in range(count):
        first, before = tree.size, list(tree.parts)
        lines = [json.dumps(event(number * records + offset)) for offset in range(records)]
        hashes = []
        for offset, line in enumerate(lines):
            hashes.append(hashlib.sha256(b"\x00" + bytes([4 if offset == 0 else 0]) + line.encode()).digest())
            tree.push(hashes[-1])
        text = f"{ORIGIN}\n{tree.size}\n{b64(tree.root())}\n"
        head = f"sealscope.dev/segment@v2\nunit line\nfirst {first}\n" + "".join(f"frontier {b64(part)}\n" for part in before)
        kept = [line for line in (change(number, line) for line in lines) if line is not None]
        name = f"{number:06}.jsonl"
        if kept:
            write(folder, name, "".join(line + "\n" for line in kept))
        if leaves:
            write(folder, name + ".leaves", b"".join(hashes))
        write(folder, name + ".seal", head + "\n" + text + "\n" + key.line(text, DAY + 86_400))


@case(100_000)
def segments(folder, count):
    """Sealed segments of one record."""
    seal(folder, count)


@case(3_000)
def altered(folder, count):
    """Sealed segments, one record of each altered."""
    seal(folder, count, 3, lambda number, line: line.replace("alice", "mallory") if f'"{number * 3:08}"' in line else line, leaves=True)


@case(20_000)
def seals(folder, count):
    """Seals without their segments."""
    seal(folder, count, change=lambda number, line: None)


@case(3_000)
def proofs(folder, count):
    """Proofs without their files."""
    key, tree = Key("log.example/one", "proofs"), [hashlib.sha256(b"\x00%d" % number).digest() for number in range(2)]
    root = pair(*tree)
    text = f"log.example/one\n2\n{b64(root)}\n"
    for number in range(count):
        note = f"{text}\n{key.line(text, DAY + number)}"
        write(folder, f"{number:06}.tlog-proof", f"c2sp.org/tlog-proof@v1\nindex 0\n{b64(tree[1])}\n\n{note}")
    for number in range(count):
        write(folder, f"{number:06}.txt", f"something else {number}\n")


@case(50_000)
def digests(folder, count):
    """CloudTrail digests, none of them signed, each linked to the one before."""
    previous, bucket, base = None, "trail-bucket", "AWSLogs/111122223333/CloudTrail-Digest/eu-central-1"
    for number in range(count):
        hours = DAY + number * 3600
        import datetime
        moment = datetime.datetime.fromtimestamp(hours, datetime.timezone.utc)
        stamp = moment.strftime("%Y%m%dT%H%M%SZ")
        name = f"{base}/{moment:%Y/%m/%d}/111122223333_CloudTrail-Digest_eu-central-1_main_eu-central-1_{stamp}.json.gz"
        content = {"awsAccountId": "111122223333", "digestStartTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "digestEndTime": (moment + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                   "digestS3Bucket": bucket, "digestS3Object": name, "digestPublicKeyFingerprint": "ab" * 16, "digestSignatureAlgorithm": "SHA256withRSA",
                   "newestEventTime": None, "oldestEventTime": None, "previousDigestS3Bucket": previous and bucket, "previousDigestS3Object": previous and previous[0],
                   "previousDigestHashValue": previous and previous[1], "previousDigestHashAlgorithm": previous and "SHA-256", "previousDigestSignature": previous and "cd" * 256, "logFiles": []}
        text = json.dumps(content).encode()
        write(folder, name, gzip.compress(text, 1, mtime=0))
        previous = (name, hashlib.sha256(text).hexdigest())


@case(60_000)
def alike(folder, count):
    """Files that are all the same."""
    for number in range(count):
        write(folder, f"{number:06}.jsonl", json.dumps(event(7)) + "\n")


@case(4_000)
def rotation(folder, count):
    """Receipts, each of which hands over to the next key."""
    made, keys = chains.Receipts(), [Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"key %d" % number).digest()) for number in range(count + 1)]
    for number in range(count):
        made.add(keys[number], hand_over=keys[number + 1], moment="2026-03-07T00:00:00Z")
    write(folder, "receipts.jsonl", "\n".join(made.lines) + "\n")
    write(folder.parent, folder.name + ".trust", chains.trust("helper", keys[0], ["did:agent:helper"]))


@case(300_000)
def chained(folder, count):
    """An honest chain."""
    write(folder, "log.jsonl", "\n".join(chains.plain(count)) + "\n")


if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:] or CASES:
        name, _, size = name.partition("=")
        make, usual = CASES[name]
        folder = out / (f"{name}={size}" if size else name)
        make(folder, int(size or usual))
        print(folder)
