-- CreateEnum
CREATE TYPE "oauth_client_kind" AS ENUM ('registered', 'document');

-- DropForeignKey
ALTER TABLE "key_rate" DROP CONSTRAINT "key_rate_key_id_fkey";

-- AlterTable
ALTER TABLE "audit_entry" ADD COLUMN     "oauth_client_id" TEXT;

-- AlterTable
ALTER TABLE "device_authorization" ADD COLUMN     "oauth_client_id" TEXT;

-- AlterTable
ALTER TABLE "key_rate" ADD COLUMN     "api_key_id" UUID,
ADD COLUMN     "grant_id" UUID;

-- CreateTable
CREATE TABLE "oauth_client" (
    "id" UUID NOT NULL,
    "kind" "oauth_client_kind" NOT NULL,
    "client_id" TEXT NOT NULL,
    "name" TEXT,
    "uri" TEXT,
    "redirect_uris" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "oauth_client_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "oauth_grant" (
    "id" UUID NOT NULL,
    "client_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "approved_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_grant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "oauth_authorization_code" (
    "hash" BYTEA NOT NULL,
    "grant_id" UUID NOT NULL,
    "scopes" TEXT[],
    "resource" TEXT NOT NULL,
    "redirect_uri" TEXT NOT NULL,
    "code_challenge" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "consumed_at" TIMESTAMPTZ(3),

    CONSTRAINT "oauth_authorization_code_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "oauth_access_token" (
    "hash" BYTEA NOT NULL,
    "grant_id" UUID NOT NULL,
    "scopes" TEXT[],
    "resource" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_access_token_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "oauth_refresh_token" (
    "hash" BYTEA NOT NULL,
    "grant_id" UUID NOT NULL,
    "scopes" TEXT[],
    "resource" TEXT NOT NULL,
    "rotations" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "consumed_at" TIMESTAMPTZ(3),
    "answer" BYTEA,

    CONSTRAINT "oauth_refresh_token_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "oauth_request" (
    "hash" BYTEA NOT NULL,
    "payload" JSONB NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_request_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "oauth_client_client_id_key" ON "oauth_client"("client_id");

-- CreateIndex
CREATE INDEX "oauth_client_created_at_idx" ON "oauth_client"("created_at");

-- CreateIndex
CREATE INDEX "oauth_grant_user_id_idx" ON "oauth_grant"("user_id");

-- CreateIndex
CREATE INDEX "oauth_grant_project_id_created_at_id_idx" ON "oauth_grant"("project_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "oauth_grant_client_id_user_id_project_id_key" ON "oauth_grant"("client_id", "user_id", "project_id");

-- CreateIndex
CREATE INDEX "oauth_authorization_code_grant_id_idx" ON "oauth_authorization_code"("grant_id");

-- CreateIndex
CREATE INDEX "oauth_authorization_code_expires_at_idx" ON "oauth_authorization_code"("expires_at");

-- CreateIndex
CREATE INDEX "oauth_access_token_grant_id_idx" ON "oauth_access_token"("grant_id");

-- CreateIndex
CREATE INDEX "oauth_access_token_expires_at_idx" ON "oauth_access_token"("expires_at");

-- CreateIndex
CREATE INDEX "oauth_refresh_token_grant_id_idx" ON "oauth_refresh_token"("grant_id");

-- CreateIndex
CREATE INDEX "oauth_refresh_token_expires_at_idx" ON "oauth_refresh_token"("expires_at");

-- CreateIndex
CREATE INDEX "oauth_request_expires_at_idx" ON "oauth_request"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "key_rate_api_key_id_key" ON "key_rate"("api_key_id");

-- CreateIndex
CREATE UNIQUE INDEX "key_rate_grant_id_key" ON "key_rate"("grant_id");

-- AddForeignKey
ALTER TABLE "oauth_grant" ADD CONSTRAINT "oauth_grant_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "oauth_client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth_grant" ADD CONSTRAINT "oauth_grant_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth_grant" ADD CONSTRAINT "oauth_grant_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth_authorization_code" ADD CONSTRAINT "oauth_authorization_code_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "oauth_grant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth_access_token" ADD CONSTRAINT "oauth_access_token_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "oauth_grant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth_refresh_token" ADD CONSTRAINT "oauth_refresh_token_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "oauth_grant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "key_rate" ADD CONSTRAINT "key_rate_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_key"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "key_rate" ADD CONSTRAINT "key_rate_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "oauth_grant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What a counter is of: a key or an app's grant. With it the counter goes, and of what is neither there is none.
UPDATE "key_rate" SET "api_key_id" = "key_id";

CREATE FUNCTION "name_key_rate_owner"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT id INTO NEW.api_key_id FROM "api_key" WHERE id = NEW.key_id;
  IF NEW.api_key_id IS NULL THEN
    SELECT id INTO NEW.grant_id FROM "oauth_grant" WHERE id = NEW.key_id;
    IF NEW.grant_id IS NULL THEN
      RAISE EXCEPTION 'there is no key and no grant %', NEW.key_id USING ERRCODE = 'foreign_key_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "key_rate_owner" BEFORE INSERT ON "key_rate" FOR EACH ROW EXECUTE FUNCTION "name_key_rate_owner"();
