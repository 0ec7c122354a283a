-- Pictures, sounds and short films that steps show (requirement C2). Small, public, and never changed: a published
-- version names them for ever by the hash of their content.
CREATE TABLE medium (
    id          text        PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
    kind        text        NOT NULL CHECK (kind IN ('image', 'audio', 'video')),
    type        text        NOT NULL,
    content     bytea       NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 1048576),
    authority   text        NOT NULL,
    uploaded_at timestamptz NOT NULL
);
-- Compressed already; and read as a whole, never in parts.
ALTER TABLE medium ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX medium_authority ON medium (authority, uploaded_at, id);
