-- The ledger of events, the outbox that they leave by, and the audit log.

-- Append-only. `data` is the exact text that was emitted; each row's hash is
-- sha256(prev_hash || newline || event_id || newline || data), in hex.
CREATE TABLE events (
    request_id UUID NOT NULL REFERENCES generation_requests (id),
    seq        INT NOT NULL CHECK (seq >= 1),
    event_id   TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    data       TEXT NOT NULL,
    prev_hash  digest NOT NULL,
    hash       digest NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (request_id, seq),
    CHECK (hash = encode(sha256(convert_to(
        prev_hash || E'\n' || event_id || E'\n' || data, 'UTF8')), 'hex'))
);

-- Events that the bus has not acknowledged yet; the text itself is in the ledger.
CREATE TABLE outbox (
    event_id     TEXT PRIMARY KEY REFERENCES events (event_id),
    request_id   UUID NOT NULL,
    attempts     INT NOT NULL DEFAULT 0,
    -- Not swept before; the statement's own caller posts it at once, and the sweep comes after.
    available_at TIMESTAMPTZ NOT NULL DEFAULT now() + INTERVAL '10 seconds',
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX outbox_request ON outbox (request_id);
CREATE INDEX outbox_available ON outbox (available_at);

CREATE TABLE audit_log (
    request_id UUID NOT NULL REFERENCES generation_requests (id),
    -- The event that ended the request.
    name       TEXT NOT NULL,
    summary    JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (request_id, name)
);
