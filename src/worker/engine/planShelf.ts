/** Plans that wait for consent, by number. */
export class PlanShelf<T> {
  readonly #plans = new Map<number, T>();
  #nextId = 1;

  add(plan: T): number {
    this.#plans.set(this.#nextId, plan);
    return this.#nextId++;
  }

  get(id: number): T | undefined {
    return this.#plans.get(id);
  }

  /** Takes a plan off the shelf, if it is still there. */
  take(id: number): T | undefined {
    const plan = this.#plans.get(id);
    this.#plans.delete(id);
    return plan;
  }
}
