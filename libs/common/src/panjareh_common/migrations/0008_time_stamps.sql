-- Time stamps of an outside authority over signed tree heads: docs/decisions/0044.

CREATE TABLE tree_stamp (
    size       bigint      PRIMARY KEY CHECK (size > 0),
    head       text        NOT NULL,
    response   bytea       NOT NULL,
    stamped_at timestamptz NOT NULL
);

CREATE TRIGGER tree_stamp_is_append_only BEFORE UPDATE OR DELETE ON tree_stamp
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tree_stamp_is_not_truncated BEFORE TRUNCATE ON tree_stamp
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
