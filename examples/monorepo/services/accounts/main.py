"""Keeps users and their passwords."""

import flask
import jwt
import sqlalchemy

print("accounts:", *sorted(module.__name__ for module in (flask, jwt, sqlalchemy)))
