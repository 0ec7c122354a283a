-- Whoever tells gateways that requests have moved begins with what comes now: nobody waits for what happened
-- before (docs/decisions/0041).
INSERT INTO follower (name, position)
SELECT 'requests.moves', COALESCE(max(position), 0) FROM event
ON CONFLICT (name) DO NOTHING;

-- Opinions that other authorities are asked for: who sees what of a request, and until when. What is asked and
-- answered stands sealed in the events of the request.
CREATE TABLE opinion (
    opinion_id       uuid        PRIMARY KEY,
    request_id       uuid        NOT NULL,
    authority        text        NOT NULL, -- that is asked
    asked_by         text        NOT NULL, -- the authority of the request
    service_code     text        NOT NULL,
    service_version  integer     NOT NULL,
    state            text        NOT NULL, -- an OpinionState
    files            uuid[]      NOT NULL, -- that are shown to it
    asked_at         timestamptz NOT NULL,
    answer_by        timestamptz NOT NULL,
    asked_version    integer     NOT NULL, -- of the event that asks
    answered_version integer,              -- of the event that answers
    version          integer     NOT NULL  -- of the request
);
CREATE INDEX opinion_of_authority ON opinion (authority, (state <> 'open'), answer_by, opinion_id);
CREATE INDEX opinion_of_request ON opinion (request_id);
CREATE INDEX opinion_of_file ON opinion USING gin (files) WHERE state = 'open';
