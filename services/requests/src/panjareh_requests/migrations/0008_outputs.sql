-- What becomes of issued documents: their place in the list of revoked ones, their end, and whom their holders sent them to.

-- Each document has a bit of its own in the public status lists (Bitstring Status List 1.0), for ever.
CREATE SEQUENCE document_status_index MINVALUE 0 START WITH 0;

ALTER TABLE document
    ADD COLUMN status_index    bigint NOT NULL DEFAULT nextval('document_status_index'),
    ADD COLUMN issued_version  integer, -- of the event that issued it
    ADD COLUMN revoked_because text,    -- a ground of domain/issued_document.py
    -- A request that is decided anew may issue a second document after the first was revoked.
    DROP CONSTRAINT document_request_id_key;
UPDATE document SET issued_version = request.issued_version
FROM request WHERE request.request_id = document.request_id;
CREATE UNIQUE INDEX document_status ON document (status_index);
CREATE INDEX document_of_request ON document (request_id);
CREATE INDEX document_revoked ON document (status_index) WHERE revoked_at IS NOT NULL;

CREATE TABLE document_delivery (
    delivery_id uuid        PRIMARY KEY,
    number      text        NOT NULL REFERENCES document,
    receiver    text        NOT NULL, -- an authority
    sent_at     timestamptz NOT NULL,
    opened_at   timestamptz,          -- when somebody there looked at it first
    UNIQUE (number, receiver)
);
CREATE INDEX document_delivery_inbox ON document_delivery (receiver, sent_at DESC, delivery_id DESC);
