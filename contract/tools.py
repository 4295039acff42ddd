"""The programs other people wrote for contracts: where they are, and one clear sentence where they are not."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
OPENAPI = ROOT / "openapi"
CONTRACT, BASELINE = OPENAPI / "v1.json", OPENAPI / "baseline.json"
TOOLS = OPENAPI / "tools"
SDK = ROOT / "sdk"
SDK_BIN = ROOT / ".venv-sdk" / "bin"
OLDEST = {"node": 20, "java": 17}
MISSING = {
    "node": "Node.js 20 or newer with npm is needed for the lint, the check and TypeScript (on Debian: apt install nodejs npm).",
    "java": "Java 17 or newer is needed for openapi-generator (on Debian: apt install default-jre-headless).",
}


def require(*programs: str) -> None:
    """End with one sentence for each of node and java that is missing or too old."""
    wrong = [MISSING[name] for name in programs if _version(name) < OLDEST[name]]
    if wrong:
        give_up(*wrong)


def _version(program: str) -> int:
    """The first number of its version; 0 where it is not there."""
    if shutil.which(program) is None:
        return 0
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    digits = "".join(sign if sign.isdigit() else " " for sign in told).split()
    return int(digits[0]) if digits else 0


def node(name: str) -> str:
    """A program that openapi/tools/package.json pins."""
    return str(TOOLS / "node_modules" / ".bin" / name)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """What it printed, both streams together, and how it ended."""
    return subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )


def give_up(*reasons: str) -> NoReturn:
    print(*reasons, sep="\n", file=sys.stderr)
    sys.exit(1)
