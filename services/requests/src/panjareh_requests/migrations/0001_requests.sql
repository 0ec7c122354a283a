-- Where requests stand, the register of issued documents, and our copy of the published services.

CREATE TABLE request (
    request_id      uuid        PRIMARY KEY,
    reference       text        NOT NULL UNIQUE,
    applicant_id    uuid,
    authority       text        NOT NULL,
    service_code    text        NOT NULL,
    service_version integer     NOT NULL,
    channel         text,
    status          text        NOT NULL,
    outcome         text,
    officer_id      uuid,
    document_number text,
    submitted_at    timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    promised_by     timestamptz,
    version         integer     NOT NULL
);
CREATE INDEX request_of_applicant ON request (applicant_id, submitted_at DESC, request_id DESC);
CREATE INDEX request_queue ON request (authority, submitted_at, request_id) WHERE status = 'under_review';

CREATE TABLE document (
    number      text        PRIMARY KEY,
    request_id  uuid        NOT NULL UNIQUE,
    kind        text        NOT NULL,
    title       jsonb       NOT NULL,
    authority   text        NOT NULL,
    issued_at   timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    revoked_at  timestamptz
);

CREATE TABLE public_service (
    code         text        NOT NULL,
    version      integer     NOT NULL,
    card         jsonb       NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (code, version)
);
