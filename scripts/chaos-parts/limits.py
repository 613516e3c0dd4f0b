"""Answers and files that are small, or come without end, and take much memory, time or disk.

Each has a limit of 512 MiB of memory and of some seconds. `--table` prints the rows of docs/limits.md.
"""

import json
import zlib

import world
from world import Answer, core_metadata

MOST_MIB = 512
MIB = 1 << 20
JSON = "application/vnd.pypi.simple.v1+json"
GZIP = {"Content-Encoding": "gzip"}
BOMBS = []


def bomb(name, seconds=30):
    """A function that makes a bomb in a folder and runs into it."""
    def add(make):
        BOMBS.append((name, seconds, make))
        return make
    return add


def run(options):
    for name, seconds, make in BOMBS:
        folder = world.fresh("bomb")
        ran = make(folder)
        ok = ran.sane and ran.peak <= MOST_MIB and ran.seconds <= seconds
        if options.table:
            print(f"| {name} | {ran.peak} MiB | {ran.seconds:.1f} s |", flush=True)
            if not ok:
                world.FAILED.append(name)
        else:
            world.tell(ok, f"bomb: {name}", ran)


def packed(*parts):
    """The parts, compressed by gzip; (bytes, number) stands for as many of them."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    out = []
    for part in parts:
        data, number = part if isinstance(part, tuple) else (part, 1)
        out += [packer.compress(data) for _ in range(number)]
    return b"".join([*out, packer.flush()])


def index_with_page(body, kind=JSON, headers=GZIP):
    index = world.Index()
    index.answers["/simple/aa/"] = Answer(body, kind=kind, headers=headers)
    return index


@bomb("a page of 128 MiB, 130 kB on the wire")
def _(folder):
    page = packed((b" " * MIB, 127), b'{"files": []}')
    return world.lock(folder, "aa\n", index_with_page(page))


@bomb("six pages at once that become 500 MiB each", 60)
def _(folder):
    index = world.Index()
    index.add("aa", "1.0", [f"p{place}" for place in range(6)])
    page = Answer(packed((b" " * MIB, 500), b'{"files": []}'), kind=JSON, headers=GZIP)
    index.answers |= {f"/simple/p{place}/": page for place in range(6)}
    return world.lock(folder, "aa\n", index)


@bomb("six pages of 120 MiB at once, not compressed", 60)
def _(folder):
    index = world.Index()
    index.add("aa", "1.0", [f"p{place}" for place in range(6)])
    page = Answer(b" " * (120 * MIB) + b'{"files": []}', kind=JSON)
    index.answers |= {f"/simple/p{place}/": page for place in range(6)}
    return world.lock(folder, "aa\n", index)


@bomb("a page of 120 MiB of files")
def _(folder):
    entry = b'{"filename":"aa-1.tar.gz","url":"x"},'
    page = packed(b'{"files":[', (entry * 1000, 120 * MIB // len(entry) // 1000), b'{"filename":"aa-1-py3-none-any.whl","url":"y"}]}')
    return world.lock(folder, "aa\n", index_with_page(page))


@bomb("a page of 120 MiB of files, each of another release")
def _(folder):
    entries = ",".join(f'{{"filename":"aa-{place}.tar.gz","url":"x"}}' for place in range(2_900_000))
    return world.lock(folder, "aa\n", index_with_page(packed(b'{"files":[', entries.encode(), b"]}")))


@bomb("a page of 120 MiB of malformed entries")
def _(folder):
    entry = b'{"filename":"aa-1.zip","url":1},'
    page = packed(b'{"files":[', (entry * 1000, 120 * MIB // len(entry) // 1000), b"{}]}")
    return world.lock(folder, "aa\n", index_with_page(page))


@bomb("an HTML page of 120 MiB of links")
def _(folder):
    link = b"<a href=aa-1.zip>"
    page = packed((link * 1000, 120 * MIB // len(link) // 1000))
    return world.lock(folder, "aa\n", index_with_page(page, "text/html"))


@bomb("an HTML page of one tag with 100 MiB of attributes")
def _(folder):
    attributes = b"".join(b" a%d" % place for place in range(10_000_000))
    return world.lock(folder, "aa\n", index_with_page(packed(b"<a", attributes, b">"), "text/html"))


@bomb("a page of 100 MiB of brackets")
def _(folder):
    return world.lock(folder, "aa\n", index_with_page(packed(b'{"files":', (b"[" * MIB, 100))))


def lock_with_sidecar(folder, text, index=None):
    index = index or world.Index()
    filename = index.add("aa", "1.0", **{"core-metadata": True})
    index.answers[f"/files/{filename}.metadata"] = Answer(packed(text), kind="text/plain", headers=GZIP)
    return world.lock(folder, "aa\n", index)


@bomb("metadata of 16 MiB of fields")
def _(folder):
    return lock_with_sidecar(folder, core_metadata("aa", "1.0").encode() + b"a:\n" * 5_500_000)


@bomb("metadata of 16 MiB of requirements")
def _(folder):
    return lock_with_sidecar(folder, core_metadata("aa", "1.0").encode() + b"Requires-Dist:b\n" * 1_040_000)


@bomb("metadata of 16 MiB, folded into one field")
def _(folder):
    return lock_with_sidecar(folder, core_metadata("aa", "1.0", ["b"]).encode() + b" b\n" * 5_500_000)


def index_with_releases(number):
    index = world.Index()
    entries = [{"filename": f"bb-{place}.0-py3-none-any.whl", "url": "x.whl", "hashes": {"sha256": "0" * 64}} for place in range(number)]
    index.answers["/simple/bb/"] = Answer(json.dumps({"files": entries}).encode(), kind=JSON)
    return index


@bomb("metadata of 4,000 requirements of one package (`bb !=1.0`)", 5)
def _(folder):
    index = world.Index()
    index.add("bb", "99999.0")
    return lock_with_sidecar(folder, excluding(4_000), index)


@bomb("metadata of 10,000 requirements that exclude all 10,000 releases of a package", 5)
def _(folder):
    return lock_with_sidecar(folder, excluding(9_999), index_with_releases(9_999))


def excluding(number):
    lines = "".join(f"Requires-Dist: bb !={place}.0\n" for place in range(number))
    return (core_metadata("aa", "1.0") + lines).encode()


@bomb("a wheel with METADATA of 1 GiB")
def _(folder):
    index = world.Index()
    index.add("aa", "1.0", data=world.wheel("aa", "1.0", metadata=core_metadata("aa", "1.0").encode() + b"a: b\n" * (204 * MIB)))
    return world.lock(folder, "aa\n", index)


def fetch_wheel(folder, data):
    index = world.Index()
    filename = index.add("aa", "1.0", data=data, **{"core-metadata": True})
    index.answers[f"/files/{filename}.metadata"] = Answer(core_metadata("aa", "1.0").encode())
    locked = world.lock(folder, "aa\n", index)
    return world.fetch(folder, index) if locked.code == 0 else locked


@bomb("a wheel with a RECORD of 32 MiB")
def _(folder):
    lines = "".join(f"{place:x},,\n" for place in range(3_500_000))
    return fetch_wheel(folder, world.wheel("aa", "1.0", record=lines))


@bomb("a wheel with 300,000 members", 60)
def _(folder):
    return fetch_wheel(folder, world.wheel("aa", "1.0", extra=[(f"aa/{place}", b"") for place in range(300_000)]))


@bomb("a wheel with a member of 4 GiB of zeros", 60)
def _(folder):
    out = world.io.BytesIO()
    with world.zipfile.ZipFile(out, "w", world.zipfile.ZIP_DEFLATED) as archive, archive.open("aa/zeros", "w", force_zip64=True) as member:
        for _ in range(4096):
            member.write(bytes(MIB))
    return fetch_wheel(folder, out.getvalue())


def header(name, size, kind):
    """The header of a member of a tar."""
    block = bytearray(512)
    block[:len(name)] = name
    block[100:107] = b"0000644"
    block[124:136] = b"%011o\0" % size if size < 8**11 else b"\x80" + size.to_bytes(11, "big")
    block[136:147] = b"00000000000"
    block[156:157] = kind
    block[257:265] = b"ustar  \0"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def lock_sdist(folder, *parts, build=False):
    index = world.Index()
    info = core_metadata("aa", "1.0").encode()
    tail = header(b"aa-1.0/PKG-INFO", len(info), b"0") + info.ljust(512, b"\0") + bytes(1024)
    index.add("aa", "1.0", data=packed(*parts, tail), filename="aa-1.0.tar.gz")
    if not build:
        return world.lock(folder, "aa\n", index, "--allow-sdist", "aa")
    # The lock is made from a sound sdist of the same digest: it is written by hand.
    digest = world.hashlib.sha256(index.files["aa-1.0.tar.gz"][1]).hexdigest()
    (folder / "strict.txt").write_text(f"aa==1.0 --hash=sha256:{digest}\n")
    return world.fetch(folder, index, "-p", world.TARGET, "--build")


ZEROS = (bytes(16 * MIB), 64)
for KIND, WHAT in ((b"L", "a long name"), (b"K", "a long link"), (b"x", "a pax header"), (b"g", "a global pax header")):
    @bomb(f"an sdist with {WHAT} of 1 GiB")
    def _(folder, kind=KIND):
        return lock_sdist(folder, header(b"x", 1 << 30, kind), ZEROS)

    @bomb(f"the same, {WHAT}, built")
    def _(folder, kind=KIND):
        return lock_sdist(folder, header(b"x", 1 << 30, kind), ZEROS, build=True)


@bomb("an sdist with 4 GiB of zeros before PKG-INFO", 60)
def _(folder):
    return lock_sdist(folder, header(b"aa-1.0/zeros", 4 << 30, b"0"), (bytes(16 * MIB), 256))


@bomb("an sdist with PKG-INFO of 1 GiB")
def _(folder):
    return lock_sdist(folder, header(b"aa-1.0/PKG-INFO", 1 << 30, b"0"), ZEROS)


@bomb("a body without end for a file whose size nobody tells", 240)
def _(folder):
    index = world.Index()
    filename = index.add("aa", "1.0", size=None, **{"core-metadata": True})
    index.answers[f"/files/{filename}.metadata"] = Answer(core_metadata("aa", "1.0").encode())
    world.lock(folder, "aa\n", index)

    def endless(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        for _ in range(8192):
            handler.wfile.write(bytes(MIB))
    index.answers[f"/files/{filename}"] = endless
    ran = world.fetch(folder, index, seconds=240)
    largest = max((path.stat().st_size for path in folder.rglob("*") if path.is_file()), default=0)
    ran.err += "panicked: the disk is filled" if ran.code == 0 or largest > MIB else ""
    return ran


@bomb("requirements files that include each other, 2^16 times", 5)
def _(folder):
    for place in range(16):
        (folder / f"r{place}.txt").write_text(f"-r r{place + 1}.txt\n" * 2)
    (folder / "r16.txt").write_text("aa\n")
    return world.lock(folder, "-r r0.txt\n", world.Index())


@bomb("a requirements file of 64 MiB")
def _(folder):
    return world.lock(folder, "a!!\n" * (16 * MIB), world.Index())


@bomb("a strict file of 64 MiB that is checked")
def _(folder):
    pin = "p{}==1.0 --hash=sha256:" + "0" * 64 + "\n"
    (folder / "loose.txt").write_text("p0\n")
    (folder / "strict.txt").write_text("".join(pin.format(place) for place in range(64 * MIB // 90)))
    return world.run("harden", "check", "strict.txt", folder=folder)


@bomb("a lock of uv of 60 MiB")
def _(folder):
    package = '[[package]]\nname = "p{0}"\nversion = "1.0"\nsource = {{ registry = "https://index.test/simple" }}\n'
    (folder / "uv.lock").write_text('version = 1\nrequires-python = ">=3.9"\n' + "".join(package.format(place) for place in range(700_000)))
    return world.run("harden", "import", "uv.lock", "-p", world.TARGET, "-o", "strict.txt", "--no-pip-config", folder=folder)
