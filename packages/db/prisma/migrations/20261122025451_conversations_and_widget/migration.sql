-- CreateEnum
CREATE TYPE "conversation_status" AS ENUM ('open', 'pending', 'snoozed', 'resolved', 'closed');

-- CreateEnum
CREATE TYPE "conversation_priority" AS ENUM ('low', 'normal', 'high', 'urgent');

-- CreateEnum
CREATE TYPE "channel" AS ENUM ('widget', 'email', 'api', 'chat', 'slack', 'discord', 'telegram');

-- CreateEnum
CREATE TYPE "message_author_kind" AS ENUM ('TEAM', 'REQUESTER', 'AI', 'SYSTEM');

-- CreateEnum
CREATE TYPE "message_content_type" AS ENUM ('text', 'html', 'markdown');

-- CreateEnum
CREATE TYPE "message_via" AS ENUM ('api', 'mcp', 'dashboard', 'widget', 'email');

-- CreateEnum
CREATE TYPE "conversation_event_kind" AS ENUM ('status_changed', 'assigned', 'snoozed', 'woken', 'priority_changed', 'tags_changed', 'marked_spam');

-- CreateEnum
CREATE TYPE "notification_audience" AS ENUM ('team', 'requesters');

-- CreateEnum
CREATE TYPE "actor_kind" AS ENUM ('TEAM', 'REQUESTER', 'SYSTEM', 'AGENT');

-- CreateEnum
CREATE TYPE "identity_method" AS ENUM ('jwt', 'hmac', 'none', 'api');

-- CreateEnum
CREATE TYPE "widget_position" AS ENUM ('bottom-right', 'bottom-left');

-- CreateEnum
CREATE TYPE "widget_theme" AS ENUM ('light', 'dark', 'auto');

-- CreateEnum
CREATE TYPE "launcher_icon" AS ENUM ('chat', 'mail', 'help', 'bulb');

-- CreateEnum
CREATE TYPE "collect_email" AS ENUM ('never', 'optional', 'required');

-- AlterTable
ALTER TABLE "project" ADD COLUMN     "agent_paused" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "allowed_origins" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "requester" ADD COLUMN     "company" TEXT,
ADD COLUMN     "email_opt_out" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "email_verified" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "first_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "identified_at" TIMESTAMPTZ(3),
ADD COLUMN     "identity_method" "identity_method" NOT NULL DEFAULT 'none',
ADD COLUMN     "job_title" TEXT,
ADD COLUMN     "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "monthly_revenue" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "phone" TEXT,
ADD COLUMN     "traits" JSONB NOT NULL DEFAULT '{}';

-- CreateTable
CREATE TABLE "feature_screenshot" (
    "feature_id" UUID NOT NULL,
    "mime_type" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "feature_screenshot_pkey" PRIMARY KEY ("feature_id")
);

-- CreateTable
CREATE TABLE "agent_claim" (
    "feature_id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "principal_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "agent_claim_pkey" PRIMARY KEY ("feature_id")
);

-- CreateTable
CREATE TABLE "agent_loop_month" (
    "org_id" UUID NOT NULL,
    "month" DATE NOT NULL,
    "used" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "agent_loop_month_pkey" PRIMARY KEY ("org_id","month")
);

-- CreateTable
CREATE TABLE "conversation" (
    "id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "feature_id" UUID,
    "requester_id" UUID,
    "subject" TEXT,
    "status" "conversation_status" NOT NULL DEFAULT 'open',
    "priority" "conversation_priority" NOT NULL DEFAULT 'normal',
    "channel" "channel" NOT NULL,
    "assignee_id" UUID,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "ai_resolved" BOOLEAN NOT NULL DEFAULT false,
    "is_spam" BOOLEAN NOT NULL DEFAULT false,
    "message_seq" INTEGER NOT NULL DEFAULT 0,
    "unread_count" INTEGER NOT NULL DEFAULT 0,
    "requester_unread_count" INTEGER NOT NULL DEFAULT 0,
    "last_message_preview" TEXT,
    "last_message_at" TIMESTAMPTZ(3) NOT NULL,
    "waiting_since" TIMESTAMPTZ(3),
    "snoozed_until" TIMESTAMPTZ(3),
    "resolved_at" TIMESTAMPTZ(3),
    "previous_conversation_id" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "conversation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "message" (
    "id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "author_kind" "message_author_kind" NOT NULL,
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "content_type" "message_content_type" NOT NULL DEFAULT 'text',
    "is_internal" BOOLEAN NOT NULL DEFAULT false,
    "via" "message_via" NOT NULL,
    "delivered_at" TIMESTAMPTZ(3),
    "read_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conversation_event" (
    "id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "kind" "conversation_event_kind" NOT NULL,
    "actor_id" UUID,
    "actor_name" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "conversation_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invitation" (
    "id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "invited_by_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "accepted_by_id" UUID,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification" (
    "id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "body" TEXT,
    "feature_id" UUID,
    "conversation_id" UUID,
    "comment_id" UUID,
    "actor_kind" "actor_kind" NOT NULL,
    "actor_id" UUID,
    "actor_name" TEXT,
    "audience" "notification_audience" NOT NULL,
    "is_private" BOOLEAN NOT NULL,
    "recipient_count" INTEGER NOT NULL DEFAULT 0,
    "channels" TEXT[],
    "data" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification_receipt" (
    "notification_id" UUID NOT NULL,
    "requester_id" UUID NOT NULL,
    "read_at" TIMESTAMPTZ(3),
    "emailed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "notification_receipt_pkey" PRIMARY KEY ("notification_id","requester_id")
);

-- CreateTable
CREATE TABLE "subscription" (
    "feature_id" UUID NOT NULL,
    "requester_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "unsubscribed_at" TIMESTAMPTZ(3),

    CONSTRAINT "subscription_pkey" PRIMARY KEY ("feature_id","requester_id")
);

-- CreateTable
CREATE TABLE "feed_mark" (
    "project_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "feed_mark_pkey" PRIMARY KEY ("project_id","user_id")
);

-- CreateTable
CREATE TABLE "announcement_day" (
    "project_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "sent" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "announcement_day_pkey" PRIMARY KEY ("project_id","day")
);

-- CreateTable
CREATE TABLE "live_feed" (
    "project_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "live_feed_pkey" PRIMARY KEY ("project_id")
);

-- CreateTable
CREATE TABLE "live_event" (
    "project_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "conversation_id" UUID,
    "feature_id" UUID,
    "notification_id" UUID,
    "is_private" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "live_event_pkey" PRIMARY KEY ("project_id","seq")
);

-- CreateTable
CREATE TABLE "requester_device" (
    "project_id" UUID NOT NULL,
    "id_hash" BYTEA NOT NULL,
    "requester_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "requester_device_pkey" PRIMARY KEY ("project_id","id_hash")
);

-- CreateTable
CREATE TABLE "identity_secret" (
    "id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "ciphertext" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "identity_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "widget_config" (
    "project_id" UUID NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "position" "widget_position" NOT NULL DEFAULT 'bottom-right',
    "color" TEXT NOT NULL DEFAULT '#4F46E5',
    "theme" "widget_theme" NOT NULL DEFAULT 'auto',
    "locale" TEXT NOT NULL DEFAULT 'en',
    "welcome_message" TEXT NOT NULL DEFAULT 'How can we help?',
    "show_branding" BOOLEAN NOT NULL DEFAULT true,
    "launcher_label" TEXT NOT NULL DEFAULT 'Feedback',
    "launcher_icon" "launcher_icon" NOT NULL DEFAULT 'chat',
    "categories_enabled" "feature_category"[] DEFAULT ARRAY['FEATURE', 'ERROR', 'FEEDBACK', 'OTHER']::"feature_category"[],
    "chat_enabled" BOOLEAN NOT NULL DEFAULT true,
    "comments_enabled" BOOLEAN NOT NULL DEFAULT false,
    "announcements_enabled" BOOLEAN NOT NULL DEFAULT true,
    "screenshot_enabled" BOOLEAN NOT NULL DEFAULT true,
    "diagnostics_enabled" BOOLEAN NOT NULL DEFAULT true,
    "collect_email" "collect_email" NOT NULL DEFAULT 'optional',
    "identity_required" BOOLEAN NOT NULL DEFAULT false,
    "operating_hours" JSONB,
    "custom_css" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "widget_config_pkey" PRIMARY KEY ("project_id")
);

-- CreateTable
CREATE TABLE "widget_rate" (
    "ip_hash" BYTEA NOT NULL,
    "is_write" BOOLEAN NOT NULL,
    "minute" TIMESTAMPTZ(0) NOT NULL,
    "calls" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "widget_rate_pkey" PRIMARY KEY ("ip_hash","is_write")
);

-- DropIndex
DROP INDEX "feature_by_requester";

-- CreateIndex
CREATE INDEX "feature_by_requester" ON "feature"("requester_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "agent_claim_project_id_created_at_idx" ON "agent_claim"("project_id", "created_at");

-- CreateIndex
CREATE INDEX "conversation_by_last_message" ON "conversation"("project_id", "is_spam", "last_message_at", "id") WHERE (deleted_at is null);

-- CreateIndex
CREATE INDEX "conversation_by_created" ON "conversation"("project_id", "is_spam", "created_at", "id") WHERE (deleted_at is null);

-- CreateIndex
CREATE INDEX "conversation_by_updated" ON "conversation"("project_id", "is_spam", "updated_at", "id") WHERE (deleted_at is null);

-- CreateIndex
CREATE INDEX "conversation_by_waiting" ON "conversation"("project_id", "is_spam", "waiting_since", "id") WHERE (deleted_at is null and waiting_since is not null);

-- CreateIndex
CREATE INDEX "conversation_by_status" ON "conversation"("project_id", "is_spam", "status", "last_message_at", "id") WHERE (deleted_at is null);

-- CreateIndex
CREATE INDEX "conversation_by_priority" ON "conversation"("project_id", "is_spam", "priority", "last_message_at", "id") WHERE (deleted_at is null);

-- CreateIndex
CREATE INDEX "conversation_by_channel" ON "conversation"("project_id", "is_spam", "channel", "last_message_at", "id") WHERE (deleted_at is null);

-- CreateIndex
CREATE INDEX "conversation_by_assignee" ON "conversation"("project_id", "is_spam", "assignee_id", "last_message_at", "id") WHERE (deleted_at is null);

-- CreateIndex
CREATE INDEX "conversation_by_tags" ON "conversation" USING GIN ("tags");

-- CreateIndex
CREATE INDEX "conversation_unresolved" ON "conversation"("project_id", "is_spam", "last_message_at", "id") WHERE (deleted_at is null and status < 'resolved');

-- CreateIndex
CREATE INDEX "conversation_unresolved_by_assignee" ON "conversation"("project_id", "is_spam", "assignee_id", "last_message_at", "id") WHERE (deleted_at is null and status < 'resolved');

-- CreateIndex
CREATE INDEX "conversation_unread" ON "conversation"("project_id") WHERE (deleted_at is null and unread_count > 0 and is_spam = false);

-- CreateIndex
CREATE INDEX "conversation_by_requester" ON "conversation"("requester_id", "last_message_at", "id");

-- CreateIndex
CREATE INDEX "conversation_by_feature" ON "conversation"("feature_id", "last_message_at", "id");

-- CreateIndex
CREATE INDEX "conversation_to_wake" ON "conversation"("snoozed_until") WHERE (status = 'snoozed');

-- CreateIndex
CREATE INDEX "conversation_by_previous" ON "conversation"("previous_conversation_id");

-- CreateIndex
CREATE INDEX "conversation_to_purge" ON "conversation"("deleted_at") WHERE (deleted_at is not null);

-- CreateIndex
CREATE UNIQUE INDEX "message_conversation_id_seq_key" ON "message"("conversation_id", "seq");

-- CreateIndex
CREATE INDEX "conversation_event_conversation_id_created_at_id_idx" ON "conversation_event"("conversation_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_token_hash_key" ON "invitation"("token_hash");

-- CreateIndex
CREATE INDEX "invitation_project_id_created_at_id_idx" ON "invitation"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "invitation_invited_by_id_idx" ON "invitation"("invited_by_id");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_one_open" ON "invitation"("project_id", "email") WHERE (accepted_at is null and ended_at is null);

-- CreateIndex
CREATE INDEX "notification_by_created" ON "notification"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "notification_public" ON "notification"("project_id", "created_at", "id") WHERE (not is_private);

-- CreateIndex
CREATE INDEX "notification_by_type" ON "notification"("project_id", "type", "created_at", "id");

-- CreateIndex
CREATE INDEX "notification_by_audience" ON "notification"("project_id", "audience", "created_at", "id");

-- CreateIndex
CREATE INDEX "notification_feature_id_idx" ON "notification"("feature_id");

-- CreateIndex
CREATE INDEX "notification_conversation_id_idx" ON "notification"("conversation_id");

-- CreateIndex
CREATE INDEX "notification_to_expire" ON "notification"("expires_at") WHERE (expires_at is not null);

-- CreateIndex
CREATE INDEX "notification_receipt_unread" ON "notification_receipt"("requester_id", "notification_id") WHERE (read_at is null);

-- CreateIndex
CREATE INDEX "notification_receipt_requester_id_created_at_notification_i_idx" ON "notification_receipt"("requester_id", "created_at", "notification_id");

-- CreateIndex
CREATE INDEX "subscription_requester_id_idx" ON "subscription"("requester_id");

-- CreateIndex
CREATE INDEX "feed_mark_user_id_idx" ON "feed_mark"("user_id");

-- CreateIndex
CREATE INDEX "live_event_created_at_idx" ON "live_event"("created_at");

-- CreateIndex
CREATE INDEX "requester_device_requester_id_idx" ON "requester_device"("requester_id");

-- CreateIndex
CREATE INDEX "identity_secret_project_id_created_at_idx" ON "identity_secret"("project_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "identity_secret_one_present" ON "identity_secret"("project_id") WHERE (expires_at is null);

-- CreateIndex
CREATE INDEX "feature_to_purge" ON "feature"("deleted_at") WHERE (deleted_at is not null);

-- CreateIndex
CREATE INDEX "requester_by_last_seen" ON "requester"("project_id", "kind", "last_seen_at", "id");

-- CreateIndex
CREATE INDEX "requester_by_created" ON "requester"("project_id", "kind", "created_at", "id");

-- CreateIndex
CREATE INDEX "requester_by_revenue" ON "requester"("project_id", "kind", "monthly_revenue", "id");

-- CreateIndex
CREATE INDEX "requester_by_last_seen_of_all" ON "requester"("project_id", "last_seen_at", "id");

-- CreateIndex
CREATE INDEX "requester_by_created_of_all" ON "requester"("project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "requester_by_revenue_of_all" ON "requester"("project_id", "monthly_revenue", "id");

-- CreateIndex
CREATE INDEX "requester_by_updated" ON "requester"("project_id", "kind", "updated_at", "id");

-- CreateIndex
CREATE INDEX "requester_by_updated_of_all" ON "requester"("project_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX "comment_by_requester" ON "comment"("author_id") WHERE (author_kind = 'REQUESTER');

-- CreateIndex
CREATE INDEX "comment_to_purge" ON "comment"("deleted_at") WHERE (deleted_at is not null and body <> '');

-- AddForeignKey
ALTER TABLE "feature_screenshot" ADD CONSTRAINT "feature_screenshot_feature_id_fkey" FOREIGN KEY ("feature_id") REFERENCES "feature"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_claim" ADD CONSTRAINT "agent_claim_feature_id_fkey" FOREIGN KEY ("feature_id") REFERENCES "feature"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_claim" ADD CONSTRAINT "agent_claim_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_loop_month" ADD CONSTRAINT "agent_loop_month_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_feature_id_fkey" FOREIGN KEY ("feature_id") REFERENCES "feature"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_requester_id_fkey" FOREIGN KEY ("requester_id") REFERENCES "requester"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_assignee_id_fkey" FOREIGN KEY ("assignee_id") REFERENCES "user"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_previous_conversation_id_fkey" FOREIGN KEY ("previous_conversation_id") REFERENCES "conversation"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "message" ADD CONSTRAINT "message_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "conversation_event" ADD CONSTRAINT "conversation_event_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_invited_by_id_fkey" FOREIGN KEY ("invited_by_id") REFERENCES "user"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification" ADD CONSTRAINT "notification_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification" ADD CONSTRAINT "notification_feature_id_fkey" FOREIGN KEY ("feature_id") REFERENCES "feature"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification" ADD CONSTRAINT "notification_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification_receipt" ADD CONSTRAINT "notification_receipt_notification_id_fkey" FOREIGN KEY ("notification_id") REFERENCES "notification"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification_receipt" ADD CONSTRAINT "notification_receipt_requester_id_fkey" FOREIGN KEY ("requester_id") REFERENCES "requester"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscription" ADD CONSTRAINT "subscription_feature_id_fkey" FOREIGN KEY ("feature_id") REFERENCES "feature"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscription" ADD CONSTRAINT "subscription_requester_id_fkey" FOREIGN KEY ("requester_id") REFERENCES "requester"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "feed_mark" ADD CONSTRAINT "feed_mark_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "feed_mark" ADD CONSTRAINT "feed_mark_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "announcement_day" ADD CONSTRAINT "announcement_day_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "live_feed" ADD CONSTRAINT "live_feed_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "requester_device" ADD CONSTRAINT "requester_device_requester_id_fkey" FOREIGN KEY ("requester_id") REFERENCES "requester"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "identity_secret" ADD CONSTRAINT "identity_secret_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "widget_config" ADD CONSTRAINT "widget_config_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema language cannot say.

-- A verified address belongs to one requester of a project.
CREATE UNIQUE INDEX "requester_verified_email" ON "requester" ("project_id", lower("email")) WHERE "email_verified";

-- The filter by the trait `plan`, in the order of the default sort.
CREATE INDEX "requester_by_plan" ON "requester" ("project_id", ("traits"->>'plan'), "last_seen_at", "id") WHERE ("traits"->>'plan') IS NOT NULL;

-- Full-text searches, as over the backlog: queries must use the same expressions. \x3b is the semicolon.
CREATE INDEX "requester_search" ON "requester" USING GIN (
  to_tsvector('simple', translate(coalesce("name", '') || ' ' || coalesce("email", '') || ' ' || coalesce("company", '') || ' ' || coalesce("external_id", ''), E'!"#$%&''()*+,-./:\x3b<=>?@[\\]^_`{|}~', repeat(' ', 32)))
);
CREATE INDEX "conversation_search" ON "conversation" USING GIN (
  to_tsvector('simple', translate(coalesce("subject", '') || ' ' || coalesce("last_message_preview", ''), E'!"#$%&''()*+,-./:\x3b<=>?@[\\]^_`{|}~', repeat(' ', 32)))
) WHERE "deleted_at" IS NULL;

ALTER TABLE "conversation" ADD CONSTRAINT "conversation_counts" CHECK ("unread_count" >= 0 AND "requester_unread_count" >= 0);
ALTER TABLE "conversation" ADD CONSTRAINT "conversation_snooze" CHECK (("status" = 'snoozed') = ("snoozed_until" IS NOT NULL));
ALTER TABLE "announcement_day" ADD CONSTRAINT "announcement_day_sent" CHECK ("sent" BETWEEN 0 AND 3);
ALTER TABLE "agent_loop_month" ADD CONSTRAINT "agent_loop_month_used" CHECK ("used" >= 0);

-- Prisma reads a list and never null.
ALTER TABLE "conversation" ALTER COLUMN "tags" SET NOT NULL;
ALTER TABLE "notification" ALTER COLUMN "channels" SET NOT NULL;
ALTER TABLE "project" ALTER COLUMN "allowed_origins" SET NOT NULL;
ALTER TABLE "widget_config" ALTER COLUMN "categories_enabled" SET NOT NULL;

-- What was there before: requesters came by the API only, and who submitted or voted is told of what becomes of it.
UPDATE "requester" SET "identity_method" = 'api', "identified_at" = "created_at", "first_seen_at" = "created_at", "last_seen_at" = "updated_at";
INSERT INTO "subscription" ("feature_id", "requester_id", "created_at")
  SELECT "feature_id", "requester_id", "created_at" FROM "vote"
  UNION ALL
  SELECT "id", "requester_id", "created_at" FROM "feature" WHERE "requester_id" IS NOT NULL
  ON CONFLICT DO NOTHING;
