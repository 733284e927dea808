export interface SeededRandom {
  next(): number
  nextInt(min: number, maxInclusive: number): number
  nextBoolean(): boolean
}

export function createSeededRandom(seed: bigint): SeededRandom {
  if (seed < 0n) {
    throw new RangeError("createSeededRandom: the seed must not be negative")
  }
  // Only the low 32 bits of the seed count.
  let state = Number(BigInt.asUintN(32, seed))

  function next(): number {
    // The product stays below 2^53, so it is exact.
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  }

  function nextInt(min: number, maxInclusive: number): number {
    if (!Number.isInteger(min) || !Number.isInteger(maxInclusive)) {
      throw new RangeError("nextInt: both bounds must be finite whole numbers")
    }
    if (maxInclusive < min) {
      throw new RangeError("nextInt: the upper bound is below the lower one")
    }
    return min + Math.floor(next() * (maxInclusive - min + 1))
  }

  function nextBoolean(): boolean {
    return next() < 0.5
  }

  return { next, nextInt, nextBoolean }
}
