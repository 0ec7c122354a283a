-- The keys that people's tokens are signed with (docs/decisions/0021). What others hear of them stands in
-- the events; only identity's processes come to the private halves, sealed under its own key.

CREATE TABLE signing_key (
    kid         text        PRIMARY KEY,
    algorithm   text        NOT NULL,
    not_before  timestamptz NOT NULL,
    signs_until timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    jwk         jsonb       NOT NULL, -- public
    private     bytea,                -- gone once it signs no more
    stated_by   text        NOT NULL  -- the kid of identity's own key that vouches for it
);
