"""Asks a build backend what else it needs to build a wheel, which pip does not tell (PEP 517).

    hook.py RESULT BACKEND [BACKEND_PATH...]

Runs in the root of the sdist; writes a JSON list of requirements to RESULT.
"""

import importlib
import json
import os
import sys


def main():
    result, backend, *folders = sys.argv[1:]
    sys.path[:0] = [os.path.abspath(folder) for folder in folders]
    module, _, names = backend.partition(":")
    hooks = importlib.import_module(module)
    for name in filter(None, names.split(".")):
        hooks = getattr(hooks, name)
    ask = getattr(hooks, "get_requires_for_build_wheel", None)
    needs = list(ask(None)) if ask else []
    with open(result, "w", encoding="utf-8") as file:
        json.dump(needs, file)


main()
