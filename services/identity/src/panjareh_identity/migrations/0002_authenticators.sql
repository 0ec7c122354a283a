-- What people sign in with beside a password, and what keeps others from guessing. Nothing here names anybody.

-- A code that was sent. One for each purpose; a new one takes the place of the old.
-- (`one_time_code` stays for the version before, and goes with the next release.)
CREATE TABLE pending_code (
    person_id  uuid        NOT NULL,
    purpose    text        NOT NULL,
    code_hash  bytea       NOT NULL,
    channel    text        NOT NULL,
    expires_at timestamptz NOT NULL,
    tries_left integer     NOT NULL,
    PRIMARY KEY (person_id, purpose)
);

-- The seed is sealed under its person's key. `last_step`: no code counts twice (RFC 6238, section 5.2).
CREATE TABLE totp (
    person_id    uuid        PRIMARY KEY,
    totp_id      uuid        NOT NULL,
    seed         bytea       NOT NULL,
    last_step    bigint      NOT NULL,
    made_at      timestamptz NOT NULL,
    confirmed_at timestamptz
);

CREATE TABLE passkey (
    credential_id bytea       PRIMARY KEY,
    passkey_id    uuid        NOT NULL UNIQUE,
    person_id     uuid        NOT NULL,
    public_key    bytea       NOT NULL,
    sign_count    bigint      NOT NULL,
    added_at      timestamptz NOT NULL,
    used_at       timestamptz
);
CREATE INDEX passkey_of_person ON passkey (person_id);

CREATE TABLE smart_card (
    fingerprint bytea       PRIMARY KEY,
    card_id     uuid        NOT NULL UNIQUE,
    person_id   uuid        NOT NULL,
    bound_at    timestamptz NOT NULL
);
CREATE INDEX smart_card_of_person ON smart_card (person_id);

-- What a passkey or a card has to sign; used once.
CREATE TABLE challenge (
    challenge_hash bytea       PRIMARY KEY,
    purpose        text        NOT NULL,
    person_id      uuid,
    expires_at     timestamptz NOT NULL
);
CREATE INDEX challenge_expires_at ON challenge (expires_at);

-- Wrong tries from devices that nobody knows, by keyed hash of who is tried: known and unknown people alike.
CREATE TABLE guess (
    kind     text        NOT NULL,
    subject  bytea       NOT NULL,
    wrong    integer     NOT NULL,
    tried_at timestamptz NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX guess_tried_at ON guess (tried_at);

-- Devices from which somebody has signed in: a guesser elsewhere must not keep them out.
CREATE TABLE known_device (
    device_hash   bytea       PRIMARY KEY,
    subject       bytea       NOT NULL,
    person_id     uuid        NOT NULL,
    authenticator integer     NOT NULL,
    wrong         integer     NOT NULL,
    sid           text,
    used_at       timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX known_device_of_person ON known_device (person_id);
CREATE INDEX known_device_of_session ON known_device (sid);

-- Codes too long to be guessed, that make a new device known.
CREATE TABLE unlock_code (
    code_hash  bytea       PRIMARY KEY,
    person_id  uuid        NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX unlock_code_of_person ON unlock_code (person_id);
