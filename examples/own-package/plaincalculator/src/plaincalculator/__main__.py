"""Prints the product of its two arguments: `python -m plaincalculator 6 7`."""

import sys

from plaincalculator import Product

print(Product(*map(int, sys.argv[1:])).value)
