"""Keeps orders."""

import flask
import pydantic
import sqlalchemy

print("orders:", *sorted(module.__name__ for module in (flask, pydantic, sqlalchemy)))
