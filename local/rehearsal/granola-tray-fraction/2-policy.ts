import type { FeedbackContent } from "@/core/content"
import type { FeedbackPlan } from "@/core/feedback"
import type { AssessmentItemInput } from "@/core/item"
import { createSeededRandom } from "@/templates/seeds"

// Widgets: ["fractionModelDiagram"]
export type TemplateWidgets = readonly ["fractionModelDiagram"]

/** What a choice stands for; its identifier and its feedback both come from this. */
type Meaning = "SIMPLEST" | "NOT_SIMPLIFIED" | "PART_LEFT" | "PART_TO_PART"

interface Fraction {
  top: number
  bottom: number
}

const text = (content: string) => ({ type: "text" as const, content })

const math = (mathml: string) => ({ type: "math" as const, mathml })

const fraction = ({ top, bottom }: Fraction) =>
  math(`<mfrac><mn>${top}</mn><mn>${bottom}</mn></mfrac>`)

const paragraph = (
  ...content: ({ type: "text"; content: string } | { type: "math"; mathml: string })[]
) => ({ type: "paragraph" as const, content })

function greatestCommonDivisor(left: number, right: number): number {
  let [a, b] = [left, right]
  while (b !== 0) {
    ;[a, b] = [b, a % b]
  }
  return a
}

/** Every pair of shaded and total parts that can be simplified. */
function usableTrays(): Fraction[] {
  const trays: Fraction[] = []
  for (const bottom of [8, 9, 10, 12, 15, 18, 20]) {
    for (let top = 2; top < bottom; top += 1) {
      const divisor = greatestCommonDivisor(top, bottom)
      if (divisor > 1) {
        trays.push({ top, bottom })
      }
    }
  }
  return trays
}

const FOODS = [
  { maker: "Nia", food: "granola bars", piece: "bar", done: "packed for a hike" },
  { maker: "Tomas", food: "corn bread", piece: "square", done: "shared at lunch" },
  { maker: "Priya", food: "fruit leather", piece: "strip", done: "wrapped for the trip" },
  { maker: "Jonas", food: "oat cakes", piece: "cake", done: "taken to the market" },
  { maker: "Leila", food: "date slices", piece: "slice", done: "sold at the fair" },
]

export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> {
  const random = createSeededRandom(seed)

  const setting = FOODS[random.nextInt(0, FOODS.length - 1)]
  const trays = usableTrays()
  const shaded = trays[random.nextInt(0, trays.length - 1)]

  const divisor = greatestCommonDivisor(shaded.top, shaded.bottom)
  const simplest: Fraction = { top: shaded.top / divisor, bottom: shaded.bottom / divisor }
  const rest = shaded.bottom - shaded.top
  const left: Fraction = { top: rest, bottom: shaded.bottom }
  const partToPart: Fraction = { top: shaded.top, bottom: rest }

  const fractions = new Map<Meaning, Fraction>([
    ["SIMPLEST", simplest],
    ["NOT_SIMPLIFIED", shaded],
    ["PART_LEFT", left],
    ["PART_TO_PART", partToPart],
  ])
  const meanings = [...fractions.keys()] as Meaning[]

  const model = {
    type: "widgetRef" as const,
    widgetId: "tray_model",
    widgetType: "fractionModelDiagram" as const,
  }

  const countStep = {
    type: "step" as const,
    title: [text("Count the parts of the whole tray")],
    content: [
      model,
      paragraph(
        text(`The tray has ${shaded.bottom} equal parts and ${shaded.top} of them are shaded, `),
        text("so the shaded part is "),
        fraction(shaded),
        text(" of the tray."),
      ),
    ],
  }

  const simplifyStep = {
    type: "step" as const,
    title: [text("Divide both numbers by the same factor")],
    content: [
      paragraph(
        text(`The greatest number that divides both ${shaded.top} and ${shaded.bottom} `),
        text(`is ${divisor}. Dividing both by ${divisor} gives `),
        fraction(shaded),
        math("<mo>=</mo>"),
        fraction(simplest),
        text("."),
      ),
      paragraph(
        text(`No number above 1 divides both ${simplest.top} and ${simplest.bottom}, so `),
        fraction(simplest),
        text(" is the simplest form."),
      ),
    ],
  }

  const summaries: Record<Meaning, FeedbackContent<TemplateWidgets>["preamble"]> = {
    SIMPLEST: {
      correctness: "correct",
      summary: [
        text("You named the shaded part of the tray and wrote it in simplest form: "),
        fraction(simplest),
        text("."),
      ],
    },
    NOT_SIMPLIFIED: {
      correctness: "incorrect",
      summary: [
        text("Your fraction "),
        fraction(shaded),
        text(" names the shaded part, but it can still be simplified. In simplest form it is "),
        fraction(simplest),
        text("."),
      ],
    },
    PART_LEFT: {
      correctness: "incorrect",
      summary: [
        text("Your fraction "),
        fraction(left),
        text(" names the part that is not shaded. The shaded part in simplest form is "),
        fraction(simplest),
        text("."),
      ],
    },
    PART_TO_PART: {
      correctness: "incorrect",
      summary: [
        text("Your fraction "),
        fraction(partToPart),
        text(" compares shaded parts with unshaded parts. A fraction of the tray compares with "),
        text(`all ${shaded.bottom} parts, which gives `),
        fraction(simplest),
        text(" in simplest form."),
      ],
    },
  }

  const contentFor = (meaning: Meaning): FeedbackContent<TemplateWidgets> => ({
    preamble: summaries[meaning],
    steps: [
      countStep,
      simplifyStep,
      {
        type: "step",
        title: [text("Check with the model")],
        content: [
          paragraph(
            text(`Group the ${shaded.bottom} parts by ${divisor}: that makes `),
            text(`${simplest.bottom} groups, and ${simplest.top} of them are shaded, `),
            text("which is "),
            fraction(simplest),
            text(" again."),
          ),
        ],
      },
    ],
  })

  const feedbackPlan: FeedbackPlan = {
    mode: "combo",
    dimensions: [{ responseIdentifier: "RESPONSE", kind: "enumerated", keys: [...meanings] }],
    combinations: meanings.map((meaning) => ({
      id: `FB__RESPONSE_${meaning}`,
      path: [{ responseIdentifier: "RESPONSE", key: meaning }],
    })),
  }

  return {
    identifier: `granola-tray-fraction-${shaded.top}-${shaded.bottom}`,
    title: "Name the shaded part in simplest form",
    responseDeclarations: [
      {
        identifier: "RESPONSE",
        cardinality: "single",
        baseType: "identifier",
        correct: "SIMPLEST",
      },
    ],
    body: [
      paragraph(
        text(`${setting.maker} cut a tray of ${setting.food} into ${shaded.bottom} equal parts. `),
        text(`Each shaded part of the model is a ${setting.piece} that was ${setting.done}.`),
      ),
      model,
      { type: "interactionRef", interactionId: "choice_fraction" },
    ],
    widgets: {
      tray_model: {
        type: "fractionModelDiagram",
        width: 360,
        height: 160,
        shapeType: "box",
        shapes: [{ numerator: shaded.top, denominator: shaded.bottom }],
        operators: null,
      },
    },
    interactions: {
      choice_fraction: {
        type: "choiceInteraction",
        responseIdentifier: "RESPONSE",
        prompt: [
          text(`Which fraction of the tray was ${setting.done}, in simplest form? `),
          text("Select one answer."),
        ],
        choices: meanings.map((meaning) => ({
          identifier: meaning,
          content: [paragraph(fraction(fractions.get(meaning)!))],
        })),
        shuffle: true,
        minChoices: 1,
        maxChoices: 1,
      },
    },
    feedbackPlan,
    feedback: {
      FEEDBACK__OVERALL: {
        RESPONSE: {
          SIMPLEST: { content: contentFor("SIMPLEST") },
          NOT_SIMPLIFIED: { content: contentFor("NOT_SIMPLIFIED") },
          PART_LEFT: { content: contentFor("PART_LEFT") },
          PART_TO_PART: { content: contentFor("PART_TO_PART") },
        },
      },
    },
  }
}
