/** Shapes cut into equal parts, some of them shaded. */
export interface FractionModelDiagram {
  type: "fractionModelDiagram"
  /** Pixels, 50 to 500. */
  width: number
  /** Pixels, 50 to 500. */
  height: number
  shapeType: "circle" | "polygon" | "box"
  /** At least one: `numerator` parts shaded out of `denominator` (1 or more). */
  shapes: { numerator: number; denominator: number }[]
  /** Signs between the shapes, or null. */
  operators: (">" | "<" | "=" | "+" | "-")[] | null
}
