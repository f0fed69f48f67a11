import type { Database } from './database.ts';

/** What tells this deployment from every other that shares a gateway account. It never changes. */
export async function readDeploymentId(db: Database): Promise<string> {
  const [row] = await db.run(
    'deployment_read',
    (sql) => sql<{ id: string }[]>`SELECT id::text FROM deployment`,
  );
  if (!row) throw new Error('the deployment has no id: its row is missing from the database');
  return row.id;
}

/** When this deployment began: when its database got its schema. */
export async function readDeploymentStart(db: Database): Promise<Date> {
  const [row] = await db.run(
    'deployment_start',
    (sql) => sql<{ createdAt: Date }[]>`SELECT created_at FROM deployment`,
  );
  if (!row)
    throw new Error('the deployment has no beginning: its row is missing from the database');
  return row.createdAt;
}
