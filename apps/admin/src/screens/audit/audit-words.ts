import type { auditSchemas } from '@reqbase/core/contract';

type AuditEntry = auditSchemas.AuditEntry;

/** What the log calls an act, as people say it. What is not in here is shown as the log has it. */
export const ACTION_WORDS: Readonly<Record<string, string>> = {
  'session.created': 'Signed in',
  'session.refused': 'Sign-in refused',
  'session.ended': 'Signed out',
  'user.password_changed': 'Changed the password',
  'api_key.created': 'Created an API key',
  'api_key.updated': 'Changed an API key',
  'api_key.rotated': 'Rotated an API key',
  'api_key.revoked': 'Revoked an API key',
  'service_account.created': 'Created a service account',
  'service_account.updated': 'Changed a service account',
  'service_account.disabled': 'Disabled a service account',
  'service_account.enabled': 'Enabled a service account',
  'member.invited': 'Invited a member',
  'member.joined': 'Joined',
  'member.left': 'Left the project',
  'member.removed': 'Removed a member',
  'member.role_changed': 'Changed a role',
  'invitation.resent': 'Sent an invitation again',
  'invitation.revoked': 'Revoked an invitation',
  'device.approved': 'Let a device in',
  'device.denied': 'Kept a device out',
  'connected_app.approved': 'Connected an app',
  'connected_app.denied': 'Kept an app out',
  'connected_app.ended': 'Used a code or token twice: the app is disconnected',
  'connected_app.revoked': 'Disconnected an app',
  'project.created': 'Created a project',
  'project.updated': 'Changed the project',
  'project.deleted': 'Deleted the project',
  'project.ownership_transferred': 'Transferred the project',
  'identity_secret.revealed': 'Revealed the signing secret',
  'identity_secret.rotated': 'Rotated the signing secret',
  'widget.updated': 'Changed the widget',
  'webhook.created': 'Created a webhook',
  'webhook.updated': 'Changed a webhook',
  'webhook.tested': 'Tested a webhook',
  'webhook.secret_rotated': 'Rotated the secret of a webhook',
  'webhook.deleted': 'Deleted a webhook',
  'feature.created': 'Created a request',
  'feature.status_changed': 'Changed a status',
  'feature.deleted': 'Deleted a request',
  'feature.voted': 'Added a vote',
  'feature.vote_removed': 'Removed a vote',
  'feature.note_written': 'Wrote a developer note',
  'feature.agent_section_written': 'Wrote an agent section',
  'feature.agent_claimed': 'Claimed a request for an agent',
  'comment.created': 'Commented',
  'comment.edited': 'Edited a comment',
  'comment.deleted': 'Deleted a comment',
  'conversation.created': 'Started a conversation',
  'conversation.updated': 'Changed a conversation',
  'conversation.deleted': 'Deleted a conversation',
  'conversation.read': 'Marked a conversation as read',
  'conversation.unread': 'Marked a conversation as unread',
  'message.created': 'Replied',
  'requester.updated': 'Changed a requester',
  'requester.upserted': 'Created or changed a requester',
  'requester.removed': 'Erased a requester',
  'announcement.sent': 'Sent an announcement',
  'notifications.seen': 'Looked at the notifications',
  'scan.ingested': 'Scanned an API',
  'service.updated': 'Changed a service',
  'environment.created': 'Added an environment',
  'workflow.created': 'Added a workflow',
  'finding.triaged': 'Decided on a finding',
};

/** What was done; of a refusal, what was tried. */
export function actionText({ action, outcome }: Pick<AuditEntry, 'action' | 'outcome'>): string {
  return ACTION_WORDS[action] ?? (outcome === 'denied' ? `Tried ${action}` : action);
}

/** Who acted, as the log names them. */
export function actorText({ actor, apiKey }: Pick<AuditEntry, 'actor' | 'apiKey'>): string {
  return actor.name ?? apiKey?.name ?? (actor.type === 'system' ? 'Reqbase' : 'Somebody who is gone');
}
