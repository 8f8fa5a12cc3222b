import type { Database } from '@reqbase/db';
import type { Queue } from './queue.ts';

export function bossQueue(_db: Database): Queue {
  return {
    add: () => Promise.reject(new Error('the queue is being built')),
  };
}
