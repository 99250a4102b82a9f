/** Dated rows: each holds from its day (ISO date) on, until the next one. */
export interface Dated {
  readonly validFrom: string;
}

/** The row that holds on that day; of two rows of one day the later in the list. */
export function inForce<Row extends Dated>(rows: readonly Row[], on: string): Row | undefined {
  return rows
    .filter((row) => row.validFrom <= on)
    .reduce<Row | undefined>(
      (latest, row) => (latest && row.validFrom < latest.validFrom ? latest : row),
      undefined,
    );
}
