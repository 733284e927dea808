WITH old AS (
    SELECT * FROM generation_requests WHERE id = $1::uuid FOR NO KEY UPDATE
), started AS (
    UPDATE generation_requests r
    SET status = 'running', run_id = $2::text, started_at = now(), updated_at = now()
    FROM old WHERE r.id = old.id AND old.status = 'queued'
    RETURNING r.status, r.run_id
)
SELECT coalesce(started.status, old.status) AS status,
    coalesce(started.run_id, old.run_id) IS NOT DISTINCT FROM $2::text AS ours,
    old.seed, to_json(old.allowed_widgets) AS allowed_widgets, old.model, old.max_attempts,
    old.debug, old.source_hash
FROM old LEFT JOIN started ON TRUE
