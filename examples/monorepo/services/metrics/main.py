"""Counts."""

import flask
import prometheus_client

print("metrics:", *sorted(module.__name__ for module in (flask, prometheus_client)))
