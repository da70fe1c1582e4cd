#!/usr/bin/env python3
"""Verifies sealed segments (docs/sealed-segment.md) with Python's standard library and openssl. It shares no code with Sealscope.

    python3 docs/verify_segment.py [-v] VERIFIER-KEY NAME.seal…

VERIFIER-KEY is a C2SP verifier key, name+id+base64. Each NAME lies beside its seal, not packed. With -v it prints every hash.
Exit code: 0 if every segment leads to its signed root and the segments follow one another, 1 if something fails, 2 if it was called wrongly.
"""
import base64, hashlib, hmac, pathlib, subprocess, sys, tempfile


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def push(subtrees, leaf):
    """Appends a leaf to a list of (level, root): the complete subtrees, largest first."""
    level = 0
    while subtrees and subtrees[-1][0] == level:
        leaf, level = sha(b"\x01", subtrees.pop()[1], leaf), level + 1
    subtrees.append((level, leaf))


def root(subtrees):
    if not subtrees:
        return sha()
    whole = subtrees[-1][1]
    for _, left in reversed(subtrees[:-1]):
        whole = sha(b"\x01", left, whole)
    return whole


def ed25519(public, message, signature):
    pem = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + public).decode()
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: str(pathlib.Path(folder, name))
        pathlib.Path(path("key")).write_text(f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n")
        pathlib.Path(path("text")).write_bytes(message)
        pathlib.Path(path("signature")).write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", path("key"), "-rawin", "-in", path("text"), "-sigfile", path("signature")]
        return subprocess.run(command, capture_output=True).returncode == 0


def signed_time(text, lines, key):
    """Seconds since 1970 that the key's signature states, 0 if it states none; None if no signature of the key holds."""
    name, key_id, encoded = key.split("+", 2)
    kind, public = (lambda raw: (raw[0], raw[1:]))(base64.b64decode(encoded))
    assert kind in (1, 4), "only Ed25519 keys: types 1 and 4"
    assert sha(name.encode(), b"\n", bytes([kind]), public)[:4].hex() == key_id, "the key's id does not fit it"
    for line in lines:
        mark, signer, encoded = line.split(" ")
        raw = base64.b64decode(encoded)
        if mark == "—" and signer == name and raw[:4].hex() == key_id:
            seconds = int.from_bytes(raw[4:12], "big") if kind == 4 else 0
            message = f"cosignature/v1\ntime {seconds}\n{text}" if kind == 4 else text
            if ed25519(public, message.encode(), raw[-64:]):
                return seconds
    return None


def number(text):
    if str(int(text)) != text:
        raise ValueError(f"{text} is not written as a plain number")
    return int(text)


def verify(path, key, verbose):
    """Gives (origin, first, size, root at first, root); raises ValueError if the segment is not what was sealed."""
    head, checkpoint, signatures = path.read_text().split("\n\n")
    header, *lines = head.split("\n")
    if header != "sealscope.dev/segment@v2":
        raise ValueError("the seal is of another version")
    fields = [line.split(" ", 1) for line in lines]
    single = {name: value for name, value in fields if name != "frontier"}
    frontier = [base64.b64decode(value) for name, value in fields if name == "frontier"]
    if len(single) + len(frontier) != len(fields) or not single.keys() <= {"unit", "first", "secret"}:
        raise ValueError("a line of the seal is unknown or there twice")
    first, unit = number(single["first"]), single.get("unit", "line")
    secret = base64.b64decode(single["secret"]) if "secret" in single else None
    origin, size, stated = checkpoint.split("\n")[:3]
    size = number(size)
    levels = [level for level in reversed(range(64)) if first >> level & 1]
    if len(levels) != len(frontier):
        raise ValueError("`first` and the number of frontier lines disagree")
    subtrees = list(zip(levels, frontier))
    before = root(subtrees)
    content = path.with_suffix("").read_bytes()
    records = [content] if unit == "file" else content.split(b"\n")
    if unit == "line" and records[-1] == b"":
        records.pop()
    for index, record in enumerate(records):
        place = first + index
        salt = hmac.digest(secret, place.to_bytes(8, "big"), "sha256")[:16] if secret else b""
        kind = bytes([(1 if secret else 0) | (2 if unit == "file" else 0) | (4 if index == 0 else 0)])
        leaf = sha(b"\x00", kind, salt, record)
        push(subtrees, leaf)
        if verbose:
            print(f"  {place}: kind {kind.hex()} salt {salt.hex() or '-'} leaf {leaf.hex()}")
    computed = root(subtrees)
    if verbose:
        print(f"  root {computed.hex()}")
    if first + len(records) != size or computed != base64.b64decode(stated):
        raise ValueError("the records do not lead to the signed root")
    seconds = signed_time(checkpoint + "\n", signatures.rstrip("\n").split("\n"), key)
    if seconds is None:
        raise ValueError("no signature of this key holds")
    print(f"{path.name}: records {first} to {size - 1} of {origin}, sealed at {seconds}")
    return origin, first, size, before, computed


def main(arguments):
    verbose = arguments[:1] == ["-v"]
    key, *seals = arguments[verbose:] or [""]
    if not seals:
        print(__doc__)
        return 2
    ends, failed = {}, False
    for path in map(pathlib.Path, seals):
        try:
            origin, first, size, before, computed = verify(path, key, verbose)
        except (ValueError, OSError) as error:
            print(f"{path.name}: {error}")
            failed = True
            continue
        if origin in ends and ends[origin] != (first, before):
            print(f"{path.name}: does not follow the segment before it")
            failed = True
        ends[origin] = (size, computed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
