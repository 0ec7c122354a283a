-- The directory: who offers which evidence, and how they are reached.

CREATE TABLE provider (
    code            text    PRIMARY KEY,
    name            jsonb   NOT NULL,
    url             text    NOT NULL,
    timeout_seconds numeric NOT NULL CHECK (timeout_seconds > 0)
);

CREATE TABLE evidence_type (
    name         text    PRIMARY KEY,
    provider     text    NOT NULL REFERENCES provider (code),
    personal     boolean NOT NULL,
    required_loa integer NOT NULL CHECK (required_loa BETWEEN 1 AND 4),
    legal_basis  jsonb   NOT NULL,
    schema       jsonb   NOT NULL
);
