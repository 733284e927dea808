import type { AssessmentItemInput } from "@/core/item"
import type { WidgetName } from "@/widgets"

/** The type of a template's default export. */
export type TemplateModule<W extends readonly WidgetName[]> = (seed: bigint) => AssessmentItemInput<W>
