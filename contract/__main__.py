"""python -m contract: generate the clients, lint the contract, or say what it breaks."""

import argparse
import json
from collections.abc import Callable

from app.main import openapi_text_for_generators
from contract.breaking import broken
from contract.generating import generate
from contract.linting import findings
from contract.tools import BASELINE, CONTRACT, SDK, give_up


def sdk() -> None:
    generate(json.loads(openapi_text_for_generators()))
    print(f"Three clients are in {SDK.name}/")


def lint() -> None:
    found = findings(CONTRACT)
    if found:
        give_up(*map(str, found))
    print("Nothing to find fault with")


def breaking() -> None:
    base, head = (json.loads(path.read_text(encoding="utf-8")) for path in (BASELINE, CONTRACT))
    found = broken(base, head)
    if found is not None:
        give_up(found, "This breaks users of the last release; if it has to be, release a new major version.")
    print("Nothing breaks users of the last release")


TASKS: dict[str, Callable[[], None]] = {"sdk": sdk, "lint": lint, "breaking": breaking}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m contract", description=__doc__)
    parser.add_argument("task", choices=TASKS, nargs="+")
    for task in parser.parse_args().task:
        TASKS[task]()


if __name__ == "__main__":
    main()
