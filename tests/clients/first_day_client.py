"""A first day with the client by openapi-python-client: what it was given on standard input, what it saw as one line of JSON."""

import io
import json
import sys
import uuid

from cuofeng_client import AuthenticatedClient, Client
from cuofeng_client.api.decisions import decide_enterprise, explain_decision
from cuofeng_client.api.enterprises import change_enterprise, get_enterprise, list_enterprises, register_enterprise
from cuofeng_client.api.facts import assert_facts
from cuofeng_client.api.feed import send_feed_batch
from cuofeng_client.api.oauth import issue_token
from cuofeng_client.models import (
    AssertionRequest,
    AssertionsRequest,
    DecideRequest,
    EnterpriseChange,
    EnterpriseRequest,
    LineRequest,
    Problem,
    SendFeedBatchFormat,
    SiteRequest,
    TokenRequest,
)
from cuofeng_client.types import UNSET, File


def key():
    return str(uuid.uuid4())


given = json.load(sys.stdin)
form = TokenRequest(grant_type="client_credentials", client_id=given["client_id"], client_secret=given["secret"])
token = issue_token.sync(client=Client(given["base"]), body=form).access_token
client = AuthenticatedClient(given["base"], token)

site = SiteRequest(
    code="S1", name="一厂", region="141027", lines=[LineRequest(code="L1", name="一号线", industry="foundry")]
)
body = EnterpriseRequest(code=given["code"], name="某铸造厂", region="141027", sites=[site])
firm = register_enterprise.sync(client=client, body=body, idempotency_key=key())
line = firm.sites[0].lines[0].id

grade = AssertionRequest(fact="performance_grade", value="B", subject_id=line)
facts = AssertionsRequest([grade])
asserted = assert_facts.sync(firm.id, client=client, body=facts, idempotency_key=key()).items[0]

plan = DecideRequest(pack="fushan", season=2019)
decided = decide_enterprise.sync(firm.id, client=client, body=plan, idempotency_key=key()).items[0]
explained = explain_decision.sync(firm.id, line, client=client, pack="fushan", season=2019)

unknown = get_enterprise.sync(uuid.UUID(int=0), client=client)
assert isinstance(unknown, Problem)
tag = get_enterprise.sync_detailed(firm.id, client=client).headers["etag"]
changed = change_enterprise.sync(firm.id, client=client, body=EnterpriseChange(name="新名"), if_match=tag)
stale = change_enterprise.sync(firm.id, client=client, body=EnterpriseChange(name="迟了"), if_match=tag)
assert isinstance(stale, Problem)

file = File(payload=io.BytesIO(given["csv"].encode()))
sent = send_feed_batch.sync(client=client, body=file, source="grid", format_=SendFeedBatchFormat.CSV)

codes, cursor = [], UNSET
while cursor is not None:
    page = list_enterprises.sync(client=client, limit=1, cursor=cursor)
    codes += [one.code for one in page.items]
    cursor = page.next_cursor

saw = {
    "asserted": [asserted.fact, asserted.value],
    "decided": [str(decided.status), decided.summary],
    "explained": [str(explained.status), explained.summary],
    "unknown": [unknown.status, unknown.code],
    "changed": changed.name,
    "stale": [stale.status, stale.code],
    "report": [sent.report.received, sent.report.new, [[one.line, one.code] for one in sent.report.errors]],
    "codes": codes,
}
sys.stdout.write(json.dumps(saw))
