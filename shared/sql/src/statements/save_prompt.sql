-- The first prompt of an attempt stays; a repeat gets its digest.
INSERT INTO generation_iterations AS i (request_id, iteration, prompt, prompt_digest)
VALUES ($1::uuid, $2::int, $3::text, $4::text)
ON CONFLICT (request_id, iteration) DO UPDATE SET created_at = i.created_at
RETURNING i.prompt_digest, i.response_digest
