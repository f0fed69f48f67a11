import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { once } from '../once.ts';
import { PROBLEMS } from '../problem-catalogue.ts';

/** The reference asks the API itself and nobody else: no font, no script and no telemetry of a stranger. */
const REFERENCE_CONFIGURATION = {
  agent: { disabled: true },
  hideClientButton: true,
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  telemetry: false,
  withDefaultFonts: false,
};

/** Its script inserts style elements; everything else it needs comes from here. */
const REFERENCE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const DAY = 'public, max-age=86400';

/** Serves a reference for people at `/docs`, made in the browser from `/openapi.json`, and every problem at `/docs/problems`. */
export function serveDocs(app: FastifyInstance): void {
  const options = { config: { public: true }, schema: { hide: true } };
  const referenceScript = once(loadReferenceScript);

  for (const path of ['/docs', '/docs/']) {
    app.get(path, options, async (_request, reply) =>
      reply
        .header('content-security-policy', REFERENCE_POLICY)
        .type('text/html; charset=utf-8')
        .send(referencePage()),
    );
  }

  app.get('/docs/reference.js', options, async (request, reply) => {
    const { plain, zipped, etag } = await referenceScript();
    void reply
      .headers({ 'cache-control': DAY, vary: 'accept-encoding', etag })
      .type('text/javascript; charset=utf-8');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    return takesGzip ? reply.header('content-encoding', 'gzip').send(zipped) : reply.send(plain);
  });

  const problems = problemsPage();
  app.get('/docs/problems', options, async (_request, reply) =>
    reply
      .header('content-security-policy', problems.policy)
      .type('text/html; charset=utf-8')
      .send(problems.html),
  );
}

/**
 * The script is told by attributes what to show, so that no inline script is needed and the policy can forbid them.
 */
function referencePage(): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tender API</title>
</head>
<body>
<script id="api-reference" data-url="/openapi.json" data-configuration="${escapeHtml(JSON.stringify(REFERENCE_CONFIGURATION))}"></script>
<script src="/docs/reference.js"></script>
</body>
</html>`;
}

/**
 * Gets the script of the reference out of its package, which hands it out through a route of its own only: an instance
 * that never listens is asked for it, once. The package is five megabytes, so nobody pays for it who reads no docs.
 */
async function loadReferenceScript() {
  const { default: reference } = await import('@scalar/fastify-api-reference');
  const package_ = fastify();
  await package_.register(reference, { routePrefix: '/', configuration: { url: '/openapi.json' } });
  const { rawPayload: plain } = await package_.inject('/js/scalar.js');
  await package_.close();
  const digest = createHash('sha256').update(plain).digest('base64url');
  return { plain, zipped: await promisify(gzip)(plain), etag: `"${digest}"` };
}

/** Every problem of the catalogue with what to do about it: where the `type` of a problem document leads. */
function problemsPage(): { html: string; policy: string } {
  const style =
    'body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}' +
    'h2{font:600 1.1rem monospace;margin-bottom:0}p{margin:.25rem 0}:target{background:#ff8}';
  const sections = Object.entries(PROBLEMS).map(
    ([code, { status, title, remedy }]) =>
      `<h2 id="${code}">${code}</h2>\n<p>${status}: ${escapeHtml(title)}.</p>\n<p>${escapeHtml(remedy)}</p>`,
  );
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tender: problems</title>
<style>${style}</style>
</head>
<body>
<h1>Problems</h1>
<p>Every answer that says no is one of these. Its <code>code</code> and its status never change.</p>
${sections.join('\n')}
</body>
</html>`;
  const hash = createHash('sha256').update(style).digest('base64');
  return {
    html,
    policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'`,
  };
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
