"""Repairs a wheel as `auditwheel repair` does: copies a library into it, and names its C library in the tag."""

import base64
import hashlib
import os
import pathlib
import sys
import time
import zipfile

PLATFORM = "@PLATFORM@"

wheel = pathlib.Path(sys.argv[-1])
folder = pathlib.Path(sys.argv[sys.argv.index("--wheel-dir") + 1])
if PLATFORM == "nothing":
    sys.exit('auditwheel: error: cannot repair: required library "libtiny.so.1" could not be located')
name, version, *tags = wheel.stem.split("-")
tags[-1] = PLATFORM
members = {}
with zipfile.ZipFile(wheel) as archive:
    for member in archive.namelist():
        members[member] = archive.read(member)
info = f"{name}-{version}.dist-info"
del members[f"{info}/RECORD"]
members[f"{name}.libs/libtiny-0123abcd.so.1"] = b"\x7fELF GLIBC_2.27"
root = members[f"{info}/WHEEL"].decode().split("Tag:")[0]
members[f"{info}/WHEEL"] = f"{root}Tag: {'-'.join(tags)}\n".encode()
record = ""
for path, content in members.items():
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    record += f"{path},sha256={digest.decode().rstrip('=')},{len(content)}\n"
members[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
folder.mkdir()
made = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
with zipfile.ZipFile(folder / f"{'-'.join([name, version, *tags])}.whl", "w") as archive:
    for path, content in members.items():
        archive.writestr(zipfile.ZipInfo(path, made), content)
