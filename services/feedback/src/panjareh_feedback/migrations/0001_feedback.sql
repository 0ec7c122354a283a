-- What we have heard of requests, and one rating for each that was rated.

CREATE TABLE finished_request (
    request_id   uuid        PRIMARY KEY,
    applicant_id uuid,
    service_code text,
    decided_at   timestamptz
);

CREATE TABLE rating (
    request_id   uuid        PRIMARY KEY,
    service_code text        NOT NULL,
    rating       integer     NOT NULL CHECK (rating BETWEEN 1 AND 5),
    given_at     timestamptz NOT NULL
);
CREATE INDEX rating_of_service ON rating (service_code, rating);
