-- Withdrawal, correction, appeal and their ends: what a status page shows of them is found from the row.

ALTER TABLE request
    ADD COLUMN form_version     integer NOT NULL DEFAULT 1, -- of the event that holds the form
    ADD COLUMN asked_version    integer,     -- of the event that asks the applicant to correct something
    ADD COLUMN answer_by        timestamptz, -- until when they may
    ADD COLUMN appealed_version integer,     -- of the event that made the appeal
    ADD COLUMN final_at         timestamptz; -- when the decision becomes final, if nobody appeals

-- The queue of officers, with what is under appeal. The older index goes in a later release.
CREATE INDEX request_work ON request (authority, submitted_at, request_id)
    WHERE status IN ('under_review', 'under_appeal');
