"""Prints a YAML file in colour: `show.py FILE`."""

import sys

import rich
import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    rich.print(yaml.safe_load(file))
