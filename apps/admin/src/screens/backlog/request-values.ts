import type { backlogSchemas } from '@reqbase/core/contract';

/** The form of a new request: texts, empty where nothing was entered. */
export type RequestValues = {
  title: string;
  description: string;
  category: backlogSchemas.FeatureCategory;
  tags: string[];
  rating: number;
  doing: string;
  expected: string;
  happened: string;
  requesterEmail: string;
  requesterName: string;
};

export const EMPTY_REQUEST: RequestValues = {
  title: '',
  description: '',
  category: 'FEATURE',
  tags: [],
  rating: 0,
  doing: '',
  expected: '',
  happened: '',
  requesterEmail: '',
  requesterName: '',
};

/** What the API takes: only what was entered, and only the particulars of the category. */
export function toCreateFeature(projectId: string, values: RequestValues) {
  const { title, description, category, tags, rating, doing, expected, happened, requesterEmail, requesterName } = values;
  const isReported = category === 'ERROR' && [doing, expected, happened].some((text) => text.trim() !== '');
  const isOnBehalf = requesterEmail.trim() !== '' || requesterName.trim() !== '';
  return {
    projectId,
    title,
    category,
    tags,
    ...(description.trim() !== '' && { description }),
    ...(category === 'FEEDBACK' && rating > 0 && { rating }),
    ...(isReported && { errorReport: { doing, expected, happened } }),
    ...(isOnBehalf && {
      requester: {
        ...(requesterEmail.trim() !== '' && { email: requesterEmail.trim() }),
        ...(requesterName.trim() !== '' && { name: requesterName }),
      },
    }),
  };
}
