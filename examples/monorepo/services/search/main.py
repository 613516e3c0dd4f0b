"""Finds articles."""

import flask
import redis

print("search:", *sorted(module.__name__ for module in (flask, redis)))
