"""Lists what can be bought."""

import flask
import sqlalchemy

print("catalog:", *sorted(module.__name__ for module in (flask, sqlalchemy)))
