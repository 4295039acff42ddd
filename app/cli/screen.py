"""What people see: steps with a spinner, tables, and complaints on standard error."""

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import Progress

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextlib.contextmanager
def step(doing: str) -> Iterator[None]:
    """Show that something runs, and afterwards how long it took."""
    began = time.monotonic()
    with out.status(doing):
        if not out.is_terminal:
            out.print(f"  … {doing}")
        yield
    out.print(f"  [green]✓[/] {doing} [dim]({time.monotonic() - began:.1f} s)[/]")


def bar() -> Progress:
    """A bar for work whose amount is known; a log gets the steps only."""
    return Progress(console=out, transient=True, disable=not out.is_terminal)


def complain(*sentences: str) -> None:
    for sentence in sentences:
        err.print(sentence, style="red", markup=False)
