"""Tells people that something happened."""

import httpx
import jinja2

print("notices:", *sorted(module.__name__ for module in (httpx, jinja2)))
