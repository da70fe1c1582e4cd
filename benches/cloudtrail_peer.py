"""The peers of the CloudTrail bench: Python's hashing alone, and `aws cloudtrail validate-logs` (pip install awscli).

Usage: cloudtrail_peer.py FOLDER ACCOUNT REGION TRAIL START END. Prints one line `NAME SECONDS FILES` for each peer that is installed.

The validator reads only from S3, so a server on loopback answers for S3 and CloudTrail from the folder: no network is waited for, and all of its
own work is done. To tell it apart from the rest, its hashing and signature checks are also run over the open files, without any server.
"""

import contextlib
import gzip
import hashlib
import http.server
import importlib.util
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

folder, account, region, trail, start, end = sys.argv[1:]
folder = pathlib.Path(folder)
files = sorted(path for path in folder.rglob("*.json.gz"))
names = [str(path.relative_to(folder)) for path in files]
arn = f"arn:aws:cloudtrail:{region}:{account}:trail/{trail}"

begun = time.perf_counter()
for path in files:
    hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()
print("hashing", time.perf_counter() - begun, len(files), flush=True)

if importlib.util.find_spec("awscli") is None:
    print("awscli is not installed (pip install awscli)", file=sys.stderr)
    sys.exit(0)

# A digest's signature is S3 metadata; the next digest repeats it.
signatures = {}
for path in files:
    if "CloudTrail-Digest" in path.parts:
        digest = json.loads(gzip.decompress(path.read_bytes()))
        if digest["previousDigestS3Object"]:
            signatures[digest["previousDigestS3Object"]] = digest["previousDigestSignature"]
for path in folder.rglob("*.head-object.json"):
    name = str(path.relative_to(folder)).removesuffix(".head-object.json")
    signatures[name] = json.loads(path.read_text())["Metadata"]["signature"]
public_keys = json.loads((folder / "public-keys.json").read_text())


class Server(http.server.BaseHTTPRequestHandler):
    """As much of S3 and CloudTrail as the validator asks for."""

    protocol_version = "HTTP/1.1"
    # Head and body leave together, so that no delayed acknowledgement is waited for.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def answer(self, body, kind="application/xml", headers=()):
        self.send_response(200)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(address.query, keep_blank_values=True)
        key = urllib.parse.unquote(address.path).removeprefix("/b").removeprefix("/")
        if "location" in query:
            self.answer(f"<LocationConstraint>{region}</LocationConstraint>".encode())
        elif not key:
            prefix, marker = query.get("prefix", [""])[0], query.get("marker", [""])[0]
            found = [name for name in names if name.startswith(prefix) and name > marker][:1000]
            more = len(found) == 1000
            rows = "".join(f"<Contents><Key>{escape(name)}</Key></Contents>" for name in found)
            self.answer(f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{rows}</ListBucketResult>".encode())
        else:
            headers = (("x-amz-meta-signature", signatures.get(key, "")), ("x-amz-meta-signature-algorithm", "SHA256withRSA"))
            self.answer((folder / key).read_bytes(), "application/octet-stream", headers)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(json.dumps(public_keys).encode(), "application/x-amz-json-1.1")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
environment = os.environ | {
    "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": region, "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL_S3": address, "AWS_ENDPOINT_URL_CLOUDTRAIL": address, "NO_PROXY": "127.0.0.1",
}
aws = [sys.executable, "-m", "awscli"]
command = ["cloudtrail", "validate-logs", "--trail-arn", arn, "--start-time", start, "--end-time", end, "--s3-bucket", "b"]
begun = time.perf_counter()
done = subprocess.run(aws + command, env=environment, capture_output=True, text=True)
seconds = time.perf_counter() - begun
server.shutdown()
checked = sum(int(number) for number in re.findall(r"(\d+)/\d+ (?:digest|log) files valid", done.stdout))
if checked:
    print("validate-logs", seconds, checked, flush=True)
else:
    print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)

from awscli.customizations.cloudtrail import validation  # noqa: E402


class Bucket:
    """What the validator's own classes ask of their clients, answered from the folder."""

    def get_client(self, bucket):
        return self

    def get_object(self, Bucket, Key):
        metadata = {"signature": signatures.get(Key, ""), "signature-algorithm": "SHA256withRSA"}
        return {"Body": io.BytesIO((folder / Key).read_bytes()), "Metadata": metadata}

    def get_paginator(self, name):
        return self

    def paginate(self, Bucket, Marker, Prefix):
        self.keys = [name for name in names if name.startswith(Prefix) and name > Marker]
        return self

    def search(self, expression):
        return iter(self.keys)

    def list_public_keys(self, StartTime, EndTime):
        return public_keys


command = validation.CloudTrailValidateLogs.__new__(validation.CloudTrailValidateLogs)
for name in ("_valid_digests", "_invalid_digests", "_valid_backfill_digests", "_invalid_backfill_digests", "_valid_logs", "_invalid_logs"):
    setattr(command, name, 0)
command.trail_arn, command.is_verbose = arn, False
command.start_time, command.end_time = validation.parse_date(start), validation.parse_date(end)
command.s3_bucket, command.s3_prefix, command.account_id, command._source_region = "b", None, account, region
command.s3_client_provider = command.cloudtrail_client = command.organization_client = Bucket()
command._is_last_status_double_space = True
command._found_start_time = command._found_end_time = None
begun = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    command._call()
print("validate-logs-without-S3", time.perf_counter() - begun, command._valid_logs + command._valid_digests)
