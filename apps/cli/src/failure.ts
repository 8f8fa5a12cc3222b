/** What the process ends with. Source: wire-facts, CLI. */
export const EXIT = { ok: 0, usage: 1, api: 2, auth: 3, rateLimited: 4, findings: 5 } as const;

/** An end that is told to the caller: a sentence, a code for programs, what the server said of it. */
export class Failure extends Error {
  readonly exitCode: (typeof EXIT)[keyof typeof EXIT];
  readonly code: string;
  readonly requestId: string | null;
  readonly status: number | null;
  readonly details: readonly string[];
  /** What programs are told beside it. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    {
      exitCode,
      code,
      requestId = null,
      status = null,
      details = [],
      facts = {},
    }: {
      exitCode: Failure['exitCode'];
      code: string;
      requestId?: string | null;
      status?: number | null;
      details?: readonly string[];
      facts?: Readonly<Record<string, unknown>>;
    },
  ) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
    this.requestId = requestId;
    this.status = status;
    this.details = details;
    this.facts = facts;
  }
}

/** A wrong call of the command line itself. */
export function usage(message: string, ...details: string[]): Failure {
  return new Failure(message, { exitCode: EXIT.usage, code: 'USAGE', details });
}

/** Nobody is signed in. */
export function signedOut(): Failure {
  return new Failure('You are not signed in.', {
    exitCode: EXIT.auth,
    code: 'NOT_SIGNED_IN',
    details: ['Run `reqbase auth login`, or give a key with --api-key or RIQ_API_KEY.'],
  });
}
