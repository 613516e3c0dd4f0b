"""A build backend that tries to reach what it should not, and reports what it reached.

The report is a JSON object in the wheel, `lib/reached.json`, of names of attempts to what came of them;
an attempt that failed is not in it.
"""

import base64
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import zipfile

OUTSIDE = json.loads(pathlib.Path("outside.json").read_text())


def environment():
    return [name for name in os.environ if "SECRET" in name or "TOKEN" in name] or None


def other_processes():
    """Those that have the secret in their environment or their command line."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        for file in ("environ", "cmdline"):
            try:
                if OUTSIDE["secret"].encode() in pathlib.Path("/proc", process, file).read_bytes():
                    found.append(process)
            except OSError:
                pass
    return found or None


def process_of_fetch():
    return os.path.exists(f"/proc/{OUTSIDE['process']}") or None


def read_outside():
    return pathlib.Path(OUTSIDE["file"]).read_text()


def folders_of_users():
    return [path for path in ("/home", OUTSIDE["folder"]) if os.path.isdir(path) and os.listdir(path)] or None


def write_outside():
    written = []
    for folder in ("/usr", "/usr/local", "/etc", "/", "/dev", "/var", os.path.dirname(os.__file__), OUTSIDE["folder"]):
        try:
            with open(os.path.join(folder, "harden-was-here"), "w"):
                written.append(folder)
        except OSError:
            pass
    return written or None


def change_kernel_settings():
    with open("/proc/sys/kernel/core_pattern", "w") as file:
        file.write("core")
    return True


def connect():
    with socket.create_connection(("127.0.0.1", OUTSIDE["port"]), timeout=2):
        return True


def interfaces():
    return [name for _, name in socket.if_nameindex() if name != "lo"] or None


def own_namespaces():
    """Namespaces that it shares with whoever started the test."""
    return [kind for kind, link in OUTSIDE["namespaces"].items() if os.readlink(f"/proc/self/ns/{kind}") == link] or None


def become_root():
    os.setuid(0)
    return os.getuid()


def nested_namespace():
    done = subprocess.run(["unshare", "--user", "--map-root-user", "true"], capture_output=True)
    return done.returncode == 0 or None


def make_writable():
    done = subprocess.run(["mount", "-o", "remount,bind,rw", "/usr"], capture_output=True)
    return done.returncode == 0 or None


def kill_others():
    os.kill(OUTSIDE["process"], 0)
    return True


def inherited_files():
    return [fd for fd in os.listdir("/proc/self/fd") if int(fd) > 2 and "harden" in os.readlink(f"/proc/self/fd/{fd}")] or None


ATTEMPTS = [
    environment, other_processes, process_of_fetch, read_outside, folders_of_users, write_outside,
    change_kernel_settings, connect, interfaces, own_namespaces, become_root, nested_namespace, make_writable,
    kill_others, inherited_files,
]  # fmt: skip


def reached():
    report = {}
    for attempt in ATTEMPTS:
        try:
            result = attempt()
        except Exception:
            continue
        if result is not None:
            report[attempt.__name__] = result
    return report


def allowed():
    """What a build has to be able to do."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
    done = {"temporary file": True, "in": tempfile.gettempdir(), "from": os.getcwd()}
    done["shell"] = subprocess.run(["sh", "-c", "exit 7"]).returncode == 7
    done["null device"] = pathlib.Path(os.devnull).exists()
    done["shared memory"] = os.access("/dev/shm", os.W_OK) if os.path.isdir("/dev") else None
    return done


def misbehave():
    """Does what `outside.json` says."""
    how = OUTSIDE["misbehaviour"]
    if how == "runs on":
        if os.fork() == 0:
            os.setsid()
            os.closerange(0, 100)
            while True:
                pass
    if how == "never ends":
        while True:
            pass
    if how == "fills the disk":
        for number in range(10_000):
            with open(f"big-{number}", "wb") as file:
                file.write(b"x" * (1 << 20))
    if how == "closes folders":
        os.makedirs("closed/in")
        os.chmod("closed", 0)


def build_wheel(folder, settings=None, metadata=None):
    how = OUTSIDE["misbehaviour"]
    name, info = "lib-1.0-py3-none-any.whl", "lib-1.0.dist-info"
    members = {
        "lib/reached.json": json.dumps({"reached": reached(), "allowed": allowed()}, indent=1).encode(),
        info + "/METADATA": b"Metadata-Version: 2.2\nName: lib\nVersion: 1.0\n",
        info + "/WHEEL": b"Wheel-Version: 1.0\nGenerator: hostile\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    misbehave()
    record = "".join(
        f"{member},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for member, data in members.items()
    )
    members[info + "/RECORD"] = (record + info + "/RECORD,,\n").encode()
    path = os.path.join(folder, name)
    if how == "a link in place of the wheel":
        os.symlink(OUTSIDE["file"], path)
        return name
    if how == "a pipe in place of the wheel":
        os.mkfifo(path)
        return name
    with zipfile.ZipFile(path, "w") as wheel:
        for member, data in members.items():
            wheel.writestr(zipfile.ZipInfo(member), data)
    return name
