SELECT r.status, r.source_text, r.seed, to_json(r.allowed_widgets) AS allowed_widgets,
    i.response, i.finish_reason, i.status AS verdict
FROM generation_requests r
JOIN generation_iterations i ON i.request_id = r.id AND i.iteration = $2::int
WHERE r.id = $1::uuid AND i.response_digest IS NOT NULL
