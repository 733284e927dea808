WITH old AS (
    SELECT id, status, run_id, ledger_seq, ledger_head FROM generation_requests
    WHERE id = $1::uuid FOR NO KEY UPDATE
), moved AS (
    UPDATE generation_requests r
    SET status = 'succeeded', finished_at = now(), updated_at = now(),
        ledger_seq = old.ledger_seq + 1,
        ledger_head = encode(sha256(convert_to(
            old.ledger_head || E'\n' || $3::text || E'\n' || $4::text, 'UTF8')), 'hex')
    FROM old WHERE r.id = old.id AND old.status = 'running' AND old.run_id = $2::text
    RETURNING r.id, r.status, r.ledger_seq, r.ledger_head, old.ledger_head AS previous
), ledgered AS (
    INSERT INTO events (request_id, seq, event_id, name, data, prev_hash, hash)
    SELECT id, ledger_seq, $3::text, $5::text, $4::text, previous, ledger_head FROM moved
    RETURNING event_id, request_id
), posted AS (
    INSERT INTO outbox (event_id, request_id) SELECT event_id, request_id FROM ledgered
)
SELECT moved.id IS NOT NULL AS changed, coalesce(moved.status, old.status) AS status
FROM old LEFT JOIN moved ON TRUE
