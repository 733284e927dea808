SELECT r.status, r.model,
    -- Not read when the answer is there: no call is due.
    CASE WHEN i.response_digest IS NULL THEN i.prompt END AS prompt,
    i.response_digest, i.finish_reason
FROM generation_requests r
JOIN generation_iterations i ON i.request_id = r.id AND i.iteration = $2::int
WHERE r.id = $1::uuid
