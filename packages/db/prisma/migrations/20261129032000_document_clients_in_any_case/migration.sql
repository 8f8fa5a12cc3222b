-- Clients that had described themselves at `HTTPS://…` were taken for registered ones, whose document is never read again. Such an
-- id is none any more.
UPDATE "oauth_client" SET "kind" = 'document' WHERE "kind" = 'registered' AND "client_id" ILIKE 'https://%';
