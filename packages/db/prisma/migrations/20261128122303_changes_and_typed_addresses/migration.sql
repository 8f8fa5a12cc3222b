-- AlterTable
ALTER TABLE "message" ADD COLUMN     "changed_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "organization_member" ADD COLUMN     "changed_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "project_member" ADD COLUMN     "changed_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "requester" ADD COLUMN     "email_typed" BOOLEAN NOT NULL DEFAULT false;
