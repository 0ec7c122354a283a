-- Every version of every public service, and where a service stands.

ALTER TABLE public_service
    ADD COLUMN standing        text NOT NULL DEFAULT 'published'
                               CHECK (standing IN ('published', 'suspended', 'retired')),
    ADD COLUMN reason          jsonb,
    ADD COLUMN suspended_until timestamptz,
    ADD COLUMN successor       text,
    ADD COLUMN parent          text;
CREATE INDEX public_service_parent ON public_service (parent) WHERE parent IS NOT NULL;

CREATE TABLE service_version (
    service_code text        NOT NULL,
    number       integer     NOT NULL,
    authority    text        NOT NULL,
    state        text        NOT NULL,
    -- The draft's revision, which its next change has to name.
    revision     integer     NOT NULL,
    -- json, not jsonb: the order of a form's fields is the order in which a person is asked.
    card         json        NOT NULL,
    changed_at   timestamptz NOT NULL,
    published_at timestamptz,
    -- Was put before people, who may read it ever after.
    shown        boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (service_code, number)
);
CREATE INDEX service_version_drafts ON service_version (authority, service_code, number)
    WHERE state IN ('draft', 'consultation');

-- What was published before there was this table stands in the log; a public service's events are not sealed.
INSERT INTO service_version
    (service_code, number, authority, state, revision, card, changed_at, published_at)
SELECT card ->> 'code', number, card ->> 'authority',
       CASE WHEN number = max(number) OVER (PARTITION BY stream) THEN 'published' ELSE 'superseded' END,
       0, card, occurred_at, occurred_at
FROM (
    SELECT stream, occurred_at, (told ->> 'number')::integer AS number, told -> 'card' AS card
    FROM (
        SELECT stream, occurred_at, convert_from(state, 'UTF8')::json AS told
        FROM event WHERE topic = 'PublicService.Published'
    ) AS stored
) AS published;
