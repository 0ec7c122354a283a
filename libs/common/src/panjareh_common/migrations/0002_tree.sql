-- The Merkle tree over the event log. docs/decisions/0011.

-- Which event each leaf stands for; leaves are in the order of positions.
CREATE TABLE tree_leaf (
    index    bigint  PRIMARY KEY CHECK (index >= 0),
    position bigint  NOT NULL UNIQUE,
    stream   uuid    NOT NULL,
    version  integer NOT NULL
);

-- Complete subtrees only, level 0 being the leaves: what is here never changes again.
CREATE TABLE tree_node (
    level integer NOT NULL,
    index bigint  NOT NULL,
    hash  bytea   NOT NULL,
    PRIMARY KEY (level, index)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tree_leaf', 'tree_node'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
                       name || '_is_append_only', name);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
                       name || '_is_not_truncated', name);
    END LOOP;
END $$;
