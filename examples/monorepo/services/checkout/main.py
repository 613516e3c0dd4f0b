"""Turns a basket into an order."""

import flask
import httpx

print("checkout:", *sorted(module.__name__ for module in (flask, httpx)))
