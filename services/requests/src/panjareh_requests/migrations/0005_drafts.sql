-- What somebody has filled in and not submitted. Rows and no events: they end by themselves, and leave nothing.
CREATE TABLE draft (
    draft_id        uuid        PRIMARY KEY,
    owner_id        uuid        NOT NULL, -- whose request it would become
    service_code    text        NOT NULL,
    service_version integer     NOT NULL, -- whose form was filled in
    channel         text        NOT NULL, -- where it was saved last
    version         integer     NOT NULL CHECK (version > 0),
    created_at      timestamptz NOT NULL,
    saved_at        timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    form            bytea       NOT NULL  -- sealed under the owner's key
);
CREATE INDEX draft_of_owner ON draft (owner_id, saved_at DESC, draft_id DESC);
CREATE INDEX draft_expires_at ON draft (expires_at);
