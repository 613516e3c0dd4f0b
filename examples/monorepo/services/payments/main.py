"""Talks to banks."""

import cryptography
import httpx

print("payments:", *sorted(module.__name__ for module in (cryptography, httpx)))
