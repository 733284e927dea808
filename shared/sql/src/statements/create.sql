WITH caller AS (
    SELECT tenant_id, scopes @> ARRAY['templates:write'] AS allowed
    FROM api_keys WHERE key_hash = $1::text AND revoked_at IS NULL
), request AS (
    -- A no-op update rather than DO NOTHING: it waits for a racing insert and returns its row.
    INSERT INTO generation_requests AS r (
        id, tenant_id, source_context, source_text, source_hash, allowed_widgets, seed, model,
        max_attempts, debug, idempotency_key, body_hash, ledger_seq, ledger_head)
    SELECT $2::uuid, tenant_id, $3::text::jsonb, $3::text, $4::text,
        ARRAY(SELECT json_array_elements_text($5::json)), $6::numeric, $7::text, $8::int, $9::bool,
        $10::text, $11::text, 1,
        encode(sha256(convert_to($12::text || E'\n' || $13::text || E'\n' || $14::text, 'UTF8')), 'hex')
    FROM caller WHERE allowed
    ON CONFLICT (tenant_id, idempotency_key) DO UPDATE SET idempotency_key = r.idempotency_key
    RETURNING r.*
), ledgered AS (
    INSERT INTO events (request_id, seq, event_id, name, data, prev_hash, hash)
    SELECT id, 1, $13::text, $15::text, $14::text, $12::text,
        encode(sha256(convert_to($12::text || E'\n' || $13::text || E'\n' || $14::text, 'UTF8')), 'hex')
    FROM request WHERE id = $2::uuid
    ON CONFLICT DO NOTHING
    RETURNING event_id, request_id
), posted AS (
    INSERT INTO outbox (event_id, request_id) SELECT event_id, request_id FROM ledgered
)
SELECT caller.tenant_id IS NOT NULL AS known, coalesce(caller.allowed, FALSE) AS allowed,
    request.id, request.body_hash = $11::text AS same_body, request.status,
    request.seed, to_json(request.allowed_widgets) AS allowed_widgets, request.model,
    request.max_attempts, request.debug, rfc3339(request.created_at) AS created_at
FROM (SELECT) AS one LEFT JOIN caller ON TRUE LEFT JOIN request ON TRUE
