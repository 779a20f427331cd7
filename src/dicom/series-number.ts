/** Where colour series start: above what modalities use, within what every viewer can show. */
const firstSeriesNumber = 9001;

/** SeriesNumber is an IS; some archives keep it in 32 bits. @see DICOM PS3.5 Table 6.2-1 */
const largest = 2 ** 31 - 1;

/**
 * The Series Number that a colour series would like: 9000 and its source's own number, so that
 * two series of a study do not race for one.
 */
export function preferredSeriesNumber(sourceSeriesNumber: number | undefined): number {
  const known = sourceSeriesNumber !== undefined && Number.isInteger(sourceSeriesNumber);
  return known && sourceSeriesNumber > 0 && sourceSeriesNumber < 1000
    ? firstSeriesNumber - 1 + sourceSeriesNumber
    : firstSeriesNumber;
}

/**
 * The first number from `preferred` on that no series of the study has.
 * `taken` must not hold the number of the colour series itself: all its instances share one.
 */
export function chooseSeriesNumber(
  taken: readonly number[],
  preferred: number = firstSeriesNumber,
): number {
  const used = new Set(taken);
  let number = Math.min(preferred, largest - used.size);
  while (used.has(number)) number += 1;
  return number;
}
