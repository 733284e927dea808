-- Requests, their attempts and what came of them.
--
-- Every table, column and enum of the proposal has its name here. Numbers that a client may send as
-- large integers (seeds) are NUMERIC and travel as text.

CREATE TYPE request_status AS ENUM ('queued', 'running', 'succeeded', 'failed', 'cancelled');
CREATE TYPE iteration_status AS ENUM ('success', 'typecheck_failed', 'validation_failed');
CREATE TYPE failure_reason AS ENUM (
    'attempts_exhausted', 'model_rejected', 'checker_unavailable', 'deadline', 'budget', 'internal'
);

-- A SHA-256 content address.
CREATE DOMAIN digest AS TEXT CHECK (VALUE ~ '^[0-9a-f]{64}$');

-- RFC 3339 in UTC with milliseconds: the form of every time on the wire.
CREATE FUNCTION rfc3339(moment TIMESTAMPTZ) RETURNS TEXT
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- An API key is 256 random bits, so its plain SHA-256 is enough; the key itself is never stored.
CREATE TABLE api_keys (
    key_hash    digest PRIMARY KEY,
    tenant_id   TEXT NOT NULL CHECK (tenant_id <> ''),
    -- The first characters of the key, for people to recognise it by.
    prefix      TEXT NOT NULL CHECK (length(prefix) BETWEEN 4 AND 20),
    scopes      TEXT[] NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
    revoked_at  TIMESTAMPTZ
);

CREATE TABLE generation_requests (
    -- UUIDv7 from the worker: in order of creation.
    id              UUID PRIMARY KEY,
    tenant_id       TEXT NOT NULL,
    -- jsonb for queries; it loses key order and number forms, so the exact text stands beside it.
    source_context  JSONB NOT NULL,
    source_text     TEXT NOT NULL,
    -- Of the canonical form: equal for items that differ only in key order or white space.
    source_hash     digest NOT NULL,
    allowed_widgets TEXT[] NOT NULL,
    -- NaN is a NUMERIC and greater than every number: the upper bound refuses it.
    seed            NUMERIC(20, 0) NOT NULL CHECK (seed BETWEEN 0 AND 99999999999999999999),
    status          request_status NOT NULL DEFAULT 'queued',
    reason          failure_reason,
    model           TEXT NOT NULL CHECK (model <> ''),
    max_attempts    INT NOT NULL CHECK (max_attempts >= 1),
    -- Whether prompts and responses can be downloaded.
    debug           BOOLEAN NOT NULL DEFAULT FALSE,
    -- `key:` and the client's key, or `id:` and our own id when the client sent none: never null, so
    -- that one unique index makes every create statement repeatable.
    idempotency_key TEXT NOT NULL,
    body_hash       digest NOT NULL,
    -- The run that works on it; fences off a second run of the same event.
    run_id          TEXT,
    -- The ledger's length and the hash of its last event.
    ledger_seq      INT NOT NULL CHECK (ledger_seq >= 1),
    ledger_head     digest NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    started_at      TIMESTAMPTZ,
    finished_at     TIMESTAMPTZ,
    UNIQUE (tenant_id, idempotency_key),
    CHECK ((status = 'failed') = (reason IS NOT NULL)),
    CHECK ((status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CHECK (status NOT IN ('running', 'succeeded') OR (run_id IS NOT NULL AND started_at IS NOT NULL))
-- Room for the next version of a row beside it, so that a ledger append touches no index. For the
-- same reason updated_at has no index.
) WITH (fillfactor = 80);

-- What is still to be worked on; small however many requests are done.
CREATE INDEX generation_requests_open ON generation_requests (id)
    WHERE status IN ('queued', 'running');

CREATE TABLE generation_iterations (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    request_id      UUID NOT NULL REFERENCES generation_requests (id),
    iteration       INT NOT NULL CHECK (iteration >= 1),
    -- The prompt comes first, then the response, then the verdict; null until then.
    prompt          TEXT NOT NULL,
    prompt_digest   digest NOT NULL,
    response        TEXT,
    response_digest digest,
    model           TEXT,
    finish_reason   TEXT,
    usage           JSONB,
    status          iteration_status,
    diagnostics     JSONB,
    findings        JSONB,
    -- What a status read shows, kept small and in the row: it must not touch the large columns.
    finding_count   INT,
    finding_head    JSONB,
    source_digest   digest,
    versions        JSONB,
    timings         JSONB,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    prompted_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    responded_at    TIMESTAMPTZ,
    checked_at      TIMESTAMPTZ,
    UNIQUE (request_id, iteration),
    CHECK ((response IS NULL) = (responded_at IS NULL)),
    CHECK ((response IS NULL) = (response_digest IS NULL)),
    CHECK (status IS NULL OR response IS NOT NULL),
    CHECK ((status IS NULL) = (checked_at IS NULL)),
    CHECK ((status IS NULL) = (findings IS NULL OR diagnostics IS NULL OR finding_count IS NULL)),
    CHECK (status IS DISTINCT FROM 'success' OR finding_count = 0)
) WITH (fillfactor = 80);

-- Large columns leave the row first; the head of the findings stays in it.
ALTER TABLE generation_iterations ALTER COLUMN finding_head SET STORAGE MAIN;

CREATE TABLE generation_outputs (
    request_id   UUID PRIMARY KEY REFERENCES generation_requests (id),
    typescript   TEXT NOT NULL CHECK (typescript <> ''),
    widget_tuple TEXT[] NOT NULL,
    metadata     JSONB NOT NULL,
    stored_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- Where an object store keeps it, when one does.
    artifact_url TEXT
);

-- Bytes by their digest; all of them are UTF-8 text. The check makes a wrong byte impossible.
CREATE TABLE artifacts (
    digest     digest PRIMARY KEY,
    bytes      INT NOT NULL,
    content    TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK (digest = encode(sha256(convert_to(content, 'UTF8')), 'hex')),
    CHECK (bytes = octet_length(content))
);

CREATE TABLE request_artifacts (
    request_id UUID NOT NULL REFERENCES generation_requests (id),
    name       TEXT NOT NULL CHECK (name <> ''),
    digest     digest NOT NULL REFERENCES artifacts (digest),
    media_type TEXT NOT NULL,
    bytes      INT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (request_id, name)
);
