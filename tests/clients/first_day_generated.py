"""A first day with the client by openapi-generator: what it was given on standard input, what it saw as one line of JSON."""

import json
import sys
import uuid

import cuofeng_generated as cuofeng


def key():
    return str(uuid.uuid4())


def refusal(call, *given, **named):
    problem = None
    try:
        call(*given, **named)
    except cuofeng.ApiException as refused:
        problem = refused.data
    assert isinstance(problem, cuofeng.Problem)
    return [problem.status, problem.code]


given = json.load(sys.stdin)
configuration = cuofeng.Configuration(host=given["base"])
client = cuofeng.ApiClient(configuration)
login = {"client_id": given["client_id"], "client_secret": given["secret"]}
configuration.access_token = cuofeng.OauthApi(client).issue_token("client_credentials", **login).access_token

enterprises = cuofeng.EnterprisesApi(client)
line_ = cuofeng.LineRequest(code="L1", name="一号线", industry="foundry")
site = cuofeng.SiteRequest(code="S1", name="一厂", region="141027", lines=[line_])
body = cuofeng.EnterpriseRequest(code=given["code"], name="某铸造厂", region="141027", sites=[site])
firm = enterprises.register_enterprise(key(), body)
line = firm.sites[0].lines[0].id

grade = cuofeng.AssertionRequest(fact="performance_grade", value="B", subject_id=line)
facts = cuofeng.AssertionsRequest(assertions=[grade])
asserted = cuofeng.FactsApi(client).assert_facts(firm.id, key(), facts).items[0]

decisions = cuofeng.DecisionsApi(client)
decided = decisions.decide_enterprise(firm.id, key(), cuofeng.DecideRequest(pack="fushan", season=2019)).items[0]
explained = decisions.explain_decision(firm.id, line, pack="fushan", season=2019)

unknown = refusal(enterprises.get_enterprise, uuid.UUID(int=0))
tag = enterprises.get_enterprise_with_http_info(firm.id).headers["etag"]
changed = enterprises.change_enterprise(firm.id, tag, cuofeng.EnterpriseChange(name="新名"))
stale = refusal(enterprises.change_enterprise, firm.id, tag, cuofeng.EnterpriseChange(name="迟了"))

sent = cuofeng.FeedApi(client).send_feed_batch(given["csv"].encode(), source="grid", format="csv")

codes, page = [], enterprises.list_enterprises(limit=1)
codes += [one.code for one in page.items]
while page.next_cursor is not None:
    page = enterprises.list_enterprises(limit=1, cursor=page.next_cursor)
    codes += [one.code for one in page.items]

saw = {
    "asserted": [asserted.fact, asserted.value],
    "decided": [decided.status, decided.summary],
    "explained": [explained.status, explained.summary],
    "unknown": unknown,
    "changed": changed.name,
    "stale": stale,
    "report": [sent.report.received, sent.report.new, [[one.line, one.code] for one in sent.report.errors]],
    "codes": codes,
}
sys.stdout.write(json.dumps(saw))
