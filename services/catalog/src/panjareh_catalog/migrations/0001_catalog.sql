-- Authorities, and the newest version of every public service, findable however it is typed.

-- A trusted extension; migrations run as the administrator all the same.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- A text as it is compared in a search: one form for what people write in several. Display texts
-- are never changed by it. Combining marks go after NFKC, which itself takes some letters apart.
CREATE FUNCTION fa_norm(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(
        lower(translate(
            regexp_replace(normalize($1, NFKC), '[\u064B-\u065F\u0670\u0640]', '', 'g'),
            'يىكةۀأإآٱؤئ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩',
            'ییکههااااوی01234567890123456789'
        ) COLLATE "C"),
        '[\s\u0021-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u060C\u061B\u061F\u066A-\u066D\u06D4\u2000-\u206F\uFEFF]+',
        ' ', 'g'))
$$;

CREATE TABLE authority (
    code   text  PRIMARY KEY,
    name   jsonb NOT NULL,
    -- Checked at the end of the transaction: a list may name a child before its parent.
    parent text  REFERENCES authority (code) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE public_service (
    code         text        PRIMARY KEY,
    version      integer     NOT NULL,
    authority    text        NOT NULL REFERENCES authority (code),
    -- json, not jsonb: the order of a form's fields is the order in which a person is asked.
    card         json        NOT NULL,
    life_events  text[]      NOT NULL,
    title        text        NOT NULL,
    search       text        NOT NULL,
    published_at timestamptz NOT NULL,
    -- A half-space joins for some writers and parts for others: both forms are found.
    title_norm   text        GENERATED ALWAYS AS
                 (fa_norm(title) || ' ' || fa_norm(replace(title, U&'\200C', ''))) STORED,
    search_norm  text        GENERATED ALWAYS AS
                 (fa_norm(search) || ' ' || fa_norm(replace(search, U&'\200C', ''))) STORED
);
CREATE INDEX public_service_search ON public_service USING gin (search_norm gin_trgm_ops);
CREATE INDEX public_service_authority ON public_service (authority, code);
CREATE INDEX public_service_life_events ON public_service USING gin (life_events);
