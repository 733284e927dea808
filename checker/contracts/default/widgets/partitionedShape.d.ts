export interface GridPoint {
  row: number
  col: number
}

export interface GridLine {
  from: GridPoint
  to: GridPoint
  style: "solid" | "dashed" | "dotted"
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`. */
  color: string
}

/** Rectangles or circles cut into equal cells. */
export interface PartitionedShapePartition {
  type: "partitionedShape"
  mode: "partition"
  /** Pixels, 50 to 500. */
  width: number
  /** Pixels, 50 to 500. */
  height: number
  shapes: {
    type: "rectangle" | "circle"
    totalParts: number
    /** Cells counted from 0, row by row. */
    shadedCells: number[]
    hatchedCells: number[]
    rows: number
    columns: number
    /** `#rgb`, `#rrggbb` or `#rrggbbaa`. */
    shadeColor: string
    /** 0 to 1. */
    shadeOpacity: number
  }[]
  layout: "horizontal" | "vertical"
  overlays: GridLine[]
}

/** Figures drawn on a grid. */
export interface PartitionedShapeGeometry {
  type: "partitionedShape"
  mode: "geometry"
  /** Pixels, 50 to 500. */
  width: number
  /** Pixels, 50 to 500. */
  height: number
  grid: { rows: number; columns: number; opacity: number }
  figures: { vertices: GridPoint[]; fillColor: string | null; strokeColor: string | null }[]
  lines: GridLine[]
}

export type PartitionedShape = PartitionedShapePartition | PartitionedShapeGeometry
