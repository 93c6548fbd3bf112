/** How far each feed of a connection was read. */
import type { EntityManager } from 'typeorm';
import { ConnectionCursorRow } from '../rows/connection-cursor.row.ts';
import { lockUntilCommit } from '../sql.ts';

/** Watermarks, in the vendors' own terms. */
export class Cursors {
  constructor(private readonly db: EntityManager) {}

  async get(connectionId: string, feed: string): Promise<string | null> {
    return (await this.db.findOneBy(ConnectionCursorRow, { connectionId, feed }))?.watermark ?? null;
  }

  /** Moves the cursor from what the reader started with; answers false when another reader moved it meanwhile. */
  async advance(connectionId: string, feed: string, from: string | null, to: string): Promise<boolean> {
    await lockUntilCommit(this.db, `cursor:${connectionId}:${feed}`);
    if ((await this.get(connectionId, feed)) !== from) return false;
    await this.db.save(ConnectionCursorRow, { connectionId, feed, watermark: to, updatedAt: new Date() });
    return true;
  }
}
