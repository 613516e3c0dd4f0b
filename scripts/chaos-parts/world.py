"""What all parts of scripts/chaos use: an index on loopback, distributions, and a runner that measures."""

import base64
import contextlib
import hashlib
import http.server
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("HARDEN_BIN", ROOT / "target/release")).resolve()
TARGET = "manylinux2014_x86_64-cp311"
EPOCH = (2020, 1, 1, 0, 0, 0)
FAILED = []
WORK = None


@contextlib.contextmanager
def working_folder():
    global WORK
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        WORK = pathlib.Path(folder)
        (WORK / "home").mkdir()
        yield


def fresh(name):
    """An empty folder."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def tell(ok, what, detail=""):
    """Prints the outcome of a check."""
    if not ok:
        FAILED.append(what)
    print(f"{'ok  ' if ok else 'FAIL'} {what}" + (f": {detail}" if detail else ""), flush=True)


# Distributions.

def core_metadata(name, version, requires=(), fields=""):
    lines = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    return f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n{fields}{lines}"


def recorded(path, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}\n"


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for path, data in members:
            info = zipfile.ZipInfo(path, EPOCH)
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def wheel_members(name, version, requires=(), extra=(), metadata=None):
    info = f"{name}-{version}.dist-info"
    text = core_metadata(name, version, requires) if metadata is None else metadata
    members = [(f"{name}/__init__.py", b""), *extra]
    members.append((f"{info}/METADATA", text.encode() if isinstance(text, str) else text))
    members.append((f"{info}/WHEEL", b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"))
    return members


def wheel(name, version, requires=(), extra=(), metadata=None, record=None):
    """A wheel; `extra` are further members, `record` replaces RECORD."""
    members = wheel_members(name, version, requires, extra, metadata)
    path = f"{name}-{version}.dist-info/RECORD"
    right = "".join(recorded(*member) for member in members) + f"{path},,\n"
    return zipped([*members, (path, right if record is None else record)])


def tar(members):
    """A tar.gz of (name, data, changes of its TarInfo)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name, data, changes in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for field, value in changes.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


# The index.

class Answer:
    """What a server answers. `length`: the Content-Length that is told, None for none."""

    def __init__(self, body=b"", status=200, kind="application/octet-stream", headers=(), length="right", cut=None, stall=0):
        self.body, self.status, self.kind, self.headers = body, status, kind, dict(headers)
        self.length, self.cut, self.stall = length, cut, stall


class Index:
    """An index with the files that are added; `answers` replaces the answer for a path, `fault` that of a request."""

    def __init__(self):
        self.files, self.answers, self.asked = {}, {}, []
        self.fault = lambda path: None
        self.lock = threading.Lock()
        index = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                index.serve(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, name, version, requires=(), data=None, filename=None, **fields):
        """Adds a file, a small wheel unless its bytes are given; `fields` change its entry on the page, None removes one."""
        data = wheel(name, version, requires) if data is None else data
        filename = filename or f"{name}-{version}-py3-none-any.whl"
        self.files[filename] = (name, data, fields)
        return filename

    def page(self, name):
        listed = []
        for filename, (project, data, fields) in self.files.items():
            if project.replace("_", "-") == name:
                entry = {"filename": filename, "url": f"{self.url}/files/{filename}", "size": len(data),
                         "hashes": {"sha256": hashlib.sha256(data).hexdigest()}, "upload-time": "2020-01-01T00:00:00Z"}
                entry |= fields
                listed.append({key: value for key, value in entry.items() if value is not None})
        return {"meta": {"api-version": "1.1"}, "name": name, "files": listed}

    def answer(self, path):
        if path in self.answers:
            return self.answers[path]
        folder, _, name = path.strip("/").partition("/")
        if folder == "simple":
            page = self.page(name)
            if page["files"]:
                return Answer(json.dumps(page).encode(), kind="application/vnd.pypi.simple.v1+json")
        if folder == "files" and name in self.files:
            return Answer(self.files[name][1], headers={"ETag": '"1"'})
        return Answer(b"no such thing", 404)

    def serve(self, handler):
        path = handler.path.split("?")[0]
        with self.lock:
            self.asked.append(path)
            answer = self.fault(path) or self.answer(path)
        if callable(answer):
            answer(handler)
            handler.close_connection = True
            return
        time.sleep(answer.stall)
        body, status, headers = answer.body, answer.status, dict(answer.headers)
        wanted = handler.headers.get("Range", "")
        if wanted.startswith("bytes=") and status == 200 and answer.length == "right" and "Content-Encoding" not in headers:
            body, status, headers = part_of(body, wanted, headers)
        handler.send_response(status)
        handler.send_header("Content-Type", answer.kind)
        for name, value in headers.items():
            handler.send_header(name, value)
        if answer.length is not None:
            handler.send_header("Content-Length", str(len(body) if answer.length == "right" else answer.length))
        if answer.length != "right" or answer.cut is not None:
            handler.send_header("Connection", "close")
            handler.close_connection = True
        handler.end_headers()
        handler.wfile.write(body[:answer.cut])


def part_of(body, wanted, headers):
    first, last = wanted.removeprefix("bytes=").split("-")
    start = max(0, len(body) - int(last)) if first == "" else int(first)
    end = len(body) if first == "" or last == "" else min(len(body), int(last) + 1)
    if start >= len(body):
        return b"", 416, headers
    return body[start:end], 206, headers | {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}"}


# Runs.

class Ran:
    def __init__(self, code, out, err, seconds, peak, timed_out):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds
        self.peak, self.timed_out = peak, timed_out

    @property
    def sane(self):
        """It ended by itself, and not by a panic or a signal."""
        return not self.timed_out and self.code in (0, 1, 2, 3, 4) and "panicked" not in self.err

    def __str__(self):
        first = self.err.strip().splitlines()[:1]
        return f"exit {self.code}{' after the time limit' if self.timed_out else ''}, {self.seconds:.1f} s, {self.peak} MiB, {first}"


# The peak that the kernel tells of a child counts its parent's memory up to the start: so a small process
# starts it. It tells exit code and peak.
MEASURE = """
import os, resource, subprocess, sys
code = subprocess.Popen(sys.argv[2:]).wait()
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
open(sys.argv[1], "w").write(f"{code} {peak}")
"""


def environment(**more):
    return {"PATH": os.environ["PATH"], "HOME": str(WORK / "home"), "LANG": "C.UTF-8", **more}


def run(program, *args, folder, seconds=60, env=None):
    """Runs an executable in a folder; it is killed after some seconds."""
    report = WORK / "measured"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-I", "-S", "-c", MEASURE, str(report), str(BIN / program), *map(str, args)]
    start = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, cwd=folder, env=env or environment(), stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=err, start_new_session=True)
        try:
            child.wait(seconds)
            timed_out = False
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            child.wait()
            timed_out = True
        took = time.monotonic() - start
        out.seek(0), err.seek(0)
        texts = [file.read().decode("utf-8", "replace") for file in (out, err)]
    code, peak = map(int, report.read_text().split()) if report.exists() else (-1, 0)
    return Ran(code, *texts, took, peak, timed_out)


def begin(program, *args, folder):
    """Starts an executable without waiting for it."""
    return subprocess.Popen([str(BIN / program), *map(str, args)], cwd=folder, env=environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def lock_args(index):
    return ["loose.txt", "-p", TARGET, "-o", "strict.txt", "--no-pip-config", "--cache-dir", "cache", "-i", index.url + "/simple"]


def fetch_args(index):
    return ["strict.txt", "--no-pip-config", "--cache-dir", "cache", "-i", index.url + "/simple"]


def lock(folder, loose, index, *more, seconds=60):
    (folder / "loose.txt").write_text(loose)
    return run("harden", *lock_args(index), *more, folder=folder, seconds=seconds)


def fetch(folder, index, *more, seconds=60):
    return run("fetch", *fetch_args(index), *more, folder=folder, seconds=seconds)


def pins(folder):
    file = folder / "strict.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return {line.split()[0] for line in lines if line and line[0] not in "#- "}


def wrong_files(wheelhouse, index):
    """What lies in a wheelhouse under the name of a file of the index with other bytes; and what else is there."""
    wrong, other = [], []
    for path in wheelhouse.iterdir() if wheelhouse.exists() else ():
        if path.name not in index.files:
            other.append(path.name)
        elif path.read_bytes() != index.files[path.name][1]:
            wrong.append(path.name)
    return wrong, other


def chain(number, size=20_000, seed=1):
    """An index with packages p0, p1, …, each of which requires the next three, and what the lock of p0 pins."""
    import random
    noise = random.Random(seed)
    index = Index()
    for place in range(number):
        requires = [f"p{other}" for other in range(place + 1, min(place + 4, number))]
        data = wheel(f"p{place}", "1.0", requires, extra=[(f"p{place}/data", noise.randbytes(size))])
        index.add(f"p{place}", "1.0", data=data)
    return index, {f"p{place}==1.0" for place in range(number)}
