WITH old AS (
    SELECT id, response_digest, finish_reason FROM generation_iterations
    WHERE request_id = $1::uuid AND iteration = $2::int FOR NO KEY UPDATE
), filled AS (
    UPDATE generation_iterations i
    SET response = $3::text, response_digest = $4::text, model = $5::text,
        finish_reason = $6::text, usage = $7::text::jsonb, responded_at = now()
    FROM old WHERE i.id = old.id AND old.response_digest IS NULL
    RETURNING i.response_digest, i.finish_reason
)
SELECT filled.response_digest IS NOT NULL AS stored,
    coalesce(filled.response_digest, old.response_digest) AS response_digest,
    CASE WHEN filled.response_digest IS NULL THEN old.finish_reason
         ELSE filled.finish_reason END AS finish_reason
FROM old LEFT JOIN filled ON TRUE
