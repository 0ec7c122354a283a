-- Who may act for whom, what people consented to, and the privacy statement. The history stands in the events.

-- Somebody's guardian acts for them though they have never signed up: known, with no way to sign in.
ALTER TABLE credential ALTER COLUMN password_hash DROP NOT NULL;

CREATE TABLE mandate (
    mandate_id        uuid        PRIMARY KEY,
    kind              text        NOT NULL,
    status            text        NOT NULL,
    asker_id          uuid        NOT NULL,
    representative_id uuid,
    represented_id    uuid,
    accepted_by       text,
    scope             text[]      NOT NULL,
    until             timestamptz NOT NULL,
    because           text,
    asked_at          timestamptz NOT NULL,
    changed_at        timestamptz NOT NULL,
    version           integer     NOT NULL
);
CREATE INDEX mandate_of_representative ON mandate (representative_id, asked_at);
CREATE INDEX mandate_of_represented ON mandate (represented_id, asked_at);
CREATE INDEX mandate_waited_for ON mandate (asker_id) WHERE status IN ('asked', 'with_officers');
CREATE INDEX mandate_with_officers ON mandate (kind, asked_at) WHERE status = 'with_officers';

-- Who is asked, until they have answered: found by keyed hash, read by whoever has to prove it.
-- The number is sealed under the key of the asker.
CREATE TABLE mandate_addressee (
    mandate_id  uuid  PRIMARY KEY,
    number_hash bytea NOT NULL,
    number_box  bytea NOT NULL
);
CREATE INDEX mandate_addressee_hash ON mandate_addressee (number_hash);

-- Tokens for another hang on a mandate and on the session of the person who acts.
CREATE TABLE acting_session (
    sid        text        PRIMARY KEY,
    parent_sid text        NOT NULL,
    mandate_id uuid        NOT NULL,
    person_id  uuid        NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX acting_session_of_parent ON acting_session (parent_sid);
CREATE INDEX acting_session_of_mandate ON acting_session (mandate_id);
CREATE INDEX acting_session_expires_at ON acting_session (expires_at);

CREATE TABLE consent (
    consent_id   uuid        PRIMARY KEY,
    giver_id     uuid        NOT NULL,
    purpose      text        NOT NULL,
    data         text[]      NOT NULL,
    receiver     text        NOT NULL,
    given_at     timestamptz NOT NULL,
    until        timestamptz NOT NULL,
    withdrawn_at timestamptz
);
CREATE INDEX consent_of_giver ON consent (giver_id, given_at);

CREATE TABLE privacy_statement (
    version      integer     PRIMARY KEY,
    title        jsonb       NOT NULL,
    text         jsonb       NOT NULL,
    changes      jsonb       NOT NULL,
    published_at timestamptz NOT NULL
);

CREATE TABLE privacy_note (
    person_id   uuid        PRIMARY KEY,
    version     integer     NOT NULL,
    accepted_at timestamptz NOT NULL
);

-- Whoever withdraws a consent to a client ends what that has of theirs.
CREATE INDEX client_grant_of_person ON client_grant (person_id, client_id);
