-- Which short messages went to whom, so that nobody is told the same twice (docs/decisions/0043). What they
-- said is not kept, and follows from the kind.
CREATE TABLE notice (
    notice_id uuid        NOT NULL,
    person_id uuid        NOT NULL,
    kind      text        NOT NULL,
    sent_at   timestamptz NOT NULL,
    PRIMARY KEY (notice_id, person_id)
);
CREATE INDEX notice_of_person ON notice (person_id);
CREATE INDEX notice_sent_at ON notice (sent_at);
