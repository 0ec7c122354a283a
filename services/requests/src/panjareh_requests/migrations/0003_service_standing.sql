-- Which public services take no new requests now, as the catalogue told us. No row: it takes them.
CREATE TABLE service_standing (
    code      text   PRIMARY KEY,
    standing  text   NOT NULL,
    reason    jsonb,
    successor text,
    -- Of the message that said so: of two that come out of order the later one holds.
    sequence  bigint NOT NULL
);
