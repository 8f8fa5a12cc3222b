-- CreateEnum
CREATE TYPE "service_lifecycle" AS ENUM ('experimental', 'production', 'deprecated');

-- CreateEnum
CREATE TYPE "endpoint_state" AS ENUM ('active', 'deprecated', 'removed');

-- CreateEnum
CREATE TYPE "finding_severity" AS ENUM ('info', 'low', 'medium', 'high', 'critical');

-- CreateEnum
CREATE TYPE "finding_state" AS ENUM ('open', 'accepted', 'resolved', 'ignored');

-- CreateTable
CREATE TABLE "service" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "owner_team" TEXT,
    "lifecycle" "service_lifecycle" NOT NULL DEFAULT 'production',
    "tags" TEXT[],
    "latest_scan_id" UUID,
    "endpoint_count" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "service_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_environment" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "service_environment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_workflow" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "service_workflow_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "scan_run" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "environment_id" UUID,
    "workflow_id" UUID,
    "spec_hash" TEXT NOT NULL,
    "spec_format" TEXT NOT NULL,
    "spec_version" TEXT,
    "title" TEXT,
    "source" JSONB,
    "previous_scan_id" UUID,
    "is_unchanged" BOOLEAN NOT NULL,
    "endpoint_count" INTEGER NOT NULL,
    "finding_count" INTEGER NOT NULL,
    "added" INTEGER NOT NULL,
    "removed" INTEGER NOT NULL,
    "changed" INTEGER NOT NULL,
    "operation_ids" INTEGER NOT NULL,
    "endpoints" JSONB NOT NULL,
    "findings" JSONB NOT NULL,
    "created_by_key_id" UUID,
    "created_by_id" UUID,
    "created_by_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "scan_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "endpoint" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "identity" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "path_start" TEXT NOT NULL,
    "operation_id" TEXT,
    "tags" TEXT[],
    "summary" TEXT,
    "state" "endpoint_state" NOT NULL,
    "first_seen_scan_id" UUID NOT NULL,
    "last_seen_scan_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "finding" (
    "id" UUID NOT NULL,
    "org_id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "severity" "finding_severity" NOT NULL,
    "message" TEXT NOT NULL,
    "method" TEXT,
    "path" TEXT,
    "state" "finding_state" NOT NULL DEFAULT 'open',
    "reason" TEXT,
    "decided_by_id" UUID,
    "decided_by_name" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "ignored_until" TIMESTAMPTZ(3),
    "first_seen_scan_id" UUID NOT NULL,
    "last_seen_scan_id" UUID NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "finding_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "service_org_id_created_at_id_idx" ON "service"("org_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "service_org_id_name_key_key" ON "service"("org_id", "name_key");

-- CreateIndex
CREATE UNIQUE INDEX "service_environment_service_id_name_key_key" ON "service_environment"("service_id", "name_key");

-- CreateIndex
CREATE UNIQUE INDEX "service_workflow_service_id_name_key_key" ON "service_workflow"("service_id", "name_key");

-- CreateIndex
CREATE INDEX "scan_run_service_id_created_at_id_idx" ON "scan_run"("service_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "scan_run_by_environment" ON "scan_run"("environment_id") WHERE (environment_id is not null);

-- CreateIndex
CREATE INDEX "scan_run_by_workflow" ON "scan_run"("workflow_id") WHERE (workflow_id is not null);

-- CreateIndex
CREATE UNIQUE INDEX "scan_run_service_id_number_key" ON "scan_run"("service_id", "number");

-- CreateIndex
CREATE INDEX "endpoint_service_id_path_start_id_idx" ON "endpoint"("service_id", "path_start", "id");

-- CreateIndex
CREATE UNIQUE INDEX "endpoint_service_id_identity_key" ON "endpoint"("service_id", "identity");

-- CreateIndex
CREATE INDEX "finding_org_id_created_at_id_idx" ON "finding"("org_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "finding_service_id_created_at_id_idx" ON "finding"("service_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "finding_service_id_fingerprint_key" ON "finding"("service_id", "fingerprint");

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service_environment" ADD CONSTRAINT "service_environment_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service_workflow" ADD CONSTRAINT "service_workflow_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "scan_run" ADD CONSTRAINT "scan_run_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "scan_run" ADD CONSTRAINT "scan_run_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "service_environment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "scan_run" ADD CONSTRAINT "scan_run_workflow_id_fkey" FOREIGN KEY ("workflow_id") REFERENCES "service_workflow"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "endpoint" ADD CONSTRAINT "endpoint_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "finding" ADD CONSTRAINT "finding_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;
