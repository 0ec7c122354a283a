-- Evidence that only the person can give: uploaded in pieces, looked through, and then part of a request.
CREATE TABLE file (
    file_id     uuid        PRIMARY KEY,
    owner_id    uuid        NOT NULL, -- whose request it is to be part of
    uploader_id uuid        NOT NULL, -- who sent it: the owner, or who acts for them
    state       text        NOT NULL CHECK (state IN ('uploading', 'checking', 'clean', 'refused')),
    length      integer     NOT NULL CHECK (length BETWEEN 1 AND 10485760),
    received    integer     NOT NULL CHECK (received BETWEEN 0 AND length),
    type        text,                 -- as its bytes say
    because     text,                 -- why it was refused
    about       bytea       NOT NULL, -- its name and what else its sender says of it, sealed under the owner's key
    digest      bytea,                -- SHA-256 of what was looked through, sealed
    request_id  uuid,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz           -- never, once it is part of a request
);
CREATE INDEX file_of_owner ON file (owner_id, created_at DESC, file_id DESC);
CREATE INDEX file_of_request ON file (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX file_expires_at ON file (expires_at) WHERE expires_at IS NOT NULL;

-- The bytes, in sealed chunks of 256 KiB (panjareh_common.blobs); `blob` is a file's id.
CREATE TABLE blob_chunk (
    blob    uuid    NOT NULL,
    number  integer NOT NULL,
    content bytea   NOT NULL,
    PRIMARY KEY (blob, number)
);
-- What is sealed cannot be compressed, and is read as a whole.
ALTER TABLE blob_chunk ALTER COLUMN content SET STORAGE EXTERNAL;
