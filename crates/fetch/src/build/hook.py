"""Calls one hook of a build backend (PEP 517) and writes what it returns.

    hook.py HOOK RESULT BACKEND [BACKEND_PATH...]

HOOK is `requires`, `metadata` or `wheel`. Runs in the root of the source. RESULT is a JSON file:
`returned` is the list of requirements; the text of METADATA, or null where the backend has no such hook;
the name of the wheel, which is written beside RESULT. `read` lists the files of the source that the hook
opened, or is null where that is not known: before Python 3.8, and where it started another program than
one of version control.
"""

import importlib
import json
import os
import sys


class Opened:
    """The files below a folder that this process opens (PEP 578)."""

    STARTS = ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system")

    def __init__(self, root):
        self.root = os.path.join(os.path.realpath(root), "")
        self.files = set()
        self.is_known = hasattr(sys, "addaudithook")
        if self.is_known:
            sys.addaudithook(self.see)

    def see(self, event, arguments):
        if event == "open":
            if isinstance(arguments[0], (str, bytes)):
                self.files.add(os.path.abspath(os.fsdecode(arguments[0])))
        elif event == "subprocess.Popen":
            program = os.path.basename(str(arguments[0]))
            self.is_known = self.is_known and program in ("git", "hg")
        elif event in self.STARTS:
            self.is_known = False

    def read(self):
        if not self.is_known:
            return None
        real = (os.path.realpath(path) for path in self.files)
        return sorted(path[len(self.root) :] for path in real if path.startswith(self.root))


def load(backend, folders):
    sys.path[:0] = [os.path.abspath(folder) for folder in folders]
    module, _, names = backend.partition(":")
    hooks = importlib.import_module(module)
    for name in filter(None, names.split(".")):
        hooks = getattr(hooks, name)
    return hooks


def requires(hooks, folder):
    ask = getattr(hooks, "get_requires_for_build_wheel", None)
    return list(ask(None)) if ask else []


def metadata(hooks, folder):
    prepare = getattr(hooks, "prepare_metadata_for_build_wheel", None)
    if prepare is None:
        return None
    name = prepare(folder, None)
    with open(os.path.join(folder, name, "METADATA"), encoding="utf-8", errors="replace") as file:
        return file.read()


def wheel(hooks, folder):
    return hooks.build_wheel(folder, None, None)


def main():
    hook, result, backend, *folders = sys.argv[1:]
    os.umask(0o022)
    opened = Opened(os.getcwd())
    returned = globals()[hook](load(backend, folders), os.path.dirname(os.path.abspath(result)))
    with open(result, "w", encoding="utf-8") as file:
        json.dump({"returned": returned, "read": opened.read()}, file)


main()
