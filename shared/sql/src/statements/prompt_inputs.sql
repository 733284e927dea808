SELECT r.status, r.source_text, r.seed, to_json(r.allowed_widgets) AS allowed_widgets, r.model,
    now.prompt_digest,
    previous.iteration AS previous_iteration, previous.response AS previous_response,
    previous.finish_reason AS previous_finish_reason, previous.status AS previous_status,
    previous.findings AS previous_findings
FROM generation_requests r
LEFT JOIN generation_iterations now ON now.request_id = r.id AND now.iteration = $2::int
-- When the prompt is stored already nothing of the previous attempt is needed.
LEFT JOIN generation_iterations previous ON previous.request_id = r.id
    AND previous.iteration = $2::int - 1 AND previous.status IS NOT NULL
    AND now.prompt_digest IS NULL
WHERE r.id = $1::uuid
