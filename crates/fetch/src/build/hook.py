"""Calls one hook of a build backend (PEP 517) and writes what it returns.

    hook.py HOOK RESULT BACKEND [BACKEND_PATH...]

HOOK is `requires`, `metadata` or `wheel`. Runs in the root of the source. RESULT is a JSON file: the
list of requirements; the text of METADATA, or null where the backend has no such hook; the name of
the wheel, which is written beside RESULT.
"""

import importlib
import json
import os
import sys


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
    returned = globals()[hook](load(backend, folders), os.path.dirname(os.path.abspath(result)))
    with open(result, "w", encoding="utf-8") as file:
        json.dump(returned, file)


main()
