"""What the register is measured with: check digits, regions and distances on the earth."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.enterprises.regions import BuiltUpArea, RegionTable
from app.domain.facts.values import ValueRefused
from app.integrations.check_digits import credit_code
from app.integrations.geometry import BuiltUpRuler, distance_m, read_polygon
from app.integrations.regions import all_regions

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[111.4, 36.0], [111.6, 36.0], [111.6, 36.2], [111.4, 36.2], [111.4, 36.0]]],
}
REGIONS = RegionTable(all_regions())
TODAY = date(2026, 11, 23)


def an_area(number: int, polygon: dict[str, Any], start: date | None = None, end: date | None = None) -> BuiltUpArea:
    return BuiltUpArea(
        id=UUID(int=number),
        region="141002",
        name="建成区",
        polygon=polygon,
        valid_from=start,
        valid_to=end,
        known_at=datetime(2019, 1, 1, tzinfo=UTC),
        document=None,
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91110000600037341", "uscc_length"),
        ("91110000600037341M", "uscc_check_digit"),
        ("91110000600037314L", "uscc_check_digit"),
        ("A1110000600037341L", "uscc_format"),
        ("9111000060003734OL", "uscc_format"),
    ],
)
def test_a_wrong_credit_code_says_what_is_wrong_with_it(text: str, code: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        credit_code(text)
    assert refused.value.code == code


def test_a_good_credit_code_is_kept_in_its_standard_form() -> None:
    assert credit_code(" 91110000600037341l ") == "91110000600037341L"


@pytest.mark.parametrize(
    ("code", "name", "level", "parent"),
    [
        ("140000", "山西省", "province", "000000"),
        ("141000", "临汾市", "city", "140000"),
        ("141027", "浮山县", "county", "141000"),
        ("140681", "怀仁市", "county", "140600"),
        ("140581", "高平市", "county", "140500"),
        ("140406", "潞城区", "county", "140400"),
        ("640121", "永宁县", "county", "640100"),
    ],
)
def test_regions_have_their_names_levels_and_parents(code: str, name: str, level: str, parent: str) -> None:
    region = REGIONS.on(code, TODAY)
    assert (region.name, region.level, region.parent) == (name, level, parent)


@pytest.mark.parametrize(("old", "heir"), [("140624", "140681"), ("140481", "140406"), ("140424", "140405")])
def test_a_code_out_of_use_is_refused_and_its_heir_named(old: str, heir: str) -> None:
    assert REGIONS.on(old, date(2017, 6, 1)).code == old
    with pytest.raises(ValueRefused, match=heir):
        REGIONS.on(old, TODAY)


@pytest.mark.parametrize(
    ("longitude", "latitude", "metres"),
    [
        (111.5, 36.1, 0.0),
        (111.4, 36.1, 0.0),
        (111.4, 36.0, 0.0),
        # GeographicLib, from the point to the corner or to the foot on the edge.
        (111.7, 36.3, 14_280.0),
        (111.5, 36.3, 11_095.7),
        (111.7, 36.1, 9_005.4),
    ],
)
def test_distances_agree_with_known_values(longitude: float, latitude: float, metres: float) -> None:
    assert distance_m(read_polygon(SQUARE), longitude, latitude) == pytest.approx(
        metres, abs=15 if metres > 14_000 else 3
    )


@settings(deadline=None)
@given(st.floats(110.5, 112.5), st.floats(35.0, 37.0))
def test_no_sampled_point_of_the_border_is_nearer(longitude: float, latitude: float) -> None:
    area = read_polygon(SQUARE)
    found = distance_m(area, longitude, latitude)
    if found == 0:
        assert shapely.intersects_xy(area, longitude, latitude)
        return
    border = shapely.get_coordinates(shapely.segmentize(area, 0.005))
    sampled = min(
        Geodesic.WGS84.Inverse(latitude, longitude, float(y), float(x), Geodesic.DISTANCE)["s12"] for x, y in border
    )
    assert found <= sampled + 0.01
    # Between two samples 450 m apart nothing can be nearer by more than half of that.
    assert found >= sampled - 300


def test_a_hole_in_a_city_is_outside_it() -> None:
    ring = [[111.49, 36.09], [111.51, 36.09], [111.51, 36.11], [111.49, 36.11], [111.49, 36.09]]
    holed = {"type": "Polygon", "coordinates": [*SQUARE["coordinates"], ring]}
    assert distance_m(read_polygon(holed), 111.5, 36.1) == pytest.approx(900.5, abs=2)


@pytest.mark.parametrize(
    "geojson",
    [
        {},
        {"type": "Point", "coordinates": [111, 36]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[111, 36], [112, 37], [112, 36], [111, 37], [111, 36]]]},
        {"type": "Polygon", "coordinates": [[[36, 111], [37, 111], [37, 112], [36, 111]]]},
        {"type": "Polygon", "coordinates": [[["a", "b"]]]},
        {"type": "Polygon", "coordinates": None},
    ],
)
def test_what_is_no_polygon_in_china_is_refused(geojson: dict[str, Any]) -> None:
    with pytest.raises(ValueRefused):
        read_polygon(geojson)


def test_each_stretch_of_time_has_the_nearest_area_then_in_force() -> None:
    near = {
        "type": "Polygon",
        "coordinates": [[[111.6, 36.0], [111.8, 36.0], [111.8, 36.2], [111.6, 36.2], [111.6, 36.0]]],
    }
    ruler = BuiltUpRuler([an_area(1, SQUARE), an_area(2, near, date(2019, 1, 1), date(2020, 1, 1))])
    spans = ruler.spans(111.7, 36.1)
    assert [(span["from"], span["to"], span["value"]) for span in spans] == [
        (None, "2019-01-01", pytest.approx(9.005, abs=0.003)),
        ("2019-01-01", "2020-01-01", 0.0),
        ("2020-01-01", None, pytest.approx(9.005, abs=0.003)),
    ]
    assert {span["assertion"][-1] for span in spans} == {"1", "2"}


def test_days_without_any_area_have_no_distance() -> None:
    spans = BuiltUpRuler([an_area(1, SQUARE, date(2019, 1, 1))]).spans(111.5, 36.1)
    assert [(span["from"], span["to"]) for span in spans] == [("2019-01-01", None)]
