-- Authorities with their connection, days that were announced, outages, and what probes have measured.

ALTER TABLE authority
    ADD COLUMN kind           text        NOT NULL DEFAULT 'other',
    ADD COLUMN place          jsonb,
    -- Where channels of the authority may be probed; brought in by operators alone.
    ADD COLUMN hosts          text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN rest_days      text[]      NOT NULL DEFAULT '{friday}',
    ADD COLUMN services_total integer,
    ADD COLUMN sample         boolean     NOT NULL DEFAULT false,
    ADD COLUMN on_board_at    timestamptz,
    -- [{step, on, said_by}], in the order of the law.
    ADD COLUMN steps          jsonb       NOT NULL DEFAULT '[]',
    ADD COLUMN window_url     text,
    ADD COLUMN changed_at     timestamptz;
CREATE INDEX authority_parent ON authority (parent);

-- What the law asks of every authority by a date. Changed by operators alone.
CREATE TABLE quota (
    measure text    NOT NULL,
    by      date    NOT NULL,
    share   numeric NOT NULL CHECK (share > 0 AND share <= 1),
    law     jsonb   NOT NULL,
    sample  boolean NOT NULL,
    PRIMARY KEY (measure, by)
);

-- Over the computed holidays; scope is an authority, or empty for the whole country.
CREATE TABLE announced_day (
    scope  text    NOT NULL,
    day    date    NOT NULL,
    closed boolean NOT NULL,
    name   jsonb   NOT NULL,
    PRIMARY KEY (scope, day)
);

CREATE TABLE outage (
    outage_id    uuid        PRIMARY KEY,
    version      integer     NOT NULL,
    kind         text        NOT NULL,
    said_by      text        NOT NULL,
    source       text        NOT NULL,
    -- None of both: the whole platform. No channels: all of them.
    services     text[]      NOT NULL,
    authorities  text[]      NOT NULL,
    channels     text[]      NOT NULL,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz,
    partial      boolean     NOT NULL,
    explanation  jsonb       NOT NULL,
    because      jsonb,
    ended_at     timestamptz,
    withdrawn_at timestamptz,
    announced_at timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL
);
CREATE INDEX outage_newest ON outage (starts_at DESC, outage_id DESC);
-- What goes on or is still to come stays few, whatever has been.
CREATE INDEX outage_open ON outage (starts_at) WHERE ended_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX outage_services ON outage USING gin (services);
CREATE INDEX outage_changed ON outage (changed_at DESC, outage_id DESC);

-- The addresses of published channels, and which version of its service each was taken from.
CREATE TABLE probed_service (
    service_code text    PRIMARY KEY,
    version      integer NOT NULL
);
CREATE TABLE probed_channel (
    service_code text    NOT NULL,
    channel      text    NOT NULL,
    address      text    NOT NULL,
    authority    text    NOT NULL,
    PRIMARY KEY (service_code, channel)
);
CREATE INDEX probed_channel_address ON probed_channel (address, authority);
-- Of each authority by itself: another one that writes the same address into a card changes nothing here.
CREATE TABLE probed_address (
    address    text        NOT NULL,
    authority  text        NOT NULL,
    next_at    timestamptz NOT NULL,
    failures   integer     NOT NULL DEFAULT 0,
    successes  integer     NOT NULL DEFAULT 0,
    down_since timestamptz,
    outage_id  uuid,
    PRIMARY KEY (address, authority)
);
CREATE INDEX probed_address_next ON probed_address (next_at);

-- `excused`: asked while a planned outage was on; it counts for nobody.
CREATE TABLE availability_day (
    service_code text        NOT NULL,
    channel      text        NOT NULL,
    day          date        NOT NULL,
    asked        integer     NOT NULL,
    answered     integer     NOT NULL,
    excused      integer     NOT NULL,
    last_at      timestamptz NOT NULL,
    PRIMARY KEY (service_code, channel, day)
);
CREATE INDEX availability_day_day ON availability_day (day);
