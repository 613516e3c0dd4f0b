"""Knows what is in store."""

import redis
import sqlalchemy

print("stock:", *sorted(module.__name__ for module in (redis, sqlalchemy)))
