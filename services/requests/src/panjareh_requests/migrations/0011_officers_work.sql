-- What waits for officers, in the order in which it has to be taken; who may take it; and what was taken before its turn.

-- One row a request in review. `due_at` follows the clock; what has none waits at the end.
CREATE TABLE work (
    request_id   uuid        PRIMARY KEY,
    reference    text        NOT NULL,
    applicant_id uuid,
    authority    text        NOT NULL,
    service_code text        NOT NULL,
    skill        text        NOT NULL DEFAULT '', -- that its card asks of an officer; '' for none
    status       text        NOT NULL,
    channel      text,
    submitted_at timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    officer_id   uuid,                            -- who reviews it
    proposed_by  uuid,                            -- whose decision waits for a second officer
    persons      uuid[]      NOT NULL DEFAULT '{}', -- whose request it is: the applicant, and who joined
    blocked      uuid[]      NOT NULL DEFAULT '{}', -- officers who are too near to it
    version      integer     NOT NULL             -- of the request
);
CREATE INDEX work_order ON work (authority, skill, due_at, submitted_at, request_id)
    WHERE officer_id IS NULL;
CREATE INDEX work_of_authority ON work (authority, due_at, submitted_at, request_id);
CREATE INDEX work_of_service ON work (authority, service_code, due_at, submitted_at, request_id);
CREATE INDEX work_of_officer ON work (officer_id, due_at, submitted_at, request_id)
    WHERE officer_id IS NOT NULL;
CREATE INDEX work_proposed ON work (authority, skill, due_at, submitted_at, request_id)
    WHERE proposed_by IS NOT NULL;
-- Those that an officer holds, wherever they stand: given back when the officer leaves.
CREATE INDEX request_of_officer ON request (officer_id)
    WHERE officer_id IS NOT NULL AND status NOT IN ('decided', 'withdrawn', 'closed');

-- Days and outages move a limit, and the place with it; in the same commit, whoever counted.
CREATE FUNCTION place_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE work SET due_at = COALESCE(NEW.deadline_at, '9999-12-31T00:00:00Z')
    WHERE request_id = NEW.request_id
      AND due_at <> COALESCE(NEW.deadline_at, '9999-12-31T00:00:00Z');
    RETURN NULL;
END
$$;
CREATE TRIGGER clock_place AFTER INSERT OR UPDATE ON clock FOR EACH ROW EXECUTE FUNCTION place_in_order();

-- Who has which skill, given by whom; what was taken away stays, with who took it.
CREATE TABLE officer_skill (
    authority  text        NOT NULL,
    officer_id uuid        NOT NULL,
    skill      text        NOT NULL,
    given_by   uuid        NOT NULL,
    given_at   timestamptz NOT NULL,
    taken_by   uuid,
    taken_at   timestamptz
);
CREATE UNIQUE INDEX officer_skill_held ON officer_skill (authority, officer_id, skill) WHERE taken_at IS NULL;

-- Our own copy of who holds which office; no roles when they left it.
CREATE TABLE officer (
    officer_id uuid   PRIMARY KEY,
    authority  text   NOT NULL,
    roles      text[] NOT NULL,
    sequence   bigint NOT NULL -- of the message that said so: of two out of order the later one holds
);
CREATE INDEX officer_of_authority ON officer (authority, officer_id);

-- Our own copy of who acts for whom: neither decides about the other. Ends may come before their beginnings.
CREATE TABLE mandate_tie (
    mandate_id     uuid PRIMARY KEY,
    representative uuid,
    represented    uuid,
    until          timestamptz,
    ended          boolean NOT NULL DEFAULT false
);
CREATE INDEX mandate_tie_of_representative ON mandate_tie (representative);
CREATE INDEX mandate_tie_of_represented ON mandate_tie (represented);

-- What was done before its turn; the reason stands in the event.
CREATE TABLE out_of_order (
    request_id   uuid        NOT NULL,
    version      integer     NOT NULL,
    reference    text        NOT NULL,
    applicant_id uuid,
    authority    text        NOT NULL,
    service_code text        NOT NULL,
    officer_id   uuid        NOT NULL,
    doing        text        NOT NULL,
    ahead        integer     NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (request_id, version)
);
CREATE INDEX out_of_order_of_authority ON out_of_order (authority, at DESC, request_id DESC, version DESC);
CREATE INDEX out_of_order_of_officer ON out_of_order (authority, officer_id, at DESC);

-- What is in review already. The release that runs meanwhile knows no such rows: the clock process finds
-- what is missing (wait `find_work_missing`).
INSERT INTO work (request_id, reference, applicant_id, authority, service_code, status, channel, submitted_at,
                  due_at, officer_id, persons, version)
SELECT request_id, reference, applicant_id, request.authority, request.service_code, status, request.channel,
       submitted_at, COALESCE(clock.deadline_at, '9999-12-31T00:00:00Z'), officer_id,
       array_remove(ARRAY[applicant_id], NULL), request.version
FROM request LEFT JOIN clock USING (request_id)
WHERE status IN ('under_review', 'under_appeal');
