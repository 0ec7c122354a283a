-- What an authority calls what it offers, and under which authority of the catalogue: others are told of it.

ALTER TABLE provider
    ADD COLUMN authority text; -- null: the provider's code

ALTER TABLE evidence_type
    ADD COLUMN title        jsonb,                        -- null: it has no title beside its name
    ADD COLUMN synonyms     jsonb NOT NULL DEFAULT '{}',  -- {fa: […], en: […]}
    ADD COLUMN withdrawn_at timestamptz;

-- What was connected before was told to nobody, and an event cannot be written in SQL: the clock process does it.
INSERT INTO due (kind, subject, detail, due_at, metadata)
SELECT 'tell_evidence_type', gen_random_uuid(), name, now(),
       '{"actor": "inquiry", "role": "service", "channel": "platform", "cause": "migration 0003"}'
FROM evidence_type;
