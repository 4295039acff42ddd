"""decide: let one plan or several decide a file of facts, without a database."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from app.cli.policies import Form, Tongue
from app.cli.screen import complain, out
from app.documents.catalogue import base_catalogue
from app.documents.pack import PackRefused
from app.documents.register import read_register
from app.documents.shipped import shipped_pack
from app.documents.stack import stack_document
from app.documents.trace import decision_document
from app.documents.yaml_text import YamlRefused, read_yaml
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.stack import stack
from app.domain.decisions.subjects import Subject
from app.domain.errors import Language, Refusal


def decide(  # noqa: PLR0917  the command line passes them by name
    facts: Annotated[Path, typer.Argument(help="The enterprise as YAML: sites, lines, units and their facts.")],
    pack: Annotated[
        list[str], typer.Option(help="Name of a shipped pack, or a file; several are laid over each other.")
    ],
    season: Annotated[int, typer.Option(help="The year the season starts in.")],
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The civil day asked about.")],
    form: Annotated[Form, typer.Option("--format", help="How decisions are written.")] = Form.TEXT,
    lang: Annotated[Tongue, typer.Option(help="Language of the explanation.")] = Tongue.ZH,
) -> None:
    """Decide a file of facts under a pack; needs no database."""
    evaluators, tree = _read(facts, pack, lang.value)
    made = [(one, each) for each in evaluators for one in each.evaluate(tree, season=season, day=day.date())]
    documents = [decision_document(one, evaluator, lang.value) for one, evaluator in made]
    together = _together([one for one, _ in made], lang.value) if len(pack) > 1 else []
    if form is Form.JSON:
        found: Any = {"decisions": documents, "constraints": together} if together else documents
        out.file.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for document in documents:
        _print_decision(document)
    for document in together:
        _print_stack(document)


def _read(facts: Path, packs: list[str], language: Language) -> tuple[list[Evaluator], Subject]:
    try:
        evaluators = [shipped_pack(name) for name in packs]
        catalogue = base_catalogue()
        for evaluator in evaluators:
            catalogue = catalogue.extended(evaluator.pack.catalogue.facts.values())
        return evaluators, read_register(read_yaml(facts.read_text(encoding="utf-8")).data, catalogue)
    except PackRefused as refused:
        complain(*(finding.en for finding in refused.findings))
        raise typer.Exit(2) from refused
    except Refusal as refused:
        complain(refused.message(language), *(f"{e.pointer}: {e.message(language)}" for e in refused.errors))
        raise typer.Exit(2) from refused
    except (YamlRefused, OSError, UnicodeDecodeError) as error:
        complain(f"{facts}: {error}")
        raise typer.Exit(2) from error


def _together(decisions: list[Decision], language: Language) -> list[dict[str, Any]]:
    return [stack_document(one, language) for one in stack(decisions)]


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


def _print_stack(document: dict[str, Any]) -> None:
    subject = document["subject"]
    plans = ", ".join(dict.fromkeys(one["name"] for one in document["packs"]))
    out.rule(f"{subject['code']} {subject['name']}: {plans}", align="left")
    for segment in document["segments"]:
        if not segment["constraints"]:
            continue
        out.print(f"[bold]{segment['first_day']} – {segment['last_day']}[/]  {segment['standing_label']}")
        for one in segment["constraints"]:
            mark = "✓" if one["effective"] else "·"
            out.print(f"  {mark} {one['pack']} {one['rule']}: {one['text']}", markup=False)
        for one in segment["conflicts"]:
            cites = "; ".join(cite["provision"] for cite in one["citations"])
            out.print(f"  ! {one['pack']} ↔ {one['stricter_pack']}: {one['text']} {cites}", markup=False)
