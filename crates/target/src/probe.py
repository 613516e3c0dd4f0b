# Prints the target of the interpreter that runs it, as JSON. Needs Python 3.7 or later and only the
# standard library. probe.rs reads the output.
import json
import os
import platform
import re
import struct
import subprocess
import sys
import sysconfig


def full_version(info):
    version = "{0.major}.{0.minor}.{0.micro}".format(info)
    if info.releaselevel != "final":
        version += info.releaselevel[0] + str(info.serial)
    return version


def elf_interpreter(path):
    """The dynamic loader that an ELF file names (PT_INTERP), None for a static one."""
    with open(path, "rb") as file:
        ident = file.read(16)
        if ident[:4] != b"\x7fELF":
            return None
        order = "<" if ident[5] == 1 else ">"
        wide = ident[4] == 2
        file_header = order + ("HHIQQQIHHH" if wide else "HHIIIIIHHH")
        values = struct.unpack(file_header, file.read(struct.calcsize(file_header)))
        start, size, count = values[4], values[8], values[9]
        program_header = order + ("IIQQQQQQ" if wide else "IIIIIIII")
        at, length = (2, 5) if wide else (1, 4)
        for index in range(count):
            file.seek(start + size * index)
            header = struct.unpack(program_header, file.read(struct.calcsize(program_header)))
            if header[0] == 3:
                file.seek(header[at])
                return os.fsdecode(file.read(header[length])).strip("\0")
    return None


def musl_version():
    try:
        loader = elf_interpreter(sys.executable)
    except (OSError, struct.error):
        return None
    if not loader or "musl" not in loader:
        return None
    said = subprocess.run([loader], stderr=subprocess.PIPE, universal_newlines=True).stderr
    found = re.search(r"^Version (\d+)\.(\d+)", said, re.MULTILINE)
    return found and found.groups()


def glibc_version():
    try:
        said = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, OSError, ValueError):
        said = ""
    if not said:
        try:
            import ctypes

            tell = ctypes.CDLL(None).gnu_get_libc_version
            tell.restype = ctypes.c_char_p
            said = tell().decode()
        except (AttributeError, ImportError, OSError):
            return None
    found = re.search(r"(\d+)\.(\d+)", said)
    return found and found.groups()


def linux(machine):
    if struct.calcsize("P") == 4:
        machine = {"x86_64": "i686", "aarch64": "armv7l", "armv8l": "armv7l"}.get(machine, machine)
    for name, version in (("musllinux", musl_version), ("manylinux", glibc_version)):
        found = version()
        if found:
            return "_".join([name, *found, machine])
    return "linux_" + machine


def macos():
    version, _, machine = platform.mac_ver()
    if version == "10.16":
        # macOS 11 and later report this version to programs that were built for older versions.
        version = subprocess.check_output(
            [sys.executable, "-sS", "-c", "import platform; print(platform.mac_ver()[0])"],
            env={"SYSTEM_VERSION_COMPAT": "0"},
            universal_newlines=True,
        ).strip()
    major, minor = (version.split(".") + ["0"])[:2]
    return "macosx_{}_{}_{}".format(major, "0" if int(major) > 10 else minor, machine)


def platform_tag():
    tag = re.sub(r"[-.]", "_", sysconfig.get_platform())
    if tag.startswith("linux_"):
        return linux(tag[len("linux_") :])
    if sys.platform == "darwin":
        return macos()
    return tag


def abi():
    if sys.implementation.name != "cpython":
        return "_".join((sysconfig.get_config_var("EXT_SUFFIX") or "").split(".")[1].split("-")[:2])
    flags = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    flags += "d" if hasattr(sys, "gettotalrefcount") else ""
    flags += "m" if sys.version_info < (3, 8) else ""
    return "cp{0.major}{0.minor}{1}".format(sys.version_info, flags)


print(
    json.dumps(
        {
            "platform": platform_tag(),
            "abi": abi(),
            "markers": {
                "implementation_name": sys.implementation.name,
                "implementation_version": full_version(sys.implementation.version),
                "os_name": os.name,
                "platform_machine": platform.machine(),
                "platform_python_implementation": platform.python_implementation(),
                "platform_release": platform.release(),
                "platform_system": platform.system(),
                "platform_version": platform.version(),
                "python_full_version": platform.python_version(),
                "python_version": ".".join(platform.python_version_tuple()[:2]),
                "sys_platform": sys.platform,
            },
        }
    )
)
