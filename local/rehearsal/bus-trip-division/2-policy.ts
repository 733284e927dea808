import * as errors from "@superbuilders/errors"
import type { FeedbackContent } from "@/core/content"
import type { FeedbackPlan } from "@/core/feedback"
import type { AssessmentItemInput } from "@/core/item"
import { createSeededRandom } from "@/templates/seeds"

// Widgets: none
export type TemplateWidgets = readonly []

type Outcome = "CORRECT" | "INCORRECT"

const text = (content: string) => ({ type: "text" as const, content })

const math = (mathml: string) => ({ type: "math" as const, mathml })

const paragraph = (
  ...content: ({ type: "text"; content: string } | { type: "math"; mathml: string })[]
) => ({ type: "paragraph" as const, content })

const plural = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`

const SETTINGS = [
  { who: "students", trip: "a trip to the science museum", one: "bus", many: "buses" },
  { who: "hikers", trip: "a walk along the coast", one: "van", many: "vans" },
  { who: "musicians", trip: "a concert in the next town", one: "coach", many: "coaches" },
  { who: "swimmers", trip: "a meet at the lake", one: "shuttle", many: "shuttles" },
]

export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> {
  const random = createSeededRandom(seed)

  const setting = SETTINGS.at(random.nextInt(0, SETTINGS.length - 1))!

  const seats = random.nextInt(14, 36)
  const people = random.nextInt(60, 290)
  const full = Math.floor(people / seats)
  const remainder = people % seats
  if (remainder === 0) {
    throw errors.new(`no remainder: ${people} divided by ${seats}`)
  }
  const vehicles = full + 1
  const empty = seats - remainder

  const vehiclesText = plural(vehicles, setting.one, setting.many)
  const fullText = plural(full, setting.one, setting.many)
  const emptyText = plural(empty, "empty seat", "empty seats")

  const division = math(
    `<mn>${people}</mn><mo>÷</mo><mn>${seats}</mn><mo>=</mo><mn>${full}</mn>` +
      `<mtext> remainder </mtext><mn>${remainder}</mn>`,
  )
  const subtraction = math(
    `<mn>${seats}</mn><mo>-</mo><mn>${remainder}</mn><mo>=</mo><mn>${empty}</mn>`,
  )

  const divideStep = {
    type: "step" as const,
    title: [text("Divide to find the full ones")],
    content: [
      paragraph(text(`Each ${setting.one} has ${seats} seats: `), division, text(".")),
      paragraph(
        text(`So ${fullText} can be filled, and ${remainder} ${setting.who} still need a seat.`),
      ),
    ],
  }

  const roundUpStep = {
    type: "step" as const,
    title: [text("Decide what the remainder means")],
    content: [
      paragraph(
        text(`The last ${remainder} ${setting.who} cannot stay behind, so they need one more `),
        text(`${setting.one}. Altogether ${vehiclesText} are needed.`),
      ),
    ],
  }

  const emptyStep = {
    type: "step" as const,
    title: [text("Find the seats that stay empty")],
    content: [
      paragraph(
        text(`Only ${remainder} of the ${seats} seats in the last ${setting.one} are taken: `),
        subtraction,
        text(`. That leaves ${emptyText}.`),
      ),
    ],
  }

  const summaries: Record<Outcome, Record<Outcome, string>> = {
    CORRECT: {
      CORRECT:
        `Both answers are right: ${vehiclesText} are needed, ` +
        `and the last one has ${emptyText}.`,
      INCORRECT:
        `You found that ${vehiclesText} are needed. The number of empty seats is not right yet: ` +
        `the last one has ${emptyText}.`,
    },
    INCORRECT: {
      CORRECT:
        `You found that the last one has ${emptyText}. The number of ${setting.many} is not ` +
        `right yet: ${vehiclesText} are needed.`,
      INCORRECT:
        `Neither answer matches the trip yet: ${vehiclesText} are needed, ` +
        `and the last one has ${emptyText}.`,
    },
  }

  const contentFor = (
    vehiclesOutcome: Outcome,
    emptyOutcome: Outcome,
  ): FeedbackContent<TemplateWidgets> => {
    const right = vehiclesOutcome === "CORRECT" && emptyOutcome === "CORRECT"
    return {
      preamble: {
        correctness: right ? "correct" : "incorrect",
        summary: [text(summaries[vehiclesOutcome][emptyOutcome])],
      },
      steps: [
        divideStep,
        roundUpStep,
        emptyStep,
        {
          type: "step",
          title: [text("Check by multiplying")],
          content: [
            paragraph(
              text(`${vehiclesText} have ${vehicles * seats} seats. Taking away the ${empty} `),
              text(`that stay empty leaves ${people}, one for each of the ${setting.who}.`),
            ),
          ],
        },
      ],
    }
  }

  const outcomes = ["CORRECT", "INCORRECT"] as Outcome[]
  const feedbackPlan: FeedbackPlan = {
    mode: "combo",
    dimensions: [
      { responseIdentifier: "RESPONSE_VEHICLES", kind: "binary" },
      { responseIdentifier: "RESPONSE_EMPTY", kind: "binary" },
    ],
    combinations: outcomes.flatMap((first) =>
      outcomes.map((second) => ({
        id: `FB__VEHICLES_${first}__EMPTY_${second}`,
        path: [
          { responseIdentifier: "RESPONSE_VEHICLES", key: first },
          { responseIdentifier: "RESPONSE_EMPTY", key: second },
        ],
      })),
    ),
  }

  return {
    identifier: `bus-trip-division-${people}-${seats}`,
    title: "Make sense of a remainder",
    responseDeclarations: [
      {
        identifier: "RESPONSE_VEHICLES",
        cardinality: "single",
        baseType: "integer",
        correct: vehicles,
      },
      {
        identifier: "RESPONSE_EMPTY",
        cardinality: "single",
        baseType: "integer",
        correct: empty,
      },
    ],
    body: [
      paragraph(
        text(`${people} ${setting.who} are going on ${setting.trip}. `),
        text(`They travel by ${setting.one}, and each ${setting.one} has ${seats} seats. `),
        text(`Every ${setting.one} is filled before the next one is used.`),
      ),
      {
        type: "paragraph",
        content: [
          text(`How many ${setting.many} are needed? `),
          { type: "inlineInteractionRef", interactionId: "entry_vehicles" },
        ],
      },
      {
        type: "paragraph",
        content: [
          text(`How many seats stay empty in the last ${setting.one}? `),
          { type: "inlineInteractionRef", interactionId: "entry_empty" },
        ],
      },
    ],
    widgets: null,
    interactions: {
      entry_vehicles: {
        type: "textEntryInteraction",
        responseIdentifier: "RESPONSE_VEHICLES",
        expectedLength: 2,
      },
      entry_empty: {
        type: "textEntryInteraction",
        responseIdentifier: "RESPONSE_EMPTY",
        expectedLength: 2,
      },
    },
    feedbackPlan,
    feedback: {
      FEEDBACK__OVERALL: {
        RESPONSE_VEHICLES: {
          CORRECT: {
            RESPONSE_EMPTY: {
              CORRECT: { content: contentFor("CORRECT", "CORRECT") },
              INCORRECT: { content: contentFor("CORRECT", "INCORRECT") },
            },
          },
          INCORRECT: {
            RESPONSE_EMPTY: {
              CORRECT: { content: contentFor("INCORRECT", "CORRECT") },
              INCORRECT: { content: contentFor("INCORRECT", "INCORRECT") },
            },
          },
        },
      },
    },
  }
}
