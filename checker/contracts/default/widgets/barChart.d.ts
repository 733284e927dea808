/** Bars over categories. */
export interface BarChart {
  type: "barChart"
  /** Pixels, 50 to 500. */
  width: number
  /** Pixels, 50 to 500. */
  height: number
  title: string | null
  xAxisLabel: string | null
  yAxis: {
    label: string | null
    min: number
    max: number
    tickInterval: number
  }
  /** `unknown` leaves the bar's height for the learner to find. */
  data: { label: string; value: number; state: "normal" | "unknown" }[]
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`. */
  barColor: string
}
