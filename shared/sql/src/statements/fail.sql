-- The event's text is made here, because only the database knows how many attempts were judged: the
-- caller may be a failure handler that knows nothing but the request.
WITH old AS (
    SELECT id, status, run_id, ledger_seq, ledger_head FROM generation_requests
    WHERE id = $1::uuid FOR NO KEY UPDATE
), event AS (
    SELECT format('{"requestId":"%s","iterations":%s,"reason":"%s"}', old.id,
        (SELECT count(*) FROM generation_iterations i
         WHERE i.request_id = old.id AND i.status IS NOT NULL), $3::failure_reason) AS data
    FROM old
), moved AS (
    UPDATE generation_requests r
    SET status = 'failed', reason = $3::failure_reason, finished_at = now(), updated_at = now(),
        ledger_seq = old.ledger_seq + 1,
        ledger_head = encode(sha256(convert_to(
            old.ledger_head || E'\n' || $4::text || E'\n' || event.data, 'UTF8')), 'hex')
    FROM old, event
    WHERE r.id = old.id AND old.status IN ('queued', 'running')
        -- A run that never had the request does not end it.
        AND (old.run_id IS NULL OR $2::text IS NULL OR old.run_id = $2::text)
    RETURNING r.id, r.status, r.ledger_seq, r.ledger_head, old.ledger_head AS previous, event.data
), ledgered AS (
    INSERT INTO events (request_id, seq, event_id, name, data, prev_hash, hash)
    SELECT id, ledger_seq, $4::text, $5::text, data, previous, ledger_head FROM moved
    RETURNING event_id, request_id
), posted AS (
    INSERT INTO outbox (event_id, request_id) SELECT event_id, request_id FROM ledgered
)
SELECT moved.id IS NOT NULL AS changed, coalesce(moved.status, old.status) AS status
FROM old LEFT JOIN moved ON TRUE
