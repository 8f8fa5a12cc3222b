import { expect, it } from 'vitest';
import { bodyOf } from './payload.ts';

it('a body is spelled as the organization’s surface spells the same, but for what the project itself has named', () => {
  const data = {
    lastSeenAt: null,
    jobTitle: 'Rear admiral',
    tags: ['a', 'b'],
    traits: { planName: 'team', seatsLeft: 7 },
  };
  const body = bodyOf({
    id: '01a200b1-4e0a-7d11-9c55-5b1a33b7c0de',
    event: 'contact.created',
    createdAt: new Date('2026-03-14T10:20:30.250Z'),
    projectId: '01a200a4-9700-7c0e-9f5e-0f2f6a1b2c3d',
    data,
  });
  expect(JSON.parse(body)).toEqual({
    id: '01a200b1-4e0a-7d11-9c55-5b1a33b7c0de',
    event: 'contact.created',
    created_at: '2026-03-14T10:20:30.250Z',
    project_id: '01a200a4-9700-7c0e-9f5e-0f2f6a1b2c3d',
    data: {
      last_seen_at: null,
      job_title: 'Rear admiral',
      tags: ['a', 'b'],
      metadata: { planName: 'team', seatsLeft: 7 },
    },
  });
});
