"""The peers of the CloudTrail bench: Python's hashing alone, and AWS's own validator over local files.

Usage: cloudtrail_peer.py FOLDER ACCOUNT REGION TRAIL START END. Prints one line `NAME SECONDS FILES` for each peer that is installed.
"""

import contextlib
import gzip
import hashlib
import io
import json
import pathlib
import sys
import time

folder, account, region, trail, start, end = sys.argv[1:]
folder = pathlib.Path(folder)
files = sorted(path for path in folder.rglob("*.json.gz"))

begun = time.perf_counter()
for path in files:
    hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()
print("hashing", time.perf_counter() - begun, len(files))

try:
    from awscli.customizations.cloudtrail import validation
except ImportError:
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


class Bucket:
    """What the validator asks of S3 and CloudTrail, answered from the folder."""

    def get_client(self, bucket):
        return self

    def get_object(self, Bucket, Key):
        metadata = {"signature": signatures.get(Key, ""), "signature-algorithm": "SHA256withRSA"}
        return {"Body": io.BytesIO((folder / Key).read_bytes()), "Metadata": metadata}

    def get_paginator(self, name):
        return self

    def paginate(self, Bucket, Marker, Prefix):
        self.keys = [str(path.relative_to(folder)) for path in files]
        self.keys = [key for key in self.keys if key.startswith(Prefix) and key > Marker]
        return self

    def search(self, expression):
        return iter(self.keys)

    def list_public_keys(self, StartTime, EndTime):
        return json.loads((folder / "public-keys.json").read_text())


local = Bucket()
command = validation.CloudTrailValidateLogs.__new__(validation.CloudTrailValidateLogs)
for name in ("_valid_digests", "_invalid_digests", "_valid_backfill_digests", "_invalid_backfill_digests", "_valid_logs", "_invalid_logs"):
    setattr(command, name, 0)
command.trail_arn = f"arn:aws:cloudtrail:{region}:{account}:trail/{trail}"
command.is_verbose = False
command.start_time, command.end_time = validation.parse_date(start), validation.parse_date(end)
command.s3_bucket, command.s3_prefix, command.account_id, command._source_region = "b", None, account, region
command.s3_client_provider = command.cloudtrail_client = command.organization_client = local
command._is_last_status_double_space = True
command._found_start_time = command._found_end_time = None
begun = time.perf_counter()
with contextlib.redirect_stdout(sys.stderr):
    command._call()
print("validate-logs", time.perf_counter() - begun, command._valid_logs + command._valid_digests)
