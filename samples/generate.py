"""Writes the sample register, the same bytes every time: python -m samples.generate (or --check to compare only)."""

import sys
from pathlib import Path

from samples.generated import write_generated
from samples.loose_ends import write_loose_ends
from samples.model import Register
from samples.public import write_public

HERE = Path(__file__).resolve().parent


def sample_register() -> Register:
    """Public facts first, then the invented enterprises, then the untidy rest."""
    register = Register()
    write_public(register)
    write_generated(register)
    write_loose_ends(register)
    return register


def main(arguments: list[str]) -> int:
    register = sample_register()
    files = register.files()
    outdated = [name for name, content in files.items() if not _same(HERE / name, content)]
    if "--check" in arguments:
        print("\n".join(f"{name} is not what the generator writes" for name in outdated) or "The files are up to date.")
        return len(outdated) > 0
    for name in outdated:
        (HERE / name).parent.mkdir(exist_ok=True)
        (HERE / name).write_bytes(files[name])
    print(", ".join(f"{len(rows)} {level} rows" for level, rows in register.rows.items()))
    return 0


def _same(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
