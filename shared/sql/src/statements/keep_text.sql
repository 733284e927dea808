-- A data-modifying part in WITH runs even when the row is there already; either way one row answers.
WITH kept AS (
    INSERT INTO artifacts (digest, bytes, content)
    VALUES ($1::text, octet_length($2::text), $2::text)
    ON CONFLICT DO NOTHING
    RETURNING digest
)
SELECT count(*) AS stored FROM kept
