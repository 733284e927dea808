// The unmodified npm client of the SQL-over-HTTP protocol, against the gateway.
//
// DATABASE_URL is a migrated, empty database; SQL_HTTP_URL is the gateway's POST /sql.

import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { neon, neonConfig, NeonDbError } from "@neondatabase/serverless";

const { DATABASE_URL, SQL_HTTP_URL } = process.env;
neonConfig.fetchEndpoint = SQL_HTTP_URL;
const sql = neon(DATABASE_URL);

const digest = (text) => createHash("sha256").update(text).digest("hex");

// Rejects with an error of the database, and gives it.
async function refused(query) {
  try {
    await query;
  } catch (error) {
    assert.ok(error instanceof NeonDbError, String(error));
    return error;
  }
  assert.fail("the database should have refused this");
}

before(() => {
  assert.ok(DATABASE_URL && SQL_HTTP_URL, "set DATABASE_URL and SQL_HTTP_URL");
});

// A request as the schema wants it; what is given replaces a default.
function insertRequest(given = {}) {
  const id = given.id ?? randomUUID();
  const text = given.text ?? '{"title": "A"}';
  return sql`
    INSERT INTO generation_requests (id, tenant_id, source_context, source_text, source_hash,
      allowed_widgets, seed, model, max_attempts, debug, idempotency_key, body_hash, ledger_seq,
      ledger_head)
    VALUES (${id}::uuid, 'node', ${text}::jsonb, ${text}, ${digest(text)},
      ${given.widgets ?? []}::text[], ${given.seed ?? "0"}::numeric, 'rehearsal', 10,
      ${given.debug ?? false}::bool, ${given.key ?? id}, ${digest(text)}, 1, ${digest("head")})
    RETURNING *`;
}

test("a single query gives rows as objects, as arrays, or with everything", async () => {
  assert.deepEqual(await sql`SELECT ${1}::int AS n, ${"a'b"} AS t`, [{ n: 1, t: "a'b" }]);
  assert.deepEqual(await sql.query("SELECT $1::int + 1", [41], { arrayMode: true }), [[42]]);
  const full = await sql.query("SELECT 1 AS n", [], { fullResults: true });
  assert.equal(full.command, "SELECT");
  assert.equal(full.rowCount, 1);
  assert.equal(full.rowAsArray, false);
  assert.equal(full.fields[0].name, "n");
  assert.equal(full.fields[0].dataTypeID, 23);
  assert.equal(full.fields[0].dataTypeSize, 4);
  assert.equal(full.fields[0].format, "text");
  assert.equal(full.viaNeonFetch, true);
});

test("a whole row of the schema goes in and comes out", async () => {
  const id = randomUUID();
  const text = '{"z": 1.50, "a": "Käse \\" | \' ; --", "n": [null, {}]}';
  const widgets = ["dotPlot", 'quo"te', "back\\slash", "comma, brace}", "", "NULL"];
  const seed = "99999999999999999999";
  const [row] = await insertRequest({ id, text, widgets, seed, debug: true });
  assert.equal(row.id, id);
  assert.equal(row.seed, seed);
  assert.equal(row.source_text, text);
  assert.deepEqual(row.source_context, JSON.parse(text));
  assert.deepEqual(row.allowed_widgets, widgets);
  assert.equal(row.status, "queued");
  assert.equal(row.debug, true);
  assert.equal(row.max_attempts, 10);
  assert.equal(row.run_id, null);
  assert.equal(row.reason, null);
  assert.ok(row.created_at instanceof Date);
  assert.ok(Math.abs(Date.now() - row.created_at) < 60_000);
});

test("parameters and results of every type that the schema uses", async () => {
  const types = [
    ["uuid", "0190a000-0000-7000-8000-000000000001"],
    ["text", "tab\t newline\n emoji 😀 quote ' \" backslash \\"],
    ["text", ""],
    ["int", 2147483647],
    ["int", -1],
    ["bigint", "9223372036854775807"],
    ["numeric(20, 0)", "18446744073709551616"],
    ["bool", true],
    ["bool", false],
    ["request_status", "cancelled"],
    ["iteration_status", "typecheck_failed"],
    ["failure_reason", "attempts_exhausted"],
    ["digest", digest("")],
  ];
  for (const [type, value] of types) {
    const [row] = await sql.query(`SELECT $1::${type} AS value, NULL::${type} AS nothing`, [value]);
    assert.deepEqual(row, { value, nothing: null }, type);
    const [missing] = await sql.query(`SELECT $1::${type} AS value`, [null]);
    assert.equal(missing.value, null, type);
  }
});

test("json, times, arrays, enum arrays and bytes", async () => {
  const object = { b: 1, a: [1, "2", null, { c: true }] };
  const [json] = await sql`SELECT ${JSON.stringify(object)}::jsonb AS j, ${object}::json AS k,
    '[]'::jsonb AS empty, '"text"'::jsonb AS text`;
  assert.deepEqual(json, { j: object, k: object, empty: [], text: "text" });

  const time = new Date("2026-11-23T10:11:12.345Z");
  const [times] = await sql`SELECT ${time}::timestamptz AS t, rfc3339(${time}::timestamptz) AS r`;
  assert.equal(times.t.toISOString(), time.toISOString());
  assert.equal(times.r, time.toISOString());

  const words = ["a", null, "b,c", '"', "{}"];
  const [arrays] = await sql`SELECT ${words}::text[] AS words, ${[]}::text[] AS none,
    ${[1, 2]}::int[] AS ints, ${[[1, 2], [3, 4]]}::int[] AS nested,
    to_json(${words}::text[]) AS as_json`;
  assert.deepEqual(arrays.words, words);
  assert.deepEqual(arrays.none, []);
  assert.deepEqual(arrays.ints, [1, 2]);
  assert.deepEqual(arrays.nested, [[1, 2], [3, 4]]);
  assert.deepEqual(arrays.as_json, words);

  // The client does not know a user's own types: it leaves their text as it is.
  const statuses = ["queued", "running"];
  const [enums] = await sql`SELECT ${statuses}::request_status[] AS s, enum_range(NULL::iteration_status) AS all,
    'queued'::request_status = ANY(${statuses}::request_status[]) AS found`;
  assert.deepEqual(enums, {
    s: "{queued,running}",
    all: "{success,typecheck_failed,validation_failed}",
    found: true,
  });

  const bytes = Buffer.from([0, 1, 127, 128, 255, 92, 39]);
  const [binary] = await sql`SELECT ${bytes}::bytea AS b, octet_length(${bytes}::bytea) AS n`;
  assert.deepEqual(binary, { b: bytes, n: 7 });
});

test("a batch is one transaction, with its own options", async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  const [first, second] = await sql.transaction([
    insertRequest({ id: a }),
    sql`SELECT count(*)::int AS n FROM generation_requests WHERE id = ${a}::uuid`,
  ]);
  assert.equal(first[0].id, a);
  assert.deepEqual(second, [{ n: 1 }], "a later statement sees an earlier one's row");

  const error = await refused(sql.transaction([insertRequest({ id: b }), insertRequest({ id: a })]));
  assert.equal(error.code, "23505");
  assert.deepEqual(await sql`SELECT FROM generation_requests WHERE id = ${b}::uuid`, []);

  for (const [isolationLevel, name] of [
    ["ReadUncommitted", "read uncommitted"],
    ["ReadCommitted", "read committed"],
    ["RepeatableRead", "repeatable read"],
    ["Serializable", "serializable"],
  ]) {
    const options = { isolationLevel, readOnly: true, deferrable: true };
    const [[level], [readOnly], [deferrable]] = await sql.transaction(
      [sql`SHOW transaction_isolation`, sql`SHOW transaction_read_only`, sql`SHOW transaction_deferrable`],
      options,
    );
    assert.equal(level.transaction_isolation, name);
    assert.equal(readOnly.transaction_read_only, "on");
    assert.equal(deferrable.transaction_deferrable, "on");
  }
  const write = await refused(sql.transaction([insertRequest()], { readOnly: true }));
  assert.equal(write.code, "25006");
  assert.deepEqual(await sql.transaction([]), []);
});

test("errors carry their SQLSTATE and every field", async () => {
  const id = randomUUID();
  await insertRequest({ id });
  const twice = await refused(insertRequest({ id }));
  assert.equal(twice.code, "23505");
  assert.equal(twice.severity, "ERROR");
  assert.equal(twice.schema, "public");
  assert.equal(twice.table, "generation_requests");
  assert.equal(twice.constraint, "generation_requests_pkey");
  assert.match(twice.detail, /already exists/);
  assert.ok(twice.file && twice.line && twice.routine);

  const seed = await refused(insertRequest({ seed: "-1" }));
  assert.equal(seed.code, "23514");
  const digits = await refused(insertRequest({ seed: "100000000000000000000" }));
  assert.equal(digits.code, "22003");
  const column = await refused(sql`UPDATE generation_requests SET model = NULL WHERE FALSE OR id = ${id}::uuid`);
  assert.equal(column.code, "IS001");
  assert.equal(column.constraint, "request_fixed");
  const guard = await refused(
    sql`UPDATE generation_requests SET status = 'succeeded' WHERE id = ${id}::uuid`,
  );
  assert.equal(guard.code, "IS002");
  assert.equal(guard.constraint, "request_status_order");
  assert.match(guard.where, /PL\/pgSQL function guard_status/);

  const syntax = await refused(sql`SELECT 1 FROM WHERE`);
  assert.equal(syntax.code, "42601");
  assert.equal(syntax.position, "15");
  const hint = await refused(sql`SELECT modell FROM generation_requests`);
  assert.equal(hint.code, "42703");
  assert.match(hint.hint, /model/);
  const uuid = await refused(sql`SELECT ${"no"}::uuid`);
  assert.equal(uuid.code, "22P02");
  const array = await refused(sql`SELECT ${[1, { a: 2 }]}::jsonb`);
  assert.equal(array.code, "22P02");
});

test("a wrong password is an error of the database", async () => {
  const wrong = new URL(DATABASE_URL);
  wrong.password = "wrong";
  const error = await refused(neon(wrong.href)`SELECT 1`);
  assert.equal(error.code, "28P01");
});

test("calls at once do not disturb each other", async () => {
  const numbers = Array.from({ length: 60 }, (_, n) => n);
  const rows = await Promise.all(numbers.map((n) => sql`SELECT ${n}::int AS n, pg_sleep(0.005)`));
  assert.deepEqual(rows.map(([row]) => row.n), numbers);
});

test("a request that is aborted is cancelled", async () => {
  const control = new AbortController();
  const sleep = "SELECT pg_sleep(600)";
  const running = async () => {
    const [row] = await sql`SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE query = ${sleep} AND state = 'active'`;
    return row.n;
  };
  const call = refused(sql.query(sleep, [], { fetchOptions: { signal: control.signal } }));
  const deadline = Date.now() + 20_000;
  while ((await running()) !== 1) assert.ok(Date.now() < deadline, "it never ran");
  control.abort();
  await call;
  while ((await running()) !== 0) assert.ok(Date.now() < deadline, "it still runs");
});
