/**
 * The state of one system: its seed plus the replay of its journal. Every change goes through here, so no effect can
 * happen without its journal row. Times and keys differ by vendor and come from the vendor's `Shape`.
 */
import { copyOf, type JsonObject, sameJson } from './json.ts';
import type { Effect, Journal, SystemName } from './journal.ts';

/** What caused an effect: a vendor's operation or a person's action. */
export interface Act {
  operation: string;
  requestId: string;
}

export interface SeedObject {
  type: string;
  id: string;
  object: JsonObject;
}

export interface Keys {
  businessKey: string | null;
  key: string | null;
}

/** How a vendor stamps its objects with server time and names them in the journal. */
export interface Shape {
  created(at: string): JsonObject;
  changed(at: string): JsonObject;
  keys(type: string, object: JsonObject): Keys;
}

export class Store {
  readonly system: SystemName;
  private readonly journal: Journal;
  private readonly shape: Shape;
  private readonly types = new Map<string, Map<string, JsonObject>>();
  private creations = 0;

  constructor(system: SystemName, journal: Journal, shape: Shape, seed: readonly SeedObject[]) {
    this.system = system;
    this.journal = journal;
    this.shape = shape;
    for (const { type, id, object } of seed) this.ofType(type).set(id, copyOf(object));
    for (const row of journal.since(0, system)) {
      if (row.objectType === null || row.objectId === null || row.object === null) continue;
      if (row.effect === 'created') this.creations += 1;
      if (row.effect === 'removed') this.ofType(row.objectType).delete(row.objectId);
      else if (row.effect !== 'none') this.ofType(row.objectType).set(row.objectId, row.object);
    }
  }

  /** A number that no object created here has had: `first` + creations so far. */
  nextNumber(first: number): number {
    return first + this.creations;
  }

  get(type: string, id: string): JsonObject | undefined {
    return copyOf(this.ofType(type).get(id));
  }

  /** All objects of a type, oldest first; do not change them. */
  list(type: string): readonly JsonObject[] {
    return [...this.ofType(type).values()];
  }

  objects(type?: string): SeedObject[] {
    const types = type === undefined ? [...this.types.keys()] : [type];
    return types.flatMap((name) => [...this.ofType(name)].map(([id, object]) => ({ type: name, id, object })));
  }

  create(act: Act, type: string, id: string, object: JsonObject): JsonObject {
    const at = this.journal.nextTime();
    const stored = { ...copyOf(object), ...this.shape.created(at) };
    this.creations += 1;
    this.ofType(type).set(id, stored);
    this.record(act, 'created', type, id, stored, 'done', at);
    return copyOf(stored);
  }

  /** Merges `changes` into the object; when nothing differs the journal says so and the time stamp stays. */
  change(act: Act, type: string, id: string, changes: JsonObject): JsonObject {
    const before = this.ofType(type).get(id);
    if (before === undefined) throw new Error(`${this.system} has no ${type} ${id}`);
    if (Object.entries(changes).every(([name, value]) => sameJson(before[name] ?? null, value ?? null))) {
      this.record(act, 'none', type, id, before, 'unchanged');
      return copyOf(before);
    }
    const at = this.journal.nextTime();
    const stored = { ...before, ...copyOf(changes), ...this.shape.changed(at) };
    this.ofType(type).set(id, stored);
    this.record(act, 'changed', type, id, stored, 'done', at);
    return copyOf(stored);
  }

  remove(act: Act, type: string, id: string): void {
    const before = this.ofType(type).get(id);
    if (before === undefined) throw new Error(`${this.system} has no ${type} ${id}`);
    this.ofType(type).delete(id);
    this.record(act, 'removed', type, id, before, 'done');
  }

  /** Writes down that a write was refused. */
  refused(act: Act, outcome: string, key: string | null): void {
    const row = { objectType: null, objectId: null, businessKey: key, key, object: null };
    this.journal.append({ system: this.system, ...act, ...row, effect: 'none', outcome });
  }

  private record(act: Act, effect: Effect, type: string, id: string, object: JsonObject, outcome: string, at?: string) {
    const { operation, requestId } = act;
    const keys = this.shape.keys(type, object);
    const subject = { objectType: type, objectId: id, ...keys, object: copyOf(object) };
    this.journal.append({ system: this.system, operation, requestId, ...subject, effect, outcome }, at);
  }

  private ofType(type: string): Map<string, JsonObject> {
    let objects = this.types.get(type);
    if (objects === undefined) this.types.set(type, (objects = new Map<string, JsonObject>()));
    return objects;
  }
}
