import { tellExpiringKeys, tellRevokedKeys } from './modules/api-keys/jobs.ts';
import { connectedAppJobs } from './modules/connected-apps/jobs.ts';
import { wakeConversation, wakeDueConversations } from './modules/conversations/jobs.ts';
import { deviceJobs } from './modules/device/jobs.ts';
import { sendMail } from './modules/mail/send-mail.ts';
import { expireInvitations } from './modules/members/jobs.ts';
import { notificationJobs } from './modules/notifications/jobs.ts';
import { retentionJobs } from './modules/retention/jobs.ts';
import { webhookJobs } from './modules/webhooks/rounds.ts';
import { widgetJobs } from './modules/widget/visitor-jobs.ts';
import type { Job } from './queue.ts';

/** All jobs of all slices: one that is not here has no queue and cannot be added. */
export const JOBS: readonly Job<object>[] = [
  tellExpiringKeys,
  tellRevokedKeys,
  expireInvitations,
  wakeConversation,
  wakeDueConversations,
  sendMail,
  ...connectedAppJobs,
  ...deviceJobs,
  ...notificationJobs,
  ...retentionJobs,
  ...webhookJobs,
  ...widgetJobs,
];
