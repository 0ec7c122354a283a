-- One statutory clock a request; and our own copy of what its days follow from (docs/decisions/0033).

CREATE TABLE authority (
    code      text   PRIMARY KEY,
    name      jsonb  NOT NULL,
    rest_days text[] NOT NULL, -- of the week, in English
    sequence  bigint NOT NULL  -- of the message that said so: of two out of order the later one holds
);

CREATE TABLE announced_day (
    scope    text    NOT NULL, -- of an authority, or '' for the whole country
    day      date    NOT NULL,
    closed   boolean,          -- NULL: withdrawn; the row stays, for what comes late
    name     jsonb,
    sequence bigint  NOT NULL,
    PRIMARY KEY (scope, day)
);

-- Messages of one outage come in any order, so each of them may be the first to make its row.
CREATE TABLE outage (
    outage_id   uuid        PRIMARY KEY,
    kind        text,
    services    text[]      NOT NULL DEFAULT '{}',
    authorities text[]      NOT NULL DEFAULT '{}',
    channels    text[]      NOT NULL DEFAULT '{}',
    partial     boolean     NOT NULL DEFAULT false,
    starts_at   timestamptz,
    ends_at     timestamptz, -- as announced
    ended_at    timestamptz, -- as it was
    withdrawn   boolean     NOT NULL DEFAULT false,
    sequence    bigint      NOT NULL DEFAULT 0
);
CREATE INDEX outage_of_authorities ON outage USING gin (authorities);
CREATE INDEX outage_of_services ON outage USING gin (services);
CREATE INDEX outage_of_all ON outage (starts_at) WHERE services = '{}' AND authorities = '{}';

CREATE TABLE clock (
    request_id   uuid        PRIMARY KEY,
    authority    text        NOT NULL,
    service_code text        NOT NULL,
    channel      text        NOT NULL,
    begun_at     timestamptz NOT NULL,
    limit_days   integer     NOT NULL,
    pauses       jsonb       NOT NULL, -- [[since, until or null], …]
    ended_at     timestamptz,
    state        text        NOT NULL,
    stage        integer     NOT NULL, -- how many duties it was put before
    deadline_at  timestamptz,          -- none while it stands still
    estimated    boolean     NOT NULL,
    alarm_at     timestamptz,          -- when somebody has to act next
    version      integer     NOT NULL  -- of the request
);
CREATE INDEX clock_running ON clock (request_id) WHERE state = 'running';
CREATE INDEX clock_of_authority ON clock (authority, request_id) WHERE state = 'running';
CREATE INDEX clock_of_service ON clock (service_code, request_id) WHERE state = 'running';
CREATE INDEX clock_passed ON clock (authority, deadline_at, request_id) WHERE stage > 0 AND state = 'running';
-- How long a service takes is told from its last ones, and those that are late are counted apart.
CREATE INDEX clock_finished ON clock (service_code, ended_at DESC) WHERE state = 'over';
CREATE INDEX clock_late ON clock (service_code, deadline_at) WHERE state = 'running';
CREATE INDEX request_past_cases ON request (service_code, changed_at DESC)
    WHERE service_version = 0 AND status = 'closed';

-- The wait of a clock is its alarm, in the same commit and under the same lock: whoever may write the row, and
-- whatever they knew, there is exactly one wait where there is an alarm, and none where there is none.
CREATE FUNCTION set_clock_alarm() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.alarm_at IS NULL THEN
        DELETE FROM due WHERE kind = 'clock' AND subject = NEW.request_id AND detail = '';
    ELSE
        INSERT INTO due (kind, subject, detail, due_at, metadata)
        VALUES ('clock', NEW.request_id, '', NEW.alarm_at,
                '{"actor": "requests", "channel": "platform", "role": "service"}')
        ON CONFLICT (kind, subject, detail) DO UPDATE SET due_at = excluded.due_at, attempts = 0;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER clock_alarm AFTER INSERT OR UPDATE ON clock FOR EACH ROW EXECUTE FUNCTION set_clock_alarm();
