-- One batch of transitions. Every part repeats harmlessly, so a batch whose answer was lost is
-- simply written again.
WITH
written_apps AS (
    INSERT INTO engine.apps (id, url, registration, synced_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
    ON CONFLICT (id) DO UPDATE SET url = excluded.url, registration = excluded.registration,
        synced_at = excluded.synced_at
),
written_events AS (
    INSERT INTO engine.events (id, event_id, name, body, received_at)
    SELECT * FROM unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[])
    ON CONFLICT (id) DO NOTHING
),
written_runs AS (
    INSERT INTO engine.runs (id, function, events, status, version, parallel, output, parent_run,
        parent_step, idempotency, created_at, started_at, ended_at, attempts, rerun_of)
    SELECT * FROM unnest($10::text[], $11::text[], $12::text[], $13::text[], $14::integer[],
        $15::boolean[], $16::text[], $17::text[], $18::text[], $19::text[], $20::bigint[],
        $21::bigint[], $22::bigint[], $43::text[], $44::text[])
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, version = excluded.version,
        parallel = excluded.parallel, output = excluded.output,
        started_at = excluded.started_at, ended_at = excluded.ended_at,
        attempts = excluded.attempts
),
written_steps AS (
    INSERT INTO engine.steps (run_id, id, name, op, status, seq, opts, memo, together, due_at,
        failures, error, created_at, ended_at, attempts, started_at)
    SELECT * FROM unnest($23::text[], $24::text[], $25::text[], $26::text[], $27::text[],
        $28::integer[], $29::text[], $30::text[], $31::boolean[], $32::bigint[], $33::integer[],
        $34::text[], $35::bigint[], $36::bigint[], $45::text[], $46::bigint[])
    ON CONFLICT (run_id, id) DO UPDATE SET name = excluded.name, op = excluded.op,
        status = excluded.status, seq = excluded.seq, opts = excluded.opts, memo = excluded.memo,
        together = excluded.together, due_at = excluded.due_at, failures = excluded.failures,
        error = excluded.error, ended_at = excluded.ended_at, attempts = excluded.attempts,
        started_at = excluded.started_at
),
written_jobs AS (
    INSERT INTO engine.jobs (id, run_id, target, attempt, due_at)
    SELECT * FROM unnest($37::bigint[], $38::text[], $39::text[], $40::integer[], $41::bigint[])
    ON CONFLICT (id) DO UPDATE SET attempt = excluded.attempt, due_at = excluded.due_at
),
written_gates AS (
    INSERT INTO engine.gates (kind, function, key, arrival)
    SELECT * FROM unnest($47::text[], $48::text[], $49::text[], $50::bigint[])
    ON CONFLICT (kind, function, key) DO UPDATE SET arrival = excluded.arrival
),
written_gatherings AS (
    INSERT INTO engine.gatherings (function, key, events, due_at, latest_at)
    SELECT * FROM unnest($51::text[], $52::text[], $53::text[], $54::bigint[], $55::bigint[])
    ON CONFLICT (function, key) DO UPDATE SET events = excluded.events, due_at = excluded.due_at,
        latest_at = excluded.latest_at
),
ended_gatherings AS (
    DELETE FROM engine.gatherings g USING unnest($56::text[], $57::text[]) AS gone (function, key)
    WHERE g.function = gone.function AND g.key = gone.key
)
DELETE FROM engine.jobs WHERE id = ANY ($42::bigint[])
