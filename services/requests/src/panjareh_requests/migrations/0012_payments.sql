-- Tries of paying a fee, as the provider knows them, and what is given back. What was paid stands in the events.

CREATE TABLE payment (
    payment_id           uuid        PRIMARY KEY, -- our order's number at the provider
    request_id           uuid        NOT NULL,
    reference            text        NOT NULL,    -- of the request
    applicant_id         uuid        NOT NULL,
    authority            text        NOT NULL,
    service_code         text        NOT NULL,
    amount               bigint      NOT NULL CHECK (amount > 0), -- whole rials
    currency             text        NOT NULL,
    state                text        NOT NULL,    -- opening, open, paid, failed
    page_url             text,                    -- the provider's own page
    expires_at           timestamptz,             -- there
    because              text,                    -- it failed
    tracking_code        text,
    paid_at              timestamptz,
    refund_because       text,
    refund_asked_at      timestamptz,
    refund_tracking_code text,
    refunded_at          timestamptz,
    begun_at             timestamptz NOT NULL,
    changed_at           timestamptz NOT NULL
);
CREATE INDEX payment_of_request ON payment (request_id, begun_at);
-- An authority's account: what came in and went out, by day.
CREATE INDEX payment_paid ON payment (authority, paid_at, payment_id) WHERE paid_at IS NOT NULL;
CREATE INDEX payment_refunded ON payment (authority, refunded_at, payment_id) WHERE refunded_at IS NOT NULL;
