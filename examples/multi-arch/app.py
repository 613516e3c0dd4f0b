"""Prints the machine and the product of two matrices."""

import platform

import numpy

square = numpy.arange(4).reshape(2, 2)
print(platform.machine(), (square @ square).tolist())
