"""Packs without a database: check one, or let one decide a file of facts."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from app.cli.screen import complain, out
from app.documents.catalogue import base_catalogue
from app.documents.pack import PackRefused
from app.documents.pack_check import Report, check_pack, document_of, survivors
from app.documents.register import read_register
from app.documents.shipped import shipped_pack
from app.documents.trace import decision_document
from app.documents.yaml_text import YamlRefused, read_yaml
from app.domain.errors import Language, Refusal


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


def decide(  # noqa: PLR0917  the command line passes them by name
    facts: Annotated[Path, typer.Argument(help="The enterprise as YAML: sites, lines, units and their facts.")],
    pack: Annotated[str, typer.Option(help="Name of a shipped pack, or a file.")],
    season: Annotated[int, typer.Option(help="The year the season starts in.")],
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The civil day asked about.")],
    form: Annotated[Form, typer.Option("--format", help="How decisions are written.")] = Form.TEXT,
    lang: Annotated[Tongue, typer.Option(help="Language of the explanation.")] = Tongue.ZH,
) -> None:
    """Decide a file of facts under a pack; needs no database."""
    try:
        evaluator = shipped_pack(pack)
        catalogue = base_catalogue().extended(evaluator.pack.catalogue.facts.values())
        tree = read_register(read_yaml(facts.read_text(encoding="utf-8")).data, catalogue)
    except PackRefused as refused:
        complain(*(finding.en for finding in refused.findings))
        raise typer.Exit(2) from refused
    except Refusal as refused:
        complain(refused.message(lang.value), *(f"{e.pointer}: {e.message(lang.value)}" for e in refused.errors))
        raise typer.Exit(2) from refused
    except (YamlRefused, OSError, UnicodeDecodeError) as error:
        complain(f"{facts}: {error}")
        raise typer.Exit(2) from error
    documents = [
        decision_document(one, evaluator, lang.value) for one in evaluator.evaluate(tree, season=season, day=day.date())
    ]
    if form is Form.JSON:
        out.file.write(orjson.dumps(documents, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        for document in documents:
            _print_decision(document)


def _print_decision(document: dict[str, Any]) -> None:
    subject = document["subject"]
    out.rule(f"{subject['code']} {subject['name']}", align="left")
    out.print(f"[bold]{document['status']}[/]  {document['summary']}")
    for measure in document["measures"]:
        cites = "; ".join(f"{one['provision']} {one['place']}" for one in measure["citations"])
        out.print(f"  {measure['rule']}: {measure['text']}  ({cites})", markup=False)
    for one in document["possible"] if len(document["possible"]) > 1 else []:
        out.print(f"  ? {' + '.join(one['rules']) or '-'}: {'; '.join(one['measures'])}", markup=False)
    for fact in document["deciding_facts"]:
        out.print(f"  ← {fact['fact']}: {fact['question']}", markup=False)
    table = Table("rule", "cite", "condition", "seen", "truth", box=None, padding=(0, 1))
    for rule in document["rules_examined"]:
        for condition in rule["conditions"]:
            text = "  " * condition["depth"] + condition["text"]
            table.add_row(rule["rule"], condition["cite"], text, condition["seen"] or "", condition["truth"])
    out.print(table)
    for better in document["better_classes"]:
        lacking = "; ".join(one["condition"] for one in better["lacking"])
        out.print(f"  ↑ {better['stagger_class']} ({better['measure']}): {lacking}", markup=False)
    for told in document["flags"]:
        out.print(f"  ! {told}", markup=False)
