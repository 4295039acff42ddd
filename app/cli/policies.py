"""Packs without a database: check one."""

from collections.abc import Mapping
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from app.cli.screen import complain, out
from app.documents.catalogue import base_catalogue
from app.documents.finding_codes import finding_codes
from app.documents.pack_check import Report, check_pack, document_of, survivors
from app.documents.sarif import sarif_of
from app.domain.errors import Language


class Form(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    JSON = "json"


class ReportForm(StrEnum):
    """How a check report is written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class Tongue(StrEnum):
    """The language of explanations."""

    ZH = "zh"
    EN = "en"


def check_pack_file(
    file: Annotated[Path, typer.Argument(help="A pack; its scenarios lie beside it as NAME.scenarios.yaml.")],
    form: Annotated[ReportForm, typer.Option("--format", help="How findings are written.")] = ReportForm.TEXT,
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
    files = {"pack": file, "scenarios": scenarios}
    match form:
        case ReportForm.JSON:
            _write(document_of(report) | {"unnoticed_changes": alive})
        case ReportForm.SARIF:
            _write(sarif_of(report, files=files, version=version("cuofeng"), language=lang.value))
        case ReportForm.TEXT:
            _print(files, report, alive, lang.value)
    if not report.passes or alive:
        raise typer.Exit(1)


def _write(document: dict[str, Any]) -> None:
    out.file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


def _print(files: Mapping[str, Path], report: Report, alive: list[str], language: Language) -> None:
    for one in report.placed:
        finding = one.finding
        says = finding.zh if language == "zh" else finding.en
        place = f"{files[one.file]}:{one.line}: {finding.severity} {finding.code}"
        out.print(f"{place} {finding.rule}: {says} → {one.mend[language]}", markup=False, soft_wrap=True)
    for failed in report.differences:
        place = f"{files['scenarios']}:{report.scenario_lines.get(failed.scenario, 1)}: error scenario_fails"
        told = f"{failed.scenario}: {failed.what}: expected {failed.expected}, got {failed.got}"
        mend = finding_codes()["scenario_fails"].mend[language]
        out.print(f"{place} {told} → {mend}", markup=False, soft_wrap=True)
    for what in alive:
        out.print(f"no scenario notices: {what}", markup=False, soft_wrap=True)
    if report.coverage:
        missing = ", ".join(report.coverage.rules_missing) or "none"
        out.print(
            f"{report.scenarios} scenarios, {len(report.differences)} failed; rules without a scenario: {missing}"
        )
    out.print("[green]✓ passes[/]" if report.passes else "[red]✗ does not pass[/]")
