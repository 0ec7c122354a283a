-- What the exchange offers, as it told us; and where forms ask people for it all the same, on a legal ground (Q2).

CREATE TABLE evidence_type (
    name         text        PRIMARY KEY,
    -- Of the newest event that we heard: they may come in any order.
    sequence     integer     NOT NULL,
    withdrawn    boolean     NOT NULL,
    -- Null in what was withdrawn before we heard of it.
    provider     text,
    authority    text,
    titles       jsonb,
    synonyms     jsonb,
    facts        jsonb,
    personal     boolean,
    required_loa integer,
    legal_basis  jsonb,
    told_at      timestamptz NOT NULL
);

CREATE TABLE once_only_override (
    service_code text        NOT NULL,
    pointer      text        NOT NULL,
    authority    text        NOT NULL,
    version      integer     NOT NULL,
    title        jsonb       NOT NULL,
    law          jsonb       NOT NULL,
    reason       jsonb       NOT NULL,
    -- What the field was found to ask for when it was published; null when the exchange offered nothing like it.
    evidence     text,
    since        timestamptz NOT NULL,
    PRIMARY KEY (service_code, pointer)
);
CREATE INDEX once_only_override_authority ON once_only_override (authority, service_code, pointer);
