"""Every shipped plan read and made ready once per test process, without its scenarios."""

from functools import cache
from importlib.resources import files

from app.documents.catalogue import NOT_A_PACK, base_catalogue
from app.documents.pack import read_pack
from app.domain.decisions.evaluate import Evaluator

PLANS = sorted(
    entry.name.removesuffix(".yaml")
    for entry in files("app.packs").iterdir()
    if entry.name.endswith(".yaml") and entry.name not in NOT_A_PACK and not entry.name.endswith(".scenarios.yaml")
)

# A line of each of the seven plans: where it lies, and its industry.
SEVEN = [
    ("huairen", "140681", "steel"),
    ("linfen-city", "141025", "coking"),
    ("yongning", "640121", "cement"),
    ("linfen-twelve-industries", "141002", "lime"),
    ("gaoping", "140581", "coking"),
    ("fushan", "141027", "fired_brick"),
    ("changzhi", "140404", "cement"),
]


@cache
def evaluator_of_plan(name: str) -> Evaluator:
    text = (files("app.packs") / f"{name}.yaml").read_text(encoding="utf-8")
    return Evaluator(read_pack(text, base_catalogue()).pack)
