WITH caller AS (
    SELECT tenant_id, scopes @> ARRAY['templates:read'] AS allowed
    FROM api_keys WHERE key_hash = $1::text AND revoked_at IS NULL
)
SELECT caller.tenant_id IS NOT NULL AS known, coalesce(caller.allowed, FALSE) AS allowed,
    r.id, r.status, a.digest, a.media_type, rfc3339(a.created_at) AS created_at, c.content
FROM (SELECT) AS one
LEFT JOIN caller ON TRUE
LEFT JOIN generation_requests r ON r.id = $2::uuid AND r.tenant_id = caller.tenant_id
    AND caller.allowed
LEFT JOIN request_artifacts a ON a.request_id = r.id AND a.name = $3::text
LEFT JOIN artifacts c ON c.digest = a.digest
