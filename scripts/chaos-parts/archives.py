"""Wheels and sdists that lie about themselves, or lead out of their folder."""

import tarfile
import warnings
import zipfile

import world
from world import core_metadata, recorded, tar, wheel, zipped

BACKEND = b"""
import base64, hashlib, os, zipfile
def build_wheel(folder, config=None, metadata=None):
    info = 'aa-1.0.dist-info'
    files = [('aa.py', b''), (info + '/METADATA', b'Metadata-Version: 2.2\\nName: aa\\nVersion: 1.0\\n'),
             (info + '/WHEEL', b'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')]
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
    record = ''.join('%s,sha256=%s,%d\\n' % (path, digest(data), len(data)) for path, data in files)
    with zipfile.ZipFile(os.path.join(folder, 'aa-1.0-py3-none-any.whl'), 'w') as archive:
        for path, data in files + [(info + '/RECORD', record + info + '/RECORD,,\\n')]:
            archive.writestr(zipfile.ZipInfo(path), data)
    return 'aa-1.0-py3-none-any.whl'
"""
PROJECT = b"[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"


def run(_options):
    warnings.filterwarnings("ignore", "Duplicate name")
    for name, data in hostile_wheels():
        refuses_wheel(name, data)
    refuses_wheel(None, wheel("aa", "1.0"))
    for name, members in hostile_sdists():
        builds(name, members)
    builds(None, [])


def hostile_wheels():
    info = "aa-1.0.dist-info"
    good = wheel("aa", "1.0")
    members = world.wheel_members("aa", "1.0")
    record = "".join(recorded(*member) for member in members) + f"{info}/RECORD,,\n"
    stored = zipped([*members, (f"{info}/RECORD", record)], zipfile.ZIP_STORED)
    evil = lambda path: wheel("aa", "1.0", extra=[(path, b"x")])
    yield "a member in a folder above", evil("../evil.py")
    yield "an absolute member", evil("/tmp/evil.py")
    yield "a member with a drive", evil("C:/evil.py")
    yield "a member with a backslash", evil("aa\\..\\..\\evil.py")
    yield "a member with a control character", evil("aa/\x1b[31m.py")
    yield "two members of one name", wheel("aa", "1.0", extra=[("aa/x.py", b"1"), ("aa/x.py", b"2")])
    yield "a member that RECORD lacks", wheel("aa", "1.0", record=f"{info}/RECORD,,\n")
    yield "a RECORD with other digests", wheel("aa", "1.0", record="".join(
        recorded(path, data + b"?") for path, data in world.wheel_members("aa", "1.0")) + f"{info}/RECORD,,\n")
    yield "a RECORD with MD5", wheel("aa", "1.0", record="aa/__init__.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,0\n")
    yield "metadata of another project", wheel("aa", "1.0", metadata=core_metadata("bb", "1.0"))
    yield "metadata of another version", wheel("aa", "1.0", metadata=core_metadata("aa", "2.0"))
    yield "two .dist-info folders", wheel("aa", "1.0", extra=[("bb-1.0.dist-info/METADATA", b"x")])
    yield "no METADATA", zipped([("aa.py", b""), (f"{info}/RECORD", "aa.py,,\n")])
    yield "bytes behind its end", good + b"PK\5\6" + bytes(18)
    yield "bytes before its start", b"#!/bin/sh\n" + good
    yield "its end is missing", good[:-30]
    yield "a damaged member", stored.replace(b"Wheel-Version", b"Wheel-Versipn")
    yield "another name in the local header", good.replace(b"aa/__init__.py", b"aa/__evil__.py", 1)
    yield "a compression that installers lack", zipped(world.wheel_members("aa", "1.0"), zipfile.ZIP_LZMA)
    yield "no archive", b"<html>login</html>"
    yield "nothing", b""


def refuses_wheel(name, data):
    """`name` is None for the wheel that is right."""
    index = world.Index()
    # A lock is made from the listed metadata; the wheel is another.
    filename = index.add("aa", "1.0", data=data, **{"core-metadata": True, "size": None})
    index.answers[f"/files/{filename}.metadata"] = world.Answer(core_metadata("aa", "1.0").encode())
    folder = world.fresh("wheel")
    locked = world.lock(folder, "aa\n", index)
    fetched = world.fetch(folder, index) if locked.code == 0 else locked
    kept = [path.name for path in (folder / "wheelhouse").glob("*")]
    if name is None:
        world.tell(fetched.code == 0 and kept, "a sound wheel is fetched", fetched)
    else:
        world.tell(fetched.sane and fetched.code == 1 and not kept, f"a wheel is refused: {name}", fetched)


def hostile_sdists():
    link = lambda target: {"type": tarfile.SYMTYPE, "linkname": target}
    hard = lambda target: {"type": tarfile.LNKTYPE, "linkname": target}
    yield "a member in a folder above", [("aa-1.0/../../evil", b"x", {})]
    yield "an absolute member", [("/tmp/chaos-evil", b"x", {})]
    yield "a link out, and a member behind it", [("aa-1.0/l", b"", link("/tmp")), ("aa-1.0/l/chaos-evil", b"x", {})]
    yield "a chain of links", [("aa-1.0/a", b"", link(".")), ("aa-1.0/a/b", b"", link(".."))]
    yield "a hard link out", [("aa-1.0/h", b"", hard("/etc/passwd"))]
    yield "a hard link to a link", [("aa-1.0/s", b"", link("backend.py")), ("aa-1.0/h", b"", hard("aa-1.0/s"))]
    yield "a device", [("aa-1.0/d", b"", {"type": tarfile.CHRTYPE})]
    yield "a pipe", [("aa-1.0/d", b"", {"type": tarfile.FIFOTYPE})]
    yield "a path of pax in a folder above", [("aa-1.0/x", b"x", {"pax_headers": {"path": "aa-1.0/../../evil"}})]
    yield "a link of pax out", [("aa-1.0/x", b"", link("y") | {"pax_headers": {"linkpath": "/tmp"}})]
    yield "two sizes of one member", [("aa-1.0/x", b"x" * 2000, {"pax_headers": {"size": "10"}})]
    yield "a name of 300 characters", [("aa-1.0/" + "n" * 300, b"x", {})]
    yield "two folders at the top", [("bb-1.0/x", b"x", {})]


def builds(name, members):
    """`name` is None for the sdist that is right."""
    index = world.Index()
    own = [("aa-1.0/pyproject.toml", PROJECT, {}), ("aa-1.0/backend.py", BACKEND, {}),
           ("aa-1.0/PKG-INFO", core_metadata("aa", "1.0").encode(), {})]
    index.add("aa", "1.0", data=tar(own + members), filename="aa-1.0.tar.gz")
    folder = world.fresh("sdist")
    locked = world.lock(folder, "aa\n", index, "--allow-sdist", "aa")
    built = world.fetch(folder, index, "--build") if locked.code == 0 else locked
    outside = [path.name for path in (world.WORK, world.pathlib.Path("/tmp")) for path in path.glob("*evil*")]
    if name is None:
        world.tell(built.code == 0, "a sound sdist is built", built)
    else:
        world.tell(built.sane and built.code == 1 and not outside, f"an sdist is refused: {name}", (str(built), outside))
