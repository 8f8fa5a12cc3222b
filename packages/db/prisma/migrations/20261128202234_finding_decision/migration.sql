-- AlterTable
ALTER TABLE "finding" ADD COLUMN     "decision" "finding_state";

-- What has been decided until now.
UPDATE "finding" SET "decision" = "state" WHERE "state" IN ('accepted', 'ignored');
