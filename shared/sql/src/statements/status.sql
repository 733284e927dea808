-- Only small columns, so that nothing is fetched from TOAST.
WITH caller AS (
    SELECT tenant_id, scopes @> ARRAY['templates:read'] AS allowed
    FROM api_keys WHERE key_hash = $1::text AND revoked_at IS NULL
)
SELECT caller.tenant_id IS NOT NULL AS known, coalesce(caller.allowed, FALSE) AS allowed,
    r.id, r.status, r.reason, r.seed, to_json(r.allowed_widgets) AS allowed_widgets, r.model,
    r.max_attempts, r.debug, rfc3339(r.created_at) AS created_at,
    rfc3339(r.updated_at) AS updated_at, rfc3339(r.started_at) AS started_at,
    rfc3339(r.finished_at) AS finished_at,
    (SELECT a.digest FROM request_artifacts a
     WHERE a.request_id = r.id AND a.name = 'template.ts') AS template_digest,
    (SELECT coalesce(json_agg(json_build_object(
            'iteration', i.iteration,
            'status', i.status,
            'model', i.model,
            'finishReason', i.finish_reason,
            'usage', i.usage,
            'findingCount', i.finding_count,
            'findings', coalesce(i.finding_head, '[]'::jsonb),
            'sourceDigest', i.source_digest,
            'timings', i.timings,
            'promptedAt', rfc3339(i.prompted_at),
            'respondedAt', rfc3339(i.responded_at),
            'checkedAt', rfc3339(i.checked_at)
        ) ORDER BY i.iteration), '[]'::json)
     FROM generation_iterations i WHERE i.request_id = r.id) AS iterations
FROM (SELECT) AS one
LEFT JOIN caller ON TRUE
LEFT JOIN generation_requests r ON r.id = $2::uuid AND r.tenant_id = caller.tenant_id
    AND caller.allowed
