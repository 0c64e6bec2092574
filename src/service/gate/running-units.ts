import type { RunningUnit, Unit } from './write-gate.ts'

/** Is told once that a unit has ended. */
export interface UnitOwner {
  unitLeft(unit: GateUnit): void
}

/** A unit under way, and a link of the list of all of them: the one object that a write costs without a cutover. */
export class GateUnit implements Unit {
  readonly generation: number
  readonly sinceMs: number
  readonly end: ((reason: Error) => void) | undefined
  /** It was held when the gate opened, and takes one of the places of the backlog. */
  fromBacklog = false
  key: string | undefined = undefined
  older: GateUnit | undefined = undefined
  newer: GateUnit | undefined = undefined
  isCommitting = false
  mayEnd = true
  hasLeft = false
  readonly owner: UnitOwner

  constructor(
    owner: UnitOwner,
    generation: number,
    sinceMs: number,
    end: ((reason: Error) => void) | undefined,
  ) {
    this.owner = owner
    this.generation = generation
    this.sinceMs = sinceMs
    this.end = end
  }

  leave(): void {
    if (this.hasLeft) return
    this.hasLeft = true
    this.owner.unitLeft(this)
  }

  committing(): void {
    this.isCommitting = true
  }

  /** A second end, or one that comes when its COMMIT is under way, must not reach the owner. */
  endEarly(reason: Error): void {
    if (!this.mayEnd || this.hasLeft || this.isCommitting) return
    this.mayEnd = false
    this.end?.(reason)
  }
}

/** All units under way in the order they were let in. Linked, because each leaves from wherever it stands. */
export class RunningUnits {
  count = 0
  #oldest: GateUnit | undefined
  #newest: GateUnit | undefined

  add(unit: GateUnit): void {
    this.count += 1
    unit.older = this.#newest
    if (this.#newest === undefined) this.#oldest = unit
    else this.#newest.newer = unit
    this.#newest = unit
  }

  remove(unit: GateUnit): void {
    this.count -= 1
    if (unit.older === undefined) this.#oldest = unit.newer
    else unit.older.newer = unit.newer
    if (unit.newer === undefined) this.#newest = unit.older
    else unit.newer.older = unit.older
    // Its owner may keep it; that must not keep the others.
    unit.older = undefined
    unit.newer = undefined
  }

  oldestMs(nowMs: number): number {
    return this.#oldest === undefined ? 0 : nowMs - this.#oldest.sinceMs
  }

  list(): readonly RunningUnit[] {
    const units: RunningUnit[] = []
    for (let unit = this.#oldest; unit !== undefined; unit = unit.newer) units.push(describe(unit))
    return units
  }
}

function describe(unit: GateUnit): RunningUnit {
  return {
    sinceMs: unit.sinceMs,
    committing: unit.isCommitting,
    end: unit.end && ((reason) => unit.endEarly(reason)),
  }
}
