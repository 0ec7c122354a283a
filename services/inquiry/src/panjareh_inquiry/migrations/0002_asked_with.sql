-- What an authority is told of a person beside their id, so that it can answer: a mobile number.

ALTER TABLE evidence_type ADD COLUMN asked_with text[] NOT NULL DEFAULT '{}';
