"""Keeps what customers say."""

import flask
import markdown

print("reviews:", *sorted(module.__name__ for module in (flask, markdown)))
