-- Places that people come to at an appointed time, their seats, and who is in line for one (docs/decisions/0037).

CREATE TABLE appointment_place (
    place_id  uuid    PRIMARY KEY,
    authority text    NOT NULL,
    version   integer NOT NULL,
    closed    boolean NOT NULL,
    services  text[]  NOT NULL,
    plan      jsonb   NOT NULL -- as its keepers wrote it
);
CREATE INDEX appointment_place_of_authority ON appointment_place (authority, place_id);
CREATE INDEX appointment_place_services ON appointment_place USING gin (services) WHERE NOT closed;

-- One row a seat of a time that somebody has: two can never have the same one, however many ask at once.
-- `passing`: given back, and on its way to the first in line; nobody else gets it meanwhile.
CREATE TABLE appointment_seat (
    place_id   uuid        NOT NULL,
    starts_at  timestamptz NOT NULL,
    seat       integer     NOT NULL CHECK (seat BETWEEN 1 AND 500),
    ends_at    timestamptz NOT NULL,
    state      text        NOT NULL CHECK (state IN ('booked', 'held', 'passing', 'kept', 'missed', 'unmarked')),
    request_id uuid,
    CHECK ((request_id IS NULL) = (state = 'passing')),
    PRIMARY KEY (place_id, starts_at, seat)
);
-- A request has at most one appointment, and at most one time that is kept for it.
CREATE UNIQUE INDEX appointment_seat_of_request ON appointment_seat (request_id, state)
    WHERE state IN ('booked', 'held');

CREATE TABLE appointment_waiting (
    request_id uuid        PRIMARY KEY,
    place_id   uuid        NOT NULL,
    from_day   date        NOT NULL,
    until_day  date        NOT NULL,
    joined_at  timestamptz NOT NULL,
    has_offer  boolean     NOT NULL, -- a time is kept for it, so it is passed over
    version    integer     NOT NULL  -- of the request
);
CREATE INDEX appointment_line ON appointment_waiting (place_id, joined_at, request_id) WHERE NOT has_offer;
