-- The OpenID provider: its clients, what is under way between them and people, and what they hold.
-- What a client or a browser holds is here only as a hash. Rows that hang on a session or a person go with it.

CREATE TABLE client (
    client_id                 uuid        PRIMARY KEY,
    name                      jsonb       NOT NULL,
    authority                 text,
    redirect_uris             text[]      NOT NULL,
    post_logout_redirect_uris text[]      NOT NULL,
    scopes                    text[]      NOT NULL,
    grant_types               text[]      NOT NULL,
    auth_method               text        NOT NULL,
    secret_hash               bytea,
    jwks                      jsonb,
    id_token_alg              text        NOT NULL,
    first_party               boolean     NOT NULL,
    sid                       text        NOT NULL,
    suspended                 boolean     NOT NULL DEFAULT false,
    registered_at             timestamptz NOT NULL
);
CREATE INDEX client_of_authority ON client (authority);

-- Pushed by a client (RFC 9126), or begun in a browser; what was asked for is sealed.
CREATE TABLE authorization_request (
    id_hash      bytea       PRIMARY KEY,
    pushed       boolean     NOT NULL,
    client_id    text        NOT NULL,
    browser_hash bytea,
    content      bytea       NOT NULL,
    answered     text[]      NOT NULL,
    asked_at     timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX authorization_request_expires_at ON authorization_request (expires_at);

-- What a person has let a client have: from a code to its last refresh token.
CREATE TABLE client_grant (
    grant_sid      text        PRIMARY KEY,
    client_id      text        NOT NULL,
    session_sid    text        NOT NULL REFERENCES session (sid) ON DELETE CASCADE,
    person_id      uuid        NOT NULL,
    scopes         text[]      NOT NULL,
    code_hash      bytea       NOT NULL UNIQUE,
    redirect_uri   text        NOT NULL,
    code_challenge text        NOT NULL,
    nonce          text,
    code_expires_at timestamptz NOT NULL,
    code_used_at   timestamptz,
    expires_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    ended_because  text
);
CREATE INDEX client_grant_of_session ON client_grant (session_sid);
CREATE INDEX client_grant_of_client ON client_grant (client_id);

CREATE TABLE refresh_token (
    token_hash bytea       PRIMARY KEY,
    grant_sid  text        NOT NULL REFERENCES client_grant (grant_sid) ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_token_of_grant ON refresh_token (grant_sid);

-- What a client has proved itself with once (RFC 7523, jti); it proves nothing twice.
CREATE TABLE client_assertion (
    jti_hash   bytea       PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX client_assertion_expires_at ON client_assertion (expires_at);
