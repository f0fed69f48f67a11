import type { Database } from './database.ts';

/** This deployment, which never changes. */
export interface Deployment {
  /** What tells it from every other that shares a gateway account. */
  id: string;
  /** When it began: when its database got its schema. */
  createdAt: Date;
}

/** Reads which deployment this is. */
export async function readDeployment(db: Database): Promise<Deployment> {
  const [row] = await db.run(
    'deployment_read',
    (sql) => sql<Deployment[]>`SELECT id::text, created_at FROM deployment`,
  );
  if (!row) throw new Error('the deployment is not known: its row is missing from the database');
  return row;
}
