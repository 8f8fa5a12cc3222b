import { webhookSchemas } from '@reqbase/core/contract';
import { describe, expect, it } from 'vitest';
import { ALL, EVENT_GROUPS, includedBy, toggle } from './event-choice.ts';

describe('the choice of events', () => {
  it('offers every event but the test, and no wildcard that the server does not know', () => {
    const offered = EVENT_GROUPS.flatMap(({ events }) => events.map(({ name }) => name));
    expect([...offered, 'webhook.test'].toSorted()).toEqual(webhookSchemas.WEBHOOK_EVENT_NAMES.toSorted());
    for (const { wildcard, events } of EVENT_GROUPS)
      expect([webhookSchemas.WEBHOOK_WILDCARDS.includes(wildcard), events.length > 0]).toEqual([true, true]);
  });

  it('takes out what a wider word includes, and nothing else', () => {
    const some = ['message.created', 'feature.created'];
    expect(toggle(some, 'feature.*')).toEqual(['message.created', 'feature.*']);
    expect(toggle(['feature.*', 'quota.*'], ALL)).toEqual([ALL]);
    expect(toggle(some, 'message.created')).toEqual(['feature.created']);
    expect(toggle([], 'message.created')).toEqual(['message.created']);
  });

  it('says what includes a word', () => {
    expect(includedBy(['feature.*'], 'feature.created')).toBe('feature.*');
    expect(includedBy([ALL], 'feature.*')).toBe(ALL);
    expect([
      includedBy(['feature.*'], 'feature.*'),
      includedBy(['*'], '*'),
      includedBy(['feature.*'], 'message.created'),
    ]).toEqual([null, null, null]);
  });
});
