"""Real enterprises: what the public record says of them and nothing else; whatever it leaves open stays unknown."""

from dataclasses import dataclass

from samples.model import Register

YONGNING = "640121"
PLAN = "永宁县冬季错峰生产方案（公开文本）点名企业"
WRI = "WRI Global Power Plant Database, CC BY 4.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An enterprise the Yongning plan names, with the lines its wording speaks of: code, name, tag, GB/T 4754."""

    code: str
    name: str
    gbt4754: str
    lines: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A coal power station of the WRI database and the county its position lies in."""

    code: str
    name: str
    zh: str
    region: str
    longitude: float
    latitude: float
    capacity_mw: int


NAMED = (
    Named(
        code="YN-YINGHAI-TIANCHEN",
        name="宁夏瀛海天琛建材有限公司",
        gbt4754="3011",
        lines=(("L1", "水泥熟料生产线", "cement", "3011"),),
    ),
    Named(
        code="YN-JIANCHENG",
        name="宁夏建成建材有限责任公司",
        gbt4754="3011",
        lines=(("L1", "水泥熟料生产线", "cement", "3011"),),
    ),
    Named(
        code="YN-EPPEN",
        name="宁夏伊品生物科技股份有限公司",
        gbt4754="",
        lines=(("L1", "发酵生产线", "fermentation", ""), ("L2", "自备电厂", "thermal_power", "")),
    ),
    Named(
        code="YN-QIYUAN",
        name="宁夏启元药业有限公司",
        gbt4754="",
        lines=(("L1", "制药生产线", "pharmaceutical", ""),),
    ),
)
STATIONS = (
    Station(
        code="WRI-HOUMA",
        name="CPI Shanxi Houma power station",
        zh="侯马电厂",
        region="141081",
        longitude=111.3757,
        latitude=35.5911,
        capacity_mw=700,
    ),
    Station(
        code="WRI-HUOZHOU",
        name="Huozhou power station",
        zh="霍州电厂",
        region="141082",
        longitude=111.6823,
        latitude=36.5183,
        capacity_mw=1200,
    ),
    Station(
        code="WRI-LINFEN",
        name="Linfen power station",
        zh="临汾电厂",
        region="141002",
        longitude=111.4849,
        latitude=36.1534,
        capacity_mw=600,
    ),
    Station(
        code="WRI-ZHAOGUANG",
        name="Shanxi Zhaoguang Phase 1",
        zh="兆光电厂",
        region="141082",
        longitude=111.6932,
        latitude=36.5545,
        capacity_mw=1800,
    ),
    Station(
        code="WRI-ZHANGZE-LINFEN",
        name="Zhangze Linfen power station",
        zh="漳泽临汾电厂",
        region="141002",
        longitude=111.3994,
        latitude=36.0867,
        capacity_mw=600,
    ),
)


def write_public(register: Register) -> None:
    for named in NAMED:
        _write_named(register, named)
    for station in STATIONS:
        _write_station(register, station)


def _write_named(register: Register, named: Named) -> None:
    own = {"enterprise": named.code}
    head = {"code": named.code, "name": named.name, "region": YONGNING, "gbt4754": named.gbt4754, "sample": False}
    register.add("enterprise", head, document=PLAN)
    site = {"code": "S1", "name": f"{named.name}（永宁）", "region": YONGNING}
    register.add("site", {**own, **site}, document=PLAN)
    for code, name, tag, gbt4754 in named.lines:
        line = {"site": "S1", "code": code, "name": name, "industry": tag, "gbt4754": gbt4754}
        register.add("line", {**own, **line}, document=PLAN)


def _write_station(register: Register, station: Station) -> None:
    own = {"enterprise": station.code}
    name = f"{station.zh}（{station.name}）"
    head = {"code": station.code, "name": name, "region": station.region, "sample": False}
    register.add("enterprise", head, document=WRI)
    place = {"longitude": station.longitude, "latitude": station.latitude}
    register.add("site", {**own, "code": "S1", "name": name, "region": station.region, **place}, document=WRI)
    line = {"site": "S1", "code": "L1", "name": "燃煤发电", "industry": "thermal_power"}
    register.add("line", {**own, **line}, document=WRI)
    # The database gives one capacity for the whole station, so one entry stands for all its sets.
    unit = {"line": "L1", "code": "U1", "name": "全部机组（合计）", "kind": "generator_set"}
    register.add("unit", {**own, **unit}, {"generating_capacity_mw": station.capacity_mw}, document=WRI)
