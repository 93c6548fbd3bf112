/** How far a feed of a connection was read: a watermark in the vendor's own terms. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'connection_cursor' })
export class ConnectionCursorRow {
  @PrimaryColumn({ name: 'connection_id', type: 'text' })
  connectionId: string;

  @PrimaryColumn({ type: 'text' })
  feed: string;

  @Column({ type: 'text' })
  watermark: string;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
