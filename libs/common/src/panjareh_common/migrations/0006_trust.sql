-- What a process must know before it believes a token: docs/decisions/0021. Filled from the queue
-- `<service>.trust`; every process reads all of it when it starts, and what is new every two seconds.

-- The keys that identity signs people's tokens with. Their statements were checked when they came.
CREATE TABLE signing_key_known (
    kid        text        PRIMARY KEY,
    jwk        jsonb       NOT NULL, -- public
    not_before bigint      NOT NULL, -- POSIX seconds
    expires_at bigint      NOT NULL, -- a later statement can only bring it forward
    heard_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE ended_session (
    session    text             PRIMARY KEY,
    expires_at double precision NOT NULL, -- of its last token, POSIX seconds
    heard_at   timestamptz      NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ended_session_heard_at ON ended_session (heard_at);
CREATE INDEX ended_session_expires_at ON ended_session (expires_at);
