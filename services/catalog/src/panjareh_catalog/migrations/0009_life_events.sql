-- The life events under which public services are found, in the order in which they are listed.
CREATE TABLE life_event (
    code  text    PRIMARY KEY,
    name  jsonb   NOT NULL,
    place integer NOT NULL
);
