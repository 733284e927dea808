-- What no statement may do, whoever sends it. The codes begin with IS, a class of our own; the
-- constraint's name is the trigger's.
--
-- "UPDATE OF column" fires when the column is named in SET, so that nothing here has to read the
-- large columns to compare them.

CREATE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: what is written there stays', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'IS001', CONSTRAINT = TG_NAME;
END $$;

-- Status moves queued -> running -> succeeded | failed | cancelled, and never back.
CREATE FUNCTION guard_status() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NOT ((OLD.status = 'queued' AND NEW.status IN ('running', 'failed', 'cancelled'))
         OR (OLD.status = 'running' AND NEW.status IN ('succeeded', 'failed', 'cancelled'))) THEN
        RAISE EXCEPTION 'request % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'IS002', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.status = 'succeeded'
       AND NOT EXISTS (SELECT FROM generation_outputs o WHERE o.request_id = OLD.id) THEN
        RAISE EXCEPTION 'request % has no template, so it cannot have succeeded', OLD.id
            USING ERRCODE = 'IS003', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER request_status_order BEFORE UPDATE OF status ON generation_requests
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION guard_status();

-- A request begins queued, with its first event.
CREATE TRIGGER request_begins_queued BEFORE INSERT ON generation_requests
    FOR EACH ROW WHEN (NEW.status <> 'queued' OR NEW.ledger_seq <> 1 OR NEW.run_id IS NOT NULL)
    EXECUTE FUNCTION refuse_change();

-- What was asked for does not change.
CREATE TRIGGER request_fixed BEFORE UPDATE OF id, tenant_id, source_context, source_text,
    source_hash, allowed_widgets, seed, model, max_attempts, debug, body_hash, created_at
    ON generation_requests FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER request_key_fixed BEFORE UPDATE OF idempotency_key ON generation_requests
    FOR EACH ROW WHEN (OLD.idempotency_key <> NEW.idempotency_key)
    EXECUTE FUNCTION refuse_change();

-- One run only, and nothing after the end.
CREATE TRIGGER request_run_fixed BEFORE UPDATE OF run_id ON generation_requests
    FOR EACH ROW WHEN (OLD.run_id IS NOT NULL AND NEW.run_id IS DISTINCT FROM OLD.run_id)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER request_finished BEFORE UPDATE OF status, reason, run_id, ledger_seq, ledger_head,
    started_at, finished_at ON generation_requests
    FOR EACH ROW WHEN (OLD.status IN ('succeeded', 'failed', 'cancelled'))
    EXECUTE FUNCTION refuse_change();

-- The ledger grows by one event at a time.
CREATE TRIGGER request_ledger_grows BEFORE UPDATE OF ledger_seq, ledger_head ON generation_requests
    FOR EACH ROW
    WHEN (NEW.ledger_seq <> OLD.ledger_seq + 1 OR NEW.ledger_head = OLD.ledger_head)
    EXECUTE FUNCTION refuse_change();

-- An iteration only fills: prompt, then response, then verdict.
CREATE TRIGGER iteration_prompt_fixed BEFORE UPDATE OF id, request_id, iteration, prompt,
    prompt_digest, prompted_at ON generation_iterations
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER iteration_response_fixed BEFORE UPDATE OF response, response_digest, model,
    finish_reason, usage, responded_at ON generation_iterations
    FOR EACH ROW WHEN (OLD.responded_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER iteration_verdict_fixed BEFORE UPDATE OF status, diagnostics, findings,
    finding_count, finding_head, source_digest, versions, timings, checked_at
    ON generation_iterations
    FOR EACH ROW WHEN (OLD.status IS NOT NULL) EXECUTE FUNCTION refuse_change();

-- Rows that never change once they are there.
CREATE TRIGGER events_immutable BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_kept BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_immutable BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER artifacts_immutable BEFORE UPDATE ON artifacts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER request_artifacts_immutable BEFORE UPDATE ON request_artifacts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER generation_outputs_immutable BEFORE UPDATE ON generation_outputs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
