import type { WidgetName } from "@/widgets"

/** Plain text. Neighbouring fragments are joined as they are: put the space between them yourself. Never `^` or `|`. */
export interface TextContent {
  type: "text"
  content: string
}

/** A formula: what stands inside `<math>`, without `<math>` itself, e.g. `<mfrac><mn>1</mn><mn>2</mn></mfrac>`. */
export interface MathContent {
  type: "math"
  mathml: string
}

/** A widget of `widgets`, in the line of the text. */
export interface InlineWidgetRef<W extends readonly WidgetName[]> {
  type: "inlineWidgetRef"
  widgetId: string
  widgetType: W[number]
}

/** An interaction of `interactions` (a drop-down or a text entry), in the line of the text. */
export interface InlineInteractionRef {
  type: "inlineInteractionRef"
  interactionId: string
}

/** The place of a gap; only inside the content of a gap match. */
export interface GapContent {
  type: "gap"
  gapId: string
}

/** Inline content of a body: everything but gaps. */
export type BodyInline<W extends readonly WidgetName[] = readonly []> =
  | TextContent
  | MathContent
  | InlineWidgetRef<W>
  | InlineInteractionRef

/** Inline content of prompts, choices and feedback: no interactions, no gaps. */
export type StaticInline<W extends readonly WidgetName[] = readonly []> =
  | TextContent
  | MathContent
  | InlineWidgetRef<W>

/** Inline content of a gap match: no widgets, no interactions. */
export type GapMatchInline = TextContent | MathContent | GapContent

export interface Paragraph<Inline> {
  type: "paragraph"
  content: Inline[]
}

export interface UnorderedList<Inline> {
  type: "unorderedList"
  /** At least one; each is the inline content of one item. */
  items: Inline[][]
}

export interface OrderedList<Inline> {
  type: "orderedList"
  /** At least one; each is the inline content of one item. */
  items: Inline[][]
}

/** The inline content of one cell; null for an empty cell. */
export type TableCell<Inline> = Inline[] | null

export interface TableRich<Inline> {
  type: "tableRich"
  /** Rows of the head, or null when there is none. */
  header: TableCell<Inline>[][] | null
  rows: TableCell<Inline>[][]
}

export interface Blockquote<Inline> {
  type: "blockquote"
  content: Inline[]
}

/** A widget of `widgets`, as a block of its own. */
export interface WidgetRef<W extends readonly WidgetName[]> {
  type: "widgetRef"
  widgetId: string
  widgetType: W[number]
}

/** An interaction of `interactions`, as a block of its own. */
export interface InteractionRef {
  type: "interactionRef"
  interactionId: string
}

/** A block of the body. */
export type BodyBlock<W extends readonly WidgetName[] = readonly []> =
  | Paragraph<BodyInline<W>>
  | UnorderedList<BodyInline<W>>
  | OrderedList<BodyInline<W>>
  | TableRich<BodyInline<W>>
  | Blockquote<BodyInline<W>>
  | WidgetRef<W>
  | InteractionRef

/** A block of a choice: no interactions, no gaps. */
export type ChoiceBlock<W extends readonly WidgetName[] = readonly []> =
  | Paragraph<StaticInline<W>>
  | UnorderedList<StaticInline<W>>
  | OrderedList<StaticInline<W>>
  | TableRich<StaticInline<W>>
  | Blockquote<StaticInline<W>>
  | WidgetRef<W>

/** A block of a gap match: no widgets, no interactions. */
export type GapMatchBlock =
  | Paragraph<GapMatchInline>
  | UnorderedList<GapMatchInline>
  | OrderedList<GapMatchInline>
  | TableRich<GapMatchInline>
  | Blockquote<GapMatchInline>

/** A block of a feedback step: these four and no others (no lists). */
export type FeedbackBlock<W extends readonly WidgetName[] = readonly []> =
  | Paragraph<StaticInline<W>>
  | TableRich<StaticInline<W>>
  | Blockquote<StaticInline<W>>
  | WidgetRef<W>

export interface FeedbackPreamble<W extends readonly WidgetName[] = readonly []> {
  correctness: "correct" | "incorrect"
  /** What the answer shows about the learner's thinking, in a sentence or two. */
  summary: StaticInline<W>[]
}

export interface FeedbackStep<W extends readonly WidgetName[] = readonly []> {
  type: "step"
  title: StaticInline<W>[]
  content: FeedbackBlock<W>[]
}

/** One feedback text: a preamble and at least two steps. */
export interface FeedbackContent<W extends readonly WidgetName[] = readonly []> {
  preamble: FeedbackPreamble<W>
  /** At least two. */
  steps: FeedbackStep<W>[]
}
