"""Files at the door: how they are declared, which kinds are taken, and how one leaves."""

from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.api.refusals import UnsupportedMediaType, ValidationFailed
from app.api.validation import field_error
from app.documents.workbook import JSON, XLSX

M = TypeVar("M", bound=BaseModel)
PLAIN_CSV = "text/csv"
BINARY = {"schema": {"type": "string", "format": "binary"}}


def file_body(model: type[BaseModel]) -> dict[str, Any]:
    """How the contract declares a body that is a workbook, a CSV file, or this model as JSON."""
    as_json = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return {"requestBody": {"required": True, "content": {XLSX: BINARY, PLAIN_CSV: BINARY, JSON: as_json}}}


def media_type_of(request: Request) -> str:
    """What kind of file the request brings; raises UnsupportedMediaType."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in {XLSX, PLAIN_CSV, JSON}:
        raise UnsupportedMediaType(accepted=f"{XLSX}, {PLAIN_CSV}, {JSON}")
    return media_type


def checked(content: bytes, shape: TypeAdapter[M]) -> bytes:
    """The shape of JSON is checked here, where a pointer still means something to the caller."""
    try:
        return shape.validate_json(content).model_dump_json(exclude_none=True).encode()
    except ValidationError as error:
        wrong = [one | {"loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        raise ValidationFailed(errors=[field_error(dict(one)) for one in wrong[:1000]]) from error


def download(content: bytes, *, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
