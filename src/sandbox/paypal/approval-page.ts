/** The page on which the sandbox's buyer decides. */
export function approvalPage(
  subject: { headline: string; reference: string },
  action: string,
): string {
  const choice = (result: string, label: string, look: string): string => `
      <form method="post" action="${escapeHtml(action)}">
        <input type="hidden" name="result" value="${result}">
        <button type="submit" class="${look}">${label}</button>
      </form>`;
  return layout(
    'Wallet test page',
    `
      <p class="headline">${escapeHtml(subject.headline)}</p>
      <p>The buyer would now log in and decide. Decide here instead.</p>
      ${choice('approve', 'Approve', 'primary')}
      ${choice('approve-declined', 'Approve with funding that is declined', 'secondary')}
      ${choice('cancel', 'Cancel and return to the shop', 'secondary')}
      <p class="note">${escapeHtml(subject.reference)}. No real money moves.</p>`,
  );
}

/** A page with nothing but something to say. */
export function messagePage(title: string, message: string): string {
  return layout(title, `<p>${escapeHtml(message)}</p>`);
}

function layout(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)}</title>
    <style>
      :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
      body { margin: 0; min-height: 100vh; display: grid; place-items: center;
        background: light-dark(#f4f6fa, #12161d); color: light-dark(#1a2230, #e8ecf3); }
      main { box-sizing: border-box; width: min(26rem, 100vw - 2rem); padding: 2rem;
        border-radius: 1rem; background: light-dark(#fff, #1d232d);
        box-shadow: 0 1rem 3rem rgb(0 0 0 / 12%); }
      h1 { margin: 0; font-size: 1.1rem; font-weight: 600; }
      .headline { margin: .5rem 0; font-size: 1.8rem; font-weight: 700; overflow-wrap: anywhere; }
      button { box-sizing: border-box; width: 100%; margin-top: .75rem; padding: .8rem;
        border: 2px solid #0b5cad; border-radius: .6rem; font: inherit; font-weight: 600;
        cursor: pointer; }
      .primary { background: #0b5cad; color: #fff; }
      .secondary { background: transparent; color: inherit; }
      button:focus-visible { outline: 3px solid #f08c00; outline-offset: 2px; }
      .note { margin: 1.5rem 0 0; font-size: .8rem; opacity: .8; overflow-wrap: anywhere; }
    </style>
  </head>
  <body>
    <main>
      <h1>${escapeHtml(title)}</h1>
      ${content}
    </main>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
