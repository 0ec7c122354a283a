-- How public services are found: their words, what they are narrowed by, and how much they are used.
--
-- Everything here follows from the rows of public_service and authority, by triggers, in the commit that
-- changes them; nobody has to remember to do it, and a row of before this migration is filled in below.

-- The words of a text, each once. A half-space joins for some writers and parts for others: both are kept.
CREATE FUNCTION words_of(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT word), '{}') FROM unnest(
        string_to_array(fa_norm($1) || ' ' || fa_norm(replace($1, U&'\200C', '')), ' ')) AS word
    WHERE word <> '' AND length(word) <= 60
$$;

-- A word, and of what it may be the plural: «گواهینامه‌ها», «خدمات», "permits", "companies". What comes of a
-- guess that is wrong is a word that nobody types.
CREATE FUNCTION word_forms(word text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE
    WHEN right(word, 1) = 's' THEN array_remove(ARRAY[
        word,
        substring(word from '^([a-z]{2,}[a-rt-z])s$'),
        substring(word from '^([a-z]{2,})ies$') || 'y',
        substring(word from '^([a-z]{2,}(?:s|x|z|ch|sh))es$')], NULL)
    WHEN right(word, 2) = 'ات' AND length(word) > 4 THEN
        ARRAY[word, left(word, -2), left(word, -2) || 'ت', left(word, -2) || 'ه']
    WHEN right(word, 2) = 'ها' AND length(word) > 3 THEN ARRAY[word, left(word, -2)]
    WHEN right(word, 3) = 'های' AND length(word) > 4 THEN ARRAY[word, left(word, -3)]
    WHEN right(word, 4) = 'هایی' AND length(word) > 5 THEN ARRAY[word, left(word, -4)]
    ELSE ARRAY[word] END
$$;

-- Words of questions that say nothing about what is looked for.
CREATE TABLE search_stop (word text COLLATE "C" PRIMARY KEY);
-- What people call a thing that services call otherwise; one word means another one.
CREATE TABLE search_synonym (
    word  text COLLATE "C" NOT NULL,
    means text COLLATE "C" NOT NULL,
    PRIMARY KEY (word, means)
);

-- Words as they are written somewhere: what a typing error can have been meant to be.
CREATE TABLE search_word (word text COLLATE "C" PRIMARY KEY);
CREATE INDEX search_word_similar ON search_word USING gin (word gin_trgm_ops);

-- In which services a word (or what it may be the plural of) stands, and how much it says about each: thousandths.
CREATE TABLE search_posting (
    word         text    COLLATE "C" NOT NULL,
    service_code text    NOT NULL REFERENCES public_service (code) ON DELETE CASCADE,
    weight       integer NOT NULL,
    PRIMARY KEY (word, service_code) INCLUDE (weight)
);
CREATE INDEX search_posting_of_service ON search_posting (service_code);
CREATE TABLE authority_word (
    word      text COLLATE "C" NOT NULL,
    authority text NOT NULL REFERENCES authority (code) ON DELETE CASCADE,
    PRIMARY KEY (word, authority)
);

-- What a list is narrowed by. `smart`: rules decide every case and no document is taken from the applicant. A
-- service for anyone is one for persons and one for organisations.
CREATE TABLE service_facet (
    code         text        PRIMARY KEY REFERENCES public_service (code) ON DELETE CASCADE,
    authority    text        NOT NULL,
    life_events  text[]      NOT NULL,
    audiences    text[]      NOT NULL,
    channels     text[]      NOT NULL,
    smart        boolean     NOT NULL,
    required_loa integer     NOT NULL,
    standing     text        NOT NULL,
    published_at timestamptz NOT NULL,
    -- For hints (I8): the kind of document that the service renews, and for which ages it is.
    renews       text,
    min_age      integer,
    max_age      integer
);
CREATE INDEX service_facet_renews ON service_facet (renews) WHERE renews IS NOT NULL;
CREATE INDEX service_facet_authority ON service_facet (authority);

-- An authority and everyone below it.
CREATE FUNCTION authorities_under(top text) RETURNS SETOF text LANGUAGE sql STABLE STRICT AS $$
    WITH RECURSIVE under AS (
        SELECT code FROM authority WHERE code = top
        UNION
        SELECT authority.code FROM under JOIN authority ON authority.parent = under.code
    ) SELECT code FROM under
$$;

-- The texts of a card and what a word in each is worth. In a short name a word says more than in a long one.
CREATE FUNCTION card_texts(code text, card jsonb) RETURNS TABLE (worth integer, said text)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT 800 + 400 / greatest(1, cardinality(string_to_array(fa_norm(name.value), ' '))), name.value
    FROM jsonb_each_text(card->'name') AS name
    UNION ALL SELECT 1000, code
    UNION ALL SELECT worth, text #>> '{}' FROM (VALUES
        (800, '$.keywords.*[*]'), (500, '$.output.title.*'), (400, '$.description.*'),
        (300, '$.eligibility[*].*'), (300, '$.life_events[*]'), (200, '$.steps[*].fa'),
        (200, '$.steps[*].en'), (200, '$.guide.*')
    ) AS place (worth, path), jsonb_path_query(card, path::jsonpath) AS text
$$;

CREATE FUNCTION index_service() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    card jsonb := NEW.card;
    words jsonb;
    postings jsonb;
BEGIN
    INSERT INTO service_facet VALUES (
        NEW.code, NEW.authority, NEW.life_events,
        CASE card->>'audience' WHEN 'anyone' THEN ARRAY['persons', 'organisations'] ELSE ARRAY[card->>'audience'] END,
        -- A card of format 1 names its channels, one of format 2 says more about each.
        ARRAY(SELECT DISTINCT coalesce(channel->>'channel', channel #>> '{}')
              FROM jsonb_array_elements(card->'channels') AS channel ORDER BY 1),
        card->>'decision_mode' = 'rules' AND card #> '{rules,otherwise}' IS NULL
            AND NOT jsonb_path_exists(card->'form', '$.**.format ? (@ == "panjareh-file")'),
        (card->>'required_loa')::integer, NEW.standing, NEW.published_at,
        card->>'renews', (card->'fits'->>'min_age')::integer, (card->'fits'->>'max_age')::integer)
    ON CONFLICT (code) DO UPDATE SET
        authority = excluded.authority, life_events = excluded.life_events, audiences = excluded.audiences,
        channels = excluded.channels, smart = excluded.smart, required_loa = excluded.required_loa,
        standing = excluded.standing, published_at = excluded.published_at, renews = excluded.renews,
        min_age = excluded.min_age, max_age = excluded.max_age;
    IF TG_OP = 'UPDATE' AND NEW.version = OLD.version
       AND EXISTS (SELECT FROM search_posting WHERE service_code = NEW.code) THEN
        RETURN NULL; -- its words are those of its version
    END IF;
    SELECT jsonb_object_agg(word, worth) INTO words FROM (
        SELECT word, max(worth) AS worth FROM card_texts(NEW.code, card), unnest(words_of(said)) AS word GROUP BY word
    ) AS worded;
    SELECT jsonb_object_agg(form, worth) INTO postings FROM (
        SELECT form, max(CASE WHEN form = key THEN value::integer ELSE value::integer * 95 / 100 END) AS worth
        FROM jsonb_each_text(words), unnest(word_forms(key)) AS form GROUP BY form
    ) AS weighed;
    DELETE FROM search_posting WHERE service_code = NEW.code AND NOT postings ? word;
    INSERT INTO search_posting SELECT key, NEW.code, value::integer FROM jsonb_each_text(postings)
    ON CONFLICT (word, service_code) DO UPDATE SET weight = excluded.weight
    WHERE search_posting.weight <> excluded.weight;
    IF EXISTS (SELECT FROM jsonb_object_keys(words) AS fresh (word)
               WHERE NOT EXISTS (SELECT FROM search_word WHERE search_word.word = fresh.word)) THEN
        -- Two runs that bring in many services at once would wait for each other's words crosswise.
        PERFORM pg_advisory_xact_lock(hashtextextended('search_word', 0));
        INSERT INTO search_word SELECT jsonb_object_keys(words) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION index_authority() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM authority_word WHERE authority = NEW.code;
    INSERT INTO authority_word
    SELECT DISTINCT form, NEW.code
    FROM jsonb_each_text(NEW.name) AS name, unnest(words_of(name.value)) AS word, unnest(word_forms(word)) AS form;
    RETURN NULL;
END $$;

CREATE TRIGGER index_service AFTER INSERT OR UPDATE ON public_service
FOR EACH ROW EXECUTE FUNCTION index_service();
CREATE TRIGGER index_authority AFTER INSERT OR UPDATE OF name ON authority
FOR EACH ROW EXECUTE FUNCTION index_authority();

-- How a service is used and liked, in numbers that are told by others. What that adds to a hit, in thousandths,
-- changes on the hour only, and what it was in the hour before is kept: a search that began under an order is
-- leafed through in that order to the end of the next hour.
CREATE TABLE service_use (
    service_code text        PRIMARY KEY,
    submitted    bigint      NOT NULL DEFAULT 0,
    rated        bigint      NOT NULL DEFAULT 0,
    rating_sum   bigint      NOT NULL DEFAULT 0,
    boost_before integer     NOT NULL DEFAULT 0,
    boost        integer     NOT NULL DEFAULT 0,
    boost_since  timestamptz NOT NULL DEFAULT 'epoch',
    boost_next   integer     NOT NULL DEFAULT 0,
    next_since   timestamptz NOT NULL DEFAULT 'epoch'
);

-- As of a moment that is not long ago.
CREATE FUNCTION boost_at(moment timestamptz, used service_use) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN used.next_since <= moment THEN used.boost_next
                WHEN used.boost_since <= moment THEN used.boost
                ELSE coalesce(used.boost_before, 0) END
$$;

-- Up to 150 for use (ten million requests and more, on a logarithmic scale), and 100 up or down for
-- satisfaction: the mean as it is with ten threes more, so that a few voices move little; none below five (F1).
CREATE FUNCTION boost_of(submitted bigint, rated bigint, rating_sum bigint) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (150 * least(1, ln(1 + submitted) / ln(10000001)))::integer
         + CASE WHEN rated < 5 THEN 0 ELSE (50 * ((rating_sum + 30) / (rated + 10)::numeric - 3))::integer END
$$;

CREATE FUNCTION weigh_use() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    weighed integer := boost_of(NEW.submitted, NEW.rated, NEW.rating_sum);
BEGIN
    IF weighed <> NEW.boost_next THEN
        IF NEW.next_since <= now() THEN
            NEW.boost_before := NEW.boost;
            NEW.boost := NEW.boost_next;
            NEW.boost_since := NEW.next_since;
            -- A commit shortly before the hour would come into force after somebody had looked.
            NEW.next_since := date_trunc('hour', now() + interval '1 minute') + interval '1 hour';
        END IF;
        NEW.boost_next := weighed;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER weigh_use BEFORE INSERT OR UPDATE ON service_use
FOR EACH ROW EXECUTE FUNCTION weigh_use();

-- One row a feedback, because it may be changed: of two messages about one the later sequence holds.
CREATE TABLE heard_rating (
    feedback_id  uuid    PRIMARY KEY,
    service_code text    NOT NULL,
    rating       integer NOT NULL,
    sequence     integer NOT NULL
);

CREATE FUNCTION count_rating() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO service_use (service_code, rated, rating_sum)
    VALUES (NEW.service_code, (TG_OP = 'INSERT')::integer, NEW.rating - CASE TG_OP WHEN 'INSERT' THEN 0 ELSE OLD.rating END)
    ON CONFLICT (service_code) DO UPDATE SET
        rated = service_use.rated + excluded.rated, rating_sum = service_use.rating_sum + excluded.rating_sum;
    RETURN NULL;
END $$;
CREATE TRIGGER count_rating AFTER INSERT OR UPDATE ON heard_rating
FOR EACH ROW EXECUTE FUNCTION count_rating();

INSERT INTO search_stop SELECT DISTINCT fa_norm(word) FROM unnest(string_to_array(
    'از به در و را که با برای این آن یک چه چی چطور چطوری چگونه کجا کی کدام هم یا تا است هست بود شود شد می من ما '
    'ام ای ی ها های هایی میخوام میخواهم میخواستم خواهم خوام بگیرم بگیریم گرفتن گرفت بگیرد کنم کنیم کردن کند باید '
    'چکار برم بروم بدم بدهم دارم داشتن نیاز لازم لطفا خود خودم '
    'a an the to of for in on at and or is are i me my we our you your how do does can what where which want '
    'need get have with by please about', ' ')) AS word
ON CONFLICT DO NOTHING;

INSERT INTO search_synonym SELECT DISTINCT fa_norm(word), fa_norm(means) FROM (VALUES
    ('پاسپورت', 'گذرنامه'), ('passport', 'گذرنامه'), ('گذرنامه', 'passport'),
    ('تصدیق', 'گواهینامه'), ('license', 'licence'), ('licence', 'license'), ('گواهینامه', 'licence'),
    ('سجل', 'شناسنامه'), ('ماشین', 'خودرو'), ('اتومبیل', 'خودرو'), ('خودرو', 'ماشین'), ('car', 'vehicle'),
    ('سند', 'مالکیت'), ('موتور', 'موتورسیکلت'), ('جواز', 'پروانه'), ('پروانه', 'مجوز'), ('مجوز', 'پروانه'),
    ('permit', 'licence'), ('licence', 'permit'), ('license', 'permit'), ('کسب', 'صنفی'),
    ('بچه', 'فرزند'), ('بچه', 'نوزاد'), ('نوزاد', 'تولد'), ('المثنی', 'المثنای'), ('المثنای', 'المثنی'),
    ('ولادت', 'تولد'), ('فوت', 'مرگ'), ('مرگ', 'فوت'), ('وفات', 'فوت'),
    ('درگذشت', 'فوت'), ('عروسی', 'ازدواج'), ('نکاح', 'ازدواج'), ('ساختمان', 'ساختمانی'), ('ساختمانی', 'ساختمان'),
    ('بنا', 'ساختمان'), ('نوسازی', 'بازسازی'), ('بازسازی', 'نوسازی'), ('تعمیر', 'بازسازی'), ('رمز', 'پین'),
    ('پین', 'رمز'), ('pin', 'رمز'), ('واکسیناسیون', 'واکسن'), ('vaccination', 'vaccine'), ('مفقود', 'گمشده'),
    ('گمشده', 'المثنی'), ('گم', 'المثنی'), ('مفقودی', 'المثنی'), ('lost', 'duplicate'), ('replacement', 'duplicate'),
    ('renewal', 'exchange'), ('renew', 'exchange'), ('تمدید', 'تعویض'), ('تعویض', 'تمدید'), ('مدرک', 'گواهی'),
    ('نت', 'اینترنت'), ('مجانی', 'رایگان'), ('free', 'رایگان'), ('خبرنگار', 'روزنامه'), ('کرونا', 'واکسن'),
    ('reporter', 'journalist'), ('دانشگاه', 'دانشگاهی'), ('نمره', 'ریزنمرات'), ('ریزنمرات', 'نمرات'),
    ('transcript', 'ریزنمرات'), ('مغازه', 'صنفی'), ('shop', 'guild'), ('خانه', 'خانگی'), ('house', 'home'),
    ('subsidy', 'یارانه'), ('یارانه', 'subsidy'), ('سوبسید', 'یارانه'), ('تصادف', 'حادثه'), ('accident', 'crash'),
    ('crash', 'accident'), ('انتقال', 'نقل'), ('واکسن', 'vaccine'), ('مدرسه', 'تحصیلی'), ('schoolbook', 'textbook')
) AS pair (word, means) ON CONFLICT DO NOTHING;

-- Nobody searches by it any more but a version that still runs beside this one, and that is right without it, too.
-- Its columns go in a later release.
DROP INDEX public_service_search;

-- What was published before: the triggers see it as they would now.
UPDATE authority SET name = name;
UPDATE public_service SET code = code;

-- In how many services a word stands; above a few thousand it does not matter any more.
CREATE FUNCTION services_with(word text) RETURNS integer LANGUAGE sql STABLE STRICT AS $$
    SELECT count(*)::integer FROM (
        SELECT FROM search_posting AS posting WHERE posting.word = $1 COLLATE "C"
        UNION ALL
        SELECT FROM authority_word AS named JOIN service_facet AS facet ON facet.authority = named.authority
        WHERE named.word = $1 COLLATE "C"
        LIMIT 3000
    ) AS counted
$$;
