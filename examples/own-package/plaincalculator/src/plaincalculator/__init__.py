"""Multiplies numbers."""

import attrs


@attrs.frozen
class Product:
    """A product of whole numbers."""

    left: int
    right: int

    @property
    def value(self):
        return self.left * self.right
