/** A repeatable stream of numbers: the same seed gives the same stream, on every machine. */
export interface SeededRandom {
  /** At least 0 and below 1. */
  next(): number
  /** A whole number from `min` to `maxInclusive`, both included. Throws unless both are whole and in order. */
  nextInt(min: number, maxInclusive: number): number
  nextBoolean(): boolean
}

/** Only the low 32 bits of the seed count. Throws on a negative seed. */
export declare function createSeededRandom(seed: bigint): SeededRandom
