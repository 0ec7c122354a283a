-- The lives of accounts: channels that wait to be confirmed, appointments, recovery, help at a counter.

-- A new address or number, until whoever has it has entered the code. Sealed under the person's key.
CREATE TABLE contact_change (
    person_id  uuid        NOT NULL,
    channel    text        NOT NULL,
    box        bytea       NOT NULL,
    proof      text        NOT NULL,
    inquiry_id uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, channel)
);
CREATE INDEX contact_change_expires_at ON contact_change (expires_at);

CREATE TABLE place (
    code      text  PRIMARY KEY,
    authority text  NOT NULL,
    name      jsonb NOT NULL,
    address   jsonb NOT NULL
);

CREATE TABLE offered_time (
    place     text        NOT NULL REFERENCES place (code),
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    capacity  integer     NOT NULL,
    taken     integer     NOT NULL DEFAULT 0,
    PRIMARY KEY (place, starts_at),
    CHECK (taken BETWEEN 0 AND capacity)
);

CREATE TABLE appointment (
    appointment_id uuid        PRIMARY KEY,
    person_id      uuid        NOT NULL,
    purpose        text        NOT NULL,
    place          text        NOT NULL REFERENCES place (code),
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    status         text        NOT NULL,
    recovery_id    uuid
);
CREATE UNIQUE INDEX appointment_booked ON appointment (person_id, purpose) WHERE status = 'booked';
CREATE INDEX appointment_of_place ON appointment (place, starts_at);

-- A way back into an account. `person_id` is null where the id that was typed is nobody's: who asks cannot tell.
CREATE TABLE recovery (
    recovery_id  uuid        PRIMARY KEY,
    person_id    uuid,
    secret_hash  bytea       NOT NULL,
    channel      text        NOT NULL,
    proved       integer     NOT NULL,
    expires_at   timestamptz NOT NULL,
    completed_at timestamptz
);
CREATE INDEX recovery_of_person ON recovery (person_id);
CREATE INDEX recovery_expires_at ON recovery (expires_at);

-- Codes too long to be guessed, so that nothing counts tries, and nobody can use up the owner's.
CREATE TABLE recovery_code (
    code_hash  bytea       PRIMARY KEY,
    person_id  uuid        NOT NULL,
    channel    text        NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX recovery_code_of_person ON recovery_code (person_id);

-- Help at a counter; `person_id` is null as above.
CREATE TABLE assistance (
    assistance_id uuid        PRIMARY KEY,
    person_id     uuid,
    clerk_id      uuid        NOT NULL,
    parent_sid    text        NOT NULL,
    authority     text        NOT NULL,
    confirmed_at  timestamptz,
    expires_at    timestamptz NOT NULL,
    ended_at      timestamptz
);
CREATE INDEX assistance_of_person ON assistance (person_id);
CREATE INDEX assistance_of_session ON assistance (parent_sid);
