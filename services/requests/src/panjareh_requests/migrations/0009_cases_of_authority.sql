-- Exporting an authority's cases, oldest first, page by page.

CREATE INDEX request_of_authority ON request (authority, submitted_at, request_id);
