"""Sends mail."""

import jinja2
import markdown

print("mailer:", *sorted(module.__name__ for module in (jinja2, markdown)))
