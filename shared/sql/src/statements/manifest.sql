WITH caller AS (
    SELECT tenant_id, scopes @> ARRAY['templates:read'] AS allowed
    FROM api_keys WHERE key_hash = $1::text AND revoked_at IS NULL
)
SELECT caller.tenant_id IS NOT NULL AS known, coalesce(caller.allowed, FALSE) AS allowed,
    r.id, r.status,
    (SELECT coalesce(json_agg(json_build_object(
            'name', a.name, 'mediaType', a.media_type, 'bytes', a.bytes, 'digest', a.digest,
            'createdAt', rfc3339(a.created_at)
        ) ORDER BY a.name COLLATE "C"), '[]'::json)
     FROM (
        SELECT name, media_type, bytes, digest, created_at
        FROM request_artifacts WHERE request_id = r.id
        UNION ALL
        SELECT name, media_type, bytes, digest, created_at
        FROM debug_artifacts WHERE request_id = r.id
     ) AS a) AS artifacts
FROM (SELECT) AS one
LEFT JOIN caller ON TRUE
LEFT JOIN generation_requests r ON r.id = $2::uuid AND r.tenant_id = caller.tenant_id
    AND caller.allowed
