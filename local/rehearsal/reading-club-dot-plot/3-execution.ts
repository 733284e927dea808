import type { FeedbackContent } from "@/core/content"
import type { FeedbackPlan } from "@/core/feedback"
import type { AssessmentItemInput } from "@/core/item"
import { createSeededRandom } from "@/templates/seeds"

// Widgets: ["dotPlot"]
export type TemplateWidgets = readonly ["dotPlot"]

/** How many options each drop-down offers. */
const OPTION_COUNT = 5

const text = (content: string) => ({ type: "text" as const, content })

const paragraph = (...content: { type: "text"; content: string }[]) => ({
  type: "paragraph" as const,
  content,
})

const plural = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`

/** A drop-down option: the identifier carries the number itself, never a place in the list. */
const option = (prefix: string, value: number) => ({
  identifier: `${prefix}_${value}`,
  content: [text(`${value}`)],
})

/** The right value and values that a learner may take for it, smallest first. */
const optionsFor = (right: number, tempting: number[]): number[] =>
  [right, ...tempting].slice(0, OPTION_COUNT).sort((left, right) => left - right)

const SETTINGS = [
  { leader: "Ms. Okafor", group: "reading club", one: "book", many: "books", verb: "finished" },
  { leader: "Mr. Lindqvist", group: "garden club", one: "bulb", many: "bulbs", verb: "planted" },
  { leader: "Coach Amara", group: "swim team", one: "race", many: "races", verb: "swam" },
  { leader: "Ms. Tanaka", group: "baking class", one: "tart", many: "tarts", verb: "baked" },
  { leader: "Mr. Delgado", group: "bird watch", one: "heron", many: "herons", verb: "counted" },
]

const MONTHS = ["January", "March", "April", "October", "November"]

export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> {
  const random = createSeededRandom(seed)

  const setting = SETTINGS[random.nextInt(0, SETTINGS.length - 1)]
  const month = MONTHS[random.nextInt(0, MONTHS.length - 1)]

  // Six neighbouring values; each gets 0 to 4 dots and one of them, the mode, clearly more.
  const lowest = random.nextInt(1, 5)
  const values = Array.from({ length: 6 }, (_, step) => lowest + step)
  const modeIndex = random.nextInt(0, values.length - 1)
  const mode = values[modeIndex]
  // The height of the tallest stack never equals its label, so that the two cannot be confused.
  const modeCount = mode === 6 ? 5 : 6
  const counts = values.map((_, index) => (index === modeIndex ? modeCount : random.nextInt(0, 4)))

  // Ask about a value that somebody gave and that is not the mode, so that the answers differ.
  const askable = values.filter((_, index) => index !== modeIndex && counts[index] > 0)
  const asked = askable.length > 0 ? askable[random.nextInt(0, askable.length - 1)] : mode
  const askedIndex = values.indexOf(asked)
  const askedCount = counts[askedIndex]
  const total = counts.reduce((sum, count) => sum + count, 0)

  const countOptions = optionsFor(askedCount, [0, askedCount + 1, askedCount + 2, total])
  const modeOptions = optionsFor(mode, [total, mode + 1, mode + 2, mode - 1])
  const countKeys = countOptions.map((value) => `COUNT_${value}`)
  const modeKeys = modeOptions.map((value) => `VALUE_${value}`)

  const askedText = plural(asked, setting.one, setting.many)
  const modeText = plural(mode, setting.one, setting.many)
  const askedMembers = plural(askedCount, "member", "members")
  const listed = values
    .map((value, index) => `${value} (${plural(counts[index], "dot", "dots")})`)
    .join(", ")

  const plot = {
    type: "widgetRef" as const,
    widgetId: "answers_plot",
    widgetType: "dotPlot" as const,
  }

  const feedbackPlan: FeedbackPlan = {
    mode: "fallback",
    dimensions: [
      { responseIdentifier: "RESPONSE_EXACT", kind: "enumerated", keys: countKeys },
      { responseIdentifier: "RESPONSE_MODE", kind: "enumerated", keys: modeKeys },
    ],
    combinations: [
      { id: "CORRECT", path: [] },
      { id: "INCORRECT", path: [] },
    ],
  }

  const correct: FeedbackContent<TemplateWidgets> = {
    preamble: {
      correctness: "correct",
      summary: [
        text(`You read both sentences off the dot plot: ${askedMembers} ${setting.verb} exactly `),
        text(`${askedText}, and the most common answer is ${modeText}.`),
      ],
    },
    steps: [
      {
        type: "step",
        title: [text("Count one stack")],
        content: [
          paragraph(
            text(`Each dot is one member. Above ${asked} there `),
            text(`${askedCount === 1 ? "is" : "are"} ${plural(askedCount, "dot", "dots")}, `),
            text(`so ${askedMembers} ${setting.verb} exactly ${askedText}.`),
          ),
        ],
      },
      {
        type: "step",
        title: [text("Compare the stacks")],
        content: [
          paragraph(
            text(`The tallest stack has ${modeCount} dots and stands above ${mode}. `),
            text(`That makes ${modeText} the answer that the most members gave.`),
          ),
        ],
      },
      {
        type: "step",
        title: [text("Check the whole plot")],
        content: [
          paragraph(
            text(`All stacks together hold ${total} dots, one for each of the ${total} members. `),
            text(`Stack by stack: ${listed}.`),
          ),
        ],
      },
    ],
  }

  const incorrect: FeedbackContent<TemplateWidgets> = {
    preamble: {
      correctness: "incorrect",
      summary: [
        text("At least one of your two answers does not match the dot plot. "),
        text("A label on the axis says how many, and the dots above it say how many members."),
      ],
    },
    steps: [
      {
        type: "step",
        title: [text("Keep labels and dots apart")],
        content: [
          plot,
          paragraph(
            text(`The number below a stack is the number of ${setting.many}. `),
            text("The height of the stack is the number of members who gave that answer."),
          ),
        ],
      },
      {
        type: "step",
        title: [text(`Count the dots above ${asked}`)],
        content: [
          paragraph(
            text(`Go straight up from ${asked} and count only that stack: `),
            text(`${plural(askedCount, "dot", "dots")}. `),
            text(`So ${askedMembers} ${setting.verb} exactly ${askedText}.`),
          ),
        ],
      },
      {
        type: "step",
        title: [text("Find the tallest stack")],
        content: [
          paragraph(
            text(`Compare all the stacks: ${listed}. `),
            text(`The tallest stands above ${mode}, so the most common answer is ${modeText}, `),
            text(`not ${modeCount}, which is only how many members gave it.`),
          ),
        ],
      },
    ],
  }

  return {
    identifier: `reading-club-dot-plot-${lowest}-${counts.join("")}-${asked}`,
    title: "Read one stack and the tallest stack of a dot plot",
    responseDeclarations: [
      {
        identifier: "RESPONSE_EXACT",
        cardinality: "single",
        baseType: "identifier",
        correct: `COUNT_${askedCount}`,
      },
      {
        identifier: "RESPONSE_MODE",
        cardinality: "single",
        baseType: "identifier",
        correct: `VALUE_${mode}`,
      },
    ],
    body: [
      paragraph(
        text(`${setting.leader} asked the members of the ${setting.group} how many `),
        text(`${setting.many} each of them ${setting.verb} in ${month}. `),
        text("The dot plot shows their answers. Each dot stands for one member."),
      ),
      plot,
      paragraph(text("Use the dot plot to complete both sentences.")),
      {
        type: "paragraph",
        content: [
          text(`The number of members who ${setting.verb} exactly ${askedText} is `),
          { type: "inlineInteractionRef", interactionId: "dropdown_exact" },
          text("."),
        ],
      },
      {
        type: "paragraph",
        content: [
          text(`The number of ${setting.many} that the most members ${setting.verb} is `),
          { type: "inlineInteractionRef", interactionId: "dropdown_mode" },
          text("."),
        ],
      },
    ],
    widgets: {
      answers_plot: {
        type: "dotPlot",
        width: 420,
        height: 300,
        axis: {
          label: `Number of ${setting.many}`,
          min: lowest - 1,
          max: lowest + values.length,
          tickInterval: 1,
        },
        data: values.map((value, index) => ({ value, count: counts[index] })),
        dotColor: "#2E6F9E",
        dotRadius: 6,
      },
    },
    interactions: {
      dropdown_exact: {
        type: "inlineChoiceInteraction",
        responseIdentifier: "RESPONSE_EXACT",
        choices: countOptions.map((value) => option("COUNT", value)),
        shuffle: true,
      },
      dropdown_mode: {
        type: "inlineChoiceInteraction",
        responseIdentifier: "RESPONSE_MODE",
        choices: modeOptions.map((value) => option("VALUE", value)),
        shuffle: true,
      },
    },
    feedbackPlan,
    feedback: {
      FEEDBACK__OVERALL: {
        CORRECT: { content: correct },
        INCORRECT: { content: incorrect },
      },
    },
  }
}
