-- Where and when a session is used; rows of the version before have none of it.
ALTER TABLE session
    ADD COLUMN device       text,
    ADD COLUMN last_seen    timestamptz,
    ADD COLUMN unused_until timestamptz;
CREATE INDEX session_expires_at ON session (expires_at);

-- Which authorities may have officers and systems here, and which have been asked for.
CREATE TABLE authority (
    code       text        PRIMARY KEY,
    name       jsonb       NOT NULL,
    status     text        NOT NULL,
    asked_by   uuid        NOT NULL,
    changed_at timestamptz NOT NULL
);

-- Changes of roles, asked for by one and waiting for another. Reasons stand sealed in the events.
CREATE TABLE office_change (
    change_id uuid        PRIMARY KEY,
    officer   uuid        NOT NULL,
    authority text        NOT NULL,
    gives     text[]      NOT NULL,
    takes     text[]      NOT NULL,
    status    text        NOT NULL,
    asked_by  uuid        NOT NULL,
    asked_at  timestamptz NOT NULL
);
CREATE INDEX office_change_of_authority ON office_change (authority, change_id) WHERE status = 'asked';
CREATE INDEX office_change_of_officer ON office_change (officer);

-- Made from the log: which event is an administrative act, about which authority and whom.
CREATE TABLE administrative_act (
    position  bigint      PRIMARY KEY,
    stream    uuid        NOT NULL,
    version   integer     NOT NULL,
    kind      text        NOT NULL,
    authority text,
    subject   uuid,
    at        timestamptz NOT NULL
);
CREATE INDEX administrative_act_of_authority ON administrative_act (authority, position DESC);
