"""SIGKILL in the middle of each kind of write leaves nothing, and the same request sent again does all of it."""

import pytest

from tests.kill import (  # noqa: F401  their stories
    doors_acts,
    doors_compliance,
    doors_control,
    doors_disclosures,
    doors_duties,
    doors_feed,
    doors_lists,
    doors_register,
    doors_reports,
    doors_schedules,
    doors_service,
)
from tests.kill.conftest import Killing
from tests.kill.doors_register import foundry
from tests.kill.servers import COMMITTED
from tests.kill.stories import DOORS, Telling, changing_routes, opens, route_of
from tests.kill.traces import grown, traces

# Stories go on from door to door, and one process that forks is enough.
pytestmark = pytest.mark.xdist_group("kill")

CHANGES_NOTHING = {
    "POST /v1/evaluations": "answers from the facts in its body and stores nothing",
    "POST /v1/oauth/token": "a token is signed, not stored",
}


@pytest.fixture(scope="session")
def telling(killing: Killing) -> Telling:
    return Telling(killing)


@pytest.mark.parametrize("name", DOORS)
async def test_a_killed_server_leaves_nothing_and_the_same_request_again_does_all(
    name: str, killing: Killing, telling: Telling
) -> None:
    door = DOORS[name]
    told, request = await telling.reaches(door)
    assert route_of(request) == door.route
    before = await traces(killing.sessions)
    await killing.cut_off(request)
    assert await traces(killing.sessions) == before
    told.answer = await told.scene.sends(request)
    growth = grown(before, await traces(killing.sessions))
    assert growth["audit"] == growth["outbox"] > 0
    await telling.keeps(told, door)


async def test_a_server_killed_between_its_commit_and_its_answer_has_done_all_and_answers_when_asked_again(
    killing: Killing,
) -> None:
    here = await opens(killing)
    request = here.asks("/v1/enterprises", foundry())
    before = await traces(killing.sessions)
    await killing.cut_off(request, until=COMMITTED)
    done = await traces(killing.sessions)
    assert grown(before, done)["enterprises"] == 1
    assert (await here.sends(request)).json()["version"] == 1
    assert await traces(killing.sessions) == done


def test_every_way_in_that_changes_something_is_a_door_here() -> None:
    doors = {one.route for one in DOORS.values()}
    assert doors | set(CHANGES_NOTHING) == changing_routes()
    assert not doors & set(CHANGES_NOTHING)


async def test_what_is_no_door_changes_nothing(killing: Killing) -> None:
    here = await opens(killing)
    client, secret = await killing.door.register()
    before = await traces(killing.sessions)
    site = {"region": "141027", "lines": [{"industry": "foundry", "facts": {"performance_grade": "B"}}]}
    asked = {"pack": "fushan", "season": 2019, "day": "2019-12-10", "enterprise": {"sites": [site]}}
    await here.sends(here.asks("/v1/evaluations", asked, keyed=False))
    form = {"grant_type": "client_credentials", "client_id": client.id, "client_secret": secret}
    token = await killing.door.anyone().post("/v1/oauth/token", data=form)
    assert token.status_code == 200, token.text
    assert await traces(killing.sessions) == before
