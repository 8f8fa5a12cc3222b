import { backlogSchemas } from '@reqbase/core/contract';
import { expect, it } from 'vitest';
import { EMPTY_REQUEST, toCreateFeature } from './request-values.ts';

const filled = {
  ...EMPTY_REQUEST,
  title: 'Dark mode',
  rating: 4,
  doing: 'Saving',
  requesterEmail: ' ada@customer.example ',
  requesterName: 'Ada',
};

it('sends nothing that was not entered', () => {
  expect(toCreateFeature('demo', { ...EMPTY_REQUEST, title: 'Dark mode' })).toEqual({
    projectId: 'demo',
    title: 'Dark mode',
    category: 'FEATURE',
    tags: [],
  });
});

it('sends the particulars of the chosen category only', () => {
  expect(toCreateFeature('demo', filled)).not.toHaveProperty('rating');
  expect(toCreateFeature('demo', { ...filled, category: 'FEEDBACK' })).toMatchObject({ rating: 4 });
  expect(toCreateFeature('demo', { ...filled, category: 'FEEDBACK' })).not.toHaveProperty('errorReport');
  expect(toCreateFeature('demo', { ...filled, category: 'ERROR' })).toMatchObject({
    errorReport: { doing: 'Saving', expected: '', happened: '' },
  });
});

it('sends what the API takes, for every category', () => {
  for (const category of backlogSchemas.FeatureCategory.options) {
    expect(backlogSchemas.CreateFeature.safeParse(toCreateFeature('demo', { ...filled, category })).success).toBe(true);
  }
});
