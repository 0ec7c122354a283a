-- What a status page shows is found from the row, however long the history behind it has become.

ALTER TABLE request
    ADD COLUMN waiting_for     text[] NOT NULL DEFAULT '{}',
    ADD COLUMN decided_version integer, -- of the event that decided it last
    ADD COLUMN issued_version  integer; -- of the event that issued its document

UPDATE request SET
    decided_version = (SELECT max(version) FROM event
                       WHERE stream = request_id AND topic = 'ServiceRequest.Decided'),
    issued_version = (SELECT max(version) FROM event
                      WHERE stream = request_id AND topic = 'ServiceRequest.OutputIssued'),
    waiting_for = ARRAY(
        SELECT needed.name
        FROM event AS first,
             jsonb_array_elements_text(convert_from(first.state, 'UTF8')::jsonb -> 'evidence_needed')
                 WITH ORDINALITY AS needed (name, place)
        WHERE first.stream = request_id AND first.topic = 'ServiceRequest.Submitted'
          AND NOT EXISTS (
              SELECT FROM event AS came
              WHERE came.stream = request_id
                AND came.topic IN ('ServiceRequest.EvidenceReceived', 'ServiceRequest.EvidenceMissing')
                AND convert_from(came.state, 'UTF8')::jsonb ->> 'evidence_type' = needed.name)
        ORDER BY needed.place);
