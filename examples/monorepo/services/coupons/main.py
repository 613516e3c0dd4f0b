"""Knows which discounts hold."""

import dateutil
import pydantic

print("coupons:", *sorted(module.__name__ for module in (dateutil, pydantic)))
