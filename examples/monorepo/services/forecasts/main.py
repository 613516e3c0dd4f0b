"""Estimates what will be sold."""

import click
import numpy

print("forecasts:", *sorted(module.__name__ for module in (click, numpy)))
