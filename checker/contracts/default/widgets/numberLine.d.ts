/** Ticks every `interval`, or `denominator` ticks to each whole. */
export type NumberLineTicks =
  | { type: "whole"; interval: number }
  | { type: "fraction"; denominator: number }

interface PointPlace {
  /** Where it stands, as a number of the line. */
  position: number
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`. */
  color: string
  style: "dot"
}

/** A marked point and how its label is written. */
export type NumberLinePoint =
  | (PointPlace & { type: "whole"; value: number; sign: "+" | "-" })
  | (PointPlace & { type: "fraction"; numerator: number; denominator: number; sign: "+" | "-" })
  | (PointPlace & {
      type: "mixed"
      whole: number
      numerator: number
      denominator: number
      sign: "+" | "-"
    })
  | (PointPlace & { type: "mathml"; mathml: string })

/** A line of numbers with ticks, points and segments. */
export interface NumberLine {
  type: "numberLine"
  /** Pixels, 50 to 500. */
  width: number
  /** Pixels, 50 to 500. */
  height: number
  orientation: "horizontal" | "vertical"
  min: number
  max: number
  tickInterval: NumberLineTicks
  /** Smaller ticks between, or null. */
  secondaryTickInterval: NumberLineTicks | null
  showTickLabels: boolean
  highlightedPoints: NumberLinePoint[] | null
  /** Coloured stretches, or null. */
  segments: { start: number; end: number; color: string }[] | null
  /** A bar of cells above the line, or null. */
  model: {
    totalCells: number
    cellGroups: { count: number; color: string }[]
    bracketLabel: string
  } | null
}
