import type { BodyBlock } from "@/core/content"
import type { FeedbackPlan, FeedbackTree } from "@/core/feedback"
import type { Interaction } from "@/core/interaction"
import type { WidgetName, WidgetOf } from "@/widgets"

/** The right answer of one response. `identifier` starts with `RESPONSE`. */
export type ResponseDeclaration =
  | { identifier: string; cardinality: "single"; baseType: "string"; correct: string }
  | { identifier: string; cardinality: "single"; baseType: "integer"; correct: number }
  | {
      identifier: string
      cardinality: "single"
      baseType: "float"
      correct: number
      rounding: Rounding
    }
  | { identifier: string; cardinality: "single"; baseType: "identifier"; correct: string }
  | {
      identifier: string
      cardinality: "multiple" | "ordered"
      baseType: "identifier"
      /** A mutable list, not an `as const` tuple. */
      correct: string[]
    }
  | {
      identifier: string
      cardinality: "multiple" | "ordered"
      baseType: "directedPair"
      correct: DirectedPair[]
      allowEmpty: boolean
    }

/** How precisely a decimal answer is compared. */
export interface Rounding {
  strategy: "decimalPlaces" | "significantFigures"
  figures: number
}

/** A gap text and the gap it belongs in. */
export interface DirectedPair {
  source: string
  target: string
}

/**
 * A whole item. `W` is the template's `TemplateWidgets`: the widget types that it may use,
 * `readonly []` for none.
 */
export interface AssessmentItemInput<W extends readonly WidgetName[]> {
  identifier: string
  title: string
  responseDeclarations: ResponseDeclaration[]
  body: BodyBlock<W>[] | null
  /** By slot: small letters, digits and `_`. */
  widgets: Record<string, WidgetOf<W[number]>> | null
  /** By slot: small letters, digits and `_`. */
  interactions: Record<string, Interaction<W>> | null
  feedbackPlan: FeedbackPlan
  feedback: { FEEDBACK__OVERALL: FeedbackTree<W> }
}
