"""What sample works look like: per industry how many there are, where they stand and what stands in them."""

from collections.abc import Mapping
from dataclasses import dataclass

from samples.model import Facts

PLAINS = ("141002", "141081", "141023", "141024", "141021", "141022", "141082")
MOUNTAINS = ("141027", "141029", "141033", "141025", "141034", "141031", "141026", "141028", "141030", "141032")
# Name, and a place near the seat around which sample sites are scattered (WGS-84, two decimals on purpose).
COUNTIES: Mapping[str, tuple[str, float, float]] = {
    "141002": ("尧都", 111.46, 36.08),
    "141021": ("曲沃", 111.49, 35.68),
    "141022": ("翼城", 111.72, 35.72),
    "141023": ("襄汾", 111.43, 35.86),
    "141024": ("洪洞", 111.65, 36.27),
    "141025": ("古县", 111.95, 36.25),
    "141026": ("安泽", 112.25, 36.15),
    "141027": ("浮山", 111.85, 35.96),
    "141028": ("吉县", 110.69, 36.10),
    "141029": ("乡宁", 110.85, 35.96),
    "141030": ("大宁", 110.75, 36.45),
    "141031": ("隰县", 110.95, 36.68),
    "141032": ("永和", 110.63, 36.75),
    "141033": ("蒲县", 111.10, 36.42),
    "141034": ("汾西", 111.55, 36.65),
    "141081": ("侯马", 111.36, 35.62),
    "141082": ("霍州", 111.74, 36.57),
    "140681": ("怀仁", 113.10, 39.82),
    "140581": ("高平", 112.92, 35.80),
    "140403": ("潞州", 113.10, 36.24),
    "140423": ("襄垣", 113.02, 36.54),
    "140427": ("壶关", 113.22, 36.10),
    "640121": ("永宁", 106.22, 38.28),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Industry:
    """One industry tag: how many enterprises, under which code, making what, in which counties first."""

    name: str
    count: int
    gbt4754: str
    product: str
    capacity: tuple[int, ...]
    counties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """Units of one kind within a step; `facts` are the variants found, `main` takes the catalogue class of the case."""

    kind: str
    name: str
    number: int = 1
    facts: tuple[Facts, ...] = ()
    main: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A process of a line with its units."""

    kind: str
    name: str
    kits: tuple[Kit, ...] = ()
    voc: bool | None = None


INDUSTRIES: Mapping[str, Industry] = {
    "steel": Industry(
        name="钢铁", count=7, gbt4754="3110", product="钢坯、线材", capacity=(1_200_000, 1_800_000, 2_400_000),
        counties=("141021", "141081", "141023", "141002", "141022", "141024"),
    ),
    "integrated_foundry_iron": Industry(
        name="高炉铸造", count=6, gbt4754="3110", product="球墨铸铁管", capacity=(400_000, 600_000),
        counties=("141022", "141023", "141027"),
    ),
    "foundry_pig_iron": Industry(
        name="铸造生铁", count=6, gbt4754="3110", product="铸造用生铁", capacity=(300_000, 450_000),
        counties=("141027", "141023", "141027"),
    ),
    "ferroalloy": Industry(
        name="铁合金", count=6, gbt4754="3140", product="硅锰合金", capacity=(30_000, 60_000),
        counties=("141023", "141029", "141021", "141033"),
    ),
    "coking": Industry(
        name="焦化", count=15, gbt4754="2521", product="冶金焦", capacity=(600_000, 960_000, 1_300_000),
        counties=("141024", "141026", "141029", "141023", "141025", "141002", "141033"),
    ),
    "thermal_power": Industry(
        name="热电", count=8, gbt4754="4412", product="电力、热力", capacity=(), counties=("141002", "141029", "141082"),
    ),
    "cement": Industry(
        name="水泥", count=6, gbt4754="3011", product="水泥熟料", capacity=(775_000, 1_550_000),
        counties=("141082", "141029", "141023", "141033"),
    ),
    "cement_grinding": Industry(name="粉磨", count=8, gbt4754="3011", product="水泥", capacity=(300_000, 600_000)),
    "foundry": Industry(
        name="铸造", count=20, gbt4754="3391", product="铸铁件", capacity=(5_000, 12_000, 20_000),
        counties=("141022", "141027", "141023", "141002", "141021", "141025"),
    ),
    "fired_brick": Industry(name="烧结砖", count=18, gbt4754="3031", product="烧结砖", capacity=(90_000, 150_000)),
    "unfired_brick": Industry(name="免烧砖", count=3, gbt4754="3031", product="混凝土砖", capacity=(40_000,)),
    "coal_depot": Industry(name="煤焦发运", count=9, gbt4754="5910", product="煤炭发运", capacity=(1_000_000, 3_000_000)),
    "coal_washing": Industry(
        name="洗煤", count=17, gbt4754="0610", product="精煤", capacity=(600_000, 1_200_000),
        counties=("141029", "141024", "141033", "141002", "141025", "141082", "141034"),
    ),
    "concrete_mixing": Industry(name="混凝土", count=14, gbt4754="3021", product="预拌混凝土", capacity=(480_000, 720_000)),
    "ceramics": Industry(
        name="陶瓷", count=10, gbt4754="3074", product="日用陶瓷", capacity=(8_000, 15_000), counties=("141023", "141034"),
    ),
    "lime": Industry(name="石灰", count=11, gbt4754="3012", product="冶金石灰", capacity=(100_000, 200_000)),
    "gypsum_products": Industry(name="石膏", count=4, gbt4754="3024", product="石膏板", capacity=(60_000,)),
    "mineral_wool": Industry(name="矿渣棉", count=4, gbt4754="3034", product="矿渣棉板", capacity=(20_000,)),
    "carbon_black": Industry(name="炭黑", count=4, gbt4754="", product="炭黑", capacity=(40_000, 80_000)),
    "independent_rolling": Industry(name="轧钢", count=3, gbt4754="3130", product="型钢", capacity=(200_000,)),
    "activated_carbon": Industry(
        name="活性炭", count=3, gbt4754="2529", product="煤质活性炭", capacity=(6_000,), counties=("141027", "141002"),
    ),
    "iron_ore": Industry(
        name="铁矿采选", count=3, gbt4754="0810", product="铁精粉", capacity=(300_000,), counties=("141027", "141023"),
    ),
    "glass_wool": Industry(name="玻璃棉", count=2, gbt4754="3061", product="玻璃棉毡", capacity=(10_000,)),
    "rock_wool": Industry(name="岩棉", count=2, gbt4754="3034", product="岩棉板", capacity=(20_000,)),
    "coal_chemical": Industry(name="煤化工", count=3, gbt4754="2522", product="甲醇", capacity=(200_000,)),
    "pharmaceutical": Industry(name="制药", count=3, gbt4754="2710", product="原料药", capacity=(1_200,)),
    "refractory": Industry(name="耐火材料", count=3, gbt4754="3089", product="耐火砖", capacity=(30_000,)),
    "nonferrous": Industry(name="有色铸件", count=2, gbt4754="3216", product="铝锭", capacity=(50_000,)),
    "chemical": Industry(name="化工", count=2, gbt4754="2614", product="有机化学品", capacity=(20_000,)),
    "fermentation": Industry(name="发酵", count=2, gbt4754="1469", product="调味品", capacity=(10_000,)),
    "other": Industry(name="供热", count=6, gbt4754="4430", product="热力", capacity=()),
}  # fmt: skip

# Invented like everything here: grams emitted for a tonne of product, where something is fired and where only dust is made.
FIRED = frozenset({
    "steel", "integrated_foundry_iron", "foundry_pig_iron", "ferroalloy", "coking", "cement", "foundry", "fired_brick", "ceramics",
    "lime", "gypsum_products", "mineral_wool", "carbon_black", "independent_rolling", "activated_carbon", "glass_wool", "rock_wool",
    "coal_chemical", "refractory", "nonferrous",
})  # fmt: skip
FIRED_G_PER_T: Mapping[str, float] = {"pm": 90, "so2": 160, "nox": 280, "voc": 30}
COLD_G_PER_T: Mapping[str, float] = {"pm": 25}

FURNACES: tuple[Facts, ...] = (
    {"furnace_volume_m3": 450, "blast_furnace_capacity_t_d": 1_650},
    {"furnace_volume_m3": 580, "blast_furnace_capacity_t_d": 2_100},
    {"furnace_volume_m3": 1_080, "blast_furnace_capacity_t_d": 3_300},
)
SMALL_FURNACES: tuple[Facts, ...] = (
    {"furnace_volume_m3": 208, "blast_furnace_capacity_t_d": 720},
    {"furnace_volume_m3": 318, "blast_furnace_capacity_t_d": 1_050},
)
SINTER = Step(kind="sintering", name="烧结", kits=(Kit(kind="sintering_machine", name="烧结机", number=2, main=True),))
MELT = (
    Kit(kind="induction_furnace", name="中频炉", number=2, facts=({"furnace_type": "induction"},)),
    Kit(kind="dryer", name="砂处理", number=1),
)
COAL_BOILER: Facts = {"boiler_fuel": "coal", "boiler_capacity_t_h": 35, "carries_heat": True}
GAS_BOILER: Facts = {"boiler_fuel": "gas", "boiler_capacity_t_h": 6}
BOILERS = Kit(
    kind="boiler",
    name="锅炉",
    facts=(
        {**COAL_BOILER, "boiler_ultra_low_retrofit": True},
        {**COAL_BOILER, "boiler_ultra_low_retrofit": False},
        {**GAS_BOILER, "boiler_low_nox_retrofit": True},
        {**GAS_BOILER, "boiler_low_nox_retrofit": False},
        {"boiler_fuel": "gas", "boiler_capacity_t_h": 4},
        {"boiler_capacity_t_h": 10, "boiler_low_nox_retrofit": True},
        {"boiler_fuel": "other", "boiler_capacity_t_h": 2},
    ),
)
HEATING = Step(kind="heat_supply", name="供热", kits=(BOILERS,))

STEPS: Mapping[str, tuple[Step, ...]] = {
    "steel": (
        SINTER,
        Step(kind="pelletising", name="球团", kits=(Kit(kind="pellet_plant", name="球团设备", main=True),)),
        Step(kind="ironmaking", name="炼铁", kits=(Kit(kind="blast_furnace", name="高炉", number=2, facts=FURNACES, main=True),)),
        Step(kind="steelmaking", name="炼钢", kits=(Kit(kind="converter", name="转炉", number=2, main=True),)),
        Step(kind="rolling", name="轧钢", kits=(Kit(kind="rolling_mill", name="轧机", number=2, main=True),)),
    ),
    "integrated_foundry_iron": (
        SINTER,
        Step(kind="ironmaking", name="炼铁", kits=(Kit(kind="blast_furnace", name="高炉", facts=SMALL_FURNACES, main=True),)),
        Step(kind="casting", name="铸管", kits=(Kit(kind="induction_furnace", name="中频炉", number=2),)),
    ),
    "foundry_pig_iron": (
        SINTER,
        Step(kind="ironmaking", name="炼铁", kits=(Kit(kind="blast_furnace", name="高炉", facts=SMALL_FURNACES, main=True),)),
    ),
    "ferroalloy": (
        Step(
            kind="smelting",
            name="冶炼",
            kits=(
                Kit(
                    kind="submerged_arc_furnace",
                    name="矿热炉",
                    number=2,
                    facts=({"smelting_capacity_t_d": 80}, {"smelting_capacity_t_d": 120}),
                    main=True,
                ),
            ),
        ),
    ),
    "coking": (
        Step(kind="coal_preparation", name="备煤", kits=(Kit(kind="crusher", name="粉碎机"),)),
        Step(
            kind="coking",
            name="炼焦",
            kits=(
                Kit(
                    kind="coke_oven",
                    name="焦炉",
                    number=2,
                    facts=({"coke_oven_height_m": 4.3}, {"coke_oven_height_m": 5.5}),
                    main=True,
                ),
            ),
        ),
        Step(kind="quenching", name="熄焦", kits=(Kit(kind="other", name="熄焦设施"),)),
        Step(kind="gas_cleaning", name="化产回收", voc=True),
    ),
    "thermal_power": (
        Step(
            kind="power_generation",
            name="发电",
            kits=(
                Kit(
                    kind="generator_set",
                    name="机组",
                    number=2,
                    facts=({"generating_capacity_mw": 50}, {"generating_capacity_mw": 25}),
                ),
            ),
        ),
    ),
    "cement": (
        Step(kind="raw_grinding", name="生料"),
        Step(kind="clinker_burning", name="熟料烧成", kits=(Kit(kind="cement_kiln", name="水泥窑", facts=({"furnace_type": "rotary"},)),)),
        Step(kind="cement_grinding", name="水泥粉磨", kits=(Kit(kind="cement_mill", name="水泥磨", number=2),)),
    ),
    "cement_grinding": (
        Step(kind="cement_grinding", name="水泥粉磨", kits=(Kit(kind="cement_mill", name="水泥磨"), Kit(kind="dryer", name="烘干机"))),
    ),
    "foundry": (
        Step(kind="melting", name="熔炼", kits=MELT),
        Step(kind="moulding", name="造型", voc=True),
    ),
    "fired_brick": (
        Step(kind="drying", name="干燥"),
        Step(kind="firing", name="焙烧", kits=(Kit(kind="tunnel_kiln", name="隧道窑", facts=({"furnace_type": "tunnel"},)),)),
    ),
    "unfired_brick": (Step(kind="mixing", name="成型", kits=(Kit(kind="mixer", name="搅拌机"),)),),
    "coal_depot": (Step(kind="storage", name="储运", kits=(Kit(kind="loading_plant", name="装车系统"), Kit(kind="vehicle_wash", name="洗车台"))),),
    "coal_washing": (Step(kind="washing", name="洗选", kits=(Kit(kind="washing_plant", name="跳汰机"), BOILERS)),),
    "concrete_mixing": (Step(kind="mixing", name="搅拌", kits=(Kit(kind="mixer", name="搅拌主机", number=2),)),),
    "ceramics": (Step(kind="firing", name="烧成", kits=(Kit(kind="roller_kiln", name="辊道窑", facts=({"furnace_type": "roller"},)),)),),
    "lime": (Step(kind="calcining", name="煅烧", kits=(Kit(kind="lime_kiln", name="石灰竖窑", number=2, facts=({"furnace_type": "shaft"},)),)),),
    "gypsum_products": (Step(kind="calcining", name="煅烧", kits=(Kit(kind="calciner", name="煅烧炉"),)),),
    "mineral_wool": (Step(kind="melting", name="熔制", kits=(Kit(kind="cupola", name="冲天炉", facts=({"furnace_type": "cupola"},)),)),),
    "carbon_black": (Step(kind="other", name="反应", kits=(Kit(kind="carbon_black_reactor", name="反应炉", facts=({"furnace_type": "reactor"},)),)),),
    "independent_rolling": (Step(kind="rolling", name="轧制", kits=(Kit(kind="rolling_mill", name="轧机"), Kit(kind="heating_furnace", name="加热炉"))),),
    "activated_carbon": (Step(kind="calcining", name="炭化", kits=(Kit(kind="carbonisation_furnace", name="炭化炉"),)),),
    "iron_ore": (Step(kind="crushing", name="破碎", kits=(Kit(kind="crusher", name="破碎机"),)),),
    "glass_wool": (Step(kind="melting", name="熔制", kits=(Kit(kind="gas_furnace", name="熔窑", facts=({"furnace_type": "gas"},)),)),),
    "rock_wool": (Step(kind="melting", name="熔制", kits=(Kit(kind="cupola", name="冲天炉", facts=({"furnace_type": "cupola"},)),)),),
    "coal_chemical": (Step(kind="gas_cleaning", name="合成", voc=True), HEATING),
    "pharmaceutical": (Step(kind="other", name="合成与发酵", voc=True), HEATING),
    "refractory": (Step(kind="firing", name="烧成", kits=(Kit(kind="shuttle_kiln", name="梭式窑", facts=({"furnace_type": "shuttle"},)),)),),
    "nonferrous": (Step(kind="melting", name="熔炼", kits=(Kit(kind="gas_furnace", name="熔铝炉", facts=({"furnace_type": "gas"},)),)),),
    "chemical": (Step(kind="other", name="合成", voc=True), HEATING),
    "fermentation": (Step(kind="other", name="发酵"), HEATING),
    "other": (HEATING,),
}  # fmt: skip

# How the units of one line hang together: kind of coupling, upstream unit, downstream unit.
COUPLINGS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "steel": (
        ("matches", "blast_furnace", "sintering_machine"),
        ("matches", "blast_furnace", "pellet_plant"),
        ("matches", "blast_furnace", "converter"),
        ("matches", "blast_furnace", "rolling_mill"),
        ("feeds", "sintering_machine", "blast_furnace"),
        ("feeds", "blast_furnace", "converter"),
        ("feeds", "converter", "rolling_mill"),
    ),
    "integrated_foundry_iron": (
        ("matches", "blast_furnace", "sintering_machine"),
        ("feeds", "sintering_machine", "blast_furnace"),
        ("feeds", "blast_furnace", "induction_furnace"),
    ),
    "foundry_pig_iron": (
        ("matches", "blast_furnace", "sintering_machine"),
        ("feeds", "sintering_machine", "blast_furnace"),
    ),
    "cement": (("feeds", "cement_kiln", "cement_mill"),),
    "coking": (("feeds", "crusher", "coke_oven"),),
}
