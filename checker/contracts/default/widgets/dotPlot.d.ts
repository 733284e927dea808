/** Dots stacked over the values of an axis. */
export interface DotPlot {
  type: "dotPlot"
  /** Pixels, 50 to 500. */
  width: number
  /** Pixels, 50 to 500. */
  height: number
  axis: {
    label: string | null
    min: number
    max: number
    tickInterval: number
  }
  /** One entry per value; `count` is a whole number of dots, 0 or more. */
  data: { value: number; count: number }[]
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`. */
  dotColor: string
  /** Pixels, above 0. */
  dotRadius: number
}
