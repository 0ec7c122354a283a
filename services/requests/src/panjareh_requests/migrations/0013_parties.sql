-- Several applicants on one request: who they are, and the codes by which they are invited (docs/decisions/0040).

ALTER TABLE request
    ADD COLUMN parties   jsonb  NOT NULL DEFAULT '{}', -- by key: state, person, form_version, until
    ADD COLUMN party_ids uuid[] NOT NULL DEFAULT '{}'; -- of those who have joined
CREATE INDEX request_of_parties ON request USING gin (party_ids) WHERE party_ids <> '{}';

CREATE TABLE joining_code (
    code_hash  bytea       PRIMARY KEY, -- keyed: who reads the table cannot try codes against it
    request_id uuid        NOT NULL,
    party      text        NOT NULL,
    invitation integer     NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (request_id, party)
);
CREATE INDEX joining_code_expires_at ON joining_code (expires_at);

-- How many codes a person tried since when.
CREATE TABLE joining_try (
    person_id uuid        PRIMARY KEY,
    since     timestamptz NOT NULL,
    tries     integer     NOT NULL
);
CREATE INDEX joining_try_since ON joining_try (since);
