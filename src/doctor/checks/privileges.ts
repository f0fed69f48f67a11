import { fail, pass, type Check } from '../check.ts';

/** Tables that the service may add to and never change. */
const APPEND_ONLY = ['audit_log', 'audit_seals', 'gateway_settings'];

/** That the role of the running service cannot undo what it wrote, nor switch off what keeps it from that. */
export const privilegesCheck: Check = {
  name: 'database.role',
  asksDatabase: true,
  run: async ({ db }) => {
    const about = 'database.role';
    const [row] = await db.run(
      'doctor_role',
      (sql) => sql<[{ role: string; isSuper: boolean; owned: string[]; changeable: string[] }]>`
        SELECT current_user::text AS role,
               (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_super,
               ARRAY(SELECT tablename::text FROM pg_tables
                      WHERE schemaname = current_schema() AND pg_has_role(current_user, tableowner, 'MEMBER')
                      ORDER BY 1) AS owned,
               ARRAY(SELECT tablename::text FROM pg_tables
                      WHERE schemaname = current_schema() AND tablename = ANY(${APPEND_ONLY})
                        AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename),
                                                'UPDATE, DELETE, TRUNCATE')
                      ORDER BY 1) AS changeable`,
    );
    const remedy =
      'Let another role own the tables and migrate (DATABASE_MIGRATION_URL), and give this one to DATABASE_URL: ' +
      'docs/configuration.md.';
    if (row.isSuper) return [fail(about, `${row.role} is a superuser.`, remedy)];
    if (row.owned.length > 0) {
      return [
        fail(about, `${row.role} owns ${row.owned.length} tables and could alter them.`, remedy),
      ];
    }
    if (row.changeable.length > 0) {
      return [fail(about, `${row.role} may change ${row.changeable.join(' and ')}.`, remedy)];
    }
    return [pass(about, `${row.role} owns nothing, and may only add to what must not change.`)];
  },
};
