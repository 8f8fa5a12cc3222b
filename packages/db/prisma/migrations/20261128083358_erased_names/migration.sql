-- CreateIndex
CREATE INDEX "notification_by_requester" ON "notification"("actor_id") WHERE (actor_kind = 'REQUESTER');
