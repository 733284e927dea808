/** Plain text, or text with the formula that is shown for it. */
export type DataTableText = string | { text: string; mathml: string }

/** A plain table of data. */
export interface DataTable {
  type: "dataTable"
  caption: string | null
  /** At least one; one per column. */
  headers: DataTableText[]
  /** At least one; null for an empty cell. */
  rows: (DataTableText | null)[][]
  /** Whether the first cell of a row is its header. */
  rowHeaders: boolean
}
