-- AlterTable
ALTER TABLE "message" ADD COLUMN     "client_message_id" UUID;

-- CreateIndex
CREATE UNIQUE INDEX "message_by_client_id" ON "message"("conversation_id", "client_message_id") WHERE (client_message_id is not null);
