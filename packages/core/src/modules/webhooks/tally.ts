/** What can become of an attempt at a delivery; `dropped`: there was nothing to send any more, or nobody to send it to. */
export type DeliveryOutcome = 'succeeded' | 'retried' | 'failed' | 'dropped';

/** Counts what became of the attempts of this process. */
export type DeliveryTally = {
  note(outcome: DeliveryOutcome): void;
  counts(): Readonly<Record<DeliveryOutcome, number>>;
};

export function deliveryTally(): DeliveryTally {
  const counts = { succeeded: 0, retried: 0, failed: 0, dropped: 0 };
  return {
    note(outcome) {
      counts[outcome]++;
    },
    counts: () => ({ ...counts }),
  };
}
