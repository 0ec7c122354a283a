-- Campaigns: numbers in a line, turns, places, and who used them. Decision 0042.

-- One row a campaign that somebody has drawn a number for; held by whoever draws for many at once.
CREATE TABLE campaign (
    campaign_id  uuid        PRIMARY KEY,
    service_code text        NOT NULL,
    opens_at     timestamptz NOT NULL,
    closes_at    timestamptz NOT NULL,
    rate         float8      NOT NULL CHECK (rate > 0),
    capacity     integer     CHECK (capacity > 0),
    turn_minutes integer     NOT NULL,
    drawn        integer     NOT NULL DEFAULT 0, -- the last number
    placed       integer     NOT NULL DEFAULT 0, -- the last place that was given
    waiting      integer     NOT NULL DEFAULT 0, -- on the waiting list
    called       integer     NOT NULL DEFAULT 0, -- the last number that has a turn
    next_turn_at timestamptz,
    lapsed       integer     NOT NULL DEFAULT 0, -- turns that nobody used
    looked_to    timestamptz NOT NULL,           -- turns that ended before have been looked at
    entered      integer     NOT NULL DEFAULT 0, -- claims that were counted
    counted_to   timestamptz NOT NULL,
    over         boolean     NOT NULL DEFAULT false
);

CREATE TABLE campaign_ticket (
    campaign_id uuid        NOT NULL REFERENCES campaign,
    number      integer     NOT NULL CHECK (number > 0),
    person_id   uuid,       -- none after an erasure
    drawn_at    timestamptz NOT NULL,
    place       integer,
    turn_at     timestamptz,
    until       timestamptz,
    ended_at    timestamptz, -- its turn passed unused, or its place was given back
    PRIMARY KEY (campaign_id, number),
    CHECK ((turn_at IS NULL) = (until IS NULL))
);
-- One number a person, from however many devices.
CREATE UNIQUE INDEX campaign_ticket_of_person ON campaign_ticket (campaign_id, person_id) WHERE ended_at IS NULL;
CREATE INDEX campaign_ticket_person ON campaign_ticket (person_id);
CREATE INDEX campaign_ticket_turn ON campaign_ticket (campaign_id, turn_at);
CREATE INDEX campaign_ticket_until ON campaign_ticket (campaign_id, until) WHERE ended_at IS NULL;
CREATE INDEX campaign_ticket_waiting ON campaign_ticket (campaign_id, number) WHERE turn_at IS NULL AND ended_at IS NULL;

-- Places that were given back and that nobody waits for.
CREATE TABLE campaign_free_place (
    campaign_id uuid    NOT NULL REFERENCES campaign,
    place       integer NOT NULL,
    PRIMARY KEY (campaign_id, place)
);

-- What became of a number: a request, or nothing. Written in the commit of the request, so that a number is used
-- once, a place by one request, and no place is beyond the capacity, whatever else goes wrong.
CREATE TABLE campaign_claim (
    campaign_id   uuid        NOT NULL,
    number        integer     NOT NULL,
    request_id    uuid,        -- none where the turn passed unused
    place         integer,
    places        integer,     -- how many there were
    claimed_at    timestamptz NOT NULL,
    given_back_at timestamptz, -- its request was withdrawn
    taken_back    boolean     NOT NULL DEFAULT false, -- and the line has moved up for it
    PRIMARY KEY (campaign_id, number),
    CHECK (place BETWEEN 1 AND places)
);
CREATE UNIQUE INDEX campaign_claim_place ON campaign_claim (campaign_id, place) WHERE place IS NOT NULL;
CREATE INDEX campaign_claim_at ON campaign_claim (campaign_id, claimed_at) WHERE request_id IS NOT NULL;
CREATE INDEX campaign_claim_request ON campaign_claim (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX campaign_claim_given_back ON campaign_claim (campaign_id) WHERE given_back_at IS NOT NULL AND NOT taken_back;

-- How many may be let in, leased by processes a quarter of a second at a time.
CREATE TABLE campaign_door (
    campaign_id uuid        PRIMARY KEY,
    next_at     timestamptz NOT NULL
);

-- Which cards are of campaigns, asked by every gateway every two seconds.
CREATE INDEX public_service_campaign ON public_service (code) WHERE jsonb_typeof(card -> 'campaign') = 'object';
