-- The request's row is locked before the attempt's, as everywhere.
WITH request AS (
    SELECT id, status, ledger_seq, ledger_head FROM generation_requests
    WHERE id = $1::uuid FOR NO KEY UPDATE
), old AS (
    SELECT i.id, i.status, i.finding_count
    FROM request JOIN generation_iterations i ON i.request_id = request.id
    WHERE i.iteration = $2::int AND i.response_digest IS NOT NULL
    FOR NO KEY UPDATE OF i
), filled AS (
    UPDATE generation_iterations i
    SET status = $3::iteration_status, diagnostics = $4::text::jsonb, findings = $5::text::jsonb,
        finding_count = $6::int, finding_head = $7::text::jsonb, source_digest = $8::text,
        versions = $9::text::jsonb, timings = $10::text::jsonb, checked_at = now()
    FROM old, request
    WHERE i.id = old.id AND old.status IS NULL AND request.status = 'running'
    RETURNING i.status, i.finding_count
), appended AS (
    UPDATE generation_requests r
    SET ledger_seq = request.ledger_seq + 1, updated_at = now(),
        ledger_head = encode(sha256(convert_to(
            request.ledger_head || E'\n' || $11::text || E'\n' || $12::text, 'UTF8')), 'hex')
    FROM request, filled WHERE r.id = request.id
    RETURNING r.id, r.ledger_seq, r.ledger_head, request.ledger_head AS previous
), ledgered AS (
    INSERT INTO events (request_id, seq, event_id, name, data, prev_hash, hash)
    SELECT id, ledger_seq, $11::text, $13::text, $12::text, previous, ledger_head FROM appended
    RETURNING event_id, request_id
), posted AS (
    INSERT INTO outbox (event_id, request_id) SELECT event_id, request_id FROM ledgered
)
SELECT request.status AS request_status, filled.status IS NOT NULL AS stored,
    coalesce(filled.status, old.status) AS status,
    coalesce(filled.finding_count, old.finding_count) AS finding_count
FROM request LEFT JOIN old ON TRUE LEFT JOIN filled ON TRUE
