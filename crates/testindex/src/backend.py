"""A build backend for tests: makes a wheel of one module, which says what was seen of the machine."""

import base64
import hashlib
import importlib.metadata
import json
import os
import pathlib
import time
import zipfile

SETTINGS = json.loads(pathlib.Path(__file__).with_name("settings.json").read_text())


def get_requires_for_build_wheel(config_settings=None):
    return SETTINGS["needs"]


def interfaces(text):
    return sorted(line.split(":")[0].strip() for line in text.splitlines() if ":" in line)


def seen():
    found = importlib.metadata.distributions()
    network = pathlib.Path("/proc/self/net/dev")
    return {
        "installed": sorted(f"{one.metadata['Name']}=={one.version}" for one in found),
        "epoch": os.environ.get("SOURCE_DATE_EPOCH"),
        "secrets": sorted(name for name in os.environ if "SECRET" in name),
        "network": interfaces(network.read_text()) if network.exists() else None,
    }


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    tags, name, version = SETTINGS["tags"], SETTINGS["name"], SETTINGS["version"]
    if tags == "nothing":
        raise RuntimeError("this backend builds nothing")
    info = f"{name}-{version}.dist-info"
    requires = "".join(f"Requires-Dist: {requirement}\n" for requirement in SETTINGS["requires"])
    pure = str(tags.endswith("-any")).lower()
    members = {
        f"{name}/__init__.py": "",
        f"{name}/seen.json": json.dumps(seen()),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: {pure}\nTag: {tags}\n",
    }
    if "-linux_" in tags:
        members[f"{name}/native.so"] = "\x7fELF GLIBC_2.2.5 GLIBC_2.12"
    record = ""
    for path, text in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        record += f"{path},sha256={digest.decode().rstrip('=')},{len(text)}\n"
    members[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    file = f"{name}-{version}-{tags}.whl"
    made = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
    with zipfile.ZipFile(os.path.join(wheel_directory, file), "w") as wheel:
        for path, text in members.items():
            wheel.writestr(zipfile.ZipInfo(path, made), text)
    return file
