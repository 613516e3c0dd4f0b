"""Prints, as JSON, what building with this interpreter takes; fails where it lacks venv or pip."""

import json
import os
import sys
import sysconfig
import venv

import pip

is_environment = sys.prefix != sys.base_prefix
executable = sys.executable if is_environment else os.path.realpath(sys.executable)
folders = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, *sys.path]
folders += [os.path.dirname(os.path.dirname(pip.__file__)), os.path.dirname(venv.__file__)]
folders += filter(None, [sysconfig.get_config_var("LIBDIR"), sysconfig.get_path("include")])
folders += [os.path.realpath(folder) for folder in folders]
folders += [os.path.dirname(os.path.realpath(sys.executable))]
shown = sorted(folder for folder in set(folders) if os.path.isabs(folder) and os.path.exists(folder))
print(json.dumps({"pip": pip.__version__, "executable": executable, "folders": shown}))
