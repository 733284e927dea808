WITH gone AS (
    DELETE FROM outbox
    WHERE event_id IN (SELECT json_array_elements_text($1::json))
    RETURNING event_id
)
SELECT count(*) AS gone FROM gone
