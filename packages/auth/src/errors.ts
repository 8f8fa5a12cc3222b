/**
 * Every refusal of every surface: `code → [HTTP status, default message]`. Codes are stable; callers branch on them.
 * Browser-safe. Source: the contracts and reference/scopes-codes-limits.
 */
export const ERRORS = {
  AUTHORIZATION_PENDING: [202, 'The request waits for approval.'],
  BAD_REQUEST: [400, 'The request did not pass validation.'],
  BAD_JSON: [400, 'The request body is not valid JSON.'],
  NO_UPDATES: [400, 'The request changes nothing.'],
  INVALID_CURSOR: [400, 'The cursor is not valid for this list and its filters.'],
  AMBIGUOUS_CREDENTIALS: [400, 'X-API-Key and Authorization carry different credentials.'],
  UNAUTHORIZED: [401, 'Authentication is required or invalid.'],
  INVALID_IDENTITY: [401, 'The identity token or signature is not valid.'],
  INVALID_TOKEN: [401, 'The access token is not valid here.'],
  API_KEY_EXPIRED: [401, 'The API key has expired.'],
  API_KEY_REVOKED: [401, 'The API key has been revoked.'],
  IP_NOT_ALLOWED: [403, 'The API key may not be used from this address.'],
  ORIGIN_NOT_ALLOWED: [403, 'Pages of this origin may not use the widget.'],
  NOT_OFFERED: [403, 'The widget of this project does not offer this.'],
  FORBIDDEN: [403, 'Your role does not allow this.'],
  INSUFFICIENT_SCOPE: [403, 'The credential lacks the required scope.'],
  API_KEY_ORG_MISMATCH: [403, 'API key is not authorized for this organization'],
  API_KEY_PROJECT_MISMATCH: [403, 'API key is not authorized for this project'],
  PLAN_REQUIRED: [403, 'The plan does not include this.'],
  SCOPE_NOT_GRANTABLE: [403, 'The key may not have some of these scopes.'],
  ACCESS_DENIED: [403, 'The request was denied.'],
  INVITATION_FOR_ANOTHER: [403, 'The invitation was sent to another e-mail address.'],
  RESOURCE_NOT_FOUND: [404, 'Nothing is found at this address.'],
  ORGANIZATION_NOT_FOUND: [404, 'Organization not found'],
  PROJECT_NOT_FOUND: [404, 'Project not found'],
  FEATURE_NOT_FOUND: [404, 'Feature not found'],
  SCREENSHOT_NOT_FOUND: [404, 'Screenshot not found'],
  COMMENT_NOT_FOUND: [404, 'Comment not found'],
  CONVERSATION_NOT_FOUND: [404, 'Conversation not found'],
  REQUESTER_NOT_FOUND: [404, 'Requester not found'],
  CONTACT_NOT_FOUND: [404, 'Contact not found'],
  MEMBER_NOT_FOUND: [404, 'Member not found'],
  INVITATION_NOT_FOUND: [404, 'Invitation not found'],
  API_KEY_NOT_FOUND: [404, 'API key not found'],
  CONNECTED_APP_NOT_FOUND: [404, 'Connected app not found'],
  USER_CODE_NOT_FOUND: [404, 'There is no request with this code.'],
  WEBHOOK_NOT_FOUND: [404, 'Webhook not found'],
  SERVICE_NOT_FOUND: [404, 'Service not found'],
  ENVIRONMENT_NOT_FOUND: [404, 'Environment not found'],
  WORKFLOW_NOT_FOUND: [404, 'Workflow not found'],
  SCAN_RUN_NOT_FOUND: [404, 'Scan run not found'],
  FINDING_NOT_FOUND: [404, 'Finding not found'],
  SERVICE_ACCOUNT_NOT_FOUND: [404, 'Service account not found'],
  METHOD_NOT_ALLOWED: [405, 'The method is not allowed here.'],
  CONFLICT: [409, 'The request conflicts with the present state.'],
  SLUG_CONFLICT: [409, 'The slug is taken.'],
  CONFIRM_REQUIRED: [409, 'Nothing has been done yet: this asks for `confirm: true`.'],
  ALREADY_MEMBER: [409, 'This person has this role or a higher one already.'],
  ALREADY_INVITED: [409, 'This address has an open invitation to the project.'],
  ACCOUNT_EXISTS: [409, 'An account with this address exists: sign in with it to accept.'],
  LAST_OWNER: [409, 'A project has exactly one owner: transfer the ownership first.'],
  ROLE_THROUGH_ORGANIZATION: [409, 'This role comes from the organization and is changed there.'],
  INVALID_STATUS_TRANSITION: [409, 'It cannot take this status.'],
  WEBHOOK_LIMIT: [409, 'A project has 20 webhooks at most.'],
  IDEMPOTENCY_CONFLICT: [409, 'The idempotency key is in use by another request.'],
  GONE: [410, 'This is no longer available.'],
  DEVICE_CODE_EXPIRED: [410, 'The code has expired, or has been used. Ask for a new one.'],
  PRECONDITION_FAILED: [412, 'The resource has changed since it was read.'],
  PAYLOAD_TOO_LARGE: [413, 'The request body is too large.'],
  URI_TOO_LONG: [414, 'The path is too long.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The request body must be application/json.'],
  RATE_LIMITED: [429, 'Too many requests'],
  SLOW_DOWN: [429, 'Asked again too soon. Wait as many seconds as interval says.'],
  API_QUOTA_EXCEEDED: [
    429,
    'Daily API request limit reached for this project. It resets at 00:00 UTC. Upgrade for a higher limit.',
  ],
  ANNOUNCEMENT_LIMIT: [429, 'Three announcements a day have been sent. The next is possible from 00:00 UTC.'],
  INTERNAL_ERROR: [500, 'Something went wrong on our side.'],
  UNAVAILABLE: [503, 'The service is not available right now.'],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorStatus = (typeof ERRORS)[ErrorCode][0];

export type Issue = { readonly path: string; readonly message: string };

/** Machine-readable particulars of a refusal; dialects choose their casing. */
export type ErrorDetail = {
  readonly requiredScope?: string;
  readonly grantedScopes?: readonly string[];
  readonly requiredPlan?: string;
  readonly requiredRole?: string;
  /** Developer seats of the project: how many are taken, of how many. */
  readonly seats?: { readonly used: number; readonly limit: number };
  readonly offenders?: readonly { readonly scope: string; readonly reason: string }[];
  readonly allowed?: readonly string[];
  /** What a call that asks to be confirmed would do. */
  readonly wouldHappen?: string;
};

/** What a caller is told of a failure, on whichever surface. */
export type PublicError = {
  readonly status: ErrorStatus;
  readonly code: ErrorCode;
  readonly message: string;
  readonly issues: readonly Issue[];
  /** Seconds. */
  readonly retryAfter?: number;
  readonly detail?: ErrorDetail;
};
