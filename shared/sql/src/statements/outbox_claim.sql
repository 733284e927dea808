-- Claims events for posting: of one request at once, or of all when they are due. SKIP LOCKED keeps
-- two sweeps apart; the back-off doubles from 10 seconds to about an hour.
WITH due AS (
    SELECT o.event_id FROM outbox o
    WHERE CASE WHEN $1::uuid IS NULL THEN o.available_at <= now() ELSE o.request_id = $1::uuid END
    ORDER BY o.available_at
    LIMIT $2::int
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE outbox o
    SET attempts = o.attempts + 1,
        available_at = now() + INTERVAL '10 seconds' * power(2, least(o.attempts, 9))
    FROM due WHERE o.event_id = due.event_id
    RETURNING o.event_id, o.attempts
)
SELECT e.event_id, e.request_id, e.name, e.data, claimed.attempts,
    floor(extract(epoch FROM e.created_at) * 1000)::bigint AS created_ms
FROM claimed JOIN events e ON e.event_id = claimed.event_id
ORDER BY e.created_at, e.request_id, e.seq
