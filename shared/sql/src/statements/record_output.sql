WITH request AS (
    SELECT id, status FROM generation_requests WHERE id = $1::uuid FOR NO KEY UPDATE
), posted AS (
    SELECT * FROM json_to_recordset($5::json)
        AS a (name TEXT, "mediaType" TEXT, digest TEXT, content TEXT)
), output AS (
    INSERT INTO generation_outputs (request_id, typescript, widget_tuple, metadata)
    SELECT id, $2::text, ARRAY(SELECT json_array_elements_text($3::json)), $4::text::jsonb
    FROM request WHERE status = 'running'
    ON CONFLICT DO NOTHING
    RETURNING request_id
), bytes AS (
    -- In order of digest, so that two statements with the same bytes cannot wait for each other.
    INSERT INTO artifacts (digest, bytes, content)
    SELECT DISTINCT ON (digest) digest, octet_length(content), content
    FROM posted, output ORDER BY digest
    ON CONFLICT DO NOTHING
), named AS (
    INSERT INTO request_artifacts (request_id, name, digest, media_type, bytes)
    SELECT output.request_id, name, digest, "mediaType", octet_length(content)
    FROM posted, output
)
SELECT request.status, output.request_id IS NOT NULL AS stored,
    output.request_id IS NOT NULL
        OR EXISTS (SELECT FROM generation_outputs o WHERE o.request_id = request.id) AS present
FROM request LEFT JOIN output ON TRUE
