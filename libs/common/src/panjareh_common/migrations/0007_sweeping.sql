-- Answers and handled messages are kept for a time: docs/decisions/0042.

CREATE INDEX idempotency_answered_at ON idempotency (answered_at);
CREATE INDEX inbox_handled_at ON inbox (handled_at);

-- What a listener handled before this is not in its inbox any more, so catching up does not tell it again.
CREATE TABLE inbox_swept (
    listener text        PRIMARY KEY,
    swept_to timestamptz NOT NULL
);
