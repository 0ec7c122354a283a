-- What others read on from: where each public service changed last. Positions are the log's (decision 0003).
CREATE TABLE catalogue_entry (
    code       text        PRIMARY KEY,
    position   bigint      NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX catalogue_entry_position ON catalogue_entry (position, code);
INSERT INTO catalogue_entry SELECT code, 0, published_at FROM public_service;

-- Drafts before people (C5). All of it is public.
CREATE TABLE consultation (
    consultation_id  uuid        PRIMARY KEY,
    service_code     text        NOT NULL,
    service_name     jsonb       NOT NULL,
    authority        text        NOT NULL,
    number           integer     NOT NULL,
    about            jsonb       NOT NULL,
    questions        jsonb       NOT NULL,
    required_loa     integer     NOT NULL,
    opened_at        timestamptz NOT NULL,
    until            timestamptz NOT NULL,
    closed_at        timestamptz,
    ending           text,
    published_number integer,
    reason           jsonb
);
CREATE INDEX consultation_newest ON consultation (opened_at DESC, consultation_id DESC);
CREATE INDEX consultation_of_service ON consultation (service_code, opened_at DESC);
CREATE INDEX consultation_of_authority ON consultation (authority, opened_at DESC);
CREATE INDEX consultation_unfinished ON consultation (until) WHERE closed_at IS NULL;

-- What people think of them. `giver` is a name for one consultation, no person's id; there is no time in it, because
-- when something was written may say who wrote it.
CREATE TABLE opinion (
    opinion_id      uuid    PRIMARY KEY,
    consultation_id uuid    NOT NULL,
    giver           uuid    NOT NULL UNIQUE,
    said            bytea   NOT NULL, -- sealed under the giver's key
    outcome         text,
    pointers        text[]  NOT NULL DEFAULT '{}',
    reason          jsonb,
    number          integer
);
CREATE INDEX opinion_of_consultation ON opinion (consultation_id, opinion_id);
CREATE INDEX opinion_outcome ON opinion (consultation_id, outcome);

-- Who writes how often, by a keyed hash of the person; forgotten after a day.
CREATE TABLE opinion_throttle (
    key    bytea       PRIMARY KEY,
    since  timestamptz NOT NULL,
    writes integer     NOT NULL
);
CREATE INDEX opinion_throttle_since ON opinion_throttle (since);
