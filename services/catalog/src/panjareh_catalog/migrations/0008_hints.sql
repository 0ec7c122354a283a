-- What a person wants to be pointed to (I8): their choice, sealed under their key in this service. Without a row
-- nothing is looked at; when the person is erased the box cannot be opened any more.
CREATE TABLE hint_choice (
    person_id  uuid        PRIMARY KEY,
    box        bytea       NOT NULL,
    changed_at timestamptz NOT NULL
);
