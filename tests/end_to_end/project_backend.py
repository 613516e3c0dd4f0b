"""A build backend in the tree of a project: a wheel of what `pyproject.toml` and `version.txt` say.

Without `version.txt` the version is that of `PKG-INFO`, else of the last tag of the Git repository.
"""

import base64
import hashlib
import pathlib
import subprocess
import tomllib
import zipfile


def version():
    for name in ("version.txt", "PKG-INFO"):
        path = pathlib.Path(name)
        if path.exists():
            return path.read_text().strip().rpartition("Version: ")[2].split("\n")[0]
    return subprocess.run(["git", "describe", "--tags"], check=True, text=True, capture_output=True).stdout.strip()


def build_wheel(folder, settings=None, metadata=None):
    project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
    name = project["name"]
    stem = f"{name}-{project.get('version') or version()}"
    lines = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {stem.partition('-')[2]}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in project.get("dependencies", [])]
    modules = sorted(pathlib.Path(name).rglob("*.py"))
    members = {module.as_posix(): module.read_bytes() for module in modules} | {
        f"{stem}.dist-info/METADATA": "\n".join([*lines, ""]).encode(),
        f"{stem}.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for member, data in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{member},sha256={digest},{len(data)}\n"
    members[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n".encode()
    file = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, file), "w") as wheel:
        for member, data in members.items():
            wheel.writestr(zipfile.ZipInfo(member), data)
    return file
