-- What the commit of one statement needs: docs/decisions/0002 and 0003.

-- Added to transaction ids wherever a position is made or compared. A logical restore begins to count
-- transactions from the start again; `migrate` then raises this, so that positions go on growing.
CREATE TABLE log_offset (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    value    bigint  NOT NULL DEFAULT 0 CHECK (value >= 0)
);
INSERT INTO log_offset DEFAULT VALUES;

-- Where an aggregate stood at a version. A copy of what its events say, so it may be thrown away.
CREATE TABLE snapshot (
    stream    uuid    NOT NULL,
    version   integer NOT NULL CHECK (version > 0),
    topic     text    NOT NULL,
    state     bytea   NOT NULL, -- sealed, where person_id or taken_by is given
    person_id uuid,
    hash      bytea,            -- of the event of that version
    taken_by  bytea,            -- fingerprint of the code that may read it
    PRIMARY KEY (stream, version)
);
