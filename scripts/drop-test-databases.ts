export { dropTestDatabases as teardown } from '../packages/db/src/testing.ts';
