export { type AppRouter, appRouter, createCaller } from './app-router.ts';
export { claimIdempotency, type IdempotencyOutcome, purgeIdempotencyRecords } from './idempotency.ts';
export { DOCUMENTED_SURFACES } from './openapi/surfaces.ts';
export { type BoundProcedure, boundProcedures, listProcedures, type ProcedureFacts } from './procedures.ts';
export { contextFor, createServices, keyCredential, type Services, withIdempotency } from './services.ts';
export type { Context, HttpMethod, Meta, RestBinding, Surface } from './trpc.ts';
