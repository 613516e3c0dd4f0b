"""Writes tables for the accountants."""

import click
import sqlalchemy

print("exports:", *sorted(module.__name__ for module in (click, sqlalchemy)))
