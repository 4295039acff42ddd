"""python -m bench: measure everything in one run and say which targets are reached."""

import argparse
from collections.abc import Callable

from rich.console import Console

from bench import columns, decisions, feed, overhead, province, season
from bench.report import Findings, show

Part = Callable[..., None]
PARTS: dict[str, Part] = {
    "decisions": decisions.run,
    "columns": columns.run,
    "province": province.run,
    "overhead": overhead.run,
    "feed": feed.run,
    "assess": season.run_pure,
    "season": season.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="synthetic lines to decide")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds")
    parser.add_argument("--only", choices=PARTS, nargs="*", default=list(PARTS), help="parts to run")
    given = parser.parse_args()
    console = Console(soft_wrap=False, width=None if Console().is_terminal else 160)
    findings = Findings()
    for name in given.only:
        with console.status(name) as status:
            PARTS[name](
                findings,
                count=given.records,
                rounds=given.rounds,
                tell=lambda text, name=name, status=status: status.update(f"{name}: {text}"),
            )
    show(findings, console)


if __name__ == "__main__":
    main()
