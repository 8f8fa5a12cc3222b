-- CreateEnum
CREATE TYPE "api_key_source" AS ENUM ('direct', 'device_flow');

-- CreateEnum
CREATE TYPE "device_status" AS ENUM ('pending', 'approved', 'denied', 'lapsed', 'redeemed');

-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "source" "api_key_source" NOT NULL DEFAULT 'direct';

-- CreateTable
CREATE TABLE "device_authorization" (
    "id" UUID NOT NULL,
    "device_code_hash" BYTEA NOT NULL,
    "user_code_hash" BYTEA NOT NULL,
    "client_name" TEXT NOT NULL,
    "scopes" TEXT[],
    "status" "device_status" NOT NULL DEFAULT 'pending',
    "ip" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "interval" INTEGER NOT NULL DEFAULT 5,
    "next_poll_at" TIMESTAMPTZ(3),
    "claimed_by_id" UUID,
    "decided_by_id" UUID,
    "decided_at" TIMESTAMPTZ(3),
    "org_id" UUID,
    "granted_scopes" TEXT[],
    "key_expires_at" TIMESTAMPTZ(3),
    "api_key_id" UUID,

    CONSTRAINT "device_authorization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "device_rate" (
    "subject" BYTEA NOT NULL,
    "window_start" TIMESTAMPTZ(0) NOT NULL,
    "calls" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "device_rate_pkey" PRIMARY KEY ("subject")
);

-- CreateIndex
CREATE UNIQUE INDEX "device_authorization_device_code_hash_key" ON "device_authorization"("device_code_hash");

-- CreateIndex
CREATE UNIQUE INDEX "device_authorization_user_code_hash_key" ON "device_authorization"("user_code_hash");

-- CreateIndex
CREATE INDEX "device_authorization_expires_at_idx" ON "device_authorization"("expires_at");

-- CreateIndex
CREATE INDEX "device_authorization_claimed_by_id_idx" ON "device_authorization"("claimed_by_id");

-- CreateIndex
CREATE INDEX "device_authorization_decided_by_id_idx" ON "device_authorization"("decided_by_id");

-- CreateIndex
CREATE INDEX "device_authorization_org_id_idx" ON "device_authorization"("org_id");

-- CreateIndex
CREATE INDEX "device_rate_window_start_idx" ON "device_rate"("window_start");

-- AddForeignKey
ALTER TABLE "device_authorization" ADD CONSTRAINT "device_authorization_claimed_by_id_fkey" FOREIGN KEY ("claimed_by_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_authorization" ADD CONSTRAINT "device_authorization_decided_by_id_fkey" FOREIGN KEY ("decided_by_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_authorization" ADD CONSTRAINT "device_authorization_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;
