"""Adds numbers, asynchronously."""

from twisted.internet.defer import succeed


def add(*numbers):
    """A Deferred that fires with the sum."""
    return succeed(sum(numbers))
