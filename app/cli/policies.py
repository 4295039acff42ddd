"""Packs without a database: check one."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from app.cli.screen import complain, out
from app.documents.catalogue import base_catalogue
from app.documents.pack_check import Report, check_pack, document_of, survivors
from app.domain.errors import Language


class Form(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    JSON = "json"


class Tongue(StrEnum):
    """The language of explanations."""

    ZH = "zh"
    EN = "en"


def check_pack_file(
    file: Annotated[Path, typer.Argument(help="A pack; its scenarios lie beside it as NAME.scenarios.yaml.")],
    form: Annotated[Form, typer.Option("--format", help="How findings are written.")] = Form.TEXT,
    lang: Annotated[Tongue, typer.Option(help="Language of the findings.")] = Tongue.ZH,
    mutants: Annotated[bool, typer.Option("--mutants", help="Also change one thing at a time; slow.")] = False,
) -> None:
    """Check a pack: shape, names, linter, scenarios, coverage."""
    scenarios = file.with_name(f"{file.stem}.scenarios.yaml")
    text = scenarios.read_text(encoding="utf-8") if scenarios.exists() else None
    try:
        report = check_pack(file.read_text(encoding="utf-8"), text, base_catalogue())
    except (OSError, UnicodeDecodeError) as error:
        complain(f"{file}: {error}")
        raise typer.Exit(2) from error
    alive = survivors(report) if mutants and report.passes else []
    if form is Form.JSON:
        out.file.write(
            orjson.dumps(document_of(report) | {"unnoticed_changes": alive}, option=orjson.OPT_INDENT_2).decode() + "\n"
        )
    else:
        _print(file, report, alive, lang.value)
    if not report.passes or alive:
        raise typer.Exit(1)


def _print(file: Path, report: Report, alive: list[str], language: Language) -> None:
    for one in report.placed:
        finding = one.finding
        says = finding.zh if language == "zh" else finding.en
        mend = finding.mend.get(language)
        place = f"{file}:{one.line}: {finding.severity} {finding.code}"
        out.print(f"{place} {finding.rule}: {says}{f' → {mend}' if mend else ''}", markup=False, soft_wrap=True)
    for failed in report.differences:
        told = f"scenario failed: {failed.scenario}: {failed.what}: expected {failed.expected}, got {failed.got}"
        out.print(told, markup=False, soft_wrap=True)
    for what in alive:
        out.print(f"no scenario notices: {what}", markup=False, soft_wrap=True)
    if report.coverage:
        missing = ", ".join(report.coverage.rules_missing) or "none"
        out.print(
            f"{report.scenarios} scenarios, {len(report.differences)} failed; rules without a scenario: {missing}"
        )
    out.print("[green]✓ passes[/]" if report.passes else "[red]✗ does not pass[/]")
