/** What Node, PostgreSQL (class 08, 53300, 57P0x), Prisma and Redis say when a store cannot be reached. */
const CODES = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|08\w{3}|53300|57P0[123]|P1001|P1002|P1008|P1017)$/;
const NAMES = ['ClientOfflineError', 'ClientClosedError', 'SocketClosedUnexpectedlyError', 'DisconnectsClientError'];
const DEEPEST_CAUSE = 5;

/** Says whether a failure is that the database or Redis cannot be reached, so that a retry may succeed. */
export function isOutOfReach(error: unknown, depth = DEEPEST_CAUSE): boolean {
  if (!(error instanceof Error) || depth === 0) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return CODES.test(code) || NAMES.includes(error.constructor.name) || isOutOfReach(error.cause, depth - 1);
}
