-- How people sign in. Who they are stands sealed in the events; these rows name nobody.

CREATE TABLE credential (
    person_id        uuid        PRIMARY KEY,
    national_id_hash bytea       NOT NULL UNIQUE,
    password_hash    text        NOT NULL,
    created_at       timestamptz NOT NULL
);

CREATE TABLE one_time_code (
    person_id  uuid        PRIMARY KEY,
    code_hash  bytea       NOT NULL,
    purpose    text        NOT NULL,
    expires_at timestamptz NOT NULL,
    tries_left integer     NOT NULL
);

CREATE TABLE session (
    sid           text        PRIMARY KEY,
    person_id     uuid        NOT NULL,
    auth_time     timestamptz NOT NULL,
    authenticator integer     NOT NULL,
    amr           text[]      NOT NULL,
    channel       text        NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    ended_at      timestamptz
);
CREATE INDEX session_of_person ON session (person_id);

-- Wrong tries by keyed hash, so that it tells nothing of who exists.
CREATE TABLE throttle (
    key           bytea       PRIMARY KEY,
    failures      integer     NOT NULL,
    blocked_until timestamptz,
    tried_at      timestamptz NOT NULL
);
CREATE INDEX throttle_tried_at ON throttle (tried_at);

CREATE TABLE officer (
    person_id uuid   PRIMARY KEY,
    authority text   NOT NULL,
    roles     text[] NOT NULL
);
CREATE INDEX officer_of_authority ON officer (authority);
