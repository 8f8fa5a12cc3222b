// All that browsers and the command line may know: schemas, scopes, roles, plans, codes. No node modules behind this entry.
export * from '@reqbase/auth/contract';
export * as apiKeySchemas from './modules/api-keys/schema.ts';
export * as auditSchemas from './modules/audit/schema.ts';
export * as backlogSchemas from './modules/backlog/schema.ts';
export * as ingestSchemas from './modules/catalogue/ingest-schema.ts';
export * as catalogueSchemas from './modules/catalogue/schema.ts';
export * as conversationSchemas from './modules/conversations/schema.ts';
export { mayMakeKeys } from './modules/device/may-make-keys.ts';
export * as deviceSchemas from './modules/device/schema.ts';
export * as memberSchemas from './modules/members/schema.ts';
export * as notificationSchemas from './modules/notifications/schema.ts';
export * as organizationSchemas from './modules/organizations/schema.ts';
export * as projectSchemas from './modules/projects/schema.ts';
export * as requesterSchemas from './modules/requesters/schema.ts';
export * as usageSchemas from './modules/usage/schema.ts';
export * as webhookSchemas from './modules/webhooks/schema.ts';
export * as widgetSchemas from './modules/widget/schema.ts';
export * as visitorSchemas from './modules/widget/visitor-schema.ts';
