"""Prints the sum of its arguments: `python -m fancycalculator 1 2`."""

import sys

from twisted.internet.task import react

from fancycalculator import add


def main(reactor, *numbers):
    return add(*map(int, numbers)).addCallback(print)


react(main, sys.argv[1:])
