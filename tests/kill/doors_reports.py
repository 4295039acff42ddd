"""The story of a past winter: an authority says what it kept out of the air."""

from tests.kill.doors_register import Requests
from tests.kill.stories import Scene, story


@story("POST /v1/season-records")
async def records(here: Scene) -> Requests:
    said = {
        "region": "141027",
        "season": 2018,
        "tonnes": [{"pollutant": "pm", "tonnes": "12.5"}],
        "source": "县总结 3 号",
    }
    yield here.asks("/v1/season-records", said)
