"""Asks carriers where a parcel is."""

import httpx
import tenacity

print("delivery:", *sorted(module.__name__ for module in (httpx, tenacity)))
