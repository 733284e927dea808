WITH caller AS (
    SELECT tenant_id, scopes @> ARRAY['templates:read'] AS allowed
    FROM api_keys WHERE key_hash = $1::text AND revoked_at IS NULL
)
SELECT caller.tenant_id IS NOT NULL AS known, coalesce(caller.allowed, FALSE) AS allowed,
    r.id, r.status,
    coalesce(a.digest, d.digest) AS digest,
    coalesce(a.media_type, d.media_type) AS media_type,
    rfc3339(coalesce(a.created_at, d.created_at)) AS created_at,
    coalesce(c.content, d.content) AS content
FROM (SELECT) AS one
LEFT JOIN caller ON TRUE
LEFT JOIN generation_requests r ON r.id = $2::uuid AND r.tenant_id = caller.tenant_id
    AND caller.allowed
LEFT JOIN request_artifacts a ON a.request_id = r.id AND a.name = $3::text
LEFT JOIN artifacts c ON c.digest = a.digest
LEFT JOIN debug_artifacts d ON d.request_id = r.id AND d.name = $3::text
