"""Makes small pictures of large ones."""

import PIL
import flask

print("images:", *sorted(module.__name__ for module in (PIL, flask)))
