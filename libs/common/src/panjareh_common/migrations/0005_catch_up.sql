-- How far each subscription has read its source's log, until it reads its queue only: docs/decisions/0014.
CREATE TABLE catch_up (
    subscription text        PRIMARY KEY,
    position     bigint      NOT NULL DEFAULT 0, -- in the source's log
    begun_at     timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz
);
