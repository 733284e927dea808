-- Prompts and responses as artifacts, for requests that asked for them. They are stored with their
-- iterations whatever the request asked; this only says who may download them.
CREATE VIEW debug_artifacts AS
SELECT i.request_id,
    part.folder || '/' || i.iteration || '.md' AS name,
    'text/markdown; charset=utf-8' AS media_type,
    part.digest, octet_length(part.content) AS bytes, part.created_at, part.content
FROM generation_iterations i
JOIN generation_requests r ON r.id = i.request_id AND r.debug
CROSS JOIN LATERAL (VALUES
    ('prompts', i.prompt_digest, i.prompt, i.prompted_at),
    ('responses', i.response_digest, i.response, i.responded_at)
) AS part (folder, digest, content, created_at)
WHERE part.content IS NOT NULL;
