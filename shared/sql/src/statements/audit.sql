WITH written AS (
    INSERT INTO audit_log AS a (request_id, name, summary)
    SELECT r.id, $2::text, jsonb_build_object(
        'tenant', r.tenant_id, 'status', r.status, 'reason', r.reason, 'model', r.model,
        'iterations', count(i.status),
        'findings', coalesce(sum(i.finding_count), 0),
        'promptTokens', coalesce(sum((i.usage ->> 'promptTokens')::bigint), 0),
        'completionTokens', coalesce(sum((i.usage ->> 'completionTokens')::bigint), 0),
        'queuedMs', round(extract(epoch FROM r.started_at - r.created_at) * 1000),
        'totalMs', round(extract(epoch FROM r.finished_at - r.created_at) * 1000))
    FROM generation_requests r LEFT JOIN generation_iterations i ON i.request_id = r.id
    WHERE r.id = $1::uuid
    GROUP BY r.id
    ON CONFLICT (request_id, name) DO NOTHING
    RETURNING a.summary
)
SELECT summary FROM written
UNION ALL
SELECT summary FROM audit_log WHERE request_id = $1::uuid AND name = $2::text
