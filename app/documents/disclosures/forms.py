"""A public list as people take it away: CSV, XLSX and a page to print; the same document gives the same bytes."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from app.documents.disclosures.sealed import TITLES, cells, header
from app.documents.workbook import write_csv, write_xlsx
from app.domain.errors import Language

HTML = "text/html; charset=utf-8"
_PAGE = Environment(autoescape=True, undefined=StrictUndefined).from_string(
    Path(__file__).with_name("page.html.j2").read_text(encoding="utf-8")
)
_HEAD: tuple[tuple[str, str, str], ...] = (
    ("serial", "编号", "serial number"),
    ("basis", "公布依据", "published on"),
    ("office", "公布单位", "published by"),
    ("published_at", "公布时间", "published at"),
    ("day", "日期", "day"),
    ("through", "至", "through"),
)


def csv_of(document: Mapping[str, Any], language: Language) -> bytes:
    return write_csv([header(document, language), *cells(document)])


def xlsx_of(document: Mapping[str, Any], language: Language) -> bytes:
    sheet = TITLES[document["kind"]][0] if language == "zh" else document["kind"]
    made_at = datetime.fromisoformat(document["published_at"])
    return write_xlsx([(sheet, [header(document, language), *cells(document)])], made_at=made_at)


def page_of(document: Mapping[str, Any], sha256: str, language: Language) -> bytes:
    """For a browser or a printer; nothing in it is fetched from anywhere, and every word of it is escaped."""
    zh = language == "zh"
    policy, says = document["policy"], "says_zh" if zh else "says_en"
    head = [(words[0 if zh else 1], document[name]) for name, *words in _HEAD if document[name] is not None]
    head += [("方案" if zh else "plan", f"{policy['title_zh' if zh else 'title_en']} ({policy['version']})")]
    head += [("SHA-256", sha256)]
    citations = [
        {"provision": one["provision"], "place": one["place"], "says": one[says]} for one in document["citations"]
    ]
    return _PAGE.render(
        title=document["title_zh" if zh else "title_en"],
        head=head,
        header=header(document, language),
        rows=cells(document),
        citations=citations,
    ).encode()
