-- The event log and what commits together with it. Design part 4; positions: docs/decisions/0003.

CREATE TABLE event (
    stream      uuid        NOT NULL,
    version     integer     NOT NULL CHECK (version > 0),
    position    bigint      NOT NULL,
    topic       text        NOT NULL,
    state       bytea       NOT NULL,
    metadata    jsonb       NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    hash        bytea       NOT NULL,
    PRIMARY KEY (stream, version)
) PARTITION BY HASH (stream);

DO $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format('CREATE TABLE event_p%s PARTITION OF event FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
                       to_char(part, 'FM00'), part);
    END LOOP;
END $$;

CREATE INDEX event_position ON event (position);

-- History is never edited: not by a bug, not by hand.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    -- A row trigger on the parent reaches the partitions; TRUNCATE has to be refused on each.
    EXECUTE 'CREATE TRIGGER event_is_not_truncated BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()';
    FOR part IN 0..15 LOOP
        EXECUTE format('CREATE TRIGGER event_is_not_truncated BEFORE TRUNCATE ON event_p%s FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
                       to_char(part, 'FM00'));
    END LOOP;
END $$;

-- One data key a person, wrapped by the service's key-encryption key. A destroyed key keeps its row,
-- so that an erased person never gets a new one.
CREATE TABLE person_key (
    person_id  uuid        PRIMARY KEY,
    wrapped    bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    erased_at  timestamptz,
    CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL))
);

-- Messages already handled, one row for each (listener, message).
CREATE TABLE inbox (
    listener   text        NOT NULL,
    message_id text        NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (listener, message_id)
);

-- Commands already answered: a repeat gives the identical answer.
CREATE TABLE idempotency (
    caller       text        NOT NULL,
    method       text        NOT NULL,
    key          text        NOT NULL,
    request_hash bytea       NOT NULL,
    answer       bytea       NOT NULL,
    answered_at  timestamptz NOT NULL,
    PRIMARY KEY (caller, method, key)
);

-- How far each follower has read, and the fencing number of who may say so.
CREATE TABLE follower (
    name     text   PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    fence    bigint NOT NULL DEFAULT 0
);

-- Every wait: what is to be done, about what, and when.
CREATE TABLE due (
    kind     text        NOT NULL,
    subject  uuid        NOT NULL,
    detail   text        NOT NULL DEFAULT '',
    due_at   timestamptz NOT NULL,
    attempts integer     NOT NULL DEFAULT 0,
    metadata jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (kind, subject, detail)
);
CREATE INDEX due_at ON due (due_at);

-- Every look at a person's data by someone else, recorded before it is served.
CREATE TABLE person_data_read (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  uuid        NOT NULL,
    reader     text        NOT NULL,
    role       text        NOT NULL,
    authority  text,
    purpose    text        NOT NULL,
    about      uuid        NOT NULL,
    read_at    timestamptz NOT NULL
);
CREATE INDEX person_data_read_person ON person_data_read (person_id, read_at DESC);
