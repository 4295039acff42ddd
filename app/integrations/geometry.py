"""Distances on the earth (WGS-84): how far a site lies from a built-up area, zero inside it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from geographiclib.geodesic import Geodesic
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, shape

from app.domain.decisions.subjects import FactSpan
from app.domain.enterprises.regions import BuiltUpArea
from app.domain.facts.values import ValueRefused

EARTH: Geodesic = Geodesic.WGS84
# A flat estimate is good to a few per mille at city distances; whatever it leaves within this margin is measured.
MARGIN = 1.02
MARGIN_M = 100.0
# One metre: finer than any polygon is drawn.
DECIMALS_KM = 3
MAX_VERTICES = 100_000
Points = npt.NDArray[np.float64]


def read_polygon(geojson: Mapping[str, Any]) -> Polygon | MultiPolygon:
    """A valid GeoJSON Polygon or MultiPolygon (RFC 7946); raises ValueRefused."""
    try:
        found = shape(dict(geojson))
        valid = found.is_valid and not found.is_empty
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        found, valid = None, False
    if not valid or not isinstance(found, Polygon | MultiPolygon):
        raise ValueRefused(
            "not_a_polygon",
            "应为有效的 GeoJSON Polygon 或 MultiPolygon（WGS-84，经度在前）。",
            "Write a valid GeoJSON Polygon or MultiPolygon (WGS-84, longitude first).",
        )
    west, south, east, north = found.bounds
    if west < 73 or east > 136 or south < 3 or north > 54 or len(shapely.get_coordinates(found)) > MAX_VERTICES:
        raise ValueRefused(
            "polygon_outside_china",
            f"多边形应位于中国境内，顶点不超过 {MAX_VERTICES} 个。",
            f"The polygon must lie in China and have at most {MAX_VERTICES} vertices.",
        )
    return found


def distance_m(area: Polygon | MultiPolygon, longitude: float, latitude: float) -> float:
    """Metres to the nearest point of the area along the ellipsoid."""
    shapely.prepare(area)
    if shapely.intersects_xy(area, longitude, latitude):
        return 0.0
    starts, ends = _edges(area)
    estimates = _flat_distances(starts, ends, longitude, latitude)
    near = np.flatnonzero(estimates <= estimates.min() * MARGIN + MARGIN_M)
    return min(_to_edge(starts[index], ends[index], longitude, latitude) for index in near)


def _edges(area: Polygon | MultiPolygon) -> tuple[Points, Points]:
    rings = [shapely.get_coordinates(ring) for part in _polygons(area) for ring in (part.exterior, *part.interiors)]
    return np.concatenate([ring[:-1] for ring in rings]), np.concatenate([ring[1:] for ring in rings])


def _polygons(area: Polygon | MultiPolygon) -> Sequence[Polygon]:
    return tuple(area.geoms) if isinstance(area, MultiPolygon) else (area,)


def _flat_distances(starts: Points, ends: Points, longitude: float, latitude: float) -> Points:
    """Metres to each edge on the plane that touches the ellipsoid at the site."""
    sine = math.sin(math.radians(latitude))
    curve = 1 - EARTH.f * (2 - EARTH.f) * sine * sine
    east_m = math.radians(EARTH.a * math.cos(math.radians(latitude)) / math.sqrt(curve))
    north_m = math.radians(EARTH.a * (1 - EARTH.f * (2 - EARTH.f)) / curve**1.5)
    scale = np.array([east_m, north_m])
    here = np.array([longitude, latitude])
    start, along = (starts - here) * scale, (ends - starts) * scale
    length = np.maximum((along * along).sum(axis=1), 1e-12)
    part = np.clip(-(start * along).sum(axis=1) / length, 0.0, 1.0)
    nearest: Points = np.hypot(*(start + along * part[:, None]).T)
    return nearest


def _to_edge(start: Points, end: Points, longitude: float, latitude: float) -> float:
    """The nearest point of one straight edge, found by thirds: the distance along it falls, then rises."""

    def metres(part: float) -> float:
        point = start + (end - start) * part
        found: float = EARTH.Inverse(latitude, longitude, float(point[1]), float(point[0]), Geodesic.DISTANCE)["s12"]
        return found

    low, high = 0.0, 1.0
    # Forty thirds shrink an edge of 100 km below a centimetre.
    for _ in range(40):
        third = (high - low) / 3
        if metres(low + third) <= metres(high - third):
            high -= third
        else:
            low += third
    return min(metres(0.0), metres(1.0), metres((low + high) / 2))


class BuiltUpRuler:
    """Measures sites against built-up areas; the same place is measured once."""

    def __init__(self, areas: Sequence[BuiltUpArea]) -> None:
        self._areas = [(area, read_polygon(area.polygon)) for area in areas]
        self._measured = lru_cache(maxsize=100_000)(self._spans)

    def spans(self, longitude: Decimal | float, latitude: Decimal | float) -> list[FactSpan]:
        """One span per stretch of time with the same areas in force: the distance to the nearest of them."""
        return [span.copy() for span in self._measured(float(longitude), float(latitude))]

    def _spans(self, longitude: float, latitude: float) -> tuple[FactSpan, ...]:
        measured = [(area, distance_m(polygon, longitude, latitude)) for area, polygon in self._areas]
        return tuple(_over_time(measured))


def _over_time(measured: Sequence[tuple[BuiltUpArea, float]]) -> Iterator[FactSpan]:
    days = {area.valid_from for area, _ in measured} | {area.valid_to for area, _ in measured}
    bounds = sorted(day for day in days if day is not None)
    for start, end in zip([None, *bounds], [*bounds, None], strict=True):
        in_force = [(metres, str(area.id)) for area, metres in measured if _covers(area, start, end)]
        if in_force:
            metres, area_id = min(in_force)
            yield {
                "value": round(metres / 1000, DECIMALS_KM),
                "from": None if start is None else start.isoformat(),
                "to": None if end is None else end.isoformat(),
                "assertion": f"derived:built_up_area:{area_id}",
                "verified": True,
                "document": None,
            }


def _covers(area: BuiltUpArea, start: date | None, end: date | None) -> bool:
    begins = area.valid_from is None or (start is not None and area.valid_from <= start)
    lasts = area.valid_to is None or (end is not None and end <= area.valid_to)
    return begins and lasts
