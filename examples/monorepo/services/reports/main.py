"""Prints what was sold."""

import numpy
import rich
import sqlalchemy

print("reports:", *sorted(module.__name__ for module in (numpy, rich, sqlalchemy)))
