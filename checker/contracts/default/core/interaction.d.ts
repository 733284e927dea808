import type { ChoiceBlock, GapMatchBlock, StaticInline } from "@/core/content"
import type { WidgetName } from "@/widgets"

export interface Choice<W extends readonly WidgetName[] = readonly []> {
  /** Capitals, digits and `_`; it names the meaning of the choice, never its place. */
  identifier: string
  content: ChoiceBlock<W>[]
}

export interface InlineChoice<W extends readonly WidgetName[] = readonly []> {
  /** Capitals, digits and `_`; it names the meaning of the choice, never its place. */
  identifier: string
  content: StaticInline<W>[]
}

export interface ChoiceInteraction<W extends readonly WidgetName[] = readonly []> {
  type: "choiceInteraction"
  responseIdentifier: string
  prompt: StaticInline<W>[]
  /** At least two, all reading differently; the player shuffles them. */
  choices: Choice<W>[]
  shuffle: true
  minChoices: number
  maxChoices: number
}

export interface InlineChoiceInteraction<W extends readonly WidgetName[] = readonly []> {
  type: "inlineChoiceInteraction"
  responseIdentifier: string
  choices: InlineChoice<W>[]
  shuffle: true
}

export interface TextEntryInteraction {
  type: "textEntryInteraction"
  responseIdentifier: string
  /** Characters the field makes room for, or null. */
  expectedLength: number | null
}

export interface OrderInteraction<W extends readonly WidgetName[] = readonly []> {
  type: "orderInteraction"
  responseIdentifier: string
  prompt: StaticInline<W>[]
  /** At least two, all reading differently; the player shuffles them. */
  choices: Choice<W>[]
  shuffle: true
  orientation: "vertical"
}

export interface GapText<W extends readonly WidgetName[] = readonly []> {
  identifier: string
  /** How many gaps it may fill; 0 for any number. */
  matchMax: number
  content: StaticInline<W>[]
}

export interface Gap {
  identifier: string
  required: boolean | null
}

export interface GapMatchInteraction<W extends readonly WidgetName[] = readonly []> {
  type: "gapMatchInteraction"
  responseIdentifier: string
  /** Holds every gap exactly once. */
  content: GapMatchBlock[]
  gapTexts: GapText<W>[]
  gaps: Gap[]
  shuffle: boolean
}

/** A kind of activity that cannot be rendered; kept as it is. */
export interface UnsupportedInteraction {
  type: "unsupportedInteraction"
  responseIdentifier: string
  perseusType: string
}

export type Interaction<W extends readonly WidgetName[] = readonly []> =
  | ChoiceInteraction<W>
  | InlineChoiceInteraction<W>
  | TextEntryInteraction
  | OrderInteraction<W>
  | GapMatchInteraction<W>
  | UnsupportedInteraction
