-- CreateIndex
CREATE INDEX "finding_org_id_severity_id_idx" ON "finding"("org_id", "severity", "id");

-- CreateIndex
CREATE INDEX "finding_service_id_severity_id_idx" ON "finding"("service_id", "severity", "id");
