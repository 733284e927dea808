-- The engine's whole state. Times are milliseconds since the Unix epoch; ids are ULIDs as text.
-- Only ever extended: an older engine's rows stay readable.
CREATE SCHEMA IF NOT EXISTS engine;

CREATE TABLE IF NOT EXISTS engine.apps (
    id text PRIMARY KEY,
    url text NOT NULL,
    registration text NOT NULL,
    synced_at bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS engine.events (
    id text PRIMARY KEY,
    event_id text NOT NULL,
    name text NOT NULL,
    body text NOT NULL,
    received_at bigint NOT NULL
);
-- Deduplication looks ids up that senders chose; the engine's own need no second index.
CREATE INDEX IF NOT EXISTS events_by_event_id ON engine.events (event_id, received_at)
    WHERE event_id <> id;
CREATE INDEX IF NOT EXISTS events_by_age ON engine.events (received_at);

CREATE TABLE IF NOT EXISTS engine.runs (
    id text PRIMARY KEY,
    function text NOT NULL,
    events text NOT NULL,
    status text NOT NULL,
    version integer NOT NULL,
    parallel boolean NOT NULL,
    output text,
    parent_run text,
    parent_step text,
    idempotency text,
    created_at bigint NOT NULL,
    started_at bigint,
    ended_at bigint
);
CREATE INDEX IF NOT EXISTS runs_by_event ON engine.runs (split_part(events, ',', 1));
CREATE INDEX IF NOT EXISTS runs_under_way ON engine.runs (id) WHERE status = 'Running';
CREATE INDEX IF NOT EXISTS runs_by_idempotency ON engine.runs (created_at)
    WHERE idempotency IS NOT NULL;

CREATE TABLE IF NOT EXISTS engine.steps (
    run_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    op text NOT NULL,
    status text NOT NULL,
    seq integer,
    opts text,
    memo text,
    together boolean NOT NULL,
    due_at bigint,
    failures integer NOT NULL,
    error text,
    created_at bigint NOT NULL,
    ended_at bigint,
    PRIMARY KEY (run_id, id)
);

-- A run of several events is found by each of them.
CREATE INDEX IF NOT EXISTS runs_by_batched_event ON engine.runs
    USING gin (string_to_array(events, ',')) WHERE events LIKE '%,%';

-- Rate limits and throttles: the theoretical arrival of the next, in microseconds.
CREATE TABLE IF NOT EXISTS engine.gates (
    kind text NOT NULL,
    function text NOT NULL,
    key text NOT NULL,
    arrival bigint NOT NULL,
    PRIMARY KEY (kind, function, key)
);

-- Events that will start one run: batches and debounces.
CREATE TABLE IF NOT EXISTS engine.gatherings (
    function text NOT NULL,
    key text NOT NULL,
    events text NOT NULL,
    due_at bigint NOT NULL,
    latest_at bigint,
    PRIMARY KEY (function, key)
);

CREATE TABLE IF NOT EXISTS engine.jobs (
    id bigint PRIMARY KEY,
    run_id text NOT NULL,
    target text,
    attempt integer NOT NULL,
    due_at bigint NOT NULL
);

-- What failed attempts reported, as a bounded JSON list; when the call began that ended the step;
-- which run a run repeats.
ALTER TABLE engine.runs ADD COLUMN IF NOT EXISTS attempts text;
ALTER TABLE engine.runs ADD COLUMN IF NOT EXISTS rerun_of text;
ALTER TABLE engine.steps ADD COLUMN IF NOT EXISTS attempts text;
ALTER TABLE engine.steps ADD COLUMN IF NOT EXISTS started_at bigint;
-- For the page: what a run invoked, and its repetitions. Few runs have either.
CREATE INDEX IF NOT EXISTS runs_by_parent ON engine.runs (parent_run)
    WHERE parent_run IS NOT NULL;
CREATE INDEX IF NOT EXISTS runs_by_original ON engine.runs (rerun_of) WHERE rerun_of IS NOT NULL;
