import type { ChoiceQuestion, Operator, Ports } from '../core/ports/index.ts'
import type { Recorder } from './recorder.ts'

/** The same ports, but every answer of the operator goes to the journal before the asker gets it. */
export function recordAnswers(ports: Ports, recorder: Recorder): Ports {
  const secondPerson = ports.operator.secondPerson?.bind(ports.operator)
  const operator: Operator = {
    async ask(question, signal) {
      const answer = await ports.operator.ask(question, signal)
      const text = answer.agreed ? `agreed: ${answer.by}, ${answer.how}` : `no: ${answer.why}`
      await recorder.append({
        type: 'operator.answered',
        id: question.id,
        question: question.text,
        answer: text,
      })
      return answer
    },
    // A look is no answer; the answer to the question names who approved.
    ...(secondPerson && { secondPerson }),
    // What is chosen after a failure has an entry of its own.
    ...(ports.operator.choose && {
      choose: (question: ChoiceQuestion, signal: AbortSignal) =>
        ports.operator.choose?.(question, signal) ?? Promise.resolve(undefined),
    }),
  }
  return {
    database: (name) => ports.database(name),
    sync: (name) => ports.sync(name),
    configCenter: (name) => ports.configCenter(name),
    service: (name) => ports.service(name),
    notice: ports.notice,
    reversed: ports.reversed,
    documents: ports.documents,
    rows: ports.rows,
    commands: ports.commands,
    secrets: ports.secrets,
    clock: ports.clock,
    operator,
  }
}
