"""Charges what was ordered."""

import httpx
import pydantic
import tenacity

print("billing:", *sorted(module.__name__ for module in (httpx, pydantic, tenacity)))
