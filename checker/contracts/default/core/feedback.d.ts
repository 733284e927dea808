import type { FeedbackContent } from "@/core/content"
import type { WidgetName } from "@/widgets"

/** A response that feedback looks at: by each of its keys, or only by right and wrong. */
export type FeedbackDimension =
  | {
      responseIdentifier: string
      kind: "enumerated"
      /** The choice identifiers that can be answered; a mutable list, not an `as const` tuple. */
      keys: string[]
    }
  | {
      responseIdentifier: string
      kind: "binary"
    }

/** One step of a path: the response and its key, or `CORRECT` / `INCORRECT` for a binary dimension. */
export interface FeedbackPathStep {
  responseIdentifier: string
  key: string
}

export interface FeedbackCombination {
  /** e.g. `FB__RESPONSE_SUM_CORRECT`; `CORRECT` and `INCORRECT` in a fallback plan. */
  id: string
  /** One step per dimension, in their order; empty in a fallback plan. */
  path: FeedbackPathStep[]
}

/**
 * Which feedback texts there are.
 * `combo`: one for every combination of the dimensions' keys; needs a dimension.
 * `fallback`: two, `CORRECT` and `INCORRECT`, both with an empty path.
 */
export interface FeedbackPlan {
  mode: "combo" | "fallback"
  dimensions: FeedbackDimension[]
  combinations: FeedbackCombination[]
}

/** The end of a path. */
export interface FeedbackLeaf<W extends readonly WidgetName[] = readonly []> {
  content: FeedbackContent<W>
}

/** The tree of a fallback plan. */
export interface FallbackFeedback<W extends readonly WidgetName[] = readonly []> {
  CORRECT: FeedbackLeaf<W>
  INCORRECT: FeedbackLeaf<W>
}

/** The tree of a combo plan: response identifier, then key, then the next response or the leaf. */
export interface ComboFeedback<W extends readonly WidgetName[] = readonly []> {
  [responseIdentifier: `RESPONSE${string}`]: Record<string, FeedbackLeaf<W> | ComboFeedback<W>>
}

/** The feedback of an item, shaped by its plan. */
export type FeedbackTree<W extends readonly WidgetName[] = readonly []> =
  | FallbackFeedback<W>
  | ComboFeedback<W>
