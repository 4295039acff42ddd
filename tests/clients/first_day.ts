// A first day with the types by openapi-typescript: what it was given on standard input, what it saw as one line of JSON.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { paths } from "./cuofeng.js";

type Given = { base: string; client_id: string; secret: string; code: string; csv: string };

const given = JSON.parse(readFileSync(0, "utf8")) as Given;
const client = createClient<paths>({ baseUrl: given.base });
const key = () => ({ "Idempotency-Key": randomUUID() });

function answered<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

function first<T>(items: readonly T[]): T {
  const [one] = items;
  if (one === undefined) throw new Error("nothing there");
  return one;
}

const { access_token } = answered(
  await client.POST("/v1/oauth/token", {
    body: { grant_type: "client_credentials", client_id: given.client_id, client_secret: given.secret, scope: "" },
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  }),
);
client.use({
  onRequest: ({ request }) => request.headers.set("Authorization", `Bearer ${access_token}`),
});

const firm = answered(
  await client.POST("/v1/enterprises", {
    params: { header: key() },
    body: {
      code: given.code, name: "某铸造厂", region: "141027", sample: false,
      sites: [{ code: "S1", name: "一厂", region: "141027", lines: [{ code: "L1", name: "一号线", industry: "foundry" }] }],
    },
  }),
);
const line = first(first(firm.sites).lines).id;
const path = { enterprise_id: firm.id };

const asserted = first(answered(
  await client.POST("/v1/enterprises/{enterprise_id}/assertions", {
    params: { path, header: key() },
    body: { assertions: [{ fact: "performance_grade", value: "B", subject_id: line }] },
  }),
).items);
const decided = first(answered(
  await client.POST("/v1/enterprises/{enterprise_id}/decisions", {
    params: { path, header: key() },
    body: { pack: "fushan", season: 2019 },
  }),
).items);
const explained = answered(
  await client.GET("/v1/enterprises/{enterprise_id}/decisions/{subject_id}", {
    params: { path: { ...path, subject_id: line }, query: { pack: "fushan", season: 2019 } },
  }),
);

const nobody = { enterprise_id: "00000000-0000-0000-0000-000000000000" };
const unknown = (await client.GET("/v1/enterprises/{enterprise_id}", { params: { path: nobody } })).error;
const read = await client.GET("/v1/enterprises/{enterprise_id}", { params: { path } });
const renamed = (name: string) =>
  client.PATCH("/v1/enterprises/{enterprise_id}", {
    params: { path, header: { "If-Match": read.response.headers.get("etag") ?? "" } },
    body: { name },
  });
const changed = answered(await renamed("新名"));
const stale = (await renamed("迟了")).error;

const sent = answered(
  await client.POST("/v1/feed/batches", {
    params: { query: { source: "grid", format: "csv" } },
    body: given.csv,
    bodySerializer: (body) => body,
    headers: { "Content-Type": "application/octet-stream" },
  }),
);

const codes: string[] = [];
let cursor: string | null | undefined;
do {
  const query = cursor ? { limit: 1, cursor } : { limit: 1 };
  const page = answered(await client.GET("/v1/enterprises", { params: { query } }));
  codes.push(...page.items.map((one) => one.code));
  cursor = page.next_cursor;
} while (cursor !== null);

process.stdout.write(JSON.stringify({
  asserted: [asserted.fact, asserted.value],
  decided: [decided.status, decided.summary],
  explained: [explained.status, explained.summary],
  unknown: [unknown?.status, unknown?.code],
  changed: changed.name,
  stale: [stale?.status, stale?.code],
  report: [sent.report?.received, sent.report?.new, sent.report?.errors.map((one) => [one.line, one.code])],
  codes,
}));
