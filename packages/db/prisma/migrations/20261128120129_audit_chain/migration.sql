-- DropForeignKey
ALTER TABLE "audit_entry" DROP CONSTRAINT "audit_entry_org_id_fkey";

-- DropIndex
DROP INDEX "audit_entry_api_key_id_at_idx";

-- DropIndex
DROP INDEX "audit_entry_org_id_at_id_idx";

-- AlterTable
ALTER TABLE "audit_entry" ADD COLUMN     "hash" TEXT,
ADD COLUMN     "prev_hash" TEXT,
ADD COLUMN     "seq" INTEGER;

-- CreateTable
CREATE TABLE "audit_head" (
    "org_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL DEFAULT 0,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("org_id")
);

-- What follows is not Prisma's: the chain of what is there, and what keeps it append-only.

-- RFC 8785, as packages/auth/src/audit-chain.ts writes it; for this migration only.
CREATE FUNCTION audit_migration_utf16(word text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  select coalesce(string_agg(
    case when ascii(c) > 65535
      then lpad(to_hex(55296 + (ascii(c) - 65536) / 1024), 4, '0') || lpad(to_hex(56320 + (ascii(c) - 65536) % 1024), 4, '0')
      else lpad(to_hex(ascii(c)), 4, '0')
    end, '' order by n), '')
  from string_to_table(word, null) with ordinality as t (c, n)
$$;
-- As ECMAScript writes it: digits from 1e-6 to 1e21, and beyond that an exponent without zeros before it.
CREATE FUNCTION audit_migration_number(word text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  select case
    when word::float8 = 0 then '0'
    when abs(word::float8) >= 1e-6 and abs(word::float8) < 1e21 then trim_scale(word::float8::text::numeric)::text
    else regexp_replace(word::float8::text, 'e([+-])0+', 'e\1')
  end
$$;
CREATE FUNCTION audit_migration_jcs(value jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
begin
  case jsonb_typeof(value)
    when 'object' then
      return (
        select '{' || coalesce(string_agg(to_jsonb(m.key)::text || ':' || audit_migration_jcs(m.value), ','
          order by audit_migration_utf16(m.key) collate "C"), '') || '}'
        from jsonb_each(value) m
      );
    when 'array' then
      return (
        select '[' || coalesce(string_agg(audit_migration_jcs(i.item), ',' order by i.n), '') || ']'
        from jsonb_array_elements(value) with ordinality as i (item, n)
      );
    when 'number' then
      return audit_migration_number(value::text);
    else
      return value::text;
  end case;
end $$;

-- Nobody adds an organization or an entry meanwhile.
LOCK TABLE "organization", "audit_entry" IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO "audit_head" ("org_id", "seq", "hash") SELECT "id", 0, repeat('0', 64) FROM "organization";

DO $$
declare
  org record;
  entry record;
  content jsonb;
  last_seq int;
  last_hash text;
  next_hash text;
begin
  for org in select distinct org_id from audit_entry loop
    last_seq := 0;
    last_hash := repeat('0', 64);
    for entry in select * from audit_entry where org_id = org.org_id order by at, id loop
      select jsonb_object_agg(f.key, f.value) into content
      from jsonb_each(to_jsonb(entry) - 'seq' - 'prev_hash' - 'hash') f where f.value <> 'null'::jsonb;
      content := jsonb_set(content, '{at}', to_jsonb(to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
      next_hash := encode(sha256(convert_to(
        concat_ws(E'\n', last_hash, last_seq + 1, audit_migration_jcs(content)), 'UTF8')), 'hex');
      update audit_entry set seq = last_seq + 1, prev_hash = last_hash, hash = next_hash where id = entry.id;
      last_seq := last_seq + 1;
      last_hash := next_hash;
    end loop;
    update audit_head set seq = last_seq, hash = last_hash where org_id = org.org_id;
  end loop;
end $$;

DROP FUNCTION audit_migration_jcs(jsonb);
DROP FUNCTION audit_migration_number(text);
DROP FUNCTION audit_migration_utf16(text);

ALTER TABLE "audit_entry" ALTER COLUMN "seq" SET NOT NULL,
ALTER COLUMN "prev_hash" SET NOT NULL,
ALTER COLUMN "hash" SET NOT NULL;

-- Updated in place at every act: room on the page keeps the updates off the index.
ALTER TABLE "audit_head" SET (fillfactor = 50);

-- CreateIndex
CREATE INDEX "audit_entry_org_id_at_seq_idx" ON "audit_entry"("org_id", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_entry_org_id_actor_id_at_seq_idx" ON "audit_entry"("org_id", "actor_id", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_entry_org_id_api_key_id_at_seq_idx" ON "audit_entry"("org_id", "api_key_id", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_entry_org_id_action_at_seq_idx" ON "audit_entry"("org_id", "action", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_entry_org_id_resource_type_at_seq_idx" ON "audit_entry"("org_id", "resource_type", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_entry_org_id_resource_id_at_seq_idx" ON "audit_entry"("org_id", "resource_id", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_entry_org_id_project_id_at_seq_idx" ON "audit_entry"("org_id", "project_id", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_entry_org_id_outcome_at_seq_idx" ON "audit_entry"("org_id", "outcome", "at", "seq");

-- CreateIndex
CREATE INDEX "audit_entry_org_id_request_id_at_seq_idx" ON "audit_entry"("org_id", "request_id", "at", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "audit_entry_org_id_seq_key" ON "audit_entry"("org_id", "seq");

-- AddForeignKey
ALTER TABLE "audit_head" ADD CONSTRAINT "audit_head_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_entry" ADD CONSTRAINT "audit_entry_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "audit_head"("org_id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE FUNCTION audit_open() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  insert into audit_head (org_id, seq, hash) values (new.id, 0, repeat('0', 64)) on conflict do nothing;
  return null;
end $$;
CREATE TRIGGER "audit_open" AFTER INSERT ON "organization" FOR EACH ROW EXECUTE FUNCTION audit_open();
-- Also for bulk loads that turn off triggers for themselves: without its head an organization can do nothing.
ALTER TABLE "organization" ENABLE ALWAYS TRIGGER "audit_open";

-- When an organization is deleted, its log goes along, by the foreign keys; nothing else takes out an entry or changes one.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if tg_op = 'DELETE' then
    if not exists (select 1 from organization where id = old.org_id) then return old; end if;
  end if;
  raise exception 'the audit log is append-only' using errcode = 'restrict_violation';
end $$;
CREATE TRIGGER "audit_entry_append_only" BEFORE UPDATE OR DELETE ON "audit_entry"
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER "audit_entry_no_truncate" BEFORE TRUNCATE ON "audit_entry"
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER "audit_head_stays" BEFORE DELETE ON "audit_head"
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
