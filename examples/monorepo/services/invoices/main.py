"""Writes invoices."""

import babel
import jinja2
import pydantic

print("invoices:", *sorted(module.__name__ for module in (babel, jinja2, pydantic)))
