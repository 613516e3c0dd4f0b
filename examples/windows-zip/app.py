"""Greets people in the colours of a Windows console: `start.cmd NAME`."""

import click
import win32api


@click.command()
@click.argument("name", default=None, required=False)
def main(name):
    click.secho(f"hello, {name or win32api.GetUserName()}", fg="green")


main()
