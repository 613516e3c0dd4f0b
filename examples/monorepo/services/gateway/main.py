"""Passes requests on to the others."""

import flask
import httpx
import structlog

print("gateway:", *sorted(module.__name__ for module in (flask, httpx, structlog)))
