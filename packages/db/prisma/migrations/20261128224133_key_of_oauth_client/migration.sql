-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "oauth_client_id" TEXT;

-- Of keys whose request is not forgotten yet.
UPDATE "api_key" k SET "oauth_client_id" = d."oauth_client_id" FROM "device_authorization" d WHERE d."api_key_id" = k."id";
