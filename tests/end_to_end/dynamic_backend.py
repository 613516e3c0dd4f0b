"""A build backend in the tree of a project, whose dependencies stand in `needs.txt`: `lib<2`, or for an
extra `dev: tool`. `README.md` is its description, as with other backends.
"""

import base64
import hashlib
import pathlib
import sys
import tomllib
import zipfile


def metadata():
    project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
    lines = ["Metadata-Version: 2.2", f"Name: {project['name']}", "Version: 1.0", "Requires-Python: >=3.8"]
    for line in pathlib.Path("needs.txt").read_text().split("\n"):
        extra, _, requirement = line.rpartition(": ")
        if extra:
            lines += [f"Provides-Extra: {extra}", f"Requires-Dist: {requirement}; extra == '{extra}'"]
        elif requirement:
            lines.append(f"Requires-Dist: {requirement}")
    readme = pathlib.Path("README.md")
    text = readme.read_text() if readme.exists() else ""
    return project["name"], "\n".join([*lines, "", text])


def prepare_metadata_for_build_wheel(folder, settings=None):
    if pathlib.Path("broken").exists():
        sys.exit("the needs cannot be computed")
    name, text = metadata()
    made = pathlib.Path(folder, f"{name}-1.0.dist-info")
    made.mkdir()
    made.joinpath("METADATA").write_text(text)
    return made.name


def build_wheel(folder, settings=None, given=None):
    name, text = metadata()
    info = f"{name}-1.0.dist-info"
    members = {
        f"{name}/__init__.py": "",
        f"{info}/METADATA": text,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for member, text in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{member},sha256={digest},{len(text.encode())}\n"
    members[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    file = f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, file), "w") as wheel:
        for member, text in members.items():
            wheel.writestr(zipfile.ZipInfo(member), text)
    return file
