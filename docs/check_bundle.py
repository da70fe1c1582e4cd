#!/usr/bin/env python3
"""Checks an evidence bundle without the program that made it.

Usage: check_bundle.py BUNDLE [KEYS...] [--allowed-signers FILE --identity NAME] [--authorities FILE]

BUNDLE is a folder or a zip. Python 3 and its standard library are enough; ssh-keygen and openssl check signatures. KEYS are files with keys that
you got by another way than the bundle: sealers' verifier keys (NAME+ID+KEY, Ed25519) and examiners' lines of allowed signers. Checked are the
lists, each record's membership in its log, the sealers' signatures, whole segments, gaps and forks, and what the statement says: its counts, its
identifier, its sources, its answers about each log. Not checked: hash chains, tables, reports, words, and answers that other files would show.

Exit code 0: everything that was checked holds. 1: something does not. 2: wrong usage, or a tool is missing.
"""

import argparse, base64, gzip, hashlib, hmac, json, pathlib, re, subprocess, sys, tempfile, zipfile

NAMESPACE, TAG_FILES = "evidence@sealscope.dev", {"bag-info.txt", "bagit.txt", "manifest-sha256.txt"}
STAMP = "tagmanifest-sha256.txt.sig.tsr"
BESIDE = {"tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig", STAMP}
LARGEST = 8 << 30
QUESTIONS = ["Was a record edited?", "Was one removed or inserted?", "Was the end cut off?", "Whose key vouches for it?", "Is the time right?"]

class Wrong(Exception):
    """Something does not hold."""

def is_dropping(name, content):
    """What systems leave behind in folders, by name and form, and the file of signers that a reader may have saved there."""
    last, forms = name.rsplit("/", 1)[-1], {".DS_Store": b"\x00\x00\x00\x01Bud1", "Thumbs.db": b"\xd0\xcf\x11\xe0", "desktop.ini": b"[.ShellClassInfo]"}
    signers = name == "allowed_signers" and all(b" ssh-" in line or line[:1] == b"#" for line in content.splitlines() if line.strip())
    return last in forms and content.startswith(forms[last]) or last.startswith("._") and content.startswith(b"\x00\x05\x16\x07") or signers

def read(path):
    """The files of a bundle: name to bytes, without the folder that holds them all."""
    path, files = pathlib.Path(path), {}
    if path.is_dir():
        for file in path.rglob("*"):
            if file.is_symlink():
                raise Wrong(f"{file}: is a link")
            if file.is_file():
                files[file.relative_to(path).as_posix()] = file.read_bytes()
    else:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > LARGEST:
                raise Wrong("the archive unpacks to too much")
            files = {entry.filename: archive.read(entry) for entry in entries}
            if len(files) != len(entries):
                raise Wrong("a name stands twice in the archive")
    files = {name: content for name, content in files.items() if not is_dropping(name, content)}
    if "bagit.txt" not in files:
        if len({name.split("/", 1)[0] for name in files}) != 1 or any("/" not in name for name in files):
            raise Wrong("there is no bagit.txt")
        files = {name.split("/", 1)[1]: content for name, content in files.items()}
    return files

def manifest(text):
    lines = {}
    for line in text.decode("utf-8").splitlines():
        digest, name = line.split("  ", 1)
        if name in lines or any(part in ("", ".", "..") for part in name.split("/")) or not name.isascii():
            raise Wrong(f"{name}: may not stand in a manifest")
        lines[name] = digest.lower()
    return lines

def check_files(files):
    for name in sorted((TAG_FILES | {"tagmanifest-sha256.txt", "data/report.json"}) - set(files)):
        raise Wrong(f"{name}: is missing")
    listed, payload = manifest(files["tagmanifest-sha256.txt"]), manifest(files["manifest-sha256.txt"])
    if set(listed) != TAG_FILES or any(not name.startswith("data/") for name in payload):
        raise Wrong("the lists do not name exactly the tag files, and what is under data/")
    for name, digest in {**listed, **payload}.items():
        if name not in files:
            raise Wrong(f"{name}: is missing")
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise Wrong(f"{name}: was changed")
    for name in sorted(set(files) - set(listed) - set(payload) - BESIDE):
        raise Wrong(f"{name}: was added")
    return len(payload)

def check_signature(files, signers, identity):
    with tempfile.NamedTemporaryFile(buffering=0) as file:
        file.write(files["tagmanifest-sha256.txt.sig"])
        command = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", identity, "-n", NAMESPACE, "-s", file.name]
        done = subprocess.run(command, input=files["tagmanifest-sha256.txt"], capture_output=True)
    if done.returncode:
        raise Wrong("the signature does not hold: " + (done.stderr or done.stdout).decode(errors="replace").strip())
    return done.stdout.decode(errors="replace").strip()

def check_time_stamp(files, authorities):
    """Gives what openssl says of the time stamp over the signature."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / name for name in ("signature", "token")]
        paths[0].write_bytes(files["tagmanifest-sha256.txt.sig"])
        paths[1].write_bytes(files[STAMP])
        command = ["openssl", "ts", "-verify", "-data", paths[0], "-in", paths[1], "-CAfile", authorities]
        done = [subprocess.run([*command, *form], capture_output=True) for form in ([], ["-token_in"])]
    if all(run.returncode for run in done):
        raise Wrong("the time stamp does not hold: " + done[0].stderr.decode(errors="replace").strip())
    return "holds, by openssl"

def leaf(record, salt, is_file, is_first):
    """The leaf of a record: kind and salt stand before it."""
    if salt is not None and len(salt) != 16:
        raise Wrong("a salt is not 16 bytes long")
    kind = (salt is not None) | is_file << 1 | is_first << 2
    return hashlib.sha256(bytes([0, kind]) + (salt or b"") + record).digest()

def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()

class Tree:
    """The subtree roots of the leaves so far, left to right (RFC 6962)."""

    def __init__(self):
        self.size, self.nodes = 0, []

    def push(self, width, digest):
        self.size += width
        while self.nodes and self.nodes[-1][0] == width and self.size % (2 * width) == 0:
            _, left = self.nodes.pop()
            digest, width = node(left, digest), 2 * width
        self.nodes.append((width, digest))

    def root(self):
        digest = self.nodes[-1][1] if self.nodes else hashlib.sha256(b"").digest()
        for _, left in reversed(self.nodes[:-1]):
            digest = node(left, digest)
        return digest

def checkpoint(seal):
    """Name of the log, size and root that a seal states."""
    lines = seal.decode("utf-8").split("\n\n", 1)[1].split("\n")
    return lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)

def unit_and_first(seal):
    """Whether a seal's record is a whole file, and the number of its first record, as stated; the root shows whether it is so."""
    lines = seal.decode("utf-8").split("\n\n", 1)[0].split("\n")
    if lines[0] != "sealscope.dev/segment@v2":
        raise Wrong("a seal is of an unknown version")
    fields = dict(line.split(" ", 1) for line in lines[1:] if not line.startswith("frontier "))
    if set(fields) - {"unit", "first", "secret"} or fields.get("unit", "line") not in ("line", "file"):
        raise Wrong("a seal has a line that is not known")
    return fields.get("unit") == "file", int(fields["first"])

def verifier_keys(paths):
    """Sealers' Ed25519 keys in files: their names with signature type and key."""
    words = [word.split("+", 2) for path in paths for word in pathlib.Path(path).read_text(errors="replace").split()]
    keys = {(parts[0], bytes.fromhex(parts[1])): base64.b64decode(parts[2]) for parts in words if len(parts) == 3 and len(parts[1]) == 8}
    return {name: key for name, key in keys.items() if len(key) == 33 and key[0] in (1, 4)}

def check_sealer(seal, keys):
    """Whether a key that was given signed a seal's checkpoint: Ed25519, or a cosignature with its time. A signature that fails is an error."""
    text, signatures = seal.decode("utf-8").split("\n\n", 1)[1].split("\n\n", 1)
    text, signed = text.encode() + b"\n", False
    origin = text.split(b"\n", 1)[0].decode()
    for line in signatures.splitlines():
        _, name, encoded = line.split(" ")
        raw = base64.b64decode(encoded, validate=True)
        key = keys.get((name, raw[:4]))
        if key is None or origin != name and not origin.startswith(name + "/"):
            continue
        message, signature = text, raw[4:]
        if key[0] == 4:
            seconds, signature = int.from_bytes(raw[4:12], "big"), raw[12:]
            message = b"cosignature/v1\ntime %d\n" % seconds + text
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder) / name for name in ("key", "message", "signature")]
            for path, content in zip(paths, (bytes.fromhex("302a300506032b6570032100") + key[1:], message, signature)):
                path.write_bytes(content)
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0], "-rawin", "-in", paths[1], "-sigfile", paths[2]]
            if subprocess.run(command, capture_output=True).returncode != 0:
                raise Wrong(f"the signature of {name} does not hold")
        signed = True
    return signed

def checkpoints(files, name):
    """The checkpoints in a file of notes, an empty line between two: origin, size, root."""
    lines = [block.split("\n") for block in files.get(name, b"").decode("utf-8").split("\n\n")[::2] if block.strip()]
    return [(line[0], int(line[1]), base64.b64decode(line[2], validate=True)) for line in lines]

def check_excerpt(files, name):
    """Whether the records of an excerpt lead to the root; gives how many are disclosed and withheld, the segment, and what is known before it."""
    records = files[f"data/records/{name}.ndjson"].split(b"\n")
    if records.pop() != b"":
        raise Wrong(f"data/records/{name}.ndjson: its last line is incomplete")
    pairs = [line.split(" ") for line in files.get(f"data/salts/{name}.salts", b"").decode().splitlines()]
    salts = {int(number): bytes.fromhex(salt) for number, salt in pairs}
    if len(salts) != len(pairs):
        raise Wrong(f"data/salts/{name}.salts: names a record twice")
    lines = files[f"data/proofs/{name}.ptree"].decode().splitlines()
    if not lines or lines[0] != "sealscope.dev/pruned@v1":
        raise Wrong(f"data/proofs/{name}.ptree: is of an unknown version")
    is_file, first = unit_and_first(files[f"data/seals/{name}.seal"])
    tree, disclosed, salted, start = Tree(), 0, bool(salts), None
    for line in lines[1:]:
        words, start = line.split(" "), tree.root() if tree.size == first else start
        if words[0] == "D" and len(words) == 2 and int(words[1]) == tree.size and disclosed < len(records):
            tree.push(1, leaf(records[disclosed], salts.pop(tree.size) if salted else None, is_file, tree.size == first))
            disclosed += 1
        elif words[0] == "H" and len(words) == 4 and int(words[1]) == tree.size:
            width, digest = int(words[2]), bytes.fromhex(words[3])
            if width < 1 or width & (width - 1) or tree.size % width or len(digest) != 32:
                raise Wrong(f"data/proofs/{name}.ptree: “{line}” is no subtree")
            tree.push(width, digest)
        else:
            raise Wrong(f"data/proofs/{name}.ptree: “{line}” is out of place")
    origin, size, root = checkpoint(files[f"data/seals/{name}.seal"])
    if disclosed != len(records) or tree.size != size or tree.root() != root or salts:
        raise Wrong(f"data/records/{name}.ndjson: does not lead to the root that its seal states")
    known = (origin, first, start) in checkpoints(files, f"data/seals/{name}.before")
    placed = first == 0 or known or f"D {first}" in lines
    return disclosed, size - disclosed - (first if placed else 0), (origin, first, size, root), known or first == 0

def check_history(files, excerpts):
    """What contradicts or is missing between the excerpts and the checkpoints around them; a list of sentences."""
    wrong, roots, reached = [], {}, {}
    points = [point for name in excerpts for ending in ("before", "heads") for point in checkpoints(files, f"data/seals/{name}.{ending}")]
    for origin, size, root in points + [(origin, size, root) for _, _, (origin, _, size, root), _ in excerpts.values()]:
        if roots.setdefault((origin, size), root) != root:
            wrong.append(f"{origin}: there are two histories up to record {size}")
    for name, (_, _, (origin, first, size, _), known) in sorted(excerpts.items(), key=lambda item: item[1][2][:3]):
        if reached.get(origin, first) < first and not known:
            wrong.append(f"{name}: records {reached[origin]} to {first - 1} of {origin} are missing")
        reached[origin] = max(size, reached.get(origin, 0))
    return wrong

def check_whole(files, name, ends):
    """Whether a whole segment leads to the root of its seal; `ends` holds where each log's segments end. None: it cannot be read here."""
    if name.endswith(".zst"):
        return None
    content = gzip.decompress(files[name]) if name.endswith(".gz") else files[name]
    is_file, first = unit_and_first(files[f"{name}.seal"])
    head, tree = files[f"{name}.seal"].decode("utf-8").split("\n\n", 1)[0], Tree()
    fields = [line.split(" ", 1) for line in head.split("\n")[1:]]
    widths = [1 << bit for bit in range(first.bit_length() - 1, -1, -1) if first >> bit & 1]
    frontier = [base64.b64decode(value, validate=True) for key, value in fields if key == "frontier"]
    for width, digest in zip(widths, frontier, strict=True):
        tree.push(width, digest)
    origin, size, root = checkpoint(files[f"{name}.seal"])
    if ends.get((origin, first), tree.nodes) != tree.nodes:
        raise Wrong(f"{name}.seal: does not follow the segment before it")
    secret = next((base64.b64decode(value) for key, value in fields if key == "secret"), None)
    records = [content] if is_file else content.removesuffix(b"\n").split(b"\n") if content else []
    for record in records:
        salt = hmac.digest(secret, tree.size.to_bytes(8, "big"), "sha256")[:16] if secret else None
        tree.push(1, leaf(record, salt, is_file, tree.size == first))
    if (tree.size, tree.root()) == (size, root):
        ends[origin, size] = tree.nodes
    return (tree.size, tree.root()) == (size, root)

def check_segments(files, statement):
    """Checks every whole segment that has a seal, in the order of the records; gives how many hold and how many are told to be damaged."""
    sealed = [name for name in files if name.startswith("data/segments/") and f"{name}.seal" in files]
    results, ends = [], {}
    for name in sorted(sealed, key=lambda name: (unit_and_first(files[f"{name}.seal"])[1], name)):
        holds = check_whole(files, name, ends)
        if holds is False and statement["verdict"] != "broken":
            raise Wrong(f"{name}: does not lead to the root that its seal states")
        results.append(holds)
    return results.count(True), results.count(False)

def check_statement(files, statement):
    """The statement's identifier, the bag's description, the sources of files that are here whole, and the answers about each log."""
    text = json.dumps({**statement, "id": ""}, separators=(",", ":"), ensure_ascii=False)
    if hashlib.sha256(text.encode()).hexdigest()[:16] != statement["id"]:
        raise Wrong("data/report.json: its identifier is not its own")
    said = dict(line.split(": ", 1) for line in files["bag-info.txt"].decode().splitlines())
    named = {"External-Identifier": f"urn:sealscope:evidence:{statement['id']}", "Bagging-Date": statement["exported"][:10], "Contact-Name": statement["examiner"]}
    if any(said.get(field) != re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", value) for field, value in named.items()):
        raise Wrong("bag-info.txt: does not say what the statement says")
    sources = {source["path"]: source["sha256"] for source in statement["sources"]}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name.startswith("data/segments/")}
    if any(part["source"] not in sources or hashes.get(part["file"], sources[part["source"]]) != sources[part["source"]] for part in statement["parts"]):
        raise Wrong("a part is not the source that the statement says")
    if not set(hashes.values()) <= set(sources.values()):
        raise Wrong("a file under data/segments/ is none of the sources")
    states = {log: {state for part in statement["parts"] if part["log"] == log for state, number in part["states"].items() if number} for log in {part["log"] for part in statement["parts"]}}
    if {ladder["log"] for ladder in statement["ladders"]} != set(states):
        raise Wrong("the statement does not answer the questions about exactly the logs of its parts")
    fails = {"record-altered": [0], "segment-altered": [0], "proof-fails": [0], "fork": [0, 1], "gap": [1], "record-removed": [1], "record-inserted": [1], "truncated": [2]}
    for ladder in statement["ladders"]:
        answers = [rung[1] for rung in ladder["rungs"]]
        found = [finding["code"] for finding in json.loads(files["data/findings.json"]) if (finding["log"], finding["severity"]) == (ladder["log"], "error")]
        untold = any(code in fails and all(answers[rung] != "failed" for rung in fails[code]) for code in found)
        if [rung[0] for rung in ladder["rungs"]] != QUESTIONS or untold or answers[0] == "proved" and states[ladder["log"]] - {"sealed"}:
            raise Wrong(f"{ladder['log']}: the answers are not those that its records and findings give")
    counted = re.match(r"([\d,]+) of ([\d,]+) records checked against a seal", statement["coverage"])
    if not counted or int(counted[2].replace(",", "")) != statement["population"] or int(counted[1].replace(",", "")) > statement["population"]:
        raise Wrong("the statement's line about its coverage does not count its records")

def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option in ("bundle", "--allowed-signers", "--identity", "--authorities"):
        parser.add_argument(option)
    parser.add_argument("keys", nargs="*")
    arguments = parser.parse_args()
    try:
        files = read(arguments.bundle)
        print(f"files: {check_files(files)} are as listed, and none was added")
        texts = {path: pathlib.Path(path).read_text(errors="replace") for path in arguments.keys}
        lists = {path: text.split()[0].split(",")[0] for path, text in texts.items() if " ssh-" in text or " ecdsa-" in text}
        lists |= {arguments.allowed_signers: arguments.identity} if arguments.allowed_signers and arguments.identity else {}
        if "tagmanifest-sha256.txt.sig" not in files:
            raise Wrong("tagmanifest-sha256.txt.sig: is missing, so nobody signed this bundle")
        said = "; ".join(check_signature(files, path, name) for path, name in lists.items())
        print("signature:", said or "not checked; give --allowed-signers and --identity")
        none = "not checked; give --authorities" if STAMP in files else "none; the time is asserted by the examiner's clock"
        print("time stamp:", check_time_stamp(files, arguments.authorities) if STAMP in files and arguments.authorities else none)
        statement = json.loads(files["data/report.json"])
        check_statement(files, statement)
        proofs = sorted(name[len("data/proofs/"):-len(".ptree")] for name in files if name.startswith("data/proofs/") and name.endswith(".ptree"))
        excerpts = {name: check_excerpt(files, name) for name in proofs}
        proven = {f"data/records/{name}.ndjson": excerpt[0] for name, excerpt in excerpts.items()}
        history = check_history(files, excerpts)
        if history and statement["verdict"] != "broken":
            raise Wrong("; ".join(history) + "; the statement does not say so")
        keys, seals = verifier_keys(arguments.keys), sorted(name for name in files if name.endswith(".seal") and name.startswith(("data/seals/", "data/segments/")))
        signed = [check_sealer(files[name], keys) for name in seals]
        for part in statement["parts"]:
            if part["level"] == "L4" and part["withheld"]:
                raise Wrong(f"{part['file']}: is called whole and is not")
            withheld = excerpts[part["file"][len("data/records/"):-len(".ndjson")]][1] if part["file"] in proven else part["withheld"]
            if withheld != part["withheld"]:
                raise Wrong(f"{part['file']}: the statement says that {part['withheld']} are withheld; by its seal it is {withheld}")
            if part["file"] not in files:
                raise Wrong(f"{part['file']}: is named in the statement and missing")
            skeleton = part["file"].replace("/records/", "/proofs/").removesuffix(".ndjson") + ".skeleton"
            if part["file"].startswith("data/records/") and skeleton not in files and proven.get(part["file"]) != part["included"]:
                raise Wrong(f"{part['file']}: the statement counts {part['included']} records")
        whole, damaged = check_segments(files, statement)
        held = {name for name in files if name.startswith(("data/records/", "data/unsealed/"))}
        for name in sorted(held - {part["file"] for part in statement["parts"]}):
            raise Wrong(f"{name}: holds records that the statement does not name")
        if any(sum(part[count] for part in statement["parts"]) != statement[count] for count in ("included", "withheld")):
            raise Wrong("data/report.json: its counts do not add up")
        print(f"sealers: {sum(signed)} of {len(seals)} seals are signed by keys that you gave")
        print(f"records: {sum(proven.values())} are proven members of their sealed logs; {statement['withheld']} are withheld")
        print("history:", "; ".join(history) or "no contradiction and no gap between the excerpts")
        print(f"skeletons of hash chains: {sum(name.endswith('.skeleton') for name in files)}, not checked here; sealscope verify does")
        print(f"whole segments: {whole} lead to the roots of their seals; {damaged} do not, and the statement says that they are damaged")
    except FileNotFoundError as error:
        print(f"a file or tool is missing: {error}", file=sys.stderr)
        return 2
    except (Wrong, TypeError, KeyError, ValueError, IndexError, StopIteration, OSError, EOFError, zipfile.BadZipFile) as error:
        print(f"does not hold: {error}", file=sys.stderr)
        return 1
    print("Everything that was checked holds." + ("" if all(signed) else " Not every seal is signed by a key that you gave."))
    return 0

if __name__ == "__main__":
    sys.exit(main())
