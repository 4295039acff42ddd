"""python -m bench.planning: plan the generator's problems and say how far from the bound, how fast and how large."""

import argparse
import json
import subprocess
import sys
from typing import Any

from rich.console import Console

from bench.planning.contenders import BoundRun, Run, contenders, run, run_bound, told
from bench.planning.report import Size, show

SIZES = (20, 100, 1_000, 10_000)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.planning", description=__doc__)
    parser.add_argument("--lines", type=int, nargs="*", default=SIZES, help="sizes of the problems")
    parser.add_argument("--only", metavar="WHO", help="the bound or one contender, in this process, told as JSON")
    given = parser.parse_args()
    if given.only:
        for lines in given.lines:
            print(told(run_bound(lines) if given.only == "bound" else run(given.only, lines)))
        return
    console = Console(soft_wrap=False, width=None if Console().is_terminal else 160)
    show([_size(lines, console) for lines in given.lines], console)


def _size(lines: int, console: Console) -> Size:
    with console.status(f"{lines:,} lines: the bound") as status:
        size = Size(lines, BoundRun(**_child("bound", lines)))
        for who in contenders():
            status.update(f"{lines:,} lines: {who}")
            # Two processes hash strings differently, so the order of a set would show.
            size.runs[who] = (Run(**_child(who, lines)), Run(**_child(who, lines)))
    return size


def _child(who: str, lines: int) -> dict[str, Any]:
    """A process of its own, so that its largest resident set is that of this work alone."""
    command = [sys.executable, "-m", "bench.planning", "--only", who, "--lines", str(lines)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
