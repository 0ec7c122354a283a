-- Views that are being made again, and who holds up everybody who follows: docs/decisions/0013.

-- How far a rebuild has come in each part of the log. Events up to `base` are folded stream by stream,
-- later ones in the order of positions.
CREATE TABLE rebuild (
    name     text     NOT NULL, -- of the projection
    part     smallint NOT NULL CHECK (part BETWEEN 0 AND 15),
    code     bytea    NOT NULL, -- fingerprint of what folds, and of the form of the table
    base     bigint   NOT NULL,
    stream   uuid     NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000', -- the last that is folded
    folded   boolean  NOT NULL DEFAULT false,
    position bigint   NOT NULL,
    events   bigint   NOT NULL DEFAULT 0,
    PRIMARY KEY (name, part)
);

-- The oldest transaction that has a number: nothing later is final before it ends. A service's role may
-- not look at what others do, so this looks for it, and shows no statement, which may hold data.
CREATE FUNCTION oldest_transaction()
RETURNS TABLE (pid integer, role text, database text, application text, state text, seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pid, role, database, application, state, extract(epoch FROM clock_timestamp() - begun)::float8
    FROM (
        SELECT backend_xid AS xid, pid, usename::text AS role, datname::text AS database,
               application_name AS application, state, xact_start AS begun
        FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
        UNION ALL
        SELECT transaction, NULL, owner::text, database::text, 'prepared transaction ' || gid, 'prepared', prepared
        FROM pg_prepared_xacts
    ) AS running
    ORDER BY age(xid) DESC LIMIT 1
$$;
