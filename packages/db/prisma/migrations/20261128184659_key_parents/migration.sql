-- AlterEnum
ALTER TYPE "key_revocation" ADD VALUE 'with_parent';

-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "made_with_key_id" UUID,
ADD COLUMN     "parent_key_id" UUID;

-- CreateIndex
CREATE INDEX "api_key_parent_key_id_idx" ON "api_key"("parent_key_id");

-- CreateIndex
CREATE INDEX "api_key_made_with_key_id_idx" ON "api_key"("made_with_key_id");

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_parent_key_id_fkey" FOREIGN KEY ("parent_key_id") REFERENCES "api_key"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_made_with_key_id_fkey" FOREIGN KEY ("made_with_key_id") REFERENCES "api_key"("id") ON DELETE SET NULL ON UPDATE CASCADE;
