import { randomUUID } from 'node:crypto';
import { DomainError } from '@reqbase/auth';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { imageTypeOf, LARGEST_SCREENSHOT_BYTES, saveScreenshot } from './screenshot.ts';
import { seedFeature } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;
let id: string;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
  id = await seedFeature(core, tenant);
});

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64');
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46]);
const WEBP = Buffer.from('RIFF\x24\x00\x00\x00WEBPVP8 ', 'latin1');

const save = (bytes: Uint8Array, of = id) => core.db.prisma.$transaction((tx) => saveScreenshot(tx, of, bytes));
const get = (of = id) => me.backlog.getScreenshot({ projectId: tenant.project.id, id: of });
const rowOf = () => core.db.prisma.feature.findUniqueOrThrow({ where: { id }, select: { hasScreenshot: true, version: true } });

describe('a screenshot', () => {
  it.each([
    ['image/png', PNG],
    ['image/jpeg', JPEG],
    ['image/webp', WEBP],
  ])('of the type %s is kept to the byte, and shown with the type that its bytes say', async (mimeType, bytes) => {
    await save(bytes);
    expect(await get()).toEqual({ image: bytes.toString('base64'), mimeType });
    expect(await rowOf()).toEqual({ hasScreenshot: true, version: 2 });
  });

  it('takes the place of the one before', async () => {
    await save(PNG);
    await save(JPEG);
    expect((await get()).mimeType).toBe('image/jpeg');
    expect(await core.db.prisma.featureScreenshot.count({ where: { featureId: id } })).toBe(1);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['GIF', Buffer.from('GIF89a\x01\x00\x01\x00')],
    ['a beginning and no more', PNG.subarray(0, 8)],
    ['a PNG behind something else', Buffer.concat([Buffer.from(' '), PNG])],
    ['RIFF that is no WebP', Buffer.from('RIFF\x24\x00\x00\x00WAVEfmt ', 'latin1')],
  ])('that is %s is refused by the field, and leaves nothing', async (_what, bytes) => {
    expect(imageTypeOf(bytes)).toBeNull();
    expect(await refusalOf(save(bytes))).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: 'screenshot' }] });
    expect([await outcomeOf(get()), await rowOf()]).toEqual(['SCREENSHOT_NOT_FOUND', { hasScreenshot: false, version: 1 }]);
  });

  it('has at most 2 MiB', async () => {
    const of = (length: number) => Buffer.concat([PNG, Buffer.alloc(length - PNG.length)]);
    expect(await outcomeOf(save(of(LARGEST_SCREENSHOT_BYTES + 1)))).toBe('PAYLOAD_TOO_LARGE');
    expect(await outcomeOf(save(of(LARGEST_SCREENSHOT_BYTES)))).toBe('admitted');
    expect(Buffer.from((await get()).image, 'base64')).toHaveLength(LARGEST_SCREENSHOT_BYTES);
  });

  it('is gone with the transaction that keeps it', async () => {
    const failing = core.db.prisma.$transaction(async (tx) => {
      await saveScreenshot(tx, id, PNG);
      throw new DomainError('CONFLICT');
    });
    expect([await outcomeOf(failing), await outcomeOf(get()), (await rowOf()).hasScreenshot]).toEqual([
      'CONFLICT',
      'SCREENSHOT_NOT_FOUND',
      false,
    ]);
  });

  it('of a feature of another project is not there at all', async () => {
    const foreign = await seedFeature(core, await seedTenant(core));
    await save(PNG, foreign);
    for (const of of [foreign, randomUUID()]) expect(await outcomeOf(get(of))).toBe('FEATURE_NOT_FOUND');
  });
});
