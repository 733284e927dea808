INSERT INTO api_keys (key_hash, tenant_id, prefix, scopes)
VALUES ($1::text, $2::text, $3::text, ARRAY(SELECT json_array_elements_text($4::json)))
ON CONFLICT (key_hash) DO UPDATE
SET tenant_id = excluded.tenant_id, prefix = excluded.prefix, scopes = excluded.scopes,
    revoked_at = NULL
RETURNING tenant_id
